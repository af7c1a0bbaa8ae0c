#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/address.h"
#include "config/config.h"

static void expect_load(const char *text, struct config **out)
{
    struct config_report report = {0};
    if (config_load_text(text, "t.conf", out, &report) != NW_OK) {
        config_report_print(&report, stderr);
        fail_msg("refused: %s", text);
    }
    config_report_fini(&report);
}

/* Each file has exactly one mistake, and exactly this is said about it. */
static const struct {
    const char *text, *expected;
} mistakes[] = {
    {"kafka: { brokrs = \"x:1\"; };", "t.conf:1: kafka.brokrs: unknown key; did you mean kafka.brokers?"},
    {"\n\nkafak: { };", "t.conf:3: kafak: unknown key; did you mean kafka?"},
    {"http: {\n level = \"info\"; };", "t.conf:2: http.level: unknown key; did you mean log.level?"},
    {"zzzzzz = 1;", "t.conf:1: zzzzzz: unknown key"},
    {"kafka = \"localhost\";", "t.conf:1: kafka: wants a group { ... }, not a text"},
    {"kafka: { group = 5; };", "t.conf:1: kafka.group: wants a text in quotes, not a number"},
    {"kafka: { group = \"\"; };", "t.conf:1: kafka.group: \"\": may not be empty"},
    {"kafka: { group = \"a b\"; };",
     "t.conf:1: kafka.group: \"a b\": a name is up to 200 letters, digits, dots, hyphens or underscores"},
    {"kafka: { create_topics = \"yes\"; };",
     "t.conf:1: kafka.create_topics: wants true or false, not a text"},
    {"kafka: { create_topics = 1; };", "t.conf:1: kafka.create_topics: wants true or false, not a number"},
    {"kafka: { brokers = \"\"; };", "t.conf:1: kafka.brokers: \"\": may not be empty"},
    {"kafka: { brokers = \"a:9092,,b\"; };",
     "t.conf:1: kafka.brokers: \"a:9092,,b\": wants host:port, several separated by commas"},
    {"kafka: { brokers = \"a:99999\"; };",
     "t.conf:1: kafka.brokers: \"a:99999\": the port is a number from 1 to 65535"},
    {"kafka: { brokers = \"a:kafka\"; };",
     "t.conf:1: kafka.brokers: \"a:kafka\": the port is a number from 1 to 65535"},
    {"kafka: { articles_topic = \"a/b\"; };",
     "t.conf:1: kafka.articles_topic: \"a/b\": a topic name is 1 to 249 "
     "letters, digits, dots, hyphens or underscores"},
    {"kafka: { articles_topic = \"coverage\"; };",
     "t.conf: kafka.articles_topic and kafka.coverage_topic are the same topic \"coverage\""},
    {"kafka: { session_timeout_ms = 10; };",
     "t.conf:1: kafka.session_timeout_ms: 10 is out of range: 1000 to 1800000 milliseconds"},
    {"kafka: { session_timeout_ms = 99999999999; };", "t.conf:1: a number does not fit into 32 bits"},
    {"# 99999999999\nlog: { level = \"99999999999\"; /* 99999999999 */ };\nhttp: { timeout_s = 4294967311; "
     "};",
     "t.conf:3: a number does not fit into 32 bits"},
    {"kafka: { session_timeout_ms = 99999999999L; };",
     "t.conf:1: kafka.session_timeout_ms: 99999999999 is out of range: 1000 to 1800000 milliseconds"},
    {"kafka: { properties = { }; };", "t.conf:1: kafka.properties: wants a list: ( (\"name\", \"value\"), "
                                      "\"name=value\" ), not a group"},
    {"kafka: { properties = ( \"linger.ms\" ); };",
     "t.conf:1: kafka.properties: a property is written as \"name=value\""},
    {"kafka: { properties = ( (\"linger.ms\", 5) ); };",
     "t.conf:1: kafka.properties: wants (\"name\", \"value\") or \"name=value\", not a list"},
    {"kafka: { properties = ( \"=5\" ); };", "t.conf:1: kafka.properties: a property has a name"},
    {"kafka: { properties = ( \"linger.ms=5\",\n \"linger.ms=6\" ); };",
     "t.conf:2: kafka.properties \"linger.ms\": is given twice"},
    {"kafka: { properties = ( (\"sasl.password\", \"hunter2\") ); };",
     "t.conf:1: kafka.properties \"sasl.password\": secrets are not written here: give a file as "
     "\"sasl.password_file\""},
    {"kafka: { properties = ( (\"sasl.password_file\", \"/nonexistent/pw\") ); };",
     "t.conf:1: kafka.properties \"sasl.password_file\": cannot read /nonexistent/pw: No such file or "
     "directory"},
    {"redis: { url = \"localhost:6379\"; };",
     "t.conf:1: redis.url: \"localhost:6379\": an address starts with "
     "redis://, rediss://, sentinel://, sentinels:// or unix://"},
    {"redis: { url = \"redis://u:p@h/0\"; };", "t.conf:1: redis.url: \"...\": no user or password in the "
                                               "address: use redis.username and redis.password_file"},
    {"redis: { url = \"redis://h/zero\"; };",
     "t.conf:1: redis.url: \"redis://h/zero\": after the host only /DATABASE may follow, a number"},
    {"redis: { url = \"unix://run/redis.sock\"; };",
     "t.conf:1: redis.url: \"unix://run/redis.sock\": unix:// wants an "
     "absolute path: unix:///run/redis/redis.sock"},
    {"redis: { password_file = \"redis_password\"; };",
     "t.conf:1: redis.password_file: \"redis_password\" is not absolute and $CREDENTIALS_DIRECTORY is not "
     "set (systemd "
     "sets it with LoadCredential=)"},
    {"redis: { username = \"news\"; };", "t.conf: redis.username needs redis.password_file"},
    {"stories: { idle_expiry_hours = 1.5; };",
     "t.conf:1: stories.idle_expiry_hours: wants a whole number, not a number with a fraction"},
    {"stories: { idle_expiry_hours = 0; };",
     "t.conf:1: stories.idle_expiry_hours: 0 is out of range: 1 to 8760 hours"},
    {"roles = [ ];", "t.conf: roles: at least one of articles, stories, summaries is needed"},
    {"roles = [\"article\"];", "t.conf:1: roles: \"article\" is not one of: articles stories summaries"},
    {"roles = [\"stories\", \"stories\"];", "t.conf: roles: \"stories\" is given twice"},
    {"roles = \"stories\";", "t.conf:1: roles: wants an array of texts, not a text"},
    {"roles = [1];", "t.conf:1: roles: wants texts in quotes, not a number"},
    {"roles = [\"summaries\"];", "t.conf: the role summaries needs summaries.url and summaries.model"},
    {"input: { aliases = [\"fulltext\"]; };",
     "t.conf: input.aliases: \"fulltext\" is not of the form \"field=their_name\""},
    {"blindspot: { minor_percent = 40; };",
     "t.conf: blindspot.minor_percent must be below blindspot.major_percent"},
    {"ratings: { file = \"/nonexistent/ratings.csv\"; };",
     "t.conf:1: ratings.file: cannot read /nonexistent/ratings.csv: No such file or directory"},
    {"ratings: { url = \"ftp://example.com/\"; };",
     "t.conf:1: ratings.url: \"ftp://example.com/\": an address starts with http:// or https:// and a host"},
    {"summaries: { url = \"ftp://h/\"; };",
     "t.conf:1: summaries.url: \"ftp://h/\": an address starts with http:// or https:// and a host"},
    {"http: { listen = \"8080\"; };",
     "t.conf:1: http.listen: \"8080\": write address:port, for example 127.0.0.1:8080"},
    {"http: { listen = \"::1:8080\"; };",
     "t.conf:1: http.listen: \"::1:8080\": write an IPv6 address as [address]:port"},
    {"http: { listen = \"127.0.0.1:70000\"; };",
     "t.conf:1: http.listen: \"127.0.0.1:70000\": the port is a number from 0 to 65535"},
    {"http: { listen = \"example.com:80\"; };",
     "t.conf:1: http.listen: \"example.com:80\": the address is a number, "
     "localhost, or * for every interface"},
    {"http: { cors_origin = \"https://a/b\"; };",
     "t.conf:1: http.cors_origin: \"https://a/b\": an origin is \"*\" or http(s)://host without a path"},
    {"log: { level = \"verbose\"; };",
     "t.conf:1: log.level: \"verbose\" is not one of: error warn notice info debug"},
    {"log: { level = \"info\"; level = \"debug\"; };", "t.conf:1: duplicate setting name"},
    {"log: {\n level = \"info\n};",
     "t.conf:3: syntax error here or just before: a text stands in quotes, a setting is name = value; and a "
     "group is name: { ... };"},
    {"@include \"missing.conf\"", "t.conf:1: cannot open include file"},
};

