#include "../lib/modelling.h"

#include <math.h>

static struct ml_model *train(const char *path, const struct ml_schema *schema,
                              const struct ml_train_options *options,
                              struct ml_train_summary *summary, struct ml_evaluation **evaluation)
{
    struct ml_model *model = NULL;
    struct ml_error err;
    must(ml_train(&model, path, schema, options, &test_quiet, summary, evaluation, &err));
    return model;
}

static void assert_refused(const char *csv, const struct ml_schema *schema,
                           const struct ml_train_options *options, enum ml_err code,
                           const char *message)
{
    struct ml_model *model = NULL;
    struct ml_train_summary summary;
    struct ml_evaluation *evaluation = NULL;
    struct ml_error err = {0};
    if (ml_train(&model, test_text("bad.csv", csv), schema, options, &test_quiet, &summary,
                 &evaluation, &err))
        fail_msg("taken, instead of '%s'", message);
    assert_contains(err.msg, message);
    assert_int_equal(err.code, code);
    assert_null(model);
    assert_null(evaluation);
}

static const struct {
    const char *type;
    const char *const *labels;
    size_t n_labels;
} problems[] = {{"BINARY", model_binary_labels, 2}, {"CATEGORICAL", model_class_labels, 3}};

static const char *const algorithms[] = {"logistic", "majority", "svm"};

static void judging_held_out_rows_later_gives_the_same(void **state)
{
    (void)state;
    for (size_t p = 0; p < 2; p++) {
        struct ml_schema *schema = model_schema(problems[p].type);
        struct ml_strbuf csv = model_csv(500, 1, problems[p].labels, problems[p].n_labels);
        /* invalid and missing cells everywhere */
        for (int i = 0; i < 30; i++)
            ml_strbuf_addf(&csv, "x%d,%s,maybe,q,w,%s\n", i, i % 2 ? "oops" : "",
                           problems[p].labels[0]);
        const char *path = test_write("train.csv", csv.bytes, csv.length);
        for (size_t a = 0; a < 3; a++) {
            for (int sequential = 0; sequential < 2; sequential++) {
                struct ml_train_options options = ML_TRAIN_OPTIONS_INIT;
                options.algorithm = algorithms[a];
                options.strategy = sequential ? "sequential" : "random";
                struct ml_train_summary summary;
                struct ml_evaluation *now = NULL;
                struct ml_evaluation *later = NULL;
                struct ml_model *model = train(path, schema, &options, &summary, &now);
                struct ml_error err;
                for (size_t jobs = 1; jobs <= 3; jobs += 2) {
                    struct ml_evaluate_options judge = ML_EVALUATE_OPTIONS_INIT;
                    judge.jobs = jobs;
                    must(ml_evaluate(&later, model, NULL, &judge, &test_quiet, &err));
                    char *x = ml_evaluation_json(now);
                    char *y = ml_evaluation_json(later);
                    assert_string_equal(x, y);
                    free(x);
                    free(y);
                    ml_evaluation_free(later);
                }
                assert_int_equal(summary.n_rows, 530);
                assert_int_equal(summary.n_train + summary.n_held_out, 530);
                assert_int_equal(summary.n_invalid, 45);
                assert_int_equal(summary.n_rejected, 0);
                assert_int_equal(ml_evaluation_rows(now) + ml_evaluation_rejected(now),
                                 summary.n_held_out);
                ml_evaluation_free(now);
                ml_model_free(model);
            }
        }
        ml_strbuf_release(&csv);
        ml_schema_free(schema);
    }
}

/* As above, with rows that training rejects in the file. */
static void rejected_rows_are_counted_alike_then_and_later(void **state)
{
    (void)state;
    struct ml_schema *schema = model_schema("BINARY");
    struct ml_strbuf csv = model_csv(300, 2, model_binary_labels, 2);
    for (int i = 0; i < 40; i++)
        ml_strbuf_adds(&csv, i % 3 == 0   ? "too,few\n"
                             : i % 3 == 1 ? "r,1,1,red,w,\n"
                                          : "r,1,1,red,w,perhaps\n");
    const char *path = test_write("train.csv", csv.bytes, csv.length);
    struct ml_train_options options = ML_TRAIN_OPTIONS_INIT;
    struct ml_train_summary summary;
    struct ml_evaluation *now = NULL;
    struct ml_evaluation *later = NULL;
    struct ml_model *model = train(path, schema, &options, &summary, &now);
    assert_int_equal(summary.n_rejected, 40);
    assert_int_equal(summary.n_train + summary.n_held_out + summary.n_rejected, summary.n_rows);
    struct ml_evaluate_options judge = ML_EVALUATE_OPTIONS_INIT;
    struct ml_error err;
    must(ml_evaluate(&later, model, NULL, &judge, &test_quiet, &err));
    assert_int_equal(ml_evaluation_rows(now), ml_evaluation_rows(later));
    char *x = ml_evaluation_json(now);
    char *y = ml_evaluation_json(later);
    assert_string_equal(x, y);
    free(x);
    free(y);
    ml_evaluation_free(now);
    ml_evaluation_free(later);
    ml_model_free(model);
    ml_strbuf_release(&csv);
    ml_schema_free(schema);
}

