#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "cli/cli.h"

enum { HELP_COLUMN = 26, LINE_WIDTH = 80 };

const struct cli_option *cli_find_option(const struct cli_option *options, const char *name,
                                         size_t n)
{
    for (; options->name != NULL; options++)
        if (strlen(options->name) == n && memcmp(options->name, name, n) == 0)
            return options;
    return NULL;
}

static bool set_number(const struct cli_option *o, const char *text)
{
    double x;
    if (ml_number_parse(text, strlen(text), &x) != ML_NUMBER_OK)
        return false;
    if (o->kind == CLI_NUMBER) {
        *(double *)o->to = x;
        return true;
    }
    if (strspn(text, "0123456789") != strlen(text) || strlen(text) > 19)
        return false;
    *(size_t *)o->to = strtoull(text, NULL, 10);
    return true;
}

static bool set_byte(const struct cli_option *o, const char *text)
{
    if (strcmp(text, "\\t") == 0)
        text = "\t";
    if (strlen(text) != 1 || strchr("\"\r\n", text[0]) != NULL)
        return false;
    *(char *)o->to = text[0];
    return true;
}

bool cli_set_option(const struct cli_option *o, const char *text)
{
    switch (o->kind) {
    case CLI_FLAG:
        *(bool *)o->to = true;
        return true;
    case CLI_STRING:
        *(const char **)o->to = text;
        return true;
    case CLI_NUMBER:
    case CLI_COUNT:
        return set_number(o, text);
    case CLI_BYTE:
        return set_byte(o, text);
    }
    return false;
}

const char *cli_wanted(enum cli_kind kind)
{
    return kind == CLI_COUNT ? "a whole number" : kind == CLI_BYTE ? "one character" : "a number";
}

/* One option at argv[*i]; moves *i to its value where that stands apart. */
static enum cli_status parse_option(const struct cli_command *command,
                                    const struct cli_option *options, int argc, char **argv, int *i)
{
    const char *arg = argv[*i];
    const char *name = arg + (arg[1] == '-' ? 2 : 1);
    const char *equals = strchr(name, '=');
    size_t n = equals != NULL ? (size_t)(equals - name) : strlen(name);
    const struct cli_option *o = cli_find_option(options, name, n);
    if (o == NULL || (arg[1] != '-' && n != 1))
        return (enum cli_status)cli_usage(command, "unknown option '%s'", arg);
    const char *value = equals != NULL ? equals + 1 : NULL;
    if (o->kind == CLI_FLAG && value != NULL)
        return (enum cli_status)cli_usage(command, "option '%s' takes no value", arg);
    if (o->kind != CLI_FLAG && value == NULL) {
        if (*i + 1 >= argc)
            return (enum cli_status)cli_usage(command, "option '%s' needs a value", arg);
        value = argv[++*i];
    }
    if (!cli_set_option(o, value))
        return (enum cli_status)cli_usage(command, "option '--%s' needs %s, not '%s'", o->name,
                                          cli_wanted(o->kind), value);
    return CLI_DONE;
}

enum cli_status cli_parse(const struct cli_command *command, const struct cli_option *options,
                          int argc, char **argv, const char **operands, size_t max, size_t *n)
{
    *n = 0;
    bool ended = false;
    for (int i = 1; i < argc; i++) {
        const char *arg = argv[i];
        if (!ended && strcmp(arg, "--") == 0) {
            ended = true;
        } else if (!ended && arg[0] == '-' && arg[1] != '\0') {
            enum cli_status status = parse_option(command, options, argc, argv, &i);
            if (status != CLI_DONE)
                return status;
        } else if (*n == max) {
            return (enum cli_status)cli_usage(command, "unexpected operand '%s'", arg);
        } else {
            operands[(*n)++] = arg;
        }
    }
    return CLI_DONE;
}

/* Help text broken at blanks, continued under its column. */
static void print_wrapped(FILE *to, const char *text)
{
    size_t column = HELP_COLUMN;
    while (*text != '\0') {
        size_t word = strcspn(text, " ");
        if (column + word > LINE_WIDTH && column > HELP_COLUMN) {
            fprintf(to, "\n%*s", (int)HELP_COLUMN, "");
            column = HELP_COLUMN;
        }
        fprintf(to, "%.*s", (int)word, text);
        column += word + 1;
        text += word;
        if (*text == ' ') {
            text++;
            if (column + strcspn(text, " ") <= LINE_WIDTH)
                fputc(' ', to);
        }
    }
    fputc('\n', to);
}

void cli_print_options(FILE *to, const struct cli_option *options)
{
    for (; options->name != NULL; options++) {
        int n = fprintf(to, "  %s%s%s%s", strlen(options->name) == 1 ? "-" : "--", options->name,
                        options->argument != NULL ? " " : "",
                        options->argument != NULL ? options->argument : "");
        if (n > HELP_COLUMN - 2)
            n = fprintf(to, "\n") - 1;
        fprintf(to, "%*s", HELP_COLUMN - n, "");
        print_wrapped(to, options->help);
    }
}

bool cli_pairs(const char *text,
               bool (*set_pair)(void *ctx, const char *key, size_t n, double value), void *ctx)
{
    while (*text != '\0') {
        size_t n = strcspn(text, ",");
        const char *equals = NULL;
        for (size_t i = 0; i < n; i++)
            equals = text[i] == '=' ? text + i : equals;
        double value;
        if (equals == NULL || equals == text ||
            ml_number_parse(equals + 1, (size_t)(text + n - equals - 1), &value) != ML_NUMBER_OK ||
            !set_pair(ctx, text, (size_t)(equals - text), value))
            return false;
        text += n;
        if (*text == ',' && *++text == '\0')
            return false;
    }
    return true;
}

struct ml_csv_options cli_csv_options(const struct cli_csv *csv)
{
    return (struct ml_csv_options){
        .delimiter = csv->delimiter,
        .header = csv->header      ? ML_HEADER_YES
                  : csv->no_header ? ML_HEADER_NO
                                   : ML_HEADER_SCHEMA,
        .max_rejected = csv->max_rejected,
    };
}
