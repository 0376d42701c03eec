#include "amazonml/task.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/resource.h>
#include <unistd.h>

#include "amazonml/runner.h"
#include "amazonml/task_kinds.h"
#include "amazonml/wording.h"
#include "base/alloc.h"
#include "base/file.h"

enum { NICENESS = 5 };

static const struct {
    const char *name;
    bool (*run)(struct ml_strbuf *result, const struct ml_json *task, struct ml_error *err);
} kinds[] = {
    {"data_source", ml_task_data_source},
    {"model", ml_task_model},
    {"evaluation", ml_task_evaluation},
    {"batch", ml_task_batch},
};

bool ml_task_text(const char **out, const struct ml_json *task, const char *member,
                  struct ml_error *err)
{
    const struct ml_json *v = ml_json_get(task, member);
    const char *text = v != NULL ? ml_json_string(v) : NULL;
    if (text == NULL)
        return ml_fail(err, ML_EINPUT, "the task's '%s' must be a string", member);
    *out = text;
    return true;
}

static bool run(struct ml_strbuf *result, const struct ml_json *task, struct ml_error *err)
{
    const char *kind;
    char quoted[100];
    if (!ml_task_text(&kind, task, "task", err))
        return false;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(kind, kinds[i].name) == 0)
            return kinds[i].run(result, task, err);
    return ml_fail(err, ML_EINPUT, "unknown task '%s'",
                   ml_quote(quoted, sizeof(quoted), kind, strlen(kind)));
}

/* Says the path in one member as another member does. */
static void reword(struct ml_strbuf *message, const struct ml_json *task, const char *path_member,
                   const char *location_member)
{
    const char *path = ml_json_string(ml_json_get(task, path_member));
    const char *location = ml_json_string(ml_json_get(task, location_member));
    struct ml_strbuf said = {0};
    if (path == NULL || location == NULL)
        return;
    ml_aml_say(&said, message->bytes, path, location);
    ml_strbuf_release(message);
    *message = said;
}

static void add_error(struct ml_strbuf *result, const struct ml_error *err,
                      const struct ml_json *task)
{
    struct ml_strbuf message = {0};
    struct ml_strbuf shown = {0};
    ml_strbuf_adds(&message, err->msg);
    reword(&message, task, "data", "location");
    reword(&message, task, "out", "output");
    /* A message was cut to its size, and may quote what is not UTF-8. */
    size_t room = 4 * message.length + 8;
    char *clean = ml_strbuf_reserve(&shown, room);
    ml_quote(clean, room, message.bytes, message.length);
    ml_strbuf_addc(result, '{');
    ml_json_key_string(result, "error", clean);
    ml_strbuf_adds(result, "}\n");
    ml_strbuf_release(&message);
    ml_strbuf_release(&shown);
}

bool ml_task_run(struct ml_strbuf *result, const char *text, size_t n)
{
    struct ml_json *task = NULL;
    struct ml_strbuf own = {0};
    struct ml_error err;
    bool ok = ml_json_parse(&task, text, n, "task", &err) && run(&own, task, &err);
    if (ok) {
        ml_strbuf_add(result, own.bytes, own.length);
        ml_strbuf_addc(result, '\n');
    } else {
        add_error(result, &err, task);
    }
    ml_strbuf_release(&own);
    ml_json_free(task);
    return ok;
}

/* A job without its daemon works for nobody. */
static bool die_with_parent(void)
{
    const char *parent = getenv(ML_RUNNER_PARENT);
    if (parent == NULL)
        return true;
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    return getppid() == (pid_t)strtol(parent, NULL, 10);
}

static bool read_task(struct ml_strbuf *task, int in, struct ml_error *err)
{
    enum { PIECE = 65536 };
    size_t n = 1;
    while (n > 0) {
        char *to = ml_strbuf_reserve(task, PIECE);
        if (!ml_file_read(&n, in, to, PIECE, "the task", err))
            return false;
        task->length += n;
        if (task->length > ML_MAX_TASK_BYTES)
            return ml_fail(err, ML_ELIMIT, "the task is longer than %d bytes", ML_MAX_TASK_BYTES);
    }
    return true;
}

int ml_task_main(int in, int out)
{
    struct ml_strbuf task = {0};
    struct ml_strbuf result = {0};
    struct ml_error err;
    if (!die_with_parent())
        return 1;
    setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + NICENESS);
    if (read_task(&task, in, &err))
        (void)ml_task_run(&result, task.bytes != NULL ? task.bytes : "", task.length);
    else
        add_error(&result, &err, NULL);
    bool ok = ml_file_write(out, result.bytes, result.length, "the result", &err);
    ml_strbuf_release(&task);
    ml_strbuf_release(&result);
    return ok ? 0 : 1;
}
