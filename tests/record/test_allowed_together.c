// SPDX-License-Identifier: Apache-2.0
/* Rights that change within a commit or during an import, and imports row by row. */
#include "allowed_test.h"

#include "record/transfer.h"
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* --- one commit ------------------------------------------------------------------------------- */

/* Keeps the writer busy until all that is to go into one commit waits for it. */
typedef struct blocker {
    yj_engine *e;
    pthread_t thread;
    sem_t runs, goes;
} blocker;

static yj_status stand(yj_db *db, void *ctx, yj_error *err)
{
    blocker *x = ctx;
    (void)db;
    (void)err;
    (void)sem_post(&x->runs);
    while (sem_wait(&x->goes) != 0)
        ;
    return YJ_OK;
}

static void *stand_in_the_way(void *ctx)
{
    blocker *x = ctx;
    yj_error err = { 0 };
    yj_ignore(yj_engine_write(x->e, stand, x, &err));
    return NULL;
}

static void block(blocker *x, yj_engine *e)
{
    x->e = e;
    (void)sem_init(&x->runs, 0, 0);
    (void)sem_init(&x->goes, 0, 0);
    assert_int_equal(pthread_create(&x->thread, NULL, stand_in_the_way, x), 0);
    while (sem_wait(&x->runs) != 0)
        ;
}

static uint64_t waiting(yj_engine *e)
{
    yj_engine_stats st;
    yj_engine_stats_read(e, &st);
    return st.queue_depth;
}

static void let_go(blocker *x, uint64_t when_wait)
{
    for (int i = 0; i < 20000 && waiting(x->e) < when_wait; i++)
        usleep(1000);
    assert_int_equal(waiting(x->e), when_wait);
    (void)sem_post(&x->goes);
    pthread_join(x->thread, NULL);
    (void)sem_destroy(&x->runs);
    (void)sem_destroy(&x->goes);
}

typedef struct queued {
    yj_change c;
    json_t *fields;
    sem_t done;
} queued;

static void was_done(yj_change *c, void *ctx)
{
    (void)c;
    (void)sem_post(ctx);
}

static void submit(acting *s, queued *q, const act *a)
{
    yj_error err = { 0 };
    q->fields = NULL;
    if (a->json)
        yj_ok(yj_json_parse(yj_span_of(a->json), YJ_JSON_BYTES_MAX, &q->fields, &err));
    q->c = (yj_change){ .inst = s->b.inst.inst,
                        .op = a->transition ? YJ_CH_MOVE
                              : a->id       ? YJ_CH_CHANGE
                                            : YJ_CH_CREATE,
                        .by = a->by ? a->by : yj_engine_operator(s->b.e),
                        .kind = bench_kind(&s->b, a->kind),
                        .id = a->id,
                        .expect_version = -1,
                        .transition = a->transition,
                        .fields = q->fields,
                        .dry_run = a->dry,
                        .done = was_done,
                        .ctx = &q->done };
    (void)sem_init(&q->done, 0, 0);
    yj_ok(yj_change_submit(s->b.e, &q->c, &err));
}

static yj_status outcome(queued *q)
{
    while (sem_wait(&q->done) != 0)
        ;
    yj_status st = q->c.status;
    (void)sem_destroy(&q->done);
    yj_change_done(&q->c);
    json_decref(q->fields);
    return st;
}

#define TOGETHER_MAX 16

static void largest(void *ctx, int64_t inst, uint64_t from_seq, uint64_t size, bool judgement)
{
    uint64_t *most = ctx;
    (void)inst;
    (void)judgement;
    if (size - from_seq > *most)
        *most = size - from_seq;
}

/* All of them in one commit. @param want what each comes to */
static void run_together(acting *s, const act *acts, const yj_status *want, size_t count)
{
    queued q[TOGETHER_MAX];
    blocker x;
    yj_error err = { 0 };
    uint64_t most = 0, fine = 0; /* entries of the largest commit; those that there are to be */
    assert_true(count <= TOGETHER_MAX);
    yj_ok(yj_engine_settle(s->b.e, 60000, &err));
    yj_engine_on_commit(s->b.e, largest, &most);
    block(&x, s->b.e);
    for (size_t i = 0; i < count; i++)
        submit(s, &q[i], &acts[i]);
    let_go(&x, count);
    for (size_t i = 0; i < count; i++) {
        yj_status got = outcome(&q[i]);
        if (got != want[i])
            fail_msg("act %zu: %d is not %d: %s", i, (int)got, (int)want[i], q[i].c.error.msg);
        fine += got == YJ_OK;
    }
    yj_engine_off_commit(s->b.e, largest, &most);
    assert_true(most >= fine);
}

