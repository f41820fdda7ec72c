// SPDX-License-Identifier: Apache-2.0
/* Digests of ranges, made by the servers: down only where they differ. A's rows decide the borders, so ranges
 * hold the same number of rows however unevenly keys lie. While B works on one range, A works on the next. */
#include "instrument/database/internal.h"
#include <stdio.h>

static const int64_t sizes[] = { 10000, 100 }; /* rows of a range, from the top down */
#define B_TIMES                                                                                              \
    4 /* B's range may hold more rows; this many times as many are looked at before it is fetched */

typedef struct border {
    char text[YJ_SOURCE_KEY_TEXT_MAX + 1];
    bool there;
} border;

static const char *at(const border *b)
{
    return b->there ? b->text : NULL;
}

static yj_status ask(yj_run *run, bool a, const border *after, const border *until, size_t level,
                     yj_error *err)
{
    const yj_table_pair *p = run->pair;
    yj_source *s = a ? run->a.source : run->b.source;
    yj_key_range r = { at(after), at(until) };
    return s->driver->ask(s, a ? p->a : p->b, a ? p->a_column : p->b_column, p->columns,
                          a ? p->a_column[0] : p->b_column[0], &r, a ? sizes[level] : B_TIMES * sizes[level],
                          err);
}

/* A key that one server names goes into a question to the other: only digits, as they are in a number or a
 * UUID. */
static bool is_key(const char *s)
{
    size_t digits = strspn(s + (*s == '-'), "0123456789"), hex = strspn(s, "0123456789abcdef-");
    bool number = digits > 0 && digits <= 20 && s[(*s == '-') + digits] == '\0';
    return number || (hex == 36 && s[hex] == '\0');
}

static yj_status answer(yj_run *run, yj_source *s, yj_range_digest *ret, yj_error *err)
{
    run->r->digests++;
    YJ_TRY(s->driver->answer(s, ret, err));
    /* a UUID stands between quotes for PostgreSQL alone */
    if (ret->rows > 0 && (!is_key(ret->last) || (s->engine == YJ_DB_MYSQL && strlen(ret->last) > 21)))
        return yj_fail(err, YJ_E_IO, "database %s: %s", s->name, "a key that is none");
    return YJ_OK;
}

static bool same(const yj_range_digest *x, const yj_range_digest *y)
{
    return x->rows >= 0 && x->rows == y->rows && memcmp(x->digest, y->digest, sizeof x->digest) == 0;
}

static yj_status down(yj_run *run, const border *after, const border *until, size_t level, yj_error *err);

static yj_status differ(yj_run *run, const border *after, const border *until, bool can_split, size_t level,
                        yj_error *err)
{
    if (can_split && level + 1 < YJ_COUNT(sizes))
        return down(run, after, until, level + 1, err);
    yj_key_range r = { at(after), at(until) };
    return yj_dbc_by_key(run, &r, err);
}

/* All between two borders, in ranges of this level. */
/* NOLINTNEXTLINE(misc-no-recursion): two levels */
static yj_status down(yj_run *run, const border *after, const border *until, size_t level, yj_error *err)
{
    border from = *after;
    yj_range_digest a, b, next = { .rows = 0 };
    YJ_TRY(ask(run, true, &from, until, level, err));
    YJ_TRY(answer(run, run->a.source, &a, err));
    for (bool last = false; !last; a = next) {
        border to = *until;
        last = a.rows < sizes[level];
        if (!last) {
            to.there = true;
            snprintf(to.text, sizeof to.text, "%s", a.last);
        }
        YJ_TRY(ask(run, false, &from, &to, level, err));
        if (!last)
            YJ_TRY(ask(run, true, &to, until, level, err));
        yj_status st = answer(run, run->b.source, &b, err);
        if (!last) { /* also if B failed: A's connection has to be free again */
            yj_status ahead = answer(run, run->a.source, &next, st == YJ_OK ? err : &(yj_error){ 0 });
            st = st == YJ_OK ? ahead : st;
        }
        YJ_TRY(st);
        if (same(&a, &b)) {
            run->pair->rows.expected += (uint64_t)a.rows;
            run->pair->rows.matched += (uint64_t)a.rows;
            yj_dbc_went(run, (uint64_t)a.rows * 2);
        } else {
            YJ_TRY(differ(run, &from, &to, a.rows >= 0, level, err));
        }
        from = to;
    }
    return YJ_OK;
}

yj_status yj_dbc_by_ranges(yj_run *run, yj_error *err)
{
    border none = { .there = false };
    return down(run, &none, &none, 0, err);
}
