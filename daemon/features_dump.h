/*
 * features_dump - a file with records of a features topic, as dump-features writes and replay reads it.
 *
 * "NWFEATS" and a version byte; then per record partition (4 bytes), offset (8), append time in ms
 * (8, INT64_MIN: none), length (4), the bytes; at the end a record of partition -1 whose offset is
 * the number of records before it, so that a cut file is recognised. Numbers are little-endian.
 * Records of one partition are in the order of their offsets.
 */
#ifndef NW_DAEMON_FEATURES_DUMP_H
#define NW_DAEMON_FEATURES_DUMP_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

struct features_dump_record {
    int32_t partition;
    uint64_t offset;
    int64_t append_ms; /* NW_NO_TIME: unknown */
    const uint8_t *bytes;
    size_t len;
};

/* Writing: begin, records, end; NW_ERR_IO when the file does not take it. The caller closes out. */
enum nw_err features_dump_begin(FILE *out) NW_MUST_CHECK;
enum nw_err features_dump_write(FILE *out, const struct features_dump_record *record) NW_MUST_CHECK;
enum nw_err features_dump_end(FILE *out, uint64_t records) NW_MUST_CHECK;

struct features_dump_reader;

/* Borrows in. NW_ERR_CORRUPT: it is no dump; NW_ERR_VERSION; NW_ERR_IO. */
enum nw_err features_dump_open(FILE *in, struct features_dump_reader **out) NW_MUST_CHECK;
void features_dump_close(struct features_dump_reader *reader);
/* The next record, borrowed until the next call. NW_ERR_NOT_FOUND: that was all. NW_ERR_CORRUPT: the file is
 * cut or damaged. */
enum nw_err features_dump_next(struct features_dump_reader *reader,
                               struct features_dump_record *record) NW_MUST_CHECK;

#endif
