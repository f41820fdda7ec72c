// SPDX-License-Identifier: Apache-2.0
/* Signatures are held against values that Python's hmac gave; what is sent is read again as JSON. */
#include "test.h"

#include "base/hash.h"
#include "notice/address.h"
#include "notice/robot.h"

#define NOW INT64_C(1795772439123456789)
#define KEY "693axxx6-7aoc-4bc4-97a0-0ec2sifa5aaa"
#define SECRET "SECabcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789"

static const yj_saying plain_saying = { .id = "0199f3c1-0000-7000-8000-000000000001",
                                        .title = "一项义务已逾期",
                                        .text = "合同“云主机”的年度评审",
                                        .link = "https://yunjian.example/due?d=2026-12-31",
                                        .label = "查看",
                                        .grade = 2,
                                        .time_ns = NOW - 60 * INT64_C(1000000000) };

static const yj_robot wecom = { .kind = YJ_ROBOT_WECOM, .key = KEY };
static const yj_robot dingtalk = { .kind = YJ_ROBOT_DINGTALK, .key = "0123456789abcdef", .secret = SECRET };
static const yj_robot feishu = { .kind = YJ_ROBOT_FEISHU, .key = KEY, .secret = "feishuSecret1" };
static const yj_robot webhook = { .kind = YJ_ROBOT_WEBHOOK,
                                  .base = "https://hooks.example/in?tenant=1",
                                  .secret = "0123456789abcdef" };

/* Write, and read the body as JSON. */
static json_t *written(const yj_robot *r, const yj_saying *s, yj_post *p)
{
    yj_error err = { 0 };
    json_t *v = NULL;
    assert_status(yj_robot_write(r, s, NOW, p, &err), YJ_OK);
    assert_status(yj_json_parse(yj_buf_view(&p->body), YJ_POST_BODY_MAX, &v, &err), YJ_OK);
    return v;
}

static const char *at(const json_t *v, const char *a, const char *b)
{
    v = json_object_get(v, a);
    const char *s = json_string_value(b ? json_object_get(v, b) : v);
    assert_non_null(s);
    return s;
}

/* --- what is sent ----------------------------------------------------------------------------- */

static void write__speaks_to_each_robot_in_its_own_way(void **state)
{
    (void)state;
    static const struct {
        const yj_robot *robot;
        bool markdown;
        const char *url, *body;
    } rows[] = {
        { &wecom, false, "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=" KEY,
          "{\"msgtype\":\"text\",\"text\":{\"content\":\"一项义务已逾期\\n合同“云主机”的年度评审\\n"
          "https://yunjian.example/due?d=2026-12-31\"}}" },
        { &wecom, true, "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=" KEY,
          "{\"msgtype\":\"markdown\",\"markdown\":{\"content\":\"**一项义务已逾期**"
          "\\n\\n合同“云主机”的年度评审\\n\\n"
          "[查看](https://yunjian.example/due?d=2026-12-31)\"}}" },
        { &dingtalk, false,
          "https://oapi.dingtalk.com/robot/send?access_token=0123456789abcdef&timestamp=1795772439123&sign="
          "WPpdfeMGyvv9UzuZV4DdR5g0N%2FS%2BeZmXbaIutM9vVxc%3D",
          "{\"msgtype\":\"text\",\"text\":{\"content\":\"一项义务已逾期\\n合同“云主机”的年度评审\\n"
          "https://yunjian.example/due?d=2026-12-31\"}}" },
        { &dingtalk, true,
          "https://oapi.dingtalk.com/robot/send?access_token=0123456789abcdef&timestamp=1795772439123&sign="
          "WPpdfeMGyvv9UzuZV4DdR5g0N%2FS%2BeZmXbaIutM9vVxc%3D",
          "{\"msgtype\":\"markdown\",\"markdown\":{\"title\":\"一项义务已逾期\",\"text\":\"**一项义务已逾期**"
          "\\n\\n"
          "合同“云主机”的年度评审\\n\\n[查看](https://yunjian.example/due?d=2026-12-31)\"}}" },
        { &feishu, false, "https://open.feishu.cn/open-apis/bot/v2/hook/" KEY,
          "{\"timestamp\":\"1795772439\",\"sign\":\"DIjZBD1BSzwq8ptUwkgiReckWGS242rm2P0+PVzGQKo=\","
          "\"msg_type\":\"text\",\"content\":{\"text\":\"一项义务已逾期\\n合同“云主机”的年度评审\\n"
          "https://yunjian.example/due?d=2026-12-31\"}}" },
        { &webhook, false, "https://hooks.example/in?tenant=1",
          "{\"id\":\"0199f3c1-0000-7000-8000-000000000001\",\"time\":\"2026-11-27T09:39:39.123456789Z\","
          "\"title\":\"一项义务已逾期\",\"text\":\"合同“云主机”的年度评审\","
          "\"link\":\"https://yunjian.example/due?d=2026-12-31\"}" },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_auto(yj_post_done) yj_post p;
        yj_error err = { 0 };
        yj_robot r = *rows[i].robot;
        r.markdown = rows[i].markdown;
        yj_post_init(&p);
        assert_status(yj_robot_write(&r, &plain_saying, NOW, &p, &err), YJ_OK);
        assert_string_equal(p.url.ptr, rows[i].url);
        assert_string_equal(p.body.ptr, rows[i].body);
        assert_int_equal(p.header_count, r.kind == YJ_ROBOT_WEBHOOK ? 3 : 1);
        assert_string_equal(p.header[0], "Content-Type: application/json; charset=utf-8");
    }
}

