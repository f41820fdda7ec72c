// SPDX-License-Identifier: Apache-2.0
/*
 * Deriving every judgement again. The ledger is replayed into a scratch store: record entries up to the one a
 * judgement was made for, by the pack in force then and with the date used then; what comes out is compared
 * with what the judgement entries say. The live store is only read.
 *
 * Entries that were judged on the same state and day are one judgement. If its last entry says that nothing
 * is left, everything that was dirty is judged again, and what comes out must be what its entries say, no
 * more and no less. If there was more to judge when other entries came, what it does say must come out.
 */
#include "record/rebuild.h"

#include "base/file.h"
#include "record/internal.h"
#include "store/schema.h"
#include <stdlib.h>
#include <unistd.h>

typedef struct replay {
    yj_engine *e;
    yj_db *live; /* reader */
    yj_store *scratch_store;
    yj_db *db; /* scratch */
    yj_catalog *c;
    yj_reach *reach;
    yj_kind_sql *sql;
    yj_dirty *dirty;
    yj_arena *a;
    int64_t inst;
    int64_t done; /* record entries before this one are in the scratch store */
    char today[YJ_DATE_LEN + 1];
    bool all;    /* judge everything next: first time, or new packs */
    bool pinned; /* the catalog stays: pack entries are passed over */
    yj_rebuild_report *r;
    json_t *found; /* changes recorded by the entries of the running judgement; NULL between judgements */
    json_t *parts; /* [seq, body] of those entries */
} replay;

static void drop_catalog(replay *x)
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

static yj_status use_catalog(replay *x, yj_catalog *c, yj_error *err)
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

static yj_status pack_entry(replay *x, const json_t *body, yj_error *err)
{
    if (x->pinned)
        return YJ_OK;
    yj_auto(yj_json_freep) json_t *digests = json_array();
    const json_t *packs = json_object_get(body, "packs");
    for (size_t i = 0; i < json_array_size(packs); i++)
        json_array_append(digests, json_object_get(json_array_get(packs, i), "digest"));
    yj_catalog *c = NULL;
    YJ_TRY(yj_catalog_from_digests(x->live, digests, &c, err));
    return use_catalog(x, c, err);
}

static bool closed_by(replay *x, int64_t batch, int64_t before)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    if (yj_db_prepare(
            x->live, "SELECT 1 FROM entry WHERE inst = ?1 AND op = 'batch_close' AND batch = ?2 AND seq < ?3",
            &st, NULL) != YJ_OK)
        return false;
    yj_bind_i64(st, 1, x->inst);
    yj_bind_i64(st, 2, batch);
    yj_bind_i64(st, 3, before);
    return yj_stmt_step(st, &row, NULL) == YJ_OK && row;
}

static yj_status put_record(replay *x, yj_stmt *st, const json_t *body, bool touch, yj_error *err)
{
    const yj_kind *k = yj_catalog_kind(x->c, yj_col_text(st, 2));
    if (!k)
        return YJ_OK;
    char id[YJ_UUID_LEN + 1];
    yj_span at = yj_col_text(st, 3);
    snprintf(id, sizeof id, "%.*s", (int)at.len, at.ptr);
    yj_row_head head;
    YJ_TRY(yj_row_find(x->db, &x->sql[k->index], x->inst, id, 0, &head, err));
    yj_auto(yj_json_freep) json_t *empty = json_object();
    const json_t *fields = json_object_get(body, "fields");
    const char *state = json_string_value(json_object_get(body, "state"));
    yj_row row = { .inst = x->inst,
                   .id = id,
                   .version = yj_col_i64(st, 4),
                   .seq = yj_col_i64(st, 0),
                   .state = state ? state : "",
                   .erased = !fields || json_is_true(json_object_get(body, "whole")),
                   .fields = fields ? fields : empty };
    YJ_TRY(yj_row_write(x->db, k, &x->sql[k->index], &row, &head, err));
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

/* Entries of a batch count at the place of its closing entry. */
static yj_status put_batch(replay *x, int64_t batch, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        x->live,
        "SELECT e.seq, e.op, e.kind, e.record, e.version, e.batch, b.body FROM entry e LEFT JOIN body b ON "
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
        if (!yj_col_null(st, 6))
            YJ_TRY(yj_json_parse(yj_col_text(st, 6), YJ_BODY_BYTES_MAX, &body, err));
        YJ_TRY(put_record(x, st, body, false, err));
    }
    yj_dirty_all(x->dirty);
    return YJ_OK;
}

