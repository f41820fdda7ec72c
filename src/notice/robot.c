// SPDX-License-Identifier: Apache-2.0
#include "notice/robot.h"

#include "base/hash.h"
#include "base/time.h"
#include "notice/address.h"
#include "notice/plain.h"
#include <stdio.h>

/* Limits of their documents, 2024 to 2026: WeCom 2048 for text and 4096 for markdown; DingTalk and Feishu
 * take requests of 20,000 bytes, in which each byte of a text may stand escaped as two. */
static const struct {
    const char *base;
    size_t text, markdown;
} makers[YJ_ROBOT_COUNT_] = {
    [YJ_ROBOT_WECOM] = { "https://qyapi.weixin.qq.com", 2048, 4096 },
    [YJ_ROBOT_DINGTALK] = { "https://oapi.dingtalk.com", 9000, 9000 },
    [YJ_ROBOT_FEISHU] = { "https://open.feishu.cn", 9000, 9000 },
    [YJ_ROBOT_WEBHOOK] = { NULL, 16384, 16384 },
};

static const char key_characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static bool has_markdown(const yj_robot *r)
{
    return r->markdown && (r->kind == YJ_ROBOT_WECOM || r->kind == YJ_ROBOT_DINGTALK);
}

size_t yj_robot_limit(const yj_robot *r)
{
    return has_markdown(r) ? makers[r->kind].markdown : makers[r->kind].text;
}

static const char *base_of(const yj_robot *r)
{
    return r->base && *r->base ? r->base : makers[r->kind].base;
}

static bool has_secret(const yj_robot *r)
{
    return r->secret && *r->secret;
}

/* --- checks ----------------------------------------------------------------------------------- */

static yj_status wrong(yj_error *err, const char *field)
{
    yj_fail(err, YJ_E_INVALID, "this is no %s of a robot or webhook", field);
    return yj_error_at(err, "%s", field);
}

static bool base_valid(const yj_robot *r)
{
    yj_span base = yj_span_of(base_of(r));
    if (r->kind == YJ_ROBOT_WEBHOOK)
        return base.len && yj_address_valid(base, true);
    return yj_address_valid(base, false) && base.len <= 300 && base.ptr[base.len - 1] != '/';
}

static bool key_valid(const yj_robot *r)
{
    size_t n = r->key ? strlen(r->key) : 0;
    if (r->kind == YJ_ROBOT_WEBHOOK)
        return n == 0;
    return n >= 4 && n <= YJ_ROBOT_KEY_MAX && strspn(r->key, key_characters) == n;
}

static bool secret_valid(const yj_robot *r)
{
    size_t n = r->secret ? strlen(r->secret) : 0;
    for (size_t i = 0; i < n; i++)
        if (r->secret[i] <= ' ' || r->secret[i] > '~')
            return false;
    size_t least = r->kind == YJ_ROBOT_WEBHOOK ? YJ_WEBHOOK_SECRET_MIN : n ? 4 : 0;
    return n >= least && n <= (r->kind == YJ_ROBOT_WECOM ? 0 : YJ_ROBOT_SECRET_MAX);
}

yj_status yj_robot_check(const yj_robot *r, yj_error *err)
{
    if (!base_valid(r))
        return wrong(err, "base");
    if (!key_valid(r))
        return wrong(err, "key");
    return secret_valid(r) ? YJ_OK : wrong(err, "secret");
}

static yj_status check_saying(const yj_saying *s, yj_error *err)
{
    size_t id = s->id ? strlen(s->id) : 0;
    yj_span link = yj_span_of(s->link);
    if (id < 1 || id > 64 || strspn(s->id, key_characters) != id)
        return wrong(err, "id");
    if (!s->title || !*s->title)
        return wrong(err, "title");
    return link.len <= YJ_ROBOT_LINK_MAX && yj_address_valid(link, true) ? YJ_OK : wrong(err, "link");
}

/* --- texts ------------------------------------------------------------------------------------ */

/* Characters of a markup in full width (U+FF01..U+FF5E): they look the same and mean nothing. */
static void put_harmless(yj_buf *out, yj_span text, const char *markup)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c != '\0' && strchr(markup, c)) {
            unsigned full = 0xff00u + c - 0x20u;
            yj_buf_char(out, (char)0xef);
            yj_buf_char(out, (char)(0x80u | (full >> 6 & 0x3fu)));
            yj_buf_char(out, (char)(0x80u | (full & 0x3fu)));
        } else {
            yj_buf_char(out, (char)c);
        }
    }
}

/* Text within its limit, with nothing in it that the robot would act on. DingTalk's markdown joins lines with
 * one break between them. */
