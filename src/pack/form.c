// SPDX-License-Identifier: Apache-2.0
#include "pack/form.h"
#include <stdio.h>
#include <stdlib.h>

/* Append what fits, if need be half a character. */
static void append_bytes(char *to, size_t cap, const char *text)
{
    size_t len = strlen(to), n = strlen(text);
    if (n > cap - 1 - len)
        n = cap - 1 - len;
    memcpy(to + len, text, n);
    to[len + n] = '\0';
}

/* Append what fits; a character is never split. */
static void append(char *to, size_t cap, const char *text)
{
    append_bytes(to, cap, text);
    yj_text_tidy(to);
}

void yj_form_open(yj_form *f, yj_complaints *to, yj_arena *arena, const char *folder, const char *path)
{
    *f = (yj_form){ .to = to, .arena = arena };
    size_t room = sizeof f->file - 1, path_len = strlen(path), len = strlen(folder);
    while (len > 1 && folder[len - 1] == '/')
        len--;
    /* a folder too long for the room loses its beginning */
    size_t keep = path_len + 1 < room ? room - path_len - 1 : 0;
    size_t skip = len > keep ? len - keep : 0;
    snprintf(f->file, sizeof f->file, "%.*s/%s", (int)(len - skip), folder + skip, path);
    yj_text_tidy(f->file);
}

size_t yj_form_in(yj_form *f, const char *key)
{
    size_t mark = strlen(f->path);
    append_bytes(f->path, sizeof f->path, mark ? "." : ""); /* tidied when there is a complaint */
    append_bytes(f->path, sizeof f->path, key);
    return mark;
}

void yj_form_out(yj_form *f, size_t mark)
{
    f->path[mark] = '\0';
}

static bool same_complaint(const yj_complaint *a, const yj_complaint *b)
{
    return a->line == b->line && strcmp(a->file, b->file) == 0 && strcmp(a->field, b->field) == 0 &&
           strcmp(a->msg, b->msg) == 0;
}

void yj_complain_as(yj_form *f, int line, const char *key, const yj_error *e)
{
    yj_complaint c = { .line = line };
    append(c.file, sizeof c.file, f->file);
    append(c.field, sizeof c.field, f->path);
    if (key)
        append(c.field, sizeof c.field, f->path[0] ? "." : "");
    append(c.field, sizeof c.field, key ? key : "");
    append(c.msg, sizeof c.msg, e->msg);
    append(c.msg_zh, sizeof c.msg_zh, e->msg_zh);
    yj_complaints *to = f->to;
    if (!to->any)
        to->first = c;
    to->any = true;
    for (size_t i = to->count; i-- > 0;) {
        if (same_complaint(&to->rows[i], &c))
            return;
    }
    if (to->count < to->max)
        to->rows[to->count++] = c;
}

yj_status yj_complaints_status(const yj_complaints *c, yj_error *err)
{
    if (!c->any)
        return YJ_OK;
    const yj_complaint *one = &c->first;
    yj_status s = yj_fail(err, YJ_E_INVALID, "%s", one->msg);
    if (!err)
        return s;
    err->msg_zh[0] = '\0';
    append(err->msg_zh, sizeof err->msg_zh, one->msg_zh);
    if (one->field[0])
        yj_error_prefix(err, "%s:%d: %s", one->file, one->line, one->field);
    else
        yj_error_prefix(err, "%s:%d", one->file, one->line);
    (void)yj_error_at(err, "%s", one->field);
    return s;
}

bool yj_name_valid(const char *s)
{
    size_t n = 0;
    if (!(s[0] >= 'a' && s[0] <= 'z'))
        return false;
    for (; s[n]; n++) {
        char c = s[n];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_') || n >= YJ_NAME_MAX)
            return false;
    }
    return true;
}

/* SQLite's keywords that are no fallback identifiers, and PostgreSQL's reserved ones; sorted. */
static const char *const sql_words[] = {
    "add",
    "all",
    "alter",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "authorization",
    "between",
    "binary",
    "both",
    "case",
    "cast",
    "check",
    "collate",
    "collation",
    "column",
    "commit",
    "concurrently",
    "constraint",
    "create",
    "cross",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "default",
    "deferrable",
    "delete",
    "desc",
    "distinct",
    "do",
    "drop",
    "else",
    "end",
    "escape",
    "except",
    "exists",
    "false",
    "fetch",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "grant",
    "group",
    "having",
    "ilike",
    "in",
    "index",
    "initially",
    "inner",
    "insert",
    "intersect",
    "into",
    "is",
    "isnull",
    "join",
    "lateral",
    "leading",
    "left",
    "like",
    "limit",
    "localtime",
    "localtimestamp",
    "natural",
    "not",
    "nothing",
    "notnull",
    "null",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "outer",
    "overlaps",
    "placing",
    "primary",
    "references",
    "returning",
    "right",
    "rowid",
    "select",
    "session_user",
    "set",
    "similar",
    "some",
    "symmetric",
    "table",
    "tablesample",
    "then",
    "to",
    "trailing",
    "transaction",
    "true",
    "union",
    "unique",
    "update",
    "user",
    "using",
    "values",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
};

