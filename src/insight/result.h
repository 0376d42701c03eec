/* What a description says, before it is written as JSON or text. */
#ifndef ML_INSIGHT_RESULT_H
#define ML_INSIGHT_RESULT_H

#include "insight/mutual.h"
#include "ml/describe.h"

enum { ML_N_QUANTILES = 7, ML_N_TYPES = 4 };
extern const double ml_quantile_levels[ML_N_QUANTILES]; /* 0.01, 0.05, 0.25, 0.5 … */

/* A value, a class or a word. */
struct ml_item {
    char *label; /* owned; any bytes but NUL */
    uint64_t rows;
    double positive;   /* share of positives among its rows, BINARY target; NaN: unknown */
    double prominence; /* of a word, in nats */
};

/* A bar of a histogram: from <= x < to, the last one up to and with `to`. */
struct ml_bar {
    double from;
    double to;
    uint64_t rows;
    double positive;
};

struct ml_items {
    struct ml_item *list; /* owned */
    size_t n;
    uint64_t other; /* rows of what is not listed */
};

/* One column. What its type does not have is 0 or NaN. */
struct ml_insight {
    char *name; /* owned */
    enum ml_type type;
    enum ml_role role;
    bool is_exact;
    uint64_t n_missing; /* CATEGORICAL: empty cells, TEXT: rows without a word */
    uint64_t n_invalid;
    double n_unique; /* values or words; an estimate unless exact */
    bool has_mutual;
    bool is_mutual_exact;
    struct ml_mutual mutual;
    double normalised;     /* NaN: the target has no entropy */
    struct ml_items items; /* BINARY: 0 and 1; CATEGORICAL: most frequent; TEXT: most prominent */
    uint64_t count_error;  /* rows that an item may have beyond its count */
    struct ml_item least;  /* CATEGORICAL; label NULL: unknown */
    /* NUMERIC; BINARY: n_numbers */
    uint64_t n_numbers;
    uint64_t n_zeros;
    bool is_whole;
    double min;
    double max;
    double mean;
    double sd; /* with n - 1 */
    double quantiles[ML_N_QUANTILES];
    struct ml_bar *bars; /* owned */
    size_t n_bars;
    /* TEXT */
    uint64_t n_words;
    size_t row_words[2];
    size_t word_length[2];
};

struct ml_warning {
    const char *code;   /* static */
    const char *column; /* borrowed from the insight */
    char *message;      /* owned */
};

struct ml_description {
    char *path; /* owned */
    uint64_t n_rows;
    size_t n_rejected;
    size_t n_ignored; /* fields that the schema does not know */
    uint64_t sample_rows;
    bool sample_is_all;
    struct ml_insight *columns; /* owned; those in the file, in the schema's order */
    size_t n_columns;
    long target;       /* among columns, or -1 */
    double entropy;    /* of the target, in nats; NaN: not known */
    bool has_positive; /* the target is BINARY */
    bool too_many_classes;
    uint64_t n_without_target;
    struct ml_items classes;     /* BINARY, CATEGORICAL target: all classes, most frequent first */
    struct ml_warning *warnings; /* owned */
    size_t n_warnings;
    size_t warnings_capacity;
};

/* Adds the warnings that the rest of the description calls for. */
void ml_description_warn(struct ml_description *description);

#endif
