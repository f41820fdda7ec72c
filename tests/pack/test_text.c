// SPDX-License-Identifier: Apache-2.0
/* Small parts: names, numbers, the order of ids, SQL as words, sentences taken apart. */
#include "pack/form.h"
#include "pack/load.h"
#include "pack/sentence.h"
#include "pack/sqltext.h"
#include "packs.h"

static void natural_compare__orders_numbers_by_value(void **state)
{
    static const char *const sorted[] = { "",       "3.9-1",  "3.10-1",  "6",     "6.1",  "6.1-2",
                                          "6.1-02", "6.1-10", "6.1.1-1", "6.1.2", "6.10", "6.10a",
                                          "6.10b",  "10",     "A.1",     "A.10",  "a.1" };
    for (size_t i = 0; i < YJ_COUNT(sorted); i++) {
        for (size_t j = 0; j < YJ_COUNT(sorted); j++) {
            int c = yj_natural_compare(sorted[i], sorted[j]), wanted = (i > j) - (i < j);
            bool zeros = (i == 5 || i == 6) && (j == 5 || j == 6); /* any order, but not equal */
            if (zeros ? (c == 0) != (i == j) : (c > 0) - (c < 0) != wanted)
                fail_msg("\"%s\" and \"%s\": %d", sorted[i], sorted[j], c);
        }
    }
    assert_true(yj_natural_compare("1.99999999999999999999998", "1.99999999999999999999999") < 0);
}

static void name_valid__takes_names(void **state)
{
    assert_true(yj_name_valid("a"));
    assert_true(yj_name_valid("a_1"));
    assert_true(yj_name_valid("abcdefghijklmnopqrstuvwxyz0123456789_abcd"));
    assert_false(yj_name_valid("abcdefghijklmnopqrstuvwxyz0123456789_abcde"));
    static const char *const bad[] = { "", "A", "1a", "_a", "a-b", "a b", "aB", "a.", "\xe7\xbb\x9f" };
    for (size_t i = 0; i < YJ_COUNT(bad); i++)
        assert_false(yj_name_valid(bad[i]));
    static const char *const clauses[] = { "6", "6.1.2", "A.1", "5a" };
    for (size_t i = 0; i < YJ_COUNT(clauses); i++)
        assert_true(yj_clause_valid(clauses[i]));
    static const char *const bad_clauses[] = { "", ".", "6.", ".6", "6..1", "6-1", "6 1" };
    for (size_t i = 0; i < YJ_COUNT(bad_clauses); i++)
        assert_false(yj_clause_valid(bad_clauses[i]));
}

static void sql_reserved__knows_both_databases(void **state)
{
    static const char *const words[] = { "add",     "order", "user", "with",  "rowid",
                                         "analyse", "limit", "to",   "isnull" };
    for (size_t i = 0; i < YJ_COUNT(words); i++)
        assert_true(yj_sql_reserved(words[i]));
    static const char *const free_words[] = { "system", "name", "date", "role", "level", "value",
                                              "source", "type", "text", "zone", "a",     "zzz" };
    for (size_t i = 0; i < YJ_COUNT(free_words); i++)
        assert_false(yj_sql_reserved(free_words[i]));
}

typedef struct found {
    char text[200];
    size_t count;
} found;

static void on_result(void *ctx, const yj_sql_token *t)
{
    found *f = ctx;
    size_t n = strlen(f->text);
    snprintf(f->text + n, sizeof f->text - n, "%.*s:%d ", (int)t->s.len, t->s.ptr, t->line);
    f->count++;
}

