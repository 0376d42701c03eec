#include "learn/linear.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "learn/lines.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const classifiers[] = {"L2R_LR", "L1R_LR", "L2R_LR_DUAL"};
static const char *const regressions[] = {"L2R_L2LOSS_SVR"};

void ml_linear_release(struct ml_linear *m)
{
    free(m->weight);
    free(m->bias);
    *m = (struct ml_linear){0};
}

bool ml_linear_is_finite(const struct ml_linear *m)
{
    for (size_t i = 0; i < m->n_features * m->n_vectors; i++)
        if (!isfinite(m->weight[i]))
            return false;
    for (size_t k = 0; k < m->n_vectors; k++)
        if (!isfinite(m->bias[k]))
            return false;
    return true;
}

static void write_row(const double *row, size_t n, struct ml_strbuf *buf)
{
    for (size_t k = 0; k < n; k++) {
        ml_strbuf_add_double(buf, row[k]);
        ml_strbuf_addc(buf, ' ');
    }
    ml_strbuf_addc(buf, '\n');
}

void ml_linear_write(const struct ml_linear *m, const char *solver, struct ml_strbuf *buf)
{
    ml_strbuf_addf(buf, "solver_type %s\nnr_class %zu\n", solver,
                   m->n_classes > 0 ? m->n_classes : 2);
    if (m->n_classes > 0)
        ml_strbuf_adds(buf, "label");
    for (size_t k = 0; k < m->n_classes; k++)
        ml_strbuf_addf(buf, " %zu", m->n_vectors == 1 ? 1 - k : k);
    if (m->n_classes > 0)
        ml_strbuf_addc(buf, '\n');
    ml_strbuf_addf(buf, "nr_feature %zu\nbias 1\nw\n", m->n_features);
    for (size_t i = 0; i < m->n_features; i++)
        write_row(m->weight + i * m->n_vectors, m->n_vectors, buf);
    write_row(m->bias, m->n_vectors, buf);
}

/* label[k] becomes the class of weight vector k. */
static bool read_labels(struct ml_lines *l, size_t n_classes, size_t *label, struct ml_error *err)
{
    bool *seen = ml_xcalloc(n_classes, sizeof(*seen));
    bool ok = ml_lines_key(l, "label");
    for (size_t k = 0; ok && k < n_classes; k++) {
        long c;
        ok = ml_lines_count(l, 0, (long)n_classes - 1, &c) && !seen[c];
        if (ok) {
            seen[c] = true;
            label[k] = (size_t)c;
        }
    }
    free(seen);
    if (!ok || !ml_lines_done(l))
        return ml_lines_fail(l, "malformed labels", err);
    return true;
}

static bool read_solver(struct ml_lines *l, const char *const *names, size_t n_names)
{
    const char *word;
    size_t n;
    if (!ml_lines_key(l, "solver_type") || !ml_lines_word(l, &word, &n) || !ml_lines_done(l))
        return false;
    for (size_t i = 0; i < n_names; i++)
        if (strlen(names[i]) == n && memcmp(names[i], word, n) == 0)
            return true;
    return false;
}

/* A line "<key> <count>". */
static bool read_count(struct ml_lines *l, const char *key, size_t count)
{
    long read;
    return ml_lines_key(l, key) && ml_lines_count(l, (long)count, (long)count, &read) &&
           ml_lines_done(l);
}

static bool read_header(struct ml_lines *l, size_t n_features, size_t n_classes, size_t *label,
                        struct ml_error *err)
{
    if (n_classes == 0 && !read_solver(l, regressions, COUNT(regressions)))
        return ml_lines_fail(l, "no regression solver", err);
    if (n_classes > 0 && !read_solver(l, classifiers, COUNT(classifiers)))
        return ml_lines_fail(l, "no logistic solver", err);
    if (!read_count(l, "nr_class", n_classes > 0 ? n_classes : 2))
        return ml_lines_fail(l, "not the number of classes in model.json", err);
    if (n_classes > 0 && !read_labels(l, n_classes, label, err))
        return false;
    if (!read_count(l, "nr_feature", n_features))
        return ml_lines_fail(l, "not the number of features in model.json", err);
    if (!read_count(l, "bias", 1))
        return ml_lines_fail(l, "the bias must be 1", err);
    if (!ml_lines_key(l, "w") || !ml_lines_done(l))
        return ml_lines_fail(l, "'w' is missing", err);
    return true;
}

