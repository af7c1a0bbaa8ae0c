/*
 * replay_input - reads what replay replays.
 *
 * Events: JSON lines (event_line.h) go through the article stage into one partition. Features: the records of
 * a dump go into the partitions they came from, in the order of the file. What is refused is named on
 * stderr at the end and is no error; input that cannot be read is one.
 */
#ifndef NW_DAEMON_REPLAY_INPUT_H
#define NW_DAEMON_REPLAY_INPUT_H

#include <stdio.h>

#include "articles/article_pipeline.h"
#include "consumers/options.h"
#include "daemon/replay_machine.h"

/* name is for messages. Both return the process's exit code. */
/* What the article stage of a replay is made with; borrowed. */
struct replay_articles_setting {
    struct article_pipeline_config pipeline;
    const struct embedding_options *embedding; /* as the article consumer asks; url "": no vectors */
    const char *topic;
};
int replay_events(FILE *in, const char *name, const struct replay_articles_setting *articles,
                  const struct replay_setting *setting);
int replay_features(FILE *in, const char *name, const struct replay_setting *setting);

#endif
