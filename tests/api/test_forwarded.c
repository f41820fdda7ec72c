// SPDX-License-Identifier: Apache-2.0
/* What a proxy says about its client, and the address that people use. */
#include "api_test.h"

#include "api/forwarded.h"
#include "api/public_url.h"
#include <stdio.h>

static yj_address address(const char *text)
{
    yj_address a;
    if (!yj_address_read(yj_span_of(text), &a))
        fail_msg("%s is no address", text);
    return a;
}

static void address__is_read_and_shown(void **state)
{
    static const char *const rows[][2] = {
        { "192.0.2.7", "192.0.2.7" },
        { "::ffff:192.0.2.7", "192.0.2.7" },
        { "2001:DB8:0:0::7", "2001:db8::7" },
        { "::1", "::1" },
        { "0.0.0.0", "0.0.0.0" },
        { "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8" },
    };
    static const char *const bad[] = { "",
                                       "localhost",
                                       "1.2.3",
                                       "1.2.3.4.5",
                                       "256.1.1.1",
                                       "010.0.0.1",
                                       "[::1]",
                                       "::1%lo",
                                       "1.2.3.4 ",
                                       "1.2.3.4:80",
                                       "::g",
                                       "0x7f.0.0.1",
                                       "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa" };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        char shown[YJ_ADDRESS_BYTES];
        yj_address a = address(rows[i][0]);
        yj_address_show(&a, shown);
        assert_string_equal(shown, rows[i][1]);
    }
    yj_address a;
    for (size_t i = 0; i < YJ_COUNT(bad); i++)
        assert_false(yj_address_read(yj_span_of(bad[i]), &a));
    assert_false(yj_address_read((yj_span){ "1.2.3.4\0x", 9 }, &a));
    static const struct {
        const char *text;
        bool loopback;
    } local[] = { { "127.0.0.1", true },  { "127.9.9.9", true },
                  { "::1", true },        { "::ffff:127.0.0.1", true },
                  { "128.0.0.1", false }, { "::2", false },
                  { "::", false } };
    for (size_t i = 0; i < YJ_COUNT(local); i++) {
        a = address(local[i].text);
        assert_int_equal(yj_address_is_loopback(&a), local[i].loopback);
    }
}

static void networks__hold_what_they_name(void **state)
{
    yj_error err = { 0 };
    yj_networks n = { 0 };
    yj_ok(yj_networks_add(&n, yj_span_of("10.0.0.0/8, 192.0.2.7"), &err));
    yj_ok(yj_networks_add(&n, yj_span_of("172.16.0.0/12,fd00::/8,2001:db8::1,198.51.100.128/25"), &err));
    assert_int_equal(n.count, 6);
    static const struct {
        const char *text;
        bool held;
    } rows[] = {
        { "10.0.0.0", true },        { "10.255.255.255", true },  { "11.0.0.0", false },
        { "9.255.255.255", false },  { "192.0.2.7", true },       { "192.0.2.6", false },
        { "::ffff:10.1.1.1", true }, { "172.31.255.255", true },  { "172.32.0.0", false },
        { "fdff::1", true },         { "fc00::1", false },        { "2001:db8::1", true },
        { "2001:db8::2", false },    { "198.51.100.127", false }, { "198.51.100.128", true },
        { "::a00:1", false }, /* 10.0.0.1 without ffff is another address */
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_address a = address(rows[i].text);
        if (yj_networks_hold(&n, &a) != rows[i].held)
            fail_msg("%s", rows[i].text);
    }
    static const char *const bad[] = {
        "",           "x",           "10.0.0.0/33",  "10.0.0.1/8", "10.0.0.0/", "10.0.0.0/8/8",
        "fd00::/129", "fd00::1/8",   "/8",           "0.0.0.0/0",  "::/0",      "10.0.0.1,",
        ",10.0.0.1",  "10.0.0.0/-1", "10.0.0.0/8 8", "localhost",  "[::1]"
    };
    for (size_t i = 0; i < YJ_COUNT(bad); i++) {
        yj_networks m = { 0 };
        if (yj_networks_add(&m, yj_span_of(bad[i]), &err) != YJ_E_USAGE)
            fail_msg("\"%s\" was taken", bad[i]);
    }
    yj_networks many = { 0 };
    for (unsigned i = 0; i < YJ_NETWORKS_MAX; i++)
        yj_ok(yj_networks_add(&many, yj_span_of("10.0.0.1"), &err));
    assert_int_equal(yj_networks_add(&many, yj_span_of("10.0.0.1"), &err), YJ_E_USAGE);
}

/* Peer 10.0.0.1 unless the row says otherwise; 10.0.0.0/8 and fd00::/8 are trusted. Lines are parted by '|'.
 */
