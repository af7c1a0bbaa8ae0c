/* story_table - finds a held story by its id. Borrows the stories. */
#ifndef NW_STORIES_STORY_TABLE_H
#define NW_STORIES_STORY_TABLE_H

#include <stddef.h>

#include "stories/story.h"

struct story_table {
    struct story **slots; /* open addressing by the id, at most half full */
    size_t capacity;      /* a power of two, or 0 */
    size_t count;
};

void story_table_fini(struct story_table *table);
/* Its id is not there yet. */
void story_table_add(struct story_table *table, struct story *story);
void story_table_remove(struct story_table *table, const struct story *story);
/* NULL: not held. */
struct story *story_table_find(const struct story_table *table, struct id128 id);

#endif
