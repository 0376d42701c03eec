#include "serve/config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/number.h"
#include "protocol/sagemaker.h"

enum { MAX_CONFIG_BYTES = 4 * 1024 * 1024 };

enum kind { TEXT, FLAG, COUNT, SECONDS, OBJECT, LIST };

/* One key: where it stands in the file, where it goes, what it may be. */
struct key {
    const char *section; /* NULL: top level */
    const char *name;
    enum kind kind;
    size_t offset;
    double low;
    double high;
};

#define AT(member) offsetof(struct ml_config, member)

static const struct key keys[] = {
    {NULL, "listen", TEXT, AT(listen), 0, 0},
    {NULL, "models", TEXT, AT(models), 0, 0},
    {NULL, "state", TEXT, AT(state), 0, 0},
    {NULL, "default_endpoint", TEXT, AT(default_endpoint), 0, 0},
    {NULL, "endpoints", OBJECT, AT(endpoints), 0, 0},
    {NULL, "tokens", TEXT, AT(tokens), 0, 0},
    {NULL, "sigv4", TEXT, AT(sigv4), 0, 0},
    {"tls", "certificate", TEXT, AT(tls_certificate), 0, 0},
    {"tls", "key", TEXT, AT(tls_key), 0, 0},
    {"log", "format", TEXT, AT(log_format), 0, 0},
    {"log", "requests", FLAG, AT(log_requests), 0, 0},
    {"predictions", "log", FLAG, AT(log_predictions), 0, 0},
    {"predictions", "queue", COUNT, AT(log_queue), 256, 1e7},
    {"predictions", "max_bytes", COUNT, AT(log_bytes), 0, 1e15},
    {NULL, "drain_seconds", SECONDS, AT(drain_seconds), 0, 3600},
    {NULL, "follow_seconds", SECONDS, AT(follow_seconds), 0, 86400},
    {NULL, "threads", COUNT, AT(threads), 0, 64},
    {NULL, "terse_errors", FLAG, AT(terse_errors), 0, 0},
    {NULL, "hosts", LIST, AT(hosts), 0, 0},
    {"protocols", "sagemaker", FLAG, AT(protocols.on[ML_PROTOCOL_SAGEMAKER]), 0, 0},
    {"protocols", "amazonml", FLAG, AT(protocols.on[ML_PROTOCOL_AMAZONML]), 0, 0},
    {"protocols", "oip", FLAG, AT(protocols.on[ML_PROTOCOL_OIP]), 0, 0},
    {"protocols", "v1", FLAG, AT(protocols.on[ML_PROTOCOL_V1]), 0, 0},
    {"protocols", "mlflow", FLAG, AT(protocols.on[ML_PROTOCOL_MLFLOW]), 0, 0},
    {"sagemaker", "accept", TEXT, AT(sagemaker_accept), 0, 0},
    {"sagemaker", "output", TEXT, AT(sagemaker_output), 0, 0},
    {"sagemaker", "models", TEXT, AT(sagemaker_models), 0, 0},
    {"capture", "directory", TEXT, AT(capture_directory), 0, 0},
    {"capture", "percent", SECONDS, AT(capture_percent), 0, 100},
    {"capture", "endpoints", LIST, AT(capture_endpoints), 0, 0},
    {"amazonml", "data", TEXT, AT(amazonml_data), 0, 0},
    {"amazonml", "jobs", COUNT, AT(amazonml_jobs), 1, 16},
    {"limits", "body_bytes", COUNT, AT(limits.body_bytes), 1, 1e9},
    {"limits", "batch_bytes", COUNT, AT(limits.batch_bytes), 1, 1e13},
    {"limits", "spool_bytes", COUNT, AT(limits.spool_bytes), 0, 1e9},
    {"limits", "rows", COUNT, AT(limits.rows), 1, 1e6},
    {"limits", "connections", COUNT, AT(limits.connections), 1, 1e6},
    {"limits", "connections_per_ip", COUNT, AT(limits.connections_per_ip), 0, 1e6},
    {"limits", "requests", COUNT, AT(limits.requests), 1, 1e6},
    {"limits", "header_seconds", SECONDS, AT(limits.header_seconds), 0.1, 3600},
    {"limits", "body_seconds", SECONDS, AT(limits.body_seconds), 0.1, 3600},
    {"limits", "handle_seconds", SECONDS, AT(limits.handle_seconds), 0.1, 3600},
    {"limits", "idle_seconds", SECONDS, AT(limits.idle_seconds), 0.1, 86400},
    {"limits", "write_seconds", SECONDS, AT(limits.write_seconds), 0.1, 3600},
    {"limits", "batch_jobs", COUNT, AT(limits.batch_jobs), 1, 16},
    {"limits", "batch_queue", COUNT, AT(limits.batch_queue), 1, 10000},
};

