// SPDX-License-Identifier: Apache-2.0
/* The SQLite engine: one file in WAL mode, one connection for each thread. */
#include "store/sqlite_internal.h"

#include "base/file.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static yj_sqlite *of(yj_db *db)
{
    return (yj_sqlite *)db;
}

static yj_sqlite_stmt *stmt_of(yj_stmt *st)
{
    return (yj_sqlite_stmt *)st;
}

/* --- errors --------------------------------------------------------------------------------------------- */

/** "UNIQUE constraint failed: t.a, t.b" names the table; other forms leave "?". */
static void duplicate_table(const char *msg, char ret[static 64])
{
    const char *p = strstr(msg, "failed: ");
    const char *dot = p ? strchr(p, '.') : NULL;
    if (!dot || dot - (p + 8) >= 64) {
        memcpy(ret, "?", 2);
        return;
    }
    size_t len = (size_t)(dot - (p + 8));
    memcpy(ret, p + 8, len);
    ret[len] = '\0';
}

yj_status yj_sqlite_fail(sqlite3 *h, int rc, yj_error *err)
{
    const int sys_errno = errno;
    const char *msg = h ? sqlite3_errmsg(h) : sqlite3_errstr(rc);
    char table[64];
    switch (rc & 0xff) {
    case SQLITE_CONSTRAINT:
        if (rc == SQLITE_CONSTRAINT_UNIQUE || rc == SQLITE_CONSTRAINT_PRIMARYKEY ||
            rc == SQLITE_CONSTRAINT_ROWID) {
            duplicate_table(msg, table);
            return yj_fail(err, YJ_E_CONFLICT, YJ_MSG_DUPLICATE, table);
        }
        return yj_fail(err, YJ_E_DB, YJ_MSG_REFUSED, msg);
    case SQLITE_MISMATCH:
        return yj_fail(err, YJ_E_DB, YJ_MSG_REFUSED_VALUE, msg);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return yj_fail(err, YJ_E_BUSY, YJ_MSG_BUSY);
    case SQLITE_FULL:
        return yj_fail(err, YJ_E_FULL, YJ_MSG_FULL);
    case SQLITE_IOERR: /* at a commit SQLite does not keep the errno itself */
        if (yj_file_status(h && sqlite3_system_errno(h) ? sqlite3_system_errno(h) : sys_errno) == YJ_E_FULL)
            return yj_fail(err, YJ_E_FULL, YJ_MSG_FULL);
        return yj_fail(err, YJ_E_DB, YJ_MSG_REFUSED, msg);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return yj_fail(err, YJ_E_CORRUPT, YJ_MSG_DAMAGED, msg);
    case SQLITE_NOMEM:
        return yj_fail(err, YJ_E_NOMEM, YJ_MSG_NOMEM);
    case SQLITE_READONLY:
        return yj_fail(err, YJ_E_DB, YJ_MSG_READ_ONLY);
    case SQLITE_INTERRUPT:
        return yj_fail(err, YJ_E_LIMIT, YJ_MSG_LIMIT);
    case SQLITE_AUTH:
        return yj_fail(err, YJ_E_FORBIDDEN, YJ_MSG_FORBIDDEN, msg);
    default:
        return yj_fail(err, YJ_E_DB, YJ_MSG_REFUSED, msg);
    }
}

/* --- statements ----------------------------------------------------------------------------------------- */

