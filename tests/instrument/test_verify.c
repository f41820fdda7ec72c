// SPDX-License-Identifier: Apache-2.0
#include "../base/test.h"

#include "instrument/verify/compare.h"
#include "instrument/verify/manifest.h"
#include "instrument/verify/report.h"
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"     /* FIPS 180-2, B.1 */
#define ABC_SM3 "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0" /* GB/T 32905, A.1 */

static char folder[256]; /* of the running test */

static int folder_make(void **state)
{
    int rc = test_folder_make(state);
    snprintf(folder, sizeof folder, "%s", rc == 0 ? (const char *)*state : "");
    return rc;
}

static const char *at(const char *name)
{
    static char paths[8][600];
    static unsigned next;
    char *p = paths[next++ % 8];
    snprintf(p, sizeof paths[0], "%s/%s", folder, name);
    return p;
}

static void put(const char *name, const char *text)
{
    yj_error err;
    char parent[600];
    snprintf(parent, sizeof parent, "%s", at(name));
    *strrchr(parent, '/') = '\0';
    assert_status(yj_dir_make(parent, &err), YJ_OK);
    FILE *f = fopen(at(name), "we"); /* nothing here need survive a crash */
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static yj_verify_options options(yj_sum_alg alg)
{
    return (yj_verify_options){ .alg = alg, .threads = 2 };
}

/* "expected matched changed missing extra unreadable skipped moved" */
static void assert_counts(const yj_verify_result *r, const char *wanted)
{
    char got[200];
    snprintf(got, sizeof got, "%llu %llu %llu %llu %llu %llu %llu %llu", (unsigned long long)r->expected,
             (unsigned long long)r->matched, (unsigned long long)r->changed, (unsigned long long)r->missing,
             (unsigned long long)r->extra, (unsigned long long)r->unreadable, (unsigned long long)r->skipped,
             (unsigned long long)r->moved);
    assert_string_equal(got, wanted);
}

static void compare(const char *wanted, bool fine)
{
    yj_error err;
    yj_verify_options o = options(YJ_SUM_SHA256);
    yj_auto(yj_verify_done) yj_verify_result r;
    assert_status(yj_verify_folders(at("a"), at("b"), &o, &r, &err), YJ_OK);
    assert_counts(&r, wanted);
    assert_int_equal(yj_verify_fine(&r), fine);
}

/* --- lists ------------------------------------------------------------------------------------ */

static void list__reads_both_forms(void **state)
{
    (void)state;
    static const struct {
        const char *text, *paths; /* joined by '|' */
        yj_sum_alg alg;
    } good[] = {
        { ABC "  b\n" ABC " *a\n", "a|b", YJ_SUM_SHA256 },
        { "# remark\n; another\n" ABC "  ./a\r\n", "a\r",
          YJ_SUM_SHA256 }, /* the first has none: part of the name */
        { ABC "  ./a\r\n" ABC "  b c\r\n", "a|b c", YJ_SUM_SHA256 },
        { "SM3 (a) = x) = " ABC_SM3 "\n", "a) = x", YJ_SUM_SM3 },
        { "SHA256 (a (1)) = " ABC "\n", "a (1)", YJ_SUM_SHA256 },
        { ABC ABC "  long\n", "long", YJ_SUM_SHA512 },
        { "\\" ABC "  a\\nb\\\\c\\r\n", "a\nb\\c\r", YJ_SUM_SHA256 },
        { "\\SM3 (\\\\) = " ABC_SM3 "\n", "\\", YJ_SUM_SM3 },
        { ABC "  a\\b\n", "a\\b", YJ_SUM_SHA256 },
        { ABC "   x \n", " x ", YJ_SUM_SHA256 },
        { ABC "  \xff\xfe\n", "\xff\xfe", YJ_SUM_SHA256 },
        { ABC "  ..a/...\n", "..a/...", YJ_SUM_SHA256 },
    };
    for (size_t i = 0; i < YJ_COUNT(good); i++) {
        yj_error err;
        yj_auto(yj_tree_done) yj_tree t = { .root_fd = -1 };
        yj_sum_alg alg = YJ_SUM_COUNT_;
        assert_status(yj_manifest_parse(yj_span_of(good[i].text), NULL, &t, &alg, &err), YJ_OK);
        assert_int_equal(alg, good[i].alg);
        char got[200] = "";
        for (size_t k = 0; k < t.count; k++)
            snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s", k ? "|" : "", t.item[k].path);
        assert_string_equal(got, good[i].paths);
    }
}

static void list__refuses_with_the_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *field;
    } bad[] = {
        { "", "" },
        { "# nothing\n", "" },
        { ABC "  a", "line 1" }, /* cut off */
        { ABC "  a\n" ABC "  b", "line 2" },
        { ABC "  a\n\n", "line 2" },
        { ABC "  a\r\n" ABC "  b\n", "line 2" }, /* lines end in two ways */
        { ABC " a\n", "line 1" },
        { ABC "a\n", "line 1" },
        { "  a\n", "line 1" },
        { "zz" ABC "  a\n", "line 1" },
        { ABC "  /etc/passwd\n", "line 1" },
        { ABC "  ../a\n", "line 1" },
        { ABC "  a/../../b\n", "line 1" },
        { ABC "  a/..\n", "line 1" },
        { ABC "  .\n", "line 1" },
        { ABC "  a//b\n", "line 1" },
        { ABC "  a/\n", "line 1" },
        { ABC "  \n", "line 1" },
        { "\\" ABC "  a\\x\n", "line 1" },
        { "\\" ABC "  a\\\n", "line 1" },
        { "SM3 () = " ABC_SM3 "\n", "line 1" },
        { "SM3 (a = " ABC_SM3 "\n", "line 1" },
        { "MD5 (a) = 900150983cd24fb0d6963f7d28e17f72\n", "line 1" },
        { ABC "  a\nSM3 (b) = " ABC_SM3 "\n", "line 2" },
        { ABC "  a\n" ABC "  a\n", "" },
        { ABC "  a\n" ABC_SM3 "  ./a\n", "" },
        { ABC "  a\n" ABC "  b\r\n" ABC "  b\r\n", "" }, /* a CR of a name, twice */
    };
    for (size_t i = 0; i < YJ_COUNT(bad); i++) {
        yj_error err;
        yj_auto(yj_tree_done) yj_tree t = { .root_fd = -1 };
        yj_sum_alg alg = YJ_SUM_COUNT_;
        print_message("%s", bad[i].text);
        assert_status(yj_manifest_parse(yj_span_of(bad[i].text), NULL, &t, &alg, &err), YJ_E_INVALID);
        assert_string_equal(err.field, bad[i].field);
        assert_int_equal(alg, YJ_SUM_COUNT_);
    }
    /* a NUL in the name, a huge line */
    yj_error err;
    yj_sum_alg alg;
    yj_auto(yj_tree_done) yj_tree t = { .root_fd = -1 }, t2 = { .root_fd = -1 };
    assert_status(yj_manifest_parse(YJ_SPAN(ABC "  a\0b\n"), NULL, &t, &alg, &err), YJ_E_INVALID);
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, 1 << 20);
    yj_buf_str(&b, ABC "  ");
    for (size_t i = 0; i < YJ_MANIFEST_LINE_MAX; i++)
        yj_buf_char(&b, 'x');
    yj_buf_char(&b, '\n');
    assert_status(yj_manifest_parse(yj_buf_view(&b), NULL, &t2, &alg, &err), YJ_E_LIMIT);
    assert_string_equal(err.field, "line 1");
}

