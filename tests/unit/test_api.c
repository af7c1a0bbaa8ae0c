/* The pages of stories, articles and sources over real HTTP and a real Redis. What is no good request, health
 * and metrics: test_api_server.c; the stream: test_stream.c. */
#include "api_fixture.h"

#include "articles/article_card.h"
#include "articles/url.h"
#include "base/instant.h"
#include "base/log.h"
#include "consumers/redis.h"
#include "consumers/redis_pipe.h"
#include "support/test_card.h"

static void put_story(struct world *world, const char *prefix, const char *id, const char *sources,
                      const char *updated, const char *language)
{
    char key[128];
    snprintf(key, sizeof(key), "%sstory:%s", prefix, id);
    REDIS(world, "HSET", key, "title", "A title", "sources", sources, "articles", "12", "left", "2", "center",
          "3");
    REDIS(world, "HSET", key, "right", "3", "unrated", "1", "revision", "1099511627800", "status", "active");
    REDIS(world, "HSET", key, "language", language, "blindspot", "", "updated", updated);
    REDIS(world, "HSET", key, "first_published", "1760011200000", "last_published", "");
    snprintf(key, sizeof(key), "%stop:24h", prefix);
    REDIS(world, "ZADD", key, sources, id);
    snprintf(key, sizeof(key), "%srecent", prefix);
    REDIS(world, "ZADD", key, updated, id);
}

/* The last digits of the ids of a page, in order; *cursor gets nextCursor or "". */
static void read_page(struct world *world, const char *path, char *digits, char cursor[80])
{
    json_t *root = get_json(world, path, 200), *story;
    const char *next = json_string_value(json_object_get(root, "nextCursor"));
    size_t i;
    json_array_foreach (json_object_get(root, "stories"), i, story) {
        const char *id = json_string_value(json_object_get(story, "id"));
        digits[i] = id[31];
    }
    digits[json_array_size(json_object_get(root, "stories"))] = '\0';
    snprintf(cursor, 80, "%s", next ? next : "");
    json_decref(root);
}

/* ---- stories ---- */

static void an_empty_redis_has_empty_lists(void **state)
{
    json_t *root = get_json(*state, "/v1/stories", 200);
    assert_int_equal(json_array_size(json_object_get(root, "stories")), 0);
    json_decref(root);
    expect_problem(*state, "/v1/stories/" ID("1"), 404, "There is no such story.");
}

static void lists_run_over_all_partitions_by_score(void **state)
{
    struct world *world = *state;
    char digits[64], cursor[80];
    put_partitions(world);
    put_story(world, P0, ID("1"), "9", "1760000000001", "en");
    put_story(world, P2, ID("2"), "30", "1760000000003", "fr");
    put_story(world, P10, ID("3"), "4", "1760000000002", "en");
    read_page(world, "/v1/stories?window=24h", digits, cursor);
    assert_string_equal(digits, "213");
    assert_string_equal(cursor, "");
    read_page(world, "/v1/stories", digits, cursor);
    assert_string_equal(digits, "231");
    read_page(world, "/v1/stories?language=en", digits, cursor);
    assert_string_equal(digits, "31");
    read_page(world, "/v1/stories?window=1h", digits, cursor);
    assert_string_equal(digits, "");
}

static void paging_with_equal_scores_shows_every_story_once(void **state)
{
    struct world *world = *state;
    static const char *const prefixes[] = {P0, P2, P10};
    char seen[64] = "", digits[64], cursor[80] = "", path[200];
    put_partitions(world);
    for (char digit = '1'; digit <= '9'; digit++) {
        char id[] = ID("0");
        id[31] = digit;
        put_story(world, prefixes[digit % 3], id, digit <= '7' ? "5" : "6", "1760000000000", "en");
    }
    for (int pages = 0; pages < 10; pages++) {
        snprintf(path, sizeof(path), "/v1/stories?window=24h&limit=2%s%s", *cursor ? "&cursor=" : "", cursor);
        read_page(world, path, digits, cursor);
        strcat(seen, digits);
        if (!*cursor) break;
    }
    assert_string_equal(seen, "98"
                              "63"
                              "741"
                              "52");
    /* With a filter, over more stories than are looked at in one go, to the same end. */
    snprintf(path, sizeof(path), "/v1/stories?window=24h&limit=4&language=en");
    read_page(world, path, digits, cursor);
    assert_string_equal(digits, "9863");
    snprintf(path, sizeof(path), "/v1/stories?window=24h&limit=100&language=en&cursor=%s", cursor);
    read_page(world, path, digits, cursor);
    assert_string_equal(digits, "74152");
}

