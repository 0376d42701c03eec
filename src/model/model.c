#include "model/model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/number.h"
#include "learn/linear.h"

void ml_model_free(struct ml_model *m)
{
    if (m == NULL)
        return;
    if (m->predictor != NULL)
        m->learner->free(m->predictor);
    ml_encoder_free(m->encoder);
    ml_recipe_free(m->recipe);
    free(m->recipe_text);
    ml_schema_free(m->schema);
    for (size_t i = 0; m->labels != NULL && i < m->n_labels; i++)
        free(m->labels[i]);
    free(m->labels);
    free(m->prior);
    free(m->provenance.data_path);
    free(m->provenance.seed_text);
    ml_reference_release(&m->reference);
    ml_calibrator_release(&m->calibration);
    ml_files_release(&m->files);
    free(m);
}

const char *ml_model_name(const struct ml_model *m)
{
    return m->name;
}

size_t ml_model_version(const struct ml_model *m)
{
    return m->version;
}

enum ml_problem ml_model_problem(const struct ml_model *m)
{
    return m->problem;
}

const struct ml_schema *ml_model_schema(const struct ml_model *m)
{
    return m->schema;
}

size_t ml_model_n_labels(const struct ml_model *m)
{
    return m->n_labels;
}

const char *ml_problem_name(enum ml_problem problem)
{
    static const char *const names[] = {"binary", "multiclass", "regression"};
    return names[problem];
}

size_t ml_n_scores(enum ml_problem problem, size_t n_labels)
{
    return problem == ML_REGRESSION_PROBLEM ? 1 : n_labels;
}

size_t ml_model_n_scores(const struct ml_model *m)
{
    return ml_n_scores(m->problem, m->n_labels);
}

const char *ml_model_label(const struct ml_model *m, size_t i)
{
    return m->labels[i];
}

double ml_model_threshold(const struct ml_model *m)
{
    return m->threshold;
}

const double *ml_model_prior(const struct ml_model *m)
{
    return m->prior;
}

const struct ml_target_summary *ml_model_target(const struct ml_model *m)
{
    return m->problem == ML_REGRESSION_PROBLEM ? &m->target : NULL;
}

const char *ml_model_algorithm(const struct ml_model *m)
{
    return m->learner->name;
}

const char *ml_model_json(const struct ml_model *m, size_t *n)
{
    const struct ml_file *file = ml_files_find(&m->files, "model.json");
    *n = file->bytes.length;
    return file->bytes.bytes;
}

const struct ml_files *ml_model_files(const struct ml_model *m)
{
    return &m->files;
}

void ml_model_set_name(struct ml_model *m, const char *name, size_t version)
{
    snprintf(m->name, sizeof(m->name), "%s", name);
    m->version = version;
}

void ml_model_set_threshold(struct ml_model *m, double threshold)
{
    m->threshold = threshold;
    m->has_registry_threshold = true;
}

bool ml_model_has_registry_threshold(const struct ml_model *m)
{
    return m->has_registry_threshold;
}

long ml_model_find_label(const struct ml_model *m, const char *s, size_t n)
{
    if (m->problem == ML_BINARY_PROBLEM) {
        double x;
        return ml_cell_binary(s, n, &x) == ML_CELL_OK ? (long)x : -1;
    }
    for (size_t i = 0; i < m->n_labels; i++)
        if (strlen(m->labels[i]) == n && memcmp(m->labels[i], s, n) == 0)
            return (long)i;
    return -1;
}

static bool read_value(const char *name, const char *s, size_t n, double *out, struct ml_error *err)
{
    char quoted[96];
    enum ml_cell_status status = ml_cell_number(s, n, out);
    if (status == ML_CELL_MISSING)
        return ml_fail(err, ML_EINPUT, "column '%.64s': the target is missing", name);
    ml_quote(quoted, sizeof(quoted), s, n);
    if (status != ML_CELL_OK)
        return ml_fail(err, ML_EINPUT, "column '%.64s': %s: '%s'", name,
                       ml_cell_complaint(status, false), quoted);
    return fabs(*out) <= ML_MAX_TARGET ||
           ml_fail(err, ML_EINPUT, "column '%.64s': a target above %g: '%s'", name, ML_MAX_TARGET,
                   quoted);
}

