// SPDX-License-Identifier: Apache-2.0
#include "pack/yaml.h"
#include "packs.h"

#define BYTES_MAX ((size_t)1 << 20)

static yj_status parse(yj_arena *a, const char *text, const yj_yaml **ret, int *line, yj_error *err)
{
    return yj_yaml_parse(a, yj_span_of(text), BYTES_MAX, ret, line, err);
}

static void yaml_parse__builds_a_tree_with_lines(void **state)
{
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new(BYTES_MAX);
    const yj_yaml *n = NULL;
    yj_error err;
    int line;
    assert_status(parse(a,
                        "a: 1\nb:\n  - x\n  - {c: 'd', e: [f, g]}\n\"c\": |\n  two\n  lines\nd: \"q\\te\"\n",
                        &n, &line, &err),
                  YJ_OK);
    assert_int_equal(n->type, YJ_YAML_MAP);
    assert_int_equal(n->count, 4);
    assert_int_equal(n->line, 1);
    assert_string_equal(n->keys[1], "b");
    assert_int_equal(n->key_lines[1], 2);
    const yj_yaml *b = yj_yaml_get(n, "b");
    assert_int_equal(b->type, YJ_YAML_LIST);
    assert_int_equal(b->count, 2);
    assert_int_equal(b->items[1].line, 4);
    assert_string_equal(yj_yaml_get(&b->items[1], "c")->text, "d");
    assert_false(yj_yaml_get(&b->items[1], "c")->plain);
    assert_string_equal(yj_yaml_get(&b->items[1], "e")->items[1].text, "g");
    assert_string_equal(yj_yaml_get(n, "c")->text, "two\nlines\n");
    assert_string_equal(yj_yaml_get(n, "d")->text, "q\te");
    assert_true(yj_yaml_get(n, "a")->plain);
    assert_null(yj_yaml_get(n, "e"));
    assert_null(yj_yaml_get(b, "e"));
}

static void yaml_parse__tells_null_from_quoted_text(void **state)
{
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new(BYTES_MAX);
    const yj_yaml *n = NULL;
    yj_error err;
    int line;
    assert_status(parse(a, "[~, null, , '', \"null\", 'x', '~', nul]", &n, &line, &err), YJ_E_INVALID);
    assert_status(parse(a, "- ~\n- null\n-\n- ''\n- \"null\"\n- '~'\n- nul\n- {}\n", &n, &line, &err), YJ_OK);
    const bool expected[] = { true, true, true, false, false, false, false, false };
    assert_int_equal(n->count, YJ_COUNT(expected));
    for (size_t i = 0; i < n->count; i++)
        assert_int_equal(yj_yaml_is_null(&n->items[i]), expected[i]);
}

static void yaml_parse__refuses(void **state)
{
    static const struct {
        const char *text;
        int line;
        const char *says;
    } rows[] = {
        { "", 1, "empty" },
        { "# only a comment\n", 1, "empty" },
        { "a: &x 1\n", 1, "anchors" },
        { "a: 1\nb: &x [1]\n", 2, "anchors" },
        { "a: 1\nb: &x {c: 1}\n", 2, "anchors" },
        { "a: 1\nb: *x\n", 2, "aliases" },
        { "a: !!str 1\n", 1, "tags" },
        { "a: !x [1]\n", 1, "tags" },
        { "a: !x {b: 1}\n", 1, "tags" },
        { "%YAML 1.1\n---\na: 1\n", 1, "directives" },
        { "%TAG !x! tag:x,2000:\n---\na: 1\n", 1, "directives" },
        { "a: 1\n---\nb: 2\n", 2, "one document" },
        { "a: 1\nb: 2\na: 3\n", 3, "\"a\" stands here twice" },
        { "x:\n  a: 1\n  b: 2\n  'a': 3\n", 4, "\"a\" stands here twice" },
        { "[a]: 1\n", 1, "a key must be a text" },
        { "{a: 1}: 1\n", 1, "a key must be a text" },
        { "? \n: 1\n", 1, "a key must be one line" },
        { "\"a\\nb\": 1\n", 1, "a key must be one line" },
        { "a: \"x\\0y\"\n", 1, "control character" },
        { "a: \"x\\ay\"\n", 1, "control character" },
        { "a: \"x\\u0085y\"\n", 1, "control character" },
        { "a: \"x\\x7fy\"\n", 1, "control character" },
        { "a: 1\n b: 2\n", 2, "no valid YAML" },
        { "a: [1\n", 2, "no valid YAML" },
        { "a: @x\n", 1, "no valid YAML" },
        { "a: 1\nb: \xff\n", 2, "not valid UTF-8" },
        { "a: 1\n\nb: \xc3\xa9\xed\xa0\x80\n", 3, "not valid UTF-8" },
        { "[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]", 1, "deeper than 16" },
    };
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new(BYTES_MAX);
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        const yj_yaml *n = NULL;
        yj_error err;
        int line = -1;
        assert_status(parse(a, rows[i].text, &n, &line, &err), YJ_E_INVALID);
        if (!strstr(err.msg, rows[i].says) || line != rows[i].line)
            fail_msg("row %zu: line %d: %s", i, line, err.msg);
        assert_null(n);
    }
}

