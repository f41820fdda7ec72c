// SPDX-License-Identifier: Apache-2.0
/* Lists that other programs write (`lists` of a kind, pack/catalog.h): which one is it, and what of a row of
 * it is which field of the kind. Neither kind nor columns are known here. */
#include "record/import.h"

#include "base/json.h"
#include "record/read.h"

/* What came with the file for all of its rows, and what the list itself says otherwise. */
static json_t *texts_of(const yj_list *list, const yj_kind *k, const json_t *set)
{
    json_t *all = json_object();
    const char *name = NULL;
    json_t *v = NULL;
    for (size_t i = 0; list && i < list->field_count; i++)
        if (list->fields[i].otherwise)
            json_object_set_new(all, k->fields[list->fields[i].field].name,
                                json_string(list->fields[i].otherwise));
    json_object_foreach((json_t *)(uintptr_t)set, name, v)
    {
        if (json_string_length(v) > 0)
            json_object_set(all, name, v);
    }
    return all;
}

static void complain_at(yj_import_plan *p, const char *file, const char *field, const yj_error *why)
{
    yj_import_complain(p, file, 0, 0, 0, field, why);
}

/* Does it name fields of the kind, each with a text? */
static bool check_set(yj_import_plan *p, const char *file, const yj_kind *k, const json_t *set)
{
    const char *name = NULL;
    json_t *v = NULL;
    bool fine = true;
    json_object_foreach((json_t *)(uintptr_t)set, name, v)
    {
        yj_error why = { 0 };
        if (yj_kind_field(k, yj_span_of(name)) && json_is_string(v))
            continue;
        (void)yj_fail(&why, YJ_E_INVALID, "kind %s has no field of that name", k->name);
        yj_titles(p->c, k, &why);
        complain_at(p, file, name, &why);
        fine = false;
    }
    return fine;
}

/* A required field of which neither list nor who imports says anything: told once, not with each row. */
static bool check_asked(yj_import_plan *p, const char *file, const yj_kind *k, const yj_list *list,
                        const json_t *all)
{
    bool fine = true;
    for (size_t i = 0; i < list->asked_count; i++) {
        const yj_field *f = &k->fields[list->asked[i]];
        bool listed = false;
        for (size_t n = 0; n < list->field_count; n++)
            listed = listed || (list->fields[n].field == list->asked[i] && list->fields[n].column_count > 0);
        if (!f->required || listed || json_object_get(all, f->name))
            continue;
        yj_error why = { 0 };
        (void)yj_fail(&why, YJ_E_INVALID, "the list does not say it: give it with the import, %s=...",
                      f->name);
        complain_at(p, file, f->name, &why);
        fine = false;
    }
    return fine;
}

bool yj_import_form_make(yj_import_plan *p, const char *file, const yj_kind *k, const yj_list *list,
                         const json_t *set, yj_import_form *ret)
{
    *ret = (yj_import_form){ .k = k, .list = list };
    if (!check_set(p, file, k, set))
        return false;
    json_t *all = texts_of(list, k, set);
    bool fine = !list || check_asked(p, file, k, list, all);
    if (json_object_size(all) > 0) {
        const char *name = NULL;
        json_t *v = NULL;
        ret->given = json_object();
        json_object_foreach(all, name, v)
        {
            const yj_field *f = yj_kind_field(k, yj_span_of(name));
            const yj_span text = { json_string_value(v), json_string_length(v) };
            json_object_set_new(ret->given, name, yj_import_value(f, text));
        }
    }
    json_decref(all);
    return fine;
}

void yj_import_form_done(yj_import_form *f)
{
    json_decref(f->given);
    f->given = NULL;
}

void yj_import_fill(yj_import_row *r, const yj_import_form *form)
{
    const char *name = NULL;
    json_t *v = NULL;
    json_object_foreach(form->given, name, v)
    {
        size_t at = (size_t)(yj_kind_field(form->k, yj_span_of(name)) - form->k->fields);
        if (json_object_get(r->fields, name))
            continue;
        json_object_set(r->fields, name, v);
        r->lent[at / 64] |= UINT64_C(1) << (at % 64);
    }
}

void yj_import_drop_lent(const yj_import_row *r, const yj_kind *k, const json_t *now)
{
    for (size_t i = 0; i < k->field_count; i++)
        if (r->lent[i / 64] >> (i % 64) & 1 && json_object_get(now, k->fields[i].name))
            json_object_del(r->fields, k->fields[i].name);
}

