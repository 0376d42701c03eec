#include <stdlib.h>

#include "base/json.h"
#include "data/schema.h"
#include "protocol/oip_parts.h"

/* What all outputs are written from. */
struct answers {
    const struct ml_call_answer *all;
    size_t n;
    const struct ml_model *model; /* theirs */
    struct ml_strbuf *buf;
};

static bool is_regression(const struct answers *a)
{
    return ml_model_problem(a->model) == ML_REGRESSION_PROBLEM;
}

/* {"name":…,"datatype":…,"shape":[…],["parameters":…,]"data":[ ; a size of 0 is left out */
static void open_output(const struct answers *a, enum ml_oip_output_kind kind, const char *datatype,
                        size_t columns, size_t depth)
{
    ml_json_add_comma(a->buf);
    ml_strbuf_addc(a->buf, '{');
    ml_json_key_string(a->buf, "name", ml_oip_output_names[kind]);
    ml_json_key_string(a->buf, "datatype", datatype);
    ml_json_key_counts(a->buf, "shape", (size_t[]){a->n, columns, depth},
                       depth > 0     ? 3
                       : columns > 0 ? 2
                                     : 1);
    if (datatype[0] == 'B')
        ml_strbuf_adds(a->buf, ",\"parameters\":{\"content_type\":\"str\"}");
    ml_strbuf_adds(a->buf, ",\"data\":[");
}

static void close_output(const struct answers *a)
{
    ml_strbuf_adds(a->buf, "]}");
}

static void add_number(struct ml_strbuf *buf, double x, bool is_first)
{
    if (!is_first)
        ml_strbuf_addc(buf, ',');
    ml_json_add_number(buf, x);
}

static void write_labels(const struct answers *a)
{
    open_output(a, ML_OIP_PREDICT, "BYTES", 0, 0);
    for (size_t i = 0; i < a->n; i++) {
        if (i > 0)
            ml_strbuf_addc(a->buf, ',');
        ml_json_adds(a->buf, ml_model_label(a->model, a->all[i].label));
    }
    close_output(a);
}

static void write_values(const struct answers *a)
{
    open_output(a, ML_OIP_PREDICT, "FP64", 0, 0);
    for (size_t i = 0; i < a->n; i++)
        add_number(a->buf, a->all[i].probability[0], i == 0);
    close_output(a);
}

static void write_probabilities(const struct answers *a)
{
    size_t k = ml_model_n_labels(a->model);
    open_output(a, ML_OIP_PREDICT_PROBA, "FP64", k, 0);
    for (size_t i = 0; i < a->n; i++)
        for (size_t j = 0; j < k; j++)
            add_number(a->buf, a->all[i].probability[j], i + j == 0);
    close_output(a);
}

struct ranked {
    double p;
    size_t label;
};

/* The largest first, equals by their labels' order. */
static int compare_ranked(const void *a, const void *b)
{
    const struct ranked *x = a;
    const struct ranked *y = b;
    if (x->p != y->p)
        return x->p > y->p ? -1 : 1;
    return x->label < y->label ? -1 : 1;
}

static void write_classes(const struct answers *a, const struct ml_oip_output *out,
                          struct ml_arena *arena)
{
    struct ml_strbuf text = {0};
    size_t k = ml_model_n_labels(a->model);
    size_t classes = out->classes < k ? out->classes : k;
    struct ranked *ranked = ml_arena_alloc(arena, k * sizeof(*ranked));
    open_output(a, out->kind, "BYTES", classes, 0);
    for (size_t i = 0; i < a->n; i++) {
        for (size_t j = 0; j < k; j++)
            ranked[j] = (struct ranked){a->all[i].probability[j], j};
        qsort(ranked, k, sizeof(*ranked), compare_ranked);
        for (size_t j = 0; j < classes; j++) {
            ml_strbuf_clear(&text);
            ml_json_add_number(&text, ranked[j].p);
            ml_strbuf_addf(&text, ":%zu:%s", ranked[j].label,
                           ml_model_label(a->model, ranked[j].label));
            if (i + j > 0)
                ml_strbuf_addc(a->buf, ',');
            ml_json_adds(a->buf, text.bytes);
        }
    }
    close_output(a);
    ml_strbuf_release(&text);
}

