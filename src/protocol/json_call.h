/*
 * Pieces of JSON requests that several protocols share: values, records by name or by position,
 * and the options of a call. JSON outlives the call: cells borrow its strings.
 */
#ifndef ML_PROTOCOL_JSON_CALL_H
#define ML_PROTOCOL_JSON_CALL_H

#include "base/json.h"
#include "protocol/call.h"

/* A value under a name (borrowed): null is missing, a boolean "true" or "false"; arrays and objects
 * are refused. */
bool ml_call_read_cell(struct ml_call_cell *cell, const char *name, const struct ml_json *value,
                       struct ml_call_fault *fault) __attribute__((warn_unused_result));

/* {"age":33,"job":"student"} */
bool ml_call_read_object(struct ml_call_record *out, struct ml_arena *arena,
                         const struct ml_json *object, struct ml_call_fault *fault)
    __attribute__((warn_unused_result));

/*
 * Which columns n values without names are: the inputs in the schema's order; or all columns but
 * the target; or all columns. columns: n, in the arena. Refuses any other n.
 */
bool ml_call_positions(size_t **columns, struct ml_arena *arena, const struct ml_schema *schema,
                       size_t n, struct ml_call_fault *fault) __attribute__((warn_unused_result));

/* [33,"student"], by ml_call_positions. */
bool ml_call_read_array(struct ml_call_record *out, struct ml_arena *arena,
                        const struct ml_json *array, const struct ml_schema *schema,
                        struct ml_call_fault *fault) __attribute__((warn_unused_result));

/* Room for n records, empty, places 1 to n; refuses more than max_rows. Makes the call a list. */
bool ml_call_make_records(struct ml_call *call, struct ml_arena *arena, size_t n, size_t max_rows,
                          struct ml_call_fault *fault) __attribute__((warn_unused_result));

/*
 * Sets an option of the call from a member named key, threshold, variant, explain or strict.
 * *is_known: whether it is named so.
 */
bool ml_call_read_option(struct ml_call *call, struct ml_arena *arena, const struct ml_json *member,
                         bool *is_known, struct ml_call_fault *fault)
    __attribute__((warn_unused_result));

/* Parses a body, with a byte-order mark or without; *out is in the arena. */
bool ml_call_parse_json(struct ml_json **out, struct ml_arena *arena, const char *text, size_t n,
                        struct ml_call_fault *fault) __attribute__((warn_unused_result));

#endif