static void who_leaves__may_nothing_from_there_on_in_the_same_commit(void **state)
{
    acting s;
    acting_open(&s, state);
    const act acts[] = {
        { .by = s.it, .kind = "knot", .json = "{\"code\":\"K1\"}" },
        { .by = s.it, .kind = "knot", .json = "{\"code\":\"K2\"}" },
        { .kind = "person", .id = s.it, .transition = "leave" },
        { .by = s.it, .kind = "knot", .json = "{\"code\":\"K3\"}" },
        { .by = s.risk, .kind = "knot", .json = "{\"code\":\"K4\"}" },
        { .kind = "person", .id = s.it, .transition = "come_back" },
        { .by = s.it, .kind = "knot", .json = "{\"code\":\"K5\"}" },
        { .by = s.admin, .kind = "person", .id = s.it, .json = "{\"roles\":[\"reader\"]}" },
        { .by = s.it, .kind = "knot", .json = "{\"code\":\"K6\"}" },
        { .by = s.admin, .kind = "person", .id = s.nobody, .json = "{\"roles\":[\"it\"]}" },
        { .by = s.nobody, .kind = "knot", .json = "{\"code\":\"K7\"}" },
    };
    const yj_status want[] = { YJ_OK, YJ_OK, YJ_OK, NO, YJ_OK, YJ_OK, YJ_OK, YJ_OK, NO, YJ_OK, YJ_OK };
    yj_engine_stats before, after;
    yj_engine_stats_read(s.b.e, &before);
    run_together(&s, acts, want, YJ_COUNT(acts));
    yj_engine_stats_read(s.b.e, &after);
    assert_int_equal(after.refused - before.refused, 2);
    char *rows = bench_rows(&s.b, "SELECT nkey FROM r_knot ORDER BY nkey");
    assert_string_equal(rows, "K1\nK2\nK4\nK5\nK7\n");
    free(rows);
    acting_close(&s);
}

static void a_delegation__counts_as_it_stands_in_the_same_commit(void **state)
{
    acting s;
    char json[300], old[ID_BYTES];
    acting_open(&s, state);
    snprintf(json, sizeof json,
             "{\"from_person\":\"%s\",\"to_person\":\"%s\",\"from_date\":\"2026-03-01\",\"until_date\":"
             "\"2026-03-31\","
             "\"reason\":\"leave\"}",
             s.it, s.nobody);
    memcpy(old, bench_put(&s.b, "delegation", json), ID_BYTES);
    snprintf(json, sizeof json,
             "{\"from_person\":\"%s\",\"to_person\":\"%s\",\"from_date\":\"2026-03-01\",\"until_date\":"
             "\"2026-03-31\","
             "\"reason\":\"leave\"}",
             s.risk, s.nobody);
    const act acts[] = {
        { .by = s.nobody, .kind = "knot", .json = "{\"code\":\"K1\"}" },
        { .by = s.admin, .kind = "delegation", .id = old, .transition = "end" },
        { .by = s.nobody, .kind = "knot", .json = "{\"code\":\"K2\"}" },
        { .by = s.admin, .kind = "delegation", .json = json },
        { .by = s.nobody, .kind = "knot", .json = "{\"code\":\"K3\"}" },
        { .by = s.nobody, .kind = "service", .json = "{\"code\":\"S1\"}" },
    };
    const yj_status want[] = { YJ_OK, YJ_OK, NO, YJ_OK, YJ_OK, NO };
    run_together(&s, acts, want, YJ_COUNT(acts));
    acting_close(&s);
}

/* --- imports ---------------------------------------------------------------------------------- */

#define FILE_OF(called, text) ((yj_import_file){ .name = (called), .content = yj_span_of(text) })

static yj_status import(acting *s, const char *by, const yj_import_file *files, size_t n, bool dry,
                        yj_import_report *r)
{
    s->err = (yj_error){ 0 };
    return yj_import(s->b.e, s->b.inst.inst, by, files, n, dry, r, &s->err);
}

static void assert_problem(const yj_import_report *r, size_t i, const char *file, size_t line,
                           const char *says)
{
    assert_true(i < r->problem_count);
    const yj_import_problem *p = &r->problems[i];
    if (strcmp(p->file, file) != 0 || p->line != line || !strstr(p->msg, says))
        fail_msg("%s:%zu \"%s\" is not %s:%zu with: %s", p->file, p->line, p->msg, file, line, says);
    assert_true(p->msg_zh[0]);
}

