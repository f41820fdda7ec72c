// SPDX-License-Identifier: Apache-2.0
/* Lines to passages. A PDF has no paragraphs, only lines; a line goes on the one before unless something says
 * that a new paragraph begins: an empty line, a clause's number, a line before that is short or ends a
 * sentence. */
#include "text/marks.h"
#include "text/text.h"
#include <assert.h>

#define BROKEN_COLUMNS_MAX 120 /* a text whose longest line is wider has its paragraphs in one line each */
#define LINE_BYTES_MAX (YJ_TEXT_UTF8_BYTES_MAX * 3 + 16) /* each bad byte becomes three */

typedef struct line {
    yj_buf text;
    size_t columns, indent;
    size_t spaced, dense; /* pairs of Chinese characters with and without a blank between them */
} line;

typedef struct builder {
    yj_text_format format;
    yj_arena *arena;
    yj_reading *t;
    size_t cap;
    yj_buf paragraph;
    size_t last_columns, last_indent; /* of the line added last */
    int64_t page;
    size_t solid; /* characters that are no blanks */
    bool full;
} builder;

/* --- one line ---------------------------------------------------------------------------------------------
 */

static bool is_blank(uint32_t c)
{
    return c == ' ' || c == '\t' || c == 0xa0 || (c >= 0x2000 && c <= 0x200a) || c == 0x202f || c == 0x205f ||
           c == 0x3000;
}

/* Control and format characters that are not seen. */
static bool is_hidden(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0xad || c == 0xfeff || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || (c >= 0xfff9 && c <= 0xfffb) ||
           (c >= 0xe0000 && c <= 0xe0fff);
}

static size_t columns_of(uint32_t c, yj_span bytes)
{
    return c < 0x1100 ? 1 : yj_utf8_columns(bytes);
}

/* The next character of bytes that may be none; a bad byte is U+FFFD. */
static uint32_t next_of(yj_span *s, yj_span *ret_bytes)
{
    size_t window = s->len < 4 ? s->len : 4;
    yj_span rest = *s;
    size_t n = (unsigned char)s->ptr[0] < 0x80 ? 1 : yj_utf8_prefix((yj_span){ s->ptr, window });
    if (n == 0) { /* a character may end before the window does */
        for (size_t len = 2; len < window && n == 0; len++)
            n = yj_utf8_prefix((yj_span){ s->ptr, len });
    }
    if (n == 0) {
        *s = (yj_span){ s->ptr + 1, s->len - 1 };
        *ret_bytes = YJ_SPAN("\xef\xbf\xbd");
        return 0xfffd;
    }
    uint32_t c = yj_text_next(&rest);
    *ret_bytes = (yj_span){ s->ptr, s->len - rest.len };
    *s = rest;
    return c;
}

/* Blanks drawn together, nothing hidden. @param tight no blank between two Chinese characters */
static void tidy_line(yj_span raw, bool tight, line *l)
{
    bool blank = false;
    uint32_t before = 0;
    yj_span bytes;
    yj_buf_clear(&l->text);
    l->columns = l->indent = l->spaced = l->dense = 0;
    while (raw.len) {
        uint32_t c = next_of(&raw, &bytes);
        if (is_blank(c)) {
            blank = true;
            l->indent += l->text.len ? 0 : c == 0x3000 ? 2 : 1;
            continue;
        }
        if (is_hidden(c))
            continue;
        bool pair = before && yj_text_is_han(before) && yj_text_is_han(c);
        l->spaced += pair && blank;
        l->dense += pair && !blank;
        if (blank && before && !(tight && pair)) {
            yj_buf_char(&l->text, ' ');
            l->columns++;
        }
        yj_buf_span(&l->text, bytes);
        l->columns += columns_of(c, bytes);
        blank = false;
        before = c;
    }
}

/* A line of a PDF: one that was spaced out to the margins has a blank after every character. */
static void tidy(const builder *b, yj_span raw, line *l)
{
    tidy_line(raw, false, l);
    if (b->format == YJ_TEXT_PDF && l->spaced > l->dense)
        tidy_line(raw, true, l);
}

