#include "eval/text_bars.h"

#include <stdio.h>

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

static size_t eighths_of(size_t count, size_t largest)
{
    if (count == 0)
        return 0;
    double share = (double)count / (double)largest;
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

void ml_text_bars_add(struct ml_strbuf *buf, const char *const *labels, const size_t *counts,
                      size_t n)
{
    char text[COUNT_BYTES];
    size_t largest = 0;
    for (size_t i = 0; i < n; i++)
        largest = counts[i] > largest ? counts[i] : largest;
    size_t count_width = (size_t)snprintf(text, sizeof(text), "%zu", largest);
    size_t room = ML_TEXT_COLUMNS - ML_TEXT_BAR_COLUMNS - 2 * GAP - count_width;
    size_t width = label_width(labels, n, room);
    for (size_t i = 0; i < n; i++) {
        ml_text_add_left(buf, labels[i], width);
        ml_strbuf_addf(buf, "%*zu", (int)(count_width + GAP), counts[i]);
        if (counts[i] > 0)
            ml_strbuf_addf(buf, "%*s", GAP, "");
        add_bar(buf, eighths_of(counts[i], largest));
        ml_strbuf_addc(buf, '\n');
    }
}
