// SPDX-License-Identifier: Apache-2.0
/*
 * Answers: an addressee's record in its own ledger, until the client takes it as a copy. Taking one moves the
 * client's record, names the other ledger's entry and its digest in a receipt, and moves the answer: two
 * ledgers, one transaction.
 */
#include "record/exchange.h"

#include "base/csv.h"
#include "record/across.h"
#include "record/exchange_internal.h"
#include "record/read.h"
#include <stdlib.h>

#define FIELD(k, i) ((k)->fields[i].name)
#define EVIDENCE_MAX YJ_TAKING_EVIDENCE_MAX

static yj_status wanted(const yj_catalog *c, yj_error *err)
{
    return c->exchange.given.kind >= 0 && c->exchange.receipt.kind >= 0
               ? YJ_OK
               : yj_fail(err, YJ_E_NOT_FOUND, "the packs in force know no answers");
}

static const char *text_of(const json_t *fields, const yj_kind *k, int field)
{
    const char *s = json_string_value(json_object_get(fields, FIELD(k, field)));
    return s ? s : "";
}

const yj_act_map *yj_exchange_act(const yj_catalog *c, const yj_kind *k, const char *transition)
{
    const yj_addressing *a = k ? &c->exchange.addresses[k->index] : NULL;
    for (size_t i = 0; a && i < a->act_count; i++)
        if (strcmp(k->transitions[a->acts[i].transition].id, transition) == 0)
            return &a->acts[i];
    return NULL;
}

/* --- what may be given ------------------------------------------------------------------------ */

/* Is there such a record, addressed to the party over this link? */
static yj_status is_addressed(yj_db *db, int64_t party, const char *link, const char *kind,
                              const char *record, bool *ret, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(
        yj_db_prepare(db,
                      "SELECT 1 FROM addressed a JOIN party_link l ON l.inst = a.inst AND l.record = "
                      "a.target AND l.party = a.party WHERE a.party = ?1 AND a.record = ?2 AND a.kind = ?3 "
                      "AND l.link = ?4",
                      &st, err));
    yj_bind_i64(st, 1, party);
    yj_bind_cstr(st, 2, record);
    yj_bind_cstr(st, 3, kind);
    yj_bind_cstr(st, 4, link);
    return yj_stmt_step(st, ret, err);
}

/* Has a client accepted or declined what is in that state? */
static bool is_settled(const yj_given_map *m, const yj_kind *k, const char *state)
{
    int s = yj_kind_state(k, yj_span_of(state));
    return s >= 0 && (s == k->transitions[m->accept].to || s == k->transitions[m->decline].to);
}

yj_status yj_answer_check(yj_db *db, const yj_catalog *c, const yj_change *ch, const yj_kind *k,
                          const yj_transition *move, const char *state, const json_t *old,
                          const json_t *fields, yj_error *err)
{
    const yj_exchange *x = &c->exchange;
    if (x->given.kind < 0 || ch->by_exchange)
        return YJ_OK;
    if (k->index == x->receipt.kind)
        return yj_fail(err, YJ_E_CONFLICT, "records of kind %s come from accepting or declining an answer",
                       k->name);
    if (k->index != x->given.kind)
        return YJ_OK;
    int t = move ? (int)(move - k->transitions) : -1;
    if (move && (t == x->given.accept || t == x->given.decline))
        return yj_fail(err, YJ_E_CONFLICT, "an answer is accepted or declined by the client");
    if (!old && is_settled(&x->given, k, state)) /* nor is it entered as one that was, of old */
        return yj_fail(err, YJ_E_CONFLICT, "an answer is accepted or declined by the client");
    if (old && !move && !ch->moves_on && strcmp(state, k->states[x->given.given].id) != 0)
        return yj_fail(err, YJ_E_CONFLICT,
                       "the client has taken this answer: give it again and change it with that");
    if (move && json_equal(old, fields))
        return YJ_OK;
    const yj_kind *about = yj_catalog_kind(c, yj_span_of(text_of(fields, k, x->given.about_kind)));
    if (!yj_exchange_act(c, about, text_of(fields, k, x->given.act))) {
        (void)yj_fail(err, YJ_E_INVALID,
                      "field %s names nothing that an addressee may do about such a record",
                      FIELD(k, x->given.act));
        return yj_error_at(err, "fields.%s", FIELD(k, x->given.act));
    }
    bool there = false;
    YJ_TRY(is_addressed(db, ch->inst, text_of(fields, k, x->given.link), about->name,
                        text_of(fields, k, x->given.about), &there, err));
    if (there)
        return YJ_OK;
    (void)yj_fail(err, YJ_E_INVALID, "there is no such record, or it is not addressed to you");
    return yj_error_at(err, "fields.%s", FIELD(k, x->given.about));
}

