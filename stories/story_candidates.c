#include "stories/story_candidates.h"

#include <assert.h>
#include <string.h>

#include "stories/article_terms.h"
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

/* The heaviest held terms whose postings fit the bound, heaviest first. A search by a story's own terms asks
 * for the frequencies of its heaviest only, some at a time: the index is large, and most of it not in any
 * cache. */
static size_t choose_terms(const struct story_index *index, const struct text_vector *text,
                           const uint32_t *frequencies, bool own, struct search_term chosen[CANDIDATE_TERMS])
{
    enum { LINE_SLOTS = 16 };
    uint64_t ranks[ARTICLE_TERMS_MAX], *next = ranks;
    uint32_t left = rank_terms(text, frequencies, own, ranks), room = CANDIDATE_POSTINGS;
    const uint32_t at_once = own ? CANDIDATE_OWN_TERMS : CANDIDATE_TERMS;
    size_t count = 0;
    while (left > 0 && count < CANDIDATE_TERMS) {
        uint32_t keys[CANDIDATE_OWN_TERMS], batch = left < at_once ? left : at_once;
        rank_select_sorted(next, left, batch);
        for (uint32_t i = 0; i < batch; i++) keys[i] = rank_key(next[i]);
        if (next > ranks) { /* the first ones have been asked for by who searches */
            story_index_prefetch_entries(index, keys, batch);
            story_index_prefetch_lists(index, keys, batch);
        }
        for (uint32_t i = 0; i < batch && count < CANDIDATE_TERMS; i++) {
            struct postings postings = story_index_postings(index, keys[i]);
            if (!is_held(postings.count, own) || postings.count > room) continue;
            chosen[count++] = (struct search_term){postings, rank_weight(next[i])};
            room -= postings.count;
            for (uint32_t at = LINE_SLOTS; at < postings.count; at += LINE_SLOTS)
                __builtin_prefetch(&postings.slots[at]);
        }
        next += batch;
        left -= batch;
    }
    return count;
}

uint32_t story_candidates_first_terms(const struct text_vector *text, uint32_t keys[CANDIDATE_OWN_TERMS])
{
    uint64_t ranks[ARTICLE_TERMS_MAX];
    uint32_t count = rank_terms(text, NULL, true, ranks);
    if (count > CANDIDATE_OWN_TERMS) {
        (void)rank_select(ranks, count, CANDIDATE_OWN_TERMS);
        count = CANDIDATE_OWN_TERMS;
    }
    for (uint32_t i = 0; i < count; i++) keys[i] = rank_key(ranks[i]);
    return count;
}

/* The stories met in a search: a hash table small enough for the nearest cache, which an array by slot is
 * not. */
enum { TALLY_LOG2 = 9, TALLY_ROOM = 1 << TALLY_LOG2 };
#define NO_SLOT UINT32_MAX
struct tally {
    uint32_t slots[TALLY_ROOM], sums[TALLY_ROOM];
    uint16_t used[CANDIDATE_POSTINGS]; /* places, in the order of their first use */
    uint32_t count;
};

static void tally_add(struct tally *tally, uint32_t slot, uint32_t weight)
{
    _Static_assert(2 * CANDIDATE_POSTINGS <= TALLY_ROOM, "at most half full");
    uint32_t at = slot * UINT32_C(0x9e3779b9) >> (32 - TALLY_LOG2);
    while (tally->slots[at] != slot && tally->slots[at] != NO_SLOT) at = (at + 1) % TALLY_ROOM;
    if (tally->slots[at] == NO_SLOT) {
        tally->slots[at] = slot;
        tally->sums[at] = 0;
        tally->used[tally->count++] = (uint16_t)at;
    }
    tally->sums[at] += weight;
}

static void tally_search(struct tally *tally, const struct search_term *terms, size_t count)
{
    memset(tally->slots, 0xff, sizeof(tally->slots)); /* NO_SLOT */
    tally->count = 0;
    for (size_t t = 0; t < count; t++)
        for (uint32_t i = 0; i < terms[t].postings.count; i++)
            tally_add(tally, terms[t].postings.slots[i], terms[t].weight);
}

/* The least sum that may be in the answer: among the max largest, and of those that are worth a comparison.
 */
static uint32_t least_wanted(const struct tally *tally, bool own, size_t max)
{
    uint32_t best[CANDIDATE_MAX + 1] = {0};
    size_t first = own ? 1 : 0; /* a story finds itself before all others */
    max += first;
    for (uint32_t i = 0; i < tally->count; i++) {
        uint32_t sum = tally->sums[tally->used[i]];
        if (sum <= best[max - 1]) continue;
        size_t place = max - 1;
        for (; place > 0 && best[place - 1] < sum; place--) best[place] = best[place - 1];
        best[place] = sum;
    }
    uint32_t always = own ? best[first] : best[CANDIDATES_ALWAYS - 1], part = best[first] / CANDIDATE_PART;
    uint32_t worth = always < part ? always : part;
    return best[max - 1] > worth ? best[max - 1] : worth;
}

/* The places of those; how old they are is asked of the memory. Most stories share one term only, and many
 * the same: among a million each is a miss. */
static uint32_t gather_wanted(const struct story_slots *slots, const struct tally *tally, uint32_t least,
                              uint16_t wanted[CANDIDATE_POSTINGS])
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < tally->count; i++) {
        if (tally->sums[tally->used[i]] < least) continue;
        wanted[count++] = tally->used[i];
        __builtin_prefetch(&slots->numbers[tally->slots[tally->used[i]]]);
    }
    return count;
}

struct found {
    uint64_t number;
    uint32_t sum, slot;
};

static bool is_better(const struct found *a, const struct found *b)
{
    return a->sum > b->sum || (a->sum == b->sum && a->number < b->number);
}

/* The best max of them, best first. */
static size_t choose_best(const struct story_slots *slots, const struct tally *tally, uint32_t least,
                          uint32_t skip, struct found *best, size_t max)
{
    uint16_t wanted[CANDIDATE_POSTINGS];
    uint32_t wanted_count = gather_wanted(slots, tally, least, wanted);
    size_t count = 0;
    for (uint32_t i = 0; i < wanted_count; i++) {
        uint32_t slot = tally->slots[wanted[i]];
        const struct found found = {slots->numbers[slot], tally->sums[wanted[i]], slot};
        if (slot == skip) continue;
        size_t place = count;
        for (; place > 0 && is_better(&found, &best[place - 1]); place--)
            if (place < max) best[place] = best[place - 1];
        if (place == max) continue;
        best[place] = found;
        count += count < max;
    }
    return count;
}

size_t story_candidates_find(const struct story_slots *slots, const struct story_index *index,
                             const struct text_vector *text, const uint32_t *frequencies,
                             const struct story *skip, struct story **out, size_t max)
{
    struct search_term terms[CANDIDATE_TERMS];
    struct tally tally;
    struct found best[CANDIDATE_MAX];
    bool own = skip != NULL;
    assert(max > 0 && max <= CANDIDATE_MAX);
    tally_search(&tally, terms, choose_terms(index, text, frequencies, own, terms));
    size_t count = choose_best(slots, &tally, least_wanted(&tally, own, max),
                               own ? skip->terms->slot : NO_SLOT, best, max);
    size_t always = own ? 1 : CANDIDATES_ALWAYS;
    while (count > always && best[count - 1].sum < best[0].sum / CANDIDATE_PART) count--;
    for (size_t i = 0; i < count; i++) out[i] = slots->stories[best[i].slot];
    return count;
}