static yj_status replay_until(replay *x, int64_t until, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        x->live,
        "SELECT e.seq, e.op, e.kind, e.record, e.version, e.batch, b.body FROM entry e LEFT JOIN body b ON "
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
        if (!yj_col_null(st, 6))
            YJ_TRY(yj_json_parse(yj_col_text(st, 6), YJ_BODY_BYTES_MAX, &body, err));
        if (yj_span_is(op, "pack"))
            YJ_TRY(pack_entry(x, body, err));
        else if (yj_col_i64(st, 4) > 0 && x->c)
            YJ_TRY(put_record(x, st, body, true, err));
    }
    x->done = until;
    return YJ_OK;
}

static void differ(replay *x, int64_t seq, const char *what)
{
    if (x->r->differing++ == 0)
        snprintf(x->r->first_difference, sizeof x->r->first_difference, "ledger %lld entry %lld: %s",
                 (long long)x->inst, (long long)seq, what);
}

typedef struct collecting {
    json_t *changes;
} collecting;

static yj_status collect(void *ctx, yj_span body, const yj_judgement_part *part, yj_error *err)
{
    collecting *k = ctx;
    yj_auto(yj_json_freep) json_t *j = NULL;
    YJ_TRY(yj_json_parse(body, YJ_BODY_BYTES_MAX, &j, err));
    json_array_extend(k->changes, json_object_get(j, "changes"));
    return YJ_OK;
}

/* A change whose texts were erased later is compared without them. */
static bool same_change(const json_t *a, const json_t *b)
{
    if (json_equal(a, b))
        return true;
    if (json_array_size(a) != json_array_size(b) || !json_object_get(json_array_get(a, 5), ".erased"))
        return false;
    for (size_t i = 0; i < json_array_size(a); i++)
        if (i != 5 && !json_equal(json_array_get(a, i), json_array_get(b, i)))
            return false;
    return true;
}

/* By requirement, then by subject: one judgement may have been made in pieces, in another order. */
static int compare_changes(const void *a, const void *b)
{
    const json_t *x = *(const json_t *const *)a, *y = *(const json_t *const *)b;
    for (size_t i = 0; i <= 2; i += 2) {
        const char *s = json_string_value(json_array_get(x, i)), *t = json_string_value(json_array_get(y, i));
        int by = strcmp(s ? s : "", t ? t : "");
        if (by)
            return by;
    }
    return 0;
}

static const json_t **sorted(const json_t *changes, yj_arena *a)
{
    size_t n = json_array_size(changes);
    const json_t **rows = yj_arena_array(a, n + 1, sizeof(json_t *));
    if (yj_arena_status(a, NULL) != YJ_OK)
        return NULL;
    for (size_t i = 0; i < n; i++)
        rows[i] = json_array_get(changes, i);
    qsort(rows, n, sizeof *rows, compare_changes);
    return rows;
}

static yj_status compare(replay *x, const json_t *again, bool *ret_same, yj_error *err)
{
    const json_t **a = sorted(x->found, x->a), **b = sorted(again, x->a);
    YJ_TRY(yj_arena_status(x->a, err));
    size_t n = json_array_size(x->found);
    *ret_same = n == json_array_size(again);
    for (size_t i = 0; *ret_same && i < n; i++)
        *ret_same = same_change(a[i], b[i]);
    return YJ_OK;
}

/* Only what the entries speak of. Verdicts on requirements that no pack holds any more just end. */
static yj_status dirty_found(replay *x, int64_t seq, yj_dirty *d, yj_error *err)
{
    for (size_t i = json_array_size(x->found); i-- > 0;) {
        const json_t *change = json_array_get(x->found, i);
        const char *id = json_string_value(json_array_get(change, 0));
        const char *subject = json_string_value(json_array_get(change, 2));
        const char *status = json_string_value(json_array_get(change, 3));
        if (!id || !subject || !status)
            return yj_fail(err, YJ_E_CORRUPT, "judgement entry %llu has the wrong form",
                           (unsigned long long)seq);
        const yj_requirement *r = yj_catalog_requirement(x->c, yj_span_of(id));
        if (r)
            yj_dirty_subject(d, r->index, subject);
        else if (strcmp(status, yj_verdict_name(YJ_V_GONE)) == 0)
            json_array_remove(x->found, i);
    }
    return YJ_OK;
}

