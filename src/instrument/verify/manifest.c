// SPDX-License-Identifier: Apache-2.0
#include "instrument/verify/manifest.h"
#include <stdio.h>

bool yj_path_below(yj_span path)
{
    if (path.len == 0 || path.len > YJ_TREE_PATH_MAX || memchr(path.ptr, '\0', path.len))
        return false;
    for (size_t at = 0; at <= path.len;) {
        const char *slash = memchr(path.ptr + at, '/', path.len - at);
        size_t n = slash ? (size_t)(slash - path.ptr) - at : path.len - at;
        yj_span part = { path.ptr + at, n };
        if (n == 0 || yj_span_is(part, ".") || yj_span_is(part, ".."))
            return false;
        at += n + 1;
    }
    return true;
}

/* --- writing ---------------------------------------------------------------------------------- */

void yj_manifest_line(yj_sum_alg alg, const yj_sum *sum, const char *path, bool tag, yj_buf *out)
{
    char hex[2 * YJ_SUM_MAX + 1];
    yj_sum_hex(alg, sum, hex);
    if (path[strcspn(path, "\\\n\r")])
        yj_buf_char(out, '\\');
    if (tag)
        yj_buf_fmt(out, "%s (", yj_sum_tag(alg));
    else
        yj_buf_fmt(out, "%s  ", hex);
    for (const char *p = path; *p; p++) {
        if (*p == '\\')
            yj_buf_str(out, "\\\\");
        else if (*p == '\n')
            yj_buf_str(out, "\\n");
        else if (*p == '\r')
            yj_buf_str(out, "\\r");
        else
            yj_buf_char(out, *p);
    }
    if (tag)
        yj_buf_fmt(out, ") = %s", hex);
    yj_buf_char(out, '\n');
}

/* --- reading ---------------------------------------------------------------------------------- */

typedef struct reader {
    yj_tree *tree;
    yj_sum_alg alg;
    bool has_alg;
    const yj_sum_alg *given;
    yj_error *err;
} reader;

static bool unescape(yj_span s, char *ret, size_t *ret_len)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == '\\') {
            if (++i == s.len)
                return false;
            c = s.ptr[i] == '\\' ? '\\' : s.ptr[i] == 'n' ? '\n' : s.ptr[i] == 'r' ? '\r' : '\0';
            if (c == '\0')
                return false;
        }
        ret[n++] = c;
    }
    *ret_len = n;
    return true;
}

/* "TAG (PATH) = DIGEST" */
static bool split_tagged(yj_span line, yj_sum_alg *ret_alg, yj_span *path, yj_span *hex)
{
    const char *open = memchr(line.ptr, ' ', line.len);
    if (!open || !yj_sum_by_tag((yj_span){ line.ptr, (size_t)(open - line.ptr) }, ret_alg))
        return false;
    size_t digits = 2 * yj_sum_len(*ret_alg), before = (size_t)(open - line.ptr);
    if (line.len < before + 2 + 4 + digits || open[1] != '(')
        return false;
    const char *close = line.ptr + line.len - digits - 4;
    *hex = (yj_span){ close + 4, digits };
    *path = (yj_span){ open + 2, (size_t)(close - open) - 2 };
    return memcmp(close, ") = ", 4) == 0;
}

/* "DIGEST  PATH"; a star in place of the second blank says that the file was read as binary. */
static bool split_plain(const reader *r, yj_span line, yj_sum_alg *ret_alg, yj_span *path, yj_span *hex)
{
    const char *blank = memchr(line.ptr, ' ', line.len);
    size_t n = blank ? (size_t)(blank - line.ptr) : 0;
    if (!blank || line.len < n + 3 || (blank[1] != ' ' && blank[1] != '*'))
        return false;
    *ret_alg = r->given ? *r->given : n == 128 ? YJ_SUM_SHA512 : YJ_SUM_SHA256;
    *hex = (yj_span){ line.ptr, n };
    *path = (yj_span){ line.ptr + n + 2, line.len - n - 2 };
    return true;
}

static yj_status take_path(reader *r, yj_span path, bool escaped, const yj_sum *sum)
{
    char plain[YJ_MANIFEST_LINE_MAX];
    size_t n = 0;
    if (escaped) {
        if (!unescape(path, plain, &n))
            return yj_fail(r->err, YJ_E_INVALID, "the name is not escaped as it should be");
        path = (yj_span){ plain, n };
    }
    while (path.len > 2 && memcmp(path.ptr, "./", 2) == 0)
        path = (yj_span){ path.ptr + 2, path.len - 2 };
    if (!yj_path_below(path))
        return yj_fail(r->err, YJ_E_INVALID,
                       "the path leads out of the folder, or is not written plainly; nothing was examined");
    yj_item *i = yj_tree_add(r->tree, path);
    if (!i)
        return yj_fail(r->err, YJ_E_LIMIT,
                       "there are too many names to hold: more than %d, or no memory for them",
                       YJ_TREE_ITEMS_MAX);
    i->kind = YJ_ITEM_FILE;
    i->sum = *sum;
    i->has_sum = true;
    return YJ_OK;
}

