#include "registry/ref.h"

#include <string.h>

enum { QUOTE_BYTES = 200 };

size_t ml_ref_version(const char *s)
{
    if (*s < '1' || *s > '9')
        return 0;
    size_t version = 0;
    for (; *s >= '0' && *s <= '9'; s++) {
        version = version * 10 + (size_t)(*s - '0');
        if (version > ML_MAX_VERSION)
            return 0;
    }
    return *s == '\0' ? version : 0;
}

static bool is_all_digits(const char *s)
{
    return s[strspn(s, "0123456789")] == '\0';
}

bool ml_ref_is_alias(const char *s, size_t n)
{
    return ml_files_is_name(s, n) && !is_all_digits(s);
}

static bool fail_quoted(const char *what, const char *text, size_t n, struct ml_error *err)
{
    char quoted[QUOTE_BYTES];
    return ml_fail(err, ML_EINPUT, "%s: '%s'", what, ml_quote(quoted, sizeof(quoted), text, n));
}

static bool check_name(const char *name, size_t n, struct ml_error *err)
{
    if (!ml_files_is_name(name, n))
        return fail_quoted("not a model name (1 to 64 letters, digits, '.', '_' or '-', a letter "
                           "or digit first, no '..')",
                           name, n, err);
    return true;
}

bool ml_ref_check_name(const char *name, struct ml_error *err)
{
    return check_name(name, strlen(name), err);
}

bool ml_ref_check_alias(const char *alias, struct ml_error *err)
{
    size_t n = strlen(alias);
    if (!ml_ref_is_alias(alias, n))
        return fail_quoted("not an alias (1 to 64 letters, digits, '.', '_' or '-', a letter or "
                           "digit first, no '..', not all digits)",
                           alias, n, err);
    return true;
}

bool ml_ref_parse(struct ml_ref *out, const char *text, struct ml_error *err)
{
    struct ml_ref ref = {0};
    size_t name_bytes = strcspn(text, "@");
    if (!check_name(text, name_bytes, err))
        return false;
    memcpy(ref.name, text, name_bytes);
    const char *tail = text + name_bytes;
    if (*tail == '@') {
        tail++;
        bool is_number = is_all_digits(tail) && *tail != '\0';
        ref.kind = is_number ? ML_REF_VERSION : ML_REF_ALIAS;
        ref.version = is_number ? ml_ref_version(tail) : 0;
        if (is_number && ref.version == 0)
            return fail_quoted("not a version number (1, 2, …)", tail, strlen(tail), err);
        if (!is_number && !ml_ref_check_alias(tail, err))
            return false;
        if (!is_number)
            memcpy(ref.alias, tail, strlen(tail));
    }
    *out = ref;
    return true;
}
