#include "ml/train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "learn/child.h"
#include "model/bundle.h"
#include "model/judge.h"

#define NO_LABEL UINT32_MAX /* of a held-out row whose label no training row has */

enum { DEFAULT_BINS = 50, DEFAULT_ROWS_PER_BIN = 50 };

struct trainer {
    const struct ml_train_options *options;
    const struct ml_talk *talk;
    struct ml_dataset data;
    uint32_t *label;     /* owned; class number of each data set row */
    size_t *train_rows;  /* owned; numbers of data set rows */
    size_t *judged_rows; /* owned */
    size_t n_train;
    size_t n_judged;
    double *class_weight; /* owned; NULL: all 1 */
    struct ml_learner_options learner;
    struct ml_model *model; /* owned until handed over */
};

static bool in_list(const char *s, const char *a, const char *b)
{
    return strcmp(s, a) == 0 || strcmp(s, b) == 0;
}

/* Whether x is a number the solvers can take as "default" (0) or positive. */
static bool is_zero_or_more(double x)
{
    return x >= 0.0 && isfinite(x);
}

static bool check_names(const struct ml_train_options *o, struct ml_error *err)
{
    if (ml_learner_find(o->algorithm) == NULL)
        return ml_fail(err, ML_EINPUT, "unknown algorithm '%.64s'; known are %s", o->algorithm,
                       ml_learner_names());
    if (!in_list(o->penalty, "l2", "l1"))
        return ml_fail(err, ML_EINPUT, "unknown penalty '%.64s'; known are l2, l1", o->penalty);
    if (!in_list(o->kernel, "rbf", "linear"))
        return ml_fail(err, ML_EINPUT, "unknown kernel '%.64s'; known are rbf, linear", o->kernel);
    if (!in_list(o->strategy, "random", "sequential"))
        return ml_fail(err, ML_EINPUT, "unknown strategy '%.64s'; known are random, sequential",
                       o->strategy);
    return true;
}

bool ml_train_options_check(const struct ml_train_options *o, struct ml_error *err)
{
    if (!check_names(o, err))
        return false;
    if (!is_zero_or_more(o->c) || !is_zero_or_more(o->epsilon) || !is_zero_or_more(o->gamma))
        return ml_fail(err, ML_EINPUT, "C, epsilon and gamma must be positive numbers");
    if (o->bins == 1 || o->bins > 1000)
        return ml_fail(err, ML_EINPUT, "the number of bins must be from 2 to 1000");
    struct ml_selection rows = {
        .begin = o->split_begin, .end = o->split, .complement = o->complement};
    if (!ml_selection_check(&rows, err))
        return false;
    if (!(o->threshold >= 0.0 && o->threshold <= 1.0))
        return ml_fail(err, ML_EINPUT, "the threshold must be from 0 to 1");
    return true;
}

static bool check_target(const struct ml_schema *schema, struct ml_error *err)
{
    if (schema->target < 0)
        return ml_fail(err, ML_EINPUT, "the schema names no target ('targetAttributeName')");
    const struct ml_schema_column *target = &schema->columns[schema->target];
    if (target->type == ML_NUMERIC)
        return ml_fail(err, ML_EUNSUPPORTED,
                       "column '%.64s': a NUMERIC target asks for regression, which is not "
                       "supported; BINARY and CATEGORICAL targets are",
                       target->name);
    return true;
}

/* Which levels of the target some training row holds; to be freed with free. */
static bool *find_trained_levels(const struct trainer *t, const struct ml_column *column, size_t *n)
{
    bool *trained = ml_xcalloc(column->dict.count, sizeof(*trained));
    for (size_t i = 0; i < t->n_train; i++)
        trained[column->levels[t->train_rows[i]]] = true;
    *n = 0;
    for (size_t i = 0; i < column->dict.count; i++)
        *n += trained[i];
    return trained;
}

/*
 * Labels of a multiclass model, those of the training rows, in the order of their bytes; label[]
 * becomes class numbers. Held-out rows of other labels cannot be judged.
 */
static bool number_classes(struct trainer *t, struct ml_error *err)
{
    const struct ml_column *column = &t->data.columns[t->data.schema->target];
    size_t n;
    bool *trained = find_trained_levels(t, column, &n);
    if (n > ML_MAX_CLASSES) {
        free(trained);
        return ml_fail(err, ML_ELIMIT, "column '%.64s': %zu classes; at most %d are supported",
                       t->data.schema->columns[t->data.schema->target].name, n,
                       (int)ML_MAX_CLASSES);
    }
    struct ml_model *m = t->model;
    uint32_t *order = ml_dict_sorted(&column->dict);
    uint32_t *rank = ml_xcalloc(column->dict.count, sizeof(*rank));
    m->labels = ml_xcalloc(n, sizeof(*m->labels));
    for (uint32_t k = 0; k < column->dict.count; k++) {
        size_t bytes;
        const char *label = ml_dict_get(&column->dict, order[k], &bytes);
        rank[order[k]] = trained[order[k]] ? (uint32_t)m->n_labels : NO_LABEL;
        if (trained[order[k]])
            m->labels[m->n_labels++] = ml_xmemdup0(label, bytes);
    }
    for (size_t i = 0; i < t->data.n_rows; i++)
        t->label[i] = rank[column->levels[i]];
    free(order);
    free(rank);
    free(trained);
    return true;
}

