#include "learn/isotonic.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "eval/ranking.h"

/* Neighbouring scores that share a value. */
struct block {
    double first; /* score */
    double last;
    double positives; /* rows */
    double rows;
};

/* Products of whole numbers: exact, so that equal means are equal. */
static bool is_not_above(const struct block *a, const struct block *b)
{
    return b->positives * a->rows <= a->positives * b->rows;
}

/* Blocks of strictly ascending means, from ascending scores; returns how many. */
static size_t pool(struct block *blocks, const struct ml_ranking *ranking)
{
    size_t n = 0;
    for (size_t i = ranking->count; i-- > 0;) {
        const struct ml_score_step *step = &ranking->steps[i];
        blocks[n++] = (struct block){
            .first = step->score,
            .last = step->score,
            .positives = (double)step->positives,
            .rows = (double)step->positives + (double)step->negatives,
        };
        while (n > 1 && is_not_above(&blocks[n - 2], &blocks[n - 1])) {
            n--;
            blocks[n - 1].last = blocks[n].last;
            blocks[n - 1].positives += blocks[n].positives;
            blocks[n - 1].rows += blocks[n].rows;
        }
    }
    return n;
}

static void add_knot(struct ml_isotonic *isotonic, double x, const struct block *block)
{
    isotonic->x[isotonic->n] = x + 0.0; /* no -0.0 */
    isotonic->y[isotonic->n++] = block->positives / block->rows;
}

static void fit_ranked(struct ml_isotonic *out, const struct ml_ranking *ranking)
{
    struct block *blocks = ml_xcalloc(ranking->count, sizeof(*blocks));
    size_t n = pool(blocks, ranking);
    *out = (struct ml_isotonic){
        .x = ml_xcalloc(2 * n, sizeof(double)),
        .y = ml_xcalloc(2 * n, sizeof(double)),
    };
    for (size_t i = 0; i < n; i++) {
        add_knot(out, blocks[i].first, &blocks[i]);
        if (blocks[i].last > blocks[i].first)
            add_knot(out, blocks[i].last, &blocks[i]);
    }
    free(blocks);
}

bool ml_isotonic_fit(struct ml_isotonic *out, const double *score, const bool *positive, size_t n,
                     struct ml_error *err)
{
    struct ml_ranking ranking;
    if (n == 0)
        return ml_fail(err, ML_EINPUT, "no rows to calibrate on");
    for (size_t i = 0; i < n; i++)
        if (!isfinite(score[i]))
            return ml_fail(err, ML_EINPUT, "row %zu: score %g is not finite", i + 1, score[i]);
    uint8_t *label = ml_xcalloc(n, sizeof(*label));
    for (size_t i = 0; i < n; i++)
        label[i] = positive[i];
    bool ok = ml_ranking_build(&ranking, score, label, n, err);
    free(label);
    if (!ok)
        return false;
    fit_ranked(out, &ranking);
    ml_ranking_release(&ranking);
    return true;
}

/* Halves, because the difference of two finite numbers may be infinite. */
static double interpolated(const struct ml_isotonic *isotonic, size_t i, double x)
{
    double from = isotonic->x[i];
    double to = isotonic->x[i + 1];
    double share = (x / 2 - from / 2) / (to / 2 - from / 2);
    double y = isotonic->y[i] + share * (isotonic->y[i + 1] - isotonic->y[i]);
    return fmin(fmax(y, isotonic->y[i]), isotonic->y[i + 1]);
}

double ml_isotonic_apply(const struct ml_isotonic *isotonic, double x)
{
    size_t low = 0; /* the last knot at or below x */
    size_t high = isotonic->n;
    if (isnan(x))
        return NAN;
    if (x <= isotonic->x[0])
        return isotonic->y[0];
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (isotonic->x[middle] <= x)
            low = middle;
        else
            high = middle;
    }
    return high < isotonic->n ? interpolated(isotonic, low, x) : isotonic->y[low];
}

void ml_isotonic_save(const struct ml_isotonic *isotonic, struct ml_strbuf *buf)
{
    ml_json_key_numbers(buf, "x", isotonic->x, isotonic->n);
    ml_json_key_numbers(buf, "y", isotonic->y, isotonic->n);
}

/* NULL unless value is an array of numbers, at least one. */
static double *read_numbers(const struct ml_json *value, size_t *n)
{
    if (value == NULL || ml_json_type(value) != ML_JSON_ARRAY || ml_json_first(value) == NULL)
        return NULL;
    double *numbers = ml_xcalloc(ml_json_count(value), sizeof(*numbers));
    *n = 0;
    for (const struct ml_json *v = ml_json_first(value); v != NULL; v = ml_json_next(v)) {
        numbers[*n] = ml_json_number(v);
        if (!isfinite(numbers[(*n)++])) {
            free(numbers);
            return NULL;
        }
    }
    return numbers;
}

static bool check(const struct ml_isotonic *isotonic, size_t n_y, struct ml_error *err)
{
    if (isotonic->x == NULL || isotonic->y == NULL)
        return ml_fail(err, ML_EINPUT, "isotonic: 'x' and 'y' are not two arrays of numbers");
    if (isotonic->n != n_y)
        return ml_fail(err, ML_EINPUT, "isotonic: %zu numbers in 'x' and %zu in 'y'", isotonic->n,
                       n_y);
    for (size_t i = 0; i < n_y; i++) {
        if (i > 0 && !(isotonic->x[i] > isotonic->x[i - 1]))
            return ml_fail(err, ML_EINPUT, "isotonic: 'x' does not ascend at knot %zu", i + 1);
        if (!(isotonic->y[i] >= (i > 0 ? isotonic->y[i - 1] : 0) && isotonic->y[i] <= 1))
            return ml_fail(err, ML_EINPUT,
                           "isotonic: 'y' descends or is not within 0 to 1 at knot %zu", i + 1);
    }
    return true;
}

bool ml_isotonic_load(struct ml_isotonic *out, const struct ml_json *object, struct ml_error *err)
{
    struct ml_isotonic isotonic = {0};
    size_t n_y = 0;
    if (object != NULL) {
        isotonic.x = read_numbers(ml_json_get(object, "x"), &isotonic.n);
        isotonic.y = read_numbers(ml_json_get(object, "y"), &n_y);
    }
    if (!check(&isotonic, n_y, err)) {
        ml_isotonic_release(&isotonic);
        return false;
    }
    *out = isotonic;
    return true;
}

void ml_isotonic_release(struct ml_isotonic *isotonic)
{
    free(isotonic->x);
    free(isotonic->y);
    *isotonic = (struct ml_isotonic){0};
}
