#include "protocol/amazonml.h"

#include <string.h>

#include "data/schema.h"
#include "protocol/aws_json.h"
#include "protocol/json_call.h"

bool ml_amazonml_parse(struct ml_json **out, const char **model_id, struct ml_arena *arena,
                       const char *body, size_t n, struct ml_call_fault *fault)
{
    struct ml_json *root = NULL;
    if (!ml_call_parse_json(&root, arena, body, n, fault))
        return false;
    if (ml_json_type(root) != ML_JSON_OBJECT)
        return ml_call_refuse(fault, "invalid_json", NULL, "the body must be a JSON object");
    const char *id = ml_json_string(ml_json_get(root, "MLModelId"));
    size_t id_bytes = id != NULL ? strlen(id) : 0;
    if (id_bytes < 1 || id_bytes > 64)
        return ml_call_refuse(fault, "invalid_request", "MLModelId",
                              "MLModelId: must be a string of 1 to 64 characters");
    *out = root;
    *model_id = id;
    return true;
}

/* Values are strings in Amazon's model; what they would be as JSON is taken as well. */
static bool read_record(struct ml_call *call, struct ml_arena *arena,
                        const struct ml_wire_request *q, const struct ml_json *record,
                        struct ml_call_fault *fault)
{
    const struct ml_schema *schema = ml_model_schema(q->model);
    const char *target = schema->target >= 0 ? schema->columns[schema->target].name : NULL;
    struct ml_call_record *r = ml_arena_calloc(arena, 1, sizeof(*r));
    if (!ml_call_read_object(r, arena, record, fault))
        return false;
    size_t kept = 0;
    for (size_t i = 0; i < r->n_cells; i++)
        if (target == NULL || strcmp(r->cells[i].name, target) != 0)
            r->cells[kept++] = r->cells[i];
    r->n_cells = kept;
    call->records = r;
    call->n_records = 1;
    return true;
}

static bool read(struct ml_call *call, struct ml_arena *arena, const struct ml_wire_request *q,
                 struct ml_call_fault *fault)
{
    struct ml_json *parsed = NULL;
    const struct ml_json *root = call->wire;
    const char *id;
    if (root == NULL) {
        if (!ml_amazonml_parse(&parsed, &id, arena, q->body, q->body_bytes, fault))
            return false;
        root = parsed;
    }
    const struct ml_json *record = ml_json_get(root, "Record");
    if (ml_json_type(record) != ML_JSON_OBJECT)
        return ml_call_refuse(fault, "invalid_request", "Record",
                              "Record: must be an object of strings");
    if (ml_json_string(ml_json_get(root, "PredictEndpoint")) == NULL)
        return ml_call_refuse(fault, "invalid_request", "PredictEndpoint",
                              "PredictEndpoint: must be a string");
    call->strict = false;
    return read_record(call, arena, q, record, fault);
}

static void write_scores(struct ml_strbuf *buf, const struct ml_call_answer *a)
{
    bool is_binary = ml_model_problem(a->model) == ML_BINARY_PROBLEM;
    ml_json_key_string(buf, "predictedLabel", ml_model_label(a->model, a->label));
    ml_json_add_key(buf, "predictedScores");
    ml_strbuf_addc(buf, '{');
    if (is_binary)
        ml_json_key_number(buf, ml_model_label(a->model, a->label),
                           ml_model_headline(a->model, a->probability, a->label));
    for (size_t k = 0; !is_binary && k < ml_model_n_labels(a->model); k++)
        ml_json_key_number(buf, ml_model_label(a->model, k), a->probability[k]);
    ml_strbuf_addc(buf, '}');
}

static bool write(struct ml_wire_reply *reply, struct ml_arena *arena,
                  const struct ml_wire_request *q, const struct ml_call *call,
                  const struct ml_call_answer *a, struct ml_call_fault *fault)
{
    static const char *const types[] = {
        [ML_BINARY_PROBLEM] = "BINARY",
        [ML_MULTICLASS_PROBLEM] = "MULTICLASS",
        [ML_REGRESSION_PROBLEM] = "REGRESSION",
    };
    struct ml_strbuf *buf = reply->body;
    enum ml_problem problem = ml_model_problem(a->model);
    (void)arena;
    (void)q;
    (void)call;
    (void)fault;
    ml_strbuf_reserve(buf, 256);
    ml_strbuf_adds(buf, "{\"Prediction\":{");
    if (problem == ML_REGRESSION_PROBLEM)
        ml_json_key_number(buf, "predictedValue", a->probability[0]);
    else
        write_scores(buf, a);
    ml_json_add_key(buf, "details");
    ml_strbuf_addc(buf, '{');
    ml_json_key_string(buf, "PredictiveModelType", types[problem]);
    ml_json_key_string(buf, "Algorithm", "SGD");
    ml_strbuf_adds(buf, "}}}");
    reply->content_type = ML_AWS_JSON_TYPE;
    return true;
}

/* Which of Amazon's errors one of ours is; status 0: the fault's own. */
static const struct {
    const char *code;
    int status;
    const char *type;
} by_code[] = {
    {"invalid_json", 400, "SerializationException"},
    {"predictor_not_mounted", 400, "PredictorNotMountedException"},
    {"overloaded", 503, "ServiceUnavailableException"},
    {"not_loaded", 503, "ServiceUnavailableException"},
};

static const struct {
    int status;
    int sent; /* Amazon's own */
    const char *type;
} by_status[] = {
    {401, 400, "MissingAuthenticationTokenException"},
    {403, 400, "AccessDeniedException"},
    {404, 404, "ResourceNotFoundException"},
    {429, 417, "LimitExceededException"},
};

static bool is_amazons(const char *code)
{
    size_t n = strlen(code);
    return n > 9 && strcmp(code + n - 9, "Exception") == 0;
}

/* A code that is one of Amazon's names already is said as it is. */
static void refuse(struct ml_wire_reply *reply, const struct ml_wire_fault *fault)
{
    if (is_amazons(fault->code)) {
        ml_aws_json_refuse(reply, fault->status, fault->code, fault->message);
        return;
    }
    for (size_t i = 0; i < sizeof(by_code) / sizeof(by_code[0]); i++)
        if (strcmp(fault->code, by_code[i].code) == 0) {
            ml_aws_json_refuse(reply, by_code[i].status, by_code[i].type, fault->message);
            return;
        }
    for (size_t i = 0; i < sizeof(by_status) / sizeof(by_status[0]); i++)
        if (fault->status == by_status[i].status) {
            ml_aws_json_refuse(reply, by_status[i].sent, by_status[i].type, fault->message);
            return;
        }
    bool is_ours = fault->status >= 500;
    ml_aws_json_refuse(reply, is_ours ? 500 : 400,
                       is_ours ? "InternalServerException" : "InvalidInputException",
                       fault->message);
}

const struct ml_protocol ml_amazonml_protocol = {read, write, refuse};
