/*
 * One CSV record to its fields, by libcsv in strict mode (this is libcsv's only user).
 *
 * Blanks around a field are part of it (libcsv would drop them). A quote inside a field that does
 * not begin with one is a character; blanks behind a closing quote are dropped, anything else there
 * spoils the record, as a bare carriage return does. Not shared by threads.
 */
#ifndef ML_DATA_FIELDS_H
#define ML_DATA_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct ml_field {
    const char *s; /* NUL-terminated for convenience; borrowed until the next split */
    size_t n;
};

struct ml_splitter; /* opaque */

struct ml_splitter *ml_splitter_new(char delimiter);
void ml_splitter_free(struct ml_splitter *splitter);

/*
 * Splits a record of n bytes without its line end. An empty record has one empty field. On failure
 * the message says what is wrong and in which field, without the place in the file.
 */
bool ml_splitter_split(struct ml_splitter *splitter, const char *record, size_t n,
                       const struct ml_field **fields, size_t *n_fields, struct ml_error *err)
    __attribute__((warn_unused_result));

#endif
