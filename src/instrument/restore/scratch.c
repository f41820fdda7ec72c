// SPDX-License-Identifier: Apache-2.0
#include "instrument/restore/scratch.h"
#include "base/confined.h"
#include "base/file.h"
#include "base/keeper.h"
#include "base/time.h"
#include "instrument/decrypt/place.h"
#include <errno.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NOBODY 65534
#define CLUSTER_BYTES (UINT64_C(128) << 20) /* an empty one with its log */
#define GROWS 6                             /* times a dump, as a database, with room for its log */
#define MEMORY_BYTES (UINT64_C(16) << 30)
#define START_NS (180 * YJ_NS_PER_S)
#define STOP_NS (20 * YJ_NS_PER_S)
#define ROLES_MAX 64
#define PORT "5432" /* part of the socket's name; PGPORT is somebody else's */
#define READ_BYTES ((size_t)256 << 10)

struct yj_scratch {
    yj_keeper *keeper;
    yj_confined_process *server;
    yj_place place;
    char home[PATH_MAX], bin[64], url[PATH_MAX + 64], said[YJ_CONFINED_SAID_MAX + 1];
};

static const char *const kinds[] = { "none", "postgresql-custom", "postgresql-tar", "postgresql-plain" };

const char *yj_dump_name(yj_dump_kind k)
{
    return kinds[k];
}

yj_status yj_dump_guess(const char *path, yj_dump_kind *ret, yj_error *err)
{
    static const char plain[] = "--\n-- PostgreSQL database dump";
    char head[64] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    ssize_t n = fd >= 0 ? read(fd, head, sizeof head - 1) : -1;
    int why = errno;
    if (fd >= 0)
        close(fd);
    errno = why;
    if (n < 0)
        return yj_fail_sys(err, yj_file_status(errno), "cannot read %s", path);
    *ret = memcmp(head, "PGDMP", 5) == 0                    ? YJ_DUMP_PG_CUSTOM
           : memcmp(head, plain, sizeof plain - 1) == 0     ? YJ_DUMP_PG_PLAIN
           : memcmp(head, "toc.dat", sizeof "toc.dat") == 0 ? YJ_DUMP_PG_TAR
                                                            : YJ_DUMP_NONE;
    return YJ_OK;
}

/* --- the server ------------------------------------------------------------------------------- */

/* Fixed places, for a PATH may lead anywhere; the newest reads the dumps of all before it. */
static yj_status find_programs(yj_scratch *s, yj_error *err)
{
    char path[128];
    for (int version = 30; version >= 10; version--) {
        snprintf(s->bin, sizeof s->bin, "/usr/lib/postgresql/%d/bin", version);
        snprintf(path, sizeof path, "%s/initdb", s->bin);
        if (access(path, X_OK) == 0)
            return YJ_OK;
    }
    snprintf(s->bin, sizeof s->bin, "/usr/local/bin");
    if (access("/usr/local/bin/initdb", X_OK) == 0)
        return YJ_OK;
    return yj_fail(err, YJ_E_MISSING, "a PostgreSQL server is not installed (package postgresql)");
}

/* A program of PostgreSQL's, as it is run here. @param argv its name is the first */
static yj_confined job(const yj_scratch *s, char path[static 128], const char **argv)
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

static yj_status make_home(yj_scratch *s, uint64_t bytes, yj_error *err)
{
    YJ_TRY(yj_place_find(CLUSTER_BYTES + GROWS * bytes, &s->place, err));
    YJ_TRY(yj_keeper_make(s->place.path, "yunjian-private", &s->keeper, err));
    if ((size_t)snprintf(s->home, sizeof s->home, "%s/pg", yj_keeper_path(s->keeper)) >= 90)
        return yj_fail(err, YJ_E_INVALID, "%s is too long a path for a socket in it", s->place.path);
    bool root = geteuid() == 0;
    if (mkdir(s->home, 0700) != 0 || (root && chown(s->home, NOBODY, NOBODY) != 0) ||
        (root && chmod(yj_keeper_path(s->keeper), 0711) != 0))
        return yj_fail_sys(err, yj_file_status(errno), "cannot create %s", s->home);
    snprintf(s->url, sizeof s->url, "postgresql:///restored?host=%s&port=" PORT "&user=yunjian", s->home);
    return YJ_OK;
}

