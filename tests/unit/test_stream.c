/* /v1/stream over real HTTP and a real Redis. */
#include "api_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

enum { WAIT_MS = 8000 };

static int set_up(void **state)
{
    fixture_begin(state);
    struct world *world = *state;
    put_partitions(world);
    return 0;
}

static void add_change(struct world *world, const char *prefix, const char *id, const char *revision,
                       const char *cause)
{
    char key[128];
    snprintf(key, sizeof(key), "%schanges", prefix);
    REDIS(world, "XADD", key, "MAXLEN", "~", "10000", "*", "story", id, "revision", revision, "cause", cause);
}

/* So many stories as a batch writes them: counts, and the change; ids one after the other. */
static void change_stories(struct world *world, const char *prefix, const char *first, const char *count,
                           const char *language, const char *title, const char *revision)
{
    static const char script[] =
        "local prefix, first, count, language, title, revision = unpack(ARGV) "
        "for i = 0, count - 1 do "
        "  local id = string.format('%032x', tonumber(first, 16) + i) "
        "  redis.call('HSET', prefix .. 'story:' .. id, 'title', title, 'sources', '8', 'left', '2',"
        "    'center', '3', 'right', '3', 'revision', revision, 'status', 'active', 'language', language) "
        "  redis.call('XADD', prefix .. 'changes', 'MAXLEN', '~', '10000', '*', 'story', id,"
        "    'revision', revision, 'cause', 'article') "
        "end";
    REDIS(world, "EVAL", script, "0", prefix, first, count, language, title, revision);
}

static void change_story(struct world *world, const char *prefix, const char *id, const char *language,
                         const char *title, const char *revision)
{
    change_stories(world, prefix, id, "1", language, title, revision);
}

/* ---- a client ---- */

struct client {
    int fd;
    bool ended;
    size_t len, seen; /* got in all; looked at by await() */
    char text[1 << 20];
};

