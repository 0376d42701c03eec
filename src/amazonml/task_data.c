/* Data of a task, and the task that looks at them. */
#include <math.h>
#include <string.h>

#include "amazonml/task_kinds.h"
#include "base/alloc.h"
#include "data/parts.h"
#include "data/split.h"
#include "data/table.h"

/* Amazon's document; nothing but blanks is none. */
static bool read_rows(struct ml_task_data *d, const char *text, struct ml_error *err)
{
    text += strspn(text, " \t\r\n");
    if (text[0] == '\0')
        return true;
    d->rows = &d->selection;
    if (text[0] != '{')
        return ml_fail(err, ML_EINPUT, "data rearrangement: not a JSON object");
    return ml_selection_parse(&d->selection, text, err) ||
           ml_fail_context(err, "data rearrangement");
}

bool ml_task_data_read(struct ml_task_data *out, const struct ml_json *task, struct ml_error *err)
{
    const char *schema;
    const char *rows;
    const struct ml_json *location = ml_json_get(task, "location");
    *out = (struct ml_task_data){.selection = ML_SELECTION_INIT, .csv = ML_CSV_OPTIONS_INIT};
    out->csv.name = location != NULL ? ml_json_string(location) : NULL;
    if (!ml_task_text(&out->path, task, "data", err) ||
        !ml_task_text(&schema, task, "schema", err) ||
        !ml_task_text(&rows, task, "rearrangement", err) || !read_rows(out, rows, err) ||
        !ml_schema_parse(&out->schema, schema, strlen(schema), "schema", err))
        return false;
    out->csv.header = ml_schema_has_header(out->schema) ? ML_HEADER_YES : ML_HEADER_NO;
    return true;
}

void ml_task_data_release(struct ml_task_data *data)
{
    ml_schema_free(data->schema);
    data->schema = NULL;
}

/* A walk over the rows that understands no more of them than their fields. */
struct walk {
    struct ml_table table;
    struct ml_splitter *splitter; /* owned */
    struct ml_split split;
    bool has_split; /* else all rows count */
    size_t max_rejected;
    size_t n_rows; /* that count and can be read */
    size_t n_rejected;
    struct ml_error first; /* why the first was rejected */
};

static bool reject(struct walk *w, const struct ml_error *why, struct ml_error *err)
{
    if (w->n_rejected++ == 0)
        w->first = *why;
    return w->n_rejected <= w->max_rejected ||
           ml_fail(err, ML_ELIMIT, "%.900s: this is rejected row %zu; at most %zu are allowed",
                   why->msg, w->n_rejected, w->max_rejected);
}

static bool walk_block(struct walk *w, const struct ml_block *block, struct ml_error *err)
{
    const struct ml_field *fields;
    struct ml_error why;
    for (size_t i = 0; i < block->n_spans; i++) {
        if (ml_table_split(&w->table, w->splitter, block, i, &fields, &why))
            w->n_rows += !w->has_split || ml_split_is_train(&w->split, block->first_row + i);
        else if (!reject(w, &why, err))
            return false;
    }
    return true;
}

static bool walk(struct walk *w, bool to_the_end, struct ml_error *err)
{
    struct ml_block block = {0};
    bool ok = true;
    bool more = true;
    while (ok && more) {
        ok = ml_source_next(w->table.source, &block, err) && walk_block(w, &block, err);
        more = ok && to_the_end && block.n_spans > 0;
    }
    ml_block_release(&block);
    if (ok && w->n_rows == 0 && w->n_rejected > 0)
        ok = ml_fail(err, ML_EINPUT, "%.900s; no row can be read", w->first.msg);
    else if (ok && w->n_rows == 0)
        ok = ml_fail(err, ML_EINPUT, "%s: there are no rows", ml_source_name(w->table.source));
    return ok;
}

static bool walk_data(struct walk *w, const struct ml_task_data *d, bool to_the_end,
                      struct ml_error *err)
{
    w->max_rejected = d->csv.max_rejected;
    w->has_split = d->rows != NULL && to_the_end;
    if (w->has_split && !ml_split_open(&w->split, d->rows, d->path, d->schema, &d->csv, err))
        return false;
    if (!ml_table_open(&w->table, d->path, d->schema, &d->csv, ML_MATCH_NAMES, false, err))
        return false;
    w->splitter = ml_splitter_new(w->table.delimiter);
    bool ok = walk(w, to_the_end, err);
    ml_splitter_free(w->splitter);
    ml_table_close(&w->table);
    return ok;
}

static bool look(struct ml_strbuf *result, const struct ml_task_data *d, bool statistics,
                 struct ml_error *err)
{
    struct ml_parts parts;
    struct walk w = {0};
    if (!ml_parts_list(&parts, d->path, d->csv.name, err))
        return false;
    bool ok = walk_data(&w, d, statistics, err);
    if (ok) {
        ml_strbuf_addc(result, '{');
        ml_json_key_count(result, "bytes", (size_t)parts.bytes);
        ml_json_key_count(result, "files", parts.n);
        ml_json_add_key(result, "rows");
        ml_json_add_number(result, statistics ? (double)w.n_rows : (double)NAN);
        ml_json_add_key(result, "rejected");
        ml_json_add_number(result, statistics ? (double)w.n_rejected : (double)NAN);
        ml_strbuf_addc(result, '}');
    }
    ml_parts_release(&parts);
    return ok;
}

bool ml_task_data_source(struct ml_strbuf *result, const struct ml_json *task, struct ml_error *err)
{
    struct ml_task_data d;
    const struct ml_json *statistics = ml_json_get(task, "statistics");
    bool ok = ml_task_data_read(&d, task, err) &&
              look(result, &d, statistics != NULL && ml_json_bool(statistics, false), err);
    ml_task_data_release(&d);
    return ok;
}