static yj_status sq_prepare(yj_db *db, const char *sql, size_t len, yj_stmt **ret, yj_error *err)
{
    sqlite3 *h = of(db)->h;
    if (len >= INT32_MAX)
        return yj_fail(err, YJ_E_LIMIT, "a statement of %zu bytes is too long", len);
    sqlite3_stmt *s = NULL;
    const char *tail = sql;
    int rc = sqlite3_prepare_v3(h, sql, (int)len + 1, SQLITE_PREPARE_PERSISTENT, &s, &tail);
    if (rc != SQLITE_OK)
        return yj_sqlite_fail(h, rc, err);
    while (*tail == ' ' || *tail == '\n' || *tail == ';')
        tail++;
    yj_sqlite_stmt *st = s && !*tail ? calloc(1, sizeof *st) : NULL;
    if (!st) {
        sqlite3_finalize(s);
        if (!s || *tail)
            return yj_fail(err, YJ_E_DB, "a prepared text must hold exactly one statement");
        return yj_fail(err, YJ_E_NOMEM, YJ_MSG_NOMEM);
    }
    st->s = s;
    st->readonly = sqlite3_stmt_readonly(s) != 0;
    st->base.params = sqlite3_bind_parameter_count(s);
    *ret = &st->base;
    return YJ_OK;
}

static void sq_stmt_free(yj_stmt *st)
{
    sqlite3_finalize(stmt_of(st)->s);
    free(st);
}

/* A bind fails only for a wrong number (asserted before), out of memory or a value over SQLite's limit; then
 * the parameter stays NULL. Fail loudly instead: the process is out of memory or the caller checks no sizes.
 */
static void bound(int rc)
{
    assert(rc == SQLITE_OK);
}

static void sq_bind_i64(yj_stmt *st, int n, int64_t v)
{
    bound(sqlite3_bind_int64(stmt_of(st)->s, n, v));
}

static void sq_bind_text(yj_stmt *st, int n, const char *p, size_t len)
{
    bound(sqlite3_bind_text64(stmt_of(st)->s, n, p, len, SQLITE_STATIC, SQLITE_UTF8));
}

static void sq_bind_blob(yj_stmt *st, int n, const void *p, size_t len)
{
    bound(sqlite3_bind_blob64(stmt_of(st)->s, n, p, len, SQLITE_STATIC));
}

static void sq_bind_null(yj_stmt *st, int n)
{
    bound(sqlite3_bind_null(stmt_of(st)->s, n));
}

static bool may_run(const yj_stmt *st)
{
    const yj_db *db = st->db;
    return ((const yj_sqlite_stmt *)st)->readonly ||
           (db->mode == YJ_DB_WRITE && (db->depth == 0 || db->tx_mode == YJ_DB_WRITE));
}

static void note_changing(yj_sqlite_stmt *st, bool changing)
{
    yj_sqlite *q = of(st->base.db);
    if (st->readonly || st->is_changing == changing)
        return;
    st->is_changing = changing;
    if (changing) {
        st->next_changing = q->changing;
        q->changing = st;
        return;
    }
    yj_sqlite_stmt **p = &q->changing;
    while (*p != st)
        p = &(*p)->next_changing;
    *p = st->next_changing;
}

/** SQLite ends no transaction while a statement that changes rows stands on one of its results: end those. */
static void end_changing(yj_db *db)
{
    while (of(db)->changing) {
        yj_sqlite_stmt *st = of(db)->changing;
        note_changing(st, false);
        sqlite3_reset(st->s);
        st->base.ended = true;
    }
}

/** A text that must still be ended by a NUL can fail for want of memory: better here than read as empty. */
static bool texts_there(sqlite3_stmt *s)
{
    for (int i = sqlite3_data_count(s) - 1; i >= 0; i--)
        if (sqlite3_column_type(s, i) == SQLITE_TEXT && !sqlite3_column_text(s, i))
            return false;
    return true;
}

static yj_status sq_step(yj_stmt *st, bool *ret_row, yj_error *err)
{
    if (!may_run(st))
        return yj_fail(err, YJ_E_DB, YJ_MSG_READ_ONLY);
    int rc = sqlite3_step(stmt_of(st)->s);
    note_changing(stmt_of(st), rc == SQLITE_ROW);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
        yj_status s = yj_sqlite_fail(of(st->db)->h, rc, err);
        sqlite3_reset(stmt_of(st)->s);
        return s;
    }
    if (rc == SQLITE_ROW && !texts_there(stmt_of(st)->s)) {
        note_changing(stmt_of(st), false);
        sqlite3_reset(stmt_of(st)->s);
        return yj_fail(err, YJ_E_NOMEM, YJ_MSG_NOMEM);
    }
    *ret_row = rc == SQLITE_ROW;
    return YJ_OK;
}