static void put_text(yj_buf *out, const yj_robot *r, const char *text, yj_plain_form form, size_t max)
{
    bool markdown = has_markdown(r);
    const char *markup = r->kind == YJ_ROBOT_WEBHOOK ? "" : markdown ? "*[]<>`#|\\" : "<";
    yj_auto(yj_buf_done) yj_buf plain, spaced, harmless;
    yj_buf_init(&plain, max);
    yj_buf_init(&spaced, 2 * max);
    yj_buf_init(&harmless, 6 * max);
    yj_plain_add(&plain, yj_span_of(text), form, max);
    for (size_t i = 0; i < plain.len; i++) {
        if (plain.ptr[i] == '\n' && markdown && r->kind == YJ_ROBOT_DINGTALK)
            yj_buf_char(&spaced, '\n');
        yj_buf_char(&spaced, plain.ptr[i]);
    }
    put_harmless(&harmless, yj_buf_view(&spaced), markup);
    if (yj_buf_status(&plain, NULL) != YJ_OK || yj_buf_status(&spaced, NULL) != YJ_OK ||
        yj_buf_status(&harmless, NULL) != YJ_OK)
        out->failed = YJ_E_NOMEM;
    yj_plain_add(out, yj_buf_view(&harmless), form, max);
}

static bool may_be_told(const yj_saying *s)
{
    return s->text && *s->text && s->grade >= 1 && s->grade <= YJ_ROBOT_GRADE_MAX;
}

/* Title, text and link in one text of at most yj_robot_limit() bytes. */
static void put_content(yj_buf *out, const yj_robot *r, const yj_saying *s)
{
    bool markdown = has_markdown(r);
    const char *gap = markdown ? "\n\n" : "\n";
    yj_auto(yj_buf_done) yj_buf end;
    yj_buf_init(&end, YJ_ROBOT_LABEL_MAX + YJ_ROBOT_LINK_MAX + 16);
    if (markdown) {
        yj_buf_char(&end, '[');
        put_text(&end, r, s->label && *s->label ? s->label : s->link, YJ_PLAIN_LINE, YJ_ROBOT_LABEL_MAX);
        yj_buf_fmt(&end, "](%s)", s->link);
    } else {
        yj_buf_str(&end, s->link);
    }
    yj_buf_str(out, markdown ? "**" : "");
    put_text(out, r, s->title, YJ_PLAIN_LINE, YJ_ROBOT_TITLE_MAX);
    yj_buf_str(out, markdown ? "**" : "");
    yj_buf_str(out, gap);
    if (may_be_told(s)) {
        put_text(out, r, s->text, YJ_PLAIN_LINES, yj_robot_limit(r) - out->len - strlen(gap) - end.len);
        yj_buf_str(out, gap);
    }
    yj_buf_span(out, yj_buf_view(&end));
    if (yj_buf_status(&end, NULL) != YJ_OK)
        out->failed = YJ_E_NOMEM;
}

/* --- signatures ------------------------------------------------------------------------------- */

/* base64(HMAC(key, message)) */
static yj_status sign(yj_span key, yj_span message, yj_buf *out, yj_error *err)
{
    yj_digest d;
    YJ_TRY(yj_hmac_sha256(key, message, &d, err));
    yj_buf_base64(out, d.b, sizeof d.b);
    return yj_buf_status(out, err);
}

static yj_status put_dingtalk_signature(yj_buf *url, const char *secret, int64_t ms, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf message, signature;
    yj_buf_init(&message, YJ_ROBOT_SECRET_MAX + 32);
    yj_buf_init(&signature, 64);
    yj_buf_fmt(&message, "%lld\n%s", (long long)ms, secret);
    YJ_TRY(yj_buf_status(&message, err));
    YJ_TRY(sign(yj_span_of(secret), yj_buf_view(&message), &signature, err));
    yj_buf_fmt(url, "&timestamp=%lld&sign=", (long long)ms);
    for (size_t i = 0; i < signature.len; i++) {
        char c = signature.ptr[i];
        if (c == '+' || c == '/' || c == '=')
            yj_buf_fmt(url, "%%%02X", (unsigned)c);
        else
            yj_buf_char(url, c);
    }
    return YJ_OK;
}

static yj_status put_feishu_signature(yj_jw *w, const char *secret, int64_t seconds, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf key, signature;
    char time[24];
    yj_buf_init(&key, YJ_ROBOT_SECRET_MAX + 32);
    yj_buf_init(&signature, 64);
    snprintf(time, sizeof time, "%lld", (long long)seconds);
    yj_buf_fmt(&key, "%s\n%s", time, secret);
    YJ_TRY(yj_buf_status(&key, err));
    YJ_TRY(sign(yj_buf_view(&key), YJ_SPAN(""), &signature, err));
    yj_jw_kstr(w, "timestamp", time);
    yj_jw_kspan(w, "sign", yj_buf_view(&signature));
    return YJ_OK;
}

static yj_status put_webhook_headers(yj_post *p, const yj_robot *r, const char *id, int64_t seconds,
                                     yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf message;
    yj_digest d;
    char hex[2 * YJ_HASH_LEN + 1];
    yj_buf_init(&message, YJ_POST_BODY_MAX + 32);
    yj_buf_fmt(&message, "%lld.", (long long)seconds);
    yj_buf_span(&message, yj_buf_view(&p->body));
    YJ_TRY(yj_buf_status(&message, err));
    YJ_TRY(yj_hmac_sha256(yj_span_of(r->secret), yj_buf_view(&message), &d, err));
    yj_digest_hex(&d, hex);
    snprintf(p->header[p->header_count++], YJ_POST_HEADER_LEN + 1, "Idempotency-Key: %s", id);
    snprintf(p->header[p->header_count++], YJ_POST_HEADER_LEN + 1, "X-Yunjian-Signature: t=%lld,v1=%s",
             (long long)seconds, hex);
    return YJ_OK;
}

