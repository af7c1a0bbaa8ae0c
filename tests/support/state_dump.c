#include "support/state_dump.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

void state_dump_add(struct state_dump *dump, const char *what, const char *key, const void *bytes, size_t len)
{
    const uint8_t *byte = bytes;
    size_t room = strlen(what) + strlen(key) + 2 * len + 4;
    char *line = nw_calloc(1, room);
    int at = snprintf(line, room, "%s %s ", what, key);
    for (size_t i = 0; i < len; i++, at += 2) snprintf(line + at, 3, "%02x", byte[i]);
    dump->lines = nw_grow(dump->lines, &dump->capacity, dump->count + 1, sizeof(*dump->lines));
    dump->lines[dump->count++] = line;
}

void state_dump_source(struct state_dump *dump, const char *domain, const struct source_delta *sum)
{
    char text[200];
    snprintf(text, sizeof(text), "%.60s %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64, domain, sum->articles,
             sum->stories, sum->firsts, sum->last_seen_ms);
    state_dump_add(dump, "source", text, NULL, 0);
}

void state_dump_totals(struct state_dump *dump, const struct partition_totals *totals)
{
    char text[200];
#define TOTAL_LINE(name)                                                                                     \
    snprintf(text, sizeof(text), #name " %" PRId64, totals->name);                                           \
    state_dump_add(dump, "total", text, NULL, 0);
    PARTITION_TOTALS(TOTAL_LINE)
#undef TOTAL_LINE
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char *state_dump_text(struct state_dump *dump)
{
    if (dump->count > 0) qsort(dump->lines, dump->count, sizeof(*dump->lines), by_text);
    size_t room = 1, at = 0;
    for (size_t i = 0; i < dump->count; i++) room += strlen(dump->lines[i]) + 1;
    char *text = nw_calloc(1, room);
    for (size_t i = 0; i < dump->count; i++) {
        at += (size_t)snprintf(text + at, room - at, "%s\n", dump->lines[i]);
        free(dump->lines[i]);
    }
    free(dump->lines);
    *dump = (struct state_dump){0};
    return text;
}
