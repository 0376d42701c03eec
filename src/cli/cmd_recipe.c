#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "cli/train_options.h"
#include "ml/recipe.h"

struct arguments {
    struct cli_train options;
    const char *check;
};

#define OPTIONS(a)                                                                                 \
    {                                                                                              \
        {"check", CLI_STRING, &(a)->check, "FILE",                                                 \
         "check this recipe and print its outputs, one a line"},                                   \
            CLI_TRAIN_OPTIONS(&(a)->options), {0},                                                 \
    }

static void print_options(FILE *to)
{
    struct arguments a = {0};
    const struct cli_option options[] = OPTIONS(&a);
    cli_print_options(to, options);
}

static int check(const struct arguments *a, const char *data)
{
    struct ml_error err;
    struct ml_schema *schema = NULL;
    struct ml_strbuf text = {0};
    char *outputs = NULL;
    bool ok = cli_load_schema(&schema, data, a->options.schema, &err) &&
              cli_read_recipe(&text, a->check, &err) &&
              ml_recipe_check(&outputs, text.bytes, text.length, schema, a->check, &err);
    if (ok)
        fputs(outputs, stdout);
    free(outputs);
    ml_strbuf_release(&text);
    ml_schema_free(schema);
    return ok ? CLI_DONE : cli_fail(&err);
}

static int suggest(struct arguments *a, const struct cli_command *self, const char *data)
{
    struct ml_error err;
    struct ml_schema *schema;
    struct ml_talk talk = cli_talk();
    char *json = NULL;
    enum cli_status status = cli_train_ready(&a->options, self, data, &schema);
    if (status == CLI_DONE) {
        bool ok = ml_recipe_of_data(&json, data, schema, &a->options.train, &talk, &err);
        cli_end_progress();
        if (ok)
            fputs(json, stdout);
        free(json);
        ml_schema_free(schema);
        status = ok ? CLI_DONE : (enum cli_status)cli_fail(&err);
    }
    cli_train_release(&a->options);
    return status;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
    struct arguments a = {.options = CLI_TRAIN_INIT};
    const struct cli_option options[] = OPTIONS(&a);
    const char *data = NULL;
    size_t n;
    enum cli_status status = cli_parse(self, options, argc, argv, &data, 1, &n);
    if (status != CLI_DONE)
        return status;
    if (n == 0 && (a.check == NULL || a.options.schema == NULL))
        return cli_usage(self, "DATA is missing");
    return a.check != NULL ? check(&a, data) : suggest(&a, self, data);
}

const struct cli_command cli_recipe = {
    .name = "recipe",
    .usage = "DATA [OPTION…] | --check FILE [--schema FILE | DATA]",
    .summary = "print the recipe that training would use, or check one",
    .details = "A recipe says which features are made of which columns, in Amazon ML's language.\n"
               "The options are those of 'mlctl train': the recipe is made of the rows that would\n"
               "train. Save it, change it, and give it back with 'mlctl train --recipe FILE', and\n"
               "with the C that is told: -c C.\n",
    .run = run,
    .options = print_options,
};
