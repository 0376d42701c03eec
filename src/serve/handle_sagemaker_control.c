/*
 * SageMaker's control plane, as far as it is about endpoints that run: DescribeEndpoint,
 * ListEndpoints and UpdateEndpointWeightsAndCapacities (JSON 1.1, POST /). All need the admin
 * scope.
 *
 * There are no instances here: counts are 1, and a DesiredInstanceCount is passed over. An endpoint
 * was last modified when its models were loaded; when it was first made is not kept, so
 * CreationTime is the daemon's start, or the same where that is later.
 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "protocol/aws_json.h"
#include "serve/handlers.h"

#define ARN "arn:aws:sagemaker:local:000000000000:endpoint/"

enum { DEFAULT_RESULTS = 10, MAX_RESULTS = 100 };

static bool refuse(struct ml_exchange *x, const char *member, const char *what)
{
    ml_reply_error(x, 400, "bad_request", member, "'%s' %s", member, what);
    return false;
}

static void refuse_endpoint(struct ml_exchange *x, const char *name)
{
    char quoted[80];
    ml_quote(quoted, sizeof(quoted), name, strlen(name));
    ml_reply_error(x, 400, "unknown_endpoint", NULL, "Could not find endpoint \"%s\".", quoted);
}

/* The body as an object; NULL after a refusal. */
static const struct ml_json *read_body(struct ml_exchange *x)
{
    const struct ml_strbuf *body = &x->request.body;
    struct ml_json *root;
    struct ml_error err;
    if (!ml_json_parse_in(&x->arena, &root, body->length > 0 ? body->bytes : "{}",
                          body->length > 0 ? body->length : 2, "body", &err)) {
        ml_reply_error(x, 400, "invalid_json", NULL, "%s", err.msg);
        return NULL;
    }
    if (ml_json_type(root) == ML_JSON_OBJECT)
        return root;
    ml_reply_error(x, 400, "invalid_json", NULL, "the body must be an object");
    return NULL;
}

static void reply(struct ml_exchange *x)
{
    x->reply.status = 200;
    x->reply.content_type = ML_AWS_JSON_TYPE;
}

static const char *status_of(const struct ml_endpoint *e)
{
    return e->is_ready ? "InService" : "Failed";
}

static void write_seconds(struct ml_strbuf *buf, const char *name, int64_t ms)
{
    ml_json_key_number(buf, name, (double)ms / 1000.0);
}

static void write_summary(struct ml_strbuf *buf, const struct ml_exchange *x,
                          const struct ml_endpoint *e)
{
    int64_t started = x->server->started_ms;
    ml_json_key_string(buf, "EndpointName", e->spec.name);
    ml_json_add_key(buf, "EndpointArn");
    ml_strbuf_addf(buf, "\"" ARN "%s\"", e->spec.name);
    write_seconds(buf, "CreationTime", started < e->made_ms ? started : e->made_ms);
    write_seconds(buf, "LastModifiedTime", e->made_ms);
    ml_json_key_string(buf, "EndpointStatus", status_of(e));
}

static void write_variants(struct ml_strbuf *buf, const struct ml_endpoint *e, size_t from,
                           size_t to)
{
    ml_strbuf_addc(buf, '[');
    for (size_t i = from; i < to; i++) {
        const struct ml_variant_spec *v = e->variants[i].spec;
        ml_json_add_comma(buf);
        ml_strbuf_addc(buf, '{');
        ml_json_key_string(buf, "VariantName", v->name);
        ml_json_key_number(buf, "CurrentWeight", v->weight);
        ml_json_key_number(buf, "DesiredWeight", v->weight);
        ml_json_key_count(buf, "CurrentInstanceCount", e->variants[i].loaded != NULL);
        ml_json_key_count(buf, "DesiredInstanceCount", 1);
        ml_strbuf_addc(buf, '}');
    }
    ml_strbuf_addc(buf, ']');
}

static struct ml_endpoint *find(struct ml_exchange *x, const struct ml_json *body)
{
    const char *name = ml_json_string(ml_json_get(body, "EndpointName"));
    struct ml_endpoint *e = name != NULL ? ml_hosts_find(x->server->hosts, name) : NULL;
    if (name == NULL)
        (void)refuse(x, "EndpointName", "must be a string");
    else if (e == NULL)
        refuse_endpoint(x, name);
    return e;
}

