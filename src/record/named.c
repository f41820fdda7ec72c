// SPDX-License-Identifier: Apache-2.0
/* Records of any kind that a record names: by an id, and a field that says the kind. */
#include "record/internal.h"
#include "record/read.h"

/* The fields that the record will have: those of now under those given. */
static yj_status merge(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k, const char *id,
                       const json_t *fields, json_t **ret, yj_error *err)
{
    yj_auto(yj_json_freep) json_t *now = NULL;
    yj_auto(yj_json_freep) json_t *all = json_object();
    if (id) {
        yj_buf b;
        yj_buf_init(&b, 2 * YJ_BODY_BYTES_MAX);
        yj_status s = yj_record_get(db, c, inst, k, id, -1, YJ_LANG_ZH, &b, NULL, err);
        if (s == YJ_OK)
            s = yj_json_parse(yj_buf_view(&b), 2 * YJ_BODY_BYTES_MAX, &now, err);
        yj_buf_done(&b);
        YJ_TRY(s);
    }
    if (!all || (now && json_object_update(all, json_object_get(now, "fields")) != 0) ||
        json_object_update(all, (json_t *)(uintptr_t)fields) != 0)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    *ret = yj_take(all);
    return YJ_OK;
}

static yj_status find_one(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k, const yj_field *f,
                          const json_t *all, char ret[static 37], yj_error *err)
{
    const char *from = k->fields[f->kind_from].name, *text = json_string_value(json_object_get(all, f->name));
    const yj_kind *to = yj_field_target(c, k, f, all);
    yj_status s;
    if (!to && json_is_string(json_object_get(all, from))) {
        s = yj_fail(err, YJ_E_INVALID, "field %s must name a kind of record", from);
        (void)yj_error_at(err, "fields.%s", from);
        yj_titles(c, k, err);
        return s;
    }
    if (!to)
        s = yj_fail(err, YJ_E_INVALID, "field %s needs field %s beside it: the kind of the record it names",
                    f->name, from);
    else
        s = yj_record_find(db, c, inst, to, text ? text : "", ret, err);
    if (s == YJ_E_NOT_FOUND)
        s = yj_fail(err, YJ_E_INVALID, "field %s names no record of kind %s of this institution", f->name,
                    to->name);
    if (s != YJ_OK) {
        (void)yj_error_at(err, "fields.%s", f->name);
        yj_titles(c, k, err);
    }
    return s;
}

yj_status yj_named_records(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k, const char *id,
                           const json_t *fields, json_t *keys_to_ids, yj_error *err)
{
    for (size_t i = 0; i < k->field_count; i++) {
        const yj_field *f = &k->fields[i];
        if (f->kind_from < 0)
            continue;
        const char *from = k->fields[f->kind_from].name;
        if (!json_object_get(fields, f->name) && !json_object_get(fields, from))
            continue; /* stays as it is */
        yj_auto(yj_json_freep) json_t *all = NULL;
        YJ_TRY(merge(db, c, inst, k, id, fields, &all, err));
        if (!json_is_string(json_object_get(all, f->name)))
            continue; /* not given, or wrong: the form of the fields says so */
        char found[37];
        YJ_TRY(find_one(db, c, inst, k, f, all, found, err));
        const yj_kind *to = yj_field_target(c, k, f, all);
        if (keys_to_ids && json_object_get(fields, f->name))
            json_object_set_new(keys_to_ids, f->name, json_string(found));
        if (keys_to_ids && json_object_get(fields, from))
            json_object_set_new(keys_to_ids, from, json_string(to->name));
    }
    return YJ_OK;
}
