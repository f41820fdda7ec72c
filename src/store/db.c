// SPDX-License-Identifier: Apache-2.0
#include "store/db_internal.h"

#include "base/memory.h"
#include <assert.h>
#include <stdio.h>
#include <sys/statvfs.h>

/* --- stores --------------------------------------------------------------------------------------------- */

yj_status yj_store_open(const char *url, yj_store **ret, yj_error *err)
{
    assert(url && ret);
    yj_engine_kind engine = YJ_ENGINE_POSTGRES;
    const char *where = url;
    if (strncmp(url, "sqlite:", 7) == 0) {
        engine = YJ_ENGINE_SQLITE;
        where = url + 7;
        if (!where[0] || where[0] == ':')
            return yj_fail(err, YJ_E_INVALID, "a store's address \"sqlite:\" needs the path of a file");
    } else if (strncmp(url, "postgres://", 11) == 0 || strncmp(url, "postgresql://", 13) == 0) {
        YJ_TRY(yj_postgres_check_url(url, err));
    } else if (strncmp(url, "postgres:", 9) == 0) {
        where = url + 9;
        YJ_TRY(yj_postgres_check_url(where, err));
    } else {
        return yj_fail(err, YJ_E_INVALID,
                       "a store's address begins with \"sqlite:\", \"postgres:\" or \"postgresql:\"");
    }
    yj_auto(yj_store_freep) yj_store *s = calloc(1, sizeof *s);
    if (!s)
        return yj_fail(err, YJ_E_NOMEM, YJ_MSG_NOMEM);
    s->engine = engine;
    s->where = strdup(where);
    if (!s->where)
        return yj_fail(err, YJ_E_NOMEM, YJ_MSG_NOMEM);
    *ret = yj_take(s);
    return YJ_OK;
}

void yj_store_free(yj_store *s)
{
    if (!s)
        return;
    if (s->where) /* may hold a password */
        explicit_bzero(s->where, strlen(s->where));
    free(s->where);
    free(s);
}

yj_engine_kind yj_store_engine(const yj_store *s)
{
    return s->engine;
}

yj_status yj_store_set_sync(yj_store *s, const char *mode, yj_error *err)
{
    if (strcmp(mode, "off") == 0) {
        atomic_store(&s->sync_off, true);
        return YJ_OK;
    }
    int64_t us = 0;
    if (strcmp(mode, "unsynced") == 0 && s->engine == YJ_ENGINE_SQLITE) {
        YJ_TRY(yj_sqlite_set_delay(-1, err));
        atomic_store(&s->delayed, true);
        return YJ_OK;
    }
    if (strncmp(mode, "delay:", 6) == 0 && yj_span_i64(yj_span_of(mode + 6), &us) && us >= 0 &&
        us <= 10000000 && s->engine == YJ_ENGINE_SQLITE) {
        YJ_TRY(yj_sqlite_set_delay(us, err));
        atomic_store(&s->delayed, true);
        return YJ_OK;
    }
    return yj_fail(err, YJ_E_INVALID, "unknown sync mode \"%s\"", mode);
}

void yj_store_making(yj_store *s)
{
    atomic_store(&s->making, true);
}

yj_status yj_store_made(yj_store *s, yj_db *last, yj_error *err)
{
    atomic_store(&s->making, false);
    if (s->engine == YJ_ENGINE_SQLITE)
        return yj_sqlite_made(s, last, err);
    yj_db_free(last);
    return YJ_OK;
}

/* --- connections ---------------------------------------------------------------------------------------- */

static yj_status open_with(yj_store *s, yj_db_mode mode, bool gentle, yj_db **ret, yj_error *err)
{
    assert(s && ret);
    yj_db *db = NULL;
    if (s->engine == YJ_ENGINE_SQLITE)
        YJ_TRY(yj_sqlite_open(s, mode, gentle, &db, err));
    else
        YJ_TRY(yj_postgres_open(s, mode, &db, err));
    db->store = s;
    db->mode = mode;
    *ret = db;
    return YJ_OK;
}

yj_status yj_db_open(yj_store *s, yj_db_mode mode, yj_db **ret, yj_error *err)
{
    return open_with(s, mode, false, ret, err);
}

yj_status yj_db_open_keeper(yj_store *s, yj_db **ret, yj_error *err)
{
    return open_with(s, YJ_DB_WRITE, true, ret, err);
}

static void idle_remove(yj_db *db, yj_stmt *st)
{
    *(st->prev ? &st->prev->next : &db->idle_first) = st->next;
    *(st->next ? &st->next->prev : &db->idle_last) = st->prev;
    st->prev = st->next = NULL;
    db->idle_count--;
}

