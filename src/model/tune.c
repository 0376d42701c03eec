#include "model/tune.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/json.h"
#include "eval/moments.h"

static const double linear_c[] = {0x1p-10, 0x1p-8, 0x1p-6, 0x1p-4, 0x1p-2, 1.0, 4.0, 16.0, 64.0};
static const double kernel_c[] = {0.25, 4.0, 64.0};
static const double kernel_gamma[] = {0x1p-8, 0x1p-6, 0x1p-4, 0x1p-2};

/*
 * A solver that starts where the one before ended stops at once when its tolerance, relative to the
 * gradient at 0, is loose: LIBLINEAR's 0.01 gives one answer for all C above some C.
 */
static const double WARM_EPSILON = 1e-4;

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int compare_numbers(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static bool is_rbf(const struct ml_fit_plan *plan)
{
    return plan->learner == &ml_learner_svm && plan->options.kernel == ML_KERNEL_RBF;
}

static bool is_warm(const struct ml_fit_plan *plan)
{
    return plan->learner == &ml_learner_logistic && plan->options.penalty == ML_PENALTY_L2 &&
           !plan->options.dual;
}

/* The grid, as sets of options; to be freed with free. */
static struct ml_learner_options *make_grid(const struct ml_fit_plan *plan,
                                            const struct ml_tune_options *o, double epsilon,
                                            size_t *n)
{
    bool svm = plan->learner == &ml_learner_svm;
    const double *c = o->n_c > 0 ? o->c : svm ? kernel_c : linear_c;
    size_t n_c = o->n_c > 0 ? o->n_c : svm ? COUNT(kernel_c) : COUNT(linear_c);
    bool search_gamma = is_rbf(plan) && plan->options.gamma == 0.0;
    size_t n_gamma = search_gamma ? COUNT(kernel_gamma) : 1;
    double *sorted = ml_xcalloc(n_c, sizeof(*sorted));
    for (size_t i = 0; i < n_c; i++)
        sorted[i] = c[i];
    qsort(sorted, n_c, sizeof(*sorted), compare_numbers);
    struct ml_learner_options *grid = ml_xcalloc(n_c * n_gamma, sizeof(*grid));
    *n = 0;
    for (size_t g = 0; g < n_gamma; g++)
        for (size_t i = 0; i < n_c; i++) {
            grid[*n] = plan->options;
            grid[*n].c = sorted[i];
            grid[*n].epsilon = epsilon;
            if (search_gamma)
                grid[*n].gamma = kernel_gamma[g];
            ++*n;
        }
    free(sorted);
    return grid;
}

static bool summarise(struct ml_tuning *t, const struct ml_crossval *c,
                      const struct ml_learner_options *grid, struct ml_error *err)
{
    for (size_t i = 0; i < t->n_points; i++) {
        struct ml_moments m = {0};
        for (size_t f = 0; f < t->n_folds; f++) {
            double x = ml_figures_get(&c->left_out[i * t->n_folds + f], t->metric);
            if (!isfinite(x))
                return ml_fail(
                    err, ML_EINPUT, "fold %zu has too few rows%s for %s; use fewer folds", f + 1,
                    ml_metric_suits(t->metric, 0) ? "" : " of a class", ml_metric_name(t->metric));
            ml_moments_add(&m, x);
        }
        t->point[i] = (struct ml_tune_point){
            .c = grid[i].c,
            .gamma = grid[i].gamma,
            .mean = m.mean,
            .se = sqrt(ml_moments_variance(&m) / (double)t->n_folds),
        };
    }
    return true;
}

/* Points are in order of C, so that the first of equals has the least. */
static void choose(struct ml_tuning *t)
{
    double sign = ml_metric_is_loss(t->metric) ? -1.0 : 1.0;
    for (size_t i = 1; i < t->n_points; i++)
        if (sign * t->point[i].mean > sign * t->point[t->best].mean)
            t->best = i;
    const struct ml_tune_point *best = &t->point[t->best];
    t->simple = t->best;
    for (size_t i = t->best; i-- > 0 && t->point[i].gamma == best->gamma;)
        if (sign * t->point[i].mean >= sign * best->mean - best->se)
            t->simple = i;
}

static bool check(const struct ml_fit_plan *plan, const struct ml_training *t,
                  const struct ml_tune_options *o, struct ml_error *err)
{
    if (plan->learner == &ml_learner_majority)
        return ml_fail(err, ML_EUNSUPPORTED, "the majority learner has nothing to tune");
    const char *needs = ml_metric_suits(o->metric, 0)   ? "NUMERIC"
                        : ml_metric_suits(o->metric, 3) ? "BINARY or CATEGORICAL"
                                                        : "binary";
    return ml_metric_suits(o->metric, t->n_labels) ||
           ml_fail(err, ML_EUNSUPPORTED,
                   "tuning by %s needs a %s target; for this one there are %s",
                   ml_metric_name(o->metric), needs, ml_metric_names(t->n_labels));
}

bool ml_tune(struct ml_tuning *out, const struct ml_fit_plan *plan, const struct ml_training *t,
             const struct ml_tune_options *o, const struct ml_talk *talk, struct ml_error *err)
{
    if (!check(plan, t, o, err))
        return false;
    struct ml_tuning tuning = {.metric = o->metric, .n_folds = o->n_folds};
    tuning.epsilon = plan->options.epsilon;
    if (tuning.epsilon == 0.0 && is_warm(plan))
        tuning.epsilon = WARM_EPSILON;
    struct ml_learner_options *grid = make_grid(plan, o, tuning.epsilon, &tuning.n_points);
    tuning.point = ml_xcalloc(tuning.n_points, sizeof(*tuning.point));
    struct ml_crossval_options options = ML_CROSSVAL_OPTIONS_INIT;
    options.n_folds = o->n_folds;
    options.seed = plan->options.seed;
    options.threshold = o->threshold;
    struct ml_crossval c = {0};
    bool ok = ml_crossval_run(&c, plan, grid, tuning.n_points, t, t->train_rows, t->n_train,
                              &options, talk, err) &&
              summarise(&tuning, &c, grid, err);
    ml_crossval_release(&c);
    free(grid);
    if (!ok) {
        ml_tuning_release(&tuning);
        return ml_fail_context(err, "tuning");
    }
    choose(&tuning);
    *out = tuning;
    return true;
}

void ml_tuning_release(struct ml_tuning *t)
{
    free(t->point);
    *t = (struct ml_tuning){0};
}

void ml_tuning_apply(const struct ml_tuning *t, struct ml_fit_plan *plan)
{
    plan->options.c = t->point[t->best].c;
    plan->options.gamma = t->point[t->best].gamma;
    plan->options.epsilon = t->epsilon;
}

static void add_parameters(const struct ml_tune_point *p, struct ml_strbuf *buf)
{
    ml_json_key_number(buf, "c", p->c);
    if (p->gamma > 0.0)
        ml_json_key_number(buf, "gamma", p->gamma);
}

void ml_tuning_json(const struct ml_tuning *t, struct ml_strbuf *buf)
{
    ml_strbuf_addc(buf, '{');
    ml_json_key_string(buf, "metric", ml_metric_name(t->metric));
    ml_json_key_count(buf, "folds", t->n_folds);
    ml_json_add_key(buf, "chosen");
    ml_strbuf_addc(buf, '{');
    add_parameters(&t->point[t->best], buf);
    ml_strbuf_addc(buf, '}');
    ml_json_add_key(buf, "one_standard_error");
    ml_strbuf_addc(buf, '{');
    add_parameters(&t->point[t->simple], buf);
    ml_strbuf_addc(buf, '}');
    ml_json_add_key(buf, "grid");
    ml_strbuf_addc(buf, '[');
    for (size_t i = 0; i < t->n_points; i++) {
        ml_json_add_comma(buf);
        ml_strbuf_addc(buf, '{');
        add_parameters(&t->point[i], buf);
        ml_json_key_number(buf, "mean", t->point[i].mean);
        ml_json_key_number(buf, "standard_error", t->point[i].se);
        ml_strbuf_addc(buf, '}');
    }
    ml_strbuf_adds(buf, "]}");
}

static void add_point(const struct ml_tune_point *p, struct ml_strbuf *line)
{
    ml_strbuf_addf(line, "C %-10.4g", p->c);
    if (p->gamma > 0.0)
        ml_strbuf_addf(line, " gamma %-10.4g", p->gamma);
}

void ml_tuning_tell(const struct ml_tuning *t, const struct ml_talk *talk)
{
    if (talk->note == NULL)
        return;
    struct ml_strbuf line = {0};
    ml_strbuf_addf(&line, "tuning by %s, mean of %zu folds ± its standard error:",
                   ml_metric_name(t->metric), t->n_folds);
    talk->note(talk->ctx, line.bytes);
    for (size_t i = 0; i < t->n_points; i++) {
        const struct ml_tune_point *p = &t->point[i];
        ml_strbuf_clear(&line);
        ml_strbuf_addf(&line, "%c ", i == t->best ? '*' : ' ');
        add_point(p, &line);
        ml_strbuf_addf(&line, " %.5f ± %.5f%s", p->mean, p->se,
                       i == t->best                     ? "  chosen"
                       : i == t->simple && i != t->best ? "  within one standard error"
                                                        : "");
        talk->note(talk->ctx, line.bytes);
    }
    ml_strbuf_release(&line);
}