static int compare_word(const void *key, const void *item)
{
    return strcmp(key, *(const char *const *)item);
}

bool yj_sql_reserved(const char *s)
{
    return bsearch(s, sql_words, YJ_COUNT(sql_words), sizeof sql_words[0], compare_word) != NULL;
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

int yj_natural_compare(const char *a, const char *b)
{
    const char *x = a, *y = b;
    while (*x && *y) {
        if (!digit(*x) || !digit(*y)) {
            if (*x != *y)
                return (unsigned char)*x < (unsigned char)*y ? -1 : 1;
            x++;
            y++;
            continue;
        }
        while (*x == '0')
            x++;
        while (*y == '0')
            y++;
        size_t m = 0, n = 0;
        while (digit(x[m]))
            m++;
        while (digit(y[n]))
            n++;
        int c = m != n ? (m < n ? -1 : 1) : memcmp(x, y, m);
        if (c)
            return c;
        x += m;
        y += n;
    }
    if (*x || *y)
        return *x ? 1 : -1;
    return strcmp(a, b); /* equal but for leading zeros */
}

static bool one_of(const char *const *keys, const char *key)
{
    for (; *keys; keys++) {
        if (strcmp(*keys, key) == 0)
            return true;
    }
    return false;
}

bool yj_form_keys(yj_form *f, const yj_yaml *map, const char *const *keys)
{
    if (map->type != YJ_YAML_MAP) {
        yj_complain(f, map->line, NULL, "must be a mapping");
        return false;
    }
    for (size_t i = 0; i < map->count; i++) {
        if (!one_of(keys, map->keys[i]))
            yj_complain(f, map->key_lines[i], map->keys[i], "unknown key");
    }
    return true;
}

const yj_yaml *yj_form_get(yj_form *f, const yj_yaml *map, const char *key, yj_yaml_type type, bool required)
{
    const yj_yaml *n = yj_yaml_get(map, key);
    if (!n || yj_yaml_is_null(n)) {
        if (required)
            yj_complain(f, n ? n->line : map->line, key, "is missing");
        return NULL;
    }
    if (n->type == type)
        return n;
    if (type == YJ_YAML_MAP)
        yj_complain(f, n->line, key, "must be a mapping");
    else if (type == YJ_YAML_LIST)
        yj_complain(f, n->line, key, "must be a list");
    else
        yj_complain(f, n->line, key, "must be a single value");
    return NULL;
}

static bool is_longer(const char *text, size_t max)
{
    return strlen(text) > max && yj_utf8_count(yj_span_of(text)) > max;
}

const char *yj_form_line(yj_form *f, const yj_yaml *map, const char *key, bool required, size_t max)
{
    const yj_yaml *n = yj_form_get(f, map, key, YJ_YAML_SCALAR, required);
    if (!n)
        return NULL;
    if (n->text[0] == '\0')
        yj_complain(f, n->line, key, "must not be empty");
    else if (strchr(n->text, '\n'))
        yj_complain(f, n->line, key, "must be one line");
    else if (is_longer(n->text, max))
        yj_complain(f, n->line, key, "is longer than %zu characters", max);
    else
        return yj_arena_strdup(f->arena, n->text);
    return NULL;
}

const char *yj_form_name(yj_form *f, const yj_yaml *map, const char *key, bool required)
{
    const yj_yaml *n = yj_form_get(f, map, key, YJ_YAML_SCALAR, required);
    if (!n)
        return NULL;
    if (yj_name_valid(n->text))
        return yj_arena_strdup(f->arena, n->text);
    yj_complain(f, n->line, key, "\"%s\" is no name (a-z, 0-9, _; at most 41; a letter first)", n->text);
    return NULL;
}

bool yj_form_i64(yj_form *f, const yj_yaml *map, const char *key, bool required, int64_t min, int64_t max,
                 int64_t *ret)
{
    const yj_yaml *n = yj_form_get(f, map, key, YJ_YAML_SCALAR, required);
    if (!n)
        return false;
    int64_t v;
    if (!n->plain || !yj_span_i64(yj_span_of(n->text), &v)) {
        yj_complain(f, n->line, key, "must be a whole number");
        return false;
    }
    if (v < min || v > max) {
        yj_complain(f, n->line, key, "must be between %lld and %lld", (long long)min, (long long)max);
        return false;
    }
    *ret = v;
    return true;
}

bool yj_form_bool(yj_form *f, const yj_yaml *map, const char *key, bool *ret)
{
    const yj_yaml *n = yj_form_get(f, map, key, YJ_YAML_SCALAR, false);
    if (!n)
        return false;
    bool yes = n->plain && strcmp(n->text, "true") == 0;
    if (!yes && !(n->plain && strcmp(n->text, "false") == 0)) {
        yj_complain(f, n->line, key, "must be true or false");
        return false;
    }
    *ret = yes;
    return true;
}

bool yj_form_names(yj_form *f, const yj_yaml *map, const char *key, bool required, bool one_ok,
                   const yj_yaml **ret_items, size_t *ret_count)
{
    const yj_yaml *n = yj_yaml_get(map, key);
    *ret_count = 0;
    if (one_ok && n && n->type == YJ_YAML_SCALAR && !yj_yaml_is_null(n)) {
        *ret_items = n;
        *ret_count = 1;
    } else {
        n = yj_form_get(f, map, key, YJ_YAML_LIST, required);
        if (!n)
            return !required;
        *ret_items = n->items;
        *ret_count = n->count;
    }
    bool fine = true;
    if (*ret_count > YJ_FORM_NAMES_MAX) {
        yj_complain(f, n->line, key, "more than %d entries", YJ_FORM_NAMES_MAX);
        *ret_count = 0;
        return false;
    }
    for (size_t i = 0; i < *ret_count; i++) {
        const yj_yaml *one = &(*ret_items)[i];
        if (one->type != YJ_YAML_SCALAR || one->text[0] == '\0') {
            yj_complain(f, one->line, key, "must be a list of names");
            *ret_count = 0;
            return false;
        }
        for (size_t j = 0; j < i; j++) {
            if (strcmp((*ret_items)[j].text, one->text) == 0) {
                yj_complain(f, one->line, key, "\"%s\" stands here twice", one->text);
                fine = false;
                break;
            }
        }
    }
    if (required && *ret_count == 0) {
        yj_complain(f, n->line, key, "must not be empty");
        return false;
    }
    return fine;
}

/* Block forms of YAML end with a line feed that nobody meant. */
static const char *trimmed(yj_arena *a, const char *text)
{
    size_t len = strlen(text);
    while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == ' '))
        len--;
    return yj_arena_strndup(a, text, len);
}

