#include "coverage/rfc3339.h"

#define DAY_MS INT64_C(86400000)
#define YEAR_0_MS INT64_C(-62167219200000)
#define YEAR_10000_MS INT64_C(253402300800000)

static char *digits(char *at, uint32_t value, unsigned count)
{
    for (unsigned i = count; i-- > 0; value /= 10) at[i] = (char)('0' + value % 10);
    return at + count;
}

/* days: since 1 March of the year -400, so that nothing is negative. */
static char *date(char *at, uint32_t days)
{
    uint32_t era = days / 146097, day_of_era = days % 146097; /* an era is 400 years */
    uint32_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    uint32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    uint32_t from_march = (5 * day_of_year + 2) / 153;
    uint32_t day = day_of_year - (153 * from_march + 2) / 5 + 1;
    uint32_t month = from_march < 10 ? from_march + 3 : from_march - 9;
    uint32_t year = era * 400 + year_of_era + (month <= 2 ? 1 : 0) - 400;
    at = digits(at, year, 4);
    *at++ = '-';
    at = digits(at, month, 2);
    *at++ = '-';
    return digits(at, day, 2);
}

size_t rfc3339_format(int64_t instant_ms, char out[RFC3339_MAX])
{
    if (instant_ms < YEAR_0_MS || instant_ms >= YEAR_10000_MS) return 0;
    int64_t since_march_ms = instant_ms - YEAR_0_MS + (146097 - 60) * DAY_MS;
    uint32_t ms = (uint32_t)(since_march_ms % DAY_MS);
    char *at = date(out, (uint32_t)(since_march_ms / DAY_MS));
    *at++ = 'T';
    at = digits(at, ms / 3600000, 2);
    *at++ = ':';
    at = digits(at, ms / 60000 % 60, 2);
    *at++ = ':';
    at = digits(at, ms / 1000 % 60, 2);
    if (ms % 1000 != 0) {
        *at++ = '.';
        at = digits(at, ms % 1000, 3);
    }
    *at++ = 'Z';
    *at = '\0';
    return (size_t)(at - out);
}
