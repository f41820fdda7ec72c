// SPDX-License-Identifier: Apache-2.0
#include "record/case_internal.h"

#include <stdarg.h>
#include <stdlib.h>

#define ARENA_MAX ((size_t)256 << 20)
#define RANDOM_DAYS 4

typedef yj_case_runner runner;

yj_status yj_case_problem(yj_case_runner *r, const char *fmt, ...)
{
    yj_error e = { 0 };
    char text[400];
    va_list ap;
    va_start(ap, fmt);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the callers' formats are literals, checked there */
    vsnprintf(text, sizeof text, fmt, ap);
#pragma GCC diagnostic pop
    va_end(ap);
    (void)yj_fail(&e, YJ_E_INVALID, "%s", text);
    snprintf(r->problem, sizeof r->problem, "%s", text);
    snprintf(r->problem_zh, sizeof r->problem_zh, "%s", text);
    return YJ_E_INVALID;
}

static yj_status problem_from(runner *r, const char *where, const yj_error *e)
{
    snprintf(r->problem, sizeof r->problem, "%.80s: %.80s %.300s", where, e->field, e->msg);
    snprintf(r->problem_zh, sizeof r->problem_zh, "%.80s: %.80s %.300s", where, e->field,
             e->msg_zh[0] ? e->msg_zh : e->msg);
    return YJ_E_INVALID;
}

/* --- records ---------------------------------------------------------------------------------- */

const char *yj_case_id(const yj_case_runner *r, const char *ref)
{
    if (ref[0] == '@')
        ref++;
    if (strcmp(ref, "me") == 0)
        return r->me;
    for (size_t i = 0; i < r->k->record_count; i++)
        if (strcmp(r->k->records[i].ref, ref) == 0)
            return r->ids[i];
    return NULL;
}

static json_t *resolve(const runner *r, const json_t *v)
{
    if (json_is_string(v) && json_string_value(v)[0] == '@') {
        const char *id = yj_case_id(r, json_string_value(v));
        return id ? json_string(id) : json_incref((json_t *)(uintptr_t)v);
    }
    return json_incref((json_t *)(uintptr_t)v);
}

static json_t *resolve_fields(const runner *r, const yj_kind *k, const json_t *fields)
{
    json_t *out = json_object();
    const char *name = NULL;
    json_t *v = NULL;
    json_object_foreach((json_t *)(uintptr_t)fields, name, v)
    {
        const yj_field *f = yj_kind_field(k, yj_span_of(name));
        if (json_is_null(v))
            continue;
        if (!f || (f->ref_kind < 0 && f->kind_from < 0 && !f->by_system)) {
            json_object_set(out, name, v);
        } else if (!f->list) {
            json_object_set_new(out, name, resolve(r, v));
        } else {
            json_t *list = json_array();
            for (size_t i = 0; i < json_array_size(v); i++)
                json_array_append_new(list, resolve(r, json_array_get(v, i)));
            json_object_set_new(out, name, list);
        }
    }
    return out;
}

static yj_status check_record(runner *r, size_t i)
{
    const yj_case_record *rec = &r->k->records[i];
    const yj_kind *k = &r->c->kinds[rec->kind];
    yj_error why = { 0 };
    if (yj_fields_check(r->c, k, r->fields[i], &why) != YJ_OK ||
        yj_record_check(k, r->fields[i], &why) != YJ_OK ||
        yj_requirements_check(r->c, k, NULL, r->fields[i], &why) != YJ_OK)
        return problem_from(r, rec->ref, &why);
    return YJ_OK;
}

yj_status yj_case_write_record(yj_case_runner *r, size_t i, const char *state, yj_error *err)
{
    const yj_case_record *rec = &r->k->records[i];
    const yj_kind *k = &r->c->kinds[rec->kind];
    yj_row_head head;
    YJ_TRY(yj_row_find(r->db, &r->sql[rec->kind], YJ_CASE_INST, r->ids[i], 0, &head, err));
    yj_row row = { .inst = YJ_CASE_INST,
                   .id = r->ids[i],
                   .version = head.found ? head.version + 1 : 1,
                   .seq = (int64_t)i,
                   .state = state,
                   .fields = r->fields[i] };
    return yj_row_write(r->db, k, &r->sql[rec->kind], &row, &head, err);
}

