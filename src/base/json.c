// SPDX-License-Identifier: Apache-2.0
#include "base/json_internal.h"
#include "base/memory.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

static yj_status fail_at(yj_error *err, yj_span text, size_t at)
{
    size_t line = 1, start = 0;
    for (size_t i = 0; i < at; i++) {
        if (text.ptr[i] == '\n') {
            line++;
            start = i + 1;
        }
    }
    size_t column = yj_utf8_count((yj_span){ text.ptr + start, at - start }) + 1;
    return yj_error_at(err, "line %zu column %zu", line, column);
}

/* jansson limits depth at 2048 and recurses; ours is checked before it sees the text. Malformed text may pass
 * here: jansson refuses it. */
static bool depth_within(yj_span text, size_t *ret_at)
{
    size_t depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (++depth > YJ_JSON_DEPTH_MAX) {
                *ret_at = i;
                return false;
            }
        } else if ((c == ']' || c == '}') && depth > 0) {
            depth--;
        }
    }
    return true;
}

/* A parse that runs out of memory is told by jansson as a text that is not valid, or not at all: then a
 * character is missing somewhere. So its allocations are watched. */
static void *watched_malloc(size_t n)
{
    void *p = malloc(n);
    if (!p)
        yj_memory_ran_out();
    return p;
}

/* Before main(): no other thread may be using jansson meanwhile. */
__attribute__((constructor)) static void watch_jansson(void)
{
    json_set_alloc_funcs(watched_malloc, free);
}

static yj_status describe(const json_error_t *je, yj_error *err)
{
    enum json_error_code code = json_error_code(je);
    if (code == json_error_out_of_memory)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_status st;
    if (code == json_error_premature_end_of_input)
        st = yj_fail(err, YJ_E_INVALID, "the JSON text ends too early");
    else if (code == json_error_end_of_input_expected)
        st = yj_fail(err, YJ_E_INVALID, "something follows the end of the JSON value");
    else if (code == json_error_duplicate_key)
        st = yj_fail(err, YJ_E_INVALID, "a JSON object has the same key twice");
    else if (code == json_error_null_character || code == json_error_null_byte_in_key)
        st = yj_fail(err, YJ_E_INVALID, "JSON strings must not hold the NUL character");
    else if (code == json_error_numeric_overflow)
        st = yj_fail(err, YJ_E_INVALID, "a JSON number is out of range");
    else
        st = yj_fail(err, YJ_E_INVALID, "the text is not valid JSON");
    yj_error_at(err, "line %d column %d", je->line > 0 ? je->line : 1, je->column > 0 ? je->column : 1);
    return st;
}

yj_status yj_json_parse(yj_span text, size_t max_bytes, json_t **ret, yj_error *err)
{
    assert(ret);
    if (text.len > max_bytes)
        return yj_fail(err, YJ_E_LIMIT, "the JSON text is %zu bytes long, at most %zu are allowed", text.len,
                       max_bytes);
    size_t at = yj_utf8_prefix(text);
    if (at < text.len) {
        yj_fail(err, YJ_E_INVALID, "the JSON text is not valid UTF-8");
        fail_at(err, text, at);
        return YJ_E_INVALID;
    }
    if (!depth_within(text, &at)) {
        yj_fail(err, YJ_E_INVALID, "the JSON text is nested deeper than %d levels", YJ_JSON_DEPTH_MAX);
        fail_at(err, text, at);
        return YJ_E_INVALID;
    }
    json_t *quick = yj_json_quick(text);
    if (quick) {
        *ret = quick;
        return YJ_OK;
    }
    json_error_t je;
    bool before = yj_memory_is_short();
    yj_memory_begin();
    json_t *v = json_loadb(text.len ? text.ptr : "", text.len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &je);
    yj_status short_of_memory = yj_memory_status(err);
    if (before)
        yj_memory_ran_out();
    if (short_of_memory != YJ_OK) {
        json_decref(v);
        return short_of_memory;
    }
    if (!v)
        return describe(&je, err);
    *ret = v;
    return YJ_OK;
}

/* Bytes that JSON demands an escape for: 'u' stands for the long form. */
static const char escapes[256] = {
    [0x00] = 'u', [0x01] = 'u', [0x02] = 'u', [0x03] = 'u', [0x04] = 'u', [0x05] = 'u',  [0x06] = 'u',
    [0x07] = 'u', [0x08] = 'b', [0x09] = 't', [0x0a] = 'n', [0x0b] = 'u', [0x0c] = 'f',  [0x0d] = 'r',
    [0x0e] = 'u', [0x0f] = 'u', [0x10] = 'u', [0x11] = 'u', [0x12] = 'u', [0x13] = 'u',  [0x14] = 'u',
    [0x15] = 'u', [0x16] = 'u', [0x17] = 'u', [0x18] = 'u', [0x19] = 'u', [0x1a] = 'u',  [0x1b] = 'u',
    [0x1c] = 'u', [0x1d] = 'u', [0x1e] = 'u', [0x1f] = 'u', ['"'] = '"',  ['\\'] = '\\',
};

