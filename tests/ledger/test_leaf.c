// SPDX-License-Identifier: Apache-2.0
#include "../base/test.h"

#include "ledger/leaf.h"

static yj_leaf sample(void)
{
    yj_leaf l = {
        .by = "0190f3a0-0000-7000-8000-000000000001",
        .op = "change",
        .kind = "contract",
        .record = "0190f3a0-0000-7000-8000-000000000002",
        .seq = 7,
        .time_ns = INT64_C(1795341600000000000),
        .version = 3,
    };
    for (size_t i = 0; i < sizeof l.body.b; i++)
        l.body.b[i] = (uint8_t)i;
    return l;
}

#define HEX "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define HEAD "{\"body\":\"" HEX "\",\"by\":\"0190f3a0-0000-7000-8000-000000000001\","
#define FOR "\"for\":\"0190f3a0-0000-7000-8000-000000000003\","
#define TAIL                                                                                                 \
    "\"kind\":\"contract\",\"op\":\"change\",\"record\":\"0190f3a0-0000-7000-8000-000000000002\",\"seq\":7," \
    "\"time\":\"2026-11-22T10:00:00.000000000Z\",\"version\":3}"

static void format__writes_the_documented_form(void **state)
{
    (void)state;
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, YJ_LEAF_BYTES_MAX);
    yj_leaf l = sample();
    yj_leaf_format(&l, &b);
    assert_string_equal(b.ptr, HEAD TAIL);
    yj_buf_clear(&b);
    l.batch = 12;
    yj_leaf_format(&l, &b);
    assert_string_equal(b.ptr, HEAD "\"in_batch\":12," TAIL);
    yj_buf_clear(&b);
    l.for_whom = "0190f3a0-0000-7000-8000-000000000003";
    yj_leaf_format(&l, &b);
    assert_string_equal(b.ptr, HEAD FOR "\"in_batch\":12," TAIL);
    yj_buf_clear(&b);
    l.for_whom = "";
    l.batch = 0;
    yj_leaf_format(&l, &b);
    assert_string_equal(b.ptr, HEAD TAIL);
}

static void assert_same(const yj_leaf *a, const yj_leaf *b)
{
    assert_memory_equal(a->body.b, b->body.b, sizeof a->body.b);
    assert_string_equal(a->by, b->by);
    assert_string_equal(a->for_whom, b->for_whom);
    assert_string_equal(a->op, b->op);
    assert_string_equal(a->kind, b->kind);
    assert_string_equal(a->record, b->record);
    assert_int_equal(a->seq, b->seq);
    assert_int_equal(a->time_ns, b->time_ns);
    assert_int_equal(a->version, b->version);
    assert_int_equal(a->batch, b->batch);
}

static void parse__gives_back_what_was_formatted(void **state)
{
    (void)state;
    uint64_t seed = TEST_SEED;
    char text[5][YJ_LEAF_TEXT_MAX + 1], store[YJ_LEAF_STORE];
    for (int round = 0; round < 2000; round++) {
        yj_auto(yj_buf_done) yj_buf b;
        yj_buf_init(&b, YJ_LEAF_BYTES_MAX);
        for (size_t i = 0; i < 5; i++) {
            size_t len =
                round == 0 ? YJ_LEAF_TEXT_MAX : (size_t)(test_random(&seed) % (YJ_LEAF_TEXT_MAX + 1));
            for (size_t k = 0; k < len; k++) {
                char c = (char)(0x20 + test_random(&seed) % 95);
                text[i][k] = c == '"' || c == '\\' ? '-' : c;
            }
            text[i][len] = '\0';
        }
        yj_leaf l = { .by = text[0], .op = text[1], .kind = text[2], .record = text[3] }, back;
        l.for_whom = round % 2 ? "" : text[4];
        for (size_t i = 0; i < sizeof l.body.b; i++)
            l.body.b[i] = (uint8_t)test_random(&seed);
        l.seq = test_random(&seed) >> (1 + test_random(&seed) % 63);
        l.time_ns = (int64_t)test_random(&seed);
        l.version = (int64_t)(test_random(&seed) >> (1 + test_random(&seed) % 63));
        l.batch = test_random(&seed) % 2 ? (int64_t)(test_random(&seed) >> 1) : 0;
        yj_leaf_format(&l, &b);
        yj_error err;
        assert_status(yj_leaf_parse(yj_buf_view(&b), store, &back, &err), YJ_OK);
        assert_same(&l, &back);
        yj_digest d;
        assert_true(yj_leaf_body_digest(yj_buf_view(&b), &d));
        assert_memory_equal(d.b, l.body.b, sizeof d.b);
    }
}

/* Whatever is taken must be the very bytes that format gives. */
static void assert_strict(yj_span bytes)
{
    char store[YJ_LEAF_STORE];
    yj_leaf l;
    if (yj_leaf_parse(bytes, store, &l, NULL) != YJ_OK)
        return;
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, YJ_LEAF_BYTES_MAX);
    yj_leaf_format(&l, &b);
    assert_true(yj_span_eq(bytes, yj_buf_view(&b)));
}

