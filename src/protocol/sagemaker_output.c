#include "protocol/sagemaker_output.h"

#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "model/answer_line.h"
#include "protocol/json_answer.h"

static const char *const key_names[ML_N_SAGEMAKER_KEYS] = {
    "score",         "predicted_label", "labels",     "probability",
    "probabilities", "raw_score",       "raw_scores", "predicted_score",
};

static const char all_keys[] = "predicted_label, labels, probability, probabilities, raw_score, "
                               "raw_scores, predicted_score, or score alone";

static bool add_key(struct ml_sagemaker_keys *keys, const char *s, size_t n, struct ml_error *err)
{
    char quoted[80];
    ml_quote(quoted, sizeof(quoted), s, n);
    for (size_t k = 0; k < ML_N_SAGEMAKER_KEYS; k++) {
        if (strlen(key_names[k]) != n || strncasecmp(key_names[k], s, n) != 0)
            continue;
        for (size_t i = 0; i < keys->n; i++)
            if (keys->key[i] == (enum ml_sagemaker_key)k)
                return ml_fail(err, ML_EINPUT, "'%s' is named twice", quoted);
        keys->key[keys->n++] = (enum ml_sagemaker_key)k;
        return true;
    }
    return ml_fail(err, ML_EINPUT, "unknown key '%s'; known are %s", quoted, all_keys);
}

bool ml_sagemaker_parse_keys(struct ml_sagemaker_keys *out, const char *text, struct ml_error *err)
{
    struct ml_sagemaker_keys keys = {.n = 0};
    bool is_more = text != NULL;
    while (is_more) {
        text += strspn(text, " \t");
        size_t n = strcspn(text, ",");
        is_more = text[n] == ',';
        const char *next = text + n + 1;
        while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'))
            n--;
        if (!add_key(&keys, text, n, err))
            return false;
        text = next;
    }
    for (size_t i = 0; keys.n > 1 && i < keys.n; i++)
        if (keys.key[i] == ML_SAGEMAKER_SCORE)
            return ml_fail(err, ML_EINPUT, "'score' cannot be combined with other keys");
    *out = keys;
    return true;
}

bool ml_sagemaker_check_keys(const struct ml_sagemaker_keys *keys, const struct ml_model *model,
                             struct ml_call_fault *fault)
{
    bool is_regression = ml_model_problem(model) == ML_REGRESSION_PROBLEM;
    for (size_t i = 0; i < keys->n; i++) {
        enum ml_sagemaker_key k = keys->key[i];
        if (k == ML_SAGEMAKER_SCORE || (k == ML_SAGEMAKER_PREDICTED_SCORE) == is_regression)
            continue;
        fault->status = 400;
        return ml_call_refuse(fault, "unsupported", NULL,
                              "'%s' of sagemaker.output is for %s: '%s' is a %s", key_names[k],
                              is_regression ? "models with labels" : "regressions",
                              ml_model_name(model), is_regression ? "regression" : "classifier");
    }
    return true;
}

/* An array as a value of the key, else a number or a label. */
static bool is_list(enum ml_sagemaker_key key, const struct ml_model *model)
{
    return key == ML_SAGEMAKER_LABELS || key == ML_SAGEMAKER_PROBABILITIES ||
           key == ML_SAGEMAKER_RAW_SCORES ||
           (key == ML_SAGEMAKER_SCORE && ml_model_problem(model) == ML_MULTICLASS_PROBLEM);
}

static void add_value(struct ml_strbuf *buf, enum ml_sagemaker_key key,
                      const struct ml_call_answer *a, const char *separator)
{
    if (key == ML_SAGEMAKER_LABELS)
        ml_json_add_labels(buf, a->model, separator);
    else if (is_list(key, a->model))
        ml_json_add_probabilities(buf, a, separator);
    else if (key == ML_SAGEMAKER_PREDICTED_LABEL)
        ml_json_add_label(buf, ml_model_label(a->model, a->label));
    else
        ml_json_add_number(buf, ml_model_headline(a->model, a->probability, a->label));
}

