// SPDX-License-Identifier: Apache-2.0
/* What the first and the last bytes of a device say that it is. Foreign bytes: everything is held against
 * `len`. */
#include "base/json.h"
#include "instrument/wipe/target.h"
#include <stdlib.h>

#define HEAD_BYTES ((size_t)128 << 10)
#define MD_AWAY 65536U
#define ZFS_LABEL ((size_t)256 << 10)
#define ZFS_RING ((size_t)128 << 10)

static bool stands(const uint8_t *head, size_t len, size_t at, const char *magic, size_t n)
{
    return at + n <= len && memcmp(head + at, magic, n) == 0;
}

static bool is_either(const uint8_t *p, const char *magic)
{
    const char turned[] = { magic[3], magic[2], magic[1], magic[0] };
    return memcmp(p, magic, 4) == 0 || memcmp(p, turned, sizeof turned) == 0;
}

/* A ring of uberblocks, each at a multiple of 1 KiB, in the byte order of who wrote it (ZFS on-disk
 * specification, 1.3.3). One that was left over from a pool of old is a member, too: nobody but its owner can
 * tell. */
static bool is_zfs_label(const uint8_t *label, size_t len)
{
    for (size_t at = ZFS_RING; at + 8 <= ZFS_LABEL && at + 8 <= len; at += 1024)
        if (memcmp(label + at, "\x0c\xb1\xba\0\0\0\0\0", 8) == 0 ||
            memcmp(label + at, "\0\0\0\0\0\xba\xb1\x0c", 8) == 0)
            return true;
    return false;
}

const char *yj_member_of(const uint8_t *head, size_t len)
{
    for (size_t sector = 0; sector < 4; sector++) /* the label may stand in any of the first four */
        if (stands(head, len, sector * 512, "LABELONE", 8) &&
            stands(head, len, sector * 512 + 24, "LVM2 001", 8))
            return "LVM";
    for (size_t at = 0; at <= 4096; at += 4096) /* versions 1.1 and 1.2 */
        if (stands(head, len, at, "\xfc\x4e\x2b\xa9", 4))
            return "MD";
    /* more than one device: num_devices of the superblock */
    if (stands(head, len, 0x10040, "_BHRfS_M", 8) && 0x10000 + 0x90 <= len &&
        (head[0x10088] > 1 || head[0x10089] != 0))
        return "btrfs";
    if (stands(head, len, 4096 + 24, "\xc6\x85\x73\xf6\x4e\x1a\x45\xca\x82\x65\xf5\x7f\x48\xba\x6d\x81", 16))
        return "bcache";
    if (stands(head, len, 0, "bluestore block device", 22))
        return "Ceph";
    for (size_t label = 0; label < len && label < (size_t)2 * ZFS_LABEL; label += ZFS_LABEL)
        if (is_zfs_label(head + label, len - label))
            return "ZFS";
    return NULL;
}

/* Is it there, counted from the beginning of the device? */
static bool ends_with(const uint8_t *tail, size_t len, uint64_t size, uint64_t at, const char *magic,
                      size_t n)
{
    return at >= size - len && at < size && stands(tail, len, (size_t)(at - (size - len)), magic, n);
}

const char *yj_member_by_end(const uint8_t *tail, size_t len, uint64_t size)
{
    if (len > size || size < 2 * MD_AWAY)
        return NULL;
    const uint64_t first = size - len;
    /* version 0.90, in the byte order of who wrote it */
    uint64_t at = (size & ~(uint64_t)(MD_AWAY - 1)) - MD_AWAY;
    if (at >= first && at - first + 4 <= len && is_either(tail + (at - first), "\xfc\x4e\x2b\xa9"))
        return "MD";
    at = ((size / 512 - 16) & ~(uint64_t)7) * 512; /* version 1.0 */
    if (ends_with(tail, len, size, at, "\xfc\x4e\x2b\xa9", 4))
        return "MD";
    if (ends_with(tail, len, size, size - 512, "\xde\x11\xde\x11", 4))
        return "DDF";
    if (ends_with(tail, len, size, size - 1024, "Intel Raid ISM Cfg Sig. ", 24))
        return "Intel RST";
    at = size & ~(uint64_t)(ZFS_LABEL - 1);
    for (unsigned i = 0; i < 2 && at >= ZFS_LABEL; i++) {
        at -= ZFS_LABEL;
        if (at >= first && is_zfs_label(tail + (at - first), len - (size_t)(at - first)))
            return "ZFS";
    }
    return NULL;
}

static uint64_t be(const uint8_t *p, size_t n)
{
    uint64_t v = 0;
    for (size_t i = 0; i < n; i++)
        v = v << 8 | p[i];
    return v;
}

/* The smallest offset of a segment; key slots and both headers lie before it. */
static uint64_t first_segment(yj_span text)
{
    yj_auto(yj_json_freep) json_t *v = NULL;
    yj_error ignored = { 0 };
    const char *name;
    json_t *segment;
    uint64_t first = 0;
    if (yj_json_parse(text, YJ_JSON_BYTES_MAX, &v, &ignored) != YJ_OK)
        return 0;
    json_object_foreach(json_object_get(v, "segments"), name, segment)
    {
        const json_t *o = json_object_get(segment, "offset");
        const char *type = json_string_value(json_object_get(segment, "type"));
        const char *how = json_string_value(json_object_get(segment, "encryption"));
        const char *size = json_string_value(json_object_get(segment, "size"));
        int64_t n = 0;
        /* only what is encrypted, and to the end of the device, is gone with its keys */
        if (!type || strcmp(type, "crypt") != 0 || !how || strncmp(how, "cipher_null", 11) == 0 || !size ||
            strcmp(size, "dynamic") != 0)
            return 0;
        if (!json_is_string(o) || !yj_span_i64(yj_span_of(json_string_value(o)), &n) || n <= 0)
            return 0;
        if (first == 0 || (uint64_t)n < first)
            first = (uint64_t)n;
    }
    return first;
}

uint64_t yj_luks_keys_bytes(const uint8_t *head, size_t len)
{
    if (!stands(head, len, 0, "LUKS\xba\xbe", 6) || len < 4096)
        return 0;
    uint64_t version = be(head + 6, 2);
    if (version == 1)
        return stands(head, len, 8, "cipher_null", 11) ? 0 : be(head + 104, 4) * 512;
    uint64_t size = be(head + 8, 8);
    if (version != 2 || size <= 4096 || size > len)
        return 0;
    const char *text = (const char *)head + 4096;
    const char *end = memchr(text, '\0', (size_t)size - 4096);
    return end ? first_segment((yj_span){ text, (size_t)(end - text) }) : 0;
}

yj_status yj_luks_keys_of(const yj_disk *d, uint64_t *ret, yj_error *err)
{
    uint8_t *head = aligned_alloc(4096, HEAD_BYTES);
    if (!head)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    int64_t n = d->ops->read(d->self, head, HEAD_BYTES, 0);
    *ret = n > 0 ? yj_luks_keys_bytes(head, (size_t)n) : 0;
    free(head);
    return *ret ? YJ_OK : yj_fail(err, YJ_E_CONFLICT, "this medium does not know the method %s", "luks-keys");
}
