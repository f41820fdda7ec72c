// SPDX-License-Identifier: Apache-2.0
/** What came of decrypting or unpacking, as JSON, and as a statement that is signed. Neither holds keys or
 * contents. */
#ifndef YJ_INSTRUMENT_DECRYPT_REPORT_H
#define YJ_INSTRUMENT_DECRYPT_REPORT_H

#include "instrument/decrypt/decrypt.h"
#include "instrument/verify/report.h"

#define YJ_DEC_PREDICATE "urn:yunjian:attestation:verify-decrypt:1"
#define YJ_UNPACK_PREDICATE "urn:yunjian:attestation:verify-restore:1" /* of YJ_DEC_PLAIN */

/** @param r how it was opened (r->found is not used any more) @param v what was found
 *  @param about operation "decrypt" or "restore"; expected: where that came from; found: the file
 *  @param kind of what was expected: "digest", "file", "folder", "list". The caller owns *ret. YJ_E_NOMEM */
yj_status yj_dec_json(const yj_dec_result *r, const yj_verify_result *v, const yj_verify_about *about,
                      const char *kind, size_t rows, json_t **ret, yj_error *err) yj_nodiscard;
/** The envelope. Its subjects are the file by its SHA-256, and what was expected as in
 * yj_verify_sign(). */
yj_status yj_dec_sign(const yj_dec_result *r, const yj_verify_result *v, const yj_verify_about *about,
                      const char *kind, const yj_key *key, yj_buf *out, yj_error *err) yj_nodiscard;

#endif
