// SPDX-License-Identifier: Apache-2.0
/* What a change touches: the fields that differ, the references of the old and the new version. */
#include "record/internal.h"

#include <stdlib.h>

static size_t count_refs(const yj_kind *k, const json_t *fields)
{
    size_t n = 0;
    for (size_t i = 0; fields && i < k->field_count; i++) {
        const json_t *v = json_object_get(fields, k->fields[i].name);
        if (k->fields[i].type == YJ_T_REF && v)
            n += k->fields[i].list ? json_array_size(v) : 1;
    }
    return n;
}

static void add_ref(yj_touch_ref *refs, size_t *n, char **text, int field, const json_t *v)
{
    memcpy(*text, json_string_value(v), YJ_UUID_LEN);
    (*text)[YJ_UUID_LEN] = '\0';
    refs[*n] = (yj_touch_ref){ .field = field, .id = *text };
    *text += YJ_UUID_LEN + 1;
    (*n)++;
}

static void add_refs(const yj_kind *k, const json_t *fields, yj_touch_ref *refs, size_t *n, char **text)
{
    for (size_t i = 0; fields && i < k->field_count; i++) {
        const json_t *v = json_object_get(fields, k->fields[i].name);
        if (k->fields[i].type != YJ_T_REF || !v)
            continue;
        if (!k->fields[i].list)
            add_ref(refs, n, text, (int)i, v);
        for (size_t j = 0; k->fields[i].list && j < json_array_size(v); j++)
            add_ref(refs, n, text, (int)i, json_array_get(v, j));
    }
}

static void add_choices(const yj_kind *k, const json_t *fields, yj_touch_choice *choices, size_t *n)
{
    for (size_t i = 0; fields && i < k->field_count; i++) {
        const yj_field *f = &k->fields[i];
        const char *id = f->type == YJ_T_CHOICE ? json_string_value(json_object_get(fields, f->name)) : NULL;
        const yj_option *o = id ? yj_field_option(f, yj_span_of(id)) : NULL;
        if (o)
            choices[(*n)++] = (yj_touch_choice){ (int)i, (int)(o - f->options) };
    }
}

yj_touch_item *yj_touch_make(const yj_kind *k, int64_t inst, uint64_t seq, const char *id, const json_t *old,
                             const json_t *new, bool whole, bool state)
{
    size_t refs = count_refs(k, old) + count_refs(k, new);
    size_t choices_max = 2 * k->field_count;
    size_t bytes = sizeof(yj_touch_item) + refs * (sizeof(yj_touch_ref) + YJ_UUID_LEN + 1) +
                   choices_max * sizeof(yj_touch_choice);
    yj_touch_item *t = calloc(1, bytes);
    if (!t)
        return NULL;
    t->inst = inst;
    t->seq = seq;
    snprintf(t->id, sizeof t->id, "%s", id);
    yj_touch_ref *at = (yj_touch_ref *)(t + 1);
    yj_touch_choice *chosen = (yj_touch_choice *)(at + refs);
    char *text = (char *)(chosen + choices_max);
    size_t n = 0, choices = 0;
    add_choices(k, old, chosen, &choices);
    add_choices(k, new, chosen, &choices);
    add_refs(k, old, at, &n, &text);
    add_refs(k, new, at, &n, &text);
    t->touch = (yj_touch){
        .kind = k->index,
        .id = t->id,
        .whole = whole,
        .state = state,
        .refs = at,
        .ref_count = n,
        .choices = chosen,
        .choice_count = choices,
        .choices_known = new != NULL,
    };
    for (size_t i = 0; i < k->field_count; i++) {
        const json_t *a = old ? json_object_get(old, k->fields[i].name) : NULL;
        const json_t *b = new ? json_object_get(new, k->fields[i].name) : NULL;
        if ((a || b) && !(a && b && json_equal(a, b)))
            t->touch.changed[i / 64] |= UINT64_C(1) << (i % 64);
    }
    return t;
}

void yj_touch_item_free(yj_touch_item *t)
{
    free(t);
}

/* Neither if it was erased: the erasure touches the record as a whole. */
static yj_status fields_of(yj_db *db, int64_t inst, uint64_t seq, json_t **ret_body, json_t **ret_fields,
                           yj_error *err)
{
    YJ_TRY(yj_body_read_json(db, inst, seq, ret_body, err));
    *ret_fields = json_object_get(*ret_body, "fields");
    return YJ_OK;
}

yj_status yj_touch_of_entry(yj_db *db, const yj_catalog *c, int64_t inst, uint64_t seq, yj_touch_item **ret,
                            yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "SELECT kind, record, version, op, time FROM entry WHERE inst = ?1 AND seq = ?2",
                         &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_i64(st, 2, (int64_t)seq);
    bool row = false;
    YJ_TRY(yj_stmt_step(st, &row, err));
    *ret = NULL;
    if (!row)
        return YJ_OK;
    const yj_kind *k = yj_catalog_kind(c, yj_col_text(st, 0));
    if (!k)
        return YJ_OK;
    char id[YJ_UUID_LEN + 1];
    yj_span record = yj_col_text(st, 1);
    snprintf(id, sizeof id, "%.*s", (int)record.len, record.ptr);
    int64_t version = yj_col_i64(st, 2), time_ns = yj_col_i64(st, 4);
    yj_span op = yj_col_text(st, 3);
    bool move = yj_span_is(op, "move");
    bool whole = !move && !yj_span_is(op, "change");

    yj_auto(yj_json_freep) json_t *new_body = NULL;
    yj_auto(yj_json_freep) json_t *old_body = NULL;
    json_t *new_fields = NULL, *old_fields = NULL;
    YJ_TRY(fields_of(db, inst, seq, &new_body, &new_fields, err));
    if (version > 1) {
        yj_auto(yj_stmt_donep) yj_stmt *before = NULL;
        YJ_TRY(yj_db_prepare(
            db,
            "SELECT seq FROM entry WHERE inst = ?1 AND record = ?2 AND seq < ?3 AND version > 0 "
            "ORDER BY seq DESC LIMIT 1",
            &before, err));
        yj_bind_i64(before, 1, inst);
        yj_bind_cstr(before, 2, id);
        yj_bind_i64(before, 3, (int64_t)seq);
        YJ_TRY(yj_stmt_step(before, &row, err));
        if (row)
            YJ_TRY(fields_of(db, inst, (uint64_t)yj_col_i64(before, 0), &old_body, &old_fields, err));
    }
    *ret = yj_touch_make(k, inst, seq, id, old_fields, new_fields, whole || !new_fields, move);
    if (!*ret)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    (*ret)->touch.choices_known &=
        version <= 1 || old_fields != NULL; /* else erased: it may have been anything */
    (*ret)->time_ns = time_ns;
    return YJ_OK;
}
