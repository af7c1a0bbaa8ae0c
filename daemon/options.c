#include "daemon/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define BIT(command) (1u << (command))
#define WITH_CONFIG                                                                                          \
    (BIT(COMMAND_RUN) | BIT(COMMAND_CHECK) | BIT(COMMAND_PRINT_CONFIG) | BIT(COMMAND_REPLAY) |               \
     BIT(COMMAND_DUMP_FEATURES) | BIT(COMMAND_HISTORY) | BIT(COMMAND_LAG) | BIT(COMMAND_RETIRE))
#define WITH_ROLE (BIT(COMMAND_RUN) | BIT(COMMAND_CHECK) | BIT(COMMAND_PRINT_CONFIG))

/* X(letter or a value above 255, long name, argument or "", commands that take it, help) */
#define OPTIONS(X)                                                                                           \
    X('c', "config", "FILE", WITH_CONFIG, "the configuration file")                                          \
    X('r', "role", "LIST", WITH_ROLE, "roles to take: articles,stories,summaries")                           \
    X(256, "connect", "", BIT(COMMAND_CHECK), "also reach Kafka and Redis")                                  \
    X(257, "rebuild", "", BIT(COMMAND_RUN), "start without stored positions although there is a log")        \
    X(258, "accept-policy", "", BIT(COMMAND_RUN), "go on with another clustering policy than the stored")    \
    X(259, "port", "N", BIT(COMMAND_DEMO), "HTTP port on 127.0.0.1")                                         \
    X(260, "speed", "X", BIT(COMMAND_DEMO), "times as fast as the usual pace")                               \
    X(261, "once", "", BIT(COMMAND_DEMO), "end when the events are through")                                 \
    X(262, "clusters", "OUT.tsv", BIT(COMMAND_REPLAY), "write article id, URL and story id of each article") \
    X(263, "ratings", "FILE", BIT(COMMAND_REPLAY), "ratings instead of the configured ones")                 \
    X(264, "revisions", "", BIT(COMMAND_REPLAY), "write every revision instead of the last")                 \
    X(265, "features", "FILE", BIT(COMMAND_REPLAY), "replay the records of dump-features")                   \
    X(266, "pairs", "OUT", BIT(COMMAND_REPLAY), "write the compared pairs and their scores")                 \
    X(269, "json", "", BIT(COMMAND_HISTORY), "write the summaries themselves, a line each")                  \
    X(268, "yes", "", BIT(COMMAND_RETIRE), "do it; without, only say what would be done")                    \
    X(267, "explain", "ARTICLE_ID", BIT(COMMAND_REPLAY), "say why an article is where it is")

struct option_row {
    int value;
    const char *name, *argument;
    unsigned commands;
    const char *help;
};

static const struct option_row option_rows[] = {
#define OPTION_ROW(value, name, argument, commands, help) {value, name, argument, commands, help},
    OPTIONS(OPTION_ROW)
#undef OPTION_ROW
};
enum { OPTION_COUNT = sizeof(option_rows) / sizeof(option_rows[0]), COMMAND_VALUE = 1000 };

struct command_row {
    const char *word, *operands, *help;
};

static const struct command_row command_rows[COMMAND_COUNT] = {
#define COMMAND_ROW(id, word, operands, help) [id] = {word, operands, help},
    COMMANDS(COMMAND_ROW)
#undef COMMAND_ROW
};

const char *command_word(enum command command)
{
    return command_rows[command].word;
}

static bool is_flag(const struct command_row *row)
{
    return row->word[0] == '-';
}

/* getopt's view of both tables; commands written as flags return COMMAND_VALUE + command. */
static void fill_long_options(struct option rows[OPTION_COUNT + COMMAND_COUNT + 1], char letters[64])
{
    size_t n = 0, at = 0;
    letters[at++] = ':'; /* a missing argument is told from an unknown option */
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option_row *row = &option_rows[i];
        int has_arg = row->argument[0] ? required_argument : no_argument;
        rows[n++] = (struct option){row->name, has_arg, NULL, row->value};
        if (row->value > 255) continue;
        letters[at++] = (char)row->value;
        if (has_arg) letters[at++] = ':';
    }
    for (int i = 0; i < COMMAND_COUNT; i++)
        if (is_flag(&command_rows[i]))
            rows[n++] = (struct option){command_rows[i].word + 2, no_argument, NULL, COMMAND_VALUE + i};
    letters[at++] = 'h';
    letters[at++] = 'V';
    letters[at] = '\0';
    rows[n] = (struct option){NULL, 0, NULL, 0};
}

