#include "serve/sigv4.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "serve/sigv4_canonical.h"

enum { TIME_BYTES = 16, DATE_BYTES = 8 };

static bool refuse(struct ml_sigv4_fault *fault, int status, const char *code, const char *format,
                   ...) __attribute__((format(printf, 4, 5)));

static bool refuse(struct ml_sigv4_fault *fault, int status, const char *code, const char *format,
                   ...)
{
    va_list args;
    fault->status = status;
    fault->code = code;
    va_start(args, format);
    vsnprintf(fault->message, sizeof(fault->message), format, args);
    va_end(args);
    return false;
}

static bool is_incomplete(struct ml_sigv4_fault *fault, const char *message)
{
    return refuse(fault, 400, "incomplete_signature", "%s", message);
}

bool ml_sigv4_is_meant(const char *authorization)
{
    return authorization != NULL && strncmp(authorization, "AWS4-", 5) == 0;
}

static struct ml_sigv4_span span(const char *s)
{
    return (struct ml_sigv4_span){s, strlen(s)};
}

/* The only field of that name, or NULL; *n: how many there are. */
static const char *find(const struct ml_sigv4_request *q, const char *name, size_t *n)
{
    const char *value = NULL;
    *n = 0;
    for (size_t i = 0; i < q->n_fields; i++) {
        if (!ml_sigv4_is_field(&q->fields[i], span(name)))
            continue;
        value = q->fields[i].value;
        ++*n;
    }
    return *n == 1 ? value : NULL;
}

/* Takes the part before the next '/' off rest; visible ASCII, not empty. */
static bool take_part(struct ml_sigv4_span *part, struct ml_sigv4_span *rest)
{
    const char *end = memchr(rest->s, '/', rest->n);
    if (end == NULL)
        return false;
    *part = (struct ml_sigv4_span){rest->s, (size_t)(end - rest->s)};
    rest->s += part->n + 1;
    rest->n -= part->n + 1;
    for (size_t i = 0; i < part->n; i++)
        if (part->s[i] <= ' ' || part->s[i] > '~')
            return false;
    return part->n > 0;
}

static bool read_credential(struct ml_sigv4_claim *c, struct ml_sigv4_span s)
{
    static const char end[] = "aws4_request";
    struct ml_sigv4_span key_id;
    if (!take_part(&key_id, &s) || key_id.n > ML_MAX_KEY_ID_BYTES)
        return false;
    memcpy(c->key_id, key_id.s, key_id.n);
    c->key_id[key_id.n] = '\0';
    c->scope = s;
    return take_part(&c->date, &s) && take_part(&c->region, &s) && take_part(&c->service, &s) &&
           c->date.n == DATE_BYTES && s.n == sizeof(end) - 1 && memcmp(s.s, end, s.n) == 0;
}

static bool read_signature(struct ml_sigv4_claim *c, struct ml_sigv4_span s)
{
    if (s.n != ML_DIGEST_HEX - 1)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (s.s[i] == '\0' || strchr("0123456789abcdef", s.s[i]) == NULL)
            return false;
    memcpy(c->signature, s.s, s.n);
    c->signature[s.n] = '\0';
    return true;
}

static int compare_spans(struct ml_sigv4_span a, struct ml_sigv4_span b)
{
    int order = memcmp(a.s, b.s, a.n < b.n ? a.n : b.n);
    return order != 0 ? order : (a.n > b.n) - (a.n < b.n);
}

/* Names in lower case, each after the one before. */
static bool read_names(struct ml_sigv4_claim *c, struct ml_sigv4_span s)
{
    struct ml_sigv4_span last = {"", 0};
    struct ml_sigv4_span name;
    c->headers = s;
    if (s.n == 0 || s.s[s.n - 1] == ';')
        return false;
    for (; ml_sigv4_next_name(&name, &s); last = name) {
        if (compare_spans(last, name) >= 0)
            return false;
        for (size_t i = 0; i < name.n; i++)
            if (name.s[i] <= ' ' || name.s[i] > '~' || (name.s[i] >= 'A' && name.s[i] <= 'Z'))
                return false;
    }
    return true;
}

