// SPDX-License-Identifier: Apache-2.0
/* What a proxy says of its client. Lines of the input: the peer, the trusted networks, a scheme, then lines
 * of X-Forwarded-For. Whatever stands there: a peer that is not trusted is the client; the client is an
 * address, and one that is trusted only where nobody else was named. The second line is read as a public
 * address, too. */
#include "fuzz.h"

#include "api/forwarded.h"
#include "api/public_url.h"

static yj_span take(yj_span *s)
{
    const char *end = s->len ? memchr(s->ptr, '\n', s->len) : NULL;
    size_t len = end ? (size_t)(end - s->ptr) : s->len, used = end ? len + 1 : len;
    yj_span line = { s->ptr, len };
    *s = (yj_span){ s->ptr + used, s->len - used };
    return line;
}

static void check_address(const yj_address *a)
{
    char shown[YJ_ADDRESS_BYTES];
    yj_address again;
    yj_address_show(a, shown);
    bool same = yj_address_read(yj_span_of(shown), &again) && memcmp(a, &again, sizeof again) == 0;
    assert(same);
}

static void check_url(yj_span text)
{
    char url[YJ_PUBLIC_URL_BYTES], again[YJ_PUBLIC_URL_BYTES];
    yj_error err;
    if (yj_public_url_read(text, url, &err) != YJ_OK)
        return;
    yj_status s = yj_public_url_read(yj_span_of(url), again, &err);
    assert(s == YJ_OK && strcmp(url, again) == 0);
    for (const char *p = url; *p; p++)
        assert(*p > ' ' && *p < 0x7f && !(*p >= 'A' && *p <= 'Z') && *p != '@' && *p != '?' && *p != '#');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yj_span rest = { (const char *)data, size }, who = take(&rest), networks = take(&rest);
    yj_lines scheme = { .at = { take(&rest) }, .count = 1 }, lines = { 0 };
    yj_networks trusted = { 0 };
    yj_address peer;
    yj_error err;
    check_url(networks);
    while (rest.len) {
        yj_span line = take(&rest);
        if (lines.count < YJ_FORWARDED_LINES_MAX)
            lines.at[lines.count] = line;
        if (lines.count <= YJ_FORWARDED_LINES_MAX)
            lines.count++;
    }
    (void)yj_forwarded_secure(&scheme, false);
    (void)yj_forwarded_secure(&lines, false);
    yj_status s = yj_networks_add(&trusted, networks, &err);
    assert(s == YJ_OK || s == YJ_E_USAGE);
    assert(trusted.count <= YJ_NETWORKS_MAX);
    if (!yj_address_read(who, &peer))
        return 0;
    check_address(&peer);
    yj_address client = yj_forwarded_for(&trusted, &peer, &lines);
    check_address(&client);
    assert(yj_networks_hold(&trusted, &peer) || memcmp(&client, &peer, sizeof peer) == 0);
    return 0;
}
