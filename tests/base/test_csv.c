// SPDX-License-Identifier: Apache-2.0
#include "test.h"

#include "base/csv.h"

/* Everything the reader says about a text: "1:[a][b] " for a row on line 1, "(line 2 column 3) " for an
 * error, with the status of a limit. */
static void read_all(yj_span text, char *ret, size_t cap)
{
    yj_auto(yj_csv_freep) yj_csv *r = yj_csv_new(text);
    assert_non_null(r);
    yj_auto(yj_buf_done) yj_buf out;
    yj_buf_init(&out, cap - 1);
    yj_buf_add(&out, "", 0);
    for (;;) {
        const yj_span *cells = NULL;
        size_t count = 0, line = 0;
        bool more = false;
        yj_error err = { 0 };
        yj_status st = yj_csv_next(r, &cells, &count, &line, &more, &err);
        if (st != YJ_OK) {
            assert_true(st == YJ_E_INVALID || st == YJ_E_LIMIT);
            assert_int_equal(err.code, st);
            yj_buf_fmt(&out, "(%s%s) ", st == YJ_E_LIMIT ? "limit " : "", err.field);
            continue;
        }
        if (!more)
            break;
        yj_buf_fmt(&out, "%zu:", line);
        for (size_t i = 0; i < count; i++) {
            yj_buf_char(&out, '[');
            yj_buf_span(&out, cells[i]);
            yj_buf_char(&out, ']');
        }
        yj_buf_char(&out, ' ');
    }
    yj_error err;
    assert_status(yj_buf_status(&out, &err), YJ_OK);
    memcpy(ret, out.ptr, out.len + 1);
}

static void next__reads_rows_and_lists_errors(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } rows[] = {
        { "", "" },
        { "a", "1:[a] " },
        { "a,b\nc,d\n", "1:[a][b] 2:[c][d] " },
        { "a,b\r\nc,d\r\n", "1:[a][b] 2:[c][d] " },
        { "\xef\xbb\xbf"
          "a,b",
          "1:[a][b] " },
        { "\xef\xbb\xbf\"a\",b", "1:[a][b] " },
        { "\xef\xbb\xbf", "" },
        { "a,\n,b\n,\n\n\r\n,,\"\"\nz", "1:[a][] 2:[][b] 7:[z] " },
        { "a,", "1:[a][] " },
        { "\"a,b\",\"c\"\"d\"\n", "1:[a,b][c\"d] " },
        { "\"\"\"\",\"\"\"a\"\"\",\"x\"\n", "1:[\"][\"a\"][x] " },
        { "\"two\nlines\",b\nnext\n", "1:[two\nlines][b] 3:[next] " },
        { "\"crlf\r\nkept\"\r\nnext\r\n", "1:[crlf\r\nkept] 3:[next] " },
        { "a\rb,c\r", "1:[a\rb][c\r] " },
        { " a , b ", "1:[ a ][ b ] " },
        { "=1+1,@x,-5", "1:[=1+1][@x][-5] " },
        { "\xe4\xb8\xad,\xe6\x96\x87\n", "1:[\xe4\xb8\xad][\xe6\x96\x87] " },
        /* errors; reading goes on */
        { "a\"b\nc", "(line 1 column 2) 2:[c] " },
        { "x, \"b\"\nc", "(line 1 column 4) 2:[c] " },
        { "\"a\"b,c\nd", "(line 1 column 4) 2:[d] " },
        { "\"a\" ,c\nd", "(line 1 column 4) 2:[d] " },
        { "\"a\"\r,c\nd", "(line 1 column 4) 2:[d] " },
        { "ok\n\xe4\xb8\xad,\"open\nx,y\n", "1:[ok] (line 2 column 3) 3:[x][y] " },
        { "\"", "(line 1 column 1) " },
        { "\"a\"\"", "(line 1 column 1) " },
        { "\"a\nb\"c\nd", "(line 2 column 3) 3:[d] " },
        { "a,b\xff"
          "c\nd",
          "(line 1 column 4) 2:[d] " },
        { "a,\"x\ny\xc0\xaf\"\nd", "(line 2 column 2) 3:[d] " },
        { "\xef\xbb\xbf\xff\na", "(line 1 column 1) 2:[a] " },
        { "a\xe4\xb8", "(line 1 column 2) " },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        char got[500];
        read_all(yj_span_of(rows[i].text), got, sizeof got);
        if (strcmp(got, rows[i].want) != 0)
            fail_msg("\"%s\": got \"%s\", expected \"%s\"", rows[i].text, got, rows[i].want);
    }
    char got[100];
    read_all((yj_span){ "a,b\0c\nd", 7 }, got, sizeof got);
    assert_string_equal(got, "(line 1 column 4) 2:[d] ");
    read_all((yj_span){ "\"a\"\"\0\"\nd", 8 }, got, sizeof got);
    assert_string_equal(got, "(line 1 column 5) 2:[d] ");
    read_all((yj_span){ NULL, 0 }, got, sizeof got);
    assert_string_equal(got, "");
}