static const struct {
    const char *name;
    bool (*read)(struct ml_sigv4_claim *c, struct ml_sigv4_span value);
    const char *problem;
} parts[] = {
    {"Credential", read_credential,
     "Credential is not KEY-ID/yyyymmdd/region/service/aws4_request"},
    {"SignedHeaders", read_names,
     "SignedHeaders are not names in lower case, in ascending order, with ';' between"},
    {"Signature", read_signature, "Signature is not 64 hexadecimal digits in lower case"},
};

enum { N_PARTS = sizeof(parts) / sizeof(parts[0]) };

/* One "Name=value" of the header; sets its bit in seen. */
static bool read_part(struct ml_sigv4_claim *c, const char *s, size_t n, unsigned *seen,
                      struct ml_sigv4_fault *fault)
{
    for (size_t i = 0; i < N_PARTS; i++) {
        size_t name = strlen(parts[i].name);
        if (n <= name || memcmp(s, parts[i].name, name) != 0 || s[name] != '=')
            continue;
        if ((*seen & 1u << i) != 0)
            break;
        *seen |= 1u << i;
        struct ml_sigv4_span value = {s + name + 1, n - name - 1};
        return parts[i].read(c, value) || is_incomplete(fault, parts[i].problem);
    }
    return is_incomplete(fault, "the Authorization must have Credential, SignedHeaders and "
                                "Signature, once each, and nothing else");
}

static bool read_authorization(struct ml_sigv4_claim *c, const char *s,
                               struct ml_sigv4_fault *fault)
{
    size_t algorithm = strcspn(s, " \t");
    unsigned seen = 0;
    if (algorithm != sizeof(ML_SIGV4_ALGORITHM) - 1 ||
        memcmp(s, ML_SIGV4_ALGORITHM, algorithm) != 0)
        return is_incomplete(fault, "the only algorithm known here is " ML_SIGV4_ALGORITHM);
    s += algorithm;
    for (s += strspn(s, " \t,"); *s != '\0'; s += strspn(s, " \t,")) {
        size_t n = strcspn(s, " \t,");
        if (!read_part(c, s, n, &seen, fault))
            return false;
        s += n;
    }
    for (size_t i = 0; i < N_PARTS; i++)
        if ((seen & 1u << i) == 0)
            return refuse(fault, 400, "incomplete_signature", "the Authorization has no %s",
                          parts[i].name);
    return true;
}

static bool is_signed(const struct ml_sigv4_claim *c, const char *name)
{
    struct ml_sigv4_span rest = c->headers;
    struct ml_sigv4_span one;
    while (ml_sigv4_next_name(&one, &rest))
        if (strncasecmp(name, one.s, one.n) == 0 && name[one.n] == '\0')
            return true;
    return false;
}

static bool check_headers(const struct ml_sigv4_claim *c, const struct ml_sigv4_request *q,
                          struct ml_sigv4_fault *fault)
{
    struct ml_sigv4_span rest = c->headers;
    struct ml_sigv4_span name;
    if (!is_signed(c, "host"))
        return is_incomplete(fault, "'host' must be among the SignedHeaders");
    for (size_t i = 0; i < q->n_fields; i++)
        if (strncasecmp(q->fields[i].name, "x-amz-", 6) == 0 && !is_signed(c, q->fields[i].name))
            return refuse(fault, 400, "incomplete_signature",
                          "'%.64s' is in the request and not among the SignedHeaders",
                          q->fields[i].name);
    while (ml_sigv4_next_name(&name, &rest)) {
        bool is_there = false;
        for (size_t i = 0; i < q->n_fields && !is_there; i++)
            is_there = ml_sigv4_is_field(&q->fields[i], name);
        if (!is_there)
            return refuse(fault, 400, "incomplete_signature",
                          "'%.*s' is among the SignedHeaders and not in the request",
                          (int)(name.n < 64 ? name.n : 64), name.s);
    }
    return true;
}

static int digits(const char *s, int n)
{
    int x = 0;
    for (int i = 0; i < n; i++)
        x = x * 10 + (s[i] - '0');
    return x;
}

