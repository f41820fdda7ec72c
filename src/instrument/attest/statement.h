// SPDX-License-Identifier: Apache-2.0
/**
 * What an instrument states about what it examined: an in-toto Statement, version 1 (in-toto/attestation):
 * the subjects with their digests, and a predicate of a named type. The payload of ours is canonical JSON,
 * one sequence of bytes for one statement; anything else is refused. A statement stands in an envelope
 * (dsse.h).
 */
#ifndef YJ_INSTRUMENT_ATTEST_STATEMENT_H
#define YJ_INSTRUMENT_ATTEST_STATEMENT_H

#include "instrument/attest/dsse.h"

#define YJ_STATEMENT_PAYLOAD "application/vnd.in-toto+json"
#define YJ_STATEMENT_TYPE "https://in-toto.io/Statement/v1"
#define YJ_STATEMENT_SUBJECTS_MAX 1000
#define YJ_STATEMENT_NAME_MAX 4096 /* bytes */
#define YJ_STATEMENT_DIGESTS_MAX 8 /* of one subject */

typedef struct yj_subject {
    const char *name;
    struct {
        const char *alg, *hex;
    } digest[YJ_STATEMENT_DIGESTS_MAX];
    size_t digests; /* at least one */
} yj_subject;

typedef struct yj_statement {
    yj_subject *subject;
    size_t count; /* at least one */
    const char *predicate_type;
    const json_t *predicate; /* an object; NULL if there is none */
    json_t *tree;            /* owns all of the above but the array */
} yj_statement;

/** Build one and sign it. @param predicate an object without real numbers, borrowed. YJ_E_INVALID, YJ_E_LIMIT
 */
yj_status yj_statement_sign(const yj_key *key, const yj_subject *subject, size_t count,
                            const char *predicate_type, const json_t *predicate, yj_buf *out,
                            yj_error *err) yj_nodiscard;
/** Read a payload that was verified. Subjects are allocated in `a`, the rest ends with yj_statement_done().
 * YJ_E_INVALID, YJ_E_LIMIT; err->field says where. */
yj_status yj_statement_parse(const yj_dsse *d, yj_arena *a, yj_statement *ret, yj_error *err) yj_nodiscard;
void yj_statement_done(yj_statement *s);

#endif
