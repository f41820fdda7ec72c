// SPDX-License-Identifier: Apache-2.0
/**
 * The only door to SQL. One contract, two engines behind it: SQLite (default) and PostgreSQL. Core code never
 * sees an engine header, and both engines fail with the same texts.
 *
 * SQL is written once for both: parameters are ?1..?99, types are INTEGER (64 bit), TEXT, BLOB, in capitals;
 * no engine-only syntax. ON CONFLICT and RETURNING may be used. Texts compare by their bytes, LIKE minds the
 * case. Rows get their ids from the caller: INTEGER PRIMARY KEY counts nothing up by itself. A trigger may
 * only refuse: CREATE TRIGGER n BEFORE UPDATE|DELETE ON t BEGIN SELECT RAISE(ABORT, 'text'); END.
 *
 * A connection belongs to one thread at a time. A lost connection to PostgreSQL is YJ_E_DB; the next
 * yj_db_begin(), or the next statement outside a transaction, connects anew.
 *
 * Errors: YJ_E_DB (the engine refused; message names the engine's text, never bound values), YJ_E_BUSY
 * (locked longer than the wait limit), YJ_E_FULL (disk full), YJ_E_CORRUPT (the engine found its file
 * damaged), YJ_E_CONFLICT (a UNIQUE or PRIMARY KEY constraint), YJ_E_LIMIT (a confined statement over its
 * limits), YJ_E_FORBIDDEN (no right to it), YJ_E_NOMEM.
 */
#ifndef YJ_STORE_DB_H
#define YJ_STORE_DB_H

#include "base/hash.h"
#include "base/span.h"

typedef enum yj_engine_kind { YJ_ENGINE_SQLITE, YJ_ENGINE_POSTGRES, YJ_ENGINE_COUNT_ } yj_engine_kind;

typedef struct yj_store yj_store; /* where the data is; thread-safe */
typedef struct yj_db yj_db;       /* one connection */
typedef struct yj_stmt yj_stmt;   /* a prepared statement, lent by the connection's cache */

typedef enum yj_db_mode {
    YJ_DB_WRITE, /* the writer's connection */
    YJ_DB_READ,  /* cannot change anything */
} yj_db_mode;

/**
 * @param url "sqlite:PATH" (file is created in WAL mode, synchronous=FULL), or a libpq URI or keyword string
 *            beginning "postgres://", "postgresql://" or "postgres:host=..."; schema "yunjian" is used there.
 */
yj_status yj_store_open(const char *url, yj_store **ret, yj_error *err) yj_nodiscard;
void yj_store_free(yj_store *s);
YJ_DEFINE_CLEANUP(yj_store, yj_store_free)
yj_engine_kind yj_store_engine(const yj_store *s);
/** Before connections are opened: turn durability off ("off"). Benchmarks only, SQLite: leave out the fsync
 * of a commit and nothing else ("unsynced"), or delay it ("delay:2000" microseconds; one value for the whole
 * process). */
yj_status yj_store_set_sync(yj_store *s, const char *mode, yj_error *err) yj_nodiscard;

/** Before connections are opened: the store is being made, and nobody else knows of it yet. Until
 * yj_store_made() what is written is not safe from power loss, and only one connection may be open. Spares
 * SQLite the log, which would be written to be copied, and every sync; changes nothing on PostgreSQL. */
void yj_store_making(yj_store *s);
/** All of it is on the disk, and from now on the store is as any other. Closes its one connection, whatever
 * happens. YJ_E_FULL, YJ_E_DB. */
yj_status yj_store_made(yj_store *s, yj_db *last, yj_error *err) yj_nodiscard;

yj_status yj_db_open(yj_store *s, yj_db_mode mode, yj_db **ret, yj_error *err) yj_nodiscard;
/** A connection for yj_db_maintain(), which does it gently: others hardly notice. */
yj_status yj_db_open_keeper(yj_store *s, yj_db **ret, yj_error *err) yj_nodiscard;
void yj_db_free(yj_db *db);
YJ_DEFINE_CLEANUP(yj_db, yj_db_free)
yj_engine_kind yj_db_engine(const yj_db *db);

