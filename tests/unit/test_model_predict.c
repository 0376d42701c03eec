#include "../lib/modelling.h"

#include <math.h>

#include "base/number.h"
#include "data/table.h"

static struct ml_schema *schemas[2];
static struct ml_model *binary;
static struct ml_model *multiclass;

static struct ml_model *train(struct ml_schema *schema, const char *const *labels, size_t n_labels)
{
    struct ml_strbuf csv = model_csv(400, 1, labels, n_labels);
    struct ml_train_options options = ML_TRAIN_OPTIONS_INIT;
    struct ml_train_summary summary;
    struct ml_model *model = NULL;
    struct ml_error err;
    must(ml_train(&model, test_write("train.csv", csv.bytes, csv.length), schema, &options,
                  &test_quiet, &summary, NULL, &err));
    ml_strbuf_release(&csv);
    return model;
}

static int make_models(void **state)
{
    (void)state;
    schemas[0] = model_schema("BINARY");
    schemas[1] = model_schema("CATEGORICAL");
    binary = train(schemas[0], model_binary_labels, 2);
    multiclass = train(schemas[1], model_class_labels, 3);
    return 0;
}

static int free_models(void **state)
{
    ml_model_free(binary);
    ml_model_free(multiclass);
    ml_schema_free(schemas[0]);
    ml_schema_free(schemas[1]);
    return test_teardown(state);
}

static struct ml_strbuf predict(const struct ml_model *model, const char *in,
                                const struct ml_predict_options *options,
                                struct ml_predict_summary *summary)
{
    const char *out = test_path("out.csv");
    struct ml_error err;
    must(ml_predict(model, in, out, options, &test_quiet, summary, &err));
    return test_read(out);
}

static void assert_predicts(const struct ml_model *model, const char *csv, const char *want)
{
    struct ml_predict_options options = ML_PREDICT_OPTIONS_INIT;
    struct ml_predict_summary summary;
    struct ml_strbuf out = predict(model, test_text("in.csv", csv), &options, &summary);
    assert_string_equal(out.bytes, want);
    ml_strbuf_release(&out);
}

/* A large file, several blocks long, with rows of every kind of trouble. */
static struct ml_strbuf troubled(size_t n, const char *const *labels, size_t n_labels)
{
    struct ml_strbuf b = model_csv(n, 9, labels, n_labels);
    struct ml_strbuf out = {0};
    struct ml_rng rng;
    ml_rng_init(&rng, 10);
    const char *line = b.bytes;
    for (size_t i = 0; *line != '\0'; i++) {
        size_t bytes = strcspn(line, "\n") + 1;
        ml_strbuf_add(&out, line, bytes);
        if (i % 50 == 49) {
            static const char *const bad[] = {
                "\n",
                "x,abc,1,red,w,1\n",
                "x,1,2\n",
                "x,1,1,re\"d,w,1\n",
                "\"x\n\ny\",1,1,red,\"w\nw\",\r\n",
                "x,1,1,red,w,unknown\n",
            };
            ml_strbuf_adds(&out, bad[ml_rng_below(&rng, 6)]);
        }
        line += bytes;
    }
    ml_strbuf_release(&b);
    return out;
}

static void the_output_depends_neither_on_jobs_nor_on_pipe_or_file(void **state)
{
    (void)state;
    for (size_t m = 0; m < 2; m++) {
        const struct ml_model *model = m == 0 ? binary : multiclass;
        struct ml_strbuf in = m == 0 ? troubled(30000, model_binary_labels, 2)
                                     : troubled(30000, model_class_labels, 3);
        char path[768];
        snprintf(path, sizeof(path), "%s", test_write("large.csv", in.bytes, in.length));
        struct ml_predict_options options = ML_PREDICT_OPTIONS_INIT;
        struct ml_predict_summary want;
        options.jobs = 1;
        struct ml_strbuf out = predict(model, path, &options, &want);
        assert_int_equal(want.n_rows, 30600);
        assert_true(want.n_rejected > 200 && want.n_rejected < 600);
        static const size_t jobs[] = {1, 2, 7, 0};
        for (size_t j = 0; j < 4; j++) {
            options.jobs = jobs[j];
            struct ml_predict_summary got;
            struct ml_strbuf from_file = predict(model, path, &options, &got);
            assert_same_bytes(&out, &from_file);
            assert_int_equal(got.n_rows, want.n_rows);
            assert_int_equal(got.n_rejected, want.n_rejected);
            ml_strbuf_release(&from_file);
            struct test_pipe p;
            struct ml_strbuf from_pipe =
                predict(model, test_pipe_start(&p, in.bytes, in.length, j, 40000), &options, &got);
            test_pipe_end(&p);
            assert_same_bytes(&out, &from_pipe);
            assert_int_equal(got.n_rejected, want.n_rejected);
            ml_strbuf_release(&from_pipe);
        }
        ml_strbuf_release(&out);
        ml_strbuf_release(&in);
    }
}

