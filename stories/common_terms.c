#include "stories/common_terms.h"

#include <stdlib.h>
#include <string.h>

#include "articles/common_words.h"
#include "articles/stem.h"
#include "articles/words.h"
#include "base/alloc.h"
#include "stories/story_terms.h"

enum { WORDS_MAX = 4000 };

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

static void add_words(struct common_terms *common, const char *language, const char *text)
{
    struct fold_table *folds = fold_table_new();
    struct stemmer *stemmer = stemmer_new(folds);
    const struct stem_language *rules = stemmer_language(stemmer, language);
    struct word_list words = {.count = 0};
    words_split(folds, text, strlen(text), WORDS_MAX, &words);
    uint32_t room = 1;
    while (room < 2 * words.count) room *= 2;
    common->keys = nw_calloc(room, sizeof(*common->keys));
    common->mask = room - 1;
    for (size_t i = 0; i < words.count; i++) {
        uint32_t key = term_key(stem_word(stemmer, rules, &words, &words.words[i]).hash);
        common->keys[place_of(common, key)] = key;
    }
    words_fini(&words);
    stemmer_free(stemmer);
    fold_table_free(folds);
}

struct common_terms *common_terms_new(const char *language)
{
    struct common_terms *common = nw_calloc(1, sizeof(*common));
    const char *text = common_words_find(language);
    if (text != NULL) add_words(common, language, text);
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
