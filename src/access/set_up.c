// SPDX-License-Identifier: Apache-2.0
#include "access/set_up.h"

#include "access/secret.h"
#include "access/session.h"
#include "base/time.h"
#include <assert.h>

#define SECRET_BYTES 32
static_assert(YJ_BASE32_LEN(SECRET_BYTES) == YJ_SET_UP_SECRET_LEN, "as the header says");

static bool digest_of(yj_span secret, yj_digest *ret)
{
    uint8_t b[SECRET_BYTES];
    size_t len = 0;
    bool fine = secret.len == YJ_SET_UP_SECRET_LEN && yj_base32_decode(secret, b, sizeof b, &len);
    if (fine)
        yj_hash(YJ_HASH_SHA256, b, sizeof b, ret);
    yj_secret_wipe(b, sizeof b);
    return fine;
}

static yj_status no_secret(yj_error *err)
{
    return yj_fail(err, YJ_E_NOT_FOUND,
                   "the link is not good any more: it was used, replaced, or is too old");
}

yj_status yj_set_up_make(yj_db *db, const char *account, int64_t now_ns,
                         char ret_secret[static YJ_SET_UP_SECRET_LEN + 1], int64_t *ret_expires_ns,
                         yj_error *err)
{
    yj_account x;
    yj_digest digest;
    uint8_t b[SECRET_BYTES];
    int64_t expires = now_ns + YJ_SET_UP_HOURS * 3600 * YJ_NS_PER_S;
    YJ_TRY(yj_account_read(db, account, &x, err));
    if (x.locked)
        return yj_fail(err, YJ_E_FORBIDDEN, "the account is locked");
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        db,
        "INSERT INTO account_set_up(account, digest, created, expires) VALUES(?1, ?2, ?3, ?4) "
        "ON CONFLICT(account) DO UPDATE SET digest = excluded.digest, created = excluded.created, "
        "expires = excluded.expires",
        &st, err));
    yj_random(b, sizeof b);
    yj_hash(YJ_HASH_SHA256, b, sizeof b, &digest);
    yj_bind_cstr(st, 1, account);
    yj_bind_blob(st, 2, digest.b, sizeof digest.b);
    yj_bind_i64(st, 3, now_ns);
    yj_bind_i64(st, 4, expires);
    yj_status s = yj_stmt_run(st, NULL, err);
    if (s == YJ_OK) {
        yj_base32(b, sizeof b, ret_secret);
        *ret_expires_ns = expires;
    }
    yj_secret_wipe(b, sizeof b);
    return s;
}

yj_status yj_set_up_find(yj_db *db, yj_span secret, int64_t now_ns, yj_set_up *ret, yj_error *err)
{
    yj_digest digest;
    char account[YJ_UUID_LEN + 1] = "";
    bool row = false;
    yj_set_up x;
    if (!digest_of(secret, &digest))
        return no_secret(err);
    {
        yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
        YJ_TRY(yj_db_prepare(
            db, "SELECT account, expires FROM account_set_up WHERE digest = ?1 AND expires > ?2", &st, err));
        yj_bind_blob(st, 1, digest.b, sizeof digest.b);
        yj_bind_i64(st, 2, now_ns);
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return no_secret(err);
        yj_span id = yj_col_text(st, 0);
        memcpy(account, id.ptr, id.len < sizeof account ? id.len : sizeof account - 1);
        account[id.len < sizeof account ? id.len : sizeof account - 1] = '\0';
        x.expires_ns = yj_col_i64(st, 1);
    }
    YJ_TRY(yj_account_read(db, account, &x.account, err));
    if (x.account.locked)
        return no_secret(err);
    *ret = x;
    return YJ_OK;
}

bool yj_set_up_is_first(const yj_account *a)
{
    return !a->has_password && strcmp(a->name, YJ_SET_UP_FIRST_NAME) == 0;
}

static yj_status drop(yj_db *db, const char *account, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "DELETE FROM account_set_up WHERE account = ?1", &st, err));
    yj_bind_cstr(st, 1, account);
    return yj_stmt_run(st, NULL, err);
}

yj_status yj_set_up_use(yj_db *db, yj_span secret, yj_span name, const char *hash, int64_t now_ns,
                        char ret_account[static YJ_UUID_LEN + 1], yj_error *err)
{
    yj_set_up x;
    YJ_TRY(yj_set_up_find(db, secret, now_ns, &x, err));
    if (name.len && yj_set_up_is_first(&x.account))
        YJ_TRY(yj_account_rename(db, x.account.id, name, err));
    YJ_TRY(yj_account_set_password(db, x.account.id, hash, now_ns, err));
    YJ_TRY(yj_session_end_others(db, x.account.id, NULL, NULL, err));
    YJ_TRY(drop(db, x.account.id, err));
    memcpy(ret_account, x.account.id, sizeof x.account.id);
    return YJ_OK;
}

yj_status yj_set_up_sweep(yj_db *db, int64_t now_ns, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "DELETE FROM account_set_up WHERE expires <= ?1", &st, err));
    yj_bind_i64(st, 1, now_ns);
    return yj_stmt_run(st, NULL, err);
}

/* --- the first administrator ------------------------------------------------------------------ */

yj_status yj_set_up_needed(yj_db *db, bool *ret, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    YJ_TRY(yj_db_prepare(db, "SELECT 1 FROM account WHERE password <> '' LIMIT 1", &st, err));
    YJ_TRY(yj_stmt_step(st, &row, err));
    *ret = !row;
    return YJ_OK;
}

static yj_status any_account(yj_db *db, char ret_id[static YJ_UUID_LEN + 1], yj_error *err)
{
    yj_account row;
    size_t count = 0;
    YJ_TRY(yj_account_list(db, "", &row, 1, &count, err));
    memcpy(ret_id, count ? row.id : "", count ? sizeof row.id : 1);
    return YJ_OK;
}

yj_status yj_set_up_first(yj_db *db, const char *operator_id, int64_t now_ns,
                          char ret_secret[static YJ_SET_UP_SECRET_LEN + 1], yj_error *err)
{
    bool needed = false;
    char id[YJ_UUID_LEN + 1];
    int64_t expires = 0;
    ret_secret[0] = '\0';
    YJ_TRY(yj_set_up_needed(db, &needed, err));
    if (!needed)
        return YJ_OK;
    YJ_TRY(any_account(db, id, err));
    if (!id[0]) {
        yj_account_new n = { .name = YJ_SPAN(YJ_SET_UP_FIRST_NAME), .first = true };
        YJ_TRY(yj_account_create(db, &n, now_ns, id, err));
        YJ_TRY(yj_account_link(db, id, 0, operator_id, err));
    }
    return yj_set_up_make(db, id, now_ns, ret_secret, &expires, err);
}
