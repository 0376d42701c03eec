/* Looking at one entity; changing it: name, threshold, real-time endpoint, deletion. */
#include <stdlib.h>
#include <string.h>

#include "amazonml/control.h"
#include "ml/registry.h"

struct ml_aml_entity *ml_aml_find(struct ml_aml_op *op)
{
    const char *id = ml_aml_string(op->input, ml_aml_kinds[op->kind].id);
    struct ml_aml_entity *e = ml_aml_records_find(op->control->records, op->kind, id);
    if (e == NULL)
        ml_aml_refuse(op->fault, ML_AML_NOT_FOUND, "there is no %s '%s'",
                      ml_aml_kinds[op->kind].type, id);
    return e;
}

struct ml_aml_entity *ml_aml_find_live(struct ml_aml_op *op)
{
    struct ml_aml_entity *e = ml_aml_find(op);
    if (e == NULL)
        return NULL;
    if (e->status != ML_AML_DELETED) {
        ml_aml_keep(op, e);
        return e;
    }
    ml_aml_refuse(op->fault, ML_AML_INVALID_INPUT, "%s '%s' was deleted",
                  ml_aml_kinds[op->kind].type, e->id);
    return NULL;
}

void ml_aml_keep(struct ml_aml_op *op, const struct ml_aml_entity *e)
{
    ml_aml_entity_free(op->before);
    op->before = ml_aml_entity_copy(e);
}

bool ml_aml_save(struct ml_aml_op *op, struct ml_aml_entity *e)
{
    struct ml_error err;
    e->number[ML_AML_UPDATED] = ml_aml_now(op->control);
    if (ml_aml_records_save(op->control->records, e, &err)) {
        ml_aml_keep(op, e);
        return true;
    }
    op->control->host.log_unsaved(op->control->host.ctx, e, &err);
    ml_aml_entity_restore(e, op->before);
    return ml_aml_refuse(op->fault, ML_AML_INTERNAL, "not saved: %s", err.msg);
}

bool ml_aml_get(struct ml_aml_op *op)
{
    const struct ml_aml_entity *e = ml_aml_find(op);
    if (e == NULL)
        return false;
    bool verbose = ml_json_bool(ml_json_get(op->input, "Verbose"), false);
    ml_aml_write_entity(op->out, op->control->records, e, verbose ? ML_AML_VERBOSE : ML_AML_ALONE);
    return true;
}

static bool set_threshold(struct ml_aml_op *op, struct ml_aml_entity *e, double threshold)
{
    char reference[ML_AML_ID_BYTES + 24];
    struct ml_error err;
    if (e->status != ML_AML_COMPLETED)
        return ml_aml_refuse(op->fault, ML_AML_INVALID_INPUT,
                             "ScoreThreshold: the model is %s, not COMPLETED",
                             ml_aml_status_name(e->status));
    if (strcmp(e->text[ML_AML_TYPE], "BINARY") != 0)
        return ml_aml_refuse(op->fault, ML_AML_INVALID_INPUT,
                             "ScoreThreshold: only BINARY models have one");
    ml_aml_reference(reference, e);
    if (!ml_registry_set_threshold(op->control->host.registry, reference, threshold, &err))
        return ml_aml_refuse_error(op->fault, &err);
    e->number[ML_AML_THRESHOLD] = threshold;
    e->number[ML_AML_THRESHOLD_UPDATED] = ml_aml_now(op->control);
    return true;
}

/* The registry says what the entity does, which has gone back. */
static void undo_threshold(const struct ml_aml_op *op, const struct ml_aml_entity *e)
{
    char reference[ML_AML_ID_BYTES + 24];
    struct ml_error ignored;
    ml_aml_reference(reference, e);
    if (!ml_registry_set_threshold(op->control->host.registry, reference,
                                   e->number[ML_AML_THRESHOLD], &ignored))
        return; /* the disk refuses that too */
}

bool ml_aml_update(struct ml_aml_op *op)
{
    struct ml_aml_entity *e = ml_aml_find_live(op);
    const char *name = ml_aml_string(op->input, ml_aml_kinds[op->kind].name);
    const struct ml_json *threshold =
        op->kind == ML_AML_MODEL ? ml_json_get(op->input, "ScoreThreshold") : NULL;
    bool has_threshold = threshold != NULL && ml_json_type(threshold) == ML_JSON_NUMBER;
    if (e == NULL || (has_threshold && !set_threshold(op, e, ml_json_number(threshold))))
        return false;
    if (name != NULL)
        ml_aml_set(e, ML_AML_NAME, name);
    if (!ml_aml_save(op, e)) {
        if (has_threshold)
            undo_threshold(op, e);
        return false;
    }
    if (has_threshold && atomic_load(&e->endpoint) == ML_AML_ENDPOINT_READY)
        op->control->host.refresh(op->control->host.ctx);
    ml_aml_reply_id(op, e->id);
    return true;
}

