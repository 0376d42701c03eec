#include "eval/rates.h"

static double share(size_t part, size_t whole)
{
    return whole > 0 ? (double)part / (double)whole : 0;
}

void ml_prf_measure(struct ml_prf *out, size_t hits, size_t predicted, size_t actual)
{
    *out = (struct ml_prf){
        .precision = share(hits, predicted),
        .recall = share(hits, actual),
        .f1 = share(2 * hits, predicted + actual),
    };
}

void ml_binary_rates_measure(struct ml_binary_rates *out, const struct ml_confusion *confusion)
{
    size_t tn = confusion->counts[0][0];
    size_t fp = confusion->counts[0][1];
    size_t fn = confusion->counts[1][0];
    size_t tp = confusion->counts[1][1];
    size_t rows = tn + fp + fn + tp;
    struct ml_prf positive;
    ml_prf_measure(&positive, tp, tp + fp, tp + fn);
    *out = (struct ml_binary_rates){
        .accuracy = share(tp + tn, rows),
        .precision = positive.precision,
        .recall = positive.recall,
        .f1 = positive.f1,
        .fpr = share(fp, fp + tn),
        .predicted_positive_rate = share(tp + fp, rows),
    };
}
