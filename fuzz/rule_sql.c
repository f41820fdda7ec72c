// SPDX-License-Identifier: Apache-2.0
/* A text that the check of rules accepts holds none of the forbidden characters, never meets the fences
 * behind the check, and ends within its limits. */
#include "fuzz.h"

#include "store/confine_internal.h"
#include "store/schema.h"
#include <stdio.h>
#include <unistd.h>

static const yj_kind_column columns[] = {
    { .name = "name" },
    { .name = "level", .is_integer = true },
    { .name = "owner", .is_ref = true },
    { .name = "tags", .is_list = true },
};
static const yj_kind_table kinds[] = { { "system", columns, YJ_COUNT(columns) }, { "contract", columns, 2 } };
static const char *const params[] = { "months", "word" };

static yj_rule_checker *checker;
static yj_db *db;

static void need(yj_status s, const yj_error *err)
{
    if (s != YJ_OK) {
        fprintf(stderr, "%s\n", err->msg);
        abort();
    }
}

static void set_up(void)
{
    yj_error err = { 0 };
    yj_store *store = NULL; /* lives as long as the process */
    char folder[] = "/tmp/yj-fuzz-XXXXXX", url[64], path[64];
    if (!mkdtemp(folder))
        abort();
    snprintf(url, sizeof url, "sqlite:%s/s", folder);
    need(yj_store_open(url, &store, &err), &err);
    need(yj_store_migrate(store, yj_schema_migrations, yj_schema_migration_count, NULL, NULL, &err), &err);
    need(yj_db_open(store, YJ_DB_WRITE, &db, &err), &err);
    need(yj_kind_tables_sync(db, kinds, YJ_COUNT(kinds), &err), &err);
    need(yj_db_script(db, "INSERT INTO r_system VALUES(1, 's1', 0, 0, 1, 1, 'a', 'n', 0, 'x', 3, 'o')", &err),
         &err);
    need(yj_confine_setup(db, kinds, YJ_COUNT(kinds), &err), &err);
    yj_scope scope = { .inst = 1, .today = { "2026-11-22" } };
    need(yj_confine_scope(db, &scope, &err), &err);
    need(yj_rule_checker_new(kinds, YJ_COUNT(kinds), &checker, &err), &err);
    static const char *const files[] = { "s", "s-wal", "s-shm" }; /* they go with the process */
    for (size_t i = 0; i < YJ_COUNT(files); i++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        (void)unlink(path);
    }
    (void)rmdir(folder);
}

static yj_status ignore_row(void *ctx, yj_stmt *row, yj_error *err)
{
    (void)ctx;
    (void)row;
    (void)err;
    return YJ_OK;
}

static void write_question_mark(void *ctx, size_t n, yj_buf *out)
{
    (void)ctx;
    (void)n;
    yj_buf_char(out, '?');
}

/** Outside texts and comments. */
static bool holds_forbidden(const char *p)
{
    for (; *p; p++) {
        if (*p == '\'') {
            for (p++; *p && *p != '\''; p++)
                ;
            assert(*p);
        } else if (p[0] == '-' && p[1] == '-') {
            while (p[1] && p[1] != '\n')
                p++;
        } else if (strchr("\"[]`\\$;?{}!@#^&~", *p) || (unsigned char)*p >= 0x80 ||
                   (p[0] == ':' && p[1] == ':') || (p[0] == '/' && p[1] == '*')) {
            return true;
        }
    }
    return false;
}

static void check_accepted(const char *sql, const yj_rule_shape *shape)
{
    yj_error err = { 0 };
    assert(!holds_forbidden(sql));
    assert(shape->column_count > 0);
    static const yj_rule_param values[] = { { "months", "12", true }, { "word", "x", false } };
    static const char *const subjects[] = { "s1", "s2" };
    yj_rule_limits limits = { .max_rows = 1000, .max_ms = 50 };
    yj_status s = yj_confine_run(db, sql, values, YJ_COUNT(values), subjects, YJ_COUNT(subjects), limits,
                                 ignore_row, NULL, &err);
    if (s == YJ_E_FORBIDDEN || s == YJ_E_INVALID) {
        fprintf(stderr, "%s\n", err.msg);
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!db)
        set_up();
    yj_error err = { 0 };
    yj_rule_shape shape = { 0 };
    yj_span text = { (const char *)data, size };
    yj_status s = yj_rule_sql_check(checker, text, params, YJ_COUNT(params), &shape, &err);
    assert(s == YJ_OK || s == YJ_E_INVALID || s == YJ_E_LIMIT);
    if (s == YJ_OK) {
        char *sql = strndup(text.ptr, text.len); /* accepted: holds no NUL */
        check_accepted(sql, &shape);
        free(sql);
    } else {
        assert(err.msg[0] && !shape.reads && !shape.columns);
    }
    yj_rule_shape_done(&shape);

    yj_rule_text read = { 0 }; /* whatever the text: reading it loosely and writing it never fails */
    if (yj_rule_text_read_anything(text, &read, &err) == YJ_OK) {
        yj_buf out;
        yj_buf_init(&out, (size_t)1 << 20);
        yj_rule_text_write(text, &read, write_question_mark, NULL, true, &out);
        yj_buf_done(&out);
        yj_rule_text_done(&read);
    }
    return 0;
}
