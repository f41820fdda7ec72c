// SPDX-License-Identifier: Apache-2.0
/**
 * Asking the questions of an institution, and holding the answers against what it expects or against an
 * earlier run. A run keeps of each answer its digest and number of rows, never its values. Nothing is written
 * anywhere: SQL runs in a transaction that only reads, HTTP is GET without redirects.
 */
#ifndef YJ_INSTRUMENT_BUSINESS_BUSINESS_H
#define YJ_INSTRUMENT_BUSINESS_BUSINESS_H

#include "base/json.h"
#include "instrument/attest/statement.h"
#include "instrument/business/questions.h"
#include "instrument/database/compare.h"

#define YJ_BUSINESS_PREDICATE "urn:yunjian:attestation:verify-business:1"
#define YJ_BUSINESS_RUN_BYTES_MAX ((size_t)4 << 20)
#define YJ_BUSINESS_HTTP_BYTES_MAX ((size_t)4 << 20)
#define YJ_BUSINESS_HTTP_SECONDS 60

typedef struct yj_business {
    yj_seven counts; /* questions; missing and extra: of the earlier run, and of this one only */
    json_t *rows;    /* array: name, status, and digest and rows, or reason */
} yj_business;

/** Ask all. @param earlier a run as yj_business_json() gave it; NULL without @param password_file as in
 *  yj_source_open(). A question that fails is unreadable. YJ_E_INVALID (no such run), YJ_E_NOMEM. End *ret
 * with yj_business_done() whatever happens. */
yj_status yj_business_ask(const yj_questions *q, const json_t *earlier, const char *password_file,
                          yj_business *ret, yj_error *err) yj_nodiscard;
bool yj_business_fine(const yj_business *b);
void yj_business_done(yj_business *b);

typedef struct yj_business_about {
    const char *label;       /* of this run: "before"; NULL without */
    const char *file_hex;    /* SHA-256 of the file of questions */
    const char *earlier_hex; /* of the earlier run's file; NULL without */
    const char *version;
    int64_t from_ns, until_ns;
} yj_business_about;
/** Owned by the caller. */
yj_status yj_business_json(const yj_business *b, const yj_business_about *about, json_t **ret,
                           yj_error *err) yj_nodiscard;
/** The envelope; its subjects are the file of questions and, where there is one, the earlier run's file. */
yj_status yj_business_sign(const yj_business *b, const yj_business_about *about, const yj_key *key,
                           yj_buf *out, yj_error *err) yj_nodiscard;

#endif
