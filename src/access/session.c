// SPDX-License-Identifier: Apache-2.0
#include "access/session.h"

#include "access/account.h"
#include "access/secret.h"
#include "base/time.h"
#include <assert.h>
#include <sodium.h>

#define TOKEN_BYTES 32
static_assert(YJ_BASE32_LEN(TOKEN_BYTES) == YJ_SESSION_TOKEN_LEN, "as the header says");

typedef struct limits {
    int64_t idle_ns, absolute_ns, second_ns;
    int64_t most;
} limits;

static limits limits_of(const yj_session_options *o)
{
    return (limits){ .idle_ns = (o->idle_s ? o->idle_s : 1800) * YJ_NS_PER_S,
                     .absolute_ns = (o->absolute_s ? o->absolute_s : 43200) * YJ_NS_PER_S,
                     .second_ns = (o->second_s ? o->second_s : 300) * YJ_NS_PER_S,
                     .most = o->most ? o->most : 20 };
}

/* --- tokens ----------------------------------------------------------------------------------- */

static void make_token(char ret[static YJ_SESSION_TOKEN_LEN + 1], yj_digest *ret_digest)
{
    uint8_t b[TOKEN_BYTES];
    yj_random(b, sizeof b);
    yj_base32(b, sizeof b, ret);
    yj_hash(YJ_HASH_SHA256, b, sizeof b, ret_digest);
    yj_secret_wipe(b, sizeof b);
}

static bool read_token(yj_span token, uint8_t ret[static TOKEN_BYTES])
{
    size_t len = 0;
    return token.len == YJ_SESSION_TOKEN_LEN && yj_base32_decode(token, ret, TOKEN_BYTES, &len);
}

bool yj_session_csrf(yj_span token, char ret[static YJ_SESSION_TOKEN_LEN + 1])
{
    static const uint8_t use[] = "csrf";
    uint8_t b[TOKEN_BYTES], mac[crypto_auth_hmacsha256_BYTES];
    static_assert(sizeof mac == TOKEN_BYTES && crypto_auth_hmacsha256_KEYBYTES == TOKEN_BYTES,
                  "as long as a token");
    if (!read_token(token, b))
        return false;
    crypto_auth_hmacsha256(mac, use, sizeof use - 1, b);
    yj_base32(mac, sizeof mac, ret);
    yj_secret_wipe(b, sizeof b);
    return true;
}

bool yj_session_csrf_ok(yj_span token, yj_span given)
{
    char right[YJ_SESSION_TOKEN_LEN + 1];
    return yj_session_csrf(token, right) && given.len == YJ_SESSION_TOKEN_LEN &&
           yj_secret_eq(right, given.ptr, YJ_SESSION_TOKEN_LEN);
}

/* --- beginning -------------------------------------------------------------------------------- */

static yj_status end_one(yj_db *db, const char *account, const char *id, int64_t *ret_changes, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "DELETE FROM session WHERE account = ?1 AND id = ?2", &st, err));
    yj_bind_cstr(st, 1, account);
    yj_bind_cstr(st, 2, id);
    return yj_stmt_run(st, ret_changes, err);
}

/* Leave room for one more. Those that lack the code are counted by themselves and by network: who has a
 * password but no code must not end the sessions of the owner, nor keep him from giving his. */
static yj_status make_room(yj_db *db, const yj_session_new *n, const char *network, int64_t most,
                           yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    if (n->stage == YJ_SESSION_FULL)
        YJ_TRY(yj_db_prepare(
            db,
            "DELETE FROM session WHERE account = ?1 AND stage = 'full' AND id NOT IN (SELECT id "
            "FROM session WHERE account = ?1 AND stage = 'full' ORDER BY seen DESC, id DESC LIMIT ?2)",
            &st, err));
    else
        YJ_TRY(yj_db_prepare(
            db,
            "DELETE FROM session WHERE account = ?1 AND stage = 'second' AND network = ?3 AND id NOT IN "
            "(SELECT id FROM session WHERE account = ?1 AND stage = 'second' AND network = ?3 ORDER BY "
            "seen DESC, id DESC LIMIT ?2)",
            &st, err));
    yj_bind_cstr(st, 1, n->account);
    yj_bind_i64(st, 2, most - 1);
    if (n->stage != YJ_SESSION_FULL)
        yj_bind_cstr(st, 3, network);
    return yj_stmt_run(st, NULL, err);
}

static void cut_agent(yj_span agent, char ret[static YJ_SESSION_AGENT_MAX + 1])
{
    size_t len = agent.len < YJ_SESSION_AGENT_MAX ? agent.len : YJ_SESSION_AGENT_MAX;
    memcpy(ret, len ? agent.ptr : "", len);
    ret[len] = '\0';
    yj_text_tidy(ret);
}

