#include "serve/container.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/number.h"
#include "model/bundle.h"
#include "ml/registry.h"

enum { DEFAULT_PAYLOAD_MB = 6, MAX_PAYLOAD_MB = 100 };

static const char default_state[] = "/tmp/mlserved";

/* An empty variable says nothing. */
static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

const char *ml_container_prefix(void)
{
    const char *prefix = variable("ML_SAGEMAKER_PREFIX");
    return prefix != NULL ? prefix : "/opt/ml";
}

static bool is_multi_model(void)
{
    const char *value = variable("SAGEMAKER_MULTI_MODEL");
    return value != NULL && strcmp(value, "true") == 0;
}

static bool is_directory(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool ml_container_is_there(const char *prefix)
{
    char *path = ml_path_join(prefix, "model");
    bool is_there = is_multi_model() || is_directory(path);
    free(path);
    return is_there;
}

static bool read_count(size_t *out, const char *name, size_t low, size_t high, struct ml_error *err)
{
    const char *text = variable(name);
    double x;
    if (text == NULL)
        return true;
    if (strspn(text, "0123456789") != strlen(text) ||
        ml_number_parse(text, strlen(text), &x) != ML_NUMBER_OK || x < (double)low ||
        x > (double)high)
        return ml_fail(err, ML_EINPUT, "%s must be a whole number from %zu to %zu, not '%.64s'",
                       name, low, high, text);
    *out = (size_t)x;
    return true;
}

static void set_text(char **to, const char *text)
{
    if (text == NULL)
        return;
    free(*to);
    *to = ml_xstrdup(text);
}

bool ml_container_configure(struct ml_config *c, struct ml_error *err)
{
    size_t port = 8080;
    size_t payload = DEFAULT_PAYLOAD_MB;
    char listen[32];
    if (!read_count(&port, "SAGEMAKER_BIND_TO_PORT", 0, 65535, err) ||
        !read_count(&payload, "SAGEMAKER_MAX_PAYLOAD_IN_MB", 1, MAX_PAYLOAD_MB, err))
        return false;
    snprintf(listen, sizeof(listen), "0.0.0.0:%zu", port);
    set_text(&c->listen, listen);
    set_text(&c->sagemaker_accept, variable("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT"));
    set_text(&c->sagemaker_output, variable("SAGEMAKER_INFERENCE_OUTPUT"));
    c->protocols.sagemaker_accept = c->sagemaker_accept;
    c->protocols.sagemaker_output = c->sagemaker_output;
    c->limits.body_bytes = payload * 1024 * 1024;
    c->is_container = true;
    c->allow_no_model = is_multi_model();
    return true;
}

static bool has_sums(const char *dir)
{
    char *path = ml_path_join(dir, ML_FILES_SUMS);
    bool has = access(path, F_OK) == 0;
    free(path);
    return has;
}

/* The folder with a bundle in `dir`, when it is the only thing there that a model can be. */
static char *only_bundle(const char *dir, char name[ML_NAME_BYTES])
{
    DIR *listing = opendir(dir);
    char *found = NULL;
    size_t n = 0;
    for (struct dirent *e; listing != NULL && (e = readdir(listing)) != NULL;) {
        if (!ml_files_is_name(e->d_name, strlen(e->d_name)))
            continue;
        char *path = ml_path_join(dir, e->d_name);
        if (n++ == 0 && has_sums(path)) {
            memcpy(name, e->d_name, strlen(e->d_name) + 1);
            found = path;
        } else {
            free(path);
        }
    }
    if (listing != NULL)
        closedir(listing);
    if (n == 1)
        return found;
    free(found);
    return NULL;
}

static bool has_same_files(const struct ml_registry *registry, const char *name,
                           const struct ml_model *model)
{
    struct ml_model *kept;
    struct ml_error why;
    struct ml_strbuf a = {0};
    struct ml_strbuf b = {0};
    if (!ml_registry_load(&kept, registry, name, &why))
        return false;
    ml_files_sums(ml_model_files(kept), &a);
    ml_files_sums(ml_model_files(model), &b);
    bool same = a.length == b.length && memcmp(a.bytes, b.bytes, a.length) == 0;
    ml_strbuf_release(&a);
    ml_strbuf_release(&b);
    ml_model_free(kept);
    return same;
}

/* A restart on the same state finds the version that is there already. */
static bool keep(const char *root, const char *name, struct ml_model *model, struct ml_error *err)
{
    struct ml_registry *registry;
    size_t version;
    if (!ml_registry_open(&registry, root, err))
        return false;
    bool ok = has_same_files(registry, name, model) ||
              ml_registry_publish(registry, name, model, &version, err);
    ml_registry_close(registry);
    return ok;
}

/* A registry has folders with versions where a bundle has files, and its own are not to be
 * written to: so the bundle is taken into one that we keep. */
static bool take_bundle(struct ml_config *c, const char *dir, const char *name,
                        struct ml_error *err)
{
    struct ml_files files = {0};
    struct ml_model *model = NULL;
    struct ml_strbuf root = {0};
    if (!ml_files_load(&files, dir, ML_MAX_BUNDLE_BYTES, err))
        return false;
    if (!ml_model_from_files(&model, &files, dir, err)) {
        ml_files_release(&files);
        return false;
    }
    ml_strbuf_addf(&root, "%s/sagemaker-%s", c->state != NULL ? c->state : getenv("ML_STATE"),
                   name);
    bool ok = ml_dir_make(root.bytes, err) && keep(root.bytes, name, model, err);
    if (ok) {
        set_text(&c->models, root.bytes);
        if (c->default_endpoint == NULL)
            set_text(&c->default_endpoint, name);
    }
    ml_model_free(model);
    ml_strbuf_release(&root);
    return ok;
}

/* The folder itself, when it is a registry with some model. */
static bool take_registry(struct ml_config *c, const char *dir, struct ml_error *err)
{
    struct ml_registry *registry;
    struct ml_version_info *list = NULL;
    size_t n = 0;
    if (!ml_registry_open(&registry, dir, err))
        return false;
    bool ok = ml_registry_list(registry, NULL, &list, &n, err);
    ml_registry_list_free(list, n);
    ml_registry_close(registry);
    if (!ok)
        return false;
    if (n == 0)
        return ml_fail(err, ML_ENOTFOUND,
                       "%s: no model there: neither " ML_FILES_SUMS " of a bundle nor a folder of "
                       "versions",
                       dir);
    set_text(&c->models, dir);
    return true;
}

static bool take_none(struct ml_config *c, struct ml_error *err)
{
    struct ml_strbuf root = {0};
    ml_strbuf_addf(&root, "%s/sagemaker-models", c->state != NULL ? c->state : getenv("ML_STATE"));
    bool ok = ml_dir_make(root.bytes, err);
    if (ok)
        set_text(&c->models, root.bytes);
    ml_strbuf_release(&root);
    return ok;
}

bool ml_container_models(struct ml_config *c, const char *prefix, struct ml_error *err)
{
    char name[ML_NAME_BYTES] = "model";
    if (c->state == NULL && variable("ML_STATE") == NULL) {
        /* What a container forgets anyway is not worth its memory. */
        set_text(&c->state, default_state);
        c->log_predictions = false;
    }
    if (c->models != NULL || variable("ML_MODELS") != NULL)
        return true;
    if (c->allow_no_model)
        return take_none(c, err);
    char *dir = ml_path_join(prefix, "model");
    char *inside = has_sums(dir) ? NULL : only_bundle(dir, name);
    bool ok = has_sums(dir)    ? take_bundle(c, dir, name, err)
              : inside != NULL ? take_bundle(c, inside, name, err)
                               : take_registry(c, dir, err);
    free(inside);
    free(dir);
    return ok;
}
