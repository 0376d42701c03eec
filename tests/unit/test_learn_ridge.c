#include "../lib/testing.h"

#include <math.h>

#include "base/alloc.h"
#include "learn/child.h"
#include "learn/learner.h"

enum { MAX_ROWS = 200, MAX_FEATURES = 40 };

struct problem {
    struct ml_csr x;
    double weight[MAX_ROWS];
    double target[MAX_ROWS];
    double c;
    struct ml_training_set set;
};

static char *read_golden(const char *name, const char *end)
{
    char path[128];
    struct ml_strbuf text = {0};
    struct ml_error err;
    snprintf(path, sizeof(path), "tests/golden/ridge/%s%s", name, end);
    must(ml_file_read_all(&text, path, 1 << 20, &err));
    return ml_strbuf_take(&text);
}

/* <name>.csv: "# C 0.5", a header, then features, weight and target a row. */
static void read_problem(struct problem *p, const char *name)
{
    char *text = read_golden(name, ".csv");
    memset(p, 0, sizeof(*p));
    p->c = strtod(text + strlen("# C "), NULL);
    char *header = strchr(text, '\n') + 1;
    char *at = strchr(header, '\n');
    for (const char *s = header; s < at; s++)
        p->x.n_columns += *s == ',';
    p->x.n_columns -= 1;
    struct ml_sparse row = {0};
    while (at[1] != '\0') {
        row.n = 0;
        for (uint32_t k = 0; k < p->x.n_columns; k++) {
            double x = strtod(at + 1, &at);
            if (x != 0.0)
                ml_sparse_add(&row, k, x);
        }
        p->weight[p->x.n_rows] = strtod(at + 1, &at);
        p->target[p->x.n_rows] = strtod(at + 1, &at);
        ml_csr_add_row(&p->x, &row);
    }
    ml_sparse_release(&row);
    free(text);
    p->set = (struct ml_training_set){.x = &p->x, .target = p->target, .weight = p->weight};
}

struct work {
    const struct ml_learner_ops *learner;
    const struct ml_training_set *set;
    struct ml_learner_options *options;
};

static bool train_in_child(struct ml_strbuf *out, struct ml_error *err, void *ctx)
{
    struct work *w = ctx;
    return w->learner->train(out, w->set, w->options, err);
}

static struct ml_strbuf train(const struct ml_learner_ops *learner, const struct ml_training_set *s,
                              struct ml_learner_options options)
{
    struct ml_strbuf text = {0};
    struct ml_error err;
    must(learner->check(&options, s, &err));
    struct work w = {learner, s, &options};
    must(ml_child_run(&text, train_in_child, &w, "the solver", "training", &test_quiet, &err));
    return text;
}

static void *load(const struct ml_learner_ops *learner, const struct ml_strbuf *text,
                  size_t n_features)
{
    void *predictor = NULL;
    struct ml_error err;
    must(learner->load(&predictor, text->bytes, text->length, n_features, 0, &err));
    return predictor;
}

static struct ml_sparse row_of(const struct ml_csr *x, size_t i)
{
    size_t start = x->start[i];
    return (struct ml_sparse){x->index + start, x->value + start, x->start[i + 1] - start, 0};
}

static double predict(const struct ml_learner_ops *learner, const void *predictor,
                      const struct ml_csr *x, size_t i)
{
    struct ml_sparse row = row_of(x, i);
    double value = NAN;
    double margin = NAN;
    learner->predict(predictor, &row, &value, &margin);
    assert_true(value == margin && isfinite(value));
    return value;
}

static double deviation(const struct problem *p)
{
    double mean = 0;
    double sum = 0;
    for (size_t i = 0; i < p->x.n_rows; i++)
        mean += p->target[i] / (double)p->x.n_rows;
    for (size_t i = 0; i < p->x.n_rows; i++)
        sum += (p->target[i] - mean) * (p->target[i] - mean) / (double)p->x.n_rows;
    return sqrt(sum);
}

static void predictions_are_those_of_scikit_learn(void **state)
{
    (void)state;
    static struct problem p;
    static const char *const names[] = {"plain", "weighted", "strong", "weak",
                                        "far",   "huge",     "tiny",   "wide"};
    for (size_t c = 0; c < sizeof(names) / sizeof(names[0]); c++) {
        read_problem(&p, names[c]);
        struct ml_strbuf text =
            train(&ml_learner_ridge, &p.set, (struct ml_learner_options){.c = p.c});
        void *predictor = load(&ml_learner_ridge, &text, p.x.n_columns);
        char *golden = read_golden(names[c], ".sklearn.txt");
        char *at = strchr(golden, '\n') + 1;
        double worst = 0;
        for (size_t i = 0; i < p.x.n_rows; i++)
            worst =
                fmax(worst, fabs(predict(&ml_learner_ridge, predictor, &p.x, i) - strtod(at, &at)));
        if (getenv("SHOW") != NULL)
            print_message("%s %g\n", names[c], worst / deviation(&p));
        if (!(worst <= 1e-6 * deviation(&p)))
            fail_msg("%s: %g deviations from scikit-learn", names[c], worst / deviation(&p));
        free(golden);
        ml_learner_ridge.free(predictor);
        ml_strbuf_release(&text);
        ml_csr_release(&p.x);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(predictions_are_those_of_scikit_learn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
