#include "stories/common_terms.h"

#include <stdlib.h>
#include <string.h>

#include "articles/common_words.h"
#include "articles/stem.h"
#include "articles/words.h"
#include "base/alloc.h"
#include "stories/story_terms.h"

enum { WORDS_MAX = 2000 }; /* of a text */

/* A set by open addressing, at most half full. */
struct common_terms {
    uint32_t *keys; /* 0: empty; no word has that key but one in 2^30, which is then missing */
    uint32_t mask;
};

static uint32_t place_of(const struct common_terms *common, uint32_t key)
{
    uint32_t at = key >> 2 & common->mask;
    while (common->keys[at] != 0 && common->keys[at] != key) at = (at + 1) & common->mask;
    return at;
}

static void make_room(struct common_terms *common, size_t words)
{
    uint32_t room = 1;
    while (room < 2 * words) room *= 2;
    common->keys = nw_calloc(room, sizeof(*common->keys));
    common->mask = room - 1;
}

static void add_words(struct common_terms *common, const char *language, const char *const *texts,
                      size_t count)
{
    struct fold_table *folds = fold_table_new();
    struct stemmer *stemmer = stemmer_new(folds);
    const struct stem_language *rules = stemmer_language(stemmer, language);
    struct word_list words = {.count = 0};
    make_room(common, count * WORDS_MAX);
    for (size_t t = 0; t < count; t++) {
        words_split(folds, texts[t], strlen(texts[t]), WORDS_MAX, &words);
        for (size_t i = 0; i < words.count; i++) {
            uint32_t key = term_key(stem_word(stemmer, rules, &words, &words.words[i]).hash);
            common->keys[place_of(common, key)] = key;
        }
    }
    words_fini(&words);
    stemmer_free(stemmer);
    fold_table_free(folds);
}

struct common_terms *common_terms_new(const char *language)
{
    struct common_terms *common = nw_calloc(1, sizeof(*common));
    const char *texts[] = {common_words_find(language), common_words_calendar(language)};
    if (texts[0] != NULL) add_words(common, language, texts, sizeof(texts) / sizeof(*texts));
    return common;
}

void common_terms_free(struct common_terms *common)
{
    if (common == NULL) return;
    free(common->keys);
    free(common);
}

bool common_terms_has(const struct common_terms *common, uint32_t key)
{
    if (term_key_kind(key) == TERM_NUMBER) return true;
    return common->keys != NULL && key != 0 && common->keys[place_of(common, key)] == key;
}