static yj_status sq_run(yj_stmt *st, int64_t *ret_changes, yj_error *err)
{
    if (!may_run(st))
        return yj_fail(err, YJ_E_DB, YJ_MSG_READ_ONLY);
    sqlite3_stmt *s = stmt_of(st)->s;
    int rc;
    do
        rc = sqlite3_step(s);
    while (rc == SQLITE_ROW);
    if (rc != SQLITE_DONE) {
        yj_status status = yj_sqlite_fail(of(st->db)->h, rc, err);
        sqlite3_reset(s);
        return status;
    }
    if (ret_changes)
        *ret_changes = stmt_of(st)->readonly ? 0 : sqlite3_changes64(of(st->db)->h);
    sqlite3_reset(s);
    return YJ_OK;
}

static yj_status sq_post(yj_stmt *st, yj_error *err)
{
    return sq_run(st, NULL, err);
}

static void sq_reset(yj_stmt *st)
{
    note_changing(stmt_of(st), false);
    sqlite3_reset(stmt_of(st)->s);
}

static void sq_unbind(yj_stmt *st)
{
    sqlite3_clear_bindings(stmt_of(st)->s);
}

static int sq_columns(const yj_stmt *st)
{
    return sqlite3_column_count(((const yj_sqlite_stmt *)st)->s);
}

static const char *sq_column_name(const yj_stmt *st, int col)
{
    return sqlite3_column_name(((const yj_sqlite_stmt *)st)->s, col);
}

static bool sq_col_null(yj_stmt *st, int col)
{
    return sqlite3_column_type(stmt_of(st)->s, col) == SQLITE_NULL;
}

static int64_t sq_col_i64(yj_stmt *st, int col)
{
    return sqlite3_column_int64(stmt_of(st)->s, col);
}

static yj_span sq_col_text(yj_stmt *st, int col)
{
    const char *p = (const char *)sqlite3_column_text(stmt_of(st)->s, col);
    return (yj_span){ p ? p : "", p ? (size_t)sqlite3_column_bytes(stmt_of(st)->s, col) : 0 };
}

static yj_span sq_col_blob(yj_stmt *st, int col)
{
    const char *p = sqlite3_column_blob(stmt_of(st)->s, col);
    return (yj_span){ p ? p : "", p ? (size_t)sqlite3_column_bytes(stmt_of(st)->s, col) : 0 };
}

static yj_status sq_script(yj_db *db, const char *sql, yj_error *err)
{
    sqlite3 *h = of(db)->h;
    while (*sql) {
        sqlite3_stmt *s = NULL;
        const char *tail = NULL;
        int rc = sqlite3_prepare_v3(h, sql, -1, 0, &s, &tail);
        if (rc != SQLITE_OK)
            return yj_sqlite_fail(h, rc, err);
        sql = tail;
        if (!s) /* only blanks or a comment */
            continue;
        yj_sqlite_stmt st = { .base = { .db = db }, .s = s, .readonly = sqlite3_stmt_readonly(s) != 0 };
        yj_status status = sq_run(&st.base, NULL, err);
        sqlite3_finalize(s);
        YJ_TRY(status);
    }
    return YJ_OK;
}

/* --- transactions --------------------------------------------------------------------------------------- */

static yj_status run_kept(yj_db *db, sqlite3_stmt **kept, const char *sql, yj_error *err)
{
    sqlite3 *h = of(db)->h;
    int rc = SQLITE_OK;
    if (!*kept)
        rc = sqlite3_prepare_v3(h, sql, -1, SQLITE_PREPARE_PERSISTENT, kept, NULL);
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(*kept);
        if (rc == SQLITE_DONE) {
            sqlite3_reset(*kept);
            return YJ_OK;
        }
    }
    yj_status s = yj_sqlite_fail(h, rc, err);
    sqlite3_reset(*kept);
    return s;
}

