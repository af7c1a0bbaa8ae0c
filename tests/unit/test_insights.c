#include "coverage_fixture.h"

#include "coverage/insights.h"
#include "coverage/story_view.h"
#include "coverage/syndication.h"
#include "coverage/title_choice.h"

static const char *const ratings_csv =
    "domain,bias\nl1.example,left\nl2.example,left\nc1.example,center\nr1.example,right\n"
    "r2.example,right\napnews.com,lean left\nreuters.com,center\n";

/* Adds a sentence whose terms are the words given as small numbers, ascending. */
static void sentence(struct fixture *f, size_t member, const char *text, const char *terms)
{
    struct article_card *card = &f->cards[member];
    struct card_sentence *all = arena_calloc(f->arena, card->sentence_count + 1, sizeof(*all));
    uint64_t *hashes = arena_calloc(f->arena, strlen(terms) + 1, sizeof(*hashes));
    if (card->sentence_count > 0) memcpy(all, card->sentences, card->sentence_count * sizeof(*all));
    for (size_t i = 0; terms[i] != '\0'; i++) hashes[i] = (uint64_t)(unsigned char)terms[i];
    all[card->sentence_count] = (struct card_sentence){.text = text,
                                                       .position = (uint32_t)card->sentence_count,
                                                       .terms = hashes,
                                                       .term_count = strlen(terms)};
    card->sentences = all;
    card->sentence_count++;
}

struct chosen {
    struct story_view view;
    struct title_choice title;
    struct insights insights;
};

static struct chosen choose(struct fixture *f)
{
    struct chosen c;
    struct syndication syndication;
    size_t count;
    story_view_build(f->arena, &f->story, f->table, f->ratings, f->cards, &c.view);
    story_view_sort(f->arena, &c.view);
    syndication_find(f->arena, &c.view, &syndication);
    const uint32_t *texts = syndication_texts(f->arena, &c.view, &syndication, INSIGHTS_TEXTS, &count);
    title_choice_make(f->arena, &c.view, &syndication, texts, count, &c.title);
    insights_choose(f->arena, &c.view, texts, count, c.title.member, &c.insights);
    return c;
}

static void title_is_of_the_closest_center_or_unrated_source(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(ratings_csv);
    fixture_add(f, "l1.example", 0, "Leaders meet about trade in the capital");
    fixture_add(f, "r1.example", 0, "Leaders meet about trade in the capital city");
    fixture_add(f, "c1.example", 0, "Leaders meet about trade in spite of storms");
    fixture_add(f, "u1.example", 0, "Leaders meet about trade in the capital");
    struct chosen c = choose(f);
    assert_int_equal(c.title.member, 3);
    assert_string_equal(c.title.title, "Leaders meet about trade in the capital");
    fixture_free(f);
}

static void wire_services_go_first_when_they_are_on_the_topic(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(ratings_csv);
    fixture_add(f, "u1.example", 0, "Leaders meet about trade in the capital");
    fixture_add(f, "u2.example", 0, "Leaders meet about trade in the capital");
    fixture_add(f, "apnews.com", 0, "Leaders meet about trade in the capital"); /* a wire that leans */
    fixture_add(f, "reuters.com", 0, "Leaders meet in the capital for trade talks");
    assert_int_equal(choose(f).title.member, 3);
    f->cards[3].title = "Oil prices climb while markets wait patiently";
    assert_int_equal(choose(f).title.member, 0);
    fixture_free(f);
}

static void whom_the_reprints_credit_is_a_wire_service_too(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(ratings_csv);
    fixture_add(f, "u1.example", 0, "Leaders meet about trade in the capital");
    fixture_add(f, "u2.example", 0, "Leaders meet about trade in the capital");
    fixture_add(f, "local-agency.example", 0, "Leaders meet in the capital for trade talks");
    fixture_add(f, "u3.example", 1, "Leaders meet in the capital for trade talks");
    f->story.members[3].group = f->story.members[2].group;
    assert_int_equal(choose(f).title.member, 0);
    f->cards[3].attribution = "LA";
    assert_int_equal(choose(f).title.member, 2);
    fixture_free(f);
}

static void live_blogs_opinion_and_shouting_are_a_last_resort(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(ratings_csv);
    fixture_add(f, "c1.example", 0, "LIVE: Leaders meet about trade in the capital");
    fixture_add(f, "u1.example", 0, "LEADERS MEET ABOUT TRADE IN THE CAPITAL");
    fixture_add(f, "u2.example", 0, "Leaders meet about trade in the capital");
    fixture_add(f, "l1.example", 0, "Capital hosts leaders for meeting about trade");
    f->cards[2].kind = "opinion";
    assert_int_equal(choose(f).title.member, 3);
    f->story.member_count = 2;
    f->story.source_count = 2;
    f->cards[0].title = "STORM";
    sentence(f, 0, "The leaders meet in the capital about trade with Asia today.", "ab");
    struct chosen c = choose(f);
    assert_int_equal(c.title.member, 1);
    assert_string_equal(c.title.title, "Leaders meet about trade in the capital");
    fixture_free(f);
}

