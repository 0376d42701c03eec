/* The inside of struct ml_encoder, for the files encoder*.c. */
#ifndef ML_RECIPE_ENCODER_PARTS_H
#define ML_RECIPE_ENCODER_PARTS_H

#include <math.h>

#include "base/dict.h"
#include "recipe/bins.h"
#include "recipe/cross.h"
#include "recipe/encoder.h"
#include "recipe/tokens.h"

/* How a node's value comes about in a row. */
enum ml_op {
    ML_OP_NONE,   /* nothing of its own: TEXT whose tokens nobody asks for, normalize */
    ML_OP_NUMBER, /* NUMERIC column */
    ML_OP_BINARY, /* BINARY column: levels 0, 1, missing */
    ML_OP_LEVEL,  /* CATEGORICAL column: its kept levels, others */
    ML_OP_BIN,
    ML_OP_TOKENS,
    ML_OP_CROSS,     /* of levels: one combination */
    ML_OP_CROSS_SET, /* some argument has tokens: a set of combinations */
};

/* One node's fitted state; which members count follows from op. */
struct ml_part {
    enum ml_op op;
    bool is_worked;    /* listed in ml_encoder.worked */
    size_t column;     /* ML_OP_NUMBER..ML_OP_TOKENS: the one it is made of */
    uint32_t n_levels; /* number of ids */
    double mean;       /* ML_OP_NUMBER, of the training rows */
    double deviation;  /* population standard deviation; 0: no z-score */
    double *counts;    /* owned. ML_OP_NUMBER: rows that have one, that miss it; ML_OP_BINARY: 0, 1,
                          missing; ML_OP_LEVEL: rows of each level, and of all others */
    struct ml_dict names; /* ML_OP_LEVEL, ML_OP_TOKENS: those kept, in the order of their bytes */
    struct ml_bins bins;
    struct ml_cross cross;
    struct ml_token_plan tokens;
};

/* A run of features. */
struct ml_output {
    size_t node;
    size_t part; /* whose value it shows: node, but the number itself for normalize */
    uint32_t first;
    uint32_t n_features; /* above 0 */
    bool has_missing;    /* number: the last feature says that it is missing */
    size_t *columns;     /* owned; ascending */
    size_t n_columns;
};

struct ml_encoder {
    const struct ml_recipe *recipe; /* borrowed */
    const struct ml_schema *schema; /* borrowed */
    struct ml_part *parts;          /* owned; one a node */
    size_t *column_part;            /* owned; the part of a column, or SIZE_MAX */
    size_t *worked; /* owned, n_worked: nodes whose ids a row keeps, ascending: tokens, products and
                       their arguments */
    size_t n_worked;
    struct ml_output *outputs; /* owned, ascending by first */
    size_t n_outputs;
    size_t n_features;
};

/* An encoder with nothing learnt: ops, columns and token plans are set. */
struct ml_encoder *ml_encoder_new(const struct ml_recipe *recipe, const struct ml_schema *schema);

/* Product of the arguments' levels of a cartesian node; 0 when past ML_MAX_CROSS_CODES. */
uint64_t ml_encoder_n_codes(const struct ml_encoder *encoder, size_t node);

/*
 * Once all parts are there: which outputs have how many features. keep[i] tells of output i whether
 * it varies among the training rows. False when there are no features or too many.
 */
bool ml_encoder_number_features(struct ml_encoder *encoder, const bool *keep, const char *name,
                                struct ml_error *err) __attribute__((warn_unused_result));

/* Ids of a row at a node of tokens. */
struct ml_ids {
    uint32_t *id; /* owned; ascending, distinct */
    size_t n;
    size_t capacity;
};

/* The ids of one row at the nodes that e->worked names. */
struct ml_encoder_work {
    size_t n_nodes;
    uint32_t *id;          /* owned, n_nodes each; of nodes that have one level a row */
    struct ml_ids *ids;    /* of nodes that have tokens */
    struct ml_tokens text; /* scratch */
};

/* The level at a node of op ML_OP_BINARY, ML_OP_LEVEL or ML_OP_BIN. */
static inline uint32_t ml_part_level(const struct ml_part *p, const struct ml_value *v)
{
    if (p->op == ML_OP_LEVEL)
        return v->level < p->n_levels ? v->level : p->n_levels - 1;
    if (p->op == ML_OP_BIN)
        return ml_bins_find(&p->bins, v->number);
    return isnan(v->number) ? 2 : v->number > 0.0;
}

/* Fills in work for one row; of products only when asked. */
void ml_encoder_evaluate(const struct ml_encoder *encoder, struct ml_encoder_work *work,
                         const struct ml_value *values, bool with_crosses);

/* Calls visit with the code of each of the row's combinations at a cartesian node. */
void ml_encoder_each_code(const struct ml_encoder *encoder, const struct ml_encoder_work *work,
                          size_t node, void (*visit)(void *ctx, uint64_t code), void *ctx);

/* Values of a data set's rows, as ml_encoder_apply wants them. */
struct ml_row_reader;
struct ml_row_reader *ml_row_reader_new(const struct ml_encoder *encoder,
                                        const struct ml_dataset *data);
void ml_row_reader_free(struct ml_row_reader *reader);
/* Borrowed until the next call. */
const struct ml_value *ml_row_reader_read(struct ml_row_reader *reader, size_t row);

#endif
