// SPDX-License-Identifier: Apache-2.0
#include "ledger/leaf.h"
#include "ledger/internal.h"
#include <assert.h>

#define HEX_LEN ((size_t)2 * YJ_HASH_LEN)

static size_t text_len(const char *p, size_t max)
{
    size_t n = 0;
    while (n < max && p[n] >= 0x20 && p[n] < 0x7f && p[n] != '"' && p[n] != '\\')
        n++;
    return n;
}

bool yj_leaf_text_ok(yj_span s)
{
    return s.len <= YJ_LEAF_TEXT_MAX && text_len(s.ptr, s.len) == s.len;
}

static void add_text(yj_buf *out, const char *key, const char *value)
{
    assert(yj_leaf_text_ok(yj_span_of(value)));
    yj_buf_str(out, key);
    yj_buf_str(out, value);
}

void yj_leaf_format(const yj_leaf *l, yj_buf *out)
{
    assert(l->seq <= INT64_MAX && l->version >= 0 && l->batch >= 0);
    yj_buf_str(out, "{\"body\":\"");
    yj_buf_hex(out, l->body.b, YJ_HASH_LEN);
    add_text(out, "\",\"by\":\"", l->by);
    if (l->for_whom && l->for_whom[0])
        add_text(out, "\",\"for\":\"", l->for_whom);
    yj_buf_char(out, '"');
    if (l->batch) {
        yj_buf_str(out, ",\"in_batch\":");
        yj_buf_i64(out, l->batch);
    }
    add_text(out, ",\"kind\":\"", l->kind);
    add_text(out, "\",\"op\":\"", l->op);
    add_text(out, "\",\"record\":\"", l->record);
    yj_buf_str(out, "\",\"seq\":");
    yj_buf_i64(out, (int64_t)l->seq);
    char time[31];
    yj_time_format(l->time_ns, time);
    yj_buf_str(out, ",\"time\":\"");
    yj_buf_str(out, time);
    yj_buf_str(out, "\",\"version\":");
    yj_buf_i64(out, l->version);
    yj_buf_char(out, '}');
}

static bool eat(yj_span *s, const char *literal, size_t len)
{
    if (s->len < len || memcmp(s->ptr, literal, len) != 0)
        return false;
    s->ptr += len;
    s->len -= len;
    return true;
}
#define EAT(s, literal) eat((s), "" literal, sizeof(literal) - 1)

static bool eat_bytes(yj_span *s, size_t len, yj_span *ret)
{
    if (s->len < len)
        return false;
    *ret = (yj_span){ s->ptr, len };
    s->ptr += len;
    s->len -= len;
    return true;
}

static bool eat_text(yj_span *s, yj_span *ret)
{
    return eat_bytes(s, text_len(s->ptr, s->len < YJ_LEAF_TEXT_MAX ? s->len : YJ_LEAF_TEXT_MAX), ret);
}

static bool eat_number(yj_span *s, uint64_t *ret)
{
    size_t n = 0;
    while (n < s->len && s->ptr[n] >= '0' && s->ptr[n] <= '9')
        n++;
    yj_span digits;
    return eat_bytes(s, n, &digits) && yj_parse_u63(digits, ret);
}

static bool is_hex(yj_span s)
{
    bool fine = true; /* without a branch, so that the compiler takes many at once */
    for (size_t i = 0; i < s.len; i++)
        fine &= (s.ptr[i] >= '0' && s.ptr[i] <= '9') || (s.ptr[i] >= 'a' && s.ptr[i] <= 'f');
    return fine;
}

static bool looks_like_time(yj_span s)
{
    static const char form[] = "0000-00-00T00:00:00.000000000Z";
    bool fine = true;
    for (size_t i = 0; i < YJ_LEAF_TIME_LEN; i++)
        fine &= form[i] == '0' ? s.ptr[i] >= '0' && s.ptr[i] <= '9' : s.ptr[i] == form[i];
    return fine;
}

bool yj_leaf_scan(yj_span leaf, yj_leaf_view *ret)
{
    yj_leaf_view v = { .for_whom = { "", 0 } };
    yj_span s = leaf;
    uint64_t batch = 0, version = 0;
    if (!EAT(&s, "{\"body\":\"") || !eat_bytes(&s, HEX_LEN, &v.body) || !EAT(&s, "\",\"by\":\"") ||
        !eat_text(&s, &v.by) || !EAT(&s, "\","))
        return false;
    if (EAT(&s, "\"for\":\"") && (!eat_text(&s, &v.for_whom) || v.for_whom.len == 0 || !EAT(&s, "\",")))
        return false;
    if (EAT(&s, "\"in_batch\":") && (!eat_number(&s, &batch) || batch == 0 || !EAT(&s, ",")))
        return false;
    if (!EAT(&s, "\"kind\":\"") || !eat_text(&s, &v.kind) || !EAT(&s, "\",\"op\":\"") ||
        !eat_text(&s, &v.op) || !EAT(&s, "\",\"record\":\"") || !eat_text(&s, &v.record) ||
        !EAT(&s, "\",\"seq\":") || !eat_number(&s, &v.seq) || !EAT(&s, ",\"time\":\"") ||
        !eat_bytes(&s, YJ_LEAF_TIME_LEN, &v.time) || !EAT(&s, "\",\"version\":") ||
        !eat_number(&s, &version) || !EAT(&s, "}") || s.len != 0 || !is_hex(v.body) ||
        !looks_like_time(v.time))
        return false;
    v.batch = (int64_t)batch;
    v.version = (int64_t)version;
    *ret = v;
    return true;
}

static const char *keep(char **store, yj_span s)
{
    char *at = *store;
    if (s.len)
        memcpy(at, s.ptr, s.len);
    at[s.len] = '\0';
    *store += s.len + 1;
    return at;
}

static bool parse_time(yj_span s, int64_t *ret)
{
    char again[31];
    if (!yj_time_parse(s, ret))
        return false;
    yj_time_format(*ret, again);
    return memcmp(again, s.ptr, YJ_LEAF_TIME_LEN) == 0;
}

yj_status yj_leaf_parse(yj_span bytes, char store[static YJ_LEAF_STORE], yj_leaf *ret, yj_error *err)
{
    static_assert(5 * (YJ_LEAF_TEXT_MAX + 1) <= YJ_LEAF_STORE, "the texts of a leaf fit the store");
    yj_leaf_view v;
    yj_leaf l = { .seq = 0 };
    if (!yj_leaf_scan(bytes, &v) || !yj_digest_from_hex(v.body, &l.body) || !parse_time(v.time, &l.time_ns))
        return yj_fail(err, YJ_E_INVALID, "the bytes are not a ledger leaf");
    l.by = keep(&store, v.by);
    l.for_whom = keep(&store, v.for_whom);
    l.op = keep(&store, v.op);
    l.kind = keep(&store, v.kind);
    l.record = keep(&store, v.record);
    l.seq = v.seq;
    l.version = v.version;
    l.batch = v.batch;
    *ret = l;
    return YJ_OK;
}

bool yj_leaf_body_digest(yj_span leaf, yj_digest *ret)
{
    yj_span s = leaf, hex;
    return EAT(&s, "{\"body\":\"") && eat_bytes(&s, HEX_LEN, &hex) && EAT(&s, "\"") &&
           yj_digest_from_hex(hex, ret);
}

void yj_body_digest(yj_hash_alg alg, const uint8_t salt[static YJ_SALT_LEN], yj_span body, yj_digest *ret)
{
    yj_hash_joined(alg, salt, YJ_SALT_LEN, body.ptr, body.len, ret);
}
