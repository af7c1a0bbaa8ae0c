#include "coverage/analysis_answer.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "articles/language.h"
#include "coverage/json_writer.h"

enum { TEXT_MAX = 8192 };

/* Of a line's words (stop words aside) that must occur in the articles: a paraphrase keeps most of them. */
static const double least_share = 0.6;
/* ... and in one article, to be named as holding it. */
static const double support_share = 0.7;

struct bounds {
    size_t least, most; /* characters */
};
static const struct bounds title_bounds = {8, 200}, lead_bounds = {20, 700}, line_bounds = {8, 400};

/* What is being checked. Texts are borrowed from root. */
struct answer {
    const struct analysis_material *material;
    json_t *root;
    const char *title, *lead;
    const char *insights[ANALYSIS_INSIGHTS_MAX];
    size_t insight_count;
    const char *sides[SIDE_COUNT]; /* NULL: no articles of that side */
    char *detail;
};

const char *analysis_fault_text(enum analysis_fault fault)
{
    static const char *const texts[] = {
#define ANALYSIS_FAULT_TEXT(id, text) text,
        ANALYSIS_FAULTS(ANALYSIS_FAULT_TEXT)
#undef ANALYSIS_FAULT_TEXT
    };
    return texts[fault];
}

static enum analysis_fault fault(struct answer *answer, enum analysis_fault found, const char *where,
                                 const char *what)
{
    snprintf(answer->detail, ANALYSIS_FAULT_MAX, "%s: %.180s", where, what);
    return found;
}

/* ---- the envelope ---- */

static void read_tokens(const json_t *envelope, struct analysis_tokens *out)
{
    const json_t *usage = json_object_get(envelope, "usage");
    json_int_t prompt = json_integer_value(json_object_get(usage, "prompt_tokens")),
               completion = json_integer_value(json_object_get(usage, "completion_tokens"));
    out->prompt = prompt > 0 ? (uint64_t)prompt : 0;
    out->completion = completion > 0 ? (uint64_t)completion : 0;
}

/* Models without a response format like to put a fence around JSON. */
static const char *without_fence(const char *text, size_t *len)
{
    static const char fence[] = "```";
    enum { FENCE = sizeof(fence) - 1 };
    *len = strlen(text);
    while (*len > 0 && strchr(" \t\r\n", text[*len - 1]) != NULL) --*len;
    if (*len < 2 * FENCE || strncmp(text, fence, FENCE) != 0 ||
        strncmp(text + *len - FENCE, fence, FENCE) != 0)
        return text;
    size_t line = strcspn(text, "\n");
    if (line + FENCE > *len) return text;
    *len -= line + FENCE;
    return text + line;
}

static enum analysis_fault open_envelope(struct answer *answer, const char *body, size_t body_len,
                                         struct analysis_tokens *tokens)
{
    json_t *envelope = json_loadb(body, body_len, 0, NULL);
    const json_t *choice = json_array_get(json_object_get(envelope, "choices"), 0);
    const char *content = json_string_value(json_object_get(json_object_get(choice, "message"), "content"));
    const char *end = json_string_value(json_object_get(choice, "finish_reason"));
    enum analysis_fault found = ANALYSIS_GOOD;
    read_tokens(envelope, tokens);
    if (content == NULL) {
        found = fault(answer, ANALYSIS_NOT_JSON, "answer", "no choices[0].message.content");
    } else if (end != NULL && strcmp(end, "length") == 0) {
        found = fault(answer, ANALYSIS_CUT, "answer", "finish_reason is length");
    } else {
        size_t len;
        const char *text = without_fence(content, &len);
        answer->root = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
        if (!json_is_object(answer->root))
            found = fault(answer, ANALYSIS_NOT_JSON, "content", "no JSON object");
    }
    json_decref(envelope);
    return found;
}

/* ---- the shape ---- */

static enum analysis_fault read_shape(struct answer *answer)
{
    const json_t *insights = json_object_get(answer->root, "insights"),
                 *sides = json_object_get(answer->root, "sides");
    answer->title = json_string_value(json_object_get(answer->root, "title"));
    answer->lead = json_string_value(json_object_get(answer->root, "lead"));
    answer->insight_count = json_array_size(insights);
    if (answer->title == NULL || answer->lead == NULL)
        return fault(answer, ANALYSIS_SHAPE, "content", "title or lead is missing or no text");
    if (answer->insight_count < ANALYSIS_INSIGHTS_MIN || answer->insight_count > ANALYSIS_INSIGHTS_MAX)
        return fault(answer, ANALYSIS_SHAPE, "insights", "not 3 to 5 of them");
    for (size_t i = 0; i < answer->insight_count; i++) {
        answer->insights[i] = json_string_value(json_array_get(insights, i));
        if (answer->insights[i] == NULL) return fault(answer, ANALYSIS_SHAPE, "insights", "not all texts");
    }
    for (int side = 0; side < SIDE_COUNT; side++) {
        const char *name = side_name((enum side)side);
        if (analysis_material_side(answer->material, (enum side)side).count == 0) continue;
        answer->sides[side] = json_string_value(json_object_get(sides, name));
        if (answer->sides[side] == NULL) return fault(answer, ANALYSIS_SHAPE, "sides", name);
    }
    return ANALYSIS_GOOD;
}

