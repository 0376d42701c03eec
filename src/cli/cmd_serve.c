#include "cli/cli.h"
#include "serve/program.h"

static int run(const struct cli_command *self, int argc, char **argv)
{
    (void)self;
    return ml_serve_main("mlctl serve", argc, argv);
}

static void options(FILE *to)
{
    const struct cli_option table[] = {
        {"config", CLI_STRING, NULL, "FILE",
         "configuration (default mlserved.json, if it is there)"},
        {"listen", CLI_STRING, NULL, "ADDRESS:PORT",
         "where to listen (default 127.0.0.1:8080; port 0: any)"},
        {"models", CLI_STRING, NULL, "DIR", "the registry (default $ML_MODELS or models)"},
        {"state", CLI_STRING, NULL, "DIR",
         "endpoints, prediction log and outcomes (default $ML_STATE or state)"},
        {"sagemaker-prefix", CLI_STRING, NULL, "DIR",
         "serve as SageMaker's container: port 8080 for all, the model in DIR/model"},
        {"health", CLI_STRING, NULL, "ADDRESS:PORT",
         "ask the daemon there whether it is ready, and exit"},
        {"n", CLI_FLAG, NULL, NULL, "check the configuration and the models, and exit"},
        {0},
    };
    cli_print_options(to, table);
}

const struct cli_command cli_serve = {
    .name = "serve",
    .usage = "[OPTION…]",
    .summary = "host models over HTTP: the same as mlserved",
    .details = "Real-time and batch predictions, endpoints with A/B variants and a movable "
               "threshold,\noutcomes and experiments. mlserved(1) tells the rest.\n",
    .run = run,
    .options = options,
};
