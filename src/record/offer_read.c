// SPDX-License-Identifier: Apache-2.0
/*
 * What of offers waits for a client, and what comes of them. An offer stands in the party's ledger and names
 * one of its records; what a client has taken or declined of it stands in the client's receipts. So one
 * record offered to all is written once, and whether it waits for somebody is asked, not kept. How it is
 * shown to either side is in offer_show.c.
 */
#include "record/exchange.h"

#include "access/sender.h"
#include "record/offer_internal.h"
#include "record/read.h"

#define FIELD(k, i) ((k)->fields[i].name)
#define SQL_MAX 4000

void yj_offer_done(yj_offer *x)
{
    json_decref(x->fields);
    json_decref(x->now);
    json_decref(x->to);
    x->fields = x->now = x->to = NULL;
}

const yj_offered *yj_offered_kind(const yj_catalog *c, const yj_kind *k)
{
    for (size_t i = 0; k && i < c->exchange.offered_count; i++)
        if (c->exchange.offered[i].kind == k->index)
            return &c->exchange.offered[i];
    return NULL;
}

yj_status yj_offers_wanted(const yj_catalog *c, yj_error *err)
{
    return c->exchange.offer.kind >= 0 && c->exchange.receipt.kind >= 0
               ? YJ_OK
               : yj_fail(err, YJ_E_NOT_FOUND, "the packs in force know no offers");
}

static void copy_text(char *to, size_t cap, yj_span s)
{
    snprintf(to, cap, "%.*s", (int)s.len, s.ptr ? s.ptr : "");
}

/* --- which wait ------------------------------------------------------------------------------- */

/* AND: offer f is to all, or names the link. */
void yj_offers_meant(const yj_catalog *c, const char *link, yj_buf *b)
{
    const yj_kind *offer = &c->kinds[c->exchange.offer.kind];
    const char *list = FIELD(offer, c->exchange.offer.links);
    yj_buf_fmt(
        b,
        " AND (NOT EXISTS (SELECT 1 FROM l_%s_%s e WHERE e.inst = f.inst AND e.id = f.id AND e.batch = "
        "f.batch) OR EXISTS (SELECT 1 FROM l_%s_%s e WHERE e.inst = f.inst AND e.id = f.id AND e.batch = "
        "f.batch AND e.value = %s))",
        offer->name, list, offer->name, list, link);
}

/* FROM of ties l of client ?1 and what is offered over them as `o`: r, newer than any receipt about it. The
 * client's record of the tie must be of the kind by which who may offer this stands in its register. */
static void add_waiting(const yj_catalog *c, const yj_offered *o, yj_buf *b)
{
    const yj_offer_map *m = &c->exchange.offer;
    const yj_receipt_map *q = &c->exchange.receipt;
    const yj_kind *k = &c->kinds[o->kind], *offer = &c->kinds[m->kind], *receipt = &c->kinds[q->kind];
    yj_buf_fmt(
        b,
        " FROM party_link l JOIN r_%s p ON p.inst = l.inst AND p.id = l.record AND p.erased = 0 "
        "AND " YJ_SQL_VISIBLE("p") " JOIN r_%s f ON f.inst = l.party AND f.state = '%s' AND f.erased = 0 "
                                   "AND " YJ_SQL_VISIBLE("f") " AND f.f_%s = '%s'",
        c->kinds[o->party].name, offer->name, offer->states[m->state].id, FIELD(offer, m->about_kind),
        k->name);
    yj_offers_meant(c, "l.link", b);
    yj_buf_fmt(b,
               " JOIN r_%s r ON r.inst = l.party AND r.id = f.f_%s AND r.erased = 0 AND r.state <> "
               "'" YJ_STATE_WITHDRAWN "' AND " YJ_SQL_VISIBLE(
                   "r") " JOIN ledger n ON n.inst = l.party WHERE l.inst = ?1 AND NOT EXISTS "
                        "(SELECT 1 FROM r_%s q WHERE q.inst = l.inst AND q.f_%s = r.id AND "
                        "q.f_%s = n.institution AND q.f_%s >= r.version AND q.erased = 0)",
               k->name, FIELD(offer, m->about), receipt->name, FIELD(receipt, q->answer),
               FIELD(receipt, q->institution), FIELD(receipt, q->version));
}

