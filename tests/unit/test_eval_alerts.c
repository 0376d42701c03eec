#include "../lib/testing.h"

#include <math.h>

#include "base/json.h"
#include "eval/alerts.h"
#include "eval/text_cell.h"

static struct ml_alerts found(const struct ml_eval_facts *facts)
{
    struct ml_alerts alerts;
    ml_alerts_find(&alerts, facts);
    return alerts;
}

static void assert_only(const struct ml_eval_facts *facts, enum ml_alert_code code,
                        const char *message)
{
    struct ml_alerts alerts = found(facts);
    assert_int_equal(alerts.n, 1);
    assert_int_equal(alerts.items[0].code, code);
    assert_string_equal(alerts.items[0].message, message);
}

static void nothing_known_is_nothing_alarming(void **state)
{
    (void)state;
    assert_int_equal(found(&(struct ml_eval_facts){.rows = 0}).n, 0);
    struct ml_strbuf text = {0};
    struct ml_alerts none = {.n = 0};
    ml_alerts_text(&text, &none);
    assert_int_equal(text.length, 0);
    ml_alerts_json(&text, &none);
    assert_string_equal(text.bytes, "\"alerts\":[]");
    ml_strbuf_release(&text);
}

static void the_held_out_part_is_not_training_data(void **state)
{
    (void)state;
    struct ml_eval_facts facts = {.is_training_data = true, .rows = 300, .training_rows = 700};
    assert_only(
        &facts, ML_ALERT_TRAINING_DATA,
        "training rows are among the evaluated rows: on new rows the model is likely worse");
    facts.is_held_out = true;
    assert_int_equal(found(&facts).n, 0);
}

static void fewer_than_a_tenth_are_few(void **state)
{
    (void)state;
    struct ml_eval_facts facts = {.rows = 99, .training_rows = 1000};
    assert_only(&facts, ML_ALERT_FEW_ROWS,
                "99 evaluated rows are 9.9 % of the 1000 training rows: below 10 % figures are "
                "uncertain");
    facts.rows = 100;
    assert_int_equal(found(&facts).n, 0);
}

static void columns_are_named_three_at_most(void **state)
{
    (void)state;
    static const char *const missing[] = {"age", "tab\there"};
    static const char *const extra[] = {"a", "b", "c", "d", "e"};
    struct ml_eval_facts facts = {.missing = missing, .n_missing = 2};
    assert_only(&facts, ML_ALERT_SCHEMA, "columns missing: 'age', 'tab\\x09here'");
    facts.extra = extra;
    facts.n_extra = 5;
    assert_only(&facts, ML_ALERT_SCHEMA,
                "columns missing: 'age', 'tab\\x09here'; not known to the model: 'a', 'b', 'c' and "
                "2 more");
    facts.n_missing = 0;
    facts.n_extra = 3;
    assert_only(&facts, ML_ALERT_SCHEMA, "columns not known to the model: 'a', 'b', 'c'");
}

static void invalid_rows_are_counted(void **state)
{
    (void)state;
    assert_only(&(struct ml_eval_facts){.rows = 990, .invalid_rows = 10}, ML_ALERT_INVALID_ROWS,
                "10 of 1000 rows are invalid and were not evaluated");
}

static void a_shift_is_named_by_its_largest_class(void **state)
{
    (void)state;
    static const char *const labels[] = {"no", "yes"};
    const double shares[] = {0.9, 0.1};
    uint64_t counts[] = {700, 300};
    struct ml_eval_facts facts = {
        .n_classes = 2, .labels = labels, .training_shares = shares, .class_counts = counts};
    struct ml_alerts alerts = found(&facts);
    assert_int_equal(alerts.n, 1);
    assert_contains(alerts.items[0].message, "'no' is 70 % of the rows, there 90 %");
    counts[0] = counts[1] = 0;
    assert_int_equal(found(&facts).n, 0);
}

