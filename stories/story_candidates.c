#include "stories/story_candidates.h"

#include <assert.h>
#include <string.h>

struct search_term {
    struct postings postings;
    uint32_t key, weight;
};

/* Heavier first; equal weights by key. */
static bool search_before(uint32_t weight, uint32_t key, const struct search_term *other)
{
    return weight != other->weight ? weight > other->weight : key < other->key;
}

static size_t choose_terms(const struct story_index *index, const struct text_vector *text,
                           const uint32_t *frequencies, bool own, struct search_term chosen[CANDIDATE_TERMS])
{
    size_t count = 0;
    for (uint32_t i = 0; i < text->count; i++) {
        uint32_t weight = text->terms[i].weight[TEXT_ALL], key = text->terms[i].key;
        if (weight == 0) continue;
        if (count == CANDIDATE_TERMS && !search_before(weight, key, &chosen[count - 1])) continue;
        if (frequencies[i] <= (own ? 1 : 0) || frequencies[i] > CANDIDATE_MAX_POSTINGS) continue;
        size_t place = count < CANDIDATE_TERMS ? count++ : count - 1;
        for (; place > 0 && search_before(weight, key, &chosen[place - 1]); place--)
            chosen[place] = chosen[place - 1];
        chosen[place] = (struct search_term){.key = key, .weight = weight};
    }
    for (size_t i = 0; i < count; i++) chosen[i].postings = story_index_postings(index, chosen[i].key);
    return count;
}

void story_candidates_prefetch(struct story *const *stories, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        __builtin_prefetch(&stories[i]->number);
        __builtin_prefetch(&stories[i]->members);
        __builtin_prefetch(&stories[i]->terms);
    }
    for (size_t i = 0; i < count; i++) {
        __builtin_prefetch(stories[i]->terms);
        __builtin_prefetch(stories[i]->sources);
    }
    for (size_t i = 0; i < count; i++) story_terms_prefetch(stories[i]->terms);
}

size_t story_candidates_find(struct story_slots *slots, const struct story_index *index,
                             const struct text_vector *text, const uint32_t *frequencies,
                             const struct story *skip, struct story **out, size_t max)
{
    struct search_term terms[CANDIDATE_TERMS];
    assert(max > 0 && max <= CANDIDATE_MAX);
    size_t term_count = choose_terms(index, text, frequencies, skip != NULL, terms);
    size_t touched = 0;
    for (size_t t = 0; t < term_count; t++) {
        for (uint32_t i = 0; i < terms[t].postings.room; i++) {
            uint32_t slot = terms[t].postings.cells[i];
            if (slot == STORY_INDEX_NONE) continue;
            if (slots->sums[slot] == 0) slots->touched[touched++] = slot;
            slots->sums[slot] += terms[t].weight;
        }
    }
    size_t count = 0;
    uint32_t sums[CANDIDATE_MAX]; /* of out */
    for (size_t i = 0; i < touched; i++) {
        uint32_t sum = slots->sums[slots->touched[i]];
        if (count == max && sum < sums[max - 1]) continue;
        struct story *story = slots->stories[slots->touched[i]];
        if (story == skip || (count == max && sum == sums[max - 1] && story->number > out[max - 1]->number))
            continue;
        size_t place = count < max ? count++ : max - 1;
        for (; place > 0; place--) {
            uint32_t above = sums[place - 1];
            if (above > sum || (above == sum && out[place - 1]->number < story->number)) break;
            out[place] = out[place - 1];
            sums[place] = above;
        }
        out[place] = story;
        sums[place] = sum;
    }
    for (size_t i = 0; i < touched; i++) slots->sums[slots->touched[i]] = 0;
    return count;
}
