#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "eval/auc.h"
#include "eval/moments.h"
#include "eval/prob.h"
#include "eval/text_bars.h"
#include "eval/text_cell.h"
#include "model/importance_rows.h"

enum { MAX_JOBS = 64, MAX_BARS = 30, CELL_BYTES = 64 };

struct item {
    size_t column;
    double mean; /* of what the figure loses, over the repeats */
    double sd;
    double mean_abs; /* of the contribution, over rows and margins */
    double spread;
};

struct ml_importances {
    const struct ml_model *model; /* borrowed */
    size_t rows;
    size_t rows_seen;
    size_t repeats;
    bool has_contributions;
    struct item *items; /* owned; one an input column */
    size_t n;
};

struct measure {
    const struct ml_model *model;
    struct ml_importances *out;
    struct ml_value *values; /* n x columns */
    double *truth;
    uint8_t *positive; /* binary */
    size_t n;
    size_t n_columns;
    uint64_t seed;
    double base;        /* the figure of the rows as they are */
    atomic_size_t next; /* item that the next worker takes */
};

static double loss_of(const struct measure *m, const double *score, double truth)
{
    if (m->model->problem == ML_MULTICLASS_PROBLEM)
        return ml_prob_log_loss(score[(size_t)truth]);
    return (score[0] - truth) * (score[0] - truth);
}

/* The figure with the cells of a column taken from other rows; from NULL: the rows as they are. */
static double figure(const struct measure *m, struct ml_scorer *scorer, size_t column,
                     const uint32_t *from, double *scores)
{
    struct ml_value *record = ml_scorer_values(scorer);
    double loss = 0.0;
    for (size_t i = 0; i < m->n; i++) {
        memcpy(record, m->values + i * m->n_columns, m->n_columns * sizeof(*record));
        if (from != NULL)
            record[column] = m->values[from[i] * m->n_columns + column];
        const double *score = ml_scorer_score(scorer);
        if (m->model->problem == ML_BINARY_PROBLEM)
            scores[i] = score[1];
        else
            loss += (loss_of(m, score, m->truth[i]) - loss) / (double)(i + 1);
    }
    double auc;
    struct ml_error one_class;
    if (m->model->problem == ML_BINARY_PROBLEM)
        return ml_auc(&auc, scores, m->positive, m->n, &one_class) ? auc : NAN;
    return m->model->problem == ML_REGRESSION_PROBLEM ? sqrt(loss) : loss;
}

static void shuffle(uint32_t *from, size_t n, uint64_t seed)
{
    struct ml_rng rng;
    ml_rng_init(&rng, seed);
    for (size_t i = 0; i < n; i++)
        from[i] = (uint32_t)i;
    for (size_t i = n; i > 1; i--) {
        size_t j = ml_rng_below(&rng, i);
        uint32_t x = from[i - 1];
        from[i - 1] = from[j];
        from[j] = x;
    }
}

static void measure_item(const struct measure *m, struct item *item, struct ml_scorer *scorer,
                         uint32_t *from, double *scores)
{
    struct ml_moments drop = {0};
    for (size_t r = 0; r < m->out->repeats; r++) {
        shuffle(from, m->n, ml_mix64(ml_mix64(m->seed, item->column), r));
        double then = figure(m, scorer, item->column, from, scores);
        bool is_loss = m->model->problem != ML_BINARY_PROBLEM;
        ml_moments_add(&drop, is_loss ? then - m->base : m->base - then);
    }
    item->mean = drop.mean;
    item->sd = sqrt(drop.m2 / (double)drop.n);
}

static void *work(void *ctx)
{
    struct measure *m = ctx;
    struct ml_scorer *scorer = ml_scorer_new(m->model);
    uint32_t *from = ml_xcalloc(m->n, sizeof(*from));
    double *scores = ml_xcalloc(m->n, sizeof(*scores));
    for (size_t i = atomic_fetch_add(&m->next, 1); i < m->out->n; i = atomic_fetch_add(&m->next, 1))
        measure_item(m, &m->out->items[i], scorer, from, scores);
    free(scores);
    free(from);
    ml_scorer_free(scorer);
    return NULL;
}

/* A thread that cannot be had is done without. */
static void work_in_threads(struct measure *m, size_t jobs)
{
    pthread_t thread[MAX_JOBS];
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    size_t n = 0;
    if (jobs == 0)
        jobs = processors > 0 ? (size_t)processors : 1;
    if (jobs > MAX_JOBS)
        jobs = MAX_JOBS;
    while (n + 1 < jobs && pthread_create(&thread[n], NULL, work, m) == 0)
        n++;
    work(m);
    for (size_t i = 0; i < n; i++)
        pthread_join(thread[i], NULL);
}

