#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <libsvm/svm.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "learn/learner.h"
#include "learn/svm_model.h"

enum { N_FEATURES = 6, MAX_CLASSES = 5, MAX_PAIRS = MAX_CLASSES * (MAX_CLASSES - 1) / 2 };

struct fixture {
    struct ml_csr x;
    uint32_t *label;
    struct ml_training_set set;
    struct ml_learner_options options;
    struct ml_strbuf text;
};

/* Class c is a cloud around axis c; some of the other entries are absent. The first row is of class
 * `first`. */
static void draw(struct fixture *f, size_t n_rows, size_t n_classes, double spread, uint32_t first)
{
    *f = (struct fixture){.options = {.seed = 7}};
    struct ml_rng rng;
    ml_rng_init(&rng, 42);
    struct ml_sparse row = {0};
    f->label = ml_xcalloc(n_rows, sizeof(*f->label));
    f->x.n_columns = N_FEATURES;
    for (size_t i = 0; i < n_rows; i++) {
        f->label[i] = (uint32_t)((i + first) % n_classes);
        row.n = 0;
        for (uint32_t k = 0; k < N_FEATURES; k++) {
            double value = spread * ml_rng_normal(&rng) + (k == f->label[i] ? 2.0 : 0.0);
            if (ml_rng_uniform(&rng) < 0.8 || k == f->label[i])
                ml_sparse_add(&row, k, value);
        }
        ml_csr_add_row(&f->x, &row);
    }
    ml_sparse_release(&row);
    f->set = (struct ml_training_set){.x = &f->x, .label = f->label, .n_classes = n_classes};
}

static void fixture_release(struct fixture *f)
{
    ml_csr_release(&f->x);
    free(f->label);
    ml_strbuf_release(&f->text);
}

static struct ml_sparse row_of(const struct fixture *f, size_t i)
{
    struct ml_sparse row = {.n = f->x.start[i + 1] - f->x.start[i]};
    if (row.n > 0) {
        row.index = f->x.index + f->x.start[i];
        row.value = f->x.value + f->x.start[i];
    }
    return row;
}

static void train(struct fixture *f)
{
    struct ml_error err = {0};
    ml_strbuf_clear(&f->text);
    if (!ml_learner_svm.check(&f->options, &f->set, &err) ||
        !ml_learner_svm.train(&f->text, &f->set, &f->options, &err))
        fail_msg("%s", err.msg);
}

static void *loaded(const struct fixture *f)
{
    struct ml_error err = {0};
    void *predictor = NULL;
    if (!ml_learner_svm.load(&predictor, f->text.bytes, f->text.length, N_FEATURES,
                             f->set.n_classes, &err))
        fail_msg("%s", err.msg);
    return predictor;
}

static void assert_near(double a, double b, double tolerance)
{
    if (!(fabs(a - b) <= tolerance))
        fail_msg("%.17g is not %.17g", a, b);
}

static void assert_probabilities(const double *p, size_t n)
{
    double sum = 0.0;
    for (size_t k = 0; k < n; k++) {
        assert_true(isfinite(p[k]) && p[k] >= 0.0);
        sum += p[k];
    }
    assert_near(sum, 1.0, 1e-12);
}

static struct svm_node *nodes_of(const struct ml_sparse *row, struct svm_node *node)
{
    for (size_t k = 0; k < row->n; k++)
        node[k] = (struct svm_node){(int)row->index[k] + 1, row->value[k]};
    node[row->n] = (struct svm_node){-1, 0.0};
    return node;
}

static struct svm_model *opened_by_libsvm(const struct ml_strbuf *text)
{
    char path[] = "/tmp/test_learn_svm_XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text->bytes, text->length), (ssize_t)text->length);
    close(fd);
    struct svm_model *m = svm_load_model(path);
    unlink(path);
    assert_non_null(m);
    assert_int_equal(svm_check_probability_model(m), 1);
    return m;
}

static void silence(const char *text)
{
    (void)text;
}

