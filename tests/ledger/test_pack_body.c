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

static const uint8_t kept[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x21, 0x01, 0xfc, 0xf5, 0x01, 0x00, 0xd3, 0x01,
                                0x04, 0x73, 0x25, 0x7e, 0x97, 0xbb, 0x4e, 0x57, 0xdb, 0xd6, 0xdd, 0xdd,
                                0x75, 0xb6, 0xaa, 0x56, 0x57, 0x10, 0xfc, 0x21, 0xf1, 0x70, 0xda, 0x67,
                                0x02, 0x9f, 0xa5, 0x94, 0x0c, 0x1c, 0x60, 0x3b, 0xd4, 0xd5, 0x67, 0x52,
                                0xb6, 0x9d, 0x2d, 0x42, 0xa2, 0xc7, 0xaf, 0x5a, 0x4e, 0x7f, 0xa3, 0xa9,
                                0x4f, 0x7f, 0x82, 0x0b, 0xa4, 0x8e, 0x4d, 0xc5, 0xa9, 0x54, 0xc3, 0x28 };

static void body__comes_back_as_it_was(void **state)
{
    yj_error err = { 0 };
    yj_buf text, packed, back;
    yj_buf_init(&text, 2 * YJ_BODY_BYTES_MAX);
    yj_buf_init(&packed, 2 * YJ_BODY_BYTES_MAX);
    yj_buf_init(&back, YJ_BODY_BYTES_MAX);
    const size_t sizes[] = {
        8, 100, YJ_BODY_PACKED_FROM, YJ_BODY_PLAIN_FROM - 1, YJ_BODY_PLAIN_FROM, 40000, YJ_BODY_BYTES_MAX
    };
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

/* A record becomes a third of itself. The bytes are those that stores hold: they must be read for ever. */
static void record__is_packed_with_the_dictionary(void **state)
{
    static const char record[] =
        "{\"fields\":{\"confirmed_on\":\"2024-03-05\",\"contract\":\"01900000-0000-7064-800e-00000000009a\","
        "\"page\":12,\"term\":\"supervision\",\"verdict\":\"conforms\"},"
        "\"id\":\"01900000-0000-7064-804f-00000000009a\",\"kind\":\"contract_term\",\"op\":\"create\","
        "\"state\":\"active\",\"version\":1}";
    yj_error err = { 0 };
    yj_buf packed, back;
    yj_buf_init(&packed, YJ_BODY_BYTES_MAX);
    yj_buf_init(&back, YJ_BODY_BYTES_MAX);
    assert_int_equal(yj_body_pack(yj_span_of(record), &packed, &err), YJ_OK);
    assert_true(packed.len < sizeof record / 2);
    assert_int_equal(yj_body_unpack(yj_buf_view(&packed), &back, &err), YJ_OK);
    assert_true(yj_span_is(yj_buf_view(&back), record));
    yj_buf_clear(&back);
    assert_int_equal(yj_body_unpack((yj_span){ (const char *)kept, sizeof kept }, &back, &err), YJ_OK);
    assert_true(yj_span_is(yj_buf_view(&back), record));
    /* a dictionary that this program does not have: the byte behind the frame's mark and its header */
    packed.ptr[5] = (char)(packed.ptr[5] + 1);
    yj_buf_clear(&back);
    assert_int_equal(yj_body_unpack(yj_buf_view(&packed), &back, &err), YJ_E_CORRUPT);
    assert_int_equal(back.len, 0);
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
        cmocka_unit_test(record__is_packed_with_the_dictionary),
        cmocka_unit_test(damage__is_told),
        cmocka_unit_test(length__is_limited),
    };
    return cmocka_run_group_tests_name("ledger_pack_body", tests, NULL, NULL);
}