static void write__goes_to_a_private_deployment_unsigned_if_so_set(void **state)
{
    (void)state;
    yj_auto(yj_post_done) yj_post p;
    yj_post_init(&p);
    yj_robot r = feishu;
    r.base = "http://10.0.0.8:8443/feishu";
    r.secret = "";
    yj_auto(yj_json_freep) json_t *v = written(&r, &plain_saying, &p);
    assert_string_equal(p.url.ptr, "http://10.0.0.8:8443/feishu/open-apis/bot/v2/hook/" KEY);
    assert_null(json_object_get(v, "sign"));
    assert_null(json_object_get(v, "timestamp"));
    r = dingtalk;
    r.secret = NULL;
    yj_auto(yj_json_freep) json_t *w = written(&r, &plain_saying, &p); /* the same request again */
    assert_string_equal(p.url.ptr, "https://oapi.dingtalk.com/robot/send?access_token=0123456789abcdef");
    assert_int_equal(p.header_count, 1);
    assert_non_null(w);
}

/* Worked out here from what was sent, as a receiver would. */
static void webhooks__are_signed_over_time_and_body_and_keep_their_key(void **state)
{
    (void)state;
    yj_auto(yj_post_done) yj_post p, later;
    yj_auto(yj_buf_done) yj_buf message;
    yj_error err = { 0 };
    yj_digest d;
    char hex[2 * YJ_HASH_LEN + 1], want[256];
    yj_post_init(&p);
    yj_post_init(&later);
    yj_buf_init(&message, YJ_POST_BODY_MAX + 64);
    assert_status(yj_robot_write(&webhook, &plain_saying, NOW, &p, &err), YJ_OK);
    yj_buf_str(&message, "1795772439.");
    yj_buf_span(&message, yj_buf_view(&p.body));
    assert_status(yj_hmac_sha256(yj_span_of(webhook.secret), yj_buf_view(&message), &d, &err), YJ_OK);
    yj_digest_hex(&d, hex);
    snprintf(want, sizeof want, "X-Yunjian-Signature: t=1795772439,v1=%s", hex);
    assert_string_equal(p.header[1], "Idempotency-Key: 0199f3c1-0000-7000-8000-000000000001");
    assert_string_equal(p.header[2], want);
    assert_status(yj_robot_write(&webhook, &plain_saying, NOW + INT64_C(300000000000), &later, &err), YJ_OK);
    assert_string_equal(later.header[1], p.header[1]);
    assert_string_equal(later.body.ptr, p.body.ptr);
    assert_string_not_equal(later.header[2], p.header[2]);
}

static void texts__leave_only_if_nothing_in_them_is_known_to_be_sensitive(void **state)
{
    (void)state;
    const yj_robot *const robots[] = { &wecom, &dingtalk, &feishu, &webhook };
    for (int grade = -1; grade <= 6; grade++) {
        for (size_t i = 0; i < YJ_COUNT(robots); i++) {
            yj_auto(yj_post_done) yj_post p;
            yj_post_init(&p);
            yj_saying s = plain_saying;
            s.grade = grade;
            yj_auto(yj_json_freep) json_t *v = written(robots[i], &s, &p);
            assert_int_equal(strstr(p.body.ptr, "云主机") != NULL, grade == 1 || grade == 2);
            assert_non_null(strstr(p.body.ptr, "一项义务已逾期"));
            assert_non_null(strstr(p.body.ptr, "https://yunjian.example/due"));
            assert_non_null(v);
        }
    }
}

