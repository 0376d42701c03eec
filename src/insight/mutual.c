#include "insight/mutual.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"

double ml_entropy(const uint64_t *counts, size_t n)
{
    double total = 0.0;
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        total += (double)counts[i];
    for (size_t i = 0; i < n; i++)
        if (counts[i] > 0)
            sum -= (double)counts[i] / total * log((double)counts[i] / total);
    return sum > 0.0 ? sum : 0.0;
}

static uint64_t sum_row(const uint64_t *row, size_t n)
{
    uint64_t sum = 0;
    for (size_t k = 0; k < n; k++)
        sum += row[k];
    return sum;
}

static double sum_cells(const uint64_t *row, const uint64_t *columns, size_t n, uint64_t rows)
{
    double in_row = (double)sum_row(row, n);
    double sum = 0.0;
    for (size_t k = 0; k < n; k++)
        if (row[k] > 0)
            sum += (double)row[k] / (double)rows *
                   log((double)row[k] * (double)rows / (in_row * (double)columns[k]));
    return sum;
}

struct ml_mutual ml_mutual_information(const uint64_t *table, size_t n_rows, size_t n_columns,
                                       size_t stride)
{
    struct ml_mutual m = {.nats = NAN, .chance = NAN};
    uint64_t *columns = ml_xcalloc(n_columns + 1, sizeof(*columns));
    size_t filled_rows = 0;
    size_t filled_columns = 0;
    for (size_t i = 0; i < n_rows; i++) {
        filled_rows += sum_row(table + i * stride, n_columns) > 0;
        for (size_t k = 0; k < n_columns; k++)
            columns[k] += table[i * stride + k];
    }
    m.rows = sum_row(columns, n_columns);
    m.entropy = ml_entropy(columns, n_columns);
    if (m.rows > 0) {
        double sum = 0.0;
        for (size_t i = 0; i < n_rows; i++)
            sum += sum_cells(table + i * stride, columns, n_columns, m.rows);
        for (size_t k = 0; k < n_columns; k++)
            filled_columns += columns[k] > 0;
        m.nats = sum > 0.0 ? sum : 0.0;
        m.chance =
            (double)(filled_rows - 1) * (double)(filled_columns - 1) / (2.0 * (double)m.rows);
    }
    free(columns);
    return m;
}
