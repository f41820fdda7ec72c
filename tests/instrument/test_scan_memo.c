// SPDX-License-Identifier: Apache-2.0
/* What an earlier run found is told again without reading, and only where nothing can have changed. */
#include "../base/test.h"
#include "instrument/scan/memo.h"
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#define HOUR (INT64_C(3600) * 1000000000)

static char folder[] = "/tmp/yj-scan-memo-XXXXXX";
static yj_error err;

static const char *path_of(const char *name)
{
    static char path[4][256];
    static unsigned turn;
    char *p = path[turn++ % 4];
    snprintf(p, sizeof path[0], "%s/%s", folder, name);
    return p;
}

static void put(const char *name, const char *text)
{
    assert_status(yj_file_write(path_of(name), yj_span_of(text), 0600, &err), YJ_OK);
}

/* --- a run and what it says -------------------------------------------------------------------------------
 */

typedef struct said {
    char text[8192];
    size_t len;
    unsigned files, remembered;
    uint64_t bytes;
} said;

static yj_status on_file(void *with, const yj_scan_file *f, yj_error *e)
{
    said *s = with;
    char hex[2 * YJ_HASH_LEN + 1] = "";
    if (f->has_digest)
        yj_digest_hex(&f->sha256, hex);
    s->files++;
    s->remembered += f->remembered;
    s->len += (size_t)snprintf(s->text + s->len, sizeof s->text - s->len, "%s %.8s %d %s %s %d %d %d\n",
                               f->path, hex, (int)f->size, f->format, yj_scan_state_name(f->state),
                               (int)f->hits, f->grade, (int)f->inside);
    for (size_t i = 0; i < f->places; i++) {
        yj_digest_hex(&f->place[i].print, hex);
        s->len += (size_t)snprintf(s->text + s->len, sizeof s->text - s->len, " %d@%d+%d %d%s %s %s\n",
                                   (int)f->place[i].what, (int)f->place[i].at, (int)f->place[i].len,
                                   (int)f->place[i].row, f->place[i].column,
                                   f->place[i].has_print ? hex : "-", f->place[i].masked);
    }
    assert_true(s->len < sizeof s->text);
    return YJ_OK;
}

static void on_progress(void *with, const yj_scan_progress *p)
{
    ((said *)with)->bytes = p->bytes;
}

typedef struct how {
    const char *state; /* NULL: s */
    const yj_digest *rules;
    const char *key;
    int64_t settle_ns;
    bool show;
} how;

static yj_status scan(const how *h, said *s)
{
    yj_auto(yj_scan_memo_freep) yj_scan_memo *m = NULL;
    const char *paths[] = { path_of("tree") };
    yj_scan_memo_by by = { "1", h->rules, yj_span_of(h->key ? h->key : "") };
    YJ_TRY(yj_scan_memo_open(path_of(h->state ? h->state : "s"), &by, h->settle_ns, &m, &err));
    yj_scan_wish wish = { .file = on_file,
                          .progress = on_progress,
                          .with = s,
                          .memo = m,
                          .show = h->show,
                          .print_key = by.print_key };
    *s = (said){ .len = 0 };
    return yj_scan_run(paths, 1, &wish, &err);
}

static said first, again;

static void scan_both(const how *h)
{
    assert_status(scan(h, &first), YJ_OK);
    assert_status(scan(h, &again), YJ_OK);
}

/* --- tests ------------------------------------------------------------------------------------------------
 */

