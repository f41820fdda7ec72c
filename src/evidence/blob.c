// SPDX-License-Identifier: Apache-2.0
/* Table blob: what the store knows about files. */
#include "evidence/evidence.h"

yj_status yj_blob_put(yj_db *db, const yj_blob *b, int64_t now_ns, yj_error *err)
{
    char sha256[2 * YJ_HASH_LEN + 1], sm3[2 * YJ_HASH_LEN + 1] = "";
    yj_digest_hex(&b->sha256, sha256);
    if (b->has_sm3)
        yj_digest_hex(&b->sm3, sm3);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db,
                         "INSERT INTO blob(digest, sm3, size, received_at) VALUES(?1, ?2, ?3, ?4) "
                         "ON CONFLICT(digest) DO NOTHING",
                         &st, err));
    yj_bind_cstr(st, 1, sha256);
    yj_bind_cstr(st, 2, sm3);
    yj_bind_i64(st, 3, (int64_t)b->size);
    yj_bind_i64(st, 4, now_ns);
    YJ_TRY(yj_db_begin(db, YJ_DB_WRITE, err));
    yj_status s = yj_stmt_run(st, NULL, err);
    if (s == YJ_OK)
        s = yj_db_commit(db, err);
    if (s != YJ_OK)
        yj_db_rollback(db);
    return s;
}

yj_status yj_blob_get(yj_db *db, const yj_digest *digest, yj_blob *ret, yj_error *err)
{
    char hex[2 * YJ_HASH_LEN + 1];
    yj_digest_hex(digest, hex);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "SELECT sm3, size FROM blob WHERE digest = ?1", &st, err));
    yj_bind_cstr(st, 1, hex);
    bool row = false;
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (!row)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no evidence with that digest");
    yj_blob b = { .sha256 = *digest, .size = (uint64_t)yj_col_i64(st, 1) };
    yj_span sm3 = yj_col_text(st, 0);
    b.has_sm3 = sm3.len > 0;
    if (b.has_sm3 && !yj_digest_from_hex(sm3, &b.sm3))
        return yj_fail(err, YJ_E_CORRUPT, "the row of evidence %s is damaged", hex);
    *ret = b;
    return YJ_OK;
}