static void every_row_has_its_line_and_a_rejected_one_an_empty_line(void **state)
{
    (void)state;
    struct ml_predict_options options = ML_PREDICT_OPTIONS_INIT;
    struct ml_predict_summary summary;
    const char *in = test_text("in.csv", "id,n,b,c,t,y\na,1,1,red,w,1\nb,x,1,red,w,1\n\nc,1,1,red\n"
                                         "d,-1,0,red,w,0\n");
    struct ml_strbuf out = predict(binary, in, &options, &summary);
    const char *lines[8] = {0};
    size_t n = 0;
    for (char *line = out.bytes; *line != '\0' && n < 8; n++) {
        lines[n] = line;
        line += strcspn(line, "\n");
        *line++ = '\0';
    }
    assert_int_equal(n, 6);
    assert_string_equal(lines[0], "tag,trueLabel,bestAnswer,score");
    assert_int_equal(strncmp(lines[1], "a,1,", 4), 0);
    assert_string_equal(lines[2], "");
    assert_string_equal(lines[3], "");
    assert_string_equal(lines[4], "");
    assert_int_equal(strncmp(lines[5], "d,0,", 4), 0);
    assert_int_equal(summary.n_rows, 5);
    assert_int_equal(summary.n_rejected, 3);
    assert_int_equal(summary.n_ignored_columns, 0);
    ml_strbuf_release(&out);
}

static void tag_and_true_label_are_there_when_their_columns_are(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        const char *row;
        const char *want;
    } cases[] = {
        {"id,n,b,c,t,y", "7,1,1,red,w,yes", "tag,trueLabel,bestAnswer,score\n7,1,"},
        {"y,t,c,b,n", "no,w,red,1,1", "trueLabel,bestAnswer,score\n0,"},
        {"id,n,b,c,t", "\"a,\"\"b\",1,1,red,w", "tag,bestAnswer,score\n\"a,\"\"b\","},
        {"n,b,c,t", "1,1,red,w", "bestAnswer,score\n1,"},
        {"n,b,c,t,what", "1,1,red,w,x", "bestAnswer,score\n1,"},
        {"id,n,b,c,t,y", "7,1,1,red,w,hm", "tag,trueLabel,bestAnswer,score\n7,hm,"},
        {"id,n,b,c,t,y", "7,1,1,red,w,", "tag,trueLabel,bestAnswer,score\n7,,"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char csv[200];
        snprintf(csv, sizeof(csv), "%s\n%s\n", cases[i].header, cases[i].row);
        struct ml_predict_options options = ML_PREDICT_OPTIONS_INIT;
        options.threshold = 0;
        struct ml_predict_summary summary;
        struct ml_strbuf out = predict(binary, test_text("in.csv", csv), &options, &summary);
        if (strncmp(out.bytes, cases[i].want, strlen(cases[i].want)) != 0)
            fail_msg("%s: %s", cases[i].header, out.bytes);
        assert_int_equal(summary.n_ignored_columns, i == 4);
        ml_strbuf_release(&out);
    }
}

/* What stands in the file is what the scorer says, to the last bit. */
static void scores_are_those_of_the_scorer(void **state)
{
    (void)state;
    struct ml_predict_options options = ML_PREDICT_OPTIONS_INIT;
    struct ml_predict_summary summary;
    struct ml_strbuf out =
        predict(multiclass, test_text("in.csv", "n,b,c,t\n0.3,yes,green,good bad\n,,zzz,\n"),
                &options, &summary);
    assert_int_equal(strncmp(out.bytes,
                             "bestAnswer,low,\"mid,dle\",\xc3\xbc"
                             "ber\n",
                             30),
                     0);
    struct ml_scorer *s = ml_scorer_new(multiclass);
    struct ml_strbuf want = {0};
    for (int row = 0; row < 2; row++) {
        struct ml_error err;
        ml_scorer_clear(s);
        if (row == 0) {
            must(ml_scorer_set(s, 1, "0.3", 3, &err));
            must(ml_scorer_set(s, 2, "yes", 3, &err));
            must(ml_scorer_set(s, 3, "green", 5, &err));
            must(ml_scorer_set(s, 4, "good bad", 8, &err));
        } else {
            must(ml_scorer_set(s, 3, "zzz", 3, &err));
        }
        const double *p = ml_scorer_score(s);
        const char *label = ml_model_label(multiclass, ml_model_decide(multiclass, p, 0));
        ml_strbuf_addf(&want, strchr(label, ',') != NULL ? "\"%s\"" : "%s", label);
        for (size_t k = 0; k < 3; k++) {
            ml_strbuf_addc(&want, ',');
            ml_strbuf_add_double(&want, p[k]);
        }
        ml_strbuf_addc(&want, '\n');
    }
    assert_string_equal(strchr(out.bytes, '\n') + 1, want.bytes);
    ml_scorer_free(s);
    ml_strbuf_release(&want);
    ml_strbuf_release(&out);
}

