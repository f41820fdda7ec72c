// SPDX-License-Identifier: Apache-2.0
/*
 * From rows to changes, on a reader's snapshot: each row finds its record by id or by key, each reference its
 * record in the store or among the rows. In which order they are written: import_order.c.
 */
#include "record/import.h"

#include "base/csv.h"
#include "record/read.h"
#include <stdlib.h>

#define STEP_ROWS 256 /* checked between two looks of who looks on */

/* --- a table of the rows by key and by id ----------------------------------------------------- */

static size_t hash_of(int kind, const char *text)
{
    size_t h = 1469598103934665603u ^ (size_t)kind;
    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * 1099511628211u;
    return h;
}

static yj_import_row *lookup(const yj_import_plan *p, int kind, const char *text)
{
    for (size_t i = hash_of(kind, text) & p->slot_mask; p->slots[i]; i = (i + 1) & p->slot_mask) {
        yj_import_row *r = &p->rows[p->slots[i] - 1];
        if (r->kind == kind &&
            ((r->key && strcmp(r->key, text) == 0) || (r->id_key && strcmp(r->id_key, text) == 0) ||
             (r->given_id && strcmp(r->given_id, text) == 0)))
            return r;
    }
    return NULL;
}

static void insert(yj_import_plan *p, const yj_import_row *r, const char *text)
{
    size_t i = hash_of(r->kind, text) & p->slot_mask;
    while (p->slots[i])
        i = (i + 1) & p->slot_mask;
    p->slots[i] = (size_t)(r - p->rows) + 1;
}

/* --- keys ------------------------------------------------------------------------------------- */

static const char *written(yj_import_plan *p, const yj_field *f, const json_t *v)
{
    if (json_is_integer(v))
        return yj_arena_fmt(p->a, "%lld", (long long)json_integer_value(v));
    if (!json_is_string(v))
        return NULL;
    int64_t scaled = 0;
    if (f->type == YJ_T_DECIMAL && yj_decimal_parse(yj_span_of(json_string_value(v)), f->scale, &scaled)) {
        yj_buf b;
        yj_buf_init(&b, 64);
        yj_decimal_format(scaled, f->scale, &b);
        const char *s = yj_arena_strdup(p->a, b.ptr);
        yj_buf_done(&b);
        return s;
    }
    return json_string_value(v);
}

/* The key as written in the row; NULL if it is not all there, or names by id what may be of any kind. */
static const char *key_of_row(yj_import_plan *p, const yj_import_row *r)
{
    const yj_kind *k = &p->c->kinds[r->kind];
    const char *key = NULL;
    for (size_t i = 0; i < k->key_count; i++) {
        const yj_field *f = &k->fields[k->key[i]];
        const json_t *v = json_object_get(r->fields, f->name);
        const char *part = v ? written(p, f, v) : NULL;
        if (!part || (yj_kind_key_any(k) && (f->type == YJ_T_REF || f->kind_from >= 0) &&
                      strncmp(part, "id:", 3) == 0))
            return NULL;
        key = key ? yj_arena_fmt(p->a, "%s / %s", key, part) : part;
    }
    return key;
}

static void complain_twin(yj_import_plan *p, const yj_import_row *r, const yj_import_row *twin)
{
    yj_error why = { 0 };
    (void)yj_fail(&why, YJ_E_INVALID, "line %zu of %s names the same record", twin->line, twin->file);
    yj_import_complain_row(p, r, NULL, &why);
}

static void index_rows(yj_import_plan *p)
{
    size_t size = 64;
    while (size < 6 * p->row_count)
        size *= 2;
    p->slots = yj_arena_array(p->a, size, sizeof *p->slots);
    p->slot_mask = size - 1;
    for (size_t i = 0; i < p->row_count; i++) {
        yj_import_row *r = &p->rows[i];
        const char *key = key_of_row(p, r);
        yj_error why = { 0 };
        if (r->given_id && !yj_uuid_valid(yj_span_of(r->given_id))) {
            (void)yj_fail(&why, YJ_E_INVALID, "the id is not one of this system");
            yj_import_complain_row(p, r, "id", &why);
            r->given_id = NULL;
        }
        /* a key that names a record of any kind is compared when that is resolved */
        bool later = yj_kind_key_any(&p->c->kinds[r->kind]) != NULL;
        const yj_import_row *twin = key && !later ? lookup(p, r->kind, key) : NULL;
        if (!twin && r->given_id)
            twin = lookup(p, r->kind, r->given_id);
        if (twin)
            complain_twin(p, r, twin);
        r->key = key;
        if (key)
            insert(p, r, key);
        if (r->given_id)
            insert(p, r, r->given_id);
    }
}

