#include "daemon/story_feed.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "daemon/api_changes.h"
#include "daemon/api_json.h"

enum {
    RING = 4096, /* items; about 700 bytes each */
    LOOK_MS = 250,
    BEAT_MS = 15000,
    START_WAIT_MS = 1500,
};

enum item_kind {
    ITEM_EVENT,
    ITEM_PLACE, /* the id of all before it */
    ITEM_BEAT,  /* the same, sent also when nothing else was: keeps the connection alive */
};

struct item {
    enum item_kind kind;
    char *text; /* owned */
    size_t len;
    struct id128 story;                 /* of an event; zero: it concerns everybody */
    char language[FEED_LANGUAGE_BYTES]; /* "": not known */
};

struct story_feed {
    struct api_redis *pool;
    struct metrics *metrics;
    void (*wake)(void *context);
    void *wake_context;
    pthread_t thread;
    bool started;

    pthread_mutex_t lock; /* of all below */
    pthread_cond_t changed;
    bool stop;
    bool running; /* from here on every change comes into the ring */
    size_t clients, clients_max;
    uint64_t head; /* items ever added; the last RING of them are kept */
    struct item ring[RING];

    struct api_place place; /* the thread's; ids are owned */
};

struct feed_client {
    struct story_feed *feed;
    struct feed_filter filter;
    char *first;              /* text to send before the ring; NULL: sent */
    size_t first_len, offset; /* of what is being sent */
    uint64_t next;
    bool owes_id; /* an event was sent since the last id */
};

/* ---- text ---- */

struct text {
    char *bytes;
    size_t len, capacity;
};

static void add_text(struct text *text, const char *bytes)
{
    size_t len = strlen(bytes);
    text->bytes = nw_grow(text->bytes, &text->capacity, text->len + len + 1, 1);
    memcpy(text->bytes + text->len, bytes, len + 1);
    text->len += len;
}

static void add_event(struct text *text, const struct api_change *change)
{
    json_t *root = json_object(), *story;
    if (change->is_gone) {
        story = json_object();
        api_put_id(story, "id", change->story.id);
        api_put_number(story, "revision", change->story.revision);
        api_put_text(story, "status", change->is_merged ? "merged" : "dropped");
        if (change->is_merged) api_put_id(story, "mergedInto", change->into);
    } else {
        story = api_story_json(&change->story);
    }
    api_put_text(root, "cause", change->cause);
    json_object_set_new(root, "story", story);
    char *json = json_dumps(root, JSON_COMPACT); /* has no line break */
    json_decref(root);
    add_text(text, "event: story\ndata: ");
    add_text(text, json ? json : "{}");
    add_text(text, "\n\n");
    free(json);
}

static void add_reset(struct text *text)
{
    add_text(text, "event: reset\ndata: {}\n\n");
}

/* An id alone, without data: clients keep it and show nothing. */
static void add_place(struct text *text, struct arena *arena, const struct api_place *place)
{
    const char *id = api_place_format(arena, place);
    if (!id) return;
    add_text(text, "id: ");
    add_text(text, id);
    add_text(text, "\n\n");
}

/* Of a story that is gone the language is not known (""): who has shown it must hear. */
static bool passes(const struct feed_filter *filter, struct id128 story, const char *language)
{
    if (id128_is_zero(story)) return true;
    if (filter->has_story && !id128_equal(filter->story, story)) return false;
    return !*filter->language || !*language || strcmp(filter->language, language) == 0;
}

static const char *language_of(const struct api_change *change)
{
    return change->is_gone ? "" : change->story.language;
}

/* ---- the ring ---- */

/* Takes text's bytes. Under the lock. */
static void push(struct story_feed *feed, enum item_kind kind, struct text *text,
                 const struct api_change *change)
{
    struct item *item = &feed->ring[feed->head++ % RING];
    free(item->text);
    *item = (struct item){.kind = kind, .text = text->bytes, .len = text->len};
    if (change) {
        item->story = change->story.id;
        snprintf(item->language, sizeof(item->language), "%s", language_of(change));
    }
    *text = (struct text){0};
}

static bool item_passes(const struct feed_client *client, const struct item *item)
{
    if (item->kind == ITEM_PLACE) return client->owes_id;
    return item->kind == ITEM_BEAT || passes(&client->filter, item->story, item->language);
}

/* ---- the thread ---- */

static void keep_place(struct story_feed *feed, const struct api_place *place)
{
    struct api_change_id *ids = nw_calloc(place->count + 1, sizeof(*ids));
    if (place->count > 0) memcpy(ids, place->ids, place->count * sizeof(*ids));
    free(feed->place.ids);
    feed->place = (struct api_place){place->tags_hash, place->count, ids};
}

static void push_place(struct story_feed *feed, struct arena *arena, enum item_kind kind)
{
    struct text text = {0};
    add_text(&text, ":\n"); /* a comment, so that there is something to send in any case */
    add_place(&text, arena, &feed->place);
    if (text.len == 2) add_text(&text, "\n");
    push(feed, kind, &text, NULL);
}

