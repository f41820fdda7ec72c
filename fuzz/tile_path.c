// SPDX-License-Identifier: Apache-2.0
/* A tile has one path: one that is taken is written the same way again. */
#include "fuzz.h"

#include "ledger/ledger.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yj_span path = { (const char *)data, size };
    int level;
    uint64_t index;
    unsigned width;
    if (!yj_tile_path_parse(path, &level, &index, &width))
        return 0;
    assert(level >= -1 && level <= 63 && width >= 1 && width <= YJ_TILE_WIDTH);
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, 256);
    yj_tile_path_format(level, index, width, &b);
    assert(yj_span_eq(yj_buf_view(&b), path));
    return 0;
}
