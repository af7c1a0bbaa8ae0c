/*
 * The stories role, whole: librdkafka's mock cluster, a real Redis, the scripted clusterer. The oracle is
 * the pure partition machine over what the features topic holds, in offset order: whatever was
 * restarted, cut or taken over, the last summaries and the stored counts have to be its.
 */
#include "tests/support/mock_kafka.h"

#include <pthread.h>
#include <unistd.h>

#include "articles/article_card.h"
#include "base/instant.h"
#include "base/log.h"
#include "consumers/roles.h"
#include "stories/partition.h"
#include "support/await.h"
#include "support/redis_server.h"
#include "support/test_card.h"
#include "support/test_record.h"

enum { PARTITIONS = 3 };

static const int64_t T0 = INT64_C(1760000000000);

struct world {
    struct mock_kafka kafka;
    struct redis_server *redis;
    struct redis_options redis_options;
    struct story_options story;
    struct arena *arena;
    int64_t produced;
    uint32_t random;
};

/* ---- the role in a thread ---- */

struct run {
    pthread_t thread;
    struct world *world;
    struct kafka_options kafka;
    struct role_status status;
    struct role_context context;
    struct ratings *ratings;
    atomic_bool stop;
    int exit_code;
};

static struct ratings *get_ratings(void *context)
{
    return ratings_ref(context);
}

static void *run_thread(void *arg)
{
    struct run *r = arg;
    r->exit_code = story_consumer_run(&r->kafka, &r->world->redis_options, &r->world->story, &r->context);
    return NULL;
}

static void run_start(struct run *r, struct world *world)
{
    memset(r, 0, sizeof(*r));
    r->world = world;
    r->kafka = world->kafka.options;
    r->kafka.articles_topic = "events"; /* not the one the records come from: its end would be checked */
    r->ratings = ratings_empty();
    r->context = (struct role_context){.status = &r->status,
                                       .metrics = metrics_new(),
                                       .stop = &r->stop,
                                       .ratings = get_ratings,
                                       .ratings_context = r->ratings};
    assert_int_equal(pthread_create(&r->thread, NULL, run_thread, r), 0);
}

static void run_stop(struct run *r)
{
    r->stop = true;
    pthread_join(r->thread, NULL);
    assert_int_equal(r->exit_code, 0);
    assert_int_equal(r->status.state, ROLE_STOPPED);
    metrics_free(r->context.metrics);
    ratings_unref(r->ratings);
}

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof(*world));
    mock_kafka_start(&world->kafka);
    world->redis = redis_server_start();
    world->redis_options = redis_server_options(world->redis);
    world->story = (struct story_options){
        .policy = story_policy_default(),
        .coverage = coverage_policy_default(),
        .instance = "test",
        .batch_records = 50,
        .batch_bytes = 1 << 20,
        .batch_ms = 20,
        .publish_min_interval_ms = 50,
    };
    world->story.policy.merge_interval = 7;
    world->arena = arena_new();
    world->random = 12345;
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    mock_kafka_stop(&world->kafka);
    redis_server_stop(world->redis);
    arena_free(world->arena);
    free(world);
    return 0;
}

/* ---- input ---- */

static uint32_t rnd(struct world *world, uint32_t below)
{
    world->random ^= world->random << 13;
    world->random ^= world->random >> 17;
    world->random ^= world->random << 5;
    return world->random % below;
}

static void produce_one(struct world *world)
{
    static const char *const languages[PARTITIONS] = {"en", "fr", "de"};
    static const char *const sources[] = {"a.com", "b.org", "c.net", "d.com"};
    struct arena *arena = world->arena;
    int64_t n = world->produced++;
    int32_t partition = (int32_t)rnd(world, PARTITIONS);
    struct test_article article = {
        .offset = n,
        .url = arena_printf(arena, "http://example.com/%u", rnd(world, 400)),
        .language = languages[partition],
        .source = sources[rnd(world, 4)],
        .published_ms = T0 + n * 60000,
        .version_ms = T0 + n * 60000,
        .event = arena_printf(arena, "event %u", rnd(world, 40)),
        .theme = rnd(world, 3) == 0 ? arena_printf(arena, "theme %u", rnd(world, 8)) : NULL,
        .content = arena_printf(arena, "%u", rnd(world, 3)),
    };
    struct features_record record =
        rnd(world, 12) > 0 ? test_article(arena, &article) : test_withdrawal(&article, NULL);
    struct card_sentence sentence = {.text = "A sentence of some words that says what has happened there."};
    struct article_card card =
        test_card(record.id, article.url, arena_printf(arena, "Title %s", article.url), article.source);
    card.lead = "A lead.";
    card.source_name = "Name";
    card.country = "GB";
    card.published_ms = article.published_ms;
    card.sentences = &sentence;
    card.sentence_count = 1;
    if (record.kind == RECORD_ARTICLE) article_card_pack(arena, &card, &record.card, &record.card_len);
    const uint8_t *bytes;
    size_t len;
    features_record_pack(arena, &record, &bytes, &len);
    mock_kafka_put(&world->kafka, "articles.features", partition, article.language, bytes, len);
}

