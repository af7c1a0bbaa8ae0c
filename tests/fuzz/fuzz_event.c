/* Any bytes as a record's value and as the key of a tombstone: every event is a reject with a reason or
 * an article that keeps what article.h promises. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "articles/event.h"
#include "articles/event_article.h"
#include "articles/features_record.h"
#include "articles/utf8.h"
#include "base/instant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text, size_t max)
{
    assert(text != NULL);
    size_t len = strlen(text);
    assert(len <= max && utf8_valid(text, len));
}

static void check_article(const struct article *a)
{
    check_text(a->url, URL_MAX_BYTES);
    check_text(a->canonical_url, 3 * URL_MAX_BYTES + 64);
    check_text(a->title, ARTICLE_TITLE_MAX);
    check_text(a->description, ARTICLE_DESCRIPTION_MAX);
    check_text(a->body, ARTICLE_BODY_MAX);
    check_text(a->source, 4 * URL_MAX_BYTES);
    check_text(a->source_name, ARTICLE_NAME_MAX);
    check_text(a->declared_language, 3);
    check_text(a->country, 2);
    check_text(a->image_url, URL_MAX_BYTES + 64);
    check_text(a->section, ARTICLE_NAME_MAX);
    check_text(a->attribution, ARTICLE_NAME_MAX);
    check_text(a->article_kind, ARTICLE_NAME_MAX);
    assert(a->author_count <= ARTICLE_AUTHORS_MAX && a->tag_count <= ARTICLE_TAGS_MAX);
    for (size_t i = 0; i < a->author_count; i++) check_text(a->authors[i], ARTICLE_NAME_MAX);
    for (size_t i = 0; i < a->tag_count; i++) check_text(a->tags[i], ARTICLE_NAME_MAX);
    if (a->kind == ARTICLE_RETRACT) {
        assert(!id128_is_zero(a->id) || a->producer_id_hash != 0);
    } else {
        assert(a->title[0] != '\0' && a->source[0] != '\0' && a->url[0] != '\0' && !id128_is_zero(a->id));
    }
}

/* What the story stage would refuse is never written. */
static void check_correction(struct arena *arena, const struct correction *correction)
{
    const uint8_t *bytes;
    size_t len;
    struct features_record record = {.kind = RECORD_CORRECTION,
                                     .origin = {.topic = "articles"},
                                     .language = correction->language,
                                     .correction = *correction},
                           back;
    check_text(correction->title, CORRECTION_TITLE_MAX);
    check_text(correction->text, ARTICLE_BODY_MAX);
    features_record_pack(arena, &record, &bytes, &len);
    enum nw_err err = features_record_unpack(arena, bytes, len, &back);
    assert(err == NW_OK);
}

static void decode(struct event_decoder *decoder, struct arena *arena, const struct input_record *record)
{
    struct event_list list;
    event_decode(decoder, arena, record, &list);
    assert(list.count > 0);
    for (size_t i = 0; i < list.count; i++) {
        const struct event *event = &list.events[i];
        assert(event->index == i);
        check_text(event->reason, 1024);
        assert((event->reject == REJECT_NONE) == (event->reason[0] == '\0'));
        if (event->reject != REJECT_NONE) continue;
        if (event->correction != NULL)
            check_correction(arena, event->correction);
        else
            check_article(&event->article);
    }
    arena_reset(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct event_decoder *decoder; /* kept over runs, as a consumer keeps it */
    static struct arena *arena;
    if (decoder == NULL) {
        decoder = event_decoder_new(NULL, 0);
        arena = arena_new();
    }
    struct input_record value = {.value = data, .len = size, .append_ms = INT64_C(1760011200000)};
    decode(decoder, arena, &value);
    struct input_record tombstone = {.key = data, .key_len = size, .append_ms = NW_NO_TIME};
    decode(decoder, arena, &tombstone);
    struct input_header headers[] = {{"ce_type", ".retracted", 10}, {"ce_subject", data, size}};
    struct input_record binary = {.headers = headers, .header_count = 2, .append_ms = NW_NO_TIME};
    decode(decoder, arena, &binary);
    static const char *const corrections[] = {"newswired.correction.merge", "newswired.correction.split",
                                              "newswired.correction.rename", "newswired.correction.takedown"};
    for (size_t i = 0; i < 4; i++) {
        struct input_header type = {"ce_type", corrections[i], strlen(corrections[i])};
        struct input_record correction = {.value = data, .len = size, .headers = &type, .header_count = 1};
        decode(decoder, arena, &correction);
    }
    return 0;
}
