#include "serve/predict.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "serve/assign.h"

/* What all records of a call have in common while it is answered. */
struct run {
    struct ml_server *server;
    const struct ml_endpoint *endpoint;
    const struct ml_call *call;
    struct ml_arena *arena;
    struct ml_predict_fault *fault;
    const struct ml_variant *pinned; /* or NULL */
    struct ml_prediction_row *rows;  /* n_rows; NULL: not logged */
    size_t n_rows;
    const struct ml_variant **variants; /* one a record */
    enum ml_assignment *assigned;       /* one a record */
    uint64_t key_hash;                  /* of the first record's key */
    int64_t now_ms;
};

static const char *const assignment_names[] = {"key", "random", "pinned", "default", "shadow"};

static bool fail(struct ml_predict_fault *fault, int status, const char *code, const char *field)
{
    fault->status = status;
    fault->code = code;
    fault->field = field;
    return false;
}

static bool fail_record(const struct ml_call_record *record, struct ml_predict_fault *fault,
                        const char *code, const char *field)
{
    return fail(fault, 400, code, field) ||
           (record->place > 0 && ml_fail_context(&fault->err, "record %zu", record->place));
}

/* The column that the cell names, or ML_DICT_NONE. Most records come in the schema's own order. */
static uint32_t find_column(const struct ml_loaded *loaded, const struct ml_call_cell *cell,
                            uint32_t hint)
{
    if (hint < loaded->columns.count) {
        size_t n;
        const char *name = ml_dict_get(&loaded->columns, hint, &n);
        if (n == cell->name_bytes && memcmp(name, cell->name, n) == 0)
            return hint;
    }
    return ml_dict_find(&loaded->columns, cell->name, cell->name_bytes);
}

static const char *column_name(const struct ml_loaded *loaded, size_t c)
{
    return loaded->model->schema->columns[c].name;
}

static bool check_strict(struct ml_scorer *scorer, const struct ml_loaded *loaded,
                         const struct ml_call_record *record, struct ml_predict_fault *fault)
{
    static const char *const what[] = {"", "is missing", "has a category unseen in training",
                                       "is no binary value"};
    const struct ml_schema *schema = loaded->model->schema;
    for (size_t c = 0; c < schema->n_columns; c++) {
        enum ml_note note =
            schema->columns[c].role == ML_ROLE_INPUT ? ml_scorer_note(scorer, c) : ML_NOTE_NONE;
        if (note == ML_NOTE_NONE)
            continue;
        ml_fail(&fault->err, ML_EINPUT, "column '%.64s' %s", column_name(loaded, c), what[note]);
        return fail_record(record, fault, "strict_record", column_name(loaded, c));
    }
    return true;
}

bool ml_predict_fill(struct ml_scorer *scorer, const struct ml_loaded *loaded,
                     const struct ml_call_record *record, bool is_strict, size_t *n_unknown,
                     struct ml_predict_fault *fault)
{
    const struct ml_schema *schema = loaded->model->schema;
    uint32_t hint = 0;
    ml_scorer_clear(scorer);
    for (size_t i = 0; i < record->n_cells; i++) {
        const struct ml_call_cell *cell = &record->cells[i];
        uint32_t c = find_column(loaded, cell, hint);
        if (c == ML_DICT_NONE) {
            ++*n_unknown;
            char quoted[80];
            ml_quote(quoted, sizeof(quoted), cell->name, cell->name_bytes);
            if (is_strict && !ml_fail(&fault->err, ML_EINPUT, "column '%s' is unknown", quoted))
                return fail_record(record, fault, "strict_record", cell->name);
            continue;
        }
        hint = c + 1;
        if (schema->columns[c].role != ML_ROLE_INPUT)
            continue;
        bool ok = cell->is_number
                      ? ml_scorer_set_number(scorer, c, cell->number, &fault->err)
                      : ml_scorer_set(scorer, c, cell->text, cell->text_bytes, &fault->err);
        if (!ok)
            return fail_record(record, fault, "invalid_record", column_name(loaded, c));
    }
    return !is_strict || check_strict(scorer, loaded, record, fault);
}

bool ml_predict_check_threshold(const struct ml_model *model, double threshold,
                                struct ml_predict_fault *fault)
{
    if (isnan(threshold) || ml_model_problem(model) != ML_REGRESSION_PROBLEM)
        return true;
    ml_fail(&fault->err, ML_EUNSUPPORTED,
            "'threshold' is for models with labels: '%s' is a regression", ml_model_name(model));
    return fail(fault, 400, "unsupported", "threshold");
}

/* A record's own key: the field that the endpoint names. */
static const char *record_key(const struct run *r, const struct ml_call_record *record, size_t *n)
{
    const char *name = r->endpoint->spec.key;
    for (size_t i = 0; i < record->n_cells; i++) {
        const struct ml_call_cell *cell = &record->cells[i];
        if (strcmp(cell->name, name) != 0)
            continue;
        if (!cell->is_number) {
            *n = cell->text_bytes;
            return *n > 0 ? cell->text : NULL;
        }
        char *text = ml_arena_alloc(r->arena, ML_NUMBER_BYTES);
        *n = ml_number_format(text, cell->number);
        return text;
    }
    return NULL;
}

