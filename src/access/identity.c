// SPDX-License-Identifier: Apache-2.0
#include "access/identity.h"

bool yj_subject_valid(yj_span s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((uint8_t)s.ptr[i] < ' ' || s.ptr[i] == 0x7f)
            return false;
    return s.len >= 1 && s.len <= YJ_SUBJECT_MAX && yj_utf8_valid(s);
}

/* --- rows ------------------------------------------------------------------------------------- */

#define COLUMNS "provider, subject, account, name, linked, used"

static void copy_text(yj_stmt *st, int col, char *ret, size_t cap)
{
    yj_span s = yj_col_text(st, col);
    size_t len = s.len < cap ? s.len : cap - 1;
    memcpy(ret, len ? s.ptr : "", len);
    ret[len] = '\0';
}

static void read_row(yj_stmt *st, yj_identity *ret)
{
    yj_identity x = { .linked_ns = yj_col_i64(st, 4), .used_ns = yj_col_i64(st, 5) };
    copy_text(st, 0, x.provider, sizeof x.provider);
    copy_text(st, 1, x.subject, sizeof x.subject);
    copy_text(st, 2, x.account, sizeof x.account);
    copy_text(st, 3, x.login, sizeof x.login);
    *ret = x;
}

static yj_status find(yj_stmt *st, const char *provider, yj_span key, yj_identity *ret, bool *ret_found,
                      yj_error *err)
{
    bool row = false;
    yj_bind_cstr(st, 1, provider);
    yj_bind_text(st, 2, key);
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (row)
        read_row(st, ret);
    *ret_found = row;
    return YJ_OK;
}

yj_status yj_identity_find(yj_db *db, const char *provider, yj_span subject, yj_identity *ret,
                           bool *ret_found, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "SELECT " COLUMNS " FROM account_identity WHERE provider = ?1 AND subject = ?2",
                         &st, err));
    return find(st, provider, subject, ret, ret_found, err);
}

yj_status yj_identity_by_login(yj_db *db, const char *provider, yj_span login, yj_identity *ret,
                               bool *ret_found, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    *ret_found = false;
    if (login.len == 0)
        return YJ_OK;
    YJ_TRY(yj_db_prepare(db,
                         "SELECT " COLUMNS " FROM account_identity WHERE provider = ?1 AND name = ?2 "
                         "ORDER BY used DESC, subject LIMIT 1",
                         &st, err));
    return find(st, provider, login, ret, ret_found, err);
}

yj_status yj_identity_list(yj_db *db, const char *account, yj_identity *rows, size_t cap, size_t *ret_count,
                           yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    size_t count = 0;
    YJ_TRY(yj_db_prepare(db,
                         "SELECT " COLUMNS " FROM account_identity WHERE account = ?1 "
                         "ORDER BY provider, subject LIMIT ?2",
                         &st, err));
    yj_bind_cstr(st, 1, account);
    yj_bind_i64(st, 2, (int64_t)cap);
    for (bool row = true; count < cap; count++) {
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            break;
        read_row(st, &rows[count]);
    }
    *ret_count = count;
    return YJ_OK;
}

/* --- changes ---------------------------------------------------------------------------------- */

static yj_status check_account(yj_db *db, const char *account, yj_error *err)
{
    yj_account a;
    YJ_TRY(yj_account_read(db, account, &a, err));
    if (!a.break_glass)
        return YJ_OK;
    (void)yj_fail(err, YJ_E_INVALID,
                  "an account for emergencies signs in by password and recovery code only");
    return yj_error_at(err, "account");
}

static yj_status check_provider(yj_db *db, const char *provider, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    YJ_TRY(yj_db_prepare(db, "SELECT 1 FROM sign_in_provider WHERE id = ?1", &st, err));
    yj_bind_cstr(st, 1, provider);
    YJ_TRY(yj_stmt_step(st, &row, err));
    return row ? YJ_OK : yj_fail(err, YJ_E_NOT_FOUND, "there is no such provider");
}

static yj_status check_room(yj_db *db, const char *account, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    YJ_TRY(yj_db_prepare(db, "SELECT count(*) FROM account_identity WHERE account = ?1", &st, err));
    yj_bind_cstr(st, 1, account);
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (yj_col_i64(st, 0) >= YJ_IDENTITIES_MAX)
        return yj_fail(err, YJ_E_LIMIT, "an account has at most %d identities", YJ_IDENTITIES_MAX);
    return YJ_OK;
}

/* Whose it is after all: somebody may have linked it at the same time. */
static yj_status check_owner(yj_db *db, const char *account, const char *provider, yj_span subject,
                             yj_error *err)
{
    yj_identity x;
    bool found = false;
    YJ_TRY(yj_identity_find(db, provider, subject, &x, &found, err));
    if (found && strcmp(x.account, account) == 0)
        return YJ_OK;
    (void)yj_fail(err, YJ_E_CONFLICT, "this identity belongs to another account");
    return yj_error_at(err, "subject");
}

yj_status yj_identity_link(yj_db *db, const char *account, const char *provider, yj_span subject,
                           yj_span login, int64_t now_ns, yj_error *err)
{
    if (!yj_subject_valid(subject)) {
        (void)yj_fail(err, YJ_E_INVALID, "this is a text of 1 to %d bytes without control characters",
                      YJ_SUBJECT_MAX);
        return yj_error_at(err, "subject");
    }
    YJ_TRY(check_account(db, account, err));
    YJ_TRY(check_provider(db, provider, err));
    yj_identity x;
    bool found = false;
    YJ_TRY(yj_identity_find(db, provider, subject, &x, &found, err));
    if (!found) {
        YJ_TRY(check_room(db, account, err));
        yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
        YJ_TRY(yj_db_prepare(db,
                             "INSERT INTO account_identity(" COLUMNS ") VALUES(?1, ?2, ?3, ?4, ?5, 0) "
                             "ON CONFLICT(provider, subject) DO NOTHING",
                             &st, err));
        yj_bind_cstr(st, 1, provider);
        yj_bind_text(st, 2, subject);
        yj_bind_cstr(st, 3, account);
        yj_bind_text(st, 4, login.len <= YJ_PROVED_TEXT_MAX ? login : YJ_SPAN(""));
        yj_bind_i64(st, 5, now_ns);
        YJ_TRY(yj_stmt_run(st, NULL, err));
    }
    return check_owner(db, account, provider, subject, err);
}

yj_status yj_identity_unlink(yj_db *db, const char *account, const char *provider, yj_span subject,
                             yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    int64_t changes = 0;
    YJ_TRY(yj_db_prepare(
        db, "DELETE FROM account_identity WHERE provider = ?1 AND subject = ?2 AND account = ?3", &st, err));
    yj_bind_cstr(st, 1, provider);
    yj_bind_text(st, 2, subject);
    yj_bind_cstr(st, 3, account);
    YJ_TRY(yj_stmt_run(st, &changes, err));
    return changes == 1 ? YJ_OK : yj_fail(err, YJ_E_NOT_FOUND, "the account has no such identity");
}

yj_status yj_identity_used(yj_db *db, const yj_proved *who, int64_t now_ns, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        db, "UPDATE account_identity SET used = ?3, name = ?4 WHERE provider = ?1 AND subject = ?2", &st,
        err));
    yj_bind_cstr(st, 1, who->provider);
    yj_bind_cstr(st, 2, who->subject);
    yj_bind_i64(st, 3, now_ns);
    yj_bind_cstr(st, 4, who->login);
    return yj_stmt_run(st, NULL, err);
}
