// SPDX-License-Identifier: Apache-2.0
#include "instrument/scan/check.h"

static const char credit_alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : -1;
}

static bool all_digits(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (digit(p[i]) < 0)
            return false;
    return true;
}

bool yj_scan_province(const char two[static 2])
{
    static const uint8_t known[100] = {
        [11] = 1, [12] = 1, [13] = 1, [14] = 1, [15] = 1, [21] = 1, [22] = 1, [23] = 1, [31] = 1,
        [32] = 1, [33] = 1, [34] = 1, [35] = 1, [36] = 1, [37] = 1, [41] = 1, [42] = 1, [43] = 1,
        [44] = 1, [45] = 1, [46] = 1, [50] = 1, [51] = 1, [52] = 1, [53] = 1, [54] = 1, [61] = 1,
        [62] = 1, [63] = 1, [64] = 1, [65] = 1, [71] = 1, [81] = 1, [82] = 1, [83] = 1,
    };
    int a = digit(two[0]), b = digit(two[1]);
    return a >= 0 && b >= 0 && known[a * 10 + b];
}

static bool date_fits(int year, const char *four)
{
    static const uint8_t days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int month = digit(four[0]) * 10 + digit(four[1]), day = digit(four[2]) * 10 + digit(four[3]);
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] + (month == 2 && leap);
}

char yj_scan_resident_check(const char seventeen[static 17])
{
    static const uint8_t weight[17] = { 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2 };
    int sum = 0;
    for (int i = 0; i < 17; i++)
        sum += digit(seventeen[i]) * weight[i];
    return "10X98765432"[sum % 11];
}

bool yj_scan_resident_id(yj_span s)
{
    if (s.len != 18 || !all_digits(s.ptr, 17) || !yj_scan_province(s.ptr))
        return false;
    int year = digit(s.ptr[6]) * 1000 + digit(s.ptr[7]) * 100 + digit(s.ptr[8]) * 10 + digit(s.ptr[9]);
    char last = s.ptr[17] == 'x' ? 'X' : s.ptr[17];
    return year >= 1880 && year <= 2079 && date_fits(year, s.ptr + 10) &&
           yj_scan_resident_check(s.ptr) == last;
}

bool yj_scan_resident_id_old(yj_span s)
{
    if (s.len != 15 || !all_digits(s.ptr, 15) || !yj_scan_province(s.ptr))
        return false;
    return date_fits(1900 + digit(s.ptr[6]) * 10 + digit(s.ptr[7]), s.ptr + 8);
}

/* Letters and digits of GB 11714: A is 10 ... Z is 35. */
static int body_value(char c)
{
    return digit(c) >= 0 ? digit(c) : c >= 'A' && c <= 'Z' ? c - 'A' + 10 : 0;
}

char yj_scan_body_check(const char eight[static 8])
{
    static const uint8_t weight[8] = { 3, 7, 9, 10, 5, 8, 4, 2 };
    int sum = 0;
    for (int i = 0; i < 8; i++)
        sum += body_value(eight[i]) * weight[i];
    return "0123456789X0"[11 - sum % 11];
}

char yj_scan_credit_check(const char seventeen[static 17])
{
    static const uint8_t weight[17] = { 1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28 };
    int sum = 0;
    for (int i = 0; i < 17; i++) {
        const char *at = seventeen[i] ? strchr(credit_alphabet, seventeen[i]) : NULL;
        if (!at)
            return '\0';
        sum += (int)(at - credit_alphabet) * weight[i];
    }
    return credit_alphabet[(31 - sum % 31) % 31];
}

bool yj_scan_credit_code(yj_span s)
{
    if (s.len != 18 || !all_digits(s.ptr + 2, 6))
        return false;
    bool national = s.ptr[2] == '1' && s.ptr[3] == '0';
    return (national || yj_scan_province(s.ptr + 2)) && yj_scan_credit_check(s.ptr) == s.ptr[17] &&
           yj_scan_body_check(s.ptr + 8) == s.ptr[16];
}

bool yj_scan_luhn(yj_span digits)
{
    int sum = 0;
    if (!all_digits(digits.ptr, digits.len))
        return false;
    for (size_t i = 0; i < digits.len; i++) {
        int d = digit(digits.ptr[digits.len - 1 - i]);
        d = i % 2 ? d * 2 : d;
        sum += d > 9 ? d - 9 : d;
    }
    return sum % 10 == 0;
}

yj_scan_issuer yj_scan_card_issuer(yj_span s)
{
    if (s.len < 15 || s.len > 19)
        return YJ_SCAN_NO_ISSUER;
    int two = digit(s.ptr[0]) * 10 + digit(s.ptr[1]);
    int four = two * 100 + digit(s.ptr[2]) * 10 + digit(s.ptr[3]);
    if (s.len >= 16 && (two == 62 || four == 9558))
        return YJ_SCAN_ISSUER_CHINA;
    if (s.len == 15)
        return two == 34 || two == 37 ? YJ_SCAN_ISSUER_ABROAD : YJ_SCAN_NO_ISSUER;
    bool visa = s.ptr[0] == '4' && (s.len == 16 || s.len == 19);
    bool of_16 = s.len == 16 && ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720) || two == 35);
    return visa || of_16 ? YJ_SCAN_ISSUER_ABROAD : YJ_SCAN_NO_ISSUER;
}

/* Third digits that are given out, by the second: bit d is digit d. */
int yj_scan_mobile(yj_span s)
{
    static const uint16_t given[10] = {
        [3] = 0x3ff, [4] = 0x3f3, [5] = 0x3ef, [6] = 0x0e4, [7] = 0x1ff, [8] = 0x3ff, [9] = 0x3ef,
    };
    if (s.len != 11 || s.ptr[0] != '1' || !all_digits(s.ptr, 11) || s.ptr[1] < '3')
        return 0;
    return given[digit(s.ptr[1])] >> digit(s.ptr[2]) & 1 ? 2 : 1;
}
