// SPDX-License-Identifier: Apache-2.0
/* Notes, verifier keys and checkpoints against the examples of C2SP signed-note and golang.org/x/mod/sumdb.
 */
#include "../base/test.h"

#include "ledger/note.h"

#define PETER "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
#define ENOCH "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
#define TEXT                                                                                                 \
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
#define DASH "\xe2\x80\x94 "
#define PETER_SIG                                                                                            \
    DASH "PeterNeumann "                                                                                     \
         "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
#define ENOCH_SIG                                                                                            \
    DASH "EnochRoot "                                                                                        \
         "rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"

typedef struct verifier {
    yj_buf name;
    yj_key *key;
} verifier;

static void verifier_done(verifier *v)
{
    yj_buf_done(&v->name);
    yj_key_free(v->key);
}

static verifier open_vkey(const char *vkey)
{
    verifier v = { .key = NULL };
    yj_error err;
    yj_buf_init(&v.name, 256);
    assert_status(yj_vkey_parse(yj_span_of(vkey), &v.name, &v.key, &err), YJ_OK);
    return v;
}

static void signed_note__of_go_verifies(void **state)
{
    (void)state;
    yj_auto(verifier_done) verifier peter = open_vkey(PETER), enoch = open_vkey(ENOCH);
    yj_note n;
    yj_error err;
    assert_string_equal(peter.name.ptr, "PeterNeumann");
    assert_int_equal(yj_note_key_id("PeterNeumann", peter.key), 0xc74f20a3);
    assert_status(yj_note_parse(YJ_SPAN(TEXT "\n" PETER_SIG ENOCH_SIG), &n, &err), YJ_OK);
    assert_true(yj_span_is(n.text, TEXT));
    assert_int_equal(n.sig_count, 2);
    assert_int_equal(n.sigs[1].key_id, 0xaf0cfe78);
    assert_true(yj_note_signed_by(&n, "PeterNeumann", peter.key));
    assert_true(yj_note_signed_by(&n, "EnochRoot", enoch.key));
    assert_false(yj_note_signed_by(&n, "EnochRoot", peter.key));
    assert_false(yj_note_signed_by(&n, "PeterNeumann", enoch.key));
    /* one signature: the other key did not sign */
    assert_status(yj_note_parse(YJ_SPAN(TEXT "\n" ENOCH_SIG), &n, &err), YJ_OK);
    assert_false(yj_note_signed_by(&n, "PeterNeumann", peter.key));
    /* a good signature does not save a bad one of the same key */
    assert_status(yj_note_parse(YJ_SPAN("x" TEXT "\n" PETER_SIG), &n, &err), YJ_OK);
    assert_false(yj_note_signed_by(&n, "PeterNeumann", peter.key));
    assert_status(yj_note_parse(YJ_SPAN(TEXT "\n" PETER_SIG DASH "PeterNeumann x08go/ZJkuBS\n"), &n, &err),
                  YJ_OK);
    assert_false(yj_note_signed_by(&n, "PeterNeumann", peter.key));
    /* twice the same is fine */
    assert_status(yj_note_parse(YJ_SPAN(TEXT "\n" PETER_SIG PETER_SIG), &n, &err), YJ_OK);
    assert_true(yj_note_signed_by(&n, "PeterNeumann", peter.key));
}

/* A signature of a kind we do not know may be long; the note stays readable. */
static void signed_note__ignores_long_signatures_of_others(void **state)
{
    (void)state;
    yj_auto(yj_buf_done) yj_buf b;
    yj_auto(verifier_done) verifier peter = open_vkey(PETER);
    uint8_t sig[2430] = { 1, 2, 3, 4 };
    yj_note n;
    yj_error err;
    yj_buf_init(&b, YJ_NOTE_BYTES_MAX);
    for (size_t len = 2425; len <= sizeof sig; len++) {
        yj_buf_clear(&b);
        yj_buf_str(&b, TEXT "\n" DASH "witness.example/w1 ");
        yj_buf_base64(&b, sig, len);
        yj_buf_str(&b, "\n" PETER_SIG);
        assert_status(yj_note_parse(yj_buf_view(&b), &n, &err), YJ_OK);
        assert_int_equal(n.sigs[0].key_id, 0x01020304);
        assert_true(yj_note_signed_by(&n, "PeterNeumann", peter.key));
    }
}

