// SPDX-License-Identifier: Apache-2.0
#include "record/backup.h"

#include "access/seal.h"
#include "base/file.h"
#include "record/internal.h"
#include "record/rebuild.h"
#include "store/schema.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 4200
#define PIECE ((size_t)1 << 20)

/* The truth tables: i number, t text, b bytes. */
static const struct table {
    const char *name, *columns, *types, *marks;
} tables[] = {
    { "ledger", "inst, institution, origin, crypto, size, frontier, last_time", "itttibi",
      "?1, ?2, ?3, ?4, ?5, ?6, ?7" },
    { "entry", "inst, seq, time, op, kind, record, version, batch, by, digest, hash", "iiitttiibbb",
      "?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11" },
    { "body", "inst, seq, salt, body, packed", "iibtb", "?1, ?2, ?3, ?4, ?5" },
    { "tile", "inst, level, idx, data", "iiib", "?1, ?2, ?3, ?4" },
    { "checkpoint", "inst, size, time, note", "iiit", "?1, ?2, ?3, ?4" },
    { "pack_file", "pack, path, content", "ttt", "?1, ?2, ?3" },
    { "batch", "id, inst, state, opened_at, by, closed_seq", "iititi", "?1, ?2, ?3, ?4, ?5, ?6" },
    { "open_batch", "id", "i", "?1" },
    { "blob", "digest, sm3, size, received_at", "ttii", "?1, ?2, ?3, ?4" },
};

static void bind_column(yj_stmt *to, yj_stmt *from, int i, char type)
{
    if (yj_col_null(from, i)) {
        yj_bind_null(to, i + 1);
    } else if (type == 'i') {
        yj_bind_i64(to, i + 1, yj_col_i64(from, i));
    } else if (type == 't') {
        yj_bind_text(to, i + 1, yj_col_text(from, i));
    } else {
        yj_span b = yj_col_blob(from, i);
        yj_bind_blob(to, i + 1, b.ptr ? b.ptr : "", b.len);
    }
}

static yj_status copy_table(yj_db *from, yj_db *to, const struct table *t, yj_error *err)
{
    char sql[512];
    snprintf(sql, sizeof sql, "SELECT %s FROM %s", t->columns, t->name);
    yj_auto(yj_stmt_donep) yj_stmt *rd = NULL;
    YJ_TRY(yj_db_prepare_made(from, sql, &rd, err));
    snprintf(sql, sizeof sql, "INSERT INTO %s(%s) VALUES(%s)", t->name, t->columns, t->marks);
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(rd, &row, err));
        if (!row)
            return YJ_OK;
        yj_auto(yj_stmt_donep) yj_stmt *wr = NULL;
        YJ_TRY(yj_db_prepare_made(to, sql, &wr, err));
        for (int i = 0; t->types[i]; i++)
            bind_column(wr, rd, i, t->types[i]);
        YJ_TRY(yj_stmt_post(wr, err));
    }
}

static yj_status copy_meta(yj_db *from, yj_db *to, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *rd = NULL;
    YJ_TRY(yj_db_prepare(from, "SELECT value FROM meta WHERE key = 'packs'", &rd, err));
    bool row = false;
    YJ_TRY(yj_stmt_step(rd, &row, err));
    if (!row)
        return yj_fail(err, YJ_E_CORRUPT, "the store names no packs");
    yj_auto(yj_stmt_donep) yj_stmt *wr = NULL;
    YJ_TRY(yj_db_prepare(to, "INSERT INTO meta(key, value) VALUES('packs', ?1)", &wr, err));
    yj_bind_text(wr, 1, yj_col_text(rd, 0));
    return yj_stmt_run(wr, NULL, err);
}

static yj_status copy_truth(yj_db *from, yj_db *to, yj_error *err)
{
    YJ_TRY(yj_db_begin(from, YJ_DB_READ, err));
    YJ_TRY(yj_db_begin(to, YJ_DB_WRITE, err));
    yj_status s = copy_meta(from, to, err);
    for (size_t i = 0; s == YJ_OK && i < YJ_COUNT(tables); i++)
        s = copy_table(from, to, &tables[i], err);
    if (s == YJ_OK)
        s = yj_db_commit(to, err);
    yj_db_rollback(to);
    yj_db_rollback(from);
    return s;
}

/* What lies outside the ledger and came with a copy of the whole store: who holds a backup shall not sign in
 * with it, nor read what is on its way. Freed pages are overwritten (store/db.h). */