/* --- which record? ---------------------------------------------------------------------------- */

static yj_status match_row(yj_import_plan *p, yj_db *db, yj_import_row *r, yj_error *err)
{
    const yj_kind *k = &p->c->kinds[r->kind];
    yj_error why = { 0 };
    yj_status s = YJ_E_NOT_FOUND;
    if (r->given_id)
        s = yj_record_find_in(db, p->c, p->inst, k, r->given_id, 0, r->id, &why);
    else if (r->key)
        s = yj_record_find_in(db, p->c, p->inst, k, r->id_key ? r->id_key : r->key, 0, r->id, &why);
    if (s == YJ_OK) {
        r->exists = true;
        return YJ_OK;
    }
    if (s == YJ_E_CONFLICT) {
        yj_import_complain_row(p, r, NULL, &why);
        return YJ_OK;
    }
    if (s != YJ_E_NOT_FOUND) {
        *err = why;
        return s;
    }
    if (r->given_id)
        memcpy(r->id, r->given_id, sizeof r->id);
    else
        yj_uuid7(yj_engine_now(p->e), r->id);
    return YJ_OK;
}

/* --- references ------------------------------------------------------------------------------- */

static yj_status match_later(yj_import_plan *p, yj_db *db, yj_import_row *r, yj_error *err);

static yj_status resolve(yj_import_plan *p, yj_db *db, const yj_import_row *r, const yj_field *f,
                         const yj_kind *to, const json_t *v, json_t **ret, yj_error *err)
{
    yj_error why = { 0 };
    *ret = NULL;
    const char *text = json_string_value(v);
    if (text) {
        const char *bare = strncmp(text, "id:", 3) == 0 ? text + 3 : text;
        yj_import_row *other = lookup(p, to->index, bare);
        char id[YJ_UUID_LEN + 1];
        yj_status s = YJ_OK;
        if (other && !other->id[0])
            YJ_TRY(match_later(p, db, other, err));
        if (other && other->id[0])
            memcpy(id, other->id, sizeof id);
        else
            s = yj_record_find_in(db, p->c, p->inst, to, text, 0, id, &why);
        if (s == YJ_OK) {
            *ret = json_string(id);
            return *ret ? YJ_OK : yj_fail(err, YJ_E_NOMEM, "out of memory");
        }
        if (s != YJ_E_NOT_FOUND && s != YJ_E_CONFLICT) {
            *err = why;
            return s;
        }
    }
    (void)yj_fail(&why, YJ_E_INVALID, "field %s names no record of kind %s of this institution: %.120s",
                  f->name, to->name, text ? text : "");
    yj_import_complain_row(p, r, f->name, &why);
    return YJ_OK;
}

static void complain_kindless(yj_import_plan *p, const yj_import_row *r, const yj_field *f)
{
    yj_error why = { 0 };
    const yj_field *from = &p->c->kinds[r->kind].fields[f->kind_from];
    bool given = json_is_string(json_object_get(r->fields, from->name));
    if (given)
        (void)yj_fail(&why, YJ_E_INVALID, "field %s must name a kind of record", from->name);
    else
        (void)yj_fail(&why, YJ_E_INVALID,
                      "field %s needs field %s beside it: the kind of the record it names", f->name,
                      from->name);
    yj_import_complain_row(p, r, given ? from->name : f->name, &why);
}

static yj_status resolve_list(yj_import_plan *p, yj_db *db, const yj_import_row *r, const yj_field *f,
                              const json_t *v, json_t **ret, yj_error *err)
{
    json_t *list = json_array();
    yj_status s = list ? YJ_OK : yj_fail(err, YJ_E_NOMEM, "out of memory");
    for (size_t i = 0; s == YJ_OK && i < json_array_size(v); i++) {
        json_t *one = NULL;
        s = resolve(p, db, r, f, &p->c->kinds[f->ref_kind], json_array_get(v, i), &one, err);
        if (s == YJ_OK && one)
            json_array_append_new(list, one);
    }
    if (s != YJ_OK)
        json_decref(list);
    else
        *ret = list;
    return s;
}

static yj_status resolve_field(yj_import_plan *p, yj_db *db, yj_import_row *r, const yj_field *f,
                               yj_error *err)
{
    const yj_kind *to = yj_field_target(p->c, &p->c->kinds[r->kind], f, r->fields);
    const json_t *v = json_object_get(r->fields, f->name);
    json_t *id = NULL;
    if (!v || json_is_null(v) || (f->list && !json_is_array(v)))
        return YJ_OK;
    if (to)
        YJ_TRY(f->list ? resolve_list(p, db, r, f, v, &id, err) : resolve(p, db, r, f, to, v, &id, err));
    else
        complain_kindless(p, r, f);
    if (id)
        json_object_set_new(r->fields, f->name, id);
    else
        json_object_del(r->fields, f->name); /* complained about already */
    return YJ_OK;
}

