#include "eval/curve.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/alloc.h"

static double precision_of(size_t tp, size_t fp)
{
    return tp + fp > 0 ? (double)tp / (double)(tp + fp) : 1;
}

static void add_point(struct ml_curve *curve, const struct ml_ranking *ranking, size_t n_steps,
                      size_t tp, size_t fp)
{
    curve->points[curve->count++] = (struct ml_curve_point){
        .threshold = ml_ranking_threshold(ranking, n_steps),
        .tp = tp,
        .fp = fp,
        .fpr = (double)fp / (double)ranking->negatives,
        .recall = (double)tp / (double)ranking->positives,
        .precision = precision_of(tp, fp),
    };
}

/* Whether the curve goes straight on behind step i: the step after it is the same vector. */
static bool is_straight_behind(const struct ml_ranking *ranking, size_t i)
{
    if (i == 0 || i + 1 == ranking->count)
        return false;
    const struct ml_score_step *step = &ranking->steps[i];
    return step[0].positives == step[1].positives && step[0].negatives == step[1].negatives;
}

static size_t count_points(const struct ml_ranking *ranking)
{
    size_t count = 1;
    for (size_t i = 0; i < ranking->count; i++)
        count += !is_straight_behind(ranking, i);
    return count;
}

void ml_curve_build(struct ml_curve *out, const struct ml_ranking *ranking)
{
    assert(ranking->positives > 0 && ranking->negatives > 0);
    struct ml_curve curve = {0};
    curve.points = ml_xcalloc(count_points(ranking), sizeof(*curve.points));
    size_t tp = 0;
    size_t fp = 0;
    add_point(&curve, ranking, 0, tp, fp);
    for (size_t i = 0; i < ranking->count; i++) {
        tp += ranking->steps[i].positives;
        fp += ranking->steps[i].negatives;
        if (!is_straight_behind(ranking, i))
            add_point(&curve, ranking, i + 1, tp, fp);
    }
    *out = curve;
}

void ml_curve_release(struct ml_curve *curve)
{
    free(curve->points);
    *curve = (struct ml_curve){0};
}

double ml_curve_average_precision(const struct ml_ranking *ranking)
{
    assert(ranking->positives > 0);
    double sum = 0;
    size_t tp = 0;
    size_t fp = 0;
    for (size_t i = 0; i < ranking->count; i++) {
        tp += ranking->steps[i].positives;
        fp += ranking->steps[i].negatives;
        sum += (double)ranking->steps[i].positives * precision_of(tp, fp);
    }
    return sum / (double)ranking->positives;
}
