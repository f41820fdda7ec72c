// SPDX-License-Identifier: Apache-2.0
/* The form of any text or bytes as any type: equal to itself, never that of NULL or of the other kind's raw
 * form, and the same when it is made again. The first byte chooses the type. */
#include "fuzz.h"

#include "instrument/database/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yj_auto(yj_buf_done) yj_buf x;
    yj_auto(yj_buf_done) yj_buf y;
    if (size == 0)
        return 0;
    yj_value_type t = (yj_value_type)(data[0] % YJ_VALUE_COUNT_);
    yj_cell text = { .kind = YJ_CELL_TEXT, .ptr = (const char *)data + 1, .len = size - 1 }, bytes = text;
    yj_cell null = { .kind = YJ_CELL_NULL };
    bytes.kind = YJ_CELL_BYTES;
    yj_buf_init(&x, (size_t)16 << 20);
    yj_buf_init(&y, (size_t)16 << 20);
    yj_cell_form(t, &text, &x);
    yj_cell_form(t, &text, &y);
    assert(x.failed == YJ_OK && x.len > 0 && yj_span_eq(yj_buf_view(&x), yj_buf_view(&y)));
    assert(!yj_cell_equal(t, &text, &null, &x, &y));
    if (t != YJ_VALUE_UUID)
        assert(!yj_cell_equal(t, &text, &bytes, &x, &y));
    yj_buf_clear(&x);
    yj_cell_show(&text, 100, &x);
    assert(x.failed == YJ_OK && yj_utf8_valid(yj_buf_view(&x)));
    return 0;
}
