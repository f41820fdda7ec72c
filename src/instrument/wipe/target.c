// SPDX-License-Identifier: Apache-2.0
#include "instrument/wipe/target.h"
#include "base/file.h"
#include "instrument/wipe/device.h"
#include "instrument/wipe/pass.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#define BIT(m) (1U << YJ_METHOD_##m)
#define LIMIT(l) (1U << YJ_LIMIT_##l)
#define OVERWRITES (BIT(ZEROS) | BIT(RANDOM) | BIT(PATTERN))
#define HEAD_BYTES ((size_t)128 << 10)
#define LEFT_BLOCKS_MAX 16 /* of free space: less than a reservation takes at once */
#define RESERVE_BYTES ((off_t)1 << 40)

struct yj_target {
    char path[YJ_TARGET_PATH_MAX + 1];
    yj_target_options o;
    int fd;
    bool direct, look_only;
    struct stat st; /* as it was opened */
    yj_medium medium;
    uint64_t reserved; /* free space */
    unsigned device_can;
};

/* --- reading what the system says ------------------------------------------------------------- */

/* The first line of an attribute; false if there is none. */
static bool attribute(const yj_target *t, const char *name, char *ret, size_t cap)
{
    char path[YJ_TARGET_PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/dev/block/%u:%u/%s", t->o.sys, gnu_dev_major(t->st.st_rdev),
             gnu_dev_minor(t->st.st_rdev), name);
    FILE *f = fopen(path, "re");
    ret[0] = '\0';
    if (!f)
        return false;
    size_t n = fread(ret, 1, cap - 1, f);
    (void)fclose(f);
    ret[n] = '\0';
    ret[strcspn(ret, "\n")] = '\0';
    while (n > 0 && (ret[strlen(ret) ? strlen(ret) - 1 : 0] == ' '))
        ret[strlen(ret) - 1] = '\0', n--;
    size_t blanks = strspn(ret, " ");
    memmove(ret, ret + blanks, strlen(ret + blanks) + 1);
    yj_text_tidy(ret);
    return ret[0] != '\0';
}

static void kernel_name(const yj_target *t, char *ret, size_t cap)
{
    char path[YJ_TARGET_PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/dev/block/%u:%u", t->o.sys, gnu_dev_major(t->st.st_rdev),
             gnu_dev_minor(t->st.st_rdev));
    ssize_t n = readlink(path, ret, cap - 1);
    ret[n > 0 ? n : 0] = '\0';
}

/* What is not certain is flash: that claims less. */
static yj_medium medium_of(const yj_target *t)
{
    static const char *const virtual[] = { "QEMU",   "VMware",  "Msft",   "VBOX",     "LIO-ORG",
                                           "Google", "Virtual", "Amazon", "nvme_card" };
    char link[512], vendor[64], model[64], rotational[8];
    kernel_name(t, link, sizeof link);
    const char *name = strrchr(link, '/') ? strrchr(link, '/') + 1 : link;
    attribute(t, "device/vendor", vendor, sizeof vendor);
    attribute(t, "device/model", model, sizeof model); /* behind ATA the vendor is always "ATA" */
    for (size_t i = 0; i < YJ_COUNT(virtual); i++)
        if (strncmp(vendor, virtual[i], strlen(virtual[i])) == 0 ||
            strncmp(model, virtual[i], strlen(virtual[i])) == 0)
            return YJ_MEDIUM_VIRTUAL;
    if (strstr(link, "/session") ||
        strstr(link, "/rport-")) /* iSCSI, Fibre Channel: what is below is not known */
        return YJ_MEDIUM_VIRTUAL;
    if (strncmp(name, "nvme", 4) == 0)
        return YJ_MEDIUM_NVME;
    if (strncmp(name, "sd", 2) != 0 && strncmp(name, "mmcblk", 6) != 0)
        return YJ_MEDIUM_VIRTUAL;
    /* sticks behind USB say that they turn */
    bool turns = attribute(t, "queue/rotational", rotational, sizeof rotational) && rotational[0] == '1';
    return turns && !strstr(link, "/usb") ? YJ_MEDIUM_MAGNETIC : YJ_MEDIUM_FLASH;
}

