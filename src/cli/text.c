// SPDX-License-Identifier: Apache-2.0
/* What people read: words in two languages, colours, wrapping, tables. */
#include "base/json.h"
#include "cli/cli.h"
#include "record/read.h"
#include <stdarg.h>
#include <stdio.h>

#define CELL_COLUMNS_MAX 60

const char *yj_word(const yj_cli *c, const char *en)
{
    const char *zh = c->lang == YJ_LANG_ZH ? yj_text_zh(en) : NULL;
    return zh ? zh : en;
}

const char *yj_local_time(yj_cli *c, const char *instant)
{
    int64_t ns = 0;
    char text[20];
    if (!yj_time_parse(yj_span_of(instant), &ns))
        return instant;
    yj_zone_time(yj_engine_zone(c->engine), ns, text);
    return yj_arena_strdup(c->arena, text);
}

/* Arena-owned. The Chinese format is looked up by the English literal, which the compiler checked where it is
 * written; the lint compares the conversions of every pair. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static char *say_later(yj_cli *c, const char *en, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    const char *fmt = yj_word(c, en);
    int n = vsnprintf(NULL, 0, fmt, ap);
    size_t size = n < 0 ? 1 : (size_t)n + 1;
    char *text = yj_arena_alloc(c->arena, size);
    text[0] = '\0';
    if (n >= 0)
        vsnprintf(text, size, fmt, again);
    va_end(again);
    return text;
}
#pragma GCC diagnostic pop

void yj_say(yj_cli *c, const char *en, ...)
{
    va_list ap;
    va_start(ap, en);
    yj_buf_str(&c->out, say_later(c, en, ap));
    va_end(ap);
}

const char *yj_said(yj_cli *c, const char *en, ...)
{
    va_list ap;
    va_start(ap, en);
    const char *text = say_later(c, en, ap);
    va_end(ap);
    return text;
}

void yj_say_wrapped(yj_cli *c, size_t indent, size_t used, const char *en, ...)
{
    va_list ap;
    va_start(ap, en);
    yj_wrap(c, indent, used, say_later(c, en, ap));
    va_end(ap);
}

const char *yj_text_in(const yj_cli *c, const yj_text *t)
{
    return t->in[c->lang] ? t->in[c->lang] : "";
}

const char *yj_member(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

const char *yj_member_in(const yj_cli *c, const json_t *o, const char *key)
{
    return yj_member(json_object_get(o, key), c->lang == YJ_LANG_ZH ? "zh" : "en");
}

void yj_out_json(yj_cli *c, yj_span json)
{
    yj_buf_span(&c->out, json);
    yj_buf_char(&c->out, '\n');
}

/* --- colours and marks ------------------------------------------------------------------------ */

static const char *const inks[] = { [YJ_PLAIN] = "",         [YJ_RED] = "\x1b[31m", [YJ_YELLOW] = "\x1b[33m",
                                    [YJ_GREEN] = "\x1b[32m", [YJ_BOLD] = "\x1b[1m", [YJ_DIM] = "\x1b[2m" };

void yj_ink_text(yj_cli *c, yj_ink ink, const char *text)
{
    bool paint = c->colour && ink != YJ_PLAIN;
    yj_buf_fmt(&c->out, "%s%s%s", paint ? inks[ink] : "", text, paint ? "\x1b[0m" : "");
}

static const struct {
    const char *status, *mark;
    yj_ink ink;
} marks[] = {
    { "unmet", "\xe2\x9c\x97", YJ_RED }, /* ballot x */
    { "unknown", "?", YJ_YELLOW },
    { "met", "\xe2\x9c\x93", YJ_GREEN }, /* check mark */
    { "not_applicable", "-", YJ_DIM },
};
static const char *const status_words[] = { "unmet", "undecided", "met", "not applicable" };

static size_t mark_of(const char *status)
{
    for (size_t i = 0; i < YJ_COUNT(marks); i++)
        if (strcmp(marks[i].status, status) == 0)
            return i;
    return YJ_COUNT(marks) - 1;
}

const char *yj_status_mark(const char *status)
{
    return marks[mark_of(status)].mark;
}

const char *yj_status_word(const yj_cli *c, const char *status)
{
    return yj_word(c, status_words[mark_of(status)]);
}

yj_ink yj_status_ink(const char *status)
{
    return marks[mark_of(status)].ink;
}

/* --- wrapping --------------------------------------------------------------------------------- */

