// SPDX-License-Identifier: Apache-2.0
/* The small texts of a request. The first byte chooses the reader, the rest is what it reads (for some up to
 * a LF, which divides two texts). Whatever comes out is text fit for use, lies within what went in, and is
 * read equal when it is written again. */
#include "fuzz.h"

#include "api/guard.h"
#include "api/multipart.h"
#include "api/param.h"
#include <stdlib.h>

static bool inside(yj_span part, yj_span whole)
{
    return part.len == 0 || (part.ptr >= whole.ptr && part.len <= whole.len &&
                             (size_t)(part.ptr - whole.ptr) <= whole.len - part.len);
}

/* Cut at the first LF. */
static yj_span first_line(yj_span *rest)
{
    const char *lf = rest->len ? memchr(rest->ptr, '\n', rest->len) : NULL;
    yj_span line = { rest->ptr, lf ? (size_t)(lf - rest->ptr) : rest->len };
    *rest = lf ? (yj_span){ lf + 1, rest->len - line.len - 1 } : (yj_span){ rest->ptr + rest->len, 0 };
    return line;
}

static void decode(yj_span s, bool plus, yj_arena *a)
{
    yj_span got = { NULL, 0 }, again = { NULL, 0 };
    char space[4096];
    size_t n = 0;
    bool good = yj_pct_decode(s, plus, a, &got);
    if (s.len <= sizeof space)
        assert(yj_pct_decode_into(s, plus, space, sizeof space, &n) == good);
    if (!good)
        return;
    assert(got.len <= s.len && yj_utf8_valid(got) && (!got.len || !memchr(got.ptr, '\0', got.len)));
    if (s.len <= sizeof space)
        assert(yj_span_eq(got, (yj_span){ space, n }));
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, 3 * got.len + 1);
    yj_pct_encode(got, &b);
    assert(yj_buf_status(&b, NULL) == YJ_OK);
    assert(yj_pct_decode(yj_buf_view(&b), plus, a, &again) && yj_span_eq(got, again));
}

static void target(yj_span s, yj_arena *a)
{
    yj_span path, query, seg, key, value;
    if (!yj_target_split(s, &path, &query))
        return;
    assert(path.len >= 1 && inside(path, s) && inside(query, s));
    size_t total = 0;
    while (yj_path_next(&path, &seg)) {
        assert(inside(seg, s) && (!seg.len || !memchr(seg.ptr, '/', seg.len)));
        total += seg.len + 1;
        decode(seg, false, a);
    }
    assert(path.len == 0 && total <= s.len);
    while (yj_query_next(&query, &key, &value)) {
        assert(inside(key, s) && inside(value, s) && (!key.len || !memchr(key.ptr, '=', key.len)));
        decode(key, true, a);
        decode(value, true, a);
    }
}

static void filter(yj_span s)
{
    yj_span field, value;
    yj_param_op op;
    if (!yj_filter_split(s, &field, &op, &value))
        return;
    assert(field.len > 0 && inside(field, s) && inside(value, s) && op >= YJ_OP_EQ && op <= YJ_OP_HAS);
    assert(value.ptr + value.len == s.ptr + s.len);
}

static void range(yj_span s)
{
    static const uint64_t sizes[] = { 0, 1, 10, UINT64_MAX / 2 };
    uint64_t first = 0, length = 0, total = 0;
    for (size_t i = 0; i < YJ_COUNT(sizes); i++)
        if (yj_range_parse(s, sizes[i], &first, &length) == YJ_RANGE_OK)
            assert(length > 0 && first < sizes[i] && length <= sizes[i] - first);
    if (yj_content_range_parse(s, &first, &length, &total))
        assert(length > 0 && (total == UINT64_MAX || (first < total && length <= total - first)));
}

static void tags(yj_span s)
{
    yj_span list = first_line(&s);
    int64_t v;
    (void)yj_etag_listed(list, s);
    if (yj_etag_version(list, &v))
        assert(v >= -1);
    assert(yj_accept_language(s) < YJ_LANG_COUNT_);
    (void)yj_accepts_gzip(s);
    (void)yj_media_is(s, "application/json");
    yj_span b;
    if (yj_media_boundary(s, &b))
        assert(b.len >= 1 && b.len <= 70 && inside(b, s));
    if (yj_host_is_loopback(list))
        assert(list.len <= 15);
    (void)yj_origin_is(list, YJ_SPAN("http://"), s);
    yj_span cookie;
    (void)yj_cookie_find(list, "yunjian", &cookie);
}

static void multipart(yj_span s)
{
    yj_span boundary = first_line(&s);
    yj_part *parts = calloc(YJ_PARTS_MAX, sizeof *parts);
    size_t n = 0;
    yj_error err;
    if (!parts)
        return;
    yj_status st = yj_multipart_parse(s, boundary, parts, &n, &err);
    assert(st == YJ_OK || st == YJ_E_INVALID || st == YJ_E_LIMIT);
    for (size_t i = 0; st == YJ_OK && i < n; i++) {
        assert(inside(parts[i].content, s));
        assert(yj_utf8_valid(yj_span_of(parts[i].name)) && yj_utf8_valid(yj_span_of(parts[i].file_name)));
        assert(!strchr(parts[i].file_name, '/'));
    }
    free(parts);
}

static void head(yj_span s)
{
    yj_head h = { 0 };
    yj_error err;
    while (s.len) {
        yj_span line = first_line(&s);
        const char *colon = line.len ? memchr(line.ptr, ':', line.len) : NULL;
        size_t n = colon ? (size_t)(colon - line.ptr) : line.len;
        yj_span value = colon ? (yj_span){ colon + 1, line.len - n - 1 } : (yj_span){ "", 0 };
        if (yj_guard_field(&h, (yj_span){ line.ptr, n }, value, &err) != YJ_OK) {
            assert(err.code == YJ_E_INVALID && err.msg[0]);
            return;
        }
    }
    if (yj_guard_whole(&h, true, &err) != YJ_OK)
        return;
    /* what passed says in one way how long it is, and to whom it goes */
    assert(h.value[YJ_H_HOST].len > 0);
    assert(!(h.value[YJ_H_CONTENT_LENGTH].ptr && h.value[YJ_H_TRANSFER_ENCODING].ptr));
    static const yj_site open_site = { .loopback = true },
                         far = { .signs_in = true, .public_url = "https://yunjian.example" };
    if (yj_guard_site(&h, false, &open_site, &err) == YJ_OK)
        assert(yj_host_is_loopback(h.value[YJ_H_HOST]));
    yj_status far_said = yj_guard_site(&h, false, &far, &err);
    assert(far_said == YJ_OK || far_said == YJ_E_FORBIDDEN);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new((size_t)64 << 20);
    yj_span s = { (const char *)data + 1, size - 1 };
    if (!a)
        return 0;
    switch (data[0] % 8) {
    case 0:
        decode(s, false, a);
        break;
    case 1:
        decode(s, true, a);
        break;
    case 2:
        target(s, a);
        break;
    case 3:
        filter(s);
        break;
    case 4:
        range(s);
        break;
    case 5:
        tags(s);
        break;
    case 6:
        multipart(s);
        break;
    default:
        head(s);
        break;
    }
    return 0;
}