static void number_binary(struct trainer *t)
{
    const struct ml_column *column = &t->data.columns[t->data.schema->target];
    struct ml_model *m = t->model;
    m->n_labels = 2;
    m->labels = ml_xcalloc(2, sizeof(*m->labels));
    m->labels[0] = ml_xstrdup("0");
    m->labels[1] = ml_xstrdup("1");
    for (size_t i = 0; i < t->data.n_rows; i++)
        t->label[i] = column->numbers[i] > 0.5;
}

static bool make_labels(struct trainer *t, struct ml_error *err)
{
    const struct ml_schema *schema = t->data.schema;
    t->label = ml_xcalloc(t->data.n_rows, sizeof(*t->label));
    if (schema->columns[schema->target].type == ML_CATEGORICAL) {
        t->model->problem = ML_MULTICLASS_PROBLEM;
        return number_classes(t, err);
    }
    t->model->problem = ML_BINARY_PROBLEM;
    number_binary(t);
    return true;
}

static void split_rows(struct trainer *t, struct ml_provenance *p)
{
    p->split = (struct ml_split){
        .strategy = t->options->strategy[0] == 's' ? ML_SPLIT_SEQUENTIAL : ML_SPLIT_RANDOM,
        .begin = t->options->split_begin,
        .end = t->options->split,
        .complement = t->options->complement,
        .seed = t->options->seed,
        .n_rows = t->data.n_file_rows,
    };
    t->train_rows = ml_xcalloc(t->data.n_rows, sizeof(*t->train_rows));
    t->judged_rows = ml_xcalloc(t->data.n_rows, sizeof(*t->judged_rows));
    for (size_t i = 0; i < t->data.n_rows; i++) {
        if (ml_split_is_train(&p->split, t->data.row_number[i]))
            t->train_rows[t->n_train++] = i;
        else
            t->judged_rows[t->n_judged++] = i;
    }
    p->n_train = t->n_train;
    p->n_held_out = t->n_judged;
}

/* Shares of the classes among the training rows; each must occur. */
static bool count_classes(struct trainer *t, struct ml_error *err)
{
    struct ml_model *m = t->model;
    const char *target = t->data.schema->columns[t->data.schema->target].name;
    if (t->n_train == 0)
        return ml_fail(err, ML_EINPUT, "no row is left to train on");
    m->prior = ml_xcalloc(m->n_labels, sizeof(*m->prior));
    for (size_t i = 0; i < t->n_train; i++)
        m->prior[t->label[t->train_rows[i]]]++;
    size_t present = 0;
    for (size_t k = 0; k < m->n_labels; k++) {
        present += m->prior[k] > 0.0;
        m->prior[k] /= (double)t->n_train;
    }
    if (present < 2)
        return ml_fail(err, ML_EINPUT,
                       "column '%.64s': all training rows are of one class; two are needed",
                       target);
    return true;
}

static bool weigh_classes(struct trainer *t, struct ml_error *err)
{
    const struct ml_model *m = t->model;
    const struct ml_train_options *o = t->options;
    if (!o->balanced && o->n_class_weights == 0)
        return true;
    t->class_weight = ml_xcalloc(m->n_labels, sizeof(*t->class_weight));
    for (size_t k = 0; k < m->n_labels; k++)
        t->class_weight[k] = o->balanced ? 1.0 / (m->prior[k] * (double)m->n_labels) : 1.0;
    for (size_t i = 0; i < o->n_class_weights; i++) {
        const struct ml_class_weight *w = &o->class_weights[i];
        long k = ml_model_find_label(m, w->label, strlen(w->label));
        if (k < 0)
            return ml_fail(err, ML_EINPUT,
                           "class weight for '%.64s', which is no label of the data", w->label);
        if (!(w->weight > 0.0) || !isfinite(w->weight))
            return ml_fail(err, ML_EINPUT, "the weight of class '%.64s' must be a positive number",
                           w->label);
        t->class_weight[k] = w->weight;
    }
    return true;
}

struct solve {
    const struct ml_learner_ops *learner;
    const struct ml_training_set *set;
    const struct ml_learner_options *options;
};

