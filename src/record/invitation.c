// SPDX-License-Identifier: Apache-2.0
/* Invitations: the code, and what is done with it. */
#include "record/exchange.h"

#include "access/secret.h"
#include "record/exchange_internal.h"
#include "record/present.h"
#include "record/read.h"
#include <stdlib.h>

#define CODE_BYTES 15 /* 24 letters and digits of base32 */
#define CODE_GROUP 6
#define REASON_MAX 500

#define FIELD(k, i) ((k)->fields[i].name)

static yj_status wanted(const yj_catalog *c, yj_error *err)
{
    return c->exchange.invitation.kind >= 0
               ? YJ_OK
               : yj_fail(err, YJ_E_NOT_FOUND, "the packs in force know no invitations");
}

/* --- the code --------------------------------------------------------------------------------- */

static void code_digest(const char plain[static YJ_BASE32_LEN(CODE_BYTES)], yj_digest *ret)
{
    yj_hash(YJ_HASH_SHA256, plain, YJ_BASE32_LEN(CODE_BYTES), ret);
}

static void make_code(char ret[static YJ_INVITATION_CODE_LEN + 1], yj_digest *ret_digest)
{
    uint8_t bytes[CODE_BYTES];
    char plain[YJ_BASE32_LEN(CODE_BYTES) + 1];
    yj_random(bytes, sizeof bytes);
    yj_base32(bytes, sizeof bytes, plain);
    code_digest(plain, ret_digest);
    size_t at = 0;
    for (size_t i = 0; i < sizeof plain - 1; i++) {
        if (i > 0 && i % CODE_GROUP == 0)
            ret[at++] = '-';
        ret[at++] = plain[i];
    }
    ret[at] = '\0';
    yj_secret_wipe(bytes, sizeof bytes);
    yj_secret_wipe(plain, sizeof plain);
}

/* As people type it: small letters, blanks and hyphens anywhere. False: it is none. */
static bool read_code(const char *code, yj_digest *ret)
{
    char plain[YJ_BASE32_LEN(CODE_BYTES) + 1];
    size_t n = 0;
    for (; *code && n < sizeof plain; code++) {
        if (*code == '-' || *code == ' ')
            continue;
        plain[n++] = *code >= 'a' && *code <= 'z' ? (char)(*code - 'a' + 'A') : *code;
    }
    bool fine = n == sizeof plain - 1 && !*code;
    if (fine)
        code_digest(plain, ret);
    yj_secret_wipe(plain, sizeof plain);
    return fine;
}

/* --- what it is good for ---------------------------------------------------------------------- */

/* An invitation as it stands. */
typedef struct invited {
    int64_t client;
    char id[YJ_UUID_LEN + 1];
    json_t *fields; /* owned */
    char state[48];
} invited;

static void invited_done(invited *x)
{
    json_decref(x->fields);
}

static const char *text_of(const invited *x, const yj_kind *k, int field)
{
    const char *s = json_string_value(json_object_get(x->fields, FIELD(k, field)));
    return s ? s : "";
}

static yj_status read_invited(yj_engine *e, yj_db *db, invited *x, yj_error *err)
{
    const yj_catalog *c = e->catalog;
    yj_row_head head;
    yj_auto(yj_json_freep) json_t *body = NULL;
    YJ_TRY(yj_row_find(db, &e->sql[c->exchange.invitation.kind], x->client, x->id, 0, &head, err));
    if (head.found && !head.erased)
        YJ_TRY(yj_body_read_json(db, x->client, (uint64_t)head.seq, &body, err));
    if (!body)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no invitation of that code, or it was used");
    x->fields = json_incref(json_object_get(body, "fields"));
    memcpy(x->state, head.state, sizeof x->state);
    return YJ_OK;
}

/* Who has the code learns no more than that it is good for nothing. */
static yj_status find_code(yj_db *db, const char *code, invited *ret, yj_error *err)
{
    yj_digest d;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    if (!read_code(code, &d))
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no invitation of that code, or it was used");
    YJ_TRY(yj_db_prepare(db, "SELECT inst, invitation FROM invitation_code WHERE digest = ?1", &st, err));
    yj_bind_blob(st, 1, d.b, sizeof d.b);
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (!row)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no invitation of that code, or it was used");
    ret->client = yj_col_i64(st, 0);
    yj_span id = yj_col_text(st, 1);
    snprintf(ret->id, sizeof ret->id, "%.*s", (int)id.len, id.ptr);
    return YJ_OK;
}

