#include "cli/cli.h"
#include "ml/sample.h"

struct arguments {
    size_t rows;
    size_t seed;
};

#define OPTIONS(a)                                                                                 \
    {                                                                                              \
        {"rows", CLI_COUNT, &(a)->rows, "N", "how many (default: as many as the real set)"},       \
            {"seed", CLI_COUNT, &(a)->seed, "N", "of the random numbers (default 42)"}, {0},       \
    }

static void print_options(FILE *to)
{
    struct arguments a = {0};
    const struct cli_option options[] = OPTIONS(&a);
    cli_print_options(to, options);
}

static bool write_line(void *ctx, const char *line, size_t bytes, struct ml_error *err)
{
    if (fwrite(line, 1, bytes, ctx) == bytes)
        return true;
    err->code = ML_EIO;
    snprintf(err->msg, sizeof(err->msg), "unable to write standard output");
    return false;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
    struct arguments a = {.rows = 0, .seed = 42};
    const struct cli_option options[] = OPTIONS(&a);
    const char *kind;
    size_t n;
    enum cli_status status = cli_parse(self, options, argc, argv, &kind, 1, &n);
    if (status != CLI_DONE)
        return status;
    if (n == 0)
        return cli_usage(self, "KIND is missing; known are %s", ml_sample_kinds());
    size_t rows = a.rows > 0 ? a.rows : ml_sample_default_rows(kind);
    struct ml_error err;
    if (!ml_sample(kind, rows, a.seed, write_line, stdout, &err))
        return cli_fail(&err);
    return CLI_DONE;
}

const struct cli_command cli_sample = {
    .name = "sample",
    .usage = "banking|restaurant [--rows N] [--seed N]",
    .summary = "write a synthetic data set whose truth is known",
    .details =
        "What is planted in them, and how well it can be learnt, is in datasets/README.md.\n",
    .run = run,
    .options = print_options,
};
