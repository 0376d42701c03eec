#include "amazonml/wording.h"

#include <string.h>

void ml_aml_say(struct ml_strbuf *to, const char *message, const char *path, const char *location)
{
    size_t n = strlen(path);
    const char *at;
    while (n > 0 && (at = strstr(message, path)) != NULL) {
        ml_strbuf_add(to, message, (size_t)(at - message));
        ml_strbuf_adds(to, location);
        message = at + n;
    }
    ml_strbuf_adds(to, message);
}