static void texts__are_cut_at_the_robots_limit_and_keep_the_link(void **state)
{
    (void)state;
    static const struct {
        const yj_robot *robot;
        bool markdown;
        size_t limit;
        const char *a, *b;
    } rows[] = {
        { &wecom, false, 2048, "text", "content" },    { &wecom, true, 4096, "markdown", "content" },
        { &dingtalk, false, 9000, "text", "content" }, { &dingtalk, true, 9000, "markdown", "text" },
        { &feishu, false, 9000, "content", "text" },
    };
    static const char *const pieces[] = { "云", "a", "<", "\"", "\n", "*x\\", "\xf0\x9f\x98\x80" };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        for (size_t k = 0; k < YJ_COUNT(pieces); k++) {
            yj_auto(yj_post_done) yj_post p;
            yj_auto(yj_buf_done) yj_buf text;
            yj_post_init(&p);
            yj_buf_init(&text, (size_t)1 << 20);
            while (text.len < 30000)
                yj_buf_str(&text, pieces[k]);
            yj_saying s = plain_saying;
            yj_robot r = *rows[i].robot;
            r.markdown = rows[i].markdown;
            s.text = s.title = text.ptr;
            yj_auto(yj_json_freep) json_t *v = written(&r, &s, &p);
            const char *content = at(v, rows[i].a, rows[i].b);
            size_t n = strlen(content);
            assert_int_equal(yj_robot_limit(&r), rows[i].limit);
            assert_true(n <= rows[i].limit && n > rows[i].limit - 8);
            assert_non_null(strstr(content, "…"));
            const char *end = rows[i].markdown ? "](https://yunjian.example/due?d=2026-12-31)"
                                               : "\nhttps://yunjian.example/due?d=2026-12-31";
            assert_string_equal(content + n - strlen(end), end);
            assert_true(p.body.len <= 20000);
        }
    }
}

static void texts__cannot_speak_the_robots_markup(void **state)
{
    (void)state;
    yj_auto(yj_post_done) yj_post p;
    yj_post_init(&p);
    yj_saying s = plain_saying;
    s.title = "<at user_id=\"all\">所有人</at>";
    s.text = "[点此](http://evil.example) **x** `y` <@all> ![](z)\n# a|b\\c";
    yj_robot r = wecom;
    r.markdown = true;
    yj_auto(yj_json_freep) json_t *v = written(&r, &s, &p);
    assert_string_equal(at(v, "markdown", "content"),
                        "**＜at user_id=\"all\"＞所有人＜/at＞**\n\n"
                        "［点此］(http://evil.example) ＊＊x＊＊ ｀y｀ ＜@all＞ !［］(z)\n＃ a｜b＼c\n\n"
                        "[查看](https://yunjian.example/due?d=2026-12-31)");
    yj_auto(yj_json_freep) json_t *w = written(&feishu, &s, &p);
    assert_null(strchr(at(w, "content", "text"), '<'));
    yj_auto(yj_json_freep) json_t *x = written(&webhook, &s, &p); /* a program's to interpret */
    assert_string_equal(at(x, "title", NULL), s.title);
    assert_string_equal(at(x, "text", NULL), s.text);
}

/* --- what is refused -------------------------------------------------------------------------- */