static yj_status forget_outside(yj_db *db, yj_error *err)
{
    YJ_TRY(yj_db_begin(db, YJ_DB_WRITE, err));
    yj_status s = yj_db_script(
        db,
        "DELETE FROM session; DELETE FROM api_token; DELETE FROM attempt;"
        "DELETE FROM account_recovery; DELETE FROM account_set_up; DELETE FROM account_person;"
        "DELETE FROM account_identity; DELETE FROM account; DELETE FROM evidence_sender;"
        "DELETE FROM sign_in_provider;"
        "DELETE FROM notice; DELETE FROM notice_cursor; DELETE FROM notice_preference;"
        "DELETE FROM notice_channel; DELETE FROM delivery; DELETE FROM job_file; DELETE FROM job;"
        "DELETE FROM invitation_code",
        err);
    if (s == YJ_OK)
        s = yj_db_commit(db, err);
    yj_db_rollback(db);
    return s;
}

/* --- files ------------------------------------------------------------------------------------ */

static yj_status put_piece(yj_db *to, const char *path, int64_t ord, const char *bytes, size_t len,
                           yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(to, "INSERT INTO backup_file(path, ord, data) VALUES(?1, ?2, ?3)", &st, err));
    yj_bind_cstr(st, 1, path);
    yj_bind_i64(st, 2, ord);
    yj_bind_blob(st, 3, bytes, len);
    return yj_stmt_run(st, NULL, err);
}

