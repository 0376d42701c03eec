/* What a job is told and what it answers: JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "amazonml/control.h"
#include "amazonml/wording.h"
#include "base/file.h"
#include "base/utf8.h"
#include "ml/registry.h"

enum { MAX_TEXT = 131071, MAX_COUNT = 1000000000 };

void ml_aml_reference(char to[ML_AML_ID_BYTES + 24], const struct ml_aml_entity *model)
{
    char name[ML_AML_ID_BYTES];
    double version = ml_aml_has(model, ML_AML_VERSION) ? model->number[ML_AML_VERSION] : 1.0;
    ml_aml_registry_name(name, model->id);
    snprintf(to, ML_AML_ID_BYTES + 24, "%s@%.0f", name, version);
}

static bool locate(const struct ml_amazonml *c, char **path, const char *location, bool must_exist,
                   struct ml_error *err)
{
    return c->host.locate(c->host.ctx, path, location, must_exist, err);
}

/* The message says the path; the user knows the location. */
static bool fail_as(struct ml_error *err, const char *path, const char *location)
{
    struct ml_strbuf message = {0};
    ml_aml_say(&message, err->msg, path, location);
    (void)ml_fail(err, err->code, "%s", message.bytes);
    ml_strbuf_release(&message);
    return false;
}

bool ml_aml_locate_output(const struct ml_amazonml *c, char **path, const char *location,
                          struct ml_error *err)
{
    struct ml_strbuf results = {0};
    char *folder = NULL;
    if (!locate(c, path, location, false, err))
        return false;
    ml_strbuf_addf(&results, "%sbatch-prediction/result/", *path);
    bool ok = locate(c, &folder, results.bytes, false, err) || fail_as(err, *path, location);
    if (!ok)
        free(*path);
    ml_strbuf_release(&results);
    free(folder);
    return ok;
}

/* A path, and what the user calls it: for messages. */
static void add_path(struct ml_strbuf *task, const char *member, const char *path,
                     const char *name_member, const char *location)
{
    ml_json_key_string(task, member, path);
    ml_json_key_string(task, name_member, location);
}

/* A text that was given as a location is read once, when the first job needs it. */
static bool read_text(const struct ml_amazonml *c, struct ml_aml_entity *e, enum ml_aml_text text,
                      const char *location, struct ml_error *err)
{
    char *path = NULL;
    struct ml_strbuf bytes = {0};
    if (e->text[text] != NULL || location == NULL)
        return true;
    bool ok = locate(c, &path, location, true, err);
    if (ok && !ml_file_read_all(&bytes, path, MAX_TEXT, err))
        ok = fail_as(err, path, location);
    if (ok && bytes.length > 0 &&
        (memchr(bytes.bytes, '\0', bytes.length) != NULL ||
         !ml_utf8_is_valid(bytes.bytes, bytes.length)))
        ok = ml_fail(err, ML_EINPUT, "%s: is no text in UTF-8", location);
    if (ok)
        ml_aml_set(e, text, bytes.length > 0 ? bytes.bytes : "");
    ml_strbuf_release(&bytes);
    free(path);
    return ok;
}

static const char *text_of(const struct ml_aml_entity *e, enum ml_aml_text text)
{
    return e->text[text] != NULL ? e->text[text] : "";
}

static bool add_data(struct ml_strbuf *task, const struct ml_amazonml *c,
                     const struct ml_aml_entity *source, struct ml_error *err)
{
    char *path = NULL;
    if (!locate(c, &path, source->text[ML_AML_LOCATION], true, err))
        return false;
    add_path(task, "data", path, "location", source->text[ML_AML_LOCATION]);
    free(path);
    ml_json_key_string(task, "schema", text_of(source, ML_AML_SCHEMA));
    ml_json_key_string(task, "rearrangement", text_of(source, ML_AML_REARRANGEMENT));
    return true;
}

static bool add_training(struct ml_strbuf *task, struct ml_amazonml *c, struct ml_aml_entity *e,
                         struct ml_error *err)
{
    char name[ML_AML_ID_BYTES];
    ml_aml_registry_name(name, e->id);
    if (!read_text(c, e, ML_AML_RECIPE, e->text[ML_AML_RECIPE_LOCATION], err))
        return false;
    ml_json_key_string(task, "models", ml_registry_root(c->host.registry));
    ml_json_key_string(task, "name", name);
    ml_json_key_string(task, "recipe", text_of(e, ML_AML_RECIPE));
    ml_json_key_string(task, "type", e->text[ML_AML_TYPE]);
    ml_json_add_key(task, "parameters");
    ml_strbuf_adds(task, e->text[ML_AML_PARAMETERS] != NULL ? e->text[ML_AML_PARAMETERS] : "{}");
    return true;
}

static void add_model(struct ml_strbuf *task, struct ml_amazonml *c, const struct ml_aml_entity *e)
{
    char reference[ML_AML_ID_BYTES + 24];
    ml_aml_reference(reference,
                     ml_aml_records_find(c->records, ML_AML_MODEL, e->text[ML_AML_MODEL_ID]));
    ml_json_key_string(task, "models", ml_registry_root(c->host.registry));
    ml_json_key_string(task, "model", reference);
}

