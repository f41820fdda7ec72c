// SPDX-License-Identifier: Apache-2.0
/* What the tables `addressed` and `reply` say of where a record stands. */
#include "record/addressed.h"

#include "record/internal.h"

#define SQL_MAX ((size_t)65536)
#define NAME(k, i) ((k)->fields[i].name)

/* --- the place -------------------------------------------------------------------------------- */

static bool is_shown(const yj_addressing *a, int field)
{
    for (size_t i = 0; i < a->field_count; i++)
        if (a->fields[i] == field)
            return true;
    return false;
}

/* Does the addressee see by which day it is awaited, and that it came? */
static bool counts(const yj_addressing *a, const yj_awaited *x)
{
    return x->by >= 0 && is_shown(a, x->by) && is_shown(a, x->came);
}

static void add_day(const yj_kind *k, const yj_awaited *x, yj_buf *b)
{
    yj_buf_fmt(b, "CASE WHEN r0.f_%s IS NULL THEN CAST(replace(r0.f_%s, '-', '') AS INTEGER) END",
               NAME(k, x->came), NAME(k, x->by));
}

/* The earliest day, or NO_DAY. */
static void add_days(const yj_kind *k, const yj_addressing *a, yj_buf *b)
{
    size_t n = 0;
    const char *before = "coalesce((SELECT min(x.v) FROM (SELECT ";
    for (size_t i = 0; i < k->awaited_count; i++) {
        if (!counts(a, &k->awaits[i]))
            continue;
        yj_buf_str(b, before);
        add_day(k, &k->awaits[i], b);
        yj_buf_str(b, " AS v");
        before = " UNION ALL SELECT ";
        n++;
    }
    if (n)
        yj_buf_fmt(b, ") x), %d)", YJ_PLACE_NO_DAY);
    else
        yj_buf_fmt(b, "%d", YJ_PLACE_NO_DAY);
}

void yj_place_sql(const yj_kind *k, const yj_addressing *a, yj_buf *b)
{
    uint64_t from = 0;
    for (size_t i = 0; i < a->act_count; i++)
        from |= k->transitions[a->acts[i].transition].from;
    if (a->act_count == 0) {
        yj_buf_fmt(b, "%d", YJ_PLACE_TOLD);
        return;
    }
    const char *before = "CASE WHEN r0.state IN (";
    for (size_t i = 0; i + 1 < k->state_count; i++) {
        if (from >> i & 1U) {
            yj_buf_fmt(b, "%s'%s'", before, k->states[i].id);
            before = ", ";
        }
    }
    yj_buf_str(b, ") THEN ");
    add_days(k, a, b);
    yj_buf_fmt(b, " ELSE %d END", YJ_PLACE_SETTLED);
}

void yj_words_sql(const yj_kind *k, const yj_addressing *a, yj_buf *b)
{
    yj_buf_str(b, "''");
    for (size_t i = 0; i < a->field_count; i++) {
        const yj_field *f = &k->fields[a->fields[i]];
        if (f->type == YJ_T_TEXT && !f->list)
            yj_buf_fmt(b, " || '\n' || coalesce(r0.f_%s, '')", f->name);
    }
}

int64_t yj_place_of(const char *day)
{
    int64_t n = 0;
    for (const char *p = day; *p; p++)
        if (*p != '-')
            n = n * 10 + (*p - '0');
    return n;
}

yj_status yj_addressed_kind(const yj_catalog *c, const char *kind, yj_error *err)
{
    if (!kind || yj_catalog_kind(c, yj_span_of(kind)))
        return YJ_OK;
    yj_fail(err, YJ_E_INVALID, "there is no kind of record named %.64s", kind);
    return yj_error_at(err, "kind");
}

const yj_awaited *yj_awaited_first(const yj_kind *k, const yj_addressing *a, const json_t *fields,
                                   const char **ret_day)
{
    const yj_awaited *best = NULL;
    *ret_day = NULL;
    for (size_t i = 0; i < k->awaited_count; i++) {
        const yj_awaited *x = &k->awaits[i];
        if (!counts(a, x) || json_string_value(json_object_get(fields, NAME(k, x->came))))
            continue;
        const char *day = json_string_value(json_object_get(fields, NAME(k, x->by)));
        if (day && (!best || strcmp(day, *ret_day) < 0)) {
            best = x;
            *ret_day = day;
        }
    }
    return best;
}

