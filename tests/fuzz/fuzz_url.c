/* Any bytes as a URL: refused, or a canonical form that is ASCII and its own canonical form. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "articles/source.h"
#include "articles/url.h"
#include "articles/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct url_reader *reader;
    if (reader == NULL) reader = url_reader_new();
    const char *text = (const char *)data;
    if (!utf8_valid(text, size)) return 0; /* the caller has seen to that */
    struct arena *arena = arena_new();
    struct url url, again;
    const char *why = NULL;
    if (url_parse(reader, arena, text, size, &url, &why) == NW_OK) {
        size_t len = strlen(url.canonical);
        for (size_t i = 0; i < len; i++) assert(url.canonical[i] > ' ' && url.canonical[i] < 0x7F);
        if (len <= URL_MAX_BYTES) {
            enum nw_err err = url_parse(reader, arena, url.canonical, len, &again, NULL);
            assert(err == NW_OK && strcmp(url.canonical, again.canonical) == 0);
            assert(id128_equal(url_id(&url), url_id(&again)));
        }
        assert(source_of_url(arena, &url) != NULL);
    } else {
        assert(why != NULL);
    }
    url_registrable_domain(reader, arena, text, size);
    assert(source_of_text(reader, arena, text, size, NULL) != NULL);
    arena_free(arena);
    return 0;
}