static void describe(struct ml_exchange *x, const struct ml_json *body)
{
    struct ml_strbuf *buf = &x->reply.body;
    struct ml_endpoint *e = find(x, body);
    if (e == NULL)
        return;
    ml_strbuf_addc(buf, '{');
    write_summary(buf, x, e);
    ml_json_key_string(buf, "EndpointConfigName", e->spec.name);
    if (e->problem[0] != '\0')
        ml_json_key_string(buf, "FailureReason", e->problem);
    ml_json_add_key(buf, "ProductionVariants");
    write_variants(buf, e, 0, e->spec.n_assigned);
    if (e->spec.n_variants > e->spec.n_assigned) {
        ml_json_add_key(buf, "ShadowProductionVariants");
        write_variants(buf, e, e->spec.n_assigned, e->spec.n_variants);
    }
    ml_strbuf_addc(buf, '}');
    ml_endpoint_unref(e);
    reply(x);
}

/* What ListEndpoints is asked. NULL: not said. */
struct listing {
    const char *part;
    const char *status;
    const char *after;
    size_t max;
    bool descends;
};

static bool read_text(struct ml_exchange *x, const char **to, const struct ml_json *body,
                      const char *name)
{
    const struct ml_json *value = ml_json_get(body, name);
    *to = ml_json_string(value);
    return value == NULL || *to != NULL || refuse(x, name, "must be a string");
}

/* Orders other than by name, and filters by time, would have to be made up. */
static bool check_listing(struct ml_exchange *x, const struct ml_json *body)
{
    static const char *const known[] = {"NameContains", "StatusEquals", "NextToken",
                                        "MaxResults",   "SortBy",       "SortOrder"};
    for (const struct ml_json *m = ml_json_first(body); m != NULL; m = ml_json_next(m)) {
        size_t i = 0;
        while (i < 6 && strcmp(known[i], ml_json_key(m)) != 0)
            i++;
        if (i == 6) {
            ml_reply_error(x, 400, "unsupported", NULL,
                           "known members are NameContains, StatusEquals, NextToken, MaxResults, "
                           "SortBy and SortOrder");
            return false;
        }
    }
    return true;
}

static bool read_listing(struct ml_exchange *x, struct listing *l, const struct ml_json *body)
{
    const char *order;
    const struct ml_json *max = ml_json_get(body, "MaxResults");
    if (!check_listing(x, body) || !read_text(x, &l->part, body, "NameContains") ||
        !read_text(x, &l->status, body, "StatusEquals") ||
        !read_text(x, &l->after, body, "NextToken") || !read_text(x, &order, body, "SortOrder"))
        return false;
    double n = max != NULL ? ml_json_number(max) : DEFAULT_RESULTS;
    if (!(n >= 1.0 && n <= MAX_RESULTS))
        return refuse(x, "MaxResults", "must be a number from 1 to 100");
    l->max = (size_t)n;
    l->descends = order != NULL && strcmp(order, "Descending") == 0;
    return true;
}

static bool is_listed(const struct listing *l, const struct ml_endpoint *e)
{
    int order = l->after != NULL ? strcmp(e->spec.name, l->after) : 1;
    return (l->part == NULL || strstr(e->spec.name, l->part) != NULL) &&
           (l->status == NULL || strcmp(status_of(e), l->status) == 0) &&
           (l->after == NULL || (l->descends ? order < 0 : order > 0));
}

/* By name, whatever SortBy says; the token is the last name of a page. */
static void list(struct ml_exchange *x, const struct ml_json *body)
{
    struct listing l;
    struct ml_endpoint **all;
    struct ml_strbuf *buf = &x->reply.body;
    const char *last = NULL;
    bool has_more = false;
    size_t n_listed = 0;
    if (!read_listing(x, &l, body))
        return;
    size_t n = ml_hosts_all(x->server->hosts, &all);
    ml_strbuf_adds(buf, "{\"Endpoints\":[");
    for (size_t i = 0; i < n && !has_more; i++) {
        const struct ml_endpoint *e = all[l.descends ? n - 1 - i : i];
        if (!is_listed(&l, e))
            continue;
        has_more = n_listed++ == l.max;
        if (has_more)
            break;
        ml_json_add_comma(buf);
        ml_strbuf_addc(buf, '{');
        write_summary(buf, x, e);
        ml_strbuf_addc(buf, '}');
        last = e->spec.name;
    }
    ml_strbuf_addc(buf, ']');
    if (has_more)
        ml_json_key_string(buf, "NextToken", last);
    ml_strbuf_addc(buf, '}');
    ml_hosts_release(all, n);
    reply(x);
}

static bool refuse_variant(struct ml_exchange *x, const struct ml_endpoint *e, const char *name)
{
    char quoted[80];
    ml_quote(quoted, sizeof(quoted), name, strlen(name));
    ml_reply_error(x, 400, "bad_request", "VariantName", "endpoint '%s' has no variant '%s'",
                   e->spec.name, quoted);
    return false;
}

