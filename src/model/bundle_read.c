#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "model/bundle.h"

static bool malformed(const char *where, const char *member, struct ml_error *err)
{
    return ml_fail(err, ML_EINPUT, "%s: malformed or missing '%s'", where, member);
}

static bool read_problem(struct ml_model *m, const struct ml_json *root)
{
    static const enum ml_type types[] = {ML_BINARY, ML_CATEGORICAL, ML_NUMERIC};
    const char *problem = ml_json_string(ml_json_get(root, "problem"));
    const struct ml_schema *schema = m->schema;
    enum ml_problem p = ML_BINARY_PROBLEM;
    while (p < ML_REGRESSION_PROBLEM && problem != NULL && strcmp(ml_problem_name(p), problem) != 0)
        p++;
    m->problem = p;
    return problem != NULL && strcmp(ml_problem_name(p), problem) == 0 && schema->target >= 0 &&
           schema->columns[schema->target].type == types[p];
}

static bool read_labels(struct ml_model *m, const struct ml_json *root)
{
    const struct ml_json *list = ml_json_get(root, "labels");
    if (list == NULL || ml_json_type(list) != ML_JSON_ARRAY)
        return false;
    size_t n = ml_json_count(list);
    if (m->problem == ML_REGRESSION_PROBLEM)
        return n == 0;
    if (n < 2 || n > ML_MAX_CLASSES || (m->problem == ML_BINARY_PROBLEM && n != 2))
        return false;
    m->labels = ml_xcalloc(n, sizeof(*m->labels));
    m->n_labels = n;
    size_t i = 0;
    for (const struct ml_json *v = ml_json_first(list); v != NULL; v = ml_json_next(v)) {
        struct ml_strbuf label = {0};
        bool ok = ml_json_bytes(v, &label);
        m->labels[i++] = ml_strbuf_take(&label);
        if (!ok || (i > 1 && strcmp(m->labels[i - 2], m->labels[i - 1]) >= 0))
            return false;
    }
    return m->problem != ML_BINARY_PROBLEM ||
           (strcmp(m->labels[0], "0") == 0 && strcmp(m->labels[1], "1") == 0);
}

static bool read_prior(struct ml_model *m, const struct ml_json *root)
{
    size_t n = 0;
    m->prior = ml_json_numbers(ml_json_get(root, "prior"), &n);
    double sum = 0.0;
    for (size_t i = 0; m->prior != NULL && i < n; i++) {
        if (!(m->prior[i] > 0.0))
            return false;
        sum += m->prior[i];
    }
    return m->prior != NULL && n == m->n_labels && fabs(sum - 1.0) < 1e-9;
}

static bool read_target(struct ml_model *m, const struct ml_json *object)
{
    m->target = (struct ml_target_summary){
        .mean = ml_json_number(ml_json_get(object, "mean")),
        .deviation = ml_json_number(ml_json_get(object, "deviation")),
        .min = ml_json_number(ml_json_get(object, "min")),
        .max = ml_json_number(ml_json_get(object, "max")),
    };
    return isfinite(m->target.mean) && m->target.deviation >= 0.0 &&
           isfinite(m->target.deviation) && isfinite(m->target.min) && isfinite(m->target.max) &&
           m->target.min <= m->target.max;
}

static bool read_threshold(struct ml_model *m, const struct ml_json *root)
{
    m->threshold = ml_json_number(ml_json_get(root, "threshold"));
    return m->threshold >= 0.0 && m->threshold <= 1.0;
}

/* What is known of the target; see write_target. */
static bool read_answers(struct ml_model *m, const struct ml_json *root, const char *where,
                         struct ml_error *err)
{
    if (!read_labels(m, root))
        return malformed(where, "labels", err);
    if (m->problem == ML_REGRESSION_PROBLEM) {
        m->threshold = 0.5;
        return read_target(m, ml_json_get(root, "target")) || malformed(where, "target", err);
    }
    if (!read_prior(m, root))
        return malformed(where, "prior", err);
    return read_threshold(m, root) || malformed(where, "threshold", err);
}

static bool read_count(const struct ml_json *object, const char *key, size_t max, size_t *out)
{
    double x = ml_json_number(ml_json_get(object, key));
    if (!(x >= 0.0 && x <= (double)max) || x != floor(x))
        return false;
    *out = (size_t)x;
    return true;
}

/* What is left out of bundles that do without, as all did once. */
static bool read_range(struct ml_provenance *p, const struct ml_json *object)
{
    const struct ml_json *begin = ml_json_get(object, "percent_begin");
    const struct ml_json *text = ml_json_get(object, "seed_text");
    p->split.begin = begin != NULL ? ml_json_number(begin) : 0.0;
    p->split.end = ml_json_number(ml_json_get(object, "percent"));
    p->split.complement = ml_json_bool(ml_json_get(object, "complement"), false);
    if (text != NULL) {
        struct ml_strbuf bytes = {0};
        bool ok = ml_json_bytes(text, &bytes);
        p->seed_text = ml_strbuf_take(&bytes);
        if (!ok)
            return false;
    }
    return p->split.begin >= 0.0 && p->split.begin < p->split.end && p->split.end <= 100.0;
}

static bool read_split(struct ml_provenance *p, const struct ml_json *object)
{
    const char *strategy = ml_json_string(ml_json_get(object, "strategy"));
    const char *seed = ml_json_string(ml_json_get(object, "seed"));
    p->split.n_rows = p->n_rows;
    if (!read_range(p, object) || strategy == NULL || seed == NULL ||
        strspn(seed, "0123456789") != strlen(seed) || seed[0] == '\0')
        return false;
    p->split.seed = strtoull(seed, NULL, 10);
    p->split.strategy = strcmp(strategy, "sequential") == 0 ? ML_SPLIT_SEQUENTIAL : ML_SPLIT_RANDOM;
    return strcmp(strategy, "sequential") == 0 || strcmp(strategy, "random") == 0;
}

