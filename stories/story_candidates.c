#include "stories/story_candidates.h"

#include <assert.h>
#include <string.h>

#include "stories/article_terms.h"
#include "stories/pair_features.h"
#include "stories/rank_select.h"

struct search_term {
    struct postings postings;
    uint32_t weight;
};

static bool is_held(uint32_t frequency, bool own)
{
    return (frequency > (own ? 1 : 0)) & (frequency <= CANDIDATE_MAX_POSTINGS);
}

/* The ranks of the terms that may be held: without frequencies all. */
static uint32_t rank_terms(const struct text_vector *text, const uint32_t *frequencies, bool own,
                           uint64_t ranks[ARTICLE_TERMS_MAX])
{
    uint32_t count = 0;
    assert(text->count <= ARTICLE_TERMS_MAX);
    for (uint32_t i = 0; i < text->count; i++) {
        uint32_t weight = text->terms[i].weight[TEXT_ALL];
        ranks[count] = rank_of(weight, text->terms[i].key);
        count += (weight > 0) & (frequencies == NULL || is_held(frequencies[i], own));
    }
    return count;
}

/* A search by a story's own terms asks for the frequencies of its heaviest only, some at a time: the index
 * is large, and most of it not in any cache. */
static size_t choose_terms(const struct story_index *index, const struct text_vector *text,
                           const uint32_t *frequencies, bool own, struct search_term chosen[CANDIDATE_TERMS])
{
    uint64_t ranks[ARTICLE_TERMS_MAX], *next = ranks;
    uint32_t left = rank_terms(text, frequencies, own, ranks);
    size_t count = 0;
    while (left > 0 && count < CANDIDATE_TERMS) {
        uint32_t keys[CANDIDATE_TERMS], batch = left < CANDIDATE_TERMS ? left : CANDIDATE_TERMS;
        rank_select_sorted(next, left, batch);
        for (uint32_t i = 0; i < batch; i++) keys[i] = rank_key(next[i]);
        story_index_prefetch_all(index, keys, batch);
        for (uint32_t i = 0; i < batch && count < CANDIDATE_TERMS; i++) {
            struct postings postings = story_index_postings(index, keys[i]);
            if (is_held(postings.count, own))
                chosen[count++] = (struct search_term){postings, rank_weight(next[i])};
        }
        next += batch;
        left -= batch;
    }
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
    for (size_t i = 0; i < count; i++) {
        story_terms_prefetch(stories[i]->terms);
        size_t members = stories[i]->member_count;
        size_t first = members > BEST_TITLE_MEMBERS ? members - BEST_TITLE_MEMBERS : 0;
        for (size_t m = first; m < members; m++) __builtin_prefetch(&stories[i]->members[m].title_hash);
    }
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
            slots->touched[touched] = slot; /* room is for all live stories and this one */
            touched += slots->sums[slot] == 0;
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