static void list__every_prefix_of_one_is_refused_or_shorter(void **state)
{
    (void)state;
    const yj_span whole = YJ_SPAN(ABC "  a\n\\SHA256 (b\\n) = " ABC "\n" ABC "  c/d\n");
    for (size_t n = 0; n < whole.len; n++) {
        yj_error err;
        yj_auto(yj_tree_done) yj_tree t = { .root_fd = -1 };
        yj_sum_alg alg;
        yj_status s = yj_manifest_parse((yj_span){ whole.ptr, n }, NULL, &t, &alg, &err);
        assert_true(s == YJ_E_INVALID || (s == YJ_OK && whole.ptr[n - 1] == '\n' && t.count < 3));
    }
}

static void list__what_is_written_is_read(void **state)
{
    (void)state;
    static const char *const paths[] = {
        "a", " ", "a\\b", "\n", "\r", "a) = b", "*x", "(", "\xe4\xba\x91/\xff", "#x"
    };
    for (int alg = 0; alg <= YJ_SUM_SM3; alg++)
        for (int tag = 0; tag < 2; tag++)
            for (size_t i = 0; i < YJ_COUNT(paths); i++) {
                yj_error err;
                yj_auto(yj_tree_done) yj_tree t = { .root_fd = -1 };
                yj_auto(yj_buf_done) yj_buf b;
                yj_sum_alg got, want = (yj_sum_alg)alg;
                yj_sum sum = { { 7, 8, 9 } };
                yj_buf_init(&b, 10000);
                yj_manifest_line(want, &sum, paths[i], tag, &b);
                assert_status(yj_manifest_parse(yj_buf_view(&b), tag ? NULL : &want, &t, &got, &err), YJ_OK);
                assert_int_equal(got, want);
                assert_int_equal(t.count, 1);
                assert_string_equal(t.item[0].path, paths[i]);
                assert_memory_equal(t.item[0].sum.b, sum.b, yj_sum_len(want));
            }
}

