// SPDX-License-Identifier: Apache-2.0
#include "record/replay.h"

#include "base/file.h"
#include "ledger/pack_body.h"
#include "store/schema.h"
#include <stdlib.h>
#include <unistd.h>

/* --- packs -------------------------------------------------------------------------------------- */

static void drop_catalog(yj_replay *x)
{
    yj_dirty_free(x->dirty);
    yj_reach_free(x->reach);
    if (x->c) {
        yj_kind_sql_free(x->c, x->sql);
        yj_catalog_unref(x->c);
    }
    x->dirty = NULL;
    x->reach = NULL;
    x->sql = NULL;
    x->c = NULL;
}

yj_status yj_replay_use_catalog(yj_replay *x, yj_catalog *c, yj_error *err)
{
    drop_catalog(x);
    x->c = c;
    if (yj_db_in_transaction(x->db)) /* tables are made in a transaction of their own */
        YJ_TRY(yj_db_commit(x->db, err));
    YJ_TRY(yj_kind_tables_sync(x->db, c->tables, c->kind_count, err));
    YJ_TRY(yj_confine_setup(x->db, c->tables, c->kind_count, err));
    YJ_TRY(yj_reach_new(c, &x->reach, err));
    YJ_TRY(yj_kind_sql_new(c, &x->sql, err));
    x->dirty = yj_dirty_new(c, x->reach);
    x->all = true;
    if (!x->dirty)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    return yj_db_begin(x->db, YJ_DB_WRITE,
                       err); /* the last is never committed: the scratch store is thrown away */
}

/* Do kinds or fields have other names or types by the new packs? */
static bool converts(const yj_catalog *from, const yj_catalog *to)
{
    yj_auto(yj_upgrade_freep) yj_upgrade *u = NULL;
    return yj_upgrade_new(from, to, &u, NULL, 0, NULL, NULL) != YJ_OK || yj_upgrade_converts(u);
}

static yj_status pack_entry(yj_replay *x, int64_t seq, const json_t *body, yj_error *err)
{
    if (x->pinned)
        return YJ_OK;
    yj_auto(yj_json_freep) json_t *digests = json_array();
    const json_t *packs = json_object_get(body, "packs");
    for (size_t i = 0; i < json_array_size(packs); i++)
        json_array_append(digests, json_object_get(json_array_get(packs, i), "digest"));
    yj_catalog *c = NULL;
    YJ_TRY(yj_catalog_from_digests(x->live, digests, &c, err));
    if (!x->c || !converts(x->c, c))
        return yj_replay_use_catalog(x, c, err);
    if (yj_db_in_transaction(x->db))
        YJ_TRY(yj_db_commit(x->db, err));
    yj_status s = yj_kind_tables_drop(x->db, err);
    if (s != YJ_OK) {
        yj_catalog_unref(c);
        return s;
    }
    YJ_TRY(yj_replay_use_catalog(x, c, err));
    return yj_replay_newest(x, seq,
                            err); /* what is written otherwise now has entries of its own, which follow */
}

/* --- entries ------------------------------------------------------------------------------------ */

static bool closed_by(yj_replay *x, int64_t batch, int64_t before)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    if (yj_db_prepare(x->live,
                      "SELECT 1 FROM entry WHERE inst = ?1 AND " YJ_SQL_OP(
                          "op", "batch_close") " AND batch = ?2 AND seq < ?3",
                      &st, NULL) != YJ_OK)
        return false;
    yj_bind_i64(st, 1, x->inst);
    yj_bind_i64(st, 2, batch);
    yj_bind_i64(st, 3, before);
    return yj_stmt_step(st, &row, NULL) == YJ_OK && row;
}

static yj_status write_row(yj_replay *x, const yj_kind *k, yj_stmt *st, const json_t *fields,
                           const char *state, bool erased, yj_error *err)
{
    char id[YJ_UUID_LEN + 1];
    yj_span at = yj_col_text(st, 3);
    snprintf(id, sizeof id, "%.*s", (int)at.len, at.ptr);
    yj_row_head head;
    YJ_TRY(yj_row_find(x->db, &x->sql[k->index], x->inst, id, 0, &head, err));
    yj_row row = { .inst = x->inst,
                   .id = id,
                   .version = yj_col_i64(st, 4),
                   .seq = yj_col_i64(st, 0),
                   .state = state ? state : "",
                   .erased = erased,
                   .fields = fields };
    return yj_row_write(x->db, k, &x->sql[k->index], &row, &head, err);
}

