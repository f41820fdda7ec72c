// SPDX-License-Identifier: Apache-2.0
/*
 * The bytes: a head; the trees, each in the order of its text; what the check of each rule tells; the seed;
 * rows that find the trees, by digest. Numbers inside trees and rules are written seven bits a byte, texts
 * with their length and a NUL, so that they can be used where they stand.
 */
#include "pack/load.h"
#include "store/seed.h"
#include <assert.h>
#include <stdlib.h>

/* Raised when the bytes change their form: the generator and the reader are built together, so it only tells
 * a build gone wrong. */
#define MAGIC "yjprep01"

typedef struct head {
    char magic[8];
    yj_digest packs;            /* of the digests of the packs, in order */
    uint32_t row_count, rows;   /* tree_row, by digest */
    uint32_t rule_count, rules; /* in the order of the catalog */
    uint32_t engine;            /* text: what checked the rules */
    uint32_t seed, seed_len;
    uint32_t len; /* of all */
} head;

typedef struct tree_row {
    yj_digest file;
    uint32_t at;
} tree_row;

static const yj_prepared *in_use;

void yj_prepared_use(const yj_prepared *p)
{
    if (p && p->len) {
        const head *h = p->bytes;
        assert(p->len >= sizeof *h && memcmp(h->magic, MAGIC, sizeof h->magic) == 0 && h->len == p->len);
    }
    in_use = p && p->len ? p : NULL;
}

static const head *head_in_use(void)
{
    return in_use ? in_use->bytes : NULL;
}

static void digest_of_all(const yj_pack_source *const *sources, size_t count, yj_digest *ret)
{
    yj_digest all[YJ_PACKS_MAX];
    for (size_t i = 0; i < count; i++)
        all[i] = sources[i]->digest;
    yj_hash(YJ_HASH_SHA256, all, count * sizeof all[0], ret);
}

/* --- reading -------------------------------------------------------------------------------------------- */

typedef struct cursor {
    const uint8_t *p, *end;
} cursor;

static cursor cursor_at(const head *h, uint32_t at)
{
    const uint8_t *bytes = (const uint8_t *)h;
    assert(at <= h->len);
    return (cursor){ bytes + at, bytes + h->len };
}

static uint32_t take_number(cursor *c)
{
    uint32_t n = 0;
    for (unsigned shift = 0;; shift += 7) {
        assert(c->p < c->end && shift < 32);
        uint8_t b = *c->p++;
        n |= (uint32_t)(b & 0x7f) << shift;
        if (b < 0x80)
            return n;
    }
}

static const char *take_text(cursor *c)
{
    size_t len = take_number(c);
    const char *s = (const char *)c->p;
    assert(len < (size_t)(c->end - c->p) && s[len] == '\0');
    c->p += len + 1;
    return s;
}

static void take_node(cursor *c, yj_arena *a, yj_yaml *ret);

static void take_items(cursor *c, yj_arena *a, yj_yaml *n)
{
    n->count = take_number(c);
    assert(n->count <= (size_t)(c->end - c->p));
    if (n->count == 0)
        return;
    yj_yaml *items = yj_arena_array(a, n->count, sizeof *items);
    const char **keys = NULL;
    int *lines = NULL;
    if (n->type == YJ_YAML_MAP) {
        keys = yj_arena_array(a, n->count, sizeof *keys);
        lines = yj_arena_array(a, n->count, sizeof *lines);
    }
    for (size_t i = 0; i < n->count && yj_arena_status(a, NULL) == YJ_OK; i++) {
        if (keys) {
            lines[i] = (int)take_number(c);
            keys[i] = take_text(c);
        }
        take_node(c, a, &items[i]);
    }
    n->items = items;
    n->keys = keys;
    n->key_lines = lines;
}

static void take_node(cursor *c, yj_arena *a, yj_yaml *ret)
{
    uint32_t what = take_number(c);
    *ret = (yj_yaml){ .type = (yj_yaml_type)(what >> 1), .plain = (what & 1) != 0 };
    ret->line = (int)take_number(c);
    if (ret->type == YJ_YAML_SCALAR)
        ret->text = take_text(c);
    else
        take_items(c, a, ret);
}

static int compare_rows(const void *a, const void *b)
{
    return memcmp(&((const tree_row *)a)->file, &((const tree_row *)b)->file, sizeof(yj_digest));
}

const yj_yaml *yj_prepared_tree(yj_arena *a, const yj_digest *file)
{
    const head *h = head_in_use();
    if (!h)
        return NULL;
    const tree_row key = { .file = *file };
    const tree_row *row = bsearch(&key, (const char *)h + h->rows, h->row_count, sizeof key, compare_rows);
    if (!row)
        return NULL;
    cursor c = cursor_at(h, row->at);
    yj_yaml *root = yj_arena_new_of(a, yj_yaml);
    take_node(&c, a, root);
    return root;
}

bool yj_prepared_knows_rules(const yj_pack_source *const *sources, size_t count)
{
    const head *h = head_in_use();
    if (!h || count > YJ_PACKS_MAX)
        return false;
    yj_digest all;
    digest_of_all(sources, count, &all);
    return memcmp(&all, &h->packs, sizeof all) == 0 &&
           strcmp((const char *)h + h->engine, yj_rule_check_engine()) == 0;
}

static void take_name(cursor *c, char (*ret)[64])
{
    const char *s = take_text(c);
    int len = snprintf(*ret, sizeof *ret, "%s", s);
    assert(len < (int)sizeof *ret);
}

