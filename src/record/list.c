// SPDX-License-Identifier: Apache-2.0
/* Lists with filters, order and pages; search over names and texts. */
#include "record/read.h"

#include "record/internal.h"
#include <stdlib.h>

#define LIST_LIMIT_MAX 1000
#define FILTERS_MAX 32
#define ARENA_MAX ((size_t)32 << 20)

/* Builds the condition and remembers what to bind, in order: ?1 is the institution. */
typedef struct where {
    yj_arena *a;
    yj_buf sql;
    struct {
        bool is_integer;
        int64_t n;
        const char *s;
    } bind[2 * FILTERS_MAX + 8];
    int count;
} where;

static int bind_text_later(where *w, const char *s)
{
    w->bind[w->count].s = s;
    return ++w->count + 1;
}

static int bind_number_later(where *w, int64_t n)
{
    w->bind[w->count].is_integer = true;
    w->bind[w->count].n = n;
    return ++w->count + 1;
}

static void bind_all(yj_stmt *st, const where *w, int64_t inst)
{
    yj_bind_i64(st, 1, inst);
    for (int i = 0; i < w->count; i++) {
        if (w->bind[i].is_integer)
            yj_bind_i64(st, i + 2, w->bind[i].n);
        else
            yj_bind_cstr(st, i + 2, w->bind[i].s);
    }
}

const char *yj_like_pattern(yj_arena *a, const char *text)
{
    size_t len = strlen(text);
    char *p = yj_arena_alloc(a, 2 * len + 3);
    size_t n = 0;
    p[n++] = '%';
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '%' || text[i] == '_' || text[i] == '!')
            p[n++] = '!';
        p[n++] = text[i];
    }
    p[n++] = '%';
    p[n] = '\0';
    return p;
}

static yj_status number_of(const yj_field *f, const char *name, const char *text, int64_t *ret, yj_error *err)
{
    bool ok = false;
    if (f->type == YJ_T_BOOL) {
        ok = strcmp(text, "true") == 0 || strcmp(text, "false") == 0;
        *ret = strcmp(text, "true") == 0;
    } else if (f->type == YJ_T_DECIMAL) {
        ok = yj_decimal_parse(yj_span_of(text), f->scale, ret);
    } else {
        ok = (f->clock && yj_clock_time_parse(yj_span_of(text), ret)) || yj_span_i64(yj_span_of(text), ret);
    }
    if (ok)
        return YJ_OK;
    yj_status s = yj_fail(err, YJ_E_INVALID, "field %s is not compared with such a value", f->name);
    (void)yj_error_at(err, "filter.%s", name);
    return s;
}

static bool is_number(const yj_field *f)
{
    return f->type == YJ_T_INTEGER || f->type == YJ_T_DECIMAL || f->type == YJ_T_BOOL;
}

static const char *const operators[] = { "=", "<>", "<", "<=", ">", ">=" };

/* What a filter or a count names: the state, a field, or a field of the record that a field names
 * ("asset.level"). */
typedef struct asked {
    const yj_field *field;   /* NULL: the state */
    const yj_field *through; /* the reference; NULL: it is the record's own */
    const yj_kind *to;       /* what that refers to */
    const char *name, *sql;  /* of the column, and as it is got from the row r */
} asked;

static yj_status no_such_column(const yj_kind *k, const char *param, const char *name, yj_error *err)
{
    yj_fail(err, YJ_E_INVALID, "kind %s has no field of that name", k->name);
    return yj_error_at(err, "%s.%s", param, name);
}

