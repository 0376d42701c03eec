#include "insight/block.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/words.h"
#include "data/cell.h"
#include "insight/gather.h"
#include "insight/runs.h"
#include "ml/describe.h"

static void release_column(struct ml_block_column *c)
{
    ml_dict_release(&c->values);
    free(c->value_of);
    free(c->row_of);
    free(c->counts);
    free(c->numbers);
    free(c->is_invalid);
    free(c->last_row);
}

void ml_block_sum_release(struct ml_block_sum *s)
{
    for (size_t c = 0; c < s->n_columns; c++)
        release_column(&s->columns[c]);
    free(s->columns);
    free(s->class_of);
    ml_row_sample_release(&s->sample);
    *s = (struct ml_block_sum){0};
}

void ml_block_reader_release(struct ml_block_reader *r)
{
    ml_splitter_free(r->splitter);
    ml_strbuf_release(&r->word);
    *r = (struct ml_block_reader){0};
}

/* Empty, with room for n_rows rows; arrays by row keep their memory. */
static void reset_column(struct ml_block_column *c, enum ml_type type, size_t n_rows)
{
    ml_dict_release(&c->values);
    free(c->counts);
    free(c->numbers);
    free(c->is_invalid);
    free(c->last_row);
    struct ml_block_column kept = {
        .value_of = c->value_of,
        .row_of = c->row_of,
        .capacity = c->capacity,
        .row_words = {SIZE_MAX, 0},
        .word_length = {SIZE_MAX, 0},
    };
    if (type != ML_TEXT && kept.capacity < n_rows) {
        kept.capacity = n_rows + n_rows / 4;
        kept.value_of = ml_xrealloc(kept.value_of, kept.capacity, sizeof(*kept.value_of));
    }
    *c = kept;
}

static void reset(struct ml_block_sum *s, const struct ml_reading *r, size_t n_rows)
{
    const struct ml_schema *schema = r->table->schema;
    if (s->columns == NULL) {
        s->n_columns = schema->n_columns;
        s->columns = ml_xcalloc(s->n_columns, sizeof(*s->columns));
    }
    for (size_t c = 0; c < s->n_columns; c++)
        reset_column(&s->columns[c], schema->columns[c].type, r->wanted[c] ? n_rows : 0);
    s->n_rows = 0;
    s->too_many_classes = false;
    ml_row_sample_clear(&s->sample);
}

static void widen(size_t range[2], size_t x)
{
    range[0] = x < range[0] ? x : range[0];
    range[1] = x > range[1] ? x : range[1];
}

static void note_word(struct ml_block_column *c, uint32_t word, uint32_t row)
{
    if (c->values.count > c->last_row_capacity) {
        size_t old = c->last_row_capacity;
        c->last_row_capacity = 2 * c->values.count + 64;
        c->last_row = ml_xrealloc(c->last_row, c->last_row_capacity, sizeof(*c->last_row));
        memset(c->last_row + old, 0, (c->last_row_capacity - old) * sizeof(*c->last_row));
    }
    if (c->last_row[word] == row + 1)
        return;
    c->last_row[word] = row + 1;
    if (c->n == c->capacity) {
        c->capacity = c->capacity > 0 ? 2 * c->capacity : 1024;
        c->value_of = ml_xrealloc(c->value_of, c->capacity, sizeof(*c->value_of));
        c->row_of = ml_xrealloc(c->row_of, c->capacity, sizeof(*c->row_of));
    }
    c->value_of[c->n] = word;
    c->row_of[c->n++] = row;
}

/* Statistics count words as one reads them; the features of a model are made of them as they are.
 */
static void read_text(struct ml_block_column *c, struct ml_strbuf *lower,
                      const struct ml_field *cell, uint32_t row)
{
    size_t n_words = 0;
    const char *word;
    size_t n;
    for (size_t at = 0; ml_word_next(cell->s, cell->n, &at, &word, &n);) {
        ml_word_strip(&word, &n);
        if (n == 0)
            continue;
        ml_strbuf_clear(lower);
        widen(c->word_length, ml_word_add_lower(lower, word, n));
        char buf[ML_DESCRIBE_KEY_BYTES];
        n = lower->length;
        const char *key = ml_key_text(buf, lower->bytes, &n);
        note_word(c, ml_dict_add(&c->values, key, n), row);
        n_words++;
    }
    widen(c->row_words, n_words);
    c->n_words += n_words;
    c->n_without += n_words == 0;
}

