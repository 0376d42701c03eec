/*
 * Which job runs when.
 *
 *     PENDING ── what it is made of is COMPLETED, a slot is free ──> INPROGRESS ──> COMPLETED
 *        └────── what it is made of FAILED or was deleted ────────────────────────> FAILED
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "amazonml/control.h"
#include "base/alloc.h"
#include "ml/registry.h"

enum verdict { READY, NOT_YET, NEVER };

void ml_aml_wait(struct ml_amazonml *c, struct ml_aml_entity *e)
{
    c->waiting = ml_grow(c->waiting, c->n_waiting, &c->capacity, sizeof(struct ml_aml_entity *));
    c->waiting[c->n_waiting++] = e;
}

static void stop_waiting(struct ml_amazonml *c, size_t i)
{
    c->n_waiting--;
    memmove(&c->waiting[i], &c->waiting[i + 1], (c->n_waiting - i) * sizeof(c->waiting[0]));
}

static void job_of(char job[ML_AML_ID_BYTES + 24], const struct ml_aml_entity *e)
{
    snprintf(job, ML_AML_ID_BYTES + 24, "%s/%s", ml_aml_kinds[e->kind].type, e->id);
}

static struct ml_aml_entity *find_job(struct ml_amazonml *c, const char *job)
{
    const char *slash = strchr(job, '/');
    for (size_t k = 0; slash != NULL && k < ML_AML_N_KINDS; k++)
        if (strncmp(ml_aml_kinds[k].type, job, (size_t)(slash - job)) == 0 &&
            ml_aml_kinds[k].type[slash - job] == '\0')
            return ml_aml_records_find(c->records, (enum ml_aml_kind)k, slash + 1);
    return NULL;
}

void ml_aml_drop(struct ml_amazonml *c, struct ml_aml_entity *e, char job[ML_AML_ID_BYTES + 24])
{
    job[0] = '\0';
    if (e->status == ML_AML_INPROGRESS) {
        job_of(job, e);
        c->n_running--;
    }
    for (size_t i = c->n_waiting; i-- > 0;)
        if (c->waiting[i] == e)
            stop_waiting(c, i);
}

void ml_aml_remove_versions(struct ml_amazonml *c, const struct ml_aml_entity *e)
{
    char name[ML_AML_ID_BYTES];
    char reference[ML_AML_ID_BYTES + 24];
    struct ml_version_info info;
    struct ml_error ignored;
    bool ok = e->kind == ML_AML_MODEL;
    ml_aml_registry_name(name, e->id);
    while (ok && ml_registry_resolve(c->host.registry, name, &info, &ignored)) {
        snprintf(reference, sizeof(reference), "%s@%zu", name, info.version);
        ok = ml_registry_delete(c->host.registry, reference, &ignored);
        ml_version_info_release(&info);
    }
}

void ml_aml_cancel(struct ml_amazonml *c, const char *job)
{
    c->host.cancel(c->host.ctx, job);
    const struct ml_aml_entity *e = find_job(c, job);
    if (e != NULL)
        ml_aml_remove_versions(c, e);
}

static enum verdict judge(struct ml_amazonml *c, enum ml_aml_kind kind, const char *id,
                          char why[256])
{
    if (id == NULL)
        return READY;
    const struct ml_aml_entity *e = ml_aml_records_find(c->records, kind, id);
    if (e != NULL && e->status == ML_AML_COMPLETED)
        return READY;
    if (e != NULL && e->status != ML_AML_FAILED && e->status != ML_AML_DELETED)
        return NOT_YET;
    snprintf(why, 256, "%s '%s' %s", ml_aml_kinds[kind].type, id,
             e == NULL                     ? "is not there"
             : e->status == ML_AML_DELETED ? "was deleted"
                                           : "has failed");
    return NEVER;
}

static enum verdict judge_parts(struct ml_amazonml *c, const struct ml_aml_entity *e, char why[256])
{
    enum verdict source = judge(c, ML_AML_DATA_SOURCE, e->text[ML_AML_SOURCE_ID], why);
    if (source == NEVER)
        return NEVER;
    enum verdict model = judge(c, ML_AML_MODEL, e->text[ML_AML_MODEL_ID], why);
    return model == READY ? source : model;
}

void ml_aml_note(struct ml_amazonml *c, const struct ml_aml_entity *e)
{
    struct ml_error err;
    if (!ml_aml_records_save(c->records, e, &err))
        c->host.log_unsaved(c->host.ctx, e, &err);
}

static void save(struct ml_amazonml *c, struct ml_aml_entity *e)
{
    e->number[ML_AML_UPDATED] = ml_aml_now(c);
    ml_aml_note(c, e);
}

static void finish(struct ml_amazonml *c, struct ml_aml_entity *e, const char *problem)
{
    e->status = problem == NULL ? ML_AML_COMPLETED : ML_AML_FAILED;
    ml_aml_set(e, ML_AML_MESSAGE, problem);
    e->number[ML_AML_FINISHED] = ml_aml_now(c);
    if (problem == NULL)
        e->number[ML_AML_COMPUTE] =
            fmax(e->number[ML_AML_FINISHED] - e->number[ML_AML_STARTED], 0.0);
    save(c, e);
    c->host.log_job(c->host.ctx, e);
}

/* A model whose job had ended just when it was deleted is removed after all. */
static void remove_orphan(struct ml_amazonml *c, struct ml_aml_entity *e, const char *result,
                          size_t n)
{
    struct ml_error ignored;
    char reference[ML_AML_ID_BYTES + 24];
    if (e->kind != ML_AML_MODEL || result == NULL || !ml_aml_read_result(e, result, n, &ignored))
        return;
    ml_aml_reference(reference, e);
    if (!ml_registry_delete(c->host.registry, reference, &ignored))
        return; /* it stays as a version that nobody asked for */
}

