// SPDX-License-Identifier: Apache-2.0
/*
 * May the acting person? Asked of every request before it is looked at whether what it brings is valid: by
 * the writer in its own transaction, by an import also on the snapshot on which it matches its rows, so that
 * all that is refused can be told at once. Judgements, what the system writes by itself and what is read back
 * from a ledger are no requests.
 */
#include "record/internal.h"

#define ACTORS_BYTES_MAX ((size_t)16 << 20)

/* --- who acts --------------------------------------------------------------------------------- */

typedef struct yj_actor_kept {
    struct yj_actor_kept *next;
    yj_actor actor;
} yj_actor_kept;

static bool is_operator(const yj_engine *e, const char *by)
{
    return strcmp(by, e->config.operator_id) == 0;
}

yj_status yj_allowed_actor(yj_engine *e, yj_db *db, int64_t inst, const char *by, yj_arena *a, yj_actor *ret,
                           yj_error *err)
{
    yj_date today;
    if (is_operator(e, by)) {
        *ret = (yj_actor){ .id = by, .inst = inst, .all = true, .name = "" };
        return YJ_OK;
    }
    yj_engine_today(e, &today);
    return yj_actor_read(db, e->catalog, inst, by, false, &today, a, ret, err);
}

yj_status yj_writer_actor(yj_writer *w, int64_t inst, const char *by, yj_actor *ret, yj_error *err)
{
    for (const yj_actor_kept *k = w->actors; k; k = k->next) {
        if (k->actor.inst == inst && strcmp(k->actor.id, by) == 0) {
            *ret = k->actor;
            return YJ_OK;
        }
    }
    if (is_operator(w->e, by)) /* costs nothing to read */
        return yj_allowed_actor(w->e, w->db, inst, by, NULL, ret, err);
    if (!w->actors_arena)
        w->actors_arena = yj_arena_new(ACTORS_BYTES_MAX);
    if (!w->actors_arena)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_slot *locked = NULL;
    YJ_TRY(yj_writer_slot(w, inst, &locked, err));
    yj_actor_kept *kept = yj_arena_new_of(w->actors_arena, yj_actor_kept);
    YJ_TRY(yj_allowed_actor(w->e, w->db, inst, by, w->actors_arena, &kept->actor, err));
    kept->next = w->actors;
    w->actors = kept;
    *ret = kept->actor;
    return YJ_OK;
}

void yj_writer_forget_actors(yj_writer *w)
{
    if (w->actors)
        yj_arena_reset(w->actors_arena);
    w->actors = NULL;
}

/* --- whom a record names ---------------------------------------------------------------------- */

static size_t count_of(const json_t *v)
{
    return json_is_array(v) ? json_array_size(v) : json_is_string(v);
}

static void add_named(yj_may_named *rows, size_t *count, int field, const json_t *v)
{
    for (size_t i = 0; i < count_of(v); i++) {
        const char *id = json_string_value(json_is_array(v) ? json_array_get(v, i) : v);
        if (id)
            rows[(*count)++] = (yj_may_named){ field, id };
    }
}

/* By the fields that the grant speaks of. */
static yj_status read_named(const yj_grant *g, const yj_asked *q, yj_arena *a, yj_may_record *r,
                            yj_error *err)
{
    size_t room = 0, count = 0;
    for (size_t i = 0; i < g->not_by_count; i++) {
        const char *name = q->kind->fields[g->not_by[i]].name;
        room += count_of(json_object_get(q->old, name)) + count_of(json_object_get(q->fields, name));
    }
    if (!room)
        return YJ_OK;
    yj_may_named *rows = yj_arena_array(a, room, sizeof *rows);
    YJ_TRY(yj_arena_status(a, err));
    for (size_t i = 0; i < g->not_by_count; i++) {
        const char *name = q->kind->fields[g->not_by[i]].name;
        add_named(rows, &count, g->not_by[i], json_object_get(q->old, name));
        add_named(rows, &count, g->not_by[i], json_object_get(q->fields, name));
    }
    r->named = rows;
    r->named_count = count;
    return YJ_OK;
}

/* --- may he? ---------------------------------------------------------------------------------- */

/* @param creator NULL: whoever it was
 * @param state   that the record has */
static yj_status ask(yj_db *db, const yj_catalog *c, const yj_actor *actor, const yj_asked *q, yj_act act,
                     int transition, int state, const char *creator, yj_arena *a, const char **ret_for_whom,
                     yj_error *err)
{
    const yj_grant *g = yj_may_grant(c, q->kind, act, transition);
    yj_may_record r = { .id = q->id, .state = state, .creator = creator ? creator : "" };
    yj_may may;
    if (g)
        YJ_TRY(read_named(g, q, a, &r, err));
    if (g && g->not_by_creator && !creator && q->id)
        YJ_TRY(yj_may_creator(db, q->inst, q->id, a, &r.creator, err));
    yj_may_do(c, actor, q->kind, act, transition, &r, &may);
    if (may.allowed && ret_for_whom && may.for_whom)
        *ret_for_whom = may.for_whom;
    if (may.allowed)
        return YJ_OK;
    if (err)
        *err = may.why;
    return may.why.code;
}

static int first_state(uint64_t from)
{
    int i = 0;
    while (from && !(from >> i & 1U))
        i++;
    return i;
}

/* By any transition that leads there: the person would be creator and the one who moves in one. */
static yj_status ask_takeover(yj_db *db, const yj_catalog *c, const yj_actor *actor, const yj_asked *q,
                              yj_arena *a, const char **ret_for_whom, yj_error *err)
{
    yj_error first = { .code = YJ_OK };
    for (size_t i = 0; i < q->kind->transition_count; i++) {
        const yj_transition *t = &q->kind->transitions[i];
        yj_error why = { .code = YJ_OK };
        if (t->to != q->state)
            continue;
        yj_status s =
            ask(db, c, actor, q, YJ_ACT_MOVE, (int)i, first_state(t->from), actor->id, a, ret_for_whom, &why);
        if (s == YJ_OK)
            return YJ_OK;
        if (first.code == YJ_OK)
            first = why;
    }
    if (first.code == YJ_OK)
        (void)yj_fail(&first, YJ_E_FORBIDDEN, "the packs in force do not say who may do this");
    (void)yj_error_at(&first, "state");
    if (err)
        *err = first;
    return first.code;
}

yj_status yj_allowed(yj_db *db, const yj_catalog *c, const yj_actor *actor, const yj_asked *q, yj_arena *a,
                     const char **ret_for_whom, yj_error *err)
{
    if (ret_for_whom)
        *ret_for_whom = NULL;
    if (actor->all)
        return YJ_OK;
    YJ_TRY(ask(db, c, actor, q, q->act, q->transition, q->state, NULL, a, ret_for_whom, err));
    if (q->act == YJ_ACT_CREATE && q->state != q->kind->initial)
        return ask_takeover(db, c, actor, q, a, ret_for_whom, err);
    return YJ_OK;
}
