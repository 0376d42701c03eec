#include "../lib/testing.h"

#include "recipe/recipe.h"

/* id is the row id, y the target, gone excluded. */
static const char *const shop[][2] = {
    {"id", "CATEGORICAL"},      {"amount", "NUMERIC"},   {"tax", "NUMERIC"},  {"hours", "NUMERIC"},
    {"country", "CATEGORICAL"}, {"plan", "CATEGORICAL"}, {"gift", "BINARY"},  {"subject", "TEXT"},
    {"body", "TEXT"},           {"1stFlrSF", "NUMERIC"}, {"gone", "NUMERIC"}, {"y", "BINARY"},
};

/* A schema of columns {name, type}, by JSON as a user's would be. */
static struct ml_schema *make_schema(const char *const (*columns)[2], size_t n, const char *rest)
{
    struct ml_strbuf buf = {0};
    ml_strbuf_adds(&buf, "{\"attributes\":[");
    for (size_t i = 0; i < n; i++) {
        ml_strbuf_adds(&buf, i > 0 ? ",{" : "{");
        ml_json_add_key(&buf, "attributeName");
        ml_json_adds(&buf, columns[i][0]);
        ml_json_add_key(&buf, "attributeType");
        ml_json_adds(&buf, columns[i][1]);
        ml_strbuf_adds(&buf, "}");
    }
    ml_strbuf_addf(&buf, "]%s}", rest);
    struct ml_schema *schema = test_schema(buf.bytes);
    ml_strbuf_release(&buf);
    return schema;
}

static struct ml_schema *shop_schema(void)
{
    return make_schema(shop, sizeof(shop) / sizeof(shop[0]),
                       ",\"rowId\":\"id\",\"targetAttributeName\":\"y\","
                       "\"excludedAttributeNames\":[\"gone\"]");
}

static struct ml_recipe *parse(const struct ml_schema *schema, const char *text)
{
    struct ml_recipe *recipe = NULL;
    struct ml_error err;
    must(ml_recipe_parse(&recipe, text, strlen(text), schema, "r", &err));
    return recipe;
}

/* The outputs, one a line. */
static void assert_outputs(const struct ml_schema *schema, const char *text, const char *expected)
{
    struct ml_recipe *recipe = parse(schema, text);
    struct ml_strbuf buf = {0};
    for (size_t i = 0; i < recipe->n_outputs; i++) {
        ml_recipe_expression(recipe, schema, recipe->outputs[i], &buf);
        ml_strbuf_addc(&buf, '\n');
    }
    assert_string_equal(buf.bytes, expected);
    ml_strbuf_release(&buf);
    ml_recipe_free(recipe);
}

static void assert_refused(const struct ml_schema *schema, const char *text, enum ml_err code,
                           const char *message)
{
    struct ml_recipe *recipe = NULL;
    struct ml_error err = {0};
    if (ml_recipe_parse(&recipe, text, strlen(text), schema, "r", &err))
        fail_msg("taken: %.300s", text);
    assert_null(recipe);
    if (err.code != code || strstr(err.msg, message) == NULL)
        fail_msg("%.300s: %d '%s', not '%s'", text, (int)err.code, err.msg, message);
}

#define OUT(expression) "{\"outputs\":[\"" expression "\"]}"
#define GROUP(expression) "{\"groups\":{\"G\":\"" expression "\"},\"outputs\":[\"plan\"]}"
#define ASSIGN(expression) "{\"assignments\":{\"a\":\"" expression "\"},\"outputs\":[\"plan\"]}"

struct pair {
    const char *text;
    const char *other;
};

static void assert_all_outputs(const struct pair *cases, size_t n)
{
    struct ml_schema *schema = shop_schema();
    for (size_t i = 0; i < n; i++)
        assert_outputs(schema, cases[i].text, cases[i].other);
    ml_schema_free(schema);
}