static yj_span cut_line(yj_span *rest)
{
    size_t n = 0;
    while (n < rest->len && rest->ptr[n] != '\n' && rest->ptr[n] != '\r' && rest->ptr[n] != '\f')
        n++;
    yj_span got = { rest->ptr, n };
    size_t skip = n < rest->len ? 1 : 0;
    if (n + 1 < rest->len && rest->ptr[n] == '\r' && rest->ptr[n + 1] == '\n')
        skip = 2;
    *rest = (yj_span){ rest->ptr + n + skip, rest->len - n - skip };
    return got;
}

/* --- passages ---------------------------------------------------------------------------------------------
 */

static void push(builder *b, yj_span s, size_t characters)
{
    yj_reading *t = b->t;
    if (b->full || t->count == YJ_TEXT_PASSAGES_MAX || t->characters + characters > YJ_TEXT_CHARACTERS_MAX) {
        b->full = true;
        return;
    }
    if (t->count == b->cap) {
        size_t cap = b->cap ? 2 * b->cap : 64;
        yj_passage *more = yj_arena_array(b->arena, cap, sizeof(yj_passage));
        if (t->count)
            memcpy(more, t->passages, t->count * sizeof(yj_passage));
        t->passages = more;
        b->cap = cap;
    }
    t->passages[t->count++] =
        (yj_passage){ .page = b->page, .text = { yj_arena_strndup(b->arena, s.ptr, s.len), s.len } };
    t->characters += characters;
}

/* The first YJ_TEXT_PASSAGE_CHARACTERS_MAX characters, or up to the last sentence in their second half. */
static yj_span first_piece(yj_span s, size_t *ret_characters)
{
    size_t n = 0, stop = 0, stop_at = 0;
    yj_span rest = s;
    while (rest.len && n < YJ_TEXT_PASSAGE_CHARACTERS_MAX) {
        uint32_t c = yj_text_next(&rest);
        n++;
        if (n >= YJ_TEXT_PASSAGE_CHARACTERS_MAX / 2 && (yj_text_is_stop(c) || c == ' ')) {
            bool weak = c == ' ' || c == '.' || c == ':';
            if (!weak || !stop || n - stop > YJ_TEXT_PASSAGE_CHARACTERS_MAX / 4) {
                stop = n;
                stop_at = s.len - rest.len;
            }
        }
    }
    if (rest.len == 0 || !stop) {
        *ret_characters = n;
        return (yj_span){ s.ptr, s.len - rest.len };
    }
    *ret_characters = stop;
    return (yj_span){ s.ptr, stop_at };
}

static void end_paragraph(builder *b)
{
    yj_span rest = { b->paragraph.ptr, b->paragraph.len };
    while (rest.len) {
        size_t characters = 0;
        yj_span piece = first_piece(rest, &characters);
        rest = (yj_span){ rest.ptr + piece.len, rest.len - piece.len };
        size_t trimmed = piece.len && piece.ptr[piece.len - 1] == ' ' ? 1 : 0;
        if (piece.len > trimmed)
            push(b, (yj_span){ piece.ptr, piece.len - trimmed }, characters - trimmed);
        while (rest.len && rest.ptr[0] == ' ')
            rest = (yj_span){ rest.ptr + 1, rest.len - 1 };
    }
    yj_buf_clear(&b->paragraph);
}

static uint32_t last_of(yj_span s)
{
    size_t at = s.len;
    while (at > 0 && ((unsigned char)s.ptr[--at] & 0xc0) == 0x80)
        ;
    s = (yj_span){ s.ptr + at, s.len - at };
    return s.len ? yj_text_next(&s) : 0;
}

static bool wide(uint32_t c)
{
    return (c >= 0x2e80 && c <= 0x9fff) || (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) ||
           (c >= 0xff01 && c <= 0xff60) || c >= 0x20000;
}

/* Latin words are parted by a blank; Chinese is broken anywhere; a word broken at its hyphen keeps it. */
static bool blank_between(yj_span before, yj_span after)
{
    uint32_t a = last_of(before), c = yj_text_next(&after);
    return !(wide(a) || wide(c) || (a == '-' && c >= 'a' && c <= 'z'));
}

