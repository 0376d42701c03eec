#include "serve/store_db.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"

enum { FORMAT = 1, BUSY_MS = 5000 };

static const char tables[] =
    "CREATE TABLE IF NOT EXISTS experiment(id INTEGER PRIMARY KEY, endpoint TEXT NOT NULL,"
    " started_ms INTEGER NOT NULL, metric INTEGER NOT NULL, lower_is_better INTEGER NOT NULL);"
    "CREATE INDEX IF NOT EXISTS experiment_endpoint ON experiment(endpoint, id);"
    "CREATE TABLE IF NOT EXISTS arm(id INTEGER PRIMARY KEY, experiment INTEGER NOT NULL,"
    " position INTEGER NOT NULL, variant TEXT NOT NULL, model TEXT NOT NULL,"
    " version INTEGER NOT NULL, weight REAL NOT NULL, is_shadow INTEGER NOT NULL,"
    " is_binary INTEGER NOT NULL, labels TEXT NOT NULL,"
    " assignments INTEGER NOT NULL DEFAULT 0, predictions INTEGER NOT NULL DEFAULT 0,"
    " outcomes INTEGER NOT NULL DEFAULT 0, keys_with_outcomes INTEGER NOT NULL DEFAULT 0,"
    " keyed_outcomes INTEGER NOT NULL DEFAULT 0, mean REAL NOT NULL DEFAULT 0,"
    " m2 REAL NOT NULL DEFAULT 0, all_binary INTEGER NOT NULL DEFAULT 1,"
    " labelled INTEGER NOT NULL DEFAULT 0, correct INTEGER NOT NULL DEFAULT 0);"
    "CREATE INDEX IF NOT EXISTS arm_experiment ON arm(experiment, position);"
    /* Inference ids ascend with time: new rows go to the end of the tree. Those of clients, which
     * may be anything, are found by time through an index of their own. */
    "CREATE TABLE IF NOT EXISTS prediction(id TEXT PRIMARY KEY, time_ms INTEGER NOT NULL,"
    " arm INTEGER NOT NULL, assignment INTEGER NOT NULL, key INTEGER, score REAL NOT NULL,"
    " label INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS prediction_of_client ON prediction(time_ms)"
    " WHERE length(id) <> 26;"
    "CREATE TABLE IF NOT EXISTS shadow(id TEXT NOT NULL, arm INTEGER NOT NULL,"
    " score REAL NOT NULL, label INTEGER NOT NULL, PRIMARY KEY(id, arm)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS outcome(id TEXT PRIMARY KEY, time_ms INTEGER NOT NULL,"
    " label TEXT, reward REAL) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS exposure(experiment INTEGER NOT NULL, key INTEGER NOT NULL,"
    " arm INTEGER NOT NULL, outcomes INTEGER NOT NULL DEFAULT 0,"
    " PRIMARY KEY(experiment, key)) WITHOUT ROWID;"
    "CREATE VIEW IF NOT EXISTS prediction_log AS SELECT p.id AS inference_id,"
    " strftime('%Y-%m-%dT%H:%M:%fZ', p.time_ms / 1000.0, 'unixepoch') AS time, e.endpoint,"
    " a.variant, a.model, a.version, p.key AS key_hash,"
    " CASE p.assignment WHEN 0 THEN 'key' WHEN 1 THEN 'random' WHEN 2 THEN 'pinned'"
    " ELSE 'default' END AS assignment, p.score,"
    " json_extract(a.labels, '$[' || p.label || ']') AS label, o.label AS outcome_label,"
    " o.reward AS outcome_reward FROM prediction p JOIN arm a ON a.id = p.arm"
    " JOIN experiment e ON e.id = a.experiment LEFT JOIN outcome o ON o.id = p.id;";