static yj_status add_file(yj_db *to, const char *root, const char *path, yj_backup_report *r, yj_error *err)
{
    char full[PATH_BYTES];
    snprintf(full, sizeof full, "%s/%s", root, path);
    int fd = open(full, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return yj_fail_sys(err, YJ_E_IO, "%s cannot be read", path);
    char *piece = malloc(PIECE);
    yj_status s = piece ? YJ_OK : yj_fail(err, YJ_E_NOMEM, "out of memory");
    for (int64_t ord = 0; s == YJ_OK; ord++) {
        ssize_t n = read(fd, piece, PIECE);
        if (n < 0)
            s = yj_fail_sys(err, YJ_E_IO, "%s cannot be read", path);
        else if (n > 0 || ord == 0)
            s = put_piece(to, path, ord, piece, (size_t)n, err);
        if (n <= 0)
            break;
        r->bytes += (uint64_t)n;
    }
    r->files++;
    free(piece);
    close(fd);
    return s;
}

static yj_status add_folder(yj_db *to, const char *root, const char *path, yj_backup_report *r, int depth,
                            yj_error *err)
{
    char full[PATH_BYTES];
    snprintf(full, sizeof full, "%s/%s", root, path);
    if (!yj_path_is_dir(full) || depth > 4)
        return YJ_OK;
    yj_names names = { 0 };
    YJ_TRY(yj_dir_list(full, &names, err));
    yj_status s = YJ_OK;
    for (size_t i = 0; s == YJ_OK && i < names.count; i++) {
        char below[PATH_BYTES];
        if (snprintf(below, sizeof below, "%s/%s", path, names.name[i]) >= (int)sizeof below)
            continue;
        /* uploads still under way; what seals second factors, which are no part of it either; what makes
         * whoever has it the server's instruments */
        if (strcmp(below, "evidence/partial") == 0 || strcmp(below, "keys/" YJ_SEAL_FILE) == 0 ||
            strcmp(below, "keys/" YJ_SIGNER_FILE) == 0)
            continue;
        snprintf(full, sizeof full, "%.2000s/%.2000s", root, below);
        s = yj_path_is_dir(full) ? add_folder(to, root, below, r, depth + 1, err)
                                 : add_file(to, root, below, r, err);
    }
    yj_names_free(&names);
    return s;
}

static yj_status add_files(yj_db *to, const char *data, yj_backup_report *r, yj_error *err)
{
    YJ_TRY(
        yj_db_script(to,
                     "CREATE TABLE backup_file(path TEXT NOT NULL, ord INTEGER NOT NULL, data BLOB NOT NULL, "
                     "PRIMARY KEY(path, ord)) STRICT",
                     err));
    YJ_TRY(yj_db_begin(to, YJ_DB_WRITE, err));
    YJ_TRY(add_file(to, data, "yunjian.json", r, err));
    YJ_TRY(add_folder(to, data, "keys", r, 0, err));
    YJ_TRY(add_folder(to, data, "evidence", r, 0, err));
    return yj_db_commit(to, err);
}

static bool safe_path(const char *p)
{
    bool known =
        strcmp(p, "yunjian.json") == 0 || strncmp(p, "keys/", 5) == 0 || strncmp(p, "evidence/", 9) == 0;
    return known && !strstr(p, "..") && !strchr(p, '\\');
}

static yj_status write_all(int fd, yj_span b, yj_error *err)
{
    while (b.len) {
        ssize_t n = write(fd, b.ptr, b.len);
        if (n < 0)
            return yj_fail_sys(err, yj_file_status(errno), "a file of the backup cannot be written");
        b = (yj_span){ b.ptr + n, b.len - (size_t)n };
    }
    return YJ_OK;
}

static yj_status open_restored(const char *data, const char *path, int *ret, yj_error *err)
{
    char full[PATH_BYTES], folder[PATH_BYTES];
    if (!safe_path(path))
        return yj_fail(err, YJ_E_CORRUPT, "the backup holds a file of a name it cannot have");
    snprintf(full, sizeof full, "%.2000s/%.2000s", data, path);
    snprintf(folder, sizeof folder, "%s", full);
    *strrchr(folder, '/') = '\0';
    YJ_TRY(yj_dir_make(folder, err));
    *ret = open(full, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    return *ret < 0 ? yj_fail_sys(err, yj_file_status(errno), "%s cannot be written", path) : YJ_OK;
}

static yj_status restore_files(yj_db *from, const char *data, yj_backup_report *r, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    /* the configuration last: a folder with it counts as an installation */
    YJ_TRY(yj_db_prepare(
        from,
        "SELECT path, ord, data FROM backup_file ORDER BY CASE WHEN path = 'yunjian.json' THEN 1 ELSE 0 "
        "END, path, ord",
        &st, err));
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        char path[2048];
        yj_span p = yj_col_text(st, 0);
        snprintf(path, sizeof path, "%.*s", (int)p.len, p.ptr);
        int fd = -1;
        YJ_TRY(open_restored(data, path, &fd, err));
        yj_span bytes = yj_col_blob(st, 2);
        yj_status s = write_all(fd, bytes, err);
        if (s == YJ_OK && fsync(fd) != 0)
            s = yj_fail_sys(err, yj_file_status(errno), "a file of the backup cannot be written");
        close(fd);
        YJ_TRY(s);
        r->files += yj_col_i64(st, 1) == 0;
        r->bytes += bytes.len;
    }
}

/* --- verification ----------------------------------------------------------------------------- */

static yj_status verify_ledgers(yj_db *db, yj_keyring *keys, yj_backup_report *r, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "SELECT inst FROM ledger ORDER BY inst", &st, err));
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        yj_verify_report v;
        YJ_TRY(yj_ledger_verify_store(db, keys, yj_col_i64(st, 0), &v, err));
        r->ledgers++;
        r->entries += v.size;
    }
}

/* --- backup ----------------------------------------------------------------------------------- */

static yj_status fill_backup(yj_engine *e, const char *path, yj_backup_report *ret, yj_error *err)
{
    char url[PATH_BYTES];
    snprintf(url, sizeof url, "sqlite:%.4000s", path);
    bool copied = yj_store_engine(e->store) == YJ_ENGINE_SQLITE;
    if (copied)
        YJ_TRY(yj_store_copy(e->store, path, err));
    yj_auto(yj_store_freep) yj_store *store = NULL;
    yj_auto(yj_db_freep) yj_db *db = NULL;
    YJ_TRY(yj_store_open(url, &store, err));
    if (!copied)
        YJ_TRY(yj_store_migrate(store, yj_schema_migrations, yj_schema_migration_count, NULL, NULL, err));
    YJ_TRY(yj_db_open(store, YJ_DB_WRITE, &db, err));
    if (copied) {
        YJ_TRY(forget_outside(db, err));
    } else {
        yj_db *from = NULL;
        YJ_TRY(yj_reader_take(e, &from, err));
        yj_status s = copy_truth(from, db, err);
        yj_reader_give(e, from);
        YJ_TRY(s);
    }
    YJ_TRY(add_files(db, e->data, ret, err));
    YJ_TRY(verify_ledgers(db, e->keys, ret, err));
    yj_db_free(db);
    db = NULL;
    return yj_store_forget_log(store, err); /* so that the one file is all there is */
}

