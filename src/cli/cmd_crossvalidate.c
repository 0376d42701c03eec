#include <stdlib.h>
#include <string.h>

#include "cli/train_options.h"
#include "ml/crossvalidate.h"

struct arguments {
    struct cli_train options;
    bool learning_curve;
    bool json;
};

#define OPTIONS(a)                                                                                 \
    {                                                                                              \
        CLI_TRAIN_OPTIONS(&(a)->options),                                                          \
            {"learning-curve", CLI_FLAG, &(a)->learning_curve, NULL,                               \
             "also learn from 10, 20, 40 and 70 % of the rows"},                                   \
            {"json", CLI_FLAG, &(a)->json, NULL, "print JSON"}, {0},                               \
    }

static void print_options(FILE *to)
{
    struct arguments a = {0};
    const struct cli_option options[] = OPTIONS(&a);
    cli_print_options(to, options);
}

static int crossvalidate(const struct arguments *a, const char *data,
                         const struct ml_schema *schema)
{
    struct ml_error err;
    struct ml_talk talk = cli_talk();
    struct ml_crossvalidate_options options = {.folds = a->options.train.folds,
                                               .learning_curve = a->learning_curve};
    struct ml_crossvalidation *result;
    if (!ml_crossvalidate(&result, data, schema, &a->options.train, &options, &talk, &err))
        return cli_fail(&err);
    cli_end_progress();
    if (a->options.recipe == NULL && a->options.effort == NULL)
        fprintf(stderr, "mlctl: by the plain recipe; 'mlctl train' would search for one (see "
                        "--recipe and --effort)\n");
    char *text = a->json ? ml_crossvalidation_json(result) : ml_crossvalidation_text(result);
    fputs(text, stdout);
    free(text);
    ml_crossvalidation_free(result);
    return CLI_DONE;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
    struct arguments a = {.options = CLI_TRAIN_INIT};
    a.options.train.split = 100.0;
    a.options.train.effort = ML_EFFORT_LOW; /* a recipe searched for has seen all folds */
    const struct cli_option options[] = OPTIONS(&a);
    const char *data;
    size_t n;
    enum cli_status status = cli_parse(self, options, argc, argv, &data, 1, &n);
    if (status != CLI_DONE)
        return status;
    if (n == 0)
        return cli_usage(self, "DATA is missing");
    struct ml_schema *schema;
    status = cli_train_ready(&a.options, self, data, &schema);
    if (status == CLI_DONE) {
        status = (enum cli_status)crossvalidate(&a, data, schema);
        ml_schema_free(schema);
    }
    cli_train_release(&a.options);
    return status;
}

const struct cli_command cli_crossvalidate = {
    .name = "crossvalidate",
    .usage = "DATA [OPTION…]",
    .summary = "tell how well training would do, by folds left out one after another",
    .details = "The options are those of 'mlctl train', but all rows take part unless --split is\n"
               "given: then only those that would train. No model is kept. Without --recipe the\n"
               "plain recipe is used: one that was searched for has seen all folds.\n",
    .run = run,
    .options = print_options,
};
