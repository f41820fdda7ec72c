// SPDX-License-Identifier: Apache-2.0
#include "ledger/pack_body.h"

#include "ledger/ledger.h"
#include <pthread.h>
#include <stdlib.h>
#include <zstd.h>

#define LEVEL 1 /* the next ones cost twice the time for a twentieth of the room */

/* One thread's, freed when it ends: to make one costs more than to pack a body. */
typedef struct contexts {
    ZSTD_CCtx *pack;
    ZSTD_DCtx *unpack;
} contexts;

static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static bool has_key;

static void contexts_free(void *p)
{
    contexts *c = p;
    ZSTD_freeCCtx(c->pack);
    ZSTD_freeDCtx(c->unpack);
    free(c);
}

static void make_key(void)
{
    has_key = pthread_key_create(&key, contexts_free) == 0;
}

static contexts *my_contexts(void)
{
    pthread_once(&key_once, make_key);
    contexts *c = has_key ? pthread_getspecific(key) : NULL;
    if (c || !has_key)
        return c;
    c = calloc(1, sizeof *c);
    if (c && pthread_setspecific(key, c) != 0) {
        free(c);
        return NULL;
    }
    return c;
}

yj_status yj_body_pack(yj_span text, yj_buf *out, yj_error *err)
{
    contexts *c = my_contexts();
    if (c && !c->pack)
        c->pack = ZSTD_createCCtx();
    size_t room = ZSTD_compressBound(text.len);
    char *to = c && c->pack ? yj_buf_room(out, room) : NULL;
    size_t n = to ? ZSTD_compressCCtx(c->pack, to, room, text.ptr, text.len, LEVEL) : 0;
    if (!to || ZSTD_isError(n))
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    out->len += n;
    out->ptr[out->len] = '\0';
    return YJ_OK;
}

yj_status yj_body_unpack(yj_span packed, yj_buf *out, yj_error *err)
{
    contexts *c = my_contexts();
    if (c && !c->unpack)
        c->unpack = ZSTD_createDCtx();
    if (!c || !c->unpack)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    unsigned long long size = ZSTD_getFrameContentSize(packed.ptr, packed.len);
    if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || size > YJ_BODY_BYTES_MAX)
        return yj_fail(err, YJ_E_CORRUPT, "a packed body of the ledger is damaged");
    char *to = yj_buf_room(out, (size_t)size);
    if (!to)
        return yj_buf_status(out, err);
    size_t n = ZSTD_decompressDCtx(c->unpack, to, (size_t)size, packed.ptr, packed.len);
    if (ZSTD_isError(n) || n != size)
        return yj_fail(err, YJ_E_CORRUPT, "a packed body of the ledger is damaged");
    out->len += n;
    out->ptr[out->len] = '\0';
    return YJ_OK;
}

yj_status yj_col_body(yj_stmt *st, int body, int packed, yj_buf *room, yj_span *ret, yj_error *err)
{
    if (yj_col_null(st, packed)) {
        *ret = yj_col_text(st, body);
        return YJ_OK;
    }
    yj_buf_clear(room);
    YJ_TRY(yj_body_unpack(yj_col_blob(st, packed), room, err));
    *ret = yj_buf_view(room);
    return YJ_OK;
}

yj_status yj_bind_body(yj_stmt *st, int body, int packed, yj_span text, yj_buf *room, yj_error *err)
{
    if (text.len < YJ_BODY_PACKED_FROM) {
        yj_bind_text(st, body, text);
        yj_bind_null(st, packed);
        return YJ_OK;
    }
    yj_buf_clear(room);
    YJ_TRY(yj_body_pack(text, room, err));
    yj_bind_null(st, body);
    yj_bind_blob(st, packed, room->ptr, room->len);
    return YJ_OK;
}
