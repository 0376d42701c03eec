/*
 * An encoder in a bundle:
 *
 *     {"n_features":N, "nodes":[{"node":"age","mean":…,"deviation":…,"counts":[…]}, …],
 *      "outputs":[features of each of the recipe's outputs, 0 where it carries none]}
 *
 * with an object for each node that has learnt something, in the order of the recipe's nodes.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "recipe/encoder_parts.h"

static void save_names(const struct ml_dict *names, struct ml_strbuf *buf)
{
    ml_json_add_key(buf, "names");
    ml_strbuf_addc(buf, '[');
    for (uint32_t i = 0; i < names->count; i++) {
        size_t n;
        const char *name = ml_dict_get(names, i, &n);
        if (i > 0)
            ml_strbuf_addc(buf, ',');
        ml_json_add_bytes(buf, name, n);
    }
    ml_strbuf_addc(buf, ']');
}

static void save_part(const struct ml_part *p, struct ml_strbuf *buf)
{
    switch (p->op) {
    case ML_OP_NONE:
        break;
    case ML_OP_NUMBER:
        ml_json_key_number(buf, "mean", p->mean);
        ml_json_key_number(buf, "deviation", p->deviation);
        ml_json_key_numbers(buf, "counts", p->counts, 2);
        break;
    case ML_OP_BINARY:
        ml_json_key_numbers(buf, "counts", p->counts, 3);
        break;
    case ML_OP_LEVEL:
        save_names(&p->names, buf);
        ml_json_key_numbers(buf, "counts", p->counts, p->n_levels);
        break;
    case ML_OP_BIN:
        ml_bins_save(&p->bins, buf);
        break;
    case ML_OP_TOKENS:
        save_names(&p->names, buf);
        break;
    case ML_OP_CROSS:
    case ML_OP_CROSS_SET:
        ml_cross_save(&p->cross, buf);
        break;
    }
}

/* Features of each of the recipe's outputs, 0 where it was dropped; to be freed with free. */
static double *list_features(const struct ml_encoder *e)
{
    double *features = ml_xcalloc(e->recipe->n_outputs, sizeof(*features));
    for (size_t i = 0, k = 0; k < e->n_outputs; i++)
        if (e->outputs[k].node == e->recipe->outputs[i])
            features[i] = e->outputs[k++].n_features;
    return features;
}

void ml_encoder_save(const struct ml_encoder *e, struct ml_strbuf *buf)
{
    ml_strbuf_addc(buf, '{');
    ml_json_key_count(buf, "n_features", e->n_features);
    ml_json_add_key(buf, "nodes");
    ml_strbuf_addc(buf, '[');
    struct ml_strbuf text = {0};
    for (size_t i = 0; i < e->recipe->n_nodes; i++) {
        if (e->parts[i].op == ML_OP_NONE)
            continue;
        ml_strbuf_clear(&text);
        ml_recipe_expression(e->recipe, e->schema, i, &text);
        ml_json_add_comma(buf);
        ml_strbuf_adds(buf, "\n{");
        ml_json_add_key(buf, "node");
        ml_json_add_bytes(buf, text.bytes, text.length);
        save_part(&e->parts[i], buf);
        ml_strbuf_addc(buf, '}');
    }
    ml_strbuf_release(&text);
    ml_strbuf_addc(buf, ']');
    double *features = list_features(e);
    ml_json_key_numbers(buf, "outputs", features, e->recipe->n_outputs);
    free(features);
    ml_strbuf_addc(buf, '}');
}

static bool load_names(struct ml_dict *names, const struct ml_json *object)
{
    const struct ml_json *list = ml_json_get(object, "names");
    if (list == NULL || ml_json_type(list) != ML_JSON_ARRAY)
        return false;
    struct ml_strbuf name = {0};
    bool ok = true;
    size_t n = 0;
    for (const struct ml_json *v = ml_json_first(list); v != NULL && ok; v = ml_json_next(v)) {
        ml_strbuf_clear(&name);
        ok = ml_json_bytes(v, &name) && ml_dict_add(names, name.bytes, name.length) == n++;
    }
    ml_strbuf_release(&name);
    return ok;
}

static bool load_counts(struct ml_part *p, const struct ml_json *object, size_t n)
{
    size_t n_counts = 0;
    p->counts = ml_json_numbers(ml_json_get(object, "counts"), &n_counts);
    return p->counts != NULL && n_counts == n;
}

