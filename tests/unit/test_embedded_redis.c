#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/wait.h>

#include <cmocka.h>
#include <hiredis/hiredis.h>

#include "base/log.h"
#include "daemon/embedded_redis.h"
#include "support/await.h"

static bool serves(const char *path)
{
    redisContext *context = redisConnectUnix(path);
    redisReply *reply = context != NULL && context->err == 0 ? redisCommand(context, "PING") : NULL;
    bool ok = reply != NULL && strcmp(reply->str, "PONG") == 0;
    if (reply != NULL) freeReplyObject(reply);
    if (context != NULL) redisFree(context);
    return ok;
}

/* Of "<folder>/redis.sock". */
static bool folder_is_there(const char *path)
{
    char folder[128];
    snprintf(folder, sizeof(folder), "%s", path);
    *strrchr(folder, '/') = '\0';
    return access(folder, F_OK) == 0;
}

static void server_serves_and_leaves_nothing_behind(void **state)
{
    (void)state;
    struct embedded_redis *redis;
    char path[128];
    assert_int_equal(embedded_redis_start(&redis), NW_OK);
    snprintf(path, sizeof(path), "%s", embedded_redis_socket(redis));
    assert_true(serves(path));
    embedded_redis_stop(redis);
    assert_false(serves(path));
    assert_false(folder_is_there(path));
}

static void a_killed_owner_leaves_nothing_behind(void **state)
{
    (void)state;
    int ends[2];
    char path[128] = "";
    assert_int_equal(pipe(ends), 0);
    pid_t owner = fork();
    if (owner == 0) {
        struct embedded_redis *redis;
        if (embedded_redis_start(&redis) != NW_OK) _exit(1);
        const char *socket = embedded_redis_socket(redis);
        if (write(ends[1], socket, strlen(socket)) < 0) _exit(1);
        pause();
    }
    assert_true(read(ends[0], path, sizeof(path) - 1) > 0);
    assert_true(serves(path));
    kill(owner, SIGKILL);
    waitpid(owner, NULL, 0);
    await_true(!folder_is_there(path));
    assert_false(serves(path));
    close(ends[0]);
    close(ends[1]);
}

static void a_missing_program_is_told_apart(void **state)
{
    (void)state;
    struct embedded_redis *redis = NULL;
    char *path = strdup(getenv("PATH"));
    setenv("PATH", "/nowhere", 1);
    int64_t before = clock_mono_ms();
    enum nw_err err = embedded_redis_start(&redis);
    setenv("PATH", path, 1);
    free(path);
    assert_int_equal(err, NW_ERR_NOT_FOUND);
    assert_null(redis);
    assert_true(clock_mono_ms() - before < 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(server_serves_and_leaves_nothing_behind),
        cmocka_unit_test(a_killed_owner_leaves_nothing_behind),
        cmocka_unit_test(a_missing_program_is_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
