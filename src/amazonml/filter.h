/* One condition on entities, and an order of them: what Describe operations are asked for. */
#ifndef ML_AMAZONML_FILTER_H
#define ML_AMAZONML_FILTER_H

#include "amazonml/entity.h"
#include "amazonml/fault.h"

/* The value that entities are compared by: a time, or a text (borrowed). */
struct ml_aml_key {
    const char *text; /* NULL: number counts */
    double number;
};

struct ml_aml_filter {
    const char *variable;   /* static: "CreatedAt" */
    size_t which;           /* in the table of variables */
    const char *comparator; /* static: "EQ", …; NULL: everything passes */
    struct ml_aml_key value;
    bool is_descending;
};

/* Reads FilterVariable, EQ, GT, LT, GE, LE, NE, Prefix and SortOrder; borrows from input. */
bool ml_aml_filter_read(struct ml_aml_filter *out, enum ml_aml_kind kind,
                        const struct ml_json *input, struct ml_aml_fault *fault)
    __attribute__((warn_unused_result));

struct ml_aml_key ml_aml_filter_key(const struct ml_aml_filter *filter,
                                    const struct ml_aml_entity *entity);
bool ml_aml_filter_passes(const struct ml_aml_filter *filter, const struct ml_aml_entity *entity);
/* -1, 0, 1: by number or by bytes. */
int ml_aml_key_compare(const struct ml_aml_key *a, const struct ml_aml_key *b);

/*
 * Milliseconds since 1970 of "1486834110.483" (seconds), "2017-02-11", "2017-02-11T17:28:30" with
 * or without a fraction and a 'Z'; always UTC.
 */
bool ml_aml_time_read(double *ms, const char *text);

#endif