/* @param param "filter" or "by", for the error */
static yj_status find_column(where *w, const yj_catalog *c, const yj_kind *k, const char *param,
                             const char *name, asked *ret, yj_error *err)
{
    const char *dot = strchr(name, '.'), *last = dot ? dot + 1 : name;
    const yj_kind *owner = k;
    *ret = (asked){ .name = strcmp(last, "state") == 0 ? "state" : NULL };
    if (dot) {
        const yj_field *f = yj_kind_field(k, (yj_span){ name, (size_t)(dot - name) });
        if (!f || f->type != YJ_T_REF || f->list)
            return no_such_column(k, param, name, err);
        ret->through = f;
        owner = ret->to = &c->kinds[f->ref_kind];
    }
    ret->field = ret->name ? NULL : yj_kind_field(owner, yj_span_of(last));
    if (!ret->name && (!ret->field || (dot && ret->field->list)))
        return no_such_column(k, param, name, err);
    if (!ret->name)
        ret->name = yj_arena_fmt(w->a, "f_%s", ret->field->name);
    ret->sql =
        dot ? yj_arena_fmt(w->a,
                           "(SELECT o.%s FROM r_%s o WHERE o.inst = %s AND o.id = r.f_%s AND "
                           "" YJ_SQL_VISIBLE("o") " LIMIT 1)",
                           ret->name, owner->name, owner->installation ? "0" : "r.inst", ret->through->name)
            : yj_arena_fmt(w->a, "r.%s", ret->name);
    return yj_arena_status(w->a, err);
}

static yj_status add_filter(where *w, const yj_catalog *c, const yj_kind *k, const yj_filter *q,
                            yj_error *err)
{
    asked at;
    YJ_TRY(find_column(w, c, k, "filter", q->field, &at, err));
    const yj_field *f = at.field;
    if (f && f->list) {
        int n = bind_text_later(w, q->value);
        yj_buf_fmt(&w->sql,
                   " AND %s (SELECT 1 FROM l_%s_%s l WHERE l.inst = r.inst AND l.id = r.id AND l.batch = "
                   "r.batch AND "
                   "l.value = ?%d)",
                   q->op == YJ_F_NE ? "NOT EXISTS" : "EXISTS", k->name, f->name, n);
        return YJ_OK;
    }
    if (q->value[0] == '\0' && (q->op == YJ_F_EQ || q->op == YJ_F_NE)) {
        yj_buf_fmt(&w->sql, " AND %s IS %sNULL", at.sql, q->op == YJ_F_NE ? "NOT " : "");
        return YJ_OK;
    }
    if (q->op == YJ_F_HAS) {
        int n = bind_text_later(w, yj_like_pattern(w->a, q->value));
        yj_buf_fmt(&w->sql, " AND lower(CAST(%s AS TEXT)) LIKE lower(?%d) ESCAPE '!'", at.sql, n);
        return YJ_OK;
    }
    int n = 0;
    if (f && is_number(f)) {
        int64_t v = 0;
        YJ_TRY(number_of(f, q->field, q->value, &v, err));
        n = bind_number_later(w, v);
    } else {
        n = bind_text_later(w, q->value);
    }
    yj_buf_fmt(&w->sql, " AND %s %s ?%d", at.sql, operators[q->op], n);
    return YJ_OK;
}

static bool searched(const yj_field *f)
{
    return !f->list && (f->type == YJ_T_TEXT || f->type == YJ_T_LONGTEXT);
}

static void add_text(where *w, const yj_kind *k, const char *text)
{
    int n = 0; /* the pattern's number; a kind without texts has none */
    yj_buf_str(&w->sql, " AND (");
    for (size_t i = 0; i < k->field_count; i++) {
        if (!searched(&k->fields[i]))
            continue;
        const char * or = n ? " OR " : "";
        if (!n)
            n = bind_text_later(w, yj_like_pattern(w->a, text));
        yj_buf_fmt(&w->sql, "%slower(r.f_%s) LIKE lower(?%d) ESCAPE '!'", or, k->fields[i].name, n);
    }
    yj_buf_str(&w->sql, n ? ")" : "1 = 0)");
}

static yj_status sort_column(where *w, const yj_kind *k, const char *sort, const char **ret,
                             const yj_field **ret_field, bool *ret_down, yj_error *err)
{
    *ret_down = sort && sort[0] == '-';
    const char *name = sort ? sort + (*ret_down ? 1 : 0) : "key";
    *ret_field = NULL;
    if (strcmp(name, "key") == 0) {
        *ret = "nkey";
        return YJ_OK;
    }
    if (strcmp(name, "id") == 0 || strcmp(name, "state") == 0 || strcmp(name, "seq") == 0) {
        *ret = name;
        return YJ_OK;
    }
    const yj_field *f = yj_kind_field(k, yj_span_of(name));
    if (!f || f->list)
        return yj_fail(err, YJ_E_INVALID, "kind %s cannot be sorted by that field", k->name);
    *ret = yj_arena_fmt(w->a, "f_%s", f->name);
    *ret_field = f;
    return YJ_OK;
}