static void measure_contributions(const struct measure *m, struct ml_scorer *scorer)
{
    size_t k = ml_model_n_margins(m->model);
    double *bias = ml_xcalloc(k, sizeof(*bias));
    double *term = ml_xcalloc(m->n_columns * k, sizeof(*term));
    struct ml_moments *moments = ml_xcalloc(m->n_columns * k, sizeof(*moments));
    for (size_t i = 0; i < m->n; i++) {
        memcpy(ml_scorer_values(scorer), m->values + i * m->n_columns,
               m->n_columns * sizeof(*m->values));
        (void)ml_scorer_score(scorer);
        ml_scorer_explain(scorer, bias, term);
        for (size_t j = 0; j < m->n_columns * k; j++)
            ml_moments_add(&moments[j], term[j]);
        for (size_t c = 0; c < m->out->n; c++)
            for (size_t j = 0; j < k; j++)
                m->out->items[c].mean_abs +=
                    fabs(term[m->out->items[c].column * k + j]) / (double)(m->n * k);
    }
    for (size_t c = 0; c < m->out->n; c++) {
        struct item *item = &m->out->items[c];
        for (size_t j = 0; j < k; j++)
            item->spread += moments[item->column * k + j].m2 / (double)(m->n * k);
        item->spread = sqrt(item->spread);
    }
    free(bias);
    free(term);
    free(moments);
}

static int by_importance(const void *a, const void *b)
{
    const struct item *x = a;
    const struct item *y = b;
    if (x->mean > y->mean || x->mean < y->mean)
        return x->mean > y->mean ? -1 : 1;
    return (x->column > y->column) - (x->column < y->column);
}

static void take_rows(struct measure *m, const struct ml_importance_rows *rows)
{
    m->values = ml_xcalloc(m->n * m->n_columns, sizeof(*m->values));
    m->truth = ml_xcalloc(m->n, sizeof(*m->truth));
    m->positive = ml_xcalloc(m->n, sizeof(*m->positive));
    for (size_t i = 0; i < m->n; i++) {
        ml_importance_unpack(m->model, &rows->row[i], m->values + i * m->n_columns);
        m->truth[i] = rows->row[i].truth;
        m->positive[i] = rows->row[i].truth > 0.5;
    }
}

static struct ml_importances *list_columns(const struct ml_model *model,
                                           const struct ml_importance_rows *rows, size_t repeats)
{
    struct ml_importances *out = ml_xcalloc(1, sizeof(*out));
    out->model = model;
    out->rows = rows->n;
    out->rows_seen = rows->n_seen;
    out->repeats = repeats;
    out->has_contributions = ml_model_can_explain(model);
    out->items = ml_xcalloc(model->schema->n_columns, sizeof(*out->items));
    for (size_t c = 0; c < model->schema->n_columns; c++)
        if (model->schema->columns[c].role == ML_ROLE_INPUT)
            out->items[out->n++].column = c;
    return out;
}

struct ml_importances *ml_importances_measure(const struct ml_model *model,
                                              struct ml_importance_rows *rows, size_t repeats,
                                              size_t jobs)
{
    ml_importance_rows_finish(rows);
    struct ml_importances *out = list_columns(model, rows, repeats);
    struct measure m = {
        .model = model,
        .out = out,
        .n = rows->n,
        .n_columns = model->schema->n_columns,
        .seed = rows->seed,
    };
    take_rows(&m, rows);
    struct ml_scorer *scorer = ml_scorer_new(model);
    double *scores = ml_xcalloc(m.n, sizeof(*scores));
    m.base = figure(&m, scorer, 0, NULL, scores);
    work_in_threads(&m, jobs);
    if (out->has_contributions)
        measure_contributions(&m, scorer);
    qsort(out->items, out->n, sizeof(*out->items), by_importance);
    ml_scorer_free(scorer);
    free(scores);
    free(m.values);
    free(m.truth);
    free(m.positive);
    return out;
}

void ml_importances_free(struct ml_importances *i)
{
    if (i == NULL)
        return;
    free(i->items);
    free(i);
}

/* Reports ---------------------------------------------------------------------------------------
 */

