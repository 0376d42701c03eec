/* One process for a folder: a file in it that is locked as long as it is open. */
#ifndef ML_BASE_LOCKFILE_H
#define ML_BASE_LOCKFILE_H

#include "base/error.h"

/*
 * Makes dir/name (mode 0600) and locks it without waiting. *fd: to be closed, which unlocks, as the
 * end of the process does; -1 on failure. ML_ECONFLICT when it is locked: "'DIR' is in use by
 * another WHO".
 */
bool ml_lockfile_take(int *fd, const char *dir, const char *name, const char *who,
                      struct ml_error *err) __attribute__((warn_unused_result));

#endif