/* A person for "@me", so that references to it hold. */
yj_status yj_case_write_me(yj_case_runner *r, yj_error *err)
{
    const yj_kind *k = yj_catalog_kind(r->c, YJ_SPAN("person"));
    if (!k)
        return YJ_OK;
    yj_auto(yj_json_freep) json_t *fields = json_object();
    for (size_t i = 0; i < k->field_count; i++)
        if (k->fields[i].type == YJ_T_TEXT && (k->fields[i].required || (int)i == k->name_field))
            json_object_set_new(fields, k->fields[i].name, json_string(yj_case_numbered(r, "me")));
    yj_row_head head = { 0 };
    yj_row row = {
        .inst = YJ_CASE_INST, .id = r->me, .version = 1, .state = k->states[k->initial].id, .fields = fields
    };
    return yj_row_write(r->db, k, &r->sql[k->index], &row, &head, err);
}

void yj_case_enter(yj_case_runner *r, const yj_case *k, unsigned number)
{
    r->k = k;
    r->number = number;
    r->ids = yj_arena_array(r->a, k->record_count + 1, sizeof *r->ids);
    r->fields = yj_arena_array(r->a, k->record_count + 1, sizeof(json_t *));
    /* rising ids from a fixed instant: two runs see the same order */
    for (size_t i = 0; i < k->record_count; i++)
        snprintf(r->ids[i], sizeof r->ids[i], "01900000-%04x-7000-8000-%012x", number & 0xffff,
                 (unsigned)(i + 1));
    snprintf(r->me, sizeof r->me, "01900000-%04x-7000-8000-ffffffffffff", number & 0xffff);
    for (size_t i = 0; i < k->record_count; i++)
        r->fields[i] = resolve_fields(r, &r->c->kinds[k->records[i].kind], k->records[i].fields);
}

void yj_case_leave(yj_case_runner *r)
{
    for (size_t i = 0; i < r->k->record_count; i++)
        json_decref(r->fields[i]);
}

const char *yj_case_state(const yj_case_runner *r, size_t i)
{
    const yj_case_record *rec = &r->k->records[i];
    return r->c->kinds[rec->kind].states[rec->state].id;
}

/* --- judging ---------------------------------------------------------------------------------- */

static yj_status judge(runner *r, const yj_dirty *d, const char *today, yj_judgement *ret, yj_error *err)
{
    yj_scope scope;
    YJ_TRY(yj_scope_load(r->db, r->c, YJ_CASE_INST, today, r->a, &scope, err));
    return yj_judge(r->db, r->c, d, &scope, NULL, ret, err);
}

typedef struct applying {
    runner *r;
    uint64_t seq;
} applying;

static yj_status apply_body(void *ctx, yj_span body, const yj_judgement_part *part, yj_error *err)
{
    applying *x = ctx;
    YJ_TRY(yj_judgement_keep(x->r->db, YJ_CASE_INST, x->seq, body, err));
    return yj_judgement_apply(x->r->db, YJ_CASE_INST, x->seq++, body, err);
}

static yj_status enter_incrementally(runner *r, yj_error *err)
{
    applying x = { r, 0 };
    for (size_t i = 0; i < r->k->record_count; i++) {
        const yj_case_record *rec = &r->k->records[i];
        const yj_kind *k = &r->c->kinds[rec->kind];
        YJ_TRY(yj_case_write_record(r, i, k->states[rec->state].id, err));
        yj_touch_item *t = yj_touch_make(k, YJ_CASE_INST, i, r->ids[i], NULL, r->fields[i], true, false);
        yj_auto(yj_dirty_freep) yj_dirty *d = yj_dirty_new(r->c, r->reach);
        if (!t || !d) {
            yj_touch_item_free(t);
            return yj_fail(err, YJ_E_NOMEM, "out of memory");
        }
        yj_status s = yj_dirty_touch(d, r->db, YJ_CASE_INST, &t->touch, err);
        yj_touch_item_free(t);
        YJ_TRY(s);
        yj_dirty_only(d, r->k->requirement);
        if (yj_dirty_empty(d))
            continue;
        yj_judgement j = { 0 };
        s = judge(r, d, r->k->today.s, &j, err);
        if (s == YJ_OK)
            s = yj_judgement_bodies(r->c, &j, i, r->k->today.s, false, apply_body, &x, err);
        yj_judgement_done(&j);
        YJ_TRY(s);
    }
    return YJ_OK;
}

