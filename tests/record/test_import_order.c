// SPDX-License-Identifier: Apache-2.0
/* Rows come behind those they refer to; where they refer to each other in a circle, one is completed later.
 */
#include "engine_test.h"

#include "record/rebuild.h"
#include "record/transfer.h"
#include <stdio.h>
#include <stdlib.h>

#define FILE_OF(called, text) ((yj_import_file){ .name = (called), .content = yj_span_of(text) })
#define WRITTEN "SELECT count(*) FROM entry WHERE kind IN ('knot', 'pact', 'bond')"

static yj_status import(bench *b, const yj_import_file *files, size_t n, bool dry, yj_import_report *r,
                        yj_error *err)
{
    return yj_import(b->e, b->inst.inst, yj_engine_operator(b->e), files, n, dry, r, err);
}

static char *exported(bench *b, int64_t inst, const char *name, char folder[static 700])
{
    yj_error err = { 0 };
    yj_buf text;
    snprintf(folder, 700, "%s/%s", b->t->dir, name);
    yj_ok(yj_export_folder(b->e, inst, folder, &err));
    yj_buf_init(&text, 1 << 24);
    bench_tree(folder, &text);
    return text.ptr;
}

/* Out, into an empty institution, and out again: the same files. And that import again writes nothing. */
static void round_trip(bench *b)
{
    char first[700], second[700];
    yj_error err = { 0 };
    yj_import_report r;
    yj_institution other;
    bench_institution(b, "other", &other);
    char *one = exported(b, b->inst.inst, "one", first);
    yj_ok(yj_import_path(b->e, other.inst, yj_engine_operator(b->e), first, false, &r, &err));
    yj_import_report_done(&r);
    char *two = exported(b, other.inst, "two", second);
    assert_string_equal(one, two);
    int64_t before = bench_number(b, WRITTEN);
    yj_ok(yj_import_path(b->e, other.inst, yj_engine_operator(b->e), first, false, &r, &err));
    assert_int_equal(r.created + r.changed, 0);
    assert_int_equal(r.unchanged, r.rows);
    yj_import_report_done(&r);
    assert_int_equal(bench_number(b, WRITTEN), before);
    free(one);
    free(two);
}

typedef struct ring {
    const char *file[3][2]; /* name, text */
    size_t count;
    size_t created, entries; /* entries: one for each row, and one for each that is completed */
    const char *links;       /* knots in order: code, next, many, pact, about */
} ring;

static const char links[] =
    "SELECT k.nkey, n.nkey, (SELECT count(*) FROM l_knot_many l WHERE l.inst = k.inst AND l.id = k.id),"
    " p.f_number, a.nkey, k.state FROM r_knot k LEFT JOIN r_knot n ON n.inst = k.inst AND n.id = k.f_next"
    " LEFT JOIN r_pact p ON p.inst = k.inst AND p.id = k.f_pact"
    " LEFT JOIN r_knot a ON a.inst = k.inst AND a.id = k.f_about ORDER BY k.nkey";

