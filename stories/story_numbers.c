#include "stories/story_numbers.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/instant.h"

void story_counter_fini(struct story_counter *counter)
{
    free(counter->positions);
    *counter = (struct story_counter){0};
}

/* Most stories stay small, and members are the bulk of the memory: grow by a quarter, not by doubling. */
static void *grow_tight(void *array, size_t *capacity, size_t needed, size_t element)
{
    if (needed <= *capacity) return array;
    size_t wanted = needed + needed / 4;
    array = nw_realloc(array, wanted, element);
    *capacity = wanted;
    return array;
}

static void cover_time(struct story *story, int64_t published_ms)
{
    if (published_ms == NW_NO_TIME) return;
    if (story->first_published_ms == NW_NO_TIME || published_ms < story->first_published_ms)
        story->first_published_ms = published_ms;
    if (story->last_published_ms == NW_NO_TIME || published_ms > story->last_published_ms)
        story->last_published_ms = published_ms;
}

static void add_source(struct story *story, uint32_t source)
{
    story->sources =
        grow_tight(story->sources, &story->source_capacity, story->source_count + 1, sizeof(*story->sources));
    story->sources[story->source_count++] = (struct story_source){source, 1};
}

static struct story_source *source_of(const struct story *story, uint32_t source)
{
    for (size_t i = 0; i < story->source_count; i++)
        if (story->sources[i].source == source) return &story->sources[i];
    return NULL;
}

uint32_t story_numbers_of_source(const struct story *story, uint32_t source)
{
    const struct story_source *held = source_of(story, source);
    return held == NULL ? 0 : held->articles;
}

struct member *story_numbers_add(struct story *story, const struct member *member)
{
    assert(story->member_count == 0 || story->members[story->member_count - 1].sequence < member->sequence);
    story->members =
        grow_tight(story->members, &story->member_capacity, story->member_count + 1, sizeof(*story->members));
    struct member *added = &story->members[story->member_count++];
    *added = *member;
    if (story->member_count == 1) story->first_published_ms = story->last_published_ms = NW_NO_TIME;
    cover_time(story, member->published_ms);
    struct story_source *source = source_of(story, member->source);
    if (source != NULL)
        source->articles++;
    else
        add_source(story, member->source);
    return added;
}

static void count_source(struct story *story, uint32_t source, struct story_counter *counter)
{
    if (source >= counter->capacity) {
        size_t old = counter->capacity;
        counter->positions =
            nw_grow(counter->positions, &counter->capacity, (size_t)source + 1, sizeof(*counter->positions));
        memset(counter->positions + old, 0, (counter->capacity - old) * sizeof(*counter->positions));
    }
    if (counter->positions[source] != 0) {
        story->sources[counter->positions[source] - 1].articles++;
        return;
    }
    add_source(story, source);
    counter->positions[source] = (uint32_t)story->source_count;
}

void story_numbers_recount(struct story *story, struct story_counter *counter)
{
    story->source_count = 0;
    story->first_published_ms = story->last_published_ms = NW_NO_TIME;
    for (size_t i = 0; i < story->member_count; i++) {
        cover_time(story, story->members[i].published_ms);
        count_source(story, story->members[i].source, counter);
    }
    for (size_t i = 0; i < story->source_count; i++) counter->positions[story->sources[i].source] = 0;
}

void story_numbers_remove(struct story *story, size_t index, struct story_counter *counter)
{
    assert(index < story->member_count);
    story->member_count--;
    memmove(story->members + index, story->members + index + 1,
            (story->member_count - index) * sizeof(*story->members));
    story_numbers_recount(story, counter);
}

void story_numbers_merge(struct story *older, struct story *younger, struct story_counter *counter)
{
    size_t count = older->member_count + younger->member_count;
    struct member *merged = nw_realloc(NULL, count, sizeof(*merged));
    size_t a = 0, b = 0;
    for (size_t i = 0; i < count; i++) {
        bool from_older =
            b == younger->member_count ||
            (a < older->member_count && older->members[a].sequence < younger->members[b].sequence);
        merged[i] = from_older ? older->members[a++] : younger->members[b++];
    }
    free(older->members);
    older->members = merged;
    older->member_count = older->member_capacity = count;
    story_numbers_fini(younger);
    story_numbers_recount(older, counter);
}

void story_numbers_split(struct story *from, const size_t *at, size_t count, struct story *to,
                         struct story_counter *counter)
{
    assert(to->member_count == 0 && count > 0 && at[count - 1] < from->member_count);
    to->members = nw_realloc(to->members, count, sizeof(*to->members));
    to->member_capacity = count;
    size_t kept = at[0];
    for (size_t i = at[0]; i < from->member_count; i++) {
        if (to->member_count < count && at[to->member_count] == i)
            to->members[to->member_count++] = from->members[i];
        else
            from->members[kept++] = from->members[i];
    }
    assert(to->member_count == count); /* ascending */
    from->member_count = kept;
    story_numbers_recount(from, counter);
    story_numbers_recount(to, counter);
}

static int by_sequence(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    return (x->sequence > y->sequence) - (x->sequence < y->sequence);
}

void story_numbers_sort(struct story *story)
{
    qsort(story->members, story->member_count, sizeof(*story->members), by_sequence);
}

void story_numbers_fini(struct story *story)
{
    free(story->members);
    free(story->sources);
    story->members = NULL;
    story->sources = NULL;
    story->member_count = story->member_capacity = 0;
    story->source_count = story->source_capacity = 0;
    story->first_published_ms = story->last_published_ms = NW_NO_TIME;
}
