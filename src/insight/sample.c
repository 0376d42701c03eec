#include "insight/sample.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/rng.h"

#define SEED UINT64_C(0x64657363726962)

void ml_row_sample_release(struct ml_row_sample *s)
{
    ml_block_release(&s->rows);
    free(s->numbers);
    *s = (struct ml_row_sample){0};
}

void ml_row_sample_clear(struct ml_row_sample *s)
{
    ml_strbuf_clear(&s->rows.text);
    s->rows.n_spans = 0;
}

bool ml_row_sample_wants(unsigned level, size_t row)
{
    return level == 0 || ml_mix64(SEED, row) >> (64 - level) == 0;
}

void ml_row_sample_add(struct ml_row_sample *s, const char *record, size_t n, size_t row)
{
    struct ml_block *b = &s->rows;
    size_t i = b->n_spans;
    s->numbers = ml_grow(s->numbers, i, &s->capacity, sizeof(*s->numbers));
    b->spans = ml_grow(b->spans, i, &b->spans_capacity, sizeof(*b->spans));
    s->numbers[i] = row;
    b->spans[i] = (struct ml_span){.offset = (uint32_t)b->text.length, .length = (uint32_t)n};
    ml_strbuf_add(&b->text, record, n);
    b->n_spans++;
}

/* Drops what the level no longer wants. */
static void thin(struct ml_row_sample *s)
{
    struct ml_block *b = &s->rows;
    size_t kept = 0;
    size_t bytes = 0;
    for (size_t i = 0; i < b->n_spans; i++) {
        struct ml_span span = b->spans[i];
        if (!ml_row_sample_wants(s->level, s->numbers[i]))
            continue;
        if (span.length > 0)
            memmove(b->text.bytes + bytes, b->text.bytes + span.offset, span.length);
        s->numbers[kept] = s->numbers[i];
        span.offset = (uint32_t)bytes;
        b->spans[kept++] = span;
        bytes += span.length;
    }
    b->n_spans = kept;
    b->text.length = bytes;
}

void ml_row_sample_merge(struct ml_row_sample *s, const struct ml_row_sample *other,
                         size_t max_rows, size_t max_bytes)
{
    for (size_t i = 0; i < other->rows.n_spans; i++) {
        const struct ml_span *span = &other->rows.spans[i];
        if (!ml_row_sample_wants(s->level, other->numbers[i]))
            continue;
        ml_row_sample_add(s, other->rows.text.bytes + span->offset, span->length,
                          other->numbers[i]);
        while (s->rows.n_spans > max_rows || s->rows.text.length > max_bytes) {
            s->level++;
            thin(s);
        }
    }
}
