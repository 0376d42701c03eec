/*
 * SageMaker's ground truth as outcomes: JSON Lines of
 *
 *     {"groundTruthData":{"data":"1","encoding":"CSV"},
 *      "eventMetadata":{"eventId":"req-7","inferenceId":"req-7"},"eventVersion":"0"}
 *
 * A record's inferenceId, or without one its eventId, is an inference id as it was logged; data
 * is the label, as the one field of a CSV line. All lines are read before any is recorded: one that
 * is no JSON refuses the whole body. What is JSON and no such record is counted as invalid.
 * Everything may be sent again: what was recorded stays, and counts as unchanged.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "serve/handlers.h"

enum { WINDOW = 256 };

/* One record on its way. Texts in the arena. */
struct truth {
    const char *id;
    const char *label;
    size_t line;
};

/* The whole request; in the arena. */
struct truths {
    struct ml_exchange *x;
    char endpoint[ML_STORE_NAME_BYTES];
    struct truth *list;
    size_t n;
    size_t next;               /* of the list, to be queued */
    atomic_size_t n_waiting;   /* queued, and one for who is queueing */
    struct ml_outcome *window; /* WINDOW of them */
    size_t lines[WINDOW];
    size_t counts[ML_OUTCOME_FAILED + 1];
    size_t n_invalid;
    bool is_full; /* the store takes no more */
    char first_problem[300];
};

