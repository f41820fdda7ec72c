// SPDX-License-Identifier: Apache-2.0
/* The page's files: how they are found, what stands beside them, and what a program says that has none. */
#include "api_test.h"

static void expect_header(answer *a, const char *name, const char *value)
{
    const char *v = answer_header(a, name);
    assert_non_null(v);
    assert_string_equal(v, value);
}

static void root__leads_to_the_page(void **state)
{
    answer a = call(*state, "GET", "/", NULL, NULL);
    assert_int_equal(a.status, 302);
    expect_header(&a, "Location", "/p/");
    answer_done(&a);
}

static void every_address_below__is_the_same_document(void **state)
{
    static const char *const asks[] = { "/p/", "/p/records/item/R-1?tab=history", "/p/assets/none.js" };
    for (size_t i = 0; i < YJ_COUNT(asks); i++) {
        answer a = call(*state, "GET", asks[i], NULL, NULL);
        assert_int_equal(a.status, 200);
        assert_int_equal(a.len, test_page.files[2].bytes);
        assert_memory_equal(a.body, "<!doctype html>", 15);
        expect_header(&a, "Content-Type", "text/html; charset=utf-8");
        expect_header(&a, "Cache-Control", "no-cache");
        answer_done(&a);
    }
}

static void policy__allows_own_scripts_and_styles_alone(void **state)
{
    answer a = call(*state, "GET", "/p/", NULL, NULL);
    const char *policy = answer_header(&a, "Content-Security-Policy");
    assert_non_null(policy);
    assert_non_null(strstr(policy, "default-src 'none'"));
    assert_non_null(strstr(policy, "script-src 'self';"));
    assert_non_null(strstr(policy, "style-src 'self';"));
    assert_non_null(strstr(policy, "frame-ancestors 'none'"));
    assert_null(strstr(policy, "unsafe"));
    assert_null(strstr(policy, "*"));
    answer_done(&a);
    a = call(*state, "GET", "/api/v1/health", NULL, NULL);
    expect_header(&a, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    answer_done(&a);
}

static void compressed__as_it_was_packed(void **state)
{
    answer a = call(*state, "GET", "/assets/app-aaaaaaaa.js", "Accept-Encoding: gzip\r\n", NULL);
    assert_int_equal(a.status, 200);
    expect_header(&a, "Content-Encoding", "gzip");
    expect_header(&a, "Content-Type", "text/javascript; charset=utf-8");
    expect_header(&a, "Cache-Control", "public, max-age=31536000, immutable");
    assert_int_equal(a.len, test_page.files[0].z_bytes);
    assert_memory_equal(a.body, test_page.files[0].z, a.len);
    answer_done(&a);
    a = call(*state, "GET", "/assets/app-aaaaaaaa.js", NULL, NULL);
    assert_null(answer_header(&a, "Content-Encoding"));
    assert_int_equal(a.len, test_page.files[0].bytes);
    assert_memory_equal(a.body, "console.log(\"page\")\n", 20);
    answer_done(&a);
}

static void seen_already__is_not_sent_again(void **state)
{
    answer a = call(*state, "GET", "/p/", NULL, NULL);
    char tag[128];
    snprintf(tag, sizeof tag, "If-None-Match: %s\r\n", answer_header(&a, "ETag"));
    answer_done(&a);
    a = call(*state, "GET", "/p/", tag, NULL);
    assert_int_equal(a.status, 304);
    assert_int_equal(a.len, 0);
    answer_done(&a);
}

static void unknown_or_foreign_path__is_404(void **state)
{
    static const char *const asks[] = { "/assets/none.js", "/assets/../index.html",
                                        "/assets/%2e%2e/index.html", "/index.html", "/px" };
    for (size_t i = 0; i < YJ_COUNT(asks); i++) {
        answer a = call(*state, "GET", asks[i], NULL, NULL);
        assert_int_equal(a.status, 404);
        answer_done(&a);
    }
}

static void built_without__says_where_things_are(void **state)
{
    world *w = *state;
    yj_error err = { 0 };
    yj_server_stop(w->server);
    w->server = NULL;
    yj_server *plain = NULL;
    assert_int_equal(yj_server_start(w->engine, &(yj_server_options){ .open = true }, &plain, &err), YJ_OK);
    w->server = plain;
    int64_t port = 0;
    const char *colon = strrchr(yj_server_url(plain), ':');
    assert_true(colon && yj_span_i64(yj_span_of(colon + 1), &port));
    w->port = (int)port;
    answer a = call(w, "GET", "/p/", NULL, NULL);
    assert_int_equal(a.status, 200);
    assert_non_null(strstr(a.body, "/api/v1/openapi.json"));
    answer_done(&a);
    a = call(w, "GET", "/assets/app-aaaaaaaa.js", NULL, NULL);
    assert_int_equal(a.status, 404);
    answer_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(root__leads_to_the_page),
        cmocka_unit_test(every_address_below__is_the_same_document),
        cmocka_unit_test(policy__allows_own_scripts_and_styles_alone),
        cmocka_unit_test(compressed__as_it_was_packed),
        cmocka_unit_test(seen_already__is_not_sent_again),
        cmocka_unit_test(unknown_or_foreign_path__is_404),
        cmocka_unit_test(built_without__says_where_things_are),
    };
    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
