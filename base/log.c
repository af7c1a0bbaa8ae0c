#include "base/log.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "base/clock.h"
#include "base/hash.h"

enum { LINE_MAX_BYTES = 8192, JOURNAL_FIELDS_MAX = 24, REPEAT_SLOTS = 64 };

static _Atomic int sink_level = LOG_INFO_LEVEL;
static _Atomic int sink_format = LOG_FORMAT_TEXT;

static const struct {
    const char *label;
    int priority;
} levels[] = {
#define LOG_LEVEL_ROW(name, label, priority) {label, priority},
    LOG_LEVELS(LOG_LEVEL_ROW)
#undef LOG_LEVEL_ROW
};

/* A message that came often; keyed by its hash, the oldest slot of a collision is given up. */
struct repeat {
    uint64_t hash;
    int64_t window_start_mono_ms;
    uint64_t seen, held_back;
    enum log_level level;
    char message[160];
};
static struct repeat repeats[REPEAT_SLOTS];
static pthread_mutex_t repeats_lock = PTHREAD_MUTEX_INITIALIZER;

/* $JOURNAL_STREAM is "device:inode" of the socket systemd gave as stderr (systemd.exec(5)). */
static bool stderr_is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    unsigned long long device, inode;
    struct stat info;
    return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 && fstat(STDERR_FILENO, &info) == 0 &&
           info.st_dev == device && info.st_ino == inode;
}

void log_init(enum log_level level, enum log_format format)
{
    log_set_level(level);
    if (format == LOG_FORMAT_AUTO) format = stderr_is_journal() ? LOG_FORMAT_JOURNAL : LOG_FORMAT_TEXT;
    sink_format = (int)format;
}

void log_set_level(enum log_level level)
{
    sink_level = (int)level;
}

bool log_enabled(enum log_level level)
{
    return (int)level <= sink_level;
}

bool log_level_parse(const char *label, enum log_level *out)
{
    for (unsigned i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
        if (strcmp(label, levels[i].label) == 0) {
            *out = (enum log_level)i;
            return true;
        }
    return false;
}

/* A line under construction; what does not fit is left out and the line ends with "...". */
struct line {
    char *text;
    size_t size, used;
    bool cut;
};

static void put(struct line *line, const char *bytes, size_t len)
{
    if (line->cut || line->used + len + sizeof("...\n") > line->size) {
        line->cut = true;
        return;
    }
    memcpy(line->text + line->used, bytes, len);
    line->used += len;
}

static void put_text(struct line *line, const char *text)
{
    put(line, text, strlen(text));
}

/* The length of the valid UTF-8 sequence at s, 0 when there is none. Overlong forms and surrogates count as
 * none. */
static size_t utf8_length(const unsigned char *s)
{
    size_t len = s[0] < 0x80                   ? 1
                 : s[0] >= 0xC2 && s[0] < 0xE0 ? 2
                 : (s[0] & 0xF0) == 0xE0       ? 3
                 : s[0] >= 0xF0 && s[0] < 0xF5 ? 4
                                               : 0;
    for (size_t i = 1; i < len; i++)
        if ((s[i] & 0xC0) != 0x80) return 0;
    if (len == 3 && ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F))) return 0;
    if (len == 4 && ((s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] > 0x8F))) return 0;
    return len;
}

/* With JSON's escapes, which a reader of logfmt understands as well; bad bytes become U+FFFD, so that
 * neither a forged line nor a terminal sequence gets through. */
static void put_escaped(struct line *line, const char *text)
{
    for (const unsigned char *s = (const unsigned char *)text; *s;) {
        char escape[8];
        size_t len = utf8_length(s);
        bool c1 = len == 2 && s[0] == 0xC2 && s[1] < 0xA0; /* control characters above ASCII */
        if (len == 0) {
            put_text(line, "\xEF\xBF\xBD");
        } else if (*s == '"' || *s == '\\') {
            put(line, (char[]){'\\', (char)*s}, 2);
        } else if (*s == '\n') {
            put_text(line, "\\n");
        } else if (*s < 0x20 || *s == 0x7F || c1) {
            snprintf(escape, sizeof(escape), "\\u%04x", c1 ? s[1] : s[0]);
            put_text(line, escape);
        } else {
            put(line, (const char *)s, len);
        }
        s += len ? len : 1;
    }
}