/* A cursor is "<sort value><U+001F><id>" in base64: the place after the last row of the page. */
static yj_status add_cursor(where *w, const char *cursor, const char *column, const yj_field *f, bool down,
                            yj_error *err)
{
    size_t cap = strlen(cursor) + 1, len = 0;
    char *raw = yj_arena_alloc(w->a, cap + 1);
    bool ok = yj_base64_decode(yj_span_of(cursor), (uint8_t *)raw, cap, &len);
    char *sep = ok ? memrchr(raw, '\x1f', len) : NULL;
    raw[ok ? len : 0] = '\0';
    bool numeric = (f && is_number(f)) || strcmp(column, "seq") == 0;
    int64_t n = 0;
    if (sep)
        ok = yj_uuid_valid(yj_span_of(sep + 1)) &&
             (!numeric || yj_span_i64((yj_span){ raw, (size_t)(sep - raw) }, &n));
    if (!ok || !sep)
        return yj_fail(err, YJ_E_INVALID, "that cursor is not one of this list");
    *sep = '\0';
    int value = numeric ? bind_number_later(w, n) : bind_text_later(w, raw);
    int id = bind_text_later(w, sep + 1);
    const char *empty = numeric ? "-9223372036854775807" : "''";
    yj_buf_fmt(&w->sql, " AND (coalesce(r.%s, %s), r.id) %s (?%d, ?%d)", column, empty, down ? "<" : ">",
               value, id);
    return YJ_OK;
}

static yj_status count_rows(yj_db *db, const yj_kind *k, const where *w, size_t where_len, int binds,
                            int64_t inst, int64_t *ret, yj_error *err)
{
    char *sql =
        yj_arena_fmt(w->a, "SELECT count(*) FROM r_%s r WHERE %.*s", k->name, (int)where_len, w->sql.ptr);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    where part = *w;
    part.count = binds;
    bind_all(st, &part, inst);
    bool row = false;
    YJ_TRY(yj_stmt_step(st, &row, err));
    *ret = yj_col_i64(st, 0);
    return YJ_OK;
}

static yj_status write_items(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k, yj_stmt *st,
                             size_t limit, yj_lang lang, where *w, yj_jw *jw, yj_buf *out, char **ret_next,
                             yj_error *err)
{
    for (size_t n = 0;; n++) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        yj_span id = yj_col_text(st, 0), value = yj_col_text(st, 1);
        char text[37];
        snprintf(text, sizeof text, "%.*s", (int)id.len, id.ptr);
        if (n == limit)
            return YJ_OK; /* one more than asked for: there is a next page */
        yj_buf item;
        yj_buf_init(&item, YJ_BODY_BYTES_MAX * 2);
        yj_status s = yj_record_get(db, c, inst, k, text, -1, lang, &item, NULL, err);
        if (s == YJ_OK)
            yj_jw_raw(jw, yj_buf_view(&item));
        yj_buf_done(&item);
        YJ_TRY(s);
        if (n + 1 == limit) {
            yj_buf cursor;
            yj_buf_init(&cursor, 65536);
            char *raw = yj_arena_fmt(w->a, "%.*s\x1f%s", (int)value.len, value.ptr ? value.ptr : "", text);
            yj_buf_base64(&cursor, raw, strlen(raw));
            *ret_next = yj_arena_strdup(w->a, cursor.ptr);
            yj_buf_done(&cursor);
        }
    }
}

/* Which rows are meant, whatever their order and page. */
static yj_status add_selection(where *w, const yj_catalog *c, const yj_kind *k, const yj_list_query *q,
                               yj_error *err)
{
    yj_buf_fmt(&w->sql, "r.inst = ?1 AND r.state <> '" YJ_STATE_WITHDRAWN "' AND " YJ_SQL_VISIBLE("r"));
    for (size_t i = 0; i < q->filter_count; i++)
        YJ_TRY(add_filter(w, c, k, &q->filters[i], err));
    if (q->text && q->text[0])
        add_text(w, k, q->text);
    return YJ_OK;
}

