// SPDX-License-Identifier: Apache-2.0
#include "text/text.h"
#include <assert.h>

uint32_t yj_text_next(yj_span *s)
{
    assert(s->len > 0);
    const unsigned char *p = (const unsigned char *)s->ptr;
    size_t n = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    uint32_t c = n == 1 ? p[0] : p[0] & (0x7fu >> n);
    assert(n <= s->len);
    for (size_t i = 1; i < n; i++)
        c = c << 6 | (p[i] & 0x3fu);
    *s = (yj_span){ s->ptr + n, s->len - n };
    return c;
}

bool yj_text_is_han(uint32_t c)
{
    return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3400 && c <= 0x4dbf) || (c >= 0xf900 && c <= 0xfaff) ||
           (c >= 0x20000 && c <= 0x323af) || c == 0x3007;
}
