// SPDX-License-Identifier: Apache-2.0
/* A rule is damaged in each place that mutants.h names, once, and stays whole elsewhere. */
#include "bench/mutants.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

static yj_arena *arena;

/* "op: what -> by" in order; the list ends with NULL. */
static void expect(const char *sql, const char *const *wanted)
{
    size_t count;
    const mutant *m = mutants_of(arena, yj_span_of(sql), &count);
    for (size_t i = 0; i < count; i++) {
        const char *is = yj_arena_fmt(arena, "%s: %s -> %s", m[i].op, m[i].what, m[i].by);
        if (!wanted[i])
            fail_msg("one more: %s", is);
        assert_string_equal(is, wanted[i]);
    }
    assert_null(wanted[count]);
}

static void mutants__drop_operands(void **state)
{
    static const char *const both[] = { "drop: a IS NULL -> 1 = 1",
                                        "flip: IS -> IS NOT",
                                        "drop: (b = 1 OR c = 2) -> 1 = 1",
                                        "flip: AND -> OR",
                                        "drop: b = 1 -> 1 = 0",
                                        "flip: = -> <>",
                                        "drop: c = 2 -> 1 = 0",
                                        "flip: OR -> AND",
                                        "flip: = #2 -> <>",
                                        NULL };
    expect("SELECT x AS y FROM t WHERE a IS NULL AND (b = 1 OR c = 2)", both);
}

static void mutants__drop_a_lone_condition(void **state)
{
    static const char *const join[] = { "drop: t.id = u.id -> 1 = 1", "flip: = -> <>", NULL };
    expect("SELECT x AS y FROM t JOIN u ON t.id = u.id", join);
    static const char *const left[] = { "join: LEFT JOIN -> JOIN",
                                        "drop: t.id = u.id -> 1 = 1",
                                        "flip: = -> <>",
                                        "drop: t.n < 5 -> 1 = 1",
                                        "flip: < -> >=",
                                        "edge: < -> <=",
                                        NULL };
    expect("SELECT x AS y FROM t LEFT JOIN u ON t.id = u.id WHERE t.n < 5", left);
    static const char *const when[] = { "drop: a >= 'x' -> 1 = 0", "flip: >= -> <", "edge: >= -> >", NULL };
    expect("SELECT CASE WHEN a >= 'x' THEN 'y' ELSE 'z' END AS y FROM t", when);
}

/* Both the operand and the branch. */
static void mutants__drop_a_branch(void **state)
{
    static const char *const wanted[] = { "drop: a <> 1 -> 1 = 1", "drop: a <> 1 AND b > 2 -> 1 = 0",
                                          "flip: <> -> =",         "drop: b > 2 -> 1 = 1",
                                          "flip: AND -> OR",       "flip: > -> <=",
                                          "edge: > -> >=",         NULL };
    expect("SELECT CASE WHEN a <> 1 AND b > 2 THEN 'y' END AS y FROM t", wanted);
}

static void mutants__leave_between_whole(void **state)
{
    static const char *const wanted[] = { "drop: a BETWEEN 1 AND 2 -> 1 = 1", "drop: b = 3 -> 1 = 1",
                                          "flip: AND -> OR", "flip: = -> <>", NULL };
    expect("SELECT x AS y FROM t WHERE a BETWEEN 1 AND 2 AND b = 3", wanted);
}

static void mutants__turn_words_round(void **state)
{
    static const char *const wanted[] = {
        "drop: NOT EXISTS (SELECT 1 AS a FROM u WHERE u.id IS NOT NULL) -> 1 = 1", "flip: NOT -> ",
        "drop: u.id IS NOT NULL -> 1 = 1", "flip: IS NOT -> IS", NULL
    };
    expect("SELECT max_of AS y FROM t WHERE NOT EXISTS (SELECT 1 AS a FROM u WHERE u.id IS NOT NULL)",
           wanted);
    static const char *const in[] = { "extreme: max -> min", "drop: a IN ('p', 'q') -> 1 = 1",
                                      "flip: IN -> NOT IN",  "item: 'p', -> ",
                                      "item: , 'q' -> ",     NULL };
    expect("SELECT max(b) AS y FROM t WHERE a IN ('p', 'q')", in);
}

static void mutant_sql__replaces_one_place(void **state)
{
    const char *sql = "SELECT x AS y -- why: a = b\nFROM t WHERE a = :p AND b <> 'it''s'";
    size_t count;
    const mutant *m = mutants_of(arena, yj_span_of(sql), &count);
    assert_int_equal(count, 5);
    assert_string_equal(mutant_sql(arena, yj_span_of(sql), &m[0]),
                        "SELECT x AS y -- why: a = b\nFROM t WHERE  1 = 1  AND b <> 'it''s'");
    assert_int_equal(m[0].line, 2);
    assert_string_equal(mutant_sql(arena, yj_span_of(sql), &m[2]),
                        "SELECT x AS y -- why: a = b\nFROM t WHERE a = :p AND  1 = 1 ");
}

static int set_up(void **state)
{
    arena = yj_arena_new((size_t)8 << 20);
    return arena ? 0 : -1;
}

static int tear_down(void **state)
{
    yj_arena_free(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(mutants__drop_operands, set_up, tear_down),
        cmocka_unit_test_setup_teardown(mutants__drop_a_lone_condition, set_up, tear_down),
        cmocka_unit_test_setup_teardown(mutants__drop_a_branch, set_up, tear_down),
        cmocka_unit_test_setup_teardown(mutants__leave_between_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(mutants__turn_words_round, set_up, tear_down),
        cmocka_unit_test_setup_teardown(mutant_sql__replaces_one_place, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("mutants", tests, NULL, NULL);
}
