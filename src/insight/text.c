#include "insight/text.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "eval/text_cell.h"

enum {
    NAME_WIDTH = 20,
    LABEL_WIDTH = 27,
    COUNT_WIDTH = 11,
    BAR_WIDTH = 24,
    LINE_WIDTH = 80,
};

static double share(uint64_t part, uint64_t all)
{
    return all > 0 ? (double)part / (double)all : NAN;
}

static void add_count(struct ml_strbuf *buf, double count, size_t width)
{
    ml_strbuf_addf(buf, "%*.0f", (int)width, count);
}

/* Six significant digits in at most 12 characters. */
static void add_figure(struct ml_strbuf *buf, const char *name, double x)
{
    ml_strbuf_adds(buf, name);
    if (isnan(x))
        ml_strbuf_adds(buf, " -");
    else
        ml_strbuf_addf(buf, " %.6g", x);
}

/* A bar of blocks, in eighths of a character. */
static void add_bar(struct ml_strbuf *buf, double part)
{
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    int n = isnan(part) ? 0 : (int)ceil(part * 8 * BAR_WIDTH - 1e-9);
    for (int i = 0; i < n / 8; i++)
        ml_strbuf_adds(buf, "█");
    ml_strbuf_adds(buf, eighths[n % 8]);
    ml_strbuf_addc(buf, '\n');
}

/* label, rows, share, positives unless NULL, bar; `most` rows fill the bar. */
static void add_line(struct ml_strbuf *buf, const struct ml_description *d, const char *label,
                     uint64_t rows, const double *positive, uint64_t most)
{
    ml_strbuf_adds(buf, "  ");
    ml_text_add_left(buf, label, LABEL_WIDTH);
    add_count(buf, (double)rows, COUNT_WIDTH);
    ml_text_add_percent(buf, share(rows, d->n_rows), 7);
    if (d->has_positive && positive != NULL)
        ml_text_add_percent(buf, *positive, 7);
    ml_strbuf_adds(buf, "  ");
    add_bar(buf, share(rows, most));
}

static void add_headings(struct ml_strbuf *buf, const struct ml_description *d, const char *what)
{
    ml_strbuf_addf(buf, "  %-*s%*s      %%", LABEL_WIDTH, what, COUNT_WIDTH, "rows");
    ml_strbuf_adds(buf, d->has_positive ? "  pos. %\n" : "\n");
}

static void add_items(struct ml_strbuf *buf, const struct ml_description *d,
                      const struct ml_items *items)
{
    const double unknown = NAN;
    uint64_t most = items->other;
    for (size_t i = 0; i < items->n; i++)
        most = items->list[i].rows > most ? items->list[i].rows : most;
    for (size_t i = 0; i < items->n && i < ML_DESCRIBE_TOP; i++)
        add_line(buf, d, items->list[i].label[0] != '\0' ? items->list[i].label : "(empty)",
                 items->list[i].rows, &items->list[i].positive, most);
    if (items->other > 0)
        add_line(buf, d, "(other)", items->other, &unknown, most);
}

static void add_histogram(struct ml_strbuf *buf, const struct ml_description *d,
                          const struct ml_insight *c)
{
    uint64_t most = 0;
    if (c->n_bars == 0)
        return;
    for (size_t i = 0; i < c->n_bars; i++)
        most = c->bars[i].rows > most ? c->bars[i].rows : most;
    add_headings(buf, d, "from .. to");
    for (size_t i = 0; i < c->n_bars; i++) {
        char label[64];
        snprintf(label, sizeof(label), "%.6g .. %.6g", c->bars[i].from, c->bars[i].to);
        add_line(buf, d, label, c->bars[i].rows, &c->bars[i].positive, most);
    }
}

static void add_bad_cells(struct ml_strbuf *buf, const struct ml_description *d,
                          const struct ml_insight *c)
{
    ml_strbuf_addf(buf, "  missing %llu (%.3g %%)  invalid %llu (%.3g %%)",
                   (unsigned long long)c->n_missing, 100 * share(c->n_missing, d->n_rows),
                   (unsigned long long)c->n_invalid, 100 * share(c->n_invalid, d->n_rows));
}

static void add_quantiles(struct ml_strbuf *buf, const struct ml_insight *c)
{
    ml_strbuf_adds(buf, "  quantiles");
    for (size_t i = 0; i < ML_N_QUANTILES; i++) {
        if (i == 2 || i == 5)
            ml_strbuf_adds(buf, "\n           ");
        ml_strbuf_addf(buf, "  %.0f %%: %.6g", 100 * ml_quantile_levels[i], c->quantiles[i]);
    }
    ml_strbuf_addc(buf, '\n');
}

