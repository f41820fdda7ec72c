// SPDX-License-Identifier: Apache-2.0
/* Bodies as they are stored packed. */
#include "ledger/ledger.h"
#include "ledger/pack_body.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static void fill(yj_buf *b, size_t len)
{
    yj_buf_clear(b);
    yj_buf_str(b, "{\"a\":\"");
    for (size_t i = 0; b->len < len - 2; i++)
        yj_buf_char(b, (char)('a' + i * i / 7 % 26));
    yj_buf_str(b, "\"}");
}

static void body__comes_back_as_it_was(void **state)
{
    yj_error err = { 0 };
    yj_buf text, packed, back;
    yj_buf_init(&text, 2 * YJ_BODY_BYTES_MAX);
    yj_buf_init(&packed, 2 * YJ_BODY_BYTES_MAX);
    yj_buf_init(&back, YJ_BODY_BYTES_MAX);
    const size_t sizes[] = { 8, 100, YJ_BODY_PACKED_FROM, 40000, YJ_BODY_BYTES_MAX };
    for (size_t i = 0; i < YJ_COUNT(sizes); i++) {
        fill(&text, sizes[i]);
        assert_int_equal(text.len, sizes[i]);
        yj_buf_clear(&packed);
        yj_buf_clear(&back);
        assert_int_equal(yj_body_pack(yj_buf_view(&text), &packed, &err), YJ_OK);
        assert_int_equal(yj_body_unpack(yj_buf_view(&packed), &back, &err), YJ_OK);
        assert_true(yj_span_eq(yj_buf_view(&text), yj_buf_view(&back)));
        if (sizes[i] >= 40000)
            assert_true(packed.len < text.len / 2);
    }
    yj_buf_done(&text);
    yj_buf_done(&packed);
    yj_buf_done(&back);
}

/* No byte of it can be changed, and nothing cut off, so that another text or a fault of memory comes out. */
static void damage__is_told(void **state)
{
    yj_error err = { 0 };
    yj_buf text, packed, back;
    yj_buf_init(&text, YJ_BODY_BYTES_MAX);
    yj_buf_init(&packed, YJ_BODY_BYTES_MAX);
    yj_buf_init(&back, YJ_BODY_BYTES_MAX);
    fill(&text, 3000);
    assert_int_equal(yj_body_pack(yj_buf_view(&text), &packed, &err), YJ_OK);
    for (size_t cut = 0; cut < packed.len; cut++) {
        yj_buf_clear(&back);
        assert_int_equal(yj_body_unpack((yj_span){ packed.ptr, cut }, &back, &err), YJ_E_CORRUPT);
        assert_int_equal(back.len, 0);
    }
    for (size_t at = 0; at < 4; at++) { /* its mark */
        packed.ptr[at] = (char)(packed.ptr[at] ^ 1);
        assert_int_equal(yj_body_unpack(yj_buf_view(&packed), &back, &err), YJ_E_CORRUPT);
        packed.ptr[at] = (char)(packed.ptr[at] ^ 1);
    }
    assert_int_equal(yj_body_unpack((yj_span){ 0 }, &back, &err), YJ_E_CORRUPT);
    yj_buf_done(&text);
    yj_buf_done(&packed);
    yj_buf_done(&back);
}

/* What says that it is longer than any body is refused before there is room for it. */
static void length__is_limited(void **state)
{
    yj_error err = { 0 };
    yj_buf text, packed, back;
    yj_buf_init(&text, 2 * YJ_BODY_BYTES_MAX);
    yj_buf_init(&packed, 2 * YJ_BODY_BYTES_MAX);
    yj_buf_init(&back, 4 * YJ_BODY_BYTES_MAX);
    fill(&text, YJ_BODY_BYTES_MAX + 1);
    assert_int_equal(yj_body_pack(yj_buf_view(&text), &packed, &err), YJ_OK);
    assert_int_equal(yj_body_unpack(yj_buf_view(&packed), &back, &err), YJ_E_CORRUPT);
    assert_null(back.ptr);
    yj_buf_done(&text);
    yj_buf_done(&packed);
    yj_buf_done(&back);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(body__comes_back_as_it_was),
        cmocka_unit_test(damage__is_told),
        cmocka_unit_test(length__is_limited),
    };
    return cmocka_run_group_tests_name("ledger_pack_body", tests, NULL, NULL);
}
