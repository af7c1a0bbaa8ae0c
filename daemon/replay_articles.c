#include "daemon/replay_articles.h"

#include <stdlib.h>
#include <string.h>

#include "articles/article_card.h"
#include "base/alloc.h"

struct alias {
    struct id128 from, to;
    UT_hash_handle hh;
};

struct replay_articles {
    struct placed_article *articles;
    struct alias *aliases;
    struct arena *arena;
};

struct replay_articles *replay_articles_new(void)
{
    struct replay_articles *articles = nw_calloc(1, sizeof(*articles));
    articles->arena = arena_new();
    return articles;
}

void replay_articles_free(struct replay_articles *articles)
{
    if (articles == NULL) return;
    struct placed_article *article = articles->articles, *next_article;
    struct alias *alias = articles->aliases, *next_alias;
    HASH_CLEAR(hh, articles->articles); /* the table only: what is in it stays chained */
    HASH_CLEAR(hh, articles->aliases);
    for (; article != NULL; article = next_article) {
        next_article = article->hh.next;
        free(article->url);
        free(article->title);
        free(article);
    }
    for (; alias != NULL; alias = next_alias) {
        next_alias = alias->hh.next;
        free(alias);
    }
    arena_free(articles->arena);
    free(articles);
}

static struct article_key key_of(struct id128 article, const char *language)
{
    struct article_key key;
    memset(&key, 0, sizeof(key)); /* padding too: it is compared as bytes */
    key.article = article;
    memcpy(key.language, language, strnlen(language, STORY_LANGUAGE_MAX - 1));
    return key;
}

const struct placed_article *replay_articles_find(const struct replay_articles *articles,
                                                  struct id128 article, const char *language)
{
    const struct article_key key = key_of(article, language);
    struct placed_article *found;
    HASH_FIND(hh, articles->articles, &key, sizeof(key), found);
    return found;
}

const struct placed_article *replay_articles_first(const struct replay_articles *articles)
{
    return articles->articles;
}

static struct placed_article *placed(struct replay_articles *articles, const struct partition *partition,
                                     const struct change *change)
{
    const struct story *story = partition_find_story(partition, change->story);
    const struct article_key key = key_of(change->article, story != NULL ? story->language : "");
    struct placed_article *article;
    HASH_FIND(hh, articles->articles, &key, sizeof(key), article);
    if (article != NULL) return article;
    article = nw_calloc(1, sizeof(*article));
    article->key = key;
    HASH_ADD(hh, articles->articles, key, sizeof(article->key), article);
    return article;
}

static void set_texts(struct replay_articles *articles, struct placed_article *article,
                      const struct change *change)
{
    struct article_card card;
    if (change->value != NULL &&
        article_card_unpack(articles->arena, change->value, change->value_len, &card) == NW_OK) {
        free(article->url);
        free(article->title);
        article->url = nw_strdup(card.url);
        article->title = nw_strdup(card.title);
    }
    arena_reset(articles->arena);
}

static void add_alias(struct replay_articles *articles, struct id128 from, struct id128 to)
{
    struct alias *alias = nw_calloc(1, sizeof(*alias));
    alias->from = from;
    alias->to = to;
    HASH_ADD(hh, articles->aliases, from, sizeof(alias->from), alias);
}

struct id128 replay_articles_follow(const struct replay_articles *articles, struct id128 story)
{
    struct alias *alias;
    for (;;) {
        HASH_FIND(hh, articles->aliases, &story, sizeof(story), alias);
        if (alias == NULL) return story;
        story = alias->to;
    }
}

void replay_articles_apply(struct replay_articles *articles, const struct partition *partition,
                           const struct change *change)
{
    struct placed_article *article;
    switch (change->kind) {
    case CHANGE_MEMBER_PUT:
    case CHANGE_MEMBER_MOVED:
        article = placed(articles, partition, change);
        article->story = change->story;
        article->held = true;
        set_texts(articles, article, change);
        return;
    case CHANGE_MEMBER_REMOVED:
        placed(articles, partition, change)->held = false;
        return;
    case CHANGE_STORY_MERGED:
        add_alias(articles, change->other, change->story);
        return;
    case CHANGE_CARD_DROPPED:
    case CHANGE_STORY_CLOSED:
    case CHANGE_STORY_DROPPED:
    case CHANGE_STORY_TAKEN_DOWN:
    case CHANGE_WITHDRAWAL_PUT:
    case CHANGE_WITHDRAWAL_DROPPED:
        return;
    }
}
