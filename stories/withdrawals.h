/*
 * withdrawals - which articles were taken out, so that one that comes late stays out (PROTOCOL.md 3).
 *
 * A retraction may overtake the article it is about (other source partition, re-send). Each is kept
 * under every key it names, for the idle expiry; an article that is not newer is dropped.
 * The clock is the append time of the features topic (the log's own, never going back), not a language's
 * watermark: a language in which nothing happens would keep withdrawals for ever, and one language
 * would decide for another.
 * What an editor took down stays out whatever its version, and does not expire; of more than
 * WITHDRAWALS_TAKEN_MAX keys those of the oldest takedown go.
 */
#ifndef NW_STORIES_WITHDRAWALS_H
#define NW_STORIES_WITHDRAWALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "stories/story.h"

struct withdrawal {
    struct id128 key;
    bool retracted, moved;
    int64_t retracted_version_ms; /* when retracted */
    int64_t moved_version_ms;     /* when moved: out of every language but kept_language */
    char kept_language[STORY_LANGUAGE_MAX];
    int64_t time_ms;       /* log time of the last of them; NW_NO_TIME: there was none yet */
    bool taken_down;       /* then nothing of the above counts */
    uint64_t taken_offset; /* features offset of the first correction that did */
};

enum { WITHDRAWALS_TAKEN_MAX = 100000 };

struct withdrawals;

struct withdrawals *withdrawals_new(void);
void withdrawals_free(struct withdrawals *withdrawals);

/* Keys: an article id is its own key; the others get one that is no hash of a URL. */
struct id128 withdrawal_key_of_url(uint64_t raw_url_hash);
struct id128 withdrawal_key_of_producer_id(uint64_t producer_id_hash);

/* Where a takedown of key is kept: in one language, or ("") in all. */
struct id128 withdrawal_key_taken_down(const char *language, struct id128 key);

/* kept_language "": retracted. The newest version of each kind is kept. Returns the entry as it is now. */
const struct withdrawal *withdrawals_put(struct withdrawals *withdrawals, struct id128 key,
                                         const char *kept_language, int64_t version_ms, int64_t time_ms);
/* Was an article of that language and version taken out under that key? */
bool withdrawals_cover(const struct withdrawals *withdrawals, struct id128 key, const char *language,
                       int64_t version_ms);
/* key: of withdrawal_key_taken_down(). Returns the entry. */
const struct withdrawal *withdrawals_take_down(struct withdrawals *withdrawals, struct id128 key,
                                               uint64_t offset);
bool withdrawals_taken_down(const struct withdrawals *withdrawals, const char *language, struct id128 key);
/* A key of the oldest takedown while there are too many (and until none of that takedown is left), else
 * NULL. withdrawals_drop_taken() drops it. */
const struct withdrawal *withdrawals_taken_surplus(struct withdrawals *withdrawals);
void withdrawals_drop_taken(struct withdrawals *withdrawals);
/* The entry that has been there longest, NULL when there is none; takedowns apart. */
const struct withdrawal *withdrawals_oldest(const struct withdrawals *withdrawals);
void withdrawals_drop_oldest(struct withdrawals *withdrawals);

/* Restore: in any order, then once withdrawals_sort(). False: the key is there already. */
bool withdrawals_restore(struct withdrawals *withdrawals, const struct withdrawal *withdrawal);
void withdrawals_sort(struct withdrawals *withdrawals);

size_t withdrawals_count(const struct withdrawals *withdrawals);
size_t withdrawals_memory_bytes(const struct withdrawals *withdrawals);

#endif
