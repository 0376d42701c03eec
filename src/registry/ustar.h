/* A header block of the ustar format, and the numbers in it. */
#ifndef ML_REGISTRY_USTAR_H
#define ML_REGISTRY_USTAR_H

#include <stddef.h>

enum { ML_USTAR_BLOCK = 512 };

struct ml_ustar {
    char name[100];
    char mode[8];
    char uid[8];
    char gid[8];
    char size[12];
    char mtime[12];
    char checksum[8];
    char type;
    char link_name[100];
    char magic[6];
    char version[2];
    char user[32];
    char group[32];
    char major[8];
    char minor[8];
    char prefix[155];
    char unused[12];
};

_Static_assert(sizeof(struct ml_ustar) == ML_USTAR_BLOCK, "a header is one block");

/* Sum of the header's bytes with the checksum itself taken as blanks. */
size_t ml_ustar_checksum(const struct ml_ustar *header);

#endif
