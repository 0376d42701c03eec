/* api/openapi.json, put into the program by the Makefile. */
#ifndef ML_SERVE_OPENAPI_H
#define ML_SERVE_OPENAPI_H

#include <stddef.h>

extern const unsigned char ml_openapi_json[];
extern const size_t ml_openapi_json_bytes;

#endif
