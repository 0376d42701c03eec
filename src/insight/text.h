/* A description as text for a terminal of 80 columns. */
#ifndef ML_INSIGHT_TEXT_H
#define ML_INSIGHT_TEXT_H

#include "base/strbuf.h"
#include "insight/result.h"

void ml_insight_text(struct ml_strbuf *buf, const struct ml_description *description);

#endif