static void add_numeric(struct ml_strbuf *buf, const struct ml_description *d,
                        const struct ml_insight *c)
{
    add_bad_cells(buf, d, c);
    ml_strbuf_addf(buf, "  zeros %llu\n  distinct %.0f", (unsigned long long)c->n_zeros,
                   c->n_unique);
    if (c->n_numbers == 0) {
        ml_strbuf_addc(buf, '\n');
        return;
    }
    add_figure(buf, "  min", c->min);
    add_figure(buf, "  max", c->max);
    add_figure(buf, "\n  median", c->quantiles[ML_N_QUANTILES / 2]);
    add_figure(buf, "  mean", c->mean);
    add_figure(buf, "  sd", c->sd);
    ml_strbuf_addc(buf, '\n');
    add_quantiles(buf, c);
    add_histogram(buf, d, c);
}

static void add_binary(struct ml_strbuf *buf, const struct ml_description *d,
                       const struct ml_insight *c)
{
    add_bad_cells(buf, d, c);
    double part = share(c->items.list[1].rows, c->n_numbers);
    if (!isnan(part))
        ml_strbuf_addf(buf, "  true %.3g %%", 100 * part);
    ml_strbuf_addc(buf, '\n');
    add_headings(buf, d, "value");
    add_items(buf, d, &c->items);
}

static void add_categorical(struct ml_strbuf *buf, const struct ml_description *d,
                            const struct ml_insight *c)
{
    ml_strbuf_addf(buf, "  distinct %.0f  empty %llu (%.3g %%)", c->n_unique,
                   (unsigned long long)c->n_missing, 100 * share(c->n_missing, d->n_rows));
    if (c->least.label != NULL) {
        ml_strbuf_adds(buf, "\n  least frequent: ");
        ml_text_add(buf, c->least.label, 40);
        ml_strbuf_addf(buf, " (%llu)", (unsigned long long)c->least.rows);
    }
    ml_strbuf_addc(buf, '\n');
    add_headings(buf, d, "most frequent");
    add_items(buf, d, &c->items);
}

static void add_text(struct ml_strbuf *buf, const struct ml_description *d,
                     const struct ml_insight *c)
{
    ml_strbuf_addf(buf, "  words %llu  distinct %.0f  rows without a word %llu (%.3g %%)\n",
                   (unsigned long long)c->n_words, c->n_unique, (unsigned long long)c->n_missing,
                   100 * share(c->n_missing, d->n_rows));
    ml_strbuf_addf(buf, "  words in a row %zu to %zu  characters in a word %zu to %zu\n",
                   c->row_words[0], c->row_words[1], c->word_length[0], c->word_length[1]);
    if (c->items.n == 0)
        return;
    add_headings(buf, d, "most prominent words");
    add_items(buf, d, &c->items);
}

static void add_column(struct ml_strbuf *buf, const struct ml_description *d,
                       const struct ml_insight *c)
{
    static const char *const roles[] = {
        [ML_ROLE_INPUT] = "",
        [ML_ROLE_TARGET] = "",
        [ML_ROLE_ROW_ID] = ", row id",
        [ML_ROLE_EXCLUDED] = ", excluded",
    };
    ml_strbuf_addc(buf, '\n');
    ml_text_add(buf, c->name, 40);
    ml_strbuf_addf(buf, ": %s%s%s\n", ml_type_name(c->type), roles[c->role],
                   c->is_exact ? "" : ", approximate");
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
}

static bool has_information(const struct ml_insight *c)
{
    return c->has_mutual && !isnan(c->mutual.nats);
}

/* Whether an unrelated column with as many values could well show as much: 2 n nats is then about
 * chi-squared, whose mean is 2 n chance; two standard deviations are allowed. */
static bool is_chance(const struct ml_insight *c)
{
    double freedom = 2.0 * (double)c->mutual.rows * c->mutual.chance;
    return 2.0 * (double)c->mutual.rows * c->mutual.nats <= freedom + 2.0 * sqrt(2.0 * freedom);
}

/* Most information beyond chance first, then as in the file. */
static int compare(const void *a, const void *b)
{
    const struct ml_insight *x = *(const struct ml_insight *const *)a;
    const struct ml_insight *y = *(const struct ml_insight *const *)b;
    double more_x = has_information(x) ? x->mutual.nats - x->mutual.chance : -HUGE_VAL;
    double more_y = has_information(y) ? y->mutual.nats - y->mutual.chance : -HUGE_VAL;
    if (more_x != more_y)
        return more_x < more_y ? 1 : -1;
    return (x > y) - (x < y);
}

static void add_row(struct ml_strbuf *buf, const struct ml_insight *c)
{
    ml_strbuf_adds(buf, "  ");
    ml_text_add_left(buf, c->name, NAME_WIDTH);
    ml_strbuf_addf(buf, " %-11s", ml_type_name(c->type));
    if (has_information(c)) {
        ml_strbuf_addf(buf, "%8.4f%c", c->mutual.nats, c->is_mutual_exact ? ' ' : '~');
        ml_text_add_percent(buf, c->normalised, 6);
        ml_strbuf_addc(buf, is_chance(c) ? '*' : ' ');
    } else {
        ml_strbuf_addf(buf, "%8s %6s ", "-", "-");
    }
    add_count(buf, (double)c->n_missing, 9);
    add_count(buf, (double)c->n_invalid, 10);
    add_count(buf, c->n_unique, 10);
    ml_strbuf_adds(buf, c->is_exact ? "\n" : "~\n");
}

