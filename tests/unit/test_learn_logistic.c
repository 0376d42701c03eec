#include "../lib/learning.h"
#include "../lib/testing.h"

#include <math.h>

enum { N_FEATURES = 6, MAX_ROWS = 600 };

struct problem {
    struct ml_csr x;
    uint32_t label[MAX_ROWS];
    struct ml_training_set set;
};

/* Rows whose class is drawn by a known rule from the first features. */
static void make_problem(struct problem *p, size_t n_rows, size_t n_classes, uint64_t seed)
{
    struct ml_rng rng;
    ml_rng_init(&rng, seed);
    memset(p, 0, sizeof(*p));
    p->x.n_columns = N_FEATURES;
    struct ml_sparse row = {0};
    for (size_t i = 0; i < n_rows; i++) {
        row.n = 0;
        double largest = -1e9;
        for (uint32_t k = 0; k < N_FEATURES; k++) {
            double x = ml_rng_below(&rng, 3) == 0 ? 0.0 : ml_rng_normal(&rng);
            if (x != 0.0)
                ml_sparse_add(&row, k, x);
            double score = 2 * x + ml_rng_normal(&rng);
            if (k < n_classes && score > largest) {
                largest = score;
                p->label[i] = k;
            }
        }
        if (i < n_classes)
            p->label[i] = (uint32_t)(n_classes - 1 - i);
        ml_csr_add_row(&p->x, &row);
    }
    ml_sparse_release(&row);
    p->set = (struct ml_training_set){.x = &p->x, .label = p->label, .n_classes = n_classes};
}

/* Share of the rows whose most probable class is theirs; checks every probability. */
static double share_right(const struct ml_learner_ops *learner, const struct problem *p,
                          const struct ml_strbuf *text)
{
    void *predictor = NULL;
    struct ml_error err;
    must(learner->load(&predictor, text->bytes, text->length, N_FEATURES, p->set.n_classes, &err));
    size_t right = 0;
    for (size_t i = 0; i < p->x.n_rows; i++) {
        double probability[8];
        double margin = NAN;
        struct ml_sparse row = row_of(&p->x, i);
        learner->predict(predictor, &row, probability, &margin);
        double sum = 0;
        size_t best = 0;
        for (size_t k = 0; k < p->set.n_classes; k++) {
            assert_true(probability[k] >= 0 && probability[k] <= 1);
            sum += probability[k];
            best = probability[k] > probability[best] ? k : best;
        }
        assert_true(fabs(sum - 1) < 1e-12);
        if (p->set.n_classes == 2)
            assert_true(fabs(probability[1] - 1 / (1 + exp(-margin))) < 1e-12);
        right += best == p->label[i];
    }
    learner->free(predictor);
    return (double)right / (double)p->x.n_rows;
}

static void the_same_data_give_the_same_bytes_twice(void **state)
{
    (void)state;
    static struct problem p;
    for (size_t k = 2; k <= 3; k++) {
        make_problem(&p, 500, k, 3);
        static const struct ml_learner_options options[] = {
            {.seed = 1},
            {.penalty = ML_PENALTY_L1, .seed = 1},
            {.dual = true, .seed = 1},
        };
        for (size_t i = 0; i < 3; i++) {
            struct ml_strbuf a = train(&ml_learner_logistic, &p.set, options[i]);
            struct ml_strbuf b = train(&ml_learner_logistic, &p.set, options[i]);
            assert_true(a.length > 0);
            assert_string_equal(a.bytes, b.bytes);
            ml_strbuf_release(&a);
            ml_strbuf_release(&b);
        }
        ml_csr_release(&p.x);
    }
}

static void it_learns_what_there_is_to_learn(void **state)
{
    (void)state;
    static struct problem p;
    for (size_t k = 2; k <= 4; k++) {
        make_problem(&p, 600, k, 4);
        for (int dual = 0; dual < 2; dual++) {
            struct ml_learner_options options = {.dual = dual == 1};
            struct ml_strbuf text = train(&ml_learner_logistic, &p.set, options);
            assert_true(share_right(&ml_learner_logistic, &p, &text) > (k == 2 ? 0.7 : 0.55));
            ml_strbuf_release(&text);
        }
        ml_csr_release(&p.x);
    }
}

