/* Amazon ML's control plane on a host that runs nothing: jobs end when the test says so. */
#ifndef TESTS_LIB_AMAZONML_H
#define TESTS_LIB_AMAZONML_H

#include "modelling.h"

#include "amazonml/amazonml.h"
#include "ml/registry.h"

enum { AML_MAX_JOBS = 2100 };

struct aml_job {
    char id[100];
    char *task; /* owned */
    ml_amazonml_done done;
    void *ctx;
    bool is_over;
};

static struct {
    struct ml_amazonml *control;
    struct ml_registry *registry;
    struct ml_model *model; /* what is published when a training job ends */
    struct aml_job jobs[AML_MAX_JOBS];
    size_t n_jobs;
    size_t n_slots;
    int64_t now; /* of the next call; goes on by 1.5 s each time */
    struct ml_strbuf events; /* "mount ml-1@1;…" */
    struct ml_strbuf log;    /* of jobs that ended and records that were not saved */
    bool refuses_jobs;
    bool refuses_mounts;
    bool has_no_data;
    struct ml_strbuf out;
    struct ml_aml_fault fault;
} aml;

static inline bool aml_add(void *ctx, const char *id, const char *task, size_t n,
                           ml_amazonml_done done, void *done_ctx)
{
    (void)ctx;
    if (aml.refuses_jobs)
        return false;
    assert_true(aml.n_jobs < AML_MAX_JOBS);
    struct aml_job *j = &aml.jobs[aml.n_jobs++];
    snprintf(j->id, sizeof(j->id), "%s", id);
    j->task = malloc(n + 1);
    memcpy(j->task, task, n);
    j->task[n] = '\0';
    j->done = done;
    j->ctx = done_ctx;
    j->is_over = false;
    return true;
}

static inline void aml_event(const char *what, const char *about)
{
    ml_strbuf_addf(&aml.events, "%s %s;", what, about);
}

static inline void aml_cancel(void *ctx, const char *id)
{
    (void)ctx;
    aml_event("cancel", id);
    for (size_t i = 0; i < aml.n_jobs; i++)
        if (strcmp(aml.jobs[i].id, id) == 0)
            aml.jobs[i].is_over = true;
}

static inline bool aml_locate(void *ctx, char **path, const char *location, bool must_exist,
                              struct ml_error *err)
{
    (void)ctx;
    const char *key = strncmp(location, "s3://", 5) == 0 ? location + 5 : location;
    char text[3000];
    if (aml.has_no_data)
        return ml_fail(err, ML_EINPUT, "configure 'amazonml.data'");
    if (strstr(key, "..") != NULL)
        return ml_fail(err, ML_EINPUT, "'%s' is outside", location);
    snprintf(text, sizeof(text), "%s/data/%s", test_dir(), key);
    if (must_exist && access(text, R_OK) != 0)
        return ml_fail(err, ML_ENOTFOUND, "'%s' does not exist", location);
    *path = strdup(text);
    return true;
}

static inline bool aml_mount(void *ctx, const char *name, const char *reference,
                             struct ml_error *err)
{
    (void)ctx;
    (void)name;
    if (aml.refuses_mounts)
        return ml_fail(err, ML_ECONFLICT, "the name is taken");
    aml_event("mount", reference);
    return true;
}

static inline bool aml_unmount(void *ctx, const char *name, struct ml_error *err)
{
    (void)ctx;
    (void)err;
    aml_event("unmount", name);
    return true;
}

static inline void aml_refresh(void *ctx)
{
    (void)ctx;
    aml_event("refresh", "all");
}

static inline int64_t aml_now(void *ctx)
{
    (void)ctx;
    aml.now += 1500;
    return aml.now;
}

static inline void aml_log_job(void *ctx, const struct ml_aml_entity *e)
{
    (void)ctx;
    ml_strbuf_addf(&aml.log, "%s %s %s %s;", ml_aml_kind_name(e->kind), e->id,
                   ml_aml_status_name(e->status),
                   e->text[ML_AML_MESSAGE] != NULL ? e->text[ML_AML_MESSAGE] : "");
}

static inline void aml_log_unsaved(void *ctx, const struct ml_aml_entity *e,
                                   const struct ml_error *why)
{
    (void)ctx;
    ml_strbuf_addf(&aml.log, "unsaved %s: %s;", e->id, why->msg);
}

static inline void aml_open(void)
{
    struct ml_error err;
    struct ml_amazonml_host host = {
        .registry = aml.registry,
        .n_slots = aml.n_slots,
        .add = aml_add,
        .cancel = aml_cancel,
        .locate = aml_locate,
        .mount = aml_mount,
        .unmount = aml_unmount,
        .refresh = aml_refresh,
        .now_ms = aml_now,
        .log_job = aml_log_job,
        .log_unsaved = aml_log_unsaved,
    };
    must(ml_amazonml_open(&aml.control, test_path("state/amazonml"), &host, &err));
    ml_amazonml_start(aml.control);
}

static inline void aml_forget_jobs(void)
{
    for (size_t i = 0; i < aml.n_jobs; i++)
        free(aml.jobs[i].task);
    aml.n_jobs = 0;
}

