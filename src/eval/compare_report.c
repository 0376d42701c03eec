#include <math.h>
#include <stdio.h>

#include "base/json.h"
#include "eval/compare.h"
#include "eval/text_cell.h"

enum {
    NAME_WIDTH = 16, /* of a figure */
    FIGURE_WIDTH = 12,
    BOUND_WIDTH = 10,
    P_WIDTH = 8,
    CELL_BYTES = 400, /* any double with four decimals */
};

/* JSON ------------------------------------------------------------------------------------------
 */

static void open_object(struct ml_strbuf *buf, const char *name)
{
    ml_json_add_key(buf, name);
    ml_strbuf_addc(buf, '{');
}

static void add_paired(struct ml_strbuf *buf, const char *name, const struct ml_paired *figure)
{
    open_object(buf, name);
    ml_json_key_number(buf, "a", figure->a);
    ml_json_key_number(buf, "b", figure->b);
    ml_json_key_number(buf, "difference", figure->difference);
    ml_json_key_number(buf, "low", figure->interval.low);
    ml_json_key_number(buf, "high", figure->interval.high);
    ml_json_key_number(buf, "z", figure->z);
    ml_json_key_number(buf, "p", figure->p);
    ml_strbuf_addc(buf, '}');
}

static void add_accuracy(struct ml_strbuf *buf, const struct ml_compare_result *r)
{
    open_object(buf, "accuracy");
    if (r->kind == ML_COMPARE_BINARY) {
        ml_json_key_number(buf, "threshold_a", r->threshold_a);
        ml_json_key_number(buf, "threshold_b", r->threshold_b);
    }
    ml_json_key_number(buf, "a", r->accuracy_a);
    ml_json_key_number(buf, "b", r->accuracy_b);
    ml_json_key_count(buf, "only_a", r->accuracy.only_a);
    ml_json_key_count(buf, "only_b", r->accuracy.only_b);
    ml_json_key_number(buf, "p", r->accuracy.p);
    ml_strbuf_addc(buf, '}');
}

static void add_rmse(struct ml_strbuf *buf, const struct ml_compare_result *r)
{
    open_object(buf, "rmse");
    ml_json_key_number(buf, "a", r->rmse_a);
    ml_json_key_number(buf, "b", r->rmse_b);
    ml_strbuf_addc(buf, '}');
}

static void add_verdict(struct ml_strbuf *buf, const struct ml_compare_result *r,
                        const char *name_a, const char *name_b)
{
    struct ml_strbuf text = {0};
    ml_compare_verdict_text(&text, r, name_a, name_b);
    open_object(buf, "verdict");
    ml_json_key_string(buf, "code", ml_compare_verdict_name(r->verdict));
    ml_json_key_string(buf, "use", r->verdict == ML_COMPARE_PROMOTE ? name_b : name_a);
    ml_json_key_string(buf, "text", text.bytes);
    ml_strbuf_addc(buf, '}');
    ml_strbuf_release(&text);
}

void ml_compare_json(struct ml_strbuf *buf, const struct ml_compare_result *result,
                     const char *name_a, const char *name_b)
{
    static const char *const kinds[] = {
        [ML_COMPARE_BINARY] = "binary",
        [ML_COMPARE_MULTICLASS] = "multiclass",
        [ML_COMPARE_REGRESSION] = "regression",
    };
    ml_json_key_string(buf, "kind", kinds[result->kind]);
    ml_json_key_count(buf, "rows", result->n);
    ml_json_key_string(buf, "a", name_a);
    ml_json_key_string(buf, "b", name_b);
    if (result->kind == ML_COMPARE_REGRESSION) {
        add_paired(buf, "mean_squared_error", &result->mse);
        add_rmse(buf, result);
    } else {
        if (result->kind == ML_COMPARE_BINARY)
            add_paired(buf, "auc", &result->auc);
        add_paired(buf, "log_loss", &result->log_loss);
        if (result->kind == ML_COMPARE_BINARY)
            add_paired(buf, "brier", &result->brier);
        add_accuracy(buf, result);
    }
    add_verdict(buf, result, name_a, name_b);
}

/* Text ------------------------------------------------------------------------------------------
 */

