/*
 * What SageMaker lays down for a training job below <prefix>/input: its hosts, its channels, and
 * the schema of what they hold.
 */
#ifndef ML_CLI_SAGEMAKER_JOB_H
#define ML_CLI_SAGEMAKER_JOB_H

#include "cli/sagemaker_params.h"

struct sagemaker_job {
    char *train;      /* owned: a directory, or a copy of what came through a pipe */
    char *validation; /* owned; the same, or NULL */
    struct sagemaker_params params;
    struct ml_schema *schema; /* owned */
    bool is_inferred;         /* the schema: SageMaker's convention, label first, no header */
};

/* Reads everything but the rows; pipes are copied to files in $TMPDIR. Release in any case. */
bool sagemaker_job_read(struct sagemaker_job *out, const char *prefix, const struct ml_talk *talk,
                        struct ml_error *err);
/* Removes the copies, too. */
void sagemaker_job_release(struct sagemaker_job *job);

/* Whether a training job is laid down there. */
bool sagemaker_job_is_there(const char *prefix);

#endif
