// SPDX-License-Identifier: Apache-2.0
/*
 * Accounts, by who administers them: whoever may enter persons of an institution may give them accounts, and
 * the operator of the installation all of them.
 *
 *   GET    /institutions/INST/accounts                    those that stand for a person of the institution
 *   POST   /institutions/INST/accounts                    a new one, and the secret by which its owner
 * chooses a password POST   /institutions/INST/accounts/ID/persons         it stands for one more; DELETE
 * .../persons/PERSON POST   /institutions/INST/accounts/ID/lock POST   /institutions/INST/accounts/ID/set-up
 * a new secret DELETE /institutions/INST/accounts/ID/second          its second factor
 *
 * An account that also stands for persons elsewhere may be linked and unlinked here, but what locks it, or
 * lets somebody in as it, is left to the operator: no institution shuts out or takes over another one's
 * people.
 */
#include "access/secret.h"
#include "api/account_show.h"
#include "record/read.h"
#include <stdio.h>

#define PAGE_MAX 200

/* --- who may ---------------------------------------------------------------------------------- */

static yj_status administers(yj_call *c, yj_error *err)
{
    bool may = false;
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_call_signs_in(c, err));
    YJ_TRY(yj_call_person(c, err));
    YJ_TRY(yj_call_administers(c, c->inst->inst, c->person, &may, err));
    return may ? YJ_OK
               : yj_fail(err, YJ_E_FORBIDDEN,
                         "accounts are kept by who may enter persons of the institution, or by the operator");
}

typedef struct standing {
    yj_account account;
    const yj_account_person *persons;
    size_t count;
    bool here, elsewhere;
} standing;

static yj_status stands(yj_call *c, yj_db *db, const char *id, standing *ret, yj_error *err)
{
    standing x = { .here = false };
    YJ_TRY(yj_account_read(db, id, &x.account, err));
    YJ_TRY(yj_account_persons(db, id, c->rq->arena, &x.persons, &x.count, err));
    for (size_t i = 0; i < x.count; i++)
        *(x.persons[i].inst == c->inst->inst ? &x.here : &x.elsewhere) = true;
    *ret = x;
    return YJ_OK;
}

static bool by_operator(const yj_call *c)
{
    return c->who->operator_;
}

/* One that is none of the institution's is answered as one that does not exist. */
static yj_status own_account(yj_call *c, yj_db *db, bool alone, standing *ret, yj_error *err)
{
    YJ_TRY(stands(c, db, yj_call_segment(c, "account"), ret, err));
    if (by_operator(c))
        return YJ_OK;
    if (!ret->here)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no such account");
    if (alone && ret->elsewhere)
        return yj_fail(err, YJ_E_FORBIDDEN,
                       "the account also stands for persons elsewhere: this is left to the operator of the "
                       "installation");
    return YJ_OK;
}

/* --- listing ---------------------------------------------------------------------------------- */

static yj_status show(yj_call *c, yj_jw *w, const char *id, yj_error *err)
{
    standing x;
    YJ_TRY(stands(c, c->db, id, &x, err));
    yj_jw_object(w);
    yj_show_account(w, &x.account);
    yj_jw_key(w, "persons");
    yj_jw_array(w);
    for (size_t i = 0; i < x.count; i++)
        if (x.persons[i].inst == c->inst->inst)
            YJ_TRY(yj_show_person(c, w, c->inst->inst, x.persons[i].person, err));
    yj_jw_end_array(w);
    yj_jw_kbool(w, "elsewhere", x.elsewhere);
    yj_jw_end_object(w);
    return YJ_OK;
}

yj_status yj_api_accounts(yj_call *c, yj_reply *rp, yj_error *err)
{
    YJ_TRY(administers(c, err));
    size_t limit = (size_t)yj_call_int(c, "limit", 50), count = 0;
    const char *after = yj_call_param(c, "after");
    yj_account *rows = yj_arena_array(c->rq->arena, limit + 1, sizeof *rows);
    YJ_TRY(yj_arena_status(c->rq->arena, err));
    YJ_TRY(yj_call_db(c, err));
    YJ_TRY(yj_account_list_of(c->db, c->inst->inst, after ? after : "", rows, limit + 1, &count, err));
    yj_jw w;
    yj_jw_init(&w, &rp->body);
    yj_jw_object(&w);
    yj_jw_key(&w, "items");
    yj_jw_array(&w);
    for (size_t i = 0; i < count && i < limit; i++)
        YJ_TRY(show(c, &w, rows[i].id, err));
    yj_jw_end_array(&w);
    yj_jw_kstr(&w, "next", count > limit ? rows[limit - 1].name : NULL);
    yj_jw_end_object(&w);
    return YJ_OK;
}

/* --- making ----------------------------------------------------------------------------------- */

typedef struct making {
    yj_account_new n;
    char person[YJ_UUID_LEN + 1];
    char id[YJ_UUID_LEN + 1], secret[YJ_SET_UP_SECRET_LEN + 1];
    int64_t expires;
} making;

/* The person of the body: of the institution, not withdrawn or erased. */
static yj_status read_person(yj_call *c, char ret[static YJ_UUID_LEN + 1], yj_error *err)
{
    yj_span ref;
    const yj_kind *k = c->catalog->access.person >= 0 ? &c->catalog->kinds[c->catalog->access.person] : NULL;
    YJ_TRY(yj_call_text(c, "person", true, &ref, err));
    YJ_TRY(yj_call_db(c, err));
    yj_status s = k ? yj_record_find(c->db, c->catalog, c->inst->inst, k, ref.ptr, ret, err) : YJ_E_NOT_FOUND;
    yj_call_db_done(c);
    if (s != YJ_E_NOT_FOUND)
        return s;
    yj_fail(err, YJ_E_INVALID, "there is no such person in this institution");
    return yj_error_at(err, "person");
}

