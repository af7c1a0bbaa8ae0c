/* What the production code logs is part of the trace. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "simulation/sim.h"

unsigned sim_refusals;

bool log_enabled(enum log_level level)
{
    return sim_tracing && level != LOG_DEBUG_LEVEL;
}

void log_emit(enum log_level level, const char *message, const struct log_field *fields)
{
    static const char *const names[] = {"error", "warn", "notice", "info", "debug"};
    if (strcmp(message, "partition refused") == 0) sim_refusals++;
    if (!log_enabled(level) || sim_dying()) return;
    char text[512];
    size_t at = (size_t)snprintf(text, sizeof(text), "    %s: %s", names[level], message);
    for (; fields->type != LOG_FIELD_END && at < sizeof(text); fields++) {
        if (fields->type == LOG_FIELD_INT)
            at += (size_t)snprintf(text + at, sizeof(text) - at, " %s=%lld", fields->key,
                                   (long long)fields->value.i);
        else if (fields->type == LOG_FIELD_DOUBLE)
            at += (size_t)snprintf(text + at, sizeof(text) - at, " %s=%g", fields->key, fields->value.d);
        else
            at += (size_t)snprintf(text + at, sizeof(text) - at, " %s=\"%s\"", fields->key,
                                   fields->value.s != NULL ? fields->value.s : "");
    }
    sim_trace("%s", text);
}
