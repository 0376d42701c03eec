#include "cli/train_options.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "base/number.h"
#include "base/strbuf.h"

enum { MAX_RECIPE_FILE_BYTES = 1024 * 1024 }; /* the parser has a limit of its own */

static bool add_weight(void *ctx, const char *label, size_t n, double weight)
{
    struct cli_train *t = ctx;
    size_t i = t->train.n_class_weights;
    if (i == ML_MAX_CLASSES)
        return false;
    t->weights = ml_xrealloc(t->weights, i + 1, sizeof(*t->weights));
    t->weights[i] = (struct ml_class_weight){ml_xmemdup0(label, n), weight};
    t->train.n_class_weights++;
    return true;
}

/* "0.1,1,10" */
static bool read_values_of_c(struct cli_train *t)
{
    for (const char *text = t->tune_c;;) {
        size_t n = strcspn(text, ",");
        size_t i = t->train.n_tune_c++;
        t->values_of_c = ml_xrealloc(t->values_of_c, i + 1, sizeof(*t->values_of_c));
        if (ml_number_parse(text, n, &t->values_of_c[i]) != ML_NUMBER_OK)
            return false;
        if (text[n] == '\0')
            return true;
        text += n + 1;
    }
}

bool cli_load_schema(struct ml_schema **out, const char *data, const char *path,
                     struct ml_error *err)
{
    if (path != NULL)
        return ml_schema_load(out, path, err);
    bool exists;
    char *beside = ml_schema_path(data, &exists);
    exists = exists && strcmp(data, "-") != 0;
    bool ok = exists && ml_schema_load(out, beside, err);
    if (!exists && access(data, F_OK) != 0 && strcmp(data, "-") != 0)
        snprintf(err->msg, sizeof(err->msg), "unable to open '%s': No such file or directory",
                 data);
    else if (!exists)
        snprintf(err->msg, sizeof(err->msg),
                 "no schema for '%s': write one with 'mlctl schema %s > %s', or name it with "
                 "--schema",
                 data, data, beside);
    free(beside);
    return ok;
}

bool cli_read_recipe(struct ml_strbuf *out, const char *path, struct ml_error *err)
{
    return ml_file_read_all(out, path, MAX_RECIPE_FILE_BYTES, err);
}

static bool set_effort(struct cli_train *t, struct ml_error *err)
{
    static const char *const efforts[] = {
        [ML_EFFORT_LOW] = "low", [ML_EFFORT_DEFAULT] = "default", [ML_EFFORT_HIGH] = "high"};
    if (t->effort == NULL)
        return true;
    for (size_t i = 0; i < sizeof(efforts) / sizeof(efforts[0]); i++) {
        if (strcmp(efforts[i], t->effort) != 0)
            continue;
        t->train.effort = (enum ml_effort)i;
        return true;
    }
    return ml_fail(err, ML_EINPUT, "--effort must be low, default or high");
}

static bool set_rows(struct cli_train *t, struct ml_error *err)
{
    struct ml_selection *rows = &t->rows;
    rows->end = t->train.split;
    if (!cli_selection(rows, &t->split, err))
        return false;
    t->train.split_begin = rows->begin;
    t->train.split = rows->end;
    t->train.complement = rows->complement;
    t->train.strategy = rows->strategy == ML_SPLIT_SEQUENTIAL ? "sequential" : "random";
    t->train.seed = rows->seed;
    t->train.seed_text = rows->seed_text;
    return true;
}

static bool set_lists(struct cli_train *t, struct ml_error *err)
{
    if (t->class_weight != NULL && strcmp(t->class_weight, "balanced") == 0)
        t->train.balanced = true;
    else if (t->class_weight != NULL && !cli_pairs(t->class_weight, add_weight, t))
        return ml_fail(err, ML_EINPUT, "--class-weight must be 'balanced' or LABEL=W,LABEL=W,…");
    if (t->tune_c != NULL && !read_values_of_c(t))
        return ml_fail(err, ML_EINPUT, "--tune-c must be C,C,…");
    t->train.class_weights = t->weights;
    t->train.tune_c = t->values_of_c;
    return true;
}

bool cli_train_settle(struct cli_train *t, struct ml_error *err)
{
    t->train.csv = cli_csv_options(&t->csv);
    if (!set_lists(t, err) || !set_rows(t, err) || !ml_train_options_check(&t->train, err))
        return false;
    /* A recipe of one's own leaves nothing to search for. */
    if (t->recipe != NULL && (t->effort != NULL || t->train.bins > 0))
        return ml_fail(err, ML_EINPUT,
                       "--effort and --bins are for recipes that are searched for; --recipe gives "
                       "one");
    return set_effort(t, err);
}

static bool load_recipe(struct cli_train *t, struct ml_error *err)
{
    if (t->recipe == NULL)
        return true;
    if (!cli_read_recipe(&t->recipe_text, t->recipe, err))
        return false;
    t->train.recipe = t->recipe_text.bytes != NULL ? t->recipe_text.bytes : "";
    t->train.recipe_name = t->recipe;
    return true;
}

enum cli_status cli_train_ready(struct cli_train *t, const struct cli_command *command,
                                const char *data, struct ml_schema **schema)
{
    struct ml_error err;
    if (!cli_train_settle(t, &err))
        return (enum cli_status)cli_usage(command, "%s", err.msg);
    if (!load_recipe(t, &err) || !cli_load_schema(schema, data, t->schema, &err))
        return (enum cli_status)cli_fail(&err);
    return CLI_DONE;
}

void cli_train_release(struct cli_train *t)
{
    for (size_t i = 0; i < t->train.n_class_weights; i++)
        free((char *)(uintptr_t)t->weights[i].label);
    free(t->weights);
    free(t->values_of_c);
    ml_strbuf_release(&t->recipe_text);
}
