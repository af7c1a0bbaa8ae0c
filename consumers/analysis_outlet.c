#include "consumers/analysis_outlet.h"

#include <assert.h>
#include <stdlib.h>

#include <utlist.h>

#include "base/alloc.h"
#include "base/instant.h"
#include "base/log.h"
#include "consumers/coverage_publisher.h"

struct analysis_outlet {
    const struct kafka_options *kafka;
    int32_t partition;
    struct outlet_callbacks callbacks;
    struct coverage_publisher *publisher; /* NULL until there is something to send */
    struct outlet_message *messages;      /* oldest first */
};

struct analysis_outlet *analysis_outlet_new(const struct kafka_options *kafka, int32_t partition,
                                            const struct outlet_callbacks *callbacks)
{
    struct analysis_outlet *outlet = nw_calloc(1, sizeof(*outlet));
    outlet->kafka = kafka;
    outlet->partition = partition;
    outlet->callbacks = *callbacks;
    return outlet;
}

static void drop(struct analysis_outlet *outlet, struct outlet_message *message)
{
    LL_DELETE(outlet->messages, message);
    free(message->json);
    free(message);
}

void analysis_outlet_free(struct analysis_outlet *outlet)
{
    if (outlet == NULL) return;
    coverage_publisher_free(outlet->publisher, 0);
    while (outlet->messages != NULL) drop(outlet, outlet->messages);
    free(outlet);
}

void analysis_outlet_add(struct analysis_outlet *outlet, struct id128 story, uint64_t revision, char *json,
                         size_t len)
{
    struct outlet_message *message = nw_calloc(1, sizeof(*message));
    *message = (struct outlet_message){.story = story, .revision = revision, .json = json, .len = len};
    LL_APPEND(outlet->messages, message);
}

bool analysis_outlet_is_busy(const struct analysis_outlet *outlet)
{
    return outlet->messages != NULL;
}

static void fill_round(struct analysis_outlet *outlet)
{
    struct outlet_message *message, *next;
    if (coverage_publisher_begin(outlet->publisher) != NW_OK) return;
    LL_FOREACH_SAFE(outlet->messages, message, next)
    {
        const struct outbox_mark mark = {.story = message->story,
                                         .kind = message->json != NULL ? MARK_UPDATED : MARK_DROPPED,
                                         .revision = message->revision,
                                         .updated_ms = NW_NO_TIME};
        const struct coverage_message record = {.mark = &mark, .json = message->json, .len = message->len};
        enum nw_err err = coverage_publisher_add(outlet->publisher, &record);
        message->in_round = err == NW_OK;
        if (err == NW_ERR_UNAVAILABLE) break;
        if (err != NW_OK) {
            outlet->callbacks.done(outlet->callbacks.context, message, false);
            drop(outlet, message);
        }
    }
    coverage_publisher_commit(outlet->publisher);
}

static void end_round(struct analysis_outlet *outlet, bool sent)
{
    struct outlet_message *message, *next;
    struct id128 story;
    const char *reason;
    bool refused = !sent && coverage_publisher_refused(outlet->publisher, &story, &reason);
    LL_FOREACH_SAFE(outlet->messages, message, next)
    {
        bool never = refused && message->in_round && id128_equal(message->story, story);
        if (!message->in_round || (!sent && !never)) {
            message->in_round = false; /* goes with the next round */
            continue;
        }
        outlet->callbacks.done(outlet->callbacks.context, message, sent);
        drop(outlet, message);
    }
    coverage_publisher_done(outlet->publisher);
}

bool analysis_outlet_step(struct analysis_outlet *outlet, int timeout_ms)
{
    if (outlet->publisher == NULL) {
        if (outlet->messages == NULL) return true;
        outlet->publisher = coverage_publisher_new(outlet->kafka, PUBLISH_INSIGHTS, outlet->partition);
    }
    switch (coverage_publisher_step(outlet->publisher, timeout_ms)) {
    case PUBLISHER_IDLE:
        if (outlet->messages != NULL) fill_round(outlet);
        break;
    case PUBLISHER_SENT:
        end_round(outlet, true);
        break;
    case PUBLISHER_FAILED:
        end_round(outlet, false);
        break;
    case PUBLISHER_FENCED:
        return false;
    case PUBLISHER_STARTING:
    case PUBLISHER_FILLING:
    case PUBLISHER_SENDING:
        break;
    }
    return true;
}