static yj_status write_account(yj_db *db, void *ctx, yj_error *err)
{
    yj_call *c = ctx;
    making *m = c->own;
    int64_t now = yj_machine_now();
    YJ_TRY(yj_account_create(db, &m->n, now, m->id, err));
    YJ_TRY(yj_account_link(db, m->id, c->inst->inst, m->person, err));
    return yj_set_up_make(db, m->id, now, m->secret, &m->expires, err);
}

static void show_secret(yj_jw *w, making *m)
{
    yj_jw_kstr(w, "secret", m->secret);
    yj_show_time(w, "expires", m->expires);
    yj_secret_wipe(m->secret, sizeof m->secret);
}

yj_status yj_api_account_create(yj_call *c, yj_reply *rp, yj_error *err)
{
    making m = { .expires = 0 };
    YJ_TRY(administers(c, err));
    YJ_TRY(yj_call_json(c, "name person break_glass", err));
    YJ_TRY(yj_call_text(c, "name", true, &m.n.name, err));
    YJ_TRY(yj_call_flag(c, "break_glass", &m.n.break_glass, err));
    YJ_TRY(read_person(c, m.person, err));
    YJ_TRY(yj_call_write(c, write_account, &m, err));
    yj_account a;
    YJ_TRY(yj_call_db(c, err));
    YJ_TRY(yj_account_read(c->db, m.id, &a, err));
    rp->status = 201;
    yj_jw w;
    yj_jw_init(&w, &rp->body);
    yj_jw_object(&w);
    yj_jw_key(&w, "account");
    yj_jw_object(&w);
    yj_show_account(&w, &a);
    yj_jw_end_object(&w);
    yj_jw_key(&w, "set_up");
    yj_jw_object(&w);
    show_secret(&w, &m);
    yj_jw_end_object(&w);
    yj_jw_end_object(&w);
    return YJ_OK;
}

static yj_status write_secret(yj_db *db, void *ctx, yj_error *err)
{
    yj_call *c = ctx;
    making *m = c->own;
    standing x;
    YJ_TRY(own_account(c, db, true, &x, err));
    return yj_set_up_make(db, x.account.id, yj_machine_now(), m->secret, &m->expires, err);
}

yj_status yj_api_account_set_up(yj_call *c, yj_reply *rp, yj_error *err)
{
    making m = { .expires = 0 };
    YJ_TRY(administers(c, err));
    YJ_TRY(yj_call_write(c, write_secret, &m, err));
    yj_jw w;
    yj_jw_init(&w, &rp->body);
    yj_jw_object(&w);
    show_secret(&w, &m);
    yj_jw_end_object(&w);
    return YJ_OK;
}

/* --- changing --------------------------------------------------------------------------------- */

static yj_status write_link(yj_db *db, void *ctx, yj_error *err)
{
    yj_call *c = ctx;
    const making *m = c->own;
    standing x;
    YJ_TRY(own_account(c, db, false, &x, err));
    return yj_account_link(db, x.account.id, c->inst->inst, m->person, err);
}

yj_status yj_api_account_link(yj_call *c, yj_reply *rp, yj_error *err)
{
    making m = { .expires = 0 };
    YJ_TRY(administers(c, err));
    YJ_TRY(yj_call_json(c, "person", err));
    YJ_TRY(read_person(c, m.person, err));
    rp->status = 204;
    return yj_call_write(c, write_link, &m, err);
}

static yj_status write_unlink(yj_db *db, void *ctx, yj_error *err)
{
    yj_call *c = ctx;
    standing x;
    YJ_TRY(own_account(c, db, false, &x, err));
    return yj_account_unlink(db, x.account.id, c->inst->inst, yj_call_segment(c, "person"), err);
}

yj_status yj_api_account_unlink(yj_call *c, yj_reply *rp, yj_error *err)
{
    YJ_TRY(administers(c, err));
    rp->status = 204;
    return yj_call_write(c, write_unlink, NULL, err);
}

static yj_status write_lock(yj_db *db, void *ctx, yj_error *err)
{
    yj_call *c = ctx;
    standing x;
    YJ_TRY(own_account(c, db, true, &x, err));
    if (strcmp(x.account.id, c->who->account.id) == 0)
        return yj_fail(err, YJ_E_CONFLICT, "nobody locks his own account");
    return yj_account_lock(db, x.account.id, json_is_true(json_object_get(c->json, "locked")), err);
}

yj_status yj_api_account_lock(yj_call *c, yj_reply *rp, yj_error *err)
{
    bool locked = false;
    YJ_TRY(administers(c, err));
    YJ_TRY(yj_call_json(c, "locked", err));
    YJ_TRY(yj_call_flag(c, "locked", &locked, err));
    rp->status = 204;
    return yj_call_write(c, write_lock, NULL, err);
}

static yj_status write_clear(yj_db *db, void *ctx, yj_error *err)
{
    yj_call *c = ctx;
    standing x;
    YJ_TRY(own_account(c, db, true, &x, err));
    YJ_TRY(yj_account_clear_second(db, x.account.id, err));
    return yj_session_end_others(db, x.account.id, NULL, NULL, err);
}

yj_status yj_api_account_clear_second(yj_call *c, yj_reply *rp, yj_error *err)
{
    YJ_TRY(administers(c, err));
    rp->status = 204;
    return yj_call_write(c, write_clear, NULL, err);
}
