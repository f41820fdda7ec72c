// SPDX-License-Identifier: Apache-2.0
/* The child's side: the hidden command, and its walls. */
#include "base/confined.h"
#include "base/sandbox.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DESCRIPTORS 256

/* --- files ------------------------------------------------------------------------------------ */

#define FS_TRUNCATE (UINT64_C(1) << 14)  /* ABI 3 */
#define FS_IOCTL_DEV (UINT64_C(1) << 15) /* ABI 5 */
#define NET_TCP UINT64_C(3)              /* ABI 4 */
#define SCOPES UINT64_C(3)               /* ABI 6 */
#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

typedef struct ruleset {
    uint64_t fs, net, scoped;
} ruleset;

static bool grant_fd(int rules, int fd, uint64_t access)
{
    struct stat st;
    struct landlock_path_beneath_attr a = { .allowed_access = access, .parent_fd = fd };
    if (fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode))
        a.allowed_access &=
            LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_EXECUTE;
    return syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &a, 0) == 0;
}

static bool grant(int rules, const char *path, uint64_t access)
{
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return true; /* what is not there cannot be read */
    bool good = grant_fd(rules, fd, access);
    close(fd);
    return good;
}

static bool grant_all(int rules, const char *home, uint64_t everything)
{
    static const char *const programs[] = { "/usr", "/lib", "/lib64", "/bin", "/sbin" };
    static const char *const files[] = { "/etc", "/proc/self", "/dev/urandom", "/dev/random", "/dev/zero" };
    bool good = grant(rules, "/dev/null", READ | LANDLOCK_ACCESS_FS_WRITE_FILE);
    for (size_t i = 0; good && i < YJ_COUNT(programs); i++)
        good = grant(rules, programs[i], READ | LANDLOCK_ACCESS_FS_EXECUTE);
    for (size_t i = 0; good && i < YJ_COUNT(files); i++)
        good = grant(rules, files[i], READ);
    struct stat st;
    if (good && fstat(YJ_CONFINED_GIVEN_FD, &st) == 0 && S_ISREG(st.st_mode))
        good = grant_fd(rules, YJ_CONFINED_GIVEN_FD, READ);
    return good && (!home[0] || grant(rules, home, everything & ~(uint64_t)LANDLOCK_ACCESS_FS_EXECUTE));
}

static bool shut_files(const char *home)
{
    int abi = yj_sandbox_landlock();
    if (abi == 0)
        return true; /* an older kernel; whoever reports says so */
    ruleset r = { .fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1 };
    size_t size = abi < 4 ? sizeof r.fs : abi < 6 ? 2 * sizeof r.fs : sizeof r;
    r.fs |= (abi >= 2 ? LANDLOCK_ACCESS_FS_REFER : 0) | (abi >= 3 ? FS_TRUNCATE : 0) |
            (abi >= 5 ? FS_IOCTL_DEV : 0);
    r.net = abi >= 4 ? NET_TCP : 0;
    r.scoped = abi >= 6 ? SCOPES : 0;
    int rules = (int)syscall(SYS_landlock_create_ruleset, &r, size, 0);
    bool good =
        rules >= 0 && grant_all(rules, home, r.fs) && syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    if (rules >= 0)
        close(rules);
    return good;
}

/* --- limits, system calls --------------------------------------------------------------------- */

#define CALL(name) SCMP_SYS(name)

