// SPDX-License-Identifier: Apache-2.0
#include "cli/standing.h"

#include "base/json.h"
#include "record/read.h"
#include <stdlib.h>

#define PAGE 500
#define PAGE_BYTES_MAX ((size_t)64 << 20)
#define UNITS_MAX 100000

/* --- verdicts --------------------------------------------------------------------------------- */

typedef struct reading {
    yj_cli *c;
    yj_verdict *rows;
    size_t count, cap;
    yj_standing *s;
} reading;

static yj_status keep(void *ctx, const yj_verdict *v, yj_error *err)
{
    reading *r = ctx;
    yj_arena *a = r->c->arena;
    if (v->requirement < 0 || v->kind < 0)
        return YJ_OK; /* of a pack that is in force no more */
    if (r->count == r->cap) {
        size_t cap = r->cap ? 2 * r->cap : 1024;
        yj_verdict *more = yj_arena_array(a, cap, sizeof *more);
        if (r->count)
            memcpy(more, r->rows, r->count * sizeof *more);
        r->rows = more;
        r->cap = cap;
    }
    yj_verdict *k = &r->rows[r->count++];
    *k = *v;
    k->requirement_id = r->c->catalog->requirements[v->requirement].id;
    k->kind_name = r->c->catalog->kinds[v->kind].name;
    k->subject = yj_arena_strdup(a, v->subject);
    k->code = yj_arena_strdup(a, v->code);
    k->values = yj_arena_strdup(a, v->values);
    k->due = yj_arena_strdup(a, v->due);
    k->since = yj_arena_strdup(a, v->since);
    k->proofs = "[]";
    const yj_requirement *q = &r->c->catalog->requirements[v->requirement];
    r->s->counts[v->status]++;
    r->s->not_yet += yj_not_yet(v);
    r->s->binding_unmet += v->status == YJ_V_UNMET && r->c->catalog->forces[q->force].binding;
    return yj_arena_status(a, err);
}

/* --- what they are grouped by ----------------------------------------------------------------- */

static yj_status read_page(yj_cli *c, const yj_kind *k, const yj_list_query *q, json_t **ret, yj_error *err)
{
    yj_buf b;
    yj_buf_init(&b, PAGE_BYTES_MAX);
    yj_status s = yj_record_list(c->reader, c->catalog, c->institution.inst, k, q, &b, err);
    if (s == YJ_OK)
        s = yj_buf_status(&b, err);
    if (s == YJ_OK)
        s = yj_json_parse(yj_buf_view(&b), PAGE_BYTES_MAX, ret, err);
    yj_buf_done(&b);
    return s;
}

/* What people call a deployment: the parts of its key, references by name ("CRM / cloud A"). */
static const char *unit_name(yj_cli *c, const yj_kind *k, const json_t *row)
{
    const json_t *fields = json_object_get(row, "fields");
    yj_buf b;
    yj_buf_init(&b, 4096);
    for (size_t i = 0; i < k->key_count; i++) {
        const yj_field *f = &k->fields[k->key[i]];
        yj_buf_str(&b, b.len ? " / " : "");
        yj_value_text(c, k, f, fields, json_object_get(fields, f->name), &b);
    }
    const char *shown = yj_arena_strdup(c->arena, b.len ? b.ptr : yj_member(row, "id"));
    yj_buf_done(&b);
    return shown;
}

typedef struct units {
    yj_unit *rows;
    size_t count, cap;
} units;

static yj_status read_units(yj_cli *c, const yj_kind *k, units *u, yj_error *err)
{
    static const yj_filter there = { .field = "state", .op = YJ_F_NE, .value = "withdrawn" };
    const char *after = NULL;
    do {
        yj_auto(yj_json_freep) json_t *page = NULL;
        yj_list_query q = {
            .filters = &there, .filter_count = 1, .limit = PAGE, .after = after, .as_of_seq = -1
        };
        YJ_TRY(read_page(c, k, &q, &page, err));
        const json_t *items = json_object_get(page, "items");
        for (size_t i = 0; i < json_array_size(items) && u->count < UNITS_MAX; i++) {
            if (u->count == u->cap) {
                size_t cap = u->cap ? 2 * u->cap : 64;
                yj_unit *more = yj_arena_array(c->arena, cap, sizeof *more);
                if (u->count)
                    memcpy(more, u->rows, u->count * sizeof *more);
                u->rows = more;
                u->cap = cap;
            }
            const json_t *row = json_array_get(items, i);
            u->rows[u->count++] =
                (yj_unit){ yj_arena_strdup(c->arena, yj_member(row, "id")), unit_name(c, k, row) };
        }
        after = yj_member(page, "next")[0] ? yj_arena_strdup(c->arena, yj_member(page, "next")) : NULL;
    } while (after && u->count < UNITS_MAX);
    return yj_arena_status(c->arena, err);
}

/* Asked about one of them, the others are not shown. */
static void keep_asked(units *u, const yj_verdict_query *q)
{
    for (size_t i = 0; q->subject_count && i < u->count; i++) {
        if (strcmp(u->rows[i].id, q->subjects[0]) == 0) {
            u->rows[0] = u->rows[i];
            u->count = 1;
        }
    }
}