static void signed_note__malformed_is_refused_with_the_line(void **state)
{
    (void)state;
    static const struct {
        const char *note, *field;
    } rows[] = {
        { "", "line 1" },
        { "\n", "line 1" },
        { "\n\n", "line 3" },
        { TEXT, "line 2" },
        { TEXT "\n", "line 4" },
        { TEXT "\n" DASH "PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8", "line 4" }, /* no newline */
        { "\x01" TEXT "\n" PETER_SIG, "line 1" },
        { "a\nb\tc\n\n" PETER_SIG, "line 2" },
        { "a\nb\r\n\n" PETER_SIG, "line 2" },
        { "\xff" TEXT "\n" PETER_SIG, "line 1" },
        { TEXT "\n" DASH "Bad Name x08go/ZJkuBS\n", "line 4" },
        { TEXT "\n" DASH "Bad+Name x08go/ZJkuBS\n", "line 4" },
        { TEXT "\n" DASH "Bad\xe3\x80\x80Name x08go/ZJkuBS\n", "line 4" }, /* U+3000 */
        { TEXT "\n" DASH "Bad\xe2\x80\x89Name x08go/ZJkuBS\n", "line 4" }, /* U+2009 */
        { TEXT "\n" DASH " x08go/ZJkuBS\n", "line 4" },
        { TEXT "\n" DASH "Name\n", "line 4" },
        { TEXT "\n" DASH "Name \n", "line 4" },
        { TEXT "\n" DASH "Name x08gow==\n", "line 4" }, /* an id and no signature */
        { TEXT "\n" DASH "Name x08go/ZJkuB\n", "line 4" },
        { TEXT "\n" DASH "Name x08go/ZJkuBS= \n", "line 4" },
        { TEXT "\n- Name x08go/ZJkuBS\n", "line 4" },
        { TEXT "\n" PETER_SIG "Unexpected line.\n", "line 5" },
        { TEXT "\n" PETER_SIG "\n", "line 6" },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_note n = { .sig_count = 77 };
        yj_error err;
        assert_status(yj_note_parse(yj_span_of(rows[i].note), &n, &err), YJ_E_INVALID);
        assert_string_equal(err.field, rows[i].field);
        assert_int_equal(n.sig_count, 77);
    }
}

static void signed_note__limits(void **state)
{
    (void)state;
    yj_auto(yj_buf_done) yj_buf b;
    yj_note n;
    yj_error err;
    yj_buf_init(&b, 2 * YJ_NOTE_BYTES_MAX);
    yj_buf_str(&b, TEXT "\n");
    for (int i = 0; i < YJ_NOTE_SIGS_MAX; i++)
        yj_buf_str(&b, PETER_SIG);
    assert_status(yj_note_parse(yj_buf_view(&b), &n, &err), YJ_OK);
    yj_buf_str(&b, PETER_SIG);
    assert_status(yj_note_parse(yj_buf_view(&b), &n, &err), YJ_E_INVALID);
    assert_string_equal(err.field, "line 36");
    yj_buf_clear(&b);
    while (b.len <= YJ_NOTE_BYTES_MAX)
        yj_buf_str(&b, TEXT);
    yj_buf_str(&b, "\n" PETER_SIG);
    assert_status(yj_note_parse(yj_buf_view(&b), &n, &err), YJ_E_INVALID);
}

static void vkey__mangled_is_refused(void **state)
{
    (void)state;
    static const char whole[] = PETER;
    const size_t len = sizeof whole - 1;
    char bytes[sizeof whole];
    yj_error err;
    for (size_t i = 0; i < len; i++) {
        for (size_t k = i + 1; k <= len; k++) {
            yj_auto(yj_buf_done) yj_buf name;
            yj_key *key = NULL;
            yj_buf_init(&name, 256);
            if (i == 0 && k == len)
                continue;
            assert_int_equal(yj_vkey_parse((yj_span){ whole + i, k - i }, &name, &key, &err), YJ_E_INVALID);
            assert_null(key);
        }
    }
    for (size_t i = 0; i < len; i++) {
        yj_auto(yj_buf_done) yj_buf name;
        yj_key *key = NULL;
        yj_buf_init(&name, 256);
        memcpy(bytes, whole, sizeof whole);
        bytes[i]++;
        assert_int_equal(yj_vkey_parse((yj_span){ bytes, len }, &name, &key, &err), YJ_E_INVALID);
    }
    static const char *const bad[] = {
        "", "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==", /* wrong length */
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",         /* unknown kind */
    };
    for (size_t i = 0; i < YJ_COUNT(bad); i++) {
        yj_auto(yj_buf_done) yj_buf name;
        yj_key *key = NULL;
        yj_buf_init(&name, 256);
        assert_status(yj_vkey_parse(yj_span_of(bad[i]), &name, &key, &err), YJ_E_INVALID);
    }
}

