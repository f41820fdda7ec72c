// SPDX-License-Identifier: Apache-2.0
#include "pg.h"
#include "stores.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glob.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char admin[1024];     /* of the server */
static char own_admin[1200]; /* of our database */
static char own[1200];
static char database[64];
static char folder[64];
static pid_t server, starter;

static void die(const char *what, const char *why)
{
    fprintf(stderr, "PostgreSQL for tests: %s: %s\n", what, why);
    exit(1);
}

static void quiet(void *arg, const char *message)
{
    (void)arg;
    (void)message;
}

static void pause_ms(long ms)
{
    struct timespec t = { ms / 1000, ms % 1000 * 1000000 };
    nanosleep(&t, NULL);
}

/* --- a server of our own -------------------------------------------------------------------------------- */

static void find_program(const char *name, char *ret, size_t cap)
{
    char *path = strdup(getenv("PATH") ? getenv("PATH") : "");
    for (char *save = NULL, *d = path ? strtok_r(path, ":", &save) : NULL; d;
         d = strtok_r(NULL, ":", &save)) {
        snprintf(ret, cap, "%s/%s", d, name);
        if (access(ret, X_OK) == 0) {
            free(path);
            return;
        }
    }
    free(path);
    char pattern[256];
    snprintf(pattern, sizeof pattern, "/usr/lib/postgresql/*/bin/%s", name);
    glob_t g;
    if (glob(pattern, 0, NULL, &g) != 0)
        die(name, "not found; install postgresql-15 or set YJ_TEST_PG_URL");
    snprintf(ret, cap, "%s", g.gl_pathv[g.gl_pathc - 1]);
    globfree(&g);
}

/** In a child: give up root, which PostgreSQL refuses, and become the program. */
static void become(const char *const argv[])
{
    if (geteuid() == 0) {
        const struct passwd *p = getpwnam("postgres");
        if (!p || initgroups("postgres", p->pw_gid) != 0 || setgid(p->pw_gid) != 0 || setuid(p->pw_uid) != 0)
            _exit(126);
    }
    prctl(PR_SET_PDEATHSIG, SIGINT); /* a crashed test leaves no server behind */
    setenv("LC_ALL", "C", 1);
    unsetenv("LD_PRELOAD");
    char log[96];
    snprintf(log, sizeof log, "%s/log", folder);
    if (!freopen(log, "a", stdout) || dup2(STDOUT_FILENO, STDERR_FILENO) < 0 || chdir(folder) != 0)
        _exit(126);
    execv(argv[0], (char *const *)(uintptr_t)argv); /* execv changes nothing */
    _exit(127);
}

static pid_t start(const char *const argv[])
{
    pid_t pid = fork();
    if (pid == 0)
        become(argv);
    return pid;
}

static int free_port(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof a;
    if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) != 0 ||
        getsockname(fd, (struct sockaddr *)&a, &len) != 0)
        die("port", strerror(errno));
    close(fd);
    return ntohs(a.sin_port);
}

static void stop_server(void)
{
    if (getpid() != starter)
        return;
    if (server > 0) {
        kill(server, SIGINT); /* fast shutdown */
        waitpid(server, NULL, 0);
        server = 0;
    }
    if (folder[0])
        yj_test_folder_remove(folder);
}

static void start_server(void)
{
    char initdb[256], postgres[256], data[96], port[16];
    find_program("initdb", initdb, sizeof initdb);
    find_program("postgres", postgres, sizeof postgres);
    snprintf(folder, sizeof folder, "/tmp/yj-pg-XXXXXX");
    if (!mkdtemp(folder))
        die(folder, strerror(errno));
    const struct passwd *p = geteuid() == 0 ? getpwnam("postgres") : NULL;
    if (p && chown(folder, p->pw_uid, p->pw_gid) != 0)
        die(folder, strerror(errno));
    starter = getpid();
    atexit(stop_server);

    snprintf(data, sizeof data, "%s/data", folder);
    const char *const init[] = { initdb,  "-D", data,   "-U",         "postgres",  "-A",
                                 "trust", "-E", "UTF8", "--locale=C", "--no-sync", NULL };
    int status = 0;
    if (waitpid(start(init), &status, 0) < 0 || status != 0)
        die("initdb", "failed");
    snprintf(port, sizeof port, "%d", free_port());
    const char *const serve[] = { postgres, "-D", data, "-k", folder, "-h", "127.0.0.1", "-p", port, NULL };
    server = start(serve);
    snprintf(admin, sizeof admin, "host=%s port=%s user=postgres dbname=postgres", folder, port);
    for (int i = 0; PQping(admin) != PQPING_OK; i++) {
        if (i == 600 || waitpid(server, NULL, WNOHANG) != 0)
            die("server", "does not start");
        pause_ms(50);
    }
}