static void sq_rollback(yj_db *db)
{
    end_changing(db);
    if (!sqlite3_get_autocommit(of(db)->h)) /* a full disk has already rolled back */
        (void)run_kept(db, &of(db)->rollback, "ROLLBACK", NULL);
}

static yj_status sq_begin(yj_db *db, yj_db_mode mode, yj_error *err)
{
    if (!sqlite3_get_autocommit(of(db)->h)) /* a rollback that memory ran out for */
        sq_rollback(db);
    if (mode == YJ_DB_WRITE)
        return run_kept(db, &of(db)->begin_write, "BEGIN IMMEDIATE", err);
    return run_kept(db, &of(db)->begin_read, "BEGIN", err);
}

static yj_status sq_commit(yj_db *db, yj_error *err)
{
    end_changing(db);
    return run_kept(db, &of(db)->commit, "COMMIT", err);
}

static yj_status nested(yj_db *db, sqlite3_stmt **kept, const char *verb, int n, yj_error *err)
{
    char sql[48];
    sqlite3_stmt *own = NULL;
    snprintf(sql, sizeof sql, "%s yj_%d", verb, n);
    end_changing(db);
    yj_status s = run_kept(db, n <= YJ_SQLITE_TX_KEPT ? &kept[n - 1] : &own, sql, err);
    sqlite3_finalize(own);
    return s;
}

static yj_status sq_savepoint(yj_db *db, int n, yj_error *err)
{
    return nested(db, of(db)->savepoint, "SAVEPOINT", n, err);
}

static yj_status sq_release(yj_db *db, int n, yj_error *err)
{
    return nested(db, of(db)->release, "RELEASE", n, err);
}

static yj_status sq_undo(yj_db *db, int n, yj_error *err)
{
    YJ_TRY(nested(db, of(db)->back, "ROLLBACK TO", n, err));
    return nested(db, of(db)->release, "RELEASE", n, err);
}

static yj_status sq_lock(yj_db *db, int64_t key, yj_error *err)
{
    (void)db; /* BEGIN IMMEDIATE already excludes every other writer */
    (void)key;
    (void)err;
    return YJ_OK;
}

static yj_status sq_maintain(yj_db *db, int64_t *ret_log, int64_t *ret_left, yj_error *err)
{
    if (db->mode != YJ_DB_WRITE)
        return YJ_OK;
    int log = 0, done = 0;
    int rc = sqlite3_wal_checkpoint_v2(of(db)->h, NULL, SQLITE_CHECKPOINT_PASSIVE, &log, &done);
    if (rc != SQLITE_OK && (rc & 0xff) != SQLITE_BUSY && (rc & 0xff) != SQLITE_LOCKED)
        return yj_sqlite_fail(of(db)->h, rc, err);
    *ret_log = log > 0 ? log : 0;
    *ret_left = log > done ? log - done : 0;
    return YJ_OK;
}

static int note_log(void *self, sqlite3 *h, const char *name, int pages)
{
    yj_db *db = self;
    atomic_store(&db->log_pages, pages);
    return SQLITE_OK;
}

static void sq_leave_log(yj_db *db)
{
    sqlite3_wal_hook(of(db)->h, note_log, db); /* takes the place of the automatic checkpoint */
}

static void sq_set_wait(yj_db *db, int ms)
{
    sqlite3_busy_timeout(of(db)->h, ms);
}

/* --- opening -------------------------------------------------------------------------------------------- */

static void sq_close(yj_db *db)
{
    yj_sqlite *q = of(db);
    sqlite3_stmt *one[] = { q->begin_write, q->begin_read, q->commit, q->rollback };
    for (size_t i = 0; i < YJ_COUNT(one); i++)
        sqlite3_finalize(one[i]);
    for (size_t i = 0; i < YJ_SQLITE_TX_KEPT; i++) {
        sqlite3_finalize(q->savepoint[i]);
        sqlite3_finalize(q->release[i]);
        sqlite3_finalize(q->back[i]);
    }
    int rc = sqlite3_close(q->h);
    assert(rc == SQLITE_OK); /* else a statement leaked */
    free(q);
}

