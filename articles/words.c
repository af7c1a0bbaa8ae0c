#include "articles/words.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* The word that is being read. */
struct open_word {
    size_t start, end;
    size_t len; /* of text */
    unsigned uppers, lowers, digits;
    uint8_t first_kind, first_case, last_kind, last_case;
    bool dotted;
    char text[WORD_MAX_BYTES];
};

struct scan {
    const struct fold_table *table;
    const struct fold_ascii *ascii;
    const char *text;
    size_t len, max;
    struct word_list *out;
    bool starts, adjacent;
    size_t pos; /* changes with each word: last, so that nobody loads it together with a neighbour */
};

struct character {
    int32_t cp;
    size_t start, end;
    const struct glyph *glyph;
    struct glyph scratch;
};

void words_fini(struct word_list *list)
{
    free(list->words);
    free(list->text);
    *list = (struct word_list){0};
}

static bool is_ascii_lower(char c)
{
    return c >= 'a' && c <= 'z';
}
static bool is_ascii_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}
static bool is_ascii_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void peek(const struct scan *scan, size_t pos, struct character *c)
{
    c->start = pos;
    c->cp = fold_next(scan->text, scan->len, &pos);
    c->end = pos;
    c->glyph = fold_glyph(scan->table, c->cp, &c->scratch);
}

/* ---- finished words ---- */

static void push(struct scan *scan, const char *folded, size_t len, size_t start, size_t end, unsigned flags)
{
    struct word_list *list = scan->out;
    if (list->count == list->capacity)
        list->words = nw_grow(list->words, &list->capacity, list->count + 1, sizeof(*list->words));
    if (list->text_len + len > list->text_capacity)
        list->text = nw_grow(list->text, &list->text_capacity, list->text_len + len, 1);
    memcpy(list->text + list->text_len, folded, len);
    if (scan->starts) flags |= WORD_STARTS;
    if (scan->adjacent) flags |= WORD_ADJACENT;
    list->words[list->count++] = (struct word){.hash = hash128(folded, len),
                                               .start = (uint32_t)start,
                                               .end = (uint32_t)end,
                                               .folded = (uint32_t)list->text_len,
                                               .len = (uint16_t)len,
                                               .flags = (uint16_t)flags};
    list->text_len += len;
    scan->starts = false;
    scan->adjacent = true;
}

/* "1,200.5" -> "1200.5", "1.200,5" -> "1200.5", "3,5" -> "3.5": three digits behind a separator are thousands
 * unless the number begins with 0. */
static size_t normalise_number(char *text, size_t len)
{
    size_t used = 0, group = 0;
    while (group < len && is_ascii_digit(text[group])) group++;
    bool thousands = group <= 3 && text[0] != '0';
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c != '.' && c != ',') {
            text[used++] = c;
            continue;
        }
        size_t digits = 0;
        while (i + 1 + digits < len && is_ascii_digit(text[i + 1 + digits])) digits++;
        if (!(thousands && digits == 3)) text[used++] = '.';
    }
    return used;
}

/* "u.s" -> "us": every part between the dots is one letter. */
static bool join_initials(struct open_word *word)
{
    size_t part = 0;
    for (size_t i = 0; i < word->len; i++) {
        if (word->text[i] == '.')
            part = 0;
        else if (((unsigned char)word->text[i] & 0xC0) != 0x80 && ++part > 1)
            return false;
    }
    size_t used = 0;
    for (size_t i = 0; i < word->len; i++)
        if (word->text[i] != '.') word->text[used++] = word->text[i];
    word->len = used;
    return true;
}

static unsigned case_flags(const struct open_word *word)
{
    unsigned flags = 0;
    if (word->first_kind == GLYPH_DIGIT) flags |= WORD_NUMBER;
    if (word->digits > 0) flags |= WORD_DIGITS;
    if (word->first_case == CASE_UPPER) flags |= WORD_CAPITAL;
    if (word->first_case == CASE_LOWER) flags |= WORD_LOWER;
    if (word->first_case == CASE_UPPER && word->lowers == 0 && (word->uppers > 1 || word->digits > 0))
        flags |= WORD_ALL_CAPS;
    return flags;
}

/* Dots behind these end no sentence. */
static bool is_title_abbreviation(const char *text, size_t len)
{
    static const char titles[][6] = {"mr",  "mrs", "ms",  "dr",   "prof", "st", "gen", "sen", "rep", "gov",
                                     "col", "lt",  "sgt", "capt", "jr",   "no", "vs",  "sr",  "mme", "nr"};
    char word[6] = "";
    if (len >= sizeof(word)) return false;
    memcpy(word, text, len);
    for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
        if (memcmp(titles[i], word, sizeof(word)) == 0) return true;
    return false;
}

