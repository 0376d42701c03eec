/* Batch prediction as Amazon ML names it: a result for each file, then the manifest. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/packed.h"
#include "base/rng.h"
#include "base/utf8.h"
#include "data/parts.h"
#include "model/answers.h"

static const char alphanumerics[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

struct results {
    struct ml_parts parts;
    const char *out; /* borrowed, both */
    const char *out_name;
    char *folder;    /* owned; where the results go */
    char *manifest;  /* owned; its path */
    char **paths;    /* owned; a result for each file */
    size_t n_closed; /* results that are complete */
    bool is_open;    /* the one after these is being written */
    struct ml_packed file;
    struct ml_strbuf header;
};

void ml_batch_id_make(char id[ML_BATCH_ID_BYTES])
{
    enum { CHOSEN = 11 };
    struct ml_rng rng;
    uint64_t seed = 0;
    if (getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
        seed = (uint64_t)time(NULL) ^ (uint64_t)getpid() << 40;
    ml_rng_init(&rng, seed);
    memcpy(id, "bp-", 3);
    for (size_t i = 0; i < CHOSEN; i++)
        id[3 + i] = alphanumerics[ml_rng_below(&rng, sizeof(alphanumerics) - 1)];
    id[3 + CHOSEN] = '\0';
}

static bool check_id(const char *id, struct ml_error *err)
{
    size_t n = strlen(id);
    for (size_t i = 0; i < n; i++)
        if (strchr(alphanumerics, id[i]) == NULL && strchr("_.-", id[i]) == NULL)
            n = 0;
    return (n > 0 && n < ML_BATCH_ID_BYTES) ||
           ml_fail(err, ML_EINPUT, "the id must be 1 to 64 letters, digits, '_', '.' or '-'");
}

static bool check_out(const char *out, struct ml_error *err)
{
    static const char *const forbidden[] = {":", "//", "/./", "/../"};
    size_t n = strlen(out);
    if (n == 0 || out[n - 1] != '/')
        return ml_fail(err, ML_EINPUT, "the output '%s' must end in '/'", out);
    for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++)
        if (strstr(out, forbidden[i]) != NULL)
            return ml_fail(err, ML_EINPUT, "the output '%s' must not contain '%s'", out,
                           forbidden[i]);
    return true;
}

