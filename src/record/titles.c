// SPDX-License-Identifier: Apache-2.0
/* Errors about fields are written where only names are known; people know titles. */
#include "record/internal.h"

#include <stdio.h>

typedef struct words {
    const char *before; /* a field's name, with the blank between */
    size_t keep;        /* bytes of it that stay before a title: in Chinese no blank does */
    bool blank;         /* does one follow the title? */
    yj_lang lang;
} words;

/* In Chinese "ziduan ", as base/messages_zh.c writes it. */
static const words in_zh = { "\xe5\xad\x97\xe6\xae\xb5 ", 6, false, YJ_LANG_ZH };
static const words in_en = { "field ", 6, true, YJ_LANG_EN };

static void put_titles(const yj_kind *k, const words *x, char *text, size_t cap)
{
    char old[sizeof((yj_error *)NULL)->msg];
    size_t n = 0, word = strlen(x->before);
    snprintf(old, sizeof old, "%s", text);
    for (const char *p = old; *p && n + 1 < cap;) {
        const char *name = p + word;
        size_t len =
            strncmp(p, x->before, word) == 0 ? strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") : 0;
        const yj_field *f = len ? yj_kind_field(k, (yj_span){ name, len }) : NULL;
        if (!f || !f->label.in[x->lang]) {
            text[n++] = *p++;
            continue;
        }
        int put = snprintf(text + n, cap - n, "%.*s\xe2\x80\x9c%s\xe2\x80\x9d", (int)x->keep, x->before,
                           f->label.in[x->lang]);
        n = put < 0 || (size_t)put >= cap - n ? cap - 1 : n + (size_t)put;
        p = name + len;
        if (!x->blank && *p == ' ')
            p++;
    }
    text[n] = '\0';
    yj_text_tidy(text);
}

void yj_titles(const yj_kind *k, yj_error *err)
{
    if (!err)
        return;
    put_titles(k, &in_en, err->msg, sizeof err->msg);
    put_titles(k, &in_zh, err->msg_zh, sizeof err->msg_zh);
}