static void settle(struct ml_amazonml *c, const char *job, const char *result, size_t n,
                   const char *problem)
{
    struct ml_error err;
    pthread_mutex_lock(&c->lock);
    struct ml_aml_entity *e = find_job(c, job);
    if (c->is_stopping && result == NULL) {
        /* killed with the daemon: it stays under way on disk, and begins anew */
    } else if (e != NULL && e->status == ML_AML_INPROGRESS) {
        c->n_running--;
        if (result == NULL)
            finish(c, e, problem != NULL && problem[0] != '\0' ? problem : "the job has failed");
        else if (ml_aml_read_result(e, result, n, &err))
            finish(c, e, NULL);
        else
            finish(c, e, err.msg);
    } else if (e != NULL && e->status == ML_AML_DELETED) {
        remove_orphan(c, e, result, n);
    }
    pthread_mutex_unlock(&c->lock);
}

static void done(void *ctx, const char *job, const char *result, size_t n, const char *problem)
{
    settle(ctx, job, result, n, problem);
    ml_aml_start(ctx);
}

/* Under way, with its task; false: it has failed instead. */
static bool begin(struct ml_amazonml *c, struct ml_aml_entity *e, struct ml_strbuf *task)
{
    struct ml_error err;
    e->number[ML_AML_STARTED] = ml_aml_now(c);
    if (!ml_aml_write_task(task, c, e, &err)) {
        ml_strbuf_clear(task);
        finish(c, e, err.msg);
        return false;
    }
    e->status = ML_AML_INPROGRESS;
    save(c, e);
    c->n_running++;
    return true;
}

/* The next job to hand over, or false. Fails on the way what can never run. */
static bool next(struct ml_amazonml *c, char job[ML_AML_ID_BYTES + 24], struct ml_strbuf *task)
{
    for (size_t i = 0; i < c->n_waiting && !c->is_stopping;) {
        struct ml_aml_entity *e = c->waiting[i];
        char why[256];
        enum verdict v = judge_parts(c, e, why);
        if (v == NOT_YET || (v == READY && c->n_running >= c->host.n_slots)) {
            i++;
            continue;
        }
        stop_waiting(c, i);
        if (v == READY && begin(c, e, task)) {
            job_of(job, e);
            return true;
        }
        if (v == NEVER)
            finish(c, e, why);
        i = 0; /* others may have waited for this one */
    }
    return false;
}

void ml_aml_start(struct ml_amazonml *c)
{
    char job[ML_AML_ID_BYTES + 24];
    for (;;) {
        struct ml_strbuf task = {0};
        pthread_mutex_lock(&c->lock);
        bool found = next(c, job, &task);
        pthread_mutex_unlock(&c->lock);
        if (found && !c->host.add(c->host.ctx, job, task.bytes, task.length, done, c))
            settle(c, job, NULL, 0, "the job could not be queued");
        ml_strbuf_release(&task);
        if (!found)
            return;
    }
}
