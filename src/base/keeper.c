// SPDX-License-Identifier: Apache-2.0
#include "base/keeper.h"
#include "base/file.h"
#include "base/hash.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define DIGITS 16
#define ENDING ".tmp"
#define RELEASED 'r'

struct yj_keeper {
    pid_t pid;
    int pipe, folder; /* -1: none */
    char path[PATH_MAX];
};

static void close_at(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* --- the second process ----------------------------------------------------------------------- */

/* Is it a name that we give? Nothing else is ever removed. */
static bool is_made_here(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    size_t n = strlen(name), tail = 1 + DIGITS + strlen(ENDING);
    return name[0] == '.' && n > tail + 1 && name[n - tail] == '.' &&
           strspn(name + n - tail + 1, "0123456789abcdef") == DIGITS &&
           strcmp(name + n - strlen(ENDING), ENDING) == 0;
}

bool yj_keeper_child(int argc, char **argv)
{
    if (argc != 3 || strcmp(argv[1], YJ_KEEPER_COMMAND) != 0)
        return false;
    if (!is_made_here(argv[2]))
        _exit(1);
    char said = '\0';
    ssize_t n;
    static const int deaf[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };
    for (size_t i = 0; i < YJ_COUNT(deaf); i++)
        signal(deaf[i], SIG_IGN);
    do {
        n = read(STDIN_FILENO, &said, 1);
    } while (n < 0 && errno == EINTR);
    bool fine = (n == 1 && said == RELEASED) || yj_dir_remove(argv[2], NULL) == YJ_OK;
    _exit(fine ? 0 : 1);
}

/* A session of its own: the terminal's signals do not reach it. */
static int start(yj_keeper *k, int from)
{
    char name[] = "yunjian", command[] = YJ_KEEPER_COMMAND;
    char *argv[] = { name, command, k->path, NULL }, *environment[] = { NULL };
    posix_spawnattr_t attr;
    posix_spawn_file_actions_t files;
    int e = posix_spawnattr_init(&attr);
    if (e)
        return e;
    e = posix_spawn_file_actions_init(&files);
    if (e) {
        posix_spawnattr_destroy(&attr);
        return e;
    }
    e = posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSID);
    e = e ? e : posix_spawn_file_actions_adddup2(&files, from, STDIN_FILENO);
    e = e ? e : posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    e = e ? e : posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    e = e ? e : posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
    e = e ? e : posix_spawn(&k->pid, "/proc/self/exe", &files, &attr, argv, environment);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attr);
    return e;
}

/* --- what was left ---------------------------------------------------------------------------- */

static bool is_ours(const char *name, const char *stem)
{
    size_t n = strlen(stem);
    if (name[0] != '.' || strncmp(name + 1, stem, n) != 0 || name[1 + n] != '.')
        return false;
    const char *digits = name + n + 2;
    return strspn(digits, "0123456789abcdef") == DIGITS && strcmp(digits + DIGITS, ENDING) == 0;
}

/* Whoever uses one holds its lock. */
static void remove_left(const char *in, const char *name)
{
    char path[PATH_MAX];
    struct stat st;
    if ((size_t)snprintf(path, sizeof path, "%s/%s", in, name) >= sizeof path)
        return;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return;
    if (fstat(fd, &st) == 0 && st.st_uid == geteuid() && flock(fd, LOCK_EX | LOCK_NB) == 0)
        yj_ignore(yj_dir_remove(path, NULL));
    close(fd);
}

static void sweep(const char *in, const char *stem)
{
    yj_names names;
    if (yj_dir_list(in, &names, NULL) != YJ_OK)
        return;
    for (size_t i = 0; i < names.count; i++)
        if (is_ours(names.name[i], stem))
            remove_left(in, names.name[i]);
    yj_names_free(&names);
}

/* --- the first -------------------------------------------------------------------------------- */

static yj_status make_folder(yj_keeper *k, yj_error *err)
{
    if (mkdir(k->path, 0700) != 0)
        return yj_fail_sys(err, yj_file_status(errno), "cannot create %s", k->path);
    k->folder = open(k->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (k->folder < 0 || flock(k->folder, LOCK_EX | LOCK_NB) != 0)
        return yj_fail_sys(err, YJ_E_IO, "cannot open %s", k->path);
    return YJ_OK;
}

yj_status yj_keeper_make(const char *in, const char *stem, yj_keeper **ret, yj_error *err)
{
    assert(in && stem && ret);
    int ends[2];
    uint64_t tag;
    yj_auto(yj_keeper_endp) yj_keeper *k = calloc(1, sizeof *k);
    if (!k)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    k->pid = -1;
    k->pipe = k->folder = -1;
    yj_random(&tag, sizeof tag);
    if ((size_t)snprintf(k->path, sizeof k->path, "%s/.%s.%016llx" ENDING, in, stem,
                         (unsigned long long)tag) >= sizeof k->path)
        return yj_fail(err, YJ_E_INVALID, "a path is longer than %d bytes", PATH_MAX - 1);
    sweep(in, stem);
    if (pipe2(ends, O_CLOEXEC) != 0)
        return yj_fail_sys(err, YJ_E_IO, "cannot start the process that cleans up");
    k->pipe = ends[1];
    int e = start(k, ends[0]);
    close(ends[0]);
    if (e) {
        k->pid = -1;
        errno = e;
        return yj_fail_sys(err, YJ_E_IO, "cannot start the process that cleans up");
    }
    YJ_TRY(make_folder(k, err));
    *ret = yj_take(k);
    return YJ_OK;
}

const char *yj_keeper_path(const yj_keeper *k)
{
    return k->path;
}

int yj_keeper_fd(const yj_keeper *k)
{
    return k->folder;
}

/* Where the file system cannot refuse to replace, nothing but an empty folder made in between could be. */
static bool rename_to_new(const char *from, const char *to)
{
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return true;
    struct stat st;
    if (errno != EINVAL && errno != ENOSYS)
        return false;
    if (lstat(to, &st) == 0) {
        errno = EEXIST;
        return false;
    }
    return rename(from, to) == 0;
}

yj_status yj_keeper_release(yj_keeper *k, const char *as, yj_error *err)
{
    static const char released = RELEASED;
    if (!rename_to_new(k->path, as))
        return errno == EEXIST ? yj_fail(err, YJ_E_CONFLICT, "%s exists already", as)
                               : yj_fail_sys(err, yj_file_status(errno), "cannot write %s", as);
    /* should this fail, the other process finds no folder of the old name */
    while (write(k->pipe, &released, 1) < 0 && errno == EINTR)
        ;
    return yj_dir_sync_of(as, err);
}

void yj_keeper_end(yj_keeper *k)
{
    close_at(&k->folder);
    close_at(&k->pipe); /* it sees the end, and removes what is there */
    while (k->pid > 0 && waitpid(k->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    free(k);
}