/* --- folders ---------------------------------------------------------------------------------- */

static void compare__counts_every_name_once(void **state)
{
    (void)state;
    put("a/same", "1");
    put("a/d/deep/same", "22");
    put("a/odd\nname\\\xff", "3");
    assert_int_equal(mkdir(at("a/empty"), 0755), 0);
    assert_int_equal(symlink("../outside", at("a/link")), 0);
    put("b/same", "1");
    put("b/d/deep/same", "22");
    put("b/odd\nname\\\xff", "3");
    assert_int_equal(mkdir(at("b/empty"), 0755), 0);
    assert_int_equal(symlink("../outside", at("b/link")), 0);
    compare("5 5 0 0 0 0 0 0", true);

    put("b/same", "9");
    compare("5 4 1 0 0 0 0 0", false);
    put("b/same", "longer");
    compare("5 4 1 0 0 0 0 0", false);
    put("b/same", "1");
    put("b/new", "");
    compare("5 5 0 0 1 0 0 0", false);
    assert_int_equal(unlink(at("b/new")), 0);
    assert_int_equal(mkdir(at("b/new"), 0755), 0); /* an empty folder is something, too */
    compare("5 5 0 0 1 0 0 0", false);
    assert_int_equal(rmdir(at("b/new")), 0);
    assert_int_equal(rmdir(at("b/empty")), 0);
    compare("5 4 0 1 0 0 0 0", false);
    put("b/empty/not", "x");
    compare("5 5 0 0 1 0 0 0", false);
    assert_int_equal(unlink(at("b/empty/not")), 0);
    assert_int_equal(unlink(at("b/link")), 0);
    assert_int_equal(symlink("../elsewhere", at("b/link")), 0);
    compare("5 4 1 0 0 0 0 0", false);
    assert_int_equal(unlink(at("b/link")), 0);
    put("b/link", "x"); /* a file in a link's place */
    compare("5 4 1 0 0 0 0 0", false);
    assert_int_equal(unlink(at("b/link")), 0);
    compare("5 4 0 1 0 0 0 0", false);
}