static size_t char_len(const char *p)
{
    unsigned char b = (unsigned char)*p;
    return b < 0x80 ? 1 : b < 0xe0 ? 2 : b < 0xf0 ? 3 : 4;
}

static bool one_of(const char *set, const char *p, size_t n)
{
    for (const char *q = set; *q; q += char_len(q))
        if (char_len(q) == n && memcmp(p, q, n) == 0)
            return true;
    return false;
}

/* No line begins with a closing mark, and none ends with an opening one. */
static bool clings(const char *p, size_t n)
{
    return one_of(
        ",.;:!?)]}%"
        "\xef\xbc\x8c\xe3\x80\x82\xef\xbc\x9b\xef\xbc\x9a\xef\xbc\x81\xef\xbc\x9f"  /* wide , . ; : ! ? */
        "\xe3\x80\x81\xef\xbc\x89\xe2\x80\x9d\xe2\x80\x99\xe3\x80\x8b\xe3\x80\x8d", /* , ) " ' >> ] */
        p, n);
}

static bool opens(const char *p, size_t n)
{
    return one_of("([{"
                  "\xef\xbc\x88\xe2\x80\x9c\xe2\x80\x98\xe3\x80\x8a\xe3\x80\x8c",
                  p, n); /* ( " ' << [ */
}

/* The end of the next piece that no line end may cut: a word, or one wide character, with the marks that
 * cling to it. */
static const char *piece_end(const char *p, const char *end)
{
    bool wide = (unsigned char)*p >= 0x80;
    bool open = opens(p, char_len(p)) || (*p == '"' && p + 1 < end && (unsigned char)p[1] >= 0x80);
    p += char_len(p);
    while (p < end && *p != ' ') {
        size_t n = char_len(p);
        bool wide_next = (unsigned char)*p >= 0x80;
        bool closes = *p == '"' && wide && (p + 1 == end || p[1] == ' ' || clings(p + 1, char_len(p + 1)));
        if (!clings(p, n) && !closes && !open && (wide || wide_next))
            break;
        wide = open ? wide_next : wide;
        open = open && opens(p, n);
        p += n;
    }
    return p;
}

static void wrap_line(yj_cli *c, size_t indent, size_t *used, const char *p, const char *end)
{
    bool fresh = *used <= indent; /* nothing but blanks on this line */
    while (p < end) {
        const char *word = p;
        while (word < end && *word == ' ')
            word++;
        if (word == end)
            return;
        const char *stop = piece_end(word, end);
        size_t width = yj_utf8_columns((yj_span){ word, (size_t)(stop - word) });
        size_t gap = fresh && *used <= indent ? 0 : (size_t)(word - p);
        if (!fresh && *used + gap + width > c->columns) {
            yj_buf_char(&c->out, '\n');
            for (*used = 0; *used < indent; (*used)++)
                yj_buf_char(&c->out, ' ');
            gap = 0;
        }
        for (size_t i = 0; i < gap; i++)
            yj_buf_char(&c->out, ' ');
        yj_buf_add(&c->out, word, (size_t)(stop - word));
        *used += gap + width;
        fresh = false;
        p = stop;
    }
}

void yj_wrap(yj_cli *c, size_t indent, size_t used, const char *text)
{
    for (; *text == '\n'; text++)
        continue;
    while (*text) {
        size_t n = strcspn(text, "\n");
        for (; used < indent; used++)
            yj_buf_char(&c->out, ' ');
        wrap_line(c, indent, &used, text, text + n);
        yj_buf_char(&c->out, '\n');
        used = 0;
        text += n + (text[n] == '\n');
    }
}

const char *yj_title_of(yj_cli *c, const json_t *ref)
{
    const yj_kind *k = yj_catalog_kind(c->catalog, yj_span_of(yj_member(ref, "kind")));
    yj_buf b;
    yj_buf_init(&b, 65536);
    if (!k || !c->reader || !yj_member(ref, "id")[0] ||
        yj_record_title(c->reader, c->catalog, k->installation ? YJ_INST_INSTALLATION : c->institution.inst,
                        k, yj_member(ref, "id"), c->lang, &b, NULL) != YJ_OK)
        yj_buf_clear(&b);
    const char *title = yj_arena_strdup(c->arena, b.len ? b.ptr : yj_member(ref, "name"));
    yj_buf_done(&b);
    return title;
}

/* --- values ----------------------------------------------------------------------------------- */

