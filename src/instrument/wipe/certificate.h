// SPDX-License-Identifier: Apache-2.0
/**
 * What is said of a wipe: the certificate's fields follow NIST SP 800-88 (certificate of sanitization) with
 * witness, ticket and contract added. The report can always be had; a statement is signed only of what is
 * fine.
 */
#ifndef YJ_INSTRUMENT_WIPE_CERTIFICATE_H
#define YJ_INSTRUMENT_WIPE_CERTIFICATE_H

#include "instrument/attest/statement.h"
#include "instrument/wipe/run.h"

#define YJ_WIPE_PREDICATE "urn:yunjian:attestation:wipe:1"

/* What people say; the program takes it as it is. name in JSON, the same on the command line */
#define YJ_CERT_LIST(X)                                                                                      \
    X(ASSET, "asset")             /* number in the institution's books */                                    \
    X(SOURCE, "source")           /* the system or person it comes from */                                   \
    X(DESTINATION, "destination") /* reuse, return or scrap */                                               \
    X(CLASS_AFTER, "class-after")                                                                            \
    X(TICKET, "ticket")                                                                                      \
    X(CONTRACT, "contract")                                                                                  \
    X(PLACE, "place")                                                                                        \
    X(TITLE, "title") /* of who does it */                                                                   \
    X(CONTACT, "contact")                                                                                    \
    X(WITNESS_TITLE, "witness-title")                                                                        \
    X(WITNESS_CONTACT, "witness-contact")                                                                    \
    X(PHOTOS, "photos")             /* digests of pictures */                                                \
    X(MANUFACTURER, "manufacturer") /* recorded destruction: what no device says */                          \
    X(MODEL, "model")                                                                                        \
    X(MEDIUM, "medium")                                                                                      \
    X(TECHNIQUE, "technique") /* shredded, melted, ... */                                                    \
    X(RESULT, "result")       /* what was left of it */

typedef enum yj_cert_field {
#define X(id, name) YJ_CERT_##id,
    YJ_CERT_LIST(X)
#undef X
        YJ_CERT_COUNT_
} yj_cert_field;
const char *yj_cert_name(unsigned f);

typedef struct yj_wipe_about {
    int grade; /* of the data, 1 to 4 */
    yj_outcome wanted;
    const char *by, *witness; /* two people */
    const char *field[YJ_CERT_COUNT_];
    const char *target;  /* as the person calls it */
    const char *version; /* of the program */
} yj_wipe_about;

/** What the medium is called in a statement: SHA-256 of "yunjian-medium\nSERIAL\n" and the number of bytes
 * and a newline. Of a recorded destruction the bytes are 0. */
void yj_medium_digest(const char *serial, uint64_t bytes, char ret[static 2 * YJ_HASH_LEN + 1]);
/** Everything that is known of a run. Owned by the caller. */
yj_status yj_wipe_json(const yj_wipe_result *r, const yj_wipe_about *about, json_t **ret,
                       yj_error *err) yj_nodiscard;
/** YJ_E_GATE, and nothing in `out`, unless yj_wipe_fine(), the outcome is what was wanted or more, and two
 * people are named. */
yj_status yj_wipe_sign(const yj_wipe_result *r, const yj_wipe_about *about, const yj_key *key, yj_buf *out,
                       yj_error *err) yj_nodiscard;
/** A destruction that two people saw. The statement says that the program saw nothing of it. */
yj_status yj_destruction_json(const char *serial, const yj_wipe_about *about, int64_t at_ns, json_t **ret,
                              yj_error *err) yj_nodiscard;
yj_status yj_destruction_sign(const char *serial, const yj_wipe_about *about, int64_t at_ns,
                              const yj_key *key, yj_buf *out, yj_error *err) yj_nodiscard;
/** What the method reaches here: less than its row says where the file system writes elsewhere. */
yj_outcome yj_wipe_outcome(const yj_disk_id *id, const yj_wipe_method_row *row);

#endif
