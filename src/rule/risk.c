// SPDX-License-Identifier: Apache-2.0
#include "rule/risk.h"

#include "rule/internal.h"
#include <stdlib.h>

#define BODY_BYTES_MAX ((size_t)1 << 20) /* as long as any entry's */

typedef struct loading {
    const yj_catalog *c;
    yj_arena *arena;
    yj_risk *rows;
    size_t count, cap;
} loading;

static const char *copy(yj_arena *a, yj_span s)
{
    return yj_arena_strndup(a, s.ptr, s.len);
}

static yj_status add(loading *l, const yj_risk *risk, yj_error *err)
{
    if (l->count == l->cap) {
        size_t cap = l->cap ? 2 * l->cap : 16;
        yj_risk *rows = yj_arena_array(l->arena, cap, sizeof *rows);
        YJ_TRY(yj_arena_status(l->arena, err));
        if (l->count)
            memcpy(rows, l->rows, l->count * sizeof *rows);
        l->rows = rows;
        l->cap = cap;
    }
    l->rows[l->count++] = *risk;
    return yj_arena_status(l->arena, err);
}

/* --- now ----------------------------------------------------------------------------------------------- */

/** Columns: id, requirement, subject, until. Parameters: inst, state. */
static yj_status now_sql(const loading *l, const char **ret, yj_error *err)
{
    const yj_kind *k = &l->c->kinds[l->c->risk_acceptance.kind];
    int subject = l->c->risk_acceptance.subject, until = l->c->risk_acceptance.until;
    yj_buf b;
    yj_buf_init(&b, 4096);
    yj_buf_fmt(&b, "SELECT a.id, a.f_%s, ", k->fields[l->c->risk_acceptance.requirement].name);
    yj_buf_fmt(&b, "%s%s, ", subject < 0 ? "NULL" : "a.f_", subject < 0 ? "" : k->fields[subject].name);
    yj_buf_fmt(&b, "%s%s", until < 0 ? "NULL" : "a.f_", until < 0 ? "" : k->fields[until].name);
    yj_buf_fmt(&b, " FROM r_%s a WHERE a.inst = ?1 AND a.state = ?2 AND " YJ_SQL_SEEN("a"), k->name);
    return yj_sql_finish(&b, l->arena, ret, err);
}

static yj_status load_now(loading *l, yj_stmt *st, yj_error *err)
{
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        yj_risk risk = { .id = copy(l->arena, yj_col_text(st, 0)),
                         .requirement = copy(l->arena, yj_col_text(st, 1)),
                         .subject = yj_col_null(st, 2) ? "" : copy(l->arena, yj_col_text(st, 2)),
                         .until = yj_col_null(st, 3) ? NULL : copy(l->arena, yj_col_text(st, 3)) };
        YJ_TRY(add(l, &risk, err));
    }
}

/* --- as of an entry ------------------------------------------------------------------------------------ */

/** Columns: record, body; the newest version of each record first. Parameters: inst, kind, seq. */
static yj_status then_sql(const loading *l, const char **ret, yj_error *err)
{
    yj_buf b;
    yj_buf_init(&b, 4096);
    yj_buf_fmt(&b,
               "SELECT e.record, b.body FROM r_%s a JOIN entry e ON e.inst = a.inst AND e.record = a.id "
               "LEFT JOIN body b ON b.inst = e.inst AND b.seq = e.seq LEFT JOIN batch t ON t.id = e.batch "
               "WHERE a.inst = ?1 AND e.kind = ?2 AND e.version > 0 AND e.seq < ?3 AND (e.batch = 0 OR "
               "(t.state = 'closed' AND t.closed_seq < ?3)) ORDER BY e.record, e.seq DESC",
               l->c->kinds[l->c->risk_acceptance.kind].name);
    return yj_sql_finish(&b, l->arena, ret, err);
}

