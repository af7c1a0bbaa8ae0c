/*
 * partition_fixture - a partition, what is stored of it, and short words for what happens to it.
 *
 * Its policy is the default, but stories close when event time says, whatever else has come, and go two
 * records later at the earliest. The articles' event and theme say what is clustered
 * (support/scripted_clusterer.c).
 */
#ifndef NW_TESTS_PARTITION_FIXTURE_H
#define NW_TESTS_PARTITION_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/instant.h"
#include "stories/partition.h"
#include "support/fake_store.h"
#include "support/test_record.h"

static const int64_t HOUR = INT64_C(3600) * 1000;
static const int64_t T0 = INT64_C(1760000000000);

#define ARTICLE(...) ((struct test_article){__VA_ARGS__})

struct fixture {
    struct arena *arena;
    struct story_policy policy;
    struct partition *partition;
    struct fake_store *store;
    uint64_t offset;
    int64_t next_source_offset;
};

static inline void use_policy(struct fixture *f, struct story_policy policy)
{
    f->policy = policy;
    partition_free(f->partition);
    f->partition = partition_new(&policy);
}

static inline int fixture_begin(void **state)
{
    struct fixture *f = nw_calloc(1, sizeof(*f));
    struct story_policy policy = story_policy_default();
    policy.least_open_records = 0;
    policy.undated_hold_records = 0;
    policy.closed_retention_records = 2;
    f->arena = arena_new();
    f->store = fake_store_new();
    use_policy(f, policy);
    *state = f;
    return 0;
}

static inline int fixture_end(void **state)
{
    struct fixture *f = *state;
    partition_free(f->partition);
    fake_store_free(f->store);
    arena_free(f->arena);
    free(f);
    return 0;
}

static inline enum apply_outcome apply_record(struct fixture *f, const struct features_record *record,
                                              int64_t append_ms)
{
    return partition_apply(f->partition, record, f->offset++, append_ms, NULL);
}

/* A new event of the source partition, unless the offset is given. */
static inline enum apply_outcome apply(struct fixture *f, struct test_article article)
{
    if (article.offset == 0) article.offset = ++f->next_source_offset;
    struct features_record record = test_article(f->arena, &article);
    return apply_record(f, &record, NW_NO_TIME);
}

static inline enum apply_outcome withdraw(struct fixture *f, struct test_article article,
                                          const char *kept_language)
{
    if (article.offset == 0) article.offset = ++f->next_source_offset;
    struct features_record record = test_withdrawal(&article, kept_language);
    return apply_record(f, &record, NW_NO_TIME);
}

/* Moves the watermark of "en" to time by eight articles of their own stories. */
static inline void let_time_pass(struct fixture *f, int64_t time_ms)
{
    for (int i = 0; i < 8; i++) {
        char *url = arena_printf(f->arena, "tick %lld %d", (long long)time_ms, i);
        apply(f, ARTICLE(.url = url, .event = url, .published_ms = time_ms));
    }
}

static inline void commit(struct fixture *f)
{
    fake_store_commit(f->store, f->partition);
    partition_changes_clear(f->partition);
}

static inline const struct story *story_of(const struct fixture *f, const char *url)
{
    return partition_find_article(f->partition, test_article_id(url));
}

#endif