static void stmt_destroy(yj_db *db, yj_stmt *st)
{
    yj_stmt **p = &db->bucket[st->hash % YJ_STMT_BUCKETS];
    while (*p && *p != st)
        p = &(*p)->chain;
    if (*p)
        *p = st->chain;
    if (db->seen[st->slot] == st)
        db->seen[st->slot] = NULL;
    free(st->text);
    db->ops->stmt_free(st);
}

void yj_db_forget_statements(yj_db *db)
{
    while (db->idle_first) {
        yj_stmt *st = db->idle_first;
        idle_remove(db, st);
        stmt_destroy(db, st);
    }
}

void yj_db_free(yj_db *db)
{
    if (!db)
        return;
    yj_db_rollback(db);
    yj_db_forget_statements(db);
    for (unsigned i = 0; i < YJ_STMT_BUCKETS; i++)
        assert(!db->bucket[i]); /* a statement is still lent */
    yj_confine_free(db->confine);
    db->ops->close(db);
}

yj_engine_kind yj_db_engine(const yj_db *db)
{
    return db->store->engine;
}

/* --- statements ----------------------------------------------------------------------------------------- */

uint64_t yj_text_hash(const char *p, size_t len)
{
    uint64_t h = len * UINT64_C(0x9e3779b97f4a7c15);
    while (len >= 8) {
        uint64_t w;
        memcpy(&w, p, 8);
        h = (h ^ w) * UINT64_C(0xd6e8feb86659fd93);
        h ^= h >> 32;
        p += 8;
        len -= 8;
    }
    uint64_t w = 0;
    memcpy(&w, p, len);
    h = (h ^ w) * UINT64_C(0xd6e8feb86659fd93);
    return h ^ (h >> 29);
}

static yj_status spoiled(const yj_db *db, yj_error *err)
{
    return yj_fail(err, YJ_E_DB,
                   "an earlier statement of this transaction failed; it must be rolled back first");
}

/** A failure inside a transaction spoils it on either engine, as PostgreSQL would. */
static yj_status note(yj_db *db, yj_status s)
{
    if (s != YJ_OK && db->depth > 0)
        db->spoiled = true;
    return s;
}

yj_status yj_db_prepare_made(yj_db *db, const char *sql, yj_stmt **ret, yj_error *err)
{
    YJ_TRY(yj_memory_status(err)); /* a text put together meanwhile may lack a condition */
    unsigned slot = (unsigned)(((uintptr_t)sql * UINT64_C(0x9e3779b97f4a7c15)) >> 40) % YJ_STMT_SEEN;
    yj_stmt *st = db->seen[slot];
    if (!st || st->lent || strcmp(st->text, sql) != 0) {
        size_t len = strlen(sql);
        uint64_t hash = yj_text_hash(sql, len);
        for (st = db->bucket[hash % YJ_STMT_BUCKETS]; st; st = st->chain)
            if (st->hash == hash && !st->lent && st->text_len == len && memcmp(st->text, sql, len) == 0)
                break;
        if (!st) {
            if (db->spoiled)
                return spoiled(db, err);
            char *text = strdup(sql);
            if (!text)
                return yj_fail(err, YJ_E_NOMEM, YJ_MSG_NOMEM);
            yj_status s = note(db, db->ops->prepare(db, text, len, &st, err));
            if (s != YJ_OK) {
                free(text);
                return s;
            }
            st->db = db;
            st->text = text;
            st->text_len = len;
            st->hash = hash;
            st->slot = slot;
            st->chain = db->bucket[hash % YJ_STMT_BUCKETS];
            db->bucket[hash % YJ_STMT_BUCKETS] = st;
        } else {
            idle_remove(db, st);
            if (db->seen[st->slot] == st)
                db->seen[st->slot] = NULL;
            st->slot = slot;
        }
        db->seen[slot] = st;
    } else {
        idle_remove(db, st);
    }
    st->lent = true;
    *ret = st;
    return YJ_OK;
}

void yj_stmt_done(yj_stmt *st)
{
    if (!st)
        return;
    assert(st->lent);
    yj_db *db = st->db;
    if (st->stepped)
        db->ops->reset(st);
    db->ops->unbind(st);
    st->stepped = st->ended = st->lent = false;
    st->prev = NULL;
    st->next = db->idle_first;
    *(db->idle_first ? &db->idle_first->prev : &db->idle_last) = st;
    db->idle_first = st;
    if (++db->idle_count > YJ_STMT_IDLE_MAX) {
        yj_stmt *oldest = db->idle_last;
        idle_remove(db, oldest);
        stmt_destroy(db, oldest);
    }
}

