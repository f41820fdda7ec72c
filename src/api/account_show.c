// SPDX-License-Identifier: Apache-2.0
#include "api/account_show.h"

#include "access/may.h"
#include "access/secret.h"
#include "api/param.h"
#include "record/present.h"
#include "record/read.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define DEVICE_SECONDS (180 * 86400)
#define NAME_BYTES_MAX 1024

/* --- bodies ----------------------------------------------------------------------------------- */

yj_status yj_call_text(const yj_call *c, const char *member, bool required, yj_span *ret, yj_error *err)
{
    const json_t *v = json_object_get(c->json, member);
    if (!v || json_is_null(v)) {
        *ret = (yj_span){ NULL, 0 };
        if (!required)
            return YJ_OK;
    } else if (json_is_string(v)) {
        *ret = (yj_span){ json_string_value(v), json_string_length(v) };
        return YJ_OK;
    }
    yj_fail(err, YJ_E_INVALID, "member %s must be a text", member);
    return yj_error_at(err, "%s", member);
}

yj_status yj_call_flag(const yj_call *c, const char *member, bool *ret, yj_error *err)
{
    const json_t *v = json_object_get(c->json, member);
    *ret = json_is_true(v);
    if (!v || json_is_boolean(v))
        return YJ_OK;
    yj_fail(err, YJ_E_INVALID, "member %s must be true or false", member);
    return yj_error_at(err, "%s", member);
}

void yj_call_wipe(yj_call *c, const char *member)
{
    const json_t *v = json_object_get(c->json, member);
    if (json_is_string(v)) /* its own copy, which nobody else reads any more */
        yj_secret_wipe((char *)(uintptr_t)json_string_value(v), json_string_length(v));
    yj_secret_wipe((char *)(uintptr_t)c->rq->body.ptr, c->rq->body.len);
}

/* --- showing ---------------------------------------------------------------------------------- */

void yj_show_time(yj_jw *w, const char *key, int64_t ns)
{
    char text[31];
    if (ns)
        yj_time_format(ns, text);
    yj_jw_kstr(w, key, ns ? text : NULL);
}

void yj_show_account(yj_jw *w, const yj_account *a)
{
    yj_jw_kstr(w, "id", a->id);
    yj_jw_kstr(w, "name", a->name);
    yj_jw_kbool(w, "locked", a->locked);
    yj_jw_kbool(w, "break_glass", a->break_glass);
    yj_jw_kbool(w, "has_password", a->has_password);
    yj_jw_kbool(w, "has_totp", a->has_totp);
    yj_jw_ki64(w, "recovery_left", a->recovery_left);
    yj_show_time(w, "created", a->created_ns);
    yj_show_time(w, "password_set", a->password_ns);
    yj_show_time(w, "last_sign_in", a->last_sign_in_ns);
}

static void free_list(yj_institution **p)
{
    free(*p);
}

yj_status yj_show_institution(yj_call *c, yj_jw *w, const char *key, int64_t inst, yj_error *err)
{
    yj_auto(free_list) yj_institution *list = NULL;
    size_t n = 0, i = 0;
    yj_jw_key(w, key);
    if (inst == YJ_INST_INSTALLATION) {
        yj_jw_null(w);
        return YJ_OK;
    }
    YJ_TRY(yj_institution_list(c->server->engine, &list, &n, err));
    while (i < n && list[i].inst != inst)
        i++;
    if (i == n)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no such institution");
    yj_present_institution(w, yj_span_of(list[i].id), yj_span_of(list[i].code), yj_span_of(list[i].name));
    return YJ_OK;
}

yj_status yj_show_person(yj_call *c, yj_jw *w, int64_t inst, const char *person, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf name;
    yj_buf_init(&name, NAME_BYTES_MAX);
    const yj_kind *k = c->catalog->access.person >= 0 ? &c->catalog->kinds[c->catalog->access.person] : NULL;
    YJ_TRY(yj_call_db(c, err));
    yj_status s = k ? yj_record_title(c->db, c->catalog, inst, k, person, c->lang, &name, err) : YJ_OK;
    if (s != YJ_OK && s != YJ_E_NOT_FOUND)
        return s;
    yj_jw_object(w);
    yj_jw_kstr(w, "kind", k ? k->name : "person");
    yj_jw_kstr(w, "id", person);
    yj_jw_kspan(w, "name", s == YJ_OK && name.len ? yj_buf_view(&name) : yj_span_of(person));
    yj_jw_end_object(w);
    return YJ_OK;
}