static bool needs_quotes(const char *text)
{
    if (!*text) return true;
    for (const unsigned char *s = (const unsigned char *)text; *s; s++)
        if (*s <= ' ' || *s == '"' || *s == '=' || *s == '\\' || *s >= 0x7F) return true;
    return false;
}

static void put_quoted(struct line *line, const char *text)
{
    put_text(line, "\"");
    put_escaped(line, text);
    put_text(line, "\"");
}

static void put_number(struct line *line, const struct log_field *field, bool json)
{
    char number[40];
    if (field->type == LOG_FIELD_INT)
        snprintf(number, sizeof(number), "%" PRId64, field->value.i);
    else if (json && !isfinite(field->value.d))
        snprintf(number, sizeof(number), "null");
    else
        snprintf(number, sizeof(number), "%.6g", field->value.d);
    put_text(line, number);
}

static void put_fields_text(struct line *line, const struct log_field *fields)
{
    for (; fields->type != LOG_FIELD_END; fields++) {
        const char *text = fields->type == LOG_FIELD_STR && fields->value.s ? fields->value.s : "";
        put_text(line, " ");
        put_text(line, fields->key);
        put_text(line, "=");
        if (fields->type != LOG_FIELD_STR)
            put_number(line, fields, false);
        else if (needs_quotes(text))
            put_quoted(line, text);
        else
            put_text(line, text);
    }
}

static void put_time(struct line *line, int64_t wall_ms)
{
    char text[40];
    struct tm tm;
    time_t seconds = (time_t)(wall_ms / 1000);
    gmtime_r(&seconds, &tm);
    size_t len = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(text + len, sizeof(text) - len, ".%03dZ", (int)(wall_ms % 1000));
    put_text(line, text);
}

static void put_json(struct line *line, int64_t wall_ms, enum log_level level, const char *message,
                     const struct log_field *fields)
{
    put_text(line, "{\"time\":\"");
    put_time(line, wall_ms);
    put_text(line, "\",\"level\":\"");
    put_text(line, levels[level].label);
    put_text(line, "\",\"message\":");
    put_quoted(line, message);
    for (; fields->type != LOG_FIELD_END; fields++) {
        size_t before = line->used;
        put_text(line, ",\"");
        put_text(line, fields->key);
        put_text(line, "\":");
        if (fields->type == LOG_FIELD_STR)
            put_quoted(line, fields->value.s ? fields->value.s : "");
        else
            put_number(line, fields, true);
        if (line->cut) { /* still an object: without the field that did not fit, nor those behind it */
            line->used = before;
            line->cut = false;
            break;
        }
    }
    put_text(line, "}");
}

size_t log_render(enum log_format format, int64_t wall_ms, enum log_level level, const char *message,
                  const struct log_field *fields, char *out, size_t size)
{
    struct line line = {.text = out, .size = size};
    if (format == LOG_FORMAT_JSON) {
        put_json(&line, wall_ms, level, message, fields);
    } else {
        char label[16];
        put_time(&line, wall_ms);
        snprintf(label, sizeof(label), " %-6s ", levels[level].label);
        put_text(&line, label);
        put_escaped(&line, message);
        put_fields_text(&line, fields);
    }
    if (line.cut) memcpy(out + line.used, "...", 3), line.used += 3;
    out[line.used++] = '\n';
    return line.used;
}

/* NEWSWIRED_KEY=value for one field; the text lives in *line. */
static struct iovec journal_field(struct line *line, const struct log_field *field)
{
    size_t start = line->used;
    put_text(line, "NEWSWIRED_");
    for (const char *key = field->key; *key; key++) {
        char upper = *key >= 'a' && *key <= 'z' ? (char)(*key - 'a' + 'A') : *key;
        put(line, &upper, 1);
    }
    put_text(line, "=");
    if (field->type == LOG_FIELD_STR)
        put_text(line, field->value.s ? field->value.s : "");
    else
        put_number(line, field, false);
    return (struct iovec){line->text + start, line->used - start};
}

