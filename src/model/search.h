/*
 * A recipe that earns its place: bin counts, the regularisation, and crosses of two columns, chosen
 * by what they gain on training rows that their fits have not seen.
 *
 *   1. bases   the plain recipe with C = 1, and every number in 10 bins, or in 10 and in 50, with
 *              C = 0.3 and 0.1 (values: 1 and 0.03): out-of-fold loss of each, that is log-loss, or
 *              the squared error of values, rows weighted as in training
 *   2. screen  all crosses of two columns, numbers in 5, 10 and 20 bins, against the best base's
 *              out-of-fold scores (recipe/screen.h). Where none gains beyond chance, that is all
 *   3. crosses the ones that gain most, one for two columns, are added to the best base
 *   4. choice  a base must beat the plain recipe by a standard error of the paired difference of
 *              losses, crosses the best base and what was preferred to it by two
 *
 * No row but those given is looked at, and about 100000 of them at most, of many labels fewer,
 * drawn by the seed. The same rows, options and seed give the same recipe.
 */
#ifndef ML_MODEL_SEARCH_H
#define ML_MODEL_SEARCH_H

#include "base/strbuf.h"
#include "ml/train.h"
#include "model/fit.h"

struct ml_search {
    struct ml_strbuf recipe; /* owned: JSON text */
    double c;                /* goes with it */
    struct ml_strbuf record; /* owned: what was tried, one JSON object; for the bundle */
    struct ml_strbuf tell;   /* owned: the same in a line for a person */
};

/*
 * plan: its recipe is not looked at; a C that is not 0 stays as it is. plain_bins: of the plain
 * recipe. What keeps a fold from being learnt is no failure: the plain recipe is then the result,
 * and `tell` says why. ML_EFFORT_LOW gives it without a search.
 */
void ml_search_recipe(struct ml_search *out, const struct ml_fit_plan *plan,
                      const struct ml_training *training, enum ml_effort effort, size_t plain_bins,
                      const struct ml_talk *talk);
void ml_search_release(struct ml_search *search);

#endif
