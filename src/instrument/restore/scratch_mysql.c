// SPDX-License-Identifier: Apache-2.0
/* Dumps of MySQL and MariaDB: a server of MariaDB. */
#include "instrument/restore/internal.h"
#include <errno.h>
#include <fcntl.h>
#include <mysql.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define PACKET_BYTES "1G" /* a row of a dump may be as long */

/* Fixed places, as for PostgreSQL. The client and the script that makes an empty one lie beside each other,
 * the server where programs of the system lie. */
static yj_status find_programs(yj_scratch *s, yj_error *err)
{
    static const char *const wanted[] = { "/usr/sbin/mariadbd", "/usr/bin/mariadb-install-db",
                                          "/usr/bin/mariadb" };
    for (size_t i = 0; i < YJ_COUNT(wanted); i++)
        if (access(wanted[i], X_OK) != 0)
            return yj_fail(
                err, YJ_E_MISSING,
                "a MariaDB server is not installed (packages mariadb-server-core and mariadb-client)");
    snprintf(s->bin, sizeof s->bin, "/usr/bin");
    return YJ_OK;
}

static MYSQL *reach(const yj_scratch *s, const char *database)
{
    char socket[PATH_MAX + 8];
    MYSQL *m = mysql_init(NULL);
    snprintf(socket, sizeof socket, "%s/s", s->home);
    if (!m || mysql_real_connect(m, NULL, "root", "", database, 0, socket, 0))
        return m;
    mysql_close(m);
    return NULL;
}

static yj_status wait_for_it(const yj_scratch *s, yj_error *err)
{
    const struct timespec pause = { 0, 20000000 };
    for (int64_t until = yj_monotonic_ns() + YJ_SCRATCH_START_NS;;) {
        MYSQL *m = reach(s, NULL);
        if (m) {
            mysql_close(m);
            return YJ_OK;
        }
        if (yj_scratch_lost(s, until))
            return yj_fail(err, YJ_E_IO, "a scratch MariaDB does not come up");
        nanosleep(&pause, NULL);
    }
}

