// SPDX-License-Identifier: Apache-2.0
/** What a comparison found, as JSON, and as a statement that is signed: what was covered, and what was not.
 */
#ifndef YJ_INSTRUMENT_VERIFY_REPORT_H
#define YJ_INSTRUMENT_VERIFY_REPORT_H

#include "instrument/attest/statement.h"
#include "instrument/verify/compare.h"

#define YJ_VERIFY_PREDICATE "urn:yunjian:attestation:verify-files:1"
#define YJ_VERIFY_ROWS_SIGNED 1000 /* findings in a statement; how many were left out stands in it */

typedef struct yj_verify_about {
    const char *operation; /* "make", "check", "compare" */
    const char *expected;  /* where what was expected came from: a folder or a list, as the person calls it */
    const char *found;     /* the folder examined; NULL: the same */
    const char *list_hex;  /* SHA-256 of the list's bytes; NULL without one */
    const char *version;   /* of the program */
    int64_t from_ns, until_ns;
    uint64_t resumed;        /* files whose digests are of a run that was interrupted */
    int64_t resumed_from_ns; /* when that run began */
} yj_verify_about;

/** Slug of a state ("matched"). */
const char *yj_state_slug(yj_item_state s);

/** Called for each item that is not matched, in the order of paths, expected before found. False stops. */
typedef bool yj_finding_fn(void *self, const yj_item *i);
void yj_verify_findings(const yj_verify_result *r, yj_finding_fn *each, void *self);

/** Say in a report (with its "coverage") what was taken over from an interrupted run, if anything was. */
void yj_verify_add_resumed(json_t *v, const yj_verify_about *about);
/** Counters, the name of what was expected, and up to `rows` findings. Paths that are no UTF-8 are given in
 * hex, too. Owned by the caller. */
yj_status yj_verify_json(const yj_verify_result *r, const yj_verify_about *about, size_t rows, json_t **ret,
                         yj_error *err) yj_nodiscard;
/** The envelope. Its subject is what was expected, by the digest of yj_verify_name(). */
yj_status yj_verify_sign(const yj_verify_result *r, const yj_verify_about *about, const yj_key *key,
                         yj_buf *out, yj_error *err) yj_nodiscard;

#endif
