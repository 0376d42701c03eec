/* What a cross-validation says: as JSON, and as tables. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "model/crossvalidate.h"

/* In the order in which they are shown. */
static const enum ml_metric shown[] = {ML_METRIC_AUC,      ML_METRIC_LOG_LOSS, ML_METRIC_BRIER,
                                       ML_METRIC_ACCURACY, ML_METRIC_F1,       ML_METRIC_RMSE,
                                       ML_METRIC_MAE,      ML_METRIC_R2};

static const double LEAST_GAP = 0.05; /* of the loss: less is not worth a word */

enum { N_SHOWN = sizeof(shown) / sizeof(shown[0]) };

static bool has(const struct ml_crossvalidation *r, enum ml_metric m)
{
    return ml_metric_suits(m, r->n_labels);
}

static const char *key_of(const struct ml_crossvalidation *r, enum ml_metric m)
{
    static const char *const names[ML_N_METRICS] = {
        [ML_METRIC_AUC] = "auc",     [ML_METRIC_LOG_LOSS] = "log_loss",
        [ML_METRIC_BRIER] = "brier", [ML_METRIC_ACCURACY] = "accuracy",
        [ML_METRIC_F1] = "f1",       [ML_METRIC_RMSE] = "rmse",
        [ML_METRIC_MAE] = "mae",     [ML_METRIC_R2] = "r2",
    };
    return m == ML_METRIC_F1 && r->n_labels > 2 ? "macro_f1" : names[m];
}

static void open(struct ml_strbuf *buf, const char *key, char bracket)
{
    if (key != NULL)
        ml_json_add_key(buf, key);
    else
        ml_json_add_comma(buf);
    ml_strbuf_addc(buf, bracket);
}

static void add_figures(const struct ml_crossvalidation *r, const char *key,
                        const struct ml_figures *f, struct ml_strbuf *buf)
{
    open(buf, key, '{');
    ml_json_key_count(buf, "rows", f->n_rows);
    for (size_t i = 0; i < N_SHOWN; i++)
        if (has(r, shown[i]))
            ml_json_key_number(buf, key_of(r, shown[i]), ml_figures_get(f, shown[i]));
    ml_strbuf_addc(buf, '}');
}

static void add_numbers(const struct ml_crossvalidation *r, const char *key, const double *x,
                        struct ml_strbuf *buf)
{
    open(buf, key, '{');
    for (size_t i = 0; i < N_SHOWN; i++)
        if (has(r, shown[i]))
            ml_json_key_number(buf, key_of(r, shown[i]), x[shown[i]]);
    ml_strbuf_addc(buf, '}');
}

static void add_spread(const struct ml_crossvalidation *r, const char *key,
                       const struct ml_spread *s, struct ml_strbuf *buf)
{
    open(buf, key, '{');
    add_numbers(r, "mean", s->mean, buf);
    add_numbers(r, "sd", s->sd, buf);
    ml_strbuf_addc(buf, '}');
}

static void add_folds(const struct ml_crossvalidation *r, struct ml_strbuf *buf)
{
    const struct ml_crossval *c = &r->crossval;
    open(buf, "folds", '[');
    for (size_t f = 0; f < c->n_folds; f++) {
        open(buf, NULL, '{');
        add_figures(r, "left_out", &c->left_out[f], buf);
        add_figures(r, "trained", &c->trained[f], buf);
        ml_strbuf_addc(buf, '}');
    }
    ml_strbuf_addc(buf, ']');
}

static void add_curve(const struct ml_crossvalidation *r, struct ml_strbuf *buf)
{
    open(buf, "learning_curve", '[');
    for (size_t i = 0; i < r->n_curve; i++) {
        open(buf, NULL, '{');
        ml_json_key_number(buf, "percent", r->curve[i].share);
        ml_json_key_number(buf, "rows", r->curve[i].rows);
        add_spread(r, "left_out", &r->curve[i].left_out, buf);
        add_spread(r, "trained", &r->curve[i].trained, buf);
        ml_strbuf_addc(buf, '}');
    }
    ml_strbuf_addc(buf, ']');
    if (r->n_curve < 2)
        return;
    double noise;
    double gain = ml_curve_gain(r, &noise);
    ml_json_key_bool(buf, "more_rows_help", gain > noise);
}

char *ml_crossvalidation_json(const struct ml_crossvalidation *r)
{
    struct ml_strbuf buf = {0};
    ml_strbuf_addc(&buf, '{');
    ml_json_add_key(&buf, "data");
    ml_json_add_bytes(&buf, r->data, strlen(r->data));
    ml_json_key_string(&buf, "algorithm", r->algorithm);
    ml_json_key_count(&buf, "rows", r->n_rows);
    add_spread(r, "left_out", &r->left_out, &buf);
    add_spread(r, "trained", &r->trained, &buf);
    add_folds(r, &buf);
    if (r->curve != NULL)
        add_curve(r, &buf);
    ml_strbuf_adds(&buf, "}\n");
    return ml_strbuf_take(&buf);
}

