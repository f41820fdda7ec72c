// SPDX-License-Identifier: Apache-2.0
#include "instrument/database/value.h"
#include "base/json.h"
#include "base/time.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* The letters of forms. Their order is SQLite's order of kinds. */
#define FORM_NULL '0'
#define FORM_READ 'p' /* read as its type */
#define FORM_INT 'q'  /* not of its type, by kind */
#define FORM_REAL 'r'
#define FORM_TEXT 't'
#define FORM_BYTES 'u'

#define EXPONENT_MAX 1000000
#define NUMBER_TEXT_MAX 64 /* of a binary floating-point number; longer ones are no such number's text */

static const char *const slugs[YJ_VALUE_COUNT_] = {
#define X(name, slug) [YJ_VALUE_##name] = slug,
    YJ_VALUE_LIST(X)
#undef X
};

const char *yj_value_slug(yj_value_type t)
{
    return slugs[t];
}

/* --- pairs of types --------------------------------------------------------------------------- */

static const struct {
    yj_value_type a, b, as;
    const char *coercion;
} pairs[] = {
    { YJ_VALUE_INT, YJ_VALUE_DECIMAL, YJ_VALUE_DECIMAL, "integer-as-decimal" },
    { YJ_VALUE_INT, YJ_VALUE_BOOL, YJ_VALUE_INT, "boolean-as-integer" },
    { YJ_VALUE_TEXT, YJ_VALUE_PADDED, YJ_VALUE_PADDED, "trailing-blanks" },
    { YJ_VALUE_SINGLE, YJ_VALUE_DOUBLE, YJ_VALUE_SINGLE, "single-precision" },
    { YJ_VALUE_LOCAL, YJ_VALUE_INSTANT, YJ_VALUE_INSTANT, "no-zone-is-utc" },
    { YJ_VALUE_TEXT, YJ_VALUE_JSON, YJ_VALUE_JSON, "text-as-json" },
    { YJ_VALUE_TEXT, YJ_VALUE_UUID, YJ_VALUE_UUID, "text-as-uuid" },
    { YJ_VALUE_PADDED, YJ_VALUE_UUID, YJ_VALUE_UUID, "text-as-uuid" },
    { YJ_VALUE_BYTES, YJ_VALUE_UUID, YJ_VALUE_UUID, "bytes-as-uuid" },
};

/* A column of SQLite takes any value: the other side's type decides how it is read. */
static bool pair_loose(yj_value_type loose, yj_value_type other, yj_value_type *ret,
                       const char **ret_coercion)
{
    bool text = loose == YJ_VALUE_TEXT || loose == YJ_VALUE_ANY;
    bool number = (loose == YJ_VALUE_DOUBLE && other == YJ_VALUE_DECIMAL) ||
                  (loose == YJ_VALUE_DECIMAL && (other == YJ_VALUE_INT || other == YJ_VALUE_DOUBLE)) ||
                  (loose == YJ_VALUE_DOUBLE && other == YJ_VALUE_INT);
    if (other == YJ_VALUE_OTHER || (!text && !number))
        return false;
    *ret = other;
    *ret_coercion = text ? "read-from-text" : "read-from-number";
    return true;
}

bool yj_value_pair(yj_value_type a, bool a_loose, yj_value_type b, bool b_loose, yj_value_type *ret,
                   const char **ret_coercion)
{
    *ret_coercion = NULL;
    if (a == b && a != YJ_VALUE_OTHER) {
        *ret = a_loose && b_loose ? YJ_VALUE_ANY : a;
        return true;
    }
    for (size_t i = 0; i < YJ_COUNT(pairs); i++)
        if ((pairs[i].a == a && pairs[i].b == b) || (pairs[i].a == b && pairs[i].b == a)) {
            *ret = pairs[i].as;
            *ret_coercion = pairs[i].coercion;
            return true;
        }
    if (a_loose && b_loose)
        return false;
    return (a_loose && pair_loose(a, b, ret, ret_coercion)) ||
           (b_loose && pair_loose(b, a, ret, ret_coercion));
}

/* --- numbers ---------------------------------------------------------------------------------- */

