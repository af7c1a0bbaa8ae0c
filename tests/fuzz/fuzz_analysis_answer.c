/* Any bytes as the answer of a chat service, and as what it says inside a well-formed one: what passes is a
 * message that names no number and no name of its own. */
#include <assert.h>
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "coverage/analysis_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char summary[] =
    "{\"id\":\"000000000000000000000000000000aa\",\"revision\":7,\"status\":\"active\",\"language\":\"en\","
    "\"articleCount\":2,\"sourceCount\":2,\"articles\":["
    "{\"id\":\"00000000000000000000000000000001\",\"source\":\"a.example\",\"bias\":\"left\",\"title\":"
    "\"President Anton Reyek opens summit in Karabash\",\"lead\":\"Anton Reyek put trade at 45 billion "
    "crowns.\"},"
    "{\"id\":\"00000000000000000000000000000002\",\"source\":\"b.example\",\"bias\":\"right\",\"title\":"
    "\"Summit in Karabash ends without a rail deal\",\"lead\":\"Critics called the rail plan a burden.\"}],"
    "\"provenance\":{\"position\":{\"topic\":\"f\",\"partition\":0,\"offset\":1}}}";

static struct analysis_material *material(void)
{
    static struct analysis_material *made;
    static const uint32_t chosen[] = {0, 1};
    static const struct article_card *const cards[2];
    struct analysis_brief brief;
    if (made != NULL) return made;
    struct arena *arena = arena_new();
    enum nw_err err = analysis_brief_read(arena, summary, sizeof(summary) - 1, &brief);
    assert(err == NW_OK);
    made = analysis_material_new(&brief, chosen, 2, cards);
    arena_free(arena);
    return made;
}

static void check(const char *body, size_t len)
{
    static const struct analysis_signature signature = {.model = "m"};
    struct analysis_tokens tokens;
    char *json, detail[ANALYSIS_FAULT_MAX], words[GROUNDING_WORDS_MAX];
    size_t json_len;
    enum analysis_fault fault =
        analysis_answer_check(material(), body, len, &signature, &json, &json_len, &tokens, detail);
    assert((json != NULL) == (fault == ANALYSIS_GOOD) && strlen(detail) < sizeof(detail));
    if (json == NULL) return;
    json_t *message = json_loadb(json, json_len, 0, NULL);
    const char *title = json_string_value(json_object_get(message, "title"));
    assert(title != NULL);
    assert(grounding_check(material()->grounding, title, strlen(title), words) == GROUNDING_NONE);
    json_decref(message);
    free(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct analysis_brief brief;
    struct arena *arena = arena_new();
    check((const char *)data, size);
    json_t *body = json_pack("{s:[{s:{s:s%}}]}", "choices", "message", "content", (const char *)data, size);
    if (body != NULL) { /* valid UTF-8 without NUL */
        char *text = json_dumps(body, 0);
        check(text, strlen(text));
        free(text);
        json_decref(body);
    }
    (void)!analysis_brief_read(arena, (const char *)data, size, &brief);
    arena_free(arena);
    return 0;
}
