/*
 * replay_articles - where each article of a replay is, and what it is called: its story by way of the
 * changes, merges followed.
 */
#ifndef NW_DAEMON_REPLAY_ARTICLES_H
#define NW_DAEMON_REPLAY_ARTICLES_H

#include <stdbool.h>
#include <stdio.h>

#include <uthash.h>

#include "stories/partition.h"

/* The same article may be held once a language. */
struct article_key {
    struct id128 article;
    char language[STORY_LANGUAGE_MAX];
};

struct placed_article {
    struct article_key key;
    char *url, *title; /* as on its card; NULL: it has none */
    struct id128 story;
    bool held;         /* false: it was taken out */
    UT_hash_handle hh; /* uthash keeps the order of insertion */
};

struct replay_articles;

struct replay_articles *replay_articles_new(void);
void replay_articles_free(struct replay_articles *articles);

/* Carries one change out, before the partition clears it. */
void replay_articles_apply(struct replay_articles *articles, const struct partition *partition,
                           const struct change *change);
/* All of them by hh.next, in the order of their first arrival. */
const struct placed_article *replay_articles_first(const struct replay_articles *articles);
/* NULL: never seen in that language. */
const struct placed_article *replay_articles_find(const struct replay_articles *articles,
                                                  struct id128 article, const char *language);
/* What a story is now that may have been merged. */
struct id128 replay_articles_follow(const struct replay_articles *articles, struct id128 story);

#endif
