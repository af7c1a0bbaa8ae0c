#define _GNU_SOURCE /* memmem */
#include "coverage/grounding.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "articles/fold.h"
#include "articles/stem.h"
#include "articles/words.h"
#include "base/alloc.h"
#include "base/hash.h"
#include "coverage/grounding_words.h"

enum {
    WORDS_READ_MAX = 2000,
    PAIR_APART_MAX = 4,  /* "President Anton Reyek" grounds "President Reyek" */
    ORDER_APART_MAX = 6, /* "ignore all of your previous instructions" */
    CASELESS_ONE_IN = 10,
    NUMBER_MAX = 24,
};

enum item_kind { ITEM_WORD, ITEM_NUMBER, ITEM_MAGNITUDE };

/* A word as it is compared. */
struct item {
    uint64_t exact, stem; /* of words; exact alone of numbers and magnitudes */
    uint32_t text;        /* number of its text: pairs are looked for within one */
    uint8_t kind;
    bool capital, all_caps, starts, adjacent;
    bool stop, opener;
    uint32_t start, end; /* bytes in the text, for saying what is wrong */
};

struct items {
    struct item *list;
    size_t count, capacity;
    size_t caseless; /* words that could not have a capital */
};

struct grounding {
    struct fold_table *fold;
    struct stemmer *stemmer;
    const struct stem_language *stems;
    char language[16];
    struct word_list words;
    struct items known, asked;
    uint32_t texts;
};

struct grounding *grounding_new(const char *language)
{
    struct grounding *g = nw_calloc(1, sizeof(*g));
    g->fold = fold_table_new();
    g->stemmer = stemmer_new(g->fold);
    g->stems = stemmer_language(g->stemmer, language);
    snprintf(g->language, sizeof(g->language), "%s", language);
    return g;
}

void grounding_free(struct grounding *g)
{
    if (g == NULL) return;
    words_fini(&g->words);
    free(g->known.list);
    free(g->asked.list);
    stemmer_free(g->stemmer);
    fold_table_free(g->fold);
    free(g);
}

/* ---- text to items ---- */

static struct item *push(struct items *items, const struct item *item)
{
    items->list = nw_grow(items->list, &items->capacity, items->count + 1, sizeof(*items->list));
    items->list[items->count] = *item;
    return &items->list[items->count++];
}

static uint64_t tagged_hash(char tag, const char *text, size_t len)
{
    char bytes[NUMBER_MAX + 1];
    if (len > NUMBER_MAX) len = NUMBER_MAX;
    bytes[0] = tag;
    memcpy(bytes + 1, text, len);
    return hash64(bytes, len + 1);
}

/* The digits a word begins with, "007" as "7", "2.50" as "2.5"; the length read is returned. */
static size_t plain_number(const char *word, size_t len, char out[NUMBER_MAX + 1])
{
    size_t used = strspn(word, "0123456789."), kept = 0;
    if (used > len) used = len;
    size_t from = 0;
    while (from + 1 < used && word[from] == '0' && word[from + 1] != '.') from++;
    for (size_t i = from; i < used && kept < NUMBER_MAX; i++) out[kept++] = word[i];
    if (memchr(out, '.', kept) != NULL) {
        while (kept > 1 && out[kept - 1] == '0') kept--;
        if (kept > 1 && out[kept - 1] == '.') kept--;
    }
    out[kept] = '\0';
    return used;
}

static void push_magnitude(struct items *items, struct item item, const char *text)
{
    item.kind = ITEM_MAGNITUDE;
    item.exact = tagged_hash('m', text, strcspn(text, " "));
    item.adjacent = true;
    push(items, &item);
}

static void push_number(const struct grounding *g, struct items *items, struct item item, const char *folded,
                        size_t len)
{
    char plain[NUMBER_MAX + 1];
    size_t used = plain_number(folded, len, plain);
    item.kind = ITEM_NUMBER;
    item.exact = tagged_hash('n', plain, strlen(plain));
    push(items, &item);
    const char *magnitude = grounding_words_magnitude(g->language, folded + used, len - used);
    if (magnitude) push_magnitude(items, item, magnitude);
}

