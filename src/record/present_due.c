// SPDX-License-Identifier: Apache-2.0
/* What falls due, as JSON: verdicts that lapse, and remediations of what is not met. */
#include "record/present_internal.h"

#include <stdlib.h>

#define DUE_BYTES_MAX ((size_t)512 << 20)

typedef struct due_row {
    yj_verdict v;
    const yj_answer *remediation; /* that falls due; NULL: the verdict lapses */
    const char *day;
} due_row;

typedef struct due_list {
    yj_shown s;
    yj_arena *a;
    const char *until;
    due_row *rows;
    size_t count, cap;
} due_list;

static yj_status add(due_list *l, const yj_verdict *v, const yj_answer *remediation, const char *day,
                     yj_error *err)
{
    if (l->count == l->cap) {
        size_t cap = l->cap ? 2 * l->cap : 256;
        due_row *more = yj_arena_array(l->a, cap, sizeof *more);
        if (l->count)
            memcpy(more, l->rows, l->count * sizeof *more);
        l->rows = more;
        l->cap = cap;
    }
    due_row *row = &l->rows[l->count++];
    row->remediation = remediation;
    row->day = yj_arena_strdup(l->a, day);
    row->v = *v;
    row->v.subject = yj_arena_strdup(l->a, v->subject);
    row->v.requirement_id = yj_arena_strdup(l->a, v->requirement_id);
    row->v.kind_name = yj_arena_strdup(l->a, v->kind_name);
    row->v.code = yj_arena_strdup(l->a, v->code);
    row->v.values = yj_arena_strdup(l->a, v->values);
    row->v.proofs = yj_arena_strdup(l->a, v->proofs);
    row->v.due = yj_arena_strdup(l->a, v->due);
    row->v.since = yj_arena_strdup(l->a, v->since);
    return yj_arena_status(l->a, err);
}

static yj_status add_verdict(void *ctx, const yj_verdict *v, yj_error *err)
{
    return add(ctx, v, NULL, v->due, err);
}

static yj_status add_remediations(void *ctx, const yj_verdict *v, yj_error *err)
{
    due_list *l = ctx;
    size_t n;
    const yj_answer *a = yj_shown_remediations(&l->s, v, &n);
    for (size_t i = 0; i < n; i++)
        if (a[i].until && strcmp(a[i].until, l->until) <= 0)
            YJ_TRY(add(l, v, &a[i], a[i].until, err));
    return YJ_OK;
}

static int by_day(const void *a, const void *b)
{
    const due_row *x = a, *y = b;
    int c = strcmp(x->day, y->day);
    if (c == 0)
        c = x->v.requirement - y->v.requirement;
    if (c == 0)
        c = strcmp(x->v.subject, y->v.subject);
    if (c == 0 && x->remediation && y->remediation)
        return strcmp(x->remediation->id, y->remediation->id);
    return c ? c : (x->remediation != NULL) - (y->remediation != NULL);
}

static yj_status collect(due_list *l, yj_error *err)
{
    static const yj_remedy under_way[] = { YJ_REMEDY_OPEN, YJ_REMEDY_OVERDUE };
    yj_verdict_query q = YJ_VERDICT_QUERY_ALL;
    q.due_until = l->until;
    YJ_TRY(yj_verdicts(l->s.db, l->s.c, l->s.inst, &q, add_verdict, l, NULL, err));
    q.due_until = NULL;
    q.remediations = &l->s.remediations;
    q.day = l->s.day;
    for (size_t i = 0; i < YJ_COUNT(under_way); i++) {
        q.remedy = (int)under_way[i];
        YJ_TRY(yj_verdicts(l->s.db, l->s.c, l->s.inst, &q, add_remediations, l, NULL, err));
    }
    if (l->count)
        qsort(l->rows, l->count, sizeof *l->rows, by_day);
    return YJ_OK;
}

static yj_status write_row(due_list *l, const due_row *row, yj_error *err)
{
    yj_jw *w = l->s.w;
    yj_jw_object(w);
    YJ_TRY(yj_shown_verdict(&l->s, &row->v, err));
    yj_jw_kstr(w, "day", row->day);
    yj_jw_kbool(w, "overdue", strcmp(row->day, l->s.day) < 0);
    yj_jw_key(w, "remediation");
    if (row->remediation)
        YJ_TRY(yj_shown_remediation(&l->s, row->remediation, err));
    else
        yj_jw_null(w);
    yj_jw_end_object(w);
    return YJ_OK;
}

static yj_status write_list(due_list *l, yj_error *err)
{
    yj_jw *w = l->s.w;
    YJ_TRY(collect(l, err));
    yj_jw_object(w);
    yj_jw_kstr(w, "today", l->s.day);
    yj_jw_kstr(w, "until", l->until);
    yj_jw_key(w, "items");
    yj_jw_array(w);
    for (size_t i = 0; i < l->count; i++)
        YJ_TRY(write_row(l, &l->rows[i], err));
    yj_jw_end_array(w);
    yj_jw_end_object(w);
    return YJ_OK;
}

yj_status yj_present_due(yj_db *db, const yj_catalog *c, int64_t inst, yj_lang lang, const char *today,
                         const char *until, yj_buf *out, yj_error *err)
{
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new(DUE_BYTES_MAX);
    if (!a)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_jw w;
    yj_jw_init(&w, out);
    due_list l = { .a = a, .until = until };
    yj_shown_open(&l.s, db, c, inst, lang, &w);
    yj_status st = yj_shown_as_of(&l.s, -1, today, err);
    if (st == YJ_OK)
        st = write_list(&l, err);
    yj_shown_close(&l.s);
    return st == YJ_OK ? yj_buf_status(out, err) : st;
}
