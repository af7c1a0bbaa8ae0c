/*
 * article_map - finds the member of an article by its id, its raw URL or the producer's id.
 *
 * One a language. A slot is a small number that stands for a member as long as it is held, in
 * whichever story; other indexes (duplicates.h) keep slots too. The keys are not copied: the map reads
 * them from the members, so a member is removed before and added after its keys change. Where two
 * members share a key the earlier one (sequence) is meant, whatever the order of insertion.
 */
#ifndef NW_STORIES_ARTICLE_MAP_H
#define NW_STORIES_ARTICLE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stories/story.h"

struct article_map;

struct article_ref {
    struct story *story;
    struct member *member; /* within story->members: valid until they change */
    uint32_t slot;
};

struct article_map *article_map_new(void);
void article_map_free(struct article_map *map);

/* member lies in story->members. */
uint32_t article_map_add(struct article_map *map, struct story *story, const struct member *member);
/* While the member is still in its story. */
void article_map_remove(struct article_map *map, uint32_t slot);
/* The member is in another story now. */
void article_map_set_story(struct article_map *map, uint32_t slot, struct story *story);

struct article_ref article_map_at(const struct article_map *map, uint32_t slot);
/* false: not held; *out is untouched. */
bool article_map_find(const struct article_map *map, struct id128 article, struct article_ref *out);
/* By id, else raw URL, else producer id; zero names nothing. */
bool article_map_find_any(const struct article_map *map, struct id128 article, uint64_t raw_url_hash,
                          uint64_t producer_id_hash, struct article_ref *out);
size_t article_map_count(const struct article_map *map);
size_t article_map_memory_bytes(const struct article_map *map);

#endif
