#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "cli/cli.h"
#include "ml/evaluate.h"
#include "ml/train.h"

struct arguments {
    struct cli_csv csv;
    struct ml_train_options train;
    const char *name;
    const char *schema;
    const char *class_weight;
    const char *models;
    size_t seed;
    bool json;
};

#define OPTIONS(a)                                                                                 \
    {                                                                                              \
        {"name", CLI_STRING, &(a)->name, "NAME", "the model's name in the registry (required)"},   \
            {"schema", CLI_STRING, &(a)->schema, "FILE", "the schema (default: DATA.schema)"},     \
            {"algorithm", CLI_STRING, &(a)->train.algorithm, "NAME",                               \
             "classes: logistic (default), svm; a NUMERIC target: ridge (default); or majority"},  \
            {"split", CLI_NUMBER, &(a)->train.split, "PERCENT",                                    \
             "share of the rows that trains (default 70); the rest judges"},                       \
            {"strategy", CLI_STRING, &(a)->train.strategy, "NAME",                                 \
             "random (default), or sequential: the first rows train"},                             \
            {"seed", CLI_COUNT, &(a)->seed, "N", "of the split and the solver (default 42)"},      \
            {"threshold", CLI_NUMBER, &(a)->train.threshold, "T",                                  \
             "binary: score > T is label 1 (default 0.5)"},                                        \
            {"c", CLI_NUMBER, &(a)->train.c, "C", "inverse regularisation (default 1)"},           \
            {"penalty", CLI_STRING, &(a)->train.penalty, "NAME", "logistic: l2 (default), l1"},    \
            {"dual", CLI_FLAG, &(a)->train.dual, NULL, "logistic: solve the dual problem"},        \
            {"kernel", CLI_STRING, &(a)->train.kernel, "NAME", "svm: rbf (default), linear"},      \
            {"gamma", CLI_NUMBER, &(a)->train.gamma, "G",                                          \
             "svm, rbf (default: 1 / number of features)"},                                        \
            {"epsilon", CLI_NUMBER, &(a)->train.epsilon, "E",                                      \
             "solver's tolerance (default: the library's; ridge: 1e-10)"},                         \
            {"bins", CLI_COUNT, &(a)->train.bins, "N",                                             \
             "quantile bins of a NUMERIC column (default 50, at most one for 50 training rows)"},  \
            {"class-weight", CLI_STRING, &(a)->class_weight, "W",                                  \
             "classes: balanced, or LABEL=W,LABEL=W,…"},                                           \
            CLI_CSV_OPTIONS(&(a)->csv),                                                            \
            {"models", CLI_STRING, &(a)->models, "DIR", "the registry"},                           \
            {"json", CLI_FLAG, &(a)->json, NULL, "print the evaluation as JSON"}, {0},             \
    }

static void print_options(FILE *to)
{
    struct arguments a = {0};
    const struct cli_option options[] = OPTIONS(&a);
    cli_print_options(to, options);
}

enum { MAX_CLASS_WEIGHTS = ML_MAX_CLASSES };

struct weights {
    struct ml_class_weight list[MAX_CLASS_WEIGHTS];
    size_t n;
};

static bool add_weight(void *ctx, const char *label, size_t n, double weight)
{
    struct weights *w = ctx;
    if (w->n == MAX_CLASS_WEIGHTS)
        return false;
    w->list[w->n++] = (struct ml_class_weight){ml_xmemdup0(label, n), weight};
    return true;
}

static void free_weights(struct weights *w)
{
    for (size_t i = 0; i < w->n; i++)
        free((char *)(uintptr_t)w->list[i].label);
}

static bool load_schema(struct ml_schema **out, const char *data, const char *path,
                        struct ml_error *err)
{
    if (path != NULL)
        return ml_schema_load(out, path, err);
    struct ml_strbuf beside = {0};
    ml_strbuf_addf(&beside, "%s.schema", data);
    bool exists = strcmp(data, "-") != 0 && access(beside.bytes, F_OK) == 0;
    bool ok = exists && ml_schema_load(out, beside.bytes, err);
    if (!exists && access(data, F_OK) != 0 && strcmp(data, "-") != 0)
        snprintf(err->msg, sizeof(err->msg), "unable to open '%s': No such file or directory",
                 data);
    else if (!exists)
        snprintf(err->msg, sizeof(err->msg),
                 "no schema for '%s': write one with 'mlctl schema %s > %s', or name it with "
                 "--schema",
                 data, data, beside.bytes);
    ml_strbuf_release(&beside);
    return ok;
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
    bool ok = ml_registry_open(&registry, a->models, &err) && check_name(registry, a->name, &err) &&
              ml_train(&model, data, schema, &a->train, &talk, &summary, &evaluation, &err) &&
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
    struct arguments a = {.csv = CLI_CSV_INIT, .train = ML_TRAIN_OPTIONS_INIT, .seed = 42};
    const struct cli_option options[] = OPTIONS(&a);
    const char *data;
    size_t n;
    enum cli_status status = cli_parse(self, options, argc, argv, &data, 1, &n);
    if (status != CLI_DONE)
        return status;
    if (n == 0 || a.name == NULL)
        return cli_usage(self, n == 0 ? "DATA is missing" : "--name is missing");
    a.train.csv = cli_csv_options(&a.csv);
    a.train.seed = a.seed;
    struct weights weights = {.n = 0};
    if (a.class_weight != NULL && strcmp(a.class_weight, "balanced") == 0)
        a.train.balanced = true;
    else if (a.class_weight != NULL && !cli_pairs(a.class_weight, add_weight, &weights))
        return cli_usage(self, "--class-weight must be 'balanced' or LABEL=W,LABEL=W,…");
    a.train.class_weights = weights.list;
    a.train.n_class_weights = weights.n;
    struct ml_error err;
    if (!ml_train_options_check(&a.train, &err))
        return cli_usage(self, "%s", err.msg);
    struct ml_schema *schema;
    if (!load_schema(&schema, data, a.schema, &err))
        return cli_fail(&err);
    int result = train(&a, data, schema);
    ml_schema_free(schema);
    free_weights(&weights);
    return result;
}

const struct cli_command cli_train = {
    .name = "train",
    .usage = "DATA --name NAME [OPTION…]",
    .summary = "train a model, judge it on held-out rows, and keep it as a new version",
    .details = "DATA is a CSV file, or '-' for standard input. The schema says which column to\n"
               "learn and what the others are; 'mlctl schema DATA' prints a first one. A BINARY\n"
               "or CATEGORICAL target asks for classes, a NUMERIC one for numbers.\n",
    .run = run,
    .options = print_options,
};
