#include "articles/stem.h"

#include <stdlib.h>
#include <string.h>

#include <libstemmer.h>

#include "articles/stopwords.h"
#include "base/alloc.h"
#include "base/hash.h"

enum {
    CACHE_SETS = 16384,
    CACHE_WAYS = 2,
    MAX_LANGUAGES = 256
}; /* one megabyte: the words of a few languages */

struct stem_language {
    char code[8];
    uint16_t number;             /* 1.. */
    bool apostrophe_cuts_ending; /* Turkish sets it between a name and its ending */
    struct sb_stemmer *rules;
    const struct stopword_list *stopwords;
};

/* A word is known by its 128-bit hash, as an article is: no two words ever meet in a slot. */
struct slot {
    struct id128 word;
    uint64_t stem_hash;
    uint16_t language; /* number; 0: empty */
    bool stop;
};

struct slot_set {
    struct slot ways[CACHE_WAYS]; /* the last used first */
};

struct stemmer {
    const struct fold_table *table;
    struct slot_set *cache;
    struct stem_language *languages[MAX_LANGUAGES];
    size_t language_count;
    struct stem_language unknown;
};

struct stemmer *stemmer_new(const struct fold_table *table)
{
    struct stemmer *stemmer = nw_calloc(1, sizeof(*stemmer));
    stemmer->table = table;
    stemmer->cache = nw_calloc(CACHE_SETS, sizeof(*stemmer->cache));
    stemmer->unknown.number = UINT16_MAX;
    return stemmer;
}

void stemmer_free(struct stemmer *stemmer)
{
    if (stemmer == NULL) return;
    for (size_t i = 0; i < stemmer->language_count; i++) {
        sb_stemmer_delete(stemmer->languages[i]->rules);
        free(stemmer->languages[i]);
    }
    free(stemmer->cache);
    free(stemmer);
}

const struct stem_language *stemmer_language(struct stemmer *stemmer, const char *language)
{
    for (size_t i = 0; i < stemmer->language_count; i++)
        if (strcmp(stemmer->languages[i]->code, language) == 0) return stemmer->languages[i];
    size_t len = strlen(language);
    if (len >= sizeof(stemmer->unknown.code) || stemmer->language_count == MAX_LANGUAGES)
        return &stemmer->unknown;
    struct stem_language *entry = nw_calloc(1, sizeof(*entry));
    memcpy(entry->code, language, len + 1);
    entry->number = (uint16_t)(stemmer->language_count + 1);
    entry->rules = sb_stemmer_new(language, "UTF_8"); /* knows ISO 639 codes; NULL for the others */
    entry->stopwords = stopwords_find(language);
    entry->apostrophe_cuts_ending = strcmp(language, "tr") == 0 || strcmp(language, "az") == 0;
    stemmer->languages[stemmer->language_count++] = entry;
    return entry;
}

/* Bigrams of characters with a function character are noise: each character is looked up by itself too. */
static bool is_stop_gram(const struct stopword_list *stopwords, const char *bare, size_t len)
{
    for (size_t pos = 0; pos < len;) {
        size_t start = pos;
        fold_next(bare, len, &pos);
        if (stopwords_has(stopwords, bare + start, pos - start)) return true;
    }
    return stopwords_has(stopwords, bare, len);
}

static struct stem compute(const struct stemmer *stemmer, const struct stem_language *language,
                           const char *text, size_t len, unsigned flags)
{
    char bare[WORD_MAX_BYTES];
    if (language->apostrophe_cuts_ending) {
        const char *apostrophe = memchr(text, '\'', len);
        if (apostrophe != NULL && apostrophe > text) len = (size_t)(apostrophe - text);
    }
    size_t bare_len = fold_bare(stemmer->table, text, len, bare);
    struct stem stem = {0, false};
    if (language->stopwords != NULL)
        stem.stop = (flags & WORD_GRAM) != 0 ? is_stop_gram(language->stopwords, bare, bare_len)
                                             : stopwords_has(language->stopwords, bare, bare_len);
    if (language->rules != NULL && (flags & (WORD_DIGITS | WORD_GRAM)) == 0) {
        const sb_symbol *stemmed = sb_stemmer_stem(language->rules, (const sb_symbol *)text, (int)len);
        size_t stemmed_len = (size_t)sb_stemmer_length(language->rules);
        /* A stem longer than the longest word cannot be made bare in place; none is known. */
        if (stemmed != NULL && stemmed_len > 0 && stemmed_len <= WORD_MAX_BYTES)
            bare_len = fold_bare(stemmer->table, (const char *)stemmed, stemmed_len, bare);
    }
    stem.hash =
        (hash64(bare, bare_len) & ~UINT64_C(3)) | ((flags & WORD_NUMBER) != 0 ? TERM_NUMBER : TERM_WORD);
    return stem;
}

static bool holds(const struct slot *slot, const struct stem_language *language, const struct word *word)
{
    return slot->language == language->number && id128_equal(slot->word, word->hash);
}

struct stem stem_word(struct stemmer *stemmer, const struct stem_language *language,
                      const struct word_list *list, const struct word *word)
{
    if (language->number == UINT16_MAX)
        return compute(stemmer, language, word_text(list, word), word->len, word->flags);
    struct slot *ways = stemmer->cache[(word->hash.hi + language->number) % CACHE_SETS].ways;
    if (holds(&ways[0], language, word)) return (struct stem){ways[0].stem_hash, ways[0].stop};
    struct slot found = ways[1];
    if (!holds(&found, language, word)) {
        struct stem stem = compute(stemmer, language, word_text(list, word), word->len, word->flags);
        found = (struct slot){word->hash, stem.hash, language->number, stem.stop};
    }
    ways[1] = ways[0];
    ways[0] = found;
    return (struct stem){found.stem_hash, found.stop};
}