static yj_status put_record(yj_replay *x, yj_stmt *st, const json_t *body, bool touch, yj_error *err)
{
    const yj_kind *k = yj_catalog_kind(x->c, yj_col_text(st, 2));
    if (!k)
        return YJ_OK;
    yj_auto(yj_json_freep) json_t *empty = json_object();
    const json_t *fields = json_object_get(body, "fields");
    YJ_TRY(write_row(x, k, st, fields ? fields : empty, json_string_value(json_object_get(body, "state")),
                     !fields || json_is_true(json_object_get(body, "whole")), err));
    if (!touch || x->pinned)
        return YJ_OK;
    yj_touch_item *t = NULL;
    YJ_TRY(yj_touch_of_entry(x->live, x->c, x->inst, (uint64_t)yj_col_i64(st, 0), &t, err));
    if (!t)
        return YJ_OK;
    yj_status s = yj_dirty_touch(x->dirty, x->db, x->inst, &t->touch, err);
    yj_touch_item_free(t);
    return s;
}

/* The body in columns 6 and 7; NULL if it was erased. */
static yj_status read_body(yj_stmt *st, json_t **ret, yj_error *err)
{
    return yj_col_body_json(st, 6, 7, ret, err);
}

/* Entries of a batch count at the place of its closing entry. */
static yj_status put_batch(yj_replay *x, int64_t batch, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        x->live,
        "SELECT e.seq, e.op, e.kind, e.record, e.version, e.batch, b.body, b.packed FROM entry e LEFT JOIN "
        "body b ON "
        "b.inst = e.inst AND b.seq = e.seq WHERE e.inst = ?1 AND e.batch = ?2 AND e.version > 0 ORDER BY "
        "e.seq",
        &st, err));
    yj_bind_i64(st, 1, x->inst);
    yj_bind_i64(st, 2, batch);
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            break;
        yj_auto(yj_json_freep) json_t *body = NULL;
        YJ_TRY(read_body(st, &body, err));
        YJ_TRY(put_record(x, st, body, false, err));
    }
    yj_dirty_all(x->dirty);
    return YJ_OK;
}

yj_status yj_replay_until(yj_replay *x, int64_t until, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        x->live,
        "SELECT e.seq, e.op, e.kind, e.record, e.version, e.batch, b.body, b.packed FROM entry e LEFT JOIN "
        "body b ON "
        "b.inst = e.inst AND b.seq = e.seq WHERE e.inst = ?1 AND e.seq >= ?2 AND e.seq < ?3 ORDER BY e.seq",
        &st, err));
    yj_bind_i64(st, 1, x->inst);
    yj_bind_i64(st, 2, x->done);
    yj_bind_i64(st, 3, until);
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            break;
        yj_span op = yj_col_text(st, 1);
        int64_t batch = yj_col_i64(st, 5);
        if (yj_span_is(op, "batch_close") && closed_by(x, batch, INT64_MAX))
            YJ_TRY(put_batch(x, batch, err));
        if (batch != 0 || yj_span_is(op, "judge"))
            continue;
        yj_auto(yj_json_freep) json_t *body = NULL;
        YJ_TRY(read_body(st, &body, err));
        if (yj_span_is(op, "pack"))
            YJ_TRY(pack_entry(x, yj_col_i64(st, 0), body, err));
        else if (yj_col_i64(st, 4) > 0 && x->c)
            YJ_TRY(put_record(x, st, body, true, err));
    }
    x->done = until;
    return YJ_OK;
}

/* --- the newest versions alone -------------------------------------------------------------------- */

/* A record of the packs of then, as the catalog has it. */
static yj_status put_converted(yj_replay *x, yj_stmt *st, const json_t *body, yj_error *err)
{
    const yj_catalog *then = yj_upgrade_from(x->convert);
    const yj_kind *old = yj_catalog_kind(then, yj_col_text(st, 2));
    const yj_kind *k = old ? yj_upgrade_kind(x->convert, old->index) : NULL;
    const json_t *fields = json_object_get(body, "fields");
    if (!k || !fields)
        return k ? put_record(x, st, body, false, err) : YJ_OK;
    yj_auto(yj_json_freep) json_t *now = NULL;
    const char *state = json_string_value(json_object_get(body, "state"));
    bool changed = false;
    YJ_TRY(
        yj_upgrade_record(x->convert, old->index, fields, state ? state : "", &now, &state, &changed, err));
    return write_row(x, k, st, now, state, json_is_true(json_object_get(body, "whole")), err);
}

