/* mlctl: finds the command, runs it, and makes sure that what it printed has arrived. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/tempfile.h"
#include "cli/sagemaker_job.h"
#include "ml/version.h"
#include "serve/container.h"

static const struct cli_command *const commands[] = {
    &cli_schema,   &cli_describe,   &cli_recipe,  &cli_train,     &cli_crossvalidate,
    &cli_evaluate, &cli_compare,    &cli_predict, &cli_threshold, &cli_models,
    &cli_serve,    &cli_experiment, &cli_encode,  &cli_sample,    &cli_sagemaker_train,
};

enum { N_COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static const struct cli_command *find(const char *name)
{
    for (size_t i = 0; i < N_COMMANDS; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

static void print_commands(FILE *to)
{
    fprintf(to, "usage: mlctl COMMAND [ARGUMENT…]\n\n"
                "From a CSV file and a schema to a trained, judged, versioned model.\n\n");
    for (size_t i = 0; i < N_COMMANDS; i++)
        fprintf(to, "  %-15s %s\n", commands[i]->name, commands[i]->summary);
    fprintf(to, "\n'mlctl help COMMAND' tells more; so do mlctl(1) and mlctl-COMMAND(1).\n"
                "MODEL is a name ('banking': its newest version), 'banking@3' or 'banking@alias'.\n"
                "The registry is --models DIR, else $ML_MODELS, else ./models.\n");
}

static void print_help(FILE *to, const struct cli_command *command)
{
    fprintf(to, "usage: mlctl %s %s\n\n%s.\n", command->name, command->usage, command->summary);
    if (command->details != NULL)
        fprintf(to, "\n%s", command->details);
    if (command->options != NULL) {
        fprintf(to, "\noptions:\n");
        command->options(to);
    }
}

static int help(int argc, char **argv)
{
    if (argc < 3) {
        print_commands(stdout);
        return CLI_DONE;
    }
    const struct cli_command *command = find(argv[2]);
    if (command == NULL) {
        fprintf(stderr, "mlctl: no command is named '%s'; see 'mlctl help'\n", argv[2]);
        return CLI_USAGE;
    }
    print_help(stdout, command);
    return CLI_DONE;
}

static bool is_help(const char *arg)
{
    return strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0;
}

static int dispatch(int argc, char **argv)
{
    if (argc < 2) {
        print_commands(stderr);
        return CLI_USAGE;
    }
    if (strcmp(argv[1], "help") == 0 || is_help(argv[1]))
        return help(argc, argv);
    if (strcmp(argv[1], "--version") == 0) {
        printf("mlctl %s\n", ML_VERSION);
        return CLI_DONE;
    }
    const struct cli_command *command = find(argv[1]);
    if (command == NULL) {
        fprintf(stderr, "mlctl: no command is named '%s'; see 'mlctl help'\n", argv[1]);
        return CLI_USAGE;
    }
    /* A container of a training job is started with this one word. */
    if (command == &cli_train && argc == 2 && sagemaker_job_is_there(ml_container_prefix()))
        command = &cli_sagemaker_train;
    for (int i = 2; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (is_help(argv[i])) {
            print_help(stdout, command);
            return CLI_DONE;
        }
    }
    return command->run(command, argc - 1, argv + 1);
}

static void on_signal(int number)
{
    ml_tempfile_remove_all();
    signal(number, SIG_DFL);
    raise(number);
    _exit(128 + number); /* the first process of a container does not die of its own signals */
}

int main(int argc, char **argv)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    signal(SIGCHLD, SIG_DFL); /* ignored by who started us, it would hide how solvers end */
    int status = dispatch(argc, argv);
    cli_end_progress();
    /* A full disk behind stdout is an error like any other. */
    if (fflush(stdout) != 0 || ferror(stdout) != 0 || fclose(stdout) != 0) {
        fprintf(stderr, "mlctl: unable to write standard output: %s\n", strerror(errno));
        return CLI_FAILED;
    }
    return status;
}
