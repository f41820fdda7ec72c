// SPDX-License-Identifier: Apache-2.0
/* One record, its name, its history; as of an entry. */
#include "record/read.h"

#include "ledger/pack_body.h"
#include "record/internal.h"
#include "store/id_key.h"
#include <stdlib.h>

#define NAME_DEPTH_MAX 4

/* --- finding by key --------------------------------------------------------------------------- */

/* How many parts the written key of a kind has: a reference counts as the parts of the other record's key, a
 * record of any kind as one. */
static size_t key_arity(const yj_catalog *c, const yj_kind *k, int depth)
{
    size_t n = 0;
    for (size_t i = 0; i < k->key_count; i++) {
        const yj_field *f = &k->fields[k->key[i]];
        n += f->type == YJ_T_REF && depth < NAME_DEPTH_MAX ? key_arity(c, &c->kinds[f->ref_kind], depth + 1)
                                                           : 1;
    }
    return n;
}

#define KEY_PARTS_MAX 32

static size_t split(const char *text, yj_span *parts)
{
    size_t n = 0;
    const char *at = text;
    while (n < KEY_PARTS_MAX) {
        const char *end = strstr(at, " / ");
        parts[n++] = end ? (yj_span){ at, (size_t)(end - at) } : yj_span_of(at);
        if (!end)
            return n;
        at = end + 3;
    }
    return n + 1; /* too many */
}

static yj_status id_by_nkey(yj_db *db, int64_t inst, const yj_kind *k, yj_span nkey, int64_t batch,
                            char ret[static 37], yj_error *err)
{
    char sql[512];
    snprintf(sql, sizeof sql,
             "SELECT r.id FROM r_%s r WHERE r.inst = ?1 AND r.nkey = ?2 AND (" YJ_SQL_VISIBLE(
                 "r") " OR r.batch = ?3) "
                      "AND NOT (r.until_batch = ?3 AND ?3 > 0)",
             k->name);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_text(st, 2, nkey);
    yj_bind_i64(st, 3, batch ? batch : -1);
    bool row = false;
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (!row)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no record of kind %s with that key", k->name);
    yj_span id = yj_col_text(st, 0);
    char first[37];
    snprintf(first, sizeof first, "%.*s", (int)id.len, id.ptr);
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (row)
        return yj_fail(err, YJ_E_CONFLICT, "two records of kind %s have that key", k->name);
    memcpy(ret, first, sizeof first);
    return YJ_OK;
}

/* A part of a key that names a record that is referred to by its id, in place of all parts of its key. */
static bool by_id(yj_span part)
{
    return part.len > 3 && memcmp(part.ptr, "id:", 3) == 0;
}

/* How many parts a key of the kind has if its references are written like that. */
static size_t written_arity(const yj_catalog *c, const yj_kind *k, const yj_span *parts, size_t count)
{
    size_t at = 0;
    for (size_t i = 0; i < k->key_count; i++) {
        const yj_field *f = &k->fields[k->key[i]];
        bool one = f->type != YJ_T_REF || (at < count && by_id(parts[at]));
        at += one ? 1 : key_arity(c, &c->kinds[f->ref_kind], 1);
    }
    return at;
}

static yj_status find_by_parts(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k,
                               const yj_span *parts, int64_t batch, int depth, char ret[static 37],
                               yj_error *err);

/* A key with the id of a record of any kind in place of the `count` parts from `at` on, which name it: those
 * of whatever kind has such a record and, with it, a record of kind `k`. */
static yj_status find_by_any(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k,
                             const yj_span *parts, size_t before, size_t count, int64_t batch,
                             char ret[static 37], yj_error *err)
{
    yj_span with_id[KEY_PARTS_MAX + 1];
    size_t behind = key_arity(c, k, 0) - before - 1;
    if (before + 1 + behind > KEY_PARTS_MAX)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no record of kind %s with that key", k->name);
    memcpy(with_id, parts, before * sizeof *parts);
    memcpy(with_id + before + 1, parts + before + count, behind * sizeof *parts);
    bool found = false;
    for (size_t i = 0; i < c->kind_count; i++) {
        const yj_kind *other = &c->kinds[i];
        char id[37], here[37];
        if (other->installation || key_arity(c, other, 1) != count)
            continue;
        yj_status s = find_by_parts(db, c, inst, other, parts + before, batch, 1, id, err);
        if (s == YJ_OK) {
            with_id[before] = yj_span_of(id);
            s = find_by_parts(db, c, inst, k, with_id, batch, 0, here, err);
        }
        if (s == YJ_OK && found)
            return yj_fail(err, YJ_E_CONFLICT, "two records of kind %s have that key", k->name);
        if (s != YJ_OK && s != YJ_E_NOT_FOUND)
            return s;
        if (s == YJ_OK)
            memcpy(ret, here, sizeof here);
        found |= s == YJ_OK;
    }
    return found ? YJ_OK
                 : yj_fail(err, YJ_E_NOT_FOUND, "there is no record of kind %s with that key", k->name);
}

