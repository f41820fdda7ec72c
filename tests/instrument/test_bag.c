// SPDX-License-Identifier: Apache-2.0
#include "../base/test.h"

#include "base/keeper.h"
#include "instrument/verify/bag_make.h"
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Digests of "abc": RFC 1321, A.5; FIPS 180-2. */
#define ABC_MD5 "900150983cd24fb0d6963f7d28e17f72"
#define ABC_SHA1 "a9993e364706816aba3e25717850c26c9cd0d89d"
#define ABC_SHA256 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static char folder[256]; /* the longest name of one is some 40 bytes shorter */

static void put(const char *name, const char *text)
{
    yj_error err;
    char path[600];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    char *slash = strrchr(path, '/');
    *slash = '\0';
    assert_status(yj_dir_make(path, &err), YJ_OK);
    *slash = '/';
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void drop(const char *name)
{
    char path[600];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(unlink(path), 0);
}

static void declare(const char *version)
{
    char text[100];
    snprintf(text, sizeof text, "BagIt-Version: %s\nTag-File-Character-Encoding: UTF-8\n", version);
    put("bagit.txt", text);
}

/* A whole bag: a file in a folder, two lists, a list of tag files, a Payload-Oxum. */
static int bag_make(void **state)
{
    if (test_folder_make(state) != 0)
        return -1;
    snprintf(folder, sizeof folder, "%s", (const char *)*state);
    declare("1.0");
    put("data/d/abc", "abc");
    put("manifest-sha256.txt", ABC_SHA256 "  data/d/abc\n");
    put("manifest-md5.txt", ABC_MD5 " data/d/abc\n");
    put("bag-info.txt", "Source-Organization: x\nPayload-Oxum: 3.1\n");
    put("notes.txt", "abc");
    put("tagmanifest-sha1.txt", ABC_SHA1 "  notes.txt\n");
    return 0;
}

static void checked(yj_status want, bool fine)
{
    yj_error err;
    yj_auto(yj_bag_done) yj_bag b = { .count = 0 };
    const yj_verify_options o = { .threads = 2 };
    assert_status(yj_bag_check(folder, &o, NULL, &b, &err), want);
    if (want == YJ_OK)
        assert_int_equal(yj_bag_fine(&b), fine);
    else
        assert_true(err.msg[0] != '\0');
}

static void bag__of_every_version(void **state)
{
    (void)state;
    static const char *const versions[] = { "0.93", "0.94", "0.95", "0.96", "0.97", "1.0" };
    yj_error err;
    for (size_t i = 0; i < YJ_COUNT(versions); i++) {
        declare(versions[i]);
        checked(YJ_OK, true);
    }
    yj_auto(yj_bag_done) yj_bag b = { .count = 0 };
    const yj_verify_options o = { .threads = 1 };
    assert_status(yj_bag_check(folder, &o, NULL, &b, &err), YJ_OK);
    assert_int_equal(b.count, 3);
    assert_int_equal(b.version, 100);
    assert_int_equal(b.oxum, YJ_OXUM_MATCHES);
    assert_string_equal(b.list[0].name, "manifest-md5.txt");
    assert_true(b.list[0].weak && !b.list[1].weak && b.list[2].tags);
}

/* The files stay where a run does not come to its end, and are taken from the next time. */
static void bag__goes_on_after_an_interruption(void **state)
{
    (void)state;
    yj_error err;
    const yj_verify_options o = { .threads = 2 };
    char path[sizeof folder + 8], file[sizeof path + 8];
    snprintf(path, sizeof path, "%s.state", folder);
    declare("1.0");
    for (uint64_t run = 0; run < 2; run++) {
        yj_auto(yj_bag_done) yj_bag b = { .count = 0 };
        yj_auto(yj_bag_known_done) yj_bag_known k = { .path = path, .settle_ns = 0 };
        assert_status(yj_bag_check(folder, &o, &k, &b, &err), YJ_OK);
        assert_true(yj_bag_fine(&b));
        assert_int_equal(yj_bag_known_used(&k), 3 * run); /* one file in each of three lists */
        assert_true(yj_bag_known_began_ns(&k) > 0);
        if (run == 1)
            assert_status(yj_bag_known_finish(&k, &err), YJ_OK);
        static const char *const algs[] = { "md5", "sha256", "sha1" };
        for (size_t i = 0; i < YJ_COUNT(algs); i++) {
            snprintf(file, sizeof file, "%s.%s", path, algs[i]);
            assert_int_equal(access(file, F_OK), run == 0 ? 0 : -1);
        }
    }
    put("data/d/abc", "abd"); /* what was changed is read again */
    checked(YJ_OK, false);
    put("data/d/abc", "abc");
}

static void bag__that_holds_something_else(void **state)
{
    (void)state;
    put("data/d/abc", "abd");
    checked(YJ_OK, false);
    put("data/d/abc", "abc");
    checked(YJ_OK, true);
    put("data/more", ""); /* extra, and another Payload-Oxum */
    checked(YJ_OK, false);
    put("bag-info.txt", "Payload-Oxum: 3.2\n");
    checked(YJ_OK, false);
    drop("data/more");
    checked(YJ_OK, false); /* the Payload-Oxum alone */
    put("bag-info.txt", "payload-oxum: 3.1\r\n");
    checked(YJ_OK, true);
    put("notes.txt", "changed");
    checked(YJ_OK, false);
    put("notes.txt", "abc");
    put("unlisted.txt", "tag files need not be listed");
    checked(YJ_OK, true);
    drop("data/d/abc");
    checked(YJ_OK, false);
    char link[600];
    snprintf(link, sizeof link, "%s/data/d/abc", folder);
    assert_int_equal(symlink("../../notes.txt", link), 0); /* the contents would match */
    checked(YJ_OK, false);
}

/* From 1.0 on every list names every file; before, one has to. */
static void bag__files_in_one_list_only(void **state)
{
    (void)state;
    put("data/other", "abc");
    put("bag-info.txt", "Payload-Oxum: 6.2\n");
    put("manifest-md5.txt", ABC_MD5 " *data/other\n");
    checked(YJ_E_INVALID, false); /* 1.0 knows no star */
    put("manifest-md5.txt", ABC_MD5 " data/other\n");
    checked(YJ_OK, false);
    declare("0.97");
    checked(YJ_OK, true);
    put("manifest-md5.txt", ABC_MD5 " *data/other\n");
    checked(YJ_OK, true);
    put("data/third", "abc");
    put("bag-info.txt", "Payload-Oxum: 9.3\n");
    checked(YJ_OK, false);
}

static void bag__names_with_ends_of_lines(void **state)
{
    (void)state;
    put("data/a\nb%", "abc");
    put("data/d/abc", "abc");
    put("bag-info.txt", "x: y\n");
    put("manifest-sha256.txt", ABC_SHA256 "\t data/d/abc\r\n" ABC_SHA256 " data/a%0ab%25\r\n");
    put("manifest-md5.txt", ABC_MD5 " data/d/abc\r" ABC_MD5 " ./data/a%0Ab%25\r");
    checked(YJ_OK, true);
    declare("0.97"); /* there %25 is three characters */
    checked(YJ_OK, false);
}

static void bag__refused(void **state)
{
    (void)state;
    static const struct {
        const char *file, *text;
    } bad[] = {
        { "bagit.txt", "" },
        { "bagit.txt", "BagIt-Version: 1.0\n" },
        { "bagit.txt", "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8" },
        { "bagit.txt", "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n\n" },
        { "bagit.txt", "BagIt-Version: 2.0\nTag-File-Character-Encoding: UTF-8\n" },
        { "bagit.txt", "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-16\n" },
        { "bagit.txt", "BagIt-Version : 1.0\nTag-File-Character-Encoding: UTF-8\n" },
        { "bagit.txt", "\xef\xbb\xbf"
                       "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n" },
        { "manifest-sha256.txt", "" },
        { "manifest-sha256.txt", ABC_SHA256 "  data/d/abc" },
        { "manifest-sha256.txt", ABC_SHA256 "  d/abc\n" },
        { "manifest-sha256.txt", ABC_SHA256 "  data/../notes.txt\n" },
        { "manifest-sha256.txt", ABC_SHA256 "  /data/d/abc\n" },
        { "manifest-sha256.txt", ABC_SHA256 "data/d/abc\n" },
        { "manifest-sha256.txt", " " ABC_SHA256 " data/d/abc\n" },
        { "manifest-sha256.txt", ABC_MD5 "  data/d/abc\n" },
        { "manifest-sha256.txt", ABC_SHA256 "  data/d/abc\n" ABC_SHA256 "  data/d/abc\n" },
        { "manifest-crc32.txt", "352441c2  data/d/abc\n" },
        { "tagmanifest-sha1.txt", ABC_SHA1 "  data/d/abc\n" },
        { "tagmanifest-sha1.txt", ABC_SHA1 "  tagmanifest-sha1.txt\n" },
        { "tagmanifest-sha1.txt", ABC_SHA1 "  ../x\n" },
        { "bag-info.txt", "Payload-Oxum: 3.1\nPayload-Oxum: 3.1\n" },
        { "bag-info.txt", "Payload-Oxum:\n" },
        { "fetch.txt", "http://example.com/x 3 data/unknown\n" },
        { "fetch.txt", "http://example.com/x 3 ../x\n" },
        { "fetch.txt", "http://example.com/x\n" },
    };
    for (size_t i = 0; i < YJ_COUNT(bad); i++) {
        char old[300] = "", path[600];
        snprintf(path, sizeof path, "%s/%s", folder, bad[i].file);
        FILE *f = fopen(path, "re");
        if (f) {
            old[fread(old, 1, sizeof old - 1, f)] = '\0';
            fclose(f);
        }
        print_message("%s: %s\n", bad[i].file, bad[i].text);
        put(bad[i].file, bad[i].text);
        checked(YJ_E_INVALID, false);
        if (f)
            put(bad[i].file, old);
        else
            drop(bad[i].file);
        checked(YJ_OK, true);
    }
    put("fetch.txt", "http://example.com/x - data/d/abc\n"); /* it is there: nothing is left to fetch */
    checked(YJ_OK, true);
    drop("manifest-md5.txt");
    drop("manifest-sha256.txt");
    checked(YJ_E_INVALID, false);
    drop("bagit.txt");
    checked(YJ_E_INVALID, false);
}

static void bag__without_data(void **state)
{
    (void)state;
    char from[600], to[600];
    snprintf(from, sizeof from, "%s/data", folder);
    snprintf(to, sizeof to, "%s/elsewhere", folder);
    assert_int_equal(rename(from, to), 0);
    checked(YJ_E_INVALID, false);
    assert_int_equal(symlink("elsewhere", from), 0);
    checked(YJ_E_INVALID, false);
}

/* --- making one ------------------------------------------------------------------------------- */

static const yj_bag_info source_of[] = { { "Source-Organization", "\xe4\xba\x91" } };
static const yj_bag_plan plan = { .alg = { YJ_SUM_SHA512, YJ_SUM_SM3 },
                                  .algs = 2,
                                  .info = source_of,
                                  .infos = 1,
                                  .date = "2026-11-28",
                                  .agent = "test",
                                  .threads = 2 };
static char made[270];

/* The folder's `data` as it is, into the bag `made` beside it. */
static yj_status make(const yj_bag_plan *p, uint64_t *ret_empty, yj_error *err)
{
    char from[600];
    yj_auto(yj_bag_done) yj_bag b = { .count = 0 };
    snprintf(from, sizeof from, "%s/data", folder);
    snprintf(made, sizeof made, "%s/made", folder);
    return yj_bag_make(from, made, p, &b, ret_empty, err);
}

/* Nothing of it is there: not the bag, not the folder it is made in. */
static void assert_nothing_made(void)
{
    yj_error err;
    yj_names n = { NULL, 0 };
    assert_status(yj_dir_list(folder, &n, &err), YJ_OK);
    for (size_t i = 0; i < n.count; i++)
        assert_null(strstr(n.name[i], "made"));
    yj_names_free(&n);
}

static void read_made(const char *name, char text[static 2000])
{
    char path[600];
    snprintf(path, sizeof path, "%s/%s", made, name);
    FILE *f = fopen(path, "re");
    assert_non_null(f);
    text[fread(text, 1, 1999, f)] = '\0';
    fclose(f);
}

static void make__a_bag_that_holds(void **state)
{
    (void)state;
    yj_error err;
    char text[2000], path[600];
    uint64_t empty = 0;
    put("data/a\nb\r%25 c", "abc");
    put("data/\xe4\xba\x91", "");
    snprintf(path, sizeof path, "%s/data/nothing", folder);
    assert_int_equal(mkdir(path, 0755), 0);
    snprintf(path, sizeof path, "%s/data/d/abc", folder);
    assert_int_equal(chmod(path, 0440), 0);
    assert_status(make(&plan, &empty, &err), YJ_OK);
    assert_int_equal(empty, 1);
    read_made("manifest-sm3.txt", text);
    assert_non_null(
        strstr(text, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0  " /* GB/T 32905 */
                     "data/a%0Ab%0D%2525 c\n"));
    read_made("bagit.txt", text);
    assert_string_equal(text, "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n");
    read_made("bag-info.txt", text);
    assert_string_equal(text, "Source-Organization: \xe4\xba\x91\nBag-Software-Agent: test\nBagging-Date: "
                              "2026-11-28\nPayload-Oxum: 6.3\n");
    read_made("tagmanifest-sha512.txt", text);
    assert_non_null(strstr(text, "  bagit.txt\n"));
    assert_non_null(strstr(text, "  bag-info.txt\n"));
    assert_non_null(strstr(text, "  manifest-sm3.txt\n"));
    struct stat st;
    snprintf(path, sizeof path, "%s/data/d/abc", made);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0440);
    snprintf(path, sizeof path, "%s/data/nothing", made);
    assert_int_equal(stat(path, &st), 0);
    memcpy(folder, made, sizeof folder - 1);
    checked(YJ_OK, true); /* by the rules that foreign bags are held to */
    put("data/d/new", "x");
    checked(YJ_OK, false);
}