static bool read_provenance(struct ml_provenance *p, const struct ml_json *object)
{
    const size_t many = (size_t)1 << 53;
    size_t header = 0;
    const char *delimiter = ml_json_string(ml_json_get(object, "delimiter"));
    const char *digest = ml_json_string(ml_json_get(object, "data_sha256"));
    struct ml_strbuf path = {0};
    bool ok =
        ml_json_get(object, "data") != NULL && ml_json_bytes(ml_json_get(object, "data"), &path);
    p->data_path = ml_strbuf_take(&path);
    if (!ok || digest == NULL || strlen(digest) != ML_DIGEST_HEX - 1 || delimiter == NULL ||
        strlen(delimiter) != 1)
        return false;
    memcpy(p->data_digest, digest, ML_DIGEST_HEX);
    p->csv.delimiter = delimiter[0];
    ok = read_count(object, "header", ML_HEADER_NO, &header) &&
         read_count(object, "max_rejected", many, &p->csv.max_rejected) &&
         read_count(object, "rows", many, &p->n_rows) &&
         read_count(object, "rows_trained", many, &p->n_train) &&
         read_count(object, "rows_held_out", many, &p->n_held_out) &&
         read_count(object, "rows_rejected", many, &p->n_rejected);
    p->csv.header = (enum ml_header)header;
    return ok && read_split(p, object);
}

static bool read_calibration(struct ml_model *m, const struct ml_json *root, const char *where,
                             struct ml_error *err)
{
    const struct ml_json *object = ml_json_get(root, "calibration");
    return object == NULL || ml_calibrator_load(&m->calibration, object, m->n_labels, err) ||
           ml_fail_context(err, "%s", where);
}

/* The learner's own text, and the curves that its answers go through. */
static bool read_learner(struct ml_model *m, const struct ml_files *files,
                         const struct ml_json *root, const char *where, struct ml_error *err)
{
    const char *name = ml_json_string(ml_json_get(root, "algorithm"));
    m->learner = name != NULL ? ml_learner_find(name) : NULL;
    if (m->learner == NULL || !ml_learner_solves(m->learner, m->n_labels))
        return malformed(where, "algorithm", err);
    const struct ml_file *file = ml_files_find(files, m->learner->file_name);
    if (file == NULL)
        return ml_fail(err, ML_EINPUT, "%s: '%s' is not in the bundle", where,
                       m->learner->file_name);
    bool ok =
        m->learner->load(&m->predictor, file->bytes.bytes != NULL ? file->bytes.bytes : "",
                         file->bytes.length, ml_encoder_n_features(m->encoder), m->n_labels, err) ||
        ml_fail_context(err, "%s", where);
    return ok && read_calibration(m, root, where, err);
}

static bool read_members(struct ml_model *m, const struct ml_files *files,
                         const struct ml_json *root, const char *where, struct ml_error *err)
{
    if (ml_json_number(ml_json_get(root, "format")) != (double)ML_BUNDLE_FORMAT)
        return ml_fail(err, ML_EUNSUPPORTED, "%s: not a bundle of format %d", where,
                       (int)ML_BUNDLE_FORMAT);
    if (!ml_schema_from_json(&m->schema, ml_json_get(root, "schema"), where, err))
        return false;
    if (!read_problem(m, root))
        return malformed(where, "problem", err);
    if (!read_answers(m, root, where, err))
        return false;
    const struct ml_json *scores = ml_json_get(root, "scores");
    if (scores != NULL && (!ml_reference_load(&m->reference, scores) ||
                           (m->problem == ML_MULTICLASS_PROBLEM &&
                            (m->reference.n_edges > 0 || m->reference.n_bins != m->n_labels))))
        return malformed(where, "scores", err);
    const struct ml_json *trained = ml_json_get(ml_json_get(root, "metrics"), "train");
    if (trained != NULL && !ml_trained_load(&m->trained, m->problem, trained))
        return malformed(where, "metrics", err);
    if (!read_provenance(&m->provenance, ml_json_get(root, "provenance")))
        return malformed(where, "provenance", err);
    return ml_recipe_from_json(&m->recipe, ml_json_get(root, "recipe"), m->schema, where, err) &&
           ml_encoder_load(&m->encoder, m->recipe, m->schema, ml_json_get(root, "encoder"), where,
                           err) &&
           read_learner(m, files, root, where, err);
}

bool ml_model_from_files(struct ml_model **out, struct ml_files *files, const char *where,
                         struct ml_error *err)
{
    const struct ml_file *file = ml_files_find(files, "model.json");
    if (file == NULL)
        return ml_fail(err, ML_EINPUT, "%s: 'model.json' is not in the bundle", where);
    struct ml_strbuf name = {0};
    ml_strbuf_addf(&name, "%s/model.json", where);
    struct ml_json *root = NULL;
    struct ml_model *m = ml_xcalloc(1, sizeof(*m));
    bool ok = ml_json_parse(&root, file->bytes.bytes != NULL ? file->bytes.bytes : "",
                            file->bytes.length, name.bytes, err) &&
              read_members(m, files, root, where, err);
    ml_json_free(root);
    ml_strbuf_release(&name);
    if (!ok) {
        ml_model_free(m);
        return false;
    }
    m->files = *files;
    *files = (struct ml_files){0};
    *out = m;
    return true;
}
