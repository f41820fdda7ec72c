// SPDX-License-Identifier: Apache-2.0
/* Import and export: the doors. */
#include "record/transfer.h"

#include "base/csv.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/memory.h"
#include "ledger/pack_body.h"
#include "record/import.h"
#include "record/read.h"
#include <stdlib.h>

#define PLAN_BYTES_MAX ((size_t)8 << 30)
#define IMPORT_FILE_BYTES_MAX ((size_t)1 << 30)
#define EXPORT_BYTES_MAX ((size_t)4 << 30)

static void free_plan(yj_import_plan *p)
{
    for (size_t i = 0; i < p->row_count; i++) {
        json_decref(p->rows[i].fields);
        json_decref(p->rows[i].late);
    }
    yj_arena_free(p->a);
}

static yj_status first_problem(const yj_import_report *r, yj_status code, yj_error *err)
{
    /* twice: the problem itself has a wording in each language */
    const yj_import_problem *q = r->problems;
    if (!q)
        return yj_fail(err, code, "the import has %zu bad rows", r->problem_total);
    yj_error zh = { 0 };
    yj_status s = yj_fail(err, code, "%.100s line %zu: %.280s (%zu problems in all; nothing was written)",
                          q->file, q->line, q->msg, r->problem_total);
    (void)yj_fail(&zh, code, "%.100s line %zu: %.280s (%zu problems in all; nothing was written)", q->file,
                  q->line, q->msg_zh[0] ? q->msg_zh : q->msg, r->problem_total);
    if (err)
        memcpy(err->msg_zh, zh.msg_zh, sizeof err->msg_zh);
    if (q->column)
        (void)yj_error_at(err, "%s line %zu column %zu", q->file, q->line, q->column);
    else
        (void)yj_error_at(err, "%s line %zu", q->file, q->line);
    return s;
}

static yj_status plan_and_apply(yj_import_plan *p, const yj_import_file *files, size_t count, bool dry_run,
                                yj_error *err)
{
    yj_memory_begin();
    YJ_TRY(yj_import_read(p, files, count, err));
    YJ_TRY(yj_memory_status(err));
    YJ_TRY(yj_import_step(p, 0, p->row_count, err));
    yj_db *db = NULL;
    YJ_TRY(yj_reader_take(p->e, &db, err));
    yj_status s = yj_db_begin(db, YJ_DB_READ, err);
    if (s == YJ_OK)
        s = yj_import_match(p, db, err);
    yj_db_rollback(db);
    yj_reader_give(p->e, db);
    YJ_TRY(yj_memory_status(err)); /* a row may lack a part, or be found faulty for that */
    YJ_TRY(s);
    if (p->report->problem_total)
        return first_problem(p->report, YJ_E_INVALID, err);
    s = yj_import_apply(p, dry_run, err);
    bool refused = (s == YJ_E_INVALID || s == YJ_E_GATE) && p->report->problem_total;
    return refused ? first_problem(p->report, s, err) : s;
}

/* As they stand in the files, whatever step found them. */
static int by_place(const void *a, const void *b)
{
    const yj_import_problem *x = a, *y = b;
    int o = strcmp(x->file, y->file);
    if (o == 0)
        o = (x->line > y->line) - (x->line < y->line);
    return o ? o : (x->column > y->column) - (x->column < y->column);
}

yj_status yj_import_step(const yj_import_plan *p, size_t done, size_t total, yj_error *err)
{
    return p->watch && p->watch->step ? p->watch->step(p->watch->ctx, done, total, err) : YJ_OK;
}

yj_status yj_imports_clear(yj_engine *e, yj_error *err)
{
    return yj_batches_undo_open(e, err);
}

yj_status yj_import(yj_engine *e, int64_t inst, const char *by, const yj_import_file *files, size_t count,
                    bool dry_run, yj_import_report *ret, yj_error *err)
{
    return yj_import_watched(e, inst, by, files, count, dry_run, NULL, ret, err);
}