static bool parse_port(const char *text, int *out)
{
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno || end == text || *end || value < 0 || value > 65535) return false;
    *out = (int)value;
    return true;
}

static bool parse_speed(const char *text, double *out)
{
    char *end;
    errno = 0;
    double value = strtod(text, &end);
    if (errno || end == text || *end || !(value > 0 && value <= 1e6)) return false;
    *out = value;
    return true;
}

/* false: the argument is not of its kind. */
static bool take_option(struct options *o, int value, const char *argument)
{
    switch (value) {
    case 'c':
        o->config_path = argument;
        return true;
    case 'r':
        o->roles = argument;
        return true;
    case 256:
        o->connect = true;
        return true;
    case 257:
        o->rebuild = true;
        return true;
    case 258:
        o->accept_policy = true;
        return true;
    case 259:
        return parse_port(argument, &o->port);
    case 260:
        return parse_speed(argument, &o->speed);
    case 261:
        o->once = true;
        return true;
    case 262:
        o->clusters_path = argument;
        return true;
    case 263:
        o->ratings_path = argument;
        return true;
    case 264:
        o->revisions = true;
        return true;
    case 265:
        o->features_path = argument;
        return true;
    case 266:
        o->pairs_path = argument;
        return true;
    case 269:
        o->json = true;
        return true;
    case 268:
        o->yes = true;
        return true;
    case 267:
        o->explain_article = argument;
        return true;
    default:
        return false;
    }
}

static enum nw_err find_command(const char *word, enum command *out)
{
    for (int i = 0; i < COMMAND_COUNT; i++)
        if (!is_flag(&command_rows[i]) && strcmp(word, command_rows[i].word) == 0) {
            *out = (enum command)i;
            return NW_OK;
        }
    return NW_ERR_NOT_FOUND;
}

/* The options that were seen must be ones the command takes. */
static enum nw_err check_fit(const struct options *o, const bool seen[OPTION_COUNT], char *error, size_t size)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (!seen[i] || (option_rows[i].commands & BIT(o->command))) continue;
        snprintf(error, size, "--%s does not go with %s", option_rows[i].name, command_word(o->command));
        return NW_ERR_INPUT;
    }
    bool wants = command_rows[o->command].operands[0] != '\0';
    if (o->operand && !wants) {
        snprintf(error, size, "\"%s\" is too much: %s takes no operand", o->operand,
                 command_word(o->command));
        return NW_ERR_INPUT;
    }
    bool needs = o->command == COMMAND_DUMP_FEATURES || o->command == COMMAND_HISTORY ||
                 (o->command == COMMAND_REPLAY && !o->features_path);
    if (needs && !o->operand) {
        snprintf(error, size, "%s needs %s%s", command_word(o->command), command_rows[o->command].operands,
                 o->command == COMMAND_REPLAY ? " or --features FILE" : "");
        return NW_ERR_INPUT;
    }
    return NW_OK;
}

static enum nw_err take_operands(int argc, char **argv, int first, bool flag_command, struct options *o,
                                 char *error, size_t size)
{
    const char *flag = command_word(o->command);
    if (first < argc && find_command(argv[first], &o->command) == NW_OK) {
        if (flag_command) {
            snprintf(error, size, "%s goes without a flag command; leave out %s", argv[first], flag);
            return NW_ERR_INPUT;
        }
        first++;
    } else if (first < argc && !flag_command) {
        snprintf(error, size, "unknown command \"%s\"", argv[first]);
        return NW_ERR_INPUT;
    }
    if (first < argc) o->operand = argv[first++];
    if (first < argc) {
        snprintf(error, size, "\"%s\" is too much: one operand at most", argv[first]);
        return NW_ERR_INPUT;
    }
    return NW_OK;
}

