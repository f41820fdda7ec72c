// SPDX-License-Identifier: Apache-2.0
#include "text/token.h"
#include "text/text.h"

yj_tokens yj_tokens_of(yj_span text)
{
    return (yj_tokens){ .rest = text };
}

/* Lower case, narrow form; 0: no letter and no digit. */
static uint32_t folded(uint32_t c)
{
    if (c >= 0xff01 && c <= 0xff5e)
        c -= 0xfee0;
    if (c >= 'A' && c <= 'Z')
        return c + 32;
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
        return c;
    if (c >= 0xc0 && c <= 0xde && c != 0xd7)
        return c + 32;
    return c >= 0xdf && c <= 0x24f && c != 0xf7 ? c : 0;
}

static bool is_digit(uint32_t c)
{
    return c >= '0' && c <= '9';
}

static uint32_t peek(yj_span s)
{
    return s.len ? yj_text_next(&s) : 0;
}

static void put(yj_token *t, uint32_t c)
{
    char b[4];
    size_t n = 0;
    if (c < 0x80) {
        b[n++] = (char)c;
    } else if (c < 0x800) {
        b[n++] = (char)(0xc0 | c >> 6);
        b[n++] = (char)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        b[n++] = (char)(0xe0 | c >> 12);
        b[n++] = (char)(0x80 | (c >> 6 & 0x3f));
        b[n++] = (char)(0x80 | (c & 0x3f));
    } else {
        b[n++] = (char)(0xf0 | c >> 18);
        b[n++] = (char)(0x80 | (c >> 12 & 0x3f));
        b[n++] = (char)(0x80 | (c >> 6 & 0x3f));
        b[n++] = (char)(0x80 | (c & 0x3f));
    }
    if (t->len + n <= sizeof t->key) {
        memcpy(t->key + t->len, b, n);
        t->len += n;
    }
}

static void take_word(yj_tokens *t, yj_token *ret)
{
    bool letters = false;
    uint32_t before = 0;
    while (t->rest.len) {
        yj_span rest = t->rest;
        uint32_t c = folded(yj_text_next(&rest));
        if (c == 0) {
            uint32_t point = peek(t->rest);
            if ((point != '.' && point != ',') || !is_digit(before) || !is_digit(folded(peek(rest))))
                break;
            c = point == '.' ? '.' : 0; /* 10,000 is 10000 */
        }
        if (c)
            put(ret, c);
        letters = letters || (c >= 'a' && c <= 'z');
        before = c ? c : before;
        t->rest = rest;
        t->at++;
    }
    ret->to = t->at;
    if (letters && ret->len > 3 && ret->key[ret->len - 1] == 's' && ret->key[ret->len - 2] != 's')
        ret->len--;
}

/* @return false: a single character that was the second of the pair before */
static bool take_pair(yj_tokens *t, yj_token *ret)
{
    put(ret, yj_text_next(&t->rest));
    t->at++;
    uint32_t second = peek(t->rest);
    bool pair = yj_text_is_han(second), alone = !t->in_run;
    if (pair)
        put(ret, second);
    t->in_run = pair;
    ret->han = true;
    ret->to = t->at + (pair ? 1 : 0);
    return pair || alone;
}

bool yj_token_next(yj_tokens *t, yj_token *ret)
{
    while (t->rest.len) {
        uint32_t c = peek(t->rest);
        ret->len = 0;
        ret->han = false;
        ret->from = t->at;
        if (yj_text_is_han(c)) {
            if (take_pair(t, ret))
                return true;
            continue;
        }
        t->in_run = false;
        if (folded(c)) {
            take_word(t, ret);
            return true;
        }
        (void)yj_text_next(&t->rest);
        t->at++;
    }
    return false;
}
