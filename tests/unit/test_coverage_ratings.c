#include "coverage_fixture.h"

#include <stdio.h>
#include <time.h>

#include "coverage/ratings_opinion.h"

static struct ratings *load(const char *text)
{
    struct ratings *ratings = NULL;
    char *error = NULL;
    enum nw_err err = ratings_load(text, strlen(text), NULL, &ratings, &error);
    if (err != NW_OK) fail_msg("refused: %s", error);
    return ratings;
}

static void assert_refused(const char *text, size_t len, const char *part)
{
    struct ratings *ratings = NULL;
    char *error = NULL;
    assert_int_equal(ratings_load(text, len, NULL, &ratings, &error), NW_ERR_INPUT);
    assert_null(ratings);
    if (strstr(error, part) == NULL) fail_msg("\"%s\" does not say \"%s\"", error, part);
    free(error);
}

static void assert_issue(const struct ratings *ratings, size_t i, size_t line, const char *part)
{
    const struct ratings_issue *issues;
    assert_true(ratings_issues(ratings, &issues) > i);
    assert_int_equal(issues[i].line, line);
    if (strstr(issues[i].reason, part) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", issues[i].reason, part);
}

static size_t issue_count(const struct ratings *ratings)
{
    const struct ratings_issue *issues;
    return ratings_issues(ratings, &issues);
}

static void csv_columns_may_come_in_any_order(void **state)
{
    (void)state;
    struct ratings *r =
        load("city,bias,paywalled,domain,owner,unheard of,ownership,name,country,factuality,url\n"
             "New York,lean left,yes,www.One.example,Ann Owner,x,billionaire,One,us,very high,"
             "https://one.example/about\n");
    const struct rating *one = ratings_find(r, "one.example");
    assert_non_null(one);
    assert_string_equal(one->domain, "one.example");
    assert_string_equal(one->name, "One");
    assert_string_equal(one->owner, "Ann Owner");
    assert_string_equal(one->city, "New York");
    assert_string_equal(one->country, "US");
    assert_string_equal(one->url, "https://one.example/about");
    assert_int_equal(one->bias, BIAS_LEAN_LEFT);
    assert_int_equal(one->factuality, FACTUALITY_VERY_HIGH);
    assert_int_equal(one->ownership, OWNERSHIP_BILLIONAIRE);
    assert_true(one->paywalled);
    assert_int_equal(issue_count(r), 0);
    ratings_unref(r);
}

static void csv_takes_bom_crlf_quotes_and_other_separators(void **state)
{
    (void)state;
    struct ratings *r = load("\xEF\xBB\xBF\"domain\",\"name\",bias\r\n"
                             "a.example,\"The \"\"A\"\", daily\",\"allsides=-2.1;adfontes=-9;mbfc=-3.5\"\r\n"
                             "\r\n"
                             "b.example,\"two\nlines\",right\r"
                             "c.example,C,center");
    assert_int_equal(ratings_count(r), 3);
    assert_string_equal(ratings_find(r, "a.example")->name, "The \"A\", daily");
    assert_int_equal(ratings_find(r, "a.example")->bias, BIAS_LEAN_LEFT);
    assert_string_equal(ratings_find(r, "b.example")->name, "two\nlines");
    assert_int_equal(ratings_find(r, "c.example")->bias, BIAS_CENTER);
    ratings_unref(r);

    r = load("domain;bias;name\nd.example;left;\"x;y\"\n");
    assert_string_equal(ratings_find(r, "d.example")->name, "x;y");
    ratings_unref(r);
    r = load("domain\tbias\ne.example\tright\n");
    assert_int_equal(ratings_find(r, "e.example")->bias, BIAS_RIGHT);
    ratings_unref(r);
}

static void bad_rows_are_named_by_line_and_skipped(void **state)
{
    (void)state;
    struct ratings *r = load("domain,bias,name\n"
                             "good.example,left,Good\n"
                             "short.example,left\n"
                             "long.example,left,x,y\n"
                             "odd.example,sideways,Odd\n"
                             "no domain,left,x\n"
                             "good.example,right,Again\n"
                             "\"open.example,left,x\n"
                             "bytes.example,left,\xFF\xFE\n"
                             "\"a.example\"b,left,x\n"
                             "last.example,right,Last\n");
    assert_int_equal(ratings_count(r), 2);
    assert_int_equal(ratings_find(r, "good.example")->bias, BIAS_LEFT);
    assert_non_null(ratings_find(r, "last.example"));
    assert_int_equal(issue_count(r), 8);
    assert_issue(r, 0, 3, "it has 2 columns where the header has 3");
    assert_issue(r, 1, 4, "it has 4 columns where the header has 3");
    assert_issue(r, 2, 5, "bias \"sideways\" is not known");
    assert_issue(r, 3, 6, "domain \"no domain\" is not a domain");
    assert_issue(r, 4, 7, "good.example is already on line 2");
    assert_issue(r, 5, 8, "quote");
    assert_issue(r, 6, 9, "UTF-8");
    assert_issue(r, 7, 10, "text follows a closing quote");
    ratings_unref(r);
}

static void unreadable_details_cost_the_detail_and_not_the_row(void **state)
{
    (void)state;
    struct ratings *r = load("domain,bias,factuality,ownership,country,paywalled,url\n"
                             "a.example,left,fabulous,a cat,Atlantis,maybe,javascript:alert(1)\n"
                             "b.example,left,high,state,UK,no,http://b.example\n");
    const struct rating *a = ratings_find(r, "a.example");
    assert_int_equal(a->bias, BIAS_LEFT);
    assert_int_equal(a->factuality, FACTUALITY_UNKNOWN);
    assert_int_equal(a->ownership, OWNERSHIP_UNCATEGORIZED);
    assert_string_equal(a->country, "");
    assert_string_equal(a->url, "");
    assert_int_equal(issue_count(r), 5);
    assert_string_equal(ratings_find(r, "b.example")->country, "GB");
    ratings_unref(r);
}

static void issues_never_hold_bytes_that_are_not_text(void **state)
{
    (void)state;
    struct ratings *r =
        load("domain,bias\nok.example,left\n"
             "x.example,aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xC3\xA9\xC3\xA9\n"
             "y.example,\"b\x1b[31m\"\n");
    assert_issue(r, 0, 3, "aaa?\"");
    assert_issue(r, 1, 4, "b?[31m");
    ratings_unref(r);
}

static void json_lines_are_read_too(void **state)
{
    (void)state;
    struct ratings *r = load(
        "{\"domain\":\"a.example\",\"bias\":\"Left-Center\",\"paywalled\":true,\"name\":null}\n"
        "\r\n"
        "{\"bias\":{\"allsides\":3.2,\"mbfc\":6,\"adfontes\":\"skews right\"},\"domain\":\"b.example\"}\r\n"
        "[1]\n"
        "{\"domain\":\"c.example\",\"domain\":\"d.example\"}\n"
        "{\"domain\":[\"e.example\"],\"bias\":\"left\"}\n"
        "{\"domain\":\"f.example\",\"bias\":3}\n"
        "{\"domain\":\"h.example\",\"bias\":{\"mbfc\":1e300}}\n"
        "{\"domain\":\"g.example\"");
    assert_int_equal(ratings_count(r), 2);
    assert_int_equal(ratings_find(r, "a.example")->bias, BIAS_LEAN_LEFT);
    assert_true(ratings_find(r, "a.example")->paywalled);
    assert_int_equal(ratings_find(r, "b.example")->bias, BIAS_RIGHT);
    assert_int_equal(issue_count(r), 6);
    assert_issue(r, 0, 4, "not a JSON object");
    assert_issue(r, 1, 5, "each key once");
    assert_issue(r, 2, 6, "domain is not a text");
    assert_issue(r, 3, 7, "bias is not a text");
    assert_issue(r, 4, 8, "is not known");
    assert_issue(r, 5, 9, "not a JSON object");
    ratings_unref(r);
}

static void files_with_nothing_readable_are_refused(void **state)
{
    (void)state;
    assert_refused("", 0, "empty");
    assert_refused("\n\n", 2, "empty");
    assert_refused("hello world", 11, "not a header");
    assert_refused("domain,bias\n", 12, "no row");
    assert_refused("domain,bias,bias\na.example,left,left\n", 38, "twice");
    assert_refused("name,bias\nA,left\n", 17, "not a header");
    assert_refused("domain,bias\na.example,upside down\n", 34, "line 2: bias \"upside down\" is not known");
    assert_refused("{\"x\":1}\n", 8, "line 1");
    assert_refused("dom\0ain,bias\n", 13, "not a header");
    assert_refused("\"domain,bias\na.example,left\n", 28, "not a header");
}

static void an_open_quote_does_not_swallow_the_file(void **state)
{
    (void)state;
    char text[20000] = "domain,bias,name\nopen.example,left,\"never closed\n";
    for (int i = 0; i < 300; i++) {
        char line[64];
        snprintf(line, sizeof(line), "s%d.example,left,some name that is here\n", i);
        strcat(text, line);
    }
    struct ratings *r = load(text);
    assert_int_equal(ratings_count(r), 300);
    assert_issue(r, 0, 2, "not closed");
    ratings_unref(r);
}

static void lookup_goes_from_the_host_to_its_parents(void **state)
{
    (void)state;
    struct ratings *r =
        load("domain,bias\nbbc.example,center\nsport.bbc.example,left\nmedium.example/@x,right\n"
             "deep.co.example,left\n");
    assert_int_equal(ratings_find(r, "sport.bbc.example")->bias, BIAS_LEFT);
    assert_int_equal(ratings_find(r, "news.bbc.example")->bias, BIAS_CENTER);
    assert_int_equal(ratings_find(r, "a.b.deep.co.example")->bias, BIAS_LEFT);
    assert_int_equal(ratings_find(r, "medium.example/@x")->bias, BIAS_RIGHT);
    assert_null(ratings_find(r, "www.bbc.example/@x"));
    assert_null(ratings_find(r, "notbbc.example"));
    assert_null(ratings_find(r, "example"));
    assert_null(ratings_find(r, ""));
    ratings_unref(r);
    r = ratings_empty();
    assert_null(ratings_find(r, "bbc.example"));
    assert_int_equal(ratings_loaded_ms(r), NW_NO_TIME);
    ratings_unref(r);
}

static void version_is_of_the_bytes_unless_given(void **state)
{
    (void)state;
    struct ratings *a = load("domain,bias\na.example,left\n"), *b = load("domain,bias\na.example,left\n"),
                   *c = load("domain,bias\na.example,right\n"), *d = NULL;
    char *error;
    assert_string_equal(ratings_version(a), ratings_version(b));
    assert_string_not_equal(ratings_version(a), ratings_version(c));
    assert_int_equal(strlen(ratings_version(a)), 32);
    assert_int_equal(ratings_load("domain,bias\na.example,left\n", 27, "2025-10", &d, &error), NW_OK);
    assert_string_equal(ratings_version(d), "2025-10");
    assert_ptr_equal(ratings_ref(d), d);
    ratings_unref(d);
    assert_int_equal(ratings_count(d), 1);
    ratings_unref(d);
    ratings_unref(c);
    ratings_unref(b);
    ratings_unref(a);
}

static void labels_of_all_raters_are_known(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum bias bias;
    } cases[] = {
        {"Left", BIAS_LEFT},
        {"Lean Left", BIAS_LEAN_LEFT},
        {"Center", BIAS_CENTER},
        {"Lean Right", BIAS_LEAN_RIGHT},
        {"Right", BIAS_RIGHT},
        {"Mixed", BIAS_UNRATED},
        {"left-center", BIAS_LEAN_LEFT},
        {"right-center", BIAS_LEAN_RIGHT},
        {"LEAST BIASED", BIAS_CENTER},
        {"extreme left", BIAS_FAR_LEFT},
        {"Extreme-Right", BIAS_FAR_RIGHT},
        {"far left", BIAS_FAR_LEFT},
        {"farRight", BIAS_FAR_RIGHT},
        {"pro-science", BIAS_UNRATED},
        {"conspiracy-pseudoscience", BIAS_UNRATED},
        {"Most Extreme Left", BIAS_FAR_LEFT},
        {"Hyper-Partisan Left", BIAS_LEFT},
        {"Skews Left", BIAS_LEAN_LEFT},
        {"Middle or Balanced Bias", BIAS_CENTER},
        {"Skews Right", BIAS_LEAN_RIGHT},
        {"Strong Right", BIAS_RIGHT},
        {"centre", BIAS_CENTER},
        {"", BIAS_UNRATED},
        {"-", BIAS_UNRATED},
        {"N/A", BIAS_UNRATED},
        {"not rated", BIAS_UNRATED},
    };
    char reason[RATINGS_OPINION_REASON];
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        enum bias bias;
        if (!ratings_opinion_bias(cases[i].text, &bias, reason)) fail_msg("%s", reason);
        if (bias != cases[i].bias) fail_msg("%s gives %s", cases[i].text, bias_json_name(bias));
    }
    enum bias untouched = BIAS_COUNT;
    assert_false(ratings_opinion_bias("-2.1", &untouched, reason));
    assert_non_null(strstr(reason, "whose scale"));
    assert_int_equal(untouched, BIAS_COUNT);
}