static void imports__name_each_row_that_the_person_may_not_write(void **state)
{
    acting s;
    acting_open(&s, state);
    bench_put(&s.b, "knot", "{\"code\":\"K0\"}");
    bench_put(&s.b, "service", "{\"code\":\"S0\",\"level\":1}");
    yj_import_file files[] = { FILE_OF("knot.csv", "code,state\nK1,\nK0,\nK2,tight\nK0b,loose\n"),
                               FILE_OF("service.csv", "code,level\nS0,1\nS0x,2\n"),
                               FILE_OF("vendor.csv", "name\nV1\n") };
    yj_import_report r;
    for (int dry = 0; dry < 2; dry++) {
        char *before = acting_all(&s);
        yj_status st = import(&s, s.risk, files, YJ_COUNT(files), dry, &r);
        acting_refused(&s, st, YJ_E_INVALID, "knot.csv line 4: this is for: Head of IT", before);
        assert_int_equal(r.problem_total, 3); /* what stays as it is is not asked for */
        assert_problem(&r, 0, "knot.csv", 4, "risk has: ");
        assert_string_equal(r.problems[0].field, "state");
        assert_int_equal(r.problems[0].column, 2);
        assert_problem(&r, 1, "service.csv", 3, "this is for: Information security, IT");
        assert_problem(&r, 2, "vendor.csv", 2, "risk has: ");
        assert_int_equal(r.created, 0);
        yj_import_report_done(&r);
    }
    files[0] = FILE_OF("knot.csv", "code\nK1\nK0\n");
    if (import(&s, s.risk, files, 1, false, &r) != YJ_OK)
        fail_msg("%s", s.err.msg);
    assert_int_equal(r.created, 1);
    assert_int_equal(r.unchanged, 1);
    yj_import_report_done(&r);
    acting_close(&s);
}

static void imports__ask_for_changes_and_for_moves_of_their_own(void **state)
{
    acting s;
    acting_open(&s, state);
    bench_put(&s.b, "knot", "{\"code\":\"K1\"}");
    may(&s, .by = s.it, .kind = "knot", .json = "{\"code\":\"K2\"}");
    yj_import_report r;
    yj_import_file change = FILE_OF("knot.csv", "code,about_kind,state\nK1,knot,tight\n");
    char *before = acting_all(&s);
    yj_status st = import(&s, s.head, &change, 1, false, &r);
    acting_refused(&s, st, YJ_E_INVALID, "knot.csv line 2: this is for: IT", before);
    yj_import_report_done(&r);
    /* who may move it but not change it moves it */
    yj_import_file move = FILE_OF("knot.csv", "code,state\nK1,tight\n");
    if (import(&s, s.head, &move, 1, false, &r) != YJ_OK)
        fail_msg("%s", s.err.msg);
    assert_int_equal(r.moved, 1);
    yj_import_report_done(&r);
    /* but not by an import what he created himself */
    move = FILE_OF("knot.csv", "code,state\nK2,tight\n");
    before = acting_all(&s);
    st = import(&s, s.it, &move, 1, false, &r);
    acting_refused(&s, st, YJ_E_INVALID, "knot.csv line 2: another person than the one who created", before);
    assert_string_equal(r.problems[0].field, "state");
    yj_import_report_done(&r);
    acting_close(&s);
}

static void rows_in_a_circle__are_created_not_changed(void **state)
{
    acting s;
    acting_open(&s, state);
    yj_import_report r; /* risk may create knots and change none */
    yj_import_file files[] = { FILE_OF("knot.csv", "code,next\nK1,K2\nK2,K1\nK3,K3\n") };
    if (import(&s, s.risk, files, 1, false, &r) != YJ_OK)
        fail_msg("%s", s.err.msg);
    assert_int_equal(r.created, 3);
    yj_import_report_done(&r);
    assert_int_equal(bench_number(&s.b, "SELECT count(*) FROM r_knot WHERE f_next IS NOT NULL"), 3);
    files[0] = FILE_OF("knot.csv", "code,next\nK1,K3\n");
    char *before = acting_all(&s);
    yj_status st = import(&s, s.risk, files, 1, false, &r);
    acting_refused(&s, st, YJ_E_INVALID, "risk has: ", before);
    yj_import_report_done(&r);
    acting_close(&s);
}

#define MANY 700

static void large_imports__are_asked_like_small_ones(void **state)
{
    acting s;
    acting_open(&s, state);
    yj_buf text;
    yj_buf_init(&text, 1 << 20);
    yj_buf_str(&text, "code,next\nA,B\nB,A\n");
    for (int i = 0; i < MANY; i++)
        yj_buf_fmt(&text, "K%d,\n", i);
    yj_import_file files[] = { { .name = "knot.csv", .content = yj_buf_view(&text) },
                               FILE_OF("service.csv", "code\nS1\n") };
    yj_import_report r;
    char *before = acting_all(&s);
    yj_status st = import(&s, s.risk, files, 2, false, &r);
    acting_refused(&s, st, YJ_E_INVALID, "service.csv line 2: ", before);
    assert_int_equal(r.problem_total, 1);
    yj_import_report_done(&r);
    if (import(&s, s.risk, files, 1, false, &r) != YJ_OK)
        fail_msg("%s", s.err.msg);
    assert_int_equal(r.created, MANY + 2);
    assert_true(r.batch > 0);
    yj_import_report_done(&r);
    before = acting_all(&s);
    st = import(&s, s.nobody, files, 1, false, &r);
    assert_int_equal(st, YJ_OK); /* nothing to write: nothing to ask */
    assert_int_equal(r.unchanged, MANY + 2);
    yj_import_report_done(&r);
    char *after = acting_all(&s);
    assert_string_equal(before, after);
    free(before);
    free(after);
    yj_buf_done(&text);
    acting_close(&s);
}

