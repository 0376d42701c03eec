/*
 * How a CSV file is to be read, and how a long job talks to its caller.
 *
 * CSV here is RFC 4180, one record a line: quotes only around a whole field, doubled inside it; a
 * quoted field may hold the delimiter and line ends. Lines end in LF, CR LF, or (when the first
 * line does) a lone CR; the last may lack its end. A UTF-8 byte-order mark is skipped. Bytes that
 * are not UTF-8 are kept as they are. A record over ML_MAX_RECORD_BYTES, with a quote out of place,
 * with a NUL byte or with the wrong number of fields is rejected: it is counted and explained, and
 * the job goes on unless more than max_rejected records are.
 *
 * Wherever a path of data is asked for, "-" is standard input, and a directory stands for the files
 * in it, in the order of their names' bytes, without those whose name begins with '.' or ends in
 * ".schema"; each has its own header if there are headers. What is gzip is unpacked on the way. The
 * digest of data is the SHA-256 of the file as it is stored; of a directory, that of the lines that
 * sha256sum prints for its files inside it.
 */
#ifndef ML_DATA_H
#define ML_DATA_H

#include <stdbool.h>
#include <stddef.h>

/* Largest magnitude of a NUMERIC target: squares of errors stay finite, even for absurd rows. */
#define ML_MAX_TARGET 1e40

enum {
    ML_MAX_RECORD_BYTES = 100 * 1024, /* Amazon ML: "one observation is at most 100 KB" */
    ML_MAX_COLUMNS = 4096,
    ML_MAX_CLASSES = 100,
    ML_MAX_REJECTED = 10000, /* default of max_rejected, as in Amazon ML */
    ML_MAX_EXPLAINED = 10,   /* so many rejected records are explained one by one */
};

enum ml_header {
    ML_HEADER_SCHEMA, /* as the schema's dataFileContainsHeader says */
    ML_HEADER_YES,
    ML_HEADER_NO,
};

struct ml_csv_options {
    char delimiter;        /* 0 means ',' */
    enum ml_header header; /* default ML_HEADER_SCHEMA */
    const char *name;      /* what messages call the file; NULL: its path */
    size_t max_rejected;   /* more rejected records than this fail the job */
    bool plain;            /* gzip data are refused, not unpacked */
};

#define ML_CSV_OPTIONS_INIT                                                                        \
    {                                                                                              \
        .max_rejected = ML_MAX_REJECTED                                                            \
    }

/*
 * Called by a job, from the thread that started it, with news for a person. Either may be NULL.
 *   note      one finished line without its end, e.g. "banking.csv:7: 19 fields, expected 20"
 *   progress  about ten times a second: what is being done and the share done, or -1 if unknown
 */
struct ml_talk {
    void (*note)(void *ctx, const char *line);
    void (*progress)(void *ctx, const char *stage, double share);
    void *ctx;
};

#endif