/* Errors of values may be of any size, the others are about 1. */
static int width_of(const struct ml_crossvalidation *r)
{
    return r->n_labels == 0 ? 11 : 9;
}

static void add_cell(const struct ml_crossvalidation *r, struct ml_strbuf *buf, double x)
{
    if (!isfinite(x))
        ml_strbuf_addf(buf, " %*s", width_of(r), "-");
    else if (r->n_labels == 0)
        ml_strbuf_addf(buf, " %*.5g", width_of(r), x);
    else
        ml_strbuf_addf(buf, " %*.4f", width_of(r), x);
}

static void add_header(const struct ml_crossvalidation *r, const char *first, const char *second,
                       struct ml_strbuf *buf)
{
    ml_strbuf_addf(buf, "%-12s%8s", first, second);
    for (size_t i = 0; i < N_SHOWN; i++)
        if (has(r, shown[i]))
            ml_strbuf_addf(buf, " %*s", width_of(r), key_of(r, shown[i]));
    ml_strbuf_addc(buf, '\n');
}

static void add_line(const struct ml_crossvalidation *r, const char *name, const double *x,
                     struct ml_strbuf *buf)
{
    ml_strbuf_addf(buf, "%-20s", name);
    for (size_t i = 0; i < N_SHOWN; i++)
        if (has(r, shown[i]))
            add_cell(r, buf, x[shown[i]]);
    ml_strbuf_addc(buf, '\n');
}

static const char *loss_name(const struct ml_crossvalidation *r)
{
    return r->n_labels == 0 ? "RMSE" : "log loss";
}

static void tell_gap(const struct ml_crossvalidation *r, struct ml_strbuf *buf)
{
    double gap[ML_N_METRICS];
    for (int m = 0; m < ML_N_METRICS; m++)
        gap[m] = r->left_out.mean[m] - r->trained.mean[m];
    add_line(r, "trained, mean", r->trained.mean, buf);
    add_line(r, "gap", gap, buf);
    enum ml_metric m = ml_crossvalidation_loss(r);
    double noise = 2.0 * r->left_out.sd[m] / sqrt((double)r->crossval.n_folds);
    if (gap[m] > noise && gap[m] > LEAST_GAP * r->left_out.mean[m])
        ml_strbuf_addf(buf,
                       "\nRows that trained have a clearly lower %s: the model follows them "
                       "closely.\nA smaller C, fewer columns or more rows may help.\n",
                       loss_name(r));
    else
        ml_strbuf_adds(buf, "\nRows that trained and rows left out are scored about equally well: "
                            "no sign of\nover-fitting.\n");
}

static void tell_curve(const struct ml_crossvalidation *r, struct ml_strbuf *buf)
{
    ml_strbuf_addc(buf, '\n');
    add_header(r, "learning", "rows", buf);
    for (size_t i = 0; i < r->n_curve; i++) {
        const struct ml_curve_point *p = &r->curve[i];
        char name[48];
        snprintf(name, sizeof(name), "%3g %%  %13.0f", p->share, p->rows);
        add_line(r, name, p->left_out.mean, buf);
        add_line(r, "  trained", p->trained.mean, buf);
    }
    if (r->n_curve < 2)
        return;
    double noise;
    double gain = ml_curve_gain(r, &noise);
    ml_strbuf_addf(
        buf,
        r->n_labels == 0 ? "\nThe last step, to all rows, %s the %s by %.5g (noise: %.5g):\n%s.\n"
                         : "\nThe last step, to all rows, %s the %s by %.4f (noise: %.4f):\n%s.\n",
        gain >= 0.0 ? "lowered" : "raised", loss_name(r), fabs(gain), noise,
        gain > noise ? "more rows would help" : "more rows like these would hardly help");
}

char *ml_crossvalidation_text(const struct ml_crossvalidation *r)
{
    struct ml_strbuf buf = {0};
    add_header(r, "left out", "rows", &buf);
    for (size_t f = 0; f < r->crossval.n_folds; f++) {
        const struct ml_figures *figures = &r->crossval.left_out[f];
        double x[ML_N_METRICS];
        char name[48];
        for (int m = 0; m < ML_N_METRICS; m++)
            x[m] = ml_figures_get(figures, (enum ml_metric)m);
        snprintf(name, sizeof(name), "fold %-4zu %10zu", f + 1, figures->n_rows);
        add_line(r, name, x, &buf);
    }
    add_line(r, "mean", r->left_out.mean, &buf);
    add_line(r, "standard deviation", r->left_out.sd, &buf);
    tell_gap(r, &buf);
    if (r->curve != NULL)
        tell_curve(r, &buf);
    return ml_strbuf_take(&buf);
}
