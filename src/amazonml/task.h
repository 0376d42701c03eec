/*
 * What a job of Amazon ML does: one task in, one result out, both JSON.
 *
 *     {"task":"data_source", "data":PATH, "schema":TEXT, "rearrangement":TEXT, "statistics":BOOL}
 *     -> {"bytes":N, "files":N, "rows":N, "rejected":N}
 *
 * Of the data as stored; of the rows that the rearrangement selects those that can be read; of the
 * rejected rows all, of which 10,000 are borne. Without statistics only the beginning is looked at,
 * and the last two are null. The target may be absent from the data.
 *
 *     {"task":"model", "models":ROOT, "name":NAME, "data":PATH, "schema":TEXT,
 * "rearrangement":TEXT, "recipe":TEXT, "type":"BINARY|MULTICLASS|REGRESSION",
 * "parameters":{NAME:TEXT, …}}
 *     -> {"version":N, "bytes":N, "recipe":TEXT, "threshold":0.5}
 *
 * All rows of the rearrangement train, without one all of the data. recipe "": the one that mlctl
 * train would suggest; the result tells which. parameters are checked only (parameters.h).
 * threshold is null unless the type is BINARY. bytes: of the published bundle.
 *
 *     {"task":"evaluation", "models":ROOT, "model":REFERENCE, "data":PATH, "schema":TEXT,
 *      "rearrangement":TEXT}
 *     -> {"metrics":{"BinaryAUC"|"MulticlassAvgFScore"|"RegressionRMSE":TEXT}, "report":{…}}
 *
 * report: ml_evaluation_json. The model's own types, target and row id count, not the schema's,
 * which says whether there is a header; where there is none, it must name the model's columns in
 * the model's order, perhaps without the target.
 *
 *     {"task":"batch", "models":ROOT, "model":REFERENCE, "id":ID, "data":PATH, "schema":TEXT,
 *      "rearrangement":TEXT, "out":DIR/, "output":TEXT}
 *     -> {"records":N, "invalid":N}
 *
 * As ml_predict_batch, in Amazon's numbers; what an earlier run of that id left behind is replaced.
 * The schema counts as in an evaluation. The manifest says "output", or "out" without it.
 *
 * "rearrangement" is Amazon's DataRearrangement (ml/split.h) or "". A task may have "location",
 * what the user calls "data", and "output", what the user calls "out": messages and the report then
 * say that. A failure is
 * {"error":MESSAGE}. Paths are believed: amazonml/location.h is for those who make tasks.
 */
#ifndef ML_AMAZONML_TASK_H
#define ML_AMAZONML_TASK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"

enum { ML_MAX_TASK_BYTES = 4 * 1024 * 1024 };

/*
 * Appends the result, or {"error":…} and returns false. Training forks: not in a process with
 * threads that hold locks.
 */
bool ml_task_run(struct ml_strbuf *result, const char *text, size_t n);

/*
 * A process of its own for one task, to be called before anything else: reads it from `in`, lowers
 * its priority, dies with the process that ML_RUNNER_PARENT names, writes the result to `out`. The
 * status to exit with: 0 when there is a result, {"error":…} or other.
 */
int ml_task_main(int in, int out);

#endif
