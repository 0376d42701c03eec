#include "base/processors.h"

#include <unistd.h>

size_t ml_count_jobs(size_t jobs)
{
    if (jobs == 0) {
        long n = sysconf(_SC_NPROCESSORS_ONLN);
        jobs = n > 0 ? (size_t)n : 1;
    }
    return jobs < ML_MAX_JOBS ? jobs : ML_MAX_JOBS;
}
