/*
 * All entities: in memory, and a file each, which is replaced whole at every change.
 *
 *     <folder>/datasources/ds-1.json, models/, evaluations/, batchpredictions/
 *
 * An id's first '.' or '-' is written "%2E", "%2D" in the file's name. Entities are never removed:
 * what was deleted stays as such, and its id stays taken.
 *
 * One thread at a time, but for ml_aml_records_find and ml_aml_records_own, which any thread may
 * call at any time.
 */
#ifndef ML_AMAZONML_RECORDS_H
#define ML_AMAZONML_RECORDS_H

#include "amazonml/entity.h"

enum { ML_AML_MAX_ENTITIES = 100000 }; /* of one kind */

struct ml_aml_records; /* opaque */

/* Makes the folders that are missing, locks, and reads everything. ML_ECONFLICT when another
 * process has it open. */
bool ml_aml_records_open(struct ml_aml_records **out, const char *folder, struct ml_error *err)
    __attribute__((warn_unused_result));
/* The same for a look: makes nothing, takes no lock; a folder that is missing holds nothing. */
bool ml_aml_records_read(struct ml_aml_records **out, const char *folder, struct ml_error *err)
    __attribute__((warn_unused_result));
void ml_aml_records_close(struct ml_aml_records *records);

/* Borrowed as long as the records are open, or NULL. */
struct ml_aml_entity *ml_aml_records_find(struct ml_aml_records *records, enum ml_aml_kind kind,
                                          const char *id);
/* Whether a model of that name in our registry is, or was, one of these. Any thread, any time. */
bool ml_aml_records_own(struct ml_aml_records *records, const char *registry_name);
/* All of a kind in the order of their creation, borrowed until the next add. */
struct ml_aml_entity *const *ml_aml_records_all(const struct ml_aml_records *records,
                                                enum ml_aml_kind kind, size_t *n);

/* Makes it durable, then known; takes it over on success. ML_ELIMIT beyond ML_AML_MAX_ENTITIES. */
bool ml_aml_records_add(struct ml_aml_records *records, struct ml_aml_entity *entity,
                        struct ml_error *err) __attribute__((warn_unused_result));
/* Makes its present state durable. */
bool ml_aml_records_save(struct ml_aml_records *records, const struct ml_aml_entity *entity,
                         struct ml_error *err) __attribute__((warn_unused_result));

#endif
