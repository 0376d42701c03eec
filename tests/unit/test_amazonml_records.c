#include "../lib/amazonml.h"

#include <signal.h>
#include <sys/resource.h>

#include "amazonml/records.h"

static void ids_that_are_no_names_have_files_and_models_of_their_own(void **state)
{
    (void)state;
    static const char *const ids[] = {".", "..", "-x", ".json", "a..b", "_", "Z-9"};
    char name[ML_AML_ID_BYTES];
    char text[300];
    (void)test_text("data/in/d.csv", "n\n1\n");
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        snprintf(text, sizeof(text),
                 "{'DataSourceId':'%s','DataSpec':{'DataLocationS3':'s3://in/d.csv',"
                 "'DataSchema':'{}'}}",
                 ids[i]);
        (void)aml_ok("CreateDataSourceFromS3", text);
    }
    assert_int_equal(test_count_entries(test_path("state/amazonml/datasources")), 7);
    assert_int_equal(access(test_path("state/amazonml/datasources/%2E..json"), R_OK), 0);
    aml_reopen();
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        snprintf(text, sizeof(text), "{'DataSourceId':'%s'}", ids[i]);
        (void)aml_ok("GetDataSource", text);
    }
    ml_aml_registry_name(name, "Z-9");
    assert_string_equal(name, "Z-9");
    ml_aml_registry_name(name, "..");
    assert_int_equal(strlen(name), 43);
    assert_memory_equal(name, "ml-", 3);
}

static void whatever_is_no_record_is_refused_with_its_name(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "{",
        "[]",
        "{}",
        "{\"format\":1,\"kind\":\"model\",\"id\":\"x\"}",
        "{\"format\":1,\"kind\":\"data_source\",\"id\":\"x\",\"status\":\"PENDING\"}",
        "{\"format\":1,\"kind\":\"data_source\",\"id\":\"y\",\"status\":\"PENDING\","
        "\"endpoint\":\"NONE\",\"request\":\"r\",\"created_ms\":1,\"sequence\":1,\"tags\":{}}",
        "{\"format\":1,\"kind\":\"data_source\",\"id\":\"x\",\"status\":\"PENDING\","
        "\"endpoint\":\"NONE\",\"request\":\"r\",\"created_ms\":1,\"sequence\":1,\"tags\":{\"a\":1}"
        "}",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct ml_aml_records *records = NULL;
        struct ml_error err;
        (void)test_text("state/amazonml/datasources/x.json", texts[i]);
        assert_false(ml_aml_records_open(&records, test_path("state/amazonml"), &err));
        assert_contains(err.msg, "datasources/x.json");
        assert_int_equal(err.code, ML_EINPUT);
    }
    unlink(test_path("state/amazonml/datasources/x.json"));
}

static void a_change_that_cannot_be_saved_is_undone(void **state)
{
    (void)state;
    struct rlimit old;
    aml_have_source();
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    struct rlimit none = {.rlim_cur = 0, .rlim_max = old.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0); /* as a full disk */
    const char *answer =
        aml_call("UpdateDataSource", "{'DataSourceId':'ds','DataSourceName':'new'}");
    const char *created = aml_call("CreateDataSourceFromS3", AML_SOURCE("more"));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_null(answer);
    assert_null(created);
    assert_string_equal(aml.fault.type, "InternalServerException");
    assert_contains(aml.fault.message, "not saved");
    assert_null(strstr(aml_ok("GetDataSource", "{'DataSourceId':'ds'}"), "new"));
    assert_null(aml_call("GetDataSource", "{'DataSourceId':'more'}"));
    (void)aml_ok("CreateDataSourceFromS3", AML_SOURCE("more"));
}

#define T(name) cmocka_unit_test_setup_teardown(name, aml_setup, aml_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(ids_that_are_no_names_have_files_and_models_of_their_own),
        T(whatever_is_no_record_is_refused_with_its_name),
        T(a_change_that_cannot_be_saved_is_undone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
