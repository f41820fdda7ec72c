// SPDX-License-Identifier: Apache-2.0
/* Rows of the kind tables (store/kind_table.h): finding a record's row, writing the row of a new version. */
#include "record/internal.h"

#include <stdlib.h>

#define OPEN(column) "CASE WHEN " column " IN (SELECT id FROM open_batch) THEN 1 ELSE 0 END"

/* Fixed columns of a row before the fields; parameters ?1..?8 of insert, FIXED the first of the fields. */
static const char fixed_columns[] = "inst, id, batch, until_batch, version, seq, state, erased, nkey";
#define FIXED 9

static char *finish(yj_buf *b)
{
    if (b->failed != YJ_OK) {
        yj_buf_done(b);
        return NULL;
    }
    return b->ptr; /* the buffer's memory is handed over */
}

static char *made(const char *fmt, const char *a, const char *b) __attribute__((format(printf, 1, 0)));
static char *made(const char *fmt, const char *a, const char *b)
{
    yj_buf out;
    yj_buf_init(&out, 65536);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the formats are the literals below */
    yj_buf_fmt(&out, fmt, a, b);
#pragma GCC diagnostic pop
    return finish(&out);
}

static bool scalar(const yj_field *f)
{
    return !f->list;
}

/* Thousands of times at every start: formats would cost more than all the rest. */
static void put_column(yj_buf *b, const yj_field *f)
{
    yj_buf_str(b, ", f_");
    yj_buf_str(b, f->name);
}

static void put_param(yj_buf *b, const char *before, int n)
{
    yj_buf_str(b, before);
    yj_buf_i64(b, n);
}

static char *make_insert(const yj_kind *k)
{
    yj_buf b;
    yj_buf_init(&b, 65536);
    yj_buf_fmt(&b, "INSERT INTO r_%s(%s", k->name, fixed_columns);
    for (size_t i = 0; i < k->field_count; i++)
        if (scalar(&k->fields[i]))
            put_column(&b, &k->fields[i]);
    yj_buf_str(&b, ") VALUES(?1, ?2, ?3, 0, ?4, ?5, ?6, ?7, ?8");
    int p = FIXED;
    for (size_t i = 0; i < k->field_count; i++)
        if (scalar(&k->fields[i]))
            put_param(&b, ", ?", p++);
    yj_buf_char(&b, ')');
    return finish(&b);
}

static bool is_key(const yj_kind *k, size_t field)
{
    for (size_t i = 0; i < k->key_count; i++)
        if ((size_t)k->key[i] == field)
            return true;
    return false;
}

/** Does a column of an index follow from the field? Kind tables index references; nkey is made of the key. */
static bool is_indexed(const yj_kind *k, size_t field)
{
    return k->fields[field].type == YJ_T_REF || is_key(k, field);
}

/** An index is written anew when a column of it is named, be the value the same: `plain` leaves them out. */
static char *make_update(const yj_kind *k, bool plain)
{
    yj_buf b;
    yj_buf_init(&b, 65536);
    yj_buf_fmt(&b, "UPDATE r_%s SET version = ?4, seq = ?5, state = ?6, erased = ?7", k->name);
    int p = FIXED - 1;
    if (!plain)
        yj_buf_fmt(&b, ", nkey = ?%d", p++);
    for (size_t i = 0; i < k->field_count; i++)
        if (scalar(&k->fields[i]) && !(plain && is_indexed(k, i))) {
            put_column(&b, &k->fields[i]);
            put_param(&b, " = ?", p++);
        }
    yj_buf_str(&b, " WHERE inst = ?1 AND id = ?2 AND batch = ?3");
    return finish(&b);
}

