// SPDX-License-Identifier: Apache-2.0
#include "rule/answer.h"

#include "rule/internal.h"
#include <stdlib.h>

typedef struct loading {
    const yj_catalog *c;
    const yj_answer_map *map;
    yj_arena *arena;
    yj_answer *rows;
    size_t count, cap;
} loading;

static const char *copy(yj_arena *a, yj_span s)
{
    return yj_arena_strndup(a, s.ptr, s.len);
}

static yj_status add(loading *l, const yj_answer *one, yj_error *err)
{
    if (l->count == l->cap) {
        size_t cap = l->cap ? 2 * l->cap : 16;
        yj_answer *rows = yj_arena_array(l->arena, cap, sizeof *rows);
        YJ_TRY(yj_arena_status(l->arena, err));
        if (l->count)
            memcpy(rows, l->rows, l->count * sizeof *rows);
        l->rows = rows;
        l->cap = cap;
    }
    l->rows[l->count++] = *one;
    return yj_arena_status(l->arena, err);
}

/* --- now ----------------------------------------------------------------------------------------------- */

/** Columns: id, requirement, subject, until, responsible. Parameters: inst, state. */
static yj_status now_sql(const loading *l, const char **ret, yj_error *err)
{
    const yj_kind *k = &l->c->kinds[l->map->kind];
    const int fields[] = { l->map->requirement, l->map->subject, l->map->until, l->map->responsible };
    yj_buf b;
    yj_buf_init(&b, 4096);
    yj_buf_str(&b, "SELECT a.id");
    for (size_t i = 0; i < YJ_COUNT(fields); i++)
        yj_buf_fmt(&b, ", %s%s", fields[i] < 0 ? "NULL" : "a.f_",
                   fields[i] < 0 ? "" : k->fields[fields[i]].name);
    yj_buf_fmt(&b, " FROM r_%s a WHERE a.inst = ?1 AND a.state = ?2 AND " YJ_SQL_SEEN("a"), k->name);
    return yj_sql_finish(&b, l->arena, ret, err);
}

static yj_status load_now(loading *l, yj_db *db, int64_t inst, yj_error *err)
{
    const yj_kind *k = &l->c->kinds[l->map->kind];
    const char *sql = NULL;
    YJ_TRY(now_sql(l, &sql, err));
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    yj_bind_i64(st, 1, k->installation ? 0 : inst);
    yj_bind_cstr(st, 2, k->states[l->map->state].id);
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        yj_answer one = { .id = copy(l->arena, yj_col_text(st, 0)),
                          .requirement = yj_col_null(st, 1) ? "" : copy(l->arena, yj_col_text(st, 1)),
                          .subject = yj_col_null(st, 2) ? "" : copy(l->arena, yj_col_text(st, 2)),
                          .until = yj_col_null(st, 3) ? NULL : copy(l->arena, yj_col_text(st, 3)),
                          .responsible = yj_col_null(st, 4) ? NULL : copy(l->arena, yj_col_text(st, 4)) };
        YJ_TRY(add(l, &one, err));
    }
}

/* --- as of an entry ------------------------------------------------------------------------------------ */

static const char *text_of(const loading *l, const json_t *fields, int field)
{
    const yj_kind *k = &l->c->kinds[l->map->kind];
    const json_t *v = field < 0 ? NULL : json_object_get(fields, k->fields[field].name);
    return json_is_string(v) ? yj_arena_strdup(l->arena, json_string_value(v)) : NULL;
}

static yj_status add_then(void *ctx, const char *id, const json_t *o, yj_error *err)
{
    loading *l = ctx;
    const yj_kind *k = &l->c->kinds[l->map->kind];
    const char *state = json_string_value(json_object_get(o, "state"));
    const json_t *fields = json_object_get(o, "fields");
    if (!state || strcmp(state, k->states[l->map->state].id) != 0)
        return YJ_OK;
    yj_answer one = { .id = id,
                      .requirement = text_of(l, fields, l->map->requirement),
                      .subject = text_of(l, fields, l->map->subject),
                      .until = text_of(l, fields, l->map->until),
                      .responsible = text_of(l, fields, l->map->responsible) };
    if (!one.requirement)
        return YJ_OK;
    one.subject = one.subject ? one.subject : "";
    return add(l, &one, err);
}

/* --- loading ------------------------------------------------------------------------------------------- */

static int in_order(const void *a, const void *b)
{
    const yj_answer *x = a, *y = b;
    int o = strcmp(x->requirement, y->requirement);
    o = o ? o : strcmp(x->subject, y->subject);
    if (!o && (!x->until || !y->until))
        o = (x->until == NULL) - (y->until == NULL);
    else if (!o)
        o = strcmp(x->until, y->until);
    return o ? o : strcmp(x->id, y->id);
}

