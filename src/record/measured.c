// SPDX-License-Identifier: Apache-2.0
/* Which records a statement proves: those that had named its subject before the run began. */
#include "record/signed.h"

#define NAMED_VERSIONS_MAX 200 /* of a record, from the newest, that are looked at */

typedef struct join {
    yj_writer *w;
    int64_t inst;
    const yj_kind *k; /* of the statement */
    const json_t *statement;
    const char *type;
    int64_t began_ns;
    json_t *list;
} join;

static bool holds(const json_t *list, const char *text)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(json_string_value(json_array_get(list, i)), text) == 0)
            return true;
    return false;
}

/* Had every version of the record since before the run named it so? The ledger's time is the server's. */
static yj_status named_before(const join *j, const char *id, const char *field, const char *value, bool *ret,
                              yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        j->w->db, "SELECT seq, time FROM entry WHERE inst = ?1 AND record = ?2 ORDER BY seq DESC", &st, err));
    yj_bind_i64(st, 1, j->inst);
    yj_bind_cstr(st, 2, id);
    *ret = false;
    for (int i = 0; i < NAMED_VERSIONS_MAX && !*ret; i++) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            break;
        yj_auto(yj_json_freep) json_t *body = NULL;
        YJ_TRY(yj_body_read_json(j->w->db, j->inst, (uint64_t)yj_col_i64(st, 0), &body, err));
        const json_t *v = json_object_get(json_object_get(body, "fields"), field);
        if (!json_is_string(v) || strcmp(json_string_value(v), value) != 0)
            break;
        *ret = yj_col_i64(st, 1) <= j->began_ns;
    }
    return YJ_OK;
}

typedef struct found {
    const char *id, *value;
} found;

/* Records that name one of the subjects now. They are few kinds, with few records. */
static yj_status find(const join *j, const yj_kind *k, const yj_measured *m,
                      found ret[static YJ_SIGNED_PROVES_MAX], size_t *ret_count, yj_error *err)
{
    const char *field = k->fields[m->field].name;
    const json_t *subjects = json_object_get(
        j->statement, j->k->fields[m->by_name ? j->k->statement->names : j->k->statement->digests].name);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    const char *sql = yj_arena_fmt(
        j->w->arena,
        "SELECT r.id, r.f_%s FROM r_%s r WHERE r.inst = ?1 AND r.f_%s IS NOT NULL AND "
        "r.erased = 0 AND r.state <> '" YJ_STATE_WITHDRAWN "' AND " YJ_SQL_VISIBLE("r") " ORDER BY r.id",
        field, k->name, field);
    YJ_TRY(yj_arena_status(j->w->arena, err));
    YJ_TRY(yj_db_prepare_made(j->w->db, sql, &st, err));
    yj_bind_i64(st, 1, j->inst);
    *ret_count = 0;
    for (bool row = true; *ret_count < YJ_SIGNED_PROVES_MAX;) {
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            break;
        yj_span id = yj_col_text(st, 0), value = yj_col_text(st, 1);
        const char *text = yj_arena_strndup(j->w->arena, value.ptr, value.len);
        YJ_TRY(yj_arena_status(j->w->arena, err));
        if (holds(subjects, text))
            ret[(*ret_count)++] = (found){ yj_arena_strndup(j->w->arena, id.ptr, id.len), text };
    }
    return yj_arena_status(j->w->arena, err);
}

static yj_status join_by(const join *j, const yj_kind *k, const yj_measured *m, yj_error *err)
{
    found rows[YJ_SIGNED_PROVES_MAX];
    size_t count = 0;
    bool of_type = false;
    for (size_t i = 0; i < m->type_count; i++)
        of_type |= strcmp(m->types[i], j->type) == 0;
    if (!of_type)
        return YJ_OK;
    YJ_TRY(find(j, k, m, rows, &count, err));
    for (size_t i = 0; i < count && json_array_size(j->list) < YJ_SIGNED_PROVES_MAX; i++) {
        bool before = false;
        YJ_TRY(named_before(j, rows[i].id, k->fields[m->field].name, rows[i].value, &before, err));
        if (before && !holds(j->list, rows[i].id))
            json_array_append_new(j->list, json_string(rows[i].id));
    }
    return YJ_OK;
}

yj_status yj_signed_join(yj_writer *w, int64_t inst, const yj_kind *k, int64_t began_ns, json_t *fields,
                         yj_error *err)
{
    const yj_catalog *c = w->e->catalog;
    yj_auto(yj_json_freep) json_t *list = json_array();
    join j = { .w = w, .inst = inst, .k = k, .statement = fields, .began_ns = began_ns, .list = list };
    j.type = json_string_value(json_object_get(fields, k->fields[k->statement->type].name));
    if (!list)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    for (size_t i = 0; j.type && i < c->kind_count; i++)
        for (size_t n = 0; n < c->kinds[i].measured_count; n++)
            YJ_TRY(join_by(&j, &c->kinds[i], &c->kinds[i].measured[n], err));
    if (json_array_size(list))
        json_object_set(fields, k->fields[k->statement->proves].name, list);
    return YJ_OK;
}
