// SPDX-License-Identifier: Apache-2.0
/* Tables without a common key: how often each row is there. Rows stand for themselves by SHA-256 of their
 * forms. First the digests are counted and added up in buckets by their first bytes; only buckets that differ
 * are gathered, as many in one pass as fit into memory. */
#include "base/hash.h"
#include "instrument/database/internal.h"
#include <stdlib.h>

#define BUCKETS 65536
#define GATHER_MAX ((uint64_t)4 << 20) /* digests of both sides: 128 MiB */

typedef struct bucket {
    uint64_t rows, sum[YJ_HASH_LEN / 8];
} bucket;

typedef struct gathered {
    yj_digest *d;
    size_t count, cap;
    size_t from, until; /* buckets */
    const bool *differs;
} gathered;

static size_t bucket_of(const yj_digest *d)
{
    return (size_t)d->b[0] << 8 | d->b[1];
}

static void digest_row(yj_run *run, const yj_side *s, yj_digest *ret)
{
    const yj_table_pair *p = run->pair;
    yj_buf_clear(&run->x);
    for (size_t i = 0; i < p->columns; i++) {
        yj_buf_clear(&run->y);
        yj_cell_form(p->as[i], &s->cell[i], &run->y);
        uint64_t len = run->y.len;
        yj_buf_add(&run->x, &len, sizeof len);
        yj_buf_span(&run->x, yj_buf_view(&run->y));
        run->x.failed = run->y.failed != YJ_OK ? run->y.failed : run->x.failed;
    }
    yj_hash(YJ_HASH_SHA256, run->x.ptr, run->x.len, ret);
}

static void count(bucket *b, const yj_digest *d)
{
    bucket *one = &b[bucket_of(d)];
    one->rows++;
    for (size_t i = 0; i < YJ_COUNT(one->sum); i++) {
        uint64_t part;
        memcpy(&part, d->b + 8 * i, sizeof part);
        one->sum[i] += part;
    }
}

/* All rows of one side: counted into `b`, or gathered into `g`. */
static yj_status read_all(yj_run *run, yj_side *s, bucket *b, gathered *g, yj_error *err)
{
    yj_table_pair *p = run->pair;
    yj_status st = yj_source_start(s->source, s->table, s->column, p->columns, NULL, 0, NULL, err);
    for (s->row = st == YJ_OK; st == YJ_OK && s->row;) {
        yj_digest d;
        st = yj_source_next(s->source, s->cell, &s->row, err);
        if (st != YJ_OK || !s->row)
            break;
        s->count++;
        digest_row(run, s, &d);
        st = yj_buf_status(&run->x, err);
        if (b)
            count(b, &d);
        else if (bucket_of(&d) >= g->from && bucket_of(&d) < g->until && g->differs[bucket_of(&d)]) {
            if (g->count == g->cap)
                st = yj_fail(err, YJ_E_INVALID, "table %s changed while it was read", s->table->name);
            else
                g->d[g->count++] = d;
        }
        yj_dbc_went(run, 1);
    }
    yj_source_stop(s->source);
    return st;
}

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(yj_digest));
}

static yj_status tell(yj_run *run, const char *status, const yj_digest *d, yj_error *err)
{
    char hex[2 * YJ_HASH_LEN + 1];
    yj_digest_hex(d, hex);
    return yj_dbc_found(run,
                        json_pack("{s:s, s:o, s:s}", "status", status, "table",
                                  yj_dbc_text(run->pair->a->name), "digest", hex),
                        err);
}

static yj_status settle(yj_run *run, gathered *a, gathered *b, yj_error *err)
{
    yj_seven *n = &run->pair->rows;
    if (a->count)
        qsort(a->d, a->count, sizeof *a->d, by_bytes);
    if (b->count)
        qsort(b->d, b->count, sizeof *b->d, by_bytes);
    for (size_t i = 0, k = 0; i < a->count || k < b->count;) {
        int c = i == a->count ? 1 : k == b->count ? -1 : by_bytes(&a->d[i], &b->d[k]);
        if (c < 0)
            YJ_TRY(tell(run, "missing", &a->d[i], err));
        if (c > 0)
            YJ_TRY(tell(run, "extra", &b->d[k], err));
        n->missing += c < 0;
        n->extra += c > 0;
        n->matched += c == 0;
        i += c <= 0;
        k += c >= 0;
    }
    return YJ_OK;
}

/* One pass over both sides for the buckets from..until. */
static yj_status gather(yj_run *run, const bucket *x, const bucket *y, const bool *differs, size_t from,
                        size_t until, yj_error *err)
{
    yj_auto(yj_arena_freep) yj_arena *arena = yj_arena_new(4 * GATHER_MAX * sizeof(yj_digest));
    gathered a = { .from = from, .until = until, .differs = differs }, b = a;
    if (!arena)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    for (size_t i = from; i < until; i++) {
        a.cap += differs[i] ? x[i].rows : 0;
        b.cap += differs[i] ? y[i].rows : 0;
    }
    a.d = yj_arena_array(arena, a.cap + 1, sizeof *a.d);
    b.d = yj_arena_array(arena, b.cap + 1, sizeof *b.d);
    YJ_TRY(yj_arena_status(arena, err));
    YJ_TRY(read_all(run, &run->a, NULL, &a, err));
    YJ_TRY(read_all(run, &run->b, NULL, &b, err));
    return settle(run, &a, &b, err);
}

yj_status yj_dbc_as_set(yj_run *run, yj_error *err)
{
    yj_table_pair *p = run->pair;
    yj_auto(yj_arena_freep) yj_arena *arena = yj_arena_new(4 * BUCKETS * sizeof(bucket));
    if (!arena)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    bucket *x = yj_arena_array(arena, BUCKETS, sizeof *x), *y = yj_arena_array(arena, BUCKETS, sizeof *y);
    bool *differs = yj_arena_array(arena, BUCKETS, sizeof *differs);
    YJ_TRY(yj_arena_status(arena, err));
    run->a.column = p->a_column;
    run->b.column = p->b_column;
    YJ_TRY(read_all(run, &run->a, x, NULL, err));
    YJ_TRY(read_all(run, &run->b, y, NULL, err));
    for (size_t i = 0; i < BUCKETS; i++) {
        differs[i] = memcmp(&x[i], &y[i], sizeof x[i]) != 0;
        p->rows.expected += x[i].rows;
        p->rows.matched += differs[i] ? 0 : x[i].rows;
    }
    for (size_t from = 0, until; from < BUCKETS; from = until) {
        uint64_t rows = 0, more;
        for (until = from; until < BUCKETS; until++) {
            more = differs[until] ? x[until].rows + y[until].rows : 0;
            if (rows > 0 && rows + more > GATHER_MAX)
                break;
            rows += more;
        }
        if (rows > 0)
            YJ_TRY(gather(run, x, y, differs, from, until, err));
    }
    return YJ_OK;
}
