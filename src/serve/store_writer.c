#include "serve/store_writer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "base/number.h"
#include "data/cell.h"
#include "eval/experiment.h"
#include "eval/moments.h"
#include "ml/data.h"

enum { MAX_SHADOWS = 16 };

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void forget_arms(struct ml_store_writer *w)
{
    for (size_t i = 0; i < w->n_arms; i++)
        ml_db_arm_release(&w->arms[i]);
    w->n_arms = 0;
}

void ml_writer_release(struct ml_store_writer *w)
{
    forget_arms(w);
    ml_db_close(&w->db);
}

static bool save_arms(struct ml_store_writer *w, struct ml_error *err)
{
    for (size_t i = 0; i < w->n_arms; i++) {
        if (!w->arms[i].is_dirty)
            continue;
        if (!ml_db_save_arm(&w->db, &w->arms[i], err))
            return false;
        w->arms[i].is_dirty = false;
    }
    return true;
}

/* The arm to work on; valid until the next call. NULL on failure. */
static struct ml_db_arm *find_arm(struct ml_store_writer *w, int64_t id, struct ml_error *err)
{
    for (size_t i = 0; i < w->n_arms; i++)
        if (w->arms[i].id == id)
            return &w->arms[i];
    if (w->n_arms == ML_MAX_CACHED_ARMS) {
        if (!save_arms(w, err))
            return NULL;
        forget_arms(w);
    }
    if (!ml_db_load_arm(&w->db, id, &w->arms[w->n_arms], err))
        return NULL;
    return &w->arms[w->n_arms++];
}

/*
 * Assignments are counted by the key, however often it comes, and by the call whose records go
 * together: that is what was assigned, and what the sample ratio's test takes for independent.
 */
static bool count_assignment(struct ml_store_writer *w, struct ml_db_arm *arm,
                             const struct ml_prediction_row *row, struct ml_error *err)
{
    bool is_new = true;
    if (row->assignment == ML_ASSIGNED_BY_KEY &&
        !ml_db_expose(&w->db, arm->experiment, row->key_hash, arm->id, &is_new, err))
        return false;
    bool counts = row->assignment == ML_ASSIGNED_BY_KEY || row->assignment == ML_ASSIGNED_AT_RANDOM;
    arm->figures.assignments += counts && is_new && !row->is_follower;
    return true;
}

static const char *label_of(const struct ml_db_arm *arm, size_t number)
{
    const struct ml_json *v = ml_json_first(arm->labels);
    while (v != NULL && number-- > 0)
        v = ml_json_next(v);
    const char *s = ml_json_string(v);
    return s != NULL ? s : "";
}

static void count_label(struct ml_db_arm *arm, bool has_label, bool is_right)
{
    arm->figures.labelled += has_label;
    arm->figures.correct += has_label && is_right;
    arm->is_dirty = true;
}

/* A shadow scores after the reply: the outcome may have been faster. */
static bool add_shadow(struct ml_store_writer *w, struct ml_db_arm *arm,
                       const struct ml_prediction_row *row, struct ml_error *err)
{
    struct ml_db_outcome outcome;
    bool found = false;
    bool is_new;
    if (!ml_db_add_shadow(&w->db, row, &is_new, err))
        return false;
    if (!is_new)
        return true;
    arm->figures.predictions++;
    arm->is_dirty = true;
    if (!ml_db_find_outcome(&w->db, row->id, &outcome, &found, err))
        return false;
    if (found)
        count_label(arm, outcome.has_label, strcmp(label_of(arm, row->label), outcome.label) == 0);
    return true;
}

bool ml_writer_predict(struct ml_store_writer *w, const struct ml_prediction_row *row,
                       struct ml_error *err)
{
    struct ml_db_arm *arm = find_arm(w, row->arm, err);
    if (arm == NULL)
        return false;
    if (row->assignment == ML_ASSIGNED_AS_SHADOW)
        return add_shadow(w, arm, row, err);
    bool is_new;
    if (!ml_db_add_prediction(&w->db, row, &is_new, err))
        return false;
    if (!is_new) {
        w->n_repeated++;
        return true;
    }
    arm->figures.predictions++;
    arm->is_dirty = true;
    return count_assignment(w, arm, row, err);
}

static bool is_same_arm(const struct ml_arm_figures *f, const struct ml_store_arm *arm)
{
    return strcmp(f->variant, arm->variant) == 0 && strcmp(f->model, arm->model) == 0 &&
           f->version == arm->version && f->weight == arm->weight && f->is_shadow == arm->is_shadow;
}