static yj_status check_open(yj_engine *e, const invited *x, yj_error *err)
{
    const yj_invitation_map *m = &e->catalog->exchange.invitation;
    const yj_kind *k = &e->catalog->kinds[m->kind];
    const char *until = text_of(x, k, m->until);
    yj_date today;
    yj_engine_today(e, &today);
    if (strcmp(x->state, k->states[m->sent].id) != 0)
        return yj_fail(err, YJ_E_CONFLICT, "the invitation has been answered already");
    if (until[0] && strcmp(until, today.s) < 0)
        return yj_fail(err, YJ_E_CONFLICT, "the invitation could be accepted until %s; ask for another one",
                       until);
    return YJ_OK;
}

static const yj_party *party_of(const yj_catalog *c, const invited *x)
{
    const yj_invitation_map *m = &c->exchange.invitation;
    const yj_kind *k = yj_catalog_kind_called(c, text_of(x, &c->kinds[m->kind], m->party_kind));
    for (size_t i = 0; k && i < c->exchange.party_count; i++)
        if (c->exchange.parties[i].kind == k->index)
            return &c->exchange.parties[i];
    return NULL;
}

/* --- making a code ---------------------------------------------------------------------------- */

typedef struct making {
    const char *by;
    yj_digest digest;
    invited x;
} making;

static yj_status may_change(yj_writer *w, const making *m, yj_error *err)
{
    const yj_kind *k = &w->e->catalog->kinds[w->e->catalog->exchange.invitation.kind];
    yj_actor actor;
    YJ_TRY(yj_writer_actor(w, m->x.client, m->by, &actor, err));
    yj_asked q = { .inst = m->x.client,
                   .kind = k,
                   .act = YJ_ACT_CHANGE,
                   .transition = -1,
                   .state = yj_kind_state(k, yj_span_of(m->x.state)),
                   .id = m->x.id,
                   .old = m->x.fields,
                   .fields = m->x.fields };
    return yj_allowed(w->db, w->e->catalog, &actor, &q, w->arena, NULL, err);
}

static yj_status run_making(yj_writer *w, void *ctx, yj_error *err)
{
    making *m = ctx;
    yj_slot *slot = NULL;
    invited_done(&m->x);
    m->x.fields = NULL;
    YJ_TRY(yj_writer_slot(w, m->x.client, &slot, err));
    YJ_TRY(read_invited(w->e, w->db, &m->x, err));
    YJ_TRY(may_change(w, m, err));
    YJ_TRY(check_open(w->e, &m->x, err));
    if (!party_of(w->e->catalog, &m->x))
        return yj_fail(err, YJ_E_CONFLICT, "records of kind %s stand for no institution",
                       text_of(&m->x, &w->e->catalog->kinds[w->e->catalog->exchange.invitation.kind],
                               w->e->catalog->exchange.invitation.party_kind));
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(w->db,
                         "INSERT INTO invitation_code(inst, invitation, digest, made) VALUES(?1, ?2, ?3, ?4) "
                         "ON CONFLICT(inst, invitation) DO UPDATE SET digest = excluded.digest, made = "
                         "excluded.made",
                         &st, err));
    yj_bind_i64(st, 1, m->x.client);
    yj_bind_cstr(st, 2, m->x.id);
    yj_bind_blob(st, 3, m->digest.b, sizeof m->digest.b);
    yj_bind_i64(st, 4, yj_clock_system().now_ns(NULL));
    return yj_stmt_run(st, NULL, err);
}

yj_status yj_invitation_code(yj_engine *e, int64_t inst, const char *invitation, const char *by,
                             char ret[static YJ_INVITATION_CODE_LEN + 1], yj_error *err)
{
    YJ_TRY(wanted(e->catalog, err));
    char code[YJ_INVITATION_CODE_LEN + 1];
    making m = { .by = by, .x = { .client = inst } };
    yj_db *db = NULL;
    YJ_TRY(yj_reader_take(e, &db, err));
    yj_status s =
        yj_record_find(db, e->catalog, inst, &e->catalog->kinds[e->catalog->exchange.invitation.kind],
                       invitation, m.x.id, err);
    yj_reader_give(e, db);
    YJ_TRY(s);
    make_code(code, &m.digest);
    s = yj_writer_run(e, run_making, &m, false, err);
    invited_done(&m.x);
    if (s == YJ_OK)
        memcpy(ret, code, sizeof code);
    yj_secret_wipe(code, sizeof code);
    return s;
}

