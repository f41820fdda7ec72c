// SPDX-License-Identifier: Apache-2.0
/* Dumps of PostgreSQL: a server of it. */
#include "instrument/restore/internal.h"
#include <libpq-fe.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define PORT "5432" /* part of the socket's name; PGPORT is somebody else's */

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

static PGconn *reach(const yj_scratch *s, const char *database)
{
    const char *names[] = { "host", "port", "user", "dbname", "options", NULL },
               *values[] = { s->home, PORT, "yunjian", database, "-c client_min_messages=error", NULL };
    return PQconnectdbParams(names, values, 0);
}

static yj_status wait_for_it(const yj_scratch *s, yj_error *err)
{
    const struct timespec pause = { 0, 20000000 };
    for (int64_t until = yj_monotonic_ns() + YJ_SCRATCH_START_NS;;) {
        PGconn *c = reach(s, "postgres");
        bool up = PQstatus(c) == CONNECTION_OK;
        PQfinish(c);
        if (up)
            return YJ_OK;
        if (yj_scratch_lost(s, until))
            return yj_fail(err, YJ_E_IO, "a scratch PostgreSQL does not come up");
        nanosleep(&pause, NULL);
    }
}

/* No disk has to hold what is thrown away in a minute. */
static yj_status start(yj_scratch *s, yj_error *err)
{
    char path[128], data[PATH_MAX + 16];
    snprintf(data, sizeof data, "%s/data", s->home);
    snprintf(s->url, sizeof s->url,
             "postgresql:///" YJ_SCRATCH_DATABASE "?host=%s&port=" PORT "&user=yunjian", s->home);
    /* clang-format off */
    const char *init[] = { "initdb", "-D", data, "-U", "yunjian", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8",
                           "--no-sync", "--no-instructions", NULL };
    const char *serve[] = { "postgres", "-D", data, "-p", PORT, "-k", s->home,
                            "-c", "listen_addresses=", "-c", "fsync=off", "-c", "full_page_writes=off",
                            "-c", "synchronous_commit=off", "-c", "max_connections=10",
                            "-c", "dynamic_shared_memory_type=mmap", "-c", "autovacuum=off",
                            "-c", "wal_level=minimal", "-c", "max_wal_senders=0",
                            "-c", "log_min_messages=panic", NULL };
    /* clang-format on */
    YJ_TRY(yj_scratch_run(s, init, err));
    const yj_confined c = yj_scratch_job(s, path, serve);
    YJ_TRY(yj_confined_start(&c, &s->server, err));
    return wait_for_it(s, err);
}

static yj_status command(const yj_scratch *s, const char *sql, yj_error *err)
{
    PGconn *c = reach(s, "postgres");
    PGresult *r = PQexec(c, sql);
    bool good = PQresultStatus(r) == PGRES_COMMAND_OK;
    PQclear(r);
    PQfinish(c);
    return good ? YJ_OK : yj_fail(err, YJ_E_IO, "the scratch PostgreSQL does not do as it is told");
}

static yj_status make_empty(yj_scratch *s, yj_error *err)
{
    YJ_TRY(command(s, "DROP DATABASE IF EXISTS " YJ_SCRATCH_DATABASE " WITH (FORCE)", err));
    return command(s, "CREATE DATABASE " YJ_SCRATCH_DATABASE " TEMPLATE template0", err);
}

static size_t client(yj_scratch *s, const char *argv[static YJ_CONFINED_ARGS_MAX])
{
    bool plain = s->kind == YJ_DUMP_PG_PLAIN;
    const char *common[] = {
        plain ? "psql" : "pg_restore", "-h", s->home, "-p", PORT, "-U", "yunjian", "-d", YJ_SCRATCH_DATABASE
    };
    const char *psql[] = { "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-" };
    const char *packed[] = { "--no-owner", "--no-privileges", "--exit-on-error" };
    size_t n = 0;
    for (size_t i = 0; i < YJ_COUNT(common); i++)
        argv[n++] = common[i];
    for (size_t i = 0; i < (plain ? YJ_COUNT(psql) : YJ_COUNT(packed)); i++)
        argv[n++] = plain ? psql[i] : packed[i];
    if (s->copy[0])
        argv[n++] = s->copy;
    return n;
}

/* Who owned things is no matter here, but a plain dump says it: the role that it missed is made. */
static bool make_role(yj_scratch *s)
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

/* At SIGQUIT the server ends what it started, also the programs that a dump had it start, and itself. */
const yj_scratch_engine yj_scratch_postgres = {
    .empty_bytes = UINT64_C(128) << 20,
    .grows = 6,
    .stop = SIGQUIT,
    .find = find_programs,
    .start = start,
    .empty = make_empty,
    .client = client,
    .mend = make_role,
};