static void take_shape(cursor *c, yj_arena *a, yj_rule_shape *ret)
{
    ret->reads_today = take_number(c) != 0;
    ret->column_count = take_number(c);
    ret->read_count = take_number(c);
    ret->columns = yj_arena_array(a, ret->column_count + 1, sizeof *ret->columns);
    ret->reads = yj_arena_array(a, ret->read_count + 1, sizeof *ret->reads);
    for (size_t i = 0; i < ret->column_count; i++)
        take_name(c, &ret->columns[i]);
    for (size_t i = 0; i < ret->read_count; i++) {
        take_name(c, &ret->reads[i].table);
        take_name(c, &ret->reads[i].column);
    }
}

void yj_load_prepared_shapes(yj_loader *l)
{
    const head *h = head_in_use();
    assert(h && h->rule_count == l->rules.count); /* of the same files */
    cursor c = cursor_at(h, h->rules);
    for (size_t i = 0; i < h->rule_count; i++)
        take_shape(&c, l->arena, &yj_vec_at(&l->rules, yj_load_rule, i)->r.shape);
}

yj_span yj_prepared_seed(void)
{
    const head *h = head_in_use();
    return h ? (yj_span){ (const char *)h + h->seed, h->seed_len } : YJ_SPAN("");
}

/* --- writing -------------------------------------------------------------------------------------------- */

struct yj_prepare_notes {
    yj_buf *out;
    tree_row *rows;
    size_t count, cap;
};

static void put_number(yj_buf *out, size_t n)
{
    for (; n >= 0x80; n >>= 7)
        yj_buf_char(out, (char)(0x80 | (n & 0x7f)));
    yj_buf_char(out, (char)n);
}

static void put_text(yj_buf *out, const char *s)
{
    put_number(out, strlen(s));
    yj_buf_add(out, s, strlen(s) + 1);
}

static void put_node(yj_buf *out, const yj_yaml *n)
{
    put_number(out, (size_t)n->type << 1 | (n->plain ? 1 : 0));
    put_number(out, (size_t)n->line);
    if (n->type == YJ_YAML_SCALAR) {
        put_text(out, n->text);
        return;
    }
    put_number(out, n->count);
    for (size_t i = 0; i < n->count; i++) {
        if (n->type == YJ_YAML_MAP) {
            put_number(out, (size_t)n->key_lines[i]);
            put_text(out, n->keys[i]);
        }
        put_node(out, &n->items[i]);
    }
}

void yj_prepare_note(yj_prepare_notes *notes, const yj_digest *file, const yj_yaml *tree)
{
    assert(notes->count < notes->cap); /* a load reads a file once */
    notes->rows[notes->count++] = (tree_row){ .file = *file, .at = (uint32_t)notes->out->len };
    put_node(notes->out, tree);
}

static void put_shape(yj_buf *out, const yj_rule_shape *s)
{
    put_number(out, s->reads_today);
    put_number(out, s->column_count);
    put_number(out, s->read_count);
    for (size_t i = 0; i < s->column_count; i++)
        put_text(out, s->columns[i]);
    for (size_t i = 0; i < s->read_count; i++) {
        put_text(out, s->reads[i].table);
        put_text(out, s->reads[i].column);
    }
}

static uint32_t put_rows(yj_buf *out, tree_row *rows, size_t count)
{
    static const char padding[sizeof(uint32_t)];
    yj_buf_add(out, padding, (sizeof padding - out->len % sizeof padding) % sizeof padding);
    uint32_t at = (uint32_t)out->len;
    qsort(rows, count, sizeof *rows, compare_rows);
    yj_buf_add(out, rows, count * sizeof *rows);
    return at;
}

static yj_status put_seed(const yj_catalog *c, const char *scratch, yj_buf *out, head *h, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf seed;
    yj_buf_init(&seed, YJ_SEED_BYTES_MAX);
    YJ_TRY(yj_seed_make(scratch, c->tables, c->kind_count, &seed, err));
    h->seed = (uint32_t)out->len;
    h->seed_len = (uint32_t)seed.len;
    yj_buf_span(out, yj_buf_view(&seed));
    return YJ_OK;
}

yj_status yj_prepare(const yj_pack_source *const *sources, size_t count, const char *scratch, yj_buf *out,
                     yj_complaint *complaints, size_t max, size_t *ret_count, yj_error *err)
{
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new((size_t)64 << 20);
    yj_auto(yj_catalog_unrefp) yj_catalog *c = NULL;
    if (!a)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    size_t files = 0;
    for (size_t i = 0; i < count; i++)
        files += sources[i]->file_count;
    head h = { .magic = MAGIC };
    yj_buf_clear(out);
    yj_buf_add(out, &h, sizeof h);
    yj_prepare_notes notes = { .out = out, .cap = files };
    notes.rows = yj_arena_array(a, files, sizeof *notes.rows);
    YJ_TRY(yj_arena_status(a, err));
    YJ_TRY(
        yj_load_with(sources, count, &(yj_load_how){ .notes = &notes }, &c, complaints, max, ret_count, err));
    h.rules = (uint32_t)out->len;
    h.rule_count = (uint32_t)c->rule_count;
    for (size_t i = 0; i < c->rule_count; i++)
        put_shape(out, &c->rules[i].shape);
    h.engine = (uint32_t)out->len;
    yj_buf_add(out, yj_rule_check_engine(), strlen(yj_rule_check_engine()) + 1);
    YJ_TRY(put_seed(c, scratch, out, &h, err));
    h.rows = put_rows(out, notes.rows, notes.count);
    h.row_count = (uint32_t)notes.count;
    h.len = (uint32_t)out->len;
    digest_of_all(sources, count, &h.packs);
    YJ_TRY(yj_buf_status(out, err));
    memcpy(out->ptr, &h, sizeof h);
    return YJ_OK;
}