static void a_page_goes_on_when_the_story_of_its_cursor_is_gone(void **state)
{
    struct world *world = *state;
    char digits[64], cursor[80], path[200];
    put_partitions(world);
    put_story(world, P0, ID("1"), "9", "3", "en");
    put_story(world, P0, ID("2"), "8", "2", "en");
    put_story(world, P2, ID("3"), "7", "1", "en");
    read_page(world, "/v1/stories?window=24h&limit=2", digits, cursor);
    assert_string_equal(digits, "12");
    REDIS(world, "ZREM", P0 "top:24h", ID("2"));
    snprintf(path, sizeof(path), "/v1/stories?window=24h&limit=2&cursor=%s", cursor);
    read_page(world, path, digits, cursor);
    assert_string_equal(digits, "3");
}

static void a_filtered_page_ends_after_a_bounded_scan(void **state)
{
    struct world *world = *state;
    struct redis *redis = redis_new(&world->options, NULL);
    struct redis_pipe pipe = {0};
    char digits[64], cursor[80], path[200];
    put_partitions(world);
    assert_int_equal(redis_connect(redis), NW_OK);
    for (int i = 0; i < 5000; i++) {
        char id[33], key[128];
        snprintf(id, sizeof(id), "%031d%d", i, i % 10);
        snprintf(key, sizeof(key), P0 "story:%s", id);
        redis_pipe_command(&pipe, "HSET", 3);
        redis_pipe_text(&pipe, key);
        redis_pipe_text(&pipe, "language");
        redis_pipe_text(&pipe, i == 100 ? "sv" : "en");
        redis_pipe_command(&pipe, "ZADD", 3);
        redis_pipe_text(&pipe, P0 "recent");
        redis_pipe_int(&pipe, i);
        redis_pipe_text(&pipe, id);
    }
    struct redisReply **replies = calloc(pipe.commands, sizeof(*replies));
    assert_int_equal(redis_exchange(redis, &pipe, replies), NW_OK);
    redis_replies_free(replies, pipe.commands);
    free(replies);
    redis_pipe_free(&pipe);
    redis_free(redis);
    read_page(world, "/v1/stories?language=sv", digits, cursor);
    assert_string_equal(digits, "");
    assert_true(*cursor);
    for (int pages = 0; pages < 5 && *cursor && !*digits; pages++) {
        snprintf(path, sizeof(path), "/v1/stories?language=sv&cursor=%s", cursor);
        read_page(world, path, digits, cursor);
    }
    assert_string_equal(digits, "0");
}

static void a_list_item_has_counts_and_percents(void **state)
{
    struct world *world = *state;
    put_partitions(world);
    put_story(world, P0, ID("1"), "9", "1760011200123", "en");
    json_t *root = get_json(world, "/v1/stories", 200);
    char *text = json_dumps(json_array_get(json_object_get(root, "stories"), 0), JSON_COMPACT);
    assert_string_equal(
        text, "{\"id\":\"" ID(
                  "1") "\",\"revision\":1099511627800,\"status\":\"active\",\"language\":\"en\","
                       "\"title\":\"A title\",\"firstPublishedAt\":\"2025-10-09T12:00:00Z\","
                       "\"updatedAt\":\"2025-10-09T12:00:00.123Z\",\"articleCount\":12,\"sourceCount\":9,"
                       "\"uniqueCount\":0,\"reprintCount\":0,\"biasSourceCount\":8,\"unratedSourceCount\":1,"
                       "\"biasDistribution\":{\"leftSrcCount\":2,\"cntrSrcCount\":3,\"rightSrcCount\":3,"
                       "\"leftPercent\":25,\"cntrPercent\":38,\"rightPercent\":37},"
                       "\"velocity\":{\"sources1h\":0,\"sources6h\":0,\"sources24h\":0}}");
    free(text);
    json_decref(root);
}

