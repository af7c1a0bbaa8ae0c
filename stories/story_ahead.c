#include "stories/story_ahead.h"

#include "stories/prefetch.h"
#include "stories/pair_features.h"
#include "stories/story_terms.h"

PREFETCHES void ask_story(const struct story *story)
{
    __builtin_prefetch(&story->number);
    __builtin_prefetch(&story->last_published_ms);
}

PREFETCHES void ask_parts(const struct story *story)
{
    __builtin_prefetch(story->terms);
    __builtin_prefetch(story->sources);
}

PREFETCHES void ask_text(const struct story *story)
{
    size_t members = story->member_count;
    size_t first = members > BEST_TITLE_MEMBERS ? members - BEST_TITLE_MEMBERS : 0;
    story_terms_prefetch(story->terms);
    for (size_t m = first; m < members; m++) __builtin_prefetch(&story->members[m].title_hash);
}

void story_ahead_texts(struct story *const *stories, size_t count, size_t at)
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

void story_ahead_numbers(struct story *const *stories, size_t count, size_t at)
{
    enum { PARTS = 8, STORY = 16 };
    if (at + STORY < count) {
        __builtin_prefetch(&stories[at + STORY]->merge_checked);
        __builtin_prefetch(&stories[at + STORY]->members);
    }
    if (at + PARTS >= count) return;
    const struct story *story = stories[at + PARTS];
    __builtin_prefetch(&story->terms->touched);
    if (story->member_count > 0) __builtin_prefetch(&story->members[story->member_count - 1].sequence);
}
