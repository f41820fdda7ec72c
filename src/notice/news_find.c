// SPDX-License-Identifier: Apache-2.0
/* What is news: read from entries, judgements, what falls due, and work that failed. Changes nothing. */
#include "access/may.h"
#include "base/json.h"
#include "notice/news_internal.h"
#include "record/present.h"
#include "rule/judge.h"
#include "store/id_key.h"
#include <stdio.h>
#include <stdlib.h>

#define DUE_BYTES_MAX ((size_t)256 << 20)
#define ENOUGH ((size_t)20000) /* items of one pass: what is left comes with the next */

static const char *const names[YJ_NEWS_COUNT_] = { "due",     "overdue", "worse",     "better",
                                                   "waits",   "named",   "job",       "emergency",
                                                   "guessed", "tried",   "addressed", "answered",
                                                   "offered", "taken",   "tied",      "read" };

const char *yj_news_name(yj_news n)
{
    return names[n];
}

bool yj_news_for_groups(yj_news n)
{
    return n <= YJ_NEWS_BETTER || (n >= YJ_NEWS_ADDRESSED && n <= YJ_NEWS_TAKEN);
}

bool yj_news_by_name(yj_span s, yj_news *ret)
{
    for (size_t i = 0; i < YJ_NEWS_COUNT_; i++) {
        if (yj_span_is(s, names[i])) {
            *ret = (yj_news)i;
            return true;
        }
    }
    return false;
}

/* --- who is told ----------------------------------------------------------------------------------------
 */

const yj_audience *yj_news_people(const yj_news_found *f, int64_t inst)
{
    static const yj_audience nobody;
    for (size_t i = 0; i < f->crowd_count; i++)
        if (f->crowds[i].inst == inst)
            return &f->crowds[i].people;
    return &nobody;
}

yj_status yj_news_need(yj_finding *x, int64_t inst, const yj_audience **ret, yj_error *err)
{
    yj_news_found *to = x->to;
    for (size_t i = 0; i < to->crowd_count; i++) {
        if (to->crowds[i].inst == inst) {
            *ret = &to->crowds[i].people;
            return YJ_OK;
        }
    }
    if (to->crowd_count == to->crowd_cap) {
        size_t cap = to->crowd_cap ? 2 * to->crowd_cap : 8;
        yj_news_crowd *more = yj_arena_array(to->a, cap, sizeof *more);
        YJ_TRY(yj_arena_status(to->a, err));
        for (size_t i = 0; i < to->crowd_count; i++)
            more[i] = to->crowds[i];
        to->crowds = more;
        to->crowd_cap = cap;
    }
    yj_news_crowd *one = &to->crowds[to->crowd_count];
    *one = (yj_news_crowd){ .inst = inst };
    YJ_TRY(yj_audience_read(x->db, x->c, inst, x->today, to->a, &one->people, err));
    to->crowd_count++;
    *ret = &one->people;
    return YJ_OK;
}

yj_status yj_news_add(yj_finding *x, const yj_news_item *item, yj_error *err)
{
    yj_news_found *to = x->to;
    if (to->count == to->cap) {
        size_t cap = to->cap ? 2 * to->cap : 64;
        yj_news_item *more = yj_arena_array(to->a, cap, sizeof *more);
        YJ_TRY(yj_arena_status(to->a, err));
        for (size_t i = 0; i < to->count; i++)
            more[i] = to->items[i];
        to->items = more;
        to->cap = cap;
    }
    to->items[to->count++] = *item;
    return YJ_OK;
}

const char *yj_news_deputy_cause(yj_finding *x, const char *cause)
{
    return yj_arena_fmt(x->to->a, "%s" YJ_NEWS_DEPUTY, cause);
}

/* A person, and whoever stands in for him. @param but who did it himself */
static yj_status tell(yj_finding *x, const yj_news_item *item, const char *but, yj_error *err)
{
    const yj_audience *all = yj_news_people(x->to, item->inst);
    YJ_TRY(yj_news_add(x, item, err));
    for (size_t i = 0; i < all->deputy_count; i++) {
        yj_news_item other = *item;
        if (strcmp(all->deputies[i].for_whom, item->person) != 0 || strcmp(all->deputies[i].id, but) == 0)
            continue;
        other.person = all->deputies[i].id;
        other.for_whom = item->person;
        other.cause = yj_news_deputy_cause(x, item->cause);
        YJ_TRY(yj_arena_status(x->to->a, err));
        YJ_TRY(yj_news_add(x, &other, err));
    }
    return YJ_OK;
}

