#include <cstdio> // CLD2's header uses FILE without including it

#include <cld2/public/compact_lang_det.h>
#include <cld2/public/encodings.h>

#include "articles/language_cld2.h"

extern "C" const char *language_cld2_detect(const char *text, int len, const char *tld, bool *reliable,
                                            int *percent)
{
    CLD2::CLDHints hints = {nullptr, tld, CLD2::UNKNOWN_ENCODING, CLD2::UNKNOWN_LANGUAGE};
    CLD2::Language top[3];
    int percents[3], bytes;
    double scores[3]; // not optional, whatever the header suggests
    bool is_reliable = false;
    // Ext...: the plain function answers English when it does not know.
    CLD2::Language main = CLD2::ExtDetectLanguageSummary(text, len, true, &hints, 0, top, percents, scores,
                                                         nullptr, &bytes, &is_reliable);
    *reliable = is_reliable;
    *percent = percents[0];
    return CLD2::LanguageCode(main);
}
