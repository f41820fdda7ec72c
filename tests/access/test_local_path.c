// SPDX-License-Identifier: Apache-2.0
/* Where a browser may be sent, and what may stand in a directory's filter and DN. */
#include "../base/test.h"

#include "access/directory_name.h"
#include "access/local_path.h"
#include "access/web.h"

static void local_path__leads_to_a_page_here(void **state)
{
    (void)state;
    static const char *const good[] = { "/",
                                        "/p/",
                                        "/p/due",
                                        "/p/records/contract/0199f3c1?tab=history&x=%E4%BA%91%20y#top",
                                        "/p/a.b",
                                        "/p/..a/.b",
                                        "/p/x?next=//evil.example&y=..",
                                        "/p/x#//evil",
                                        "/apiary" };
    static const char *const bad[] = { "",
                                       "p",
                                       "//evil.example",
                                       "///evil.example",
                                       "/\\evil.example",
                                       "\\\\evil.example",
                                       "https://evil.example/",
                                       "javascript:alert(1)",
                                       "/p//evil.example",
                                       "/p/..//evil.example",
                                       "/./p",
                                       "/../p",
                                       "/p/..",
                                       "/p/.%2e/x",
                                       "/%2E%2E/x",
                                       "/%2f%2fevil.example",
                                       "/%5cevil.example",
                                       "/\tevil.example",
                                       "/ evil",
                                       "/p\r\nSet-Cookie: a=b",
                                       "/p/%0d%0aSet-Cookie:a=b",
                                       "/p/%00",
                                       "/p/%",
                                       "/p/%4",
                                       "/p/%zz",
                                       "/p/\"x\"",
                                       "/p/\xe4\xba\x91",
                                       "/api",
                                       "/api/v1/session",
                                       "/API/v1",
                                       "/api?x",
                                       "?x",
                                       "#x" };
    for (size_t i = 0; i < YJ_COUNT(good); i++)
        if (!yj_local_path_valid(yj_span_of(good[i])))
            fail_msg("refused: %s", good[i]);
    for (size_t i = 0; i < YJ_COUNT(bad); i++)
        if (yj_local_path_valid(yj_span_of(bad[i])))
            fail_msg("taken: %s", bad[i]);
    assert_false(yj_local_path_valid((yj_span){ "/p\0x", 4 }));
    char longest[YJ_LOCAL_PATH_MAX + 2];
    memset(longest, 'a', sizeof longest);
    longest[0] = '/';
    assert_true(yj_local_path_valid((yj_span){ longest, YJ_LOCAL_PATH_MAX }));
    assert_false(yj_local_path_valid((yj_span){ longest, YJ_LOCAL_PATH_MAX + 1 }));
}

static void address__is_reached_by_tls_or_is_here(void **state)
{
    (void)state;
    static const char *const good[] = { "https://id.broker.example",
                                        "https://id.example:8443/realms/a",
                                        "http://127.0.0.1:4593/api/oidc",
                                        "http://localhost/x",
                                        "http://[::1]:80/x",
                                        "https://[2001:db8::1]/x",
                                        "http://127.9.9.9/" };
    static const char *const bad[] = { "http://id.broker.example",
                                       "http://10.0.0.1/",
                                       "ftp://127.0.0.1/",
                                       "https://",
                                       "https://user@host/",
                                       "https://host:0/",
                                       "https://host:99999/",
                                       "https://ho st/",
                                       "https://host/#x",
                                       "https://a..b/",
                                       "http://127.0.0.1.evil/",
                                       "http://localhost.evil/",
                                       "http://[::2]/",
                                       "https://[::1/",
                                       "https://host/\"",
                                       "HTTPS://host/",
                                       "https://host/?q" };
    for (size_t i = 0; i < YJ_COUNT(good); i++)
        if (!yj_web_address_valid(yj_span_of(good[i]), false))
            fail_msg("refused: %s", good[i]);
    for (size_t i = 0; i < YJ_COUNT(bad); i++)
        if (yj_web_address_valid(yj_span_of(bad[i]), false))
            fail_msg("taken: %s", bad[i]);
    assert_true(yj_web_address_valid(YJ_SPAN("https://host/?q=1"), true));
}

static void directory_name__is_one_text_for_one_name(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",       " wang", "wang ", "wa ng",         "wang\n",          "wa*ng",
        "(wang)", "a\\b",  "a,b",   "\xef\xbd\x97",  "\xc3\xa9",        "\xe4\xb8",
        "\xff",   "a=b",   "a/b",   "\xe3\x80\x80z", "\xf0\xa0\x80\x80"
    };
    char name[YJ_DIRECTORY_NAME_MAX + 1];
    assert_true(yj_directory_name(YJ_SPAN("Li.Si-1_a+b@Corp.Example"), name));
    assert_string_equal(name, "li.si-1_a+b@corp.example");
    assert_true(yj_directory_name(YJ_SPAN("\xe6\x9d\x8e\xe5\x9b\x9bX"), name));
    assert_string_equal(name, "\xe6\x9d\x8e\xe5\x9b\x9bx");
    for (size_t i = 0; i < YJ_COUNT(bad); i++)
        if (yj_directory_name(yj_span_of(bad[i]), name))
            fail_msg("taken: %s", bad[i]);
    char longest[YJ_DIRECTORY_NAME_MAX + 1];
    memset(longest, 'a', sizeof longest);
    assert_true(yj_directory_name((yj_span){ longest, YJ_DIRECTORY_NAME_MAX }, name));
    assert_false(yj_directory_name((yj_span){ longest, YJ_DIRECTORY_NAME_MAX + 1 }, name));
}

static void directory_fill__escapes_as_the_place_wants_it(void **state)
{
    (void)state;
    static const char raw[] = " *()\\\0,+\"<>;=#a\xe6 ";
    static const struct {
        yj_directory_place place;
        const char *want;
    } rows[] = {
        { YJ_DIRECTORY_IN_FILTER, "(a= \\2a\\28\\29\\5c\\00,+\"<>;=#a\\e6 )" },
        { YJ_DIRECTORY_IN_DN, "(a=\\20*()\\5c\\00\\2c\\2b\\22\\3c\\3e\\3b\\3d#a\\e6\\20)" },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_auto(yj_buf_done) yj_buf b;
        yj_buf_init(&b, YJ_DIRECTORY_TEXT_MAX);
        yj_directory_fill("(a={name})", rows[i].place, (yj_span){ raw, sizeof raw - 1 }, &b);
        assert_string_equal(b.ptr, rows[i].want);
    }
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, YJ_DIRECTORY_TEXT_MAX);
    yj_directory_fill("{name}@{name}x", YJ_DIRECTORY_PLAIN, YJ_SPAN("a+"), &b);
    assert_string_equal(b.ptr, "a+@a+x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(local_path__leads_to_a_page_here),
        cmocka_unit_test(address__is_reached_by_tls_or_is_here),
        cmocka_unit_test(directory_name__is_one_text_for_one_name),
        cmocka_unit_test(directory_fill__escapes_as_the_place_wants_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
