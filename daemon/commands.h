/*
 * commands - the bodies of the subcommands; each returns the process's exit code (options.h).
 *
 * main.c parses the command line, loads the configuration (defaults without -c), starts the log and
 * calls one of them. stdout belongs to the command, stderr to the log.
 */
#ifndef NW_DAEMON_COMMANDS_H
#define NW_DAEMON_COMMANDS_H

#include "config/config.h"
#include "daemon/options.h"

/* The daemon: starts roles, HTTP and watchdog, waits for a signal, drains. daemon/run.c */
int run_command(const struct options *options, const struct config *config);
/* The pure pipeline over a file. daemon/replay.c */
int replay_command(const struct options *options, const struct config *config);
/* A table of the features partitions: owner, position, end of the log, lag. daemon/lag.c */
int lag_command(const struct options *options, const struct config *config);
/* The summaries of a story that Kafka still holds. daemon/history.c */
int history_command(const struct options *options, const struct config *config);
/* What earlier generations left behind. daemon/retire.c */
int retire_command(const struct options *options, const struct config *config);
/* --check: what is wrong beyond the configuration's text; with --connect also Kafka and Redis. */
int check_command(const struct options *options, const struct config *config);
/* --demo: everything embedded. daemon/embedded.c */
int demo_command(const struct options *options, const struct config *config);
/* dump-features: the features topic into a file. daemon/dump_features.c */
int dump_features_command(const struct options *options, const struct config *config);

#endif
