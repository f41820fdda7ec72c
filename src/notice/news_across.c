// SPDX-License-Identifier: Apache-2.0
/*
 * News that passes between institutions. The ledger that grew tells the other side in its own pass: what it
 * addressed, answered, offered or took; so nobody's ledger is looked through for what may have come from
 * elsewhere. Who is told there is who may deal with it, by that institution's roles.
 */
#include "base/json.h"
#include "notice/news_internal.h"
#include "record/across.h"
#include <stdio.h>

/* The receipt of an answer is entered right before the move that it makes; its files may lie between. */
#define RECEIPT_NEAR 110

/* --- who is told ------------------------------------------------------------------------------ */

/* Something that one has to be allowed to do to be told. */
typedef struct doing {
    const yj_kind *k;
    yj_act act;
    int transition;
    const yj_may_record *record; /* NULL: any */
} doing;

/* @param ret_for whose deputy he is in that; "" his own */
static bool may_all(const yj_catalog *c, const yj_actor *actor, const doing *all, size_t count,
                    const char **ret_for)
{
    *ret_for = "";
    for (size_t i = 0; i < count; i++) {
        yj_may may;
        yj_may_do(c, actor, all[i].k, all[i].act, all[i].transition, all[i].record, &may);
        if (!may.allowed)
            return false;
        if (may.for_whom && !(*ret_for)[0])
            *ret_for = may.for_whom;
    }
    return true;
}

static yj_status told_before(yj_finding *x, int64_t inst, const char *person, const char *cause, bool *ret,
                             yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(x->db, "SELECT 1 FROM notice WHERE inst = ?1 AND person = ?2 AND cause = ?3", &st,
                         err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, person);
    yj_bind_cstr(st, 3, cause);
    return yj_stmt_step(st, ret, err);
}

/*
 * Those of item->inst who may do all of it, and its groups.
 * @param again NULL; else what is told in place of it to whom `item` was told already: who was told neither
 * is told the first
 */
static yj_status tell_who_may(yj_finding *x, const yj_news_item *item, const yj_news_item *again,
                              const doing *all, size_t count, yj_error *err)
{
    const yj_audience *people = NULL;
    bool some = false;
    YJ_TRY(yj_news_need(x, item->inst, &people, err));
    for (size_t i = 0; i < people->count; i++) {
        const yj_hearer *p = &people->rows[i];
        const yj_actor actor = yj_news_actor(p, item->inst);
        yj_news_item one = *item;
        bool before = false;
        if (!may_all(x->c, &actor, all, count, &one.for_whom))
            continue;
        one.cause = one.for_whom[0] ? yj_news_deputy_cause(x, item->cause) : item->cause;
        YJ_TRY(yj_arena_status(x->to->a, err));
        if (again)
            YJ_TRY(told_before(x, item->inst, p->id, one.cause, &before, err));
        if (before) {
            const char *for_whom = one.for_whom;
            one = *again;
            one.for_whom = for_whom;
            one.cause = for_whom[0] ? yj_news_deputy_cause(x, again->cause) : again->cause;
        }
        one.person = p->id;
        some = true;
        YJ_TRY(yj_news_add(x, &one, err));
    }
    YJ_TRY(yj_arena_status(x->to->a, err));
    return some ? yj_news_add(x, item, err) : YJ_OK; /* a group hears of what somebody may deal with */
}

/* By roles that the packs name. */
static yj_status tell_roles(yj_finding *x, const yj_news_item *item, yj_error *err)
{
    const yj_audience *people = NULL;
    YJ_TRY(yj_news_need(x, item->inst, &people, err));
    for (size_t i = 0; i < people->count; i++) {
        yj_news_item one = *item;
        one.person = people->rows[i].id;
        if (people->rows[i].roles & x->c->notices.roles[item->news])
            YJ_TRY(yj_news_add(x, &one, err));
    }
    return yj_news_add(x, item, err);
}

static const yj_kind *kind_at(const yj_catalog *c, int kind)
{
    return kind >= 0 ? &c->kinds[kind] : NULL;
}

