// SPDX-License-Identifier: Apache-2.0
#include "pack/sentence.h"

static bool name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/* Take a name off the front: [a-z][a-z0-9_]{0,40}. */
static bool take_name(yj_span *rest, yj_span *ret)
{
    size_t n = 0;
    while (n < rest->len && name_char(rest->ptr[n]))
        n++;
    if (n == 0 || n > 41 || !(rest->ptr[0] >= 'a' && rest->ptr[0] <= 'z'))
        return false;
    *ret = (yj_span){ rest->ptr, n };
    rest->ptr += n;
    rest->len -= n;
    return true;
}

static bool take(yj_span *rest, const char *what)
{
    size_t n = strlen(what);
    if (rest->len < n || memcmp(rest->ptr, what, n) != 0)
        return false;
    rest->ptr += n;
    rest->len -= n;
    return true;
}

/* What follows an opening brace, up to and with the closing one. */
static bool take_placeholder(yj_span *rest, yj_sentence_part *ret)
{
    ret->what = take(rest, ":") ? YJ_SENTENCE_PARAM : YJ_SENTENCE_VALUE;
    if (!take_name(rest, &ret->text))
        return false;
    if (take(rest, "|choice:") &&
        !(take_name(rest, &ret->kind) && take(rest, ".") && take_name(rest, &ret->field)))
        return false;
    return take(rest, "}");
}

bool yj_sentence_next(yj_span *rest, yj_sentence_part *ret, const char **ret_fault)
{
    *ret = (yj_sentence_part){ .what = YJ_SENTENCE_TEXT };
    if (rest->len == 0)
        return false;
    size_t n = 0;
    while (n < rest->len && rest->ptr[n] != '{' && rest->ptr[n] != '}')
        n++;
    if (n > 0) {
        ret->text = (yj_span){ rest->ptr, n };
        rest->ptr += n;
        rest->len -= n;
        return true;
    }
    if (take(rest, "{") && take_placeholder(rest, ret))
        return true;
    *ret_fault = rest->ptr;
    return false;
}