static bool solve_in_child(struct ml_strbuf *out, struct ml_error *err, void *ctx)
{
    const struct solve *s = ctx;
    return s->learner->train(out, s->set, s->options, err);
}

static bool fit_learner(struct trainer *t, struct ml_error *err)
{
    struct ml_model *m = t->model;
    struct ml_csr x;
    ml_encoder_apply_dataset(m->encoder, &t->data, t->train_rows, t->n_train, &x);
    uint32_t *label = ml_xcalloc(t->n_train, sizeof(*label));
    for (size_t i = 0; i < t->n_train; i++)
        label[i] = t->label[t->train_rows[i]];
    struct ml_training_set set = {&x, label, m->n_labels};
    struct solve solve = {m->learner, &set, &t->learner};
    struct ml_strbuf text = {0};
    bool ok = m->learner->check(&t->learner, &set, err) &&
              ml_child_run(&text, solve_in_child, &solve, m->learner->solver_name, "training",
                           t->talk, err) &&
              m->learner->load(&m->predictor, text.bytes, text.length,
                               ml_encoder_n_features(m->encoder), m->n_labels, err);
    if (ok)
        ml_files_add(&m->files, m->learner->file_name, &text);
    ml_strbuf_release(&text);
    free(label);
    ml_csr_release(&x);
    return ok;
}

/* Fewer bins for few rows: a bin of a handful of them learns noise. */
static size_t default_bins(size_t n_rows)
{
    size_t bins = n_rows / DEFAULT_ROWS_PER_BIN;
    return bins < 2 ? 2 : bins > DEFAULT_BINS ? DEFAULT_BINS : bins;
}

static bool fit(struct trainer *t, struct ml_error *err)
{
    const struct ml_train_options *o = t->options;
    struct ml_step_options steps = {.bins = o->bins > 0 ? o->bins : default_bins(t->n_train)};
    t->model->learner = ml_learner_find(o->algorithm);
    t->model->threshold = o->threshold;
    t->learner = (struct ml_learner_options){
        .c = o->c,
        .epsilon = o->epsilon,
        .penalty = strcmp(o->penalty, "l1") == 0 ? ML_PENALTY_L1 : ML_PENALTY_L2,
        .dual = o->dual,
        .kernel = strcmp(o->kernel, "rbf") == 0 ? ML_KERNEL_RBF : ML_KERNEL_LINEAR,
        .gamma = o->gamma,
        .class_weight = t->class_weight,
        .seed = o->seed,
    };
    return ml_encoder_fit(&t->model->encoder, &t->data, t->train_rows, t->n_train, &steps, err) &&
           fit_learner(t, err);
}

/* Rows of the file that the split holds out, rejected ones included. */
static size_t count_held_out(const struct trainer *t)
{
    size_t n = 0;
    for (size_t row = 0; row < t->data.n_file_rows; row++)
        n += !ml_split_is_train(&t->model->provenance.split, row);
    return n;
}

/* Scores the rows that prediction would score: those without an invalid cell. Counts the others. */
static size_t observe(const struct trainer *t, const size_t *rows, size_t n,
                      struct ml_observations *o)
{
    const struct ml_model *m = t->model;
    struct ml_csr x;
    double *probability = ml_xcalloc(m->n_labels, sizeof(*probability));
    size_t n_left_out = 0;
    ml_encoder_apply_dataset(m->encoder, &t->data, rows, n, &x);
    for (size_t i = 0; i < n; i++) {
        size_t start = x.start[i];
        struct ml_sparse row = {x.index + start, x.value + start, x.start[i + 1] - start, 0};
        double margin;
        if (t->data.has_invalid[rows[i]] || t->label[rows[i]] == NO_LABEL) {
            n_left_out++;
            continue;
        }
        m->learner->predict(m->predictor, &row, probability, &margin);
        ml_observe(o, m, probability, t->label[rows[i]]);
    }
    free(probability);
    ml_csr_release(&x);
    return n_left_out;
}

static bool judge(struct trainer *t, const struct ml_observations *o, size_t n_left_out,
                  struct ml_evaluation **out, struct ml_error *err)
{
    struct ml_evaluate_options options = ML_EVALUATE_OPTIONS_INIT;
    if (!ml_judge(out, t->model, o, &options, err))
        return false;
    (*out)->data = ml_xstrdup(t->model->provenance.data_path);
    (*out)->n_rejected = count_held_out(t) - t->n_judged + n_left_out; /* + rejected in reading */
    return true;
}