static const char *metric_of(const struct ml_importances *i)
{
    static const char *const names[] = {
        [ML_BINARY_PROBLEM] = "auc",
        [ML_MULTICLASS_PROBLEM] = "log_loss",
        [ML_REGRESSION_PROBLEM] = "rmse",
    };
    return names[i->model->problem];
}

static const char *name_of(const struct ml_importances *i, size_t item)
{
    return i->model->schema->columns[i->items[item].column].name;
}

static void open_object(struct ml_strbuf *buf, const char *name)
{
    ml_json_add_key(buf, name);
    ml_strbuf_addc(buf, '{');
}

void ml_importances_json(struct ml_strbuf *buf, const struct ml_importances *i)
{
    ml_json_key_count(buf, "importance_rows", i->rows);
    ml_json_key_count(buf, "importance_repeats", i->repeats);
    ml_json_add_key(buf, "importance");
    ml_strbuf_addc(buf, '[');
    for (size_t c = 0; c < i->n; c++) {
        const struct item *item = &i->items[c];
        ml_json_add_comma(buf);
        ml_strbuf_addc(buf, '{');
        ml_json_key_string(buf, "column", name_of(i, c));
        open_object(buf, "permutation");
        ml_json_key_string(buf, "metric", metric_of(i));
        ml_json_key_number(buf, "mean", item->mean);
        ml_json_key_number(buf, "sd", item->sd);
        ml_strbuf_addc(buf, '}');
        if (i->has_contributions) {
            open_object(buf, "contribution");
            ml_json_key_number(buf, "mean_abs", item->mean_abs);
            ml_json_key_number(buf, "sd", item->spread);
            ml_strbuf_addc(buf, '}');
        } else {
            ml_json_add_key(buf, "contribution");
            ml_strbuf_adds(buf, "null");
        }
        ml_strbuf_addc(buf, '}');
    }
    ml_strbuf_addc(buf, ']');
}

static void add_figure(struct ml_strbuf *buf, const struct ml_importances *i, double x)
{
    if (i->model->problem != ML_REGRESSION_PROBLEM && fabs(x) < 0.00005)
        x = 0.0; /* not -0.0000 */
    ml_strbuf_addf(buf, i->model->problem == ML_REGRESSION_PROBLEM ? "%.4g" : "%.4f", x);
}

/* A chart of one number an item; with_sd: the repeats' spread beside it. */
static void add_bars(struct ml_strbuf *buf, const struct ml_importances *i, bool is_permutation)
{
    const char *names[MAX_BARS] = {NULL};
    const char *texts[MAX_BARS] = {NULL};
    double values[MAX_BARS] = {0};
    struct ml_strbuf text[MAX_BARS] = {{0}};
    size_t n = i->n < MAX_BARS ? i->n : MAX_BARS;
    for (size_t c = 0; c < n; c++) {
        const struct item *item = &i->items[c];
        names[c] = name_of(i, c);
        values[c] = is_permutation ? item->mean : item->spread;
        add_figure(&text[c], i, values[c]);
        if (is_permutation) {
            ml_strbuf_adds(&text[c], " sd ");
            add_figure(&text[c], i, item->sd);
        }
        texts[c] = text[c].bytes;
    }
    ml_text_bars_add_figures(buf, names, texts, values, n);
    for (size_t c = 0; c < n; c++)
        ml_strbuf_release(&text[c]);
    if (i->n > n)
        ml_strbuf_addf(buf, "and %zu more, less important\n", i->n - n);
}

void ml_importances_text(struct ml_strbuf *buf, const struct ml_importances *i)
{
    static const char *const changes[] = {
        [ML_BINARY_PROBLEM] = "auc falls",
        [ML_MULTICLASS_PROBLEM] = "log-loss rises",
        [ML_REGRESSION_PROBLEM] = "rmse rises",
    };
    ml_strbuf_addf(buf, "\nimportance: how far %s when a column is shuffled, mean of %zu\n",
                   changes[i->model->problem], i->repeats);
    if (i->rows < i->rows_seen)
        ml_strbuf_addf(buf, "a random sample of %zu of the %zu rows\n", i->rows, i->rows_seen);
    add_bars(buf, i, true);
    if (!i->has_contributions)
        return;
    ml_strbuf_addf(buf, "\ncontribution: standard deviation of what a column adds to the %s\n",
                   i->model->problem == ML_REGRESSION_PROBLEM ? "value" : "log-odds");
    add_bars(buf, i, false);
}
