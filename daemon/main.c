/* newswired: command line -> configuration -> one of the commands. Only main ends the process. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "config/config.h"
#include "daemon/commands.h"
#include "daemon/options.h"
#include "daemon/settings.h"

/* Loads what -c names and applies --role; prints what is wrong. */
static struct config *load_config(const struct options *options)
{
    struct config_report report = {0};
    struct config *config = NULL;
    enum nw_err err = NW_OK;
    if (options->config_path)
        err = config_load(options->config_path, &config, &report);
    else
        config = config_default();
    if (err == NW_OK && options->roles) err = config_set_roles(config, options->roles, &report);
    if (err == NW_OK) err = settings_check(config, options->config_path, &report);
    if (err != NW_OK) {
        config_report_print(&report, stderr);
        config_free(config);
        config = NULL;
    }
    config_report_fini(&report);
    return config;
}

static void start_log(const struct config *config)
{
    static const struct {
        const char *word;
        enum log_format format;
    } formats[] = {{"auto", LOG_FORMAT_AUTO},
                   {"text", LOG_FORMAT_TEXT},
                   {"json", LOG_FORMAT_JSON},
                   {"journal", LOG_FORMAT_JOURNAL}};
    enum log_level level = LOG_INFO_LEVEL;
    enum log_format format = LOG_FORMAT_AUTO;
    (void)log_level_parse(config->log_level, &level);
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
        if (strcmp(config->log_format, formats[i].word) == 0) format = formats[i].format;
    log_init(level, format);
}

static int print_config_command(const struct options *options, const struct config *config)
{
    (void)options;
    config_print(config, stdout);
    return EXIT_DONE;
}

/* One line a command; who adds a command declares it in commands.h and lists it here. */
static int (*const bodies[COMMAND_COUNT])(const struct options *, const struct config *) = {
    [COMMAND_RUN] = run_command,
    [COMMAND_CHECK] = check_command,
    [COMMAND_PRINT_CONFIG] = print_config_command,
    [COMMAND_REPLAY] = replay_command,
    [COMMAND_LAG] = lag_command,
    [COMMAND_RETIRE] = retire_command,
    [COMMAND_HISTORY] = history_command,
    [COMMAND_DUMP_FEATURES] = dump_features_command,
    [COMMAND_DEMO] = demo_command,
};

int main(int argc, char **argv)
{
    struct options options;
    char error[256];
    if (options_parse(argc, argv, &options, error, sizeof(error)) != NW_OK) {
        fprintf(stderr, "newswired: %s (see newswired --help)\n", error);
        return EXIT_USAGE;
    }
    if (options.command == COMMAND_HELP) {
        options_print_help(stdout);
        return EXIT_DONE;
    }
    if (options.command == COMMAND_VERSION) {
        puts("newswired " NEWSWIRED_VERSION);
        return EXIT_DONE;
    }
    struct config *config = load_config(&options);
    if (!config) return EXIT_CONFIG;
    start_log(config);
    int code = EXIT_USAGE;
    if (bodies[options.command])
        code = bodies[options.command](&options, config);
    else
        fprintf(stderr, "newswired: %s is not in this build\n", command_word(options.command));
    config_free(config);
    return code;
}
