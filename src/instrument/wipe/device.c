// SPDX-License-Identifier: Apache-2.0
#include "instrument/wipe/device.h"
#include <errno.h>
#include <linux/fs.h>
#include <linux/nvme_ioctl.h>
#include <scsi/sg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#define BIT(m) (1U << YJ_METHOD_##m)

static unsigned word(const uint8_t *id, unsigned n)
{
    return (unsigned)id[2 * n] | (unsigned)id[2 * n + 1] << 8;
}

static void hex_of(const uint8_t *p, size_t len, char *ret, size_t cap)
{
    for (size_t i = 0; i < len && 2 * i + 3 <= cap; i++)
        snprintf(ret + 2 * i, cap - 2 * i, "%02x", p[i]);
}

/* --- ATA -------------------------------------------------------------------------------------- */

#define ATA_SECURITY 128U /* word; bit 0 supported, 1 enabled, 2 locked, 3 frozen, 4 expired, 5 enhanced */

unsigned yj_ata_can(const uint8_t id[static YJ_ATA_IDENTIFY_LEN])
{
    unsigned w = word(id, ATA_SECURITY);
    if ((w & 0x1U) == 0 || (w & 0x1eU) != 0)
        return 0;
    return BIT(ATA_ERASE) | (w & 0x20U ? BIT(ATA_ENHANCED) : 0);
}

void yj_ata_status(const uint8_t id[static YJ_ATA_IDENTIFY_LEN], yj_disk_status *ret)
{
    unsigned w = word(id, ATA_SECURITY);
    *ret = (yj_disk_status){ .state = (w & 0x1U) && !(w & 0x16U) ? YJ_DISK_COMPLETE : YJ_DISK_FAILED,
                             .progress = 65535 };
    hex_of(id + (size_t)2 * ATA_SECURITY, 2, ret->raw, sizeof ret->raw);
}

typedef enum direction { NO_DATA, FROM_DEVICE, TO_DEVICE } direction;

static yj_status ata(int fd, uint8_t command, direction way, uint8_t *data, unsigned timeout_ms,
                     yj_error *err)
{
    uint8_t sense[64] = { 0 };
    uint8_t cdb[16] = { 0x85 }; /* ATA PASS-THROUGH (16) */
    cdb[1] = way == NO_DATA ? 3 << 1 : way == FROM_DEVICE ? 4 << 1 : 5 << 1;
    cdb[2] = way == NO_DATA ? 0x20 : way == FROM_DEVICE ? 0x0e : 0x06; /* 0x20: answer with the registers */
    cdb[6] = way == NO_DATA ? 0 : 1;
    cdb[14] = command;
    struct sg_io_hdr io = { .interface_id = 'S',
                            .cmdp = cdb,
                            .cmd_len = sizeof cdb,
                            .sbp = sense,
                            .mx_sb_len = sizeof sense,
                            .dxferp = data,
                            .dxfer_len = way == NO_DATA ? 0 : 512,
                            .dxfer_direction = way == NO_DATA       ? SG_DXFER_NONE
                                               : way == FROM_DEVICE ? SG_DXFER_FROM_DEV
                                                                    : SG_DXFER_TO_DEV,
                            .timeout = timeout_ms };
    if (ioctl(fd, SG_IO, &io) != 0)
        return yj_fail_sys(err, YJ_E_IO, "the device does not take ATA commands");
    /* with the registers in the sense data: descriptor 09h, whose status byte has bit 0 for an error */
    bool registers = sense[0] == 0x72 && sense[8] == 0x09;
    if (io.host_status || (io.driver_status & 0x07) || (registers && (sense[21] & 0x21)) ||
        (io.status != 0 && !registers))
        return yj_fail(err, YJ_E_IO, "the device refused the ATA command %02xh", command);
    return YJ_OK;
}

static yj_status ata_identify(int fd, uint8_t id[static YJ_ATA_IDENTIFY_LEN], yj_error *err)
{
    return ata(fd, 0xec, FROM_DEVICE, id, 15000, err);
}

static yj_status ata_erase(int fd, bool enhanced, yj_error *err)
{
    uint8_t id[YJ_ATA_IDENTIFY_LEN] = { 0 };
    uint8_t data[512] = { 0 };
    YJ_TRY(ata_identify(fd, id, err));
    if (!(yj_ata_can(id) & (enhanced ? BIT(ATA_ENHANCED) : BIT(ATA_ERASE))))
        return yj_fail(err, YJ_E_CONFLICT,
                       "the disk offers no such erasure, or its security is frozen or on");
    /* how long it says that it takes, in two minutes; twice that, between two hours and a week: a command
     * that is given up leaves the disk locked */
    unsigned raw = word(id, enhanced ? 90 : 89);
    bool wide = raw & 0x8000U; /* ACS-3: 15 bits */
    unsigned said = raw & (wide ? 0x7fffU : 0xffU), most = 7U * 24 * 60;
    unsigned minutes = said == 0 || (!wide && said == 255) || said * 4 > most ? most
                       : said * 4 < 120                                       ? 120
                                                                              : said * 4;
    memcpy(data + 2, YJ_ATA_PASSWORD, sizeof YJ_ATA_PASSWORD - 1);
    YJ_TRY(ata(fd, 0xf1, TO_DEVICE, data, 15000, err)); /* SECURITY SET PASSWORD, of the user */
    YJ_TRY(ata(fd, 0xf3, NO_DATA, NULL, 15000, err));   /* SECURITY ERASE PREPARE */
    data[0] = enhanced ? 2 : 0;
    return ata(fd, 0xf4, TO_DEVICE, data, minutes * 60000U, err); /* SECURITY ERASE UNIT */
}

