#include "amazonml/fault.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
    const char *type;
    int status;
} errors[] = {
    [ML_AML_INVALID_INPUT] = {"InvalidInputException", 400},
    [ML_AML_NOT_FOUND] = {"ResourceNotFoundException", 404},
    [ML_AML_MISMATCH] = {"IdempotentParameterMismatchException", 400},
    [ML_AML_INVALID_TAG] = {"InvalidTagException", 400},
    [ML_AML_TAG_LIMIT] = {"TagLimitExceededException", 400},
    [ML_AML_LIMIT] = {"LimitExceededException", 417},
    [ML_AML_NOT_MOUNTED] = {"PredictorNotMountedException", 400},
    [ML_AML_UNKNOWN_OPERATION] = {"UnknownOperationException", 400},
    [ML_AML_SERIALIZATION] = {"SerializationException", 400},
    [ML_AML_INTERNAL] = {"InternalServerException", 500},
};

const char *ml_aml_error_type(enum ml_aml_error error, int *status)
{
    *status = errors[error].status;
    return errors[error].type;
}

bool ml_aml_refuse(struct ml_aml_fault *fault, enum ml_aml_error error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(fault->message, sizeof(fault->message), format, args);
    va_end(args);
    fault->type = ml_aml_error_type(error, &fault->status);
    return false;
}

bool ml_aml_refuse_error(struct ml_aml_fault *fault, const struct ml_error *err)
{
    bool is_ours = err->code == ML_EIO || err->code == ML_EINTERNAL;
    return ml_aml_refuse(fault, is_ours ? ML_AML_INTERNAL : ML_AML_INVALID_INPUT, "%s", err->msg);
}