static void next__leaves_outputs_alone_at_the_end(void **state)
{
    (void)state;
    yj_error err;
    yj_auto(yj_csv_freep) yj_csv *r = yj_csv_new(YJ_SPAN("\n\n"));
    const yj_span mark = { "m", 1 }, *cells = &mark;
    size_t count = 5, line = 6;
    bool more = true;
    for (int i = 0; i < 3; i++) {
        assert_status(yj_csv_next(r, &cells, &count, &line, &more, &err), YJ_OK);
        assert_false(more);
        assert_ptr_equal(cells, &mark);
        assert_int_equal(count, 5);
        assert_int_equal(line, 6);
    }
}

static void next__keeps_to_the_limits(void **state)
{
    (void)state;
    yj_error err;
    const yj_span *cells = NULL;
    size_t count = 0, line = 0;
    bool more = false;
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, (size_t)8 << 20);
    for (size_t n = YJ_CSV_CELLS_MAX; n <= YJ_CSV_CELLS_MAX + 1; n++) {
        yj_buf_clear(&b);
        for (size_t i = 1; i < n; i++)
            yj_buf_str(&b, "x,");
        yj_buf_str(&b, "x\nnext\n");
        yj_auto(yj_csv_freep) yj_csv *r = yj_csv_new(yj_buf_view(&b));
        assert_status(yj_csv_next(r, &cells, &count, &line, &more, &err),
                      n == YJ_CSV_CELLS_MAX ? YJ_OK : YJ_E_LIMIT);
        if (n == YJ_CSV_CELLS_MAX)
            assert_int_equal(count, YJ_CSV_CELLS_MAX);
        else
            assert_string_equal(err.field, "line 1 column 513");
        assert_status(yj_csv_next(r, &cells, &count, &line, &more, &err), YJ_OK);
        assert_true(yj_span_is(cells[0], "next"));
        assert_int_equal(line, 2);
    }
    static const struct {
        const char *open, *unit, *close;
    } forms[] = { { "", "x", "" }, { "\"", "x", "\"" }, { "\"", "\"\"", "\"" }, { "\"\"\"", "x", "\"" } };
    for (size_t f = 0; f < YJ_COUNT(forms); f++) {
        for (size_t over = 0; over < 2; over++) {
            yj_buf_clear(&b);
            yj_buf_str(&b, "head,");
            yj_buf_str(&b, forms[f].open);
            for (size_t i = f == 3; i < YJ_CSV_CELL_BYTES_MAX + over; i++)
                yj_buf_str(&b, forms[f].unit);
            yj_buf_str(&b, forms[f].close);
            yj_buf_str(&b, "\nnext");
            assert_status(yj_buf_status(&b, &err), YJ_OK);
            yj_auto(yj_csv_freep) yj_csv *r = yj_csv_new(yj_buf_view(&b));
            yj_status st = yj_csv_next(r, &cells, &count, &line, &more, &err);
            assert_int_equal(st, over ? YJ_E_LIMIT : YJ_OK);
            if (!over)
                assert_int_equal(cells[1].len, YJ_CSV_CELL_BYTES_MAX);
            assert_status(yj_csv_next(r, &cells, &count, &line, &more, &err), YJ_OK);
            assert_true(yj_span_is(cells[0], "next"));
            assert_int_equal(line, 2);
        }
    }
}

static void write_cell__quotes_where_needed(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "", "" },
        { "a b", "a b" },
        { "a,b", "\"a,b\"" },
        { "\"", "\"\"\"\"" },
        { "a\"b\"", "\"a\"\"b\"\"\"" },
        { "x\ny", "\"x\ny\"" },
        { "x\r", "\"x\r\"" },
        { "=1+1", "=1+1" },
        { "\xef\xbb\xbfx", "\"\xef\xbb\xbfx\"" },
    };
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, 100);
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_buf_clear(&b);
        yj_buf_add(&b, "", 0);
        yj_csv_write_cell(&b, yj_span_of(rows[i][0]));
        assert_string_equal(b.ptr, rows[i][1]);
    }
}

