#include "recipe/encoder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum { MAX_FEATURES = 0x7ffffffe, MIN_LEVEL_ROWS = 2 };

/* One schema column. */
struct input {
    char *name; /* owned */
    enum ml_type type;
    enum ml_role role;
    struct ml_dict levels; /* CATEGORICAL inputs: those kept, in the order of their bytes */
    double *counts;        /* owned; training rows per level and, last, of all the others */
};

struct step {
    const struct ml_step_ops *ops;
    size_t column;
    uint32_t first; /* feature */
    uint32_t n_features;
    void *fitted; /* owned */
};

struct ml_encoder {
    struct input *inputs; /* owned; n_columns */
    size_t n_columns;
    struct step *steps; /* owned, ascending by first */
    size_t n_steps;
    size_t steps_capacity;
    size_t n_features;
};

void ml_encoder_free(struct ml_encoder *e)
{
    if (e == NULL)
        return;
    for (size_t i = 0; i < e->n_steps; i++)
        e->steps[i].ops->release(e->steps[i].fitted);
    for (size_t i = 0; i < e->n_columns; i++) {
        free(e->inputs[i].name);
        free(e->inputs[i].counts);
        ml_dict_release(&e->inputs[i].levels);
    }
    free(e->steps);
    free(e->inputs);
    free(e);
}

static struct ml_encoder *new_encoder(const struct ml_schema *schema)
{
    struct ml_encoder *e = ml_xcalloc(1, sizeof(*e));
    e->n_columns = schema->n_columns;
    e->inputs = ml_xcalloc(e->n_columns, sizeof(*e->inputs));
    for (size_t c = 0; c < e->n_columns; c++) {
        e->inputs[c].name = ml_xstrdup(schema->columns[c].name);
        e->inputs[c].type = schema->columns[c].type;
        e->inputs[c].role = schema->columns[c].role;
    }
    return e;
}

/* Takes fitted. */
static void add_step(struct ml_encoder *e, const struct ml_step_ops *ops, size_t column,
                     void *fitted, uint32_t n_features)
{
    if (n_features == 0) {
        ops->release(fitted);
        return;
    }
    e->steps = ml_grow(e->steps, e->n_steps, &e->steps_capacity, sizeof(*e->steps));
    e->steps[e->n_steps++] =
        (struct step){ops, column, (uint32_t)e->n_features, n_features, fitted};
    e->n_features += n_features;
}

/* Rare levels are dropped from the summary: they share the slot of the unseen ones. */
static void keep_levels(struct input *input, struct ml_summary *s)
{
    input->counts = ml_xcalloc(s->levels.count + 1, sizeof(*input->counts));
    double rare = 0.0;
    for (uint32_t i = 0; i < s->levels.count; i++) {
        size_t n;
        const char *level = ml_dict_get(&s->levels, i, &n);
        if (s->counts[i] < MIN_LEVEL_ROWS) {
            rare += (double)s->counts[i];
            continue;
        }
        input->counts[ml_dict_add(&input->levels, level, n)] = (double)s->counts[i];
    }
    input->counts[input->levels.count] = rare;
}

static void fit_step(struct ml_encoder *e, const struct ml_step_ops *ops, size_t column,
                     const struct ml_summary *s, const struct ml_step_options *options)
{
    uint32_t n_features;
    void *fitted = ops->fit(s, options, &n_features);
    add_step(e, ops, column, fitted, n_features);
}