/* After incremental judging nothing may come out differently when everything is judged. */
static yj_status compare_with_full(runner *r, yj_error *err)
{
    yj_auto(yj_dirty_freep) yj_dirty *d = yj_dirty_new(r->c, r->reach);
    if (!d)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_dirty_all(d);
    yj_dirty_only(d, r->k->requirement);
    yj_judgement j = { 0 };
    YJ_TRY(judge(r, d, r->k->today.s, &j, err));
    yj_status s = YJ_OK;
    if (j.count)
        s = yj_case_problem(
            r,
            "judged one by one, requirement %s came out differently than judged at once (%s); the "
            "rule %s reads "
            "what no reference leads from: it needs reach: institution",
            r->c->requirements[j.changes[0].requirement].id, yj_verdict_name(j.changes[0].status),
            r->c->rules[r->c->requirements[j.changes[0].requirement].rule].name);
    yj_judgement_done(&j);
    return s;
}

yj_status yj_case_judge(yj_case_runner *r, const yj_dirty *d, const char *today, yj_judgement *ret,
                        yj_error *err)
{
    yj_scope scope;
    YJ_TRY(yj_scope_load(r->db, r->c, YJ_CASE_INST, today, r->a, &scope, err));
    YJ_TRY(yj_judge_whole(r->db, r->c, d, &scope, ret, err));
    for (size_t i = 0; i < ret->count; i++)
        if (strcmp(ret->changes[i].code, ".failed") == 0)
            return yj_case_problem(r, "the rule %s failed on %s",
                                   r->c->rules[r->c->requirements[r->k->requirement].rule].name, today);
    return YJ_OK;
}

void yj_case_subjects(const yj_case_runner *r, yj_dirty *d)
{
    for (size_t i = 0; i < r->k->expect_count; i++) {
        const char *id = yj_case_id(r, r->k->expects[i].subject);
        if (id)
            yj_dirty_subject(d, r->k->requirement, id);
    }
}

/* Every verdict afresh, on any day. */
static yj_status judge_day(runner *r, const char *today, yj_judgement *ret, yj_error *err)
{
    yj_auto(yj_dirty_freep) yj_dirty *d = yj_dirty_new(r->c, r->reach);
    if (!d)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_case_subjects(r, d);
    return yj_case_judge(r, d, today, ret, err);
}

/* From one day to a later one: a status may differ only if a due date lay between. */
static yj_status check_between(runner *r, const yj_judgement *before, const char *day,
                               const yj_judgement *after, const char *later)
{
    for (size_t i = 0; i < after->count; i++) {
        const yj_verdict *a = &after->changes[i], *b = yj_case_verdict(before, a->requirement, a->subject);
        if (!b || b->status == a->status)
            continue;
        bool lapsed = b->due && strcmp(b->due, later) < 0 && strcmp(b->due, day) >= 0;
        if (!lapsed)
            return yj_case_problem(
                r, "the status is %s on %s and %s on %s, but no due date lies between (due: %s)",
                yj_verdict_name(b->status), day, yj_verdict_name(a->status), later, b->due ? b->due : "none");
    }
    return YJ_OK;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(((const yj_date *)a)->s, ((const yj_date *)b)->s);
}

#define DAYS_MAX 64

static void add_day(yj_date *days, size_t *n, const char *date, int64_t offset)
{
    yj_date d;
    if (*n < DAYS_MAX && yj_date_add_days(date, offset, &d))
        days[(*n)++] = d;
}

