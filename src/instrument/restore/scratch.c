// SPDX-License-Identifier: Apache-2.0
/* What is the same for every engine: the private place, the dump's bytes, the tries. */
#include "instrument/restore/scratch.h"
#include "base/file.h"
#include "instrument/restore/internal.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NOBODY 65534
#define MEMORY_BYTES (UINT64_C(16) << 30)
#define STOP_NS (20 * YJ_NS_PER_S)
#define TRIES 64
#define HOME_MAX 90 /* a socket's path has to be short */

static const struct {
    const char *name;
    const yj_scratch_engine *engine;
    bool copied; /* the client wants a path, and reads only what lies in its home */
} kinds[] = {
    [YJ_DUMP_NONE] = { "none", NULL, false },
    [YJ_DUMP_PG_CUSTOM] = { "postgresql-custom", &yj_scratch_postgres, false },
    [YJ_DUMP_PG_TAR] = { "postgresql-tar", &yj_scratch_postgres, false },
    [YJ_DUMP_PG_PLAIN] = { "postgresql-plain", &yj_scratch_postgres, false },
    [YJ_DUMP_PG_DIRECTORY] = { "postgresql-directory", &yj_scratch_postgres, true },
    [YJ_DUMP_MYSQL] = { "mysql-plain", &yj_scratch_mysql, false },
    [YJ_DUMP_SQLITE_PLAIN] = { "sqlite-plain", &yj_scratch_sqlite, false },
    [YJ_DUMP_SQLITE_FILE] = { "sqlite-file", &yj_scratch_sqlite, true },
};

const char *yj_dump_name(yj_dump_kind k)
{
    return kinds[k].name;
}

/* --- what it is ------------------------------------------------------------------------------- */

static bool begins(const char *s, const char *with)
{
    return strncmp(s, with, strlen(with)) == 0;
}

/* Since 2024 the dumps of MariaDB begin with a line that only its own client understands. */
static const char *behind_sandbox_line(const char *head)
{
    const char *end = begins(head, "/*!999999") || begins(head, "/*M!999999") ? strchr(head, '\n') : NULL;
    return end ? end + 1 : head;
}

static yj_dump_kind guess(const char *head)
{
    const char *mysql = behind_sandbox_line(head);
    if (begins(head, "PGDMP"))
        return YJ_DUMP_PG_CUSTOM;
    if (begins(head, "--\n-- PostgreSQL database dump"))
        return YJ_DUMP_PG_PLAIN;
    if (memcmp(head, "toc.dat", sizeof "toc.dat") == 0)
        return YJ_DUMP_PG_TAR;
    if (begins(mysql, "-- MySQL dump") || begins(mysql, "-- MariaDB dump"))
        return YJ_DUMP_MYSQL;
    if (begins(head, "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;"))
        return YJ_DUMP_SQLITE_PLAIN;
    if (memcmp(head, "SQLite format 3", sizeof "SQLite format 3") == 0)
        return YJ_DUMP_SQLITE_FILE;
    return YJ_DUMP_NONE;
}

/* @param ret_mode of what was opened */
static yj_status read_head(int at, const char *name, const char *path, char head[static 128],
                           mode_t *ret_mode, yj_error *err)
{
    struct stat st = { .st_mode = 0 };
    int fd = openat(at, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    ssize_t n = fd >= 0 && fstat(fd, &st) == 0 ? S_ISDIR(st.st_mode) ? 0 : read(fd, head, 127) : -1;
    int why = errno;
    if (fd >= 0)
        close(fd);
    errno = why;
    if (n < 0)
        return yj_fail_sys(err, yj_file_status(errno), "cannot read %s", path);
    *ret_mode = st.st_mode;
    return YJ_OK;
}

yj_status yj_dump_guess(const char *path, yj_dump_kind *ret, yj_error *err)
{
    char head[128] = "";
    mode_t mode = 0;
    YJ_TRY(read_head(AT_FDCWD, path, path, head, &mode, err));
    *ret = guess(head);
    if (!S_ISDIR(mode))
        return YJ_OK;
    int at = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool whole =
        at >= 0 && read_head(at, "toc.dat", path, head, &mode, NULL) == YJ_OK && begins(head, "PGDMP");
    *ret = whole ? YJ_DUMP_PG_DIRECTORY : YJ_DUMP_NONE;
    if (at >= 0)
        close(at);
    return YJ_OK;
}

/* --- its bytes -------------------------------------------------------------------------------- */

static yj_status open_dump(int at, const char *name, const char *path, int *ret, yj_error *err)
{
    struct stat st;
    int fd =
        openat(at, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (at == AT_FDCWD ? 0 : O_NOFOLLOW));
    if (fd < 0)
        return yj_fail_sys(err, yj_file_status(errno), "cannot open %s", path);
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return yj_fail(err, YJ_E_INVALID, "%s is not a file", path);
    }
    *ret = fd;
    return YJ_OK;
}

