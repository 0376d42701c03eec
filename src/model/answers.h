/* Batch prediction's inside: rows of some data to answers, and where those go. */
#ifndef ML_MODEL_ANSWERS_H
#define ML_MODEL_ANSWERS_H

#include "ml/predict.h"

/* Called by the caller's thread: header once, then each block's lines in the data's order. */
struct ml_answer_sink {
    bool (*header)(void *ctx, const void *bytes, size_t n, struct ml_error *err);
    /* Whose lines come next, by the file's number and name in its source; NULL: all the same. */
    bool (*file)(void *ctx, size_t file, const char *name, struct ml_error *err);
    bool (*lines)(void *ctx, const void *bytes, size_t n, struct ml_error *err);
    void *ctx;
};

bool ml_answer_rows(const struct ml_model *model, const char *in, const struct ml_answer_sink *sink,
                    const struct ml_predict_options *options, const struct ml_talk *talk,
                    struct ml_predict_summary *summary, struct ml_error *err)
    __attribute__((warn_unused_result));

/*
 * Removes what an earlier ml_predict_batch of that id, finished or killed, has left for these data:
 * manifest, results, and what it was writing. No error when there is nothing.
 */
bool ml_predict_batch_discard(const char *in, const char *out, const char *id, struct ml_error *err)
    __attribute__((warn_unused_result));

#endif
