// SPDX-License-Identifier: Apache-2.0
#include "access/api_token.h"

#include "access/secret.h"
#include "base/time.h"
#include <assert.h>

#define ID_BYTES 10
#define CHECK_BYTES 5
#define TOKEN_BYTES (ID_BYTES + YJ_TOKEN_SECRET_BYTES + CHECK_BYTES)
#define PREFIX_LEN (sizeof YJ_TOKEN_PREFIX - 1)
#define DAY_NS (86400 * YJ_NS_PER_S)
#define CALENDAR "@calendar" /* in place of kinds; no kind is called so */
static_assert(PREFIX_LEN + YJ_BASE32_LEN(TOKEN_BYTES) == YJ_TOKEN_LEN, "as the header says");
static_assert(YJ_BASE32_LEN(ID_BYTES) == YJ_TOKEN_ID_LEN, "as the header says");

/* --- the text --------------------------------------------------------------------------------- */

static void check_of(const uint8_t *bytes, uint8_t ret[static CHECK_BYTES])
{
    uint8_t all[PREFIX_LEN + ID_BYTES + YJ_TOKEN_SECRET_BYTES];
    yj_digest d;
    memcpy(all, YJ_TOKEN_PREFIX, PREFIX_LEN);
    memcpy(all + PREFIX_LEN, bytes, sizeof all - PREFIX_LEN);
    yj_hash(YJ_HASH_SHA256, all, sizeof all, &d);
    memcpy(ret, d.b, CHECK_BYTES);
    yj_secret_wipe(all, sizeof all);
}

static void make(char ret[static YJ_TOKEN_LEN + 1], char ret_id[static YJ_TOKEN_ID_LEN + 1],
                 yj_digest *ret_digest)
{
    uint8_t b[TOKEN_BYTES];
    yj_random(b, ID_BYTES + YJ_TOKEN_SECRET_BYTES);
    check_of(b, b + ID_BYTES + YJ_TOKEN_SECRET_BYTES);
    memcpy(ret, YJ_TOKEN_PREFIX, PREFIX_LEN);
    yj_base32(b, sizeof b, ret + PREFIX_LEN);
    yj_base32(b, ID_BYTES, ret_id);
    yj_hash(YJ_HASH_SHA256, b + ID_BYTES, YJ_TOKEN_SECRET_BYTES, ret_digest);
    yj_secret_wipe(b, sizeof b);
}

bool yj_token_parse(yj_span token, char ret_id[static YJ_TOKEN_ID_LEN + 1],
                    uint8_t ret_secret[static YJ_TOKEN_SECRET_BYTES])
{
    uint8_t b[TOKEN_BYTES], check[CHECK_BYTES];
    size_t len = 0;
    if (token.len != YJ_TOKEN_LEN || memcmp(token.ptr, YJ_TOKEN_PREFIX, PREFIX_LEN) != 0 ||
        !yj_base32_decode((yj_span){ token.ptr + PREFIX_LEN, token.len - PREFIX_LEN }, b, sizeof b, &len))
        return false;
    check_of(b, check);
    bool fine = yj_secret_eq(check, b + ID_BYTES + YJ_TOKEN_SECRET_BYTES, CHECK_BYTES);
    if (fine) {
        yj_base32(b, ID_BYTES, ret_id);
        memcpy(ret_secret, b + ID_BYTES, YJ_TOKEN_SECRET_BYTES);
    }
    yj_secret_wipe(b, sizeof b);
    return fine;
}

/* --- making ----------------------------------------------------------------------------------- */

static bool is_kind(const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < len; i++)
        if (!((name[i] >= 'a' && name[i] <= 'z') || (name[i] >= '0' && name[i] <= '9') || name[i] == '_'))
            return false;
    return len > 0 && len <= YJ_TOKEN_KIND_MAX;
}

static yj_status join_kinds(const yj_token_new *n, yj_buf *out, yj_error *err)
{
    bool fine = n->kind_count <= YJ_TOKEN_KINDS_MAX;
    for (size_t i = 0; fine && i < n->kind_count; i++) {
        fine = is_kind(n->kinds[i]);
        yj_buf_fmt(out, "%s%s", i ? " " : "", fine ? n->kinds[i] : "");
    }
    if (!fine) {
        (void)yj_fail(err, YJ_E_INVALID, "a token names at most %d kinds, or none for all of them",
                      YJ_TOKEN_KINDS_MAX);
        return yj_error_at(err, "kinds");
    }
    if (n->calendar)
        yj_buf_str(out, CALENDAR);
    else if (!n->kind_count)
        yj_buf_char(out, '*');
    return yj_buf_status(out, err);
}