static void add_object(struct ml_strbuf *buf, const struct ml_sagemaker_keys *keys,
                       const struct ml_call_answer *a)
{
    static const struct ml_sagemaker_keys linear_learner = {
        {ML_SAGEMAKER_SCORE, ML_SAGEMAKER_PREDICTED_LABEL}, 2};
    static const struct ml_sagemaker_keys value = {{ML_SAGEMAKER_SCORE}, 1};
    if (keys->n == 0)
        keys = ml_model_problem(a->model) == ML_REGRESSION_PROBLEM ? &value : &linear_learner;
    ml_strbuf_addc(buf, '{');
    for (size_t i = 0; i < keys->n; i++) {
        ml_json_add_key(buf, key_names[keys->key[i]]);
        add_value(buf, keys->key[i], a, ",");
    }
    ml_strbuf_addc(buf, '}');
}

/* The scores alone: what XGBoost's container answers when no keys are selected. */
static void add_scores(struct ml_strbuf *buf, const struct ml_call_answer *a)
{
    if (ml_model_problem(a->model) != ML_MULTICLASS_PROBLEM) {
        ml_strbuf_add_double(buf, ml_model_headline(a->model, a->probability, a->label));
        return;
    }
    for (size_t k = 0; k < ml_model_n_labels(a->model); k++) {
        ml_strbuf_adds(buf, k > 0 ? "," : "");
        ml_strbuf_add_double(buf, a->probability[k]);
    }
}

/* text: room for an array before it is quoted. */
static void add_field(struct ml_strbuf *buf, enum ml_sagemaker_key key,
                      const struct ml_call_answer *a, struct ml_strbuf *text)
{
    if (key == ML_SAGEMAKER_PREDICTED_LABEL) {
        const char *label = ml_model_label(a->model, a->label);
        ml_answer_add_field(buf, label, strlen(label));
    } else if (is_list(key, a->model)) {
        ml_strbuf_clear(text);
        add_value(text, key, a, ", ");
        ml_answer_add_field(buf, text->bytes, text->length);
    } else {
        add_value(buf, key, a, ",");
    }
}

static void add_line(struct ml_strbuf *buf, const struct ml_sagemaker_keys *keys,
                     const struct ml_call_answer *a, struct ml_strbuf *text)
{
    bool is_plain = keys->n == 0 || keys->key[0] == ML_SAGEMAKER_SCORE;
    if (is_plain)
        add_scores(buf, a);
    for (size_t i = 0; !is_plain && i < keys->n; i++) {
        ml_strbuf_adds(buf, i > 0 ? "," : "");
        add_field(buf, keys->key[i], a, text);
    }
    ml_strbuf_addc(buf, '\n');
}

void ml_sagemaker_write_answers(struct ml_strbuf *buf, enum ml_sagemaker_type type,
                                const struct ml_sagemaker_keys *keys,
                                const struct ml_call_answer *answers, size_t n)
{
    struct ml_strbuf text = {0};
    ml_strbuf_reserve(buf, 512);
    ml_strbuf_adds(buf, type == ML_SAGEMAKER_JSON ? "{\"predictions\":[" : "");
    for (size_t i = 0; i < n; i++) {
        if (type == ML_SAGEMAKER_CSV) {
            add_line(buf, keys, &answers[i], &text);
            continue;
        }
        ml_strbuf_adds(buf, type == ML_SAGEMAKER_JSON && i > 0 ? "," : "");
        add_object(buf, keys, &answers[i]);
        ml_strbuf_adds(buf, type == ML_SAGEMAKER_JSON_LINES ? "\n" : "");
    }
    ml_strbuf_adds(buf, type == ML_SAGEMAKER_JSON ? "]}\n" : "");
    ml_strbuf_release(&text);
}
