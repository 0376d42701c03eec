/* What an operation is given: JSON members by a table, and JSON values written again. */
#ifndef ML_AMAZONML_INPUT_H
#define ML_AMAZONML_INPUT_H

#include "amazonml/fault.h"
#include "base/json.h"

enum ml_aml_type {
    ML_AML_ID,     /* 1 to 64 of a-z A-Z 0-9 _ . - */
    ML_AML_STRING, /* low to high characters */
    ML_AML_CHOICE, /* one of choices */
    ML_AML_FLAG,
    ML_AML_NUMBER, /* low to high */
    ML_AML_COUNT,  /* a whole one */
    ML_AML_OBJECT,
    ML_AML_LIST, /* low to high elements */
};

struct ml_aml_member {
    const char *name; /* NULL ends a table */
    enum ml_aml_type type;
    bool is_required;
    double low;
    double high;
    const char *choices; /* "BINARY REGRESSION" */
};

/*
 * Checks an object's members; those that no table has are let pass, null is absent. where stands in
 * front of names: "DataSpec.".
 */
bool ml_aml_check(const struct ml_json *object, const struct ml_aml_member *members,
                  const char *where, struct ml_aml_fault *fault)
    __attribute__((warn_unused_result));

/* The value of a string member, or NULL. */
const char *ml_aml_string(const struct ml_json *object, const char *name);

/* Any value, members by their names: equal values give equal text. */
void ml_aml_write_value(struct ml_strbuf *buf, const struct ml_json *value);

#endif
