#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* Where the schema is: --schema, else beside the data; NULL: nowhere. To be freed. */
static char *find_schema(const char *data, const char *path)
{
    const char *name = path != NULL ? path : data;
    size_t room = strlen(name) + sizeof(".schema");
    char *found = malloc(room);
    if (found == NULL)
        abort();
    snprintf(found, room, "%s%s", name, path != NULL ? "" : ".schema");
    if (path != NULL || (strcmp(data, "-") != 0 && access(found, F_OK) == 0))
        return found;
    free(found);
    return NULL;
}

static bool get_schema(struct ml_schema **out, const struct arguments *a, const char *data,
                       struct ml_error *err)
{
    char *path = find_schema(data, a->schema);
    if (path != NULL) {
        bool ok = ml_schema_load(out, path, err);
        free(path);
        return ok;
    }
    if (!ml_schema_infer(out, data, a->describe.target, &a->describe.csv, err))
        return false;
    fprintf(stderr,
            "mlctl: no schema for '%s': the types are inferred, as by 'mlctl schema'%s%s%s\n", data,
            a->describe.target == NULL ? "; taking '" : "",
            a->describe.target == NULL ? ml_schema_name(*out, (size_t)ml_schema_target(*out)) : "",
            a->describe.target == NULL ? "' for the target" : "");
    return true;
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
    if (strcmp(data, "-") == 0 && a.schema == NULL)
        return cli_usage(self, "standard input can be read only once: it needs --schema");
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