static void fit_column(struct ml_encoder *e, size_t column, struct ml_summary *s,
                       const struct ml_step_options *options)
{
    struct input *input = &e->inputs[column];
    switch (input->type) {
    case ML_NUMERIC:
        fit_step(e, &ml_step_zscore, column, s, options);
        fit_step(e, &ml_step_quantile_bin, column, s, options);
        break;
    case ML_BINARY:
        fit_step(e, &ml_step_binary, column, s, options);
        break;
    case ML_CATEGORICAL:
        keep_levels(input, s);
        struct ml_summary kept = {.type = s->type, .n_rows = s->n_rows, .levels = input->levels};
        kept.n_missing = (size_t)input->counts[input->levels.count]; /* of no kept level */
        fit_step(e, &ml_step_one_hot, column, &kept, options);
        break;
    case ML_TEXT:
        fit_step(e, &ml_step_words, column, s, options);
        break;
    }
}

bool ml_encoder_fit(struct ml_encoder **out, const struct ml_dataset *data, const size_t *rows,
                    size_t n, const struct ml_step_options *options, struct ml_error *err)
{
    struct ml_encoder *e = new_encoder(data->schema);
    for (size_t c = 0; c < e->n_columns && e->n_features <= MAX_FEATURES; c++) {
        if (e->inputs[c].role != ML_ROLE_INPUT)
            continue;
        struct ml_summary s;
        ml_summary_make(&s, data, c, rows, n);
        fit_column(e, c, &s, options);
        ml_summary_release(&s);
    }
    bool ok = true;
    if (e->n_features == 0)
        ok = ml_fail(err, ML_EINPUT, "no input column varies: there is nothing to learn from");
    else if (e->n_features > MAX_FEATURES)
        ok = ml_fail(err, ML_ELIMIT, "more than %d features", (int)MAX_FEATURES);
    if (!ok) {
        ml_encoder_free(e);
        return false;
    }
    *out = e;
    return true;
}

size_t ml_encoder_n_features(const struct ml_encoder *e)
{
    return e->n_features;
}

size_t ml_encoder_n_columns(const struct ml_encoder *e)
{
    return e->n_columns;
}

enum ml_cell_status ml_encoder_read(const struct ml_encoder *e, size_t column, const char *s,
                                    size_t n, struct ml_value *out)
{
    const struct input *input = &e->inputs[column];
    switch (input->type) {
    case ML_NUMERIC:
        return ml_cell_number(s, n, &out->number);
    case ML_BINARY:
        return ml_cell_binary(s, n, &out->number);
    case ML_CATEGORICAL:
        out->level = ml_dict_find(&input->levels, s, n);
        return ML_CELL_OK;
    case ML_TEXT:
        out->text = s;
        out->text_bytes = n;
        return ML_CELL_OK;
    }
    return ML_CELL_INVALID;
}

void ml_encoder_apply(const struct ml_encoder *e, const struct ml_value *values,
                      struct ml_sparse *row)
{
    row->n = 0;
    for (size_t i = 0; i < e->n_steps; i++) {
        const struct step *step = &e->steps[i];
        step->ops->apply(step->fitted, &values[step->column], step->first, row);
    }
}

/* The encoder's number for each of a data set column's levels. */
static uint32_t *translate_levels(const struct input *input, const struct ml_column *column)
{
    uint32_t *to = ml_xcalloc(column->dict.count, sizeof(*to));
    for (uint32_t i = 0; i < column->dict.count; i++) {
        size_t n;
        const char *level = ml_dict_get(&column->dict, i, &n);
        to[i] = ml_dict_find(&input->levels, level, n);
    }
    return to;
}

static struct ml_value dataset_value(const struct input *input, const struct ml_column *column,
                                     const uint32_t *levels, size_t row)
{
    struct ml_value v = {0};
    switch (input->type) {
    case ML_NUMERIC:
    case ML_BINARY:
        v.number = column->numbers[row];
        break;
    case ML_CATEGORICAL:
        v.level = levels[column->levels[row]];
        break;
    case ML_TEXT:
        v.text = ml_column_text(column, row, &v.text_bytes);
        break;
    }
    return v;
}

