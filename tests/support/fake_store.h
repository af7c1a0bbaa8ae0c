/*
 * fake_store - what Redis holds of a features partition, in memory, for tests.
 *
 * Carries out partition_changes exactly as the real store does: changes in order, then the state of
 * each dirty story, then the header. A partition is restored from it in any order the seed says.
 */
#ifndef NW_TESTS_SUPPORT_FAKE_STORE_H
#define NW_TESTS_SUPPORT_FAKE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "stories/partition.h"

struct fake_store;

struct fake_store *fake_store_new(void);
void fake_store_free(struct fake_store *store);

/* Writes what has changed; the caller clears the partition's changes afterwards. */
void fake_store_commit(struct fake_store *store, const struct partition *partition);
/* A fresh partition from what is stored (NULL and *err on failure); an empty store gives an empty one.
 * Stories, members and withdrawals come in an order that seed decides. */
struct partition *fake_store_restore(const struct fake_store *store, const struct story_policy *policy,
                                     uint32_t seed, enum nw_err *err);

/* Everything held, as sorted lines of text; free() it. Equal texts: equal state, byte for byte.
 * with_sums false leaves totals and source counts out (they depend on what was retracted). */
char *fake_store_dump(const struct fake_store *store, bool with_sums);
/* Only the stories of one language. */
char *fake_store_dump_stories(const struct fake_store *store, const struct partition *partition,
                              const char *language);

/* What a restore reads, to be damaged: in place, or by hiding it. The header cannot be hidden (NULL). */
struct fake_blob {
    const char *kind; /* "header", "state", "member", "withdrawal" */
    uint8_t *bytes;
    size_t len;
    bool *hidden;
};
void fake_store_each_blob(struct fake_store *store,
                          void (*visit)(void *context, const struct fake_blob *blob), void *context);

size_t fake_store_stories(const struct fake_store *store);
/* Borrowed until the next commit; NULL: none. */
const uint8_t *fake_store_card(const struct fake_store *store, struct id128 story, struct id128 article,
                               size_t *len);
size_t fake_store_cards(const struct fake_store *store, struct id128 story);
bool fake_store_alias(const struct fake_store *store, struct id128 story, struct id128 *to);
struct partition_totals fake_store_totals(const struct fake_store *store);
/* All zero when the source is not known. */
struct source_delta fake_store_source(const struct fake_store *store, const char *source);

#endif