bool ml_model_read_target(const struct ml_model *m, const char *s, size_t n, double *out,
                          struct ml_error *err)
{
    const char *name = m->schema->columns[m->schema->target].name;
    if (m->problem == ML_REGRESSION_PROBLEM)
        return read_value(name, s, n, out, err);
    long label = ml_model_find_label(m, s, n);
    *out = (double)label;
    if (label >= 0)
        return true;
    if (n == 0)
        return ml_fail(err, ML_EINPUT, "column '%.64s': the target is missing", name);
    char quoted[96];
    return ml_fail(err, ML_EINPUT, "column '%.64s': not a label the model knows: '%s'", name,
                   ml_quote(quoted, sizeof(quoted), s, n));
}

double ml_model_headline(const struct ml_model *m, const double *scores, size_t label)
{
    return scores[m->problem == ML_BINARY_PROBLEM ? 1 : label];
}

size_t ml_model_decide(const struct ml_model *m, const double *probability, double threshold)
{
    if (m->problem == ML_BINARY_PROBLEM)
        return probability[1] > threshold;
    size_t best = 0;
    for (size_t k = 1; k < m->n_labels; k++)
        if (probability[k] > probability[best])
            best = k;
    return best;
}

struct ml_scorer {
    const struct ml_model *model;
    struct ml_value *values; /* owned; one a column */
    struct ml_value *blank;  /* owned; values of a record without any */
    unsigned char *notes;    /* owned; enum ml_note a column */
    unsigned char *blank_notes;
    double *terms; /* owned; for explanations */
    size_t terms_capacity;
    struct ml_encoder_work *work; /* owned */
    struct ml_sparse row;
    double *probability; /* owned; n_scores */
    double margin;
    size_t n_invalid; /* BINARY cells that were no binary value */
};

void ml_scorer_clear(struct ml_scorer *s)
{
    size_t n = s->model->schema->n_columns;
    memcpy(s->values, s->blank, n * sizeof(*s->values));
    memcpy(s->notes, s->blank_notes, n);
}

/* A column that is not there is read as an empty cell would be. */
static void make_blank(struct ml_scorer *s)
{
    const struct ml_schema *schema = s->model->schema;
    for (size_t c = 0; c < schema->n_columns; c++) {
        s->blank[c] = (struct ml_value){.number = NAN, .level = ML_DICT_NONE, .text = ""};
        if (schema->columns[c].role != ML_ROLE_INPUT)
            continue;
        (void)ml_encoder_read(s->model->encoder, c, "", 0, &s->blank[c]);
        s->blank_notes[c] = ML_NOTE_MISSING;
    }
}

struct ml_scorer *ml_scorer_new(const struct ml_model *model)
{
    struct ml_scorer *s = ml_xcalloc(1, sizeof(*s));
    s->model = model;
    size_t n = model->schema->n_columns;
    s->values = ml_xcalloc(n, sizeof(*s->values));
    s->blank = ml_xcalloc(n, sizeof(*s->blank));
    s->notes = ml_xcalloc(n, 1);
    s->blank_notes = ml_xcalloc(n, 1);
    make_blank(s);
    s->work = ml_encoder_work_new(model->encoder);
    s->probability = ml_xcalloc(ml_model_n_scores(model), sizeof(*s->probability));
    ml_scorer_clear(s);
    return s;
}

void ml_scorer_free(struct ml_scorer *s)
{
    if (s == NULL)
        return;
    free(s->values);
    free(s->blank);
    free(s->notes);
    free(s->blank_notes);
    free(s->terms);
    free(s->probability);
    ml_encoder_work_free(s->work);
    ml_sparse_release(&s->row);
    free(s);
}