static void add_overview(struct ml_strbuf *buf, const struct ml_description *d)
{
    const struct ml_insight **order = ml_xcalloc(d->n_columns + 1, sizeof(*order));
    bool is_rough = false;
    bool has_chance = false;
    size_t n = 0;
    for (size_t i = 0; i < d->n_columns; i++) {
        is_rough = is_rough || !d->columns[i].is_exact ||
                   (d->columns[i].has_mutual && !d->columns[i].is_mutual_exact);
        has_chance = has_chance || (has_information(&d->columns[i]) && is_chance(&d->columns[i]));
        if (d->columns[i].role != ML_ROLE_TARGET)
            order[n++] = &d->columns[i];
    }
    qsort(order, n, sizeof(*order), compare);
    ml_strbuf_adds(buf, "\ninfo: mutual information with the target in nats; %: of the target's "
                        "entropy\n");
    if (is_rough)
        ml_strbuf_addf(buf, "~: approximate; info then from %llu rows drawn at random\n",
                       (unsigned long long)d->sample_rows);
    if (has_chance)
        ml_strbuf_adds(buf, "*: no more than an unrelated column with as many values may show\n");
    ml_strbuf_addf(buf, "  %-*s %-11s%8s %6s%10s%10s%10s\n", NAME_WIDTH, "column", "type", "info",
                   "%", "missing", "invalid", "distinct");
    for (size_t i = 0; i < n; i++)
        add_row(buf, order[i]);
    free(order);
}

static void add_summary(struct ml_strbuf *buf, const struct ml_description *d)
{
    size_t n[ML_N_TYPES] = {0};
    const char *separator = "";
    for (size_t i = 0; i < d->n_columns; i++)
        n[d->columns[i].type]++;
    ml_text_add(buf, d->path, LINE_WIDTH);
    ml_strbuf_addf(buf, "\n%llu rows, %zu rejected; %zu columns: ", (unsigned long long)d->n_rows,
                   d->n_rejected, d->n_columns);
    for (enum ml_type t = ML_NUMERIC; t <= ML_TEXT; t++) {
        if (n[t] == 0)
            continue;
        ml_strbuf_addf(buf, "%s%zu %s", separator, n[t], ml_type_name(t));
        separator = ", ";
    }
    ml_strbuf_addc(buf, '\n');
}

static void add_target(struct ml_strbuf *buf, const struct ml_description *d)
{
    if (d->target < 0) {
        ml_strbuf_adds(buf, "\nno target: nothing is related to one\n");
        return;
    }
    const struct ml_insight *c = &d->columns[d->target];
    ml_strbuf_adds(buf, "\ntarget: ");
    ml_text_add(buf, c->name, 36);
    ml_strbuf_addf(buf, ", %s", ml_type_name(c->type));
    if (!isnan(d->entropy))
        ml_strbuf_addf(buf, ", entropy %.4f nats", d->entropy);
    ml_strbuf_addc(buf, '\n');
    for (size_t i = 0; i < d->classes.n && i < ML_DESCRIBE_TOP; i++)
        add_line(buf, d, d->classes.list[i].label, d->classes.list[i].rows, NULL,
                 d->classes.list[0].rows);
    if (c->type == ML_NUMERIC)
        add_numeric(buf, d, c);
    if (d->classes.n > ML_DESCRIBE_TOP)
        ml_strbuf_addf(buf, "  and %zu more\n", d->classes.n - ML_DESCRIBE_TOP);
}

/* Words of the message on as many lines as they need. */
static void add_wrapped(struct ml_strbuf *buf, const char *text, size_t used)
{
    while (*text != '\0') {
        size_t n = 0;
        while (text[n] != '\0' && text[n] != ' ')
            n++;
        if (used + 1 + n > LINE_WIDTH) {
            ml_strbuf_adds(buf, "\n   ");
            used = 3;
        }
        ml_strbuf_addc(buf, ' ');
        ml_strbuf_add(buf, text, n);
        used += 1 + n;
        text += text[n] == ' ' ? n + 1 : n;
    }
    ml_strbuf_addc(buf, '\n');
}

static void add_warnings(struct ml_strbuf *buf, const struct ml_description *d)
{
    if (d->n_warnings > 0)
        ml_strbuf_adds(buf, "\nwarnings\n");
    for (size_t i = 0; i < d->n_warnings; i++) {
        const struct ml_warning *w = &d->warnings[i];
        size_t width = ml_text_width(w->column);
        ml_strbuf_adds(buf, "  ");
        ml_text_add(buf, w->column, 40);
        ml_strbuf_addc(buf, ':');
        add_wrapped(buf, w->message, 3 + (width < 40 ? width : 40));
    }
}

void ml_insight_text(struct ml_strbuf *buf, const struct ml_description *d)
{
    add_summary(buf, d);
    add_target(buf, d);
    add_warnings(buf, d);
    add_overview(buf, d);
    for (size_t i = 0; i < d->n_columns; i++)
        if ((long)i != d->target)
            add_column(buf, d, &d->columns[i]);
}