yj_status yj_import_watched(yj_engine *e, int64_t inst, const char *by, const yj_import_file *files,
                            size_t count, bool dry_run, const yj_import_watch *watch, yj_import_report *ret,
                            yj_error *err)
{
    *ret = (yj_import_report){ 0 };
    yj_auto(yj_catalog_unrefp) yj_catalog *c = yj_engine_catalog(e);
    yj_import_plan p = { .e = e,
                         .c = c,
                         .inst = inst,
                         .by = by,
                         .a = yj_arena_new(PLAN_BYTES_MAX),
                         .report = ret,
                         .watch = watch,
                         .dry_run = dry_run };
    if (!p.a)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_status s = plan_and_apply(&p, files, count, dry_run, err);
    if (ret->problem_count > 1)
        qsort(ret->problems, ret->problem_count, sizeof *ret->problems, by_place);
    if (s != YJ_OK)
        ret->created = ret->changed = ret->moved = 0;
    free_plan(&p);
    return s;
}

static bool all_texts(const json_t *fields)
{
    const char *name = NULL;
    json_t *v = NULL;
    json_object_foreach((json_t *)(uintptr_t)fields, name, v)
    {
        if (!json_is_string(v))
            return false;
    }
    return json_is_object(fields);
}

yj_status yj_import_files_set(yj_import_file *files, size_t count, const json_t *set, yj_error *err)
{
    const char *kind = NULL;
    json_t *fields = NULL;
    yj_status s = !set || json_is_object(set) ? YJ_OK : YJ_E_INVALID;
    json_object_foreach((json_t *)(uintptr_t)set, kind, fields)
    {
        size_t len = strlen(kind), found = 0;
        for (size_t i = 0; i < count; i++)
            if (strncmp(files[i].name, kind, len) == 0 && files[i].name[len] == '.') {
                files[i].set = fields;
                found++;
            }
        if (!found || !all_texts(fields))
            s = YJ_E_INVALID;
    }
    if (s == YJ_OK)
        return YJ_OK;
    yj_fail(err, s, "set must be {\"KIND\":{\"FIELD\":\"TEXT\"}}, each kind with a file of its name");
    return yj_error_at(err, "set");
}

/* --- from files ------------------------------------------------------------------------------- */

typedef struct loaded {
    yj_import_file *files;
    yj_buf *texts;
    char **names;
    size_t count;
    char sha256[2 * YJ_HASH_LEN + 1]; /* of a spreadsheet: there is one at most, folders have none */
} loaded;

static void loaded_done(loaded *l)
{
    for (size_t i = 0; i < l->count; i++) {
        yj_buf_done(&l->texts[i]);
        free(l->names[i]);
    }
    free(l->files);
    free(l->texts);
    free(l->names);
}

static yj_status digest_file(const char *path, char ret[static 2 * YJ_HASH_LEN + 1], yj_error *err)
{
    yj_digest d;
    yj_auto(yj_buf_done) yj_buf whole;
    yj_buf_init(&whole, IMPORT_FILE_BYTES_MAX);
    YJ_TRY(yj_file_read(path, IMPORT_FILE_BYTES_MAX, &whole, err));
    yj_hash(YJ_HASH_SHA256, whole.ptr, whole.len, &d);
    yj_digest_hex(&d, ret);
    return YJ_OK;
}

static yj_status load_one(loaded *l, const char *path, yj_error *err)
{
    size_t i = l->count;
    l->names[i] = strdup(path);
    if (!l->names[i])
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_buf_init(&l->texts[i], IMPORT_FILE_BYTES_MAX);
    l->count++;
    bool table = yj_import_ends(path, ".xlsx");
    if (table) {
        YJ_TRY(digest_file(path, l->sha256, err));
        YJ_TRY(yj_import_sheet(path, &l->texts[i], err));
    } else {
        YJ_TRY(yj_file_read(path, IMPORT_FILE_BYTES_MAX, &l->texts[i], err));
    }
    l->files[i] = (yj_import_file){ .name = l->names[i],
                                    .content = yj_buf_view(&l->texts[i]),
                                    .sha256 = table ? l->sha256 : NULL,
                                    .table = table };
    return YJ_OK;
}

static bool is_register(const char *name)
{
    return yj_import_ends(name, ".csv") || yj_import_ends(name, ".jsonl");
}

