#include "eval/text_matrix.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "eval/text_cell.h"

enum {
    MIN_LABEL = 8, /* columns of the row labels */
    MAX_LABEL = 24,
    MIN_CELL = 5, /* a blank and "12.3" */
    MAX_CELL = 14,
    SHARE_CELL = 7, /* two blanks and "share" */
};

/* What is shown: classes folded into at most ML_TEXT_MATRIX_MAX, and how wide the columns are. */
struct layout {
    size_t n;
    const char *labels[ML_TEXT_MATRIX_MAX];
    size_t cells[ML_TEXT_MATRIX_MAX][ML_TEXT_MATRIX_MAX]; /* [true][predicted] */
    size_t row_sums[ML_TEXT_MATRIX_MAX];
    size_t column_sums[ML_TEXT_MATRIX_MAX];
    size_t total;
    size_t label_width;
    size_t cell_width;
    size_t sum_width;
};

static size_t at_least(size_t x, size_t low)
{
    return x > low ? x : low;
}

static size_t at_most(size_t x, size_t high)
{
    return x < high ? x : high;
}

static size_t digits_of(size_t x)
{
    size_t n = 1;
    for (; x >= 10; x /= 10)
        n++;
    return n;
}

static size_t total_of(const struct ml_text_matrix *matrix)
{
    size_t total = 0;
    for (size_t i = 0; i < matrix->n_classes * matrix->n_classes; i++)
        total += matrix->counts[i];
    return total;
}

/* A column sum can be as large as the total, so its digits decide how many columns fit. */
static void choose_size(struct layout *layout, const struct ml_text_matrix *matrix)
{
    size_t digits = digits_of(layout->total);
    layout->cell_width = at_least(digits + 1, MIN_CELL);
    layout->sum_width = at_least(digits + 2, MIN_CELL);
    size_t room = ML_TEXT_COLUMNS - MIN_LABEL - layout->sum_width - SHARE_CELL;
    size_t limit = at_most(room / layout->cell_width, ML_TEXT_MATRIX_MAX);
    layout->n = at_most(matrix->n_classes, limit);
}

static void fold(struct layout *layout, const struct ml_text_matrix *matrix)
{
    size_t n = matrix->n_classes;
    size_t *slot = ml_xcalloc(n, sizeof(*slot));
    for (size_t i = 0; i < n; i++)
        slot[matrix->order[i]] = at_most(i, layout->n - 1);
    for (size_t i = 0; i < layout->n; i++)
        layout->labels[i] = matrix->labels[matrix->order[i]];
    if (n > layout->n)
        layout->labels[layout->n - 1] = "others";
    for (size_t truth = 0; truth < n; truth++)
        for (size_t answer = 0; answer < n; answer++) {
            size_t count = matrix->counts[truth * n + answer];
            layout->cells[slot[truth]][slot[answer]] += count;
            layout->row_sums[slot[truth]] += count;
            layout->column_sums[slot[answer]] += count;
        }
    free(slot);
}

/* Row labels get what the narrowest cells leave, then cells widen for their headings. */
static void choose_widths(struct layout *layout)
{
    size_t longest = MIN_LABEL;
    for (size_t i = 0; i < layout->n; i++)
        longest = at_least(ml_text_width(layout->labels[i]), longest);
    size_t room = ML_TEXT_COLUMNS - layout->sum_width - SHARE_CELL;
    size_t spare = room - layout->n * layout->cell_width;
    layout->label_width = at_most(at_most(longest, MAX_LABEL), spare);
    size_t widest = (room - layout->label_width) / layout->n;
    size_t wanted = at_most(longest + 2, MAX_CELL);
    layout->cell_width = at_least(layout->cell_width, at_most(wanted, widest));
}

static void add_count(struct ml_strbuf *buf, size_t count, size_t width)
{
    char text[24];
    snprintf(text, sizeof(text), "%zu", count);
    ml_text_add_right(buf, text, width);
}

/* A heading keeps one blank to its left, whatever the label's length. */
static void add_headings(struct ml_strbuf *buf, const struct layout *layout)
{
    ml_text_add_left(buf, "", layout->label_width);
    for (size_t c = 0; c < layout->n; c++) {
        ml_strbuf_addc(buf, ' ');
        ml_text_add_right(buf, layout->labels[c], layout->cell_width - 1);
    }
    ml_text_add_right(buf, "all", layout->sum_width);
    ml_text_add_right(buf, "share", SHARE_CELL);
    ml_strbuf_addc(buf, '\n');
}

static double share(size_t part, size_t whole)
{
    return whole > 0 ? (double)part / (double)whole : NAN;
}

static void add_row(struct ml_strbuf *buf, const struct layout *layout, size_t r)
{
    ml_text_add_left(buf, layout->labels[r], layout->label_width);
    for (size_t c = 0; c < layout->n; c++)
        add_count(buf, layout->cells[r][c], layout->cell_width);
    add_count(buf, layout->row_sums[r], layout->sum_width);
    ml_text_add_percent(buf, share(layout->row_sums[r], layout->total), SHARE_CELL);
    ml_strbuf_addc(buf, '\n');
}

static void add_column_sums(struct ml_strbuf *buf, const struct layout *layout)
{
    ml_text_add_left(buf, "all", layout->label_width);
    for (size_t c = 0; c < layout->n; c++)
        add_count(buf, layout->column_sums[c], layout->cell_width);
    add_count(buf, layout->total, layout->sum_width);
    ml_strbuf_addc(buf, '\n');
    ml_text_add_left(buf, "share", layout->label_width);
    for (size_t c = 0; c < layout->n; c++)
        ml_text_add_percent(buf, share(layout->column_sums[c], layout->total), layout->cell_width);
    ml_strbuf_addc(buf, '\n');
}

void ml_text_matrix_add(struct ml_strbuf *buf, const struct ml_text_matrix *matrix)
{
    struct layout layout = {.total = total_of(matrix)};
    choose_size(&layout, matrix);
    fold(&layout, matrix);
    choose_widths(&layout);
    add_headings(buf, &layout);
    for (size_t r = 0; r < layout.n; r++)
        add_row(buf, &layout, r);
    add_column_sums(buf, &layout);
}
