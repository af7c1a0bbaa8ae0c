#include "coverage_fixture.h"
#include "stories/story_edits.h"

#include <jansson.h>
#include <stdio.h>

static const char *const seed_ratings = "domain,name,bias,factuality,ownership,country,city,paywalled\n"
                                        "l1.example,Left One,left,high,independent,US,New York,no\n"
                                        "l2.example,,lean left,mixed,billionaire,GB,,yes\n"
                                        "c1.example,,center,very high,government,GB,London,no\n"
                                        "c2.example,,center,high,corporation,US,,no\n"
                                        "c3.example,,center,,,,,no\n"
                                        "r1.example,,right,low,media conglomerate,US,,no\n"
                                        "r2.example,,lean right,high,,FR,,no\n"
                                        "r3.example,,far right,very low,,,,no\n"
                                        "afp.com,AFP,center,high,government,FR,Paris,no\n";

static const char *const seed_sources[] = {"l1.example", "l2.example", "c1.example",
                                           "c2.example", "c3.example", "r1.example",
                                           "r2.example", "r3.example", "u1.example"};

static struct fixture *seed_page(void)
{
    struct fixture *f = fixture_new(seed_ratings);
    for (size_t i = 0; i < 9; i++)
        fixture_add(f, seed_sources[i], (int64_t)i * 10 - 100, "Leaders urge neighbours to step up trade");
    f->story.cause = CAUSE_ARTICLE;
    return f;
}

static char *text_of(const struct coverage_input *input)
{
    size_t len;
    char *text = coverage_json(input, &len, NULL);
    assert_int_equal(strlen(text), len);
    return text;
}

static json_t *parsed(const struct coverage_input *input)
{
    char *text = text_of(input);
    json_error_t error;
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL)
        fail_msg("%s near %s", error.text, text + (error.position > 40 ? error.position - 40 : 0));
    free(text);
    return root;
}

static json_t *summary_of(const struct fixture *f)
{
    struct coverage_input input = fixture_input(f);
    return parsed(&input);
}

/* The value at "a.b.0.c"; NULL when there is none. */
static json_t *at(json_t *value, const char *path)
{
    char name[64];
    while (*path != '\0' && value != NULL) {
        size_t len = strcspn(path, ".");
        snprintf(name, sizeof(name), "%.*s", (int)len, path);
        value =
            json_is_array(value) ? json_array_get(value, (size_t)atoi(name)) : json_object_get(value, name);
        path += len + (path[len] == '.');
    }
    return value;
}

static void assert_number(json_t *root, const char *path, json_int_t expected)
{
    json_t *value = at(root, path);
    if (!json_is_integer(value)) fail_msg("%s is no number", path);
    if (json_integer_value(value) != expected)
        fail_msg("%s is %lld, not %lld", path, (long long)json_integer_value(value), (long long)expected);
}

static void assert_text(json_t *root, const char *path, const char *expected)
{
    json_t *value = at(root, path);
    if (!json_is_string(value)) fail_msg("%s is no text", path);
    if (strcmp(json_string_value(value), expected) != 0)
        fail_msg("%s is \"%s\", not \"%s\"", path, json_string_value(value), expected);
}

static void assert_absent(json_t *root, const char *path)
{
    if (at(root, path) != NULL) fail_msg("%s is there", path);
}

static const char *hex_id(const struct fixture *f, size_t member)
{
    char hex[ID128_HEX_LEN + 1];
    id128_hex(f->story.members[member].article, hex);
    return arena_strdup(f->arena, hex);
}

