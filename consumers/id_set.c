#include "consumers/id_set.h"

#include <stdlib.h>

#include <uthash.h>

#include "base/alloc.h"

struct member {
    struct id128 id;
    UT_hash_handle hh;
};

struct id_set {
    struct member *members;
};

struct id_set *id_set_new(void)
{
    return nw_calloc(1, sizeof(struct id_set));
}

void id_set_free(struct id_set *set)
{
    if (set == NULL) return;
    struct member *member = set->members, *next;
    HASH_CLEAR(hh, set->members); /* the table; its members stay linked */
    for (; member != NULL; member = next) {
        next = member->hh.next;
        free(member);
    }
    free(set);
}

static struct member *find(const struct id_set *set, struct id128 id)
{
    struct member *member;
    HASH_FIND(hh, set->members, &id, sizeof(id), member);
    return member;
}

void id_set_add(struct id_set *set, struct id128 id)
{
    if (find(set, id) != NULL) return;
    struct member *member = nw_calloc(1, sizeof(*member));
    member->id = id;
    HASH_ADD(hh, set->members, id, sizeof(member->id), member);
}

void id_set_remove(struct id_set *set, struct id128 id)
{
    struct member *member = find(set, id);
    if (member == NULL) return;
    HASH_DEL(set->members, member);
    free(member);
}

bool id_set_has(const struct id_set *set, struct id128 id)
{
    return find(set, id) != NULL;
}