static void compare__never_leaves_the_folder(void **state)
{
    (void)state;
    put("outside/secret", "s");
    put("a/d/secret", "s");
    assert_int_equal(mkdir(at("b"), 0755), 0);
    assert_int_equal(symlink("../outside", at("b/d")), 0); /* the contents would match */
    compare("1 0 0 1 1 0 0 0", false);
    assert_int_equal(symlink(".", at("a/loop")), 0);
    assert_int_equal(symlink(".", at("b/loop")), 0);
    compare("2 1 0 1 1 0 0 0", false);
}

static void compare__names_moves_but_is_not_fine(void **state)
{
    (void)state;
    put("a/one", "contents");
    put("a/two", "contents");
    put("a/three", "others..");
    put("b/x/one", "contents");
    put("b/two", "contents");
    put("b/three", "others..");
    put("b/not", "CONTENTS"); /* of the same size */
    yj_error err;
    yj_verify_options o = options(YJ_SUM_SM3);
    yj_auto(yj_verify_done) yj_verify_result r;
    assert_status(yj_verify_folders(at("a"), at("b"), &o, &r, &err), YJ_OK);
    assert_counts(&r, "3 2 0 1 2 0 0 1");
    assert_string_equal(r.a.item[0].path, "one");
    assert_string_equal(r.a.item[0].target, "x/one");
    assert_false(yj_verify_fine(&r));
}

static void compare__special_files_are_skipped_and_said(void **state)
{
    (void)state;
    put("a/f", "1");
    put("b/f", "1");
    assert_int_equal(mkfifo(at("a/pipe"), 0644), 0);
    assert_int_equal(mkfifo(at("b/pipe"), 0644), 0);
    compare("2 1 0 0 0 0 1 0", false);
}

/* Who may read everything cannot see it fail: so be somebody else. False if that one gets nowhere. */
static bool become(uid_t who)
{
    if (geteuid() == who || (who != 0 && geteuid() != 0))
        return true;
    assert_int_equal(seteuid(who), 0);
    assert_int_equal(prctl(PR_SET_DUMPABLE, 1), 0); /* else no leak checker sees the process any more */
    return who == 0 || faccessat(AT_FDCWD, at("a"), R_OK | X_OK, AT_EACCESS) == 0;
}

static void compare__what_cannot_be_read_is_not_missing(void **state)
{
    (void)state;
    const uid_t me = geteuid();
    put("a/f", "1");
    put("a/d/x", "2");
    put("a/d/y", "3");
    put("b/f", "1");
    put("b/d/x", "2");
    put("b/d/y", "3");
    assert_int_equal(
        chmod(folder, 0755) + chmod(at("a"), 0755) + chmod(at("b"), 0755) + chmod(at("a/d"), 0755), 0);
    assert_int_equal(chmod(at("b/d"), 0), 0);
    bool possible = become(65534);
    if (possible)
        compare("3 1 0 0 0 3 0 0", false); /* b/d itself, and the two below it */
    assert_true(become(me));
    assert_int_equal(chmod(at("b/d"), 0755), 0);
    if (!possible)
        skip();
    assert_int_equal(chmod(at("b/d/x"), 0), 0);
    assert_true(become(65534));
    compare("3 2 0 0 0 1 0 0", false);
    assert_true(become(me));
    assert_int_equal(chmod(at("b/d/x"), 0644), 0);
    compare("3 3 0 0 0 0 0 0", true);
}

static void compare__nothing_proves_nothing(void **state)
{
    (void)state;
    yj_error err;
    yj_verify_options o = options(YJ_SUM_SHA256);
    yj_verify_result r;
    put("b/f", "1");
    assert_int_equal(mkdir(at("a"), 0755), 0);
    assert_status(yj_verify_folders(at("a"), at("b"), &o, &r, &err), YJ_E_INVALID);
    yj_verify_done(&r);
    assert_status(yj_verify_folders(at("b"), at("a/../b"), &o, &r, &err), YJ_E_USAGE);
    yj_verify_done(&r);
    assert_status(yj_verify_folders(at("b"), at("absent"), &o, &r, &err), YJ_E_NOT_FOUND);
    yj_verify_done(&r);
    assert_status(yj_verify_folders(at("b"), at("b/f"), &o, &r, &err), YJ_E_NOT_FOUND);
    yj_verify_done(&r);
    assert_status(yj_verify_make(at("a"), &o, &r, &err), YJ_E_INVALID);
    yj_verify_done(&r);
}

