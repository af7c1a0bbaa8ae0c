/*
 * replay_cards - the article cards of a partition, by story: what Redis holds for the live daemon.
 */
#ifndef NW_DAEMON_REPLAY_CARDS_H
#define NW_DAEMON_REPLAY_CARDS_H

#include <stddef.h>
#include <stdint.h>

#include "articles/article_card.h"
#include "base/arena.h"
#include "stories/partition.h"
#include "stories/story.h"

struct replay_cards;

struct replay_cards *replay_cards_new(void);
void replay_cards_free(struct replay_cards *cards);

/* Carries one change out. */
void replay_cards_apply(struct replay_cards *cards, const struct change *change);
/* Cards parallel to the members, id zero where none is kept; in the arena. */
struct article_card *replay_cards_of(const struct replay_cards *cards, struct arena *arena,
                                     const struct story *story);

#endif
