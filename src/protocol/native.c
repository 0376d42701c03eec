#include "protocol/native.h"

#include <string.h>

#include "base/json.h"
#include "protocol/body_kind.h"
#include "protocol/protocol.h"

static bool read(struct ml_call *call, struct ml_arena *arena, const struct ml_wire_request *q,
                 struct ml_call_fault *fault)
{
    switch (ml_body_kind(q->content_type, q->body, q->body_bytes)) {
    case ML_BODY_JSON:
    case ML_BODY_UNKNOWN:
    case ML_BODY_UNSUPPORTED:
        break;
    case ML_BODY_CSV:
        return ml_native_read_csv(call, arena, q->body, q->body_bytes, ml_model_schema(q->model),
                                  q->max_rows, fault);
    case ML_BODY_NDJSON:
        fault->status = 415;
        return ml_call_refuse(fault, "unsupported_media_type", NULL,
                              "predictions take application/json or text/csv; NDJSON goes to "
                              "/batch");
    }
    return ml_native_read_json(call, arena, q->body, q->body_bytes, q->max_rows, fault);
}

static bool write(struct ml_wire_reply *reply, struct ml_arena *arena,
                  const struct ml_wire_request *q, const struct ml_call *call,
                  const struct ml_call_answer *answers, struct ml_call_fault *fault)
{
    (void)arena;
    (void)fault;
    if (call->is_csv && (q->accept == NULL || strstr(q->accept, "json") == NULL)) {
        ml_native_write_csv(reply->body, answers, call->n_records);
        reply->content_type = "text/csv; charset=utf-8";
        return true;
    }
    ml_native_write_json(reply->body, q->endpoint, answers, call->n_records, call->is_list);
    reply->content_type = "application/json";
    return true;
}

static void refuse(struct ml_wire_reply *reply, const struct ml_wire_fault *fault)
{
    struct ml_strbuf *buf = reply->body;
    ml_strbuf_adds(buf, "{\"error\":{");
    ml_json_key_string(buf, "code", fault->code);
    ml_json_key_string(buf, "message", fault->message);
    if (fault->field != NULL)
        ml_json_key_string(buf, "column", fault->field);
    ml_strbuf_adds(buf, "}}\n");
    reply->content_type = "application/json";
}

const struct ml_protocol ml_native_protocol = {read, write, refuse};
