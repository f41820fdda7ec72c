// SPDX-License-Identifier: Apache-2.0
/** An engine on a test's store, with pack core and the small pack beside the tests, and one institution. */
#ifndef YJ_TESTS_RECORD_ENGINE_TEST_H
#define YJ_TESTS_RECORD_ENGINE_TEST_H

#include "stores.h"

#include "record/engine.h"

typedef struct bench {
    yj_test_store *t;
    char data[640];
    yj_engine *e;
    yj_institution inst;
    yj_catalog *c;
} bench;

#define TEST_START "2026-03-02T09:00:00+08:00"

/** Fresh installation with a simulated clock at TEST_START, opened, one institution "demo". */
void bench_open(bench *b, void **state);
/** A second institution: a client. */
void bench_institution(bench *b, const char *code, yj_institution *ret);
void bench_institution_of(bench *b, const char *code, const char *type, yj_institution *ret);
void bench_close(bench *b);
/** Open after a close. */
void bench_again(bench *b);
/** Close and open again, as after a restart. */
void bench_reopen(bench *b);

int bench_kind(const bench *b, const char *name);
/** Create a record from JSON text; the new id, or fails the test. Lives until the next 16 calls. */
const char *bench_put(bench *b, const char *kind, const char *json);
/** Run one change. `id` NULL creates. */
yj_status bench_try(bench *b, int64_t inst, yj_change_op op, const char *kind, const char *id,
                    const char *transition, const char *json, int64_t expect, yj_change *ret, yj_error *err);
void bench_change(bench *b, const char *kind, const char *id, const char *json);
void bench_move(bench *b, const char *kind, const char *id, const char *transition);
/** Status of a verdict now ("" if there is none), after judging has settled. Static buffer. */
const char *bench_verdict(bench *b, const char *requirement, const char *subject);
/** How many verdicts there are on the requirement. @param status yj_verdict_status, -1: any */
int64_t bench_verdicts(bench *b, const char *requirement, int status);
/** As of a date, instant or "#seq". */
const char *bench_verdict_as_of(bench *b, const char *requirement, const char *subject, const char *as_of);
/** One number by SQL on a reader. */
int64_t bench_number(bench *b, const char *sql);
/** Rows as text by SQL on a reader; free(). */
char *bench_rows(bench *b, const char *sql);
/** The bodies of the institution's entries, also those that are stored packed, a line each; free(). */
char *bench_bodies(bench *b);
/** Write `to` for `from` in the bodies of the store, behind the ledger's back. How many had it. */
int bench_rewrite(yj_db *db, const char *from, const char *to);
/** Every derived row of the store as text, for comparing before and after a rebuild; free(). */
char *bench_derived(bench *b);
/** The files of a folder, each with its name before it, added to `out`. */
void bench_tree(const char *folder, yj_buf *out);
/** Move the simulated clock. */
void bench_clock(bench *b, const char *instant);

#endif
