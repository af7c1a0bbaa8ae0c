#include "daemon/process_metrics.h"

#include <assert.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static double cpu_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

double process_resident_bytes(void)
{
    unsigned long size = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file && fscanf(file, "%lu %lu", &size, &resident) != 2) resident = 0;
    if (file) fclose(file);
    return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

static unsigned open_files(void)
{
    unsigned count = 0;
    DIR *folder = opendir("/proc/self/fd");
    if (!folder) return 0;
    while (readdir(folder)) count++;
    closedir(folder);
    return count > 3 ? count - 3 : 0; /* ".", "..", and the folder itself */
}

/* The start in the Unix epoch. /proc/stat with the boot time is hidden by ProcSubset=pid, so the start on
 * the boot clock is subtracted from now. */
static double start_seconds(void)
{
    unsigned long long ticks = 0;
    FILE *file = fopen("/proc/self/stat", "re");
    /* The name in the second field has no ')' of its own here: it is "newswired" or a thread's. */
    int read =
        file ? fscanf(file,
                      "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d "
                      "%*d %*d %llu",
                      &ticks)
             : 0;
    if (file) fclose(file);
    if (read != 1) return 0;
    struct timespec boot, wall;
    clock_gettime(CLOCK_BOOTTIME, &boot);
    clock_gettime(CLOCK_REALTIME, &wall);
    double age =
        (double)boot.tv_sec + (double)boot.tv_nsec / 1e9 - (double)ticks / (double)sysconf(_SC_CLK_TCK);
    return (double)wall.tv_sec + (double)wall.tv_nsec / 1e9 - age;
}

char *process_metrics_render(size_t *len)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, len);
    assert(out);
    fprintf(
        out,
        "# HELP process_cpu_seconds_total Processor time used.\n# TYPE process_cpu_seconds_total counter\n"
        "process_cpu_seconds_total %.2f\n"
        "# HELP process_resident_memory_bytes Memory in use.\n# TYPE process_resident_memory_bytes gauge\n"
        "process_resident_memory_bytes %.0f\n"
        "# HELP process_open_fds Open file descriptors.\n# TYPE process_open_fds gauge\n"
        "process_open_fds %u\n"
        "# HELP process_start_time_seconds When the process started.\n# TYPE process_start_time_seconds "
        "gauge\n"
        "process_start_time_seconds %.2f\n"
        "# HELP newswired_build_info The version, as a label.\n# TYPE newswired_build_info gauge\n"
        "newswired_build_info{version=\"" NEWSWIRED_VERSION "\"} 1\n",
        cpu_seconds(), process_resident_bytes(), open_files(), start_seconds());
    fclose(out);
    return text;
}
