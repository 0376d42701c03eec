/* Names, aliases, version numbers and references. Everything is checked here before it becomes part
 * of a path. */
#ifndef ML_REGISTRY_REF_H
#define ML_REGISTRY_REF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "model/model.h"

enum { ML_MAX_VERSION = 999999999 };

enum ml_ref_kind {
    ML_REF_NEWEST,  /* "banking" */
    ML_REF_VERSION, /* "banking@3" */
    ML_REF_ALIAS,   /* "banking@champion" */
};

struct ml_ref {
    enum ml_ref_kind kind;
    char name[ML_NAME_BYTES];
    char alias[ML_NAME_BYTES]; /* ML_REF_ALIAS */
    size_t version;            /* ML_REF_VERSION */
};

bool ml_ref_parse(struct ml_ref *out, const char *text, struct ml_error *err)
    __attribute__((warn_unused_result));

bool ml_ref_is_alias(const char *s, size_t n);
bool ml_ref_check_name(const char *name, struct ml_error *err) __attribute__((warn_unused_result));
bool ml_ref_check_alias(const char *alias, struct ml_error *err)
    __attribute__((warn_unused_result));

/* The number 1..ML_MAX_VERSION that s spells without leading zeros, or 0. */
size_t ml_ref_version(const char *s);

#endif