static bool moved(const yj_news_entry *t)
{
    return strcmp(t->op, "move") == 0 || strcmp(t->op, "withdraw") == 0;
}

/* --- what is addressed ------------------------------------------------------------------------ */

/* Did the record move because an answer was taken? Then its giver is told of the receipt. */
static yj_status moved_by_answer(yj_finding *x, const yj_news_entry *t, bool *ret, yj_error *err)
{
    const yj_receipt_map *m = &x->c->exchange.receipt;
    char sql[600];
    *ret = false;
    if (m->kind < 0)
        return YJ_OK;
    const yj_kind *k = &x->c->kinds[m->kind];
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    snprintf(
        sql, sizeof sql,
        "SELECT 1 FROM r_%s q JOIN entry e ON e.inst = q.inst AND e.record = q.id AND e.op = 'create' WHERE "
        "q.inst = ?1 AND q.f_%s = ?2 AND e.seq < ?3 AND e.seq > ?4 AND NOT EXISTS (SELECT 1 FROM entry m "
        "WHERE "
        "m.inst = ?1 AND m.record = ?2 AND m.op = 'move' AND m.seq > e.seq AND m.seq < ?3) LIMIT 1",
        k->name, k->fields[m->about].name);
    YJ_TRY(yj_db_prepare_made(x->db, sql, &st, err));
    yj_bind_i64(st, 1, x->inst);
    yj_bind_cstr(st, 2, t->record);
    yj_bind_i64(st, 3, t->seq);
    yj_bind_i64(st, 4, t->seq - RECEIPT_NEAR);
    return yj_stmt_step(st, ret, err);
}

static yj_status of_addressed(yj_finding *x, const yj_news_entry *t, const yj_kind *k, yj_error *err)
{
    const yj_kind *answer = kind_at(x->c, x->c->exchange.given.kind);
    const bool move = moved(t);
    yj_across to;
    yj_may_record r;
    bool by_answer = false;
    if (!answer || x->c->exchange.addresses[k->index].path_count == 0)
        return YJ_OK;
    YJ_TRY(yj_across_addressed(x->db, x->inst, t->record, x->to->a, &to, err));
    if (to.count == 0)
        return YJ_OK;
    YJ_TRY(yj_may_record_read(x->db, x->c, x->inst, k, t->record, x->to->a, &r,
                              err)); /* it is there: see above */
    if (move)
        YJ_TRY(moved_by_answer(x, t, &by_answer, err));
    for (size_t i = 0; i < to.count; i++) {
        const doing all[] = { { answer, YJ_ACT_CREATE, -1, NULL } };
        yj_news_item item = yj_news_item_of(YJ_NEWS_ADDRESSED, to.insts[i]), again;
        item.party = x->inst;
        item.kind = k->name;
        item.record = yj_arena_strdup(x->to->a, t->record);
        item.cause = yj_arena_fmt(x->to->a, "addressed/%s", t->record);
        again = item;
        again.detail = r.state >= 0 ? k->states[r.state].id : "";
        again.cause = yj_arena_fmt(x->to->a, "addressed/%s/%lld", t->record, (long long)t->seq);
        YJ_TRY(yj_arena_status(x->to->a, err));
        YJ_TRY(tell_who_may(x, &item, move && !by_answer ? &again : NULL, all, YJ_COUNT(all), err));
    }
    return YJ_OK;
}

/* --- answers ---------------------------------------------------------------------------------- */

