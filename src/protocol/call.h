/*
 * A prediction request and its answers, whatever protocol they came in.
 *
 * A protocol turns bytes into a call and answers into bytes; it knows neither sockets nor
 * endpoints. Everything in a call lives in the arena it was read into.
 */
#ifndef ML_PROTOCOL_CALL_H
#define ML_PROTOCOL_CALL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "ml/model.h"

/* One named value of a record. JSON null is the empty text: an absent value. */
struct ml_call_cell {
    const char *name;
    const char *text; /* NUL-terminated; unless is_number */
    size_t name_bytes;
    size_t text_bytes;
    double number;
    bool is_number;
};

struct ml_call_record {
    struct ml_call_cell *cells;
    size_t n_cells;
    size_t
        place; /* for messages: 1-based record of a list, or line of a CSV body; 0: the only one */
};

struct ml_call {
    struct ml_call_record *records;
    size_t n_records;
    bool is_list; /* answered by a list, even of one */
    bool is_csv;
    const char *key; /* assignment key, or NULL */
    size_t key_bytes;
    const char *variant; /* pinned, or NULL */
    double threshold;    /* NaN: none given */
    bool explain;
    bool strict;
    bool is_together;         /* all records go to one variant, and their ids begin with the
                                 first's: "<id>#2", … */
    const char *inference_id; /* the client's own, 1 to 64 printable characters, or NULL */
    void *wire;               /* what its protocol keeps from reading to writing */
};

/* Why a body is no call: a code for programs (static), and the field it is about or NULL. */
struct ml_call_fault {
    const char *code;
    const char *field;
    int status; /* HTTP's; 0: what err's code stands for */
    struct ml_error err;
};

/* Additive parts of one margin. */
struct ml_call_explanation {
    double margin;
    double bias;
    const double *columns; /* one a schema column, `stride` apart */
    size_t stride;
};

struct ml_call_answer {
    const struct ml_model *model;
    const char *variant;
    const char *inference_id;
    const char *assignment;
    const double *probability;                      /* one a label; a regression's value */
    size_t label;                                   /* 0 for a regression */
    double threshold;                               /* binary */
    const struct ml_call_explanation *explanations; /* NULL; multiclass one a label, else 1 */
    const struct ml_call_record *record;
};

#endif
