// SPDX-License-Identifier: Apache-2.0
/**
 * Ids as the tables that hold very many of them keep them: a UUID by its 16 bytes, which sort as its text
 * does (RFC 9562, section 6.11); of any other id the text.
 */
#ifndef YJ_STORE_ID_KEY_H
#define YJ_STORE_ID_KEY_H

#include "base/arena.h"
#include "store/db.h"

#define YJ_ID_KEY_MAX 128 /* also of the id's text and its end; longer ids have an empty key */
typedef struct yj_id_key {
    uint8_t b[YJ_ID_KEY_MAX];
    size_t len;
} yj_id_key;
void yj_id_key_of(yj_span id, yj_id_key *ret);
/** The key is borrowed until the statement is done. */
void yj_bind_id_key(yj_stmt *st, int n, const yj_id_key *key);
/** The id, in `room`, with an end. */
yj_span yj_col_id_key(yj_stmt *st, int col, char room[static YJ_ID_KEY_MAX]);
/** The same, owned by the arena. NULL when out of memory, which the arena's status tells. */
const char *yj_col_id_key_copy(yj_arena *arena, yj_stmt *st, int col);

#endif
