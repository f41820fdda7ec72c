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

/* The file, whole, in memory; NULL when out of it. */
static char *unpack(const head *h, yj_span seed)
{
    char *file = calloc(1, h->bytes ? h->bytes : 1);
    size_t at = sizeof *h;
    for (uint32_t i = 0; file && i < h->stretches; i++) {
        stretch s;
        assert(at + sizeof s <= seed.len);
        memcpy(&s, seed.ptr + at, sizeof s);
        at += sizeof s;
        assert(s.len <= seed.len - at && s.at <= h->bytes && s.len <= h->bytes - s.at);
        memcpy(file + s.at, seed.ptr + at, s.len);
        at += s.len;
    }
    return file;
}

static yj_status write_file(const char *path, const char *bytes, size_t len, bool sync, bool *ret_there,
                            yj_error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    *ret_there = fd < 0 && errno == EEXIST;
    if (*ret_there)
        return YJ_OK;
    bool fine = fd >= 0;
    for (size_t done = 0; fine && done < len;) {
        ssize_t n = write(fd, bytes + done, len - done);
        fine = n >= 0 || errno == EINTR;
        done += n > 0 ? (size_t)n : 0;
    }
    fine = fine && (!sync || fsync(fd) == 0);
    if (fine) {
        close(fd);
        return YJ_OK;
    }
    yj_status s = yj_fail_sys(err, yj_file_status(errno) == YJ_E_FULL ? YJ_E_FULL : YJ_E_DB,
                              "the file %s cannot be made", path);
    if (fd >= 0) {
        close(fd);
        (void)unlink(path);
    }
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
    char *file = unpack(&h, seed);
    if (!file)
        return yj_fail(err, YJ_E_NOMEM, YJ_MSG_NOMEM);
    bool sync = !atomic_load(&s->making); /* else it is done once, at the end */
    yj_status status = write_file(s->where, file, h.bytes, sync, &there, err);
    free(file);
    YJ_TRY(status);
    if (sync)
        YJ_TRY(yj_dir_sync_of(s->where, err));
    *ret_planted = !there;
    return YJ_OK;
}
