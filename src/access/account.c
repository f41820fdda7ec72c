// SPDX-License-Identifier: Apache-2.0
#include "access/account.h"

#include <assert.h>
#include <stdio.h>

#define CREATE_LOCK                                                                                          \
    INT64_C(0x796a61636374) /* "yjacct": so that two servers cannot both make the first one                  \
                             */

/* --- names ------------------------------------------------------------------------------------ */

bool yj_account_name(yj_span name, char ret[static YJ_ACCOUNT_NAME_MAX + 1])
{
    static const char marks[] = "._@+-";
    if (name.len < YJ_ACCOUNT_NAME_MIN || name.len > YJ_ACCOUNT_NAME_MAX)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!plain && (i == 0 || !memchr(marks, c, sizeof marks - 1)))
            return false;
        ret[i] = c;
    }
    ret[name.len] = '\0';
    return true;
}

/* --- rows ------------------------------------------------------------------------------------- */

#define COLUMNS                                                                                              \
    "a.id, a.name, a.state, a.break_glass, CASE WHEN a.password = '' THEN 0 ELSE 1 END, "                    \
    "CASE WHEN a.totp IS NULL THEN 0 ELSE 1 END, "                                                           \
    "(SELECT count(*) FROM account_recovery r WHERE r.account = a.id), a.created, a.password_at, "           \
    "a.last_sign_in"

static void copy_text(yj_stmt *st, int col, char *ret, size_t cap)
{
    yj_span s = yj_col_text(st, col);
    assert(s.len < cap);
    memcpy(ret, s.len ? s.ptr : "", s.len);
    ret[s.len] = '\0';
}

static void read_row(yj_stmt *st, yj_account *ret)
{
    yj_account x = { .locked = !yj_span_is(yj_col_text(st, 2), "active"),
                     .break_glass = yj_col_i64(st, 3) != 0,
                     .has_password = yj_col_i64(st, 4) != 0,
                     .has_totp = yj_col_i64(st, 5) != 0,
                     .recovery_left = (unsigned)yj_col_i64(st, 6),
                     .created_ns = yj_col_i64(st, 7),
                     .password_ns = yj_col_i64(st, 8),
                     .last_sign_in_ns = yj_col_i64(st, 9) };
    copy_text(st, 0, x.id, sizeof x.id);
    copy_text(st, 1, x.name, sizeof x.name);
    *ret = x;
}

static yj_status no_account(yj_error *err)
{
    return yj_fail(err, YJ_E_NOT_FOUND, "there is no such account");
}

static yj_status read_one(yj_stmt *st, const char *key, yj_account *ret, yj_error *err)
{
    bool row = false;
    yj_bind_cstr(st, 1, key);
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (!row)
        return no_account(err);
    read_row(st, ret);
    return YJ_OK;
}

yj_status yj_account_read(yj_db *db, const char *id, yj_account *ret, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "SELECT " COLUMNS " FROM account a WHERE a.id = ?1", &st, err));
    return read_one(st, id, ret, err);
}

yj_status yj_account_by_name(yj_db *db, yj_span name, yj_account *ret, yj_error *err)
{
    char key[YJ_ACCOUNT_NAME_MAX + 1];
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    if (!yj_account_name(name, key))
        return no_account(err);
    YJ_TRY(yj_db_prepare(db, "SELECT " COLUMNS " FROM account a WHERE a.name = ?1", &st, err));
    return read_one(st, key, ret, err);
}

static yj_status read_list(yj_stmt *st, const char *after, yj_account *rows, size_t cap, size_t *ret_count,
                           yj_error *err)
{
    size_t count = 0;
    yj_bind_cstr(st, 1, after);
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

yj_status yj_account_list(yj_db *db, const char *after, yj_account *rows, size_t cap, size_t *ret_count,
                          yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "SELECT " COLUMNS " FROM account a WHERE a.name > ?1 ORDER BY a.name LIMIT ?2",
                         &st, err));
    return read_list(st, after, rows, cap, ret_count, err);
}