/* One of them, or all: seq, party, id, the client's record of the party. */
yj_status yj_offers_prepare(yj_db *db, const yj_catalog *c, const char *more, yj_stmt **ret, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, (size_t)1 << 20);
    for (size_t i = 0; i < c->exchange.offered_count; i++) {
        yj_buf_fmt(&b, "%sSELECT r.seq AS seq, r.inst AS inst, r.id AS id, l.record AS record, %zu AS which",
                   i ? " UNION " : "", i);
        add_waiting(c, &c->exchange.offered[i], &b);
        yj_buf_str(&b, more);
    }
    if (c->exchange.offered_count == 0)
        yj_buf_str(&b,
                   "SELECT 0 AS seq, 0 AS inst, '' AS id, '' AS record, 0 AS which WHERE ?1 < 0 AND ?1 > 0");
    yj_buf_str(&b, " ORDER BY 1, 2, 3");
    YJ_TRY(yj_buf_status(&b, err));
    return yj_db_prepare_made(db, b.ptr, ret, err);
}

yj_status yj_offer_read(yj_db *db, const yj_catalog *c, int64_t inst, yj_offer *x, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    yj_auto(yj_buf_done) yj_buf name;
    bool row = false;
    yj_buf_init(&name, 65536);
    YJ_TRY(yj_offers_wanted(c, err));
    if (c->exchange.offered_count)
        YJ_TRY(yj_offers_prepare(db, c, " AND l.party = ?2 AND r.id = ?3", &st, err));
    if (st) {
        yj_bind_i64(st, 1, inst);
        yj_bind_i64(st, 2, x->party);
        yj_bind_cstr(st, 3, x->id);
        YJ_TRY(yj_stmt_step(st, &row, err));
    }
    if (!row)
        return yj_fail(err, YJ_E_NOT_FOUND, "no such offer waits to be accepted");
    copy_text(x->tie, sizeof x->tie, yj_col_text(st, 3));
    x->o = &c->exchange.offered[yj_col_i64(st, 4)];
    YJ_TRY(yj_institution_named(db, c, x->party, x->party_id, &name, err));
    return yj_taking_row(db, &c->kinds[x->o->kind], x->party, x->id, &x->seq, &x->version, x->state,
                         &x->fields, err);
}

static bool may_choose(const yj_offered *o, const yj_kind *as, const char *name)
{
    for (size_t i = 0; i < o->choose_count; i++)
        if (strcmp(FIELD(as, o->choose[i]), name) == 0)
            return true;
    return false;
}

yj_status yj_offer_named(yj_db *db, const yj_catalog *c, int64_t inst, const char *party, const char *offer,
                         const json_t *chosen, yj_offer *x, yj_error *err)
{
    const char *key = NULL;
    json_t *v = NULL;
    YJ_TRY(yj_institution_number(db, party, &x->party, err));
    if (x->party < 0 || x->party == inst || !yj_uuid_valid(yj_span_of(offer)))
        return yj_fail(err, YJ_E_NOT_FOUND, "no such offer waits to be accepted");
    memcpy(x->id, offer, sizeof x->id);
    YJ_TRY(yj_offer_read(db, c, inst, x, err));
    /* what the taker says beside it is references of its own, and those alone that the packs leave to it */
    json_object_foreach((json_t *)(uintptr_t)chosen, key, v)
    {
        if (may_choose(x->o, &c->kinds[x->o->as], key))
            continue;
        (void)yj_fail(err, YJ_E_INVALID, "field %.64s comes with the offer and is not chosen", key);
        return yj_error_at(err, "fields.%.64s", key);
    }
    return YJ_OK;
}

/* --- what comes of them ----------------------------------------------------------------------- */