static const yj_db_ops sqlite_ops = {
    .close = sq_close,
    .prepare = sq_prepare,
    .stmt_free = sq_stmt_free,
    .bind_i64 = sq_bind_i64,
    .bind_text = sq_bind_text,
    .bind_blob = sq_bind_blob,
    .bind_null = sq_bind_null,
    .step = sq_step,
    .run = sq_run,
    .post = sq_post,
    .reset = sq_reset,
    .unbind = sq_unbind,
    .columns = sq_columns,
    .column_name = sq_column_name,
    .col_null = sq_col_null,
    .col_i64 = sq_col_i64,
    .col_text = sq_col_text,
    .col_blob = sq_col_blob,
    .script = sq_script,
    .begin = sq_begin,
    .commit = sq_commit,
    .rollback = sq_rollback,
    .savepoint = sq_savepoint,
    .release = sq_release,
    .undo = sq_undo,
    .lock = sq_lock,
    .maintain = sq_maintain,
    .leave_log = sq_leave_log,
    .set_wait = sq_set_wait,
};

/** Only the owner may read a store; SQLite gives the log and its index the same mode. By mknod, because
 * closing a descriptor would drop the locks other threads of this process hold on the file. */
static yj_status make_private(const char *path, yj_error *err)
{
    if (mknod(path, S_IFREG | 0600, 0) == 0 || errno == EEXIST)
        return YJ_OK;
    return yj_fail_sys(err, yj_file_status(errno) == YJ_E_FULL ? YJ_E_FULL : YJ_E_DB,
                       "the file %s cannot be made", path);
}

