#include "support/fake_store.h"

#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "base/alloc.h"
#include "base/instant.h"
#include "support/state_dump.h"

struct blob {
    struct id128 key;
    uint8_t *bytes;
    size_t len;
    bool hidden;
    UT_hash_handle hh;
};

struct stored_story {
    struct id128 id;
    struct blob *state; /* at most one, under the story's id */
    struct blob *members, *cards;
    bool closed;
    UT_hash_handle hh;
};

struct stored_source {
    char *name;
    struct source_delta sum;
    UT_hash_handle hh;
};

struct fake_store {
    uint8_t *header;
    size_t header_len;
    struct stored_story *stories;
    struct blob *aliases, *withdrawals;
    struct stored_source *sources;
    struct partition_totals totals;
};

/* ---- blobs ---- */

static struct blob *blob_find(struct blob *const *blobs, struct id128 key)
{
    struct blob *blob;
    HASH_FIND(hh, *blobs, &key, sizeof(key), blob);
    return blob;
}

static void blob_remove(struct blob **blobs, struct id128 key)
{
    struct blob *blob = blob_find(blobs, key);
    if (blob == NULL) return;
    HASH_DEL(*blobs, blob);
    free(blob->bytes);
    free(blob);
}

static void blob_put(struct blob **blobs, struct id128 key, const uint8_t *bytes, size_t len)
{
    blob_remove(blobs, key);
    struct blob *blob = nw_calloc(1, sizeof(*blob));
    blob->key = key;
    blob->bytes = (uint8_t *)nw_memdup(bytes, len);
    blob->len = len;
    HASH_ADD(hh, *blobs, key, sizeof(blob->key), blob);
}

static void blobs_free(struct blob **blobs)
{
    while (*blobs != NULL) blob_remove(blobs, (*blobs)->key);
}

static void blobs_move(struct blob **to, struct blob **from)
{
    while (*from != NULL) {
        blob_put(to, (*from)->key, (*from)->bytes, (*from)->len);
        blob_remove(from, (*from)->key);
    }
}

/* ---- stories ---- */

static struct stored_story *story_find(const struct fake_store *store, struct id128 id)
{
    struct stored_story *story;
    HASH_FIND(hh, store->stories, &id, sizeof(id), story);
    return story;
}

static struct stored_story *story_of(struct fake_store *store, struct id128 id)
{
    struct stored_story *story = story_find(store, id);
    if (story != NULL) return story;
    story = nw_calloc(1, sizeof(*story));
    story->id = id;
    HASH_ADD(hh, store->stories, id, sizeof(story->id), story);
    return story;
}

static void story_remove(struct fake_store *store, struct id128 id)
{
    struct stored_story *story = story_find(store, id);
    if (story == NULL) return;
    HASH_DEL(store->stories, story);
    blobs_free(&story->state);
    blobs_free(&story->members);
    blobs_free(&story->cards);
    free(story);
}

struct fake_store *fake_store_new(void)
{
    return nw_calloc(1, sizeof(struct fake_store));
}

void fake_store_free(struct fake_store *store)
{
    while (store->stories != NULL) story_remove(store, store->stories->id);
    blobs_free(&store->aliases);
    blobs_free(&store->withdrawals);
    while (store->sources != NULL) {
        struct stored_source *source = store->sources;
        HASH_DEL(store->sources, source);
        free(source->name);
        free(source);
    }
    free(store->header);
    free(store);
}

/* ---- commit ---- */

static void put_member(struct fake_store *store, struct arena *arena, const struct partition *partition,
                       const struct change *change)
{
    const struct member *member = partition_find_member(partition, change->story, change->article);
    if (member == NULL) return;
    const uint8_t *bytes;
    size_t len;
    partition_pack_member(arena, partition, member, &bytes, &len);
    blob_put(&story_of(store, change->story)->members, change->article, bytes, len);
}

