#include "serve/endpoint_spec.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model/files.h"
#include "registry/ref.h"

bool ml_spec_is_name(const char *s, size_t n)
{
    return ml_files_is_name(s, n);
}

static void set_defaults(struct ml_endpoint_spec *spec)
{
    memset(spec, 0, sizeof(*spec)); /* also what is between members: specs are compared as bytes */
    spec->threshold = NAN;
    spec->coverage = 1.0;
    spec->log = true;
}

void ml_spec_of_model(struct ml_endpoint_spec *out, const char *model)
{
    set_defaults(out);
    snprintf(out->name, sizeof(out->name), "%s", model);
    struct ml_variant_spec *v = &out->variants[0];
    snprintf(v->name, sizeof(v->name), "main");
    snprintf(v->model, sizeof(v->model), "%s", model);
    v->weight = 1.0;
    v->threshold = NAN;
    out->n_variants = 1;
    out->n_assigned = 1;
}

static bool fail_at(const char *where, const char *member, const char *what, struct ml_error *err)
{
    char quoted[80];
    ml_quote(quoted, sizeof(quoted), member, strlen(member));
    return ml_fail(err, ML_EINPUT, "%s%s%s: %s", where, where[0] != '\0' ? "." : "", quoted, what);
}

/* A probability, or null for "none". */
static bool read_threshold(double *out, const struct ml_json *value, const char *where,
                           struct ml_error *err)
{
    *out = ml_json_number(value);
    if (ml_json_type(value) == ML_JSON_NULL || (*out >= 0.0 && *out <= 1.0))
        return true;
    return fail_at(where, "threshold", "must be a number from 0 to 1", err);
}

static bool read_weight(double *out, const struct ml_json *value, const char *where,
                        struct ml_error *err)
{
    *out = ml_json_number(value);
    if (*out >= 0.0 && *out <= 1e12)
        return true;
    return fail_at(where, "weight", "must be a number of 0 or more", err);
}

static bool read_name(char to[ML_SPEC_NAME_BYTES], const struct ml_json *value, const char *where,
                      struct ml_error *err)
{
    const char *s = ml_json_string(value);
    if (s == NULL || !ml_spec_is_name(s, strlen(s)))
        return fail_at(where, "name",
                       "must be 1 to 64 letters, digits, '.', '_' or '-', a letter or digit first, "
                       "without '..'",
                       err);
    snprintf(to, ML_SPEC_NAME_BYTES, "%s", s);
    return true;
}

static bool read_model(char to[ML_SPEC_REFERENCE_BYTES], const struct ml_json *value,
                       const char *where, struct ml_error *err)
{
    const char *s = ml_json_string(value);
    struct ml_ref ref;
    struct ml_error why;
    if (s == NULL)
        return fail_at(where, "model", "must be a string like \"banking@champion\"", err);
    if (!ml_ref_parse(&ref, s, &why))
        return fail_at(where, "model", why.msg, err);
    snprintf(to, ML_SPEC_REFERENCE_BYTES, "%s", s);
    return true;
}

static bool read_variant_member(struct ml_variant_spec *v, const struct ml_json *m,
                                const char *where, struct ml_error *err)
{
    const char *key = ml_json_key(m);
    if (strcmp(key, "name") == 0)
        return read_name(v->name, m, where, err);
    if (strcmp(key, "model") == 0)
        return read_model(v->model, m, where, err);
    if (strcmp(key, "threshold") == 0)
        return read_threshold(&v->threshold, m, where, err);
    if (strcmp(key, "weight") == 0 && !v->is_shadow)
        return read_weight(&v->weight, m, where, err);
    return fail_at(where, key, "unknown member", err);
}

static bool read_variant(struct ml_variant_spec *v, const struct ml_json *object, const char *where,
                         struct ml_error *err)
{
    if (ml_json_type(object) != ML_JSON_OBJECT)
        return ml_fail(err, ML_EINPUT, "%s: must be an object", where);
    for (const struct ml_json *m = ml_json_first(object); m != NULL; m = ml_json_next(m))
        if (!read_variant_member(v, m, where, err))
            return false;
    if (v->name[0] == '\0')
        return fail_at(where, "name", "is missing", err);
    return v->model[0] != '\0' || fail_at(where, "model", "is missing", err);
}

static struct ml_variant_spec *find_variant(struct ml_endpoint_spec *spec, const char *name,
                                            bool is_shadow)
{
    for (size_t i = 0; i < spec->n_variants; i++)
        if (spec->variants[i].is_shadow == is_shadow && strcmp(spec->variants[i].name, name) == 0)
            return &spec->variants[i];
    return NULL;
}