/* A page of the serial number (SPC, 7.7.20): four bytes before it. */
static bool serial_page(const yj_target *t, char *ret, size_t cap)
{
    char path[YJ_TARGET_PATH_MAX + 64], page[256];
    snprintf(path, sizeof path, "%s/dev/block/%u:%u/device/vpd_pg80", t->o.sys, gnu_dev_major(t->st.st_rdev),
             gnu_dev_minor(t->st.st_rdev));
    FILE *f = fopen(path, "re");
    if (!f)
        return false;
    size_t n = fread(page, 1, sizeof page - 1, f);
    (void)fclose(f);
    page[n] = '\0';
    if (n <= 4)
        return false;
    char *s = page + 4;
    while (*s == ' ')
        s++;
    for (char *e = s + strlen(s); e > s && e[-1] == ' ';)
        *--e = '\0';
    snprintf(ret, cap, "%s", s);
    yj_text_tidy(ret); /* after the cut, which may lie in a character */
    return ret[0] != '\0';
}

static void name_device(yj_target *t, yj_disk_id *id)
{
    struct loop_info64 loop = { 0 };
    attribute(t, "device/model", id->model, sizeof id->model);
    attribute(t, "device/vendor", id->vendor, sizeof id->vendor);
    if (ioctl(t->fd, LOOP_GET_STATUS64, &loop) == 0) {
        snprintf(id->serial, sizeof id->serial, "loop-%llx-%llu", (unsigned long long)loop.lo_device,
                 (unsigned long long)loop.lo_inode);
        snprintf(id->model, sizeof id->model, "loop device");
        return;
    }
    if (attribute(t, "serial", id->serial, sizeof id->serial) ||
        attribute(t, "device/serial", id->serial, sizeof id->serial) ||
        serial_page(t, id->serial, sizeof id->serial) ||
        attribute(t, "device/wwid", id->serial, sizeof id->serial))
        return;
    id->limits |= LIMIT(NO_SERIAL);
    snprintf(id->serial, sizeof id->serial, "noserial-%u-%u-%llu", gnu_dev_major(t->st.st_rdev),
             gnu_dev_minor(t->st.st_rdev), (unsigned long long)id->bytes);
}

/* --- what it is ------------------------------------------------------------------------------- */

static yj_status identify_device(yj_target *t, yj_disk_id *id, yj_error *err)
{
    char discards[32];
    int sector = 512;
    if (ioctl(t->fd, BLKGETSIZE64, &id->bytes) != 0 || ioctl(t->fd, BLKSSZGET, &sector) != 0)
        return yj_fail_sys(err, YJ_E_IO, "the device's size cannot be asked");
    id->block = (uint32_t)sector;
    id->dev = t->st.st_rdev;
    id->medium = t->medium;
    id->can = OVERWRITES | t->device_can;
    if (t->medium == YJ_MEDIUM_FLASH || t->medium == YJ_MEDIUM_NVME)
        id->limits |= LIMIT(SPARES);
    if (t->medium == YJ_MEDIUM_MAGNETIC)
        id->limits |= LIMIT(REMAPPED);
    if (t->medium == YJ_MEDIUM_VIRTUAL)
        id->limits |= LIMIT(BELOW);
    if (attribute(t, "queue/discard_max_bytes", discards, sizeof discards) && strcmp(discards, "0") != 0)
        id->can |= BIT(DISCARD);
    char link[512];
    kernel_name(t, link, sizeof link);
    const char *name = strrchr(link, '/');
    if (name && strncmp(name, "/mmcblk", 7) == 0) /* no other driver has it */
        id->can |= BIT(SECURE_DISCARD);
    name_device(t, id);
    return YJ_OK;
}

