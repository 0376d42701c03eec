#include "serve/program.h"

#include <errno.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "amazonml/task.h"
#include "base/alloc.h"
#include "ml/version.h"
#include "serve/container.h"
#include "serve/health.h"
#include "serve/http.h"
#include "serve/systemd.h"

enum { DONE = 0, FAILED = 1, USAGE = 2 };

static const char default_config[] = "mlserved.json";

struct arguments {
    const char *name; /* of the program */
    const char *config;
    const char *listen;
    const char *models;
    const char *state;
    const char *sagemaker; /* prefix; NULL: no container of that kind */
    const char *health;    /* whom to ask */
    bool check_only;
};

static volatile sig_atomic_t n_stops;

static void print_help(FILE *to, const char *name)
{
    fprintf(to,
            "usage: %s [--config FILE] [--listen ADDRESS:PORT] [--models DIR] [--state DIR] [-n]\n"
            "\n"
            "Hosts models over HTTP: real-time and batch predictions, A/B variants, outcomes.\n"
            "\n"
            "  --config FILE         configuration (default mlserved.json, if it is there)\n"
            "  --listen ADDRESS:PORT where to listen (default 127.0.0.1:8080; port 0: any)\n"
            "  --models DIR          the registry (default $ML_MODELS or models)\n"
            "  --state DIR           endpoints, prediction log and outcomes (default $ML_STATE\n"
            "                        or state)\n"
            "  --sagemaker-prefix DIR\n"
            "                        serve as SageMaker's container: port 8080 for all, DIR/model\n"
            "  --health ADDRESS:PORT ask the daemon there whether it is ready, and exit\n"
            "  -n                    check the configuration and the models, and exit\n"
            "  --version, --help\n"
            "\n"
            "SIGTERM answers what was accepted and ends; SIGHUP looks for new models and tokens.\n"
            "mlserved(1) tells the rest.\n",
            name);
}

/* An option's value, "--name value" or "--name=value"; NULL when argv[*i] is not that option. */
static const char *value_of(const char *option, int argc, char **argv, int *i, bool *missing)
{
    size_t n = strlen(option);
    const char *arg = argv[*i];
    if (strncmp(arg, option, n) != 0 || (arg[n] != '\0' && arg[n] != '='))
        return NULL;
    if (arg[n] == '=')
        return arg + n + 1;
    *missing = *i + 1 >= argc;
    return *missing ? "" : argv[++*i];
}

static bool read_value(struct arguments *a, int argc, char **argv, int *i, bool *missing)
{
    const struct {
        const char *option;
        const char **to;
    } options[] = {{"--config", &a->config},
                   {"--listen", &a->listen},
                   {"--models", &a->models},
                   {"--state", &a->state},
                   {"--sagemaker-prefix", &a->sagemaker},
                   {"--health", &a->health}};
    for (size_t k = 0; k < sizeof(options) / sizeof(options[0]); k++) {
        const char *value = value_of(options[k].option, argc, argv, i, missing);
        if (value == NULL)
            continue;
        *options[k].to = value;
        return true;
    }
    return false;
}

/*
 * A container is started with one word, "serve": `mlserved serve`, and `mlctl serve` where a model
 * is laid down. Gives how many words are read by that.
 */
static int read_start(struct arguments *a, int argc, char **argv)
{
    const char *prefix = ml_container_prefix();
    bool has_word = argc > 1 && strcmp(argv[1], "serve") == 0;
    if (has_word || (argc == 1 && strcmp(argv[0], "serve") == 0 && ml_container_is_there(prefix)))
        a->sagemaker = prefix;
    return has_word ? 2 : 1;
}

/* Returns a status to exit with, or -1 to go on. */
static int read_arguments(struct arguments *a, int argc, char **argv)
{
    for (int i = read_start(a, argc, argv); i < argc; i++) {
        bool missing = false;
        if (strcmp(argv[i], "-n") == 0) {
            a->check_only = true;
        } else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            print_help(stdout, a->name);
            return DONE;
        } else if (strcmp(argv[i], "--version") == 0) {
            printf("mlserved %s\n", ML_VERSION);
            return DONE;
        } else if (!read_value(a, argc, argv, &i, &missing) || missing) {
            fprintf(stderr, "%s: %s '%s'; see '%s --help'\n", a->name,
                    missing ? "a value is needed for" : "unknown argument", argv[i], a->name);
            return USAGE;
        }
    }
    return -1;
}