static yj_status judge_again(replay *x, const yj_dirty *d, const char *today, bool *ret_same, yj_error *err)
{
    yj_arena_reset(x->a);
    yj_scope scope;
    YJ_TRY(yj_scope_load(x->db, x->c, x->inst, today, x->a, &scope, err));
    yj_judgement j = { 0 };
    YJ_TRY(yj_judge(x->db, x->c, d, &scope, &j, err));
    collecting k = { json_array() };
    yj_status s = yj_judgement_bodies(x->c, &j, 0, today, false, collect, &k, err);
    yj_judgement_done(&j);
    if (s == YJ_OK)
        s = compare(x, k.changes, ret_same, err);
    x->r->verdicts += json_array_size(k.changes);
    json_decref(k.changes);
    return s;
}

/* The scratch store's verdicts follow the recorded judgement, so that a later difference shows on its own. */
static yj_status follow(replay *x, yj_error *err)
{
    for (size_t i = 0; i < json_array_size(x->parts); i++) {
        const json_t *part = json_array_get(x->parts, i);
        YJ_TRY(yj_judgement_apply(x->db, x->inst, (uint64_t)json_integer_value(json_array_get(part, 0)),
                                  json_array_get(part, 1), err));
    }
    return YJ_OK;
}

static yj_status check_judgement(replay *x, int64_t seq, const json_t *body, bool *ret_same, yj_error *err)
{
    const char *today = json_string_value(json_object_get(body, "today"));
    if (!today)
        return yj_fail(err, YJ_E_CORRUPT, "judgement entry %llu has the wrong form", (unsigned long long)seq);
    YJ_TRY(replay_until(x, json_integer_value(json_object_get(body, "judged")), err));
    if (!x->c)
        return yj_fail(err, YJ_E_CORRUPT, "entry %lld judges before any pack was installed", (long long)seq);
    if (x->all)
        yj_dirty_all(x->dirty);
    x->all = false;
    if (x->today[0] && strcmp(x->today, today) < 0)
        YJ_TRY(yj_dirty_due(x->dirty, x->db, x->inst, today, err));
    snprintf(x->today, sizeof x->today, "%s", today);
    if (!json_is_true(json_object_get(body, "more"))) {
        yj_status s = judge_again(x, x->dirty, today, ret_same, err);
        yj_dirty_clear(x->dirty);
        return s;
    }
    yj_auto(yj_dirty_freep) yj_dirty *d = yj_dirty_new(x->c, x->reach);
    if (!d)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    YJ_TRY(dirty_found(x, seq, d, err));
    return judge_again(x, d, today, ret_same, err);
}

static yj_status end_judgement(replay *x, yj_error *err)
{
    if (!x->found)
        return YJ_OK;
    const json_t *newest = json_array_get(x->parts, json_array_size(x->parts) - 1);
    int64_t seq = json_integer_value(json_array_get(newest, 0));
    bool same = false;
    YJ_TRY(check_judgement(x, seq, json_array_get(newest, 1), &same, err));
    if (!same)
        differ(x, seq, "judged again, other verdicts come out");
    x->r->judgements++;
    YJ_TRY(follow(x, err));
    json_decref(x->found);
    json_decref(x->parts);
    x->found = x->parts = NULL;
    return YJ_OK;
}

static bool goes_on(const replay *x, const json_t *body)
{
    const json_t *newest = json_array_get(x->parts, json_array_size(x->parts) - 1);
    const json_t *before = json_array_get(newest, 1);
    return json_is_true(json_object_get(before, "more")) &&
           json_equal(json_object_get(before, "judged"), json_object_get(body, "judged")) &&
           json_equal(json_object_get(before, "today"), json_object_get(body, "today")) &&
           json_equal(json_object_get(before, "packs"), json_object_get(body, "packs"));
}

static yj_status judgement_entry(replay *x, int64_t seq, json_t *body, yj_error *err)
{
    if (x->found && !goes_on(x, body))
        YJ_TRY(end_judgement(x, err));
    if (!x->found) {
        x->found = json_array();
        x->parts = json_array();
    }
    json_array_extend(x->found, json_object_get(body, "changes"));
    json_array_append_new(x->parts, json_pack("[I, O]", (json_int_t)seq, body));
    x->r->entries++;
    return YJ_OK;
}

