#include "cli/sagemaker_params.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "base/number.h"
#include "data/schema.h"
#include "model/files.h"

enum { MAX_PARAMS_BYTES = 1024 * 1024, MAX_NAME = 64 };

typedef bool (*param_setter)(struct sagemaker_params *p, const char *text, struct ml_error *err);

static bool is_true(const char *text)
{
    return strcmp(text, "true") == 0 || strcmp(text, "True") == 0 || strcmp(text, "1") == 0;
}

static bool is_false(const char *text)
{
    return strcmp(text, "false") == 0 || strcmp(text, "False") == 0 || strcmp(text, "0") == 0;
}

static bool is_auto(const char *text)
{
    return strcmp(text, "auto") == 0;
}

static bool read_number(double *out, const char *text, double low, double high,
                        struct ml_error *err)
{
    double x;
    if (ml_number_parse(text, strlen(text), &x) != ML_NUMBER_OK || !(x >= low && x <= high))
        return ml_fail(err, ML_EINPUT, "a number from %g to %g is wanted, not '%.64s'", low, high,
                       text);
    *out = x;
    return true;
}

static bool set_predictor(struct sagemaker_params *p, const char *text, struct ml_error *err)
{
    static const char *const names[] = {[SAGEMAKER_BINARY] = "binary_classifier",
                                        [SAGEMAKER_MULTICLASS] = "multiclass_classifier",
                                        [SAGEMAKER_REGRESSION] = "regressor"};
    for (int i = SAGEMAKER_BINARY; i <= SAGEMAKER_REGRESSION; i++)
        if (strcmp(names[i], text) == 0)
            p->predictor = (enum sagemaker_predictor)i;
    return p->predictor != SAGEMAKER_ANY ||
           ml_fail(err, ML_EINPUT, "binary_classifier, multiclass_classifier or regressor");
}

static bool set_num_classes(struct sagemaker_params *p, const char *text, struct ml_error *err)
{
    return read_number(&p->num_classes, text, 2.0, 1e6, err);
}

static bool set_weight_mult(struct sagemaker_params *p, const char *text, struct ml_error *err)
{
    double weight;
    if (is_auto(text) || strcmp(text, "balanced") == 0) {
        p->train.class_weight = "balanced";
        return true;
    }
    if (!read_number(&weight, text, 1e-9, 1e9, err))
        return false;
    if (weight == 1.0)
        return true;
    snprintf(p->weight, sizeof(p->weight), "1=%s", text);
    p->train.class_weight = p->weight;
    return true;
}

static bool set_balance(struct sagemaker_params *p, const char *text, struct ml_error *err)
{
    if (is_true(text))
        p->train.class_weight = "balanced";
    return is_true(text) || is_false(text) || ml_fail(err, ML_EINPUT, "true or false is wanted");
}

/* How strong it is follows from c. */
static bool set_l1(struct sagemaker_params *p, const char *text, struct ml_error *err)
{
    double strength = 0.0;
    if (!is_auto(text) && !read_number(&strength, text, 0.0, 1e9, err))
        return false;
    if (strength > 0.0)
        p->train.train.penalty = "l1";
    return true;
}

/* What cannot be left out without learning something else. */
static bool set_loss(struct sagemaker_params *p, const char *text, struct ml_error *err)
{
    static const char *const ours[] = {"auto", "logistic", "softmax_loss", "squared_loss"};
    (void)p;
    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
        if (strcmp(ours[i], text) == 0)
            return true;
    return ml_fail(err, ML_EINPUT,
                   "'%.64s': what is minimised here is auto, logistic, softmax_loss or "
                   "squared_loss, as the target asks",
                   text);
}

static bool set_criterion(struct sagemaker_params *p, const char *text, struct ml_error *err)
{
    static const char *const known[] = {"accuracy", "f_beta", "precision_at_target_recall",
                                        "recall_at_target_precision"};
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strcmp(known[i], text) == 0)
            p->criterion = known[i];
    return p->criterion != NULL ||
           ml_fail(err, ML_EINPUT,
                   "accuracy, f_beta, precision_at_target_recall or recall_at_target_precision");
}

static bool set_f_beta(struct sagemaker_params *p, const char *text, struct ml_error *err)
{
    return read_number(&p->f_beta, text, 1e-6, 1e6, err);
}

static bool set_target_recall(struct sagemaker_params *p, const char *text, struct ml_error *err)
{
    return read_number(&p->target_recall, text, 1e-9, 1.0, err);
}

static bool set_target_precision(struct sagemaker_params *p, const char *text, struct ml_error *err)
{
    return read_number(&p->target_precision, text, 1e-9, 1.0, err);
}