static void produce(struct world *world, int count)
{
    for (int i = 0; i < count; i++) produce_one(world);
    mock_kafka_flush(&world->kafka);
}

/* ---- waiting ---- */

static char *ask_partition(struct world *world, int p, const char *command, const char *name,
                           const char *field)
{
    char key[256];
    snprintf(key, sizeof(key), "test:{articles.features:%d}:%s", p, name);
    return redis_server_ask(world->redis, command, key, field, NULL);
}

static bool all_applied(struct world *world)
{
    for (int p = 0; p < PARTITIONS; p++) {
        int64_t low, high;
        rd_kafka_query_watermark_offsets(world->kafka.rk, "articles.features", p, &low, &high, 5000);
        char *next = ask_partition(world, p, "HGET", "_position", "next");
        char *marks = ask_partition(world, p, "HLEN", "_outbox", NULL);
        bool done = high == 0 || (strtoll(next, NULL, 10) == high && strcmp(marks, "0") == 0);
        free(next);
        free(marks);
        if (!done) return false;
    }
    return true;
}

static void wait_applied(struct world *world)
{
    await_true(all_applied(world));
}

static void wait_for(struct run *r, double applied)
{
    await_true(metrics_value(r->context.metrics, METRIC_FEATURES_APPLIED, 0) >= applied);
}

static void wait_state(struct run *r, enum role_state state)
{
    await_true(r->status.state == (int)state);
}

/* ---- the oracle ---- */

struct oracle {
    struct world *world;
    int32_t partition;
    struct partition *machine;
    struct article_card *cards; /* the newest of each article */
    size_t card_count;
    const struct mock_records *sent;
    struct ratings *ratings;
    size_t stories;
};

static void oracle_keep_card(struct oracle *oracle, const struct features_record *record)
{
    struct article_card card;
    if (record->kind != RECORD_ARTICLE) return;
    assert_int_equal(article_card_unpack(oracle->world->arena, record->card, record->card_len, &card), NW_OK);
    size_t i = 0;
    while (i < oracle->card_count && !id128_equal(oracle->cards[i].id, card.id)) i++;
    if (i == oracle->card_count) oracle->cards = realloc(oracle->cards, ++oracle->card_count * sizeof(card));
    oracle->cards[i] = card;
}

static void oracle_apply(struct oracle *oracle, const struct mock_records *features)
{
    for (size_t i = 0; i < features->count; i++) {
        const struct mock_record *in = &features->list[i];
        if (in->partition != oracle->partition) continue;
        struct features_record record;
        assert_int_equal(
            features_record_unpack(oracle->world->arena, (const uint8_t *)in->value, in->len, &record),
            NW_OK);
        partition_apply(oracle->machine, &record, (uint64_t)in->offset, in->timestamp_ms, NULL);
        oracle_keep_card(oracle, &record);
        partition_changes_clear(oracle->machine);
    }
}

static const struct mock_record *last_sent(const struct oracle *oracle, const char *story)
{
    const struct mock_record *last = NULL;
    unsigned long long highest = 0;
    for (size_t i = 0; i < oracle->sent->count; i++) {
        const struct mock_record *record = &oracle->sent->list[i];
        if (strcmp(record->key, story) != 0) continue;
        unsigned long long revision = strtoull(mock_record_header(record, "revision"), NULL, 10);
        assert_true(revision >= highest); /* never an older one after a newer one */
        highest = revision;
        last = record;
    }
    return last;
}