bool yj_form_pair_of(yj_form *f, const yj_yaml *node, const char *key, yj_pair_rule rule, yj_text *ret)
{
    static const char *const keys[] = { "zh", "en", NULL };
    static const yj_lang langs[] = { YJ_LANG_ZH, YJ_LANG_EN };
    bool fine = true;
    size_t mark = yj_form_in(f, key);
    if (!yj_form_keys(f, node, keys)) {
        yj_form_out(f, mark);
        return false;
    }
    yj_text out = { { NULL, NULL } };
    for (size_t i = 0; keys[i]; i++) {
        const yj_yaml *n = yj_form_get(f, node, keys[i], YJ_YAML_SCALAR, true);
        const char *text = n ? trimmed(f->arena, n->text) : NULL;
        if (text && !text[0])
            yj_complain(f, n->line, keys[i], "must not be empty");
        else if (text && !rule.lines && strchr(text, '\n'))
            yj_complain(f, n->line, keys[i], "must be one line");
        else if (text && is_longer(text, rule.max))
            yj_complain(f, n->line, keys[i], "is longer than %zu characters", rule.max);
        else if (text)
            out.in[langs[i]] = text;
        fine = fine && out.in[langs[i]];
    }
    yj_form_out(f, mark);
    if (fine)
        *ret = out;
    return fine;
}

bool yj_form_pair(yj_form *f, const yj_yaml *map, const char *key, bool required, yj_pair_rule rule,
                  yj_text *ret)
{
    const yj_yaml *n = yj_form_get(f, map, key, YJ_YAML_MAP, required);
    return n && yj_form_pair_of(f, n, key, rule, ret);
}

void *yj_vec_push(yj_arena *a, yj_vec *v, size_t size)
{
    if (v->count == v->cap) {
        size_t cap = v->cap ? v->cap * 2 : 8;
        char *items = yj_arena_array(a, cap, size);
        if (v->count)
            memcpy(items, v->items, v->count * size);
        v->items = items;
        v->cap = cap;
    }
    char *items = v->items;
    return items + v->count++ * size;
}
