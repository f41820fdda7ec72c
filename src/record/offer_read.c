// SPDX-License-Identifier: Apache-2.0
/*
 * What of offers waits for a client, and what comes of them. An offer stands in the party's ledger and names
 * one of its records; what a client has taken or declined of it stands in the client's receipts. So one
 * record offered to all is written once, and whether it waits for somebody is asked, not kept.
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

static yj_status wanted(const yj_catalog *c, yj_error *err)
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
static void add_meant(const yj_catalog *c, const char *link, yj_buf *b)
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
    add_meant(c, "l.link", b);
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
static yj_status prepare_waiting(yj_db *db, const yj_catalog *c, const char *more, yj_stmt **ret,
                                 yj_error *err)
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
    YJ_TRY(wanted(c, err));
    if (c->exchange.offered_count)
        YJ_TRY(prepare_waiting(db, c, " AND l.party = ?2 AND r.id = ?3", &st, err));
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

/* The client may have entered the same thing itself: what has the same key is it. */
static yj_status same_key(yj_db *db, const yj_catalog *c, int64_t inst, yj_offer *x, yj_error *err)
{
    const yj_kind *k = &c->kinds[x->o->as];
    yj_auto(yj_buf_done) yj_buf key;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    char sql[400];
    yj_buf_init(&key, 65536);
    yj_nkey_of(k, x->to, &key);
    YJ_TRY(yj_buf_status(&key, err));
    if (key.len == 0)
        return YJ_OK;
    snprintf(sql, sizeof sql,
             "SELECT r.id FROM r_%s r WHERE r.inst = ?1 AND r.nkey = ?2 AND r.erased = 0 AND r.state <> "
             "'" YJ_STATE_WITHDRAWN "' AND " YJ_SQL_VISIBLE("r"),
             k->name);
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_text(st, 2, yj_buf_view(&key));
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (row)
        copy_text(x->copy, sizeof x->copy, yj_col_text(st, 0));
    return YJ_OK;
}

