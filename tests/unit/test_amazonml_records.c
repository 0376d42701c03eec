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
    struct ml_aml_records *records = NULL;
    struct ml_error err;
    must(ml_aml_records_open(&records, test_path("other"), &err));
    ml_aml_records_close(records);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        (void)test_text("other/datasources/x.json", texts[i]);
        assert_false(ml_aml_records_open(&records, test_path("other"), &err));
        assert_contains(err.msg, "datasources/x.json");
        assert_int_equal(err.code, ML_EINPUT);
    }
}

static void a_folder_is_of_one_process_which_tidies_it(void **state)
{
    (void)state;
    struct ml_aml_records *first = NULL;
    struct ml_aml_records *second = NULL;
    struct ml_error err;
    must(ml_aml_records_open(&first, test_path("other"), &err));
    assert_false(ml_aml_records_open(&second, test_path("other"), &err));
    assert_int_equal(err.code, ML_ECONFLICT);
    assert_contains(err.msg, "is in use by another mlserved");
    ml_aml_records_close(first);
    (void)test_text("other/models/.m.json.tmp-7-1", "{\"form");
    must(ml_aml_records_open(&second, test_path("other"), &err));
    assert_int_equal(test_count_entries(test_path("other/models")), 0); /* a killed one's */
    ml_aml_records_close(second);
}

static void fill_disk(bool is_full)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = is_full ? 0 : limit.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_change_that_cannot_be_saved_is_undone(void **state)
{
    (void)state;
    aml_have_source();
    fill_disk(true);
    const char *answer =
        aml_call("UpdateDataSource", "{'DataSourceId':'ds','DataSourceName':'new'}");
    const char *created = aml_call("CreateDataSourceFromS3", AML_SOURCE("more"));
    fill_disk(false);
    assert_null(answer);
    assert_null(created);
    assert_string_equal(aml.fault.type, "InternalServerException");
    assert_contains(aml.fault.message, "not saved");
    assert_contains(aml.log.bytes, "unsaved ");
    assert_null(strstr(aml_ok("GetDataSource", "{'DataSourceId':'ds'}"), "new"));
    assert_null(aml_call("GetDataSource", "{'DataSourceId':'more'}"));
    (void)aml_ok("CreateDataSourceFromS3", AML_SOURCE("more"));
}

static void on_a_full_disk_a_change_undone_leaves_what_a_job_has_done(void **state)
{
    (void)state;
    (void)test_text("data/in/d.csv", "n\n1\n");
    (void)aml_ok("CreateDataSourceFromS3", AML_SOURCE("ds"));
    fill_disk(true);
    aml_end("DataSource/ds", "{\"bytes\":8,\"files\":1}");
    const char *answer =
        aml_call("UpdateDataSource", "{'DataSourceId':'ds','DataSourceName':'new'}");
    fill_disk(false);
    assert_null(answer);
    const char *got = aml_ok("GetDataSource", "{'DataSourceId':'ds'}");
    assert_contains(got, "\"Status\":\"COMPLETED\"");
    assert_null(strstr(got, "new"));
}

static void a_deletion_that_was_not_saved_is_saved_the_next_time(void **state)
{
    (void)state;
    aml_have_source();
    fill_disk(true);
    const char *first = aml_call("DeleteDataSource", "{'DataSourceId':'ds'}");
    const char *second = aml_call("DeleteDataSource", "{'DataSourceId':'ds'}");
    fill_disk(false);
    assert_null(first);
    assert_null(second);
    (void)aml_ok("DeleteDataSource", "{'DataSourceId':'ds'}");
    aml_reopen();
    assert_contains(aml_ok("GetDataSource", "{'DataSourceId':'ds'}"), "\"Status\":\"DELETED\"");
}

#define T(name) cmocka_unit_test_setup_teardown(name, aml_setup, aml_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(ids_that_are_no_names_have_files_and_models_of_their_own),
        T(whatever_is_no_record_is_refused_with_its_name),
        T(a_folder_is_of_one_process_which_tidies_it),
        T(a_change_that_cannot_be_saved_is_undone),
        T(on_a_full_disk_a_change_undone_leaves_what_a_job_has_done),
        T(a_deletion_that_was_not_saved_is_saved_the_next_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
