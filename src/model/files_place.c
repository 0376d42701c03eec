#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "model/files.h"

bool ml_files_check_place(const char *dir, struct ml_error *err)
{
    DIR *listing = opendir(dir);
    if (listing == NULL)
        return ml_fail_errno(err, "read", dir);
    bool ok = true;
    for (struct dirent *entry; ok && (entry = readdir(listing)) != NULL;) {
        char quoted[200];
        const char *name = entry->d_name;
        if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
            ok = ml_fail(err, ML_ECONFLICT, "%s: not empty, as a new model wants it: '%s'", dir,
                         ml_quote(quoted, sizeof(quoted), name, strlen(name)));
    }
    closedir(listing);
    return ok;
}

static bool move(const char *from_dir, const char *to_dir, const char *name, struct ml_error *err)
{
    char *from = ml_path_join(from_dir, name);
    char *to = ml_path_join(to_dir, name);
    bool ok = rename(from, to) == 0 || ml_fail_errno(err, "rename", from);
    free(from);
    free(to);
    return ok;
}

static void take_back(const char *dir, const char *name)
{
    char *path = ml_path_join(dir, name);
    unlink(path);
    free(path);
}

static bool move_all(const char *from, const char *to, const struct ml_files *files,
                     struct ml_error *err)
{
    bool ok = true;
    for (size_t i = 0; ok && i < files->n; i++)
        ok = move(from, to, files->file[i].name, err);
    ok = ok && ml_dir_sync(to, err) && move(from, to, ML_FILES_SUMS, err);
    if (ok)
        return true;
    take_back(to, ML_FILES_SUMS);
    for (size_t i = 0; i < files->n; i++)
        take_back(to, files->file[i].name);
    return false;
}

bool ml_files_place(const char *dir, const struct ml_files *files, struct ml_error *err)
{
    if (!ml_files_check_place(dir, err))
        return false;
    /* Inside: a directory beside a mounted one is on another file system. */
    char *tmp = ml_path_join(dir, ".tmp");
    bool ok = (mkdir(tmp, 0777) == 0 || ml_fail_errno(err, "create directory", tmp)) &&
              ml_files_save(tmp, files, err) && move_all(tmp, dir, files, err);
    ml_dir_remove(tmp);
    free(tmp);
    return ok && ml_dir_sync(dir, err);
}
