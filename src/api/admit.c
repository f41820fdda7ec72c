// SPDX-License-Identifier: Apache-2.0
#include "api/admit.h"

#include "access/secret.h"
#include "access/sender.h"
#include "api/caller.h"
#include "api/inspect.h"
#include "api/param.h"
#include "record/exchange.h"
#include <assert.h>
#include <stdio.h>
#include <strings.h>

#define BASIC_BYTES_MAX 400 /* name and password of HTTP Basic */
#define LARGE_UNKNOWN_MAX 2 /* large bodies taken in at once of who is not known yet */

static bool safe_method(const yj_call *c)
{
    return c->rq->method == YJ_GET || c->rq->method == YJ_HEAD;
}

static bool signs_in(const yj_call *c)
{
    return c->server->site.signs_in;
}

/* --- credentials ------------------------------------------------------------------------------ */

void yj_cookie_name(const yj_call *c, const char *what, char ret[static 64])
{
    const char *id = c->server->installation.id;
    size_t len = strlen(id);
    snprintf(ret, 64, "%syunjian-%s%s", c->rq->secure ? "__Host-" : "", len > 8 ? id + len - 8 : id, what);
}

void yj_admit_begin(yj_call *c)
{
    char name[64];
    yj_span session = { NULL, 0 };
    if (!signs_in(c))
        return;
    yj_cookie_name(c, "", name);
    if (!yj_cookie_find(c->rq->head.value[YJ_H_COOKIE], name, &session))
        session = (yj_span){ NULL, 0 };
    yj_credential_of(c->rq->head.value[YJ_H_AUTHORIZATION], session, &c->credential);
    if (c->credential.kind != YJ_CREDENTIAL_NONE)
        c->who = yj_caller_known(c->server->callers, &c->credential);
}

/* A calendar program gives the token as a password, with any name. */
static void take_basic(yj_call *c)
{
    static const char scheme[] = "basic ";
    const size_t n = sizeof scheme - 1;
    yj_span value = c->rq->head.value[YJ_H_AUTHORIZATION];
    uint8_t text[BASIC_BYTES_MAX];
    size_t len = 0;
    if (!c->route->calendar || !value.ptr || value.len <= n || strncasecmp(value.ptr, scheme, n) != 0 ||
        !yj_base64_decode((yj_span){ value.ptr + n, value.len - n }, text, sizeof text, &len))
        return;
    const uint8_t *colon = len ? memchr(text, ':', len) : NULL;
    if (colon && (size_t)(text + len - colon) - 1 == YJ_TOKEN_LEN) {
        memcpy(c->basic, colon + 1, YJ_TOKEN_LEN);
        yj_credential_of_token((yj_span){ c->basic, YJ_TOKEN_LEN }, &c->credential);
        yj_caller_unref(c->who);
        c->who = yj_caller_known(c->server->callers, &c->credential);
    }
    yj_secret_wipe(text, sizeof text);
}

static yj_status stranger(yj_error *err)
{
    return yj_fail(err, YJ_E_STRANGER, "sign in first");
}

yj_status yj_admit_body(yj_call *c, yj_error *err)
{
    if (!signs_in(c) || c->route->who == YJ_FOR_ANYBODY)
        return YJ_OK;
    take_basic(c);
    if (c->credential.kind == YJ_CREDENTIAL_NONE)
        return stranger(err);
    bool large = c->rq->plan == YJ_BODY_WHOLE && c->rq->length > YJ_JSON_BODY_MAX;
    if (!large || c->who || yj_caller_seen(c->server->callers, &c->credential))
        return YJ_OK;
    c->large = true;
    c->rq->ends = true; /* counted until the exchange is over */
    if (atomic_fetch_add(&c->server->large_unknown, 1) < LARGE_UNKNOWN_MAX)
        return YJ_OK;
    return yj_fail(err, YJ_E_BUSY, "too many large requests at once; try again in a moment");
}

void yj_admit_let_go(yj_call *c)
{
    yj_caller_unref(c->who);
    c->who = NULL;
}

void yj_admit_done(yj_call *c)
{
    if (c->large)
        atomic_fetch_sub(&c->server->large_unknown, 1);
    c->large = false;
    yj_secret_wipe(c->basic, sizeof c->basic);
    yj_admit_let_go(c);
}

/* --- who the route is for --------------------------------------------------------------------- */

