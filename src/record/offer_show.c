// SPDX-License-Identifier: Apache-2.0
/* Offers as they are shown: to a client what waits, as differences; to the party what became of each. */
#include "record/exchange.h"

#include "base/json.h"
#include "record/offer_internal.h"
#include "record/read.h"

#define FIELD(k, i) ((k)->fields[i].name)
#define SQL_MAX 4000

static void copy_text(char *to, size_t cap, yj_span s)
{
    snprintf(to, cap, "%.*s", (int)s.len, s.ptr ? s.ptr : "");
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

/* @param version 0: it is not told */
static yj_status write_named(showing *s, const char *key, int64_t inst, const yj_kind *k, const char *id,
                             int64_t version, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf name;
    yj_buf_init(&name, 65536);
    YJ_TRY(yj_record_name(s->db, s->c, inst, k, id, s->lang, &name, err));
    yj_jw_key(&s->w, key);
    yj_jw_object(&s->w);
    yj_jw_kstr(&s->w, "kind", k->name);
    yj_jw_kstr(&s->w, "id", id);
    yj_jw_kspan(&s->w, "name", yj_buf_view(&name));
    if (version > 0)
        yj_jw_ki64(&s->w, "version", version);
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
        YJ_TRY(write_named(s, "about", s->inst, as, x->copy, x->copy_version, err));
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
    YJ_TRY(yj_offers_wanted(c, err));
    YJ_TRY(yj_offers_prepare(db, c, "", &st, err));
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

yj_status yj_offer_look(yj_db *db, const yj_catalog *c, int64_t inst, const char *party, const char *offer,
                        const json_t *chosen, yj_lang lang, yj_buf *out, yj_error *err)
{
    showing s = { .db = db, .c = c, .inst = inst, .lang = lang };
    yj_offer x = { .party = 0 };
    yj_status got = yj_offer_named(db, c, inst, party, offer, chosen, &x, err);
    if (got == YJ_OK)
        got = yj_offer_work_out(db, c, inst, &x, chosen, err);
    yj_jw_init(&s.w, out);
    if (got == YJ_OK)
        got = write_waiting(&s, &x, err);
    yj_offer_done(&x);
    return got == YJ_OK ? yj_buf_status(out, err) : got;
}

/* --- as the party sees them ------------------------------------------------------------------- */

enum outcome { WAITING, DECLINED, TAKEN, HANDLED, OUTCOMES };
static const char *const outcome_names[] = { "waiting", "declined", "taken", "handled" };

/* The newest receipt of each client that is tied now and is meant, and what came of it: its record t, with
 * its row among what is addressed (a), if the party may see it there. ?1 party ?2 its record ?3 the offer */
static void outcomes_sql(const yj_catalog *c, const yj_offered *o, yj_buf *b)
{
    const yj_receipt_map *q = &c->exchange.receipt;
    const yj_kind *k = &c->kinds[q->kind], *as = &c->kinds[o->as];
    yj_buf_fmt(
        b,
        "SELECT l.inst, l.link, q.f_%s, q.f_%s, q.f_%s, q.f_%s, t.state, a.record, a.seq FROM party_link l "
        "JOIN r_%s f ON f.inst = l.party AND f.id = ?3 AND " YJ_SQL_VISIBLE(
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
                   "t") " LEFT JOIN addressed a ON a.inst = l.inst AND a.record = q.f_%s AND a.target = "
                        "l.record AND a.party = l.party WHERE l.party = ?1 AND " YJ_SQL_VISIBLE("p"),
               as->name, FIELD(k, q->about), FIELD(k, q->about));
    yj_offers_meant(c, "l.link", b);
    yj_buf_fmt(b, " ORDER BY l.inst, q.f_%s DESC", FIELD(k, q->version));
}

static enum outcome outcome_of(const showing *s, const yj_offered *o, yj_stmt *st)
{
    const yj_receipt_map *q = &s->c->exchange.receipt;
    const yj_field *outcome = &s->c->kinds[q->kind].fields[q->outcome];
    if (yj_col_null(st, 2))
        return WAITING;
    if (!yj_span_is(yj_col_text(st, 3), outcome->options[q->accepted].id))
        return DECLINED;
    int state = yj_kind_state(&s->c->kinds[o->as], yj_col_text(st, 6));
    return state >= 0 && o->handled >> state & 1U ? HANDLED : TAKEN;
}

/* Member "record": the client's own, as far as the party sees it among what is addressed to it. */
static yj_status write_theirs(showing *s, const yj_offered *o, enum outcome outcome, yj_stmt *st,
                              yj_error *err)
{
    const yj_kind *as = &s->c->kinds[o->as];
    yj_auto(yj_json_freep) json_t *body = NULL;
    yj_jw_key(&s->w, "record");
    if (outcome == WAITING || outcome == DECLINED || yj_col_null(st, 6) || yj_col_null(st, 7)) {
        yj_jw_null(&s->w);
        return YJ_OK;
    }
    YJ_TRY(yj_body_read_json(s->db, yj_col_i64(st, 0), (uint64_t)yj_col_i64(st, 8), &body, err));
    yj_jw_object(&s->w);
    yj_jw_kspan(&s->w, "id", yj_col_text(st, 7));
    yj_jw_kspan(&s->w, "state", yj_col_text(st, 6));
    yj_jw_key(&s->w, "fields");
    yj_jw_object(&s->w);
    for (size_t i = 0; i < o->told_count; i++) {
        const json_t *v = json_object_get(json_object_get(body, "fields"), FIELD(as, o->told[i]));
        if (empty(v))
            continue;
        yj_jw_key(&s->w, FIELD(as, o->told[i]));
        yj_jw_json(&s->w, v);
    }
    yj_jw_end_object(&s->w);
    yj_jw_end_object(&s->w);
    return YJ_OK;
}

static yj_status write_outcome(showing *s, const yj_offered *o, int64_t version, yj_stmt *st, yj_error *err)
{
    enum outcome outcome = outcome_of(s, o, st);
    yj_jw_object(&s->w);
    yj_jw_key(&s->w, "institution");
    YJ_TRY(yj_institution_write(s->db, s->c, yj_col_i64(st, 0), s->lang, &s->w, err));
    yj_jw_kspan(&s->w, "link", yj_col_text(st, 1));
    yj_jw_kstr(&s->w, "outcome", outcome_names[outcome]);
    yj_jw_kbool(&s->w, "current", outcome != WAITING && yj_col_i64(st, 2) >= version);
    yj_jw_key(&s->w, "on");
    outcome == WAITING ? yj_jw_null(&s->w) : yj_jw_span(&s->w, yj_col_text(st, 4));
    yj_jw_key(&s->w, "reason");
    outcome == WAITING || yj_col_null(st, 5) ? yj_jw_null(&s->w) : yj_jw_span(&s->w, yj_col_text(st, 5));
    YJ_TRY(write_theirs(s, o, outcome, st, err));
    yj_jw_end_object(&s->w);
    return YJ_OK;
}

static void write_counts(showing *s, const int64_t n[static OUTCOMES])
{
    yj_jw_key(&s->w, "counts");
    yj_jw_object(&s->w);
    for (size_t i = 0; i < OUTCOMES; i++)
        yj_jw_ki64(&s->w, outcome_names[i], n[i]);
    yj_jw_end_object(&s->w);
}

/* Of an offer that stands; `id` the party's record. */
typedef struct standing_offer {
    const yj_offered *o;
    const char *offer, *id;
    int64_t version;
} standing_offer;

static yj_status write_outcomes(showing *s, const standing_offer *x, bool counts_only, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    yj_auto(yj_buf_done) yj_buf b;
    int64_t last = -1, n[OUTCOMES] = { 0 };
    yj_buf_init(&b, 65536);
    outcomes_sql(s->c, x->o, &b);
    YJ_TRY(yj_buf_status(&b, err));
    YJ_TRY(yj_db_prepare_made(s->db, b.ptr, &st, err));
    yj_bind_i64(st, 1, s->inst);
    yj_bind_cstr(st, 2, x->id);
    yj_bind_cstr(st, 3, x->offer);
    yj_jw_key(&s->w, "clients");
    yj_jw_array(&s->w);
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            break;
        if (yj_col_i64(st, 0) == last)
            continue; /* an earlier receipt */
        last = yj_col_i64(st, 0);
        n[outcome_of(s, x->o, st)]++;
        if (!counts_only)
            YJ_TRY(write_outcome(s, x->o, x->version, st, err));
    }
    yj_jw_end_array(&s->w);
    write_counts(s, n);
    return YJ_OK;
}

/* @param st seq, id, state, about_kind, about, whether it names nobody */
static yj_status write_offer(showing *s, yj_stmt *st, bool counts_only, yj_error *err)
{
    const yj_offer_map *m = &s->c->exchange.offer;
    const yj_kind *offer = &s->c->kinds[m->kind], *k = yj_catalog_kind(s->c, yj_col_text(st, 3));
    yj_auto(yj_json_freep) json_t *fields = NULL;
    int64_t seq = 0;
    char id[YJ_UUID_LEN + 1], offer_id[YJ_UUID_LEN + 1], state[48];
    standing_offer x = { .o = yj_offered_kind(s->c, k), .offer = offer_id, .id = id };
    copy_text(id, sizeof id, yj_col_text(st, 4));
    copy_text(offer_id, sizeof offer_id, yj_col_text(st, 1));
    yj_error none = { 0 };
    yj_status there =
        x.o ? yj_taking_row(s->db, k, s->inst, id, &seq, &x.version, state, &fields, &none) : YJ_E_NOT_FOUND;
    if (there != YJ_OK && there != YJ_E_NOT_FOUND) {
        *err = none;
        return there;
    }
    bool stands = there == YJ_OK && strcmp(state, YJ_STATE_WITHDRAWN) != 0;
    bool counts = stands && yj_span_is(yj_col_text(st, 2), offer->states[m->state].id);
    yj_jw_object(&s->w);
    yj_jw_kstr(&s->w, "offer", offer_id);
    yj_jw_kspan(&s->w, "state", yj_col_text(st, 2));
    if (stands) {
        YJ_TRY(write_named(s, "about", s->inst, k, id, 0, err));
    } else {
        yj_jw_key(&s->w, "about");
        yj_jw_null(&s->w);
    }
    yj_jw_ki64(&s->w, "version", x.version);
    yj_jw_kbool(&s->w, "to_all", yj_col_i64(st, 5) == 1);
    yj_jw_kstr(&s->w, "due_on", stands ? due_of(s->c, x.o, fields) : NULL);
    if (counts) {
        YJ_TRY(write_outcomes(s, &x, counts_only, err));
    } else {
        yj_jw_key(&s->w, "clients");
        yj_jw_array(&s->w);
        yj_jw_end_array(&s->w);
        write_counts(s, (int64_t[OUTCOMES]){ 0 });
    }
    yj_jw_end_object(&s->w);
    return YJ_OK;
}

static yj_status prepare_offers(yj_db *db, const yj_catalog *c, const yj_offers_query *q, yj_stmt **ret,
                                yj_error *err)
{
    const yj_offer_map *m = &c->exchange.offer;
    const yj_kind *k = &c->kinds[m->kind];
    char sql[SQL_MAX];
    snprintf(sql, sizeof sql,
             "SELECT r.seq, r.id, r.state, r.f_%s, r.f_%s, CASE WHEN EXISTS (SELECT 1 FROM l_%s_%s e WHERE "
             "e.inst = r.inst AND e.id = r.id AND e.batch = r.batch) THEN 0 ELSE 1 END FROM r_%s r WHERE "
             "r.inst = ?1 AND r.seq < ?2 AND "
             "r.erased = 0 AND r.state <> '" YJ_STATE_WITHDRAWN
             "' AND " YJ_SQL_VISIBLE("r") "%s ORDER BY r.seq DESC LIMIT ?3",
             FIELD(k, m->about_kind), FIELD(k, m->about), k->name, FIELD(k, m->links), k->name,
             q->offer ? " AND r.id = ?4" : "");
    YJ_TRY(yj_db_prepare_made(db, sql, ret, err));
    if (q->offer)
        yj_bind_cstr(*ret, 4, q->offer);
    return YJ_OK;
}

yj_status yj_offers_list(yj_db *db, const yj_catalog *c, int64_t party, const yj_offers_query *q, yj_buf *out,
                         yj_error *err)
{
    showing s = { .db = db, .c = c, .inst = party, .lang = q->lang };
    char next[24] = "";
    int64_t before = INT64_MAX;
    bool row = false;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_offers_wanted(c, err));
    if (q->after && q->after[0] && (!yj_span_i64(yj_span_of(q->after), &before) || before < 0)) {
        yj_fail(err, YJ_E_INVALID, "that cursor is not one of this list");
        return yj_error_at(err, "after");
    }
    YJ_TRY(prepare_offers(db, c, q, &st, err));
    yj_bind_i64(st, 1, party);
    yj_bind_i64(st, 2, before);
    yj_bind_i64(st, 3, (int64_t)q->limit + 1);
    yj_jw_init(&s.w, out);
    yj_jw_object(&s.w);
    yj_jw_key(&s.w, "items");
    yj_jw_array(&s.w);
    for (size_t n = 0;; n++) {
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row || n == q->limit)
            break;
        snprintf(next, sizeof next, "%lld", (long long)yj_col_i64(st, 0));
        YJ_TRY(write_offer(&s, st, q->counts_only, err));
    }
    yj_jw_end_array(&s.w);
    yj_jw_kstr(&s.w, "next", row ? next : NULL);
    yj_jw_end_object(&s.w);
    return yj_buf_status(out, err);
}