static yj_status load(yj_db *db, const yj_catalog *c, const yj_answer_map *map, int64_t inst,
                      int64_t as_of_seq, yj_arena *arena, yj_answers *ret, yj_error *err)
{
    *ret = (yj_answers){ 0 };
    if (map->kind < 0)
        return YJ_OK;
    const yj_kind *k = &c->kinds[map->kind];
    loading l = { .c = c, .map = map, .arena = arena };
    if (as_of_seq < 0)
        YJ_TRY(load_now(&l, db, inst, err));
    else
        YJ_TRY(yj_then_records(db, k, inst, as_of_seq, NULL, arena, add_then, &l, err));
    if (l.count > 1)
        qsort(l.rows, l.count, sizeof *l.rows, in_order);
    *ret = (yj_answers){ l.rows, l.count };
    return YJ_OK;
}

yj_status yj_risks_load(yj_db *db, const yj_catalog *c, int64_t inst, int64_t as_of_seq, yj_arena *arena,
                        yj_answers *ret, yj_error *err)
{
    return load(db, c, &c->risk_acceptance, inst, as_of_seq, arena, ret, err);
}

yj_status yj_remediations_load(yj_db *db, const yj_catalog *c, int64_t inst, int64_t as_of_seq,
                               yj_arena *arena, yj_answers *ret, yj_error *err)
{
    return load(db, c, &c->remediation, inst, as_of_seq, arena, ret, err);
}

/* --- what they answer ---------------------------------------------------------------------------------- */

static int compare_text(const char *a, yj_span b)
{
    size_t n = strlen(a), common = n < b.len ? n : b.len;
    int o = common ? memcmp(a, b.ptr, common) : 0;
    return o ? o : (n > b.len) - (n < b.len);
}

/** The first that is not before (requirement, subject). */
static size_t lower(const yj_answers *all, const char *requirement, yj_span subject)
{
    size_t low = 0, high = all->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int o = strcmp(all->rows[mid].requirement, requirement);
        o = o ? o : compare_text(all->rows[mid].subject, subject);
        if (o < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static const yj_answer *range(const yj_answers *all, const yj_requirement *r, yj_span subject, size_t *ret)
{
    *ret = 0;
    if (!all || !all->count)
        return NULL;
    size_t at = lower(all, r->id, subject), end = at;
    while (end < all->count && strcmp(all->rows[end].requirement, r->id) == 0 &&
           yj_span_is(subject, all->rows[end].subject))
        end++;
    *ret = end - at;
    return end > at ? &all->rows[at] : NULL;
}

bool yj_answer_overdue(const yj_answer *a, const char *day)
{
    return a->until && strcmp(a->until, day) < 0;
}

/** The one that counts longest, if it counts on that day: the last. */
static const yj_answer *longest(const yj_answers *risks, const yj_requirement *r, const char *subject,
                                const char *day)
{
    size_t n;
    const yj_answer *first = range(risks, r, yj_span_of(subject), &n);
    return n && !yj_answer_overdue(&first[n - 1], day) ? &first[n - 1] : NULL;
}

const yj_answer *yj_risk_for(const yj_catalog *c, const yj_answers *risks, const yj_requirement *r,
                             const char *subject, const char *day)
{
    if (c->forces[r->force].binding)
        return NULL;
    const yj_answer *own = longest(risks, r, subject, day), *any = longest(risks, r, "", day);
    if (!own || !any)
        return own ? own : any;
    return own->until && (!any->until || strcmp(any->until, own->until) > 0) ? any : own;
}

const yj_answer *yj_remediations_for(const yj_answers *all, const yj_requirement *r, yj_span subject,
                                     size_t *ret_count)
{
    return range(all, r, subject, ret_count);
}

bool yj_remediations_any(const yj_answers *all, const yj_requirement *r)
{
    if (!all || !all->count)
        return false;
    size_t at = lower(all, r->id, YJ_SPAN(""));
    return at < all->count && strcmp(all->rows[at].requirement, r->id) == 0;
}

static const char *const remedies[] = {
    [YJ_REMEDY_OPEN] = "open", [YJ_REMEDY_OVERDUE] = "overdue", [YJ_REMEDY_NONE] = "none"
};

const char *yj_remedy_name(yj_remedy r)
{
    return remedies[r];
}

bool yj_remedy_by_name(yj_span s, yj_remedy *ret)
{
    for (int i = 0; i < YJ_REMEDY_COUNT_; i++) {
        if (!yj_span_is(s, remedies[i]))
            continue;
        *ret = (yj_remedy)i;
        return true;
    }
    return false;
}

yj_remedy yj_remedy_of(const yj_answers *all, const yj_requirement *r, yj_span subject, const char *day)
{
    size_t n;
    const yj_answer *first = range(all, r, subject, &n);
    if (!n)
        return YJ_REMEDY_NONE;
    return yj_answer_overdue(first, day) ? YJ_REMEDY_OVERDUE : YJ_REMEDY_OPEN;
}