/* HTTP/1.0, so that the body comes as it is. */
static struct client *connect_to(struct instance *instance, const char *query, const char *last_id)
{
    struct client *client = calloc(1, sizeof(*client));
    const char *port = strrchr(http_address(instance->http), ':') + 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    char request[4096];
    int small = 16384;
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(client->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    assert_int_equal(connect(client->fd, (struct sockaddr *)&address, sizeof(address)), 0);
    int len = snprintf(request, sizeof(request), "GET /v1/stream%s HTTP/1.0\r\nHost: a\r\n%s%s%s\r\n", query,
                       last_id ? "Last-Event-ID: " : "", last_id ? last_id : "", last_id ? "\r\n" : "");
    assert_int_equal(send(client->fd, request, (size_t)len, MSG_NOSIGNAL), len);
    return client;
}

static void hang_up(struct client *client)
{
    close(client->fd);
    free(client);
}

/* More of the text, within wait_ms; false: nothing came, or the end. */
static bool read_more(struct client *client, int wait_ms)
{
    struct pollfd wanted = {.fd = client->fd, .events = POLLIN};
    if (client->ended || poll(&wanted, 1, wait_ms) <= 0) return false;
    ssize_t got = recv(client->fd, client->text + client->len, sizeof(client->text) - 1 - client->len, 0);
    if (got <= 0)
        client->ended = true;
    else
        client->len += (size_t)got;
    client->text[client->len] = '\0';
    return got > 0;
}

/* Until text has come behind what was awaited before. */
static void await(struct client *client, const char *text)
{
    int64_t start = clock_mono_ms();
    char *at;
    while ((at = strstr(client->text + client->seen, text)) == NULL) {
        if (!read_more(client, 200) && (client->ended || clock_mono_ms() - start > WAIT_MS))
            fail_msg("\"%s\" did not come; got:\n%s", text, client->text + client->seen);
    }
    client->seen = (size_t)(at - client->text) + strlen(text);
}

/* The last id sent so far, in out. */
static void last_id(const struct client *client, char out[256])
{
    const char *at = NULL, *next = client->text;
    while ((next = strstr(next, "id: ")) != NULL) at = next++;
    assert_non_null(at);
    snprintf(out, 256, "%.*s", (int)strcspn(at + 4, "\n"), at + 4);
}

static size_t count_of(const struct client *client, const char *text)
{
    size_t count = 0;
    for (const char *at = client->text; (at = strstr(at, text)) != NULL; at++) count++;
    return count;
}

/* ---- tests ---- */

static void a_change_comes_as_an_event_with_the_storys_counts(void **state)
{
    struct world *world = *state;
    struct client *client = connect_to(&world->instance, "", NULL);
    await(client, "Content-Type: text/event-stream");
    await(client, "retry: 2000\n\n");
    await(client, "id: ");
    change_story(world, P0, ID("1"), "en", "Leaders meet", "7");
    await(client,
          "event: story\ndata: {\"cause\":\"article\",\"story\":{\"id\":\"" ID("1") "\",\"revision\":7,");
    await(client, "\"title\":\"Leaders meet\"");
    await(client, "\"leftPercent\":25,\"cntrPercent\":38,\"rightPercent\":37");
    await(client, "}\n\n");
    await(client, "id: ");
    change_story(world, P2, ID("2"), "de", "Streik", "9");
    await(client, ID("2"));
    REDIS(world, "DEL", P0 "story:" ID("1"));
    REDIS(world, "SET", P0 "alias:" ID("1"), ID("3"));
    add_change(world, P0, ID("1"), "8", "merge");
    await(client, "data: {\"cause\":\"merge\",\"story\":{\"id\":\"" ID(
                      "1") "\",\"revision\":8,\"status\":\"merged\",\"mergedInto\":\"" ID("3") "\"}}");
    add_change(world, P2, ID("9"), "8", "expiry");
    await(client, "\"status\":\"dropped\"}}");
    assert_true(metrics_value(world->metrics, METRIC_HTTP_STREAMS, 0) == 1);
    hang_up(client);
}

static void who_comes_back_gets_what_was_missed_from_any_instance(void **state)
{
    struct world *world = *state;
    char id[256];
    struct client *client = connect_to(&world->instance, "", NULL);
    await(client, "id: ");
    change_story(world, P0, ID("1"), "en", "One", "1");
    await(client, ID("1"));
    await(client, "\nid: ");
    await(client, "\n\n");
    last_id(client, id);
    hang_up(client);
    for (int i = 0; i < 3; i++) change_story(world, P2, ID("2"), "en", "Two", "2");
    change_story(world, P0, ID("3"), "en", "Three", "3");
    struct instance other = start_instance(world);
    client = connect_to(&other, "", id);
    await(client, "retry: ");
    await(client, "\nid: ");
    assert_int_equal(count_of(client, "event: story"), 2); /* a story once, however often it has changed */
    assert_int_equal(count_of(client, ID("1")), 0);
    assert_int_equal(count_of(client, ID("2")), 1);
    change_story(world, P0, ID("4"), "en", "Four", "4");
    await(client, ID("4"));
    hang_up(client);
    stop_instance(&other);
}

static void filters_choose_and_ids_go_on(void **state)
{
    struct world *world = *state;
    char id[256];
    struct client *german = connect_to(&world->instance, "?language=de", NULL);
    struct client *one = connect_to(&world->instance, "?story=" ID("1"), NULL);
    await(german, "id: ");
    await(one, "id: ");
    change_story(world, P0, ID("1"), "en", "One", "1");
    await(one, ID("1"));
    change_story(world, P2, ID("2"), "de", "Zwei", "2");
    await(german, ID("2"));
    await(german, "\nid: ");
    await(german, "\n\n");
    last_id(german, id);
    assert_int_equal(count_of(german, ID("1")), 0);
    change_story(world, P0, ID("1"), "en", "One", "3");
    await(one, "\"revision\":3");
    assert_int_equal(count_of(one, ID("2")), 0);
    hang_up(german);
    change_story(world, P2, ID("4"), "de", "Vier", "4");
    german = connect_to(&world->instance, "?language=de", id);
    await(german, ID("4"));
    assert_int_equal(count_of(german, "event: story"), 1); /* neither the English one nor what it had */
    hang_up(german);
    hang_up(one);
}

static void what_cannot_be_told_any_more_is_a_reset(void **state)
{
    struct world *world = *state;
    char id[256];
    struct client *client = connect_to(&world->instance, "", NULL);
    await(client, "id: ");
    await(client, "\n\n");
    last_id(client, id);
    hang_up(client);
    change_stories(world, P0, ID("1"), "2001", "en", "One", "1");
    client = connect_to(&world->instance, "", id);
    await(client, "event: reset\ndata: {}\n\nid: ");
    hang_up(client);
    REDIS(world, "SADD", "newswired:partitions", "{articles.features:3}"); /* another set of partitions */
    client = connect_to(&world->instance, "", id);
    await(client, "event: reset");
    hang_up(client);
    const char *const bad[] = {"x",
                               "00000000",
                               "00000000:1",
                               "00000000:1-",
                               "00000000:1-2,",
                               "00000000:-1-2",
                               "0000000g:1-2",
                               "00000000:99999999999999999999-1",
                               "00000000: 1-2"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        client = connect_to(&world->instance, "", bad[i]);
        await(client, "400 Bad Request");
        await(client, "Last-Event-ID is not one that this server gave");
        hang_up(client);
    }
    const char *const queries[] = {"?language=abcdefghijklmnopqrst", "?story=12", "?other=1"};
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        client = connect_to(&world->instance, queries[i], NULL);
        await(client, "400 Bad Request");
        hang_up(client);
    }
}