/* Numbers of file systems (linux/magic.h and the projects' own) that write elsewhere than where it was, or of
 * which nobody here knows where they write: those of servers. */
static bool writes_elsewhere(long type)
{
    unsigned long n = (unsigned long)type & 0xffffffffUL;
    return n == 0x9123683e || /* btrfs */ n == 0x2fc12fc1 || /* ZFS */ n == 0xca451a4e || /* bcachefs */
           n == 0xf2f52010 || /* F2FS */ n == 0x3434 || /* NILFS */ n == 0x24051905 ||    /* UBIFS */
           n == 0x72b6 || /* JFFS2 */ n == 0x6969 || /* NFS */ n == 0xff534d42 || n == 0xfe534d42 || /* SMB */
           n == 0x01021997 || /* 9P */ n == 0x00c36400 /* Ceph */;
}
#define OVERLAY 0x794c7630UL

static yj_status limits_of(const yj_target *t, yj_disk_id *id, yj_error *err)
{
    struct statfs fs;
    if (fstatfs(t->fd, &fs) != 0)
        return yj_fail_sys(err, YJ_E_IO, "%s cannot be examined", t->path);
    if (writes_elsewhere((long)fs.f_type))
        id->limits |= LIMIT(COW);
    if (((unsigned long)fs.f_type & 0xffffffffUL) == OVERLAY)
        id->limits |= LIMIT(OVERLAY);
    return YJ_OK;
}

/* A number is given again when a file is gone; this is not. */
static int64_t born(const yj_target *t)
{
    struct statx x;
    if (statx(t->fd, "", AT_EMPTY_PATH, STATX_BTIME, &x) != 0 || !(x.stx_mask & STATX_BTIME))
        return 0;
    return (int64_t)x.stx_btime.tv_sec * 1000000000 + (int64_t)x.stx_btime.tv_nsec;
}

static yj_status identify_file(yj_target *t, const struct stat *now, yj_disk_id *id, yj_error *err)
{
    id->medium = t->medium;
    id->dev = now->st_dev;
    id->block = YJ_PASS_GRAIN;
    id->can = t->medium == YJ_MEDIUM_SPACE ? BIT(ZEROS) | BIT(RANDOM) : OVERWRITES;
    YJ_TRY(limits_of(t, id, err));
    if (t->medium == YJ_MEDIUM_SPACE) {
        id->bytes = t->reserved;
        id->limits |= LIMIT(REMNANTS);
        snprintf(id->serial, sizeof id->serial, "space-%llx", (unsigned long long)now->st_dev);
        snprintf(id->model, sizeof id->model, "free space");
        return YJ_OK;
    }
    id->bytes = (uint64_t)now->st_size;
    id->ino = now->st_ino;
    id->born_ns = born(t);
    id->limits |= LIMIT(FILE_ONLY);
    if (t->st.st_nlink > 1)
        id->limits |= LIMIT(LINKS);
    if ((uint64_t)t->st.st_blocks * 512 < (uint64_t)t->st.st_size)
        id->limits |= LIMIT(SPARSE);
    snprintf(id->serial, sizeof id->serial, "file-%llx-%llu", (unsigned long long)now->st_dev,
             (unsigned long long)now->st_ino);
    snprintf(id->model, sizeof id->model, "file");
    return YJ_OK;
}

/* Does the name still lead to what is open? */
static yj_status still_named(const yj_target *t, struct stat *now, yj_error *err)
{
    struct stat by_name;
    if (fstat(t->fd, now) != 0)
        return yj_fail_sys(err, YJ_E_IO, "%s cannot be examined", t->path);
    if (t->medium == YJ_MEDIUM_SPACE) {
        return YJ_OK;
    }
    if (lstat(t->path, &by_name) != 0 || by_name.st_mode != now->st_mode || by_name.st_dev != now->st_dev ||
        by_name.st_ino != now->st_ino || by_name.st_rdev != t->st.st_rdev)
        return yj_fail(err, YJ_E_CONFLICT, "%s leads to something else than before", t->path);
    return YJ_OK;
}