/* Who looks on takes the rights away while the rows are being written. */
typedef struct thief {
    acting *s;
    bool took;
} thief;

static yj_status take_away(void *ctx, size_t done, size_t total, yj_error *err)
{
    thief *x = ctx;
    (void)err;
    if (!x->took && done > 0 && done < total) {
        x->took = true;
        bench_move(&x->s->b, "person", x->s->risk, "leave");
    }
    return YJ_OK;
}

static void who_leaves_while_he_imports__leaves_nothing_of_it(void **state)
{
    acting s;
    acting_open(&s, state);
    yj_buf text;
    yj_buf_init(&text, 1 << 20);
    yj_buf_str(&text, "code\n");
    for (int i = 0; i < MANY; i++)
        yj_buf_fmt(&text, "K%d\n", i);
    yj_import_file file = { .name = "knot.csv", .content = yj_buf_view(&text) };
    yj_import_report r;
    thief x = { .s = &s };
    yj_import_watch watch = { .step = take_away, .ctx = &x };
    yj_status st = yj_import_watched(s.b.e, s.b.inst.inst, s.risk, &file, 1, false, &watch, &r, &s.err);
    assert_true(x.took);
    assert_int_equal(st, YJ_E_INVALID);
    assert_int_equal(r.problem_total, 1);
    assert_true(r.problems[0].line > 2);
    assert_non_null(strstr(r.problems[0].msg, "is recorded as \"Left\""));
    assert_int_equal(bench_number(&s.b, "SELECT count(*) FROM r_knot"), 0);
    yj_import_report_done(&r);
    yj_buf_done(&text);
    acting_close(&s);
}

typedef struct importing {
    acting *s;
    yj_import_file file;
    yj_status got;
    yj_import_report r;
    yj_error err;
} importing;

static void *import_it(void *ctx)
{
    importing *x = ctx;
    x->got = yj_import(x->s->b.e, x->s->b.inst.inst, x->s->admin, &x->file, 1, false, &x->r, &x->err);
    return NULL;
}

/* The import takes the right from whoever imports, is refused by that and undone: so he has it as before. */
static void what_was_undone__took_no_right(void **state)
{
    acting s;
    acting_open(&s, state);
    importing in = { .s = &s, .file = FILE_OF("person.csv", "number,name,roles\nadmin,,reader\nnew,new,\n") };
    blocker x;
    queued before, after;
    pthread_t thread;
    yj_error err = { 0 };
    yj_ok(yj_engine_settle(s.b.e, 60000, &err));
    block(&x, s.b.e);
    submit(&s, &before,
           &(act){ .by = s.admin, .kind = "person", .json = "{\"number\":\"p1\",\"name\":\"p1\"}" });
    assert_int_equal(pthread_create(&thread, NULL, import_it, &in), 0);
    for (int i = 0; i < 20000 && waiting(s.b.e) < 2; i++)
        usleep(1000);
    submit(&s, &after,
           &(act){ .by = s.admin, .kind = "person", .json = "{\"number\":\"p2\",\"name\":\"p2\"}" });
    let_go(&x, 3);
    pthread_join(thread, NULL);
    assert_int_equal(outcome(&before), YJ_OK);
    assert_int_equal(outcome(&after), YJ_OK);
    assert_int_equal(in.got, YJ_E_INVALID);
    assert_problem(&in.r, 0, "person.csv", 3, "admin has: ");
    yj_import_report_done(&in.r);
    char *rows =
        bench_rows(&s.b, "SELECT nkey FROM r_person WHERE nkey IN ('p1', 'p2', 'new') ORDER BY nkey");
    assert_string_equal(rows, "p1\np2\n");
    free(rows);
    acting_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        yj_test_stores(who_leaves__may_nothing_from_there_on_in_the_same_commit),
        yj_test_stores(a_delegation__counts_as_it_stands_in_the_same_commit),
        yj_test_stores(imports__name_each_row_that_the_person_may_not_write),
        yj_test_stores(imports__ask_for_changes_and_for_moves_of_their_own),
        yj_test_stores(rows_in_a_circle__are_created_not_changed),
        yj_test_stores(large_imports__are_asked_like_small_ones),
        yj_test_stores(who_leaves_while_he_imports__leaves_nothing_of_it),
        yj_test_stores(what_was_undone__took_no_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
