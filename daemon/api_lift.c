#include "daemon/api_lift.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/instant.h"

enum { KEPT_MS = 60000 };

struct api_lift {
    struct ratings *(*ratings)(void *context);
    void *context;
    pthread_mutex_t lock;    /* of all below */
    int64_t counted_mono_ms; /* 0: never */
    uint64_t feed[SIDE_COUNT];
};

struct api_lift *api_lift_new(void)
{
    struct api_lift *lift = nw_calloc(1, sizeof(*lift));
    pthread_mutex_init(&lift->lock, NULL);
    return lift;
}

void api_lift_free(struct api_lift *lift)
{
    if (!lift) return;
    pthread_mutex_destroy(&lift->lock);
    free(lift);
}

void api_lift_set_ratings(struct api_lift *lift, struct ratings *(*ratings)(void *context), void *context)
{
    lift->ratings = ratings;
    lift->context = context;
}

/* A source that writes in several languages is in several partitions and counts once. */
static void count_sides(const struct ratings *ratings, const char *const *domains, size_t count,
                        uint64_t out[SIDE_COUNT])
{
    memset(out, 0, SIDE_COUNT * sizeof(*out));
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && strcmp(domains[i], domains[i - 1]) == 0) continue;
        const struct rating *rating = ratings_find(ratings, domains[i]);
        enum side side = rating ? bias_side(rating->bias) : SIDE_UNRATED;
        if (side != SIDE_UNRATED) out[side]++;
    }
}

/* The feed's counts, not older than a minute. False: they are not known. */
static bool feed_counts(struct api_lift *lift, struct api_session *session, uint64_t out[SIDE_COUNT])
{
    int64_t now = clock_mono_ms();
    const char **domains;
    size_t count;
    pthread_mutex_lock(&lift->lock);
    bool fresh = lift->counted_mono_ms != 0 && now - lift->counted_mono_ms < KEPT_MS;
    memcpy(out, lift->feed, sizeof(lift->feed));
    pthread_mutex_unlock(&lift->lock);
    if (fresh) return true;
    if (api_redis_seen_sources(session, &domains, &count) != NW_OK) return false;
    struct ratings *ratings = lift->ratings(lift->context);
    count_sides(ratings, domains, count, out);
    ratings_unref(ratings);
    pthread_mutex_lock(&lift->lock);
    memcpy(lift->feed, out, sizeof(lift->feed));
    lift->counted_mono_ms = now;
    pthread_mutex_unlock(&lift->lock);
    return true;
}

json_t *api_lift_json(struct api_lift *lift, struct api_session *session, const struct api_story *story)
{
    const int64_t own[SIDE_COUNT] = {story->left, story->center, story->right};
    uint64_t feed[SIDE_COUNT];
    int64_t rated = own[SIDE_LEFT] + own[SIDE_CENTER] + own[SIDE_RIGHT];
    if (!lift->ratings || rated <= 0 || !feed_counts(lift, session, feed)) return NULL;
    uint64_t all = feed[SIDE_LEFT] + feed[SIDE_CENTER] + feed[SIDE_RIGHT];
    if (all == 0) return NULL;
    json_t *object = json_object(), *sources = json_object();
    for (int side = 0; side < SIDE_COUNT; side++) {
        const char *name = side_name((enum side)side);
        json_object_set_new(sources, name, json_integer((json_int_t)feed[side]));
        if (feed[side] == 0) continue;
        double times = (double)own[side] / (double)rated / ((double)feed[side] / (double)all);
        json_object_set_new(object, name, json_real(round(times * 100.0) / 100.0));
    }
    json_object_set_new(object, "sources7d", sources);
    return object;
}
