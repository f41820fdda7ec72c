// SPDX-License-Identifier: Apache-2.0
/*
 * Who is tied to whom, and what is addressed to whom: tables, functions of the kind tables and nothing
 * else. One change brings up to date what it can touch: the record itself, records whose path leads through
 * it, or, where invitations and links change, all of the client's. Rows of a client are written under its
 * ledger's lock alone.
 */
#include "record/addressed.h"
#include "record/exchange_internal.h"

#include <stdlib.h>

#define SQL_MAX ((size_t)1 << 20)
#define NAME(k, i) ((k)->fields[i].name)

/* --- ties ------------------------------------------------------------------------------------- */

static yj_status run_with(yj_db *db, const char *sql, int64_t inst, const char *id, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    yj_bind_i64(st, 1, inst);
    if (id)
        yj_bind_cstr(st, 2, id);
    return yj_stmt_run(st, NULL, err);
}

/* The invitation and the link name each other, and the link lies in the ledger of whom the invitation names.
 */
static void ties_sql(const yj_catalog *c, yj_buf *b)
{
    const yj_exchange *x = &c->exchange;
    const yj_kind *i = &c->kinds[x->invitation.kind], *g = &c->kinds[x->link.kind];
    yj_buf_fmt(b,
               "INSERT INTO party_link(inst, record, party, invitation, link) SELECT i.inst, i.f_%s, p.inst, "
               "i.id, g.id FROM r_%s i JOIN ledger me ON me.inst = i.inst JOIN ledger p ON p.institution = "
               "i.f_%s AND p.inst > 0 AND p.inst <> i.inst JOIN r_%s g ON g.inst = p.inst AND g.nkey = i.id "
               "AND g.f_%s = me.institution AND g.state = '%s' AND g.erased = 0 AND " YJ_SQL_VISIBLE("g"),
               NAME(i, x->invitation.party), i->name, NAME(i, x->invitation.institution), g->name,
               NAME(g, x->link.client), g->states[x->link.state].id);
    yj_buf_fmt(b,
               " WHERE i.inst = ?1 AND i.state = '%s' AND i.erased = 0 AND i.f_%s IS NOT NULL "
               "AND " YJ_SQL_VISIBLE("i") " AND i.f_%s IN (",
               i->states[x->invitation.accepted].id, NAME(i, x->invitation.party),
               NAME(i, x->invitation.party_kind));
    for (size_t n = 0; n < x->party_count; n++)
        yj_buf_fmt(b, "%s'%s'", n ? ", " : "", c->kinds[x->parties[n].kind].name);
    yj_buf_str(b, ") ORDER BY i.id ON CONFLICT DO NOTHING");
}

static yj_status derive_ties(yj_db *db, const yj_catalog *c, int64_t inst, yj_error *err)
{
    YJ_TRY(run_with(db, "DELETE FROM party_link WHERE inst = ?1", inst, NULL, err));
    if (c->exchange.invitation.kind < 0 || c->exchange.party_count == 0)
        return YJ_OK;
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, SQL_MAX);
    ties_sql(c, &b);
    YJ_TRY(yj_buf_status(&b, err));
    return run_with(db, b.ptr, inst, NULL, err);
}

static yj_status is_tied(yj_db *db, int64_t inst, bool *ret, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "SELECT 1 FROM party_link WHERE inst = ?1 LIMIT 1", &st, err));
    yj_bind_i64(st, 1, inst);
    return yj_stmt_step(st, ret, err);
}

/* --- addressed -------------------------------------------------------------------------------- */

/* The value of step n's field, as join_steps() names it. */
static void add_value(const yj_kind *k, const yj_path *p, const yj_catalog *c, size_t n, yj_buf *b)
{
    const yj_kind *at = n == 0 ? k : &c->kinds[p->steps[n - 1].kind];
    if (p->steps[n].list)
        yj_buf_fmt(b, "x%zu.value", n);
    else
        yj_buf_fmt(b, "r%zu.f_%s", n, NAME(at, p->steps[n].field));
}