yj_status yj_backup(yj_engine *e, const char *file, yj_backup_report *ret, yj_error *err)
{
    *ret = (yj_backup_report){ 0 };
    if (yj_path_exists(file))
        return yj_fail(err, YJ_E_CONFLICT, "%s is there already", file);
    char part[PATH_BYTES];
    if (snprintf(part, sizeof part, "%s.part", file) >= 4000)
        return yj_fail(err, YJ_E_LIMIT, "the path is too long");
    mode_t before = umask(077);
    yj_status s = fill_backup(e, part, ret, err);
    (void)umask(before);
    if (s == YJ_OK && rename(part, file) != 0)
        s = yj_fail_sys(err, yj_file_status(errno), "%s cannot be written", file);
    char side[PATH_BYTES + 8];
    static const char *const ends[] = { "", "-wal", "-shm" };
    for (size_t i = 0; i < YJ_COUNT(ends); i++) {
        snprintf(side, sizeof side, "%s%s", part, ends[i]);
        (void)unlink(side);
    }
    return s;
}

/* --- restore ---------------------------------------------------------------------------------- */

static yj_status fill_store(const char *file, const char *data, const char *store_url, yj_backup_report *r,
                            yj_error *err)
{
    char url[PATH_BYTES];
    snprintf(url, sizeof url, "sqlite:%.4000s", file);
    yj_auto(yj_store_freep) yj_store *from_store = NULL;
    yj_auto(yj_db_freep) yj_db *from = NULL;
    YJ_TRY(yj_store_open(url, &from_store, err));
    YJ_TRY(yj_db_open(from_store, YJ_DB_READ, &from, err));
    YJ_TRY(yj_db_check_layout(from, yj_schema_migrations, yj_schema_migration_count, err));
    if (store_url)
        snprintf(url, sizeof url, "%.4000s", store_url);
    else
        snprintf(url, sizeof url, "sqlite:%.4000s/yunjian.db", data);
    yj_auto(yj_store_freep) yj_store *to_store = NULL;
    yj_auto(yj_db_freep) yj_db *to = NULL;
    YJ_TRY(yj_store_open(url, &to_store, err));
    YJ_TRY(yj_store_migrate(to_store, yj_schema_migrations, yj_schema_migration_count, NULL, NULL, err));
    YJ_TRY(yj_db_open(to_store, YJ_DB_WRITE, &to, err));
    YJ_TRY(copy_truth(from, to, err));
    return restore_files(from, data, r, err);
}

static yj_status set_store(const char *data, const char *store_url, yj_error *err)
{
    yj_config c;
    YJ_TRY(yj_config_load(data, &c, err));
    snprintf(c.store_url, sizeof c.store_url, "%s", store_url ? store_url : "");
    return yj_config_save(data, &c, err);
}

static yj_status finish_restore(const char *data, yj_backup_report *r, yj_error *err)
{
    yj_auto(yj_engine_closep) yj_engine *e = NULL;
    YJ_TRY(yj_engine_open(data, &(yj_open_options){ .serve = true, .no_judge = true }, &e, err));
    YJ_TRY(verify_ledgers(e->writer.db, e->keys, r, err));
    yj_rebuild_report rebuilt;
    yj_rebuild_options all = { .inst = -1 };
    return yj_rebuild(e, &all, &rebuilt, err);
}

yj_status yj_restore(const char *file, const char *data, const char *store_url, yj_backup_report *ret,
                     yj_error *err)
{
    *ret = (yj_backup_report){ 0 };
    if (!yj_path_exists(file))
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no file %s", file);
    bool existed = yj_path_exists(data);
    if (existed) {
        yj_names names = { 0 };
        YJ_TRY(yj_dir_list(data, &names, err));
        size_t n = names.count;
        yj_names_free(&names);
        if (n)
            return yj_fail(err, YJ_E_CONFLICT, "folder %s is not empty", data);
    }
    YJ_TRY(yj_dir_make(data, err));
    yj_status s = fill_store(file, data, store_url, ret, err);
    if (s == YJ_OK)
        s = set_store(data, store_url, err);
    if (s == YJ_OK)
        s = finish_restore(data, ret, err);
    if (s != YJ_OK)
        yj_ignore(yj_dir_remove(data, NULL));
    return s;
}
