// SPDX-License-Identifier: Apache-2.0
/*
 * Tokens of the API: with what programs act for a person (access/api_token.h). Made and revoked by the person
 * himself.
 *
 *   GET /tokens, POST /tokens, DELETE /tokens/ID
 */
#include "access/secret.h"
#include "api/account_show.h"
#include <stdio.h>

#define TOKENS_SHOWN_MAX 500

/* --- showing ---------------------------------------------------------------------------------- */

static void show_kinds(yj_jw *w, const char *kinds)
{
    yj_jw_key(w, "kinds");
    yj_jw_array(w);
    for (const char *at = strcmp(kinds, "*") == 0 ? "" : kinds; *at;) {
        size_t len = strcspn(at, " ");
        yj_jw_span(w, (yj_span){ at, len });
        at += len + (at[len] == ' ');
    }
    yj_jw_end_array(w);
}

static yj_status show(yj_call *c, yj_jw *w, const yj_token *t, yj_error *err)
{
    yj_jw_object(w);
    yj_jw_kstr(w, "id", t->id);
    yj_jw_kstr(w, "name", t->name);
    yj_jw_kbool(w, "write", t->write);
    yj_jw_kbool(w, "calendar", t->calendar);
    show_kinds(w, t->kinds);
    YJ_TRY(yj_show_institution(c, w, "institution", t->inst, err));
    yj_jw_key(w, "person");
    YJ_TRY(yj_show_person(c, w, t->inst, t->person, err));
    yj_show_time(w, "created", t->created_ns);
    yj_show_time(w, "expires", t->expires_ns);
    yj_show_time(w, "used", t->used_ns);
    yj_show_time(w, "revoked", t->revoked_ns);
    yj_jw_end_object(w);
    return YJ_OK;
}

yj_status yj_api_tokens(yj_call *c, yj_reply *rp, yj_error *err)
{
    yj_token *rows = yj_arena_array(c->rq->arena, TOKENS_SHOWN_MAX, sizeof *rows);
    size_t count = 0;
    YJ_TRY(yj_arena_status(c->rq->arena, err));
    YJ_TRY(yj_call_db(c, err));
    YJ_TRY(yj_token_list(c->db, c->who->account.id, rows, TOKENS_SHOWN_MAX, &count, err));
    yj_jw w;
    yj_jw_init(&w, &rp->body);
    yj_jw_object(&w);
    yj_jw_key(&w, "items");
    yj_jw_array(&w);
    for (size_t i = 0; i < count; i++)
        YJ_TRY(show(c, &w, &rows[i], err));
    yj_jw_end_array(&w);
    yj_jw_end_object(&w);
    return YJ_OK;
}

/* --- making ----------------------------------------------------------------------------------- */

typedef struct making {
    yj_token_new n;
    const char *kinds[YJ_TOKEN_KINDS_MAX];
    char token[YJ_TOKEN_LEN + 1], id[YJ_TOKEN_ID_LEN + 1];
} making;

static yj_status wrong_kinds(yj_error *err)
{
    yj_fail(err, YJ_E_INVALID, "kinds is a list of at most %d kinds of records; empty: all of them",
            YJ_TOKEN_KINDS_MAX);
    return yj_error_at(err, "kinds");
}

static yj_status read_kinds(yj_call *c, making *m, yj_error *err)
{
    const json_t *list = json_object_get(c->json, "kinds");
    if (!list)
        return YJ_OK;
    if (!json_is_array(list) || json_array_size(list) > YJ_TOKEN_KINDS_MAX)
        return wrong_kinds(err);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *v = json_array_get(list, i);
        yj_span name = { json_string_value(v), json_string_length(v) };
        const yj_kind *k = json_is_string(v) ? yj_catalog_kind(c->catalog, name) : NULL;
        if (!k)
            return wrong_kinds(err);
        m->kinds[i] = k->name;
    }
    m->n.kinds = m->kinds;
    m->n.kind_count = json_array_size(list);
    return YJ_OK;
}

/* A person of one's own, and the institution. */
static yj_status read_person(yj_call *c, making *m, yj_error *err)
{
    yj_span inst, person;
    yj_institution found = { .inst = YJ_INST_INSTALLATION };
    YJ_TRY(yj_call_text(c, "institution", false, &inst, err));
    YJ_TRY(yj_call_text(c, "person", true, &person, err));
    if (inst.len && yj_institution_find(c->server->engine, inst.ptr, &found, err) != YJ_OK) {
        yj_fail(err, YJ_E_FORBIDDEN, "the account does not stand for that person");
        return yj_error_at(err, "institution"); /* whether there is such an institution is not told */
    }
    m->n.inst = found.inst;
    m->n.person = person.ptr;
    return YJ_OK;
}

static yj_status read_expiry(yj_call *c, making *m, yj_error *err)
{
    yj_span text;
    yj_date day;
    YJ_TRY(yj_call_text(c, "expires", true, &text, err));
    if (!yj_date_parse(text, &day)) {
        yj_fail(err, YJ_E_INVALID, "a date is written 2026-03-31");
        return yj_error_at(err, "expires");
    }
    m->n.expires_ns = yj_zone_end_of_day(yj_engine_zone(c->server->engine), day.s);
    return YJ_OK;
}

static yj_status write_token(yj_db *db, void *ctx, yj_error *err)
{
    yj_call *c = ctx;
    making *m = c->own;
    return yj_token_create(db, &m->n, yj_machine_now(), m->token, m->id, err);
}

yj_status yj_api_token_create(yj_call *c, yj_reply *rp, yj_error *err)
{
    making *m = yj_arena_new_of(c->rq->arena, making);
    YJ_TRY(yj_arena_status(c->rq->arena, err));
    YJ_TRY(yj_admit_proved(c, err));
    YJ_TRY(yj_call_json(c, "name write kinds calendar institution person expires", err));
    m->n.account = c->who->account.id;
    YJ_TRY(yj_call_text(c, "name", true, &m->n.name, err));
    YJ_TRY(yj_call_flag(c, "write", &m->n.write, err));
    YJ_TRY(yj_call_flag(c, "calendar", &m->n.calendar, err));
    YJ_TRY(read_kinds(c, m, err));
    YJ_TRY(read_person(c, m, err));
    YJ_TRY(read_expiry(c, m, err));
    YJ_TRY(yj_call_write(c, write_token, m, err));
    rp->status = 201;
    yj_jw w;
    yj_jw_init(&w, &rp->body);
    yj_jw_object(&w);
    yj_jw_kstr(&w, "token", m->token);
    yj_jw_kstr(&w, "id", m->id);
    yj_jw_end_object(&w);
    yj_secret_wipe(m->token, sizeof m->token);
    return YJ_OK;
}

static yj_status write_revoke(yj_db *db, void *ctx, yj_error *err)
{
    const yj_call *c = ctx;
    return yj_token_revoke(db, c->who->account.id, yj_call_segment(c, "token"), yj_machine_now(), err);
}

yj_status yj_api_token_revoke(yj_call *c, yj_reply *rp, yj_error *err)
{
    rp->status = 204;
    return yj_call_write(c, write_revoke, NULL, err);
}
