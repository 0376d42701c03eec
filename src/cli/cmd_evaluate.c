#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cli/cli.h"
#include "ml/evaluate.h"

struct arguments {
    struct cli_csv csv;
    struct ml_evaluate_options evaluate;
    struct cli_split split;
    const char *cost;
    const char *models;
    bool importance;
    size_t repeats;
    bool json;
};

#define OPTIONS(a)                                                                                 \
    {                                                                                              \
        {"threshold", CLI_NUMBER, &(a)->evaluate.threshold, "T",                                   \
         "binary: judge at this threshold (default: the model's)"},                                \
            {"cost", CLI_STRING, &(a)->cost, "fp=A,fn=B", "binary: price the errors"},             \
            CLI_SPLIT_OPTIONS(&(a)->split),                                                        \
            {"importance", CLI_FLAG, &(a)->importance, NULL,                                       \
             "also tell which columns matter, by shuffling them one by one"},                      \
            {"repeats", CLI_COUNT, &(a)->repeats, "N",                                             \
             "shuffle each so often, 1 to 1000 (default 5); --seed tells how"},                    \
            {"jobs", CLI_COUNT, &(a)->evaluate.jobs, "N", "threads (default: one a processor)"},   \
            CLI_CSV_OPTIONS(&(a)->csv),                                                            \
            {"models", CLI_STRING, &(a)->models, "DIR", "the registry"},                           \
            {"json", CLI_FLAG, &(a)->json, NULL,                                                   \
             "print JSON, with curves, histogram and reliability"},                                \
            {0},                                                                                   \
    }

static void print_options(FILE *to)
{
    struct arguments a = {0};
    const struct cli_option options[] = OPTIONS(&a);
    cli_print_options(to, options);
}

static bool set_cost(void *ctx, const char *key, size_t n, double value)
{
    struct ml_evaluate_options *o = ctx;
    if (n != 2 || value < 0.0 || !isfinite(value))
        return false;
    if (memcmp(key, "fp", 2) == 0)
        o->cost_fp = value;
    else if (memcmp(key, "fn", 2) == 0)
        o->cost_fn = value;
    else
        return false;
    o->has_cost = true;
    return true;
}

/* The seed is the split's too, when there is one; without one it shall not ask for one. */
static bool set_importance(struct arguments *a, struct ml_error *err)
{
    struct ml_selection seed = ML_SELECTION_INIT;
    if (!a->importance)
        return a->repeats == 0 || ml_fail(err, ML_EINPUT, "--repeats needs --importance");
    if (a->split.seed != NULL && !ml_selection_set_seed(&seed, a->split.seed, err))
        return false;
    if (a->split.range == NULL)
        a->split.seed = NULL;
    if (a->repeats > 1000)
        return ml_fail(err, ML_EINPUT, "--repeats must be from 1 to 1000");
    a->evaluate.importance_repeats = a->repeats > 0 ? a->repeats : 5;
    a->evaluate.importance_seed = seed.seed;
    return true;
}

static int evaluate(const struct arguments *a, const char *reference, const char *data)
{
    struct ml_error err;
    struct ml_talk talk = cli_talk();
    struct ml_registry *registry = NULL;
    struct ml_model *model = NULL;
    struct ml_evaluation *evaluation = NULL;
    bool ok = ml_registry_open(&registry, a->models, &err) &&
              ml_registry_load(&model, registry, reference, &err) &&
              ml_evaluate(&evaluation, model, data, &a->evaluate, &talk, &err);
    if (ok) {
        cli_end_progress();
        if (ml_evaluation_rejected(evaluation) > 0)
            fprintf(stderr, "mlctl: %zu rows could not be judged\n",
                    ml_evaluation_rejected(evaluation));
        char *text = a->json ? ml_evaluation_json(evaluation) : ml_evaluation_text(evaluation);
        fputs(text, stdout);
        free(text);
    }
    ml_evaluation_free(evaluation);
    ml_model_free(model);
    ml_registry_close(registry);
    return ok ? CLI_DONE : cli_fail(&err);
}

static int run(const struct cli_command *self, int argc, char **argv)
{
    struct arguments a = {.csv = CLI_CSV_INIT, .evaluate = ML_EVALUATE_OPTIONS_INIT};
    a.evaluate.cost_fp = NAN; /* both must be given */
    a.evaluate.cost_fn = NAN;
    const struct cli_option options[] = OPTIONS(&a);
    const char *operands[2] = {NULL, NULL};
    size_t n;
    enum cli_status status = cli_parse(self, options, argc, argv, operands, 2, &n);
    if (status != CLI_DONE)
        return status;
    if (n == 0)
        return cli_usage(self, "MODEL is missing");
    double threshold = a.evaluate.threshold;
    if (threshold != -1.0 && !(threshold >= 0.0 && threshold <= 1.0))
        return cli_usage(self, "--threshold must be from 0 to 1");
    if (a.cost != NULL && (!cli_pairs(a.cost, set_cost, &a.evaluate) ||
                           !(a.evaluate.cost_fp + a.evaluate.cost_fn > 0.0)))
        return cli_usage(self, "--cost must be fp=A,fn=B with A and B at least 0, not both 0");
    struct ml_selection rows;
    struct ml_error err;
    if (!set_importance(&a, &err))
        return cli_usage(self, "%s", err.msg);
    if (!cli_rows(&a.evaluate.rows, &rows, &a.split, &err))
        return cli_usage(self, "%s", err.msg);
    if (a.evaluate.rows != NULL && n == 1)
        return cli_usage(self, "--split selects rows of DATA, which is missing");
    a.evaluate.csv = cli_csv_options(&a.csv);
    return evaluate(&a, operands[0], operands[1]);
}

const struct cli_command cli_evaluate = {
    .name = "evaluate",
    .usage = "MODEL [DATA] [OPTION…]",
    .summary = "judge a model on DATA, or on the rows that its training held out",
    .details = "Rows whose target is missing or unknown, and rows that cannot be scored, are left\n"
               "out and counted. Without DATA, the file that the model was trained on must still\n"
               "be there, unchanged.\n",
    .run = run,
    .options = print_options,
};
