// SPDX-License-Identifier: Apache-2.0
#include "instrument/scan/memo.h"
#include "base/file.h"
#include "base/time.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define APPLICATION 0x594a5343 /* "YJSC" */
#define VERSION 1
#define SAVE_NS INT64_C(1000000000) /* so much of a killed run is lost */
#define ROW_BYTES_MAX (8 << 20)
#define EXE_PIECE ((size_t)64 << 10)

/* As they stand in sqlite_schema, in the order of their names. */
static const char *const tables[] = {
    "CREATE TABLE hit(file INTEGER NOT NULL REFERENCES seen ON DELETE CASCADE, n INTEGER NOT NULL, "
    "what INTEGER NOT NULL, count INTEGER NOT NULL, PRIMARY KEY(file, n, what)) WITHOUT ROWID",
    "CREATE TABLE place(file INTEGER NOT NULL REFERENCES seen ON DELETE CASCADE, n INTEGER NOT NULL, "
    "i INTEGER NOT NULL, what INTEGER NOT NULL, at INTEGER NOT NULL, len INTEGER NOT NULL, "
    "row INTEGER NOT NULL, col TEXT NOT NULL, print BLOB, PRIMARY KEY(file, n, i)) WITHOUT ROWID",
    "CREATE TABLE rules(id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE)",
    "CREATE TABLE run(n INTEGER NOT NULL)",
    "CREATE TABLE seen(id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE, rules INTEGER NOT NULL, "
    "run INTEGER NOT NULL, dev INTEGER NOT NULL, ino INTEGER NOT NULL, size INTEGER NOT NULL, "
    "mtime INTEGER NOT NULL, ctime INTEGER NOT NULL, hits INTEGER NOT NULL, digest BLOB)",
    "CREATE TABLE told(file INTEGER NOT NULL REFERENCES seen ON DELETE CASCADE, n INTEGER NOT NULL, "
    "path TEXT, size INTEGER NOT NULL, sha256 BLOB, format TEXT NOT NULL, encoding INTEGER NOT NULL, "
    "state INTEGER NOT NULL, reason INTEGER NOT NULL, unit INTEGER NOT NULL, encrypted INTEGER NOT NULL, "
    "depth INTEGER NOT NULL, inside INTEGER NOT NULL, grade INTEGER NOT NULL, grade_of INTEGER NOT NULL, "
    "hits INTEGER NOT NULL, PRIMARY KEY(file, n)) WITHOUT ROWID",
};

enum {
    FIND,
    MEET,
    FORGET,
    BEGIN,
    END,
    DROP,
    PUT,
    PUT_HIT,
    PUT_PLACE,
    GET,
    GET_HITS,
    GET_PLACES,
    PRUNE,
    COUNT
};
static const char *const statements[COUNT] = {
    [FIND] = "SELECT id, hits FROM seen WHERE path = ?1 AND rules = ?2 AND dev = ?3 AND ino = ?4 AND "
             "size = ?5 AND mtime = ?6 AND ctime = ?7",
    [MEET] = "UPDATE seen SET run = ?2 WHERE id = ?1",
    [FORGET] = "DELETE FROM seen WHERE path = ?1",
    [BEGIN] = "INSERT INTO seen(path, rules, run, dev, ino, size, mtime, ctime, hits) "
              "VALUES(?1, 0, ?2, 0, 0, 0, 0, 0, 0)",
    [END] = "UPDATE seen SET rules = ?2, dev = ?3, ino = ?4, size = ?5, mtime = ?6, ctime = ?7, hits = ?8, "
            "digest = ?9 WHERE id = ?1",
    [DROP] = "DELETE FROM seen WHERE id = ?1",
    [PUT] = "INSERT INTO told VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
    [PUT_HIT] = "INSERT INTO hit VALUES(?1, ?2, ?3, ?4)",
    [PUT_PLACE] = "INSERT INTO place VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    [GET] = "SELECT t.n, t.path, t.size, t.sha256, t.format, t.encoding, t.state, t.reason, t.unit, "
            "t.encrypted, t.depth, t.inside, t.grade, t.grade_of, t.hits, s.digest FROM told t "
            "JOIN seen s ON s.id = t.file WHERE t.file = ?1 ORDER BY t.n",
    [GET_HITS] = "SELECT what, count FROM hit WHERE file = ?1 AND n = ?2 ORDER BY what",
    [GET_PLACES] =
        "SELECT what, at, len, row, col, print FROM place WHERE file = ?1 AND n = ?2 ORDER BY i LIMIT 101",
    /* below it: what begins with it and a slash, which it may end with */
    [PRUNE] = "DELETE FROM seen WHERE run <> ?2 AND (path = ?1 OR substr(path, 1, length(?3)) = ?3)",
};