static yj_status list(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k, const yj_list_query *q,
                      where *w, yj_buf *out, yj_error *err)
{
    YJ_TRY(add_selection(w, c, k, q, err));
    const char *column = NULL;
    const yj_field *f = NULL;
    bool down = false;
    YJ_TRY(sort_column(w, k, q->sort, &column, &f, &down, err));
    int64_t total = 0;
    YJ_TRY(count_rows(db, k, w, w->sql.len, w->count, inst, &total, err));
    if (q->after && q->after[0])
        YJ_TRY(add_cursor(w, q->after, column, f, down, err));
    bool numeric = (f && is_number(f)) || strcmp(column, "seq") == 0;
    const char *empty = numeric ? "-9223372036854775807" : "''";
    size_t limit = q->limit == 0 || q->limit > LIST_LIMIT_MAX ? LIST_LIMIT_MAX : q->limit;
    char *sql = yj_arena_fmt(
        w->a,
        "SELECT r.id, coalesce(r.%s, %s) FROM r_%s r WHERE %s ORDER BY coalesce(r.%s, %s) %s, r.id "
        "%s LIMIT %zu",
        column, empty, k->name, w->sql.ptr, column, empty, down ? "DESC" : "ASC", down ? "DESC" : "ASC",
        limit + 1);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    bind_all(st, w, inst);
    yj_jw jw;
    yj_jw_init(&jw, out);
    yj_jw_object(&jw);
    yj_jw_key(&jw, "items");
    yj_jw_array(&jw);
    char *next = NULL;
    YJ_TRY(write_items(db, c, inst, k, st, limit, q->lang, w, &jw, out, &next, err));
    yj_jw_end_array(&jw);
    bool more = next && total > (int64_t)limit;
    yj_jw_kstr(&jw, "next", more ? next : NULL);
    yj_jw_ki64(&jw, "total", total);
    yj_jw_end_object(&jw);
    return yj_buf_status(out, err);
}

/* As of an entry: the newest version before it of every record of the kind. Filters and text are applied to
 * the stored bodies; the state then is what counts. */
static yj_status list_as_of(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k,
                            const yj_list_query *q, yj_buf *out, yj_error *err)
{
    /* what was a record then is one now, withdrawn or erased as it may be: so the kind's table names them
     * all, and nobody walks through the entries of other kinds */
    char sql[384];
    snprintf(
        sql, sizeof sql,
        "SELECT DISTINCT r.id FROM r_%s r WHERE r.inst = ?1 AND r.id > ?2 AND EXISTS (SELECT 1 FROM entry e "
        "WHERE e.inst = r.inst AND e.record = r.id AND e.seq < ?3) ORDER BY r.id",
        k->name);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, q->after ? q->after : "");
    yj_bind_i64(st, 3, q->as_of_seq);
    yj_jw jw;
    yj_jw_init(&jw, out);
    yj_jw_object(&jw);
    yj_jw_key(&jw, "items");
    yj_jw_array(&jw);
    size_t n = 0, limit = q->limit == 0 || q->limit > LIST_LIMIT_MAX ? LIST_LIMIT_MAX : q->limit;
    char last[37] = "";
    bool more = false;
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            break;
        if (n == limit) {
            more = true;
            break;
        }
        yj_span id = yj_col_text(st, 0);
        snprintf(last, sizeof last, "%.*s", (int)id.len, id.ptr);
        yj_buf item;
        yj_buf_init(&item, YJ_BODY_BYTES_MAX * 2);
        yj_status s = yj_record_get(db, c, inst, k, last, q->as_of_seq, q->lang, &item, NULL, err);
        if (s == YJ_OK) {
            yj_jw_raw(&jw, yj_buf_view(&item));
            n++;
        }
        yj_buf_done(&item);
        if (s != YJ_OK && s != YJ_E_NOT_FOUND) /* its batch closed only later */
            return s;
    }
    yj_jw_end_array(&jw);
    yj_jw_kstr(&jw, "next", more ? last : NULL);
    yj_jw_ki64(&jw, "total", (int64_t)n);
    yj_jw_end_object(&jw);
    return yj_buf_status(out, err);
}