static void write_parts(const struct answers *a, const struct ml_call_explanation *e, bool is_first)
{
    const struct ml_schema *schema = ml_model_schema(a->model);
    add_number(a->buf, e->bias, is_first);
    for (size_t c = 0; c < schema->n_columns; c++)
        if (schema->columns[c].role == ML_ROLE_INPUT)
            add_number(a->buf, e->columns[c * e->stride], false);
}

/* Bias, then each input; one such run a label where there are many. */
static void write_contributions(const struct answers *a)
{
    size_t width = 1 + ml_schema_n_inputs(ml_model_schema(a->model));
    bool many = ml_model_problem(a->model) == ML_MULTICLASS_PROBLEM;
    size_t n = many ? ml_model_n_labels(a->model) : 1;
    open_output(a, ML_OIP_CONTRIBUTIONS, "FP64", many ? n : width, many ? width : 0);
    for (size_t i = 0; i < a->n; i++)
        for (size_t j = 0; j < n; j++)
            write_parts(a, &a->all[i].explanations[j], i + j == 0);
    close_output(a);
}

static void write_output(const struct answers *a, const struct ml_oip_output *out,
                         struct ml_arena *arena)
{
    if (out->classes > 0)
        write_classes(a, out, arena);
    else if (out->kind == ML_OIP_PREDICT_PROBA)
        write_probabilities(a);
    else if (out->kind == ML_OIP_CONTRIBUTIONS)
        write_contributions(a);
    else if (is_regression(a))
        write_values(a);
    else
        write_labels(a);
}

static void write_parameters(const struct answers *a)
{
    ml_json_add_key(a->buf, "parameters");
    ml_strbuf_addc(a->buf, '{');
    ml_json_key_string(a->buf, "variant", a->all[0].variant);
    ml_json_key_string(a->buf, "inference_id", a->all[0].inference_id);
    if (ml_model_problem(a->model) == ML_BINARY_PROBLEM)
        ml_json_key_number(a->buf, "threshold", a->all[0].threshold);
    ml_strbuf_addc(a->buf, '}');
}

/* The control's model answers for no records; it may be another than a variant that is asked. */
bool ml_oip_write(struct ml_wire_reply *reply, struct ml_arena *arena,
                  const struct ml_wire_request *q, const struct ml_call *call,
                  const struct ml_call_answer *answers, struct ml_call_fault *fault)
{
    const struct ml_oip_wire *wire = call->wire;
    struct ml_strbuf *buf = reply->body;
    size_t n = call->n_records;
    const struct answers a = {answers, n, n > 0 ? answers[0].model : q->model, buf};
    const char *id = wire->id == NULL && n > 0 ? answers[0].inference_id : wire->id;
    for (size_t i = 0; i < wire->n_outputs; i++)
        if (is_regression(&a) &&
            (wire->outputs[i].kind == ML_OIP_PREDICT_PROBA || wire->outputs[i].classes > 0))
            return ml_call_refuse(fault, "unknown_output", NULL,
                                  "output '%s' is for models with labels: '%s' is a regression",
                                  ml_oip_output_names[wire->outputs[i].kind],
                                  ml_model_name(a.model));
    ml_strbuf_reserve(buf, 512);
    ml_strbuf_addc(buf, '{');
    ml_json_key_string(buf, "model_name", q->endpoint);
    ml_json_add_key(buf, "model_version");
    ml_strbuf_addc(buf, '"');
    ml_strbuf_add_u64(buf, ml_model_version(a.model));
    ml_strbuf_addc(buf, '"');
    if (id != NULL)
        ml_json_key_string(buf, "id", id);
    if (n > 0)
        write_parameters(&a);
    ml_json_add_key(buf, "outputs");
    ml_strbuf_addc(buf, '[');
    for (size_t i = 0; i < wire->n_outputs; i++)
        write_output(&a, &wire->outputs[i], arena);
    ml_strbuf_adds(buf, "]}\n");
    reply->content_type = "application/json";
    return true;
}
