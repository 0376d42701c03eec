/* Messages that say a place as its user wrote it. */
#ifndef ML_AMAZONML_WORDING_H
#define ML_AMAZONML_WORDING_H

#include "base/strbuf.h"

/* Appends the message with `location` wherever it says `path`. */
void ml_aml_say(struct ml_strbuf *to, const char *message, const char *path, const char *location);

#endif