yj_status yj_account_list_of(yj_db *db, int64_t inst, const char *after, yj_account *rows, size_t cap,
                             size_t *ret_count, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(
        yj_db_prepare(db,
                      "SELECT " COLUMNS " FROM account a WHERE a.name > ?1 AND a.id IN "
                      "(SELECT p.account FROM account_person p WHERE p.inst = ?3) ORDER BY a.name LIMIT ?2",
                      &st, err));
    yj_bind_i64(st, 3, inst);
    return read_list(st, after, rows, cap, ret_count, err);
}

yj_status yj_account_any(yj_db *db, bool *ret, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "SELECT 1 FROM account LIMIT 1", &st, err));
    return yj_stmt_step(st, ret, err);
}

/* Run a statement that must hit the account. */
static yj_status run_on_one(yj_stmt *st, yj_error *err)
{
    int64_t changes = 0;
    YJ_TRY(yj_stmt_run(st, &changes, err));
    return changes == 1 ? YJ_OK : no_account(err);
}

/* --- changes ---------------------------------------------------------------------------------- */

static yj_status take_name(yj_span given, char ret[static YJ_ACCOUNT_NAME_MAX + 1], yj_error *err)
{
    if (yj_account_name(given, ret))
        return YJ_OK;
    (void)yj_fail(err, YJ_E_INVALID,
                  "a sign-in name has %d to %d of the characters a-z 0-9 . _ @ + -, a letter or digit first",
                  YJ_ACCOUNT_NAME_MIN, YJ_ACCOUNT_NAME_MAX);
    return yj_error_at(err, "name");
}

static yj_status check_taken(yj_db *db, const char *name, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool taken = false;
    YJ_TRY(yj_db_prepare(db, "SELECT 1 FROM account WHERE name = ?1", &st, err));
    yj_bind_cstr(st, 1, name);
    YJ_TRY(yj_stmt_step(st, &taken, err));
    if (!taken)
        return YJ_OK;
    (void)yj_fail(err, YJ_E_CONFLICT, "there is an account with the sign-in name %s already", name);
    return yj_error_at(err, "name");
}

static yj_status check_new(yj_db *db, const char *name, bool first, yj_error *err)
{
    bool any = false;
    YJ_TRY(yj_db_lock(db, CREATE_LOCK, err));
    YJ_TRY(yj_account_any(db, &any, err));
    if (first && any)
        return yj_fail(err, YJ_E_CONFLICT,
                       "the installation has an account already; the first one cannot be made again");
    return check_taken(db, name, err);
}

yj_status yj_account_create(yj_db *db, const yj_account_new *n, int64_t now_ns,
                            char ret_id[static YJ_UUID_LEN + 1], yj_error *err)
{
    char name[YJ_ACCOUNT_NAME_MAX + 1], id[YJ_UUID_LEN + 1];
    YJ_TRY(take_name(n->name, name, err));
    YJ_TRY(check_new(db, name, n->first, err));
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        db,
        "INSERT INTO account(id, name, state, break_glass, password, password_at, totp, totp_step, "
        "created, last_sign_in) VALUES(?1, ?2, 'active', ?3, ?4, ?5, NULL, 0, ?6, 0)",
        &st, err));
    yj_uuid7(now_ns, id);
    yj_bind_cstr(st, 1, id);
    yj_bind_cstr(st, 2, name);
    yj_bind_i64(st, 3, n->break_glass);
    yj_bind_cstr(st, 4, n->password ? n->password : "");
    yj_bind_i64(st, 5, n->password ? now_ns : 0);
    yj_bind_i64(st, 6, now_ns);
    YJ_TRY(yj_stmt_run(st, NULL, err));
    memcpy(ret_id, id, sizeof id);
    return YJ_OK;
}

