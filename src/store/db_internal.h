// SPDX-License-Identifier: Apache-2.0
/**
 * What the two engines have in common and what each must provide. Included by src/store/ only.
 *
 * db.c keeps the statement cache, the depth of transactions and the rule that a failed statement spoils its
 * transaction; an engine fills yj_db_ops and embeds yj_db and yj_stmt as the first member of its own structs.
 */
#ifndef YJ_STORE_DB_INTERNAL_H
#define YJ_STORE_DB_INTERNAL_H

#include "store/db.h"
#include <stdatomic.h>
#include <stdlib.h>

#define YJ_SQLITE_CACHE_KIB "16384" /* of the writer's connection */
#define YJ_STORE_WAIT_MS 10000      /* how long a lock is waited for before YJ_E_BUSY */
#define YJ_PARAMS_MAX 99

/* Texts shared by both engines, so that both fail alike. A macro each: the lint looks for the literal. */
#define YJ_MSG_OPEN "the store cannot be opened: %s"
#define YJ_MSG_REFUSED "the store refused a statement: %s"
#define YJ_MSG_REFUSED_VALUE "the store refused a value that does not fit its column (%s)"
#define YJ_MSG_DUPLICATE "table %s already holds a row with this key"
#define YJ_MSG_BUSY "the store is locked by somebody else for longer than the wait limit"
#define YJ_MSG_FULL "the disk of the store is full"
#define YJ_MSG_DAMAGED "the store's file is damaged: %s"
#define YJ_MSG_NOMEM "the store is out of memory"
#define YJ_MSG_READ_ONLY "this connection or transaction may only read"
#define YJ_MSG_LIMIT "the statement was stopped at its time limit"
#define YJ_MSG_FORBIDDEN "the statement reads or calls what it must not: %s"
#define YJ_MSG_LOST "the connection to the store was lost: %s"

typedef struct yj_db_ops yj_db_ops;
typedef struct yj_confine yj_confine;

struct yj_store {
    yj_engine_kind engine;
    char *where; /* SQLite: the file's path; PostgreSQL: the connection string */
    atomic_bool sync_off;
    atomic_bool making;  /* see yj_store_making() */
    atomic_bool delayed; /* benchmarks only: open through the VFS that delays */
};

struct yj_stmt {
    yj_db *db;
    char *text;
    size_t text_len;
    uint64_t hash;
    yj_stmt *chain;       /* next of the same bucket */
    yj_stmt *prev, *next; /* idle list, newest first; unused while lent */
    unsigned slot;        /* the place in yj_db.seen that points here, if it does */
    int params;           /* highest ?n */
    bool lent, stepped, ended;
};

#define YJ_STMT_BUCKETS 1024u
#define YJ_STMT_SEEN 512u
#define YJ_STMT_IDLE_MAX 600

struct yj_db {
    const yj_db_ops *ops;
    yj_store *store;
    yj_db_mode mode;
    yj_db_mode tx_mode;
    int depth;           /* 0 outside, 1 in a transaction, +1 for each savepoint */
    bool spoiled;        /* a statement failed at this depth: only undo or rollback may follow */
    uint64_t undo_count; /* rollbacks and undone savepoints so far: what was written before may be gone */
    _Atomic int64_t log_pages; /* see yj_db_log_pages */
    yj_confine *confine;       /* what confine.c keeps; NULL before yj_confine_setup */

    yj_stmt *bucket[YJ_STMT_BUCKETS];
    yj_stmt *seen[YJ_STMT_SEEN]; /* by the address of the caller's text: a hint, the text is compared */
    yj_stmt *idle_first, *idle_last;
    int idle_count;
};

struct yj_db_ops {
    void (*close)(yj_db *db);
    /** Allocate and prepare; common members are filled by db.c afterwards, except `params`. */
    yj_status (*prepare)(yj_db *db, const char *sql, size_t len, yj_stmt **ret, yj_error *err);
    void (*stmt_free)(yj_stmt *st);
    void (*bind_i64)(yj_stmt *st, int n, int64_t v);
    void (*bind_text)(yj_stmt *st, int n, const char *p, size_t len);
    void (*bind_blob)(yj_stmt *st, int n, const void *p, size_t len);
    void (*bind_null)(yj_stmt *st, int n);
    yj_status (*step)(yj_stmt *st, bool *ret_row, yj_error *err);
    /** Run to the end, rows are dropped. */
    yj_status (*run)(yj_stmt *st, int64_t *ret_changes, yj_error *err);
    yj_status (*post)(yj_stmt *st, yj_error *err);
    void (*reset)(yj_stmt *st);
    void (*unbind)(yj_stmt *st);
    int (*columns)(const yj_stmt *st);
    const char *(*column_name)(const yj_stmt *st, int col);
    bool (*col_null)(yj_stmt *st, int col);
    int64_t (*col_i64)(yj_stmt *st, int col);
    yj_span (*col_text)(yj_stmt *st, int col);
    yj_span (*col_blob)(yj_stmt *st, int col);
    yj_status (*script)(yj_db *db, const char *sql, yj_error *err);
    yj_status (*begin)(yj_db *db, yj_db_mode mode, yj_error *err);
    yj_status (*commit)(yj_db *db, yj_error *err);
    void (*rollback)(yj_db *db);
    /** n: the savepoint's number, from 1. */
    yj_status (*savepoint)(yj_db *db, int n, yj_error *err);
    yj_status (*release)(yj_db *db, int n, yj_error *err);
    yj_status (*undo)(yj_db *db, int n, yj_error *err);
    yj_status (*lock)(yj_db *db, int64_t key, yj_error *err);
    yj_status (*maintain)(yj_db *db, int64_t *ret_log, int64_t *ret_left, yj_error *err);
    void (*leave_log)(yj_db *db);
    void (*set_wait)(yj_db *db, int ms);
};

/** @param gentle what it writes goes to the disk little by little, see sqlite_gentle.c */
yj_status yj_sqlite_open(yj_store *s, yj_db_mode mode, bool gentle, yj_db **ret, yj_error *err) yj_nodiscard;
const char *yj_sqlite_gentle_vfs(void);
const char *yj_sqlite_gather_vfs(void);
/** @param delay_us -1: no sync at all */
yj_status yj_sqlite_set_delay(int64_t delay_us, yj_error *err) yj_nodiscard;
const char *yj_sqlite_delay_vfs(void);
yj_status yj_sqlite_made(yj_store *s, yj_db *last, yj_error *err) yj_nodiscard;
yj_status yj_sqlite_copy(yj_store *s, const char *to_path, yj_error *err) yj_nodiscard;
yj_status yj_sqlite_forget_log(yj_store *s, yj_error *err) yj_nodiscard;
yj_status yj_postgres_check_url(const char *conninfo, yj_error *err) yj_nodiscard;
yj_status yj_postgres_open(yj_store *s, yj_db_mode mode, yj_db **ret, yj_error *err) yj_nodiscard;

uint64_t yj_text_hash(const char *p, size_t len);
/** For tests: how long this connection waits for a lock. */
void yj_db_set_wait(yj_db *db, int ms);
/** Drop every idle statement: after the schema under them changed (roles, views). */
void yj_db_forget_statements(yj_db *db);
/** Called by confine.c's owner, db.c, when a connection closes. */
void yj_confine_free(yj_confine *c);

#endif
