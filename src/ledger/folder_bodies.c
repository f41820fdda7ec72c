// SPDX-License-Identifier: Apache-2.0
#include "ledger/internal.h"

static yj_status each_line(yj_span file, uint64_t first, uint64_t size, yj_folder_body_fn fn, void *ctx,
                           yj_error *err)
{
    uint64_t seq = first;
    for (size_t at = 0; at < file.len && seq < size; seq++) {
        const char *from = file.ptr + at, *end = memchr(from, '\n', file.len - at);
        size_t len = end ? (size_t)(end - from) : file.len - at;
        yj_span salt, body;
        if (!yj_body_line_scan((yj_span){ from, len }, seq, &salt, &body))
            return yj_fail(err, YJ_E_CORRUPT, "the line of the body of ledger entry %llu is malformed",
                           (unsigned long long)seq);
        if (salt.len)
            YJ_TRY(fn(ctx, seq, body, err));
        at += len + 1;
    }
    return YJ_OK;
}

yj_status yj_ledger_folder_bodies(const char *folder, uint64_t size, yj_folder_body_fn fn, void *ctx,
                                  yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf path;
    yj_auto(yj_buf_done) yj_buf file;
    yj_buf_init(&path, YJ_FOLDER_PATH_MAX);
    yj_buf_init(&file, yj_folder_bytes_max(YJ_FOLDER_BODIES));
    for (uint64_t first = 0; first < size; first += YJ_TILE_WIDTH) {
        uint64_t left = size - first;
        unsigned width = left < YJ_TILE_WIDTH ? (unsigned)left : YJ_TILE_WIDTH;
        YJ_TRY(yj_folder_read(folder, YJ_FOLDER_BODIES, first / YJ_TILE_WIDTH, width, &path, &file, &width,
                              err));
        if (width == 0)
            return yj_fail(err, YJ_E_NOT_FOUND, "the exported ledger holds no bodies from entry %llu on",
                           (unsigned long long)first);
        YJ_TRY(each_line(yj_buf_view(&file), first, size, fn, ctx, err));
    }
    return YJ_OK;
}
