#include "daemon/replay_machine.h"

#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "base/alloc.h"
#include "base/instant.h"
#include "daemon/replay_cards.h"

/* The summary of a closed story: dropping it comes without warning. */
struct closed_summary {
    struct id128 story;
    char *text;
    UT_hash_handle hh;
};

struct replay_machine {
    const struct replay_setting *setting;
    int32_t number;
    struct partition *partition;
    struct replay_cards *cards;
    struct closed_summary *closed;
    struct arena *arena;
    struct decision decision;
};

struct replay_machine *replay_machine_new(const struct replay_setting *setting, int32_t number)
{
    struct replay_machine *machine = nw_calloc(1, sizeof(*machine));
    machine->setting = setting;
    machine->number = number;
    machine->partition = partition_new(&setting->policy);
    machine->cards = replay_cards_new();
    machine->arena = arena_new();
    replay_trace_observe(setting->trace, machine->partition);
    return machine;
}

static void forget_closed(struct replay_machine *machine, struct closed_summary *closed)
{
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): the analyser does not follow uthash's chains */
    HASH_DEL(machine->closed, closed);
    free(closed->text);
    free(closed);
}

void replay_machine_free(struct replay_machine *machine)
{
    if (machine == NULL) return;
    struct closed_summary *closed = machine->closed;
    HASH_CLEAR(hh, machine->closed); /* the table; its items stay chained */
    while (closed != NULL) {
        struct closed_summary *next = closed->hh.next;
        free(closed->text);
        free(closed);
        closed = next;
    }
    partition_free(machine->partition);
    replay_cards_free(machine->cards);
    arena_free(machine->arena);
    free(machine);
}

static char *build(struct replay_machine *machine, const struct story *story)
{
    const struct replay_setting *setting = machine->setting;
    const struct coverage_input input = {
        .story = story,
        .sources = partition_sources(machine->partition),
        .cards = replay_cards_of(machine->cards, machine->arena, story),
        .ratings = setting->ratings,
        .policy = &setting->coverage,
        .features_topic = setting->features_topic,
        .features_partition = machine->number,
        .policy_hash = story_policy_hash(&setting->policy),
        .ratings_loaded_ms = NW_NO_TIME,
        .cause = story->cause,
    };
    size_t len;
    char *text = coverage_json(&input, &len, NULL);
    arena_reset(machine->arena);
    return text;
}

static void write_line(struct replay_machine *machine, const char *text)
{
    /* whether the disk took it is asked once, at the end */
    fputs(text, machine->setting->summaries);
    fputc('\n', machine->setting->summaries);
}

static void write_summary(struct replay_machine *machine, const struct story *story)
{
    char *text = build(machine, story);
    write_line(machine, text);
    free(text);
}

static struct closed_summary *find_closed(const struct replay_machine *machine, struct id128 story)
{
    struct closed_summary *closed;
    HASH_FIND(hh, machine->closed, &story, sizeof(story), closed);
    return closed;
}

static void keep_closed(struct replay_machine *machine, const struct story *story)
{
    struct closed_summary *closed = find_closed(machine, story->id);
    if (closed == NULL) {
        closed = nw_calloc(1, sizeof(*closed));
        closed->story = story->id;
        HASH_ADD(hh, machine->closed, story, sizeof(closed->story), closed);
    }
    free(closed->text);
    closed->text = build(machine, story);
}

static void write_dropped(struct replay_machine *machine, struct id128 story)
{
    struct closed_summary *closed = find_closed(machine, story);
    if (closed == NULL) return;
    write_line(machine, closed->text);
    forget_closed(machine, closed);
}

static void write_changed(struct replay_machine *machine, const struct partition_changes *changes)
{
    if (machine->setting->summaries == NULL) return;
    for (size_t i = 0; i < changes->change_count; i++)
        if (changes->changes[i].kind == CHANGE_STORY_DROPPED)
            write_dropped(machine, changes->changes[i].story);
    for (size_t i = 0; i < changes->dirty_count; i++) {
        const struct story *story = changes->dirty[i];
        if (machine->setting->revisions || story->status == STORY_MERGED)
            write_summary(machine, story);
        else if (story->status == STORY_CLOSED)
            keep_closed(machine, story);
    }
}

void replay_machine_apply(struct replay_machine *machine, const struct features_record *record,
                          uint64_t offset, int64_t append_ms, const char *place)
{
    enum apply_outcome outcome =
        partition_apply(machine->partition, record, offset, append_ms, &machine->decision);
    const struct partition_changes *changes = partition_changes(machine->partition);
    for (size_t i = 0; i < changes->change_count; i++)
        replay_cards_apply(machine->cards, &changes->changes[i]);
    replay_trace_applied(machine->setting->trace, machine->partition, record, outcome, &machine->decision,
                         place);
    write_changed(machine, changes);
    partition_changes_clear(machine->partition);
}

uint64_t replay_machine_next_offset(const struct replay_machine *machine)
{
    return partition_next_offset(machine->partition);
}

static bool write_held(void *context, const struct story *story)
{
    struct replay_machine *machine = context;
    const struct closed_summary *closed = find_closed(machine, story->id);
    if (closed != NULL)
        write_line(machine, closed->text);
    else
        write_summary(machine, story);
    return true;
}

void replay_machine_finish(struct replay_machine *machine)
{
    if (machine->setting->summaries != NULL && !machine->setting->revisions)
        partition_each_story(machine->partition, write_held, machine);
}
