// SPDX-License-Identifier: Apache-2.0
/* What taking an answer and taking an offer have in common: the copy of a file, and the receipt. */
#include "access/sender.h"
#include "record/exchange_internal.h"
#include "record/read.h"
#include <stdlib.h>

#define FIELD(k, i) ((k)->fields[i].name)

static const char *text_of(const json_t *fields, const yj_kind *k, int field)
{
    const char *s = json_string_value(json_object_get(fields, FIELD(k, field)));
    return s ? s : "";
}

yj_status yj_taking_row(yj_db *db, const yj_kind *k, int64_t inst, const char *id, int64_t *ret_seq,
                        int64_t *ret_version, char state[static 48], json_t **ret, yj_error *err)
{
    char sql[400];
    snprintf(sql, sizeof sql,
             "SELECT r.seq, r.version, r.state FROM r_%s r WHERE r.inst = ?1 AND r.id = ?2 AND r.erased = 0 "
             "AND " YJ_SQL_VISIBLE("r"),
             k->name);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    yj_auto(yj_json_freep) json_t *body = NULL;
    bool row = false;
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, id);
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (row) {
        int64_t seq = yj_col_i64(st, 0); /* the caller may want neither, and give one place for both */
        yj_span s = yj_col_text(st, 2);
        snprintf(state, 48, "%.*s", (int)s.len, s.ptr);
        YJ_TRY(yj_body_read_json(db, inst, (uint64_t)seq, &body, err));
        *ret_seq = seq;
        *ret_version = yj_col_i64(st, 1);
    }
    if (!body)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no record of kind %s with that id", k->name);
    *ret = json_incref(json_object_get(body, "fields"));
    return YJ_OK;
}

yj_status yj_taking_as_shown(const yj_looked *looked, const char *shown, const char *id, int64_t version,
                             yj_error *err)
{
    if (strcmp(looked->about ? looked->about : shown, id) != 0)
        return yj_fail(err, YJ_E_CONFLICT,
                       id[0] ? "this would change another record than was shown: look at it again"
                             : "this would make a new record, and not change the one that was shown: look at "
                               "it again");
    if (id[0] && looked->about_version >= 0 && looked->about_version != version)
        return yj_fail(err, YJ_E_CONFLICT,
                       "your own record has changed since it was looked at: look at it again");
    return YJ_OK;
}

yj_status yj_taking_change(yj_writer *w, yj_change *c, char **ret_misses, yj_error *err)
{
    yj_status s = yj_apply_change(w, c, err);
    if (s == YJ_E_GATE && ret_misses) {
        free(*ret_misses);
        *ret_misses = c->misses;
        c->misses = NULL;
    }
    yj_change_done(c);
    return s;
}

void yj_taking_text(json_t *fields, const yj_kind *k, int field, const char *text)
{
    if (text[0])
        json_object_set_new(fields, FIELD(k, field), json_string(text));
}

/* What a provider says of the strength of its own papers is its word: they count as the weakest. */
static json_t *evidence_fields(const yj_kind *k, const json_t *theirs)
{
    json_t *fields = json_object();
    for (size_t i = 0; fields && i < k->field_count; i++) {
        const yj_field *f = &k->fields[i];
        json_t *v = json_object_get(theirs, f->name);
        if (v && f->type != YJ_T_REF && f->kind_from < 0 && !f->by_system && (int)i != k->strength_field)
            json_object_set(fields, f->name, v);
    }
    const yj_field *strength = &k->fields[k->strength_field];
    size_t least = 0;
    for (size_t i = 1; i < strength->option_count; i++)
        if (k->strength_of_option[i] < k->strength_of_option[least])
            least = i;
    if (fields)
        json_object_set_new(fields, strength->name, json_string(strength->options[least].id));
    return fields;
}

/* The file is found by its digest, which is the record's key. Who gives away what it only knows the name of
 * gives nothing. */
static yj_status hand_over(yj_writer *w, const char *digest, int64_t party, int64_t inst, yj_error *err)
{
    bool has = false;
    YJ_TRY(yj_sender_has_inst(w->db, digest, party, &has, err));
    return has ? yj_sender_add_inst(w->db, digest, inst, yj_clock_system().now_ns(NULL), err) : YJ_OK;
}

yj_status yj_taking_evidence(yj_writer *w, int64_t inst, const char *by, int64_t party, const yj_kind *k,
                             const char *theirs, char ret[static YJ_UUID_LEN + 1], yj_error *err)
{
    const yj_catalog *c = w->e->catalog;
    int64_t seq = 0, version = 0;
    char state[48];
    yj_auto(yj_json_freep) json_t *fields = NULL;
    yj_auto(yj_json_freep) json_t *copy = NULL;
    yj_error gone = { 0 };
    yj_status there = yj_taking_row(w->db, k, party, theirs, &seq, &version, state, &fields, &gone);
    ret[0] = '\0';
    if (there == YJ_E_NOT_FOUND) /* erased there since: nothing is left to take, and the rest is not kept from
                                    anybody */
        return YJ_OK;
    if (there != YJ_OK) {
        *err = gone;
        return there;
    }
    bool keyed = k->key_count == 1 && k->fields[k->key[0]].type == YJ_T_TEXT;
    if (keyed) {
        yj_status s = yj_record_find(w->db, c, inst, k, text_of(fields, k, k->key[0]), ret, NULL);
        if (s == YJ_OK)
            return hand_over(w, text_of(fields, k, k->key[0]), party, inst, err);
    }
    copy = evidence_fields(k, fields);
    yj_change ch = {
        .inst = inst, .op = YJ_CH_CREATE, .by = by, .kind = k->index, .expect_version = -1, .fields = copy
    };
    YJ_TRY(yj_taking_change(w, &ch, NULL, err));
    memcpy(ret, ch.ret_id, 37);
    return keyed ? hand_over(w, text_of(fields, k, k->key[0]), party, inst, err) : YJ_OK;
}