typedef struct decimal {
    bool negative;
    int64_t exponent; /* the value is 0.DIGITS times 10 to this */
    yj_span whole, fraction;
} decimal;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static yj_span take_digits(yj_span *s)
{
    yj_span d = { s->ptr, 0 };
    while (d.len < s->len && is_digit(d.ptr[d.len]))
        d.len++;
    s->ptr += d.len;
    s->len -= d.len;
    return d;
}

static bool parse_decimal(yj_span s, decimal *ret)
{
    *ret = (decimal){ .negative = s.len > 0 && s.ptr[0] == '-' };
    if (s.len > 0 && (s.ptr[0] == '-' || s.ptr[0] == '+'))
        s = (yj_span){ s.ptr + 1, s.len - 1 };
    ret->whole = take_digits(&s);
    if (s.len > 0 && s.ptr[0] == '.') {
        s = (yj_span){ s.ptr + 1, s.len - 1 };
        ret->fraction = take_digits(&s);
    }
    if (ret->whole.len + ret->fraction.len == 0)
        return false;
    if (s.len == 0)
        return true;
    if (s.ptr[0] != 'e' && s.ptr[0] != 'E')
        return false;
    s = (yj_span){ s.ptr + 1, s.len - 1 };
    if (s.len > 1 && s.ptr[0] == '+')
        s = (yj_span){ s.ptr + 1, s.len - 1 };
    return yj_span_i64(s, &ret->exponent) && ret->exponent >= -EXPONENT_MAX && ret->exponent <= EXPONENT_MAX;
}

static yj_span without_zeros_before(yj_span s, size_t *ret_count)
{
    size_t n = 0;
    while (n < s.len && s.ptr[n] == '0')
        n++;
    *ret_count = n;
    return n == 0 ? s : (yj_span){ s.ptr + n, s.len - n };
}

static yj_span without_zeros_behind(yj_span s)
{
    while (s.len > 0 && s.ptr[s.len - 1] == '0')
        s.len--;
    return s;
}

static void add_digits(yj_span s, bool negative, yj_buf *out)
{
    if (!negative) {
        yj_buf_span(out, s);
        return;
    }
    for (size_t i = 0; i < s.len; i++)
        yj_buf_char(out, (char)('9' - (s.ptr[i] - '0')));
}

/* Sign, exponent, digits: so that the order of bytes is the order of numbers. Of a negative one everything is
 * turned round, and a sign behind the digits is greater than any digit. */
static bool form_decimal(yj_span text, yj_buf *out)
{
    decimal d;
    size_t zeros;
    if (!parse_decimal(text, &d))
        return false;
    yj_span whole = without_zeros_before(d.whole, &zeros), fraction = without_zeros_behind(d.fraction);
    int64_t exponent = d.exponent + (int64_t)whole.len;
    if (whole.len == 0) {
        fraction = without_zeros_before(fraction, &zeros);
        exponent -= (int64_t)zeros;
    }
    if (fraction.len == 0)
        whole = without_zeros_behind(whole);
    if (whole.len + fraction.len == 0) {
        yj_buf_str(out, "p0");
        return true;
    }
    int64_t biased = INT64_C(500000000000) + (d.negative ? -exponent : exponent);
    yj_buf_fmt(out, "p%c%012lld", d.negative ? '-' : '1', (long long)biased);
    add_digits(whole, d.negative, out);
    add_digits(fraction, d.negative, out);
    if (d.negative)
        yj_buf_char(out, '~');
    return true;
}

static bool form_number(const yj_cell *c, yj_buf *out)
{
    char text[NUMBER_TEXT_MAX];
    if (c->kind == YJ_CELL_TEXT)
        return form_decimal((yj_span){ c->ptr, c->len }, out);
    if (c->kind == YJ_CELL_INT)
        snprintf(text, sizeof text, "%lld", (long long)c->i);
    else if (c->kind == YJ_CELL_REAL && isfinite(c->r))
        for (int digits = 15; digits <= 17; digits++) { /* the shortest text that is this number */
            snprintf(text, sizeof text, "%.*g", digits, c->r);
            if (strtod(text, NULL) == c->r)
                break;
        }
    else
        return false;
    return form_decimal(yj_span_of(text), out);
}

