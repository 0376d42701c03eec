#include <stdlib.h>
#include <string.h>

#include "cli/train_options.h"
#include "ml/evaluate.h"

struct arguments {
    struct cli_train options;
    const char *name;
    const char *models;
    bool json;
};

#define OPTIONS(a)                                                                                 \
    {                                                                                              \
        {"name", CLI_STRING, &(a)->name, "NAME", "the model's name in the registry (required)"},   \
            CLI_TRAIN_OPTIONS(&(a)->options), CLI_TUNE_OPTIONS(&(a)->options),                     \
            {"models", CLI_STRING, &(a)->models, "DIR", "the registry"},                           \
            {"json", CLI_FLAG, &(a)->json, NULL, "print the evaluation as JSON"}, {0},             \
    }

static void print_options(FILE *to)
{
    struct arguments a = {0};
    const struct cli_option options[] = OPTIONS(&a);
    cli_print_options(to, options);
}

static void print_summary(const struct arguments *a, const struct ml_model *model, size_t version,
                          const struct ml_train_summary *s)
{
    fprintf(stderr,
            "mlctl: trained %s@%zu: %s, %zu features from %zu rows; %zu held out, %zu rejected\n",
            a->name, version, ml_model_algorithm(model), s->n_features, s->n_train, s->n_held_out,
            s->n_rejected);
    if (s->n_held_out == 0)
        fprintf(stderr, "mlctl: no rows were held out: there is nothing to judge\n");
    if (s->n_missing > 0 || s->n_invalid > 0)
        fprintf(stderr, "mlctl: %zu missing and %zu invalid cells, the latter treated as missing\n",
                s->n_missing, s->n_invalid);
}

static void print_evaluation(const struct arguments *a, const struct ml_evaluation *e)
{
    if (e == NULL)
        return;
    if (ml_evaluation_rejected(e) > 0)
        fprintf(stderr, "mlctl: %zu held-out rows could not be judged\n",
                ml_evaluation_rejected(e));
    char *text = a->json ? ml_evaluation_json(e) : ml_evaluation_text(e);
    fputs(text, stdout);
    free(text);
}

/* Before the work, not after it. A model that does not exist yet is fine. */
static bool check_name(const struct ml_registry *registry, const char *name, struct ml_error *err)
{
    struct ml_version_info *versions = NULL;
    size_t n = 0;
    bool ok = ml_registry_list(registry, name, &versions, &n, err);
    if (ok)
        ml_registry_list_free(versions, n);
    return ok || err->code == ML_ENOTFOUND;
}

static int train(const struct arguments *a, const char *data, const struct ml_schema *schema)
{
    struct ml_error err;
    struct ml_talk talk = cli_talk();
    struct ml_registry *registry = NULL;
    struct ml_model *model = NULL;
    struct ml_evaluation *evaluation = NULL;
    struct ml_train_summary summary;
    size_t version;
    bool ok =
        ml_registry_open(&registry, a->models, &err) && check_name(registry, a->name, &err) &&
        ml_train(&model, data, schema, &a->options.train, &talk, &summary, &evaluation, &err) &&
        ml_registry_publish(registry, a->name, model, &version, &err);
    if (ok) {
        cli_end_progress();
        print_summary(a, model, version, &summary);
        print_evaluation(a, evaluation);
    }
    ml_evaluation_free(evaluation);
    ml_model_free(model);
    ml_registry_close(registry);
    return ok ? CLI_DONE : cli_fail(&err);
}

static int run(const struct cli_command *self, int argc, char **argv)
{
    struct arguments a = {.options = CLI_TRAIN_INIT};
    const struct cli_option options[] = OPTIONS(&a);
    const char *data;
    size_t n;
    enum cli_status status = cli_parse(self, options, argc, argv, &data, 1, &n);
    if (status != CLI_DONE)
        return status;
    if (n == 0 || a.name == NULL)
        return cli_usage(self, n == 0 ? "DATA is missing" : "--name is missing");
    struct ml_schema *schema;
    status = cli_train_ready(&a.options, self, data, &schema);
    if (status == CLI_DONE) {
        status = (enum cli_status)train(&a, data, schema);
        ml_schema_free(schema);
    }
    cli_train_release(&a.options);
    return status;
}

const struct cli_command cli_train = {
    .name = "train",
    .usage = "DATA --name NAME [OPTION…]",
    .summary = "train a model, judge it on held-out rows, and keep it as a new version",
    .details = "DATA is a CSV file, which may be gzip, a directory of such files, or '-' for\n"
               "standard input. The schema says which column to learn and what the others are;\n"
               "'mlctl schema DATA' prints a first one. A BINARY or CATEGORICAL target asks for\n"
               "classes, a NUMERIC one for numbers.\n",
    .run = run,
    .options = print_options,
};