void yj_bind_i64(yj_stmt *st, int n, int64_t v)
{
    assert(st->lent && !st->stepped && n >= 1 && n <= st->params);
    st->db->ops->bind_i64(st, n, v);
}

void yj_bind_text(yj_stmt *st, int n, yj_span s)
{
    assert(st->lent && !st->stepped && n >= 1 && n <= st->params);
    st->db->ops->bind_text(st, n, s.ptr ? s.ptr : "", s.len);
}

void yj_bind_cstr(yj_stmt *st, int n, const char *s)
{
    if (s)
        yj_bind_text(st, n, yj_span_of(s));
    else
        yj_bind_null(st, n);
}

void yj_bind_blob(yj_stmt *st, int n, const void *p, size_t len)
{
    assert(st->lent && !st->stepped && n >= 1 && n <= st->params);
    st->db->ops->bind_blob(st, n, p ? p : "", len);
}

void yj_bind_null(yj_stmt *st, int n)
{
    assert(st->lent && !st->stepped && n >= 1 && n <= st->params);
    st->db->ops->bind_null(st, n);
}

yj_status yj_stmt_step(yj_stmt *st, bool *ret_row, yj_error *err)
{
    assert(st->lent);
    if (st->ended) {
        *ret_row = false;
        return YJ_OK;
    }
    if (st->db->spoiled)
        return spoiled(st->db, err);
    st->stepped = true;
    bool row = false;
    yj_status s = note(st->db, st->db->ops->step(st, &row, err));
    if (s != YJ_OK || !row)
        st->ended = true;
    if (s == YJ_OK)
        *ret_row = row;
    return s;
}

yj_status yj_stmt_run(yj_stmt *st, int64_t *ret_changes, yj_error *err)
{
    assert(st->lent && !st->stepped);
    if (st->db->spoiled)
        return spoiled(st->db, err);
    int64_t changes = 0;
    YJ_TRY(note(st->db, st->db->ops->run(st, &changes, err)));
    if (ret_changes)
        *ret_changes = changes;
    return YJ_OK;
}

yj_status yj_stmt_post(yj_stmt *st, yj_error *err)
{
    assert(st->lent && !st->stepped);
    if (st->db->spoiled)
        return spoiled(st->db, err);
    return note(st->db, st->db->ops->post(st, err));
}

void yj_stmt_reset(yj_stmt *st)
{
    assert(st->lent);
    if (st->stepped)
        st->db->ops->reset(st);
    st->stepped = st->ended = false;
}

int yj_stmt_columns(const yj_stmt *st)
{
    return st->db->ops->columns(st);
}

const char *yj_stmt_column_name(const yj_stmt *st, int col)
{
    assert(col >= 0 && col < st->db->ops->columns(st));
    return st->db->ops->column_name(st, col);
}

static void assert_on_row(const yj_stmt *st, int col)
{
    assert(st->lent && st->stepped && !st->ended && col >= 0 && col < st->db->ops->columns(st));
}

bool yj_col_null(yj_stmt *st, int col)
{
    assert_on_row(st, col);
    return st->db->ops->col_null(st, col);
}

int64_t yj_col_i64(yj_stmt *st, int col)
{
    assert_on_row(st, col);
    return st->db->ops->col_i64(st, col);
}

yj_span yj_col_text(yj_stmt *st, int col)
{
    assert_on_row(st, col);
    return st->db->ops->col_text(st, col);
}

yj_span yj_col_blob(yj_stmt *st, int col)
{
    assert_on_row(st, col);
    return st->db->ops->col_blob(st, col);
}

yj_status yj_db_script(yj_db *db, const char *sql, yj_error *err)
{
    if (db->spoiled)
        return spoiled(db, err);
    return note(db, db->ops->script(db, sql, err));
}

/* --- transactions --------------------------------------------------------------------------------------- */

yj_status yj_db_begin(yj_db *db, yj_db_mode mode, yj_error *err)
{
    assert(db->depth == 0);
    if (mode == YJ_DB_WRITE && db->mode == YJ_DB_READ)
        return yj_fail(err, YJ_E_DB, YJ_MSG_READ_ONLY);
    YJ_TRY(db->ops->begin(db, mode, err));
    db->depth = 1;
    db->tx_mode = mode;
    db->spoiled = false;
    return YJ_OK;
}

