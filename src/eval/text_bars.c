#include "eval/text_bars.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "eval/text_cell.h"

enum { EIGHTHS = 8, GAP = 2, COUNT_BYTES = 24 };

static const char *const part_blocks[EIGHTHS] = {
    "",
    "\xe2\x96\x8f",
    "\xe2\x96\x8e",
    "\xe2\x96\x8d",
    "\xe2\x96\x8c",
    "\xe2\x96\x8b",
    "\xe2\x96\x8a",
    "\xe2\x96\x89",
};
static const char whole_block[] = "\xe2\x96\x88";

static size_t eighths_of(double value, double largest)
{
    if (!(value > 0))
        return 0;
    double share = value / largest;
    size_t eighths = (size_t)(share * (ML_TEXT_BAR_COLUMNS * EIGHTHS) + 0.5);
    return eighths > 0 ? eighths : 1;
}

static void add_bar(struct ml_strbuf *buf, size_t eighths)
{
    for (size_t i = 0; i < eighths / EIGHTHS; i++)
        ml_strbuf_adds(buf, whole_block);
    ml_strbuf_adds(buf, part_blocks[eighths % EIGHTHS]);
}

static size_t label_width(const char *const *labels, size_t n, size_t room)
{
    size_t widest = 1;
    for (size_t i = 0; i < n; i++) {
        size_t width = ml_text_width(labels[i]);
        widest = width > widest ? width : widest;
    }
    return widest < room ? widest : room;
}

void ml_text_bars_add_figures(struct ml_strbuf *buf, const char *const *labels,
                              const char *const *figures, const double *values, size_t n)
{
    double largest = 0;
    size_t figure_width = 1;
    for (size_t i = 0; i < n; i++) {
        size_t figure = strlen(figures[i]);
        largest = values[i] > largest ? values[i] : largest;
        figure_width = figure > figure_width ? figure : figure_width;
    }
    size_t room = ML_TEXT_COLUMNS - ML_TEXT_BAR_COLUMNS - 2 * GAP - figure_width;
    size_t width = label_width(labels, n, room);
    for (size_t i = 0; i < n; i++) {
        ml_text_add_left(buf, labels[i], width);
        ml_strbuf_addf(buf, "%*s", (int)(figure_width + GAP), figures[i]);
        if (values[i] > 0)
            ml_strbuf_addf(buf, "%*s", GAP, "");
        add_bar(buf, eighths_of(values[i], largest));
        ml_strbuf_addc(buf, '\n');
    }
}

void ml_text_bars_add(struct ml_strbuf *buf, const char *const *labels, const size_t *counts,
                      size_t n)
{
    char(*texts)[COUNT_BYTES] = ml_xcalloc(n, sizeof(*texts));
    const char **figures = ml_xcalloc(n, sizeof(*figures));
    double *values = ml_xcalloc(n, sizeof(*values));
    for (size_t i = 0; i < n; i++) {
        snprintf(texts[i], sizeof(texts[i]), "%zu", counts[i]);
        figures[i] = texts[i];
        values[i] = (double)counts[i];
    }
    ml_text_bars_add_figures(buf, labels, figures, values, n);
    free(values);
    free(figures);
    free(texts);
}
