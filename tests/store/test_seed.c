// SPDX-License-Identifier: Apache-2.0
/* A store that is planted is the one that statements make; and it is planted only where it fits. */
#include "kinds.h"

#include "base/file.h"
#include "store/seed.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

static const char schema_sql[] = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid";
static const char stats_sql[] = "SELECT tbl, idx, stat FROM sqlite_stat1 ORDER BY rowid";
static const char meta_sql[] = "SELECT key, value FROM meta ORDER BY key";

static void make_seed(const yj_test_store *t, yj_buf *ret)
{
    char scratch[300];
    yj_error err = { 0 };
    snprintf(scratch, sizeof scratch, "%s/scratch.db", t->dir);
    yj_buf_init(ret, YJ_SEED_BYTES_MAX);
    yj_ok(yj_seed_make(scratch, kinds, KIND_COUNT, ret, &err));
    assert_false(yj_path_exists(scratch));
}

/** The path of the store's file, with an ending. */
static const char *beside(const yj_test_store *t, const char *ending, char ret[static 400])
{
    snprintf(ret, 400, "%s%s", t->url + strlen("sqlite:"), ending);
    return ret;
}

static bool plant(yj_test_store *t, yj_span seed)
{
    yj_error err = { 0 };
    bool planted = false;
    yj_ok(yj_store_plant(t->store, seed, kinds, KIND_COUNT, &planted, &err));
    return planted;
}

/** Bring a store, planted or not, to where it can be used. */
static yj_db *begin(yj_test_store *t, int *ret_from)
{
    yj_error err = { 0 };
    yj_ok(yj_store_migrate(t->store, yj_schema_migrations, yj_schema_migration_count, ret_from, NULL, &err));
    yj_db *db = yj_test_db(t, YJ_DB_WRITE);
    yj_ok(yj_kind_tables_sync(db, kinds, KIND_COUNT, &err));
    return db;
}

static void assert_same_rows(yj_db *a, yj_db *b, const char *sql)
{
    char *x = yj_test_rows(a, sql), *y = yj_test_rows(b, sql);
    assert_true(strlen(x) > 0);
    assert_string_equal(x, y);
    free(x);
    free(y);
}

static void plant__gives_the_store_that_statements_make(void **state)
{
    yj_test_store *t = *state;
    yj_auto(yj_buf_done) yj_buf seed;
    make_seed(t, &seed);
    assert_true(plant(t, yj_buf_view(&seed)));
    char path[400];
    struct stat st;
    assert_int_equal(stat(beside(t, "", path), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);

    int from = 77;
    yj_db *db = begin(t, &from);
    assert_int_equal(
        from, yj_schema_migrations[yj_schema_migration_count - 1].version); /* nothing was left to do */
    yj_test_store by_statements = { .engine = YJ_ENGINE_SQLITE };
    yj_error err = { 0 };
    char url[400];
    snprintf(url, sizeof url, "sqlite:%s/other.db", t->dir);
    yj_ok(yj_store_open(url, &by_statements.store, &err));
    yj_db *other = begin(&by_statements, &from);
    assert_int_equal(from, 0);
    assert_same_rows(db, other, schema_sql);
    assert_same_rows(db, other, stats_sql);
    assert_same_rows(db, other, meta_sql);

    char *mode = yj_test_rows(db, "SELECT journal_mode FROM pragma_journal_mode");
    assert_string_equal(mode, "wal\n");
    free(mode);
    char *sound = yj_test_rows(db, "SELECT integrity_check FROM pragma_integrity_check");
    assert_string_equal(sound, "ok\n");
    free(sound);
    yj_test_script(db, "INSERT INTO r_empty_kind(inst, id, batch, until_batch, version, seq, state, erased)"
                       " VALUES(1, 'x', 0, 0, 1, 0, 'active', 0)");
    assert_int_equal(yj_test_number(db, "SELECT count(*) FROM r_empty_kind"), 1);
    yj_db_free(other);
    yj_db_free(db);
    yj_store_free(by_statements.store);
}

static void plant__only_where_it_fits(void **state)
{
    yj_test_store *t = *state;
    yj_auto(yj_buf_done) yj_buf seed;
    yj_error err = { 0 };
    bool planted = true;
    make_seed(t, &seed);
    assert_false(plant(t, YJ_SPAN("")));
    yj_ok(yj_store_plant(t->store, yj_buf_view(&seed), kinds, KIND_COUNT - 1, &planted, &err));
    assert_false(planted); /* of other kinds */
    char *engine = memmem(seed.ptr, seed.len, yj_rule_check_engine(), 20);
    assert_non_null(engine);
    engine[0] ^= 1;
    assert_false(plant(t, yj_buf_view(&seed))); /* of another SQLite */
    engine[0] ^= 1;

    char path[400];
    static const char *const there[] = { "", "-wal", "-journal" };
    for (size_t i = 0; i < YJ_COUNT(there); i++) {
        yj_ok(yj_file_write(beside(t, there[i], path), YJ_SPAN(""), 0600, &err));
        assert_false(plant(t, yj_buf_view(&seed)));
        assert_int_equal(remove(path), 0);
    }
    assert_true(plant(t, yj_buf_view(&seed)));
    assert_false(plant(t, yj_buf_view(&seed)));
}

static void plant__is_for_sqlite(void **state)
{
    yj_test_store *t = *state;
    yj_auto(yj_buf_done) yj_buf seed;
    make_seed(t, &seed);
    assert_false(plant(t, yj_buf_view(&seed)));
    yj_db *db = begin(t, NULL);
    assert_int_equal(yj_test_number(db, "SELECT count(*) FROM r_empty_kind"), 0);
    yj_db_free(db);
}

static void plant__leaves_no_half(void **state)
{
    yj_test_store *t = *state;
    yj_auto(yj_buf_done) yj_buf seed;
    yj_error err = { 0 };
    bool planted = true;
    char path[400];
    struct rlimit was, small;
    make_seed(t, &seed);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
    small = was;
    small.rlim_cur = 50000;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    yj_status s = yj_store_plant(t->store, yj_buf_view(&seed), kinds, KIND_COUNT, &planted, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
    assert_int_equal(s, YJ_E_FULL);
    assert_false(planted);
    assert_false(yj_path_exists(beside(t, "", path)));
    assert_true(plant(t, yj_buf_view(&seed)));
}

static void make__does_not_write_over_a_file(void **state)
{
    yj_test_store *t = *state;
    yj_auto(yj_buf_done) yj_buf seed;
    yj_error err = { 0 };
    char path[400];
    yj_buf_init(&seed, YJ_SEED_BYTES_MAX);
    yj_ok(yj_file_write(beside(t, ".mine", path), YJ_SPAN("mine"), 0600, &err));
    assert_int_equal(yj_seed_make(path, kinds, KIND_COUNT, &seed, &err), YJ_E_CONFLICT);
    assert_true(yj_path_exists(path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        yj_test_sqlite_only(plant__gives_the_store_that_statements_make),
        yj_test_sqlite_only(plant__only_where_it_fits),
        yj_test_postgres_only(plant__is_for_sqlite),
        yj_test_sqlite_only(plant__leaves_no_half),
        yj_test_sqlite_only(make__does_not_write_over_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