typedef struct naming {
    yj_finding *x;
    const yj_news_item *item;
    uint64_t told; /* roles by which persons are told already */
    const char *but;
    size_t first; /* item of this telling */
} naming;

static bool told_already(const naming *n, const char *person)
{
    for (size_t i = n->first; i < n->x->to->count; i++)
        if (!n->x->to->items[i].for_whom[0] && strcmp(n->x->to->items[i].person, person) == 0)
            return true;
    return false;
}

static yj_status tell_named(void *ctx, yj_span person, yj_error *err)
{
    naming *n = ctx;
    const yj_hearer *p = yj_audience_find(yj_news_people(n->x->to, n->item->inst), person);
    if (!p || (p->roles & n->told) || strcmp(p->id, n->but) == 0 || told_already(n, p->id))
        return YJ_OK;
    yj_news_item item = *n->item;
    item.person = p->id;
    return tell(n->x, &item, n->but, err);
}

static const yj_field *named_field(const yj_finding *x, const yj_kind *k, size_t i)
{
    const yj_field *f = yj_kind_field(k, yj_span_of(x->c->notices.named[i]));
    return f && f->type == YJ_T_REF && f->ref_kind == x->c->access.person ? f : NULL;
}

/* By role, by being named in the subject, and where groups read along. */
static yj_status tell_of_verdict(yj_finding *x, const yj_kind *k, const yj_news_item *about, yj_error *err)
{
    const yj_notices *n = &x->c->notices;
    naming by_name = { .x = x, .item = about, .told = n->roles[about->news], .but = "" };
    const yj_audience *all = NULL;
    YJ_TRY(yj_news_need(x, x->inst, &all, err));
    by_name.first = x->to->count;
    for (size_t i = 0; i < all->count; i++) {
        yj_news_item item = *about;
        item.person = all->rows[i].id;
        if (all->rows[i].roles & by_name.told)
            YJ_TRY(tell(x, &item, "", err));
    }
    for (size_t i = 0; i < n->named_count; i++) {
        const yj_field *f = named_field(x, k, i);
        if (f)
            YJ_TRY(yj_named_in(x->db, k, k->installation ? 0 : x->inst, about->record, f, tell_named,
                               &by_name, err));
    }
    return yj_news_add(x, about, err);
}

yj_news_item yj_news_item_of(yj_news news, int64_t inst)
{
    return (yj_news_item){ .news = news,
                           .inst = inst,
                           .person = "",
                           .for_whom = "",
                           .kind = "",
                           .record = "",
                           .requirement = "",
                           .detail = "",
                           .was = "",
                           .status = "",
                           .day = "",
                           .count = 1 };
}

/* --- what falls due -------------------------------------------------------------------------------------
 */

int yj_news_step(const yj_notices *n, int64_t left)
{
    int ret = -1;
    for (size_t i = 0; i < n->ahead_count; i++)
        if (left <= n->ahead[i])
            ret = n->ahead[i];
    return ret;
}

static int64_t days_from(const char *from, const char *to)
{
    return yj_date_to_days(to) - yj_date_to_days(from);
}

/* A duty as seen on `today`. @param before the day it was looked at last, "" never
 * @param more what else makes it another duty: a remediation; "" */
static yj_status due_item(yj_finding *x, const yj_kind *k, const char *requirement, const char *subject,
                          const char *day, const char *more, const char *today, const char *before,
                          yj_error *err)
{
    const int64_t left = days_from(today, day), left_before = before[0] ? days_from(before, day) : INT64_MAX;
    const bool over = left < 0;
    int step = over ? -1 : yj_news_step(&x->c->notices, left);
    if (over ? left_before < 0 : step < 0 || (before[0] && step == yj_news_step(&x->c->notices, left_before)))
        return YJ_OK;
    yj_news_item item = yj_news_item_of(over ? YJ_NEWS_OVERDUE : YJ_NEWS_DUE, x->inst);
    item.kind = k->name;
    item.record = yj_arena_strdup(x->to->a, subject);
    item.requirement = yj_arena_strdup(x->to->a, requirement);
    item.day = yj_arena_strdup(x->to->a, day);
    item.cause = over ? yj_arena_fmt(x->to->a, "overdue/%s/%s/%s%s", requirement, subject, day, more)
                      : yj_arena_fmt(x->to->a, "due/%s/%s/%s%s/%d", requirement, subject, day, more, step);
    YJ_TRY(yj_arena_status(x->to->a, err));
    return tell_of_verdict(x, k, &item, err);
}

