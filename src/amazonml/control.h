/* The inside of struct ml_amazonml, and an operation under way. */
#ifndef ML_AMAZONML_CONTROL_H
#define ML_AMAZONML_CONTROL_H

#include <pthread.h>

#include "amazonml/amazonml.h"
#include "amazonml/input.h"
#include "amazonml/records.h"

enum { ML_AML_MAX_WAITING = 1000 }; /* jobs that have not begun */

struct ml_amazonml {
    struct ml_amazonml_host host;
    struct ml_aml_records *records; /* owned */
    pthread_mutex_t lock;           /* of all below, and of what the entities hold */
    struct ml_aml_entity **waiting; /* owned list: PENDING, in the order of their creation */
    size_t n_waiting;
    size_t capacity;
    size_t n_running;
    bool is_stopping;
};

/* Names by kind: "DataSourceId", "DataSourceName", "DataSource". */
struct ml_aml_kind_names {
    const char *id;
    const char *name;
    const char *type; /* as in ResourceType */
};
extern const struct ml_aml_kind_names ml_aml_kinds[ML_AML_N_KINDS];

/* Runs under the lock. */
struct ml_aml_op {
    struct ml_amazonml *control;
    enum ml_aml_kind kind;
    const struct ml_json *input; /* checked against the operation's table */
    const char *url;
    struct ml_strbuf *out;
    struct ml_aml_fault *fault;
    char cancel[ML_AML_ID_BYTES + 24]; /* a job to end when the lock is open again; "": none */
    struct ml_aml_entity *before;      /* owned: what is changed, as it was; NULL: nothing yet */
};

/* create.c */
bool ml_aml_create_data_source(struct ml_aml_op *op);
bool ml_aml_create_model(struct ml_aml_op *op);
bool ml_aml_create_evaluation(struct ml_aml_op *op);
bool ml_aml_create_batch(struct ml_aml_op *op);
bool ml_aml_refuse_database(struct ml_aml_op *op); /* from Redshift or RDS */
/* change.c, describe.c */
bool ml_aml_get(struct ml_aml_op *op);
bool ml_aml_describe(struct ml_aml_op *op);
/* change.c */
bool ml_aml_update(struct ml_aml_op *op);
bool ml_aml_delete(struct ml_aml_op *op);
bool ml_aml_create_endpoint(struct ml_aml_op *op);
bool ml_aml_delete_endpoint(struct ml_aml_op *op);
/* tags.c */
bool ml_aml_add_tags(struct ml_aml_op *op);
bool ml_aml_delete_tags(struct ml_aml_op *op);
bool ml_aml_describe_tags(struct ml_aml_op *op);

/* The entity of the input's id member, or NULL after a refusal. */
struct ml_aml_entity *ml_aml_find(struct ml_aml_op *op);
/* The same, to be changed; what was deleted is refused too. */
struct ml_aml_entity *ml_aml_find_live(struct ml_aml_op *op);
/* Keeps what it is now, for ml_aml_save to go back to. */
void ml_aml_keep(struct ml_aml_op *op, const struct ml_aml_entity *entity);
/* {"DataSourceId":id} */
void ml_aml_reply_id(struct ml_aml_op *op, const char *id);
/*
 * Notes the time of the change and makes it durable. When that fails it is as it was kept: not as
 * its file says, which may be older when a job has ended on a full disk.
 */
bool ml_aml_save(struct ml_aml_op *op, struct ml_aml_entity *entity);
double ml_aml_now(const struct ml_amazonml *control);

/* view.c: an entity as the API shows it. */
enum ml_aml_view { ML_AML_IN_LIST = 1, ML_AML_ALONE = 2, ML_AML_VERBOSE = 4 };
void ml_aml_write_entity(struct ml_strbuf *buf, struct ml_aml_records *records,
                         const struct ml_aml_entity *entity, enum ml_aml_view view);
/* {"PeakRequestsPerSecond":…}, with braces. */
void ml_aml_write_endpoint(struct ml_strbuf *buf, const struct ml_aml_entity *model);

/* parameters_view.c: {"sgd.maxPasses":"10",…}; what was not given is filled in. */
/* given: the text of a JSON object, or NULL. */
void ml_aml_write_parameters(struct ml_strbuf *buf, const char *given);

/* lifecycle.c */
/* Makes it durable; what cannot be saved is told to the host and done again after the next start.
 */
void ml_aml_note(struct ml_amazonml *control, const struct ml_aml_entity *entity);
/* Appends to what waits. Under the lock. */
void ml_aml_wait(struct ml_amazonml *control, struct ml_aml_entity *entity);
/* Takes it off what waits and what runs; gives the job to be cancelled, "" for none. */
void ml_aml_drop(struct ml_amazonml *control, struct ml_aml_entity *entity,
                 char job[ML_AML_ID_BYTES + 24]);
/* What a training job that is not known to have ended has published all the same. Under this name
 * there was nothing before (create.c). */
void ml_aml_remove_versions(struct ml_amazonml *control, const struct ml_aml_entity *model);
/* Ends the job of what was deleted, with what it has published by now. Not under the lock. */
void ml_aml_cancel(struct ml_amazonml *control, const char *job);
/* Starts what can start. Not under the lock. */
void ml_aml_start(struct ml_amazonml *control);

/* order.c: the task's JSON; also fills in the entity's schema and recipe from files. */
bool ml_aml_write_task(struct ml_strbuf *task, struct ml_amazonml *control,
                       struct ml_aml_entity *entity, struct ml_error *err)
    __attribute__((warn_unused_result));
/*
 * The path under which a batch prediction writes. The folders in it that it writes to may be there
 * already, as links: these must not lead out either.
 */
bool ml_aml_locate_output(const struct ml_amazonml *control, char **path, const char *location,
                          struct ml_error *err) __attribute__((warn_unused_result));
/* Takes over a result of it. */
bool ml_aml_read_result(struct ml_aml_entity *entity, const char *result, size_t n,
                        struct ml_error *err) __attribute__((warn_unused_result));
/* "name@version" of a completed model. */
void ml_aml_reference(char to[ML_AML_ID_BYTES + 24], const struct ml_aml_entity *model);

#endif
