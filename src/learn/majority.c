/*
 * The baseline that every other learner must beat: it answers the training rows' class shares,
 * whatever the row. Its text file is one line, "majority 0.887 0.113".
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "learn/learner.h"
#include "learn/lines.h"

struct majority {
    size_t n_classes;
    double *share; /* owned; sums to 1 */
    double margin; /* two classes: log-odds of class 1 */
};

static bool check(struct ml_learner_options *o, const struct ml_training_set *set,
                  struct ml_error *err)
{
    (void)o;
    (void)set;
    (void)err;
    return true;
}

static double row_weight(const struct ml_training_set *set, const struct ml_learner_options *o,
                         size_t i)
{
    double w = set->weight != NULL ? set->weight[i] : 1.0;
    return o->class_weight != NULL ? w * o->class_weight[set->label[i]] : w;
}

static bool train_majority(struct ml_strbuf *out, const struct ml_training_set *set,
                           const struct ml_learner_options *o, struct ml_error *err)
{
    (void)err;
    double *weight = ml_xcalloc(set->n_classes, sizeof(*weight));
    double sum = 0.0;
    for (size_t i = 0; i < set->x->n_rows; i++)
        weight[set->label[i]] += row_weight(set, o, i);
    for (size_t k = 0; k < set->n_classes; k++)
        sum += weight[k];
    ml_strbuf_adds(out, "majority");
    for (size_t k = 0; k < set->n_classes; k++) {
        ml_strbuf_addc(out, ' ');
        ml_strbuf_add_double(out, weight[k] / sum);
    }
    ml_strbuf_addc(out, '\n');
    free(weight);
    return true;
}

static void free_majority(void *predictor)
{
    struct majority *m = predictor;
    free(m->share);
    free(m);
}

static bool load(void **out, const char *text, size_t n, size_t n_features, size_t n_classes,
                 struct ml_error *err)
{
    (void)n_features;
    struct ml_lines l = {.text = text, .n = n};
    struct majority *m = ml_xcalloc(1, sizeof(*m));
    m->n_classes = n_classes;
    m->share = ml_xcalloc(n_classes, sizeof(*m->share));
    bool ok = ml_lines_key(&l, "majority");
    double sum = 0.0;
    for (size_t k = 0; ok && k < n_classes; k++) {
        ok = ml_lines_number(&l, &m->share[k]) && m->share[k] > 0.0;
        sum += m->share[k];
    }
    if (!ok || !ml_lines_done(&l) || fabs(sum - 1.0) > 1e-9 || ml_lines_next(&l)) {
        free_majority(m);
        return ml_lines_fail(&l, "malformed class shares", err);
    }
    m->margin = log(m->share[1] / m->share[0]);
    *out = m;
    return true;
}

static void predict_row(const void *predictor, const struct ml_sparse *row, double *probability,
                        double *margin)
{
    (void)row;
    const struct majority *m = predictor;
    memcpy(probability, m->share, m->n_classes * sizeof(*probability));
    if (m->n_classes == 2)
        *margin = m->margin;
}

const struct ml_learner_ops ml_learner_majority = {
    .name = "majority",
    .solver_name = "none",
    .file_name = "majority.model",
    .check = check,
    .train = train_majority,
    .load = load,
    .predict = predict_row,
    .free = free_majority,
};
