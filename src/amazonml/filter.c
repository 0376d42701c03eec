#include "amazonml/filter.h"

#include <math.h>
#include <string.h>

#include "amazonml/input.h"
#include "base/number.h"

enum source { TIME, TEXT, STATUS, ENDPOINT, ALGORITHM, NOBODY };

enum {
    ALL = 15,
    DS = 1 << ML_AML_DATA_SOURCE,
    ML = 1 << ML_AML_MODEL,
    MADE = 1 << ML_AML_EVALUATION | 1 << ML_AML_BATCH
};

static const struct variable {
    const char *name;
    unsigned kinds;
    enum source source;
    int field;
} variables[] = {
    {"CreatedAt", ALL, TIME, ML_AML_CREATED},
    {"LastUpdatedAt", ALL, TIME, ML_AML_UPDATED},
    {"Status", ALL, STATUS, 0},
    {"Name", ALL, TEXT, ML_AML_NAME},
    {"IAMUser", ALL, NOBODY, 0},
    {"DataLocationS3", DS, TEXT, ML_AML_LOCATION},
    {"TrainingDataSourceId", ML, TEXT, ML_AML_SOURCE_ID},
    {"RealtimeEndpointStatus", ML, ENDPOINT, 0},
    {"MLModelType", ML, TEXT, ML_AML_TYPE},
    {"Algorithm", ML, ALGORITHM, 0},
    {"TrainingDataURI", ML, TEXT, ML_AML_LOCATION},
    {"MLModelId", MADE, TEXT, ML_AML_MODEL_ID},
    {"DataSourceId", MADE, TEXT, ML_AML_SOURCE_ID},
    {"DataURI", MADE, TEXT, ML_AML_LOCATION},
};

enum { N_VARIABLES = sizeof(variables) / sizeof(variables[0]) };

/* Days from 1970-01-01 in the Gregorian calendar; months count from March, so that a leap day is
 * the last of its year. */
static double days_of(int year, int month, int day)
{
    long y = month > 2 ? year : year - 1;
    long m = month > 2 ? month - 3 : month + 9;
    return (double)(365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468);
}

/* n digits at *s, which moves behind them; -1 when there are not so many. */
static int digits(const char **s, int n)
{
    int x = 0;
    for (int i = 0; i < n; i++, (*s)++) {
        if (**s < '0' || **s > '9')
            return -1;
        x = x * 10 + (**s - '0');
    }
    return x;
}

static bool read_clock(double *seconds, const char *s)
{
    int part[3];
    for (int i = 0; i < 3; i++) {
        if (i > 0 && *s++ != ':')
            return false;
        part[i] = digits(&s, 2);
        if (part[i] < 0 || part[i] > (i == 0 ? 23 : i == 1 ? 59 : 60))
            return false;
    }
    size_t n = strlen(s);
    double fraction = 0.0;
    n -= n > 0 && s[n - 1] == 'Z';
    if (n > 0 && (s[0] != '.' || ml_number_parse(s, n, &fraction) != ML_NUMBER_OK))
        return false;
    *seconds = part[0] * 3600.0 + part[1] * 60.0 + part[2] + fraction;
    return true;
}

bool ml_aml_time_read(double *ms, const char *s)
{
    double x;
    if (ml_number_parse(s, strlen(s), &x) == ML_NUMBER_OK) {
        *ms = x * 1000.0;
        return fabs(x) < 1e12;
    }
    int year = digits(&s, 4);
    bool ok = year >= 0 && *s++ == '-';
    int month = ok ? digits(&s, 2) : -1;
    ok = ok && month >= 1 && month <= 12 && *s++ == '-';
    int day = ok ? digits(&s, 2) : -1;
    double seconds = 0.0;
    if (!ok || day < 1 || day > 31 || (*s != '\0' && (*s != 'T' || !read_clock(&seconds, s + 1))))
        return false;
    *ms = (days_of(year, month, day) * 86400.0 + seconds) * 1000.0;
    return true;
}