/* Values of fields that the kind does not have, or has otherwise, are left out: a version that has them right
 * follows. */
static void keep_known(const yj_catalog *c, const yj_kind *k, json_t *fields)
{
    const char *name = NULL;
    json_t *v = NULL;
    void *tmp = NULL;
    json_object_foreach_safe(fields, tmp, name, v)
    {
        yj_auto(yj_json_freep) json_t *one = json_object();
        json_object_set(one, name, v);
        if (!yj_kind_field(k, yj_span_of(name)) || yj_fields_check(c, k, one, NULL) != YJ_OK)
            json_object_del(fields, name);
    }
}

yj_status yj_replay_newest(yj_replay *x, int64_t until, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        x->live,
        "SELECT e.seq, e.op, e.kind, e.record, e.version, e.batch, b.body, b.packed FROM (SELECT max(n.seq) "
        "AS seq "
        "FROM entry n WHERE n.inst = ?1 AND n.version > 0 AND n.seq < ?2 AND (n.batch = 0 OR EXISTS (SELECT "
        "1 "
        "FROM entry z WHERE z.inst = n.inst AND " YJ_SQL_OP(
            "z.op", "batch_close") " AND z.batch = n.batch AND z.seq < ?2)) "
                                   "GROUP BY n.record) m JOIN entry e ON e.inst = ?1 AND e.seq = m.seq LEFT "
                                   "JOIN body b ON "
                                   "b.inst = e.inst AND b.seq = e.seq ORDER BY e.seq",
        &st, err));
    yj_bind_i64(st, 1, x->inst);
    yj_bind_i64(st, 2, until);
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            break;
        yj_auto(yj_json_freep) json_t *body = NULL;
        YJ_TRY(read_body(st, &body, err));
        if (x->convert) {
            YJ_TRY(put_converted(x, st, body, err));
            continue;
        }
        const yj_kind *k = yj_catalog_kind(x->c, yj_col_text(st, 2));
        if (k && body)
            keep_known(x->c, k, json_object_get(body, "fields"));
        YJ_TRY(put_record(x, st, body, false, err));
    }
    yj_dirty_all(x->dirty);
    x->done = until;
    return YJ_OK;
}

/* --- the scratch store -------------------------------------------------------------------------- */

yj_status yj_replay_open(yj_replay *x, yj_error *err)
{
    const char *base = getenv("TMPDIR");
    char made[sizeof x->folder], url[sizeof made + 32];
    int n = snprintf(made, sizeof made, "%s/yunjian-rejudge-XXXXXX", base && *base ? base : "/tmp");
    if (n >= (int)sizeof made || !mkdtemp(made))
        return yj_fail(err, YJ_E_IO, "no scratch folder can be made");
    memcpy(x->folder, made, sizeof made);
    x->a = yj_arena_new((size_t)256 << 20);
    if (!x->a)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    YJ_TRY(yj_reader_take(x->e, &x->live, err));
    snprintf(url, sizeof url, "sqlite:%s/scratch.db", made);
    YJ_TRY(yj_store_open(url, &x->scratch_store, err));
    YJ_TRY(yj_store_set_sync(x->scratch_store, "off", err));
    YJ_TRY(
        yj_store_migrate(x->scratch_store, yj_schema_migrations, yj_schema_migration_count, NULL, NULL, err));
    return yj_db_open(x->scratch_store, YJ_DB_WRITE, &x->db, err);
}

void yj_replay_leave(yj_replay *x)
{
    yj_reader_give(x->e, x->live);
    x->live = NULL;
}

void yj_replay_done(yj_replay *x)
{
    drop_catalog(x);
    yj_db_free(x->db);
    yj_store_free(x->scratch_store);
    yj_replay_leave(x);
    yj_arena_free(x->a);
    if (x->folder[0])
        yj_ignore(yj_dir_remove(x->folder, NULL));
}