struct yj_scan_memo {
    bool made, keep; /* made: by this run, and removed by it unless it is to be kept */
    sqlite3 *db;
    sqlite3_stmt *st[COUNT];
    char *name;
    dev_t dev;
    ino_t ino;
    int64_t settle_ns, saved_ns, run, rules;
    /* of the file that is kept, or told */
    int64_t file, n, hits;
    bool circumstances;
    yj_hasher *hasher;
    yj_buf row;
    yj_scan_found place[YJ_SCAN_PLACES_MAX];
};

static yj_status fail(const yj_scan_memo *m, int rc, yj_error *err)
{
    switch (rc & 0xff) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
    case SQLITE_FORMAT:
    case SQLITE_MISMATCH:
    case SQLITE_CONSTRAINT:
    case SQLITE_TOOBIG:
        yj_ignore(yj_fail(err, YJ_E_INVALID, "it is damaged, or no state of a scan"));
        break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        yj_ignore(yj_fail(err, YJ_E_BUSY, "another run has it"));
        break;
    case SQLITE_FULL:
        yj_ignore(yj_fail(err, YJ_E_FULL, "the state cannot be written"));
        break;
    case SQLITE_NOMEM:
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    default:
        yj_ignore(yj_fail(err, YJ_E_IO, "the state cannot be written"));
    }
    yj_status s = err ? err->code : YJ_E_IO;
    yj_ignore(yj_error_at(err, "%s", m->name));
    return s;
}

