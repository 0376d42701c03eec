#include "eval/multiclass.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "eval/auc.h"
#include "eval/prob.h"

static bool are_shares(const double *prob, size_t n)
{
    const double tolerance = 1e-6;
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (!ml_prob_is_valid(prob[i]))
            return false;
        sum += prob[i];
    }
    return fabs(sum - 1) <= tolerance;
}

static bool check_classes(size_t n, struct ml_error *err)
{
    if (n < 2)
        return ml_fail(err, ML_EINPUT, "%zu classes: at least 2 are needed", n);
    if (n > ML_MULTICLASS_MAX_CLASSES)
        return ml_fail(err, ML_ELIMIT, "%zu classes are more than the limit of %d", n,
                       ML_MULTICLASS_MAX_CLASSES);
    return true;
}

static bool check_options(const struct ml_multiclass_options *options, struct ml_error *err)
{
    if (!check_classes(options->n_classes, err))
        return false;
    if (!are_shares(options->priors, options->n_classes))
        return ml_fail(err, ML_EINPUT, "class shares are not numbers within 0 to 1 that sum to 1");
    return true;
}

bool ml_multiclass_check(const double *prob, const uint32_t *label, size_t n_rows, size_t n_classes,
                         struct ml_error *err)
{
    if (!check_classes(n_classes, err))
        return false;
    if (n_rows == 0)
        return ml_fail(err, ML_EINPUT, "no rows to evaluate");
    for (size_t i = 0; i < n_rows; i++) {
        if (label[i] >= n_classes)
            return ml_fail(err, ML_EINPUT, "row %zu: class %u is not below %zu", i + 1, label[i],
                           n_classes);
        if (!are_shares(prob + i * n_classes, n_classes))
            return ml_fail(err, ML_EINPUT,
                           "row %zu: probabilities are not numbers within 0 to 1 that sum to 1",
                           i + 1);
    }
    return true;
}

size_t ml_multiclass_answer(const double *prob, size_t n)
{
    size_t best = 0;
    for (size_t c = 1; c < n; c++)
        if (prob[c] > prob[best])
            best = c;
    return best;
}

static void count_answers(struct ml_multiclass_eval *eval, const double *prob,
                          const uint32_t *label)
{
    size_t n = eval->n_classes;
    double loss = 0;
    for (size_t i = 0; i < eval->rows; i++) {
        const double *row = prob + i * n;
        eval->counts[label[i] * n + ml_multiclass_answer(row, n)]++;
        loss += ml_prob_log_loss(row[label[i]]);
    }
    eval->log_loss = loss / (double)eval->rows;
}

static void sum_classes(struct ml_multiclass_eval *eval)
{
    size_t n = eval->n_classes;
    for (size_t truth = 0; truth < n; truth++)
        for (size_t answer = 0; answer < n; answer++) {
            eval->classes[truth].support += eval->counts[truth * n + answer];
            eval->classes[answer].predicted += eval->counts[truth * n + answer];
        }
}

static void measure_classes(struct ml_multiclass_eval *eval)
{
    size_t hits = 0;
    size_t n_counted = 0;
    double f1_sum = 0;
    for (size_t c = 0; c < eval->n_classes; c++) {
        struct ml_class_eval *class = &eval->classes[c];
        size_t class_hits = eval->counts[c * eval->n_classes + c];
        ml_prf_measure(&class->rates, class_hits, class->predicted, class->support);
        hits += class_hits;
        n_counted += class->support > 0 || class->predicted > 0;
        f1_sum += class->rates.f1;
    }
    eval->accuracy = (double)hits / (double)eval->rows;
    eval->macro_f1 = f1_sum / (double)n_counted;
}

static void measure_aucs(struct ml_multiclass_eval *eval, const double *prob, const uint32_t *label)
{
    double *score = ml_xcalloc(eval->rows, sizeof(*score));
    uint8_t *positive = ml_xcalloc(eval->rows, sizeof(*positive));
    for (size_t c = 0; c < eval->n_classes; c++) {
        struct ml_class_eval *class = &eval->classes[c];
        struct ml_error one_class;
        class->auc = NAN;
        if (class->support == 0 || class->support == eval->rows)
            continue;
        for (size_t i = 0; i < eval->rows; i++) {
            score[i] = prob[i * eval->n_classes + c];
            positive[i] = label[i] == c;
        }
        if (!ml_auc(&class->auc, score, positive, eval->rows, &one_class))
            class->auc = NAN;
    }
    free(score);
    free(positive);
}

/*
 * Only the majority class is ever answered, so it alone can have an F1 above 0; when it does not
 * occur either, the mean is 0 however many classes there are.
 */
static void measure_baseline(struct ml_multiclass_eval *eval, const double *priors)
{
    struct ml_multiclass_baseline *base = &eval->baseline;
    base->answer = ml_multiclass_answer(priors, eval->n_classes);
    size_t n_counted = 0;
    double loss = 0;
    for (size_t c = 0; c < eval->n_classes; c++) {
        size_t support = eval->classes[c].support;
        n_counted += support > 0;
        if (support > 0)
            loss += (double)support * ml_prob_log_loss(priors[c]);
    }
    size_t hits = eval->classes[base->answer].support;
    struct ml_prf rates;
    ml_prf_measure(&rates, hits, eval->rows, hits);
    base->accuracy = (double)hits / (double)eval->rows;
    base->macro_f1 = rates.f1 / (double)n_counted;
    base->log_loss = loss / (double)eval->rows;
}

bool ml_multiclass_evaluate(struct ml_multiclass_eval *out, const double *prob,
                            const uint32_t *label, size_t n_rows,
                            const struct ml_multiclass_options *options, struct ml_error *err)
{
    size_t n = options->n_classes;
    if (!check_options(options, err) || !ml_multiclass_check(prob, label, n_rows, n, err))
        return false;
    struct ml_multiclass_eval eval = {.labels = options->labels, .n_classes = n, .rows = n_rows};
    eval.counts = ml_xcalloc(n * n, sizeof(*eval.counts));
    eval.classes = ml_xcalloc(n, sizeof(*eval.classes));
    count_answers(&eval, prob, label);
    sum_classes(&eval);
    measure_classes(&eval);
    measure_aucs(&eval, prob, label);
    measure_baseline(&eval, options->priors);
    *out = eval;
    return true;
}

void ml_multiclass_eval_release(struct ml_multiclass_eval *eval)
{
    free(eval->counts);
    free(eval->classes);
    *eval = (struct ml_multiclass_eval){0};
}

struct class_support {
    size_t class;
    size_t support;
};

static int by_descending_support(const void *a, const void *b)
{
    const struct class_support *x = a;
    const struct class_support *y = b;
    if (x->support != y->support)
        return x->support < y->support ? 1 : -1;
    return (x->class > y->class) - (x->class < y->class);
}

size_t *ml_multiclass_by_support(const struct ml_multiclass_eval *eval)
{
    size_t n = eval->n_classes;
    struct class_support *found = ml_xcalloc(n, sizeof(*found));
    for (size_t c = 0; c < n; c++)
        found[c] = (struct class_support){.class = c, .support = eval->classes[c].support};
    qsort(found, n, sizeof(*found), by_descending_support);
    size_t *order = ml_xcalloc(n, sizeof(*order));
    for (size_t c = 0; c < n; c++)
        order[c] = found[c].class;
    free(found);
    return order;
}