/* MESSAGE holds the fields too, so that `journalctl -o cat` reads like the terminal. */
static void send_journal(enum log_level level, const char *message, const struct log_field *fields)
{
    char text[LINE_MAX_BYTES], extra[LINE_MAX_BYTES], priority[16];
    struct line line = {.text = text, .size = sizeof(text)}, more = {.text = extra, .size = sizeof(extra)};
    struct iovec parts[JOURNAL_FIELDS_MAX];
    static const char identifier[] = "SYSLOG_IDENTIFIER=newswired";
    int count = 0;
    put_text(&line, "MESSAGE=");
    put_escaped(&line, message);
    put_fields_text(&line, fields);
    parts[count++] = (struct iovec){text, line.used};
    int len = snprintf(priority, sizeof(priority), "PRIORITY=%d", levels[level].priority);
    parts[count++] = (struct iovec){priority, (size_t)len};
    memcpy(extra, identifier, sizeof(identifier) - 1);
    more.used = sizeof(identifier) - 1;
    parts[count++] = (struct iovec){extra, more.used};
    for (; fields->type != LOG_FIELD_END && count < JOURNAL_FIELDS_MAX; fields++) {
        struct iovec part = journal_field(&more, fields);
        if (more.cut) break;
        parts[count++] = part;
    }
    (void)sd_journal_sendv(parts, count);
}

static void write_out(enum log_level level, const char *message, const struct log_field *fields)
{
    int saved = errno;
    enum log_format format = (enum log_format)sink_format;
    if (format == LOG_FORMAT_JOURNAL) {
        send_journal(level, message, fields);
    } else {
        char line[LINE_MAX_BYTES];
        size_t len = log_render(format, clock_wall_ms(), level, message, fields, line, sizeof(line));
        /* One write a line: threads do not mix, and there is no buffer to lose at a crash. */
        for (size_t done = 0; done < len;) {
            ssize_t n = write(STDERR_FILENO, line + done, len - done);
            if (n < 0 && errno != EINTR) break;
            if (n > 0) done += (size_t)n;
        }
    }
    errno = saved;
}

/* Empties a slot into *out; false when nothing was held back. The lock is held. */
static bool take_repeat(struct repeat *slot, struct repeat *out)
{
    *out = *slot;
    slot->hash = 0;
    return out->hash && out->held_back > 0;
}

static void say_repeat(const struct repeat *repeat)
{
    write_out(repeat->level, repeat->message, LOG_FIELDS(log_int("repeats", (int64_t)repeat->held_back)));
}

/* Whether this one is held back. *ended gets what the slot held before, when its window was over. */
static bool hold_back(enum log_level level, const char *message, struct repeat *ended, bool *has_ended)
{
    size_t len = strlen(message);
    uint64_t hash = hash64(message, len) | 1; /* 0: an empty slot */
    int64_t now = clock_mono_ms();
    pthread_mutex_lock(&repeats_lock);
    struct repeat *slot = &repeats[(hash >> 1) % REPEAT_SLOTS];
    if (slot->hash != hash || now - slot->window_start_mono_ms >= LOG_WINDOW_MS) {
        *has_ended = take_repeat(slot, ended);
        *slot = (struct repeat){.hash = hash, .window_start_mono_ms = now, .level = level};
        snprintf(slot->message, sizeof(slot->message), "%s", message);
    }
    bool held = ++slot->seen > LOG_BURST;
    slot->held_back += held;
    pthread_mutex_unlock(&repeats_lock);
    return held;
}

void log_emit(enum log_level level, const char *message, const struct log_field *fields)
{
    if (!log_enabled(level)) return;
    struct repeat ended;
    bool has_ended = false, held = level != LOG_DEBUG_LEVEL && hold_back(level, message, &ended, &has_ended);
    if (has_ended) say_repeat(&ended);
    if (!held) write_out(level, message, fields);
}

void log_flush_repeats(int64_t now_mono_ms)
{
    for (size_t i = 0; i < REPEAT_SLOTS; i++) {
        struct repeat ended;
        pthread_mutex_lock(&repeats_lock);
        bool over =
            repeats[i].held_back > 0 &&
            (now_mono_ms == INT64_MAX || now_mono_ms - repeats[i].window_start_mono_ms >= LOG_WINDOW_MS);
        bool has = over && take_repeat(&repeats[i], &ended);
        pthread_mutex_unlock(&repeats_lock);
        if (has) say_repeat(&ended);
    }
}
