// SPDX-License-Identifier: Apache-2.0
#include "pack/yaml.h"
#include <assert.h>
#include <stdlib.h>
#include <yaml.h>

/* One collection that is still open. Its parts grow in the arena by doubling: what is left behind is at most
 * as much again, and the arena is forgotten with the load. */
typedef struct frame {
    yj_yaml_type type;
    int line;
    size_t count, cap;
    yj_yaml *items;
    const char **keys;
    int *key_lines;
    const char *key; /* of the value that comes next; NULL: a key comes next */
    int key_line;
} frame;

typedef struct tree {
    yj_arena *arena;
    frame open[YJ_YAML_DEPTH_MAX];
    size_t depth, nodes;
    yj_yaml *root;
    int line, column; /* of a fault */
    yj_error *err;
} tree;

static void here(tree *t, yaml_mark_t m)
{
    t->line = m.line < INT32_MAX ? (int)m.line + 1 : 0;
    t->column = m.column < INT32_MAX ? (int)m.column + 1 : 0;
}

static void grow(tree *t, frame *f)
{
    size_t cap = f->cap ? f->cap * 2 : 8;
    yj_yaml *items = yj_arena_array(t->arena, cap, sizeof *items);
    if (f->count)
        memcpy(items, f->items, f->count * sizeof *items);
    f->items = items;
    if (f->type == YJ_YAML_MAP) {
        const char **keys = yj_arena_array(t->arena, cap, sizeof *keys);
        int *lines = yj_arena_array(t->arena, cap, sizeof *lines);
        if (f->count) {
            memcpy(keys, f->keys, f->count * sizeof *keys);
            memcpy(lines, f->key_lines, f->count * sizeof *lines);
        }
        f->keys = keys;
        f->key_lines = lines;
    }
    f->cap = cap;
}

/* Put a finished node where it belongs. */
static yj_status place(tree *t, const yj_yaml *n)
{
    if (t->depth == 0) {
        t->root = yj_arena_new_of(t->arena, yj_yaml);
        *t->root = *n;
        return YJ_OK;
    }
    frame *f = &t->open[t->depth - 1];
    if (f->type == YJ_YAML_MAP && !f->key) {
        if (n->type != YJ_YAML_SCALAR)
            return yj_fail(t->err, YJ_E_INVALID, "a key must be a text");
        if (n->text[0] == '\0' || strchr(n->text, '\n'))
            return yj_fail(t->err, YJ_E_INVALID, "a key must be one line of text");
        f->key = n->text;
        f->key_line = n->line;
        return YJ_OK;
    }
    if (f->count == f->cap)
        grow(t, f);
    f->items[f->count] = *n;
    if (f->type == YJ_YAML_MAP) {
        f->keys[f->count] = f->key;
        f->key_lines[f->count] = f->key_line;
        f->key = NULL;
    }
    f->count++;
    return YJ_OK;
}

typedef struct key_at {
    const char *key;
    int line;
} key_at;

static int compare_keys(const void *a, const void *b)
{
    const key_at *x = a, *y = b;
    int c = strcmp(x->key, y->key);
    return c ? c : (x->line > y->line) - (x->line < y->line);
}

static yj_status check_doubles(tree *t, const frame *f)
{
    if (f->type != YJ_YAML_MAP || f->count < 2)
        return YJ_OK;
    key_at *sorted = yj_arena_array(t->arena, f->count, sizeof *sorted);
    for (size_t i = 0; i < f->count; i++)
        sorted[i] = (key_at){ f->keys[i], f->key_lines[i] };
    qsort(sorted, f->count, sizeof *sorted, compare_keys);
    for (size_t i = 1; i < f->count; i++) {
        if (strcmp(sorted[i - 1].key, sorted[i].key) == 0) {
            t->line = sorted[i].line;
            t->column = 0;
            return yj_fail(t->err, YJ_E_INVALID, "key \"%s\" stands here twice", sorted[i].key);
        }
    }
    return YJ_OK;
}

static yj_status close_top(tree *t)
{
    assert(t->depth > 0);
    frame *f = &t->open[t->depth - 1];
    YJ_TRY(check_doubles(t, f));
    yj_yaml n = { .type = f->type, .line = f->line, .count = f->count, .items = f->items };
    n.keys = f->keys;
    n.key_lines = f->key_lines;
    t->depth--;
    return place(t, &n);
}

static yj_status open_one(tree *t, yj_yaml_type type, const yaml_event_t *e)
{
    if (t->depth == YJ_YAML_DEPTH_MAX)
        return yj_fail(t->err, YJ_E_INVALID, "nested deeper than %d levels", YJ_YAML_DEPTH_MAX);
    if (t->depth > 0 && t->open[t->depth - 1].type == YJ_YAML_MAP && !t->open[t->depth - 1].key)
        return yj_fail(t->err, YJ_E_INVALID, "a key must be a text");
    t->open[t->depth++] = (frame){ .type = type, .line = (int)e->start_mark.line + 1 };
    return YJ_OK;
}

static bool text_allowed(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s[i];
        if ((c < 0x20 && c != '\t' && c != '\n') || c == 0x7f)
            return false;
        if (c == 0xc2 && i + 1 < len && (unsigned char)s[i + 1] < 0xa0)
            return false; /* U+0080..U+009F */
    }
    return true;
}

