// SPDX-License-Identifier: Apache-2.0
/* A disk without room, made by the process's own limit for files: whatever would be written is refused as
 * such, nothing of it stays, what is stored can be read meanwhile, and when there is room all goes on by
 * itself. */
#include "engine_test.h"

#include "base/file.h"
#include "record/backup.h"
#include "record/transfer.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

static void room_up_to(rlim_t bytes)
{
    struct rlimit r;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &r), 0);
    r.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &r), 0);
}

static void room(bool any)
{
    room_up_to(any ? RLIM_INFINITY : 4096);
}

/* Everything a refused write must leave as it is. */
static char *snapshot(bench *b)
{
    char *rows = bench_rows(
        b, "SELECT inst, size, last_time FROM ledger UNION ALL SELECT inst, count(*), max(seq) FROM entry "
           "GROUP BY inst UNION ALL SELECT -1, count(*), count(DISTINCT inst) FROM body UNION ALL SELECT -2, "
           "count(*), max(version) FROM r_vendor UNION ALL SELECT -3, count(*), max(id) FROM batch UNION ALL "
           "SELECT -4, count(*), max(size) FROM checkpoint ORDER BY 1, 2, 3");
    assert_non_null(rows);
    return rows;
}

static void expect_unchanged(bench *b, const char *before)
{
    char *now = snapshot(b);
    assert_string_equal(now, before);
    free(now);
}

static yj_status import_vendors(bench *b, int count, yj_error *err)
{
    yj_buf text;
    yj_buf_init(&text, 1 << 22);
    yj_buf_str(&text, "name,country\n");
    for (int i = 0; i < count; i++)
        yj_buf_fmt(&text, "imported %d,cn\n", i);
    yj_import_file file = { .name = "vendor.csv", .content = yj_buf_view(&text) };
    yj_import_report r;
    yj_status s = yj_import(b->e, b->inst.inst, yj_engine_operator(b->e), &file, 1, false, &r, err);
    assert_int_equal(r.problem_total, 0); /* it is no fault of a row */
    yj_import_report_done(&r);
    yj_buf_done(&text);
    return s;
}

static void writes__are_refused_and_leave_nothing(void **state)
{
    bench b;
    bench_open(&b, state);
    const char *v = bench_put(&b, "vendor", "{\"name\":\"v\",\"country\":\"cn\"}");
    yj_error err = { 0 };
    yj_ok(yj_engine_settle(b.e, 10000, &err));
    char *before = snapshot(&b);
    room(false);
    yj_status create =
        bench_try(&b, b.inst.inst, YJ_CH_CREATE, "vendor", NULL, NULL, "{\"name\":\"w\"}", -1, NULL, &err);
    yj_status change = bench_try(&b, b.inst.inst, YJ_CH_CHANGE, "vendor", v, NULL, "{\"country\":\"other\"}",
                                 -1, NULL, &err);
    yj_status move = bench_try(&b, b.inst.inst, YJ_CH_MOVE, "vendor", v, "withdraw", NULL, -1, NULL, &err);
    yj_status small = import_vendors(&b, 20, &err);
    yj_status large = import_vendors(&b, 2000, &err);
    yj_buf note;
    yj_buf_init(&note, 1 << 16);
    yj_status sign = yj_engine_checkpoint(b.e, b.inst.inst, &note, &err);
    yj_buf_done(&note);
    char path[700], part[720];
    snprintf(path, sizeof path, "%s/backup", b.t->dir);
    snprintf(part, sizeof part, "%s.part", path);
    yj_backup_report report;
    yj_status backup = yj_backup(b.e, path, &report, &err);
    bool left = yj_path_exists(path) || yj_path_exists(part);
    int64_t read = bench_number(&b, "SELECT count(*) FROM r_vendor");
    room(true);
    assert_int_equal(create, YJ_E_FULL);
    assert_int_equal(change, YJ_E_FULL);
    assert_int_equal(move, YJ_E_FULL);
    assert_int_equal(small, YJ_E_FULL);
    assert_int_equal(large, YJ_E_FULL);
    assert_int_equal(sign, YJ_E_FULL);
    assert_int_equal(backup, YJ_E_FULL);
    assert_false(left);
    assert_int_equal(read, 1);
    expect_unchanged(&b, before);
    free(before);

    bench_change(&b, "vendor", v, "{\"country\":\"other\"}");
    yj_ok(import_vendors(&b, 2000, &err));
    assert_int_equal(bench_number(&b, "SELECT count(*) FROM r_vendor"), 2001);
    yj_ok(yj_backup(b.e, path, &report, &err));
    bench_reopen(&b); /* the start checks every ledger */
    bench_close(&b);
}

