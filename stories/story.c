#include "stories/story.h"

#include <stdio.h>

const char *story_status_text(enum story_status status)
{
    static const char *const texts[] = {
#define STORY_STATUS_TEXT(id, text) text,
        STORY_STATUSES(STORY_STATUS_TEXT)
#undef STORY_STATUS_TEXT
    };
    return texts[status];
}

const char *story_cause_text(enum story_cause cause)
{
    static const char *const texts[] = {
#define STORY_CAUSE_TEXT(id, text) text,
        STORY_CAUSES(STORY_CAUSE_TEXT)
#undef STORY_CAUSE_TEXT
    };
    return texts[cause];
}

struct id128 story_id(uint32_t generation, const char *language, uint64_t number)
{
    char text[64];
    int len =
        snprintf(text, sizeof(text), "story/%u/%s/%llu", generation, language, (unsigned long long)number);
    return hash128(text, (size_t)len);
}