static void every_mistake_is_named_with_its_line(void **state)
{
    (void)state;
    unsetenv("CREDENTIALS_DIRECTORY");
    for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
        struct config *config = NULL;
        struct config_report report = {0};
        char *said = NULL;
        size_t size;
        assert_int_equal(config_load_text(mistakes[i].text, "t.conf", &config, &report), NW_ERR_INPUT);
        assert_null(config);
        FILE *memory = open_memstream(&said, &size);
        config_report_print(&report, memory);
        fclose(memory);
        if (report.count != 1) print_message("%s", said);
        assert_int_equal(report.count, 1);
        said[strcspn(said, "\n")] = '\0';
        assert_string_equal(said, mistakes[i].expected);
        free(said);
        config_report_fini(&report);
    }
}

static void all_mistakes_of_a_file_are_said_at_once(void **state)
{
    (void)state;
    struct config *config = NULL;
    struct config_report report = {0};
    const char *text = "log: { level = \"loud\"; };\nhttp: { listen = 1; };\nx = 1;";
    assert_int_equal(config_load_text(text, "t.conf", &config, &report), NW_ERR_INPUT);
    assert_int_equal(report.count, 3);
    for (int i = 0; i < 3; i++) assert_int_equal(report.issues[i].line, i + 1);
    config_report_fini(&report);
}

