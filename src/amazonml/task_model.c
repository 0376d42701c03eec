/* The task that trains. */
#include <math.h>
#include <string.h>

#include "amazonml/parameters.h"
#include "amazonml/task_kinds.h"
#include "ml/registry.h"
#include "ml/train.h"
#include "model/model.h"
#include "recipe/recipe.h"
#include "registry/ref.h"

static const struct {
    const char *name;
    enum ml_type target;
} model_types[] = {
    {"BINARY", ML_BINARY},
    {"MULTICLASS", ML_CATEGORICAL},
    {"REGRESSION", ML_NUMERIC},
};

static bool check_type(const struct ml_schema *schema, const char *type, struct ml_error *err)
{
    char quoted[100];
    long target = ml_schema_target(schema);
    if (target < 0)
        return ml_fail(err, ML_EINPUT, "the schema names no target ('targetAttributeName')");
    enum ml_type is = ml_schema_type(schema, (size_t)target);
    for (size_t i = 0; i < sizeof(model_types) / sizeof(model_types[0]); i++)
        if (strcmp(type, model_types[i].name) == 0)
            return is == model_types[i].target ||
                   ml_fail(err, ML_EINPUT, "a %s model needs a %s target, but column '%.64s' is %s",
                           type, ml_type_name(model_types[i].target),
                           ml_schema_name(schema, (size_t)target), ml_type_name(is));
    return ml_fail(err, ML_EINPUT, "the model's type is BINARY, MULTICLASS or REGRESSION, not '%s'",
                   ml_quote(quoted, sizeof(quoted), type, strlen(type)));
}

/* What the rearrangement leaves out is held out by us, as by Amazon ML it is not read. */
static struct ml_train_options options_for(const struct ml_task_data *d, const char *recipe)
{
    struct ml_train_options o = ML_TRAIN_OPTIONS_INIT;
    const struct ml_selection *rows = &d->selection;
    o.csv = d->csv;
    o.split_begin = rows->begin;
    o.split = rows->end;
    o.complement = rows->complement;
    o.strategy = rows->strategy == ML_SPLIT_RANDOM ? "random" : "sequential";
    o.seed = rows->seed;
    o.seed_text = rows->seed_text;
    o.recipe = recipe[0] != '\0' ? recipe : NULL;
    o.recipe_name = "recipe";
    return o;
}

static void write_result(struct ml_strbuf *result, const struct ml_model *m, size_t version,
                         const char *recipe)
{
    struct ml_strbuf used = {0};
    bool is_binary = ml_model_problem(m) == ML_BINARY_PROBLEM;
    if (recipe[0] != '\0')
        ml_strbuf_adds(&used, recipe);
    else
        ml_recipe_to_json(m->recipe, m->schema, &used);
    ml_strbuf_addc(result, '{');
    ml_json_key_count(result, "version", version);
    ml_json_key_count(result, "bytes", ml_files_total_bytes(ml_model_files(m)));
    ml_json_add_key(result, "recipe");
    ml_json_add_string(result, used.bytes, used.length);
    ml_json_add_key(result, "threshold");
    ml_json_add_number(result, is_binary ? ml_model_threshold(m) : (double)NAN);
    ml_strbuf_addc(result, '}');
    ml_strbuf_release(&used);
}

struct training {
    const char *models;
    const char *name;
    const char *recipe;
    const char *type;
    struct ml_task_data data;
};

static bool train(struct ml_strbuf *result, const struct training *t, struct ml_error *err)
{
    struct ml_train_options options = options_for(&t->data, t->recipe);
    struct ml_talk quiet = {0};
    struct ml_registry *registry = NULL;
    struct ml_model *model = NULL;
    struct ml_train_summary summary;
    size_t version;
    /* A malformed name must not come up when the training is over. */
    bool ok =
        ml_registry_open(&registry, t->models, err) && ml_ref_check_name(t->name, err) &&
        ml_train(&model, t->data.path, t->data.schema, &options, &quiet, &summary, NULL, err) &&
        ml_registry_publish(registry, t->name, model, &version, err);
    if (ok)
        write_result(result, model, version, t->recipe);
    ml_model_free(model);
    ml_registry_close(registry);
    return ok;
}

bool ml_task_model(struct ml_strbuf *result, const struct ml_json *task, struct ml_error *err)
{
    struct training t;
    bool ok =
        ml_task_data_read(&t.data, task, err) && ml_task_text(&t.models, task, "models", err) &&
        ml_task_text(&t.name, task, "name", err) && ml_task_text(&t.recipe, task, "recipe", err) &&
        ml_task_text(&t.type, task, "type", err) &&
        ml_parameters_check(ml_json_get(task, "parameters"), err) &&
        check_type(t.data.schema, t.type, err) && train(result, &t, err);
    ml_task_data_release(&t.data);
    return ok;
}
