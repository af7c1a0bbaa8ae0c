#include "daemon/weights_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum { WEIGHTS_FILE_MAX = 64 * 1024 };

enum nw_err weights_file_load(const char *path, struct story_weights *out, char error[WEIGHTS_FILE_ERROR_MAX])
{
    if (path[0] == '\0') {
        *out = story_weights_default();
        return NW_OK;
    }
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        snprintf(error, WEIGHTS_FILE_ERROR_MAX, "cannot be opened: %s", strerror(errno));
        return NW_ERR_INPUT;
    }
    char *text = nw_calloc(1, WEIGHTS_FILE_MAX + 1);
    size_t len = fread(text, 1, WEIGHTS_FILE_MAX + 1, file);
    enum nw_err err = NW_ERR_INPUT;
    if (ferror(file))
        snprintf(error, WEIGHTS_FILE_ERROR_MAX, "cannot be read: %s", strerror(errno));
    else if (len > WEIGHTS_FILE_MAX)
        snprintf(error, WEIGHTS_FILE_ERROR_MAX, "is larger than 64 KiB");
    else
        err = story_weights_parse(text, len, out, error, WEIGHTS_FILE_ERROR_MAX);
    free(text);
    fclose(file);
    return err;
}
