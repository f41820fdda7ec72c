// SPDX-License-Identifier: Apache-2.0
/* What was found, without doubles, and not too much of it. */
#include "notice/news_internal.h"
#include <stdio.h>
#include <stdlib.h>

/* --- too many -------------------------------------------------------------------------------------------
 */

static int by_sort(const yj_news_item *x, const yj_news_item *y)
{
    int c = (x->inst > y->inst) - (x->inst < y->inst);
    if (c == 0)
        c = strcmp(x->person, y->person);
    return c ? c : (int)x->news - (int)y->news;
}

/* The cause of the same told to a deputy has the same beginning, so it comes next. */
static int by_person(const void *a, const void *b)
{
    const yj_news_item *x = a, *y = b;
    int c = by_sort(x, y);
    if (c == 0)
        c = strcmp(x->cause, y->cause);
    return c ? c : strcmp(x->for_whom, y->for_whom);
}

static int by_whom(const void *a, const void *b)
{
    const yj_news_item *x = a, *y = b;
    int c = by_sort(x, y);
    if (c == 0)
        c = strcmp(x->for_whom, y->for_whom);
    return c ? c : strcmp(x->cause, y->cause);
}

static size_t same_sort(const yj_news_found *f, size_t from)
{
    size_t n = 1;
    while (from + n < f->count && by_sort(&f->items[from], &f->items[from + n]) == 0 &&
           strcmp(f->items[from].for_whom, f->items[from + n].for_whom) == 0)
        n++;
    return n;
}

/* The same, told to somebody for himself or for others. */
static bool same_thing(const yj_news_item *x, const yj_news_item *y)
{
    size_t len = strlen(x->cause) - (x->for_whom[0] ? strlen(YJ_NEWS_DEPUTY) : 0);
    return by_sort(x, y) == 0 && strncmp(x->cause, y->cause, len) == 0 &&
           strcmp(y->cause + len, y->for_whom[0] ? YJ_NEWS_DEPUTY : "") == 0;
}

/* They stand beside each other, what he is told for himself first. */
static void drop_doubles(yj_news_found *f)
{
    size_t kept = 0;
    for (size_t i = 0; i < f->count; i++)
        if (!kept || !same_thing(&f->items[kept - 1], &f->items[i]))
            f->items[kept++] = f->items[i];
    f->count = kept;
}

yj_status yj_news_fold(yj_finding *x, yj_error *err)
{
    yj_news_found *f = x->to;
    size_t kept = 0;
    char source[24];
    if (f->count > 1)
        qsort(f->items, f->count, sizeof *f->items, by_person);
    drop_doubles(f);
    if (f->count > 1)
        qsort(f->items, f->count, sizeof *f->items, by_whom);
    for (size_t i = 0, n; i < f->count; i += n) {
        n = same_sort(f, i);
        if (n <= YJ_NEWS_EACH_MAX || f->items[i].news == YJ_NEWS_JOB) {
            for (size_t j = 0; j < n; j++)
                f->items[kept++] = f->items[i + j];
            continue;
        }
        yj_news_item many = yj_news_item_of(f->items[i].news, f->items[i].inst);
        many.person = f->items[i].person;
        many.for_whom = f->items[i].for_whom;
        many.count = (int64_t)n;
        /* another ledger may be as long: its number tells them apart */
        source[0] = '\0';
        if (many.inst != x->inst)
            snprintf(source, sizeof source, "/%lld", (long long)x->inst);
        many.cause =
            yj_arena_fmt(f->a, "many/%s/%lld/%s%s%s%s", yj_news_name(many.news), (long long)f->after.seq,
                         f->after.day, source, many.for_whom[0] ? YJ_NEWS_DEPUTY "/" : "", many.for_whom);
        f->items[kept++] = many;
    }
    f->count = kept;
    return yj_arena_status(f->a, err);
}