enum statement {
    BEGIN,
    COMMIT,
    LOAD_ARM,
    SAVE_ARM,
    ADD_PREDICTION,
    ADD_SHADOW,
    EXPOSE,
    EXPOSE_OUTCOME,
    FIND_PREDICTION,
    FIND_SHADOWS,
    FIND_OUTCOME,
    ADD_OUTCOME,
    FIND_EXPERIMENT,
    LIST_ARMS,
    ADD_EXPERIMENT,
    ADD_ARM,
    LIST_ENDPOINTS,
    PRUNE_OUTCOMES,
    PRUNE_SHADOWS,
    PRUNE_PREDICTIONS,
    N_STATEMENTS,
};

#define ARM_COLUMNS                                                                                \
    "a.id, a.experiment, a.variant, a.model, a.version, a.weight, a.is_shadow, a.is_binary, "      \
    "a.labels, a.assignments, a.predictions, a.outcomes, a.keys_with_outcomes, "                   \
    "a.keyed_outcomes, a.mean, a.m2, a.all_binary, a.labelled, a.correct "

/* The oldest ?1 predictions: of our own ids by id, of clients' by their index. */
#define OLDEST                                                                                     \
    "(SELECT id FROM (SELECT * FROM (SELECT id, time_ms FROM prediction WHERE length(id) = 26"     \
    " ORDER BY id LIMIT ?1) UNION ALL SELECT * FROM (SELECT id, time_ms FROM prediction"           \
    " WHERE length(id) <> 26 ORDER BY time_ms, id LIMIT ?1)) ORDER BY time_ms, id LIMIT ?1)"

static const char *const sql[N_STATEMENTS] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [LOAD_ARM] = "SELECT " ARM_COLUMNS ", e.endpoint, e.metric FROM arm a"
                 " JOIN experiment e ON e.id = a.experiment WHERE a.id = ?1",
    [SAVE_ARM] = "UPDATE arm SET assignments = ?2, predictions = ?3, outcomes = ?4,"
                 " keys_with_outcomes = ?5, keyed_outcomes = ?6, mean = ?7, m2 = ?8,"
                 " all_binary = ?9, labelled = ?10, correct = ?11 WHERE id = ?1",
    [ADD_PREDICTION] = "INSERT OR IGNORE INTO prediction VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    [ADD_SHADOW] = "INSERT OR IGNORE INTO shadow VALUES(?1, ?2, ?3, ?4)",
    [EXPOSE] = "INSERT OR IGNORE INTO exposure(experiment, key, arm) VALUES(?1, ?2, ?3)",
    [EXPOSE_OUTCOME] = "UPDATE exposure SET outcomes = outcomes + 1"
                       " WHERE experiment = ?1 AND key = ?2 RETURNING outcomes",
    [FIND_PREDICTION] = "SELECT arm, assignment, key, label, score FROM prediction WHERE id = ?1",
    [FIND_SHADOWS] = "SELECT arm, label FROM shadow WHERE id = ?1",
    [FIND_OUTCOME] = "SELECT label, reward FROM outcome WHERE id = ?1",
    [ADD_OUTCOME] = "INSERT INTO outcome VALUES(?1, ?2, ?3, ?4)",
    [FIND_EXPERIMENT] = "SELECT id, started_ms, metric, lower_is_better FROM experiment"
                        " WHERE endpoint = ?1 ORDER BY id DESC LIMIT 1",
    [LIST_ARMS] = "SELECT " ARM_COLUMNS " FROM arm a WHERE a.experiment = ?1 ORDER BY a.position",
    [ADD_EXPERIMENT] = "INSERT INTO experiment(endpoint, started_ms, metric, lower_is_better)"
                       " VALUES(?1, ?2, ?3, ?4)",
    [ADD_ARM] = "INSERT INTO arm(experiment, position, variant, model, version, weight, is_shadow,"
                " is_binary, labels) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    [LIST_ENDPOINTS] = "SELECT DISTINCT endpoint FROM experiment ORDER BY endpoint",
    [PRUNE_OUTCOMES] = "DELETE FROM outcome WHERE id IN " OLDEST,
    [PRUNE_SHADOWS] = "DELETE FROM shadow WHERE id IN " OLDEST,
    [PRUNE_PREDICTIONS] =
        "DELETE FROM prediction WHERE id IN " OLDEST, /* the last: it says which */
};

