#include "amazonml/parameters.h"

#include <math.h>
#include <string.h>

#include "base/number.h"

struct parameter {
    const char *name;
    const char *range; /* for messages */
    double least;
    double most;
    bool is_whole;
};

static const char shuffle_type[] = "sgd.shuffleType";
static const char l1_amount[] = "sgd.l1RegularizationAmount";
static const char l2_amount[] = "sgd.l2RegularizationAmount";

static const struct parameter numbers[] = {
    {"sgd.maxPasses", "a whole number from 1 to 10000", 1.0, 1e4, true},
    {"sgd.maxMLModelSizeInBytes", "a whole number from 100000 to 2147483648", 1e5, 2147483648.0,
     true},
    {l1_amount, "a number of 0 or more", 0.0, INFINITY, false},
    {l2_amount, "a number of 0 or more", 0.0, INFINITY, false},
};

static bool refuse(const char *name, const char *range, const char *value, struct ml_error *err)
{
    char quoted[100];
    return ml_fail(err, ML_EINPUT, "parameter '%s' must be %s, not '%s'", name, range,
                   ml_quote(quoted, sizeof(quoted), value, strlen(value)));
}

static bool check_number(const struct parameter *p, const char *value, struct ml_error *err)
{
    double x;
    size_t n = strlen(value);
    bool ok = ml_number_parse(value, n, &x) == ML_NUMBER_OK && x >= p->least && x <= p->most;
    if (ok && p->is_whole)
        ok = strspn(value, "0123456789") == n;
    return ok || refuse(p->name, p->range, value, err);
}

static bool check(const char *name, const char *value, struct ml_error *err)
{
    char quoted[100];
    if (strcmp(name, shuffle_type) == 0)
        return strcmp(value, "auto") == 0 || strcmp(value, "none") == 0 ||
               refuse(name, "'auto' or 'none'", value, err);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (strcmp(name, numbers[i].name) == 0)
            return check_number(&numbers[i], value, err);
    return ml_fail(err, ML_EINPUT, "unknown parameter '%s'",
                   ml_quote(quoted, sizeof(quoted), name, strlen(name)));
}

/* Checked already; 0 when it is not there. */
static double amount(const struct ml_json *parameters, const char *name)
{
    double x = 0.0;
    const struct ml_json *v = ml_json_get(parameters, name);
    const char *text = v != NULL ? ml_json_string(v) : NULL;
    if (text == NULL || ml_number_parse(text, strlen(text), &x) != ML_NUMBER_OK)
        return 0.0;
    return x;
}

bool ml_parameters_check(const struct ml_json *parameters, struct ml_error *err)
{
    if (parameters == NULL)
        return true;
    if (ml_json_type(parameters) != ML_JSON_OBJECT)
        return ml_fail(err, ML_EINPUT, "the parameters must be an object of strings");
    for (const struct ml_json *p = ml_json_first(parameters); p != NULL; p = ml_json_next(p)) {
        if (ml_json_string(p) == NULL)
            return ml_fail(err, ML_EINPUT, "the parameters must be an object of strings");
        if (!check(ml_json_key(p), ml_json_string(p), err))
            return false;
    }
    if (amount(parameters, l1_amount) > 0.0 && amount(parameters, l2_amount) > 0.0)
        return ml_fail(err, ML_EINPUT, "parameters '%s' and '%s' exclude each other", l1_amount,
                       l2_amount);
    return true;
}
