// SPDX-License-Identifier: Apache-2.0
#include "instrument/scan/own.h"

#include "instrument/scan/check.h"
#include "instrument/scan/context.h"

#define CONTEXT_BACK ((size_t)96)

typedef struct own_look {
    const yj_own_rule *rule;
    yj_span text;
    size_t from, to;
    yj_scan_class what;
    yj_scan_hit_fn *hit;
    void *with;
} own_look;

/* A boundary before `at`, and one behind, where a word's byte stands on the inner side. */
static bool parted(yj_span t, size_t at)
{
    return at == 0 || at >= t.len || !yj_scan_is_word(t.ptr[at - 1]) || !yj_scan_is_word(t.ptr[at]);
}

static bool of_digits(yj_span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return false;
    return true;
}

static bool checked(const yj_own_rule *r, yj_span v)
{
    switch (r->check) {
    case YJ_OWN_LUHN:
        return yj_scan_luhn(v);
    case YJ_OWN_RESIDENT:
        return v.len == 18 && of_digits((yj_span){ v.ptr, 17 }) &&
               yj_scan_resident_check(v.ptr) == (v.ptr[17] == 'x' ? 'X' : v.ptr[17]);
    case YJ_OWN_CREDIT:
        return v.len == 18 && yj_scan_credit_check(v.ptr) == v.ptr[17];
    case YJ_OWN_NO_CHECK:
    default:
        return true;
    }
}

static bool has_context(const own_look *l, size_t at)
{
    const yj_own_texts *c = &l->rule->context;
    size_t back = at > CONTEXT_BACK ? at - CONTEXT_BACK : 0;
    const char *line = at > back ? memrchr(l->text.ptr + back, '\n', at - back) : NULL;
    if (line)
        back = (size_t)(line - l->text.ptr) + 1;
    for (size_t i = 0; i < c->count; i++)
        if (memmem(l->text.ptr + back, at - back, c->text[i], strlen(c->text[i])))
            return true;
    return c->count == 0;
}

/* What begins at `at`, of which `fixed` bytes are known. */
static void look_at(const own_look *l, size_t at, size_t fixed)
{
    const yj_own_rule *r = l->rule;
    yj_span t = l->text;
    size_t end = at + fixed;
    if (at < l->from || at >= l->to || !parted(t, at))
        return;
    if (r->kind != YJ_OWN_WORDS) {
        while (end < t.len && end - at <= r->most && r->of[(unsigned char)t.ptr[end]])
            end++;
        if (end - at < r->least || end - at > r->most)
            return;
    }
    if (parted(t, end) && checked(r, (yj_span){ t.ptr + at, end - at }) && has_context(l, at))
        l->hit(l->with, &(yj_scan_hit){ .what = l->what, .at = at, .len = end - at });
}

/* Numbers behind a word that announces them, from `at` on. @return up to where it was looked */
static size_t behind(const own_look *l, size_t word_end, size_t at)
{
    yj_span t = l->text;
    size_t stop = t.len - word_end > CONTEXT_BACK ? word_end + CONTEXT_BACK : t.len;
    for (; at < stop && t.ptr[at] != '\n'; at++)
        if (l->rule->of[(unsigned char)t.ptr[at]] && parted(t, at))
            look_at(l, at, 0);
    return at;
}

static void each(const own_look *l, const char *text, bool announces)
{
    yj_span t = l->text;
    size_t n = strlen(text), back = announces ? CONTEXT_BACK + n : 0;
    size_t at = l->from > back ? l->from - back : 0, stop = t.len - l->to > n ? l->to + n : t.len;
    size_t seen = 0; /* behind a word before it was looked already up to here */
    while (at < stop) {
        const char *p = memmem(t.ptr + at, stop - at, text, n);
        if (!p)
            return;
        at = (size_t)(p - t.ptr);
        if (announces)
            seen = behind(l, at + n, at + n > seen ? at + n : seen);
        else
            look_at(l, at, n);
        at++;
    }
}

void yj_scan_own_detect(const yj_scan_own *own, yj_span text, size_t from, size_t to, yj_scan_hit_fn *hit,
                        void *with)
{
    for (size_t i = 0; i < own->count; i++) {
        const yj_own_rule *r = &own->rule[i];
        own_look l = {
            r, text, from, to < text.len ? to : text.len, (yj_scan_class)(YJ_SCAN_CLASS_COUNT_ + i), hit, with
        };
        bool announced = r->begins.count == 0;
        const yj_own_texts *texts = announced ? &r->context : &r->begins;
        for (size_t k = 0; k < texts->count; k++)
            each(&l, texts->text[k], announced);
    }
}