/* --- NVMe ------------------------------------------------------------------------------------- */

unsigned yj_nvme_can(const uint8_t id[static YJ_NVME_IDENTIFY_LEN])
{
    return ((id[256] & 0x02) ? BIT(NVME_FORMAT) : 0) |                                           /* OACS */
           ((id[328] & 0x01) ? BIT(NVME_CRYPTO) : 0) | ((id[328] & 0x02) ? BIT(NVME_BLOCK) : 0); /* SANICAP */
}

#define SANITIZE_BLOCK 2U
#define SANITIZE_CRYPTO 4U

void yj_nvme_status(const uint8_t log[static YJ_NVME_SANITIZE_LOG_LEN], yj_wipe_method m, yj_disk_status *ret)
{
    unsigned action = m == YJ_METHOD_NVME_CRYPTO ? SANITIZE_CRYPTO : SANITIZE_BLOCK;
    *ret = (yj_disk_status){ .progress = word(log, 0) };
    hex_of(log, YJ_NVME_SANITIZE_LOG_LEN, ret->raw, sizeof ret->raw);
    bool ours = (log[4] & 7U) == action; /* SCDW10 repeats the command */
    switch (word(log, 1) & 7U) {
    case 1: /* complete */
    case 4: /* complete, deallocated all the same */
        ret->state = ours ? YJ_DISK_COMPLETE : YJ_DISK_NEVER;
        break;
    case 2:
        ret->state = YJ_DISK_RUNNING;
        break;
    case 0:
        ret->state = YJ_DISK_NEVER;
        break;
    default: /* 3 failed; others are not defined, and not believed */
        ret->state = YJ_DISK_FAILED;
        break;
    }
}

void yj_nvme_format_status(const uint8_t id[static YJ_NVME_IDENTIFY_LEN], yj_disk_status *ret)
{
    unsigned left = id[32] & 0x80 ? id[32] & 0x7fU : 0;
    *ret = (yj_disk_status){ .state = left ? YJ_DISK_RUNNING : YJ_DISK_COMPLETE,
                             .progress = (100U - (left > 100 ? 100 : left)) * 65535U / 100U };
    hex_of(id + 32, 1, ret->raw, sizeof ret->raw);
}

static yj_status nvme(int fd, struct nvme_admin_cmd *c, yj_error *err)
{
    int rc = ioctl(fd, NVME_IOCTL_ADMIN_CMD, c);
    if (rc < 0)
        return yj_fail_sys(err, YJ_E_IO, "the device does not take NVMe commands");
    return rc == 0 ? YJ_OK
                   : yj_fail(err, YJ_E_IO, "the device refused the NVMe command %02xh: status %xh", c->opcode,
                             (unsigned)rc);
}

static yj_status nvme_identify(int fd, unsigned what, uint8_t *ret, yj_error *err)
{
    int nsid = what == 0 ? ioctl(fd, NVME_IOCTL_ID) : 0;
    if (nsid < 0)
        return yj_fail_sys(err, YJ_E_IO, "the device does not take NVMe commands");
    struct nvme_admin_cmd c = { .opcode = 0x06,
                                .nsid = (uint32_t)nsid,
                                .addr = (uint64_t)(uintptr_t)ret,
                                .data_len = YJ_NVME_IDENTIFY_LEN,
                                .cdw10 = what };
    return nvme(fd, &c, err);
}

/* These commands erase all namespaces of the device, and only this one was looked at: is it the only one?
 * What cannot be told counts as no. */
static bool alone(int fd, const uint8_t controller[static YJ_NVME_IDENTIFY_LEN])
{
    yj_error ignored = { 0 };
    uint8_t *list = calloc(1, YJ_NVME_IDENTIFY_LEN);
    /* allocated ones where they are managed (OACS), else active ones; by number, four bytes each */
    unsigned what = controller[256] & 0x08 ? 0x10 : 0x02;
    bool only =
        list && nvme_identify(fd, what, list, &ignored) == YJ_OK && !(list[4] | list[5] | list[6] | list[7]);
    free(list);
    return only;
}

static yj_status nvme_alone(int fd, yj_error *err)
{
    yj_error ignored = { 0 };
    uint8_t *id = calloc(1, YJ_NVME_IDENTIFY_LEN);
    bool only = id && nvme_identify(fd, 1, id, &ignored) == YJ_OK && alone(fd, id);
    free(id);
    return only ? YJ_OK
                : yj_fail(err, YJ_E_CONFLICT, "the device has other namespaces, which this would erase, too");
}

