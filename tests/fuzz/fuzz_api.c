/* What a client of the HTTP pages may send: a Last-Event-ID, a cursor, words to search a title for. What is
 * taken for a place or a cursor says the same when it is written again. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "daemon/api_changes.h"
#include "daemon/api_search.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_place(struct arena *arena, const char *text)
{
    struct api_place place, again;
    if (!api_place_parse(arena, text, &place)) return;
    const char *written = api_place_format(arena, &place);
    if (written == NULL) return; /* longer than what is sent */
    assert(api_place_parse(arena, written, &again));
    assert(again.tags_hash == place.tags_hash && again.count == place.count);
    assert(place.count == 0 || memcmp(again.ids, place.ids, place.count * sizeof(*place.ids)) == 0);
}

static void try_cursor(const char *text)
{
    struct api_cursor cursor, again;
    char written[80];
    if (!api_cursor_parse(text, &cursor)) return;
    api_cursor_format(&cursor, written);
    assert(api_cursor_parse(written, &again));
    assert(again.score == cursor.score && again.partition == cursor.partition &&
           id128_equal(again.id, cursor.id));
}

/* The first half of the text in a title of the second half; a title is found by itself when it has a word. */
static void try_search(struct arena *arena, const struct api_search *search, const char *text)
{
    size_t half = strlen(text) / 2;
    struct api_story story = {
        .title = text + half, .language = "", .blindspot = "", .countries = text, .tags = text};
    const struct api_filter_text wishes = {
        .words = arena_memdup(arena, text, half), .tag = text, .country = "GB", .side = "left"};
    const struct api_filter_text itself = {.words = story.title};
    struct api_filter *filter = api_filter_new(search, &wishes), *same = api_filter_new(search, &itself);
    (void)api_filter_shows(filter, &story);
    assert(api_filter_shows(same, &story) == api_filter_shows(same, &story));
    api_filter_free(same);
    api_filter_free(filter);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct api_search *search;
    struct arena *arena = arena_new();
    const char *text = arena_memdup(arena, data, size);
    if (!search) search = api_search_new();
    try_place(arena, text);
    try_cursor(text);
    try_search(arena, search, text);
    arena_free(arena);
    return 0;
}
