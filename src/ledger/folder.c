// SPDX-License-Identifier: Apache-2.0
/* The files of an exported log: names, reading with what there is, lines of bodies. */
#include "base/file.h"
#include "ledger/internal.h"
#include <inttypes.h>

#define LINE_OVERHEAD ((size_t)128)

yj_status yj_folder_file(yj_buf *out, const char *folder, const char *name, yj_error *err)
{
    yj_buf_clear(out);
    yj_buf_fmt(out, "%s/%s", folder, name);
    return yj_buf_status(out, err);
}

yj_status yj_folder_path(yj_buf *out, const char *folder, int level, uint64_t index, unsigned width,
                         yj_error *err)
{
    yj_buf_clear(out);
    yj_buf_str(out, folder);
    if (level == YJ_FOLDER_BODIES) {
        yj_buf_str(out, "/body/");
        yj_tile_index_format(index, out);
        if (width < YJ_TILE_WIDTH)
            yj_buf_fmt(out, ".p/%u", width);
        yj_buf_str(out, ".jsonl");
    } else {
        yj_buf_str(out, "/tile/");
        yj_tile_path_format(level, index, width, out);
    }
    return yj_buf_status(out, err);
}

size_t yj_folder_bytes_max(int level)
{
    if (level == YJ_FOLDER_BODIES)
        return YJ_TILE_WIDTH * (YJ_BODY_BYTES_MAX + LINE_OVERHEAD);
    if (level == YJ_FOLDER_ENTRIES)
        return YJ_TILE_WIDTH * (YJ_LEAF_BYTES_MAX + 2);
    return YJ_TILE_WIDTH * (size_t)YJ_HASH_LEN;
}

/* NOT_FOUND is no failure here: *ret_width stays 0. */
static yj_status read_if_there(const char *folder, int level, uint64_t index, unsigned width, yj_buf *path,
                               yj_buf *out, unsigned *ret_width, yj_error *err)
{
    YJ_TRY(yj_folder_path(path, folder, level, index, width, err));
    if (!yj_path_exists(path->ptr))
        return YJ_OK;
    yj_buf_clear(out);
    yj_status st = yj_file_read(path->ptr, yj_folder_bytes_max(level), out, err);
    if (st == YJ_E_LIMIT) { /* no such file is ever written: the first entry in it is wrong */
        uint64_t entry = level > 0 ? yj_tile_first_entry((unsigned)level, index, 0) : index * YJ_TILE_WIDTH;
        yj_fail(err, YJ_E_CORRUPT, "%s is longer than such a file can be", path->ptr);
        return yj_bad_entry(err, entry);
    }
    YJ_TRY(st);
    *ret_width = width;
    return YJ_OK;
}

/* The widest of the partial ones, at most `width`; 0 if none. */
static yj_status widest(const char *folder, int level, uint64_t index, unsigned width, yj_buf *path,
                        unsigned *ret, yj_error *err)
{
    static const char end[] = ".jsonl";
    YJ_TRY(yj_folder_path(path, folder, level, index, 1, err));
    path->len = (size_t)(strrchr(path->ptr, '/') - path->ptr);
    path->ptr[path->len] = '\0';
    unsigned best = 0;
    *ret = 0;
    if (!yj_path_is_dir(path->ptr))
        return YJ_OK;
    yj_auto(yj_names_free) yj_names names = { NULL, 0 };
    YJ_TRY(yj_dir_list(path->ptr, &names, err));
    for (size_t i = 0; i < names.count; i++) {
        yj_span s = yj_span_of(names.name[i]);
        uint64_t w = 0;
        if (level == YJ_FOLDER_BODIES) {
            if (s.len <= sizeof end - 1 || memcmp(s.ptr + s.len - (sizeof end - 1), end, sizeof end - 1) != 0)
                continue;
            s.len -= sizeof end - 1;
        }
        if (yj_parse_u63(s, &w) && w <= width && w > best)
            best = (unsigned)w;
    }
    *ret = best;
    return YJ_OK;
}

yj_status yj_folder_read(const char *folder, int level, uint64_t index, unsigned width, yj_buf *path,
                         yj_buf *out, unsigned *ret_width, yj_error *err)
{
    unsigned got = 0, narrower;
    yj_buf_clear(out);
    YJ_TRY(read_if_there(folder, level, index, width, path, out, &got, err));
    if (!got && width < YJ_TILE_WIDTH)
        YJ_TRY(read_if_there(folder, level, index, YJ_TILE_WIDTH, path, out, &got, err));
    if (!got) {
        YJ_TRY(widest(folder, level, index, width, path, &narrower, err));
        if (narrower)
            YJ_TRY(read_if_there(folder, level, index, narrower, path, out, &got, err));
    }
    *ret_width = got;
    return YJ_OK;
}