/* {"B":{"weight":0.2}}: changes to variants that are there. */
static bool change_variants(struct ml_endpoint_spec *spec, const struct ml_json *object,
                            const char *list, bool is_shadow, struct ml_error *err)
{
    for (const struct ml_json *m = ml_json_first(object); m != NULL; m = ml_json_next(m)) {
        struct ml_variant_spec *v = find_variant(spec, ml_json_key(m), is_shadow);
        char where[100];
        char quoted[70];
        ml_quote(quoted, sizeof(quoted), ml_json_key(m), strlen(ml_json_key(m)));
        snprintf(where, sizeof(where), "%s.%s", list, quoted);
        if (v == NULL)
            return ml_fail(
                err, ML_EINPUT,
                "%s: the endpoint has no such variant; a new one needs PUT, or an array as "
                "'%s'",
                where, list);
        if (!read_variant(v, m, where, err))
            return false;
    }
    return true;
}

/* Drops the variants of that kind; the other kind stays. */
static void drop_variants(struct ml_endpoint_spec *spec, bool is_shadow)
{
    size_t kept = 0;
    for (size_t i = 0; i < spec->n_variants; i++)
        if (spec->variants[i].is_shadow != is_shadow)
            spec->variants[kept++] = spec->variants[i];
    spec->n_variants = kept;
    if (!is_shadow)
        spec->n_assigned = 0;
}

/* Puts a variant at the end of its kind. */
static void add_variant(struct ml_endpoint_spec *spec, const struct ml_variant_spec *v)
{
    size_t at = v->is_shadow ? spec->n_variants : spec->n_assigned;
    memmove(&spec->variants[at + 1], &spec->variants[at],
            (spec->n_variants - at) * sizeof(spec->variants[0]));
    spec->variants[at] = *v;
    spec->n_variants++;
    spec->n_assigned += !v->is_shadow;
}

static bool read_variants(struct ml_endpoint_spec *spec, const struct ml_json *value,
                          const char *list, bool is_shadow, bool has_base, struct ml_error *err)
{
    if (ml_json_type(value) == ML_JSON_OBJECT && has_base)
        return change_variants(spec, value, list, is_shadow, err);
    if (ml_json_type(value) != ML_JSON_ARRAY)
        return ml_fail(err, ML_EINPUT, "%s: must be an array of objects", list);
    drop_variants(spec, is_shadow);
    size_t i = 0;
    for (const struct ml_json *m = ml_json_first(value); m != NULL; m = ml_json_next(m)) {
        struct ml_variant_spec v;
        memset(&v, 0, sizeof(v));
        v.weight = is_shadow ? 0.0 : 1.0;
        v.threshold = NAN;
        v.is_shadow = is_shadow;
        char where[40];
        snprintf(where, sizeof(where), "%s[%zu]", list, i++);
        if (!read_variant(&v, m, where, err))
            return false;
        if (spec->n_variants == ML_MAX_VARIANTS)
            return ml_fail(err, ML_EINPUT, "%s: more than %d variants and shadows", list,
                           (int)ML_MAX_VARIANTS);
        add_variant(spec, &v);
    }
    return true;
}

static bool read_choice(const struct ml_json *value, const char *key, const char *first,
                        const char *second, bool *is_second, struct ml_error *err)
{
    const char *s = ml_json_string(value);
    if (s == NULL || (strcmp(s, first) != 0 && strcmp(s, second) != 0))
        return ml_fail(err, ML_EINPUT, "%s: must be \"%s\" or \"%s\"", key, first, second);
    *is_second = strcmp(s, second) == 0;
    return true;
}

static bool read_key(struct ml_endpoint_spec *spec, const struct ml_json *value,
                     struct ml_error *err)
{
    const char *s = ml_json_string(value);
    if (ml_json_type(value) == ML_JSON_NULL)
        s = "";
    if (s == NULL || strlen(s) >= sizeof(spec->key))
        return ml_fail(err, ML_EINPUT, "key: must be the name of a record's field");
    memset(spec->key, 0, sizeof(spec->key));
    snprintf(spec->key, sizeof(spec->key), "%s", s);
    return true;
}