void ml_encoder_apply_dataset(const struct ml_encoder *e, const struct ml_dataset *data,
                              const size_t *rows, size_t n, struct ml_csr *out)
{
    uint32_t **levels = ml_xcalloc(e->n_columns, sizeof(*levels));
    struct ml_value *values = ml_xcalloc(e->n_columns, sizeof(*values));
    for (size_t c = 0; c < e->n_columns; c++)
        if (e->inputs[c].role == ML_ROLE_INPUT && e->inputs[c].type == ML_CATEGORICAL)
            levels[c] = translate_levels(&e->inputs[c], &data->columns[c]);
    struct ml_sparse row = {0};
    struct ml_csr m = {.n_columns = e->n_features};
    for (size_t i = 0; i < n; i++) {
        for (size_t c = 0; c < e->n_columns; c++)
            if (e->inputs[c].role == ML_ROLE_INPUT)
                values[c] = dataset_value(&e->inputs[c], &data->columns[c], levels[c], rows[i]);
        ml_encoder_apply(e, values, &row);
        ml_csr_add_row(&m, &row);
    }
    for (size_t c = 0; c < e->n_columns; c++)
        free(levels[c]);
    free(levels);
    free(values);
    ml_sparse_release(&row);
    *out = m;
}

static void save_levels(const struct input *input, struct ml_strbuf *buf)
{
    ml_json_add_comma(buf);
    ml_strbuf_addc(buf, '{');
    ml_json_key_string(buf, "column", input->name);
    ml_json_add_key(buf, "levels");
    ml_strbuf_addc(buf, '[');
    for (uint32_t i = 0; i < input->levels.count; i++) {
        size_t n;
        const char *level = ml_dict_get(&input->levels, i, &n);
        if (i > 0)
            ml_strbuf_addc(buf, ',');
        ml_json_add_bytes(buf, level, n);
    }
    ml_strbuf_addc(buf, ']');
    ml_json_key_numbers(buf, "counts", input->counts, input->levels.count + 1);
    ml_strbuf_addc(buf, '}');
}

void ml_encoder_save(const struct ml_encoder *e, struct ml_strbuf *buf)
{
    ml_strbuf_addc(buf, '{');
    ml_json_key_count(buf, "n_features", e->n_features);
    ml_json_add_key(buf, "levels");
    ml_strbuf_addc(buf, '[');
    for (size_t c = 0; c < e->n_columns; c++)
        if (e->inputs[c].role == ML_ROLE_INPUT && e->inputs[c].type == ML_CATEGORICAL)
            save_levels(&e->inputs[c], buf);
    ml_strbuf_addc(buf, ']');
    ml_json_add_key(buf, "steps");
    ml_strbuf_addc(buf, '[');
    for (size_t i = 0; i < e->n_steps; i++) {
        ml_json_add_comma(buf);
        ml_strbuf_addc(buf, '{');
        ml_json_key_string(buf, "step", e->steps[i].ops->name);
        ml_json_key_string(buf, "column", e->inputs[e->steps[i].column].name);
        e->steps[i].ops->save(e->steps[i].fitted, buf);
        ml_strbuf_addc(buf, '}');
    }
    ml_strbuf_adds(buf, "]}");
}

static bool load_level_list(struct input *input, const struct ml_json *object)
{
    const struct ml_json *list = ml_json_get(object, "levels");
    if (list == NULL || ml_json_type(list) != ML_JSON_ARRAY || input->counts != NULL)
        return false;
    struct ml_strbuf level = {0};
    bool ok = true;
    size_t n = 0;
    for (const struct ml_json *v = ml_json_first(list); v != NULL && ok; v = ml_json_next(v)) {
        ml_strbuf_clear(&level);
        ok = ml_json_bytes(v, &level) &&
             ml_dict_add(&input->levels, level.bytes, level.length) == n++;
    }
    ml_strbuf_release(&level);
    size_t n_counts = 0;
    input->counts = ml_step_read_numbers(ml_json_get(object, "counts"), &n_counts);
    return ok && input->counts != NULL && n_counts == n + 1;
}

