/*
 * story_edits - what editors have decided on a story, and which stories it has taken in.
 *
 * Most stories have none (story->edits is NULL). It is state: the lists keep their order over a restore,
 * and hold story numbers of the same language (story_id() makes the id). Both are bounded: of more the
 * oldest entry goes.
 */
#ifndef NW_STORIES_STORY_EDITS_H
#define NW_STORIES_STORY_EDITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stories/story.h"

enum { STORY_TITLE_MAX = 1024, STORY_APART_MAX = 16, STORY_ABSORBED_MAX = 64 };

struct story_edits {
    char *title;             /* an editor's, owned; NULL: none */
    bool merged_by_hand;     /* an automatic split would undo an editor's merge */
    struct id128 split_from; /* the story it was split off; zero: none */
    uint64_t *apart;         /* stories it must not be merged with automatically: they were split */
    size_t apart_count;
    uint64_t *absorbed; /* stories merged into it, theirs included: corrections that name one mean this */
    size_t absorbed_count;
};

/* Those of story, made when there are none yet. */
struct story_edits *story_edits_of(struct story *story);
/* Frees story->edits. */
void story_edits_free(struct story *story);

/* An editor's title, "" when there is none. */
const char *story_edits_title(const struct story *story);
/* title "": the automatic one again. Cut at STORY_TITLE_MAX bytes by the caller. */
void story_edits_set_title(struct story *story, const char *title);

/* Was one split off the other (or off what it has become part of)? */
bool story_edits_apart(const struct story *a, const struct story *b);
/* From now on the two are apart, or no longer. */
void story_edits_part(struct story *a, struct story *b);
void story_edits_unpart(struct story *a, struct story *b);
/* story was apart from the one numbered from; that is part of the one numbered to now. */
void story_edits_renumber_apart(struct story *story, uint64_t from, uint64_t to);
/* older takes over what younger has; its own title comes first. */
void story_edits_absorb(struct story *older, const struct story *younger);
bool story_edits_has_absorbed(const struct story *story, uint64_t number);

#endif