static bool fail(const struct ml_db *db, struct ml_error *err)
{
    int code = sqlite3_errcode(db->handle) & 0xff;
    bool is_foreign = code == SQLITE_NOTADB || code == SQLITE_CORRUPT;
    return ml_fail(err, is_foreign ? ML_EINPUT : ML_EIO, "prediction log: %s",
                   sqlite3_errmsg(db->handle));
}

static sqlite3_stmt *get(struct ml_db *db, enum statement which, struct ml_error *err)
{
    if (db->statements[which] == NULL &&
        sqlite3_prepare_v3(db->handle, sql[which], -1, SQLITE_PREPARE_PERSISTENT,
                           &db->statements[which], NULL) != SQLITE_OK)
        fail(db, err);
    return db->statements[which];
}

/* Runs a bound statement that gives no row. */
static bool run(struct ml_db *db, sqlite3_stmt *s, struct ml_error *err)
{
    int code = sqlite3_step(s);
    bool ok = code == SQLITE_DONE || code == SQLITE_ROW || fail(db, err);
    sqlite3_reset(s);
    return ok;
}

/* Steps to the next row; false when there is none or an error, told apart by *ok. */
static bool next(struct ml_db *db, sqlite3_stmt *s, bool *ok, struct ml_error *err)
{
    int code = sqlite3_step(s);
    *ok = code == SQLITE_ROW || code == SQLITE_DONE || fail(db, err);
    return code == SQLITE_ROW;
}

static bool run_text(struct ml_db *db, const char *text, struct ml_error *err)
{
    return sqlite3_exec(db->handle, text, NULL, NULL, NULL) == SQLITE_OK || fail(db, err);
}

static void copy_column(char *to, size_t bytes, sqlite3_stmt *s, int column)
{
    const char *text = (const char *)sqlite3_column_text(s, column);
    snprintf(to, bytes, "%s", text != NULL ? text : "");
}

static bool read_number(struct ml_db *db, const char *text, int64_t *out, struct ml_error *err)
{
    sqlite3_stmt *s = NULL;
    bool ok = sqlite3_prepare_v2(db->handle, text, -1, &s, NULL) == SQLITE_OK &&
              sqlite3_step(s) == SQLITE_ROW;
    if (ok)
        *out = sqlite3_column_int64(s, 0);
    else
        fail(db, err);
    sqlite3_finalize(s);
    return ok;
}

static bool set_up(struct ml_db *db, bool is_writer, struct ml_error *err)
{
    int64_t format = 0;
    int64_t n_tables = 0;
    if (!read_number(db, "PRAGMA user_version", &format, err) ||
        !read_number(db, "SELECT count(*) FROM sqlite_master", &n_tables, err))
        return false;
    if (n_tables > 0 && format == 0)
        return ml_fail(err, ML_EINPUT, "prediction log: a database of something else");
    if (format > FORMAT)
        return ml_fail(err, ML_EUNSUPPORTED, "prediction log: of a newer format, %lld",
                       (long long)format);
    if (!is_writer)
        return format == FORMAT || ml_fail(err, ML_ENOTFOUND, "prediction log: empty");
    char version[48];
    snprintf(version, sizeof(version), "PRAGMA user_version = %d", (int)FORMAT);
    return run_text(db,
                    "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 1000;"
                    "PRAGMA journal_size_limit = 8388608; PRAGMA temp_store = MEMORY;",
                    err) &&
           run_text(db, "BEGIN IMMEDIATE", err) && run_text(db, tables, err) &&
           run_text(db, version, err) && run_text(db, "COMMIT", err);
}

