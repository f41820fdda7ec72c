// SPDX-License-Identifier: Apache-2.0
/*
 * A quick reader for the JSON that is by far the most frequent: what the program wrote itself. It knows whole
 * numbers of at most 18 digits and the short escapes; whatever else it meets, mistakes included, it leaves to
 * jansson, which reads a text ten times as slowly, character by character. So it never refuses anything.
 */
#include "base/json_internal.h"

#define DIGITS_MAX 18 /* always within 64 bits */

typedef struct reader {
    const char *p, *end;
    yj_buf *text; /* of a string with escapes */
} reader;

static json_t *read_value(reader *r);

static void skip_blanks(reader *r)
{
    while (r->p < r->end && (*r->p == ' ' || *r->p == '\n' || *r->p == '\t' || *r->p == '\r'))
        r->p++;
}

static bool take(reader *r, char c)
{
    skip_blanks(r);
    if (r->p == r->end || *r->p != c)
        return false;
    r->p++;
    return true;
}

/* What a byte of a string means: 0 itself, '"' the end, '\\' an escape, 1 nothing that may stand there. */
static const char in_string[256] = {
    [0x00] = 1, [0x01] = 1, [0x02] = 1, [0x03] = 1, [0x04] = 1,  [0x05] = 1,    [0x06] = 1,
    [0x07] = 1, [0x08] = 1, [0x09] = 1, [0x0a] = 1, [0x0b] = 1,  [0x0c] = 1,    [0x0d] = 1,
    [0x0e] = 1, [0x0f] = 1, [0x10] = 1, [0x11] = 1, [0x12] = 1,  [0x13] = 1,    [0x14] = 1,
    [0x15] = 1, [0x16] = 1, [0x17] = 1, [0x18] = 1, [0x19] = 1,  [0x1a] = 1,    [0x1b] = 1,
    [0x1c] = 1, [0x1d] = 1, [0x1e] = 1, [0x1f] = 1, ['"'] = '"', ['\\'] = '\\',
};

static char unescaped(char c)
{
    switch (c) {
    case '"':
    case '\\':
    case '/':
        return c;
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return '\0';
    }
}

/* The rest of a string, from its first escape on. */
static bool read_escaped(reader *r, const char *from, yj_span *ret)
{
    yj_buf_clear(r->text);
    for (;;) {
        yj_buf_add(r->text, from, (size_t)(r->p - from));
        if (r->p == r->end || in_string[(unsigned char)*r->p] == 1)
            return false;
        if (*r->p++ == '"')
            break;
        char c = r->p < r->end ? unescaped(*r->p) : '\0';
        if (!c)
            return false;
        yj_buf_char(r->text, c);
        from = ++r->p;
        while (r->p < r->end && !in_string[(unsigned char)*r->p])
            r->p++;
    }
    *ret = yj_buf_view(r->text);
    return yj_buf_status(r->text, NULL) == YJ_OK;
}

/* After the opening quote. The span lives until the next string is read. */
static bool read_string(reader *r, yj_span *ret)
{
    const char *from = r->p;
    while (r->p < r->end && !in_string[(unsigned char)*r->p])
        r->p++;
    if (r->p == r->end || *r->p != '"')
        return read_escaped(r, from, ret);
    *ret = (yj_span){ from, (size_t)(r->p++ - from) };
    return true;
}

static bool add_member(reader *r, json_t *o)
{
    yj_span key;
    if (!take(r, '"') || !read_string(r, &key))
        return false;
    char name[64]; /* the key must outlive the value's strings */
    if (key.len > sizeof name)
        return false;
    memcpy(name, key.ptr, key.len);
    if (!take(r, ':'))
        return false;
    json_t *v = read_value(r);
    size_t before = json_object_size(o);
    return v && json_object_setn_new_nocheck(o, name, key.len, v) == 0 && json_object_size(o) > before;
}

static json_t *read_object(reader *r)
{
    yj_auto(yj_json_freep) json_t *o = json_object();
    if (!o || take(r, '}'))
        return yj_take(o);
    do {
        if (!add_member(r, o))
            return NULL;
    } while (take(r, ','));
    return take(r, '}') ? yj_take(o) : NULL;
}

static json_t *read_array(reader *r)
{
    yj_auto(yj_json_freep) json_t *a = json_array();
    if (!a || take(r, ']'))
        return yj_take(a);
    do {
        json_t *v = read_value(r);
        if (!v || json_array_append_new(a, v) != 0)
            return NULL;
    } while (take(r, ','));
    return take(r, ']') ? yj_take(a) : NULL;
}

static json_t *read_number(reader *r)
{
    bool minus = *r->p == '-';
    const char *from = r->p += minus;
    json_int_t n = 0;
    while (r->p < r->end && *r->p >= '0' && *r->p <= '9' && r->p - from < DIGITS_MAX)
        n = n * 10 + (*r->p++ - '0');
    size_t digits = (size_t)(r->p - from);
    bool whole = r->p == r->end || !strchr("0123456789.eE", *r->p); /* a NUL is no part of a number, either */
    if (digits == 0 || !whole || (*from == '0' && (digits > 1 || minus)))
        return NULL;
    return json_integer(minus ? -n : n);
}

static json_t *read_word(reader *r, yj_span word, json_t *value)
{
    if ((size_t)(r->end - r->p) < word.len || memcmp(r->p, word.ptr, word.len) != 0)
        return NULL;
    r->p += word.len;
    return value; /* of these there is one each, never freed */
}

static json_t *read_value(reader *r)
{
    yj_span s;
    skip_blanks(r);
    if (r->p == r->end)
        return NULL;
    switch (*r->p) {
    case '"':
        r->p++;
        return read_string(r, &s) ? json_stringn_nocheck(s.ptr, s.len) : NULL;
    case '{':
        r->p++;
        return read_object(r);
    case '[':
        r->p++;
        return read_array(r);
    case 't':
        return read_word(r, YJ_SPAN("true"), json_true());
    case 'f':
        return read_word(r, YJ_SPAN("false"), json_false());
    case 'n':
        return read_word(r, YJ_SPAN("null"), json_null());
    default:
        return read_number(r);
    }
}

json_t *yj_json_quick(yj_span text)
{
    if (text.len == 0)
        return NULL;
    yj_auto(yj_buf_done) yj_buf escaped;
    yj_buf_init(&escaped, text.len + 1);
    reader r = { .p = text.ptr, .end = text.ptr + text.len, .text = &escaped };
    yj_auto(yj_json_freep) json_t *v = read_value(&r);
    skip_blanks(&r);
    return r.p == r.end ? yj_take(v) : NULL;
}
