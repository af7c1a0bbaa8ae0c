#include "stories/held_story.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/instant.h"
#include "stories/story_edits.h"
#include "stories/story_numbers.h"

struct held_story *held_story_new(struct language_state *language)
{
    struct held_story *held = nw_calloc(1, sizeof(*held));
    held->language = language;
    struct story *story = &held->story;
    story->owner_data = held;
    story->updated_ms = story->joined_watermark_ms = story->closed_watermark_ms = NW_NO_TIME;
    story->first_published_ms = story->last_published_ms = NW_NO_TIME;
    return held;
}

void held_story_free(struct held_story *held)
{
    if (held == NULL) return;
    assert(held->story.terms == NULL);
    story_numbers_fini(&held->story);
    story_edits_free(&held->story);
    free(held);
}

void story_list_append(struct story_list *list, struct held_story *held)
{
    held->prev = list->last;
    held->next = NULL;
    if (list->last != NULL)
        list->last->next = held;
    else
        list->first = held;
    list->last = held;
    list->count++;
}

void story_list_remove(struct story_list *list, struct held_story *held)
{
    if (held->prev != NULL)
        held->prev->next = held->next;
    else
        list->first = held->next;
    if (held->next != NULL)
        held->next->prev = held->prev;
    else
        list->last = held->prev;
    held->prev = held->next = NULL;
    list->count--;
}

void story_list_replace(struct story_list *list, struct held_story *other, struct held_story *held)
{
    held->prev = other->prev;
    held->next = other->next;
    if (held->prev != NULL)
        held->prev->next = held;
    else
        list->first = held;
    if (held->next != NULL)
        held->next->prev = held;
    else
        list->last = held;
    other->prev = other->next = NULL;
}

struct timed_story {
    int64_t time_ms;
    struct held_story *held;
};

static int by_time(const void *a, const void *b)
{
    const struct timed_story *x = a, *y = b;
    if (x->time_ms != y->time_ms) return x->time_ms < y->time_ms ? -1 : 1;
    uint64_t m = x->held->story.number, n = y->held->story.number;
    return (m > n) - (m < n);
}

void story_list_sort(struct story_list *list, int64_t (*clock)(const struct story *story))
{
    size_t count = 0;
    struct timed_story *timed = nw_calloc(list->count, sizeof(*timed));
    for (struct held_story *held = list->first; held != NULL; held = held->next)
        timed[count++] = (struct timed_story){clock(&held->story), held};
    qsort(timed, count, sizeof(*timed), by_time);
    *list = (struct story_list){0};
    for (size_t i = 0; i < count; i++) story_list_append(list, timed[i].held);
    free(timed);
}