static void opinions_are_mapped_by_their_scale_and_averaged(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum bias bias;
    } cases[] = {
        {"allsides=-2.1;adfontes=-9;mbfc=-3.5", BIAS_LEAN_LEFT},
        {"allsides=0.99", BIAS_CENTER},
        {"allsides=1", BIAS_LEAN_RIGHT},
        {"allsides=-2.99", BIAS_LEAN_LEFT},
        {"allsides=-3", BIAS_LEFT},
        {"AllSides = 6.0", BIAS_RIGHT},
        {"mbfc=1.9", BIAS_CENTER},
        {"mbfc=2", BIAS_LEAN_RIGHT},
        {"mbfc=4.9", BIAS_LEAN_RIGHT},
        {"mbfc=5", BIAS_RIGHT},
        {"mbfc=-8", BIAS_FAR_LEFT},
        {"adfontes=5.99", BIAS_CENTER},
        {"adfontes=-6", BIAS_LEAN_LEFT},
        {"adfontes=18", BIAS_RIGHT},
        {"adfontes=30", BIAS_FAR_RIGHT},
        {"Ad Fontes=-41.5", BIAS_FAR_LEFT},
        {"mbfc=9;allsides=4", BIAS_RIGHT},  /* 3 and 2: a half rounds towards the center */
        {"mbfc=-9;allsides=-4", BIAS_LEFT}, /* the same on the other side */
        {"mbfc=-9;allsides=-4;adfontes=-40", BIAS_FAR_LEFT},
        {"allsides=-1;allsides=1", BIAS_CENTER},
        {"allsides=lean right;mbfc=satire", BIAS_LEAN_RIGHT},
        {"allsides=mixed", BIAS_UNRATED},
        {"house=left; mbfc=left-center;", BIAS_LEAN_LEFT},
    };
    static const char *const bad[] = {
        "allsides=6.1", "mbfc=-10.5",   "adfontes=43", "house=-2",     "allsides=1e3",
        "allsides=--2", "allsides=2.x", "=left",       "left;right=2", "mbfc=99999999999999999999",
        "allsides=.",   "allsides=nan"};
    char reason[RATINGS_OPINION_REASON];
    enum bias bias;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (!ratings_opinion_bias(cases[i].text, &bias, reason)) fail_msg("%s", reason);
        if (bias != cases[i].bias) fail_msg("%s gives %s", cases[i].text, bias_json_name(bias));
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (ratings_opinion_bias(bad[i], &bias, reason)) fail_msg("%s is taken", bad[i]);
}

