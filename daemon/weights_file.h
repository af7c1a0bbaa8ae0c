/*
 * weights_file - stories.weights_file: reads what bench/train wrote.
 */
#ifndef NW_DAEMON_WEIGHTS_FILE_H
#define NW_DAEMON_WEIGHTS_FILE_H

#include "base/err.h"
#include "stories/story_weights.h"

enum { WEIGHTS_FILE_ERROR_MAX = 256 };

/* path "": the built-in weights. NW_ERR_INPUT: error says what is wrong, without the path, with the line. */
enum nw_err weights_file_load(const char *path, struct story_weights *out,
                              char error[WEIGHTS_FILE_ERROR_MAX]) NW_MUST_CHECK;

#endif
