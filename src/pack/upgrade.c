// SPDX-License-Identifier: Apache-2.0
#include "pack/upgrade.h"

#include "pack/form.h"
#include <stdlib.h>

#define ARENA_MAX ((size_t)64 << 20)

typedef struct kind_way {
    int to;     /* kind of the new catalog, -1: gone */
    int *field; /* by earlier field: field of the new kind, -1: gone */
    int *state; /* by earlier state: state of the new kind */
    bool moved; /* a name is another, or something is gone, or of another type: records are written anew */
} kind_way;

struct yj_upgrade {
    yj_arena *arena;
    const yj_catalog *from, *to;
    kind_way *kinds;
    int *requirements;
    yj_vec notes; /* yj_upgrade_note */
    bool converts;
    yj_complaints *complaints; /* only while it is made */
    yj_form form;
};

static void note(yj_upgrade *u, yj_upgrade_how how, yj_move_what what, const char *name, const char *to,
                 const yj_text *why)
{
    yj_upgrade_note *n = yj_vec_add(u->arena, &u->notes, yj_upgrade_note);
    n->how = how;
    n->what = what;
    n->name = name;
    n->to = to;
    if (why)
        n->why = *why;
}

static const yj_move *move_of(const yj_upgrade *u, yj_move_what what, const char *from)
{
    for (size_t i = 0; i < u->to->move_count; i++)
        if (u->to->moves[i].what == what && strcmp(u->to->moves[i].from, from) == 0)
            return &u->to->moves[i];
    return NULL;
}

/* What something is called now; NULL if it is gone. Notes it. */
static const char *name_now(yj_upgrade *u, yj_move_what what, const char *full, const char *name)
{
    const yj_move *m = move_of(u, what, full);
    if (!m)
        return name;
    note(u, m->to ? YJ_UP_RENAMED : YJ_UP_REMOVED, what, full, m->to, &m->why);
    return m->to;
}

/* --- one kind ------------------------------------------------------------------------------------------- */

static int option_index(const yj_field *f, const char *id)
{
    for (size_t i = 0; i < f->option_count; i++)
        if (strcmp(f->options[i].id, id) == 0)
            return (int)i;
    return -1;
}

static void hold_options(yj_upgrade *u, kind_way *w, const yj_kind *k, const yj_field *a, const yj_field *b)
{
    for (size_t i = 0; b->type == YJ_T_CHOICE && i < a->option_count; i++) {
        const char *full = yj_arena_fmt(u->arena, "%s.%s.%s", k->name, a->name, a->options[i].id);
        const yj_move *m = move_of(u, YJ_MOVE_OPTION, full);
        const char *now = name_now(u, YJ_MOVE_OPTION, full, a->options[i].id);
        w->moved |= m != NULL;
        if (!m && option_index(b, now) < 0)
            yj_complain(&u->form, 0, full, "option %s is gone: upgrade.yaml must say what becomes of it",
                        full);
    }
    for (size_t i = 0; a->type == YJ_T_CHOICE && i < b->option_count; i++)
        if (option_index(a, b->options[i].id) < 0)
            note(u, YJ_UP_ADDED, YJ_MOVE_OPTION,
                 yj_arena_fmt(u->arena, "%s.%s.%s", u->to->kinds[w->to].name, b->name, b->options[i].id),
                 NULL, NULL);
}

static bool kept_apart(const yj_field *f)
{
    return f->type == YJ_T_INTEGER || f->type == YJ_T_DECIMAL || f->type == YJ_T_BOOL;
}

static void hold_field(yj_upgrade *u, kind_way *w, const yj_kind *k, int i)
{
    const yj_field *a = &k->fields[i];
    const yj_kind *to = &u->to->kinds[w->to];
    const char *full = yj_arena_fmt(u->arena, "%s.%s", k->name, a->name);
    const char *now = name_now(u, YJ_MOVE_FIELD, full, a->name);
    const yj_field *b = now ? yj_kind_field(to, yj_span_of(now)) : NULL;
    w->field[i] = b ? (int)(b - to->fields) : -1;
    if (!b) {
        w->moved = true;
        if (now)
            yj_complain(&u->form, 0, full, "field %s is gone: upgrade.yaml must say what becomes of it",
                        full);
        return;
    }
    w->moved |= strcmp(a->name, b->name) != 0 || a->list != b->list || kept_apart(a) != kept_apart(b) ||
                (a->type == YJ_T_DECIMAL && b->type == YJ_T_DECIMAL && a->scale != b->scale) ||
                (kept_apart(a) && a->type != b->type);
    int same = a->ref_kind < 0 ? -1 : u->kinds[a->ref_kind].to;
    if (a->type == YJ_T_REF && b->type == YJ_T_REF && same != b->ref_kind)
        yj_complain(&u->form, 0, full, "field %s refers to another kind in the new edition", full);
    hold_options(u, w, k, a, b);
}