/* --- looking ---------------------------------------------------------------------------------- */

yj_status yj_institution_write(yj_db *db, const yj_catalog *c, int64_t inst, yj_lang lang, yj_jw *w,
                               yj_error *err)
{
    char sql[400];
    const yj_kind *k = yj_catalog_kind(c, YJ_SPAN("institution"));
    if (!k)
        return yj_fail(err, YJ_E_INVALID, "the packs declare no kind institution; load packs/core first");
    snprintf(sql, sizeof sql,
             "SELECT l.institution, r.nkey, r.f_%s FROM ledger l JOIN r_%s r ON r.inst = l.inst AND r.id = "
             "l.institution AND " YJ_SQL_VISIBLE("r") " WHERE l.inst = ?1",
             k->fields[k->name_field].name, k->name);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    (void)lang;
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    yj_bind_i64(st, 1, inst);
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (row)
        yj_present_institution(w, yj_col_text(st, 0), yj_col_text(st, 1), yj_col_text(st, 2));
    else
        yj_present_institution(w, YJ_SPAN(""), YJ_SPAN(""), YJ_SPAN(""));
    return YJ_OK;
}

static yj_status look(yj_engine *e, yj_db *db, const char *code, invited *x, yj_buf *out, yj_error *err)
{
    const yj_catalog *c = e->catalog;
    const yj_invitation_map *m = &c->exchange.invitation;
    YJ_TRY(find_code(db, code, x, err));
    YJ_TRY(read_invited(e, db, x, err));
    const yj_party *p = party_of(c, x);
    yj_jw w;
    yj_jw_init(&w, out);
    yj_jw_object(&w);
    yj_jw_kstr(&w, "invitation", x->id);
    yj_jw_key(&w, "client");
    YJ_TRY(yj_institution_write(db, c, x->client, YJ_LANG_ZH, &w, err));
    yj_jw_kstr(&w, "type",
               p ? c->kinds[c->exchange.institution].fields[c->exchange.type].options[p->type].id : NULL);
    yj_jw_kstr(&w, "expires_on", text_of(x, &c->kinds[m->kind], m->until));
    yj_jw_end_object(&w);
    return yj_buf_status(out, err);
}

yj_status yj_invitation_look(yj_engine *e, const char *code, yj_buf *out, yj_error *err)
{
    YJ_TRY(wanted(e->catalog, err));
    yj_db *db = NULL;
    invited x = { .fields = NULL };
    YJ_TRY(yj_reader_take(e, &db, err));
    yj_status s = look(e, db, code, &x, out, err);
    yj_reader_give(e, db);
    invited_done(&x);
    return s;
}

/* --- answering -------------------------------------------------------------------------------- */

typedef struct answering {
    int64_t inst;
    const char *code, *by, *reason; /* reason NULL: accept */
    yj_tie *ret;
    invited x;
} answering;

/* The ledgers of both, the lower number first; then nobody else answers the same invitation. */
static yj_status lock_both(yj_writer *w, const answering *a, yj_error *err)
{
    yj_slot *slot = NULL;
    int64_t client = a->x.client;
    YJ_TRY(yj_writer_slot(w, client < a->inst ? client : a->inst, &slot, err));
    return yj_writer_slot(w, client < a->inst ? a->inst : client, &slot, err);
}

static yj_status use_code(yj_writer *w, const answering *a, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(w->db, "DELETE FROM invitation_code WHERE inst = ?1 AND invitation = ?2", &st, err));
    yj_bind_i64(st, 1, a->x.client);
    yj_bind_cstr(st, 2, a->x.id);
    return yj_stmt_run(st, NULL, err);
}

static yj_status tied(yj_writer *w, const answering *a, bool *ret_record, bool *ret_party, yj_error *err)
{
    const yj_invitation_map *m = &w->e->catalog->exchange.invitation;
    const char *record = text_of(&a->x, &w->e->catalog->kinds[m->kind], m->party);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(w->db, "SELECT record, party FROM party_link WHERE inst = ?1", &st, err));
    yj_bind_i64(st, 1, a->x.client);
    *ret_record = *ret_party = false;
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        *ret_record |= yj_span_is(yj_col_text(st, 0), record);
        *ret_party |= yj_col_i64(st, 1) == a->inst;
    }
}

