#include "serve/endpoint.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "serve/assign.h"

size_t ml_worker_number(void)
{
    static atomic_size_t next;
    static _Thread_local size_t number = SIZE_MAX;
    if (number == SIZE_MAX) {
        number = atomic_fetch_add(&next, 1);
        if (number >= ML_MAX_WORKERS)
            abort(); /* more threads than the server ever starts */
    }
    return number;
}

struct ml_scorer *ml_loaded_scorer(struct ml_loaded *loaded)
{
    struct ml_scorer **slot = &loaded->scorers[ml_worker_number()];
    if (*slot == NULL)
        *slot = ml_scorer_new(loaded->model);
    return *slot;
}

static struct ml_loaded *loaded_ref(struct ml_loaded *loaded)
{
    atomic_fetch_add_explicit(&loaded->refs, 1, memory_order_relaxed);
    return loaded;
}

static void loaded_unref(struct ml_loaded *loaded)
{
    if (loaded == NULL || atomic_fetch_sub(&loaded->refs, 1) > 1)
        return;
    for (size_t i = 0; i < ML_MAX_WORKERS; i++)
        ml_scorer_free(loaded->scorers[i]);
    ml_dict_release(&loaded->columns);
    ml_model_free(loaded->model);
    free(loaded);
}

static struct ml_loaded *new_loaded(struct ml_model *model)
{
    struct ml_loaded *loaded = ml_xcalloc(1, sizeof(*loaded));
    const struct ml_schema *schema = ml_model_schema(model);
    loaded->refs = 1;
    loaded->model = model;
    for (size_t c = 0; c < schema->n_columns; c++)
        ml_dict_add(&loaded->columns, schema->columns[c].name, strlen(schema->columns[c].name));
    loaded->n_inputs = ml_schema_n_inputs(schema);
    return loaded;
}

/* Whether a model in memory is that version with that threshold. */
static bool is_same(const struct ml_loaded *loaded, const struct ml_version_info *info)
{
    const struct ml_model *m = loaded->model;
    if (strcmp(ml_model_name(m), info->name) != 0 || ml_model_version(m) != info->version)
        return false;
    return !info->has_threshold || info->threshold == ml_model_threshold(m);
}

/*
 * A threshold taken back to the bundle's own cannot be seen in what is loaded: the registry's is
 * part of the model's state.
 */
static bool is_current(const struct ml_loaded *loaded, const struct ml_version_info *info)
{
    return is_same(loaded, info) &&
           info->has_threshold == ml_model_has_registry_threshold(loaded->model);
}

static struct ml_loaded *find_loaded(const struct ml_endpoint *e,
                                     const struct ml_version_info *info)
{
    for (size_t i = 0; e != NULL && i < e->spec.n_variants; i++)
        if (e->variants[i].loaded != NULL && is_current(e->variants[i].loaded, info))
            return loaded_ref(e->variants[i].loaded);
    return NULL;
}

static struct ml_loaded *load(const struct ml_endpoint_maker *maker, const struct ml_endpoint *self,
                              const char *reference, struct ml_error *err)
{
    struct ml_version_info info;
    if (!ml_registry_resolve(maker->registry, reference, &info, err))
        return NULL;
    struct ml_loaded *loaded = find_loaded(self, &info);
    for (size_t i = 0; loaded == NULL && i < maker->n_old; i++)
        loaded = find_loaded(maker->old[i], &info);
    if (loaded == NULL) {
        char exact[ML_SPEC_REFERENCE_BYTES];
        struct ml_model *model;
        snprintf(exact, sizeof(exact), "%s@%zu", info.name, info.version);
        if (ml_registry_load(&model, maker->registry, exact, err)) {
            char version[24];
            snprintf(version, sizeof(version), "%zu", info.version);
            ml_log(maker->log, ML_LOG_INFO, "model loaded", {"endpoint", self->spec.name},
                   {"model", info.name}, {"version", version});
            loaded = new_loaded(model);
        }
    }
    ml_version_info_release(&info);
    return loaded;
}

/* What answered to the same reference before, or NULL. */
static struct ml_loaded *previous_loaded(const struct ml_endpoint *previous,
                                         const struct ml_variant_spec *spec)
{
    for (size_t i = 0; previous != NULL && i < previous->spec.n_variants; i++) {
        const struct ml_variant *v = &previous->variants[i];
        if (v->loaded != NULL && strcmp(v->spec->model, spec->model) == 0)
            return loaded_ref(v->loaded);
    }
    return NULL;
}