static yj_status check_days(runner *r, const yj_judgement *first, yj_error *err)
{
    yj_date days[DAYS_MAX];
    size_t n = 0;
    add_day(days, &n, r->k->today.s, 0);
    for (size_t i = 0; i < first->count; i++)
        for (int64_t off = -1; first->changes[i].due && off <= 1; off++)
            add_day(days, &n, first->changes[i].due, off);
    for (int i = 0; i < RANDOM_DAYS; i++) {
        r->seed = r->seed * 6364136223846793005u + 1442695040888963407u;
        add_day(days, &n, r->k->today.s, (int64_t)(r->seed >> 33) % 1500);
    }
    qsort(days, n, sizeof *days, by_text);
    yj_judgement before = { 0 };
    size_t last = 0;
    yj_status s = YJ_OK;
    for (size_t i = 0; s == YJ_OK && i < n; i++) {
        if (strcmp(days[i].s, r->k->today.s) < 0)
            continue; /* the records of the case are not yet there */
        yj_judgement now = { 0 };
        s = judge_day(r, days[i].s, &now, err);
        if (s == YJ_OK && before.arena)
            s = check_between(r, &before, days[last].s, &now, days[i].s);
        yj_judgement_done(&before);
        before = now;
        last = i;
    }
    yj_judgement_done(&before);
    return s;
}

/* --- one case --------------------------------------------------------------------------------- */

/* The records of the other cases are none of its business: not even a value of its sentence may differ. */
static yj_status compare_with_crowd(runner *r, const yj_judgement *j, yj_error *err)
{
    const char *alone;
    YJ_TRY(yj_case_outcome(r, j, &alone, err));
    if (strcmp(alone, r->among) == 0)
        return YJ_OK;
    size_t at = 0;
    while (alone[at] == r->among[at])
        at++;
    while (at && alone[at] != ',' && alone[at] != ';')
        at--;
    return yj_case_problem(r,
                           "among the records of the other cases it comes out as%.150s, by itself as%.150s",
                           r->among + at, alone + at);
}

static yj_status run_requirement(runner *r, yj_error *err)
{
    YJ_TRY(yj_db_savepoint(r->db, err));
    yj_status s = enter_incrementally(r, err);
    if (s == YJ_OK)
        s = compare_with_full(r, err);
    YJ_TRY(yj_db_savepoint_undo(r->db, err));
    YJ_TRY(s);
    for (size_t i = 0; i < r->k->record_count; i++)
        YJ_TRY(yj_case_write_record(r, i, yj_case_state(r, i), err));
    yj_judgement j = { 0 };
    s = judge_day(r, r->k->today.s, &j, err);
    if (s == YJ_OK)
        s = yj_case_hold(r, &j);
    if (s == YJ_OK && r->among)
        s = compare_with_crowd(r, &j, err);
    if (s == YJ_OK)
        s = check_days(r, &j, err);
    yj_judgement_done(&j);
    return s;
}