static yj_status replay_ledger(replay *x, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(x->live,
                         "SELECT e.seq, b.body FROM entry e LEFT JOIN body b ON b.inst = e.inst AND b.seq = "
                         "e.seq WHERE e.inst = ?1 AND e.op = 'judge' ORDER BY e.seq",
                         &st, err));
    yj_bind_i64(st, 1, x->inst);
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return end_judgement(x, err);
        int64_t seq = yj_col_i64(st, 0);
        if (yj_col_null(st, 1)) {
            differ(x, seq, "the judgement's body is missing");
            continue;
        }
        yj_auto(yj_json_freep) json_t *body = NULL;
        YJ_TRY(yj_json_parse(yj_col_text(st, 1), YJ_BODY_BYTES_MAX, &body, err));
        YJ_TRY(judgement_entry(x, seq, body, err));
    }
}

/* A store in a folder of its own, thrown away afterwards. */
static yj_status scratch_open(replay *x, char *folder, size_t size, yj_error *err)
{
    const char *base = getenv("TMPDIR");
    char made[512], url[sizeof made + 32];
    int n = snprintf(made, sizeof made, "%s/yunjian-rejudge-XXXXXX", base && *base ? base : "/tmp");
    if (n >= (int)sizeof made || n >= (int)size || !mkdtemp(made))
        return yj_fail(err, YJ_E_IO, "no scratch folder can be made");
    snprintf(folder, size, "%s", made);
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

static void replay_done(replay *x)
{
    drop_catalog(x);
    json_decref(x->found);
    json_decref(x->parts);
    yj_db_free(x->db);
    yj_store_free(x->scratch_store);
    yj_reader_give(x->e, x->live);
    yj_arena_free(x->a);
}

/* --- as of an entry, by the packs of today ------------------------------------------------------ */

struct yj_rejudged {
    replay x;
    yj_rebuild_report unused;
    char folder[512];
};

static void bind_blob(yj_stmt *st, int n, yj_span s)
{
    yj_bind_blob(st, n, s.ptr, s.len);
}

/* The entries and bodies of records, for whoever reads them: their versions, times and persons. */
static yj_status copy_entries(replay *x, int64_t until, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *from = NULL;
    yj_auto(yj_stmt_donep) yj_stmt *entry = NULL;
    yj_auto(yj_stmt_donep) yj_stmt *body = NULL;
    YJ_TRY(yj_db_prepare(x->live,
                         "SELECT e.seq, e.time, e.op, e.kind, e.record, e.version, e.leaf, e.hash, b.salt, "
                         "b.body FROM entry e "
                         "LEFT JOIN body b ON b.inst = e.inst AND b.seq = e.seq WHERE e.inst = ?1 AND "
                         "e.version > 0 AND e.seq < ?2",
                         &from, err));
    YJ_TRY(yj_db_prepare(x->db,
                         "INSERT INTO entry(inst, seq, time, op, kind, record, version, batch, leaf, hash) "
                         "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8, ?9)",
                         &entry, err));
    YJ_TRY(
        yj_db_prepare(x->db, "INSERT INTO body(inst, seq, salt, body) VALUES(?1, ?2, ?3, ?4)", &body, err));
    yj_bind_i64(from, 1, x->inst);
    yj_bind_i64(from, 2, until);
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(from, &row, err));
        if (!row)
            return YJ_OK;
        yj_bind_i64(entry, 1, x->inst);
        yj_bind_i64(entry, 2, yj_col_i64(from, 0));
        yj_bind_i64(entry, 3, yj_col_i64(from, 1));
        for (int i = 2; i < 5; i++)
            yj_bind_text(entry, i + 2, yj_col_text(from, i));
        yj_bind_i64(entry, 7, yj_col_i64(from, 5));
        for (int i = 6; i < 8; i++)
            bind_blob(entry, i + 2, yj_col_blob(from, i));
        YJ_TRY(yj_stmt_run(entry, NULL, err));
        if (yj_col_null(from, 9))
            continue;
        yj_bind_i64(body, 1, x->inst);
        yj_bind_i64(body, 2, yj_col_i64(from, 0));
        bind_blob(body, 3, yj_col_blob(from, 8));
        yj_bind_text(body, 4, yj_col_text(from, 9));
        YJ_TRY(yj_stmt_run(body, NULL, err));
    }
}