static void finish_word(struct scan *scan, struct open_word *word)
{
    if (word->len > 2 && word->text[word->len - 1] == 's' && word->text[word->len - 2] == '\'') {
        word->len -= 2;
        if (word->lowers > 0) word->lowers--;
    }
    bool initials = word->dotted && word->digits == 0 && join_initials(word);
    if (word->first_kind == GLYPH_DIGIT && word->dotted) word->len = normalise_number(word->text, word->len);
    if (word->len == 0) return;
    push(scan, word->text, word->len, word->start, word->end, case_flags(word));
    if (scan->pos >= scan->len || scan->text[scan->pos] != '.') return;
    bool initial = word->len == 1 && word->first_case == CASE_UPPER;
    if (initials || initial || is_title_abbreviation(word->text, word->len)) scan->pos++;
}

/* ---- reading a word ---- */

/* Articles and pronouns that French, Italian and Catalan write together with the word behind them. */
static bool is_clitic(const char *text, size_t len)
{
    static const char *const clitics[] = {
        "l",      "d",      "qu",   "c",   "j",    "m",    "n",    "s",  "t",     "jusqu", "lorsqu",
        "puisqu", "quoiqu", "dell", "all", "nell", "sull", "dall", "un", "quell", "gl",    "coll"};
    for (size_t i = 0; i < sizeof(clitics) / sizeof(clitics[0]); i++)
        if (strlen(clitics[i]) == len && memcmp(clitics[i], text, len) == 0) return true;
    return false;
}

static void open_at(struct open_word *word, size_t start)
{
    word->start = word->end = start;
    word->len = 0;
    word->uppers = word->lowers = word->digits = 0;
    word->first_kind = GLYPH_OTHER;
    word->first_case = word->last_case = CASE_NONE;
    word->last_kind = GLYPH_OTHER;
    word->dotted = false;
}

static void add_bytes(struct open_word *word, const char *bytes, size_t len)
{
    if (word->len + len > WORD_MAX_BYTES) return;
    memcpy(word->text + word->len, bytes, len);
    word->len += len;
}

static void add_glyph(struct open_word *word, const struct glyph *glyph, size_t end)
{
    if (word->first_kind == GLYPH_OTHER) {
        word->first_kind = glyph->kind;
        word->first_case = glyph->letter_case;
    }
    if (glyph->kind != GLYPH_MARK) {
        word->last_kind = glyph->kind;
        word->last_case = glyph->letter_case;
    }
    word->uppers += glyph->letter_case == CASE_UPPER;
    word->lowers += glyph->letter_case == CASE_LOWER;
    word->digits += glyph->kind == GLYPH_DIGIT;
    add_bytes(word, glyph->bytes, glyph->len);
    word->end = end;
}

static bool is_apostrophe(int32_t cp)
{
    return cp == '\'' || cp == 0x2019 || cp == 0x2018 || cp == 0x02BC || cp == 0xFF07;
}

/* A dot or comma between two characters belongs to the word only inside numbers, initials and names such as
 * example.com; "end.The" is a missing space. */
static bool inner_dot_stays(const struct open_word *word, int32_t dot, const struct character *next)
{
    if (word->last_kind == GLYPH_DIGIT && next->glyph->kind == GLYPH_DIGIT) return true;
    if (dot != '.' || word->last_kind != GLYPH_LETTER || next->glyph->kind != GLYPH_LETTER) return false;
    return !(word->last_case == CASE_LOWER && next->glyph->letter_case == CASE_UPPER);
}

/* Handles the separator at c while word is open. True: it belongs to the word (or cut a clitic), go on. */
static bool inner_separator(const struct scan *scan, struct open_word *word, const struct character *c)
{
    bool apostrophe = is_apostrophe(c->cp);
    if ((!apostrophe && c->cp != '.' && c->cp != ',') || c->end >= scan->len) return false;
    struct character next;
    peek(scan, c->end, &next);
    if (next.glyph->kind != GLYPH_LETTER && next.glyph->kind != GLYPH_DIGIT) return false;
    if (apostrophe) {
        if (is_clitic(word->text, word->len)) {
            open_at(word, c->end);
            return true;
        }
        add_bytes(word, "'", 1);
        return true;
    }
    if (!inner_dot_stays(word, c->cp, &next)) return false;
    add_bytes(word, c->cp == '.' ? "." : ",", 1);
    word->dotted = true;
    return true;
}

static void ascii_kind(char c, uint8_t *kind, uint8_t *letter_case)
{
    *kind = is_ascii_digit(c) ? GLYPH_DIGIT : GLYPH_LETTER;
    *letter_case = is_ascii_upper(c) ? CASE_UPPER : is_ascii_lower(c) ? CASE_LOWER : CASE_NONE;
}