/* libsvm on the same rows with nothing of ours in between. Its memory is *nodes and the problem. */
static struct svm_model *trained_by_libsvm(const struct fixture *f, struct svm_problem *p,
                                           struct svm_node **nodes)
{
    size_t n = f->x.n_rows;
    *nodes = ml_xcalloc(n * (N_FEATURES + 1), sizeof(**nodes));
    *p = (struct svm_problem){
        (int)n,
        ml_xcalloc(n, sizeof(double)),
        ml_xcalloc(n, sizeof(struct svm_node *)),
    };
    for (size_t i = 0; i < n; i++) {
        struct ml_sparse row = row_of(f, i);
        p->y[i] = f->label[i];
        p->x[i] = nodes_of(&row, *nodes + i * (N_FEATURES + 1));
    }
    int labels[MAX_CLASSES];
    double weights[MAX_CLASSES];
    struct svm_parameter parameter = {
        .svm_type = C_SVC,
        .kernel_type = f->options.kernel == ML_KERNEL_RBF ? RBF : LINEAR,
        .gamma = f->options.gamma,
        .cache_size = 100,
        .eps = f->options.epsilon,
        .C = f->options.c,
        .shrinking = 1,
        .nr_weight = f->options.class_weight != NULL ? (int)f->set.n_classes : 0,
        .weight_label = labels,
        .weight = weights,
    };
    for (int k = 0; k < parameter.nr_weight; k++) {
        labels[k] = k;
        weights[k] = f->options.class_weight[k];
    }
    svm_set_print_string_function(silence);
    return svm_train(p, &parameter);
}

static void assert_same_decisions(const struct fixture *f, const struct svm_model *theirs,
                                  const struct ml_svm *ours)
{
    double a[MAX_PAIRS];
    double b[MAX_PAIRS];
    struct svm_node node[N_FEATURES + 1];
    for (size_t k = 0; k < ours->n_classes; k++)
        assert_int_equal(theirs->label[k], ours->label[k]);
    for (size_t i = 0; i < f->x.n_rows; i++) {
        struct ml_sparse row = row_of(f, i);
        ml_svm_decisions(ours, &row, a);
        svm_predict_values(theirs, nodes_of(&row, node), b);
        for (size_t p = 0; p < ours->n_pairs; p++)
            assert_near(a[p], b[p], 1e-9);
    }
}

static void assert_same_as_libsvm(struct fixture *f)
{
    train(f);
    struct ml_svm *ours = loaded(f);
    struct svm_model *reread = opened_by_libsvm(&f->text);
    assert_same_decisions(f, reread, ours);
    struct svm_problem problem;
    struct svm_node *nodes;
    struct svm_model *retrained = trained_by_libsvm(f, &problem, &nodes);
    assert_same_decisions(f, retrained, ours);
    for (size_t i = 0; i < f->x.n_rows; i++) {
        struct ml_sparse row = row_of(f, i);
        struct svm_node node[N_FEATURES + 1];
        double p[MAX_CLASSES];
        double theirs[MAX_CLASSES];
        double margin = 0.0;
        ml_learner_svm.predict(ours, &row, p, &margin);
        svm_predict_probability(reread, nodes_of(&row, node), theirs);
        assert_probabilities(p, f->set.n_classes);
        for (size_t k = 0; k < f->set.n_classes; k++)
            assert_near(p[ours->label[k]], theirs[k], 0.01);
        if (f->set.n_classes == 2)
            assert_true(p[1] == ml_sigmoid(margin));
    }
    svm_free_and_destroy_model(&reread);
    svm_free_and_destroy_model(&retrained);
    free(problem.x);
    free(problem.y);
    free(nodes);
    ml_learner_svm.free(ours);
}

static void decisions_and_probabilities_are_those_of_libsvm(void **state)
{
    (void)state;
    const double weight[] = {1.0, 3.0, 0.5, 2.0, 1.5};
    for (size_t n_classes = 2; n_classes <= MAX_CLASSES; n_classes++)
        for (uint32_t variant = 0; variant < 8; variant++) {
            struct fixture f;
            draw(&f, 150, n_classes, 0.9, variant & 1);
            f.options.kernel = variant & 2 ? ML_KERNEL_RBF : ML_KERNEL_LINEAR;
            f.options.class_weight = variant & 4 ? weight : NULL;
            f.options.c = variant & 4 ? 0.3 : 0.0;
            assert_same_as_libsvm(&f);
            fixture_release(&f);
        }
}

