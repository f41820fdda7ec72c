// SPDX-License-Identifier: Apache-2.0
/* From CSV and JSON Lines to rows: cells become values of their field's type; references stay as written. */
#include "record/import.h"

#include "base/csv.h"
#include "base/hash.h"
#include "base/json.h"
#include <stdlib.h>

/* NULL if there is no room for it. */
static yj_import_problem *complain(yj_import_plan *p, const char *file, size_t line, size_t row,
                                   size_t column, const char *field, const yj_error *why)
{
    yj_import_report *r = p->report;
    r->problem_total++;
    if (r->problem_count == YJ_IMPORT_PROBLEMS_MAX)
        return NULL;
    if (!r->problems)
        r->problems = calloc(YJ_IMPORT_PROBLEMS_MAX, sizeof *r->problems);
    if (!r->problems)
        return NULL;
    yj_import_problem *q = &r->problems[r->problem_count++];
    snprintf(q->file, sizeof q->file, "%s", file);
    q->line = line;
    q->row = row;
    q->column = column;
    snprintf(q->field, sizeof q->field, "%s", field ? field : "");
    snprintf(q->msg, sizeof q->msg, "%.399s", why->msg);
    snprintf(q->msg_zh, sizeof q->msg_zh, "%.399s", why->msg_zh);
    return q;
}

void yj_import_complain(yj_import_plan *p, const char *file, size_t line, size_t row, size_t column,
                        const char *field, const yj_error *why)
{
    (void)complain(p, file, line, row, column, field, why);
}

/* 0: it has none. */
static size_t column_in(const yj_import_plan *p, const yj_import_row *r, const char *field)
{
    const yj_kind *k = &p->c->kinds[r->kind];
    const yj_field *f = field ? yj_kind_field(k, yj_span_of(field)) : NULL;
    if (!r->columns || !field)
        return 0;
    return f ? r->columns[f - k->fields] : strcmp(field, "state") == 0 ? r->columns[k->field_count] : 0;
}

void yj_import_complain_row(yj_import_plan *p, const yj_import_row *r, const char *field, const yj_error *why)
{
    if (!field && strncmp(why->field, "fields.", 7) == 0)
        field = why->field + 7;
    yj_error told = *why;
    yj_titles(p->c, &p->c->kinds[r->kind], &told);
    yj_import_complain(p, r->file, r->line, r->row, column_in(p, r, field), field, &told);
}

void yj_import_complain_gate(yj_import_plan *p, const yj_import_row *r, const yj_error *why, char *misses)
{
    yj_import_problem *q = complain(p, r->file, r->line, r->row, column_in(p, r, "state"), "state", why);
    if (q)
        q->misses = misses;
    else
        free(misses);
}

void yj_import_report_done(yj_import_report *r)
{
    for (size_t i = 0; i < r->problem_count; i++)
        free(r->problems[i].misses);
    free(r->problems);
    r->problems = NULL;
    r->problem_count = 0;
}

yj_import_row *yj_import_add_row(yj_import_plan *p, const char *file, size_t line, size_t row, int kind)
{
    if (p->row_count == p->row_cap) {
        size_t cap = p->row_cap ? 2 * p->row_cap : 1024;
        yj_import_row *more = yj_arena_array(p->a, cap, sizeof *more);
        if (p->row_count)
            memcpy(more, p->rows, p->row_count * sizeof *more);
        p->rows = more;
        p->row_cap = cap;
    }
    yj_import_row *r = &p->rows[p->row_count++];
    *r = (yj_import_row){ .file = file, .line = line, .row = row, .kind = kind, .fields = json_object() };
    return r;
}

/* --- cells ------------------------------------------------------------------------------------ */