/* ASCII letters and digits in a row: most of most texts. */
static size_t add_ascii_run(const struct scan *scan, struct open_word *word, size_t pos)
{
    const struct fold_ascii *ascii = scan->ascii;
    const char *text = scan->text;
    size_t first = pos, end = scan->len, used = word->len;
    uint32_t counts = 0;
    if (end - pos > 255) end = pos + 255; /* the rest is the next run's */
    for (; pos < end; pos++) {
        unsigned char c = (unsigned char)text[pos];
        uint8_t folded = ascii->folded[c];
        if (folded == 0) break;
        counts += ascii->counts[c];
        if (used < WORD_MAX_BYTES) word->text[used++] = (char)folded;
    }
    if (pos == first) return pos;
    word->len = used;
    word->lowers += counts & 0xFF;
    word->uppers += counts >> 8 & 0xFF;
    word->digits += counts >> 16;
    word->end = pos;
    ascii_kind(text[pos - 1], &word->last_kind, &word->last_case);
    if (word->first_kind == GLYPH_OTHER) ascii_kind(text[first], &word->first_kind, &word->first_case);
    return pos;
}

static void scan_word(struct scan *scan)
{
    struct open_word word;
    open_at(&word, scan->pos);
    while (scan->pos < scan->len) {
        scan->pos = add_ascii_run(scan, &word, scan->pos);
        if (scan->pos >= scan->len || scan->text[scan->pos] == ' ') break;
        struct character c;
        peek(scan, scan->pos, &c);
        if (c.glyph->kind == GLYPH_LETTER || c.glyph->kind == GLYPH_DIGIT || c.glyph->kind == GLYPH_MARK)
            add_glyph(&word, c.glyph, c.end);
        else if (c.glyph->kind == GLYPH_GRAM || !inner_separator(scan, &word, &c))
            break;
        scan->pos = c.end;
    }
    finish_word(scan, &word);
}

/* ---- bigrams of characters ---- */

struct unit { /* a character and its marks */
    size_t start, end, len;
    char text[WORD_MAX_BYTES / 2];
};

static void read_unit(struct scan *scan, struct unit *unit)
{
    struct character c;
    peek(scan, scan->pos, &c);
    *unit = (struct unit){.start = c.start};
    do {
        if (unit->len + c.glyph->len <= sizeof(unit->text)) {
            memcpy(unit->text + unit->len, c.glyph->bytes, c.glyph->len);
            unit->len += c.glyph->len;
        }
        unit->end = scan->pos = c.end;
        if (scan->pos >= scan->len) return;
        peek(scan, scan->pos, &c);
    } while (c.glyph->kind == GLYPH_MARK);
}

static bool at_gram(const struct scan *scan)
{
    if (scan->pos >= scan->len) return false;
    struct character c;
    peek(scan, scan->pos, &c);
    return c.glyph->kind == GLYPH_GRAM;
}

static void scan_grams(struct scan *scan)
{
    struct unit pair[2];
    read_unit(scan, &pair[0]);
    if (!at_gram(scan)) {
        push(scan, pair[0].text, pair[0].len, pair[0].start, pair[0].end, WORD_GRAM);
        return;
    }
    for (unsigned i = 1; at_gram(scan) && scan->out->count < scan->max; i++) {
        const struct unit *before = &pair[(i + 1) & 1];
        struct unit *unit = &pair[i & 1];
        read_unit(scan, unit);
        char both[WORD_MAX_BYTES];
        memcpy(both, before->text, before->len);
        memcpy(both + before->len, unit->text, unit->len);
        push(scan, both, before->len + unit->len, before->start, unit->end, WORD_GRAM);
    }
}

/* ---- between words ---- */

static void note_separator(struct scan *scan, int32_t cp)
{
    switch (cp) {
    case ' ':
    case '-':
    case 0x00A0:
    case 0x2010:
    case 0x2011:
        return;
    case '.':
    case '!':
    case '?':
    case '\n':
    case '"':
    case '|':
    case 0x2026: /* ellipsis */
    case 0x201C:
    case 0x201E:
    case 0x00AB: /* opening quotes */
    case 0x2022: /* bullet */
    case 0x00B7:
    case 0x3002:
    case 0xFF01:
    case 0xFF1F: /* ideographic stops */
    case 0x061F:
    case 0x06D4: /* Arabic */
    case 0x0964: /* danda */
        scan->starts = true;
        break;
    default:
        break;
    }
    scan->adjacent = false;
}

void words_split(const struct fold_table *table, const char *text, size_t len, size_t max,
                 struct word_list *out)
{
    out->count = out->text_len = 0;
    struct scan scan = {.table = table,
                        .ascii = fold_ascii(table),
                        .text = text,
                        .len = len,
                        .max = max,
                        .out = out,
                        .starts = true};
    while (scan.pos < len && out->count < max) {
        char ascii = text[scan.pos];
        if (ascii == ' ') { /* what stands between most words changes nothing */
            scan.pos++;
            continue;
        }
        if (is_ascii_lower(ascii) || is_ascii_upper(ascii)) {
            scan_word(&scan);
            continue;
        }
        struct character c;
        peek(&scan, scan.pos, &c);
        if (c.glyph->kind == GLYPH_LETTER || c.glyph->kind == GLYPH_DIGIT) {
            scan_word(&scan);
        } else if (c.glyph->kind == GLYPH_GRAM) {
            scan_grams(&scan);
        } else {
            if (c.glyph->kind == GLYPH_OTHER) note_separator(&scan, c.cp);
            scan.pos = c.end;
        }
    }
}
