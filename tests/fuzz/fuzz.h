/*
 * A fuzz target defines LLVMFuzzerTestOneInput. With -DFUZZING libFuzzer brings main (make fuzz);
 * otherwise this one runs the files given as arguments, which is how make check replays the corpus
 * and how a find is looked at: build/fuzz/fuzz_recipe crash-…
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/strbuf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* A property that must hold; stays with NDEBUG. */
#define must_hold(condition)                                                                       \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);         \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#ifndef FUZZING
int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        struct ml_strbuf buf;
        struct ml_error err;
        fprintf(stderr, "%s\n", argv[i]);
        if (!ml_file_read_all(&buf, argv[i], (size_t)1 << 30, &err)) {
            fprintf(stderr, "%s\n", err.msg);
            return 1;
        }
        /* A block of exactly that size: the address sanitizer sees each byte read past it. */
        uint8_t *exact = malloc(buf.length > 0 ? buf.length : 1);
        if (exact == NULL)
            return 1;
        if (buf.length > 0)
            memcpy(exact, buf.bytes, buf.length);
        LLVMFuzzerTestOneInput(exact, buf.length);
        free(exact);
        ml_strbuf_release(&buf);
    }
    printf("%d passed, 0 failed\n", argc - 1);
    return 0;
}
#endif

#endif
