#include "model/search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "eval/prob.h"
#include "model/crosses.h"
#include "model/crossval.h"
#include "model/model.h"
#include "model/residuals.h"

enum {
    MIN_SEARCH_ROWS = 100, /* fewer say nothing */
    MAX_SEARCH_ROWS = 100000,
    MAX_SCORES = 300000, /* rows times labels: beyond it fewer rows, but not below … */
    MANY_ROWS = 10000,
    MAX_TRIALS = 32,
    MAX_CROSSES = 40,
};

/* Ridge's own tolerance is for six digits of its weights; losses to compare need fewer. */
static const double SEARCH_EPSILON = 1e-5;

/* How much is tried. */
struct scope {
    size_t n_folds;
    size_t crosses[4];       /* how many are added; ends with 0 */
    double cross_c[4];       /* of classes; ends with 0 */
    double value_cross_c[4]; /* of values: the loss of a row curves more (see below) */
    double budget;           /* of looks at rows, for the screen */
};

static const struct scope scopes[] = {
    [ML_EFFORT_DEFAULT] = {3, {10}, {0.1}, {0.1}, 4e8},
    [ML_EFFORT_HIGH] = {5, {10, 20, MAX_CROSSES}, {0.1, 0.05, 0.03}, {0.3, 0.1, 0.03}, 4e9},
};

/*
 * C of the bases. A level that n rows have gets about n / (n + 1 / (C h)) of the weight that they
 * alone would give it; h, the curvature of a row's loss, is below 1/4 for log-loss, and 2 for the
 * squared error of a standardised value.
 */
static const double class_base_c[] = {0.3, 0.1};
static const double value_base_c[] = {1.0, 0.03};

/* One recipe and C, and what came of them out of fold. */
struct trial {
    size_t bins[2];
    size_t n_bins;
    size_t n_crosses; /* the first of the search's */
    double c;
    double mean;   /* of the losses */
    double *loss;  /* owned; a row: its weight times log-loss, or times the squared error in
                      variances of the target; 0 where it cannot be scored */
    double *score; /* owned; rows x scores */
};

struct searcher {
    const struct ml_fit_plan *plan;
    const struct ml_training *training;
    const struct scope *scope;
    const struct ml_talk *talk;
    size_t *rows; /* owned; numbers of data set rows */
    size_t n;
    double *weight;      /* owned; n: what a row's loss counts, 1 on average */
    unsigned char *fold; /* owned; n */
    bool *scorable;      /* owned; n */
    struct ml_crosses crosses;
    struct trial trials[MAX_TRIALS];
    size_t n_trials;
};

/* All training rows, or a part of them that only the seed decides on. */
static void take_rows(struct searcher *s)
{
    const struct ml_training *t = s->training;
    double most = t->n_labels > 2 ? MAX_SCORES / (double)t->n_labels : MAX_SEARCH_ROWS;
    double share = fmin(fmax(most, MANY_ROWS), MAX_SEARCH_ROWS) / (double)t->n_train;
    s->rows = ml_xcalloc(t->n_train, sizeof(*s->rows));
    for (size_t i = 0; i < t->n_train; i++) {
        double u = (double)(ml_mix64(s->plan->options.seed + 1, i) >> 11) * 0x1p-53;
        if (u < share)
            s->rows[s->n++] = t->train_rows[i];
    }
}

static bool is_regression(const struct searcher *s)
{
    return s->training->problem == ML_REGRESSION_PROBLEM;
}

/* What the solver weighs rows by is what their losses count. */
static void weigh_rows(struct searcher *s)
{
    const struct ml_training *t = s->training;
    const double *of_class = s->plan->options.class_weight;
    double sum = 0.0;
    s->weight = ml_xcalloc(s->n, sizeof(*s->weight));
    for (size_t i = 0; i < s->n; i++) {
        size_t row = s->rows[i];
        s->weight[i] = (t->weight != NULL ? t->weight[row] : 1.0) *
                       (of_class != NULL ? of_class[t->label[row]] : 1.0);
        sum += s->weight[i];
    }
    for (size_t i = 0; sum > 0.0 && i < s->n; i++)
        s->weight[i] *= (double)s->n / sum;
}

static void write_recipe(const struct searcher *s, const struct trial *t, struct ml_strbuf *text)
{
    struct ml_suggestion suggestion = {
        .n_bins = t->n_bins,
        .crosses = (const char *const *)s->crosses.expression,
        .n_crosses = t->n_crosses,
    };
    memcpy(suggestion.bins, t->bins, sizeof(t->bins));
    ml_recipe_suggest(s->training->data.schema, &suggestion, text);
}

/* Of the i-th row, before its weight. */
static double loss_of(const struct searcher *s, size_t i, const double *score)
{
    const struct ml_training *t = s->training;
    if (!is_regression(s))
        return ml_prob_log_loss(score[t->label[s->rows[i]]]);
    double miss = (t->target[s->rows[i]] - score[0]) / t->summary.deviation;
    return miss * miss;
}