static void the_same_data_give_the_same_model_byte_for_byte(void **state)
{
    (void)state;
    struct ml_schema *schema = model_schema("CATEGORICAL");
    struct ml_strbuf csv = model_csv(400, 3, model_class_labels, 3);
    const char *path = test_write("train.csv", csv.bytes, csv.length);
    for (size_t a = 0; a < 3; a++) {
        struct ml_train_options options = ML_TRAIN_OPTIONS_INIT;
        options.algorithm = algorithms[a];
        struct ml_train_summary summary;
        struct ml_model *one = train(path, schema, &options, &summary, NULL);
        struct ml_model *two = train(path, schema, &options, &summary, NULL);
        assert_int_equal(ml_model_files(one)->n, 2);
        for (size_t i = 0; i < 2; i++) {
            assert_string_equal(ml_model_files(one)->file[i].name,
                                ml_model_files(two)->file[i].name);
            assert_same_bytes(&ml_model_files(one)->file[i].bytes,
                              &ml_model_files(two)->file[i].bytes);
        }
        ml_model_free(one);
        ml_model_free(two);
    }
    ml_strbuf_release(&csv);
    ml_schema_free(schema);
}

/* The member of model.json that begins so, to the end of its line. */
static struct ml_strbuf member(const struct ml_model *model, const char *name)
{
    const struct ml_strbuf *json = model_file(model, "model.json");
    char key[64];
    snprintf(key, sizeof(key), "\n\"%s\":", name);
    const char *start = strstr(json->bytes, key);
    assert_non_null(start);
    struct ml_strbuf out = {0};
    ml_strbuf_add(&out, start + 1, strcspn(start + 1, "\n"));
    return out;
}

static void assert_same_member(const struct ml_model *a, const struct ml_model *b, const char *name)
{
    struct ml_strbuf x = member(a, name);
    struct ml_strbuf y = member(b, name);
    assert_string_equal(x.bytes, y.bytes);
    ml_strbuf_release(&x);
    ml_strbuf_release(&y);
}

static void held_out_rows_reach_neither_encoder_nor_solver(void **state)
{
    (void)state;
    struct ml_schema *schema = model_schema("BINARY");
    struct ml_strbuf csv = model_csv(400, 4, model_binary_labels, 2);
    struct ml_strbuf changed = {0};
    struct ml_split split = {ML_SPLIT_RANDOM, .end = 70, .seed = 42};
    const char *line = csv.bytes;
    for (size_t i = 0; *line != '\0'; i++) {
        size_t n = strcspn(line, "\n") + 1;
        if (i == 0 || ml_split_is_train(&split, i - 1))
            ml_strbuf_add(&changed, line, n);
        else
            ml_strbuf_addf(&changed, "x,%zu,yes,another,\"other words\",%zu\n", 1000 + i, i % 2);
        line += n;
    }
    struct ml_train_options options = ML_TRAIN_OPTIONS_INIT;
    struct ml_train_summary summary;
    struct ml_model *a =
        train(test_write("a.csv", csv.bytes, csv.length), schema, &options, &summary, NULL);
    struct ml_model *b =
        train(test_write("a.csv", changed.bytes, changed.length), schema, &options, &summary, NULL);
    assert_same_member(a, b, "encoder");
    assert_same_member(a, b, "prior");
    assert_same_member(a, b, "labels");
    assert_same_bytes(model_file(a, "liblinear.model"), model_file(b, "liblinear.model"));
    ml_model_free(a);
    ml_model_free(b);
    ml_strbuf_release(&csv);
    ml_strbuf_release(&changed);
    ml_schema_free(schema);
}