static yj_status exec(sqlite3 *h, const char *sql, yj_error *err)
{
    int rc = sqlite3_exec(h, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? YJ_OK : yj_sqlite_fail(h, rc, err);
}

/** Run a pragma that answers with the journal's mode: is it write-ahead logging?
 *  @return SQLite's code: SQLITE_OK or an error */
static int ask_journal(sqlite3 *h, const char *pragma, bool *ret_wal)
{
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v2(h, pragma, -1, &s, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(s);
    if (rc == SQLITE_ROW) {
        const char *mode = (const char *)sqlite3_column_text(s, 0);
        *ret_wal = mode && strcmp(mode, "wal") == 0;
        rc = SQLITE_OK;
    }
    sqlite3_finalize(s);
    return rc;
}

/* Two connections that turn a new file to write-ahead logging at once both hold a shared lock and want the
 * exclusive one; SQLite then answers SQLITE_BUSY at once, without the busy timeout, so that one of them lets
 * go. The one refused looks again: the other has done it, or it is its own turn. */
static yj_status ensure_wal(sqlite3 *h, yj_error *err)
{
    const int pause_ms = 5;
    for (int waited = 0;; waited += pause_ms) {
        bool wal = false;
        int rc = ask_journal(h, "PRAGMA journal_mode", &wal);
        if (rc == SQLITE_OK && !wal)
            rc = ask_journal(h, "PRAGMA journal_mode=WAL", &wal);
        if (rc == SQLITE_OK)
            return wal ? YJ_OK
                       : yj_fail(err, YJ_E_DB, "the store's folder does not allow write-ahead logging");
        if ((rc & 0xff) != SQLITE_BUSY || waited >= YJ_STORE_WAIT_MS)
            return yj_sqlite_fail(h, rc, err);
        sqlite3_sleep(pause_ms);
    }
}

static yj_status set_up(sqlite3 *h, yj_store *s, yj_db_mode mode, yj_error *err)
{
    sqlite3_extended_result_codes(h, 1);
    sqlite3_busy_timeout(h, YJ_STORE_WAIT_MS);
    int rc = sqlite3_db_config(h, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_db_config(h, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_db_config(h, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_db_config(h, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_db_config(h, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    if (rc != SQLITE_OK)
        return yj_sqlite_fail(h, rc, err);
    bool making = atomic_load(&s->making);
    if (mode == YJ_DB_WRITE)
        YJ_TRY(making ? exec(h, "PRAGMA journal_mode=MEMORY", err) : ensure_wal(h, err));
    YJ_TRY(exec(h, "PRAGMA case_sensitive_like=ON; PRAGMA temp_store=MEMORY; PRAGMA secure_delete=ON", err));
    bool sync = !making && !atomic_load(&s->sync_off);
    YJ_TRY(exec(h, sync ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=OFF", err));
    if (mode == YJ_DB_WRITE)
        return exec(h,
                    "PRAGMA cache_size=-" YJ_SQLITE_CACHE_KIB "; PRAGMA wal_autocheckpoint=4000; "
                    "PRAGMA journal_size_limit=268435456",
                    err);
    return exec(h, "PRAGMA cache_size=-8192; PRAGMA query_only=ON", err);
}

static void configure(void)
{
    /* nobody asks how much memory SQLite holds, and counting it takes a lock for every allocation, which the
     * threads of readers, judges and writer would share */
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

void yj_sqlite_configure(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, configure);
}

yj_status yj_sqlite_open(yj_store *s, yj_db_mode mode, bool gentle, yj_db **ret, yj_error *err)
{
    if (mode == YJ_DB_WRITE && access(s->where, F_OK) != 0)
        YJ_TRY(make_private(s->where, err));
    yj_sqlite *q = calloc(1, sizeof *q);
    if (!q)
        return yj_fail(err, YJ_E_NOMEM, YJ_MSG_NOMEM);
    q->base.ops = &sqlite_ops;
    yj_sqlite_configure();
    bool sync = !atomic_load(&s->making) && !atomic_load(&s->sync_off);
    const char *vfs = gentle                        ? yj_sqlite_gentle_vfs()
                      : atomic_load(&s->delayed)    ? yj_sqlite_delay_vfs()
                      : mode == YJ_DB_WRITE && sync ? yj_sqlite_gather_vfs()
                                                    : NULL;
    int rc = sqlite3_open_v2(s->where, &q->h,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, vfs);
    yj_status status = YJ_OK;
    if (rc == SQLITE_OK)
        status = set_up(q->h, s, mode, err);
    else if ((rc & 0xff) == SQLITE_CANTOPEN)
        status = yj_fail(err, YJ_E_DB, YJ_MSG_OPEN, q->h ? sqlite3_errmsg(q->h) : sqlite3_errstr(rc));
    else
        status = yj_sqlite_fail(q->h, rc, err);
    if (status == YJ_OK) { /* now: when it is needed there may be no memory for it */
        rc = sqlite3_prepare_v3(q->h, "ROLLBACK", -1, SQLITE_PREPARE_PERSISTENT, &q->rollback, NULL);
        if (rc != SQLITE_OK)
            status = yj_sqlite_fail(q->h, rc, err);
    }
    if (status != YJ_OK) {
        sqlite3_close(q->h);
        free(q);
        return status;
    }
    *ret = &q->base;
    return YJ_OK;
}

/** Freed pages are overwritten at once (secure_delete); what was deleted may still stand in the log. */
yj_status yj_sqlite_forget_log(yj_store *s, yj_error *err)
{
    yj_auto(yj_db_freep) yj_db *db = NULL;
    YJ_TRY(yj_db_open(s, YJ_DB_WRITE, &db, err));
    int rc = sqlite3_wal_checkpoint_v2(of(db)->h, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    if ((rc & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_LOCKED)
        return yj_fail(err, YJ_E_BUSY, "the write-ahead log could not be emptied: somebody is still reading");
    return rc == SQLITE_OK ? YJ_OK : yj_sqlite_fail(of(db)->h, rc, err);
}

/* --- copying -------------------------------------------------------------------------------------------- */

/** All steps read one snapshot, so writers cannot make the copy start over. */
static yj_status copy_pages(sqlite3 *from, sqlite3 *to, yj_error *err)
{
    YJ_TRY(exec(from, "BEGIN; SELECT count(*) FROM sqlite_schema", err));
    sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");
    int rc = b ? SQLITE_OK : sqlite3_errcode(to);
    while (rc == SQLITE_OK)
        rc = sqlite3_backup_step(b, 1024);
    int end = b ? sqlite3_backup_finish(b) : rc;
    if (rc == SQLITE_DONE)
        rc = end;
    (void)exec(from, "COMMIT", NULL);
    return rc == SQLITE_OK ? YJ_OK : yj_sqlite_fail(to, rc, err);
}

static yj_status sync_folder_of(const char *path, yj_error *err)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    if (!folder)
        return yj_fail(err, YJ_E_NOMEM, YJ_MSG_NOMEM);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(folder);
    yj_status s =
        fd >= 0 && fsync(fd) == 0 ? YJ_OK : yj_fail_sys(err, YJ_E_IO, "cannot sync the folder of %s", path);
    if (fd >= 0)
        close(fd);
    return s;
}

/* Only when no connection is open: closing a descriptor drops the locks that SQLite holds on the file. */
static yj_status sync_whole(const char *path, yj_error *err)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    bool fine = fd >= 0 && fsync(fd) == 0;
    yj_status s = fine ? YJ_OK
                       : yj_fail_sys(err, yj_file_status(errno) == YJ_E_FULL ? YJ_E_FULL : YJ_E_DB,
                                     "the file %s cannot be made", path);
    if (fd >= 0)
        close(fd);
    return fine ? sync_folder_of(path, err) : s;
}

yj_status yj_sqlite_made(yj_store *s, yj_db *last, yj_error *err)
{
    yj_db_rollback(last);
    yj_db_forget_statements(last); /* the mode changes only while none stands */
    yj_status status = ensure_wal(of(last)->h, err);
    yj_db_free(last);
    return status == YJ_OK ? sync_whole(s->where, err) : status;
}

static yj_status copy_to(yj_sqlite *from, const char *made, const char *to_path, yj_error *err)
{
    sqlite3 *to = NULL;
    YJ_TRY(make_private(made, err));
    int rc = sqlite3_open_v2(made, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                             yj_sqlite_gentle_vfs());
    yj_status s = rc == SQLITE_OK ? copy_pages(from->h, to, err) : yj_sqlite_fail(to, rc, err);
    sqlite3_close(to);
    if (s == YJ_OK && renameat2(AT_FDCWD, made, AT_FDCWD, to_path, RENAME_NOREPLACE) != 0)
        s = yj_fail_sys(err, errno == EEXIST ? YJ_E_CONFLICT : YJ_E_IO, "cannot make the copy %s", to_path);
    return s == YJ_OK ? sync_folder_of(to_path, err) : s;
}

static void drop_copy(const char *made)
{
    char *journal = NULL;
    (void)unlink(made);
    if (asprintf(&journal, "%s-journal", made) >= 0) {
        (void)unlink(journal);
        free(journal);
    }
}

yj_status yj_sqlite_copy(yj_store *s, const char *to_path, yj_error *err)
{
    if (access(to_path, F_OK) == 0)
        return yj_fail(err, YJ_E_CONFLICT, "%s exists already", to_path);
    yj_auto(yj_db_freep) yj_db *db = NULL;
    YJ_TRY(yj_db_open(s, YJ_DB_READ, &db, err));
    char *made = NULL;
    if (asprintf(&made, "%s.part", to_path) < 0)
        return yj_fail(err, YJ_E_NOMEM, YJ_MSG_NOMEM);
    drop_copy(made); /* left by a copy that was interrupted */
    yj_status status = copy_to(of(db), made, to_path, err);
    if (status != YJ_OK)
        drop_copy(made);
    free(made);
    return status;
}
