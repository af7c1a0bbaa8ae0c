#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "consumers/outbox_mark.h"
#include "consumers/redis_pipe.h"
#include "consumers/store_keys.h"

static void assert_pipe(struct redis_pipe *pipe, const char *wire)
{
    assert_int_equal(pipe->len, strlen(wire));
    assert_memory_equal(pipe->bytes, wire, pipe->len);
    redis_pipe_free(pipe);
}

static void commands_are_arrays_of_bulk_strings(void **state)
{
    (void)state;
    struct redis_pipe pipe = {0};
    redis_pipe_command(&pipe, "SET", 2);
    redis_pipe_joined(&pipe, "a", "", "bc");
    redis_pipe_bytes(&pipe, "x\r\n", 3);
    redis_pipe_command(&pipe, "PING", 0);
    assert_int_equal(pipe.commands, 2);
    assert_pipe(&pipe, "*3\r\n$3\r\nSET\r\n$3\r\nabc\r\n$3\r\nx\r\n\r\n*1\r\n$4\r\nPING\r\n");
}

static void integers_are_written_to_their_ends(void **state)
{
    (void)state;
    struct redis_pipe pipe = {0};
    redis_pipe_int(&pipe, 0);
    redis_pipe_int(&pipe, -7);
    redis_pipe_int(&pipe, INT64_MIN);
    assert_int_equal(pipe.args, 3);
    assert_pipe(&pipe, "$1\r\n0\r\n$2\r\n-7\r\n$20\r\n-9223372036854775808\r\n");
}

static void a_list_of_arguments_is_spliced_into_a_command(void **state)
{
    (void)state;
    struct redis_pipe list = {0}, pipe = {0};
    redis_pipe_text(&list, "m");
    redis_pipe_text(&list, "");
    redis_pipe_command(&pipe, "SADD", 1 + list.args);
    redis_pipe_text(&pipe, "k");
    redis_pipe_append(&pipe, &list);
    redis_pipe_free(&list);
    assert_pipe(&pipe, "*4\r\n$4\r\nSADD\r\n$1\r\nk\r\n$1\r\nm\r\n$0\r\n\r\n");
}

static void keys_of_a_partition_share_a_hash_tag(void **state)
{
    (void)state;
    struct redis_pipe pipe = {0};
    struct store_keys keys;
    store_keys_init(&keys, "newswired", "articles.features", 3);
    assert_string_equal(keys.partitions, "newswired:partitions");
    store_key_of(&pipe, &keys, STORE_STORY, (struct id128){.lo = 10});
    assert_pipe(&pipe, "$70\r\nnewswired:{articles.features:3}:story:0000000000000000000000000000000a\r\n");
}

static void a_mark_survives_its_text(void **state)
{
    (void)state;
    struct story story = {.id = {1, 2},
                          .status = STORY_MERGED,
                          .cause = CAUSE_MERGE,
                          .revision = (1ull << 40) + 7,
                          .changed_offset = 99,
                          .updated_ms = -5,
                          .merged_into = {3, 4},
                          .language = "en"};
    struct outbox_mark mark, back;
    char text[OUTBOX_MARK_TEXT_MAX];
    outbox_mark_of(&story, &mark);
    size_t len = outbox_mark_format(&mark, text);
    assert_string_equal(text,
                        "merged 1099511627783 merge 99 -5 0 00000000000000030000000000000004 en 25204d51");
    assert_true(outbox_mark_parse(story.id, text, len, &back));
    assert_memory_equal(&mark, &back, sizeof(mark));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_are_arrays_of_bulk_strings),
        cmocka_unit_test(integers_are_written_to_their_ends),
        cmocka_unit_test(a_list_of_arguments_is_spliced_into_a_command),
        cmocka_unit_test(keys_of_a_partition_share_a_hash_tag),
        cmocka_unit_test(a_mark_survives_its_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
