/* POST /invocations, and what SageMaker's hosting and MLflow's clients ask besides. */
#include <string.h>

#include "base/json.h"
#include "base/processors.h"
#include "ml/version.h"
#include "protocol/invocations.h"
#include "serve/handlers.h"

enum { MAX_ATTRIBUTES_BYTES = 1024, MEGABYTE = 1024 * 1024 };

/* SageMaker gives back what the container echoes, and nothing else. */
static void echo_attributes(struct ml_exchange *x)
{
    const char *attributes = ml_request_header(x, "X-Amzn-SageMaker-Custom-Attributes");
    if (attributes != NULL && strlen(attributes) <= MAX_ATTRIBUTES_BYTES)
        ml_reply_header(x, "X-Amzn-SageMaker-Custom-Attributes", attributes);
}

void ml_handle_invocations(struct ml_exchange *x)
{
    echo_attributes(x);
    struct ml_endpoint *e = ml_handle_default(x);
    if (e == NULL)
        return;
    ml_handle_wire(x, &ml_invocations_protocol, e, &(struct ml_handle_options){0});
    ml_endpoint_unref(e);
}

/* What a batch transform may do at a time. */
void ml_handle_execution_parameters(struct ml_exchange *x)
{
    const struct ml_config *c = x->server->config;
    size_t megabytes = ml_route_large_limit(c) / MEGABYTE;
    struct ml_strbuf *buf = &x->reply.body;
    ml_strbuf_addc(buf, '{');
    ml_json_key_count(buf, "MaxConcurrentTransforms", ml_count_jobs(c->threads));
    ml_json_key_string(buf, "BatchStrategy", "MULTI_RECORD");
    ml_json_key_count(buf, "MaxPayloadInMB", megabytes);
    ml_strbuf_adds(buf, "}\n");
    ml_reply_json(x, 200);
}

static void reply_text(struct ml_exchange *x, const char *text, size_t n)
{
    x->reply.static_body = text;
    x->reply.static_bytes = n;
    x->reply.status = 200;
    x->reply.content_type = "text/plain; charset=utf-8";
}

/* Whether predictions can be had: the rule of /readyz. */
void ml_handle_ping(struct ml_exchange *x)
{
    const char *reason = ml_handle_unready(x->server);
    if (reason == NULL)
        reply_text(x, "\n", 1);
    else
        ml_reply_busy(x, 503, "not_ready", reason);
}

void ml_handle_version(struct ml_exchange *x)
{
    reply_text(x, ML_VERSION, sizeof(ML_VERSION) - 1);
}
