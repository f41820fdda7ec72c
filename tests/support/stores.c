// SPDX-License-Identifier: Apache-2.0
#include "stores.h"
#include "pg.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *f)
{
    (void)st;
    (void)type;
    (void)f;
    return remove(path);
}

void yj_test_folder_remove(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

char *yj_test_folder(void)
{
    const char *tmp = getenv("TMPDIR");
    char *path = NULL;
    if (asprintf(&path, "%s/yj-test-XXXXXX", tmp && tmp[0] ? tmp : "/tmp") < 0 || !mkdtemp(path)) {
        free(path);
        return NULL;
    }
    return path;
}

static int set_up(void **state, yj_engine_kind engine)
{
    yj_test_store *t = calloc(1, sizeof *t);
    if (!t)
        return -1;
    t->engine = engine;
    t->dir = yj_test_folder();
    if (!t->dir)
        return -1;
    if (engine == YJ_ENGINE_SQLITE) {
        if (asprintf(&t->url, "sqlite:%s/store.db", t->dir) < 0)
            return -1;
    } else {
        yj_test_pg_clean();
        t->url = strdup(yj_test_pg_url());
    }
    yj_error err = { 0 };
    if (yj_store_open(t->url, &t->store, &err) != YJ_OK) {
        print_error("%s\n", err.msg);
        return -1;
    }
    *state = t;
    return 0;
}

int yj_test_setup_sqlite(void **state)
{
    return set_up(state, YJ_ENGINE_SQLITE);
}

int yj_test_setup_postgres(void **state)
{
    return set_up(state, YJ_ENGINE_POSTGRES);
}

int yj_test_teardown(void **state)
{
    yj_test_store *t = *state;
    yj_store_free(t->store);
    yj_test_folder_remove(t->dir);
    free(t->dir);
    free(t->url);
    free(t);
    return 0;
}

yj_db *yj_test_db(yj_test_store *t, yj_db_mode mode)
{
    yj_error err = { 0 };
    yj_db *db = NULL;
    yj_ok(yj_db_open(t->store, mode, &db, &err));
    return db;
}

void yj_test_script(yj_db *db, const char *sql)
{
    yj_error err = { 0 };
    yj_ok(yj_db_script(db, sql, &err));
}

int64_t yj_test_number(yj_db *db, const char *sql)
{
    yj_error err = { 0 };
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    yj_ok(yj_db_prepare_made(db, sql, &st, &err));
    yj_ok(yj_stmt_step(st, &row, &err));
    return row ? yj_col_i64(st, 0) : -1;
}

char *yj_test_rows(yj_db *db, const char *sql)
{
    yj_error err = { 0 };
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    yj_buf out;
    yj_buf_init(&out, (size_t)64 << 20);
    yj_buf_str(&out, "");
    yj_ok(yj_db_prepare_made(db, sql, &st, &err));
    for (;;) {
        yj_ok(yj_stmt_step(st, &row, &err));
        if (!row)
            break;
        for (int i = 0; i < yj_stmt_columns(st); i++) {
            if (i)
                yj_buf_char(&out, '|');
            if (yj_col_null(st, i))
                yj_buf_char(&out, '-');
            else
                yj_buf_span(&out, yj_col_text(st, i));
        }
        yj_buf_char(&out, '\n');
    }
    yj_ok(yj_buf_status(&out, &err));
    char *text = strdup(out.ptr ? out.ptr : "");
    yj_buf_done(&out);
    return text;
}