static const char *text_at(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

static yj_status due_row(yj_finding *x, const json_t *row, const char *today, yj_error *err)
{
    const json_t *subject = json_object_get(row, "subject"), *put = json_object_get(row, "remediation");
    const yj_kind *k = yj_catalog_kind(x->c, yj_span_of(text_at(subject, "kind")));
    const char *day = text_at(row, "day");
    char more[YJ_UUID_LEN + 2] = "";
    if (json_is_object(put))
        snprintf(more, sizeof more, "/%s", text_at(put, "id"));
    if (!k || !yj_date_valid(yj_span_of(day)))
        return YJ_OK;
    return due_item(x, k, text_at(row, "requirement"), text_at(subject, "id"), day, more, today,
                    x->to->before.day, err);
}

/* A day that the judge has come to. */
static yj_status new_day(yj_finding *x, const char *today, yj_error *err)
{
    const yj_notices *n = &x->c->notices;
    yj_date until;
    yj_auto(yj_buf_done) yj_buf text;
    yj_auto(yj_json_freep) json_t *due = NULL;
    yj_buf_init(&text, DUE_BYTES_MAX);
    snprintf(x->to->after.day, sizeof x->to->after.day, "%s", today);
    if (!yj_date_add_days(today, n->ahead_count ? n->ahead[0] : 0, &until))
        return YJ_OK;
    YJ_TRY(yj_present_due(x->db, x->c, x->inst, YJ_LANG_ZH, today, until.s, &text, err));
    YJ_TRY(yj_json_parse(yj_buf_view(&text), DUE_BYTES_MAX, &due, err));
    const json_t *items = json_object_get(due, "items");
    for (size_t i = 0; i < json_array_size(items); i++)
        YJ_TRY(due_row(x, json_array_get(items, i), today, err));
    return yj_news_across_due(x, today, x->to->before.day, err);
}

/* --- judgements -----------------------------------------------------------------------------------------
 */

/* places of a change's array: rule/judge.h */
enum { REQUIREMENT, KIND, SUBJECT, STATUS, CODE, VALUES, DUE };

static const char *text_in(const json_t *change, size_t i)
{
    const char *s = json_string_value(json_array_get(change, i));
    return s ? s : "";
}

/* What the verdict said that this one replaced; YJ_V_COUNT_ if there was none. */
static yj_status status_before(yj_finding *x, int64_t seq, const char *requirement, const char *subject,
                               yj_verdict_status *ret, yj_error *err)
{
    yj_id_key key;
    bool row = false;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(x->db,
                         "SELECT status FROM verdict_log WHERE inst = ?1 AND requirement = (SELECT no FROM "
                         "requirement_no WHERE id = ?2) AND subject = ?3 AND until = ?4",
                         &st, err));
    yj_id_key_of(yj_span_of(subject), &key);
    yj_bind_i64(st, 1, x->inst);
    yj_bind_cstr(st, 2, requirement);
    yj_bind_id_key(st, 3, &key);
    yj_bind_i64(st, 4, seq);
    YJ_TRY(yj_stmt_step(st, &row, err));
    int64_t v = row ? yj_col_i64(st, 0) : YJ_V_COUNT_;
    *ret = v >= 0 && v < YJ_V_COUNT_ ? (yj_verdict_status)v : YJ_V_COUNT_;
    return YJ_OK;
}

static bool lacks(yj_verdict_status s)
{
    return s == YJ_V_UNMET || s == YJ_V_UNKNOWN;
}