/* Who waits for verdicts is told that there is no room for them, and they come as soon as there is. */
static void settle__without_room_does_not_wait_for_ever(void **state)
{
    bench b;
    bench_open(&b, state);
    yj_error err = { 0 };
    const char *s = bench_put(&b, "service", "{\"code\":\"S1\",\"title\":\"S1\",\"level\":1}");
    assert_string_equal(bench_verdict(&b, "1-1", s), "unmet");
    yj_status waited = YJ_OK;
    int level = 1;
    for (int i = 0; i < 200 && waited == YJ_OK; i++) { /* until the room goes before the verdict is written */
        char json[32];
        level = level == 1 ? 3 : 1;
        snprintf(json, sizeof json, "{\"level\":%d}", level);
        bench_change(&b, "service", s, json);
        room(false);
        waited = yj_engine_settle(b.e, -1, &err);
        room(true);
    }
    assert_int_equal(waited, YJ_E_FULL);
    yj_ok(yj_engine_settle(b.e, -1, &err));
    assert_string_equal(bench_verdict(&b, "1-1", s), level == 3 ? "met" : "unmet");
    bench_close(&b);
}

/* Room for some chunks, but neither for the rest nor for undoing them. */
static void batch__that_ran_out_of_room_is_undone_later(void **state)
{
    bench b;
    bench_open(&b, state);
    yj_error err = { 0 };
    bench_put(&b, "vendor",
              "{\"name\":\"imported 3\",\"country\":\"other\"}"); /* the batch would change it */
    yj_ok(yj_engine_settle(b.e, 10000, &err));
    char wal[700];
    struct stat st;
    snprintf(wal, sizeof wal, "%s/store.db-wal", b.t->dir);
    /* whether there is room left to undo the batch at once depends on where the log stands: until there is
     * not */
    int64_t open = 0;
    for (int i = 0; i < 20 && open == 0; i++) {
        assert_int_equal(stat(wal, &st), 0);
        room_up_to((rlim_t)st.st_size + 400000 + (rlim_t)i * 37000);
        yj_status s = import_vendors(&b, 5000, &err);
        room(true);
        assert_int_equal(s, YJ_E_FULL);
        open = bench_number(&b, "SELECT count(*) FROM open_batch");
        if (open == 0)
            assert_int_equal(bench_number(&b, "SELECT count(*) FROM r_vendor"), 1);
    }
    assert_int_equal(open, 1);
    assert_true(bench_number(&b, "SELECT count(*) FROM r_vendor") > 1); /* some of the batch is there */
    bench_reopen(&b);
    char *rows = bench_rows(&b, "SELECT nkey, f_country, until_batch FROM r_vendor");
    assert_string_equal(rows, "imported 3|other|0\n");
    free(rows);
    assert_int_equal(bench_number(&b, "SELECT count(*) FROM open_batch"), 0);
    yj_ok(import_vendors(&b, 5000, &err));
    assert_int_equal(bench_number(&b, "SELECT count(*) FROM r_vendor"), 5000);
    bench_close(&b);
}

static void nap(int ms)
{
    struct timespec t = { ms / 1000, (long)(ms % 1000) * 1000000 };
    nanosleep(&t, NULL);
}

static int64_t last_judgement(bench *b)
{
    return bench_number(b, "SELECT max(seq) FROM entry WHERE op = 'judge' AND inst > 0");
}

/* The day passes and the judge cannot write: it does so as soon as it can. */
static void judging__goes_on_when_there_is_room(void **state)
{
    bench b;
    bench_open(&b, state);
    const char *s = bench_put(&b, "service", "{\"code\":\"S1\",\"title\":\"S1\",\"level\":1}");
    assert_string_equal(bench_verdict(&b, "1-1", s), "unmet");
    int64_t judged = last_judgement(&b);
    room(false);
    bench_clock(&b, "2026-05-01T09:00:00+08:00");
    for (int i = 0; i < 50 && yj_engine_judge_lag(b.e) == 0; i++)
        nap(100);
    nap(1500); /* by now it has tried to write */
    room(true);
    for (int i = 0; i < 100 && last_judgement(&b) == judged; i++)
        nap(100);
    assert_true(last_judgement(&b) > judged);
    char *today = bench_rows(&b, "SELECT today FROM judged WHERE inst > 0");
    assert_string_equal(today, "2026-05-01\n");
    free(today);
    bench_close(&b);
}

static void init__leaves_nothing_behind(void **state)
{
    yj_test_store *t = *state;
    char data[600];
    snprintf(data, sizeof data, "%s/new", t->dir);
    static const char *const packs[] = { SOURCE_ROOT "/packs/core" };
    yj_init_options o = { .packs = packs, .pack_count = 1 };
    yj_error err = { 0 };
    room(false);
    yj_status s = yj_engine_init(data, &o, &err);
    bool left = yj_path_exists(data);
    room(true);
    assert_int_equal(s, YJ_E_FULL);
    assert_false(left);
    yj_ok(yj_engine_init(data, &o, &err));
}

int main(void)
{
    signal(SIGXFSZ, SIG_IGN); /* as the program does */
    const struct CMUnitTest tests[] = {
        yj_test_sqlite_only(writes__are_refused_and_leave_nothing),
        yj_test_sqlite_only(settle__without_room_does_not_wait_for_ever),
        yj_test_sqlite_only(batch__that_ran_out_of_room_is_undone_later),
        yj_test_sqlite_only(judging__goes_on_when_there_is_room),
        yj_test_sqlite_only(init__leaves_nothing_behind),
    };
    return cmocka_run_group_tests_name("record_full", tests, NULL, NULL);
}
