#include "daemon/replay_progress.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"

enum { SHOW_EVERY_MS = 250, LOOK_EVERY_RECORDS = 64, NAMED = REPLAY_PROGRESS_NAMED };

void replay_progress_init(struct replay_progress *progress, FILE *in)
{
    struct stat status;
    *progress =
        (struct replay_progress){.started_mono_ms = clock_mono_ms(), .terminal = isatty(STDERR_FILENO)};
    if (fstat(fileno(in), &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0)
        progress->size = (uint64_t)status.st_size;
}

static void show(struct replay_progress *progress, FILE *in, int64_t now_mono_ms)
{
    double seconds = (double)(now_mono_ms - progress->started_mono_ms) / 1000;
    off_t at = progress->size > 0 ? ftello(in) : 0;
    fprintf(stderr, "\r%" PRIu64 " records, %.0f/s", progress->records, (double)progress->records / seconds);
    if (at > 0) {
        double share = (double)at / (double)progress->size;
        long left_s = (long)(seconds / share - seconds);
        fprintf(stderr, ", %.0f %%, %ld:%02ld left", 100 * share, left_s / 60, left_s % 60);
    }
    fputs("\033[K", stderr);
    progress->shown_mono_ms = now_mono_ms;
}

void replay_progress_step(struct replay_progress *progress, FILE *in)
{
    progress->records++;
    if (!progress->terminal || progress->records % LOOK_EVERY_RECORDS != 0) return;
    int64_t now_mono_ms = clock_mono_ms();
    if (now_mono_ms - progress->shown_mono_ms < SHOW_EVERY_MS || now_mono_ms == progress->started_mono_ms)
        return;
    show(progress, in, now_mono_ms);
}

void replay_progress_refuse(struct replay_progress *progress, const char *place, const char *code,
                            const char *reason)
{
    if (progress->refused < NAMED) {
        char text[512];
        snprintf(text, sizeof(text), "%s: %s: %s", place, code, reason);
        progress->named[progress->refused] = nw_strdup(text);
    }
    progress->refused++;
}

void replay_progress_finish(struct replay_progress *progress)
{
    if (progress->terminal) fputs("\r\033[K", stderr);
    if (progress->refused > 0) fprintf(stderr, "newswired: %" PRIu64 " refused\n", progress->refused);
    for (unsigned i = 0; i < NAMED && progress->named[i] != NULL; i++) {
        fprintf(stderr, "  %s\n", progress->named[i]);
        free(progress->named[i]);
    }
    if (progress->refused > NAMED) fprintf(stderr, "  ... and %" PRIu64 " more\n", progress->refused - NAMED);
}