/* "x001", "234", "234.p", "234.jsonl": the digits of a name, and whether more follow below it. */
static bool name_digits(const char *name, uint64_t *ret, bool *ret_more)
{
    bool more = name[0] == 'x';
    const char *p = name + (more ? 1 : 0);
    for (size_t i = 0; i < 3; i++)
        if (p[i] < '0' || p[i] > '9')
            return false;
    const char *end = p + 3;
    if (more ? *end != '\0' : *end != '\0' && strcmp(end, ".p") != 0 && strcmp(end, ".jsonl") != 0)
        return false;
    *ret = (uint64_t)(p[0] - '0') * 100 + (uint64_t)(p[1] - '0') * 10 + (uint64_t)(p[2] - '0');
    *ret_more = more;
    return true;
}

yj_status yj_folder_last(const char *folder, int level, yj_buf *path, uint64_t *ret, yj_error *err)
{
    YJ_TRY(yj_folder_path(path, folder, level, 0, YJ_TILE_WIDTH, err));
    uint64_t index = 0;
    *ret = YJ_NO_INDEX;
    for (unsigned depth = 0; depth < 6; depth++) {
        path->len = (size_t)(strrchr(path->ptr, '/') - path->ptr);
        path->ptr[path->len] = '\0';
        yj_auto(yj_names_free) yj_names names = { NULL, 0 };
        uint64_t best = 0;
        const char *best_name = NULL;
        bool best_more = false;
        if (!yj_path_is_dir(path->ptr))
            return YJ_OK;
        YJ_TRY(yj_dir_list(path->ptr, &names, err));
        for (size_t i = 0; i < names.count; i++) {
            uint64_t n;
            bool more;
            if (!name_digits(names.name[i], &n, &more))
                continue;
            /* x001/... is behind 999: an index with more digits is higher */
            if (!best_name || (more && !best_more) || (more == best_more && n >= best)) {
                best = n;
                best_name = names.name[i];
                best_more = more;
            }
        }
        if (!best_name)
            return YJ_OK;
        index = index * 1000 + best;
        if (!best_more) {
            *ret = index;
            return YJ_OK;
        }
        yj_buf_fmt(path, "/%s/.", best_name);
        YJ_TRY(yj_buf_status(path, err));
    }
    return YJ_OK;
}

/* --- lines of bodies -------------------------------------------------------------------------------------
 */

#define SEQ_WORD "{\"seq\":"
#define SALT_WORD ",\"salt\":\""
#define BODY_WORD "\",\"body\":"
#define ERASED_WORD ",\"erased\":true}"

void yj_body_line_format(uint64_t seq, const uint8_t *salt, yj_span body, yj_buf *out)
{
    yj_buf_fmt(out, SEQ_WORD "%" PRIu64, seq);
    if (!salt) {
        yj_buf_str(out, ERASED_WORD);
        return;
    }
    yj_buf_str(out, SALT_WORD);
    yj_buf_hex(out, salt, YJ_SALT_LEN);
    yj_buf_str(out, BODY_WORD);
    yj_buf_span(out, body);
    yj_buf_char(out, '}');
}

static bool eat(yj_span *s, const char *word, size_t len)
{
    if (s->len < len || memcmp(s->ptr, word, len) != 0)
        return false;
    s->ptr += len;
    s->len -= len;
    return true;
}

bool yj_body_line_scan(yj_span line, uint64_t seq, yj_span *ret_salt_hex, yj_span *ret_body)
{
    uint64_t n;
    yj_span s = line, digits;
    if (!eat(&s, SEQ_WORD, sizeof(SEQ_WORD) - 1))
        return false;
    digits = s;
    while (s.len && s.ptr[0] >= '0' && s.ptr[0] <= '9') {
        s.ptr++;
        s.len--;
    }
    digits.len -= s.len;
    if (!yj_parse_u63(digits, &n) || n != seq)
        return false;
    if (yj_span_is(s, ERASED_WORD)) {
        *ret_salt_hex = *ret_body = (yj_span){ NULL, 0 };
        return true;
    }
    if (!eat(&s, SALT_WORD, sizeof(SALT_WORD) - 1) || s.len < 2 * YJ_SALT_LEN)
        return false;
    yj_span salt = { s.ptr, (size_t)2 * YJ_SALT_LEN };
    s.ptr += salt.len;
    s.len -= salt.len;
    if (!eat(&s, BODY_WORD, sizeof(BODY_WORD) - 1) || s.len < 1 || s.ptr[s.len - 1] != '}')
        return false;
    *ret_salt_hex = salt;
    *ret_body = (yj_span){ s.ptr, s.len - 1 };
    return true;
}