const yj_list *yj_import_list_in(const yj_kind *k, yj_import_has_fn *has, const void *with)
{
    for (size_t i = 0; i < k->list_count; i++) {
        const yj_list *x = &k->lists[i];
        size_t n = 0;
        while (n < x->head_count && has(with, x->columns[x->heads[n]]))
            n++;
        if (n == x->head_count)
            return x;
    }
    return NULL;
}

const yj_list *yj_import_list_any(const yj_catalog *c, yj_import_has_fn *has, const void *with,
                                  const yj_kind **ret_kind)
{
    const yj_list *found = NULL;
    for (size_t i = 0; i < c->kind_count; i++) {
        const yj_list *x = yj_import_list_in(&c->kinds[i], has, with);
        if (x && found) {
            *ret_kind = NULL; /* of which kind, only the file's name can say */
            return NULL;
        }
        if (x) {
            found = x;
            *ret_kind = &c->kinds[i];
        }
    }
    return found;
}

bool yj_import_list_keeps(const yj_list *list, const yj_span *value)
{
    for (size_t i = 0; i < list->without_count; i++)
        for (size_t n = 0; n < list->without[i].value_count; n++)
            if (yj_span_is(value[list->without[i].column], list->without[i].values[n]))
                return false;
    return true;
}

static yj_span last_part(yj_span s)
{
    const char *slash = s.len ? memrchr(s.ptr, '/', s.len) : NULL;
    size_t skip = slash ? (size_t)(slash - s.ptr) + 1 : 0;
    return skip < s.len ? (yj_span){ s.ptr + skip, s.len - skip } : s;
}

void yj_import_list_row(yj_import_row *r, const yj_import_form *form, const yj_span *value)
{
    for (size_t i = 0; i < form->list->field_count; i++) {
        const yj_list_field *x = &form->list->fields[i];
        const yj_field *f = &form->k->fields[x->field];
        yj_span text = YJ_SPAN("");
        for (size_t n = 0; n < x->column_count && !text.len; n++)
            text = value[x->columns[n]];
        if (x->last_part)
            text = last_part(text);
        const char *to = NULL;
        for (size_t n = 0; n < x->value_count && !to; n++)
            if (yj_span_is(text, x->values[n].from))
                to = x->values[n].to;
        if (x->value_count)
            text = yj_span_of(to ? to : "");
        if (text.len)
            json_object_set_new(r->fields, f->name, yj_import_value(f, text));
    }
}

/* --- the list's own digest
 * ------------------------------------------------------------------------------------
 */

void yj_import_list_digest(yj_import_plan *p, const char *file, const yj_import_form *form,
                           const char *sha256)
{
    const yj_list *list = form->list;
    const char *text =
        list->digest_of < 0
            ? NULL
            : json_string_value(json_object_get(form->given, form->k->fields[list->digest_of].name));
    if (!text)
        return;
    yj_import_digest *d = yj_arena_new_of(p->a, yj_import_digest);
    *d = (yj_import_digest){ .next = p->digests,
                             .file = file,
                             .kind = form->k->fields[list->digest_of].ref_kind,
                             .record = yj_arena_strdup(p->a, text),
                             .field = list->digest,
                             .sha256 = yj_arena_strdup(p->a, sha256) };
    p->digests = d;
}

yj_status yj_import_take_digests(yj_import_plan *p, yj_db *db, yj_error *err)
{
    for (const yj_import_digest *d = p->digests; d; d = d->next) {
        char id[YJ_UUID_LEN + 1];
        yj_error why = { 0 };
        yj_status s = yj_record_find_in(db, p->c, p->inst, &p->c->kinds[d->kind], d->record, 0, id, &why);
        if (s == YJ_E_NOT_FOUND || s == YJ_E_CONFLICT)
            continue; /* each row says so, too; or the record comes with another file, and says it itself */
        if (s != YJ_OK) {
            *err = why;
            return s;
        }
        yj_import_row *r = yj_import_add_row(p, d->file, 0, 0, d->kind);
        r->given_id = yj_arena_strdup(p->a, id);
        json_object_set_new(r->fields, d->field, json_string(d->sha256));
        p->report->rows++;
    }
    return YJ_OK;
}
