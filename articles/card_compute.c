#define _GNU_SOURCE /* memmem */
#include "articles/card_compute.h"

#include <stdlib.h>
#include <string.h>

#include "articles/attribution.h"
#include "articles/boilerplate.h"
#include "articles/sentence_head.h"
#include "articles/sentences.h"
#include "articles/term_sort.h"
#include "base/alloc.h"

enum {
    SENTENCE_TEXT_BYTES = 6 * 1024, /* of the body: what comes later is rarely worth a bullet */
    SENTENCE_LEAST_WORDS = 8,
    SENTENCE_MOST_WORDS = 40,
    SENTENCE_BYTES = 600,
    SENTENCE_TERMS = 48,
    LEAD_BYTES = 400,
    LEAD_WORDS = 45,
    TITLE_BYTES = 500,
    NAME_BYTES = 160,
    TAG_BYTES = 80,
    AUTHORS = 10,
    TAGS = 20,
    URL_BYTES = 4096,
};

struct card_computer {
    struct sentence_splitter *splitter;
    struct boilerplate *boilerplate;
};

struct span {
    struct sentence bytes;
    const char *text; /* not terminated */
    size_t len;
    size_t from, to; /* words */
    uint32_t ordinal;
};

struct card_computer *card_computer_new(const struct fold_table *folds)
{
    struct sentence_splitter *splitter = sentences_new();
    if (splitter == NULL) return NULL;
    struct card_computer *computer = nw_calloc(1, sizeof(*computer));
    computer->splitter = splitter;
    computer->boilerplate = boilerplate_new(folds);
    return computer;
}

void card_computer_free(struct card_computer *computer)
{
    if (computer == NULL) return;
    sentences_free(computer->splitter);
    boilerplate_free(computer->boilerplate);
    free(computer);
}

/* The largest length up to max that ends at a character. */
static size_t clip(const char *text, size_t max)
{
    size_t len = strnlen(text, max + 1);
    if (len <= max) return len;
    len = max;
    while (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80) len--;
    return len;
}

/* text itself when it is short enough. */
static const char *clipped(struct arena *arena, const char *text, size_t max)
{
    size_t len = clip(text, max);
    return text[len] == '\0' ? text : arena_memdup(arena, text, len);
}

static const char **clipped_list(struct arena *arena, const char **texts, size_t count, size_t max)
{
    const char **list = arena_calloc(arena, count, sizeof(*list));
    for (size_t i = 0; i < count; i++) list[i] = clipped(arena, texts[i], max);
    return list;
}

/* ---- sentences ---- */

/* What a text is of. */
struct text_origin {
    const char *title;
    size_t title_len;
    bool english;
};

/* The sentences of a text and the words in them, one by one. */
struct reader {
    struct sentence_splitter *splitter;
    const char *text; /* behind what stands before it */
    size_t offset;    /* of it in the text the words are of */
    const struct text_words *words;
    size_t next_word, ordinal;
    bool english;
};

static struct reader read_sentences(const struct card_computer *computer, const struct text_origin *origin,
                                    const char *text, const struct text_words *words)
{
    size_t offset = attribution_dateline(text);
    offset += text_head(text + offset, origin->title, origin->title_len);
    sentences_begin(computer->splitter, text + offset, clip(text + offset, SENTENCE_TEXT_BYTES));
    return (struct reader){computer->splitter, text + offset, offset, words, 0, 0, origin->english};
}

static bool next_sentence(struct reader *reader, struct span *out)
{
    if (!sentences_next(reader->splitter, &out->bytes)) return false;
    const struct word_list *words = &reader->words->words;
    out->bytes.start += (uint32_t)sentence_head(reader->text + out->bytes.start,
                                                out->bytes.end - out->bytes.start, reader->english);
    size_t word = reader->next_word, start = out->bytes.start + reader->offset,
           end = out->bytes.end + reader->offset;
    while (word < words->count && words->words[word].start < start) word++;
    out->from = word;
    while (word < words->count && words->words[word].start < end) word++;
    out->to = reader->next_word = word;
    out->ordinal = (uint32_t)reader->ordinal++;
    out->text = reader->text + out->bytes.start;
    out->len = out->bytes.end - out->bytes.start;
    return true;
}

/* Two characters of a script without spaces count as one word. */
static size_t count_words(const struct word_list *words, const struct span *span)
{
    size_t plain = 0, grams = 0;
    for (size_t i = span->from; i < span->to; i++) {
        if ((words->words[i].flags & WORD_GRAM) != 0)
            grams++;
        else
            plain++;
    }
    return plain + grams / 2;
}

static bool is_boilerplate(const struct card_computer *computer, const struct word_list *words,
                           const struct span *span)
{
    return boilerplate_found(computer->boilerplate, words, span->from, span->to);
}

/* Embedded posts and links are no sentences, whatever their punctuation. */
static bool has_address(const struct span *span)
{
    return memmem(span->text, span->len, "http", 4) != NULL ||
           memmem(span->text, span->len, "(@", 2) != NULL ||
           memmem(span->text, span->len, "pic.", 4) != NULL ||
           memmem(span->text, span->len, " | ", 3) != NULL;
}

/* A link to another article, run into the text: "Related What the ministers said." */
static bool is_link(const struct span *span)
{
    static const char related[] = "Related ";
    return span->len > sizeof(related) && memcmp(span->text, related, sizeof(related) - 1) == 0;
}

