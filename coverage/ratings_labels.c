#include "coverage/ratings.h"

#include <assert.h>

enum side bias_side(enum bias bias)
{
    static const enum side sides[] = {
#define BIAS_SIDE(id, json, text, side) side,
        BIAS_LABELS(BIAS_SIDE)
#undef BIAS_SIDE
            SIDE_UNRATED};
    assert(bias <= BIAS_UNRATED);
    return sides[bias];
}

const char *bias_json_name(enum bias bias)
{
    static const char *const names[] = {
#define BIAS_NAME(id, json, text, side) json,
        BIAS_LABELS(BIAS_NAME)
#undef BIAS_NAME
            ""};
    assert(bias <= BIAS_UNRATED);
    return names[bias];
}

const char *side_name(enum side side)
{
    static const char *const names[] = {"left", "center", "right", "unrated"};
    return names[side];
}

const char *factuality_json_name(enum factuality factuality)
{
    static const char *const names[] = {
#define FACTUALITY_NAME(id, json, text) json,
        FACTUALITY_LABELS(FACTUALITY_NAME)
#undef FACTUALITY_NAME
    };
    return names[factuality];
}

const char *ownership_json_name(enum ownership ownership)
{
    static const char *const names[] = {
#define OWNERSHIP_NAME(id, json, text) json,
        OWNERSHIP_LABELS(OWNERSHIP_NAME)
#undef OWNERSHIP_NAME
    };
    return names[ownership];
}
