/*
 * Table cells: text of a fixed width in characters. One UTF-8 character counts as one column, which
 * holds for the scripts of Europe; CJK characters are wider on a terminal than counted here.
 *
 * Text that came from outside goes through ml_quote first: control bytes and invalid UTF-8 take
 * four characters each, as \xNN.
 */
#ifndef ML_EVAL_TEXT_CELL_H
#define ML_EVAL_TEXT_CELL_H

#include <stddef.h>

#include "base/strbuf.h"

enum { ML_TEXT_COLUMNS = 80 }; /* no line of a report and no cell is wider */

/* Characters the quoted text takes; ML_TEXT_COLUMNS when it takes more. */
size_t ml_text_width(const char *text);

/* Text of more than `width` characters (1..ML_TEXT_COLUMNS) is cut and ends with "…". No padding.
 */
void ml_text_add(struct ml_strbuf *buf, const char *text, size_t width);

/* The same, filled up with blanks behind (left) or in front (right) to exactly `width` characters.
 */
void ml_text_add_left(struct ml_strbuf *buf, const char *text, size_t width);
void ml_text_add_right(struct ml_strbuf *buf, const char *text, size_t width);

/* A share 0..1 as percentage of four characters or fewer, flush right: "12.3", "100"; NaN is "-".
 */
void ml_text_add_percent(struct ml_strbuf *buf, double share, size_t width);

/*
 * A sentence as lines of at most ML_TEXT_COLUMNS, broken at blanks where there are any, each with a
 * line's end. The text is UTF-8 and fit to be shown: it is not quoted.
 */
void ml_text_add_wrapped(struct ml_strbuf *buf, const char *text);

#endif
