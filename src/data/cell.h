/* One cell's text to a value, by column type. Blanks around numbers and binary words are ignored.
 */
#ifndef ML_DATA_CELL_H
#define ML_DATA_CELL_H

#include <stddef.h>

enum ml_cell_status {
    ML_CELL_OK,
    ML_CELL_MISSING, /* nothing there, or "nan" in any case, which is how many tools write nothing
                      */
    ML_CELL_INVALID, /* not a number, not one of the ten words */
    ML_CELL_RANGE,   /* a number beyond double precision's range */
};

/* *out becomes the number, or NaN when it is not ML_CELL_OK. */
enum ml_cell_status ml_cell_number(const char *s, size_t n, double *out);

/* *out becomes 0, 1, or NaN. Words: 0 n no f false / 1 y yes t true, in any case. */
enum ml_cell_status ml_cell_binary(const char *s, size_t n, double *out);

/* "not a number", "number out of range" or "not a binary value" for a failed cell of that kind. */
const char *ml_cell_complaint(enum ml_cell_status status, int is_binary);

#endif