static yj_status identify(void *self, yj_disk_id *ret, yj_error *err)
{
    yj_target *t = self;
    struct stat now;
    yj_disk_id id = { .block = 512 };
    YJ_TRY(still_named(t, &now, err));
    YJ_TRY(S_ISBLK(t->st.st_mode) ? identify_device(t, &id, err) : identify_file(t, &now, &id, err));
    *ret = id;
    return YJ_OK;
}

/* --- may it? ---------------------------------------------------------------------------------- */

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Is a path at or below one of the server's own? Its folder is known by its file yunjian.json as well. */
static bool is_own(const yj_target *t, const char *path)
{
    struct stat own, st;
    char *real = realpath(path, NULL);
    bool found = false;
    while (real && real[0] && !found) {
        for (int i = 0; i < YJ_TARGET_OWN_MAX && t->o.own[i] && !found; i++)
            found = stat(real, &st) == 0 && stat(t->o.own[i], &own) == 0 && same_file(&st, &own);
        char mark[YJ_TARGET_PATH_MAX + 32];
        snprintf(mark, sizeof mark, "%s/yunjian.json", real);
        found = found || yj_path_exists(mark);
        char *slash = strrchr(real, '/');
        if (!slash)
            break;
        *slash = '\0';
    }
    free(real);
    return found;
}

/* Is what a loop device is made of this target, a part of this disk, or what this loop device itself is made
 * of? The kernel claims nothing for loop devices and lists them as nobody's holders. */
static bool on_target(const yj_target *t, const char *loop, const struct stat *below)
{
    char path[YJ_TARGET_PATH_MAX + 64], text[64] = "", mine[64], link[512];
    struct stat base;
    if (same_file(below, &t->st))
        return true;
    if (!S_ISBLK(t->st.st_mode))
        return false;
    kernel_name(t, link, sizeof link);
    const char *name = strrchr(link, '/') ? strrchr(link, '/') + 1 : link;
    if (strcmp(name, loop) != 0 && attribute(t, "loop/backing_file", path, sizeof path) &&
        stat(path, &base) == 0 && same_file(below, &base))
        return true;
    if (!S_ISBLK(below->st_mode))
        return false;
    if (below->st_rdev == t->st.st_rdev)
        return true;
    snprintf(path, sizeof path, "%s/dev/block/%u:%u/../dev", t->o.sys, gnu_dev_major(below->st_rdev),
             gnu_dev_minor(below->st_rdev)); /* of a part: its disk */
    snprintf(mine, sizeof mine, "%u:%u\n", gnu_dev_major(t->st.st_rdev), gnu_dev_minor(t->st.st_rdev));
    FILE *f = fopen(path, "re");
    bool got = f && fgets(text, sizeof text, f);
    if (f)
        (void)fclose(f);
    return got && strcmp(text, mine) == 0;
}

/* Loop devices made of this target, or of what it is made of. */
static yj_status look_at_loops(const yj_target *t, yj_error *err)
{
    yj_names names = { 0 };
    char folder[YJ_TARGET_PATH_MAX];
    snprintf(folder, sizeof folder, "%s/block", t->o.sys);
    if (!yj_path_is_dir(folder))
        return YJ_OK;
    YJ_TRY(yj_dir_list(folder, &names, err));
    yj_status s = YJ_OK;
    for (size_t i = 0; i < names.count && s == YJ_OK; i++) {
        char path[YJ_TARGET_PATH_MAX + 300], below[YJ_TARGET_PATH_MAX] = "";
        struct stat st;
        snprintf(path, sizeof path, "%s/%s/loop/backing_file", folder, names.name[i]);
        FILE *f = fopen(path, "re");
        if (!f)
            continue;
        bool got = fgets(below, sizeof below, f) != NULL;
        (void)fclose(f);
        below[strcspn(below, "\n")] = '\0';
        if (got && stat(below, &st) == 0 && on_target(t, names.name[i], &st))
            s = yj_fail(err, YJ_E_CONFLICT, "other devices are made of it: an array, a volume, a mapping");
    }
    yj_names_free(&names);
    return s;
}