static yj_status run_gate(runner *r, yj_error *err)
{
    const yj_case *k = r->k;
    const yj_kind *kind = &r->c->kinds[k->gate_kind];
    const yj_transition *t = &kind->transitions[k->gate_transition];
    const char *id = yj_case_id(r, k->gate_subject);
    if (t->gate < 0)
        return yj_case_problem(r, "transition %s of kind %s has no gate", t->id, kind->name);
    for (size_t i = 0; i < k->record_count; i++) {
        const yj_kind *rk = &r->c->kinds[k->records[i].kind];
        bool moved = id && strcmp(r->ids[i], id) == 0;
        if (moved && !(t->from >> k->records[i].state & 1))
            return yj_case_problem(r, "%s is in state %s, from which transition %s does not start",
                                   k->gate_subject, rk->states[k->records[i].state].id, t->id);
        YJ_TRY(yj_case_write_record(r, i, moved ? rk->states[t->to].id : rk->states[k->records[i].state].id,
                                    err));
    }
    yj_scope scope;
    YJ_TRY(yj_scope_load(r->db, r->c, YJ_CASE_INST, k->today.s, r->a, &scope, err));
    yj_gate_result g;
    YJ_TRY(yj_gate_check(r->db, r->c, &r->c->gates[t->gate], id, &scope, r->a, &g, err));
    if (k->gate_open && !g.open)
        return yj_case_problem(r, "expected the gate open; %s keeps it shut (%s) and %zu in all",
                               r->c->requirements[g.misses[0].requirement].id,
                               g.misses[0].subject ? g.misses[0].verdict.code : ".absent", g.miss_count);
    if (!k->gate_open && g.open)
        return yj_case_problem(r, "expected the gate shut; it is open");
    for (size_t i = 0; i < g.miss_count; i++) {
        bool told = false;
        for (size_t n = 0; n < k->gate_shut_count; n++)
            told = told || k->gate_shut[n] == g.misses[i].requirement;
        if (!k->gate_open && !told)
            return yj_case_problem(r, "%s keeps the gate shut too (%s)",
                                   r->c->requirements[g.misses[i].requirement].id,
                                   g.misses[i].subject ? g.misses[i].verdict.code : ".absent");
    }
    for (size_t n = 0; n < k->gate_shut_count; n++) {
        bool found = false;
        for (size_t i = 0; i < g.miss_count; i++)
            found = found || k->gate_shut[n] == g.misses[i].requirement;
        if (!found)
            return yj_case_problem(r, "%s should keep the gate shut, but does not",
                                   r->c->requirements[k->gate_shut[n]].id);
    }
    return YJ_OK;
}

static yj_status run_case(runner *r, yj_error *err)
{
    YJ_TRY(yj_arena_status(r->a, err));
    yj_status s = YJ_OK;
    for (size_t i = 0; s == YJ_OK && i < r->k->record_count; i++)
        s = check_record(r, i);
    if (s == YJ_OK)
        s = yj_case_write_me(r, err);
    if (s == YJ_OK)
        s = r->k->requirement >= 0 ? run_requirement(r, err) : run_gate(r, err);
    return s;
}

bool yj_case_stores_fault(yj_status s)
{
    return s == YJ_E_NOMEM || s == YJ_E_IO || s == YJ_E_FULL;
}

static yj_status run_one(runner *r, const yj_case *k, yj_case_result *ret, yj_error *err)
{
    r->problem[0] = r->problem_zh[0] = '\0';
    yj_arena_reset(r->a);
    YJ_TRY(yj_db_begin(r->db, YJ_DB_WRITE, err));
    yj_error why = { 0 };
    yj_case_enter(r, k, 0);
    yj_status s = run_case(r, &why);
    yj_case_leave(r);
    yj_db_rollback(r->db);
    if (s != YJ_OK && !r->problem[0]) {
        if (yj_case_stores_fault(why.code)) {
            if (err)
                *err = why;
            return s;
        }
        (void)problem_from(r, "store", &why);
    }
    *ret =
        (yj_case_result){ .c = k, .passed = s == YJ_OK, .problem = r->problem, .problem_zh = r->problem_zh };
    return YJ_OK;
}

/** What each case is among the others, found when the first of its requirement comes. */
typedef struct crowds {
    yj_arena *a;
    yj_case_among *of; /* by case */
    bool *done;        /* by requirement */
} crowds;

static yj_status crowd_of(runner *r, const yj_cases *cases, int requirement, crowds *x, yj_error *err)
{
    if (x->done[requirement] || r->c->rules[r->c->requirements[requirement].rule].reach_all)
        return YJ_OK;
    x->done[requirement] = true;
    yj_arena_reset(r->a);
    size_t n = 0, *place = yj_arena_array(r->a, cases->count, sizeof *place);
    const yj_case **some = yj_arena_array(r->a, cases->count, sizeof(const yj_case *));
    yj_case_among *among = yj_arena_array(r->a, cases->count, sizeof *among);
    YJ_TRY(yj_arena_status(r->a, err));
    for (size_t i = 0; i < cases->count; i++) {
        if (cases->rows[i].requirement != requirement)
            continue;
        place[n] = i;
        some[n++] = &cases->rows[i];
    }
    YJ_TRY(yj_db_begin(r->db, YJ_DB_WRITE, err));
    yj_error why = { 0 };
    bool entered = false;
    yj_status s = yj_case_crowd_enter(r, some, n, &entered, &why);
    if (s == YJ_OK && entered)
        s = yj_case_crowd_hold(r, some, n, x->a, among, &why);
    yj_db_rollback(r->db);
    if (s != YJ_OK && yj_case_stores_fault(why.code)) {
        if (err)
            *err = why;
        return s;
    }
    for (size_t i = 0; i < n; i++)
        x->of[place[i]] =
            s == YJ_OK ? among[i] : (yj_case_among){ .problem = yj_arena_strdup(x->a, why.msg) };
    return yj_arena_status(x->a, err);
}

