// SPDX-License-Identifier: Apache-2.0
/* What other programs decrypt: OpenPGP by gpg, 7z by 7-Zip. */
#include "base/confined.h"
#include "base/file.h"
#include "base/keeper.h"
#include "base/time.h"
#include "instrument/decrypt/internal.h"
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define HOME_BYTES (UINT64_C(16) << 20) /* what a home of gpg takes at most */
#define MEMORY_BYTES (UINT64_C(8) << 30)
#define AGENT_NS (60 * YJ_NS_PER_S)
#define READ_BYTES ((size_t)64 << 10)

static const char *const gpg[] = { "/usr/bin/gpg", "/usr/local/bin/gpg" };
static const char *const agent[] = { "/usr/bin/gpg-agent", "/usr/local/bin/gpg-agent" };
/* the program itself: what lies in /usr/bin of p7zip is a script */
static const char *const seven_zip[] = { "/usr/bin/7zz",      "/usr/lib/7zip/7zz",  "/usr/lib/7zip/7za",
                                         "/usr/lib/7zip/7z",  "/usr/lib/p7zip/7za", "/usr/lib/p7zip/7z",
                                         "/usr/local/bin/7zz" };

const char *yj_dec_program(const char *const *paths, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (access(paths[i], X_OK) == 0)
            return paths[i];
    return NULL;
}

