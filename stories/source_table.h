/*
 * source_table - publisher keys ("reuters.com") as small numbers within a partition.
 *
 * Owns the names. A number is valid for the table's life and means nothing outside it: state and
 * records hold the names. Numbers decide nothing (their order depends on arrival).
 */
#ifndef NW_STORIES_SOURCE_TABLE_H
#define NW_STORIES_SOURCE_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct source_table;

struct source_table *source_table_new(void);
void source_table_free(struct source_table *table);
/* The number of name, added when it is new. */
uint32_t source_table_intern(struct source_table *table, const char *name);
/* The name; borrowed, for the table's life. */
const char *source_table_name(const struct source_table *table, uint32_t source);
size_t source_table_size(const struct source_table *table);

#endif
