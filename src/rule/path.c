// SPDX-License-Identifier: Apache-2.0
/* Paths that a pack declares, walked as one statement. */
#include "rule/internal.h"

#include <stdlib.h>

/* The aliases of a path's records; a literal each, so that YJ_SQL_SEEN can be pasted. */
#define ALIASES(X) X("s0") X("s1") X("s2") X("s3") X("s4") X("s5") X("s6") X("s7") X("s8")
#define X(a) YJ_SQL_SEEN(a),
static const char *const seen[] = { ALIASES(X) };
#undef X
#define SQL_BYTES_MAX ((size_t)1 << 20)
#define STEPS_MAX (YJ_COUNT(seen) - 1)

static const yj_path *find(const yj_catalog *c, int from, int to)
{
    for (size_t i = 0; i < c->path_count; i++)
        if (c->paths[i].from == from && c->paths[i].to == to)
            return &c->paths[i];
    return NULL;
}

/** JOIN the records that one step leads to: alias s<n> after s<n-1>. */
static void join(yj_buf *b, const yj_catalog *c, int from, const yj_step *step, size_t n)
{
    const char *to = c->kinds[step->kind].name;
    int owner = step->back ? step->kind : from;
    const char *kind = c->kinds[owner].name, *field = c->kinds[owner].fields[step->field].name;
    size_t m = n - 1;
    if (!step->list && !step->back)
        yj_buf_fmt(b, " JOIN r_%s s%zu ON s%zu.inst = s%zu.inst AND s%zu.id = s%zu.f_%s", to, n, n, m, n, m,
                   field);
    else if (!step->list)
        yj_buf_fmt(b, " JOIN r_%s s%zu ON s%zu.inst = s%zu.inst AND s%zu.f_%s = s%zu.id", to, n, n, m, n,
                   field, m);
    else if (!step->back)
        yj_buf_fmt(b,
                   " JOIN l_%s_%s l%zu ON l%zu.inst = s%zu.inst AND l%zu.id = s%zu.id AND l%zu.batch = "
                   "s%zu.batch JOIN r_%s s%zu ON s%zu.inst = l%zu.inst AND s%zu.id = l%zu.value",
                   kind, field, n, n, m, n, m, n, m, to, n, n, n, n, n);
    else
        yj_buf_fmt(b,
                   " JOIN l_%s_%s l%zu ON l%zu.inst = s%zu.inst AND l%zu.value = s%zu.id JOIN r_%s s%zu ON "
                   "s%zu.inst = l%zu.inst AND s%zu.id = l%zu.id AND s%zu.batch = l%zu.batch",
                   kind, field, n, n, m, n, m, to, n, n, n, n, n, n, n);
}

/** @param all from every record, each with what is reached; else from the one that is bound to ?2 */
static yj_status path_sql(const yj_catalog *c, const yj_path *p, bool all, yj_arena *arena, const char **ret,
                          yj_error *err)
{
    if (p->step_count > STEPS_MAX)
        return yj_fail(err, YJ_E_LIMIT, "the path from kind %s to kind %s has more than %zu steps",
                       c->kinds[p->from].name, c->kinds[p->to].name, STEPS_MAX);
    yj_buf b;
    yj_buf_init(&b, 65536);
    yj_buf_fmt(&b, "SELECT DISTINCT s%zu.id%s FROM r_%s s0", p->step_count, all ? ", s0.id" : "",
               c->kinds[p->from].name);
    int from = p->from;
    for (size_t i = 0; i < p->step_count; i++) {
        join(&b, c, from, &p->steps[i], i + 1);
        from = p->steps[i].kind;
    }
    yj_buf_fmt(&b, " WHERE s0.inst = ?1%s", all ? "" : " AND s0.id = ?2");
    for (size_t i = 0; i <= p->step_count; i++) {
        yj_buf_str(&b, " AND ");
        yj_buf_str(&b, seen[i]);
    }
    return yj_sql_finish(&b, arena, ret, err);
}

yj_status yj_path_walk(yj_db *db, const yj_catalog *c, int64_t inst, int from, const char *id, int to,
                       yj_arena *arena, const char *const **ret, size_t *ret_count, yj_error *err)
{
    yj_idset set = { .arena = arena };
    const yj_path *p = from == to ? NULL : find(c, from, to);
    if (from == to)
        YJ_TRY(yj_idset_add(&set, yj_span_of(id), NULL, err));
    if (p) {
        const char *sql;
        YJ_TRY(path_sql(c, p, false, arena, &sql, err));
        yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
        YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
        yj_bind_i64(st, 1, inst);
        yj_bind_cstr(st, 2, id);
        for (bool row = true; row;) {
            YJ_TRY(yj_stmt_step(st, &row, err));
            if (row)
                YJ_TRY(yj_idset_add(&set, yj_col_text(st, 0), NULL, err));
        }
    }
    if (set.count > 1)
        qsort(set.ids, set.count, sizeof *set.ids, yj_compare_cstr);
    *ret = set.ids;
    *ret_count = set.count;
    return YJ_OK;
}

yj_status yj_path_walk_all(yj_db *db, const yj_catalog *c, int64_t inst, const yj_path *p, yj_path_fn fn,
                           void *ctx, yj_error *err)
{
    const char *sql;
    yj_auto(yj_arena_freep) yj_arena *arena = yj_arena_new(SQL_BYTES_MAX);
    if (!arena)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    YJ_TRY(path_sql(c, p, true, arena, &sql, err));
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    yj_bind_i64(st, 1, inst);
    for (bool row = true; row;) {
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (row)
            YJ_TRY(fn(ctx, yj_col_text(st, 1), yj_col_text(st, 0), err));
    }
    return YJ_OK;
}
