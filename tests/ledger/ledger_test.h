// SPDX-License-Identifier: Apache-2.0
/** What the tests of stored ledgers share: a migrated store with a keyring beside it, ledgers, and entries.
 */
#ifndef YJ_TESTS_LEDGER_LEDGER_TEST_H
#define YJ_TESTS_LEDGER_LEDGER_TEST_H

#include "../base/test.h"

#include "ledger/ledger.h"
#include "store/schema.h"
#include "stores.h"

#define INSTITUTION "0190f3a0-0000-7000-8000-0000000000aa"
#define OTHER_INSTITUTION "0190f3a0-0000-7000-8000-0000000000bb"
#define ORIGIN "yj.example/ledger/aa"
#define PERSON "0190f3a0-0000-7000-8000-000000000001"
#define T0 INT64_C(1795341600000000000) /* 2026-11-22T10:00:00Z */

typedef struct fixture {
    yj_test_store *t;
    yj_db *db;
    yj_keyring *keys;
    yj_ledger l;
    int64_t now_ns;
    uint64_t seed;
} fixture;

static inline void fixture_done(fixture *f)
{
    yj_db_free(f->db);
    yj_keyring_free(f->keys);
}

static inline const char *below(const fixture *f, const char *name)
{
    static char path[32][512];
    static unsigned turn;
    char *p = path[turn++ % 32];
    snprintf(p, sizeof path[0], "%s/%s", f->t->dir, name);
    return p;
}

static inline void fixture_open(fixture *f, void **state, yj_crypto crypto)
{
    yj_error err;
    const yj_key *key;
    *f = (fixture){ .t = *state, .now_ns = T0, .seed = TEST_SEED };
    assert_status(
        yj_store_migrate(f->t->store, yj_schema_migrations, yj_schema_migration_count, NULL, NULL, &err),
        YJ_OK);
    f->db = yj_test_db(f->t, YJ_DB_WRITE);
    assert_status(yj_keyring_open(below(f, "keys"), &f->keys, &err), YJ_OK);
    assert_status(yj_keyring_make(f->keys, INSTITUTION, crypto, &key, &err), YJ_OK);
    assert_status(yj_ledger_create(f->db, 1, INSTITUTION, ORIGIN, crypto, &f->l, &err), YJ_OK);
}

/** Append inside the open transaction; the body tells the place. */
static inline void append(fixture *f, const char *op)
{
    yj_error err;
    char body[96], record[40];
    uint64_t seq = 0, want = f->l.frontier.size;
    snprintf(body, sizeof body, "{\"n\":%llu,\"text\":\"entry %llu\"}", (unsigned long long)want,
             (unsigned long long)test_random(&f->seed));
    snprintf(record, sizeof record, "0190f3a0-0000-7000-8000-%012llx", (unsigned long long)want);
    yj_append a = { .by = PERSON,
                    .op = op,
                    .kind = "contract",
                    .record = record,
                    .version = (int64_t)(want % 5),
                    .batch = want % 7 == 3 ? 12 : 0,
                    .now_ns = f->now_ns,
                    .body = yj_span_of(body) };
    assert_status(yj_ledger_append(f->db, &f->l, &a, &seq, NULL, &err), YJ_OK);
    assert_int_equal(seq, want);
    f->now_ns += 1000000;
}

static inline void begin(fixture *f)
{
    yj_error err;
    assert_status(yj_db_begin(f->db, YJ_DB_WRITE, &err), YJ_OK);
    assert_status(yj_ledger_begin(f->db, &f->l, &err), YJ_OK);
}

/** A transaction of `n` entries. */
static inline void grow(fixture *f, uint64_t n)
{
    yj_error err;
    begin(f);
    uint64_t from = f->l.frontier.size;
    for (uint64_t i = 0; i < n; i++)
        append(f, "create");
    assert_status(yj_ledger_seal(f->db, &f->l, from, &err), YJ_OK);
    assert_status(yj_db_commit(f->db, &err), YJ_OK);
}

/** Make a checkpoint of the present head. */
static inline void checkpoint(fixture *f)
{
    yj_error err;
    yj_auto(yj_buf_done) yj_buf note;
    yj_buf_init(&note, YJ_NOTE_BYTES_MAX);
    begin(f);
    assert_status(yj_checkpoint_make(f->db, f->keys, &f->l, f->now_ns, &note, &err), YJ_OK);
    assert_status(yj_db_commit(f->db, &err), YJ_OK);
}

/** Take out a body, as an erasure does: with an entry that says so. */
static inline void erase(fixture *f, uint64_t seq)
{
    yj_error err;
    char sql[128];
    begin(f);
    uint64_t from = f->l.frontier.size;
    append(f, "erase");
    snprintf(sql, sizeof sql, "DELETE FROM body WHERE inst = 1 AND seq = %llu", (unsigned long long)seq);
    yj_test_script(f->db, sql);
    assert_status(yj_ledger_seal(f->db, &f->l, from, &err), YJ_OK);
    assert_status(yj_db_commit(f->db, &err), YJ_OK);
}

static inline void rotate(fixture *f)
{
    yj_error err;
    begin(f);
    uint64_t from = f->l.frontier.size;
    assert_status(yj_ledger_rotate(f->db, f->keys, &f->l, PERSON, f->now_ns, &err), YJ_OK);
    assert_status(yj_ledger_seal(f->db, &f->l, from, &err), YJ_OK);
    assert_status(yj_db_commit(f->db, &err), YJ_OK);
    assert_status(yj_keyring_commit_rotation(f->keys, INSTITUTION, &err), YJ_OK);
}

/** Verify all of the store; *r is the report. */
static inline yj_status verify(fixture *f, yj_verify_report *r)
{
    yj_error err = { .code = YJ_OK };
    return yj_ledger_verify_store(f->db, f->keys, 1, r, &err);
}

static inline void assert_sound(fixture *f)
{
    yj_verify_report r;
    yj_error err;
    assert_status(yj_ledger_verify_store(f->db, f->keys, 1, &r, &err), YJ_OK);
    assert_int_equal(r.size, f->l.frontier.size);
    assert_false(r.bad);
    assert_string_equal(r.what, "");
    assert_status(yj_ledger_check_start(f->db, f->keys, 1, &err), YJ_OK);
}

static inline yj_digest root_now(const fixture *f)
{
    yj_digest d;
    yj_frontier_root(&f->l.frontier, &d);
    return d;
}

#endif
