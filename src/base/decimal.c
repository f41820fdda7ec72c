// SPDX-License-Identifier: Apache-2.0
#include "base/decimal.h"

/* Negative numbers reach one further than positive ones, so the digits are gathered below zero. */
static bool gather(int64_t *v, int digit)
{
    return !__builtin_mul_overflow(*v, 10, v) && !__builtin_sub_overflow(*v, digit, v);
}

bool yj_decimal_parse(yj_span s, int scale, int64_t *ret)
{
    bool negative = s.len > 0 && s.ptr[0] == '-', digits = false;
    int64_t v = 0;
    int after = -1; /* digits behind the point; -1 before it */
    for (size_t i = negative ? 1 : 0; i < s.len; i++) {
        char ch = s.ptr[i];
        if (ch == '.' && after < 0 && digits) {
            after = 0;
            continue;
        }
        if (ch < '0' || ch > '9' || after >= scale || !gather(&v, ch - '0'))
            return false;
        digits = true;
        after += after >= 0;
    }
    if (!digits || after == 0)
        return false;
    for (int k = after < 0 ? 0 : after; k < scale; k++)
        if (!gather(&v, 0))
            return false;
    if (!negative && v == INT64_MIN)
        return false;
    *ret = negative ? v : -v;
    return true;
}

void yj_decimal_format(int64_t v, int scale, yj_buf *out)
{
    char digits[32] = { 0 };
    uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    int n = 0;
    while (u > 0 || n <= scale) {
        digits[n++] = (char)('0' + u % 10);
        u /= 10;
    }
    /* trailing zeros after the point say nothing: 99.50 and 99.5 are one value, kept in one form */
    int low = 0;
    while (low < scale && digits[low] == '0')
        low++;
    if (v < 0)
        yj_buf_char(out, '-');
    for (int i = n - 1; i >= scale; i--)
        yj_buf_char(out, digits[i]);
    if (low < scale) {
        yj_buf_char(out, '.');
        for (int i = scale - 1; i >= low; i--)
            yj_buf_char(out, digits[i]);
    }
}