static yj_status run_sql(yj_scan_memo *m, const char *sql, yj_error *err)
{
    int rc = sqlite3_exec(m->db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? YJ_OK : fail(m, rc, err);
}

/* A statement that gives no rows. */
static yj_status run_it(yj_scan_memo *m, int which, yj_error *err)
{
    int rc = sqlite3_step(m->st[which]);
    sqlite3_reset(m->st[which]);
    return rc == SQLITE_DONE || rc == SQLITE_ROW ? YJ_OK : fail(m, rc, err);
}

static void bind_span(sqlite3_stmt *s, int at, yj_span v)
{
    sqlite3_bind_blob64(s, at, v.ptr ? v.ptr : "", v.len, SQLITE_STATIC);
}

/* --- opening ----------------------------------------------------------------------------------------------
 */

/* Made here, so that it is nobody else's from its first byte on. */
static yj_status look_at_file(yj_scan_memo *m, const char *path, yj_error *err)
{
    struct stat st;
    const int flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    int fd = open(path, flags | O_CREAT | O_EXCL, 0600);
    m->made = fd >= 0;
    if (fd < 0 && errno == EEXIST)
        fd = open(path, flags);
    if (fd < 0)
        return yj_fail_sys(err, yj_file_status(errno), "cannot open %s", path);
    bool file = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    close(fd); /* before SQLite locks it: closing would end its locks */
    yj_status s = YJ_OK;
    if (!file)
        s = yj_fail(err, YJ_E_INVALID, "it is no file");
    else if (st.st_uid != geteuid() || (st.st_mode & (S_IRWXG | S_IRWXO)))
        s = yj_fail(err, YJ_E_FORBIDDEN, "others may read or write it: it has to be yours alone, chmod 600");
    if (s != YJ_OK) {
        yj_ignore(yj_error_at(err, "%s", path));
        return s;
    }
    m->dev = st.st_dev;
    m->ino = st.st_ino;
    m->name = realpath(path, NULL);
    return m->name ? YJ_OK : yj_fail_sys(err, yj_file_status(errno), "cannot open %s", path);
}

static yj_status number_of(yj_scan_memo *m, const char *sql, int64_t *ret, yj_error *err)
{
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v2(m->db, sql, -1, &s, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(s);
    *ret = rc == SQLITE_ROW ? sqlite3_column_int64(s, 0) : -1;
    sqlite3_finalize(s);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? YJ_OK : fail(m, rc, err);
}

static yj_status begin_new(yj_scan_memo *m, yj_error *err)
{
    char sql[96];
    for (size_t i = 0; i < YJ_COUNT(tables); i++)
        YJ_TRY(run_sql(m, tables[i], err));
    snprintf(sql, sizeof sql, "PRAGMA application_id = %d; PRAGMA user_version = %d", APPLICATION, VERSION);
    YJ_TRY(run_sql(m, sql, err));
    return run_sql(m, "INSERT INTO run VALUES(0)", err);
}

/* Exactly these tables: so nothing runs that another put there. */
static yj_status check_tables(yj_scan_memo *m, yj_error *err)
{
    sqlite3_stmt *s = NULL;
    size_t same = 0, all = 0;
    int rc = sqlite3_prepare_v2(
        m->db, "SELECT sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_autoindex_%' ORDER BY name", -1, &s,
        NULL);
    while (rc == SQLITE_OK && (rc = sqlite3_step(s)) == SQLITE_ROW) {
        const char *sql = (const char *)sqlite3_column_text(s, 0);
        same += all < YJ_COUNT(tables) && sql && strcmp(sql, tables[all]) == 0;
        all++;
        rc = SQLITE_OK;
    }
    sqlite3_finalize(s);
    if (rc != SQLITE_DONE)
        return fail(m, rc, err);
    return same == YJ_COUNT(tables) && all == same ? YJ_OK : fail(m, SQLITE_NOTADB, err);
}

static yj_status check_all(yj_scan_memo *m, yj_error *err)
{
    int64_t application, version, empty;
    YJ_TRY(number_of(m, "PRAGMA application_id", &application, err));
    YJ_TRY(number_of(m, "PRAGMA user_version", &version, err));
    YJ_TRY(number_of(m, "SELECT count(*) = 0 FROM sqlite_schema", &empty, err));
    if (empty == 1 && application == 0 && version == 0) /* new, or cut off before it began */
        return begin_new(m, err);
    if (application != APPLICATION || version != VERSION)
        return fail(m, SQLITE_NOTADB, err);
    YJ_TRY(check_tables(m, err));
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v2(m->db, "PRAGMA quick_check(1)", -1, &s, NULL);
    bool fine = rc == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW && sqlite3_column_text(s, 0) &&
                strcmp((const char *)sqlite3_column_text(s, 0), "ok") == 0;
    sqlite3_finalize(s);
    return fine ? YJ_OK : fail(m, SQLITE_CORRUPT, err);
}

static yj_status open_database(yj_scan_memo *m, yj_error *err)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOFOLLOW;
    int rc = sqlite3_open_v2(m->name, &m->db, flags, NULL);
    if (rc != SQLITE_OK)
        return fail(m, rc, err);
    sqlite3_db_config(m->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(m->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_limit(m->db, SQLITE_LIMIT_LENGTH, ROW_BYTES_MAX);
    YJ_TRY(run_sql(m,
                   "PRAGMA locking_mode = EXCLUSIVE; PRAGMA foreign_keys = 1; PRAGMA cell_size_check = 1; "
                   "BEGIN EXCLUSIVE",
                   err));
    YJ_TRY(check_all(m, err));
    for (int i = 0; i < COUNT; i++) {
        rc = sqlite3_prepare_v3(m->db, statements[i], -1, SQLITE_PREPARE_PERSISTENT, &m->st[i], NULL);
        if (rc != SQLITE_OK)
            return fail(m, rc, err);
    }
    YJ_TRY(run_sql(m, "UPDATE run SET n = n + 1", err));
    return number_of(m, "SELECT n FROM run", &m->run, err);
}

/* Which detectors it has is in the program, and its version is not raised with each of them. */
static yj_status hash_program(yj_hasher *h, yj_error *err)
{
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    char *piece = malloc(EXE_PIECE);
    ssize_t n = fd >= 0 && piece ? 1 : -1;
    while (n > 0) {
        n = read(fd, piece, EXE_PIECE);
        if (n < 0 && errno == EINTR)
            n = 1;
        else if (n > 0)
            yj_hasher_add(h, piece, (size_t)n);
    }
    yj_status s = n == 0 ? YJ_OK : yj_fail_sys(err, YJ_E_IO, "cannot open %s", "/proc/self/exe");
    if (fd >= 0)
        close(fd);
    free(piece);
    return s;
}

static yj_status find_rules(yj_scan_memo *m, const yj_scan_memo_by *by, yj_error *err)
{
    yj_digest d = { { 0 } };
    sqlite3_stmt *s = NULL;
    yj_hasher_begin(m->hasher);
    YJ_TRY(hash_program(m->hasher, err));
    yj_hasher_add(m->hasher, by->version, strlen(by->version) + 1);
    if (by->print_key.len > 0)
        YJ_TRY(yj_hmac_sha256(by->print_key, YJ_SPAN("state of a scan"), &d, err));
    yj_hasher_add(m->hasher, d.b, sizeof d.b);
    yj_hasher_add(m->hasher, by->rules ? by->rules->b : (const uint8_t[YJ_HASH_LEN]){ 0 }, YJ_HASH_LEN);
    yj_hasher_end(m->hasher, &d);
    int rc = sqlite3_prepare_v2(m->db,
                                "INSERT INTO rules(digest) VALUES(?1) ON CONFLICT(digest) DO UPDATE "
                                "SET digest = digest RETURNING id",
                                -1, &s, NULL);
    if (rc == SQLITE_OK) {
        bind_span(s, 1, (yj_span){ (const char *)d.b, sizeof d.b });
        rc = sqlite3_step(s);
    }
    m->rules = rc == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
    sqlite3_finalize(s);
    return m->rules > 0 ? YJ_OK : fail(m, rc, err);
}

yj_status yj_scan_memo_open(const char *path, const yj_scan_memo_by *by, int64_t settle_ns,
                            yj_scan_memo **ret, yj_error *err)
{
    yj_auto(yj_scan_memo_freep) yj_scan_memo *m = calloc(1, sizeof *m);
    if (!m)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    m->settle_ns = settle_ns;
    yj_buf_init(&m->row, ROW_BYTES_MAX);
    m->hasher = yj_hasher_new(YJ_HASH_SHA256);
    if (!m->hasher)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    YJ_TRY(look_at_file(m, path, err));
    YJ_TRY(open_database(m, err));
    YJ_TRY(find_rules(m, by, err));
    YJ_TRY(run_sql(m, "COMMIT; BEGIN", err));
    m->saved_ns = yj_monotonic_ns();
    m->keep = true;
    *ret = yj_take(m);
    return YJ_OK;
}

void yj_scan_memo_free(yj_scan_memo *m)
{
    if (!m)
        return;
    for (int i = 0; i < COUNT; i++)
        sqlite3_finalize(m->st[i]);
    sqlite3_close(m->db);
    if (m->made && !m->keep && m->name)
        (void)unlink(m->name);
    if (m->hasher)
        yj_hasher_free(m->hasher);
    yj_buf_done(&m->row);
    free(m->name);
    free(m);
}

bool yj_scan_memo_is(yj_scan_memo *m, const struct stat *st)
{
    bool is = st->st_dev == m->dev && st->st_ino == m->ino;
    m->keep = m->keep && !is;
    return is;
}

/* --- the digest of what is told of a file ------------------------------------------------------------------
 */

static void add_to_digest(yj_scan_memo *m, const yj_scan_file *f)
{
    char hex[2 * YJ_HASH_LEN + 1] = "";
    yj_buf *b = &m->row;
    if (f->has_digest)
        yj_digest_hex(&f->sha256, hex);
    yj_buf_clear(b);
    yj_buf_str(b, f->depth > 0 ? f->path : "");
    yj_buf_fmt(b, "\n%llu %s %s %d %d %d %d %d %u %llu %d %d %llu\n", (unsigned long long)f->size, hex,
               f->format, (int)f->encoding, (int)f->state, (int)f->reason, (int)f->unit, f->encrypted,
               f->depth, (unsigned long long)f->inside, f->grade, (int)f->grade_of,
               (unsigned long long)f->hits);
    for (size_t i = 0; i < YJ_SCAN_KINDS_MAX; i++)
        if (f->count[i])
            yj_buf_fmt(b, "%zu %llu\n", i, (unsigned long long)f->count[i]);
    for (size_t i = 0; i < f->places; i++) {
        const yj_scan_found *p = &f->place[i];
        hex[0] = '\0';
        if (p->has_print)
            yj_digest_hex(&p->print, hex);
        yj_buf_fmt(b, "%d %llu %u %u %s %s\n", (int)p->what, (unsigned long long)p->at, p->len, p->row, hex,
                   p->column);
    }
    yj_hasher_add(m->hasher, b->ptr, b->len);
}

/* --- keeping ----------------------------------------------------------------------------------------------
 */

static void bind_identity(sqlite3_stmt *s, int at, const struct stat *st)
{
    sqlite3_bind_int64(s, at, (int64_t)st->st_dev);
    sqlite3_bind_int64(s, at + 1, (int64_t)st->st_ino);
    sqlite3_bind_int64(s, at + 2, (int64_t)st->st_size);
    sqlite3_bind_int64(s, at + 3, yj_timespec_ns(&st->st_mtim));
    sqlite3_bind_int64(s, at + 4, yj_timespec_ns(&st->st_ctim));
}

yj_status yj_scan_memo_find(yj_scan_memo *m, yj_span path, const struct stat *st, bool show, int64_t *ret,
                            yj_error *err)
{
    sqlite3_stmt *s = m->st[FIND];
    *ret = 0;
    bind_span(s, 1, path);
    sqlite3_bind_int64(s, 2, m->rules);
    bind_identity(s, 3, st);
    int rc = sqlite3_step(s);
    if (rc == SQLITE_ROW && !(show && sqlite3_column_int64(s, 1) > 0))
        *ret = sqlite3_column_int64(s, 0);
    sqlite3_reset(s);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? YJ_OK : fail(m, rc, err);
}

/* Another time it may come out otherwise, although the file is the same. */
static bool by_circumstances(yj_scan_reason r)
{
    return r == YJ_SCAN_BECAUSE_SYSTEM || r == YJ_SCAN_BECAUSE_CHANGED || r == YJ_SCAN_BECAUSE_TIME ||
           r == YJ_SCAN_BECAUSE_MEMORY || r == YJ_SCAN_BECAUSE_CRASHED || r == YJ_SCAN_BECAUSE_FORBIDDEN ||
           r == YJ_SCAN_BECAUSE_NO_PROGRAM || r == YJ_SCAN_BECAUSE_NO_BOX;
}

static yj_status put_counts(yj_scan_memo *m, const yj_scan_file *f, yj_error *err)
{
    sqlite3_stmt *s = m->st[PUT_HIT];
    for (size_t i = 0; i < YJ_SCAN_KINDS_MAX; i++) {
        if (f->count[i] == 0)
            continue;
        sqlite3_bind_int64(s, 1, m->file);
        sqlite3_bind_int64(s, 2, m->n);
        sqlite3_bind_int64(s, 3, (int64_t)i);
        sqlite3_bind_int64(s, 4, (int64_t)f->count[i]);
        YJ_TRY(run_it(m, PUT_HIT, err));
    }
    s = m->st[PUT_PLACE];
    for (size_t i = 0; i < f->places; i++) {
        const yj_scan_found *p = &f->place[i];
        sqlite3_bind_int64(s, 1, m->file);
        sqlite3_bind_int64(s, 2, m->n);
        sqlite3_bind_int64(s, 3, (int64_t)i);
        sqlite3_bind_int64(s, 4, (int64_t)p->what);
        sqlite3_bind_int64(s, 5, (int64_t)p->at);
        sqlite3_bind_int64(s, 6, p->len);
        sqlite3_bind_int64(s, 7, p->row);
        sqlite3_bind_text(s, 8, p->column, -1, SQLITE_STATIC);
        sqlite3_bind_null(s, 9);
        if (p->has_print)
            bind_span(s, 9, (yj_span){ (const char *)p->print.b, YJ_HASH_LEN });
        YJ_TRY(run_it(m, PUT_PLACE, err));
    }
    return YJ_OK;
}

static yj_status begin_file(yj_scan_memo *m, yj_span path, yj_error *err)
{
    bind_span(m->st[FORGET], 1, path);
    YJ_TRY(run_it(m, FORGET, err));
    bind_span(m->st[BEGIN], 1, path);
    sqlite3_bind_int64(m->st[BEGIN], 2, m->run);
    YJ_TRY(run_it(m, BEGIN, err));
    m->file = sqlite3_last_insert_rowid(m->db);
    m->n = m->hits = 0;
    m->circumstances = false;
    yj_hasher_begin(m->hasher);
    return YJ_OK;
}

yj_status yj_scan_memo_row(yj_scan_memo *m, yj_span path, const yj_scan_file *f, yj_error *err)
{
    sqlite3_stmt *s = m->st[PUT];
    if (m->file == 0)
        YJ_TRY(begin_file(m, path, err));
    m->circumstances |= by_circumstances(f->reason);
    m->hits += (int64_t)f->hits;
    if (m->circumstances)
        return YJ_OK; /* it is dropped at its end */
    sqlite3_bind_int64(s, 1, m->file);
    sqlite3_bind_int64(s, 2, m->n);
    sqlite3_bind_null(s, 3);
    if (f->depth > 0)
        sqlite3_bind_text(s, 3, f->path, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 4, (int64_t)f->size);
    sqlite3_bind_null(s, 5);
    if (f->has_digest)
        bind_span(s, 5, (yj_span){ (const char *)f->sha256.b, YJ_HASH_LEN });
    sqlite3_bind_text(s, 6, f->format, -1, SQLITE_STATIC);
    const int64_t rest[] = { f->encoding, f->state,           f->reason, f->unit,     f->encrypted,
                             f->depth,    (int64_t)f->inside, f->grade,  f->grade_of, (int64_t)f->hits };
    for (size_t i = 0; i < YJ_COUNT(rest); i++)
        sqlite3_bind_int64(s, 7 + (int)i, rest[i]);
    YJ_TRY(run_it(m, PUT, err));
    YJ_TRY(put_counts(m, f, err));
    add_to_digest(m, f);
    m->n++;
    return yj_buf_status(&m->row, err);
}

yj_status yj_scan_memo_end(yj_scan_memo *m, const struct stat *st, int64_t at_ns, bool still, yj_error *err)
{
    bool rested = yj_file_rested(st, at_ns, m->settle_ns);
    int which = still && rested && !m->circumstances ? END : DROP;
    sqlite3_stmt *s = m->st[which];
    yj_digest d;
    if (m->file == 0)
        return YJ_OK;
    yj_hasher_end(m->hasher, &d);
    sqlite3_bind_int64(s, 1, m->file);
    m->file = 0;
    if (which == END) {
        sqlite3_bind_int64(s, 2, m->rules);
        bind_identity(s, 3, st);
        sqlite3_bind_int64(s, 8, m->hits);
        bind_span(s, 9, (yj_span){ (const char *)d.b, sizeof d.b });
    }
    YJ_TRY(run_it(m, which, err));
    return yj_scan_memo_save(m, err);
}

yj_status yj_scan_memo_save(yj_scan_memo *m, yj_error *err)
{
    int64_t now = yj_monotonic_ns();
    if (m->file != 0 || now - m->saved_ns < SAVE_NS)
        return YJ_OK;
    m->saved_ns = now;
    return run_sql(m, "COMMIT; BEGIN", err);
}

yj_status yj_scan_memo_forget(yj_scan_memo *m, const char *root, yj_error *err)
{
    sqlite3_stmt *s = m->st[PRUNE];
    size_t n = strlen(root);
    yj_buf_clear(&m->row);
    yj_buf_str(&m->row, root);
    if (n == 0 || root[n - 1] != '/')
        yj_buf_char(&m->row, '/');
    YJ_TRY(yj_buf_status(&m->row, err));
    bind_span(s, 1, (yj_span){ root, n });
    sqlite3_bind_int64(s, 2, m->run);
    bind_span(s, 3, yj_buf_view(&m->row));
    return run_it(m, PRUNE, err);
}

yj_status yj_scan_memo_finish(yj_scan_memo *m, yj_error *err)
{
    return run_sql(m, "DELETE FROM rules WHERE id NOT IN (SELECT rules FROM seen); COMMIT; BEGIN", err);
}

/* --- telling ----------------------------------------------------------------------------------------------
 */

/* A number in 0..most. */
static bool in(sqlite3_stmt *s, int column, int64_t most, int64_t *ret)
{
    *ret = sqlite3_column_int64(s, column);
    return sqlite3_column_type(s, column) == SQLITE_INTEGER && *ret >= 0 && *ret <= most;
}

static const char *text_at(sqlite3_stmt *s, int column, size_t most)
{
    const char *t = (const char *)sqlite3_column_text(s, column);
    size_t n = t ? (size_t)sqlite3_column_bytes(s, column) : 0;
    if (!t || n > most || strlen(t) != n || !yj_utf8_valid((yj_span){ t, n }))
        return NULL;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)t[i] < 0x20 || t[i] == 0x7f)
            return NULL;
    return t;
}

/* @return false for what is no digest; NULL is none */
static bool digest_at(sqlite3_stmt *s, int column, bool *ret_has, yj_digest *ret)
{
    *ret_has = sqlite3_column_type(s, column) == SQLITE_BLOB;
    if (!*ret_has)
        return sqlite3_column_type(s, column) == SQLITE_NULL;
    if (sqlite3_column_bytes(s, column) != YJ_HASH_LEN)
        return false;
    memcpy(ret->b, sqlite3_column_blob(s, column), YJ_HASH_LEN);
    return true;
}

static int get_counts(yj_scan_memo *m, yj_scan_file *f)
{
    sqlite3_stmt *s = m->st[GET_HITS];
    int64_t what, count;
    int rc;
    while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
        if (!in(s, 0, YJ_SCAN_KINDS_MAX - 1, &what) || !in(s, 1, INT64_MAX, &count))
            return SQLITE_CORRUPT;
        f->count[what] = (uint64_t)count;
    }
    return rc;
}

