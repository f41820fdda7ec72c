// SPDX-License-Identifier: Apache-2.0
/* The first and the last bytes of a disk, and what devices answer. */
#include "fuzz.h"
#include "instrument/wipe/device.h"
#include "instrument/wipe/target.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t page[YJ_NVME_IDENTIFY_LEN];
    yj_disk_status s;
    const char *of = yj_member_of(data, size);
    if (of && of[0] == '\0')
        abort();
    for (uint64_t more = 0; more < 1 << 20; more = more * 3 + 512)
        if (yj_member_by_end(data, size, size + more) && size < 4)
            abort();
    if (yj_luks_keys_bytes(data, size) && (size < 4096 || memcmp(data, "LUKS", 4) != 0))
        abort();
    memset(page, 0, sizeof page);
    memcpy(page, data, size < sizeof page ? size : sizeof page);
    yj_ata_status(page, &s);
    if (s.state == YJ_DISK_COMPLETE && (page[256] & 0x16U))
        abort();
    yj_nvme_status(page, YJ_METHOD_NVME_BLOCK, &s);
    if (s.state == YJ_DISK_COMPLETE && (page[4] & 7U) != 2)
        abort();
    yj_nvme_format_status(page, &s);
    if (yj_nvme_can(page) & yj_ata_can(page) & 1U)
        abort();
    return 0;
}
