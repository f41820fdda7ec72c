// SPDX-License-Identifier: Apache-2.0
#include "store/seed.h"
#include "store/confine.h"
#include "store/kind_internal.h"
#include "store/schema.h"

#include "base/file.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define FILE_BYTES_MAX ((size_t)64 << 20)
#define PIECE_BYTES ((uint32_t)64 << 10)
#define GAP 32 /* so many zeros end a stretch */

/* What it is of, then the stretches of the file that are not zero: each a stretch, then its bytes. */
typedef struct head {
    char magic[8];
    char engine[112]; /* which SQLite */
    char kinds[2 * YJ_HASH_LEN + 1];
    uint32_t bytes, stretches;
} head;
typedef struct stretch {
    uint32_t at, len;
} stretch;

static yj_status head_of(const yj_kind_table *tables, size_t count, head *ret, yj_error *err)
{
    *ret = (head){ .magic = "yjseed1" };
    snprintf(ret->engine, sizeof ret->engine, "%s", yj_rule_check_engine());
    return yj_kind_tables_digest(tables, count, ret->kinds, err);
}

/* --- making --------------------------------------------------------------------------------------------- */

static yj_status make_store(const char *scratch, const yj_kind_table *tables, size_t count, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf url;
    yj_auto(yj_store_freep) yj_store *s = NULL;
    yj_auto(yj_db_freep) yj_db *db = NULL;
    yj_buf_init(&url, 8192);
    yj_buf_fmt(&url, "sqlite:%s", scratch);
    YJ_TRY(yj_buf_status(&url, err));
    YJ_TRY(yj_store_open(url.ptr, &s, err));
    yj_store_making(s); /* and it is left so: whoever plants it has his own yj_store_made() */
    YJ_TRY(yj_store_migrate(s, yj_schema_migrations, yj_schema_migration_count, NULL, NULL, err));
    YJ_TRY(yj_db_open(s, YJ_DB_WRITE, &db, err));
    return yj_kind_tables_sync(db, tables, count, err);
}

/* The next stretch of `file` from `from` on; an empty one at the end. */
static stretch next_stretch(yj_span file, size_t from)
{
    while (from < file.len && file.ptr[from] == '\0')
        from++;
    size_t end = from, at = from;
    for (; at < file.len && at - end < GAP; at++)
        if (file.ptr[at] != '\0')
            end = at + 1;
    return (stretch){ (uint32_t)from, (uint32_t)(end - from) };
}

static void put_stretches(yj_span file, head *h, yj_buf *out)
{
    yj_buf_add(out, h, sizeof *h);
    for (stretch s = next_stretch(file, 0); s.len; s = next_stretch(file, s.at + s.len)) {
        yj_buf_add(out, &s, sizeof s);
        yj_buf_add(out, file.ptr + s.at, s.len);
        h->stretches++;
    }
    h->bytes = (uint32_t)file.len;
    if (yj_buf_status(out, NULL) == YJ_OK)
        memcpy(out->ptr, h, sizeof *h);
}

yj_status yj_seed_make(const char *scratch, const yj_kind_table *tables, size_t count, yj_buf *out,
                       yj_error *err)
{
    if (yj_path_exists(scratch))
        return yj_fail(err, YJ_E_CONFLICT, "%s exists already", scratch);
    yj_auto(yj_buf_done) yj_buf file;
    yj_buf_init(&file, FILE_BYTES_MAX);
    yj_status s = make_store(scratch, tables, count, err);
    if (s == YJ_OK)
        s = yj_file_read(scratch, FILE_BYTES_MAX, &file, err);
    (void)unlink(scratch);
    YJ_TRY(s);
    head h;
    YJ_TRY(head_of(tables, count, &h, err));
    yj_buf_clear(out);
    put_stretches(yj_buf_view(&file), &h, out);
    return yj_buf_status(out, err);
}

/* --- planting ------------------------------------------------------------------------------------------- */

static bool fits(const head *h, const head *wanted)
{
    return memcmp(h->magic, wanted->magic, sizeof wanted->magic) == 0 &&
           strcmp(h->engine, wanted->engine) == 0 && strcmp(h->kinds, wanted->kinds) == 0;
}

/* What comes next in a seed that is unpacked from its beginning to its end. */
typedef struct unpacking {
    yj_span rest;
    uint32_t left; /* stretches, `now` not counted */
    stretch now;   /* its bytes stand first in `rest` */
} unpacking;

