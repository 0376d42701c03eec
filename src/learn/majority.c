/*
 * The baseline that every other learner must beat: it answers the training rows' class shares, or
 * the mean of their values, whatever the row. Its text file is one line, "majority 0.887 0.113" or
 * "mean 12.5".
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "learn/learner.h"
#include "learn/lines.h"

struct majority {
    size_t n_scores;
    double *score; /* owned; shares of the classes, or the mean */
    double margin; /* two classes: log-odds of class 1; values: the mean */
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
    return set->n_classes > 0 && o->class_weight != NULL ? w * o->class_weight[set->label[i]] : w;
}

static void write_shares(struct ml_strbuf *out, const struct ml_training_set *set,
                         const struct ml_learner_options *o)
{
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
    free(weight);
}

static void write_mean(struct ml_strbuf *out, const struct ml_training_set *set,
                       const struct ml_learner_options *o)
{
    double mean = 0.0;
    double sum = 0.0;
    for (size_t i = 0; i < set->x->n_rows; i++) {
        double w = row_weight(set, o, i);
        sum += w;
        if (w > 0.0)
            mean += (set->target[i] - mean) * (w / sum);
    }
    ml_strbuf_adds(out, "mean ");
    ml_strbuf_add_double(out, mean);
}

static bool train_majority(struct ml_strbuf *out, const struct ml_training_set *set,
                           const struct ml_learner_options *o, struct ml_error *err)
{
    (void)err;
    if (set->n_classes > 0)
        write_shares(out, set, o);
    else
        write_mean(out, set, o);
    ml_strbuf_addc(out, '\n');
    return true;
}

static void free_majority(void *predictor)
{
    struct majority *m = predictor;
    free(m->score);
    free(m);
}

static bool read_shares(struct majority *m, struct ml_lines *l)
{
    double sum = 0.0;
    bool ok = ml_lines_key(l, "majority");
    for (size_t k = 0; ok && k < m->n_scores; k++) {
        ok = ml_lines_number(l, &m->score[k]) && m->score[k] > 0.0;
        sum += m->score[k];
    }
    return ok && fabs(sum - 1.0) <= 1e-9;
}

static bool load(void **out, const char *text, size_t n, size_t n_features, size_t n_classes,
                 struct ml_error *err)
{
    (void)n_features;
    struct ml_lines l = {.text = text, .n = n};
    struct majority *m = ml_xcalloc(1, sizeof(*m));
    m->n_scores = n_classes > 0 ? n_classes : 1;
    m->score = ml_xcalloc(m->n_scores, sizeof(*m->score));
    bool ok = n_classes > 0 ? read_shares(m, &l)
                            : ml_lines_key(&l, "mean") && ml_lines_number(&l, &m->score[0]);
    if (!ok || !ml_lines_done(&l) || ml_lines_next(&l)) {
        free_majority(m);
        return ml_lines_fail(&l, n_classes > 0 ? "malformed class shares" : "malformed mean", err);
    }
    m->margin = n_classes > 0 ? log(m->score[1] / m->score[0]) : m->score[0];
    *out = m;
    return true;
}

static void predict_row(const void *predictor, const struct ml_sparse *row, double *probability,
                        double *margin)
{
    (void)row;
    const struct majority *m = predictor;
    memcpy(probability, m->score, m->n_scores * sizeof(*probability));
    if (m->n_scores <= 2)
        *margin = m->margin;
}

const struct ml_learner_ops ml_learner_majority = {
    .name = "majority",
    .solves = ML_SOLVES_CLASSES | ML_SOLVES_VALUES,
    .solver_name = "none",
    .file_name = "majority.model",
    .check = check,
    .train = train_majority,
    .load = load,
    .predict = predict_row,
    .free = free_majority,
};