static void check__refuses_what_is_no_robot(void **state)
{
    (void)state;
    char long_key[YJ_ROBOT_KEY_MAX + 2];
    memset(long_key, 'k', sizeof long_key);
    long_key[sizeof long_key - 1] = '\0';
    const struct {
        yj_robot robot;
        const char *field;
    } rows[] = {
        { { .kind = YJ_ROBOT_WECOM, .key = KEY }, NULL },
        { { .kind = YJ_ROBOT_WECOM, .key = KEY, .base = "" }, NULL },
        { { .kind = YJ_ROBOT_WECOM, .key = KEY, .base = "https://wecom.broker.example:8443" }, NULL },
        { { .kind = YJ_ROBOT_WECOM, .key = KEY, .base = "https://wecom.broker.example/" }, "base" },
        { { .kind = YJ_ROBOT_WECOM, .key = KEY, .base = "https://wecom.broker.example?x=" }, "base" },
        { { .kind = YJ_ROBOT_WECOM, .key = KEY, .base = "ftp://wecom.broker.example" }, "base" },
        { { .kind = YJ_ROBOT_WECOM, .key = KEY, .base = "file:///etc/passwd" }, "base" },
        { { .kind = YJ_ROBOT_WECOM, .key = KEY, .base = "https://user:pw@x.example" }, "base" },
        { { .kind = YJ_ROBOT_WECOM, .key = KEY, .secret = "not for it" }, "secret" },
        { { .kind = YJ_ROBOT_WECOM, .key = NULL }, "key" },
        { { .kind = YJ_ROBOT_WECOM, .key = "a&b=c123" }, "key" },
        { { .kind = YJ_ROBOT_WECOM, .key = "abc/../x" }, "key" },
        { { .kind = YJ_ROBOT_WECOM, .key = long_key }, "key" },
        { { .kind = YJ_ROBOT_FEISHU, .key = KEY, .secret = "a\nb c" }, "secret" },
        { { .kind = YJ_ROBOT_DINGTALK, .key = KEY, .secret = "ab" }, "secret" },
        { { .kind = YJ_ROBOT_WEBHOOK, .base = "https://h.example/x?y=1", .secret = "0123456789abcdef" },
          NULL },
        { { .kind = YJ_ROBOT_WEBHOOK, .base = "https://h.example/x", .secret = "0123456789abcde" },
          "secret" },
        { { .kind = YJ_ROBOT_WEBHOOK, .base = "https://h.example/x", .secret = NULL }, "secret" },
        { { .kind = YJ_ROBOT_WEBHOOK, .base = NULL, .secret = "0123456789abcdef" }, "base" },
        { { .kind = YJ_ROBOT_WEBHOOK,
            .base = "https://h.example/x",
            .key = "kkkk",
            .secret = "0123456789abcdef" },
          "key" },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_auto(yj_post_done) yj_post p;
        yj_error err = { 0 };
        yj_post_init(&p);
        yj_status want = rows[i].field ? YJ_E_INVALID : YJ_OK;
        assert_status(yj_robot_check(&rows[i].robot, &err), want);
        if (rows[i].field)
            assert_string_equal(err.field, rows[i].field);
        assert_status(yj_robot_write(&rows[i].robot, &plain_saying, NOW, &p, &err), want);
    }
}

static void write__refuses_what_cannot_be_said(void **state)
{
    (void)state;
    static const struct {
        const char *id, *title, *link, *field;
    } rows[] = {
        { "a\r\nX: 1", "t", "https://x/", "id" },
        { "", "t", "https://x/", "id" },
        { "a", "", "https://x/", "title" },
        { "a", "t", "javascript:alert(1)", "link" },
        { "a", "t", "https://x/) [y](z", "link" },
        { "a", "t", NULL, "link" },
        { "a", "t", "https://x/\"><script>", "link" },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_auto(yj_post_done) yj_post p;
        yj_error err = { 0 };
        yj_post_init(&p);
        yj_saying s = plain_saying;
        s.id = rows[i].id, s.title = rows[i].title, s.link = rows[i].link;
        assert_status(yj_robot_write(&webhook, &s, NOW, &p, &err), YJ_E_INVALID);
        assert_string_equal(err.field, rows[i].field);
    }
}

static void addresses__show_their_origin_alone(void **state)
{
    (void)state;
    static const struct {
        const char *address;
        bool valid, with_query;
        const char *origin;
    } rows[] = {
        { "https://a.example", true, true, "https://a.example" },
        { "http://a.example:8080/b/c?key=s3cret", false, true, "http://a.example:8080" },
        { "https://a.example?key=s3cret", false, true, "https://a.example" },
        { "https://[::1]:8443/x", true, true, "https://[::1]:8443" },
        { "https://[::1]/x", true, true, "https://[::1]" },
        { "https://127.0.0.1:1/", true, true, "https://127.0.0.1:1" },
        { "https://a.example:0/", false, false, "?" },
        { "https://a.example:65536/", false, false, "?" },
        { "https://a.example:/", false, false, "?" },
        { "https://u:s3cret@a.example/", false, false, "?" },
        { "https://a.example/x#s3cret", false, false, "https://a.example" },
        { "https:///x", false, false, "?" },
        { "https://", false, false, "?" },
        { "HTTPS://a", false, false, "?" },
        { "https://a b/", false, false, "?" },
        { "https://a..b/", false, false, "?" },
        { "gopher://a/", false, false, "?" },
        { "https://a/\r\nX:", false, false, "https://a" },
        { "", false, false, "?" },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        char origin[YJ_ORIGIN_MAX + 1];
        yj_span s = yj_span_of(rows[i].address);
        if (yj_address_valid(s, false) != rows[i].valid || yj_address_valid(s, true) != rows[i].with_query)
            fail_msg("%s", rows[i].address);
        yj_address_origin(s, origin);
        assert_string_equal(origin, rows[i].origin);
    }
}