static yj_status check_answer(yj_writer *w, const answering *a, yj_error *err)
{
    const yj_catalog *c = w->e->catalog;
    const yj_party *p = party_of(c, &a->x);
    int type = -1;
    bool record = false, party = false;
    YJ_TRY(check_open(w->e, &a->x, err));
    YJ_TRY(yj_institution_type(w->db, c, a->inst, &type, err));
    if (a->inst == a->x.client || !p || p->type != type)
        return yj_fail(err, YJ_E_CONFLICT, "the invitation is for another type of institution");
    if (a->reason)
        return YJ_OK;
    YJ_TRY(tied(w, a, &record, &party, err));
    if (record)
        return yj_fail(err, YJ_E_CONFLICT, "the client has tied that record to an institution already");
    return party ? yj_fail(err, YJ_E_CONFLICT, "the institution is tied to this client already") : YJ_OK;
}

/* The acting person's name, as the client is told it; "" for the operator. */
static yj_status person_name(yj_writer *w, const answering *a, yj_buf *out, yj_error *err)
{
    const yj_catalog *c = w->e->catalog;
    if (c->access.person < 0)
        return YJ_OK;
    return yj_record_name(w->db, c, a->inst, &c->kinds[c->access.person], a->by, YJ_LANG_ZH, out, err);
}

yj_status yj_institution_named(yj_db *db, const yj_catalog *c, int64_t inst, char ret[static YJ_UUID_LEN + 1],
                               yj_buf *name, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    YJ_TRY(yj_db_prepare(db, "SELECT institution FROM ledger WHERE inst = ?1", &st, err));
    yj_bind_i64(st, 1, inst);
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (!row)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no such institution");
    yj_span id = yj_col_text(st, 0);
    snprintf(ret, YJ_UUID_LEN + 1, "%.*s", (int)id.len, id.ptr);
    return yj_record_name(db, c, inst, &c->kinds[c->exchange.institution], ret, YJ_LANG_ZH, name, err);
}

static void set_text(json_t *fields, const yj_kind *k, int field, yj_span text)
{
    if (text.len)
        json_object_set_new(fields, FIELD(k, field), json_stringn(text.ptr, text.len));
}

static yj_status run_change(yj_writer *w, yj_change *c, yj_error *err)
{
    yj_status s = yj_apply_change(w, c, err);
    yj_change_done(c);
    return s;
}

/* In the client's ledger. */
static yj_status answer_there(yj_writer *w, const answering *a, yj_error *err)
{
    const yj_catalog *c = w->e->catalog;
    const yj_invitation_map *m = &c->exchange.invitation;
    const yj_kind *k = &c->kinds[m->kind];
    char id[YJ_UUID_LEN + 1];
    yj_date today;
    yj_auto(yj_buf_done) yj_buf name;
    yj_auto(yj_buf_done) yj_buf person;
    yj_auto(yj_json_freep) json_t *fields = json_object();
    yj_buf_init(&name, 65536);
    yj_buf_init(&person, 65536);
    yj_engine_today(w->e, &today);
    YJ_TRY(yj_institution_named(w->db, c, a->inst, id, &name, err));
    YJ_TRY(person_name(w, a, &person, err));
    set_text(fields, k, m->institution_name, yj_buf_view(&name));
    set_text(fields, k, m->accepted_by, yj_buf_view(&person));
    if (a->reason) {
        set_text(fields, k, m->reason, yj_span_of(a->reason));
    } else {
        set_text(fields, k, m->institution, yj_span_of(id));
        set_text(fields, k, m->accepted_on, yj_span_of(today.s));
    }
    yj_change ch = { .inst = a->x.client,
                     .op = YJ_CH_MOVE,
                     .by = a->by,
                     .kind = k->index,
                     .id = a->x.id,
                     .expect_version = -1,
                     .transition = k->transitions[a->reason ? m->decline : m->accept].id,
                     .fields = fields,
                     .by_exchange = true,
                     .unasked = true };
    return run_change(w, &ch, err);
}

