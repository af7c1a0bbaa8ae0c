#include "articles/attribution.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

enum { EDGE_BYTES = 160 }; /* credits stand at the beginning or the end of a text */

/* X(usual name, spelling): longer spellings before the shorter ones they begin with. */
#define AGENCIES(X)                                                                                          \
    X("AFP", "Agence France-Presse")                                                                         \
    X("AFP", "AFP")                                                                                          \
    X("AP", "The Associated Press")                                                                          \
    X("AP", "Associated Press")                                                                              \
    X("APA", "APA")                                                                                          \
    X("AP", "AP News")                                                                                       \
    X("AP", "AP")                                                                                            \
    X("Reuters", "Thomson Reuters")                                                                          \
    X("Reuters", "Reuters")                                                                                  \
    X("Reuters", "REUTERS")                                                                                  \
    X("dpa", "Deutsche Presse-Agentur")                                                                      \
    X("dpa", "dpa-AFX")                                                                                      \
    X("dpa", "dpa")                                                                                          \
    X("dpa", "DPA")                                                                                          \
    X("epd", "epd")                                                                                          \
    X("KNA", "KNA")                                                                                          \
    X("SID", "SID")                                                                                          \
    X("SDA", "Keystone-SDA")                                                                                 \
    X("SDA", "SDA")                                                                                          \
    X("EFE", "Agencia EFE")                                                                                  \
    X("EFE", "EFE")                                                                                          \
    X("Europa Press", "Europa Press")                                                                        \
    X("ANSA", "ANSA")                                                                                        \
    X("Adnkronos", "Adnkronos")                                                                              \
    X("Lusa", "Lusa")                                                                                        \
    X("Belga", "Belga")                                                                                      \
    X("ANP", "ANP")                                                                                          \
    X("TASS", "TASS")                                                                                        \
    X("TASS", "ТАСС")                                                                                        \
    X("RIA Novosti", "RIA Novosti")                                                                          \
    X("RIA Novosti", "РИА Новости")                                                                          \
    X("Interfax", "Interfax")                                                                                \
    X("Interfax", "Интерфакс")                                                                               \
    X("Ukrinform", "Ukrinform")                                                                              \
    X("Ukrinform", "Укрінформ")                                                                              \
    X("Anadolu", "Anadolu Agency")                                                                           \
    X("Anadolu", "Anadolu")                                                                                  \
    X("Anadolu", "AA")                                                                                       \
    X("DHA", "DHA")                                                                                          \
    X("Xinhua", "Xinhua")                                                                                    \
    X("Xinhua", "新华社")                                                                                    \
    X("Kyodo", "Kyodo News")                                                                                 \
    X("Kyodo", "Kyodo")                                                                                      \
    X("Kyodo", "共同")                                                                                       \
    X("Jiji", "Jiji Press")                                                                                  \
    X("Jiji", "時事")                                                                                        \
    X("Yonhap", "Yonhap")                                                                                    \
    X("Yonhap", "연합뉴스")                                                                                  \
    X("PTI", "Press Trust of India")                                                                         \
    X("PTI", "PTI")                                                                                          \
    X("ANI", "ANI")                                                                                          \
    X("IANS", "IANS")                                                                                        \
    X("AAP", "Australian Associated Press")                                                                  \
    X("AAP", "AAP")                                                                                          \
    X("PA Media", "Press Association")                                                                       \
    X("PA Media", "PA Media")                                                                                \
    X("Canadian Press", "The Canadian Press")                                                                \
    X("Canadian Press", "Canadian Press")                                                                    \
    X("UPI", "United Press International")                                                                   \
    X("UPI", "UPI")                                                                                          \
    X("Bloomberg", "Bloomberg")                                                                              \
    X("WAM", "WAM")                                                                                          \
    X("CNA", "CNA")                                                                                          \
    X("PAP", "PAP")

static const struct {
    const char *name, *spelling;
    size_t len;
} agencies[] = {
#define AGENCY_ROW(name, spelling) {name, spelling, sizeof(spelling) - 1},
    AGENCIES(AGENCY_ROW)
#undef AGENCY_ROW
};

enum { AGENCY_COUNT = sizeof(agencies) / sizeof(agencies[0]) };

