#include "model/crosses.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "recipe/encoder.h"

/* A cross gains beyond chance when its gain is so many standard errors. */
static const double SIGNAL = 4.0;

static const size_t resolutions[] = {5, 10, 20};
enum { N_RESOLUTIONS = 3 };

/* A column at one resolution. */
struct item {
    size_t column;
    size_t node;
    struct ml_screen_item levels;
};

struct finder {
    const struct ml_schema *schema;
    const struct ml_screen *screen;
    struct ml_recipe *recipe; /* owned: all items are its outputs */
    struct ml_encoder *encoder;
    uint32_t **id; /* owned; one a node, NULL for those that are no items */
    struct item *items;
    size_t n_items;
};

/* A cross that was looked at. */
struct candidate {
    size_t a; /* items */
    size_t b;
    struct ml_screen_gain gain;
};

static void add_output(struct ml_strbuf *text, const char *name, size_t bins)
{
    struct ml_strbuf expression = {0};
    if (bins > 0)
        ml_strbuf_adds(&expression, "quantile_bin(");
    ml_recipe_name(name, &expression);
    if (bins > 0)
        ml_strbuf_addf(&expression, ",%zu)", bins);
    ml_json_add_comma(text);
    ml_json_add_string(text, expression.bytes, expression.length);
    ml_strbuf_release(&expression);
}

static bool make_recipe(struct finder *f, struct ml_error *err)
{
    struct ml_strbuf text = {0};
    ml_strbuf_adds(&text, "{\"outputs\":[");
    for (size_t c = 0; c < f->schema->n_columns; c++) {
        const struct ml_schema_column *column = &f->schema->columns[c];
        if (column->role != ML_ROLE_INPUT || column->type == ML_TEXT)
            continue;
        if (column->type != ML_NUMERIC)
            add_output(&text, column->name, 0);
        for (size_t i = 0; column->type == ML_NUMERIC && i < N_RESOLUTIONS; i++)
            add_output(&text, column->name, resolutions[i]);
    }
    ml_strbuf_adds(&text, "]}");
    bool ok = ml_recipe_parse(&f->recipe, text.bytes, text.length, f->schema, "crosses", err);
    ml_strbuf_release(&text);
    return ok;
}

static size_t column_of(const struct ml_recipe *r, size_t node)
{
    while (r->nodes[node].transform != ML_COLUMN)
        node = r->nodes[node].args[0];
    return r->nodes[node].column;
}

/* Whether the item before, of the same column, has as many levels: a finer cut that is none. */
static bool repeats(const struct finder *f, size_t column, size_t n_levels)
{
    const struct item *last = f->n_items > 0 ? &f->items[f->n_items - 1] : NULL;
    return last != NULL && last->column == column && last->levels.n_levels == n_levels;
}

static void list_items(struct finder *f)
{
    const struct ml_recipe *r = f->recipe;
    f->items = ml_xcalloc(r->n_outputs, sizeof(*f->items));
    for (size_t i = 0; i < r->n_outputs; i++) {
        size_t node = r->outputs[i];
        size_t column = column_of(r, node);
        size_t n_levels = ml_encoder_n_levels(f->encoder, node);
        if (n_levels < 2 || repeats(f, column, n_levels))
            continue;
        f->items[f->n_items++] = (struct item){column, node, {NULL, n_levels}};
    }
}

static void read_levels(struct finder *f, const struct ml_dataset *data, const size_t *rows)
{
    f->id = ml_xcalloc(f->recipe->n_nodes, sizeof(*f->id));
    for (size_t i = 0; i < f->n_items; i++) {
        uint32_t *levels = ml_xcalloc(f->screen->n_rows, sizeof(*levels));
        f->id[f->items[i].node] = levels;
        f->items[i].levels.level = levels;
    }
    ml_encoder_levels(f->encoder, data, rows, f->screen->n_rows, f->id);
}

static int by_gain(const void *a, const void *b)
{
    const struct candidate *x = a;
    const struct candidate *y = b;
    if (x->gain.gain != y->gain.gain)
        return x->gain.gain < y->gain.gain ? 1 : -1;
    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    return (x->b > y->b) - (x->b < y->b);
}