/* FROM with the records on the path, up to the one whose field is step `last`. */
static void join_steps(const yj_kind *k, const yj_path *p, const yj_catalog *c, size_t last, yj_buf *b)
{
    yj_buf_fmt(b, " FROM r_%s r0", k->name);
    for (size_t n = 0; n <= last; n++) {
        const yj_kind *at = n == 0 ? k : &c->kinds[p->steps[n - 1].kind];
        if (n > 0) {
            yj_buf_fmt(b, " JOIN r_%s r%zu ON r%zu.inst = r0.inst AND r%zu.id = ", at->name, n, n, n);
            add_value(k, p, c, n - 1, b);
            yj_buf_fmt(b,
                       " AND r%zu.erased = 0 AND r%zu.batch NOT IN (SELECT id FROM open_batch) AND "
                       "(r%zu.until_batch = 0 OR r%zu.until_batch IN (SELECT id FROM open_batch))",
                       n, n, n, n);
        }
        if (p->steps[n].list)
            yj_buf_fmt(b,
                       " JOIN l_%s_%s x%zu ON x%zu.inst = r%zu.inst AND x%zu.id = r%zu.id AND "
                       "x%zu.batch = r%zu.batch",
                       at->name, NAME(at, p->steps[n].field), n, n, n, n, n, n, n);
    }
}

/* @param more a condition on r0, with ?2; "" for all */
static void addressed_sql(const yj_kind *k, const yj_path *p, const yj_catalog *c, const char *more,
                          yj_buf *b)
{
    const yj_addressing *a = &c->exchange.addresses[k->index];
    size_t last = p->step_count - 1;
    yj_buf_fmt(b,
               "INSERT INTO addressed(inst, record, target, party, kind, seq, time, place, words) SELECT "
               "r0.inst, r0.id, l.record, l.party, '%s', r0.seq, e.time, ",
               k->name);
    yj_place_sql(k, a, b);
    yj_buf_str(b, ", ");
    yj_words_sql(k, a, b);
    join_steps(k, p, c, last, b);
    yj_buf_str(b, " JOIN party_link l ON l.inst = r0.inst AND l.record = ");
    add_value(k, p, c, last, b);
    yj_buf_str(b, " JOIN entry e ON e.inst = r0.inst AND e.seq = r0.seq WHERE r0.inst = ?1 AND r0.erased = 0 "
                  "AND r0.state <> '" YJ_STATE_WITHDRAWN "' AND " YJ_SQL_VISIBLE("r0"));
    if (a->sent >= 0)
        yj_buf_fmt(b, " AND r0.f_%s IS NOT NULL", NAME(k, a->sent));
    const char *between = " AND r0.state IN (";
    for (size_t i = 0; i + 1 < k->state_count; i++) {
        if (a->states >> i & 1U) {
            yj_buf_fmt(b, "%s'%s'", between, k->states[i].id);
            between = ", ";
        }
    }
    yj_buf_str(b, between[0] == ',' ? ")" : "");
    yj_buf_fmt(b, "%s ON CONFLICT DO NOTHING", more);
}

static yj_status insert_addressed(yj_db *db, const yj_catalog *c, const yj_kind *k, int64_t inst,
                                  const char *id, yj_error *err)
{
    const yj_addressing *a = &c->exchange.addresses[k->index];
    for (size_t i = 0; i < a->path_count; i++) {
        yj_auto(yj_buf_done) yj_buf b;
        yj_buf_init(&b, SQL_MAX);
        addressed_sql(k, &a->paths[i], c, id ? " AND r0.id = ?2" : "", &b);
        YJ_TRY(yj_buf_status(&b, err));
        YJ_TRY(run_with(db, b.ptr, inst, id, err));
    }
    return YJ_OK;
}

static yj_status derive_record(yj_db *db, const yj_catalog *c, const yj_kind *k, int64_t inst, const char *id,
                               yj_error *err)
{
    YJ_TRY(run_with(db, "DELETE FROM addressed WHERE inst = ?1 AND record = ?2", inst, id, err));
    return insert_addressed(db, c, k, inst, id, err);
}

/* All of a client's. */
static yj_status derive_client(yj_db *db, const yj_catalog *c, int64_t inst, yj_error *err)
{
    bool tied = false;
    YJ_TRY(derive_ties(db, c, inst, err));
    YJ_TRY(run_with(db, "DELETE FROM addressed WHERE inst = ?1", inst, NULL, err));
    YJ_TRY(is_tied(db, inst, &tied, err));
    for (size_t i = 0; tied && i < c->kind_count; i++)
        YJ_TRY(insert_addressed(db, c, &c->kinds[i], inst, NULL, err));
    return YJ_OK;
}