/* --- a database of our own ------------------------------------------------------------------------------ */

static void run(const char *conninfo, const char *sql, const char *alternative)
{
    PGconn *c = PQconnectdb(conninfo);
    PQsetNoticeProcessor(c, quiet, NULL);
    PGresult *r = PQexec(c, sql);
    if (alternative && PQresultStatus(r) != PGRES_COMMAND_OK) {
        PQclear(r);
        r = PQexec(c, alternative);
    }
    if (PQresultStatus(r) != PGRES_COMMAND_OK)
        die(sql, PQerrorMessage(c));
    PQclear(r);
    PQfinish(c);
}

/** The server's address with another user and database. */
static void address(char *ret, size_t cap, const char *user)
{
    char *why = NULL;
    PQconninfoOption *o = PQconninfoParse(admin, &why);
    if (!o)
        die("YJ_TEST_PG_URL", why);
    size_t len = (size_t)snprintf(ret, cap, "postgres:dbname=%s", database);
    for (const PQconninfoOption *p = o; p->keyword; p++) {
        if (!p->val || strcmp(p->keyword, "dbname") == 0 || (user && strcmp(p->keyword, "user") == 0) ||
            (user && strcmp(p->keyword, "password") == 0))
            continue;
        len += (size_t)snprintf(ret + len, cap - len, " %s='%s'", p->keyword, p->val);
    }
    if (user)
        snprintf(ret + len, cap - len, " user=%s password=yj", user);
    PQconninfoFree(o);
}

static void drop_database(void)
{
    if (getpid() != starter)
        return;
    char sql[128];
    snprintf(sql, sizeof sql, "DROP DATABASE IF EXISTS %s WITH (FORCE)", database);
    PGconn *c = PQconnectdb(admin);
    PQclear(PQexec(c, sql));
    PQfinish(c);
}

static void ensure(void)
{
    if (database[0])
        return;
    const char *url = getenv("YJ_TEST_PG_URL");
    starter = getpid();
    if (url && url[0])
        snprintf(admin, sizeof admin, "%s", url);
    else
        start_server();
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    snprintf(database, sizeof database, "yj_test_%d_%ld", (int)getpid(), now.tv_nsec);
    atexit(drop_database); /* runs before stop_server */

    char icu[256], plain[256];
    run(admin,
        "DO $$ BEGIN"
        "  CREATE ROLE yj_owner LOGIN CREATEROLE PASSWORD 'yj';"
        " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$",
        NULL);
    snprintf(icu, sizeof icu,
             "CREATE DATABASE %s OWNER yj_owner TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'"
             " LOCALE_PROVIDER icu ICU_LOCALE 'zh'",
             database);
    snprintf(plain, sizeof plain, "CREATE DATABASE %s OWNER yj_owner TEMPLATE template0 ENCODING 'UTF8'",
             database);
    run(admin, icu, plain);
    address(own, sizeof own, "yj_owner");
    address(own_admin, sizeof own_admin, NULL);
}

const char *yj_test_pg_url(void)
{
    ensure();
    return own;
}

const char *yj_test_pg_admin_url(void)
{
    ensure();
    return own_admin;
}

void yj_test_pg_clean(void)
{
    ensure();
    run(own_admin + strlen("postgres:"), "DROP SCHEMA IF EXISTS yunjian, yunjian_rule CASCADE", NULL);
}
