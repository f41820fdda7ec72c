// SPDX-License-Identifier: Apache-2.0
/*
 * The subjects of a kind at one moment, as far as it depends on them what applies. That is how verdicts are
 * told that are stored nowhere: most subjects have much in common, and which requirements do not apply is
 * asked once for each state and choice of values that occurs.
 */
#include "rule/internal.h"

bool yj_may_not_apply(const yj_catalog *c, const yj_requirement *r)
{
    const yj_kind *k = &c->kinds[r->subject];
    if (r->when_count)
        return true;
    for (size_t i = 0; i < k->state_count; i++)
        if (k->states[i].final || (k->states[i].stage >= 0 && k->states[i].stage < r->stage))
            return true;
    return false;
}

yj_outcome yj_outcome_applies_not(const yj_kind *k, const char *why_not, int field, yj_arena *arena)
{
    yj_outcome o = yj_outcome_plain(YJ_V_NOT_APPLICABLE, why_not);
    if (field >= 0)
        o.values = yj_arena_fmt(arena, "{\"field\":[\"%s\"]}", k->fields[field].name);
    return o;
}

/** The fields that some requirement of the kind asks for. */
static yj_status fields_asked(const yj_catalog *c, int kind, yj_arena *arena, int **ret, size_t *ret_count,
                              yj_error *err)
{
    bool *asked = yj_arena_array(arena, c->kinds[kind].field_count, sizeof *asked);
    int *fields = yj_arena_array(arena, c->kinds[kind].field_count, sizeof *fields);
    size_t n = 0;
    YJ_TRY(yj_arena_status(arena, err));
    for (size_t i = 0; i < c->requirement_count; i++)
        for (size_t k = 0; c->requirements[i].subject == kind && k < c->requirements[i].when_count; k++)
            asked[c->requirements[i].when[k].field] = true;
    for (size_t i = 0; i < c->kinds[kind].field_count; i++)
        if (asked[i])
            fields[n++] = (int)i;
    *ret = fields;
    *ret_count = n;
    return YJ_OK;
}

/* --- as of an entry ------------------------------------------------------------------------------------ */

typedef struct taking_then {
    const yj_kind *k;
    yj_subjects *s;
} taking_then;

/** As the tables have it: truth values are 0 and 1. */
static yj_status add_json(yj_arena *arena, yj_subject_values *to, const json_t *v, yj_error *err)
{
    const char *text = json_is_string(v)    ? json_string_value(v)
                       : json_is_boolean(v) ? (json_is_true(v) ? "1" : "0")
                                            : NULL;
    if (json_is_integer(v))
        text = yj_arena_fmt(arena, "%lld", (long long)json_integer_value(v));
    return text ? yj_subject_add_value(arena, to, yj_span_of(text), err) : YJ_OK;
}

static yj_status add_then(void *ctx, const char *id, const json_t *body, yj_error *err)
{
    taking_then *t = ctx;
    yj_subjects *s = t->s;
    const char *state = json_string_value(json_object_get(body, "state"));
    if (!state || strcmp(state, YJ_STATE_WITHDRAWN) == 0)
        return YJ_OK;
    struct yj_subject_row *row;
    YJ_TRY(yj_subject_add(s, yj_span_of(id), &row, err));
    row->state = yj_kind_state(t->k, yj_span_of(state));
    for (size_t i = 0; i < s->field_count; i++) {
        const yj_field *f = &t->k->fields[s->fields[i]];
        const json_t *v = json_object_get(json_object_get(body, "fields"), f->name);
        if (!f->list)
            YJ_TRY(add_json(s->ids.arena, &row->values[i], v, err));
        for (size_t k = 0; f->list && k < json_array_size(v); k++)
            YJ_TRY(add_json(s->ids.arena, &row->values[i], json_array_get(v, k), err));
    }
    return YJ_OK;
}

/** What the kind is called today: its records stand there. NULL: there is no such kind any more. */
static const yj_kind *kind_now(const yj_catalog *now, const yj_kind *k)
{
    const yj_kind *same = yj_catalog_kind(now, yj_span_of(k->name));
    for (size_t i = 0; !same && i < now->move_count; i++) {
        const yj_move *m = &now->moves[i];
        if (m->what == YJ_MOVE_KIND && m->to && strcmp(m->from, k->name) == 0)
            same = yj_catalog_kind(now, yj_span_of(m->to));
    }
    return same;
}

