// SPDX-License-Identifier: Apache-2.0
#include "test.h"

#include "base/json.h"

static void parse__takes_any_value(void **state)
{
    (void)state;
    yj_error err;
    static const char *const rows[] = {
        "{}",   "[]",   "\"x\"", "1",           "-9223372036854775808",     "true",
        "null", " 1\n", "[1.5]", "\"\\u4e2d\"", "{\"a\":{\"a\":1},\"b\":1}"
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_auto(yj_json_freep) json_t *v = NULL;
        assert_status(yj_json_parse(yj_span_of(rows[i]), 1000, &v, &err), YJ_OK);
        assert_non_null(v);
    }
}

/* Most texts are read by our own reader, the others by jansson: nobody can tell which. */
static void parse__reads_what_jansson_reads(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "[0,-1,7,123456789012345678,-123456789012345678,1234567890123456789,9223372036854775807,-0]",
        "[1.5,1e3,-2E-2,10,100]",
        "[\"\",\"a\",\"\\\"\\\\\\/\\b\\f\\n\\r\\t\",\"x\\ny\\tz\",\"\\u4e2d\\u001f\",\"\x7f\"]",
        "[\"\\n\",\"\\n\",\"plain\",\"\\\"\"]",
        "{\"\":0,\"a\\tb\":{\"a\\tb\":\"\\r\"},\"z\":[{},[],[[]],null,true,false]}",
        ("{\"0123456789012345678901234567890123456789012345678901234567890123\":1,"
         "\"01234567890123456789012345678901234567890123456789012345678901234\":2}"),
        " \t\r\n{ \"b\" : [ 1 , 2 ] , \"a\" : \"\xe4\xb8\xad\xe6\x96\x87\" } \n",
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_error err;
        yj_auto(yj_json_freep) json_t *v = NULL;
        yj_auto(yj_json_freep) json_t *plain = json_loads(rows[i], JSON_DECODE_ANY, NULL);
        assert_non_null(plain);
        assert_status(yj_json_parse(yj_span_of(rows[i]), 1000, &v, &err), YJ_OK);
        assert_true(json_equal(v, plain));
        char *a = json_dumps(v, 0), *b = json_dumps(plain, 0); /* in the order of the text */
        assert_string_equal(a, b);
        free(a);
        free(b);
    }
    static const char *const wrong[] = { "[1 2]",  "[1,,2]", "{\"a\" 1}", "{\"a\":1,}", "{,}",       "[\"a]",
                                         "\"\\\"", "[-]",    "[--1]",     "tru",        "truefalse", "[00]",
                                         "\"a\"b", "nul",    "{1:2}",     "[\"\\\"" };
    for (size_t i = 0; i < YJ_COUNT(wrong); i++) {
        yj_error err;
        json_t *v = NULL;
        assert_status(yj_json_parse(yj_span_of(wrong[i]), 1000, &v, &err), YJ_E_INVALID);
        assert_null(v);
    }
}