static void merge(struct fake_store *store, const struct change *change)
{
    struct stored_story *to = story_of(store, change->story), *from = story_of(store, change->other);
    blobs_move(&to->members, &from->members);
    blobs_move(&to->cards, &from->cards);
    story_remove(store, change->other);
    uint8_t id[ID128_BYTES];
    id128_bytes(change->story, id);
    blob_put(&store->aliases, change->other, id, sizeof(id));
}

static void move(struct fake_store *store, struct arena *arena, const struct partition *partition,
                 const struct change *change)
{
    struct stored_story *to = story_of(store, change->story), *from = story_of(store, change->other);
    const struct blob *card = blob_find(&from->cards, change->article);
    if (card != NULL) blob_put(&to->cards, change->article, card->bytes, card->len);
    blob_remove(&from->cards, change->article);
    blob_remove(&from->members, change->article);
    put_member(store, arena, partition, change);
}

static void carry_out(struct fake_store *store, struct arena *arena, const struct partition *partition,
                      const struct change *change)
{
    switch (change->kind) {
    case CHANGE_MEMBER_PUT:
        put_member(store, arena, partition, change);
        if (change->value != NULL) /* also when the member has moved since: its card moves with it */
            blob_put(&story_of(store, change->story)->cards, change->article, change->value,
                     change->value_len);
        break;
    case CHANGE_CARD_DROPPED:
        put_member(store, arena, partition, change);
        blob_remove(&story_of(store, change->story)->cards, change->article);
        break;
    case CHANGE_MEMBER_REMOVED:
        blob_remove(&story_of(store, change->story)->members, change->article);
        blob_remove(&story_of(store, change->story)->cards, change->article);
        break;
    case CHANGE_MEMBER_MOVED:
        move(store, arena, partition, change);
        break;
    case CHANGE_STORY_TAKEN_DOWN:
        break; /* no summaries are kept here */
    case CHANGE_STORY_MERGED:
        merge(store, change);
        break;
    case CHANGE_STORY_CLOSED:
        story_of(store, change->story)->closed = true;
        break;
    case CHANGE_STORY_DROPPED:
        story_remove(store, change->story);
        break;
    case CHANGE_WITHDRAWAL_PUT:
        blob_put(&store->withdrawals, change->article, change->value, change->value_len);
        break;
    case CHANGE_WITHDRAWAL_DROPPED:
        blob_remove(&store->withdrawals, change->article);
        break;
    }
}

static void add_source(struct fake_store *store, const char *name, const struct source_delta *delta)
{
    struct stored_source *source;
    HASH_FIND_STR(store->sources, name, source);
    if (source == NULL) {
        source = nw_calloc(1, sizeof(*source));
        source->name = nw_strdup(name);
        source->sum.last_seen_ms = NW_NO_TIME;
        HASH_ADD_KEYPTR(hh, store->sources, source->name, strlen(source->name), source);
    }
    source->sum.articles += delta->articles;
    source->sum.stories += delta->stories;
    source->sum.firsts += delta->firsts;
    if (delta->last_seen_ms != NW_NO_TIME) source->sum.last_seen_ms = delta->last_seen_ms;
}

static void add_sums(struct fake_store *store, const struct partition *partition)
{
    const struct partition_changes *changes = partition_changes(partition);
#define ADD_TOTAL(name) store->totals.name += changes->totals.name;
    PARTITION_TOTALS(ADD_TOTAL)
#undef ADD_TOTAL
    for (size_t i = 0; i < changes->source_delta_count; i++)
        add_source(store, source_table_name(partition_sources(partition), changes->sources[i].source),
                   &changes->sources[i]);
}