yj_status yj_session_begin(yj_db *db, const yj_session_options *o, const yj_session_new *n, int64_t now_ns,
                           char ret_token[static YJ_SESSION_TOKEN_LEN + 1],
                           char ret_id[static YJ_UUID_LEN + 1], yj_error *err)
{
    char token[YJ_SESSION_TOKEN_LEN + 1], id[YJ_UUID_LEN + 1], network[YJ_NETWORK_BYTES];
    char agent[YJ_SESSION_AGENT_MAX + 1];
    yj_digest digest;
    if (n->instead)
        YJ_TRY(end_one(db, n->account, n->instead, NULL, err));
    yj_network_of(n->address, network);
    YJ_TRY(make_room(db, n, network, limits_of(o).most, err));
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        db,
        "INSERT INTO session(id, digest, account, stage, created, seen, proved, network, agent, inst, "
        "person) VALUES(?1, ?2, ?3, ?4, ?5, ?5, ?5, ?6, ?7, 0, '')",
        &st, err));
    make_token(token, &digest);
    yj_uuid7(now_ns, id);
    cut_agent(n->agent, agent);
    yj_bind_cstr(st, 1, id);
    yj_bind_blob(st, 2, digest.b, sizeof digest.b);
    yj_bind_cstr(st, 3, n->account);
    yj_bind_cstr(st, 4, n->stage == YJ_SESSION_FULL ? "full" : "second");
    yj_bind_i64(st, 5, now_ns);
    yj_bind_cstr(st, 6, network);
    yj_bind_cstr(st, 7, agent);
    yj_status s = yj_stmt_run(st, NULL, err);
    if (s == YJ_OK) {
        memcpy(ret_token, token, sizeof token);
        memcpy(ret_id, id, sizeof id);
    }
    yj_secret_wipe(token, sizeof token);
    return s;
}

/* --- finding ---------------------------------------------------------------------------------- */

#define COLUMNS "s.id, s.account, s.stage, s.created, s.seen, s.proved, s.network, s.agent, s.inst, s.person"

static void copy_text(yj_stmt *st, int col, char *ret, size_t cap)
{
    yj_span s = yj_col_text(st, col);
    size_t len = s.len < cap ? s.len : cap - 1;
    memcpy(ret, s.len ? s.ptr : "", len);
    ret[len] = '\0';
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void read_row(yj_stmt *st, const limits *l, int64_t now, yj_session *ret)
{
    yj_session x = { .stage = yj_span_is(yj_col_text(st, 2), "full") ? YJ_SESSION_FULL : YJ_SESSION_SECOND,
                     .created_ns = yj_col_i64(st, 3),
                     .seen_ns = yj_col_i64(st, 4),
                     .proved_ns = yj_col_i64(st, 5),
                     .inst = yj_col_i64(st, 8) };
    copy_text(st, 0, x.id, sizeof x.id);
    copy_text(st, 1, x.account, sizeof x.account);
    copy_text(st, 6, x.network, sizeof x.network);
    copy_text(st, 7, x.agent, sizeof x.agent);
    copy_text(st, 9, x.person, sizeof x.person);
    x.ends_ns = earlier(x.seen_ns + l->idle_ns, x.created_ns + l->absolute_ns);
    if (x.stage == YJ_SESSION_SECOND)
        x.ends_ns = earlier(x.ends_ns, x.created_ns + l->second_ns);
    x.touch = now - x.seen_ns >= YJ_SESSION_SEEN_S * YJ_NS_PER_S;
    *ret = x;
}

yj_status yj_session_find(yj_db *db, const yj_session_options *o, yj_span token, int64_t now_ns,
                          yj_session *ret, bool *ret_found, yj_error *err)
{
    uint8_t b[TOKEN_BYTES];
    yj_digest digest;
    *ret_found = false;
    if (!read_token(token, b))
        return YJ_OK;
    yj_hash(YJ_HASH_SHA256, b, sizeof b, &digest);
    yj_secret_wipe(b, sizeof b);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    /* how long the index takes tells something of a digest, which tells nothing of the token */
    YJ_TRY(yj_db_prepare(db,
                         "SELECT " COLUMNS
                         " FROM session s JOIN account a ON a.id = s.account WHERE s.digest = ?1 "
                         "AND a.state = 'active'",
                         &st, err));
    yj_bind_blob(st, 1, digest.b, sizeof digest.b);
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (!row)
        return YJ_OK;
    limits l = limits_of(o);
    yj_session x;
    read_row(st, &l, now_ns, &x);
    if (x.ends_ns <= now_ns)
        return YJ_OK;
    *ret = x;
    *ret_found = true;
    return YJ_OK;
}

yj_status yj_session_list(yj_db *db, const yj_session_options *o, const char *account, int64_t now_ns,
                          yj_session *rows, size_t cap, size_t *ret_count, yj_error *err)
{
    limits l = limits_of(o);
    size_t count = 0;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        db, "SELECT " COLUMNS " FROM session s WHERE s.account = ?1 ORDER BY s.created DESC, s.id DESC", &st,
        err));
    yj_bind_cstr(st, 1, account);
    while (count < cap) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            break;
        read_row(st, &l, now_ns, &rows[count]);
        if (rows[count].ends_ns > now_ns)
            count++;
    }
    *ret_count = count;
    return YJ_OK;
}

