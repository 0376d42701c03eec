/*
 * One writer at a time for one model, among threads and processes: a lock on <model>/.lock. The
 * system drops it when its holder dies.
 */
#ifndef ML_REGISTRY_LOCK_H
#define ML_REGISTRY_LOCK_H

#include <stdbool.h>

#include "base/error.h"

/* Waits for the lock. ML_ENOTFOUND when the directory does not exist. */
bool ml_lock_take(int *out, const char *dir, struct ml_error *err)
    __attribute__((warn_unused_result));
void ml_lock_release(int lock);

#endif