static size_t next_assigned(const struct ml_arm_report *r, size_t i)
{
    while (i < r->n_arms && r->arms[i].is_shadow)
        i++;
    return i;
}

/* Shadows answer nobody: they come and go within an experiment. */
static bool is_same(const struct ml_arm_report *r, const struct ml_store_experiment *e)
{
    if (r->metric != e->metric || r->lower_is_better != e->lower_is_better ||
        r->n_arms + e->n_arms > ML_EXPERIMENT_MAX_ARMS)
        return false;
    size_t at = next_assigned(r, 0);
    for (size_t i = 0; i < e->n_arms; i++) {
        if (e->arms[i].is_shadow)
            continue;
        if (at == r->n_arms || !is_same_arm(&r->arms[at], &e->arms[i]))
            return false;
        at = next_assigned(r, at + 1);
    }
    return at == r->n_arms;
}

/* The arms of the experiment that goes on; shadows it has not had yet are added. */
static bool resume(struct ml_store_writer *w, const struct ml_store_begin *b,
                   const struct ml_arm_report *latest, const int64_t *ids, struct ml_error *err)
{
    size_t position = latest->n_arms;
    for (size_t i = 0; i < b->experiment->n_arms; i++) {
        const struct ml_store_arm *arm = &b->experiment->arms[i];
        size_t k = 0;
        while (k < latest->n_arms && !is_same_arm(&latest->arms[k], arm))
            k++;
        if (k < latest->n_arms)
            b->arm_ids[i] = ids[k];
        else if (!ml_db_add_arm(&w->db, latest->experiment, position++, arm, &b->arm_ids[i], err))
            return false;
    }
    return true;
}

bool ml_writer_begin(struct ml_store_writer *w, struct ml_store_begin *b, struct ml_error *err)
{
    struct ml_arm_report latest = {0};
    int64_t *ids = NULL;
    bool found;
    bool ok = ml_db_find_experiment(&w->db, b->experiment->endpoint, &latest, &found, err) &&
              (!found || ml_db_load_arms(&w->db, &latest, &ids, err));
    if (ok && found && !b->experiment->is_new && is_same(&latest, b->experiment))
        ok = resume(w, b, &latest, ids, err);
    else if (ok)
        ok = ml_db_add_experiment(&w->db, b->experiment, now_ms(), b->arm_ids, err);
    free(ids);
    ml_arm_report_release(&latest);
    return ok;
}

static bool predicts_number(const struct ml_db_arm *arm)
{
    return arm->metric == ML_METRIC_SQUARED_ERROR ||
           arm->metric == ML_METRIC_NEGATIVE_SQUARED_ERROR;
}

/* A true number becomes its shortest decimal: 12.5 and "12.50" are one outcome. */
static bool normalise_number(struct ml_outcome *o)
{
    double x;
    if (ml_cell_number(o->label, strlen(o->label), &x) != ML_CELL_OK || !(fabs(x) <= ML_MAX_TARGET))
        return false;
    ml_number_format(o->label, x);
    return true;
}

/* Any of the ten binary words becomes "0" or "1"; others must be labels of the model. */
static bool normalise_label(struct ml_outcome *o, const struct ml_db_arm *arm)
{
    double x;
    if (predicts_number(arm))
        return normalise_number(o);
    if (arm->is_binary) {
        if (ml_cell_binary(o->label, strlen(o->label), &x) != ML_CELL_OK)
            return false;
        memcpy(o->label, x > 0.0 ? "1" : "0", 2);
        return true;
    }
    for (const struct ml_json *v = ml_json_first(arm->labels); v != NULL; v = ml_json_next(v))
        if (ml_json_string(v) != NULL && strcmp(ml_json_string(v), o->label) == 0)
            return true;
    return false;
}

/* Of a normalised label; capped so that sums of squares stay finite. */
static double squared_error(const char *label, double prediction)
{
    double truth = 0.0;
    (void)ml_cell_number(label, strlen(label), &truth);
    double error = fmin(fabs(truth - prediction), 1e60);
    return error * error;
}

static double value_of(const struct ml_outcome *o, const struct ml_db_arm *arm,
                       const struct ml_prediction_row *row, bool is_right)
{
    if (!o->has_label)
        return o->reward;
    if (arm->metric == ML_METRIC_SQUARED_ERROR)
        return squared_error(o->label, row->score);
    if (arm->metric == ML_METRIC_NEGATIVE_SQUARED_ERROR)
        return -squared_error(o->label, row->score);
    if (arm->metric == ML_METRIC_ACCURACY || !arm->is_binary)
        return is_right ? 1.0 : 0.0;
    return strcmp(o->label, "1") == 0 ? 1.0 : 0.0;
}

