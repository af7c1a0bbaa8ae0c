#include "stories/withdrawals.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>
#include <utlist.h>

#include "base/alloc.h"
#include "base/instant.h"

struct entry {
    struct withdrawal withdrawal;
    struct entry *prev, *next; /* by time: the oldest first */
    UT_hash_handle hh;
};

struct withdrawals {
    struct entry *by_key; /* uthash */
    struct entry *oldest; /* utlist, doubly linked */
    struct entry *taken;  /* the same of takedowns, by offset */
    size_t taken_count;
    uint64_t dropping; /* offset + 1 of the takedown that is being dropped; 0: none */
};

struct withdrawals *withdrawals_new(void)
{
    return nw_calloc(1, sizeof(struct withdrawals));
}

/* list: the one it is in. */
static void remove_entry(struct withdrawals *withdrawals, struct entry **list, struct entry *entry)
{
    /* NOLINTBEGIN(clang-analyzer-core.NullDereference): neither the list nor the table is empty here */
    DL_DELETE(*list, entry);
    HASH_DEL(withdrawals->by_key, entry);
    /* NOLINTEND(clang-analyzer-core.NullDereference) */
    free(entry);
}

void withdrawals_free(struct withdrawals *withdrawals)
{
    if (withdrawals == NULL) return;
    while (withdrawals->oldest != NULL) remove_entry(withdrawals, &withdrawals->oldest, withdrawals->oldest);
    while (withdrawals->taken != NULL) remove_entry(withdrawals, &withdrawals->taken, withdrawals->taken);
    free(withdrawals);
}

struct id128 withdrawal_key_of_url(uint64_t raw_url_hash)
{
    return (struct id128){UINT64_C(0x7261772075726c20), raw_url_hash};
}

struct id128 withdrawal_key_of_producer_id(uint64_t producer_id_hash)
{
    return (struct id128){UINT64_C(0x70726f6475636572), producer_id_hash};
}

struct id128 withdrawal_key_taken_down(const char *language, struct id128 key)
{
    uint8_t bytes[STORY_LANGUAGE_MAX + ID128_BYTES] = {0};
    size_t len = strlen(language);
    assert(len < STORY_LANGUAGE_MAX);
    memcpy(bytes, language, len);
    id128_bytes(key, bytes + STORY_LANGUAGE_MAX);
    return hash128(bytes, sizeof(bytes));
}

static struct entry *find(const struct withdrawals *withdrawals, struct id128 key)
{
    struct entry *entry;
    HASH_FIND(hh, withdrawals->by_key, &key, sizeof(key), entry);
    return entry;
}

static struct entry *add(struct withdrawals *withdrawals, const struct withdrawal *withdrawal)
{
    struct entry *entry = nw_calloc(1, sizeof(*entry));
    entry->withdrawal = *withdrawal;
    HASH_ADD(hh, withdrawals->by_key, withdrawal.key, sizeof(entry->withdrawal.key), entry);
    if (withdrawal->taken_down) {
        DL_APPEND(withdrawals->taken, entry);
        withdrawals->taken_count++;
    } else {
        DL_APPEND(withdrawals->oldest, entry);
    }
    return entry;
}

const struct withdrawal *withdrawals_put(struct withdrawals *withdrawals, struct id128 key,
                                         const char *kept_language, int64_t version_ms, int64_t time_ms)
{
    assert(strlen(kept_language) < STORY_LANGUAGE_MAX);
    struct entry *entry = find(withdrawals, key);
    if (entry == NULL) {
        entry = add(withdrawals, &(struct withdrawal){.key = key});
    } else {
        DL_DELETE(withdrawals->oldest,
                  entry); /* NOLINT(clang-analyzer-core.NullDereference): never empty here */
        DL_APPEND(withdrawals->oldest, entry);
    }
    struct withdrawal *w = &entry->withdrawal;
    w->time_ms = time_ms;
    if (kept_language[0] == '\0') {
        if (!w->retracted || version_ms > w->retracted_version_ms) w->retracted_version_ms = version_ms;
        w->retracted = true;
    } else if (!w->moved || version_ms >= w->moved_version_ms) {
        w->moved = true;
        w->moved_version_ms = version_ms;
        memset(w->kept_language, 0, sizeof(w->kept_language));
        memcpy(w->kept_language, kept_language, strlen(kept_language));
    }
    return w;
}

