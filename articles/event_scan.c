#include "articles/event_scan.h"

#include <string.h>

/* Behind the closing quote of the string that begins at `at` (behind its opening one). */
static const char *skip_string(const char *at, const char *end)
{
    for (;;) {
        const char *quote = memchr(at, '"', (size_t)(end - at));
        if (quote == NULL) return end;
        size_t backslashes = 0; /* an even number of them escapes only themselves */
        while (quote - backslashes > at && quote[-1 - (ptrdiff_t)backslashes] == '\\') backslashes++;
        at = quote + 1;
        if (backslashes % 2 == 0) return at;
    }
}

struct event_scan event_scan(const char *text, size_t len)
{
    struct event_scan scan = {0, 0};
    size_t depth = 0;
    for (const char *at = text, *end = text + len; at < end;) {
        switch (*at++) {
        case '"':
            at = skip_string(at, end);
            break;
        case '{':
        case '[':
            if (++depth > scan.depth) scan.depth = depth;
            scan.values++;
            break;
        case ',':
            scan.values++;
            break;
        case '}':
        case ']':
            if (depth > 0) depth--;
            break;
        default:
            break;
        }
    }
    return scan;
}
