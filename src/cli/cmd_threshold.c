#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "cli/cli.h"
#include "ml/threshold.h"

struct arguments {
    struct cli_csv csv;
    struct ml_threshold_options choose;
    const char *models;
    const char *max;
    const char *top;
    const char *cost;
    double precision; /* NAN: not given */
    double recall;
    bool reset;
    bool save;
    bool json;
};

#define OPTIONS(a)                                                                                 \
    {                                                                                              \
        {"reset", CLI_FLAG, &(a)->reset, NULL, "go back to the threshold of training"},            \
            {"max", CLI_STRING, &(a)->max, "WHAT",                                                 \
             "choose the largest f1, fbeta=B, accuracy or youden"},                                \
            {"precision", CLI_NUMBER, &(a)->precision, "P",                                        \
             "choose the largest recall with this precision"},                                     \
            {"recall", CLI_NUMBER, &(a)->recall, "R",                                              \
             "choose the largest precision with this recall"},                                     \
            {"top", CLI_STRING, &(a)->top, "SHARE", "choose to flag so many of the rows: 3%"},     \
            {"cost", CLI_STRING, &(a)->cost, "fp=A,fn=B", "choose the least cost of the errors"},  \
            {"oof", CLI_FLAG, &(a)->choose.out_of_fold, NULL,                                      \
             "choose on out-of-fold scores of the rows that trained"},                             \
            {"folds", CLI_COUNT, &(a)->choose.folds, "K", "of --oof (default 5)"},                 \
            {"save", CLI_FLAG, &(a)->save, NULL, "save what was chosen"},                          \
            {"jobs", CLI_COUNT, &(a)->choose.rows.jobs, "N",                                       \
             "threads (default: one a processor)"},                                                \
            CLI_CSV_OPTIONS(&(a)->csv),                                                            \
            {"json", CLI_FLAG, &(a)->json, NULL, "print the choice as JSON"},                      \
            {"models", CLI_STRING, &(a)->models, "DIR", "the registry"}, {0},                      \
    }

static void print_options(FILE *to)
{
    struct arguments a = {0};
    const struct cli_option options[] = OPTIONS(&a);
    cli_print_options(to, options);
}

static bool check_binary(const struct ml_model *model, struct ml_error *err)
{
    if (ml_model_problem(model) == ML_BINARY_PROBLEM)
        return true;
    err->code = ML_EUNSUPPORTED;
    snprintf(err->msg, sizeof(err->msg), "'%s' is a %s model: it has no threshold",
             ml_model_name(model),
             ml_model_problem(model) == ML_REGRESSION_PROBLEM ? "regression" : "multiclass");
    return false;
}

/* value NULL: leave it as it is. Prints what is then in force. */
static int apply(const struct arguments *a, const char *reference, const double *value)
{
    struct ml_error err;
    struct ml_registry *registry = NULL;
    struct ml_model *model = NULL;
    bool ok = ml_registry_open(&registry, a->models, &err) &&
              ml_registry_load(&model, registry, reference, &err) && check_binary(model, &err) &&
              (value == NULL || ml_registry_set_threshold(registry, reference, *value, &err)) &&
              (!a->reset || ml_registry_clear_threshold(registry, reference, &err));
    if (ok) {
        ml_model_free(model);
        model = NULL;
        ok = ml_registry_load(&model, registry, reference, &err);
    }
    if (ok) {
        char text[ML_NUMBER_BYTES];
        ml_number_format(text, ml_model_threshold(model));
        printf("%s@%zu %s\n", ml_model_name(model), ml_model_version(model), text);
    }
    ml_model_free(model);
    ml_registry_close(registry);
    return ok ? CLI_DONE : cli_fail(&err);
}

/* Shows what the rule chooses, and saves it when asked to. */
static int choose(const struct arguments *a, const char *reference, const char *data)
{
    struct ml_error err;
    struct ml_talk talk = cli_talk();
    struct ml_registry *registry = NULL;
    struct ml_model *model = NULL;
    struct ml_threshold_choice *choice = NULL;
    bool ok = ml_registry_open(&registry, a->models, &err) &&
              ml_registry_load(&model, registry, reference, &err) && check_binary(model, &err) &&
              ml_choose_threshold(&choice, model, data, &a->choose, &talk, &err) &&
              (!a->save || ml_registry_set_threshold(registry, reference,
                                                     ml_threshold_choice_value(choice), &err));
    if (ok) {
        cli_end_progress();
        char *text = a->json ? ml_threshold_choice_json(choice) : ml_threshold_choice_text(choice);
        fputs(text, stdout);
        free(text);
        fprintf(stderr, a->save ? "mlctl: saved\n" : "mlctl: not saved; --save does that\n");
    }
    ml_threshold_choice_free(choice);
    ml_model_free(model);
    ml_registry_close(registry);
    return ok ? CLI_DONE : cli_fail(&err);
}

