// SPDX-License-Identifier: Apache-2.0
#include "template.h"

#include "base/file.h"
#include "world.h"
#include <stdio.h>

#ifndef SOURCE_ROOT
#error "the build names the source tree"
#endif

#define TEMPLATE_MAX ((size_t)1 << 20)
#define REGISTER_MAX ((size_t)1 << 30)

static uint64_t seed = 20260301;
static unsigned density = 50;

void template_set(uint64_t s, unsigned d)
{
    seed = s;
    density = d;
}

uint64_t template_seed(void)
{
    return seed;
}

unsigned template_density(void)
{
    return density;
}

/* --- platforms and ids ------------------------------------------------------------------------ */

/* How many deployments share a platform, in turns; and where in a round each begins. */
static const unsigned sizes[] = { 20, 30, 10 };
#define ROUND 60u

/** @param first set to the first deployment of the group */
static unsigned group_of(unsigned deployment, unsigned *first)
{
    unsigned turn = 0, begin = deployment / ROUND * ROUND;
    while (deployment - begin >= sizes[turn])
        begin += sizes[turn++];
    *first = begin;
    return deployment / ROUND * (unsigned)YJ_COUNT(sizes) + turn;
}

unsigned world_group(unsigned deployment)
{
    unsigned first;
    return group_of(deployment, &first);
}

static bool leads_group(unsigned deployment)
{
    unsigned first;
    (void)group_of(deployment, &first);
    return first == deployment;
}

unsigned world_of_twenty(unsigned n, unsigned deployments)
{
    unsigned whole = (deployments + ROUND - sizes[0]) / ROUND; /* rounds that hold one of twenty */
    return whole > 1 ? n % whole * ROUND : 0;
}

/** The number of the copy of a line that is made for the deployment. */
static unsigned copy_of(char scope, unsigned deployment)
{
    return scope == 'a' ? 0 : scope == 'g' ? world_group(deployment) : deployment;
}

/** Is the line's copy made with this deployment? */
static bool is_made(char scope, unsigned deployment)
{
    return scope == 'd' || (scope == 'g' && leads_group(deployment)) || deployment == 0;
}

void world_id(char scope, unsigned line, unsigned deployment, char ret[static YJ_UUID_LEN + 1])
{
    snprintf(ret, YJ_UUID_LEN + 1, "01900000-0000-7%03x-8%03x-%04x%08x", (unsigned)(unsigned char)scope,
             line & 0xfffu, 0u, copy_of(scope, deployment));
}

/* --- registers -------------------------------------------------------------------------------- */

static yj_buf *register_of(registers *r, yj_span kind)
{
    for (size_t i = 0; i < r->count; i++)
        if (yj_span_is(kind, r->of[i].kind))
            return &r->of[i].text;
    r->of = must_have(realloc(r->of, (r->count + 1) * sizeof *r->of));
    snprintf(r->of[r->count].kind, sizeof r->of[0].kind, "%.*s", (int)kind.len, kind.ptr);
    yj_buf_init(&r->of[r->count].text, REGISTER_MAX);
    return &r->of[r->count++].text;
}

void registers_free(registers *r)
{
    for (size_t i = 0; i < r->count; i++)
        yj_buf_done(&r->of[i].text);
    free(r->of);
    *r = (registers){ 0 };
}

static void fill_in(yj_buf *out, yj_span json, unsigned line, char scope, unsigned deployment)
{
    const char *p = json.ptr, *end = json.ptr + json.len;
    while (p < end) {
        const char *mark = memchr(p, '~', (size_t)(end - p));
        if (!mark) {
            yj_buf_add(out, p, (size_t)(end - p));
            break;
        }
        yj_buf_add(out, p, (size_t)(mark - p));
        const char *close = memchr(mark + 1, '~', (size_t)(end - mark - 1));
        if (!close)
            abort();
        int64_t n = 0;
        if (mark[1] == '#') {
            yj_buf_fmt(out, "%u", copy_of(scope, deployment));
        } else if (mark[1] == 'h') {
            yj_buf_fmt(out, "%056x%08x", line, copy_of(scope, deployment));
        } else {
            char id[YJ_UUID_LEN + 1];
            if (!yj_span_i64((yj_span){ mark + 2, (size_t)(close - mark - 2) }, &n))
                abort();
            world_id(mark[1], (unsigned)n, deployment, id);
            yj_buf_str(out, id);
        }
        p = close + 1;
    }
    yj_buf_char(out, '\n');
}