static void a_class_without_training_rows_is_beyond_chance(void **state)
{
    (void)state;
    static const char *const labels[] = {"a", "b"};
    const double shares[] = {1, 0};
    uint64_t counts[] = {50, 50};
    struct ml_eval_facts facts = {
        .n_classes = 2, .labels = labels, .training_shares = shares, .class_counts = counts};
    assert_int_equal(found(&facts).n, 1);
    counts[1] = 1; /* too little to matter */
    assert_int_equal(found(&facts).n, 0);
}

static void many_rows_alone_do_not_alarm(void **state)
{
    (void)state;
    static const char *const labels[] = {"no", "yes"};
    const double shares[] = {0.9, 0.1};
    const uint64_t counts[] = {89000000, 11000000};
    assert_int_equal(found(&(struct ml_eval_facts){.n_classes = 2,
                                                   .labels = labels,
                                                   .training_shares = shares,
                                                   .class_counts = counts})
                         .n,
                     0);
    struct ml_eval_facts numbers = {
        .training_target = {1000000000, 5, 1000000000},
        .target = {1000000000, 5.05, 1000000000},
    };
    assert_int_equal(found(&numbers).n, 0);
    numbers.target.mean = 5.2;
    struct ml_alerts alerts = found(&numbers);
    assert_int_equal(alerts.n, 1);
    assert_contains(alerts.items[0].message, "its mean is 5.2, there 5 with a standard deviation");
    numbers.target.n = 1;
    assert_int_equal(found(&numbers).n, 0);
}

static void all_five_make_valid_json_and_narrow_text(void **state)
{
    (void)state;
    static const char *const hostile[] = {
        "\xff\xfe\"\n a name that is very long indeed, longer than "
        "any column has",
        "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "größe"};
    const double shares[] = {0.2, 0.4, 0.4};
    const uint64_t counts[] = {90, 1, 9};
    struct ml_eval_facts facts = {
        .is_training_data = true,
        .rows = 1,
        .invalid_rows = SIZE_MAX / 2,
        .training_rows = SIZE_MAX,
        .missing = hostile,
        .n_missing = 3,
        .extra = hostile,
        .n_extra = 3,
        .n_classes = 3,
        .labels = hostile,
        .training_shares = shares,
        .class_counts = counts,
    };
    struct ml_alerts alerts = found(&facts);
    assert_int_equal(alerts.n, ML_ALERT_CODES);
    struct ml_strbuf text = {0};
    ml_strbuf_adds(&text, "{");
    ml_alerts_json(&text, &alerts);
    ml_strbuf_adds(&text, "}");
    struct ml_json *document = NULL;
    struct ml_error err;
    must(ml_json_parse(&document, text.bytes, text.length, "alerts", &err));
    const struct ml_json *alert = ml_json_first(ml_json_get(document, "alerts"));
    for (int code = 0; code < ML_ALERT_CODES; code++, alert = ml_json_next(alert))
        assert_string_equal(ml_json_string(ml_json_get(alert, "code")),
                            ml_alert_name((enum ml_alert_code)code));
    ml_json_free(document);
    ml_strbuf_clear(&text);
    ml_alerts_text(&text, &alerts);
    size_t width = 0;
    for (const char *at = text.bytes; *at != '\0'; at++) {
        width = *at == '\n' ? 0 : width + (((unsigned char)*at & 0xc0) != 0x80);
        assert_true(width <= ML_TEXT_COLUMNS);
    }
    ml_strbuf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_known_is_nothing_alarming),
        cmocka_unit_test(the_held_out_part_is_not_training_data),
        cmocka_unit_test(fewer_than_a_tenth_are_few),
        cmocka_unit_test(columns_are_named_three_at_most),
        cmocka_unit_test(invalid_rows_are_counted),
        cmocka_unit_test(a_shift_is_named_by_its_largest_class),
        cmocka_unit_test(a_class_without_training_rows_is_beyond_chance),
        cmocka_unit_test(many_rows_alone_do_not_alarm),
        cmocka_unit_test(all_five_make_valid_json_and_narrow_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
