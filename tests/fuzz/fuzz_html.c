/* Any valid UTF-8 as HTML, in both forms and with a small and a large limit: clean text comes out. */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "articles/html_text.h"
#include "articles/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct arena *arena, const char *html, size_t len, enum html_text_form form, size_t max)
{
    const char *text = html_text(arena, html, len, form, max);
    size_t n = strlen(text);
    size_t normal_len = n;
    const char *normal = utf8_nfc(arena, text, &normal_len);
    assert(n <= max && utf8_valid(text, n) && normal_len == n && memcmp(text, normal, n) == 0);
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        assert(c >= ' ' || (c == '\n' && form == HTML_TEXT_BLOCK));
        bool separates = c == ' ' || c == '\n';
        assert(!separates || (i > 0 && text[i - 1] != ' ' && text[i - 1] != '\n'));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *html = (const char *)data;
    if (!utf8_valid(html, size) || memchr(html, '\0', size) != NULL) return 0; /* the caller's promise */
    struct arena *arena = arena_new();
    check(arena, html, size, HTML_TEXT_LINE, 64 * 1024);
    check(arena, html, size, HTML_TEXT_BLOCK, 64 * 1024);
    check(arena, html, size, HTML_TEXT_BLOCK, size / 2);
    arena_free(arena);
    return 0;
}
