#include "consumers/outbox_mark.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/instant.h"

static const char *const kinds[] = {
#define MARK_KIND_TEXT(id, text) text,
    MARK_KINDS(MARK_KIND_TEXT)
#undef MARK_KIND_TEXT
};
enum { KIND_COUNT = sizeof(kinds) / sizeof(kinds[0]), CHECKSUM_TEXT = 9 };

const char *mark_kind_text(enum mark_kind kind)
{
    return kinds[kind];
}

void outbox_mark_of(const struct story *story, struct outbox_mark *out)
{
    *out = (struct outbox_mark){
        .story = story->id,
        .kind = story->status == STORY_MERGED   ? MARK_MERGED
                : story->status == STORY_CLOSED ? MARK_CLOSED
                                                : MARK_UPDATED,
        .cause = story->cause,
        .revision = story->revision,
        .changed_offset = story->changed_offset,
        .updated_ms = story->updated_ms,
        .merged_into = story->merged_into,
    };
    memcpy(out->language, story->language, sizeof(out->language));
}

/* Of the story and the text before it. */
static uint32_t checksum(struct id128 story, const char *text, size_t len)
{
    char keyed[ID128_HEX_LEN + OUTBOX_MARK_TEXT_MAX];
    id128_hex(story, keyed);
    memcpy(keyed + ID128_HEX_LEN, text, len);
    return (uint32_t)hash64(keyed, ID128_HEX_LEN + len);
}

/* kind revision cause offset updated due mergedInto language checksum: always all nine, "-" for an empty
 * language. */
size_t outbox_mark_format(const struct outbox_mark *mark, char out[OUTBOX_MARK_TEXT_MAX])
{
    char into[ID128_HEX_LEN + 1];
    id128_hex(mark->merged_into, into);
    int len =
        snprintf(out, OUTBOX_MARK_TEXT_MAX, "%s %" PRIu64 " %s %" PRIu64 " %" PRId64 " %" PRId64 " %s %.*s",
                 kinds[mark->kind], mark->revision, story_cause_text(mark->cause), mark->changed_offset,
                 mark->updated_ms, mark->due_ms, into, STORY_LANGUAGE_MAX,
                 mark->language[0] != '\0' ? mark->language : "-");
    uint32_t sum = checksum(mark->story, out, (size_t)len);
    return (size_t)len + (size_t)snprintf(out + len, OUTBOX_MARK_TEXT_MAX - (size_t)len, " %08" PRIx32, sum);
}

/* Cuts the checksum off. */
static bool checked(struct id128 story, const char *text, size_t *len)
{
    char sum[CHECKSUM_TEXT + 1];
    if (*len <= CHECKSUM_TEXT || *len >= OUTBOX_MARK_TEXT_MAX || memchr(text, '\0', *len) != NULL)
        return false;
    *len -= CHECKSUM_TEXT;
    snprintf(sum, sizeof(sum), " %08" PRIx32, checksum(story, text, *len));
    return memcmp(text + *len, sum, CHECKSUM_TEXT) == 0;
}

bool outbox_mark_parse(struct id128 story, const char *text, size_t len, struct outbox_mark *out)
{
    char copy[OUTBOX_MARK_TEXT_MAX], kind[12], cause[16], into[ID128_HEX_LEN + 1],
        language[STORY_LANGUAGE_MAX];
    struct outbox_mark mark = {.story = story};
    int end = 0;
    if (!checked(story, text, &len)) return false;
    memcpy(copy, text, len);
    copy[len] = '\0';
    if (sscanf(copy, "%11s %" SCNu64 " %15s %" SCNu64 " %" SCNd64 " %" SCNd64 " %32s %7s%n", kind,
               &mark.revision, cause, &mark.changed_offset, &mark.updated_ms, &mark.due_ms, into, language,
               &end) != 8 ||
        (size_t)end != len || !id128_parse(into, strlen(into), &mark.merged_into))
        return false;
    int k = 0, c = 0;
    while (k < KIND_COUNT && strcmp(kind, kinds[k]) != 0) k++;
    while (c < CAUSE_COUNT && strcmp(cause, story_cause_text((enum story_cause)c)) != 0) c++;
    if (k == KIND_COUNT || c == CAUSE_COUNT) return false;
    mark.kind = (enum mark_kind)k;
    mark.cause = (enum story_cause)c;
    if (strcmp(language, "-") != 0) memcpy(mark.language, language, strlen(language) + 1);
    *out = mark;
    return true;
}

void outbox_mark_merged_story(const struct outbox_mark *mark, struct story *out)
{
    *out = (struct story){
        .id = mark->story,
        .status = STORY_MERGED,
        .cause = mark->cause,
        .revision = mark->revision,
        .changed_offset = mark->changed_offset,
        .updated_ms = mark->updated_ms,
        .merged_into = mark->merged_into,
        .joined_watermark_ms = NW_NO_TIME,
        .closed_watermark_ms = NW_NO_TIME,
        .first_published_ms = NW_NO_TIME,
        .last_published_ms = NW_NO_TIME,
    };
    memcpy(out->language, mark->language, sizeof(out->language));
}