static yj_status of_answer(yj_finding *x, const yj_news_entry *t, yj_error *err)
{
    const yj_kind *receipt = kind_at(x->c, x->c->exchange.receipt.kind);
    yj_across_answer a;
    yj_may_record r;
    bool waits = false;
    YJ_TRY(yj_across_answered(x->db, x->c, x->inst, t->record, &a, &waits, err));
    if (!waits || !receipt)
        return YJ_OK;
    YJ_TRY(yj_may_record_read(x->db, x->c, a.client, a.about, a.record, x->to->a, &r, err));
    const doing all[] = { { receipt, YJ_ACT_CREATE, -1, NULL },
                          { a.about, a.moves ? YJ_ACT_MOVE : YJ_ACT_CHANGE, a.moves ? a.transition : -1,
                            &r } };
    yj_news_item item = yj_news_item_of(YJ_NEWS_ANSWERED, a.client);
    item.party = x->inst;
    item.kind = a.about->name;
    item.record = r.id;
    item.detail = a.about->transitions[a.transition].id;
    item.cause = yj_arena_fmt(x->to->a, "answer/%s/%lld", t->record, (long long)a.version);
    YJ_TRY(yj_arena_status(x->to->a, err));
    return tell_who_may(x, &item, NULL, all, YJ_COUNT(all), err);
}

/* --- offers ----------------------------------------------------------------------------------- */

/* @param record of the party's ledger, that it offers */
static yj_status tell_offered(yj_finding *x, const char *record, yj_error *err)
{
    const yj_kind *receipt = kind_at(x->c, x->c->exchange.receipt.kind), *as = NULL;
    yj_across to;
    int64_t version = 0;
    if (!receipt)
        return YJ_OK;
    YJ_TRY(yj_across_offered(x->db, x->c, x->inst, record, x->to->a, &to, &version, &as, err));
    for (size_t i = 0; i < to.count; i++) {
        const doing all[] = { { receipt, YJ_ACT_CREATE, -1, NULL }, { as, YJ_ACT_CREATE, -1, NULL } };
        yj_news_item item = yj_news_item_of(YJ_NEWS_OFFERED, to.insts[i]);
        item.party = x->inst;
        item.kind = as->name;
        item.record = yj_arena_strdup(x->to->a, record);
        item.cause = yj_arena_fmt(x->to->a, "offer/%s/%lld", record, (long long)version);
        YJ_TRY(yj_arena_status(x->to->a, err));
        YJ_TRY(tell_who_may(x, &item, NULL, all, YJ_COUNT(all), err));
    }
    return YJ_OK;
}

/* Which record an offer is about; "" none. */
static yj_status offered_by(yj_finding *x, const char *offer, char ret[static YJ_UUID_LEN + 1], yj_error *err)
{
    const yj_offer_map *m = &x->c->exchange.offer;
    const yj_kind *k = &x->c->kinds[m->kind];
    char sql[300];
    bool row = false;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    snprintf(sql, sizeof sql, "SELECT r.f_%s FROM r_%s r WHERE r.inst = ?1 AND r.id = ?2 AND r.erased = 0",
             k->fields[m->about].name, k->name);
    YJ_TRY(yj_db_prepare_made(x->db, sql, &st, err));
    yj_bind_i64(st, 1, x->inst);
    yj_bind_cstr(st, 2, offer);
    YJ_TRY(yj_stmt_step(st, &row, err));
    yj_span s = row ? yj_col_text(st, 0) : YJ_SPAN("");
    snprintf(ret, YJ_UUID_LEN + 1, "%.*s", (int)s.len, s.ptr ? s.ptr : "");
    return YJ_OK;
}

static bool is_offered(const yj_catalog *c, const yj_kind *k)
{
    for (size_t i = 0; c->exchange.offer.kind >= 0 && i < c->exchange.offered_count; i++)
        if (c->exchange.offered[i].kind == k->index)
            return true;
    return false;
}

static yj_status of_offer(yj_finding *x, const yj_news_entry *t, const yj_kind *k, yj_error *err)
{
    char about[YJ_UUID_LEN + 1];
    if (is_offered(x->c, k))
        return tell_offered(x, t->record, err);
    if (k->index != x->c->exchange.offer.kind)
        return YJ_OK;
    YJ_TRY(offered_by(x, t->record, about, err));
    return about[0] ? tell_offered(x, about, err) : YJ_OK;
}

/* --- receipts, ties, readings ----------------------------------------------------------------- */

