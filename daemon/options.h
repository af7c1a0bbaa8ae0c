/*
 * options - the command line: one table of commands, one of options; --help is printed from them.
 *
 * The struct borrows from argv. Which option goes with which command is part of the table, so a
 * misplaced one is a usage error (exit 2) and never silently ignored.
 */
#ifndef NW_DAEMON_OPTIONS_H
#define NW_DAEMON_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

/* The process's exit codes (FORMATS: command line). */
enum { EXIT_DONE = 0, EXIT_CONFIG = 1, EXIT_USAGE = 2, EXIT_INTERNAL = 70, EXIT_UNAVAILABLE = 75 };

/* X(id, word, operands, help); RUN is the default. check, print-config and demo are commands of
 * their own inside, although they are written as flags. */
#define COMMANDS(X)                                                                                          \
    X(COMMAND_RUN, "run", "", "the daemon (the default)")                                                    \
    X(COMMAND_CHECK, "--check", "", "validate the configuration and say what is wrong, with line numbers")   \
    X(COMMAND_PRINT_CONFIG, "--print-config", "", "every key with its value, default and meaning")           \
    X(COMMAND_DEMO, "--demo", "", "everything embedded: Kafka, Redis and events to look at")                 \
    X(COMMAND_REPLAY, "replay", "[INPUT.jsonl|-]", "the pure pipeline over a file of events")                \
    X(COMMAND_DUMP_FEATURES, "dump-features", "OUT", "write what `replay --features` replays exactly")       \
    X(COMMAND_HISTORY, "history", "STORY_ID", "the summaries of a story, as far as Kafka still holds them")  \
    X(COMMAND_LAG, "lag", "", "a table of partitions: owner, position, lag")                                 \
    X(COMMAND_RETIRE, "retire", "", "remove what earlier generations left in Kafka and Redis")               \
    X(COMMAND_HELP, "--help", "", "this text")                                                               \
    X(COMMAND_VERSION, "--version", "", "the version")

enum command {
#define COMMAND_ENUM(id, word, operands, help) id,
    COMMANDS(COMMAND_ENUM)
#undef COMMAND_ENUM
        COMMAND_COUNT
};

struct options {
    enum command command;
    const char *config_path; /* NULL: no file, every key at its default */
    const char *roles;       /* comma-separated; NULL: as configured */
    bool connect;            /* --check: also reach Kafka and Redis */
    bool rebuild, accept_policy;
    bool once; /* --demo */
    bool yes;  /* retire */
    bool json; /* history */
    int port;  /* --demo; -1: as configured */
    double speed;
    const char *clusters_path, *ratings_path, *features_path, *pairs_path, *explain_article; /* replay */
    bool revisions;
    const char *operand; /* INPUT, OUT or STORY_ID; NULL when not given */
};

/* On a wrong command line: NW_ERR_INPUT, and one sentence in error. */
enum nw_err options_parse(int argc, char **argv, struct options *out, char *error,
                          size_t error_size) NW_MUST_CHECK;
void options_print_help(FILE *out);
/* As written on the command line. */
const char *command_word(enum command command);

#endif
