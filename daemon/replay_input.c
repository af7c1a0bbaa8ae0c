#include "daemon/replay_input.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/metrics.h"
#include "consumers/embedder.h"
#include "daemon/event_line.h"
#include "daemon/features_dump.h"
#include "daemon/options.h"
#include "daemon/replay_progress.h"

/* ---- events ---- */

/* A line that has been read and not applied yet. */
struct read_line {
    struct arena *arena;
    uint64_t number;
    struct input_record record;
    struct pipeline_result result;
};

/* Several lines at a time where vectors are asked for, so that they share requests as in the article
 * consumer; else one by one. */
struct events_replay {
    struct article_pipeline *pipeline;
    struct replay_machine *machine;
    struct replay_progress progress;
    struct metrics *metrics;
    struct embedder *embedder; /* NULL: no vectors */
    struct read_line *lines;
    struct embedding_job *jobs; /* one a line */
    size_t count, capacity;
    const char *topic;
    uint64_t line;
    uint64_t offset; /* of the next features record */
};

static void apply_bytes(struct events_replay *replay, struct read_line *line,
                        const struct pipeline_output *output, const char *place)
{
    struct features_record record;
    enum nw_err err = features_record_unpack(line->arena, output->bytes, output->len, &record);
    if (err != NW_OK) /* what we have just packed */
        replay_progress_refuse(&replay->progress, place, "features", nw_err_text(err));
    else
        replay_machine_apply(replay->machine, &record, replay->offset++, line->record.append_ms, place);
}

static void apply_line(struct events_replay *replay, struct read_line *line)
{
    char place[64];
    const struct pipeline_result *result = &line->result;
    snprintf(place, sizeof(place), "line %" PRIu64, line->number);
    for (size_t i = 0; i < result->output_count; i++) apply_bytes(replay, line, &result->outputs[i], place);
    for (size_t i = 0; i < result->reject_count; i++)
        replay_progress_refuse(&replay->progress, place, reject_code_text(result->rejects[i].code),
                               result->rejects[i].reason);
    arena_reset(line->arena);
}

static void apply_lines(struct events_replay *replay)
{
    if (replay->embedder != NULL) {
        for (size_t i = 0; i < replay->count; i++)
            replay->jobs[i] = (struct embedding_job){replay->lines[i].arena, &replay->lines[i].result};
        embedder_run(replay->embedder, replay->jobs, replay->count);
    }
    for (size_t i = 0; i < replay->count; i++) apply_line(replay, &replay->lines[i]);
    replay->count = 0;
}

static void read_line(struct events_replay *replay, const char *text, size_t len)
{
    struct read_line *line = &replay->lines[replay->count++];
    line->number = replay->line;
    event_line_parse(line->arena, arena_memdup(line->arena, text, len), len, &line->record);
    line->record.origin = (struct origin){.topic = replay->topic, .offset = (int64_t)replay->line};
    article_pipeline_run(replay->pipeline, line->arena, &line->record, &line->result);
    if (replay->count == replay->capacity) apply_lines(replay);
}

static bool is_blank(const char *line, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (strchr(" \t\r", line[i]) == NULL || line[i] == '\0') return false;
    return true;
}

static void replay_lines(struct events_replay *replay, FILE *in)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t len;
    while ((len = getline(&line, &room, in)) > 0) {
        replay->line++;
        if (line[len - 1] == '\n') len--;
        if (!is_blank(line, (size_t)len)) read_line(replay, line, (size_t)len);
        replay_progress_step(&replay->progress, in);
    }
    apply_lines(replay);
    free(line);
}

static void replay_init(struct events_replay *replay, const struct replay_articles_setting *articles)
{
    const struct embedding_options *embedding = articles->embedding;
    bool embeds = embedding != NULL && embedding->url[0] != '\0';
    replay->topic = articles->topic;
    replay->capacity = embeds ? (size_t)embedding->batch * embedding->parallel : 1;
    replay->lines = nw_calloc(replay->capacity, sizeof(*replay->lines));
    replay->jobs = nw_calloc(replay->capacity, sizeof(*replay->jobs));
    for (size_t i = 0; i < replay->capacity; i++) replay->lines[i].arena = arena_new();
    if (!embeds) return;
    replay->metrics = metrics_new();
    const struct embedder_setting setting = {
        .options = embedding, .name = "replay", .metrics = replay->metrics};
    replay->embedder = embedder_new(&setting);
}

static void replay_fini(struct events_replay *replay)
{
    for (size_t i = 0; i < replay->capacity; i++) arena_free(replay->lines[i].arena);
    free(replay->lines);
    free(replay->jobs);
    replay_machine_free(replay->machine);
    article_pipeline_free(replay->pipeline);
    embedder_free(replay->embedder);
    metrics_free(replay->metrics);
}

