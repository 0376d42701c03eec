#include "protocol/invocations.h"

#include "base/json.h"
#include "protocol/body_kind.h"
#include "protocol/json_call.h"
#include "protocol/mlflow.h"
#include "protocol/native.h"
#include "protocol/sagemaker.h"

/* Whose the body was, and what that protocol keeps itself. */
struct wire {
    const struct ml_protocol *protocol;
    void *inner;
};

const struct ml_protocol *ml_invocations_chosen(const struct ml_call *call)
{
    const struct wire *wire = call->wire;
    return wire->protocol;
}

/* The only one of the two that is switched on, or NULL. */
static const struct ml_protocol *only(const struct ml_protocol_settings *s)
{
    if (s->on[ML_PROTOCOL_SAGEMAKER] == s->on[ML_PROTOCOL_MLFLOW])
        return NULL;
    return s->on[ML_PROTOCOL_MLFLOW] ? &ml_mlflow_protocol : &ml_sagemaker_protocol;
}

const struct ml_protocol *ml_invocations_words(const struct ml_protocol_settings *settings)
{
    return only(settings) == &ml_mlflow_protocol ? &ml_mlflow_protocol : &ml_invocations_protocol;
}

static bool is_native(const struct ml_json *root)
{
    return ml_json_get(root, "record") != NULL || ml_json_get(root, "records") != NULL;
}

/* By a key that MLflow alone has. */
static bool is_mlflow(const struct ml_json *root)
{
    return ml_json_get(root, "dataframe_split") != NULL ||
           ml_json_get(root, "dataframe_records") != NULL || ml_json_get(root, "inputs") != NULL;
}

/* A record's values are never arrays or objects, so that no column can be taken for these. */
static bool is_sagemaker_instance(const struct ml_json *value)
{
    return ml_json_type(ml_json_get(value, "features")) == ML_JSON_ARRAY ||
           ml_json_type(ml_json_get(value, "data")) == ML_JSON_OBJECT;
}

static const struct ml_protocol *choose(const struct ml_json *root,
                                        const struct ml_protocol_settings *settings)
{
    const struct ml_json *instances = ml_json_get(root, "instances");
    if (is_native(root))
        return &ml_native_protocol;
    if (only(settings) != NULL)
        return only(settings);
    if (is_mlflow(root))
        return &ml_mlflow_protocol;
    return instances == NULL || is_sagemaker_instance(ml_json_first(instances))
               ? &ml_sagemaker_protocol
               : &ml_mlflow_protocol;
}

/* The same where SageMaker's clients call: what they could mean is theirs. */
static const struct ml_protocol *choose_invoked(const struct ml_json *root,
                                                const struct ml_protocol_settings *settings)
{
    return is_native(root)                                       ? &ml_native_protocol
           : settings->on[ML_PROTOCOL_MLFLOW] && is_mlflow(root) ? &ml_mlflow_protocol
                                                                 : &ml_sagemaker_protocol;
}

static bool read_json(struct ml_call *call, struct ml_arena *arena, const struct ml_wire_request *q,
                      bool is_invoked, const struct ml_protocol **chosen,
                      struct ml_call_fault *fault)
{
    struct ml_json *root = NULL;
    if (!ml_call_parse_json(&root, arena, q->body, q->body_bytes, fault))
        return false;
    *chosen = is_invoked ? choose_invoked(root, q->settings) : choose(root, q->settings);
    if (*chosen == &ml_native_protocol)
        return ml_native_read_tree(call, arena, root, q->max_rows, fault);
    if (*chosen == &ml_mlflow_protocol)
        return ml_mlflow_read_tree(call, arena, q, root, fault);
    return ml_sagemaker_start(call, arena, q, ML_BODY_JSON, fault) &&
           ml_sagemaker_read_tree(call, arena, q, root, fault);
}

static bool read_csv(struct ml_call *call, struct ml_arena *arena, const struct ml_wire_request *q,
                     const struct ml_protocol **chosen, struct ml_call_fault *fault)
{
    bool has_header = false;
    bool ok = ml_native_read_csv_as(call, arena, q, ML_CSV_NAMES_DETECTED, &has_header, fault);
    if (has_header && !ml_sagemaker_wants_csv(q->accept)) {
        *chosen = &ml_mlflow_protocol;
        ml_mlflow_start(call);
        return ok;
    }
    return ok && ml_sagemaker_start(call, arena, q, ML_BODY_CSV, fault);
}

static bool read_chosen(struct ml_call *call, struct ml_arena *arena,
                        const struct ml_wire_request *q, const struct ml_protocol **chosen,
                        struct ml_call_fault *fault)
{
    enum ml_body_kind kind = ml_body_kind_guess(q->content_type, q->body, q->body_bytes);
    bool is_shared = only(q->settings) == NULL;
    if (kind == ML_BODY_JSON && q->body_bytes > 0)
        return read_json(call, arena, q, false, chosen, fault);
    if (kind == ML_BODY_CSV && q->body_bytes > 0 && is_shared)
        return read_csv(call, arena, q, chosen, fault);
    return (*chosen)->read(call, arena, q, fault);
}

static bool read(struct ml_call *call, struct ml_arena *arena, const struct ml_wire_request *q,
                 struct ml_call_fault *fault)
{
    struct wire *wire = ml_arena_calloc(arena, 1, sizeof(*wire));
    const struct ml_protocol *one = only(q->settings);
    wire->protocol = one != NULL ? one : &ml_sagemaker_protocol;
    call->wire = NULL;
    bool ok = read_chosen(call, arena, q, &wire->protocol, fault);
    wire->inner = call->wire;
    call->wire = wire;
    return ok;
}

static bool read_invoked(struct ml_call *call, struct ml_arena *arena,
                         const struct ml_wire_request *q, struct ml_call_fault *fault)
{
    struct wire *wire = ml_arena_calloc(arena, 1, sizeof(*wire));
    bool is_json = q->body_bytes > 0 &&
                   ml_body_kind_guess(q->content_type, q->body, q->body_bytes) == ML_BODY_JSON;
    wire->protocol = &ml_sagemaker_protocol;
    call->wire = NULL;
    bool ok = is_json ? read_json(call, arena, q, true, &wire->protocol, fault)
                      : ml_sagemaker_protocol.read(call, arena, q, fault);
    wire->inner = call->wire;
    call->wire = wire;
    return ok;
}

static bool write(struct ml_wire_reply *reply, struct ml_arena *arena,
                  const struct ml_wire_request *q, const struct ml_call *call,
                  const struct ml_call_answer *answers, struct ml_call_fault *fault)
{
    const struct wire *wire = call->wire;
    struct ml_call inner = *call;
    inner.wire = wire->inner;
    return wire->protocol->write(reply, arena, q, &inner, answers, fault);
}

static void refuse(struct ml_wire_reply *reply, const struct ml_wire_fault *fault)
{
    ml_sagemaker_protocol.refuse(reply, fault);
}

const struct ml_protocol ml_invocations_protocol = {read, write, refuse};
const struct ml_protocol ml_invoked_protocol = {read_invoked, write, refuse};