static void parse__takes_only_canonical_bytes(void **state)
{
    (void)state;
    static const char whole[] = HEAD FOR "\"in_batch\":12," TAIL;
    char bytes[sizeof whole + 1];
    for (size_t at = 0; at < sizeof whole - 1; at++) {
        for (unsigned c = 0; c < 256; c++) { /* every byte replaced by every other */
            memcpy(bytes, whole, sizeof whole);
            bytes[at] = (char)c;
            assert_strict((yj_span){ bytes, sizeof whole - 1 });
        }
        for (unsigned c = 0; c < 256; c++) { /* and put in between */
            memcpy(bytes, whole, at);
            bytes[at] = (char)c;
            memcpy(bytes + at + 1, whole + at, sizeof whole - at);
            assert_strict((yj_span){ bytes, sizeof whole });
        }
        memcpy(bytes, whole, at); /* and left out */
        memcpy(bytes + at, whole + at + 1, sizeof whole - at - 1);
        assert_strict((yj_span){ bytes, sizeof whole - 2 });
    }
}

static void parse__refuses(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "{}",
        HEAD TAIL " ",
        HEAD TAIL "\n",
        " " HEAD TAIL,
        HEAD "\"in_batch\":0," TAIL,
        HEAD "\"for\":\"\"," TAIL,
        HEAD "\"in_batch\":12," FOR TAIL, /* not in this order */
        HEAD FOR FOR TAIL,
        HEAD "\"in_batch\":01," TAIL,
        HEAD "\"in_batch\":9223372036854775808," TAIL,
        HEAD "\"kind\":\"\",\"op\":\"x\",\"record\":\"\",\"seq\":-1,"
             "\"time\":\"2026-11-22T10:00:00.000000000Z\",\"version\":3}",
        HEAD "\"kind\":\"\",\"op\":\"x\",\"record\":\"\",\"seq\":1,"
             "\"time\":\"2026-02-30T10:00:00.000000000Z\",\"version\":3}", /* no such day */
        HEAD "\"kind\":\"\",\"op\":\"x\",\"record\":\"\",\"seq\":1,"
             "\"time\":\"2026-11-22T10:00:00.00000000Z0\",\"version\":3}",
        HEAD "\"kind\":\"\\u0041\",\"op\":\"x\",\"record\":\"\",\"seq\":1,"
             "\"time\":\"2026-11-22T10:00:00.000000000Z\",\"version\":3}",
        "{\"body\":\"" HEX "\"}",
    };
    for (size_t i = 0; i < YJ_COUNT(bad); i++) {
        yj_error err;
        char store[YJ_LEAF_STORE];
        yj_leaf l = { .seq = 77 };
        assert_status(yj_leaf_parse(yj_span_of(bad[i]), store, &l, &err), YJ_E_INVALID);
        assert_int_equal(l.seq, 77);
    }
    yj_digest d;
    assert_false(yj_leaf_body_digest(YJ_SPAN("{\"body\":\"00\"}"), &d));
    assert_false(yj_leaf_body_digest(YJ_SPAN(""), &d));
    assert_false(yj_leaf_body_digest(YJ_SPAN("{\"body\":\"" HEX), &d));
    assert_true(yj_leaf_body_digest(YJ_SPAN("{\"body\":\"" HEX "\"}"), &d));
}

static void text_ok__printable_ascii_only(void **state)
{
    (void)state;
    char text[YJ_LEAF_TEXT_MAX + 2];
    memset(text, 'a', sizeof text);
    assert_true(yj_leaf_text_ok((yj_span){ text, YJ_LEAF_TEXT_MAX }));
    assert_false(yj_leaf_text_ok((yj_span){ text, YJ_LEAF_TEXT_MAX + 1 }));
    assert_true(yj_leaf_text_ok(YJ_SPAN("")));
    for (unsigned c = 0; c < 256; c++) {
        text[3] = (char)c;
        assert_int_equal(yj_leaf_text_ok((yj_span){ text, 8 }),
                         c >= 0x20 && c < 0x7f && c != '"' && c != '\\');
    }
}

static void body_digest__covers_salt_and_body(void **state)
{
    (void)state;
    uint8_t salt[YJ_SALT_LEN] = "0123456789abcdef";
    yj_digest a, b;
    for (int alg = 0; alg < YJ_HASH_COUNT_; alg++) {
        yj_body_digest((yj_hash_alg)alg, salt, YJ_SPAN("{\"a\":1}"), &a);
        yj_hash((yj_hash_alg)alg, "0123456789abcdef{\"a\":1}", 23, &b);
        assert_memory_equal(a.b, b.b, sizeof a.b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(format__writes_the_documented_form),
        cmocka_unit_test(parse__gives_back_what_was_formatted),
        cmocka_unit_test(parse__takes_only_canonical_bytes),
        cmocka_unit_test(parse__refuses),
        cmocka_unit_test(text_ok__printable_ascii_only),
        cmocka_unit_test(body_digest__covers_salt_and_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