static void seed_page_can_be_drawn(void **state)
{
    (void)state;
    struct fixture *f = seed_page();
    json_t *s = summary_of(f);
    assert_number(s, "schemaVersion", 1);
    assert_number(s, "revision", (json_int_t)((UINT64_C(1) << 40) + 12));
    assert_text(s, "status", "active");
    assert_text(s, "language", "en");
    assert_text(s, "title", "Leaders urge neighbours to step up trade");
    assert_text(s, "updatedAt", "2025-10-09T12:00:00Z");
    assert_text(s, "firstPublishedAt", "2025-10-09T10:20:00Z");
    assert_number(s, "articleCount", 9);
    assert_number(s, "sourceCount", 9);
    assert_number(s, "uniqueCount", 9);
    assert_number(s, "reprintCount", 0);
    assert_number(s, "biasSourceCount", 8);
    assert_number(s, "unratedSourceCount", 1);
    assert_number(s, "biasDistribution.leftSrcCount", 2);
    assert_number(s, "biasDistribution.cntrSrcCount", 3);
    assert_number(s, "biasDistribution.rightSrcCount", 3);
    assert_number(s, "biasDistribution.leftPercent", 25);
    assert_number(s, "biasDistribution.cntrPercent", 38);
    assert_number(s, "biasDistribution.rightPercent", 37);
    assert_number(s, "biasDistribution.detail.leanLeft", 1);
    assert_number(s, "biasDistribution.detail.farRight", 1);
    assert_int_equal(json_array_size(at(s, "biasDistribution.headline")), 2);
    assert_text(s, "biasDistribution.headline.0.side", "center");
    assert_number(s, "biasDistribution.headline.0.percent", 38);
    assert_text(s, "biasDistribution.headline.1.side", "right");
    assert_number(s, "biasDistribution.headline.1.percent", 37);
    assert_absent(s, "blindspot");
    assert_number(s, "factuality.high", 3);
    assert_number(s, "factuality.unknown", 2);
    assert_number(s, "ownership.billionaire", 1);
    assert_number(s, "ownership.uncategorized", 4);
    assert_number(s, "countries.US", 3);
    assert_number(s, "countries.GB", 2);
    assert_int_equal(json_array_size(at(s, "articles")), 9);
    assert_int_equal(json_array_size(at(s, "sources")), 9);
    assert_true(json_is_false(at(s, "articlesTruncated")));
    assert_text(s, "articles.0.source", "u1.example"); /* newest first */
    assert_absent(s, "articles.0.bias");
    assert_text(s, "articles.8.source", "l1.example");
    assert_text(s, "articles.8.sourceName", "Left One");
    assert_text(s, "articles.8.bias", "left");
    assert_text(s, "articles.8.city", "New York");
    assert_text(s, "articles.8.country", "US");
    assert_true(json_is_true(at(s, "articles.7.paywalled")));
    assert_text(s, "provenance.ratingsVersion", ratings_version(f->ratings));
    assert_text(s, "provenance.policyVersion", "0000000000abcdef");
    assert_text(s, "provenance.position.topic", "articles.features");
    assert_number(s, "provenance.position.partition", 3);
    assert_number(s, "provenance.position.offset", 123);
    assert_text(s, "provenance.cause", "article");
    assert_absent(s, "ratingsLoadedAt");
    assert_absent(s, "mergedInto");
    assert_absent(s, "continues");
    json_decref(s);
    fixture_free(f);
}

static void the_same_input_gives_the_same_bytes_whatever_the_source_numbers(void **state)
{
    (void)state;
    struct fixture *a = seed_page();
    struct fixture *b = fixture_new(seed_ratings);
    for (size_t i = 9; i-- > 0;) source_table_intern(b->table, seed_sources[i]);
    for (size_t i = 0; i < 9; i++)
        fixture_add(b, seed_sources[i], (int64_t)i * 10 - 100, "Leaders urge neighbours to step up trade");
    b->story.cause = CAUSE_ARTICLE;
    struct coverage_input x = fixture_input(a), y = fixture_input(b);
    char *first = text_of(&x), *again = text_of(&x), *other = text_of(&y);
    assert_string_equal(first, again);
    assert_string_equal(first, other);
    free(first);
    free(again);
    free(other);
    fixture_free(b);
    fixture_free(a);
}

static void assert_no_nulls(json_t *value)
{
    const char *key;
    json_t *child;
    size_t i;
    assert_false(json_is_null(value));
    json_object_foreach (value, key, child) assert_no_nulls(child);
    json_array_foreach (value, i, child) assert_no_nulls(child);
}

static void merged_stories_point_on_and_say_no_more(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(seed_ratings);
    f->story.status = STORY_MERGED;
    f->story.cause = CAUSE_MERGE;
    f->story.merged_into = (struct id128){7, 8};
    json_t *s = summary_of(f);
    assert_text(s, "status", "merged");
    assert_text(s, "mergedInto", "00000000000000070000000000000008");
    assert_text(s, "provenance.cause", "merge");
    assert_text(s, "updatedAt", "2025-10-09T12:00:00Z");
    assert_absent(s, "articleCount");
    assert_absent(s, "articles");
    json_decref(s);
    fixture_free(f);
}

