#include "coverage/syndication.h"

#include <string.h>

#include "coverage/agency.h"
#include "coverage/distribution.h"

static void gather(struct arena *arena, const struct story_view *view, struct syndication *out)
{
    uint32_t *sizes = arena_calloc(arena, view->group_count, sizeof(*sizes));
    uint32_t *members = arena_alloc(arena, view->member_count * sizeof(*members));
    out->group_count = view->group_count;
    out->groups = arena_calloc(arena, view->group_count, sizeof(*out->groups));
    for (size_t i = 0; i < view->member_count; i++) sizes[view->member_group[i]]++;
    for (size_t i = 0; i < view->group_count; i++) {
        out->groups[i].members = members;
        members += sizes[i];
    }
    for (size_t i = 0; i < view->member_count; i++) {
        struct reprint_group *group = &out->groups[view->member_group[view->by_time[i]]];
        group->members[group->count++] = view->by_time[i];
    }
}

static const char *group_attribution(const struct story_view *view, const struct reprint_group *group)
{
    for (uint32_t i = 0; i < group->count; i++) {
        const struct article_card *card = story_view_card(view, group->members[i]);
        if (card != NULL && card->attribution[0] != '\0') return card->attribution;
    }
    return "";
}

static uint32_t group_original(const struct story_view *view, const struct reprint_group *group)
{
    if (group->count == 1) return group->members[0];
    unsigned credited = agency_of_name(group->attribution, strlen(group->attribution));
    for (uint32_t i = 0; i < group->count; i++) {
        unsigned agency = agency_of_source(view->sources[view->member_source[group->members[i]]].key);
        if (agency == AGENCY_NONE) continue;
        if (agency == credited || group->attribution[0] == '\0') return group->members[i];
    }
    return group->members[0];
}

void syndication_find(struct arena *arena, const struct story_view *view, struct syndication *out)
{
    *out = (struct syndication){.groups = NULL};
    gather(arena, view, out);
    out->originals = arena_calloc(arena, view->source_count, sizeof(*out->originals));
    for (size_t i = 0; i < out->group_count; i++) {
        struct reprint_group *group = &out->groups[i];
        group->attribution = group_attribution(view, group);
        group->original = group_original(view, group);
        uint32_t source = view->member_source[group->original];
        if (out->originals[source]++ == 0) distribution_add(&out->independent, view->sources[source].bias);
    }
}

/* The member whose card speaks for the group; the member count when none has one. */
static uint32_t group_text(const struct story_view *view, const struct reprint_group *group)
{
    if (story_view_card(view, group->original) != NULL) return group->original;
    for (uint32_t i = 0; i < group->count; i++)
        if (story_view_card(view, group->members[i]) != NULL) return group->members[i];
    return (uint32_t)view->member_count;
}

const uint32_t *syndication_texts(struct arena *arena, const struct story_view *view,
                                  const struct syndication *syndication, size_t max, size_t *count)
{
    uint32_t *all = arena_alloc(arena, syndication->group_count * sizeof(*all));
    size_t found = 0;
    for (size_t i = 0; i < syndication->group_count; i++) {
        uint32_t member = group_text(view, &syndication->groups[i]);
        if (member < view->member_count) all[found++] = member;
    }
    *count = found < max ? found : max;
    for (size_t i = 0; i < *count; i++) all[i] = all[i * found / *count]; /* i * found / count >= i */
    return all;
}
