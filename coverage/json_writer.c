#include "coverage/json_writer.h"

#include <stdlib.h>
#include <string.h>

#include "articles/fold.h"
#include "articles/utf8.h"
#include "base/alloc.h"
#include "coverage/rfc3339.h"

void json_writer_init(struct json_writer *writer, size_t expected_bytes)
{
    *writer = (struct json_writer){.capacity = expected_bytes < 64 ? 64 : expected_bytes};
    writer->data = nw_realloc(NULL, writer->capacity, 1);
}

void json_writer_fini(struct json_writer *writer)
{
    free(writer->data);
    *writer = (struct json_writer){.data = NULL};
}

void json_writer_reset(struct json_writer *writer)
{
    writer->len = 0;
}

char *json_writer_take(struct json_writer *writer, size_t *len)
{
    char *data = nw_realloc(writer->data, writer->len + 1, 1);
    data[writer->len] = '\0';
    *len = writer->len;
    *writer = (struct json_writer){.data = NULL};
    return data;
}

static void reserve(struct json_writer *writer, size_t more)
{
    if (writer->capacity - writer->len < more)
        writer->data = nw_grow(writer->data, &writer->capacity, writer->len + more, 1);
}

static void put(struct json_writer *writer, const void *bytes, size_t len)
{
    reserve(writer, len);
    memcpy(writer->data + writer->len, bytes, len);
    writer->len += len;
}

/* What comes before a value: a comma unless it is the first one, then its key. */
static void begin(struct json_writer *writer, const char *key)
{
    if (writer->len > 0 && writer->data[writer->len - 1] != '{' && writer->data[writer->len - 1] != '[')
        put(writer, ",", 1);
    if (key == NULL) return;
    put(writer, "\"", 1);
    put(writer, key, strlen(key));
    put(writer, "\":", 2);
}

void json_writer_open(struct json_writer *writer, const char *key, char bracket)
{
    begin(writer, key);
    put(writer, &bracket, 1);
}

void json_writer_close(struct json_writer *writer, char bracket)
{
    put(writer, &bracket, 1);
}

/* Writes one ASCII character that may need an escape. */
static void put_ascii(struct json_writer *writer, char c)
{
    static const char names[] = "btn?fr"; /* 0x08..0x0D; 0x0B has no short form */
    static const char digits[] = "0123456789abcdef";
    if (c == '"' || c == '\\') {
        put(writer, (const char[]){'\\', c}, 2);
    } else if (c >= 0x08 && c <= 0x0D && c != 0x0B) {
        put(writer, (const char[]){'\\', names[c - 0x08]}, 2);
    } else if (c < 0x20) {
        put(writer, (const char[]){'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]}, 6);
    } else {
        put(writer, &c, 1);
    }
}

/* For text that is not UTF-8: what cannot be decoded becomes U+FFFD. */
static void put_mended(struct json_writer *writer, const char *text, size_t len)
{
    for (size_t at = 0; at < len;) {
        size_t start = at;
        int32_t c = fold_next(text, len, &at);
        if (c < 0x80)
            put_ascii(writer, text[start]);
        else if (c == 0xFFFD)
            put(writer, "\xEF\xBF\xBD", 3);
        else
            put(writer, text + start, at - start);
    }
}

static bool needs_escape(unsigned char c)
{
    return c < 0x20 || c == '"' || c == '\\';
}

/* Whether any of eight bytes needs an escape, all tested at once (a zero byte shows as the borrow of a
 * subtraction; Hacker's Delight, 6-1). */
static bool chunk_needs_escape(uint64_t chunk)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = UINT64_C(0x8080808080808080);
    uint64_t quote = chunk ^ ones * '"', backslash = chunk ^ ones * '\\';
    uint64_t found =
        ((chunk - ones * 0x20) & ~chunk) | ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash);
    return (found & tops) != 0;
}

static const char *next_escape(const char *at, const char *end)
{
    uint64_t chunk;
    const char *start = at;
    for (; end - at >= 8; at += 8) {
        memcpy(&chunk, at, sizeof(chunk));
        if (chunk_needs_escape(chunk)) break;
    }
    if (end - at < 8 && end - start >= 8) { /* the rest, with some of what is known to be plain */
        memcpy(&chunk, end - 8, sizeof(chunk));
        if (!chunk_needs_escape(chunk)) return end;
    }
    while (at < end && !needs_escape((unsigned char)*at)) at++;
    return at;
}

static bool is_ascii(const char *text, size_t len)
{
    uint64_t all = 0, chunk;
    size_t at = 0;
    for (; len - at >= 8; at += 8) {
        memcpy(&chunk, text + at, sizeof(chunk));
        all |= chunk;
    }
    for (; at < len; at++) all |= (unsigned char)text[at];
    return (all & UINT64_C(0x8080808080808080)) == 0;
}

static void put_escaped(struct json_writer *writer, const char *text, size_t len)
{
    if (!is_ascii(text, len) && !utf8_valid(text, len)) {
        put_mended(writer, text, len);
        return;
    }
    for (const char *at = text, *end = text + len; at < end;) {
        const char *escape = next_escape(at, end);
        put(writer, at, (size_t)(escape - at));
        at = escape;
        if (at < end) put_ascii(writer, *at++);
    }
}

void json_writer_text(struct json_writer *writer, const char *key, const char *text, size_t max)
{
    size_t len = strlen(text), cut = utf8_cut(text, len, max);
    begin(writer, key);
    reserve(writer, cut + 8);
    put(writer, "\"", 1);
    put_escaped(writer, text, cut);
    if (cut < len) put(writer, "\xE2\x80\xA6", 3);
    put(writer, "\"", 1);
}

static void put_digits(struct json_writer *writer, uint64_t number)
{
    char digits[20];
    size_t i = sizeof(digits);
    do digits[--i] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    put(writer, digits + i, sizeof(digits) - i);
}

void json_writer_number(struct json_writer *writer, const char *key, uint64_t number)
{
    begin(writer, key);
    put_digits(writer, number);
}

void json_writer_signed(struct json_writer *writer, const char *key, int64_t number)
{
    begin(writer, key);
    if (number < 0) put(writer, "-", 1);
    put_digits(writer, number < 0 ? UINT64_C(0) - (uint64_t)number : (uint64_t)number);
}

void json_writer_bool(struct json_writer *writer, const char *key, bool value)
{
    begin(writer, key);
    if (value)
        put(writer, "true", 4);
    else
        put(writer, "false", 5);
}

void json_writer_id(struct json_writer *writer, const char *key, struct id128 id)
{
    char hex[ID128_HEX_LEN + 1];
    id128_hex(id, hex);
    begin(writer, key);
    put(writer, "\"", 1);
    put(writer, hex, ID128_HEX_LEN);
    put(writer, "\"", 1);
}

void json_writer_text_if(struct json_writer *writer, const char *key, const char *text, size_t max)
{
    if (text != NULL && text[0] != '\0') json_writer_text(writer, key, text, max);
}

void json_writer_time_if(struct json_writer *writer, const char *key, int64_t instant_ms)
{
    char text[RFC3339_MAX + 1];
    size_t len = rfc3339_format(instant_ms, text + 1);
    if (len == 0) return;
    begin(writer, key);
    text[0] = '"';
    text[len + 1] = '"';
    put(writer, text, len + 2);
}