static void one_value(yj_cli *c, const yj_kind *k, const yj_field *f, const json_t *fields, const json_t *v,
                      yj_buf *out)
{
    if (json_is_boolean(v))
        yj_buf_str(out, yj_word(c, json_is_true(v) ? "yes" : "no"));
    else
        yj_value_name(c->reader, c->catalog, c->institution.inst, k, f, fields, v, c->lang, out);
}

void yj_value_text(yj_cli *c, const yj_kind *k, const yj_field *f, const json_t *fields, const json_t *v,
                   yj_buf *out)
{
    if (!json_is_array(v)) {
        one_value(c, k, f, fields, v, out);
        return;
    }
    for (size_t i = 0; i < json_array_size(v); i++) {
        if (i)
            yj_buf_str(out, yj_word(c, "; "));
        one_value(c, k, f, fields, json_array_get(v, i), out);
    }
}

/* --- tables ----------------------------------------------------------------------------------- */

typedef struct cell {
    const char *text;
    size_t columns;
    yj_ink ink;
} cell;

struct yj_table {
    yj_cli *c;
    size_t columns, count, cap;
    cell *cells;
    size_t *max;
    bool *right;
};

yj_table *yj_table_new(yj_cli *c, size_t columns)
{
    yj_table *t = yj_arena_new_of(c->arena, yj_table);
    *t = (yj_table){ .c = c,
                     .columns = columns,
                     .max = yj_arena_array(c->arena, columns, sizeof(size_t)),
                     .right = yj_arena_array(c->arena, columns, sizeof(bool)) };
    return t;
}

void yj_table_max(yj_table *t, size_t column, size_t max)
{
    t->max[column] = max;
}

void yj_table_right(yj_table *t, size_t column)
{
    t->right[column] = true;
}

const char *yj_fit(yj_arena *a, const char *text, size_t max, size_t *ret_columns)
{
    size_t len = strcspn(text, "\n"), columns = yj_utf8_columns((yj_span){ text, len });
    bool cut = text[len] != '\0';
    if (max && (columns > max || (cut && columns + 1 > max))) {
        cut = true;
        for (size_t n = 0, used = 0; n < len; n += char_len(text + n)) {
            used += yj_utf8_columns((yj_span){ text + n, char_len(text + n) });
            if (used + 1 > max) {
                len = n;
                break;
            }
        }
    }
    const char *shown = yj_arena_fmt(a, "%.*s%s", (int)len, text, cut ? "\xe2\x80\xa6" : "");
    *ret_columns = yj_utf8_columns(yj_span_of(shown));
    return shown;
}

void yj_table_cell(yj_table *t, yj_ink ink, const char *text)
{
    if (t->count == t->cap) {
        size_t cap = t->cap ? 2 * t->cap : 64 * t->columns;
        cell *more = yj_arena_array(t->c->arena, cap, sizeof *more);
        if (t->count)
            memcpy(more, t->cells, t->count * sizeof *more);
        t->cells = more;
        t->cap = cap;
    }
    size_t max = t->max[t->count % t->columns], columns = 0;
    const char *shown = yj_fit(t->c->arena, text ? text : "", max ? max : CELL_COLUMNS_MAX, &columns);
    t->cells[t->count++] = (cell){ shown, columns, ink };
}

void yj_table_cell_fmt(yj_table *t, const char *fmt, ...)
{
    char text[256];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    yj_table_cell(t, YJ_PLAIN, text);
}

static void print_cell(const yj_table *t, const cell *x, size_t width, bool right, bool last, yj_ink ink)
{
    size_t pad = width > x->columns ? width - x->columns : 0;
    for (size_t i = 0; right && i < pad; i++)
        yj_buf_char(&t->c->out, ' ');
    yj_ink_text(t->c, ink, x->text);
    for (size_t i = 0; !right && !last && i < pad; i++)
        yj_buf_char(&t->c->out, ' ');
    yj_buf_str(&t->c->out, last ? "\n" : "  ");
}

void yj_table_print(yj_table *t)
{
    size_t *width = yj_arena_array(t->c->arena, t->columns, sizeof *width);
    for (size_t i = 0; i < t->count; i++)
        if (t->cells[i].columns > width[i % t->columns])
            width[i % t->columns] = t->cells[i].columns;
    for (size_t i = 0; i + t->columns <= t->count; i += t->columns)
        for (size_t k = 0; k < t->columns; k++)
            print_cell(t, &t->cells[i + k], width[k], t->right[k], k + 1 == t->columns,
                       i == 0 ? YJ_BOLD : t->cells[i + k].ink);
}
