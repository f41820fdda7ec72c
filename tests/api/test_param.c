// SPDX-License-Identifier: Apache-2.0
#include "api_test.h"

#include "api/multipart.h"
#include "api/param.h"
#include "api/schemas.h"
#include "api/worker.h"
#include <stdatomic.h>
#include <stdlib.h>

static yj_span span(const char *s)
{
    return yj_span_of(s);
}

static void pct__decodes_strictly(void **state)
{
    static const struct {
        const char *in, *out; /* NULL: refused */
        bool plus;
    } rows[] = {
        { "", "", false },
        { "plain", "plain", false },
        { "a%20b", "a b", false },
        { "%E4%BA%91%e9%89%b4", "云鉴", false },
        { "a+b", "a+b", false },
        { "a+b", "a b", true },
        { "a%2Bb", "a+b", true },
        { "A%20%2F%20B", "A / B", false },
        { "line%0Atwo%09", "line\ntwo\t", false },
        { "%", NULL, false },
        { "%4", NULL, false },
        { "%4g", NULL, false },
        { "%zz", NULL, false },
        { "a%00b", NULL, false },
        { "%01", NULL, false },
        { "%7F", NULL, false },
        { "%FF", NULL, false },
        { "%C0%80", NULL, false },    /* overlong NUL */
        { "%ED%A0%80", NULL, false }, /* surrogate */
        { "%E4%BA", NULL, false },    /* cut off */
    };
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new(1u << 20);
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_span got = { NULL, 0 };
        bool good = yj_pct_decode(span(rows[i].in), rows[i].plus, a, &got);
        if (good != (rows[i].out != NULL) || (good && !yj_span_is(got, rows[i].out)))
            fail_msg("'%s'", rows[i].in);
    }
    char two[2];
    size_t n = 0;
    assert_false(yj_pct_decode_into(span("abc"), false, two, sizeof two, &n));
}

static void pct__encodes_what_it_decodes(void **state)
{
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new(1u << 20);
    yj_auto(yj_buf_done) yj_buf b;
    yj_span got;
    const char *text = "N-1 / 云 鉴?&=#+%~._";
    yj_buf_init(&b, 4096);
    yj_pct_encode(span(text), &b);
    assert_null(strpbrk(b.ptr, " /?&=#+"));
    assert_true(yj_pct_decode(yj_buf_view(&b), true, a, &got));
    assert_true(yj_span_is(got, text));
}

static void target__is_split_and_checked(void **state)
{
    static const struct {
        const char *in, *path, *query; /* path NULL: refused */
    } rows[] = { { "/", "/", "" },
                 { "/a/b?c=d&e", "/a/b", "c=d&e" },
                 { "/a?b?c", "/a", "b?c" },
                 { "", NULL, NULL },
                 { "a", NULL, NULL },
                 { "/a b", NULL, NULL },
                 { "/a#b", NULL, NULL },
                 { "/\x7f", NULL, NULL },
                 { "/\xe4\xba\x91", NULL, NULL },
                 { "http://x/", NULL, NULL } };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_span path, query;
        bool good = yj_target_split(span(rows[i].in), &path, &query);
        assert_int_equal(good, rows[i].path != NULL);
        if (good) {
            assert_true(yj_span_is(path, rows[i].path));
            assert_true(yj_span_is(query, rows[i].query));
        }
    }
    yj_span rest = span("/a//b/"), seg;
    const char *want[] = { "a", "", "b", "" };
    for (size_t i = 0; i < 4; i++) {
        assert_true(yj_path_next(&rest, &seg));
        assert_true(yj_span_is(seg, want[i]));
    }
    assert_false(yj_path_next(&rest, &seg));
    rest = span("a=1&&b&c=x=y&=");
    yj_span key, value;
    const char *pairs[][2] = { { "a", "1" }, { "b", "" }, { "c", "x=y" }, { "", "" } };
    for (size_t i = 0; i < 4; i++) {
        assert_true(yj_query_next(&rest, &key, &value));
        assert_true(yj_span_is(key, pairs[i][0]) && yj_span_is(value, pairs[i][1]));
    }
    assert_false(yj_query_next(&rest, &key, &value));
}

static void filter__is_field_op_value(void **state)
{
    yj_span f, v;
    yj_param_op op;
    assert_true(yj_filter_split(span("url:eq:http://a:80/"), &f, &op, &v));
    assert_true(yj_span_is(f, "url") && op == YJ_OP_EQ && yj_span_is(v, "http://a:80/"));
    assert_true(yj_filter_split(span("note:has:"), &f, &op, &v));
    assert_true(op == YJ_OP_HAS && v.len == 0);
    const char *bad[] = { "", "a", "a:eq", ":eq:x", "a:like:x", "a::x", "a:EQ:x" };
    for (size_t i = 0; i < YJ_COUNT(bad); i++)
        assert_false(yj_filter_split(span(bad[i]), &f, &op, &v));
}

