// SPDX-License-Identifier: Apache-2.0
#include "rule/internal.h"

#include <stdlib.h>

static int compare_days(const void *a, const void *b)
{
    return strcmp(((const yj_workday *)a)->date.s, ((const yj_workday *)b)->date.s);
}

static yj_status read_days(yj_stmt *st, yj_arena *arena, yj_workdays *ret, yj_error *err)
{
    yj_workday *rows = NULL;
    size_t count = 0, cap = 0;
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            break;
        if (count == cap) {
            cap = cap ? 2 * cap : 64;
            yj_workday *grown = yj_arena_array(arena, cap, sizeof *grown);
            YJ_TRY(yj_arena_status(arena, err));
            if (count)
                memcpy(grown, rows, count * sizeof *rows);
            rows = grown;
        }
        if (yj_date_parse(yj_col_text(st, 0), &rows[count].date))
            rows[count++].working = yj_col_i64(st, 1) != 0;
    }
    if (count > 1)
        qsort(rows, count, sizeof *rows, compare_days);
    *ret = (yj_workdays){ .rows = rows, .count = count };
    return YJ_OK;
}

/** The exceptions; none if the packs have no calendar of the expected form. */
static yj_status load_days(yj_db *db, const yj_catalog *c, int64_t inst, yj_arena *arena, yj_workdays *ret,
                           yj_error *err)
{
    const yj_kind *k = yj_catalog_kind(c, YJ_SPAN(YJ_CALENDAR_KIND));
    const yj_field *date = k ? yj_kind_field(k, YJ_SPAN(YJ_CALENDAR_DATE)) : NULL;
    const yj_field *working = k ? yj_kind_field(k, YJ_SPAN(YJ_CALENDAR_WORKING)) : NULL;
    if (!date || date->type != YJ_T_DATE || !working || working->type != YJ_T_BOOL)
        return YJ_OK;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db,
                         "SELECT a.f_" YJ_CALENDAR_DATE ", a.f_" YJ_CALENDAR_WORKING
                         " FROM r_" YJ_CALENDAR_KIND " a WHERE a.inst = ?1 AND " YJ_SQL_SEEN("a"),
                         &st, err));
    yj_bind_i64(st, 1, k->installation ? 0 : inst);
    return read_days(st, arena, ret, err);
}

yj_status yj_scope_load(yj_db *db, const yj_catalog *c, int64_t inst, const char *today, yj_arena *arena,
                        yj_scope *ret, yj_error *err)
{
    yj_scope s = { .inst = inst };
    if (!yj_date_parse(yj_span_of(today), &s.today))
        return yj_fail(err, YJ_E_INVALID, "%s is not a date", today);
    YJ_TRY(load_days(db, c, inst, arena, &s.workdays, err));
    *ret = s;
    return YJ_OK;
}