/* One change as a member of the patch, "B":{"weight":0.2}. */
static bool write_change(struct ml_exchange *x, struct ml_strbuf *patch,
                         const struct ml_endpoint *e, const struct ml_json *change)
{
    const char *variant = ml_json_string(ml_json_get(change, "VariantName"));
    const struct ml_json *weight = ml_json_get(change, "DesiredWeight");
    if (variant == NULL)
        return refuse(x, "VariantName", "must be a string");
    const struct ml_variant *v = ml_endpoint_find(e, variant);
    if (v == NULL)
        return refuse_variant(x, e, variant);
    if (weight != NULL && ml_json_type(weight) != ML_JSON_NUMBER)
        return refuse(x, "DesiredWeight", "must be a number");
    ml_json_add_key(patch, variant);
    ml_strbuf_addc(patch, '{');
    if (weight != NULL)
        ml_json_key_number(patch, "weight", ml_json_number(weight));
    ml_strbuf_addc(patch, '}');
    return true;
}

static bool write_patch(struct ml_exchange *x, struct ml_strbuf *patch, const struct ml_endpoint *e,
                        const struct ml_json *body)
{
    const struct ml_json *changes = ml_json_get(body, "DesiredWeightsAndCapacities");
    if (ml_json_type(changes) != ML_JSON_ARRAY || ml_json_first(changes) == NULL)
        return refuse(x, "DesiredWeightsAndCapacities", "must be an array of at least one");
    ml_strbuf_adds(patch, "{\"variants\":{");
    for (const struct ml_json *c = ml_json_first(changes); c != NULL; c = ml_json_next(c))
        if (!write_change(x, patch, e, c))
            return false;
    ml_strbuf_adds(patch, "}}");
    return true;
}

static void refuse_update(struct ml_exchange *x, const struct ml_error *err)
{
    if (err->code == ML_ENOTFOUND && strncmp(err->msg, "variant", 7) != 0)
        refuse_endpoint(x, x->request.args[0]);
    else if (err->code == ML_EIO || err->code == ML_EINTERNAL)
        ml_reply_failure(x, "not_saved", err);
    else
        ml_reply_error(x, 400, "invalid_endpoint", NULL, "%s", err->msg);
}

/* In the control thread: the patch is the job, the endpoint args[0]. */
static void run_update(void *ctx)
{
    struct ml_exchange *x = ctx;
    struct ml_error err;
    bool created;
    if (ml_hosts_put(x->server->hosts, x->request.args[0], x->job, true, &created, &err)) {
        ml_log(&x->server->log, ML_LOG_INFO, "endpoint changed", {"endpoint", x->request.args[0]});
        ml_strbuf_addf(&x->reply.body, "{\"EndpointArn\":\"" ARN "%s\"}", x->request.args[0]);
        reply(x);
    } else {
        refuse_update(x, &err);
    }
    ml_exchange_finish(x);
}

static void update(struct ml_exchange *x, const struct ml_json *body)
{
    struct ml_strbuf patch = {0};
    struct ml_error err;
    struct ml_json *definition = NULL;
    struct ml_endpoint *e = find(x, body);
    if (e == NULL)
        return;
    bool ok = write_patch(x, &patch, e, body);
    if (ok && !ml_json_parse_in(&x->arena, &definition, patch.bytes, patch.length,
                                "DesiredWeightsAndCapacities", &err)) {
        ml_reply_error(x, 400, "invalid_endpoint", NULL, "%s", err.msg); /* a variant twice */
        ok = false;
    }
    snprintf(x->request.args[0], sizeof(x->request.args[0]), "%s", e->spec.name);
    ml_endpoint_unref(e);
    ml_strbuf_release(&patch);
    x->job = definition;
    if (ok)
        (void)ml_handle_later(x, x->server->control, run_update);
}

void ml_handle_sagemaker_control(struct ml_exchange *x, const char *operation)
{
    static const struct {
        const char *name;
        void (*run)(struct ml_exchange *x, const struct ml_json *body);
    } operations[] = {
        {"DescribeEndpoint", describe},
        {"ListEndpoints", list},
        {"UpdateEndpointWeightsAndCapacities", update},
    };
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        if (strcmp(operations[i].name, operation) != 0)
            continue;
        if (!ml_handle_require(x, ML_SCOPE_ADMIN))
            return;
        const struct ml_json *body = read_body(x);
        if (body != NULL)
            operations[i].run(x, body);
        return;
    }
    char quoted[80];
    ml_quote(quoted, sizeof(quoted), operation, strlen(operation));
    ml_reply_error(x, 404, "unknown_operation", NULL,
                   "'%s' of SageMaker is not supported; known are DescribeEndpoint, ListEndpoints "
                   "and UpdateEndpointWeightsAndCapacities",
                   quoted);
}