/* The gradient of C sum log(1 + exp(-y m)) + |w|^2 / 2 must vanish (bias included). */
static void two_classes_reach_the_minimum_of_the_objective(void **state)
{
    (void)state;
    static struct problem p;
    make_problem(&p, 400, 2, 5);
    struct ml_learner_options options = {.epsilon = 1e-8, .c = 0.7};
    struct ml_strbuf text = train(&ml_learner_logistic, &p.set, options);
    void *predictor = NULL;
    struct ml_error err;
    must(ml_learner_logistic.load(&predictor, text.bytes, text.length, N_FEATURES, 2, &err));
    double gradient[N_FEATURES + 1] = {0};
    double weight[N_FEATURES + 1];
    double probability[2];
    double base = 0;
    struct ml_sparse none = {0};
    ml_learner_logistic.predict(predictor, &none, probability, &base);
    weight[N_FEATURES] = base;
    for (uint32_t k = 0; k < N_FEATURES; k++) {
        double one = 1;
        struct ml_sparse unit = {&k, &one, 1, 0};
        double margin = 0;
        ml_learner_logistic.predict(predictor, &unit, probability, &margin);
        weight[k] = margin - base;
    }
    for (size_t i = 0; i < p.x.n_rows; i++) {
        struct ml_sparse row = row_of(&p.x, i);
        double margin = 0;
        ml_learner_logistic.predict(predictor, &row, probability, &margin);
        double residual = probability[1] - (double)p.label[i];
        for (size_t k = 0; k < row.n; k++)
            gradient[row.index[k]] += 0.7 * residual * row.value[k];
        gradient[N_FEATURES] += 0.7 * residual;
    }
    for (size_t k = 0; k <= N_FEATURES; k++)
        assert_true(fabs(gradient[k] + weight[k]) < 1e-4);
    ml_learner_logistic.free(predictor);
    ml_strbuf_release(&text);
    ml_csr_release(&p.x);
}

static void which_class_comes_first_in_the_data_does_not_turn_the_sign(void **state)
{
    (void)state;
    static struct problem p;
    make_problem(&p, 500, 2, 6);
    for (uint32_t first = 0; first < 2; first++) {
        p.label[0] = first;
        struct ml_strbuf text = train(&ml_learner_logistic, &p.set, (struct ml_learner_options){0});
        assert_contains(text.bytes, "\nlabel 1 0\n");
        assert_true(share_right(&ml_learner_logistic, &p, &text) > 0.7);
        ml_strbuf_release(&text);
    }
    ml_csr_release(&p.x);
}

static void a_class_weight_moves_the_answer(void **state)
{
    (void)state;
    static struct problem p;
    make_problem(&p, 500, 2, 7);
    double margins[2];
    static const double weights[2][2] = {{1, 1}, {1, 20}};
    for (size_t i = 0; i < 2; i++) {
        struct ml_learner_options options = {.class_weight = weights[i]};
        struct ml_strbuf text = train(&ml_learner_logistic, &p.set, options);
        void *predictor = NULL;
        struct ml_error err;
        must(ml_learner_logistic.load(&predictor, text.bytes, text.length, N_FEATURES, 2, &err));
        struct ml_sparse none = {0};
        double probability[2];
        ml_learner_logistic.predict(predictor, &none, probability, &margins[i]);
        ml_learner_logistic.free(predictor);
        ml_strbuf_release(&text);
    }
    assert_true(margins[1] > margins[0] + 1);
    ml_csr_release(&p.x);
}

static void the_dual_with_l1_is_refused_and_defaults_are_filled_in(void **state)
{
    (void)state;
    struct ml_training_set set = {0};
    struct ml_error err = {0};
    struct ml_learner_options options = {.dual = true, .penalty = ML_PENALTY_L1};
    assert_false(ml_learner_logistic.check(&options, &set, &err));
    assert_int_equal(err.code, ML_EINPUT);
    options = (struct ml_learner_options){0};
    must(ml_learner_logistic.check(&options, &set, &err));
    assert_true(options.c == 1 && options.epsilon > 0);
}

