/* The verdict on an experiment in plain words. */
#ifndef ML_EVAL_EXPERIMENT_VERDICT_H
#define ML_EVAL_EXPERIMENT_VERDICT_H

#include "base/strbuf.h"
#include "eval/experiment.h"

/* "no_data", "too_early", "srm_alarm", "no_difference_yet", "winner". */
const char *ml_verdict_name(enum ml_verdict verdict);

/* "ok", "alarm", "too_few". */
const char *ml_sample_ratio_status_name(enum ml_sample_ratio_status status);

/* "none", "z", "fisher", "welch". */
const char *ml_experiment_test_name(enum ml_experiment_test test);

/*
 * One or two sentences on one line, without full stop at the end: what was found, in figures, and
 * what to do. Names are cut to 20 characters and quoted by ml_quote; valid UTF-8.
 */
void ml_experiment_verdict_text(struct ml_strbuf *buf, const struct ml_experiment *experiment);

#endif
