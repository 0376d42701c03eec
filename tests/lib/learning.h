/* Learners without a data set: trained in a child process as the program does. */
#ifndef TESTS_LEARNING_H
#define TESTS_LEARNING_H

#include "learn/child.h"
#include "learn/learner.h"
#include "testing.h"

struct work {
    const struct ml_learner_ops *learner;
    const struct ml_training_set *set;
    struct ml_learner_options *options;
};

static bool train_in_child(struct ml_strbuf *out, struct ml_error *err, void *ctx)
{
    struct work *w = ctx;
    return w->learner->train(out, w->set, w->options, err);
}

static struct ml_strbuf train(const struct ml_learner_ops *learner, const struct ml_training_set *s,
                              struct ml_learner_options options)
{
    struct ml_strbuf text = {0};
    struct ml_error err;
    must(learner->check(&options, s, &err));
    struct work w = {learner, s, &options};
    must(ml_child_run(&text, train_in_child, &w, "the solver", "training", &test_quiet, &err));
    return text;
}

static struct ml_sparse row_of(const struct ml_csr *x, size_t i)
{
    size_t start = x->start[i];
    return (struct ml_sparse){x->index + start, x->value + start, x->start[i + 1] - start, 0};
}

#endif
