/*
 * Random UUIDs (version 4, RFC 9562), for ids whose shape others prescribe; our own are ULIDs.
 * Each thread draws from its own stream, seeded by the kernel. Thread-safe.
 */
#ifndef ML_SERVE_UUID_H
#define ML_SERVE_UUID_H

enum { ML_UUID_BYTES = 37 }; /* with the NUL */

void ml_uuid_make(char to[ML_UUID_BYTES]);

#endif