static void replace(char **to, const char *with)
{
    if (with == NULL)
        return;
    free(*to);
    *to = ml_xstrdup(with);
}

static bool read_config(struct ml_config *c, const struct arguments *a, struct ml_error *err)
{
    ml_config_init(c);
    if (a->sagemaker != NULL && !ml_container_configure(c, err))
        return false;
    const char *blank = strchr(a->name, ' '); /* "mlctl serve" */
    c->subcommand = blank != NULL ? blank + 1 : NULL;
    const char *path = a->config != NULL                   ? a->config
                       : access(default_config, F_OK) == 0 ? default_config
                                                           : NULL;
    if (path != NULL && !ml_config_load(c, path, err))
        return false;
    replace(&c->listen, a->listen);
    replace(&c->models, a->models);
    replace(&c->state, a->state);
    char host[64];
    unsigned port;
    if (!ml_config_split_listen(c->listen, host, &port, err))
        return false;
    if (a->sagemaker != NULL)
        return ml_container_models(c, a->sagemaker, err);
    if (c->tokens == NULL && c->sigv4 == NULL && !ml_config_is_loopback(host))
        return ml_fail(err, ML_EINPUT,
                       "'%s' can be reached from other machines: configure 'tokens' or 'sigv4' "
                       "first, or listen at 127.0.0.1",
                       c->listen);
    return true;
}

static void on_stop(int number)
{
    (void)number;
    n_stops++;
}

static bool must_stop_now(void)
{
    return n_stops > 1;
}

/* Signals come to the main thread only, while it waits for them. */
static void block_signals(sigset_t *stop)
{
    sigemptyset(stop);
    sigaddset(stop, SIGTERM);
    sigaddset(stop, SIGINT);
    sigaddset(stop, SIGHUP);
    pthread_sigmask(SIG_BLOCK, stop, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_DFL); /* who started us may have ignored it; then jobs have no status */
}