static const ring rings[] = {
    /* of two */
    { { { "knot.csv", "code,next\nA,B\nB,A\n" } }, 1, 2, 3, "A|B|0|-|-|loose\nB|A|0|-|-|loose\n" },
    /* of one */
    { { { "knot.csv", "code,next,state\nA,A,tight\n" } }, 1, 1, 2, "A|A|0|-|-|tight\n" },
    /* by a list, which is set as a whole and keeps its order; who is outside waits for nobody */
    { { { "knot.csv", "code,many,next\nA,C;B;A,\nB,,A\nC,,A\nD,,A\n" } },
      1,
      4,
      5,
      "A|-|3|-|-|loose\nB|A|0|-|-|loose\nC|A|0|-|-|loose\nD|A|0|-|-|loose\n" },
    /* across files, one reference required: the ring opens at the other */
    { { { "pact.csv", "knot,number\nA,7\n" }, { "knot.csv", "code,pact\nA,A / 7\n" } },
      2,
      2,
      3,
      "A|-|0|7|-|loose\n" },
    /* across three: a pact needs B, which names A, which names the pact */
    { { { "pact.jsonl", "{\"knot\":\"B\",\"number\":3}\n" },
        { "knot.csv", "code,next\nB,A\n" },
        { "knot.jsonl", "{\"code\":\"A\",\"pact\":\"B / 3\"}\n" } },
      3,
      3,
      4,
      "A|-|0|3|-|loose\nB|A|0|-|-|loose\n" },
    /* a record of any kind */
    { { { "knot.csv", "code,about_kind,about\nA,knot,B\nB,knot,A\n" } },
      1,
      2,
      3,
      "A|-|0|-|B|loose\nB|-|0|-|A|loose\n" },
    /* two rings that share a row: it is the one that is completed */
    { { { "knot.csv", "code,next,many\nA,M,\nM,B,A;C\nB,M,\nC,M,\n" } },
      1,
      4,
      5,
      "A|M|0|-|-|loose\nB|M|0|-|-|loose\nC|M|0|-|-|loose\nM|B|2|-|-|loose\n" },
};

static void check_ring(void **state, const ring *g)
{
    yj_import_file files[3];
    for (size_t i = 0; i < g->count; i++)
        files[i] = FILE_OF(g->file[i][0], g->file[i][1]);
    bench b;
    bench_open(&b, state);
    yj_import_report r;
    yj_error err = { 0 };
    yj_ok(import(&b, files, g->count, true, &r, &err));
    assert_int_equal(r.created, g->created);
    yj_import_report_done(&r);
    assert_int_equal(bench_number(&b, WRITTEN), 0);

    yj_ok(import(&b, files, g->count, false, &r, &err));
    assert_int_equal(r.created, g->created);
    assert_int_equal(r.changed + r.unchanged + r.moved, 0);
    assert_int_equal(r.rows, g->created);
    yj_import_report_done(&r);
    assert_int_equal(bench_number(&b, WRITTEN), g->entries);
    char *rows = bench_rows(&b, links);
    assert_string_equal(rows, g->links);
    free(rows);

    yj_ok(import(&b, files, g->count, false, &r, &err));
    assert_int_equal(r.unchanged, g->created);
    yj_import_report_done(&r);
    assert_int_equal(bench_number(&b, WRITTEN), g->entries);
    round_trip(&b);
    bench_close(&b);
}

static void ring__by_two_rows_is_completed(void **state)
{
    check_ring(state, &rings[0]);
}
static void ring__by_one_row_is_completed(void **state)
{
    check_ring(state, &rings[1]);
}
static void ring__by_a_list_is_completed(void **state)
{
    check_ring(state, &rings[2]);
}
static void ring__by_a_required_reference_is_completed(void **state)
{
    check_ring(state, &rings[3]);
}
static void ring__by_three_files_is_completed(void **state)
{
    check_ring(state, &rings[4]);
}
static void ring__by_a_record_of_any_kind_is_completed(void **state)
{
    check_ring(state, &rings[5]);
}
static void ring__by_a_shared_row_is_completed(void **state)
{
    check_ring(state, &rings[6]);
}