static yj_status of_receipt(yj_finding *x, const yj_news_entry *t, yj_error *err)
{
    const yj_exchange *e = &x->c->exchange;
    const yj_field *outcome = &x->c->kinds[e->receipt.kind].fields[e->receipt.outcome];
    yj_across_receipt r;
    bool found = false;
    YJ_TRY(yj_across_received(x->db, x->c, x->inst, t->record, &r, &found, err));
    if (!found)
        return YJ_OK;
    const yj_kind *gives = kind_at(x->c, r.kind->index == e->given.kind ? e->given.kind : e->offer.kind);
    if (!gives)
        return YJ_OK;
    const doing all[] = { { gives, YJ_ACT_CREATE, -1, NULL } };
    yj_news_item item = yj_news_item_of(YJ_NEWS_TAKEN, r.party);
    item.party = x->inst;
    item.kind = r.kind->name;
    item.record = yj_arena_strdup(x->to->a, r.record);
    item.detail = outcome->options[r.accepted ? e->receipt.accepted : e->receipt.declined].id;
    item.cause = yj_arena_fmt(x->to->a, "receipt/%s", t->record);
    YJ_TRY(yj_arena_status(x->to->a, err));
    return tell_who_may(x, &item, NULL, all, YJ_COUNT(all), err);
}

/* Each side is told of what the other did: an acceptance is entered in both ledgers, but is the invited one's
 * doing. */
static yj_status of_tie(yj_finding *x, const yj_news_entry *t, const yj_kind *k, yj_error *err)
{
    static const char *const says[] = { [YJ_ACROSS_NOT_YET] = "",
                                        [YJ_ACROSS_ACCEPTED] = "accepted",
                                        [YJ_ACROSS_DECLINED] = "declined",
                                        [YJ_ACROSS_ENDED] = "ended" };
    const bool asks = k->index == x->c->exchange.invitation.kind;
    yj_across_tie tie;
    int64_t other = -1;
    if (!moved(t))
        return YJ_OK;
    YJ_TRY(yj_across_tied(x->db, x->c, x->inst, k, t->record, &tie, &other, err));
    if (tie == YJ_ACROSS_NOT_YET || (!asks && tie != YJ_ACROSS_ENDED) ||
        (tie == YJ_ACROSS_ENDED && other < 0))
        return YJ_OK;
    yj_news_item item = yj_news_item_of(YJ_NEWS_TIED, tie == YJ_ACROSS_ENDED ? other : x->inst);
    item.party = tie == YJ_ACROSS_ENDED ? x->inst : other < 0 ? 0 : other;
    item.detail = says[tie];
    if (tie != YJ_ACROSS_ENDED) { /* the invitation is one's own */
        item.kind = k->name;
        item.record = yj_arena_strdup(x->to->a, t->record);
    }
    item.cause = yj_arena_fmt(x->to->a, "tied/%s/%s", t->record, item.detail);
    YJ_TRY(yj_arena_status(x->to->a, err));
    return tell_roles(x, &item, err);
}

static const char *id_in(const json_t *body, const char *key)
{
    const char *s = json_string_value(json_object_get(json_object_get(body, key), "id"));
    return s ? s : "";
}

/* 0: there is no such institution (any more). */
static yj_status ledger_of(yj_finding *x, const char *institution, int64_t *ret, yj_error *err)
{
    YJ_TRY(yj_institution_number(x->db, institution, ret, err));
    if (*ret < 0)
        *ret = 0;
    return YJ_OK;
}

/* Once for an inspector and a day: what was read is listed elsewhere (record/reading.h). */
static yj_status of_reading(yj_finding *x, const yj_news_entry *t, yj_error *err)
{
    yj_auto(yj_json_freep) json_t *body = NULL;
    YJ_TRY(yj_body_read_json(x->db, x->inst, (uint64_t)t->seq, &body, err));
    yj_news_item item = yj_news_item_of(YJ_NEWS_READ, x->inst);
    YJ_TRY(ledger_of(x, id_in(body, "regulator"), &item.party, err));
    item.cause = yj_arena_fmt(x->to->a, "read/%s/%s", id_in(body, "inspector"), x->today);
    YJ_TRY(yj_arena_status(x->to->a, err));
    return tell_roles(x, &item, err);
}