static void note(struct truths *t, size_t line, const char *what)
{
    if (t->first_problem[0] == '\0')
        snprintf(t->first_problem, sizeof(t->first_problem), "line %zu: %.250s", line, what);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The one field of a CSV line: without the space around it, and without quotes that enclose it. */
static const char *field_of(struct ml_arena *arena, const char *s)
{
    size_t n = strlen(s);
    for (; n > 0 && is_space(s[0]); n--)
        s++;
    while (n > 0 && is_space(s[n - 1]))
        n--;
    if (n < 2 || s[0] != '"' || s[n - 1] != '"')
        return ml_arena_strndup(arena, s, n);
    char *text = ml_arena_alloc(arena, n);
    size_t length = 0;
    for (size_t i = 1; i < n - 1; i++) {
        text[length++] = s[i];
        if (s[i] == '"' && s[i + 1] == '"' && i + 1 < n - 1)
            i++;
    }
    text[length] = '\0';
    return text;
}

/* NULL, or what is wrong with the record. */
static const char *read_truth(struct truth *out, struct ml_arena *arena, const struct ml_json *root)
{
    const struct ml_json *truth = ml_json_get(root, "groundTruthData");
    const struct ml_json *event = ml_json_get(root, "eventMetadata");
    const char *data = ml_json_string(ml_json_get(truth, "data"));
    const char *encoding = ml_json_string(ml_json_get(truth, "encoding"));
    const char *id = ml_json_string(ml_json_get(event, "inferenceId"));
    if (id == NULL)
        id = ml_json_string(ml_json_get(event, "eventId"));
    if (data == NULL)
        return "'groundTruthData.data' must be a string";
    if (encoding != NULL && strcmp(encoding, "CSV") != 0)
        return "'groundTruthData.encoding' must be \"CSV\"";
    if (id == NULL || !ml_store_is_id(id))
        return "'eventMetadata' needs an 'inferenceId' or an 'eventId' of 1 to 72 printable ASCII "
               "characters";
    out->label = field_of(arena, data);
    out->id = ml_arena_strndup(arena, id, strlen(id));
    if (strlen(out->label) >= ML_STORE_LABEL_BYTES)
        return "'groundTruthData.data' is too long";
    return NULL;
}

/* False when the line is no JSON; a line of spaces is passed over. */
static bool read_line(struct truths *t, const char *text, size_t n, size_t line,
                      struct ml_error *err)
{
    struct ml_json *root;
    char where[40];
    size_t start = 0;
    while (start < n && is_space(text[start]))
        start++;
    if (start == n)
        return true;
    snprintf(where, sizeof(where), "line %zu", line);
    if (!ml_json_parse(&root, text, n, where, err))
        return false;
    struct truth *to = &t->list[t->n];
    const char *problem = read_truth(to, &t->x->arena, root);
    ml_json_free(root);
    to->line = line;
    if (problem == NULL) {
        t->n++;
    } else {
        t->n_invalid++;
        note(t, line, problem);
    }
    return true;
}

static bool read_lines(struct truths *t, struct ml_error *err)
{
    const struct ml_strbuf *body = &t->x->request.body;
    const char *s = body->bytes != NULL ? body->bytes : "";
    size_t left = body->length;
    size_t n_lines = 1;
    for (size_t i = 0; i < left; i++)
        n_lines += s[i] == '\n';
    t->list = ml_arena_alloc(&t->x->arena, n_lines * sizeof(*t->list));
    for (size_t line = 1; left > 0; line++) {
        const char *end = memchr(s, '\n', left);
        size_t n = end != NULL ? (size_t)(end - s) : left;
        if (!read_line(t, s, n, line, err))
            return false;
        n += end != NULL;
        s += n;
        left -= n;
    }
    return true;
}

static void reply(struct truths *t)
{
    struct ml_exchange *x = t->x;
    struct ml_strbuf *buf = &x->reply.body;
    if (t->is_full || t->counts[ML_OUTCOME_FAILED] > 0) {
        ml_reply_busy(x, 503, t->is_full ? "overloaded" : "not_saved",
                      "not all could be recorded: send everything again");
        return;
    }
    ml_strbuf_addc(buf, '{');
    ml_json_key_count(buf, "recorded", t->counts[ML_OUTCOME_NEW]);
    ml_json_key_count(buf, "unchanged", t->counts[ML_OUTCOME_SAME]);
    ml_json_key_count(buf, "conflicting", t->counts[ML_OUTCOME_DIFFERENT]);
    ml_json_key_count(buf, "unknown", t->counts[ML_OUTCOME_UNKNOWN]);
    ml_json_key_count(buf, "invalid", t->n_invalid + t->counts[ML_OUTCOME_BAD_LABEL]);
    if (t->first_problem[0] != '\0')
        ml_json_key_string(buf, "first_problem", t->first_problem);
    ml_strbuf_adds(buf, "}\n");
    ml_reply_json(x, 200);
}

static void proceed(struct truths *t);

static void count(struct truths *t, const struct ml_outcome *o)
{
    size_t line = t->lines[o - t->window];
    t->counts[o->status]++;
    switch (o->status) {
    case ML_OUTCOME_NEW:
        ml_count(&ml_metrics_traffic(&t->x->server->metrics, o->endpoint, o->variant)->outcomes, 1);
        break;
    case ML_OUTCOME_DIFFERENT:
        note(t, line, "the prediction has another outcome already, which stays");
        break;
    case ML_OUTCOME_UNKNOWN:
        note(t, line, "no such prediction was logged at this endpoint");
        break;
    case ML_OUTCOME_BAD_LABEL:
        note(t, line, o->err.msg);
        break;
    case ML_OUTCOME_SAME:
    case ML_OUTCOME_FAILED:
        break;
    }
}

/* In the writer's thread, one after the other; the last of a window sends the next. */
static void done(struct ml_outcome *o)
{
    struct truths *t = o->ctx;
    count(t, o);
    if (atomic_fetch_sub(&t->n_waiting, 1) == 1)
        proceed(t);
}

static bool queue(struct truths *t, size_t slot)
{
    const struct truth *truth = &t->list[t->next];
    struct ml_outcome *o = &t->window[slot];
    *o = (struct ml_outcome){.has_label = true, .done = done, .ctx = t};
    memcpy(o->endpoint, t->endpoint, sizeof(o->endpoint));
    snprintf(o->id, sizeof(o->id), "%s", truth->id);
    snprintf(o->label, sizeof(o->label), "%s", truth->label);
    t->lines[slot] = truth->line;
    atomic_fetch_add(&t->n_waiting, 1);
    if (ml_store_outcome(t->x->server->store, o)) {
        t->next++;
        return true;
    }
    atomic_fetch_sub(&t->n_waiting, 1);
    t->is_full = true;
    return false;
}

/* Queues a window of outcomes, or answers when there are no more. */
static void proceed(struct truths *t)
{
    do {
        if (t->next == t->n || t->is_full || t->counts[ML_OUTCOME_FAILED] > 0) {
            reply(t);
            ml_exchange_finish(t->x);
            return;
        }
        atomic_store(&t->n_waiting, 1);
        for (size_t i = 0; i < WINDOW && t->next < t->n; i++)
            if (!queue(t, i))
                break;
    } while (atomic_fetch_sub(&t->n_waiting, 1) == 1); /* all were answered meanwhile */
}

void ml_handle_truth(struct ml_exchange *x)
{
    struct ml_error err;
    struct ml_endpoint *e = ml_handle_find(x);
    if (e == NULL)
        return;
    x->traffic = e->traffic;
    x->log_endpoint = e->traffic->endpoint;
    ml_endpoint_unref(e);
    struct truths *t = ml_arena_calloc(&x->arena, 1, sizeof(*t));
    t->x = x;
    snprintf(t->endpoint, sizeof(t->endpoint), "%s", x->request.args[0]);
    if (!read_lines(t, &err)) {
        ml_reply_failure(x, "invalid_json", &err);
        return;
    }
    if (x->server->store == NULL || t->n == 0) {
        t->counts[ML_OUTCOME_UNKNOWN] = t->n; /* nothing is logged here */
        if (t->n > 0)
            note(t, t->list[0].line, "predictions are not logged here");
        reply(t);
        return;
    }
    t->window = ml_arena_calloc(&x->arena, WINDOW, sizeof(*t->window));
    ml_exchange_defer(x);
    proceed(t);
}
