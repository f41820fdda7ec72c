// SPDX-License-Identifier: Apache-2.0
/* Key rotation: the entry that replaces a key, and the row of keys that follows from such entries. */
#include "base/json.h"
#include "ledger/internal.h"
#include "store/schema.h"
#include <assert.h>
#include <inttypes.h>

#define STATEMENT_LINE "yunjian.org/rotate/v1"
#define STATEMENT_BYTES_MAX ((size_t)2048)

static void statement(const char *origin, uint64_t seq, const char *old_vkey, const char *new_vkey,
                      yj_buf *out)
{
    yj_buf_fmt(out, STATEMENT_LINE "\n%s\n%" PRIu64 "\n%s\n%s\n", origin, seq, old_vkey, new_vkey);
}

yj_status yj_vkey_text(const char *origin, const yj_key *key, yj_arena *a, const char **ret, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, YJ_VKEY_BYTES_MAX);
    yj_vkey_format(origin, key, &b);
    YJ_TRY(yj_buf_status(&b, err));
    *ret = yj_arena_strndup(a, b.ptr, b.len);
    return yj_arena_status(a, err);
}

/* --- the row of keys -------------------------------------------------------------------------------------
 */

void yj_keys_init(yj_keys *k, const char *origin, yj_arena *a)
{
    *k = (yj_keys){ .origin = origin, .arena = a };
}

void yj_keys_done(yj_keys *k)
{
    for (size_t i = 0; i < k->count; i++)
        yj_key_free(k->row[i].key);
    k->count = 0;
}

static yj_status add_key(yj_keys *k, uint64_t from, yj_key **key, yj_error *err)
{
    if (k->count == k->cap) {
        size_t cap = k->cap ? 2 * k->cap : 4;
        struct yj_keys_row *row = yj_arena_array(k->arena, cap, sizeof *row);
        YJ_TRY(yj_arena_status(k->arena, err));
        if (k->count)
            memcpy(row, k->row, k->count * sizeof *row);
        k->row = row;
        k->cap = cap;
    }
    const char *vkey = NULL;
    YJ_TRY(yj_vkey_text(k->origin, *key, k->arena, &vkey, err));
    k->row[k->count++] = (struct yj_keys_row){ .from = from, .key = yj_take(*key), .vkey = vkey };
    return YJ_OK;
}

yj_status yj_keys_first(yj_keys *k, const yj_key *key, yj_error *err)
{
    assert(k->count == 0);
    uint8_t pub[YJ_PUB_MAX];
    size_t len;
    yj_auto(yj_key_freep) yj_key *copy = NULL;
    yj_key_public(key, pub, &len);
    YJ_TRY(yj_key_from_public(yj_key_alg(key), (yj_span){ (const char *)pub, len }, &copy, err));
    return add_key(k, 0, &copy, err);
}

const struct yj_keys_row *yj_keys_at(const yj_keys *k, uint64_t size)
{
    assert(k->count > 0);
    size_t i = k->count - 1;
    while (i > 0 && k->row[i].from > size)
        i--;
    return &k->row[i];
}

static bool signed_by(const yj_key *key, yj_span text, const char *base64)
{
    uint8_t sig[YJ_SIG_MAX];
    size_t len = 0;
    return yj_base64_decode(yj_span_of(base64), sig, sizeof sig, &len) &&
           yj_verify(key, text, (yj_span){ (const char *)sig, len });
}

static yj_status parse_key(const char *origin, const char *vkey, yj_key **ret, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf name;
    yj_auto(yj_key_freep) yj_key *key = NULL;
    yj_buf_init(&name, YJ_NOTE_NAME_MAX + 1);
    yj_status st = yj_vkey_parse(yj_span_of(vkey), &name, &key, err);
    if (st == YJ_E_NOMEM)
        return st;
    if (st != YJ_OK || !yj_span_is(yj_buf_view(&name), origin))
        return yj_fail(err, YJ_E_CORRUPT, "a rotation of the ledger names a key that is none of this ledger");
    *ret = yj_take(key);
    return YJ_OK;
}

static yj_status rotate(yj_keys *k, uint64_t seq, const json_t *body, yj_error *err)
{
    const char *text[4];
    static const char *const names[4] = { "old", "new", "old_sig", "new_sig" };
    for (size_t i = 0; i < 4; i++) {
        text[i] = json_string_value(json_object_get(body, names[i]));
        if (!text[i])
            return yj_fail(err, YJ_E_CORRUPT, "the rotation at ledger entry %llu is malformed",
                           (unsigned long long)seq);
    }
    yj_auto(yj_key_freep) yj_key *old_key = NULL, *new_key = NULL;
    YJ_TRY(parse_key(k->origin, text[0], &old_key, err));
    YJ_TRY(parse_key(k->origin, text[1], &new_key, err));
    if (yj_key_alg(old_key) != yj_key_alg(new_key))
        return yj_fail(err, YJ_E_CORRUPT, "a rotation of the ledger names a key that is none of this ledger");
    yj_auto(yj_buf_done) yj_buf said;
    yj_buf_init(&said, STATEMENT_BYTES_MAX);
    statement(k->origin, seq, text[0], text[1], &said);
    YJ_TRY(yj_buf_status(&said, err));
    if (!signed_by(old_key, yj_buf_view(&said), text[2]) || !signed_by(new_key, yj_buf_view(&said), text[3]))
        return yj_fail(err, YJ_E_CORRUPT, "the rotation at ledger entry %llu is not signed by both its keys",
                       (unsigned long long)seq);
    if (k->count == 0)
        YJ_TRY(add_key(k, 0, &old_key, err));
    else if (strcmp(k->row[k->count - 1].vkey, text[0]) != 0)
        return yj_fail(err, YJ_E_CORRUPT,
                       "the rotation at ledger entry %llu replaces a key that was not in use",
                       (unsigned long long)seq);
    return add_key(k, seq + 1, &new_key, err);
}

