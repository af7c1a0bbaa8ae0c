#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/settings.h"

static struct config *load(const char *text)
{
    struct config *config = NULL;
    struct config_report report = {0};
    assert_int_equal(config_load_text(text, "t.conf", &config, &report), NW_OK);
    config_report_fini(&report);
    return config;
}

static void values_reach_the_consumers_in_their_units(void **state)
{
    (void)state;
    struct config *config = load("redis: { url = \"unix:///run/r.sock?db=3\"; };\n"
                                 "stories: { idle_expiry_hours = 2; generation = 7; };\n"
                                 "input: { aliases = [\"body=fulltext\"]; };\n"
                                 "articles: { workers = 3; };\n"
                                 "kafka: { properties = (\"linger.ms=7\"); };");
    const struct options options = {.rebuild = true};
    struct settings settings;
    settings_init(&settings, config, &options);
    assert_string_equal(settings.redis.unix_path, "/run/r.sock");
    assert_int_equal(settings.redis.host_count, 0);
    assert_int_equal(settings.redis.database, 3);
    assert_string_equal(settings.redis.password, "");
    assert_int_equal(settings.story.policy.idle_expiry_ms, 7200000);
    assert_int_equal(settings.story.policy.generation, 7);
    assert_true(settings.story.rebuild);
    assert_string_equal(settings.article.extra_aliases[0], "body=fulltext");
    assert_int_equal(settings.article.workers, 3);
    assert_int_equal(settings.kafka.property_count, 1);
    assert_string_equal(settings.kafka.properties[0].value, "7");
    settings_fini(&settings);
    config_free(config);
}

static void rules_for_sources_change_with_a_reload_and_only_then_are_made_anew(void **state)
{
    (void)state;
    struct config *none = config_default(),
                  *some = load("input: { deny_sources = [\"a.example\", \"b.example\"]; };"),
                  *other =
                      load("input: { deny_sources = [\"a.example\"]; allow_sources = [\"b.example\"]; };");
    const struct options options = {.rebuild = false};
    struct settings settings;
    settings_init(&settings, none, &options);
    assert_null(settings.article.rules);
    settings_reload(&settings, some);
    const struct source_rules *first = settings.article.rules;
    assert_non_null(first);
    settings_reload(&settings, some);
    assert_ptr_equal(settings.article.rules, first);
    settings_reload(&settings, other);
    assert_ptr_not_equal(settings.article.rules, first);
    settings_reload(&settings, none);
    assert_null(settings.article.rules);
    settings_fini(&settings);
    config_free(none);
    config_free(some);
    config_free(other);
}

static void properties_are_checked_by_librdkafka_with_their_line(void **state)
{
    (void)state;
    struct config *config =
        load("kafka: { properties = ( \"linger.ms=5\",\n\"group.id=x\",\n\"linger.mss=1\",\n"
             "\"linger.ms.max=1\" ); };");
    struct config_report report = {0};
    assert_int_equal(settings_check(config, "t.conf", &report), NW_ERR_INPUT);
    assert_int_equal(report.count, 3);
    assert_int_equal(report.issues[0].line, 2);
    assert_non_null(strstr(report.issues[0].text, "group.id"));
    assert_int_equal(report.issues[1].line, 3);
    assert_non_null(strstr(report.issues[1].text, "linger.mss"));
    config_report_fini(&report);
    config_free(config);
    config = config_default();
    assert_int_equal(settings_check(config, NULL, &report), NW_OK);
    config_free(config);
}

static void memory_is_divided_and_too_little_of_it_is_refused(void **state)
{
    (void)state;
    struct config *config = load("memory_limit_mb = 256; articles: { workers = 4; };");
    const struct options options = {0};
    struct settings settings;
    settings_init(&settings, config, &options);
    assert_true(settings.kafka.memory.features_queue > 0);
    assert_true(settings.kafka.memory.features_queue < 32 * 1024 * 1024);
    settings_fini(&settings);
    config_free(config);
    config = load("memory_limit_mb = 128; articles: { workers = 64; };");
    struct config_report report = {0};
    assert_int_equal(settings_check(config, "t.conf", &report), NW_ERR_INPUT);
    assert_non_null(strstr(report.issues[0].text, "memory_limit_mb = 128 is too little"));
    config_report_fini(&report);
    config_free(config);
}

static void weights_that_cannot_be_read_are_refused_with_file_and_line(void **state)
{
    (void)state;
    char path[] = "/tmp/newswired-weights-XXXXXX", text[256];
    int fd = mkstemp(path);
    assert_true(fd >= 0 && write(fd, "# mine\njoin all 8\njoin every 1\n", 32) == 32);
    close(fd);
    snprintf(text, sizeof(text), "stories: { weights_file = \"%s\"; };", path);
    struct config *config = load(text);
    struct config_report report = {0};
    assert_int_equal(settings_check(config, "t.conf", &report), NW_ERR_INPUT);
    assert_int_equal(report.count, 1);
    assert_non_null(strstr(report.issues[0].text, path));
    assert_non_null(strstr(report.issues[0].text, "line 3: this feature is not known"));
    config_report_fini(&report);
    unlink(path);
    assert_int_equal(settings_check(config, "t.conf", &report), NW_ERR_INPUT);
    assert_non_null(strstr(report.issues[0].text, "cannot be opened"));
    config_report_fini(&report);
    config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_reach_the_consumers_in_their_units),
        cmocka_unit_test(memory_is_divided_and_too_little_of_it_is_refused),
        cmocka_unit_test(rules_for_sources_change_with_a_reload_and_only_then_are_made_anew),
        cmocka_unit_test(properties_are_checked_by_librdkafka_with_their_line),
        cmocka_unit_test(weights_that_cannot_be_read_are_refused_with_file_and_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
