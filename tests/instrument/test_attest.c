// SPDX-License-Identifier: Apache-2.0
#include "../base/test.h"

#include "instrument/attest/statement.h"
#include <sys/stat.h>

#define HELLO_TYPE "http://example.com/HelloWorld"
/* Key of RFC 8032, section 7.1, test 1; signed by "openssl pkeyutl -sign -rawin" over the encoding below. */
#define HELLO_KEY                                                                                            \
    "-----BEGIN PRIVATE KEY-----\n"                                                                          \
    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"                                     \
    "-----END PRIVATE KEY-----\n"
#define HELLO_SIG "4DHX3Zn4qpBKvEj7maE8O9u9bjXEnPLLnyXVUJ2PXJR8DSLcL3QDpFvfJOj3pB/SPHsl6Jg4boxsMb6KvuYABw=="
#define HELLO_KEYID "06e3fd8fda29bb60ab59557de61edb0aecdb231134be30e75b455f8e1b792fa9"

static void path_in(char ret[static 300], void **state, const char *name)
{
    snprintf(ret, 300, "%s/%s", (const char *)*state, name);
}

static yj_key *hello_key(void **state)
{
    yj_error err;
    yj_key *k = NULL;
    char path[300];
    path_in(path, state, "hello.key");
    assert_status(yj_file_write(path, YJ_SPAN(HELLO_KEY), 0600, &err), YJ_OK);
    assert_status(yj_key_load(path, &k, &err), YJ_OK);
    return k;
}

/* The protocol's own example. */
static void pae__is_that_of_the_protocol(void **state)
{
    (void)state;
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, 1000);
    yj_dsse_pae(YJ_SPAN(HELLO_TYPE), YJ_SPAN("hello world"), &b);
    assert_string_equal(b.ptr, "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    yj_buf_clear(&b);
    yj_dsse_pae(YJ_SPAN(""), YJ_SPAN(""), &b);
    assert_string_equal(b.ptr, "DSSEv1 0  0 ");
}

static void sign__is_what_another_implementation_signs(void **state)
{
    yj_error err;
    yj_auto(yj_key_freep) yj_key *k = hello_key(state);
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, 10000);
    assert_status(yj_dsse_sign(k, YJ_SPAN(HELLO_TYPE), YJ_SPAN("hello world"), &b, &err), YJ_OK);
    assert_string_equal(b.ptr,
                        "{\"payload\":\"aGVsbG8gd29ybGQ=\",\"payloadType\":\"" HELLO_TYPE
                        "\",\"signatures\":[{\"keyid\":\"" HELLO_KEYID "\",\"sig\":\"" HELLO_SIG "\"}]}\n");
}

static void parse__takes_what_the_protocol_allows(void **state)
{
    yj_error err;
    yj_auto(yj_key_freep) yj_key *k = hello_key(state);
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new(1 << 20);
    yj_dsse d;
    /* members nobody knows, another order, no key id, another's signature beside */
    assert_status(
        yj_dsse_parse(YJ_SPAN("{\"x\":[1], \"signatures\":[{\"sig\":\"AAAA\",\"y\":2},{\"sig\":\"" HELLO_SIG
                              "\"}],\n \"payloadType\":\"" HELLO_TYPE "\",\"payload\":\"aGVsbG8gd29ybGQ=\"}"),
                      a, &d, &err),
        YJ_OK);
    assert_int_equal(d.count, 2);
    assert_true(yj_span_is(d.payload, "hello world") && yj_span_is(d.type, HELLO_TYPE));
    assert_int_equal(d.sig[1].keyid.len, 0);
    assert_status(yj_dsse_verify(&d, k, &err), YJ_OK);
    /* the same bytes as another kind of document */
    d.type = YJ_SPAN("http://example.com/HelloWorlD");
    assert_status(yj_dsse_verify(&d, k, &err), YJ_E_CORRUPT);
    d.type = YJ_SPAN(HELLO_TYPE);
    d.count = 1;
    assert_status(yj_dsse_verify(&d, k, &err), YJ_E_CORRUPT);
}