static yj_status find_by_parts(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k,
                               const yj_span *parts, int64_t batch, int depth, char ret[static 37],
                               yj_error *err)
{
    yj_buf nkey;
    yj_buf_init(&nkey, 65536);
    yj_status s = YJ_OK;
    size_t at = 0;
    for (size_t i = 0; s == YJ_OK && i < k->key_count; i++) {
        const yj_field *f = &k->fields[k->key[i]];
        if (i > 0)
            yj_buf_char(&nkey, '\x1f');
        if (f->type != YJ_T_REF) {
            yj_buf_span(&nkey, parts[at++]);
            continue;
        }
        if (depth >= NAME_DEPTH_MAX) {
            yj_nkey_add_ref(&nkey, parts[at++]);
            continue;
        }
        const yj_kind *other = &c->kinds[f->ref_kind];
        char id[37];
        if (depth == 0 && !yj_kind_key_any(k) && by_id(parts[at])) {
            yj_nkey_add_ref(&nkey, (yj_span){ parts[at].ptr + 3, parts[at].len - 3 });
            at++;
            continue;
        }
        s = find_by_parts(db, c, inst, other, parts + at, batch, depth + 1, id, err);
        if (s == YJ_OK)
            yj_nkey_add_ref(&nkey, yj_span_of(id));
        at += key_arity(c, other, depth + 1);
    }
    if (s == YJ_OK)
        s = id_by_nkey(db, inst, k, yj_buf_view(&nkey), batch, ret, err);
    yj_buf_done(&nkey);
    return s;
}

static yj_status fail_key_form(const yj_kind *k, size_t arity, yj_error *err)
{
    char parts[200] = "";
    size_t len = 0;
    for (size_t i = 0; i < k->key_count && len < sizeof parts; i++)
        len += (size_t)snprintf(parts + len, sizeof parts - len, "%s%s", i ? " / " : "",
                                k->fields[k->key[i]].name);
    return yj_fail(err, YJ_E_NOT_FOUND, "a key of kind %s has %zu parts joined by \" / \": %s", k->name,
                   arity, parts);
}

yj_status yj_record_find_in(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k, const char *ref,
                            int64_t batch, char ret[static 37], yj_error *err)
{
    const char *id = strncmp(ref, "id:", 3) == 0 ? ref + 3 : ref; /* a key may begin so, too */
    if (yj_uuid_valid(yj_span_of(id))) {
        char sql[512];
        snprintf(sql, sizeof sql,
                 "SELECT 1 FROM r_%s r WHERE r.inst = ?1 AND r.id = ?2 AND (" YJ_SQL_VISIBLE(
                     "r") " OR r.batch = ?3)",
                 k->name);
        yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
        YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
        yj_bind_i64(st, 1, inst);
        yj_bind_cstr(st, 2, id);
        yj_bind_i64(st, 3, batch ? batch : -1);
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return yj_fail(err, YJ_E_NOT_FOUND, "there is no record of kind %s with that id", k->name);
        memcpy(ret, id, 37);
        return YJ_OK;
    }
    yj_span parts[KEY_PARTS_MAX + 1] = { 0 };
    size_t n = split(ref, parts), arity = key_arity(c, k, 0), before = 0;
    const yj_field *any = yj_kind_key_any(k);
    for (size_t i = 0; any && &k->fields[k->key[i]] != any; i++) {
        const yj_field *f = &k->fields[k->key[i]];
        before += f->type == YJ_T_REF ? key_arity(c, &c->kinds[f->ref_kind], 1) : 1;
    }
    if (any && n >= arity && n <= KEY_PARTS_MAX && (n > arity || !yj_uuid_valid(parts[before])))
        return find_by_any(db, c, inst, k, parts, before, n - arity + 1, batch, ret, err);
    if (n != (any ? arity : written_arity(c, k, parts, n))) {
        if (k->key_count != 1 || k->fields[k->key[0]].type == YJ_T_REF)
            return fail_key_form(k, arity, err);
        parts[0] = yj_span_of(ref); /* a simple key may itself hold " / " */
    }
    return find_by_parts(db, c, inst, k, parts, batch, 0, ret, err);
}

