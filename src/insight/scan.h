/*
 * One pass over the rows of a table, and what is known after it.
 */
#ifndef ML_INSIGHT_SCAN_H
#define ML_INSIGHT_SCAN_H

#include "insight/block.h"
#include "insight/gather.h"
#include "ml/describe.h"

/*
 * Classes of the target, in the order in which they first occur from 1 (CATEGORICAL), or as in
 * block.h. Before a run, everything but `reading` is 0.
 */
struct ml_scan {
    struct ml_reading reading;
    bool is_unlimited;         /* every distinct value is counted: for samples */
    struct ml_gather *columns; /* owned; one a schema column */
    size_t n_columns;
    uint64_t n_rows;
    size_t n_rejected;
    struct ml_dict classes; /* CATEGORICAL target: class k is string k - 1 */
    size_t n_classes;       /* with class 0 */
    bool too_many_classes;  /* then all rows are of class 0 */
    struct ml_row_sample sample;
};

void ml_scan_release(struct ml_scan *scan);

/* Reads the table to its end. */
bool ml_scan_run(struct ml_scan *scan, const struct ml_describe_options *options,
                 const struct ml_talk *talk, struct ml_error *err)
    __attribute__((warn_unused_result));

/* Looks at rows that were kept aside by another scan of the same table. */
void ml_scan_rows(struct ml_scan *scan, const struct ml_block *rows);

#endif