/* In the ledger of who accepts; it is here that the acting person is asked. */
static yj_status accept_here(yj_writer *w, const answering *a, yj_error *err)
{
    const yj_catalog *c = w->e->catalog;
    const yj_link_map *m = &c->exchange.link;
    const yj_kind *k = &c->kinds[m->kind];
    char id[YJ_UUID_LEN + 1];
    yj_date today;
    yj_auto(yj_buf_done) yj_buf name;
    yj_auto(yj_json_freep) json_t *fields = json_object();
    yj_buf_init(&name, 65536);
    yj_engine_today(w->e, &today);
    YJ_TRY(yj_institution_named(w->db, c, a->x.client, id, &name, err));
    set_text(fields, k, m->client, yj_span_of(id));
    set_text(fields, k, m->client_name, yj_buf_view(&name));
    set_text(fields, k, m->invitation, yj_span_of(a->x.id));
    set_text(fields, k, m->since, yj_span_of(today.s));
    if (strcmp(a->by, w->e->config.operator_id) != 0)
        set_text(fields, k, m->person, yj_span_of(a->by));
    yj_change ch = { .inst = a->inst,
                     .op = YJ_CH_CREATE,
                     .by = a->by,
                     .kind = k->index,
                     .expect_version = -1,
                     .fields = fields,
                     .by_exchange = true };
    YJ_TRY(run_change(w, &ch, err));
    memcpy(a->ret->link, ch.ret_id, sizeof a->ret->link);
    return YJ_OK;
}

/* May the acting person decline? Who may accept. */
static yj_status may_accept(yj_writer *w, const answering *a, yj_error *err)
{
    const yj_catalog *c = w->e->catalog;
    const yj_kind *k = &c->kinds[c->exchange.link.kind];
    yj_actor actor;
    yj_may may;
    YJ_TRY(yj_writer_actor(w, a->inst, a->by, &actor, err));
    yj_may_do(c, &actor, k, YJ_ACT_CREATE, -1, NULL, &may);
    if (!may.allowed && err)
        *err = may.why;
    return may.allowed ? YJ_OK : may.why.code;
}

static yj_status run_answer(yj_writer *w, void *ctx, yj_error *err)
{
    answering *a = ctx;
    invited_done(&a->x);
    a->x = (invited){ .fields = NULL };
    YJ_TRY(find_code(w->db, a->code, &a->x, err));
    YJ_TRY(lock_both(w, a, err));
    YJ_TRY(find_code(w->db, a->code, &a->x, err)); /* it may have been used until the locks were ours */
    YJ_TRY(read_invited(w->e, w->db, &a->x, err));
    YJ_TRY(may_accept(w, a, err));
    YJ_TRY(check_answer(w, a, err));
    if (!a->reason)
        YJ_TRY(accept_here(w, a, err));
    YJ_TRY(answer_there(w, a, err));
    return use_code(w, a, err);
}

static yj_status answer(yj_engine *e, answering *a, yj_error *err)
{
    YJ_TRY(wanted(e->catalog, err));
    if (a->inst == YJ_INST_INSTALLATION)
        return yj_fail(err, YJ_E_CONFLICT, "the invitation is for another type of institution");
    yj_status s = yj_writer_run(e, run_answer, a, true, err);
    if (s == YJ_OK) {
        a->ret->client = a->x.client;
        memcpy(a->ret->invitation, a->x.id, sizeof a->ret->invitation);
    }
    invited_done(&a->x);
    return s;
}

yj_status yj_invitation_accept(yj_engine *e, int64_t inst, const char *code, const char *by, yj_tie *ret,
                               yj_error *err)
{
    yj_tie made = { .client = 0 };
    answering a = { .inst = inst, .code = code, .by = by, .ret = &made };
    YJ_TRY(answer(e, &a, err));
    *ret = made;
    return YJ_OK;
}

yj_status yj_reason_check(const char *reason, yj_error *err)
{
    size_t chars = yj_utf8_count(yj_span_of(reason));
    if (chars >= 1 && chars <= REASON_MAX)
        return YJ_OK;
    yj_fail(err, YJ_E_INVALID, "a reason of 1 to %d characters is needed", REASON_MAX);
    return yj_error_at(err, "reason");
}

yj_status yj_invitation_decline(yj_engine *e, int64_t inst, const char *code, const char *reason,
                                const char *by, yj_error *err)
{
    yj_tie made = { .client = 0 };
    YJ_TRY(yj_reason_check(reason, err));
    answering a = { .inst = inst, .code = code, .by = by, .reason = reason, .ret = &made };
    return answer(e, &a, err);
}
