// SPDX-License-Identifier: Apache-2.0
#include "access/directory_name.h"

/* Bytes of the character, 0 if it is none that is taken. */
static size_t taken(const uint8_t *p, size_t left)
{
    static const char marks[] = "._@+-";
    uint8_t c = p[0];
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr(marks, c)))
        return 1;
    if (left < 3 || (c & 0xf0) != 0xe0 || (p[1] & 0xc0) != 0x80 || (p[2] & 0xc0) != 0x80)
        return 0;
    unsigned point = (c & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
    return point >= 0x4e00 && point <= 0x9fff ? 3 : 0;
}

bool yj_directory_name(yj_span typed, char ret[static YJ_DIRECTORY_NAME_MAX + 1])
{
    if (typed.len < 1 || typed.len > YJ_DIRECTORY_NAME_MAX)
        return false;
    for (size_t i = 0; i < typed.len;) {
        size_t n = taken((const uint8_t *)typed.ptr + i, typed.len - i);
        if (n == 0)
            return false;
        i += n;
    }
    for (size_t i = 0; i < typed.len; i++) {
        char c = typed.ptr[i];
        ret[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    ret[typed.len] = '\0';
    return true;
}

bool yj_directory_attribute_valid(const char *name)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    static const char more[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.";
    size_t len = name ? strlen(name) : 0;
    /* a number with dots (an OID) is one too */
    return len >= 1 && len <= 100 && (strchr(letters, name[0]) || strspn(name, "0123456789.") == len) &&
           strspn(name, more) == len;
}

void yj_directory_escape_filter(yj_span value, yj_buf *out)
{
    for (size_t i = 0; i < value.len; i++) {
        uint8_t c = (uint8_t)value.ptr[i];
        if (c < ' ' || c >= 0x7f || strchr("*()\\", c)) {
            yj_buf_char(out, '\\');
            yj_buf_hex(out, &c, 1);
        } else {
            yj_buf_char(out, (char)c);
        }
    }
}

void yj_directory_escape_dn(yj_span value, yj_buf *out)
{
    for (size_t i = 0; i < value.len; i++) {
        uint8_t c = (uint8_t)value.ptr[i];
        bool edge = (i == 0 && (c == ' ' || c == '#')) || (i + 1 == value.len && c == ' ');
        if (c < ' ' || c >= 0x7f || edge || strchr("\"+,;<>\\=", c)) {
            yj_buf_char(out, '\\');
            yj_buf_hex(out, &c, 1);
        } else {
            yj_buf_char(out, (char)c);
        }
    }
}

void yj_directory_fill(const char *template, yj_directory_place place, yj_span name, yj_buf *out)
{
    for (const char *at = template;;) {
        const char *hole = strstr(at, YJ_DIRECTORY_NAME);
        if (!hole) {
            yj_buf_str(out, at);
            return;
        }
        yj_buf_add(out, at, (size_t)(hole - at));
        if (place == YJ_DIRECTORY_IN_FILTER)
            yj_directory_escape_filter(name, out);
        else if (place == YJ_DIRECTORY_IN_DN)
            yj_directory_escape_dn(name, out);
        else
            yj_buf_span(out, name);
        at = hole + sizeof YJ_DIRECTORY_NAME - 1;
    }
}
