// SPDX-License-Identifier: Apache-2.0
/* Rows of table delivery. See outbox.h for the order in which they are written, which is all there is to it.
 */
#include "notice/outbox.h"

#include "base/hash.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define CLAIM_LOCK INT64_C(0x796a6e6f74) /* "yjnot" */
#define MINUTE_NS (60 * YJ_NS_PER_S)
#define KEEP_TRIES 60 /* to write down what was accepted, about a second apart */

/* --- deciding --------------------------------------------------------------------------------- */

static yj_status wrong(yj_error *err, yj_status code, const char *field)
{
    yj_fail(err, code, "this is no %s of a notice", field);
    return yj_error_at(err, "%s", field);
}

static bool within(const char *s, size_t max)
{
    return s && *s && strlen(s) <= max && yj_utf8_valid(yj_span_of(s));
}

yj_status yj_outbox_decide(yj_db *db, const yj_delivery_order *o, bool *ret_new, yj_error *err)
{
    char id[YJ_UUID_LEN + 1], message_id[YJ_MAIL_ID_MAX + 1];
    int64_t rows = 0;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    if (!within(o->cause, YJ_OUTBOX_CAUSE_MAX))
        return wrong(err, YJ_E_INVALID, "cause");
    if (!within(o->channel, YJ_OUTBOX_CHANNEL_MAX))
        return wrong(err, YJ_E_INVALID, "channel");
    if (!within(o->content, YJ_OUTBOX_CONTENT_MAX))
        return wrong(err, YJ_E_LIMIT, "content");
    yj_uuid7(o->now_ns, id);
    YJ_TRY(yj_mail_id(id, o->domain, message_id, err));
    YJ_TRY(yj_db_prepare(
        db,
        "INSERT INTO delivery(id, inst, person, cause, channel, record, state, message_id, content, decided, "
        "due, "
        "tried, ended, attempts, worker, error, error_en, error_zh) VALUES(?1, ?2, ?3, ?4, ?5, ?6, "
        "'waiting', ?7, "
        "?8, ?9, ?10, 0, 0, 0, '', '', '', '') ON CONFLICT(inst, person, cause, channel) DO NOTHING",
        &st, err));
    yj_bind_cstr(st, 1, id);
    yj_bind_i64(st, 2, o->inst);
    yj_bind_cstr(st, 3, o->person);
    yj_bind_cstr(st, 4, o->cause);
    yj_bind_cstr(st, 5, o->channel);
    yj_bind_cstr(st, 6, o->record);
    yj_bind_cstr(st, 7, message_id);
    yj_bind_cstr(st, 8, o->content);
    yj_bind_i64(st, 9, o->now_ns);
    yj_bind_i64(st, 10, o->not_before_ns ? o->not_before_ns : o->now_ns);
    YJ_TRY(yj_stmt_run(st, &rows, err));
    *ret_new = rows == 1;
    return YJ_OK;
}

/* --- claiming --------------------------------------------------------------------------------- */

void yj_delivery_done(yj_delivery *d)
{
    free(d->person);
    free(d->cause);
    free(d->channel);
    free(d->message_id);
    free(d->content);
    *d = (yj_delivery){ .inst = 0 };
}

static char *text_of(yj_stmt *st, int col)
{
    yj_span s = yj_col_text(st, col);
    return strndup(s.ptr ? s.ptr : "", s.len);
}

int64_t yj_outbox_pause_ns(int64_t attempts, const char *id)
{
    static const int64_t minutes[] = { 1, 5, 15, 60, 240 };
    const int64_t last = (int64_t)YJ_COUNT(minutes) - 1;
    int64_t pause = MINUTE_NS * minutes[attempts < 1 ? 0 : attempts - 1 > last ? last : attempts - 1];
    yj_digest d;
    yj_hash(YJ_HASH_SHA256, id, strlen(id), &d);
    int64_t part = (d.b[0] << 8 | d.b[1]) % 2001 - 1000; /* of ten thousand */
    return pause + pause / 10000 * part;
}

