#include "consumers/json_peek.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* json[at] is the opening quote: the index behind the closing one, or len. */
static size_t skip_text(const char *json, size_t len, size_t at)
{
    for (at++; at < len && json[at] != '"'; at++)
        if (json[at] == '\\') at++;
    return at < len ? at + 1 : len;
}

static size_t skip_space(const char *json, size_t len, size_t at)
{
    while (at < len && (json[at] == ' ' || json[at] == '\n' || json[at] == '\t' || json[at] == '\r')) at++;
    return at;
}

static char *unescape(const char *text, size_t len)
{
    char *out = nw_calloc(len + 1, 1);
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] != '\\' || i + 1 == len || text[i + 1] == 'u') {
            out[n++] = text[i];
            continue;
        }
        i++;
        out[n++] = text[i] == 'n' || text[i] == 't' || text[i] == 'r' || text[i] == 'b' || text[i] == 'f'
                       ? ' '
                       : text[i];
    }
    return out;
}

char *json_peek_text(const char *json, size_t len, const char *name)
{
    size_t name_len = strlen(name);
    int depth = 0;
    for (size_t at = 0; at < len;) {
        if (json[at] != '"') {
            depth += json[at] == '{' || json[at] == '[';
            depth -= json[at] == '}' || json[at] == ']';
            at++;
            continue;
        }
        size_t end = skip_text(json, len, at);
        bool named = depth == 1 && end - at == name_len + 2 && memcmp(json + at + 1, name, name_len) == 0;
        size_t next = skip_space(json, len, end);
        if (named && next < len && json[next] == ':') {
            size_t value = skip_space(json, len, next + 1);
            if (value >= len || json[value] != '"') return NULL;
            size_t value_end = skip_text(json, len, value);
            bool whole = value_end - value >= 2 && json[value_end - 1] == '"';
            return !whole ? NULL : unescape(json + value + 1, value_end - value - 2);
        }
        at = end;
    }
    return NULL;
}