static bool is_candidate(const struct card_computer *computer, const struct word_list *words,
                         const struct span *span)
{
    size_t count = count_words(words, span);
    return count >= SENTENCE_LEAST_WORDS && count <= SENTENCE_MOST_WORDS && span->len <= SENTENCE_BYTES &&
           sentence_is_whole(span->text, span->len) && !has_address(span) && !is_link(span) &&
           !is_boilerplate(computer, words, span);
}

static void set_terms(struct arena *arena, const struct text_words *text, const struct span *span,
                      struct card_sentence *out)
{
    struct term terms[SENTENCE_TERMS], scratch[SENTENCE_TERMS];
    size_t count = 0;
    for (size_t i = span->from; i < span->to && count < SENTENCE_TERMS; i++)
        if (text->stems[i] != 0) terms[count++] = (struct term){text->stems[i], 1};
    term_sort(terms, scratch, count);
    count = term_merge(terms, count);
    uint64_t *hashes = arena_alloc(arena, count * sizeof(*hashes));
    for (size_t i = 0; i < count; i++) hashes[i] = terms[i].hash;
    out->terms = hashes;
    out->term_count = count;
}

static void set_sentences(const struct card_computer *computer, struct arena *arena,
                          const struct text_origin *origin, const char *body, const struct text_words *words,
                          struct article_card *card)
{
    struct reader reader = read_sentences(computer, origin, body, words);
    struct span span;
    card->sentences = arena_calloc(arena, ARTICLE_CARD_SENTENCES, sizeof(*card->sentences));
    while (card->sentence_count < ARTICLE_CARD_SENTENCES && next_sentence(&reader, &span)) {
        if (!is_candidate(computer, &words->words, &span)) continue;
        struct card_sentence *sentence = &card->sentences[card->sentence_count++];
        sentence->text = arena_memdup(arena, span.text, span.len);
        sentence->position = span.ordinal;
        set_terms(arena, words, &span, sentence);
    }
}

/* ---- lead ---- */

/* Cut at the last space before the limit, with an ellipsis. */
static const char *shorten(struct arena *arena, const char *text, size_t len)
{
    const char ellipsis[] = "\xE2\x80\xA6";
    if (len <= LEAD_BYTES) return arena_memdup(arena, text, len);
    size_t end = clip(text, LEAD_BYTES - sizeof(ellipsis)), space = end;
    while (space > end / 2 && text[space] != ' ') space--;
    if (space > end / 2) end = space;
    return arena_printf(arena, "%.*s%s", (int)end, text, ellipsis);
}

/* The first sentence that is no boilerplate, and the next one if both together stay short. */
static const char *make_lead(const struct card_computer *computer, struct arena *arena,
                             const struct text_origin *origin, const char *text,
                             const struct text_words *words)
{
    struct reader reader = read_sentences(computer, origin, text, words);
    struct span first, second;
    do {
        if (!next_sentence(&reader, &first)) return "";
    } while (first.from == first.to || is_boilerplate(computer, &words->words, &first));
    size_t len = first.len;
    if (next_sentence(&reader, &second) && sentence_is_whole(second.text, second.len) &&
        !is_boilerplate(computer, &words->words, &second)) {
        size_t both = (size_t)(second.text + second.len - first.text);
        size_t count = count_words(&words->words, &first) + count_words(&words->words, &second);
        if (both <= LEAD_BYTES && count <= LEAD_WORDS) len = both;
    }
    return shorten(arena, first.text, len);
}

void card_compute(struct card_computer *computer, struct arena *arena, const struct article *article,
                  const char *language, const struct text_analysis *text, struct article_card *out)
{
    size_t title_len = text->title_len < TITLE_BYTES ? text->title_len : clip(article->title, TITLE_BYTES);
    size_t authors = article->author_count < AUTHORS ? article->author_count : AUTHORS;
    size_t tags = article->tag_count < TAGS ? article->tag_count : TAGS;
    *out = (struct article_card){
        .id = article->id,
        .url = article->url,
        .title = arena_memdup(arena, article->title, title_len),
        .source = article->source,
        .source_name = clipped(arena, article->source_name, NAME_BYTES),
        .country = article->country,
        .image_url = strlen(article->image_url) <= URL_BYTES ? article->image_url : "",
        .section = clipped(arena, article->section, NAME_BYTES),
        .attribution = clipped(arena, attribution_find(article), NAME_BYTES),
        .kind = clipped(arena, article->article_kind, TAG_BYTES),
        .reprint_group = clipped(arena, article->reprint_group, NAME_BYTES),
        .authors = clipped_list(arena, article->authors, authors, NAME_BYTES),
        .author_count = authors,
        .tags = clipped_list(arena, article->tags, tags, TAG_BYTES),
        .tag_count = tags,
        .paywalled = article->paywalled,
        .published_ms = article->published_ms,
        .published_clamped = article->published_clamped,
        .published_is_day = article->published_is_day,
        .updated_ms = article->updated_ms,
    };
    const struct text_origin origin = {
        .title = article->title, .title_len = title_len, .english = strcmp(language, "en") == 0};
    out->lead = make_lead(computer, arena, &origin, article->description, text->description);
    if (out->lead[0] == '\0') out->lead = make_lead(computer, arena, &origin, article->body, text->body);
    set_sentences(computer, arena, &origin, article->body, text->body, out);
    if (out->sentence_count == 0)
        set_sentences(computer, arena, &origin, article->description, text->description, out);
}
