#include "consumers/role.h"

const char *role_state_text(enum role_state state)
{
    static const char *const texts[] = {
#define ROLE_STATE_TEXT(id, text) text,
        ROLE_STATES(ROLE_STATE_TEXT)
#undef ROLE_STATE_TEXT
    };
    return texts[state];
}