/* After a burst, with nobody connected, its memory goes back to the system. */
static void give_memory_back(const struct ml_server *s, uint64_t *last)
{
    uint64_t answered = ml_counted(&s->metrics.n_connections);
    if (answered == *last ||
        atomic_load_explicit(&s->metrics.connections, memory_order_relaxed) > 0)
        return;
    *last = answered;
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

static void wait_for_stop(struct ml_server *s, const sigset_t *signals)
{
    double seconds = s->config->follow_seconds;
    struct timespec tick = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    uint64_t n_connections = 0;
    for (;;) {
        int number =
            seconds > 0.0 ? sigtimedwait(signals, NULL, &tick) : sigwaitinfo(signals, NULL);
        size_t n_failed;
        if (number == SIGHUP) {
            ml_systemd_notify("RELOADING=1");
            ml_server_reload(s, "SIGHUP");
            ml_systemd_notify("READY=1");
        } else if (number == SIGTERM || number == SIGINT) {
            return;
        } else if (number < 0 && errno == EAGAIN) {
            ml_hosts_refresh(s->hosts, &n_failed);
            give_memory_back(s, &n_connections);
        }
    }
}

/* False: something hangs, and the process must end without more ado. */
static bool stop(struct ml_server *s, struct ml_http *http)
{
    struct sigaction action = {.sa_handler = on_stop};
    sigset_t again;
    ml_log(&s->log, ML_LOG_INFO, "draining", {"reason", "asked to stop"});
    ml_systemd_notify("STOPPING=1");
    n_stops = 1;
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    sigemptyset(&again);
    sigaddset(&again, SIGTERM);
    sigaddset(&again, SIGINT);
    pthread_sigmask(SIG_UNBLOCK, &again, NULL);
    ml_http_drain(http, s->config->drain_seconds, must_stop_now);
    if (must_stop_now())
        _exit(FAILED);
    /* What is suspended must have been resumed before libmicrohttpd stops. */
    atomic_store(&s->aborting, true);
    ml_server_finish_jobs(s);
    return ml_http_stop(http);
}

static const char *access_of(const struct ml_server *s)
{
    if (!ml_auth_is_open(s->auth))
        return s->sigv4 == NULL            ? "by token"
               : s->config->tokens != NULL ? "by token or signature"
                                           : "by signature";
    return s->config->is_container ? "no tokens: everyone; the platform in front must see to it"
                                   : "no tokens: this machine only";
}

static int serve(struct ml_server *s, const sigset_t *signals)
{
    struct ml_http *http;
    struct ml_error err;
    char *url;
    if (!ml_http_start(&http, s, &url, &err)) {
        ml_log(&s->log, ML_LOG_ERROR, err.msg, {"config", NULL});
        return FAILED;
    }
    printf("listening on %s\n", url);
    fflush(stdout);
    ml_log(&s->log, ML_LOG_INFO, "listening", {"url", url}, {"version", ML_VERSION},
           {"access", access_of(s)});
    struct ml_endpoint **all;
    size_t n = ml_hosts_all(s->hosts, &all);
    ml_hosts_release(all, n);
    if (n == 0)
        ml_log(&s->log, ML_LOG_WARNING, "there are no endpoints: no models yet?",
               {"models", s->config->models});
    ml_systemd_notify("READY=1");
    wait_for_stop(s, signals);
    if (!stop(s, http)) {
        ml_store_close(s->store);
        _exit(FAILED);
    }
    ml_log(&s->log, ML_LOG_INFO, "stopped", {"url", url});
    free(url);
    return DONE;
}

/* -n: everything that a start would find, said at once. */
static int check(struct ml_server *s, const char *name)
{
    struct ml_error err;
    struct ml_endpoint **all;
    size_t n = ml_hosts_all(s->hosts, &all);
    int status = DONE;
    for (size_t i = 0; i < n; i++) {
        if (all[i]->problem[0] == '\0')
            continue;
        fprintf(stderr, "%s: endpoint '%s': %s\n", name, all[i]->spec.name, all[i]->problem);
        status = FAILED;
    }
    const char *wanted = s->config->default_endpoint;
    struct ml_endpoint *e = wanted != NULL ? ml_hosts_find(s->hosts, wanted) : NULL;
    if (wanted != NULL && e == NULL) {
        fprintf(stderr, "%s: 'default_endpoint': no endpoint is named '%s'\n", name, wanted);
        status = FAILED;
    }
    ml_endpoint_unref(e);
    if (!ml_http_check_tls(s, &err)) {
        fprintf(stderr, "%s: %s\n", name, err.msg);
        status = FAILED;
    }
    if (status == DONE)
        printf("%zu endpoint%s, all loaded%s%s\n", n, n == 1 ? "" : "s",
               n == 0 ? "; no models in " : "", n == 0 ? s->config->models : "");
    ml_hosts_release(all, n);
    return status;
}

static int ask_health(const struct arguments *a)
{
    struct ml_error err;
    if (ml_health_ask(a->health, &err))
        return DONE;
    fprintf(stderr, "%s: %s\n", a->name, err.msg);
    return FAILED;
}

int ml_serve_main(const char *name, int argc, char **argv)
{
    struct arguments a = {.name = name};
    struct ml_config config;
    struct ml_server server;
    struct ml_error err;
    /* A child of the daemon's, which runs one job (amazonml/runner.h). */
    if (argc == 2 && strcmp(argv[1], "--run-task") == 0)
        return ml_task_main(STDIN_FILENO, STDOUT_FILENO);
    int status = read_arguments(&a, argc, argv);
    if (status >= 0)
        return status;
    if (a.health != NULL)
        return ask_health(&a);
    sigset_t signals;
    if (!a.check_only)
        block_signals(&signals); /* before there is any other thread to receive one */
    bool ok = read_config(&config, &a, &err) &&
              (a.check_only ? ml_server_open_to_check(&server, &config, &err)
                            : ml_server_open(&server, &config, &err));
    if (!ok) {
        fprintf(stderr, "%s: %s\n", name, err.msg);
        status = FAILED;
    } else {
        status = a.check_only ? check(&server, name) : serve(&server, &signals);
        ml_server_close(&server);
    }
    ml_config_release(&config);
    return status;
}