/* Of a list of which the client knows a part, what it has itself stays. */
static void keep_own(const yj_catalog *c, yj_offer *x)
{
    const yj_kind *as = &c->kinds[x->o->as];
    for (size_t i = 0; i < x->o->field_count; i++) {
        const char *name = FIELD(as, x->o->fields[i].to);
        json_t *to = json_object_get(x->to, name);
        const json_t *now = json_object_get(x->now, name);
        if (!(x->unknown >> (i & 63U) & 1U) || !json_is_array(to))
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
    json_object_foreach((json_t *)(uintptr_t)chosen, key, v) json_object_set(x->to, key, v);
    if (!x->copy[0])
        YJ_TRY(same_key(db, c, inst, x, err));
    if (!x->copy[0])
        return YJ_OK;
    YJ_TRY(
        yj_taking_row(db, &c->kinds[x->o->as], inst, x->copy, &unused, &unused, x->copy_state, &x->now, err));
    if (!chosen)
        keep_own(c, x);
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

/* --- as the client sees them ------------------------------------------------------------------ */

typedef struct showing {
    yj_db *db;
    const yj_catalog *c;
    int64_t inst;
    yj_lang lang;
    yj_jw w;
} showing;

static bool empty(const json_t *v)
{
    return !v || json_is_null(v) || (json_is_array(v) && json_array_size(v) == 0);
}

static void write_changes(showing *s, const yj_offer *x)
{
    const char *key = NULL;
    json_t *to = NULL;
    yj_jw_key(&s->w, "changes");
    yj_jw_array(&s->w);
    json_object_foreach(x->to, key, to)
    {
        const json_t *from = json_object_get(x->now, key);
        if ((empty(from) && empty(to)) || (from && json_equal(from, to)))
            continue;
        yj_jw_object(&s->w);
        yj_jw_kstr(&s->w, "field", key);
        yj_jw_key(&s->w, "from");
        from ? yj_jw_json(&s->w, from) : yj_jw_null(&s->w);
        yj_jw_key(&s->w, "to");
        yj_jw_json(&s->w, to);
        yj_jw_end_object(&s->w);
    }
    yj_jw_end_array(&s->w);
}

static void write_choose(showing *s, const yj_offer *x)
{
    yj_jw_key(&s->w, "choose");
    yj_jw_array(&s->w);
    for (size_t i = 0; i < x->o->choose_count; i++)
        yj_jw_str(&s->w, FIELD(&s->c->kinds[x->o->as], x->o->choose[i]));
    yj_jw_end_array(&s->w);
}

static yj_status write_file(showing *s, const yj_offer *x, const yj_kind *k, const char *id, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf name;
    yj_buf_init(&name, 65536);
    YJ_TRY(yj_record_name(s->db, s->c, x->party, k, id, s->lang, &name, err));
    yj_jw_object(&s->w);
    yj_jw_kspan(&s->w, "name", yj_buf_view(&name));
    YJ_TRY(yj_taking_digest(s->db, x->party, k, id, &s->w, err));
    yj_jw_end_object(&s->w);
    return YJ_OK;
}

static yj_status write_files(showing *s, const yj_offer *x, yj_error *err)
{
    const yj_kind *k = &s->c->kinds[x->o->kind];
    yj_jw_key(&s->w, "evidence");
    yj_jw_array(&s->w);
    for (size_t i = 0; i < x->o->field_count; i++) {
        const yj_field *f = &k->fields[x->o->fields[i].from];
        const json_t *v = json_object_get(x->fields, f->name);
        if (f->type != YJ_T_REF || s->c->kinds[f->ref_kind].strength_field < 0)
            continue;
        if (json_is_string(v))
            YJ_TRY(write_file(s, x, &s->c->kinds[f->ref_kind], json_string_value(v), err));
        for (size_t n = 0; n < json_array_size(v); n++)
            YJ_TRY(write_file(s, x, &s->c->kinds[f->ref_kind], json_string_value(json_array_get(v, n)), err));
    }
    yj_jw_end_array(&s->w);
    return YJ_OK;
}

static yj_status write_named(showing *s, const char *key, int64_t inst, const yj_kind *k, const char *id,
                             yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf name;
    yj_buf_init(&name, 65536);
    YJ_TRY(yj_record_name(s->db, s->c, inst, k, id, s->lang, &name, err));
    yj_jw_key(&s->w, key);
    yj_jw_object(&s->w);
    yj_jw_kstr(&s->w, "kind", k->name);
    yj_jw_kstr(&s->w, "id", id);
    yj_jw_kspan(&s->w, "name", yj_buf_view(&name));
    yj_jw_end_object(&s->w);
    return YJ_OK;
}

static const char *due_of(const yj_catalog *c, const yj_offered *o, const json_t *fields)
{
    return o->due < 0 ? NULL : json_string_value(json_object_get(fields, FIELD(&c->kinds[o->kind], o->due)));
}

static yj_status write_waiting(showing *s, const yj_offer *x, yj_error *err)
{
    const yj_kind *k = &s->c->kinds[x->o->kind], *as = &s->c->kinds[x->o->as];
    const yj_transition *t = yj_offer_follows(s->c, x,
                                              x->copy[0]        ? x->copy_state
                                              : as->state_count ? as->states[as->initial].id
                                                                : "");
    yj_auto(yj_buf_done) yj_buf name;
    yj_buf_init(&name, 65536);
    YJ_TRY(yj_record_name(s->db, s->c, x->party, k, x->id, s->lang, &name, err));
    yj_jw_object(&s->w);
    yj_jw_key(&s->w, "institution");
    YJ_TRY(yj_institution_write(s->db, s->c, x->party, s->lang, &s->w, err));
    yj_jw_kstr(&s->w, "offer", x->id);
    yj_jw_ki64(&s->w, "version", x->version);
    yj_jw_kstr(&s->w, "offered", k->name);
    yj_jw_kstr(&s->w, "kind", as->name);
    yj_jw_kspan(&s->w, "name", yj_buf_view(&name));
    if (x->copy[0])
        YJ_TRY(write_named(s, "about", s->inst, as, x->copy, err));
    else {
        yj_jw_key(&s->w, "about");
        yj_jw_null(&s->w);
    }
    yj_jw_kstr(&s->w, "transition", t ? t->id : NULL);
    write_changes(s, x);
    write_choose(s, x);
    YJ_TRY(write_files(s, x, err));
    yj_jw_kstr(&s->w, "due_on", due_of(s->c, x->o, x->fields));
    yj_jw_end_object(&s->w);
    return YJ_OK;
}

yj_status yj_offers_waiting(yj_db *db, const yj_catalog *c, int64_t inst, size_t limit, yj_lang lang,
                            yj_buf *out, yj_error *err)
{
    showing s = { .db = db, .c = c, .inst = inst, .lang = lang };
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    YJ_TRY(wanted(c, err));
    YJ_TRY(prepare_waiting(db, c, "", &st, err));
    yj_bind_i64(st, 1, inst);
    yj_jw_init(&s.w, out);
    yj_jw_object(&s.w);
    yj_jw_key(&s.w, "items");
    yj_jw_array(&s.w);
    for (size_t n = 0;; n++) {
        yj_offer x = { .party = 0 };
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row || n == limit)
            break;
        x.party = yj_col_i64(st, 1);
        copy_text(x.id, sizeof x.id, yj_col_text(st, 2));
        yj_status got = yj_offer_read(db, c, inst, &x, err);
        if (got == YJ_OK)
            got = yj_offer_work_out(db, c, inst, &x, NULL, err);
        if (got == YJ_OK)
            got = write_waiting(&s, &x, err);
        yj_offer_done(&x);
        YJ_TRY(got);
    }
    yj_jw_end_array(&s.w);
    yj_jw_kbool(&s.w, "more", row);
    yj_jw_end_object(&s.w);
    return yj_buf_status(out, err);
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
    for (size_t i = 0; wanted(c, NULL) == YJ_OK && i < c->exchange.offered_count; i++) {
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

/* --- as the party sees them ------------------------------------------------------------------- */

/* The newest receipt of each client that is tied now and is meant. ?1 party ?2 its record ?3 the offer */
static void outcomes_sql(const yj_catalog *c, const yj_offered *o, yj_buf *b)
{
    const yj_receipt_map *q = &c->exchange.receipt;
    const yj_kind *k = &c->kinds[q->kind], *as = &c->kinds[o->as];
    yj_buf_fmt(
        b,
        "SELECT l.inst, l.link, q.f_%s, q.f_%s, q.f_%s, q.f_%s, t.state FROM party_link l JOIN r_%s f ON "
        "f.inst = "
        "l.party AND f.id = ?3 AND " YJ_SQL_VISIBLE(
            "f") " JOIN r_%s p ON "
                 "p.inst = l.inst AND p.id = l.record JOIN ledger n ON n.inst = l.party LEFT JOIN r_%s q ON "
                 "q.inst = "
                 "l.inst AND q.f_%s = ?2 AND q.f_%s = n.institution AND q.erased = 0 AND " YJ_SQL_VISIBLE(
                     "q"),
        FIELD(k, q->version), FIELD(k, q->outcome), FIELD(k, q->on), FIELD(k, q->reason),
        c->kinds[c->exchange.offer.kind].name, c->kinds[o->party].name, k->name, FIELD(k, q->answer),
        FIELD(k, q->institution));
    yj_buf_fmt(b,
               " LEFT JOIN r_%s t ON t.inst = l.inst AND t.id = q.f_%s AND t.erased = 0 AND " YJ_SQL_VISIBLE(
                   "t") " WHERE l.party = ?1 AND " YJ_SQL_VISIBLE("p"),
               as->name, FIELD(k, q->about));
    add_meant(c, "l.link", b);
    yj_buf_fmt(b, " ORDER BY l.inst, q.f_%s DESC", FIELD(k, q->version));
}

static void write_outcome(showing *s, const yj_offered *o, int64_t version, const char *link, yj_stmt *st)
{
    const yj_receipt_map *q = &s->c->exchange.receipt;
    const yj_field *outcome = &s->c->kinds[q->kind].fields[q->outcome];
    const yj_kind *as = &s->c->kinds[o->as];
    bool none = yj_col_null(st, 2),
         taken = !none && yj_span_is(yj_col_text(st, 3), outcome->options[q->accepted].id);
    int state = taken ? yj_kind_state(as, yj_col_text(st, 6)) : -1;
    bool handled = state >= 0 && o->handled >> state & 1U;
    yj_jw_kstr(&s->w, "link", link);
    yj_jw_kstr(&s->w, "outcome", none ? "waiting" : handled ? "handled" : taken ? "taken" : "declined");
    yj_jw_kbool(&s->w, "current", !none && yj_col_i64(st, 2) >= version);
    yj_jw_key(&s->w, "on");
    none ? yj_jw_null(&s->w) : yj_jw_span(&s->w, yj_col_text(st, 4));
    yj_jw_key(&s->w, "reason");
    none || yj_col_null(st, 5) ? yj_jw_null(&s->w) : yj_jw_span(&s->w, yj_col_text(st, 5));
}

static yj_status write_outcomes(showing *s, const yj_offered *o, const char *id, int64_t version,
                                const char *offer, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    yj_auto(yj_buf_done) yj_buf b;
    int64_t last = -1;
    yj_buf_init(&b, 65536);
    outcomes_sql(s->c, o, &b);
    YJ_TRY(yj_buf_status(&b, err));
    YJ_TRY(yj_db_prepare_made(s->db, b.ptr, &st, err));
    yj_bind_i64(st, 1, s->inst);
    yj_bind_cstr(st, 2, id);
    yj_bind_cstr(st, 3, offer);
    yj_jw_key(&s->w, "clients");
    yj_jw_array(&s->w);
    for (;;) {
        bool row = false;
        char link[YJ_UUID_LEN + 1];
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            break;
        if (yj_col_i64(st, 0) == last)
            continue; /* an earlier receipt */
        last = yj_col_i64(st, 0);
        copy_text(link, sizeof link, yj_col_text(st, 1));
        yj_jw_object(&s->w);
        yj_jw_key(&s->w, "institution");
        YJ_TRY(yj_institution_write(s->db, s->c, last, s->lang, &s->w, err));
        write_outcome(s, o, version, link, st);
        yj_jw_end_object(&s->w);
    }
    yj_jw_end_array(&s->w);
    return YJ_OK;
}

/* @param st seq, id, state, about_kind, about */
static yj_status write_offer(showing *s, yj_stmt *st, yj_error *err)
{
    const yj_offer_map *m = &s->c->exchange.offer;
    const yj_kind *offer = &s->c->kinds[m->kind], *k = yj_catalog_kind(s->c, yj_col_text(st, 3));
    const yj_offered *o = yj_offered_kind(s->c, k);
    yj_auto(yj_json_freep) json_t *fields = NULL;
    int64_t seq = 0, version = 0;
    char id[YJ_UUID_LEN + 1], offer_id[YJ_UUID_LEN + 1], state[48];
    copy_text(id, sizeof id, yj_col_text(st, 4));
    copy_text(offer_id, sizeof offer_id, yj_col_text(st, 1));
    bool stands = o && yj_taking_row(s->db, k, s->inst, id, &seq, &version, state, &fields, NULL) == YJ_OK &&
                  strcmp(state, YJ_STATE_WITHDRAWN) != 0;
    bool counts = stands && yj_span_is(yj_col_text(st, 2), offer->states[m->state].id);
    yj_jw_object(&s->w);
    yj_jw_kstr(&s->w, "offer", offer_id);
    yj_jw_kspan(&s->w, "state", yj_col_text(st, 2));
    if (stands) {
        YJ_TRY(write_named(s, "about", s->inst, k, id, err));
    } else {
        yj_jw_key(&s->w, "about");
        yj_jw_null(&s->w);
    }
    yj_jw_ki64(&s->w, "version", version);
    yj_jw_kstr(&s->w, "due_on", stands ? due_of(s->c, o, fields) : NULL);
    if (counts) {
        YJ_TRY(write_outcomes(s, o, id, version, offer_id, err));
    } else {
        yj_jw_key(&s->w, "clients");
        yj_jw_array(&s->w);
        yj_jw_end_array(&s->w);
    }
    yj_jw_end_object(&s->w);
    return YJ_OK;
}

yj_status yj_offers_list(yj_db *db, const yj_catalog *c, int64_t party, size_t limit, const char *after,
                         yj_lang lang, yj_buf *out, yj_error *err)
{
    showing s = { .db = db, .c = c, .inst = party, .lang = lang };
    char sql[SQL_MAX], next[24] = "";
    int64_t before = INT64_MAX;
    bool row = false;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(wanted(c, err));
    if (after && after[0] && (!yj_span_i64(yj_span_of(after), &before) || before < 0)) {
        yj_fail(err, YJ_E_INVALID, "that cursor is not one of this list");
        return yj_error_at(err, "after");
    }
    const yj_offer_map *m = &c->exchange.offer;
    const yj_kind *k = &c->kinds[m->kind];
    snprintf(sql, sizeof sql,
             "SELECT r.seq, r.id, r.state, r.f_%s, r.f_%s FROM r_%s r WHERE r.inst = ?1 AND r.seq < ?2 AND "
             "r.erased = 0 AND r.state <> '" YJ_STATE_WITHDRAWN
             "' AND " YJ_SQL_VISIBLE("r") " ORDER BY r.seq DESC "
                                          "LIMIT ?3",
             FIELD(k, m->about_kind), FIELD(k, m->about), k->name);
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    yj_bind_i64(st, 1, party);
    yj_bind_i64(st, 2, before);
    yj_bind_i64(st, 3, (int64_t)limit + 1);
    yj_jw_init(&s.w, out);
    yj_jw_object(&s.w);
    yj_jw_key(&s.w, "items");
    yj_jw_array(&s.w);
    for (size_t n = 0;; n++) {
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row || n == limit)
            break;
        snprintf(next, sizeof next, "%lld", (long long)yj_col_i64(st, 0));
        YJ_TRY(write_offer(&s, st, err));
    }
    yj_jw_end_array(&s.w);
    yj_jw_kstr(&s.w, "next", row ? next : NULL);
    yj_jw_end_object(&s.w);
    return yj_buf_status(out, err);
}