static yj_status never(void *self, yj_error *err)
{
    ++*(int *)self;
    return yj_fail(err, YJ_E_BUSY, "out of memory");
}

/* Both folders are walked at the same time: what ends one walk ends the other. */
static void compare__walks_end_together(void **state)
{
    (void)state;
    enum { N = 300 }; /* more than are walked between two questions */
    yj_error err;
    yj_verify_options o = options(YJ_SUM_SHA256);
    put("a/f", "1");
    for (int i = 0; i < N; i++) {
        char name[40];
        snprintf(name, sizeof name, "b/f%d", i);
        put(name, "1");
    }
    yj_auto(yj_verify_done) yj_verify_result r, s, t;
    o.names_max = N - 1; /* too many in the second */
    assert_status(yj_verify_folders(at("a"), at("b"), &o, &r, &err), YJ_E_LIMIT);
    assert_status(yj_verify_folders(at("b"), at("a"), &o, &s, &err), YJ_E_LIMIT);
    int asked = 0;
    o.names_max = 0;
    o.go_on = never;
    o.go_on_self = &asked;
    assert_status(yj_verify_folders(at("b"), at("a"), &o, &t, &err), YJ_E_BUSY);
    assert_int_equal(asked, 1);
}

/* --- against a list --------------------------------------------------------------------------- */

static void check(const char *list, const char *wanted, bool fine)
{
    yj_error err;
    yj_auto(yj_tree_done) yj_tree t = { .root_fd = -1 };
    yj_auto(yj_verify_done) yj_verify_result r = { .a = { .root_fd = -1 }, .b = { .root_fd = -1 } };
    yj_sum_alg alg;
    assert_status(yj_manifest_parse(yj_span_of(list), NULL, &t, &alg, &err), YJ_OK);
    yj_verify_options o = options(alg);
    assert_status(yj_verify_list(&t, at("b"), &o, &r, &err), YJ_OK);
    assert_counts(&r, wanted);
    assert_int_equal(yj_verify_fine(&r), fine);
}

static void list__against_a_folder(void **state)
{
    (void)state;
    put("b/d/abc", "abc");
    check(ABC "  d/abc\n", "1 1 0 0 0 0 0 0", true);
    check("SM3 (d/abc) = " ABC_SM3 "\n", "1 1 0 0 0 0 0 0", true);
    check(ABC_SM3 "  d/abc\n", "1 0 1 0 0 0 0 0", false);
    check(ABC "  abc\n", "1 0 0 1 1 0 0 1", false);
    check(ABC "  d\n", "1 0 1 0 1 0 0 0", false); /* a folder in a file's place */
    put("b/extra", "abcd");
    check(ABC "  d/abc\n", "1 1 0 0 1 0 0 0", false);
    assert_int_equal(unlink(at("b/extra")), 0);
    assert_int_equal(mkdir(at("b/empty"), 0755), 0); /* no list can hold it */
    check(ABC "  d/abc\n", "1 1 0 0 0 0 0 0", true);
    assert_int_equal(symlink("d/abc", at("b/link")), 0);
    check(ABC "  d/abc\n", "1 1 0 0 0 0 1 0", false);
    check(ABC "  d/abc\n" ABC "  link\n", "2 1 1 0 0 0 0 0", false);
}