static void read_file(const char *name, yj_buf *t)
{
    yj_error err = { 0 };
    char path[1024];
    snprintf(path, sizeof path, SOURCE_ROOT "/bench/data/%s", name);
    yj_buf_init(t, TEMPLATE_MAX);
    must(yj_file_read(path, TEMPLATE_MAX, t, &err), &err, path);
}

/** The next word of a line, up to a blank, or what is left of the line. */
static yj_span word(const char **p, const char *end, char stop)
{
    const char *w = *p, *to = memchr(w, stop, (size_t)(end - w));
    if (!to)
        abort();
    *p = to + 1;
    return (yj_span){ w, (size_t)(to - w) };
}

static unsigned to_number(yj_span s)
{
    int64_t n = 0;
    if (!yj_span_i64(s, &n) || n < 0)
        abort();
    return (unsigned)n;
}

static void make_records(registers *r, unsigned deployments)
{
    yj_auto(yj_buf_done) yj_buf t;
    read_file("deployment.txt", &t);
    for (unsigned d = 0; d < deployments; d++) {
        const char *p = t.ptr, *end = t.ptr + t.len;
        for (unsigned line = 0; p < end; line++) {
            char scope = *word(&p, end, ' ').ptr;
            yj_span kind = word(&p, end, ' '), json = word(&p, end, '\n');
            if (!is_made(scope, d))
                continue;
            fill_in(register_of(r, kind), json, line, scope, d);
            r->rows++;
        }
    }
}

/* --- history ---------------------------------------------------------------------------------- */

/** A number from 0 to 9999 that follows from the seed and these alone (splitmix64). */
static unsigned draw(unsigned number, unsigned line, unsigned copy)
{
    uint64_t x = seed + ((uint64_t)number << 56 | (uint64_t)line << 32 | copy) * UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return (unsigned)((x ^ x >> 31) % 10000);
}

typedef struct change_line {
    unsigned number, share, first, last;
    char scope;
    yj_span kind, json;
} change_line;

static change_line read_change(const char **p, const char *end)
{
    change_line c;
    c.number = to_number(word(p, end, ' '));
    c.share = to_number(word(p, end, ' '));
    c.scope = *word(p, end, ' ').ptr;
    c.kind = word(p, end, ' ');
    yj_span lines = word(p, end, ' ');
    const char *dash = memchr(lines.ptr, '-', lines.len);
    size_t to = dash ? (size_t)(dash - lines.ptr) : lines.len;
    c.first = c.last = to_number((yj_span){ lines.ptr, to });
    if (dash)
        c.last = to_number((yj_span){ dash + 1, lines.len - to - 1 });
    c.json = word(p, end, '\n');
    return c;
}

static bool is_changed(const change_line *c, unsigned line, unsigned deployment)
{
    return is_made(c->scope, deployment) &&
           (c->share >= 100 || draw(c->number, line, copy_of(c->scope, deployment)) < c->share * density);
}

static void make_changes(registers *r, unsigned number, unsigned deployments)
{
    yj_auto(yj_buf_done) yj_buf t;
    read_file("history.txt", &t);
    const char *p = t.ptr, *end = t.ptr + t.len;
    while (p < end) {
        change_line c = read_change(&p, end);
        if (c.number != number)
            continue;
        for (unsigned d = 0; d < deployments; d++)
            for (unsigned line = c.first; line <= c.last; line++) {
                char id[YJ_UUID_LEN + 1];
                if (!is_changed(&c, line, d))
                    continue;
                world_id(c.scope, line, d, id);
                yj_buf *out = register_of(r, c.kind);
                yj_buf_fmt(out, "{\"id\":\"%s\",", id);
                fill_in(out, (yj_span){ c.json.ptr + 1, c.json.len - 1 }, line, c.scope, d);
                r->rows++;
            }
    }
}

void registers_make(registers *r, unsigned n, unsigned deployments)
{
    *r = (registers){ 0 };
    if (n == 1)
        make_records(r, deployments);
    else
        make_changes(r, n, deployments);
}