yj_status yj_call_administers(yj_call *c, int64_t inst, const char *person, bool *ret, yj_error *err)
{
    yj_actor actor;
    yj_may may;
    yj_date today;
    *ret = strcmp(person, yj_engine_operator(c->server->engine)) == 0;
    if (*ret || c->catalog->access.person < 0)
        return YJ_OK;
    YJ_TRY(yj_call_db(c, err));
    yj_engine_today(c->server->engine, &today);
    YJ_TRY(yj_actor_read(c->db, c->catalog, inst, person, false, &today, c->rq->arena, &actor, err));
    yj_may_do(c->catalog, &actor, &c->catalog->kinds[c->catalog->access.person], YJ_ACT_CREATE, -1, NULL,
              &may);
    *ret = may.allowed;
    return YJ_OK;
}

static yj_status show_persons(yj_call *c, yj_jw *w, yj_error *err)
{
    const yj_caller *who = c->who;
    yj_jw_key(w, "persons");
    yj_jw_array(w);
    for (size_t i = 0; who && who->session.stage == YJ_SESSION_FULL && i < who->person_count; i++) {
        const yj_account_person *p = &who->persons[i];
        bool administers = false;
        yj_jw_object(w);
        YJ_TRY(yj_show_institution(c, w, "institution", p->inst, err));
        yj_jw_key(w, "person");
        YJ_TRY(yj_show_person(c, w, p->inst, p->person, err));
        yj_jw_kbool(w, "operator", strcmp(p->person, yj_engine_operator(c->server->engine)) == 0);
        YJ_TRY(yj_call_administers(c, p->inst, p->person, &administers, err));
        yj_jw_kbool(w, "administers", administers);
        yj_jw_end_object(w);
    }
    yj_jw_end_array(w);
    return YJ_OK;
}

/* Persons whose membership is over, or has not begun: so that the page can say why there is nothing to see.
 */
static yj_status show_lapsed(yj_call *c, yj_jw *w, yj_error *err)
{
    const yj_caller *who = c->who;
    yj_jw_key(w, "lapsed");
    yj_jw_array(w);
    for (size_t i = 0; who && who->session.stage == YJ_SESSION_FULL && i < who->lapsed_count; i++) {
        yj_jw_object(w);
        YJ_TRY(yj_show_institution(c, w, "institution", who->lapsed[i].inst, err));
        yj_jw_key(w, "person");
        YJ_TRY(yj_show_person(c, w, who->lapsed[i].inst, who->lapsed[i].person, err));
        yj_jw_end_object(w);
    }
    yj_jw_end_array(w);
    return YJ_OK;
}

yj_status yj_show_session(yj_call *c, yj_span token, yj_reply *rp, yj_error *err)
{
    static const char *const stages[] = { [YJ_SESSION_SECOND] = "second", [YJ_SESSION_FULL] = "full" };
    const yj_caller *who = c->who && c->who->kind == YJ_CREDENTIAL_SESSION ? c->who : NULL;
    bool full = who && who->session.stage == YJ_SESSION_FULL, needed = false;
    char csrf[YJ_SESSION_TOKEN_LEN + 1];
    YJ_TRY(yj_call_db(c, err));
    if (c->server->site.signs_in && !who)
        YJ_TRY(yj_set_up_needed(c->db, &needed, err));
    yj_jw w;
    yj_jw_init(&w, &rp->body);
    yj_jw_object(&w);
    yj_jw_kbool(&w, "sign_in", c->server->site.signs_in);
    yj_jw_kbool(&w, "set_up_needed", needed);
    yj_jw_kstr(&w, "stage", who ? stages[who->session.stage] : "none");
    yj_jw_kstr(&w, "name", who ? who->account.name : NULL);
    yj_jw_key(&w, "account");
    if (full) {
        yj_jw_object(&w);
        yj_show_account(&w, &who->account);
        yj_jw_end_object(&w);
    } else {
        yj_jw_null(&w);
    }
    yj_jw_kstr(&w, "csrf", who && yj_session_csrf(token, csrf) ? csrf : NULL);
    YJ_TRY(show_persons(c, &w, err));
    YJ_TRY(show_lapsed(c, &w, err));
    yj_jw_kbool(&w, "enrol",
                full && !(who->account.break_glass ? who->account.recovery_left > 0 : who->account.has_totp));
    yj_jw_ki64(&w, "recovery_left", full ? who->account.recovery_left : 0);
    yj_jw_ki64(&w, "inspects", full ? (int64_t)who->inspected_count : 0);
    yj_show_time(&w, "proved", full ? who->session.proved_ns : 0);
    yj_show_time(&w, "ends", who ? who->session.ends_ns : 0);
    yj_jw_end_object(&w);
    return YJ_OK;
}