static void take_stretch(unpacking *u)
{
    u->now = (stretch){ UINT32_MAX, 0 };
    if (u->left == 0)
        return;
    assert(u->rest.len >= sizeof u->now);
    memcpy(&u->now, u->rest.ptr, sizeof u->now);
    u->rest = (yj_span){ u->rest.ptr + sizeof u->now, u->rest.len - sizeof u->now };
    u->left--;
    assert(u->now.len <= u->rest.len);
}

/* The bytes of the file from `from` to before `to`. */
static void unpack(unpacking *u, uint32_t from, uint32_t to, char *ret)
{
    memset(ret, 0, to - from);
    while (u->now.at < to) {
        assert(u->now.at >= from);
        uint32_t n = u->now.len < to - u->now.at ? u->now.len : to - u->now.at;
        memcpy(ret + (u->now.at - from), u->rest.ptr, n);
        u->rest = (yj_span){ u->rest.ptr + n, u->rest.len - n };
        u->now = (stretch){ u->now.at + n, u->now.len - n };
        if (u->now.len == 0)
            take_stretch(u);
    }
}

static bool write_all(int fd, const char *bytes, size_t len)
{
    for (size_t done = 0; done < len;) {
        ssize_t n = write(fd, bytes + done, len - done);
        if (n < 0 && errno != EINTR)
            return false;
        done += n > 0 ? (size_t)n : 0;
    }
    return true;
}

/* Piece by piece: memory that was never used costs more than the copying. */
static bool write_unpacked(int fd, const head *h, yj_span seed, char *piece)
{
    unpacking u = { .rest = { seed.ptr + sizeof *h, seed.len - sizeof *h }, .left = h->stretches };
    take_stretch(&u);
    for (uint32_t from = 0; from < h->bytes; from += PIECE_BYTES) {
        uint32_t to = h->bytes - from < PIECE_BYTES ? h->bytes : from + PIECE_BYTES;
        unpack(&u, from, to, piece);
        if (!write_all(fd, piece, to - from))
            return false;
    }
    return true;
}

static yj_status write_file(const char *path, const head *h, yj_span seed, bool sync, bool *ret_there,
                            yj_error *err)
{
    char *piece = malloc(PIECE_BYTES);
    if (!piece)
        return yj_fail(err, YJ_E_NOMEM, YJ_MSG_NOMEM);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    *ret_there = fd < 0 && errno == EEXIST;
    bool fine = *ret_there || (fd >= 0 && write_unpacked(fd, h, seed, piece) && (!sync || fsync(fd) == 0));
    yj_status s = fine ? YJ_OK
                       : yj_fail_sys(err, yj_file_status(errno) == YJ_E_FULL ? YJ_E_FULL : YJ_E_DB,
                                     "the file %s cannot be made", path);
    if (fd >= 0)
        close(fd);
    if (!fine && fd >= 0)
        (void)unlink(path);
    free(piece);
    return s;
}

/* Is nothing there, not even what a store leaves beside its file? SQLite takes a log that it finds beside a
 * file for that file's own; only of an empty one it knows better. */
static bool is_free(const char *path)
{
    static const char *const beside[] = { "", "-wal", "-journal" };
    bool none = true;
    for (size_t i = 0; none && i < YJ_COUNT(beside); i++) {
        yj_auto(yj_buf_done) yj_buf p;
        yj_buf_init(&p, 8192);
        yj_buf_fmt(&p, "%s%s", path, beside[i]);
        none = yj_buf_status(&p, NULL) == YJ_OK && access(p.ptr, F_OK) != 0;
    }
    return none;
}

yj_status yj_store_plant(yj_store *s, yj_span seed, const yj_kind_table *tables, size_t count,
                         bool *ret_planted, yj_error *err)
{
    head h, wanted;
    bool there = false;
    *ret_planted = false;
    if (s->engine != YJ_ENGINE_SQLITE || seed.len < sizeof h)
        return YJ_OK;
    memcpy(&h, seed.ptr, sizeof h);
    YJ_TRY(head_of(tables, count, &wanted, err));
    if (!fits(&h, &wanted) || !is_free(s->where))
        return YJ_OK;
    bool sync = !atomic_load(&s->making); /* else it is done once, at the end */
    YJ_TRY(write_file(s->where, &h, seed, sync, &there, err));
    if (sync)
        YJ_TRY(yj_dir_sync_of(s->where, err));
    *ret_planted = !there;
    return YJ_OK;
}