static int get_places(yj_scan_memo *m, yj_scan_file *f)
{
    sqlite3_stmt *s = m->st[GET_PLACES];
    int64_t what, at, len, row;
    int rc;
    f->place = m->place;
    while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
        if (f->places == YJ_SCAN_PLACES_MAX)
            return SQLITE_CORRUPT;
        yj_scan_found *p = &m->place[f->places];
        const char *column = text_at(s, 4, sizeof p->column - 1);
        *p = (yj_scan_found){ .what = YJ_SCAN_CLASS_COUNT_ };
        if (!in(s, 0, YJ_SCAN_KINDS_MAX - 1, &what) || !in(s, 1, INT64_MAX, &at) ||
            !in(s, 2, UINT32_MAX, &len) || !in(s, 3, UINT32_MAX, &row) || !column ||
            !digest_at(s, 5, &p->has_print, &p->print))
            return SQLITE_CORRUPT;
        p->what = (yj_scan_class)what;
        p->at = (uint64_t)at;
        p->len = (uint32_t)len;
        p->row = (uint32_t)row;
        snprintf(p->column, sizeof p->column, "%s", column);
        f->places++;
    }
    return rc;
}

static bool get_row(sqlite3_stmt *s, const char *path, int64_t n, yj_scan_file *f)
{
    int64_t number = 0, size = 0, v[10] = { 0 };
    static const int64_t most[10] = { YJ_SCAN_ENCODING_COUNT_ - 1,
                                      YJ_SCAN_STATE_COUNT_ - 1,
                                      YJ_SCAN_REASON_COUNT_ - 1,
                                      YJ_SCAN_UNIT_COUNT_ - 1,
                                      1,
                                      YJ_BOX_DEPTH_MAX,
                                      INT64_MAX,
                                      4,
                                      YJ_SCAN_KINDS_MAX - 1,
                                      INT64_MAX };
    *f = (yj_scan_file){ .path = path, .format = text_at(s, 4, 32) };
    bool fine = in(s, 0, INT64_MAX, &number) && number == n && in(s, 2, INT64_MAX, &size) && f->format &&
                digest_at(s, 3, &f->has_digest, &f->sha256);
    for (int i = 0; i < 10; i++)
        fine = in(s, 5 + i, most[i], &v[i]) && fine;
    if (!fine)
        return false;
    f->size = (uint64_t)size;
    f->encoding = (yj_scan_encoding)v[0];
    f->state = (yj_scan_state)v[1];
    f->reason = (yj_scan_reason)v[2];
    f->unit = (yj_scan_unit)v[3];
    f->encrypted = v[4] == 1;
    f->depth = (unsigned)v[5];
    f->inside = (uint64_t)v[6];
    f->grade = (int)v[7];
    f->grade_of = (yj_scan_class)v[8];
    f->hits = (uint64_t)v[9];
    f->remembered = true;
    if (f->depth > 0)
        f->path = text_at(s, 1, ROW_BYTES_MAX);
    return f->path && !by_circumstances(f->reason);
}