static char *print_to_text(const struct config *config)
{
    char *text = NULL;
    size_t size;
    FILE *memory = open_memstream(&text, &size);
    config_print(config, memory);
    fclose(memory);
    return text;
}

static void the_annotated_file_is_what_print_config_prints(void **state)
{
    (void)state;
    struct config *config = config_default();
    char *printed = print_to_text(config);
    FILE *file = fopen(TEST_SOURCE_DIR "/config/newswired.conf", "r");
    assert_non_null(file);
    char *committed = calloc(1, 65536);
    assert_non_null(committed);
    size_t len = fread(committed, 1, 65535, file);
    fclose(file);
    assert_true(len < 65535);
    /* Mend it with: newswired --print-config >config/newswired.conf */
    assert_string_equal(committed, printed);
    free(committed);
    free(printed);
    config_free(config);
}

static void count_change(void *context, const char *key, bool reloadable)
{
    (void)key;
    ((int *)context)[reloadable]++;
}

static void what_is_printed_loads_to_the_same_values(void **state)
{
    (void)state;
    struct config *config, *again;
    expect_load("roles = [\"stories\"]; kafka: { brokers = \"a:1,[::1]:2\"; create_topics = false;\n"
                "properties = ((\"security.protocol\", \"SSL\"), \"client.id=a=\\\"b\\\\\"); };\n"
                "redis: { url = \"unix:///tmp/x.sock?db=2\"; }; publish: { max_bytes = 20000L; };\n"
                "input: { aliases = [\"body=fulltext\"]; }; http: { listen = \"\"; };",
                &config);
    char *printed = print_to_text(config);
    expect_load(printed, &again);
    int changes[2] = {0};
    config_diff(config, again, count_change, changes);
    assert_int_equal(changes[0] + changes[1], 0);
    assert_string_equal(again->kafka_properties[1].value, "a=\"b\\");
    assert_string_equal(again->http_listen, "");
    assert_int_equal(again->publish_max_bytes, 20000);
    free(printed);
    config_free(config);
    config_free(again);
}

static void a_difference_says_whether_it_can_be_reloaded(void **state)
{
    (void)state;
    struct config *before, *after;
    expect_load("", &before);
    expect_load(
        "log: { level = \"debug\"; }; stories: { generation = 2; };\nkafka: { properties = (\"a=b\"); };",
        &after);
    int changes[2] = {0};
    config_diff(before, after, count_change, changes);
    assert_int_equal(changes[true], 1);
    assert_int_equal(changes[false], 2);
    config_free(before);
    config_free(after);
}

static void secrets_come_from_files_and_are_never_printed(void **state)
{
    (void)state;
    char folder[] = "/tmp/newswired-test-XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/redis_password", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("hunter2 with space\n", file);
    fclose(file);
    setenv("CREDENTIALS_DIRECTORY", folder, 1);

    struct config *config;
    expect_load("redis: { password_file = \"redis_password\"; username = \"news\"; };\n"
                "kafka: { properties = ((\"sasl.password_file\", \"redis_password\")); };",
                &config);
    assert_string_equal(config->redis_password_file.value, "hunter2 with space");
    assert_string_equal(config->kafka_properties[0].name, "sasl.password");
    assert_string_equal(config->kafka_properties[0].value, "hunter2 with space");
    char *printed = print_to_text(config);
    assert_null(strstr(printed, "hunter2"));
    assert_non_null(strstr(printed, "(\"sasl.password_file\", \"redis_password\")"));
    free(printed);
    config_free(config);

    assert_int_equal(truncate(path, 0), 0);
    struct config_report report = {0};
    assert_int_equal(
        config_load_text("redis: { password_file = \"redis_password\"; };", "t", &config, &report),
        NW_ERR_INPUT);
    assert_non_null(strstr(report.issues[0].text, "is empty"));
    config_report_fini(&report);
    unsetenv("CREDENTIALS_DIRECTORY");
    unlink(path);
    rmdir(folder);
}

