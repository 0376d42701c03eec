#include <string.h>

#include "base/error.h"
#include "cli/cli.h"

static bool set_strategy(struct ml_selection *s, const char *name, struct ml_error *err)
{
    if (strcmp(name, "random") != 0 && strcmp(name, "sequential") != 0)
        return ml_fail(err, ML_EINPUT, "--strategy must be random or sequential");
    s->strategy = name[0] == 's' ? ML_SPLIT_SEQUENTIAL : ML_SPLIT_RANDOM;
    return true;
}

bool cli_selection(struct ml_selection *out, const struct cli_split *split, struct ml_error *err)
{
    bool is_json = split->range != NULL && split->range[0] == '{';
    if (is_json && (split->strategy != NULL || split->complement))
        return ml_fail(err, ML_EINPUT,
                       "--split as JSON says itself what --strategy and --complement say");
    if (split->seed != NULL && !ml_selection_set_seed(out, split->seed, err))
        return false;
    if (split->strategy != NULL && !set_strategy(out, split->strategy, err))
        return false;
    if (split->range != NULL && !ml_selection_parse(out, split->range, err))
        return false;
    out->complement = out->complement || split->complement;
    return ml_selection_check(out, err);
}

bool cli_rows(const struct ml_selection **rows, struct ml_selection *to,
              const struct cli_split *split, struct ml_error *err)
{
    *rows = NULL;
    if (split->range == NULL)
        return (split->strategy == NULL && split->seed == NULL && !split->complement) ||
               ml_fail(err, ML_EINPUT, "--strategy, --seed and --complement need --split");
    *to = (struct ml_selection)ML_SELECTION_INIT;
    *rows = to;
    return cli_selection(to, split, err);
}
