#include "model/training.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "learn/learner.h"

static const struct ml_schema_column *target_of(const struct ml_training *t)
{
    return &t->data.schema->columns[t->data.schema->target];
}

static bool check_target(const struct ml_schema *schema, struct ml_error *err)
{
    if (schema->target < 0)
        return ml_fail(err, ML_EINPUT, "the schema names no target ('targetAttributeName')");
    return true;
}

static void split_rows(struct ml_training *t)
{
    t->split.n_rows = t->data.n_file_rows;
    t->train_rows = ml_xcalloc(t->data.n_rows, sizeof(*t->train_rows));
    t->held_rows = ml_xcalloc(t->data.n_rows, sizeof(*t->held_rows));
    for (size_t i = 0; i < t->data.n_rows; i++) {
        if (ml_split_is_train(&t->split, t->data.row_number[i]))
            t->train_rows[t->n_train++] = i;
        else
            t->held_rows[t->n_held++] = i;
    }
}

/* Which levels of the target some training row holds; to be freed with free. */
static bool *find_trained_levels(const struct ml_training *t, const struct ml_column *column,
                                 size_t *n)
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
static bool number_classes(struct ml_training *t, struct ml_error *err)
{
    const struct ml_column *column = &t->data.columns[t->data.schema->target];
    size_t n;
    bool *trained = find_trained_levels(t, column, &n);
    if (n > ML_MAX_CLASSES) {
        free(trained);
        return ml_fail(err, ML_ELIMIT, "column '%.64s': %zu classes; at most %d are supported",
                       target_of(t)->name, n, (int)ML_MAX_CLASSES);
    }
    uint32_t *order = ml_dict_sorted(&column->dict);
    uint32_t *rank = ml_xcalloc(column->dict.count, sizeof(*rank));
    t->labels = ml_xcalloc(n, sizeof(*t->labels));
    for (uint32_t k = 0; k < column->dict.count; k++) {
        size_t bytes;
        const char *label = ml_dict_get(&column->dict, order[k], &bytes);
        rank[order[k]] = trained[order[k]] ? (uint32_t)t->n_labels : ML_NO_LABEL;
        if (trained[order[k]])
            t->labels[t->n_labels++] = ml_xmemdup0(label, bytes);
    }
    for (size_t i = 0; i < t->data.n_rows; i++)
        t->label[i] = rank[column->levels[i]];
    free(order);
    free(rank);
    free(trained);
    return true;
}

static void number_binary(struct ml_training *t)
{
    const struct ml_column *column = &t->data.columns[t->data.schema->target];
    t->n_labels = 2;
    t->labels = ml_xcalloc(2, sizeof(*t->labels));
    t->labels[0] = ml_xstrdup("0");
    t->labels[1] = ml_xstrdup("1");
    for (size_t i = 0; i < t->data.n_rows; i++)
        t->label[i] = column->numbers[i] > 0.5;
}

/* Shares of the classes among the training rows; each must occur. */
static bool count_classes(struct ml_training *t, struct ml_error *err)
{
    t->prior = ml_xcalloc(t->n_labels, sizeof(*t->prior));
    for (size_t i = 0; i < t->n_train; i++)
        t->prior[t->label[t->train_rows[i]]]++;
    size_t present = 0;
    for (size_t k = 0; k < t->n_labels; k++) {
        present += t->prior[k] > 0.0;
        t->prior[k] /= (double)t->n_train;
    }
    if (present < 2)
        return ml_fail(err, ML_EINPUT,
                       "column '%.64s': all training rows are of one class; two are needed",
                       target_of(t)->name);
    return true;
}

static bool make_labels(struct ml_training *t, struct ml_error *err)
{
    t->label = ml_xcalloc(t->data.n_rows, sizeof(*t->label));
    if (t->problem == ML_MULTICLASS_PROBLEM)
        return number_classes(t, err) && count_classes(t, err);
    number_binary(t);
    return count_classes(t, err);
}

/* Squares in units of the largest distance: no target is too large or too small for them. */
static double deviation(const struct ml_training *t, double mean, double farthest)
{
    double squares = 0.0;
    for (size_t i = 0; farthest > 0.0 && i < t->n_train; i++) {
        double d = (t->target[t->train_rows[i]] - mean) / farthest;
        squares += d * d;
    }
    return farthest * sqrt(squares / (double)t->n_train);
}

