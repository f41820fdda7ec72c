// SPDX-License-Identifier: Apache-2.0
/* What the first bytes of a device say that it is. Foreign bytes: everything is held against `len`. */
#include "base/json.h"
#include "instrument/wipe/target.h"

static bool stands(const uint8_t *head, size_t len, size_t at, const char *magic, size_t n)
{
    return at + n <= len && memcmp(head + at, magic, n) == 0;
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
