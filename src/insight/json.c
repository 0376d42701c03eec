#include "insight/json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "insight/hll.h"
#include "insight/kll.h"

static double share(uint64_t part, uint64_t all)
{
    return all > 0 ? (double)part / (double)all : NAN;
}

static void open_object(struct ml_strbuf *buf, const char *name)
{
    if (name != NULL)
        ml_json_add_key(buf, name);
    else
        ml_json_add_comma(buf);
    ml_strbuf_addc(buf, '{');
}

static void open_list(struct ml_strbuf *buf, const char *name)
{
    ml_json_add_key(buf, name);
    ml_strbuf_addc(buf, '[');
}

static void add_null(struct ml_strbuf *buf, const char *name)
{
    ml_json_add_key(buf, name);
    ml_strbuf_adds(buf, "null");
}

static void add_bytes(struct ml_strbuf *buf, const char *name, const char *s)
{
    ml_json_add_key(buf, name);
    ml_json_add_bytes(buf, s, strlen(s));
}

static void add_share(struct ml_strbuf *buf, const char *name, uint64_t rows, uint64_t all)
{
    char key[32];
    snprintf(key, sizeof(key), "%s_share", name);
    ml_json_key_count(buf, name, rows);
    ml_json_key_number(buf, key, share(rows, all));
}

static void add_items(struct ml_strbuf *buf, const char *name, const struct ml_description *d,
                      const struct ml_items *items, bool are_words)
{
    open_list(buf, name);
    for (size_t i = 0; i < items->n; i++) {
        const struct ml_item *item = &items->list[i];
        open_object(buf, NULL);
        add_bytes(buf, are_words ? "word" : "value", item->label);
        ml_json_key_count(buf, "count", item->rows);
        ml_json_key_number(buf, "share", share(item->rows, d->n_rows));
        if (d->has_positive)
            ml_json_key_number(buf, "positive_share", item->positive);
        if (are_words)
            ml_json_key_number(buf, "prominence", item->prominence);
        ml_strbuf_addc(buf, '}');
    }
    ml_strbuf_addc(buf, ']');
}

static void add_bars(struct ml_strbuf *buf, const struct ml_description *d,
                     const struct ml_insight *c)
{
    open_list(buf, "histogram");
    for (size_t i = 0; i < c->n_bars; i++) {
        open_object(buf, NULL);
        ml_json_key_number(buf, "from", c->bars[i].from);
        ml_json_key_number(buf, "to", c->bars[i].to);
        ml_json_key_count(buf, "count", c->bars[i].rows);
        if (d->has_positive)
            ml_json_key_number(buf, "positive_share", c->bars[i].positive);
        ml_strbuf_addc(buf, '}');
    }
    ml_strbuf_addc(buf, ']');
}

static void add_mutual(struct ml_strbuf *buf, const struct ml_insight *c)
{
    if (!c->has_mutual) {
        add_null(buf, "mutual_information");
        return;
    }
    open_object(buf, "mutual_information");
    ml_json_key_number(buf, "nats", c->mutual.nats);
    ml_json_key_number(buf, "normalised", c->normalised);
    ml_json_key_number(buf, "chance", c->mutual.chance);
    ml_json_key_count(buf, "rows", c->mutual.rows);
    ml_json_key_bool(buf, "approximate", !c->is_mutual_exact);
    ml_strbuf_addc(buf, '}');
}

/* How far off a sketch's figures may be. */
static void add_errors(struct ml_strbuf *buf, const struct ml_insight *c)
{
    ml_json_key_bool(buf, "approximate", !c->is_exact);
    if (c->is_exact)
        return;
    open_object(buf, "error");
    ml_json_key_number(buf, "unique_relative_sd", ML_HLL_ERROR);
    if (c->type == ML_NUMERIC)
        ml_json_key_number(buf, "quantile_rank", ML_KLL_ERROR);
    if (c->type == ML_CATEGORICAL)
        ml_json_key_count(buf, "count_below_by", c->count_error);
    ml_strbuf_addc(buf, '}');
}

static void add_numeric(struct ml_strbuf *buf, const struct ml_description *d,
                        const struct ml_insight *c)
{
    add_share(buf, "missing", c->n_missing, d->n_rows);
    add_share(buf, "invalid", c->n_invalid, d->n_rows);
    ml_json_key_number(buf, "unique", c->n_unique);
    ml_json_key_count(buf, "zeros", c->n_zeros);
    ml_json_key_number(buf, "min", c->n_numbers > 0 ? c->min : NAN);
    ml_json_key_number(buf, "max", c->n_numbers > 0 ? c->max : NAN);
    ml_json_key_number(buf, "mean", c->mean);
    ml_json_key_number(buf, "sd", c->sd);
    ml_json_key_number(buf, "median", c->quantiles[ML_N_QUANTILES / 2]);
    open_object(buf, "quantiles");
    for (size_t i = 0; i < ML_N_QUANTILES; i++) {
        char level[16];
        snprintf(level, sizeof(level), "%g", ml_quantile_levels[i]);
        ml_json_key_number(buf, level, c->quantiles[i]);
    }
    ml_strbuf_addc(buf, '}');
    add_bars(buf, d, c);
}

static void add_binary(struct ml_strbuf *buf, const struct ml_description *d,
                       const struct ml_insight *c)
{
    add_share(buf, "missing", c->n_missing, d->n_rows);
    add_share(buf, "invalid", c->n_invalid, d->n_rows);
    ml_json_key_number(buf, "true_share", share(c->items.list[1].rows, c->n_numbers));
    add_items(buf, "values", d, &c->items, false);
}