/* Classes first met in another order: the same numbers and names, and the same answers. */
static void the_order_of_labels_in_the_file_does_not_matter(void **state)
{
    (void)state;
    struct ml_schema *schema = model_schema("CATEGORICAL");
    struct ml_strbuf csv = model_csv(400, 5, model_class_labels, 3);
    struct ml_strbuf turned = {0};
    ml_strbuf_adds(&turned, MODEL_HEADER);
    const char **lines = calloc(400, sizeof(*lines));
    assert_non_null(lines);
    const char *line = strchr(csv.bytes, '\n') + 1;
    for (size_t i = 0; i < 400; i++) {
        lines[i] = line;
        line = strchr(line, '\n') + 1;
    }
    for (size_t i = 400; i-- > 0;)
        ml_strbuf_add(&turned, lines[i], strcspn(lines[i], "\n") + 1);
    free(lines);
    struct ml_train_options options = ML_TRAIN_OPTIONS_INIT;
    options.split = 100;
    options.epsilon = 1e-9;
    struct ml_train_summary summary;
    struct ml_model *a =
        train(test_write("a.csv", csv.bytes, csv.length), schema, &options, &summary, NULL);
    struct ml_model *b =
        train(test_write("b.csv", turned.bytes, turned.length), schema, &options, &summary, NULL);
    assert_same_member(a, b, "encoder");
    assert_same_member(a, b, "prior");
    assert_int_equal(ml_model_n_labels(a), 3);
    assert_string_equal(ml_model_label(a, 0), "low");
    assert_string_equal(ml_model_label(a, 1), "mid,dle");
    assert_string_equal(ml_model_label(a, 2), "\xc3\xbc"
                                              "ber");
    struct ml_scorer *x = ml_scorer_new(a);
    struct ml_scorer *y = ml_scorer_new(b);
    static const char *const numbers[] = {"-2", "-0.5", "0", "0.5", "2", ""};
    for (size_t i = 0; i < 6; i++) {
        struct ml_error err;
        must(ml_scorer_set(x, 1, numbers[i], strlen(numbers[i]), &err));
        must(ml_scorer_set(y, 1, numbers[i], strlen(numbers[i]), &err));
        const double *p = ml_scorer_score(x);
        const double *q = ml_scorer_score(y);
        for (size_t k = 0; k < 3; k++)
            assert_true(fabs(p[k] - q[k]) < 1e-5);
    }
    ml_scorer_free(x);
    ml_scorer_free(y);
    ml_model_free(a);
    ml_model_free(b);
    ml_strbuf_release(&csv);
    ml_strbuf_release(&turned);
    ml_schema_free(schema);
}

static void a_model_read_back_from_its_files_is_the_same(void **state)
{
    (void)state;
    for (size_t p = 0; p < 2; p++) {
        struct ml_schema *schema = model_schema(problems[p].type);
        struct ml_strbuf csv = model_csv(300, 6, problems[p].labels, problems[p].n_labels);
        const char *path = test_write("train.csv", csv.bytes, csv.length);
        for (size_t a = 0; a < 3; a++) {
            struct ml_train_options options = ML_TRAIN_OPTIONS_INIT;
            options.algorithm = algorithms[a];
            struct ml_train_summary summary;
            struct ml_model *model = train(path, schema, &options, &summary, NULL);
            struct ml_files files = {0};
            for (size_t i = 0; i < ml_model_files(model)->n; i++) {
                struct ml_strbuf bytes = {0};
                const struct ml_file *file = &ml_model_files(model)->file[i];
                ml_strbuf_add(&bytes, file->bytes.bytes, file->bytes.length);
                ml_files_add(&files, file->name, &bytes);
            }
            struct ml_model *copy = NULL;
            struct ml_error err;
            must(ml_model_from_files(&copy, &files, "copy", &err));
            assert_int_equal(ml_model_problem(copy), ml_model_problem(model));
            assert_int_equal(ml_model_n_labels(copy), ml_model_n_labels(model));
            assert_true(ml_model_threshold(copy) == ml_model_threshold(model));
            assert_string_equal(ml_model_algorithm(copy), algorithms[a]);
            struct ml_evaluate_options judge = ML_EVALUATE_OPTIONS_INIT;
            struct ml_evaluation *x = NULL;
            struct ml_evaluation *y = NULL;
            must(ml_evaluate(&x, model, NULL, &judge, &test_quiet, &err));
            must(ml_evaluate(&y, copy, NULL, &judge, &test_quiet, &err));
            char *s = ml_evaluation_json(x);
            char *t = ml_evaluation_json(y);
            assert_string_equal(s, t);
            free(s);
            free(t);
            ml_evaluation_free(x);
            ml_evaluation_free(y);
            ml_model_free(model);
            ml_model_free(copy);
        }
        ml_strbuf_release(&csv);
        ml_schema_free(schema);
    }
}

