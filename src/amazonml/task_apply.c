/* The tasks that apply a model to data: evaluation and batch prediction. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "amazonml/task_kinds.h"
#include "base/number.h"
#include "ml/predict.h"
#include "ml/registry.h"
#include "model/answers.h"
#include "model/judge.h"

struct application {
    struct ml_task_data data;
    struct ml_registry *registry; /* owned */
    struct ml_model *model;       /* owned */
};

/*
 * Without a header a field's place is all there is to know it by: the two schemas must agree about
 * the places, but for a target that is absent.
 */
static bool check_places(const struct ml_schema *data, const struct ml_schema *model,
                         struct ml_error *err)
{
    size_t n = ml_schema_n_columns(data);
    size_t at = 0;
    bool ok = true;
    for (size_t i = 0; ok && i < ml_schema_n_columns(model); i++) {
        if (at < n && strcmp(ml_schema_name(data, at), ml_schema_name(model, i)) == 0)
            at++;
        else
            ok = (long)i == ml_schema_target(model);
    }
    return (ok && at == n) ||
           ml_fail(err, ML_EINPUT,
                   "the data have no header, and their schema has other columns than the model's "
                   "or has them in another order");
}

static bool open_model(struct application *a, const struct ml_json *task, struct ml_error *err)
{
    const char *models;
    const char *reference;
    *a = (struct application){0};
    return ml_task_data_read(&a->data, task, err) && ml_task_text(&models, task, "models", err) &&
           ml_task_text(&reference, task, "model", err) &&
           ml_registry_open(&a->registry, models, err) &&
           ml_registry_load(&a->model, a->registry, reference, err) &&
           (ml_schema_has_header(a->data.schema) ||
            check_places(a->data.schema, ml_model_schema(a->model), err));
}

static void release(struct application *a)
{
    ml_model_free(a->model);
    ml_registry_close(a->registry);
    ml_task_data_release(&a->data);
}

/* Amazon ML's one figure, a string. */
static void write_metric(struct ml_strbuf *result, const struct ml_evaluation *e)
{
    enum ml_problem problem = ml_model_problem(e->model);
    const char *name = problem == ML_BINARY_PROBLEM       ? "BinaryAUC"
                       : problem == ML_MULTICLASS_PROBLEM ? "MulticlassAvgFScore"
                                                          : "RegressionRMSE";
    double x = problem == ML_BINARY_PROBLEM       ? e->binary.auc
               : problem == ML_MULTICLASS_PROBLEM ? e->multiclass.macro_f1
                                                  : e->regression.figures.rmse;
    char text[ML_NUMBER_BYTES];
    ml_strbuf_addc(result, '{');
    if (isfinite(x)) {
        ml_number_format(text, x);
        ml_json_key_string(result, name, text);
    }
    ml_strbuf_addc(result, '}');
}

static void write_evaluation(struct ml_strbuf *result, const struct ml_evaluation *e)
{
    char *report = ml_evaluation_json(e);
    ml_strbuf_addc(result, '{');
    ml_json_add_key(result, "metrics");
    write_metric(result, e);
    ml_json_add_key(result, "report");
    ml_strbuf_add(result, report, strcspn(report, "\n"));
    ml_strbuf_addc(result, '}');
    free(report);
}

bool ml_task_evaluation(struct ml_strbuf *result, const struct ml_json *task, struct ml_error *err)
{
    struct application a;
    struct ml_evaluate_options options = ML_EVALUATE_OPTIONS_INIT;
    struct ml_talk quiet = {0};
    struct ml_evaluation *evaluation = NULL;
    bool ok = open_model(&a, task, err);
    options.csv = a.data.csv;
    options.rows = a.data.rows;
    ok = ok && ml_evaluate(&evaluation, a.model, a.data.path, &options, &quiet, err);
    if (ok)
        write_evaluation(result, evaluation);
    ml_evaluation_free(evaluation);
    release(&a);
    return ok;
}

static bool predict(struct ml_strbuf *result, const struct application *a, const char *out,
                    const char *out_name, const char *id, struct ml_error *err)
{
    struct ml_predict_options options = ML_PREDICT_OPTIONS_INIT;
    struct ml_talk quiet = {0};
    struct ml_predict_summary summary;
    options.csv = a->data.csv;
    options.rows = a->data.rows;
    options.numbers = ML_NUMBERS_AMAZONML;
    options.out_name = out_name;
    if (!ml_predict_batch_discard(a->data.path, out, id, err) ||
        !ml_predict_batch(a->model, a->data.path, out, id, &options, &quiet, &summary, err))
        return false;
    ml_strbuf_addc(result, '{');
    ml_json_key_count(result, "records", summary.n_rows);
    ml_json_key_count(result, "invalid", summary.n_rejected);
    ml_strbuf_addc(result, '}');
    return true;
}

bool ml_task_batch(struct ml_strbuf *result, const struct ml_json *task, struct ml_error *err)
{
    struct application a;
    const char *out;
    const char *id;
    bool ok = open_model(&a, task, err) && ml_task_text(&out, task, "out", err) &&
              ml_task_text(&id, task, "id", err) &&
              predict(result, &a, out, ml_json_string(ml_json_get(task, "output")), id, err);
    release(&a);
    return ok;
}
