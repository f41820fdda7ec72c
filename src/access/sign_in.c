// SPDX-License-Identifier: Apache-2.0
#include "access/sign_in.h"

#include "access/directory_name.h"
#include "access/secret.h"
#include "access/sign_in_internal.h"
#include "base/time.h"
#include <assert.h>
#include <stdlib.h>

#define DAY_S 86400

struct yj_sign_in_desk {
    yj_sign_in_options o;
    const yj_seal *seal;
    char dummy[YJ_PASSWORD_HASH_BYTES]; /* of a password that nobody knows */
};

static void set_pause(yj_pause *p, unsigned free, unsigned first_s, unsigned most_s, unsigned forget_s)
{
    if (!p->first_s)
        *p = (yj_pause){ free, first_s, most_s, forget_s };
}

yj_status yj_sign_in_desk_new(const yj_sign_in_options *o, const yj_seal *s, yj_sign_in_desk **ret,
                              yj_error *err)
{
    uint8_t random[32];
    yj_auto(yj_sign_in_desk_freep) yj_sign_in_desk *d = calloc(1, sizeof *d);
    if (!d)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    d->o = *o;
    d->seal = s;
    set_pause(&d->o.account, 5, 1, 900, DAY_S);
    set_pause(&d->o.network, 100, 1, 60, 3600);
    set_pause(&d->o.device, 10, 1, 900, DAY_S);
    set_pause(&d->o.code, 5, 5, 900, DAY_S);
    if (!d->o.device_days)
        d->o.device_days = 180;
    yj_random(random, sizeof random);
    yj_status made =
        yj_password_hash(&d->o.password, (yj_span){ (char *)random, sizeof random }, d->dummy, err);
    yj_secret_wipe(random, sizeof random);
    YJ_TRY(made);
    *ret = yj_take(d);
    return YJ_OK;
}

void yj_sign_in_desk_free(yj_sign_in_desk *d)
{
    free(d);
}

const yj_seal *yj_sign_in_seal(const yj_sign_in_desk *d)
{
    return d->seal;
}

/* --- the account ------------------------------------------------------------------------------ */

typedef struct row {
    char id[YJ_UUID_LEN + 1], hash[YJ_PASSWORD_HASH_BYTES];
    bool found, locked, break_glass, has_totp;
    uint8_t totp[YJ_TOTP_SECRET_LEN + YJ_SEAL_MORE];
    int64_t step;
} row;

#define ROW "SELECT id, password, state, break_glass, totp, totp_step FROM account "

static void copy_text(yj_stmt *st, int col, char *ret, size_t cap)
{
    yj_span s = yj_col_text(st, col);
    size_t len = s.len < cap ? s.len : cap - 1;
    memcpy(ret, s.len ? s.ptr : "", len);
    ret[len] = '\0';
}

static yj_status read_row(yj_stmt *st, const char *key, row *ret, yj_error *err)
{
    row x = { .found = false };
    yj_bind_cstr(st, 1, key);
    YJ_TRY(yj_stmt_step(st, &x.found, err));
    if (x.found) {
        copy_text(st, 0, x.id, sizeof x.id);
        copy_text(st, 1, x.hash, sizeof x.hash);
        x.locked = !yj_span_is(yj_col_text(st, 2), "active");
        x.break_glass = yj_col_i64(st, 3) != 0;
        x.has_totp = !yj_col_null(st, 4);
        yj_span sealed = yj_col_blob(st, 4);
        if (x.has_totp && sealed.len == sizeof x.totp)
            memcpy(x.totp, sealed.ptr, sizeof x.totp);
        x.step = yj_col_i64(st, 5);
    }
    *ret = x;
    return YJ_OK;
}

static yj_status read_by_name(yj_db *db, const char *name, row *ret, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, ROW "WHERE name = ?1", &st, err));
    return read_row(st, name, ret, err);
}

static yj_status read_by_id(yj_db *db, const char *id, row *ret, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, ROW "WHERE id = ?1", &st, err));
    return read_row(st, id, ret, err);
}

/* --- counters --------------------------------------------------------------------------------- */