static yj_status load_folder(loaded *l, const char *path, yj_names *names, yj_error *err)
{
    for (size_t i = 0; i < names->count; i++) {
        if (!is_register(names->name[i]))
            continue;
        char *full = NULL;
        if (asprintf(&full, "%s/%s", path, names->name[i]) < 0)
            return yj_fail(err, YJ_E_NOMEM, "out of memory");
        yj_status s = load_one(l, full, err);
        free(full);
        YJ_TRY(s);
    }
    return l->count ? YJ_OK : yj_fail(err, YJ_E_NOT_FOUND, "folder %s holds no *.csv and no *.jsonl", path);
}

yj_status yj_import_path(yj_engine *e, int64_t inst, const char *by, const char *path, bool dry_run,
                         yj_import_report *ret, yj_error *err)
{
    return yj_import_path_watched(e, inst, by, path, NULL, dry_run, NULL, ret, err);
}

yj_status yj_import_path_watched(yj_engine *e, int64_t inst, const char *by, const char *path,
                                 const json_t *set, bool dry_run, const yj_import_watch *watch,
                                 yj_import_report *ret, yj_error *err)
{
    *ret = (yj_import_report){ 0 };
    bool folder = yj_path_is_dir(path);
    yj_names names = { 0 };
    if (folder)
        YJ_TRY(yj_dir_list(path, &names, err));
    size_t room = folder ? names.count + 1 : 1;
    loaded l = { calloc(room, sizeof *l.files), calloc(room, sizeof *l.texts), calloc(room, sizeof *l.names),
                 0, "" };
    yj_status s = l.files && l.texts && l.names ? YJ_OK : yj_fail(err, YJ_E_NOMEM, "out of memory");
    if (s == YJ_OK)
        s = folder ? load_folder(&l, path, &names, err) : load_one(&l, path, err);
    for (size_t i = 0; i < l.count; i++)
        l.files[i].set = set;
    if (s == YJ_OK)
        s = yj_import_watched(e, inst, by, l.files, l.count, dry_run, watch, ret, err);
    loaded_done(&l);
    yj_names_free(&names);
    return s;
}

/* --- export ----------------------------------------------------------------------------------- */

static yj_status write_ref(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *to, const json_t *v,
                           yj_buf *cell, yj_error *err)
{
    size_t before = cell->len;
    YJ_TRY(yj_record_key(db, c, inst, to, json_string_value(v), 0, cell, err));
    if (cell->len == before) /* erased: its key is gone, its id is not */
        yj_buf_fmt(cell, "id:%s", json_string_value(v));
    return YJ_OK;
}

static yj_status write_value(yj_db *db, const yj_catalog *c, int64_t inst, const yj_field *f,
                             const yj_kind *to, const json_t *v, yj_buf *cell, yj_error *err)
{
    if (to)
        return write_ref(db, c, inst, to, v, cell, err);
    if (json_is_integer(v) && f->clock && yj_clock_time_valid(json_integer_value(v)))
        yj_clock_time_write(json_integer_value(v), cell);
    else if (json_is_integer(v))
        yj_buf_i64(cell, json_integer_value(v));
    else if (json_is_boolean(v))
        yj_buf_str(cell, json_is_true(v) ? "true" : "false");
    else
        yj_buf_add(cell, json_string_value(v), json_string_length(v));
    return YJ_OK;
}

yj_status yj_import_cell(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k, const yj_field *f,
                         const json_t *fields, yj_buf *cell, yj_error *err)
{
    const json_t *v = json_object_get(fields, f->name);
    const yj_kind *to = yj_field_target(c, k, f, fields);
    if (v && !f->list)
        return write_value(db, c, inst, f, to, v, cell, err);
    for (size_t i = 0; f->list && i < json_array_size(v); i++) {
        if (i > 0)
            yj_buf_char(cell, ';');
        YJ_TRY(write_value(db, c, inst, f, to, json_array_get(v, i), cell, err));
    }
    return YJ_OK;
}

static yj_status write_field(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k,
                             const yj_field *f, const json_t *fields, yj_buf *out, yj_error *err)
{
    yj_buf cell;
    yj_buf_init(&cell, YJ_CSV_CELL_BYTES_MAX);
    yj_status s = yj_import_cell(db, c, inst, k, f, fields, &cell, err);
    /* numbers stay numbers: they are made by us and hold nothing else */
    bool number = !f->list && (f->type == YJ_T_INTEGER || f->type == YJ_T_DECIMAL);
    if (s == YJ_OK && number)
        yj_csv_write_cell(out, yj_buf_view(&cell));
    else if (s == YJ_OK)
        yj_csv_write_text(out, yj_buf_view(&cell));
    yj_buf_done(&cell);
    return s;
}

