/*
 * process_metrics - the process's own numbers under the names that every Prometheus client uses, and
 * newswired_build_info.
 */
#ifndef NW_DAEMON_PROCESS_METRICS_H
#define NW_DAEMON_PROCESS_METRICS_H

#include <stddef.h>

/* Memory in use; 0 when /proc is not there. */
double process_resident_bytes(void);

/* Prometheus text; free() it. Any thread. */
char *process_metrics_render(size_t *len);

#endif
