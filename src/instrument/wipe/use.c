// SPDX-License-Identifier: Apache-2.0
/* Who uses a block device: mounts, swap, and devices made of it. */
#include "base/file.h"
#include "instrument/wipe/target.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define TABLE_BYTES_MAX ((size_t)16 << 20)
#define DEPTH_MAX 8

typedef struct looker {
    const char *sys;
    yj_buf mounts, swaps;
} looker;

static yj_status read_table(const char *proc, const char *name, bool needed, yj_buf *out, yj_error *err)
{
    char path[YJ_TARGET_PATH_MAX];
    char bytes[65536];
    snprintf(path, sizeof path, "%s/%s", proc, name);
    FILE *f = fopen(path, "re");
    if (!f)
        return errno == ENOENT && !needed ? YJ_OK : yj_fail_sys(err, YJ_E_IO, "%s cannot be read", path);
    for (size_t n; (n = fread(bytes, 1, sizeof bytes, f)) > 0;)
        yj_buf_add(out, bytes, n);
    bool bad = ferror(f) != 0;
    (void)fclose(f);
    if (bad)
        return yj_fail(err, YJ_E_IO, "%s cannot be read", path);
    return yj_buf_status(out, err);
}

/* The word `n` of a line; words are divided by blanks. */
static yj_span word_of(yj_span line, unsigned n)
{
    const char *p = line.ptr, *end = line.ptr + line.len;
    for (;; n--) {
        while (p < end && (*p == ' ' || *p == '\t'))
            p++;
        const char *q = p;
        while (q < end && *q != ' ' && *q != '\t')
            q++;
        if (n == 0 || q == end)
            return n == 0 ? (yj_span){ p, (size_t)(q - p) } : (yj_span){ p, 0 };
        p = q;
    }
}

static bool is_device(yj_span name, unsigned major, unsigned minor)
{
    char path[512];
    struct stat st;
    if (name.len == 0 || name.len >= sizeof path || name.ptr[0] != '/')
        return false;
    snprintf(path, sizeof path, "%.*s", (int)name.len, name.ptr);
    return stat(path, &st) == 0 && S_ISBLK(st.st_mode) && gnu_dev_major(st.st_rdev) == major &&
           gnu_dev_minor(st.st_rdev) == minor;
}

static bool in_table(const yj_buf *table, unsigned number_word, unsigned name_word, unsigned major,
                     unsigned minor)
{
    char number[32];
    snprintf(number, sizeof number, "%u:%u", major, minor);
    const char *p = table->ptr, *end = p ? p + table->len : p;
    while (p && p < end) {
        const char *nl = memchr(p, '\n', (size_t)(end - p));
        yj_span line = { p, (size_t)((nl ? nl : end) - p) };
        if (yj_span_is(word_of(line, number_word), number))
            return true;
        for (unsigned w = name_word; w < name_word + 6; w++) /* optional fields stand before the source */
            if (is_device(word_of(line, w), major, minor))
                return true;
        p = nl ? nl + 1 : end;
    }
    return false;
}

static yj_status numbers_of(const char *folder, unsigned *major, unsigned *minor, yj_error *err)
{
    char path[YJ_TARGET_PATH_MAX + 8];
    char text[64] = "";
    snprintf(path, sizeof path, "%s/dev", folder);
    FILE *f = fopen(path, "re");
    bool got = f && fgets(text, sizeof text, f);
    if (f)
        (void)fclose(f);
    char *colon = strchr(text, ':');
    int64_t a = 0, b = 0;
    text[strcspn(text, "\n")] = '\0';
    if (!got || !colon || !yj_span_i64((yj_span){ text, (size_t)(colon - text) }, &a) ||
        !yj_span_i64(yj_span_of(colon + 1), &b) || a < 0 || b < 0)
        return yj_fail(err, YJ_E_IO, "%s cannot be read", path);
    *major = (unsigned)a;
    *minor = (unsigned)b;
    return YJ_OK;
}

static yj_status is_empty(const char *folder, const char *name, bool *ret, yj_error *err)
{
    char path[YJ_TARGET_PATH_MAX];
    yj_names names = { 0 };
    snprintf(path, sizeof path, "%s/%s", folder, name);
    *ret = true;
    if (!yj_path_is_dir(path))
        return YJ_OK;
    YJ_TRY(yj_dir_list(path, &names, err));
    *ret = names.count == 0;
    yj_names_free(&names);
    return YJ_OK;
}

/* One device or partition, and what is made of it. */
static yj_status look_at(const looker *l, const char *folder, unsigned major, unsigned minor, yj_error *err)
{
    bool none = true;
    if (in_table(&l->mounts, 2, 6, major, minor))
        return yj_fail(err, YJ_E_CONFLICT, "it is mounted, or a part of it is");
    if (in_table(&l->swaps, 0, 0, major, minor))
        return yj_fail(err, YJ_E_CONFLICT, "it is used for swap, or a part of it is");
    YJ_TRY(is_empty(folder, "holders", &none, err));
    if (!none)
        return yj_fail(err, YJ_E_CONFLICT, "other devices are made of it: an array, a volume, a mapping");
    return YJ_OK;
}

