// SPDX-License-Identifier: Apache-2.0
/**
 * What a record of one ledger means to another institution that is tied with its own (exchange.h): to whom it
 * is addressed, whose answer it is, for whom it waits as offered, of what it is the receipt. And what the
 * other side may call it, which is asked anew each time: with the tie everything ends.
 *
 * All read only, inside a read (or the writer's) transaction, from any thread.
 */
#ifndef YJ_RECORD_ACROSS_H
#define YJ_RECORD_ACROSS_H

#include "base/arena.h"
#include "record/exchange.h"

/** Ledgers of institutions, by number, each once. The arena's. */
typedef struct yj_across {
    const int64_t *insts;
    size_t count;
} yj_across;

/** The parties that a record is addressed to. */
yj_status yj_across_addressed(yj_db *db, int64_t inst, const char *record, yj_arena *a, yj_across *ret,
                              yj_error *err) yj_nodiscard;
/** The clients for whom a record of the party waits as offered, in the version that it has. @param
 * ret_version of the record @param ret_as what it becomes there */
yj_status yj_across_offered(yj_db *db, const yj_catalog *c, int64_t party, const char *record, yj_arena *a,
                            yj_across *ret, int64_t *ret_version, const yj_kind **ret_as,
                            yj_error *err) yj_nodiscard;

/** An answer that waits for the client. */
typedef struct yj_across_answer {
    int64_t client, version; /* version of the answer */
    const yj_kind *about;    /* the client's record: its kind, */
    char record[YJ_UUID_LEN + 1];
    int transition; /* what is answered */
    bool moves;     /* the record is in a state from which that starts */
} yj_across_answer;
/** @param answer id of a record of the party @param ret_found false: it waits for nobody */
yj_status yj_across_answered(yj_db *db, const yj_catalog *c, int64_t party, const char *answer,
                             yj_across_answer *ret, bool *ret_found, yj_error *err) yj_nodiscard;

/** What a client took, or declined. */
typedef struct yj_across_receipt {
    int64_t party;
    const yj_kind *kind; /* of the party's record: an answer, or what it offered */
    char record[YJ_UUID_LEN + 1];
    bool accepted;
} yj_across_receipt;
/** @param receipt id of a record of the client @param ret_found false: it names nothing that is there, or an
 *  institution that is not tied any more */
yj_status yj_across_received(yj_db *db, const yj_catalog *c, int64_t client, const char *receipt,
                             yj_across_receipt *ret, bool *ret_found, yj_error *err) yj_nodiscard;

/** Where a tie stands, by an invitation of the client or a link of the party. */
typedef enum yj_across_tie {
    YJ_ACROSS_NOT_YET, /* and nobody has said anything */
    YJ_ACROSS_ACCEPTED,
    YJ_ACROSS_DECLINED,
    YJ_ACROSS_ENDED /* by the side whose record it is */
} yj_across_tie;
/** @param k     the kind of invitations or of links
 *  @param ret_other ledger of the other institution; -1: none is named, or there is no such */
yj_status yj_across_tied(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k, const char *record,
                         yj_across_tie *ret, int64_t *ret_other, yj_error *err) yj_nodiscard;

/** What `inst` may call a record of ledger `other`, as of today: "" if that is not addressed to it (any
 * more), does not wait for it as offered, or the addressing keeps the name to itself.
 * @param k kind of the record; of what is offered, what it becomes */
yj_status yj_across_name(yj_db *db, const yj_catalog *c, int64_t inst, int64_t other, const yj_kind *k,
                         const char *record, yj_lang lang, yj_buf *out, yj_error *err) yj_nodiscard;
/** Number of an institution's ledger by its id; -1 if there is none, or it is the installation. */
yj_status yj_institution_number(yj_db *db, const char *id, int64_t *ret, yj_error *err) yj_nodiscard;
/** Are the two tied now, whichever is the client? */
yj_status yj_across_is_tied(yj_db *db, int64_t a, int64_t b, bool *ret, yj_error *err) yj_nodiscard;
/** What an institution is called; "" if there is none of that number. */
yj_status yj_across_institution(yj_db *db, const yj_catalog *c, int64_t inst,
                                char ret_id[static YJ_UUID_LEN + 1], yj_buf *name,
                                yj_error *err) yj_nodiscard;

#endif