static void key_of(const yj_sign_in_desk *d, const char *what, yj_span a, yj_span b, yj_digest *ret)
{
    const yj_span parts[] = { yj_span_of(what), a, b };
    yj_seal_digest(d->seal, YJ_SEAL_COUNTER, parts, YJ_COUNT(parts), ret);
}

static bool is_device(const yj_sign_in_desk *d, const yj_sign_in *x, const char *account, int64_t now,
                      uint8_t id[static YJ_DEVICE_ID_LEN])
{
    return account[0] &&
           yj_device_read(d->seal, account, x->device, now, (int64_t)d->o.device_days * DAY_S, id);
}

static void wait_for(yj_sign_in *x, int64_t ns)
{
    x->outcome = YJ_SIGN_IN_WAIT;
    x->wait_s = (ns + YJ_NS_PER_S - 1) / YJ_NS_PER_S;
}

/* Count by the device, if it is known and need not wait. */
static yj_status count_device(const yj_sign_in_desk *d, yj_db *db, yj_sign_in *x, const char *what,
                              const char *account, int64_t now, yj_error *err)
{
    uint8_t id[YJ_DEVICE_ID_LEN];
    if (!is_device(d, x, account, now, id))
        return YJ_OK;
    key_of(d, what, yj_span_of(account), (yj_span){ (char *)id, sizeof id }, &x->own.key);
    YJ_TRY(yj_pause_count(db, &x->own.key, &d->o.device, now, &x->own.key_paused, err));
    x->own.by_device = x->own.counted = x->own.key_paused.wait_ns == 0;
    return YJ_OK;
}

/* Count by account and network, and by network; neither if there is a pause of one. */
static yj_status count_networks(const yj_sign_in_desk *d, yj_db *db, yj_sign_in *x, yj_span name, int64_t now,
                                yj_error *err)
{
    char network[YJ_NETWORK_BYTES];
    yj_network_of(x->address, network);
    key_of(d, "account", name, yj_span_of(network), &x->own.key);
    key_of(d, "network", yj_span_of(network), YJ_SPAN(""), &x->own.network);
    YJ_TRY(yj_pause_count(db, &x->own.key, &d->o.account, now, &x->own.key_paused, err));
    if (x->own.key_paused.wait_ns) {
        wait_for(x, x->own.key_paused.wait_ns);
        return YJ_OK;
    }
    YJ_TRY(yj_pause_count(db, &x->own.network, &d->o.network, now, &x->own.network_paused, err));
    if (x->own.network_paused.wait_ns) {
        wait_for(x, x->own.network_paused.wait_ns);
        return yj_pause_undo(db, &x->own.key, &x->own.key_paused, err);
    }
    x->own.counted = true;
    return YJ_OK;
}

/* --- the password ----------------------------------------------------------------------------- */

static void tell_nothing(yj_sign_in *x)
{
    x->outcome = YJ_SIGN_IN_WRONG;
    x->wait_s = 0;
    x->break_glass = x->enrol = x->recovery_used = x->guessed = x->tried = x->unlinked = false;
    x->recovery_left = 0;
    memset(&x->own, 0, sizeof x->own);
}

void yj_sign_in_clear(yj_sign_in *x)
{
    tell_nothing(x);
    x->account[0] = '\0';
}

yj_status yj_sign_in_count(const yj_sign_in_desk *d, yj_db *db, yj_sign_in *x, const char *account,
                           yj_span name, int64_t now_ns, yj_error *err)
{
    YJ_TRY(count_device(d, db, x, "device", account, now_ns, err));
    return x->own.counted ? YJ_OK : count_networks(d, db, x, name, now_ns, err);
}

yj_status yj_sign_in_uncount(yj_db *db, yj_sign_in *x, yj_error *err)
{
    if (!x->own.counted)
        return YJ_OK;
    YJ_TRY(yj_pause_undo(db, &x->own.key, &x->own.key_paused, err));
    return x->own.by_device ? YJ_OK : yj_pause_undo(db, &x->own.network, &x->own.network_paused, err);
}

