/*
 * embedded - `newswired --demo`: the daemon with everything it needs around it in one process.
 *
 * librdkafka's mock cluster, a private redis-server (embedded_redis.h), the events of demo/ fed at a
 * visible pace, and a view of the coverage topic on stdout as a dashboard would have it. The roles are
 * those of production; only addresses differ. demo_command() is declared in commands.h.
 */
#ifndef NW_DAEMON_EMBEDDED_H
#define NW_DAEMON_EMBEDDED_H

#include <stdbool.h>
#include <stddef.h>

/* The folder with articles.jsonl and ratings.csv: beside the installed program, in the source tree
 * around the build, or where it was installed to. false: none of them has it. */
bool embedded_find_data(const char *program, char *out, size_t size);

#endif
