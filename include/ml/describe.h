/*
 * What is in a data file: one pass, constant memory a column.
 *
 * Exact as long as a column has at most ML_DESCRIBE_DISTINCT distinct values (a text column:
 * ML_DESCRIBE_WORDS words). Beyond that it is marked approximate, with the error: distinct values
 * by HyperLogLog, quantiles and histograms by a KLL sketch, the most frequent values by Misra &
 * Gries' counters. What relates such a column to the target (and everything that relates to a
 * NUMERIC target) then comes from a sample of at most ML_DESCRIBE_SAMPLE_ROWS rows, drawn by a
 * fixed seed; it is exact when the sample is the whole file. Nothing depends on the number of
 * threads.
 *
 * Mutual information is in nats, between the value and the target, over the rows that have a
 * target, by plug-in estimate. Its share of the target's entropy ("normalised", 0..1) compares
 * columns, and "chance" is what an unrelated column with as many values would show on average.
 * Before it is computed, a NUMERIC column is cut into at most ML_DESCRIBE_VALUE_BINS bins of about
 * equally many rows (equal values share one; as many distinct values or fewer have one each), a
 * NUMERIC target into ML_DESCRIBE_TARGET_BINS; missing is a value of its own, invalid counts as
 * missing. A TEXT column's is the largest of its words' (presence in the row).
 */
#ifndef ML_DESCRIBE_H
#define ML_DESCRIBE_H

#include "ml/schema.h"

enum {
    ML_DESCRIBE_DISTINCT = 4096,
    ML_DESCRIBE_WORDS = 16384,
    ML_DESCRIBE_SAMPLE_ROWS = 50000,
    ML_DESCRIBE_SAMPLE_BYTES = 8 * 1024 * 1024,
    ML_DESCRIBE_VALUE_BINS = 20,
    ML_DESCRIBE_TARGET_BINS = 10,
    ML_DESCRIBE_TOP = 10,        /* most frequent values, most prominent words */
    ML_DESCRIBE_KEY_BYTES = 256, /* values as long are told apart by a hash of their rest */
    ML_DESCRIBE_BINS = 20,       /* default of the histograms */
    ML_DESCRIBE_MAX_BINS = 500,
};

/* The limits behind the warnings; all codes are listed with ml_description_json. */
#define ML_WARN_LEAK 0.5       /* (information - chance) / entropy of the target, above this */
#define ML_WARN_DUPLICATE 0.99 /* the same, at least this: the target under another name */
#define ML_WARN_IMBALANCE 0.05 /* the rarest class's share, below this */
#define ML_WARN_MISSING 0.5    /* share of missing cells, above this */
#define ML_WARN_ID 0.95        /* share of distinct among the cells that are there, at least this */
#define ML_WARN_ID_ROWS 50     /* … in as many rows or more */
#define ML_WARN_CARDINALITY 1000 /* distinct categories, above this */

struct ml_describe_options {
    struct ml_csv_options csv;
    const char *target; /* overrides the schema's; NULL: as the schema says */
    size_t jobs;        /* threads; 0: one a processor */
    size_t bins;        /* of the histograms, 1..ML_DESCRIBE_MAX_BINS; equally wide */
};

#define ML_DESCRIBE_OPTIONS_INIT                                                                   \
    {                                                                                              \
        .csv = ML_CSV_OPTIONS_INIT, .bins = ML_DESCRIBE_BINS                                       \
    }

struct ml_description; /* immutable; may be shared by threads */

/*
 * Reads the file ("-": standard input). Columns are matched by name; the target may be absent (then
 * nothing is related to it), fields that the schema does not know are ignored. Malformed records
 * are rejected, explained through talk->note and counted; rows whose target is missing are
 * described but not related to it. Fails on an empty file, without rows, past csv.max_rejected
 * rejected rows (ML_ELIMIT), on an unknown or TEXT target.
 */
bool ml_describe(struct ml_description **out, const char *path, const struct ml_schema *schema,
                 const struct ml_describe_options *options, const struct ml_talk *talk,
                 struct ml_error *err) __attribute__((warn_unused_result));
void ml_description_free(struct ml_description *description);

size_t ml_description_rejected(const struct ml_description *description);

/*
 * As JSON (mlctl-describe(1) lists the members) or as text of at most 80 columns, with a final
 * newline; free with free. What is unknown is null. Codes of warnings: constant, all_missing,
 * id_like, target_duplicate, leak_suspect, imbalance, many_missing, invalid_cells,
 * high_cardinality, target_missing, target_constant, target_classes.
 */
char *ml_description_json(const struct ml_description *description);
char *ml_description_text(const struct ml_description *description);

#endif