/* --- requests --------------------------------------------------------------------------------- */

static void put_url(yj_buf *url, const yj_robot *r)
{
    yj_buf_str(url, base_of(r));
    switch (r->kind) {
    case YJ_ROBOT_WECOM:
        yj_buf_fmt(url, "/cgi-bin/webhook/send?key=%s", r->key);
        break;
    case YJ_ROBOT_DINGTALK:
        yj_buf_fmt(url, "/robot/send?access_token=%s", r->key);
        break;
    case YJ_ROBOT_FEISHU:
        yj_buf_fmt(url, "/open-apis/bot/v2/hook/%s", r->key);
        break;
    case YJ_ROBOT_WEBHOOK:
    case YJ_ROBOT_COUNT_:
        break;
    }
}

/* What all three call a message, each with its own names. */
static yj_status put_message(yj_jw *w, const yj_robot *r, const yj_saying *s, int64_t now_s, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf content, title;
    bool markdown = has_markdown(r);
    const char *form = markdown ? "markdown" : "text";
    yj_buf_init(&content, yj_robot_limit(r));
    yj_buf_init(&title, YJ_ROBOT_TITLE_MAX);
    put_content(&content, r, s);
    put_text(&title, r, s->title, YJ_PLAIN_LINE, YJ_ROBOT_TITLE_MAX);
    YJ_TRY(yj_buf_status(&content, err));
    YJ_TRY(yj_buf_status(&title, err));
    if (r->kind == YJ_ROBOT_FEISHU && has_secret(r))
        YJ_TRY(put_feishu_signature(w, r->secret, now_s, err));
    yj_jw_kstr(w, r->kind == YJ_ROBOT_FEISHU ? "msg_type" : "msgtype", form);
    yj_jw_key(w, r->kind == YJ_ROBOT_FEISHU ? "content" : form);
    yj_jw_object(w);
    if (markdown && r->kind == YJ_ROBOT_DINGTALK)
        yj_jw_kspan(w, "title", yj_buf_view(&title));
    bool is_text = r->kind == YJ_ROBOT_FEISHU || (markdown && r->kind == YJ_ROBOT_DINGTALK);
    yj_jw_kspan(w, is_text ? "text" : "content", yj_buf_view(&content));
    yj_jw_end_object(w);
    return YJ_OK;
}

static yj_status put_event(yj_jw *w, const yj_robot *r, const yj_saying *s, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf title, text;
    char time[31];
    yj_buf_init(&title, YJ_ROBOT_TITLE_MAX);
    yj_buf_init(&text, yj_robot_limit(r));
    put_text(&title, r, s->title, YJ_PLAIN_LINE, YJ_ROBOT_TITLE_MAX);
    yj_time_format(s->time_ns, time);
    yj_jw_kstr(w, "id", s->id);
    yj_jw_kstr(w, "time", time);
    yj_jw_kspan(w, "title", yj_buf_view(&title));
    if (may_be_told(s)) {
        put_text(&text, r, s->text, YJ_PLAIN_LINES, yj_robot_limit(r));
        yj_jw_kspan(w, "text", yj_buf_view(&text));
    }
    yj_jw_kstr(w, "link", s->link);
    YJ_TRY(yj_buf_status(&title, err));
    return yj_buf_status(&text, err);
}

yj_status yj_robot_write(const yj_robot *r, const yj_saying *s, int64_t now_ns, yj_post *ret, yj_error *err)
{
    int64_t seconds = now_ns / YJ_NS_PER_S;
    yj_jw w;
    YJ_TRY(yj_robot_check(r, err));
    YJ_TRY(check_saying(s, err));
    yj_buf_clear(&ret->url);
    yj_buf_clear(&ret->body);
    ret->header_count = 0;
    put_url(&ret->url, r);
    if (r->kind == YJ_ROBOT_DINGTALK && has_secret(r))
        YJ_TRY(put_dingtalk_signature(&ret->url, r->secret, now_ns / 1000000, err));
    yj_jw_init(&w, &ret->body);
    yj_jw_object(&w);
    YJ_TRY(r->kind == YJ_ROBOT_WEBHOOK ? put_event(&w, r, s, err) : put_message(&w, r, s, seconds, err));
    yj_jw_end_object(&w);
    YJ_TRY(yj_buf_status(&ret->url, err));
    YJ_TRY(yj_buf_status(&ret->body, err));
    snprintf(ret->header[ret->header_count++], YJ_POST_HEADER_LEN + 1,
             "Content-Type: application/json; charset=utf-8");
    return r->kind == YJ_ROBOT_WEBHOOK ? put_webhook_headers(ret, r, s->id, seconds, err) : YJ_OK;
}