static bool read_setting(struct ml_endpoint_spec *spec, const struct ml_json *m,
                         struct ml_error *err)
{
    const char *key = ml_json_key(m);
    bool is_second = false;
    if (strcmp(key, "threshold") == 0)
        return read_threshold(&spec->threshold, m, "", err);
    if (strcmp(key, "key") == 0)
        return read_key(spec, m, err);
    if (strcmp(key, "coverage") == 0) {
        spec->coverage = ml_json_number(m);
        return (spec->coverage >= 0.0 && spec->coverage <= 1.0) ||
               ml_fail(err, ML_EINPUT, "coverage: must be a number from 0 to 1");
    }
    if (strcmp(key, "metric") == 0) {
        bool ok = read_choice(m, key, "positive", "accuracy", &is_second, err);
        spec->metric = is_second ? ML_SPEC_METRIC_ACCURACY : ML_SPEC_METRIC_POSITIVE;
        return ok;
    }
    if (strcmp(key, "goal") == 0)
        return read_choice(m, key, "higher", "lower", &spec->lower_is_better, err);
    if (strcmp(key, "log") == 0) {
        spec->log = ml_json_bool(m, true);
        return ml_json_type(m) == ML_JSON_BOOL ||
               ml_fail(err, ML_EINPUT, "log: must be true or false");
    }
    return fail_at("", key, "unknown member", err);
}

static bool check(const struct ml_endpoint_spec *spec, struct ml_error *err)
{
    double sum = 0.0;
    if (spec->n_assigned == 0)
        return ml_fail(err, ML_EINPUT, "variants: at least one is needed");
    for (size_t i = 0; i < spec->n_variants; i++) {
        sum += spec->variants[i].weight;
        for (size_t j = 0; j < i; j++)
            if (strcmp(spec->variants[i].name, spec->variants[j].name) == 0)
                return ml_fail(err, ML_EINPUT, "variants: '%s' appears twice",
                               spec->variants[i].name);
    }
    if (!(sum > 0.0))
        return ml_fail(err, ML_EINPUT, "variants: all weights are 0");
    return true;
}

bool ml_spec_read(struct ml_endpoint_spec *out, const char *name, const struct ml_json *object,
                  const struct ml_endpoint_spec *base, struct ml_error *err)
{
    struct ml_endpoint_spec spec;
    if (ml_json_type(object) != ML_JSON_OBJECT)
        return ml_fail(err, ML_EINPUT, "an endpoint's definition must be an object");
    if (base != NULL)
        spec = *base;
    else
        set_defaults(&spec);
    memset(spec.name, 0, sizeof(spec.name));
    snprintf(spec.name, sizeof(spec.name), "%s", name);
    for (const struct ml_json *m = ml_json_first(object); m != NULL; m = ml_json_next(m)) {
        const char *key = ml_json_key(m);
        bool ok;
        if (strcmp(key, "variants") == 0)
            ok = read_variants(&spec, m, key, false, base != NULL, err);
        else if (strcmp(key, "shadows") == 0)
            ok = read_variants(&spec, m, key, true, base != NULL, err);
        else
            ok = read_setting(&spec, m, err);
        if (!ok)
            return false;
    }
    if (!check(&spec, err))
        return false;
    *out = spec;
    return true;
}

static void write_variants(struct ml_strbuf *buf, const struct ml_endpoint_spec *spec,
                           bool is_shadow)
{
    ml_strbuf_addc(buf, '[');
    for (size_t i = 0; i < spec->n_variants; i++) {
        const struct ml_variant_spec *v = &spec->variants[i];
        if (v->is_shadow != is_shadow)
            continue;
        ml_json_add_comma(buf);
        ml_strbuf_addc(buf, '{');
        ml_json_key_string(buf, "name", v->name);
        ml_json_key_string(buf, "model", v->model);
        if (!is_shadow)
            ml_json_key_number(buf, "weight", v->weight);
        if (!isnan(v->threshold))
            ml_json_key_number(buf, "threshold", v->threshold);
        ml_strbuf_addc(buf, '}');
    }
    ml_strbuf_addc(buf, ']');
}

void ml_spec_write_settings(struct ml_strbuf *buf, const struct ml_endpoint_spec *spec)
{
    if (!isnan(spec->threshold))
        ml_json_key_number(buf, "threshold", spec->threshold);
    if (spec->key[0] != '\0')
        ml_json_key_string(buf, "key", spec->key);
    ml_json_key_number(buf, "coverage", spec->coverage);
    if (spec->metric != ML_SPEC_METRIC_AUTO)
        ml_json_key_string(buf, "metric",
                           spec->metric == ML_SPEC_METRIC_ACCURACY ? "accuracy" : "positive");
    ml_json_key_string(buf, "goal", spec->lower_is_better ? "lower" : "higher");
    ml_json_key_bool(buf, "log", spec->log);
}

void ml_spec_write(struct ml_strbuf *buf, const struct ml_endpoint_spec *spec)
{
    ml_json_add_key(buf, "variants");
    write_variants(buf, spec, false);
    if (spec->n_variants > spec->n_assigned) {
        ml_json_add_key(buf, "shadows");
        write_variants(buf, spec, true);
    }
    ml_spec_write_settings(buf, spec);
}