static void a_stream_outlives_the_timeouts_of_pages(void **state)
{
    struct world *world = *state;
    struct client *client = connect_to(&world->instance, "", NULL);
    await(client, "id: ");
    int64_t start = clock_mono_ms();
    while (clock_mono_ms() - start < (4 * TIMEOUT_S + 1) * 1000) {
        http_tick(world->instance.http, clock_mono_ms());
        assert_false(read_more(client, 200) && client->ended);
        assert_false(client->ended);
    }
    change_story(world, P0, ID("1"), "en", "One", "1");
    await(client, ID("1"));
    hang_up(client);
}

static void clients_are_so_many_and_no_more(void **state)
{
    struct world *world = *state;
    struct client *clients[CLIENTS_MAX];
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        clients[i] = connect_to(&world->instance, "", NULL);
        await(clients[i], "id: ");
    }
    struct client *late = connect_to(&world->instance, "", NULL);
    await(late, "503 Service Unavailable");
    await(late, "Retry-After: 10");
    hang_up(late);
    for (size_t i = 0; i < CLIENTS_MAX; i++) hang_up(clients[i]);
    /* That they are gone shows when something is sent to them. */
    for (int64_t start = clock_mono_ms(); metrics_value(world->metrics, METRIC_HTTP_STREAMS, 0) > 0;) {
        change_story(world, P0, ID("1"), "en", "One", "1");
        assert_true(clock_mono_ms() - start < WAIT_MS);
        usleep(20000);
    }
    late = connect_to(&world->instance, "", NULL);
    await(late, "200 OK");
    hang_up(late);
}

/* One takes nothing, one takes everything. */
static void a_client_that_does_not_keep_up_is_ended(void **state)
{
    struct world *world = *state;
    static char title[4000];
    memset(title, 'x', sizeof(title) - 1);
    struct client *slow = connect_to(&world->instance, "", NULL);
    struct client *good = connect_to(&world->instance, "?language=de", NULL);
    await(slow, "id: ");
    await(good, "id: ");
    double before = metrics_value(world->metrics, METRIC_HTTP_STREAMS, 0);
    for (int round = 0; metrics_value(world->metrics, METRIC_HTTP_STREAMS, 0) >= before; round++) {
        char revision[16];
        assert_true(round < 60);
        snprintf(revision, sizeof(revision), "%d", round);
        change_stories(world, P0, ID("0"), "500", "en", title, revision);
        change_story(world, P2, ID("f"), "de", "Eins", revision);
        await(good, ID("f"));
    }
    assert_true(metrics_value(world->metrics, METRIC_HTTP_STREAMS, 0) == before - 1);
    hang_up(slow);
    hang_up(good);
}

static void redis_may_be_away(void **state)
{
    struct world *world = *state;
    struct client *client = connect_to(&world->instance, "", NULL);
    await(client, "id: ");
    redis_server_restart(world->server);
    change_story(world, P0, ID("1"), "en", "One", "1");
    await(client, ID("1"));
    hang_up(client);
}

static void a_stop_does_not_wait_for_clients(void **state)
{
    struct world *world = *state;
    struct instance other = start_instance(world);
    struct client *clients[CLIENTS_MAX];
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        clients[i] = connect_to(&other, "", NULL);
        await(clients[i], "id: ");
    }
    int64_t start = clock_mono_ms();
    stop_instance(&other);
    assert_true(clock_mono_ms() - start < 1000);
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        while (read_more(clients[i], WAIT_MS)) {
        }
        assert_true(clients[i]->ended);
        hang_up(clients[i]);
    }
}

int main(void)
{
    log_init(LOG_ERROR, LOG_FORMAT_TEXT);
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, fixture_end)
    const struct CMUnitTest tests[] = {
        TEST(a_change_comes_as_an_event_with_the_storys_counts),
        TEST(who_comes_back_gets_what_was_missed_from_any_instance),
        TEST(filters_choose_and_ids_go_on),
        TEST(what_cannot_be_told_any_more_is_a_reset),
        TEST(a_stream_outlives_the_timeouts_of_pages),
        TEST(clients_are_so_many_and_no_more),
        TEST(a_client_that_does_not_keep_up_is_ended),
        TEST(redis_may_be_away),
        TEST(a_stop_does_not_wait_for_clients),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