static yj_span trim(yj_span s)
{
    while (s.len && (s.ptr[0] == ' ' || s.ptr[0] == '\t'))
        s = (yj_span){ s.ptr + 1, s.len - 1 };
    while (s.len && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t'))
        s.len--;
    return s;
}

static json_t *truth(yj_span s)
{
    static const char *const yes[] = { "true", "1", "yes", "Y", "\xe6\x98\xaf" };
    static const char *const no[] = { "false", "0", "no", "N", "\xe5\x90\xa6" };
    for (size_t i = 0; i < YJ_COUNT(yes); i++) {
        if (yj_span_is(s, yes[i]))
            return json_true();
        if (yj_span_is(s, no[i]))
            return json_false();
    }
    return json_stringn(s.ptr, s.len); /* the check of the field will name what is wrong */
}

static json_t *cell_value(const yj_field *f, yj_span s)
{
    int64_t n = 0;
    if (f->clock ? yj_clock_time_parse(s, &n) : f->type == YJ_T_INTEGER && yj_span_i64(s, &n))
        return json_integer(n);
    if (f->type == YJ_T_BOOL)
        return truth(s);
    if (f->type == YJ_T_CHOICE && !yj_field_option(f, s)) {
        for (size_t i = 0; i < f->option_count; i++) /* people write labels */
            for (int lang = 0; lang < YJ_LANG_COUNT_; lang++)
                if (f->options[i].label.in[lang] && yj_span_is(s, f->options[i].label.in[lang]))
                    return json_string(f->options[i].id);
    }
    return json_stringn(s.ptr, s.len);
}

static json_t *cell_list(const yj_field *f, yj_span s)
{
    static const char wide[] = "\xef\xbc\x9b"; /* the full-width semicolon */
    json_t *list = json_array();
    while (s.len) {
        const char *a = memchr(s.ptr, ';', s.len), *b = memmem(s.ptr, s.len, wide, 3);
        const char *end = a && (!b || a < b) ? a : b;
        size_t len = end ? (size_t)(end - s.ptr) : s.len, skip = !end ? 0 : end == a ? 1 : 3;
        yj_span item = trim((yj_span){ s.ptr, len });
        if (item.len)
            json_array_append_new(list, cell_value(f, item));
        s = (yj_span){ s.ptr + len + skip, s.len - len - skip };
    }
    return list;
}

json_t *yj_import_value(const yj_field *f, yj_span cell)
{
    return f->list ? cell_list(f, cell) : cell_value(f, cell);
}

/* --- CSV -------------------------------------------------------------------------------------- */

enum { COL_ID = -2, COL_STATE = -3, COL_IGNORED = -1 };

static int column_of(const yj_kind *k, yj_span name)
{
    name = trim(name);
    if (yj_span_is(name, "id"))
        return COL_ID;
    if (yj_span_is(name, "state"))
        return COL_STATE;
    const yj_field *f = yj_kind_field(k, name);
    if (f)
        return (int)(f - k->fields);
    for (size_t i = 0; i < k->field_count; i++)
        for (int lang = 0; lang < YJ_LANG_COUNT_; lang++)
            if (k->fields[i].label.in[lang] && yj_span_is(name, k->fields[i].label.in[lang]))
                return (int)i;
    return COL_IGNORED;
}

static yj_status read_header(yj_import_plan *p, const char *file, const yj_kind *k, const yj_span *cells,
                             size_t count, int *cols, size_t *columns)
{
    yj_error why = { 0 };
    bool ok = true;
    for (size_t i = 0; i < count; i++) {
        cols[i] = column_of(k, cells[i]);
        if (cols[i] == COL_IGNORED)
            (void)yj_fail(&why, YJ_E_INVALID, "kind %s has no field of that name", k->name);
        else if (cols[i] >= 0 && columns[cols[i]])
            (void)yj_fail(&why, YJ_E_INVALID, "two columns name the field %s", k->fields[cols[i]].name);
        else {
            if (cols[i] >= 0 || cols[i] == COL_STATE)
                columns[cols[i] >= 0 ? (size_t)cols[i] : k->field_count] = i + 1;
            continue;
        }
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)(cells[i].len > 60 ? 0 : cells[i].len), cells[i].ptr);
        yj_import_complain(p, file, 1, 0, i + 1, name, &why);
        ok = false;
    }
    return ok ? YJ_OK : YJ_E_INVALID;
}

static void read_row(yj_import_plan *p, yj_import_row *r, const yj_kind *k, const int *cols,
                     const yj_span *cells, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        yj_span cell = trim(cells[i]);
        if (cell.len == 0)
            continue;
        if (cols[i] == COL_ID) {
            r->given_id = yj_arena_strndup(p->a, cell.ptr, cell.len);
        } else if (cols[i] == COL_STATE) {
            r->state = yj_arena_strndup(p->a, cell.ptr, cell.len);
        } else {
            const yj_field *f = &k->fields[cols[i]];
            const yj_span text = yj_csv_text(cell);
            json_t *v = yj_span_is(cell, "-") ? json_null() : yj_import_value(f, text);
            json_object_set_new(r->fields, f->name, v);
        }
    }
}