struct ml_aml_key ml_aml_filter_key(const struct ml_aml_filter *f, const struct ml_aml_entity *e)
{
    const struct variable *v = &variables[f->which];
    const char *text = "";
    switch (v->source) {
    case TIME:
        return (struct ml_aml_key){NULL, e->number[v->field]};
    case TEXT:
        text = e->text[v->field] != NULL ? e->text[v->field] : "";
        break;
    case STATUS:
        text = ml_aml_status_name(e->status);
        break;
    case ENDPOINT:
        text = ml_aml_endpoint_name((enum ml_aml_endpoint)atomic_load(&e->endpoint));
        break;
    case ALGORITHM:
        text = "sgd";
        break;
    case NOBODY:
        break;
    }
    return (struct ml_aml_key){text, 0.0};
}

int ml_aml_key_compare(const struct ml_aml_key *a, const struct ml_aml_key *b)
{
    int order = a->text != NULL ? strcmp(a->text, b->text)
                                : (a->number > b->number) - (a->number < b->number);
    return (order > 0) - (order < 0);
}

bool ml_aml_filter_passes(const struct ml_aml_filter *f, const struct ml_aml_entity *e)
{
    if (f->comparator == NULL)
        return true;
    struct ml_aml_key key = ml_aml_filter_key(f, e);
    if (strcmp(f->comparator, "Prefix") == 0)
        return strncmp(key.text, f->value.text, strlen(f->value.text)) == 0;
    int order = ml_aml_key_compare(&key, &f->value);
    return strcmp(f->comparator, "EQ") == 0   ? order == 0
           : strcmp(f->comparator, "NE") == 0 ? order != 0
           : strcmp(f->comparator, "GT") == 0 ? order > 0
           : strcmp(f->comparator, "LT") == 0 ? order < 0
           : strcmp(f->comparator, "GE") == 0 ? order >= 0
                                              : order <= 0;
}

static bool read_value(struct ml_aml_filter *f, const char *text, struct ml_aml_fault *fault)
{
    bool is_time = variables[f->which].source == TIME;
    f->value = (struct ml_aml_key){is_time ? NULL : text, 0.0};
    if (!is_time)
        return true;
    if (strcmp(f->comparator, "Prefix") == 0)
        return ml_aml_refuse(fault, ML_AML_INVALID_INPUT, "Prefix: '%s' is a time", f->variable);
    return ml_aml_time_read(&f->value.number, text) ||
           ml_aml_refuse(fault, ML_AML_INVALID_INPUT,
                         "%s: a time is seconds since 1970 or like 2017-02-11T17:28:30Z",
                         f->comparator);
}

static bool find_variable(struct ml_aml_filter *f, enum ml_aml_kind kind, const char *name,
                          struct ml_aml_fault *fault)
{
    for (size_t i = 0; i < N_VARIABLES; i++)
        if (strcmp(variables[i].name, name) == 0 && (variables[i].kinds & 1u << kind) != 0) {
            f->which = i;
            f->variable = variables[i].name;
            return true;
        }
    return ml_aml_refuse(fault, ML_AML_INVALID_INPUT, "FilterVariable: no variable of these");
}

bool ml_aml_filter_read(struct ml_aml_filter *out, enum ml_aml_kind kind,
                        const struct ml_json *input, struct ml_aml_fault *fault)
{
    static const char *const comparators[] = {"EQ", "GT", "LT", "GE", "LE", "NE", "Prefix"};
    struct ml_aml_filter f = {.variable = variables[0].name};
    const char *name = ml_aml_string(input, "FilterVariable");
    const char *order = ml_aml_string(input, "SortOrder");
    const char *value = NULL;
    if (name != NULL && !find_variable(&f, kind, name, fault))
        return false;
    f.is_descending = order != NULL && strcmp(order, "dsc") == 0;
    for (size_t i = 0; i < sizeof(comparators) / sizeof(comparators[0]); i++) {
        const char *text = ml_aml_string(input, comparators[i]);
        if (text == NULL)
            continue;
        if (f.comparator != NULL)
            return ml_aml_refuse(fault, ML_AML_INVALID_INPUT,
                                 "one of EQ, GT, LT, GE, LE, NE and Prefix, not two");
        f.comparator = comparators[i];
        value = text;
    }
    if (f.comparator != NULL && name == NULL)
        return ml_aml_refuse(fault, ML_AML_INVALID_INPUT, "%s needs FilterVariable", f.comparator);
    if (f.comparator != NULL && !read_value(&f, value, fault))
        return false;
    *out = f;
    return true;
}
