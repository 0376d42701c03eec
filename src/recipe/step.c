#include "recipe/step.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static const struct ml_step_ops *const kinds[] = {
    &ml_step_zscore, &ml_step_quantile_bin, &ml_step_binary, &ml_step_one_hot, &ml_step_words,
};

const struct ml_step_ops *ml_step_find(const char *name)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(kinds[i]->name, name) == 0)
            return kinds[i];
    return NULL;
}

double *ml_step_read_numbers(const struct ml_json *array, size_t *n)
{
    if (array == NULL || ml_json_type(array) != ML_JSON_ARRAY)
        return NULL;
    double *numbers = ml_xcalloc(ml_json_count(array), sizeof(*numbers));
    *n = 0;
    for (const struct ml_json *v = ml_json_first(array); v != NULL; v = ml_json_next(v)) {
        double x = ml_json_number(v);
        if (!isfinite(x)) {
            free(numbers);
            return NULL;
        }
        numbers[(*n)++] = x;
    }
    return numbers;
}
