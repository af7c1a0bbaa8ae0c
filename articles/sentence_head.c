#define _GNU_SOURCE /* memmem */
#include "articles/sentence_head.h"

#include <string.h>
#include <strings.h>

enum {
    TITLE_LEAST_BYTES = 16, /* shorter ones may well begin a sentence */
    DATELINE_BYTES = 60,
    BYLINE_BYTES = 110,
    CREDIT_BYTES = 80,
    SHORT_COMMENT_BYTES = 12,
    PLACE_WORDS = 3,
    CAPITALS_LEAST = 3,
    HEADING_LEAST_WORDS = 5,
};

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static size_t spaces(const char *text)
{
    return strspn(text, " \n\t");
}

/* A dash with a space behind it, and both; 0: none. */
static size_t dash(const char *text)
{
    static const char *const dashes[] = {"--", "-", "\xE2\x80\x93", "\xE2\x80\x94"};
    size_t before = spaces(text);
    for (size_t i = 0; i < sizeof(dashes) / sizeof(dashes[0]); i++) {
        size_t len = strlen(dashes[i]);
        if (strncmp(text + before, dashes[i], len) != 0) continue;
        size_t behind = spaces(text + before + len);
        if (behind > 0) return before + len + behind;
    }
    return 0;
}

/* ---- the beginning of a body ---- */

static size_t title_head(const char *text, const char *title, size_t title_len)
{
    if (title_len < TITLE_LEAST_BYTES || strncasecmp(text, title, title_len) != 0) return 0;
    size_t behind = strspn(text + title_len, " \n\t|:");
    /* Only where a sentence begins behind it: else the title is how the sentence begins. */
    const char *next = text + title_len + behind;
    return behind > 0 && (is_upper(*next) || (unsigned char)*next >= 0x80 || *next == '"' || *next == '(')
               ? title_len + behind
               : 0;
}

/* Capitals only, as a place in a dateline: "NEW DELHI", "ST. PETERSBURG"; its length. */
static size_t capital_place(const char *text)
{
    size_t len = 0, letters = 0;
    while (is_upper(text[len]) || (len > 0 && strchr(" .'-/", text[len]) != NULL && text[len] != '\0')) {
        letters += is_upper(text[len]);
        len++;
    }
    /* "BERLIN A ..." has taken the first letter of what follows. */
    while (len > 0 && (text[len - 1] == ' ' || (is_lower(text[len]) && text[len - 1] != ' '))) len--;
    while (len > 0 && text[len - 1] == ' ') len--;
    return letters >= CAPITALS_LEAST ? len : 0;
}

/* "RAMALLAH, West Bank — ", "LONDON, Dec 29 (Reuters) - ", and without a dash "SEOUL, South Korea The ...".
 */
static size_t dateline_head(const char *text)
{
    size_t at = capital_place(text), words = 0;
    if (at == 0) return 0;
    if (strncmp(text + at, " The ", 5) == 0) return at + 1;
    bool inside = false; /* parentheses: "(Thomson Reuters for Reuters)" */
    for (size_t end = at; end < DATELINE_BYTES && text[end] != '\0'; end++) {
        size_t len = dash(text + end);
        if (len > 0) return is_lower(text[end + len]) ? 0 : end + len; /* "NATO - the alliance - said" */
        inside = text[end] == '(' || (inside && text[end] != ')');
        if (!inside && text[end] == ' ' && is_lower(text[end + 1])) break; /* a sentence */
    }
    if (text[at] != ',' || text[at + 1] != ' ') return 0;
    for (const char *word = text + at + 2; words <= PLACE_WORDS; words++) {
        size_t len = strcspn(word, " ");
        if (words > 0 && (strncmp(word, "The ", 4) == 0 || strncmp(word, "A ", 2) == 0))
            return (size_t)(word - text);
        if (!is_upper(*word) || word[len] == '\0') return 0;
        word += len + 1;
    }
    return 0;
}

/* "By Ann Lee LONDON, Dec 29 (Reuters) - " */
static size_t byline_head(const char *text)
{
    bool place = false;
    if (strncmp(text, "By ", 3) != 0) return 0;
    for (size_t end = 3; end < BYLINE_BYTES && text[end] != '\0'; end++) {
        place |= text[end - 1] == ' ' && capital_place(text + end) > 0;
        size_t len = place ? dash(text + end) : 0;
        if (len > 0) return end + len;
    }
    return 0;
}

/* "(CNN) -- ", "(Reuters) " */
static size_t comment_head(const char *text)
{
    if (text[0] != '(') return 0;
    size_t len = strcspn(text, ")");
    if (text[len] == '\0' || len > SHORT_COMMENT_BYTES) return 0;
    size_t line = dash(text + len + 1);
    return len + 1 + (line > 0 ? line : spaces(text + len + 1));
}

size_t text_head(const char *text, const char *title, size_t title_len)
{
    size_t head = spaces(text), more;
    head += title_head(text + head, title, title_len);
    do {
        more = comment_head(text + head);
        if (more == 0) more = byline_head(text + head);
        if (more == 0) more = dateline_head(text + head);
        head += more;
    } while (more > 0);
    return head;
}

/* ---- any sentence ---- */