/* --- statements ------------------------------------------------------------------------------- */

/** Prepare or take from the cache (keyed by text). The statement goes back by yj_stmt_done(). Errors in the
 * text are told here by SQLite and at the first step by PostgreSQL. */
yj_status yj_db_prepare_made(yj_db *db, const char *sql, yj_stmt **ret, yj_error *err) yj_nodiscard;
/** The usual form: only a literal compiles, so no value can be pasted into SQL. */
#define yj_db_prepare(db, sql, ret, err) yj_db_prepare_made((db), "" sql, (ret), (err))
/** Give back: reset, clear bindings. Accepts NULL. Use yj_auto(yj_stmt_donep). */
void yj_stmt_done(yj_stmt *st);
YJ_DEFINE_CLEANUP(yj_stmt, yj_stmt_done)

/* Bind before the first step; ?n counts from 1. Bytes are borrowed until yj_stmt_done() or the next reset.
 * A binding out of range is a bug (assert). */
void yj_bind_i64(yj_stmt *st, int n, int64_t v);
void yj_bind_text(yj_stmt *st, int n, yj_span s);
void yj_bind_cstr(yj_stmt *st, int n, const char *s); /* NULL binds NULL */
void yj_bind_blob(yj_stmt *st, int n, const void *p, size_t len);
void yj_bind_null(yj_stmt *st, int n);

/** Next row. *ret_row false at the end. PostgreSQL holds the whole result in memory: page what may be long.
 *  A statement that changes rows and returns them ends with its transaction or savepoint. */
yj_status yj_stmt_step(yj_stmt *st, bool *ret_row, yj_error *err) yj_nodiscard;
/** Run a statement that returns no rows. @param ret_changes rows changed; may be NULL. */
yj_status yj_stmt_run(yj_stmt *st, int64_t *ret_changes, yj_error *err) yj_nodiscard;
/** Like run, but the engine may pipeline it: a failure may surface at any later call on the connection, at
 *  the latest at commit. For the writer's inserts. Bound bytes are free again when it returns. */
yj_status yj_stmt_post(yj_stmt *st, yj_error *err) yj_nodiscard;
/** Back to before the first step; bindings are kept. */
void yj_stmt_reset(yj_stmt *st);

int yj_stmt_columns(const yj_stmt *st); /* known after the first step */
const char *yj_stmt_column_name(const yj_stmt *st, int col);
/* Columns count from 0. Spans live until the next step, reset or done. */
bool yj_col_null(yj_stmt *st, int col);
int64_t yj_col_i64(yj_stmt *st, int col);  /* 0 for NULL */
yj_span yj_col_text(yj_stmt *st, int col); /* empty for NULL */
yj_span yj_col_blob(yj_stmt *st, int col);

/** Several statements without parameters or results (DDL), separated by ';'. For migrations and tests. */
yj_status yj_db_script(yj_db *db, const char *sql, yj_error *err) yj_nodiscard;

/* --- transactions ----------------------------------------------------------------------------- */

/* A statement that fails inside a transaction spoils it, on both engines: until the innermost savepoint is
 * undone, or everything is rolled back, all that follows is refused. */

/** WRITE takes the writer's lock at once (SQLite BEGIN IMMEDIATE); READ is one consistent snapshot. */
yj_status yj_db_begin(yj_db *db, yj_db_mode mode, yj_error *err) yj_nodiscard;
/** On failure everything is rolled back. */
yj_status yj_db_commit(yj_db *db, yj_error *err) yj_nodiscard;
void yj_db_rollback(yj_db *db); /* also outside a transaction: then nothing happens */
bool yj_db_in_transaction(const yj_db *db);
/** Nested to any depth; each is ended by release (keep) or undo (roll back to it and release). After a
 * release that failed, undo. */
yj_status yj_db_savepoint(yj_db *db, yj_error *err) yj_nodiscard;
yj_status yj_db_savepoint_release(yj_db *db, yj_error *err) yj_nodiscard;
yj_status yj_db_savepoint_undo(yj_db *db, yj_error *err) yj_nodiscard;
/** Lock held to the end of the transaction, against other processes too (PostgreSQL advisory lock; on SQLite
 *  the write transaction already excludes others). */
