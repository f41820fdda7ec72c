// SPDX-License-Identifier: Apache-2.0
/* Memory runs out anywhere in appending, sealing, signing, proving, verifying and exporting: it is told as
 * such, nothing is half written, and what was there still verifies. On both engines; with SQLite its own
 * memory runs out, too. */
#include "ledger_test.h"
#include "nomem.h"

typedef struct place {
    fixture f;
    uint64_t size; /* stored */
    yj_buf bytes;  /* of a proof */
    char folder[512];
} place;

static void open_place(place *p, void **state)
{
    fixture_open(&p->f, state, YJ_CRYPTO_STD);
    grow(&p->f, 254); /* the next entries complete a tile */
    p->size = 254;
    yj_buf_init(&p->bytes, 1 << 20);
    snprintf(p->folder, sizeof p->folder, "%s", below(&p->f, "exported"));
}

static void close_place(place *p)
{
    assert_sound(&p->f);
    yj_buf_done(&p->bytes);
    fixture_done(&p->f);
}

static yj_status append_three(place *p, yj_error *err)
{
    fixture *f = &p->f;
    YJ_TRY(yj_ledger_begin(f->db, &f->l, err));
    uint64_t from = f->l.frontier.size;
    for (int i = 0; i < 3; i++) {
        yj_append a = { .by = PERSON,
                        .op = "create",
                        .kind = "contract",
                        .record = INSTITUTION,
                        .version = 1,
                        .now_ns = f->now_ns,
                        .body = YJ_SPAN("{\"a\":\"b\"}") };
        YJ_TRY(yj_ledger_append(f->db, &f->l, &a, NULL, NULL, err));
    }
    YJ_TRY(yj_ledger_seal(f->db, &f->l, from, err));
    return yj_db_commit(f->db, err);
}

static yj_status run_append(void *arg, yj_error *err)
{
    place *p = arg;
    YJ_TRY(yj_db_begin(p->f.db, YJ_DB_WRITE, err));
    yj_status s = append_three(p, err);
    yj_db_rollback(p->f.db);
    return s;
}

static void check_size(void *arg, yj_status s)
{
    place *p = arg;
    yj_error err;
    if (s == YJ_OK)
        p->size += 3;
    yj_ledger l;
    assert_status(yj_ledger_load(p->f.db, 1, &l, &err), YJ_OK);
    assert_int_equal(l.frontier.size, p->size);
    assert_int_equal(yj_test_number(p->f.db, "SELECT count(*) FROM entry WHERE inst = 1"), p->size);
    assert_int_equal(yj_test_number(p->f.db, "SELECT count(*) FROM body WHERE inst = 1"), p->size);
    p->f.l = l;
}

static void append__is_whole_or_nothing(void **state)
{
    place p;
    open_place(&p, state);
    yj_torture_run(&(yj_torture){ "append", run_append, check_size, &p, 5, 0 });
    close_place(&p);
}

static yj_status run_checkpoint(void *arg, yj_error *err)
{
    place *p = arg;
    yj_buf note;
    yj_buf_init(&note, YJ_NOTE_BYTES_MAX);
    YJ_TRY(yj_db_begin(p->f.db, YJ_DB_WRITE, err));
    yj_ledger l = p->f.l;
    yj_status s = yj_ledger_begin(p->f.db, &l, err);
    if (s == YJ_OK)
        s = yj_checkpoint_make(p->f.db, p->f.keys, &l, p->f.now_ns, &note, err);
    yj_db_rollback(p->f.db);
    yj_buf_done(&note);
    return s;
}

static yj_status run_read(void *arg, yj_error *err)
{
    place *p = arg;
    yj_entry e;
    YJ_TRY(yj_entry_read(p->f.db, 1, 7, &e, err));
    yj_entry_done(&e);
    yj_buf_clear(&p->bytes);
    YJ_TRY(yj_tile_read(p->f.db, 1, 254, -1, 0, 200, &p->bytes, err));
    yj_buf_clear(&p->bytes);
    return yj_ledger_prove(p->f.db, 1, 100, &p->bytes, err);
}

static yj_status run_verify(void *arg, yj_error *err)
{
    place *p = arg;
    yj_verify_report r = { .size = 0 };
    YJ_TRY(yj_ledger_check_start(p->f.db, p->f.keys, 1, err));
    yj_status s = yj_ledger_verify_store(p->f.db, p->f.keys, 1, &r, err);
    assert_false(r.bad); /* want of memory is no tampering */
    return s;
}

static yj_status run_export(void *arg, yj_error *err)
{
    place *p = arg;
    return yj_ledger_export(p->f.db, p->f.keys, 1, p->folder, true, err);
}

static yj_status run_verify_folder(void *arg, yj_error *err)
{
    place *p = arg;
    yj_verify_report r = { .size = 0 };
    yj_status s = yj_ledger_verify_folder(p->folder, NULL, 1, &r, err);
    if (r.bad || r.torn)
        fail_msg("%d: %s", s, r.what); /* want of memory is no tampering */
    return s;
}

static void reading__tells_want_of_memory_and_nothing_else(void **state)
{
    place p;
    open_place(&p, state);
    checkpoint(&p.f);
    rotate(&p.f);
    grow(&p.f, 300);
    checkpoint(&p.f);
    grow(&p.f, 2);
    yj_torture_run(&(yj_torture){ "checkpoint", run_checkpoint, NULL, &p, 5, 0 });
    yj_torture_run(&(yj_torture){ "read", run_read, NULL, &p, 5, 0 });
    yj_torture_run(&(yj_torture){ "verify", run_verify, NULL, &p, 5, 0 });
    yj_torture_run(&(yj_torture){ "export", run_export, NULL, &p, 5, 0 });
    yj_torture_run(&(yj_torture){ "verify folder", run_verify_folder, NULL, &p, 5, 0 });
    close_place(&p);
}

static yj_status run_rotate(void *arg, yj_error *err)
{
    place *p = arg;
    YJ_TRY(yj_db_begin(p->f.db, YJ_DB_WRITE, err));
    yj_ledger l = p->f.l;
    yj_status s = yj_ledger_begin(p->f.db, &l, err);
    uint64_t from = l.frontier.size;
    if (s == YJ_OK)
        s = yj_ledger_rotate(p->f.db, p->f.keys, &l, PERSON, p->f.now_ns, err);
    if (s == YJ_OK)
        s = yj_ledger_seal(p->f.db, &l, from, err);
    yj_db_rollback(p->f.db);
    return s;
}

static void check_start(void *arg, yj_status s)
{
    place *p = arg;
    yj_error err;
    assert_status(yj_ledger_check_start(p->f.db, p->f.keys, 1, &err), YJ_OK);
}

static void rotation__that_failed_changes_no_key(void **state)
{
    place p;
    open_place(&p, state);
    yj_torture_run(&(yj_torture){ "rotate", run_rotate, check_start, &p, 5, 0 });
    close_place(&p);
}

int main(void)
{
    yj_nomem_start(true);
    const struct CMUnitTest tests[] = {
        yj_test_stores(append__is_whole_or_nothing),
        yj_test_stores(reading__tells_want_of_memory_and_nothing_else),
        yj_test_stores(rotation__that_failed_changes_no_key),
    };
    return cmocka_run_group_tests_name("ledger_nomem", tests, NULL, NULL);
}