static void range__is_one_range_of_bytes(void **state)
{
    static const struct {
        const char *in;
        uint64_t size;
        yj_range kind;
        uint64_t first, length;
    } rows[] = {
        { "bytes=0-0", 10, YJ_RANGE_OK, 0, 1 },
        { "bytes=2-", 10, YJ_RANGE_OK, 2, 8 },
        { "bytes=2-99", 10, YJ_RANGE_OK, 2, 8 },
        { "bytes=-3", 10, YJ_RANGE_OK, 7, 3 },
        { "bytes=-30", 10, YJ_RANGE_OK, 0, 10 },
        { "BYTES=1-2", 10, YJ_RANGE_OK, 1, 2 },
        { "bytes=10-", 10, YJ_RANGE_OUTSIDE, 0, 0 },
        { "bytes=-0", 10, YJ_RANGE_OUTSIDE, 0, 0 },
        { "bytes=0-", 0, YJ_RANGE_OUTSIDE, 0, 0 },
        { "bytes=3-2", 10, YJ_RANGE_NONE, 0, 0 },
        { "bytes=0-1,3-4", 10, YJ_RANGE_NONE, 0, 0 },
        { "lines=0-1", 10, YJ_RANGE_NONE, 0, 0 },
        { "bytes=", 10, YJ_RANGE_NONE, 0, 0 },
        { "bytes=-", 10, YJ_RANGE_NONE, 0, 0 },
        { "bytes=a-b", 10, YJ_RANGE_NONE, 0, 0 },
        { "bytes=99999999999999999999-", 10, YJ_RANGE_NONE, 0, 0 },
        { "", 10, YJ_RANGE_NONE, 0, 0 },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        uint64_t first = 0, length = 0;
        if (yj_range_parse(span(rows[i].in), rows[i].size, &first, &length) != rows[i].kind ||
            first != rows[i].first || length != rows[i].length)
            fail_msg("'%s'", rows[i].in);
    }
    uint64_t a, n, t;
    assert_true(yj_content_range_parse(span("bytes 0-99/1000"), &a, &n, &t));
    assert_true(a == 0 && n == 100 && t == 1000);
    assert_true(yj_content_range_parse(span("bytes 5-5/*"), &a, &n, &t));
    assert_true(a == 5 && n == 1 && t == UINT64_MAX);
    const char *bad[] = { "", "bytes", "bytes 0-99", "bytes 9-1/10", "bytes 0-99/99", "bytes */10", "0-1/2" };
    for (size_t i = 0; i < YJ_COUNT(bad); i++)
        assert_false(yj_content_range_parse(span(bad[i]), &a, &n, &t));
}

static void etag__is_found_in_lists(void **state)
{
    yj_span tag = span("\"7.ab\"");
    assert_true(yj_etag_listed(span("*"), tag));
    assert_true(yj_etag_listed(span("\"7.ab\""), tag));
    assert_true(yj_etag_listed(span("\"x\", W/\"7.ab\""), tag));
    assert_true(yj_etag_listed(span("\"7.ab-gzip\""), tag));
    assert_true(yj_etag_listed(span("\"7.ab\""), span("\"7.ab-gzip\"")));
    assert_false(yj_etag_listed(span("\"7\""), tag));
    assert_false(yj_etag_listed(span("7.ab"), tag));
    assert_false(yj_etag_listed(span(""), tag));
    int64_t v = 0;
    const char *good[] = { "\"7\"", "W/\"7\"", "\"7.f00\"", "\"7.f00-gzip\"", " \"7\" " };
    for (size_t i = 0; i < YJ_COUNT(good); i++) {
        v = 0;
        assert_true(yj_etag_version(span(good[i]), &v));
        assert_int_equal(v, 7);
    }
    assert_true(yj_etag_version(span("*"), &v));
    assert_int_equal(v, -1);
    const char *bad[] = {
        "", "7", "\"\"", "\"x\"", "\"-7\"", "\"7\", \"8\"", "\"7x\"", "\"99999999999999999999\""
    };
    for (size_t i = 0; i < YJ_COUNT(bad); i++)
        assert_false(yj_etag_version(span(bad[i]), &v));
}