static void parse__refuses(void **state)
{
    (void)state;
    yj_error err;
#define TAIL ",\"payloadType\":\"t\",\"signatures\":[{\"sig\":\"AAAA\"}]}"
    static const struct {
        const char *text, *field;
    } bad[] = {
        { "", NULL },
        { "[]", "" },
        { "{}", "" },
        { "{\"payload\":\"YQ\"" TAIL, "" },      /* no padding */
        { "{\"payload\":\"YQ==\\n\"" TAIL, "" }, /* white space */
        { "{\"payload\":\"YR==\"" TAIL, "" },    /* bits left over */
        { "{\"payload\":\"_-8=\"" TAIL, "" },    /* the other alphabet */
        { "{\"payload\":1" TAIL, "" },
        { "{\"payload\":\"YQ==\",\"payload\":\"Yg==\"" TAIL, NULL },
        { "{\"payload\":\"YQ==\",\"signatures\":[{\"sig\":\"AAAA\"}]}", "" },
        { "{\"payload\":\"YQ==\",\"payloadType\":\"t\",\"signatures\":[]}", "" },
        { "{\"payload\":\"YQ==\",\"payloadType\":\"t\",\"signatures\":[{\"sig\":\"\"}]}", "signatures[0]" },
        { "{\"payload\":\"YQ==\",\"payloadType\":\"t\",\"signatures\":[{\"sig\":\"AAAA\"},1]}",
          "signatures[1]" },
        { "{\"payload\":\"YQ==\",\"payloadType\":\"t\",\"signatures\":[{\"sig\":\"AAAA\"},{\"sig\":\"AAAA\"}]"
          "}",
          "signatures[1]" },
        { "{\"payload\":\"YQ==\",\"payloadType\":\"t\",\"signatures\":[{\"keyid\":1,\"sig\":\"AAAA\"}]}",
          "signatures[0]" },
        { "{\"payload\":\"YQ==\"" TAIL " x", NULL },
    };
    for (size_t i = 0; i < YJ_COUNT(bad); i++) {
        yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new(1 << 20);
        yj_dsse d = { .count = 77 };
        print_message("%s\n", bad[i].text);
        assert_status(yj_dsse_parse(yj_span_of(bad[i].text), a, &d, &err), YJ_E_INVALID);
        if (bad[i].field)
            assert_string_equal(err.field, bad[i].field);
        assert_int_equal(d.count, 77);
    }
}

static void parse__has_limits(void **state)
{
    (void)state;
    yj_error err;
    yj_dsse d;
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new(1 << 24);
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, 2 * YJ_DSSE_BYTES_MAX);
    yj_buf_str(&b, "{\"payload\":\"YQ==\",\"payloadType\":\"t\",\"signatures\":[");
    for (int i = 0; i <= YJ_DSSE_SIGNATURES_MAX; i++)
        yj_buf_fmt(&b, "%s{\"sig\":\"AAA%c\"}", i ? "," : "", 'A' + i);
    yj_buf_str(&b, "]}");
    assert_status(yj_dsse_parse(yj_buf_view(&b), a, &d, &err), YJ_E_LIMIT);
    yj_buf_clear(&b);
    yj_buf_str(&b, "{\"payload\":\"YQ==\",\"payloadType\":\"");
    for (int i = 0; i <= YJ_DSSE_NAME_MAX; i++)
        yj_buf_char(&b, 'x');
    yj_buf_str(&b, "\",\"signatures\":[{\"sig\":\"AAAA\"}]}");
    assert_status(yj_dsse_parse(yj_buf_view(&b), a, &d, &err), YJ_E_LIMIT);
    yj_buf_clear(&b);
    for (size_t i = 0; i <= YJ_DSSE_BYTES_MAX; i++)
        yj_buf_char(&b, ' ');
    assert_status(yj_dsse_parse(yj_buf_view(&b), a, &d, &err), YJ_E_LIMIT);
}

/* --- statements ------------------------------------------------------------------------------- */

#define HEX64 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static void statement__comes_back_as_it_was_signed(void **state)
{
    (void)state;
    yj_error err;
    for (int alg = 0; alg < YJ_SIGN_COUNT_; alg++) {
        yj_auto(yj_key_freep) yj_key *k = NULL, *other = NULL;
        yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new(1 << 20);
        yj_auto(yj_json_freep) json_t *p = json_pack("{s:b,s:i}", "fine", 1, "n", 7);
        yj_auto(yj_buf_done) yj_buf b;
        yj_buf_init(&b, 10000);
        yj_subject s = { .name = "/srv/\xe5\xad\x98", .digest = { { "sha256", HEX64 } }, .digests = 1 };
        assert_status(yj_key_generate((yj_sign_alg)alg, &k, &err), YJ_OK);
        assert_status(yj_key_generate((yj_sign_alg)alg, &other, &err), YJ_OK);
        assert_status(yj_statement_sign(k, &s, 1, "urn:t", p, &b, &err), YJ_OK);
        yj_dsse d;
        yj_statement got;
        assert_status(yj_dsse_parse(yj_buf_view(&b), a, &d, &err), YJ_OK);
        assert_status(yj_dsse_verify(&d, k, &err), YJ_OK);
        assert_status(yj_dsse_verify(&d, other, &err), YJ_E_CORRUPT);
        assert_status(yj_statement_parse(&d, a, &got, &err), YJ_OK);
        assert_int_equal(got.count, 1);
        assert_string_equal(got.subject[0].name, s.name);
        assert_string_equal(got.subject[0].digest[0].alg, "sha256");
        assert_string_equal(got.subject[0].digest[0].hex, HEX64);
        assert_string_equal(got.predicate_type, "urn:t");
        assert_int_equal(json_integer_value(json_object_get(got.predicate, "n")), 7);
        yj_statement_done(&got);
    }
}

