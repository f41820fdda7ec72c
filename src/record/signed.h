// SPDX-License-Identifier: Apache-2.0
/**
 * Keys that an institution believes, and the statements of instruments that they sign: what of a file is
 * filled in by the system, at the moment at which the record that names it is written. So the ledger says
 * what was found, a rebuild need not find it again, and whoever has the file and the ledger can.
 *
 * Which fields those are is said by the packs (yj_signed_map, yj_key_map).
 */
#ifndef YJ_RECORD_SIGNED_H
#define YJ_RECORD_SIGNED_H

#include "record/internal.h"

/** Subjects of a statement that are kept; a record is not found by one beyond. */
#define YJ_SIGNED_SUBJECTS_MAX 200
#define YJ_SIGNED_PROVES_MAX 200 /* records that it is joined to */
#define YJ_SIGNED_KEYS_MAX 1000  /* of an institution that are tried */

/**
 * Fill in `fields`, the record's as they are to be, if the kind has statements; else nothing is done. What
 * was found once stands as long as the file and its source do. Without a file, or if it is no statement, or
 * none of a type that the packs know, or no key of the institution signed it, the fields are empty; that is
 * no error. A key need not be trusted yet: whether it counts is asked when proofs are weighed.
 * @return YJ_E_INVALID if somebody gives such a field himself; imports are passed over instead
 */
yj_status yj_signed_fill(yj_writer *w, const yj_change *c, const yj_kind *k, const json_t *old,
                         json_t *fields, yj_error *err) yj_nodiscard;

/**
 * Is a record of a kind of keys one? It must hold a public key of its algorithm that no other one holds; what
 * it is and what it is believed of never changes, but that the latter may be said where nobody said it, by
 * who entered the key and before it is trusted; and the day from which it is revoked is given with the
 * revocation, and later only moved back.
 * @param from, to states before (NULL: new) and after
 * @return YJ_E_INVALID, YJ_E_CONFLICT or YJ_E_FORBIDDEN naming the field
 */
yj_status yj_key_record_check(yj_writer *w, const yj_change *c, const yj_kind *k, const char *from,
                              const char *to, const json_t *old, const json_t *fields,
                              yj_error *err) yj_nodiscard;

/**
 * Join a statement, whose other fields stand in `fields`, to the records that name one of its subjects as
 * their kind says (yj_measured), and that had named it so, in every version, since before the run began: else
 * one could enter afterwards what was found.
 * @param began_ns as the signer says; INT64_MIN joins it to nothing
 */
yj_status yj_signed_join(yj_writer *w, int64_t inst, const yj_kind *k, int64_t began_ns, json_t *fields,
                         yj_error *err) yj_nodiscard;

#endif