/* The daemon ends and begins again. */
static inline void aml_reopen(void)
{
    ml_amazonml_close(aml.control);
    aml_forget_jobs();
    aml_open();
}

/* Each test begins with nothing. */
static inline int aml_setup(void **state)
{
    struct ml_error err;
    (void)state;
    assert_int_equal(mkdir(test_path("data"), 0777), 0);
    assert_int_equal(mkdir(test_path("data/in"), 0777), 0);
    aml.n_slots = 1;
    aml.now = 1486834110483 - 1500;
    must(ml_registry_open(&aml.registry, test_path("models"), &err));
    aml_open();
    return 0;
}

static inline int aml_teardown(void **state)
{
    ml_amazonml_close(aml.control);
    aml_forget_jobs();
    ml_registry_close(aml.registry);
    ml_model_free(aml.model);
    ml_strbuf_release(&aml.events);
    ml_strbuf_release(&aml.log);
    ml_strbuf_release(&aml.out);
    memset(&aml, 0, sizeof(aml));
    return test_teardown(state);
}

/* The answer, or NULL with aml.fault. Single quotes stand for double ones. */
static inline const char *aml_call(const char *operation, const char *input)
{
    char *body = strdup(input);
    for (char *s = body; *s != '\0'; s++)
        if (*s == '\'')
            *s = '"';
    struct ml_amazonml_call call = {operation, body, strlen(body), "http://here:8080/"};
    ml_strbuf_clear(&aml.out);
    memset(&aml.fault, 0, sizeof(aml.fault));
    bool ok = ml_amazonml_run(aml.control, &call, &aml.out, &aml.fault);
    free(body);
    if (!ok) {
        assert_non_null(aml.fault.type);
        return NULL;
    }
    struct ml_json *json = NULL;
    struct ml_error err;
    must(ml_json_parse(&json, aml.out.bytes, aml.out.length, operation, &err));
    ml_json_free(json);
    return aml.out.bytes;
}

static inline const char *aml_ok(const char *operation, const char *input)
{
    const char *answer = aml_call(operation, input);
    if (answer == NULL)
        fail_msg("%s: %s: %s", operation, aml.fault.type, aml.fault.message);
    return answer;
}

static inline void aml_refused(const char *operation, const char *input, const char *type,
                               int status, const char *part)
{
    const char *answer = aml_call(operation, input);
    if (answer != NULL)
        fail_msg("%s: not refused: %s", operation, answer);
    if (strcmp(aml.fault.type, type) != 0 || aml.fault.status != status)
        fail_msg("%s %d, not %s: %s", aml.fault.type, aml.fault.status, type, aml.fault.message);
    assert_contains(aml.fault.message, part);
}

static inline struct aml_job *aml_job(const char *id)
{
    for (size_t i = 0; i < aml.n_jobs; i++)
        if (strcmp(aml.jobs[i].id, id) == 0 && !aml.jobs[i].is_over)
            return &aml.jobs[i];
    fail_msg("no job '%s'", id);
    return NULL;
}

static inline void aml_end(const char *id, const char *result)
{
    struct aml_job *j = aml_job(id);
    j->is_over = true;
    j->done(j->ctx, id, result, result != NULL ? strlen(result) : 0,
            result == NULL ? "the job was killed by signal 9" : NULL);
}

/* A model of ours, trained once. */
static inline struct ml_model *aml_model(void)
{
    struct ml_train_options options = ML_TRAIN_OPTIONS_INIT;
    struct ml_train_summary summary;
    struct ml_error err;
    if (aml.model != NULL)
        return aml.model;
    struct ml_strbuf csv = model_csv(200, 1, model_binary_labels, 2);
    struct ml_schema *schema = model_schema("BINARY");
    must(ml_train(&aml.model, test_write("train.csv", csv.bytes, csv.length), schema, &options,
                  &test_quiet, &summary, NULL, &err));
    ml_schema_free(schema);
    ml_strbuf_release(&csv);
    return aml.model;
}

static inline void aml_publish(const char *name)
{
    struct ml_error err;
    size_t version;
    must(ml_registry_publish(aml.registry, name, aml_model(), &version, &err));
}

#define AML_SOURCE(id)                                                                             \
    "{'DataSourceId':'" id "','ComputeStatistics':true,'DataSpec':{'DataLocationS3':"              \
    "'s3://in/d.csv','DataSchema':'{}'}}"

/* A completed data source "ds", whose data are in/d.csv. */
static inline void aml_have_source(void)
{
    (void)test_text("data/in/d.csv", "n,y\n1,0\n");
    (void)aml_ok("CreateDataSourceFromS3", AML_SOURCE("ds"));
    aml_end("DataSource/ds", "{\"bytes\":8,\"files\":1,\"rows\":1}");
}

/* And a completed binary model "ml". */
static inline void aml_have_model(void)
{
    aml_have_source();
    (void)aml_ok("CreateMLModel",
                 "{'MLModelId':'ml','MLModelType':'BINARY','TrainingDataSourceId':'ds'}");
    aml_publish("ml");
    aml_end("MLModel/ml",
            "{\"version\":1,\"bytes\":5000,\"recipe\":\"{r}\",\"threshold\":0.5}");
}

#endif