/* A new folder in the data would make of the directory what is no data (data/parts.h). */
static bool check_apart(const char *in, const char *out, struct ml_error *err)
{
    struct stat a;
    struct stat b;
    if (stat(in, &a) == 0 && stat(out, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino)
        return ml_fail(err, ML_EINPUT, "'%s' is both the data and the output", out);
    return true;
}

static bool check_unused(const char *path, struct ml_error *err)
{
    struct stat st;
    return (lstat(path, &st) != 0 && (errno == ENOENT || errno == ENOTDIR)) ||
           ml_fail(err, ML_ECONFLICT, "'%s' exists: choose another id", path);
}

static char *result_path(const struct results *r, const char *id, const char *in)
{
    struct ml_strbuf buf = {0};
    const char *slash = strrchr(in, '/');
    ml_strbuf_addf(&buf, "%s/%s-%s%s", r->folder, id, slash != NULL ? slash + 1 : in,
                   ml_gzip_is_name(in) ? "" : ".gz");
    return ml_strbuf_take(&buf);
}

static bool check_result(const struct results *r, size_t i, struct ml_error *err)
{
    const char *in = r->parts.files[i].path;
    if (!ml_utf8_is_valid(in, strlen(in)))
        return ml_fail(err, ML_EINPUT, "%s: the manifest's names are UTF-8, which this is not",
                       r->parts.name);
    for (size_t k = 0; k < i; k++)
        if (strcmp(r->paths[k], r->paths[i]) == 0)
            return ml_fail(err, ML_EINPUT, "'%s' and '%s' would have the same result, '%s'",
                           r->parts.files[k].path, in, r->paths[i]);
    return true;
}

/* Names everything; touches nothing. */
static bool plan(struct results *r, const char *in, const char *in_name, const char *out,
                 const char *id, struct ml_error *err)
{
    struct ml_strbuf folder = {0};
    struct ml_strbuf manifest = {0};
    if (!check_out(out, err) || !check_id(id, err) || !check_apart(in, out, err) ||
        !ml_parts_list(&r->parts, in, in_name, err))
        return false;
    ml_strbuf_addf(&folder, "%sbatch-prediction/result", out);
    ml_strbuf_addf(&manifest, "%sbatch-prediction/%s.manifest", out, id);
    r->folder = ml_strbuf_take(&folder);
    r->manifest = ml_strbuf_take(&manifest);
    if (!ml_utf8_is_valid(out, strlen(out)))
        return ml_fail(err, ML_EINPUT, "the output's name must be UTF-8");
    r->paths = ml_xcalloc(r->parts.n, sizeof(*r->paths));
    for (size_t i = 0; i < r->parts.n; i++) {
        r->paths[i] = result_path(r, id, r->parts.files[i].path);
        if (!check_result(r, i, err))
            return false;
    }
    return true;
}

static bool check_all_unused(const struct results *r, struct ml_error *err)
{
    for (size_t i = 0; i < r->parts.n; i++)
        if (!check_unused(r->paths[i], err))
            return false;
    return check_unused(r->manifest, err);
}

static bool keep_header(void *ctx, const void *bytes, size_t n, struct ml_error *err)
{
    (void)err;
    struct results *r = ctx;
    ml_strbuf_add(&r->header, bytes, n);
    return true;
}

static bool close_result(struct results *r, struct ml_error *err)
{
    bool ok = ml_packed_commit(&r->file, err);
    ml_packed_release(&r->file);
    r->is_open = false;
    r->n_closed += ok;
    return ok;
}

static bool open_result(struct results *r, struct ml_error *err)
{
    if (!ml_dir_make(r->folder, err) || !ml_packed_open(&r->file, r->paths[r->n_closed], err))
        return false;
    r->is_open = true;
    return ml_packed_write(&r->file, r->header.bytes, r->header.length, err);
}

/* Completes the results of the files before this one, and those of files without a row with them.
 */
static bool advance(struct results *r, size_t file, struct ml_error *err)
{
    while (r->n_closed < file)
        if ((!r->is_open && !open_result(r, err)) || !close_result(r, err))
            return false;
    return file == r->parts.n || r->is_open || open_result(r, err);
}

static bool begin_file(void *ctx, size_t file, const char *name, struct ml_error *err)
{
    struct results *r = ctx;
    if (file >= r->parts.n || strcmp(r->parts.files[file].name, name) != 0)
        return ml_fail(err, ML_ECONFLICT, "%s: the directory changes while it is being read",
                       r->parts.name);
    return advance(r, file, err);
}

static bool write_lines(void *ctx, const void *bytes, size_t n, struct ml_error *err)
{
    struct results *r = ctx;
    return ml_packed_write(&r->file, bytes, n, err);
}

static bool write_manifest(const struct results *r, struct ml_error *err)
{
    struct ml_strbuf json = {0};
    ml_strbuf_addc(&json, '{');
    for (size_t i = 0; i < r->parts.n; i++) {
        struct ml_strbuf result = {0};
        ml_strbuf_addf(&result, "%s%s", r->out_name, r->paths[i] + strlen(r->out));
        ml_json_key_string(&json, r->parts.files[i].name, result.bytes);
        ml_strbuf_release(&result);
    }
    ml_strbuf_adds(&json, "}\n");
    bool ok = ml_file_replace(r->manifest, json.bytes, json.length, err);
    ml_strbuf_release(&json);
    return ok;
}

static void release(struct results *r)
{
    if (r->is_open)
        ml_packed_release(&r->file);
    for (size_t i = 0; r->paths != NULL && i < r->parts.n; i++)
        free(r->paths[i]);
    free(r->paths);
    free(r->folder);
    free(r->manifest);
    ml_strbuf_release(&r->header);
    ml_parts_release(&r->parts);
}

bool ml_predict_batch(const struct ml_model *model, const char *in, const char *out, const char *id,
                      const struct ml_predict_options *options, const struct ml_talk *talk,
                      struct ml_predict_summary *summary, struct ml_error *err)
{
    struct results r = {.out = out,
                        .out_name = options->out_name != NULL ? options->out_name : out};
    struct ml_answer_sink sink = {
        .header = keep_header, .file = begin_file, .lines = write_lines, .ctx = &r};
    bool ok = strcmp(in, "-") != 0 ||
              ml_fail(err, ML_EINPUT, "standard input has no name that a result could have");
    ok = ok && plan(&r, in, options->csv.name, out, id, err) && check_all_unused(&r, err) &&
         ml_answer_rows(model, in, &sink, options, talk, summary, err) &&
         advance(&r, r.parts.n, err) && write_manifest(&r, err);
    for (size_t i = 0; !ok && i < r.n_closed; i++)
        unlink(r.paths[i]);
    release(&r);
    return ok;
}

/* Whether a process that was killed while it wrote `path` left this entry (base/file.c). */
static bool is_unfinished(const char *entry, const char *path)
{
    static const char mark[] = ".tmp-";
    const char *name = strrchr(path, '/') + 1;
    size_t n = strlen(name);
    return entry[0] == '.' && strncmp(entry + 1, name, n) == 0 &&
           strncmp(entry + 1 + n, mark, sizeof(mark) - 1) == 0;
}

/* Removes from the folder of the n paths, which is one, what was being written in place of them. */
static void remove_unfinished(char *const *paths, size_t n)
{
    char *folder = ml_xmemdup0(paths[0], (size_t)(strrchr(paths[0], '/') - paths[0]));
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        bool found = false;
        for (size_t i = 0; !found && i < n && entry->d_name[0] == '.'; i++)
            found = is_unfinished(entry->d_name, paths[i]);
        if (found)
            unlinkat(dirfd(dir), entry->d_name, 0);
    }
    if (dir != NULL)
        closedir(dir);
    free(folder);
}

static bool discard(const char *path, struct ml_error *err)
{
    return unlink(path) == 0 || errno == ENOENT || errno == ENOTDIR ||
           ml_fail_errno(err, "remove", path);
}

bool ml_predict_batch_discard(const char *in, const char *out, const char *id, struct ml_error *err)
{
    struct results r = {0};
    bool ok = plan(&r, in, NULL, out, id, err) && discard(r.manifest, err);
    for (size_t i = 0; ok && i < r.parts.n; i++)
        ok = discard(r.paths[i], err);
    if (ok) {
        remove_unfinished(r.paths, r.parts.n);
        remove_unfinished(&r.manifest, 1);
    }
    release(&r);
    return ok;
}