static void a_story_is_the_last_summary_byte_for_byte(void **state)
{
    struct world *world = *state;
    static const char summary[] = "{\"id\":\"x\",  \"title\":\"\\u00e9\"}";
    put_partitions(world);
    put_story(world, P10, ID("1"), "9", "1760011200123", "en");
    json_t *counts = get_json(world, "/v1/stories/" ID("1"), 200); /* nothing sent yet: the counts */
    assert_int_equal(json_integer_value(json_object_get(counts, "sourceCount")), 9);
    json_decref(counts);
    REDIS(world, "SET", P10 "coverage:" ID("1"), summary);
    struct got got = request(world, "/v1/stories/" ID("1"), "GET", NULL);
    assert_int_equal(got.status, 200);
    assert_string_equal(got.body, summary);
    char *etag = strstr(got.headers, "ETag: "), tag[64] = "If-None-Match: ";
    assert_non_null(etag);
    strncat(tag, etag + 6, strcspn(etag + 6, "\r\n"));
    free(got.body);
    got = request(world, "/v1/stories/" ID("1"), "GET", tag);
    assert_int_equal(got.status, 304);
    assert_int_equal(got.len, 0);
    free(got.body);
    REDIS(world, "SET", P10 "coverage:" ID("1"), "{}");
    got = request(world, "/v1/stories/" ID("1"), "GET", tag);
    assert_int_equal(got.status, 200);
    free(got.body);
}

static void what_the_service_wrote_is_the_last_member_and_changes_the_tag(void **state)
{
    struct world *world = *state;
    put_partitions(world);
    put_story(world, P10, ID("1"), "9", "1760011200123", "en");
    REDIS(world, "SET", P10 "coverage:" ID("1"), "{\"id\":\"x\"}");
    struct got before = request(world, "/v1/stories/" ID("1"), "GET", NULL);
    REDIS(world, "SET", P10 "insights:" ID("1"), "{\"revision\":7}");
    struct got after = request(world, "/v1/stories/" ID("1"), "GET", NULL);
    assert_string_equal(after.body, "{\"id\":\"x\",\"analysis\":{\"revision\":7}}");
    char *tag = strstr(before.headers, "ETag: ");
    assert_non_null(tag);
    tag[strcspn(tag, "\r\n")] = '\0';
    assert_null(strstr(after.headers, tag));
    free(before.body);
    free(after.body);
}

static struct ratings *rated_sources(void *context)
{
    static const char csv[] =
        "domain,bias\nl1.example,left\nr1.example,right\nr2.example,right\nr3.example,right\n"
        "c1.example,center\nc2.example,center\nold.example,left\n";
    struct ratings *ratings = NULL;
    char *error = NULL;
    (void)context;
    assert_int_equal(ratings_load(csv, sizeof(csv) - 1, NULL, &ratings, &error), NW_OK);
    return ratings;
}

/* Seen in the last seven days: one left, two center, three right; the story has 2, 3, 3. */
static void lift_compares_a_story_with_the_feed(void **state)
{
    struct world *world = *state;
    put_partitions(world);
    put_story(world, P10, ID("1"), "9", "1760011200123", "en");
    REDIS(world, "SET", P10 "coverage:" ID("1"), "{\"id\":\"x\"}");
    api_set_ratings(world->instance.api, rated_sources, NULL);
    struct got got = request(world, "/v1/stories/" ID("1"), "GET", NULL);
    assert_string_equal(got.body, "{\"id\":\"x\"}"); /* nobody was seen: nothing to compare with */
    free(got.body);
    REDIS(world, "ZADD", P0 "sources", "1760000000000", "l1.example", "1760000000000", "r1.example");
    REDIS(world, "ZADD", P0 "sources", "1760000000000", "unrated.example", "1759000000000", "old.example");
    REDIS(world, "ZADD", P2 "sources", "1760011200000", "r1.example", "1760011200000", "r2.example");
    REDIS(world, "ZADD", P2 "sources", "1760011200000", "www.r3.example", "1760011200000", "c1.example");
    REDIS(world, "ZADD", P10 "sources", "1760011200000", "c2.example");
    struct world other = *world; /* it has counted nothing yet */
    other.instance = start_instance(world);
    api_set_ratings(other.instance.api, rated_sources, NULL);
    got = request(&other, "/v1/stories/" ID("1"), "GET", NULL);
    assert_string_equal(got.body, "{\"id\":\"x\",\"lift\":{\"left\":1.5,\"center\":1.13,\"right\":0.75,"
                                  "\"sources7d\":{\"left\":1,\"center\":2,\"right\":3}}}");
    free(got.body);
    stop_instance(&other.instance);
}