static bool check_story(void *context, const struct story *story)
{
    struct oracle *oracle = context;
    struct world *world = oracle->world;
    struct article_card *cards = calloc(story->member_count + 1, sizeof(*cards));
    for (size_t m = 0; m < story->member_count; m++)
        for (size_t i = 0; i < oracle->card_count; i++)
            if (id128_equal(oracle->cards[i].id, story->members[m].article)) cards[m] = oracle->cards[i];
    struct coverage_input input = {
        .story = story,
        .sources = partition_sources(oracle->machine),
        .cards = cards,
        .ratings = oracle->ratings,
        .policy = &world->story.coverage,
        .features_topic = "articles.features",
        .features_partition = oracle->partition,
        .policy_hash = story_policy_hash(&world->story.policy),
        .ratings_loaded_ms = ratings_loaded_ms(oracle->ratings),
        .cause = story->cause,
    };
    size_t len;
    char *json = coverage_json(&input, &len, NULL), hex[ID128_HEX_LEN + 1], name[64], expected[32];
    id128_hex(story->id, hex);
    const struct mock_record *last = last_sent(oracle, hex);
    assert_non_null(last);
    assert_string_equal(last->value, json);
    snprintf(name, sizeof(name), "coverage:%s", hex);
    char *stored = ask_partition(world, oracle->partition, "GET", name, NULL);
    assert_string_equal(stored, json);
    free(stored);
    snprintf(name, sizeof(name), "story:%s", hex);
    snprintf(expected, sizeof(expected), "%zu", story->member_count);
    stored = ask_partition(world, oracle->partition, "HGET", name, "articles");
    assert_string_equal(stored, expected);
    free(stored);
    free(json);
    free(cards);
    oracle->stories++;
    return true;
}

/* Every key that is no story of the machine ends as merged, and leads to one by aliases. */
static size_t check_merged(const struct oracle *oracle)
{
    size_t merged = 0;
    for (size_t i = 0; i < oracle->sent->count; i++) {
        const struct mock_record *record = &oracle->sent->list[i];
        struct id128 id;
        char position[32], name[64];
        snprintf(position, sizeof(position), "\"partition\":%d", oracle->partition);
        assert_true(id128_parse(record->key, strlen(record->key), &id));
        if (strstr(record->value, position) == NULL || partition_find_story(oracle->machine, id) != NULL)
            continue;
        const struct mock_record *last = last_sent(oracle, record->key);
        assert_string_equal(mock_record_header(last, "ce_type"), "newswired.coverage.merged");
        assert_non_null(strstr(last->value, "\"mergedInto\""));
        snprintf(name, sizeof(name), "alias:%s", record->key);
        char *older = ask_partition(oracle->world, oracle->partition, "GET", name, NULL);
        assert_true(id128_parse(older, strlen(older), &id));
        free(older);
        merged++;
    }
    return merged;
}

static void assert_as_the_oracle_says(struct world *world)
{
    struct mock_records features = mock_kafka_read(&world->kafka, "articles.features", PARTITIONS);
    struct mock_records sent = mock_kafka_read(&world->kafka, "coverage", PARTITIONS);
    size_t stories = 0, merged = 0;
    assert_int_equal(features.count, world->produced);
    for (int32_t p = 0; p < PARTITIONS; p++) {
        struct oracle oracle = {.world = world,
                                .partition = p,
                                .machine = partition_new(&world->story.policy),
                                .sent = &sent,
                                .ratings = ratings_empty()};
        oracle_apply(&oracle, &features);
        partition_each_story(oracle.machine, check_story, &oracle);
        stories += oracle.stories;
        merged += check_merged(&oracle);
        ratings_unref(oracle.ratings);
        partition_free(oracle.machine);
        free(oracle.cards);
    }
    print_message("%zu records, %zu stories, %zu messages, %zu of merged stories\n", features.count, stories,
                  sent.count, merged);
    assert_true(stories > 20);
    mock_records_free(&features);
    mock_records_free(&sent);
}

/* ---- tests ---- */

static void summaries_and_counts_end_as_the_oracle_says(void **state)
{
    struct world *world = *state;
    struct run run;
    produce(world, 600);
    run_start(&run, world);
    wait_for(&run, 300);
    produce(world, 300);
    wait_applied(world);
    assert_int_equal(run.status.state, ROLE_READY);
    assert_int_equal(run.status.partitions_ready, PARTITIONS);
    run_stop(&run);
    assert_as_the_oracle_says(world);
}

static void a_restart_in_the_middle_changes_nothing(void **state)
{
    struct world *world = *state;
    struct run run;
    for (int i = 0; i < 3; i++) {
        produce(world, 250);
        run_start(&run, world);
        wait_for(&run, i == 2 ? 0 : 60);
        if (i == 2) wait_applied(world);
        run_stop(&run);
    }
    assert_as_the_oracle_says(world);
}

static void two_instances_give_the_same_stories_as_one(void **state)
{
    struct world *world = *state;
    struct run one, two;
    produce(world, 200);
    run_start(&one, world);
    wait_for(&one, 50);
    run_start(&two, world);
    produce(world, 200);
    await_true(two.status.partitions_ready > 0 &&
               one.status.partitions_ready + two.status.partitions_ready >= PARTITIONS);
    produce(world, 200);
    wait_applied(world);
    run_stop(&one);
    produce(world, 200);
    wait_applied(world);
    run_stop(&two);
    assert_as_the_oracle_says(world);
}