/* --- through a record on the path ------------------------------------------------------------- */

static bool same(const json_t *old, const json_t *now, const char *name)
{
    const json_t *a = old ? json_object_get(old, name) : NULL, *b = now ? json_object_get(now, name) : NULL;
    return a == b || (a && b && json_equal(a, b));
}

/* Records of kind `k` whose path comes to `id` at step n; what they are does not depend on the record there.
 */
static yj_status through(yj_db *db, const yj_catalog *c, const yj_kind *k, const yj_path *p, size_t n,
                         int64_t inst, const char *id, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf b;
    yj_auto(yj_buf_done) yj_buf ids;
    yj_buf_init(&b, SQL_MAX);
    yj_buf_init(&ids, (size_t)64 << 20);
    yj_buf_str(&b, "SELECT DISTINCT r0.id");
    join_steps(k, p, c, n - 1, &b);
    yj_buf_str(&b, " WHERE r0.inst = ?1 AND r0.erased = 0 AND ");
    add_value(k, p, c, n - 1, &b);
    yj_buf_str(&b, " = ?2");
    YJ_TRY(yj_buf_status(&b, err));
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare_made(db, b.ptr, &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, id);
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            break;
        yj_buf_span(&ids, yj_col_text(st, 0));
        yj_buf_char(&ids, '\0');
    }
    YJ_TRY(yj_buf_status(&ids, err));
    for (size_t at = 0; at < ids.len; at += strlen(ids.ptr + at) + 1)
        YJ_TRY(derive_record(db, c, k, inst, ids.ptr + at, err));
    return YJ_OK;
}

/* @param now NULL: the record is gone as a whole */
static yj_status derive_through(yj_db *db, const yj_catalog *c, const yj_kind *changed, int64_t inst,
                                const char *id, const json_t *old, const json_t *now, yj_error *err)
{
    for (size_t i = 0; i < c->kind_count; i++) {
        const yj_addressing *a = &c->exchange.addresses[i];
        for (size_t j = 0; j < a->path_count; j++) {
            const yj_path *p = &a->paths[j];
            for (size_t n = 1; n < p->step_count; n++)
                if (p->steps[n - 1].kind == changed->index &&
                    !same(old, now, NAME(changed, p->steps[n].field)))
                    YJ_TRY(through(db, c, &c->kinds[i], p, n, inst, id, err));
        }
    }
    return YJ_OK;
}

/* --- what the writer calls -------------------------------------------------------------------- */

yj_status yj_institution_number(yj_db *db, const char *id, int64_t *ret, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    YJ_TRY(yj_db_prepare(db, "SELECT inst FROM ledger WHERE institution = ?1 AND inst > 0", &st, err));
    yj_bind_cstr(st, 1, id ? id : "");
    YJ_TRY(yj_stmt_step(st, &row, err));
    *ret = row ? yj_col_i64(st, 0) : -1;
    return YJ_OK;
}

static yj_status derive_locked(yj_writer *w, const yj_catalog *c, int64_t inst, yj_error *err)
{
    yj_slot *slot = NULL;
    YJ_TRY(yj_writer_slot(w, inst, &slot, err));
    slot->tied = YJ_TIED_UNKNOWN;
    return derive_client(w->db, c, inst, err);
}

typedef yj_status each_fn(yj_writer *w, const yj_catalog *c, int64_t inst, yj_error *err);

static yj_status lock_one(yj_writer *w, const yj_catalog *c, int64_t inst, yj_error *err)
{
    (void)c;
    yj_slot *slot = NULL;
    return yj_writer_slot(w, inst, &slot, err);
}