/* Does any of eight bytes need an escape? A false alarm costs a look at each, never a wrong answer. */
static bool eight_need_look(const char *p)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = UINT64_C(0x8080808080808080);
    uint64_t w;
    memcpy(&w, p, sizeof w);
    uint64_t quote = w ^ ones * '"', slash = w ^ ones * '\\';
    uint64_t low = (w - ones * 0x20) & ~w;
    quote = (quote - ones) & ~quote;
    slash = (slash - ones) & ~slash;
    return ((low | quote | slash) & tops) != 0;
}

static void write_string(yj_buf *out, const char *p, size_t len)
{
    yj_buf_char(out, '"');
    size_t run = 0;
    for (size_t i = 0; i < len;) {
        if (len - i >= 8 && !eight_need_look(p + i)) {
            i += 8;
            continue;
        }
        unsigned char c = (unsigned char)p[i];
        char e = escapes[c];
        if (!e) {
            i++;
            continue;
        }
        yj_buf_add(out, p + run, i - run);
        char esc[6] = { '\\', e, '0', '0', "0123456789abcdef"[c >> 4], "0123456789abcdef"[c & 15] };
        yj_buf_add(out, esc, e == 'u' ? 6 : 2);
        run = ++i;
    }
    yj_buf_add(out, p ? p + run : NULL, len - run);
    yj_buf_char(out, '"');
}

typedef struct member {
    const char *key;
    size_t key_len;
    const json_t *value;
} member;

static int by_key(const void *a, const void *b)
{
    const member *x = a, *y = b;
    int c = memcmp(x->key, y->key, x->key_len < y->key_len ? x->key_len : y->key_len);
    if (c != 0)
        return c;
    return (x->key_len > y->key_len) - (x->key_len < y->key_len);
}

static void members_freep(member **p)
{
    free(*p);
}

static yj_status encode(const json_t *v, unsigned depth, bool reals, yj_buf *out, yj_error *err);

static yj_status encode_object(const json_t *v, unsigned depth, bool reals, yj_buf *out, yj_error *err)
{
    json_t *o = (json_t *)(uintptr_t)v; /* jansson's iterators take no const; nothing is changed */
    size_t n = json_object_size(o), bytes;
    member few[16], *m = few;
    yj_auto(members_freep) member *many = NULL;
    if (n > YJ_COUNT(few)) {
        if (__builtin_mul_overflow(n, sizeof *many, &bytes) || !(many = malloc(bytes)))
            return yj_fail(err, YJ_E_NOMEM, "out of memory");
        m = many;
    }
    size_t i = 0;
    for (void *it = json_object_iter(o); it && i < n; it = json_object_iter_next(o, it), i++)
        m[i] = (member){ json_object_iter_key(it), json_object_iter_key_len(it), json_object_iter_value(it) };
    qsort(m, n, sizeof *m, by_key);
    yj_buf_char(out, '{');
    for (i = 0; i < n; i++) {
        if (i)
            yj_buf_char(out, ',');
        write_string(out, m[i].key, m[i].key_len);
        yj_buf_char(out, ':');
        YJ_TRY(encode(m[i].value, depth + 1, reals, out, err));
    }
    yj_buf_char(out, '}');
    return YJ_OK;
}

static yj_status encode_array(const json_t *v, unsigned depth, bool reals, yj_buf *out, yj_error *err)
{
    size_t n = json_array_size(v);
    yj_buf_char(out, '[');
    for (size_t i = 0; i < n; i++) {
        if (i)
            yj_buf_char(out, ',');
        YJ_TRY(encode(json_array_get(v, i), depth + 1, reals, out, err));
    }
    yj_buf_char(out, ']');
    return YJ_OK;
}

static yj_status encode_real(const json_t *v, bool reals, yj_buf *out, yj_error *err)
{
    if (!reals)
        return yj_fail(err, YJ_E_INVALID, "canonical JSON holds no fractions; write the number as text");
    char text[40];
    int n = snprintf(text, sizeof text, "%.17g", json_real_value(v));
    assert(n > 0 && (size_t)n < sizeof text);
    for (char *p = text; *p; p++)
        if (*p == ',') /* a locale's decimal point */
            *p = '.';
    yj_buf_add(out, text, (size_t)n);
    return YJ_OK;
}

