#include "../lib/amazonml.h"

#include "amazonml/filter.h"

static void make(const char *id, const char *name)
{
    char text[300];
    snprintf(text, sizeof(text),
             "{'DataSourceId':'%s','DataSourceName':'%s','ComputeStatistics':true,'DataSpec':"
             "{'DataLocationS3':'s3://in/%s','DataSchema':'{}'}}",
             id, name, id);
    (void)aml_ok("CreateDataSourceFromS3", text);
}

/* a to e, made in the order c, a, e, b, d; all names but that of b are the same. */
static int with_sources(void **state)
{
    (void)aml_setup(state);
    aml.refuses_jobs = true; /* all fail */
    make("c", "same");
    make("a", "same");
    make("e", "same");
    make("b", "other");
    make("d", "same");
    return 0;
}

/* The ids in a Describe answer: "c,a,e". */
static const char *ids_of(const char *answer)
{
    static char ids[400];
    size_t n = 0;
    ids[0] = '\0';
    for (const char *s = strstr(answer, "\"DataSourceId\":\""); s != NULL;
         s = strstr(s + 1, "\"DataSourceId\":\"")) {
        const char *id = s + strlen("\"DataSourceId\":\"");
        n += (size_t)snprintf(ids + n, sizeof(ids) - n, "%s%.*s", n > 0 ? "," : "",
                              (int)strcspn(id, "\""), id);
    }
    return ids;
}

static void lists(const char *input, const char *ids)
{
    assert_string_equal(ids_of(aml_ok("DescribeDataSources", input)), ids);
}

static void without_a_filter_all_come_in_the_order_of_their_creation(void **state)
{
    (void)state;
    lists("{}", "c,a,e,b,d");
    lists("{'SortOrder':'dsc'}", "d,b,e,a,c");
    assert_string_equal(aml_ok("DescribeEvaluations", "{}"), "{\"Results\":[]}");
    assert_null(strstr(aml_ok("DescribeDataSources", "{}"), "DataSourceSchema"));
}

static void each_comparator_means_what_it_says(void **state)
{
    (void)state;
    lists("{'FilterVariable':'DataLocationS3','EQ':'s3://in/b'}", "b");
    lists("{'FilterVariable':'DataLocationS3','NE':'s3://in/b'}", "a,c,d,e");
    lists("{'FilterVariable':'DataLocationS3','GT':'s3://in/c'}", "d,e");
    lists("{'FilterVariable':'DataLocationS3','GE':'s3://in/c'}", "c,d,e");
    lists("{'FilterVariable':'DataLocationS3','LT':'s3://in/c'}", "a,b");
    lists("{'FilterVariable':'DataLocationS3','LE':'s3://in/c','SortOrder':'dsc'}", "c,b,a");
    lists("{'FilterVariable':'Name','Prefix':'oth'}", "b");
    lists("{'FilterVariable':'Name','Prefix':''}", "b,c,a,e,d");
    lists("{'FilterVariable':'Status','EQ':'FAILED'}", "c,a,e,b,d");
    lists("{'FilterVariable':'IAMUser','EQ':'me'}", "");
    lists("{'FilterVariable':'Name'}", "b,c,a,e,d");
}