static void held_out_rows_are_gone_when_the_file_has_changed(void **state)
{
    (void)state;
    struct ml_schema *schema = model_schema("BINARY");
    struct ml_strbuf csv = model_csv(200, 7, model_binary_labels, 2);
    const char *path = test_write("train.csv", csv.bytes, csv.length);
    struct ml_train_options options = ML_TRAIN_OPTIONS_INIT;
    struct ml_train_summary summary;
    struct ml_evaluation *evaluation = NULL;
    struct ml_model *model = train(path, schema, &options, &summary, NULL);
    ml_strbuf_adds(&csv, "r,1,1,red,w,1\n");
    test_write("train.csv", csv.bytes, csv.length);
    struct ml_evaluate_options judge = ML_EVALUATE_OPTIONS_INIT;
    struct ml_error err = {0};
    assert_false(ml_evaluate(&evaluation, model, NULL, &judge, &test_quiet, &err));
    assert_int_equal(err.code, ML_ECONFLICT);
    assert_contains(err.msg, "has changed since the model was trained");
    unlink(path);
    assert_false(ml_evaluate(&evaluation, model, NULL, &judge, &test_quiet, &err));
    assert_int_equal(err.code, ML_ENOTFOUND);
    ml_model_free(model);
    options.split = 100;
    path = test_write("train.csv", csv.bytes, csv.length);
    model = train(path, schema, &options, &summary, &evaluation);
    assert_null(evaluation);
    assert_int_equal(summary.n_held_out, 0);
    assert_false(ml_evaluate(&evaluation, model, NULL, &judge, &test_quiet, &err));
    assert_int_equal(err.code, ML_EINPUT);
    assert_contains(err.msg, "held out no rows");
    ml_model_free(model);
    ml_strbuf_release(&csv);
    ml_schema_free(schema);
}

static void what_makes_no_sense_is_refused(void **state)
{
    (void)state;
    struct ml_schema *schema = model_schema("BINARY");
    struct ml_strbuf csv = model_csv(60, 8, model_binary_labels, 2);
    struct ml_train_options o = ML_TRAIN_OPTIONS_INIT;
    const struct ml_train_options init = o;
    o.algorithm = "magic";
    assert_refused(csv.bytes, schema, &o, ML_EINPUT,
                   "unknown algorithm 'magic'; known are logistic, ridge, svm, majority");
    o = init;
    o.c = -1;
    assert_refused(csv.bytes, schema, &o, ML_EINPUT, "positive numbers");
    o = init;
    o.epsilon = NAN;
    assert_refused(csv.bytes, schema, &o, ML_EINPUT, "positive numbers");
    o = init;
    o.penalty = "l3";
    assert_refused(csv.bytes, schema, &o, ML_EINPUT, "unknown penalty 'l3'");
    o = init;
    o.kernel = "poly";
    assert_refused(csv.bytes, schema, &o, ML_EINPUT, "unknown kernel 'poly'");
    o = init;
    o.strategy = "odd";
    assert_refused(csv.bytes, schema, &o, ML_EINPUT, "unknown strategy 'odd'");
    o = init;
    o.bins = 1;
    assert_refused(csv.bytes, schema, &o, ML_EINPUT, "bins must be from 2 to 1000");
    o = init;
    o.split = 0;
    assert_refused(csv.bytes, schema, &o, ML_EINPUT, "a range of rows begins at 0 percent");
    o.split = 100.5;
    assert_refused(csv.bytes, schema, &o, ML_EINPUT, "a range of rows begins at 0 percent");
    o = init;
    o.threshold = 1.5;
    assert_refused(csv.bytes, schema, &o, ML_EINPUT, "the threshold must be from 0 to 1");
    o = init;
    o.dual = true;
    o.penalty = "l1";
    assert_refused(csv.bytes, schema, &o, ML_EINPUT, "the dual solver has no L1 penalty");
    o = init;
    static const struct ml_class_weight unknown = {"perhaps", 2};
    o.class_weights = &unknown;
    o.n_class_weights = 1;
    assert_refused(csv.bytes, schema, &o, ML_EINPUT, "class weight for 'perhaps'");
    static const struct ml_class_weight zero = {"1", 0};
    o.class_weights = &zero;
    assert_refused(csv.bytes, schema, &o, ML_EINPUT, "must be a positive number");
    ml_schema_free(schema);
    ml_strbuf_release(&csv);
}