/* Days since 1970-01-01 in the proleptic Gregorian calendar. */
static int64_t days_of(int year, int month, int day)
{
    int64_t y = month > 2 ? year : year - 1; /* years begin in March: a leap day is their last */
    int64_t m = month > 2 ? month - 3 : month + 9;
    return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

/* "20261125T181500Z" as seconds since 1970. */
static bool read_time(int64_t *out, const char *s)
{
    static const char shape[] = "ddddddddTddddddZ";
    if (strlen(s) != TIME_BYTES)
        return false;
    for (size_t i = 0; i < TIME_BYTES; i++)
        if (shape[i] == 'd' ? s[i] < '0' || s[i] > '9' : s[i] != shape[i])
            return false;
    int month = digits(s + 4, 2);
    int day = digits(s + 6, 2);
    if (month < 1 || month > 12 || day < 1 || day > 31 || digits(s + 9, 2) > 23 ||
        digits(s + 11, 2) > 59 || digits(s + 13, 2) > 60)
        return false;
    *out = days_of(digits(s, 4), month, day) * 86400 + digits(s + 9, 2) * 3600 +
           digits(s + 11, 2) * 60 + digits(s + 13, 2);
    return true;
}

static bool check_time(struct ml_sigv4_claim *c, const struct ml_sigv4_request *q, int64_t now_s,
                       struct ml_sigv4_fault *fault)
{
    size_t n;
    int64_t at;
    const char *time = find(q, "x-amz-date", &n);
    if (time == NULL || !read_time(&at, time))
        return is_incomplete(fault, "one X-Amz-Date like 20261125T181500Z is needed");
    memcpy(c->time, time, TIME_BYTES + 1);
    if (memcmp(c->time, c->date.s, DATE_BYTES) != 0)
        return refuse(fault, 403, "signature_mismatch",
                      "the date in Credential is not the one of X-Amz-Date");
    if (at < now_s - ML_SIGV4_WINDOW_SECONDS)
        return refuse(fault, 403, "signature_expired",
                      "Signature expired: %s is more than 5 minutes ago by this machine's clock",
                      c->time);
    if (at > now_s + ML_SIGV4_WINDOW_SECONDS)
        return refuse(fault, 403, "signature_expired",
                      "Signature not yet current: %s is more than 5 minutes ahead of this "
                      "machine's clock",
                      c->time);
    return true;
}

static bool check_payload(struct ml_sigv4_claim *c, const struct ml_sigv4_request *q,
                          struct ml_sigv4_fault *fault)
{
    static const char message[] = "X-Amz-Content-Sha256 must be the body's SHA-256: unsigned and "
                                  "streamed payloads are not accepted here";
    size_t n;
    c->body_digest = find(q, "x-amz-content-sha256", &n);
    if (n == 0)
        return true;
    if (c->body_digest == NULL || strlen(c->body_digest) != ML_DIGEST_HEX - 1)
        return is_incomplete(fault, message);
    return strspn(c->body_digest, "0123456789abcdef") == ML_DIGEST_HEX - 1 ||
           is_incomplete(fault, message);
}

bool ml_sigv4_read(struct ml_sigv4_claim *out, const char *authorization,
                   const struct ml_sigv4_request *request, int64_t now_s,
                   struct ml_sigv4_fault *fault)
{
    *out = (struct ml_sigv4_claim){0};
    return read_authorization(out, authorization, fault) && check_headers(out, request, fault) &&
           check_time(out, request, now_s, fault) && check_payload(out, request, fault);
}

static void add_span(struct ml_strbuf *to, struct ml_sigv4_span s)
{
    ml_strbuf_add(to, s.s, s.n);
}

static void canonical_digest(char out[ML_DIGEST_HEX], const struct ml_sigv4_claim *c,
                             const struct ml_sigv4_request *q, const char *body,
                             enum ml_sigv4_query how)
{
    struct ml_strbuf text = {0};
    ml_strbuf_addf(&text, "%s\n", q->method);
    ml_sigv4_add_path(&text, q->path);
    ml_strbuf_addc(&text, '\n');
    ml_sigv4_add_query(&text, q->query, how);
    ml_strbuf_addc(&text, '\n');
    ml_sigv4_add_headers(&text, q, c->headers);
    ml_strbuf_addc(&text, '\n');
    add_span(&text, c->headers);
    ml_strbuf_addf(&text, "\n%s", body);
    ml_digest_of(text.bytes, text.length, out);
    ml_strbuf_release(&text);
}

/* HMAC by HMAC: "AWS4" and the secret, date, region, service, end. */
static void signing_key(uint8_t key[ML_DIGEST_BYTES], const struct ml_sigv4_claim *c,
                        const char *secret)
{
    struct ml_strbuf first = {0};
    ml_strbuf_reserve(&first, strlen(secret) + 5); /* a second piece of memory would not be wiped */
    ml_strbuf_adds(&first, "AWS4");
    ml_strbuf_adds(&first, secret);
    ml_hmac_of(key, first.bytes, first.length, c->date.s, c->date.n);
    ml_wipe(first.bytes, first.length);
    ml_strbuf_release(&first);
    ml_hmac_of(key, key, ML_DIGEST_BYTES, c->region.s, c->region.n);
    ml_hmac_of(key, key, ML_DIGEST_BYTES, c->service.s, c->service.n);
    ml_hmac_of(key, key, ML_DIGEST_BYTES, "aws4_request", 12);
}

static bool is_signature(const struct ml_sigv4_claim *c, const uint8_t key[ML_DIGEST_BYTES],
                         const char canonical[ML_DIGEST_HEX])
{
    struct ml_strbuf text = {0};
    uint8_t raw[ML_DIGEST_BYTES];
    char hex[ML_DIGEST_HEX];
    ml_strbuf_addf(&text, ML_SIGV4_ALGORITHM "\n%s\n", c->time);
    add_span(&text, c->scope);
    ml_strbuf_addf(&text, "\n%s", canonical);
    ml_hmac_of(raw, key, ML_DIGEST_BYTES, text.bytes, text.length);
    ml_strbuf_release(&text);
    ml_digest_hex(hex, raw);
    bool ok = ml_digest_is_equal(hex, c->signature);
    ml_wipe(raw, sizeof(raw));
    ml_wipe(hex, sizeof(hex)); /* the right signature of a wrong request */
    return ok;
}

static bool has_mismatch(const struct ml_sigv4_claim *c, const struct ml_sigv4_request *q,
                         const char *body, const char *canonical, struct ml_sigv4_fault *fault)
{
    struct ml_strbuf path = {0};
    ml_sigv4_add_path(&path, q->path);
    refuse(fault, 403, "signature_mismatch",
           "the signature does not match the request: %s %.100s, headers %.*s, body %s, "
           "time %s, scope %.*s; SHA-256 of the canonical request: %s. Is it the right secret, and "
           "does a proxy change any of this?",
           q->method, path.bytes, (int)(c->headers.n < 100 ? c->headers.n : 100), c->headers.s,
           body, c->time, (int)(c->scope.n < 80 ? c->scope.n : 80), c->scope.s, canonical);
    ml_strbuf_release(&path);
    return false;
}

bool ml_sigv4_verify(const struct ml_sigv4_claim *c, const struct ml_sigv4_request *q,
                     const char *secret, const char body[ML_DIGEST_HEX],
                     struct ml_sigv4_fault *fault)
{
    uint8_t key[ML_DIGEST_BYTES];
    char canonical[ML_DIGEST_HEX];
    if (c->body_digest != NULL && strcmp(c->body_digest, body) != 0)
        return refuse(fault, 403, "signature_mismatch",
                      "X-Amz-Content-Sha256 is not the SHA-256 of the body, which is %s", body);
    signing_key(key, c, secret);
    canonical_digest(canonical, c, q, body, ML_SIGV4_QUERY_ENCODED);
    bool ok = is_signature(c, key, canonical);
    if (!ok && q->query[0] != '\0') {
        canonical_digest(canonical, c, q, body, ML_SIGV4_QUERY_AS_SENT);
        ok = is_signature(c, key, canonical);
    }
    ml_wipe(key, sizeof(key));
    return ok || has_mismatch(c, q, body, canonical, fault);
}