static void related_stories_are_listed_where_they_are(void **state)
{
    struct world *world = *state;
    char digits[64], cursor[80];
    put_partitions(world);
    put_story(world, P10, ID("1"), "9", "1760011200123", "en");
    read_page(world, "/v1/stories/" ID("1") "/related", digits, cursor); /* nothing sent yet */
    assert_string_equal(digits, "");
    put_story(world, P10, ID("2"), "5", "1760011200123", "en");
    put_story(world, P2, ID("3"), "5", "1760011200123", "fr");
    REDIS(world, "SET", P10 "coverage:" ID("1"),
          "{\"relatedStoryIds\":[\"" ID("3") "\",\"" ID("9") "\",\"" ID("2") "\",\"nonsense\",5]}");
    read_page(world, "/v1/stories/" ID("1") "/related", digits, cursor);
    assert_string_equal(digits, "32");
    REDIS(world, "SET", P2 "alias:" ID("4"), ID("1"));
    struct got got = request(world, "/v1/stories/" ID("4") "/related", "GET", NULL);
    assert_int_equal(got.status, 301);
    assert_non_null(strstr(got.headers, "Location: /v1/stories/" ID("1") "/related\r\n"));
    free(got.body);
    expect_problem(world, "/v1/stories/" ID("8") "/related", 404, "There is no such story.");
}

static void lists_are_filtered(void **state)
{
    struct world *world = *state;
    char digits[64], cursor[80];
    put_partitions(world);
    put_story(world, P0, ID("1"), "9", "3", "en");
    put_story(world, P2, ID("2"), "8", "2", "fr");
    REDIS(world, "HSET", P0 "story:" ID("1"), "title", "Sommet à Douchanbé", "countries", "{\"GB\":1}",
          "tags", "[\"trade\"]");
    REDIS(world, "HSET", P2 "story:" ID("2"), "left", "5", "blindspot", "right");
    const struct {
        const char *query, *digits;
    } cases[] = {{"q=sommet+douchanbe", "1"}, {"q=title", "2"},
                 {"country=GB", "1"},         {"tag=TRADE", "1"},
                 {"side=left", "2"},          {"side=right", "1"},
                 {"blindspot=right", "2"},    {"window=24h&side=center", "1"},
                 {"q=sommet&side=left", ""}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char path[200];
        snprintf(path, sizeof(path), "/v1/stories?%s", cases[i].query);
        read_page(world, path, digits, cursor);
        if (strcmp(digits, cases[i].digits) != 0) fail_msg("%s: %s", path, digits);
    }
}

static void a_merged_story_redirects_to_what_it_is_now(void **state)
{
    struct world *world = *state;
    put_partitions(world);
    REDIS(world, "SET", P2 "alias:" ID("1"), ID("2"));
    struct got got = request(world, "/v1/stories/" ID("1"), "GET", NULL);
    assert_int_equal(got.status, 301);
    assert_non_null(strstr(got.headers, "Location: /v1/stories/" ID("2") "\r\n"));
    free(got.body);
}

static void blindspots_are_by_side(void **state)
{
    struct world *world = *state;
    char digits[64], cursor[80];
    put_partitions(world);
    put_story(world, P2, ID("4"), "9", "1", "en");
    REDIS(world, "ZADD", P2 "blindspots:left", "1", ID("4"));
    read_page(world, "/v1/blindspots?for=left", digits, cursor);
    assert_string_equal(digits, "4");
    read_page(world, "/v1/blindspots?for=right", digits, cursor);
    assert_string_equal(digits, "");
}

/* ---- articles and sources ---- */

static struct id128 put_article(struct world *world, const char *text, const char *story)
{
    struct arena *arena = arena_new();
    struct url_reader *urls = url_reader_new();
    struct url url;
    assert_int_equal(url_parse(urls, arena, text, strlen(text), &url, NULL), NW_OK);
    struct article_card card = test_card(url_id(&url), text, "Title", "example.com");
    card.published_ms = 1760011200000;
    const uint8_t *bytes;
    size_t len;
    char hex[33];
    article_card_pack(arena, &card, &bytes, &len);
    id128_hex(card.id, hex);
    struct redis *redis = redis_new(&world->options, NULL);
    struct redis_pipe pipe = {0};
    struct redisReply *replies[2];
    assert_int_equal(redis_connect(redis), NW_OK);
    redis_pipe_command(&pipe, "SET", 2);
    redis_pipe_joined(&pipe, P2, "article:", hex);
    redis_pipe_text(&pipe, story);
    redis_pipe_command(&pipe, "HSET", 3);
    redis_pipe_joined(&pipe, P2, "articles:", story);
    redis_pipe_text(&pipe, hex);
    redis_pipe_bytes(&pipe, bytes, len);
    assert_int_equal(redis_exchange(redis, &pipe, replies), NW_OK);
    redis_replies_free(replies, 2);
    redis_pipe_free(&pipe);
    redis_free(redis);
    url_reader_free(urls);
    arena_free(arena);
    return card.id;
}