/* Whether settings suit the model. */
static bool check_settings(const struct ml_endpoint_spec *spec, const struct ml_variant_spec *v,
                           enum ml_problem problem, struct ml_error *err)
{
    bool is_binary = problem == ML_BINARY_PROBLEM;
    bool is_value = problem == ML_REGRESSION_PROBLEM;
    if ((!is_binary && !isnan(spec->threshold)) || (is_value && !isnan(v->threshold)))
        return ml_fail(err, ML_EINPUT, "'threshold' is for binary models only");
    if (!is_binary && spec->metric == ML_SPEC_METRIC_POSITIVE)
        return ml_fail(err, ML_EINPUT, "'metric': \"positive\" is for binary models only");
    if (is_value && spec->metric == ML_SPEC_METRIC_ACCURACY)
        return ml_fail(err, ML_EINPUT, "'metric': \"accuracy\" is for models with labels only");
    return true;
}

/* Variants answer one question: they must have the same labels, and settings must suit them. */
static bool suits(const struct ml_endpoint *e, const struct ml_variant_spec *v,
                  const struct ml_loaded *first, const struct ml_loaded *loaded,
                  struct ml_error *err)
{
    const struct ml_model *m = loaded->model;
    if (!check_settings(&e->spec, v, m->problem, err))
        return false;
    if (first == NULL)
        return true;
    bool same = first->model->problem == m->problem && first->model->n_labels == m->n_labels;
    for (size_t i = 0; same && i < m->n_labels; i++)
        same = strcmp(first->model->labels[i], m->labels[i]) == 0;
    return same || ml_fail(err, ML_EINPUT, "its labels are not those of variant '%s'",
                           e->variants[0].spec->name);
}

static void note_new_version(const struct ml_endpoint *e, const struct ml_variant *v,
                             const struct ml_endpoint_maker *maker,
                             const struct ml_endpoint *previous)
{
    for (size_t i = 0; previous != NULL && i < previous->spec.n_variants; i++) {
        const struct ml_variant *before = &previous->variants[i];
        if (before->loaded == NULL || strcmp(before->spec->name, v->spec->name) != 0 ||
            (strcmp(ml_model_name(before->loaded->model), ml_model_name(v->loaded->model)) == 0 &&
             ml_model_version(before->loaded->model) == ml_model_version(v->loaded->model)))
            continue;
        char version[24];
        snprintf(version, sizeof(version), "%zu", ml_model_version(v->loaded->model));
        ml_log(maker->log, ML_LOG_INFO, "version changed", {"endpoint", e->spec.name},
               {"variant", v->spec->name}, {"model", ml_model_name(v->loaded->model)},
               {"version", version});
    }
}

static bool load_variant(struct ml_endpoint *e, struct ml_variant *v,
                         const struct ml_endpoint_maker *maker, const struct ml_endpoint *previous,
                         bool is_strict, struct ml_error *err)
{
    struct ml_error why;
    struct ml_loaded *loaded = load(maker, e, v->spec->model, &why);
    /* A change is measured by its own first variant, a new version by what has been answering. */
    const struct ml_loaded *first =
        is_strict || previous == NULL ? e->variants[0].loaded : previous->variants[0].loaded;
    if (loaded != NULL && suits(e, v->spec, first, loaded, &why)) {
        v->loaded = loaded;
        note_new_version(e, v, maker, previous);
        return true;
    }
    loaded_unref(loaded);
    if (is_strict) {
        *err = why;
        return ml_fail_context(err, "variant '%s'", v->spec->name);
    }
    v->loaded = previous_loaded(previous, v->spec);
    v->is_stale = v->loaded != NULL;
    e->is_ready = e->is_ready && v->loaded != NULL;
    ml_count(&maker->metrics->load_failures, 1);
    char problem[sizeof(e->problem)];
    snprintf(problem, sizeof(problem), "variant '%s': %.180s", v->spec->name, why.msg);
    if (previous == NULL || strcmp(previous->problem, problem) != 0)
        ml_log(maker->log, ML_LOG_ERROR,
               v->is_stale ? "model refused, the old one goes on" : "model not loaded",
               {"endpoint", e->spec.name}, {"variant", v->spec->name}, {"model", v->spec->model},
               {"error", why.msg});
    memcpy(e->problem, problem, sizeof(problem));
    return true;
}

static void attach_counters(struct ml_endpoint *e, struct ml_variant *v, struct ml_metrics *m)
{
    v->traffic = ml_metrics_traffic(m, e->spec.name, v->spec->name);
    if (v->loaded == NULL)
        return;
    const struct ml_model *model = v->loaded->model;
    const struct ml_schema *schema = model->schema;
    v->scores = ml_metrics_scores(m, e->spec.name, v->spec->name, model->name, model->version,
                                  model->reference.shares, model->reference.n_bins);
    v->columns = ml_xcalloc(schema->n_columns, sizeof(*v->columns));
    for (size_t c = 0; c < schema->n_columns; c++)
        if (schema->columns[c].role == ML_ROLE_INPUT)
            v->columns[c] = ml_metrics_column(m, e->spec.name, schema->columns[c].name);
}

