/*
 * What every command of mlctl shares.
 *
 * To add a command: write src/cli/cmd_<name>.c with one `const struct cli_command cli_<name>`,
 * declare it below, and put it into the table in src/cli/main.c. Help comes from the same tables.
 *
 * A command parses its options, calls the library, prints. stdout is the result, stderr the talk.
 */
#ifndef ML_CLI_CLI_H
#define ML_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "ml/data.h"
#include "ml/error.h"
#include "ml/registry.h"
#include "ml/split.h"

/* Documented in mlctl(1). */
enum cli_status {
    CLI_DONE = 0,
    CLI_FAILED = 1,
    CLI_USAGE = 2,
};

enum cli_kind {
    CLI_FLAG,   /* bool */
    CLI_STRING, /* const char * */
    CLI_NUMBER, /* double */
    CLI_COUNT,  /* size_t */
    CLI_BYTE,   /* char: one character, or \t */
};

/* A table of these ends with a zero entry. */
struct cli_option {
    const char *name; /* without the dashes; "o" is -o */
    enum cli_kind kind;
    void *to;             /* where the value goes; NULL in a table that is only for help */
    const char *argument; /* for help: "N"; NULL for a flag */
    const char *help;
};

struct cli_command {
    const char *name;
    const char *usage; /* what stands behind the name: "DATA --name NAME [OPTION…]" */
    const char *summary;
    const char *details; /* paragraphs for `mlctl help NAME`, or NULL */
    int (*run)(const struct cli_command *self, int argc, char **argv); /* argv[0] is the name */
    /* Prints the command's options by calling cli_print_options; NULL: it has none. */
    void (*options)(FILE *to);
};

extern const struct cli_command cli_schema, cli_train, cli_evaluate, cli_predict, cli_threshold,
    cli_models, cli_sample, cli_encode, cli_serve, cli_experiment, cli_describe, cli_crossvalidate,
    cli_recipe, cli_compare, cli_sagemaker_train;

/*
 * Reads options and operands. Operands go to operands[0..max), *n counts them. Returns CLI_DONE, or
 * CLI_USAGE after a message. "-" is an operand, "--" ends the options, "--name=value" is allowed.
 */
enum cli_status cli_parse(const struct cli_command *command, const struct cli_option *options,
                          int argc, char **argv, const char **operands, size_t max, size_t *n);

void cli_print_options(FILE *to, const struct cli_option *options);

/* One option by itself: looked up by name, or NULL; set from text, a flag to true; what it wants,
 * for a message. */
const struct cli_option *cli_find_option(const struct cli_option *options, const char *name,
                                         size_t n);
bool cli_set_option(const struct cli_option *option, const char *text);
const char *cli_wanted(enum cli_kind kind);

/* "mlctl: <message>" on stderr; returns CLI_FAILED. */
int cli_fail(const struct ml_error *err);
/* "mlctl train: <message>" and a hint to help; returns CLI_USAGE. */
int cli_usage(const struct cli_command *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Notes go to stderr; progress too, when it is a terminal and the work takes over a second. */
struct ml_talk cli_talk(void);
/* Wipes the progress line, before anything else is printed. */
void cli_end_progress(void);

/* "fp=1,fn=5" and the like: calls set for each pair; false when the text is malformed. */
bool cli_pairs(const char *text, bool (*set)(void *ctx, const char *key, size_t n, double value),
               void *ctx);

/* Options that several commands share, kept in one struct and one table. */
struct cli_csv {
    char delimiter;
    bool header;
    bool no_header;
    size_t max_rejected;
};
struct cli_split {
    const char *range; /* NULL: not given */
    const char *strategy;
    const char *seed;
    bool complement;
};
#define CLI_SPLIT_OPTIONS(s)                                                                       \
    {"split", CLI_STRING, &(s)->range, "RANGE",                                                    \
     "only these rows of DATA: percentages as 20-40, or Amazon ML's JSON (default: all)"},         \
        {"strategy", CLI_STRING, &(s)->strategy, "NAME",                                           \
         "of the split: random (default) or sequential, in the data's order"},                     \
        {"seed", CLI_STRING, &(s)->seed, "SEED", "of the split: any text (default 42)"},           \
    {                                                                                              \
        "complement", CLI_FLAG, &(s)->complement, NULL, "only the rows outside the split"          \
    }
/*
 * What the options select. The range and what else stands in JSON must not be given twice.
 * ML_EINPUT, as wrong usage.
 */
bool cli_selection(struct ml_selection *out, const struct cli_split *split, struct ml_error *err);
/* The same where there may be none: *rows becomes NULL without --split. */
bool cli_rows(const struct ml_selection **rows, struct ml_selection *to,
              const struct cli_split *split, struct ml_error *err);

#define CLI_CSV_INIT                                                                               \
    {                                                                                              \
        .max_rejected = ML_MAX_REJECTED                                                            \
    }
#define CLI_CSV_FORM_OPTIONS(c)                                                                    \
    {"delimiter", CLI_BYTE, &(c)->delimiter, "C", "the fields' separator (default ',')"},          \
        {"header", CLI_FLAG, &(c)->header, NULL, "the first line is column names"},                \
    {                                                                                              \
        "no-header", CLI_FLAG, &(c)->no_header, NULL, "the first line is data"                     \
    }
#define CLI_CSV_OPTIONS(c)                                                                         \
    CLI_CSV_FORM_OPTIONS(c),                                                                       \
    {                                                                                              \
        "max-rejected", CLI_COUNT, &(c)->max_rejected, "N",                                        \
            "fail after so many unusable rows (default 10000)"                                     \
    }
struct ml_csv_options cli_csv_options(const struct cli_csv *csv);

#endif