/* "line L column C", as base/csv.h puts it. */
static void read_place(const char *field, size_t *ret_line, size_t *ret_column)
{
    const char *line = strstr(field, "line "), *column = strstr(field, " column ");
    int64_t l = 0, c = 0;
    if (line == field && column && yj_span_i64((yj_span){ field + 5, (size_t)(column - field) - 5 }, &l) &&
        yj_span_i64(yj_span_of(column + 8), &c)) {
        *ret_line = (size_t)l;
        *ret_column = (size_t)c;
    }
}

/* --- a table, of fields or a list ------------------------------------------------------------- */

typedef struct table {
    yj_import_plan *p;
    const yj_import_file *from;
    const char *file;
    int kind; /* by the file's name; -1 */
    yj_import_form form;
    int cols[YJ_CSV_CELLS_MAX]; /* of a register: fields; of a list: of its columns, or COL_IGNORED */
    size_t *columns;
    size_t width, row;
} table;

typedef struct heads {
    const yj_span *cell;
    size_t count;
} heads;

static bool has_head(const void *with, const char *column)
{
    const heads *h = with;
    for (size_t i = 0; i < h->count; i++)
        if (yj_span_is(trim(h->cell[i]), column))
            return true;
    return false;
}

/* Which list is it, of the kind that the file is named after or of another? */
static const yj_list *list_of(const table *t, yj_import_has_fn *has, const void *with,
                              const yj_kind **ret_kind)
{
    if (t->kind < 0) /* no register, whose kind the file's name says */
        return yj_import_list_any(t->p->c, has, with, ret_kind);
    *ret_kind = &t->p->c->kinds[t->kind];
    return yj_import_list_in(*ret_kind, has, with);
}

static void complain_unknown(yj_import_plan *p, const char *file)
{
    yj_error why = { 0 };
    (void)yj_fail(&why, YJ_E_INVALID, "the file is not named after a kind of record");
    yj_import_complain(p, file, 0, 0, 0, NULL, &why);
}

/* @return false: it is of no use, and has been complained of */
static bool begin(table *t, const yj_kind *k, const yj_list *list)
{
    if (!k || (!list && (t->from->table || t->kind < 0))) {
        yj_error why = { 0 };
        (void)yj_fail(&why, YJ_E_INVALID, "no kind of record takes a list with these columns");
        if (t->from->table)
            yj_import_complain(t->p, t->file, 0, 0, 0, NULL, &why);
        else
            complain_unknown(t->p, t->file);
        return false;
    }
    if (!yj_import_form_make(t->p, t->file, k, list, t->from->set, &t->form))
        return false;
    char hex[2 * YJ_HASH_LEN + 1];
    yj_digest d;
    if (list && !t->from->sha256) {
        yj_hash(YJ_HASH_SHA256, t->from->content.ptr, t->from->content.len, &d);
        yj_digest_hex(&d, hex);
    }
    if (list)
        yj_import_list_digest(t->p, t->file, &t->form, t->from->sha256 ? t->from->sha256 : hex);
    return true;
}

/* Where the columns of a list stand in the file. */
static void find_columns(table *t, const yj_span *cells, size_t count)
{
    const yj_list *list = t->form.list;
    for (size_t i = 0; i < count; i++) {
        t->cols[i] = COL_IGNORED;
        for (size_t n = 0; n < list->column_count; n++)
            if (yj_span_is(trim(cells[i]), list->columns[n]))
                t->cols[i] = (int)n;
    }
    for (size_t f = 0; f < list->field_count; f++)
        for (size_t i = 0; i < count && list->fields[f].column_count > 0; i++)
            if (t->cols[i] == list->fields[f].columns[0])
                t->columns[list->fields[f].field] = i + 1;
}

static yj_status begin_csv(table *t, const yj_span *cells, size_t count)
{
    const heads all = { cells, count };
    const yj_kind *k = NULL;
    const yj_list *list = list_of(t, has_head, &all, &k);
    if (!begin(t, k, list))
        return YJ_E_INVALID;
    t->width = count;
    t->columns = yj_arena_array(t->p->a, k->field_count + 1, sizeof *t->columns);
    if (!list)
        return read_header(t->p, t->file, k, cells, count, t->cols, t->columns);
    find_columns(t, cells, count);
    return YJ_OK;
}

