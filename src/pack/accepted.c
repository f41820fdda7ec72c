// SPDX-License-Identifier: Apache-2.0
/*
 * What the check of the rules found, kept: {"RULE":{"columns":[...],"reads":[["TABLE","COLUMN"],...],
 * "today":true},...}. Packs whose files are the same to the last byte need no second check by the same
 * program, and the check is most of what loading costs.
 */
#include "pack/load.h"
#include <stdio.h>

yj_status yj_catalog_findings(const yj_catalog *c, yj_buf *out, yj_error *err)
{
    yj_jw w;
    yj_jw_init(&w, out);
    yj_jw_object(&w);
    for (size_t i = 0; i < c->rule_count; i++) {
        const yj_rule_shape *s = &c->rules[i].shape;
        yj_jw_key(&w, c->rules[i].name);
        yj_jw_object(&w);
        yj_jw_key(&w, "columns");
        yj_jw_array(&w);
        for (size_t j = 0; j < s->column_count; j++)
            yj_jw_str(&w, s->columns[j]);
        yj_jw_end_array(&w);
        yj_jw_key(&w, "reads");
        yj_jw_array(&w);
        for (size_t j = 0; j < s->read_count; j++) {
            yj_jw_array(&w);
            yj_jw_str(&w, s->reads[j].table);
            yj_jw_str(&w, s->reads[j].column);
            yj_jw_end_array(&w);
        }
        yj_jw_end_array(&w);
        yj_jw_kbool(&w, "today", s->reads_today);
        yj_jw_end_object(&w);
    }
    yj_jw_end_object(&w);
    return yj_buf_status(out, err);
}

static bool take_name(const json_t *v, char (*ret)[64])
{
    const char *s = json_string_value(v);
    return s && snprintf(*ret, sizeof *ret, "%s", s) < (int)sizeof *ret;
}

static bool take_shape(const json_t *found, yj_arena *a, yj_rule_shape *ret)
{
    const json_t *columns = json_object_get(found, "columns"), *reads = json_object_get(found, "reads");
    const json_t *today = json_object_get(found, "today");
    bool ok = json_is_array(columns) && json_is_array(reads) && json_is_boolean(today);
    ret->column_count = json_array_size(columns);
    ret->read_count = json_array_size(reads);
    ret->columns = yj_arena_array(a, ret->column_count + 1, sizeof *ret->columns);
    ret->reads = yj_arena_array(a, ret->read_count + 1, sizeof *ret->reads);
    ret->reads_today = json_is_true(today);
    for (size_t i = 0; ok && i < ret->column_count; i++)
        ok = take_name(json_array_get(columns, i), &ret->columns[i]);
    for (size_t i = 0; ok && i < ret->read_count; i++) {
        const json_t *r = json_array_get(reads, i);
        ok = take_name(json_array_get(r, 0), &ret->reads[i].table) &&
             take_name(json_array_get(r, 1), &ret->reads[i].column);
    }
    return ok;
}

bool yj_load_take_kept(yj_loader *l, yj_load_rule *r)
{
    return take_shape(json_object_get(l->how.kept, r->r.name), l->arena, &r->r.shape);
}

yj_status yj_catalog_load_known(const yj_pack_source *const *sources, size_t count, const json_t *kept,
                                yj_catalog **ret, bool *ret_checked, yj_error *err)
{
    yj_load_how how = { .prepared_trees = true, .prepared_rules = yj_prepared_knows_rules(sources, count) };
    *ret_checked = false;
    if (how.prepared_rules)
        return yj_load_with(sources, count, &how, ret, NULL, 0, NULL, err);
    how.kept = kept;
    if (kept && yj_load_with(sources, count, &how, ret, NULL, 0, NULL, NULL) == YJ_OK)
        return YJ_OK;
    how.kept = NULL;
    *ret_checked = true;
    return yj_load_with(sources, count, &how, ret, NULL, 0, NULL, err);
}