static void take_scores(struct searcher *s, struct trial *t, struct ml_crossval *c)
{
    size_t width = ml_n_scores(s->training->problem, s->training->n_labels);
    double sum = 0.0;
    t->loss = ml_xcalloc(s->n, sizeof(*t->loss));
    for (size_t i = 0; i < s->n; i++) {
        if (!c->scorable[i])
            continue;
        t->loss[i] = s->weight[i] * loss_of(s, i, c->score + i * width);
        t->mean += t->loss[i];
        sum += s->weight[i];
    }
    t->mean = sum > 0.0 ? t->mean / sum : 0.0;
    t->score = c->score;
    c->score = NULL;
    if (s->fold == NULL) {
        s->fold = c->fold;
        s->scorable = c->scorable;
        c->fold = NULL;
        c->scorable = NULL;
    }
}

static bool try(struct searcher *s, const struct trial *what, struct ml_error *err)
{
    struct ml_strbuf text = {0};
    struct ml_recipe *recipe = NULL;
    struct ml_crossval c = {0};
    struct trial t = *what;
    write_recipe(s, &t, &text);
    bool ok = ml_recipe_parse(&recipe, text.bytes, text.length, s->training->data.schema,
                              "suggested recipe", err);
    if (ok) {
        struct ml_fit_plan plan = *s->plan;
        plan.recipe = recipe;
        plan.options.c = t.c;
        if (is_regression(s) && plan.options.epsilon == 0.0)
            plan.options.epsilon = SEARCH_EPSILON;
        struct ml_crossval_options o = ML_CROSSVAL_OPTIONS_INIT;
        o.n_folds = s->scope->n_folds;
        o.seed = plan.options.seed;
        o.with_scores = true;
        ok = ml_crossval_run(&c, &plan, &plan.options, 1, s->training, s->rows, s->n, &o, s->talk,
                             err);
    }
    if (ok) {
        take_scores(s, &t, &c);
        s->trials[s->n_trials++] = t;
    }
    ml_crossval_release(&c);
    ml_recipe_free(recipe);
    ml_strbuf_release(&text);
    return ok;
}

/* Whether a's losses are lower than b's by k standard errors of their paired difference. */
static bool is_better(const struct searcher *s, const struct trial *a, const struct trial *b,
                      double k)
{
    double n = (double)s->n;
    double mean = 0.0;
    double squares = 0.0;
    for (size_t i = 0; i < s->n; i++)
        mean += (b->loss[i] - a->loss[i]) / n;
    for (size_t i = 0; i < s->n; i++) {
        double d = b->loss[i] - a->loss[i] - mean;
        squares += d * d / n;
    }
    return mean > k * sqrt(squares / n);
}

/* The trial with the least loss among [from, n_trials). */
static const struct trial *best_of(const struct searcher *s, size_t from)
{
    const struct trial *best = &s->trials[from];
    for (size_t i = from + 1; i < s->n_trials; i++)
        if (s->trials[i].mean < best->mean)
            best = &s->trials[i];
    return best;
}

static bool try_bases(struct searcher *s, size_t plain_bins, struct ml_error *err)
{
    const double *values_of_c = is_regression(s) ? value_base_c : class_base_c;
    double fixed = s->plan->options.c;
    struct trial plain = {.bins = {plain_bins}, .n_bins = 1, .c = fixed > 0.0 ? fixed : 1.0};
    if (!try(s, &plain, err))
        return false;
    for (size_t n_bins = 1; n_bins <= 2; n_bins++)
        for (size_t i = 0; i < (fixed > 0.0 ? 1 : 2); i++) {
            struct trial t = {.bins = {10, 50}, .n_bins = n_bins};
            t.c = fixed > 0.0 ? fixed : values_of_c[i];
            if (!try(s, &t, err))
                return false;
        }
    return true;
}

static bool find_crosses(struct searcher *s, const struct trial *base, struct ml_error *err)
{
    struct ml_residuals r;
    ml_residuals_make(&r, s->training, s->rows, s->n, base->score, s->scorable, s->weight);
    struct ml_screen screen = {
        .n_rows = s->n,
        .n_folds = s->scope->n_folds,
        .fold = s->fold,
        .n_outputs = r.n_outputs,
        .residual = r.residual,
        .curvature = r.curvature,
    };
    bool ok = ml_crosses_find(&s->crosses, s->training, &screen, s->rows, MAX_CROSSES,
                              s->scope->budget, err);
    ml_residuals_release(&r);
    return ok;
}

static bool try_crosses(struct searcher *s, const struct trial *base, struct ml_error *err)
{
    const struct scope *scope = s->scope;
    const double *values_of_c = is_regression(s) ? scope->value_cross_c : scope->cross_c;
    size_t tried = 0;
    for (size_t m = 0; m < 4 && scope->crosses[m] > 0; m++) {
        size_t n = scope->crosses[m] < s->crosses.n ? scope->crosses[m] : s->crosses.n;
        for (size_t i = 0; n > tried && i < 4 && values_of_c[i] > 0.0; i++) {
            struct trial t = *base;
            t.n_crosses = n;
            t.loss = t.score = NULL;
            t.mean = 0.0;
            t.c = s->plan->options.c > 0.0 ? s->plan->options.c : values_of_c[i];
            if (!try(s, &t, err))
                return false;
            if (s->plan->options.c > 0.0)
                break;
        }
        tried = n;
    }
    return true;
}

