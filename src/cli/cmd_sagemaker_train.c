#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/tempfile.h"
#include "cli/sagemaker_job.h"
#include "ml/evaluate.h"
#include "model/model.h"
#include "serve/container.h"

#define OPTIONS(to)                                                                                \
    {                                                                                              \
        {"prefix", CLI_STRING, (to), "DIR",                                                        \
         "where the job is laid down (default $ML_SAGEMAKER_PREFIX or /opt/ml)"},                  \
            {0},                                                                                   \
    }

/* Known before the work: a signal handler cannot put a path together. */
static char failure_path[4096];

static void print_options(FILE *to)
{
    const struct cli_option options[] = OPTIONS(NULL);
    cli_print_options(to, options);
}

/*
 * Solvers die with their parent. It exits by itself: the first process of a container does not die
 * of a signal that it sends to itself.
 */
static void on_stop(int number)
{
    static const char text[] = "stopped by a signal before the model was complete\n";
    ml_tempfile_remove_all();
    int fd = open(failure_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd >= 0) {
        ssize_t written = write(fd, text, sizeof(text) - 1);
        (void)written;
    }
    _exit(128 + number);
}

static bool catch_stop(const char *prefix, struct ml_error *err)
{
    int n = snprintf(failure_path, sizeof(failure_path), "%s/output/failure", prefix);
    if (n < 0 || (size_t)n >= sizeof(failure_path))
        return ml_fail(err, ML_EINPUT, "the prefix is too long");
    struct sigaction action = {.sa_handler = on_stop};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    return true;
}

static int fail(const struct ml_error *err)
{
    struct ml_strbuf text = {0};
    struct ml_error why;
    ml_strbuf_addf(&text, "%s\n", err->msg);
    if (!ml_file_replace(failure_path, text.bytes, text.length, &why))
        cli_fail(&why);
    ml_strbuf_release(&text);
    return cli_fail(err);
}

