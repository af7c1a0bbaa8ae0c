/*
 * schemas - the JSON Schemas of docs/schemas that the HTTP pages answer by, built into the binary by
 * cmake/embed.cmake.
 */
#ifndef NW_DAEMON_SCHEMAS_H
#define NW_DAEMON_SCHEMAS_H

#include <stddef.h>

extern const char schema_api[], schema_coverage[], schema_insights[];
extern const size_t schema_api_len, schema_coverage_len, schema_insights_len;

#endif
