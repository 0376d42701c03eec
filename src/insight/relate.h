/* A column's counts against the target's classes. */
#ifndef ML_INSIGHT_RELATE_H
#define ML_INSIGHT_RELATE_H

#include "insight/result.h"
#include "insight/runs.h"
#include "insight/scan.h"

/*
 * Two looks at the file: `all` saw every row, `part` the sample's, with every value counted and
 * (for a NUMERIC target) with classes. part has columns only where it was needed.
 */
struct ml_views {
    const struct ml_scan *all;
    const struct ml_scan *part;
    const bool *uses_part; /* by schema column: its counts by class are in `part` */
    long target;           /* schema column or -1 */
    bool has_classes;      /* there is something to relate to */
    bool has_positive;     /* BINARY target: class 2 against class 1 */
    size_t n_bins;         /* of histograms */
};

const struct ml_scan *ml_view(const struct ml_views *views, size_t column);

/* The numbers of an exact column, sorted. */
void ml_relate_runs(const struct ml_gather *gather, struct ml_runs *runs);

/* Rows by class, class 0 included: scan->n_classes counts, to be freed. */
uint64_t *ml_relate_totals(const struct ml_views *views, const struct ml_scan *scan);

/* Share of positives among counts by class; NaN when there are none or the target is not BINARY. */
double ml_relate_positive(const struct ml_views *views, const uint64_t *counts, size_t n_classes);

/* Mutual information of a column that is not TEXT. */
void ml_relate_column(struct ml_insight *insight, const struct ml_views *views, size_t column);
/* Mutual information of word number `word` of a TEXT column. */
struct ml_mutual ml_relate_word(const struct ml_scan *scan, size_t column, size_t word,
                                const uint64_t *totals);
/* Takes the figures over. */
void ml_relate_set(struct ml_insight *insight, const struct ml_views *views, size_t column,
                   const struct ml_mutual *mutual);

#endif