static void hold_states(yj_upgrade *u, kind_way *w, const yj_kind *k)
{
    const yj_kind *to = &u->to->kinds[w->to];
    for (size_t i = 0; i < k->state_count; i++) {
        const char *full = yj_arena_fmt(u->arena, "%s.%s", k->name, k->states[i].id);
        const char *now = name_now(u, YJ_MOVE_STATE, full, k->states[i].id);
        w->moved |= strcmp(now, k->states[i].id) != 0;
        w->state[i] = yj_kind_state(to, yj_span_of(now));
        if (w->state[i] < 0)
            yj_complain(&u->form, 0, full, "state %s is gone: upgrade.yaml must say what becomes of it",
                        full);
    }
    for (size_t i = 0; i < to->state_count; i++)
        if (yj_kind_state(k, yj_span_of(to->states[i].id)) < 0)
            note(u, YJ_UP_ADDED, YJ_MOVE_STATE, yj_arena_fmt(u->arena, "%s.%s", to->name, to->states[i].id),
                 NULL, NULL);
}

static void hold_kind(yj_upgrade *u, const yj_kind *k)
{
    kind_way *w = &u->kinds[k->index];
    w->field = yj_arena_array(u->arena, k->field_count + 1, sizeof *w->field);
    w->state = yj_arena_array(u->arena, k->state_count + 1, sizeof *w->state);
    if (w->to < 0)
        return;
    const yj_kind *to = &u->to->kinds[w->to];
    if (to->installation != k->installation)
        yj_complain(&u->form, 0, k->name, "kind %s belongs elsewhere in the new edition", k->name);
    bool *known = yj_arena_array(u->arena, to->field_count + 1, sizeof *known);
    for (size_t i = 0; i < k->field_count; i++) {
        hold_field(u, w, k, (int)i);
        if (w->field[i] >= 0)
            known[w->field[i]] = true;
    }
    for (size_t i = 0; i < to->field_count; i++)
        if (!known[i])
            note(u, YJ_UP_ADDED, YJ_MOVE_FIELD, yj_arena_fmt(u->arena, "%s.%s", to->name, to->fields[i].name),
                 NULL, NULL);
    hold_states(u, w, k);
}

/* --- the whole ------------------------------------------------------------------------------------------ */

static void hold_kinds(yj_upgrade *u)
{
    u->kinds = yj_arena_array(u->arena, u->from->kind_count + 1, sizeof *u->kinds);
    bool *known = yj_arena_array(u->arena, u->to->kind_count + 1, sizeof *known);
    for (size_t i = 0; i < u->from->kind_count; i++) {
        const yj_kind *k = &u->from->kinds[i];
        const char *now = name_now(u, YJ_MOVE_KIND, k->name, k->name);
        const yj_kind *to = now ? yj_catalog_kind(u->to, yj_span_of(now)) : NULL;
        u->kinds[i].to = to ? to->index : -1;
        u->kinds[i].moved = !to || strcmp(to->name, k->name) != 0;
        if (to)
            known[to->index] = true;
        else if (now)
            yj_complain(&u->form, 0, k->name, "kind %s is gone: upgrade.yaml must say what becomes of it",
                        k->name);
    }
    for (size_t i = 0; i < u->to->kind_count; i++)
        if (!known[i])
            note(u, YJ_UP_ADDED, YJ_MOVE_KIND, u->to->kinds[i].name, NULL, NULL);
    for (size_t i = 0; i < u->from->kind_count; i++) {
        hold_kind(u, &u->from->kinds[i]);
        u->converts |= u->kinds[i].moved;
    }
}

