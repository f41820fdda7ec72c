// SPDX-License-Identifier: Apache-2.0
/** What the files that make a verdict's JSON share (present.c, present_verdict.c). */
#ifndef YJ_RECORD_PRESENT_INTERNAL_H
#define YJ_RECORD_PRESENT_INTERNAL_H

#include "record/present.h"

/** What verdicts are shown with. */
typedef struct yj_shown {
    yj_db *db;
    const yj_catalog *c;
    yj_catalog *then;     /* the packs that judged, if not those of today; owned */
    const yj_catalog *by; /* whose requirements the verdicts name by their index */
    int64_t inst;
    yj_lang lang; /* of names */
    yj_jw *w;
    yj_arena *arena; /* of the answers; NULL: none are read */
    yj_answers risks, remediations;
    const char *day; /* on which they must count */
    /* the subject's name is mostly that of the verdict before */
    char last_subject[YJ_UUID_LEN + 1];
    yj_buf last_name;
    char person[YJ_UUID_LEN + 1]; /* the same of who answers for a remediation */
    yj_buf person_name;
} yj_shown;

/** Nothing answers anything yet. Always to be closed. */
void yj_shown_open(yj_shown *s, yj_db *db, const yj_catalog *c, int64_t inst, yj_lang lang, yj_jw *w);
/** Read what answers verdicts now. `day` is borrowed. */
yj_status yj_shown_now(yj_shown *s, const char *day, yj_error *err) yj_nodiscard;
/** As of an entry (-1: now): the answers of then, and `then`, the packs of then. */
yj_status yj_shown_as_of(yj_shown *s, int64_t as_of_seq, const char *day, yj_error *err) yj_nodiscard;
void yj_shown_close(yj_shown *s);

/** The members of a verdict's object, without the braces. */
yj_status yj_shown_verdict(yj_shown *s, const yj_verdict *v, yj_error *err) yj_nodiscard;
/** Member "reason". The sentence is that of the packs that judged. */
yj_status yj_shown_reason(yj_shown *s, const yj_requirement *r, const char *code, const json_t *values,
                          yj_error *err) yj_nodiscard;
/** A record by its name of today, whatever its kind was called when it was told. */
yj_status yj_shown_ref(yj_shown *s, const char *kind, const char *id, yj_error *err) yj_nodiscard;
/** Member "proof". @param proofs as a verdict has them */
yj_status yj_shown_proofs(yj_shown *s, const char *proofs, yj_error *err) yj_nodiscard;
/** A record that cannot be looked up: there is none. */
void yj_shown_bare(yj_jw *w, const char *kind, const char *id);
/** The remediations of a verdict, those of the earliest day first; none of one that is met or does not apply.
 */
const yj_answer *yj_shown_remediations(const yj_shown *s, const yj_verdict *v, size_t *ret_count);
/** {"kind","id","name","responsible","due","overdue"} */
yj_status yj_shown_remediation(yj_shown *s, const yj_answer *a, yj_error *err) yj_nodiscard;

#endif