static void parse__refuses_malformed_text_and_names_the_place(void **state)
{
    (void)state;
    yj_error err;
    static const struct {
        const char *text, *msg, *field;
    } rows[] = {
        { "", "the JSON text ends too early", "line 1 column" },
        { "  ", "the JSON text ends too early", "line 1 column" },
        { "{\"a\":1", "the JSON text ends too early", "line 1 column 6" },
        { "\"abc", "the JSON text ends too early", "line 1 column" },
        { "[1,\n2,\nx]", "the text is not valid JSON", "line 3 column" },
        { "[1,]", "the text is not valid JSON", "line 1 column 4" },
        { "{a:1}", "the text is not valid JSON", "line 1" },
        { "[01]", "the text is not valid JSON", "line 1" },
        { "NaN", "the text is not valid JSON", "line 1" },
        { "[\"a\nb\"]", "the text is not valid JSON", "line 1" },
        { "[\"\\x\"]", "the text is not valid JSON", "line 1" },
        { "[\"\\ud800\"]", "the text is not valid JSON", "line 1" },
        { "\xef\xbb\xbf{}", "the text is not valid JSON", "line 1" },
        { "1 2", "something follows the end of the JSON value", "line 1 column 3" },
        { "{} x", "something follows the end of the JSON value", "line 1 column" },
        { "{\"a\":1,\"a\":1}", "a JSON object has the same key twice", "line 1" },
        { "{\"a\":1,\"\\u0061\":1}", "a JSON object has the same key twice", "line 1" },
        { "[{\"b\":{\"a\":1,\n\"a\":2}}]", "a JSON object has the same key twice", "line 2" },
        { "\"a\\u0000b\"", "JSON strings must not hold the NUL character", "line 1" },
        { "{\"a\\u0000\":1}", "JSON strings must not hold the NUL character", "line 1" },
        { "9223372036854775808", "a JSON number is out of range", "line 1" },
        { "1e999", "a JSON number is out of range", "line 1" },
        { "[1,\n\"\xe4\xb8\xad\", \"\xff\"]", "the JSON text is not valid UTF-8", "line 2 column 7" },
        { "\"\xed\xa0\x80\"", "the JSON text is not valid UTF-8", "line 1 column 2" },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        json_t *v = (json_t *)&err;
        assert_status(yj_json_parse(yj_span_of(rows[i].text), 1000, &v, &err), YJ_E_INVALID);
        assert_ptr_equal(v, &err); /* the output is left alone */
        assert_string_equal(err.msg, rows[i].msg);
        if (strncmp(err.field, rows[i].field, strlen(rows[i].field)) != 0)
            fail_msg("\"%s\": field is \"%s\", expected \"%s\"", rows[i].text, err.field, rows[i].field);
        assert_string_not_equal(err.msg, err.msg_zh);
    }
    json_t *v = NULL;
    assert_status(yj_json_parse((yj_span){ "[1]\0", 4 }, 1000, &v, &err), YJ_E_INVALID);
    assert_status(yj_json_parse((yj_span){ NULL, 0 }, 1000, &v, &err), YJ_E_INVALID);
    assert_status(yj_json_parse((yj_span){ "[1, 2]", 2 }, 1000, &v, &err), YJ_E_INVALID);
}

static void parse__refuses_too_long_text(void **state)
{
    (void)state;
    yj_error err;
    yj_auto(yj_json_freep) json_t *v = NULL;
    assert_status(yj_json_parse(YJ_SPAN("[1,2]"), 4, &v, &err), YJ_E_LIMIT);
    assert_null(v);
    assert_string_equal(err.msg, "the JSON text is 5 bytes long, at most 4 are allowed");
    assert_status(yj_json_parse(YJ_SPAN("[1,2]"), 5, &v, &err), YJ_OK);
}

static void parse__refuses_deep_nesting(void **state)
{
    (void)state;
    yj_error err;
    char text[256];
    for (int object = 0; object < 2; object++) {
        for (size_t depth = YJ_JSON_DEPTH_MAX; depth <= YJ_JSON_DEPTH_MAX + 1; depth++) {
            size_t n = 0;
            for (size_t i = 0; i < depth; i++) {
                const char *open = object ? "{\"a\":" : "[";
                memcpy(text + n, open, strlen(open));
                n += strlen(open);
            }
            text[n++] = '1';
            for (size_t i = 0; i < depth; i++)
                text[n++] = object ? '}' : ']';
            yj_auto(yj_json_freep) json_t *v = NULL;
            bool fits = depth == YJ_JSON_DEPTH_MAX;
            assert_status(yj_json_parse((yj_span){ text, n }, 1000, &v, &err), fits ? YJ_OK : YJ_E_INVALID);
            if (!fits) {
                assert_string_equal(err.msg, "the JSON text is nested deeper than 32 levels");
                assert_string_equal(err.field, object ? "line 1 column 161" : "line 1 column 33");
            }
        }
    }
    /* brackets in strings do not count, whatever is escaped */
    yj_auto(yj_json_freep) json_t *v = NULL;
    yj_span s = YJ_SPAN("[\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[[[[[[\\\\\",\"]\"]");
    assert_status(yj_json_parse(s, 1000, &v, &err), YJ_OK);
    /* and long hostile nests are refused at once */
    char *nest = malloc(1 << 20);
    assert_non_null(nest);
    memset(nest, '[', 1 << 20);
    json_t *none = NULL;
    assert_status(yj_json_parse((yj_span){ nest, 1 << 20 }, 1 << 20, &none, &err), YJ_E_INVALID);
    free(nest);
}