static bool is_credit(const char *text, size_t len)
{
    static const char *const ends[] = {"/AP",
                                       "/Associated Press",
                                       "/The Associated Press",
                                       "/Reuters",
                                       "/AFP",
                                       "Images",
                                       "/Getty",
                                       "/EPA",
                                       "File",
                                       "Photo",
                                       "file photo",
                                       "via AP",
                                       "/dpa",
                                       "/PA",
                                       "via Reuters",
                                       "/Shutterstock",
                                       "/Xinhua",
                                       "/EFE",
                                       "/ANSA",
                                       "Handout"};
    if (len > CREDIT_BYTES) return false;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        size_t end = strlen(ends[i]);
        if (len > end && memcmp(text + len - end, ends[i], end) == 0) return true;
    }
    return false;
}

/* "A rabbi says so (CNN) Relatives are mourning": a line above the text. */
static bool is_agency(const char *text, size_t len)
{
    static const char *const names[] = {"CNN", "AP", "Reuters", "AFP", "UPI", "dpa", "CBS", "Bloomberg"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strlen(names[i]) == len && memcmp(text, names[i], len) == 0) return true;
    return false;
}

static size_t credit_head(const char *text, size_t len)
{
    size_t head = 0, open = 0;
    bool inside = false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '(') {
            inside = true;
            open = i + 1;
        } else if (text[i] == ')' && inside) {
            inside = false;
            size_t behind = i + 1;
            while (behind < len && (text[behind] == ')' || text[behind] == ' ')) behind++;
            bool credit = is_agency(text + open, i - open) || is_credit(text + open, i - open);
            if (credit && behind < len && !is_lower(text[behind])) head = behind;
        }
    }
    return head;
}

static bool is_word(const char *word, size_t len, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(list[i]) == len && memcmp(list[i], word, len) == 0) return true;
    return false;
}
#define IS_ONE_OF(word, len, list) is_word(word, len, list, sizeof(list) / sizeof((list)[0]))

/* Words that begin a sentence and stand in no name before a small letter. */
static bool begins_sentence(const char *word, size_t len, const char *next)
{
    static const char *const words[] = {"The",  "An",    "He",    "She",     "They",      "We",
                                        "It",   "This",  "These", "There",   "But",       "After",
                                        "When", "While", "In",    "However", "Meanwhile", "According"};
    return is_upper(*word) && is_lower(*next) && IS_ONE_OF(word, len, words);
}

/* "... 32 killed A 23-year-old student", and not "vitamin A deficiency", "from A to Z". */
static bool is_article(const char *word, size_t len, const char *before, size_t before_len, const char *next,
                       size_t next_len)
{
    static const char *const kinds[] = {"vitamin", "hepatitis", "plan",   "grade",     "group",
                                        "type",    "class",     "level",  "section",   "route",
                                        "part",    "schedule",  "series", "influenza", "option",
                                        "company", "unit",      "an",     "a"};
    static const char *const behind[] = {"to", "and", "or", "is", "was", "has", "for", "in", "of"};
    return len == 1 && *word == 'A' && next_len > 0 && !IS_ONE_OF(before, before_len, kinds) &&
           !IS_ONE_OF(next, next_len, behind);
}

/* A heading that runs into a quotation: "Deputy Secretary \"I would like to ...". */
static size_t heading_before_quote(const char *text, size_t len)
{
    static const char opening[] = "\xE2\x80\x9C";
    for (size_t word = 0; word < len;) {
        if (word > 0 && (text[word] == '"' || strncmp(text + word, opening, sizeof(opening) - 1) == 0))
            return word;
        size_t end = word + strcspn(text + word, " ");
        if (!is_upper(text[word]) || end >= len || !is_lower(text[end - 1])) return 0;
        word = end + 1;
    }
    return 0;
}

/* A word of a heading in capitals: "Secures", "10%", and the small ones that such headings leave small. */
static bool is_of_heading(const char *word, size_t len)
{
    static const char *const small[] = {"a",  "an", "the", "in",   "of",   "to", "for",  "on", "at",
                                        "by", "as", "and", "with", "from", "or", "over", "is", "after"};
    return len > 0 && (!is_lower(*word) || IS_ONE_OF(word, len, small));
}

static size_t glue_head(const char *text, size_t len)
{
    size_t head = heading_before_quote(text, len), before = 0, word = 0, heading_words = 0;
    bool heading = true;      /* all words up to here are of one */
    bool after_small = false; /* the word before is small and nothing but a space follows it */
    for (size_t i = 0; i <= len; i++) {
        if (i < len && text[i] != ' ') continue;
        const char *next = i + 1 < len ? text + i + 1 : "";
        size_t next_len = i + 1 < len ? strcspn(next, " ") : 0;
        if (after_small &&
            (begins_sentence(text + word, i - word, next) ||
             is_article(text + word, i - word, text + before, word - before - 1, next, next_len)))
            head = word;
        bool plain = word > 1 && (is_lower(text[word - 2]) || is_upper(text[word - 2]));
        if (heading && plain && heading_words >= HEADING_LEAST_WORDS &&
            begins_sentence(text + word, i - word, next))
            head = word;
        heading = heading && is_of_heading(text + word, i - word);
        heading_words++;
        after_small = i > word && (is_lower(text[word]) && is_lower(text[i - 1]));
        before = word;
        word = i + 1;
    }
    return head;
}

size_t sentence_head(const char *text, size_t len, bool english)
{
    size_t head = credit_head(text, len);
    if (english) head += glue_head(text + head, len - head);
    size_t line = dateline_head(text + head);
    return head + line < len ? head + line : head;
}