static bool read_real(yj_value_type t, const yj_cell *c, double *ret)
{
    char text[NUMBER_TEXT_MAX + 1], *end;
    if (c->kind == YJ_CELL_INT || c->kind == YJ_CELL_REAL) {
        double d = c->kind == YJ_CELL_INT ? (double)c->i : c->r;
        *ret = t == YJ_VALUE_SINGLE ? (double)(float)d : d;
        return c->kind == YJ_CELL_REAL || t == YJ_VALUE_SINGLE || (d < 0x1p63 && (int64_t)d == c->i);
    }
    if (c->kind != YJ_CELL_TEXT || c->len == 0 || c->len > NUMBER_TEXT_MAX || memchr(c->ptr, 'x', c->len) ||
        memchr(c->ptr, 'X', c->len) || memchr(c->ptr, '(', c->len) || (unsigned char)c->ptr[0] <= ' ')
        return false;
    memcpy(text, c->ptr, c->len);
    text[c->len] = '\0';
    *ret = t == YJ_VALUE_SINGLE ? (double)strtof(text, &end) : strtod(text, &end);
    return end == text + c->len;
}

/* By its bits; of zeros there is one, and one of what is no number. */
static bool form_real(yj_value_type t, const yj_cell *c, yj_buf *out)
{
    double d;
    uint64_t bits;
    if (!read_real(t, c, &d))
        return false;
    if (isnan(d)) {
        yj_buf_str(out, "pnan");
        return true;
    }
    d = d == 0 ? 0 : d;
    memcpy(&bits, &d, sizeof bits);
    yj_buf_fmt(out, "p%016llx", (unsigned long long)bits);
    return true;
}

static bool form_bool(const yj_cell *c, yj_buf *out)
{
    static const char *const yes[] = { "1", "t", "true" }, *const no[] = { "0", "f", "false" };
    int v = c->kind == YJ_CELL_INT && (c->i == 0 || c->i == 1) ? (int)c->i : -1;
    if (c->kind == YJ_CELL_TEXT)
        for (size_t i = 0; i < YJ_COUNT(yes); i++) {
            v = c->len == strlen(yes[i]) && strncasecmp(c->ptr, yes[i], c->len) == 0 ? 1 : v;
            v = c->len == strlen(no[i]) && strncasecmp(c->ptr, no[i], c->len) == 0 ? 0 : v;
        }
    if (v < 0)
        return false;
    yj_buf_str(out, v ? "p1" : "p0");
    return true;
}

/* --- days and times --------------------------------------------------------------------------- */

static bool take_number(yj_span *s, size_t digits, int *ret)
{
    *ret = 0;
    for (size_t i = 0; i < digits; i++) {
        if (i >= s->len || !is_digit(s->ptr[i]))
            return false;
        *ret = *ret * 10 + (s->ptr[i] - '0');
    }
    *s = (yj_span){ s->ptr + digits, s->len - digits };
    return true;
}

static bool take_char(yj_span *s, const char *of)
{
    if (s->len == 0 || s->ptr[0] == '\0' || !strchr(of, s->ptr[0]))
        return false;
    *s = (yj_span){ s->ptr + 1, s->len - 1 };
    return true;
}

static bool take_date(yj_span *s, int64_t *ret_days)
{
    yj_date d;
    if (s->len < YJ_DATE_LEN || !yj_date_parse((yj_span){ s->ptr, YJ_DATE_LEN }, &d))
        return false;
    *ret_days = yj_date_to_days(d.s);
    *s = (yj_span){ s->ptr + YJ_DATE_LEN, s->len - YJ_DATE_LEN };
    return true;
}

typedef struct clock_time {
    int64_t seconds;
    yj_span fraction; /* digits without zeros behind */
} clock_time;

static bool take_time(yj_span *s, clock_time *ret)
{
    int h, m, sec = 0;
    *ret = (clock_time){ .seconds = 0 };
    if (!take_number(s, 2, &h) || !take_char(s, ":") || !take_number(s, 2, &m) || h > 24 || m > 59)
        return false;
    if (take_char(s, ":") && (!take_number(s, 2, &sec) || sec > 59))
        return false;
    if (take_char(s, ".")) {
        ret->fraction = without_zeros_behind(take_digits(s));
        if (ret->fraction.len > 9)
            return false;
    }
    ret->seconds = h * 3600 + m * 60 + sec;
    return ret->seconds < 86400 || (ret->seconds == 86400 && ret->fraction.len == 0);
}