static void canonical__has_one_form_for_one_value(void **state)
{
    (void)state;
    yj_error err;
    static const char *const rows[][2] = {
        { " { \"b\" : 1 , \"a\" : [ true , false , null ] } ", "{\"a\":[true,false,null],\"b\":1}" },
        { "{\"aa\":1,\"a\":2,\"B\":3,\"\":4}", "{\"\":4,\"B\":3,\"a\":2,\"aa\":1}" },
        { "{\"\xe4\xb8\xad\":1,\"z\":2,\"\xc3\xa9\":3}", "{\"z\":2,\"\xc3\xa9\":3,\"\xe4\xb8\xad\":1}" },
        { "\"\\u4e2d\\/\\u0041\"", "\"\xe4\xb8\xad/A\"" },
        { "\"\\u0001\\b\\f\\n\\r\\t\\u001f\\u007f\\\"\\\\\"",
          "\"\\u0001\\b\\f\\n\\r\\t\\u001f\x7f\\\"\\\\\"" },
        { "\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\"" },
        { "-0", "0" },
        { "-12", "-12" },
        { "[]", "[]" },
        { "{}", "{}" },
        { "\"long enough to be scanned by words, then \\n a break\"",
          "\"long enough to be scanned by words, then \\n a break\"" },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_auto(yj_json_freep) json_t *v = NULL;
        yj_auto(yj_buf_done) yj_buf out;
        yj_buf_init(&out, 1000);
        assert_status(yj_json_parse(yj_span_of(rows[i][0]), 1000, &v, &err), YJ_OK);
        assert_status(yj_json_canonical(v, &out, &err), YJ_OK);
        assert_string_equal(out.ptr, rows[i][1]);
    }
}

static void canonical__sorts_many_keys_by_bytes(void **state)
{
    (void)state;
    yj_error err;
    uint64_t seed = TEST_SEED;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int round = 0; round < 20; round++) {
        yj_auto(yj_json_freep) json_t *v = json_object();
        for (int i = 0; i < 40; i++) {
            char key[8] = "";
            for (size_t k = 0, n = test_random(&seed) % 4; k < n; k++)
                key[k] = (char)('a' + test_random(&seed) % 26);
            json_object_set_new(v, key, json_integer(i));
        }
        yj_auto(yj_buf_done) yj_buf out;
        yj_buf_init(&out, 10000);
        yj_auto(yj_json_freep) json_t *back = NULL;
        assert_status(yj_json_canonical(v, &out, &err), YJ_OK);
        assert_status(yj_json_parse(yj_buf_view(&out), 10000, &back, &err), YJ_OK);
        assert_true(json_equal(v, back));
        const char *last = "", *key;
        json_t *item;
        json_object_foreach(back, key, item) /* jansson keeps the order of the text */
        {
            assert_true(key[0] == '\0' || strcmp(last, key) < 0);
            last = key;
        }
    }
}

static void canonical__refuses_fractions_depth_and_small_buffers(void **state)
{
    (void)state;
    yj_error err;
    yj_auto(yj_buf_done) yj_buf out;
    yj_buf_init(&out, 20);
    yj_buf_str(&out, "before");
    yj_auto(yj_json_freep) json_t *v = NULL;
    assert_status(yj_json_parse(YJ_SPAN("{\"a\":[1,2,1.5]}"), 1000, &v, &err), YJ_OK);
    assert_status(yj_json_canonical(v, &out, &err), YJ_E_INVALID);
    assert_string_equal(out.ptr, "before");

    yj_auto(yj_json_freep) json_t *deep = json_integer(1);
    for (int i = 0; i <= YJ_JSON_DEPTH_MAX; i++) {
        json_t *outer = json_array();
        json_array_append_new(outer, deep);
        deep = outer;
    }
    yj_auto(yj_buf_done) yj_buf big;
    yj_buf_init(&big, 1000);
    assert_status(yj_json_canonical(deep, &big, &err), YJ_E_INVALID);
    assert_int_equal(big.len, 0);
    assert_status(yj_json_canonical(json_array_get(deep, 0), &big, &err), YJ_OK);

    yj_auto(yj_json_freep) json_t *text = json_string("more than twenty bytes of text");
    assert_status(yj_json_canonical(text, &out, &err), YJ_E_LIMIT);
    assert_string_equal(out.ptr, "before");
}

