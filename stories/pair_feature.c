#include "stories/pair_feature.h"

const char *pair_feature_name(enum pair_feature feature)
{
    static const char *const names[] = {
#define PAIR_FEATURE_NAME(id, name) name,
        PAIR_FEATURES(PAIR_FEATURE_NAME)
#undef PAIR_FEATURE_NAME
    };
    return names[feature];
}
