#include "amazonml/control.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "ml/registry.h"

double ml_aml_now(const struct ml_amazonml *c)
{
    return (double)c->host.now_ms(c->host.ctx);
}

/* A job under way when the daemon ended begins anew; an endpoint half made is made. */
static void resume(struct ml_amazonml *c, struct ml_aml_entity *e)
{
    struct ml_error ignored;
    if (e->status == ML_AML_INPROGRESS) {
        ml_aml_remove_versions(c, e);
        e->status = ML_AML_PENDING;
        e->number[ML_AML_STARTED] = (double)NAN;
        ml_aml_note(c, e);
    }
    if (e->status == ML_AML_PENDING)
        ml_aml_wait(c, e);
    if (atomic_load(&e->endpoint) == ML_AML_ENDPOINT_UPDATING) {
        char name[ML_AML_ID_BYTES];
        char reference[ML_AML_ID_BYTES + 24];
        ml_aml_registry_name(name, e->id);
        ml_aml_reference(reference, e);
        bool ok = c->host.mount(c->host.ctx, name, reference, &ignored);
        atomic_store(&e->endpoint, ok ? ML_AML_ENDPOINT_READY : ML_AML_ENDPOINT_FAILED);
        ml_aml_note(c, e);
    }
}

static struct ml_amazonml *make(struct ml_aml_records *records)
{
    struct ml_amazonml *c = ml_xcalloc(1, sizeof(*c));
    c->records = records;
    pthread_mutex_init(&c->lock, NULL);
    return c;
}

bool ml_amazonml_open(struct ml_amazonml **out, const char *folder,
                      const struct ml_amazonml_host *host, struct ml_error *err)
{
    struct ml_aml_records *records = NULL;
    if (!ml_aml_records_open(&records, folder, err))
        return false;
    *out = make(records);
    (*out)->host = *host;
    return true;
}

bool ml_amazonml_read(struct ml_amazonml **out, const char *folder, struct ml_error *err)
{
    struct ml_aml_records *records = NULL;
    if (!ml_aml_records_read(&records, folder, err))
        return false;
    *out = make(records);
    return true;
}

void ml_amazonml_start(struct ml_amazonml *c)
{
    for (size_t k = 0; k < ML_AML_N_KINDS; k++) {
        size_t n;
        struct ml_aml_entity *const *all = ml_aml_records_all(c->records, (enum ml_aml_kind)k, &n);
        for (size_t i = 0; i < n; i++)
            resume(c, all[i]);
    }
    ml_aml_start(c);
}

void ml_amazonml_stop(struct ml_amazonml *c)
{
    if (c == NULL)
        return;
    pthread_mutex_lock(&c->lock);
    c->is_stopping = true;
    pthread_mutex_unlock(&c->lock);
}

void ml_amazonml_close(struct ml_amazonml *c)
{
    if (c == NULL)
        return;
    ml_aml_records_close(c->records);
    free(c->waiting);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

enum ml_amazonml_mounted ml_amazonml_look_up(struct ml_amazonml *c, const char *id,
                                             char name[ML_AML_ID_BYTES])
{
    struct ml_aml_entity *e = ml_aml_records_find(c->records, ML_AML_MODEL, id);
    if (e == NULL)
        return ML_AMAZONML_UNKNOWN;
    if (atomic_load(&e->endpoint) != ML_AML_ENDPOINT_READY)
        return ML_AMAZONML_UNMOUNTED;
    ml_aml_registry_name(name, e->id);
    return ML_AMAZONML_MOUNTED;
}

bool ml_amazonml_owns(struct ml_amazonml *c, const char *registry_name)
{
    return ml_aml_records_own(c->records, registry_name);
}