/* The next one that is due, with when it is given up. Of one whose senders keep dying that is later each
 * time: it may be what kills them. */
static yj_status find_due(yj_db *db, int64_t now_ns, yj_delivery *ret, bool *ret_found, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        db,
        "SELECT id, inst, attempts, decided, person, cause, channel, message_id, content FROM delivery "
        "WHERE ended = 0 AND due <= ?1 ORDER BY due, id LIMIT 1",
        &st, err));
    yj_bind_i64(st, 1, now_ns);
    YJ_TRY(yj_stmt_step(st, ret_found, err));
    if (!*ret_found)
        return YJ_OK;
    yj_span id = yj_col_text(st, 0);
    snprintf(ret->id, sizeof ret->id, "%.*s", (int)id.len, id.ptr);
    ret->inst = yj_col_i64(st, 1);
    ret->attempts = yj_col_i64(st, 2) + 1;
    ret->decided_ns = yj_col_i64(st, 3);
    ret->person = text_of(st, 4);
    ret->cause = text_of(st, 5);
    ret->channel = text_of(st, 6);
    ret->message_id = text_of(st, 7);
    ret->content = text_of(st, 8);
    bool whole = ret->person && ret->cause && ret->channel && ret->message_id && ret->content;
    return whole ? YJ_OK : yj_fail(err, YJ_E_NOMEM, "out of memory");
}

yj_status yj_outbox_claim(yj_db *db, int64_t now_ns, yj_delivery *ret, bool *ret_found, yj_error *err)
{
    yj_delivery d = { .inst = 0 };
    bool found = false;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool mine = false;
    YJ_TRY(yj_db_try_lock(db, CLAIM_LOCK, &mine, err));
    yj_status s = mine ? find_due(db, now_ns, &d, &found, err) : YJ_OK;
    if (s == YJ_OK && found)
        s = yj_db_prepare(
            db, "UPDATE delivery SET worker = ?2, due = ?3, tried = ?4, attempts = ?5 WHERE id = ?1", &st,
            err);
    if (s == YJ_OK && found) {
        int64_t pause = yj_outbox_pause_ns(d.attempts - 1, d.id), lease = YJ_OUTBOX_LEASE_S * YJ_NS_PER_S;
        yj_uuid7(now_ns, d.token);
        yj_bind_cstr(st, 1, d.id);
        yj_bind_cstr(st, 2, d.token);
        yj_bind_i64(st, 3, now_ns + (pause > lease ? pause : lease));
        yj_bind_i64(st, 4, now_ns);
        yj_bind_i64(st, 5, d.attempts);
        s = yj_stmt_run(st, NULL, err);
    }
    if (s != YJ_OK || !found) {
        yj_delivery_done(&d);
    } else {
        *ret = d;
    }
    if (s == YJ_OK)
        *ret_found = found;
    return s;
}

/* --- finishing -------------------------------------------------------------------------------- */

static void bind_error(yj_stmt *st, int n, const yj_error *why)
{
    yj_bind_cstr(st, n, yj_status_slug(why->code));
    yj_bind_cstr(st, n + 1, why->msg);
    yj_bind_cstr(st, n + 2, yj_error_text(why, YJ_LANG_ZH));
}

static yj_status finish_sent(yj_db *db, const yj_delivery *d, int64_t now_ns, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        db,
        "UPDATE delivery SET state = 'sent', ended = ?2, worker = '', content = '', error = '', "
        "error_en = '', error_zh = '' WHERE id = ?1 AND state <> 'sent'",
        &st, err));
    yj_bind_cstr(st, 1, d->id);
    yj_bind_i64(st, 2, now_ns);
    return yj_stmt_run(st, NULL, err);
}

