#include "articles/language.h"

#include <stdint.h>
#include <string.h>

#include "articles/fold.h"
#include "articles/language_cld2.h"

enum {
    DETECT_BYTES = 640, /* of title, description and body: more costs time and changes little */
    SCRIPT_BYTES = 160, /* looked at to see whether a declared language can be true */
    SURE_PERCENT = 60,
};

/* ISO codes (and CLD2's) that mean the same readers. */
static const char *same_readers(const char *code)
{
    static const char *const pairs[][2] = {
        {"iw", "he"}, {"in", "id"}, {"ji", "yi"}, {"jw", "jv"},  {"mo", "ro"},
        {"nb", "no"}, {"nn", "no"}, {"sh", "sr"}, {"fil", "tl"}, {"un", LANGUAGE_UNKNOWN}};
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
        if (strcmp(pairs[i][0], code) == 0) return pairs[i][1];
    return code;
}

/* Copies the part before any "-" ("zh-Hant"); what is no such code becomes unknown. */
static void set_code(struct language *out, const char *code)
{
    size_t len = strcspn(code, "-_");
    char primary[LANGUAGE_MAX] = LANGUAGE_UNKNOWN;
    if (len >= 2 && len <= 3 && strspn(code, "abcdefghijklmnopqrstuvwxyz") == len) {
        memcpy(primary, code, len);
        primary[len] = '\0';
    }
    const char *name = same_readers(primary);
    memcpy(out->code, name, strlen(name) + 1);
}

/* Languages of which no newsroom writes in Latin letters; all others are taken for Latin. */
static bool is_written_in_other_script(const char *code)
{
    static const char others[] = " am ar as be bg bn bo dv el fa gu he hi hy ja ka km kn ko ky lo mk ml mn "
                                 "mr my ne or pa ps ru sd si ta te tg"
                                 " th ti tt ug uk ur yi zh ckb ";
    char padded[LANGUAGE_MAX + 2] = " ";
    size_t len = strlen(code);
    memcpy(padded + 1, code, len);
    memcpy(padded + 1 + len, " ", 2);
    return strstr(others, padded) != NULL;
}

/* These are written in either. */
static bool is_written_in_both(const char *code)
{
    static const char *const both[] = {"sr", "kk", "uz", "az", "bs", "ku", "tk", "ms", "ha", "tg", "mn"};
    for (size_t i = 0; i < sizeof(both) / sizeof(both[0]); i++)
        if (strcmp(both[i], code) == 0) return true;
    return false;
}

struct letters {
    size_t latin, other;
};

/* Greek begins at U+0370: letters before are Latin with marks. */
static void count_letters(const char *text, struct letters *letters)
{
    size_t len = strnlen(text, SCRIPT_BYTES);
    for (size_t pos = 0; pos < len;) {
        int32_t cp = fold_next(text, len, &pos);
        bool ascii_letter = (cp | 0x20) >= 'a' && (cp | 0x20) <= 'z';
        bool other_latin = (cp >= 0xC0 && cp < 0x370) || (cp >= 0x1E00 && cp < 0x1F00);
        if (ascii_letter || other_latin)
            letters->latin++;
        else if (cp >= 0x370 && !(cp >= 0x2000 && cp < 0x2E80) && cp < 0xFF00)
            letters->other++;
    }
}

/* A template's lang attribute often names another language than the text. What can be seen at a glance is
 * the script. */
static bool can_be_true(const char *code, const struct article *article)
{
    if (is_written_in_both(code)) return true;
    struct letters letters = {0, 0};
    count_letters(article->title, &letters);
    count_letters(article->description, &letters);
    if (is_written_in_other_script(code)) return letters.other * 4 >= letters.latin;
    return letters.latin >= letters.other;
}

static size_t append(char *buffer, size_t used, const char *text)
{
    size_t room = DETECT_BYTES - used, len = strnlen(text, room);
    if (len == room)
        while (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80) len--; /* whole characters */
    memcpy(buffer + used, text, len);
    used += len;
    if (used < DETECT_BYTES) buffer[used++] = '\n';
    return used;
}

static void detect(const struct article *article, struct language *out)
{
    char sample[DETECT_BYTES + 1];
    size_t len = append(sample, 0, article->title);
    len = append(sample, len, article->description);
    len = append(sample, len, article->body);
    sample[len] = '\0';
    const char *dot = strrchr(article->source, '.');
    bool reliable;
    int percent;
    const char *code =
        language_cld2_detect(sample, (int)len, dot != NULL ? dot + 1 : "", &reliable, &percent);
    set_code(out, code);
    out->detected = true;
    out->low_confidence = !reliable || percent < SURE_PERCENT || strcmp(out->code, LANGUAGE_UNKNOWN) == 0;
}

void language_of(const struct article *article, struct language *out)
{
    *out = (struct language){0};
    if (article->declared_language[0] != '\0') {
        set_code(out, article->declared_language);
        if (strcmp(out->code, LANGUAGE_UNKNOWN) != 0 && can_be_true(out->code, article)) return;
    }
    detect(article, out);
}

bool language_can_be(const char *code, const char *text)
{
    struct language found = {0};
    bool reliable;
    int percent;
    size_t len = strnlen(text, INT32_MAX);
    const char *detected = language_cld2_detect(text, (int)len, "", &reliable, &percent);
    set_code(&found, detected);
    return !reliable || percent < SURE_PERCENT || strcmp(found.code, LANGUAGE_UNKNOWN) == 0 ||
           strcmp(found.code, code) == 0;
}
