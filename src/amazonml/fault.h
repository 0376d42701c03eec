/* Why an operation was refused: one of Amazon ML's errors, and a message. */
#ifndef ML_AMAZONML_FAULT_H
#define ML_AMAZONML_FAULT_H

#include <stdbool.h>

#include "base/error.h"

enum ml_aml_error {
    ML_AML_INVALID_INPUT,
    ML_AML_NOT_FOUND,
    ML_AML_MISMATCH, /* an id that is in use with other parameters */
    ML_AML_INVALID_TAG,
    ML_AML_TAG_LIMIT,
    ML_AML_LIMIT,
    ML_AML_NOT_MOUNTED,
    ML_AML_UNKNOWN_OPERATION,
    ML_AML_SERIALIZATION,
    ML_AML_INTERNAL,
};

struct ml_aml_fault {
    int status;       /* HTTP's */
    const char *type; /* "ResourceNotFoundException"; static */
    char message[1024];
};

/* Always false. */
bool ml_aml_refuse(struct ml_aml_fault *fault, enum ml_aml_error error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* From a library's error: what the operating system refused is internal, the rest is input. */
bool ml_aml_refuse_error(struct ml_aml_fault *fault, const struct ml_error *err);

/* Its name and HTTP status. */
const char *ml_aml_error_type(enum ml_aml_error error, int *status);

#endif
