#include <string.h>

#include "cli/cli.h"
#include "ml/predict.h"

struct arguments {
    struct cli_csv csv;
    struct ml_predict_options predict;
    const char *out;
    const char *numbers;
    const char *models;
};

#define OPTIONS(a)                                                                                 \
    {                                                                                              \
        {"o", CLI_STRING, &(a)->out, "OUT", "write to a file (default: standard output)"},         \
            {"threshold", CLI_NUMBER, &(a)->predict.threshold, "T",                                \
             "binary: score > T is label 1 (default: the model's)"},                               \
            {"numbers", CLI_STRING, &(a)->numbers, "FORM",                                         \
             "shortest (default: reads back to the same double) or amazonml (9.96733E-1)"},        \
            {"jobs", CLI_COUNT, &(a)->predict.jobs, "N", "threads (default: one a processor)"},    \
            CLI_CSV_OPTIONS(&(a)->csv),                                                            \
            {"models", CLI_STRING, &(a)->models, "DIR", "the registry"}, {0},                      \
    }

static void print_options(FILE *to)
{
    struct arguments a = {0};
    const struct cli_option options[] = OPTIONS(&a);
    cli_print_options(to, options);
}

static int predict(const struct arguments *a, const char *reference, const char *data)
{
    struct ml_error err;
    struct ml_talk talk = cli_talk();
    struct ml_registry *registry = NULL;
    struct ml_model *model = NULL;
    struct ml_predict_summary s = {0};
    bool ok = ml_registry_open(&registry, a->models, &err) &&
              ml_registry_load(&model, registry, reference, &err) &&
              ml_predict(model, data, a->out, &a->predict, &talk, &s, &err);
    if (ok) {
        cli_end_progress();
        if (s.n_ignored_columns > 0)
            fprintf(stderr, "mlctl: %zu columns that the model does not know were ignored\n",
                    s.n_ignored_columns);
        if (s.n_invalid > 0)
            fprintf(stderr, "mlctl: %zu BINARY cells are no binary value and count as missing\n",
                    s.n_invalid);
        if (s.n_rejected > 0)
            fprintf(stderr, "mlctl: %zu of %zu rows could not be scored; their lines are empty\n",
                    s.n_rejected, s.n_rows);
    }
    ml_model_free(model);
    ml_registry_close(registry);
    return ok ? CLI_DONE : cli_fail(&err);
}

static int run(const struct cli_command *self, int argc, char **argv)
{
    struct arguments a = {.csv = CLI_CSV_INIT, .predict = ML_PREDICT_OPTIONS_INIT};
    a.numbers = "shortest";
    const struct cli_option options[] = OPTIONS(&a);
    const char *operands[2];
    size_t n;
    enum cli_status status = cli_parse(self, options, argc, argv, operands, 2, &n);
    if (status != CLI_DONE)
        return status;
    if (n < 2)
        return cli_usage(self, "%s is missing", n == 0 ? "MODEL" : "DATA");
    double threshold = a.predict.threshold;
    if (threshold != -1.0 && !(threshold >= 0.0 && threshold <= 1.0))
        return cli_usage(self, "--threshold must be from 0 to 1");
    if (strcmp(a.numbers, "amazonml") == 0)
        a.predict.numbers = ML_NUMBERS_AMAZONML;
    else if (strcmp(a.numbers, "shortest") != 0)
        return cli_usage(self, "--numbers must be shortest or amazonml");
    a.predict.csv = cli_csv_options(&a.csv);
    return predict(&a, operands[0], operands[1]);
}

const struct cli_command cli_predict = {
    .name = "predict",
    .usage = "MODEL DATA|- [-o OUT] [OPTION…]",
    .summary = "score a CSV file, row for row",
    .details =
        "Columns are matched by name in any order; the target may be absent. Written are\n"
        "[tag,][trueLabel,]bestAnswer,score, or a probability for each label, or for a\n"
        "NUMERIC target [tag,][trueLabel,]score, the predicted number. A row that cannot be\n"
        "scored becomes an empty line and is explained on standard error. With '-' it is a\n"
        "filter in constant memory.\n",
    .run = run,
    .options = print_options,
};