static yj_status encode(const json_t *v, unsigned depth, bool reals, yj_buf *out, yj_error *err)
{
    /* depth counts the containers around v */
    if ((json_is_object(v) || json_is_array(v)) && depth >= YJ_JSON_DEPTH_MAX)
        return yj_fail(err, YJ_E_INVALID, "the JSON text is nested deeper than %d levels", YJ_JSON_DEPTH_MAX);
    switch (json_typeof(v)) {
    case JSON_OBJECT:
        return encode_object(v, depth, reals, out, err);
    case JSON_ARRAY:
        return encode_array(v, depth, reals, out, err);
    case JSON_STRING:
        write_string(out, json_string_value(v), json_string_length(v));
        break;
    case JSON_INTEGER:
        yj_buf_i64(out, json_integer_value(v));
        break;
    case JSON_REAL:
        return encode_real(v, reals, out, err);
    case JSON_TRUE:
        yj_buf_str(out, "true");
        break;
    case JSON_FALSE:
        yj_buf_str(out, "false");
        break;
    case JSON_NULL:
        yj_buf_str(out, "null");
        break;
    }
    return YJ_OK;
}

yj_status yj_json_canonical(const json_t *v, yj_buf *out, yj_error *err)
{
    assert(v && out);
    size_t before = out->len;
    yj_status st = encode(v, 0, false, out, err);
    if (st == YJ_OK)
        st = yj_buf_status(out, err);
    if (st != YJ_OK && out->ptr) {
        out->len = before;
        out->ptr[before] = '\0';
    }
    return st;
}

void yj_jw_init(yj_jw *w, yj_buf *out)
{
    *w = (yj_jw){ .out = out };
}

/* A comma unless the value is the first of its container or follows its key. */
static void before_value(yj_jw *w)
{
    uint64_t bit = UINT64_C(1) << w->depth;
    if (w->after_key)
        w->after_key = false;
    else if (w->depth > 0 && w->has_item & bit)
        yj_buf_char(w->out, ',');
    w->has_item |= bit;
}

static void open_container(yj_jw *w, char c)
{
    assert(w->depth < YJ_JSON_DEPTH_MAX);
    before_value(w);
    w->depth++;
    w->has_item &= ~(UINT64_C(1) << w->depth);
    yj_buf_char(w->out, c);
}

static void close_container(yj_jw *w, char c)
{
    assert(w->depth > 0 && !w->after_key);
    w->depth--;
    yj_buf_char(w->out, c);
}

void yj_jw_object(yj_jw *w)
{
    open_container(w, '{');
}

void yj_jw_end_object(yj_jw *w)
{
    close_container(w, '}');
}

void yj_jw_array(yj_jw *w)
{
    open_container(w, '[');
}

void yj_jw_end_array(yj_jw *w)
{
    close_container(w, ']');
}

void yj_jw_key(yj_jw *w, const char *key)
{
    assert(w->depth > 0 && !w->after_key);
    before_value(w);
    write_string(w->out, key, strlen(key));
    yj_buf_char(w->out, ':');
    w->after_key = true;
}

void yj_jw_str(yj_jw *w, const char *cstr)
{
    if (cstr)
        yj_jw_span(w, yj_span_of(cstr));
    else
        yj_jw_null(w);
}

void yj_jw_span(yj_jw *w, yj_span s)
{
    before_value(w);
    write_string(w->out, s.ptr, s.len);
}

void yj_jw_i64(yj_jw *w, int64_t v)
{
    before_value(w);
    yj_buf_i64(w->out, v);
}

void yj_jw_bool(yj_jw *w, bool v)
{
    before_value(w);
    yj_buf_str(w->out, v ? "true" : "false");
}

void yj_jw_null(yj_jw *w)
{
    before_value(w);
    yj_buf_str(w->out, "null");
}

void yj_jw_raw(yj_jw *w, yj_span json)
{
    before_value(w);
    yj_buf_span(w->out, json);
}

void yj_jw_json(yj_jw *w, const json_t *v)
{
    before_value(w);
    if (!v) {
        yj_buf_str(w->out, "null");
        return;
    }
    yj_status st = encode(v, 0, true, w->out, NULL);
    if (st != YJ_OK && w->out->failed == YJ_OK)
        w->out->failed = st == YJ_E_NOMEM ? YJ_E_NOMEM : YJ_E_LIMIT;
}

void yj_jw_kstr(yj_jw *w, const char *key, const char *cstr)
{
    yj_jw_key(w, key);
    yj_jw_str(w, cstr);
}

void yj_jw_kspan(yj_jw *w, const char *key, yj_span s)
{
    yj_jw_key(w, key);
    yj_jw_span(w, s);
}

void yj_jw_ki64(yj_jw *w, const char *key, int64_t v)
{
    yj_jw_key(w, key);
    yj_jw_i64(w, v);
}

void yj_jw_kbool(yj_jw *w, const char *key, bool v)
{
    yj_jw_key(w, key);
    yj_jw_bool(w, v);
}
