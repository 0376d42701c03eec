#include "../lib/testing.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/file.h"
#include "serve/capture.h"

enum { HOUR_MS = 3600 * 1000 };

static const int64_t start_ms = 1732393681000; /* 2024-11-23T20:28:01Z */

static struct ml_capture *opened(const char *dir, double percent, size_t queue_bytes)
{
    struct ml_capture *c = NULL;
    struct ml_error err;
    struct ml_capture_options options = {
        .directory = dir, .percent = percent, .queue_bytes = queue_bytes};
    must(ml_capture_open(&c, &options, &err));
    return c;
}

static struct ml_capture_event event_of(const char *variant, const char *id)
{
    return (struct ml_capture_event){
        .endpoint = "churn",
        .variant = variant,
        .inference_id = id,
        .time_ms = start_ms,
        .input = {"text/csv", "33,student\n", 11},
        .output = {"application/json", "{\"score\":0.5}\n", 14},
    };
}

/* The only file in the folder of a variant's hour, whole; to be released. */
static struct ml_strbuf captured(const char *dir, const char *hour)
{
    struct ml_strbuf text = {0};
    struct ml_error err;
    char *path = ml_path_join(dir, hour);
    DIR *listing = opendir(path);
    assert_non_null(listing);
    size_t n = 0;
    for (struct dirent *entry; (entry = readdir(listing)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        struct stat st;
        char *file = ml_path_join(path, entry->d_name);
        assert_int_equal(strlen(entry->d_name), 36 + strlen(".jsonl"));
        must(ml_file_read_all(&text, file, 10000000, &err));
        assert_int_equal(stat(file, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600); /* it is people's data */
        free(file);
        n++;
    }
    closedir(listing);
    free(path);
    assert_int_equal(n, 1);
    return text;
}

static void a_call_is_a_line_in_the_folder_of_its_hour(void **state)
{
    (void)state;
    const char *dir = test_path("hour");
    struct ml_capture *c = opened(dir, 100, 0);
    struct ml_capture_event e = event_of("B", "req-7");
    ml_capture_add(c, &e);
    e.time_ms += HOUR_MS;
    ml_capture_add(c, &e);
    ml_capture_close(c);
    struct ml_strbuf text = captured(dir, "churn/B/2024/11/23/20");
    const char *id = strstr(text.bytes, "\"eventId\":\"");
    assert_non_null(id);
    memset(strchr(text.bytes, '\0') - (strlen(id) - 11), 'x', 36);
    assert_string_equal(
        text.bytes,
        "{\"captureData\":{\"endpointInput\":{\"observedContentType\":\"text/csv\",\"mode\":"
        "\"INPUT\",\"data\":\"33,student\\u000a\",\"encoding\":\"CSV\"},\"endpointOutput\":{"
        "\"observedContentType\":\"application/json\",\"mode\":\"OUTPUT\",\"data\":\"{"
        "\\\"score\\\":0.5}\\u000a\",\"encoding\":\"JSON\"}},\"eventMetadata\":{\"eventId\":"
        "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\",\"inferenceId\":\"req-7\",\"inferenceTime\":"
        "\"2024-11-23T20:28:01Z\"},\"eventVersion\":\"0\"}\n");
    ml_strbuf_release(&text);
    text = captured(dir, "churn/B/2024/11/23/21");
    ml_strbuf_release(&text);
}

static void an_event_may_have_an_id_of_its_own(void **state)
{
    (void)state;
    const char *dir = test_path("event");
    struct ml_capture *c = opened(dir, 100, 0);
    struct ml_capture_event e = event_of("B", "01H");
    e.event_id = e.inference_id;
    ml_capture_add(c, &e);
    ml_capture_close(c);
    struct ml_strbuf text = captured(dir, "churn/B/2024/11/23/20");
    assert_contains(text.bytes, "\"eventMetadata\":{\"eventId\":\"01H\",\"inferenceId\":\"01H\",");
    ml_strbuf_release(&text);
}

static void wait_until_written(struct ml_capture *c, uint64_t n)
{
    struct ml_capture_stats stats = {0};
    for (int i = 0; i < 500 && stats.written < n; i++) {
        nanosleep(&(struct timespec){0, 10000000}, NULL);
        ml_capture_stats(c, &stats);
    }
    assert_int_equal(stats.written, n);
}

static void a_file_that_was_taken_away_is_begun_anew(void **state)
{
    (void)state;
    const char *dir = test_path("taken");
    const char *hour = "churn/B/2024/11/23/20";
    struct ml_capture *c = opened(dir, 100, 0);
    struct ml_capture_event e = event_of("B", "req-1");
    ml_capture_add(c, &e);
    wait_until_written(c, 1);
    char *folder = ml_path_join(dir, hour);
    ml_dir_remove(folder);
    free(folder);
    e.inference_id = "req-2";
    ml_capture_add(c, &e);
    ml_capture_close(c);
    struct ml_strbuf text = captured(dir, hour);
    assert_null(strstr(text.bytes, "req-1"));
    assert_non_null(strstr(text.bytes, "req-2"));
    ml_strbuf_release(&text);
}

static void bytes_that_are_no_text_are_base64(void **state)
{
    (void)state;
    const char *dir = test_path("encodings");
    struct ml_capture *c = opened(dir, 100, 0);
    struct ml_capture_event e = event_of("A", "1");
    e.input = (struct ml_capture_body){NULL, "{\"a\":\"\xff\"}", 9};
    e.output = (struct ml_capture_body){NULL, "{\"a\":1}", 7};
    ml_capture_add(c, &e);
    e.input = (struct ml_capture_body){"image/png", "1,2", 3};
    e.output = (struct ml_capture_body){"application/jsonlines", "{}\n{}\n", 6};
    ml_capture_add(c, &e);
    ml_capture_close(c);
    struct ml_strbuf text = captured(dir, "churn/A/2024/11/23/20");
    assert_contains(text.bytes, "\"data\":\"eyJhIjoi/yJ9\",\"encoding\":\"BASE64\"");
    assert_contains(text.bytes,
                    "\"application/json\",\"mode\":\"OUTPUT\",\"data\":\"{\\\"a\\\":1}\"");
    assert_contains(text.bytes, "\"image/png\",\"mode\":\"INPUT\",\"data\":\"MSwy\","
                                "\"encoding\":\"BASE64\"");
    assert_contains(text.bytes, "\"data\":\"{}\\u000a{}\\u000a\",\"encoding\":\"JSON\"");
    ml_strbuf_release(&text);
}

static void a_share_of_the_named_endpoints_is_wanted(void **state)
{
    (void)state;
    struct ml_json *list;
    struct ml_error err;
    struct ml_capture *c = NULL;
    must(ml_json_parse(&list, "[\"churn\"]", 9, "list", &err));
    struct ml_capture_options options = {
        .directory = test_path("share"), .percent = 20, .endpoints = list};
    must(ml_capture_open(&c, &options, &err));
    ml_json_free(list);
    size_t n = 0;
    for (int i = 0; i < 20000; i++) {
        n += ml_capture_wants(c, "churn");
        assert_false(ml_capture_wants(c, "other"));
    }
    assert_in_range(n, 3700, 4300); /* 4000 and five deviations of 57 */
    assert_false(ml_capture_wants(NULL, "churn"));
    ml_capture_close(c);
    must(ml_json_parse(&list, "[1]", 3, "list", &err));
    options.endpoints = list;
    assert_false(ml_capture_open(&c, &options, &err));
    assert_contains(err.msg, "must hold strings");
    ml_json_free(list);
}

static void what_does_not_fit_is_dropped_and_counted(void **state)
{
    (void)state;
    const char *dir = test_path("full");
    struct ml_capture_stats stats;
    struct ml_capture *c = opened(dir, 100, 100);
    struct ml_capture_event e = event_of("A", "1");
    ml_capture_add(c, &e); /* larger than the queue by itself */
    ml_capture_stats(c, &stats);
    assert_int_equal(stats.dropped, 1);
    ml_capture_close(c);
    assert_null(opendir(dir));
    ml_capture_stats(NULL, &stats);
    assert_int_equal(stats.dropped, 0);
    ml_capture_close(NULL);
}

static void a_disk_that_refuses_is_counted(void **state)
{
    (void)state;
    struct ml_capture_stats stats = {0};
    const char *file = test_text("in-the-way", "x");
    struct ml_capture *c = opened(file, 100, 0);
    struct ml_capture_event e = event_of("A", "1");
    ml_capture_add(c, &e);
    while (stats.failed == 0)
        ml_capture_stats(c, &stats);
    assert_int_equal(stats.written, 0);
    ml_capture_close(c);
}

/* A disk that takes half a line: the limit on a file's size. */
static void half_a_line_is_taken_back(void **state)
{
    (void)state;
    const char *dir = test_path("half");
    struct rlimit old;
    struct ml_capture_stats stats = {0};
    struct ml_capture *c = opened(dir, 100, 0);
    struct ml_capture_event e = event_of("A", "1");
    ml_capture_add(c, &e);
    while (stats.written == 0)
        ml_capture_stats(c, &stats);
    struct ml_strbuf first = captured(dir, "churn/A/2024/11/23/20");
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    struct rlimit limit = {first.length + 100, old.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    ml_capture_add(c, &e);
    while (stats.failed == 0)
        ml_capture_stats(c, &stats);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    struct ml_strbuf text = captured(dir, "churn/A/2024/11/23/20");
    assert_int_equal(text.length, first.length);
    ml_strbuf_release(&text);
    ml_capture_add(c, &e);
    ml_capture_close(c);
    text = captured(dir, "churn/A/2024/11/23/20");
    assert_int_equal(text.length, 2 * first.length);
    ml_strbuf_release(&text);
    ml_strbuf_release(&first);
}

enum { THREADS = 4, EACH = 500 };

static struct ml_capture *shared;

static void *capture_many(void *ctx)
{
    char variant[8];
    snprintf(variant, sizeof(variant), "v%d", (int)(intptr_t)ctx);
    for (int i = 0; i < EACH; i++) {
        struct ml_capture_event e = event_of(variant, "id");
        e.time_ms += i % 12 * HOUR_MS; /* more files than stay open */
        ml_capture_add(shared, &e);
    }
    return NULL;
}

static void many_threads_lose_nothing(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    struct ml_capture_stats stats = {0};
    shared = opened(test_path("threads"), 100, 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, capture_many, (void *)(intptr_t)i), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    while (stats.written + stats.dropped + stats.failed < THREADS * EACH)
        ml_capture_stats(shared, &stats);
    assert_int_equal(stats.written, THREADS * EACH);
    ml_capture_close(shared);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_is_a_line_in_the_folder_of_its_hour),
        cmocka_unit_test(an_event_may_have_an_id_of_its_own),
        cmocka_unit_test(a_file_that_was_taken_away_is_begun_anew),
        cmocka_unit_test(bytes_that_are_no_text_are_base64),
        cmocka_unit_test(a_share_of_the_named_endpoints_is_wanted),
        cmocka_unit_test(what_does_not_fit_is_dropped_and_counted),
        cmocka_unit_test(a_disk_that_refuses_is_counted),
        cmocka_unit_test(half_a_line_is_taken_back),
        cmocka_unit_test(many_threads_lose_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}
