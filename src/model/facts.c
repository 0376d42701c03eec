#include "model/facts.h"

#include <stdlib.h>

#include "base/alloc.h"

static const double *truths_of(const struct ml_observations *o)
{
    return (const double *)(const void *)o->truths.bytes;
}

/* Owned: counts by class; NULL for a regression. */
static uint64_t *add_target(struct ml_eval_facts *facts, const struct ml_model *m,
                            const struct ml_observations *o)
{
    const double *truth = truths_of(o);
    if (m->problem == ML_REGRESSION_PROBLEM) {
        double n = (double)m->provenance.n_train;
        facts->training_target = (struct ml_moments){m->provenance.n_train, m->target.mean,
                                                     m->target.deviation * m->target.deviation * n};
        for (size_t i = 0; i < facts->rows; i++)
            ml_moments_add(&facts->target, truth[i]);
        return NULL;
    }
    uint64_t *counts = ml_xcalloc(m->n_labels, sizeof(*counts));
    for (size_t i = 0; i < facts->rows; i++)
        counts[(size_t)truth[i]]++;
    facts->n_classes = m->n_labels;
    facts->labels = (const char *const *)m->labels;
    facts->training_shares = m->prior;
    facts->class_counts = counts;
    return counts;
}

/* Owned: names of the columns that one side has alone, the missing ones first; NULL: none. */
static const char **add_columns(struct ml_eval_facts *facts, const struct ml_table *t)
{
    if (t == NULL || t->names == NULL)
        return NULL;
    const struct ml_schema *schema = t->schema;
    const char **names = ml_xcalloc(schema->n_columns + t->n_fields, sizeof(*names));
    for (size_t c = 0; c < schema->n_columns; c++)
        if (ml_table_field(t, c) < 0)
            names[facts->n_missing++] = schema->columns[c].name;
    for (size_t f = 0; f < t->n_fields; f++)
        if (t->column_of[f] < 0)
            names[facts->n_missing + facts->n_extra++] = t->names[f];
    facts->missing = names;
    facts->extra = names + facts->n_missing;
    return names;
}

void ml_facts_alerts(struct ml_alerts *out, const struct ml_model *m,
                     const struct ml_observations *o, const struct ml_judged *judged)
{
    struct ml_eval_facts facts = {
        .is_training_data = judged->is_training_data,
        .is_held_out = judged->is_held_out,
        .rows = ml_observations_count(o),
        .invalid_rows = judged->n_rejected,
        .training_rows = m->provenance.n_train,
    };
    uint64_t *counts = add_target(&facts, m, o);
    const char **names = add_columns(&facts, judged->table);
    ml_alerts_find(out, &facts);
    free(counts);
    free(names);
}
