/*
 * One thing of Amazon ML's: a data source, a model, an evaluation or a batch prediction, as it
 * stands in memory and in its file.
 *
 * All four have the same members, most of which are absent in most: an enum names them, a table in
 * entity_json.c says how the file calls them, one in view.c how the API does.
 */
#ifndef ML_AMAZONML_ENTITY_H
#define ML_AMAZONML_ENTITY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/json.h"
#include "base/strbuf.h"

enum ml_aml_kind {
    ML_AML_DATA_SOURCE,
    ML_AML_MODEL,
    ML_AML_EVALUATION,
    ML_AML_BATCH,
    ML_AML_N_KINDS,
};

enum ml_aml_status {
    ML_AML_PENDING,
    ML_AML_INPROGRESS,
    ML_AML_COMPLETED,
    ML_AML_FAILED,
    ML_AML_DELETED,
    ML_AML_N_STATUSES,
};

/* Of a model's real-time endpoint. */
enum ml_aml_endpoint {
    ML_AML_ENDPOINT_NONE,
    ML_AML_ENDPOINT_UPDATING,
    ML_AML_ENDPOINT_READY,
    ML_AML_ENDPOINT_FAILED,
    ML_AML_N_ENDPOINTS,
};

enum ml_aml_text {
    ML_AML_NAME,
    ML_AML_MESSAGE,
    ML_AML_LOCATION, /* where the data lie; of what is derived, copied from its data source */
    ML_AML_SCHEMA,
    ML_AML_SCHEMA_LOCATION,
    ML_AML_REARRANGEMENT,
    ML_AML_SOURCE_ID,  /* the data source it is made of */
    ML_AML_MODEL_ID,   /* the model it uses */
    ML_AML_TYPE,       /* "BINARY", … */
    ML_AML_PARAMETERS, /* a JSON object, as it was given */
    ML_AML_RECIPE,
    ML_AML_RECIPE_LOCATION,
    ML_AML_OUTPUT,
    ML_AML_METRICS, /* a JSON object of strings */
    ML_AML_URL,     /* of the endpoint */
    ML_AML_REQUEST, /* digest of what created it */
    ML_AML_N_TEXTS,
};

/* NaN: absent. Times are milliseconds since 1970. */
enum ml_aml_number {
    ML_AML_CREATED,
    ML_AML_UPDATED,
    ML_AML_STARTED,
    ML_AML_FINISHED,
    ML_AML_COMPUTE, /* milliseconds */
    ML_AML_BYTES,
    ML_AML_FILES,
    ML_AML_STATISTICS, /* 0 or 1 */
    ML_AML_THRESHOLD,
    ML_AML_THRESHOLD_UPDATED,
    ML_AML_ENDPOINT_CREATED,
    ML_AML_VERSION, /* of the model in our registry */
    ML_AML_RECORDS,
    ML_AML_INVALID,
    ML_AML_SEQUENCE, /* 1, 2, …: in the order of creation */
    ML_AML_N_NUMBERS,
};

enum { ML_AML_ID_BYTES = 65, ML_AML_MAX_TAGS = 50 };

struct ml_aml_tag {
    char *key; /* owned, both */
    char *value;
};

struct ml_aml_entity {
    enum ml_aml_kind kind;
    char id[ML_AML_ID_BYTES];
    enum ml_aml_status status;
    atomic_int endpoint;        /* enum ml_aml_endpoint; read by predictions without a lock */
    char *text[ML_AML_N_TEXTS]; /* owned; NULL: absent */
    double number[ML_AML_N_NUMBERS];
    struct ml_aml_tag tags[ML_AML_MAX_TAGS];
    size_t n_tags;
};

/* Everything absent, PENDING. */
struct ml_aml_entity *ml_aml_entity_new(enum ml_aml_kind kind, const char *id);
void ml_aml_entity_free(struct ml_aml_entity *entity); /* NULL is fine */

/* Replaces a text by a copy; NULL: by nothing. */
void ml_aml_set(struct ml_aml_entity *entity, enum ml_aml_text text, const char *value);
bool ml_aml_has(const struct ml_aml_entity *entity, enum ml_aml_number number);
struct ml_aml_entity *ml_aml_entity_copy(const struct ml_aml_entity *entity);
/* Takes the members of `from` over, which is empty afterwards: a change is undone so. */
void ml_aml_entity_restore(struct ml_aml_entity *entity, struct ml_aml_entity *from);

/* Adds the tag or sets its value; false: there are ML_AML_MAX_TAGS of them. */
bool ml_aml_tag_set(struct ml_aml_entity *entity, const char *key, const char *value);
void ml_aml_tag_remove(struct ml_aml_entity *entity, const char *key); /* no error when absent */

const char *ml_aml_kind_name(enum ml_aml_kind kind); /* "data_source", "model", … */
const char *ml_aml_status_name(enum ml_aml_status status);
const char *ml_aml_endpoint_name(enum ml_aml_endpoint endpoint);

/* The text of its file, both ways. name stands in front of messages. */
void ml_aml_entity_write(struct ml_strbuf *buf, const struct ml_aml_entity *entity);
bool ml_aml_entity_read(struct ml_aml_entity **out, enum ml_aml_kind kind, const char *text,
                        size_t n, const char *name, struct ml_error *err)
    __attribute__((warn_unused_result));

/*
 * What the model is called in our registry: its id, or where that is no name there, "ml-" and a
 * digest.
 */
void ml_aml_registry_name(char name[ML_AML_ID_BYTES], const char *id);

#endif
