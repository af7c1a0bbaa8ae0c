#include "stories/story_edits.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

struct story_edits *story_edits_of(struct story *story)
{
    if (story->edits == NULL) story->edits = nw_calloc(1, sizeof(*story->edits));
    return story->edits;
}

void story_edits_free(struct story *story)
{
    if (story->edits == NULL) return;
    free(story->edits->title);
    free(story->edits->apart);
    free(story->edits->absorbed);
    free(story->edits);
    story->edits = NULL;
}

const char *story_edits_title(const struct story *story)
{
    return story->edits != NULL && story->edits->title != NULL ? story->edits->title : "";
}

void story_edits_set_title(struct story *story, const char *title)
{
    assert(strlen(title) <= STORY_TITLE_MAX);
    if (story->edits == NULL && title[0] == '\0') return;
    struct story_edits *edits = story_edits_of(story);
    char *copy = title[0] != '\0' ? nw_strdup(title) : NULL; /* first: title may be the one it replaces */
    free(edits->title);
    edits->title = copy;
}

/* ---- lists of numbers ---- */

static bool has(const uint64_t *list, size_t count, uint64_t number)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] == number) return true;
    return false;
}

static void drop_at(uint64_t *list, size_t *count, size_t at)
{
    (*count)--;
    memmove(list + at, list + at + 1, (*count - at) * sizeof(*list));
}

static void drop(uint64_t *list, size_t *count, uint64_t number)
{
    for (size_t i = 0; i < *count; i++)
        if (list[i] == number) {
            drop_at(list, count, i);
            return;
        }
}

static void add(uint64_t **list, size_t *count, size_t max, uint64_t number)
{
    if (has(*list, *count, number)) return;
    if (*count == max) drop_at(*list, count, 0);
    *list = nw_realloc(*list, *count + 1, sizeof(**list));
    (*list)[(*count)++] = number;
}

/* ---- apart ---- */

bool story_edits_apart(const struct story *a, const struct story *b)
{
    return (a->edits != NULL && has(a->edits->apart, a->edits->apart_count, b->number)) ||
           (b->edits != NULL && has(b->edits->apart, b->edits->apart_count, a->number));
}

void story_edits_part(struct story *a, struct story *b)
{
    struct story_edits *x = story_edits_of(a), *y = story_edits_of(b);
    add(&x->apart, &x->apart_count, STORY_APART_MAX, b->number);
    add(&y->apart, &y->apart_count, STORY_APART_MAX, a->number);
}

void story_edits_unpart(struct story *a, struct story *b)
{
    if (a->edits != NULL) drop(a->edits->apart, &a->edits->apart_count, b->number);
    if (b->edits != NULL) drop(b->edits->apart, &b->edits->apart_count, a->number);
}

void story_edits_renumber_apart(struct story *story, uint64_t from, uint64_t to)
{
    struct story_edits *edits = story->edits;
    if (edits == NULL || !has(edits->apart, edits->apart_count, from)) return;
    drop(edits->apart, &edits->apart_count, from);
    if (story->number != to) add(&edits->apart, &edits->apart_count, STORY_APART_MAX, to);
}

/* ---- merges ---- */

void story_edits_absorb(struct story *older, const struct story *younger)
{
    struct story_edits *into = story_edits_of(older);
    const struct story_edits *from = younger->edits;
    for (size_t i = 0; from != NULL && i < from->absorbed_count; i++)
        add(&into->absorbed, &into->absorbed_count, STORY_ABSORBED_MAX, from->absorbed[i]);
    add(&into->absorbed, &into->absorbed_count, STORY_ABSORBED_MAX, younger->number);
    if (from == NULL) return;
    for (size_t i = 0; i < from->apart_count; i++)
        if (from->apart[i] != older->number)
            add(&into->apart, &into->apart_count, STORY_APART_MAX, from->apart[i]);
    if (into->title == NULL && from->title != NULL) into->title = nw_strdup(from->title);
    into->merged_by_hand = into->merged_by_hand || from->merged_by_hand;
    if (id128_is_zero(into->split_from) && !id128_equal(from->split_from, older->id))
        into->split_from = from->split_from;
}

bool story_edits_has_absorbed(const struct story *story, uint64_t number)
{
    return story->edits != NULL && has(story->edits->absorbed, story->edits->absorbed_count, number);
}