static bool count_value(struct ml_store_writer *w, struct ml_db_arm *arm,
                        const struct ml_prediction_row *row, double value, struct ml_error *err)
{
    struct ml_arm_figures *f = &arm->figures;
    bool is_first = false;
    if (row->assignment != ML_ASSIGNED_BY_KEY && row->assignment != ML_ASSIGNED_AT_RANDOM)
        return true;
    struct ml_moments m = {f->outcomes, f->mean, f->m2};
    ml_moments_add(&m, value);
    f->outcomes = m.n;
    f->mean = m.mean;
    f->m2 = m.m2;
    f->all_binary = f->all_binary && (value == 0.0 || value == 1.0);
    if (row->assignment != ML_ASSIGNED_BY_KEY)
        return true;
    f->keyed_outcomes++;
    bool ok = ml_db_expose_outcome(&w->db, arm->experiment, row->key_hash, &is_first, err);
    f->keys_with_outcomes += is_first;
    return ok;
}

static bool count_shadows(struct ml_store_writer *w, const struct ml_outcome *o,
                          struct ml_error *err)
{
    struct ml_prediction_row rows[MAX_SHADOWS];
    size_t n;
    if (!o->has_label)
        return true;
    if (!ml_db_find_shadows(&w->db, o->id, rows, MAX_SHADOWS, &n, err))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct ml_db_arm *arm = find_arm(w, rows[i].arm, err);
        if (arm == NULL)
            return false;
        count_label(arm, o->has_label, strcmp(label_of(arm, rows[i].label), o->label) == 0);
    }
    return true;
}

static bool record(struct ml_store_writer *w, struct ml_outcome *o, struct ml_db_arm *arm,
                   const struct ml_prediction_row *row, struct ml_error *err)
{
    bool is_right = o->has_label && strcmp(label_of(arm, row->label), o->label) == 0;
    o->status = ML_OUTCOME_NEW;
    if (!ml_db_add_outcome(&w->db, o, now_ms(), err))
        return false;
    count_label(arm, o->has_label, is_right);
    /* The last to touch the arm: looking for shadows may move it out of the way. */
    return count_value(w, arm, row, value_of(o, arm, row, is_right), err) &&
           count_shadows(w, o, err);
}

bool ml_writer_outcome(struct ml_store_writer *w, struct ml_outcome *o, struct ml_error *err)
{
    struct ml_prediction_row row = {0};
    struct ml_db_outcome old = {0};
    bool found;
    o->status = ML_OUTCOME_UNKNOWN;
    if (!ml_db_find_prediction(&w->db, o->id, &row, &found, err))
        return false;
    struct ml_db_arm *arm = found ? find_arm(w, row.arm, err) : NULL;
    if (arm == NULL)
        return !found;
    if (strcmp(arm->endpoint, o->endpoint) != 0)
        return true;
    memcpy(o->variant, arm->figures.variant, sizeof(o->variant));
    if (o->has_label && !normalise_label(o, arm)) {
        char quoted[80];
        o->status = ML_OUTCOME_BAD_LABEL;
        ml_quote(quoted, sizeof(quoted), o->label, strlen(o->label));
        if (predicts_number(arm))
            ml_fail(&o->err, ML_EINPUT, "'%s' is no number from %g to %g", quoted, -ML_MAX_TARGET,
                    ML_MAX_TARGET);
        else
            ml_fail(&o->err, ML_EINPUT, "'%s' is no label of the model", quoted);
        return true;
    }
    if (!ml_db_find_outcome(&w->db, o->id, &old, &found, err))
        return false;
    if (!found)
        return record(w, o, arm, &row, err);
    bool same = old.has_label == o->has_label &&
                (o->has_label ? strcmp(old.label, o->label) == 0 : old.reward == o->reward);
    o->status = same ? ML_OUTCOME_SAME : ML_OUTCOME_DIFFERENT;
    return true;
}

bool ml_writer_commit(struct ml_store_writer *w, struct ml_error *err)
{
    return save_arms(w, err) && ml_db_commit(&w->db, err);
}

void ml_writer_rollback(struct ml_store_writer *w)
{
    ml_db_rollback(&w->db);
    forget_arms(w);
}