/* ---- the texts, each by itself ---- */

static size_t characters(const char *text)
{
    size_t count = 0;
    for (; *text; text++) count += ((unsigned char)*text & 0xC0) != 0x80;
    return count;
}

static const char *markup_in(const char *text)
{
    static const char *const signs[] = {"://", "www.", "](", "**", "__", "```", "<", ">", "{",
                                        "}",   "[",    "]",  "\\", "&#", "#",   "|", "• "};
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
        if (strstr(text, signs[i]) != NULL) return signs[i];
    for (const char *at = text; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 127) return "control character";
    return NULL;
}

/* Characters that turn the direction of what follows, and other invisible ones. */
static bool has_invisible(const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at; at++)
        if (at[0] == 0xE2 &&
            ((at[1] == 0x80 && ((at[2] >= 0x8B && at[2] <= 0x8F) || (at[2] >= 0xA8 && at[2] <= 0xAE))) ||
             (at[1] == 0x81 && at[2] >= 0xA0)))
            return true;
    return false;
}

static enum analysis_fault check_form(struct answer *answer, const char *where, const char *text,
                                      struct bounds bounds)
{
    size_t len = characters(text);
    const char *sign = markup_in(text);
    if (len < bounds.least || len > bounds.most) return fault(answer, ANALYSIS_LENGTH, where, text);
    if (sign != NULL) return fault(answer, ANALYSIS_MARKUP, where, sign);
    if (has_invisible(text)) return fault(answer, ANALYSIS_MARKUP, where, "invisible character");
    if (grounding_is_instruction(answer->material->grounding, text, strlen(text)))
        return fault(answer, ANALYSIS_INSTRUCTION, where, text);
    return ANALYSIS_GOOD;
}

/* The grounding's texts of a range of articles. */
static struct grounding_range texts_of(const struct analysis_material *material,
                                       struct grounding_range articles)
{
    size_t last = articles.first + articles.count - 1;
    struct grounding_range first = material->articles[articles.first].range,
                           end = material->articles[last].range;
    return (struct grounding_range){first.first, end.first + end.count - first.first};
}

static enum analysis_fault check_ground(struct answer *answer, const char *where, const char *text,
                                        struct grounding_range articles)
{
    char words[GROUNDING_WORDS_MAX];
    struct grounding *grounding = answer->material->grounding;
    struct grounding_range texts = texts_of(answer->material, articles);
    switch (grounding_check_within(grounding, texts, text, strlen(text), words)) {
    case GROUNDING_NUMBER:
        return fault(answer, ANALYSIS_NUMBER, where, words);
    case GROUNDING_NAME:
        return fault(answer, ANALYSIS_NAME, where, words);
    case GROUNDING_SCRIPT:
        return fault(answer, ANALYSIS_SCRIPT, where, text);
    case GROUNDING_NONE:
        break;
    }
    if (grounding_share(grounding, texts, text, strlen(text)) < least_share)
        return fault(answer, ANALYSIS_WORDS, where, text);
    return ANALYSIS_GOOD;
}

/* Calls check for every text; the first fault. */
static enum analysis_fault each_text(struct answer *answer,
                                     enum analysis_fault (*check)(struct answer *answer, const char *where,
                                                                  const char *text, struct bounds bounds,
                                                                  struct grounding_range articles))
{
    struct grounding_range all = {0, answer->material->count};
    enum analysis_fault found = check(answer, "title", answer->title, title_bounds, all);
    if (found == ANALYSIS_GOOD) found = check(answer, "lead", answer->lead, lead_bounds, all);
    for (size_t i = 0; i < answer->insight_count && found == ANALYSIS_GOOD; i++)
        found = check(answer, "insights", answer->insights[i], line_bounds, all);
    for (int side = 0; side < SIDE_COUNT && found == ANALYSIS_GOOD; side++)
        if (answer->sides[side] != NULL)
            found = check(answer, side_name((enum side)side), answer->sides[side], line_bounds,
                          analysis_material_side(answer->material, (enum side)side));
    return found;
}

static enum analysis_fault form_of(struct answer *answer, const char *where, const char *text,
                                   struct bounds bounds, struct grounding_range articles)
{
    (void)articles;
    return check_form(answer, where, text, bounds);
}

