// SPDX-License-Identifier: Apache-2.0
#include "instrument/decrypt/place.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#define TMPFS 0x01021994
#define RAMFS 0x858458f6
#define NEARLY_FULL (UINT64_C(1) << 20)

static bool look(const char *path, bool *ret_memory, uint64_t *ret_room)
{
    struct statfs fs;
    struct stat st;
    if (!path || path[0] != '/' || stat(path, &st) != 0 || !S_ISDIR(st.st_mode) ||
        access(path, W_OK | X_OK) != 0 || statfs(path, &fs) != 0)
        return false;
    *ret_memory = fs.f_type == TMPFS || fs.f_type == RAMFS;
    /* a tmpfs without a limit says 0 blocks in all */
    *ret_room = fs.f_blocks == 0 ? UINT64_MAX / 2 : (uint64_t)fs.f_bavail * (uint64_t)fs.f_bsize;
    return true;
}

yj_status yj_place_find(uint64_t bytes, yj_place *ret, yj_error *err)
{
    const char *const all[] = { "/dev/shm", getenv("XDG_RUNTIME_DIR"), getenv("TMPDIR"), "/var/tmp", "/tmp" };
    for (int want_memory = 1; want_memory >= 0; want_memory--)
        for (size_t i = 0; i < YJ_COUNT(all); i++) {
            bool memory = false;
            uint64_t room = 0;
            if (!look(all[i], &memory, &room) || (want_memory && !memory) || room < bytes)
                continue;
            ret->memory = memory;
            if ((size_t)snprintf(ret->path, sizeof ret->path, "%s", all[i]) < sizeof ret->path)
                return YJ_OK;
        }
    return yj_fail(
        err, YJ_E_FULL,
        "there is no private place with room for %llu bytes: not /dev/shm, TMPDIR, /var/tmp or /tmp",
        (unsigned long long)bytes);
}

yj_status yj_place_file(const yj_place *p, int *ret_fd, yj_error *err)
{
    int fd = open(p->path, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
    if (fd < 0)
        return yj_fail_sys(err, YJ_E_IO, "cannot make a file without a name in %s", p->path);
    *ret_fd = fd;
    return YJ_OK;
}

bool yj_place_full(const yj_place *p)
{
    bool memory;
    uint64_t room = 0;
    return look(p->path, &memory, &room) && room < NEARLY_FULL;
}