static yj_status init_cluster(const yj_scratch *s, yj_error *err)
{
    char path[128], data[PATH_MAX + 16];
    int code = -1;
    snprintf(data, sizeof data, "%s/data", s->home);
    const char *argv[] = { "initdb",
                           "-D",
                           data,
                           "-U",
                           "yunjian",
                           "--auth=trust",
                           "-E",
                           "UTF8",
                           "--locale=C.UTF-8",
                           "--no-sync",
                           "--no-instructions",
                           NULL };
    const yj_confined c = job(s, path, argv);
    YJ_TRY(yj_confined_run(&c, &code, err));
    if (code != 0 && yj_place_full(&s->place))
        return yj_fail(err, YJ_E_FULL, "%s has no room for a database", s->place.path);
    return code == 0
               ? YJ_OK
               : yj_fail(err, YJ_E_IO, "a scratch PostgreSQL cannot be made (initdb: exit code %d)", code);
}

static PGconn *reach(const yj_scratch *s, const char *database)
{
    const char *names[] = { "host", "port", "user", "dbname", NULL },
               *values[] = { s->home, PORT, "yunjian", database, NULL };
    return PQconnectdbParams(names, values, 0);
}

static yj_status wait_for_it(const yj_scratch *s, yj_error *err)
{
    const struct timespec pause = { 0, 20000000 };
    for (int64_t until = yj_monotonic_ns() + START_NS;;) {
        PGconn *c = reach(s, "postgres");
        bool up = PQstatus(c) == CONNECTION_OK;
        PQfinish(c);
        if (up)
            return YJ_OK;
        if (yj_monotonic_ns() > until || !yj_confined_lives(s->server))
            return yj_fail(err, YJ_E_IO, "a scratch PostgreSQL does not come up");
        nanosleep(&pause, NULL);
    }
}

/* No disk has to hold what is thrown away in a minute. */
static yj_status start_server(yj_scratch *s, yj_error *err)
{
    char path[128], data[PATH_MAX + 16];
    snprintf(data, sizeof data, "%s/data", s->home);
    const char *argv[] = { "postgres",
                           "-D",
                           data,
                           "-p",
                           PORT,
                           "-k",
                           s->home,
                           "-c",
                           "listen_addresses=",
                           "-c",
                           "fsync=off",
                           "-c",
                           "full_page_writes=off",
                           "-c",
                           "synchronous_commit=off",
                           "-c",
                           "max_connections=10",
                           "-c",
                           "dynamic_shared_memory_type=mmap",
                           "-c",
                           "autovacuum=off",
                           "-c",
                           "wal_level=minimal",
                           "-c",
                           "max_wal_senders=0",
                           "-c",
                           "log_min_messages=panic",
                           NULL };
    const yj_confined c = job(s, path, argv);
    YJ_TRY(yj_confined_start(&c, &s->server, err));
    return wait_for_it(s, err);
}

yj_status yj_scratch_start(uint64_t bytes, yj_scratch **ret, yj_error *err)
{
    yj_auto(yj_scratch_endp) yj_scratch *s = calloc(1, sizeof *s);
    if (!s)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    YJ_TRY(find_programs(s, err));
    YJ_TRY(make_home(s, bytes, err));
    YJ_TRY(init_cluster(s, err));
    YJ_TRY(start_server(s, err));
    *ret = yj_take(s);
    return YJ_OK;
}

const char *yj_scratch_url(const yj_scratch *s)
{
    return s->url;
}

bool yj_scratch_in_memory(const yj_scratch *s)
{
    return s->place.memory;
}

const char *yj_scratch_said(const yj_scratch *s)
{
    return s->said;
}

/* SIGQUIT: the server ends what it started, also the programs that a dump had it start, and itself. */
void yj_scratch_end(yj_scratch *s)
{
    const struct timespec pause = { 0, 5000000 };
    if (s->server) {
        yj_confined_signal(s->server, SIGQUIT);
        for (int64_t until = yj_monotonic_ns() + STOP_NS;
             yj_confined_lives(s->server) && yj_monotonic_ns() < until;)
            nanosleep(&pause, NULL);
        yj_confined_end(s->server);
    }
    if (s->keeper)
        yj_keeper_end(s->keeper);
    free(s);
}

/* --- restoring -------------------------------------------------------------------------------- */

static yj_status command(const yj_scratch *s, const char *sql, yj_error *err)
{
    PGconn *c = reach(s, "postgres");
    PGresult *r = PQexec(c, sql);
    bool good = PQresultStatus(r) == PGRES_COMMAND_OK;
    PQclear(r);
    PQfinish(c);
    return good ? YJ_OK : yj_fail(err, YJ_E_IO, "the scratch PostgreSQL does not do as it is told");
}