static void close_fdp(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

/* The exit codes that are the hidden command's own. */
static yj_status started(int code, yj_error *err)
{
    if (code == YJ_CONFINED_EXIT_NO_WALLS)
        return yj_fail(err, YJ_E_IO, "the program that decrypts cannot be confined here; it was not run");
    if (code == YJ_CONFINED_EXIT_NO_PROGRAM)
        return yj_fail(err, YJ_E_MISSING, "the program that decrypts cannot be run");
    return YJ_OK;
}

/* --- gpg -------------------------------------------------------------------------------------- */

/* The agent holds private keys; gpg reaches it over a socket in the home. It is started here and not by gpg,
 * for then it stays in a process group that can be ended. */
static yj_status start_agent(const char *home, yj_confined_process **ret, yj_error *err)
{
    const char *program = yj_dec_program(agent, YJ_COUNT(agent));
    char socket[PATH_MAX + 16];
    struct stat st;
    if (!program)
        return yj_fail(err, YJ_E_MISSING, "gpg-agent is not installed");
    const char *argv[] = { program,       "--homedir",          home,      "--daemon",
                           "--no-detach", "--disable-scdaemon", "--quiet", "--allow-loopback-pinentry",
                           NULL };
    const yj_confined c = {
        .argv = argv, .input_fd = -1, .given_fd = -1, .home = home, .memory_bytes = MEMORY_BYTES
    };
    YJ_TRY(yj_confined_start(&c, ret, err));
    snprintf(socket, sizeof socket, "%s/S.gpg-agent", home);
    const struct timespec pause = { 0, 2000000 };
    for (int64_t until = yj_monotonic_ns() + AGENT_NS; lstat(socket, &st) != 0;) {
        if (yj_monotonic_ns() > until)
            return yj_fail(err, YJ_E_IO, "gpg-agent does not come up");
        nanosleep(&pause, NULL);
    }
    return YJ_OK;
}

static yj_status import_key(yj_decrypting *d, const char *program, const char *home, bool *ret_good,
                            yj_error *err)
{
    const char *argv[] = { program,   "--homedir", home, "--no-autostart", "--batch", "--no-tty",
                           "--quiet", "--import",  NULL };
    yj_auto(close_fdp) int key = yj_secret_pipe(yj_secret_view(&d->key), false);
    int code = -1;
    if (key < 0)
        return yj_fail_sys(err, YJ_E_IO, "cannot hand over the key");
    const yj_confined c = {
        .argv = argv, .input_fd = key, .given_fd = -1, .home = home, .memory_bytes = MEMORY_BYTES
    };
    YJ_TRY(yj_confined_run(&c, &code, err));
    *ret_good = code == 0;
    return started(code, err);
}

static yj_status run_gpg(yj_decrypting *d, const char *program, const char *home, bool *ret_good,
                         yj_error *err)
{
    const char *argv[20] = { program,          "--homedir",        home,
                             "--no-autostart", "--batch",          "--no-tty",
                             "--quiet",        "--skip-verify",    "--pinentry-mode",
                             "loopback",       "--no-symkey-cache" };
    size_t n = 11;
    yj_auto(close_fdp) int passphrase = -1;
    yj_auto(yj_confined_endp) yj_confined_process *p = NULL;
    char room[READ_BYTES];
    if (d->passphrase.ptr) {
        passphrase = yj_secret_pipe(yj_secret_view(&d->passphrase), true);
        if (passphrase < 0)
            return yj_fail_sys(err, YJ_E_IO, "cannot hand over the key");
        argv[n++] = "--passphrase-fd";
        argv[n++] = "3";
    }
    argv[n++] = "--decrypt";
    argv[n] = NULL;
    if (lseek(d->fd, 0, SEEK_SET) != 0)
        return yj_fail_sys(err, YJ_E_IO, "cannot read the encrypted file");
    const yj_confined c = {
        .argv = argv, .input_fd = d->fd, .given_fd = passphrase, .home = home, .memory_bytes = MEMORY_BYTES
    };
    YJ_TRY(yj_confined_start(&c, &p, err));
    for (size_t got; (got = yj_confined_read(p, room, sizeof room)) > 0;) {
        yj_dec_plain_add(&d->plain, room, got);
        off_t at = lseek(d->fd, 0, SEEK_CUR); /* shared with it: how far it has read */
        yj_dec_tell(d, at > 0 ? (uint64_t)at : 0, false);
    }
    explicit_bzero(room, sizeof room);
    int code = yj_confined_wait(p);
    yj_dec_tell(d, d->size, true);
    *ret_good = code == 0;
    return started(code, err);
}

yj_status yj_dec_openpgp(yj_decrypting *d, bool *ret_good, yj_error *err)
{
    yj_place place;
    yj_auto(yj_keeper_endp) yj_keeper *keeper = NULL;
    yj_auto(yj_confined_endp) yj_confined_process *running = NULL;
    const char *program = yj_dec_program(gpg, YJ_COUNT(gpg));
    if (!program)
        return yj_fail(err, YJ_E_MISSING, "gpg is not installed");
    if ((!d->passphrase.ptr && !d->key.ptr) || d->iv.ptr)
        return yj_fail(err, YJ_E_USAGE,
                       "for OpenPGP it is --passphrase FILE, or --key FILE with the private key, or both");
    d->r->program = true;
    YJ_TRY(yj_place_find(HOME_BYTES, &place, err));
    YJ_TRY(yj_keeper_make(place.path, "yunjian-private", &keeper, err));
    const char *home = yj_keeper_path(keeper);
    *ret_good = true;
    if (d->key.ptr) {
        YJ_TRY(start_agent(home, &running, err));
        YJ_TRY(import_key(d, program, home, ret_good, err));
        if (!*ret_good)
            return yj_fail(err, YJ_E_INVALID, "gpg takes no private key from that file");
    }
    return run_gpg(d, program, home, ret_good, err);
}

/* --- 7-Zip ------------------------------------------------------------------------------------ */

/* What it took out of the archive becomes digests; the files go with the folder. */
static yj_status take_files(yj_decrypting *d, const char *out, bool good, yj_error *err)
{
    yj_verify_result all = { .a = { .root_fd = -1 }, .b = { .root_fd = -1 } };
    const yj_verify_options o = { .alg = d->o->alg, .threads = 2 };
    yj_status s = yj_path_is_dir(out) ? yj_verify_make(out, &o, &all, err) : YJ_E_INVALID;
    if (s == YJ_OK || s == YJ_E_INVALID) { /* it may hold nothing */
        yj_tree_done(&d->r->found);
        d->r->found = all.a;
        all.a = (yj_tree){ .root_fd = -1 };
        s = d->r->found.arena ? YJ_OK : yj_tree_init(&d->r->found, err);
    }
    yj_verify_done(&all);
    YJ_TRY(s);
    for (size_t i = 0; i < d->r->found.count; i++) {
        yj_item *it = &d->r->found.item[i];
        d->r->bytes += it->size > 0 ? (uint64_t)it->size : 0;
        if (it->state == YJ_STATE_MATCHED)
            it->state = YJ_STATE_NONE;
        if (!good && it->kind == YJ_ITEM_FILE) { /* it does not say of which files that holds */
            it->state = YJ_STATE_UNREADABLE;
            it->why = YJ_WHY_ENCRYPTED;
        }
    }
    if (!good)
        d->r->rest = YJ_WHY_ENCRYPTED;
    return YJ_OK;
}

yj_status yj_dec_7z(yj_decrypting *d, yj_error *err)
{
    yj_place place;
    yj_auto(yj_keeper_endp) yj_keeper *keeper = NULL;
    yj_auto(close_fdp) int passphrase = -1;
    char into[PATH_MAX + 16]; /* "-o" and the folder */
    int code = -1;
    const char *program = yj_dec_program(seven_zip, YJ_COUNT(seven_zip));
    if (!program)
        return yj_fail(err, YJ_E_MISSING, "7-Zip is not installed (package 7zip)");
    d->r->program = true;
    YJ_TRY(yj_place_find(4 * d->size + HOME_BYTES, &place, err)); /* it packs about so well */
    d->r->place = place.memory ? YJ_DEC_TMPFS : YJ_DEC_DISK;
    YJ_TRY(yj_keeper_make(place.path, "yunjian-private", &keeper, err));
    snprintf(into, sizeof into, "-o%s/out", yj_keeper_path(keeper));
    passphrase = yj_secret_pipe(yj_secret_view(&d->passphrase), true);
    if (passphrase < 0)
        return yj_fail_sys(err, YJ_E_IO, "cannot hand over the key");
    /* it asks for the passphrase on its standard input */
    const char *argv[] = {
        program, "x", "-y", "-bd", "-bso0", "-bsp0", "-t7z", into, "/proc/self/fd/3", NULL
    };
    const yj_confined c = { .argv = argv,
                            .input_fd = passphrase,
                            .given_fd = d->fd,
                            .home = yj_keeper_path(keeper),
                            .memory_bytes = MEMORY_BYTES };
    YJ_TRY(yj_confined_run(&c, &code, err));
    YJ_TRY(started(code, err));
    if (code != 0 && yj_place_full(&place))
        return yj_fail(err, YJ_E_FULL, "%s has no room for what is in the archive", place.path);
    yj_dec_tell(d, d->size, true);
    return take_files(d, into + 2, code == 0, err);
}