static void sign__then_verify(void **state)
{
    (void)state;
    for (int alg = 0; alg < YJ_SIGN_COUNT_; alg++) {
        yj_auto(yj_key_freep) yj_key *a = NULL, *b = NULL;
        yj_auto(yj_buf_done) yj_buf note, vkey;
        yj_error err;
        yj_note n;
        yj_buf_init(&note, YJ_NOTE_BYTES_MAX);
        yj_buf_init(&vkey, YJ_VKEY_BYTES_MAX);
        assert_status(yj_key_generate((yj_sign_alg)alg, &a, &err), YJ_OK);
        assert_status(yj_key_generate((yj_sign_alg)alg, &b, &err), YJ_OK);
        const yj_key *both[] = { a, b };
        assert_status(yj_note_sign(YJ_SPAN("one\n\ntwo\n"), "yj.example/1", both, 2, &note, &err), YJ_OK);
        assert_status(yj_note_parse(yj_buf_view(&note), &n, &err), YJ_OK);
        assert_int_equal(n.sig_count, 2);
        assert_true(yj_span_is(n.text, "one\n\ntwo\n"));
        assert_true(yj_note_signed_by(&n, "yj.example/1", a));
        assert_true(yj_note_signed_by(&n, "yj.example/1", b));
        assert_false(yj_note_signed_by(&n, "yj.example/2", a));

        yj_vkey_format("yj.example/1", a, &vkey);
        yj_auto(verifier_done) verifier v = open_vkey(vkey.ptr);
        assert_string_equal(v.name.ptr, "yj.example/1");
        assert_int_equal(yj_key_alg(v.key), alg);
        assert_true(yj_note_signed_by(&n, "yj.example/1", v.key));

        /* every flipped bit of text and signatures is seen, or touches only the other signature */
        for (size_t bit = 0; bit < 8 * note.len; bit++) {
            note.ptr[bit / 8] = (char)(note.ptr[bit / 8] ^ 1 << bit % 8);
            if (yj_note_parse(yj_buf_view(&note), &n, NULL) == YJ_OK)
                assert_false(yj_note_signed_by(&n, "yj.example/1", a) &&
                             yj_note_signed_by(&n, "yj.example/1", b));
            note.ptr[bit / 8] = (char)(note.ptr[bit / 8] ^ 1 << bit % 8);
        }
    }
}

static void name_ok(void **state)
{
    (void)state;
    char name[300];
    memset(name, 'n', sizeof name);
    assert_true(yj_note_name_ok((yj_span){ name, YJ_NOTE_NAME_MAX }));
    assert_false(yj_note_name_ok((yj_span){ name, YJ_NOTE_NAME_MAX + 1 }));
    assert_true(yj_note_name_ok(YJ_SPAN("\xe4\xba\x91\xe9\x89\xb4"))); /* wide letters, no blank */
    assert_false(yj_note_name_ok(YJ_SPAN("")));
    assert_false(yj_note_name_ok(YJ_SPAN("\xff")));
    assert_false(yj_note_name_ok(YJ_SPAN("a\x7f")));
}

/* --- checkpoints -----------------------------------------------------------------------------------------
 */

#define ROOT "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="

static void checkpoint__of_the_specification_is_read(void **state)
{
    (void)state;
    yj_note n;
    yj_checkpoint c;
    yj_error err;
    yj_auto(yj_buf_done) yj_buf text;
    yj_buf_init(&text, 1024);
    static const char note[] =
        "example.com/behind-the-sofa\n20852163\n" ROOT "\n\n" DASH "example.com/behind-the-sofa "
        "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";
    assert_status(yj_note_parse(yj_span_of(note), &n, &err), YJ_OK);
    assert_status(yj_checkpoint_parse(&n, &c, &err), YJ_OK);
    assert_true(yj_span_is(c.origin, "example.com/behind-the-sofa"));
    assert_int_equal(c.size, 20852163);
    yj_checkpoint_text("example.com/behind-the-sofa", c.size, &c.root, &text);
    assert_true(yj_span_eq(yj_buf_view(&text), n.text));
    n.text = YJ_SPAN("o\n0\n" ROOT "\nextension\nand one more\n");
    assert_status(yj_checkpoint_parse(&n, &c, &err), YJ_OK);
    assert_int_equal(c.size, 0);
    n.text = YJ_SPAN("o\n9223372036854775807\n" ROOT "\n");
    assert_status(yj_checkpoint_parse(&n, &c, &err), YJ_OK);
}

static void checkpoint__malformed_is_refused_with_the_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *field;
    } rows[] = {
        { "", "line 1" },
        { "\n5\n" ROOT "\n", "line 1" },
        { "o\n", "line 2" },
        { "o\n\n" ROOT "\n", "line 2" },
        { "o\n05\n" ROOT "\n", "line 2" },
        { "o\n+5\n" ROOT "\n", "line 2" },
        { "o\n5 \n" ROOT "\n", "line 2" },
        { "o\n9223372036854775808\n" ROOT "\n", "line 2" },
        { "o\n5\n", "line 3" },
        { "o\n5\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxqw==\n", "line 3" }, /* 31 bytes */
        { "o\n5\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2JA\n", "line 3" }, /* 33 bytes */
        { "o\n5\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n", "line 3" }, /* bits left over */
        { "o\n5\n" ROOT "\n\nx\n", "line 4" },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_note n = { .text = yj_span_of(rows[i].text) };
        yj_checkpoint c = { .size = 77 };
        yj_error err;
        assert_status(yj_checkpoint_parse(&n, &c, &err), YJ_E_INVALID);
        assert_string_equal(err.field, rows[i].field);
        assert_int_equal(c.size, 77);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signed_note__of_go_verifies),
        cmocka_unit_test(signed_note__ignores_long_signatures_of_others),
        cmocka_unit_test(signed_note__malformed_is_refused_with_the_line),
        cmocka_unit_test(signed_note__limits),
        cmocka_unit_test(vkey__mangled_is_refused),
        cmocka_unit_test(sign__then_verify),
        cmocka_unit_test(name_ok),
        cmocka_unit_test(checkpoint__of_the_specification_is_read),
        cmocka_unit_test(checkpoint__malformed_is_refused_with_the_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
