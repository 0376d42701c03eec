#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/json.h"
#include "base/number.h"
#include "ml/split.h"

bool ml_selection_check(const struct ml_selection *s, struct ml_error *err)
{
    if (!(s->begin >= 0.0 && s->begin < s->end && s->end <= 100.0))
        return ml_fail(err, ML_EINPUT,
                       "a range of rows begins at 0 percent or more and ends above that, at 100 at "
                       "most");
    if (s->complement && s->begin == 0.0 && s->end == 100.0)
        return ml_fail(err, ML_EINPUT, "the complement of all rows is none");
    return true;
}

static bool is_number(const char *text, uint64_t *out)
{
    if (text[0] == '\0' || strspn(text, "0123456789") != strlen(text))
        return false;
    errno = 0;
    *out = strtoull(text, NULL, 10);
    return errno == 0;
}

bool ml_selection_set_seed(struct ml_selection *s, const char *text, struct ml_error *err)
{
    uint64_t seed;
    if (is_number(text, &seed)) {
        s->seed = seed;
        s->seed_text[0] = '\0';
        return true;
    }
    size_t n = strlen(text);
    if (n >= ML_SEED_BYTES)
        return ml_fail(err, ML_ELIMIT, "the seed is longer than %d bytes", ML_SEED_BYTES - 1);
    char hex[ML_DIGEST_HEX];
    ml_digest_of(text, n, hex);
    hex[16] = '\0';
    s->seed = strtoull(hex, NULL, 16);
    memcpy(s->seed_text, text, n + 1);
    return true;
}

static bool malformed(const char *member, const char *wanted, struct ml_error *err)
{
    return ml_fail(err, ML_EINPUT, "the split's '%s' must be %s", member, wanted);
}

/* No member that is not meant: a misspelt one would select other rows than were asked for. */
static bool check_members(const struct ml_json *object, const char *name, const char *known,
                          struct ml_error *err)
{
    if (ml_json_type(object) != ML_JSON_OBJECT)
        return malformed(name, "an object", err);
    for (const struct ml_json *m = ml_json_first(object); m != NULL; m = ml_json_next(m)) {
        const char *key = ml_json_key(m);
        const char *at = key[0] != '\0' ? strstr(known, key) : NULL;
        if (at == NULL || strchr(key, ' ') != NULL || at[-1] != ' ' || at[strlen(key)] != ' ') {
            char quoted[96];
            return ml_fail(err, ML_EINPUT, "the split's JSON has an unknown member '%s'",
                           ml_quote(quoted, sizeof(quoted), key, strlen(key)));
        }
    }
    return true;
}

static bool read_percent(const struct ml_json *splitting, const char *key, double *out,
                         struct ml_error *err)
{
    const struct ml_json *v = ml_json_get(splitting, key);
    if (v == NULL)
        return true;
    *out = ml_json_number(v);
    return (*out >= 0.0 && *out <= 100.0) || malformed(key, "a number from 0 to 100", err);
}

static bool read_complement(const struct ml_json *splitting, bool *out, struct ml_error *err)
{
    const struct ml_json *v = ml_json_get(splitting, "complement");
    const char *s = v != NULL ? ml_json_string(v) : NULL;
    bool is_word = s != NULL && (strcmp(s, "true") == 0 || strcmp(s, "false") == 0);
    if (v != NULL && !is_word && ml_json_type(v) != ML_JSON_BOOL)
        return malformed("complement", "true or false", err);
    *out = is_word ? strcmp(s, "true") == 0 : v != NULL && ml_json_bool(v, false);
    return true;
}

static bool read_strategy(const struct ml_json *splitting, enum ml_split_strategy *out,
                          struct ml_error *err)
{
    const struct ml_json *v = ml_json_get(splitting, "strategy");
    const char *s = v != NULL ? ml_json_string(v) : "sequential";
    if (s == NULL || (strcmp(s, "sequential") != 0 && strcmp(s, "random") != 0))
        return malformed("strategy", "'sequential' or 'random'", err);
    *out = s[0] == 's' ? ML_SPLIT_SEQUENTIAL : ML_SPLIT_RANDOM;
    return true;
}

/* The newest of its three places counts. */
static bool read_seed(const struct ml_json *root, const struct ml_json *splitting,
                      struct ml_selection *s, struct ml_error *err)
{
    const struct ml_json *params = ml_json_get(splitting, "strategyParams");
    if (params != NULL && !check_members(params, "strategyParams", " randomSeed ", err))
        return false;
    const struct ml_json *v = params != NULL ? ml_json_get(params, "randomSeed") : NULL;
    v = v != NULL ? v : ml_json_get(splitting, "randomSeed");
    v = v != NULL ? v : ml_json_get(root, "randomSeed");
    if (v == NULL)
        return true;
    const char *text = ml_json_string(v);
    return text != NULL ? ml_selection_set_seed(s, text, err)
                        : malformed("randomSeed", "a string", err);
}

static bool read_json(struct ml_selection *s, const struct ml_json *root, struct ml_error *err)
{
    const struct ml_json *splitting = ml_json_get(root, "splitting");
    if (!check_members(root, "JSON", " splitting randomSeed ", err) ||
        (splitting != NULL &&
         !check_members(splitting, "splitting",
                        " percentBegin percentEnd strategy strategyParams complement randomSeed ",
                        err)))
        return false;
    s->begin = 0.0;
    s->end = 100.0;
    return read_percent(splitting, "percentBegin", &s->begin, err) &&
           read_percent(splitting, "percentEnd", &s->end, err) &&
           read_complement(splitting, &s->complement, err) &&
           read_strategy(splitting, &s->strategy, err) && read_seed(root, splitting, s, err);
}

static bool parse_range(struct ml_selection *s, const char *text)
{
    const char *dash = strchr(text, '-');
    size_t n = strlen(text);
    s->begin = 0.0;
    if (dash == NULL)
        return ml_number_parse(text, n, &s->end) == ML_NUMBER_OK;
    size_t at = (size_t)(dash - text);
    return ml_number_parse(text, at, &s->begin) == ML_NUMBER_OK &&
           ml_number_parse(dash + 1, n - at - 1, &s->end) == ML_NUMBER_OK;
}

bool ml_selection_parse(struct ml_selection *out, const char *text, struct ml_error *err)
{
    enum { MAX_BYTES = 131071 }; /* Amazon's longest document */
    struct ml_selection s = *out;
    bool ok;
    if (text[0] != '{') {
        ok = parse_range(&s, text) ||
             ml_fail(err, ML_EINPUT, "a split is a percentage as 70, a range as 20-40, or JSON");
        if (ok && s.end > 0.0 && s.end < 1.0) /* 0.7, by the habit of other tools */
            ok = ml_fail(err, ML_EINPUT, "a split of '%.32s' percent: it is written as 70, not 0.7",
                         text);
    } else {
        struct ml_json *root = NULL;
        ok = strlen(text) <= MAX_BYTES || ml_fail(err, ML_ELIMIT, "the split's JSON is too long");
        ok = ok && ml_json_parse(&root, text, strlen(text), "split", err) &&
             read_json(&s, root, err);
        ml_json_free(root);
    }
    ok = ok && ml_selection_check(&s, err);
    if (ok)
        *out = s;
    return ok;
}
