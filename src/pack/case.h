// SPDX-License-Identifier: Apache-2.0
/**
 * Cases of a pack: records and what must come out. Read here; run by rule/ and record/ through
 * `yunjian pack test`. Bases are already merged into each case.
 */
#ifndef YJ_PACK_CASE_H
#define YJ_PACK_CASE_H

#include "pack/catalog.h"

typedef struct yj_case_record {
    const char *ref;
    int kind;             /* of the catalog */
    int state;            /* state index; may be withdrawn */
    const json_t *fields; /* object of field name -> value; references as "@ref" texts */
} yj_case_record;

/** A value of the verdict's sentence: its texts, sorted as in the verdict; a NULL among them is a NULL. */
typedef struct yj_case_value {
    const char *name; /* without "v_" */
    const char *const *texts;
    size_t count;
} yj_case_value;

typedef struct yj_case_expect {
    const char *subject; /* ref */
    const char *status;
    const char *reason;          /* NULL: any */
    const char *due;             /* NULL: any; "" : none */
    int strength;                /* -1: any */
    const yj_case_value *values; /* those named must be so; others may be anything */
    size_t value_count;
    const char *const *proofs; /* refs of the records that prove it, no other; NULL: any */
    size_t proof_count;
} yj_case_expect;

typedef struct yj_case {
    const char *file;
    int line;
    const char *name;
    int requirement; /* index, or -1 for a gate case */
    int gate_kind, gate_transition;
    const char *gate_subject;
    yj_date today;
    const yj_case_record *records; /* each names only those before it */
    size_t record_count;
    const yj_case_expect *expects;
    size_t expect_count;
    bool gate_open;
    const int *gate_shut; /* requirement indexes, ascending */
    size_t gate_shut_count;
} yj_case;

typedef struct yj_cases {
    yj_arena *arena;
    const yj_case *rows;
    size_t count;
    json_t *keep; /* owns every fields object */
} yj_cases;

/** Read the cases of one pack against a catalog that contains it. Complaints as in yj_catalog_load; also one
 *  for each requirement of the pack that lacks a met or an unmet case. Fields are typed, within limits, and
 *  there where required; after and differs_from are left to whoever enters the records.
 *  @param below packs that this one builds on: its cases may use their bases. The pack itself may be among
 * them
 */
yj_status yj_cases_load(const yj_pack_source *source, const yj_pack_source *const *below, size_t below_count,
                        const yj_catalog *c, yj_cases **ret, yj_complaint *complaints, size_t max,
                        size_t *ret_count, yj_error *err) yj_nodiscard;
void yj_cases_free(yj_cases *c);
YJ_DEFINE_CLEANUP(yj_cases, yj_cases_free)

#endif
