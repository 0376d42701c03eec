#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"

int cli_fail(const struct ml_error *err)
{
    cli_end_progress();
    fprintf(stderr, "mlctl: %s\n", err->msg);
    return CLI_FAILED;
}

int cli_usage(const struct cli_command *command, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "mlctl %s: ", command->name);
    vfprintf(stderr, format, args);
    fprintf(stderr, "; see 'mlctl help %s'\n", command->name);
    va_end(args);
    return CLI_USAGE;
}

static void note(void *ctx, const char *line)
{
    (void)ctx;
    cli_end_progress();
    fprintf(stderr, "mlctl: %s\n", line);
}

/* State of the one progress line of this process; only the main thread talks. */
static struct {
    bool shown;
    bool started;
    struct timespec start;
} line;

static double seconds_since(const struct timespec *start)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + 1e-9 * (double)(now.tv_nsec - start->tv_nsec);
}

static void progress(void *ctx, const char *stage, double share)
{
    (void)ctx;
    if (!line.started) {
        clock_gettime(CLOCK_MONOTONIC, &line.start);
        line.started = true;
    }
    double seconds = seconds_since(&line.start);
    if (seconds < 1.0)
        return;
    if (share >= 0.0)
        fprintf(stderr, "\r\033[K%s: %.0f %% (%.0f s)", stage, 100.0 * share, seconds);
    else
        fprintf(stderr, "\r\033[K%s: %.0f s", stage, seconds);
    fflush(stderr);
    line.shown = true;
}

void cli_end_progress(void)
{
    if (line.shown)
        fprintf(stderr, "\r\033[K");
    line.shown = false;
}

struct ml_talk cli_talk(void)
{
    return (struct ml_talk){
        .note = note,
        .progress = isatty(STDERR_FILENO) ? progress : NULL,
    };
}
