// SPDX-License-Identifier: Apache-2.0
#include "record/start.h"

#include "record/internal.h"
#include "record/present.h"

#define ARENA_MAX ((size_t)1 << 20)

static bool rule_reads(const yj_rule *rule, const yj_kind *k)
{
    size_t n = strlen(k->name);
    for (size_t i = 0; i < rule->shape.read_count; i++) {
        const char *table = rule->shape.reads[i].table;
        if (strncmp(table, k->name, n) != 0)
            continue;
        if (!table[n])
            return true;
        const yj_field *f = table[n] == '_' ? yj_kind_field(k, yj_span_of(table + n + 1)) : NULL;
        if (f && f->list) /* the view of a list */
            return true;
    }
    return false;
}

size_t yj_requirements_about(const yj_catalog *c, int kind)
{
    size_t n = 0;
    for (size_t i = 0; i < c->requirement_count; i++)
        n += c->requirements[i].subject == kind ||
             rule_reads(&c->rules[c->requirements[i].rule], &c->kinds[kind]);
    return n;
}

static yj_status is_entered(yj_db *db, const yj_kind *k, int64_t inst, yj_arena *arena, bool *ret,
                            yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    const char *sql = yj_arena_fmt(
        arena,
        "SELECT 1 FROM r_%s r WHERE r.inst = ?1 AND r.erased = 0 AND r.state <> '" YJ_STATE_WITHDRAWN
        "' AND " YJ_SQL_VISIBLE("r") " LIMIT 1",
        k->name);
    YJ_TRY(yj_arena_status(arena, err));
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    yj_bind_i64(st, 1, inst);
    return yj_stmt_step(st, ret, err);
}

yj_status yj_start_steps(yj_db *db, const yj_catalog *c, int64_t inst, yj_arena *arena, yj_start_step **ret,
                         yj_error *err)
{
    *ret = yj_arena_array(arena, c->start_count + 1, sizeof **ret);
    YJ_TRY(yj_arena_status(arena, err));
    for (size_t i = 0; i < c->start_count; i++) {
        yj_start_step *s = &(*ret)[i];
        *s = (yj_start_step){ .start = &c->starts[i],
                              .requirements = yj_requirements_about(c, c->starts[i].kind) };
        YJ_TRY(is_entered(db, &c->kinds[s->start->kind], inst, arena, &s->entered, err));
    }
    return YJ_OK;
}

static void write_step(yj_jw *w, const yj_catalog *c, const yj_start_step *s)
{
    const yj_kind *k = &c->kinds[s->start->kind];
    yj_jw_object(w);
    yj_jw_kstr(w, "kind", k->name);
    yj_present_text(w, "label", &k->label);
    yj_present_text(w, "why", &s->start->why);
    yj_jw_kbool(w, "entered", s->entered);
    yj_jw_ki64(w, "requirements", (int64_t)s->requirements);
    yj_jw_end_object(w);
}

yj_status yj_present_start(yj_db *db, const yj_catalog *c, int64_t inst, yj_jw *w, yj_error *err)
{
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new(ARENA_MAX);
    if (!a)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_start_step *steps;
    YJ_TRY(yj_start_steps(db, c, inst, a, &steps, err));
    const char *next = NULL;
    yj_jw_object(w);
    yj_jw_key(w, "items");
    yj_jw_array(w);
    for (size_t i = 0; i < c->start_count; i++) {
        write_step(w, c, &steps[i]);
        if (!next && !steps[i].entered)
            next = c->kinds[steps[i].start->kind].name;
    }
    yj_jw_end_array(w);
    yj_jw_kstr(w, "next", next);
    yj_jw_end_object(w);
    return YJ_OK;
}