/* The client's own record that came of one of the party's; "" if it took none of it. */
static yj_status taken_as(yj_db *db, const yj_catalog *c, int64_t inst, const yj_offer *x, const char *theirs,
                          int kind, char ret[static YJ_UUID_LEN + 1], yj_error *err)
{
    const yj_receipt_map *q = &c->exchange.receipt;
    const yj_kind *k = &c->kinds[q->kind];
    char sql[SQL_MAX];
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    snprintf(
        sql, sizeof sql,
        "SELECT q.f_%s FROM r_%s q JOIN r_%s r ON r.inst = q.inst AND r.id = q.f_%s AND r.erased = 0 AND "
        "r.state <> '" YJ_STATE_WITHDRAWN "' AND " YJ_SQL_VISIBLE(
            "r") " WHERE q.inst = ?1 AND q.f_%s = ?2 AND "
                 "q.f_%s = ?3 AND q.f_%s = '%s' AND q.f_%s = '%s' AND q.erased = 0 AND " YJ_SQL_VISIBLE(
                     "q") " ORDER BY q.f_%s DESC LIMIT 1",
        FIELD(k, q->about), k->name, c->kinds[kind].name, FIELD(k, q->about), FIELD(k, q->answer),
        FIELD(k, q->institution), FIELD(k, q->about_kind), c->kinds[kind].name, FIELD(k, q->outcome),
        k->fields[q->outcome].options[q->accepted].id, FIELD(k, q->version));
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, theirs);
    yj_bind_cstr(st, 3, x->party_id);
    YJ_TRY(yj_stmt_step(st, &row, err));
    copy_text(ret, YJ_UUID_LEN + 1, row ? yj_col_text(st, 0) : (yj_span){ NULL, 0 });
    return YJ_OK;
}

/* What a reference of the party's becomes: the record that stands for the party, or what the client took of
 * that record; "" if nothing. */
static yj_status own_ref(yj_db *db, const yj_catalog *c, int64_t inst, const yj_offer *x, int kind,
                         const char *theirs, char ret[static YJ_UUID_LEN + 1], yj_error *err)
{
    if (kind == x->o->party) {
        memcpy(ret, x->tie, YJ_UUID_LEN + 1);
        return YJ_OK;
    }
    return taken_as(db, c, inst, x, theirs ? theirs : "", kind, ret, err);
}

static yj_status carry_ref(yj_db *db, const yj_catalog *c, int64_t inst, yj_offer *x, size_t at,
                           const yj_field *f, const json_t *v, yj_error *err)
{
    char id[YJ_UUID_LEN + 1];
    const char *name = FIELD(&c->kinds[x->o->as], x->o->fields[at].to);
    if (!f->list) {
        YJ_TRY(own_ref(db, c, inst, x, f->ref_kind, json_string_value(v), id, err));
        if (id[0])
            json_object_set_new(x->to, name, json_string(id));
        else
            x->unknown |= UINT64_C(1) << (at & 63U);
        return YJ_OK;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < json_array_size(v); i++) {
        YJ_TRY(own_ref(db, c, inst, x, f->ref_kind, json_string_value(json_array_get(v, i)), id, err));
        if (id[0])
            json_array_append_new(list, json_string(id));
        else
            x->unknown |= UINT64_C(1) << (at & 63U);
    }
    json_object_set_new(x->to, name, list);
    return YJ_OK;
}

static yj_status carry(yj_db *db, const yj_catalog *c, int64_t inst, yj_offer *x, yj_error *err)
{
    const yj_kind *k = &c->kinds[x->o->kind], *as = &c->kinds[x->o->as];
    for (size_t i = 0; i < x->o->field_count; i++) {
        const yj_field *f = &k->fields[x->o->fields[i].from];
        const json_t *v = json_object_get(x->fields, f->name);
        const char *name = FIELD(as, x->o->fields[i].to);
        bool ref = f->type == YJ_T_REF, file = ref && c->kinds[f->ref_kind].strength_field >= 0;
        if (file)
            continue; /* copied when it is taken */
        if (!v || json_is_null(v))
            json_object_set_new(x->to, name, json_null());
        else if (!ref)
            json_object_set(x->to, name, (json_t *)(uintptr_t)v);
        else
            YJ_TRY(carry_ref(db, c, inst, x, i, f, v, err));
    }
    for (size_t i = 0; i < x->o->set_count; i++) {
        const yj_field *f = &as->fields[x->o->set[i].from];
        json_object_set_new(x->to, f->name, json_string(f->options[x->o->set[i].to].id));
    }
    return YJ_OK;
}

/* The client may have entered the same thing itself: what has the same key is it. Not what it took from
 * another: two may give the same number to different things, and the second must not be written over the
 * first. */
