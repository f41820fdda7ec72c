// SPDX-License-Identifier: Apache-2.0
/* The server is killed at random instants under load, again and again. What it acknowledged must be there,
 * and the ledger must verify. The real program, over its real interface; one folder through all of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define KILLS 200
#define SECONDS_MAX 45 /* slow builds (sanitizers) stop here, but not before KILLS_MIN */
#define KILLS_MIN 20
#define CLIENTS 3
#define LIFE_US_MAX 60000
#define ACKED_MAX 2000000

typedef struct ack {
    char id[37];
    unsigned long number;
    long seq;
} ack;

static char folder[] = "/tmp/yj-crash-XXXXXX";
static char data[64], inst[37];
static ack *acked;
static size_t acked_count;
static unsigned long next_number = 1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int port;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Start the program; its standard output is read from the descriptor. */
static pid_t start(const char *const *argv, int *ret_fd)
{
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(fds[1], STDOUT_FILENO);
        close(fds[0]);
        close(fds[1]);
        execv(getenv("YUNJIAN"), (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    close(fds[1]);
    *ret_fd = fds[0];
    return pid;
}

/* Run it to its end; all of its output, freed by the caller. */
static char *output(const char *const *argv, int *ret_code)
{
    int fd = -1, status = 0;
    pid_t pid = start(argv, &fd);
    size_t len = 0, cap = 1 << 16;
    char *text = malloc(cap);
    assert_non_null(text);
    for (;;) {
        if (cap - len < 4096)
            assert_non_null(text = realloc(text, cap *= 2));
        ssize_t n = read(fd, text + len, cap - len - 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        len += (size_t)n;
    }
    text[len] = '\0';
    close(fd);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    *ret_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
    return text;
}

#define RUN(ret_code, ...)                                                                                   \
    output((const char *const[]){ "yunjian", __VA_ARGS__, "--data", data, NULL }, ret_code)

/* --- the server and its clients --------------------------------------------------------------- */

static pid_t serve(void)
{
    int fd = -1;
    pid_t pid = start((const char *const[]){ "yunjian", "serve", "--open", "--data", data, NULL }, &fd);
    char line[256];
    size_t len = 0;
    while (len < sizeof line - 1) {
        ssize_t n = read(fd, line + len, 1);
        if (n <= 0 || line[len++] == '\n')
            break;
    }
    line[len] = '\0';
    close(fd);
    char *colon = strrchr(line, ':');
    if (strncmp(line, "listening on ", 13) != 0 || !colon)
        fail_msg("the server did not start: %s", line);
    port = (int)strtol(colon + 1, NULL, 10);
    return pid;
}

static int dial(void)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)port),
                              .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* One answer: status and body. False when the connection ends before it is complete. */
static bool read_answer(int fd, int *ret_status, char *body, size_t size)
{
    char text[16384];
    size_t len = 0;
    for (;;) {
        ssize_t n = recv(fd, text + len, sizeof text - len - 1, 0);
        if (n <= 0)
            return false;
        len += (size_t)n;
        text[len] = '\0';
        char *end = strstr(text, "\r\n\r\n"), *at = strstr(text, "Content-Length: ");
        if (!end || !at || at > end)
            continue;
        size_t want = (size_t)strtoul(at + 16, NULL, 10), have = len - (size_t)(end + 4 - text);
        if (have < want)
            continue;
        *ret_status = (int)strtol(text + 9, NULL, 10);
        snprintf(body, size, "%.*s", (int)want, end + 4);
        return true;
    }
}

static void remember(const char *body, unsigned long number)
{
    const char *id = strstr(body, "\"id\":\""), *seq = strstr(body, "\"seq\":");
    if (!id || !seq)
        return;
    pthread_mutex_lock(&lock);
    if (acked_count < ACKED_MAX) {
        ack *a = &acked[acked_count++];
        snprintf(a->id, sizeof a->id, "%s", id + 6);
        a->number = number;
        a->seq = strtol(seq + 6, NULL, 10);
    }
    pthread_mutex_unlock(&lock);
}

/* Creates records until the connection breaks. */
static void *client(void *unused)
{
    (void)unused;
    int fd = dial();
    while (fd >= 0) {
        pthread_mutex_lock(&lock);
        unsigned long number = next_number++;
        pthread_mutex_unlock(&lock);
        char body[128], request[512], answer[8192];
        int status = 0;
        int n = snprintf(body, sizeof body, "{\"fields\":{\"number\":\"%lu\",\"name\":\"n%lu\"}}", number,
                         number);
        n = snprintf(request, sizeof request,
                     "POST /api/v1/institutions/%s/records/person HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
                     "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
                     inst, port, n, body);
        if (send(fd, request, (size_t)n, MSG_NOSIGNAL) != n ||
            !read_answer(fd, &status, answer, sizeof answer))
            break;
        if (status == 201)
            remember(answer, number);
    }
    if (fd >= 0)
        close(fd);
    return NULL;
}

static void live_and_die(unsigned *seed)
{
    pid_t pid = serve();
    pthread_t threads[CLIENTS];
    for (int i = 0; i < CLIENTS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, client, NULL), 0);
    struct timespec life = { 0, (long)(rand_r(seed) % LIFE_US_MAX) * 1000 };
    nanosleep(&life, NULL);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    for (int i = 0; i < CLIENTS; i++)
        pthread_join(threads[i], NULL);
}