static void language__is_chinese_unless_english_is_preferred(void **state)
{
    const char *zh[] = { "",  "zh-CN",  "zh;q=0.9,en;q=0.8", "fr",
                         "*", "en;q=0", "en;q=0.5,*;q=0.6",  "en;q=1,zh" };
    const char *en[] = { "en", "en-US,zh;q=0.5", "fr,en;q=0.1", "zh;q=0.2,EN-gb;q=0.3" };
    for (size_t i = 0; i < YJ_COUNT(zh); i++)
        assert_int_equal(yj_accept_language(span(zh[i])), YJ_LANG_ZH);
    for (size_t i = 0; i < YJ_COUNT(en); i++)
        assert_int_equal(yj_accept_language(span(en[i])), YJ_LANG_EN);
    assert_true(yj_accepts_gzip(span("gzip, deflate, br")));
    assert_true(yj_accepts_gzip(span("*")));
    assert_false(yj_accepts_gzip(span("gzip;q=0, *")));
    assert_false(yj_accepts_gzip(span("identity")));
    assert_false(yj_accepts_gzip(span("")));
}

static void media__is_compared_without_parameters(void **state)
{
    yj_span b;
    assert_true(yj_media_is(span("Application/JSON; charset=utf-8"), "application/json"));
    assert_false(yj_media_is(span("application/jsonx"), "application/json"));
    assert_false(yj_media_is(span(""), "application/json"));
    assert_true(yj_media_boundary(span("multipart/form-data; charset=x; Boundary=\"a b\""), &b) == false);
    assert_true(yj_media_boundary(span("multipart/form-data; boundary=\"xyz\""), &b));
    assert_true(yj_span_is(b, "xyz"));
    assert_false(yj_media_boundary(span("multipart/form-data"), &b));
    assert_false(yj_media_boundary(span("multipart/form-data; boundary="), &b));
}

static void host__is_loopback_by_name(void **state)
{
    const char *good[] = {
        "localhost", "LocalHost:80", "127.0.0.1", "127.0.0.1:65535", "[::1]", "[::1]:8080"
    };
    const char *bad[] = {
        "",          "localhost.evil.org", "localhost:",    "localhost:x", "127.0.0.1:65536",
        "127.0.0.2", "evil.org",           "127.0.0.1.nip", "::1",         "localhost:80:80"
    };
    for (size_t i = 0; i < YJ_COUNT(good); i++)
        assert_true(yj_host_is_loopback(span(good[i])));
    for (size_t i = 0; i < YJ_COUNT(bad); i++)
        assert_false(yj_host_is_loopback(span(bad[i])));
    assert_true(yj_origin_is(span("http://LOCALHOST:80"), span("http://"), span("localhost:80")));
    assert_false(yj_origin_is(span("https://localhost:80"), span("http://"), span("localhost:80")));
    assert_false(yj_origin_is(span("http://localhost:81"), span("http://"), span("localhost:80")));
    assert_false(yj_origin_is(span("null"), span("http://"), span("localhost")));
}

/* --- multipart --------------------------------------------------------------------------------------------
 */

static void multipart__gives_its_parts(void **state)
{
    static const char body[] =
        "--xy\r\nContent-Disposition: form-data; name=\"a\"; filename=\"C:/dir/item.csv\"\r\n"
        "Content-Type: text/csv\r\n\r\nnumber,title\r\n1,\"x\r\n--x\"\r\n\r\n"
        "--xy\r\ncontent-disposition: form-data; name=\"empty\"\r\n\r\n\r\n"
        "--xy--\r\nepilogue";
    yj_part *parts = calloc(YJ_PARTS_MAX, sizeof *parts);
    size_t n = 0;
    yj_error err = { 0 };
    yj_ok(yj_multipart_parse(span(body), span("xy"), parts, &n, &err));
    assert_int_equal(n, 2);
    assert_string_equal(parts[0].name, "a");
    assert_string_equal(parts[0].file_name, "item.csv");
    assert_true(yj_span_is(parts[0].content, "number,title\r\n1,\"x\r\n--x\"\r\n"));
    assert_string_equal(parts[1].name, "empty");
    assert_int_equal(parts[1].content.len, 0);
    static const char *const bad[] = {
        "",
        "--xy",
        "--xy\r\n",
        "--xy\r\n\r\nno name\r\n--xy--",
        "--xy\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nno end",
        "--xy\r\nContent-Disposition form-data\r\n\r\nx\r\n--xy--",
        "--xy\r\nContent-Disposition: form-data; name=\"\xff\"\r\n\r\nx\r\n--xy--",
        "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--xy--",
    };
    for (size_t i = 0; i < YJ_COUNT(bad); i++) {
        if (yj_multipart_parse(span(bad[i]), span("xy"), parts, &n, &err) != YJ_E_INVALID)
            fail_msg("%zu was taken", i);
        assert_true(strncmp(err.field, "part ", 5) == 0);
    }
    free(parts);
}

