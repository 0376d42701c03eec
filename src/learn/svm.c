/*
 * libsvm's only user: C-SVC, linear or RBF. Probabilities do not come from libsvm's own -b 1,
 * which draws its folds with rand(): the sigmoids are fitted here, on decision values of seeded
 * and stratified folds, and written where libsvm keeps its own.
 */
#include <float.h>
#include <libsvm/svm.h>
#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/folds.h"
#include "learn/coupling.h"
#include "learn/learner.h"
#include "learn/platt.h"
#include "learn/svm_model.h"

enum { N_FOLDS = 5 };
static const double CACHE_MB = 100.0;
static const double LEAST_PAIRWISE = 1e-7; /* libsvm's */

struct trainer {
    const struct ml_training_set *set;
    struct svm_problem problem; /* owned: all rows */
    struct svm_parameter parameter;
};

static bool check_counts(const struct ml_training_set *set, struct ml_error *err)
{
    size_t *count = ml_xcalloc(set->n_classes, sizeof(*count));
    for (size_t i = 0; i < set->x->n_rows; i++)
        count[set->label[i]]++;
    bool ok = true;
    for (size_t k = 0; ok && k < set->n_classes; k++)
        if (count[k] < N_FOLDS)
            ok = ml_fail(err, ML_EINPUT,
                         "the svm learner: at least %d rows of each class are needed for "
                         "calibration, class %zu has %zu",
                         N_FOLDS, k, count[k]);
    free(count);
    return ok;
}

static bool check(struct ml_learner_options *o, const struct ml_training_set *set,
                  struct ml_error *err)
{
    if (set->weight != NULL)
        return ml_fail(err, ML_EUNSUPPORTED, "algorithm 'svm' has no weights of rows");
    if (o->c == 0.0)
        o->c = 1.0;
    if (o->epsilon == 0.0)
        o->epsilon = 0.001; /* libsvm's own default */
    if (o->gamma == 0.0)
        o->gamma = 1.0 / (double)(set->x->n_columns > 0 ? set->x->n_columns : 1);
    if (!(o->epsilon < 2.0))
        return ml_fail(err, ML_EINPUT,
                       "the svm learner: epsilon must be below 2, where libsvm takes no step");
    return check_counts(set, err);
}

static void print_nothing(const char *text)
{
    (void)text;
}

/* Rows in libsvm's form: 1-based indices, -1 at the end. */
static void make_problem(struct svm_problem *p, const struct ml_training_set *set)
{
    const struct ml_csr *x = set->x;
    struct svm_node *node = ml_xcalloc(x->start[x->n_rows] + x->n_rows, sizeof(*node));
    p->l = (int)x->n_rows;
    p->y = ml_xcalloc(x->n_rows, sizeof(*p->y));
    p->x = ml_xcalloc(x->n_rows, sizeof(*p->x));
    for (size_t i = 0; i < x->n_rows; i++) {
        p->y[i] = set->label[i];
        p->x[i] = node;
        for (size_t k = x->start[i]; k < x->start[i + 1]; k++)
            *node++ = (struct svm_node){(int)x->index[k] + 1, x->value[k]};
        *node++ = (struct svm_node){-1, 0.0};
    }
}

static void make_parameter(struct svm_parameter *p, const struct ml_learner_options *o,
                           size_t n_classes)
{
    *p = (struct svm_parameter){
        .svm_type = C_SVC,
        .kernel_type = o->kernel == ML_KERNEL_RBF ? RBF : LINEAR,
        .gamma = o->gamma,
        .cache_size = CACHE_MB,
        .eps = o->epsilon,
        .C = o->c,
        .shrinking = 1,
    };
    if (o->class_weight == NULL)
        return;
    p->nr_weight = (int)n_classes;
    p->weight_label = ml_xcalloc(n_classes, sizeof(*p->weight_label));
    p->weight = ml_xcalloc(n_classes, sizeof(*p->weight));
    for (size_t k = 0; k < n_classes; k++) {
        p->weight_label[k] = (int)k;
        p->weight[k] = o->class_weight[k];
    }
}

static void trainer_release(struct trainer *t)
{
    free(t->problem.x[0]);
    free(t->problem.x);
    free(t->problem.y);
    free(t->parameter.weight_label);
    free(t->parameter.weight);
}