static int next_row(yj_scan_memo *m, int64_t number, const char *path, yj_scan_file *f)
{
    sqlite3_stmt *s = m->st[GET];
    int rc = sqlite3_step(s);
    if (rc != SQLITE_ROW)
        return rc;
    if (!get_row(s, path, m->n, f))
        return SQLITE_CORRUPT;
    for (int i = GET_HITS; i <= GET_PLACES; i++) {
        sqlite3_bind_int64(m->st[i], 1, number);
        sqlite3_bind_int64(m->st[i], 2, m->n);
    }
    rc = get_counts(m, f);
    if (rc == SQLITE_DONE)
        rc = get_places(m, f);
    sqlite3_reset(m->st[GET_HITS]);
    sqlite3_reset(m->st[GET_PLACES]);
    m->n++;
    return rc == SQLITE_DONE ? SQLITE_ROW : rc;
}

yj_status yj_scan_memo_tell(yj_scan_memo *m, int64_t number, const char *path, yj_scan_memo_row_fn *row,
                            void *with, yj_error *err)
{
    yj_scan_file f = { .depth = 1 };
    yj_digest is, was = { { 0 } };
    yj_status status = YJ_OK;
    bool has = false;
    int rc = SQLITE_DONE;
    m->n = 0;
    yj_hasher_begin(m->hasher);
    sqlite3_bind_int64(m->st[GET], 1, number);
    while (status == YJ_OK && (rc = next_row(m, number, path, &f)) == SQLITE_ROW) {
        if (!digest_at(m->st[GET], 15, &has, &was)) {
            rc = SQLITE_CORRUPT;
            break;
        }
        add_to_digest(m, &f);
        status = row(with, &f, err);
    }
    sqlite3_reset(m->st[GET]);
    if (status != YJ_OK)
        return status;
    yj_hasher_end(m->hasher, &is);
    if (rc != SQLITE_DONE)
        return fail(m, rc, err);
    if (!has || f.depth != 0 || memcmp(&is, &was, sizeof is) != 0)
        return fail(m, SQLITE_CORRUPT, err);
    sqlite3_bind_int64(m->st[MEET], 1, number);
    sqlite3_bind_int64(m->st[MEET], 2, m->run);
    YJ_TRY(run_it(m, MEET, err));
    return yj_scan_memo_save(m, err);
}