int replay_events(FILE *in, const char *name, const struct replay_articles_setting *articles,
                  const struct replay_setting *setting)
{
    struct events_replay replay = {.pipeline = article_pipeline_new(&articles->pipeline)};
    if (replay.pipeline == NULL) {
        fputs("newswired: the Unicode data of the ICU libraries is missing\n", stderr);
        return EXIT_INTERNAL;
    }
    replay_init(&replay, articles);
    replay.machine = replay_machine_new(setting, 0);
    replay_progress_init(&replay.progress, in);
    replay_lines(&replay, in);
    int failed = ferror(in) ? errno : 0;
    replay_machine_finish(replay.machine);
    replay_progress_finish(&replay.progress);
    if (replay.embedder != NULL && embedder_totals(replay.embedder).without > 0)
        fprintf(stderr, "newswired: %" PRIu64 " articles got no sentence vector from %s\n",
                embedder_totals(replay.embedder).without, articles->embedding->url);
    if (failed != 0)
        fprintf(stderr, "newswired: %s: after line %" PRIu64 ": %s\n", name, replay.line, strerror(failed));
    replay_fini(&replay);
    return failed == 0 ? EXIT_DONE : EXIT_CONFIG;
}

/* ---- features ---- */

struct features_replay {
    const struct replay_setting *setting;
    struct replay_machine **machines; /* by partition number; NULL: no record of it yet */
    size_t machine_count, machine_capacity;
    struct arena *arena;
    struct replay_progress progress;
};

enum { MAX_PARTITIONS = 100000 };

static struct replay_machine *machine_of(struct features_replay *replay, int32_t partition)
{
    size_t needed = (size_t)partition + 1;
    if (needed > replay->machine_count) {
        replay->machines =
            nw_grow(replay->machines, &replay->machine_capacity, needed, sizeof(struct replay_machine *));
        while (replay->machine_count < needed) replay->machines[replay->machine_count++] = NULL;
    }
    if (replay->machines[partition] == NULL)
        replay->machines[partition] = replay_machine_new(replay->setting, partition);
    return replay->machines[partition];
}

/* A record that cannot be read is passed over, as the story consumer does. NW_ERR_CORRUPT: the dump is wrong.
 */
static enum nw_err replay_record(struct features_replay *replay, const struct features_dump_record *dumped)
{
    char place[64];
    struct features_record record;
    if (dumped->partition >= MAX_PARTITIONS) return NW_ERR_CORRUPT;
    struct replay_machine *machine = machine_of(replay, dumped->partition);
    if (dumped->offset < replay_machine_next_offset(machine) || dumped->offset == UINT64_MAX)
        return NW_ERR_CORRUPT;
    snprintf(place, sizeof(place), "partition %" PRId32 " offset %" PRIu64, dumped->partition,
             dumped->offset);
    arena_reset(replay->arena);
    enum nw_err err = features_record_unpack(replay->arena, dumped->bytes, dumped->len, &record);
    if (err == NW_OK)
        replay_machine_apply(machine, &record, dumped->offset, dumped->append_ms, place);
    else
        replay_progress_refuse(&replay->progress, place, "features", nw_err_text(err));
    return NW_OK;
}

static enum nw_err replay_dump(struct features_replay *replay, FILE *in)
{
    struct features_dump_reader *reader;
    struct features_dump_record dumped;
    enum nw_err err = features_dump_open(in, &reader);
    if (err != NW_OK) return err;
    while ((err = features_dump_next(reader, &dumped)) == NW_OK) {
        err = replay_record(replay, &dumped);
        if (err != NW_OK) break;
        replay_progress_step(&replay->progress, in);
    }
    features_dump_close(reader);
    return err == NW_ERR_NOT_FOUND ? NW_OK : err;
}

int replay_features(FILE *in, const char *name, const struct replay_setting *setting)
{
    struct features_replay replay = {.setting = setting, .arena = arena_new()};
    replay_progress_init(&replay.progress, in);
    enum nw_err err = replay_dump(&replay, in);
    for (size_t i = 0; i < replay.machine_count; i++) {
        if (replay.machines[i] == NULL) continue;
        if (err == NW_OK) replay_machine_finish(replay.machines[i]);
        replay_machine_free(replay.machines[i]);
    }
    free(replay.machines);
    arena_free(replay.arena);
    replay_progress_finish(&replay.progress);
    if (err != NW_OK)
        fprintf(stderr, "newswired: %s: after record %" PRIu64 ": %s\n", name, replay.progress.records,
                nw_err_text(err));
    return err == NW_OK ? EXIT_DONE : EXIT_CONFIG;
}
