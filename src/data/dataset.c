#include "data/dataset.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "data/cell.h"

struct loader {
    struct ml_dataset *d;
    struct ml_table table;
    struct ml_splitter *splitter;
    struct ml_block block;
    const struct ml_csv_options *options;
    const struct ml_talk *talk;
    size_t n_explained;
};

static bool is_kept(const struct ml_schema *schema, size_t column)
{
    enum ml_role role = schema->columns[column].role;
    return role == ML_ROLE_INPUT || role == ML_ROLE_TARGET || role == ML_ROLE_WEIGHT;
}

void ml_dataset_release(struct ml_dataset *d)
{
    for (size_t c = 0; d->columns != NULL && c < d->schema->n_columns; c++) {
        struct ml_column *column = &d->columns[c];
        free(column->numbers);
        free(column->levels);
        free(column->text_ends);
        ml_strbuf_release(&column->text);
        ml_dict_release(&column->dict);
    }
    free(d->columns);
    free(d->row_number);
    free(d->has_invalid);
    *d = (struct ml_dataset){0};
}

const char *ml_column_text(const struct ml_column *column, size_t row, size_t *n)
{
    size_t start = row > 0 ? column->text_ends[row - 1] : 0;
    *n = column->text_ends[row] - start;
    return column->text.bytes != NULL ? column->text.bytes + start : "";
}

/* Room for one more row in every array. */
static void reserve_row(struct ml_dataset *d)
{
    if (d->n_rows < d->capacity)
        return;
    d->capacity = d->capacity > 0 ? d->capacity * 2 : 1024;
    d->row_number = ml_xrealloc(d->row_number, d->capacity, sizeof(*d->row_number));
    d->has_invalid = ml_xrealloc(d->has_invalid, d->capacity, sizeof(*d->has_invalid));
    for (size_t c = 0; c < d->schema->n_columns; c++) {
        struct ml_column *column = &d->columns[c];
        if (!is_kept(d->schema, c))
            continue;
        switch (d->schema->columns[c].type) {
        case ML_NUMERIC:
        case ML_BINARY:
            column->numbers = ml_xrealloc(column->numbers, d->capacity, sizeof(double));
            break;
        case ML_CATEGORICAL:
            column->levels = ml_xrealloc(column->levels, d->capacity, sizeof(uint32_t));
            break;
        case ML_TEXT:
            column->text_ends = ml_xrealloc(column->text_ends, d->capacity, sizeof(size_t));
            break;
        }
    }
}

static void explain(struct loader *l, const char *line)
{
    if (l->n_explained++ < ML_MAX_EXPLAINED && l->talk->note != NULL)
        l->talk->note(l->talk->ctx, line);
}

/* NUMERIC and BINARY. Returns false, with the complaint in err, for an invalid cell. */
static bool read_number(struct loader *l, size_t i, size_t c, const struct ml_field *cell,
                        struct ml_error *err)
{
    struct ml_dataset *d = l->d;
    bool binary = d->schema->columns[c].type == ML_BINARY;
    double *to = &d->columns[c].numbers[d->n_rows];
    enum ml_cell_status status =
        binary ? ml_cell_binary(cell->s, cell->n, to) : ml_cell_number(cell->s, cell->n, to);
    if (status == ML_CELL_OK || status == ML_CELL_MISSING)
        return true;
    return ml_table_fail_cell(&l->table, &l->block, i, c, ml_cell_complaint(status, binary), cell,
                              err);
}

static bool read_cell(struct loader *l, size_t i, size_t c, const struct ml_field *cell,
                      struct ml_error *err)
{
    struct ml_dataset *d = l->d;
    struct ml_column *column = &d->columns[c];
    switch (d->schema->columns[c].type) {
    case ML_NUMERIC:
    case ML_BINARY:
        return read_number(l, i, c, cell, err);
    case ML_CATEGORICAL:
        column->levels[d->n_rows] = ml_dict_add(&column->dict, cell->s, cell->n);
        return true;
    case ML_TEXT:
        column->text.length = d->n_rows > 0 ? column->text_ends[d->n_rows - 1] : 0;
        ml_strbuf_add(&column->text, cell->s, cell->n);
        column->text_ends[d->n_rows] = column->text.length;
        return true;
    }
    return true;
}

/* The target decides whether there is a row at all, so it is read before the rest. */
static bool read_target(struct loader *l, size_t i, const struct ml_field *fields,
                        struct ml_error *err)
{
    size_t c = (size_t)l->d->schema->target;
    size_t field = 0;
    while (l->table.column_of[field] != (long)c)
        field++;
    const struct ml_field *cell = &fields[field];
    if (l->d->schema->columns[c].type == ML_CATEGORICAL && cell->n == 0)
        return ml_fail(err, ML_EINPUT, "%s:%zu: column '%.64s': the target is missing",
                       l->block.name, ml_block_line(&l->block, i), l->d->schema->columns[c].name);
    if (!read_cell(l, i, c, cell, err))
        return false;
    if (l->d->schema->columns[c].type != ML_CATEGORICAL &&
        isnan(l->d->columns[c].numbers[l->d->n_rows]))
        return ml_fail(err, ML_EINPUT, "%s:%zu: column '%.64s': the target is missing",
                       l->block.name, ml_block_line(&l->block, i), l->d->schema->columns[c].name);
    return true;
}

