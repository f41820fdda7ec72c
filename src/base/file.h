// SPDX-License-Identifier: Apache-2.0
/** Files and folders: whole reads under a limit, atomic durable writes, locks. All descriptors O_CLOEXEC. */
#ifndef YJ_BASE_FILE_H
#define YJ_BASE_FILE_H

#include "base/span.h"

struct stat;
struct timespec;

/** What a failed system call on a file means: YJ_E_NOT_FOUND, YJ_E_FULL (no room on the disk, or over a quota
 * or the process's limit for a file) or YJ_E_IO. */
yj_status yj_file_status(int sys_errno) yj_nodiscard;
/** Has nobody written to the file between the two, by its size and by the times of the last write and of the
 *  last change of anything about it? That it is the same file is for the caller to know. */
bool yj_file_unchanged(const struct stat *before, const struct stat *after);
/** Had it rested at `at_ns` (UTC) for so long that another change would show in its times? By either of them;
 *  one that lies ahead is no rest. What is read of a file that had not may not be taken for known another
 *  time. @param rest_ns YJ_FILE_REST_NS but in tests */
bool yj_file_rested(const struct stat *st, int64_t at_ns, int64_t rest_ns);
#define YJ_FILE_REST_NS INT64_C(2000000000) /* FAT counts in two seconds */
/** Nanoseconds since 1970 */
int64_t yj_timespec_ns(const struct timespec *t);
/** Read a whole regular file. YJ_E_NOT_FOUND, YJ_E_IO, YJ_E_LIMIT (longer than max_bytes). */
yj_status yj_file_read(const char *path, size_t max_bytes, yj_buf *out, yj_error *err) yj_nodiscard;
/** Write beside, fsync, rename over, fsync the folder. YJ_E_FULL when the disk is full. */
yj_status yj_file_write(const char *path, yj_span bytes, unsigned mode, yj_error *err) yj_nodiscard;
/** fsync the folder that holds `path`, so that its name survives a crash. */
yj_status yj_dir_sync_of(const char *path, yj_error *err) yj_nodiscard;
/** mkdir -p with mode 0700 for what is made. */
yj_status yj_dir_make(const char *path, yj_error *err) yj_nodiscard;
bool yj_path_exists(const char *path);
bool yj_path_is_dir(const char *path);
/** Remove a tree below a folder made by the program, of any depth, also where folders in it refuse their
 * owner; follows no links. An absent one is fine. */
yj_status yj_dir_remove(const char *path, yj_error *err) yj_nodiscard;
/** Names in a folder, sorted by bytes, without "." and "..". Each and the array are freed by yj_names_free.
 */
typedef struct yj_names {
    char **name;
    size_t count;
} yj_names;
yj_status yj_dir_list(const char *path, yj_names *ret, yj_error *err) yj_nodiscard;
void yj_names_free(yj_names *n);
/** An exclusive flock on a file, held until closed or the process ends. YJ_E_BUSY if another holds it. */
yj_status yj_lock_take(const char *path, int *ret_fd, yj_error *err) yj_nodiscard;

#endif
