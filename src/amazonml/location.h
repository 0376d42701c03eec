/*
 * Where data may lie: the places that requests name, as paths inside of one folder.
 *
 *     s3://bucket/key      root/bucket/key
 *     file:///srv/data/x   /srv/data/x, which must be inside of root
 *     /srv/data/x          the same
 *     x                    root/x
 *
 * Inside is judged after symbolic links are followed, so that neither they nor ".." lead out; of a
 * directory the links in it count as well. (It is judged once: who may write into root can change
 * what is there afterwards.)
 */
#ifndef ML_AMAZONML_LOCATION_H
#define ML_AMAZONML_LOCATION_H

#include <stdbool.h>

#include "base/error.h"

enum { ML_MAX_LOCATION_BYTES = 2048 }; /* Amazon's longest S3Url */

/*
 * *path: absolute, without links, to be freed with free; it ends in '/' when the location does.
 *
 * must_exist: what is there must be a file or a directory, and the latter if the location ends in
 * '/'. Otherwise it need not exist: the longest part of it that does is resolved, and the rest must
 * not hold "..", "." or empty parts. ML_ENOTFOUND for what is not there; ML_EINPUT for what is
 * outside, other schemes, and what is empty or longer than ML_MAX_LOCATION_BYTES. Messages quote
 * the location and never tell what is outside.
 */
bool ml_location_resolve(char **path, const char *location, const char *root, bool must_exist,
                         struct ml_error *err) __attribute__((warn_unused_result));

/*
 * Refuses a path of ml_location_resolve in `own`, a folder of the server's that lies in root. What
 * root itself lies in keeps nobody off.
 */
bool ml_location_keep_off(const char *path, const char *location, const char *root, const char *own,
                          struct ml_error *err) __attribute__((warn_unused_result));

#endif