static void ring__of_required_references_is_told_row_by_row(void **state)
{
    bench b;
    bench_open(&b, state);
    /* three in a ring, one that names itself, one that waits for the ring, and an ordinary one */
    yj_import_file files[] = { FILE_OF("bond.csv", "code,knot,other\nA,K,B\nB,,C\nD,,A\nE,,E\n"),
                               FILE_OF("bond.jsonl", "{\"code\":\"C\",\"other\":\"A\"}\n"),
                               FILE_OF("knot.csv", "code\nK\n") };
    static const struct {
        const char *file;
        size_t line, column;
        const char *says, *zh;
    } expect[] = {
        { "bond.csv", 2, 3, "names line 3 of bond.csv, which cannot be made before this row: 3 rows",
          "第 3 行" },
        { "bond.csv", 3, 3, "names line 1 of bond.jsonl", "bond.jsonl" },
        { "bond.csv", 5, 3, "names the row itself", "指向本行自身" },
        { "bond.jsonl", 1, 0, "names line 2 of bond.csv", "共 3 行循环依赖" },
    };
    yj_import_report r;
    yj_error err = { 0 };
    assert_int_equal(import(&b, files, YJ_COUNT(files), false, &r, &err), YJ_E_INVALID);
    assert_int_equal(r.problem_total, YJ_COUNT(expect));
    for (size_t i = 0; i < YJ_COUNT(expect); i++) {
        assert_string_equal(r.problems[i].file, expect[i].file);
        assert_int_equal(r.problems[i].line, expect[i].line);
        assert_int_equal(r.problems[i].column, expect[i].column);
        assert_string_equal(r.problems[i].field, "other");
        assert_non_null(strstr(r.problems[i].msg, expect[i].says));
        assert_non_null(strstr(r.problems[i].msg_zh, expect[i].zh));
    }
    yj_import_report_done(&r);
    assert_int_equal(bench_number(&b, WRITTEN), 0);
    bench_close(&b);
}

/* A fault that only the writer finds, when the ring's rows are written already: nothing of them stays. */
static void ring__with_a_bad_row_leaves_nothing(void **state)
{
    bench b;
    bench_open(&b, state);
    bench_put(&b, "knot", "{\"code\":\"X\"}");
    int64_t before = bench_number(&b, WRITTEN);
    yj_import_file files[] = {
        FILE_OF("knot.csv", "code,next\nA,B\nB,A\n"),
        FILE_OF("knot.jsonl", "{\"id\":\"01900000-0000-7000-8000-000000000001\",\"code\":\"X\"}\n")
    };
    yj_import_report r;
    yj_error err = { 0 };
    assert_int_equal(import(&b, files, 2, false, &r, &err), YJ_E_INVALID);
    assert_int_equal(r.problem_total, 1);
    assert_string_equal(r.problems[0].file, "knot.jsonl");
    yj_import_report_done(&r);
    assert_int_equal(bench_number(&b, WRITTEN), before);
    assert_int_equal(bench_number(&b, "SELECT count(*) FROM r_knot"), 1);
    bench_close(&b);
}

#define MANY 1500

/* One long ring, in a batch whose chunks cut it many times, and a chain as long, in the worst order. */
static void ring__is_completed_across_chunks(void **state)
{
    bench b;
    bench_open(&b, state);
    yj_buf text;
    yj_buf_init(&text, 1 << 24);
    yj_buf_str(&text, "code,next,many\n");
    for (int i = 0; i < MANY; i++)
        yj_buf_fmt(&text, "R%d,R%d,%s\n", i, (i + 1) % MANY, i == 3 ? "R3;R1400" : "");
    for (int i = 0; i < MANY; i++)
        yj_buf_fmt(&text, "C%d,%s%.0d,\n", i, i + 1 < MANY ? "C" : "", i + 1 < MANY ? i + 1 : 0);
    yj_import_file files[] = { FILE_OF("knot.csv", text.ptr) };
    yj_import_report r;
    yj_error err = { 0 };
    yj_ok(import(&b, files, 1, false, &r, &err));
    assert_int_equal(r.created, 2 * MANY);
    assert_int_equal(r.changed, 0);
    assert_true(r.batch > 0);
    yj_import_report_done(&r);
    assert_int_equal(bench_number(&b, "SELECT count(*) FROM r_knot WHERE f_next IS NULL"), 1);
    assert_int_equal(bench_number(&b, "SELECT count(*) FROM l_knot_many"), 2);
    int64_t written = bench_number(&b, WRITTEN);
    assert_in_range(written, 2 * MANY + 1, 2 * MANY + 2);
    assert_int_equal(bench_number(&b, WRITTEN " AND batch = 0"), 0);

    yj_ok(import(&b, files, 1, false, &r, &err));
    assert_int_equal(r.unchanged, 2 * MANY);
    yj_import_report_done(&r);
    assert_int_equal(bench_number(&b, WRITTEN), written);
    yj_buf_done(&text);

    yj_ok(yj_engine_settle(b.e, 60000, &err));
    char *before = bench_derived(&b);
    yj_rebuild_report rebuilt;
    yj_ok(yj_rebuild(b.e, &(yj_rebuild_options){ .inst = -1 }, &rebuilt, &err));
    char *after = bench_derived(&b);
    assert_string_equal(before, after);
    free(before);
    free(after);
    round_trip(&b);
    bench_close(&b);
}

