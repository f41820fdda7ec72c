// SPDX-License-Identifier: Apache-2.0
/* What building the program knows of packs: the same as reading and checking them gives, and nothing of packs
 * that are not the same to the last byte. */
#include "packs.h"

#include "pack/prepared.h"

/** Two packs, and what is known of them. */
typedef struct pair {
    yj_pack_source *s[2];
    const yj_pack_source *both[2];
    yj_buf bytes;
    yj_prepared p;
} pair;

static void pair_open(pair *ret, const char *folder, const char *of, const char *first, const char *second)
{
    yj_error err;
    char scratch[300];
    snprintf(scratch, sizeof scratch, "%s/scratch.db", folder);
    *ret = (pair){ .s = { pack_read(first, of), pack_read(second, of) } };
    ret->both[0] = ret->s[0];
    ret->both[1] = ret->s[1];
    yj_buf_init(&ret->bytes, YJ_PREPARED_BYTES_MAX);
    assert_status(yj_prepare(ret->both, 2, scratch, &ret->bytes, NULL, 0, NULL, &err), YJ_OK);
    ret->p = (yj_prepared){ ret->bytes.ptr, ret->bytes.len };
    yj_prepared_use(&ret->p);
}

static void pair_done(pair *p)
{
    yj_prepared_use(NULL);
    yj_pack_source_free(p->s[0]);
    yj_pack_source_free(p->s[1]);
    yj_buf_done(&p->bytes);
}

static void data_written(const char *folder)
{
    pack_write("base", folder, NULL, 0);
    pack_write("over", folder, NULL, 0);
}

/* --- trees ---------------------------------------------------------------------------------------------- */

static void assert_same_tree(const yj_yaml *a, const yj_yaml *b)
{
    assert_int_equal(a->type, b->type);
    assert_int_equal(a->line, b->line);
    assert_int_equal(a->plain, b->plain);
    assert_int_equal(a->count, b->count);
    if (a->type == YJ_YAML_SCALAR)
        assert_string_equal(a->text, b->text);
    for (size_t i = 0; i < a->count; i++) {
        if (a->type == YJ_YAML_MAP) {
            assert_string_equal(a->keys[i], b->keys[i]);
            assert_int_equal(a->key_lines[i], b->key_lines[i]);
        }
        assert_same_tree(&a->items[i], &b->items[i]);
    }
}

/** How many trees of the pack are known, each being that of its file. */
static size_t count_trees(const yj_pack_source *s)
{
    size_t known = 0;
    for (size_t i = 0; i < s->file_count; i++) {
        yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new((size_t)64 << 20);
        const yj_yaml *tree = yj_prepared_tree(a, &s->digests[i]), *read = NULL;
        yj_error err;
        int line;
        if (!tree)
            continue;
        known++;
        if (strncmp(s->files[i].path, "rules/", 6) == 0)
            continue; /* the catalogs are compared */
        assert_status(yj_yaml_parse(a, s->files[i].content, YJ_PACK_FILE_BYTES_MAX, &read, &line, &err),
                      YJ_OK);
        assert_same_tree(tree, read);
    }
    return known;
}

static size_t count_files(const yj_pack_source *s, const char *folder, const char *ending)
{
    size_t n = 0;
    for (size_t i = 0; i < s->file_count; i++) {
        const char *path = s->files[i].path, *end = path + strlen(path) - strlen(ending);
        n += strncmp(path, folder, strlen(folder)) == 0 && strcmp(end, ending) == 0;
    }
    return n;
}

static void tree__is_the_one_that_reading_gives(void **state)
{
    pair p;
    data_written(*state);
    pair_open(&p, *state, *state, "base", "over");
    for (size_t i = 0; i < 2; i++) {
        size_t read_at_start = count_files(p.s[i], "", ".yaml") - count_files(p.s[i], "cases/", ".yaml") +
                               count_files(p.s[i], "rules/", ".sql");
        assert_int_equal(count_trees(p.s[i]), read_at_start);
    }
    yj_arena *a = yj_arena_new(1000);
    const yj_digest none = { { 0 } };
    assert_null(yj_prepared_tree(a, &none));
    yj_prepared_use(NULL);
    assert_null(yj_prepared_tree(a, &p.s[0]->digests[0]));
    yj_arena_free(a);
    pair_done(&p);
}

