// SPDX-License-Identifier: Apache-2.0
/**
 * Commands by which devices erase themselves, through the kernel's interfaces: ATA security erase by SG_IO
 * (ATA Command Set ACS-3, 7.50; T10 SAT-3 ATA PASS-THROUGH 16), format and sanitize of NVMe by its admin
 * ioctl (NVM Express Base 2.0, 5.14, 5.24, log page 81h), discards by the block layer. What devices answer is
 * taken apart by functions of their own, without a device.
 */
#ifndef YJ_INSTRUMENT_WIPE_DEVICE_H
#define YJ_INSTRUMENT_WIPE_DEVICE_H

#include "instrument/wipe/disk.h"

#define YJ_ATA_IDENTIFY_LEN 512
#define YJ_NVME_IDENTIFY_LEN 4096
#define YJ_NVME_SANITIZE_LOG_LEN 20

/* Set on an ATA disk before its erasure, which takes it away again. It protects nothing: who finds a disk
 * locked after a power cut unlocks it with this. */
#define YJ_ATA_PASSWORD "yunjian"

/** Methods that an IDENTIFY DEVICE answer offers; none while its security is frozen, locked or enabled. */
unsigned yj_ata_can(const uint8_t id[static YJ_ATA_IDENTIFY_LEN]);
/** Whether the erasure is over, by the security word: complete only if security is no longer enabled. */
void yj_ata_status(const uint8_t id[static YJ_ATA_IDENTIFY_LEN], yj_disk_status *ret);
/** Methods that an Identify Controller answer offers. */
unsigned yj_nvme_can(const uint8_t id[static YJ_NVME_IDENTIFY_LEN]);
/** The sanitize log page. An operation of another kind than `m` counts as none. */
void yj_nvme_status(const uint8_t log[static YJ_NVME_SANITIZE_LOG_LEN], yj_wipe_method m,
                    yj_disk_status *ret);
/** The format progress indicator of an Identify Namespace answer. */
void yj_nvme_format_status(const uint8_t id[static YJ_NVME_IDENTIFY_LEN], yj_disk_status *ret);

/** What the device behind `fd` can do, asked of itself; 0 where it does not answer. */
unsigned yj_device_can(int fd, yj_medium medium);
yj_status yj_device_command(int fd, yj_wipe_method m, uint64_t bytes, yj_error *err) yj_nodiscard;
yj_status yj_device_status(int fd, yj_wipe_method m, yj_disk_status *ret, yj_error *err) yj_nodiscard;

#endif
