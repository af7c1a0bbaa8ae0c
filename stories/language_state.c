#include "stories/language_state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

struct language_state *language_state_new(struct partition *partition, const struct story_policy *policy,
                                          const char *name)
{
    assert(strlen(name) < STORY_LANGUAGE_MAX); /* features_record_unpack sees to it */
    struct language_state *language = nw_calloc(1, sizeof(*language));
    memcpy(language->name, name, strlen(name));
    language->partition = partition;
    watermark_init(&language->watermark);
    language->clusterer = clusterer_new(policy, language->name);
    language->articles = article_map_new();
    language->duplicates = duplicates_new();
    return language;
}

static void free_stories(struct story_list *list)
{
    while (list->first != NULL) {
        struct held_story *held = list->first;
        story_list_remove(list, held);
        held_story_free(held);
    }
}

void language_state_free(struct language_state *language)
{
    if (language == NULL) return;
    clusterer_free(language->clusterer); /* all at once: story by story a million would take some 20 s */
    free_stories(&language->active);
    free_stories(&language->closed);
    article_map_free(language->articles);
    duplicates_free(language->duplicates);
    free(language);
}

uint64_t language_state_last_pass(const struct language_state *language, const struct story_policy *policy)
{
    return language->sequence - language->sequence % policy->merge_interval;
}

size_t language_state_memory_bytes(const struct language_state *language)
{
    return sizeof(*language) + clusterer_memory_bytes(language->clusterer) +
           article_map_memory_bytes(language->articles) + duplicates_memory_bytes(language->duplicates) +
           (language->active.count + language->closed.count) * sizeof(struct held_story) +
           article_map_count(language->articles) * (sizeof(struct member) + sizeof(struct story_source));
}