/* --- all of it -------------------------------------------------------------------------------- */

yj_status yj_news_across(yj_finding *x, const yj_news_entry *t, const yj_kind *k, yj_error *err)
{
    const yj_exchange *e = &x->c->exchange;
    if (e->invitation.kind < 0)
        return YJ_OK;
    if (strcmp(t->op, "read") == 0)
        return of_reading(x, t, err);
    if (!k || strcmp(t->op, "erase") == 0)
        return YJ_OK;
    if (k->index == e->invitation.kind || k->index == e->link.kind)
        return of_tie(x, t, k, err);
    if (k->index == e->given.kind)
        return of_answer(x, t, err);
    if (k->index == e->receipt.kind)
        return strcmp(t->op, "create") == 0 ? of_receipt(x, t, err) : YJ_OK;
    YJ_TRY(of_offer(x, t, k, err));
    return of_addressed(x, t, k, err);
}

/* --- by when ---------------------------------------------------------------------------------- */

#define WAITING_BYTES_MAX ((size_t)64 << 20)
#define WAITING_MAX 5000

static yj_status due_offer(yj_finding *x, const json_t *o, const char *today, const char *before,
                           yj_error *err)
{
    const char *day = json_string_value(json_object_get(o, "due_on"));
    const char *id = json_string_value(json_object_get(o, "offer"));
    const char *kind = json_string_value(json_object_get(o, "kind"));
    const yj_kind *k = kind ? yj_catalog_kind(x->c, yj_span_of(kind)) : NULL;
    const yj_kind *receipt = kind_at(x->c, x->c->exchange.receipt.kind);
    if (!day || !id || !k || !receipt || !yj_date_valid(yj_span_of(day)))
        return YJ_OK;
    const int64_t left = yj_date_to_days(day) - yj_date_to_days(today);
    const int64_t left_before = before[0] ? yj_date_to_days(day) - yj_date_to_days(before) : INT64_MAX;
    const int step = left < 0 ? -1 : yj_news_step(&x->c->notices, left);
    if (left < 0 ? left_before < 0
                 : step < 0 || (before[0] && step == yj_news_step(&x->c->notices, left_before)))
        return YJ_OK;
    const doing all[] = { { receipt, YJ_ACT_CREATE, -1, NULL }, { k, YJ_ACT_CREATE, -1, NULL } };
    yj_news_item item = yj_news_item_of(left < 0 ? YJ_NEWS_OVERDUE : YJ_NEWS_DUE, x->inst);
    YJ_TRY(ledger_of(x, id_in(o, "institution"), &item.party, err));
    item.kind = k->name;
    item.record = yj_arena_strdup(x->to->a, id);
    item.day = yj_arena_strdup(x->to->a, day);
    item.cause = left < 0 ? yj_arena_fmt(x->to->a, "overdue/offer/%s/%s", id, day)
                          : yj_arena_fmt(x->to->a, "due/offer/%s/%s/%d", id, day, step);
    YJ_TRY(yj_arena_status(x->to->a, err));
    return tell_who_may(x, &item, NULL, all, YJ_COUNT(all), err);
}

yj_status yj_news_across_due(yj_finding *x, const char *today, const char *before, yj_error *err)
{
    const yj_exchange *e = &x->c->exchange;
    yj_auto(yj_buf_done) yj_buf text;
    yj_auto(yj_json_freep) json_t *waiting = NULL;
    if (e->offer.kind < 0 || e->receipt.kind < 0)
        return YJ_OK;
    yj_buf_init(&text, WAITING_BYTES_MAX);
    YJ_TRY(yj_offers_waiting(x->db, x->c, x->inst, WAITING_MAX, YJ_LANG_ZH, &text, err));
    YJ_TRY(yj_json_parse(yj_buf_view(&text), WAITING_BYTES_MAX, &waiting, err));
    const json_t *items = json_object_get(waiting, "items");
    for (size_t i = 0; i < json_array_size(items); i++)
        YJ_TRY(due_offer(x, json_array_get(items, i), today, before, err));
    return YJ_OK;
}