static const char *text_of(const loading *l, const json_t *fields, int field)
{
    const yj_kind *k = &l->c->kinds[l->c->risk_acceptance.kind];
    const json_t *v = field < 0 ? NULL : json_object_get(fields, k->fields[field].name);
    return json_is_string(v) ? yj_arena_strdup(l->arena, json_string_value(v)) : NULL;
}

static yj_status add_version(loading *l, const char *id, yj_span body, yj_error *err)
{
    yj_auto(yj_json_freep) json_t *o = NULL;
    YJ_TRY(yj_json_parse(body, BODY_BYTES_MAX, &o, err));
    const yj_kind *k = &l->c->kinds[l->c->risk_acceptance.kind];
    const char *state = json_string_value(json_object_get(o, "state"));
    const json_t *fields = json_object_get(o, "fields");
    if (!state || strcmp(state, k->states[l->c->risk_acceptance.state].id) != 0)
        return YJ_OK;
    yj_risk risk = { .id = id,
                     .requirement = text_of(l, fields, l->c->risk_acceptance.requirement),
                     .subject = text_of(l, fields, l->c->risk_acceptance.subject),
                     .until = text_of(l, fields, l->c->risk_acceptance.until) };
    if (!risk.requirement)
        return YJ_OK;
    risk.subject = risk.subject ? risk.subject : "";
    return add(l, &risk, err);
}

static yj_status load_then(loading *l, yj_stmt *st, yj_error *err)
{
    const char *last = "";
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        if (yj_span_is(yj_col_text(st, 0), last))
            continue; /* an older version */
        last = copy(l->arena, yj_col_text(st, 0));
        YJ_TRY(yj_arena_status(l->arena, err));
        if (!yj_col_null(st, 1)) /* else erased since: what it accepted is not known any more */
            YJ_TRY(add_version(l, last, yj_col_text(st, 1), err));
    }
}

/* --- what they answer ---------------------------------------------------------------------------------- */

static int by_requirement(const void *a, const void *b)
{
    const yj_risk *x = a, *y = b;
    int o = strcmp(x->requirement, y->requirement);
    return o ? o : strcmp(x->id, y->id);
}

yj_status yj_risks_load(yj_db *db, const yj_catalog *c, int64_t inst, int64_t as_of_seq, yj_arena *arena,
                        yj_risks *ret, yj_error *err)
{
    *ret = (yj_risks){ 0 };
    if (c->risk_acceptance.kind < 0)
        return YJ_OK;
    const yj_kind *k = &c->kinds[c->risk_acceptance.kind];
    loading l = { .c = c, .arena = arena };
    bool now = as_of_seq < 0;
    const char *sql = NULL;
    YJ_TRY(now ? now_sql(&l, &sql, err) : then_sql(&l, &sql, err));
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    yj_bind_i64(st, 1, k->installation ? 0 : inst);
    yj_bind_cstr(st, 2, now ? k->states[c->risk_acceptance.state].id : k->name);
    if (!now)
        yj_bind_i64(st, 3, as_of_seq);
    YJ_TRY(now ? load_now(&l, st, err) : load_then(&l, st, err));
    if (l.count > 1)
        qsort(l.rows, l.count, sizeof *l.rows, by_requirement);
    *ret = (yj_risks){ l.rows, l.count };
    return YJ_OK;
}

const yj_risk *yj_risk_for(const yj_catalog *c, const yj_risks *risks, const yj_requirement *r,
                           const char *subject, const char *day)
{
    if (!risks || c->forces[r->force].binding)
        return NULL;
    size_t low = 0, high = risks->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (strcmp(risks->rows[mid].requirement, r->id) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    const yj_risk *best = NULL;
    for (; low < risks->count && strcmp(risks->rows[low].requirement, r->id) == 0; low++) {
        const yj_risk *x = &risks->rows[low];
        if ((x->subject[0] && strcmp(x->subject, subject) != 0) || (x->until && strcmp(x->until, day) < 0))
            continue;
        if (!best || (best->until && (!x->until || strcmp(x->until, best->until) > 0)))
            best = x;
    }
    return best;
}
