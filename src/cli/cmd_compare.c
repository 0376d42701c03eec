#include <stdlib.h>

#include "cli/cli.h"
#include "ml/compare.h"

struct arguments {
    struct cli_csv csv;
    struct ml_comparison_options compare;
    struct cli_split split;
    const char *models;
    bool json;
};

#define OPTIONS(a)                                                                                 \
    {                                                                                              \
        {"threshold-a", CLI_NUMBER, &(a)->compare.threshold_a, "T",                                \
         "binary: judge the first at this threshold (default: its own)"},                          \
            {"threshold-b", CLI_NUMBER, &(a)->compare.threshold_b, "T",                            \
             "binary: judge the second at this threshold (default: its own)"},                     \
            CLI_SPLIT_OPTIONS(&(a)->split),                                                        \
            {"jobs", CLI_COUNT, &(a)->compare.jobs, "N", "threads (default: one a processor)"},    \
            CLI_CSV_OPTIONS(&(a)->csv),                                                            \
            {"models", CLI_STRING, &(a)->models, "DIR", "the registry"},                           \
            {"json", CLI_FLAG, &(a)->json, NULL, "print JSON"}, {0},                               \
    }

static void print_options(FILE *to)
{
    struct arguments a = {0};
    const struct cli_option options[] = OPTIONS(&a);
    cli_print_options(to, options);
}

static int compare(const struct arguments *a, const char *const *operands)
{
    struct ml_error err;
    struct ml_talk talk = cli_talk();
    struct ml_registry *registry = NULL;
    struct ml_model *first = NULL;
    struct ml_model *second = NULL;
    struct ml_comparison *result = NULL;
    bool ok = ml_registry_open(&registry, a->models, &err) &&
              ml_registry_load(&first, registry, operands[0], &err) &&
              ml_registry_load(&second, registry, operands[1], &err) &&
              ml_compare_models(&result, first, second, operands[2], &a->compare, &talk, &err);
    if (ok) {
        cli_end_progress();
        if (ml_comparison_rejected(result) > 0)
            fprintf(stderr, "mlctl: %zu rows could not be judged by both models\n",
                    ml_comparison_rejected(result));
        char *text = a->json ? ml_comparison_json(result) : ml_comparison_text(result);
        fputs(text, stdout);
        free(text);
    }
    ml_comparison_free(result);
    ml_model_free(first);
    ml_model_free(second);
    ml_registry_close(registry);
    return ok ? CLI_DONE : cli_fail(&err);
}

static bool is_threshold(double x)
{
    return x == -1.0 || (x >= 0.0 && x <= 1.0);
}

static int run(const struct cli_command *self, int argc, char **argv)
{
    struct arguments a = {.csv = CLI_CSV_INIT, .compare = ML_COMPARISON_OPTIONS_INIT};
    const struct cli_option options[] = OPTIONS(&a);
    const char *operands[3] = {NULL, NULL, NULL};
    size_t n;
    enum cli_status status = cli_parse(self, options, argc, argv, operands, 3, &n);
    if (status != CLI_DONE)
        return status;
    if (n < 2)
        return cli_usage(self, "two models are needed");
    if (!is_threshold(a.compare.threshold_a) || !is_threshold(a.compare.threshold_b))
        return cli_usage(self, "--threshold-a and --threshold-b must be from 0 to 1");
    struct ml_selection rows;
    struct ml_error err;
    if (!cli_rows(&a.compare.rows, &rows, &a.split, &err))
        return cli_usage(self, "%s", err.msg);
    if (a.compare.rows != NULL && n == 2)
        return cli_usage(self, "--split selects rows of DATA, which is missing");
    a.compare.csv = cli_csv_options(&a.csv);
    return compare(&a, operands);
}

const struct cli_command cli_compare = {
    .name = "compare",
    .usage = "MODEL MODEL [DATA] [OPTION…]",
    .summary = "judge two models on the same rows and say which to have in use",
    .details =
        "The first model is the one in use, the second the one that might take its place.\n"
        "They must have the same target and labels. Rows that either cannot score, or whose\n"
        "target is missing or unknown, are left out and counted. Without DATA, the rows are\n"
        "those that both held out: they must be trained on the same split of the same file.\n",
    .run = run,
    .options = print_options,
};