static void add_categorical(struct ml_strbuf *buf, const struct ml_description *d,
                            const struct ml_insight *c)
{
    add_share(buf, "empty", c->n_missing, d->n_rows);
    ml_json_key_number(buf, "unique", c->n_unique);
    add_items(buf, "most_frequent", d, &c->items, false);
    ml_json_key_count(buf, "other", c->items.other);
    if (c->least.label == NULL) {
        add_null(buf, "least_frequent");
        return;
    }
    open_object(buf, "least_frequent");
    add_bytes(buf, "value", c->least.label);
    ml_json_key_count(buf, "count", c->least.rows);
    ml_strbuf_addc(buf, '}');
}

static void add_text(struct ml_strbuf *buf, const struct ml_description *d,
                     const struct ml_insight *c)
{
    add_share(buf, "empty", c->n_missing, d->n_rows);
    ml_json_key_count(buf, "total_words", c->n_words);
    ml_json_key_number(buf, "unique_words", c->n_unique);
    ml_json_key_counts(buf, "words_per_row", c->row_words, 2);
    if (c->n_words > 0)
        ml_json_key_counts(buf, "word_length", c->word_length, 2);
    else
        add_null(buf, "word_length");
    add_items(buf, "words", d, &c->items, true);
}

static const char *role_name(enum ml_role role)
{
    static const char *const names[] = {
        [ML_ROLE_INPUT] = "input",
        [ML_ROLE_TARGET] = "target",
        [ML_ROLE_ROW_ID] = "row_id",
        [ML_ROLE_EXCLUDED] = "excluded",
    };
    return names[role];
}

static void add_column(struct ml_strbuf *buf, const struct ml_description *d,
                       const struct ml_insight *c)
{
    ml_json_add_comma(buf);
    ml_strbuf_adds(buf, "\n  {");
    ml_json_key_string(buf, "name", c->name);
    ml_json_key_string(buf, "type", ml_type_name(c->type));
    ml_json_key_string(buf, "role", role_name(c->role));
    add_errors(buf, c);
    add_mutual(buf, c);
    switch (c->type) {
    case ML_NUMERIC:
        add_numeric(buf, d, c);
        break;
    case ML_BINARY:
        add_binary(buf, d, c);
        break;
    case ML_CATEGORICAL:
        add_categorical(buf, d, c);
        break;
    case ML_TEXT:
        add_text(buf, d, c);
        break;
    }
    ml_strbuf_addc(buf, '}');
}

static void add_target(struct ml_strbuf *buf, const struct ml_description *d)
{
    if (d->target < 0) {
        add_null(buf, "target");
        return;
    }
    const struct ml_insight *c = &d->columns[d->target];
    open_object(buf, "target");
    ml_json_key_string(buf, "name", c->name);
    ml_json_key_string(buf, "type", ml_type_name(c->type));
    ml_json_key_number(buf, "entropy", d->entropy);
    add_share(buf, "missing", d->n_without_target, d->n_rows);
    if (c->type == ML_NUMERIC) {
        ml_json_key_number(buf, "mean", c->mean);
        ml_json_key_number(buf, "sd", c->sd);
        add_bars(buf, d, c);
    } else if (!d->too_many_classes) {
        open_list(buf, "classes");
        for (size_t i = 0; i < d->classes.n; i++) {
            open_object(buf, NULL);
            add_bytes(buf, "value", d->classes.list[i].label);
            ml_json_key_count(buf, "count", d->classes.list[i].rows);
            ml_json_key_number(buf, "share",
                               share(d->classes.list[i].rows, d->n_rows - d->n_without_target));
            ml_strbuf_addc(buf, '}');
        }
        ml_strbuf_addc(buf, ']');
    }
    ml_strbuf_addc(buf, '}');
}

static void add_types(struct ml_strbuf *buf, const struct ml_description *d)
{
    size_t n[ML_N_TYPES] = {0};
    for (size_t i = 0; i < d->n_columns; i++)
        n[d->columns[i].type]++;
    open_object(buf, "columns_by_type");
    for (enum ml_type t = ML_NUMERIC; t <= ML_TEXT; t++)
        ml_json_key_count(buf, ml_type_name(t), n[t]);
    ml_strbuf_addc(buf, '}');
}

void ml_insight_json(struct ml_strbuf *buf, const struct ml_description *d)
{
    ml_strbuf_addc(buf, '{');
    add_bytes(buf, "path", d->path);
    ml_json_key_count(buf, "rows", d->n_rows);
    ml_json_key_count(buf, "rejected_rows", d->n_rejected);
    ml_json_key_count(buf, "ignored_fields", d->n_ignored);
    ml_json_key_count(buf, "sample_rows", d->sample_rows);
    add_types(buf, d);
    add_target(buf, d);
    open_list(buf, "warnings");
    for (size_t i = 0; i < d->n_warnings; i++) {
        open_object(buf, NULL);
        ml_json_key_string(buf, "code", d->warnings[i].code);
        ml_json_key_string(buf, "column", d->warnings[i].column);
        ml_json_key_string(buf, "message", d->warnings[i].message);
        ml_strbuf_addc(buf, '}');
    }
    ml_strbuf_addc(buf, ']');
    open_list(buf, "columns");
    for (size_t i = 0; i < d->n_columns; i++)
        add_column(buf, d, &d->columns[i]);
    ml_strbuf_adds(buf, "\n]}\n");
}