/* The input column that an object names, of that type if `typed`; NULL when there is none. */
static struct input *find_input(struct ml_encoder *e, const struct ml_json *object)
{
    const char *name = ml_json_string(ml_json_get(object, "column"));
    for (size_t c = 0; name != NULL && c < e->n_columns; c++)
        if (e->inputs[c].role == ML_ROLE_INPUT && strcmp(e->inputs[c].name, name) == 0)
            return &e->inputs[c];
    return NULL;
}

/* A step may only be fed what it reads. */
static bool step_fits(const struct ml_step_ops *ops, enum ml_type type)
{
    if (ops == &ml_step_zscore || ops == &ml_step_quantile_bin)
        return type == ML_NUMERIC;
    if (ops == &ml_step_binary)
        return type == ML_BINARY;
    return type == (ops == &ml_step_one_hot ? ML_CATEGORICAL : ML_TEXT);
}

static bool load_step(struct ml_encoder *e, const struct ml_json *object)
{
    const char *kind = ml_json_string(ml_json_get(object, "step"));
    const struct ml_step_ops *ops = kind != NULL ? ml_step_find(kind) : NULL;
    const struct input *input = find_input(e, object);
    if (ops == NULL || input == NULL || !step_fits(ops, input->type))
        return false;
    uint32_t n_features = 0;
    void *fitted = ops->load(object, &n_features);
    if (fitted == NULL)
        return false;
    bool ok = n_features > 0 && e->n_features + n_features <= MAX_FEATURES &&
              (ops != &ml_step_one_hot || n_features == input->levels.count + 1);
    add_step(e, ops, (size_t)(input - e->inputs), fitted, n_features);
    return ok;
}

static bool load_parts(struct ml_encoder *e, const struct ml_json *object)
{
    const struct ml_json *v = ml_json_first(ml_json_get(object, "levels"));
    for (; v != NULL; v = ml_json_next(v)) {
        struct input *input = find_input(e, v);
        if (input == NULL || input->type != ML_CATEGORICAL || !load_level_list(input, v))
            return false;
    }
    for (v = ml_json_first(ml_json_get(object, "steps")); v != NULL; v = ml_json_next(v))
        if (!load_step(e, v))
            return false;
    return e->n_features > 0 &&
           ml_json_number(ml_json_get(object, "n_features")) == (double)e->n_features;
}

bool ml_encoder_load(struct ml_encoder **out, const struct ml_json *object,
                     const struct ml_schema *schema, const char *name, struct ml_error *err)
{
    struct ml_encoder *e = new_encoder(schema);
    if (!load_parts(e, object)) {
        ml_encoder_free(e);
        return ml_fail(err, ML_EINPUT, "%s: malformed encoder", name);
    }
    *out = e;
    return true;
}

/* The step that makes a feature. */
static size_t find_step(const struct ml_encoder *e, uint32_t feature)
{
    size_t low = 0;
    size_t high = e->n_steps;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (e->steps[middle].first <= feature)
            low = middle;
        else
            high = middle;
    }
    return low;
}

size_t ml_encoder_column(const struct ml_encoder *e, uint32_t feature)
{
    return e->steps[find_step(e, feature)].column;
}

void ml_encoder_describe(const struct ml_encoder *e, uint32_t feature, struct ml_strbuf *buf)
{
    const struct step *step = &e->steps[find_step(e, feature)];
    const struct input *input = &e->inputs[step->column];
    uint32_t k = feature - step->first;
    ml_strbuf_addf(buf, "%s ", input->name);
    if (step->ops == &ml_step_one_hot && k < input->levels.count) {
        size_t n;
        const char *level = ml_dict_get(&input->levels, k, &n);
        ml_strbuf_adds(buf, "= ");
        ml_strbuf_add(buf, level, n);
    } else {
        step->ops->describe(step->fitted, k, buf);
    }
}