static yj_status write_line(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k, yj_stmt *st,
                            yj_buf *out, yj_error *err)
{
    yj_auto(yj_json_freep) json_t *body = NULL;
    YJ_TRY(yj_col_body_json(st, 2, 3, &body, err));
    const json_t *fields = json_object_get(body, "fields");
    yj_csv_write_cell(out, yj_col_text(st, 0));
    for (size_t i = 0; i < k->field_count; i++) {
        yj_buf_char(out, ',');
        YJ_TRY(write_field(db, c, inst, k, &k->fields[i], fields, out, err));
    }
    yj_buf_char(out, ',');
    yj_csv_write_cell(out, yj_col_text(st, 1));
    yj_buf_char(out, '\n');
    return yj_buf_status(out, err);
}

yj_status yj_export_kind(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k, yj_buf *out,
                         yj_error *err)
{
    char sql[512];
    snprintf(
        sql, sizeof sql,
        "SELECT r.id, r.state, b.body, b.packed FROM r_%s r JOIN body b ON b.inst = r.inst AND b.seq = r.seq "
        "WHERE r.inst = ?1 "
        "AND r.erased = 0 AND r.state <> '" YJ_STATE_WITHDRAWN "' AND " YJ_SQL_VISIBLE("r") " ORDER BY r.id",
        k->name);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    yj_bind_i64(st, 1, inst);
    yj_buf_str(out, "id");
    for (size_t i = 0; i < k->field_count; i++) {
        yj_buf_char(out, ',');
        yj_buf_str(out, k->fields[i].name);
    }
    yj_buf_str(out, ",state\n");
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return yj_buf_status(out, err);
        YJ_TRY(write_line(db, c, inst, k, st, out, err));
    }
}

static yj_status export_kind_file(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k,
                                  const char *folder, yj_error *err)
{
    yj_buf text;
    yj_buf_init(&text, EXPORT_BYTES_MAX);
    yj_status s = yj_export_kind(db, c, inst, k, &text, err);
    bool rows = s == YJ_OK && memchr(text.ptr, '\n', text.len) != text.ptr + text.len - 1;
    char *path = NULL;
    if (s == YJ_OK && rows && asprintf(&path, "%s/%s.csv", folder, k->name) < 0)
        s = yj_fail(err, YJ_E_NOMEM, "out of memory");
    if (s == YJ_OK && rows)
        s = yj_file_write(path, yj_buf_view(&text), 0600, err);
    free(path);
    yj_buf_done(&text);
    return s;
}

yj_status yj_export_folder(yj_engine *e, int64_t inst, const char *folder, yj_error *err)
{
    if (yj_path_exists(folder)) {
        yj_names names = { 0 };
        YJ_TRY(yj_dir_list(folder, &names, err));
        size_t n = names.count;
        yj_names_free(&names);
        if (n)
            return yj_fail(err, YJ_E_CONFLICT, "folder %s is not empty", folder);
    }
    bool existed = yj_path_exists(folder);
    YJ_TRY(yj_dir_make(folder, err));
    yj_auto(yj_catalog_unrefp) yj_catalog *c = yj_engine_catalog(e);
    yj_db *db = NULL;
    YJ_TRY(yj_reader_take(e, &db, err));
    yj_status s = yj_db_begin(db, YJ_DB_READ, err);
    for (size_t i = 0; s == YJ_OK && i < c->kind_count; i++)
        /* the institution's own record is its ledger's first: it is not made by an import */
        if (!c->kinds[i].installation && strcmp(c->kinds[i].name, "institution") != 0)
            s = export_kind_file(db, c, inst, &c->kinds[i], folder, err);
    yj_reader_give(e, db);
    if (s != YJ_OK && yj_dir_remove(folder, NULL) == YJ_OK && existed) /* all or nothing */
        yj_ignore(yj_dir_make(folder, NULL));
    return s;
}

void yj_import_template(const yj_kind *k, yj_buf *out)
{
    for (size_t i = 0; i < k->field_count; i++) {
        if (i > 0)
            yj_buf_char(out, ',');
        yj_buf_str(out, k->fields[i].name);
    }
    yj_buf_char(out, '\n');
}
