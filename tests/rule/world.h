// SPDX-License-Identifier: Apache-2.0
/**
 * A small world for tests of judging: a pack in memory, a store with its tables, and records written straight
 * into them, as record/ would do. Every write gives the touch that record/ would give.
 *
 * Fields are written as "name=value;name=value"; the items of a list are separated by ','. A field not named
 * keeps its value; "name=" clears it.
 */
#ifndef YJ_TESTS_RULE_WORLD_H
#define YJ_TESTS_RULE_WORLD_H

#include "rule/gate.h"
#include "rule/internal.h"
#include "stores.h"

#define WORLD_INST 7
#define WORLD_RECORDS_MAX 400

typedef struct world_record {
    char id[24];
    int kind;
    char state[24];
    int64_t version, batch;
    char *values[YJ_FIELDS_MAX]; /* as written; NULL: none */
} world_record;

typedef struct world {
    yj_test_store *t;
    yj_catalog *c;
    yj_reach *reach;
    yj_db *db;
    yj_dirty *dirty;
    yj_date today;
    uint64_t seq; /* of the next judgement entry */
    world_record records[WORLD_RECORDS_MAX];
    size_t record_count;
    size_t bodies;  /* of the last judgement */
    size_t changes; /* of the last judgement */
    size_t judged;
} world;

/** The catalog of the test pack. @param extra files put over the pack's (content NULL: left out) */
yj_catalog *world_catalog(const yj_pack_file *extra, size_t count);
/** An empty store with the pack's tables. */
world *world_new(void **state, const yj_pack_file *extra, size_t count);
void world_free(world *w);
YJ_DEFINE_CLEANUP(world, world_free)

int world_kind(const world *w, const char *name);
int world_requirement(const world *w, const char *id);
world_record *world_find(world *w, const char *id);
/** Create or change a record; `state` NULL keeps it. Touches w->dirty. */
void world_put(world *w, const char *kind, const char *id, const char *state, const char *fields);
/** Deployment d1 (running) of system s1 on platform pl1 of provider pr1, with the signed contract c1. */
void world_deployment(world *w);
/** Running deployments m1, m2, ... of s1 on pl1, as an import would write them: without touches. */
void world_deployments(world *w, int count);
/** Judge what is dirty and apply the bodies, as entry w->seq. */
void world_judge(world *w);
void world_judge_all(world *w);
/** Apply a judgement made otherwise. */
void world_apply(world *w, const yj_judgement *j);
/** "status code due strength since" of one verdict, or "-". Static. */
const char *world_verdict(world *w, const char *requirement, const char *subject);
/** Its "values", "proofs" or "kind", or "-"; two at a time. Static. */
const char *world_said(world *w, const char *requirement, const char *subject, const char *what);
/** Put other "values" or "proofs" into the judgement entry it stands in. */
void world_rewrite(world *w, const char *requirement, const char *subject, const char *what,
                   const char *with);
/** How many verdicts there are on the requirement. @param status yj_verdict_status, -1: any */
int64_t world_count(world *w, const char *requirement, int status);
/** Judge everything and fail the test if anything differs from what is stored. */
void world_check(world *w, const char *when);

#endif
