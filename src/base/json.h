/*
 * JSON in and out. Reading goes through cJSON (base/json_* are its only users) behind a scanner
 * that refuses what cJSON lets pass: trailing text, depth over 32, leading zeros, bare control
 * characters, bad escapes, lone surrogates, \u0000, invalid UTF-8, numbers beyond double, duplicate
 * keys. Writing is ours, because cJSON's printer alters one double in seven.
 */
#ifndef ML_BASE_JSON_H
#define ML_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/strbuf.h"

enum { ML_JSON_MAX_DEPTH = 32 };

struct ml_json; /* a value in a parsed document; opaque */

enum ml_json_type {
    ML_JSON_NULL,
    ML_JSON_BOOL,
    ML_JSON_NUMBER,
    ML_JSON_STRING,
    ML_JSON_ARRAY,
    ML_JSON_OBJECT,
};

/*
 * Parses n bytes as one RFC 8259 value. `name` stands in front of messages, with line and column:
 * "banking.csv.schema:3:17: …". The document is freed with ml_json_free; values inside it are
 * borrowed from it. About 80 bytes of memory a byte of text in the worst case: bound n first.
 */
bool ml_json_parse(struct ml_json **out, const char *text, size_t n, const char *name,
                   struct ml_error *err) __attribute__((warn_unused_result));
void ml_json_free(struct ml_json *document);
/*
 * The same with the document in an arena, gone when the arena is reset: no ml_json_free. In one
 * pass and without cJSON, which would be a third of a prediction's work (json_build.h).
 */
bool ml_json_parse_in(struct ml_arena *arena, struct ml_json **out, const char *text, size_t n,
                      const char *name, struct ml_error *err) __attribute__((warn_unused_result));

/* NULL: nothing is there, which is null. */
enum ml_json_type ml_json_type(const struct ml_json *value);
/* Member of an object by exact name, or NULL (also when value is no object). O(members). */
const struct ml_json *ml_json_get(const struct ml_json *value, const char *name);
/* First child of an array or object and the next one; NULL at the end. */
const struct ml_json *ml_json_first(const struct ml_json *value);
const struct ml_json *ml_json_next(const struct ml_json *child);
size_t ml_json_count(const struct ml_json *value); /* children; O(n) */
const char *ml_json_key(const struct ml_json *member);
const char *ml_json_string(const struct ml_json *value); /* NULL unless a string */
double ml_json_number(const struct ml_json *value);      /* NaN unless a number */
bool ml_json_bool(const struct ml_json *value, bool fallback);
/* An array of finite numbers, owned by the caller; NULL when it is none. *n is its length. */
double *ml_json_numbers(const struct ml_json *array, size_t *n);

/* Writing: values and punctuation by hand, strings and numbers through these. */
void ml_json_add_string(struct ml_strbuf *buf, const char *s, size_t n);
void ml_json_adds(struct ml_strbuf *buf, const char *s);
/* "name": with the comma that the text before it calls for. */
void ml_json_add_key(struct ml_strbuf *buf, const char *name);
/* A comma unless buf ends with an opening bracket, colon or nothing. */
void ml_json_add_comma(struct ml_strbuf *buf);
/* NaN and infinities become null: they have no JSON form. */
void ml_json_add_number(struct ml_strbuf *buf, double x);

/*
 * Any bytes: a string when they are UTF-8 without NUL, else {"hex":"…"}. ml_json_bytes reads either
 * form back into buf (appending) and returns whether it was one.
 */
void ml_json_add_bytes(struct ml_strbuf *buf, const char *s, size_t n);
bool ml_json_bytes(const struct ml_json *value, struct ml_strbuf *buf)
    __attribute__((warn_unused_result));

void ml_json_key_number(struct ml_strbuf *buf, const char *name, double x);
void ml_json_key_count(struct ml_strbuf *buf, const char *name, size_t x);
void ml_json_key_string(struct ml_strbuf *buf, const char *name, const char *s);
void ml_json_key_bool(struct ml_strbuf *buf, const char *name, bool x);
void ml_json_key_numbers(struct ml_strbuf *buf, const char *name, const double *x, size_t n);
void ml_json_key_counts(struct ml_strbuf *buf, const char *name, const size_t *x, size_t n);

#endif
