// SPDX-License-Identifier: Apache-2.0
/* The child's side of the sandbox: limits, Landlock, seccomp. */
#include "base/sandbox.h"
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED true
#endif
#endif
#ifndef SANITIZED
#define SANITIZED false
#endif

bool yj_sandbox_limits_memory(void)
{
    return !SANITIZED;
}

/* --- limits -----------------------------------------------------------------------------------------------
 */

bool yj_sandbox_limit(int which, uint64_t value)
{
    struct rlimit r;
    if (getrlimit((__rlimit_resource_t)which, &r) != 0)
        return false;
    r.rlim_max = r.rlim_max < value ? r.rlim_max : value;
    r.rlim_cur = r.rlim_max;
    return setrlimit((__rlimit_resource_t)which, &r) == 0;
}

static yj_status set_limits(const yj_sandbox_walls *w, yj_error *err)
{
    uint64_t seconds = (uint64_t)(w->time_ms + 999) / 1000 + 1; /* the wall clock comes first */
    bool good = (SANITIZED || yj_sandbox_limit(RLIMIT_AS, w->memory_bytes)) &&
                yj_sandbox_limit(RLIMIT_CPU, seconds) && yj_sandbox_limit(RLIMIT_CORE, 0) &&
                yj_sandbox_limit(RLIMIT_FSIZE, 0) && yj_sandbox_limit(RLIMIT_NPROC, 0) &&
                yj_sandbox_limit(RLIMIT_NOFILE, 16) && yj_sandbox_limit(RLIMIT_MEMLOCK, 0) &&
                yj_sandbox_limit(RLIMIT_MSGQUEUE, 0);
    return good ? YJ_OK : yj_fail_sys(err, YJ_E_IO, "cannot limit the process for foreign bytes");
}

/* --- Landlock ---------------------------------------------------------------------------------------------
 */

/* By raw calls, for the C library has none; what follows is newer than the headers of Debian 12. */

#define FS_TRUNCATE (UINT64_C(1) << 14)  /* ABI 3 */
#define FS_IOCTL_DEV (UINT64_C(1) << 15) /* ABI 5 */
#define NET_TCP UINT64_C(3)              /* ABI 4: bind and connect */
#define SCOPES UINT64_C(3)               /* ABI 6: abstract sockets and signals */

typedef struct ruleset {
    uint64_t fs, net, scoped;
} ruleset;

int yj_sandbox_landlock(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return abi < 0 ? 0 : (int)abi;
}

