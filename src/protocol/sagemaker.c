#include "protocol/sagemaker.h"

#include <string.h>
#include <strings.h>

#include "data/schema.h"
#include "model/model.h"
#include "protocol/json_call.h"
#include "protocol/native.h"
#include "protocol/sagemaker_instance.h"
#include "protocol/sagemaker_output.h"

/* A few bytes of a sparse record can stand for as many cells as the model has columns. */
enum { MAX_SPARSE_CELLS = 1 << 20 };

/* What is kept from reading to writing. */
struct wire {
    enum ml_sagemaker_type type;
    struct ml_sagemaker_keys keys;
    bool is_empty;
};

static const struct {
    const char *name;
    enum ml_sagemaker_type type;
} answer_types[] = {
    {"text/csv", ML_SAGEMAKER_CSV},
    {"application/json", ML_SAGEMAKER_JSON},
    {"application/jsonlines", ML_SAGEMAKER_JSON_LINES},
};

enum { N_ANSWER_TYPES = sizeof(answer_types) / sizeof(answer_types[0]) };

/* The next media range of an Accept header, without its parameters; moves *accept behind it. */
static bool next_range(const char **accept, const char **range, size_t *n)
{
    *accept += strspn(*accept, ", \t");
    if (**accept == '\0')
        return false;
    *range = *accept;
    *n = strcspn(*accept, ",; \t");
    *accept += strcspn(*accept, ",");
    return true;
}

static bool is_range(const char *range, size_t n, const char *wanted)
{
    return strlen(wanted) == n && strncasecmp(range, wanted, n) == 0;
}

bool ml_sagemaker_wants_csv(const char *accept)
{
    const char *range;
    size_t n;
    while (accept != NULL && next_range(&accept, &range, &n))
        if (is_range(range, n, "text/csv"))
            return true;
    return false;
}

/* Whether it names the type, or as "text/" and a star all of its kind. */
static bool covers(const char *range, size_t n, const char *type)
{
    size_t kind = strcspn(type, "/") + 1;
    return is_range(range, n, type) ||
           (n == kind + 1 && range[kind] == '*' && strncasecmp(range, type, kind) == 0);
}

/* The first type of ours that Accept names. *is_any: it would take anything. */
static bool find_type(enum ml_sagemaker_type *out, const char *accept, bool *is_any)
{
    const char *range;
    size_t n;
    *is_any = accept[strspn(accept, ", \t")] == '\0';
    while (next_range(&accept, &range, &n)) {
        for (size_t i = 0; i < N_ANSWER_TYPES; i++) {
            if (covers(range, n, answer_types[i].name)) {
                *out = answer_types[i].type;
                return true;
            }
        }
        *is_any = *is_any || is_range(range, n, "*/*");
    }
    return false;
}

static enum ml_sagemaker_type type_of_kind(enum ml_body_kind kind)
{
    return kind == ML_BODY_CSV      ? ML_SAGEMAKER_CSV
           : kind == ML_BODY_NDJSON ? ML_SAGEMAKER_JSON_LINES
                                    : ML_SAGEMAKER_JSON;
}

/* The type of the answer by Accept, the settings, the body. */
static bool choose_type(enum ml_sagemaker_type *out, const struct ml_wire_request *q,
                        enum ml_body_kind kind, struct ml_call_fault *fault)
{
    bool is_any = true;
    if (q->accept != NULL && find_type(out, q->accept, &is_any))
        return true;
    if (!is_any) {
        fault->status = 406;
        return ml_call_refuse(fault, "not_acceptable", NULL,
                              "answers are text/csv, application/json or application/jsonlines");
    }
    const char *preset = q->settings->sagemaker_accept;
    if (preset == NULL || !find_type(out, preset, &is_any))
        *out = type_of_kind(kind);
    return true;
}

bool ml_sagemaker_start(struct ml_call *call, struct ml_arena *arena,
                        const struct ml_wire_request *q, enum ml_body_kind kind,
                        struct ml_call_fault *fault)
{
    struct wire *wire = ml_arena_calloc(arena, 1, sizeof(*wire));
    call->wire = wire;
    call->is_together = true;
    if (q->body_bytes == 0) {
        wire->is_empty = true;
        call->is_list = true;
        return true;
    }
    if (kind == ML_BODY_UNSUPPORTED) {
        fault->status = 415;
        return ml_call_refuse(fault, "unsupported_media_type", NULL,
                              "bodies are text/csv, application/json or application/jsonlines");
    }
    if (!choose_type(&wire->type, q, kind, fault))
        return false;
    if (!ml_sagemaker_parse_keys(&wire->keys, q->settings->sagemaker_output, &fault->err)) {
        fault->code = "unsupported";
        return ml_fail_context(&fault->err, "sagemaker.output");
    }
    return ml_sagemaker_check_keys(&wire->keys, q->model, fault);
}

/* Record i of the call. *n_cells: of sparse records so far. */
static bool read_one(struct ml_call *call, size_t i, struct ml_arena *arena,
                     const struct ml_json *instance, const struct ml_schema *schema,
                     size_t *n_cells, struct ml_call_fault *fault)
{
    if (!ml_sagemaker_read_instance(&call->records[i], arena, instance, schema, fault))
        return false;
    if (ml_json_get(instance, "data") != NULL)
        *n_cells += call->records[i].n_cells;
    if (*n_cells <= MAX_SPARSE_CELLS)
        return true;
    fault->code = "too_many_rows";
    return ml_fail(&fault->err, ML_ELIMIT, "more than %d values in one call", MAX_SPARSE_CELLS);
}