static yj_status scalar(tree *t, const yaml_event_t *e)
{
    const char *s = (const char *)e->data.scalar.value;
    size_t len = e->data.scalar.length;
    if (!text_allowed(s, len) || !yj_utf8_valid((yj_span){ s, len }))
        return yj_fail(t->err, YJ_E_INVALID, "a text holds a control character");
    yj_yaml n = { .type = YJ_YAML_SCALAR, .line = (int)e->start_mark.line + 1 };
    n.plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    n.text = yj_arena_strndup(t->arena, s, len);
    return place(t, &n);
}

static yj_status refuse_extras(tree *t, const yaml_char_t *anchor, const yaml_char_t *tag)
{
    if (anchor)
        return yj_fail(t->err, YJ_E_INVALID, "anchors (&) are not allowed");
    if (tag)
        return yj_fail(t->err, YJ_E_INVALID, "tags (!) are not allowed");
    return YJ_OK;
}

/* One event. *ret_end becomes true at the end of the stream. */
static yj_status take_event(tree *t, const yaml_event_t *e, size_t *documents, bool *ret_end)
{
    here(t, e->start_mark);
    switch (e->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (++*documents > 1)
            return yj_fail(t->err, YJ_E_INVALID, "one file holds one document");
        if (e->data.document_start.version_directive ||
            e->data.document_start.tag_directives.start != e->data.document_start.tag_directives.end)
            return yj_fail(t->err, YJ_E_INVALID, "directives (%%) are not allowed");
        return YJ_OK;
    case YAML_ALIAS_EVENT:
        return yj_fail(t->err, YJ_E_INVALID, "aliases (*) are not allowed");
    case YAML_SCALAR_EVENT:
        YJ_TRY(refuse_extras(t, e->data.scalar.anchor, e->data.scalar.tag));
        return scalar(t, e);
    case YAML_SEQUENCE_START_EVENT:
        YJ_TRY(refuse_extras(t, e->data.sequence_start.anchor, e->data.sequence_start.tag));
        return open_one(t, YJ_YAML_LIST, e);
    case YAML_MAPPING_START_EVENT:
        YJ_TRY(refuse_extras(t, e->data.mapping_start.anchor, e->data.mapping_start.tag));
        return open_one(t, YJ_YAML_MAP, e);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return close_top(t);
    case YAML_STREAM_END_EVENT:
        *ret_end = true;
        return YJ_OK;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
    default:
        return YJ_OK;
    }
}

static yj_status read_events(tree *t, yaml_parser_t *p)
{
    size_t documents = 0;
    for (bool end = false; !end;) {
        yj_auto(yaml_event_delete) yaml_event_t e = { 0 };
        if (!yaml_parser_parse(p, &e)) {
            if (p->error == YAML_MEMORY_ERROR)
                return yj_fail(t->err, YJ_E_NOMEM, "out of memory");
            here(t, p->problem_mark);
            return yj_fail(t->err, YJ_E_INVALID, "this is no valid YAML: %s",
                           p->problem ? p->problem : "unreadable");
        }
        if (++t->nodes > YJ_YAML_NODES_MAX) {
            here(t, e.start_mark);
            return yj_fail(t->err, YJ_E_LIMIT, "the file holds too many entries");
        }
        YJ_TRY(take_event(t, &e, &documents, &end));
        YJ_TRY(yj_arena_status(t->arena, t->err));
    }
    t->line = t->root ? 0 : 1;
    t->column = 0;
    return t->root ? YJ_OK : yj_fail(t->err, YJ_E_INVALID, "the file is empty");
}

yj_status yj_yaml_parse(yj_arena *a, yj_span text, size_t max_bytes, const yj_yaml **ret, int *ret_line,
                        yj_error *err)
{
    *ret_line = 0;
    if (text.len > max_bytes)
        return yj_fail(err, YJ_E_LIMIT, "the file is longer than %zu bytes", max_bytes);
    if (!yj_utf8_valid(text)) {
        size_t good = yj_utf8_prefix(text);
        *ret_line = 1;
        for (size_t i = 0; i < good; i++)
            *ret_line += text.ptr[i] == '\n';
        return yj_fail(err, YJ_E_INVALID, "this is not valid UTF-8");
    }
    tree t = { .arena = a, .err = err };
    yj_auto(yaml_parser_delete) yaml_parser_t parser = { 0 };
    if (!yaml_parser_initialize(&parser))
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)(text.ptr ? text.ptr : ""), text.len);
    yj_status s = read_events(&t, &parser);
    if (s == YJ_OK) {
        *ret = t.root;
        return YJ_OK;
    }
    *ret_line = t.line;
    if (t.line && t.column)
        (void)yj_error_at(err, "line %d column %d", t.line, t.column);
    return s;
}

bool yj_yaml_is_null(const yj_yaml *n)
{
    return n->type == YJ_YAML_SCALAR && n->plain &&
           (n->text[0] == '\0' || strcmp(n->text, "~") == 0 || strcmp(n->text, "null") == 0);
}

const yj_yaml *yj_yaml_get(const yj_yaml *map, const char *key)
{
    for (size_t i = 0; map->type == YJ_YAML_MAP && i < map->count; i++) {
        if (strcmp(map->keys[i], key) == 0)
            return &map->items[i];
    }
    return NULL;
}