yj_status yj_keys_rotate(yj_keys *k, uint64_t seq, yj_span body, yj_error *err)
{
    yj_auto(yj_json_freep) json_t *j = NULL;
    yj_status st = yj_json_parse(body, YJ_BODY_BYTES_MAX, &j, err);
    if (st != YJ_OK && st != YJ_E_NOMEM)
        st = yj_fail(err, YJ_E_CORRUPT, "the rotation at ledger entry %llu is malformed",
                     (unsigned long long)seq);
    if (st == YJ_OK)
        st = rotate(k, seq, j, err);
    return st == YJ_E_CORRUPT ? yj_bad_entry(err, seq) : st;
}

/* --- in the store ----------------------------------------------------------------------------------------
 */

yj_status yj_rotation_last(yj_db *db, int64_t inst, uint64_t *ret_seq, yj_buf *ret_body, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    YJ_TRY(yj_db_prepare(
        db,
        "SELECT e.seq, b.body FROM entry e LEFT JOIN body b ON b.inst = e.inst AND b.seq = e.seq"
        " WHERE e.inst = ?1 AND " YJ_SQL_OP("e.op", "rotate") " ORDER BY e.seq DESC LIMIT 1",
        &st, err));
    yj_bind_i64(st, 1, inst);
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (!row) {
        *ret_seq = UINT64_MAX;
        return YJ_OK;
    }
    yj_buf_span(ret_body, yj_col_text(st, 1));
    YJ_TRY(yj_buf_status(ret_body, err));
    *ret_seq = (uint64_t)yj_col_i64(st, 0);
    return YJ_OK;
}

yj_status yj_keys_load(yj_db *db, yj_keyring *keys, const yj_ledger *l, yj_arena *a, yj_keys *ret,
                       yj_error *err)
{
    yj_keys_init(ret, l->origin, a);
    {
        yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
        YJ_TRY(yj_db_prepare(db,
                             "SELECT e.seq, b.body FROM entry e"
                             " LEFT JOIN body b ON b.inst = e.inst AND b.seq = e.seq"
                             " WHERE e.inst = ?1 AND " YJ_SQL_OP("e.op", "rotate") " ORDER BY e.seq",
                             &st, err));
        yj_bind_i64(st, 1, l->inst);
        for (;;) {
            bool row = false;
            YJ_TRY(yj_stmt_step(st, &row, err));
            if (!row)
                break;
            YJ_TRY(yj_keys_rotate(ret, (uint64_t)yj_col_i64(st, 0), yj_col_text(st, 1), err));
        }
    }
    if (ret->count)
        return YJ_OK;
    const yj_key *key;
    YJ_TRY(yj_keyring_get(keys, l->institution, &key, err));
    if (yj_key_alg(key) != yj_crypto_sign(l->crypto))
        return yj_fail(err, YJ_E_CORRUPT,
                       "the signing key of institution %s is of another kind than its ledger's",
                       l->institution);
    return yj_keys_first(ret, key, err);
}

static yj_status add_signature(const yj_key *key, yj_span said, yj_buf *out, yj_error *err)
{
    uint8_t sig[YJ_SIG_MAX];
    size_t len;
    YJ_TRY(yj_sign(key, said, sig, &len, err));
    yj_buf_base64(out, sig, len);
    return YJ_OK;
}

yj_status yj_rotation_body(const char *origin, uint64_t seq, const yj_key *old_key, const yj_key *new_key,
                           yj_buf *out, yj_error *err)
{
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new((size_t)64 << 10);
    if (!a)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    const char *old_vkey = NULL, *new_vkey = NULL;
    YJ_TRY(yj_vkey_text(origin, old_key, a, &old_vkey, err));
    YJ_TRY(yj_vkey_text(origin, new_key, a, &new_vkey, err));
    yj_auto(yj_buf_done) yj_buf said;
    yj_buf_init(&said, STATEMENT_BYTES_MAX);
    statement(origin, seq, old_vkey, new_vkey, &said);
    YJ_TRY(yj_buf_status(&said, err));
    /* canonical JSON: origins hold nothing that must be escaped */
    yj_buf_fmt(out, "{\"new\":\"%s\",\"new_sig\":\"", new_vkey);
    YJ_TRY(add_signature(new_key, yj_buf_view(&said), out, err));
    yj_buf_fmt(out, "\",\"old\":\"%s\",\"old_sig\":\"", old_vkey);
    YJ_TRY(add_signature(old_key, yj_buf_view(&said), out, err));
    yj_buf_str(out, "\"}");
    return yj_buf_status(out, err);
}

yj_status yj_ledger_rotate(yj_db *db, yj_keyring *keys, yj_ledger *l, const char *by, int64_t now_ns,
                           yj_error *err)
{
    assert(db && keys && l && yj_db_in_transaction(db));
    const yj_key *old_key, *new_key;
    YJ_TRY(yj_keyring_current(keys, db, l, &old_key, err));
    YJ_TRY(yj_keyring_make_next(keys, l, &new_key, err));
    yj_auto(yj_buf_done) yj_buf body;
    yj_buf_init(&body, YJ_BODY_BYTES_MAX);
    YJ_TRY(yj_rotation_body(l->origin, l->frontier.size, old_key, new_key, &body, err));
    yj_append a = {
        .by = by, .op = "rotate", .kind = "", .record = "", .now_ns = now_ns, .body = yj_buf_view(&body)
    };
    return yj_ledger_append_any(db, l, &a, NULL, NULL, err);
}