/* --- an answer as the client sees it ---------------------------------------------------------- */

typedef struct given {
    int64_t party;
    char id[YJ_UUID_LEN + 1];
    int64_t seq, version;
    json_t *fields; /* owned */
    const yj_kind *about;
    const yj_act_map *act;
    char record[YJ_UUID_LEN + 1]; /* of the client */
    json_t *now;                  /* its fields; owned */
    char state[48];
    int64_t record_version;
} given;

static void given_done(given *g)
{
    json_decref(g->fields);
    json_decref(g->now);
    g->fields = g->now = NULL;
}

/* An answer that waits for client `inst`. YJ_E_NOT_FOUND in every other case. */
static yj_status read_given(yj_db *db, const yj_catalog *c, int64_t inst, given *g, yj_error *err)
{
    const yj_given_map *m = &c->exchange.given;
    const yj_kind *k = &c->kinds[m->kind];
    char state[48];
    int64_t unused = 0;
    bool there = false;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    yj_error none = { 0 };
    yj_status found = yj_taking_row(db, k, g->party, g->id, &g->seq, &g->version, state, &g->fields, &none);
    if (found != YJ_OK && found != YJ_E_NOT_FOUND) {
        *err = none;
        return found;
    }
    if (found != YJ_OK || strcmp(state, k->states[m->given].id) != 0)
        return yj_fail(err, YJ_E_NOT_FOUND, "no such answer waits to be accepted");
    snprintf(g->record, sizeof g->record, "%.36s", text_of(g->fields, k, m->about));
    g->about = yj_catalog_kind(c, yj_span_of(text_of(g->fields, k, m->about_kind)));
    g->act = yj_exchange_act(c, g->about, text_of(g->fields, k, m->act));
    YJ_TRY(yj_db_prepare(db,
                         "SELECT 1 FROM party_link l JOIN addressed a ON a.inst = l.inst AND a.target = "
                         "l.record AND a.party = l.party WHERE l.inst = ?1 AND l.party = ?2 AND l.link = ?3 "
                         "AND a.record = ?4",
                         &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_i64(st, 2, g->party);
    yj_bind_cstr(st, 3, text_of(g->fields, k, m->link));
    yj_bind_cstr(st, 4, g->record);
    YJ_TRY(yj_stmt_step(st, &there, err));
    if (!there || !g->act)
        return yj_fail(err, YJ_E_NOT_FOUND, "no such answer waits to be accepted");
    return yj_taking_row(db, g->about, inst, g->record, &unused, &g->record_version, g->state, &g->now, err);
}

static bool starts(const given *g)
{
    int s = yj_kind_state(g->about, yj_span_of(g->state));
    return s >= 0 && (g->about->transitions[g->act->transition].from >> s & 1U);
}

static void write_change(yj_jw *w, const given *g, int field, const json_t *to)
{
    const char *name = FIELD(g->about, field);
    const json_t *from = json_object_get(g->now, name);
    if (from && to && json_equal(from, to))
        return;
    yj_jw_object(w);
    yj_jw_kstr(w, "field", name);
    yj_jw_key(w, "from");
    from ? yj_jw_json(w, from) : yj_jw_null(w);
    yj_jw_key(w, "to");
    to ? yj_jw_json(w, to) : yj_jw_null(w);
    yj_jw_end_object(w);
}

static yj_status write_evidence(yj_db *db, const yj_catalog *c, const given *g, yj_lang lang, yj_jw *w,
                                yj_error *err)
{
    const yj_kind *k = &c->kinds[c->exchange.given.kind];
    const yj_field *f = &k->fields[c->exchange.given.evidence];
    const json_t *list = json_object_get(g->fields, f->name);
    yj_jw_key(w, "evidence");
    yj_jw_array(w);
    for (size_t i = 0; g->act->evidence >= 0 && i < json_array_size(list); i++) {
        yj_auto(yj_buf_done) yj_buf name;
        yj_buf_init(&name, 65536);
        YJ_TRY(yj_record_name(db, c, g->party, &c->kinds[f->ref_kind],
                              json_string_value(json_array_get(list, i)), lang, &name, err));
        yj_jw_object(w);
        yj_jw_kspan(w, "name", yj_buf_view(&name));
        YJ_TRY(yj_taking_digest(db, g->party, &c->kinds[f->ref_kind],
                                json_string_value(json_array_get(list, i)), w, err));
        yj_jw_end_object(w);
    }
    yj_jw_end_array(w);
    return YJ_OK;
}

static yj_status write_given(yj_db *db, const yj_catalog *c, int64_t inst, const given *g, yj_lang lang,
                             yj_jw *w, yj_error *err)
{
    const yj_given_map *m = &c->exchange.given;
    const yj_kind *k = &c->kinds[m->kind];
    yj_auto(yj_buf_done) yj_buf name;
    yj_buf_init(&name, 65536);
    YJ_TRY(yj_record_name(db, c, inst, g->about, g->record, lang, &name, err));
    yj_jw_object(w);
    yj_jw_key(w, "institution");
    YJ_TRY(yj_institution_write(db, c, g->party, lang, w, err));
    yj_jw_kstr(w, "answer", g->id);
    yj_jw_ki64(w, "version", g->version);
    yj_jw_key(w, "about");
    yj_jw_object(w);
    yj_jw_kstr(w, "kind", g->about->name);
    yj_jw_kstr(w, "id", g->record);
    yj_jw_kspan(w, "name", yj_buf_view(&name));
    yj_jw_ki64(w, "version", g->record_version);
    yj_jw_end_object(w);
    yj_jw_kstr(w, "transition", g->about->transitions[g->act->transition].id);
    yj_jw_kbool(w, "moves", starts(g));
    yj_jw_key(w, "changes");
    yj_jw_array(w);
    write_change(w, g, g->act->text, json_object_get(g->fields, FIELD(k, m->text)));
    write_change(w, g, g->act->on, json_object_get(g->fields, FIELD(k, m->on)));
    yj_jw_end_array(w);
    YJ_TRY(write_evidence(db, c, g, lang, w, err));
    yj_jw_end_object(w);
    return YJ_OK;
}

yj_status yj_answers_waiting(yj_db *db, const yj_catalog *c, int64_t inst, size_t limit, yj_lang lang,
                             yj_buf *out, yj_error *err)
{
    char sql[600];
    yj_jw w;
    YJ_TRY(wanted(c, err));
    const yj_kind *k = &c->kinds[c->exchange.given.kind];
    snprintf(sql, sizeof sql,
             "SELECT r.inst, r.id FROM party_link l JOIN r_%s r ON r.inst = l.party AND r.f_%s = l.link AND "
             "r.state = '%s' AND r.erased = 0 AND " YJ_SQL_VISIBLE("r") " WHERE l.inst = ?1 ORDER BY r.seq, "
                                                                        "r.id",
             k->name, FIELD(k, c->exchange.given.link), k->states[c->exchange.given.given].id);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    yj_bind_i64(st, 1, inst);
    yj_jw_init(&w, out);
    yj_jw_object(&w);
    yj_jw_key(&w, "items");
    yj_jw_array(&w);
    size_t n = 0;
    bool row = false;
    for (;;) {
        given g = { .party = 0 };
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row || n == limit)
            break;
        yj_span id = yj_col_text(st, 1);
        g.party = yj_col_i64(st, 0);
        snprintf(g.id, sizeof g.id, "%.*s", (int)id.len, id.ptr);
        yj_status s = read_given(db, c, inst, &g, err);
        bool skip = s == YJ_E_NOT_FOUND; /* what it answers is not addressed any more */
        if (s == YJ_OK)
            s = write_given(db, c, inst, &g, lang, &w, err);
        given_done(&g);
        if (skip)
            continue;
        YJ_TRY(s);
        n++;
    }
    yj_jw_end_array(&w);
    yj_jw_kbool(&w, "more", row);
    yj_jw_end_object(&w);
    return yj_buf_status(out, err);
}

/* Whose client: over which link it is given. -1: that ties nobody (any more). */
static yj_status client_of(yj_db *db, const yj_catalog *c, int64_t party, const char *answer, int64_t *ret,
                           yj_error *err)
{
    const yj_kind *k = &c->kinds[c->exchange.given.kind];
    char sql[400];
    bool row = false;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    snprintf(sql, sizeof sql,
             "SELECT l.inst FROM r_%s r JOIN party_link l ON l.party = r.inst AND l.link = r.f_%s WHERE "
             "r.inst = ?1 "
             "AND r.id = ?2 AND r.erased = 0 AND " YJ_SQL_VISIBLE("r"),
             k->name, FIELD(k, c->exchange.given.link));
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    yj_bind_i64(st, 1, party);
    yj_bind_cstr(st, 2, answer);
    YJ_TRY(yj_stmt_step(st, &row, err));
    *ret = row ? yj_col_i64(st, 0) : -1;
    return YJ_OK;
}

yj_status yj_across_answered(yj_db *db, const yj_catalog *c, int64_t party, const char *answer,
                             yj_across_answer *ret, bool *ret_found, yj_error *err)
{
    yj_error none = { 0 };
    given g = { .party = party };
    *ret_found = false;
    if (wanted(c, NULL) != YJ_OK)
        return YJ_OK;
    YJ_TRY(client_of(db, c, party, answer, &ret->client, err));
    if (ret->client < 0)
        return YJ_OK;
    snprintf(g.id, sizeof g.id, "%.36s", answer);
    yj_status s = read_given(db, c, ret->client, &g, &none);
    if (s == YJ_OK) {
        ret->version = g.version;
        ret->about = g.about;
        memcpy(ret->record, g.record, sizeof ret->record);
        ret->transition = g.act->transition;
        ret->moves = starts(&g);
        *ret_found = true;
    }
    given_done(&g);
    if (s == YJ_OK || s == YJ_E_NOT_FOUND)
        return YJ_OK;
    *err = none;
    return s;
}

/* --- as a register ---------------------------------------------------------------------------- */

/* The first of what may be done as the record stands; NULL: nothing. */
static const yj_act_map *first_act(const yj_catalog *c, const yj_kind *k, const char *state)
{
    const yj_addressing *a = &c->exchange.addresses[k->index];
    int s = yj_kind_state(k, yj_span_of(state));
    for (size_t i = 0; s >= 0 && i < a->act_count; i++)
        if (k->transitions[a->acts[i].transition].from >> s & 1U)
            return &a->acts[i];
    return NULL;
}

/* What the record is called, if the addressee may see it. */
static yj_status question(yj_db *db, const yj_catalog *c, const yj_kind *k, int64_t inst, const char *id,
                          yj_lang lang, yj_buf *out, yj_error *err)
{
    const yj_addressing *a = &c->exchange.addresses[k->index];
    for (size_t i = 0; i < a->field_count; i++)
        if (a->fields[i] == k->name_field)
            return yj_record_name(db, c, inst, k, id, lang, out, err);
    return YJ_OK;
}

/* @param st inst, record, kind, link; ret_written false: nothing can be answered as it stands */
static yj_status export_row(yj_db *db, const yj_catalog *c, yj_stmt *st, yj_lang lang, yj_buf *out,
                            bool *ret_written, yj_error *err)
{
    *ret_written = false;
    const yj_given_map *m = &c->exchange.given;
    const yj_kind *k = yj_catalog_kind(c, yj_col_text(st, 2)), *answer = &c->kinds[m->kind];
    char id[YJ_UUID_LEN + 1], state[48];
    int64_t seq = 0, version = 0;
    yj_span record = yj_col_text(st, 1);
    snprintf(id, sizeof id, "%.*s", (int)record.len, record.ptr);
    yj_auto(yj_json_freep) json_t *fields = NULL;
    yj_auto(yj_buf_done) yj_buf name;
    yj_buf_init(&name, 65536);
    if (!k || c->exchange.addresses[k->index].act_count == 0)
        return YJ_OK;
    YJ_TRY(yj_taking_row(db, k, yj_col_i64(st, 0), id, &seq, &version, state, &fields, err));
    const yj_act_map *act = first_act(c, k, state);
    if (!act)
        return YJ_OK;
    yj_span to = yj_col_text(st, 3);
    char link[YJ_UUID_LEN + 4];
    snprintf(link, sizeof link, "id:%.*s", (int)to.len, to.ptr);
    YJ_TRY(question(db, c, k, yj_col_i64(st, 0), id, lang, &name, err));
    const yj_span cells[] = {
        yj_span_of(link),   yj_span_of(k->name), record,      yj_span_of(k->transitions[act->transition].id),
        yj_buf_view(&name), YJ_SPAN(""),         YJ_SPAN(""), yj_span_of(answer->states[m->given].id)
    };
    for (size_t i = 0; i < YJ_COUNT(cells); i++) {
        yj_buf_str(out, i ? "," : "");
        yj_csv_write_text(out, cells[i]); /* the question is another institution's words */
    }
    yj_buf_char(out, '\n');
    *ret_written = true;
    return YJ_OK;
}

yj_status yj_answers_export(yj_db *db, const yj_catalog *c, int64_t party, const char *client, size_t limit,
                            yj_lang lang, yj_buf *out, yj_error *err)
{
    YJ_TRY(wanted(c, err));
    const yj_given_map *m = &c->exchange.given;
    const yj_kind *k = &c->kinds[m->kind];
    const int columns[] = { m->link, m->about_kind, m->about, m->act, m->question, m->text, m->on };
    char sql[1200];
    for (size_t i = 0; i < YJ_COUNT(columns); i++)
        yj_buf_fmt(out, "%s,", FIELD(k, columns[i]));
    yj_buf_str(out, "state\n");
    snprintf(
        sql, sizeof sql,
        "SELECT a.inst, a.record, a.kind, l.link FROM addressed a JOIN party_link l ON l.inst = a.inst AND "
        "l.record = a.target AND l.party = a.party JOIN ledger n ON n.inst = a.inst WHERE a.party = ?1 AND "
        "(?2 = '' OR n.institution = ?2) AND NOT EXISTS (SELECT 1 FROM r_%s r "
        "WHERE r.inst = a.party AND r.f_%s = l.link AND r.f_%s = a.record AND r.state = '%s' AND r.erased = "
        "0 AND " YJ_SQL_VISIBLE("r") ") ORDER BY a.time DESC, a.record DESC",
        k->name, FIELD(k, m->link), FIELD(k, m->about), k->states[m->given].id);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    yj_bind_i64(st, 1, party);
    yj_bind_cstr(st, 2, client ? client : "");
    for (size_t n = 0;;) {
        bool row = false, written = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return yj_buf_status(out, err);
        YJ_TRY(export_row(db, c, st, lang, out, &written, err));
        n += written;
        if (n > limit)
            return yj_fail(err, YJ_E_LIMIT,
                           "more than %zu records wait for an answer: ask for those of one client", limit);
    }
}

/* --- taking it -------------------------------------------------------------------------------- */

typedef struct taking {
    int64_t inst;
    const char *by, *reason; /* reason NULL: accept */
    yj_looked looked;
    yj_lang lang;
    given g;
    char **ret_misses;
} taking;

static yj_status add_evidence(yj_writer *w, const taking *t, json_t *fields, yj_error *err)
{
    const yj_catalog *c = w->e->catalog;
    const yj_kind *k = &c->kinds[c->exchange.given.kind];
    const yj_field *f = &k->fields[c->exchange.given.evidence];
    const json_t *list = json_object_get(t->g.fields, f->name);
    if (t->g.act->evidence < 0 || json_array_size(list) == 0)
        return YJ_OK;
    if (json_array_size(list) > EVIDENCE_MAX)
        return yj_fail(err, YJ_E_LIMIT, "more than %d pieces of evidence", EVIDENCE_MAX);
    const char *name = FIELD(t->g.about, t->g.act->evidence);
    const json_t *before = json_object_get(t->g.now, name);
    json_t *all = before ? json_copy((json_t *)(uintptr_t)before) : json_array();
    json_object_set_new(fields, name, all);
    for (size_t i = 0; i < json_array_size(list); i++) {
        char id[37];
        bool have = false;
        YJ_TRY(yj_taking_evidence(w, t->inst, t->by, t->g.party, &c->kinds[f->ref_kind],
                                  json_string_value(json_array_get(list, i)), id, err));
        for (size_t n = 0; n < json_array_size(all); n++)
            have |= strcmp(json_string_value(json_array_get(all, n)), id) == 0;
        if (!have && id[0])
            json_array_append_new(all, json_string(id));
    }
    return YJ_OK;
}

/* The client's record: by its transition where it can start, else, for a later version, its fields. */
static yj_status change_record(yj_writer *w, const taking *t, yj_error *err)
{
    const yj_catalog *c = w->e->catalog;
    const yj_given_map *m = &c->exchange.given;
    const yj_kind *k = &c->kinds[m->kind];
    yj_auto(yj_json_freep) json_t *fields = json_object();
    yj_taking_text(fields, t->g.about, t->g.act->text, text_of(t->g.fields, k, m->text));
    yj_taking_text(fields, t->g.about, t->g.act->on, text_of(t->g.fields, k, m->on));
    YJ_TRY(add_evidence(w, t, fields, err));
    bool move = starts(&t->g);
    yj_change ch = { .inst = t->inst,
                     .op = move ? YJ_CH_MOVE : YJ_CH_CHANGE,
                     .by = t->by,
                     .kind = t->g.about->index,
                     .id = t->g.record,
                     .expect_version = t->g.record_version,
                     .transition = move ? t->g.about->transitions[t->g.act->transition].id : NULL,
                     .fields = fields,
                     .lang = t->lang };
    return yj_taking_change(w, &ch, t->ret_misses, err);
}

/* In the ledger of who gave it. */
static yj_status tell(yj_writer *w, const taking *t, yj_error *err)
{
    const yj_catalog *c = w->e->catalog;
    const yj_given_map *m = &c->exchange.given;
    const yj_kind *k = &c->kinds[m->kind];
    yj_auto(yj_json_freep) json_t *fields = json_object();
    json_object_set_new(fields, FIELD(k, m->reason), t->reason ? json_string(t->reason) : json_null());
    yj_change ch = { .inst = t->g.party,
                     .op = YJ_CH_MOVE,
                     .by = t->by,
                     .kind = k->index,
                     .id = t->g.id,
                     .expect_version = t->g.version,
                     .transition = k->transitions[t->reason ? m->decline : m->accept].id,
                     .fields = fields,
                     .by_exchange = true,
                     .unasked = true };
    return yj_taking_change(w, &ch, NULL, err);
}

static yj_status run_taking(yj_writer *w, void *ctx, yj_error *err)
{
    taking *t = ctx;
    yj_slot *slot = NULL;
    bool first = t->inst < t->g.party;
    given_done(&t->g);
    YJ_TRY(yj_writer_slot(w, first ? t->inst : t->g.party, &slot, err));
    YJ_TRY(yj_writer_slot(w, first ? t->g.party : t->inst, &slot, err));
    YJ_TRY(read_given(w->db, w->e->catalog, t->inst, &t->g, err));
    if (t->looked.version >= 0 && t->looked.version != t->g.version)
        return yj_fail(err, YJ_E_CONFLICT, "the answer has been given anew: look at it again");
    if (!t->reason)
        YJ_TRY(yj_taking_as_shown(&t->looked, t->g.record, t->g.record, t->g.record_version, err));
    const yj_taken taken = { .inst = t->inst,
                             .party = t->g.party,
                             .by = t->by,
                             .reason = t->reason,
                             .id = t->g.id,
                             .version = t->g.version,
                             .seq = t->g.seq,
                             .about_kind = t->g.about->name,
                             .about = t->g.record };
    YJ_TRY(yj_receipt_write(w, &taken, err)); /* first, for it asks who acts */
    if (!t->reason)
        YJ_TRY(change_record(w, t, err));
    return tell(w, t, err);
}

static yj_status take(yj_engine *e, taking *t, const char *party, const char *answer, yj_error *err)
{
    yj_db *db = NULL;
    YJ_TRY(wanted(e->catalog, err));
    YJ_TRY(yj_reader_take(e, &db, err));
    yj_status s = yj_institution_number(db, party, &t->g.party, err);
    yj_reader_give(e, db);
    YJ_TRY(s);
    if (t->g.party < 0 || t->g.party == t->inst || !yj_uuid_valid(yj_span_of(answer)))
        return yj_fail(err, YJ_E_NOT_FOUND, "no such answer waits to be accepted");
    memcpy(t->g.id, answer, sizeof t->g.id);
    s = yj_writer_run(e, run_taking, t, false, err);
    if (s != YJ_OK)
        yj_titles(e->catalog, NULL, err);
    given_done(&t->g);
    return s;
}

yj_status yj_answer_accept(yj_engine *e, int64_t inst, const char *party, const char *answer,
                           const yj_looked *looked, const char *by, yj_lang lang, char **ret_misses,
                           yj_error *err)
{
    taking t = { .inst = inst, .by = by, .looked = *looked, .lang = lang, .ret_misses = ret_misses };
    return take(e, &t, party, answer, err);
}

yj_status yj_answer_decline(yj_engine *e, int64_t inst, const char *party, const char *answer,
                            int64_t version, const char *reason, const char *by, yj_error *err)
{
    taking t = { .inst = inst, .by = by, .reason = reason, .looked = { .version = version } };
    YJ_TRY(yj_reason_check(reason, err));
    return take(e, &t, party, answer, err);
}
