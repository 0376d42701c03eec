#include "model/calibrate.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* The rows that could be scored move to the front; labels are gathered beside them. */
static size_t gather(struct ml_crossval *c, uint32_t *label, const struct ml_training *t)
{
    size_t n = 0;
    for (size_t i = 0; i < t->n_train; i++) {
        if (!c->scorable[i])
            continue;
        memmove(c->score + n * t->n_labels, c->score + i * t->n_labels,
                t->n_labels * sizeof(*c->score));
        c->margin[n] = c->margin[i];
        label[n++] = t->label[t->train_rows[i]];
    }
    return n;
}

bool ml_calibrate(struct ml_calibrator *out, enum ml_calibration_method method,
                  const struct ml_fit_plan *plan, const struct ml_training *t, size_t n_folds,
                  const struct ml_talk *talk, struct ml_error *err)
{
    if (t->n_labels < 2)
        return ml_fail(err, ML_EUNSUPPORTED, "only probabilities of labels can be calibrated");
    struct ml_crossval_options o = ML_CROSSVAL_OPTIONS_INIT;
    o.n_folds = n_folds;
    o.seed = plan->options.seed;
    o.with_scores = true;
    struct ml_crossval c = {0};
    if (!ml_crossval_run(&c, plan, &plan->options, 1, t, t->train_rows, t->n_train, &o, talk, err))
        return ml_fail_context(err, "calibration");
    uint32_t *label = ml_xcalloc(t->n_train, sizeof(*label));
    size_t n = gather(&c, label, t);
    bool ok = ml_calibrator_fit(out, method, c.score, c.margin, label, n, t->n_labels, err);
    free(label);
    ml_crossval_release(&c);
    return ok;
}
