// SPDX-License-Identifier: Apache-2.0
/** What is said of a bag that was made or checked: as JSON, and as a statement that is signed. */
#ifndef YJ_INSTRUMENT_VERIFY_BAG_REPORT_H
#define YJ_INSTRUMENT_VERIFY_BAG_REPORT_H

#include "instrument/verify/bag.h"
#include "instrument/verify/report.h"

#define YJ_BAG_PREDICATE "urn:yunjian:attestation:verify-bag:1"

/** @param about operation "bag-create" or "bag-check", expected: the bag; found: NULL, or the folder that was
 * put into it @param empty its empty folders, which no list names @param rows findings of each list. The
 * caller owns *ret. YJ_E_NOMEM */
yj_status yj_bag_json(const yj_bag *b, const yj_verify_about *about, uint64_t empty, size_t rows,
                      json_t **ret, yj_error *err) yj_nodiscard;
/** The envelope. Its subjects are the bag's lists by the SHA-256 of their bytes: they name all that they
 * name. */
yj_status yj_bag_sign(const yj_bag *b, const yj_verify_about *about, uint64_t empty, const yj_key *key,
                      yj_buf *out, yj_error *err) yj_nodiscard;

#endif
