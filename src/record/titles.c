// SPDX-License-Identifier: Apache-2.0
/* Errors are written where only names are known; people know titles. */
#include "record/internal.h"

#include <stdio.h>

/* What stands before a name, by which it is known to be one. */
typedef struct words {
    const char *before; /* with the blank between */
    size_t keep;        /* bytes of it that stay before a title: in Chinese no blank does */
    bool blank;         /* does one follow the title? */
    yj_lang lang;
    bool of_kind; /* a kind's name, else a field's */
} words;

/* In Chinese "ziduan " and "zhonglei ", as base/messages_zh.c writes them. */
static const words in_zh[] = {
    { "\xe5\xad\x97\xe6\xae\xb5 ", 6, false, YJ_LANG_ZH, false },
    { "\xe7\xa7\x8d\xe7\xb1\xbb ", 6, false, YJ_LANG_ZH, true },
};
static const words in_en[] = {
    { "field ", 6, true, YJ_LANG_EN, false },
    { "kind ", 5, true, YJ_LANG_EN, true },
};

/* NULL: there is none of that name. */
static const char *title_of(const yj_catalog *c, const yj_kind *k, const words *x, yj_span name)
{
    if (x->of_kind) {
        const yj_kind *named = name.len ? yj_catalog_kind(c, name) : NULL;
        return named ? named->label.in[x->lang] : NULL;
    }
    const yj_field *f = k && name.len ? yj_kind_field(k, name) : NULL;
    return f ? f->label.in[x->lang] : NULL;
}

static void put_titles(const yj_catalog *c, const yj_kind *k, const words *x, char *text, size_t cap)
{
    char old[sizeof((yj_error *)NULL)->msg];
    size_t n = 0, word = strlen(x->before);
    snprintf(old, sizeof old, "%s", text);
    for (const char *p = old; *p && n + 1 < cap;) {
        const char *name = p + word;
        size_t len =
            strncmp(p, x->before, word) == 0 ? strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") : 0;
        const char *title = len ? title_of(c, k, x, (yj_span){ name, len }) : NULL;
        if (!title) {
            text[n++] = *p++;
            continue;
        }
        int put =
            snprintf(text + n, cap - n, "%.*s\xe2\x80\x9c%s\xe2\x80\x9d", (int)x->keep, x->before, title);
        n = put < 0 || (size_t)put >= cap - n ? cap - 1 : n + (size_t)put;
        p = name + len;
        if (!x->blank && *p == ' ')
            p++;
    }
    text[n] = '\0';
    yj_text_tidy(text);
}

void yj_titles(const yj_catalog *c, const yj_kind *k, yj_error *err)
{
    if (!err)
        return;
    for (size_t i = 0; i < YJ_COUNT(in_en); i++)
        put_titles(c, k, &in_en[i], err->msg, sizeof err->msg);
    for (size_t i = 0; i < YJ_COUNT(in_zh); i++)
        put_titles(c, k, &in_zh[i], err->msg_zh, sizeof err->msg_zh);
}