static void rows_without_features_are_rows(void **state)
{
    (void)state;
    struct fixture f = {.options = {.seed = 1}};
    f.label = ml_xcalloc(24, sizeof(*f.label));
    struct ml_sparse empty = {0};
    for (uint32_t i = 0; i < 24; i++) {
        f.label[i] = i % 2;
        ml_csr_add_row(&f.x, &empty);
    }
    f.x.n_columns = N_FEATURES;
    f.set = (struct ml_training_set){.x = &f.x, .label = f.label, .n_classes = 2};
    assert_same_as_libsvm(&f);
    fixture_release(&f);
}

/* Share of rows whose own class is the likeliest, and the mean of its -log. */
static double accuracy(const struct fixture *f, double *log_loss)
{
    void *predictor = loaded(f);
    size_t right = 0;
    *log_loss = 0.0;
    for (size_t i = 0; i < f->x.n_rows; i++) {
        struct ml_sparse row = row_of(f, i);
        double p[MAX_CLASSES];
        double margin;
        ml_learner_svm.predict(predictor, &row, p, &margin);
        size_t best = 0;
        for (size_t k = 1; k < f->set.n_classes; k++)
            best = p[k] > p[best] ? k : best;
        right += best == f->label[i];
        *log_loss -= log(p[f->label[i]]) / (double)f->x.n_rows;
    }
    ml_learner_svm.free(predictor);
    return (double)right / (double)f->x.n_rows;
}

static void separable_classes_are_told_apart(void **state)
{
    (void)state;
    for (size_t n_classes = 2; n_classes <= MAX_CLASSES; n_classes++)
        for (uint32_t variant = 0; variant < 4; variant++) {
            struct fixture f;
            draw(&f, 200, n_classes, 0.1, variant & 1);
            f.options.kernel = variant & 2 ? ML_KERNEL_RBF : ML_KERNEL_LINEAR;
            train(&f);
            double log_loss;
            assert_true(accuracy(&f, &log_loss) == 1.0);
            assert_true(log_loss < 0.1);
            fixture_release(&f);
        }
}

static void noise_gives_no_more_than_the_shares(void **state)
{
    (void)state;
    struct fixture f;
    draw(&f, 300, 2, 1.0, 0);
    struct ml_rng rng;
    ml_rng_init(&rng, 3);
    size_t n1 = 0;
    for (size_t i = 0; i < f.x.n_rows; i++) {
        f.label[i] = ml_rng_uniform(&rng) < 0.3;
        n1 += f.label[i];
    }
    f.options.kernel = ML_KERNEL_RBF;
    f.options.gamma = 2.0; /* learns its rows by heart: in-sample decisions would look certain */
    f.options.c = 100.0;
    train(&f);
    void *predictor = loaded(&f);
    for (size_t i = 0; i < f.x.n_rows; i++) {
        struct ml_sparse row = row_of(&f, i);
        double p[2];
        double margin;
        ml_learner_svm.predict(predictor, &row, p, &margin);
        assert_near(p[1], (double)n1 / (double)f.x.n_rows, 0.25);
    }
    ml_learner_svm.free(predictor);
    fixture_release(&f);
}

static void the_class_of_the_first_row_does_not_matter(void **state)
{
    (void)state;
    struct fixture f[2];
    void *predictor[2];
    for (uint32_t k = 0; k < 2; k++) {
        draw(&f[k], 300, 2, 0.5, k);
        train(&f[k]);
        predictor[k] = loaded(&f[k]);
        assert_non_null(strstr(f[k].text.bytes, k == 0 ? "\nlabel 0 1\n" : "\nlabel 1 0\n"));
    }
    struct ml_sparse row = {0};
    ml_sparse_add(&row, 1, 2.0);
    for (uint32_t k = 0; k < 2; k++) {
        double p[2];
        double margin;
        ml_learner_svm.predict(predictor[k], &row, p, &margin);
        assert_true(p[1] > 0.8 && margin > 0.0);
        ml_learner_svm.free(predictor[k]);
        fixture_release(&f[k]);
    }
    ml_sparse_release(&row);
}