yj_status yj_record_list(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k,
                         const yj_list_query *q, yj_buf *out, yj_error *err)
{
    if (q->filter_count > FILTERS_MAX)
        return yj_fail(err, YJ_E_LIMIT, "more than %d filters", FILTERS_MAX);
    if (q->as_of_seq >= 0)
        return q->filter_count || (q->text && q->text[0])
                   ? yj_fail(err, YJ_E_INVALID, "a list as of a date takes no filters")
                   : list_as_of(db, c, inst, k, q, out, err);
    where w = { .a = yj_arena_new(ARENA_MAX) };
    if (!w.a)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_buf_init(&w.sql, 65536);
    yj_status s = list(db, c, inst, k, q, &w, out, err);
    yj_buf_done(&w.sql);
    yj_arena_free(w.a);
    return s;
}

/* --- counts ---------------------------------------------------------------------------------- */

static bool counted(const yj_field *f)
{
    return !f || (!f->list && (f->type == YJ_T_CHOICE || f->type == YJ_T_BOOL || f->type == YJ_T_INTEGER ||
                               f->type == YJ_T_REF));
}

/* Through a reference, rows are gathered by what it names first: those records are few. */
static const char *counting_sql(where *w, const yj_kind *k, const asked *at)
{
    if (!at->through)
        return yj_arena_fmt(w->a,
                            "SELECT %s, count(*) FROM r_%s r WHERE %s GROUP BY 1 ORDER BY 2 DESC, "
                            "coalesce(CAST(%s AS TEXT), '') LIMIT %d",
                            at->sql, k->name, w->sql.ptr, at->sql, YJ_COUNT_VALUES_MAX);
    return yj_arena_fmt(w->a,
                        "SELECT o.%s, CAST(sum(g.n) AS BIGINT) FROM (SELECT r.f_%s AS a, count(*) AS n "
                        "FROM r_%s r WHERE %s GROUP BY 1) g LEFT JOIN r_%s o ON o.inst = %s AND o.id = g.a "
                        "AND " YJ_SQL_VISIBLE("o") " GROUP BY 1 ORDER BY 2 DESC, coalesce(CAST(o.%s AS "
                                                   "TEXT), '') LIMIT %d",
                        at->name, at->through->name, k->name, w->sql.ptr, at->to->name,
                        at->to->installation ? "0" : "?1", at->name, YJ_COUNT_VALUES_MAX);
}

/* As a filter takes it. */
static void write_value(yj_jw *jw, const yj_field *f, yj_stmt *st)
{
    char number[24];
    if (yj_col_null(st, 0)) {
        yj_jw_kstr(jw, "value", NULL);
    } else if (f && f->type == YJ_T_BOOL) {
        yj_jw_kstr(jw, "value", yj_col_i64(st, 0) ? "true" : "false");
    } else if (f && f->type == YJ_T_INTEGER) {
        snprintf(number, sizeof number, "%lld", (long long)yj_col_i64(st, 0));
        yj_jw_kstr(jw, "value", number);
    } else {
        yj_jw_kspan(jw, "value", yj_col_text(st, 0));
    }
}

static yj_status count_by(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k, const char *name,
                          where *w, int64_t total, yj_jw *jw, yj_error *err)
{
    asked at;
    YJ_TRY(find_column(w, c, k, "by", name, &at, err));
    if (!counted(at.field)) {
        yj_fail(err, YJ_E_INVALID, "records of kind %s are not counted by that field", k->name);
        return yj_error_at(err, "by.%s", name);
    }
    const char *sql = counting_sql(w, k, &at);
    YJ_TRY(yj_arena_status(w->a, err));
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    bind_all(st, w, inst);
    yj_jw_object(jw);
    yj_jw_kstr(jw, "field", name);
    yj_jw_key(jw, "values");
    yj_jw_array(jw);
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            break;
        yj_jw_object(jw);
        write_value(jw, at.field, st);
        yj_jw_ki64(jw, "count", yj_col_i64(st, 1));
        yj_jw_end_object(jw);
        total -= yj_col_i64(st, 1);
    }
    yj_jw_end_array(jw);
    yj_jw_ki64(jw, "rest", total);
    yj_jw_end_object(jw);
    return YJ_OK;
}