yj_status yj_record_find(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k, const char *ref,
                         char ret[static 37], yj_error *err)
{
    return yj_record_find_in(db, c, inst, k, ref, 0, ret, err);
}

/* --- names ------------------------------------------------------------------------------------ */

#define AS_WRITTEN YJ_LANG_COUNT_ /* in place of a language: choices by their ids, as keys have them */

static void add_col(yj_stmt *st, int col, const yj_field *f, yj_lang lang, yj_buf *out)
{
    const yj_option *o = NULL;
    if (f->type == YJ_T_CHOICE && lang != AS_WRITTEN)
        o = yj_field_option(f, yj_col_text(st, col));
    if (f->type == YJ_T_DECIMAL)
        yj_decimal_format(yj_col_i64(st, col), f->scale, out);
    else if (o && o->label.in[lang])
        yj_buf_str(out, o->label.in[lang]);
    else
        yj_buf_span(out, yj_col_text(st, col));
}

static yj_status add_key(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k, const char *id,
                         int depth, yj_lang lang, yj_buf *out, yj_error *err)
{
    yj_buf sql;
    yj_buf_init(&sql, 4096);
    yj_buf_str(&sql, "SELECT ");
    for (size_t i = 0; i < k->key_count; i++)
        yj_buf_fmt(&sql, "%sr.f_%s", i ? ", " : "", k->fields[k->key[i]].name);
    const yj_field *any = depth == 0 ? yj_kind_key_any(k) : NULL;
    if (any)
        yj_buf_fmt(&sql, ", r.f_%s", k->fields[any->kind_from].name);
    yj_buf_fmt(&sql, " FROM r_%s r WHERE r.inst = ?1 AND r.id = ?2 ORDER BY r.batch DESC", k->name);
    yj_stmt *st = NULL;
    yj_status s = yj_buf_status(&sql, err);
    if (s == YJ_OK)
        s = yj_db_prepare_made(db, sql.ptr, &st, err);
    yj_buf_done(&sql);
    bool row = false;
    if (s == YJ_OK) {
        yj_bind_i64(st, 1, inst);
        yj_bind_cstr(st, 2, id);
        s = yj_stmt_step(st, &row, err);
    }
    for (size_t i = 0; s == YJ_OK && row && i < k->key_count; i++) {
        const yj_field *f = &k->fields[k->key[i]];
        if (i > 0)
            yj_buf_str(out, " / ");
        const yj_kind *to = f->type == YJ_T_REF && depth < NAME_DEPTH_MAX ? &c->kinds[f->ref_kind] : NULL;
        if (f == any)
            to = yj_catalog_kind(c, yj_col_text(st, (int)k->key_count));
        size_t start = out->len;
        if (to) {
            yj_span other = yj_col_text(st, (int)i);
            char oid[37];
            snprintf(oid, sizeof oid, "%.*s", (int)other.len, other.ptr);
            s = add_key(db, c, inst, to, oid, depth + 1, lang, out, err);
        }
        if (s == YJ_OK && out->len == start && f->type != YJ_T_REF) {
            add_col(st, (int)i, f, lang, out);
        }
    }
    yj_stmt_done(st);
    return s;
}

yj_status yj_record_key(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k, const char *id,
                        int depth, yj_buf *out, yj_error *err)
{
    return add_key(db, c, inst, k, id, depth, AS_WRITTEN, out, err);
}

yj_status yj_record_name(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k, const char *id,
                         yj_lang lang, yj_buf *out, yj_error *err)
{
    const yj_field *f = &k->fields[k->name_field];
    if (f->type == YJ_T_REF || f->list)
        return add_key(db, c, inst, k, id, 0, lang, out, err);
    char sql[256];
    snprintf(sql, sizeof sql,
             "SELECT r.f_%s FROM r_%s r WHERE r.inst = ?1 AND r.id = ?2 ORDER BY r.batch DESC", f->name,
             k->name);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, id);
    bool row = false;
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (row && !yj_col_null(st, 0)) {
        add_col(st, 0, f, lang, out);
        return YJ_OK;
    }
    yj_stmt_reset(st);
    return add_key(db, c, inst, k, id, 0, lang, out, err);
}

