// SPDX-License-Identifier: Apache-2.0
#include "../base/test.h"

#include "run.h"
#include "slapd.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROGRAM "/usr/sbin/slapd"
#define ADDER "/usr/sbin/slapadd"

static const char config[] = "include /etc/ldap/schema/core.schema\n"
                             "include /etc/ldap/schema/cosine.schema\n"
                             "include /etc/ldap/schema/inetorgperson.schema\n"
                             "modulepath /usr/lib/ldap\n"
                             "moduleload back_mdb\n"
                             "moduleload memberof\n"
                             "TLSCertificateFile %s\n"
                             "TLSCertificateKeyFile %s\n"
                             "database mdb\n"
                             "suffix \"dc=example,dc=com\"\n"
                             "maxsize 16777216\n"
                             "directory %s\n"
                             "overlay memberof\n"
                             "access to attrs=userPassword by anonymous auth by * none\n"
                             "access to * by users read by anonymous auth\n";

static const char entries[] =
    "dn: dc=example,dc=com\nobjectClass: dcObject\nobjectClass: organization\no: Example\ndc: example\n\n"
    "dn: cn=reader,dc=example,dc=com\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\n"
    "cn: reader\nuserPassword: reader-secret\n\n"
    "dn: ou=people,dc=example,dc=com\nobjectClass: organizationalUnit\nou: people\n\n"
    "dn: uid=lisi,ou=people,dc=example,dc=com\nobjectClass: inetOrgPerson\nuid: lisi\ncn:: 5p2O5Zub\n"
    "sn:: 5p2O\nmail: lisi@example.com\nuserPassword: Passw0rd!l\n"
    "entryUUID: 0f1e2d3c-0000-4000-8000-00000000000a\n"
    "memberOf: cn=auditors,dc=example,dc=com\n\n"
    "dn: uid=wangwu,ou=people,dc=example,dc=com\nobjectClass: inetOrgPerson\nuid: wangwu\ncn: Wang Wu\n"
    "sn: Wang\nuserPassword: Passw0rd!w\n\n"
    "dn:: dWlkPeW8oOS4iSxvdT1wZW9wbGUsZGM9ZXhhbXBsZSxkYz1jb20=\nobjectClass: inetOrgPerson\nuid:: 5byg5LiJ\n"
    "cn:: 5byg5LiJ\nsn:: 5byg\nuserPassword: Passw0rd!z\n\n"
    "dn: cn=twin 1,ou=people,dc=example,dc=com\nobjectClass: inetOrgPerson\nuid: twin\ncn: twin 1\nsn: Twin\n"
    "userPassword: Passw0rd!t\n\n"
    "dn: cn=twin 2,ou=people,dc=example,dc=com\nobjectClass: inetOrgPerson\nuid: twin\ncn: twin 2\nsn: Twin\n"
    "userPassword: Passw0rd!t\n\n"
    "dn: cn=auditors,dc=example,dc=com\nobjectClass: groupOfNames\ncn: auditors\n"
    "member: uid=lisi,ou=people,dc=example,dc=com\n";

static void put(const slapd *s, const char *name, const char *text)
{
    char path[128];
    yj_error err = { 0 };
    snprintf(path, sizeof path, "%s/%s", s->folder, name);
    assert_status(yj_file_write(path, yj_span_of(text), 0600, &err), YJ_OK);
}

/* What it says goes into the file "said". It ends with the test (setpriv). */
static pid_t launch(const slapd *s, const char *const argv[])
{
    char said[128];
    const char *all[32] = { "setpriv", "--pdeathsig", "KILL" };
    snprintf(said, sizeof said, "%s/said", s->folder);
    for (size_t i = 0, at = 3; argv[i]; i++) {
        assert_true(at + 1 < YJ_COUNT(all));
        all[at++] = argv[i];
    }
    int fd = open(said, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    pid_t pid = yj_test_run(all, -1, fd, fd);
    assert_true(pid > 0);
    close(fd);
    return pid;
}

static int free_port(void)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    close(fd);
    return ntohs(a.sin_port);
}

static bool answers(int port)
{
    struct sockaddr_in a = { .sin_family = AF_INET,
                             .sin_addr = { htonl(INADDR_LOOPBACK) },
                             .sin_port = htons((uint16_t)port) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool ok = connect(fd, (struct sockaddr *)&a, sizeof a) == 0;
    close(fd);
    return ok;
}

/* False if it has ended: somebody else may have taken the port meanwhile. */
static bool comes_up(slapd *s)
{
    while (!answers(s->port) || !answers(s->tls_port)) {
        int status = 0;
        if (waitpid(s->pid, &status, WNOHANG) == s->pid)
            return false;
        nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
    }
    return true;
}

static void fail_with_words(const slapd *s)
{
    char path[128];
    yj_error err = { 0 };
    yj_auto(yj_buf_done) yj_buf said;
    yj_buf_init(&said, 1 << 16);
    snprintf(path, sizeof path, "%s/said", s->folder);
    yj_ignore(yj_file_read(path, 1 << 16, &said, &err));
    fail_msg("slapd does not start: %s", said.ptr ? said.ptr : "");
}

static void load(const slapd *s)
{
    char conf[128], ldif[128];
    int status = 0;
    snprintf(conf, sizeof conf, "%s/slapd.conf", s->folder);
    snprintf(ldif, sizeof ldif, "%s/entries.ldif", s->folder);
    pid_t pid = launch(s, (const char *const[]){ ADDER, "-q", "-f", conf, "-l", ldif, NULL });
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (status != 0)
        fail_with_words(s);
}

void slapd_start(slapd *s, const char *cert, const char *key)
{
    char text[4096], db[128], conf[128], urls[128];
    yj_error err = { 0 };
    *s = (slapd){ .pid = 0 };
    snprintf(s->folder, sizeof s->folder, "/tmp/yj-slapd-XXXXXX");
    assert_non_null(mkdtemp(s->folder));
    snprintf(db, sizeof db, "%s/db", s->folder);
    snprintf(conf, sizeof conf, "%s/slapd.conf", s->folder);
    assert_status(yj_dir_make(db, &err), YJ_OK);
    snprintf(text, sizeof text, config, cert, key, db);
    put(s, "slapd.conf", text);
    put(s, "entries.ldif", entries);
    load(s);
    for (int i = 0; i < 5; i++) {
        s->port = free_port();
        s->tls_port = free_port();
        snprintf(urls, sizeof urls, "ldap://127.0.0.1:%d ldaps://127.0.0.1:%d", s->port, s->tls_port);
        s->pid = launch(s, (const char *const[]){ PROGRAM, "-f", conf, "-h", urls, "-d", "0", NULL });
        if (comes_up(s))
            return;
    }
    fail_with_words(s);
}

void slapd_stop(slapd *s)
{
    if (s->pid > 0) {
        kill(s->pid, SIGKILL);
        waitpid(s->pid, NULL, 0);
    }
    yj_ignore(yj_dir_remove(s->folder, NULL));
    s->pid = 0;
}