static void make__refuses_what_a_bag_cannot_hold(void **state)
{
    (void)state;
    static const char *const bad[] = { "data/link", "data/pipe", "data/no\xff" };
    yj_error err;
    char path[600];
    uint64_t empty = 0;
    for (size_t i = 0; i < YJ_COUNT(bad); i++) {
        snprintf(path, sizeof path, "%s/%s", folder, bad[i]);
        if (i == 0)
            assert_int_equal(symlink("abc", path), 0);
        else if (i == 1)
            assert_int_equal(mkfifo(path, 0600), 0);
        else
            put(bad[i], "x");
        assert_status(make(&plan, &empty, &err), YJ_E_INVALID);
        assert_nothing_made();
        assert_int_equal(unlink(path), 0);
    }
    const yj_bag_info lines[] = { { "Payload-Oxum", "1.1" }, { "a:b", "x" }, { "a", "x\ny" }, { "", "x" } };
    for (size_t i = 0; i < YJ_COUNT(lines); i++) {
        yj_bag_plan p = plan;
        p.info = &lines[i];
        assert_status(make(&p, &empty, &err), YJ_E_INVALID);
        assert_nothing_made();
    }
    put("made/x", "somebody else's");
    assert_status(make(&plan, &empty, &err), YJ_E_CONFLICT);
    drop("made/x");
    assert_status(make(&plan, &empty, &err), YJ_E_CONFLICT); /* an empty folder neither */
    assert_int_equal(rmdir(made), 0);
    assert_int_equal(symlink("nowhere", made), 0);
    assert_status(make(&plan, &empty, &err), YJ_E_CONFLICT);
    assert_int_equal(unlink(made), 0);
    drop("data/d/abc");
    assert_status(make(&plan, &empty, &err), YJ_E_INVALID); /* nothing to put in */
    assert_nothing_made();
    yj_bag b = { .count = 0 };
    char inside[600];
    put("data/d/abc", "abc");
    snprintf(inside, sizeof inside, "%s/data/made", folder);
    snprintf(path, sizeof path, "%s/data", folder);
    assert_status(yj_bag_make(path, inside, &plan, &b, &empty, &err), YJ_E_USAGE);
    assert_nothing_made();
}