static yj_status change_of(yj_finding *x, int64_t seq, const json_t *change, const char *today, yj_error *err)
{
    const char *requirement = text_in(change, REQUIREMENT), *subject = text_in(change, SUBJECT);
    const char *due = text_in(change, DUE);
    const yj_kind *k = yj_catalog_kind(x->c, yj_span_of(text_in(change, KIND)));
    yj_verdict_status now, was;
    if (!k || !yj_verdict_by_name(yj_span_of(text_in(change, STATUS)), &now) || now >= YJ_V_NOT_APPLICABLE)
        return YJ_OK;
    if (yj_date_valid(yj_span_of(due)) && yj_date_valid(yj_span_of(today)))
        YJ_TRY(due_item(x, k, requirement, subject, due, "", today, "", err));
    YJ_TRY(status_before(x, seq, requirement, subject, &was, err));
    bool worse = was == YJ_V_MET && lacks(now), better = lacks(was) && now == YJ_V_MET;
    if (!worse && !better)
        return YJ_OK;
    yj_news_item item = yj_news_item_of(worse ? YJ_NEWS_WORSE : YJ_NEWS_BETTER, x->inst);
    item.kind = k->name;
    item.record = yj_arena_strdup(x->to->a, subject);
    item.requirement = yj_arena_strdup(x->to->a, requirement);
    item.was = yj_verdict_name(was);
    item.status = yj_verdict_name(now);
    item.cause = yj_arena_fmt(x->to->a, "verdict/%s/%s/%lld", requirement, subject, (long long)seq);
    YJ_TRY(yj_arena_status(x->to->a, err));
    return tell_of_verdict(x, k, &item, err);
}

static yj_status judgement(yj_finding *x, int64_t seq, yj_error *err)
{
    yj_auto(yj_json_freep) json_t *body = NULL;
    YJ_TRY(yj_body_read_json(x->db, x->inst, (uint64_t)seq, &body, err));
    const json_t *changes = json_object_get(body, "changes");
    for (size_t i = 0; i < json_array_size(changes); i++)
        YJ_TRY(change_of(x, seq, json_array_get(changes, i), text_at(body, "today"), err));
    return YJ_OK;
}

/* --- records --------------------------------------------------------------------------------------------
 */

/* The entry that brought the record into its state. */
static yj_status came_with(yj_finding *x, const char *record, int64_t *ret, yj_error *err)
{
    bool row = false;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(x->db,
                         "SELECT max(seq) FROM entry WHERE inst = ?1 AND record = ?2 AND op IN ('create', "
                         "'takeover', 'move')",
                         &st, err));
    yj_bind_i64(st, 1, x->inst);
    yj_bind_cstr(st, 2, record);
    YJ_TRY(yj_stmt_step(st, &row, err));
    *ret = row ? yj_col_i64(st, 0) : 0;
    return YJ_OK;
}

yj_actor yj_news_actor(const yj_hearer *p, int64_t inst)
{
    return (yj_actor){ .id = p->id,
                       .inst = inst,
                       .active = true,
                       .name = "",
                       .roles = p->roles,
                       .for_whom = p->for_whom,
                       .for_count = p->for_count };
}

/* The first of the transitions that wait for this person; -1 none. What somebody brought there himself does
 * not wait for his deputy. @param ret_for whose deputy he would make it as; "" for himself */
static int waits_for(const yj_finding *x, const yj_kind *k, const yj_may_record *r, const yj_hearer *p,
                     const char *by, const char **ret_for)
{
    const bool *waits = x->c->notices.waits[k->index];
    const yj_actor actor = yj_news_actor(p, x->inst);
    for (size_t t = 0; t < k->transition_count; t++) {
        yj_may may;
        if (!waits[t] || r->state < 0 || !(k->transitions[t].from >> r->state & 1U))
            continue;
        yj_may_do(x->c, &actor, k, YJ_ACT_MOVE, (int)t, r, &may);
        if (!may.allowed || (may.for_whom && strcmp(may.for_whom, by) == 0))
            continue;
        *ret_for = may.for_whom ? may.for_whom : "";
        return (int)t;
    }
    return -1;
}

static yj_status record_waits(yj_finding *x, const yj_kind *k, const char *id, const char *by, yj_error *err)
{
    yj_may_record r;
    int64_t seq = 0;
    if (!x->c->notices.waits[k->index])
        return YJ_OK;
    yj_status s = yj_may_record_read(x->db, x->c, x->inst, k, id, x->to->a, &r, err);
    if (s == YJ_E_NOT_FOUND || (s == YJ_OK && (r.erased || r.state < 0)))
        return YJ_OK;
    YJ_TRY(s);
    const yj_audience *all = NULL;
    YJ_TRY(yj_news_need(x, x->inst, &all, err));
    YJ_TRY(came_with(x, id, &seq, err));
    for (size_t i = 0; i < all->count; i++) {
        const yj_hearer *p = &all->rows[i];
        const char *for_whom = "";
        int t = strcmp(p->id, by) == 0 ? -1 : waits_for(x, k, &r, p, by, &for_whom);
        if (t < 0)
            continue;
        yj_news_item item = yj_news_item_of(YJ_NEWS_WAITS, x->inst);
        item.person = p->id;
        item.for_whom = for_whom;
        item.kind = k->name;
        item.record = r.id;
        item.detail = k->transitions[t].id;
        item.cause =
            yj_arena_fmt(x->to->a, "waits/%s/%lld%s", id, (long long)seq, for_whom[0] ? YJ_NEWS_DEPUTY : "");
        YJ_TRY(yj_news_add(x, &item, err));
    }
    return yj_arena_status(x->to->a, err);
}