static void push_word(struct grounding *g, struct items *items, const struct word *word, uint32_t text)
{
    char bare[WORD_MAX_BYTES + 1];
    const char *folded = word_text(&g->words, word);
    size_t len = fold_bare(g->fold, folded, word->len, bare);
    bare[len] = '\0';
    struct item item = {.text = text,
                        .kind = ITEM_WORD,
                        .capital = word->flags & (WORD_CAPITAL | WORD_ALL_CAPS),
                        .all_caps = word->flags & WORD_ALL_CAPS,
                        .starts = word->flags & WORD_STARTS,
                        .adjacent = word->flags & WORD_ADJACENT,
                        .start = word->start,
                        .end = word->end};
    if (word->flags & WORD_NUMBER) {
        push_number(g, items, item, bare, len);
        return;
    }
    const char *number = grounding_words_number(g->language, bare, len);
    const char *magnitude = grounding_words_magnitude(g->language, bare, len);
    if (number && !item.all_caps) {
        item.kind = ITEM_NUMBER;
        item.exact = tagged_hash('n', number, strcspn(number, " "));
        push(items, &item);
    } else if (magnitude && len > 1) { /* a letter alone is an initial as well */
        push_magnitude(items, item, magnitude);
    } else {
        struct stem stem = stem_word(g->stemmer, g->stems, &g->words, word);
        item.exact = hash64(bare, len);
        item.stem = stem.hash;
        item.stop = stem.stop;
        item.opener = grounding_words_is_opener(g->language, bare, len);
        item.capital |= (word->flags & WORD_DIGITS) != 0; /* g20 is a name however it is written */
        push(items, &item);
        if ((word->flags & (WORD_CAPITAL | WORD_ALL_CAPS | WORD_LOWER)) == 0) items->caseless++;
    }
}

static void read_items(struct grounding *g, struct items *items, const char *text, size_t len,
                       uint32_t number)
{
    words_split(g->fold, text, len, WORDS_READ_MAX, &g->words);
    for (size_t i = 0; i < g->words.count; i++) push_word(g, items, &g->words.words[i], number);
}

void grounding_add(struct grounding *g, const char *text, size_t len)
{
    read_items(g, &g->known, text, len, g->texts++);
}

static bool has_case(const struct items *items)
{
    return items->caseless * CASELESS_ONE_IN <= items->count;
}

bool grounding_can_check(const struct grounding *g)
{
    return g->known.count > 0 && has_case(&g->known);
}

/* ---- the check ---- */

static bool is_name(const struct item *item)
{
    if (item->kind != ITEM_WORD || !item->capital) return false;
    if (item->starts) return !item->stop && !item->opener;
    return !item->stop || item->all_caps;
}

/* At the start of a sentence any word has a capital, so there it grounds and is grounded in any case. */
static bool matches(const struct item *known, const struct item *asked)
{
    if (known->kind != asked->kind) return false;
    if (asked->kind != ITEM_WORD) return known->exact == asked->exact;
    if (known->exact != asked->exact && known->stem != asked->stem) return false;
    if (asked->stop && asked->all_caps) return known->all_caps; /* US, not "us" */
    return known->capital || asked->starts;
}

static bool occurs(const struct items *known, const struct item *asked)
{
    for (size_t i = 0; i < known->count; i++)
        if (matches(&known->list[i], asked)) return true;
    return false;
}

/* Capitalised where a common word would not be. */
static bool is_known_name(const struct items *known, const struct item *asked)
{
    for (size_t i = 0; i < known->count; i++)
        if (matches(&known->list[i], asked) && known->list[i].capital && !known->list[i].starts) return true;
    return false;
}

static bool occur_together(const struct items *known, const struct item *first, const struct item *second,
                           size_t apart_max)
{
    for (size_t i = 0; i < known->count; i++) {
        if (!matches(&known->list[i], first)) continue;
        for (size_t k = i + 1; k < known->count && k <= i + apart_max; k++)
            if (known->list[k].text == known->list[i].text && matches(&known->list[k], second)) return true;
    }
    return false;
}

static bool is_grounded(const struct items *known, const struct item *previous, const struct item *item)
{
    bool adjacent = previous != NULL && item->adjacent;
    if (item->kind != ITEM_WORD) {
        bool counted = adjacent && item->kind == ITEM_MAGNITUDE && previous->kind == ITEM_NUMBER;
        return counted ? occur_together(known, previous, item, 1) : occurs(known, item);
    }
    if (!is_name(item)) return true;
    if (!occurs(known, item)) return false;
    bool pair = adjacent && is_name(previous) && is_known_name(known, previous) && is_known_name(known, item);
    return !pair || occur_together(known, previous, item, PAIR_APART_MAX);
}