static void writer__puts_commas_and_escapes(void **state)
{
    (void)state;
    yj_error err;
    yj_auto(yj_json_freep) json_t *real = json_pack("{s:f,s:[i]}", "pi", 3.25, "a", 1);
    yj_auto(yj_buf_done) yj_buf out;
    yj_buf_init(&out, 1000);
    yj_jw w;
    yj_jw_init(&w, &out);
    yj_jw_object(&w);
    yj_jw_kstr(&w, "name", "a \"b\" \\ \n");
    yj_jw_kstr(&w, "none", NULL);
    yj_jw_ki64(&w, "n", -5);
    yj_jw_kbool(&w, "yes", true);
    yj_jw_kspan(&w, "s\t", YJ_SPAN("\x01"));
    yj_jw_key(&w, "list");
    yj_jw_array(&w);
    yj_jw_i64(&w, 1);
    yj_jw_bool(&w, false);
    yj_jw_null(&w);
    yj_jw_object(&w);
    yj_jw_end_object(&w);
    yj_jw_array(&w);
    yj_jw_end_array(&w);
    yj_jw_raw(&w, YJ_SPAN("{\"raw\":1}"));
    yj_jw_json(&w, real);
    yj_jw_json(&w, NULL);
    yj_jw_span(&w, (yj_span){ NULL, 0 });
    yj_jw_end_array(&w);
    yj_jw_ki64(&w, "last", 2);
    yj_jw_end_object(&w);
    assert_status(yj_buf_status(&out, &err), YJ_OK);
    assert_string_equal(
        out.ptr,
        "{\"name\":\"a \\\"b\\\" \\\\ \\n\",\"none\":null,\"n\":-5,\"yes\":true,\"s\\t\":\"\\u0001\","
        "\"list\":[1,false,null,{},[],{\"raw\":1},{\"a\":[1],\"pi\":3.25},null,\"\"],\"last\":2}");
    yj_auto(yj_json_freep) json_t *v = NULL;
    assert_status(yj_json_parse(yj_buf_view(&out), 1000, &v, &err), YJ_OK);
}

static void writer__reaches_the_full_depth(void **state)
{
    (void)state;
    yj_error err;
    yj_auto(yj_buf_done) yj_buf out;
    yj_buf_init(&out, 1000);
    yj_jw w;
    yj_jw_init(&w, &out);
    for (int i = 0; i < YJ_JSON_DEPTH_MAX; i++) {
        yj_jw_array(&w);
        yj_jw_i64(&w, i);
    }
    for (int i = 0; i < YJ_JSON_DEPTH_MAX; i++) {
        yj_jw_end_array(&w);
        if (i + 1 < YJ_JSON_DEPTH_MAX)
            yj_jw_i64(&w, i);
    }
    yj_auto(yj_json_freep) json_t *v = NULL;
    assert_status(yj_json_parse(yj_buf_view(&out), 1000, &v, &err), YJ_OK);
    assert_int_equal(json_array_size(v), 3);
}

/* The writer's escapes by words agree with a naive encoder, at every place and length. */
static void writer__escapes_like_a_naive_encoder(void **state)
{
    (void)state;
    yj_error err;
    uint64_t seed = TEST_SEED;
    print_message("seed %llu\n", (unsigned long long)seed);
    yj_auto(yj_buf_done) yj_buf got;
    yj_buf_init(&got, 4096);
    for (int round = 0; round < 20000; round++) {
        char in[40], want[sizeof in * 6 + 3];
        size_t len = test_random(&seed) % sizeof in, n = 0;
        static const char often[] = "\"\\\n\x1f !#[]\x7f/";
        for (size_t i = 0; i < len; i++)
            in[i] = test_random(&seed) % 8 ? (char)('a' + test_random(&seed) % 26)
                                           : often[test_random(&seed) % (sizeof often - 1)];
        want[n++] = '"';
        for (size_t i = 0; i < len; i++) {
            if (in[i] == '\n') {
                want[n++] = '\\';
                want[n++] = 'n';
            } else if (in[i] == '\x1f') {
                memcpy(want + n, "\\u001f", 6);
                n += 6;
            } else {
                if (in[i] == '"' || in[i] == '\\')
                    want[n++] = '\\';
                want[n++] = in[i];
            }
        }
        want[n++] = '"';
        want[n] = '\0';
        yj_buf_clear(&got);
        yj_jw w;
        yj_jw_init(&w, &got);
        yj_jw_span(&w, (yj_span){ in, len });
        assert_status(yj_buf_status(&got, &err), YJ_OK);
        assert_string_equal(got.ptr, want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parse__takes_any_value),
        cmocka_unit_test(parse__reads_what_jansson_reads),
        cmocka_unit_test(parse__refuses_malformed_text_and_names_the_place),
        cmocka_unit_test(parse__refuses_too_long_text),
        cmocka_unit_test(parse__refuses_deep_nesting),
        cmocka_unit_test(canonical__has_one_form_for_one_value),
        cmocka_unit_test(canonical__sorts_many_keys_by_bytes),
        cmocka_unit_test(canonical__refuses_fractions_depth_and_small_buffers),
        cmocka_unit_test(writer__puts_commas_and_escapes),
        cmocka_unit_test(writer__reaches_the_full_depth),
        cmocka_unit_test(writer__escapes_like_a_naive_encoder),
    };
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
