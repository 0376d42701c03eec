/* An experiment's figures judged, as JSON and as a table: the daemon's and mlctl's. */
#ifndef ML_SERVE_EXPERIMENT_REPORT_H
#define ML_SERVE_EXPERIMENT_REPORT_H

#include "base/strbuf.h"
#include "serve/store.h"

/* One JSON object with a final newline. */
bool ml_experiment_report_json(struct ml_strbuf *buf, const struct ml_arm_report *report,
                               struct ml_error *err) __attribute__((warn_unused_result));
bool ml_experiment_report_text(struct ml_strbuf *buf, const struct ml_arm_report *report,
                               struct ml_error *err) __attribute__((warn_unused_result));

#endif
