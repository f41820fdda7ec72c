// SPDX-License-Identifier: Apache-2.0
/* What scan does with a real PostgreSQL (tools/with-postgres) where a test from outside would take too long:
 * limits of time, and pages drawn of what the engine believes to be large. */
#include "../base/test.h"
#include "instrument/scan/tables.h"
#include <libpq-fe.h>
#include <unistd.h>

static PGconn *admin, *db;
static char name[64], url[512];
static yj_error err;

static void sql(PGconn *c, const char *text)
{
    PGresult *r = PQexec(c, text);
    if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK)
        fail_msg("%s: %s", text, PQerrorMessage(c));
    PQclear(r);
}

typedef struct said {
    char text[4096];
    uint64_t rows[8];
    size_t count;
} said;

static yj_status on_file(void *with, const yj_scan_file *f, yj_error *e)
{
    said *s = with;
    size_t n = strlen(s->text);
    assert_true(s->count < YJ_COUNT(s->rows));
    s->rows[s->count++] = f->rows->rows_read;
    snprintf(s->text + n, sizeof s->text - n, "%s %s %s %s%s\n", strstr(f->path, "!/") + 2,
             yj_scan_state_name(f->state), yj_scan_reason_name(f->reason), yj_scan_way_name(f->rows->way),
             f->words && strstr(f->words, "timeout") ? " timeout" : "");
    return YJ_OK;
}

static void scan(unsigned percent, uint32_t seed, said *s)
{
    yj_scan_tables t = { .url = url, .percent = percent, .seed = seed, .seconds = 1 };
    yj_scan_wish wish = { .file = on_file, .with = s };
    *s = (said){ .count = 0 };
    assert_status(yj_scan_tables_run(&t, &wish, &err), YJ_OK);
}

/* Somebody holds the table for good: it costs the table, and the others are read. */
static void tables__that_take_too_long_are_given_up(void **state)
{
    said s;
    sql(db, "CREATE TABLE held(a text); CREATE TABLE later(a text); INSERT INTO later VALUES('x')");
    sql(db, "BEGIN; LOCK TABLE held IN ACCESS EXCLUSIVE MODE");
    scan(0, 1, &s);
    sql(db, "ROLLBACK; DROP TABLE held, later");
    assert_string_equal(s.text, "held!/a unreadable engine all timeout\nlater!/a looked_into  all\n");
}

static void pages__are_drawn_of_large_tables(void **state)
{
    said s, again;
    sql(db, "CREATE TABLE large(a text); INSERT INTO large SELECT repeat('y', 500) FROM generate_series(1, "
            "3000)");
    sql(db, "UPDATE pg_class SET reltuples = 2000000 WHERE relname = 'large'");
    scan(30, 7, &s);
    assert_string_equal(s.text, "large!/a in_part sampled pages\n");
    assert_true(s.rows[0] > 0 && s.rows[0] < 3000);
    scan(30, 7, &again);
    assert_int_equal(again.rows[0], s.rows[0]);
    sql(db, "UPDATE pg_class SET reltuples = 3000 WHERE relname = 'large'");
    scan(30, 7, &s);
    assert_string_equal(s.text, "large!/a in_part sampled rows\n");
    sql(db, "DROP TABLE large");
}

static int begin(void **state)
{
    const char *given = getenv("YJ_TEST_PG_URL");
    const char *end = given ? strrchr(given, '/') : NULL;
    char text[128];
    if (!end) {
        print_error("run under tools/with-postgres: YJ_TEST_PG_URL is not set\n");
        return -1;
    }
    snprintf(name, sizeof name, "yj_scan_tables_%d", (int)getpid());
    snprintf(url, sizeof url, "%.*s/%s", (int)(end - given), given, name);
    snprintf(text, sizeof text, "CREATE DATABASE %s", name);
    admin = PQconnectdb(given);
    sql(admin, text);
    db = PQconnectdb(url);
    return PQstatus(db) == CONNECTION_OK ? 0 : -1;
}

static int end(void **state)
{
    char text[128];
    snprintf(text, sizeof text, "DROP DATABASE %s WITH (FORCE)", name);
    PQfinish(db);
    sql(admin, text);
    PQfinish(admin);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables__that_take_too_long_are_given_up),
        cmocka_unit_test(pages__are_drawn_of_large_tables),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
