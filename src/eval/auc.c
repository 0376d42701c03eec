#include "eval/auc.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"

/*
 * DeLong's structural components at one step. For a positive row: the share of negatives it beats.
 * For a negative row: the share of positives that beat it. Ties count half in both.
 */
struct components {
    double of_positive;
    double of_negative;
};

static struct components components_at(const struct ml_ranking *ranking,
                                       const struct ml_score_step *step, size_t positives_above,
                                       size_t negatives_above)
{
    double n_pos = (double)ranking->positives;
    double n_neg = (double)ranking->negatives;
    double ties = (double)step->negatives / 2;
    double negatives_below = n_neg - (double)negatives_above - (double)step->negatives;
    return (struct components){
        .of_positive = (negatives_below + ties) / n_neg,
        .of_negative = ((double)positives_above + (double)step->positives / 2) / n_pos,
    };
}

/* Halves are summed as whole numbers: exact up to 2^53 pairs, so AUC is one rounding from the
 * truth. */
static double auc_of(const struct ml_ranking *ranking)
{
    double half_wins = 0;
    double negatives_below = (double)ranking->negatives;
    for (size_t i = 0; i < ranking->count; i++) {
        const struct ml_score_step *step = &ranking->steps[i];
        negatives_below -= (double)step->negatives;
        half_wins += (double)step->positives * (2 * negatives_below + (double)step->negatives);
    }
    return half_wins / (2 * (double)ranking->positives * (double)ranking->negatives);
}

static double variance_of(const struct ml_ranking *ranking, double auc)
{
    double n_pos = (double)ranking->positives;
    double n_neg = (double)ranking->negatives;
    if (ranking->positives < 2 || ranking->negatives < 2)
        return NAN;
    double squares_pos = 0;
    double squares_neg = 0;
    size_t positives_above = 0;
    size_t negatives_above = 0;
    for (size_t i = 0; i < ranking->count; i++) {
        const struct ml_score_step *step = &ranking->steps[i];
        struct components c = components_at(ranking, step, positives_above, negatives_above);
        squares_pos += (double)step->positives * (c.of_positive - auc) * (c.of_positive - auc);
        squares_neg += (double)step->negatives * (c.of_negative - auc) * (c.of_negative - auc);
        positives_above += step->positives;
        negatives_above += step->negatives;
    }
    return squares_pos / (n_pos - 1) / n_pos + squares_neg / (n_neg - 1) / n_neg;
}

static bool rank_both_classes(struct ml_ranking *out, const double *score, const uint8_t *label,
                              size_t n, struct ml_error *err)
{
    if (!ml_ranking_build(out, score, label, n, err))
        return false;
    if (out->positives > 0 && out->negatives > 0)
        return true;
    int only = out->positives > 0;
    ml_ranking_release(out);
    return ml_fail(err, ML_EINPUT, "only one class in the rows to evaluate: all labels are %d",
                   only);
}

bool ml_auc(double *out, const double *score, const uint8_t *label, size_t n, struct ml_error *err)
{
    struct ml_ranking ranking;
    if (!rank_both_classes(&ranking, score, label, n, err))
        return false;
    *out = auc_of(&ranking);
    ml_ranking_release(&ranking);
    return true;
}

bool ml_auc_delong(struct ml_auc_interval *out, const double *score, const uint8_t *label, size_t n,
                   struct ml_error *err)
{
    struct ml_ranking ranking;
    if (!rank_both_classes(&ranking, score, label, n, err))
        return false;
    ml_auc_delong_ranked(out, &ranking);
    ml_ranking_release(&ranking);
    return true;
}

void ml_auc_delong_ranked(struct ml_auc_interval *out, const struct ml_ranking *ranking)
{
    const double z = 1.959963984540054; /* the normal distribution's 0.975 quantile */
    assert(ranking->positives > 0 && ranking->negatives > 0);
    double auc = auc_of(ranking);
    double variance = variance_of(ranking, auc);
    double half_width = isnan(variance) ? 1 : z * sqrt(variance);
    *out = (struct ml_auc_interval){
        .auc = auc,
        .variance = variance,
        .low = fmax(0, auc - half_width),
        .high = fmin(1, auc + half_width),
    };
}

static size_t step_of(const struct ml_ranking *ranking, double score)
{
    size_t low = 0;
    size_t high = ranking->count - 1;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ranking->steps[middle].score > score)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void ml_auc_components(double *out, const struct ml_ranking *ranking, const double *score,
                       const uint8_t *label, size_t n)
{
    struct components *at = ml_xcalloc(ranking->count, sizeof(*at));
    size_t positives_above = 0;
    size_t negatives_above = 0;
    for (size_t i = 0; i < ranking->count; i++) {
        at[i] = components_at(ranking, &ranking->steps[i], positives_above, negatives_above);
        positives_above += ranking->steps[i].positives;
        negatives_above += ranking->steps[i].negatives;
    }
    for (size_t i = 0; i < n; i++) {
        const struct components *c = &at[step_of(ranking, score[i])];
        out[i] = label[i] ? c->of_positive : c->of_negative;
    }
    free(at);
}
