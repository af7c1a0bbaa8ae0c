/* Any bytes as a features dump: read to its end or refused. */
#include <stdint.h>
#include <stdio.h>

#include "daemon/features_dump.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct features_dump_reader *reader;
    struct features_dump_record record;
    if (size == 0) return 0;
    FILE *in = fmemopen((void *)(uintptr_t)data, size, "rb");
    if (features_dump_open(in, &reader) == NW_OK) {
        uint8_t sum = 0;
        while (features_dump_next(reader, &record) == NW_OK)
            for (size_t i = 0; i < record.len; i++) sum = (uint8_t)(sum + record.bytes[i]);
        features_dump_close(reader);
        volatile uint8_t used = sum;
        (void)used;
    }
    fclose(in);
    return 0;
}