static void sql_results__finds_outcomes_only(void **state)
{
    static const struct {
        const char *sql, *found;
    } rows[] = {
        { "SELECT 'a' AS reason", "a:1 " },
        { "select x,\n 'a'\n as REASON from y", "a:2 " },
        { "SELECT 'a' AS other, b AS reason", "" },
        { "SELECT CASE WHEN x = 'no' THEN 'a' ELSE 'b' END AS reason", "a:1 b:1 " },
        { "SELECT CASE x WHEN 'no' THEN 'a' WHEN 'no2' THEN NULL END AS reason", "a:1 " },
        { "SELECT CASE WHEN CASE y WHEN 1 THEN 'no' END = 'no' THEN 'a' ELSE CASE WHEN 1 THEN 'b' END END AS "
          "reason",
          "a:1 b:1 " },
        { "SELECT (((CASE WHEN 1 THEN ('a') END))) AS reason", "a:1 " },
        { "SELECT ('a') || ('b') AS reason", "" },
        { "SELECT CASE WHEN 1 THEN 'a' END || 'b' AS reason", "" },
        { "SELECT coalesce(x, 'no') AS reason, (SELECT 'no') AS reason", "" },
        { "SELECT DISTINCT 'a' AS reason UNION SELECT 'b' AS reason", "a:1 b:1 " },
        { "WITH n AS (SELECT 'a' AS reason) SELECT reason AS reason FROM n", "a:1 " },
        { "-- 'no' AS reason\nSELECT 'a' -- x\n AS reason", "a:2 " },
        { "SELECT 'it''s' AS reason", "it''s:1 " },
        { "SELECT CASE WHEN 1 THEN 'a' AS reason", "" },
        { "AS reason", "" },
        { ") AS reason", "" },
        { "'open AS reason", "" },
        { "SELECT CASE END AS reason", "" },
        { "SELECT ( AS reason", "" },
    };
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new((size_t)4 << 20);
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        found f = { .count = 0 };
        yj_sql_text t = yj_sql_read(a, yj_span_of(rows[i].sql));
        yj_sql_results(&t, "reason", on_result, &f);
        if (strcmp(f.text, rows[i].found) != 0)
            fail_msg("%s: found %s", rows[i].sql, f.text);
    }
}

static void sql_read__bears_deep_nesting(void **state)
{
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new((size_t)16 << 20);
    yj_auto(yj_buf_done) yj_buf sql;
    found f = { .count = 0 };
    yj_buf_init(&sql, (size_t)1 << 20);
    yj_buf_str(&sql, "SELECT ");
    for (int i = 0; i < 3000; i++)
        yj_buf_str(&sql, "CASE WHEN 1 THEN (");
    yj_buf_str(&sql, "'a'");
    for (int i = 0; i < 3000; i++)
        yj_buf_str(&sql, ") END");
    yj_buf_str(&sql, " AS reason");
    yj_sql_text t = yj_sql_read(a, yj_buf_view(&sql));
    yj_sql_results(&t, "reason", on_result, &f);
    assert_int_equal(f.count, 0); /* given up */
    assert_true(yj_sql_has_text(&t, "a"));
    assert_false(yj_sql_has_text(&t, "b"));
}

static void sql_read__finds_texts_and_parameters(void **state)
{
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new((size_t)1 << 20);
    yj_sql_text t = yj_sql_read(a, YJ_SPAN("SELECT 'x y', :p1 -- :p2 'z'\n, ':p3', \xe4\xb8\xad"));
    assert_true(yj_sql_has_text(&t, "x y"));
    assert_false(yj_sql_has_text(&t, "z"));
    assert_true(yj_sql_has_param(&t, "p1"));
    assert_false(yj_sql_has_param(&t, "p2"));
    assert_false(yj_sql_has_param(&t, "p3"));
}

