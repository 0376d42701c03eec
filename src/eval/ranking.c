#include "eval/ranking.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"

struct scored_row {
    double score;
    uint8_t label;
};

static int by_descending_score(const void *a, const void *b)
{
    double x = ((const struct scored_row *)a)->score;
    double y = ((const struct scored_row *)b)->score;
    return (x < y) - (x > y);
}

static bool check_rows(const double *score, const uint8_t *label, size_t n, struct ml_error *err)
{
    if (n == 0)
        return ml_fail(err, ML_EINPUT, "no rows to evaluate");
    for (size_t i = 0; i < n; i++) {
        if (isnan(score[i]))
            return ml_fail(err, ML_EINPUT, "row %zu: the score is not a number", i + 1);
        if (label[i] > 1)
            return ml_fail(err, ML_EINPUT, "row %zu: label %u is neither 0 nor 1", i + 1, label[i]);
    }
    return true;
}

static struct scored_row *sort_rows(const double *score, const uint8_t *label, size_t n)
{
    struct scored_row *rows = ml_xcalloc(n, sizeof(*rows));
    for (size_t i = 0; i < n; i++) {
        rows[i].score = score[i];
        rows[i].label = label[i];
    }
    qsort(rows, n, sizeof(*rows), by_descending_score);
    return rows;
}

static size_t count_distinct(const struct scored_row *rows, size_t n)
{
    size_t count = 1;
    for (size_t i = 1; i < n; i++)
        count += rows[i].score < rows[i - 1].score;
    return count;
}

static void fill_steps(struct ml_ranking *ranking, const struct scored_row *rows, size_t n)
{
    struct ml_score_step *step = ranking->steps;
    step->score = rows[0].score;
    for (size_t i = 0; i < n; i++) {
        if (rows[i].score < step->score)
            (++step)->score = rows[i].score;
        step->positives += rows[i].label;
        step->negatives += !rows[i].label;
        ranking->positives += rows[i].label;
        ranking->negatives += !rows[i].label;
    }
}

bool ml_ranking_build(struct ml_ranking *out, const double *score, const uint8_t *label, size_t n,
                      struct ml_error *err)
{
    if (!check_rows(score, label, n, err))
        return false;
    struct scored_row *rows = sort_rows(score, label, n);
    struct ml_ranking ranking = {.count = count_distinct(rows, n)};
    ranking.steps = ml_xcalloc(ranking.count, sizeof(*ranking.steps));
    fill_steps(&ranking, rows, n);
    free(rows);
    *out = ranking;
    return true;
}

void ml_ranking_release(struct ml_ranking *ranking)
{
    free(ranking->steps);
    *ranking = (struct ml_ranking){0};
}

void ml_ranking_count_above(const struct ml_ranking *ranking, double threshold, size_t *tp,
                            size_t *fp)
{
    *tp = 0;
    *fp = 0;
    for (size_t i = 0; i < ranking->count && ranking->steps[i].score > threshold; i++) {
        *tp += ranking->steps[i].positives;
        *fp += ranking->steps[i].negatives;
    }
}

double ml_ranking_threshold(const struct ml_ranking *ranking, size_t n_steps)
{
    if (n_steps == 0)
        return 1;
    if (n_steps < ranking->count)
        return ranking->steps[n_steps].score;
    return ranking->steps[ranking->count - 1].score > 0 ? 0 : -INFINITY;
}