static yj_import_row *new_row(table *t, size_t line, yj_error *err)
{
    if (t->p->row_count == YJ_IMPORT_ROWS_MAX) {
        (void)yj_fail(err, YJ_E_LIMIT, "more than %d rows in one import", YJ_IMPORT_ROWS_MAX);
        return NULL;
    }
    yj_import_row *r = yj_import_add_row(t->p, t->file, line, t->row, t->form.k->index);
    r->columns = t->columns;
    return r;
}

/* @param value for each column of the list */
static yj_status take_listed(table *t, size_t line, const yj_span *value, yj_error *err)
{
    if (!yj_import_list_keeps(t->form.list, value)) {
        t->p->report->left_out++;
        return YJ_OK;
    }
    yj_import_row *r = new_row(t, line, err);
    if (!r)
        return YJ_E_LIMIT;
    yj_import_list_row(r, &t->form, value);
    yj_import_fill(r, &t->form);
    return YJ_OK;
}

static yj_status take_cells(table *t, size_t line, const yj_span *cells, size_t count, yj_error *err)
{
    t->row++;
    /* a spreadsheet does not say where a row ends */
    if (count != t->width && !(t->from->table && count < t->width)) {
        yj_error why = { 0 };
        (void)yj_fail(&why, YJ_E_INVALID, "the row has %zu cells, the header %zu", count, t->width);
        yj_import_complain(t->p, t->file, line, t->row, 0, NULL, &why);
        return YJ_OK;
    }
    if (!t->form.list) {
        yj_import_row *r = new_row(t, line, err);
        if (!r)
            return YJ_E_LIMIT;
        read_row(t->p, r, t->form.k, t->cols, cells, count);
        yj_import_fill(r, &t->form);
        return YJ_OK;
    }
    yj_span value[YJ_CSV_CELLS_MAX];
    for (size_t i = 0; i < t->form.list->column_count; i++)
        value[i] = YJ_SPAN("");
    for (size_t i = 0; i < count; i++)
        if (t->cols[i] >= 0)
            value[t->cols[i]] = yj_csv_text(cells[i]);
    return take_listed(t, line, value, err);
}

static yj_status read_csv(table *t, yj_error *err)
{
    yj_auto(yj_csv_freep) yj_csv *csv = yj_csv_new(t->from->content);
    if (!csv)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    for (bool header = true;; header = false) {
        const yj_span *cells = NULL;
        size_t count = 0, line = 0;
        bool more = true;
        yj_error why = { 0 };
        yj_status s = yj_csv_next(csv, &cells, &count, &line, &more, &why);
        if (s == YJ_E_NOMEM)
            return yj_fail(err, YJ_E_NOMEM, "out of memory");
        if (s != YJ_OK) {
            size_t at_line = 0, at_column = 0;
            read_place(why.field, &at_line, &at_column);
            t->row += !header;
            yj_import_complain(t->p, t->file, at_line, t->row, at_column, NULL, &why);
            if (header)
                return YJ_OK;
            continue;
        }
        if (!more) {
            if (header && t->kind < 0)
                complain_unknown(t->p, t->file);
            return YJ_OK;
        }
        if (!header)
            YJ_TRY(take_cells(t, line, cells, count, err));
        else if (begin_csv(t, cells, count) != YJ_OK)
            return YJ_OK;
    }
}

/* --- JSON Lines ------------------------------------------------------------------------------- */

static void read_object(yj_import_plan *p, yj_import_row *r, const yj_kind *k, json_t *o)
{
    const char *name = NULL;
    json_t *v = NULL;
    json_object_foreach(o, name, v)
    {
        if (strcmp(name, "id") == 0 && json_is_string(v)) {
            r->given_id = yj_arena_strdup(p->a, json_string_value(v));
        } else if (strcmp(name, "state") == 0 && json_is_string(v)) {
            r->state = yj_arena_strdup(p->a, json_string_value(v));
        } else if (!yj_kind_field(k, yj_span_of(name))) {
            yj_error why = { 0 };
            (void)yj_fail(&why, YJ_E_INVALID, "kind %s has no field of that name", k->name);
            yj_import_complain(p, r->file, r->line, r->row, 0, name, &why);
        } else {
            json_object_set(r->fields, name, v);
        }
    }
}