static void client__is_the_first_stranger_from_the_right(void **state)
{
    static const struct {
        const char *peer, *lines, *client;
    } rows[] = {
        { NULL, NULL, "10.0.0.1" },
        { NULL, "192.0.2.7", "192.0.2.7" },
        { NULL, " 192.0.2.7 ", "192.0.2.7" },
        { NULL, "192.0.2.7:4711", "192.0.2.7" },
        { NULL, "2001:db8::7", "2001:db8::7" },
        { NULL, "[2001:db8::7]", "2001:db8::7" },
        { NULL, "[2001:db8::7]:4711", "2001:db8::7" },
        { NULL, "::ffff:192.0.2.7", "192.0.2.7" },
        { NULL, "192.0.2.7, 10.0.0.9", "192.0.2.7" },
        { NULL, "192.0.2.7,10.0.0.9,10.0.0.8", "192.0.2.7" },
        { NULL, "10.0.0.7, 10.0.0.9", "10.0.0.7" }, /* all are trusted: the farthest */
        { NULL, "fd00::7", "fd00::7" },
        /* what the client itself wrote stands left and is not believed */
        { NULL, "203.0.113.1, 192.0.2.7", "192.0.2.7" },
        { NULL, "10.0.0.9, 192.0.2.7", "192.0.2.7" },
        { NULL, "nonsense, 192.0.2.7", "192.0.2.7" },
        { NULL, "203.0.113.1|192.0.2.7", "192.0.2.7" },
        { NULL, "nonsense|192.0.2.7, 10.0.0.9", "192.0.2.7" },
        { NULL, "203.0.113.1, 192.0.2.7|10.0.0.9", "192.0.2.7" },
        /* malformed where it matters */
        { NULL, "", "10.0.0.1" },
        { NULL, "unknown", "10.0.0.1" },
        { NULL, "192.0.2.7,", "10.0.0.1" },
        { NULL, ",10.0.0.9", "10.0.0.1" },
        { NULL, "192.0.2.7 10.0.0.9", "10.0.0.1" },
        { NULL, "192.0.2.7, nonsense", "10.0.0.1" },
        { NULL, "192.0.2.7, nonsense, 10.0.0.9", "10.0.0.1" },
        { NULL, "192.0.2.7:", "10.0.0.1" },
        { NULL, "192.0.2.7:70000", "10.0.0.1" },
        { NULL, "[192.0.2.7]", "10.0.0.1" },
        { NULL, "[2001:db8::7", "10.0.0.1" },
        { NULL, "[2001:db8::7]x", "10.0.0.1" },
        { NULL, "192.0.2.7|", "10.0.0.1" },
        /* nobody else is believed */
        { "192.0.2.9", "203.0.113.1", "192.0.2.9" },
        { "192.0.2.9", "10.0.0.9", "192.0.2.9" },
        { "192.0.2.9", NULL, "192.0.2.9" },
    };
    yj_error err = { 0 };
    yj_networks n = { 0 };
    yj_ok(yj_networks_add(&n, yj_span_of("10.0.0.0/8,fd00::/8"), &err));
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_address peer = address(rows[i].peer ? rows[i].peer : "10.0.0.1");
        yj_lines lines = { 0 };
        for (const char *p = rows[i].lines; p;) {
            const char *bar = strchr(p, '|');
            lines.at[lines.count++] = (yj_span){ p, bar ? (size_t)(bar - p) : strlen(p) };
            p = bar ? bar + 1 : NULL;
        }
        yj_address a = yj_forwarded_for(&n, &peer, &lines);
        char shown[YJ_ADDRESS_BYTES];
        yj_address_show(&a, shown);
        if (strcmp(shown, rows[i].client) != 0)
            fail_msg("row %zu: %s", i, shown);
    }
}

static void client__beyond_the_limits_is_the_peer(void **state)
{
    yj_error err = { 0 };
    yj_networks n = { 0 };
    yj_ok(yj_networks_add(&n, yj_span_of("10.0.0.0/8"), &err));
    yj_address peer = address("10.0.0.1");
    for (unsigned hops = YJ_FORWARDED_HOPS_MAX - 1; hops <= YJ_FORWARDED_HOPS_MAX; hops++) {
        char text[1024] = "192.0.2.7";
        for (unsigned i = 0; i < hops; i++)
            strcat(text, ",10.0.0.9");
        yj_lines lines = { .at = { yj_span_of(text) }, .count = 1 };
        yj_address a = yj_forwarded_for(&n, &peer, &lines), want = address("192.0.2.7");
        assert_memory_equal(&a, hops < YJ_FORWARDED_HOPS_MAX ? &want : &peer, sizeof a);
    }
    yj_lines lines = { .count = YJ_FORWARDED_LINES_MAX + 1 };
    for (size_t i = 0; i < YJ_FORWARDED_LINES_MAX; i++)
        lines.at[i] = yj_span_of("192.0.2.7");
    yj_address a = yj_forwarded_for(&n, &peer, &lines);
    assert_memory_equal(&a, &peer, sizeof a);
    assert_false(yj_forwarded_secure(&lines, true));
}