static void closed_stories_can_still_be_drawn(void **state)
{
    (void)state;
    struct fixture *f = seed_page();
    f->story.status = STORY_CLOSED;
    f->story.continues = (struct id128){0, 9};
    f->story.related[0] = (struct id128){0, 10};
    struct coverage_input input = fixture_input(f);
    input.cause = CAUSE_EXPIRY;
    input.ratings_loaded_ms = BASE_MS + 5;
    json_t *s = parsed(&input);
    assert_text(s, "status", "closed");
    assert_text(s, "provenance.cause", "expiry");
    assert_text(s, "ratingsLoadedAt", "2025-10-09T12:00:00.005Z");
    assert_text(s, "continues", "00000000000000000000000000000009");
    assert_text(s, "relatedStoryIds.0", "0000000000000000000000000000000a");
    assert_int_equal(json_array_size(at(s, "relatedStoryIds")), 1);
    assert_int_equal(json_array_size(at(s, "articles")), 9);
    json_decref(s);
    fixture_free(f);
}

static void an_editors_title_and_where_a_story_was_split_off_are_told(void **state)
{
    (void)state;
    struct fixture *f = seed_page();
    json_t *before = summary_of(f);
    story_edits_set_title(&f->story, "As the desk has it");
    story_edits_of(&f->story)->split_from = (struct id128){7, 8};
    json_t *s = summary_of(f);
    assert_text(s, "title", "As the desk has it");
    assert_text(s, "splitFrom", "00000000000000070000000000000008");
    assert_text(s, "representativeArticleId", json_string_value(at(before, "representativeArticleId")));
    json_decref(s);
    f->story.status = STORY_MERGED; /* what an outbox mark cannot tell is not told by a replay either */
    s = summary_of(f);
    assert_absent(s, "title");
    assert_absent(s, "splitFrom");
    json_decref(s);
    json_decref(before);
    story_edits_free(&f->story);
    fixture_free(f);
}

static void an_emptied_story_has_zeroes_and_no_distribution(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(seed_ratings);
    f->story.status = STORY_CLOSED;
    f->story.cause = CAUSE_RETRACTION;
    f->story.updated_ms = NW_NO_TIME;
    json_t *s = summary_of(f);
    assert_number(s, "articleCount", 0);
    assert_number(s, "biasSourceCount", 0);
    assert_number(s, "velocity.sources24h", 0);
    assert_int_equal(json_array_size(at(s, "articles")), 0);
    static const char *const absent[] = {"title",
                                         "lead",
                                         "representativeArticleId",
                                         "biasDistribution",
                                         "blindspot",
                                         "firstSource",
                                         "firstBySide",
                                         "firstPublishedAt",
                                         "updatedAt",
                                         "independentBiasDistribution"};
    for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++) assert_absent(s, absent[i]);
    assert_no_nulls(s);
    json_decref(s);
    fixture_free(f);
}

static void without_rated_sources_there_is_no_distribution(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(NULL);
    fixture_add(f, "u1.example", 0, "A title of some words");
    fixture_add(f, "u2.example", 0, "A title of some words");
    json_t *s = summary_of(f);
    assert_absent(s, "biasDistribution");
    assert_absent(s, "independentBiasDistribution");
    assert_number(s, "unratedSourceCount", 2);
    assert_text(s, "provenance.ratingsVersion", "none");
    assert_text(s, "articles.0.factuality", "unknown");
    assert_no_nulls(s);
    json_decref(s);
    fixture_free(f);
}

static void blindspot_comes_with_its_interval(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(seed_ratings);
    static const char *const sources[] = {"c1.example", "c2.example", "r1.example", "r2.example",
                                          "r3.example"};
    for (size_t i = 0; i < 5; i++) fixture_add(f, sources[i], 0, "A title of some words");
    json_t *s = summary_of(f);
    assert_text(s, "blindspot.blindspotFor", "left");
    assert_number(s, "blindspot.minorPercent", 0);
    assert_number(s, "blindspot.ci95.0", 0);
    assert_number(s, "blindspot.ci95.1", 43);
    assert_number(s, "blindspot.policyVersion", 1);
    json_decref(s);
    fixture_free(f);
}