static void times_are_compared_as_times(void **state)
{
    (void)state;
    double ms;
    lists("{'FilterVariable':'CreatedAt','EQ':'1486834110.483'}", "c");
    lists("{'FilterVariable':'CreatedAt','GT':'2017-02-11T17:28:30.483Z'}", "a,e,b,d");
    lists("{'FilterVariable':'CreatedAt','LT':'2017-02-11'}", "");
    lists("{'FilterVariable':'LastUpdatedAt','GT':'2017-02-11'}", "c,a,e,b,d");
    aml_refused("DescribeDataSources", "{'FilterVariable':'CreatedAt','EQ':'yesterday'}",
                "InvalidInputException", 400, "a time is");
    aml_refused("DescribeDataSources", "{'FilterVariable':'CreatedAt','Prefix':'1'}",
                "InvalidInputException", 400, "is a time");
    assert_true(ml_aml_time_read(&ms, "1970-01-01") && ms == 0.0);
    assert_true(ml_aml_time_read(&ms, "2000-02-29T23:59:59Z") && ms == 951868799000.0);
    assert_true(ml_aml_time_read(&ms, "2024-12-31T00:00:00.250") && ms == 1735603200250.0);
    static const char *const wrong[] = {"",
                                        "1e40",
                                        "2017",
                                        "2017-13-01",
                                        "2017-01-32",
                                        "2017-01-01T",
                                        "2017-01-01T25:00:00",
                                        "2017-01-01T10:00:00+01:00",
                                        "2017-01-01T10:00",
                                        "2017-1-1",
                                        "17-01-01"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        if (ml_aml_time_read(&ms, wrong[i]) && i != 2)
            fail_msg("'%s' is no time", wrong[i]);
}

static void a_filter_is_one_variable_and_one_comparator(void **state)
{
    (void)state;
    aml_refused("DescribeDataSources", "{'FilterVariable':'MLModelType','EQ':'x'}",
                "InvalidInputException", 400, "FilterVariable");
    aml_refused("DescribeDataSources", "{'EQ':'x'}", "InvalidInputException", 400,
                "EQ needs FilterVariable");
    aml_refused("DescribeDataSources", "{'FilterVariable':'Name','EQ':'x','GT':'y'}",
                "InvalidInputException", 400, "not two");
}

/* The next page of a query that is given without its closing brace. */
static const char *page(const char *query, char token[1000])
{
    char text[1400];
    if (token[0] != '\0')
        snprintf(text, sizeof(text), "%s,'NextToken':'%s'}", query, token);
    else
        snprintf(text, sizeof(text), "%s}", query);
    const char *answer = aml_ok("DescribeDataSources", text);
    const char *next = strstr(answer, "\"NextToken\":\"");
    token[0] = '\0';
    if (next != NULL) {
        next += strlen("\"NextToken\":\"");
        snprintf(token, 1000, "%.*s", (int)strcspn(next, "\""), next);
    }
    return ids_of(answer);
}

static void pages_go_on_where_the_last_one_ended_whatever_has_come_in_between(void **state)
{
    (void)state;
    char token[1000] = "";
    static const char query[] = "{'FilterVariable':'DataLocationS3','Limit':2";
    assert_string_equal(page(query, token), "a,b");
    make("aa", "new");
    make("cc", "new");
    assert_string_equal(page(query, token), "c,cc");
    (void)aml_ok("DeleteDataSource", "{'DataSourceId':'cc'}");
    assert_string_equal(page(query, token), "d,e");
    assert_string_equal(token, "");
}

static void equal_values_are_paged_by_creation(void **state)
{
    (void)state;
    char token[1000] = "";
    static const char query[] = "{'FilterVariable':'Name','SortOrder':'dsc','Limit':1";
    assert_string_equal(page(query, token), "d");
    assert_string_equal(page(query, token), "e");
    assert_string_equal(page(query, token), "a");
    assert_string_equal(page(query, token), "c");
    assert_string_equal(page(query, token), "b");
    assert_string_equal(token, "");
}

static void a_token_of_another_query_is_refused(void **state)
{
    (void)state;
    char token[1000] = "";
    char text[1400];
    (void)page("{'Limit':1", token);
    static const char *const others[] = {"'FilterVariable':'Name'", "'SortOrder':'dsc'"};
    for (size_t i = 0; i < 2; i++) {
        snprintf(text, sizeof(text), "{%s,'NextToken':'%s'}", others[i], token);
        aml_refused("DescribeDataSources", text, "InvalidInputException", 400, "NextToken");
    }
    snprintf(text, sizeof(text), "{'Limit':1,'NextToken':'%s'}", token);
    aml_refused("DescribeMLModels", text, "InvalidInputException", 400, "NextToken");
    static const char *const wrong[] = {"x", "abc", "7b7d", "5b5d", "22"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        snprintf(text, sizeof(text), "{'NextToken':'%s'}", wrong[i]);
        aml_refused("DescribeDataSources", text, "InvalidInputException", 400, "NextToken");
    }
    lists("{'NextToken':''}", "c,a,e,b,d");
}

static void models_evaluations_and_batches_have_variables_of_their_own(void **state)
{
    (void)state;
    aml.refuses_jobs = false;
    aml_have_model();
    (void)aml_ok("CreateEvaluation",
                 "{'EvaluationId':'ev','MLModelId':'ml','EvaluationDataSourceId':'ds'}");
    (void)aml_ok("CreateBatchPrediction",
                 "{'BatchPredictionId':'bp','MLModelId':'ml','BatchPredictionDataSourceId':'ds',"
                 "'OutputUri':'s3://out/'}");
    static const char *const found[][2] = {
        {"DescribeMLModels", "{'FilterVariable':'TrainingDataSourceId','EQ':'ds'}"},
        {"DescribeMLModels", "{'FilterVariable':'RealtimeEndpointStatus','EQ':'NONE'}"},
        {"DescribeMLModels", "{'FilterVariable':'MLModelType','EQ':'BINARY'}"},
        {"DescribeMLModels", "{'FilterVariable':'Algorithm','EQ':'sgd'}"},
        {"DescribeMLModels", "{'FilterVariable':'TrainingDataURI','Prefix':'s3://in'}"},
        {"DescribeEvaluations", "{'FilterVariable':'MLModelId','EQ':'ml'}"},
        {"DescribeEvaluations", "{'FilterVariable':'DataURI','EQ':'s3://in/d.csv'}"},
        {"DescribeBatchPredictions", "{'FilterVariable':'DataSourceId','EQ':'ds'}"},
    };
    for (size_t i = 0; i < sizeof(found) / sizeof(found[0]); i++)
        assert_contains(aml_ok(found[i][0], found[i][1]), "\"Status\"");
    assert_contains(aml_ok("DescribeMLModels", "{}"), "\"Algorithm\":\"sgd\"");
    assert_null(strstr(aml_ok("GetMLModel", "{'MLModelId':'ml'}"), "\"Algorithm\""));
}

#define T(name) cmocka_unit_test_setup_teardown(name, with_sources, aml_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(without_a_filter_all_come_in_the_order_of_their_creation),
        T(each_comparator_means_what_it_says),
        T(times_are_compared_as_times),
        T(a_filter_is_one_variable_and_one_comparator),
        T(pages_go_on_where_the_last_one_ended_whatever_has_come_in_between),
        T(equal_values_are_paged_by_creation),
        T(a_token_of_another_query_is_refused),
        T(models_evaluations_and_batches_have_variables_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