/* Neither half a model nor a model beside a note of failure: a signal waits for this. */
static bool place_model(const char *dir, const struct ml_model *model, struct ml_error *err)
{
    sigset_t stop;
    sigset_t before;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    sigprocmask(SIG_BLOCK, &stop, &before);
    bool ok = ml_files_place(dir, ml_model_files(model), err);
    if (ok) {
        signal(SIGTERM, SIG_IGN);
        signal(SIGINT, SIG_IGN);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    return ok;
}

/* "auc=0.94;" a line, for the regular expressions of metric definitions: "auc=(.*?);". */
static void print_metrics(const char *json)
{
    struct ml_json *root;
    struct ml_error err;
    if (!ml_json_parse(&root, json, strlen(json), "evaluation", &err))
        return;
    for (const struct ml_json *m = ml_json_first(root); m != NULL; m = ml_json_next(m)) {
        struct ml_strbuf value = {0};
        if (ml_json_type(m) != ML_JSON_NUMBER || strcmp(ml_json_key(m), "version") == 0)
            continue;
        ml_strbuf_add_double(&value, ml_json_number(m));
        printf("%s=%s;\n", ml_json_key(m), value.bytes);
        ml_strbuf_release(&value);
    }
    ml_json_free(root);
}

static bool write_report(const char *prefix, const char *name, const char *text,
                         struct ml_error *err)
{
    struct ml_strbuf path = {0};
    ml_strbuf_addf(&path, "%s/output/data", prefix);
    bool ok = ml_dir_make(path.bytes, err);
    ml_strbuf_addf(&path, "/%s", name);
    ok = ok && ml_file_replace(path.bytes, text, strlen(text), err);
    ml_strbuf_release(&path);
    return ok;
}

static bool report(const char *prefix, const struct ml_evaluation *e, struct ml_error *err)
{
    if (e == NULL)
        return true;
    char *json = ml_evaluation_json(e);
    char *text = ml_evaluation_text(e);
    bool ok = write_report(prefix, "evaluation.json", json, err) &&
              write_report(prefix, "evaluation.txt", text, err);
    if (ok)
        print_metrics(json);
    free(json);
    free(text);
    return ok;
}

/* The bundle itself has no name: this one is for the report. */
static void name_model(struct ml_model *model, const struct sagemaker_params *p)
{
    const char *job = getenv("TRAINING_JOB_NAME");
    const char *name = p->name != NULL ? p->name : job != NULL ? job : "";
    ml_model_set_name(model, ml_files_is_name(name, strlen(name)) ? name : "model", 1);
}

static bool judge(struct ml_evaluation **e, const struct ml_model *model,
                  const struct sagemaker_job *job, const struct ml_talk *talk, struct ml_error *err)
{
    struct ml_evaluate_options options = ML_EVALUATE_OPTIONS_INIT;
    const struct sagemaker_params *p = &job->params;
    options.csv = p->train.train.csv;
    if (p->num_classes > 0.0 && (double)ml_model_n_labels(model) > p->num_classes)
        return ml_fail(err, ML_EINPUT, "hyperparameter 'num_classes': %g, and the rows have %zu",
                       p->num_classes, ml_model_n_labels(model));
    if (job->validation == NULL)
        return true;
    ml_evaluation_free(*e);
    *e = NULL;
    return ml_evaluate(e, model, job->validation, &options, talk, err) ||
           ml_fail_context(err, "channel 'validation'");
}

static void tell(const struct sagemaker_job *job, const struct ml_model *model,
                 const struct ml_train_summary *s)
{
    cli_end_progress();
    fprintf(stderr, "mlctl: trained: %s, %zu features from %zu rows; %zu held out, %zu rejected\n",
            ml_model_algorithm(model), s->n_features, s->n_train, s->n_held_out, s->n_rejected);
    if (job->params.train.train.threshold_by != NULL)
        fprintf(stderr, "mlctl: threshold %g by %s, on out-of-fold scores\n",
                ml_model_threshold(model), job->params.criterion);
}

static bool train(const struct sagemaker_job *job, const char *prefix, const char *model_dir,
                  const struct ml_talk *talk, struct ml_error *err)
{
    struct ml_model *model = NULL;
    struct ml_evaluation *evaluation = NULL;
    struct ml_train_summary summary;
    if (job->params.ignored.length > 0)
        fprintf(stderr, "mlctl: ignored hyperparameters: %s\n", job->params.ignored.bytes);
    if (!ml_train(&model, job->train, job->schema, &job->params.train.train, talk, &summary,
                  &evaluation, err))
        return false;
    name_model(model, &job->params);
    tell(job, model, &summary);
    bool ok = judge(&evaluation, model, job, talk, err) && report(prefix, evaluation, err) &&
              place_model(model_dir, model, err);
    ml_evaluation_free(evaluation);
    ml_model_free(model);
    return ok;
}

static bool make_places(const char *prefix, const char *model_dir, struct ml_error *err)
{
    char *output = ml_path_join(prefix, "output");
    bool ok = ml_dir_make(output, err);
    free(output);
    return ok && ml_dir_make(model_dir, err) && ml_files_check_place(model_dir, err);
}

static int run(const struct cli_command *self, int argc, char **argv)
{
    const char *prefix = ml_container_prefix();
    const struct cli_option options[] = OPTIONS(&prefix);
    struct ml_error err;
    struct ml_talk talk = cli_talk();
    struct sagemaker_job job = {0};
    size_t n;
    enum cli_status status = cli_parse(self, options, argc, argv, NULL, 0, &n);
    if (status != CLI_DONE)
        return status;
    char *model_dir = ml_path_join(prefix, "model");
    bool ok = catch_stop(prefix, &err) && make_places(prefix, model_dir, &err);
    if (ok) {
        unlink(failure_path); /* of a job before */
        ok = sagemaker_job_read(&job, prefix, &talk, &err) &&
             train(&job, prefix, model_dir, &talk, &err);
        sagemaker_job_release(&job);
    }
    free(model_dir);
    return ok ? CLI_DONE : fail(&err);
}

const struct cli_command cli_sagemaker_train = {
    .name = "sagemaker-train",
    .usage = "[--prefix DIR]",
    .summary = "train as a SageMaker training job asks for it",
    .details =
        "Hyperparameters and channels are read where SageMaker lays them down, the model goes to\n"
        "DIR/model, reports to DIR/output/data, the reason of a failure to DIR/output/failure.\n"
        "'mlctl train' without an argument is the same where DIR/input/config is there.\n",
    .run = run,
    .options = print_options,
};
