// SPDX-License-Identifier: Apache-2.0
/* The writer's groups: what goes into one commit. */
#include "engine_test.h"

#include "record/internal.h"
#include <semaphore.h>

typedef struct piece {
    yj_work work;
    yj_engine *e;
    struct piece *others[3]; /* handed in while this one runs */
    yj_status outcome;       /* of running it */
    int64_t inst;            /* append an entry to this ledger, 0: none */
    uint64_t commits;        /* that the engine had made when it ran */
    int64_t locks;           /* that the writer held when it had run; PostgreSQL */
    int64_t lock;            /* take this one, 0: none */
    sem_t *mine, *theirs;    /* the first time it ran: tell the other server, and wait for it; NULL */
    int runs;
    yj_status told;
    sem_t done;
} piece;

static yj_status run(yj_writer *w, void *ctx, yj_error *err)
{
    piece *p = ctx;
    p->commits = atomic_load(&p->e->commits);
    for (size_t i = 0; i < YJ_COUNT(p->others) && p->others[i]; i++)
        YJ_TRY(yj_writer_submit(p->e, &p->others[i]->work, true, err));
    yj_append a = { .by = yj_engine_operator(p->e),
                    .op = "judge",
                    .kind = "",
                    .record = "",
                    .now_ns = yj_engine_now(p->e),
                    .body = YJ_SPAN("{}") };
    if (p->inst)
        YJ_TRY(yj_writer_append(w, p->inst, &a, NULL, NULL, err));
    if (p->lock)
        YJ_TRY(yj_db_lock(w->db, p->lock, err));
    if (p->mine && p->runs++ == 0) {
        (void)sem_post(p->mine);
        while (sem_wait(p->theirs) != 0)
            ;
    }
    if (yj_db_engine(w->db) == YJ_ENGINE_POSTGRES)
        p->locks =
            yj_test_number(w->db, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted "
                                  "AND pid = pg_backend_pid()");
    return p->outcome == YJ_OK ? YJ_OK : yj_fail(err, p->outcome, "as asked");
}

static void done(yj_work *k, yj_status s, const yj_error *err)
{
    (void)err;
    piece *p = (piece *)k;
    p->told = s;
    (void)sem_post(&p->done);
}

static void make(piece *p, bench *b, bool brief)
{
    *p = (piece){ .work = { .run = run, .done = done, .ctx = p, .savepoint = true, .brief = brief },
                  .e = b->e };
    (void)sem_init(&p->done, 0, 0);
}

static void wait_for(piece *p)
{
    while (sem_wait(&p->done) != 0)
        ;
    (void)sem_destroy(&p->done);
}

static int64_t ledger_size(bench *b, int64_t inst)
{
    char sql[96];
    snprintf(sql, sizeof sql, "SELECT size FROM ledger WHERE inst = %lld", (long long)inst);
    return bench_number(b, sql);
}

static void brief_work__joins_the_running_transaction_and_other_work_does_not(void **state)
{
    bench b;
    yj_error err = { 0 };
    piece first, brief[2], other;
    yj_institution second;
    bench_open(&b, state);
    bench_institution(&b, "second", &second);
    yj_ok(yj_engine_settle(b.e, 20000, &err));
    make(&first, &b, false);
    make(&other, &b, false);
    make(&brief[0], &b, true);
    make(&brief[1], &b, true);
    first.inst = b.inst.inst;
    brief[0].inst = second.inst;
    brief[0].outcome = YJ_E_LIMIT; /* fails after it has written: that concerns nobody else */
    brief[1].inst = second.inst;
    first.others[0] = &brief[0]; /* around what does not join */
    first.others[1] = &other;
    first.others[2] = &brief[1];
    int64_t size[2] = { ledger_size(&b, b.inst.inst), ledger_size(&b, second.inst) };
    yj_ok(yj_writer_submit(b.e, &first.work, true, &err));
    piece *all[] = { &first, &brief[0], &brief[1], &other };
    for (size_t i = 0; i < YJ_COUNT(all); i++) {
        wait_for(all[i]);
        assert_int_equal(all[i]->told, all[i]->outcome);
    }
    assert_int_equal(brief[0].commits, first.commits);
    assert_int_equal(brief[1].commits, first.commits);
    assert_int_equal(other.commits, first.commits + 1);
    assert_int_equal(ledger_size(&b, b.inst.inst), size[0] + 1);
    assert_int_equal(ledger_size(&b, second.inst), size[1] + 1);
    /* the queue is as it was: nothing is lost or run twice */
    piece last;
    make(&last, &b, true);
    yj_ok(yj_writer_submit(b.e, &last.work, true, &err));
    wait_for(&last);
    assert_int_equal(last.told, YJ_OK);
    bench_close(&b);
}

