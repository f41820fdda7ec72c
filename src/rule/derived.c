// SPDX-License-Identifier: Apache-2.0
/* Verdicts that are stored nowhere: what does not apply to a subject, as reading tells it. */
#include "rule/internal.h"

yj_status yj_derived_open(yj_derived *d, yj_error *err)
{
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

/** Since the judgement that ended what stood before; else since the subject is there. */
static yj_status derived_since(const yj_derived *d, const yj_requirement *r, const char *subject,
                               yj_arena *arena, const char **ret, yj_error *err)
{
    yj_id_key key;
    yj_auto(yj_stmt_donep) yj_stmt *ended = NULL, *entered = NULL;
    YJ_TRY(yj_db_prepare(d->db,
                         "SELECT max(until) FROM verdict_log WHERE inst = ?1 AND requirement "
                         "= " YJ_SQL_REQUIREMENT("?2") " AND subject = ?3 AND until < ?4",
                         &ended, err));
    yj_id_key_of(yj_span_of(subject), &key);
    yj_bind_i64(ended, 1, d->inst);
    yj_bind_cstr(ended, 2, r->id);
    yj_bind_id_key(ended, 3, &key);
    yj_bind_i64(ended, 4, d->as_of_seq < 0 ? INT64_MAX : d->as_of_seq);
    bool row = false;
    YJ_TRY(yj_stmt_step(ended, &row, err));
    if (row && !yj_col_null(ended, 0)) {
        yj_said said;
        YJ_TRY(yj_sayings_find(d->sayings, (uint64_t)yj_col_i64(ended, 0), r->id, subject, &said, err));
        *ret = yj_arena_strdup(arena, said.since.s);
        return yj_arena_status(arena, err);
    }
    YJ_TRY(yj_db_prepare(d->db, "SELECT time FROM entry WHERE inst = ?1 AND record = ?2 ORDER BY seq LIMIT 1",
                         &entered, err));
    yj_bind_i64(entered, 1, d->inst);
    yj_bind_cstr(entered, 2, subject);
    YJ_TRY(yj_stmt_step(entered, &row, err));
    yj_date day = d->today; /* where there is no ledger */
    if (row && d->zone)
        yj_zone_date(d->zone, yj_col_i64(entered, 0), &day);
    else if (row && !yj_date_from_days(yj_col_i64(entered, 0) / (86400 * YJ_NS_PER_S), &day))
        return yj_fail(err, YJ_E_CORRUPT, "an entry has a time that does not exist");
    *ret = yj_arena_strdup(arena, day.s);
    return yj_arena_status(arena, err);
}

yj_status yj_derived_verdict(const yj_derived *d, const yj_requirement *r, const char *subject,
                             const char *why_not, int field, yj_arena *arena, yj_verdict *ret, yj_error *err)
{
    const yj_requirement *by = yj_catalog_requirement(d->by, yj_span_of(r->id));
    yj_outcome o = yj_outcome_applies_not(&d->by->kinds[by->subject], why_not, field, arena);
    *ret = (yj_verdict){ .requirement = r->index,
                         .requirement_id = r->id,
                         .subject = subject,
                         .kind = r->subject,
                         .kind_name = d->c->kinds[r->subject].name,
                         .status = o.status,
                         .code = o.code,
                         .values = o.values,
                         .proofs = o.proofs };
    YJ_TRY(yj_arena_status(arena, err));
    return derived_since(d, r, subject, arena, &ret->since, err);
}
