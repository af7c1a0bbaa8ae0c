#include "articles/event_time.h"

#include <string.h>
#include <strings.h>

#define TIME_MIN_MS INT64_C(-62167219200000)       /* 0000-01-01T00:00:00Z */
#define TIME_MAX_MS INT64_C(253402300799999)       /* 9999-12-31T23:59:59.999Z */
#define ZERO_TIMES_END_MS INT64_C(-62104060800000) /* 0002-01-01T00:00:00Z */
#define SECONDS_BELOW 1e11

enum { DAY_SECONDS = 86400, EPOCH_DIGITS_MIN = 9 };

/* The text still to be read. */
struct cursor {
    const char *at, *end;
};

struct civil {
    int year, month, day, hour, minute, second, ms;
    int offset_minutes; /* east of UTC */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static size_t left(const struct cursor *c)
{
    return (size_t)(c->end - c->at);
}

static bool accept(struct cursor *c, char wanted)
{
    if (c->at == c->end || *c->at != wanted) return false;
    c->at++;
    return true;
}

static void skip_spaces(struct cursor *c)
{
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\t')) c->at++;
}

/* Exactly `digits` digits. */
static bool number(struct cursor *c, size_t digits, int *out)
{
    if (left(c) < digits) return false;
    int value = 0;
    for (size_t i = 0; i < digits; i++) {
        if (!is_digit(c->at[i])) return false;
        value = value * 10 + (c->at[i] - '0');
    }
    c->at += digits;
    *out = value;
    return true;
}

static size_t digit_run(const struct cursor *c)
{
    size_t n = 0;
    while (c->at + n < c->end && is_digit(c->at[n])) n++;
    return n;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

/* Days since 1970-01-01 in the proleptic Gregorian calendar; years begin in March here, so that the
 * leap day is the last one (the method of Howard Hinnant's "chrono-compatible low-level date algorithms"). */
static int64_t days_from_civil(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static bool civil_to_ms(const struct civil *c, int64_t *out)
{
    if (c->month < 1 || c->month > 12 || c->day < 1 || c->day > days_in_month(c->year, c->month))
        return false;
    bool end_of_day = c->hour == 24 && c->minute == 0 && c->second == 0 && c->ms == 0;
    if ((c->hour > 23 && !end_of_day) || c->minute > 59 || c->second > 60)
        return false; /* 60: a leap second */
    int64_t seconds = days_from_civil(c->year, c->month, c->day) * DAY_SECONDS + c->hour * 3600 +
                      c->minute * 60 + c->second - (int64_t)c->offset_minutes * 60;
    int64_t ms = seconds * 1000 + c->ms;
    if (ms < TIME_MIN_MS || ms > TIME_MAX_MS) return false;
    *out = ms;
    return true;
}

/* "+02:00", "+0200", "+02". */
static bool numeric_zone(struct cursor *c, int *offset)
{
    int sign = accept(c, '+') ? 1 : accept(c, '-') ? -1 : 0;
    int hours, minutes = 0;
    if (sign == 0 || !number(c, 2, &hours)) return false;
    if (accept(c, ':') || digit_run(c) > 0)
        if (!number(c, 2, &minutes)) return false;
    if (hours > 23 || minutes > 59) return false;
    *offset = sign * (hours * 60 + minutes);
    return true;
}

/* RFC 822's names; a military letter means UTC (RFC 2822 4.3). */
static bool named_zone(struct cursor *c, int *offset)
{
    static const struct {
        const char name[5];
        int hours;
    } zones[] = {{"UTC", 0},  {"GMT", 0},  {"UT", 0},   {"EST", -5}, {"EDT", -4}, {"CST", -6},
                 {"CDT", -5}, {"MST", -7}, {"MDT", -6}, {"PST", -8}, {"PDT", -7}, {"CET", 1},
                 {"CEST", 2}, {"BST", 1},  {"EET", 2},  {"EEST", 3}, {"IST", 5},  {"JST", 9}};
    size_t n = 0;
    while (c->at + n < c->end && is_letter(c->at[n])) n++;
    if (n == 1) {
        c->at++;
        *offset = 0;
        return true;
    }
    for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
        if (strlen(zones[i].name) != n || strncasecmp(zones[i].name, c->at, n) != 0) continue;
        c->at += n;
        *offset = zones[i].hours * 60 + (strcmp(zones[i].name, "IST") == 0 ? 30 : 0);
        return true;
    }
    return false;
}

/* What follows the time of day: nothing (UTC), a zone, or Go's "+0000 UTC". */
static bool zone_to_end(struct cursor *c, int *offset)
{
    *offset = 0;
    skip_spaces(c);
    if (c->at < c->end && (*c->at == '+' || *c->at == '-')) {
        int ignored;
        if (!numeric_zone(c, offset)) return false;
        skip_spaces(c);
        if (c->at < c->end && is_letter(*c->at) && !named_zone(c, &ignored)) return false;
    } else if (c->at < c->end && !named_zone(c, offset)) {
        return false;
    }
    skip_spaces(c);
    return c->at == c->end;
}

/* "12:00", "12:00:05.123", "120005"; digits past the millisecond are cut off. */
static bool time_of_day(struct cursor *c, struct civil *out)
{
    if (!number(c, 2, &out->hour)) return false;
    bool extended = accept(c, ':');
    if (!number(c, 2, &out->minute)) return false;
    if (extended ? accept(c, ':') : digit_run(c) > 0)
        if (!number(c, 2, &out->second)) return false;
    if (accept(c, '.') || accept(c, ',')) {
        size_t digits = digit_run(c);
        if (digits == 0) return false;
        for (size_t i = 0, scale = 100; i < 3; i++, scale /= 10)
            if (i < digits) out->ms += (c->at[i] - '0') * (int)scale;
        c->at += digits;
    }
    return true;
}

static bool finish(const struct civil *civil, bool is_day, struct event_time *out)
{
    out->is_day = is_day;
    return civil_to_ms(civil, &out->ms);
}

static bool parse_iso(struct cursor c, struct event_time *out)
{
    struct civil civil = {0};
    if (!number(&c, 4, &civil.year)) return false;
    bool extended = accept(&c, '-');
    if (!number(&c, 2, &civil.month)) return false;
    if (extended && !accept(&c, '-')) return false;
    if (!number(&c, 2, &civil.day)) return false;
    if (c.at == c.end) return finish(&civil, true, out);
    if (accept(&c, 'T') || accept(&c, 't')) {
        /* as RFC 3339 has it */
    } else {
        const char *before = c.at;
        skip_spaces(&c);
        /* "20251009120000" has nothing between the two */
        if (c.at == before && (extended || digit_run(&c) != 6)) return false;
    }
    if (!time_of_day(&c, &civil) || !zone_to_end(&c, &civil.offset_minutes)) return false;
    return finish(&civil, false, out);
}

static bool month_name(struct cursor *c, int *month)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    if (left(c) < 3) return false;
    for (int i = 0; i < 12; i++) {
        if (strncasecmp(c->at, names + 3 * i, 3) != 0) continue;
        *month = i + 1;
        while (c->at < c->end && is_letter(*c->at)) c->at++; /* "October" is not RFC 822, but is seen */
        return true;
    }
    return false;
}

/* "Thu, 09 Oct 2025 12:00:00 GMT", also with a two-digit year or only the day. */
static bool parse_rfc822(struct cursor c, struct event_time *out)
{
    struct civil civil = {0};
    if (c.at < c.end && is_letter(*c.at)) {
        while (c.at < c.end && is_letter(*c.at)) c.at++;
        accept(&c, ',');
        skip_spaces(&c);
    }
    size_t day_digits = digit_run(&c);
    if (day_digits == 0 || day_digits > 2 || !number(&c, day_digits, &civil.day)) return false;
    skip_spaces(&c);
    if (!month_name(&c, &civil.month)) return false;
    skip_spaces(&c);
    size_t year_digits = digit_run(&c);
    if ((year_digits != 2 && year_digits != 4) || !number(&c, year_digits, &civil.year)) return false;
    if (year_digits == 2) civil.year += civil.year < 50 ? 2000 : 1900;
    skip_spaces(&c);
    if (c.at == c.end) return finish(&civil, true, out);
    if (!time_of_day(&c, &civil) || !zone_to_end(&c, &civil.offset_minutes)) return false;
    return finish(&civil, false, out);
}

/* Only digits, perhaps with a sign and a fraction. Nine at least: "2025" is a year, no epoch time. */
static bool parse_epoch(struct cursor c, struct event_time *out)
{
    double sign = accept(&c, '-') ? -1.0 : 1.0;
    size_t digits = digit_run(&c);
    if (digits < EPOCH_DIGITS_MIN || digits > 17) return false;
    double value = 0;
    for (; digits > 0; digits--) value = value * 10 + (*c.at++ - '0');
    if (accept(&c, '.'))
        for (double scale = 0.1; c.at < c.end && is_digit(*c.at); scale /= 10)
            value += (*c.at++ - '0') * scale;
    if (c.at != c.end) return false;
    return event_time_from_number(sign * value, out) == NW_OK;
}

bool event_time_is_zero(const struct event_time *time)
{
    return time->ms < ZERO_TIMES_END_MS;
}

enum nw_err event_time_parse(const char *text, size_t len, struct event_time *out)
{
    struct cursor c = {text, text + len};
    while (c.at < c.end && strchr(" \t\r\n", *c.at) != NULL && *c.at != '\0') c.at++;
    while (c.end > c.at && strchr(" \t\r\n", c.end[-1]) != NULL && c.end[-1] != '\0') c.end--;
    struct event_time parsed;
    if (!parse_iso(c, &parsed) && !parse_epoch(c, &parsed) && !parse_rfc822(c, &parsed)) return NW_ERR_INPUT;
    *out = parsed;
    return NW_OK;
}

enum nw_err event_time_from_number(double number, struct event_time *out)
{
    double ms = number > -SECONDS_BELOW && number < SECONDS_BELOW ? number * 1000 : number;
    if (!(ms >= (double)TIME_MIN_MS && ms <= (double)TIME_MAX_MS)) return NW_ERR_INPUT; /* also NaN */
    /* Half a millisecond is added towards away from zero, so that 1.001 s is 1001 ms. */
    out->ms = (int64_t)(ms + (ms < 0 ? -0.5 : 0.5));
    out->is_day = false;
    return NW_OK;
}