/* A trained svm_model points into its problem: everything is copied. */
static void take_vectors(struct ml_svm *out, const struct svm_model *m)
{
    size_t width = out->n_classes - 1;
    out->vector.n_columns = out->n_features;
    out->coef = ml_xcalloc((size_t)m->l * width, sizeof(*out->coef));
    struct ml_sparse row = {0};
    for (size_t s = 0; s < (size_t)m->l; s++) {
        for (size_t k = 0; k < width; k++)
            out->coef[s * width + k] = m->sv_coef[k][s];
        row.n = 0;
        for (const struct svm_node *node = m->SV[s]; node->index != -1; node++)
            ml_sparse_add(&row, (uint32_t)(node->index - 1), node->value);
        ml_csr_add_row(&out->vector, &row);
    }
    ml_sparse_release(&row);
}

static void take_model(struct ml_svm *out, const struct svm_model *m, size_t n_features)
{
    ml_svm_init(out, n_features, (size_t)m->nr_class);
    out->kernel = m->param.kernel_type == RBF ? ML_KERNEL_RBF : ML_KERNEL_LINEAR;
    out->gamma = m->param.gamma;
    for (size_t k = 0; k < out->n_classes; k++) {
        out->label[k] = (size_t)m->label[k];
        out->n_vectors[k] = (size_t)m->nSV[k];
    }
    for (size_t p = 0; p < out->n_pairs; p++)
        out->rho[p] = m->rho[p];
    take_vectors(out, m);
}

static bool is_finite(const struct ml_svm *m)
{
    for (size_t p = 0; p < m->n_pairs; p++)
        if (!isfinite(m->rho[p]))
            return false;
    for (size_t i = 0; i < m->vector.n_rows * (m->n_classes - 1); i++)
        if (!isfinite(m->coef[i]))
            return false;
    return true;
}

static bool fit(struct ml_svm *out, const struct trainer *t, const struct svm_problem *p,
                struct ml_error *err)
{
    const char *complaint = svm_check_parameter(p, &t->parameter);
    if (complaint != NULL)
        return ml_fail(err, ML_EINPUT, "libsvm: %s", complaint);
    svm_set_print_string_function(print_nothing);
    struct svm_model *m = svm_train(p, &t->parameter);
    struct ml_svm svm;
    take_model(&svm, m, t->set->x->n_columns);
    svm_free_and_destroy_model(&m);
    if (svm.n_classes != t->set->n_classes || svm.vector.n_rows == 0 || !is_finite(&svm)) {
        ml_svm_release(&svm);
        return ml_fail(err, ML_EINTERNAL, "libsvm found no finite support vector machine");
    }
    *out = svm;
    return true;
}

/* value[c]: how far the row is on its own class's side against class c. */
static void decide_row(double *value, const struct ml_svm *m, const struct ml_training_set *set,
                       size_t i, double *decision)
{
    const struct ml_csr *x = set->x;
    struct ml_sparse row = {.n = x->start[i + 1] - x->start[i]};
    if (row.n > 0) {
        row.index = x->index + x->start[i];
        row.value = x->value + x->start[i];
    }
    ml_svm_decisions(m, &row, decision);
    size_t own = 0;
    while (m->label[own] != set->label[i])
        own++;
    for (size_t k = 0; k < m->n_classes; k++) {
        if (k < own)
            value[m->label[k]] = -decision[ml_svm_pair(m, k, own)];
        else if (k > own)
            value[m->label[k]] = decision[ml_svm_pair(m, own, k)];
    }
}

/* Trains without one fold and fills in that fold's rows of value. */
static bool decide_fold(double *value, const struct trainer *t, const unsigned char *fold,
                        unsigned char which, struct ml_error *err)
{
    const struct ml_training_set *set = t->set;
    size_t n = set->x->n_rows;
    struct svm_problem part = {
        .y = ml_xcalloc(n, sizeof(*part.y)),
        .x = ml_xcalloc(n, sizeof(*part.x)),
    };
    for (size_t i = 0; i < n; i++)
        if (fold[i] != which) {
            part.y[part.l] = t->problem.y[i];
            part.x[part.l++] = t->problem.x[i];
        }
    struct ml_svm svm;
    bool ok = fit(&svm, t, &part, err);
    if (ok) {
        double *decision = ml_xcalloc(svm.n_pairs, sizeof(*decision));
        for (size_t i = 0; i < n; i++)
            if (fold[i] == which)
                decide_row(value + i * set->n_classes, &svm, set, i, decision);
        free(decision);
        ml_svm_release(&svm);
    }
    free(part.y);
    free(part.x);
    return ok;
}