static bool set_name(struct sagemaker_params *p, const char *text, struct ml_error *err)
{
    p->name = text;
    return ml_files_is_name(text, strlen(text)) ||
           ml_fail(err, ML_EINPUT, "letters, digits, '.', '_' and '-', at most 64");
}

static bool set_schema(struct sagemaker_params *p, const char *text, struct ml_error *err)
{
    (void)err;
    p->schema = text;
    return true;
}

static bool set_recipe(struct sagemaker_params *p, const char *text, struct ml_error *err)
{
    (void)err;
    p->train.recipe = p->train.train.recipe = text;
    p->train.train.recipe_name = "hyperparameter 'recipe'";
    return true;
}

/* set NULL: named in a note as ignored. What is not here is one of our options, or unknown. */
static const struct {
    const char *name;
    param_setter set;
} foreign[] = {
    {"name", set_name},
    {"schema", set_schema},
    {"recipe", set_recipe},
    {"predictor_type", set_predictor},
    {"num_classes", set_num_classes},
    {"positive_example_weight_mult", set_weight_mult},
    {"balance_multiclass_weights", set_balance},
    {"l1", set_l1},
    {"loss", set_loss},
    {"binary_classifier_model_selection_criteria", set_criterion},
    {"f_beta", set_f_beta},
    {"target_recall", set_target_recall},
    {"target_precision", set_target_precision},
    {"accuracy_top_k", NULL},
    {"beta_1", NULL},
    {"beta_2", NULL},
    {"bias_lr_mult", NULL},
    {"bias_wd_mult", NULL},
    {"early_stopping_patience", NULL},
    {"early_stopping_tolerance", NULL},
    {"epochs", NULL},
    {"feature_dim", NULL},
    {"huber_delta", NULL},
    {"init_bias", NULL},
    {"init_method", NULL},
    {"init_scale", NULL},
    {"init_sigma", NULL},
    {"learning_rate", NULL},
    {"loss_insensitivity", NULL},
    {"lr_scheduler_factor", NULL},
    {"lr_scheduler_minimum_lr", NULL},
    {"lr_scheduler_step", NULL},
    {"margin", NULL},
    {"mini_batch_size", NULL},
    {"momentum", NULL},
    {"normalize_data", NULL},
    {"normalize_label", NULL},
    {"num_calibration_samples", NULL},
    {"num_models", NULL},
    {"num_point_for_scaler", NULL},
    {"optimizer", NULL},
    {"quantile", NULL},
    {"unbias_data", NULL},
    {"unbias_label", NULL},
    {"use_bias", NULL},
    {"use_lr_scheduler", NULL},
    {"wd", NULL},
};

static void ignore(struct sagemaker_params *p, const char *name)
{
    ml_strbuf_addf(&p->ignored, "%s%s", p->ignored.length > 0 ? ", " : "", name);
}

/* What SageMaker's own tools add for themselves. */
static bool is_plumbing(const char *name)
{
    return name[0] == '_' || strncmp(name, "sagemaker_", strlen("sagemaker_")) == 0;
}

static bool set_own(struct sagemaker_params *p, const char *name, const char *text,
                    struct ml_error *err)
{
    const struct cli_option options[] = {
        CLI_TRAIN_OPTIONS(&p->train), CLI_TUNE_OPTIONS(&p->train), {0}};
    char dashed[MAX_NAME + 1];
    size_t n = strlen(name);
    for (size_t i = 0; i <= n && n <= MAX_NAME; i++)
        dashed[i] = name[i] == '_' ? '-' : name[i];
    const struct cli_option *o =
        n > 0 && n <= MAX_NAME ? cli_find_option(options, dashed, n) : NULL;
    if (o == NULL)
        return ml_fail(err, ML_EINPUT, "no hyperparameter has this name");
    if (o->kind == CLI_FLAG && is_false(text))
        return true;
    if (o->kind == CLI_FLAG && !is_true(text))
        return ml_fail(err, ML_EINPUT, "true or false is wanted, not '%.64s'", text);
    return cli_set_option(o, text) ||
           ml_fail(err, ML_EINPUT, "%s is wanted, not '%.64s'", cli_wanted(o->kind), text);
}

static bool set_one(struct sagemaker_params *p, const char *name, const char *text,
                    struct ml_error *err)
{
    for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
        if (strcmp(foreign[i].name, name) != 0)
            continue;
        if (foreign[i].set != NULL)
            return foreign[i].set(p, text, err);
        ignore(p, name);
        return true;
    }
    if (!is_plumbing(name))
        return set_own(p, name, text, err);
    ignore(p, name);
    return true;
}