static yj_status same_key(yj_db *db, const yj_catalog *c, int64_t inst, const yj_offer *x,
                          char ret[static YJ_UUID_LEN + 1], yj_error *err)
{
    const yj_kind *k = &c->kinds[x->o->as];
    const yj_receipt_map *m = &c->exchange.receipt;
    const yj_kind *receipt = &c->kinds[m->kind];
    yj_auto(yj_buf_done) yj_buf key;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    char sql[SQL_MAX];
    yj_buf_init(&key, 65536);
    yj_nkey_of(k, x->to, &key);
    YJ_TRY(yj_buf_status(&key, err));
    if (key.len == 0)
        return YJ_OK;
    snprintf(sql, sizeof sql,
             "SELECT r.id FROM r_%s r WHERE r.inst = ?1 AND r.nkey = ?2 AND r.erased = 0 AND r.state <> "
             "'" YJ_STATE_WITHDRAWN
             "' AND " YJ_SQL_VISIBLE("r") " AND NOT EXISTS (SELECT 1 FROM r_%s q WHERE "
                                          "q.inst = r.inst AND q.f_%s = r.id AND q.f_%s <> ?3 AND q.f_%s = "
                                          "'%s' AND q.erased = 0 AND " YJ_SQL_VISIBLE("q") ")",
             k->name, receipt->name, FIELD(receipt, m->about), FIELD(receipt, m->institution),
             FIELD(receipt, m->outcome), receipt->fields[m->outcome].options[m->accepted].id);
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_text(st, 2, yj_buf_view(&key));
    yj_bind_cstr(st, 3, x->party_id);
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (row)
        copy_text(ret, YJ_UUID_LEN + 1, yj_col_text(st, 0));
    return YJ_OK;
}

/* Of a list of which the client knows a part, what it has itself stays, unless it says what the list is to
 * hold. */
static void keep_own(const yj_catalog *c, yj_offer *x, const json_t *chosen)
{
    const yj_kind *as = &c->kinds[x->o->as];
    for (size_t i = 0; i < x->o->field_count; i++) {
        const char *name = FIELD(as, x->o->fields[i].to);
        json_t *to = json_object_get(x->to, name);
        const json_t *now = json_object_get(x->now, name);
        if (!(x->unknown >> (i & 63U) & 1U) || !json_is_array(to) || json_object_get(chosen, name))
            continue;
        for (size_t n = 0; n < json_array_size(now); n++) {
            json_t *v = json_array_get(now, n);
            bool have = false;
            for (size_t j = 0; j < json_array_size(to); j++)
                have |= json_equal(json_array_get(to, j), v) == 1;
            if (!have)
                json_array_append(to, v);
        }
    }
}

yj_status yj_offer_work_out(yj_db *db, const yj_catalog *c, int64_t inst, yj_offer *x, const json_t *chosen,
                            yj_error *err)
{
    int64_t unused = 0;
    const char *key = NULL;
    json_t *v = NULL;
    x->to = json_object();
    YJ_TRY(carry(db, c, inst, x, err));
    YJ_TRY(taken_as(db, c, inst, x, x->id, x->o->as, x->copy, err));
    memcpy(x->plain, x->copy, sizeof x->plain);
    if (!x->plain[0])
        YJ_TRY(same_key(db, c, inst, x, x->plain, err));
    json_object_foreach((json_t *)(uintptr_t)chosen, key, v) json_object_set(x->to, key, v);
    if (!x->copy[0])
        YJ_TRY(same_key(db, c, inst, x, x->copy, err));
    if (!x->copy[0])
        return YJ_OK;
    YJ_TRY(yj_taking_row(db, &c->kinds[x->o->as], inst, x->copy, &unused, &x->copy_version, x->copy_state,
                         &x->now, err));
    keep_own(c, x, chosen);
    return YJ_OK;
}

const yj_transition *yj_offer_follows(const yj_catalog *c, const yj_offer *x, const char *copy_state)
{
    const yj_kind *k = &c->kinds[x->o->as];
    int from = yj_kind_state(k, yj_span_of(copy_state)), to = yj_kind_state(k, yj_span_of(x->state));
    for (size_t i = 0; from >= 0 && to >= 0 && from != to && i < k->transition_count; i++)
        if (x->o->moves >> i & 1U && k->transitions[i].to == to && k->transitions[i].from >> from & 1U)
            return &k->transitions[i];
    return NULL;
}

