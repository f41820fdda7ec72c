// SPDX-License-Identifier: Apache-2.0
#include "access/network.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static void write_four(const uint8_t *b, char ret[static YJ_NETWORK_BYTES])
{
    snprintf(ret, YJ_NETWORK_BYTES, "%u.%u.%u.0/24", b[0], b[1], b[2]);
}

void yj_network_of(const char *address, char ret[static YJ_NETWORK_BYTES])
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
    char text[INET6_ADDRSTRLEN];
    uint8_t b[16];
    size_t len = address ? strcspn(address, "%") : 0;
    memcpy(ret, "other", sizeof "other");
    if (len == 0 || len >= sizeof text)
        return;
    memcpy(text, address, len);
    text[len] = '\0';
    if (inet_pton(AF_INET, text, b) == 1) {
        write_four(b, ret);
    } else if (inet_pton(AF_INET6, text, b) == 1) {
        if (memcmp(b, mapped, sizeof mapped) == 0) {
            write_four(b + sizeof mapped, ret);
            return;
        }
        memset(b + 7, 0, sizeof b - 7);
        if (inet_ntop(AF_INET6, b, text, sizeof text))
            snprintf(ret, YJ_NETWORK_BYTES, "%.*s/56", YJ_NETWORK_BYTES - 4, text);
    }
}
