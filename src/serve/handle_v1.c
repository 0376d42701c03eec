/* KServe's first protocol: predict and classify, by endpoint, version or alias. */
#include <string.h>

#include "protocol/v1.h"
#include "serve/handle_oip.h"

/* The variant whose definition names the alias: "banking@champion". */
static const struct ml_variant *find_label(struct ml_exchange *x, const struct ml_endpoint *e)
{
    for (size_t i = 0; i < e->spec.n_assigned; i++) {
        const char *at = strchr(e->spec.variants[i].model, '@');
        if (at != NULL && strcmp(at + 1, x->request.args[1]) == 0)
            return &e->variants[i];
    }
    ml_reply_error(x, 404, "unknown_version", NULL, "no variant of '%s' is defined by label '%s'",
                   e->spec.name, x->request.args[1]);
    return NULL;
}

typedef const struct ml_variant *find_variant(struct ml_exchange *x, const struct ml_endpoint *e);

/* find NULL: the endpoint's own way of choosing. */
static void answer(struct ml_exchange *x, const struct ml_protocol *protocol, find_variant *find)
{
    struct ml_endpoint *e = ml_handle_find(x);
    struct ml_handle_options options = {0};
    if (e == NULL)
        return;
    const struct ml_variant *v = find != NULL ? find(x, e) : NULL;
    if (v != NULL)
        options.variant = v->spec->name;
    if (find == NULL || v != NULL)
        ml_handle_wire(x, protocol, e, &options);
    ml_endpoint_unref(e);
}

void ml_handle_v1_predict(struct ml_exchange *x)
{
    answer(x, &ml_v1_protocol, NULL);
}

void ml_handle_v1_version_predict(struct ml_exchange *x)
{
    answer(x, &ml_v1_protocol, ml_handle_find_version);
}

void ml_handle_v1_label_predict(struct ml_exchange *x)
{
    answer(x, &ml_v1_protocol, find_label);
}

void ml_handle_v1_classify(struct ml_exchange *x)
{
    answer(x, &ml_v1_classify_protocol, NULL);
}

void ml_handle_v1_version_classify(struct ml_exchange *x)
{
    answer(x, &ml_v1_classify_protocol, ml_handle_find_version);
}

void ml_handle_v1_label_classify(struct ml_exchange *x)
{
    answer(x, &ml_v1_classify_protocol, find_label);
}