/* The environment may hold a password for the other side; this one has none. */
static yj_status write_passwords(yj_scratch *s, yj_error *err)
{
    static const char none[] = "*:*:*:*:\n";
    snprintf(s->passwords, sizeof s->passwords, "%s/none", s->home);
    int fd = open(s->passwords, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool good = fd >= 0 && write(fd, none, sizeof none - 1) == (ssize_t)(sizeof none - 1);
    int why = errno;
    if (fd >= 0)
        close(fd);
    errno = why;
    return good ? YJ_OK : yj_fail_sys(err, YJ_E_IO, "cannot create %s", s->passwords);
}

static yj_status start(yj_scratch *s, yj_error *err)
{
    char path[128], data[PATH_MAX + 32], socket[PATH_MAX + 32], pid[PATH_MAX + 32], log[PATH_MAX + 32],
        temp[PATH_MAX + 32];
    snprintf(data, sizeof data, "--datadir=%s/data", s->home);
    snprintf(socket, sizeof socket, "--socket=%s/s", s->home);
    snprintf(pid, sizeof pid, "--pid-file=%s/pid", s->home);
    snprintf(log, sizeof log, "--log-error=%s/log", s->home);
    snprintf(temp, sizeof temp, "--tmpdir=%s", s->home);
    /* clang-format off */
    const char *init[] = { "mariadb-install-db", "--no-defaults", data, temp, "--auth-root-authentication-method=normal",
                           "--skip-test-db", "--skip-name-resolve", "--innodb-use-native-aio=0", NULL };
    const char *serve[] = { "mariadbd", "--no-defaults", data, socket, pid, log, temp, "--skip-networking",
                            "--skip-log-bin", "--skip-name-resolve", "--innodb-use-native-aio=0",
                            "--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0",
                            "--innodb-flush-method=nosync", "--innodb-buffer-pool-size=128M",
                            "--max-allowed-packet=" PACKET_BYTES, "--local-infile=0", "--event-scheduler=OFF", NULL };
    /* clang-format on */
    YJ_TRY(write_passwords(s, err));
    YJ_TRY(yj_scratch_run(s, init, err));
    yj_confined c = yj_scratch_job(s, path, serve);
    serve[0] = "/usr/sbin/mariadbd";
    YJ_TRY(yj_confined_start(&c, &s->server, err));
    return wait_for_it(s, err);
}

static yj_status make_empty(yj_scratch *s, yj_error *err)
{
    MYSQL *m = reach(s, NULL);
    bool good = m && mysql_query(m, "CREATE DATABASE " YJ_SCRATCH_DATABASE " CHARACTER SET utf8mb4") == 0;
    if (m)
        mysql_close(m);
    return good ? YJ_OK : yj_fail(err, YJ_E_IO, "the scratch MariaDB does not do as it is told");
}

/* It ends at the first error. */
static size_t client(yj_scratch *s, const char *argv[static YJ_CONFINED_ARGS_MAX])
{
    static const char *const words[] = { "mariadb",
                                         "--no-defaults",
                                         "--user=root",
                                         "--batch",
                                         "--max-allowed-packet=" PACKET_BYTES,
                                         "--local-infile=0",
                                         "--default-character-set=utf8mb4",
                                         "--database=" YJ_SCRATCH_DATABASE,
                                         "--protocol=socket" };
    size_t n = 0;
    for (size_t i = 0; i < YJ_COUNT(words); i++)
        argv[n++] = words[i];
    snprintf(s->file, sizeof s->file, "--socket=%s/s", s->home);
    argv[n++] = s->file;
    return n;
}

/* Everything but letters and digits, as "%2f". */
static void escape(const char *from, size_t room, char *to)
{
    static const char hex[] = "0123456789abcdef";
    size_t n = 0;
    for (; *from && n + 4 < room; from++) {
        unsigned char b = (unsigned char)*from;
        bool plain = (b >= '0' && b <= '9') || (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z');
        to[n++] = plain ? *from : '%';
        if (!plain) {
            to[n++] = hex[b >> 4];
            to[n++] = hex[b & 15];
        }
    }
    to[n] = '\0';
}

/* The databases that hold something. A dump made with --databases names its own. @param ret_name of one of
 * them */
static int databases(MYSQL *m, char ret_name[static 260])
{
    static const char sql[] =
        "SELECT DISTINCT table_schema FROM information_schema.tables WHERE table_schema NOT IN "
        "('mysql', 'information_schema', 'performance_schema', 'sys')";
    MYSQL_RES *r = mysql_query(m, sql) == 0 ? mysql_store_result(m) : NULL;
    MYSQL_ROW row = r ? mysql_fetch_row(r) : NULL;
    int n = r ? (int)mysql_num_rows(r) : -1;
    if (row)
        snprintf(ret_name, 260, "%s", row[0]);
    if (r)
        mysql_free_result(r);
    return n;
}

static yj_status finish(yj_scratch *s, bool *ret_good, yj_error *err)
{
    char name[260] = YJ_SCRATCH_DATABASE, database[3 * sizeof name], socket[256], at[3 * sizeof socket];
    MYSQL *m = reach(s, NULL);
    int n = m ? databases(m, name) : -1;
    if (m)
        mysql_close(m);
    *ret_good = n >= 0;
    if (n > 1)
        return yj_fail(err, YJ_E_INVALID, "%s makes %d databases: take a dump of one", s->dump, n);
    snprintf(socket, sizeof socket, "%.200s/s", s->home);
    escape(name, sizeof database, database);
    escape(socket, sizeof at, at);
    snprintf(s->url, sizeof s->url, "mysql://root@localhost/%s?socket=%s", database, at);
    return YJ_OK;
}

/* Its server starts no others: it is killed. */
const yj_scratch_engine yj_scratch_mysql = {
    .empty_bytes = UINT64_C(256) << 20,
    .grows = 6,
    .find = find_programs,
    .start = start,
    .empty = make_empty,
    .client = client,
    .finish = finish,
};