static const int refused[] = {
    CALL(ptrace),
    CALL(process_vm_readv),
    CALL(process_vm_writev),
    CALL(pidfd_getfd),
    CALL(kcmp),
    CALL(mount),
    CALL(umount2),
    CALL(fsopen),
    CALL(fsmount),
    CALL(move_mount),
    CALL(open_tree),
    CALL(mount_setattr),
    CALL(pivot_root),
    CALL(chroot),
    CALL(unshare),
    CALL(setns),
    CALL(open_by_handle_at),
    CALL(name_to_handle_at),
    CALL(bpf),
    CALL(perf_event_open),
    CALL(io_uring_setup),
    CALL(io_uring_enter),
    CALL(io_uring_register),
    CALL(keyctl),
    CALL(add_key),
    CALL(request_key),
    CALL(init_module),
    CALL(finit_module),
    CALL(delete_module),
    CALL(kexec_load),
    CALL(kexec_file_load),
    CALL(reboot),
    CALL(swapon),
    CALL(swapoff),
    CALL(userfaultfd),
    CALL(settimeofday),
    CALL(clock_settime),
    CALL(adjtimex),
    CALL(clock_adjtime),
    CALL(sethostname),
    CALL(setdomainname),
    CALL(iopl),
    CALL(ioperm),
    CALL(syslog),
    CALL(acct),
    CALL(quotactl),
    CALL(mknod),
    CALL(mknodat),
    CALL(fanotify_init),
};

static bool filter_calls(void)
{
    static const uint64_t new_user = 0x10000000; /* CLONE_NEWUSER: the way to all other name spaces */
    scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);
    int e = f ? 0 : -ENOMEM;
    for (size_t i = 0; i < YJ_COUNT(refused) && e == 0; i++)
        e = seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), refused[i], 0);
    e = e ? e
          : seccomp_rule_add(f, SCMP_ACT_ERRNO(EACCES), CALL(socket), 1, SCMP_A0(SCMP_CMP_NE, AF_UNIX, 0));
    e = e ? e
          : seccomp_rule_add(f, SCMP_ACT_ERRNO(EACCES), CALL(socketpair), 1,
                             SCMP_A0(SCMP_CMP_NE, AF_UNIX, 0));
    e = e ? e
          : seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), CALL(clone), 1,
                             SCMP_A0(SCMP_CMP_MASKED_EQ, new_user, new_user));
    e = e ? e : seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), CALL(clone3), 0); /* its flags cannot be seen */
    e = e ? e : seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), CALL(ioctl), 1, SCMP_A1(SCMP_CMP_EQ, TIOCSTI, 0));
    e = e ? e : seccomp_load(f);
    if (f)
        seccomp_release(f);
    return e == 0;
}

static bool put_up(const char *home, uint64_t memory)
{
    return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           shut_files(home) && yj_sandbox_limit(RLIMIT_CORE, 0) &&
           yj_sandbox_limit(RLIMIT_NOFILE, DESCRIPTORS) && yj_sandbox_limit(RLIMIT_MSGQUEUE, 0) &&
           (home[0] || yj_sandbox_limit(RLIMIT_FSIZE, 0)) &&
           (!yj_sandbox_limits_memory() || yj_sandbox_limit(RLIMIT_AS, memory)) && filter_calls();
}

/* Root only; for good. */
static bool become(int64_t user)
{
    if (user == 0 || geteuid() != 0)
        return true;
    uid_t id = (uid_t)user;
    return user > 0 && user < INT32_MAX && setgroups(0, NULL) == 0 && setresgid(id, id, id) == 0 &&
           setresuid(id, id, id) == 0;
}

bool yj_confined_child(int argc, char **argv)
{
    int64_t memory = 0, user = 0;
    if (argc < 6 || strcmp(argv[1], YJ_CONFINED_COMMAND) != 0)
        return false;
    const char *home = argv[4];
    char where[4096 + 8];
    snprintf(where, sizeof where, "HOME=%s", home[0] ? home : "/");
    char path[] = "PATH=/usr/bin:/bin", locale[] = "LC_ALL=C.UTF-8", term[] = "TERM=dumb";
    char *environment[] = { where, path, locale, term, NULL };
    umask(077);
    if (!yj_span_i64(yj_span_of(argv[2]), &memory) || memory <= 0 ||
        !yj_span_i64(yj_span_of(argv[3]), &user) || !become(user) || chdir(home[0] ? home : "/") != 0 ||
        !put_up(home, (uint64_t)memory))
        _exit(YJ_CONFINED_EXIT_NO_WALLS);
    execve(argv[5], argv + 5, environment);
    _exit(YJ_CONFINED_EXIT_NO_PROGRAM);
}