static bool read_weights(struct ml_lines *l, struct ml_linear *m, const size_t *label,
                         struct ml_error *err)
{
    double sign = m->n_classes == 2 && label[0] == 0 ? -1.0 : 1.0;
    for (size_t i = 0; i <= m->n_features; i++) {
        double *row = i < m->n_features ? m->weight + i * m->n_vectors : m->bias;
        bool ok = ml_lines_next(l);
        for (size_t k = 0; ok && k < m->n_vectors; k++) {
            double w = 0.0;
            ok = ml_lines_number(l, &w);
            row[m->n_vectors == 1 ? 0 : label[k]] = sign * w;
        }
        if (!ok || !ml_lines_done(l))
            return ml_lines_fail(l, "malformed weights", err);
    }
    return ml_lines_next(l) ? ml_lines_fail(l, "text after the weights", err) : true;
}

bool ml_linear_read(struct ml_linear *out, const char *text, size_t n, size_t n_features,
                    size_t n_classes, struct ml_error *err)
{
    if (n == 0 || text[n - 1] != '\n')
        return ml_fail(err, ML_EINPUT, "the solver's file is cut off");
    struct ml_lines l = {.text = text, .n = n};
    size_t *label = ml_xcalloc(n_classes > 0 ? n_classes : 1, sizeof(*label));
    bool ok = read_header(&l, n_features, n_classes, label, err);
    struct ml_linear m = {n_features, n_classes, n_classes <= 2 ? 1 : n_classes, NULL, NULL};
    if (ok) {
        m.weight = ml_xcalloc(n_features * m.n_vectors, sizeof(*m.weight));
        m.bias = ml_xcalloc(m.n_vectors, sizeof(*m.bias));
        ok = read_weights(&l, &m, label, err);
    }
    free(label);
    if (!ok) {
        ml_linear_release(&m);
        return false;
    }
    *out = m;
    return true;
}

/* See the header; adding and taking away 1.5 x 2^8 leaves 44 binary places. */
static inline double on_grid(double x)
{
    static const double shift = 384.0;
    return x > -64.0 && x < 64.0 ? (x + shift) - shift : x;
}

double ml_linear_round(double x)
{
    return on_grid(x);
}

static double sum_plain(const struct ml_linear *m, const struct ml_sparse *row)
{
    double sum = m->bias[0];
    for (size_t i = 0; i < row->n; i++)
        sum += m->weight[row->index[i]] * row->value[i];
    return sum;
}

static double sum_on_grid(const struct ml_linear *m, const struct ml_sparse *row)
{
    double sum = on_grid(m->bias[0]);
    for (size_t i = 0; i < row->n; i++)
        sum += on_grid(m->weight[row->index[i]] * row->value[i]);
    return sum;
}

void ml_linear_margins(const struct ml_linear *m, const struct ml_sparse *row, double *margin)
{
    size_t n = m->n_vectors;
    if (n == 1) {
        margin[0] = m->n_classes == 0 ? sum_plain(m, row) : sum_on_grid(m, row);
        return;
    }
    for (size_t k = 0; k < n; k++)
        margin[k] = on_grid(m->bias[k]);
    for (size_t i = 0; i < row->n; i++) {
        const double *w = m->weight + row->index[i] * n;
        for (size_t k = 0; k < n; k++)
            margin[k] += on_grid(w[k] * row->value[i]);
    }
}

void ml_linear_terms(const struct ml_linear *m, const struct ml_sparse *row, double *bias,
                     double *terms)
{
    size_t n = m->n_vectors;
    bool plain = m->n_classes == 0;
    for (size_t k = 0; k < n; k++)
        bias[k] = plain ? m->bias[k] : on_grid(m->bias[k]);
    for (size_t i = 0; i < row->n; i++)
        for (size_t k = 0; k < n; k++) {
            double term = m->weight[row->index[i] * n + k] * row->value[i];
            terms[i * n + k] = plain ? term : on_grid(term);
        }
}

bool ml_linear_load(void **out, const char *text, size_t n, size_t n_features, size_t n_classes,
                    struct ml_error *err)
{
    struct ml_linear m;
    if (!ml_linear_read(&m, text, n, n_features, n_classes, err))
        return false;
    struct ml_linear *linear = ml_xmalloc(sizeof(*linear));
    *linear = m;
    *out = linear;
    return true;
}

void ml_linear_explain(const void *predictor, const struct ml_sparse *row, double *bias,
                       double *terms)
{
    ml_linear_terms(predictor, row, bias, terms);
}

void ml_linear_free(void *predictor)
{
    ml_linear_release(predictor);
    free(predictor);
}