/* What the model is in our registry goes with it, if it came to that. */
static bool remove_version(struct ml_aml_op *op, const struct ml_aml_entity *e)
{
    char reference[ML_AML_ID_BYTES + 24];
    struct ml_error err;
    if (e->kind != ML_AML_MODEL || !ml_aml_has(e, ML_AML_VERSION))
        return true;
    ml_aml_reference(reference, e);
    return ml_registry_delete(op->control->host.registry, reference, &err) ||
           err.code == ML_ENOTFOUND || ml_aml_refuse_error(op->fault, &err);
}

bool ml_aml_delete(struct ml_aml_op *op)
{
    struct ml_aml_entity *e = ml_aml_find(op);
    if (e == NULL)
        return false;
    if (atomic_load(&e->endpoint) != ML_AML_ENDPOINT_NONE)
        return ml_aml_refuse(op->fault, ML_AML_INVALID_INPUT,
                             "the model has a real-time endpoint; delete that first");
    if (e->status != ML_AML_DELETED) {
        if (!remove_version(op, e))
            return false;
        ml_aml_drop(op->control, e, op->cancel);
        e->status = ML_AML_DELETED;
        e->number[ML_AML_UPDATED] = ml_aml_now(op->control);
    }
    /* It stays so when it cannot be saved, as its job and its version are gone by now; and is saved
     * when it is deleted again. */
    struct ml_error err;
    if (!ml_aml_records_save(op->control->records, e, &err)) {
        op->control->host.log_unsaved(op->control->host.ctx, e, &err);
        return ml_aml_refuse(op->fault, ML_AML_INTERNAL, "not saved: %s", err.msg);
    }
    ml_aml_reply_id(op, e->id);
    return true;
}

static void reply_endpoint(struct ml_aml_op *op, const struct ml_aml_entity *e)
{
    ml_strbuf_addc(op->out, '{');
    ml_json_key_string(op->out, "MLModelId", e->id);
    ml_json_add_key(op->out, "RealtimeEndpointInfo");
    ml_aml_write_endpoint(op->out, e);
    ml_strbuf_addc(op->out, '}');
}

/* UPDATING is on disk while the model loads: after a crash it is loaded again. */
static bool mount(struct ml_aml_op *op, struct ml_aml_entity *e)
{
    struct ml_amazonml *c = op->control;
    char name[ML_AML_ID_BYTES];
    char reference[ML_AML_ID_BYTES + 24];
    struct ml_error err;
    ml_aml_registry_name(name, e->id);
    ml_aml_reference(reference, e);
    atomic_store(&e->endpoint, ML_AML_ENDPOINT_UPDATING);
    ml_aml_set(e, ML_AML_URL, op->url);
    e->number[ML_AML_ENDPOINT_CREATED] = ml_aml_now(c);
    if (!ml_aml_save(op, e))
        return false;
    bool ok = c->host.mount(c->host.ctx, name, reference, &err);
    atomic_store(&e->endpoint, ok ? ML_AML_ENDPOINT_READY : ML_AML_ENDPOINT_FAILED);
    return ml_aml_save(op, e) && (ok || ml_aml_refuse_error(op->fault, &err));
}

bool ml_aml_create_endpoint(struct ml_aml_op *op)
{
    struct ml_aml_entity *e = ml_aml_find_live(op);
    if (e == NULL)
        return false;
    if (e->status != ML_AML_COMPLETED)
        return ml_aml_refuse(op->fault, ML_AML_INVALID_INPUT, "the model is %s, not COMPLETED",
                             ml_aml_status_name(e->status));
    if (atomic_load(&e->endpoint) != ML_AML_ENDPOINT_READY && !mount(op, e))
        return false;
    reply_endpoint(op, e);
    return true;
}

bool ml_aml_delete_endpoint(struct ml_aml_op *op)
{
    struct ml_aml_entity *e = ml_aml_find_live(op);
    struct ml_amazonml *c = op->control;
    char name[ML_AML_ID_BYTES];
    struct ml_error err;
    if (e == NULL)
        return false;
    if (atomic_load(&e->endpoint) == ML_AML_ENDPOINT_NONE)
        return ml_aml_refuse(op->fault, ML_AML_NOT_FOUND, "model '%s' has no real-time endpoint",
                             e->id);
    ml_aml_registry_name(name, e->id);
    if (atomic_load(&e->endpoint) != ML_AML_ENDPOINT_FAILED &&
        !c->host.unmount(c->host.ctx, name, &err) && err.code != ML_ENOTFOUND)
        return ml_aml_refuse_error(op->fault, &err);
    atomic_store(&e->endpoint, ML_AML_ENDPOINT_NONE);
    ml_aml_set(e, ML_AML_URL, NULL);
    if (!ml_aml_save(op, e))
        return false;
    reply_endpoint(op, e);
    return true;
}