/* Killed in its midst: by a progress that does not return. */
static void die(void *self, const yj_progress *p)
{
    (void)self, (void)p;
    raise(SIGKILL);
}

static void make__leaves_nothing_when_killed(void **state)
{
    (void)state;
    yj_error err;
    uint64_t empty = 0;
    yj_bag_plan p = plan;
    p.progress = die;
    int status = 0;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(make(&p, &empty, &err) == YJ_OK ? 0 : 1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    /* the other process was started by that one; what it does is seen in the folder alone */
    for (bool gone = false; !gone; usleep(1000)) {
        yj_names n = { NULL, 0 };
        assert_status(yj_dir_list(folder, &n, &err), YJ_OK);
        gone = true;
        for (size_t i = 0; i < n.count; i++)
            gone = gone && !strstr(n.name[i], "made");
        yj_names_free(&n);
    }
    /* and had that one been killed as well, the next run would see to it */
    put(".made.0123456789abcdef.tmp/data/x", "x");
    assert_status(make(&plan, &empty, &err), YJ_OK);
    char path[600];
    snprintf(path, sizeof path, "%s/.made.0123456789abcdef.tmp", folder);
    assert_false(yj_path_exists(path));
}

#define in_bag(f) cmocka_unit_test_setup_teardown(f, bag_make, test_folder_remove)

int main(int argc, char **argv)
{
    if (yj_keeper_child(argc, argv))
        return 1;
    const struct CMUnitTest tests[] = {
        in_bag(bag__of_every_version),
        in_bag(bag__goes_on_after_an_interruption),
        in_bag(bag__that_holds_something_else),
        in_bag(bag__files_in_one_list_only),
        in_bag(bag__names_with_ends_of_lines),
        in_bag(bag__refused),
        in_bag(bag__without_data),
        in_bag(make__a_bag_that_holds),
        in_bag(make__refuses_what_a_bag_cannot_hold),
        in_bag(make__leaves_nothing_when_killed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
