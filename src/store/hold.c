// SPDX-License-Identifier: Apache-2.0
#include "store/hold.h"

#include "base/file.h"
#include "store/pg_internal.h"
#include <assert.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define PG_SPACE 22890 /* "Yj": the first half of a two-part key, away from the locks of one part */

struct yj_hold {
    char *path; /* SQLite */
    int fd;
    yj_db *db; /* PostgreSQL */
};

/* The former holder removes its file before it lets go: then what was locked here is no longer there. */
static bool still_there(int fd, const char *path)
{
    struct stat mine, there;
    return fstat(fd, &mine) == 0 && stat(path, &there) == 0 && mine.st_ino == there.st_ino &&
           mine.st_dev == there.st_dev;
}

static yj_status take_file(const yj_store *s, int64_t number, yj_hold *h, yj_error *err)
{
    if (asprintf(&h->path, "%s.hold-%lld", s->where, (long long)number) < 0) {
        h->path = NULL;
        return yj_fail(err, YJ_E_NOMEM, YJ_MSG_NOMEM);
    }
    for (;;) {
        YJ_TRY(yj_lock_take(h->path, &h->fd, err));
        if (still_there(h->fd, h->path))
            return YJ_OK;
        close(h->fd);
        h->fd = -1;
    }
}

static yj_status take_lock(yj_store *s, int64_t number, yj_hold *h, yj_error *err)
{
    YJ_TRY(yj_db_open(s, YJ_DB_READ, &h->db, err));
    /* a machine that is gone without a word is noticed within a minute */
    YJ_TRY(yj_pg_exec(yj_pg_of(h->db),
                      "SET tcp_keepalives_idle = 20; SET tcp_keepalives_interval = 10;"
                      "SET tcp_keepalives_count = 4; SET application_name = 'yunjian hold'",
                      err));
    char sql[112];
    snprintf(sql, sizeof sql, "SELECT CASE WHEN pg_try_advisory_lock(%d, %lld) THEN 1 ELSE 0 END", PG_SPACE,
             (long long)number);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare_made(h->db, sql, &st, err));
    bool row = false;
    YJ_TRY(yj_stmt_step(st, &row, err));
    return row && yj_col_i64(st, 0) == 1 ? YJ_OK : yj_fail(err, YJ_E_BUSY, "another process works on it");
}

yj_status yj_hold_take(yj_store *s, int64_t number, yj_hold **ret, yj_error *err)
{
    assert(s && ret && number > 0 && number <= INT32_MAX);
    yj_hold *h = calloc(1, sizeof *h);
    if (!h)
        return yj_fail(err, YJ_E_NOMEM, YJ_MSG_NOMEM);
    h->fd = -1;
    yj_status st =
        s->engine == YJ_ENGINE_SQLITE ? take_file(s, number, h, err) : take_lock(s, number, h, err);
    if (st != YJ_OK) {
        yj_hold_free(h);
        return st;
    }
    *ret = h;
    return YJ_OK;
}

void yj_hold_free(yj_hold *h)
{
    if (!h)
        return;
    if (h->fd >= 0) {
        (void)unlink(h->path);
        close(h->fd);
    }
    free(h->path);
    yj_db_free(h->db);
    free(h);
}
