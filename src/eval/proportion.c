#include "eval/proportion.h"

#include <math.h>

#include "eval/saddle.h"
#include "eval/special.h"

double ml_proportion_rate(const struct ml_proportion *p)
{
    return p->trials > 0 ? (double)p->successes / (double)p->trials : NAN;
}

struct ml_interval ml_proportion_interval(const struct ml_proportion *p, double alpha)
{
    if (p->trials == 0)
        return (struct ml_interval){0, 1};
    double n = (double)p->trials;
    double rate = ml_proportion_rate(p);
    double z = -ml_normal_quantile(alpha / 2);
    double centre = rate + z * z / (2 * n);
    double half_width = z * sqrt(rate * (1 - rate) / n + z * z / (4 * n * n));
    double scale = 1 + z * z / n;
    return (struct ml_interval){
        .low = p->successes == 0 ? 0 : (centre - half_width) / scale,
        .high = p->successes == p->trials ? 1 : (centre + half_width) / scale,
    };
}

struct ml_interval ml_proportion_difference(const struct ml_proportion *a,
                                            const struct ml_proportion *b, double alpha)
{
    double rate_a = ml_proportion_rate(a);
    double rate_b = ml_proportion_rate(b);
    if (isnan(rate_a) || isnan(rate_b))
        return (struct ml_interval){NAN, NAN};
    struct ml_interval of_a = ml_proportion_interval(a, alpha);
    struct ml_interval of_b = ml_proportion_interval(b, alpha);
    return (struct ml_interval){
        .low = rate_b - rate_a - hypot(rate_b - of_b.low, of_a.high - rate_a),
        .high = rate_b - rate_a + hypot(of_b.high - rate_b, rate_a - of_a.low),
    };
}

double ml_proportion_z_test(const struct ml_proportion *a, const struct ml_proportion *b)
{
    double n_a = (double)a->trials;
    double n_b = (double)b->trials;
    double difference = ml_proportion_rate(b) - ml_proportion_rate(a);
    if (isnan(difference))
        return NAN;
    double pooled = ((double)a->successes + (double)b->successes) / (n_a + n_b);
    double se = sqrt(pooled * (1 - pooled) * (1 / n_a + 1 / n_b));
    return se > 0 ? ml_normal_two_sided(difference / se) : 1;
}

double ml_proportion_least_expected(const struct ml_proportion *a, const struct ml_proportion *b)
{
    double fewer_trials = (double)(a->trials < b->trials ? a->trials : b->trials);
    double trials = (double)a->trials + (double)b->trials;
    double successes = (double)a->successes + (double)b->successes;
    return fewer_trials / trials * fmin(successes, trials - successes);
}

/*
 * Fisher's test ---------------------------------------------------------------------------------
 *
 * With the margins fixed a table is one number, k: a's successes, between low and high. Its
 * probability rises up to the mode and falls from there.
 */
struct margins {
    double n_a;
    double n_b;
    double successes;
    double low;
    double high;
};

static struct margins margins_of(const struct ml_proportion *a, const struct ml_proportion *b)
{
    double n_a = (double)a->trials;
    double n_b = (double)b->trials;
    double successes = (double)a->successes + (double)b->successes;
    return (struct margins){
        .n_a = n_a,
        .n_b = n_b,
        .successes = successes,
        .low = fmax(0, successes - n_b),
        .high = fmin(n_a, successes),
    };
}

/* As three binomials (Loader, section 5), whose rate may be anything: the pooled one is best. */
static double table_prob(const struct margins *m, double k)
{
    double n = m->n_a + m->n_b;
    double failures = n - m->successes;
    double p = m->successes / n;
    double q = failures / n;
    double rest = m->successes - k;
    return ml_binomial_prob(k, m->n_a - k, p, q) * ml_binomial_prob(rest, m->n_b - rest, p, q) /
           ml_binomial_prob(m->successes, failures, p, q);
}

/* prob(k + step) / prob(k), step +1 or -1; 0 past the end. */
static double ratio_to_next(const struct margins *m, double k, int step)
{
    if (step > 0)
        return (m->n_a - k) * (m->successes - k) / ((k + 1) * (m->n_b - m->successes + k + 1));
    return k * (m->n_b - m->successes + k) / ((m->n_a - k + 1) * (m->successes - k + 1));
}

/* Sum of the tables from k on outward, away from the mode. */
static double tail_from(const struct margins *m, double k, int step)
{
    double term = 1;
    double sum = 1;
    for (; k > m->low - 1 && k < m->high + 1 && term > sum * 1e-17; k += step) {
        term *= ratio_to_next(m, k, step);
        sum += term;
    }
    return sum;
}

/* The table nearest to the mode, at the mode or on its far side, that is not more likely than
 * `limit`; past the end when there is none. */
static double far_table(const struct margins *m, double mode, double limit, int step)
{
    double inside = mode - step; /* more likely than limit, or this side of the mode */
    double outside = step > 0 ? m->high + 1 : m->low - 1;
    while (fabs(outside - inside) > 1) {
        double middle = floor((inside + outside) / 2);
        if (table_prob(m, middle) <= limit)
            outside = middle;
        else
            inside = middle;
    }
    return outside;
}

double ml_proportion_fisher_test(const struct ml_proportion *a, const struct ml_proportion *b)
{
    if (a->trials == 0 || b->trials == 0)
        return 1;
    struct margins m = margins_of(a, b);
    double seen = (double)a->successes;
    double mode = floor((m.n_a + 1) * (m.successes + 1) / (m.n_a + m.n_b + 2));
    mode = fmin(fmax(mode, m.low), m.high);
    double prob = table_prob(&m, seen);
    double limit = prob * (1 + 1e-7);
    if (table_prob(&m, mode) <= limit)
        return 1;
    int outward = seen < mode ? -1 : 1;
    double p = prob * tail_from(&m, seen, outward);
    double far = far_table(&m, mode, limit, -outward);
    if (far >= m.low && far <= m.high)
        p += table_prob(&m, far) * tail_from(&m, far, -outward);
    return fmin(1, p);
}
