#include "eval/alerts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "eval/goodness.h"
#include "eval/special.h"
#include "eval/text_cell.h"

enum { MAX_NAMES = 3, QUOTED_BYTES = 40 };
static const double least_share_of_training = 0.1;
static const double class_alpha = 0.001;
static const double class_distance = 0.02;
static const double least_expected = 5;
static const double mean_errors = 4;
static const double mean_deviations = 0.1;

static char *add_alert(struct ml_alerts *alerts, enum ml_alert_code code)
{
    struct ml_alert *alert = &alerts->items[alerts->n++];
    *alert = (struct ml_alert){.code = code};
    return alert->message;
}

static const size_t message_bytes = sizeof(((struct ml_alert *)NULL)->message);

/* Rows ------------------------------------------------------------------------------------------
 */

static void find_few_rows(struct ml_alerts *alerts, const struct ml_eval_facts *facts)
{
    double share = (double)facts->rows / (double)facts->training_rows;
    if (facts->training_rows == 0 || share >= least_share_of_training)
        return;
    snprintf(add_alert(alerts, ML_ALERT_FEW_ROWS), message_bytes,
             "%zu evaluated rows are %.3g %% of the %zu training rows: below %g %% figures are "
             "uncertain",
             facts->rows, 100 * share, facts->training_rows, 100 * least_share_of_training);
}

static void find_invalid_rows(struct ml_alerts *alerts, const struct ml_eval_facts *facts)
{
    if (facts->invalid_rows == 0)
        return;
    snprintf(add_alert(alerts, ML_ALERT_INVALID_ROWS), message_bytes,
             "%zu of %zu rows are invalid and were not evaluated", facts->invalid_rows,
             facts->invalid_rows + facts->rows);
}

/* Schema ----------------------------------------------------------------------------------------
 */

/* "missing 'a', 'b', 'c' and 4 more" */
static void add_names(struct ml_strbuf *text, const char *what, const char *const *names, size_t n)
{
    char quoted[QUOTED_BYTES];
    if (n == 0)
        return;
    ml_strbuf_addf(text, "%s%s", text->length > 0 ? "; " : "columns ", what);
    for (size_t i = 0; i < n && i < MAX_NAMES; i++)
        ml_strbuf_addf(text, "%s'%s'", i > 0 ? ", " : " ",
                       ml_quote(quoted, sizeof(quoted), names[i], strlen(names[i])));
    if (n > MAX_NAMES)
        ml_strbuf_addf(text, " and %zu more", n - MAX_NAMES);
}

static void find_schema(struct ml_alerts *alerts, const struct ml_eval_facts *facts)
{
    struct ml_strbuf text = {0};
    add_names(&text, "missing:", facts->missing, facts->n_missing);
    add_names(&text, "not known to the model:", facts->extra, facts->n_extra);
    if (text.length > 0)
        snprintf(add_alert(alerts, ML_ALERT_SCHEMA), message_bytes, "%s", text.bytes);
    ml_strbuf_release(&text);
}

/* Classes ---------------------------------------------------------------------------------------
 */

struct spread {
    double weight; /* of all training shares */
    double rows;   /* evaluated */
};

static struct spread spread_of(const struct ml_eval_facts *facts)
{
    struct spread spread = {0};
    for (size_t c = 0; c < facts->n_classes; c++) {
        spread.weight += facts->training_shares[c];
        spread.rows += (double)facts->class_counts[c];
    }
    return spread;
}

/* The evaluated rows' share of a class minus the training rows'. */
static double shift_of(const struct ml_eval_facts *facts, const struct spread *spread, size_t c)
{
    return (double)facts->class_counts[c] / spread->rows -
           facts->training_shares[c] / spread->weight;
}

/* Makes rare classes one, the first of them; returns its index, n when no class is rare. */
static size_t pool_rare(uint64_t *counts, double *weights, size_t n, double rare)
{
    size_t pool = n;
    for (size_t c = 0; c < n; c++) {
        if (weights[c] >= rare)
            continue;
        if (pool == n) {
            pool = c;
            continue;
        }
        counts[pool] += counts[c];
        weights[pool] += weights[c];
        counts[c] = 0;
        weights[c] = 0;
    }
    return pool;
}

/* P(X >= count) of a binomial: few are expected, so that only too many can be beyond chance. */
static double p_of_many(uint64_t count, double rows, double share)
{
    return count > 0 ? ml_beta_cdf((double)count, rows - (double)count + 1, share) : 1;
}

