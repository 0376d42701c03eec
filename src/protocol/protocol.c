#include "protocol/protocol.h"

#include <stdarg.h>
#include <stdio.h>

bool ml_call_refuse(struct ml_call_fault *fault, const char *code, const char *field,
                    const char *format, ...)
{
    char message[sizeof(fault->err.msg)];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    fault->code = code;
    fault->field = field;
    return ml_fail(&fault->err, ML_EINPUT, "%s", message);
}
