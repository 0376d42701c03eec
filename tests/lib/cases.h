/*
 * Golden files that have one case a line, "function input… = output…"; # is a comment. Outputs are
 * compared to 1e-9 of their value or 1e-12, NaN with NaN.
 */
#ifndef TESTS_LIB_CASES_H
#define TESTS_LIB_CASES_H

#include "testing.h"

#include <math.h>

#include "eval/interval.h"

enum { MAX_VALUES = 1024, MAX_CASES_BYTES = 1 << 20 };

/* A case's numbers; n_out is how many the function is to write. */
struct numbers {
    double in[MAX_VALUES];
    size_t n_in;
    double out[MAX_VALUES];
    size_t n_out;
};

static inline void put(struct numbers *x, double value)
{
    assert_true(x->n_out < MAX_VALUES);
    x->out[x->n_out++] = value;
}

static inline void put_interval(struct numbers *x, struct ml_interval interval)
{
    put(x, interval.low);
    put(x, interval.high);
}

/* What a file's lines may name; a table ends with NULL. */
struct case_function {
    const char *name;
    void (*run)(struct numbers *x);
    bool (*is_about)(const double *actual, const double *expected); /* NULL: as the file says */
};

static inline const struct case_function *find_case(const char *name,
                                                    const struct case_function *functions)
{
    for (; functions->name != NULL; functions++)
        if (strcmp(functions->name, name) == 0)
            return functions;
    fail_msg("no function '%s'", name);
    return NULL;
}

/* The numbers at text up to `end` or the end of the line. */
static inline size_t read_numbers(const char *text, char end, double *values)
{
    size_t n = 0;
    while (*text == ' ')
        text++;
    while (*text != end && *text != '\n' && *text != '\0' && n < MAX_VALUES) {
        char *behind;
        values[n++] = strtod(text, &behind);
        text = behind + strspn(behind, " ");
    }
    return n;
}

static inline bool is_same(double actual, double expected)
{
    if (isnan(actual) || isnan(expected))
        return isnan(actual) && isnan(expected);
    return fabs(actual - expected) <= fmax(1e-12, 1e-9 * fabs(expected));
}

static inline void check_case(const char *line, const struct case_function *functions)
{
    char name[32];
    double expected[MAX_VALUES];
    struct numbers x = {.n_out = 0};
    const char *equals = strchr(line, '=');
    assert_true(sscanf(line, "%31s", name) == 1 && equals != NULL);
    x.n_in = read_numbers(line + strlen(name), '=', x.in);
    size_t n = read_numbers(equals + 1, '\n', expected);
    const struct case_function *function = find_case(name, functions);
    function->run(&x);
    assert_int_equal(x.n_out, n);
    bool is_fine = function->is_about != NULL && function->is_about(x.out, expected);
    for (size_t i = 0; i < n && !is_fine; i++)
        if (!is_same(x.out[i], expected[i]))
            fail_msg("[%zu] is %.17g, expected %.17g: %.*s", i, x.out[i], expected[i],
                     (int)strcspn(line, "\n"), line);
}

/* file is below the tests' folder. */
static inline void check_cases(const char *file, const struct case_function *functions)
{
    const char *dir = getenv("ML_TEST_DIR");
    char path[512];
    struct ml_strbuf text = {0};
    struct ml_error err;
    snprintf(path, sizeof(path), "%s/%s", dir != NULL ? dir : "tests", file);
    if (!ml_file_read_all(&text, path, MAX_CASES_BYTES, &err))
        fail_msg("%s", err.msg);
    size_t n = 0;
    for (const char *line = text.bytes; *line != '\0'; line += strcspn(line, "\n") + 1)
        if (*line != '#') {
            check_case(line, functions);
            n++;
        }
    assert_true(n > 0);
    ml_strbuf_release(&text);
}

#endif
