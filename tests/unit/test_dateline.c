#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "articles/features_compute.h"

struct fixture {
    struct features_computer *computer;
    struct arena *arena;
};

static int begin(void **state)
{
    static struct fixture f;
    f = (struct fixture){features_computer_new(), arena_new()};
    *state = &f;
    return 0;
}

static int end(void **state)
{
    struct fixture *f = *state;
    arena_free(f->arena);
    features_computer_free(f->computer);
    return 0;
}

static struct features compute(struct fixture *f, const char *language, const char *title)
{
    struct article article;
    struct text_analysis analysis;
    memset(&article, 0, sizeof(article));
    article.title = title;
    article.description = article.body = article.source = article.source_name = "";
    features_compute(f->computer, f->arena, &article, language, &analysis);
    return analysis.features;
}

static size_t count_kind(const struct term_list *list, enum term_kind kind)
{
    size_t count = 0;
    for (uint32_t i = 0; i < list->count; i++) count += term_kind(list->terms[i].hash) == kind;
    return count;
}

/* How many of the title's words count half. */
static size_t halves_of(struct fixture *f, const char *language, const char *title)
{
    struct features features = compute(f, language, title);
    size_t count = 0;
    for (uint32_t i = 0; i < features.title.count; i++) {
        const struct term *term = &features.title.terms[i];
        count += term_kind(term->hash) == TERM_WORD && term->count == 1;
    }
    return count;
}

static void the_place_before_a_title_counts_half(void **state)
{
    struct features with = compute(*state, "fr", "Saint-Malo. Un parking fermé pour travaux");
    struct features without = compute(*state, "fr", "Un parking fermé pour travaux");
    assert_int_equal(count_kind(&with.title, TERM_WORD), count_kind(&without.title, TERM_WORD) + 2);
    assert_int_equal(count_kind(&with.title, TERM_BIGRAM), count_kind(&without.title, TERM_BIGRAM));
    assert_int_equal(halves_of(*state, "fr", "Saint-Malo. Un parking fermé pour travaux"), 2);
    assert_int_equal(halves_of(*state, "fr", "La Roche-sur-Yon. Un hippopotame au sec"), 1); /* one word */
    assert_int_equal(halves_of(*state, "en", "Millbrook. Two hundred trees for the park"), 1);
}

static void other_beginnings_are_none(void **state)
{
    assert_int_equal(halves_of(*state, "fr", "Un parking fermé. La mairie s'explique"), 0); /* a sentence */
    assert_int_equal(halves_of(*state, "en", "Mr. Bean returns to the screen"), 0); /* abbreviations */
    assert_int_equal(halves_of(*state, "en", "The U.S. Senate votes on the bill"), 0);
    assert_int_equal(halves_of(*state, "en", "Facebook Went Down. The World Saw It"), 0); /* title case */
    assert_int_equal(halves_of(*state, "de", "Unfall auf Autobahn. Zwei Autos beschädigt"), 0);
    assert_int_equal(halves_of(*state, "fr", "Saint-Malo."), 0);          /* nothing follows */
    assert_int_equal(halves_of(*state, "hi", "भारत जीता. मैच का हाल"), 0); /* no capitals to tell by */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_place_before_a_title_counts_half),
        cmocka_unit_test(other_beginnings_are_none),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
