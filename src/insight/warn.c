#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "insight/result.h"

enum { MESSAGE_BYTES = 256 };

__attribute__((format(printf, 4, 5))) static void warn(struct ml_description *d, const char *code,
                                                       const struct ml_insight *c,
                                                       const char *format, ...)
{
    char message[MESSAGE_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    d->warnings = ml_grow(d->warnings, d->n_warnings, &d->warnings_capacity, sizeof(*d->warnings));
    d->warnings[d->n_warnings++] = (struct ml_warning){code, c->name, ml_xstrdup(message)};
}

static double share(uint64_t part, uint64_t all)
{
    return all > 0 ? (double)part / (double)all : 0.0;
}

/* Nothing to learn from it; the other warnings would only repeat that. */
static bool warn_empty(struct ml_description *d, const struct ml_insight *c)
{
    bool has_numbers = c->type == ML_NUMERIC || c->type == ML_BINARY;
    if (has_numbers && c->n_invalid > 0 && c->n_invalid + c->n_missing == d->n_rows) {
        warn(d, "all_missing", c, "no cell is a %s: is it CATEGORICAL?",
             c->type == ML_NUMERIC ? "number" : "binary value");
        return true;
    }
    if (c->n_missing == d->n_rows) {
        warn(d, "all_missing", c, "every cell is %s",
             c->type == ML_TEXT ? "without a word"
             : has_numbers      ? "missing"
                                : "empty");
        return true;
    }
    if (c->type != ML_TEXT && c->n_unique == 1 && c->n_invalid == 0 &&
        (!has_numbers || c->n_missing == 0)) {
        warn(d, "constant", c, "every cell has the same value");
        return true;
    }
    return false;
}

static bool warn_id(struct ml_description *d, const struct ml_insight *c)
{
    bool is_whole = c->type == ML_NUMERIC && c->is_whole;
    uint64_t there = c->type == ML_NUMERIC ? c->n_numbers : d->n_rows - c->n_missing;
    if ((c->type != ML_CATEGORICAL && !is_whole) || there < ML_WARN_ID_ROWS ||
        c->n_unique < ML_WARN_ID * (double)there)
        return false;
    double part = fmin(100.0, 100.0 * c->n_unique / (double)there);
    if (is_whole && c->max - c->min < 1.05 * (double)there)
        warn(d, "id_like", c,
             "whole numbers from %.0f to %.0f, %.1f %% of them distinct: a running number?", c->min,
             c->max, part);
    else
        warn(d, "id_like", c, "%.1f %% of the values are distinct: an identifier?", part);
    return true;
}

static void warn_relation(struct ml_description *d, const struct ml_insight *c)
{
    if (!c->has_mutual || isnan(c->normalised))
        return;
    double known = c->normalised - c->mutual.chance / c->mutual.entropy;
    if (known >= ML_WARN_DUPLICATE)
        warn(d, "target_duplicate", c,
             "it tells the target almost completely (%.1f %% of its entropy): the target under "
             "another name?",
             100 * c->normalised);
    else if (known > ML_WARN_LEAK)
        warn(d, "leak_suspect", c,
             "it tells %.1f %% of the target's entropy, which is unusual: is it known when a "
             "prediction is wanted?",
             100 * c->normalised);
}

static void warn_cells(struct ml_description *d, const struct ml_insight *c)
{
    if (c->n_invalid > 0)
        warn(d, "invalid_cells", c, "%llu cell%s (%.3g %%) cannot be read as %s",
             (unsigned long long)c->n_invalid, c->n_invalid == 1 ? "" : "s",
             100 * share(c->n_invalid, d->n_rows), ml_type_name(c->type));
    if (share(c->n_missing, d->n_rows) > ML_WARN_MISSING)
        warn(d, "many_missing", c, "%.1f %% of the cells are %s",
             100 * share(c->n_missing, d->n_rows),
             c->type == ML_CATEGORICAL ? "empty"
             : c->type == ML_TEXT      ? "without a word"
                                       : "missing");
}

static void warn_input(struct ml_description *d, const struct ml_insight *c)
{
    if (warn_empty(d, c))
        return;
    warn_cells(d, c);
    if (!warn_id(d, c) && c->type == ML_CATEGORICAL && c->n_unique > ML_WARN_CARDINALITY)
        warn(d, "high_cardinality", c, "%.0f categories: rare ones teach little", c->n_unique);
    warn_relation(d, c);
}

static void warn_classes(struct ml_description *d, const struct ml_insight *c)
{
    uint64_t rows = 0;
    size_t n = d->classes.n;
    for (size_t i = 0; i < n; i++)
        rows += d->classes.list[i].rows;
    if (n == 0)
        return;
    if (n == 1) {
        warn(d, "target_constant", c, "all rows are of one class: there is nothing to learn");
        return;
    }
    double rarest = share(d->classes.list[n - 1].rows, rows);
    if (rarest < ML_WARN_IMBALANCE)
        warn(d, "imbalance", c, "the rarest class has %.3g %% of the rows", 100 * rarest);
}

static void warn_target(struct ml_description *d, const struct ml_insight *c)
{
    if (c->type == ML_NUMERIC && c->n_numbers > 0 && c->min == c->max)
        warn(d, "target_constant", c, "all rows have one value: there is nothing to learn");
    if (d->n_without_target > 0)
        warn(d, "target_missing", c,
             "%llu row%s (%.3g %%) without a valid target: training will reject them",
             (unsigned long long)d->n_without_target, d->n_without_target == 1 ? "" : "s",
             100 * share(d->n_without_target, d->n_rows));
    if (d->too_many_classes)
        warn(d, "target_classes", c,
             "more than %d classes: nothing is related to it; is it NUMERIC?", (int)ML_MAX_CLASSES);
    else
        warn_classes(d, c);
}

void ml_description_warn(struct ml_description *d)
{
    for (size_t i = 0; i < d->n_columns; i++) {
        const struct ml_insight *c = &d->columns[i];
        if (c->role == ML_ROLE_TARGET)
            warn_target(d, c);
        else if (c->role == ML_ROLE_INPUT)
            warn_input(d, c);
    }
}
