// SPDX-License-Identifier: Apache-2.0
/* views/NAME.sql: a SELECT that several rules share. A rule that names it after FROM or JOIN has it among its
 * WITH tables, on the line of its first word, so that a fault is told by the line of the rule's own file. All
 * that looks at the rule's SQL from then on sees one text, and need not know of views. */
#include "pack/load.h"
#include "pack/sqltext.h"
#include <strings.h>

/* The comment lines at the top and blank ones; *ret_lines counts them. */
static yj_span without_head(yj_span text, int *ret_lines)
{
    *ret_lines = 0;
    while (text.len > 0) {
        const char *end = memchr(text.ptr, '\n', text.len);
        size_t line = end ? (size_t)(end - text.ptr) + 1 : text.len;
        bool comment = text.len > 1 && text.ptr[0] == '-' && text.ptr[1] == '-';
        if (!comment && strspn(text.ptr, " \t\r") != line - (end != NULL))
            break;
        text.ptr += line;
        text.len -= line;
        ++*ret_lines;
    }
    return text;
}

/* On one line and without comments; texts stay as they are. */
static const char *on_one_line(yj_loader *l, const char *sql)
{
    size_t n = 0;
    char *out = yj_arena_strdup(l->arena, sql);
    bool text = false, comment = false;
    for (const char *p = sql; *p; p++) {
        comment = !text && *p != '\n' && (comment || (p[0] == '-' && p[1] == '-'));
        text = !comment && text != (*p == '\'');
        bool blank = !text && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n');
        if (comment || (blank && (n == 0 || out[n - 1] == ' ')))
            continue;
        out[n++] = blank ? ' ' : *p;
    }
    while (n > 0 && out[n - 1] == ' ')
        n--;
    out[n] = '\0';
    return out;
}

static yj_load_view *view_named(yj_loader *l, yj_span name)
{
    for (size_t i = 0; i < l->views.count; i++) {
        yj_load_view *v = yj_vec_at(&l->views, yj_load_view, i);
        if (yj_span_is(name, v->v.name))
            return v;
    }
    return NULL;
}

static void read_view(yj_loader *l, const yj_pack_file *file, const char *stem)
{
    yj_load_view v = { .v = { .pack = l->packs[l->at].info.name }, .pack = l->at };
    v.form = yj_load_form(l, file->path);
    const yj_load_view *old = view_named(l, yj_span_of(stem));
    int lines = 0;
    yj_span sql = without_head(file->content, &lines);
    v.sql_line = lines + 1;
    if (!yj_name_valid(stem))
        yj_complain(&v.form, 0, NULL, "\"%s\" is no name (a-z, 0-9, _; at most 41; a letter first)", stem);
    else if (yj_sql_reserved(stem) || strcmp(stem, "subject") == 0)
        yj_complain(&v.form, 0, NULL, "%s is a word of the rules' SQL and cannot be a name", stem);
    else if (old)
        yj_complain(&v.form, 0, NULL, "pack %s already has a view %s", old->v.pack, stem);
    else if (l->views.count == YJ_PACK_VIEWS_MAX)
        yj_complain(&v.form, 0, NULL, "more than %d views", YJ_PACK_VIEWS_MAX);
    else if (sql.len == 0 || sql.len > YJ_VIEW_SQL_BYTES_MAX || !yj_utf8_valid(sql) ||
             memchr(sql.ptr, '\0', sql.len))
        yj_complain(&v.form, v.sql_line, NULL, "after its comments must come SQL text of at most %zu bytes",
                    YJ_VIEW_SQL_BYTES_MAX);
    else {
        v.text = yj_arena_strndup(l->scratch, sql.ptr, sql.len);
        v.v.name = yj_arena_strdup(l->arena, stem);
        v.v.sql = on_one_line(l, v.text);
        *yj_vec_add(l->scratch, &l->views, yj_load_view) = v;
    }
}

void yj_load_views(yj_loader *l)
{
    const yj_pack_source *s = l->packs[l->at].source;
    char stem[200];
    for (size_t i = 0; i < s->file_count && yj_load_goes_on(l); i++) {
        if (yj_load_path_is(s->files[i].path, "views/", ".sql", stem, sizeof stem))
            read_view(l, &s->files[i], stem);
    }
}

/* --- into the rules ------------------------------------------------------------------------------------- */

static bool is_word(const yj_sql_text *t, size_t i, const char *small)
{
    return i < t->count && t->tokens[i].what == YJ_SQL_WORD && t->tokens[i].s.len == strlen(small) &&
           strncasecmp(t->tokens[i].s.ptr, small, strlen(small)) == 0;
}

