// SPDX-License-Identifier: Apache-2.0
/** What the files of "scan" share: cmd_scan.c runs it, scan_say.c says what people read. */
#ifndef YJ_CLI_SCAN_RUN_H
#define YJ_CLI_SCAN_RUN_H

#include "cli/cli.h"
#include "instrument/scan/attest.h"
#include "instrument/scan/list.h"
#include "instrument/scan/memo.h"
#include "instrument/scan/tables.h"
#include <stdio.h>

typedef struct yj_scan_cmd {
    yj_cli *c;
    FILE *inventory;
    yj_scan_list rows; /* of it */
    bool tty;
    int64_t since_ns;
    yj_jw json;
    yj_scan_own *own;      /* of --rules */
    yj_digest rules, list; /* of its file; of the inventory's bytes */
    yj_hasher *list_hasher;
    yj_buf print_key;   /* of --fingerprint */
    yj_scan_memo *memo; /* of --state */
    yj_key *key;        /* of --attest; NULL without */
    yj_scan_attest attest;
    yj_scan_sum sum;
    yj_scan_tables tables; /* of --database; url NULL without */
} yj_scan_cmd;

/* --- scan_say.c -------------------------------------------------------------------------------------------
 */

void yj_scan_say_file(const yj_scan_cmd *s, const yj_scan_file *f);
void yj_scan_say_end(const yj_scan_cmd *s);
/** Share, files, bytes, rate and time left, on one line that is written over. @param with yj_scan_cmd */
void yj_scan_show_progress(void *with, const yj_scan_progress *p);
void yj_scan_clear_progress(const yj_scan_cmd *s);

#endif
