// SPDX-License-Identifier: Apache-2.0
/** Keeping the tables of what passes between institutions: see exchange.h. All on the writer's thread. */
#ifndef YJ_RECORD_EXCHANGE_INTERNAL_H
#define YJ_RECORD_EXCHANGE_INTERNAL_H

#include "record/across.h"
#include "record/exchange.h"
#include "record/internal.h"

/** Is the change one that ties of institutions allow? Links come from accepting an invitation, invitations
 * are accepted and declined by who has the code, and whom an accepted one ties to which record stays.
 *  @param move NULL unless it is one; old NULL for a new record
 *  @return YJ_E_CONFLICT */
yj_status yj_exchange_check(const yj_catalog *c, const yj_change *ch, const yj_kind *k,
                            const yj_transition *move, const char *state, const json_t *old,
                            const json_t *fields, yj_error *err) yj_nodiscard;
/** Before anything is locked for a change of a link: the ledgers that it concerns, the lower number first, so
 * that two servers that do so never wait for each other. */
yj_status yj_exchange_lock(yj_writer *w, const yj_change *ch, const yj_kind *k, yj_error *err) yj_nodiscard;
/** After a record's row was written (no open batch). @param old NULL: there was none */
yj_status yj_exchange_changed(yj_writer *w, const yj_kind *k, int64_t inst, const char *id, const json_t *old,
                              const json_t *now, yj_error *err) yj_nodiscard;
/** The same before anything is locked for what ends with yj_exchange_derive(). */
yj_status yj_exchange_lock_all(yj_writer *w, const yj_catalog *c, int64_t inst, yj_error *err) yj_nodiscard;
/** Derive what an institution's ledger, and whom it names, says anew: after an import, after a rebuild. Their
 * ledgers are locked: see yj_exchange_lock_all(). */
yj_status yj_exchange_derive(yj_writer *w, const yj_catalog *c, int64_t inst, yj_error *err) yj_nodiscard;
/** The same for everybody: after a rebuild of all, when other packs come into force. */
yj_status yj_exchange_derive_all(yj_writer *w, const yj_catalog *c, yj_error *err) yj_nodiscard;

/** Was what is addressed derived by a program that did not know places yet? To be derived anew. */
yj_status yj_exchange_look(yj_db *db, bool *ret_stale, yj_error *err) yj_nodiscard;
/** What answers allow, likewise: they are about what is addressed, are taken by the client, and nobody enters
 *  a receipt. @return YJ_E_CONFLICT; YJ_E_INVALID naming the field */
yj_status yj_answer_check(yj_db *db, const yj_catalog *c, const yj_change *ch, const yj_kind *k,
                          const yj_transition *move, const char *state, const json_t *old,
                          const json_t *fields, yj_error *err) yj_nodiscard;
/** What an addressee may do about records of the kind by that transition; NULL: nothing. */
const yj_act_map *yj_exchange_act(const yj_catalog *c, const yj_kind *k, const char *transition);
/** Do the receipts of a ledger (-1: of all) name entries of other ledgers as they are? YJ_E_CORRUPT */
yj_status yj_receipts_check(yj_db *db, const yj_catalog *c, int64_t inst, yj_error *err) yj_nodiscard;

/* --- taking (taking.c): what answers and offers have in common -------------------------------- */

#define YJ_TAKING_EVIDENCE_MAX 100 /* files of one answer or offer */

/** The kind's row of a record as it is seen, and its fields. @param ret json_decref() @return YJ_E_NOT_FOUND
 */
yj_status yj_taking_row(yj_db *db, const yj_kind *k, int64_t inst, const char *id, int64_t *ret_seq,
                        int64_t *ret_version, char state[static 48], json_t **ret,
                        yj_error *err) yj_nodiscard;
/** Is the own record that would be changed the one that was shown, as it was?
 *  @param id "": none, a new one is made; shown: what to hold it against where `looked` does not say
 *  @return YJ_E_CONFLICT */
yj_status yj_taking_as_shown(const yj_looked *looked, const char *shown, const char *id, int64_t version,
                             yj_error *err) yj_nodiscard;
/** Apply it and let go of it. @param ret_misses NULL; else of a shut gate, as yj_change.misses; free() */
yj_status yj_taking_change(yj_writer *w, yj_change *ch, char **ret_misses, yj_error *err) yj_nodiscard;
/** Set a field to a text, if there is one. */
void yj_taking_text(json_t *fields, const yj_kind *k, int field, const char *text);
/** The client's record of the same file as one of the party's, made if it has none, of the weakest strength.
 *  Where the party has the file, the client has it from now on, too. @param ret "": the party has erased its
 * record */
yj_status yj_taking_evidence(yj_writer *w, int64_t inst, const char *by, int64_t party, const yj_kind *k,
                             const char *theirs, char ret[static YJ_UUID_LEN + 1],
                             yj_error *err) yj_nodiscard;
/** Member "digest" of the party's record of a file, by which it is found; null if it has none (any more). */
yj_status yj_taking_digest(yj_db *db, int64_t party, const yj_kind *k, const char *theirs, yj_jw *w,
                           yj_error *err) yj_nodiscard;
/** What was taken, or was not. */
typedef struct yj_taken {
    int64_t inst, party;
    const char *by, *reason; /* reason NULL: accepted */
    const char *id;          /* the party's record, its version and entry */
    int64_t version, seq;
    const char *about_kind, *about; /* the client's own record; NULL: none came of it */
} yj_taken;
/** Enter the receipt in the client's ledger: it names the party's entry and the digest in its leaf. */
yj_status yj_receipt_write(yj_writer *w, const yj_taken *t, yj_error *err) yj_nodiscard;

/* --- offers (offer.c) ------------------------------------------------------------------------- */

/** What offers allow: an institution offers what its type may. @return YJ_E_INVALID naming the field */
yj_status yj_offer_check(yj_db *db, const yj_catalog *c, const yj_change *ch, const yj_kind *k,
                         const json_t *fields, yj_error *err) yj_nodiscard;
/** What the kind's records may be offered as; NULL: they are not. */
const yj_offered *yj_offered_kind(const yj_catalog *c, const yj_kind *k);
/** 1 to 500 characters. @return YJ_E_INVALID naming "reason" */
yj_status yj_reason_check(const char *reason, yj_error *err) yj_nodiscard;
/** Its id and name. YJ_E_NOT_FOUND */
yj_status yj_institution_named(yj_db *db, const yj_catalog *c, int64_t inst, char ret[static YJ_UUID_LEN + 1],
                               yj_buf *name, yj_error *err) yj_nodiscard;
/** {"id","code","name"} of an institution. */
yj_status yj_institution_write(yj_db *db, const yj_catalog *c, int64_t inst, yj_lang lang, yj_jw *w,
                               yj_error *err) yj_nodiscard;

#endif