/* --- what is known of somebody ---------------------------------------------------------------- */

#define ABOUT_PERSONS 8
#define ABOUT_INSTITUTIONS 8
#define ABOUT_WORDS (ABOUT_PERSONS + 4 * ABOUT_INSTITUTIONS)

typedef struct word_list {
    yj_span *words;
    size_t count;
} word_list;

static void add_word(yj_call *c, word_list *to, yj_span s)
{
    if (s.len && to->count < ABOUT_WORDS)
        to->words[to->count++] = (yj_span){ yj_arena_strndup(c->rq->arena, s.ptr, s.len), s.len };
}

/* The first so many characters of a name: what firms are called for short. Nothing if it is no longer. */
static void add_short(yj_call *c, word_list *to, const char *name, size_t chars)
{
    size_t n = 0, seen = 0;
    while (name[n] && (seen < chars || ((unsigned char)name[n] & 0xc0) == 0x80)) {
        seen += ((unsigned char)name[n] & 0xc0) != 0x80;
        n++;
    }
    if (seen == chars && name[n])
        add_word(c, to, (yj_span){ name, n });
}

static yj_status add_institutions(yj_call *c, const yj_account_person *persons, size_t count, word_list *to,
                                  yj_error *err)
{
    yj_auto(free_list) yj_institution *list = NULL;
    size_t n = 0, taken = 0;
    bool everywhere = false; /* who runs the installation has to do with all */
    YJ_TRY(yj_institution_list(c->server->engine, &list, &n, err));
    for (size_t k = 0; k < count; k++)
        everywhere |= persons[k].inst == YJ_INST_INSTALLATION;
    for (size_t i = 0; i < n && taken < ABOUT_INSTITUTIONS; i++) {
        bool own = everywhere;
        for (size_t k = 0; k < count; k++)
            own |= persons[k].inst == list[i].inst;
        if (!own)
            continue;
        taken++;
        add_word(c, to, yj_span_of(list[i].code));
        add_word(c, to, yj_span_of(list[i].name));
        add_short(c, to, list[i].name, 4);
        add_short(c, to, list[i].name, 2);
    }
    return YJ_OK;
}

static yj_status add_persons(yj_call *c, const yj_account_person *persons, size_t count, word_list *to,
                             yj_error *err)
{
    const yj_kind *k = c->catalog->access.person >= 0 ? &c->catalog->kinds[c->catalog->access.person] : NULL;
    for (size_t i = 0; k && i < count && i < ABOUT_PERSONS; i++) {
        yj_auto(yj_buf_done) yj_buf name;
        yj_buf_init(&name, NAME_BYTES_MAX);
        yj_status s =
            yj_record_title(c->db, c->catalog, persons[i].inst, k, persons[i].person, c->lang, &name, err);
        if (s != YJ_OK && s != YJ_E_NOT_FOUND)
            return s;
        if (s == YJ_OK)
            add_word(c, to, yj_buf_view(&name));
    }
    return YJ_OK;
}

yj_status yj_call_about(yj_call *c, const char *account, yj_password_about *ret, yj_error *err)
{
    word_list list = { .words = yj_arena_array(c->rq->arena, ABOUT_WORDS, sizeof *list.words) };
    const yj_account_person *persons = NULL;
    size_t count = 0;
    YJ_TRY(yj_arena_status(c->rq->arena, err));
    YJ_TRY(yj_call_db(c, err));
    yj_status s = yj_account_persons(c->db, account, c->rq->arena, &persons, &count, err);
    if (s == YJ_OK)
        s = add_persons(c, persons, count, &list, err);
    yj_call_db_done(c);
    YJ_TRY(s);
    YJ_TRY(add_institutions(c, persons, count, &list, err));
    ret->words = list.words;
    ret->word_count = list.count;
    return yj_arena_status(c->rq->arena, err);
}