/* "Z", "+08", "+0800", "+08:00", "+08:00:00", or nothing. */
static bool take_zone(yj_span *s, int64_t *ret_seconds)
{
    int h, m = 0, sec = 0;
    *ret_seconds = 0;
    if (s->len == 0 || take_char(s, "Zz"))
        return true;
    bool west = s->ptr[0] == '-';
    if (!take_char(s, "+-") || !take_number(s, 2, &h))
        return false;
    bool colon = take_char(s, ":");
    if ((s->len > 0 || colon) && (!take_number(s, 2, &m) || m > 59))
        return false;
    if (take_char(s, ":") && (!take_number(s, 2, &sec) || sec > 59))
        return false;
    *ret_seconds = (west ? -1 : 1) * (int64_t)(h * 3600 + m * 60 + sec);
    return true;
}

static void put_time(const clock_time *t, int64_t seconds, yj_buf *out)
{
    yj_buf_fmt(out, "%02d:%02d:%02d", (int)(seconds / 3600), (int)(seconds / 60 % 60), (int)(seconds % 60));
    if (t->fraction.len > 0) {
        yj_buf_char(out, '.');
        yj_buf_span(out, t->fraction);
    }
}

static bool form_when(yj_value_type t, yj_span s, yj_buf *out)
{
    int64_t days, offset = 0;
    clock_time at = { .seconds = 0 };
    yj_date d;
    if (t == YJ_VALUE_TIME) {
        if (!take_time(&s, &at) || s.len > 0)
            return false;
        yj_buf_char(out, FORM_READ);
        put_time(&at, at.seconds, out);
        return true;
    }
    if (!take_date(&s, &days))
        return false;
    if (t == YJ_VALUE_DATE ? s.len > 0 : s.len > 0 && (!take_char(&s, " Tt") || !take_time(&s, &at)))
        return false;
    if (t == YJ_VALUE_INSTANT && !take_zone(&s, &offset))
        return false;
    if (s.len > 0)
        return false;
    int64_t seconds = days * 86400 + at.seconds - offset, day = seconds / 86400 - (seconds % 86400 < 0);
    if (!yj_date_from_days(day, &d))
        return false;
    yj_buf_fmt(out, "p%s", d.s);
    if (t != YJ_VALUE_DATE) {
        yj_buf_char(out, ' ');
        put_time(&at, seconds - day * 86400, out);
    }
    return true;
}

/* --- others ----------------------------------------------------------------------------------- */

static bool form_uuid(const yj_cell *c, yj_buf *out)
{
    char hex[32];
    size_t n = 0;
    if (c->kind == YJ_CELL_BYTES) {
        if (c->len != 16)
            return false;
        yj_buf_char(out, FORM_READ);
        yj_buf_hex(out, c->ptr, c->len);
        return true;
    }
    for (size_t i = 0; i < c->len; i++) {
        char ch = c->ptr[i];
        if (ch == '-' && (i == 8 || i == 13 || i == 18 || i == 23))
            continue;
        ch = ch >= 'A' && ch <= 'F' ? (char)(ch - 'A' + 'a') : ch;
        if (n == sizeof hex || !(is_digit(ch) || (ch >= 'a' && ch <= 'f')))
            return false;
        hex[n++] = ch;
    }
    if (n != sizeof hex)
        return false;
    yj_buf_char(out, FORM_READ);
    yj_buf_add(out, hex, sizeof hex);
    return true;
}

