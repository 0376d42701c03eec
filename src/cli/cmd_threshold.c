#include <string.h>

#include "base/number.h"
#include "cli/cli.h"
#include "ml/model.h"

struct arguments {
    const char *models;
    bool reset;
};

#define OPTIONS(a)                                                                                 \
    {                                                                                              \
        {"reset", CLI_FLAG, &(a)->reset, NULL, "go back to the threshold of training"},            \
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

static int run(const struct cli_command *self, int argc, char **argv)
{
    struct arguments a = {0};
    const struct cli_option options[] = OPTIONS(&a);
    const char *operands[2];
    size_t n;
    enum cli_status status = cli_parse(self, options, argc, argv, operands, 2, &n);
    if (status != CLI_DONE)
        return status;
    if (n == 0)
        return cli_usage(self, "MODEL is missing");
    if (n == 1)
        return apply(&a, operands[0], NULL);
    double value;
    if (a.reset || ml_number_parse(operands[1], strlen(operands[1]), &value) != ML_NUMBER_OK ||
        !(value >= 0.0 && value <= 1.0))
        return cli_usage(self, "the threshold must be a number from 0 to 1, without --reset");
    return apply(&a, operands[0], &value);
}

const struct cli_command cli_threshold = {
    .name = "threshold",
    .usage = "MODEL [T] [OPTION…]",
    .summary = "show or save the threshold of a binary model",
    .details = "A score above the threshold is label 1. It is kept beside the version, whose own\n"
               "files never change.\n",
    .run = run,
    .options = print_options,
};
