// SPDX-License-Identifier: Apache-2.0
/** What the readers of cases share and nobody outside pack/ sees. */
#ifndef YJ_PACK_CASES_H
#define YJ_PACK_CASES_H

#include "pack/case.h"
#include "pack/form.h"

#define YJ_CASES_MAX 20000
#define YJ_CASE_BASES_MAX 2000
#define YJ_CASE_RECORDS_MAX 1000
#define YJ_CASE_WORK_MAX                                                                                     \
    ((size_t)1 << 29) /* names compared in all: what keeps a hostile pack from taking hours */

typedef struct yj_case_rec {
    const char *ref;
    const yj_kind *kind;
    int state;
    json_t *fields; /* owned by the reader's `keep` */
    yj_form *form;  /* where it stands, or where it was changed last */
    int line;
} yj_case_rec;

typedef struct yj_case_base {
    const char *name;
    yj_vec recs; /* yj_case_rec */
} yj_case_base;

typedef struct yj_case_reader {
    const yj_catalog *c;
    yj_arena *arena, *scratch;
    yj_complaints *to;
    json_t *keep;
    yj_vec bases, rows; /* yj_case_base, yj_case */
    bool *met, *unmet;  /* by requirement: is there a case? */
    size_t work;
    yj_status fatal;
} yj_case_reader;

bool yj_cases_go_on(const yj_case_reader *r);
/** requirement or gate, and expect; records are known. */
void yj_case_read_expect(yj_case_reader *r, yj_form *f, const yj_yaml *node, const yj_vec *recs,
                         yj_case *ret);

#endif