static void hold_requirements(yj_upgrade *u)
{
    u->requirements = yj_arena_array(u->arena, u->from->requirement_count + 1, sizeof *u->requirements);
    bool *known = yj_arena_array(u->arena, u->to->requirement_count + 1, sizeof *known);
    for (size_t i = 0; i < u->from->requirement_count; i++) {
        const char *id = u->from->requirements[i].id, *now = name_now(u, YJ_MOVE_REQUIREMENT, id, id);
        const yj_requirement *to = now ? yj_catalog_requirement(u->to, yj_span_of(now)) : NULL;
        u->requirements[i] = to ? to->index : -1;
        if (to)
            known[to->index] = true;
        else if (now)
            yj_complain(&u->form, 0, id, "requirement %s is gone: upgrade.yaml must say what becomes of it",
                        id);
        u->converts |= to && strcmp(to->id, id) != 0; /* records may name it */
    }
    for (size_t i = 0; i < u->to->requirement_count; i++)
        if (!known[i])
            note(u, YJ_UP_ADDED, YJ_MOVE_REQUIREMENT, u->to->requirements[i].id, NULL, NULL);
}

/* A pack that says which editions it follows, and of which another is in force. */
static void hold_editions(yj_upgrade *u)
{
    for (size_t i = 0; i < u->to->pack_count; i++) {
        const yj_pack_info *p = &u->to->packs[i];
        for (size_t j = 0; p->follows && j < u->from->pack_count; j++) {
            const yj_pack_info *was = &u->from->packs[j];
            bool follows = strcmp(was->name, p->name) != 0 || strcmp(was->edition, p->edition) == 0;
            for (size_t n = 0; n < p->follows_count && !follows; n++)
                follows = strcmp(p->follows[n], was->edition) == 0;
            if (!follows)
                yj_complain(&u->form, 0, "from", "pack %s %s does not follow edition %s, which is in force",
                            p->name, p->edition, was->edition);
        }
    }
}

yj_status yj_upgrade_new(const yj_catalog *from, const yj_catalog *to, yj_upgrade **ret,
                         yj_complaint *complaints, size_t max, size_t *ret_count, yj_error *err)
{
    yj_complaints all = { .rows = complaints, .max = max };
    yj_upgrade *u = calloc(1, sizeof *u);
    if (!u)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    u->arena = yj_arena_new(ARENA_MAX);
    u->from = from;
    u->to = to;
    yj_status s = u->arena ? YJ_OK : yj_fail(err, YJ_E_NOMEM, "out of memory");
    if (s == YJ_OK) {
        const char *folder = to->pack_count ? to->packs[to->pack_count - 1].folder : "";
        yj_form_open(&u->form, &all, u->arena, folder, "upgrade.yaml");
        hold_editions(u);
        hold_kinds(u);
        hold_requirements(u);
        s = yj_arena_status(u->arena, err);
    }
    if (ret_count)
        *ret_count = all.count;
    if (s == YJ_OK)
        s = yj_complaints_status(&all, err);
    if (s == YJ_OK)
        *ret = u;
    else
        yj_upgrade_free(u);
    return s;
}

void yj_upgrade_free(yj_upgrade *u)
{
    if (!u)
        return;
    yj_arena_free(u->arena);
    free(u);
}

const yj_catalog *yj_upgrade_from(const yj_upgrade *u)
{
    return u->from;
}

bool yj_upgrade_converts(const yj_upgrade *u)
{
    return u->converts;
}

const yj_kind *yj_upgrade_kind(const yj_upgrade *u, int from)
{
    int to = u->kinds[from].to;
    return to < 0 ? NULL : &u->to->kinds[to];
}

int yj_upgrade_requirement(const yj_upgrade *u, int from)
{
    return u->requirements[from];
}

const yj_upgrade_note *yj_upgrade_notes(const yj_upgrade *u, size_t *ret_count)
{
    *ret_count = u->notes.count;
    return u->notes.items;
}

/* --- one record ----------------------------------------------------------------------------------------- */

/* An option's name in the new edition; NULL: gone. */
static const char *option_now(const yj_upgrade *u, const yj_kind *k, const yj_field *f, const char *id)
{
    char full[3 * YJ_NAME_MAX + 8];
    snprintf(full, sizeof full, "%s.%s.%s", k->name, f->name, id);
    const yj_move *m = move_of(u, YJ_MOVE_OPTION, full);
    return m ? m->to : id;
}