yj_status yj_account_rename(yj_db *db, const char *id, yj_span name, yj_error *err)
{
    char to[YJ_ACCOUNT_NAME_MAX + 1];
    yj_account x;
    YJ_TRY(take_name(name, to, err));
    YJ_TRY(yj_db_lock(db, CREATE_LOCK, err));
    YJ_TRY(yj_account_read(db, id, &x, err));
    if (strcmp(x.name, to) == 0)
        return YJ_OK;
    YJ_TRY(check_taken(db, to, err));
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "UPDATE account SET name = ?2 WHERE id = ?1", &st, err));
    yj_bind_cstr(st, 1, id);
    yj_bind_cstr(st, 2, to);
    return run_on_one(st, err);
}

yj_status yj_account_lock(yj_db *db, const char *id, bool locked, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "UPDATE account SET state = ?2 WHERE id = ?1", &st, err));
    yj_bind_cstr(st, 1, id);
    yj_bind_cstr(st, 2, locked ? "locked" : "active");
    return run_on_one(st, err);
}

yj_status yj_account_set_password(yj_db *db, const char *id, const char *hash, int64_t now_ns, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "UPDATE account SET password = ?2, password_at = ?3 WHERE id = ?1", &st, err));
    yj_bind_cstr(st, 1, id);
    yj_bind_cstr(st, 2, hash);
    yj_bind_i64(st, 3, now_ns);
    return run_on_one(st, err);
}

yj_status yj_account_set_totp(yj_db *db, const yj_seal *s, const char *id,
                              const uint8_t secret[static YJ_TOTP_SECRET_LEN], int64_t step, yj_error *err)
{
    uint8_t sealed[YJ_TOTP_SECRET_LEN + YJ_SEAL_MORE];
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "UPDATE account SET totp = ?2, totp_step = ?3 WHERE id = ?1", &st, err));
    yj_seal_put(s, id, secret, YJ_TOTP_SECRET_LEN, sealed);
    yj_bind_cstr(st, 1, id);
    yj_bind_blob(st, 2, sealed, sizeof sealed);
    yj_bind_i64(st, 3, step);
    return run_on_one(st, err);
}

static yj_status drop_recovery(yj_db *db, const char *id, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "DELETE FROM account_recovery WHERE account = ?1", &st, err));
    yj_bind_cstr(st, 1, id);
    return yj_stmt_run(st, NULL, err);
}

yj_status yj_account_clear_second(yj_db *db, const char *id, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "UPDATE account SET totp = NULL WHERE id = ?1", &st, err));
    yj_bind_cstr(st, 1, id);
    YJ_TRY(run_on_one(st, err));
    return drop_recovery(db, id, err);
}

static yj_status insert_recovery(yj_db *db, const char *id, const yj_digest *d, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "INSERT INTO account_recovery(account, digest) VALUES(?1, ?2)", &st, err));
    yj_bind_cstr(st, 1, id);
    yj_bind_blob(st, 2, d->b, sizeof d->b);
    return yj_stmt_run(st, NULL, err);
}

yj_status yj_account_set_recovery(yj_db *db, const yj_seal *s, const char *id,
                                  char codes[static YJ_RECOVERY_CODES][YJ_RECOVERY_BYTES], yj_error *err)
{
    yj_account x;
    YJ_TRY(yj_account_read(db, id, &x, err));
    YJ_TRY(drop_recovery(db, id, err));
    for (size_t i = 0; i < YJ_RECOVERY_CODES; i++) {
        yj_digest d;
        bool fine = yj_recovery_digest(s, id, yj_span_of(codes[i]), &d);
        assert(fine);
        YJ_TRY(insert_recovery(db, id, &d, err));
    }
    return YJ_OK;
}

/* --- persons ---------------------------------------------------------------------------------- */

yj_status yj_account_is(yj_db *db, const char *id, int64_t inst, const char *person, bool *ret, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "SELECT 1 FROM account_person WHERE account = ?1 AND inst = ?2 AND person = ?3",
                         &st, err));
    yj_bind_cstr(st, 1, id);
    yj_bind_i64(st, 2, inst);
    yj_bind_cstr(st, 3, person);
    return yj_stmt_step(st, ret, err);
}