static yj_status file_allowed(const yj_target *t, yj_error *err)
{
    if (is_own(t, t->path))
        return yj_fail(err, YJ_E_CONFLICT, "it holds the server's own data");
    char path[YJ_TARGET_PATH_MAX], line[YJ_TARGET_PATH_MAX];
    struct stat st;
    for (int i = 0; i < YJ_TARGET_OWN_MAX && t->o.own[i]; i++) /* another name of it may lie there */
        if (t->st.st_nlink > 1 && stat(t->o.own[i], &st) == 0 && st.st_dev == t->st.st_dev)
            return yj_fail(err, YJ_E_CONFLICT, "it holds the server's own data");
    snprintf(path, sizeof path, "%s/swaps", t->o.proc);
    FILE *f = fopen(path, "re");
    bool swap = false;
    while (f && fgets(line, sizeof line, f)) {
        line[strcspn(line, " \t\n")] = '\0';
        swap = swap || (line[0] == '/' && stat(line, &st) == 0 && same_file(&st, &t->st));
    }
    if (f)
        (void)fclose(f);
    if (swap)
        return yj_fail(err, YJ_E_CONFLICT, "it is used for swap, or a part of it is");
    return look_at_loops(t, err);
}

static yj_status space_allowed(const yj_target *t, yj_error *err)
{
    struct stat st;
    bool own = is_own(t, t->path);
    for (int i = 0; i < YJ_TARGET_OWN_MAX && t->o.own[i]; i++)
        own = own || (stat(t->o.own[i], &st) == 0 && st.st_dev == t->st.st_dev);
    return own ? yj_fail(err, YJ_E_CONFLICT, "it holds the server's own data") : YJ_OK;
}

static yj_status read_for_member(const yj_target *t, uint8_t *ret, size_t want, int64_t at, size_t *ret_len,
                                 yj_error *err)
{
    size_t len = 0;
    while (len < want) {
        ssize_t n = pread(t->fd, ret + len, want - len, (off_t)(at + (int64_t)len));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return yj_fail_sys(err, YJ_E_IO, "it cannot be read, so nobody knows whether an array needs it");
        if (n == 0)
            break;
        len += (size_t)n;
    }
    *ret_len = len;
    return YJ_OK;
}

/* Of the disk or one of its parts: both ends.
 * @param bytes YJ_MEMBER_BYTES */
static yj_status no_member_at(const yj_target *t, int64_t at, int64_t size, uint8_t *bytes, yj_error *err)
{
    size_t len = 0, most = size < (int64_t)YJ_MEMBER_BYTES ? (size_t)size : YJ_MEMBER_BYTES;
    YJ_TRY(read_for_member(t, bytes, most, at, &len, err));
    const char *of = yj_member_of(bytes, len);
    if (!of) {
        YJ_TRY(read_for_member(t, bytes, most, at + size - (int64_t)most, &len, err));
        of = len == most ? yj_member_by_end(bytes, len, (uint64_t)size) : NULL;
    }
    return of ? yj_fail(err, YJ_E_CONFLICT, "it is a member of an array or a volume group: %s", of) : YJ_OK;
}

/* A number that stands in a file of one line; false if there is none. */
static bool number_in(const char *folder, const char *part, const char *name, int64_t *ret)
{
    char path[YJ_TARGET_PATH_MAX + 300], text[32];
    snprintf(path, sizeof path, "%s/%s/%s", folder, part, name);
    FILE *f = fopen(path, "re");
    bool got = f && fgets(text, sizeof text, f);
    if (f)
        (void)fclose(f);
    text[got ? strcspn(text, "\n") : 0] = '\0';
    return got && yj_span_i64(yj_span_of(text), ret);
}