static void an_article_is_found_by_id_and_by_any_form_of_its_url(void **state)
{
    struct world *world = *state;
    char path[200], hex[33];
    put_partitions(world);
    struct id128 id = put_article(world, "https://www.example.com/a?utm_source=x", ID("7"));
    id128_hex(id, hex);
    snprintf(path, sizeof(path), "/v1/articles/%s", hex);
    json_t *root = get_json(world, path, 200);
    assert_string_equal(json_string_value(json_object_get(root, "storyId")), ID("7"));
    assert_string_equal(json_string_value(json_object_get(root, "publishedAt")), "2025-10-09T12:00:00Z");
    json_decref(root);
    root = get_json(world, "/v1/articles?url=http%3A%2F%2Fexample.com%2Fa%2F%23top", 200);
    assert_string_equal(json_string_value(json_object_get(root, "id")), hex);
    json_decref(root);
    expect_problem(world, "/v1/articles?url=https://example.com/b", 404, "There is no such article.");
    expect_problem(world, "/v1/articles", 400, "url is missing: a text of 1 to 2000 characters.");
    /* Its story was merged into another: the card has moved, the link has not. */
    REDIS(world, "RENAME", P2 "articles:" ID("7"), P2 "articles:" ID("8"));
    REDIS(world, "SET", P2 "alias:" ID("7"), ID("8"));
    root = get_json(world, path, 200);
    assert_string_equal(json_string_value(json_object_get(root, "storyId")), ID("8"));
    assert_string_equal(json_string_value(json_object_get(root, "title")), "Title");
    json_decref(root);
    REDIS(world, "SET", P2 "alias:" ID("8"), ID("7")); /* a circle, which nobody should write */
    expect_problem(world, path, 500, "What Redis holds is not understood.");
}

static void a_source_is_summed_over_partitions(void **state)
{
    struct world *world = *state;
    put_partitions(world);
    REDIS(world, "HSET", P0 "source:example.com", "articles", "3", "stories", "2", "firsts", "1", "last_seen",
          "1760011200000");
    REDIS(world, "HSET", P2 "source:example.com", "articles", "4", "stories", "1", "last_seen",
          "1760011100000");
    json_t *root = get_json(world, "/v1/sources/Example.com", 200);
    char *text = json_dumps(root, JSON_COMPACT);
    assert_string_equal(text,
                        "{\"source\":\"example.com\",\"articleCount\":7,\"storyCount\":3,\"firstCount\":1,"
                        "\"lastSeenAt\":\"2025-10-09T12:00:00Z\"}");
    free(text);
    json_decref(root);
    expect_problem(world, "/v1/sources/nobody.example", 404, "There is no such source.");
}

int main(void)
{
    log_init(LOG_ERROR, LOG_FORMAT_TEXT);
    curl_global_init(CURL_GLOBAL_ALL);
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)
    const struct CMUnitTest tests[] = {
        TEST(an_empty_redis_has_empty_lists),
        TEST(lists_run_over_all_partitions_by_score),
        TEST(paging_with_equal_scores_shows_every_story_once),
        TEST(a_page_goes_on_when_the_story_of_its_cursor_is_gone),
        TEST(a_filtered_page_ends_after_a_bounded_scan),
        TEST(a_list_item_has_counts_and_percents),
        TEST(a_story_is_the_last_summary_byte_for_byte),
        TEST(what_the_service_wrote_is_the_last_member_and_changes_the_tag),
        TEST(lift_compares_a_story_with_the_feed),
        TEST(related_stories_are_listed_where_they_are),
        TEST(lists_are_filtered),
        TEST(a_merged_story_redirects_to_what_it_is_now),
        TEST(blindspots_are_by_side),
        TEST(an_article_is_found_by_id_and_by_any_form_of_its_url),
        TEST(a_source_is_summed_over_partitions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
