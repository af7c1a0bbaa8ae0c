#include "coverage/tags.h"

#include <stdlib.h>
#include <string.h>

#include "coverage/title_words.h"

enum { TAG_MAX_BYTES = 100 };

struct tag {
    uint64_t key;
    const char *text; /* as first written */
    uint32_t order;   /* of appearance */
    uint32_t texts;
};

static int by_key_then_order(const void *a, const void *b)
{
    const struct tag *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static int most_frequent_first(const void *a, const void *b)
{
    const struct tag *x = a, *y = b;
    if (x->texts != y->texts) return x->texts > y->texts ? -1 : 1;
    return strcmp(x->text, y->text);
}

static size_t gather(const struct story_view *view, const uint32_t *texts, size_t count, struct tag *tags)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        const struct article_card *card = story_view_card(view, texts[i]);
        size_t begin = found;
        for (size_t j = 0; j < card->tag_count && j < TAGS_PER_ARTICLE; j++) {
            size_t len = strlen(card->tags[j]), seen = begin;
            if (len == 0 || len > TAG_MAX_BYTES) continue;
            uint64_t key = title_words_fold_hash(card->tags[j]);
            while (seen < found && tags[seen].key != key) seen++;
            if (seen < found) continue; /* twice on one article */
            tags[found] =
                (struct tag){.key = key, .text = card->tags[j], .order = (uint32_t)found, .texts = 1};
            found++;
        }
    }
    return found;
}

const char **tags_choose(struct arena *arena, const struct story_view *view, const uint32_t *texts,
                         size_t count, size_t *found)
{
    struct tag *tags = arena_alloc(arena, count * TAGS_PER_ARTICLE * sizeof(*tags));
    size_t all = gather(view, texts, count, tags), distinct = 0;
    qsort(tags, all, sizeof(*tags), by_key_then_order);
    for (size_t i = 0; i < all; i++) {
        if (distinct > 0 && tags[distinct - 1].key == tags[i].key)
            tags[distinct - 1].texts++;
        else
            tags[distinct++] = tags[i];
    }
    qsort(tags, distinct, sizeof(*tags), most_frequent_first);
    *found = distinct < TAGS_MAX ? distinct : TAGS_MAX;
    const char **chosen = arena_alloc(arena, *found * sizeof(*chosen));
    for (size_t i = 0; i < *found; i++) chosen[i] = tags[i].text;
    return chosen;
}