static void files__unchanged_are_told_without_reading(void **state)
{
    scan_both(&(how){ .key = "a key of sixteen" });
    assert_int_equal(first.remembered, 0);
    assert_true(first.bytes > 0);
    assert_int_equal(again.remembered, again.files);
    assert_int_equal(again.bytes, 0);
    assert_string_equal(again.text, first.text);
    assert_non_null(strstr(again.text, "tree/p.tar!/in/list.csv "));
    assert_null(strstr(again.text, " - ")); /* fingerprints, too */
    struct stat st;
    assert_int_equal(stat(path_of("s"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    yj_buf b;
    yj_buf_init(&b, 1 << 20);
    assert_status(yj_file_read(path_of("s"), 1 << 20, &b, &err), YJ_OK);
    assert_null(memmem(b.ptr, b.len, "13812345678", 11));
    assert_null(memmem(b.ptr, b.len, "a key of sixteen", 16));
    yj_buf_done(&b);
}

static void files__changed_are_read_again(void **state)
{
    scan_both(&(how){ .settle_ns = 0 });
    put("tree/a.txt", "tel 13812345679\n"); /* as long as before */
    put("tree/new.txt", "x");
    unlink(path_of("tree/b.txt"));
    assert_status(scan(&(how){ .settle_ns = 0 }, &again), YJ_OK);
    assert_int_equal(again.files - again.remembered, 2);
    assert_string_not_equal(again.text, first.text);
    assert_status(scan(&(how){ .state = "other" }, &first), YJ_OK);
    assert_string_equal(again.text, first.text);
    sqlite3 *db;
    sqlite3_stmt *q;
    assert_int_equal(sqlite3_open(path_of("s"), &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(db, "SELECT count(*) FROM seen WHERE path LIKE '%/b.txt'", -1, &q, NULL), 0);
    assert_int_equal(sqlite3_step(q), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int(q, 0), 0); /* what is gone is forgotten */
    sqlite3_finalize(q);
    sqlite3_close(db);
}

static void files__that_changed_just_now_are_not_kept(void **state)
{
    scan_both(&(how){ .settle_ns = HOUR });
    assert_int_equal(again.remembered, 0);
    assert_string_equal(again.text, first.text);
}

static void rules__of_another_kind_read_again(void **state)
{
    yj_digest rules = { { 1 } };
    scan_both(&(how){ .settle_ns = 0 });
    assert_true(again.remembered > 0);
    assert_status(scan(&(how){ .rules = &rules }, &again), YJ_OK);
    assert_int_equal(again.remembered, 0);
    assert_status(scan(&(how){ .rules = &rules, .key = "a key of sixteen" }, &again), YJ_OK);
    assert_int_equal(again.remembered, 0);
    assert_status(scan(&(how){ .rules = &rules, .key = "a key of sixteen" }, &again), YJ_OK);
    assert_int_equal(again.remembered, again.files);
}

static void values__that_are_shown_are_read_and_not_kept(void **state)
{
    scan_both(&(how){ .show = true });
    assert_true(again.remembered > 0 && again.remembered < again.files);
    assert_non_null(strstr(again.text, "******"));
    assert_string_equal(again.text, first.text);
}

/* Wherever a byte is turned: the same is told, or nothing. */
static void damage__is_an_error_and_never_another_answer(void **state)
{
    yj_buf b;
    unsigned refused = 0;
    yj_buf_init(&b, 1 << 20);
    scan_both(&(how){ .settle_ns = 0 });
    assert_status(yj_file_read(path_of("s"), 1 << 20, &b, &err), YJ_OK);
    uint64_t random = TEST_SEED;
    for (int i = 0; i < 20; i++) {
        size_t at = i < 8 ? (size_t)i * 12 : test_random(&random) % b.len;
        b.ptr[at] ^= 0x11;
        assert_status(yj_file_write(path_of("bad"), yj_buf_view(&b), 0600, &err), YJ_OK);
        b.ptr[at] ^= 0x11;
        yj_status s = scan(&(how){ .state = "bad" }, &again);
        refused += s != YJ_OK;
        if (s == YJ_OK)
            assert_string_equal(again.text, first.text);
        unlink(path_of("bad-journal"));
    }
    assert_true(refused > 0);
    yj_buf_done(&b);
    sqlite3 *db; /* what SQLite's check does not see */
    assert_int_equal(sqlite3_open(path_of("s"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "UPDATE told SET hits = hits + 1 WHERE n = 0", NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
    assert_status(scan(&(how){ .settle_ns = 0 }, &again), YJ_E_INVALID);
}

static void files__that_are_something_else_are_refused(void **state)
{
    sqlite3 *db;
    put("text", "this is no state of a scan, but a text\n");
    assert_status(scan(&(how){ .state = "text" }, &again), YJ_E_INVALID);
    assert_int_equal(sqlite3_open(path_of("own.db"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "CREATE TABLE t(a)", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    chmod(path_of("own.db"), 0600);
    assert_status(scan(&(how){ .state = "own.db" }, &again), YJ_E_INVALID);
    scan_both(&(how){ .settle_ns = 0 });
    assert_int_equal(sqlite3_open(path_of("s"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "CREATE TRIGGER x AFTER UPDATE ON run BEGIN DELETE FROM seen; END",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
    assert_status(scan(&(how){ .settle_ns = 0 }, &again), YJ_E_INVALID);
    unlink(path_of("s"));
    scan_both(&(how){ .settle_ns = 0 });
    yj_auto(yj_scan_memo_freep) yj_scan_memo *m = NULL;
    assert_status(yj_scan_memo_open(path_of("s"), &(yj_scan_memo_by){ .version = "1" }, 0, &m, &err), YJ_OK);
    assert_status(scan(&(how){ .settle_ns = 0 }, &again), YJ_E_BUSY);
    chmod(path_of("s"), 0640);
    assert_status(scan(&(how){ .settle_ns = 0 }, &again), YJ_E_FORBIDDEN);
    assert_int_equal(symlink("s", path_of("link")), 0);
    assert_true(scan(&(how){ .state = "link" }, &again) != YJ_OK);
    assert_status(scan(&(how){ .state = "tree/s" }, &again), YJ_E_USAGE);
}

static int set_up(void **state)
{
    /* "in/list.csv" in a tar of one block, a table with a heading */
    static const char csv[] = "name,phone\nx,13812345678\n";
    char tar[2048] = "in/list.csv";
    memcpy(tar + 100, "0000600", 7);
    memcpy(tar + 108, "0000000", 7);
    memcpy(tar + 116, "0000000", 7);
    snprintf(tar + 124, 12, "%011o", (unsigned)sizeof csv - 1);
    memcpy(tar + 136, "00000000000", 11);
    memset(tar + 148, ' ', 8);
    tar[156] = '0';
    memcpy(tar + 257, "ustar\00000", 8);
    unsigned sum = 0;
    for (int i = 0; i < 512; i++)
        sum += (unsigned char)tar[i];
    snprintf(tar + 148, 8, "%06o", sum);
    memcpy(tar + 512, csv, sizeof csv - 1);
    if (mkdir(path_of("tree"), 0700) != 0)
        return -1;
    put("tree/a.txt", "tel 13812345678\n");
    put("tree/b.txt", "nothing\n");
    return yj_file_write(path_of("tree/p.tar"), (yj_span){ tar, sizeof tar }, 0600, &err) == YJ_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    return yj_dir_remove(folder, &err) == YJ_OK ? 0 : -1;
}

static int begin(void **state)
{
    return mkdtemp(folder) ? 0 : -1;
}

static int world(void **state)
{
    memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
    return begin(state) == 0 ? set_up(state) : -1;
}

int main(int argc, char **argv)
{
    if (yj_box_child(argc, argv, NULL))
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(files__unchanged_are_told_without_reading, world, tear_down),
        cmocka_unit_test_setup_teardown(files__changed_are_read_again, world, tear_down),
        cmocka_unit_test_setup_teardown(files__that_changed_just_now_are_not_kept, world, tear_down),
        cmocka_unit_test_setup_teardown(rules__of_another_kind_read_again, world, tear_down),
        cmocka_unit_test_setup_teardown(values__that_are_shown_are_read_and_not_kept, world, tear_down),
        cmocka_unit_test_setup_teardown(damage__is_an_error_and_never_another_answer, world, tear_down),
        cmocka_unit_test_setup_teardown(files__that_are_something_else_are_refused, world, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