static yj_status resolve_refs(yj_import_plan *p, yj_db *db, yj_import_row *r, yj_error *err)
{
    const yj_kind *k = &p->c->kinds[r->kind];
    for (size_t i = 0; i < k->field_count; i++)
        if (k->fields[i].type == YJ_T_REF)
            YJ_TRY(resolve_field(p, db, r, &k->fields[i], err));
    return YJ_OK;
}

/* Records of any kind: the kind stands in a field of the same row, by its name or its label. */
static yj_status resolve_any(yj_import_plan *p, yj_db *db, yj_import_row *r, yj_error *err)
{
    const yj_kind *k = &p->c->kinds[r->kind];
    for (size_t i = 0; i < k->field_count; i++)
        if (k->fields[i].kind_from >= 0)
            YJ_TRY(resolve_field(p, db, r, &k->fields[i], err));
    for (size_t i = 0; i < k->field_count; i++) {
        const yj_field *f = &k->fields[i];
        const char *name = f->names_kind ? json_string_value(json_object_get(r->fields, f->name)) : NULL;
        const yj_kind *to = name ? yj_catalog_kind_called(p->c, name) : NULL;
        if (to)
            json_object_set_new(r->fields, f->name, json_string(to->name));
    }
    return YJ_OK;
}

/* A row whose key names a record of any kind: known by its key only now. */
static yj_status match_later(yj_import_plan *p, yj_db *db, yj_import_row *r, yj_error *err)
{
    if (r->id[0] || r->matching)
        return YJ_OK;
    r->matching = true; /* a row that names itself, by way of others, is not found */
    YJ_TRY(resolve_any(p, db, r, err));
    const char *id_key = r->key ? key_of_row(p, r) : NULL;
    const yj_import_row *twin = id_key ? lookup(p, r->kind, id_key) : NULL;
    if (twin && twin != r)
        complain_twin(p, r, twin);
    r->id_key = id_key;
    if (id_key)
        insert(p, r, id_key);
    return match_row(p, db, r, err);
}

/* --- what differs? ---------------------------------------------------------------------------- */

static bool same_value(const yj_field *f, const json_t *now, const json_t *v)
{
    if (json_is_null(v) || (f->list && json_array_size(v) == 0))
        return !now;
    int64_t a = 0, b = 0;
    if (f->type == YJ_T_DECIMAL && json_is_string(now) && json_is_string(v))
        return yj_decimal_parse(yj_span_of(json_string_value(now)), f->scale, &a) &&
               yj_decimal_parse(yj_span_of(json_string_value(v)), f->scale, &b) && a == b;
    return now && json_equal(now, v);
}

static yj_status plan_state(yj_import_plan *p, yj_import_row *r, const char *now)
{
    const yj_kind *k = &p->c->kinds[r->kind];
    yj_error why = { 0 };
    int to = yj_kind_state(k, yj_span_of(r->state)), from = now ? yj_kind_state(k, yj_span_of(now)) : -1;
    if (to < 0 || (!now && strcmp(r->state, YJ_STATE_WITHDRAWN) == 0)) {
        (void)yj_fail(&why, YJ_E_INVALID, "kind %s has no state of that name", k->name);
        yj_import_complain_row(p, r, "state", &why);
        return YJ_E_INVALID;
    }
    if (!now || from == to)
        return YJ_OK;
    for (size_t i = 0; i < k->transition_count; i++)
        if (from >= 0 && k->transitions[i].to == to && k->transitions[i].from >> from & 1) {
            r->transition = k->transitions[i].id;
            return YJ_OK;
        }
    (void)yj_fail(&why, YJ_E_INVALID, "no transition leads from state %s to state %s", now, r->state);
    yj_import_complain_row(p, r, "state", &why);
    return YJ_E_INVALID;
}

/* Does the row give a kind and leave the record of that kind as it was? */
static bool names_half(const yj_kind *k, const json_t *fields)
{
    for (size_t i = 0; i < k->field_count; i++) {
        const yj_field *f = &k->fields[i];
        if (f->kind_from >= 0 && !json_object_get(fields, f->name) &&
            json_object_get(fields, k->fields[f->kind_from].name))
            return true;
    }
    return false;
}

