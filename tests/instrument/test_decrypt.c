// SPDX-License-Identifier: Apache-2.0
#include "../base/test.h"

#include "base/confined.h"
#include "base/keeper.h"
#include "instrument/box/box.h"
#include "instrument/decrypt/decrypt.h"
#include "instrument/decrypt/secret.h"
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* FIPS 197, C.1 with the mode of SP 800-38A that needs no more than a block: CTR of the counter block that is
 * its plain text. So the key stream is the standard's cipher text. */
#define KEY "000102030405060708090a0b0c0d0e0f"
#define COUNTER "00112233445566778899aabbccddeeff"
#define STREAM "\x69\xc4\xe0\xd8\x6a\x7b\x04\x30\xd8\xcd\xb7\x80\x70\xb4\xc5\x5a"
/* GB/T 32907, A.1: likewise */
#define SM4_KEY "0123456789abcdeffedcba9876543210"
#define SM4_STREAM "\x68\x1e\xdf\x34\xd2\x06\x96\x5e\x86\xb3\xe9\x4f\x53\x6e\x42\x46"
/* McGrew and Viega, test case 3 of GCM (AES-128), first as a whole with its tag */
#define GCM_KEY "feffe9928665731c6d6a8f9467308308"
#define GCM_IV "cafebabefacedbaddecaf888"
#define GCM_TEXT                                                                                             \
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aed" \
    "f5a"                                                                                                    \
    "a0de657ba637b391aafd255"
#define GCM_SEALED                                                                                           \
    "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b" \
    "396"                                                                                                    \
    "a0aac973d58e091473f59854d5c2af327cd64a62cf35abd2ba6fab4"

static char folder[256];

static const char *at(const char *name)
{
    static char path[4][400];
    static int next;
    char *p = path[next++ % 4];
    snprintf(p, sizeof path[0], "%s/%s", folder, name);
    return p;
}

static void put(const char *name, const void *bytes, size_t len)
{
    yj_error err;
    assert_status(yj_file_write(at(name), (yj_span){ bytes, len }, 0600, &err), YJ_OK);
}

static int begin(void **state)
{
    if (test_folder_make(state) != 0)
        return -1;
    snprintf(folder, sizeof folder, "%s", (const char *)*state);
    return 0;
}

static yj_dec_options raw(const char *cipher)
{
    static char key[400], iv[400];
    snprintf(key, sizeof key, "%s", at("key"));
    snprintf(iv, sizeof iv, "%s", at("iv"));
    return (yj_dec_options){ .format = YJ_DEC_RAW, .cipher = cipher, .key = key, .iv = iv };
}

/* The one item: readable with this digest, or not. */
static void decrypted(const yj_dec_options *o, const void *text, size_t len, bool good)
{
    yj_error err;
    yj_auto(yj_dec_done) yj_dec_result r = { .found = { .root_fd = -1 } };
    yj_digest want;
    yj_hash(YJ_HASH_SHA256, text, len, &want);
    assert_status(yj_decrypt(at("file"), o, &r, &err), YJ_OK);
    assert_int_equal(r.found.count, 1);
    assert_int_equal(r.found.item[0].state, good ? YJ_STATE_NONE : YJ_STATE_UNREADABLE);
    assert_int_equal(r.found.item[0].has_sum, good);
    if (good)
        assert_memory_equal(r.found.item[0].sum.b, want.b, sizeof want.b);
    else
        assert_int_equal(r.found.item[0].why, YJ_WHY_ENCRYPTED);
}

static void ciphers__are_those_of_the_standards(void **state)
{
    (void)state;
    const char zeros[16] = { 0 };
    put("file", zeros, 16);
    put("key", KEY, 32);
    put("iv", COUNTER "\n", 33);
    yj_dec_options o = raw("aes-128-ctr");
    decrypted(&o, STREAM, 16, true);
    put("key", SM4_KEY "\r\n", 34);
    put("iv", "\x01\x23\x45\x67\x89\xab\xcd\xef\xfe\xdc\xba\x98\x76\x54\x32\x10", 16);
    o = raw("sm4-ctr");
    decrypted(&o, SM4_STREAM, 16, true);
    o = raw("sm4-cbc"); /* noise has no padding */
    decrypted(&o, "", 0, false);
}

static void gcm__is_believed_with_its_tag_only(void **state)
{
    (void)state;
    uint8_t sealed[200], text[200];
    size_t n = 0, m = 0;
    assert_true(yj_hex_decode(YJ_SPAN(GCM_SEALED), sealed, sizeof sealed, &n));
    assert_true(yj_hex_decode(YJ_SPAN(GCM_TEXT), text, sizeof text, &m));
    put("key", GCM_KEY, 32);
    put("iv", GCM_IV, 24);
    put("file", sealed, n);
    yj_dec_options o = raw("aes-128-gcm");
    decrypted(&o, text, m, true);
    sealed[n - 1] ^= 1;
    put("file", sealed, n);
    decrypted(&o, text, m, false);
    sealed[n - 1] ^= 1;
    sealed[0] ^= 1;
    put("file", sealed, n);
    decrypted(&o, text, m, false);
    put("file", sealed, 15); /* no room for a tag */
    decrypted(&o, text, m, false);
}