static bool set_cost(void *ctx, const char *key, size_t n, double value)
{
    struct ml_threshold_options *o = ctx;
    if (n != 2 || !(value >= 0.0) || !isfinite(value))
        return false;
    if (memcmp(key, "fp", 2) == 0)
        o->cost_fp = value;
    else if (memcmp(key, "fn", 2) == 0)
        o->cost_fn = value;
    else
        return false;
    return true;
}

static bool read_share(double *out, const char *text)
{
    size_t n = strlen(text);
    bool percent = n > 0 && text[n - 1] == '%';
    if (ml_number_parse(text, n - percent, out) != ML_NUMBER_OK)
        return false;
    *out /= percent ? 100.0 : 1.0;
    return true;
}

/* --max's word; a beta is the number behind fbeta=. */
static bool read_max(struct ml_threshold_options *o, const char *text)
{
    static const char beta[] = "fbeta=";
    o->by = text;
    if (strncmp(text, beta, strlen(beta)) == 0) {
        const char *number = text + strlen(beta);
        o->by = "fbeta";
        return ml_number_parse(number, strlen(number), &o->number) == ML_NUMBER_OK &&
               o->number > 0.0;
    }
    return strcmp(text, "f1") == 0 || strcmp(text, "accuracy") == 0 || strcmp(text, "youden") == 0;
}

/* --precision, --recall and --top. */
static const char *read_share_rule(struct arguments *a)
{
    struct ml_threshold_options *o = &a->choose;
    o->by = a->top != NULL ? "top" : isnan(a->precision) ? "recall" : "precision";
    o->number = isnan(a->precision) ? a->recall : a->precision;
    if (a->top != NULL && !read_share(&o->number, a->top))
        return "--top must be a share: 3% or 0.03";
    return o->number > 0.0 && o->number <= 1.0 ? NULL : "a share must be above 0 and at most 1";
}

static const char *read_cost(struct arguments *a)
{
    struct ml_threshold_options *o = &a->choose;
    o->by = "cost";
    o->cost_fp = o->cost_fn = NAN; /* both must be given */
    return cli_pairs(a->cost, set_cost, o) && o->cost_fp + o->cost_fn > 0.0
               ? NULL
               : "--cost must be fp=A,fn=B with A and B at least 0, not both 0";
}

/* A message, or NULL; by stays NULL where no rule was given. */
static const char *read_rule(struct arguments *a)
{
    int shares = !isnan(a->precision) + !isnan(a->recall) + (a->top != NULL);
    if (shares + (a->max != NULL) + (a->cost != NULL) > 1)
        return "only one of --max, --precision, --recall, --top and --cost can be the rule";
    if (a->max != NULL)
        return read_max(&a->choose, a->max) ? NULL
                                            : "--max must be f1, fbeta=B, accuracy or youden";
    if (a->cost != NULL)
        return read_cost(a);
    return shares > 0 ? read_share_rule(a) : NULL;
}

static int set(const struct cli_command *self, const struct arguments *a, const char *reference,
               const char *text)
{
    double value;
    if (a->save || a->json || a->choose.out_of_fold)
        return cli_usage(self, "--save, --json and --oof need a rule to choose by");
    if (text == NULL)
        return apply(a, reference, NULL);
    if (a->reset || ml_number_parse(text, strlen(text), &value) != ML_NUMBER_OK ||
        !(value >= 0.0 && value <= 1.0))
        return cli_usage(self, "the threshold must be a number from 0 to 1, without --reset");
    return apply(a, reference, &value);
}

static int run(const struct cli_command *self, int argc, char **argv)
{
    struct arguments a = {
        .csv = CLI_CSV_INIT, .choose = ML_THRESHOLD_OPTIONS_INIT, .precision = NAN, .recall = NAN};
    const struct cli_option options[] = OPTIONS(&a);
    const char *operands[2] = {NULL, NULL};
    size_t n;
    enum cli_status status = cli_parse(self, options, argc, argv, operands, 2, &n);
    if (status != CLI_DONE)
        return status;
    if (n == 0)
        return cli_usage(self, "MODEL is missing");
    const char *complaint = read_rule(&a);
    if (complaint != NULL)
        return cli_usage(self, "%s", complaint);
    if (a.choose.by == NULL)
        return set(self, &a, operands[0], operands[1]);
    if (a.reset)
        return cli_usage(self, "--reset and a rule to choose by exclude each other");
    if (a.choose.folds < 2 || a.choose.folds > 100)
        return cli_usage(self, "--folds must be from 2 to 100");
    a.choose.rows.csv = cli_csv_options(&a.csv);
    return choose(&a, operands[0], operands[1]);
}

const struct cli_command cli_threshold = {
    .name = "threshold",
    .usage = "MODEL [T | RULE [DATA]] [OPTION…]",
    .summary = "show, choose or save the threshold of a binary model",
    .details =
        "A score above the threshold is label 1. It is kept beside the version, whose own\n"
        "files never change. A rule (--max, --precision, --recall, --top, --cost) chooses\n"
        "one on the held-out rows, or on DATA, and shows what it comes to; --save keeps it.\n",
    .run = run,
    .options = print_options,
};