/* A row of unknown weight cannot be used either. */
static bool read_weight(struct loader *l, size_t i, const struct ml_field *fields,
                        struct ml_error *err)
{
    long c = l->d->schema->weight;
    if (c < 0)
        return true;
    size_t field = 0;
    while (l->table.column_of[field] != c)
        field++;
    if (!read_cell(l, i, (size_t)c, &fields[field], err))
        return false;
    double weight = l->d->columns[c].numbers[l->d->n_rows];
    return weight >= 0.0 || ml_table_fail_cell(&l->table, &l->block, i, (size_t)c,
                                               isnan(weight) ? "the row weight is missing"
                                                             : "a row weight must not be negative",
                                               &fields[field], err);
}

static void read_inputs(struct loader *l, size_t i, const struct ml_field *fields)
{
    struct ml_dataset *d = l->d;
    struct ml_error err;
    d->has_invalid[d->n_rows] = false;
    for (size_t f = 0; f < l->table.n_fields; f++) {
        size_t c = (size_t)l->table.column_of[f];
        if (d->schema->columns[c].role != ML_ROLE_INPUT)
            continue;
        if (!read_cell(l, i, c, &fields[f], &err)) {
            d->has_invalid[d->n_rows] |= d->schema->columns[c].type == ML_NUMERIC;
            d->columns[c].n_invalid++;
            explain(l, err.msg);
        } else if (d->columns[c].numbers != NULL && isnan(d->columns[c].numbers[d->n_rows])) {
            d->columns[c].n_missing++;
        }
    }
}

static bool reject(struct loader *l, const char *why, struct ml_error *err)
{
    explain(l, why);
    if (++l->d->n_rejected <= l->options->max_rejected)
        return true;
    return ml_fail(err, ML_ELIMIT, "%.900s: this is rejected row %zu; at most %zu are allowed", why,
                   l->d->n_rejected, l->options->max_rejected);
}

static bool load_record(struct loader *l, size_t i, struct ml_error *err)
{
    struct ml_dataset *d = l->d;
    struct ml_error why;
    const struct ml_field *fields;
    reserve_row(d);
    if (!ml_table_split(&l->table, l->splitter, &l->block, i, &fields, &why) ||
        !read_target(l, i, fields, &why) || !read_weight(l, i, fields, &why))
        return reject(l, why.msg, err);
    read_inputs(l, i, fields);
    d->row_number[d->n_rows] = l->block.first_row + i;
    d->n_rows++;
    return true;
}

static void report_progress(const struct loader *l)
{
    uint64_t size = ml_source_size(l->table.source);
    if (l->talk->progress != NULL)
        l->talk->progress(l->talk->ctx, "reading",
                          size > 0 ? (double)ml_source_bytes(l->table.source) / (double)size : -1);
}

static bool load_all(struct loader *l, struct ml_error *err)
{
    for (;;) {
        if (!ml_source_next(l->table.source, &l->block, err))
            return false;
        if (l->block.n_spans == 0)
            break;
        for (size_t i = 0; i < l->block.n_spans; i++)
            if (!load_record(l, i, err))
                return false;
        report_progress(l);
    }
    l->d->n_file_rows = ml_source_rows(l->table.source);
    ml_source_digest(l->table.source, l->d->digest);
    const char *name = ml_source_name(l->table.source);
    if (l->d->n_file_rows == 0)
        return ml_fail(err, ML_EINPUT, "%s: no rows below the header", name);
    if (l->d->n_rows == 0)
        return ml_fail(err, ML_EINPUT, "%s: none of the %zu rows can be used", name,
                       l->d->n_file_rows);
    return true;
}

/* A column of words that is declared NUMERIC: every row would be useless. */
static bool check_numeric(const struct ml_dataset *d, const char *name, struct ml_error *err)
{
    for (size_t c = 0; c < d->schema->n_columns; c++)
        if (is_kept(d->schema, c) && d->schema->columns[c].type == ML_NUMERIC &&
            d->columns[c].n_invalid > 0 &&
            d->columns[c].n_invalid + d->columns[c].n_missing == d->n_rows)
            return ml_fail(err, ML_EINPUT,
                           "%s: column '%.64s': none of its cells is a number; is it CATEGORICAL?",
                           name, d->schema->columns[c].name);
    return true;
}

bool ml_dataset_load(struct ml_dataset *out, const char *path, const struct ml_schema *schema,
                     const struct ml_csv_options *options, const struct ml_talk *talk,
                     struct ml_error *err)
{
    if (schema->target < 0)
        return ml_fail(err, ML_EINPUT, "the schema names no target column");
    struct ml_dataset d = {.schema = schema};
    struct loader l = {.d = &d, .options = options, .talk = talk};
    if (!ml_table_open(&l.table, path, schema, options, ML_MATCH_EXACT, true, err))
        return false;
    d.columns = ml_xcalloc(schema->n_columns, sizeof(*d.columns));
    l.splitter = ml_splitter_new(l.table.delimiter);
    bool ok = load_all(&l, err) && check_numeric(&d, ml_source_name(l.table.source), err);
    ml_splitter_free(l.splitter);
    ml_block_release(&l.block);
    ml_table_close(&l.table);
    if (!ok) {
        ml_dataset_release(&d);
        return false;
    }
    *out = d;
    return true;
}
