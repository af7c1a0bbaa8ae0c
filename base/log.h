/*
 * log - one line per event worth a line, with typed fields.
 *
 *   log_info("partition restored", log_int("partition", 3), log_int("stories", n));
 *
 * Text (logfmt: key=value, quoted where needed), JSON on demand, journal fields under systemd, named
 * NEWSWIRED_<KEY>; always stderr or the journal, never stdout. A message that comes more often than
 * LOG_BURST times in LOG_WINDOW_MS is held back and counted; the count follows as repeats=N. The sink is
 * process-wide (one of the two allowed globals) and thread-safe. Secrets and article text are never fields
 * above debug level. The core (articles, stories, coverage) does not log: it returns what happened.
 */
#ifndef NW_BASE_LOG_H
#define NW_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(name, label, syslog priority) */
#define LOG_LEVELS(X)                                                                                        \
    X(LOG_ERROR, "error", 3)                                                                                 \
    X(LOG_WARN, "warn", 4)                                                                                   \
    X(LOG_NOTICE_LEVEL, "notice", 5)                                                                         \
    X(LOG_INFO_LEVEL, "info", 6)                                                                             \
    X(LOG_DEBUG_LEVEL, "debug", 7)

/* "_LEVEL" where <syslog.h> has a macro of the plain name. */
enum log_level {
#define LOG_LEVEL_ENUM(name, label, priority) name,
    LOG_LEVELS(LOG_LEVEL_ENUM)
#undef LOG_LEVEL_ENUM
};

/* auto: journal when stderr is the journal, text otherwise. */
enum log_format { LOG_FORMAT_AUTO, LOG_FORMAT_TEXT, LOG_FORMAT_JSON, LOG_FORMAT_JOURNAL };

enum log_field_type { LOG_FIELD_END, LOG_FIELD_INT, LOG_FIELD_DOUBLE, LOG_FIELD_STR };

struct log_field {
    const char *key; /* lower_snake_case, literal */
    enum log_field_type type;
    union {
        int64_t i;
        double d;
        const char *s; /* borrowed for the call; NULL prints as "" */
    } value;
};

static inline struct log_field log_int(const char *key, int64_t value)
{
    return (struct log_field){.key = key, .type = LOG_FIELD_INT, .value.i = value};
}
static inline struct log_field log_double(const char *key, double value)
{
    return (struct log_field){.key = key, .type = LOG_FIELD_DOUBLE, .value.d = value};
}
static inline struct log_field log_str(const char *key, const char *value)
{
    return (struct log_field){.key = key, .type = LOG_FIELD_STR, .value.s = value};
}

/* Before log_init() everything from info up goes to stderr as text. */
void log_init(enum log_level level, enum log_format format);
void log_set_level(enum log_level level);
bool log_enabled(enum log_level level);
/* "info" -> level; false when unknown. */
bool log_level_parse(const char *label, enum log_level *out);

/* fields ends with an element of type LOG_FIELD_END. errno is kept. */
void log_emit(enum log_level level, const char *message, const struct log_field *fields);

/* Debug lines are never held back. */
enum { LOG_BURST = 20, LOG_WINDOW_MS = 10000 };
/* Says how often held-back messages came whose window is over; now_mono_ms INT64_MAX: all of them. The
 * daemon calls it every second and at the end. */
void log_flush_repeats(int64_t now_mono_ms);

/* One line as log_emit() writes it (text or JSON), with its newline; too long a line is cut. For tests too.
 */
size_t log_render(enum log_format format, int64_t wall_ms, enum log_level level, const char *message,
                  const struct log_field *fields, char *out, size_t size);

#define LOG_FIELDS(...) ((const struct log_field[]){__VA_ARGS__ __VA_OPT__(, ){.type = LOG_FIELD_END}})
#define log_error(message, ...) log_emit(LOG_ERROR, message, LOG_FIELDS(__VA_ARGS__))
#define log_warn(message, ...) log_emit(LOG_WARN, message, LOG_FIELDS(__VA_ARGS__))
#define log_notice(message, ...) log_emit(LOG_NOTICE_LEVEL, message, LOG_FIELDS(__VA_ARGS__))
#define log_info(message, ...) log_emit(LOG_INFO_LEVEL, message, LOG_FIELDS(__VA_ARGS__))
#define log_debug(message, ...)                                                                              \
    do {                                                                                                     \
        if (log_enabled(LOG_DEBUG_LEVEL)) log_emit(LOG_DEBUG_LEVEL, message, LOG_FIELDS(__VA_ARGS__));       \
    } while (0)

#endif