static void sentence_next__takes_parts(void **state)
{
    yj_span rest = YJ_SPAN("a {b}{c|choice:k.f}{:d} e {:g|choice:kk.ff}");
    yj_sentence_part p;
    const char *fault = NULL;
    assert_true(yj_sentence_next(&rest, &p, &fault));
    assert_int_equal(p.what, YJ_SENTENCE_TEXT);
    assert_true(yj_span_is(p.text, "a "));
    assert_true(yj_sentence_next(&rest, &p, &fault));
    assert_int_equal(p.what, YJ_SENTENCE_VALUE);
    assert_true(yj_span_is(p.text, "b"));
    assert_int_equal(p.kind.len, 0);
    assert_true(yj_sentence_next(&rest, &p, &fault));
    assert_true(yj_span_is(p.text, "c"));
    assert_true(yj_span_is(p.kind, "k"));
    assert_true(yj_span_is(p.field, "f"));
    assert_true(yj_sentence_next(&rest, &p, &fault));
    assert_int_equal(p.what, YJ_SENTENCE_PARAM);
    assert_true(yj_span_is(p.text, "d"));
    assert_true(yj_sentence_next(&rest, &p, &fault));
    assert_true(yj_sentence_next(&rest, &p, &fault));
    assert_int_equal(p.what, YJ_SENTENCE_PARAM);
    assert_true(yj_span_is(p.field, "ff"));
    assert_false(yj_sentence_next(&rest, &p, &fault));
    assert_null(fault);
    static const char *const bad[] = { "{",
                                       "}",
                                       "{}",
                                       "{a",
                                       "{A}",
                                       "{a b}",
                                       "{a|b}",
                                       "{a|choice:}",
                                       "{a|choice:b}",
                                       "{a|choice:b.}",
                                       "{a|choice:b.c",
                                       "{:}",
                                       "{ a}",
                                       "{{a}}",
                                       "{a}}" };
    for (size_t i = 0; i < YJ_COUNT(bad); i++) {
        rest = yj_span_of(bad[i]);
        fault = NULL;
        while (yj_sentence_next(&rest, &p, &fault))
            ;
        if (!fault)
            fail_msg("%s was taken", bad[i]);
    }
}

static void complain__cuts_what_is_too_long(void **state)
{
    char name[400];
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new((size_t)1 << 20);
    yj_complaint rows[2];
    yj_complaints to = { .rows = rows, .max = 2 };
    yj_form f;
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    yj_form_open(&f, &to, a, name, "kinds/a.yaml");
    assert_int_equal(strlen(f.file), sizeof f.file - 1);
    assert_string_equal(f.file + strlen(f.file) - 12, "kinds/a.yaml");
    yj_form_open(&f, &to, a, "packs/core//", "kinds/a.yaml");
    assert_string_equal(f.file, "packs/core/kinds/a.yaml");
    size_t mark = yj_form_in(&f, name), inner = yj_form_in(&f, "b");
    yj_complain(&f, 3, name, "%s %s", name, name);
    yj_complain(&f, 3, name, "%s %s", name, name); /* once is enough */
    yj_form_out(&f, inner);
    yj_form_out(&f, mark);
    assert_string_equal(f.path, "");
    assert_int_equal(to.count, 1);
    assert_int_equal(strlen(rows[0].field), sizeof rows[0].field - 1);
    assert_int_equal(strlen(rows[0].msg), sizeof rows[0].msg - 1);
    yj_complain(&f, 4, "k", "a");
    yj_complain(&f, 4, NULL, "b");
    assert_int_equal(to.count, 2);
    yj_error err;
    assert_int_equal(yj_complaints_status(&to, NULL), YJ_E_INVALID);
    assert_status(yj_complaints_status(&to, &err), YJ_E_INVALID);
    assert_int_equal(strncmp(err.msg, "packs/core/kinds/a.yaml:3: xxx", 30), 0);
    assert_int_equal(strncmp(err.msg_zh, "packs/core/kinds/a.yaml:3: xxx", 30), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(natural_compare__orders_numbers_by_value),
        cmocka_unit_test(name_valid__takes_names),
        cmocka_unit_test(sql_reserved__knows_both_databases),
        cmocka_unit_test(sql_results__finds_outcomes_only),
        cmocka_unit_test(sql_read__bears_deep_nesting),
        cmocka_unit_test(sql_read__finds_texts_and_parameters),
        cmocka_unit_test(sentence_next__takes_parts),
        cmocka_unit_test(complain__cuts_what_is_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