void fake_store_commit(struct fake_store *store, const struct partition *partition)
{
    struct arena *arena = arena_new();
    const struct partition_changes *changes = partition_changes(partition);
    const uint8_t *bytes;
    size_t len;
    for (size_t i = 0; i < changes->change_count; i++)
        carry_out(store, arena, partition, &changes->changes[i]);
    for (size_t i = 0; i < changes->dirty_count; i++) {
        if (changes->dirty[i]->status == STORY_MERGED) continue;
        partition_pack_story(arena, changes->dirty[i], &bytes, &len);
        blob_put(&story_of(store, changes->dirty[i]->id)->state, changes->dirty[i]->id, bytes, len);
    }
    partition_pack_header(arena, partition, &bytes, &len);
    free(store->header);
    store->header = (uint8_t *)nw_memdup(bytes, len);
    store->header_len = len;
    add_sums(store, partition);
    arena_free(arena);
}

/* ---- restore ---- */

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void shuffle(void *items, size_t count, size_t size, uint32_t *seed)
{
    char *bytes = items, *swap = nw_calloc(1, size);
    for (size_t i = count; i > 1; i--) {
        char *a = bytes + (i - 1) * size, *b = bytes + next_random(seed) % i * size;
        memcpy(swap, a, size);
        memmove(a, b, size);
        memcpy(b, swap, size);
    }
    free(swap);
}

static enum nw_err restore_story(struct partition *partition, const struct stored_story *stored,
                                 uint32_t *seed)
{
    size_t count = 0;
    struct stored_member *members = nw_calloc(HASH_COUNT(stored->members), sizeof(*members));
    for (const struct blob *b = stored->members; b != NULL; b = b->hh.next)
        if (!b->hidden) members[count++] = (struct stored_member){b->key, b->bytes, b->len};
    shuffle(members, count, sizeof(*members), seed);
    enum nw_err err = stored->state == NULL || stored->state->hidden
                          ? NW_ERR_NOT_FOUND
                          : partition_restore_story(partition, stored->id, stored->state->bytes,
                                                    stored->state->len, members, count);
    free(members);
    return err;
}

static enum nw_err restore_all(const struct fake_store *store, struct partition *partition, uint32_t seed)
{
    uint64_t next_offset;
    enum nw_err err = partition_restore_header(partition, store->header, store->header_len, &next_offset);
    size_t count = 0;
    const struct stored_story **stories = nw_calloc(HASH_COUNT(store->stories), sizeof(*stories));
    for (const struct stored_story *s = store->stories; s != NULL; s = s->hh.next) stories[count++] = s;
    shuffle(stories, count, sizeof(*stories), &seed);
    for (size_t i = 0; err == NW_OK && i < count; i++) err = restore_story(partition, stories[i], &seed);
    free(stories);
    count = 0;
    const struct blob **withdrawals = nw_calloc(HASH_COUNT(store->withdrawals), sizeof(*withdrawals));
    for (const struct blob *b = store->withdrawals; b != NULL; b = b->hh.next)
        if (!b->hidden) withdrawals[count++] = b;
    shuffle(withdrawals, count, sizeof(*withdrawals), &seed);
    for (size_t i = 0; err == NW_OK && i < count; i++)
        err = partition_restore_withdrawal(partition, withdrawals[i]->key, withdrawals[i]->bytes,
                                           withdrawals[i]->len);
    free(withdrawals);
    return err == NW_OK ? partition_restore_finish(partition) : err;
}

struct partition *fake_store_restore(const struct fake_store *store, const struct story_policy *policy,
                                     uint32_t seed, enum nw_err *err)
{
    struct partition *partition = partition_new(policy);
    *err = store->header == NULL ? NW_OK : restore_all(store, partition, seed);
    if (*err == NW_OK) return partition;
    partition_free(partition);
    return NULL;
}

/* ---- damage ---- */

static void visit_blobs(const char *kind, struct blob *blobs,
                        void (*visit)(void *context, const struct fake_blob *blob), void *context)
{
    for (struct blob *b = blobs; b != NULL; b = b->hh.next) {
        const struct fake_blob blob = {kind, b->bytes, b->len, &b->hidden};
        visit(context, &blob);
    }
}