static void scheme__is_secure_only_if_it_says_so(void **state)
{
    static const struct {
        const char *text;
        bool secure;
    } rows[] = { { "https", true }, { "HTTPS", true },       { " https ", true },       { "http", false },
                 { "", false },     { "https,http", false }, { "https, https", false }, { "wss", false } };
    for (size_t i = 0; i < YJ_COUNT(rows); i++)
        assert_int_equal(
            yj_forwarded_secure(&(yj_lines){ .at = { yj_span_of(rows[i].text) }, .count = 1 }, true),
            rows[i].secure);
    assert_true(yj_forwarded_secure(&(yj_lines){ 0 }, true));
    assert_false(yj_forwarded_secure(&(yj_lines){ 0 }, false));
    assert_false(
        yj_forwarded_secure(&(yj_lines){ .at = { YJ_SPAN("https"), YJ_SPAN("http") }, .count = 2 }, true));
    assert_true(
        yj_forwarded_secure(&(yj_lines){ .at = { YJ_SPAN("http"), YJ_SPAN("https") }, .count = 2 }, false));
}

static void public_url__is_an_origin(void **state)
{
    static const char *const good[][2] = {
        { "https://yunjian.example", "https://yunjian.example" },
        { "https://yunjian.example/", "https://yunjian.example" },
        { "HTTPS://Yunjian.Example:443", "https://yunjian.example" },
        { "https://yunjian.example:8443", "https://yunjian.example:8443" },
        { "https://yunjian.example:80", "https://yunjian.example:80" },
        { "https://192.0.2.7:8443", "https://192.0.2.7:8443" },
        { "https://[2001:DB8:0::7]:8443", "https://[2001:db8::7]:8443" },
        { "https://[2001:db8::7]", "https://[2001:db8::7]" },
        { "https://xn--rhqv96g.example", "https://xn--rhqv96g.example" },
        { "https://a-b.example", "https://a-b.example" },
        { "http://localhost:8080", "http://localhost:8080" },
        { "http://127.0.0.1:80", "http://127.0.0.1" },
        { "http://[::1]:8080/", "http://[::1]:8080" },
    };
    static const char *const bad[] = {
        "",
        "yunjian.example",
        "https://",
        "https:///",
        "https://yunjian.example/path",
        "https://yunjian.example//",
        "https://yunjian.example?x",
        "https://yunjian.example#x",
        "https://user@yunjian.example",
        "https://yunjian.example:",
        "https://yunjian.example:0",
        "https://yunjian.example:65536",
        "https://yunjian.example:80:80",
        "https://yun jian.example",
        "https://云鉴.example",
        "https://-a.example",
        "https://a-.example",
        "https://a..example",
        "https://.example",
        "https://example.",
        "https://a_b.example",
        "https://[::1",
        "https://::1",
        "https://[]",
        "https://[1.2.3.4]",
        "https://[::ffff:1.2.3.4]",
        "https://[::1]x",
        "ftp://yunjian.example",
        "http://yunjian.example",
        "http://192.0.2.7",
        "javascript:alert(1)",
        " https://yunjian.example",
        "https://yunjian.example\n",
    };
    yj_error err = { 0 };
    char url[YJ_PUBLIC_URL_BYTES];
    for (size_t i = 0; i < YJ_COUNT(good); i++) {
        yj_ok(yj_public_url_read(yj_span_of(good[i][0]), url, &err));
        assert_string_equal(url, good[i][1]);
        yj_ok(yj_public_url_read(yj_span_of(url), url, &err)); /* stays as it is */
        assert_string_equal(url, good[i][1]);
    }
    for (size_t i = 0; i < YJ_COUNT(bad); i++)
        if (yj_public_url_read(yj_span_of(bad[i]), url, &err) != YJ_E_USAGE)
            fail_msg("\"%s\" was taken", bad[i]);
    assert_int_equal(yj_public_url_read((yj_span){ "https://a\0b", 11 }, url, &err), YJ_E_USAGE);
    char text[400] = "https://";
    for (size_t i = 0; i < 62; i++)
        strcat(text, "abcd.");
    strcat(text, "example");
    assert_int_equal(yj_public_url_read(yj_span_of(text), url, &err), YJ_E_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(address__is_read_and_shown),
        cmocka_unit_test(networks__hold_what_they_name),
        cmocka_unit_test(client__is_the_first_stranger_from_the_right),
        cmocka_unit_test(client__beyond_the_limits_is_the_peer),
        cmocka_unit_test(scheme__is_secure_only_if_it_says_so),
        cmocka_unit_test(public_url__is_an_origin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