static yj_status nvme_format(int fd, yj_error *err)
{
    uint8_t *id = calloc(1, YJ_NVME_IDENTIFY_LEN);
    yj_status s = id ? nvme_identify(fd, 0, id, err) : yj_fail(err, YJ_E_NOMEM, "out of memory");
    if (s == YJ_OK) {
        /* Without bits 9 to 11 (user data erase) a format need not erase anything. Format, metadata and
         * protection stay as they are: FLBAS (bits 4 MSET, 6:5 upper bits of the format), DPS (bits 2:0 PI, 3
         * PIL). */
        struct nvme_admin_cmd c = { .opcode = 0x80,
                                    .nsid = (uint32_t)ioctl(fd, NVME_IOCTL_ID),
                                    .cdw10 = (id[26] & 0x1fU) | (id[29] & 0x07U) << 5 |
                                             (id[29] & 0x08U) << 5 | (id[26] & 0x60U) << 7 | 1U << 9,
                                    .timeout_ms = 24U * 3600 * 1000 };
        s = nvme(fd, &c, err);
    }
    free(id);
    return s;
}

static yj_status nvme_sanitize(int fd, unsigned action, yj_error *err)
{
    struct nvme_admin_cmd c = { .opcode = 0x84, .cdw10 = action, .timeout_ms = 120000 };
    return nvme(fd, &c, err);
}

static yj_status nvme_log(int fd, uint8_t ret[static YJ_NVME_SANITIZE_LOG_LEN], yj_error *err)
{
    struct nvme_admin_cmd c = { .opcode = 0x02,
                                .nsid = 0xffffffff,
                                .addr = (uint64_t)(uintptr_t)ret,
                                .data_len = YJ_NVME_SANITIZE_LOG_LEN,
                                .cdw10 = 0x81U | (YJ_NVME_SANITIZE_LOG_LEN / 4 - 1) << 16 };
    return nvme(fd, &c, err);
}

/* --- any -------------------------------------------------------------------------------------- */

unsigned yj_device_can(int fd, yj_medium medium)
{
    yj_error ignored = { 0 };
    unsigned can = 0;
    uint8_t *id = calloc(1, YJ_NVME_IDENTIFY_LEN);
    if (id && medium == YJ_MEDIUM_NVME && nvme_identify(fd, 1, id, &ignored) == YJ_OK)
        can = alone(fd, id) ? yj_nvme_can(id) : 0;
    if (id && (medium == YJ_MEDIUM_MAGNETIC || medium == YJ_MEDIUM_FLASH) &&
        ata_identify(fd, id, &ignored) == YJ_OK)
        can = yj_ata_can(id);
    free(id);
    return can;
}

static yj_status discard(int fd, unsigned long request, uint64_t bytes, yj_error *err)
{
    uint64_t range[2] = { 0, bytes };
    return ioctl(fd, request, range) == 0
               ? YJ_OK
               : yj_fail_sys(err, YJ_E_IO, "the device does not discard its blocks");
}

yj_status yj_device_command(int fd, yj_wipe_method m, uint64_t bytes, yj_error *err)
{
    if (m == YJ_METHOD_DISCARD)
        return discard(fd, BLKDISCARD, bytes, err);
    if (m == YJ_METHOD_SECURE_DISCARD)
        return discard(fd, BLKSECDISCARD, bytes, err);
    if (m == YJ_METHOD_ATA_ERASE || m == YJ_METHOD_ATA_ENHANCED)
        return ata_erase(fd, m == YJ_METHOD_ATA_ENHANCED, err);
    YJ_TRY(nvme_alone(fd, err));
    if (m == YJ_METHOD_NVME_FORMAT)
        return nvme_format(fd, err);
    return nvme_sanitize(fd, m == YJ_METHOD_NVME_CRYPTO ? SANITIZE_CRYPTO : SANITIZE_BLOCK, err);
}

yj_status yj_device_status(int fd, yj_wipe_method m, yj_disk_status *ret, yj_error *err)
{
    uint8_t log[YJ_NVME_SANITIZE_LOG_LEN] = { 0 };
    if (m == YJ_METHOD_SECURE_DISCARD) { /* the call came back without an error, and that is all there is */
        *ret = (yj_disk_status){ .state = YJ_DISK_COMPLETE, .progress = 65535 };
        return YJ_OK;
    }
    if (m == YJ_METHOD_NVME_BLOCK || m == YJ_METHOD_NVME_CRYPTO) {
        YJ_TRY(nvme_log(fd, log, err));
        yj_nvme_status(log, m, ret);
        return YJ_OK;
    }
    uint8_t *id = calloc(1, YJ_NVME_IDENTIFY_LEN);
    bool of_ata = m == YJ_METHOD_ATA_ERASE || m == YJ_METHOD_ATA_ENHANCED;
    yj_status s = !id      ? yj_fail(err, YJ_E_NOMEM, "out of memory")
                  : of_ata ? ata_identify(fd, id, err)
                           : nvme_identify(fd, 0, id, err);
    if (s == YJ_OK && of_ata)
        yj_ata_status(id, ret);
    else if (s == YJ_OK)
        yj_nvme_format_status(id, ret);
    free(id);
    return s;
}