yj_status yj_taking_digest(yj_db *db, int64_t party, const yj_kind *k, const char *theirs, yj_jw *w,
                           yj_error *err)
{
    int64_t unused = 0;
    char state[48];
    yj_auto(yj_json_freep) json_t *fields = NULL;
    bool keyed = k->key_count == 1 && k->fields[k->key[0]].type == YJ_T_TEXT;
    yj_status s = yj_taking_row(db, k, party, theirs, &unused, &unused, state, &fields, err);
    if (s != YJ_OK && s != YJ_E_NOT_FOUND)
        return s;
    yj_jw_kstr(w, "digest",
               s == YJ_OK && keyed ? json_string_value(json_object_get(fields, FIELD(k, k->key[0]))) : NULL);
    return YJ_OK;
}

yj_status yj_receipt_write(yj_writer *w, const yj_taken *t, yj_error *err)
{
    const yj_catalog *c = w->e->catalog;
    const yj_receipt_map *m = &c->exchange.receipt;
    const yj_kind *k = &c->kinds[m->kind];
    char hex[2 * YJ_HASH_LEN + 1], id[YJ_UUID_LEN + 1];
    yj_date today;
    yj_entry entry;
    YJ_TRY(yj_entry_read(w->db, t->party, (uint64_t)t->seq, &entry, err)); /* held against its leaf */
    yj_digest_hex(&entry.leaf.body, hex);
    yj_entry_done(&entry);
    yj_auto(yj_buf_done) yj_buf name;
    yj_auto(yj_json_freep) json_t *fields = json_object();
    yj_buf_init(&name, 65536);
    yj_engine_today(w->e, &today);
    YJ_TRY(yj_institution_named(w->db, c, t->party, id, &name, err));
    yj_taking_text(fields, k, m->answer, t->id);
    yj_taking_text(fields, k, m->institution, id);
    json_object_set_new(fields, FIELD(k, m->institution_name),
                        json_stringn(name.ptr ? name.ptr : "", name.len));
    json_object_set_new(fields, FIELD(k, m->version), json_integer(t->version));
    json_object_set_new(fields, FIELD(k, m->entry), json_integer(t->seq));
    yj_taking_text(fields, k, m->digest, hex);
    if (t->about) {
        yj_taking_text(fields, k, m->about_kind, t->about_kind);
        yj_taking_text(fields, k, m->about, t->about);
    }
    yj_taking_text(fields, k, m->outcome,
                   k->fields[m->outcome].options[t->reason ? m->declined : m->accepted].id);
    yj_taking_text(fields, k, m->on, today.s);
    if (t->reason)
        yj_taking_text(fields, k, m->reason, t->reason);
    yj_change ch = { .inst = t->inst,
                     .op = YJ_CH_CREATE,
                     .by = t->by,
                     .kind = k->index,
                     .expect_version = -1,
                     .fields = fields,
                     .by_exchange = true };
    return yj_taking_change(w, &ch, NULL, err);
}

/* --- in a rebuild ----------------------------------------------------------------------------- */

/* Whoever's ledger a receipt names has, at that entry, the body that it says. */
static yj_status check_receipt(yj_db *db, int64_t party, int64_t entry, yj_span digest, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    char hex[2 * YJ_HASH_LEN + 1] = "";
    YJ_TRY(yj_db_prepare(db, "SELECT digest FROM entry WHERE inst = ?1 AND seq = ?2", &st, err));
    yj_bind_i64(st, 1, party);
    yj_bind_i64(st, 2, entry);
    YJ_TRY(yj_stmt_step(st, &row, err));
    yj_span blob = row ? yj_col_blob(st, 0) : (yj_span){ NULL, 0 };
    yj_digest d;
    if (blob.len == sizeof d.b) {
        memcpy(d.b, blob.ptr, sizeof d.b);
        yj_digest_hex(&d, hex);
    }
    return yj_span_is(digest, hex)
               ? YJ_OK
               : yj_fail(err, YJ_E_CORRUPT,
                         "a receipt names entry %lld of another ledger, which says otherwise",
                         (long long)entry);
}

yj_status yj_receipts_check(yj_db *db, const yj_catalog *c, int64_t inst, yj_error *err)
{
    const yj_receipt_map *m = &c->exchange.receipt;
    if (m->kind < 0)
        return YJ_OK;
    const yj_kind *k = &c->kinds[m->kind];
    char sql[500];
    snprintf(
        sql, sizeof sql,
        "SELECT l.inst, r.f_%s, r.f_%s FROM r_%s r JOIN ledger l ON l.institution = r.f_%s WHERE r.erased "
        "= 0 AND (?1 < 0 OR r.inst = ?1) ORDER BY r.inst, r.id",
        FIELD(k, m->entry), FIELD(k, m->digest), k->name, FIELD(k, m->institution));
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    yj_bind_i64(st, 1, inst);
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        YJ_TRY(check_receipt(db, yj_col_i64(st, 0), yj_col_i64(st, 1), yj_col_text(st, 2), err));
    }
}
