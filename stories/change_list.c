#include "stories/change_list.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/instant.h"

void change_list_init(struct change_list *list)
{
    *list = (struct change_list){.values = arena_new()};
    change_list_refresh(list);
}

void change_list_fini(struct change_list *list)
{
    change_list_clear(list);
    arena_free(list->values);
    free(list->changes);
    free(list->dirty);
    free(list->sources);
    free(list->source_places);
    free(list->merged);
}

void change_list_add(struct change_list *list, const struct change *change)
{
    size_t count = list->view.change_count;
    list->changes = nw_grow(list->changes, &list->change_capacity, count + 1, sizeof(*list->changes));
    list->changes[count] = *change;
    if (change->value != NULL)
        list->changes[count].value =
            (const uint8_t *)arena_memdup(list->values, change->value, change->value_len);
    list->view.change_count++;
}

void change_list_dirty(struct change_list *list, struct held_story *held)
{
    if (held->dirty) return;
    list->dirty = nw_grow(list->dirty, &list->dirty_capacity, list->dirty_count + 1, sizeof(*list->dirty));
    held->dirty = true;
    held->dirty_index = list->dirty_count;
    list->dirty[list->dirty_count++] = &held->story;
}

void change_list_forget(struct change_list *list, struct held_story *held)
{
    if (!held->dirty) return;
    struct story *last = list->dirty[--list->dirty_count];
    list->dirty[held->dirty_index] = last;
    held_story_of(last)->dirty_index = held->dirty_index;
    held->dirty = false;
}

void change_list_source(struct change_list *list, const struct source_delta *delta)
{
    if (delta->source >= list->source_place_capacity) {
        size_t old = list->source_place_capacity;
        list->source_places = nw_grow(list->source_places, &list->source_place_capacity,
                                      (size_t)delta->source + 1, sizeof(*list->source_places));
        memset(list->source_places + old, 0,
               (list->source_place_capacity - old) * sizeof(*list->source_places));
    }
    uint32_t *place = &list->source_places[delta->source];
    if (*place == 0) {
        list->sources =
            nw_grow(list->sources, &list->source_capacity, list->source_count + 1, sizeof(*list->sources));
        list->sources[list->source_count++] =
            (struct source_delta){.source = delta->source, .last_seen_ms = NW_NO_TIME};
        *place = (uint32_t)list->source_count;
    }
    struct source_delta *sum = &list->sources[*place - 1];
    sum->articles += delta->articles;
    sum->stories += delta->stories;
    sum->firsts += delta->firsts;
    /* The last one and not the largest: the log's clock may be set back, and where a batch ends decides
     * nothing. */
    if (delta->last_seen_ms != NW_NO_TIME) sum->last_seen_ms = delta->last_seen_ms;
}

void change_list_take_merged(struct change_list *list, struct held_story *held)
{
    assert(held->story.status == STORY_MERGED);
    list->merged =
        nw_grow(list->merged, &list->merged_capacity, list->merged_count + 1, sizeof(*list->merged));
    list->merged[list->merged_count++] = held;
}

void change_list_refresh(struct change_list *list)
{
    list->view.changes = list->changes;
    list->view.dirty = list->dirty;
    list->view.dirty_count = list->dirty_count;
    list->view.sources = list->sources;
    list->view.source_delta_count = list->source_count;
    list->view.totals = list->totals;
}

void change_list_clear(struct change_list *list)
{
    for (size_t i = 0; i < list->dirty_count; i++) held_story_of(list->dirty[i])->dirty = false;
    for (size_t i = 0; i < list->merged_count; i++) held_story_free(list->merged[i]);
    for (size_t i = 0; i < list->source_count; i++) list->source_places[list->sources[i].source] = 0;
    list->dirty_count = list->merged_count = list->source_count = list->view.change_count = 0;
    list->totals = (struct partition_totals){0};
    arena_reset(list->values);
    change_list_refresh(list);
}