static void statement__refuses(void **state)
{
    (void)state;
    yj_error err;
#define HEAD                                                                                                 \
    "{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicate\":{},\"predicateType\":\"t\",\"subject\":["
    static const char *const bad[] = {
        "[]",
        "{}",
        HEAD "]}",
        HEAD "{\"digest\":{\"sha256\":\"" HEX64 "\"}}]}",
        HEAD "{\"digest\":{},\"name\":\"n\"}]}",
        HEAD "{\"name\":\"n\"}]}",
        HEAD "{\"digest\":{\"sha256\":\"abcdabcdabcdabcd\"},\"name\":\"n\"}]}", /* too short */
        HEAD "{\"digest\":{\"other\":\"ABCDABCDABCDABCD\"},\"name\":\"n\"}]}",  /* upper case */
        HEAD "{\"digest\":{\"other\":\"abcdabcdabcdabcd\"}, \"name\":\"n\"}]}", /* a blank: not canonical */
        HEAD "{\"name\":\"n\",\"digest\":{\"other\":\"abcdabcdabcdabcd\"}}]}",  /* order: not canonical */
        "{\"_type\":\"https://in-toto.io/Statement/"
        "v0.1\",\"predicate\":{},\"predicateType\":\"t\",\"subject\":[]}",
        "{\"_type\":\"https://in-toto.io/Statement/"
        "v1\",\"predicate\":1.5,\"predicateType\":\"t\",\"subject\":[]}",
    };
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new(1 << 20);
    yj_statement s = { .count = 77 };
    yj_dsse d = { .type = YJ_SPAN(YJ_STATEMENT_PAYLOAD) };
    d.payload = YJ_SPAN(HEAD "{\"digest\":{\"other\":\"abcdabcdabcdabcd\"},\"name\":\"n\"}]}");
    assert_status(yj_statement_parse(&d, a, &s, &err), YJ_OK);
    yj_statement_done(&s);
    d.type = YJ_SPAN("application/json");
    assert_status(yj_statement_parse(&d, a, &s, &err), YJ_E_INVALID);
    d.type = YJ_SPAN(YJ_STATEMENT_PAYLOAD);
    for (size_t i = 0; i < YJ_COUNT(bad); i++) {
        print_message("%s\n", bad[i]);
        d.payload = yj_span_of(bad[i]);
        assert_status(yj_statement_parse(&d, a, &s, &err), YJ_E_INVALID);
    }
    assert_int_equal(s.count, 0);
}

/* --- keys ------------------------------------------------------------------------------------- */

static void public_keys__are_saved_loaded_and_named(void **state)
{
    yj_error err;
    char path[300], id[2 * YJ_HASH_LEN + 1], again[2 * YJ_HASH_LEN + 1];
    yj_auto(yj_key_freep) yj_key *hello = hello_key(state);
    yj_key_id(hello, id);
    assert_string_equal(id, HELLO_KEYID);
    for (int alg = 0; alg < YJ_SIGN_COUNT_; alg++) {
        yj_auto(yj_key_freep) yj_key *k = NULL, *public = NULL;
        uint8_t sig[YJ_SIG_MAX];
        size_t len = 0;
        struct stat st;
        path_in(path, state, yj_sign_name((yj_sign_alg)alg));
        assert_status(yj_key_generate((yj_sign_alg)alg, &k, &err), YJ_OK);
        assert_status(yj_key_save_public(k, path, &err), YJ_OK);
        assert_status(yj_key_save_public(k, path, &err), YJ_E_CONFLICT);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0644);
        assert_status(yj_key_load_public(path, &public, &err), YJ_OK);
        yj_key_id(k, id);
        yj_key_id(public, again);
        assert_string_equal(id, again);
        assert_status(yj_sign(k, YJ_SPAN("m"), sig, &len, &err), YJ_OK);
        assert_true(yj_verify(public, YJ_SPAN("m"), (yj_span){ (char *)sig, len }));
    }
    yj_key *none = NULL;
    path_in(path, state, "hello.key"); /* a private one */
    assert_status(yj_key_load_public(path, &none, &err), YJ_E_INVALID);
    path_in(path, state, "absent");
    assert_status(yj_key_load_public(path, &none, &err), YJ_E_NOT_FOUND);
    assert_null(none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pae__is_that_of_the_protocol),
        unit_test_in_folder(sign__is_what_another_implementation_signs),
        unit_test_in_folder(parse__takes_what_the_protocol_allows),
        cmocka_unit_test(parse__refuses),
        cmocka_unit_test(parse__has_limits),
        cmocka_unit_test(statement__comes_back_as_it_was_signed),
        cmocka_unit_test(statement__refuses),
        unit_test_in_folder(public_keys__are_saved_loaded_and_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
