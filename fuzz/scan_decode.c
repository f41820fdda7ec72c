// SPDX-License-Identifier: Apache-2.0
/* Any bytes in any encoding: what comes out is UTF-8, and its places rise within the original. */
#include "fuzz.h"

#include "instrument/scan/decode.h"

#define MOST ((size_t)64 << 10)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yj_scan_decoded d;
    if (size > MOST || yj_scan_decoded_init(&d, MOST, NULL) != YJ_OK)
        return 0;
    yj_span bytes = { (const char *)data, size };
    assert(yj_scan_encoding_of(bytes) < YJ_SCAN_ENCODING_COUNT_);
    for (int e = YJ_SCAN_UTF16LE; e <= YJ_SCAN_GB18030; e++)
        for (int last = 0; last < 2; last++) {
            yj_scan_decode(&d, (yj_scan_encoding)e, bytes, last);
            assert(d.len <= 3 * size + 4 && yj_utf8_valid((yj_span){ d.utf8, d.len }));
            assert(d.consumed <= size && size - d.consumed < 4 && (!last || d.consumed == size));
            assert(d.malformed <= size && d.map[d.len] == d.consumed);
            for (size_t i = 0; i < d.len; i++)
                assert(d.map[i] <= d.map[i + 1] &&
                       ((d.utf8[i + 1] & 0xc0) == 0x80 || d.map[i] < d.map[i + 1] || i + 1 == d.len));
        }
    yj_scan_decoded_done(&d);
    return 0;
}
