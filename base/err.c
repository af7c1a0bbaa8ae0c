#include "base/err.h"

const char *nw_err_text(enum nw_err err)
{
    static const char *const texts[] = {
#define NW_ERR_TEXT(name, text) text,
        NW_ERRORS(NW_ERR_TEXT)
#undef NW_ERR_TEXT
    };
    unsigned i = (unsigned)err;
    return i < sizeof(texts) / sizeof(texts[0]) ? texts[i] : "unknown error";
}
