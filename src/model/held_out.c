#include "model/held_out.h"

#include <string.h>

#include "data/parts.h"

static bool has_held_out(const struct ml_model *m, struct ml_error *err)
{
    const struct ml_provenance *p = &m->provenance;
    if (strcmp(p->data_path, "-") == 0)
        return ml_fail(err, ML_EINPUT,
                       "the model was trained from standard input, so its held-out "
                       "rows are gone; name the data to judge on");
    if (p->n_held_out == 0)
        return ml_fail(err, ML_EINPUT, "training held out no rows; name the data to judge on");
    return true;
}

/* Before anything is parsed: a changed file has other complaints, and this is the one that counts.
 */
static bool check_digest(const struct ml_model *m, struct ml_error *err)
{
    char digest[ML_DIGEST_HEX];
    if (!ml_parts_digest(digest, m->provenance.data_path, err))
        return false;
    if (strcmp(digest, m->provenance.data_digest) == 0)
        return true;
    return ml_fail(err, ML_ECONFLICT,
                   "'%s' has changed since the model was trained (SHA-256 %.12s, then %.12s): its "
                   "held-out rows are gone; name the data to judge on",
                   m->provenance.data_path, digest, m->provenance.data_digest);
}

bool ml_held_out_check(const struct ml_model *m, struct ml_error *err)
{
    return has_held_out(m, err) && check_digest(m, err);
}

bool ml_held_out_is_same(const struct ml_model *a, const struct ml_model *b, struct ml_error *err)
{
    const struct ml_provenance *p = &a->provenance;
    const struct ml_provenance *q = &b->provenance;
    const struct ml_split *s = &p->split;
    const struct ml_split *t = &q->split;
    if (strcmp(p->data_digest, q->data_digest) != 0)
        return ml_fail(err, ML_EINPUT,
                       "the models were trained on different data (SHA-256 %.12s and %.12s), so "
                       "that there are no rows that both held out; name the data to judge on",
                       p->data_digest, q->data_digest);
    if (s->strategy != t->strategy || s->begin != t->begin || s->end != t->end ||
        s->complement != t->complement || s->n_rows != t->n_rows ||
        (s->strategy == ML_SPLIT_RANDOM && s->seed != t->seed))
        return ml_fail(err, ML_EINPUT,
                       "the models were trained on different rows of the same data (split or seed "
                       "differ), so that they held out different rows; name the data to judge on");
    return true;
}

bool ml_target_find(size_t *field, const struct ml_table *t, struct ml_error *err)
{
    const struct ml_schema *schema = t->schema;
    if (!t->has_target)
        return ml_fail(err, ML_EINPUT, "%s: column '%.64s', the target, is not in the data",
                       ml_source_name(t->source), schema->columns[schema->target].name);
    *field = (size_t)ml_table_field(t, (size_t)schema->target);
    return true;
}