static void write_text__makes_formulas_harmless_and_is_undone(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "", "" },
        { "a=1", "a=1" },
        { "5", "5" },
        { "=1+1", "'=1+1" },
        { "+86", "'+86" },
        { "-5", "'-5" },
        { "-", "'-" },
        { "@x", "'@x" },
        { "\tx", "'\tx" },
        { "'", "'" },
        { "'a", "'a" },
        { "'=1", "''=1" },
        { "''-", "'''-" },
        { "\rx", "\"'\rx\"" },
        { "\nx", "\"'\nx\"" },
        { "=a,b", "\"'=a,b\"" },
        { "a;=b", "\"a;=b\"" },
        { "a;b", "a;b" },
        { "=H(\"x\")", "\"'=H(\"\"x\"\")\"" },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_error err;
        const yj_span *got = NULL;
        size_t count = 0, line = 0;
        bool more = false;
        yj_auto(yj_buf_done) yj_buf b;
        yj_buf_init(&b, 100);
        yj_csv_write_text(&b, yj_span_of(rows[i][0]));
        assert_int_equal(b.len, strlen(rows[i][1]));
        assert_memory_equal(b.len ? b.ptr : "", rows[i][1], b.len);
        yj_buf_str(&b, ",end");
        yj_auto(yj_csv_freep) yj_csv *r = yj_csv_new(yj_buf_view(&b));
        assert_status(yj_csv_next(r, &got, &count, &line, &more, &err), YJ_OK);
        assert_int_equal(count, 2);
        assert_true(yj_span_is(yj_csv_text(got[0]), rows[i][0]));
    }
}

static void written_rows__read_back_equal(void **state)
{
    (void)state;
    yj_error err;
    uint64_t seed = TEST_SEED;
    print_message("seed %llu\n", (unsigned long long)seed);
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, 100000);
    static const char *const pieces[] = { "a",    "\"",           ",", "\n",          "\r",
                                          "\r\n", "\xe4\xb8\xad", " ", "\xef\xbb\xbf" };
    for (int round = 0; round < 5000; round++) {
        char cell[6][64];
        size_t rows = 1 + test_random(&seed) % 3, cols = 1 + test_random(&seed) % 6;
        uint64_t start = seed;
        yj_buf_clear(&b);
        for (int pass = 0; pass < 2; pass++) {
            seed = start; /* the second pass makes the same cells, to compare */
            yj_auto(yj_csv_freep) yj_csv *r = yj_csv_new(yj_buf_view(&b));
            for (size_t i = 0; i < rows; i++) {
                for (size_t k = 0; k < cols; k++) {
                    cell[k][0] = '\0';
                    for (size_t n = test_random(&seed) % 6 + (k == 0); n > 0; n--) {
                        size_t at = strlen(cell[k]);
                        snprintf(cell[k] + at, sizeof cell[k] - at, "%s",
                                 pieces[test_random(&seed) % YJ_COUNT(pieces)]);
                    }
                }
                if (pass == 0) {
                    for (size_t k = 0; k < cols; k++) {
                        if (k)
                            yj_buf_char(&b, ',');
                        yj_csv_write_cell(&b, yj_span_of(cell[k]));
                    }
                    yj_buf_str(&b, round % 2 ? "\n" : "\r\n");
                    continue;
                }
                const yj_span *got = NULL;
                size_t count = 0, line = 0;
                bool more = false;
                assert_status(yj_csv_next(r, &got, &count, &line, &more, &err), YJ_OK);
                assert_true(more);
                assert_int_equal(count, cols);
                for (size_t k = 0; k < cols; k++)
                    assert_true(yj_span_is(got[k], cell[k]));
            }
        }
    }
}

/* Whatever the bytes, the reader comes to the end and its lines rise. */
static void next__ends_on_random_bytes(void **state)
{
    (void)state;
    uint64_t seed = TEST_SEED;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int round = 0; round < 20000; round++) {
        char text[40];
        size_t len = test_random(&seed) % sizeof text;
        for (size_t i = 0; i < len; i++)
            text[i] = "\"\",\n\r a\xe4\xb8\xad\0"[test_random(&seed) % 11];
        yj_auto(yj_csv_freep) yj_csv *r = yj_csv_new((yj_span){ text, len });
        size_t last = 0, steps = 0;
        for (bool more = true; more; steps++) {
            const yj_span *cells = NULL;
            size_t count = 0, line = 0;
            yj_error err;
            if (yj_csv_next(r, &cells, &count, &line, &more, &err) != YJ_OK || !more)
                continue;
            assert_true(line > last);
            last = line;
        }
        assert_true(steps <= len + 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(next__reads_rows_and_lists_errors),
        cmocka_unit_test(next__leaves_outputs_alone_at_the_end),
        cmocka_unit_test(next__keeps_to_the_limits),
        cmocka_unit_test(write_cell__quotes_where_needed),
        cmocka_unit_test(write_text__makes_formulas_harmless_and_is_undone),
        cmocka_unit_test(written_rows__read_back_equal),
        cmocka_unit_test(next__ends_on_random_bytes),
    };
    return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
