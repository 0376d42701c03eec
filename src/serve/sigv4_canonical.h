/* The canonical request of AWS Signature Version 4: what a signature is made of. */
#ifndef ML_SERVE_SIGV4_CANONICAL_H
#define ML_SERVE_SIGV4_CANONICAL_H

#include "base/strbuf.h"
#include "serve/sigv4.h"

/* How a query is read: some clients sign it as sent, others decoded and encoded anew. */
enum ml_sigv4_query { ML_SIGV4_QUERY_ENCODED, ML_SIGV4_QUERY_AS_SENT };

/* Without "." and ".." and empty segments, percent-encoded once more. */
void ml_sigv4_add_path(struct ml_strbuf *to, const char *path);
/* Sorted by name, then value; each name has a '='. */
void ml_sigv4_add_query(struct ml_strbuf *to, const char *query, enum ml_sigv4_query how);
/* "name:value\n" for each of the signed headers; all of them must be there. */
void ml_sigv4_add_headers(struct ml_strbuf *to, const struct ml_sigv4_request *request,
                          struct ml_sigv4_span signed_headers);

/* The next of the names in "a;b;c": takes it off rest. False: none is left. */
bool ml_sigv4_next_name(struct ml_sigv4_span *name, struct ml_sigv4_span *rest);
bool ml_sigv4_is_field(const struct ml_sigv4_field *field, struct ml_sigv4_span name);

#endif