yj_status yj_sign_in_begin(const yj_sign_in_desk *d, yj_db *db, yj_sign_in *x, int64_t now_ns, yj_error *err)
{
    char name[YJ_ACCOUNT_NAME_MAX + 1];
    row r = { .found = false };
    yj_sign_in_clear(x);
    /* what can be no name is counted as it was typed, as one that does not exist */
    bool is_name = yj_account_name(x->name, name);
    yj_span counted = is_name ? yj_span_of(name) : x->name;
    YJ_TRY(read_by_name(db, is_name ? name : "", &r, err));
    YJ_TRY(yj_sign_in_count(d, db, x, r.id, counted, now_ns, err));
    memcpy(x->own.id, r.id, sizeof x->own.id);
    x->tried = r.found && x->own.key_paused.count > (x->own.by_device ? d->o.device.free : d->o.account.free);
    memcpy(x->own.hash, r.found && r.hash[0] ? r.hash : d->dummy, sizeof x->own.hash);
    return YJ_OK;
}

yj_status yj_sign_in_check(const yj_sign_in_desk *d, yj_sign_in *x, yj_span password, yj_error *err)
{
    assert(x->own.counted);
    bool match = false;
    /* one that is too long is compared too, shortened: it must not be known by the time it takes */
    yj_span compared = password;
    if (compared.len > YJ_PASSWORD_BYTES_MAX)
        compared.len = YJ_PASSWORD_BYTES_MAX;
    YJ_TRY(yj_password_verify(x->own.hash, compared, &match, err));
    x->own.match =
        match && compared.len == password.len && x->own.id[0] && strcmp(x->own.hash, d->dummy) != 0;
    x->own.next_hash[0] = '\0';
    if (x->own.match && yj_password_is_old(&d->o.password, x->own.hash))
        YJ_TRY(yj_password_hash(&d->o.password, password, x->own.next_hash, err));
    return YJ_OK;
}

static yj_status replace_hash(yj_db *db, const yj_sign_in *x, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "UPDATE account SET password = ?3 WHERE id = ?1 AND password = ?2", &st, err));
    yj_bind_cstr(st, 1, x->own.id);
    yj_bind_cstr(st, 2, x->own.hash);
    yj_bind_cstr(st, 3, x->own.next_hash);
    return yj_stmt_run(st, NULL, err);
}

static yj_status set_last(yj_db *db, const char *id, int64_t now, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "UPDATE account SET last_sign_in = ?2 WHERE id = ?1", &st, err));
    yj_bind_cstr(st, 1, id);
    yj_bind_i64(st, 2, now);
    return yj_stmt_run(st, NULL, err);
}

/* Is the name that was typed also somebody else's, here or at a provider? */
static yj_status is_shared(yj_db *db, const yj_sign_in *x, const char *account, bool *ret, yj_error *err)
{
    char name[YJ_DIRECTORY_NAME_MAX + 1]; /* every sign-in name is one that a directory may be asked for */
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    *ret = false;
    if (!yj_directory_name(x->name, name))
        return YJ_OK;
    YJ_TRY(yj_db_prepare(db,
                         "SELECT 1 FROM account WHERE name = ?1 AND id <> ?2 UNION ALL "
                         "SELECT 1 FROM account_identity WHERE name = ?1 AND account <> ?2 LIMIT 1",
                         &st, err));
    yj_bind_cstr(st, 1, name);
    yj_bind_cstr(st, 2, account);
    return yj_stmt_step(st, ret, err);
}

/* Who was right is forgiven what he got wrong before. Not so what others may have tried under the same name:
 * who has it at a provider must not be able to guess here without end, nor the other way round. */
static yj_status forgive(yj_db *db, yj_sign_in *x, const char *account, yj_error *err)
{
    bool shared = false;
    if (!x->own.counted)
        return YJ_OK;
    if (x->own.by_device)
        return yj_pause_clear(db, &x->own.key, err);
    YJ_TRY(is_shared(db, x, account, &shared, err));
    if (shared)
        return yj_sign_in_uncount(db, x, err);
    YJ_TRY(yj_pause_clear(db, &x->own.key, err));
    return yj_pause_undo(db, &x->own.network, &x->own.network_paused, err);
}

