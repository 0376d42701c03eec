/* Shadow variants: they score a copy of what was answered, and nobody waits for them. */
#include <string.h>

#include "serve/predict.h"

struct ml_shadow_task *ml_shadow_prepare(struct ml_server *server, struct ml_endpoint *endpoint,
                                         const struct ml_call *call,
                                         const struct ml_call_answer *answers,
                                         struct ml_arena *arena)
{
    if (endpoint->spec.n_variants == endpoint->spec.n_assigned)
        return NULL;
    struct ml_shadow_task *task = ml_arena_calloc(arena, 1, sizeof(*task));
    struct ml_call *copy = ml_arena_alloc(arena, sizeof(*copy));
    *copy = *call;
    task->server = server;
    task->endpoint = ml_endpoint_ref(endpoint);
    task->call = copy;
    task->answers = answers;
    return task;
}

static void log_shadow(struct ml_server *server, const struct ml_variant *v, const char *id,
                       const double *scores, size_t label)
{
    if (server->store == NULL || v->arm < 0)
        return;
    struct ml_prediction_row row = {
        .assignment = ML_ASSIGNED_AS_SHADOW,
        .label = (uint16_t)label,
        .time_ms = ml_now_ms(),
        .arm = v->arm,
        .score = ml_model_headline(v->loaded->model, scores, label),
    };
    memcpy(row.id, id, strlen(id) + 1);
    ml_store_log(server->store, &row, 1);
}

static void score_shadow(const struct ml_shadow_task *task, const struct ml_variant *v, size_t i)
{
    struct ml_predict_fault fault;
    struct ml_scorer *scorer = ml_loaded_scorer(v->loaded);
    size_t n_unknown = 0;
    if (!ml_predict_fill(scorer, v->loaded, &task->call->records[i], false, &n_unknown, &fault))
        return; /* what the shadow cannot read it has no opinion on */
    const double *p = ml_scorer_score(scorer);
    size_t label = ml_model_decide(v->loaded->model, p, v->threshold);
    ml_count(&v->traffic->rows, 1);
    ml_count(&v->traffic->assigned[ML_ASSIGNED_AS_SHADOW], 1);
    log_shadow(task->server, v, task->answers[i].inference_id, p, label);
}

static void finish(struct ml_shadow_task *task)
{
    struct ml_arena arena = task->arena; /* the task itself is in there */
    ml_endpoint_unref(task->endpoint);
    ml_arena_release(&arena);
}

static void run(void *ctx)
{
    struct ml_shadow_task *task = ctx;
    const struct ml_endpoint *e = task->endpoint;
    for (size_t s = e->spec.n_assigned; s < e->spec.n_variants; s++)
        for (size_t i = 0; e->variants[s].loaded != NULL && i < task->call->n_records; i++)
            score_shadow(task, &e->variants[s], i);
    finish(task);
}

void ml_shadow_send(struct ml_shadow_task *task, struct ml_arena *arena)
{
    task->arena = *arena;
    *arena = (struct ml_arena){0};
    if (!ml_jobs_add(task->server->shadows, run, task)) {
        ml_count(&task->server->metrics.shadow_dropped, task->call->n_records);
        finish(task);
    }
}