static struct ml_target_summary summarise(const struct ml_training *t)
{
    struct ml_target_summary s = {.min = INFINITY, .max = -INFINITY};
    for (size_t i = 0; i < t->n_train; i++) {
        double y = t->target[t->train_rows[i]];
        s.mean += (y - s.mean) / (double)(i + 1);
        s.min = fmin(s.min, y);
        s.max = fmax(s.max, y);
    }
    s.deviation = deviation(t, s.mean, fmax(s.max - s.mean, s.mean - s.min));
    return s;
}

static bool make_values(struct ml_training *t, struct ml_error *err)
{
    t->target = t->data.columns[t->data.schema->target].numbers;
    for (size_t i = 0; i < t->data.n_rows; i++)
        if (fabs(t->target[i]) > ML_MAX_TARGET)
            return ml_fail(err, ML_EINPUT, "column '%.64s': row %zu: a target above %g",
                           target_of(t)->name, t->data.row_number[i] + 1, ML_MAX_TARGET);
    t->summary = summarise(t);
    if (t->summary.min == t->summary.max)
        return ml_fail(err, ML_EINPUT,
                       "column '%.64s': all training rows have one value; two are needed",
                       target_of(t)->name);
    return true;
}

/* Weights of the training rows must leave something of each class. */
static bool check_weights(const struct ml_training *t, const char *name, struct ml_error *err)
{
    double *sum = ml_xcalloc(t->n_labels, sizeof(*sum));
    double total = 0.0;
    for (size_t i = 0; i < t->n_train; i++) {
        if (t->label != NULL)
            sum[t->label[t->train_rows[i]]] += t->weight[t->train_rows[i]];
        total += t->weight[t->train_rows[i]];
    }
    bool ok = total > 0.0 ||
              ml_fail(err, ML_EINPUT, "column '%.64s': no training row has a weight above 0", name);
    for (size_t k = 0; ok && k < t->n_labels; k++)
        if (t->prior[k] > 0.0 && sum[k] == 0.0)
            ok = ml_fail(err, ML_EINPUT,
                         "column '%.64s': no training row of label '%.64s' has a weight above 0",
                         name, t->labels[k]);
    free(sum);
    return ok;
}

static bool take_weights(struct ml_training *t, struct ml_error *err)
{
    const struct ml_schema *schema = t->data.schema;
    if (schema->weight < 0)
        return true;
    t->weight = ml_xcalloc(t->data.n_rows, sizeof(*t->weight));
    memcpy(t->weight, t->data.columns[schema->weight].numbers, t->data.n_rows * sizeof(*t->weight));
    return check_weights(t, schema->columns[schema->weight].name, err);
}

static enum ml_problem problem_of(enum ml_type type)
{
    return type == ML_BINARY        ? ML_BINARY_PROBLEM
           : type == ML_CATEGORICAL ? ML_MULTICLASS_PROBLEM
                                    : ML_REGRESSION_PROBLEM;
}

static bool make_targets(struct ml_training *t, struct ml_error *err)
{
    if (t->n_train == 0)
        return ml_fail(err, ML_EINPUT, "no row is left to train on");
    t->problem = problem_of(target_of(t)->type);
    return t->problem == ML_REGRESSION_PROBLEM ? make_values(t, err) : make_labels(t, err);
}

bool ml_training_load(struct ml_training *out, const char *path, const struct ml_schema *schema,
                      const struct ml_csv_options *csv, const struct ml_split *split,
                      const struct ml_talk *talk, struct ml_error *err)
{
    struct ml_training t = {.split = *split};
    if (!check_target(schema, err) || !ml_dataset_load(&t.data, path, schema, csv, talk, err))
        return false;
    split_rows(&t);
    if (!make_targets(&t, err) || !take_weights(&t, err)) {
        ml_training_release(&t);
        return ml_fail_context(err, "%s", path);
    }
    *out = t;
    return true;
}

void ml_training_release(struct ml_training *t)
{
    if (t->data.columns != NULL)
        ml_dataset_release(&t->data);
    for (size_t k = 0; t->labels != NULL && k < t->n_labels; k++)
        free(t->labels[k]);
    free(t->labels);
    free(t->label);
    free(t->weight);
    free(t->train_rows);
    free(t->held_rows);
    free(t->prior);
    *t = (struct ml_training){0};
}

size_t ml_training_count_held_out(const struct ml_training *t)
{
    size_t n = 0;
    for (size_t row = 0; row < t->data.n_file_rows; row++)
        n += !ml_split_is_train(&t->split, row);
    return n;
}
