#include "learn/svm_model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/number.h"
#include "learn/lines.h"

static const char *const types[] = {"c_svc"};
static const char *const kernels[] = {[ML_KERNEL_LINEAR] = "linear", [ML_KERNEL_RBF] = "rbf"};

void ml_svm_init(struct ml_svm *m, size_t n_features, size_t n_classes)
{
    *m = (struct ml_svm){.n_features = n_features, .n_classes = n_classes};
    m->n_pairs = n_classes * (n_classes - 1) / 2;
    m->label = ml_xcalloc(n_classes, sizeof(*m->label));
    m->n_vectors = ml_xcalloc(n_classes, sizeof(*m->n_vectors));
    m->rho = ml_xcalloc(m->n_pairs, sizeof(*m->rho));
    m->prob_a = ml_xcalloc(m->n_pairs, sizeof(*m->prob_a));
    m->prob_b = ml_xcalloc(m->n_pairs, sizeof(*m->prob_b));
}

void ml_svm_release(struct ml_svm *m)
{
    free(m->label);
    free(m->n_vectors);
    free(m->rho);
    free(m->prob_a);
    free(m->prob_b);
    free(m->coef);
    ml_csr_release(&m->vector);
    *m = (struct ml_svm){0};
}

size_t ml_svm_pair(const struct ml_svm *m, size_t i, size_t j)
{
    return i * (2 * m->n_classes - i - 1) / 2 + j - i - 1;
}

static void write_counts(const char *key, const size_t *count, size_t n, struct ml_strbuf *buf)
{
    ml_strbuf_adds(buf, key);
    for (size_t i = 0; i < n; i++)
        ml_strbuf_addf(buf, " %zu", count[i]);
    ml_strbuf_addc(buf, '\n');
}

static void write_numbers(const char *key, const double *x, size_t n, struct ml_strbuf *buf)
{
    ml_strbuf_adds(buf, key);
    for (size_t i = 0; i < n; i++) {
        ml_strbuf_addc(buf, ' ');
        ml_strbuf_add_double(buf, x[i]);
    }
    ml_strbuf_addc(buf, '\n');
}

/* Every word has a blank behind it: libsvm's reader splits a line there. */
static void write_vector(const struct ml_svm *m, size_t s, struct ml_strbuf *buf)
{
    for (size_t k = 0; k + 1 < m->n_classes; k++) {
        ml_strbuf_add_double(buf, m->coef[s * (m->n_classes - 1) + k]);
        ml_strbuf_addc(buf, ' ');
    }
    for (size_t e = m->vector.start[s]; e < m->vector.start[s + 1]; e++) {
        ml_strbuf_add_u64(buf, (uint64_t)m->vector.index[e] + 1);
        ml_strbuf_addc(buf, ':');
        ml_strbuf_add_double(buf, m->vector.value[e]);
        ml_strbuf_addc(buf, ' ');
    }
    ml_strbuf_addc(buf, '\n');
}

void ml_svm_write(const struct ml_svm *m, struct ml_strbuf *buf)
{
    ml_strbuf_addf(buf, "svm_type %s\nkernel_type %s\n", types[0], kernels[m->kernel]);
    if (m->kernel == ML_KERNEL_RBF)
        write_numbers("gamma", &m->gamma, 1, buf);
    ml_strbuf_addf(buf, "nr_class %zu\ntotal_sv %zu\n", m->n_classes, m->vector.n_rows);
    write_numbers("rho", m->rho, m->n_pairs, buf);
    write_counts("label", m->label, m->n_classes, buf);
    write_numbers("probA", m->prob_a, m->n_pairs, buf);
    write_numbers("probB", m->prob_b, m->n_pairs, buf);
    write_counts("nr_sv", m->n_vectors, m->n_classes, buf);
    ml_strbuf_adds(buf, "SV\n");
    for (size_t s = 0; s < m->vector.n_rows; s++)
        write_vector(m, s, buf);
}

/* A line of `key` and one of n names, which goes to *out. */
static bool read_name(struct ml_lines *l, const char *key, const char *const *names, size_t n,
                      size_t *out)
{
    const char *word;
    size_t length;
    if (!ml_lines_key(l, key) || !ml_lines_word(l, &word, &length) || !ml_lines_done(l))
        return false;
    for (size_t i = 0; i < n; i++)
        if (strlen(names[i]) == length && memcmp(names[i], word, length) == 0) {
            *out = i;
            return true;
        }
    return false;
}