bool ml_db_open(struct ml_db *db, const char *path, bool is_writer, struct ml_error *err)
{
    *db = (struct ml_db){0};
    int flags = is_writer ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
    if (sqlite3_open_v2(path, &db->handle, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
        ml_fail(err, ML_EIO, "%s: %s", path,
                db->handle != NULL ? sqlite3_errmsg(db->handle) : "out of memory");
        ml_db_close(db);
        return false;
    }
    sqlite3_busy_timeout(db->handle, BUSY_MS);
    if (run_text(db, "PRAGMA cache_size = -256; PRAGMA mmap_size = 0;", err) &&
        set_up(db, is_writer, err))
        return true;
    ml_fail_context(err, "%s", path);
    ml_db_close(db);
    return false;
}

void ml_db_close(struct ml_db *db)
{
    for (size_t i = 0; i < N_STATEMENTS; i++)
        sqlite3_finalize(db->statements[i]);
    sqlite3_close(db->handle);
    *db = (struct ml_db){0};
}

bool ml_db_begin(struct ml_db *db, bool is_durable, struct ml_error *err)
{
    if (!run_text(db, is_durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL",
                  err))
        return false;
    sqlite3_stmt *s = get(db, BEGIN, err);
    return s != NULL && run(db, s, err);
}

bool ml_db_commit(struct ml_db *db, struct ml_error *err)
{
    sqlite3_stmt *s = get(db, COMMIT, err);
    return s != NULL && run(db, s, err);
}

bool ml_db_touch(struct ml_db *db, struct ml_error *err)
{
    char text[64];
    snprintf(text, sizeof(text), "PRAGMA user_version = %d", (int)FORMAT);
    return sqlite3_exec(db->handle, text, NULL, NULL, NULL) == SQLITE_OK || fail(db, err);
}

void ml_db_rollback(struct ml_db *db)
{
    if (!sqlite3_get_autocommit(db->handle))
        sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
}

static void read_figures(struct ml_arm_figures *f, sqlite3_stmt *s)
{
    copy_column(f->variant, sizeof(f->variant), s, 2);
    copy_column(f->model, sizeof(f->model), s, 3);
    f->version = (size_t)sqlite3_column_int64(s, 4);
    f->weight = sqlite3_column_double(s, 5);
    f->is_shadow = sqlite3_column_int(s, 6) != 0;
    f->assignments = (uint64_t)sqlite3_column_int64(s, 9);
    f->predictions = (uint64_t)sqlite3_column_int64(s, 10);
    f->outcomes = (uint64_t)sqlite3_column_int64(s, 11);
    f->keys_with_outcomes = (uint64_t)sqlite3_column_int64(s, 12);
    f->keyed_outcomes = (uint64_t)sqlite3_column_int64(s, 13);
    f->mean = sqlite3_column_double(s, 14);
    f->m2 = sqlite3_column_double(s, 15);
    f->all_binary = sqlite3_column_int(s, 16) != 0;
    f->labelled = (uint64_t)sqlite3_column_int64(s, 17);
    f->correct = (uint64_t)sqlite3_column_int64(s, 18);
}

void ml_db_arm_release(struct ml_db_arm *arm)
{
    ml_json_free(arm->labels);
    *arm = (struct ml_db_arm){0};
}

bool ml_db_load_arm(struct ml_db *db, int64_t id, struct ml_db_arm *out, struct ml_error *err)
{
    sqlite3_stmt *s = get(db, LOAD_ARM, err);
    bool ok;
    if (s == NULL)
        return false;
    sqlite3_bind_int64(s, 1, id);
    struct ml_db_arm arm = {.id = id};
    if (next(db, s, &ok, err)) {
        arm.experiment = sqlite3_column_int64(s, 1);
        arm.is_binary = sqlite3_column_int(s, 7) != 0;
        read_figures(&arm.figures, s);
        const char *labels = (const char *)sqlite3_column_text(s, 8);
        copy_column(arm.endpoint, sizeof(arm.endpoint), s, 19);
        arm.metric = (enum ml_metric)sqlite3_column_int(s, 20);
        ok = ml_json_parse(&arm.labels, labels != NULL ? labels : "",
                           labels != NULL ? strlen(labels) : 0, "labels of an arm", err);
    } else if (ok) {
        ok = ml_fail(err, ML_EINPUT, "prediction log: no arm %lld", (long long)id);
    }
    sqlite3_reset(s);
    if (ok)
        *out = arm;
    return ok;
}

bool ml_db_save_arm(struct ml_db *db, const struct ml_db_arm *arm, struct ml_error *err)
{
    sqlite3_stmt *s = get(db, SAVE_ARM, err);
    const struct ml_arm_figures *f = &arm->figures;
    const uint64_t before[] = {f->assignments, f->predictions, f->outcomes, f->keys_with_outcomes,
                               f->keyed_outcomes};
    if (s == NULL)
        return false;
    sqlite3_bind_int64(s, 1, arm->id);
    for (int i = 0; i < 5; i++)
        sqlite3_bind_int64(s, i + 2, (sqlite3_int64)before[i]);
    sqlite3_bind_double(s, 7, f->mean);
    sqlite3_bind_double(s, 8, f->m2);
    sqlite3_bind_int(s, 9, f->all_binary);
    sqlite3_bind_int64(s, 10, (sqlite3_int64)f->labelled);
    sqlite3_bind_int64(s, 11, (sqlite3_int64)f->correct);
    return run(db, s, err);
}

/* Runs a bound INSERT OR IGNORE. */
static bool add(struct ml_db *db, sqlite3_stmt *s, bool *is_new, struct ml_error *err)
{
    bool ok = run(db, s, err);
    *is_new = ok && sqlite3_changes(db->handle) > 0;
    return ok;
}

bool ml_db_add_prediction(struct ml_db *db, const struct ml_prediction_row *row, bool *is_new,
                          struct ml_error *err)
{
    sqlite3_stmt *s = get(db, ADD_PREDICTION, err);
    if (s == NULL)
        return false;
    sqlite3_bind_text(s, 1, row->id, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 2, row->time_ms);
    sqlite3_bind_int64(s, 3, row->arm);
    sqlite3_bind_int(s, 4, row->assignment);
    if (row->has_key)
        sqlite3_bind_int64(s, 5, (sqlite3_int64)row->key_hash);
    else
        sqlite3_bind_null(s, 5);
    sqlite3_bind_double(s, 6, row->score);
    sqlite3_bind_int(s, 7, row->label);
    return add(db, s, is_new, err);
}

bool ml_db_add_shadow(struct ml_db *db, const struct ml_prediction_row *row, bool *is_new,
                      struct ml_error *err)
{
    sqlite3_stmt *s = get(db, ADD_SHADOW, err);
    if (s == NULL)
        return false;
    sqlite3_bind_text(s, 1, row->id, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 2, row->arm);
    sqlite3_bind_double(s, 3, row->score);
    sqlite3_bind_int(s, 4, row->label);
    return add(db, s, is_new, err);
}

bool ml_db_expose(struct ml_db *db, int64_t experiment, uint64_t key, int64_t arm, bool *is_new,
                  struct ml_error *err)
{
    sqlite3_stmt *s = get(db, EXPOSE, err);
    if (s == NULL)
        return false;
    sqlite3_bind_int64(s, 1, experiment);
    sqlite3_bind_int64(s, 2, (sqlite3_int64)key);
    sqlite3_bind_int64(s, 3, arm);
    return add(db, s, is_new, err);
}

bool ml_db_expose_outcome(struct ml_db *db, int64_t experiment, uint64_t key, bool *is_first,
                          struct ml_error *err)
{
    sqlite3_stmt *s = get(db, EXPOSE_OUTCOME, err);
    bool ok;
    *is_first = false;
    if (s == NULL)
        return false;
    sqlite3_bind_int64(s, 1, experiment);
    sqlite3_bind_int64(s, 2, (sqlite3_int64)key);
    if (next(db, s, &ok, err))
        *is_first = sqlite3_column_int64(s, 0) == 1;
    sqlite3_reset(s);
    return ok;
}

bool ml_db_find_prediction(struct ml_db *db, const char *id, struct ml_prediction_row *out,
                           bool *found, struct ml_error *err)
{
    sqlite3_stmt *s = get(db, FIND_PREDICTION, err);
    bool ok;
    if (s == NULL)
        return false;
    sqlite3_bind_text(s, 1, id, -1, SQLITE_STATIC);
    *found = next(db, s, &ok, err);
    if (*found) {
        out->arm = sqlite3_column_int64(s, 0);
        out->assignment = (uint8_t)sqlite3_column_int(s, 1);
        out->has_key = sqlite3_column_type(s, 2) != SQLITE_NULL;
        out->key_hash = (uint64_t)sqlite3_column_int64(s, 2);
        out->label = (uint16_t)sqlite3_column_int(s, 3);
        out->score = sqlite3_column_double(s, 4);
    }
    sqlite3_reset(s);
    return ok;
}

bool ml_db_find_shadows(struct ml_db *db, const char *id, struct ml_prediction_row *out, size_t max,
                        size_t *n, struct ml_error *err)
{
    sqlite3_stmt *s = get(db, FIND_SHADOWS, err);
    bool ok;
    *n = 0;
    if (s == NULL)
        return false;
    sqlite3_bind_text(s, 1, id, -1, SQLITE_STATIC);
    while (next(db, s, &ok, err) && *n < max) {
        out[*n].arm = sqlite3_column_int64(s, 0);
        out[(*n)++].label = (uint16_t)sqlite3_column_int(s, 1);
    }
    sqlite3_reset(s);
    return ok;
}

bool ml_db_find_outcome(struct ml_db *db, const char *id, struct ml_db_outcome *out, bool *found,
                        struct ml_error *err)
{
    sqlite3_stmt *s = get(db, FIND_OUTCOME, err);
    bool ok;
    if (s == NULL)
        return false;
    sqlite3_bind_text(s, 1, id, -1, SQLITE_STATIC);
    *found = next(db, s, &ok, err);
    if (*found) {
        out->has_label = sqlite3_column_type(s, 0) != SQLITE_NULL;
        copy_column(out->label, sizeof(out->label), s, 0);
        out->reward = sqlite3_column_double(s, 1);
    }
    sqlite3_reset(s);
    return ok;
}

bool ml_db_add_outcome(struct ml_db *db, const struct ml_outcome *o, int64_t time_ms,
                       struct ml_error *err)
{
    sqlite3_stmt *s = get(db, ADD_OUTCOME, err);
    if (s == NULL)
        return false;
    sqlite3_bind_text(s, 1, o->id, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 2, time_ms);
    sqlite3_bind_null(s, 3);
    sqlite3_bind_null(s, 4);
    if (o->has_label)
        sqlite3_bind_text(s, 3, o->label, -1, SQLITE_STATIC);
    else
        sqlite3_bind_double(s, 4, o->reward);
    return run(db, s, err);
}

bool ml_db_find_experiment(struct ml_db *db, const char *endpoint, struct ml_arm_report *out,
                           bool *found, struct ml_error *err)
{
    sqlite3_stmt *s = get(db, FIND_EXPERIMENT, err);
    bool ok;
    if (s == NULL)
        return false;
    sqlite3_bind_text(s, 1, endpoint, -1, SQLITE_STATIC);
    *found = next(db, s, &ok, err);
    if (*found) {
        *out = (struct ml_arm_report){
            .experiment = sqlite3_column_int64(s, 0),
            .started_ms = sqlite3_column_int64(s, 1),
            .metric = (enum ml_metric)sqlite3_column_int(s, 2),
            .lower_is_better = sqlite3_column_int(s, 3) != 0,
        };
        snprintf(out->endpoint, sizeof(out->endpoint), "%s", endpoint);
    }
    sqlite3_reset(s);
    return ok;
}

bool ml_db_load_arms(struct ml_db *db, struct ml_arm_report *r, int64_t **ids, struct ml_error *err)
{
    sqlite3_stmt *s = get(db, LIST_ARMS, err);
    bool ok;
    size_t capacity = 0;
    size_t ids_capacity = 0;
    int64_t *list = NULL;
    if (s == NULL)
        return false;
    sqlite3_bind_int64(s, 1, r->experiment);
    while (next(db, s, &ok, err)) {
        r->arms = ml_grow(r->arms, r->n_arms, &capacity, sizeof(*r->arms));
        list = ml_grow(list, r->n_arms, &ids_capacity, sizeof(*list));
        list[r->n_arms] = sqlite3_column_int64(s, 0);
        read_figures(&r->arms[r->n_arms++], s);
    }
    sqlite3_reset(s);
    if (ok && ids != NULL)
        *ids = list;
    else
        free(list);
    return ok;
}

bool ml_db_add_arm(struct ml_db *db, int64_t experiment, size_t position,
                   const struct ml_store_arm *arm, int64_t *id, struct ml_error *err)
{
    sqlite3_stmt *s = get(db, ADD_ARM, err);
    struct ml_strbuf labels = {0};
    if (s == NULL)
        return false;
    ml_strbuf_addc(&labels, '[');
    for (size_t i = 0; i < arm->n_labels; i++) {
        ml_json_add_comma(&labels);
        ml_json_adds(&labels, arm->labels[i]);
    }
    ml_strbuf_addc(&labels, ']');
    sqlite3_bind_int64(s, 1, experiment);
    sqlite3_bind_int64(s, 2, (sqlite3_int64)position);
    sqlite3_bind_text(s, 3, arm->variant, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 4, arm->model, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 5, (sqlite3_int64)arm->version);
    sqlite3_bind_double(s, 6, arm->weight);
    sqlite3_bind_int(s, 7, arm->is_shadow);
    sqlite3_bind_int(s, 8, arm->is_binary);
    sqlite3_bind_text(s, 9, labels.bytes, -1, SQLITE_TRANSIENT);
    bool ok = run(db, s, err);
    *id = sqlite3_last_insert_rowid(db->handle);
    ml_strbuf_release(&labels);
    return ok;
}

bool ml_db_add_experiment(struct ml_db *db, const struct ml_store_experiment *e, int64_t time_ms,
                          int64_t *arm_ids, struct ml_error *err)
{
    sqlite3_stmt *s = get(db, ADD_EXPERIMENT, err);
    if (s == NULL)
        return false;
    sqlite3_bind_text(s, 1, e->endpoint, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 2, time_ms);
    sqlite3_bind_int(s, 3, (int)e->metric);
    sqlite3_bind_int(s, 4, e->lower_is_better);
    if (!run(db, s, err))
        return false;
    int64_t experiment = sqlite3_last_insert_rowid(db->handle);
    for (size_t i = 0; i < e->n_arms; i++)
        if (!ml_db_add_arm(db, experiment, i, &e->arms[i], &arm_ids[i], err))
            return false;
    return true;
}

bool ml_db_endpoints(struct ml_db *db, char (*names)[ML_STORE_NAME_BYTES], size_t max, size_t *n,
                     struct ml_error *err)
{
    sqlite3_stmt *s = get(db, LIST_ENDPOINTS, err);
    bool ok;
    *n = 0;
    if (s == NULL)
        return false;
    while (next(db, s, &ok, err) && *n < max)
        copy_column(names[(*n)++], ML_STORE_NAME_BYTES, s, 0);
    sqlite3_reset(s);
    return ok;
}

bool ml_db_size(struct ml_db *db, uint64_t *bytes, struct ml_error *err)
{
    int64_t pages;
    int64_t unused;
    int64_t page;
    if (!read_number(db, "PRAGMA page_count", &pages, err) ||
        !read_number(db, "PRAGMA freelist_count", &unused, err) ||
        !read_number(db, "PRAGMA page_size", &page, err))
        return false;
    *bytes = (uint64_t)(pages - unused) * (uint64_t)page;
    return true;
}

bool ml_db_prune(struct ml_db *db, size_t max, size_t *n, struct ml_error *err)
{
    static const enum statement steps[] = {PRUNE_OUTCOMES, PRUNE_SHADOWS, PRUNE_PREDICTIONS};
    *n = 0;
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        sqlite3_stmt *s = get(db, steps[i], err);
        if (s == NULL)
            return false;
        sqlite3_bind_int64(s, 1, (sqlite3_int64)max);
        if (!run(db, s, err))
            return false;
    }
    *n = (size_t)sqlite3_changes(db->handle);
    return true;
}