static bool has_member(const void *with, const char *column)
{
    return json_object_get(with, column) != NULL;
}

/* A member as the list's CSV has it. */
static yj_span member_text(const json_t *v, char number[static 24])
{
    if (json_is_string(v))
        return (yj_span){ json_string_value(v), json_string_length(v) };
    if (json_is_boolean(v))
        return yj_span_of(json_is_true(v) ? "yes" : "no");
    if (!json_is_integer(v))
        return YJ_SPAN("");
    snprintf(number, 24, "%lld", (long long)json_integer_value(v));
    return yj_span_of(number);
}

static yj_status take_object(table *t, size_t line, json_t *o, yj_error *err)
{
    const yj_list *list = t->form.list;
    if (!list) {
        yj_import_row *r = new_row(t, line, err);
        if (!r)
            return YJ_E_LIMIT;
        read_object(t->p, r, t->form.k, o);
        yj_import_fill(r, &t->form);
        return YJ_OK;
    }
    yj_span value[YJ_CSV_CELLS_MAX];
    char number[YJ_CSV_CELLS_MAX][24];
    for (size_t i = 0; i < list->column_count; i++)
        value[i] = member_text(json_object_get(o, list->columns[i]), number[i]);
    return take_listed(t, line, value, err);
}

static yj_status read_jsonl(table *t, yj_error *err)
{
    yj_span content = t->from->content;
    size_t line = 0;
    while (content.len) {
        const char *nl = memchr(content.ptr, '\n', content.len);
        size_t len = nl ? (size_t)(nl - content.ptr) : content.len;
        yj_span text = trim((yj_span){ content.ptr, len });
        content = (yj_span){ content.ptr + len + (nl ? 1 : 0), content.len - len - (nl ? 1 : 0) };
        line++;
        if (text.len == 0 || yj_span_is(text, "\r"))
            continue;
        t->row++;
        yj_error why = { 0 };
        yj_auto(yj_json_freep) json_t *o = NULL;
        yj_status s = yj_json_parse(text, YJ_BODY_BYTES_MAX, &o, &why);
        if (s == YJ_OK && !json_is_object(o))
            s = yj_fail(&why, YJ_E_INVALID, "a line must be an object");
        if (s != YJ_OK) {
            yj_import_complain(t->p, t->file, line, t->row, 0, NULL, &why);
            continue;
        }
        if (!t->form.k) { /* the first one tells what the file is */
            const yj_kind *k = NULL;
            const yj_list *list = list_of(t, has_member, o, &k);
            if (!begin(t, k, list))
                return YJ_OK;
        }
        YJ_TRY(take_object(t, line, o, err));
    }
    return YJ_OK;
}

/* --- files ------------------------------------------------------------------------------------ */

bool yj_import_ends(const char *s, const char *end)
{
    size_t a = strlen(s), b = strlen(end);
    return a > b && strcmp(s + a - b, end) == 0;
}

yj_status yj_import_read(yj_import_plan *p, const yj_import_file *files, size_t count, yj_error *err)
{
    for (size_t i = 0; i < count; i++) {
        const char *slash = strrchr(files[i].name, '/');
        const char *name = yj_arena_strdup(p->a, slash ? slash + 1 : files[i].name);
        bool csv = files[i].table || yj_import_ends(name, ".csv"), jsonl = yj_import_ends(name, ".jsonl");
        const char *dot = strrchr(name, '.');
        const yj_kind *k = dot ? yj_catalog_kind(p->c, (yj_span){ name, (size_t)(dot - name) }) : NULL;
        if (!csv && !jsonl) {
            yj_error why = { 0 };
            (void)yj_fail(&why, YJ_E_INVALID, "a register is a file <kind>.csv or <kind>.jsonl");
            yj_import_complain(p, name, 0, 0, 0, NULL, &why);
            continue;
        }
        table t = { .p = p, .from = &files[i], .file = name, .kind = k ? k->index : -1 };
        yj_status s = csv ? read_csv(&t, err) : read_jsonl(&t, err);
        yj_import_form_done(&t.form);
        YJ_TRY(s);
    }
    p->report->rows = p->row_count;
    return yj_arena_status(p->a, err);
}