static yj_status kind_sql(const yj_kind *k, yj_kind_sql *s, yj_error *err)
{
    s->find = made("SELECT batch, until_batch, version, seq, state, erased, " OPEN("batch") ", " OPEN(
                       "until_batch") " FROM r_%s WHERE inst = ?1 AND id = ?2%s",
                   k->name, "");
    s->by_key = made("SELECT id, batch, until_batch, " OPEN("batch") ", " OPEN(
                         "until_batch") " FROM r_%s WHERE inst = ?1 AND nkey = ?2%s",
                     k->name, "");
    s->exists = made("SELECT 1 FROM r_%s r WHERE r.inst = ?1 AND r.id = ?2 AND r.erased = 0 AND r.state <> "
                     "'" YJ_STATE_WITHDRAWN "' AND (" YJ_SQL_VISIBLE("r") " OR r.batch = ?3)%s",
                     k->name, "");
    s->supersede =
        made("UPDATE r_%s SET until_batch = ?1 WHERE inst = ?2 AND id = ?3 AND batch = ?4%s", k->name, "");
    s->insert = make_insert(k);
    s->update = make_update(k, false);
    s->update_plain = make_update(k, true);
    s->list_delete = calloc(k->field_count + 1, sizeof(char *));
    s->list_insert = calloc(k->field_count + 1, sizeof(char *));
    bool ok = s->find && s->by_key && s->exists && s->supersede && s->insert && s->update &&
              s->update_plain && s->list_delete && s->list_insert;
    for (size_t i = 0; ok && i < k->field_count; i++) {
        if (!k->fields[i].list)
            continue;
        s->list_delete[i] = made("DELETE FROM l_%s_%s WHERE inst = ?1 AND id = ?2 AND batch = ?3", k->name,
                                 k->fields[i].name);
        s->list_insert[i] =
            made("INSERT INTO l_%s_%s(inst, id, batch, ord, value) VALUES(?1, ?2, ?3, ?4, ?5)", k->name,
                 k->fields[i].name);
        ok = s->list_delete[i] && s->list_insert[i];
    }
    return ok ? YJ_OK : yj_fail(err, YJ_E_NOMEM, "out of memory");
}

yj_status yj_kind_sql_new(const yj_catalog *c, yj_kind_sql **ret, yj_error *err)
{
    yj_kind_sql *s = calloc(c->kind_count + 1, sizeof *s);
    if (!s)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    for (size_t i = 0; i < c->kind_count; i++) {
        yj_status st = kind_sql(&c->kinds[i], &s[i], err);
        if (st != YJ_OK) {
            yj_kind_sql_free(c, s);
            return st;
        }
    }
    *ret = s;
    return YJ_OK;
}

void yj_kind_sql_free(const yj_catalog *c, yj_kind_sql *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < c->kind_count; i++) {
        free(s[i].find);
        free(s[i].by_key);
        free(s[i].insert);
        free(s[i].update);
        free(s[i].update_plain);
        free(s[i].exists);
        free(s[i].supersede);
        for (size_t j = 0; j < c->kinds[i].field_count; j++) {
            if (s[i].list_delete)
                free(s[i].list_delete[j]);
            if (s[i].list_insert)
                free(s[i].list_insert[j]);
        }
        free(s[i].list_delete);
        free(s[i].list_insert);
    }
    free(s);
}

yj_status yj_row_find(yj_db *db, const yj_kind_sql *s, int64_t inst, const char *id, int64_t batch,
                      yj_row_head *ret, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare_made(db, s->find, &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, id);
    yj_row_head head = { 0 };
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            break;
        int64_t row_batch = yj_col_i64(st, 0), until = yj_col_i64(st, 1);
        bool open = yj_col_i64(st, 6) != 0, until_open = yj_col_i64(st, 7) != 0;
        bool mine = open && row_batch == batch;
        if (open && !mine)
            head.held = true;
        if (until_open && until != batch)
            head.held = true;
        bool visible = !open && (until == 0 || until_open);
        if ((!visible && !mine) || (head.found && head.pending))
            continue; /* replaced, or another's; the batch's own newer row wins over the visible one */
        head.found = true;
        head.pending = mine;
        head.batch = row_batch;
        head.version = yj_col_i64(st, 2);
        head.seq = yj_col_i64(st, 3);
        yj_span state = yj_col_text(st, 4);
        snprintf(head.state, sizeof head.state, "%.*s", (int)state.len, state.ptr);
        head.erased = yj_col_i64(st, 5) != 0;
    }
    *ret = head;
    return YJ_OK;
}

static void bind_value(yj_stmt *st, int p, const yj_field *f, const json_t *v)
{
    if (!v || json_is_null(v)) {
        yj_bind_null(st, p);
        return;
    }
    int64_t scaled = 0;
    switch (f->type) {
    case YJ_T_INTEGER:
        yj_bind_i64(st, p, json_integer_value(v));
        break;
    case YJ_T_BOOL:
        yj_bind_i64(st, p, json_is_true(v) ? 1 : 0);
        break;
    case YJ_T_DECIMAL:
        if (yj_decimal_parse(yj_span_of(json_string_value(v)), f->scale, &scaled))
            yj_bind_i64(st, p, scaled);
        else
            yj_bind_null(st, p);
        break;
    case YJ_T_TEXT:
    case YJ_T_LONGTEXT:
    case YJ_T_DATE:
    case YJ_T_CHOICE:
    case YJ_T_REF:
    case YJ_T_COUNT_:
        yj_bind_text(st, p, (yj_span){ json_string_value(v), json_string_length(v) });
        break;
    }
}