yj_status yj_record_kind(yj_db *db, const yj_catalog *c, int64_t inst, const char *id, const yj_kind **ret,
                         yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    YJ_TRY(yj_db_prepare(db,
                         "SELECT kind FROM entry WHERE inst = ?1 AND record = ?2 AND version > 0 "
                         "ORDER BY seq DESC LIMIT 1",
                         &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, id);
    YJ_TRY(yj_stmt_step(st, &row, err));
    *ret = row ? yj_catalog_kind(c, yj_col_text(st, 0)) : NULL;
    return YJ_OK;
}

yj_status yj_record_title(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k, const char *id,
                          yj_lang lang, yj_buf *out, yj_error *err)
{
    bool part = false;
    for (size_t i = 0; i < k->key_count; i++)
        part |= k->key_count > 1 && k->key[i] == k->name_field;
    if (!part)
        return yj_record_name(db, c, inst, k, id, lang, out, err);
    yj_buf sql;
    yj_buf_init(&sql, 4096);
    yj_buf_str(&sql, "SELECT ");
    for (size_t i = 0; i < k->key_count; i++)
        yj_buf_fmt(&sql, "%sr.f_%s", i ? ", " : "", k->fields[k->key[i]].name);
    yj_buf_fmt(&sql, " FROM r_%s r WHERE r.inst = ?1 AND r.id = ?2 ORDER BY r.batch DESC", k->name);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    yj_status s = yj_db_prepare_made(db, sql.ptr, &st, err);
    yj_buf_done(&sql);
    YJ_TRY(s);
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, id);
    bool row = false;
    YJ_TRY(yj_stmt_step(st, &row, err));
    for (size_t i = 0; row && i < k->key_count; i++) {
        const yj_field *f = &k->fields[k->key[i]];
        yj_buf_str(out, i ? " / " : "");
        if (f->type != YJ_T_REF) {
            add_col(st, (int)i, f, lang, out);
            continue;
        }
        char other[37];
        yj_span text = yj_col_text(st, (int)i);
        snprintf(other, sizeof other, "%.*s", (int)text.len, text.ptr);
        YJ_TRY(yj_record_name(db, c, inst, &c->kinds[f->ref_kind], other, lang, out, err));
    }
    return YJ_OK;
}

/* --- one record ------------------------------------------------------------------------------- */

/* The body is canonical and ends in '}': what the entry knows is put behind it. */
static yj_status present(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k, const char *id,
                         yj_span body, yj_stmt *entry, bool erased, yj_lang lang, yj_buf *out, yj_error *err)
{
    if (body.len < 2 || body.ptr[body.len - 1] != '}')
        return yj_fail(err, YJ_E_CORRUPT, "the body of a record is no object");
    yj_buf_add(out, body.ptr, body.len - 1);
    char t[31];
    yj_time_format(yj_col_i64(entry, 1), t);
    char room[YJ_ID_KEY_MAX];
    yj_span by = yj_col_id_key(entry, 2, room); /* printable ASCII without quotes */
    yj_buf_fmt(out, ",\"seq\":%lld,\"time\":\"%s\",\"by\":\"%.*s\"", (long long)yj_col_i64(entry, 0), t,
               (int)by.len, by.ptr);
    if (yj_col_null(entry, 5)) {
        yj_buf_str(out, ",\"for\":null");
    } else {
        yj_span deputed = yj_col_id_key(entry, 5, room);
        yj_buf_fmt(out, ",\"for\":\"%.*s\"", (int)deputed.len, deputed.ptr);
    }
    yj_buf name;
    yj_buf_init(&name, 65536);
    yj_status s = erased ? YJ_OK : yj_record_name(db, c, inst, k, id, lang, &name, err);
    if (s == YJ_OK) {
        yj_buf_str(out, ",\"name\":");
        yj_jw w;
        yj_jw_init(&w, out);
        yj_jw_span(&w, yj_buf_view(&name));
        if (erased)
            yj_buf_str(out, ",\"erased\":true");
        yj_buf_char(out, '}');
        s = yj_buf_status(out, err);
    }
    yj_buf_done(&name);
    return s;
}