static void the_same_seed_gives_the_same_bytes(void **state)
{
    (void)state;
    struct fixture f;
    draw(&f, 120, 3, 0.9, 0);
    train(&f);
    struct ml_strbuf first = f.text;
    f.text = (struct ml_strbuf){0};
    srand(99);
    train(&f);
    assert_int_equal(first.length, f.text.length);
    assert_memory_equal(first.bytes, f.text.bytes, first.length);
    f.options.seed = 8;
    train(&f);
    assert_string_not_equal(first.bytes, f.text.bytes);
    ml_strbuf_release(&first);
    fixture_release(&f);
}

static void reading_and_writing_give_the_same_bytes(void **state)
{
    (void)state;
    struct fixture f;
    draw(&f, 120, 4, 0.9, 1);
    f.options.kernel = ML_KERNEL_RBF;
    train(&f);
    struct ml_svm *m = loaded(&f);
    struct ml_strbuf again = {0};
    ml_svm_write(m, &again);
    assert_string_equal(again.bytes, f.text.bytes);
    ml_strbuf_release(&again);
    ml_learner_svm.free(m);
    fixture_release(&f);
}

static void defaults_are_filled_in(void **state)
{
    (void)state;
    struct fixture f;
    draw(&f, 20, 2, 1.0, 0);
    struct ml_error err = {0};
    assert_true(ml_learner_svm.check(&f.options, &f.set, &err));
    assert_true(f.options.c == 1.0);
    assert_true(f.options.epsilon == 0.001);
    assert_true(f.options.gamma == 1.0 / N_FEATURES);
    fixture_release(&f);
}

static void four_rows_of_a_class_are_too_few(void **state)
{
    (void)state;
    struct fixture f;
    draw(&f, 14, 3, 1.0, 0);
    struct ml_error err = {0};
    assert_false(ml_learner_svm.check(&f.options, &f.set, &err));
    assert_int_equal(err.code, ML_EINPUT);
    assert_non_null(strstr(err.msg, "at least 5 rows of each class are needed for calibration, "
                                    "class 2 has 4"));
    fixture_release(&f);
    draw(&f, 15, 3, 1.0, 0);
    train(&f);
    ml_learner_svm.free(loaded(&f));
    fixture_release(&f);
}

static void an_epsilon_that_stops_at_once_is_refused(void **state)
{
    (void)state;
    struct fixture f;
    draw(&f, 20, 2, 1.0, 0);
    struct ml_error err = {0};
    f.options.epsilon = 2.0;
    assert_false(ml_learner_svm.check(&f.options, &f.set, &err));
    f.options.epsilon = 1.99;
    train(&f);
    fixture_release(&f);
}

static void absurd_values_still_give_probabilities(void **state)
{
    (void)state;
    for (size_t n_classes = 2; n_classes <= 3; n_classes++)
        for (int kernel = 0; kernel < 2; kernel++) {
            struct fixture f;
            draw(&f, 60, n_classes, 0.9, 0);
            f.options.kernel = (enum ml_kernel)kernel;
            train(&f);
            void *predictor = loaded(&f);
            struct ml_sparse row = {0};
            for (uint32_t k = 0; k < N_FEATURES; k++)
                ml_sparse_add(&row, k, k % 2 ? 1.7e308 : -1.7e308);
            double p[3];
            double margin = 0.0;
            ml_learner_svm.predict(predictor, &row, p, &margin);
            assert_probabilities(p, n_classes);
            assert_true(isfinite(margin));
            ml_sparse_release(&row);
            ml_learner_svm.free(predictor);
            fixture_release(&f);
        }
}

static const char good[] = "svm_type c_svc\n"
                           "kernel_type rbf\n"
                           "gamma 0.5\n"
                           "nr_class 3\n"
                           "total_sv 4\n"
                           "rho 0.1 -0.2 0.3\n"
                           "label 2 0 1\n"
                           "probA -1 -2 -1.5\n"
                           "probB 0 0.5 -0.5\n"
                           "nr_sv 1 1 2\n"
                           "SV\n"
                           "1 1 1:0.5 3:1 \n"
                           "-1 1 2:1 \n"
                           "-0.5 -0.5 6:2 \n"
                           "-0.5 -0.5 \n";