static double p_of_counts(const struct ml_eval_facts *facts, const struct spread *spread)
{
    size_t n = facts->n_classes;
    double rare = least_expected * spread->weight / spread->rows;
    double p_pool = 1;
    uint64_t *counts = ml_xcalloc(n, sizeof(*counts));
    double *weights = ml_xcalloc(n, sizeof(*weights));
    memcpy(counts, facts->class_counts, n * sizeof(*counts));
    memcpy(weights, facts->training_shares, n * sizeof(*weights));
    size_t pool = pool_rare(counts, weights, n, rare);
    if (pool < n && weights[pool] < rare) {
        p_pool = p_of_many(counts[pool], spread->rows, weights[pool] / spread->weight);
        weights[pool] = 0; /* left out of what follows */
    }
    double p = fmin(p_pool, ml_sample_ratio_test(counts, weights, n, class_alpha).p);
    free(counts);
    free(weights);
    return p;
}

static void find_classes(struct ml_alerts *alerts, const struct ml_eval_facts *facts)
{
    struct spread spread = spread_of(facts);
    if (!(spread.rows > 0 && spread.weight > 0))
        return;
    double distance = 0;
    size_t farthest = 0;
    for (size_t c = 0; c < facts->n_classes; c++) {
        distance += fabs(shift_of(facts, &spread, c)) / 2;
        if (fabs(shift_of(facts, &spread, c)) > fabs(shift_of(facts, &spread, farthest)))
            farthest = c;
    }
    if (!(distance > class_distance && p_of_counts(facts, &spread) < class_alpha))
        return;
    char quoted[QUOTED_BYTES];
    const char *label = facts->labels[farthest];
    double share = facts->training_shares[farthest] / spread.weight;
    snprintf(add_alert(alerts, ML_ALERT_TARGET_DISTRIBUTION), message_bytes,
             "the target is distributed otherwise than in training: '%s' is %.3g %% of the rows, "
             "there %.3g %%",
             ml_quote(quoted, sizeof(quoted), label, strlen(label)),
             100 * (share + shift_of(facts, &spread, farthest)), 100 * share);
}

/* Numbers ---------------------------------------------------------------------------------------
 */

static void find_numbers(struct ml_alerts *alerts, const struct ml_eval_facts *facts)
{
    const struct ml_moments *then = &facts->training_target;
    const struct ml_moments *now = &facts->target;
    double distance = fabs(now->mean - then->mean);
    double deviation = sqrt(ml_moments_variance(then));
    double error = sqrt(ml_moments_variance(then) / (double)then->n +
                        ml_moments_variance(now) / (double)now->n);
    if (!(distance > mean_errors * error && distance > mean_deviations * deviation))
        return; /* also when a spread is NaN, for fewer than two rows */
    snprintf(add_alert(alerts, ML_ALERT_TARGET_DISTRIBUTION), message_bytes,
             "the target is distributed otherwise than in training: its mean is %.6g, there %.6g "
             "with a standard deviation of %.6g",
             now->mean, then->mean, deviation);
}

void ml_alerts_find(struct ml_alerts *out, const struct ml_eval_facts *facts)
{
    *out = (struct ml_alerts){.n = 0};
    if (facts->is_training_data && !facts->is_held_out)
        snprintf(
            add_alert(out, ML_ALERT_TRAINING_DATA), message_bytes,
            "training rows are among the evaluated rows: on new rows the model is likely worse");
    find_few_rows(out, facts);
    find_schema(out, facts);
    find_invalid_rows(out, facts);
    if (facts->n_classes > 0)
        find_classes(out, facts);
    else
        find_numbers(out, facts);
}

/* Reports ---------------------------------------------------------------------------------------
 */

const char *ml_alert_name(enum ml_alert_code code)
{
    static const char *const names[ML_ALERT_CODES] = {
        [ML_ALERT_TRAINING_DATA] = "evaluated_on_training_data",
        [ML_ALERT_FEW_ROWS] = "few_evaluation_rows",
        [ML_ALERT_SCHEMA] = "schema_differs",
        [ML_ALERT_INVALID_ROWS] = "invalid_rows",
        [ML_ALERT_TARGET_DISTRIBUTION] = "target_distribution_differs",
    };
    return names[code];
}

void ml_alerts_json(struct ml_strbuf *buf, const struct ml_alerts *alerts)
{
    ml_json_add_key(buf, "alerts");
    ml_strbuf_addc(buf, '[');
    for (size_t i = 0; i < alerts->n; i++) {
        ml_json_add_comma(buf);
        ml_strbuf_addc(buf, '{');
        ml_json_key_string(buf, "code", ml_alert_name(alerts->items[i].code));
        ml_json_key_string(buf, "message", alerts->items[i].message);
        ml_strbuf_addc(buf, '}');
    }
    ml_strbuf_addc(buf, ']');
}

void ml_alerts_text(struct ml_strbuf *buf, const struct ml_alerts *alerts)
{
    for (size_t i = 0; i < alerts->n; i++) {
        struct ml_strbuf line = {0};
        ml_strbuf_addf(&line, "alert: %s", alerts->items[i].message);
        ml_text_add_wrapped(buf, line.bytes);
        ml_strbuf_release(&line);
    }
}