static yj_status run_each(runner *r, const yj_cases *cases, crowds *x, yj_case_fn fn, void *ctx,
                          yj_case_totals *ret, yj_error *err)
{
    for (size_t i = 0; i < cases->count; i++) {
        const yj_case *k = &cases->rows[i];
        yj_case_result result;
        if (k->requirement >= 0)
            YJ_TRY(crowd_of(r, cases, k->requirement, x, err));
        r->among = x->of[i].outcome;
        YJ_TRY(run_one(r, k, &result, err));
        if (result.passed && x->of[i].problem) {
            (void)yj_case_problem(r, "%s", x->of[i].problem);
            result.passed = false;
        }
        ret->passed += result.passed;
        ret->failed += !result.passed;
        if (fn)
            YJ_TRY(fn(ctx, &result, err));
    }
    return YJ_OK;
}

static size_t gates_covered(const yj_catalog *c, const yj_cases *cases)
{
    size_t n = 0;
    for (size_t g = 0; g < c->gate_count; g++) {
        bool open = false, shut = false;
        for (size_t i = 0; i < cases->count; i++) {
            const yj_case *k = &cases->rows[i];
            if (k->requirement >= 0 || k->gate_kind != c->gates[g].kind ||
                k->gate_transition != c->gates[g].transition)
                continue;
            open = open || k->gate_open;
            shut = shut || !k->gate_open;
        }
        n += open && shut;
    }
    return n;
}

yj_status yj_case_runner_open(yj_case_runner *r, yj_db *db, const yj_catalog *c, uint64_t seed, yj_error *err)
{
    *r = (runner){ .db = db, .c = c, .seed = seed, .a = yj_arena_new(ARENA_MAX) };
    if (!r->a)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    YJ_TRY(yj_kind_tables_sync(db, c->tables, c->kind_count, err));
    YJ_TRY(yj_confine_setup(db, c->tables, c->kind_count, err));
    YJ_TRY(yj_reach_new(c, &r->reach, err));
    return yj_kind_sql_new(c, &r->sql, err);
}

void yj_case_runner_close(yj_case_runner *r)
{
    yj_kind_sql_free(r->c, r->sql);
    yj_reach_free(r->reach);
    yj_arena_free(r->a);
}

yj_status yj_case_run(yj_db *db, const yj_catalog *c, const yj_cases *cases, uint64_t seed, yj_case_fn fn,
                      void *ctx, yj_case_totals *ret, yj_error *err)
{
    *ret = (yj_case_totals){ .requirements = c->requirement_count, .gates = gates_covered(c, cases) };
    runner r;
    yj_status s = yj_case_runner_open(&r, db, c, seed, err);
    crowds x = { .a = yj_arena_new(ARENA_MAX) };
    if (s == YJ_OK && !x.a)
        s = yj_fail(err, YJ_E_NOMEM, "out of memory");
    if (s == YJ_OK) {
        x.of = yj_arena_array(x.a, cases->count + 1, sizeof *x.of);
        x.done = yj_arena_array(x.a, c->requirement_count + 1, sizeof *x.done);
        s = yj_arena_status(x.a, err);
    }
    if (s == YJ_OK)
        s = run_each(&r, cases, &x, fn, ctx, ret, err);
    yj_arena_free(x.a);
    yj_case_runner_close(&r);
    return s;
}