void fake_store_each_blob(struct fake_store *store,
                          void (*visit)(void *context, const struct fake_blob *blob), void *context)
{
    const struct fake_blob header = {"header", store->header, store->header_len, NULL};
    visit(context, &header);
    for (struct stored_story *s = store->stories; s != NULL; s = s->hh.next) {
        visit_blobs("state", s->state, visit, context);
        visit_blobs("member", s->members, visit, context);
    }
    visit_blobs("withdrawal", store->withdrawals, visit, context);
}

/* ---- looking ---- */

static void add_blobs(struct state_dump *dump, const char *what, const struct id128 *within,
                      const struct blob *blobs)
{
    for (const struct blob *b = blobs; b != NULL; b = b->hh.next) {
        char key[2 * ID128_HEX_LEN + 2] = "";
        if (within != NULL) {
            id128_hex(*within, key);
            strcat(key, "/");
        }
        id128_hex(b->key, key + strlen(key));
        state_dump_add(dump, what, key, b->bytes, b->len);
    }
}

static void add_story(struct state_dump *dump, const struct stored_story *story)
{
    char id[ID128_HEX_LEN + 1];
    id128_hex(story->id, id);
    state_dump_add(dump, "story", id, &story->closed, 1);
    add_blobs(dump, "state", NULL, story->state);
    add_blobs(dump, "member", &story->id, story->members);
    add_blobs(dump, "card", &story->id, story->cards);
}

static void add_sums_to(struct state_dump *dump, const struct fake_store *store)
{
    for (const struct stored_source *s = store->sources; s != NULL; s = s->hh.next)
        state_dump_source(dump, s->name, &s->sum);
    state_dump_totals(dump, &store->totals);
}

char *fake_store_dump(const struct fake_store *store, bool with_sums)
{
    struct state_dump dump = {0};
    state_dump_add(&dump, "header", "", store->header, store->header_len);
    for (const struct stored_story *s = store->stories; s != NULL; s = s->hh.next) add_story(&dump, s);
    add_blobs(&dump, "alias", NULL, store->aliases);
    add_blobs(&dump, "withdrawal", NULL, store->withdrawals);
    if (with_sums) add_sums_to(&dump, store);
    return state_dump_text(&dump);
}

char *fake_store_dump_stories(const struct fake_store *store, const struct partition *partition,
                              const char *language)
{
    struct state_dump dump = {0};
    for (const struct stored_story *s = store->stories; s != NULL; s = s->hh.next) {
        const struct story *story = partition_find_story(partition, s->id);
        if (story != NULL && strcmp(story->language, language) == 0) add_story(&dump, s);
    }
    return state_dump_text(&dump);
}

size_t fake_store_stories(const struct fake_store *store)
{
    return HASH_COUNT(store->stories);
}

const uint8_t *fake_store_card(const struct fake_store *store, struct id128 story, struct id128 article,
                               size_t *len)
{
    const struct stored_story *stored = story_find(store, story);
    const struct blob *card = stored != NULL ? blob_find(&stored->cards, article) : NULL;
    if (card == NULL) return NULL;
    *len = card->len;
    return card->bytes;
}

size_t fake_store_cards(const struct fake_store *store, struct id128 story)
{
    const struct stored_story *stored = story_find(store, story);
    return stored == NULL ? 0 : HASH_COUNT(stored->cards);
}

bool fake_store_alias(const struct fake_store *store, struct id128 story, struct id128 *to)
{
    const struct blob *alias = blob_find(&store->aliases, story);
    if (alias == NULL) return false;
    *to = id128_from_bytes(alias->bytes);
    return true;
}

struct partition_totals fake_store_totals(const struct fake_store *store)
{
    return store->totals;
}

struct source_delta fake_store_source(const struct fake_store *store, const char *source)
{
    struct stored_source *stored;
    HASH_FIND_STR(store->sources, source, stored);
    return stored == NULL ? (struct source_delta){.last_seen_ms = NW_NO_TIME} : stored->sum;
}