/* A product with a text that has no token has no combination either. */
static bool has_levels(const struct ml_encoder *e, size_t node)
{
    const struct ml_node *n = &e->recipe->nodes[node];
    for (size_t k = 0; k < n->n_args; k++)
        if (e->parts[n->args[k]].n_levels == 0)
            return false;
    return true;
}

static bool load_part(struct ml_encoder *e, size_t node, const struct ml_json *object)
{
    struct ml_part *p = &e->parts[node];
    bool ok = true;
    switch (p->op) {
    case ML_OP_NONE:
        return false;
    case ML_OP_NUMBER:
        p->mean = ml_json_number(ml_json_get(object, "mean"));
        p->deviation = ml_json_number(ml_json_get(object, "deviation"));
        return isfinite(p->mean) && (p->deviation == 0.0 || isnormal(p->deviation)) &&
               p->deviation >= 0.0 && load_counts(p, object, 2);
    case ML_OP_BINARY:
        p->n_levels = 3;
        return load_counts(p, object, 3);
    case ML_OP_LEVEL:
        ok = load_names(&p->names, object) && load_counts(p, object, p->names.count + 1);
        p->n_levels = (uint32_t)p->names.count + 1;
        return ok;
    case ML_OP_BIN:
        ok = ml_bins_load(&p->bins, object);
        p->n_levels = ok ? ml_bins_count(&p->bins) : 0;
        return ok;
    case ML_OP_TOKENS:
        ok = load_names(&p->names, object);
        p->n_levels = (uint32_t)p->names.count;
        return ok;
    case ML_OP_CROSS:
    case ML_OP_CROSS_SET:
        ok = ml_encoder_n_codes(e, node) > 0 &&
             ml_cross_load(&p->cross, object, ml_encoder_n_codes(e, node));
        p->n_levels = (uint32_t)p->cross.n;
        return ok && (p->cross.n == 0 || has_levels(e, node));
    }
    return false;
}

static bool load_parts(struct ml_encoder *e, const struct ml_json *nodes)
{
    struct ml_strbuf want = {0};
    struct ml_strbuf got = {0};
    const struct ml_json *v = nodes != NULL ? ml_json_first(nodes) : NULL;
    bool ok = true;
    for (size_t i = 0; ok && i < e->recipe->n_nodes; i++) {
        if (e->parts[i].op == ML_OP_NONE)
            continue;
        ml_strbuf_clear(&want);
        ml_strbuf_clear(&got);
        ml_recipe_expression(e->recipe, e->schema, i, &want);
        ok = v != NULL && ml_json_bytes(ml_json_get(v, "node"), &got) &&
             got.length == want.length && memcmp(got.bytes, want.bytes, got.length) == 0 &&
             load_part(e, i, v);
        v = ok ? ml_json_next(v) : NULL;
    }
    ml_strbuf_release(&want);
    ml_strbuf_release(&got);
    return ok && v == NULL;
}

static bool load_outputs(struct ml_encoder *e, const struct ml_json *list, const char *name,
                         struct ml_error *err)
{
    size_t n = 0;
    double *features = ml_json_numbers(list, &n);
    bool ok = features != NULL && n == e->recipe->n_outputs;
    if (ok) {
        bool *keep = ml_xcalloc(n, sizeof(*keep));
        for (size_t i = 0; i < n; i++)
            keep[i] = features[i] != 0.0;
        ok = ml_encoder_number_features(e, keep, name, err);
        free(keep);
    }
    double *made = ok ? list_features(e) : NULL;
    for (size_t i = 0; ok && i < n; i++)
        ok = features[i] == made[i];
    free(made);
    free(features);
    return ok;
}

bool ml_encoder_load(struct ml_encoder **out, const struct ml_recipe *recipe,
                     const struct ml_schema *schema, const struct ml_json *object, const char *name,
                     struct ml_error *err)
{
    struct ml_encoder *e = ml_encoder_new(recipe, schema);
    if (object == NULL || !load_parts(e, ml_json_get(object, "nodes")) ||
        !load_outputs(e, ml_json_get(object, "outputs"), name, err) ||
        ml_json_number(ml_json_get(object, "n_features")) != (double)e->n_features) {
        ml_encoder_free(e);
        return ml_fail(err, ML_EINPUT, "%s: malformed encoder", name);
    }
    *out = e;
    return true;
}
