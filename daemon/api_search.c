#define _GNU_SOURCE /* memmem */
#include "daemon/api_search.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "articles/words.h"
#include "base/alloc.h"
#include "coverage/title_words.h"

enum { QUERY_WORDS_MAX = 16, TITLE_WORDS_MAX = 400 };

struct api_search {
    struct fold_table *fold;
};

struct api_filter {
    const struct api_search *search;
    struct api_filter_text text;
    uint64_t tag_hash;
    struct word_list wanted, title; /* title: of the story looked at, kept for its memory */
};

struct api_search *api_search_new(void)
{
    struct api_search *search = nw_calloc(1, sizeof(*search));
    search->fold = fold_table_new();
    return search;
}

void api_search_free(struct api_search *search)
{
    if (!search) return;
    fold_table_free(search->fold);
    free(search);
}

struct api_filter *api_filter_new(const struct api_search *search, const struct api_filter_text *text)
{
    if (!text->language && !text->country && !text->tag && !text->side && !text->blindspot && !text->words)
        return NULL;
    struct api_filter *filter = nw_calloc(1, sizeof(*filter));
    filter->search = search;
    filter->text = *text;
    if (text->tag) filter->tag_hash = title_words_fold_hash(text->tag);
    if (text->words)
        words_split(search->fold, text->words, strlen(text->words), QUERY_WORDS_MAX, &filter->wanted);
    return filter;
}

void api_filter_free(struct api_filter *filter)
{
    if (!filter) return;
    words_fini(&filter->wanted);
    words_fini(&filter->title);
    free(filter);
}

/* countries is an object of our own writing: a key is two letters in quotes. */
static bool has_country(const char *countries, const char *country)
{
    const char key[] = {'"', country[0], country[1], '"', '\0'};
    return strstr(countries, key) != NULL;
}

static bool has_tag(const struct api_filter *filter, const char *tags)
{
    json_t *array = json_loads(tags, 0, NULL), *tag;
    size_t i;
    bool found = false;
    json_array_foreach (array, i, tag)
        if (json_is_string(tag) && title_words_fold_hash(json_string_value(tag)) == filter->tag_hash)
            found = true;
    json_decref(array);
    return found;
}

static bool leans(const struct api_story *story, const char *side)
{
    int64_t most = story->left > story->right ? story->left : story->right;
    if (story->center > most) most = story->center;
    int64_t count = strcmp(side, "left") == 0    ? story->left
                    : strcmp(side, "right") == 0 ? story->right
                                                 : story->center;
    return count > 0 && count == most;
}

/* Whether the bare form of wanted begins (or, for parts of unspaced scripts, is in) that of word. */
static bool word_fits(const struct fold_table *fold, const struct word_list *wanted_list,
                      const struct word *wanted, const struct word_list *list, const struct word *word)
{
    char want[WORD_MAX_BYTES + 1], have[WORD_MAX_BYTES + 1];
    size_t want_len = fold_bare(fold, word_text(wanted_list, wanted), wanted->len, want);
    size_t have_len = fold_bare(fold, word_text(list, word), word->len, have);
    if (want_len > have_len) return false;
    if (wanted->flags & WORD_GRAM) return memmem(have, have_len, want, want_len) != NULL;
    return memcmp(want, have, want_len) == 0;
}

static bool has_words(struct api_filter *filter, const char *title)
{
    const struct fold_table *fold = filter->search->fold;
    words_split(fold, title, strlen(title), TITLE_WORDS_MAX, &filter->title);
    for (size_t i = 0; i < filter->wanted.count; i++) {
        bool found = false;
        for (size_t k = 0; k < filter->title.count && !found; k++)
            found = word_fits(fold, &filter->wanted, &filter->wanted.words[i], &filter->title,
                              &filter->title.words[k]);
        if (!found) return false;
    }
    return filter->wanted.count > 0; /* a search for no word finds nothing */
}

bool api_filter_shows(struct api_filter *filter, const struct api_story *story)
{
    const struct api_filter_text *text = &filter->text;
    if (text->language && strcmp(text->language, story->language) != 0) return false;
    if (text->blindspot && strcmp(text->blindspot, story->blindspot) != 0) return false;
    if (text->country && !has_country(story->countries, text->country)) return false;
    if (text->side && !leans(story, text->side)) return false;
    if (text->tag && !has_tag(filter, story->tags)) return false;
    return !text->words || has_words(filter, story->title);
}
