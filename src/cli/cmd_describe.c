#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"
#include "ml/describe.h"

struct arguments {
    struct cli_csv csv;
    struct ml_describe_options describe;
    const char *schema;
    bool json;
};

#define OPTIONS(a)                                                                                 \
    {                                                                                              \
        {"schema", CLI_STRING, &(a)->schema, "FILE", "the schema (default: DATA.schema)"},         \
            {"target", CLI_STRING, &(a)->describe.target, "COL",                                   \
             "relate to this column (default: the schema's target)"},                              \
            {"bins", CLI_COUNT, &(a)->describe.bins, "N",                                          \
             "bars of a histogram, at most 500 (default 20)"},                                     \
            {"jobs", CLI_COUNT, &(a)->describe.jobs, "N", "threads (default: one a processor)"},   \
            CLI_CSV_OPTIONS(&(a)->csv), {"json", CLI_FLAG, &(a)->json, NULL, "print JSON"}, {0},   \
    }

static void print_options(FILE *to)
{
    struct arguments a = {0};
    const struct cli_option options[] = OPTIONS(&a);
    cli_print_options(to, options);
}

/* The schema beside the data; *out is NULL when there is none. */
static bool load_beside(struct ml_schema **out, const char *data, struct ml_error *err)
{
    bool exists;
    char *path = ml_schema_path(data, &exists);
    *out = NULL;
    bool ok = !exists || strcmp(data, "-") == 0 || ml_schema_load(out, path, err);
    free(path);
    return ok;
}

static bool infer(struct ml_schema **out, const struct arguments *a, const char *data,
                  struct ml_error *err)
{
    const char *target = a->describe.target;
    if (!ml_schema_infer(out, data, target, &a->describe.csv, err))
        return false;
    fprintf(stderr, "mlctl: no schema for '%s': the types are inferred, as by 'mlctl schema'\n",
            data);
    if (target == NULL)
        fprintf(stderr, "mlctl: taking the last column, '%s', for the target\n",
                ml_schema_name(*out, (size_t)ml_schema_target(*out)));
    return true;
}

static bool get_schema(struct ml_schema **out, const struct arguments *a, const char *data,
                       struct ml_error *err)
{
    if (a->schema != NULL)
        return ml_schema_load(out, a->schema, err);
    return load_beside(out, data, err) && (*out != NULL || infer(out, a, data, err));
}

/* Whether DATA can be read only once, while inferring a schema takes a pass of its own. */
static bool is_stream(const char *data)
{
    struct stat st;
    return strcmp(data, "-") == 0 ||
           (stat(data, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode)));
}

static int describe(const struct arguments *a, const char *data)
{
    struct ml_error err;
    struct ml_talk talk = cli_talk();
    struct ml_schema *schema = NULL;
    struct ml_description *description = NULL;
    bool ok = get_schema(&schema, a, data, &err) &&
              ml_describe(&description, data, schema, &a->describe, &talk, &err);
    if (ok) {
        cli_end_progress();
        if (ml_description_rejected(description) > 0)
            fprintf(stderr, "mlctl: %zu rows rejected\n", ml_description_rejected(description));
        char *text = a->json ? ml_description_json(description) : ml_description_text(description);
        fputs(text, stdout);
        free(text);
    }
    ml_description_free(description);
    ml_schema_free(schema);
    return ok ? CLI_DONE : cli_fail(&err);
}

static int run(const struct cli_command *self, int argc, char **argv)
{
    struct arguments a = {.csv = CLI_CSV_INIT, .describe = ML_DESCRIBE_OPTIONS_INIT};
    const struct cli_option options[] = OPTIONS(&a);
    const char *data;
    size_t n;
    enum cli_status status = cli_parse(self, options, argc, argv, &data, 1, &n);
    if (status != CLI_DONE)
        return status;
    if (n == 0)
        return cli_usage(self, "DATA is missing");
    if (a.describe.bins < 1 || a.describe.bins > ML_DESCRIBE_MAX_BINS)
        return cli_usage(self, "--bins must be from 1 to %d", (int)ML_DESCRIBE_MAX_BINS);
    if (a.schema == NULL && is_stream(data))
        return cli_usage(self, "a pipe can be read only once: it needs --schema");
    a.describe.csv = cli_csv_options(&a.csv);
    return describe(&a, data);
}

const struct cli_command cli_describe = {
    .name = "describe",
    .usage = "DATA [--schema FILE] [OPTION…]",
    .summary = "print what is in the data: each column's values and what they tell of the target",
    .details = "DATA is a CSV file, or '-' for standard input. Without a schema, the types are\n"
               "inferred. Warnings name columns to look at before training: identifiers,\n"
               "constants, what may give the target away, missing and invalid cells.\n",
    .run = run,
    .options = print_options,
};