bool ml_scorer_set(struct ml_scorer *s, size_t column, const char *text, size_t n,
                   struct ml_error *err)
{
    enum ml_cell_status status =
        ml_encoder_read(s->model->encoder, column, text, n, &s->values[column]);
    const struct ml_schema_column *c = &s->model->schema->columns[column];
    s->notes[column] = ML_NOTE_NONE;
    if (status == ML_CELL_MISSING)
        s->notes[column] = ML_NOTE_MISSING;
    else if (c->type == ML_CATEGORICAL && s->values[column].level == ML_DICT_NONE)
        s->notes[column] = n == 0 ? ML_NOTE_MISSING : ML_NOTE_UNSEEN;
    if (status == ML_CELL_OK || status == ML_CELL_MISSING)
        return true;
    /* Training has made an invalid BINARY cell a missing one and learnt what that means. */
    if (c->type == ML_BINARY) {
        s->n_invalid++;
        s->notes[column] = ML_NOTE_INVALID;
        return true;
    }
    char quoted[96];
    return ml_fail(err, ML_EINPUT, "column '%.64s': %s: '%s'", c->name,
                   ml_cell_complaint(status, false), ml_quote(quoted, sizeof(quoted), text, n));
}

bool ml_scorer_set_number(struct ml_scorer *s, size_t column, double x, struct ml_error *err)
{
    if (s->model->schema->columns[column].type == ML_NUMERIC) {
        s->values[column].number = x;
        s->notes[column] = ML_NOTE_NONE;
        return true;
    }
    char text[ML_NUMBER_BYTES];
    size_t n = ml_number_format(text, x);
    return ml_scorer_set(s, column, text, n, err);
}

enum ml_note ml_scorer_note(const struct ml_scorer *s, size_t column)
{
    return (enum ml_note)s->notes[column];
}

size_t ml_scorer_invalid(const struct ml_scorer *s)
{
    return s->n_invalid;
}

struct ml_value *ml_scorer_values(struct ml_scorer *s)
{
    return s->values;
}

const struct ml_sparse *ml_scorer_features(struct ml_scorer *s)
{
    ml_encoder_apply(s->model->encoder, s->work, s->values, &s->row);
    return &s->row;
}

const double *ml_scorer_score(struct ml_scorer *s)
{
    const struct ml_sparse *row = ml_scorer_features(s);
    s->model->learner->predict(s->model->predictor, row, s->probability, &s->margin);
    ml_calibrator_apply(&s->model->calibration, s->probability, s->margin, s->model->n_labels);
    return s->probability;
}

double ml_scorer_margin(const struct ml_scorer *s)
{
    return s->margin;
}

bool ml_model_can_explain(const struct ml_model *m)
{
    return m->learner->explain != NULL;
}

/*
 * A crossed feature is owed to its columns in equal parts. Parts are rounded to terms' own grid and
 * the last column takes the rest, so that sums stay exact.
 */
static void share_term(double term, const size_t *of, size_t n, double *column, size_t stride)
{
    double part = ml_linear_round(term / (double)n);
    for (size_t i = 0; i + 1 < n; i++)
        column[of[i] * stride] += part;
    column[of[n - 1] * stride] += term - part * (double)(n - 1);
}

size_t ml_model_n_margins(const struct ml_model *m)
{
    return m->problem == ML_MULTICLASS_PROBLEM ? m->n_labels : 1;
}

/* A learner of two classes has one margin, of class 1; that of class 0 is its opposite. */
static void mirror(double *x, size_t n)
{
    for (size_t i = n; i-- > 0;) {
        x[2 * i + 1] = x[i];
        x[2 * i] = -x[2 * i + 1];
    }
}

void ml_scorer_explain(struct ml_scorer *s, double *bias, double *column)
{
    const struct ml_model *m = s->model;
    const struct ml_sparse *row = &s->row;
    size_t k = ml_model_n_margins(m);
    if (s->terms_capacity < row->n * k) {
        s->terms_capacity = 2 * row->n * k;
        s->terms = ml_xrealloc(s->terms, s->terms_capacity, sizeof(*s->terms));
    }
    m->learner->explain(m->predictor, row, bias, s->terms);
    if (k == 2) {
        mirror(bias, 1);
        mirror(s->terms, row->n);
    }
    memset(column, 0, m->schema->n_columns * k * sizeof(*column));
    for (size_t i = 0; i < row->n; i++) {
        size_t n;
        const size_t *of = ml_encoder_columns(m->encoder, row->index[i], &n);
        for (size_t j = 0; j < k; j++)
            share_term(s->terms[i * k + j], of, n, column + j, k);
    }
}
