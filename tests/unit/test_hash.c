#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/hash.h"

static void hex_text_of_an_id_reads_back(void **state)
{
    (void)state;
    struct id128 id = hash128("newswired", 9), back;
    char hex[ID128_HEX_LEN + 1];
    id128_hex(id, hex);
    assert_true(id128_parse(hex, ID128_HEX_LEN, &back));
    assert_true(id128_equal(id, back));
    uint8_t bytes[ID128_BYTES];
    id128_bytes(id, bytes);
    assert_true(id128_equal(id, id128_from_bytes(bytes)));
}

static void text_that_is_no_id_is_refused(void **state)
{
    (void)state;
    struct id128 id;
    assert_false(id128_parse("abc", 3, &id));
    assert_false(id128_parse("zz345678901234567890123456789012", 32, &id));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hex_text_of_an_id_reads_back),
        cmocka_unit_test(text_that_is_no_id_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
