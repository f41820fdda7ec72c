// SPDX-License-Identifier: Apache-2.0
/** The signed statement of a scan: what was looked into, what was not, and what was found, without a value.
 */
#ifndef YJ_INSTRUMENT_SCAN_ATTEST_H
#define YJ_INSTRUMENT_SCAN_ATTEST_H

#include "base/json.h"
#include "instrument/attest/statement.h"
#include "instrument/scan/own.h"
#include "instrument/scan/tables.h"
#include "instrument/verify/sum.h"

#define YJ_SCAN_PREDICATE "urn:yunjian:attestation:scan:1"
#define YJ_SCAN_CLOSED_SIGNED 1000 /* names in a statement that were not looked into */
#define YJ_SCAN_LIST_BYTES_MAX ((size_t)1 << 30)

typedef struct yj_scan_attest {
    const char *const *root; /* as they were given */
    size_t roots;
    yj_buf list;        /* per file: root's number, digest, path */
    yj_summer *columns; /* of a database; NULL until there is one */
    char *database;     /* its name */
    json_t *closed;
    uint64_t left_out;
} yj_scan_attest;

typedef struct yj_scan_sum {
    uint64_t states[YJ_SCAN_STATE_COUNT_], count[YJ_SCAN_KINDS_MAX], files, bytes, hits;
    uint64_t remembered; /* files that were not read again (--state) */
    int grade;
    const yj_scan_own *own;       /* NULL: none */
    const yj_digest *rules;       /* SHA-256 of the file of own rules; NULL: none */
    const yj_digest *inventory;   /* of the inventory's bytes; NULL: none was written */
    const yj_scan_tables *tables; /* NULL: files */
    int64_t from_ns, until_ns;
    const char *version;
} yj_scan_sum;

/** Another file is told. */
void yj_scan_sum_add(yj_scan_sum *s, const yj_scan_file *f);

/** @param root borrowed, as `own` and all else that a sum points to */
void yj_scan_attest_init(yj_scan_attest *a, const char *const *root, size_t roots);
void yj_scan_attest_done(yj_scan_attest *a);
/** Each file, in the order of the walk. */
yj_status yj_scan_attest_file(yj_scan_attest *a, const yj_scan_file *f, yj_error *err) yj_nodiscard;
/** What the statement says of the run (docs/scan.md); the caller's. NULL: no memory. */
json_t *yj_scan_attest_predicate(const yj_scan_attest *a, const yj_scan_sum *sum);
/**
 * The envelope. A subject for each path that was named: a file by its SHA-256, a folder by that of the list
 * of its files, the same that `verify manifest` names it by. YJ_E_INVALID if nothing in a folder could be
 * read. A database, which has no bytes that stay as they are, by the SHA-256 of lines "COLUMN\tTYPE\tROWS
 * READ\n", in the order in which they came: that names what was looked into.
 */
yj_status yj_scan_attest_sign(yj_scan_attest *a, const yj_scan_sum *sum, const yj_key *key, yj_buf *out,
                              yj_error *err) yj_nodiscard;

#endif
