/*
 * Structured log lines on standard error: logfmt (time=… level=… msg="…" key=value) or JSON, one
 * write(2) a line. Values that came from outside are quoted and control bytes escaped. Thread-safe.
 */
#ifndef ML_SERVE_LOG_H
#define ML_SERVE_LOG_H

#include <stdbool.h>
#include <stddef.h>

enum ml_log_level {
    ML_LOG_INFO,
    ML_LOG_WARNING,
    ML_LOG_ERROR,
};

struct ml_log_field {
    const char *name;  /* static */
    const char *value; /* NULL: the field is left out */
};

struct ml_log {
    bool json;
    int fd;
};

void ml_log_write(const struct ml_log *log, enum ml_log_level level, const char *message,
                  const struct ml_log_field *fields, size_t n);

/* ml_log(log, ML_LOG_INFO, "model loaded", {"endpoint", e}, {"model", m}); */
#define ml_log(log, level, message, ...)                                                           \
    ml_log_write((log), (level), (message), (const struct ml_log_field[]){__VA_ARGS__},            \
                 sizeof((const struct ml_log_field[]){__VA_ARGS__}) / sizeof(struct ml_log_field))

#endif