/* The number of the trial that is chosen. */
static bool search(struct searcher *s, size_t plain_bins, size_t *chosen, struct ml_error *err)
{
    if (!try_bases(s, plain_bins, err))
        return false;
    const struct trial *plain = &s->trials[0];
    const struct trial *base = best_of(s, 1);
    const struct trial *best = is_better(s, base, plain, 1.0) ? base : plain;
    size_t n_bases = s->n_trials;
    struct ml_error why; /* columns too many to cross: the bases stand */
    if (find_crosses(s, base, &why) && s->crosses.has_signal && !try_crosses(s, base, err))
        return false;
    if (s->n_trials > n_bases) {
        const struct trial *crossed = best_of(s, n_bases);
        if (is_better(s, crossed, best, 2.0) && is_better(s, crossed, base, 2.0))
            best = crossed;
    }
    *chosen = (size_t)(best - s->trials);
    return true;
}

static void record(const struct searcher *s, size_t chosen, enum ml_effort effort,
                   struct ml_strbuf *buf)
{
    ml_strbuf_addc(buf, '{');
    ml_json_key_string(buf, "effort", effort == ML_EFFORT_HIGH ? "high" : "default");
    ml_json_key_count(buf, "rows", s->n);
    ml_json_key_count(buf, "folds", s->scope->n_folds);
    ml_json_key_count(buf, "chosen", chosen);
    ml_json_add_key(buf, "tried");
    ml_strbuf_addc(buf, '[');
    for (size_t i = 0; i < s->n_trials; i++) {
        const struct trial *t = &s->trials[i];
        ml_json_add_comma(buf);
        ml_strbuf_addc(buf, '{');
        ml_json_key_counts(buf, "bins", t->bins, t->n_bins);
        ml_json_key_count(buf, "crosses", t->n_crosses);
        ml_json_key_number(buf, "c", t->c);
        ml_json_key_number(buf, is_regression(s) ? "relative_squared_error" : "log_loss", t->mean);
        ml_strbuf_addc(buf, '}');
    }
    ml_strbuf_adds(buf, "]}");
}

static double shown_loss(const struct searcher *s, const struct trial *t)
{
    return is_regression(s) ? sqrt(t->mean) * s->training->summary.deviation : t->mean;
}

static void tell(const struct searcher *s, size_t chosen, struct ml_strbuf *buf)
{
    const struct trial *t = &s->trials[chosen];
    ml_strbuf_addf(buf, "recipe: %zu", t->bins[0]);
    if (t->n_bins > 1)
        ml_strbuf_addf(buf, " and %zu", t->bins[1]);
    ml_strbuf_addf(buf, " bins, %zu crosses, C %g; %s out of fold %.5g", t->n_crosses, t->c,
                   is_regression(s) ? "RMSE" : "log-loss", shown_loss(s, t));
    if (chosen > 0)
        ml_strbuf_addf(buf, ", of the plain recipe %.5g", shown_loss(s, &s->trials[0]));
}

static void searcher_release(struct searcher *s)
{
    for (size_t i = 0; i < s->n_trials; i++) {
        free(s->trials[i].loss);
        free(s->trials[i].score);
    }
    ml_crosses_release(&s->crosses);
    free(s->rows);
    free(s->weight);
    free(s->fold);
    free(s->scorable);
}

static void take_plain(struct ml_search *out, const struct ml_fit_plan *plan,
                       const struct ml_training *t, size_t bins)
{
    ml_recipe_plain(t->data.schema, bins, &out->recipe);
    out->c = plan->options.c;
}

void ml_search_recipe(struct ml_search *out, const struct ml_fit_plan *plan,
                      const struct ml_training *training, enum ml_effort effort, size_t plain_bins,
                      const struct ml_talk *talk)
{
    struct ml_search found = {.c = 0.0};
    struct ml_error why = {0};
    size_t chosen;
    if (effort == ML_EFFORT_LOW || training->n_train < MIN_SEARCH_ROWS) {
        take_plain(&found, plan, training, plain_bins);
        *out = found;
        return;
    }
    struct searcher s = {
        .plan = plan, .training = training, .scope = &scopes[effort], .talk = talk};
    take_rows(&s);
    weigh_rows(&s);
    if (search(&s, plain_bins, &chosen, &why)) {
        write_recipe(&s, &s.trials[chosen], &found.recipe);
        found.c = s.trials[chosen].c;
        record(&s, chosen, effort, &found.record);
        tell(&s, chosen, &found.tell);
    } else {
        take_plain(&found, plan, training, plain_bins);
        ml_strbuf_addf(&found.tell, "recipe: the plain one, since none could be searched: %s",
                       why.msg);
    }
    searcher_release(&s);
    *out = found;
}

void ml_search_release(struct ml_search *s)
{
    ml_strbuf_release(&s->recipe);
    ml_strbuf_release(&s->record);
    ml_strbuf_release(&s->tell);
}
