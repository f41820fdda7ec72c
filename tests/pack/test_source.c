// SPDX-License-Identifier: Apache-2.0
#include "packs.h"
#include <sys/stat.h>
#include <unistd.h>

static void put(const char *folder, const char *path, const char *text)
{
    char full[512], dir[512];
    yj_error err;
    snprintf(full, sizeof full, "%s/%s", folder, path);
    snprintf(dir, sizeof dir, "%.*s", (int)(strrchr(full, '/') - full), full);
    assert_status(yj_dir_make(dir, &err), YJ_OK);
    assert_status(yj_file_write(full, yj_span_of(text), 0600, &err), YJ_OK);
}

static void source_read__takes_the_pack_s_files_in_order(void **state)
{
    static const char *const paths[] = {
        "cases/a.yaml", "documents/deep/er/a.md", "documents/x.sql",
        "gates.yaml",   "kinds/a-b.yaml",         "kinds/a.yaml",
        "pack.yaml",    "reasons.yaml",           "requirements/1.yaml",
        "rules/r.sql",
    };
    yj_auto(yj_pack_source_freep) yj_pack_source *s = NULL;
    yj_error err;
    for (size_t i = YJ_COUNT(paths); i-- > 0;)
        put(*state, paths[i], paths[i]);
    put(*state, "README.md", "no part of it");
    put(*state, "kinds/.hidden", "no part of it");
    put(*state, "ui/a.yaml", "no part of it");
    assert_status(yj_pack_source_read(*state, &s, &err), YJ_OK);
    assert_string_equal(s->folder, *state);
    assert_int_equal(s->file_count, YJ_COUNT(paths));
    for (size_t i = 0; i < s->file_count; i++) {
        assert_string_equal(s->files[i].path, paths[i]);
        assert_true(yj_span_is(s->files[i].content, paths[i]));
    }
}

/* The digest can be checked with sha256sum alone. */
static void source_read__digests_as_sha256sum_does(void **state)
{
    yj_auto(yj_pack_source_freep) yj_pack_source *s = NULL;
    yj_error err;
    char hex[2 * YJ_HASH_LEN + 1];
    put(*state, "rules/r.sql", "SELECT 1\n");
    put(*state, "pack.yaml", "pack: a\n");
    assert_status(yj_pack_source_read(*state, &s, &err), YJ_OK);
    yj_digest_hex(&s->digest, hex);
    /* printf 'pack: a\n' >pack.yaml; printf 'SELECT 1\n' >rules/r.sql; sha256sum pack.yaml rules/r.sql |
     * sha256sum */
    assert_string_equal(hex, "907037378859eb7b7d9d2099b1bea0e66a0a4381cca5dc8a4f85db17ff0af861");
}

static void source_make__gives_the_same_as_the_folder(void **state)
{
    yj_auto(yj_pack_source_freep) yj_pack_source *s = NULL, *m = NULL;
    yj_error err;
    put(*state, "rules/r.sql", "SELECT 1\n");
    put(*state, "pack.yaml", "pack: a\n");
    assert_status(yj_pack_source_read(*state, &s, &err), YJ_OK);
    const yj_pack_file files[] = { { "rules/r.sql", YJ_SPAN("SELECT 1\n") },
                                   { "pack.yaml", YJ_SPAN("pack: a\n") } };
    assert_status(yj_pack_source_make("label", files, 2, &m, &err), YJ_OK);
    assert_string_equal(m->folder, "label");
    assert_memory_equal(&s->digest, &m->digest, sizeof s->digest);
    assert_string_equal(m->files[0].path, "pack.yaml");
    assert_ptr_not_equal(m->files[0].content.ptr, files[1].content.ptr);
}

static void source_make__refuses_other_paths(void **state)
{
    static const char *const paths[] = {
        "../pack.yaml",
        "/pack.yaml",
        "kinds/../pack.yaml",
        "kinds//a.yaml",
        "kinds/a.yml",
        "kinds/a",
        "kinds/.yaml",
        "kinds/a/b.yaml",
        "kinds/a.yaml/",
        "README.md",
        "",
        "rules/r.yaml",
        "kinds/a\n.yaml",
        "kinds/\xe7.yaml",
        "kinds/-a.yaml",
        "documents/a/b/c/d.md",
        "documents/a.pdf",
    };
    yj_error err;
    for (size_t i = 0; i < YJ_COUNT(paths); i++) {
        yj_pack_source *s = NULL;
        const yj_pack_file f = { paths[i], YJ_SPAN("a") };
        if (yj_pack_source_make("label", &f, 1, &s, &err) != YJ_E_INVALID)
            fail_msg("%s was taken", paths[i]);
        assert_null(s);
    }
    yj_pack_source *s = NULL;
    const yj_pack_file twice[] = { { "pack.yaml", YJ_SPAN("a") }, { "pack.yaml", YJ_SPAN("a") } };
    assert_status(yj_pack_source_make("label", twice, 2, &s, &err), YJ_E_INVALID);
    assert_non_null(strstr(err.msg, "given twice"));
}

