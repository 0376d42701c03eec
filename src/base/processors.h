/* How many threads or processes to work with. */
#ifndef ML_BASE_PROCESSORS_H
#define ML_BASE_PROCESSORS_H

#include <stddef.h>

enum { ML_MAX_JOBS = 64 };

/* jobs, or one a processor that is there for 0; from 1 to ML_MAX_JOBS. */
size_t ml_count_jobs(size_t jobs);

#endif
