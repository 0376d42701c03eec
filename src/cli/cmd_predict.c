#include <string.h>

#include "cli/cli.h"
#include "ml/predict.h"

struct arguments {
    struct cli_csv csv;
    struct ml_predict_options predict;
    struct cli_split split;
    const char *out;
    const char *numbers;
    const char *id;
    const char *models;
};

#define OPTIONS(a)                                                                                 \
    {                                                                                              \
        {"o", CLI_STRING, &(a)->out, "OUT",                                                        \
         "write to a file (default: standard output), packed when it is named *.gz; if OUT ends "  \
         "in "                                                                                     \
         "'/', a result for each file and a manifest under it"},                                   \
            {"id", CLI_STRING, &(a)->id, "ID",                                                     \
             "of the batch, with OUT/: names its results (default: bp- and 11 characters)"},       \
            {"threshold", CLI_NUMBER, &(a)->predict.threshold, "T",                                \
             "binary: score > T is label 1 (default: the model's)"},                               \
            {"numbers", CLI_STRING, &(a)->numbers, "FORM",                                         \
             "shortest (default: reads back to the same double) or amazonml (9.96733E-1)"},        \
            CLI_SPLIT_OPTIONS(&(a)->split),                                                        \
            {"jobs", CLI_COUNT, &(a)->predict.jobs, "N", "threads (default: one a processor)"},    \
            CLI_CSV_OPTIONS(&(a)->csv),                                                            \
            {"models", CLI_STRING, &(a)->models, "DIR", "the registry"}, {0},                      \
    }

static bool is_folder(const char *out)
{
    return out != NULL && out[0] != '\0' && out[strlen(out) - 1] == '/';
}

static void print_options(FILE *to)
{
    struct arguments a = {0};
    const struct cli_option options[] = OPTIONS(&a);
    cli_print_options(to, options);
}

/* Amazon ML's form where OUT is a directory: the id is what the caller needs to know. */
static bool write_answers(const struct arguments *a, const struct ml_model *model, const char *data,
                          const struct ml_talk *talk, struct ml_predict_summary *s,
                          struct ml_error *err)
{
    if (!is_folder(a->out))
        return ml_predict(model, data, a->out, &a->predict, talk, s, err);
    char id[ML_BATCH_ID_BYTES];
    ml_batch_id_make(id);
    const char *chosen = a->id != NULL ? a->id : id;
    if (!ml_predict_batch(model, data, a->out, chosen, &a->predict, talk, s, err))
        return false;
    cli_end_progress();
    printf("%s\n", chosen);
    fprintf(stderr, "mlctl: %zu records seen, %zu failed to process\n", s->n_rows, s->n_rejected);
    return true;
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
              write_answers(a, model, data, &talk, &s, &err);
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
    if (a.id != NULL && !is_folder(a.out))
        return cli_usage(self, "--id names a batch, which needs -o OUT/");
    struct ml_selection rows;
    struct ml_error err;
    if (!cli_rows(&a.predict.rows, &rows, &a.split, &err))
        return cli_usage(self, "%s", err.msg);
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
        "filter in constant memory. DATA may be gzip, or a directory of such files. With\n"
        "-o OUT/ each file's result is OUT/batch-prediction/result/ID-FILE.gz, and\n"
        "OUT/batch-prediction/ID.manifest says, last, which is whose.\n",
    .run = run,
    .options = print_options,
};