/* He has proved that the account is his: what was counted counts no more, unless it is locked. */
static yj_status admit(yj_db *db, yj_sign_in *x, const row *r, bool second, int64_t now, yj_error *err)
{
    memcpy(x->account, r->id, sizeof x->account);
    x->break_glass = r->break_glass;
    if (r->locked) {
        x->outcome = YJ_SIGN_IN_LOCKED;
        return YJ_OK;
    }
    YJ_TRY(forgive(db, x, r->id, err));
    if ((r->has_totp && !second) || r->break_glass) {
        x->outcome = YJ_SIGN_IN_SECOND;
        return YJ_OK;
    }
    x->outcome = YJ_SIGN_IN_DONE;
    x->enrol = !r->has_totp && !second;
    return set_last(db, r->id, now, err);
}

yj_status yj_sign_in_admit(yj_db *db, yj_sign_in *x, const char *account, bool second, int64_t now_ns,
                           yj_error *err)
{
    row r;
    YJ_TRY(read_by_id(db, account, &r, err));
    if (!r.found)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no such account");
    return admit(db, x, &r, second, now_ns, err);
}

yj_status yj_sign_in_end(const yj_sign_in_desk *d, yj_db *db, yj_sign_in *x, int64_t now_ns, yj_error *err)
{
    (void)d;
    row r;
    x->outcome = YJ_SIGN_IN_WRONG;
    x->account[0] = '\0';
    x->break_glass = x->enrol = false;
    if (!x->own.match)
        return YJ_OK;
    /* meanwhile another password may have been set, or the account locked */
    YJ_TRY(read_by_id(db, x->own.id, &r, err));
    if (!r.found || strcmp(r.hash, x->own.hash) != 0)
        return YJ_OK;
    YJ_TRY(admit(db, x, &r, /* second= */ false, now_ns, err));
    return x->own.next_hash[0] && x->outcome != YJ_SIGN_IN_LOCKED ? replace_hash(db, x, err) : YJ_OK;
}

yj_status yj_sign_in_end_as(const yj_sign_in_desk *d, yj_db *db, yj_sign_in *x, const char *account,
                            int64_t now_ns, yj_error *err)
{
    x->own.match = x->own.match && strcmp(x->own.id, account) == 0;
    return yj_sign_in_end(d, db, x, now_ns, err);
}

/* --- the code --------------------------------------------------------------------------------- */

static yj_status count_code(const yj_sign_in_desk *d, yj_db *db, yj_sign_in *x, int64_t now, yj_error *err)
{
    YJ_TRY(count_device(d, db, x, "device code", x->account, now, err));
    if (x->own.counted)
        return YJ_OK;
    key_of(d, "code", yj_span_of(x->account), YJ_SPAN(""), &x->own.key);
    YJ_TRY(yj_pause_count(db, &x->own.key, &d->o.code, now, &x->own.key_paused, err));
    x->guessed = x->own.key_paused.count > d->o.code.free;
    x->own.counted = x->own.key_paused.wait_ns == 0;
    if (!x->own.counted)
        wait_for(x, x->own.key_paused.wait_ns);
    return YJ_OK;
}

/* Keep the step, unless a later one was kept meanwhile by another server. */
static yj_status use_step(yj_db *db, const char *id, int64_t step, bool *ret_mine, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    int64_t changes = 0;
    YJ_TRY(yj_db_prepare(db, "UPDATE account SET totp_step = ?2 WHERE id = ?1 AND totp_step < ?2", &st, err));
    yj_bind_cstr(st, 1, id);
    yj_bind_i64(st, 2, step);
    YJ_TRY(yj_stmt_run(st, &changes, err));
    *ret_mine = changes == 1;
    return YJ_OK;
}