/* --- cookies ---------------------------------------------------------------------------------- */

void yj_give_cookie(yj_call *c, yj_reply *rp, const char *what, const char *value, int seconds, bool lax)
{
    char name[64], age[32] = "";
    yj_cookie_name(c, what, name);
    if (seconds || !value[0])
        snprintf(age, sizeof age, "; Max-Age=%d", value[0] ? seconds : 0);
    yj_reply_header(c, rp, "Set-Cookie",
                    yj_arena_fmt(c->rq->arena, "%s=%s; Path=/; HttpOnly; SameSite=%s%s%s", name, value,
                                 lax ? "Lax" : "Strict", c->rq->secure ? "; Secure" : "", age));
}

void yj_give_session(yj_call *c, yj_reply *rp, const char *token)
{
    yj_give_cookie(c, rp, "", token, 0, false);
}

void yj_give_device(yj_call *c, yj_reply *rp, const char *token)
{
    yj_give_cookie(c, rp, "-device", token, DEVICE_SECONDS, false);
}

yj_span yj_device_of(const yj_call *c)
{
    char name[64];
    yj_span token = { "", 0 };
    yj_cookie_name(c, "-device", name);
    return yj_cookie_find(c->rq->head.value[YJ_H_COOKIE], name, &token) ? token : (yj_span){ "", 0 };
}

yj_status yj_become(yj_call *c, const char *token, yj_error *err)
{
    struct yj_server *s = c->server;
    yj_callers_forget(s->callers);
    yj_admit_let_go(c);
    yj_credential_of((yj_span){ NULL, 0 }, yj_span_of(token), &c->credential);
    YJ_TRY(yj_caller_read(s->callers, &c->credential, yj_machine_now(), &c->who, err));
    return c->who ? YJ_OK : yj_fail(err, YJ_E_STRANGER, "sign in first");
}

yj_status yj_begin_session(yj_call *c, yj_db *db, const char *account, yj_session_stage stage,
                           char ret_token[static YJ_SESSION_TOKEN_LEN + 1], yj_error *err)
{
    char id[YJ_UUID_LEN + 1];
    yj_session_new n = { .account = account,
                         .stage = stage,
                         .address = c->rq->address,
                         .agent = c->rq->head.value[YJ_H_USER_AGENT] };
    if (c->who && c->who->kind == YJ_CREDENTIAL_SESSION) {
        yj_status s = yj_session_end(db, c->who->account.id, c->who->session.id, err);
        if (s != YJ_OK && s != YJ_E_NOT_FOUND)
            return s;
    }
    return yj_session_begin(db, &c->server->session, &n, yj_machine_now(), ret_token, id, err);
}

/* --- what routes of sign-in do alike ---------------------------------------------------------- */

yj_status yj_call_signs_in(const yj_call *c, yj_error *err)
{
    return c->server->site.signs_in
               ? YJ_OK
               : yj_fail(err, YJ_E_CONFLICT, "nobody signs in to this server: it is open");
}

yj_status yj_call_write(yj_call *c, yj_write_fn fn, void *own, yj_error *err)
{
    void *before = c->own;
    c->own = own;
    yj_status s = yj_engine_write(c->server->engine, fn, c, err);
    c->own = before; /* what it points to may end with the caller */
    if (s == YJ_OK)
        yj_callers_forget(c->server->callers);
    return s;
}

yj_status yj_refuse_sign_in(yj_call *c, yj_reply *rp, const yj_sign_in *x, bool code, yj_error *err)
{
    if (x->outcome == YJ_SIGN_IN_WAIT)
        yj_reply_header(c, rp, "Retry-After", yj_arena_fmt(c->rq->arena, "%lld", (long long)x->wait_s));
    return yj_sign_in_refusal(x, code, err);
}

yj_status yj_let_in(yj_call *c, yj_reply *rp, const yj_sign_in *x, const char *token, yj_error *err)
{
    char device[YJ_DEVICE_TOKEN_LEN + 1];
    YJ_TRY(yj_become(c, token, err));
    yj_give_session(c, rp, token);
    if (x->outcome == YJ_SIGN_IN_DONE) {
        yj_sign_in_device(c->server->desk, x, yj_machine_now(), device);
        yj_give_device(c, rp, device);
    }
    return YJ_OK;
}
