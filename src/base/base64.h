/* Base64 with padding (RFC 4648, section 4). */
#ifndef ML_BASE_BASE64_H
#define ML_BASE_BASE64_H

#include "base/strbuf.h"

/* Appends n bytes as 4 * ceil(n / 3) characters. */
void ml_base64_add(struct ml_strbuf *buf, const void *bytes, size_t n);

#endif