static enum analysis_fault ground_of(struct answer *answer, const char *where, const char *text,
                                     struct bounds bounds, struct grounding_range articles)
{
    (void)bounds;
    return check_ground(answer, where, text, articles);
}

static enum analysis_fault check_language(struct answer *answer)
{
    char whole[TEXT_MAX];
    size_t used = 0;
    const char *texts[2 + ANALYSIS_INSIGHTS_MAX] = {answer->title, answer->lead};
    memcpy(texts + 2, answer->insights, answer->insight_count * sizeof(texts[0]));
    for (size_t i = 0; i < 2 + answer->insight_count; i++) {
        int wrote = snprintf(whole + used, sizeof(whole) - used, "%s\n", texts[i]);
        if (wrote < 0 || (size_t)wrote >= sizeof(whole) - used) break;
        used += (size_t)wrote;
    }
    whole[used] = '\0'; /* whole texts only: no character is cut */
    if (language_can_be(answer->material->language, whole)) return ANALYSIS_GOOD;
    return fault(answer, ANALYSIS_LANGUAGE, "content", "another language than the story's");
}

/* ---- the message ---- */

static void write_line(struct json_writer *w, const char *key, const struct analysis_material *material,
                       const char *text, struct grounding_range articles)
{
    char words[GROUNDING_WORDS_MAX];
    size_t len = strlen(text), named = 0;
    json_writer_open(w, key, '{');
    json_writer_text(w, "text", text, TEXT_MAX);
    json_writer_open(w, "articleIds", '[');
    for (size_t i = articles.first; i < articles.first + articles.count; i++) {
        const struct material_article *a = &material->articles[i];
        if (named == ANALYSIS_SUPPORTS_MAX) break;
        if (grounding_share(material->grounding, a->range, text, len) < support_share) continue;
        if (grounding_check_within(material->grounding, a->range, text, len, words) != GROUNDING_NONE)
            continue;
        json_writer_id(w, NULL, a->id);
        named++;
    }
    json_writer_close(w, ']');
    json_writer_close(w, '}');
}

static void write_message(struct json_writer *w, const struct answer *answer,
                          const struct analysis_signature *signature)
{
    const struct analysis_material *m = answer->material;
    char version[17];
    snprintf(version, sizeof(version), "%016" PRIx64, signature->prompt_version);
    json_writer_open(w, NULL, '{');
    json_writer_number(w, "schemaVersion", 1);
    json_writer_id(w, "id", m->story);
    json_writer_number(w, "revision", m->revision);
    json_writer_text(w, "language", m->language, sizeof(m->language));
    json_writer_text(w, "title", answer->title, TEXT_MAX);
    json_writer_text(w, "lead", answer->lead, TEXT_MAX);
    json_writer_open(w, "insights", '[');
    for (size_t i = 0; i < answer->insight_count; i++)
        write_line(w, NULL, m, answer->insights[i], (struct grounding_range){0, m->count});
    json_writer_close(w, ']');
    json_writer_open(w, "sides", '{');
    for (int side = 0; side < SIDE_COUNT; side++)
        if (answer->sides[side] != NULL)
            write_line(w, side_name((enum side)side), m, answer->sides[side],
                       analysis_material_side(m, (enum side)side));
    json_writer_close(w, '}');
    json_writer_open(w, "articleIds", '[');
    for (size_t i = 0; i < m->count; i++) json_writer_id(w, NULL, m->articles[i].id);
    json_writer_close(w, ']');
    json_writer_number(w, "sourceCount", m->source_count);
    json_writer_text(w, "model", signature->model, TEXT_MAX);
    json_writer_text(w, "promptVersion", version, sizeof(version));
    json_writer_time_if(w, "generatedAt", signature->generated_ms);
    json_writer_close(w, '}');
}

enum analysis_fault analysis_answer_check(const struct analysis_material *material, const char *body,
                                          size_t len, const struct analysis_signature *signature, char **json,
                                          size_t *json_len, struct analysis_tokens *tokens,
                                          char detail[ANALYSIS_FAULT_MAX])
{
    struct answer answer = {.material = material, .detail = detail};
    *json = NULL;
    *tokens = (struct analysis_tokens){0, 0};
    detail[0] = '\0';
    enum analysis_fault found = open_envelope(&answer, body, len, tokens);
    if (found == ANALYSIS_GOOD) found = read_shape(&answer);
    if (found == ANALYSIS_GOOD) found = each_text(&answer, form_of);
    if (found == ANALYSIS_GOOD) found = check_language(&answer);
    if (found == ANALYSIS_GOOD) found = each_text(&answer, ground_of);
    if (found == ANALYSIS_GOOD) {
        struct json_writer writer;
        json_writer_init(&writer, 4096);
        write_message(&writer, &answer, signature);
        *json = json_writer_take(&writer, json_len);
    }
    json_decref(answer.root);
    return found;
}