static yj_status record_names(yj_finding *x, const yj_kind *k, const char *id, const char *by, yj_error *err)
{
    for (size_t i = 0; i < x->c->notices.named_count; i++) {
        const yj_field *f = named_field(x, k, i);
        if (!f)
            continue;
        yj_news_item item = yj_news_item_of(YJ_NEWS_NAMED, x->inst);
        item.kind = k->name;
        item.record = yj_arena_strdup(x->to->a, id);
        item.detail = f->name;
        item.cause = yj_arena_fmt(x->to->a, "named/%s/%s", id, f->name);
        YJ_TRY(yj_arena_status(x->to->a, err));
        const yj_audience *all = NULL;
        YJ_TRY(yj_news_need(x, x->inst, &all, err));
        naming n = { .x = x, .item = &item, .but = by, .first = x->to->count };
        YJ_TRY(yj_named_in(x->db, k, x->inst, id, f, tell_named, &n, err));
    }
    return YJ_OK;
}

/* --- entries --------------------------------------------------------------------------------------------
 */

static yj_status take_entry(yj_finding *x, const yj_news_entry *t, yj_error *err)
{
    const yj_kind *k = yj_catalog_kind(x->c, yj_span_of(t->kind));
    bool comes = strcmp(t->op, "create") == 0 || strcmp(t->op, "takeover") == 0;
    if (strcmp(t->op, "judge") == 0)
        return judgement(x, t->seq, err);
    YJ_TRY(yj_news_across(x, t, k, err));
    if (!k)
        return YJ_OK;
    if (comes || strcmp(t->op, "move") == 0)
        YJ_TRY(record_waits(x, k, t->record, t->by, err));
    if (comes || strcmp(t->op, "change") == 0)
        YJ_TRY(record_names(x, k, t->record, t->by, err));
    return YJ_OK;
}

/* Read first: the statements of what is looked at for each are others. */
static yj_status read_entries(yj_finding *x, yj_news_entry *rows, size_t *ret_count, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(
        yj_db_prepare(x->db,
                      "SELECT seq, op, kind, record, by FROM entry WHERE inst = ?1 AND seq >= ?2 AND (batch "
                      "= 0 OR op = 'judge') ORDER BY seq LIMIT ?3",
                      &st, err));
    yj_bind_i64(st, 1, x->inst);
    yj_bind_i64(st, 2, x->to->before.seq);
    yj_bind_i64(st, 3, YJ_NEWS_ENTRIES);
    for (*ret_count = 0;; (*ret_count)++) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return yj_arena_status(x->to->a, err);
        yj_span op = yj_col_text(st, 1), kind = yj_col_text(st, 2), record = yj_col_text(st, 3);
        rows[*ret_count] =
            (yj_news_entry){ .seq = yj_col_i64(st, 0),
                             .op = yj_arena_strndup(x->to->a, op.ptr, op.len),
                             .kind = yj_arena_strndup(x->to->a, kind.ptr ? kind.ptr : "", kind.len),
                             .record = yj_arena_strndup(x->to->a, record.ptr ? record.ptr : "", record.len),
                             .by = yj_col_id_key_copy(x->to->a, st, 4) };
    }
}

static yj_status ledger_size(yj_finding *x, int64_t *ret, yj_error *err)
{
    bool row = false;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(x->db, "SELECT size FROM ledger WHERE inst = ?1", &st, err));
    yj_bind_i64(st, 1, x->inst);
    YJ_TRY(yj_stmt_step(st, &row, err));
    *ret = row ? yj_col_i64(st, 0) : 0;
    return YJ_OK;
}

static yj_status new_entries(yj_finding *x, yj_error *err)
{
    yj_news_entry *rows = yj_arena_array(x->to->a, YJ_NEWS_ENTRIES, sizeof *rows);
    size_t count = 0, i = 0;
    int64_t size = 0;
    YJ_TRY(yj_arena_status(x->to->a, err));
    YJ_TRY(ledger_size(x, &size, err));
    YJ_TRY(read_entries(x, rows, &count, err));
    for (; i < count && x->to->count < ENOUGH; i++)
        YJ_TRY(take_entry(x, &rows[i], err));
    x->to->more = i < count || count == YJ_NEWS_ENTRIES;
    x->to->after.seq = x->to->more ? rows[i - 1].seq + 1 : size;
    return YJ_OK;
}