/* value: of all rows, x->n_rows x n_classes, as in decide_row. */
static void calibrate(struct ml_svm *m, const struct ml_training_set *set, const double *value)
{
    size_t n = set->x->n_rows;
    double *decision = ml_xcalloc(n, sizeof(*decision));
    bool *positive = ml_xcalloc(n, sizeof(*positive));
    size_t p = 0;
    for (size_t i = 0; i < m->n_classes; i++)
        for (size_t j = i + 1; j < m->n_classes; j++, p++) {
            size_t taken = 0;
            for (size_t r = 0; r < n; r++) {
                bool first = set->label[r] == m->label[i];
                if (!first && set->label[r] != m->label[j])
                    continue;
                const double *own = value + r * m->n_classes;
                decision[taken] = first ? own[m->label[j]] : -own[m->label[i]];
                positive[taken++] = first;
            }
            struct ml_platt platt;
            ml_platt_fit(&platt, decision, positive, taken);
            m->prob_a[p] = platt.a;
            m->prob_b[p] = platt.b;
        }
    free(decision);
    free(positive);
}

static bool train_calibrated(struct ml_svm *out, const struct trainer *t, uint64_t seed,
                             struct ml_error *err)
{
    if (!fit(out, t, &t->problem, err))
        return false;
    unsigned char *fold = ml_xcalloc(t->set->x->n_rows, sizeof(*fold));
    ml_folds_by_class(fold, t->set->label, t->set->x->n_rows, t->set->n_classes, N_FOLDS, seed);
    double *value = ml_xcalloc(t->set->x->n_rows * t->set->n_classes, sizeof(*value));
    bool ok = true;
    for (unsigned char f = 0; ok && f < N_FOLDS; f++)
        ok = decide_fold(value, t, fold, f, err);
    if (ok)
        calibrate(out, t->set, value);
    else
        ml_svm_release(out);
    free(fold);
    free(value);
    return ok;
}

static bool train_svm(struct ml_strbuf *out, const struct ml_training_set *set,
                      const struct ml_learner_options *o, struct ml_error *err)
{
    struct trainer t = {.set = set};
    make_problem(&t.problem, set);
    make_parameter(&t.parameter, o, set->n_classes);
    struct ml_svm svm;
    bool ok = train_calibrated(&svm, &t, o->seed, err);
    if (ok) {
        ml_svm_write(&svm, out);
        ml_svm_release(&svm);
    }
    trainer_release(&t);
    return ok;
}

static bool load(void **out, const char *text, size_t n, size_t n_features, size_t n_classes,
                 struct ml_error *err)
{
    struct ml_svm m;
    if (!ml_svm_read(&m, text, n, n_features, n_classes, err))
        return false;
    struct ml_svm *svm = ml_xmalloc(sizeof(*svm));
    *svm = m;
    *out = svm;
    return true;
}

/* Log-odds of the first of a pair; finite even where an absurd row makes the decision overflow. */
static double pair_margin(const struct ml_svm *m, size_t pair, double decision)
{
    double margin = -(m->prob_a[pair] * decision + m->prob_b[pair]);
    return fmin(fmax(margin, -DBL_MAX), DBL_MAX);
}

static void couple(const struct ml_svm *m, const double *decision, double *pairwise,
                   double *probability)
{
    size_t n = m->n_classes;
    size_t pair = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++, pair++) {
            double p = ml_sigmoid(pair_margin(m, pair, decision[pair]));
            p = fmin(fmax(p, LEAST_PAIRWISE), 1.0 - LEAST_PAIRWISE);
            pairwise[m->label[i] * n + m->label[j]] = p;
            pairwise[m->label[j] * n + m->label[i]] = 1.0 - p;
        }
    ml_coupling_solve(probability, pairwise, n);
}

static void predict_row(const void *predictor, const struct ml_sparse *row, double *probability,
                        double *margin)
{
    const struct ml_svm *m = predictor;
    if (m->n_classes == 2) {
        double decision;
        ml_svm_decisions(m, row, &decision);
        double first = pair_margin(m, 0, decision);
        *margin = m->label[0] == 1 ? first : -first;
        probability[1] = ml_sigmoid(*margin);
        probability[0] = 1.0 - probability[1];
        return;
    }
    double *decision = ml_xcalloc(m->n_pairs + m->n_classes * m->n_classes, sizeof(*decision));
    ml_svm_decisions(m, row, decision);
    couple(m, decision, decision + m->n_pairs, probability);
    free(decision);
}

static void free_svm(void *predictor)
{
    ml_svm_release(predictor);
    free(predictor);
}

const struct ml_learner_ops ml_learner_svm = {
    .name = "svm",
    .solver_name = "libsvm 3.24",
    .file_name = "libsvm.model",
    .check = check,
    .train = train_svm,
    .load = load,
    .predict = predict_row,
    .free = free_svm,
};
