// SPDX-License-Identifier: Apache-2.0
#include "ledger/internal.h"
#include <assert.h>

static const struct {
    const char *name;
    yj_hash_alg hash;
    yj_sign_alg sign;
} cryptos[YJ_CRYPTO_COUNT_] = {
    [YJ_CRYPTO_STD] = { "std", YJ_HASH_SHA256, YJ_SIGN_ED25519 },
    [YJ_CRYPTO_GM] = { "gm", YJ_HASH_SM3, YJ_SIGN_SM2 },
};

yj_hash_alg yj_crypto_hash(yj_crypto c)
{
    assert(c < YJ_CRYPTO_COUNT_);
    return cryptos[c].hash;
}

yj_sign_alg yj_crypto_sign(yj_crypto c)
{
    assert(c < YJ_CRYPTO_COUNT_);
    return cryptos[c].sign;
}

const char *yj_crypto_name(yj_crypto c)
{
    assert(c < YJ_CRYPTO_COUNT_);
    return cryptos[c].name;
}

bool yj_crypto_by_name(yj_span s, yj_crypto *ret)
{
    for (size_t i = 0; i < YJ_CRYPTO_COUNT_; i++) {
        if (yj_span_is(s, cryptos[i].name)) {
            *ret = (yj_crypto)i;
            return true;
        }
    }
    return false;
}

yj_hash_alg yj_sign_hash(yj_sign_alg a)
{
    size_t i = 0;
    while (i + 1 < YJ_CRYPTO_COUNT_ && cryptos[i].sign != a)
        i++;
    assert(cryptos[i].sign == a);
    return cryptos[i].hash;
}

yj_status yj_bad_entry(yj_error *err, uint64_t seq)
{
    yj_error_at(err, "entry %llu", (unsigned long long)seq);
    return YJ_E_CORRUPT;
}

/* The origin is a key name, stands in JSON (rotations) and on a line of its own. */
static bool origin_ok(yj_span s)
{
    if (s.len == 0 || s.len > YJ_NOTE_NAME_MAX)
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] <= 0x20 || s.ptr[i] >= 0x7f || s.ptr[i] == '+' || s.ptr[i] == '"' || s.ptr[i] == '\\')
            return false;
    return true;
}

yj_status yj_ledger_create(yj_db *db, int64_t inst, const char *institution, const char *origin,
                           yj_crypto crypto, yj_ledger *ret, yj_error *err)
{
    assert(db && ret && crypto < YJ_CRYPTO_COUNT_);
    if (inst < 0 || !yj_uuid_valid(yj_span_of(institution)))
        return yj_fail(err, YJ_E_INVALID, "a ledger is made for an institution's id");
    if (!origin_ok(yj_span_of(origin)))
        return yj_fail(err, YJ_E_INVALID,
                       "the origin of a ledger is 1..255 printable ASCII characters, no blanks, "
                       "plus signs, quotes or backslashes");
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db,
                         "INSERT INTO ledger(inst, institution, origin, crypto, size, frontier, last_time)"
                         " VALUES(?1, ?2, ?3, ?4, 0, ?5, 0)",
                         &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, institution);
    yj_bind_cstr(st, 3, origin);
    yj_bind_cstr(st, 4, yj_crypto_name(crypto));
    yj_bind_blob(st, 5, "", 0);
    YJ_TRY(yj_stmt_run(st, NULL, err));

    yj_ledger l = { .inst = inst, .crypto = crypto };
    memcpy(l.institution, institution, YJ_UUID_LEN);
    memcpy(l.origin, origin, strlen(origin));
    yj_frontier_init(&l.frontier, yj_crypto_hash(crypto));
    *ret = l;
    return YJ_OK;
}

static bool head_from_row(yj_stmt *st, yj_ledger *l)
{
    yj_span institution = yj_col_text(st, 0), origin = yj_col_text(st, 1);
    int64_t size = yj_col_i64(st, 3);
    if (!yj_uuid_valid(institution) || !origin_ok(origin) || size < 0 ||
        !yj_crypto_by_name(yj_col_text(st, 2), &l->crypto) ||
        !yj_frontier_load(&l->frontier, yj_crypto_hash(l->crypto), (uint64_t)size, yj_col_blob(st, 4)))
        return false;
    memcpy(l->institution, institution.ptr, institution.len);
    memcpy(l->origin, origin.ptr, origin.len);
    l->last_time_ns = yj_col_i64(st, 5);
    return true;
}

yj_status yj_ledger_load(yj_db *db, int64_t inst, yj_ledger *ret, yj_error *err)
{
    assert(db && ret);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    YJ_TRY(yj_db_prepare(db,
                         "SELECT institution, origin, crypto, size, frontier, last_time FROM ledger"
                         " WHERE inst = ?1",
                         &st, err));
    yj_bind_i64(st, 1, inst);
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (!row)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no ledger of this institution");
    yj_ledger l = { .inst = inst };
    if (!head_from_row(st, &l))
        return yj_fail(err, YJ_E_CORRUPT, "the head of the ledger is damaged");
    *ret = l;
    return YJ_OK;
}

yj_status yj_ledger_begin(yj_db *db, yj_ledger *l, yj_error *err)
{
    assert(yj_db_in_transaction(db));
    /* one lock key for each ledger, away from those that others may take */
    YJ_TRY(yj_db_lock(db, INT64_C(0x594a) << 48 | l->inst, err));
    yj_ledger now;
    YJ_TRY(yj_ledger_load(db, l->inst, &now, err));
    *l = now;
    return YJ_OK;
}
