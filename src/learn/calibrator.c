#include "learn/calibrator.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "learn/learner.h"

static const char *const methods[] = {
    [ML_CALIBRATE_NONE] = "none",
    [ML_CALIBRATE_PLATT] = "platt",
    [ML_CALIBRATE_ISOTONIC] = "isotonic",
};

enum { N_METHODS = sizeof(methods) / sizeof(methods[0]) };

bool ml_calibration_find(enum ml_calibration_method *out, const char *name)
{
    for (int i = 0; i < N_METHODS; i++) {
        if (strcmp(methods[i], name) == 0) {
            *out = (enum ml_calibration_method)i;
            return true;
        }
    }
    return false;
}

/* Log-odds of a class against the rest, finite. */
static double log_odds(double probability)
{
    double p = fmin(fmax(probability, DBL_EPSILON), 1.0 - DBL_EPSILON);
    return log(p / (1.0 - p));
}

static double decision_of(const double *probability, double margin, size_t k, size_t n_classes)
{
    return n_classes == 2 ? margin : log_odds(probability[k]);
}

static double apply_curve(const struct ml_calibrator *c, size_t curve, double decision)
{
    if (c->method == ML_CALIBRATE_ISOTONIC)
        return ml_isotonic_apply(&c->isotonic[curve], decision);
    double z = c->platt[curve].a * decision + c->platt[curve].b;
    return ml_sigmoid(-fmin(fmax(z, -DBL_MAX), DBL_MAX));
}

static struct ml_calibrator make_room(enum ml_calibration_method method, size_t n_classes)
{
    struct ml_calibrator c = {.method = method, .n_curves = n_classes == 2 ? 1 : n_classes};
    if (method == ML_CALIBRATE_PLATT)
        c.platt = ml_xcalloc(c.n_curves, sizeof(*c.platt));
    else
        c.isotonic = ml_xcalloc(c.n_curves, sizeof(*c.isotonic));
    return c;
}

bool ml_calibrator_fit(struct ml_calibrator *out, enum ml_calibration_method method,
                       const double *probability, const double *margin, const uint32_t *label,
                       size_t n, size_t n_classes, struct ml_error *err)
{
    if (n == 0)
        return ml_fail(err, ML_EINPUT, "no row can be scored to calibrate with");
    if (method == ML_CALIBRATE_NONE) {
        *out = (struct ml_calibrator){.method = ML_CALIBRATE_NONE};
        return true;
    }
    struct ml_calibrator c = make_room(method, n_classes);
    double *decision = ml_xcalloc(n, sizeof(*decision));
    bool *positive = ml_xcalloc(n, sizeof(*positive));
    bool ok = true;
    for (size_t curve = 0; ok && curve < c.n_curves; curve++) {
        size_t k = n_classes == 2 ? 1 : curve;
        for (size_t i = 0; i < n; i++) {
            decision[i] = decision_of(probability + i * n_classes, margin[i], k, n_classes);
            positive[i] = label[i] == k;
        }
        if (method == ML_CALIBRATE_PLATT)
            ml_platt_fit(&c.platt[curve], decision, positive, n);
        else
            ok = ml_isotonic_fit(&c.isotonic[curve], decision, positive, n, err);
    }
    free(decision);
    free(positive);
    if (!ok) {
        ml_calibrator_release(&c);
        return false;
    }
    *out = c;
    return true;
}

void ml_calibrator_release(struct ml_calibrator *c)
{
    for (size_t i = 0; c->isotonic != NULL && i < c->n_curves; i++)
        ml_isotonic_release(&c->isotonic[i]);
    free(c->isotonic);
    free(c->platt);
    *c = (struct ml_calibrator){.method = ML_CALIBRATE_NONE};
}

/* Curves that all say 0 leave the row as it was. */
static void apply_curves(const struct ml_calibrator *c, double *probability, size_t n_classes)
{
    double sum = 0.0;
    for (size_t k = 0; k < n_classes; k++)
        sum += apply_curve(c, k, log_odds(probability[k]));
    if (!(sum > 0.0))
        return;
    for (size_t k = 0; k < n_classes; k++)
        probability[k] = apply_curve(c, k, log_odds(probability[k])) / sum;
}

void ml_calibrator_apply(const struct ml_calibrator *c, double *probability, double margin,
                         size_t n_classes)
{
    if (c->method == ML_CALIBRATE_NONE)
        return;
    if (n_classes > 2) {
        apply_curves(c, probability, n_classes);
        return;
    }
    probability[1] = apply_curve(c, 0, margin);
    probability[0] = 1.0 - probability[1];
}

void ml_calibrator_save(const struct ml_calibrator *c, struct ml_strbuf *buf)
{
    ml_strbuf_addc(buf, '{');
    ml_json_key_string(buf, "method", methods[c->method]);
    ml_json_add_key(buf, "curves");
    ml_strbuf_addc(buf, '[');
    for (size_t i = 0; i < c->n_curves; i++) {
        ml_json_add_comma(buf);
        ml_strbuf_addc(buf, '{');
        if (c->method == ML_CALIBRATE_ISOTONIC) {
            ml_isotonic_save(&c->isotonic[i], buf);
        } else {
            ml_json_key_number(buf, "a", c->platt[i].a);
            ml_json_key_number(buf, "b", c->platt[i].b);
        }
        ml_strbuf_addc(buf, '}');
    }
    ml_strbuf_adds(buf, "]}");
}

static bool load_curve(struct ml_calibrator *c, size_t i, const struct ml_json *object,
                       struct ml_error *err)
{
    if (c->method == ML_CALIBRATE_ISOTONIC)
        return ml_isotonic_load(&c->isotonic[i], object, err);
    c->platt[i].a = ml_json_number(ml_json_get(object, "a"));
    c->platt[i].b = ml_json_number(ml_json_get(object, "b"));
    return (c->platt[i].a <= 0.0 && isfinite(c->platt[i].b)) ||
           ml_fail(err, ML_EINPUT, "malformed Platt curve");
}

bool ml_calibrator_load(struct ml_calibrator *out, const struct ml_json *object, size_t n_classes,
                        struct ml_error *err)
{
    enum ml_calibration_method method = ML_CALIBRATE_NONE;
    const char *name = ml_json_string(ml_json_get(object, "method"));
    const struct ml_json *curves = ml_json_get(object, "curves");
    if (name == NULL || !ml_calibration_find(&method, name) || method == ML_CALIBRATE_NONE ||
        curves == NULL || ml_json_type(curves) != ML_JSON_ARRAY)
        return ml_fail(err, ML_EINPUT, "malformed calibration");
    struct ml_calibrator c = make_room(method, n_classes);
    bool ok = ml_json_count(curves) == c.n_curves ||
              ml_fail(err, ML_EINPUT, "malformed calibration: not %zu curves", c.n_curves);
    size_t i = 0;
    for (const struct ml_json *v = ml_json_first(curves); ok && v != NULL; v = ml_json_next(v))
        ok = load_curve(&c, i++, v, err);
    if (!ok) {
        ml_calibrator_release(&c);
        return false;
    }
    *out = c;
    return true;
}