/* Members lie on the disk or on one of its parts. */
static yj_status no_member(const yj_target *t, uint8_t *bytes, yj_error *err)
{
    char folder[YJ_TARGET_PATH_MAX];
    yj_names names = { 0 };
    off_t size = lseek(t->fd, 0, SEEK_END);
    if (size < 0)
        return yj_fail_sys(err, YJ_E_IO, "it cannot be read, so nobody knows whether an array needs it");
    YJ_TRY(no_member_at(t, 0, size, bytes, err));
    snprintf(folder, sizeof folder, "%s/dev/block/%u:%u", t->o.sys, gnu_dev_major(t->st.st_rdev),
             gnu_dev_minor(t->st.st_rdev));
    YJ_TRY(yj_dir_list(folder, &names, err));
    yj_status s = YJ_OK;
    for (size_t i = 0; i < names.count && s == YJ_OK; i++) {
        int64_t start = 0, sectors = 0; /* of 512 bytes, whatever the device's own are */
        if (number_in(folder, names.name[i], "start", &start) && start > 0 && start <= size / 512 &&
            number_in(folder, names.name[i], "size", &sectors) && sectors > 0 &&
            sectors <= size / 512 - start)
            s = no_member_at(t, start * 512, sectors * 512, bytes, err);
    }
    yj_names_free(&names);
    return s;
}

static yj_status device_allowed(const yj_target *t, yj_error *err)
{
    char below[YJ_TARGET_PATH_MAX];
    struct stat st;
    int read_only = 0;
    YJ_TRY(yj_device_unused(t->o.sys, t->o.proc, gnu_dev_major(t->st.st_rdev), gnu_dev_minor(t->st.st_rdev),
                            err));
    if (ioctl(t->fd, BLKROGET, &read_only) == 0 && read_only)
        return yj_fail(err, YJ_E_CONFLICT, "it is read-only");
    YJ_TRY(look_at_loops(t, err));
    if (attribute(t, "loop/backing_file", below, sizeof below) && stat(below, &st) == 0 &&
        S_ISBLK(st.st_mode))
        return yj_fail(err, YJ_E_CONFLICT, "it is made of other devices; those are wiped");
    if (attribute(t, "loop/backing_file", below, sizeof below) && is_own(t, below))
        return yj_fail(err, YJ_E_CONFLICT, "it holds the server's own data");
    for (int i = 0; i < YJ_TARGET_OWN_MAX && t->o.own[i]; i++)
        if (stat(t->o.own[i], &st) == 0 && st.st_dev == t->st.st_rdev)
            return yj_fail(err, YJ_E_CONFLICT, "it holds the server's own data");
    uint8_t *bytes = aligned_alloc(YJ_PASS_GRAIN, YJ_MEMBER_BYTES);
    yj_status s = bytes ? no_member(t, bytes, err) : yj_fail(err, YJ_E_NOMEM, "out of memory");
    free(bytes);
    return s;
}

static yj_status allowed(void *self, yj_error *err)
{
    const yj_target *t = self;
    if (S_ISBLK(t->st.st_mode))
        return device_allowed(t, err);
    return t->medium == YJ_MEDIUM_SPACE ? space_allowed(t, err) : file_allowed(t, err);
}

/* --- bytes ------------------------------------------------------------------------------------ */

/* Around the page cache wherever place and length allow it. */
static void go_direct(yj_target *t, size_t len, uint64_t at)
{
    bool wanted = ((at | len) % YJ_PASS_GRAIN) == 0;
    if (!t->direct)
        return;
    int flags = fcntl(t->fd, F_GETFL);
    if (flags >= 0 && ((flags & O_DIRECT) != 0) != wanted)
        (void)fcntl(t->fd, F_SETFL, wanted ? flags | O_DIRECT : flags & ~O_DIRECT);
}

