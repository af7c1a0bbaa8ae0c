/*
 * coverage_samples SEED COUNT - prints summaries of COUNT made-up stories, one JSON text a line.
 *
 * For coverage_schema.py, which holds them to docs/schemas/coverage.schema.json with a validator
 * that is not ours. The stories are random: any mix of sources, times, groups, missing cards and
 * broken texts that the parts before could ever hand on.
 */
#include "coverage_fixture.h"

#include <stdio.h>

static const char *const ratings_csv =
    "domain,name,bias,factuality,ownership,owner,country,city,paywalled,url\n"
    "s0.example,S Zero,far left,very high,independent,Zed,US,New York,no,https://s0.example/\n"
    "s1.example,,left,high,billionaire,,GB,,yes,\n"
    "s2.example,,lean left,mixed,government,,,,no,\n"
    "s3.example,Three,center,low,corporation,,FR,Paris,no,\n"
    "s4.example,,lean right,very low,telecom,,US,,no,\n"
    "s5.example,,right,,private equity,,US,,no,\n"
    "s6.example,,far right,high,media conglomerate,,,,no,\n"
    "reuters.com,Reuters,center,very high,corporation,,GB,London,no,\n";

static const char *const sources[] = {"s0.example", "s1.example", "s2.example",        "s3.example",
                                      "s4.example", "s5.example", "s6.example",        "reuters.com",
                                      "u0.example", "u1.example", "medium.example/@u2"};

static const char *const texts[] = {
    "",
    "Leaders urge neighbours to step up trade",
    "LIVE: Leaders urge neighbours to step up trade - U0",
    "LEADERS URGE NEIGHBOURS TO STEP UP TRADE",
    "Leaders of the five states have met in the capital to speak about trade.",
    "DUSHANBE (Reuters) - \"We have met,\" said one of the leaders of the five states.",
    "Les dirigeants des cinq \xC3\x89tats se sont r\xC3\xA9unis pour parler du commerce.",
    "\xE4\xB8\x96\xE7\x95\x8C\xE9\xA2\x86\xE5\xAF\xBC\xE4\xBA\xBA\xE4\xBC\x9A\xE8\xA7\x81\xE3\x80\x82",
    "Broken \xFF\xC3 bytes \x01\x1F \"quoted\" \\ and </script> in one text.",
    "\xF0\x9F\x98\x80 | \xE2\x80\x94 - : +",
};

static uint64_t random_state;

static uint64_t draw(uint64_t below)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (random_state >> 33) % below;
}

static const char *random_text(void)
{
    return texts[draw(sizeof(texts) / sizeof(texts[0]))];
}

static int64_t random_time(void)
{
    static const int64_t odd[] = {NW_NO_TIME, INT64_MIN + 1, INT64_MAX, 0, -1, BASE_MS};
    if (draw(12) == 0) return odd[draw(sizeof(odd) / sizeof(odd[0]))];
    return BASE_MS - (int64_t)draw(3 * 86400) * 1000 + (int64_t)draw(2);
}

static void random_sentences(struct fixture *f, struct article_card *card)
{
    card->sentence_count = draw(9);
    card->sentences = arena_calloc(f->arena, card->sentence_count + 1, sizeof(*card->sentences));
    for (size_t i = 0; i < card->sentence_count; i++) {
        uint64_t *terms = arena_calloc(f->arena, 40, sizeof(*terms)), term = 0;
        size_t count = draw(40);
        for (size_t j = 0; j < count; j++) terms[j] = term += 1 + draw(5);
        card->sentences[i] = (struct card_sentence){random_text(), (uint32_t)draw(50), terms, count};
    }
}

static void random_card(struct fixture *f, size_t i)
{
    static const char *const urls[] = {"https://s0.example/a", "http://s1.example/b?x=\"",
                                       "javascript:alert(1)", ""};
    static const char *const places[] = {"", "US", "GB", "usa", "\"x"};
    static const char *const credits[] = {"", "", "Reuters", "AFP", "Nobody \xFF"};
    static const char *const kinds[] = {"", "article", "live", "opinion"};
    struct article_card *card = &f->cards[i];
    card->url = urls[draw(4)];
    card->image_url = urls[draw(4)];
    card->title = random_text();
    card->lead = random_text();
    card->source_name = random_text();
    card->section = random_text();
    card->country = places[draw(5)];
    card->attribution = credits[draw(5)];
    card->kind = kinds[draw(4)];
    card->paywalled = draw(2) == 0;
    card->published_is_day = draw(5) == 0;
    card->published_clamped = draw(5) == 0;
    card->updated_ms = random_time();
    card->tag_count = draw(4);
    card->author_count = draw(12);
    card->tags = arena_calloc(f->arena, 4, sizeof(*card->tags));
    card->authors = arena_calloc(f->arena, 12, sizeof(*card->authors));
    for (size_t j = 0; j < card->tag_count; j++) card->tags[j] = random_text();
    for (size_t j = 0; j < card->author_count; j++) card->authors[j] = random_text();
    random_sentences(f, card);
    if (draw(10) == 0) memset(&card->id, 0, sizeof(card->id));
}

static struct fixture *random_story(void)
{
    struct fixture *f = fixture_new(draw(8) == 0 ? NULL : ratings_csv);
    struct story *story = &f->story;
    uint64_t articles = draw(4) == 0 ? draw(300) : draw(15);
    const size_t pool = sizeof(sources) / sizeof(sources[0]);
    uint64_t kinds = 1 + draw(pool), first = draw(pool); /* some stories are told by one side only */
    for (uint64_t i = 0; i < articles; i++) {
        const char *source = draw(10) == 0 ? arena_printf(f->arena, "many%u.example", (unsigned)draw(500))
                                           : sources[(first + draw(kinds)) % pool];
        size_t m = fixture_add(f, source, 0, "");
        story->members[m].published_ms = random_time();
        story->members[m].group = draw(5) == 0 ? 0 : 1 + draw(articles);
        random_card(f, m);
    }
    story->first_published_ms = random_time();
    story->last_published_ms = random_time();
    story->updated_ms = random_time();
    story->status = (enum story_status)draw(3);
    story->cause = (enum story_cause)draw(7);
    story->merged_into = (struct id128){5, 6};
    if (draw(3) == 0) story->continues = (struct id128){7, 8};
    for (size_t i = 0; i < draw(STORY_RELATED_MAX + 1); i++) story->related[i] = (struct id128){9, i};
    f->policy.articles_limit = (uint32_t)(draw(3) == 0 ? draw(20) : 100);
    if (draw(6) == 0) f->policy.max_bytes = 4096 + draw(30000);
    return f;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: coverage_samples SEED COUNT\n");
        return 2;
    }
    random_state = strtoull(argv[1], NULL, 10);
    for (unsigned long i = strtoul(argv[2], NULL, 10); i > 0; i--) {
        struct fixture *f = random_story();
        struct coverage_input input = fixture_input(f);
        size_t len;
        input.ratings_loaded_ms = draw(2) == 0 ? NW_NO_TIME : BASE_MS;
        char *json = coverage_json(&input, &len, NULL);
        fwrite(json, 1, len, stdout);
        fputc('\n', stdout);
        free(json);
        fixture_free(f);
    }
    return 0;
}