static void redis_dying_in_the_middle_loses_and_doubles_nothing(void **state)
{
    struct world *world = *state;
    struct run run;
    produce(world, 100);
    run_start(&run, world);
    for (int i = 1; i <= 4; i++) {
        produce(world, 150);
        wait_for(&run, 100 * i);
        redis_server_restart(world->redis);
    }
    wait_applied(world);
    run_stop(&run);
    assert_as_the_oracle_says(world);
}

static void a_foreign_token_costs_a_reload_and_nothing_else(void **state)
{
    struct world *world = *state;
    struct run run;
    produce(world, 200);
    run_start(&run, world);
    wait_for(&run, 100);
    for (int p = 0; p < PARTITIONS; p++)
        free(redis_server_ask(world->redis, "SET",
                              arena_printf(world->arena, "test:{articles.features:%d}:_owner", p),
                              "0123456789abcdef0123456789abcdef", NULL));
    produce(world, 300);
    wait_applied(world);
    assert_true(metrics_value(run.context.metrics, METRIC_STORE_CONFLICTS, 0) > 0);
    run_stop(&run);
    assert_as_the_oracle_says(world);
}

static void an_empty_redis_does_not_rebuild_by_itself(void **state)
{
    struct world *world = *state;
    struct run run;
    produce(world, 100);
    run_start(&run, world);
    wait_applied(world);
    run_stop(&run);
    free(redis_server_ask(world->redis, "FLUSHALL", NULL));
    run_start(&run, world);
    wait_state(&run, ROLE_DEGRADED);
    assert_int_equal(run.status.partitions_ready, 0);
    char *next = ask_partition(world, 0, "EXISTS", "_position", NULL);
    assert_string_equal(next, "0");
    free(next);
    run_stop(&run);
    world->story.rebuild = true;
    run_start(&run, world);
    wait_applied(world);
    run_stop(&run);
    assert_as_the_oracle_says(world);
}

static void unreadable_records_are_skipped_and_counted(void **state)
{
    struct world *world = *state;
    struct run run;
    produce(world, 50);
    for (int p = 0; p < PARTITIONS; p++)
        mock_kafka_put_text(&world->kafka, "articles.features", p, "\xff\xff rubbish");
    produce(world, 50);
    run_start(&run, world);
    wait_applied(world);
    assert_int_equal(metrics_value(run.context.metrics, METRIC_FEATURES_UNREADABLE, 0), PARTITIONS);
    run_stop(&run);
}

static void ratings_that_change_are_published_without_a_new_revision(void **state)
{
    struct world *world = *state;
    struct run run;
    static const char table[] = "domain,name,bias\na.com,A,left\nb.org,B,center\n";
    struct ratings *other;
    char *error = NULL;
    produce(world, 100);
    run_start(&run, world);
    wait_applied(world);
    run_stop(&run);
    assert_int_equal(ratings_load(table, strlen(table), NULL, &other, &error), NW_OK);
    ratings_set_loaded_ms(other, T0);
    run_start(&run, world);
    run.context.ratings_context = other;
    int64_t deadline = clock_mono_ms() + 30000;
    for (;;) {
        char *version = ask_partition(world, 0, "HGET", "_position", "ratings");
        bool done = strcmp(version, ratings_version(other)) == 0 && all_applied(world);
        free(version);
        if (done) break;
        assert_true(clock_mono_ms() < deadline);
        usleep(20000);
    }
    run_stop(&run);
    struct mock_records sent = mock_kafka_read(&world->kafka, "coverage", PARTITIONS);
    size_t rerated = 0;
    for (size_t i = 0; i < sent.count; i++)
        rerated += strstr(sent.list[i].value, "\"cause\":\"ratings\"") != NULL;
    assert_true(rerated > 0);
    mock_records_free(&sent);
    ratings_unref(other);
}

int main(void)
{
    log_set_level(LOG_ERROR);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(summaries_and_counts_end_as_the_oracle_says, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_restart_in_the_middle_changes_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(two_instances_give_the_same_stories_as_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(redis_dying_in_the_middle_loses_and_doubles_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_foreign_token_costs_a_reload_and_nothing_else, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_empty_redis_does_not_rebuild_by_itself, set_up, tear_down),
        cmocka_unit_test_setup_teardown(unreadable_records_are_skipped_and_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ratings_that_change_are_published_without_a_new_revision, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
