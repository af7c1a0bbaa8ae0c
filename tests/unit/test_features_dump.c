#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/instant.h"
#include "daemon/features_dump.h"

static const struct features_dump_record records[] = {
    {.partition = 0,
     .offset = 5,
     .append_ms = INT64_C(1760000000000),
     .bytes = (const uint8_t *)"one",
     .len = 3},
    {.partition = 7,
     .offset = UINT64_C(1) << 40,
     .append_ms = NW_NO_TIME,
     .bytes = (const uint8_t *)"",
     .len = 0},
    {.partition = 0, .offset = 6, .append_ms = -1, .bytes = (const uint8_t *)"t\0o", .len = 3},
};
enum { RECORDS = sizeof(records) / sizeof(records[0]) };

static char *write_dump(size_t *len)
{
    char *bytes;
    FILE *out = open_memstream(&bytes, len);
    assert_int_equal(features_dump_begin(out), NW_OK);
    for (size_t i = 0; i < RECORDS; i++) assert_int_equal(features_dump_write(out, &records[i]), NW_OK);
    assert_int_equal(features_dump_end(out, RECORDS), NW_OK);
    fclose(out);
    return bytes;
}

/* Reads all; the error that ended it, and how many records came before. */
static enum nw_err read_dump(char *bytes, size_t len, size_t *count)
{
    struct features_dump_reader *reader;
    struct features_dump_record record;
    FILE *in = fmemopen(bytes, len, "rb");
    *count = 0;
    enum nw_err err = features_dump_open(in, &reader);
    if (err == NW_OK) {
        while ((err = features_dump_next(reader, &record)) == NW_OK) *count += 1;
        features_dump_close(reader);
    }
    fclose(in);
    return err;
}

static void dump_reads_back_as_it_was_written(void **state)
{
    (void)state;
    size_t len;
    char *bytes = write_dump(&len);
    FILE *in = fmemopen(bytes, len, "rb");
    struct features_dump_reader *reader;
    struct features_dump_record record;
    assert_int_equal(features_dump_open(in, &reader), NW_OK);
    for (size_t i = 0; i < RECORDS; i++) {
        assert_int_equal(features_dump_next(reader, &record), NW_OK);
        assert_int_equal(record.partition, records[i].partition);
        assert_int_equal(record.offset, records[i].offset);
        assert_true(record.append_ms == records[i].append_ms);
        assert_int_equal(record.len, records[i].len);
        assert_memory_equal(record.bytes, records[i].bytes, record.len);
    }
    assert_int_equal(features_dump_next(reader, &record), NW_ERR_NOT_FOUND);
    features_dump_close(reader);
    fclose(in);
    free(bytes);
}

static void dump_that_was_cut_anywhere_is_recognised(void **state)
{
    (void)state;
    size_t len, count;
    char *bytes = write_dump(&len);
    assert_int_equal(read_dump(bytes, len, &count), NW_ERR_NOT_FOUND);
    for (size_t cut = 1; cut < len; cut++) assert_int_equal(read_dump(bytes, cut, &count), NW_ERR_CORRUPT);
    free(bytes);
}

static void what_is_no_dump_or_of_another_version_is_told_apart(void **state)
{
    (void)state;
    size_t len, count;
    char *bytes = write_dump(&len);
    bytes[7]++;
    assert_int_equal(read_dump(bytes, len, &count), NW_ERR_VERSION);
    bytes[0] = '{';
    assert_int_equal(read_dump(bytes, len, &count), NW_ERR_CORRUPT);
    free(bytes);
}

static void length_that_no_record_has_is_not_allocated(void **state)
{
    (void)state;
    size_t len, count;
    char *bytes = write_dump(&len);
    memset(bytes + 8 + 20, 0x7f, 4);
    assert_int_equal(read_dump(bytes, len, &count), NW_ERR_CORRUPT);
    assert_int_equal(count, 0);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dump_reads_back_as_it_was_written),
        cmocka_unit_test(dump_that_was_cut_anywhere_is_recognised),
        cmocka_unit_test(what_is_no_dump_or_of_another_version_is_told_apart),
        cmocka_unit_test(length_that_no_record_has_is_not_allocated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