/* @param to where the copy lies; NULL: none is made */
static yj_status take_file(int at, const char *name, const char *path, const char *to, yj_digest *ret,
                           yj_error *err)
{
    int fd, out = -1;
    YJ_TRY(open_dump(at, name, path, &fd, err));
    yj_status s = YJ_OK;
    if (to) {
        out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        s = out >= 0 ? YJ_OK : yj_fail_sys(err, yj_file_status(errno), "cannot create %s", to);
    }
    s = s == YJ_OK ? yj_hash_fd(YJ_HASH_SHA256, fd, out, path, ret, err) : s;
    close(fd);
    if (out >= 0)
        close(out);
    return s == YJ_OK && to ? yj_scratch_hand_over(to, err) : s;
}

static int no_dots(const struct dirent *d)
{
    return strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void free_names(struct dirent **name, int n)
{
    for (int i = 0; i < n; i++)
        free(name[i]);
    free(name);
}

static yj_status take_named(int at, const char *name, const char *dump, const char *to, yj_hasher *lines,
                            yj_error *err)
{
    char from[2 * PATH_MAX], copy[2 * PATH_MAX], hex[2 * YJ_HASH_LEN + 1];
    yj_digest d;
    snprintf(from, sizeof from, "%s/%s", dump, name);
    snprintf(copy, sizeof copy, "%s/%s", to ? to : "", name);
    YJ_TRY(take_file(at, name, from, to ? copy : NULL, &d, err));
    yj_digest_hex(&d, hex);
    yj_hasher_add(lines, hex, strlen(hex));
    yj_hasher_add(lines, "  ", 2);
    yj_hasher_add(lines, name, strlen(name));
    yj_hasher_add(lines, "\n", 1);
    return YJ_OK;
}

static yj_status take_folder(const char *path, const char *to, yj_digest *ret, yj_error *err)
{
    yj_auto(yj_hasher_freep) yj_hasher *lines = yj_hasher_new(YJ_HASH_SHA256);
    struct dirent **name = NULL;
    if (!lines)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    int at = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int n = at >= 0 ? scandirat(at, ".", &name, no_dots, by_bytes) : -1;
    yj_status s = n >= 0 ? YJ_OK : yj_fail_sys(err, yj_file_status(errno), "cannot read %s", path);
    if (s == YJ_OK && to && mkdir(to, 0700) != 0)
        s = yj_fail_sys(err, yj_file_status(errno), "cannot create %s", to);
    s = s == YJ_OK && to ? yj_scratch_hand_over(to, err) : s;
    if (s == YJ_OK)
        yj_hasher_begin(lines);
    for (int i = 0; s == YJ_OK && i < n; i++)
        s = take_named(at, name[i]->d_name, path, to, lines, err);
    if (s == YJ_OK)
        yj_hasher_end(lines, ret);
    free_names(name, n);
    if (at >= 0)
        close(at);
    return s;
}

static yj_status take_dump(const yj_scratch *s, const char *to, yj_digest *ret, yj_error *err)
{
    return s->kind == YJ_DUMP_PG_DIRECTORY ? take_folder(s->dump, to, ret, err)
                                           : take_file(AT_FDCWD, s->dump, s->dump, to, ret, err);
}

static yj_status folder_size(const char *path, uint64_t *ret, yj_error *err)
{
    struct dirent *e;
    struct stat st;
    DIR *d = opendir(path);
    size_t n = 0;
    if (!d)
        return yj_fail_sys(err, yj_file_status(errno), "cannot read %s", path);
    while ((e = readdir(d)) && n <= YJ_DUMP_FILES_MAX)
        if (no_dots(e) && ++n && fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
            *ret += (uint64_t)st.st_size;
    closedir(d);
    return n <= YJ_DUMP_FILES_MAX
               ? YJ_OK
               : yj_fail(err, YJ_E_LIMIT, "%s holds more than %d files", path, YJ_DUMP_FILES_MAX);
}

static yj_status measure(const char *path, yj_dump_kind kind, uint64_t *ret, yj_error *err)
{
    struct stat st;
    *ret = 0;
    if (kind == YJ_DUMP_PG_DIRECTORY)
        return folder_size(path, ret, err);
    if (stat(path, &st) != 0)
        return yj_fail_sys(err, yj_file_status(errno), "cannot open %s", path);
    *ret = (uint64_t)st.st_size;
    return YJ_OK;
}

/* --- the place -------------------------------------------------------------------------------- */

yj_status yj_scratch_hand_over(const char *path, yj_error *err)
{
    if (geteuid() != 0 || chown(path, NOBODY, NOBODY) == 0)
        return YJ_OK;
    return yj_fail_sys(err, yj_file_status(errno), "cannot create %s", path);
}

static yj_status make_home(yj_scratch *s, yj_error *err)
{
    uint64_t bytes = 0;
    YJ_TRY(measure(s->dump, s->kind, &bytes, err));
    YJ_TRY(
        yj_place_find(s->engine->empty_bytes + s->engine->grows * bytes + (kinds[s->kind].copied ? bytes : 0),
                      &s->place, err));
    YJ_TRY(yj_keeper_make(s->place.path, "yunjian-private", &s->keeper, err));
    if ((size_t)snprintf(s->home, sizeof s->home, "%s/db", yj_keeper_path(s->keeper)) >= HOME_MAX)
        return yj_fail(err, YJ_E_INVALID, "%s is too long a path for a socket in it", s->place.path);
    if (mkdir(s->home, 0700) != 0 || (geteuid() == 0 && chmod(yj_keeper_path(s->keeper), 0711) != 0))
        return yj_fail_sys(err, yj_file_status(errno), "cannot create %s", s->home);
    return yj_scratch_hand_over(s->home, err);
}

yj_confined yj_scratch_job(const yj_scratch *s, char path[static 128], const char **argv)
{
    snprintf(path, 128, "%s/%s", s->bin, argv[0]);
    argv[0] = path;
    return (yj_confined){ .argv = argv,
                          .input_fd = -1,
                          .given_fd = -1,
                          .home = s->home,
                          .memory_bytes = MEMORY_BYTES,
                          .user = NOBODY };
}

yj_status yj_scratch_run(const yj_scratch *s, const char **argv, yj_error *err)
{
    char path[128];
    const char *name = argv[0];
    int code = -1;
    const yj_confined c = yj_scratch_job(s, path, argv);
    YJ_TRY(yj_confined_run(&c, &code, err));
    if (code != 0 && yj_place_full(&s->place))
        return yj_fail(err, YJ_E_FULL, "%s has no room for a database", s->place.path);
    return code == 0
               ? YJ_OK
               : yj_fail(err, YJ_E_IO, "a scratch database cannot be made (%s: exit code %d)", name, code);
}

bool yj_scratch_lost(const yj_scratch *s, int64_t until_ns)
{
    return yj_monotonic_ns() > until_ns || !yj_confined_lives(s->server);
}

void yj_scratch_keep_said(yj_scratch *s, yj_confined_process *p)
{
    yj_span said = yj_confined_said(p);
    memcpy(s->said, said.ptr, said.len);
    s->said[said.len] = '\0';
}

yj_status yj_scratch_start(const char *path, yj_dump_kind kind, yj_scratch **ret, yj_error *err)
{
    yj_auto(yj_scratch_endp) yj_scratch *s = calloc(1, sizeof *s);
    if (!s)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    *s = (yj_scratch){ .engine = kinds[kind].engine, .kind = kind, .dump = path };
    YJ_TRY(s->engine->find(s, err));
    YJ_TRY(make_home(s, err));
    if (kinds[kind].copied)
        snprintf(s->copy, sizeof s->copy, "%s/dump", s->home);
    YJ_TRY(s->engine->start(s, err));
    *ret = yj_take(s);
    return YJ_OK;
}

const char *yj_scratch_url(const yj_scratch *s)
{
    return s->url;
}

const char *yj_scratch_passwords(const yj_scratch *s)
{
    return s->passwords[0] ? s->passwords : NULL;
}

bool yj_scratch_in_memory(const yj_scratch *s)
{
    return s->place.memory;
}

const char *yj_scratch_said(const yj_scratch *s)
{
    return s->said;
}

void yj_scratch_end(yj_scratch *s)
{
    const struct timespec pause = { 0, 5000000 };
    if (s->server) {
        int64_t until = yj_monotonic_ns() + (s->engine->stop ? STOP_NS : 0);
        yj_confined_signal(s->server, s->engine->stop);
        while (yj_confined_lives(s->server) && yj_monotonic_ns() < until)
            nanosleep(&pause, NULL);
        yj_confined_end(s->server);
    }
    if (s->keeper)
        yj_keeper_end(s->keeper);
    free(s);
}

/* --- restoring -------------------------------------------------------------------------------- */

/* One try. @param fd the dump; -1: the client reads the copy */
static yj_status run_client(yj_scratch *s, int fd, int *ret_code, yj_error *err)
{
    char path[128];
    const char *argv[YJ_CONFINED_ARGS_MAX + 1] = { NULL };
    size_t n = s->engine->client(s, argv);
    argv[n] = NULL;
    yj_confined c = yj_scratch_job(s, path, argv);
    yj_auto(yj_confined_endp) yj_confined_process *p = NULL;
    if (fd >= 0 && lseek(fd, 0, SEEK_SET) != 0)
        return yj_fail_sys(err, YJ_E_IO, "cannot read %s", s->dump);
    c.input_fd = fd;
    YJ_TRY(yj_confined_start(&c, &p, err));
    *ret_code = yj_confined_wait(p);
    yj_scratch_keep_said(s, p);
    if (*ret_code == YJ_CONFINED_EXIT_NO_WALLS || *ret_code == YJ_CONFINED_EXIT_NO_PROGRAM)
        return yj_fail(err, YJ_E_IO, "the program that restores cannot be confined or run here");
    return YJ_OK;
}

static yj_status try_all(yj_scratch *s, int fd, bool *ret_good, yj_error *err)
{
    int code = -1;
    for (int tries = 0; tries <= TRIES; tries++) {
        if (s->engine->empty)
            YJ_TRY(s->engine->empty(s, err));
        YJ_TRY(run_client(s, fd, &code, err));
        if (code == 0 || !s->engine->mend || !s->engine->mend(s))
            break;
    }
    *ret_good = code == 0;
    if (code != 0 && yj_place_full(&s->place))
        return yj_fail(err, YJ_E_FULL, "%s has no room for a database", s->place.path);
    return code == 0 && s->engine->finish ? s->engine->finish(s, ret_good, err) : YJ_OK;
}

yj_status yj_scratch_restore(yj_scratch *s, bool *ret_good, yj_digest *ret_file, yj_error *err)
{
    yj_digest after;
    int fd = -1;
    *ret_good = false;
    YJ_TRY(take_dump(s, s->copy[0] ? s->copy : NULL, ret_file, err));
    if (s->copy[0])
        return try_all(s, -1, ret_good, err);
    YJ_TRY(open_dump(AT_FDCWD, s->dump, s->dump, &fd, err));
    yj_status st = try_all(s, fd, ret_good, err);
    if (st == YJ_OK && lseek(fd, 0, SEEK_SET) == 0)
        st = yj_hash_fd(YJ_HASH_SHA256, fd, -1, s->dump, &after, err);
    close(fd);
    if (st == YJ_OK && memcmp(after.b, ret_file->b, sizeof after.b) != 0)
        st = yj_fail(err, YJ_E_INVALID, "it changed while it was read: %s", s->dump);
    return st;
}