bool withdrawals_cover(const struct withdrawals *withdrawals, struct id128 key, const char *language,
                       int64_t version_ms)
{
    const struct entry *entry = find(withdrawals, key);
    if (entry == NULL) return false;
    const struct withdrawal *w = &entry->withdrawal;
    if (w->retracted && version_ms <= w->retracted_version_ms) return true;
    return w->moved && version_ms <= w->moved_version_ms && strcmp(w->kept_language, language) != 0;
}

const struct withdrawal *withdrawals_take_down(struct withdrawals *withdrawals, struct id128 key,
                                               uint64_t offset)
{
    struct entry *entry = find(withdrawals, key);
    if (entry == NULL)
        entry = add(withdrawals, &(struct withdrawal){.key = key,
                                                      .taken_down = true,
                                                      .taken_offset = offset,
                                                      .retracted_version_ms = NW_NO_TIME,
                                                      .moved_version_ms = NW_NO_TIME,
                                                      .time_ms = NW_NO_TIME});
    return &entry->withdrawal;
}

bool withdrawals_taken_down(const struct withdrawals *withdrawals, const char *language, struct id128 key)
{
    return withdrawals->taken_count > 0 &&
           (find(withdrawals, withdrawal_key_taken_down("", key)) != NULL ||
            find(withdrawals, withdrawal_key_taken_down(language, key)) != NULL);
}

/* All keys of a takedown go together: their order among themselves is not part of the state. */
const struct withdrawal *withdrawals_taken_surplus(struct withdrawals *withdrawals)
{
    const struct entry *first = withdrawals->taken;
    if (first != NULL && withdrawals->taken_count > WITHDRAWALS_TAKEN_MAX && withdrawals->dropping == 0)
        withdrawals->dropping = first->withdrawal.taken_offset + 1;
    if (first != NULL && withdrawals->dropping == first->withdrawal.taken_offset + 1)
        return &first->withdrawal;
    withdrawals->dropping = 0;
    return NULL;
}

void withdrawals_drop_taken(struct withdrawals *withdrawals)
{
    assert(withdrawals->taken != NULL);
    remove_entry(withdrawals, &withdrawals->taken, withdrawals->taken);
    withdrawals->taken_count--;
}

const struct withdrawal *withdrawals_oldest(const struct withdrawals *withdrawals)
{
    return withdrawals->oldest == NULL ? NULL : &withdrawals->oldest->withdrawal;
}

void withdrawals_drop_oldest(struct withdrawals *withdrawals)
{
    assert(withdrawals->oldest != NULL);
    remove_entry(withdrawals, &withdrawals->oldest, withdrawals->oldest);
}

bool withdrawals_restore(struct withdrawals *withdrawals, const struct withdrawal *withdrawal)
{
    if (find(withdrawals, withdrawal->key) != NULL) return false;
    add(withdrawals, withdrawal);
    return true;
}

static int by_time(const struct entry *a, const struct entry *b)
{
    int64_t x = a->withdrawal.time_ms, y = b->withdrawal.time_ms;
    if (x != y) return x < y ? -1 : 1;
    return id128_compare(a->withdrawal.key, b->withdrawal.key);
}

static int by_offset(const struct entry *a, const struct entry *b)
{
    uint64_t x = a->withdrawal.taken_offset, y = b->withdrawal.taken_offset;
    return (x > y) - (x < y);
}

void withdrawals_sort(struct withdrawals *withdrawals)
{
    DL_SORT(withdrawals->oldest, by_time);
    DL_SORT(withdrawals->taken, by_offset);
}

size_t withdrawals_count(const struct withdrawals *withdrawals)
{
    return HASH_COUNT(withdrawals->by_key);
}

size_t withdrawals_memory_bytes(const struct withdrawals *withdrawals)
{
    return withdrawals_count(withdrawals) * (sizeof(struct entry) + 32);
}