/* Before it is known of which institution it is. */
static yj_status is_for(const yj_call *c, const yj_route *r, yj_error *err)
{
    const yj_caller *who = c->who;
    bool session = who->kind == YJ_CREDENTIAL_SESSION;
    if (session && who->session.stage != YJ_SESSION_FULL)
        return yj_fail(err, YJ_E_STRANGER, "give your code first");
    if (r->who == YJ_FOR_SESSION && !session)
        return yj_fail(err, YJ_E_FORBIDDEN,
                       "this is done by the person himself, in the page; a token may not");
    if (r->who == YJ_FOR_OPERATOR && !who->operator_)
        return yj_fail(err, YJ_E_FORBIDDEN, "this is left to the operator of the installation");
    return YJ_OK;
}

static yj_status in_scope(yj_call *c, yj_error *err)
{
    int at = yj_route_segment(c->route, "kind");
    if (c->route->calendar && c->who->kind == YJ_CREDENTIAL_TOKEN && yj_token_reads_calendar(&c->who->token))
        return YJ_OK;
    if (c->who->kind != YJ_CREDENTIAL_TOKEN ||
        yj_token_allows(&c->who->token, !safe_method(c), at >= 0 ? c->segment[at] : NULL))
        return YJ_OK;
    return yj_fail(err, YJ_E_FORBIDDEN, "the token is not made for this");
}

/* A page of another site can make a browser send its cookies, but does not know this. */
static yj_status is_meant(const yj_call *c, yj_error *err)
{
    if (safe_method(c) || c->who->kind != YJ_CREDENTIAL_SESSION ||
        yj_session_csrf_ok(c->credential.text, yj_trim(c->rq->head.value[YJ_H_YUNJIAN_CSRF])))
        return YJ_OK;
    yj_fail(err, YJ_E_FORBIDDEN,
            "the request does not come from a page of this session; load the page again");
    return yj_error_at(err, "yunjian-csrf");
}

bool yj_admit_hit(yj_call *c, const yj_route *r, int64_t inst)
{
    yj_error err = { 0 };
    if (!signs_in(c) || r->who == YJ_FOR_ANYBODY)
        return true;
    if (!c->who || is_for(c, r, &err) != YJ_OK)
        return false;
    if (c->who->kind == YJ_CREDENTIAL_TOKEN && !yj_token_allows(&c->who->token, false, NULL))
        return false; /* of which kind it is, is looked at on the long way */
    return r->who != YJ_FOR_MEMBER || (inst != YJ_NO_INST && yj_caller_member(c->who, inst));
}

/* --- files of evidence ------------------------------------------------------------------------ */

static yj_status no_evidence(yj_error *err)
{
    return yj_fail(err, YJ_E_NOT_FOUND, "there is no evidence with that digest");
}

/* Does a record of the institution name it, and did the institution come by it honestly (access/sender.h)?
 * @param ret_record its id, the arena's; may be NULL */
static yj_status named_in(yj_call *c, int64_t inst, const char *digest, bool *ret, const char **ret_record,
                          yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(c->db,
                         "SELECT id FROM r_evidence WHERE inst = ?1 AND f_digest = ?2 AND erased = 0 LIMIT 1",
                         &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, digest);
    YJ_TRY(yj_stmt_step(st, ret, err));
    if (*ret && ret_record) {
        yj_span id = yj_col_text(st, 0);
        *ret_record = yj_arena_strndup(c->rq->arena, id.ptr, id.len);
    }
    return *ret ? yj_sender_has_inst(c->db, digest, inst, ret, err) : YJ_OK;
}

/* As an inspector, in whichever institution he may read a record names it. */
static yj_status inspects_file(yj_call *c, const char *digest, bool *ret, yj_error *err)
{
    const char *record = NULL;
    for (size_t i = 0; !*ret && i < c->who->inspected_count; i++) {
        int64_t inst = c->who->inspected[i].inst;
        if (!yj_inspect_let_in(c, inst))
            return YJ_OK;
        YJ_TRY(named_in(c, inst, digest, ret, &record, err));
    }
    if (!*ret)
        c->inspected = NULL;
    c->inspected_file = record ? record : digest;
    return YJ_OK;
}

/* Who asks sent it, or a record of an institution of his names it, or it waits there to be taken. */
static yj_status may_read(yj_call *c, const char *digest, yj_error *err)
{
    bool found = false;
    if (c->who->operator_)
        return YJ_OK;
    YJ_TRY(yj_call_db(c, err));
    YJ_TRY(yj_sender_is(c->db, digest, c->who->account.id, &found, err));
    bool kind = yj_catalog_kind(c->catalog, YJ_SPAN("evidence")) != NULL;
    for (size_t i = 0; kind && !found && i < c->who->person_count; i++)
        if (i == 0 || c->who->persons[i].inst != c->who->persons[i - 1].inst)
            YJ_TRY(named_in(c, c->who->persons[i].inst, digest, &found, NULL, err));
    for (size_t i = 0; kind && !found && i < c->who->person_count; i++)
        if (i == 0 || c->who->persons[i].inst != c->who->persons[i - 1].inst)
            YJ_TRY(yj_waiting_file(c->db, c->catalog, c->who->persons[i].inst, digest, &found, err));
    if (kind && !found)
        YJ_TRY(inspects_file(c, digest, &found, err));
    yj_call_db_done(c); /* reading the file may take long */
    return found ? YJ_OK : no_evidence(err);
}

