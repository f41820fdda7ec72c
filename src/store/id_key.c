// SPDX-License-Identifier: Apache-2.0
#include "store/id_key.h"

#include <stdio.h>

#define UUID_BYTES 16

void yj_id_key_of(yj_span id, yj_id_key *ret)
{
    uint8_t hex[2 * UUID_BYTES];
    size_t n = 0, len = 0;
    ret->len = 0;
    if (id.len == YJ_UUID_LEN && yj_uuid_valid(id)) {
        for (size_t i = 0; i < id.len; i++)
            if (id.ptr[i] != '-')
                hex[n++] = (uint8_t)id.ptr[i];
        if (n == sizeof hex && yj_hex_decode((yj_span){ (const char *)hex, n }, ret->b, UUID_BYTES, &len))
            ret->len = len;
        return;
    }
    if (id.len >= YJ_ID_KEY_MAX)
        return;
    if (id.len)
        memcpy(ret->b, id.ptr, id.len);
    ret->len = id.len;
    if (id.len == UUID_BYTES)
        ret->b[ret->len++] = 0; /* that it is no UUID's */
}

void yj_bind_id_key(yj_stmt *st, int n, const yj_id_key *key)
{
    yj_bind_blob(st, n, key->b, key->len);
}

yj_span yj_col_id_key(yj_stmt *st, int col, char room[static YJ_ID_KEY_MAX])
{
    yj_span key = yj_col_blob(st, col);
    if (key.len != UUID_BYTES) {
        size_t len = key.len < YJ_ID_KEY_MAX ? key.len : YJ_ID_KEY_MAX - 1;
        if (len)
            memcpy(room, key.ptr, len);
        if (len == UUID_BYTES + 1 && room[UUID_BYTES] == '\0')
            len--;
        return (yj_span){ room, len };
    }
    static const char digits[] = "0123456789abcdef";
    size_t n = 0;
    for (size_t i = 0; i < UUID_BYTES; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            room[n++] = '-';
        room[n++] = digits[(unsigned char)key.ptr[i] >> 4];
        room[n++] = digits[(unsigned char)key.ptr[i] & 15];
    }
    return (yj_span){ room, n };
}

const char *yj_col_id_key_copy(yj_arena *arena, yj_stmt *st, int col)
{
    char room[YJ_ID_KEY_MAX];
    yj_span id = yj_col_id_key(st, col, room);
    return yj_arena_strndup(arena, id.ptr, id.len);
}
