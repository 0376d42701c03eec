/* The inside of struct ml_model and its way to and from a bundle's files. */
#ifndef ML_MODEL_MODEL_H
#define ML_MODEL_MODEL_H

#include "data/split.h"
#include "learn/calibrator.h"
#include "learn/learner.h"
#include "ml/model.h"
#include "model/files.h"
#include "model/reference.h"
#include "model/trained.h"
#include "recipe/encoder.h"

enum { ML_NAME_BYTES = 65 };

/* Where a model comes from: enough to find the rows that training held out. */
struct ml_provenance {
    char *data_path; /* owned; absolute, or "-" for standard input */
    char data_digest[ML_DIGEST_HEX];
    size_t n_rows; /* in the file, rejected ones included */
    size_t n_train;
    size_t n_held_out;
    size_t n_rejected;
    struct ml_csv_options csv;
    struct ml_split split;
    char *seed_text; /* owned; what the seed was hashed from, or NULL */
};

struct ml_model {
    char name[ML_NAME_BYTES];
    size_t version;
    enum ml_problem problem;
    struct ml_schema *schema; /* owned */
    struct ml_recipe *recipe; /* owned */
    char *recipe_text;        /* owned; its JSON while a bundle is made, else NULL */
    struct ml_encoder *encoder;
    const struct ml_learner_ops *learner;
    void *predictor; /* owned, by learner->free */
    char **labels;   /* owned, n_labels */
    size_t n_labels;
    double *prior;                    /* owned, n_labels; NULL for a regression */
    struct ml_target_summary target;  /* regression */
    struct ml_calibrator calibration; /* of what the learner says; none: it stands */
    double threshold;                 /* binary */
    bool has_registry_threshold;      /* threshold is the registry's, not the bundle's */
    struct ml_provenance provenance;
    struct ml_reference reference; /* of scores; n_bins 0 in bundles made without one */
    struct ml_trained trained;     /* figures on the training rows */
    struct ml_files files;         /* owned: the bundle as published */
};

/*
 * A model from a bundle whose digests have been checked; `where` stands in front of messages. Takes
 * files on success.
 */
bool ml_model_from_files(struct ml_model **out, struct ml_files *files, const char *where,
                         struct ml_error *err) __attribute__((warn_unused_result));
const struct ml_files *ml_model_files(const struct ml_model *model);
void ml_model_set_name(struct ml_model *model, const char *name, size_t version);
/* In place of the bundle's. */
void ml_model_set_threshold(struct ml_model *model, double threshold);
bool ml_model_has_registry_threshold(const struct ml_model *model);

/* "binary", "multiclass", "regression". */
const char *ml_problem_name(enum ml_problem problem);
/* How many sums ml_scorer_explain takes apart. */
size_t ml_model_n_margins(const struct ml_model *model);
/* 1 for a regression, else n_labels. */
size_t ml_n_scores(enum ml_problem problem, size_t n_labels);

/* The label's number, or -1, which is all there is for a regression. A BINARY target's words are
 * read as such ("yes" is "1"). */
long ml_model_find_label(const struct ml_model *model, const char *s, size_t n);

/*
 * A cell of the target's column: the label's number, or a regression's value within ML_MAX_TARGET.
 * ML_EINPUT "column 'y': the target is missing", "… not a label the model knows: 'x'", "… not a
 * number: 'x'".
 */
bool ml_model_read_target(const struct ml_model *model, const char *s, size_t n, double *out,
                          struct ml_error *err) __attribute__((warn_unused_result));

/* The record's values, one a schema column, for those who make them otherwise than from text. */
struct ml_value *ml_scorer_values(struct ml_scorer *scorer);
/* The features of the scorer's record; borrowed until the next call. */
const struct ml_sparse *ml_scorer_features(struct ml_scorer *scorer);

#endif