/* The value as text, borrowed from params; NULL for an array, object or null. */
static const char *text_of(struct sagemaker_params *p, const struct ml_json *value)
{
    enum ml_json_type type = ml_json_type(value);
    char number[ML_NUMBER_BYTES];
    const char *text = NULL;
    if (type == ML_JSON_STRING)
        return ml_json_string(value);
    if (type == ML_JSON_BOOL)
        return ml_json_bool(value, false) ? "true" : "false";
    if (type == ML_JSON_NUMBER) {
        ml_number_format(number, ml_json_number(value));
        p->texts = ml_xrealloc(p->texts, p->n_texts + 1, sizeof(*p->texts));
        text = p->texts[p->n_texts++] = ml_xstrdup(number);
    }
    return text;
}

static bool set_all(struct sagemaker_params *p, struct ml_error *err)
{
    for (const struct ml_json *m = ml_json_first(p->json); m != NULL; m = ml_json_next(m)) {
        const char *text = text_of(p, m);
        bool ok = text != NULL ? set_one(p, ml_json_key(m), text, err)
                               : ml_fail(err, ML_EINPUT, "a string is wanted");
        if (!ok)
            return ml_fail_context(err, "hyperparameter '%.64s'", ml_json_key(m));
    }
    return true;
}

static void set_threshold_rule(struct sagemaker_params *p)
{
    struct ml_train_options *o = &p->train.train;
    if (p->criterion == NULL)
        return;
    o->threshold_by = "accuracy";
    if (strcmp(p->criterion, "f_beta") == 0) {
        o->threshold_by = "fbeta";
        o->threshold_number = p->f_beta;
    } else if (strcmp(p->criterion, "precision_at_target_recall") == 0) {
        o->threshold_by = "recall";
        o->threshold_number = p->target_recall;
    } else if (strcmp(p->criterion, "recall_at_target_precision") == 0) {
        o->threshold_by = "precision";
        o->threshold_number = p->target_precision;
    }
}

static bool parse(struct sagemaker_params *p, const char *path, struct ml_error *err)
{
    struct ml_strbuf text = {0};
    if (access(path, F_OK) != 0)
        return true;
    if (!ml_file_read_all(&text, path, MAX_PARAMS_BYTES, err))
        return false;
    bool ok = ml_json_parse(&p->json, text.bytes != NULL ? text.bytes : "", text.length, path, err);
    ml_strbuf_release(&text);
    if (ok && ml_json_type(p->json) != ML_JSON_OBJECT)
        ok = ml_fail(err, ML_EINPUT, "%s: not a JSON object", path);
    return ok;
}

bool sagemaker_params_read(struct sagemaker_params *p, const char *path, bool has_validation,
                           struct ml_error *err)
{
    *p = (struct sagemaker_params){
        .train = CLI_TRAIN_INIT, .f_beta = 1.0, .target_recall = 0.8, .target_precision = 0.8};
    if (!parse(p, path, err) || !set_all(p, err))
        return false;
    if (has_validation && (p->train.split.range != NULL || p->train.split.complement))
        return ml_fail(err, ML_EINPUT,
                       "hyperparameter 'split': the rows that judge come from the channel "
                       "'validation'");
    if (has_validation)
        p->train.split.range = "100";
    set_threshold_rule(p);
    return cli_train_settle(&p->train, err) || ml_fail_context(err, "hyperparameters");
}

void sagemaker_params_release(struct sagemaker_params *p)
{
    cli_train_release(&p->train);
    ml_strbuf_release(&p->ignored);
    ml_json_free(p->json);
    for (size_t i = 0; i < p->n_texts; i++)
        free(p->texts[i]);
    free(p->texts);
}

bool sagemaker_params_target(const struct sagemaker_params *p, struct ml_schema *schema,
                             bool is_inferred, struct ml_error *err)
{
    static const struct {
        const char *name;
        enum ml_type type;
    } wanted[] = {[SAGEMAKER_BINARY] = {"binary_classifier", ML_BINARY},
                  [SAGEMAKER_MULTICLASS] = {"multiclass_classifier", ML_CATEGORICAL},
                  [SAGEMAKER_REGRESSION] = {"regressor", ML_NUMERIC}};
    if (p->predictor == SAGEMAKER_ANY || schema->target < 0)
        return true;
    struct ml_schema_column *target = &schema->columns[schema->target];
    enum ml_type type = wanted[p->predictor].type;
    bool can_be = type != ML_BINARY && (type != ML_NUMERIC || target->type != ML_TEXT);
    if (is_inferred && can_be)
        target->type = type;
    return target->type == type ||
           ml_fail(err, ML_EINPUT,
                   "hyperparameter 'predictor_type': %s wants a target that is %s%s; column "
                   "'%.64s' is %s",
                   wanted[p->predictor].name, ml_type_name(type),
                   type == ML_BINARY ? " (0 and 1, or yes and no)" : "", target->name,
                   ml_type_name(target->type));
}
