#include "base/tempfile.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SLOTS = 16, PATH_BYTES = 4096 };

enum { FREE, BUSY, LIVE };

static struct {
    atomic_int state;
    char path[PATH_BYTES];
} slots[SLOTS];

void ml_tempfile_remember(const char *path)
{
    if (strlen(path) >= PATH_BYTES)
        return;
    for (int i = 0; i < SLOTS; i++) {
        int expected = FREE;
        if (!atomic_compare_exchange_strong(&slots[i].state, &expected, BUSY))
            continue;
        memcpy(slots[i].path, path, strlen(path) + 1);
        atomic_store(&slots[i].state, LIVE);
        return;
    }
}

void ml_tempfile_forget(const char *path)
{
    for (int i = 0; i < SLOTS; i++)
        if (atomic_load(&slots[i].state) == LIVE && strcmp(slots[i].path, path) == 0)
            atomic_store(&slots[i].state, FREE);
}

void ml_tempfile_remove_all(void)
{
    for (int i = 0; i < SLOTS; i++)
        if (atomic_load(&slots[i].state) == LIVE)
            unlink(slots[i].path);
}