/* --- what is answered ------------------------------------------------------------------------- */

static void read__tells_accepted_from_later_from_never(void **state)
{
    (void)state;
    static const struct {
        const yj_robot *robot;
        int http;
        const char *answer;
        yj_sent want;
    } rows[] = {
        { &wecom, 200, "{\"errcode\":0,\"errmsg\":\"ok\"}", YJ_SENT_ACCEPTED },
        { &wecom, 200, "{\"errcode\":45009,\"errmsg\":\"api freq out of limit\"}", YJ_SENT_LATER },
        { &wecom, 200, "{\"errcode\":-1,\"errmsg\":\"system busy\"}", YJ_SENT_LATER },
        { &wecom, 200, "{\"errcode\":93000,\"errmsg\":\"invalid webhook url\"}", YJ_SENT_REFUSED },
        { &wecom, 200, "{\"errcode\":999999,\"errmsg\":\"something new\"}", YJ_SENT_LATER },
        { &wecom, 200, "<html>sign in first</html>", YJ_SENT_LATER },
        { &wecom, 200, "", YJ_SENT_LATER },
        { &wecom, 200, "{\"errcode\":\"0\"}", YJ_SENT_LATER },
        { &wecom, 200, "[0]", YJ_SENT_LATER },
        { &wecom, 200, "{\"code\":0}", YJ_SENT_LATER },
        { &wecom, 500, "{\"errcode\":0}", YJ_SENT_LATER },
        { &wecom, 429, "", YJ_SENT_LATER },
        { &wecom, 404, "", YJ_SENT_REFUSED },
        { &wecom, 302, "", YJ_SENT_REFUSED },
        { &wecom, 100, "", YJ_SENT_LATER },
        { &dingtalk, 200, "{\"errcode\":0,\"errmsg\":\"ok\"}", YJ_SENT_ACCEPTED },
        { &dingtalk, 200, "{\"errcode\":130101,\"errmsg\":\"send too fast\"}", YJ_SENT_LATER },
        { &dingtalk, 200, "{\"errcode\":410100,\"errmsg\":\"send too fast\"}", YJ_SENT_LATER },
        { &dingtalk, 200, "{\"errcode\":310000,\"errmsg\":\"sign not match\"}", YJ_SENT_REFUSED },
        { &dingtalk, 200, "{\"errcode\":300001,\"errmsg\":\"token is not exist\"}", YJ_SENT_REFUSED },
        { &feishu, 200, "{\"code\":0,\"msg\":\"success\",\"data\":{}}", YJ_SENT_ACCEPTED },
        { &feishu, 200, "{\"StatusCode\":0,\"StatusMessage\":\"success\"}", YJ_SENT_ACCEPTED },
        { &feishu, 200, "{\"StatusCode\":0,\"code\":11232,\"msg\":\"frequency limited\"}", YJ_SENT_LATER },
        { &feishu, 200, "{\"code\":19021,\"msg\":\"sign match fail\"}", YJ_SENT_REFUSED },
        { &feishu, 400, "{\"code\":9499,\"msg\":\"Bad Request\"}", YJ_SENT_REFUSED },
        { &feishu, 400, "{\"code\":9499,\"msg\":\"too many request\"}", YJ_SENT_LATER },
        { &feishu, 400, "{\"code\":11232,\"msg\":\"x\"}", YJ_SENT_LATER },
        { &feishu, 400, "{\"code\":0}", YJ_SENT_REFUSED },
        { &webhook, 200, "", YJ_SENT_ACCEPTED },
        { &webhook, 204, "", YJ_SENT_ACCEPTED },
        { &webhook, 202, "{\"errcode\":1}", YJ_SENT_ACCEPTED },
        { &webhook, 301, "", YJ_SENT_REFUSED },
        { &webhook, 400, "", YJ_SENT_REFUSED },
        { &webhook, 410, "", YJ_SENT_REFUSED },
        { &webhook, 408, "", YJ_SENT_LATER },
        { &webhook, 425, "", YJ_SENT_LATER },
        { &webhook, 429, "", YJ_SENT_LATER },
        { &webhook, 503, "", YJ_SENT_LATER },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_outcome o;
        yj_robot_read(rows[i].robot, rows[i].http, yj_span_of(rows[i].answer), 0, &o);
        if (o.is != rows[i].want)
            fail_msg("%d %s: %d", rows[i].http, rows[i].answer, o.is);
        assert_int_equal(o.why.msg[0] != '\0', o.is != YJ_SENT_ACCEPTED);
        assert_int_equal(o.why.msg_zh[0] != '\0', o.is != YJ_SENT_ACCEPTED);
        assert_true(o.wait_s == 0 || o.is == YJ_SENT_LATER);
    }
}