static bool same(const json_t *a, const json_t *b)
{
    return a == b || (a && b && json_equal(a, b));
}

/** Does the new version leave every indexed column as it is? */
static bool indexes_stand(const yj_kind *k, const yj_row *r, const yj_row_head *head)
{
    if (!r->old || head->erased || r->erased || strcmp(r->state, YJ_STATE_WITHDRAWN) == 0)
        return false;
    for (size_t i = 0; i < k->field_count; i++)
        if (is_indexed(k, i) && !k->fields[i].list &&
            !same(json_object_get(r->old, k->fields[i].name), json_object_get(r->fields, k->fields[i].name)))
            return false;
    return true;
}

static yj_status write_lists(yj_db *db, const yj_kind *k, const yj_kind_sql *s, const yj_row *r, bool fresh,
                             yj_error *err)
{
    for (size_t i = 0; i < k->field_count; i++) {
        const json_t *list = json_object_get(r->fields, k->fields[i].name);
        if (!k->fields[i].list ||
            (!fresh && r->old && same(json_object_get(r->old, k->fields[i].name), list)))
            continue;
        if (!fresh) {
            yj_auto(yj_stmt_donep) yj_stmt *del = NULL;
            YJ_TRY(yj_db_prepare_made(db, s->list_delete[i], &del, err));
            yj_bind_i64(del, 1, r->inst);
            yj_bind_cstr(del, 2, r->id);
            yj_bind_i64(del, 3, r->batch);
            YJ_TRY(yj_stmt_post(del, err));
        }
        for (size_t n = 0; n < json_array_size(list); n++) {
            yj_auto(yj_stmt_donep) yj_stmt *ins = NULL;
            YJ_TRY(yj_db_prepare_made(db, s->list_insert[i], &ins, err));
            yj_bind_i64(ins, 1, r->inst);
            yj_bind_cstr(ins, 2, r->id);
            yj_bind_i64(ins, 3, r->batch);
            yj_bind_i64(ins, 4, (int64_t)n);
            bind_value(ins, 5, &k->fields[i], json_array_get(list, n));
            YJ_TRY(yj_stmt_post(ins, err));
        }
    }
    return YJ_OK;
}

yj_status yj_row_write(yj_db *db, const yj_kind *k, const yj_kind_sql *s, const yj_row *r,
                       const yj_row_head *head, yj_error *err)
{
    yj_row row = *r;
    bool fresh = !head->found;
    if (head->found && row.batch != head->batch && row.batch != 0) {
        /* the visible row stays until the batch closes */
        yj_auto(yj_stmt_donep) yj_stmt *old = NULL;
        YJ_TRY(yj_db_prepare_made(db, s->supersede, &old, err));
        yj_bind_i64(old, 1, row.batch);
        yj_bind_i64(old, 2, row.inst);
        yj_bind_cstr(old, 3, row.id);
        yj_bind_i64(old, 4, head->batch);
        YJ_TRY(yj_stmt_post(old, err));
        fresh = true;
    } else if (head->found) {
        row.batch = head->batch; /* in place */
    }
    bool plain = !fresh && indexes_stand(k, &row, head);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare_made(db, fresh ? s->insert : plain ? s->update_plain : s->update, &st, err));
    yj_bind_i64(st, 1, row.inst);
    yj_bind_cstr(st, 2, row.id);
    yj_bind_i64(st, 3, row.batch);
    yj_bind_i64(st, 4, row.version);
    yj_bind_i64(st, 5, row.seq);
    yj_bind_cstr(st, 6, row.state);
    yj_bind_i64(st, 7, row.erased ? 1 : 0);
    int p = FIXED - 1;
    yj_buf key;
    yj_buf_init(&key, 65536);
    if (!plain) {
        if (!row.erased && strcmp(row.state, YJ_STATE_WITHDRAWN) != 0)
            yj_nkey_of(k, row.fields, &key);
        yj_bind_text(st, p++, key.len ? yj_buf_view(&key) : YJ_SPAN(""));
    }
    for (size_t i = 0; i < k->field_count; i++)
        if (scalar(&k->fields[i]) && !(plain && is_indexed(k, i)))
            bind_value(st, p++, &k->fields[i], json_object_get(row.fields, k->fields[i].name));
    yj_status done = yj_stmt_post(st, err);
    yj_buf_done(&key);
    YJ_TRY(done);
    return write_lists(db, k, s, &row, fresh, err);
}