static void the_threshold_decides_and_only_scores_above_it_are_1(void **state)
{
    (void)state;
    const char *in = test_text("in.csv", "n,b,c,t\n0.1,yes,red,good\n");
    struct ml_scorer *s = ml_scorer_new(binary);
    struct ml_error err;
    must(ml_scorer_set(s, 1, "0.1", 3, &err));
    must(ml_scorer_set(s, 2, "yes", 3, &err));
    must(ml_scorer_set(s, 3, "red", 3, &err));
    must(ml_scorer_set(s, 4, "good", 4, &err));
    double score = ml_scorer_score(s)[1];
    ml_scorer_free(s);
    const double thresholds[] = {0, score, nextafter(score, 0), 1, 0.5, -1};
    const bool one[] = {true, false, true, false, score > 0.5, score > 0.5};
    for (size_t i = 0; i < 6; i++) {
        struct ml_predict_options options = ML_PREDICT_OPTIONS_INIT;
        options.threshold = thresholds[i];
        struct ml_predict_summary summary;
        struct ml_strbuf out = predict(binary, in, &options, &summary);
        assert_int_equal(strchr(out.bytes, '\n')[1], one[i] ? '1' : '0');
        ml_strbuf_release(&out);
    }
}

static void the_amazon_form_is_used_when_asked_for(void **state)
{
    (void)state;
    const char *in = test_text("in.csv", "n,b,c,t\n0.1,yes,red,good\n");
    struct ml_predict_options options = ML_PREDICT_OPTIONS_INIT;
    struct ml_predict_summary summary;
    struct ml_strbuf plain = predict(binary, in, &options, &summary);
    options.numbers = ML_NUMBERS_AMAZONML;
    struct ml_strbuf amazon = predict(binary, in, &options, &summary);
    char want[ML_NUMBER_BYTES];
    ml_number_format_amazonml(want, strtod(strchr(strchr(plain.bytes, '\n'), ',') + 1, NULL));
    assert_contains(amazon.bytes, want);
    assert_non_null(strchr(want, 'E'));
    ml_strbuf_release(&plain);
    ml_strbuf_release(&amazon);
}

static void an_invalid_binary_cell_is_scored_as_a_missing_one(void **state)
{
    (void)state;
    struct ml_predict_options options = ML_PREDICT_OPTIONS_INIT;
    struct ml_predict_summary summary;
    const char *in = test_text("in.csv", "n,b,c,t\n1,,red,w\n1,2,red,w\n1,maybe,red,w\n");
    struct ml_strbuf out = predict(binary, in, &options, &summary);
    assert_int_equal(summary.n_rejected, 0);
    char *first = strchr(out.bytes, '\n') + 1;
    size_t n = strcspn(first, "\n") + 1;
    assert_memory_equal(first, first + n, n);
    assert_memory_equal(first, first + 2 * n, n);
    ml_strbuf_release(&out);
}

static void data_and_output_must_not_be_the_same_file(void **state)
{
    (void)state;
    static const char text[] = "n,b,c,t\n1,1,red,w\n";
    struct ml_predict_options options = ML_PREDICT_OPTIONS_INIT;
    struct ml_predict_summary summary;
    struct ml_error err = {0};
    const char *path = test_text("same.csv", text);
    assert_false(ml_predict(binary, path, path, &options, &test_quiet, &summary, &err));
    assert_int_equal(err.code, ML_EINPUT);
    struct ml_strbuf kept = test_read(path);
    assert_string_equal(kept.bytes, text);
    ml_strbuf_release(&kept);
}

static void failing_leaves_no_file(void **state)
{
    (void)state;
    struct ml_predict_options options = ML_PREDICT_OPTIONS_INIT;
    struct ml_predict_summary summary;
    struct ml_error err = {0};
    must(ml_dir_make(test_path("outs"), &err));
    const char *out = test_path("outs/o.csv");
    assert_false(ml_predict(binary, test_text("in.csv", "n,b,c,t\nx,1,r,w\ny,1,r,w\n"), out,
                            &options, &test_quiet, &summary, &err));
    assert_int_equal(err.code, ML_EINPUT);
    assert_contains(err.msg, "none of the 2 rows can be scored");
    options.csv.max_rejected = 1;
    assert_false(ml_predict(binary, test_text("in.csv", "n,b,c,t\nx,1,r,w\n1,1,r,w\ny,1,r,w\n"),
                            out, &options, &test_quiet, &summary, &err));
    assert_int_equal(err.code, ML_ELIMIT);
    assert_false(ml_predict(binary, test_text("in.csv", "n,b,c\n1,1,r\n"), out, &options,
                            &test_quiet, &summary, &err));
    assert_contains(err.msg, "column 't', which the model needs");
    assert_int_equal(test_count_entries(test_path("outs")), 0);
    if (access("/dev/full", W_OK) != 0)
        return;
    assert_false(ml_predict(binary, test_text("in.csv", "n,b,c,t\n1,1,r,w\n"), "/dev/full",
                            &options, &test_quiet, &summary, &err));
    assert_int_equal(err.code, ML_EIO);
}