static yj_status count_all(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k,
                           const yj_list_query *q, const char *const *by, size_t by_count, where *w,
                           yj_buf *out, yj_error *err)
{
    int64_t total = 0;
    yj_jw jw;
    YJ_TRY(add_selection(w, c, k, q, err));
    YJ_TRY(count_rows(db, k, w, w->sql.len, w->count, inst, &total, err));
    yj_jw_init(&jw, out);
    yj_jw_object(&jw);
    yj_jw_ki64(&jw, "total", total);
    yj_jw_key(&jw, "by");
    yj_jw_array(&jw);
    for (size_t i = 0; i < by_count; i++)
        YJ_TRY(count_by(db, c, inst, k, by[i], w, total, &jw, err));
    yj_jw_end_array(&jw);
    yj_jw_end_object(&jw);
    return yj_buf_status(out, err);
}

yj_status yj_record_counts(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k,
                           const yj_list_query *q, const char *const *by, size_t by_count, yj_buf *out,
                           yj_error *err)
{
    if (q->filter_count > FILTERS_MAX)
        return yj_fail(err, YJ_E_LIMIT, "more than %d filters", FILTERS_MAX);
    where w = { .a = yj_arena_new(ARENA_MAX) };
    if (!w.a)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_buf_init(&w.sql, 65536);
    yj_status s = count_all(db, c, inst, k, q, by, by_count, &w, out, err);
    yj_buf_done(&w.sql);
    yj_arena_free(w.a);
    return s;
}

/* --- search ----------------------------------------------------------------------------------- */

static yj_status search_kind(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k, const char *text,
                             yj_lang lang, size_t *left, where *w, yj_jw *jw, yj_error *err)
{
    yj_buf_str(&w->sql, "r.inst = ?1 AND r.erased = 0 AND r.state <> '" YJ_STATE_WITHDRAWN
                        "' AND " YJ_SQL_VISIBLE("r"));
    add_text(w, k, text);
    char *sql = yj_arena_fmt(w->a, "SELECT r.id, r.state FROM r_%s r WHERE %s ORDER BY r.nkey LIMIT %zu",
                             k->name, w->sql.ptr, *left);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    bind_all(st, w, inst);
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        char id[37];
        yj_span at = yj_col_text(st, 0);
        snprintf(id, sizeof id, "%.*s", (int)at.len, at.ptr);
        yj_buf name;
        yj_buf_init(&name, 65536);
        yj_status s = yj_record_name(db, c, inst, k, id, lang, &name, err);
        if (s == YJ_OK) {
            yj_jw_object(jw);
            yj_jw_kstr(jw, "kind", k->name);
            yj_jw_kstr(jw, "id", id);
            yj_jw_kspan(jw, "name", yj_buf_view(&name));
            yj_jw_kspan(jw, "state", yj_col_text(st, 1));
            yj_jw_end_object(jw);
        }
        yj_buf_done(&name);
        YJ_TRY(s);
        (*left)--;
    }
}

yj_status yj_record_search(yj_db *db, const yj_catalog *c, int64_t inst, const char *text, size_t limit,
                           yj_lang lang, yj_buf *out, yj_error *err)
{
    if (!yj_utf8_valid(yj_span_of(text)) || yj_utf8_count(yj_span_of(text)) > 200)
        return yj_fail(err, YJ_E_INVALID, "a search is a text of at most 200 characters");
    where w = { .a = yj_arena_new(ARENA_MAX) };
    if (!w.a)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_buf_init(&w.sql, 65536);
    yj_jw jw;
    yj_jw_init(&jw, out);
    yj_jw_object(&jw);
    yj_jw_key(&jw, "items");
    yj_jw_array(&jw);
    yj_status s = YJ_OK;
    size_t left = limit == 0 || limit > LIST_LIMIT_MAX ? LIST_LIMIT_MAX : limit;
    for (size_t i = 0; text[0] && s == YJ_OK && left > 0 && i < c->kind_count; i++) {
        yj_buf_clear(&w.sql);
        w.count = 0;
        s = search_kind(db, c, inst, &c->kinds[i], text, lang, &left, &w, &jw, err);
    }
    yj_jw_end_array(&jw);
    yj_jw_end_object(&jw);
    yj_buf_done(&w.sql);
    yj_arena_free(w.a);
    return s == YJ_OK ? yj_buf_status(out, err) : s;
}