static void source_read__refuses_what_it_would_overlook(void **state)
{
    static const char *const paths[] = { "kinds/a.yml", "rules/r.sql.bak", "cases/deep/a.yaml",
                                         "kinds/a b.yaml", "documents/a/b/c/d/e.md" };
    yj_error err;
    for (size_t i = 0; i < YJ_COUNT(paths); i++) {
        char folder[512], full[1024];
        yj_pack_source *s = NULL;
        snprintf(folder, sizeof folder, "%s/%zu", (char *)*state, i);
        put(folder, "pack.yaml", "a");
        put(folder, paths[i], "a");
        snprintf(full, sizeof full, "%s/%s", folder, paths[i]);
        assert_status(yj_pack_source_read(folder, &s, &err), YJ_E_INVALID);
        assert_null(s);
    }
}

static void source_read__follows_no_links(void **state)
{
    char link[512];
    yj_pack_source *s = NULL;
    yj_error err;
    put(*state, "kinds/a.yaml", "a");
    snprintf(link, sizeof link, "%s/pack.yaml", (char *)*state);
    assert_int_equal(symlink("/etc/hostname", link), 0);
    assert_status(yj_pack_source_read(*state, &s, &err), YJ_E_INVALID);
    assert_non_null(strstr(err.msg, "not a regular file"));
    assert_int_equal(unlink(link), 0);
    assert_int_equal(mkfifo(link, 0600), 0);
    assert_status(yj_pack_source_read(*state, &s, &err), YJ_E_INVALID);
    assert_int_equal(unlink(link), 0);
    assert_status(yj_pack_source_read("/nonexistent/pack", &s, &err), YJ_E_NOT_FOUND);
    assert_null(s);
}

static void source__keeps_limits(void **state)
{
    yj_pack_source *s = NULL;
    yj_error err;
    yj_auto(yj_buf_done) yj_buf big;
    yj_buf_init(&big, (size_t)4 << 20);
    for (size_t i = 0; i <= YJ_PACK_FILE_BYTES_MAX; i++)
        yj_buf_char(&big, 'a');
    put(*state, "pack.yaml", big.ptr);
    assert_status(yj_pack_source_read(*state, &s, &err), YJ_E_LIMIT);
    const yj_pack_file one = { "pack.yaml", yj_buf_view(&big) };
    assert_status(yj_pack_source_make("label", &one, 1, &s, &err), YJ_E_LIMIT);

    static yj_pack_file many[YJ_PACK_FILES_MAX + 1];
    static char names[YJ_PACK_FILES_MAX + 1][32];
    for (size_t i = 0; i <= YJ_PACK_FILES_MAX; i++) {
        snprintf(names[i], sizeof names[i], "kinds/k%zu.yaml", i);
        many[i] = (yj_pack_file){ names[i], YJ_SPAN("a") };
    }
    assert_status(yj_pack_source_make("label", many, YJ_PACK_FILES_MAX + 1, &s, &err), YJ_E_LIMIT);
    assert_null(s);
    assert_status(yj_pack_source_make("label", many, YJ_PACK_FILES_MAX, &s, &err), YJ_OK);
    yj_pack_source_free(s);
    for (size_t i = 0; i < 65; i++)
        many[i].content = (yj_span){ big.ptr, YJ_PACK_FILE_BYTES_MAX };
    s = NULL;
    assert_status(yj_pack_source_make("label", many, 65, &s, &err), YJ_E_LIMIT);
    assert_null(s);
    yj_pack_source_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(source_read__takes_the_pack_s_files_in_order),
        unit_test_in_folder(source_read__digests_as_sha256sum_does),
        unit_test_in_folder(source_make__gives_the_same_as_the_folder),
        unit_test_in_folder(source_make__refuses_other_paths),
        unit_test_in_folder(source_read__refuses_what_it_would_overlook),
        unit_test_in_folder(source_read__follows_no_links),
        unit_test_in_folder(source__keeps_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