yj_status yj_db_lock(yj_db *db, int64_t key, yj_error *err) yj_nodiscard;
/** The same without waiting: *ret false if somebody else has it. For work that shares its transaction with
 *  others (yj_engine_write()): two servers whose groups came in another order would wait for each other. */
yj_status yj_db_try_lock(yj_db *db, int64_t key, bool *ret, yj_error *err) yj_nodiscard;

/* --- migrations ------------------------------------------------------------------------------- */

typedef struct yj_migration {
    int version; /* 1, 2, 3 ... without gaps */
    const char *name;
    const char *sql; /* portable DDL; "STRICT" and "WITHOUT ROWID" are dropped for PostgreSQL */
} yj_migration;

/**
 * Bring the schema to the newest version, all in one transaction (PostgreSQL: under a lock, so that several
 * servers may start at once). On SQLite a store that holds data is first copied to PATH.before-vN.
 * @param ret_from, ret_to versions before and after; may be NULL
 * @return YJ_E_DB with a clear text if the store is newer than the program, is no store of Yunjian's, or was
 *         laid out by other migrations of these numbers than these (meta key "layout"; where it is missing,
 * the first migration's tables are looked at, once)
 */
yj_status yj_store_migrate(yj_store *s, const yj_migration *rows, size_t count, int *ret_from, int *ret_to,
                           yj_error *err) yj_nodiscard;
/** The same on a connection that may write and goes on to be used: each one that is opened reads the schema.
 */
yj_status yj_db_migrate(yj_db *db, const yj_migration *rows, size_t count, int *ret_from, int *ret_to,
                        yj_error *err) yj_nodiscard;

/** The version that the schema is at, changing nothing. 0: the database is empty.
 * @return YJ_E_DB if it holds something else than a store of Yunjian's */
yj_status yj_db_schema_version(yj_db *db, int *ret, yj_error *err) yj_nodiscard;
/** Only look: the same refusals; a store of an earlier version is fine. */
yj_status yj_db_check_layout(yj_db *db, const yj_migration *rows, size_t count, yj_error *err) yj_nodiscard;

/** How much of the store the connection may keep in memory: for work that writes much in one transaction,
 *  which SQLite else writes to its log and reads back. 0: as usual. PostgreSQL has memory of its own. */
yj_status yj_db_set_cache(yj_db *db, size_t bytes, yj_error *err) yj_nodiscard;
/** Bring the log into the file, without waiting for anybody (SQLite: passive WAL checkpoint, on a connection
 * that may write, while another one writes; PostgreSQL: nothing).
 * @param ret_log pages in the log, ret_left those that are not in the file yet; may be NULL */
yj_status yj_db_maintain(yj_db *db, int64_t *ret_log, int64_t *ret_left, yj_error *err) yj_nodiscard;
/** From now on commits on this connection leave the log alone: somebody calls yj_db_maintain() when
 * yj_db_log_pages() has grown. Else SQLite does it in the commit that comes over 4,000 pages, which waits for
 * it. */
void yj_db_leave_log(yj_db *db);
/** Pages in the log after the last commit of a connection that leaves it alone. From any thread. PostgreSQL:
 * 0. */
int64_t yj_db_log_pages(const yj_db *db);
/** Bytes free on the disk of an SQLite store; INT64_MAX if that is not known, or not ours to know
 * (PostgreSQL). */
int64_t yj_store_room(const yj_store *s);
/** After an erasure: make sure that the engine's log no longer holds what was deleted (SQLite: the
 * write-ahead log is emptied into the file and cut to nothing; PostgreSQL recycles its log by itself). Not
 * inside a transaction. YJ_E_BUSY if readers keep it from happening for ten seconds. */
yj_status yj_store_forget_log(yj_store *s, yj_error *err) yj_nodiscard;
/** A consistent copy of an SQLite store into a new file, in steps, while writers go on. */
yj_status yj_store_copy(yj_store *s, const char *to_path, yj_error *err) yj_nodiscard;

#endif
