#include "serve/log.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"

static const char *const levels[] = {"info", "warning", "error"};

static void add_time(struct ml_strbuf *buf)
{
    struct timespec now;
    struct tm utc;
    char text[32];
    clock_gettime(CLOCK_REALTIME, &now);
    if (gmtime_r(&now.tv_sec, &utc) == NULL || strftime(text, sizeof(text), "%FT%T", &utc) == 0)
        text[0] = '\0';
    ml_strbuf_addf(buf, "%s.%03ldZ", text, now.tv_nsec / 1000000);
}

/* Quoted unless it is a plain word. */
static void add_logfmt_value(struct ml_strbuf *buf, const char *s)
{
    bool plain = s[0] != '\0';
    for (const char *p = s; *p != '\0' && plain; p++)
        plain = *p > ' ' && *p < 0x7f && *p != '"' && *p != '=' && *p != '\\';
    if (plain)
        ml_strbuf_adds(buf, s);
    else
        ml_json_adds(buf, s);
}

static void format_logfmt(struct ml_strbuf *buf, enum ml_log_level level, const char *message,
                          const struct ml_log_field *fields, size_t n)
{
    ml_strbuf_adds(buf, "time=");
    add_time(buf);
    ml_strbuf_addf(buf, " level=%s msg=", levels[level]);
    add_logfmt_value(buf, message);
    for (size_t i = 0; i < n; i++) {
        if (fields[i].value == NULL)
            continue;
        ml_strbuf_addf(buf, " %s=", fields[i].name);
        add_logfmt_value(buf, fields[i].value);
    }
}

static void format_json(struct ml_strbuf *buf, enum ml_log_level level, const char *message,
                        const struct ml_log_field *fields, size_t n)
{
    ml_strbuf_adds(buf, "{\"time\":\"");
    add_time(buf);
    ml_strbuf_addc(buf, '"');
    ml_json_key_string(buf, "level", levels[level]);
    ml_json_key_string(buf, "msg", message);
    for (size_t i = 0; i < n; i++)
        if (fields[i].value != NULL)
            ml_json_key_string(buf, fields[i].name, fields[i].value);
    ml_strbuf_addc(buf, '}');
}

void ml_log_write(const struct ml_log *log, enum ml_log_level level, const char *message,
                  const struct ml_log_field *fields, size_t n)
{
    struct ml_strbuf buf = {0};
    if (log->json)
        format_json(&buf, level, message, fields, n);
    else
        format_logfmt(&buf, level, message, fields, n);
    ml_strbuf_addc(&buf, '\n');
    ssize_t written = write(log->fd, buf.bytes, buf.length);
    (void)written; /* a log that cannot be written has nobody to tell */
    ml_strbuf_release(&buf);
}