static yj_status take_line(reader *r, yj_span line)
{
    yj_span path, hex;
    yj_sum_alg alg = YJ_SUM_SHA256;
    yj_sum sum;
    if (line.len && (line.ptr[0] == '#' || line.ptr[0] == ';'))
        return YJ_OK;
    bool escaped = line.len && line.ptr[0] == '\\';
    if (escaped)
        line = (yj_span){ line.ptr + 1, line.len - 1 };
    if (!line.len || (!split_tagged(line, &alg, &path, &hex) && !split_plain(r, line, &alg, &path, &hex)) ||
        !yj_sum_from_hex(alg, hex, &sum))
        return yj_fail(r->err, YJ_E_INVALID, "the line is no digest with a path");
    if (r->given && alg != *r->given)
        return yj_fail(r->err, YJ_E_INVALID, "the line is of another algorithm: %s", yj_sum_name(alg));
    if (r->has_alg && alg != r->alg)
        return yj_fail(r->err, YJ_E_INVALID, "the list uses two algorithms, %s and %s", yj_sum_name(r->alg),
                       yj_sum_name(alg));
    r->alg = alg;
    r->has_alg = true;
    return take_path(r, path, escaped, &sum);
}

/* The next line without its end; false if it does not end. */
static bool next_line(yj_span bytes, size_t *at, yj_span *ret)
{
    const char *p = bytes.ptr + *at, *end = memchr(p, '\n', bytes.len - *at);
    if (!end)
        return false;
    *ret = (yj_span){ p, (size_t)(end - p) };
    *at += ret->len + 1;
    return true;
}

static yj_status take_lines(reader *r, yj_span bytes)
{
    bool windows = false; /* as the first line ends, all do: else a CR is part of a name */
    size_t n = 0;
    for (size_t at = 0; at < bytes.len;) {
        yj_span line = { NULL, 0 };
        n++;
        yj_status s = YJ_OK;
        if (!next_line(bytes, &at, &line))
            s = yj_fail(r->err, YJ_E_INVALID, "the line does not end: the list may be cut off");
        else if (line.len > YJ_MANIFEST_LINE_MAX)
            s = yj_fail(r->err, YJ_E_LIMIT, "the line is longer than %zu bytes", YJ_MANIFEST_LINE_MAX);
        bool cr = s == YJ_OK && line.len && line.ptr[line.len - 1] == '\r';
        windows = n == 1 ? cr : windows;
        if (s == YJ_OK && windows && !cr)
            s = yj_fail(r->err, YJ_E_INVALID, "lines end in two ways");
        if (s == YJ_OK && windows)
            line.len--;
        if (s == YJ_OK)
            s = take_line(r, line);
        if (s != YJ_OK) {
            yj_ignore(yj_error_at(r->err, "line %zu", n));
            return s;
        }
    }
    return YJ_OK;
}

yj_status yj_manifest_once(const yj_tree *t, yj_error *err)
{
    for (size_t i = 1; i < t->count; i++) {
        if (strcmp(t->item[i - 1].path, t->item[i].path) != 0)
            continue;
        char shown[200];
        snprintf(shown, sizeof shown, "%s", t->item[i].path);
        yj_text_tidy(shown);
        return yj_fail(err, YJ_E_INVALID, "the list names %s twice", shown);
    }
    return YJ_OK;
}

yj_status yj_manifest_parse(yj_span bytes, const yj_sum_alg *given, yj_tree *ret, yj_sum_alg *ret_alg,
                            yj_error *err)
{
    YJ_TRY(yj_tree_init(ret, err));
    reader r = { .tree = ret, .given = given, .err = err };
    if (bytes.len > YJ_MANIFEST_BYTES_MAX)
        return yj_fail(err, YJ_E_LIMIT, "the list is longer than %zu bytes", YJ_MANIFEST_BYTES_MAX);
    YJ_TRY(take_lines(&r, bytes));
    if (ret->count == 0)
        return yj_fail(err, YJ_E_INVALID, "the list names no file: that proves nothing");
    yj_tree_sort(ret);
    YJ_TRY(yj_manifest_once(ret, err));
    *ret_alg = r.alg;
    return YJ_OK;
}