/* Every row waits for every other: rings in rings. */
static void rings__without_number_all_open(void **state)
{
    bench b;
    bench_open(&b, state);
    yj_buf text;
    yj_buf_init(&text, 1 << 24);
    yj_buf_str(&text, "code,next,many\n");
    for (int i = 0; i < 60; i++) {
        yj_buf_fmt(&text, "N%d,N%d,", i, (i * 7 + 3) % 60);
        for (int j = 0; j < 60; j++)
            yj_buf_fmt(&text, "N%d;", j);
        yj_buf_char(&text, '\n');
    }
    yj_import_file files[] = { FILE_OF("knot.csv", text.ptr) };
    yj_import_report r;
    yj_error err = { 0 };
    yj_ok(import(&b, files, 1, false, &r, &err));
    assert_int_equal(r.created, 60);
    yj_import_report_done(&r);
    yj_buf_done(&text);
    assert_int_equal(bench_number(&b, "SELECT count(*) FROM l_knot_many"), 3600);
    assert_int_equal(bench_number(&b, "SELECT count(*) FROM r_knot WHERE f_next IS NOT NULL"), 60);
    round_trip(&b);
    bench_close(&b);
}

/* Moves come in the order of the files, whatever order the rows are written in. */
static void existing_rows__are_no_part_of_a_ring(void **state)
{
    bench b;
    bench_open(&b, state);
    bench_put(&b, "knot", "{\"code\":\"A\"}");
    yj_import_file files[] = { FILE_OF("knot.csv", "code,next,state\nA,B,tight\nB,A,\n") };
    yj_import_report r;
    yj_error err = { 0 };
    int64_t before = bench_number(&b, WRITTEN);
    yj_ok(import(&b, files, 1, false, &r, &err));
    assert_int_equal(r.created, 1);
    assert_int_equal(r.changed, 1);
    assert_int_equal(r.moved, 1);
    yj_import_report_done(&r);
    assert_int_equal(bench_number(&b, WRITTEN) - before, 3); /* B, A, A's move */
    char *rows = bench_rows(&b, links);
    assert_string_equal(rows, "A|B|0|-|-|tight\nB|A|0|-|-|loose\n");
    free(rows);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        yj_test_stores(ring__by_two_rows_is_completed),
        yj_test_stores(ring__by_one_row_is_completed),
        yj_test_stores(ring__by_a_list_is_completed),
        yj_test_stores(ring__by_a_required_reference_is_completed),
        yj_test_stores(ring__by_three_files_is_completed),
        yj_test_stores(ring__by_a_record_of_any_kind_is_completed),
        yj_test_stores(ring__by_a_shared_row_is_completed),
        yj_test_stores(ring__of_required_references_is_told_row_by_row),
        yj_test_stores(ring__with_a_bad_row_leaves_nothing),
        yj_test_stores(ring__is_completed_across_chunks),
        yj_test_stores(rings__without_number_all_open),
        yj_test_stores(existing_rows__are_no_part_of_a_ring),
    };
    return cmocka_run_group_tests_name("record_import_order", tests, NULL, NULL);
}
