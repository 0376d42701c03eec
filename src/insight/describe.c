#include "ml/describe.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "insight/insight.h"
#include "insight/json.h"
#include "insight/scan.h"
#include "insight/text.h"

/* Cells of the sample that are looked at together: each may be a value with counts of its own. */
enum { PART_CELLS = 200000 };

/* What a description is made with. */
struct making {
    struct ml_table table;
    struct ml_scan all;
    struct ml_scan part;
    bool *in_file;   /* owned; by schema column */
    bool *uses_part; /* owned; by schema column */
    size_t part_end; /* columns before it have been looked at in `part` */
    double target_edges[ML_DESCRIBE_TARGET_BINS];
    size_t n_target_edges;
    bool has_edges;
    struct ml_views views;
};

void ml_description_free(struct ml_description *d)
{
    if (d == NULL)
        return;
    for (size_t c = 0; c < d->n_columns; c++)
        ml_insight_release(&d->columns[c]);
    for (size_t i = 0; i < d->n_warnings; i++)
        free(d->warnings[i].message);
    ml_items_release(&d->classes);
    free(d->columns);
    free(d->warnings);
    free(d->path);
    free(d);
}

static bool find_target(long *out, const struct ml_schema *schema, const char *name,
                        struct ml_error *err)
{
    *out = name == NULL ? schema->target : ml_schema_find(schema, name, strlen(name));
    if (name != NULL && *out < 0)
        return ml_fail(err, ML_EINPUT, "the schema has no column named '%.64s'", name);
    if (*out >= 0 && schema->columns[*out].type == ML_TEXT)
        return ml_fail(err, ML_EINPUT, "column '%.64s': a TEXT column cannot be the target",
                       schema->columns[*out].name);
    return true;
}

/* Which columns are there, and whether the target is. */
static void look_at_columns(struct making *m, long target)
{
    const struct ml_table *t = &m->table;
    m->in_file = ml_xcalloc(t->schema->n_columns, sizeof(*m->in_file));
    m->uses_part = ml_xcalloc(t->schema->n_columns, sizeof(*m->uses_part));
    for (size_t f = 0; f < t->n_fields; f++)
        if (t->column_of[f] >= 0)
            m->in_file[t->column_of[f]] = true;
    m->views.target = target >= 0 && m->in_file[target] ? target : -1;
}

static bool read_all(struct making *m, const struct ml_describe_options *options,
                     const struct ml_talk *talk, struct ml_error *err)
{
    m->all.reading.table = &m->table;
    m->all.reading.wanted = m->in_file;
    m->all.reading.target = m->views.target;
    m->all.reading.samples = true;
    if (!ml_scan_run(&m->all, options, talk, err))
        return false;
    const char *name = ml_source_name(m->table.source);
    if (m->all.n_rows == 0 && m->all.n_rejected == 0)
        return ml_fail(err, ML_EINPUT, "%s: no rows%s", name,
                       ml_source_rows(m->table.source) == 0 ? " below the header" : "");
    if (m->all.n_rows == 0)
        return ml_fail(err, ML_EINPUT, "%s: none of the %zu rows can be used", name,
                       m->all.n_rejected);
    return true;
}

/* A NUMERIC target's classes, by the sample's numbers. */
static void cut_target(struct making *m, long target)
{
    bool *only = ml_xcalloc(m->table.schema->n_columns, sizeof(*only));
    only[target] = true;
    struct ml_scan scan = {.is_unlimited = true};
    scan.reading.table = &m->table;
    scan.reading.wanted = only;
    scan.reading.target = -1;
    ml_scan_rows(&scan, &m->all.sample.rows);
    struct ml_runs runs = {0};
    ml_relate_runs(&scan.columns[target], &runs);
    m->has_edges = true;
    m->n_target_edges = ml_runs_bins(&runs, m->target_edges, ML_DESCRIBE_TARGET_BINS);
    ml_runs_release(&runs);
    ml_scan_release(&scan);
    free(only);
}

/* Which columns need a second look, at the sample, and what a NUMERIC target's classes are there.
 */
static void prepare_part(struct making *m)
{
    long target = m->views.target;
    const struct ml_schema *schema = m->table.schema;
    bool is_cut = target >= 0 && schema->columns[target].type == ML_NUMERIC;
    for (size_t c = 0; c < schema->n_columns; c++)
        m->uses_part[c] = m->in_file[c] && (is_cut || !m->all.columns[c].is_exact);
    if (is_cut)
        cut_target(m, target);
}

