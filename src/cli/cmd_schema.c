#include <stdlib.h>

#include "cli/cli.h"
#include "ml/schema.h"

struct arguments {
    struct cli_csv csv;
    const char *target;
};

#define OPTIONS(a)                                                                                 \
    {                                                                                              \
        {"target", CLI_STRING, &(a)->target, "COL", "the column to learn (default: the last)"},    \
            CLI_CSV_FORM_OPTIONS(&(a)->csv), {0},                                                  \
    }

static void print_options(FILE *to)
{
    struct arguments a = {0};
    const struct cli_option options[] = OPTIONS(&a);
    cli_print_options(to, options);
}

static int run(const struct cli_command *self, int argc, char **argv)
{
    struct arguments a = {.csv = CLI_CSV_INIT};
    const struct cli_option options[] = OPTIONS(&a);
    const char *data;
    size_t n;
    enum cli_status status = cli_parse(self, options, argc, argv, &data, 1, &n);
    if (status != CLI_DONE)
        return status;
    if (n == 0)
        return cli_usage(self, "DATA is missing");
    struct ml_csv_options csv = cli_csv_options(&a.csv);
    struct ml_error err;
    struct ml_schema *schema;
    if (!ml_schema_infer(&schema, data, a.target, &csv, &err))
        return cli_fail(&err);
    char *json = ml_schema_json(schema);
    fputs(json, stdout);
    free(json);
    ml_schema_free(schema);
    return CLI_DONE;
}

const struct cli_command cli_schema = {
    .name = "schema",
    .usage = "DATA [--target COL] [OPTION…]",
    .summary = "print an inferred schema",
    .details = "DATA is a CSV file, which may be gzip, a directory of such files, or '-'.\n"
               "Read it before you use it: numbers that are codes should be CATEGORICAL.\n"
               "Save it beside the data, as DATA.schema (of a directory: DATA/.schema), and\n"
               "'mlctl train' finds it.\n",
    .run = run,
    .options = print_options,
};
