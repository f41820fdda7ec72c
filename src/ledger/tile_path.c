// SPDX-License-Identifier: Apache-2.0
#include "ledger/internal.h"
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

/* Index groups of three digits, all but the last led by 'x': five of them hold every tile of a tree of less
 * than 2^63 leaves (2^55 < 10^18), so six are enough. */
#define GROUPS_MAX 6
#define LEVEL_MAX 63

static bool eat_groups(yj_span *s, uint64_t *ret)
{
    uint64_t v = 0;
    for (size_t group = 0; group < GROUPS_MAX; group++) {
        bool more = s->len > 0 && s->ptr[0] == 'x';
        size_t at = more ? 1 : 0;
        if (s->len < at + 3)
            return false;
        for (size_t i = at; i < at + 3; i++) {
            if (s->ptr[i] < '0' || s->ptr[i] > '9')
                return false;
            v = v * 10 + (uint64_t)(s->ptr[i] - '0');
        }
        if (group == 0 && more && v == 0) /* a leading x000 would be a second name of the same tile */
            return false;
        s->ptr += at + 3;
        s->len -= at + 3;
        if (!more) {
            *ret = v;
            return true;
        }
        if (s->len == 0 || s->ptr[0] != '/')
            return false;
        s->ptr++;
        s->len--;
    }
    return false;
}

bool yj_tile_path_parse(yj_span path, int *ret_level, uint64_t *ret_index, unsigned *ret_width)
{
    const char *slash = path.len ? memchr(path.ptr, '/', path.len) : NULL;
    if (!slash)
        return false;
    yj_span first = { path.ptr, (size_t)(slash - path.ptr) };
    yj_span rest = { slash + 1, path.len - first.len - 1 };
    int level = -1;
    uint64_t n, index, width = YJ_TILE_WIDTH;
    if (!yj_span_is(first, "entries")) {
        if (first.len > 2 || !yj_parse_u63(first, &n) || n > LEVEL_MAX)
            return false;
        level = (int)n;
    }
    if (!eat_groups(&rest, &index))
        return false;
    if (rest.len) {
        if (rest.len < 4 || memcmp(rest.ptr, ".p/", 3) != 0 ||
            !yj_parse_u63((yj_span){ rest.ptr + 3, rest.len - 3 }, &width) || width == 0 ||
            width >= YJ_TILE_WIDTH)
            return false;
    }
    *ret_level = level;
    *ret_index = index;
    *ret_width = (unsigned)width;
    return true;
}

void yj_tile_index_format(uint64_t index, yj_buf *out)
{
    uint64_t group[8];
    size_t count = 0;
    do {
        group[count++] = index % 1000;
        index /= 1000;
    } while (index);
    while (count-- > 0)
        yj_buf_fmt(out, count ? "x%03" PRIu64 "/" : "%03" PRIu64, group[count]);
}

void yj_tile_path_format(int level, uint64_t index, unsigned width, yj_buf *out)
{
    assert(level >= -1 && level <= LEVEL_MAX && width >= 1 && width <= YJ_TILE_WIDTH);
    if (level < 0)
        yj_buf_str(out, "entries/");
    else
        yj_buf_fmt(out, "%d/", level);
    yj_tile_index_format(index, out);
    if (width < YJ_TILE_WIDTH)
        yj_buf_fmt(out, ".p/%u", width);
}