/* The second look for `first` and as many columns behind it as memory allows, and the target. */
static void read_part(struct making *m, size_t first)
{
    size_t n_columns = m->table.schema->n_columns;
    size_t cells = 0;
    bool *wanted = ml_xcalloc(n_columns, sizeof(*wanted));
    if (m->views.target >= 0)
        wanted[m->views.target] = true;
    size_t c = first;
    for (; c < n_columns && (c == first || cells < PART_CELLS); c++) {
        wanted[c] = wanted[c] || m->uses_part[c];
        cells += m->uses_part[c] ? m->all.sample.rows.n_spans : 0;
    }
    m->part_end = c;
    ml_scan_release(&m->part);
    m->part.is_unlimited = true;
    m->part.reading.table = &m->table;
    m->part.reading.wanted = wanted;
    m->part.reading.target = m->views.target;
    m->part.reading.target_edges = m->has_edges ? m->target_edges : NULL;
    m->part.reading.n_target_edges = m->n_target_edges;
    ml_scan_rows(&m->part, &m->all.sample.rows);
    free(wanted);
}

static void describe_target(struct ml_description *d, const struct making *m)
{
    const struct ml_views *v = &m->views;
    d->entropy = NAN;
    if (v->target < 0)
        return;
    const struct ml_gather *g = &m->all.columns[v->target];
    d->has_positive = v->has_positive;
    d->too_many_classes = m->all.too_many_classes;
    d->n_without_target = g->n_missing + g->n_invalid;
    if (g->type != ML_NUMERIC && !d->too_many_classes)
        ml_insight_classes(&d->classes, v);
    if (!v->has_classes)
        return;
    const struct ml_scan *scan = ml_view(v, (size_t)v->target);
    uint64_t *totals = ml_relate_totals(v, scan);
    if (d->n_without_target < d->n_rows)
        d->entropy = ml_entropy(totals + 1, scan->n_classes - 1);
    free(totals);
}

static enum ml_role role_of(const struct ml_schema *schema, size_t c, long target)
{
    if ((long)c == target)
        return ML_ROLE_TARGET;
    enum ml_role role = schema->columns[c].role;
    return role == ML_ROLE_TARGET ? ML_ROLE_INPUT : role;
}

static struct ml_description *write_down(struct making *m)
{
    const struct ml_schema *schema = m->table.schema;
    struct ml_description *d = ml_xcalloc(1, sizeof(*d));
    d->path = ml_xstrdup(ml_source_name(m->table.source));
    d->n_rows = m->all.n_rows;
    d->n_rejected = m->all.n_rejected;
    d->n_ignored = m->table.n_ignored;
    d->sample_rows = m->all.sample.rows.n_spans;
    d->sample_is_all = m->all.sample.level == 0;
    d->columns = ml_xcalloc(schema->n_columns, sizeof(*d->columns));
    d->target = -1;
    for (size_t c = 0; c < schema->n_columns; c++) {
        if (!m->in_file[c])
            continue;
        if (m->uses_part[c] && c >= m->part_end)
            read_part(m, c);
        struct ml_insight *insight = &d->columns[d->n_columns];
        ml_insight_make(insight, &m->views, c);
        insight->name = ml_xstrdup(schema->columns[c].name);
        insight->role = role_of(schema, c, m->views.target);
        if (insight->role == ML_ROLE_TARGET)
            d->target = (long)d->n_columns;
        d->n_columns++;
    }
    describe_target(d, m);
    ml_description_warn(d);
    return d;
}

static void set_views(struct making *m, size_t n_bins)
{
    struct ml_views *v = &m->views;
    v->all = &m->all;
    v->part = &m->part;
    v->uses_part = m->uses_part;
    v->n_bins = n_bins;
    if (v->target < 0)
        return;
    enum ml_type type = m->table.schema->columns[v->target].type;
    v->has_positive = type == ML_BINARY;
    v->has_classes = m->has_edges || m->all.n_classes > 1;
}

bool ml_describe(struct ml_description **out, const char *path, const struct ml_schema *schema,
                 const struct ml_describe_options *options, const struct ml_talk *talk,
                 struct ml_error *err)
{
    if (options->bins < 1 || options->bins > ML_DESCRIBE_MAX_BINS)
        return ml_fail(err, ML_EINPUT, "a histogram has 1 to %d bins", (int)ML_DESCRIBE_MAX_BINS);
    long target;
    struct making m = {.views = {.target = -1}};
    if (!find_target(&target, schema, options->target, err) ||
        !ml_table_open(&m.table, path, schema, &options->csv, ML_MATCH_NAMES, false, err))
        return false;
    look_at_columns(&m, target);
    bool ok = read_all(&m, options, talk, err);
    if (ok) {
        prepare_part(&m);
        set_views(&m, options->bins);
        *out = write_down(&m);
    }
    ml_scan_release(&m.all);
    ml_scan_release(&m.part);
    ml_table_close(&m.table);
    free(m.in_file);
    free(m.uses_part);
    return ok;
}

size_t ml_description_rejected(const struct ml_description *d)
{
    return d->n_rejected;
}

char *ml_description_json(const struct ml_description *d)
{
    struct ml_strbuf buf = {0};
    ml_insight_json(&buf, d);
    return ml_strbuf_take(&buf);
}

char *ml_description_text(const struct ml_description *d)
{
    struct ml_strbuf buf = {0};
    ml_insight_text(&buf, d);
    return ml_strbuf_take(&buf);
}