static yj_status finish_refused(yj_db *db, const yj_delivery *d, const yj_error *why, int64_t now_ns,
                                yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        db,
        "UPDATE delivery SET state = 'refused', ended = ?3, worker = '', error = ?4, error_en = ?5, "
        "error_zh = ?6 WHERE id = ?1 AND worker = ?2 AND ended = 0",
        &st, err));
    yj_bind_cstr(st, 1, d->id);
    yj_bind_cstr(st, 2, d->token);
    yj_bind_i64(st, 3, now_ns);
    bind_error(st, 4, why);
    return yj_stmt_run(st, NULL, err);
}

static yj_status finish_later(yj_db *db, const yj_delivery *d, const yj_outcome *o, int64_t now_ns,
                              yj_error *err)
{
    int64_t pause = yj_outbox_pause_ns(d->attempts, d->id), asked = o->wait_s * YJ_NS_PER_S;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        db,
        "UPDATE delivery SET due = ?3, worker = '', error = ?4, error_en = ?5, error_zh = ?6 WHERE "
        "id = ?1 AND worker = ?2 AND ended = 0",
        &st, err));
    yj_bind_cstr(st, 1, d->id);
    yj_bind_cstr(st, 2, d->token);
    yj_bind_i64(st, 3, now_ns + (asked > pause ? asked : pause));
    bind_error(st, 4, &o->why);
    return yj_stmt_run(st, NULL, err);
}

yj_status yj_outbox_finish(yj_db *db, const yj_delivery *d, const yj_outcome *o, int64_t now_ns,
                           yj_error *err)
{
    switch (o->is) {
    case YJ_SENT_ACCEPTED:
        return finish_sent(db, d, now_ns, err);
    case YJ_SENT_REFUSED:
        return finish_refused(db, d, &o->why, now_ns, err);
    case YJ_SENT_LATER:
    case YJ_SENT_COUNT_:
        break;
    }
    return finish_later(db, d, o, now_ns, err);
}

/* --- a round ---------------------------------------------------------------------------------- */

typedef struct step {
    yj_delivery d;
    bool found;
    const yj_outcome *outcome;
    int64_t now_ns;
} step;

static yj_status run_claim(yj_db *db, void *ctx, yj_error *err)
{
    step *x = ctx;
    yj_delivery_done(&x->d); /* of a transaction that was tried in vain */
    x->found = false;
    return yj_outbox_claim(db, x->now_ns, &x->d, &x->found, err);
}

static yj_status run_finish(yj_db *db, void *ctx, yj_error *err)
{
    const step *x = ctx;
    return yj_outbox_finish(db, &x->d, x->outcome, x->now_ns, err);
}

static void wait_a_little(int tries)
{
    struct timespec t = { .tv_sec = tries ? 1 : 0, .tv_nsec = tries ? 0 : 100000000 };
    (void)nanosleep(&t, NULL);
}

static yj_status write_down(const yj_outbox *b, step *x, yj_error *err)
{
    for (int tries = 0;; tries++) {
        x->now_ns = b->clock.now_ns(b->clock.self);
        yj_status s = b->write(b->door, run_finish, x, err);
        bool stops = b->stop && atomic_load(b->stop);
        if (s == YJ_OK || x->outcome->is != YJ_SENT_ACCEPTED || tries == KEEP_TRIES || stops)
            return s;
        wait_a_little(tries);
    }
}

yj_status yj_outbox_round(const yj_outbox *b, bool *ret_did, yj_error *err)
{
    yj_outcome o = { .is = YJ_SENT_LATER };
    step x = { .outcome = &o, .now_ns = b->clock.now_ns(b->clock.self) };
    yj_status s = b->write(b->door, run_claim, &x, err);
    if (s == YJ_OK && x.found) {
        b->send(b->ctx, &x.d, &o);
        s = write_down(b, &x, err);
    }
    if (s == YJ_OK)
        *ret_did = x.found;
    yj_delivery_done(&x.d);
    return s;
}

yj_status yj_outbox_write_by_engine(void *door, yj_write_fn fn, void *ctx, yj_error *err)
{
    return yj_engine_write(door, fn, ctx, err);
}
