/*
 * What may be expected of a verdict when somebody looks after every 100 outcomes.
 *
 *     A/A   2000 or 500 experiments a setting without any difference: the share that ever names a
 *           winner must not be above 5 %; beside it the share that ever has an ordinary p below
 * 0.05 A/B   500 experiments a setting with a true difference: the share that names the right
 *           winner, which must be 90 %, and the median of the outcomes that took
 *
 * Seeded: the same figures every time. Links libml.a. Status 1 when a figure is out of bounds; last
 * line "N passed, N failed".
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/rng.h"
#include "eval/experiment.h"

enum { LOOK_EVERY = 100, MAX_RUNS = 2000 };

/* The outcomes of one arm. */
enum law {
    BINARY,    /* 1 with chance `size`, else 0 */
    PURCHASE,  /* 0, or with chance 0.1 an exponential amount of mean `size`: skewed rewards */
    LOGNORMAL, /* `size` times exp of a normal */
};

struct setting {
    const char *name;
    enum law law;
    double size[2];
    double share_b; /* of outcomes */
    int runs;
    int outcomes;
};

static double draw(struct ml_rng *rng, enum law law, double size)
{
    switch (law) {
    case BINARY:
        return ml_rng_uniform(rng) < size;
    case PURCHASE:
        return ml_rng_uniform(rng) < 0.1 ? -size * log(1 - ml_rng_uniform(rng)) : 0;
    case LOGNORMAL:
        return size * exp(ml_rng_normal(rng));
    }
    return 0;
}

/* What one experiment came to. */
struct run {
    int named_after; /* outcomes until a winner was named; 0: never */
    size_t winner;
    int is_significant; /* an ordinary p was below alpha at some look */
};

static struct ml_experiment look(const struct ml_moments moments[2], const struct setting *setting)
{
    struct ml_experiment_options options = ML_EXPERIMENT_OPTIONS_INIT;
    struct ml_experiment_arm arms[2];
    struct ml_experiment result;
    struct ml_error err;
    options.without_posterior = true;
    for (size_t i = 0; i < 2; i++)
        arms[i] = (struct ml_experiment_arm){
            .name = i == 0 ? "A" : "B",
            .weight = i == 0 ? 1 - setting->share_b : setting->share_b,
            .assignments = 0, /* the sample ratio is another matter */
            .outcomes = moments[i],
            .all_binary = setting->law == BINARY,
        };
    if (!ml_experiment_analyse(&result, arms, 2, &options, &err)) {
        fprintf(stderr, "aa-simulation: %s\n", err.msg);
        exit(1);
    }
    return result;
}

static struct run run_once(struct ml_rng *rng, const struct setting *setting)
{
    struct ml_moments moments[2] = {{0}, {0}};
    struct run run = {0};
    for (int n = 1; n <= setting->outcomes; n++) {
        size_t arm = ml_rng_uniform(rng) < setting->share_b;
        ml_moments_add(&moments[arm], draw(rng, setting->law, setting->size[arm]));
        if (n % LOOK_EVERY != 0)
            continue;
        struct ml_experiment result = look(moments, setting);
        run.is_significant |= result.comparisons[0].p < 0.05;
        if (run.named_after == 0 && result.verdict == ML_VERDICT_WINNER) {
            run.named_after = n;
            run.winner = result.winner;
            if (setting->size[0] < setting->size[1])
                break;
        }
    }
    return run;
}

static int by_size(const void *left, const void *right)
{
    const int *a = left;
    const int *b = right;
    return (*a > *b) - (*a < *b);
}

static int passed;
static int failed;

static void judge(int is_good)
{
    passed += is_good;
    failed += !is_good;
    puts(is_good ? "" : "   FAILED");
}

static void prove_aa(uint64_t seed, const struct setting *setting)
{
    struct ml_rng rng;
    int named = 0;
    int significant = 0;
    ml_rng_init(&rng, seed);
    for (int i = 0; i < setting->runs; i++) {
        struct run run = run_once(&rng, setting);
        named += run.named_after > 0;
        significant += run.is_significant;
    }
    double share = 100.0 * named / setting->runs;
    printf("%-34s%12.2f %%%15.1f %%", setting->name, share, 100.0 * significant / setting->runs);
    judge(share <= 5);
}

static void prove_ab(uint64_t seed, const struct setting *setting)
{
    static int named_after[MAX_RUNS];
    struct ml_rng rng;
    int right = 0;
    int wrong = 0;
    ml_rng_init(&rng, seed);
    for (int i = 0; i < setting->runs; i++) {
        struct run run = run_once(&rng, setting);
        if (run.named_after > 0 && run.winner == 1)
            named_after[right++] = run.named_after;
        wrong += run.named_after > 0 && run.winner == 0;
    }
    qsort(named_after, (size_t)right, sizeof(named_after[0]), by_size);
    printf("%-34s%12.1f %%%15.1f %%%11d", setting->name, 100.0 * right / setting->runs,
           100.0 * wrong / setting->runs, right > 0 ? named_after[right / 2] : 0);
    judge(right >= setting->runs * 9 / 10 && wrong <= setting->runs / 100);
}

int main(void)
{
    static const struct setting aa[] = {
        {"rate 0.1, 50/50", BINARY, {0.1, 0.1}, 0.5, 2000, 10000},
        {"rate 0.1, 90/10", BINARY, {0.1, 0.1}, 0.1, 500, 10000},
        {"rate 0.01, 90/10", BINARY, {0.01, 0.01}, 0.1, 500, 10000},
        {"purchases, 50/50", PURCHASE, {20, 20}, 0.5, 2000, 10000},
        {"purchases, 90/10", PURCHASE, {20, 20}, 0.1, 500, 10000},
        {"log-normal rewards, 50/50", LOGNORMAL, {3, 3}, 0.5, 500, 10000},
    };
    static const struct setting ab[] = {
        {"rate 0.1 against 0.125, 50/50", BINARY, {0.1, 0.125}, 0.5, 500, 40000},
        {"rate 0.1 against 0.125, 90/10", BINARY, {0.1, 0.125}, 0.1, 500, 100000},
        {"purchases 20 against 26, 50/50", PURCHASE, {20, 26}, 0.5, 500, 60000},
    };
    printf("%-34s%14s%17s\n", "A/A: false alarms at any look", "always-valid", "ordinary p");
    for (size_t i = 0; i < sizeof(aa) / sizeof(aa[0]); i++)
        prove_aa(100 + i, &aa[i]);
    printf("\n%-34s%14s%17s%11s\n", "A/B: verdicts of the always-valid", "right", "wrong",
           "median n");
    for (size_t i = 0; i < sizeof(ab) / sizeof(ab[0]); i++)
        prove_ab(200 + i, &ab[i]);
    printf("%d passed, %d failed\n", passed, failed);
    return failed > 0;
}