static yj_status count_persons(yj_db *db, const char *id, int64_t *ret, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    YJ_TRY(yj_db_prepare(db, "SELECT count(*) FROM account_person WHERE account = ?1", &st, err));
    yj_bind_cstr(st, 1, id);
    YJ_TRY(yj_stmt_step(st, &row, err));
    *ret = yj_col_i64(st, 0);
    return YJ_OK;
}

yj_status yj_account_link(yj_db *db, const char *id, int64_t inst, const char *person, yj_error *err)
{
    yj_account x;
    bool linked = false;
    int64_t count = 0;
    YJ_TRY(yj_account_read(db, id, &x, err));
    YJ_TRY(yj_account_is(db, id, inst, person, &linked, err));
    if (linked)
        return YJ_OK;
    YJ_TRY(count_persons(db, id, &count, err));
    if (count >= YJ_ACCOUNT_PERSONS_MAX)
        return yj_fail(err, YJ_E_LIMIT, "an account stands for at most %d persons", YJ_ACCOUNT_PERSONS_MAX);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        db,
        "INSERT INTO account_person(account, inst, person) VALUES(?1, ?2, ?3) ON CONFLICT(account, "
        "inst, person) DO NOTHING",
        &st, err));
    yj_bind_cstr(st, 1, id);
    yj_bind_i64(st, 2, inst);
    yj_bind_cstr(st, 3, person);
    return yj_stmt_run(st, NULL, err);
}

static void bind_link(yj_stmt *st, const char *id, int64_t inst, const char *person)
{
    yj_bind_cstr(st, 1, id);
    yj_bind_i64(st, 2, inst);
    yj_bind_cstr(st, 3, person);
}

yj_status yj_account_unlink(yj_db *db, const char *id, int64_t inst, const char *person, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *link = NULL;
    yj_auto(yj_stmt_donep) yj_stmt *sessions = NULL;
    yj_auto(yj_stmt_donep) yj_stmt *tokens = NULL;
    int64_t changes = 0;
    YJ_TRY(yj_db_prepare(db, "DELETE FROM account_person WHERE account = ?1 AND inst = ?2 AND person = ?3",
                         &link, err));
    bind_link(link, id, inst, person);
    YJ_TRY(yj_stmt_run(link, &changes, err));
    if (changes == 0)
        return yj_fail(err, YJ_E_NOT_FOUND, "the account does not stand for that person");
    YJ_TRY(yj_db_prepare(db, "DELETE FROM session WHERE account = ?1 AND inst = ?2 AND person = ?3",
                         &sessions, err));
    bind_link(sessions, id, inst, person);
    YJ_TRY(yj_stmt_run(sessions, NULL, err));
    YJ_TRY(yj_db_prepare(db, "DELETE FROM api_token WHERE account = ?1 AND inst = ?2 AND person = ?3",
                         &tokens, err));
    bind_link(tokens, id, inst, person);
    return yj_stmt_run(tokens, NULL, err);
}

yj_status yj_account_persons(yj_db *db, const char *id, yj_arena *a, const yj_account_person **ret,
                             size_t *ret_count, yj_error *err)
{
    int64_t most = 0;
    YJ_TRY(count_persons(db, id, &most, err));
    yj_account_person *rows = yj_arena_array(a, (size_t)most + 1, sizeof *rows);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    size_t count = 0;
    YJ_TRY(yj_db_prepare(
        db, "SELECT inst, person FROM account_person WHERE account = ?1 ORDER BY inst, person LIMIT ?2", &st,
        err));
    yj_bind_cstr(st, 1, id);
    yj_bind_i64(st, 2, most); /* another one may have come meanwhile */
    for (;; count++) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            break;
        yj_span person = yj_col_text(st, 1);
        rows[count] = (yj_account_person){ yj_col_i64(st, 0), yj_arena_strndup(a, person.ptr, person.len) };
    }
    YJ_TRY(yj_arena_status(a, err));
    *ret = rows;
    *ret_count = count;
    return YJ_OK;
}
