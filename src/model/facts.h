/* What is doubtful about judged rows (eval/alerts.h), seen from the model that they judge. */
#ifndef ML_MODEL_FACTS_H
#define ML_MODEL_FACTS_H

#include "data/table.h"
#include "eval/alerts.h"
#include "model/judge.h"

/* How the rows came to be judged. */
struct ml_judged {
    bool is_training_data; /* see struct ml_eval_facts */
    bool is_held_out;
    size_t n_rejected;
    const struct ml_table *table; /* whose header is compared with its schema; NULL: it is alike */
};

/* O(rows + columns^2). */
void ml_facts_alerts(struct ml_alerts *out, const struct ml_model *model,
                     const struct ml_observations *o, const struct ml_judged *judged);

#endif
