/*
 * Calibration of any classifier after it was learnt: its scores made into probabilities that come
 * true as often as they say, by curves fitted on rows that its fits had not seen.
 *
 * Two classes have one curve, from the log-odds of class 1. More have one each, from the log-odds
 * of the class against the rest, and what the curves say is divided by its sum.
 */
#ifndef ML_LEARN_CALIBRATOR_H
#define ML_LEARN_CALIBRATOR_H

#include <stdint.h>

#include "learn/isotonic.h"
#include "learn/platt.h"

enum ml_calibration_method {
    ML_CALIBRATE_NONE,
    ML_CALIBRATE_PLATT,
    ML_CALIBRATE_ISOTONIC,
};

/* Zero-initialised is none and releasable. Never changes once fitted: threads may share it. */
struct ml_calibrator {
    enum ml_calibration_method method;
    size_t n_curves;              /* 1 for two classes */
    struct ml_platt *platt;       /* owned; n_curves, or NULL */
    struct ml_isotonic *isotonic; /* owned; n_curves, or NULL */
};

/* "none", "platt", "isotonic"; false for another name. */
bool ml_calibration_find(enum ml_calibration_method *out, const char *name);

/*
 *   probability  n x n_classes, row-major
 *   margin       n; two classes: log-odds of class 1, finite
 *   label        n class numbers
 * ML_EINPUT when n is 0. O(n log n) a curve.
 */
bool ml_calibrator_fit(struct ml_calibrator *out, enum ml_calibration_method method,
                       const double *probability, const double *margin, const uint32_t *label,
                       size_t n, size_t n_classes, struct ml_error *err)
    __attribute__((warn_unused_result));
void ml_calibrator_release(struct ml_calibrator *calibrator);

/* One row's probabilities in place: >= 0, summing to 1. Thread-safe. */
void ml_calibrator_apply(const struct ml_calibrator *calibrator, double *probability, double margin,
                         size_t n_classes);

/* One JSON object {method, curves [{a, b} or {x, y}, …]}, and back, strictly. */
void ml_calibrator_save(const struct ml_calibrator *calibrator, struct ml_strbuf *buf);
bool ml_calibrator_load(struct ml_calibrator *out, const struct ml_json *object, size_t n_classes,
                        struct ml_error *err) __attribute__((warn_unused_result));

#endif