static void make_reference(struct ml_model *m, const struct ml_observations *o)
{
    size_t n = o->labels.length / sizeof(uint32_t);
    const double *score = (const double *)(const void *)o->scores.bytes;
    if (n == 0)
        return;
    if (m->problem == ML_BINARY_PROBLEM) {
        ml_reference_from_scores(&m->reference, score, n);
        return;
    }
    size_t *answers = ml_xcalloc(m->n_labels, sizeof(*answers));
    for (size_t i = 0; i < n; i++)
        answers[ml_model_decide(m, score + i * m->n_labels, 0.0)]++;
    ml_reference_from_answers(&m->reference, answers, m->n_labels);
    free(answers);
}

/* What held-out rows say of the model: figures for the bundle, and how its scores are spread. */
static void look_at_scores(struct trainer *t, struct ml_evaluation **evaluation,
                           struct ml_strbuf *metrics)
{
    struct ml_observations o = {0};
    struct ml_error why;
    if (t->n_judged == 0) {
        observe(t, t->train_rows, t->n_train, &o);
    } else if (judge(t, &o, observe(t, t->judged_rows, t->n_judged, &o), evaluation, &why)) {
        ml_evaluation_summary(*evaluation, metrics);
    } else if (t->talk->note != NULL) {
        t->talk->note(t->talk->ctx, why.msg);
    }
    make_reference(t->model, &o);
    ml_observations_release(&o);
}

static void record_source(struct trainer *t, const char *path)
{
    struct ml_provenance *p = &t->model->provenance;
    char *absolute = strcmp(path, "-") == 0 ? NULL : realpath(path, NULL);
    p->data_path = absolute != NULL ? absolute : ml_xstrdup(path);
    memcpy(p->data_digest, t->data.digest, ML_DIGEST_HEX);
    p->n_rows = t->data.n_file_rows;
    p->n_rejected = t->data.n_rejected;
    p->csv = t->options->csv;
    p->csv.name = NULL;
    if (t->options->seed_text != NULL && t->options->seed_text[0] != '\0')
        p->seed_text = ml_xstrdup(t->options->seed_text);
}

/* A schema of the model's own, independent of the caller's. */
static bool copy_schema(struct trainer *t, const struct ml_schema *schema, struct ml_error *err)
{
    char *json = ml_schema_json(schema);
    bool ok = ml_schema_parse(&t->model->schema, json, strlen(json), "schema", err);
    free(json);
    return ok;
}

static bool run(struct trainer *t, const char *path, struct ml_evaluation **evaluation,
                struct ml_error *err)
{
    const struct ml_schema *schema = t->model->schema;
    if (!ml_dataset_load(&t->data, path, schema, &t->options->csv, t->talk, err))
        return false;
    record_source(t, path);
    split_rows(t, &t->model->provenance);
    if (!make_labels(t, err) || !count_classes(t, err))
        return ml_fail_context(err, "%s", path);
    if (!weigh_classes(t, err) || !fit(t, err))
        return false;
    struct ml_strbuf metrics = {0};
    struct ml_strbuf text = {0};
    look_at_scores(t, evaluation, &metrics);
    ml_bundle_write(t->model, &t->data, &t->learner, metrics.length > 0 ? metrics.bytes : "",
                    &text);
    ml_files_add(&t->model->files, "model.json", &text);
    ml_strbuf_release(&metrics);
    ml_strbuf_release(&text);
    return true;
}

static void summarise(const struct trainer *t, struct ml_train_summary *s)
{
    *s = (struct ml_train_summary){
        .n_rows = t->data.n_file_rows,
        .n_train = t->n_train,
        .n_held_out = t->n_judged,
        .n_rejected = t->data.n_rejected,
        .n_features = ml_encoder_n_features(t->model->encoder),
    };
    for (size_t c = 0; c < t->data.schema->n_columns; c++) {
        s->n_missing += t->data.columns[c].n_missing;
        s->n_invalid += t->data.columns[c].n_invalid;
    }
}

bool ml_train(struct ml_model **out, const char *data, const struct ml_schema *schema,
              const struct ml_train_options *options, const struct ml_talk *talk,
              struct ml_train_summary *summary, struct ml_evaluation **evaluation,
              struct ml_error *err)
{
    if (!ml_train_options_check(options, err) || !check_target(schema, err))
        return false;
    struct trainer t = {.options = options, .talk = talk};
    struct ml_evaluation *judged = NULL;
    t.model = ml_xcalloc(1, sizeof(*t.model));
    bool ok = copy_schema(&t, schema, err) && run(&t, data, &judged, err);
    if (ok)
        summarise(&t, summary);
    if (ok && evaluation != NULL)
        *evaluation = judged;
    else
        ml_evaluation_free(judged);
    if (t.data.columns != NULL)
        ml_dataset_release(&t.data);
    free(t.label);
    free(t.train_rows);
    free(t.judged_rows);
    free(t.class_weight);
    if (ok)
        *out = t.model;
    else
        ml_model_free(t.model);
    return ok;
}
