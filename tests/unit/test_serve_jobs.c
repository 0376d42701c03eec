#include "../lib/testing.h"

#include <stdatomic.h>

#include "serve/jobs.h"

/* A job that waits at a gate, so that a test decides when it ends. */
struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_open;
    int n_waiting;
};

#define GATE_INIT                                                                                  \
    {                                                                                              \
        PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, 0                              \
    }

static void wait_at_gate(void *ctx)
{
    struct gate *g = ctx;
    pthread_mutex_lock(&g->lock);
    g->n_waiting++;
    pthread_cond_broadcast(&g->changed);
    while (!g->is_open)
        pthread_cond_wait(&g->changed, &g->lock);
    pthread_mutex_unlock(&g->lock);
}

/* Until so many jobs stand at the gate. */
static void await(struct gate *g, int n)
{
    pthread_mutex_lock(&g->lock);
    while (g->n_waiting < n)
        pthread_cond_wait(&g->changed, &g->lock);
    pthread_mutex_unlock(&g->lock);
}

static void open_gate(struct gate *g)
{
    pthread_mutex_lock(&g->lock);
    g->is_open = true;
    pthread_cond_broadcast(&g->changed);
    pthread_mutex_unlock(&g->lock);
}

static void count(void *ctx)
{
    atomic_fetch_add((atomic_int *)ctx, 1);
}

struct note {
    int *list;
    int *n;
    int number;
};

static void write_down(void *ctx)
{
    struct note *note = ctx;
    note->list[(*note->n)++] = note->number;
}

static void one_thread_runs_jobs_in_their_order(void **state)
{
    (void)state;
    int list[100];
    int n = 0;
    struct note notes[100];
    struct ml_jobs *jobs = ml_jobs_start(1, 100);
    for (int i = 0; i < 100; i++) {
        notes[i] = (struct note){list, &n, i};
        assert_true(ml_jobs_add(jobs, write_down, &notes[i]));
    }
    ml_jobs_free(jobs);
    assert_int_equal(n, 100);
    for (int i = 0; i < 100; i++)
        assert_int_equal(list[i], i);
}

static void no_more_wait_than_allowed(void **state)
{
    (void)state;
    struct gate gate = GATE_INIT;
    atomic_int n = 0;
    struct ml_jobs *jobs = ml_jobs_start(1, 2);
    assert_true(ml_jobs_add(jobs, wait_at_gate, &gate));
    await(&gate, 1); /* at work: it does not wait any more */
    assert_true(ml_jobs_add(jobs, count, &n));
    assert_true(ml_jobs_add(jobs, count, &n));
    assert_false(ml_jobs_add(jobs, count, &n));
    open_gate(&gate);
    ml_jobs_free(jobs);
    assert_int_equal(n, 2);
}

static void there_is_room_again_after_a_full_queue(void **state)
{
    (void)state;
    atomic_int n = 0;
    struct ml_jobs *jobs = ml_jobs_start(2, 3);
    for (int i = 0; i < 1000;)
        i += ml_jobs_add(jobs, count, &n);
    ml_jobs_free(jobs);
    assert_int_equal(n, 1000);
}

static void several_threads_work_at_the_same_time(void **state)
{
    (void)state;
    struct gate gate = GATE_INIT;
    struct ml_jobs *jobs = ml_jobs_start(4, 4);
    for (int i = 0; i < 4; i++)
        assert_true(ml_jobs_add(jobs, wait_at_gate, &gate));
    await(&gate, 4); /* would never come true with fewer threads */
    open_gate(&gate);
    ml_jobs_free(jobs);
}

static void finishing_runs_what_waits_and_takes_no_more(void **state)
{
    (void)state;
    struct gate gate = GATE_INIT;
    atomic_int n = 0;
    struct ml_jobs *jobs = ml_jobs_start(1, 10);
    assert_true(ml_jobs_add(jobs, wait_at_gate, &gate));
    for (int i = 0; i < 5; i++)
        assert_true(ml_jobs_add(jobs, count, &n));
    open_gate(&gate);
    ml_jobs_finish(jobs);
    assert_int_equal(n, 5);
    assert_false(ml_jobs_add(jobs, count, &n));
    ml_jobs_finish(jobs);
    ml_jobs_finish(NULL);
    ml_jobs_free(jobs);
    ml_jobs_free(NULL);
    assert_int_equal(n, 5);
}

static void a_pool_without_room_refuses_everything(void **state)
{
    (void)state;
    atomic_int n = 0;
    struct ml_jobs *jobs = ml_jobs_start(1, 0);
    assert_false(ml_jobs_add(jobs, count, &n));
    ml_jobs_free(jobs);
    assert_int_equal(n, 0);
}

struct chain {
    struct ml_jobs *jobs;
    atomic_int n;
};

static void add_another(void *ctx)
{
    struct chain *c = ctx;
    if (atomic_fetch_add(&c->n, 1) < 9)
        assert_true(ml_jobs_add(c->jobs, add_another, c));
}

static void a_job_may_add_the_next(void **state)
{
    (void)state;
    struct chain chain = {ml_jobs_start(1, 1), 0};
    assert_true(ml_jobs_add(chain.jobs, add_another, &chain));
    while (atomic_load(&chain.n) < 10)
        continue;
    ml_jobs_free(chain.jobs);
    assert_int_equal(chain.n, 10);
}

struct adder {
    struct ml_jobs *jobs;
    atomic_int *n;
    int n_added;
};

static void *add_many(void *ctx)
{
    struct adder *a = ctx;
    for (int i = 0; i < 2000; i++)
        a->n_added += ml_jobs_add(a->jobs, count, a->n);
    return NULL;
}

static void what_many_threads_add_is_run_once_each(void **state)
{
    (void)state;
    atomic_int n = 0;
    pthread_t threads[6];
    struct adder adders[6];
    int n_added = 0;
    struct ml_jobs *jobs = ml_jobs_start(3, 64);
    for (size_t i = 0; i < 6; i++) {
        adders[i] = (struct adder){jobs, &n, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, add_many, &adders[i]), 0);
    }
    for (size_t i = 0; i < 6; i++) {
        pthread_join(threads[i], NULL);
        n_added += adders[i].n_added;
    }
    ml_jobs_free(jobs);
    assert_true(n_added > 0);
    assert_int_equal(n, n_added);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_thread_runs_jobs_in_their_order),
        cmocka_unit_test(no_more_wait_than_allowed),
        cmocka_unit_test(there_is_room_again_after_a_full_queue),
        cmocka_unit_test(several_threads_work_at_the_same_time),
        cmocka_unit_test(finishing_runs_what_waits_and_takes_no_more),
        cmocka_unit_test(a_pool_without_room_refuses_everything),
        cmocka_unit_test(a_job_may_add_the_next),
        cmocka_unit_test(what_many_threads_add_is_run_once_each),
    };
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}