static void read__waits_as_long_as_it_is_told_within_a_day(void **state)
{
    (void)state;
    static const struct {
        int http;
        int64_t told, want;
    } rows[] = { { 429, 30, 30 }, { 503, 86400, 86400 }, { 429, INT64_MAX, 86400 },
                 { 429, -5, 0 },  { 404, 30, 0 },        { 204, 30, 0 } };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_outcome o;
        yj_robot_read(&webhook, rows[i].http, YJ_SPAN(""), rows[i].told, &o);
        assert_int_equal(o.wait_s, rows[i].want);
    }
    /* one that says that there were too many is left alone for a while */
    yj_outcome o;
    yj_robot_read(&dingtalk, 200, YJ_SPAN("{\"errcode\":130101}"), 0, &o);
    assert_int_equal(o.wait_s, 600);
    yj_robot_read(&feishu, 400, YJ_SPAN("{\"code\":9499,\"msg\":\"too many request\"}"), 90, &o);
    assert_int_equal(o.wait_s, 90);
    yj_robot_read(&wecom, 200, YJ_SPAN("{\"errcode\":-1}"), 0, &o);
    assert_int_equal(o.wait_s, 0);
}

static void read__quotes_no_secret(void **state)
{
    (void)state;
    yj_outcome o;
    char long_answer[5000];
    yj_robot_read(&dingtalk, 200,
                  YJ_SPAN("{\"errcode\":7,\"errmsg\":\"bad 0123456789abcdef and " SECRET "\\r\\n\\u0001x\"}"),
                  0, &o);
    assert_non_null(strstr(o.why.msg, "bad **************** and ****"));
    assert_null(strstr(o.why.msg, "SEC"));
    assert_null(strstr(o.why.msg_zh, "SEC"));
    assert_null(strpbrk(o.why.msg, "\r\n\x01"));
    /* one that the cut would have split */
    for (int shift = 100; shift < 170; shift++) {
        snprintf(long_answer, sizeof long_answer, "{\"errcode\":7,\"errmsg\":\"%0*d%s %0200d\"}", shift, 0,
                 SECRET, 0);
        yj_robot_read(&dingtalk, 200, yj_span_of(long_answer), 0, &o);
        assert_null(strstr(o.why.msg, "SEC"));
        assert_true(strlen(o.why.msg) < 220);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(write__speaks_to_each_robot_in_its_own_way),
        cmocka_unit_test(write__goes_to_a_private_deployment_unsigned_if_so_set),
        cmocka_unit_test(webhooks__are_signed_over_time_and_body_and_keep_their_key),
        cmocka_unit_test(texts__leave_only_if_nothing_in_them_is_known_to_be_sensitive),
        cmocka_unit_test(texts__are_cut_at_the_robots_limit_and_keep_the_link),
        cmocka_unit_test(texts__cannot_speak_the_robots_markup),
        cmocka_unit_test(check__refuses_what_is_no_robot),
        cmocka_unit_test(write__refuses_what_cannot_be_said),
        cmocka_unit_test(addresses__show_their_origin_alone),
        cmocka_unit_test(read__tells_accepted_from_later_from_never),
        cmocka_unit_test(read__waits_as_long_as_it_is_told_within_a_day),
        cmocka_unit_test(read__quotes_no_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
