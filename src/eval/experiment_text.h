/*
 * An experiment as tables for people: lines of at most 80 characters. Wording and layout may
 * change; programs read eval/experiment_json.h. Names may be any bytes and are cut with "…" where
 * they are too long (eval/text_cell.h). What is not known is "-".
 */
#ifndef ML_EVAL_EXPERIMENT_TEXT_H
#define ML_EVAL_EXPERIMENT_TEXT_H

#include "base/strbuf.h"
#include "eval/experiment.h"

/*
 * A table of the arms' assignments, one of their values, one of the differences and one of the
 * tests when there is something to compare, then the sample ratio and the verdict.
 */
void ml_experiment_text(struct ml_strbuf *buf, const struct ml_experiment *experiment);

#endif