static void a_header_alone_gives_a_header_alone(void **state)
{
    (void)state;
    assert_predicts(binary, "n,b,c,t\n", "bestAnswer,score\n");
    assert_predicts(multiclass, "id,n,b,c,t,y\r\n",
                    "tag,trueLabel,bestAnswer,low,\"mid,dle\",\xc3\xbc"
                    "ber\n");
}

static void problems_are_noted_with_their_lines_ten_at_most(void **state)
{
    (void)state;
    struct test_notes notes = {0};
    struct ml_talk talk = {.note = test_note, .ctx = &notes};
    struct ml_strbuf in = {0};
    ml_strbuf_adds(&in, "n,b,c,t\n1,1,red,w\nbad,1,red,w\n1,0,red,w\n1,1\n");
    for (int i = 0; i < 20; i++)
        ml_strbuf_adds(&in, "1e999,1,red,w\n");
    struct ml_predict_options options = ML_PREDICT_OPTIONS_INIT;
    struct ml_predict_summary summary;
    struct ml_error err;
    must(ml_predict(binary, test_write("in.csv", in.bytes, in.length), test_path("out.csv"),
                    &options, &talk, &summary, &err));
    assert_int_equal(notes.n, ML_MAX_EXPLAINED);
    assert_contains(notes.text.bytes, "in.csv:3: column 'n': not a number: 'bad'\n");
    assert_contains(notes.text.bytes, "in.csv:5: 2 fields, expected 4\n");
    assert_contains(notes.text.bytes, "in.csv:6: column 'n': number out of range: '1e999'\n");
    ml_strbuf_release(&notes.text);
    ml_strbuf_release(&in);
}

/* The class numbers and features of the training part are what the solver was given. */
static void encoding_parts_are_disjoint_and_complete(void **state)
{
    (void)state;
    struct ml_strbuf csv = model_csv(400, 1, model_binary_labels, 2);
    const char *path = test_write("train.csv", csv.bytes, csv.length);
    struct ml_predict_options options = ML_PREDICT_OPTIONS_INIT;
    struct ml_predict_summary summary[3];
    for (int part = 0; part < 3; part++) {
        struct ml_error err;
        must(ml_encode(binary, path, test_path("svm.txt"), (enum ml_part)part, &options,
                       &test_quiet, &summary[part], &err));
        struct ml_strbuf out = test_read(test_path("svm.txt"));
        size_t lines = 0;
        for (size_t i = 0; i < out.length; i++)
            lines += out.bytes[i] == '\n';
        assert_int_equal(lines, summary[part].n_rows - summary[part].n_rejected);
        assert_true(out.bytes[0] == '0' || out.bytes[0] == '1');
        ml_strbuf_release(&out);
    }
    assert_int_equal(summary[0].n_rows, 400);
    assert_int_equal(summary[1].n_rows + summary[2].n_rows, 400);
    assert_int_equal(summary[1].n_rows, binary->provenance.n_train);
    ml_strbuf_release(&csv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_output_depends_neither_on_jobs_nor_on_pipe_or_file),
        cmocka_unit_test(every_row_has_its_line_and_a_rejected_one_an_empty_line),
        cmocka_unit_test(tag_and_true_label_are_there_when_their_columns_are),
        cmocka_unit_test(scores_are_those_of_the_scorer),
        cmocka_unit_test(the_threshold_decides_and_only_scores_above_it_are_1),
        cmocka_unit_test(the_amazon_form_is_used_when_asked_for),
        cmocka_unit_test(an_invalid_binary_cell_is_scored_as_a_missing_one),
        cmocka_unit_test(data_and_output_must_not_be_the_same_file),
        cmocka_unit_test(failing_leaves_no_file),
        cmocka_unit_test(a_header_alone_gives_a_header_alone),
        cmocka_unit_test(problems_are_noted_with_their_lines_ten_at_most),
        cmocka_unit_test(encoding_parts_are_disjoint_and_complete),
    };
    return cmocka_run_group_tests(tests, make_models, free_models);
}
