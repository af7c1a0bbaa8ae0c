#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/instant.h"
#include "consumers/outbox.h"

enum { INTERVAL = 1000 };

static struct outbox_mark mark_of(uint64_t story, enum mark_kind kind, uint64_t revision)
{
    return (struct outbox_mark){.story = {0, story}, .kind = kind, .revision = revision, .due_ms = 5000};
}

static void put(struct outbox *outbox, uint64_t story, enum mark_kind kind, uint64_t revision, int64_t now_ms)
{
    struct outbox_mark mark = mark_of(story, kind, revision);
    outbox_put(outbox, &mark, now_ms);
}

static size_t take(struct outbox *outbox, int64_t now_ms, struct outbox_due *due)
{
    return outbox_take(outbox, now_ms, now_ms, INTERVAL, due, 10);
}

static void a_story_is_told_at_once_and_then_once_an_interval(void **state)
{
    (void)state;
    struct outbox *outbox = outbox_new();
    struct outbox_due due[10];
    put(outbox, 1, MARK_UPDATED, 1, 0);
    assert_int_equal(take(outbox, 0, due), 1);
    assert_int_equal(take(outbox, 0, due), 0);
    outbox_sent(outbox, due[0].mark.story, due[0].stamp, 0, 0);
    assert_true(outbox_is_sent(outbox, due[0].mark.story, due[0].stamp));
    outbox_clear(outbox, due[0].mark.story, due[0].stamp);
    put(outbox, 1, MARK_UPDATED, 2, 10);
    put(outbox, 1, MARK_UPDATED, 3, 20);
    assert_int_equal(take(outbox, INTERVAL - 1, due), 0);
    assert_int_equal(take(outbox, INTERVAL, due), 1);
    assert_int_equal(due[0].mark.revision, 3);
    outbox_free(outbox);
}

static void a_change_while_the_message_is_under_way_is_not_cleared(void **state)
{
    (void)state;
    struct outbox *outbox = outbox_new();
    struct outbox_due first[10], second[10];
    put(outbox, 1, MARK_UPDATED, 1, 0);
    take(outbox, 0, first);
    put(outbox, 1, MARK_UPDATED, 2, 1);
    outbox_sent(outbox, first[0].mark.story, first[0].stamp, 2, 2);
    assert_false(outbox_is_sent(outbox, first[0].mark.story, first[0].stamp));
    outbox_clear(outbox, first[0].mark.story, first[0].stamp);
    assert_int_equal(outbox_pending(outbox), 1);
    assert_int_equal(take(outbox, 2 + INTERVAL, second), 1);
    assert_int_equal(second[0].mark.revision, 2);
    outbox_free(outbox);
}

static void a_mark_set_between_sending_and_clearing_stays(void **state)
{
    (void)state;
    struct outbox *outbox = outbox_new();
    struct outbox_due due[10];
    put(outbox, 1, MARK_UPDATED, 1, 0);
    take(outbox, 0, due);
    outbox_sent(outbox, due[0].mark.story, due[0].stamp, 0, 0);
    put(outbox, 1, MARK_UPDATED, 2, 5);
    outbox_clear(outbox, due[0].mark.story, due[0].stamp);
    assert_non_null(outbox_find(outbox, due[0].mark.story));
    assert_int_equal(outbox_pending(outbox), 1);
    outbox_free(outbox);
}

static void closed_and_merged_go_first_and_do_not_wait(void **state)
{
    (void)state;
    struct outbox *outbox = outbox_new();
    struct outbox_due due[10];
    put(outbox, 1, MARK_UPDATED, 1, 0);
    take(outbox, 0, due);
    outbox_sent(outbox, due[0].mark.story, due[0].stamp, 0, 0);
    put(outbox, 2, MARK_UPDATED, 1, 1);
    put(outbox, 1, MARK_CLOSED, 2, 1);
    put(outbox, 3, MARK_MERGED, 1, 1);
    assert_int_equal(take(outbox, 2, due), 3);
    assert_int_equal(due[0].mark.kind, MARK_CLOSED);
    assert_int_equal(due[1].mark.kind, MARK_MERGED);
    assert_int_equal(due[2].mark.kind, MARK_UPDATED);
    outbox_free(outbox);
}

static void a_tombstone_waits_for_its_time_and_is_not_pending(void **state)
{
    (void)state;
    struct outbox *outbox = outbox_new();
    struct outbox_due due[10];
    put(outbox, 1, MARK_DROPPED, 0, 0);
    assert_int_equal(outbox_pending(outbox), 0);
    assert_int_equal(take(outbox, 4999, due), 0);
    assert_int_equal(take(outbox, 5000, due), 1);
    outbox_free(outbox);
}

static void what_could_not_be_sent_is_due_again(void **state)
{
    (void)state;
    struct outbox *outbox = outbox_new();
    struct outbox_due due[10];
    put(outbox, 1, MARK_UPDATED, 1, 0);
    take(outbox, 0, due);
    outbox_return(outbox, due[0].mark.story);
    assert_true(outbox_any_due(outbox, 1, 1, INTERVAL));
    assert_int_equal(outbox_oldest_ms(outbox, 40), 40);
    assert_int_equal(take(outbox, 1, due), 1);
    outbox_free(outbox);
}

static void the_oldest_unsent_closing_is_known(void **state)
{
    (void)state;
    struct outbox *outbox = outbox_new();
    struct outbox_due due[10];
    assert_true(outbox_oldest_closed(outbox) == UINT64_MAX);
    for (uint64_t i = 1; i < 4; i++) {
        struct outbox_mark mark = mark_of(i, MARK_CLOSED, i);
        mark.changed_offset = 100 * i;
        outbox_put(outbox, &mark, 0);
    }
    assert_int_equal(outbox_oldest_closed(outbox), 100);
    assert_int_equal(take(outbox, 0, due), 3);
    assert_int_equal(outbox_oldest_closed(outbox), 100);
    outbox_sent(outbox, (struct id128){0, 1}, due[0].stamp, 0, 7);
    assert_int_equal(outbox_oldest_closed(outbox), 200);
    assert_int_equal(outbox_closed_sent_ms(outbox, (struct id128){0, 1}), 7);
    outbox_free(outbox);
}

static void old_entries_are_forgotten(void **state)
{
    (void)state;
    struct outbox *outbox = outbox_new();
    struct outbox_due due[10];
    for (uint64_t i = 1; i <= 1000; i++) {
        put(outbox, i, i % 10 == 0 ? MARK_CLOSED : MARK_UPDATED, i, 0);
        assert_int_equal(take(outbox, 0, due), 1);
        outbox_sent(outbox, due[0].mark.story, due[0].stamp, 0, 3);
        outbox_clear(outbox, due[0].mark.story, due[0].stamp);
    }
    for (int i = 0; i < 200; i++) take(outbox, 2 * 3600 * 1000, due);
    assert_int_equal(outbox_closed_sent_ms(outbox, (struct id128){0, 10}), 3); /* until it is dropped */
    outbox_free(outbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_story_is_told_at_once_and_then_once_an_interval),
        cmocka_unit_test(a_change_while_the_message_is_under_way_is_not_cleared),
        cmocka_unit_test(a_mark_set_between_sending_and_clearing_stays),
        cmocka_unit_test(closed_and_merged_go_first_and_do_not_wait),
        cmocka_unit_test(a_tombstone_waits_for_its_time_and_is_not_pending),
        cmocka_unit_test(what_could_not_be_sent_is_due_again),
        cmocka_unit_test(the_oldest_unsent_closing_is_known),
        cmocka_unit_test(old_entries_are_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