static yj_status take_then(yj_db *db, const yj_catalog *c, const yj_catalog *now, int64_t inst, int kind,
                           int64_t as_of_seq, const yj_idset *only, yj_subjects *s, yj_error *err)
{
    taking_then t = { &c->kinds[kind], s };
    const yj_kind *today = kind_now(now, t.k);
    return today ? yj_then_records(db, today, inst, as_of_seq, only, s->ids.arena, add_then, &t, err) : YJ_OK;
}

/* --- classes ------------------------------------------------------------------------------------------- */

/** State and values, in one text that no other combination has. */
static void write_class(const yj_subjects *s, size_t at, yj_buf *out)
{
    const struct yj_subject_row *row = &s->rows[at];
    yj_buf_clear(out);
    yj_buf_fmt(out, "%d", row->state);
    for (size_t i = 0; i < s->field_count; i++) {
        yj_buf_char(out, '\x1e');
        for (size_t k = 0; k < row->values[i].count; k++) {
            yj_buf_str(out, row->values[i].v[k]);
            yj_buf_char(out, '\x1f');
        }
    }
}

static yj_status classify(yj_census *n, yj_subjects *s, yj_buf *text, yj_error *err)
{
    yj_arena *arena = s->ids.arena;
    yj_idset seen = { .arena = arena };
    n->class_of = yj_arena_array(arena, s->ids.count, sizeof *n->class_of);
    size_t *first = yj_arena_array(arena, s->ids.count, sizeof *first);
    YJ_TRY(yj_arena_status(arena, err));
    for (size_t i = 0; i < s->ids.count; i++) {
        size_t at;
        write_class(s, i, text);
        YJ_TRY(yj_buf_status(text, err));
        YJ_TRY(yj_idset_add(&seen, yj_buf_view(text), &at, err));
        if (at == n->class_count)
            first[n->class_count++] = i;
        n->class_of[i] = (uint32_t)at;
    }
    n->classes = *s;
    n->classes.rows = yj_arena_array(arena, n->class_count, sizeof *n->classes.rows);
    n->sizes = yj_arena_array(arena, n->class_count, sizeof *n->sizes);
    YJ_TRY(yj_arena_status(arena, err));
    for (size_t i = 0; i < n->class_count; i++)
        n->classes.rows[i] = s->rows[first[i]];
    for (size_t i = 0; i < s->ids.count; i++)
        n->sizes[n->class_of[i]]++;
    return YJ_OK;
}

static int by_id(const void *a, const void *b, void *ctx)
{
    const yj_census *n = ctx;
    return strcmp(n->ids[*(const uint32_t *)a], n->ids[*(const uint32_t *)b]);
}

yj_status yj_census_take(yj_db *db, const yj_catalog *c, const yj_catalog *now, int64_t inst, int kind,
                         int64_t as_of_seq, const yj_idset *only, yj_arena *arena, yj_census *ret,
                         yj_error *err)
{
    int *fields;
    size_t field_count;
    YJ_TRY(fields_asked(c, kind, arena, &fields, &field_count, err));
    yj_subjects s = { .kind = kind, .fields = fields, .field_count = field_count, .ids = { .arena = arena } };
    if (as_of_seq < 0)
        YJ_TRY(yj_subjects_load(db, c, inst, kind, fields, field_count, only, arena, &s, err));
    else
        YJ_TRY(take_then(db, c, now, inst, kind, as_of_seq, only, &s, err));
    yj_census n = { .ids = s.ids.ids, .count = s.ids.count };
    yj_buf text;
    yj_buf_init(&text, 1 << 20);
    yj_status status = classify(&n, &s, &text, err);
    yj_buf_done(&text);
    YJ_TRY(status);
    n.order = yj_arena_array(arena, n.count, sizeof *n.order);
    YJ_TRY(yj_arena_status(arena, err));
    for (size_t i = 0; i < n.count; i++)
        n.order[i] = (uint32_t)i;
    if (n.count > 1)
        qsort_r(n.order, n.count, sizeof *n.order, by_id, &n);
    *ret = n;
    return YJ_OK;
}