static bool is_name(yj_span s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] < 0x20 || s.ptr[i] == 0x7f)
            return false;
    return s.len > 0 && s.len <= YJ_TOKEN_NAME_MAX && yj_utf8_valid(s);
}

static yj_status check_new(yj_db *db, const yj_token_new *n, int64_t now, yj_error *err)
{
    bool is = false;
    if (!is_name(n->name)) {
        (void)yj_fail(err, YJ_E_INVALID, "a token needs a name of at most %d bytes, in one line",
                      YJ_TOKEN_NAME_MAX);
        return yj_error_at(err, "name");
    }
    if (n->expires_ns <= now || n->expires_ns > now + YJ_TOKEN_DAYS_MAX * DAY_NS) {
        (void)yj_fail(err, YJ_E_INVALID, "a token must expire, within %d days from now", YJ_TOKEN_DAYS_MAX);
        return yj_error_at(err, "expires");
    }
    if (n->calendar && (n->write || n->kind_count)) {
        (void)yj_fail(err, YJ_E_INVALID, "a token for the calendar may do nothing else");
        return yj_error_at(err, "calendar");
    }
    YJ_TRY(yj_account_is(db, n->account, n->inst, n->person, &is, err));
    if (!is || strlen(n->person) >= YJ_ID_KEY_MAX)
        return yj_fail(err, YJ_E_FORBIDDEN, "the account does not stand for that person");
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    YJ_TRY(yj_db_prepare(
        db, "SELECT count(*) FROM api_token WHERE account = ?1 AND revoked = 0 AND expires > ?2", &st, err));
    yj_bind_cstr(st, 1, n->account);
    yj_bind_i64(st, 2, now);
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (yj_col_i64(st, 0) >= YJ_TOKENS_MAX)
        return yj_fail(err, YJ_E_LIMIT, "the account has %d tokens already; revoke one that is not used",
                       YJ_TOKENS_MAX);
    return YJ_OK;
}

yj_status yj_token_create(yj_db *db, const yj_token_new *n, int64_t now_ns,
                          char ret_token[static YJ_TOKEN_LEN + 1], char ret_id[static YJ_TOKEN_ID_LEN + 1],
                          yj_error *err)
{
    char token[YJ_TOKEN_LEN + 1], id[YJ_TOKEN_ID_LEN + 1];
    yj_digest digest;
    yj_auto(yj_buf_done) yj_buf kinds;
    yj_buf_init(&kinds, sizeof((yj_token *)NULL)->kinds);
    YJ_TRY(check_new(db, n, now_ns, err));
    YJ_TRY(join_kinds(n, &kinds, err));
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        db,
        "INSERT INTO api_token(id, digest, account, name, verbs, kinds, inst, person, created, expires, "
        "used, revoked) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0, 0)",
        &st, err));
    make(token, id, &digest);
    yj_bind_cstr(st, 1, id);
    yj_bind_blob(st, 2, digest.b, sizeof digest.b);
    yj_bind_cstr(st, 3, n->account);
    yj_bind_text(st, 4, n->name);
    yj_bind_cstr(st, 5, n->write ? "read write" : "read");
    yj_bind_text(st, 6, yj_buf_view(&kinds));
    yj_bind_i64(st, 7, n->inst);
    yj_bind_cstr(st, 8, n->person);
    yj_bind_i64(st, 9, now_ns);
    yj_bind_i64(st, 10, n->expires_ns);
    yj_status s = yj_stmt_run(st, NULL, err);
    if (s == YJ_OK) {
        memcpy(ret_token, token, sizeof token);
        memcpy(ret_id, id, sizeof id);
    }
    yj_secret_wipe(token, sizeof token);
    return s;
}

/* --- finding ---------------------------------------------------------------------------------- */

#define COLUMNS                                                                                              \
    "t.id, t.account, t.name, t.verbs, t.kinds, t.inst, t.person, t.created, t.expires, t.used, t.revoked"
#define DIGEST_COLUMN 11

static void copy_text(yj_stmt *st, int col, char *ret, size_t cap)
{
    yj_span s = yj_col_text(st, col);
    size_t len = s.len < cap ? s.len : cap - 1;
    memcpy(ret, s.len ? s.ptr : "", len);
    ret[len] = '\0';
}

static void read_row(yj_stmt *st, yj_token *ret)
{
    copy_text(st, 0, ret->id, sizeof ret->id);
    copy_text(st, 1, ret->account, sizeof ret->account);
    copy_text(st, 2, ret->name, sizeof ret->name);
    ret->write = yj_span_is(yj_col_text(st, 3), "read write");
    copy_text(st, 4, ret->kinds, sizeof ret->kinds);
    ret->calendar = strcmp(ret->kinds, CALENDAR) == 0;
    if (ret->calendar)
        ret->kinds[0] = '\0';
    ret->inst = yj_col_i64(st, 5);
    copy_text(st, 6, ret->person, sizeof ret->person);
    ret->created_ns = yj_col_i64(st, 7);
    ret->expires_ns = yj_col_i64(st, 8);
    ret->used_ns = yj_col_i64(st, 9);
    ret->revoked_ns = yj_col_i64(st, 10);
    ret->touch = false;
}

