/*
 * replay - `newswired replay`: the pure pipeline over a file, without Kafka and Redis (FORMATS.md 1).
 *
 * stdout has the last summary of each story (with --explain the explanation instead), stderr the rest.
 * Exit 1 when the input cannot be read or an output cannot be written.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "articles/article_pipeline.h"
#include "base/alloc.h"
#include "daemon/commands.h"
#include "daemon/replay_input.h"
#include "daemon/settings.h"

enum { STDOUT_BUFFER = 1 << 20 };

/* The files a replay has open; NULL: not wanted. */
struct replay_files {
    FILE *in, *clusters, *pairs;
    const char *in_name;
};

static FILE *open_or_say(const char *path, const char *mode)
{
    FILE *file = fopen(path, mode);
    if (file == NULL) fprintf(stderr, "newswired: %s: %s\n", path, strerror(errno));
    return file;
}

/* Closes an output; true when all that was written is there. */
static bool close_output(FILE *file, const char *path)
{
    if (file == NULL) return true;
    bool failed = ferror(file) != 0;
    if (fclose(file) != 0) failed = true;
    if (failed) fprintf(stderr, "newswired: %s: could not be written: %s\n", path, strerror(errno));
    return !failed;
}

static bool open_files(const struct options *options, struct replay_files *files)
{
    const char *input = options->features_path != NULL ? options->features_path : options->operand;
    bool from_stdin = strcmp(input, "-") == 0;
    files->in_name = from_stdin ? "standard input" : input;
    files->in = from_stdin ? stdin : open_or_say(input, "rb");
    if (files->in == NULL) return false;
    if (options->clusters_path != NULL &&
        (files->clusters = open_or_say(options->clusters_path, "wb")) == NULL)
        return false;
    return options->pairs_path == NULL || (files->pairs = open_or_say(options->pairs_path, "wb")) != NULL;
}

static bool close_files(const struct options *options, struct replay_files *files)
{
    if (files->in != NULL && files->in != stdin) fclose(files->in);
    bool good = close_output(files->clusters, options->clusters_path);
    good = close_output(files->pairs, options->pairs_path) && good;
    if (fflush(stdout) == 0 && !ferror(stdout)) return good;
    fprintf(stderr, "newswired: standard output: could not be written: %s\n", strerror(errno));
    return false;
}

/* ---- ratings ---- */

static char *read_all(FILE *in, size_t *len)
{
    char *bytes = NULL;
    size_t capacity = 0, got;
    *len = 0;
    do {
        bytes = nw_grow(bytes, &capacity, *len + (1 << 16), 1);
        got = fread(bytes + *len, 1, capacity - *len, in);
        *len += got;
    } while (got > 0);
    return bytes;
}

static void name_issues(const struct ratings *ratings, const char *path)
{
    const struct ratings_issue *issues;
    size_t count = ratings_issues(ratings, &issues);
    for (size_t i = 0; i < count && i < 10; i++)
        fprintf(stderr, "newswired: %s:%zu: %s\n", path, issues[i].line, issues[i].reason);
    if (count > 10) fprintf(stderr, "newswired: %s: ... and %zu more rows\n", path, count - 10);
}

/* NULL when it cannot be used, which has been said. path "": no ratings. */
static struct ratings *load_ratings(const char *path)
{
    if (path[0] == '\0') return ratings_empty();
    FILE *in = open_or_say(path, "rb");
    if (in == NULL) return NULL;
    size_t len;
    char *bytes = read_all(in, &len), *error = NULL;
    fclose(in);
    struct ratings *ratings = NULL;
    if (ratings_load(bytes, len, NULL, &ratings, &error) != NW_OK) {
        fprintf(stderr, "newswired: %s: %s\n", path, error != NULL ? error : "no ratings in it");
        ratings = NULL;
    } else {
        name_issues(ratings, path);
    }
    free(error);
    free(bytes);
    return ratings;
}

/* ---- the command ---- */

static int replay(const struct options *options, const struct settings *settings,
                  const struct replay_setting *setting, const struct replay_files *files)
{
    if (options->features_path != NULL) return replay_features(files->in, files->in_name, setting);
    const struct replay_articles_setting articles = {
        .pipeline = {.extra_aliases = settings->article.extra_aliases,
                     .extra_alias_count = settings->article.extra_alias_count,
                     .rules = settings->article.rules,
                     .refuse_corrections = settings->article.refuse_corrections},
        .embedding = &settings->article.embedding,
        .topic = settings->kafka.articles_topic,
    };
    return replay_events(files->in, files->in_name, &articles, setting);
}

static int replay_traced(const struct options *options, const struct settings *settings,
                         const struct ratings *ratings, const struct replay_files *files)
{
    struct replay_trace_wanted wanted = {.clusters = files->clusters != NULL, .pairs = files->pairs};
    if (options->explain_article != NULL) {
        wanted.explain = stdout;
        if (!id128_parse(options->explain_article, strlen(options->explain_article), &wanted.explained)) {
            fputs("newswired: --explain needs an article id: 32 hexadecimal digits\n", stderr);
            return EXIT_USAGE;
        }
    }
    const struct replay_setting setting = {
        .policy = settings->story.policy,
        .coverage = settings->story.coverage,
        .ratings = ratings,
        .features_topic = settings->kafka.features_topic,
        .revisions = options->revisions,
        .summaries = wanted.explain != NULL ? NULL : stdout,
        .trace = replay_trace_new(&wanted),
    };
    int code = replay(options, settings, &setting, files);
    if (files->clusters != NULL) replay_trace_write_clusters(setting.trace, files->clusters);
    if (wanted.explain != NULL && !replay_trace_write_end(setting.trace))
        fprintf(stderr, "newswired: no event of article %s\n", options->explain_article);
    replay_trace_free(setting.trace);
    return code;
}

int replay_command(const struct options *options, const struct config *config)
{
    struct settings settings;
    struct replay_files files = {0};
    int code = EXIT_CONFIG;
    settings_init(&settings, config, options);
    setvbuf(stdout, NULL, _IOFBF, STDOUT_BUFFER);
    if (*config->ratings_url && options->ratings_path == NULL)
        fprintf(stderr, "newswired: replay asks no address: %s; ratings.url counts for the daemon alone\n",
                *config->ratings_file ? "ratings.file is used" : "every source is unrated");
    bool weighed = settings_load_weights(&settings, config) == NW_OK;
    struct ratings *ratings =
        load_ratings(options->ratings_path != NULL ? options->ratings_path : config->ratings_file);
    if (weighed && ratings != NULL && open_files(options, &files))
        code = replay_traced(options, &settings, ratings, &files);
    if (!close_files(options, &files) && code == EXIT_DONE) code = EXIT_CONFIG;
    if (ratings != NULL) ratings_unref(ratings);
    settings_fini(&settings);
    return code;
}
