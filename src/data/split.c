#include "data/split.h"

#include "base/rng.h"

bool ml_split_is_train(const struct ml_split *split, size_t row)
{
    if (split->strategy == ML_SPLIT_SEQUENTIAL)
        return (double)row < (double)split->n_rows * split->percent / 100.0;
    double u = (double)(ml_mix64(split->seed, row) >> 11) * 0x1p-53;
    return u * 100.0 < split->percent;
}