static void reprints_count_once_at_the_agency_they_credit(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(seed_ratings);
    fixture_add(f, "l1.example", 0, "Leaders meet"); /* earliest, but AFP's text */
    fixture_add(f, "r1.example", 5, "Leaders meet");
    fixture_add(f, "afp.com", 10, "Leaders meet");
    fixture_add(f, "c1.example", 2, "Leaders have met");
    fixture_add(f, "l2.example", 1, "Leaders did meet");
    f->cards[1].attribution = "AFP";
    f->story.members[1].group = f->story.members[2].group = f->story.members[0].group;
    f->story.members[4].group = f->story.members[3].group; /* nobody credited: the earliest */
    json_t *s = summary_of(f);
    assert_number(s, "uniqueCount", 2);
    assert_number(s, "reprintCount", 3);
    assert_int_equal(json_array_size(at(s, "reprintGroups")), 2);
    assert_text(s, "reprintGroups.0.original", hex_id(f, 2));
    assert_text(s, "reprintGroups.0.articleIds.0", hex_id(f, 2));
    assert_text(s, "reprintGroups.0.articleIds.1", hex_id(f, 0));
    assert_int_equal(json_array_size(at(s, "reprintGroups.0.articleIds")), 3);
    assert_number(s, "reprintGroups.0.articleCount", 3);
    assert_text(s, "reprintGroups.0.attribution", "AFP");
    assert_text(s, "reprintGroups.1.original", hex_id(f, 4));
    assert_absent(s, "reprintGroups.1.attribution");
    assert_number(s, "biasDistribution.leftSrcCount", 2);
    assert_number(s, "biasDistribution.cntrSrcCount", 2);
    assert_number(s, "independentBiasDistribution.leftSrcCount", 1);
    assert_number(s, "independentBiasDistribution.cntrSrcCount", 1);
    assert_number(s, "independentBiasDistribution.rightSrcCount", 0);
    assert_text(s, "articles.0.source", "afp.com");
    assert_absent(s, "articles.0.reprintOf");
    assert_text(s, "articles.1.source", "r1.example");
    assert_text(s, "articles.1.reprintOf", hex_id(f, 2));
    json_decref(s);
    fixture_free(f);
}

static void a_source_with_two_texts_of_its_own_is_one_newsroom(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(seed_ratings);
    fixture_add(f, "l1.example", 0, "One");
    fixture_add(f, "l1.example", 1, "Two");
    fixture_add(f, "r1.example", 2, "Three");
    json_t *s = summary_of(f);
    assert_number(s, "independentBiasDistribution.leftSrcCount", 1);
    assert_number(s, "independentBiasDistribution.rightSrcCount", 1);
    assert_text(s, "sources.0.source", "l1.example");
    assert_number(s, "sources.0.articleCount", 2);
    assert_number(s, "sources.0.originalCount", 2);
    json_decref(s);
    fixture_free(f);
}

static void firsts_have_the_lag_of_each_side(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(seed_ratings);
    fixture_add(f, "r1.example", 30, "x");
    fixture_add(f, "c1.example", 10, "x");
    fixture_add(f, "c2.example", 10, "x"); /* the same minute, arrived later */
    fixture_add(f, "u1.example", -5, "x"); /* unrated: first of all, of no side */
    size_t undated = fixture_add(f, "l1.example", 0, "x");
    f->story.members[undated].published_ms = NW_NO_TIME;
    json_t *s = summary_of(f);
    assert_text(s, "firstSource.source", "u1.example");
    assert_text(s, "firstSource.at", "2025-10-09T11:55:00Z");
    assert_text(s, "firstBySide.center.source", "c1.example");
    assert_number(s, "firstBySide.center.lagMs", 15 * 60000);
    assert_number(s, "firstBySide.right.lagMs", 35 * 60000);
    assert_absent(s, "firstBySide.left");
    assert_absent(s, "articles.4.publishedAt"); /* undated last */
    json_decref(s);
    fixture_free(f);
}