yj_status yj_token_find(yj_db *db, yj_span token, int64_t now_ns, yj_token *ret, bool *ret_found,
                        yj_error *err)
{
    char id[YJ_TOKEN_ID_LEN + 1];
    uint8_t secret[YJ_TOKEN_SECRET_BYTES];
    yj_digest given, kept = { { 0 } };
    bool row = false;
    *ret_found = false;
    if (!yj_token_parse(token, id, secret))
        return YJ_OK;
    yj_hash(YJ_HASH_SHA256, secret, sizeof secret, &given);
    yj_secret_wipe(secret, sizeof secret);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db,
                         "SELECT " COLUMNS
                         ", t.digest FROM api_token t JOIN account a ON a.id = t.account WHERE t.id = ?1 "
                         "AND a.state = 'active'",
                         &st, err));
    yj_bind_cstr(st, 1, id);
    YJ_TRY(yj_stmt_step(st, &row, err));
    yj_span digest = row ? yj_col_blob(st, DIGEST_COLUMN) : YJ_SPAN("");
    bool whole = digest.len == sizeof kept.b;
    if (whole)
        memcpy(kept.b, digest.ptr, sizeof kept.b);
    if (!yj_secret_eq(given.b, kept.b, sizeof kept.b) || !whole)
        return YJ_OK;
    if (yj_col_i64(st, 8) <= now_ns || yj_col_i64(st, 10) != 0)
        return YJ_OK;
    read_row(st, ret);
    ret->touch = now_ns - ret->used_ns >= YJ_TOKEN_USED_S * YJ_NS_PER_S;
    *ret_found = true;
    return YJ_OK;
}

bool yj_token_allows(const yj_token *t, bool write, const char *kind)
{
    if (write && !t->write)
        return false;
    if (strcmp(t->kinds, "*") == 0)
        return true;
    size_t len = kind ? strlen(kind) : 0;
    for (const char *p = t->kinds; len && *p;) {
        size_t word = strcspn(p, " ");
        if (word == len && memcmp(p, kind, len) == 0)
            return true;
        p += word + (p[word] == ' ');
    }
    return false;
}

bool yj_token_reads_calendar(const yj_token *t)
{
    return t->calendar || yj_token_allows(t, /* write= */ false, NULL);
}

yj_status yj_token_list(yj_db *db, const char *account, yj_token *rows, size_t cap, size_t *ret_count,
                        yj_error *err)
{
    size_t count = 0;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        db, "SELECT " COLUMNS " FROM api_token t WHERE t.account = ?1 ORDER BY t.created DESC, t.id LIMIT ?2",
        &st, err));
    yj_bind_cstr(st, 1, account);
    yj_bind_i64(st, 2, (int64_t)cap);
    for (; count < cap; count++) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            break;
        read_row(st, &rows[count]);
    }
    *ret_count = count;
    return YJ_OK;
}

/* --- changing --------------------------------------------------------------------------------- */

yj_status yj_token_touch(yj_db *db, const char *id, int64_t now_ns, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "UPDATE api_token SET used = ?2 WHERE id = ?1 AND used < ?2", &st, err));
    yj_bind_cstr(st, 1, id);
    yj_bind_i64(st, 2, now_ns);
    return yj_stmt_run(st, NULL, err);
}

yj_status yj_token_revoke(yj_db *db, const char *account, const char *id, int64_t now_ns, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    int64_t changes = 0;
    YJ_TRY(yj_db_prepare(
        db,
        "UPDATE api_token SET revoked = CASE WHEN revoked = 0 THEN ?3 ELSE revoked END WHERE id = ?2 "
        "AND account = ?1",
        &st, err));
    yj_bind_cstr(st, 1, account);
    yj_bind_cstr(st, 2, id);
    yj_bind_i64(st, 3, now_ns);
    YJ_TRY(yj_stmt_run(st, &changes, err));
    return changes == 1 ? YJ_OK : yj_fail(err, YJ_E_NOT_FOUND, "there is no such token");
}

yj_status yj_token_sweep(yj_db *db, int64_t now_ns, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "DELETE FROM api_token WHERE expires < ?1 OR (revoked > 0 AND revoked < ?1)",
                         &st, err));
    yj_bind_i64(st, 1, now_ns - YJ_TOKENS_KEPT_DAYS * DAY_NS);
    return yj_stmt_run(st, NULL, err);
}