static void assign(struct run *r, size_t i, uint64_t *key_hash)
{
    const struct ml_endpoint *e = r->endpoint;
    const char *key = r->call->key;
    size_t n = r->call->key_bytes;
    if (r->call->is_together && i > 0) {
        r->variants[i] = r->variants[0];
        r->assigned[i] = r->assigned[0];
        *key_hash = r->key_hash;
        return;
    }
    if (key == NULL && e->spec.key[0] != '\0')
        key = record_key(r, &r->call->records[i], &n);
    *key_hash = key != NULL ? ml_assign_key_hash(key, n) : 0;
    if (i == 0)
        r->key_hash = *key_hash;
    if (r->pinned != NULL) {
        r->variants[i] = r->pinned;
        r->assigned[i] = ML_ASSIGNED_BY_PIN;
        return;
    }
    double position = key != NULL ? ml_assign_position(e->spec.name, key, n) : ml_assign_random();
    r->variants[i] = ml_endpoint_at(e, position);
    r->assigned[i] = key != NULL ? ML_ASSIGNED_BY_KEY : ML_ASSIGNED_AT_RANDOM;
    if (r->variants[i] == NULL) {
        r->variants[i] = &e->variants[e->control];
        r->assigned[i] = ML_ASSIGNED_BY_DEFAULT;
    }
}

static void count_notes(const struct ml_variant *v, struct ml_scorer *scorer)
{
    const struct ml_schema *schema = v->loaded->model->schema;
    for (size_t c = 0; c < schema->n_columns; c++) {
        if (v->columns[c] == NULL)
            continue;
        switch (ml_scorer_note(scorer, c)) {
        case ML_NOTE_NONE:
            break;
        case ML_NOTE_MISSING:
            ml_count(&v->columns[c]->missing, 1);
            break;
        case ML_NOTE_UNSEEN:
            ml_count(&v->columns[c]->unseen, 1);
            break;
        case ML_NOTE_INVALID:
            ml_count(&v->columns[c]->invalid, 1);
            break;
        }
    }
}

static void count_score(const struct ml_variant *v, const double *scores, size_t label)
{
    if (v->scores == NULL)
        return;
    const struct ml_model *m = v->loaded->model;
    const struct ml_reference *r = &m->reference;
    size_t bin = 0;
    if (m->problem == ML_MULTICLASS_PROBLEM)
        bin = label;
    else
        while (bin < r->n_edges && ml_model_headline(m, scores, label) > r->edges[bin])
            bin++;
    ml_count(&v->scores->counts[bin], 1);
}

static void explain(struct run *r, struct ml_call_answer *a, struct ml_scorer *scorer)
{
    const struct ml_model *m = a->model;
    size_t k = ml_model_n_margins(m);
    size_t n = m->schema->n_columns;
    double *bias = ml_arena_alloc(r->arena, k * sizeof(*bias));
    double *column = ml_arena_alloc(r->arena, n * k * sizeof(*column));
    ml_scorer_explain(scorer, bias, column);
    struct ml_call_explanation *e = ml_arena_calloc(r->arena, k, sizeof(*e));
    for (size_t j = 0; j < k; j++) {
        e[j].bias = bias[j];
        e[j].columns = column + j;
        e[j].stride = k;
        e[j].margin = bias[j];
        for (size_t c = 0; c < n; c++)
            e[j].margin += column[c * k + j];
    }
    a->explanations = e;
}

static double threshold_of(const struct run *r, const struct ml_variant *v)
{
    return isnan(r->call->threshold) ? v->threshold : r->call->threshold;
}

static void log_row(struct run *r, const struct ml_variant *v, const struct ml_call_answer *a,
                    size_t i, bool has_key, uint64_t key_hash)
{
    if (r->rows == NULL || v->arm < 0)
        return;
    struct ml_prediction_row *row = &r->rows[r->n_rows++];
    *row = (struct ml_prediction_row){
        .assignment = (uint8_t)r->assigned[i],
        .has_key = has_key,
        .is_follower = r->call->is_together && i > 0,
        .label = (uint16_t)a->label,
        .time_ms = r->now_ms,
        .arm = v->arm,
        .key_hash = key_hash,
        .score = ml_model_headline(a->model, a->probability, a->label),
    };
    memcpy(row->id, a->inference_id, strlen(a->inference_id) + 1);
}

/*
 * A new one, or for the first record the client's own. Of records that go together the client may
 * learn the first's alone: the second's is "<id>#2", the third's "<id>#3" ….
 */
static const char *make_id(const struct run *r, const struct ml_call_answer *first, size_t i)
{
    char *id = ml_arena_alloc(r->arena, ML_STORE_ID_BYTES);
    const char *own = r->call->inference_id;
    if (i > 0 && (own != NULL || r->call->is_together))
        snprintf(id, ML_STORE_ID_BYTES, "%.64s#%u", first->inference_id,
                 (unsigned)((i + 1) % 10000000)); /* a call has at most a million */
    else if (own != NULL)
        snprintf(id, ML_STORE_ID_BYTES, "%s", own);
    else
        ml_ulid_make(id, r->now_ms);
    return id;
}

