/* id_set - a set of ids. Not thread-safe. */
#ifndef NW_CONSUMERS_ID_SET_H
#define NW_CONSUMERS_ID_SET_H

#include <stdbool.h>

#include "base/hash.h"

struct id_set;

struct id_set *id_set_new(void);
void id_set_free(struct id_set *set);
/* One that is there already, or not there, is fine. */
void id_set_add(struct id_set *set, struct id128 id);
void id_set_remove(struct id_set *set, struct id128 id);
bool id_set_has(const struct id_set *set, struct id128 id);

#endif
