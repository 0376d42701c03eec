/* From what was gathered of a column to what is said about it. */
#ifndef ML_INSIGHT_INSIGHT_H
#define ML_INSIGHT_INSIGHT_H

#include "insight/relate.h"

/* Fills all but name and role. */
void ml_insight_make(struct ml_insight *insight, const struct ml_views *views, size_t column);
void ml_insight_numeric(struct ml_insight *insight, const struct ml_views *views, size_t column);
void ml_insight_values(struct ml_insight *insight, const struct ml_views *views, size_t column);
void ml_insight_words(struct ml_insight *insight, const struct ml_views *views, size_t column);

/* Distinct values of a column that is not exact, at most as many as could be. */
double ml_insight_estimate(const struct ml_gather *gather, uint64_t most);

void ml_insight_release(struct ml_insight *insight);

/* The classes of a BINARY or CATEGORICAL target. */
void ml_insight_classes(struct ml_items *out, const struct ml_views *views);

void ml_items_release(struct ml_items *items);
/* A key as a NUL-terminated label; free with free. */
char *ml_item_label(const char *key, size_t n);

#endif