/* --- what must hold --------------------------------------------------------------------------- */

static int by_id(const void *a, const void *b)
{
    return strcmp(((const ack *)a)->id, ((const ack *)b)->id);
}

static int by_seq(const void *a, const void *b)
{
    long x = ((const ack *)a)->seq, y = ((const ack *)b)->seq;
    return (x > y) - (x < y);
}

/* Every acknowledged record stands in the export ("id,number,name,..."), once, as it was sent. */
static void check_all(void)
{
    int code = -1;
    char *said = RUN(&code, "ledger", "verify");
    if (code != 0)
        fail_msg("the ledger does not verify: %s", said);
    free(said);
    char *csv = RUN(&code, "export", "-", "--kind", "person");
    assert_int_equal(code, 0);
    qsort(acked, acked_count, sizeof *acked, by_id);
    size_t found = 0;
    char *rest = NULL;
    for (char *line = strtok_r(csv, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        ack key = { .id = "" };
        snprintf(key.id, sizeof key.id, "%.36s", line);
        const ack *a = bsearch(&key, acked, acked_count, sizeof *acked, by_id);
        if (!a)
            continue; /* written, but its answer never arrived */
        char wanted[96];
        snprintf(wanted, sizeof wanted, "%s,%lu,n%lu,", a->id, a->number, a->number);
        assert_int_equal(strncmp(line, wanted, strlen(wanted)), 0);
        found++;
    }
    free(csv);
    assert_int_equal(found, acked_count);
    qsort(acked, acked_count, sizeof *acked, by_seq);
    for (size_t i = 1; i < acked_count; i++)
        assert_true(acked[i - 1].seq < acked[i].seq);
}

static void server__killed_at_any_instant__keeps_what_it_acknowledged(void **state)
{
    unsigned seed = (unsigned)time(NULL);
    double began = now();
    int kills = 0;
    while (kills < KILLS && (now() - began < SECONDS_MAX || kills < KILLS_MIN)) {
        live_and_die(&seed);
        if (++kills % 50 == 0)
            check_all();
    }
    check_all();
    print_message("# %d kills, %zu acknowledged records, %.1f s\n", kills, acked_count, now() - began);
    assert_true(acked_count > 0);
}

static int make_installation(void **state)
{
    acked = calloc(ACKED_MAX, sizeof *acked);
    if (!acked || !mkdtemp(folder))
        return -1;
    snprintf(data, sizeof data, "%s/data", folder);
    char core[4096];
    snprintf(core, sizeof core, "%s/packs/core", getenv("SOURCE_ROOT"));
    int code = -1;
    free(output((const char *const[]){ "yunjian", "init", data, "--packs", core, NULL }, &code));
    if (code != 0)
        return -1;
    free(RUN(&code, "institution", "add", "--code", "a", "--name", "A"));
    char *list = RUN(&code, "institution", "list", "--json");
    const char *id = strstr(list, "\"id\":\"");
    if (id)
        snprintf(inst, sizeof inst, "%s", id + 6);
    free(list);
    return code == 0 && id ? 0 : -1;
}

static int remove_installation(void **state)
{
    free(acked);
    pid_t pid = fork();
    if (pid == 0) {
        execlp("rm", "rm", "-rf", folder, (char *)NULL);
        _exit(127);
    }
    return pid > 0 && waitpid(pid, NULL, 0) == pid ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(server__killed_at_any_instant__keeps_what_it_acknowledged),
    };
    return cmocka_run_group_tests(tests, make_installation, remove_installation);
}
