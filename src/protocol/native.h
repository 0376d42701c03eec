/*
 * Our own protocol: JSON records and CSV, as the OpenAPI description has them.
 *
 *     {"record":{…}} or {"records":[{…},…]}, with "key", "threshold", "variant", "explain",
 * "strict" text/csv, columns named by its first line (or by position, where the model's data has no
 * header)
 */
#ifndef ML_PROTOCOL_NATIVE_H
#define ML_PROTOCOL_NATIVE_H

#include "base/json.h"
#include "protocol/protocol.h"

/* Reads a JSON body. At most max_rows records. The body must outlive the call. */
bool ml_native_read_json(struct ml_call *out, struct ml_arena *arena, const char *body, size_t n,
                         size_t max_rows, struct ml_call_fault *fault)
    __attribute__((warn_unused_result));

/* The same from a body already parsed, over what the call holds; its JSON must outlive the call. */
bool ml_native_read_tree(struct ml_call *call, struct ml_arena *arena, const struct ml_json *root,
                         size_t max_rows, struct ml_call_fault *fault)
    __attribute__((warn_unused_result));

/* One NDJSON line: a record object. */
bool ml_native_read_record(struct ml_call_record *out, struct ml_arena *arena, const char *line,
                           size_t n, struct ml_call_fault *fault)
    __attribute__((warn_unused_result));

/* Reads a CSV body; schema: whose header rule and column order count. Options are left as they are.
 */
bool ml_native_read_csv(struct ml_call *out, struct ml_arena *arena, const char *body, size_t n,
                        const struct ml_schema *schema, size_t max_rows,
                        struct ml_call_fault *fault) __attribute__((warn_unused_result));

/* Where the names of a CSV body's columns come from. */
enum ml_csv_names {
    ML_CSV_NAMES_BY_SCHEMA,  /* from where the model's data had them */
    ML_CSV_NAMES_FIRST_LINE, /* the first line, whatever is in it */
    ML_CSV_NAMES_DETECTED, /* the first line when most of its fields are columns of the schema; else
                              there are none: by position, as ml_call_positions has it */
};
/* The same for a foreign request. *has_header (or NULL): the first line was names. */
bool ml_native_read_csv_as(struct ml_call *out, struct ml_arena *arena,
                           const struct ml_wire_request *request, enum ml_csv_names names,
                           bool *has_header, struct ml_call_fault *fault)
    __attribute__((warn_unused_result));

/* The members of an answer's JSON object, without its braces. */
void ml_native_write_answer(struct ml_strbuf *buf, const struct ml_call_answer *answer);
/* The object of an answer's explanation. */
void ml_native_write_explanation(struct ml_strbuf *buf, const struct ml_call_answer *answer);
/* The whole reply: one object, or {"endpoint":…,"predictions":[…]}. */
void ml_native_write_json(struct ml_strbuf *buf, const char *endpoint,
                          const struct ml_call_answer *answers, size_t n, bool is_list);
/* CSV in Amazon ML's columns; all answers are of models with the same labels. */
void ml_native_write_csv(struct ml_strbuf *buf, const struct ml_call_answer *answers, size_t n);

#endif
