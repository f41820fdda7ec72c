// SPDX-License-Identifier: Apache-2.0
#include "api/multipart.h"
#include "api/param.h"

static yj_status bad(size_t part, yj_error *err)
{
    yj_fail(err, YJ_E_INVALID, "the multipart body is malformed");
    return yj_error_at(err, "part %zu", part + 1);
}

/* Cut `*rest` behind the next CRLF; false if there is none. */
static bool next_line(yj_span *rest, yj_span *ret)
{
    const char *at = rest->len ? memmem(rest->ptr, rest->len, "\r\n", 2) : NULL;
    if (!at)
        return false;
    size_t n = (size_t)(at - rest->ptr);
    *ret = (yj_span){ rest->ptr, n };
    *rest = (yj_span){ at + 2, rest->len - n - 2 };
    return true;
}

/* The value of name="..." in a Content-Disposition; quotes may be escaped by a backslash or as %22. */
static bool disposition_param(yj_span line, const char *want, char *ret, bool *ret_long)
{
    yj_span rest = line;
    const char *semi;
    while (rest.len && (semi = memchr(rest.ptr, ';', rest.len))) {
        rest.len -= (size_t)(semi + 1 - rest.ptr);
        rest.ptr = semi + 1;
        yj_span p = yj_trim(rest);
        size_t n = strlen(want);
        if (p.len < n + 2 || !yj_span_eq_nocase((yj_span){ p.ptr, n }, want) || p.ptr[n] != '=' ||
            p.ptr[n + 1] != '"')
            continue;
        size_t len = 0;
        for (size_t i = n + 2; i < p.len && p.ptr[i] != '"'; i++) {
            if (p.ptr[i] == '\\' && i + 1 < p.len && (p.ptr[i + 1] == '"' || p.ptr[i + 1] == '\\'))
                i++;
            if (len == YJ_PART_NAME_MAX - 1) {
                *ret_long = true;
                return false;
            }
            ret[len++] = p.ptr[i];
        }
        ret[len] = '\0';
        return true;
    }
    return false;
}

static yj_status read_headers(yj_span *rest, size_t n, yj_part *ret, yj_error *err)
{
    yj_span line;
    bool named = false, too_long = false;
    for (;;) {
        if (!next_line(rest, &line))
            return bad(n, err);
        if (line.len == 0)
            break;
        const char *colon = memchr(line.ptr, ':', line.len);
        if (!colon)
            return bad(n, err);
        yj_span name = { line.ptr, (size_t)(colon - line.ptr) };
        yj_span value = { colon + 1, line.len - name.len - 1 };
        if (!yj_span_eq_nocase(name, "content-disposition"))
            continue;
        named = disposition_param(value, "name", ret->name, &too_long);
        char *file = ret->file_name;
        (void)disposition_param(value, "filename", file, &too_long);
        const char *slash = strrchr(file, '/');
        if (slash)
            memmove(file, slash + 1, strlen(slash + 1) + 1);
    }
    if (too_long) {
        yj_fail(err, YJ_E_LIMIT, "a name in the multipart body is longer than %d bytes",
                YJ_PART_NAME_MAX - 1);
        return yj_error_at(err, "part %zu", n + 1);
    }
    bool text = yj_utf8_valid(yj_span_of(ret->name)) && yj_utf8_valid(yj_span_of(ret->file_name));
    return named && text ? YJ_OK : bad(n, err);
}

yj_status yj_multipart_parse(yj_span body, yj_span boundary, yj_part *ret, size_t *ret_count, yj_error *err)
{
    char mark[80] = "\r\n--";
    size_t len = 4 + boundary.len, n = 0;
    if (boundary.len == 0 || boundary.len > 70)
        return bad(0, err);
    memcpy(mark + 4, boundary.ptr, boundary.len);
    /* the first boundary may stand at the very beginning */
    yj_span rest = body;
    if (body.len >= len - 2 && memcmp(body.ptr, mark + 2, len - 2) == 0) {
        rest.ptr += len - 2;
        rest.len -= len - 2;
    } else {
        const char *at = body.len ? memmem(body.ptr, body.len, mark, len) : NULL;
        if (!at)
            return bad(0, err);
        rest = (yj_span){ at + len, body.len - (size_t)(at - body.ptr) - len };
    }
    for (;; n++) {
        yj_span line;
        if (rest.len >= 2 && memcmp(rest.ptr, "--", 2) == 0)
            break;
        if (!next_line(&rest, &line) || yj_trim(line).len)
            return bad(n, err);
        if (n == YJ_PARTS_MAX)
            return yj_fail(err, YJ_E_LIMIT, "the multipart body has more than %d parts", YJ_PARTS_MAX);
        ret[n] = (yj_part){ .name = "" };
        YJ_TRY(read_headers(&rest, n, &ret[n], err));
        /* an empty part: its end shares the blank line with the head */
        yj_span from = { rest.ptr - 2, rest.len + 2 };
        const char *end = memmem(from.ptr, from.len, mark, len);
        if (!end)
            return bad(n, err);
        ret[n].content =
            end < rest.ptr ? (yj_span){ rest.ptr, 0 } : (yj_span){ rest.ptr, (size_t)(end - rest.ptr) };
        rest = (yj_span){ end + len, (size_t)(from.ptr + from.len - end) - len };
    }
    *ret_count = n;
    return YJ_OK;
}