/* What the call asks for, the variant's model must have. */
static bool check_call(struct run *r, const struct ml_model *m)
{
    if (!ml_predict_check_threshold(m, r->call->threshold, r->fault))
        return false;
    if (!r->call->explain || ml_model_can_explain(m))
        return true;
    ml_fail(&r->fault->err, ML_EUNSUPPORTED,
            "a score of algorithm '%s' is no sum over columns: it cannot be explained",
            ml_model_algorithm(m));
    return fail(r->fault, 400, "unsupported", NULL);
}

static bool answer(struct run *r, size_t i, struct ml_call_answer *answers, size_t *n_unknown)
{
    struct ml_call_answer *a = &answers[i];
    const struct ml_call_record *record = &r->call->records[i];
    uint64_t key_hash;
    assign(r, i, &key_hash);
    const struct ml_variant *v = r->variants[i];
    if (v->loaded == NULL) {
        ml_fail(&r->fault->err, ML_ENOTFOUND, "the model of variant '%s' is not loaded",
                v->spec->name);
        return fail(r->fault, 503, "not_loaded", NULL);
    }
    struct ml_scorer *scorer = ml_loaded_scorer(v->loaded);
    if (!ml_predict_fill(scorer, v->loaded, record, r->call->strict, n_unknown, r->fault))
        return false;
    const struct ml_model *m = v->loaded->model;
    const double *p = ml_scorer_score(scorer);
    double *probability = ml_arena_alloc(r->arena, ml_model_n_scores(m) * sizeof(*probability));
    memcpy(probability, p, ml_model_n_scores(m) * sizeof(*probability));
    *a = (struct ml_call_answer){
        .model = m,
        .variant = v->spec->name,
        .inference_id = make_id(r, answers, i),
        .assignment = assignment_names[r->assigned[i]],
        .probability = probability,
        .threshold = threshold_of(r, v),
        .record = record,
    };
    a->label = ml_model_decide(m, probability, a->threshold);
    if (!check_call(r, m))
        return false;
    if (r->call->explain)
        explain(r, a, scorer);
    count_notes(v, scorer);
    log_row(r, v, a, i, key_hash != 0, key_hash);
    return true;
}

static void count(struct run *r, const struct ml_call_answer *answers, size_t n_unknown)
{
    for (size_t i = 0; i < r->call->n_records; i++) {
        ml_count(&r->variants[i]->traffic->rows, 1);
        ml_count(&r->variants[i]->traffic->assigned[r->assigned[i]], 1);
        count_score(r->variants[i], answers[i].probability, answers[i].label);
    }
    if (n_unknown > 0)
        ml_count(&r->server->metrics.unknown_columns, n_unknown);
    if (r->n_rows > 0)
        ml_store_log(r->server->store, r->rows, r->n_rows);
}

static bool find_pinned(struct run *r)
{
    if (r->call->variant == NULL)
        return true;
    r->pinned = ml_endpoint_find(r->endpoint, r->call->variant);
    if (r->pinned != NULL)
        return true;
    char quoted[80];
    ml_fail(&r->fault->err, ML_EINPUT, "endpoint '%s' has no variant '%s'", r->endpoint->spec.name,
            ml_quote(quoted, sizeof(quoted), r->call->variant, strlen(r->call->variant)));
    return fail(r->fault, 400, "unknown_variant", "variant");
}

bool ml_predict_call(struct ml_call_answer **answers, struct ml_server *server,
                     const struct ml_endpoint *endpoint, const struct ml_call *call,
                     struct ml_arena *arena, const struct ml_variant **variant,
                     struct ml_predict_fault *fault)
{
    struct run r = {
        .server = server,
        .endpoint = endpoint,
        .call = call,
        .arena = arena,
        .fault = fault,
        .now_ms = ml_now_ms(),
    };
    size_t n = call->n_records;
    size_t n_unknown = 0;
    if (!find_pinned(&r))
        return false;
    *variant = r.pinned != NULL ? r.pinned : &endpoint->variants[endpoint->control];
    struct ml_call_answer *a = ml_arena_calloc(arena, n > 0 ? n : 1, sizeof(*a));
    r.variants = ml_arena_calloc(arena, n > 0 ? n : 1, sizeof(struct ml_variant *));
    r.assigned = ml_arena_calloc(arena, n > 0 ? n : 1, sizeof(*r.assigned));
    if (server->store != NULL && endpoint->spec.log)
        r.rows = ml_arena_alloc(arena, (n > 0 ? n : 1) * sizeof(*r.rows));
    for (size_t i = 0; i < n; i++) {
        bool ok = answer(&r, i, a, &n_unknown);
        if (i == 0)
            *variant = r.variants[0];
        if (!ok)
            return false;
    }
    count(&r, a, n_unknown);
    *answers = a;
    return true;
}