static yj_status has_begun(yj_call *c, const char *upload, yj_error *err)
{
    bool found = false;
    YJ_TRY(yj_call_db(c, err));
    yj_status s = yj_sender_is(c->db, upload, c->who->account.id, &found, err);
    yj_call_db_done(c);
    YJ_TRY(s);
    return found ? YJ_OK : yj_fail(err, YJ_E_NOT_FOUND, "there is no such upload");
}

/* Of a route that names a file, or an upload. A file that is being sent is none yet that could be read. */
static yj_status may_have_file(yj_call *c, yj_error *err)
{
    int digest = yj_route_segment(c->route, "digest"), upload = yj_route_segment(c->route, "upload");
    char hex[2 * YJ_HASH_LEN + 1];
    yj_digest d;
    if (upload >= 0)
        return has_begun(c, c->segment[upload], err);
    if (digest < 0 || c->route->chunk || !yj_digest_from_hex(yj_span_of(c->segment[digest]), &d))
        return YJ_OK; /* what is no digest is told where it is read */
    yj_digest_hex(&d, hex);
    return may_read(c, hex, err);
}

/* --- letting in ------------------------------------------------------------------------------- */

static yj_status is_member(yj_call *c, yj_error *err)
{
    YJ_TRY(yj_call_institution(c, err));
    if (yj_caller_member(c->who, c->inst->inst) || yj_inspect_let_in(c, c->inst->inst))
        return YJ_OK;
    c->inst = NULL;
    return yj_fail(err, YJ_E_NOT_FOUND, "there is no institution %s", yj_call_segment(c, "inst"));
}

yj_status yj_admit(yj_call *c, yj_error *err)
{
    if (!signs_in(c) && c->route->who == YJ_FOR_SESSION)
        return yj_fail(err, YJ_E_CONFLICT, "nobody signs in to this server: it is open");
    if (!signs_in(c))
        return YJ_OK;
    if (!c->who && c->credential.kind != YJ_CREDENTIAL_NONE)
        YJ_TRY(yj_caller_read(c->server->callers, &c->credential, yj_machine_now(), &c->who, err));
    if (c->route->who == YJ_FOR_ANYBODY)
        return YJ_OK;
    if (!c->who)
        return stranger(err);
    YJ_TRY(is_for(c, c->route, err));
    YJ_TRY(is_meant(c, err));
    YJ_TRY(in_scope(c, err));
    if (c->route->who == YJ_FOR_MEMBER)
        YJ_TRY(is_member(c, err));
    return may_have_file(c, err);
}

yj_status yj_admit_proved(const yj_call *c, yj_error *err)
{
    assert(c->who && c->who->kind == YJ_CREDENTIAL_SESSION);
    if (yj_machine_now() - c->who->session.proved_ns <= YJ_PROVED_S * YJ_NS_PER_S)
        return YJ_OK;
    return yj_fail(err, YJ_E_PROVE, "prove once more who you are");
}

typedef struct sent {
    const char *name;
    const yj_caller *who;
    bool whole; /* it is a file, no upload under way */
} sent;

static yj_status add_sender(yj_db *db, void *ctx, yj_error *err)
{
    const sent *x = ctx;
    int64_t now = yj_machine_now();
    YJ_TRY(yj_sender_add(db, x->name, x->who->account.id, now, err));
    for (size_t i = 0; x->whole && i < x->who->person_count; i++)
        if (x->who->persons[i].inst != YJ_INST_INSTALLATION) /* for whom the operator sends it is not known */
            YJ_TRY(yj_sender_add_inst(db, x->name, x->who->persons[i].inst, now, err));
    return YJ_OK;
}

yj_status yj_admit_sent(yj_call *c, const char *name, yj_error *err)
{
    if (!signs_in(c))
        return YJ_OK;
    yj_call_db_done(c);
    sent x = { .name = name, .who = c->who, .whole = strlen(name) == (size_t)2 * YJ_HASH_LEN };
    return yj_engine_write(c->server->engine, add_sender, &x, err);
}
