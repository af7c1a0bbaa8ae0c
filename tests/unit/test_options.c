#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/options.h"

/* Parses a command line given as one text of words. The words stay until the next call. */
static enum nw_err parse(const char *line, struct options *out, char error[256])
{
    static char words[512];
    char *argv[32] = {(char[]){"newswired"}};
    int argc = 1;
    snprintf(words, sizeof(words), "%s", line);
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " ")) argv[argc++] = word;
    argv[argc] = NULL;
    return options_parse(argc, argv, out, error, 256);
}

static void without_a_command_the_daemon_runs(void **state)
{
    (void)state;
    struct options o;
    char error[256];
    assert_int_equal(parse("", &o, error), NW_OK);
    assert_int_equal(o.command, COMMAND_RUN);
    assert_null(o.config_path);
    assert_int_equal(parse("run -c a.conf --role=articles,stories", &o, error), NW_OK);
    assert_string_equal(o.config_path, "a.conf");
    assert_string_equal(o.roles, "articles,stories");
}

static void commands_take_their_options_in_any_order(void **state)
{
    (void)state;
    struct options o;
    char error[256];
    assert_int_equal(parse("--revisions replay --clusters out.tsv in.jsonl --ratings r.csv", &o, error),
                     NW_OK);
    assert_int_equal(o.command, COMMAND_REPLAY);
    assert_string_equal(o.operand, "in.jsonl");
    assert_string_equal(o.clusters_path, "out.tsv");
    assert_string_equal(o.ratings_path, "r.csv");
    assert_true(o.revisions);
    assert_int_equal(parse("replay -", &o, error), NW_OK);
    assert_string_equal(o.operand, "-");
    assert_int_equal(parse("replay --features f.bin", &o, error), NW_OK);
    assert_string_equal(o.features_path, "f.bin");
    assert_int_equal(parse("--demo --port 0 --speed 2.5 --once", &o, error), NW_OK);
    assert_int_equal(o.command, COMMAND_DEMO);
    assert_int_equal(o.port, 0);
    assert_true(o.speed == 2.5);
    assert_true(o.once);
    assert_int_equal(parse("--check --connect -c x", &o, error), NW_OK);
    assert_true(o.connect);
}

static void a_wrong_command_line_is_explained(void **state)
{
    (void)state;
    static const struct {
        const char *line, *error;
    } wrong[] = {
        {"serve", "unknown command \"serve\""},
        {"--bogus", "unknown option --bogus"},
        {"-x", "unknown option -x"},
        {"-c", "-c needs an argument"},
        {"replay --features", "--features needs an argument"},
        {"--once", "--once does not go with run"},
        {"lag --port 1", "--port does not go with lag"},
        {"--check --demo", "--check and --demo exclude each other"},
        {"--check replay", "replay goes without a flag command; leave out --check"},
        {"--check x", "\"x\" is too much: --check takes no operand"},
        {"replay", "replay needs [INPUT.jsonl|-] or --features FILE"},
        {"replay a b", "\"b\" is too much: one operand at most"},
        {"history", "history needs STORY_ID"},
        {"dump-features", "dump-features needs OUT"},
        {"--demo --port 70000", "--port: \"70000\" is not a valid value"},
        {"--demo --port 80x", "--port: \"80x\" is not a valid value"},
        {"--demo --speed nan", "--speed: \"nan\" is not a valid value"},
        {"--demo --speed 0", "--speed: \"0\" is not a valid value"},
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct options o;
        char error[256] = "";
        assert_int_equal(parse(wrong[i].line, &o, error), NW_ERR_INPUT);
        assert_string_equal(error, wrong[i].error);
    }
}

static void help_lists_every_command_and_option(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size;
    FILE *memory = open_memstream(&text, &size);
    options_print_help(memory);
    fclose(memory);
    for (int c = 0; c < COMMAND_COUNT; c++) assert_non_null(strstr(text, command_word((enum command)c)));
    static const char *const names[] = {"-c, --config FILE", "--role", "--features", "--pairs",
                                        "--explain ARTICLE_ID"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) assert_non_null(strstr(text, names[i]));
    for (char *line = text; *line; line += strcspn(line, "\n") + 1) assert_true(strcspn(line, "\n") <= 100);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_command_the_daemon_runs),
        cmocka_unit_test(commands_take_their_options_in_any_order),
        cmocka_unit_test(a_wrong_command_line_is_explained),
        cmocka_unit_test(help_lists_every_command_and_option),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