static bool reads(const char *text, size_t n, struct ml_error *err)
{
    struct ml_svm m;
    if (!ml_svm_read(&m, text, n, N_FEATURES, 3, err))
        return false;
    ml_svm_release(&m);
    return true;
}

static void assert_refused(const char *text)
{
    struct ml_error err = {0};
    if (reads(text, strlen(text), &err))
        fail_msg("was read:\n%s", text);
    assert_int_equal(err.code, ML_EINPUT);
    assert_non_null(strstr(err.msg, "of the solver's file: "));
}

static void a_text_without_one_of_its_lines_is_refused(void **state)
{
    (void)state;
    struct ml_error err = {0};
    assert_true(reads(good, strlen(good), &err));
    for (const char *line = good; *line != '\0'; line = strchr(line, '\n') + 1) {
        const char *next = strchr(line, '\n') + 1;
        struct ml_strbuf text = {0};
        ml_strbuf_add(&text, good, (size_t)(line - good));
        ml_strbuf_adds(&text, next);
        assert_refused(text.bytes);
        ml_strbuf_clear(&text);
        ml_strbuf_add(&text, good, (size_t)(next - good));
        ml_strbuf_adds(&text, line); /* the line twice */
        assert_refused(text.bytes);
        ml_strbuf_release(&text);
    }
}

static void texts_with_something_wrong_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"c_svc", "nu_svc"},
        {"kernel_type rbf", "kernel_type polynomial"},
        {"kernel_type rbf", "kernel_type linear"},
        {"kernel_type rbf", "kernel_type rb"},
        {"kernel_type rbf", "kernel_type"},
        {"gamma 0.5", "gamma 0"},
        {"gamma 0.5", "gamma -0.5"},
        {"gamma 0.5", "gamma nan"},
        {"gamma 0.5", "gamma 0.5 1"},
        {"nr_class 3", "nr_class 2"},
        {"nr_class 3", "nr_class 4"},
        {"total_sv 4", "total_sv 3"},
        {"total_sv 4", "total_sv 5"},
        {"total_sv 4", "total_sv 0"},
        {"total_sv 4", "total_sv -4"},
        {"total_sv 4", "total_sv 4.5"},
        {"total_sv 4", "total_sv 4000000000000"},
        {"total_sv 4", "total_sv 1e300"},
        {"rho 0.1 -0.2 0.3", "rho 0.1 -0.2"},
        {"rho 0.1 -0.2 0.3", "rho 0.1 -0.2 0.3 0.4"},
        {"rho 0.1", "rho inf"},
        {"label 2 0 1", "label 2 0 0"},
        {"label 2 0 1", "label 3 0 1"},
        {"label 2 0 1", "label -1 0 1"},
        {"label 2 0 1", "label 2 0"},
        {"label 2 0 1", "label 2 0 1 1"},
        {"probA -1 -2 -1.5", "probA -1 -2"},
        {"probA -1", "probA x"},
        {"probB 0", "probB nan"},
        {"probB 0 0.5 -0.5", "probB 0 0.5 -0.5 1"},
        {"nr_sv 1 1 2", "nr_sv 1 1 1"},
        {"nr_sv 1 1 2", "nr_sv 1 2 2"},
        {"nr_sv 1 1 2", "nr_sv 5 1 -2"},
        {"nr_sv 1 1 2", "nr_sv 2 2"},
        {"nr_sv 1 1 2", "nr_sv 1 1 2 0"},
        {"SV\n", "SV 1\n"},
        {"SV\n", "SV\n\n"},
        {"1 1 1:0.5", "1 1:0.5"},
        {"1 1 1:0.5", "1 1 1 1:0.5"},
        {"1 1 1:0.5", "inf 1 1:0.5"},
        {"1:0.5", "0:0.5"},
        {"1:0.5", "-1:0.5"},
        {"1:0.5", "1.5:0.5"},
        {"1:0.5", "3:0.5"},
        {"1:0.5", "4:0.5"},
        {"1:0.5", "1:"},
        {"1:0.5", ":0.5"},
        {"1:0.5", "1:0"},
        {"1:0.5", "1:nan"},
        {"1:0.5", "1:1e999"},
        {"1:0.5", "1:0.5:1"},
        {"1:0.5", "1: 0.5"},
        {"6:2", "7:2"},
        {"6:2", "99999999999999999999:2"},
        {"-0.5 -0.5 \n", "-0.5 -0.5 \n\n"},
        {"-0.5 -0.5 \n", "-0.5 -0.5 \nx"},
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        const char *at = strstr(good, wrong[i][0]);
        assert_non_null(at);
        struct ml_strbuf text = {0};
        ml_strbuf_add(&text, good, (size_t)(at - good));
        ml_strbuf_adds(&text, wrong[i][1]);
        ml_strbuf_adds(&text, at + strlen(wrong[i][0]));
        assert_refused(text.bytes);
        ml_strbuf_release(&text);
    }
    assert_refused("");
}