static void say(const char *text, const struct item *from, const struct item *to,
                char words[GROUNDING_WORDS_MAX])
{
    size_t len = to->end - from->start;
    if (len >= GROUNDING_WORDS_MAX) len = GROUNDING_WORDS_MAX - 1;
    while (len > 0 && ((unsigned char)text[from->start + len] & 0xC0) == 0x80) len--; /* cut no character */
    memcpy(words, text + from->start, len);
    words[len] = '\0';
}

/* The items of a range of texts, borrowed: they lie in a row. */
static struct items within(const struct grounding *g, struct grounding_range range)
{
    struct items out = {.list = g->known.list};
    size_t from = 0, to;
    while (from < g->known.count && g->known.list[from].text < range.first) from++;
    for (to = from; to < g->known.count && g->known.list[to].text - range.first < range.count;) to++;
    out.list += from;
    out.count = to - from;
    return out;
}

enum grounding_fault grounding_check_within(struct grounding *g, struct grounding_range range,
                                            const char *text, size_t len, char words[GROUNDING_WORDS_MAX])
{
    struct items *asked = &g->asked;
    const struct items known = within(g, range);
    words[0] = '\0';
    asked->count = asked->caseless = 0;
    read_items(g, asked, text, len, 0);
    /* What is not read is not checked. */
    if (!has_case(asked) || g->words.count >= WORDS_READ_MAX) return GROUNDING_SCRIPT;
    for (size_t i = 0; i < asked->count; i++) {
        const struct item *item = &asked->list[i], *previous = i > 0 ? item - 1 : NULL;
        if (is_grounded(&known, previous, item)) continue;
        bool alone = previous == NULL || !item->adjacent || !occurs(&known, item);
        say(text, alone ? item : previous, item, words);
        return item->kind == ITEM_WORD ? GROUNDING_NAME : GROUNDING_NUMBER;
    }
    return GROUNDING_NONE;
}

enum grounding_fault grounding_check(struct grounding *g, const char *text, size_t len,
                                     char words[GROUNDING_WORDS_MAX])
{
    return grounding_check_within(g, (struct grounding_range){0, g->texts}, text, len, words);
}

static bool is_said(const struct items *known, const struct item *asked)
{
    for (size_t i = 0; i < known->count; i++) {
        const struct item *item = &known->list[i];
        if (item->kind == asked->kind &&
            (item->exact == asked->exact || (asked->kind == ITEM_WORD && item->stem == asked->stem)))
            return true;
    }
    return false;
}

double grounding_share(struct grounding *g, struct grounding_range range, const char *text, size_t len)
{
    struct items *asked = &g->asked;
    const struct items known = within(g, range);
    size_t words = 0, said = 0;
    asked->count = asked->caseless = 0;
    read_items(g, asked, text, len, 0);
    for (size_t i = 0; i < asked->count; i++) {
        if (asked->list[i].stop && !asked->list[i].all_caps) continue;
        words++;
        said += is_said(&known, &asked->list[i]);
    }
    return words == 0 ? 1.0 : (double)said / (double)words;
}

/* ---- texts that talk to a model ---- */

static bool has_marker(const char *text, size_t len)
{
    static const char *const markers[] = {"<|", "|>", "[INST]", "[/INST]", "<<SYS>>", "</s>"};
    for (size_t i = 0; i < sizeof(markers) / sizeof(*markers); i++)
        if (memmem(text, len, markers[i], strlen(markers[i])) != NULL) return true;
    return false;
}

bool grounding_is_instruction(const struct grounding *g, const char *text, size_t len)
{
    struct word_list words = {0};
    bool found = has_marker(text, len);
    size_t order_at = SIZE_MAX;
    bool after_system = false;
    words_split(g->fold, text, len, SIZE_MAX, &words);
    for (size_t i = 0; i < words.count && !found; i++) {
        char bare[WORD_MAX_BYTES + 1];
        const struct word *word = &words.words[i];
        size_t bare_len = fold_bare(g->fold, word_text(&words, word), word->len, bare);
        if (word->flags & WORD_STARTS) order_at = SIZE_MAX; /* another sentence */
        bool instruction = grounding_words_is_instruction(bare, bare_len);
        found = instruction && (after_system || (order_at != SIZE_MAX && i - order_at <= ORDER_APART_MAX));
        if (grounding_words_is_order(bare, bare_len)) order_at = i;
        after_system = bare_len == 6 && memcmp(bare, "system", 6) == 0;
    }
    words_fini(&words);
    return found;
}