/* Members in order, no blanks. Numbers as they are read: integers exactly, others as double. */
static bool form_json(yj_span s, yj_buf *out)
{
    yj_auto(yj_json_freep) json_t *v =
        json_loadb(s.ptr, s.len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    char *text = v ? json_dumps(v, JSON_SORT_KEYS | JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    if (!text)
        return false;
    yj_buf_char(out, FORM_READ);
    yj_buf_str(out, text);
    free(text);
    return true;
}

static void form_by_kind(const yj_cell *c, bool any, yj_buf *out)
{
    switch (c->kind) {
    case YJ_CELL_NULL:
        yj_buf_char(out, FORM_NULL);
        break;
    case YJ_CELL_INT:
    case YJ_CELL_REAL:
        if (any && form_number(c, out))
            break;
        if (c->kind == YJ_CELL_INT)
            yj_buf_fmt(out, "%c%lld", FORM_INT, (long long)c->i);
        else
            yj_buf_fmt(out, "%c%.17g", FORM_REAL, c->r);
        break;
    case YJ_CELL_TEXT:
    case YJ_CELL_BYTES:
        yj_buf_char(out, c->kind == YJ_CELL_TEXT ? FORM_TEXT : FORM_BYTES);
        yj_buf_add(out, c->ptr, c->len);
        break;
    }
}

static bool form_as(yj_value_type t, const yj_cell *c, yj_buf *out)
{
    yj_span s = { c->ptr, c->len };
    bool text = c->kind == YJ_CELL_TEXT;
    switch (t) {
    case YJ_VALUE_INT:
    case YJ_VALUE_DECIMAL:
        return form_number(c, out);
    case YJ_VALUE_SINGLE:
    case YJ_VALUE_DOUBLE:
        return form_real(t, c, out);
    case YJ_VALUE_BOOL:
        return form_bool(c, out);
    case YJ_VALUE_DATE:
    case YJ_VALUE_TIME:
    case YJ_VALUE_LOCAL:
    case YJ_VALUE_INSTANT:
        return text && form_when(t, s, out);
    case YJ_VALUE_UUID:
        return (text || c->kind == YJ_CELL_BYTES) && form_uuid(c, out);
    case YJ_VALUE_JSON:
        return text && form_json(s, out);
    case YJ_VALUE_PADDED:
        if (!text)
            return false;
        while (s.len > 0 && s.ptr[s.len - 1] == ' ')
            s.len--;
        yj_buf_char(out, FORM_TEXT);
        yj_buf_span(out, s);
        return true;
    case YJ_VALUE_TEXT:
    case YJ_VALUE_BYTES:
    case YJ_VALUE_ANY:
    case YJ_VALUE_OTHER:
    case YJ_VALUE_COUNT_:
    default:
        return false;
    }
}

void yj_cell_form(yj_value_type t, const yj_cell *c, yj_buf *out)
{
    if (c->kind == YJ_CELL_NULL || !form_as(t, c, out))
        form_by_kind(c, t == YJ_VALUE_ANY, out);
}

bool yj_cell_equal(yj_value_type t, const yj_cell *a, const yj_cell *b, yj_buf *x, yj_buf *y)
{
    if (a->kind == b->kind) { /* nearly always; one form of one value whatever the type */
        if (a->kind == YJ_CELL_NULL)
            return true;
        if (a->kind == YJ_CELL_INT)
            return a->i == b->i;
        if (a->kind == YJ_CELL_REAL && a->r == b->r)
            return true;
        if (a->kind >= YJ_CELL_TEXT && a->len == b->len &&
            (a->len == 0 || memcmp(a->ptr, b->ptr, a->len) == 0))
            return true;
        if (a->kind == YJ_CELL_BYTES ||
            (a->kind == YJ_CELL_TEXT && (t == YJ_VALUE_TEXT || t == YJ_VALUE_ANY)))
            return false;
    }
    yj_buf_clear(x);
    yj_buf_clear(y);
    yj_cell_form(t, a, x);
    yj_cell_form(t, b, y);
    return x->failed == YJ_OK && y->failed == YJ_OK && yj_span_eq(yj_buf_view(x), yj_buf_view(y));
}

static void show_bytes(const yj_cell *c, size_t max, yj_buf *out)
{
    yj_span s = { c->ptr, c->len < max ? c->len : max };
    bool text = c->kind == YJ_CELL_TEXT && yj_utf8_valid((yj_span){ c->ptr, c->len });
    if (text) {
        s.len = yj_utf8_prefix(s);
        yj_buf_span(out, s);
    } else {
        yj_buf_str(out, "0x");
        yj_buf_hex(out, s.ptr, s.len);
    }
    if (s.len < c->len)
        yj_buf_str(out, "...");
}

void yj_cell_show(const yj_cell *c, size_t max, yj_buf *out)
{
    if (c->kind == YJ_CELL_NULL)
        yj_buf_str(out, "NULL");
    else if (c->kind == YJ_CELL_INT)
        yj_buf_i64(out, c->i);
    else if (c->kind == YJ_CELL_REAL)
        yj_buf_fmt(out, "%.17g", c->r);
    else
        show_bytes(c, max, out);
}