static int64_t read_at(void *self, void *ret, size_t len, uint64_t at)
{
    yj_target *t = self;
    go_direct(t, len, at);
    return pread(t->fd, ret, len, (off_t)at);
}

static int64_t write_at(void *self, const void *bytes, size_t len, uint64_t at)
{
    yj_target *t = self;
    go_direct(t, len, at);
    return pwrite(t->fd, bytes, len, (off_t)at);
}

static int sync_all(void *self)
{
    yj_target *t = self;
    if (fdatasync(t->fd) != 0)
        return -1;
    if (S_ISBLK(t->st.st_mode) && t->direct)
        (void)ioctl(t->fd, BLKFLSBUF);
    (void)posix_fadvise(t->fd, 0, 0, POSIX_FADV_DONTNEED);
    return 0;
}

static yj_status command(void *self, yj_wipe_method m, yj_error *err)
{
    yj_target *t = self;
    yj_disk_id id;
    YJ_TRY(identify(t, &id, err));
    return yj_device_command(t->fd, m, id.bytes, err);
}

static yj_status status(void *self, yj_wipe_method m, yj_disk_status *ret, yj_error *err)
{
    return yj_device_status(((yj_target *)self)->fd, m, ret, err);
}

static void pause_between(void *self)
{
    const struct timespec wait = { .tv_sec = 2 };
    (void)nanosleep(&wait, NULL);
}

static const yj_disk_ops ops = { identify, allowed, read_at, write_at,
                                 sync_all, command, status,  pause_between };

yj_disk yj_target_disk(yj_target *t)
{
    return (yj_disk){ &ops, t };
}

/* --- opening ---------------------------------------------------------------------------------- */

