// SPDX-License-Identifier: Apache-2.0
#include "access/local_path.h"

#include <strings.h>

#define CHARACTERS                                                                                           \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/?#%" /* RFC 3986 */

/* The percent sign begins two hex digits, and what they say is no control character, slash or backslash. */
static bool escapes_valid(yj_span s)
{
    for (size_t i = 0; i < s.len; i++) {
        uint8_t byte = 0;
        size_t len = 0;
        if (s.ptr[i] != '%')
            continue;
        if (i + 2 >= s.len || !yj_hex_decode((yj_span){ s.ptr + i + 1, 2 }, &byte, 1, &len))
            return false;
        if (byte < 0x20 || byte == 0x7f || byte == '/' || byte == '\\')
            return false;
    }
    return true;
}

/* "." or "..", each dot perhaps as %2e */
static bool is_dots(yj_span s)
{
    size_t dots = 0, i = 0;
    for (; i < s.len && dots < 3; dots++) {
        if (s.ptr[i] == '.')
            i++;
        else if (s.len - i >= 3 && strncasecmp(s.ptr + i, "%2e", 3) == 0)
            i += 3;
        else
            return false;
    }
    return i == s.len && (dots == 1 || dots == 2);
}

static bool segments_valid(yj_span path)
{
    for (size_t at = 0; at < path.len;) { /* at a slash */
        size_t end = ++at;
        while (end < path.len && path.ptr[end] != '/')
            end++;
        yj_span segment = { path.ptr + at, end - at };
        if ((segment.len == 0 && end < path.len) || is_dots(segment))
            return false;
        at = end;
    }
    return true;
}

static bool of_api(yj_span path)
{
    return path.len >= 4 && strncasecmp(path.ptr, "/api", 4) == 0 && (path.len == 4 || path.ptr[4] == '/');
}

bool yj_local_path_valid(yj_span s)
{
    if (s.len == 0 || s.len > YJ_LOCAL_PATH_MAX || s.ptr[0] != '/')
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] == '\0' || !strchr(CHARACTERS, s.ptr[i]))
            return false;
    yj_span path = { s.ptr, 0 };
    while (path.len < s.len && s.ptr[path.len] != '?' && s.ptr[path.len] != '#')
        path.len++;
    return escapes_valid(path) && segments_valid(path) && !of_api(path);
}
