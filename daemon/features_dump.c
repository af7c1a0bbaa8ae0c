#include "daemon/features_dump.h"

#include <stdlib.h>
#include <string.h>

#include "articles/features_record.h"
#include "base/alloc.h"
#include "base/instant.h"

enum { DUMP_VERSION = 1, START_BYTES = 8, RECORD_HEAD_BYTES = 24, END_PARTITION = -1 };

static const char magic[START_BYTES - 1] = {'N', 'W', 'F', 'E', 'A', 'T', 'S'};

struct features_dump_reader {
    FILE *in;
    uint64_t records;
    uint8_t *bytes;
};

static void put_number(uint8_t *to, unsigned bytes, uint64_t number)
{
    for (unsigned i = 0; i < bytes; i++) to[i] = (uint8_t)(number >> (8 * i));
}

static uint64_t get_number(const uint8_t *from, unsigned bytes)
{
    uint64_t number = 0;
    for (unsigned i = 0; i < bytes; i++) number |= (uint64_t)from[i] << (8 * i);
    return number;
}

static enum nw_err put(FILE *out, const void *bytes, size_t len)
{
    return fwrite(bytes, 1, len, out) == len ? NW_OK : NW_ERR_IO;
}

enum nw_err features_dump_begin(FILE *out)
{
    char start[START_BYTES];
    memcpy(start, magic, sizeof(magic));
    start[START_BYTES - 1] = DUMP_VERSION;
    return put(out, start, sizeof(start));
}

enum nw_err features_dump_write(FILE *out, const struct features_dump_record *record)
{
    uint8_t head[RECORD_HEAD_BYTES];
    put_number(head, 4, (uint32_t)record->partition);
    put_number(head + 4, 8, record->offset);
    put_number(head + 12, 8, (uint64_t)record->append_ms);
    put_number(head + 20, 4, record->len);
    enum nw_err err = put(out, head, sizeof(head));
    return err == NW_OK && record->len > 0 ? put(out, record->bytes, record->len) : err;
}

enum nw_err features_dump_end(FILE *out, uint64_t records)
{
    const struct features_dump_record end = {
        .partition = END_PARTITION, .offset = records, .append_ms = NW_NO_TIME};
    enum nw_err err = features_dump_write(out, &end);
    return err == NW_OK && fflush(out) != 0 ? NW_ERR_IO : err;
}

static enum nw_err get(FILE *in, void *bytes, size_t len)
{
    if (fread(bytes, 1, len, in) == len) return NW_OK;
    return ferror(in) ? NW_ERR_IO : NW_ERR_CORRUPT;
}

enum nw_err features_dump_open(FILE *in, struct features_dump_reader **out)
{
    char start[START_BYTES];
    enum nw_err err = get(in, start, sizeof(start));
    if (err != NW_OK) return err;
    if (memcmp(start, magic, sizeof(magic)) != 0) return NW_ERR_CORRUPT;
    if (start[START_BYTES - 1] != DUMP_VERSION) return NW_ERR_VERSION;
    struct features_dump_reader *reader = nw_calloc(1, sizeof(*reader));
    reader->in = in;
    reader->bytes = nw_calloc(1, FEATURES_RECORD_MAX_BYTES);
    *out = reader;
    return NW_OK;
}

void features_dump_close(struct features_dump_reader *reader)
{
    if (reader == NULL) return;
    free(reader->bytes);
    free(reader);
}

enum nw_err features_dump_next(struct features_dump_reader *reader, struct features_dump_record *record)
{
    uint8_t head[RECORD_HEAD_BYTES];
    enum nw_err err = get(reader->in, head, sizeof(head));
    if (err != NW_OK) return err;
    struct features_dump_record next = {
        .partition = (int32_t)get_number(head, 4),
        .offset = get_number(head + 4, 8),
        .append_ms = (int64_t)get_number(head + 12, 8),
        .bytes = reader->bytes,
        .len = (size_t)get_number(head + 20, 4),
    };
    if (next.partition == END_PARTITION)
        return next.offset == reader->records && next.len == 0 && fgetc(reader->in) == EOF ? NW_ERR_NOT_FOUND
                                                                                           : NW_ERR_CORRUPT;
    if (next.partition < 0 || next.len > FEATURES_RECORD_MAX_BYTES) return NW_ERR_CORRUPT;
    err = get(reader->in, reader->bytes, next.len);
    if (err != NW_OK) return err;
    reader->records++;
    *record = next;
    return NW_OK;
}