yj_status yj_db_commit(yj_db *db, yj_error *err)
{
    assert(db->depth == 1);
    yj_status s = db->spoiled ? spoiled(db, err) : db->ops->commit(db, err);
    if (s != YJ_OK)
        yj_db_rollback(db);
    db->depth = 0;
    db->spoiled = false;
    return s;
}

void yj_db_rollback(yj_db *db)
{
    if (db->depth == 0)
        return;
    db->undo_count++;
    db->ops->rollback(db);
    db->depth = 0;
    db->spoiled = false;
}

bool yj_db_in_transaction(const yj_db *db)
{
    return db->depth > 0;
}

yj_status yj_db_savepoint(yj_db *db, yj_error *err)
{
    assert(db->depth >= 1);
    if (db->spoiled)
        return spoiled(db, err);
    YJ_TRY(note(db, db->ops->savepoint(db, db->depth, err)));
    db->depth++;
    return YJ_OK;
}

yj_status yj_db_savepoint_release(yj_db *db, yj_error *err)
{
    assert(db->depth >= 2);
    if (db->spoiled)
        return spoiled(db, err);
    YJ_TRY(note(db, db->ops->release(db, db->depth - 1, err)));
    db->depth--;
    return YJ_OK;
}

yj_status yj_db_savepoint_undo(yj_db *db, yj_error *err)
{
    assert(db->depth >= 2);
    yj_status s = db->ops->undo(db, db->depth - 1, err);
    db->undo_count++;
    db->depth--;
    db->spoiled = s != YJ_OK;
    return s;
}

yj_status yj_db_lock(yj_db *db, int64_t key, yj_error *err)
{
    assert(db->depth >= 1);
    if (db->spoiled)
        return spoiled(db, err);
    return note(db, db->ops->lock(db, key, err));
}

yj_status yj_db_try_lock(yj_db *db, int64_t key, bool *ret, yj_error *err)
{
    char sql[96];
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    assert(db->depth >= 1);
    *ret = yj_db_engine(db) == YJ_ENGINE_SQLITE;
    if (*ret)
        return YJ_OK;
    snprintf(sql, sizeof sql, "SELECT CASE WHEN pg_try_advisory_xact_lock(%lld) THEN 1 ELSE 0 END",
             (long long)key);
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    YJ_TRY(yj_stmt_step(st, &row, err));
    *ret = row && yj_col_i64(st, 0) == 1;
    return YJ_OK;
}

yj_status yj_db_maintain(yj_db *db, int64_t *ret_log, int64_t *ret_left, yj_error *err)
{
    assert(db->depth == 0);
    int64_t log = 0, left = 0;
    YJ_TRY(db->ops->maintain(db, &log, &left, err));
    if (ret_log)
        *ret_log = log;
    if (ret_left)
        *ret_left = left;
    return YJ_OK;
}

void yj_db_leave_log(yj_db *db)
{
    db->ops->leave_log(db);
}

int64_t yj_db_log_pages(const yj_db *db)
{
    return atomic_load(&db->log_pages);
}

yj_status yj_db_set_cache(yj_db *db, size_t bytes, yj_error *err)
{
    char sql[64] = "PRAGMA cache_size=-" YJ_SQLITE_CACHE_KIB;
    if (yj_db_engine(db) != YJ_ENGINE_SQLITE)
        return YJ_OK;
    if (bytes)
        snprintf(sql, sizeof sql, "PRAGMA cache_size=-%zu", bytes / 1024);
    return yj_db_script(db, sql, err);
}

void yj_db_set_wait(yj_db *db, int ms)
{
    db->ops->set_wait(db, ms);
}

int64_t yj_store_room(const yj_store *s)
{
    struct statvfs v;
    if (s->engine != YJ_ENGINE_SQLITE || statvfs(s->where, &v) != 0 || v.f_bavail > INT64_MAX / v.f_frsize)
        return INT64_MAX;
    return (int64_t)(v.f_bavail * v.f_frsize);
}

yj_status yj_store_forget_log(yj_store *s, yj_error *err)
{
    return s->engine == YJ_ENGINE_SQLITE ? yj_sqlite_forget_log(s, err) : YJ_OK;
}

yj_status yj_store_copy(yj_store *s, const char *to_path, yj_error *err)
{
    if (s->engine != YJ_ENGINE_SQLITE)
        return yj_fail(err, YJ_E_DB, "only an SQLite store can be copied; PostgreSQL has tools of its own");
    return yj_sqlite_copy(s, to_path, err);
}