/* Reads on from the place; true when clients have something to read. */
static bool look(struct story_feed *feed, struct arena *arena)
{
    struct api_change *changes = NULL;
    size_t count = 0;
    struct api_place place = feed->place;
    struct api_session *session = api_redis_begin(feed->pool, arena);
    enum nw_err err = api_changes_read(session, &place, &changes, &count);
    bool reset = err == NW_ERR_NOT_FOUND;
    if (reset) err = api_changes_end(session, &place);
    api_redis_end(session);
    if (err != NW_OK || (count == 0 && !reset)) return false;
    keep_place(feed, &place);
    pthread_mutex_lock(&feed->lock);
    for (size_t i = 0; i < count; i++) {
        struct text text = {0};
        add_event(&text, &changes[i]);
        push(feed, ITEM_EVENT, &text, &changes[i]);
    }
    if (reset) {
        struct text text = {0};
        add_reset(&text);
        push(feed, ITEM_EVENT, &text, NULL);
    }
    push_place(feed, arena, ITEM_PLACE);
    pthread_mutex_unlock(&feed->lock);
    return true;
}

/* From now on changes come into the ring; nobody reads from it yet. */
static bool begin(struct story_feed *feed, struct arena *arena)
{
    struct api_place place;
    struct api_session *session = api_redis_begin(feed->pool, arena);
    enum nw_err err = api_changes_end(session, &place);
    api_redis_end(session);
    if (err != NW_OK) return false;
    keep_place(feed, &place);
    return true;
}

static void set_running(struct story_feed *feed, bool running)
{
    pthread_mutex_lock(&feed->lock);
    feed->running = running;
    pthread_cond_broadcast(&feed->changed);
    pthread_mutex_unlock(&feed->lock);
}

/* Until there are clients or the end; then for LOOK_MS. False: the end. */
static bool wait_turn(struct story_feed *feed)
{
    struct timespec until;
    pthread_mutex_lock(&feed->lock);
    if (feed->clients == 0) feed->running = false;
    while (feed->clients == 0 && !feed->stop) pthread_cond_wait(&feed->changed, &feed->lock);
    if (feed->running) {
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += LOOK_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        while (!feed->stop && pthread_cond_timedwait(&feed->changed, &feed->lock, &until) == 0) {
        }
    }
    bool go_on = !feed->stop;
    pthread_mutex_unlock(&feed->lock);
    return go_on;
}

static void *run_feed(void *context)
{
    struct story_feed *feed = context;
    struct arena *arena = arena_new();
    int64_t last_beat_mono_ms = clock_mono_ms();
    bool running = false;
    while (wait_turn(feed)) {
        pthread_mutex_lock(&feed->lock);
        running = feed->running;
        pthread_mutex_unlock(&feed->lock);
        if (!running) {
            if (begin(feed, arena))
                set_running(feed, true);
            else
                nanosleep(&(struct timespec){.tv_nsec = LOOK_MS * 1000000L}, NULL);
        }
        bool news = running && look(feed, arena);
        int64_t now = clock_mono_ms();
        if (running && now - last_beat_mono_ms >= BEAT_MS) {
            pthread_mutex_lock(&feed->lock);
            push_place(feed, arena, ITEM_BEAT);
            pthread_mutex_unlock(&feed->lock);
            last_beat_mono_ms = now;
            news = true;
        }
        if (news) feed->wake(feed->wake_context);
        arena_reset(arena);
    }
    arena_free(arena);
    return NULL;
}

struct story_feed *story_feed_new(struct api_redis *pool, struct metrics *metrics)
{
    struct story_feed *feed = nw_calloc(1, sizeof(*feed));
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&feed->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&feed->lock, NULL);
    feed->pool = pool;
    feed->metrics = metrics;
    return feed;
}

void story_feed_start(struct story_feed *feed, size_t clients_max, void (*wake)(void *context), void *context)
{
    feed->clients_max = clients_max;
    feed->wake = wake;
    feed->wake_context = context;
    feed->started = pthread_create(&feed->thread, NULL, run_feed, feed) == 0;
    if (!feed->started) log_error("the thread of /v1/stream cannot be started");
}

void story_feed_stop(struct story_feed *feed)
{
    if (!feed->started) return;
    pthread_mutex_lock(&feed->lock);
    feed->stop = true;
    pthread_cond_broadcast(&feed->changed);
    pthread_mutex_unlock(&feed->lock);
    pthread_join(feed->thread, NULL);
    feed->started = false;
}

void story_feed_free(struct story_feed *feed)
{
    if (!feed) return;
    story_feed_stop(feed);
    for (size_t i = 0; i < RING; i++) free(feed->ring[i].text);
    free(feed->place.ids);
    pthread_cond_destroy(&feed->changed);
    pthread_mutex_destroy(&feed->lock);
    free(feed);
}

/* ---- clients ---- */

