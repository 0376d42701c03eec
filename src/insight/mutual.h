/* Entropy and mutual information of counts, in nats; plug-in estimates (scikit-learn's). */
#ifndef ML_INSIGHT_MUTUAL_H
#define ML_INSIGHT_MUTUAL_H

#include <stddef.h>
#include <stdint.h>

/* Of the distribution that n counts stand for; 0 when all are 0. */
double ml_entropy(const uint64_t *counts, size_t n);

struct ml_mutual {
    uint64_t rows;
    double entropy; /* of the columns, 0..ln n_columns */
    double nats;    /* 0..entropy; NaN without rows */
    /* What unrelated rows and columns would show on average: (r - 1)(c - 1) / (2 rows), r and c the
     * rows and columns that are not empty (Miller 1955). */
    double chance;
};

/*
 * Of the table's rows (values) and columns (classes): count of cell (i, k) is table[i * stride +
 * k].
 */
struct ml_mutual ml_mutual_information(const uint64_t *table, size_t n_rows, size_t n_columns,
                                       size_t stride);

#endif