/* --- files ------------------------------------------------------------------------------------ */

/* Kind of the files that a field lists, which are found by their digest; NULL if it is no such field. */
static const yj_kind *files_of(const yj_catalog *c, const yj_field *f)
{
    const yj_kind *k = f->type == YJ_T_REF ? &c->kinds[f->ref_kind] : NULL;
    return k && k->strength_field >= 0 && k->key_count == 1 && k->fields[k->key[0]].type == YJ_T_TEXT ? k
                                                                                                      : NULL;
}

/* JOINs from record r, by field f, to its files v of digest ?2. */
static void join_files(const yj_kind *k, const yj_field *f, const yj_kind *files, yj_buf *b)
{
    if (f->list)
        yj_buf_fmt(b, " JOIN l_%s_%s x ON x.inst = r.inst AND x.id = r.id AND x.batch = r.batch", k->name,
                   f->name);
    yj_buf_fmt(b,
               " JOIN r_%s v ON v.inst = r.inst AND v.id = %s%s AND v.f_%s = ?2 AND v.erased = 0 "
               "AND " YJ_SQL_VISIBLE("v"),
               files->name, f->list ? "x.value" : "r.f_", f->list ? "" : f->name,
               FIELD(files, files->key[0]));
}

/* Parties of whom an answer with the file waits. */
static void answers_with_file(const yj_catalog *c, yj_buf *b)
{
    const yj_given_map *m = &c->exchange.given;
    const yj_kind *k = m->kind >= 0 ? &c->kinds[m->kind] : NULL;
    const yj_kind *files = k ? files_of(c, &k->fields[m->evidence]) : NULL;
    if (!files)
        return;
    yj_buf_fmt(b, "SELECT r.inst FROM party_link l JOIN r_%s r ON r.inst = l.party AND r.f_%s = l.link",
               k->name, FIELD(k, m->link));
    join_files(k, &k->fields[m->evidence], files, b);
    yj_buf_fmt(
        b,
        " JOIN addressed a ON a.inst = l.inst AND a.record = r.f_%s AND a.target = l.record AND a.party = "
        "l.party WHERE l.inst = ?1 AND r.state = '%s' AND r.erased = 0 AND " YJ_SQL_VISIBLE("r"),
        FIELD(k, m->about), k->states[m->given].id);
}

/* FROM ... WHERE of what waits, with the files between. */
static void offers_with_file(const yj_catalog *c, const yj_offered *o, const yj_field *f, yj_buf *b)
{
    const yj_kind *k = &c->kinds[o->kind], *files = files_of(c, f);
    if (!files)
        return;
    yj_buf_fmt(b, "%sSELECT r.inst FROM (SELECT r.inst AS inst, r.id AS id, r.batch AS batch%s%s",
               b->len ? " UNION " : "", f->list ? "" : ", r.f_", f->list ? "" : f->name);
    add_waiting(c, o, b);
    yj_buf_str(b, ") r");
    join_files(k, f, files, b);
}

yj_status yj_waiting_file(yj_db *db, const yj_catalog *c, int64_t inst, const char *digest, bool *ret,
                          yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf b;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    yj_buf_init(&b, (size_t)1 << 20);
    *ret = false;
    answers_with_file(c, &b);
    for (size_t i = 0; yj_offers_wanted(c, NULL) == YJ_OK && i < c->exchange.offered_count; i++) {
        const yj_offered *o = &c->exchange.offered[i];
        for (size_t n = 0; n < o->field_count; n++)
            offers_with_file(c, o, &c->kinds[o->kind].fields[o->fields[n].from], &b);
    }
    YJ_TRY(yj_buf_status(&b, err));
    if (b.len == 0)
        return YJ_OK;
    YJ_TRY(yj_db_prepare_made(db, b.ptr, &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, digest);
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        YJ_TRY(yj_sender_has_inst(db, digest, yj_col_i64(st, 0), ret, err));
        if (*ret)
            return YJ_OK;
    }
}