static bool ends_a_name(const char *text)
{
    unsigned char c = (unsigned char)*text;
    return !((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c >= 0xC0);
}

/* A cheap no for most places: capitals, the two names written small, and scripts other than Latin. */
static bool may_begin_agency(char c)
{
    return (c >= 'A' && c <= 'Z') || c == 'd' || c == 'e' || (unsigned char)c >= 0xC0;
}

/* The agency text begins with, its index; -1 none. */
static int agency_at(const char *text)
{
    if (!may_begin_agency(text[0])) return -1;
    for (int i = 0; i < AGENCY_COUNT; i++)
        if (text[0] == agencies[i].spelling[0] && strncmp(text, agencies[i].spelling, agencies[i].len) == 0 &&
            ends_a_name(text + agencies[i].len))
            return i;
    return -1;
}

static size_t skip_spaces(const char *text)
{
    return strspn(text, " \t\n");
}

/* A dash and the spaces around it; 0 when there is none. */
static size_t dash_len(const char *text)
{
    size_t before = skip_spaces(text), dash = 0;
    const char *t = text + before;
    if (strncmp(t, "--", 2) == 0)
        dash = 2;
    else if (t[0] == '-')
        dash = 1;
    else if (strncmp(t, "\xE2\x80\x93", 3) == 0 || strncmp(t, "\xE2\x80\x94", 3) == 0) /* en, em */
        dash = 3;
    return dash == 0 ? 0 : before + dash + skip_spaces(t + dash);
}

/* "(AFP)", "(Reuters/AP)": the first agency inside parentheses in text[from, to). *end: behind them. */
static int agency_in_parentheses(const char *text, size_t from, size_t to, size_t *end)
{
    for (size_t i = from; i < to; i++) {
        if (text[i] != '(') continue;
        int agency = agency_at(text + i + 1);
        if (agency < 0) continue;
        const char *behind = text + i + 1 + agencies[agency].len; /* "(AP Photo)" credits a picture */
        const char *close = strchr(behind, ')');
        if (strchr(")/,", *behind) == NULL || close == NULL || close - behind > 40) continue;
        *end = (size_t)(close - text) + 1;
        return agency;
    }
    return -1;
}

static int agency_at_beginning(const char *text, size_t len, size_t *end)
{
    size_t start = skip_spaces(text);
    int agency = agency_at(text + start);
    if (agency >= 0 && dash_len(text + start + agencies[agency].len) > 0) {
        *end = start + agencies[agency].len;
        return agency;
    }
    if (strncasecmp(text + start, "by ", 3) == 0) {
        agency = agency_at(text + start + 3);
        if (agency >= 0) {
            *end = start + 3 + agencies[agency].len;
            return agency;
        }
    }
    return agency_in_parentheses(text, start, len < EDGE_BYTES ? len : EDGE_BYTES, end);
}

/* "... - AFP", "... Source: Reuters", "... (with AP)". */
static int agency_at_end(const char *text, size_t len)
{
    static const char *const before[] = {"- ",        "\xE2\x80\x93 ", "\xE2\x80\x94 ", "/",
                                         "\xC2\xA9 ", "Source: ",      "Quelle: ",      "Fuente: ",
                                         "(with ",    "(avec ",        "(mit "};
    size_t from = len > EDGE_BYTES ? len - EDGE_BYTES : 0, end;
    int agency = agency_in_parentheses(text, from, len, &end);
    if (agency >= 0) return agency;
    for (size_t i = from + 1; i < len; i++) {
        if (text[i - 1] != ' ' && text[i - 1] != '/') continue;
        agency = agency_at(text + i);
        if (agency < 0) continue;
        if (strspn(text + i + agencies[agency].len, " .)\n") != len - i - agencies[agency].len) continue;
        for (size_t b = 0; b < sizeof(before) / sizeof(before[0]); b++) {
            size_t n = strlen(before[b]);
            if (i >= n && memcmp(text + i - n, before[b], n) == 0) return agency;
        }
    }
    return -1;
}

static int agency_among_authors(const struct article *article)
{
    for (size_t a = 0; a < article->author_count; a++) {
        const char *author = article->authors[a];
        if (strncasecmp(author, "by ", 3) == 0) author += 3;
        for (int i = 0; i < AGENCY_COUNT; i++)
            if (strcasecmp(author, agencies[i].spelling) == 0) return i;
    }
    return -1;
}

const char *attribution_find(const struct article *article)
{
    if (article->attribution[0] != '\0') return article->attribution;
    int agency = agency_among_authors(article);
    size_t end;
    const char *texts[] = {article->body, article->description};
    for (size_t i = 0; i < 2 && agency < 0; i++) {
        size_t len = strlen(texts[i]);
        agency = agency_at_beginning(texts[i], len, &end);
        if (agency < 0) agency = agency_at_end(texts[i], len);
    }
    return agency < 0 ? "" : agencies[agency].name;
}

size_t attribution_dateline(const char *text)
{
    size_t end;
    if (agency_at_beginning(text, strnlen(text, EDGE_BYTES), &end) < 0) return 0;
    size_t dash = dash_len(text + end);
    return dash == 0 ? 0 : end + dash;
}