static void set_thresholds(struct ml_endpoint *e)
{
    for (size_t i = 0; i < e->spec.n_variants; i++) {
        struct ml_variant *v = &e->variants[i];
        v->threshold = !isnan(v->spec->threshold)  ? v->spec->threshold
                       : !isnan(e->spec.threshold) ? e->spec.threshold
                       : v->loaded != NULL         ? ml_model_threshold(v->loaded->model)
                                                   : NAN;
    }
}

static void set_ranges(struct ml_endpoint *e)
{
    double weight[ML_MAX_VARIANTS];
    double start[ML_MAX_VARIANTS];
    double end[ML_MAX_VARIANTS];
    double sum = 0.0;
    size_t n = e->spec.n_assigned;
    for (size_t i = 0; i < n; i++) {
        weight[i] = e->spec.variants[i].weight;
        sum += weight[i];
    }
    ml_assign_ranges(weight, n, e->spec.coverage, start, end);
    e->control = n;
    for (size_t i = 0; i < n; i++) {
        e->variants[i].start = start[i];
        e->variants[i].end = end[i];
        e->variants[i].share = weight[i] / sum;
        if (e->control == n && weight[i] > 0.0)
            e->control = i;
    }
}

static bool is_same_arm(const struct ml_variant *x, const struct ml_variant *y)
{
    return x->loaded != NULL && y->loaded != NULL && x->arm >= 0 &&
           strcmp(x->spec->name, y->spec->name) == 0 && x->spec->weight == y->spec->weight &&
           x->spec->is_shadow == y->spec->is_shadow &&
           strcmp(ml_model_name(x->loaded->model), ml_model_name(y->loaded->model)) == 0 &&
           ml_model_version(x->loaded->model) == ml_model_version(y->loaded->model);
}

static bool is_same_threshold(const struct ml_variant *x, const struct ml_variant *y)
{
    return x->threshold == y->threshold || (isnan(x->threshold) && isnan(y->threshold));
}

/* Whether the experiment goes on with nothing to tell the store: the same arms, metric and goal. */
static bool is_same_experiment(const struct ml_endpoint *a, const struct ml_endpoint *b)
{
    if (a == NULL || a->spec.n_variants != b->spec.n_variants || a->spec.metric != b->spec.metric ||
        a->spec.lower_is_better != b->spec.lower_is_better)
        return false;
    for (size_t i = 0; i < a->spec.n_variants; i++)
        if (!is_same_arm(&a->variants[i], &b->variants[i]))
            return false;
    return true;
}

/* What is predicted, which accuracy is about, depends on the threshold. */
static bool has_other_labels(const struct ml_endpoint *a, const struct ml_endpoint *b)
{
    if (a == NULL || b->spec.metric != ML_SPEC_METRIC_ACCURACY)
        return false;
    for (size_t i = 0; i < a->spec.n_assigned && i < b->spec.n_assigned; i++)
        if (a->variants[i].loaded != NULL && !is_same_threshold(&a->variants[i], &b->variants[i]))
            return true;
    return false;
}

static struct ml_store_arm make_arm(const struct ml_variant *v)
{
    const struct ml_model *m = v->loaded->model;
    return (struct ml_store_arm){
        .variant = v->spec->name,
        .model = ml_model_name(m),
        .version = ml_model_version(m),
        .weight = v->spec->is_shadow ? 0.0 : v->spec->weight,
        .is_shadow = v->spec->is_shadow,
        .is_binary = ml_model_problem(m) == ML_BINARY_PROBLEM,
        .labels = (const char *const *)m->labels,
        .n_labels = m->n_labels,
    };
}

static enum ml_metric metric_of(const struct ml_endpoint_spec *spec, enum ml_problem problem)
{
    if (problem == ML_REGRESSION_PROBLEM)
        return spec->lower_is_better ? ML_METRIC_SQUARED_ERROR : ML_METRIC_NEGATIVE_SQUARED_ERROR;
    bool accuracy = spec->metric == ML_SPEC_METRIC_ACCURACY ||
                    (spec->metric == ML_SPEC_METRIC_AUTO && problem != ML_BINARY_PROBLEM);
    return accuracy ? ML_METRIC_ACCURACY : ML_METRIC_POSITIVE;
}