static yj_status read_entry(yj_db *db, int64_t inst, int64_t seq, yj_stmt **ret, bool *ret_row, yj_error *err)
{
    yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        db,
        "SELECT e.seq, e.time, e.by, b.body, b.packed, e.for_whom FROM entry e LEFT JOIN body b ON "
        "b.inst = e.inst AND b.seq = "
        "e.seq WHERE e.inst = ?1 AND e.seq = ?2",
        &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_i64(st, 2, seq);
    yj_status s = yj_stmt_step(st, ret_row, err);
    if (s != YJ_OK) {
        yj_stmt_done(st);
        return s;
    }
    *ret = st;
    return YJ_OK;
}

static yj_status version_as_of(yj_db *db, int64_t inst, const yj_kind *k, const char *id, int64_t before,
                               int64_t *ret_seq, int64_t *ret_version, bool *ret_erased, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        db,
        "SELECT e.seq, e.version, e.op FROM entry e LEFT JOIN batch b ON b.id = e.batch WHERE e.inst = ?1 "
        "AND e.record = "
        "?2 AND e.kind = ?3 AND e.version > 0 AND e.seq < ?4 AND (e.batch = 0 OR (b.state = 'closed' AND "
        "b.closed_seq < ?4)) ORDER BY e.seq DESC LIMIT 1",
        &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, id);
    yj_bind_cstr(st, 3, k->name);
    yj_bind_i64(st, 4, before);
    bool row = false;
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (!row)
        return yj_fail(err, YJ_E_NOT_FOUND, "there was no record of kind %s with that id then", k->name);
    *ret_seq = yj_col_i64(st, 0);
    *ret_version = yj_col_i64(st, 1);
    *ret_erased = yj_span_is(yj_col_text(st, 2), "erase");
    return YJ_OK;
}

static yj_status version_now(yj_db *db, int64_t inst, const yj_kind *k, const char *id, int64_t *ret_seq,
                             int64_t *ret_version, bool *ret_erased, yj_error *err)
{
    char sql[384];
    snprintf(
        sql, sizeof sql,
        "SELECT r.seq, r.version, r.erased FROM r_%s r WHERE r.inst = ?1 AND r.id = ?2 AND " YJ_SQL_VISIBLE(
            "r"),
        k->name);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, id);
    bool row = false;
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (!row)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no record of kind %s with that id", k->name);
    *ret_seq = yj_col_i64(st, 0);
    *ret_version = yj_col_i64(st, 1);
    *ret_erased = yj_col_i64(st, 2) != 0;
    return YJ_OK;
}

yj_status yj_record_get(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k, const char *id,
                        int64_t as_of_seq, yj_lang lang, yj_buf *out, int64_t *ret_version, yj_error *err)
{
    char found[37];
    if (yj_uuid_valid(yj_span_of(id)))
        memcpy(found, id, sizeof found);
    else
        YJ_TRY(yj_record_find(db, c, inst, k, id, found, err));
    int64_t seq = 0, version = 0;
    bool erased = false;
    if (as_of_seq >= 0)
        YJ_TRY(version_as_of(db, inst, k, found, as_of_seq, &seq, &version, &erased, err));
    else
        YJ_TRY(version_now(db, inst, k, found, &seq, &version, &erased, err));
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    YJ_TRY(read_entry(db, inst, seq, &st, &row, err));
    if (!row)
        return yj_fail(err, YJ_E_CORRUPT, "entry %lld is missing", (long long)seq);
    yj_auto(yj_buf_done) yj_buf room;
    yj_span body = { 0 };
    yj_buf_init(&room, YJ_BODY_BYTES_MAX);
    YJ_TRY(yj_col_body(st, 3, 4, &room, &body, err));
    if (body.len == 0) { /* its body was erased later: what is left is that there was something */
        yj_buf tomb;
        yj_buf_init(&tomb, 4096);
        yj_buf_fmt(
            &tomb,
            "{\"fields\":{},\"id\":\"%s\",\"kind\":\"%s\",\"op\":\"erase\",\"state\":\"\",\"version\":%lld}",
            found, k->name, (long long)version);
        yj_status s = present(db, c, inst, k, found, yj_buf_view(&tomb), st, true, lang, out, err);
        yj_buf_done(&tomb);
        YJ_TRY(s);
    } else {
        YJ_TRY(present(db, c, inst, k, found, body, st, erased, lang, out, err));
    }
    if (ret_version)
        *ret_version = version;
    return YJ_OK;
}
