/* Reading the text files of LIBLINEAR and libsvm: lines of blank-separated words. */
#ifndef ML_LEARN_LINES_H
#define ML_LEARN_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct ml_lines {
    const char *text; /* borrowed */
    size_t n;
    size_t at;
    size_t line;     /* 1-based, of what was read last */
    const char *end; /* of the current line */
    const char *word;
};

/* The next line; false at the end. */
bool ml_lines_next(struct ml_lines *lines);
/* The next word of the line; false at its end. */
bool ml_lines_word(struct ml_lines *lines, const char **word, size_t *n);
/* The next word as a finite number / a whole number in [low, high]. */
bool ml_lines_number(struct ml_lines *lines, double *out);
bool ml_lines_count(struct ml_lines *lines, long low, long high, long *out);
/* Whether the line has no more words. */
bool ml_lines_done(struct ml_lines *lines);
/* Whether the next line begins with `key` (and then stands behind it). */
bool ml_lines_key(struct ml_lines *lines, const char *key);

/* ML_EINPUT "line 7 of the solver's file: <what>"; returns false. */
bool ml_lines_fail(const struct ml_lines *lines, const char *what, struct ml_error *err);

#endif