/* One option of getopt: a command written as a flag, or an option of the table. */
static enum nw_err take_one(struct options *o, int value, bool *flag_command, bool seen[OPTION_COUNT],
                            char *error, size_t size)
{
    if (value == 'h') value = COMMAND_VALUE + COMMAND_HELP;
    if (value == 'V') value = COMMAND_VALUE + COMMAND_VERSION;
    if (value >= COMMAND_VALUE) {
        if (*flag_command && (int)o->command != value - COMMAND_VALUE) {
            snprintf(error, size, "%s and %s exclude each other", command_word(o->command),
                     command_word((enum command)(value - COMMAND_VALUE)));
            return NW_ERR_INPUT;
        }
        o->command = (enum command)(value - COMMAND_VALUE);
        *flag_command = true;
        return NW_OK;
    }
    size_t i = 0;
    while (i < OPTION_COUNT && option_rows[i].value != value) i++;
    if (i == OPTION_COUNT) return NW_ERR_INPUT;
    seen[i] = true;
    if (take_option(o, value, optarg)) return NW_OK;
    snprintf(error, size, "--%s: \"%s\" is not a valid value", option_rows[i].name, optarg ? optarg : "");
    return NW_ERR_INPUT;
}

enum nw_err options_parse(int argc, char **argv, struct options *out, char *error, size_t error_size)
{
    struct option rows[OPTION_COUNT + COMMAND_COUNT + 1];
    char letters[64];
    fill_long_options(rows, letters);
    struct options o = {.command = COMMAND_RUN, .port = -1, .speed = 1};
    bool seen[OPTION_COUNT] = {false}, flag_command = false;
    int value;
    enum nw_err err;
    optind = 0; /* glibc: start afresh, tests parse many command lines */
    while ((value = getopt_long(argc, argv, letters, rows, NULL)) != -1) {
        if (value == ':' || value == '?') {
            snprintf(error, error_size, value == ':' ? "%s needs an argument" : "unknown option %s",
                     argv[optind - 1]);
            return NW_ERR_INPUT;
        }
        if ((err = take_one(&o, value, &flag_command, seen, error, error_size)) != NW_OK) return err;
    }
    if ((err = take_operands(argc, argv, optind, flag_command, &o, error, error_size)) != NW_OK) return err;
    if ((err = check_fit(&o, seen, error, error_size)) != NW_OK) return err;
    *out = o;
    return NW_OK;
}

/* "(run, --check, …)", wrapped. */
static void print_commands(FILE *out, unsigned commands)
{
    enum { LINE_MOST = 96 };
    const char *separator = "(";
    int column = fprintf(out, "  %-24s ", "");
    for (int c = 0; c < COMMAND_COUNT; c++) {
        if (!(commands & BIT(c))) continue;
        if (column + (int)strlen(command_rows[c].word) + 3 > LINE_MOST) {
            column = fprintf(out, ",\n  %-24s  ", "") - 2;
            separator = "";
        }
        column += fprintf(out, "%s%s", separator, command_rows[c].word);
        separator = ", ";
    }
    fputs(")\n", out);
}

void options_print_help(FILE *out)
{
    fputs("newswired - clusters news articles from Kafka into stories and publishes their coverage\n\n"
          "Usage: newswired [COMMAND] [OPTION...]\n\nCommands\n",
          out);
    for (int i = 0; i < COMMAND_COUNT; i++) {
        char left[64];
        snprintf(left, sizeof(left), "%s %s", command_rows[i].word, command_rows[i].operands);
        fprintf(out, "  %-24s %s\n", left, command_rows[i].help);
    }
    fputs("\nOptions\n", out);
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option_row *row = &option_rows[i];
        char left[64], letter[8] = "    ";
        if (row->value < 256) snprintf(letter, sizeof(letter), "-%c, ", row->value);
        snprintf(left, sizeof(left), "%s--%s %s", letter, row->name, row->argument);
        fprintf(out, "  %-24s %s\n", left, row->help);
        print_commands(out, row->commands);
    }
    fputs("\nExit codes: 0 done, 1 configuration or input file wrong, 2 usage, 70 internal,\n"
          "75 a dependency was not there within the start timeout.\n",
          out);
}