/* Keeps the columns that, alone, say most of the residuals: so many that the budget lasts. */
static void limit_columns(struct finder *f, double budget)
{
    double looks = (double)f->screen->n_rows * (double)f->screen->n_outputs;
    size_t most = 2;
    while (most < f->n_items && (double)(most * (most + 1) / 2) * looks <= budget)
        most++;
    if (most >= f->n_items)
        return;
    uint32_t *zeros = ml_xcalloc(f->screen->n_rows, sizeof(*zeros));
    struct ml_screen_item nothing = {zeros, 1};
    struct candidate *alone = ml_xcalloc(f->n_items, sizeof(*alone));
    for (size_t i = 0; i < f->n_items; i++) {
        alone[i].a = i;
        (void)ml_screen_cross(&alone[i].gain, f->screen, &f->items[i].levels, &nothing);
    }
    qsort(alone, f->n_items, sizeof(*alone), by_gain);
    struct item *kept = ml_xcalloc(most, sizeof(*kept));
    for (size_t i = 0; i < most; i++)
        kept[i] = f->items[alone[i].a];
    free(f->items);
    f->items = kept;
    f->n_items = most;
    free(alone);
    free(zeros);
}

static struct candidate *screen_all(const struct finder *f, size_t *n)
{
    struct candidate *c = ml_xcalloc(f->n_items * f->n_items / 2 + 1, sizeof(*c));
    *n = 0;
    for (size_t a = 0; a < f->n_items; a++)
        for (size_t b = a + 1; b < f->n_items; b++) {
            struct candidate *to = &c[*n];
            *to = (struct candidate){.a = a, .b = b};
            if (f->items[a].column != f->items[b].column &&
                ml_screen_cross(&to->gain, f->screen, &f->items[a].levels, &f->items[b].levels))
                ++*n;
        }
    qsort(c, *n, sizeof(*c), by_gain);
    return c;
}

static char *express(const struct finder *f, const struct candidate *c)
{
    struct ml_strbuf text = {0};
    ml_strbuf_adds(&text, "cartesian(");
    ml_recipe_expression(f->recipe, f->schema, f->items[c->a].node, &text);
    ml_strbuf_addc(&text, ',');
    ml_recipe_expression(f->recipe, f->schema, f->items[c->b].node, &text);
    ml_strbuf_addc(&text, ')');
    return ml_strbuf_take(&text);
}

static bool same_columns(const struct finder *f, const struct candidate *x,
                         const struct candidate *y)
{
    size_t a = f->items[x->a].column;
    size_t b = f->items[x->b].column;
    size_t c = f->items[y->a].column;
    size_t d = f->items[y->b].column;
    return (a == c && b == d) || (a == d && b == c);
}

static void choose(struct ml_crosses *out, const struct finder *f, const struct candidate *c,
                   size_t n, size_t max)
{
    const struct candidate **taken = ml_xcalloc(max, sizeof(*taken));
    out->expression = ml_xcalloc(max, sizeof(*out->expression));
    for (size_t i = 0; i < n && c[i].gain.gain > 0.0; i++) {
        out->has_signal = out->has_signal || c[i].gain.score >= SIGNAL;
        bool is_new = out->n < max;
        for (size_t k = 0; is_new && k < out->n; k++)
            is_new = !same_columns(f, taken[k], &c[i]);
        if (!is_new)
            continue;
        taken[out->n] = &c[i];
        out->expression[out->n++] = express(f, &c[i]);
    }
    free(taken);
}

static void finder_release(struct finder *f)
{
    for (size_t i = 0; f->id != NULL && i < f->recipe->n_nodes; i++)
        free(f->id[i]);
    free(f->id);
    free(f->items);
    ml_encoder_free(f->encoder);
    ml_recipe_free(f->recipe);
}

bool ml_crosses_find(struct ml_crosses *out, const struct ml_training *training,
                     const struct ml_screen *screen, const size_t *rows, size_t max, double budget,
                     struct ml_error *err)
{
    struct finder f = {.schema = training->data.schema, .screen = screen};
    struct ml_crosses crosses = {0};
    bool ok = make_recipe(&f, err) &&
              ml_encoder_fit(&f.encoder, f.recipe, &training->data, rows, screen->n_rows, err);
    if (ok) {
        list_items(&f);
        read_levels(&f, &training->data, rows);
        limit_columns(&f, budget);
        size_t n;
        struct candidate *c = screen_all(&f, &n);
        choose(&crosses, &f, c, n, max);
        free(c);
        *out = crosses;
    }
    finder_release(&f);
    return ok;
}

void ml_crosses_release(struct ml_crosses *c)
{
    for (size_t i = 0; i < c->n; i++)
        free(c->expression[i]);
    free(c->expression);
    *c = (struct ml_crosses){0};
}