static void a_day_without_time_is_not_first_on_its_day(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(seed_ratings);
    size_t day = fixture_add(f, "l1.example", -12 * 60, "x"); /* 00:00 of the day */
    f->cards[day].published_is_day = true;
    fixture_add(f, "r1.example", 60, "x");
    json_t *s = summary_of(f);
    assert_text(s, "firstSource.source", "r1.example");
    assert_text(s, "firstBySide.left.at", "2025-10-09T00:00:00Z");
    assert_absent(s, "firstBySide.left.lagMs");
    assert_true(json_is_true(at(s, "articles.1.publishedAtIsDay")));
    json_decref(s);
    f->story.members[day].published_ms -= INT64_C(86400000); /* the day before: certainly first */
    s = summary_of(f);
    assert_text(s, "firstSource.source", "l1.example");
    json_decref(s);
    fixture_free(f);
}

static bool lists_source(json_t *summary, const char *source)
{
    json_t *article;
    size_t i;
    json_array_foreach (at(summary, "articles"), i, article) {
        if (strcmp(json_string_value(at(article, "source")), source) == 0) return true;
    }
    return false;
}

static void a_cut_list_keeps_the_newest_and_one_of_each_side(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(seed_ratings);
    fixture_add(f, "u0.example", -500, "First of all to tell it");
    fixture_add(f, "l1.example", -400, "The left on the story here");
    fixture_add(f, "r1.example", -300, "The right on the story here");
    for (int i = 0; i < 300; i++)
        fixture_add(f, arena_printf(f->arena, "u%d.example", i + 1), i, "Many tell the same story too");
    f->policy.articles_limit = 10;
    json_t *s = summary_of(f);
    assert_number(s, "articleCount", 303);
    assert_true(json_is_true(at(s, "articlesTruncated")));
    assert_int_equal(json_array_size(at(s, "articles")), 10);
    assert_text(s, "articles.0.source", "u300.example");
    assert_text(s, "articles.4.source", "u296.example");
    assert_true(lists_source(s, "l1.example"));
    assert_true(lists_source(s, "r1.example"));
    assert_true(lists_source(s, "u0.example")); /* firstSource */
    json_decref(s);
    f->policy.articles_limit = 3; /* what the summary refers to is more than three: sides go first */
    fixture_add(f, "c1.example", -450, "The center on the story here");
    s = summary_of(f);
    assert_int_equal(json_array_size(at(s, "articles")), 3);
    assert_true(lists_source(s, "l1.example"));
    assert_true(lists_source(s, "c1.example"));
    assert_true(lists_source(s, "r1.example"));
    json_decref(s);
    f->policy.articles_limit = 0;
    s = summary_of(f);
    assert_int_equal(json_array_size(at(s, "articles")), 0);
    json_decref(s);
    fixture_free(f);
}

static void articles_without_a_card_count_and_are_not_listed(void **state)
{
    (void)state;
    struct fixture *f = seed_page();
    for (size_t i = 0; i < 9; i++)
        if (i != 4) memset(&f->cards[i].id, 0, sizeof(f->cards[i].id));
    json_t *s = summary_of(f);
    assert_number(s, "articleCount", 9);
    assert_int_equal(json_array_size(at(s, "articles")), 1);
    assert_true(json_is_true(at(s, "articlesTruncated")));
    assert_text(s, "representativeArticleId", hex_id(f, 4));
    assert_text(s, "firstSource.source", "l1.example");
    json_decref(s);
    memset(&f->cards[4].id, 0, sizeof(f->cards[4].id));
    s = summary_of(f);
    assert_absent(s, "title");
    assert_int_equal(json_array_size(at(s, "sources")), 9);
    json_decref(s);
    fixture_free(f);
}

static const char *long_text(struct fixture *f, size_t len)
{
    char *text = arena_alloc(f->arena, len + 1);
    memset(text, 'a', len);
    text[len] = '\0';
    return text;
}

static void a_huge_story_stays_within_its_bytes(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(seed_ratings);
    const char *text = long_text(f, 3000);
    for (int i = 0; i < 3000; i++) {
        size_t m = fixture_add(f, arena_printf(f->arena, "source%d.example", i), i, "t");
        f->cards[m].title = f->cards[m].lead = f->cards[m].section = f->cards[m].source_name = text;
        f->story.members[m].group = (uint64_t)(i / 2) + 1;
    }
    struct coverage_input input = fixture_input(f);
    static const size_t maxima[] = {900 * 1024, 100 * 1024, 20 * 1024, 5 * 1024};
    for (size_t i = 0; i < 4; i++) {
        f->policy.max_bytes = maxima[i];
        size_t len;
        char *json = coverage_json(&input, &len, NULL);
        if (len > maxima[i]) fail_msg("%zu bytes of %zu", len, maxima[i]);
        free(json);
        json_t *s = summary_of(f);
        assert_number(s, "articleCount", 3000);
        assert_number(s, "uniqueCount", 1500);
        json_decref(s);
    }
    fixture_free(f);
}

