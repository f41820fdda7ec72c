// SPDX-License-Identifier: Apache-2.0
/* A list of leaked passwords is searched where it lies: everything in it is found, nothing else, and a
 * damaged one is told. */
#include "../base/test.h"

#include "access/breach.h"

typedef struct entry {
    uint8_t sha1[YJ_SHA1_LEN];
} entry;

static int by_digest(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(entry));
}

static const char *in(void **state, const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", (const char *)*state, name);
    return path;
}

static void write_text(const char *path, yj_span text)
{
    yj_error err;
    assert_status(yj_file_write(path, text, 0600, &err), YJ_OK);
}

static bool found(const char *path, const uint8_t *sha1)
{
    yj_error err;
    bool ret = false;
    assert_status(yj_breach_find(path, sha1, &ret, &err), YJ_OK);
    return ret;
}

/* `count` sorted digests; every second line has a count, the line ends are as said. */
static void make(entry *rows, size_t count, const char *eol, bool last_eol, bool upper, yj_buf *out)
{
    uint64_t seed = TEST_SEED;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < YJ_SHA1_LEN; k++)
            rows[i].sha1[k] = (uint8_t)test_random(&seed);
    qsort(rows, count, sizeof *rows, by_digest);
    for (size_t i = 0; i < count; i++) {
        size_t at = out->len;
        yj_buf_hex(out, rows[i].sha1, YJ_SHA1_LEN);
        for (; upper && at < out->len; at++)
            if (out->ptr[at] >= 'a' && out->ptr[at] <= 'f')
                out->ptr[at] = (char)(out->ptr[at] - 'a' + 'A');
        if (i % 2)
            yj_buf_fmt(out, ":%zu", i * i * i);
        if (i + 1 < count || last_eol)
            yj_buf_str(out, eol);
    }
}

static void find__finds_each_line_and_nothing_between(void **state)
{
    static const size_t sizes[] = { 1, 2, 3, 90, 101, 102, 103, 250, 3000 };
    for (size_t n = 0; n < YJ_COUNT(sizes); n++) {
        for (int form = 0; form < 4; form++) {
            entry *rows = calloc(sizes[n], sizeof *rows);
            yj_auto(yj_buf_done) yj_buf text;
            yj_buf_init(&text, (size_t)1 << 20);
            make(rows, sizes[n], form & 1 ? "\r\n" : "\n", form & 2, form & 1, &text);
            const char *path = in(state, "list");
            write_text(path, yj_buf_view(&text));
            for (size_t i = 0; i < sizes[n]; i++) {
                entry other = rows[i];
                assert_true(found(path, rows[i].sha1));
                other.sha1[YJ_SHA1_LEN - 1] ^= 1;
                assert_false(found(path, other.sha1));
            }
            static const uint8_t lowest[YJ_SHA1_LEN] = { 0 };
            uint8_t highest[YJ_SHA1_LEN];
            memset(highest, 0xff, sizeof highest);
            assert_false(found(path, lowest));
            assert_false(found(path, highest));
            free(rows);
        }
    }
}

static void find__takes_an_empty_list(void **state)
{
    static const uint8_t sha1[YJ_SHA1_LEN] = { 1 };
    write_text(in(state, "list"), YJ_SPAN(""));
    assert_false(found(in(state, "list"), sha1));
}

static void find__tells_a_damaged_list(void **state)
{
    static const char *const bad[] = {
        "\n",
        "0123\n",
        "0000000000000000000000000000000000000001;3\n",
        "0000000000000000000000000000000000000001:\n",
        "0000000000000000000000000000000000000001:3x\n",
        "0000000000000000000000000000000000000001:12345678901234567890\n",
        "000000000000000000000000000000000000000g\n",
        "0000000000000000000000000000000000000002\n0000000000000000000000000000000000000001\n",
        "0000000000000000000000000000000000000002\n\n0000000000000000000000000000000000000003\n",
        "0000000000000000000000000000000000000001:1 \n",
    };
    static const uint8_t sha1[YJ_SHA1_LEN] = { 0 };
    for (size_t i = 0; i < YJ_COUNT(bad); i++) {
        yj_error err;
        bool ret = false;
        write_text(in(state, "list"), yj_span_of(bad[i]));
        assert_status(yj_breach_find(in(state, "list"), sha1, &ret, &err), YJ_E_CORRUPT);
        assert_non_null(strstr(err.msg, "damaged at byte"));
    }
}

static void find__tells_one_long_line(void **state)
{
    static const uint8_t sha1[YJ_SHA1_LEN] = { 0 };
    yj_error err;
    bool ret = false;
    yj_auto(yj_buf_done) yj_buf text;
    yj_buf_init(&text, 20000);
    for (int i = 0; i < 10000; i++)
        yj_buf_char(&text, 'a');
    write_text(in(state, "list"), yj_buf_view(&text));
    assert_status(yj_breach_find(in(state, "list"), sha1, &ret, &err), YJ_E_CORRUPT);
}

static void find__tells_a_missing_list_and_a_folder(void **state)
{
    static const uint8_t sha1[YJ_SHA1_LEN] = { 0 };
    yj_error err;
    bool ret = false;
    assert_status(yj_breach_find(in(state, "none"), sha1, &ret, &err), YJ_E_NOT_FOUND);
    assert_status(yj_breach_find(*state, sha1, &ret, &err), YJ_E_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(find__finds_each_line_and_nothing_between),
        unit_test_in_folder(find__takes_an_empty_list),
        unit_test_in_folder(find__tells_a_damaged_list),
        unit_test_in_folder(find__tells_one_long_line),
        unit_test_in_folder(find__tells_a_missing_list_and_a_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
