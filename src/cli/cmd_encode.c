#include <string.h>

#include "cli/cli.h"
#include "ml/predict.h"

struct arguments {
    struct cli_csv csv;
    struct ml_predict_options predict;
    const char *out;
    const char *part;
    const char *models;
};

#define OPTIONS(a)                                                                                 \
    {                                                                                              \
        {"o", CLI_STRING, &(a)->out, "OUT", "write to a file (default: standard output)"},         \
            {"part", CLI_STRING, &(a)->part, "NAME", "all (default), train, held-out"},            \
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

static int encode(const struct arguments *a, const char *reference, const char *data,
                  enum ml_part part)
{
    struct ml_error err;
    struct ml_talk talk = cli_talk();
    struct ml_registry *registry = NULL;
    struct ml_model *model = NULL;
    struct ml_predict_summary s = {0};
    bool ok = ml_registry_open(&registry, a->models, &err) &&
              ml_registry_load(&model, registry, reference, &err) &&
              ml_encode(model, data, a->out, part, &a->predict, &talk, &s, &err);
    if (ok && s.n_rejected > 0)
        fprintf(stderr, "mlctl: %zu of %zu rows were left out\n", s.n_rejected, s.n_rows);
    ml_model_free(model);
    ml_registry_close(registry);
    return ok ? CLI_DONE : cli_fail(&err);
}

static int run(const struct cli_command *self, int argc, char **argv)
{
    static const char *const parts[] = {
        [ML_PART_ALL] = "all", [ML_PART_TRAIN] = "train", [ML_PART_HELD_OUT] = "held-out"};
    struct arguments a = {.csv = CLI_CSV_INIT, .predict = ML_PREDICT_OPTIONS_INIT, .part = "all"};
    const struct cli_option options[] = OPTIONS(&a);
    const char *operands[2];
    size_t n;
    enum cli_status status = cli_parse(self, options, argc, argv, operands, 2, &n);
    if (status != CLI_DONE)
        return status;
    if (n < 2)
        return cli_usage(self, "%s is missing", n == 0 ? "MODEL" : "DATA");
    a.predict.csv = cli_csv_options(&a.csv);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (strcmp(parts[i], a.part) == 0)
            return encode(&a, operands[0], operands[1], (enum ml_part)i);
    return cli_usage(self, "--part must be all, train or held-out");
}

const struct cli_command cli_encode = {
    .name = "encode",
    .usage = "MODEL DATA|- [-o OUT] [OPTION…]",
    .summary = "write rows as the solvers see them, in LIBLINEAR's text format",
    .details = "Class number, or the value of a NUMERIC target, then index:value pairs: what\n"
               "liblinear-train, svm-train and liblinear-predict read. With --part train or\n"
               "held-out, DATA is the file that the model was trained on.\n",
    .run = run,
    .options = print_options,
};