/* Counts the client in and has the thread run, so that what changes from now on comes into the ring. */
static enum nw_err enter(struct story_feed *feed, struct feed_client *client)
{
    struct timespec until;
    enum nw_err err = NW_OK;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += START_WAIT_MS % 1000 * 1000000L;
    until.tv_sec += START_WAIT_MS / 1000 + until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_mutex_lock(&feed->lock);
    if (feed->clients >= feed->clients_max) {
        err = NW_ERR_REFUSED;
    } else {
        feed->clients++;
        if (!feed->running) pthread_cond_broadcast(&feed->changed);
        while (!feed->running && !feed->stop &&
               pthread_cond_timedwait(&feed->changed, &feed->lock, &until) == 0) {
        }
        if (!feed->running || feed->stop) err = NW_ERR_UNAVAILABLE;
        if (err != NW_OK) feed->clients--;
        client->next = feed->head;
    }
    metrics_set(feed->metrics, METRIC_HTTP_STREAMS, 0, (double)feed->clients);
    pthread_mutex_unlock(&feed->lock);
    return err;
}

static void leave(struct story_feed *feed)
{
    pthread_mutex_lock(&feed->lock);
    feed->clients--;
    metrics_set(feed->metrics, METRIC_HTTP_STREAMS, 0, (double)feed->clients);
    pthread_mutex_unlock(&feed->lock);
}

/* What a client gets before the ring: what it has missed, and where it stands. */
static enum nw_err first_text(struct story_feed *feed, const char *last_id, struct feed_client *client)
{
    struct text text = {0};
    struct arena *arena = arena_new();
    struct api_place place;
    struct api_change *changes = NULL;
    size_t count = 0;
    enum nw_err err = NW_ERR_INPUT;
    if (last_id && !api_place_parse(arena, last_id, &place)) goto done;
    struct api_session *session = api_redis_begin(feed->pool, arena);
    err = last_id ? api_changes_read(session, &place, &changes, &count) : NW_ERR_NOT_FOUND;
    bool reset = last_id && err == NW_ERR_NOT_FOUND;
    if (err == NW_ERR_NOT_FOUND) err = api_changes_end(session, &place);
    api_redis_end(session);
    if (err != NW_OK) goto done;
    add_text(&text, "retry: 2000\n\n");
    if (reset) add_reset(&text);
    for (size_t i = 0; i < count; i++)
        if (passes(&client->filter, changes[i].story.id, language_of(&changes[i])))
            add_event(&text, &changes[i]);
    add_place(&text, arena, &place);
    client->first = text.bytes;
    client->first_len = text.len;
done:
    arena_free(arena);
    return err;
}

enum nw_err story_feed_open(struct story_feed *feed, const char *last_id, const struct feed_filter *filter,
                            struct feed_client **out)
{
    struct feed_client *client = nw_calloc(1, sizeof(*client));
    client->feed = feed;
    client->filter = *filter;
    enum nw_err err = enter(feed, client);
    if (err != NW_OK) goto free_client;
    if ((err = first_text(feed, last_id, client)) != NW_OK) goto leave_feed;
    *out = client;
    return NW_OK;
leave_feed:
    leave(feed);
free_client:
    free(client);
    return err;
}

void story_feed_close(struct feed_client *client)
{
    leave(client->feed);
    free(client->first);
    free(client);
}

static size_t take(struct feed_client *client, const char *text, size_t len, char *out, size_t max)
{
    size_t left = len - client->offset, part = left < max ? left : max;
    memcpy(out, text + client->offset, part);
    client->offset += part;
    return part;
}

/* Under the lock. */
static size_t take_from_ring(struct feed_client *client, char *out, size_t max)
{
    struct story_feed *feed = client->feed;
    size_t used = 0;
    while (used < max && client->next < feed->head) {
        const struct item *item = &feed->ring[client->next % RING];
        if (client->offset == 0 && !item_passes(client, item)) {
            client->next++;
            continue;
        }
        used += take(client, item->text, item->len, out + used, max - used);
        if (client->offset < item->len) break;
        client->offset = 0;
        client->next++;
        client->owes_id = item->kind == ITEM_EVENT;
    }
    return used;
}

ssize_t story_feed_read(struct feed_client *client, char *out, size_t max)
{
    struct story_feed *feed = client->feed;
    if (client->first) {
        size_t part = take(client, client->first, client->first_len, out, max);
        if (client->offset == client->first_len) {
            free(client->first);
            client->first = NULL;
            client->offset = 0;
        }
        return (ssize_t)part;
    }
    pthread_mutex_lock(&feed->lock);
    bool lost = feed->head - client->next > RING;
    ssize_t used = lost || feed->stop ? -1 : (ssize_t)take_from_ring(client, out, max);
    pthread_mutex_unlock(&feed->lock);
    if (lost) metrics_add(feed->metrics, METRIC_HTTP_STREAMS_DROPPED, 0, 1);
    return used;
}
