// SPDX-License-Identifier: Apache-2.0
/* rules/NAME.sql: the front matter in the leading comments, and the text of the SQL. */
#include "pack/load.h"

static const char *const front_keys[] = { "rule", "subject", "params", "reasons", "reach", NULL };

/* The leading comment lines without their dashes, line for line; *ret_lines counts them. */
static yj_span front_matter(yj_arena *a, yj_span text, int *ret_lines, size_t *ret_len)
{
    char *out = yj_arena_alloc(a, text.len + 1);
    size_t n = 0, i = 0;
    int lines = 0;
    while (i + 1 < text.len && text.ptr[i] == '-' && text.ptr[i + 1] == '-') {
        size_t end = i + 2;
        while (end < text.len && text.ptr[end] != '\n')
            end++;
        i += 2;
        if (i < end && text.ptr[i] == ' ')
            i++;
        memcpy(out + n, text.ptr + i, end - i);
        n += end - i;
        out[n++] = '\n';
        i = end < text.len ? end + 1 : end;
        lines++;
    }
    *ret_lines = lines;
    *ret_len = i;
    return (yj_span){ out, n };
}

static yj_load_rule *rule_named(yj_loader *l, const char *name)
{
    for (size_t i = 0; i < l->rules.count; i++) {
        yj_load_rule *r = yj_vec_at(&l->rules, yj_load_rule, i);
        if (strcmp(r->r.name, name) == 0)
            return r;
    }
    return NULL;
}

static void read_subjects(yj_loader *l, yj_load_rule *r)
{
    const yj_yaml *items;
    size_t count;
    if (!yj_form_names(&r->form, r->front, "subject", true, true, &items, &count))
        r->broken = true;
    int *kinds = yj_arena_array(l->arena, count + 1, sizeof *kinds);
    for (size_t i = 0; i < count; i++) {
        int k = yj_load_find_kind(l, &r->form, items[i].line, "subject", items[i].text);
        if (k >= 0)
            kinds[r->r.subject_kind_count++] = k;
        else
            r->broken = true;
    }
    r->r.subject_kinds = kinds;
}

static void read_params(yj_loader *l, yj_load_rule *r)
{
    const yj_yaml *items;
    size_t count;
    if (!yj_form_names(&r->form, r->front, "params", false, false, &items, &count))
        r->broken = true;
    r->params_known = count <= YJ_PACK_PARAMS_MAX;
    if (!r->params_known) {
        yj_complain(&r->form, items[0].line, "params", "more than %d entries", YJ_PACK_PARAMS_MAX);
        count = 0;
        r->broken = true;
    }
    const char **params = yj_arena_array(l->arena, count + 1, sizeof *params);
    for (size_t i = 0; i < count; i++) {
        params[i] = yj_arena_strdup(l->arena, items[i].text);
        if (!yj_name_valid(params[i]))
            yj_complain(&r->form, items[i].line, "params",
                        "\"%s\" is no name (a-z, 0-9, _; at most 41; a letter first)", params[i]);
    }
    r->r.params = params;
    r->r.param_count = count;
}

static void read_rule_reasons(yj_loader *l, yj_load_rule *r)
{
    const yj_yaml *map = yj_form_get(&r->form, r->front, "reasons", YJ_YAML_MAP, true);
    if (!map || map->count == 0 || map->count > YJ_PACK_REASONS_MAX) {
        if (map)
            yj_complain(&r->form, map->line, "reasons", "must have between 1 and %d entries",
                        YJ_PACK_REASONS_MAX);
        r->broken = true;
        return;
    }
    yj_reason *reasons = yj_arena_array(l->arena, map->count, sizeof *reasons);
    size_t mark = yj_form_in(&r->form, "reasons");
    for (size_t i = 0; i < map->count; i++) {
        reasons[i].code = yj_arena_strdup(l->arena, map->keys[i]);
        reasons[i].sentence = (yj_text){ { "", "" } };
        if (!yj_name_valid(map->keys[i]))
            yj_complain(&r->form, map->key_lines[i], NULL,
                        "\"%s\" is no name (a-z, 0-9, _; at most 41; a letter first)", map->keys[i]);
        if (!yj_form_pair_of(&r->form, &map->items[i], map->keys[i], (yj_pair_rule){ .max = 1000 },
                             &reasons[i].sentence))
            r->broken = true;
    }
    yj_form_out(&r->form, mark);
    r->r.reasons = reasons;
    r->r.reason_count = map->count;
}