static int by_subject(const void *a, const void *b)
{
    const yj_unit_link *x = a, *y = b;
    int o = strcmp(x->subject, y->subject);
    return o ? o : (x->unit > y->unit) - (x->unit < y->unit);
}

typedef struct links {
    yj_unit_link *rows;
    size_t count, cap;
} links;

static void add_link(yj_cli *c, links *l, const char *subject, size_t unit)
{
    if (l->count == l->cap) {
        size_t cap = l->cap ? 2 * l->cap : 256;
        yj_unit_link *more = yj_arena_array(c->arena, cap, sizeof *more);
        if (l->count)
            memcpy(more, l->rows, l->count * sizeof *more);
        l->rows = more;
        l->cap = cap;
    }
    l->rows[l->count++] = (yj_unit_link){ subject, unit };
}

/* The kind that has the most paths: what a standing is shown by. -1 if no pack declares a path. */
static int unit_kind(const yj_catalog *k)
{
    int best = -1;
    size_t most = 0;
    for (size_t i = 0; i < k->path_count; i++) {
        size_t n = 0;
        for (size_t j = 0; j < k->path_count; j++)
            n += k->paths[j].from == k->paths[i].from;
        if (n > most) {
            most = n;
            best = k->paths[i].from;
        }
    }
    return best;
}

static yj_status read_links(yj_cli *c, int kind, const units *u, links *l, yj_error *err)
{
    for (size_t i = 0; i < u->count; i++) {
        add_link(c, l, u->rows[i].id, i);
        for (size_t p = 0; p < c->catalog->path_count; p++) {
            if (c->catalog->paths[p].from != kind)
                continue;
            const char *const *ids = NULL;
            size_t n = 0;
            YJ_TRY(yj_path_walk(c->reader, c->catalog, c->institution.inst, kind, u->rows[i].id,
                                c->catalog->paths[p].to, c->arena, &ids, &n, err));
            for (size_t k = 0; k < n; k++)
                add_link(c, l, ids[k], i);
        }
    }
    if (l->count)
        qsort(l->rows, l->count, sizeof *l->rows, by_subject);
    return YJ_OK;
}

const yj_answer *yj_standing_remediations(const yj_cli *c, const yj_standing *s, const yj_verdict *v,
                                          size_t *ret_count)
{
    *ret_count = 0;
    if (v->status != YJ_V_UNMET && v->status != YJ_V_UNKNOWN)
        return NULL;
    return yj_remediations_for(&s->remediations, &c->catalog->requirements[v->requirement],
                               yj_span_of(v->subject), ret_count);
}

/* Which verdicts stay as they are by an accepted risk, and which of those that may not are being put right.
 */
static yj_status find_answers(yj_cli *c, const yj_verdict_query *q, const reading *r, yj_error *err)
{
    yj_answers risks;
    yj_standing *s = r->s;
    YJ_TRY(yj_risks_load(c->reader, c->catalog, c->institution.inst, q->as_of_seq, c->arena, &risks, err));
    s->risks = yj_arena_array(c->arena, r->count + 1, sizeof(yj_answer *));
    for (size_t i = 0; i < r->count; i++) {
        const yj_verdict *v = &r->rows[i];
        const yj_requirement *req = &c->catalog->requirements[v->requirement];
        if (v->status == YJ_V_UNMET || v->status == YJ_V_UNKNOWN)
            s->risks[i] = yj_risk_for(c->catalog, &risks, req, v->subject, s->day.s);
        s->accepted += s->risks[i] != NULL;
        if (v->status == YJ_V_UNMET && c->catalog->forces[req->force].binding)
            s->remedy[yj_remedy_of(&s->remediations, req, yj_span_of(v->subject), s->day.s)]++;
    }
    return yj_arena_status(c->arena, err);
}

void yj_standing_done(yj_standing *s)
{
    if (s->then)
        yj_catalog_unref(s->then);
    s->then = NULL;
}

yj_status yj_standing_read(yj_cli *c, const yj_verdict_query *q, yj_standing *ret, yj_error *err)
{
    reading r = { .c = c, .s = ret };
    yj_verdict_query asked = *q;
    YJ_TRY(yj_remediations_load(c->reader, c->catalog, c->institution.inst, q->as_of_seq, c->arena,
                                &ret->remediations, err));
    asked.remediations = &ret->remediations;
    asked.day = ret->day.s;
    asked.zone = yj_engine_zone(c->engine);
    YJ_TRY(yj_catalog_as_of(c->reader, c->institution.inst, q->as_of_seq, c->catalog, &ret->then, err));
    asked.then = ret->then;
    YJ_TRY(yj_verdicts(c->reader, c->catalog, c->institution.inst, &asked, keep, &r, NULL, err));
    YJ_TRY(find_answers(c, q, &r, err));
    ret->rows = r.rows;
    ret->count = r.count;
    int kind = unit_kind(c->catalog);
    if (kind < 0)
        return YJ_OK;
    units u = { .count = 0 };
    links l = { .count = 0 };
    YJ_TRY(read_units(c, &c->catalog->kinds[kind], &u, err));
    keep_asked(&u, q);
    YJ_TRY(read_links(c, kind, &u, &l, err));
    ret->units = u.rows;
    ret->unit_count = u.count;
    ret->links = l.rows;
    ret->link_count = l.count;
    return yj_arena_status(c->arena, err);
}