static bool grant(int rules, const char *path, uint64_t access)
{
    struct stat st;
    struct landlock_path_beneath_attr a = { .allowed_access = access };
    a.parent_fd = open(path, O_PATH | O_CLOEXEC);
    if (a.parent_fd < 0)
        return true; /* what is not there cannot be read */
    if (fstat(a.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
        a.allowed_access &= LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE;
    bool good = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &a, 0) == 0;
    close(a.parent_fd);
    return good;
}

/* The loader of shared libraries, which the system runs in the name of a program. */
static int find_loader(struct dl_phdr_info *info, size_t size, void *ret)
{
    for (size_t i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_INTERP)
            *(const char **)ret = (const char *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
    return 1; /* the program itself comes first: no more */
}

static bool grant_all(int rules, const yj_sandbox_walls *w)
{
    static const uint64_t look = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
    static const uint64_t run = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE;
    const char *loader = NULL;
    bool good = true;
    if (w->program) {
        dl_iterate_phdr(find_loader, &loader);
        good = grant(rules, w->program, run) && (!loader || grant(rules, loader, run));
    }
    for (const char *const *p = w->read; good && p && *p; p++)
        good = grant(rules, *p, look);
    return good && (!SANITIZED || grant(rules, "/proc", look));
}

static yj_status shut_files(const yj_sandbox_walls *w, yj_error *err)
{
    int abi = yj_sandbox_landlock();
    if (abi == 0)
        return YJ_OK; /* an older kernel: what seccomp refuses must do */
    ruleset r = { .fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1 };
    size_t size = abi < 4 ? sizeof r.fs : abi < 6 ? 2 * sizeof r.fs : sizeof r;
    r.fs |= (abi >= 2 ? LANDLOCK_ACCESS_FS_REFER : 0) | (abi >= 3 ? FS_TRUNCATE : 0) |
            (abi >= 5 ? FS_IOCTL_DEV : 0);
    r.net = abi >= 4 ? NET_TCP : 0;
    r.scoped = abi >= 6 ? SCOPES : 0;
    int rules = (int)syscall(SYS_landlock_create_ruleset, &r, size, 0);
    bool good = rules >= 0 && grant_all(rules, w) && syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    if (!good)
        yj_fail_sys(err, YJ_E_IO, "cannot shut files away from the process for foreign bytes");
    if (rules >= 0)
        close(rules);
    return good ? YJ_OK : YJ_E_IO;
}

/* --- seccomp ----------------------------------------------------------------------------------------------
 */

#define CALL(name) SCMP_SYS(name)

/* What the C and C++ libraries and a parser need: memory, what is open, clocks, their own end. */
static const int let_through[] = {
    CALL(read),
    CALL(readv),
    CALL(pread64),
    CALL(preadv),
    CALL(write),
    CALL(writev),
    CALL(lseek),
    CALL(close),
    CALL(mmap),
    CALL(munmap),
    CALL(mremap),
    CALL(mprotect),
    CALL(madvise),
    CALL(brk),
    CALL(fstat),
    CALL(newfstatat),
    CALL(stat),
    CALL(lstat),
    CALL(statx),
    CALL(access),
    CALL(faccessat),
    CALL(faccessat2),
    CALL(readlink),
    CALL(readlinkat),
    CALL(getdents64),
    CALL(getcwd),
    CALL(dup),
    CALL(poll),
    CALL(rt_sigaction),
    CALL(rt_sigprocmask),
    CALL(rt_sigreturn),
    CALL(sigaltstack),
    CALL(futex),
    CALL(exit),
    CALL(exit_group),
    CALL(arch_prctl),
    CALL(set_tid_address),
    CALL(set_robust_list),
    CALL(rseq),
    CALL(getrandom),
    CALL(clock_gettime),
    CALL(clock_getres),
    CALL(clock_nanosleep),
    CALL(nanosleep),
    CALL(gettimeofday),
    CALL(time),
    CALL(times),
    CALL(getrusage),
    CALL(getrlimit),
    CALL(sysinfo),
    CALL(uname),
    CALL(getpid),
    CALL(getppid),
    CALL(gettid),
    CALL(getuid),
    CALL(geteuid),
    CALL(getgid),
    CALL(getegid),
    CALL(sched_yield),
    CALL(sched_getaffinity),
    CALL(restart_syscall),
};

/* What no parser does: whoever tries this has been taken over. */
static const int deadly[] = {
    CALL(clone),
    CALL(fork),
    CALL(vfork),
    CALL(socket),
    CALL(socketpair),
    CALL(connect),
    CALL(bind),
    CALL(listen),
    CALL(accept),
    CALL(accept4),
    CALL(sendto),
    CALL(sendmsg),
    CALL(ptrace),
    CALL(process_vm_readv),
    CALL(process_vm_writev),
    CALL(kill),
    CALL(mount),
    CALL(umount2),
    CALL(chroot),
    CALL(pivot_root),
    CALL(unshare),
    CALL(setns),
    CALL(setuid),
    CALL(setgid),
    CALL(bpf),
    CALL(perf_event_open),
    CALL(io_uring_setup),
    CALL(keyctl),
    CALL(init_module),
    CALL(finit_module),
    CALL(userfaultfd),
    CALL(reboot),
};

static int fill_filter(scmp_filter_ctx f, const yj_sandbox_walls *w)
{
    static const uint64_t writing = O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND;
    int e = 0;
    for (size_t i = 0; i < YJ_COUNT(let_through) && e == 0; i++)
        e = seccomp_rule_add(f, SCMP_ACT_ALLOW, let_through[i], 0);
    for (size_t i = 0; i < YJ_COUNT(deadly) && e == 0; i++)
        e = seccomp_rule_add(f, SCMP_ACT_KILL_PROCESS, deadly[i], 0);
    /* no owner, no signal, no lease: the system would signal others in its name */
    static const int on_files[] = { F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL };
    for (size_t i = 0; i < YJ_COUNT(on_files) && e == 0; i++)
        e = seccomp_rule_add(f, SCMP_ACT_ALLOW, CALL(fcntl), 1,
                             SCMP_A1(SCMP_CMP_EQ, (uint64_t)on_files[i], 0));
    /* the C library then takes clone, which is deadly */
    e = e ? e : seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), CALL(clone3), 0);
    /* abort() signals itself; is this a terminal?; limits are read, not those of others */
    e = e ? e
          : seccomp_rule_add(f, SCMP_ACT_ALLOW, CALL(tgkill), 1, SCMP_A0(SCMP_CMP_EQ, (uint64_t)getpid(), 0));
    e = e ? e : seccomp_rule_add(f, SCMP_ACT_ALLOW, CALL(ioctl), 1, SCMP_A1(SCMP_CMP_EQ, TCGETS, 0));
    e = e ? e : seccomp_rule_add(f, SCMP_ACT_ALLOW, CALL(prlimit64), 1, SCMP_A0(SCMP_CMP_EQ, 0, 0));
    if (w->worker) /* over the one socket that it has, and it gets none else */
        e = e ? e : seccomp_rule_add(f, SCMP_ACT_ALLOW, CALL(recvmsg), 1, SCMP_A0(SCMP_CMP_EQ, 0, 0));
    if (e || (!w->program && !w->read && !SANITIZED))
        return e;
    e = seccomp_rule_add(f, SCMP_ACT_ALLOW, CALL(openat), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, writing, O_RDONLY));
    e = e ? e
          : seccomp_rule_add(f, SCMP_ACT_ALLOW, CALL(open), 1,
                             SCMP_A1(SCMP_CMP_MASKED_EQ, writing, O_RDONLY));
    return e || !w->program ? e : seccomp_rule_add(f, SCMP_ACT_ALLOW, CALL(execve), 0);
}

static yj_status filter_calls(const yj_sandbox_walls *w, yj_error *err)
{
    scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (!f)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    int e = fill_filter(f, w);
    e = e ? e : seccomp_load(f);
    seccomp_release(f);
    errno = -e;
    return e ? yj_fail_sys(err, YJ_E_IO, "cannot filter the system calls of the process for foreign bytes")
             : YJ_OK;
}

/* --- all together -----------------------------------------------------------------------------------------
 */

yj_status yj_sandbox_enter(const yj_sandbox_walls *w, yj_error *err)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return yj_fail_sys(err, YJ_E_IO, "cannot limit the process for foreign bytes");
    YJ_TRY(shut_files(w, err));
    YJ_TRY(set_limits(w, err));
    return filter_calls(w, err);
}

void yj_sandbox_exec(const char *program, const char *const *argv)
{
    execve(program, (char *const *)(uintptr_t)argv, environ); /* empty, or what sanitizers need */
    _exit(YJ_SANDBOX_EXIT_NO_PROGRAM);
}

void yj_sandbox_leave(yj_span answer, int exit_code)
{
    while (answer.len > 0) {
        ssize_t n = write(STDOUT_FILENO, answer.ptr, answer.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        answer.ptr += n;
        answer.len -= (size_t)n;
    }
    _exit(exit_code);
}