static yj_status try_totp(const yj_sign_in_desk *d, yj_db *db, const row *r, yj_span code, int64_t now,
                          bool *ret_right, yj_error *err)
{
    uint8_t secret[YJ_TOTP_SECRET_LEN];
    int64_t step = 0;
    YJ_TRY(yj_seal_take(d->seal, r->id, (yj_span){ (const char *)r->totp, sizeof r->totp }, secret,
                        sizeof secret, err));
    yj_status s = yj_totp_verify(secret, code, now, r->step, &step, err);
    yj_secret_wipe(secret, sizeof secret);
    YJ_TRY(s);
    return step ? use_step(db, r->id, step, ret_right, err) : YJ_OK;
}

static yj_status try_recovery(const yj_sign_in_desk *d, yj_db *db, const row *r, yj_span code,
                              bool *ret_right, yj_error *err)
{
    yj_digest digest;
    if (!yj_recovery_digest(d->seal, r->id, code, &digest))
        return YJ_OK;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    int64_t changes = 0;
    YJ_TRY(yj_db_prepare(db, "DELETE FROM account_recovery WHERE account = ?1 AND digest = ?2", &st, err));
    yj_bind_cstr(st, 1, r->id);
    yj_bind_blob(st, 2, digest.b, sizeof digest.b);
    YJ_TRY(yj_stmt_run(st, &changes, err));
    *ret_right = changes == 1;
    return YJ_OK;
}

yj_status yj_sign_in_code(const yj_sign_in_desk *d, yj_db *db, yj_sign_in *x, yj_span code, int64_t now_ns,
                          yj_error *err)
{
    row r;
    yj_account a;
    bool by_totp = false, by_recovery = false;
    tell_nothing(x);
    YJ_TRY(read_by_id(db, x->account, &r, err));
    if (!r.found)
        return YJ_OK;
    x->break_glass = r.break_glass;
    YJ_TRY(count_code(d, db, x, now_ns, err));
    if (!x->own.counted)
        return YJ_OK;
    if (code.len != YJ_TOTP_DIGITS)
        YJ_TRY(try_recovery(d, db, &r, code, &by_recovery, err));
    else if (r.has_totp && !r.break_glass)
        YJ_TRY(try_totp(d, db, &r, code, now_ns, &by_totp, err));
    if (!by_totp && !by_recovery)
        return YJ_OK;
    YJ_TRY(yj_pause_clear(db, &x->own.key, err));
    if (r.locked) {
        x->outcome = YJ_SIGN_IN_LOCKED;
        return YJ_OK;
    }
    YJ_TRY(set_last(db, r.id, now_ns, err));
    YJ_TRY(yj_account_read(db, r.id, &a, err));
    x->outcome = YJ_SIGN_IN_DONE;
    x->guessed = false;
    x->recovery_used = by_recovery;
    x->recovery_left = a.recovery_left;
    return YJ_OK;
}

/* --- afterwards ------------------------------------------------------------------------------- */

yj_status yj_sign_in_refusal(const yj_sign_in *x, bool code, yj_error *err)
{
    switch (x->outcome) {
    case YJ_SIGN_IN_WAIT:
        return yj_fail(err, YJ_E_TOO_MANY, "too many attempts; try again in %lld seconds",
                       (long long)x->wait_s);
    case YJ_SIGN_IN_LOCKED:
        return yj_fail(err, YJ_E_FORBIDDEN, "the account is locked");
    case YJ_SIGN_IN_WRONG:
        if (x->unlinked)
            return yj_fail(err, YJ_E_FORBIDDEN,
                           "no account here is linked with this identity; ask an administrator");
        break;
    case YJ_SIGN_IN_SECOND:
    case YJ_SIGN_IN_DONE:
    case YJ_SIGN_IN_COUNT_:
        break;
    }
    if (code)
        return yj_fail(err, YJ_E_STRANGER, "the code is wrong, or was used already");
    return yj_fail(err, YJ_E_STRANGER, "the name or the password is wrong");
}

void yj_sign_in_device(const yj_sign_in_desk *d, const yj_sign_in *x, int64_t now_ns,
                       char ret[static YJ_DEVICE_TOKEN_LEN + 1])
{
    assert(x->outcome == YJ_SIGN_IN_DONE && x->account[0]);
    yj_device_token(d->seal, x->account, now_ns, ret);
}