static struct fixture *five_texts(void)
{
    struct fixture *f = fixture_new(ratings_csv);
    static const char *const sources[] = {"l1.example", "l2.example", "c1.example", "r1.example",
                                          "u1.example"};
    for (size_t i = 0; i < 5; i++)
        fixture_add(f, sources[i], (int64_t)i, "Leaders meet about trade in the capital");
    sentence(f, 0, "Left one tells how the leaders of all five states met there.", "abcdef");
    sentence(f, 1, "Left two tells how the leaders of all five states met again.", "abcdgh");
    sentence(f, 1, "Left two adds that the money for the railway is not yet there.", "aijkl");
    sentence(f, 2, "The center tells how the leaders of all five states met there.", "abcdefg");
    sentence(f, 2, "The center adds that exports have doubled over the last decade.", "amnop");
    sentence(f, 3, "The right tells that the sanctions are why they met at all.", "aqrst");
    sentence(f, 4, "Others tell that workers abroad send home a third of all income.", "auvwx");
    return f;
}

static void insights_come_from_different_sources_and_sides_and_do_not_repeat_the_lead(void **state)
{
    (void)state;
    struct fixture *f = five_texts();
    struct chosen c = choose(f);
    bool sides[SIDE_COUNT + 1] = {false};
    assert_true(c.insights.lead[0] != '\0');
    assert_in_range(c.insights.count, INSIGHTS_MIN, INSIGHTS_MAX);
    for (size_t i = 0; i < c.insights.count; i++) {
        uint32_t source = c.view.member_source[c.insights.insights[i].member];
        sides[c.view.sources[source].side] = true;
        assert_null(strstr(c.insights.lead, c.insights.insights[i].text));
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(source, c.view.member_source[c.insights.insights[j].member]);
    }
    assert_true(sides[SIDE_LEFT] && sides[SIDE_RIGHT] && sides[SIDE_UNRATED]);
    fixture_free(f);
}

static void reprints_tell_nothing_new(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(ratings_csv);
    static const char *const sources[] = {"l1.example", "c1.example", "r1.example", "u1.example"};
    for (size_t i = 0; i < 4; i++) {
        fixture_add(f, sources[i], 0, "Leaders meet about trade in the capital");
        sentence(f, i, "All of them tell the very same thing in the same words.",
                 "abcd"); /* not known as reprints */
    }
    struct chosen c = choose(f);
    assert_string_equal(c.insights.lead, "All of them tell the very same thing in the same words.");
    assert_int_equal(c.insights.count, 0);
    fixture_free(f);
}

static void without_bodies_the_lead_is_the_representative_articles_own(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(ratings_csv);
    fixture_add(f, "l1.example", 0, "Capital hosts leaders for meeting about trade");
    size_t m = fixture_add(f, "c1.example", 0, "Leaders meet about trade in the capital");
    sentence(f, 0, "", "abc"); /* nothing to show */
    f->cards[m].lead = "What the outlet says of it.";
    struct chosen c = choose(f);
    assert_string_equal(c.insights.lead, "What the outlet says of it.");
    assert_int_equal(c.insights.lead_member, m);
    assert_int_equal(c.insights.count, 0);
    fixture_free(f);
}

static void one_article_gives_lead_and_insights_of_its_own(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(ratings_csv);
    size_t m = fixture_add(f, "c1.example", 0, "Leaders meet about trade in the capital");
    sentence(f, m, "The leaders of all the five states have met in the capital.", "abcdef");
    sentence(f, m, "They spoke about trade and the tracks that are to be built.", "ghijkl");
    sentence(f, m, "Exports of the five states have doubled over the last decade.", "mnopqr");
    sentence(f, m, "Workers abroad send home about a third of all the income.", "stuvwx");
    struct chosen c = choose(f);
    assert_string_equal(c.insights.lead,
                        "The leaders of all the five states have met in the capital. They spoke about "
                        "trade and the tracks that are to be built.");
    assert_int_equal(c.insights.count, 2);
    fixture_free(f);
}

static void hot_stories_are_sampled_evenly(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(ratings_csv);
    for (int i = 0; i < 1000; i++) {
        size_t m = fixture_add(f, arena_printf(f->arena, "s%d.example", i), i, "Leaders meet about trade");
        for (int j = 0; j < 10; j++)
            sentence(f, m, "This sentence is told by every one of the many sources.", "abcdefgh");
    }
    struct story_view view;
    struct syndication syndication;
    size_t count;
    story_view_build(f->arena, &f->story, f->table, f->ratings, f->cards, &view);
    story_view_sort(f->arena, &view);
    syndication_find(f->arena, &view, &syndication);
    const uint32_t *texts = syndication_texts(f->arena, &view, &syndication, INSIGHTS_TEXTS, &count);
    assert_int_equal(count, INSIGHTS_TEXTS);
    for (size_t i = 0; i < count; i++) assert_int_equal(texts[i], i * 1000 / INSIGHTS_TEXTS);
    assert_true(choose(f).insights.lead[0] != '\0');
    fixture_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(title_is_of_the_closest_center_or_unrated_source),
        cmocka_unit_test(wire_services_go_first_when_they_are_on_the_topic),
        cmocka_unit_test(whom_the_reprints_credit_is_a_wire_service_too),
        cmocka_unit_test(live_blogs_opinion_and_shouting_are_a_last_resort),
        cmocka_unit_test(insights_come_from_different_sources_and_sides_and_do_not_repeat_the_lead),
        cmocka_unit_test(reprints_tell_nothing_new),
        cmocka_unit_test(without_bodies_the_lead_is_the_representative_articles_own),
        cmocka_unit_test(one_article_gives_lead_and_insights_of_its_own),
        cmocka_unit_test(hot_stories_are_sampled_evenly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