/* @param width of the longest line around; 0: each line is a paragraph */
static bool goes_on(const builder *b, const line *l, size_t width)
{
    yj_span before = { b->paragraph.ptr, b->paragraph.len }, now = { l->text.ptr, l->text.len };
    if (b->paragraph.len == 0 || width == 0)
        return false;
    bool whole = b->last_columns * 100 >= width * 92;
    if (b->last_columns * 100 < width * 70 || (b->format == YJ_TEXT_PLAIN && l->indent > b->last_indent + 1))
        return false;
    bool ended = yj_text_ends_sentence(before);
    if (ended && !whole)
        return false;
    return !((ended || !whole) && yj_text_begins_item(now));
}

static void add_line(builder *b, const line *l, size_t width)
{
    if (l->text.len == 0) {
        end_paragraph(b);
        return;
    }
    yj_span now = { l->text.ptr, l->text.len };
    if (!goes_on(b, l, width))
        end_paragraph(b);
    else if (blank_between((yj_span){ b->paragraph.ptr, b->paragraph.len }, now))
        yj_buf_char(&b->paragraph, ' ');
    yj_buf_span(&b->paragraph, now);
    b->last_columns = l->columns;
    b->last_indent = l->indent;
    b->solid += yj_utf8_count(now);
}

/* --- pages ------------------------------------------------------------------------------------------------
 */

static size_t widest(const builder *b, yj_span text, line *l)
{
    size_t most = 0;
    while (text.len) {
        tidy(b, cut_line(&text), l);
        most = l->columns > most ? l->columns : most;
    }
    return most;
}

static void add_page(builder *b, yj_span text, line *l)
{
    size_t width = b->format == YJ_TEXT_DOCX ? 0 : widest(b, text, l);
    if (b->format == YJ_TEXT_PLAIN && width > BROKEN_COLUMNS_MAX)
        width = 0;
    while (text.len && !b->full) {
        tidy(b, cut_line(&text), l);
        add_line(b, l, width);
    }
    end_paragraph(b);
}

static void add_pages(builder *b, yj_span text, line *l)
{
    while (text.len && !b->full) {
        const char *end = memchr(text.ptr, '\f', text.len);
        size_t n = end ? (size_t)(end - text.ptr) : text.len;
        if (b->page == YJ_TEXT_PAGES_MAX) {
            b->full = true;
            break;
        }
        b->page++;
        add_page(b, (yj_span){ text.ptr, n }, l);
        n += end != NULL;
        text = (yj_span){ text.ptr + n, text.len - n };
    }
}

yj_status yj_text_passages(yj_text_format format, yj_span text, bool truncated, yj_arena *arena,
                           yj_reading *ret, yj_error *err)
{
    bool pdf = format == YJ_TEXT_PDF;
    yj_reading t = { .format = format, .pages = -1 };
    builder b = { .format = format, .arena = arena, .t = &t };
    line l = { .columns = 0 };
    if (truncated && text.len) /* a character that was cut is not there */
        while (text.len && yj_utf8_prefix((yj_span){ text.ptr + text.len - 1, 1 }) == 0)
            text.len--;
    yj_buf_init(&b.paragraph, LINE_BYTES_MAX);
    yj_buf_init(&l.text, LINE_BYTES_MAX);
    if (pdf)
        add_pages(&b, text, &l);
    else
        add_page(&b, text, &l);
    yj_status s = yj_buf_status(&b.paragraph, err);
    s = s == YJ_OK ? yj_buf_status(&l.text, err) : s;
    s = s == YJ_OK ? yj_arena_status(arena, err) : s;
    yj_buf_done(&b.paragraph);
    yj_buf_done(&l.text);
    if (s != YJ_OK)
        return s;
    t.pages = pdf ? b.page : -1;
    t.truncated = truncated || b.full;
    t.scan = pdf && t.pages > 0 && !t.truncated && b.solid < (size_t)t.pages * YJ_TEXT_SCAN_CHARACTERS;
    *ret = t;
    return YJ_OK;
}
