#include "eval/compare.h"

#include <math.h>

#include "eval/text_cell.h"

enum { NAME_WIDTH = 40 };

const char *ml_compare_verdict_name(enum ml_compare_verdict verdict)
{
    static const char *const names[] = {
        [ML_COMPARE_NO_DIFFERENCE] = "no_difference",
        [ML_COMPARE_PROMOTE] = "promote",
        [ML_COMPARE_KEEP] = "keep",
        [ML_COMPARE_DISAGREE] = "disagree",
    };
    return names[verdict];
}

static void add_name(struct ml_strbuf *buf, const char *name)
{
    ml_text_add(buf, name, NAME_WIDTH);
}

/* "12,345 rows" */
static void add_rows(struct ml_strbuf *buf, size_t n)
{
    size_t unit = 1;
    while (n / unit >= 1000)
        unit *= 1000;
    ml_strbuf_addf(buf, "%zu", n / unit);
    for (; unit > 1; unit /= 1000)
        ml_strbuf_addf(buf, ",%03zu", n % unit / (unit / 1000));
    ml_strbuf_adds(buf, n == 1 ? " row" : " rows");
}

/* Four decimals, or as many as show two digits of the difference. */
static int decimals_for(double difference)
{
    double size = fabs(difference);
    return size > 0 ? (int)fmin(12, fmax(4, 1 - floor(log10(size)))) : 4;
}

/* "higher by 0.0031 (95 % interval 0.0012 to 0.0050)", whichever way it is. */
static void add_gap(struct ml_strbuf *buf, const struct ml_paired *figure)
{
    double difference = figure->difference;
    int decimals = decimals_for(difference);
    double low = difference < 0 ? -figure->interval.high : figure->interval.low;
    double high = difference < 0 ? -figure->interval.low : figure->interval.high;
    ml_strbuf_addf(buf, "%s by %.*f (95 %% interval %.*f to %.*f)",
                   difference < 0 ? "lower" : "higher", decimals, fabs(difference), decimals, low,
                   decimals, high);
}

static bool is_clear(const struct ml_paired *figure)
{
    return figure->interval.low > 0 || figure->interval.high < 0;
}

/* "its AUC is " where the sentence is about b, else "the AUC of b is ". */
static void add_subject(struct ml_strbuf *buf, const char *figure, bool is_named, const char *name)
{
    if (is_named) {
        ml_strbuf_addf(buf, "its %s is ", figure);
        return;
    }
    ml_strbuf_addf(buf, "the %s of ", figure);
    add_name(buf, name);
    ml_strbuf_adds(buf, " is ");
}

static void add_binary_reasons(struct ml_strbuf *buf, const struct ml_compare_result *r,
                               bool is_named, const char *name)
{
    bool has_auc = is_clear(&r->auc);
    bool has_loss = is_clear(&r->log_loss);
    if (has_auc) {
        add_subject(buf, "AUC", is_named, name);
        add_gap(buf, &r->auc);
    }
    if (has_auc && has_loss)
        ml_strbuf_adds(buf, " and ");
    if (has_loss) {
        add_subject(buf, "log-loss", is_named || has_auc, name);
        add_gap(buf, &r->log_loss);
    }
    if (has_auc && has_loss)
        return;
    ml_strbuf_addf(buf, "; in %s these ", has_auc ? "log-loss" : "AUC");
    add_rows(buf, r->n);
    ml_strbuf_adds(buf, " show no difference");
}

/* In the square of the target's unit, so any size. */
static void add_regression_gap(struct ml_strbuf *buf, const struct ml_compare_result *r)
{
    const struct ml_paired *mse = &r->mse;
    double low = fmin(fabs(mse->interval.low), fabs(mse->interval.high));
    double high = fmax(fabs(mse->interval.low), fabs(mse->interval.high));
    ml_strbuf_addf(buf, "%s by %.4g (95 %% interval %.4g to %.4g; RMSE %.6g instead of %.6g)",
                   mse->difference < 0 ? "lower" : "higher", fabs(mse->difference), low, high,
                   r->rmse_b, r->rmse_a);
}

static void add_reasons(struct ml_strbuf *buf, const struct ml_compare_result *r, bool is_named,
                        const char *name)
{
    switch (r->kind) {
    case ML_COMPARE_BINARY:
        add_binary_reasons(buf, r, is_named, name);
        break;
    case ML_COMPARE_MULTICLASS:
        add_subject(buf, "log-loss", is_named, name);
        add_gap(buf, &r->log_loss);
        break;
    case ML_COMPARE_REGRESSION:
        add_subject(buf, "mean squared error", is_named, name);
        add_regression_gap(buf, r);
        break;
    }
}

static void add_disagreement(struct ml_strbuf *buf, const struct ml_compare_result *r,
                             const char *name_b)
{
    bool ranks_better = r->auc.difference > 0;
    ml_strbuf_adds(buf, "AUC and log-loss disagree: ");
    add_name(buf, name_b);
    ml_strbuf_addf(buf, " ranks %s (its AUC is ", ranks_better ? "better" : "worse");
    add_gap(buf, &r->auc);
    ml_strbuf_addf(buf, ") but its probabilities are %s (its log-loss is ",
                   ranks_better ? "worse" : "better");
    add_gap(buf, &r->log_loss);
    ml_strbuf_adds(buf, ranks_better ? "); calibrate it and compare again" : ")");
}

void ml_compare_verdict_text(struct ml_strbuf *buf, const struct ml_compare_result *result,
                             const char *name_a, const char *name_b)
{
    bool promote = result->verdict == ML_COMPARE_PROMOTE;
    if (result->verdict == ML_COMPARE_NO_DIFFERENCE) {
        ml_strbuf_adds(buf, "no difference that these ");
        add_rows(buf, result->n);
        ml_strbuf_adds(
            buf, result->kind == ML_COMPARE_BINARY       ? " can show in AUC and log-loss: keep "
                 : result->kind == ML_COMPARE_MULTICLASS ? " can show in log-loss: keep "
                                                         : " can show in squared error: keep ");
        add_name(buf, name_a);
        return;
    }
    ml_strbuf_adds(buf, promote ? "promote " : "keep ");
    add_name(buf, promote ? name_b : name_a);
    ml_strbuf_adds(buf, ": ");
    if (result->verdict == ML_COMPARE_DISAGREE) {
        add_disagreement(buf, result, name_b);
        return;
    }
    add_reasons(buf, result, promote, name_b);
}