enum { N_KEYS = sizeof(keys) / sizeof(keys[0]) };

void ml_config_init(struct ml_config *c)
{
    *c = (struct ml_config){
        .listen = ml_xstrdup("127.0.0.1:8080"),
        .log_format = ml_xstrdup("logfmt"),
        .log_predictions = true,
        .log_queue = 32768,
        .log_bytes = (size_t)1 << 30,
        .drain_seconds = 10.0,
        .follow_seconds = 2.0,
        .capture_directory = ml_xstrdup("capture"),
        .amazonml_jobs = 1,
        .protocols = {.on = {true, true, true, true, true}},
        .limits =
            {
                .body_bytes = 1024 * 1024,
                .batch_bytes = (size_t)1 << 30,
                .spool_bytes = 1024 * 1024,
                .rows = 10000,
                .connections = 8192,
                .requests = 2048,
                .header_seconds = 5.0,
                .body_seconds = 15.0,
                .handle_seconds = 10.0,
                .idle_seconds = 30.0,
                .write_seconds = 30.0,
                .batch_jobs = 1,
                .batch_queue = 16,
            },
    };
}

void ml_config_release(struct ml_config *c)
{
    for (size_t i = 0; i < N_KEYS; i++)
        if (keys[i].kind == TEXT)
            free(*(char **)(void *)((char *)c + keys[i].offset));
    ml_json_free(c->document);
    free(c->path);
    *c = (struct ml_config){0};
}

static const struct key *find_key(const char *section, const char *name)
{
    for (size_t i = 0; i < N_KEYS; i++) {
        bool same = section == NULL
                        ? keys[i].section == NULL
                        : keys[i].section != NULL && strcmp(keys[i].section, section) == 0;
        if (same && strcmp(keys[i].name, name) == 0)
            return &keys[i];
    }
    return NULL;
}

static bool is_section(const char *name)
{
    for (size_t i = 0; i < N_KEYS; i++)
        if (keys[i].section != NULL && strcmp(keys[i].section, name) == 0)
            return true;
    return false;
}

static bool fail_key(const char *path, const struct key *k, const char *wanted,
                     struct ml_error *err)
{
    return ml_fail(err, ML_EINPUT, "%s: '%s%s%s' must be %s", path,
                   k->section != NULL ? k->section : "", k->section != NULL ? "." : "", k->name,
                   wanted);
}

static bool set_number(struct ml_config *c, const struct key *k, const struct ml_json *value,
                       const char *path, struct ml_error *err)
{
    double x = ml_json_number(value);
    char wanted[96];
    ml_fail(err, ML_EINPUT, "a %snumber from %.10g to %.10g", k->kind == COUNT ? "whole " : "",
            k->low, k->high);
    memcpy(wanted, err->msg, sizeof(wanted));
    wanted[sizeof(wanted) - 1] = '\0';
    if (!(x >= k->low && x <= k->high) || (k->kind == COUNT && x != floor(x)))
        return fail_key(path, k, wanted, err);
    void *to = (char *)c + k->offset;
    if (k->kind == COUNT)
        *(size_t *)to = (size_t)x;
    else
        *(double *)to = x;
    return true;
}

static bool set(struct ml_config *c, const struct key *k, const struct ml_json *value,
                const char *path, struct ml_error *err)
{
    void *to = (char *)c + k->offset;
    enum ml_json_type type = ml_json_type(value);
    switch (k->kind) {
    case TEXT:
        if (type != ML_JSON_STRING || ml_json_string(value)[0] == '\0')
            return fail_key(path, k, "a string", err);
        free(*(char **)to);
        *(char **)to = ml_xstrdup(ml_json_string(value));
        return true;
    case FLAG:
        if (type != ML_JSON_BOOL)
            return fail_key(path, k, "true or false", err);
        *(bool *)to = ml_json_bool(value, false);
        return true;
    case COUNT:
    case SECONDS:
        return set_number(c, k, value, path, err);
    case OBJECT:
        if (type != ML_JSON_OBJECT)
            return fail_key(path, k, "an object", err);
        break;
    case LIST:
        if (type != ML_JSON_ARRAY)
            return fail_key(path, k, "an array", err);
        break;
    }
    *(const struct ml_json **)to = value;
    return true;
}