static yj_status copy_ledger(replay *x, int64_t until, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *from = NULL;
    yj_auto(yj_stmt_donep) yj_stmt *to = NULL;
    YJ_TRY(yj_db_prepare(
        x->live, "SELECT institution, origin, crypto, frontier, last_time FROM ledger WHERE inst = ?1", &from,
        err));
    yj_bind_i64(from, 1, x->inst);
    bool row = false;
    YJ_TRY(yj_stmt_step(from, &row, err));
    if (!row)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no such institution");
    YJ_TRY(yj_db_prepare(x->db,
                         "INSERT INTO ledger(inst, institution, origin, crypto, size, frontier, last_time) "
                         "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                         &to, err));
    yj_bind_i64(to, 1, x->inst);
    for (int i = 0; i < 3; i++)
        yj_bind_text(to, i + 2, yj_col_text(from, i));
    yj_bind_i64(to, 5, until);
    bind_blob(to, 6, yj_col_blob(from, 3));
    yj_bind_i64(to, 7, yj_col_i64(from, 4));
    return yj_stmt_run(to, NULL, err);
}

static yj_status apply_body(void *ctx, yj_span body, const yj_judgement_part *part, yj_error *err)
{
    replay *x = ctx;
    return yj_judgement_put(x->db, x->inst, (uint64_t)x->done, part, err);
}

static yj_status judge_as_of(replay *x, int64_t until, const char *day, yj_error *err)
{
    YJ_TRY(use_catalog(x, yj_engine_catalog(x->e), err));
    YJ_TRY(copy_ledger(x, until, err));
    YJ_TRY(copy_entries(x, until, err));
    YJ_TRY(replay_until(x, until, err));
    yj_scope scope;
    yj_judgement j = { 0 };
    yj_dirty_all(x->dirty);
    YJ_TRY(yj_scope_load(x->db, x->c, x->inst, day, x->a, &scope, err));
    YJ_TRY(yj_judge(x->db, x->c, x->dirty, &scope, &j, err));
    yj_status s = yj_judgement_bodies(x->c, &j, (uint64_t)until, day, false, apply_body, x, err);
    yj_judgement_done(&j);
    return s;
}

yj_db *yj_rejudged_db(yj_rejudged *r)
{
    return r->x.db;
}

void yj_rejudged_free(yj_rejudged *r)
{
    if (!r)
        return;
    replay_done(&r->x);
    yj_ignore(yj_dir_remove(r->folder, NULL));
    free(r);
}

yj_status yj_rejudge_as_of(yj_engine *e, int64_t inst, int64_t as_of_seq, const char *day, yj_rejudged **ret,
                           yj_error *err)
{
    yj_rejudged *r = calloc(1, sizeof *r);
    if (!r)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    r->x = (replay){ .e = e, .inst = inst, .r = &r->unused, .pinned = true };
    yj_status s = scratch_open(&r->x, r->folder, sizeof r->folder, err);
    if (s == YJ_OK)
        s = judge_as_of(&r->x, as_of_seq, day, err);
    if (r->x.live) { /* everything is copied */
        yj_reader_give(e, r->x.live);
        r->x.live = NULL;
    }
    if (s == YJ_OK)
        *ret = r;
    else
        yj_rejudged_free(r);
    return s;
}

/* --- all judgements again ------------------------------------------------------------------------ */

static yj_status rejudge_ledger(yj_engine *e, int64_t inst, yj_rebuild_report *r, yj_error *err)
{
    char folder[512] = "";
    replay x = { .e = e, .inst = inst, .r = r };
    yj_status s = scratch_open(&x, folder, sizeof folder, err);
    if (s == YJ_OK)
        s = replay_ledger(&x, err);
    replay_done(&x);
    if (folder[0])
        yj_ignore(yj_dir_remove(folder, NULL));
    return s;
}

yj_status yj_rejudge_all(yj_engine *e, int64_t only, yj_rebuild_report *r, yj_error *err)
{
    yj_institution *rows = NULL;
    size_t n = 0;
    YJ_TRY(yj_institution_list(e, &rows, &n, err));
    yj_status s =
        only < 0 || only == YJ_INST_INSTALLATION ? rejudge_ledger(e, YJ_INST_INSTALLATION, r, err) : YJ_OK;
    for (size_t i = 0; s == YJ_OK && i < n; i++)
        if (only < 0 || only == rows[i].inst)
            s = rejudge_ledger(e, rows[i].inst, r, err);
    free(rows);
    if (s == YJ_OK && r->differing)
        s = yj_fail(err, YJ_E_CORRUPT, "%llu judgements came out differently; the first: %s",
                    (unsigned long long)r->differing, r->first_difference);
    return s;
}
