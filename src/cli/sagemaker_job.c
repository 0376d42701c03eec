#include "cli/sagemaker_job.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "base/tempfile.h"
#include "data/schema.h"

enum { MAX_CONFIG_BYTES = 1024 * 1024, COPY_BYTES = 65536 };

static const char temporary_prefix[] = "mlctl-channel-";

static bool is_directory(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool sagemaker_job_is_there(const char *prefix)
{
    char *path = ml_path_join(prefix, "input/config");
    bool is_there = is_directory(path);
    free(path);
    return is_there;
}

/* A file of input/config, an object; *out NULL when it is not there. */
static bool read_config(struct ml_json **out, const char *prefix, const char *name,
                        struct ml_error *err)
{
    struct ml_strbuf path = {0};
    struct ml_strbuf text = {0};
    ml_strbuf_addf(&path, "%s/input/config/%s", prefix, name);
    *out = NULL;
    bool ok =
        access(path.bytes, F_OK) != 0 ||
        (ml_file_read_all(&text, path.bytes, MAX_CONFIG_BYTES, err) &&
         ml_json_parse(out, text.bytes != NULL ? text.bytes : "", text.length, path.bytes, err));
    if (ok && *out != NULL && ml_json_type(*out) != ML_JSON_OBJECT) {
        ok = ml_fail(err, ML_EINPUT, "%s: not a JSON object", path.bytes);
        ml_json_free(*out);
    }
    ml_strbuf_release(&path);
    ml_strbuf_release(&text);
    return ok;
}

static bool check_hosts(const char *prefix, struct ml_error *err)
{
    struct ml_json *config;
    if (!read_config(&config, prefix, "resourceconfig.json", err))
        return false;
    const struct ml_json *hosts = ml_json_get(config, "hosts");
    size_t n = hosts != NULL ? ml_json_count(hosts) : 0;
    ml_json_free(config);
    return n <= 1 ||
           ml_fail(err, ML_EUNSUPPORTED,
                   "resourceconfig.json: %zu hosts; a model is trained on one: set the instance "
                   "count to 1",
                   n);
}

/* "text/csv; label_size=1": CSV whose first column is the label. */
static bool check_content_type(const char *channel, const char *type, struct ml_error *err)
{
    size_t n = strcspn(type, "; ");
    bool is_csv = (n == 8 && strncasecmp(type, "text/csv", n) == 0) ||
                  (n == 3 && strncasecmp(type, "csv", n) == 0);
    const char *label = strstr(type, "label_size=");
    if (!is_csv)
        return ml_fail(err, ML_EUNSUPPORTED,
                       "channel '%s': ContentType '%.64s' is not one we read; text/csv is", channel,
                       type);
    if (label != NULL && strcmp(label, "label_size=1") != 0)
        return ml_fail(err, ML_EINPUT,
                       "channel '%s': ContentType '%.64s': training wants rows with their label, "
                       "one column of it",
                       channel, type);
    return true;
}

/* Rows are looked at more than once, and a pipe gives them once an epoch. */
static bool copy_pipe(char **out, const char *path, struct ml_error *err)
{
    const char *dir = getenv("TMPDIR");
    struct ml_strbuf name = {0};
    ml_strbuf_addf(&name, "%s/%sXXXXXX", dir != NULL && dir[0] != '\0' ? dir : "/tmp",
                   temporary_prefix);
    int to = mkstemp(name.bytes);
    int from = -1;
    bool ok = to >= 0 || ml_fail_errno(err, "create", name.bytes);
    *out = ml_strbuf_take(&name);
    if (ok)
        ml_tempfile_remember(*out);
    ok = ok && ml_file_open(&from, path, err);
    char *block = ml_xcalloc(COPY_BYTES, 1);
    for (size_t n = 1; ok && n > 0;)
        ok = ml_file_read(&n, from, block, COPY_BYTES, path, err) &&
             ml_file_write(to, block, n, *out, err);
    free(block);
    if (from >= 0)
        ml_file_close(from);
    if (to >= 0)
        close(to);
    return ok;
}

/* Where the channel's rows are; *out NULL when there is no such channel. */
static bool find_channel(char **out, const char *prefix, const char *channel,
                         const struct ml_json *config, struct ml_error *err)
{
    const struct ml_json *c = ml_json_get(config, channel);
    const char *type = ml_json_string(ml_json_get(c, "ContentType"));
    const char *mode = ml_json_string(ml_json_get(c, "TrainingInputMode"));
    const char *wrapper = ml_json_string(ml_json_get(c, "RecordWrapperType"));
    struct ml_strbuf path = {0};
    if (c != NULL && ml_json_type(c) != ML_JSON_OBJECT)
        return ml_fail(err, ML_EINPUT, "inputdataconfig.json: channel '%s' must be an object",
                       channel);
    if (type != NULL && type[0] != '\0' && !check_content_type(channel, type, err))
        return false;
    if (wrapper != NULL && strcmp(wrapper, "RecordIO") == 0)
        return ml_fail(err, ML_EUNSUPPORTED, "channel '%s': RecordWrapperType must be None",
                       channel);
    ml_strbuf_addf(&path, "%s/input/data/%s", prefix, channel);
    if (mode != NULL && strcmp(mode, "Pipe") == 0) {
        ml_strbuf_adds(&path, "_0");
        bool ok = copy_pipe(out, path.bytes, err);
        ml_strbuf_release(&path);
        return ok || ml_fail_context(err, "channel '%s'", channel);
    }
    if (is_directory(path.bytes))
        *out = ml_strbuf_take(&path);
    else if (c != NULL)
        ml_fail(err, ML_ENOTFOUND, "channel '%s': there is no directory '%s'", channel, path.bytes);
    ml_strbuf_release(&path);
    return *out != NULL || c == NULL;
}

static void note_unused(const struct ml_json *config, const struct ml_talk *talk)
{
    for (const struct ml_json *m = ml_json_first(config); m != NULL; m = ml_json_next(m)) {
        const char *name = ml_json_key(m);
        struct ml_strbuf line = {0};
        if (strcmp(name, "train") == 0 || strcmp(name, "validation") == 0 ||
            strcmp(name, "schema") == 0)
            continue;
        ml_strbuf_addf(&line, "channel '%.64s' is ignored: train, validation and schema are known",
                       name);
        talk->note(talk->ctx, line.bytes);
        ml_strbuf_release(&line);
    }
}

static bool find_channels(struct sagemaker_job *job, const char *prefix, const struct ml_talk *talk,
                          struct ml_error *err)
{
    struct ml_json *config;
    if (!read_config(&config, prefix, "inputdataconfig.json", err))
        return false;
    note_unused(config, talk);
    bool ok = find_channel(&job->train, prefix, "train", config, err) &&
              find_channel(&job->validation, prefix, "validation", config, err);
    ml_json_free(config);
    if (ok && job->train == NULL)
        return ml_fail(err, ML_EINPUT,
                       "no channel is named 'train': '%s/input/data/train' is not there", prefix);
    return ok;
}

/* ".schema", or the only "*.schema", of a directory; NULL when there is none. */
static bool find_schema_file(char **out, const char *dir, struct ml_error *err)
{
    static const char suffix[] = ".schema";
    DIR *listing = opendir(dir);
    *out = NULL;
    bool ok = true;
    for (struct dirent *e; listing != NULL && ok && (e = readdir(listing)) != NULL;) {
        size_t n = strlen(e->d_name);
        if (n < strlen(suffix) || strcmp(e->d_name + n - strlen(suffix), suffix) != 0)
            continue;
        if (*out != NULL)
            ok = ml_fail(err, ML_EINPUT, "%s: more than one schema", dir);
        else
            *out = ml_path_join(dir, e->d_name);
    }
    if (listing != NULL)
        closedir(listing);
    if (!ok) {
        free(*out);
        *out = NULL;
    }
    return ok;
}

static bool is_number(const struct ml_schema_column *column)
{
    return column->type == ML_NUMERIC || column->type == ML_BINARY;
}

/*
 * Column names read as a row make words of all columns of numbers. One such column may have a word
 * for a value in its first row; all of them hardly. The label's type follows other rules.
 */
static bool refuse_header(const struct sagemaker_job *job, const struct ml_csv_options *csv,
                          struct ml_error *err)
{
    struct ml_csv_options with_header = *csv;
    struct ml_schema *other;
    struct ml_error ignored;
    const char *name = NULL;
    size_t n_still = 0;
    with_header.header = ML_HEADER_YES;
    if (!ml_schema_infer(&other, job->train, NULL, &with_header, &ignored))
        return true;
    for (size_t c = 1; c < job->schema->n_columns && c < other->n_columns; c++) {
        n_still += is_number(&job->schema->columns[c]);
        if (is_number(&other->columns[c]) && !is_number(&job->schema->columns[c]))
            name = other->columns[c].name;
    }
    bool ok = name == NULL || n_still > 0 ||
              ml_fail(err, ML_EINPUT,
                      "channel 'train': the first line looks like column names ('%.64s'); take it "
                      "away, set the hyperparameter 'header' to true, or give a schema",
                      name);
    ml_schema_free(other);
    return ok;
}

/* SageMaker's convention: the label first. Its column has a name only once columns are counted. */
static bool infer_schema(struct sagemaker_job *job, struct ml_error *err)
{
    struct ml_csv_options csv = job->params.train.train.csv;
    struct ml_schema *counted;
    bool has_header = csv.header == ML_HEADER_YES;
    if (!has_header)
        csv.header = ML_HEADER_NO;
    if (!ml_schema_infer(&counted, job->train, NULL, &csv, err))
        return false;
    bool ok = ml_schema_infer(&job->schema, job->train, ml_schema_name(counted, 0), &csv, err);
    ml_schema_free(counted);
    job->is_inferred = true;
    return ok && (has_header || refuse_header(job, &csv, err));
}

static bool load_schema(struct sagemaker_job *job, const char *prefix, struct ml_error *err)
{
    const char *text = job->params.schema;
    if (text != NULL)
        return ml_schema_parse(&job->schema, text, strlen(text), "hyperparameter 'schema'", err);
    char *dir = ml_path_join(prefix, "input/data/schema");
    char *path = NULL;
    bool ok = find_schema_file(&path, dir, err) &&
              (path != NULL || find_schema_file(&path, job->train, err));
    free(dir);
    if (ok)
        ok = path != NULL ? ml_schema_load(&job->schema, path, err) : infer_schema(job, err);
    free(path);
    return ok;
}

bool sagemaker_job_read(struct sagemaker_job *job, const char *prefix, const struct ml_talk *talk,
                        struct ml_error *err)
{
    *job = (struct sagemaker_job){0};
    char *params = ml_path_join(prefix, "input/config/hyperparameters.json");
    bool ok = check_hosts(prefix, err) && find_channels(job, prefix, talk, err) &&
              sagemaker_params_read(&job->params, params, job->validation != NULL, err) &&
              load_schema(job, prefix, err) &&
              sagemaker_params_target(&job->params, job->schema, job->is_inferred, err);
    free(params);
    return ok;
}

static void remove_copy(char *path)
{
    const char *name = path != NULL ? strrchr(path, '/') : NULL;
    if (name != NULL && strncmp(name + 1, temporary_prefix, strlen(temporary_prefix)) == 0) {
        unlink(path);
        ml_tempfile_forget(path);
    }
    free(path);
}

void sagemaker_job_release(struct sagemaker_job *job)
{
    remove_copy(job->train);
    remove_copy(job->validation);
    sagemaker_params_release(&job->params);
    ml_schema_free(job->schema);
}