static void extreme_margins_stay_probabilities(void **state)
{
    (void)state;
    static const char text[] = "solver_type L2R_LR\nnr_class 3\nlabel 0 1 2\nnr_feature 6\nbias 1\n"
                               "w\n1 -1 1 \n0 0 0 \n0 0 0 \n0 0 0 \n0 0 0 \n0 0 0 \n0 0 0 \n";
    void *predictor = NULL;
    struct ml_error err;
    must(ml_learner_logistic.load(&predictor, text, strlen(text), N_FEATURES, 3, &err));
    static const double values[] = {1e100, -1e100, 1e308, -1e308, 800, -800};
    for (size_t i = 0; i < 6; i++) {
        uint32_t index = 0;
        double value = values[i];
        struct ml_sparse row = {&index, &value, 1, 0};
        double p[3];
        double margin;
        ml_learner_logistic.predict(predictor, &row, p, &margin);
        assert_true(p[0] >= 0 && p[1] >= 0 && p[2] >= 0);
        assert_true(fabs(p[0] + p[1] + p[2] - 1) < 1e-12);
    }
    ml_learner_logistic.free(predictor);
    assert_true(ml_sigmoid(0) == 0.5);
    assert_true(ml_sigmoid(1e308) == 1 && ml_sigmoid(-1e308) == 0);
    assert_true(fabs(ml_sigmoid(3) + ml_sigmoid(-3) - 1) < 1e-15);
}

static void the_baseline_answers_the_shares(void **state)
{
    (void)state;
    static struct problem p;
    make_problem(&p, 8, 2, 8);
    static const uint32_t labels[] = {0, 1, 0, 0, 0, 0, 0, 1};
    memcpy(p.label, labels, sizeof(labels));
    struct ml_strbuf text = train(&ml_learner_majority, &p.set, (struct ml_learner_options){0});
    assert_string_equal(text.bytes, "majority 0.75 0.25\n");
    void *predictor = NULL;
    struct ml_error err;
    must(ml_learner_majority.load(&predictor, text.bytes, text.length, N_FEATURES, 2, &err));
    struct ml_sparse none = {0};
    double probability[2];
    double margin;
    ml_learner_majority.predict(predictor, &none, probability, &margin);
    assert_true(probability[0] == 0.75 && probability[1] == 0.25);
    assert_true(fabs(margin + log(3)) < 1e-15);
    ml_learner_majority.free(predictor);
    ml_strbuf_release(&text);
    ml_csr_release(&p.x);
}

static void malformed_shares_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "majority\n",
                                      "majority 1\n",
                                      "majority 0.5 0.6\n",
                                      "majority 0 1\n",
                                      "majority -0.5 1.5\n",
                                      "majority 0.5 0.5 0\n",
                                      "majority 0.5 0.5\nx\n",
                                      "minority 0.5 0.5\n",
                                      "majority 0.5 nan\n"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        void *predictor = NULL;
        struct ml_error err = {0};
        if (ml_learner_majority.load(&predictor, bad[i], strlen(bad[i]), 1, 2, &err))
            fail_msg("taken: %s", bad[i]);
        assert_int_equal(err.code, ML_EINPUT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_data_give_the_same_bytes_twice),
        cmocka_unit_test(it_learns_what_there_is_to_learn),
        cmocka_unit_test(two_classes_reach_the_minimum_of_the_objective),
        cmocka_unit_test(which_class_comes_first_in_the_data_does_not_turn_the_sign),
        cmocka_unit_test(a_class_weight_moves_the_answer),
        cmocka_unit_test(the_dual_with_l1_is_refused_and_defaults_are_filled_in),
        cmocka_unit_test(extreme_margins_stay_probabilities),
        cmocka_unit_test(the_baseline_answers_the_shares),
        cmocka_unit_test(malformed_shares_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