/* An institution and those whose invitations its links say it accepted, the lower number first. */
static yj_status each_concerned(yj_writer *w, const yj_catalog *c, int64_t inst, each_fn *fn, yj_error *err)
{
    const yj_kind *g = &c->kinds[c->exchange.link.kind];
    int64_t found[64];
    size_t n = 0;
    int64_t after = 0;
    char sql[600];
    snprintf(sql, sizeof sql,
             "SELECT l.inst FROM ledger l WHERE l.inst > ?2 AND (l.inst = ?1 OR l.institution IN (SELECT "
             "g.f_%s FROM r_%s g WHERE g.inst = ?1)) ORDER BY l.inst LIMIT %zu",
             NAME(g, c->exchange.link.client), g->name, YJ_COUNT(found));
    do {
        yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
        bool row = false;
        YJ_TRY(yj_db_prepare_made(w->db, sql, &st, err));
        yj_bind_i64(st, 1, inst);
        yj_bind_i64(st, 2, after);
        for (n = 0; n < YJ_COUNT(found); n++) {
            YJ_TRY(yj_stmt_step(st, &row, err));
            if (!row)
                break;
            found[n] = yj_col_i64(st, 0);
        }
        yj_stmt_reset(st);
        for (size_t i = 0; i < n; i++) {
            after = found[i];
            YJ_TRY(fn(w, c, found[i], err));
        }
    } while (n == YJ_COUNT(found));
    return YJ_OK;
}

yj_status yj_exchange_lock_all(yj_writer *w, const yj_catalog *c, int64_t inst, yj_error *err)
{
    if (inst == YJ_INST_INSTALLATION || c->exchange.invitation.kind < 0)
        return YJ_OK;
    return each_concerned(w, c, inst, lock_one, err);
}

yj_status yj_exchange_derive(yj_writer *w, const yj_catalog *c, int64_t inst, yj_error *err)
{
    if (inst == YJ_INST_INSTALLATION || c->exchange.invitation.kind < 0)
        return YJ_OK;
    YJ_TRY(each_concerned(w, c, inst, derive_locked, err));
    return yj_replies_derive(w->db, c, inst, err);
}

yj_status yj_exchange_derive_all(yj_writer *w, const yj_catalog *c, yj_error *err)
{
    const yj_exchange *x = &c->exchange;
    for (yj_slot *s = w->slots; s; s = s->next)
        s->tied = YJ_TIED_UNKNOWN;
    YJ_TRY(yj_db_script(w->db, "DELETE FROM party_link; DELETE FROM addressed", err));
    YJ_TRY(yj_replies_derive(w->db, c, -1, err));
    if (x->invitation.kind < 0)
        return YJ_OK;
    char sql[400];
    const yj_kind *k = &c->kinds[x->invitation.kind];
    snprintf(sql, sizeof sql, "SELECT min(inst) FROM r_%s WHERE inst > ?1 AND state = '%s' AND erased = 0",
             k->name, k->states[x->invitation.accepted].id);
    for (int64_t inst = 0;;) {
        yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
        bool row = false;
        YJ_TRY(yj_db_prepare_made(w->db, sql, &st, err));
        yj_bind_i64(st, 1, inst);
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row || yj_col_null(st, 0))
            return YJ_OK;
        inst = yj_col_i64(st, 0);
        yj_stmt_reset(st);
        YJ_TRY(derive_locked(w, c, inst, err));
    }
}

yj_status yj_exchange_look(yj_db *db, bool *ret_stale, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "SELECT 1 FROM addressed WHERE place < 0 LIMIT 1", &st, err));
    return yj_stmt_step(st, ret_stale, err);
}

/* Whose it is stays as long as it lives: see yj_exchange_check(). */
static yj_status link_changed(yj_writer *w, int64_t inst, const json_t *fields, yj_error *err)
{
    const yj_catalog *c = w->e->catalog;
    const yj_link_map *x = &c->exchange.link;
    int64_t client = -1;
    const char *id = json_string_value(json_object_get(fields, NAME(&c->kinds[x->kind], x->client)));
    YJ_TRY(yj_institution_number(w->db, id, &client, err));
    return client < 0 || client == inst ? YJ_OK : derive_locked(w, c, client, err);
}

static bool on_some_path(const yj_catalog *c, int kind)
{
    if (c->exchange.addresses[kind].path_count)
        return true;
    for (size_t i = 0; i < c->kind_count; i++) {
        const yj_addressing *a = &c->exchange.addresses[i];
        for (size_t j = 0; j < a->path_count; j++)
            for (size_t n = 0; n + 1 < a->paths[j].step_count; n++)
                if (a->paths[j].steps[n].kind == kind)
                    return true;
    }
    return false;
}