/* --- rules ---------------------------------------------------------------------------------------------- */

static void assert_same_rules(const yj_catalog *a, const yj_catalog *b)
{
    yj_auto(yj_buf_done) yj_buf x;
    yj_auto(yj_buf_done) yj_buf y;
    yj_error err;
    yj_buf_init(&x, YJ_FINDINGS_BYTES_MAX);
    yj_buf_init(&y, YJ_FINDINGS_BYTES_MAX);
    assert_status(yj_catalog_findings(a, &x, &err), YJ_OK);
    assert_status(yj_catalog_findings(b, &y, &err), YJ_OK);
    assert_string_equal(x.ptr, y.ptr);
    assert_int_equal(a->rule_count, b->rule_count);
    for (size_t i = 0; i < a->rule_count; i++) {
        assert_string_equal(a->rules[i].sql, b->rules[i].sql);
        assert_int_equal(a->rules[i].reason_count, b->rules[i].reason_count);
        for (size_t j = 0; j < a->rules[i].reason_count; j++)
            for (int lang = 0; lang < YJ_LANG_COUNT_; lang++)
                assert_string_equal(a->rules[i].reasons[j].sentence.in[lang],
                                    b->rules[i].reasons[j].sentence.in[lang]);
    }
}

static void same_as_checked(pair *p)
{
    yj_auto(yj_catalog_unrefp) yj_catalog *known = NULL;
    yj_auto(yj_catalog_unrefp) yj_catalog *checked = NULL;
    yj_error err;
    bool again = true;
    assert_true(yj_prepared_knows_rules(p->both, 2));
    assert_status(yj_catalog_load_known(p->both, 2, NULL, &known, &again, &err), YJ_OK);
    assert_false(again);
    assert_status(yj_catalog_load(p->both, 2, &checked, NULL, 0, NULL, &err), YJ_OK);
    assert_memory_equal(&known->digest, &checked->digest, sizeof known->digest);
    assert_int_equal(known->kind_count, checked->kind_count);
    assert_int_equal(known->requirement_count, checked->requirement_count);
    for (size_t i = 0; i < known->requirement_count; i++) {
        assert_string_equal(known->requirements[i].id, checked->requirements[i].id);
        assert_string_equal(known->requirements[i].guidance.in[YJ_LANG_ZH],
                            checked->requirements[i].guidance.in[YJ_LANG_ZH]);
        assert_int_equal(known->requirements[i].line, checked->requirements[i].line);
    }
    assert_same_rules(known, checked);
}

static void known__gives_the_catalog_that_checking_gives(void **state)
{
    pair p;
    data_written(*state);
    pair_open(&p, *state, *state, "base", "over");
    same_as_checked(&p);
    pair_done(&p);
}

static void known__is_for_just_these_packs(void **state)
{
    pair p;
    data_written(*state);
    pair_open(&p, *state, *state, "base", "over");
    const yj_pack_source *turned[] = { p.s[1], p.s[0] };
    yj_auto(yj_catalog_unrefp) yj_catalog *c = NULL;
    yj_error err;
    bool checked = false;
    assert_false(yj_prepared_knows_rules(p.both, 1));
    assert_false(yj_prepared_knows_rules(turned, 2));
    assert_status(yj_catalog_load_known(p.both, 1, NULL, &c, &checked, &err), YJ_OK);
    assert_true(checked);
    pair_done(&p);
}