static void keys__of_the_wrong_form(void **state)
{
    (void)state;
    yj_error err;
    yj_dec_result r;
    put("file", "0123456789abcdef", 16);
    put("iv", COUNTER, 32);
    static const struct {
        const char *key, *cipher;
        yj_status want;
    } rows[] = {
        { KEY "00", "aes-128-cbc", YJ_E_INVALID },
        { "", "aes-128-cbc", YJ_E_INVALID },
        { KEY, "aes-256-cbc", YJ_E_INVALID },
        { "xx0102030405060708090a0b0c0d0e0f", "sm4-cbc", YJ_E_INVALID },
        { KEY, "des-cbc", YJ_E_USAGE },
        { KEY, NULL, YJ_E_USAGE },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        put("key", rows[i].key, strlen(rows[i].key));
        yj_dec_options o = raw(rows[i].cipher);
        assert_status(yj_decrypt(at("file"), &o, &r, &err), rows[i].want);
        if (rows[i].key[0])
            assert_null(strstr(err.msg, rows[i].key));
        yj_dec_done(&r);
    }
    put("key", KEY, 32);
    assert_int_equal(chmod(at("key"), 0640), 0);
    yj_dec_options o = raw("aes-128-cbc");
    assert_status(yj_decrypt(at("file"), &o, &r, &err), YJ_E_FORBIDDEN);
    yj_dec_done(&r);
}

/* --- what stays when it is killed ------------------------------------------------------------- */

static const char *seven_zip(void)
{
    static const char *const all[] = { "/usr/bin/7zz", "/usr/lib/7zip/7zz", "/usr/lib/p7zip/7za" };
    for (size_t i = 0; i < YJ_COUNT(all); i++)
        if (access(all[i], X_OK) == 0)
            return all[i];
    return NULL;
}

static void pack(const char *program)
{
    char name[] = "7z", command[] = "a", password[] = "-psecret", file[400], what[400];
    char *argv[] = { name, command, password, file, what, NULL };
    posix_spawn_file_actions_t quiet;
    pid_t pid;
    int status = 0;
    snprintf(file, sizeof file, "%s", at("file"));
    snprintf(what, sizeof what, "%s", at("contents"));
    put("contents", "the only one of that name", 25);
    put("pass", "secret\n", 7);
    assert_int_equal(posix_spawn_file_actions_init(&quiet), 0);
    assert_int_equal(posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0), 0);
    assert_int_equal(posix_spawn(&pid, program, &quiet, NULL, argv, environ), 0);
    posix_spawn_file_actions_destroy(&quiet);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    char packed[410];
    snprintf(packed, sizeof packed, "%s.7z", file);
    assert_int_equal(rename(packed, file), 0);
}

/* In the child, while the decrypted file lies in the private place: tell where, and die. */
static int signal_to_die_of;
static void die(void *self, const yj_progress *p)
{
    (void)self, (void)p;
    static const char *const places[] = { "/dev/shm", "/var/tmp", "/tmp" };
    const char *other[] = { getenv("XDG_RUNTIME_DIR"), getenv("TMPDIR") };
    for (size_t i = 0; i < YJ_COUNT(places) + YJ_COUNT(other); i++) {
        const char *in = i < YJ_COUNT(places) ? places[i] : other[i - YJ_COUNT(places)];
        yj_names n = { NULL, 0 };
        if (!in || yj_dir_list(in, &n, NULL) != YJ_OK)
            continue;
        for (size_t k = 0; k < n.count; k++) {
            char path[600], contents[700];
            snprintf(path, sizeof path, "%s/%s", in, n.name[k]);
            snprintf(contents, sizeof contents, "%s/out/contents", path);
            struct stat st;
            if (strncmp(n.name[k], ".yunjian-private.", 17) == 0 && stat(contents, &st) == 0 &&
                stat(path, &st) == 0 && (st.st_mode & 0777) == 0700)
                put("where", path, strlen(path) + 1);
        }
        yj_names_free(&n);
    }
    raise(signal_to_die_of);
}

static void private_place__is_gone_when_killed(void **state)
{
    (void)state;
    static const int signals[] = { SIGTERM, SIGINT, SIGKILL };
    const char *program = seven_zip();
    if (!program)
        skip();
    pack(program);
    char pass[400];
    snprintf(pass, sizeof pass, "%s", at("pass"));
    yj_dec_options o = { .format = YJ_DEC_7Z, .passphrase = pass };
    decrypted(&o, "the only one of that name", 25, true);
    o.progress = die;
    for (size_t i = 0; i < YJ_COUNT(signals); i++) {
        int status = 0;
        signal_to_die_of = signals[i];
        (void)unlink(at("where"));
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            yj_dec_result r;
            signal(signals[i], SIG_DFL);
            _exit(yj_decrypt(at("file"), &o, &r, NULL) == YJ_OK ? 0 : 1);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == signals[i]);
        yj_auto(yj_buf_done) yj_buf where;
        yj_error err;
        yj_buf_init(&where, 1000);
        assert_status(yj_file_read(at("where"), 999, &where, &err), YJ_OK);
        while (yj_path_exists(where.ptr)) /* the helping process is at it */
            usleep(1000);
    }
}

#define in_folder(f) cmocka_unit_test_setup_teardown(f, begin, test_folder_remove)

int main(int argc, char **argv)
{
    if (yj_keeper_child(argc, argv) || yj_confined_child(argc, argv) || yj_box_child(argc, argv, NULL))
        return 1;
    const struct CMUnitTest tests[] = {
        in_folder(ciphers__are_those_of_the_standards),
        in_folder(gcm__is_believed_with_its_tag_only),
        in_folder(keys__of_the_wrong_form),
        in_folder(private_place__is_gone_when_killed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