/* --- replies ---------------------------------------------------------------------------------- */

/* @param more a condition on r; "" for all */
static void reply_sql(const yj_catalog *c, const char *more, yj_buf *b)
{
    const yj_given_map *m = &c->exchange.given;
    const yj_kind *k = &c->kinds[m->kind];
    const char *given = k->states[m->given].id;
    const char *declined = k->states[k->transitions[m->decline].to].id;
    yj_buf_fmt(b,
               "INSERT INTO reply(party, record, link, declined) SELECT r.inst, r.f_%s, r.f_%s, CASE WHEN "
               "r.state = '%s' THEN 0 ELSE 1 END FROM r_%s r WHERE r.state IN ('%s', '%s') AND r.erased = 0 "
               "AND r.f_%s IS NOT NULL AND r.f_%s IS NOT NULL AND r.inst > 0 AND " YJ_SQL_VISIBLE("r"),
               NAME(k, m->about), NAME(k, m->link), given, k->name, given, declined, NAME(k, m->about),
               NAME(k, m->link));
    /* of several about one record the one that waits counts */
    yj_buf_fmt(b, "%s ORDER BY 4 ON CONFLICT DO NOTHING", more);
}

yj_status yj_replies_derive(yj_db *db, const yj_catalog *c, int64_t inst, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf b;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    yj_buf_init(&b, SQL_MAX);
    if (inst < 0) {
        YJ_TRY(yj_db_script(db, "DELETE FROM reply", err));
    } else {
        YJ_TRY(yj_db_prepare(db, "DELETE FROM reply WHERE party = ?1", &st, err));
        yj_bind_i64(st, 1, inst);
        YJ_TRY(yj_stmt_run(st, NULL, err));
        yj_stmt_reset(st);
    }
    if (c->exchange.given.kind < 0)
        return YJ_OK;
    reply_sql(c, inst < 0 ? "" : " AND r.inst = ?1", &b);
    YJ_TRY(yj_buf_status(&b, err));
    yj_auto(yj_stmt_donep) yj_stmt *put = NULL;
    YJ_TRY(yj_db_prepare_made(db, b.ptr, &put, err));
    if (inst >= 0)
        yj_bind_i64(put, 1, inst);
    return yj_stmt_run(put, NULL, err);
}

/* What is answered about that record over that link. */
static yj_status derive_pair(yj_db *db, const yj_catalog *c, int64_t inst, const char *record,
                             const char *link, yj_error *err)
{
    const yj_given_map *m = &c->exchange.given;
    const yj_kind *k = &c->kinds[m->kind];
    char more[200];
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, SQL_MAX);
    snprintf(more, sizeof more, " AND r.inst = ?1 AND r.f_%s = ?2 AND r.f_%s = ?3", NAME(k, m->about),
             NAME(k, m->link));
    reply_sql(c, more, &b);
    YJ_TRY(yj_buf_status(&b, err));
    const char *const sql[] = { "DELETE FROM reply WHERE party = ?1 AND record = ?2 AND link = ?3", b.ptr };
    for (size_t i = 0; i < YJ_COUNT(sql); i++) {
        yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
        YJ_TRY(yj_db_prepare_made(db, sql[i], &st, err));
        yj_bind_i64(st, 1, inst);
        yj_bind_cstr(st, 2, record);
        yj_bind_cstr(st, 3, link);
        YJ_TRY(yj_stmt_run(st, NULL, err));
    }
    return YJ_OK;
}

yj_status yj_reply_changed(yj_db *db, const yj_catalog *c, int64_t inst, const json_t *old, const json_t *now,
                           yj_error *err)
{
    const yj_given_map *m = &c->exchange.given;
    const yj_kind *k = &c->kinds[m->kind];
    const json_t *const both[] = { old, now };
    for (size_t i = 0; i < YJ_COUNT(both); i++) {
        const char *record = json_string_value(json_object_get(both[i], NAME(k, m->about)));
        const char *link = json_string_value(json_object_get(both[i], NAME(k, m->link)));
        if (record && link)
            YJ_TRY(derive_pair(db, c, inst, record, link, err));
    }
    return YJ_OK;
}