/* --- changing --------------------------------------------------------------------------------- */

static yj_status run_on_one(yj_stmt *st, yj_error *err)
{
    int64_t changes = 0;
    YJ_TRY(yj_stmt_run(st, &changes, err));
    return changes == 1 ? YJ_OK : yj_fail(err, YJ_E_NOT_FOUND, "there is no such session, or it has ended");
}

yj_status yj_session_touch(yj_db *db, const char *id, int64_t now_ns, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "UPDATE session SET seen = ?2 WHERE id = ?1 AND seen < ?2", &st, err));
    yj_bind_cstr(st, 1, id);
    yj_bind_i64(st, 2, now_ns);
    return yj_stmt_run(st, NULL, err);
}

yj_status yj_session_prove(yj_db *db, const char *id, int64_t now_ns,
                           char ret_token[static YJ_SESSION_TOKEN_LEN + 1], yj_error *err)
{
    char token[YJ_SESSION_TOKEN_LEN + 1];
    yj_digest digest;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        db, "UPDATE session SET digest = ?2, stage = 'full', seen = ?3, proved = ?3 WHERE id = ?1", &st,
        err));
    make_token(token, &digest);
    yj_bind_cstr(st, 1, id);
    yj_bind_blob(st, 2, digest.b, sizeof digest.b);
    yj_bind_i64(st, 3, now_ns);
    yj_status s = run_on_one(st, err);
    if (s == YJ_OK)
        memcpy(ret_token, token, sizeof token);
    yj_secret_wipe(token, sizeof token);
    return s;
}

static yj_status account_of(yj_db *db, const char *id, char ret[static YJ_UUID_LEN + 1], yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    YJ_TRY(yj_db_prepare(db, "SELECT account FROM session WHERE id = ?1", &st, err));
    yj_bind_cstr(st, 1, id);
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (!row)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no such session, or it has ended");
    copy_text(st, 0, ret, YJ_UUID_LEN + 1);
    return YJ_OK;
}

yj_status yj_session_act(yj_db *db, const char *id, int64_t inst, const char *person, yj_error *err)
{
    char account[YJ_UUID_LEN + 1];
    bool is = false;
    YJ_TRY(account_of(db, id, account, err));
    YJ_TRY(yj_account_is(db, account, inst, person, &is, err));
    if (!is || strlen(person) >= YJ_ID_KEY_MAX)
        return yj_fail(err, YJ_E_FORBIDDEN, "the account does not stand for that person");
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "UPDATE session SET inst = ?2, person = ?3 WHERE id = ?1", &st, err));
    yj_bind_cstr(st, 1, id);
    yj_bind_i64(st, 2, inst);
    yj_bind_cstr(st, 3, person);
    return run_on_one(st, err);
}

/* --- ending ----------------------------------------------------------------------------------- */

yj_status yj_session_end(yj_db *db, const char *account, const char *id, yj_error *err)
{
    int64_t changes = 0;
    YJ_TRY(end_one(db, account, id, &changes, err));
    return changes == 1 ? YJ_OK : yj_fail(err, YJ_E_NOT_FOUND, "there is no such session, or it has ended");
}

yj_status yj_session_end_others(yj_db *db, const char *account, const char *but, int64_t *ret_count,
                                yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "DELETE FROM session WHERE account = ?1 AND id <> ?2", &st, err));
    yj_bind_cstr(st, 1, account);
    yj_bind_cstr(st, 2, but ? but : "");
    return yj_stmt_run(st, ret_count, err);
}

yj_status yj_session_sweep(yj_db *db, const yj_session_options *o, int64_t now_ns, yj_error *err)
{
    limits l = limits_of(o);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        db, "DELETE FROM session WHERE seen <= ?1 OR created <= ?2 OR (stage = 'second' AND created <= ?3)",
        &st, err));
    yj_bind_i64(st, 1, now_ns - l.idle_ns);
    yj_bind_i64(st, 2, now_ns - l.absolute_ns);
    yj_bind_i64(st, 3, now_ns - l.second_ns);
    return yj_stmt_run(st, NULL, err);
}