/* May the acting person do with the record what the row says? A refusal is complained of.
 * @param old fields of a record that is there; else NULL
 * @return what keeps the question from being answered */
static yj_status ask(yj_import_plan *p, yj_db *db, const yj_import_row *r, yj_act act, int transition,
                     int state, const json_t *old, const json_t *fields, bool *ret_refused, yj_error *err)
{
    yj_error why = { 0 };
    yj_asked q = { .inst = p->inst,
                   .kind = &p->c->kinds[r->kind],
                   .act = act,
                   .transition = transition,
                   .state = state,
                   .id = old ? r->id : NULL,
                   .old = old,
                   .fields = fields };
    yj_status s = yj_allowed(db, p->c, &p->actor, &q, p->a, NULL, &why);
    *ret_refused = s == YJ_E_FORBIDDEN || s == YJ_E_CONFLICT;
    if (*ret_refused)
        yj_import_complain_row(p, r, act == YJ_ACT_MOVE || why.field[0] ? "state" : NULL, &why);
    else if (s != YJ_OK)
        *err = why;
    return *ret_refused ? YJ_OK : s;
}

static yj_status tell(const yj_import_plan *p, const yj_import_row *r, const char *field, yj_span from,
                      yj_span to, yj_error *err)
{
    yj_import_difference d = { .file = r->file,
                               .line = r->line,
                               .kind = p->c->kinds[r->kind].name,
                               .name = r->key ? r->key : r->id,
                               .field = field,
                               .from = from,
                               .to = to };
    return p->watch->differs(p->watch->ctx, &d, err);
}

/* @param old, merged fields before and afterwards */
static yj_status tell_field(yj_import_plan *p, yj_db *db, const yj_import_row *r, const yj_field *f,
                            const json_t *old, const json_t *merged, yj_error *err)
{
    const yj_kind *k = &p->c->kinds[r->kind];
    yj_auto(yj_buf_done) yj_buf from, to;
    yj_buf_init(&from, YJ_CSV_CELL_BYTES_MAX);
    yj_buf_init(&to, YJ_CSV_CELL_BYTES_MAX);
    YJ_TRY(yj_import_cell(db, p->c, p->inst, k, f, old, &from, err));
    YJ_TRY(yj_import_cell(db, p->c, p->inst, k, f, merged, &to, err));
    YJ_TRY(yj_buf_status(&from, err));
    YJ_TRY(yj_buf_status(&to, err));
    return tell(p, r, f->name, yj_buf_view(&from), yj_buf_view(&to), err);
}

/* To who looks on: what differs of a record that is there. */
static yj_status tell_differences(yj_import_plan *p, yj_db *db, const yj_import_row *r, const json_t *now,
                                  const json_t *merged, yj_error *err)
{
    const yj_kind *k = &p->c->kinds[r->kind];
    const json_t *old = json_object_get(now, "fields");
    const char *state = json_string_value(json_object_get(now, "state"));
    if (!p->watch || !p->watch->differs)
        return YJ_OK;
    for (size_t i = 0; i < k->field_count; i++) {
        const json_t *v = json_object_get(r->fields, k->fields[i].name);
        if (v && !same_value(&k->fields[i], json_object_get(old, k->fields[i].name), v))
            YJ_TRY(tell_field(p, db, r, &k->fields[i], old, merged, err));
    }
    return r->transition ? tell(p, r, "state", yj_span_of(state ? state : ""), yj_span_of(r->state), err)
                         : YJ_OK;
}

