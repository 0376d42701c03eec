#include <math.h>

#include "base/json.h"
#include "serve/endpoint.h"

static void write_variant(struct ml_strbuf *buf, const struct ml_variant *v)
{
    ml_json_add_comma(buf);
    ml_strbuf_addc(buf, '{');
    ml_json_key_string(buf, "name", v->spec->name);
    ml_json_key_string(buf, "model", v->spec->model);
    if (!v->spec->is_shadow) {
        ml_json_key_number(buf, "weight", v->spec->weight);
        ml_json_key_number(buf, "share", v->share);
    }
    if (!isnan(v->spec->threshold))
        ml_json_key_number(buf, "threshold", v->spec->threshold);
    ml_json_key_bool(buf, "loaded", v->loaded != NULL);
    if (v->loaded != NULL) {
        ml_json_key_count(buf, "version", ml_model_version(v->loaded->model));
        if (ml_model_problem(v->loaded->model) == ML_BINARY_PROBLEM)
            ml_json_key_number(buf, "effective_threshold", v->threshold);
    }
    if (v->is_stale)
        ml_json_key_bool(buf, "stale", true);
    ml_strbuf_addc(buf, '}');
}

void ml_endpoint_write(struct ml_strbuf *buf, const struct ml_endpoint *e)
{
    ml_strbuf_addc(buf, '{');
    ml_json_key_string(buf, "name", e->spec.name);
    ml_json_key_bool(buf, "ready", e->is_ready);
    if (e->problem[0] != '\0')
        ml_json_key_string(buf, "problem", e->problem);
    ml_json_add_key(buf, "variants");
    ml_strbuf_addc(buf, '[');
    for (size_t i = 0; i < e->spec.n_assigned; i++)
        write_variant(buf, &e->variants[i]);
    ml_strbuf_addc(buf, ']');
    if (e->spec.n_variants > e->spec.n_assigned) {
        ml_json_add_key(buf, "shadows");
        ml_strbuf_addc(buf, '[');
        for (size_t i = e->spec.n_assigned; i < e->spec.n_variants; i++)
            write_variant(buf, &e->variants[i]);
        ml_strbuf_addc(buf, ']');
    }
    ml_spec_write_settings(buf, &e->spec);
    ml_strbuf_addc(buf, '}');
}