static void read_front(yj_loader *l, yj_load_rule *r, const char *stem)
{
    yj_form *f = &r->form;
    if (!yj_form_keys(f, r->front, front_keys)) {
        r->broken = true;
        return;
    }
    const char *name = yj_form_name(f, r->front, "rule", true);
    if (name && strcmp(name, stem) != 0)
        yj_complain(f, yj_yaml_get(r->front, "rule")->line, "rule", "the file's name says %s", stem);
    read_subjects(l, r);
    read_params(l, r);
    read_rule_reasons(l, r);
    const char *reach = yj_form_line(f, r->front, "reach", false, 40);
    r->r.reach_all = reach != NULL;
    if (reach && strcmp(reach, "institution") != 0)
        yj_complain(f, yj_yaml_get(r->front, "reach")->line, "reach", "must be institution");
}

static void read_rule(yj_loader *l, const yj_pack_file *file, const char *stem)
{
    yj_load_rule r = { .r = { .pack = l->packs[l->at].info.name }, .pack = l->at };
    r.form = yj_load_form(l, file->path);
    if (!yj_name_valid(stem)) {
        yj_complain(&r.form, 0, NULL, "\"%s\" is no name (a-z, 0-9, _; at most 41; a letter first)", stem);
        return;
    }
    const yj_load_rule *old = rule_named(l, stem);
    if (old) {
        yj_complain(&r.form, 1, "rule", "pack %s already has a rule %s", old->r.pack, stem);
        return;
    }
    if (l->rules.count == YJ_PACK_RULES_MAX) {
        yj_complain(&r.form, 0, NULL, "more than %d rules", YJ_PACK_RULES_MAX);
        return;
    }
    r.r.name = yj_arena_strdup(l->arena, stem);
    int lines, line;
    size_t skip;
    yj_error e = { .code = YJ_OK };
    yj_span front = front_matter(l->scratch, file->content, &lines, &skip);
    yj_span sql = { file->content.ptr + skip, file->content.len - skip };
    while (sql.len > 0 && (*sql.ptr == '\n' || *sql.ptr == '\r')) {
        sql.ptr++;
        sql.len--;
        lines += sql.ptr[-1] == '\n';
    }
    r.sql_line = lines + 1;
    yj_status s = yj_load_parse(l, file, front, &r.front, &line, &e);
    if (s == YJ_E_NOMEM) {
        yj_load_fail(l, s, &e);
        return;
    }
    if (s != YJ_OK) {
        yj_complain_as(&r.form, line, NULL, &e);
        r.broken = true;
    } else {
        read_front(l, &r, stem);
    }
    r.r.sql = "";
    if (sql.len == 0 || sql.len > YJ_RULE_SQL_BYTES_MAX || !yj_utf8_valid(sql) ||
        memchr(sql.ptr, '\0', sql.len)) {
        yj_complain(&r.form, r.sql_line, NULL,
                    "after the front matter must come SQL text of at most %zu bytes", YJ_RULE_SQL_BYTES_MAX);
        r.broken = true;
    } else {
        r.r.sql = yj_arena_strndup(l->arena, sql.ptr, sql.len);
        yj_load_put_views(l, &r);
    }
    *yj_vec_add(l->arena, &l->rules, yj_load_rule) = r;
}

void yj_load_rules(yj_loader *l)
{
    const yj_pack_source *s = l->packs[l->at].source;
    char stem[200];
    for (size_t i = 0; i < s->file_count && yj_load_goes_on(l); i++) {
        if (yj_load_path_is(s->files[i].path, "rules/", ".sql", stem, sizeof stem))
            read_rule(l, &s->files[i], stem);
    }
}
