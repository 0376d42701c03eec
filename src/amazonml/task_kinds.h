/* The inside of amazonml/task.h: the kinds of tasks and what they share. */
#ifndef ML_AMAZONML_TASK_KINDS_H
#define ML_AMAZONML_TASK_KINDS_H

#include <stdbool.h>

#include "base/error.h"
#include "base/json.h"
#include "ml/data.h"
#include "ml/schema.h"
#include "ml/split.h"

/* "data", "location", "schema", "rearrangement" of a task. */
struct ml_task_data {
    const char *path;                /* borrowed from the task */
    struct ml_schema *schema;        /* owned */
    const struct ml_selection *rows; /* NULL: all; points into this struct */
    struct ml_selection selection;
    struct ml_csv_options csv; /* messages say the location; a header as the schema says */
};

/* In place: it must not be moved afterwards. */
bool ml_task_data_read(struct ml_task_data *out, const struct ml_json *task, struct ml_error *err)
    __attribute__((warn_unused_result));
void ml_task_data_release(struct ml_task_data *data);

/* A member that must be a string; borrowed. */
bool ml_task_text(const char **out, const struct ml_json *task, const char *member,
                  struct ml_error *err) __attribute__((warn_unused_result));

/* Each appends its result, a JSON object. */
bool ml_task_data_source(struct ml_strbuf *result, const struct ml_json *task, struct ml_error *err)
    __attribute__((warn_unused_result));
bool ml_task_model(struct ml_strbuf *result, const struct ml_json *task, struct ml_error *err)
    __attribute__((warn_unused_result));
bool ml_task_evaluation(struct ml_strbuf *result, const struct ml_json *task, struct ml_error *err)
    __attribute__((warn_unused_result));
bool ml_task_batch(struct ml_strbuf *result, const struct ml_json *task, struct ml_error *err)
    __attribute__((warn_unused_result));

#endif
