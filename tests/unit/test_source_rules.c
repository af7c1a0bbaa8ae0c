#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "articles/event.h"
#include "articles/source.h"
#include "articles/source_rules.h"
#include "base/instant.h"

/* What becomes of an article with that URL and (NULL: none) declared source. */
static const char *decide(const struct source_rules *rules, const char *address, const char *source)
{
    struct arena *arena = arena_new();
    struct event_decoder *decoder = event_decoder_new(NULL, 0);
    event_decoder_set_rules(decoder, rules);
    const char *json =
        source == NULL
            ? arena_printf(arena, "{\"url\":\"%s\",\"title\":\"T\"}", address)
            : arena_printf(arena, "{\"url\":\"%s\",\"title\":\"T\",\"source\":\"%s\"}", address, source);
    struct input_record record = {.value = json, .len = strlen(json), .append_ms = NW_NO_TIME};
    struct event_list list;
    event_decode(decoder, arena, &record, &list);
    const char *code = reject_code_text(list.events[0].reject);
    event_decoder_free(decoder);
    arena_free(arena);
    return code;
}

static void deny_names_domains_hosts_and_publishers_on_platforms(void **state)
{
    (void)state;
    static const char *const deny[] = {"https://WWW.Bad.example/", "sport.good.example", "medium.com/@spam",
                                       "b\u00fccher.example", "co.uk" /* left out */};
    struct source_rules *rules = source_rules_new(NULL, 0, deny, 5);
    static const char *const rows[][3] = {
        {"https://bad.example/1", NULL, "source_denied"},
        {"https://news.bad.example/1", NULL, "source_denied"},
        {"https://notbad.example/1", NULL, ""},
        {"https://bad.example.org/1", NULL, ""},
        {"https://good.example/1", NULL, ""},
        {"https://sport.good.example/1", NULL, "source_denied"},
        {"https://live.sport.good.example/1", NULL, "source_denied"},
        {"https://aggregator.example/1", "bad.example", "source_denied"}, /* by its source */
        {"https://bad.example/1", "good.example", "source_denied"},       /* by the URL's host */
        {"https://medium.com/@spam/1", NULL, "source_denied"},
        {"https://medium.com/@quill/1", NULL, ""},
        {"https://xn--bcher-kva.example/1", NULL, "source_denied"},
        {"https://bbc.co.uk/1", NULL, ""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_string_equal(decide(rules, rows[i][0], rows[i][1]), rows[i][2]);
    source_rules_free(rules);
}

static void allow_takes_only_what_it_names_and_a_foreign_source_needs_its_own_entry(void **state)
{
    (void)state;
    static const char *const allow[] = {"good.example", "news.big.example", "substack.com"};
    static const char *const deny[] = {"spam.substack.com"};
    struct source_rules *rules = source_rules_new(allow, 3, deny, 1);
    static const char *const rows[][3] = {
        {"https://www.good.example/1", NULL, ""},
        {"https://big.example/1", NULL, "source_not_allowed"},
        {"https://news.big.example/1", NULL, ""},
        {"https://news.big.example/1", "big.example", ""},
        {"https://other.example/1", "good.example", ""},
        {"https://good.example/1", "other.example",
         "source_not_allowed"}, /* it would count as other.example */
        {"https://quill.substack.com/p/1", NULL, ""},
        {"https://spam.substack.com/p/1", NULL, "source_denied"},
        {"https://elsewhere.example/1", NULL, "source_not_allowed"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_string_equal(decide(rules, rows[i][0], rows[i][1]), rows[i][2]);
    source_rules_free(rules);
}

static void retractions_are_taken_from_anybody(void **state)
{
    (void)state;
    static const char *const deny[] = {"bad.example"};
    struct source_rules *rules = source_rules_new(NULL, 0, deny, 1);
    struct arena *arena = arena_new();
    struct event_decoder *decoder = event_decoder_new(NULL, 0);
    event_decoder_set_rules(decoder, rules);
    struct input_record record = {.key = "https://bad.example/1", .key_len = 21, .append_ms = NW_NO_TIME};
    struct event_list list;
    event_decode(decoder, arena, &record, &list);
    assert_int_equal(list.events[0].reject, REJECT_NONE);
    const char *canceled = "{\"url\":\"https://bad.example/1\",\"pubstatus\":\"canceled\"}";
    record = (struct input_record){.value = canceled, .len = strlen(canceled), .append_ms = NW_NO_TIME};
    event_decode(decoder, arena, &record, &list);
    assert_int_equal(list.events[0].reject, REJECT_NONE);
    event_decoder_free(decoder);
    arena_free(arena);
    source_rules_free(rules);
}

static void entries_that_name_no_source_are_found(void **state)
{
    (void)state;
    static const char *const entries[] = {"good.example",      "co.uk",         "a b.example",
                                          "good.example/page", "medium.com/@x", "",
                                          "192.0.2.1",         "localhost",     "https://u:p@x.example"};
    static const size_t invalid[] = {1, 2, 3, 5, 6, 7, 8, 9};
    size_t at = 0;
    for (size_t i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++, at++) {
        at = source_rules_invalid(entries, 9, at);
        assert_int_equal(at, invalid[i]);
    }
    assert_null(source_rules_new(NULL, 0, NULL, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deny_names_domains_hosts_and_publishers_on_platforms),
        cmocka_unit_test(allow_takes_only_what_it_names_and_a_foreign_source_needs_its_own_entry),
        cmocka_unit_test(retractions_are_taken_from_anybody),
        cmocka_unit_test(entries_that_name_no_source_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