/* Four decimals, six where four show nothing, three digits where six do not; "-" for NaN. */
static void add_cell(struct ml_strbuf *buf, double x, int width, bool with_sign)
{
    char cell[CELL_BYTES] = "-";
    double size = fabs(x);
    bool fits = size < 1e4 && (size >= 1e-5 || size <= 0);
    int decimals = size >= 1e-3 || size <= 0 ? 4 : 6;
    if (!isnan(x) && fits)
        snprintf(cell, sizeof(cell), with_sign ? "%+.*f" : "%.*f", decimals, x);
    else if (!isnan(x))
        snprintf(cell, sizeof(cell), with_sign ? "%+.2e" : "%.2e", x);
    ml_strbuf_addf(buf, "%*s", width, cell);
}

static void add_p(struct ml_strbuf *buf, double p)
{
    if (isnan(p))
        ml_strbuf_addf(buf, "%*s\n", P_WIDTH, "-");
    else if (p < 1e-4)
        ml_strbuf_addf(buf, "%*s\n", P_WIDTH, "<0.0001");
    else
        ml_strbuf_addf(buf, "%*.4f\n", P_WIDTH, p);
}

static void add_pair(struct ml_strbuf *buf, const char *name, double a, double b, double difference)
{
    ml_strbuf_addf(buf, "%-*s", NAME_WIDTH, name);
    add_cell(buf, a, FIGURE_WIDTH, false);
    add_cell(buf, b, FIGURE_WIDTH, false);
    add_cell(buf, difference, FIGURE_WIDTH, true);
}

static void add_line(struct ml_strbuf *buf, const char *name, const struct ml_paired *figure)
{
    add_pair(buf, name, figure->a, figure->b, figure->difference);
    add_cell(buf, figure->interval.low, BOUND_WIDTH, true);
    add_cell(buf, figure->interval.high, BOUND_WIDTH, true);
    add_p(buf, figure->p);
}

static void add_accuracy_line(struct ml_strbuf *buf, const struct ml_compare_result *r)
{
    if (r->kind == ML_COMPARE_BINARY) {
        ml_strbuf_addf(buf, "%-*s", NAME_WIDTH, "threshold");
        add_cell(buf, r->threshold_a, FIGURE_WIDTH, false);
        add_cell(buf, r->threshold_b, FIGURE_WIDTH, false);
        ml_strbuf_addc(buf, '\n');
    }
    add_pair(buf, "accuracy", r->accuracy_a, r->accuracy_b, r->accuracy_b - r->accuracy_a);
    ml_strbuf_addf(buf, "%*s", 2 * BOUND_WIDTH, "");
    add_p(buf, r->accuracy.p);
    ml_strbuf_addf(buf, "right by one alone%*zu%*zu\n",
                   NAME_WIDTH + FIGURE_WIDTH - (int)sizeof("right by one alone") + 1,
                   r->accuracy.only_a, FIGURE_WIDTH, r->accuracy.only_b);
}

static void add_heading(struct ml_strbuf *buf, const struct ml_compare_result *r,
                        const char *name_a, const char *name_b)
{
    ml_strbuf_addf(buf, "rows  %zu\na     ", r->n);
    ml_text_add(buf, name_a, ML_TEXT_COLUMNS - 6);
    ml_strbuf_adds(buf, "\nb     ");
    ml_text_add(buf, name_b, ML_TEXT_COLUMNS - 6);
    ml_strbuf_addf(buf, "\n\n%*s%*s%*s%*s%*s%*s\n", NAME_WIDTH + FIGURE_WIDTH, "a", FIGURE_WIDTH,
                   "b", FIGURE_WIDTH, "b - a", BOUND_WIDTH, "low", BOUND_WIDTH, "high", P_WIDTH,
                   "p");
}

void ml_compare_text(struct ml_strbuf *buf, const struct ml_compare_result *result,
                     const char *name_a, const char *name_b)
{
    struct ml_strbuf verdict = {0};
    add_heading(buf, result, name_a, name_b);
    if (result->kind == ML_COMPARE_REGRESSION) {
        add_line(buf, "mean sq. error", &result->mse);
        add_pair(buf, "rmse", result->rmse_a, result->rmse_b, result->rmse_b - result->rmse_a);
        ml_strbuf_addc(buf, '\n');
    } else {
        if (result->kind == ML_COMPARE_BINARY)
            add_line(buf, "auc", &result->auc);
        add_line(buf, "log-loss", &result->log_loss);
        if (result->kind == ML_COMPARE_BINARY)
            add_line(buf, "brier score", &result->brier);
        add_accuracy_line(buf, result);
    }
    ml_strbuf_adds(buf, "low, high: 95 % interval of the difference\n\n");
    ml_compare_verdict_text(&verdict, result, name_a, name_b);
    ml_text_add_wrapped(buf, verdict.bytes);
    ml_strbuf_release(&verdict);
}