static bool read_list(struct ml_call *call, struct ml_arena *arena, const struct ml_wire_request *q,
                      const struct ml_json *list, struct ml_call_fault *fault)
{
    const struct ml_schema *schema = ml_model_schema(q->model);
    size_t n_cells = 0;
    if (ml_json_type(list) != ML_JSON_ARRAY)
        return ml_call_refuse(fault, "invalid_request", "instances",
                              "'instances' must be an array of instances");
    if (!ml_call_make_records(call, arena, ml_json_count(list), q->max_rows, fault))
        return false;
    size_t i = 0;
    for (const struct ml_json *v = ml_json_first(list); v != NULL; v = ml_json_next(v), i++)
        if (!read_one(call, i, arena, v, schema, &n_cells, fault))
            return ml_fail_context(&fault->err, "record %zu", i + 1);
    return true;
}

bool ml_sagemaker_read_tree(struct ml_call *call, struct ml_arena *arena,
                            const struct ml_wire_request *q, const struct ml_json *root,
                            struct ml_call_fault *fault)
{
    const struct ml_json *list = ml_json_get(root, "instances");
    size_t n_cells = 0;
    if (list != NULL)
        return read_list(call, arena, q, list, fault);
    if (ml_json_get(root, "features") == NULL && ml_json_get(root, "data") == NULL)
        return ml_call_refuse(fault, "invalid_request", NULL,
                              "the body must be an object with \"instances\"");
    return ml_call_make_records(call, arena, 1, q->max_rows, fault) &&
           read_one(call, 0, arena, root, ml_model_schema(q->model), &n_cells, fault);
}

/* The next line that is not blank; *line counts all. */
static bool next_line(const char **text, size_t *n, const char **body, const char *end,
                      size_t *line)
{
    while (*body < end) {
        const char *at = *body;
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        *text = at;
        *n = (size_t)((stop != NULL ? stop : end) - at);
        *body = stop != NULL ? stop + 1 : end;
        ++*line;
        size_t blanks = 0;
        while (blanks < *n && (at[blanks] == ' ' || at[blanks] == '\t' || at[blanks] == '\r'))
            blanks++;
        if (blanks < *n)
            return true;
    }
    return false;
}

static size_t count_lines(const char *body, const char *end)
{
    const char *text;
    size_t bytes;
    size_t line = 0;
    size_t n = 0;
    while (next_line(&text, &bytes, &body, end, &line))
        n++;
    return n;
}

static bool read_lines(struct ml_call *call, struct ml_arena *arena,
                       const struct ml_wire_request *q, struct ml_call_fault *fault)
{
    const struct ml_schema *schema = ml_model_schema(q->model);
    const char *body = q->body;
    const char *end = body + q->body_bytes;
    const char *text;
    size_t n;
    size_t line = 0;
    size_t n_cells = 0;
    if (!ml_call_make_records(call, arena, count_lines(body, end), q->max_rows, fault))
        return false;
    for (size_t i = 0; next_line(&text, &n, &body, end, &line); i++) {
        struct ml_json *root = NULL;
        call->records[i].place = line;
        if (!ml_call_parse_json(&root, arena, text, n, fault) ||
            !read_one(call, i, arena, root, schema, &n_cells, fault))
            return ml_fail_context(&fault->err, "line %zu", line);
    }
    return true;
}

static bool read(struct ml_call *call, struct ml_arena *arena, const struct ml_wire_request *q,
                 struct ml_call_fault *fault)
{
    struct ml_json *root = NULL;
    enum ml_body_kind kind = ml_body_kind_guess(q->content_type, q->body, q->body_bytes);
    if (!ml_sagemaker_start(call, arena, q, kind, fault))
        return false;
    if (q->body_bytes == 0)
        return true;
    if (kind == ML_BODY_CSV)
        return ml_native_read_csv_as(call, arena, q, ML_CSV_NAMES_DETECTED, NULL, fault);
    if (kind == ML_BODY_NDJSON)
        return read_lines(call, arena, q, fault);
    return ml_call_parse_json(&root, arena, q->body, q->body_bytes, fault) &&
           ml_sagemaker_read_tree(call, arena, q, root, fault);
}

static bool write(struct ml_wire_reply *reply, struct ml_arena *arena,
                  const struct ml_wire_request *q, const struct ml_call *call,
                  const struct ml_call_answer *answers, struct ml_call_fault *fault)
{
    static const char *const types[] = {"text/csv; charset=utf-8", "application/json",
                                        "application/jsonlines"};
    const struct wire *wire = call->wire;
    (void)arena;
    (void)q;
    if (wire->is_empty) {
        reply->status = 204;
        return true;
    }
    /* Another variant's model may be of another kind than the one the request was read for. */
    if (call->n_records > 0 && !ml_sagemaker_check_keys(&wire->keys, answers[0].model, fault))
        return false;
    ml_sagemaker_write_answers(reply->body, wire->type, &wire->keys, answers, call->n_records);
    reply->content_type = types[wire->type];
    return true;
}

static void refuse(struct ml_wire_reply *reply, const struct ml_wire_fault *fault)
{
    ml_native_protocol.refuse(reply, fault);
}

bool ml_sagemaker_check(const struct ml_protocol_settings *settings, struct ml_error *err)
{
    struct ml_sagemaker_keys keys;
    enum ml_sagemaker_type type;
    bool is_any;
    const char *accept = settings->sagemaker_accept;
    if (accept != NULL && !find_type(&type, accept, &is_any) && !is_any)
        return ml_fail(err, ML_EINPUT,
                       "'sagemaker.accept' must be text/csv, application/json or "
                       "application/jsonlines");
    return ml_sagemaker_parse_keys(&keys, settings->sagemaker_output, err) ||
           ml_fail_context(err, "'sagemaker.output'");
}

const struct ml_protocol ml_sagemaker_protocol = {read, write, refuse};
