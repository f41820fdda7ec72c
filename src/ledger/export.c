// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"
#include "ledger/internal.h"
#include "store/schema.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define JOB_BYTES_MAX ((size_t)64 << 20)
#define TEXT_BYTES_MAX ((size_t)16 << 20)

typedef enum part { PART_LOG = 1, PART_BODIES = 2 } part; /* leaves and their hashes; bodies */

typedef struct job {
    yj_db *db;
    const char *folder;
    int folder_fd;
    yj_ledger l;
    yj_buf note; /* the checkpoint to export */
    uint64_t size;
    uint64_t former; /* size of what is there, 0 if nothing */
    bool had_former;
    yj_buf former_note;
    uint64_t last_erase;           /* in the part that is exported; YJ_NO_INDEX if none */
    yj_buf path, made, part, text; /* scratch: paths, the folder made last, temporary name, names */
    yj_buf entries, bodies;        /* files being made */
    yj_digest hashes[YJ_TILE_WIDTH];
} job;

static void job_done(job *j)
{
    yj_buf *const bufs[] = { &j->note, &j->former_note, &j->path,    &j->made,
                             &j->part, &j->text,        &j->entries, &j->bodies };
    for (size_t i = 0; i < YJ_COUNT(bufs); i++)
        yj_buf_done(bufs[i]);
    if (j->folder_fd >= 0)
        close(j->folder_fd); /* and with it the lock */
    yj_db_rollback(j->db);
}

static void job_init(job *j, yj_db *db, const char *folder)
{
    j->db = db;
    j->folder = folder;
    j->folder_fd = -1;
    yj_buf_init(&j->note, YJ_NOTE_BYTES_MAX);
    yj_buf_init(&j->former_note, YJ_NOTE_BYTES_MAX);
    yj_buf_init(&j->path, YJ_FOLDER_PATH_MAX);
    yj_buf_init(&j->made, YJ_FOLDER_PATH_MAX);
    yj_buf_init(&j->part, YJ_FOLDER_PATH_MAX);
    yj_buf_init(&j->text, TEXT_BYTES_MAX);
    yj_buf_init(&j->entries, yj_folder_bytes_max(YJ_FOLDER_ENTRIES));
    yj_buf_init(&j->bodies, yj_folder_bytes_max(YJ_FOLDER_BODIES));
}

/* --- files -----------------------------------------------------------------------------------------------
 */

static yj_status make_parent(job *j, yj_error *err)
{
    size_t len = (size_t)(strrchr(j->path.ptr, '/') - j->path.ptr);
    if (yj_span_eq(yj_buf_view(&j->made), (yj_span){ j->path.ptr, len }))
        return YJ_OK;
    yj_buf_clear(&j->made);
    yj_buf_add(&j->made, j->path.ptr, len);
    YJ_TRY(yj_buf_status(&j->made, err));
    return yj_dir_make(j->made.ptr, err);
}

static bool write_all(int fd, yj_span bytes)
{
    for (size_t done = 0; done < bytes.len;) {
        ssize_t n = write(fd, bytes.ptr + done, bytes.len - done);
        if (n >= 0)
            done += (size_t)n;
        else if (errno != EINTR)
            return false;
    }
    return true;
}

/* Write j->path whole or not at all. That it is on the disk, all files together see to at the end: thousands
 * of single fsyncs would cost more than the export. */