static void assert_all_refused(const struct pair *cases, size_t n)
{
    struct ml_schema *schema = shop_schema();
    for (size_t i = 0; i < n; i++)
        assert_refused(schema, cases[i].text, ML_EINPUT, cases[i].other);
    ml_schema_free(schema);
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void outputs_are_expanded_in_the_order_written(void **state)
{
    (void)state;
    static const struct pair cases[] = {
        {OUT("plan"), "plan\n"},
        {OUT("ALL_NUMERIC"), "amount\ntax\nhours\n'1stFlrSF'\n"},
        {OUT("ALL_CATEGORICAL"), "country\nplan\n"},
        {OUT("ALL_BINARY"), "gift\n"},
        {OUT("ALL_TEXT"), "subject\nbody\n"},
        {OUT("ALL_INPUTS"), "amount\ntax\nhours\ncountry\nplan\ngift\nsubject\nbody\n'1stFlrSF'\n"},
        {OUT("'plan'"), "plan\n"},
        {OUT("'ALL_BINARY'"), "gift\n"},
        {OUT(" \\t ngram ( subject , 3 ) \\n"), "ngram(subject,3)\n"},
        {OUT("plan // and , more ('"), "plan\n"},
        {OUT("plan//x"), "plan\n"},
        {OUT("quantile_bin('1stFlrSF',2)"), "quantile_bin('1stFlrSF',2)\n"},
        {OUT("quantile_bin(tax,1000)"), "quantile_bin(tax,1000)\n"},
        {OUT("osb(no_punct(lowercase(body)),10)"), "osb(no_punct(lowercase(body)),10)\n"},
        {OUT("ngram(lowercase(ALL_TEXT),2)"),
         "ngram(lowercase(subject),2)\nngram(lowercase(body),2)\n"},
        {OUT("quantile_bin(normalize(tax),7)"), "quantile_bin(tax,7)\n"},
        {OUT("normalize(normalize(normalize(tax)))"), "normalize(tax)\n"},
        {"{\"outputs\":[\"plan\",\"ALL_CATEGORICAL\",\"'plan'\"]}", "plan\ncountry\n"},
        {"{\"outputs\":[\"a\"],\"assignments\":{\"a\":\"lowercase(b)\",\"b\":\"no_punct(c)\","
         "\"c\":\"body\"},\"groups\":{}}",
         "lowercase(no_punct(body))\n"},
        {"{\"assignments\":{\"a\":\"ALL_TEXT\"},\"outputs\":[\"ngram(a,2)\"]}",
         "ngram(subject,2)\nngram(body,2)\n"},
        {"{\"groups\":{\"H\":\"group(G,G,plan)\",\"G\":\"group('country',ALL_BINARY)\"},"
         "\"outputs\":[\"H\"]}",
         "country\ngift\nplan\n"},
        {"{\"groups\":{\"G\":\"group_remove(H, tax, 'hours')\",\"H\":\"group_remove(ALL_NUMERIC,"
         "'1stFlrSF')\"},\"outputs\":[\"G\"]}",
         "amount\n"},
        {"{\"groups\":{\"G\":\"group(tax)\",\"H\":\"group_remove(ALL_NUMERIC,G)\"},"
         "\"outputs\":[\"H\"]}",
         "amount\nhours\n'1stFlrSF'\n"},
        {"{\"groups\":{\"odd name\":\"group(tax)\"},\"outputs\":[\"normalize('odd name')\"]}",
         "normalize(tax)\n"},
    };
    assert_all_outputs(cases, COUNT(cases));
}

static void products_are_flat_and_counted_once(void **state)
{
    (void)state;
    static const struct pair cases[] = {
        {OUT("cartesian(country,plan)"), "cartesian(country,plan)\n"},
        {OUT("cartesian(plan,cartesian(gift,country))"), "cartesian(plan,gift,country)\n"},
        {OUT("cartesian(cartesian(plan,gift),country)"), "cartesian(plan,gift,country)\n"},
        {"{\"outputs\":[\"cartesian(plan,gift)\",\"cartesian(gift,plan)\"]}",
         "cartesian(plan,gift)\n"},
        {OUT("cartesian(ALL_CATEGORICAL,ALL_CATEGORICAL)"), "cartesian(country,plan)\n"},
        {OUT("cartesian(ALL_CATEGORICAL,gift)"), "cartesian(country,gift)\ncartesian(plan,gift)\n"},
        {OUT("cartesian(ALL_CATEGORICAL,lowercase(ALL_TEXT))"),
         "cartesian(country,lowercase(subject))\ncartesian(country,lowercase(body))\n"
         "cartesian(plan,lowercase(subject))\ncartesian(plan,lowercase(body))\n"},
        {OUT("cartesian(quantile_bin(tax,5),ngram(body,2),subject)"),
         "cartesian(quantile_bin(tax,5),ngram(body,2),subject)\n"},
        {"{\"outputs\":[\"gift\",\"cartesian(ALL_BINARY,ALL_BINARY)\"]}", "gift\n"},
    };
    assert_all_outputs(cases, COUNT(cases));
}

static void nodes_say_kind_numbers_and_arguments(void **state)
{
    (void)state;
    struct ml_schema *schema = shop_schema();
    struct ml_recipe *r = parse(
        schema, "{\"assignments\":{\"unused\":\"osb(subject,4)\",\"b\":\"quantile_bin(tax,20)\"},"
                "\"outputs\":[\"cartesian(b,lowercase(body))\",\"b\",\"cartesian(plan,b)\","
                "\"ngram(body,3)\",\"normalize(tax)\"]}");
    /* tax, b, body, lowercase, product, plan, product, ngram, normalize; nothing unused */
    assert_int_equal(r->n_nodes, 9);
    assert_int_equal(r->n_outputs, 5);
    const struct ml_node *product = &r->nodes[r->outputs[0]];
    const struct ml_node *bins = &r->nodes[r->outputs[1]];
    assert_int_equal(product->transform, ML_CARTESIAN);
    assert_int_equal(product->kind, ML_KIND_TOKENS);
    assert_int_equal(product->n_args, 2);
    assert_int_equal(product->args[0], r->outputs[1]);
    assert_int_equal(r->nodes[product->args[1]].transform, ML_LOWERCASE);
    assert_int_equal(r->nodes[product->args[1]].kind, ML_KIND_TEXT);
    assert_int_equal(bins->transform, ML_QUANTILE_BIN);
    assert_int_equal(bins->kind, ML_KIND_LEVEL);
    assert_int_equal(bins->n, 20);
    assert_int_equal(r->nodes[bins->args[0]].transform, ML_COLUMN);
    assert_int_equal(r->nodes[bins->args[0]].column, 2);
    assert_int_equal(r->nodes[bins->args[0]].kind, ML_KIND_NUMBER);
    assert_int_equal(r->nodes[r->outputs[2]].kind, ML_KIND_LEVEL);
    assert_int_equal(r->nodes[r->outputs[3]].kind, ML_KIND_TOKENS);
    assert_int_equal(r->nodes[r->outputs[3]].n, 3);
    assert_int_equal(r->nodes[r->outputs[4]].kind, ML_KIND_NUMBER);
    for (size_t i = 0; i < r->n_nodes; i++)
        for (size_t k = 0; k < r->nodes[i].n_args; k++)
            assert_true(r->nodes[i].args[k] < i);
    ml_recipe_free(r);
    ml_schema_free(schema);
}

static void the_guides_example_parses(void **state)
{
    (void)state;
    struct ml_schema *schema = shop_schema();
    assert_outputs(
        schema,
        "{\"groups\":{\"MONEY\":\"group('amount','tax')\","
        "\"LONG_TEXT\":\"group_remove(ALL_TEXT, subject)\","
        "\"DISCRETE\":\"group(ALL_CATEGORICAL, ALL_BINARY)\"},"
        "\"assignments\":{\"binned\":\"quantile_bin(MONEY, 20)\","
        "\"country_x_plan\":\"cartesian(country, plan)\"},"
        "\"outputs\":[\"DISCRETE\",\"binned\",\"normalize(hours)\","
        "\"ngram(lowercase(no_punct(LONG_TEXT)), 3)\","
        "\"cartesian(binned, quantile_bin(hours, 10)) // comments allowed\",\"country_x_plan\"]}",
        "country\nplan\ngift\nquantile_bin(amount,20)\nquantile_bin(tax,20)\nnormalize(hours)\n"
        "ngram(lowercase(no_punct(body)),3)\n"
        "cartesian(quantile_bin(amount,20),quantile_bin(hours,10))\n"
        "cartesian(quantile_bin(tax,20),quantile_bin(hours,10))\ncartesian(country,plan)\n");
    ml_schema_free(schema);
}

static void amazons_own_recipes_parse_where_types_are_absent(void **state)
{
    (void)state;
    static const char *const banking[][2] = {{"age", "NUMERIC"}, {"job", "CATEGORICAL"}};
    static const char *const titanic[][2] = {
        {"age", "NUMERIC"}, {"fare", "NUMERIC"}, {"tax", "NUMERIC"}, {"name", "TEXT"}};
    struct ml_schema *schema = make_schema(banking, 2, "");
    assert_outputs(schema,
                   "{\"outputs\":[\"ALL_BINARY\",\"ALL_CATEGORICAL\","
                   "\"quantile_bin(ALL_NUMERIC,50)\",\"lowercase(ALL_TEXT)\"]}",
                   "job\nquantile_bin(age,50)\n");
    ml_schema_free(schema);
    schema = make_schema(titanic, 4, "");
    assert_outputs(schema,
                   "{\"groups\":{\"NUMERIC_VARS_QB_50\":\"group('age')\","
                   "\"NUMERIC_VARS_QB_10\":\"group('fare','tax')\"},\"assignments\":{},"
                   "\"outputs\":[\"ALL_BINARY\",\"ALL_CATEGORICAL\","
                   "\"quantile_bin(NUMERIC_VARS_QB_50,50)\","
                   "\"quantile_bin(NUMERIC_VARS_QB_10,10)\",\"ALL_TEXT\"]}",
                   "quantile_bin(age,50)\nquantile_bin(fare,10)\nquantile_bin(tax,10)\nname\n");
    assert_refused(schema, "{\"outputs\":[\"ALL_BINARY\",\"cartesian(ALL_CATEGORICAL,name)\"]}",
                   ML_EINPUT, "r: outputs: nothing is left to learn from");
    ml_schema_free(schema);
}

static void what_is_wrong_in_the_object_is_named(void **state)
{
    (void)state;
    static const struct pair cases[] = {
        {"", "r:1:1: "},
        {"[]", "r: a recipe must be a JSON object"},
        {"{}", "r: 'outputs' must be a list of expressions"},
        {"{\"outputs\":[]}", "r: 'outputs' must be a list of expressions"},
        {"{\"outputs\":\"plan\"}", "r: 'outputs' must be a list of expressions"},
        {"{\"outputs\":[\"plan\",7]}", "r: outputs[1]: not a string"},
        {"{\"output\":[]}", "r: unknown member 'output'; known are groups, assignments, outputs"},
        {"{\"groups\":[],\"outputs\":[\"plan\"]}", "r: 'groups' must be an object"},
        {"{\"assignments\":null,\"outputs\":[\"plan\"]}", "r: 'assignments' must be an object"},
        {"{\"groups\":{\"G\":1},\"outputs\":[\"plan\"]}", "r: groups['G']: not a string"},
        {"{\"groups\":{\"G\":\"group(tax)\",\"G\":\"group(tax)\"},\"outputs\":[\"G\"]}",
         "r: 'G' appears twice"},
        {"{\"groups\":{\"\":\"group(tax)\"},\"outputs\":[\"tax\"]}",
         "r: groups['']: a name must start with a letter and have 1 to 64 characters"},
        {"{\"groups\":{\"1G\":\"group(tax)\"},\"outputs\":[\"tax\"]}", "must start with a letter"},
        {"{\"groups\":{\"abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcde\":"
         "\"group(tax)\"},\"outputs\":[\"tax\"]}",
         "1 to 64 characters"},
        {"{\"groups\":{\"ALL_TEXT\":\"group(tax)\"},\"outputs\":[\"tax\"]}",
         "r: groups['ALL_TEXT']: the name is reserved"},
        {"{\"assignments\":{\"ngram\":\"tax\"},\"outputs\":[\"tax\"]}",
         "r: assignments['ngram']: the name is reserved"},
        {"{\"assignments\":{\"group_remove\":\"tax\"},\"outputs\":[\"tax\"]}", "reserved"},
        {"{\"assignments\":{\"gone\":\"tax\"},\"outputs\":[\"tax\"]}",
         "r: assignments['gone']: a column has that name already"},
        {"{\"groups\":{\"G\":\"group(tax)\"},\"assignments\":{\"G\":\"tax\"},"
         "\"outputs\":[\"tax\"]}",
         "r: assignments['G']: a group has that name already"},
    };
    assert_all_refused(cases, COUNT(cases));
}

static void what_is_wrong_in_an_expression_has_its_column(void **state)
{
    (void)state;
    static const struct pair cases[] = {
        {OUT(""), "r: outputs[0], column 1: an expression is missing"},
        {OUT(" // only this"), "an expression is missing"},
        {OUT("ngram(subject,)"), "column 15: expected a name or a function, found ')'"},
        {OUT("ngram(,2)"), "column 7: expected a name or a function, found ',2)'"},
        {OUT("ngram(subject,2"), "r: outputs[0], column 1: the parenthesis of 'ngram' is not"},
        {OUT("ngram(subject 2)"), "column 15: expected ',' or ')', found '2)'"},
        {OUT("normalize('tax)"), "column 11: the quote that opens here is not closed"},
        {OUT("normalize('"), "column 11: the quote that opens here is not closed"},
        {OUT("'''"), "column 1: the quote that opens here is not closed"},
        {OUT("''"), "column 1: an empty name"},
        {OUT("'plan'(tax)"), "column 7: a quoted name is no function"},
        {OUT("\\\"plan\\\""), "column 1: names are quoted with ', not with \""},
        {OUT("plan gift"), "column 6: trailing garbage: 'gift'; a name with blanks"},
        {OUT("lowercase(body))"), "r: outputs[0], column 16: trailing garbage: ')'"},
        {OUT("quantile_bin(1stFlrSF,5)"), "column 14: expected a column, group or assignment, not "
                                          "'1stFlrSF'; a name that does not start with a letter"},
        {OUT("7"), "column 1: expected a column, group or assignment, not '7'"},
        {OUT("stem(body)"), "column 1: unknown function 'stem'; known are lowercase, no_punct, "
                            "ngram, osb, quantile_bin, normalize, cartesian"},
        {OUT("group(tax)"), "column 1: 'group' can only begin an expression of 'groups'"},
        {OUT("foo"), "r: outputs[0], column 1: 'foo' is no column, group or assignment"},
        {OUT("Plan"), "'Plan' is no column, group or assignment; is 'plan' meant?"},
        {OUT("all_text"), "is 'ALL_TEXT' meant?"},
        {OUT("ngram"), "'ngram' is a function and needs arguments"},
        {OUT("y"), "column 'y' is the target and cannot be a feature"},
        {OUT("id"), "column 'id' is the row id and cannot"},
        {OUT("normalize(gone)"), "column 11: column 'gone' is excluded by the schema"},
        {"{\"outputs\":[\"plan\",\"gift\",\"lowercase(( \"]}", "r: outputs[2], column 11: "},
        {"{\"assignments\":{\"x\":\"lower(body)\"},\"outputs\":[\"plan\"]}",
         "r: assignments['x'], column 1: unknown function 'lower'"},
    };
    assert_all_refused(cases, COUNT(cases));
}

static void arguments_must_fit_in_number_kind_and_range(void **state)
{
    (void)state;
    static const struct pair cases[] = {
        {"{\"outputs\":[\"plan\",\"gift\",\"quantile_bin(cartesian(plan),3)\"]}",
         "r: outputs[2], column 14: 'cartesian' needs at least 2 arguments"},
        {OUT("cartesian()"), "'cartesian' needs at least 2 arguments"},
        {OUT("normalize()"), "'normalize' takes 1 argument, not 0"},
        {OUT("lowercase(body,2)"), "'lowercase' takes 1 argument, not 2"},
        {OUT("quantile_bin(tax)"), "'quantile_bin' takes 2 arguments, not 1"},
        {OUT("ngram(body,2,3)"), "'ngram' takes 2 arguments, not 3"},
        {OUT("quantile_bin(tax,1)"), "r: outputs[0], column 18: 'quantile_bin' takes a whole "
                                     "number of bins from 2 to 1000, not '1'"},
        {OUT("quantile_bin(tax,1001)"), "not '1001'"},
        {OUT("quantile_bin(tax,99999999999999999999999)"), "not '9999"},
        {OUT("quantile_bin(tax,5.0)"), "not '5.0'"},
        {OUT("quantile_bin(tax,-5)"), "not '-5'"},
        {OUT("quantile_bin(tax,1e2)"), "not '1e2'"},
        {OUT("quantile_bin(tax,'5')"), "not '5'"},
        {OUT("quantile_bin(tax,plan)"), "not 'plan'"},
        {OUT("ngram(body,1)"), "'ngram' takes a whole number of words from 2 to 10, not '1'"},
        {OUT("osb(body,11)"), "'osb' takes a whole number of words from 2 to 10, not '11'"},
        {OUT("quantile_bin(plan,5)"),
         "column 14: 'quantile_bin' takes NUMERIC, but 'plan' is CATEGORICAL"},
        {OUT("quantile_bin(ALL_INPUTS,5)"), "takes NUMERIC, but 'country' is CATEGORICAL"},
        {OUT("quantile_bin(quantile_bin(tax,5),5)"), "but 'quantile_bin(tax,5)' is a category"},
        {OUT("normalize(body)"), "'normalize' takes NUMERIC, but 'body' is TEXT"},
        {OUT("lowercase(gift)"), "'lowercase' takes TEXT, but 'gift' is BINARY"},
        {OUT("no_punct(tax)"), "'no_punct' takes TEXT, but 'tax' is NUMERIC"},
        {OUT("lowercase(normalize(tax))"), "but 'normalize(tax)' is a number"},
        {OUT("osb(ngram(body,2),2)"), "'osb' takes TEXT, but 'ngram(body,2)' is tokens"},
        {OUT("cartesian(plan,tax)"),
         "column 16: 'cartesian' takes no numbers; bin 'tax' first with quantile_bin"},
        {OUT("cartesian(plan,plan)"), "'cartesian' of something with itself says nothing new"},
        {OUT("cartesian(plan,cartesian(gift,plan))"), "with itself"},
        {OUT("cartesian(plan,5)"), "expected a column, group or assignment, not '5'"},
    };
    assert_all_refused(cases, COUNT(cases));
}

static void groups_hold_columns_and_are_never_empty(void **state)
{
    (void)state;
    static const struct pair cases[] = {
        {GROUP("tax"), "r: groups['G'], column 1: a group is made by group(...) or group_remove"},
        {GROUP("lowercase(body)"), "a group is made by group(...)"},
        {GROUP("group()"), "'group' needs at least 1 argument"},
        {GROUP("group_remove(ALL_TEXT)"), "'group_remove' needs at least 2 arguments"},
        {GROUP("group(ALL_INPUTS)"), "column 7: 'ALL_INPUTS' cannot be used in 'group'"},
        {GROUP("group('ALL_INPUTS')"), "'ALL_INPUTS' cannot be used in 'group'"},
        {GROUP("group_remove(ALL_INPUTS,tax)"), "'ALL_INPUTS' cannot be used in 'group_remove'"},
        {GROUP("group(tax,lowercase(body))"),
         "column 11: 'group' takes names of columns and groups, not 'lowercase'"},
        {GROUP("group(tax,3)"), "not '3'"},
        {GROUP("group_remove(tax,tax)"),
         "'group_remove' takes columns from a group, but 'tax' is a column"},
        {GROUP("group_remove(ALL_TEXT,tax)"), "column 23: 'tax' is not in the group"},
        {GROUP("group_remove(ALL_TEXT,ALL_NUMERIC)"), "'amount' is not in the group"},
        {GROUP("group_remove(ALL_TEXT,subject,subject)"), "'subject' is not in the group"},
        {GROUP("group_remove(ALL_TEXT,body,subject)"),
         "r: groups['G'], column 1: the group is empty"},
        {GROUP("group(y)"), "column 'y' is the target"},
        {GROUP("group(nobody)"), "'nobody' is no column, group or assignment"},
        {"{\"groups\":{\"G\":\"group(a)\"},\"assignments\":{\"a\":\"tax\"},\"outputs\":[\"G\"]}",
         "takes names of columns and groups, but 'a' is an assignment"},
    };
    assert_all_refused(cases, COUNT(cases));
    static const char *const lone[][2] = {{"plan", "CATEGORICAL"}};
    struct ml_schema *schema = make_schema(lone, 1, "");
    assert_refused(schema, GROUP("group(ALL_TEXT)"), ML_EINPUT, "the group is empty");
    ml_schema_free(schema);
}

static void cycles_are_shown(void **state)
{
    (void)state;
    static const struct pair cases[] = {
        {"{\"assignments\":{\"a\":\"lowercase(b)\",\"b\":\"no_punct(a)\"},\"outputs\":[\"plan\"]}",
         "r: assignments['a']: cycle: a -> b -> a"},
        {ASSIGN("a"), "r: assignments['a']: cycle: a -> a"},
        {"{\"groups\":{\"F\":\"group(G)\",\"G\":\"group(tax,H)\",\"H\":\"group(G)\"},"
         "\"outputs\":[\"plan\"]}",
         "r: groups['G']: cycle: G -> H -> G"},
    };
    assert_all_refused(cases, COUNT(cases));
}

/* {"assignments":{"a0":"body","a1":"lowercase(a0)",…},"outputs":["a<n-1>"]}, or turned round. */
static void make_chain(struct ml_strbuf *buf, size_t n, bool reversed)
{
    ml_strbuf_adds(buf, "{\"assignments\":{");
    for (size_t i = 0; i < n; i++) {
        size_t k = reversed ? n - 1 - i : i;
        ml_strbuf_adds(buf, i > 0 ? "," : "");
        if (k == 0)
            ml_strbuf_adds(buf, "\"a0\":\"body\"");
        else
            ml_strbuf_addf(buf, "\"a%zu\":\"lowercase(a%zu)\"", k, k - 1);
    }
    ml_strbuf_addf(buf, "},\"outputs\":[\"a%zu\"]}", n - 1);
}

static void add_nested(struct ml_strbuf *buf, size_t depth, const char *inner)
{
    for (size_t i = 0; i < depth; i++)
        ml_strbuf_adds(buf, i % 2 > 0 ? "lowercase(" : "no_punct(");
    ml_strbuf_adds(buf, inner);
    for (size_t i = 0; i < depth; i++)
        ml_strbuf_addc(buf, ')');
}

static void assert_limit(const struct ml_schema *schema, const char *text, bool is_within,
                         const char *message)
{
    if (is_within)
        ml_recipe_free(parse(schema, text));
    else
        assert_refused(schema, text, ML_ELIMIT, message);
}

static void depth_is_bounded_however_it_is_written(void **state)
{
    (void)state;
    struct ml_schema *schema = shop_schema();
    struct ml_strbuf buf = {0};
    for (size_t depth = 32; depth <= 33; depth++) {
        ml_strbuf_clear(&buf);
        ml_strbuf_adds(&buf, "{\"outputs\":[\"");
        add_nested(&buf, depth, "body");
        ml_strbuf_adds(&buf, "\"]}");
        assert_limit(schema, buf.bytes, depth == 32, "calls are nested more than 32 deep");
        for (int reversed = 0; reversed < 2; reversed++) {
            ml_strbuf_clear(&buf);
            make_chain(&buf, depth, reversed != 0);
            assert_limit(schema, buf.bytes, depth == 32, "refer to one another are nested");
        }
        ml_strbuf_clear(&buf);
        ml_strbuf_adds(&buf, "{\"assignments\":{\"a\":\"");
        add_nested(&buf, 16, "body");
        ml_strbuf_adds(&buf, "\"},\"outputs\":[\"");
        add_nested(&buf, depth - 16, "a");
        ml_strbuf_adds(&buf, "\"]}");
        assert_limit(schema, buf.bytes, depth == 32,
                     "r: outputs[0], column 1: calls are nested more than 32 deep, names");
    }
    ml_strbuf_release(&buf);
    ml_schema_free(schema);
}

/* n columns of a type: x0, x1… */
static struct ml_schema *wide_schema(size_t n, enum ml_type type, const char *format)
{
    struct ml_schema *schema = ml_schema_new(n);
    for (size_t i = 0; i < n; i++) {
        struct ml_strbuf name = {0};
        ml_strbuf_addf(&name, "%s%zu", format, i);
        schema->columns[i].name = ml_strbuf_take(&name);
        schema->columns[i].type = type;
    }
    return schema;
}

static void ten_thousand_outputs_are_the_limit(void **state)
{
    (void)state;
    struct ml_schema *schema = wide_schema(2000, ML_NUMERIC, "x");
    struct ml_recipe *recipe =
        parse(schema, "{\"outputs\":[\"ALL_NUMERIC\",\"normalize(ALL_NUMERIC)\","
                      "\"quantile_bin(ALL_NUMERIC,2)\",\"quantile_bin(ALL_NUMERIC,3)\","
                      "\"quantile_bin(ALL_INPUTS,4)\",\"x1999\"]}");
    assert_int_equal(recipe->n_outputs, 10000);
    ml_recipe_free(recipe);
    assert_refused(schema,
                   "{\"outputs\":[\"ALL_NUMERIC\",\"normalize(ALL_NUMERIC)\","
                   "\"quantile_bin(ALL_NUMERIC,2)\",\"quantile_bin(ALL_NUMERIC,3)\","
                   "\"quantile_bin(ALL_NUMERIC,4)\",\"quantile_bin(x0,5)\"]}",
                   ML_ELIMIT, "r: outputs[5]: more than 10000 outputs");
    struct ml_strbuf buf = {0};
    ml_strbuf_adds(&buf, "{\"outputs\":[");
    for (size_t i = 0; i <= 10000; i++)
        ml_strbuf_adds(&buf, i > 0 ? ",\"x7\"" : "\"x7\"");
    ml_strbuf_adds(&buf, "]}");
    assert_refused(schema, buf.bytes, ML_ELIMIT, "r: outputs[10000]: more than 10000 outputs");
    ml_strbuf_release(&buf);
    ml_schema_free(schema);
}

static void groups_of_groups_cannot_explode(void **state)
{
    (void)state;
    struct ml_schema *schema = wide_schema(4096, ML_CATEGORICAL, "x");
    struct ml_strbuf buf = {0};
    assert_refused(schema, OUT("cartesian(ALL_INPUTS,ALL_INPUTS)"), ML_ELIMIT,
                   "r: outputs[0], column 1: the recipe makes more than 20000 features");
    assert_refused(schema, OUT("cartesian(x0,x0,ALL_INPUTS,ALL_INPUTS,ALL_INPUTS)"), ML_ELIMIT,
                   "too many combinations of groups");
    ml_strbuf_adds(&buf, "{\"outputs\":[\"cartesian(x0");
    for (size_t i = 1; i <= 64; i++)
        ml_strbuf_addf(&buf, ",x%zu", i);
    ml_strbuf_adds(&buf, ")\"]}");
    assert_refused(schema, buf.bytes, ML_ELIMIT, "'cartesian' takes at most 64 arguments");
    ml_strbuf_clear(&buf);
    ml_strbuf_adds(&buf, "{\"outputs\":[\"cartesian(cartesian(x0");
    for (size_t i = 1; i < 64; i++)
        ml_strbuf_addf(&buf, ",x%zu", i);
    ml_strbuf_adds(&buf, "),x99)\"]}");
    assert_refused(schema, buf.bytes, ML_ELIMIT, "a product of more than 64");
    ml_strbuf_clear(&buf);
    for (size_t i = 0; i < 131072; i++)
        ml_strbuf_addc(&buf, ' ');
    assert_refused(schema, buf.bytes, ML_ELIMIT, "r: 131072 bytes; a recipe has at most 131071");
    ml_strbuf_release(&buf);
    ml_schema_free(schema);
}

static const char *const odd[][2] = {
    {"plain", "NUMERIC"},      {"two words", "CATEGORICAL"},
    {"it's", "CATEGORICAL"},   {"'", "NUMERIC"},
    {"''\"\"''", "NUMERIC"},   {"a,b(c)", "TEXT"},
    {"a//b", "TEXT"},          {"back\\slash", "BINARY"},
    {"line\nend\t", "BINARY"}, {"ALL_NUMERIC", "NUMERIC"},
    {"ALL_INPUTS", "TEXT"},    {"quantile_bin", "NUMERIC"},
    {"group", "CATEGORICAL"},  {"\xc3\xa9t", "TEXT"},
    {"7", "NUMERIC"},          {"hours-per.week_", "TEXT"},
    {" ", "NUMERIC"},          {"NUMERIC_VARS_QB_50", "NUMERIC"},
};

static void names_are_quoted_where_they_must_be(void **state)
{
    (void)state;
    static const struct pair cases[] = {
        {"age", "age"},
        {"high school", "'high school'"},
        {"1st", "'1st'"},
        {"it's", "'it''s'"},
        {"ngram", "'ngram'"},
        {"ALL_TEXT", "'ALL_TEXT'"},
        {"home.dest", "home.dest"},
        {"a/b", "'a/b'"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ml_strbuf buf = {0};
        ml_recipe_name(cases[i].text, &buf);
        assert_string_equal(buf.bytes, cases[i].other);
        ml_strbuf_release(&buf);
    }
    struct ml_schema *schema = make_schema(odd, COUNT(odd), "");
    assert_outputs(schema, OUT("ALL_INPUTS"),
                   "plain\n'two words'\n'it''s'\n''''\n'''''\"\"'''''\n'a,b(c)'\n'a//b'\n"
                   "'back\\slash'\n'line\nend\t'\n'ALL_NUMERIC'\n'ALL_INPUTS'\n'quantile_bin'\n"
                   "'group'\n'\xc3\xa9t'\n'7'\nhours-per.week_\n' '\nNUMERIC_VARS_QB_50\n");
    assert_outputs(schema, OUT("'ALL_INPUTS'"), "'ALL_INPUTS'\n");
    assert_outputs(schema, OUT("quantile_bin(quantile_bin,2)"), "quantile_bin('quantile_bin',2)\n");
    assert_outputs(schema, OUT("\xc3\xa9t"), "'\xc3\xa9t'\n");
    ml_schema_free(schema);
}

/* ---- round trip -------------------------------------------------------------------------------
 */

static void random_column(struct ml_strbuf *buf, struct ml_rng *rng, const struct ml_schema *schema,
                          enum ml_type a, enum ml_type b)
{
    size_t i;
    do
        i = ml_rng_below(rng, schema->n_columns);
    while (schema->columns[i].type != a && schema->columns[i].type != b);
    ml_recipe_name(schema->columns[i].name, buf);
}

/* A column of the type under some of the calls, which keep its kind. */
static void random_nest(struct ml_strbuf *buf, struct ml_rng *rng, const struct ml_schema *schema,
                        enum ml_type type, const char *const calls[2])
{
    size_t depth = ml_rng_below(rng, 5);
    for (size_t i = 0; i < depth; i++)
        ml_strbuf_addf(buf, "%s(", calls[ml_rng_below(rng, 2)]);
    random_column(buf, rng, schema, type, type);
    for (size_t i = 0; i < depth; i++)
        ml_strbuf_addc(buf, ')');
}

static void random_expression(struct ml_strbuf *buf, struct ml_rng *rng,
                              const struct ml_schema *schema, enum ml_kind kind)
{
    static const char *const number[] = {"normalize", "normalize"};
    static const char *const text[] = {"lowercase", "no_punct"};
    bool other = ml_rng_below(rng, 2) > 0;
    if (kind == ML_KIND_NUMBER) {
        random_nest(buf, rng, schema, ML_NUMERIC, number);
    } else if (kind == ML_KIND_TEXT) {
        random_nest(buf, rng, schema, ML_TEXT, text);
    } else if (kind == ML_KIND_LEVEL && other) {
        random_column(buf, rng, schema, ML_CATEGORICAL, ML_BINARY);
    } else if (kind == ML_KIND_LEVEL) {
        ml_strbuf_adds(buf, "quantile_bin(");
        random_expression(buf, rng, schema, ML_KIND_NUMBER);
        ml_strbuf_addf(buf, ",%zu)", 2 + ml_rng_below(rng, 999));
    } else if (other) { /* of different kinds: never of something with itself */
        ml_strbuf_adds(buf, "cartesian(");
        random_expression(buf, rng, schema, ML_KIND_LEVEL);
        ml_strbuf_adds(buf, ",cartesian(");
        random_expression(buf, rng, schema, ML_KIND_TEXT);
        ml_strbuf_addf(buf, ",ngram('a//b',%zu)))", 2 + ml_rng_below(rng, 9));
    } else {
        ml_strbuf_adds(buf, "osb(");
        random_expression(buf, rng, schema, ML_KIND_TEXT);
        ml_strbuf_addf(buf, ",%zu)", 2 + ml_rng_below(rng, 9));
    }
}

static void assert_same_nodes(const struct ml_recipe *a, const struct ml_recipe *b)
{
    assert_int_equal(a->n_nodes, b->n_nodes);
    assert_int_equal(a->n_outputs, b->n_outputs);
    for (size_t i = 0; i < a->n_nodes; i++) {
        assert_int_equal(a->nodes[i].transform, b->nodes[i].transform);
        assert_int_equal(a->nodes[i].kind, b->nodes[i].kind);
        assert_int_equal(a->nodes[i].column, b->nodes[i].column);
        assert_int_equal(a->nodes[i].n, b->nodes[i].n);
        assert_int_equal(a->nodes[i].n_args, b->nodes[i].n_args);
        for (size_t k = 0; k < a->nodes[i].n_args; k++)
            assert_int_equal(a->nodes[i].args[k], b->nodes[i].args[k]);
    }
    for (size_t i = 0; i < a->n_outputs; i++)
        assert_int_equal(a->outputs[i], b->outputs[i]);
}

static void what_is_written_parses_back_to_the_same(void **state)
{
    (void)state;
    struct ml_schema *schema = make_schema(odd, COUNT(odd), "");
    struct ml_rng rng;
    ml_rng_init(&rng, 20);
    for (int round = 0; round < 500; round++) {
        struct ml_strbuf text = {0};
        struct ml_strbuf expression = {0};
        ml_strbuf_adds(&text, "{\"outputs\":[");
        for (size_t i = 1 + ml_rng_below(&rng, 8); i > 0; i--) {
            ml_strbuf_clear(&expression);
            random_expression(&expression, &rng, schema, (enum ml_kind)ml_rng_below(&rng, 4));
            ml_json_add_comma(&text);
            ml_json_add_string(&text, expression.bytes, expression.length);
        }
        ml_strbuf_adds(&text, "]}");
        struct ml_recipe *first = parse(schema, text.bytes);
        ml_strbuf_clear(&text);
        ml_recipe_to_json(first, schema, &text);
        assert_null(strchr(text.bytes, '\n'));
        struct ml_recipe *second = parse(schema, text.bytes);
        assert_same_nodes(first, second);
        ml_recipe_free(first);
        ml_recipe_free(second);
        ml_strbuf_release(&text);
        ml_strbuf_release(&expression);
    }
    ml_schema_free(schema);
}

/* ---- the plain recipe -------------------------------------------------------------------------
 */

static void the_plain_recipe_is_shaped_as_amazons_suggestion(void **state)
{
    (void)state;
    struct ml_schema *schema = shop_schema();
    struct ml_strbuf buf = {0};
    ml_recipe_plain(schema, 50, &buf);
    assert_string_equal(
        buf.bytes,
        "{\n  \"groups\": {\n    \"NUMERIC_VARS_QB_50\": \"group(amount,tax,hours,'1stFlrSF')\"\n"
        "  },\n  \"assignments\": {},\n  \"outputs\": [\n    \"ALL_BINARY\",\n"
        "    \"ALL_CATEGORICAL\",\n    \"normalize(ALL_NUMERIC)\",\n"
        "    \"quantile_bin(NUMERIC_VARS_QB_50,50)\",\n    \"ALL_TEXT\"\n  ]\n}\n");
    ml_recipe_free(parse(schema, buf.bytes));
    ml_strbuf_release(&buf);
    ml_schema_free(schema);
    static const char *const lone[][2] = {{"plan", "TEXT"}};
    schema = make_schema(lone, 1, "");
    ml_recipe_plain(schema, 10, &buf);
    assert_string_equal(buf.bytes, "{\n  \"groups\": {},\n  \"assignments\": {},\n  \"outputs\": "
                                   "[\n    \"ALL_TEXT\"\n  ]\n}\n");
    ml_recipe_free(parse(schema, buf.bytes));
    ml_strbuf_release(&buf);
    ml_schema_free(schema);
}

static void assert_plain_covers(struct ml_schema *schema)
{
    struct ml_strbuf buf = {0};
    ml_recipe_plain(schema, 50, &buf);
    struct ml_recipe *recipe = parse(schema, buf.bytes);
    size_t expected = 0;
    for (size_t i = 0; i < schema->n_columns; i++)
        expected += schema->columns[i].type == ML_NUMERIC ? 2 : 1;
    assert_int_equal(recipe->n_outputs, expected);
    ml_recipe_free(recipe);
    ml_strbuf_release(&buf);
    ml_schema_free(schema);
}

static void the_plain_recipe_parses_whatever_the_names(void **state)
{
    (void)state;
    /* a column called as the group would be; none; a list too long for a recipe */
    assert_plain_covers(make_schema(odd, COUNT(odd), ""));
    assert_plain_covers(make_schema(odd, COUNT(odd) - 1, ""));
    assert_plain_covers(wide_schema(4096, ML_NUMERIC, "x"));
    assert_plain_covers(wide_schema(4096, ML_NUMERIC, "'a rather long name with the number"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outputs_are_expanded_in_the_order_written),
        cmocka_unit_test(products_are_flat_and_counted_once),
        cmocka_unit_test(nodes_say_kind_numbers_and_arguments),
        cmocka_unit_test(the_guides_example_parses),
        cmocka_unit_test(amazons_own_recipes_parse_where_types_are_absent),
        cmocka_unit_test(what_is_wrong_in_the_object_is_named),
        cmocka_unit_test(what_is_wrong_in_an_expression_has_its_column),
        cmocka_unit_test(arguments_must_fit_in_number_kind_and_range),
        cmocka_unit_test(groups_hold_columns_and_are_never_empty),
        cmocka_unit_test(cycles_are_shown),
        cmocka_unit_test(depth_is_bounded_however_it_is_written),
        cmocka_unit_test(ten_thousand_outputs_are_the_limit),
        cmocka_unit_test(groups_of_groups_cannot_explode),
        cmocka_unit_test(names_are_quoted_where_they_must_be),
        cmocka_unit_test(what_is_written_parses_back_to_the_same),
        cmocka_unit_test(the_plain_recipe_is_shaped_as_amazons_suggestion),
        cmocka_unit_test(the_plain_recipe_parses_whatever_the_names),
    };
    test_touch_all();
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}