static void one_class_and_very_many_are_refused(void **state)
{
    (void)state;
    struct ml_schema *schema = model_schema("BINARY");
    struct ml_train_options o = ML_TRAIN_OPTIONS_INIT;
    assert_refused(MODEL_HEADER "a,1,1,r,t,1\nb,2,0,s,t,1\nc,2,0,s,t,1\n", schema, &o, ML_EINPUT,
                   "column 'y'");
    ml_schema_free(schema);
    schema = model_schema("CATEGORICAL");
    o.split = 100;
    struct ml_strbuf b = {0};
    ml_strbuf_adds(&b, MODEL_HEADER);
    for (int i = 0; i <= ML_MAX_CLASSES; i++)
        ml_strbuf_addf(&b, "a,1,1,r,t,c%d\n", i);
    assert_refused(b.bytes, schema, &o, ML_ELIMIT, "101 classes; at most 100");
    ml_strbuf_release(&b);
    ml_schema_free(schema);
}

static void a_class_that_only_held_out_rows_have_is_no_label(void **state)
{
    (void)state;
    struct ml_schema *schema = model_schema("CATEGORICAL");
    struct ml_strbuf csv = model_csv(200, 11, model_class_labels, 3);
    for (int i = 0; i < 5; i++)
        ml_strbuf_adds(&csv, "r,1,1,red,w,aaa\n");
    const char *path = test_write("train.csv", csv.bytes, csv.length);
    struct ml_train_options o = ML_TRAIN_OPTIONS_INIT;
    o.strategy = "sequential";
    struct ml_train_summary summary;
    struct ml_evaluation *now = NULL;
    struct ml_evaluation *later = NULL;
    struct ml_model *model = train(path, schema, &o, &summary, &now);
    assert_int_equal(ml_model_n_labels(model), 3);
    assert_string_equal(ml_model_label(model, 0), "low");
    assert_int_equal(ml_evaluation_rejected(now), 5);
    struct ml_evaluate_options judge = ML_EVALUATE_OPTIONS_INIT;
    struct ml_error err;
    must(ml_evaluate(&later, model, NULL, &judge, &test_quiet, &err));
    char *x = ml_evaluation_json(now);
    char *y = ml_evaluation_json(later);
    assert_string_equal(x, y);
    free(x);
    free(y);
    ml_evaluation_free(now);
    ml_evaluation_free(later);
    ml_model_free(model);
    ml_strbuf_release(&csv);
    ml_schema_free(schema);
}

static void balanced_weights_even_out_the_classes(void **state)
{
    (void)state;
    struct ml_schema *schema = model_schema("BINARY");
    struct ml_strbuf csv = {0};
    ml_strbuf_adds(&csv, MODEL_HEADER);
    for (int i = 0; i < 400; i++)
        ml_strbuf_addf(&csv, "r,%d,%d,red,w,%d\n", i % 7, i % 2, i % 10 == 0);
    struct ml_train_options o = ML_TRAIN_OPTIONS_INIT;
    o.algorithm = "majority";
    o.balanced = true;
    struct ml_train_summary summary;
    struct ml_model *model =
        train(test_write("t.csv", csv.bytes, csv.length), schema, &o, &summary, NULL);
    struct ml_scorer *s = ml_scorer_new(model);
    const double *p = ml_scorer_score(s);
    assert_true(fabs(p[0] - 0.5) < 1e-9 && fabs(p[1] - 0.5) < 1e-9);
    const double *prior = ml_model_prior(model);
    assert_true(fabs(prior[0] + prior[1] - 1) < 1e-12 && prior[0] > 0.8);
    ml_scorer_free(s);
    ml_model_free(model);
    ml_strbuf_release(&csv);
    ml_schema_free(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judging_held_out_rows_later_gives_the_same),
        cmocka_unit_test(rejected_rows_are_counted_alike_then_and_later),
        cmocka_unit_test(the_same_data_give_the_same_model_byte_for_byte),
        cmocka_unit_test(held_out_rows_reach_neither_encoder_nor_solver),
        cmocka_unit_test(the_order_of_labels_in_the_file_does_not_matter),
        cmocka_unit_test(a_model_read_back_from_its_files_is_the_same),
        cmocka_unit_test(held_out_rows_are_gone_when_the_file_has_changed),
        cmocka_unit_test(what_makes_no_sense_is_refused),
        cmocka_unit_test(one_class_and_very_many_are_refused),
        cmocka_unit_test(a_class_that_only_held_out_rows_have_is_no_label),
        cmocka_unit_test(balanced_weights_even_out_the_classes),
    };
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}
