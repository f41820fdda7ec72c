// SPDX-License-Identifier: Apache-2.0
#include "test.h"

#include "base/json.h"
#include "peer.h"
#include "run.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static char certificates[64];
static pid_t maker;

static void forget_certificates(void)
{
    if (getpid() == maker)
        yj_ignore(yj_dir_remove(certificates, NULL));
}

static void make_certificates(void)
{
    char cert[96], key[96];
    if (certificates[0])
        return;
    strcpy(certificates, "/tmp/yj-cert-XXXXXX");
    assert_non_null(mkdtemp(certificates));
    maker = getpid();
    atexit(forget_certificates);
    snprintf(cert, sizeof cert, "%s/cert.pem", certificates);
    snprintf(key, sizeof key, "%s/key.pem", certificates);
    const char *const argv[] = { "openssl",
                                 "req",
                                 "-x509",
                                 "-newkey",
                                 "ec",
                                 "-pkeyopt",
                                 "ec_paramgen_curve:prime256v1",
                                 "-nodes",
                                 "-days",
                                 "2",
                                 "-subj",
                                 "/CN=localhost",
                                 "-addext",
                                 "subjectAltName=DNS:localhost,IP:127.0.0.1",
                                 "-keyout",
                                 key,
                                 "-out",
                                 cert,
                                 NULL };
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    pid_t pid = yj_test_run(argv, null, null, null);
    int status = 0;
    close(null);
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

const char *peer_ca_file(void)
{
    static char path[96];
    make_certificates();
    snprintf(path, sizeof path, "%s/cert.pem", certificates);
    return path;
}

void peer_start(peer *p, const char *kind, const char *const args[])
{
    const char *script = getenv("NOTICE_PEER");
    const char *argv[16] = { script, kind, p->folder };
    char key[96];
    int in[2], out[2];
    size_t n = 3;
    assert_non_null(script);
    snprintf(p->folder, sizeof p->folder, "/tmp/yj-peer-XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    for (size_t i = 0; args && args[i]; i++)
        argv[n++] = strcmp(args[i], "CERT") == 0 ? peer_ca_file() : args[i];
    snprintf(key, sizeof key, "%s/key.pem", certificates);
    for (size_t i = 3; i < n; i++)
        if (strcmp(argv[i], "KEY") == 0)
            argv[i] = key;
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    p->pid = yj_test_run(argv, in[0], out[1], -1); /* it ends with its standard input, so with the test */
    assert_true(p->pid > 0);
    close(in[0]);
    close(out[1]);
    p->keep = in[1];
    char line[16] = "";
    size_t got = 0;
    for (ssize_t r = 1; got < sizeof line - 1 && r > 0 && !strchr(line, '\n'); got += (size_t)r) {
        r = read(out[0], line + got, sizeof line - 1 - got);
        if (r < 0)
            break;
    }
    close(out[0]);
    int64_t port = 0;
    if (!strchr(line, '\n') || !yj_span_i64((yj_span){ line, strcspn(line, "\n") }, &port))
        fail_msg("the %s peer did not start", kind);
    p->port = (int)port;
}

void peer_stop(peer *p)
{
    if (p->pid <= 0)
        return;
    close(p->keep);
    kill(p->pid, SIGKILL);
    waitpid(p->pid, NULL, 0);
    yj_ignore(yj_dir_remove(p->folder, NULL));
    p->pid = 0;
}

/* Names of what is whole, in the order in which it came. */
static size_t names(const peer *p, size_t nth, char *ret, size_t cap)
{
    yj_names all = { 0 };
    yj_error err = { 0 };
    size_t n = 0;
    assert_status(yj_dir_list(p->folder, &all, &err), YJ_OK);
    for (size_t i = 0; i < all.count; i++) {
        size_t len = strlen(all.name[i]);
        if (len < 5 || strcmp(all.name[i] + len - 5, ".json") != 0)
            continue;
        if (n++ == nth && ret)
            snprintf(ret, cap, "%s/%s", p->folder, all.name[i]);
    }
    yj_names_free(&all);
    return n;
}

size_t peer_count(const peer *p)
{
    return names(p, 0, NULL, 0);
}

bool peer_hangs(const peer *p)
{
    char path[96];
    snprintf(path, sizeof path, "%s/hangs", p->folder);
    return yj_path_exists(path);
}

json_t *peer_kept(const peer *p, size_t n)
{
    char path[400] = "";
    yj_auto(yj_buf_done) yj_buf text;
    yj_error err = { 0 };
    json_t *v = NULL;
    names(p, n, path, sizeof path);
    yj_buf_init(&text, (size_t)4 << 20);
    assert_status(yj_file_read(path, (size_t)4 << 20, &text, &err), YJ_OK);
    assert_status(yj_json_parse(yj_buf_view(&text), (size_t)4 << 20, &v, &err), YJ_OK);
    return v;
}