static void read_row(struct ml_block_sum *s, const struct ml_reading *r,
                     struct ml_block_reader *reader, const struct ml_field *fields)
{
    const struct ml_table *t = r->table;
    uint32_t row = (uint32_t)s->n_rows;
    for (size_t f = 0; f < t->n_fields; f++) {
        long i = t->column_of[f];
        if (i < 0 || !r->wanted[i])
            continue;
        struct ml_block_column *c = &s->columns[i];
        if (t->schema->columns[i].type == ML_TEXT)
            read_text(c, &reader->word, &fields[f], row);
        else
            c->value_of[c->n++] = ml_dict_add(&c->values, fields[f].s, fields[f].n);
    }
    s->n_rows++;
}

/* The distinct cells of a NUMERIC or BINARY column as numbers. */
static void read_numbers(struct ml_block_column *c, enum ml_type type)
{
    c->numbers = ml_xcalloc(c->values.count + 1, sizeof(*c->numbers));
    c->is_invalid = ml_xcalloc(c->values.count + 1, sizeof(*c->is_invalid));
    for (uint32_t i = 0; i < c->values.count; i++) {
        size_t n;
        const char *s = ml_dict_get(&c->values, i, &n);
        enum ml_cell_status status = type == ML_BINARY ? ml_cell_binary(s, n, &c->numbers[i])
                                                       : ml_cell_number(s, n, &c->numbers[i]);
        c->is_invalid[i] = status == ML_CELL_INVALID || status == ML_CELL_RANGE;
        if (c->numbers[i] == 0.0)
            c->numbers[i] = 0.0; /* -0 is the same value */
    }
}

static uint32_t class_of_number(const struct ml_reading *r, enum ml_type type, double x)
{
    if (isnan(x))
        return 0;
    if (type == ML_BINARY)
        return x > 0.5 ? 2 : 1;
    return r->target_edges == NULL ? 0
                                   : 1 + (uint32_t)ml_bin_of(r->target_edges, r->n_target_edges, x);
}

static void classify(struct ml_block_sum *s, const struct ml_reading *r)
{
    s->class_of = ml_xrealloc(s->class_of, s->n_rows + 1, sizeof(*s->class_of));
    memset(s->class_of, 0, s->n_rows * sizeof(*s->class_of));
    s->n_classes = 1;
    if (r->target < 0)
        return;
    const struct ml_block_column *c = &s->columns[r->target];
    enum ml_type type = r->table->schema->columns[r->target].type;
    if (type == ML_CATEGORICAL) {
        /* One more, since the empty cell is no class. */
        s->too_many_classes = c->values.count > ML_MAX_CLASSES + 1;
        for (size_t i = 0; i < s->n_rows && !s->too_many_classes; i++)
            s->class_of[i] = c->value_of[i] + 1;
        s->n_classes = s->too_many_classes ? 1 : c->values.count + 1;
        return;
    }
    for (size_t i = 0; i < s->n_rows; i++)
        s->class_of[i] = class_of_number(r, type, c->numbers[c->value_of[i]]);
    if (type == ML_BINARY)
        s->n_classes = 3;
    else if (r->target_edges != NULL)
        s->n_classes = r->n_target_edges + 2;
}

static void count(struct ml_block_column *c, const struct ml_block_sum *s, bool is_text)
{
    c->counts = ml_xcalloc((c->values.count + 1) * s->n_classes, sizeof(*c->counts));
    if (s->n_classes == 1) {
        for (size_t i = 0; i < c->n; i++)
            c->counts[c->value_of[i]]++;
        return;
    }
    for (size_t i = 0; i < c->n; i++) {
        size_t row = is_text ? c->row_of[i] : i;
        c->counts[c->value_of[i] * s->n_classes + s->class_of[row]]++;
    }
}

void ml_block_sum_make(struct ml_block_sum *s, const struct ml_reading *r,
                       struct ml_block_reader *reader, const struct ml_block *block,
                       struct ml_rejects *rejects)
{
    const struct ml_schema *schema = r->table->schema;
    unsigned level = atomic_load(&r->level);
    reset(s, r, block->n_spans);
    for (size_t i = 0; i < block->n_spans; i++) {
        struct ml_error why;
        const struct ml_field *fields;
        if (!ml_table_split(r->table, reader->splitter, block, i, &fields, &why)) {
            ml_rejects_add(rejects, why.msg);
            continue;
        }
        read_row(s, r, reader, fields);
        if (r->samples && ml_row_sample_wants(level, block->first_row + i))
            ml_row_sample_add(&s->sample, block->text.bytes + block->spans[i].offset,
                              block->spans[i].length, block->first_row + i);
    }
    for (size_t c = 0; c < s->n_columns; c++)
        if (schema->columns[c].type == ML_NUMERIC || schema->columns[c].type == ML_BINARY)
            read_numbers(&s->columns[c], schema->columns[c].type);
    classify(s, r);
    for (size_t c = 0; c < s->n_columns; c++)
        count(&s->columns[c], s, schema->columns[c].type == ML_TEXT);
}
