// SPDX-License-Identifier: Apache-2.0
/* Verdicts that are stored nowhere: what does not apply to a subject, as reading tells it. */
#include "rule/internal.h"

yj_status yj_derived_open(yj_derived *d, yj_error *err)
{
    d->entered = (yj_numbers){ .ids = { .arena = d->arena } };
    d->kinds = yj_arena_array(d->arena, d->by->kind_count, sizeof(yj_census *));
    YJ_TRY(yj_arena_status(d->arena, err));
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(d->db, "SELECT today FROM judged WHERE inst = ?1", &st, err));
    yj_bind_i64(st, 1, d->inst);
    YJ_TRY(yj_stmt_step(st, &d->any, err));
    if (d->any)
        d->any = yj_date_parse(yj_col_text(st, 0), &d->today);
    return YJ_OK;
}

yj_status yj_derived_census(yj_derived *d, const yj_requirement *named, const yj_requirement **ret_by,
                            const yj_census **ret, yj_error *err)
{
    const yj_requirement *r = d->by == d->c ? named : yj_catalog_requirement(d->by, yj_span_of(named->id));
    *ret = NULL;
    *ret_by = r;
    if (!d->any || !r || !yj_may_not_apply(d->by, r))
        return YJ_OK;
    if (!d->kinds[r->subject]) {
        yj_census *n = yj_arena_new_of(d->arena, yj_census);
        YJ_TRY(yj_arena_status(d->arena, err));
        YJ_TRY(yj_census_take(d->db, d->by, d->now, d->inst, r->subject, d->as_of_seq, d->only, d->arena, n,
                              err));
        d->kinds[r->subject] = n;
    }
    *ret = d->kinds[r->subject];
    return YJ_OK;
}

/* --- since when ---------------------------------------------------------------------------------------- */

#define ENDED                                                                                                \
    "SELECT subject, max(until) FROM verdict_log WHERE inst = ?1 AND requirement = " YJ_SQL_REQUIREMENT(     \
        "?2") " AND until < ?3"
static const char ended_one[] = ENDED " AND subject = ?4 GROUP BY subject";
static const char ended_all[] = ENDED " GROUP BY subject";

static yj_status add_number(yj_numbers *n, yj_span id, int64_t number, yj_error *err)
{
    size_t at;
    YJ_TRY(yj_idset_add(&n->ids, id, &at, err));
    if (at >= n->cap) {
        size_t cap = n->cap ? 2 * n->cap : 16;
        int64_t *rows = yj_arena_array(n->ids.arena, cap, sizeof *rows);
        YJ_TRY(yj_arena_status(n->ids.arena, err));
        if (at)
            memcpy(rows, n->rows, at * sizeof *rows);
        n->rows = rows;
        n->cap = cap;
    }
    n->rows[at] = number;
    return YJ_OK;
}

static const int64_t *find_number(const yj_numbers *n, const char *id)
{
    size_t at = yj_idset_find(&n->ids, yj_span_of(id));
    return at == YJ_IDSET_NONE ? NULL : &n->rows[at];
}

/** The newest judgements that ended a verdict on the requirement: of the subject, or of all where many are
 * going to be asked for. */
static yj_status find_ended(yj_derived *d, const yj_requirement *r, const char *subject, yj_error *err)
{
    yj_id_key key;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare_made(d->db, d->many ? ended_all : ended_one, &st, err));
    yj_bind_i64(st, 1, d->inst);
    yj_bind_cstr(st, 2, r->id);
    yj_bind_i64(st, 3, d->as_of_seq < 0 ? INT64_MAX : d->as_of_seq);
    yj_id_key_of(yj_span_of(subject), &key);
    if (!d->many)
        yj_bind_id_key(st, 4, &key);
    yj_arena_reset(d->ended_arena);
    d->ended = (yj_numbers){ .ids = { .arena = d->ended_arena } };
    d->ended_of = d->many ? r : NULL;
    for (bool row = true; row;) {
        char room[YJ_ID_KEY_MAX];
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (row)
            YJ_TRY(add_number(&d->ended, yj_col_id_key(st, 0, room), yj_col_i64(st, 1), err));
    }
    return YJ_OK;
}

#define NO_LEDGER INT64_MIN

/** When the subject's first entry was made; NO_LEDGER where there is none. */
static yj_status find_entered(yj_derived *d, const char *subject, int64_t *ret, yj_error *err)
{
    const int64_t *known = find_number(&d->entered, subject);
    *ret = known ? *known : NO_LEDGER;
    if (known)
        return YJ_OK;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    YJ_TRY(yj_db_prepare(d->db, "SELECT time FROM entry WHERE inst = ?1 AND record = ?2 ORDER BY seq LIMIT 1",
                         &st, err));
    yj_bind_i64(st, 1, d->inst);
    yj_bind_cstr(st, 2, subject);
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (row)
        *ret = yj_col_i64(st, 0);
    return add_number(&d->entered, yj_span_of(subject), *ret, err);
}

/** Since the judgement that ended what stood before; else since the subject is there. */
static yj_status derived_since(yj_derived *d, const yj_requirement *r, const char *subject, yj_arena *arena,
                               const char **ret, yj_error *err)
{
    if (d->ended_of != r)
        YJ_TRY(find_ended(d, r, subject, err));
    const int64_t *ended = find_number(&d->ended, subject);
    yj_date day = d->today;
    if (ended) {
        yj_said said;
        YJ_TRY(yj_sayings_find(d->sayings, (uint64_t)*ended, r->id, subject, &said, err));
        day = said.since;
    } else {
        int64_t ns;
        YJ_TRY(find_entered(d, subject, &ns, err));
        if (ns != NO_LEDGER && d->zone)
            yj_zone_date(d->zone, ns, &day);
        else if (ns != NO_LEDGER && !yj_date_from_days(ns / (86400 * YJ_NS_PER_S), &day))
            return yj_fail(err, YJ_E_CORRUPT, "an entry has a time that does not exist");
    }
    *ret = yj_arena_strdup(arena, day.s);
    return yj_arena_status(arena, err);
}

yj_status yj_derived_verdict(yj_derived *d, const yj_requirement *r, const char *subject, const char *why_not,
                             int field, yj_arena *arena, yj_verdict *ret, yj_error *err)
{
    const yj_requirement *by = yj_catalog_requirement(d->by, yj_span_of(r->id));
    yj_outcome o = yj_outcome_applies_not(&d->by->kinds[by->subject], why_not, field, arena);
    *ret = yj_outcome_verdict(d->c, r, subject, &o);
    YJ_TRY(yj_arena_status(arena, err));
    return derived_since(d, r, subject, arena, &ret->since, err);
}