yj_status yj_exchange_changed(yj_writer *w, const yj_kind *k, int64_t inst, const char *id, const json_t *old,
                              const json_t *now, yj_error *err)
{
    const yj_catalog *c = w->e->catalog;
    if (c->exchange.invitation.kind < 0 || inst == YJ_INST_INSTALLATION)
        return YJ_OK;
    if (k->index == c->exchange.invitation.kind)
        return derive_locked(w, c, inst, err);
    if (k->index == c->exchange.link.kind)
        return link_changed(w, inst, old ? old : now, err);
    if (k->index == c->exchange.given.kind)
        YJ_TRY(yj_reply_changed(w->db, c, inst, old, now, err));
    if (!on_some_path(c, k->index))
        return YJ_OK;
    yj_slot *slot = NULL;
    YJ_TRY(yj_writer_slot(w, inst, &slot, err));
    if (slot->tied == YJ_TIED_UNKNOWN) {
        bool tied = false;
        YJ_TRY(is_tied(w->db, inst, &tied, err));
        slot->tied = tied ? YJ_TIED : YJ_TIED_NOT;
    }
    if (slot->tied == YJ_TIED_NOT)
        return YJ_OK;
    if (c->exchange.addresses[k->index].path_count)
        YJ_TRY(derive_record(w->db, c, k, inst, id, err));
    return derive_through(w->db, c, k, inst, id, old, now, err);
}

/* --- what is refused -------------------------------------------------------------------------- */

static yj_status stays(const yj_kind *k, const int *fixed, size_t count, const json_t *old, const json_t *now,
                       yj_error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (same(old, now, NAME(k, fixed[i])))
            continue;
        (void)yj_fail(err, YJ_E_CONFLICT, "field %s stays as it was when the invitation was answered",
                      NAME(k, fixed[i]));
        return yj_error_at(err, "fields.%s", NAME(k, fixed[i]));
    }
    return YJ_OK;
}

yj_status yj_exchange_check(const yj_catalog *c, const yj_change *ch, const yj_kind *k,
                            const yj_transition *move, const char *state, const json_t *old,
                            const json_t *fields, yj_error *err)
{
    const yj_exchange *x = &c->exchange;
    if (x->invitation.kind < 0 || ch->by_exchange)
        return YJ_OK;
    if (k->index == x->link.kind && (ch->op == YJ_CH_CREATE || ch->batch))
        return yj_fail(err, YJ_E_CONFLICT,
                       "records of kind %s come from accepting an invitation and are not entered", k->name);
    if (k->index == x->link.kind && old)
        return stays(k, (const int[]){ x->link.client, x->link.invitation }, 2, old, fields, err);
    if (k->index != x->invitation.kind)
        return YJ_OK;
    int t = move ? (int)(move - k->transitions) : -1;
    if (move && (t == x->invitation.accept || t == x->invitation.decline))
        return yj_fail(err, YJ_E_CONFLICT,
                       "an invitation is accepted or declined by who was invited, with the code");
    if (!old || strcmp(state, k->states[x->invitation.sent].id) == 0)
        return YJ_OK;
    const int fixed[] = { x->invitation.party_kind, x->invitation.party, x->invitation.institution };
    return stays(k, fixed, YJ_COUNT(fixed), old, fields, err);
}

yj_status yj_exchange_lock(yj_writer *w, const yj_change *ch, const yj_kind *k, yj_error *err)
{
    const yj_exchange *x = &w->e->catalog->exchange;
    if (x->invitation.kind < 0 || k->index != x->link.kind || !ch->id || ch->op == YJ_CH_CREATE)
        return YJ_OK;
    char sql[400];
    snprintf(sql, sizeof sql,
             "SELECT l.inst FROM r_%s g JOIN ledger l ON l.institution = g.f_%s WHERE g.inst = ?1 AND g.id = "
             "?2 AND l.inst > 0",
             k->name, NAME(k, x->link.client));
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    YJ_TRY(yj_db_prepare_made(w->db, sql, &st, err));
    yj_bind_i64(st, 1, ch->inst);
    yj_bind_cstr(st, 2, ch->id);
    YJ_TRY(yj_stmt_step(st, &row, err));
    int64_t client = row ? yj_col_i64(st, 0) : ch->inst;
    yj_stmt_reset(st);
    yj_slot *slot = NULL;
    YJ_TRY(yj_writer_slot(w, client < ch->inst ? client : ch->inst, &slot, err));
    return client == ch->inst ? YJ_OK : yj_writer_slot(w, client < ch->inst ? ch->inst : client, &slot, err);
}
