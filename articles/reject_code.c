#include "articles/reject_code.h"

#include <assert.h>

static const struct {
    const char *code, *advice;
} rows[] = {
#define REJECT_ROW(id, code, advice) {code, advice},
    REJECT_CODES(REJECT_ROW)
#undef REJECT_ROW
};

const char *reject_code_text(enum reject_code code)
{
    assert(code < REJECT_CODE_COUNT);
    return rows[code].code;
}

const char *reject_code_advice(enum reject_code code)
{
    assert(code < REJECT_CODE_COUNT);
    return rows[code].advice;
}
