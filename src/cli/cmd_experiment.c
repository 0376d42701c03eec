#include <stdlib.h>

#include "base/strbuf.h"
#include "cli/cli.h"
#include "serve/experiment_report.h"

struct arguments {
    const char *state;
    bool json;
};

#define OPTIONS(a)                                                                                 \
    {                                                                                              \
        {"state", CLI_STRING, &(a)->state, "DIR",                                                  \
         "the daemon's state folder (default $ML_STATE or state)"},                                \
            {"json", CLI_FLAG, &(a)->json, NULL, "one JSON object instead of a table"},            \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }

static void options(FILE *to)
{
    struct arguments a = {0};
    const struct cli_option table[] = OPTIONS(&a);
    cli_print_options(to, table);
}

static int run(const struct cli_command *self, int argc, char **argv)
{
    struct arguments a = {0};
    const struct cli_option table[] = OPTIONS(&a);
    const char *endpoint = NULL;
    size_t n;
    enum cli_status status = cli_parse(self, table, argc, argv, &endpoint, 1, &n);
    if (status != CLI_DONE)
        return status;
    const char *env = getenv("ML_STATE");
    const char *dir = a.state != NULL ? a.state : env != NULL && env[0] != '\0' ? env : "state";
    struct ml_arm_report report;
    struct ml_error err;
    if (!ml_store_read_report(dir, n > 0 ? endpoint : NULL, &report, &err))
        return cli_fail(&err);
    struct ml_strbuf buf = {0};
    bool ok = a.json ? ml_experiment_report_json(&buf, &report, &err)
                     : ml_experiment_report_text(&buf, &report, &err);
    ml_arm_report_release(&report);
    if (ok)
        fwrite(buf.bytes, 1, buf.length, stdout);
    ml_strbuf_release(&buf);
    return ok ? CLI_DONE : cli_fail(&err);
}

const struct cli_command cli_experiment = {
    .name = "experiment",
    .usage = "[ENDPOINT] [OPTION…]",
    .summary = "print an A/B experiment's figures and verdict",
    .details =
        "Reads the state folder of mlserved, also while it runs. ENDPOINT may be left out when\n"
        "there is only one.\n",
    .run = run,
    .options = options,
};
