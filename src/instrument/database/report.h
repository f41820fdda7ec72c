// SPDX-License-Identifier: Apache-2.0
/** What a comparison of databases found, as JSON, and as a statement that is signed. */
#ifndef YJ_INSTRUMENT_DATABASE_REPORT_H
#define YJ_INSTRUMENT_DATABASE_REPORT_H

#include "instrument/attest/statement.h"
#include "instrument/database/compare.h"

#define YJ_DBC_PREDICATE "urn:yunjian:attestation:verify-database:1"
#define YJ_DBC_RESTORED_PREDICATE "urn:yunjian:attestation:verify-restore:1" /* of a dump */
#define YJ_DBC_SIGNED 1000 /* findings in a statement; how many were left out stands in it */

/* The dump that database B was restored from, for this comparison. */
typedef struct yj_dbc_restored {
    bool good;               /* false: not without an error, so nothing was compared, and there is no B */
    const char *name, *kind; /* "postgresql-custom" */
    char hex[65];            /* SHA-256 of its bytes */
    bool in_memory;          /* else the scratch database lay on a disk */
    int landlock;            /* ABI that confined the server; 0: the kernel has none */
} yj_dbc_restored;

typedef struct yj_dbc_about {
    const yj_source *a, *b;
    const char *version; /* of the program */
    bool chosen;         /* tables were named */
    int64_t from_ns, until_ns;
    const yj_dbc_restored *restored; /* NULL: B is a database that was there */
} yj_dbc_about;

const char *yj_table_way_slug(yj_table_way w);
/** @param findings at most so many. Owned by the caller. */
yj_status yj_dbc_json(const yj_dbc_result *r, const yj_dbc_about *about, size_t findings, json_t **ret,
                      yj_error *err) yj_nodiscard;
/** What a dump that is not restored comes to: every table of A is unreadable. YJ_E_NOMEM, errors of `each` */
yj_status yj_dbc_not_restored(const yj_source *a, const yj_dbc_options *o, yj_dbc_result *ret,
                              yj_error *err) yj_nodiscard;
/** The envelope. Its subjects are the dump, if there is one, by its SHA-256, and database A by the digest of
 * what was expected of it (not where the dump was not restored): lines "TABLE TAB ROWS TAB COLUMN SPACE TYPE,
 * ..." of the paired tables in the order of their names. */
yj_status yj_dbc_sign(const yj_dbc_result *r, const yj_dbc_about *about, const yj_key *key, yj_buf *out,
                      yj_error *err) yj_nodiscard;

#endif