static yj_status compare(yj_import_plan *p, yj_db *db, yj_import_row *r, yj_error *err)
{
    const yj_kind *k = &p->c->kinds[r->kind];
    yj_buf b;
    yj_buf_init(&b, 2 * YJ_BODY_BYTES_MAX);
    yj_status s = yj_record_get(db, p->c, p->inst, k, r->id, -1, YJ_LANG_ZH, &b, NULL, err);
    yj_auto(yj_json_freep) json_t *now = NULL;
    if (s == YJ_OK)
        s = yj_json_parse(yj_buf_view(&b), 2 * YJ_BODY_BYTES_MAX, &now, err);
    yj_buf_done(&b);
    YJ_TRY(s);
    const json_t *fields = json_object_get(now, "fields");
    yj_import_drop_lent(r, k, fields);
    if (r->state && plan_state(p, r, json_string_value(json_object_get(now, "state"))) != YJ_OK)
        return YJ_OK;
    bool same = true;
    yj_auto(yj_json_freep) json_t *merged = json_copy((json_t *)(uintptr_t)fields);
    const char *name = NULL;
    json_t *v = NULL;
    json_object_foreach(r->fields, name, v)
    {
        const yj_field *f = yj_kind_field(k, yj_span_of(name));
        same = same && same_value(f, json_object_get(fields, name), v);
        if (json_is_null(v))
            json_object_del(merged, name);
        else
            json_object_set(merged, name, v);
    }
    YJ_TRY(tell_differences(p, db, r, now, merged, err));
    yj_error why = { 0 };
    bool refused = false;
    int state = yj_kind_state(k, yj_span_of(json_string_value(json_object_get(now, "state"))));
    if (!same)
        YJ_TRY(ask(p, db, r, YJ_ACT_CHANGE, -1, state, fields, merged, &refused, err));
    if (r->transition && !refused)
        YJ_TRY(ask(p, db, r, YJ_ACT_MOVE, yj_kind_transition(k, yj_span_of(r->transition)), state, fields,
                   merged, &refused, err));
    if (refused)
        return YJ_OK;
    if (names_half(k, r->fields) && yj_named_records(db, p->c, p->inst, k, NULL, merged, NULL, &why) != YJ_OK)
        yj_import_complain_row(p, r, NULL, &why);
    r->same = same;
    r->skip = same && !r->transition;
    if (!same && (yj_roles_check(db, p->c, p->inst, k, fields, merged, &why) != YJ_OK ||
                  yj_record_check(k, merged, &why) != YJ_OK ||
                  yj_requirements_check(p->c, k, fields, merged, &why) != YJ_OK))
        yj_import_complain_row(p, r, NULL, &why);
    if (r->skip)
        p->report->unchanged++;
    else if (!same)
        p->report->changed++;
    if (r->transition)
        p->report->moved++;
    return YJ_OK;
}

static yj_status check_row(yj_import_plan *p, yj_db *db, yj_import_row *r, yj_error *err)
{
    const yj_kind *k = &p->c->kinds[r->kind];
    yj_error why = { 0 };
    if (yj_fields_check(p->c, k, r->fields, &why) != YJ_OK) {
        yj_import_complain_row(p, r, NULL, &why);
        return YJ_OK;
    }
    if (r->exists)
        return compare(p, db, r, err);
    if (p->watch && p->watch->differs)
        YJ_TRY(tell(p, r, NULL, YJ_SPAN(""), YJ_SPAN(""), err));
    const char *name = NULL;
    json_t *v = NULL;
    void *tmp = NULL;
    json_object_foreach_safe(r->fields, tmp, name, v)
    {
        if (json_is_null(v))
            json_object_del(r->fields, name);
    }
    bool refused = false;
    int state = r->state ? yj_kind_state(k, yj_span_of(r->state)) : k->initial;
    if (state >= 0) /* else it is complained of below */
        YJ_TRY(ask(p, db, r, YJ_ACT_CREATE, -1, state, NULL, r->fields, &refused, err));
    if (refused)
        return YJ_OK;
    if (yj_roles_check(db, p->c, p->inst, k, NULL, r->fields, &why) != YJ_OK ||
        yj_record_check(k, r->fields, &why) != YJ_OK ||
        yj_requirements_check(p->c, k, NULL, r->fields, &why) != YJ_OK)
        yj_import_complain_row(p, r, NULL, &why);
    if (r->state)
        (void)plan_state(p, r, NULL);
    p->report->created++;
    return YJ_OK;
}

yj_status yj_import_match(yj_import_plan *p, yj_db *db, yj_error *err)
{
    YJ_TRY(yj_allowed_actor(p->e, db, p->inst, p->by, p->a, &p->actor, err));
    YJ_TRY(yj_import_take_digests(p, db, err));
    index_rows(p);
    for (size_t i = 0; i < p->row_count; i++)
        if (!yj_kind_key_any(&p->c->kinds[p->rows[i].kind]))
            YJ_TRY(match_row(p, db, &p->rows[i], err));
    for (size_t i = 0; i < p->row_count; i++)
        if (yj_kind_key_any(&p->c->kinds[p->rows[i].kind]))
            YJ_TRY(match_later(p, db, &p->rows[i], err));
        else
            YJ_TRY(resolve_any(p, db, &p->rows[i], err));
    for (size_t i = 0; i < p->row_count; i++)
        YJ_TRY(resolve_refs(p, db, &p->rows[i], err));
    for (size_t i = 0; i < p->row_count; i++) {
        if (i % STEP_ROWS == 0)
            YJ_TRY(yj_import_step(p, p->dry_run ? i : 0, p->row_count, err));
        YJ_TRY(check_row(p, db, &p->rows[i], err));
    }
    YJ_TRY(yj_arena_status(p->a, err));
    return yj_import_order(p, err);
}