static bool read_count(struct ml_lines *l, const char *key, size_t low, size_t high, size_t *out)
{
    long count;
    if (!ml_lines_key(l, key) || !ml_lines_count(l, (long)low, (long)high, &count) ||
        !ml_lines_done(l))
        return false;
    *out = (size_t)count;
    return true;
}

static bool read_numbers(struct ml_lines *l, const char *key, double *out, size_t n)
{
    bool ok = ml_lines_key(l, key);
    for (size_t i = 0; ok && i < n; i++)
        ok = ml_lines_number(l, &out[i]);
    return ok && ml_lines_done(l);
}

static bool read_labels(struct ml_lines *l, struct ml_svm *m)
{
    bool *seen = ml_xcalloc(m->n_classes, sizeof(*seen));
    bool ok = ml_lines_key(l, "label");
    for (size_t k = 0; ok && k < m->n_classes; k++) {
        long c;
        ok = ml_lines_count(l, 0, (long)m->n_classes - 1, &c) && !seen[c];
        if (ok) {
            seen[c] = true;
            m->label[k] = (size_t)c;
        }
    }
    free(seen);
    return ok && ml_lines_done(l);
}

static bool read_vector_counts(struct ml_lines *l, struct ml_svm *m, size_t n_vectors)
{
    size_t left = n_vectors;
    bool ok = ml_lines_key(l, "nr_sv");
    for (size_t k = 0; ok && k < m->n_classes; k++) {
        long count = 0;
        ok = ml_lines_count(l, 0, (long)left, &count);
        m->n_vectors[k] = (size_t)count;
        left -= (size_t)count;
    }
    return ok && left == 0 && ml_lines_done(l);
}

static bool read_kernel(struct ml_lines *l, struct ml_svm *m, struct ml_error *err)
{
    size_t which;
    if (!read_name(l, "svm_type", types, sizeof(types) / sizeof(types[0]), &which))
        return ml_lines_fail(l, "not a 'c_svc'", err);
    if (!read_name(l, "kernel_type", kernels, sizeof(kernels) / sizeof(kernels[0]), &which))
        return ml_lines_fail(l, "neither a linear nor an rbf kernel", err);
    m->kernel = (enum ml_kernel)which;
    if (m->kernel == ML_KERNEL_RBF &&
        (!read_numbers(l, "gamma", &m->gamma, 1) || !(m->gamma > 0.0)))
        return ml_lines_fail(l, "gamma must be a number above 0", err);
    return true;
}

static bool read_header(struct ml_lines *l, struct ml_svm *m, size_t *n_vectors,
                        struct ml_error *err)
{
    if (!read_kernel(l, m, err))
        return false;
    size_t count;
    if (!read_count(l, "nr_class", m->n_classes, m->n_classes, &count))
        return ml_lines_fail(l, "not the number of classes in model.json", err);
    /* each coefficient takes a byte or more: nothing is allocated that the text cannot fill */
    if (!read_count(l, "total_sv", 1, l->n / (m->n_classes - 1), n_vectors))
        return ml_lines_fail(l, "malformed number of support vectors", err);
    if (!read_numbers(l, "rho", m->rho, m->n_pairs))
        return ml_lines_fail(l, "malformed rho", err);
    if (!read_labels(l, m))
        return ml_lines_fail(l, "malformed labels", err);
    if (!read_numbers(l, "probA", m->prob_a, m->n_pairs) ||
        !read_numbers(l, "probB", m->prob_b, m->n_pairs))
        return ml_lines_fail(l, "malformed probA or probB", err);
    if (!read_vector_counts(l, m, *n_vectors))
        return ml_lines_fail(l, "nr_sv does not add up to total_sv", err);
    if (!ml_lines_key(l, "SV") || !ml_lines_done(l))
        return ml_lines_fail(l, "'SV' is missing", err);
    return true;
}

/* "17:0.5": index 17, which must be in [low, high]. */
static bool parse_entry(const char *word, size_t n, size_t low, size_t high, size_t *index,
                        double *value)
{
    const char *colon = memchr(word, ':', n);
    double x;
    if (colon == NULL || ml_number_parse(word, (size_t)(colon - word), &x) != ML_NUMBER_OK ||
        !(x >= (double)low && x <= (double)high) || x != floor(x))
        return false;
    *index = (size_t)x;
    return ml_number_parse(colon + 1, n - (size_t)(colon + 1 - word), value) == ML_NUMBER_OK &&
           *value != 0.0;
}