static yj_status look_at_parts(const looker *l, const char *folder, yj_error *err)
{
    yj_names names = { 0 };
    YJ_TRY(yj_dir_list(folder, &names, err));
    yj_status s = YJ_OK;
    for (size_t i = 0; i < names.count && s == YJ_OK; i++) {
        char part[YJ_TARGET_PATH_MAX], mark[YJ_TARGET_PATH_MAX + 16];
        unsigned major = 0, minor = 0;
        if (snprintf(part, sizeof part, "%s/%s", folder, names.name[i]) >= (int)sizeof part)
            continue;
        snprintf(mark, sizeof mark, "%s/partition", part);
        if (!yj_path_exists(mark))
            continue;
        s = numbers_of(part, &major, &minor, err);
        if (s == YJ_OK)
            s = look_at(l, part, major, minor, err);
    }
    yj_names_free(&names);
    return s;
}

static yj_status look(const looker *l, unsigned major, unsigned minor, yj_error *err)
{
    char folder[YJ_TARGET_PATH_MAX], path[YJ_TARGET_PATH_MAX + 16];
    bool none = true;
    snprintf(folder, sizeof folder, "%s/dev/block/%u:%u", l->sys, major, minor);
    if (!yj_path_is_dir(folder))
        return yj_fail(err, YJ_E_CONFLICT, "the system knows nothing of this device");
    snprintf(path, sizeof path, "%s/partition", folder);
    if (yj_path_exists(path))
        return yj_fail(err, YJ_E_CONFLICT, "it is a partition; whole disks are wiped");
    YJ_TRY(is_empty(folder, "slaves", &none, err));
    if (!none)
        return yj_fail(err, YJ_E_CONFLICT, "it is made of other devices; those are wiped");
    YJ_TRY(look_at(l, folder, major, minor, err));
    return look_at_parts(l, folder, err);
}

/* A name that the medium itself gives, wherever it is reached. */
static bool world_wide_name(const char *folder, char *ret, size_t cap)
{
    static const char *const names[] = { "wwid", "device/wwid" }; /* NVMe; SCSI and what speaks it */
    ret[0] = '\0';
    for (size_t i = 0; i < YJ_COUNT(names) && !ret[0]; i++) {
        char path[YJ_TARGET_PATH_MAX + 32];
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        FILE *f = fopen(path, "re");
        if (!f)
            continue;
        if (!fgets(ret, (int)cap, f))
            ret[0] = '\0';
        (void)fclose(f);
        ret[strcspn(ret, "\n")] = '\0';
    }
    return ret[0] != '\0';
}

/* A disk reached by two cables is two devices; which of them somebody mounted makes no difference to the
 * disk. */
static yj_status look_by_other_paths(const looker *l, unsigned major, unsigned minor, yj_error *err)
{
    char folder[YJ_TARGET_PATH_MAX], mine[256], its[256];
    yj_names names = { 0 };
    snprintf(folder, sizeof folder, "%s/dev/block/%u:%u", l->sys, major, minor);
    if (!world_wide_name(folder, mine, sizeof mine))
        return YJ_OK;
    snprintf(folder, sizeof folder, "%s/block", l->sys);
    if (!yj_path_is_dir(folder))
        return YJ_OK;
    YJ_TRY(yj_dir_list(folder, &names, err));
    yj_status s = YJ_OK;
    for (size_t i = 0; i < names.count && s == YJ_OK; i++) {
        unsigned a = 0, b = 0;
        if (snprintf(folder, sizeof folder, "%s/block/%s", l->sys, names.name[i]) >= (int)sizeof folder ||
            !world_wide_name(folder, its, sizeof its) || strcmp(mine, its) != 0)
            continue;
        s = numbers_of(folder, &a, &b, err);
        if (s == YJ_OK && (a != major || b != minor) && look(l, a, b, err) != YJ_OK)
            s = yj_fail(err, YJ_E_CONFLICT, "%s is the same medium by another path, and is in use",
                        names.name[i]);
    }
    yj_names_free(&names);
    return s;
}

yj_status yj_device_unused(const char *sys, const char *proc, unsigned major, unsigned minor, yj_error *err)
{
    looker l = { .sys = sys };
    yj_buf_init(&l.mounts, TABLE_BYTES_MAX);
    yj_buf_init(&l.swaps, TABLE_BYTES_MAX);
    yj_status s = read_table(proc, "self/mountinfo", true, &l.mounts, err);
    if (s == YJ_OK)
        s = read_table(proc, "swaps", false, &l.swaps, err);
    if (s == YJ_OK)
        s = look(&l, major, minor, err);
    if (s == YJ_OK)
        s = look_by_other_paths(&l, major, minor, err);
    yj_buf_done(&l.mounts);
    yj_buf_done(&l.swaps);
    return s;
}
