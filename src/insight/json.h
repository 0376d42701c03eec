/* A description as JSON; mlctl-describe(1) is its reference. */
#ifndef ML_INSIGHT_JSON_H
#define ML_INSIGHT_JSON_H

#include "base/strbuf.h"
#include "insight/result.h"

/* One object and a newline. What is unknown or has no JSON form is null. */
void ml_insight_json(struct ml_strbuf *buf, const struct ml_description *description);

#endif