static void a_text_for_other_counts_is_refused(void **state)
{
    (void)state;
    struct ml_svm m;
    struct ml_error err = {0};
    assert_false(ml_svm_read(&m, good, strlen(good), N_FEATURES - 1, 3, &err));
    assert_false(ml_svm_read(&m, good, strlen(good), N_FEATURES, 2, &err));
    assert_false(ml_svm_read(&m, good, strlen(good), N_FEATURES, 1, &err));
    assert_false(ml_svm_read(&m, good, strlen(good), N_FEATURES, SIZE_MAX, &err));
    assert_false(ml_svm_read(&m, good, strlen(good), N_FEATURES, (size_t)1 << 33, &err));
}

/* Copies of exactly n bytes, so that a reader that goes too far is seen. */
static void predict_with(const char *bytes, size_t n)
{
    char *text = ml_xmalloc(n + 1);
    memcpy(text, bytes, n);
    text = ml_xrealloc(text, n > 0 ? n : 1, 1);
    struct ml_error err = {0};
    void *predictor = NULL;
    if (ml_learner_svm.load(&predictor, text, n, N_FEATURES, 3, &err)) {
        uint32_t index[] = {0, 2, 5};
        double value[] = {1.0, -1.0, 0.5};
        struct ml_sparse row = {index, value, 3, 3};
        double p[3];
        double margin;
        ml_learner_svm.predict(predictor, &row, p, &margin);
        assert_probabilities(p, 3);
        ml_learner_svm.free(predictor);
    }
    free(text);
}

static void damaged_texts_do_no_harm(void **state)
{
    (void)state;
    static const char alphabet[] = "0123456789:.-+e \nxSVnab";
    for (size_t n = 0; n <= strlen(good); n++)
        predict_with(good, n);
    struct ml_rng rng;
    ml_rng_init(&rng, 5);
    for (int round = 0; round < 20000; round++) {
        char text[sizeof(good)];
        memcpy(text, good, sizeof(good));
        for (size_t k = 1 + ml_rng_below(&rng, 3); k > 0; k--)
            text[ml_rng_below(&rng, sizeof(good) - 1)] =
                alphabet[ml_rng_below(&rng, sizeof(alphabet))];
        predict_with(text, sizeof(good) - 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decisions_and_probabilities_are_those_of_libsvm),
        cmocka_unit_test(rows_without_features_are_rows),
        cmocka_unit_test(separable_classes_are_told_apart),
        cmocka_unit_test(noise_gives_no_more_than_the_shares),
        cmocka_unit_test(the_class_of_the_first_row_does_not_matter),
        cmocka_unit_test(the_same_seed_gives_the_same_bytes),
        cmocka_unit_test(reading_and_writing_give_the_same_bytes),
        cmocka_unit_test(defaults_are_filled_in),
        cmocka_unit_test(four_rows_of_a_class_are_too_few),
        cmocka_unit_test(an_epsilon_that_stops_at_once_is_refused),
        cmocka_unit_test(absurd_values_still_give_probabilities),
        cmocka_unit_test(a_text_without_one_of_its_lines_is_refused),
        cmocka_unit_test(texts_with_something_wrong_are_refused),
        cmocka_unit_test(a_text_for_other_counts_is_refused),
        cmocka_unit_test(damaged_texts_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
