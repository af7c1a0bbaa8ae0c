#include "daemon/replay_cards.h"

#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "base/alloc.h"

struct card {
    struct id128 article;
    UT_hash_handle hh;
    size_t len;
    uint8_t bytes[];
};

struct story_cards {
    struct id128 story;
    struct card *cards; /* uthash by article */
    UT_hash_handle hh;
};

struct replay_cards {
    struct story_cards *stories; /* uthash by story */
};

struct replay_cards *replay_cards_new(void)
{
    return nw_calloc(1, sizeof(struct replay_cards));
}

static struct story_cards *find_story(const struct replay_cards *cards, struct id128 story)
{
    struct story_cards *found;
    HASH_FIND(hh, cards->stories, &story, sizeof(story), found);
    return found;
}

static struct story_cards *story_of(struct replay_cards *cards, struct id128 story)
{
    struct story_cards *held = find_story(cards, story);
    if (held != NULL) return held;
    held = nw_calloc(1, sizeof(*held));
    held->story = story;
    HASH_ADD(hh, cards->stories, story, sizeof(held->story), held);
    return held;
}

static struct card *find_card(const struct story_cards *story, struct id128 article)
{
    struct card *found;
    HASH_FIND(hh, story->cards, &article, sizeof(article), found);
    return found;
}

static void remove_card(struct replay_cards *cards, struct id128 story, struct id128 article)
{
    struct story_cards *held = find_story(cards, story);
    struct card *card = held == NULL ? NULL : find_card(held, article);
    if (card == NULL) return;
    HASH_DEL(held->cards, card);
    free(card);
}

static void put_card(struct replay_cards *cards, const struct change *change, const uint8_t *bytes,
                     size_t len)
{
    remove_card(cards, change->story, change->article);
    struct card *card = nw_realloc(NULL, 1, sizeof(*card) + len);
    card->article = change->article;
    card->len = len;
    memcpy(card->bytes, bytes, len);
    HASH_ADD(hh, story_of(cards, change->story)->cards, article, sizeof(card->article), card);
}

static void move_card(struct replay_cards *cards, const struct change *change)
{
    const struct story_cards *from = find_story(cards, change->other);
    const struct card *card = from == NULL ? NULL : find_card(from, change->article);
    if (card == NULL) return;
    put_card(cards, change, card->bytes, card->len);
    remove_card(cards, change->other, change->article);
}

/* NOLINTBEGIN(clang-analyzer-unix.Malloc): the analyser does not follow uthash's chains */
static void remove_story(struct replay_cards *cards, struct story_cards *story)
{
    if (story == NULL) return;
    struct card *card, *next;
    HASH_ITER (hh, story->cards, card, next) {
        HASH_DEL(story->cards, card);
        free(card);
    }
    HASH_DEL(cards->stories, story);
    free(story);
}

static void move_all(struct replay_cards *cards, struct id128 from, struct id128 to)
{
    struct story_cards *source = find_story(cards, from), *target = story_of(cards, to);
    struct card *card, *next;
    if (source == NULL) return;
    HASH_ITER (hh, source->cards, card, next) {
        HASH_DEL(source->cards, card);
        HASH_ADD(hh, target->cards, article, sizeof(card->article), card);
    }
    remove_story(cards, source);
}

void replay_cards_free(struct replay_cards *cards)
{
    if (cards == NULL) return;
    while (cards->stories != NULL) remove_story(cards, cards->stories);
    free(cards);
}

/* NOLINTEND(clang-analyzer-unix.Malloc) */

void replay_cards_apply(struct replay_cards *cards, const struct change *change)
{
    switch (change->kind) {
    case CHANGE_MEMBER_PUT:
        if (change->value != NULL) put_card(cards, change, change->value, change->value_len);
        return;
    case CHANGE_MEMBER_REMOVED:
    case CHANGE_CARD_DROPPED:
        remove_card(cards, change->story, change->article);
        return;
    case CHANGE_STORY_MERGED:
        move_all(cards, change->other, change->story);
        return;
    case CHANGE_STORY_DROPPED:
        remove_story(cards, find_story(cards, change->story));
        return;
    case CHANGE_MEMBER_MOVED:
        move_card(cards, change);
        return;
    case CHANGE_STORY_CLOSED:
    case CHANGE_STORY_TAKEN_DOWN:
    case CHANGE_WITHDRAWAL_PUT:
    case CHANGE_WITHDRAWAL_DROPPED:
        return;
    }
}

struct article_card *replay_cards_of(const struct replay_cards *cards, struct arena *arena,
                                     const struct story *story)
{
    struct article_card *out = arena_calloc(arena, story->member_count, sizeof(*out));
    const struct story_cards *held = find_story(cards, story->id);
    for (size_t i = 0; held != NULL && i < story->member_count; i++) {
        const struct card *card = find_card(held, story->members[i].article);
        if (card == NULL || article_card_unpack(arena, card->bytes, card->len, &out[i]) != NW_OK)
            out[i].id = (struct id128){0, 0};
    }
    return out;
}