/* Names the keys of the section too; there are too many outside of any. */
static bool refuse_key(const char *path, const char *section, const char *name,
                       struct ml_error *err)
{
    if (section == NULL)
        return ml_fail(err, ML_EINPUT, "%s: unknown key '%.64s'", path, name);
    struct ml_strbuf known = {0};
    for (size_t i = 0; i < N_KEYS; i++)
        if (keys[i].section != NULL && strcmp(keys[i].section, section) == 0)
            ml_strbuf_addf(&known, "%s%s", known.length > 0 ? ", " : "", keys[i].name);
    ml_fail(err, ML_EINPUT, "%s: unknown key '%s.%.64s'; known are %s", path, section, name,
            known.bytes);
    ml_strbuf_release(&known);
    return false;
}

static bool read_section(struct ml_config *c, const struct ml_json *object, const char *section,
                         const char *path, struct ml_error *err)
{
    for (const struct ml_json *m = ml_json_first(object); m != NULL; m = ml_json_next(m)) {
        const char *name = ml_json_key(m);
        const struct key *k = find_key(section, name);
        if (section == NULL && k == NULL && is_section(name)) {
            if (ml_json_type(m) != ML_JSON_OBJECT)
                return ml_fail(err, ML_EINPUT, "%s: '%s' must be an object", path, name);
            if (!read_section(c, m, name, path, err))
                return false;
            continue;
        }
        if (k == NULL)
            return refuse_key(path, section, name, err);
        if (!set(c, k, m, path, err))
            return false;
    }
    return true;
}

static bool check(const struct ml_config *c, const char *path, struct ml_error *err)
{
    if ((c->tls_certificate == NULL) != (c->tls_key == NULL))
        return ml_fail(err, ML_EINPUT, "%s: 'tls' needs both 'certificate' and 'key'", path);
    if (strcmp(c->log_format, "logfmt") != 0 && strcmp(c->log_format, "json") != 0)
        return ml_fail(err, ML_EINPUT, "%s: 'log.format' must be \"logfmt\" or \"json\"", path);
    const struct ml_json *host = c->hosts != NULL ? ml_json_first(c->hosts) : NULL;
    for (; host != NULL; host = ml_json_next(host))
        if (ml_json_string(host) == NULL)
            return ml_fail(err, ML_EINPUT, "%s: 'hosts' must hold strings", path);
    char unused[64];
    unsigned port;
    if (!ml_sagemaker_check(&c->protocols, err))
        return ml_fail_context(err, "%s", path);
    return ml_config_split_listen(c->listen, unused, &port, err) ||
           ml_fail_context(err, "%s", path);
}

bool ml_config_load(struct ml_config *c, const char *path, struct ml_error *err)
{
    struct ml_strbuf text = {0};
    if (!ml_file_read_all(&text, path, MAX_CONFIG_BYTES, err))
        return false;
    ml_json_free(c->document);
    free(c->path);
    c->document = NULL;
    c->path = ml_xstrdup(path);
    bool ok =
        ml_json_parse(&c->document, text.bytes != NULL ? text.bytes : "", text.length, path, err);
    ml_strbuf_release(&text);
    if (ok && ml_json_type(c->document) != ML_JSON_OBJECT)
        ok = ml_fail(err, ML_EINPUT, "%s: not a JSON object", path);
    if (!ok || !read_section(c, c->document, NULL, path, err))
        return false;
    c->protocols.sagemaker_accept = c->sagemaker_accept;
    c->protocols.sagemaker_output = c->sagemaker_output;
    return check(c, path, err);
}

bool ml_config_split_listen(const char *listen, char host[64], unsigned *port, struct ml_error *err)
{
    const char *colon = strrchr(listen, ':');
    const char *from = listen;
    const char *to = colon;
    if (colon != NULL && listen[0] == '[' && colon > listen + 1 && colon[-1] == ']') {
        from++;
        to--;
    }
    double x;
    if (colon == NULL || to - from >= 64 || strspn(colon + 1, "0123456789") != strlen(colon + 1) ||
        ml_number_parse(colon + 1, strlen(colon + 1), &x) != ML_NUMBER_OK || x > 65535.0)
        return ml_fail(err, ML_EINPUT, "'listen' must be ADDRESS:PORT, not '%.64s'", listen);
    memcpy(host, from, (size_t)(to - from));
    host[to - from] = '\0';
    *port = (unsigned)x;
    return true;
}

bool ml_config_is_loopback(const char *host)
{
    bool is_127 = strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == strlen(host);
    return is_127 || strcmp(host, "::1") == 0 || strcmp(host, "localhost") == 0;
}