static void hostile_strings_stay_strings(void **state)
{
    (void)state;
    struct fixture *f = fixture_new("domain,name,bias\nx.example,\"</script>\"\"\\\",left\n");
    static const char *const authors[] = {"A\x01", "\xFF\xFE", ""};
    static const char *const tags[] = {"\"}]", "\xED\xA0\x80", "", "tag", "TAG"};
    size_t m = fixture_add(f, "x.example", 0, "T\"itle \\ \x02 \xC3( of \xF0\x28\x8C\xBC words here");
    f->cards[m].url = "javascript:alert(1)";
    f->cards[m].image_url = "data:text/html,x";
    f->cards[m].country = "\"US";
    f->cards[m].kind = "\n";
    f->cards[m].attribution = long_text(f, 10000);
    f->cards[m].authors = (const char **)(uintptr_t)authors;
    f->cards[m].author_count = 3;
    f->cards[m].tags = (const char **)(uintptr_t)tags;
    f->cards[m].tag_count = 5;
    f->cards[m].published_ms = f->story.members[m].published_ms = INT64_MAX;
    f->story.first_published_ms = f->story.last_published_ms = INT64_MAX;
    m = fixture_add(f, "x.example", 0, "");
    f->cards[m].url = arena_printf(f->arena, "https://x.example/%s", long_text(f, 9000));
    f->story.members[m].published_ms = INT64_MIN + 1;
    json_t *s = summary_of(f);
    assert_absent(s, "articles.0.url");
    assert_absent(s, "articles.0.imageUrl");
    assert_absent(s, "articles.1.url");
    assert_absent(s, "countries.US");
    assert_int_equal(json_array_size(at(s, "tags")), 3);
    assert_text(s, "articles.0.sourceName", "</script>\"\\");
    assert_no_nulls(s);
    json_decref(s);
    fixture_free(f);
}

static void tags_are_those_most_texts_carry(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(NULL);
    static const char *one[] = {"Trade", "Summit", "trade"}, *two[] = {"summit", "TRADE", "Asia"},
                      *three[] = {"trade"};
    const char **lists[] = {one, two, three};
    const size_t counts[] = {3, 3, 1};
    for (size_t i = 0; i < 3; i++) {
        size_t m = fixture_add(f, "u1.example", 0, "x");
        f->cards[m].tags = lists[i];
        f->cards[m].tag_count = counts[i];
    }
    json_t *s = summary_of(f);
    assert_int_equal(json_array_size(at(s, "tags")), 3);
    assert_text(s, "tags.0", "Trade");
    assert_text(s, "tags.1", "Summit");
    assert_text(s, "tags.2", "Asia");
    json_decref(s);
    fixture_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seed_page_can_be_drawn),
        cmocka_unit_test(the_same_input_gives_the_same_bytes_whatever_the_source_numbers),
        cmocka_unit_test(merged_stories_point_on_and_say_no_more),
        cmocka_unit_test(closed_stories_can_still_be_drawn),
        cmocka_unit_test(an_editors_title_and_where_a_story_was_split_off_are_told),
        cmocka_unit_test(an_emptied_story_has_zeroes_and_no_distribution),
        cmocka_unit_test(without_rated_sources_there_is_no_distribution),
        cmocka_unit_test(blindspot_comes_with_its_interval),
        cmocka_unit_test(reprints_count_once_at_the_agency_they_credit),
        cmocka_unit_test(a_source_with_two_texts_of_its_own_is_one_newsroom),
        cmocka_unit_test(firsts_have_the_lag_of_each_side),
        cmocka_unit_test(a_day_without_time_is_not_first_on_its_day),
        cmocka_unit_test(a_cut_list_keeps_the_newest_and_one_of_each_side),
        cmocka_unit_test(articles_without_a_card_count_and_are_not_listed),
        cmocka_unit_test(a_huge_story_stays_within_its_bytes),
        cmocka_unit_test(hostile_strings_stay_strings),
        cmocka_unit_test(tags_are_those_most_texts_carry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