static bool begin_experiment(struct ml_endpoint *e, const struct ml_endpoint_maker *maker,
                             const struct ml_endpoint *previous, struct ml_error *err)
{
    for (size_t i = 0; i < e->spec.n_variants; i++)
        e->variants[i].arm = -1;
    if (maker->store == NULL || !e->spec.log || !e->is_ready)
        return true;
    bool is_new = has_other_labels(previous, e);
    if (!is_new && is_same_experiment(previous, e)) {
        for (size_t i = 0; i < e->spec.n_variants; i++)
            e->variants[i].arm = previous->variants[i].arm;
        return true;
    }
    struct ml_store_arm arms[ML_MAX_VARIANTS] = {{0}};
    int64_t ids[ML_MAX_VARIANTS];
    for (size_t i = 0; i < e->spec.n_variants; i++)
        arms[i] = make_arm(&e->variants[i]);
    struct ml_store_experiment experiment = {
        .endpoint = e->spec.name,
        .metric = metric_of(&e->spec, e->variants[e->control].loaded->model->problem),
        .lower_is_better = e->spec.lower_is_better,
        .arms = arms,
        .n_arms = e->spec.n_variants,
        .is_new = is_new,
    };
    if (!ml_store_begin(maker->store, &experiment, ids, err))
        return false;
    for (size_t i = 0; i < e->spec.n_variants; i++)
        e->variants[i].arm = ids[i];
    return true;
}

static void free_endpoint(struct ml_endpoint *e)
{
    for (size_t i = 0; i < e->spec.n_variants; i++) {
        loaded_unref(e->variants[i].loaded);
        free(e->variants[i].columns);
    }
    free(e);
}

bool ml_endpoint_make(struct ml_endpoint **out, const struct ml_endpoint_maker *maker,
                      const struct ml_endpoint_spec *spec, const struct ml_endpoint *previous,
                      bool is_strict, struct ml_error *err)
{
    struct ml_endpoint *e = ml_xcalloc(1, sizeof(*e));
    e->refs = 1;
    e->spec = *spec;
    e->is_ready = true;
    e->made_ms = (int64_t)time(NULL) * 1000;
    bool ok = true;
    for (size_t i = 0; i < spec->n_variants; i++)
        e->variants[i].spec = &e->spec.variants[i];
    for (size_t i = 0; ok && i < spec->n_variants; i++)
        ok = load_variant(e, &e->variants[i], maker, previous, is_strict, err);
    if (ok) {
        set_ranges(e);
        set_thresholds(e);
        e->traffic = ml_metrics_traffic(maker->metrics, e->spec.name, "");
        for (size_t i = 0; i < spec->n_variants; i++)
            attach_counters(e, &e->variants[i], maker->metrics);
        struct ml_error why;
        /* Without strictness, a disk that refuses must not keep an endpoint from answering. */
        if (!begin_experiment(e, maker, previous, &why)) {
            ml_log(maker->log, ML_LOG_ERROR, "predictions are not logged",
                   {"endpoint", e->spec.name}, {"error", why.msg});
            if (is_strict) {
                *err = why;
                ok = false;
            }
        }
    }
    if (!ok) {
        free_endpoint(e);
        return false;
    }
    *out = e;
    return true;
}

bool ml_endpoint_is_current(const struct ml_endpoint *e, const struct ml_registry *registry)
{
    for (size_t i = 0; i < e->spec.n_variants; i++) {
        struct ml_version_info info;
        struct ml_error err;
        const struct ml_variant *v = &e->variants[i];
        if (!ml_registry_resolve(registry, v->spec->model, &info, &err))
            return v->loaded == NULL || v->is_stale ? e->problem[0] != '\0' : false;
        bool same = v->loaded != NULL && is_current(v->loaded, &info);
        ml_version_info_release(&info);
        if (!same || v->is_stale) /* stale: what was refused means the old one again */
            return false;
    }
    return true;
}

struct ml_endpoint *ml_endpoint_ref(struct ml_endpoint *e)
{
    atomic_fetch_add_explicit(&e->refs, 1, memory_order_relaxed);
    return e;
}

void ml_endpoint_unref(struct ml_endpoint *e)
{
    if (e != NULL && atomic_fetch_sub(&e->refs, 1) == 1)
        free_endpoint(e);
}

const struct ml_variant *ml_endpoint_find(const struct ml_endpoint *e, const char *name)
{
    for (size_t i = 0; i < e->spec.n_assigned; i++)
        if (strcmp(e->variants[i].spec->name, name) == 0)
            return &e->variants[i];
    return NULL;
}

const struct ml_variant *ml_endpoint_at(const struct ml_endpoint *e, double position)
{
    for (size_t i = 0; i < e->spec.n_assigned; i++)
        if (position >= e->variants[i].start && position < e->variants[i].end)
            return &e->variants[i];
    return NULL;
}