static void factuality_and_ownership_have_synonyms(void **state)
{
    (void)state;
    char reason[RATINGS_OPINION_REASON];
    enum factuality factuality;
    enum ownership ownership;
    assert_true(ratings_opinion_factuality("Mostly Factual", &factuality, reason));
    assert_int_equal(factuality, FACTUALITY_HIGH);
    assert_true(ratings_opinion_factuality("VERY-LOW", &factuality, reason));
    assert_int_equal(factuality, FACTUALITY_VERY_LOW);
    assert_true(ratings_opinion_factuality("veryHigh", &factuality, reason));
    assert_int_equal(factuality, FACTUALITY_VERY_HIGH);
    assert_true(ratings_opinion_factuality("", &factuality, reason));
    assert_int_equal(factuality, FACTUALITY_UNKNOWN);
    assert_false(ratings_opinion_factuality("85", &factuality, reason));
    assert_true(ratings_opinion_ownership("Private Equity", &ownership, reason));
    assert_int_equal(ownership, OWNERSHIP_PRIVATE_EQUITY);
    assert_true(ratings_opinion_ownership("State Funded Media", &ownership, reason));
    assert_int_equal(ownership, OWNERSHIP_GOVERNMENT);
    assert_true(ratings_opinion_ownership("non-profit", &ownership, reason));
    assert_int_equal(ownership, OWNERSHIP_OTHER);
    assert_false(ratings_opinion_ownership("the moon", &ownership, reason));
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void twenty_thousand_domains_load_fast(void **state)
{
    (void)state;
    enum { DOMAINS = 20000 };
    char *csv = nw_calloc(DOMAINS, 160), *json = nw_calloc(DOMAINS, 240);
    size_t csv_len =
        (size_t)sprintf(csv, "domain,name,bias,factuality,ownership,owner,country,city,paywalled,url\n");
    size_t json_len = 0;
    for (int i = 0; i < DOMAINS; i++) {
        csv_len +=
            (size_t)sprintf(csv + csv_len,
                            "site%d.example,Site %d,mbfc=-3.5;allsides=-1,mostly factual,state,Owner %d,US,"
                            "Town,no,https://site%d.example/\n",
                            i, i, i % 100, i);
        json_len +=
            (size_t)sprintf(json + json_len,
                            "{\"domain\":\"site%d.example\",\"name\":\"Site %d\",\"bias\":\"lean left\","
                            "\"factuality\":\"high\",\"ownership\":\"government\",\"country\":\"US\"}\n",
                            i, i);
    }
    double start = seconds();
    struct ratings *r = load(csv);
    double middle = seconds();
    assert_int_equal(ratings_count(r), DOMAINS);
    assert_int_equal(issue_count(r), 0);
    ratings_unref(r);
    double restart = seconds();
    r = load(json);
    double end = seconds();
    assert_int_equal(ratings_count(r), DOMAINS);
    assert_string_equal(ratings_find(r, "site19999.example")->name, "Site 19999");
    ratings_unref(r);
    print_message("20000 domains: CSV %.1f ms, JSON lines %.1f ms\n", (middle - start) * 1e3,
                  (end - restart) * 1e3);
    assert_true(middle - start < 1.0 && end - restart < 1.0); /* 0.1 s is the goal; slack for sanitizers */
    free(csv);
    free(json);
}

static void many_bad_rows_are_counted_and_not_all_kept(void **state)
{
    (void)state;
    char *text = nw_calloc(5000, 16);
    size_t len = (size_t)sprintf(text, "domain,bias\na.example,left\n");
    for (int i = 0; i < 4000; i++) len += (size_t)sprintf(text + len, "?,left\n");
    struct ratings *r = load(text);
    assert_int_equal(issue_count(r), 1000);
    assert_issue(r, 999, 1002, "3000 more rows are not named here");
    ratings_unref(r);
    free(text);
}

static void shipped_ratings_are_read_without_complaint(void **state)
{
    (void)state;
    static const char *const files[] = {TEST_SOURCE_DIR "/config/ratings.example.csv",
                                        TEST_SOURCE_DIR "/demo/ratings.csv"};
    for (size_t i = 0; i < 2; i++) {
        char *text = nw_calloc(1 << 20, 1);
        FILE *file = fopen(files[i], "r");
        assert_non_null(file);
        assert_true(fread(text, 1, (1 << 20) - 1, file) > 0);
        fclose(file);
        struct ratings *r = load(text);
        const struct ratings_issue *issues;
        if (ratings_issues(r, &issues) > 0)
            fail_msg("%s:%zu: %s", files[i], issues[0].line, issues[0].reason);
        ratings_unref(r);
        free(text);
    }
}

/* Random bytes of a small alphabet: nothing may crash, and what loads must be whole. Seed is printed. */
static void random_bytes_are_loaded_or_refused(void **state)
{
    (void)state;
    static const char *const words[] = {
        "domain", "bias", ",",        ";",  "\t", "\"", "\"\"", "\n",   "\r\n",         "a.example",
        "left",   "=",    "allsides", "-2", "{",  "}",  ":",    "\xFF", "\xEF\xBB\xBF", "\\"};
    unsigned seed = (unsigned)time(NULL), now = seed;
    for (int round = 0; round < 3000; round++) {
        char text[256] = "domain,bias\n";
        size_t len = round % 2 == 0 ? strlen(text) : 0;
        for (int i = 0; i < 30; i++) {
            now = now * 1103515245u + 12345u;
            const char *word = words[(now >> 16) % (sizeof(words) / sizeof(words[0]))];
            if (len + strlen(word) >= sizeof(text)) break;
            memcpy(text + len, word, strlen(word));
            len += strlen(word);
        }
        struct ratings *r = NULL;
        char *error = NULL;
        if (ratings_load(text, len, NULL, &r, &error) == NW_OK) {
            if (ratings_count(r) == 0) fail_msg("seed %u round %d: empty ratings", seed, round);
            ratings_unref(r);
        } else {
            if (error == NULL) fail_msg("seed %u round %d: no reason", seed, round);
            free(error);
        }
    }
    print_message("seed %u\n", seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_columns_may_come_in_any_order),
        cmocka_unit_test(csv_takes_bom_crlf_quotes_and_other_separators),
        cmocka_unit_test(bad_rows_are_named_by_line_and_skipped),
        cmocka_unit_test(unreadable_details_cost_the_detail_and_not_the_row),
        cmocka_unit_test(issues_never_hold_bytes_that_are_not_text),
        cmocka_unit_test(json_lines_are_read_too),
        cmocka_unit_test(files_with_nothing_readable_are_refused),
        cmocka_unit_test(an_open_quote_does_not_swallow_the_file),
        cmocka_unit_test(lookup_goes_from_the_host_to_its_parents),
        cmocka_unit_test(version_is_of_the_bytes_unless_given),
        cmocka_unit_test(labels_of_all_raters_are_known),
        cmocka_unit_test(opinions_are_mapped_by_their_scale_and_averaged),
        cmocka_unit_test(factuality_and_ownership_have_synonyms),
        cmocka_unit_test(twenty_thousand_domains_load_fast),
        cmocka_unit_test(many_bad_rows_are_counted_and_not_all_kept),
        cmocka_unit_test(shipped_ratings_are_read_without_complaint),
        cmocka_unit_test(random_bytes_are_loaded_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