/* One byte of a rule, or of a kind that it reads: it is checked again. */
static void known__leaves_a_changed_rule_to_the_check(void **state)
{
    static const patch wrong[] = {
        { "rules/level.sql", "s.level >= :min", "s.secret >= :min" },
        { "rules/level.sql", "FROM subject x", "FROM sqlite_schema x" },
        { "rules/level.sql", "has level {level}", "has level {levels}" },
    };
    pair p;
    data_written(*state);
    pair_open(&p, *state, *state, "base", "over");
    for (size_t i = 0; i < YJ_COUNT(wrong); i++) {
        yj_auto(yj_catalog_unrefp) yj_catalog *c = NULL;
        yj_error err;
        bool checked = false;
        pack_write("base", *state, &wrong[i], 1);
        yj_auto(yj_pack_source_freep) yj_pack_source *changed = pack_read("base", *state);
        const yj_pack_source *both[] = { changed, p.s[1] };
        assert_false(yj_prepared_knows_rules(both, 2));
        assert_status(yj_catalog_load_known(both, 2, NULL, &c, &checked, &err), YJ_E_INVALID);
        assert_true(checked);
        assert_non_null(strstr(err.msg, "rules/level.sql:"));
    }
    const patch kind = { "kinds/system.yaml", "{zh: ", "{zh:  " }; /* means the same */
    yj_auto(yj_catalog_unrefp) yj_catalog *c = NULL;
    yj_error err;
    bool checked = false;
    pack_write("base", *state, &kind, 1);
    yj_auto(yj_pack_source_freep) yj_pack_source *changed = pack_read("base", *state);
    const yj_pack_source *both[] = { changed, p.s[1] };
    assert_status(yj_catalog_load_known(both, 2, NULL, &c, &checked, &err), YJ_OK);
    assert_true(checked);
    pair_done(&p);
}

static void prepare__tells_the_faults_of_a_pack(void **state)
{
    const patch wrong = { "rules/level.sql", "s.level >= :min", "s.secret >= :min" };
    pack_write("base", *state, &wrong, 1);
    yj_auto(yj_pack_source_freep) yj_pack_source *s = pack_read("base", *state);
    const yj_pack_source *one = s;
    yj_auto(yj_buf_done) yj_buf bytes;
    yj_complaint row;
    size_t count = 0;
    yj_error err;
    yj_buf_init(&bytes, YJ_PREPARED_BYTES_MAX);
    assert_status(yj_prepare(&one, 1, "unused", &bytes, &row, 1, &count, &err), YJ_E_INVALID);
    assert_int_equal(count, 1);
    assert_non_null(strstr(row.file, "rules/level.sql"));
}

/* --- the program's own ---------------------------------------------------------------------------------- */

static void built_in__knows_the_packs_beside_the_sources(void **state)
{
    pair p;
    pair_open(&p, *state, PACK_TEST_TREE, "core", "sf-cloud");
    assert_int_equal(yj_prepared_built_in.len, p.p.len);
    assert_memory_equal(yj_prepared_built_in.bytes, p.p.bytes, p.p.len);
    yj_prepared_use(&yj_prepared_built_in);
    same_as_checked(&p);
    assert_true(count_trees(p.s[0]) > 0 && count_trees(p.s[1]) > 0);
    assert_true(yj_prepared_seed().len > 0);
    pair_done(&p);
}

static void nothing__is_known_of_an_empty_one(void **state)
{
    (void)state;
    const yj_prepared empty = { "", 0 };
    const yj_digest none = { { 0 } };
    yj_arena *a = yj_arena_new(1000);
    yj_prepared_use(&empty);
    assert_null(yj_prepared_tree(a, &none));
    assert_false(yj_prepared_knows_rules(NULL, 0));
    assert_int_equal(yj_prepared_seed().len, 0);
    yj_prepared_use(NULL);
    yj_arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(tree__is_the_one_that_reading_gives),
        unit_test_in_folder(known__gives_the_catalog_that_checking_gives),
        unit_test_in_folder(known__is_for_just_these_packs),
        unit_test_in_folder(known__leaves_a_changed_rule_to_the_check),
        unit_test_in_folder(prepare__tells_the_faults_of_a_pack),
        unit_test_in_folder(built_in__knows_the_packs_beside_the_sources),
        cmocka_unit_test(nothing__is_known_of_an_empty_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
