// SPDX-License-Identifier: Apache-2.0
/* Networks by their addresses, and tokens of devices. */
#include "../base/test.h"

#include "access/device.h"
#include "access/network.h"
#include "base/time.h"

#define NOW (INT64_C(1772413200) * YJ_NS_PER_S)

static void network__is_the_address_shortened(void **state)
{
    static const struct {
        const char *address, *network;
    } rows[] = { { "192.0.2.7", "192.0.2.0/24" },
                 { "255.255.255.255", "255.255.255.0/24" },
                 { "::ffff:192.0.2.7", "192.0.2.0/24" },
                 { "::FFFF:192.0.2.200", "192.0.2.0/24" },
                 { "2001:db8:1:2ff::7", "2001:db8:1:200::/56" },
                 { "2001:db8:1:2a0:1:2:3:4", "2001:db8:1:200::/56" },
                 { "2001:db8:1:300::7", "2001:db8:1:300::/56" },
                 { "::1", "::/56" },
                 { "fe80::1%eth0", "fe80::/56" },
                 { "", "other" },
                 { "%eth0", "other" },
                 { "192.0.2", "other" },
                 { "192.0.2.7:80", "other" },
                 { "[::1]", "other" },
                 { "example.com", "other" },
                 { "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa", "other" } };
    char network[YJ_NETWORK_BYTES];
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_network_of(rows[i].address, network);
        assert_string_equal(network, rows[i].network);
    }
    yj_network_of(NULL, network);
    assert_string_equal(network, "other");
}

static void device__is_known_by_its_token(void **state)
{
    yj_error err;
    yj_auto(yj_seal_freep) yj_seal *s = NULL;
    char token[YJ_DEVICE_TOKEN_LEN + 1], other[YJ_DEVICE_TOKEN_LEN + 1];
    uint8_t id[YJ_DEVICE_ID_LEN], again[YJ_DEVICE_ID_LEN];
    assert_status(yj_seal_open(*state, &s, &err), YJ_OK);
    yj_device_token(s, "account-1", NOW, token);
    yj_device_token(s, "account-1", NOW, other);
    assert_int_equal(strlen(token), YJ_DEVICE_TOKEN_LEN);
    assert_true(yj_device_read(s, "account-1", yj_span_of(token), NOW, 100, id));
    assert_true(yj_device_read(s, "account-1", yj_span_of(token), NOW + 100 * YJ_NS_PER_S, 100, again));
    assert_memory_equal(id, again, sizeof id);
    assert_true(yj_device_read(s, "account-1", yj_span_of(other), NOW, 100, again));
    assert_memory_not_equal(id, again, sizeof id);
    assert_false(yj_device_read(s, "account-1", yj_span_of(token), NOW + 101 * YJ_NS_PER_S, 100, id));
    assert_false(yj_device_read(s, "account-2", yj_span_of(token), NOW, 100, id));
    assert_false(yj_device_read(s, "account-1", (yj_span){ NULL, 0 }, NOW, 100, id));
    for (size_t i = 0; i < YJ_DEVICE_TOKEN_LEN; i++) {
        char c = token[i];
        token[i] = c == 'A' ? 'B' : 'A';
        assert_false(yj_device_read(s, "account-1", yj_span_of(token), NOW, 100, id));
        token[i] = c;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(network__is_the_address_shortened),
        unit_test_in_folder(device__is_known_by_its_token),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
