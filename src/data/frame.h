/*
 * Where each CSV record begins and ends. Fields are not looked at: that is data/fields.
 *
 * The rule must agree with strict libcsv, since a record is handed to it whole: a quote opens only
 * at the start of a field, is doubled inside, and otherwise means nothing here (fields.h says what
 * becomes of it). Whether a record is too long or its quote unclosed depends on the bytes after its
 * start alone, never on how the file was cut into blocks.
 */
#ifndef ML_DATA_FRAME_H
#define ML_DATA_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ml_frame_status {
    ML_FRAME_RECORD,     /* a whole record */
    ML_FRAME_MORE,       /* its end is not among the bytes */
    ML_FRAME_TOO_LONG,   /* passes ML_MAX_RECORD_BYTES; `consumed` is what was looked at */
    ML_FRAME_OPEN_QUOTE, /* a quote is not closed in time; only the first line is taken */
};

struct ml_dialect {
    char delimiter;
    char terminator; /* '\n', also for CR LF; or '\r' */
};

struct ml_frame {
    enum ml_frame_status status;
    size_t length;   /* bytes of the record without its line end */
    size_t consumed; /* bytes up to the next record */
    size_t lines;    /* line ends among the consumed bytes */
    bool ended;      /* the consumed bytes end with the record's own line end */
};

/*
 * The record at the start of n > 0 bytes. at_end: nothing follows them, so that the last line needs
 * no end. limit: longest record. O(length).
 */
struct ml_frame ml_frame_next(const struct ml_dialect *dialect, const char *bytes, size_t n,
                              bool at_end, size_t limit);

#endif
