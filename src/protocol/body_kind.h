/*
 * What kind of text a body is. A type that says nothing (none at all, octet-stream, what curl sends
 * when it is not told) is judged by the body's first byte.
 */
#ifndef ML_PROTOCOL_BODY_KIND_H
#define ML_PROTOCOL_BODY_KIND_H

#include <stdbool.h>
#include <stddef.h>

enum ml_body_kind {
    ML_BODY_JSON,
    ML_BODY_CSV,
    ML_BODY_NDJSON,
    ML_BODY_UNKNOWN, /* as a verdict on the type alone: look at the first byte */
    ML_BODY_UNSUPPORTED,
};

/* content_type may be NULL; parameters behind ';' do not count. */
enum ml_body_kind ml_body_kind_of_type(const char *content_type);
/* By the type, else by the body: JSON when it begins with a brace or a bracket, behind a byte-order
 * mark or not, or is empty. */
enum ml_body_kind ml_body_kind(const char *content_type, const char *body, size_t n);

/*
 * The same for foreign requests, whose type need not be right: one that is not ours counts as JSON
 * when the body looks like it, and where the type says nothing, JSON on several lines is NDJSON.
 */
enum ml_body_kind ml_body_kind_guess(const char *content_type, const char *body, size_t n);

#endif