static void multipart__bounds_names_and_parts(void **state)
{
    yj_part *parts = calloc(YJ_PARTS_MAX, sizeof *parts);
    yj_auto(yj_buf_done) yj_buf b;
    size_t n = 0;
    yj_error err = { 0 };
    yj_buf_init(&b, 1u << 20);
    yj_buf_str(&b, "--q\r\nContent-Disposition: form-data; name=\"");
    for (int i = 0; i < YJ_PART_NAME_MAX; i++)
        yj_buf_char(&b, 'n');
    yj_buf_str(&b, "\"\r\n\r\n\r\n--q--");
    assert_int_equal(yj_multipart_parse(yj_buf_view(&b), span("q"), parts, &n, &err), YJ_E_LIMIT);
    yj_buf_clear(&b);
    for (int i = 0; i <= YJ_PARTS_MAX; i++)
        yj_buf_str(&b, "--q\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n");
    yj_buf_str(&b, "--q--");
    assert_int_equal(yj_multipart_parse(yj_buf_view(&b), span("q"), parts, &n, &err), YJ_E_LIMIT);
    free(parts);
}

/* --- schemas, workers -------------------------------------------------------------------------------------
 */

static void schema__is_written_from_its_notation(void **state)
{
    yj_auto(yj_buf_done) yj_buf b;
    yj_jw w;
    yj_buf_init(&b, 1u << 20);
    yj_jw_init(&w, &b);
    yj_schema_write("a:s b?:[i] c:(x|y)? d:{e:Text? f:*} g:@k.fields", &w);
    assert_string_equal(
        b.ptr, "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"},"
               "\"b\":{\"type\":\"array\",\"items\":{\"type\":\"integer\"}},"
               "\"c\":{\"anyOf\":[{\"type\":\"string\",\"enum\":[\"x\",\"y\"]},{\"type\":\"null\"}]},"
               "\"d\":{\"type\":\"object\",\"properties\":{\"e\":{\"anyOf\":[{\"$ref\":\"#/components/"
               "schemas/Text\"},"
               "{\"type\":\"null\"}]},\"f\":{}},\"required\":[\"e\",\"f\"],\"additionalProperties\":false},"
               "\"g\":{\"$ref\":\"#/components/schemas/k.fields\"}},"
               "\"required\":[\"a\",\"c\",\"d\",\"g\"],\"additionalProperties\":false}");
    for (size_t i = 0; i < yj_schema_count; i++) {
        yj_error err = { 0 };
        yj_auto(yj_json_freep) json_t *v = NULL;
        yj_buf_clear(&b);
        yj_jw_init(&w, &b);
        yj_schema_write(yj_schemas[i].members, &w);
        yj_ok(yj_json_parse(yj_buf_view(&b), YJ_JSON_BYTES_MAX, &v, &err));
    }
}

static atomic_int jobs_run;
static void count_job(yj_job *j)
{
    atomic_fetch_add(&jobs_run, 1);
    free(j);
}

static void workers__run_everything_before_they_stop(void **state)
{
    yj_workers *w = NULL;
    yj_error err = { 0 };
    atomic_store(&jobs_run, 0);
    yj_ok(yj_workers_start(4, "test", &w, &err));
    for (int i = 0; i < 10000; i++) {
        yj_job *j = calloc(1, sizeof *j);
        j->run = count_job;
        yj_workers_add(w, j);
    }
    yj_workers_stop(w);
    assert_int_equal(atomic_load(&jobs_run), 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pct__decodes_strictly),
        cmocka_unit_test(pct__encodes_what_it_decodes),
        cmocka_unit_test(target__is_split_and_checked),
        cmocka_unit_test(filter__is_field_op_value),
        cmocka_unit_test(range__is_one_range_of_bytes),
        cmocka_unit_test(etag__is_found_in_lists),
        cmocka_unit_test(language__is_chinese_unless_english_is_preferred),
        cmocka_unit_test(media__is_compared_without_parameters),
        cmocka_unit_test(host__is_loopback_by_name),
        cmocka_unit_test(multipart__gives_its_parts),
        cmocka_unit_test(multipart__bounds_names_and_parts),
        cmocka_unit_test(schema__is_written_from_its_notation),
        cmocka_unit_test(workers__run_everything_before_they_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
