/*
 * duplicates - near-identical texts: wire copy run by many outlets, the same article under two URLs.
 *
 * A new article whose text is near-identical to a held one joins its story directly and gets its
 * group (member.group); texts of one group count once in `uniqueCount`. Near-identical is:
 *   - same reprint group in the record (named by the producer, or the same text word for word), or
 *   - both bodies known, long enough and about their titles (what a site puts under every article, such
 *     as a notice to subscribers, is no reprint): SimHashes at most 3 bits apart, or at most 8 with titles
 *     that mostly agree; within one source the titles must agree as well, or
 *   - a body is missing: the same title word for word, if it is long enough to tell anything
 * and published not too far apart, because columns and tables recur under one title.
 *
 * Only the first member of each group in a story is indexed (member.group_first): a wire text run 500
 * times costs one entry, and a chain of small edits cannot drift far from where it began.
 * SimHash: Charikar 2002; 3 of 64 bits by four bands of 16: Manku, Jain & Das Sarma 2007.
 */
#ifndef NW_STORIES_DUPLICATES_H
#define NW_STORIES_DUPLICATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "articles/features_record.h"
#include "stories/article_map.h"
#include "stories/story.h"

struct duplicates;

/* What is compared: of an article, or of a member. */
struct text_print {
    uint64_t simhash;    /* of the body, 0: none, or too short to tell */
    uint64_t title_hash; /* duplicates_title_sketch() */
    uint64_t group;      /* 0: none known yet */
    int64_t published_ms;
    uint32_t source;
};

/* source: its number. group is the record's reprint group. */
struct text_print duplicates_print(const struct features_record *record, uint32_t source);
/* Upper 16 bits: of a hash of the title's terms; below, 4 bits of each of 12 MinHash values, of which about
 * the share of common words agrees. 0: too few words to tell. */
uint64_t duplicates_title_sketch(const struct features *features);
enum {
    DUPLICATES_TITLE_LANES = 12,
    DUPLICATES_NEAR_TITLE_LANES = 9, /* of them agree: some three quarters of the words are the same */
};
/* How many of those values two sketches have in common. */
int duplicates_title_agreement(uint64_t a, uint64_t b);
/* The group of a member that is like no other: no two members of a language ever get the same. */
uint64_t duplicates_own_group(struct id128 article, uint64_t sequence);

struct duplicates *duplicates_new(void);
void duplicates_free(struct duplicates *duplicates);
void duplicates_add(struct duplicates *duplicates, const struct member *member, uint32_t slot);
/* With the same fields as when it was added. */
void duplicates_remove(struct duplicates *duplicates, const struct member *member, uint32_t slot);

/* The twin of a text: in an active story rather than a closed one, then the closest, then the earliest. */
bool duplicates_find(const struct duplicates *duplicates, const struct article_map *articles,
                     const struct text_print *print, struct article_ref *out);
size_t duplicates_memory_bytes(const struct duplicates *duplicates);

#endif