static yj_status digest(int fd, const char *path, yj_digest *ret, yj_error *err)
{
    yj_auto(yj_hasher_freep) yj_hasher *h = yj_hasher_new(YJ_HASH_SHA256);
    char *room = malloc(READ_BYTES);
    yj_status s = h && room ? YJ_OK : yj_fail(err, YJ_E_NOMEM, "out of memory");
    if (s == YJ_OK)
        yj_hasher_begin(h);
    for (ssize_t n = 1; s == YJ_OK && n != 0;) {
        n = read(fd, room, READ_BYTES);
        if (n < 0 && errno != EINTR)
            s = yj_fail_sys(err, YJ_E_IO, "cannot read %s", path);
        if (n > 0)
            yj_hasher_add(h, room, (size_t)n);
    }
    if (s == YJ_OK)
        yj_hasher_end(h, ret);
    free(room);
    return s;
}

/* One try. */
static yj_status run_client(yj_scratch *s, int fd, yj_dump_kind kind, int *ret_code, yj_error *err)
{
    char path[128];
    const char *plain[] = { "psql", "-X", "-q",      "-v", "ON_ERROR_STOP=1", "-h", s->home, "-p",
                            PORT,   "-U", "yunjian", "-d", "restored",        "-f", "-",     NULL };
    const char *packed[] = { "pg_restore", "-h",         s->home,           "-p",
                             PORT,         "-U",         "yunjian",         "-d",
                             "restored",   "--no-owner", "--no-privileges", "--exit-on-error",
                             NULL };
    yj_confined c = job(s, path, kind == YJ_DUMP_PG_PLAIN ? plain : packed);
    yj_auto(yj_confined_endp) yj_confined_process *p = NULL;
    if (lseek(fd, 0, SEEK_SET) != 0)
        return yj_fail_sys(err, YJ_E_IO, "cannot read %s", "the dump");
    c.input_fd = fd;
    YJ_TRY(yj_confined_start(&c, &p, err));
    *ret_code = yj_confined_wait(p);
    yj_span said = yj_confined_said(p);
    memcpy(s->said, said.ptr, said.len);
    s->said[said.len] = '\0';
    if (*ret_code == YJ_CONFINED_EXIT_NO_WALLS || *ret_code == YJ_CONFINED_EXIT_NO_PROGRAM)
        return yj_fail(err, YJ_E_IO, "the program that restores cannot be confined or run here");
    return YJ_OK;
}

/* Who owned things is no matter here, but a plain dump says it: the role that it missed is made. */
static bool make_role(const yj_scratch *s)
{
    static const char before[] = "role \"", after[] = "\" does not exist";
    const char *at = strstr(s->said, before), *end = at ? strstr(at, after) : NULL;
    if (!end)
        return false;
    at += sizeof before - 1;
    PGconn *c = reach(s, "postgres");
    char *name = PQescapeIdentifier(c, at, (size_t)(end - at)), sql[300];
    bool fits = name && (size_t)snprintf(sql, sizeof sql, "CREATE ROLE %s", name) < sizeof sql;
    PQfreemem(name);
    PQfinish(c);
    return fits && command(s, sql, NULL) == YJ_OK;
}

yj_status yj_scratch_restore(yj_scratch *s, const char *path, yj_dump_kind kind, bool *ret_good,
                             yj_digest *ret_file, yj_error *err)
{
    yj_digest after;
    int code = -1;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return yj_fail_sys(err, yj_file_status(errno), "cannot open %s", path);
    yj_status st = digest(fd, path, ret_file, err);
    for (int tries = 0; st == YJ_OK && tries <= ROLES_MAX; tries++) {
        st = tries ? command(s, "DROP DATABASE restored WITH (FORCE)", err) : YJ_OK;
        st = st == YJ_OK ? command(s, "CREATE DATABASE restored TEMPLATE template0", err) : st;
        st = st == YJ_OK ? run_client(s, fd, kind, &code, err) : st;
        if (st != YJ_OK || code == 0 || !make_role(s))
            break;
    }
    if (st == YJ_OK && code != 0 && yj_place_full(&s->place))
        st = yj_fail(err, YJ_E_FULL, "%s has no room for a database", s->place.path);
    if (st == YJ_OK && lseek(fd, 0, SEEK_SET) == 0)
        st = digest(fd, path, &after, err);
    if (st == YJ_OK && memcmp(after.b, ret_file->b, sizeof after.b) != 0)
        st = yj_fail(err, YJ_E_INVALID, "it changed while it was read: %s", path);
    close(fd);
    *ret_good = code == 0;
    return st;
}