/* A text that names a kind or a requirement. */
static const char *named_now(const yj_upgrade *u, const yj_kind *k, const yj_field *f, const char *text)
{
    const yj_kind *kind = f->names_kind ? yj_catalog_kind(u->from, yj_span_of(text)) : NULL;
    if (kind && u->kinds[kind->index].to >= 0)
        return u->to->kinds[u->kinds[kind->index].to].name;
    const yj_requirement *r = f->names_requirement ? yj_catalog_requirement(u->from, yj_span_of(text)) : NULL;
    return r && u->requirements[r->index] >= 0 ? u->to->requirements[u->requirements[r->index]].id : text;
}

/* A value as the new field writes it, where that is plain; else as it is. NULL: it is gone. A new reference.
 */
static json_t *value_now(const yj_upgrade *u, const yj_kind *k, const yj_field *a, const yj_field *b,
                         json_t *v)
{
    const char *text = json_string_value(v);
    if (a->type == YJ_T_CHOICE && text) {
        text = option_now(u, k, a, text);
        return text ? json_string(text) : NULL;
    }
    if (a->type == YJ_T_TEXT && text)
        text = named_now(u, k, a, text);
    bool to_text = b->type == YJ_T_TEXT || b->type == YJ_T_LONGTEXT || b->type == YJ_T_DECIMAL;
    if (json_is_integer(v) && to_text) {
        char digits[32];
        snprintf(digits, sizeof digits, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
        return json_string(digits);
    }
    int64_t n = 0;
    if (text && b->type == YJ_T_INTEGER && yj_span_i64(yj_span_of(text), &n))
        return json_integer(n);
    return text ? json_string(text) : json_incref(v);
}

static json_t *list_now(const yj_upgrade *u, const yj_kind *k, const yj_field *a, const yj_field *b,
                        json_t *v)
{
    json_t *list = json_array();
    if (!json_is_array(v)) {
        json_t *one = value_now(u, k, a, b, v);
        if (one)
            json_array_append_new(list, one);
    }
    for (size_t i = 0; i < json_array_size(v); i++) {
        json_t *one = value_now(u, k, a, b, json_array_get(v, i));
        if (one)
            json_array_append_new(list, one);
    }
    if (json_array_size(list) > 0)
        return list;
    json_decref(list);
    return NULL;
}

static json_t *field_now(const yj_upgrade *u, const yj_kind *k, const yj_field *a, const yj_field *b,
                         json_t *v)
{
    if (b->list)
        return list_now(u, k, a, b, v);
    if (!json_is_array(v))
        return value_now(u, k, a, b, v);
    return json_array_size(v) == 1 ? value_now(u, k, a, b, json_array_get(v, 0)) : json_incref(v);
}

/* Does the table hold it otherwise, though it is written the same? */
static bool held_otherwise(const yj_field *a, const yj_field *b)
{
    return kept_apart(a) != kept_apart(b) || a->list != b->list || a->scale != b->scale;
}

yj_status yj_upgrade_record(const yj_upgrade *u, int from, const json_t *fields, const char *state,
                            json_t **ret_fields, const char **ret_state, bool *ret_changed, yj_error *err)
{
    const yj_kind *k = &u->from->kinds[from], *to = &u->to->kinds[u->kinds[from].to];
    const kind_way *w = &u->kinds[from];
    int s = yj_kind_state(k, yj_span_of(state));
    *ret_state = s >= 0 && w->state[s] >= 0 ? to->states[w->state[s]].id : state;
    *ret_changed = strcmp(*ret_state, state) != 0 || strcmp(to->name, k->name) != 0;
    yj_auto(yj_json_freep) json_t *out = json_object();
    for (size_t i = 0; out && i < k->field_count; i++) {
        json_t *v = json_object_get(fields, k->fields[i].name);
        if (!v)
            continue;
        const yj_field *b = w->field[i] < 0 ? NULL : &to->fields[w->field[i]];
        json_t *now = b ? field_now(u, k, &k->fields[i], b, v) : NULL;
        *ret_changed |= !now || !json_equal(now, v) || strcmp(b->name, k->fields[i].name) != 0 ||
                        held_otherwise(&k->fields[i], b);
        if (now && json_object_set_new(out, b->name, now) != 0)
            return yj_fail(err, YJ_E_NOMEM, "out of memory");
    }
    if (!out)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    *ret_fields = yj_take(out);
    return YJ_OK;
}