/* Where an institution begins that was never looked at. */
static yj_status begin_at(yj_finding *x, yj_error *err)
{
    bool row = false;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        x->db, "SELECT seq FROM entry WHERE inst = ?1 AND time < ?2 ORDER BY seq DESC LIMIT 1", &st, err));
    yj_bind_i64(st, 1, x->inst);
    yj_bind_i64(st, 2, x->now_ns - YJ_NEWS_FIRST_NS);
    YJ_TRY(yj_stmt_step(st, &row, err));
    x->to->before.seq = row ? yj_col_i64(st, 0) + 1 : 0;
    return YJ_OK;
}

/* --- work that failed -----------------------------------------------------------------------------------
 */

static yj_status failed_jobs(yj_finding *x, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(
        yj_db_prepare(x->db,
                      "SELECT j.id, j.by FROM job j WHERE j.inst = ?1 AND j.state = 'failed' AND NOT EXISTS "
                      "(SELECT 1 FROM notice n WHERE n.inst = j.inst AND n.person = j.by AND n.cause = "
                      "'job/' || j.id) ORDER BY j.id",
                      &st, err));
    yj_bind_i64(st, 1, x->inst);
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return yj_arena_status(x->to->a, err);
        yj_span id = yj_col_text(st, 0), by = yj_col_text(st, 1);
        yj_news_item item = yj_news_item_of(YJ_NEWS_JOB, x->inst);
        item.person = yj_arena_strndup(x->to->a, by.ptr, by.len);
        item.record = yj_arena_strndup(x->to->a, id.ptr, id.len);
        item.cause = yj_arena_fmt(x->to->a, "job/%s", item.record);
        YJ_TRY(yj_news_add(x, &item, err));
    }
}

/* --- all of it ------------------------------------------------------------------------------------------
 */

yj_status yj_news_cursor_read(yj_db *db, int64_t inst, yj_news_cursor *ret, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    *ret = (yj_news_cursor){ .seq = 0 };
    YJ_TRY(yj_db_prepare(db, "SELECT seq, day FROM notice_cursor WHERE inst = ?1", &st, err));
    yj_bind_i64(st, 1, inst);
    YJ_TRY(yj_stmt_step(st, &ret->found, err));
    if (!ret->found)
        return YJ_OK;
    yj_span day = yj_col_text(st, 1);
    ret->seq = yj_col_i64(st, 0);
    snprintf(ret->day, sizeof ret->day, "%.*s", (int)day.len, day.ptr ? day.ptr : "");
    return YJ_OK;
}

static yj_status judged_day(yj_finding *x, char ret[static YJ_DATE_LEN + 1], yj_error *err)
{
    bool row = false;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(x->db, "SELECT today FROM judged WHERE inst = ?1", &st, err));
    yj_bind_i64(st, 1, x->inst);
    YJ_TRY(yj_stmt_step(st, &row, err));
    yj_span day = row ? yj_col_text(st, 0) : yj_span_of("");
    snprintf(ret, YJ_DATE_LEN + 1, "%.*s", (int)day.len, day.ptr ? day.ptr : "");
    return YJ_OK;
}

yj_status yj_news_find(yj_db *db, const yj_catalog *c, int64_t inst, int64_t now_ns, const char *today,
                       yj_news_found *ret, yj_error *err)
{
    yj_finding x = { .db = db, .c = c, .inst = inst, .now_ns = now_ns, .today = today, .to = ret };
    char judged[YJ_DATE_LEN + 1];
    YJ_TRY(yj_news_cursor_read(db, inst, &ret->before, err));
    if (!ret->before.found)
        YJ_TRY(begin_at(&x, err));
    ret->after = ret->before;
    if (!c->notices.any)
        return ledger_size(&x, &ret->after.seq, err);
    YJ_TRY(new_entries(&x, err));
    YJ_TRY(judged_day(&x, judged, err));
    if (strcmp(judged, ret->before.day) > 0 && !ret->more)
        YJ_TRY(new_day(&x, judged, err));
    YJ_TRY(failed_jobs(&x, err));
    return yj_news_fold(&x, err);
}