static bool read_vector(struct ml_lines *l, struct ml_svm *m, size_t s, struct ml_sparse *row)
{
    bool ok = ml_lines_next(l);
    for (size_t k = 0; ok && k + 1 < m->n_classes; k++)
        ok = ml_lines_number(l, &m->coef[s * (m->n_classes - 1) + k]);
    row->n = 0;
    const char *word;
    size_t n;
    size_t index = 0;
    while (ok && ml_lines_word(l, &word, &n)) {
        double value;
        ok = parse_entry(word, n, index + 1, m->n_features, &index, &value);
        if (ok)
            ml_sparse_add(row, (uint32_t)(index - 1), value);
    }
    if (ok)
        ml_csr_add_row(&m->vector, row);
    return ok;
}

static bool read_vectors(struct ml_lines *l, struct ml_svm *m, size_t n_vectors,
                         struct ml_error *err)
{
    m->coef = ml_xcalloc(n_vectors * (m->n_classes - 1), sizeof(*m->coef));
    m->vector.n_columns = m->n_features;
    struct ml_sparse row = {0};
    bool ok = true;
    for (size_t s = 0; ok && s < n_vectors; s++)
        ok = read_vector(l, m, s, &row);
    ml_sparse_release(&row);
    if (!ok)
        return ml_lines_fail(l, "malformed support vector", err);
    return ml_lines_next(l) ? ml_lines_fail(l, "text after the support vectors", err) : true;
}

bool ml_svm_read(struct ml_svm *out, const char *text, size_t n, size_t n_features,
                 size_t n_classes, struct ml_error *err)
{
    struct ml_lines l = {.text = text, .n = n};
    if (n_classes < 2 || n_classes > n || n_classes * (n_classes - 1) / 2 > n)
        return ml_lines_fail(&l, "too short for the number of classes in model.json", err);
    struct ml_svm m;
    ml_svm_init(&m, n_features, n_classes);
    size_t n_vectors = 0;
    if (!read_header(&l, &m, &n_vectors, err) || !read_vectors(&l, &m, n_vectors, err)) {
        ml_svm_release(&m);
        return false;
    }
    *out = m;
    return true;
}

static double dot(const struct ml_sparse *x, const struct ml_sparse *y)
{
    double sum = 0.0;
    for (size_t i = 0, j = 0; i < x->n && j < y->n;) {
        if (x->index[i] == y->index[j])
            sum += x->value[i++] * y->value[j++];
        else if (x->index[i] < y->index[j])
            i++;
        else
            j++;
    }
    return sum;
}

/* |x - y|^2 by differences: |x|^2 + |y|^2 - 2xy would cancel. */
static double squared_distance(const struct ml_sparse *x, const struct ml_sparse *y)
{
    double sum = 0.0;
    size_t i = 0;
    size_t j = 0;
    while (i < x->n || j < y->n) {
        double d;
        if (j == y->n || (i < x->n && x->index[i] < y->index[j]))
            d = x->value[i++];
        else if (i == x->n || y->index[j] < x->index[i])
            d = y->value[j++];
        else
            d = x->value[i++] - y->value[j++];
        sum += d * d;
    }
    return sum;
}

static double kernel_value(const struct ml_svm *m, const struct ml_sparse *row, size_t s)
{
    const struct ml_csr *v = &m->vector;
    struct ml_sparse vector = {.n = v->start[s + 1] - v->start[s]};
    if (vector.n > 0) {
        vector.index = v->index + v->start[s];
        vector.value = v->value + v->start[s];
    }
    if (m->kernel == ML_KERNEL_LINEAR)
        return dot(row, &vector);
    return exp(-m->gamma * squared_distance(row, &vector));
}

void ml_svm_decisions(const struct ml_svm *m, const struct ml_sparse *row, double *decision)
{
    memset(decision, 0, m->n_pairs * sizeof(*decision));
    const double *coef = m->coef;
    size_t s = 0;
    for (size_t i = 0; i < m->n_classes; i++)
        for (size_t end = s + m->n_vectors[i]; s < end; s++) {
            double k = kernel_value(m, row, s);
            for (size_t j = 0; j < i; j++)
                decision[ml_svm_pair(m, j, i)] += *coef++ * k;
            for (size_t j = i + 1; j < m->n_classes; j++)
                decision[ml_svm_pair(m, i, j)] += *coef++ * k;
        }
    for (size_t p = 0; p < m->n_pairs; p++)
        decision[p] -= m->rho[p];
}