static bool add_batch(struct ml_strbuf *task, struct ml_amazonml *c, const struct ml_aml_entity *e,
                      struct ml_error *err)
{
    char *path = NULL;
    if (!ml_aml_locate_output(c, &path, e->text[ML_AML_OUTPUT], err))
        return false;
    add_model(task, c, e);
    ml_json_key_string(task, "id", e->id);
    add_path(task, "out", path, "output", e->text[ML_AML_OUTPUT]);
    free(path);
    return true;
}

static bool add_special(struct ml_strbuf *task, struct ml_amazonml *c, struct ml_aml_entity *e,
                        struct ml_error *err)
{
    switch (e->kind) {
    case ML_AML_DATA_SOURCE:
        ml_json_key_bool(task, "statistics", e->number[ML_AML_STATISTICS] == 1.0);
        return true;
    case ML_AML_MODEL:
        return add_training(task, c, e, err);
    case ML_AML_EVALUATION:
        add_model(task, c, e);
        return true;
    case ML_AML_BATCH:
        return add_batch(task, c, e, err);
    case ML_AML_N_KINDS:
        break;
    }
    return ml_fail(err, ML_EINTERNAL, "no such kind");
}

bool ml_aml_write_task(struct ml_strbuf *task, struct ml_amazonml *c, struct ml_aml_entity *e,
                       struct ml_error *err)
{
    static const char *const names[ML_AML_N_KINDS] = {
        [ML_AML_DATA_SOURCE] = "data_source",
        [ML_AML_MODEL] = "model",
        [ML_AML_EVALUATION] = "evaluation",
        [ML_AML_BATCH] = "batch",
    };
    const struct ml_aml_entity *source = e;
    if (e->kind == ML_AML_DATA_SOURCE &&
        !read_text(c, e, ML_AML_SCHEMA, e->text[ML_AML_SCHEMA_LOCATION], err))
        return false;
    if (e->kind != ML_AML_DATA_SOURCE)
        source = ml_aml_records_find(c->records, ML_AML_DATA_SOURCE, e->text[ML_AML_SOURCE_ID]);
    ml_strbuf_addc(task, '{');
    ml_json_key_string(task, "task", names[e->kind]);
    bool ok = add_data(task, c, source, err) && add_special(task, c, e, err);
    ml_strbuf_addc(task, '}');
    return ok;
}

/* A count of the result: absent where it has none. */
static void take(struct ml_aml_entity *e, enum ml_aml_number number, const struct ml_json *result,
                 const char *member)
{
    e->number[number] = ml_json_number(ml_json_get(result, member));
}

static bool take_model(struct ml_aml_entity *e, const struct ml_json *result)
{
    const char *recipe = ml_aml_string(result, "recipe");
    double version = ml_json_number(ml_json_get(result, "version"));
    if (!(version >= 1.0 && version <= MAX_COUNT))
        return false;
    take(e, ML_AML_VERSION, result, "version");
    take(e, ML_AML_BYTES, result, "bytes");
    if (strcmp(e->text[ML_AML_TYPE], "BINARY") == 0)
        take(e, ML_AML_THRESHOLD, result, "threshold");
    if (recipe != NULL)
        ml_aml_set(e, ML_AML_RECIPE, recipe);
    return true;
}

static bool take_metrics(struct ml_aml_entity *e, const struct ml_json *result)
{
    const struct ml_json *metrics = ml_json_get(result, "metrics");
    struct ml_strbuf text = {0};
    if (metrics == NULL || ml_json_type(metrics) != ML_JSON_OBJECT)
        return false;
    ml_aml_write_value(&text, metrics);
    ml_aml_set(e, ML_AML_METRICS, text.bytes);
    ml_strbuf_release(&text);
    return true;
}

static bool take_result(struct ml_aml_entity *e, const struct ml_json *result)
{
    switch (e->kind) {
    case ML_AML_DATA_SOURCE:
        take(e, ML_AML_BYTES, result, "bytes");
        take(e, ML_AML_FILES, result, "files");
        return true;
    case ML_AML_MODEL:
        return take_model(e, result);
    case ML_AML_EVALUATION:
        return take_metrics(e, result);
    case ML_AML_BATCH:
        take(e, ML_AML_RECORDS, result, "records");
        take(e, ML_AML_INVALID, result, "invalid");
        return true;
    case ML_AML_N_KINDS:
        break;
    }
    return false;
}

bool ml_aml_read_result(struct ml_aml_entity *e, const char *text, size_t n, struct ml_error *err)
{
    struct ml_json *result = NULL;
    if (!ml_json_parse(&result, text, n, "result", err))
        return false;
    const char *problem = ml_aml_string(result, "error");
    bool ok = problem == NULL || ml_fail(err, ML_EINPUT, "%s", problem);
    if (ok && !take_result(e, result))
        ok = ml_fail(err, ML_EINTERNAL, "the job's result makes no sense");
    ml_json_free(result);
    return ok;
}
