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

/* The least of the max largest sums; 0: there are not so many. Most stories share one term only, and many the
 * same: which of them is older is asked of those that may be in the answer. */
static uint32_t least_wanted(const struct tally *tally, size_t max)
{
    uint32_t best[CANDIDATE_MAX + 1] = {0}; /* one may be who asks */
    for (uint32_t i = 0; i < tally->count; i++) {
        uint32_t sum = tally->sums[tally->used[i]];
        if (sum <= best[max - 1]) continue;
        size_t place = max - 1;
        for (; place > 0 && best[place - 1] < sum; place--) best[place] = best[place - 1];
        best[place] = sum;
    }
    return best[max - 1];
}

/* The places of those; their stories are asked of the memory. */
static uint32_t gather_wanted(const struct story_slots *slots, const struct tally *tally, uint32_t least,
                              uint16_t wanted[CANDIDATE_POSTINGS])
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < tally->count; i++) {
        if (tally->sums[tally->used[i]] < least) continue;
        wanted[count++] = tally->used[i];
        __builtin_prefetch(&slots->stories[tally->slots[tally->used[i]]]);
    }
    for (uint32_t i = 0; i < count; i++) __builtin_prefetch(&slots->stories[tally->slots[wanted[i]]]->number);
    return count;
}

size_t story_candidates_find(const struct story_slots *slots, const struct story_index *index,
                             const struct text_vector *text, const uint32_t *frequencies,
                             const struct story *skip, struct story **out, size_t max)
{
    struct search_term terms[CANDIDATE_TERMS];
    struct tally tally;
    uint16_t wanted[CANDIDATE_POSTINGS];
    assert(max > 0 && max <= CANDIDATE_MAX);
    tally_search(&tally, terms, choose_terms(index, text, frequencies, skip != NULL, terms));
    uint32_t least = least_wanted(&tally, skip != NULL ? max + 1 : max);
    uint32_t wanted_count = gather_wanted(slots, &tally, least, wanted);
    size_t count = 0;
    uint32_t sums[CANDIDATE_MAX]; /* of out */
    for (uint32_t i = 0; i < wanted_count; i++) {
        uint32_t sum = tally.sums[wanted[i]];
        struct story *story = slots->stories[tally.slots[wanted[i]]];
        if (story == skip) continue;
        size_t place = count;
        for (; place > 0; place--) {
            uint32_t above = sums[place - 1];
            if (above > sum || (above == sum && out[place - 1]->number < story->number)) break;
            if (place == max) continue; /* the last one falls out */
            out[place] = out[place - 1];
            sums[place] = above;
        }
        if (place == max) continue;
        out[place] = story;
        sums[place] = sum;
        count += count < max;
    }
    size_t always = skip == NULL ? CANDIDATES_ALWAYS : 1;
    while (count > always && sums[count - 1] < sums[0] / CANDIDATE_PART) count--;
    return count;
}

/* ---- asked of the memory ahead: the story, what it points to, the text ---- */

static inline __attribute__((always_inline)) void ask_story(const struct story *story)
{
    __builtin_prefetch(&story->number);
    __builtin_prefetch(&story->last_published_ms);
}

static inline __attribute__((always_inline)) void ask_parts(const struct story *story)
{
    __builtin_prefetch(story->terms);
    __builtin_prefetch(story->sources);
}

static inline __attribute__((always_inline)) void ask_text(const struct story *story)
{
    size_t members = story->member_count;
    size_t first = members > BEST_TITLE_MEMBERS ? members - BEST_TITLE_MEMBERS : 0;
    story_terms_prefetch(story->terms);
    for (size_t m = first; m < members; m++) __builtin_prefetch(&story->members[m].title_hash);
}

void story_candidates_ahead(struct story *const *stories, size_t count, size_t at)
{
    enum { TEXT = 1, PARTS = 3, STORY = 6 };
    if (at == 0) {
        for (size_t i = 0; i < count && i < STORY; i++) ask_story(stories[i]);
        for (size_t i = 0; i < count && i < PARTS; i++) ask_parts(stories[i]);
        for (size_t i = 0; i < count && i < TEXT; i++) ask_text(stories[i]);
    }
    if (at + STORY < count) ask_story(stories[at + STORY]);
    if (at + PARTS < count) ask_parts(stories[at + PARTS]);
    if (at + TEXT < count) ask_text(stories[at + TEXT]);
}