static yj_status open_node(yj_target *t, int flags, yj_error *err)
{
    int mode = (t->look_only ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK | flags;
    t->fd = open(t->path, mode | O_DIRECT);
    t->direct = t->fd >= 0;
    if (t->fd < 0 && errno == EINVAL) /* memory file systems */
        t->fd = open(t->path, mode);
    if (t->fd < 0 && errno == EBUSY)
        return yj_fail(err, YJ_E_CONFLICT, "it is in use: mounted, or opened for itself by another program");
    if (t->fd < 0)
        return yj_fail_sys(err, yj_file_status(errno), "%s cannot be opened", t->path);
    if (flock(t->fd, (t->look_only ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0)
        return yj_fail(err, YJ_E_CONFLICT, "it is in use: mounted, or opened for itself by another program");
    return YJ_OK;
}

/* All that is free becomes one file without a name, so it is written over like any other; when it is closed
 * the space is free again. */
static yj_status reserve(yj_target *t, yj_error *err)
{
    struct statvfs fs;
    t->fd = open(t->path, O_TMPFILE | O_RDWR | O_CLOEXEC | O_DIRECT, 0600);
    t->direct = t->fd >= 0;
    if (t->fd < 0 && errno == EINVAL)
        t->fd = open(t->path, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (t->fd < 0)
        return yj_fail_sys(err, yj_file_status(errno), "%s cannot be opened", t->path);
    if (fstatvfs(t->fd, &fs) != 0)
        return yj_fail_sys(err, YJ_E_IO, "%s cannot be examined", t->path);
    if (t->look_only) {
        t->reserved = (uint64_t)fs.f_bfree * fs.f_frsize;
        return YJ_OK;
    }
    off_t at = 0;
    for (off_t step = RESERVE_BYTES; step >= YJ_PASS_GRAIN;) {
        if (fallocate(t->fd, 0, at, step) == 0) {
            at += step;
            continue;
        }
        if (errno == EINTR)
            continue;
        if (errno != ENOSPC && errno != EFBIG && errno != EDQUOT)
            return yj_fail_sys(err, YJ_E_IO, "the file system does not let its free space be reserved");
        if (errno == EDQUOT)
            return yj_fail_sys(err, YJ_E_IO, "not all free space can be reserved");
        step /= 2;
    }
    if (fstat(t->fd, &t->st) != 0 || ftruncate(t->fd, at) != 0)
        return yj_fail_sys(err, YJ_E_IO, "the file system does not let its free space be reserved");
    if (fstatvfs(t->fd, &fs) != 0 || fs.f_bfree > LEFT_BLOCKS_MAX)
        return yj_fail(
            err, YJ_E_IO,
            "not all free space can be reserved: %llu bytes are left out (ext4: reserved_clusters)",
            (unsigned long long)fs.f_bfree * fs.f_frsize);
    t->reserved = (uint64_t)at;
    return YJ_OK;
}

static yj_status luks_too(yj_target *t, yj_error *err)
{
    uint8_t *head = aligned_alloc(YJ_PASS_GRAIN, HEAD_BYTES);
    if (!head)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    int64_t n = read_at(t, head, HEAD_BYTES, 0);
    if (n > 0 && yj_luks_keys_bytes(head, (size_t)n))
        t->device_can |= BIT(LUKS_KEYS);
    free(head);
    return YJ_OK;
}

static yj_status open_any(yj_target *t, yj_error *err)
{
    if (lstat(t->path, &t->st) != 0)
        return yj_fail_sys(err, yj_file_status(errno), "%s cannot be examined", t->path);
    if (S_ISLNK(t->st.st_mode))
        return yj_fail(err, YJ_E_CONFLICT, "%s is a link; name what it leads to", t->path);
    if (S_ISDIR(t->st.st_mode)) {
        t->medium = YJ_MEDIUM_SPACE;
        YJ_TRY(space_allowed(t, err));
        return reserve(t, err);
    }
    if (!S_ISREG(t->st.st_mode) && !S_ISBLK(t->st.st_mode))
        return yj_fail(err, YJ_E_CONFLICT, "%s is no file, no folder and no disk", t->path);
    struct stat opened;
    /* Asked before it is opened for itself alone: so the reason is told, and not only that it is busy. */
    if (S_ISBLK(t->st.st_mode))
        YJ_TRY(yj_device_unused(t->o.sys, t->o.proc, gnu_dev_major(t->st.st_rdev),
                                gnu_dev_minor(t->st.st_rdev), err));
    YJ_TRY(open_node(t, S_ISBLK(t->st.st_mode) ? O_EXCL : 0, err));
    if (fstat(t->fd, &opened) != 0 || !same_file(&opened, &t->st) || opened.st_mode != t->st.st_mode ||
        opened.st_rdev != t->st.st_rdev)
        return yj_fail(err, YJ_E_CONFLICT, "%s leads to something else than before", t->path);
    t->medium = S_ISBLK(t->st.st_mode) ? medium_of(t) : YJ_MEDIUM_FILE;
    if (!S_ISBLK(t->st.st_mode))
        return YJ_OK;
    t->device_can = yj_device_can(t->fd, t->medium);
    return luks_too(t, err);
}

yj_status yj_target_open(const char *path, const yj_target_options *o, yj_target **ret, yj_error *err)
{
    yj_auto(yj_target_closep) yj_target *t = calloc(1, sizeof *t);
    if (!t)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    t->fd = -1;
    t->o = *o;
    t->look_only = o->look_only;
    if (strlen(path) > YJ_TARGET_PATH_MAX)
        return yj_fail(err, YJ_E_LIMIT, "a path is longer than %d bytes", YJ_TARGET_PATH_MAX);
    snprintf(t->path, sizeof t->path, "%s", path);
    YJ_TRY(open_any(t, err));
    *ret = yj_take(t);
    return YJ_OK;
}

void yj_target_close(yj_target *t)
{
    if (t->fd >= 0)
        close(t->fd);
    free(t);
}