static void brief_work__does_not_join_what_runs_alone(void **state)
{
    bench b;
    yj_error err = { 0 };
    piece alone, brief;
    bench_open(&b, state);
    yj_ok(yj_engine_settle(b.e, 20000, &err));
    make(&alone, &b, false);
    make(&brief, &b, true);
    alone.work.savepoint = false;
    alone.work.alone = true;
    alone.inst = b.inst.inst;
    alone.others[0] = &brief;
    alone.outcome = YJ_E_LIMIT; /* all of its transaction goes */
    brief.inst = b.inst.inst;
    int64_t size = ledger_size(&b, b.inst.inst);
    yj_ok(yj_writer_submit(b.e, &alone.work, true, &err));
    wait_for(&alone);
    wait_for(&brief);
    assert_int_equal(alone.told, YJ_E_LIMIT);
    assert_int_equal(brief.told, YJ_OK);
    assert_int_equal(ledger_size(&b, b.inst.inst), size + 1);
    bench_close(&b);
}

/* What locked a ledger is undone with its savepoint, and the lock with it: who writes there next locks it. */
static void a_ledger__is_locked_by_whoever_writes(void **state)
{
    bench b;
    yj_error err = { 0 };
    piece first, undone, next;
    yj_institution second;
    bench_open(&b, state);
    bench_institution(&b, "second", &second);
    yj_ok(yj_engine_settle(b.e, 20000, &err));
    make(&first, &b, false);
    make(&undone, &b, true);
    make(&next, &b, true);
    first.inst = b.inst.inst;
    first.others[0] = &undone;
    first.others[1] = &next;
    undone.inst = next.inst = second.inst;
    undone.outcome = YJ_E_FORBIDDEN;
    int64_t size = ledger_size(&b, second.inst);
    yj_ok(yj_writer_submit(b.e, &first.work, true, &err));
    piece *all[] = { &first, &undone, &next };
    for (size_t i = 0; i < YJ_COUNT(all); i++) {
        wait_for(all[i]);
        assert_int_equal(all[i]->told, all[i]->outcome);
    }
    assert_int_equal(next.commits, first.commits);
    assert_int_equal(ledger_size(&b, second.inst), size + 1);
    if (b.t->engine == YJ_ENGINE_POSTGRES) {
        assert_int_equal(first.locks, 1);
        assert_int_equal(next.locks, 2);
    }
    bench_close(&b);
}

#define JOBS_LOCK INT64_C(0x796a6a6f62) /* that of job/table.c */

/* One server has written to a ledger and takes the lock of the jobs, the other has that lock and writes to
 * the ledger: all that a group holds is held until its end. */
static void crossing_locks_of_two_servers__lose_nothing(void **state)
{
    bench b;
    yj_error err = { 0 };
    yj_engine *second = NULL;
    piece first[2], joins[2];
    sem_t here, there;
    bench_open(&b, state);
    yj_ok(yj_engine_settle(b.e, 20000, &err));
    yj_ok(yj_engine_open(b.data, &(yj_open_options){ .no_judge = true }, &second, &err));
    (void)sem_init(&here, 0, 0);
    (void)sem_init(&there, 0, 0);
    for (size_t i = 0; i < 2; i++) {
        make(&first[i], &b, false);
        make(&joins[i], &b, true);
        first[i].e = joins[i].e = i ? second : b.e;
        first[i].others[0] = &joins[i];
        first[i].mine = i ? &there : &here;
        first[i].theirs = i ? &here : &there;
    }
    first[0].inst = joins[1].inst = b.inst.inst;
    first[1].lock = joins[0].lock = JOBS_LOCK;
    int64_t size = ledger_size(&b, b.inst.inst);
    for (size_t i = 0; i < 2; i++)
        yj_ok(yj_writer_submit(first[i].e, &first[i].work, true, &err));
    for (size_t i = 0; i < 2; i++) {
        wait_for(&first[i]);
        wait_for(&joins[i]);
        assert_int_equal(first[i].told, YJ_OK);
        assert_int_equal(joins[i].told, YJ_OK);
    }
    assert_int_equal(ledger_size(&b, b.inst.inst), size + 2);
    (void)sem_destroy(&here);
    (void)sem_destroy(&there);
    yj_engine_close(second);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        yj_test_postgres_only(crossing_locks_of_two_servers__lose_nothing),
        yj_test_stores(brief_work__joins_the_running_transaction_and_other_work_does_not),
        yj_test_stores(brief_work__does_not_join_what_runs_alone),
        yj_test_stores(a_ledger__is_locked_by_whoever_writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