static void make__lists_and_says_what_it_could_not(void **state)
{
    (void)state;
    yj_error err;
    yj_verify_options o = options(YJ_SUM_SHA256);
    struct stat st;
    put("b/abc", "abc");
    put("b/LIST", "left out");
    assert_int_equal(symlink("abc", at("b/link")), 0);
    assert_int_equal(stat(at("b/LIST"), &st), 0);
    o.leave_out = &st;
    yj_auto(yj_verify_done) yj_verify_result r;
    assert_status(yj_verify_make(at("b"), &o, &r, &err), YJ_OK);
    assert_counts(&r, "2 1 0 0 0 0 1 0");
    yj_sum name;
    char hex[2 * YJ_SUM_MAX + 1], want[2 * YJ_HASH_LEN + 1];
    yj_digest d;
    yj_hash(YJ_HASH_SHA256, ABC "  abc\n", strlen(ABC "  abc\n"), &d);
    yj_digest_hex(&d, want);
    assert_status(yj_verify_name(&r, &name, &err), YJ_OK);
    yj_sum_hex(YJ_SUM_SHA256, &name, hex);
    assert_string_equal(hex, want);
}

/* Many files, so that both threads and the folders kept open are used; and the statement of it. */
static void compare__many_files(void **state)
{
    (void)state;
    enum { N = 600 };
    for (int i = 0; i < N; i++) {
        char name[40], text[40];
        snprintf(text, sizeof text, "%d", i * 7919);
        snprintf(name, sizeof name, "a/%d/%d/f%d", i % 3, i % 7, i);
        put(name, text);
        name[0] = 'b';
        put(name, i % 10 == 0 ? "changed" : text);
    }
    yj_error err;
    yj_verify_options o = options(YJ_SUM_SHA512);
    yj_auto(yj_verify_done) yj_verify_result r;
    assert_status(yj_verify_folders(at("a"), at("b"), &o, &r, &err), YJ_OK);
    assert_counts(&r, "600 540 60 0 0 0 0 0");

    yj_auto(yj_key_freep) yj_key *k = NULL;
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new(1 << 22);
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, 1 << 20);
    yj_verify_about about = { .operation = "compare", .expected = "a", .found = "b\xff", .version = "0" };
    assert_status(yj_key_generate(YJ_SIGN_ED25519, &k, &err), YJ_OK);
    assert_status(yj_verify_sign(&r, &about, k, &b, &err), YJ_OK);
    yj_dsse d;
    yj_statement s;
    assert_status(yj_dsse_parse(yj_buf_view(&b), a, &d, &err), YJ_OK);
    assert_status(yj_dsse_verify(&d, k, &err), YJ_OK);
    assert_status(yj_statement_parse(&d, a, &s, &err), YJ_OK);
    assert_string_equal(s.predicate_type, YJ_VERIFY_PREDICATE);
    assert_true(json_is_false(json_object_get(s.predicate, "fine")));
    assert_int_equal(json_array_size(json_object_get(s.predicate, "findings")), 60);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(s.predicate, "counts"), "matched")),
                     540);
    assert_string_equal(json_string_value(json_object_get(json_object_get(s.predicate, "found"), "nameHex")),
                        "62ff");
    assert_string_equal(s.subject[0].digest[0].alg, "sha512");
    yj_statement_done(&s);
}

#define in_folder(f) cmocka_unit_test_setup_teardown(f, folder_make, test_folder_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(list__reads_both_forms),
        cmocka_unit_test(list__refuses_with_the_line),
        cmocka_unit_test(list__every_prefix_of_one_is_refused_or_shorter),
        cmocka_unit_test(list__what_is_written_is_read),
        in_folder(compare__counts_every_name_once),
        in_folder(compare__never_leaves_the_folder),
        in_folder(compare__names_moves_but_is_not_fine),
        in_folder(compare__special_files_are_skipped_and_said),
        in_folder(compare__what_cannot_be_read_is_not_missing),
        in_folder(compare__nothing_proves_nothing),
        in_folder(compare__walks_end_together),
        in_folder(list__against_a_folder),
        in_folder(make__lists_and_says_what_it_could_not),
        in_folder(compare__many_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
