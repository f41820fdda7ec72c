// SPDX-License-Identifier: Apache-2.0
#include "ledger/pack_body.h"

#include "ledger/ledger.h"
#include <pthread.h>
#include <stdlib.h>
#include <zstd.h>

#define LEVEL 1      /* of long ones: the next cost twice the time for a twentieth of the room */
#define LEVEL_DICT 3 /* of those packed with the dictionary: as quick as 1, and smaller */

#ifndef YJ_BODY_DICTIONARY
#error "the build names the dictionary's file"
#endif

/* Made by tools/dictionary; stores are read by it, so that it never changes. */
__asm__(".section .rodata\n"
        ".balign 16\n"
        "yj_body_dictionary:\n"
        ".incbin \"" YJ_BODY_DICTIONARY "\"\n"
        "yj_body_dictionary_end:\n"
        ".byte 0\n"
        ".text\n");
extern const char yj_body_dictionary[] __attribute__((visibility("hidden")));
extern const char yj_body_dictionary_end[] __attribute__((visibility("hidden")));

/* What zstd makes of it, once for all threads and for good. */
typedef struct dictionaries {
    ZSTD_CDict *pack;
    ZSTD_DDict *unpack;
} dictionaries;

static pthread_mutex_t dictionary_lock = PTHREAD_MUTEX_INITIALIZER;
static dictionaries made;                /* written once, under the lock */
static const dictionaries *_Atomic ours; /* &made when both are there */

static void make_dictionaries(void)
{
    size_t len = (size_t)(yj_body_dictionary_end - yj_body_dictionary);
    if (!made.pack)
        made.pack = ZSTD_createCDict(yj_body_dictionary, len, LEVEL_DICT);
    if (!made.unpack)
        made.unpack = ZSTD_createDDict(yj_body_dictionary, len);
    if (made.pack && made.unpack)
        ours = &made;
}

/* NULL when out of memory; then it is tried again the next time. */
static const dictionaries *our_dictionaries(void)
{
    if (!ours) {
        pthread_mutex_lock(&dictionary_lock);
        if (!ours)
            make_dictionaries();
        pthread_mutex_unlock(&dictionary_lock);
    }
    return ours;
}

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
    const bool plain = text.len >= YJ_BODY_PLAIN_FROM;
    const dictionaries *d = to && !plain ? our_dictionaries() : NULL;
    size_t n = 0;
    if (to && plain)
        n = ZSTD_compressCCtx(c->pack, to, room, text.ptr, text.len, LEVEL);
    else if (d)
        n = ZSTD_compress_usingCDict(c->pack, to, room, text.ptr, text.len, d->pack);
    if (n == 0 || ZSTD_isError(n))
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
    size_t n = 0;
    if (ZSTD_getDictID_fromFrame(packed.ptr, packed.len) == 0) {
        n = ZSTD_decompressDCtx(c->unpack, to, (size_t)size, packed.ptr, packed.len);
    } else {
        const dictionaries *d = our_dictionaries();
        if (!d)
            return yj_fail(err, YJ_E_NOMEM, "out of memory");
        n = ZSTD_decompress_usingDDict(c->unpack, to, (size_t)size, packed.ptr, packed.len, d->unpack);
    }
    if (ZSTD_isError(n) || n != size)
        return yj_fail(err, YJ_E_CORRUPT, "a packed body of the ledger is damaged");
    out->len += n;
    out->ptr[out->len] = '\0';
    return YJ_OK;
}

yj_status yj_col_body_add(yj_stmt *st, int body, int packed, yj_buf *out, yj_error *err)
{
    if (yj_col_null(st, packed)) {
        yj_buf_span(out, yj_col_text(st, body));
        return yj_buf_status(out, err);
    }
    if (!yj_col_null(st, body)) /* which of them would be the one that was hashed? */
        return yj_fail(err, YJ_E_CORRUPT, "a packed body of the ledger is damaged");
    return yj_body_unpack(yj_col_blob(st, packed), out, err);
}

yj_status yj_col_body(yj_stmt *st, int body, int packed, yj_buf *room, yj_span *ret, yj_error *err)
{
    if (yj_col_null(st, packed)) {
        *ret = yj_col_text(st, body);
        return YJ_OK;
    }
    yj_buf_clear(room);
    YJ_TRY(yj_col_body_add(st, body, packed, room, err));
    *ret = yj_buf_view(room);
    return YJ_OK;
}

yj_status yj_col_body_json(yj_stmt *st, int body, int packed, json_t **ret, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf room;
    yj_span text;
    if (yj_col_null(st, body) && yj_col_null(st, packed))
        return YJ_OK;
    yj_buf_init(&room, YJ_BODY_BYTES_MAX);
    YJ_TRY(yj_col_body(st, body, packed, &room, &text, err));
    return yj_json_parse(text, YJ_BODY_BYTES_MAX, ret, err);
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
