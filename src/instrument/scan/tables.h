// SPDX-License-Identifier: Apache-2.0
/**
 * The columns of a live database looked through as files are: each is a yj_scan_file of its own, with the
 * path "DATABASE!/TABLE!/COLUMN". All of a table's rows, or a sample by a seed. Read in a transaction that
 * cannot write; memory does not depend on the number of rows.
 */
#ifndef YJ_INSTRUMENT_SCAN_TABLES_H
#define YJ_INSTRUMENT_SCAN_TABLES_H

#include "instrument/database/source.h"
#include "instrument/scan/scan.h"

#define YJ_SCAN_VALUE_CHARS_MAX                                                                              \
    262144                         /* characters of a value; the rest is cut off by the server, and said */
#define YJ_SCAN_TABLE_SECONDS 3600 /* for each table; what came before is told */

/** What of the database is never looked into, for the report: slugs. */
extern const char *const yj_scan_tables_left_out[]; /* NULL ends */

typedef struct yj_scan_tables {
    const char *url, *password_file; /* of yj_source_open */
    unsigned percent;                /* of the rows, 1 to 99; 0: all */
    uint32_t seed;    /* of the sample; the same gives the same rows while the table stays as it is */
    unsigned seconds; /* for each table; 0: YJ_SCAN_TABLE_SECONDS */
} yj_scan_tables;

/**
 * Calls wish->file for each column, by the order of tables and columns, and wish->progress. Own rules count;
 * masked values and fingerprints of the first that are found stand in `place` without where, for rows have no
 * order; what else is wished is passed over. A table that cannot be read is told column by column with the
 * server's words, and the others are still read.
 * @return what yj_source_open does; YJ_E_NOMEM; what wish->file returns
 */
yj_status yj_scan_tables_run(const yj_scan_tables *t, const yj_scan_wish *wish, yj_error *err) yj_nodiscard;

#endif
