// SPDX-License-Identifier: Apache-2.0
/* Numbers and marks with which clauses begin and sentences end. Characters stand here by number, names
 * behind. */
#include "text/marks.h"
#include "text/text.h"

typedef struct cursor {
    yj_span rest;
    uint32_t c; /* the next one; 0 at the end */
} cursor;

static uint32_t peek(yj_span s)
{
    return s.len ? yj_text_next(&s) : 0;
}

static void step(cursor *k)
{
    if (k->rest.len)
        (void)yj_text_next(&k->rest);
    k->c = peek(k->rest);
}

static bool among(uint32_t c, const uint32_t *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] == c)
            return true;
    return false;
}
#define AMONG(c, list) among((c), (list), YJ_COUNT(list))

/* one to ten, hundred, thousand, zero, and both forms of two */
static bool is_numeral(uint32_t c)
{
    static const uint32_t list[] = { 0x4e00, 0x4e8c, 0x4e09, 0x56db, 0x4e94, 0x516d, 0x4e03, 0x516b,
                                     0x4e5d, 0x5341, 0x767e, 0x5343, 0x96f6, 0x3007, 0x4e24 };
    return AMONG(c, list);
}

static bool is_digit(uint32_t c)
{
    return (c >= '0' && c <= '9') || (c >= 0xff10 && c <= 0xff19);
}

static bool is_letter(uint32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static size_t skip_while(cursor *k, bool (*is)(uint32_t), size_t most)
{
    size_t n = 0;
    for (; n < most && k->c && is(k->c); n++)
        step(k);
    return n;
}

/* di + number + tiao, zhang, jie, kuan, xiang, bian, pian, bu: a numbered article, chapter or section */
static bool is_article(cursor k)
{
    static const uint32_t units[] = { 0x6761, 0x7ae0, 0x8282, 0x6b3e, 0x9879, 0x7f16, 0x7bc7, 0x90e8 };
    if (k.c != 0x7b2c)
        return false;
    step(&k);
    while (k.c == ' ')
        step(&k);
    size_t n = skip_while(&k, is_numeral, 8);
    n = n ? n : skip_while(&k, is_digit, 4);
    while (k.c == ' ')
        step(&k);
    return n > 0 && AMONG(k.c, units);
}

/* (1) (a) and the same with wide brackets and Chinese numerals */
static bool is_bracketed(cursor k)
{
    if (k.c != '(' && k.c != 0xff08)
        return false;
    step(&k);
    size_t n = skip_while(&k, is_numeral, 4);
    n = n ? n : skip_while(&k, is_digit, 3);
    n = n ? n : skip_while(&k, is_letter, 4);
    return n > 0 && (k.c == ')' || k.c == 0xff09);
}

static bool is_point(uint32_t c)
{
    return c == '.' || c == 0xff0e;
}

/* 1. 1) 1.2 and a Chinese numeral with an enumeration comma */
static bool is_numbered(cursor k)
{
    static const uint32_t behind[] = { 0x3001, ')', 0xff09, 0xff0e, '.' };
    if (skip_while(&k, is_numeral, 4))
        return k.c == 0x3001 || is_point(k.c);
    if (!skip_while(&k, is_digit, 3))
        return false;
    size_t parts = 1;
    for (cursor next = k; is_point(k.c); next = k) {
        step(&next);
        if (!skip_while(&next, is_digit, 3))
            break;
        k = next;
        parts++;
    }
    if (parts > 1 && (k.c == 0 || k.c == ' ' || yj_text_is_han(k.c)))
        return true;
    if (!AMONG(k.c, behind))
        return false;
    step(&k);
    return !is_digit(k.c);
}

static bool is_bullet(cursor k)
{
    static const uint32_t bullets[] = { 0x2022, 0x25cf, 0x25cb, 0x25a0, 0x25a1, 0x25c6, 0x25c7, 0x25aa,
                                        0x25ab, 0x2023, 0x00b7, '-',    '*',    0x2013, 0x2014, 0x203b };
    bool plain = k.c < 0x80 || k.c == 0x2013 || k.c == 0x2014;
    if (!AMONG(k.c, bullets))
        return false;
    step(&k);
    return !plain || k.c == ' ';
}

static bool is_named(yj_span line)
{
    static const char *const names[] = { "article",  "section", "clause",  "schedule", "annex",
                                         "appendix", "chapter", "exhibit", "part" };
    for (size_t i = 0; i < YJ_COUNT(names); i++) {
        size_t n = strlen(names[i]);
        if (line.len < n + 2 || strncasecmp(line.ptr, names[i], n) != 0 || line.ptr[n] != ' ')
            continue;
        char c = line.ptr[n + 1];
        return line.ptr[0] >= 'A' && line.ptr[0] <= 'Z' && ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'));
    }
    return false;
}

bool yj_text_begins_item(yj_span line)
{
    cursor k = { line, peek(line) };
    return is_article(k) || is_bracketed(k) || is_numbered(k) || is_bullet(k) || is_named(line);
}

bool yj_text_is_stop(uint32_t c)
{
    static const uint32_t stops[] = {
        0x3002, 0xff01, 0xff1f, 0xff1b, 0xff1a, '.', '!', '?', ';', ':', 0xff0e
    };
    return AMONG(c, stops);
}

bool yj_text_ends_sentence(yj_span line)
{
    static const uint32_t closing[] = { 0x201d, 0x2019, 0x300d, 0x300f, 0x300b, 0xff09, ')', '"', '\'' };
    for (;;) {
        size_t at = line.len;
        while (at > 0 && ((unsigned char)line.ptr[--at] & 0xc0) == 0x80)
            ;
        uint32_t c = peek((yj_span){ line.ptr + at, line.len - at });
        if (!AMONG(c, closing))
            return yj_text_is_stop(c);
        line.len = at;
    }
}