static yj_status put_file(job *j, yj_span bytes, yj_error *err)
{
    YJ_TRY(make_parent(j, err));
    yj_buf_clear(&j->part);
    yj_buf_fmt(&j->part, "%s.part", j->path.ptr);
    YJ_TRY(yj_buf_status(&j->part, err));
    int fd = open(j->part.ptr, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return yj_fail_sys(err, yj_file_status(errno), "cannot create %s", j->part.ptr);
    bool fine = write_all(fd, bytes);
    int why = errno;
    fine = close(fd) == 0 && fine;
    if (fine && rename(j->part.ptr, j->path.ptr) == 0)
        return YJ_OK;
    errno = fine ? errno : why;
    yj_status st = yj_file_status(errno);
    st = yj_fail_sys(err, st, "cannot write %s", j->path.ptr);
    (void)unlink(j->part.ptr);
    return st;
}

static yj_status put_tile(job *j, int level, uint64_t index, unsigned width, yj_span bytes, yj_error *err)
{
    YJ_TRY(yj_folder_path(&j->path, j->folder, level, index, width, err));
    return put_file(j, bytes, err);
}

static yj_status put_named(job *j, const char *name, yj_span bytes, yj_error *err)
{
    YJ_TRY(yj_folder_file(&j->path, j->folder, name, err));
    return put_file(j, bytes, err);
}

/* Others of the same folder wait their turn elsewhere; a crash lets go of the lock. */
static yj_status take_folder(job *j, yj_error *err)
{
    YJ_TRY(yj_dir_make(j->folder, err));
    j->folder_fd = open(j->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (j->folder_fd < 0)
        return yj_fail_sys(err, YJ_E_IO, "cannot open %s", j->folder);
    if (flock(j->folder_fd, LOCK_EX | LOCK_NB) != 0)
        return yj_fail(err, YJ_E_BUSY, "another export is writing to %s", j->folder);
    return YJ_OK;
}

/* --- what is there already -------------------------------------------------------------------------------
 */

static yj_status read_former(job *j, yj_error *err)
{
    yj_note n;
    yj_checkpoint c;
    yj_digest root;
    YJ_TRY(yj_folder_file(&j->path, j->folder, "checkpoint", err));
    if (!yj_path_exists(j->path.ptr))
        return YJ_OK;
    YJ_TRY(yj_file_read(j->path.ptr, YJ_NOTE_BYTES_MAX, &j->former_note, err));
    if (yj_checkpoint_read(yj_buf_view(&j->former_note), j->l.origin, UINT64_MAX, &n, &c, NULL) != YJ_OK)
        return yj_fail(err, YJ_E_CONFLICT, "%s holds another log", j->folder);
    if (c.size > j->size)
        return yj_fail(err, YJ_E_CONFLICT,
                       "%s holds a longer log (%llu entries) than the newest checkpoint covers (%llu)",
                       j->folder, (unsigned long long)c.size, (unsigned long long)j->size);
    yj_stored_tree t = { .db = j->db, .inst = j->l.inst, .size = j->size, .alg = j->l.frontier.alg };
    yj_tree_reader r = yj_stored_tree_reader(&t);
    YJ_TRY(yj_tree_root(&r, c.size, &root, err));
    if (!yj_digest_eq(&root, &c.root))
        return yj_fail(err, YJ_E_CONFLICT, "%s holds another log", j->folder);
    j->former = c.size;
    j->had_former = true;
    return YJ_OK;
}

static yj_status check_newest(job *j, yj_error *err)
{
    yj_note n;
    yj_checkpoint c;
    yj_digest root;
    YJ_TRY(yj_checkpoint_read(yj_buf_view(&j->note), j->l.origin, j->size, &n, &c, err));
    if (j->size > j->l.frontier.size) {
        yj_fail(err, YJ_E_CORRUPT, "a checkpoint covers %llu entries, the ledger holds %llu",
                (unsigned long long)j->size, (unsigned long long)j->l.frontier.size);
        return yj_bad_entry(err, j->l.frontier.size);
    }
    yj_stored_tree t = { .db = j->db, .inst = j->l.inst, .size = j->size, .alg = j->l.frontier.alg };
    yj_tree_reader r = yj_stored_tree_reader(&t);
    YJ_TRY(yj_tree_root(&r, j->size, &root, err));
    if (!yj_digest_eq(&root, &c.root))
        return yj_fail(err, YJ_E_CORRUPT,
                       "the first %llu entries of the ledger are not those that were signed",
                       (unsigned long long)j->size);
    return YJ_OK;
}

/* The newest entry "erase" before `below`. */
static yj_status find_erase(job *j, uint64_t below, uint64_t *ret, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    YJ_TRY(yj_db_prepare(
        j->db,
        "SELECT seq FROM entry WHERE inst = ?1 AND " YJ_SQL_OP("op", "erase") " AND seq < ?2"
                                                                              " ORDER BY seq DESC LIMIT 1",
        &st, err));
    yj_bind_i64(st, 1, j->l.inst);
    yj_bind_i64(st, 2, (int64_t)below);
    YJ_TRY(yj_stmt_step(st, &row, err));
    *ret = row ? (uint64_t)yj_col_i64(st, 0) : YJ_NO_INDEX;
    return YJ_OK;
}

/* --- tiles -----------------------------------------------------------------------------------------------
 */

static yj_status body_gone(job *j, uint64_t seq, yj_error *err)
{
    uint64_t erase = j->last_erase;
    if (erase != YJ_NO_INDEX && erase > seq)
        return YJ_OK;
    YJ_TRY(find_erase(j, INT64_MAX, &erase, err));
    if (erase != YJ_NO_INDEX && erase > seq)
        return yj_fail(err, YJ_E_CONFLICT,
                       "the newest checkpoint does not cover the erasure at ledger entry %llu yet",
                       (unsigned long long)erase);
    yj_fail(err, YJ_E_CORRUPT, "the body of ledger entry %llu is missing, and no erasure follows",
            (unsigned long long)seq);
    return yj_bad_entry(err, seq);
}

static yj_status read_entries(job *j, uint64_t from, unsigned width, yj_error *err)
{
    yj_auto(yj_rows_done) yj_rows rows = { 0 };
    int64_t time_ns = INT64_MIN;
    YJ_TRY(yj_rows_open(j->db, j->l.inst, from, from + width, &rows, err));
    for (unsigned i = 0; i < width; i++) {
        yj_row row = { .seq = UINT64_MAX };
        yj_leaf leaf;
        char store[YJ_LEAF_STORE];
        bool more;
        YJ_TRY(yj_rows_next(&rows, &row, &more, err));
        YJ_TRY(yj_row_check(j->l.frontier.alg, &row, from + i, time_ns, store, &leaf, &j->hashes[i], err));
        time_ns = leaf.time_ns;
        yj_buf_char(&j->entries, (char)(row.leaf.len >> 8));
        yj_buf_char(&j->entries, (char)(row.leaf.len & 0xff));
        yj_buf_span(&j->entries, row.leaf);
        yj_body_line_format(from + i, row.has_body ? (const uint8_t *)row.salt.ptr : NULL, row.body,
                            &j->bodies);
        yj_buf_char(&j->bodies, '\n');
        if (!row.has_body)
            YJ_TRY(body_gone(j, from + i, err));
    }
    YJ_TRY(yj_buf_status(&j->entries, err));
    return yj_buf_status(&j->bodies, err);
}

/* A full tile's root must be the hash that stands for it on the level above. */
static yj_status check_above(job *j, int level, uint64_t index, const yj_digest *hashes, yj_error *err)
{
    yj_digest copy[YJ_TILE_WIDTH], above[YJ_TILE_WIDTH], root;
    unsigned have, at = (unsigned)(index % YJ_TILE_WIDTH);
    memcpy(copy, hashes, sizeof copy);
    yj_hashes_root(j->l.frontier.alg, copy, YJ_TILE_WIDTH, &root);
    YJ_TRY(yj_tile_row_read(j->db, j->l.inst, level + 1, index / YJ_TILE_WIDTH, above, &have, err));
    if (have > at && yj_digest_eq(&above[at], &root))
        return YJ_OK;
    yj_fail(err, YJ_E_CORRUPT, "tile %llu of level %d of the ledger does not have the hashes of its entries",
            (unsigned long long)(index / YJ_TILE_WIDTH), level + 1);
    return yj_bad_entry(err, yj_tile_first_entry((unsigned)level, index, 0));
}

static yj_status export_entries(job *j, uint64_t index, unsigned parts, yj_error *err)
{
    uint64_t from = index * YJ_TILE_WIDTH;
    unsigned width = j->size - from < YJ_TILE_WIDTH ? (unsigned)(j->size - from) : YJ_TILE_WIDTH;
    yj_buf_clear(&j->entries);
    yj_buf_clear(&j->bodies);
    YJ_TRY(read_entries(j, from, width, err));
    if (width == YJ_TILE_WIDTH)
        YJ_TRY(check_above(j, 0, index, j->hashes, err));
    if (parts & PART_LOG) {
        yj_span hashes = { (const char *)j->hashes, width * sizeof j->hashes[0] };
        YJ_TRY(put_tile(j, YJ_FOLDER_ENTRIES, index, width, yj_buf_view(&j->entries), err));
        YJ_TRY(put_tile(j, 0, index, width, hashes, err));
    }
    if (parts & PART_BODIES)
        YJ_TRY(put_tile(j, YJ_FOLDER_BODIES, index, width, yj_buf_view(&j->bodies), err));
    return YJ_OK;
}

static yj_status export_upper(job *j, yj_error *err)
{
    for (int level = 1; level < YJ_TILE_LEVELS && j->size >> 8 * level; level++) {
        uint64_t have = j->size >> 8 * level, had = j->former >> 8 * level;
        for (uint64_t index = had / YJ_TILE_WIDTH; index * YJ_TILE_WIDTH < have; index++) {
            uint64_t left = have - index * YJ_TILE_WIDTH;
            unsigned width = left < YJ_TILE_WIDTH ? (unsigned)left : YJ_TILE_WIDTH, stored;
            YJ_TRY(yj_tile_row_read(j->db, j->l.inst, level, index, j->hashes, &stored, err));
            if (stored < width) {
                yj_fail(err, YJ_E_CORRUPT, "tile %llu of level %d of the ledger is incomplete",
                        (unsigned long long)index, level);
                return yj_bad_entry(err, yj_tile_first_entry((unsigned)level, index, stored));
            }
            if (width == YJ_TILE_WIDTH && level + 1 < YJ_TILE_LEVELS)
                YJ_TRY(check_above(j, level, index, j->hashes, err));
            yj_span bytes = { (const char *)j->hashes, width * sizeof j->hashes[0] };
            YJ_TRY(put_tile(j, level, index, width, bytes, err));
        }
    }
    return YJ_OK;
}

/* Bodies of tiles that an earlier export wrote without them. */
static yj_status export_missing_bodies(job *j, uint64_t below, yj_error *err)
{
    for (uint64_t index = 0; index < below; index++) {
        YJ_TRY(yj_folder_path(&j->path, j->folder, YJ_FOLDER_BODIES, index, YJ_TILE_WIDTH, err));
        if (!yj_path_exists(j->path.ptr))
            YJ_TRY(export_entries(j, index, PART_BODIES, err));
    }
    return YJ_OK;
}

/* The next entry from `from` on whose body is gone, below `below`. */
static yj_status next_gone(job *j, uint64_t from, uint64_t below, uint64_t *ret, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    YJ_TRY(yj_db_prepare(j->db,
                         "SELECT e.seq FROM entry e LEFT JOIN body b ON b.inst = e.inst AND b.seq = e.seq"
                         " WHERE e.inst = ?1 AND e.seq >= ?2 AND e.seq < ?3"
                         " AND (b.seq IS NULL OR LENGTH(b.salt) = 0)"
                         " ORDER BY e.seq LIMIT 1",
                         &st, err));
    yj_bind_i64(st, 1, j->l.inst);
    yj_bind_i64(st, 2, (int64_t)from);
    yj_bind_i64(st, 3, (int64_t)below);
    YJ_TRY(yj_stmt_step(st, &row, err));
    *ret = row ? (uint64_t)yj_col_i64(st, 0) : YJ_NO_INDEX;
    return YJ_OK;
}

/* Bodies erased since the last export must go from the folder too. */
static yj_status rewrite_erased(job *j, uint64_t below, yj_error *err)
{
    uint64_t seq = 0;
    if (j->last_erase == YJ_NO_INDEX || j->last_erase < j->former)
        return YJ_OK;
    for (uint64_t at = 0;; at = (seq / YJ_TILE_WIDTH + 1) * YJ_TILE_WIDTH) {
        YJ_TRY(next_gone(j, at, below * YJ_TILE_WIDTH, &seq, err));
        if (seq == YJ_NO_INDEX)
            return YJ_OK;
        YJ_TRY(export_entries(j, seq / YJ_TILE_WIDTH, PART_BODIES, err));
    }
}

/* --- keys and checkpoints --------------------------------------------------------------------------------
 */

static yj_status export_keys(job *j, yj_keyring *keys, yj_error *err)
{
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new(JOB_BYTES_MAX);
    if (!a)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_auto(yj_keys_done) yj_keys chain;
    yj_keys_init(&chain, j->l.origin, a);
    YJ_TRY(yj_keys_load(j->db, keys, &j->l, a, &chain, err));
    yj_buf_clear(&j->text);
    for (size_t i = 0; i < chain.count && chain.row[i].from <= j->size; i++)
        yj_buf_fmt(&j->text, "%s\n", chain.row[i].vkey);
    YJ_TRY(yj_buf_status(&j->text, err));
    YJ_TRY(put_named(j, "key.txt", yj_buf_view(&j->text), err));

    yj_buf_clear(&j->text);
    for (size_t i = 1; i < chain.count && chain.row[i].from <= j->size; i++) {
        yj_auto(yj_rows_done) yj_rows rows = { 0 };
        yj_row row = { .seq = UINT64_MAX };
        bool more;
        YJ_TRY(yj_rows_open(j->db, j->l.inst, chain.row[i].from - 1, chain.row[i].from, &rows, err));
        YJ_TRY(yj_rows_next(&rows, &row, &more, err));
        if (!more || row.salt.len != YJ_SALT_LEN) {
            yj_fail(err, YJ_E_CORRUPT, "the rotation at ledger entry %llu is malformed",
                    (unsigned long long)chain.row[i].from - 1);
            return yj_bad_entry(err, chain.row[i].from - 1);
        }
        yj_body_line_format(row.seq, (const uint8_t *)row.salt.ptr, row.body, &j->text);
        yj_buf_char(&j->text, '\n');
    }
    YJ_TRY(yj_buf_status(&j->text, err));
    return put_named(j, "rotations.jsonl", yj_buf_view(&j->text), err);
}

static yj_status keep_checkpoint(job *j, uint64_t size, yj_span note, yj_error *err)
{
    yj_buf_clear(&j->text);
    yj_buf_fmt(&j->text, "checkpoints/%" PRIu64, size);
    YJ_TRY(yj_buf_status(&j->text, err));
    return put_named(j, j->text.ptr, note, err);
}

/* --- after the new checkpoint is there -------------------------------------------------------------------
 */

/* Partial tiles that a wider or full one has replaced. Failing leaves files nobody reads. */
static yj_status drop_partial(job *j, int level, yj_error *err)
{
    int shift = level > 0 ? 8 * level : 0;
    uint64_t had = j->former >> shift, have = j->size >> shift;
    uint64_t index = had / YJ_TILE_WIDTH;
    if (had % YJ_TILE_WIDTH == 0 || had == have)
        return YJ_OK;
    YJ_TRY(yj_folder_path(&j->path, j->folder, level, index, (unsigned)(had % YJ_TILE_WIDTH), err));
    if (have / YJ_TILE_WIDTH == index) {
        (void)unlink(j->path.ptr);
        return YJ_OK;
    }
    *strrchr(j->path.ptr, '/') = '\0';
    return yj_path_exists(j->path.ptr) ? yj_dir_remove(j->path.ptr, err) : YJ_OK;
}

static yj_status publish(job *j, yj_error *err)
{
    YJ_TRY(keep_checkpoint(j, j->size, yj_buf_view(&j->note), err));
    if (j->had_former)
        YJ_TRY(keep_checkpoint(j, j->former, yj_buf_view(&j->former_note), err));
    if (syncfs(j->folder_fd) != 0)
        return yj_fail_sys(err, yj_file_status(errno), "cannot write %s", j->folder);
    YJ_TRY(yj_folder_file(&j->path, j->folder, "checkpoint", err));
    YJ_TRY(yj_file_write(j->path.ptr, yj_buf_view(&j->note), 0600, err));
    for (int level = YJ_FOLDER_BODIES; level < YJ_TILE_LEVELS; level++)
        YJ_TRY(drop_partial(j, level, err));
    return YJ_OK;
}

static yj_status export(job *j, yj_keyring *keys, int64_t inst, bool bodies, yj_error *err)
{
    YJ_TRY(yj_ledger_load(j->db, inst, &j->l, err));
    YJ_TRY(yj_checkpoint_last(j->db, inst, &j->note, &j->size, err));
    YJ_TRY(check_newest(j, err));
    YJ_TRY(take_folder(j, err));
    YJ_TRY(read_former(j, err));
    YJ_TRY(find_erase(j, j->size, &j->last_erase, err));
    YJ_TRY(yj_folder_file(&j->path, j->folder, "body", err));
    if (!bodies && yj_path_exists(j->path.ptr))
        return yj_fail(err, YJ_E_CONFLICT, "%s holds bodies: export with them, or to another folder",
                       j->folder);

    uint64_t first = j->former / YJ_TILE_WIDTH; /* what comes before is complete */
    if (bodies) {
        YJ_TRY(yj_dir_make(j->path.ptr, err));
        YJ_TRY(rewrite_erased(j, first, err));
        YJ_TRY(export_missing_bodies(j, first, err));
    }
    for (uint64_t index = first; index * YJ_TILE_WIDTH < j->size; index++)
        YJ_TRY(export_entries(j, index, bodies ? PART_LOG | PART_BODIES : PART_LOG, err));
    YJ_TRY(export_upper(j, err));
    YJ_TRY(export_keys(j, keys, err));
    return publish(j, err);
}

yj_status yj_ledger_export(yj_db *db, yj_keyring *keys, int64_t inst, const char *folder, bool bodies,
                           yj_error *err)
{
    assert(db && keys && folder && !yj_db_in_transaction(db));
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new(JOB_BYTES_MAX);
    if (!a)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    job *j = yj_arena_new_of(a, job);
    YJ_TRY(yj_arena_status(a, err));
    YJ_TRY(yj_db_begin(db, YJ_DB_READ, err)); /* one consistent state, while others write on */
    job_init(j, db, folder);
    yj_status st = export(j, keys, inst, bodies, err);
    job_done(j);
    return st;
}
