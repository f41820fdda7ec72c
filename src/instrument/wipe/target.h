// SPDX-License-Identifier: Apache-2.0
/**
 * What is to be wiped, on Linux: a file, the free space of the file system that holds a folder, a whole disk
 * or a loop device. Knows what it is, and refuses what is in use. Everything is reached through one
 * descriptor; a name that leads elsewhere since is noticed.
 */
#ifndef YJ_INSTRUMENT_WIPE_TARGET_H
#define YJ_INSTRUMENT_WIPE_TARGET_H

#include "instrument/wipe/disk.h"

#define YJ_TARGET_PATH_MAX 4096
#define YJ_TARGET_OWN_MAX 4

typedef struct yj_target_options {
    const char *sys, *proc;             /* "/sys", "/proc"; tests have others */
    const char *own[YJ_TARGET_OWN_MAX]; /* files and folders of the server; NULL ends */
    bool look_only;                     /* nothing is reserved, nothing will be written */
} yj_target_options;

typedef struct yj_target yj_target;

/** YJ_E_NOT_FOUND, YJ_E_IO, YJ_E_CONFLICT (a link, a partition, nothing of these kinds, in use).
 * Free space is reserved now, unless it is only looked at. */
yj_status yj_target_open(const char *path, const yj_target_options *o, yj_target **ret,
                         yj_error *err) yj_nodiscard;
void yj_target_close(yj_target *t);
YJ_DEFINE_CLEANUP(yj_target, yj_target_close)
/** Good until it is closed. */
yj_disk yj_target_disk(yj_target *t);
/** Is a block device used by anybody, or the same medium by another path (its world wide name)? YJ_E_CONFLICT
 * with the reason. Reads names only. */
yj_status yj_device_unused(const char *sys, const char *proc, unsigned major, unsigned minor,
                           yj_error *err) yj_nodiscard;
/* Read at each end of a device: all that both know stands in it. */
#define YJ_MEMBER_BYTES ((size_t)1 << 20)
/** Whether a beginning of a device (YJ_MEMBER_BYTES, or all of it) is that of a member of an array or a
 * volume group: LVM, MD 1.1 and 1.2, btrfs of several devices, bcache, Ceph, ZFS. NULL, or of what. */
const char *yj_member_of(const uint8_t *head, size_t len);
/** The same by the last `len` bytes of a device of `size` bytes: MD 0.90 and 1.0, DDF, Intel RST, ZFS.
 * (MD: the kernel's md_p.h; SNIA DDF 2.0, 4.1; ZFS on-disk specification, 1.2.) */
const char *yj_member_by_end(const uint8_t *tail, size_t len, uint64_t size);
/** Length of header and key slots of a LUKS volume, by its first 64 KiB or more: all before the data.
 * (LUKS 1 on-disk format 1.2.3; LUKS 2 on-disk format 1.1.3.) 0 if it is none, or its header lies elsewhere.
 */
uint64_t yj_luks_keys_bytes(const uint8_t *head, size_t len);
/** The same of a medium that is read for it. YJ_E_CONFLICT if it is none; YJ_E_NOMEM */
yj_status yj_luks_keys_of(const yj_disk *d, uint64_t *ret, yj_error *err) yj_nodiscard;

#endif