static void yaml_parse__takes_sixteen_levels(void **state)
{
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new(BYTES_MAX);
    const yj_yaml *n = NULL;
    yj_error err;
    int line;
    assert_status(parse(a, "[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]", &n, &line, &err), YJ_OK);
    for (int i = 0; i < 16; i++) {
        assert_int_equal(n->count, 1);
        n = &n->items[0];
    }
    assert_string_equal(n->text, "1");
}

static void yaml_parse__keeps_limits(void **state)
{
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new((size_t)256 << 20);
    yj_auto(yj_buf_done) yj_buf text;
    const yj_yaml *n = NULL;
    yj_error err;
    int line;
    yj_buf_init(&text, (size_t)8 << 20);
    for (size_t i = 0; i < YJ_YAML_NODES_MAX - 10; i++)
        yj_buf_str(&text, "- \n");
    assert_status(yj_yaml_parse(a, yj_buf_view(&text), BYTES_MAX, &n, &line, &err), YJ_OK);
    assert_int_equal(n->count, YJ_YAML_NODES_MAX - 10);
    for (size_t i = 0; i < 10; i++)
        yj_buf_str(&text, "- \n");
    assert_status(yj_yaml_parse(a, yj_buf_view(&text), BYTES_MAX, &n, &line, &err), YJ_E_LIMIT);
    assert_status(yj_yaml_parse(a, yj_buf_view(&text), 100, &n, &line, &err), YJ_E_LIMIT);
    /* memory as well is a limit, not a crash */
    yj_auto(yj_arena_freep) yj_arena *small = yj_arena_new(4096);
    assert_status(yj_yaml_parse(small, yj_buf_view(&text), BYTES_MAX, &n, &line, &err), YJ_E_LIMIT);
}

static void yaml_parse__finds_doubles_among_many_keys(void **state)
{
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new((size_t)64 << 20);
    yj_auto(yj_buf_done) yj_buf text;
    const yj_yaml *n = NULL;
    yj_error err;
    int line;
    yj_buf_init(&text, (size_t)1 << 20);
    for (int i = 0; i < 50000; i++)
        yj_buf_fmt(&text, "k%d: 1\n", i);
    assert_status(yj_yaml_parse(a, yj_buf_view(&text), BYTES_MAX, &n, &line, &err), YJ_OK);
    yj_buf_str(&text, "k77: 1\n");
    assert_status(yj_yaml_parse(a, yj_buf_view(&text), BYTES_MAX, &n, &line, &err), YJ_E_INVALID);
    assert_int_equal(line, 50001);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(yaml_parse__builds_a_tree_with_lines),
        cmocka_unit_test(yaml_parse__tells_null_from_quoted_text),
        cmocka_unit_test(yaml_parse__refuses),
        cmocka_unit_test(yaml_parse__takes_sixteen_levels),
        cmocka_unit_test(yaml_parse__keeps_limits),
        cmocka_unit_test(yaml_parse__finds_doubles_among_many_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
