#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#include "stories/tag_table.h"

enum { TAGS = 40, SLOTS = 30, STEPS = 200000 };

static size_t hits(const struct tag_table *table, uint32_t tag, uint32_t slot)
{
    size_t count = 0;
    for (struct tag_cursor c = tag_table_first(table, tag); c.entry != NULL; c = tag_table_next(table, c))
        if (c.entry->tag == tag && c.entry->slot == slot) count++;
    return count;
}

/* Against a plain matrix of counts; few tags with shared home bits, so that runs grow together. */
static void behaves_like_a_multimap(void **state)
{
    (void)state;
    const char *given = getenv("NEWSWIRED_SEED");
    unsigned seed = given != NULL ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    printf("NEWSWIRED_SEED=%u\n", seed);
    srand(seed);
    static size_t expected[TAGS][SLOTS];
    struct tag_table table;
    tag_table_init(&table, UINT32_C(0xffff0000));
    assert_null(tag_table_first(&table, 5).entry);
    size_t total = 0;
    for (int step = 0; step < STEPS; step++) {
        uint32_t i = (uint32_t)rand() % TAGS, slot = (uint32_t)rand() % SLOTS;
        uint32_t tag = (i / 4) << 16 | i % 4;
        if (expected[i][slot] > 0 && rand() % 2 == 0) {
            tag_table_remove(&table, tag, slot);
            expected[i][slot]--;
            total--;
        } else if (total < 500) {
            tag_table_add(&table, tag, slot);
            expected[i][slot]++;
            total++;
        }
        assert_int_equal(hits(&table, tag, slot), expected[i][slot]);
    }
    for (uint32_t i = 0; i < TAGS; i++)
        for (uint32_t slot = 0; slot < SLOTS; slot++)
            assert_int_equal(hits(&table, (i / 4) << 16 | i % 4, slot), expected[i][slot]);
    assert_int_equal(table.count, total);
    tag_table_fini(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(behaves_like_a_multimap)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