static void relative_files_belong_to_the_folder_of_the_configuration(void **state)
{
    (void)state;
    char folder[] = "/tmp/newswired-test-XXXXXX", conf[64], ratings[64];
    assert_non_null(mkdtemp(folder));
    snprintf(conf, sizeof(conf), "%s/n.conf", folder);
    snprintf(ratings, sizeof(ratings), "%s/r.csv", folder);
    FILE *file = fopen(ratings, "w");
    assert_non_null(file);
    fclose(file);
    file = fopen(conf, "w");
    assert_non_null(file);
    fputs("ratings: { file = \"r.csv\"; };", file);
    fclose(file);
    struct config *config = NULL;
    struct config_report report = {0};
    assert_int_equal(config_load(conf, &config, &report), NW_OK);
    assert_string_equal(config->ratings_file, ratings);
    config_free(config);
    assert_int_equal(config_load(folder, &config, &report), NW_ERR_INPUT);
    assert_string_equal(report.issues[0].text, "cannot be read: it is a folder");
    config_report_fini(&report);
    unlink(conf);
    unlink(ratings);
    rmdir(folder);
}

static void roles_of_the_command_line_replace_the_configured(void **state)
{
    (void)state;
    struct config *config = config_default();
    struct config_report report = {0};
    assert_int_equal(config_set_roles(config, "stories", &report), NW_OK);
    assert_true(config_has_role(config, "stories"));
    assert_false(config_has_role(config, "articles"));
    assert_int_equal(config_set_roles(config, "storys", &report), NW_ERR_INPUT);
    assert_string_equal(report.issues[0].text,
                        "--role: \"storys\" is not one of: articles stories summaries");
    config_report_fini(&report);
    config_free(config);
}

static void addresses_are_read(void **state)
{
    (void)state;
    struct redis_address redis;
    assert_null(redis_address_parse("redis://example.com", &redis));
    assert_int_equal(redis.host_count, 1);
    assert_string_equal(redis.hosts[0].name, "example.com");
    assert_int_equal(redis.hosts[0].port, 6379);
    assert_int_equal(redis.database, 0);
    assert_false(redis.tls);
    assert_null(redis_address_parse("rediss://[::1]:7000,b,c:7002/3", &redis));
    assert_int_equal(redis.host_count, 3);
    assert_string_equal(redis.hosts[0].name, "::1");
    assert_int_equal(redis.hosts[0].port, 7000);
    assert_int_equal(redis.hosts[1].port, 6379);
    assert_string_equal(redis.hosts[2].name, "c");
    assert_int_equal(redis.database, 3);
    assert_true(redis.tls);
    assert_string_equal(redis.sentinel_name, "");
    assert_null(redis_address_parse("unix:///run/r.sock?db=4", &redis));
    assert_string_equal(redis.unix_path, "/run/r.sock");
    assert_int_equal(redis.host_count, 0);
    assert_int_equal(redis.database, 4);
    assert_null(redis_address_parse("sentinel://a,b:1/news?db=2", &redis));
    assert_int_equal(redis.hosts[0].port, 26379);
    assert_int_equal(redis.hosts[1].port, 1);
    assert_string_equal(redis.sentinel_name, "news");
    assert_int_equal(redis.database, 2);
    assert_null(redis_address_parse("sentinels://a/news", &redis));
    assert_true(redis.tls);
    static const char *const wrong[] = {"redis://h:/0",       "redis://h:0/0", "redis://[::1",
                                        "redis:///0",         "redis://a,/0",  "redis://a,,b",
                                        "sentinel://a:1",     "sentinel://a/", "sentinel://a/n/1",
                                        "sentinel://a/n?x=1", "sentinel:///n", "redis://u:p@h/0"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_non_null(redis_address_parse(wrong[i], &redis));
    struct listen_address listen;
    assert_null(listen_address_parse("[::1]:8080", &listen));
    assert_string_equal(listen.host, "::1");
    assert_null(listen_address_parse("*:0", &listen));
    assert_int_equal(listen.port, 0);
    assert_non_null(listen_address_parse(":8080", &listen));
    assert_non_null(listen_address_parse("[]:1", &listen));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mistake_is_named_with_its_line),
        cmocka_unit_test(all_mistakes_of_a_file_are_said_at_once),
        cmocka_unit_test(the_annotated_file_is_what_print_config_prints),
        cmocka_unit_test(what_is_printed_loads_to_the_same_values),
        cmocka_unit_test(a_difference_says_whether_it_can_be_reloaded),
        cmocka_unit_test(secrets_come_from_files_and_are_never_printed),
        cmocka_unit_test(relative_files_belong_to_the_folder_of_the_configuration),
        cmocka_unit_test(roles_of_the_command_line_replace_the_configured),
        cmocka_unit_test(addresses_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