/* The views that the text names, each once, in the order of their first places. */
static size_t named_views(yj_loader *l, const yj_sql_text *t, const yj_load_view **ret)
{
    size_t n = 0;
    for (size_t i = 1; i < t->count; i++) {
        const yj_load_view *v =
            is_word(t, i - 1, "from") || is_word(t, i - 1, "join") ? view_named(l, t->tokens[i].s) : NULL;
        bool known = !v || !(l->packs[l->at].sees >> v->pack & 1U);
        for (size_t j = 0; j < n && !known; j++)
            known = ret[j] == v;
        if (!known)
            ret[n++] = v;
    }
    return n;
}

/* Could it? Taking every rule apart to see would cost more than reading it. */
static bool may_name_one(yj_loader *l, const char *sql)
{
    for (size_t i = 0; i < l->views.count; i++)
        if (strstr(sql, yj_vec_at(&l->views, yj_load_view, i)->v.name))
            return true;
    return false;
}

void yj_load_put_views(yj_loader *l, yj_load_rule *r)
{
    if (!may_name_one(l, r->r.sql))
        return;
    const yj_sql_text t = yj_sql_read(l->scratch, yj_span_of(r->r.sql));
    const yj_load_view *views[YJ_PACK_VIEWS_MAX];
    size_t n = named_views(l, &t, views);
    if (n == 0 || !yj_load_goes_on(l))
        return;
    bool with = is_word(&t, 0, "with");
    const yj_span *last = with ? &t.tokens[is_word(&t, 1, "recursive")].s : NULL;
    size_t at = last ? (size_t)(last->ptr + last->len - r->r.sql) : 0;
    yj_rule_view *used = yj_arena_array(l->arena, n, sizeof *used);
    yj_buf sql;
    yj_buf_init(&sql, YJ_RULE_SQL_BYTES_MAX + 1);
    yj_buf_add(&sql, r->r.sql, at);
    if (!with)
        yj_buf_str(&sql, "WITH");
    for (size_t i = 0; i < n; i++) {
        yj_buf_fmt(&sql, "%s %s AS NOT MATERIALIZED (", i ? "," : "", views[i]->v.name);
        used[i] =
            (yj_rule_view){ .view = (int)(views[i] - yj_vec_at(&l->views, yj_load_view, 0)), .at = sql.len };
        yj_buf_fmt(&sql, "%s)", views[i]->v.sql);
    }
    yj_buf_str(&sql, with ? "," : " ");
    size_t end = sql.len;
    yj_buf_str(&sql, r->r.sql + at);
    yj_error e = { .code = YJ_OK };
    yj_status s = yj_buf_status(&sql, &e);
    if (s == YJ_E_NOMEM) {
        yj_load_fail(l, s, &e);
    } else if (s == YJ_OK && sql.len <= YJ_RULE_SQL_BYTES_MAX) {
        r->r.sql = yj_arena_strndup(l->arena, sql.ptr, sql.len);
        r->r.views = used;
        r->r.view_count = n;
        r->r.put_from = at;
        r->r.put_to = end;
    } else {
        yj_complain(&r->form, r->sql_line, NULL,
                    "with the views that it names the SQL is longer than %zu bytes", YJ_RULE_SQL_BYTES_MAX);
        r->broken = true;
    }
    yj_buf_done(&sql);
}

/* --- the whole ------------------------------------------------------------------------------------------ */

/* A view named like a table would stand before it in the rules that mean the table. */
static void check_name(yj_loader *l, yj_load_view *v)
{
    for (size_t i = 0; i < l->kinds.count; i++) {
        const yj_load_kind *k = yj_load_kind_at(l, (int)i);
        size_t n = strlen(k->k.name);
        bool taken = strcmp(k->k.name, v->v.name) == 0;
        if (!taken && strncmp(k->k.name, v->v.name, n) == 0 && v->v.name[n] == '_') {
            int field = yj_load_field(k, v->v.name + n + 1);
            taken = field >= 0 && yj_vec_at(&k->fields, yj_field, field)->list;
        }
        if (taken) {
            yj_complain(&v->form, 0, NULL, "kind %s already gives rules a table %s", k->k.name, v->v.name);
            return;
        }
    }
}

void yj_load_finish_views(yj_loader *l)
{
    yj_view *views = yj_arena_array(l->arena, l->views.count + 1, sizeof *views);
    for (size_t i = 0; i < l->views.count && yj_load_goes_on(l); i++) {
        yj_load_view *v = yj_vec_at(&l->views, yj_load_view, i);
        check_name(l, v);
        views[i] = v->v;
    }
    l->out->views = views;
    l->out->view_count = l->views.count;
}
