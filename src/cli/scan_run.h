// SPDX-License-Identifier: Apache-2.0
/** What the files of "scan" share: cmd_scan.c runs it, scan_list.c writes rows for programs, scan_say.c what
 * people read. */
#ifndef YJ_CLI_SCAN_RUN_H
#define YJ_CLI_SCAN_RUN_H

#include "cli/cli.h"
#include "cli/scan_attest.h"
#include "instrument/scan/memo.h"
#include "instrument/scan/tables.h"
#include "report/sheet.h"
#include <stdio.h>

typedef enum yj_scan_list { YJ_SCAN_JSON_LINES, YJ_SCAN_CSV, YJ_SCAN_XLSX } yj_scan_list;

typedef struct yj_scan_cmd {
    yj_cli *c;
    FILE *inventory;
    yj_scan_list as;
    yj_sheet *sheet; /* of XLSX; else NULL */
    bool tty;
    int64_t since_ns;
    yj_buf line;
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

/* --- scan_list.c ------------------------------------------------------------------------------------------
 */

/** Classes, those of own rules last. */
size_t yj_scan_kinds(const yj_scan_cmd *s);
/** Names of classes: those of own rules stand in the file that was given. */
const char *yj_scan_kind_name(const yj_scan_cmd *s, size_t what);
/** What --rules says where a class's grade comes from; NULL: nothing, the grade is built in. */
const char *yj_scan_own_source(const yj_scan_cmd *s, size_t what);
const char *yj_scan_grade_source(const yj_scan_cmd *s, const yj_scan_file *f);
void yj_scan_json_counts(yj_jw *w, const yj_scan_cmd *s, const uint64_t *count);
void yj_scan_json_file(yj_jw *w, const yj_scan_cmd *s, const yj_scan_file *f);
/** Heading and row of the inventory into s->line, or into the sheet. */
yj_status yj_scan_list_head(yj_scan_cmd *s, yj_error *err) yj_nodiscard;
yj_status yj_scan_list_file(yj_scan_cmd *s, const yj_scan_file *f, yj_error *err) yj_nodiscard;

/* --- scan_say.c -------------------------------------------------------------------------------------------
 */

void yj_scan_say_file(const yj_scan_cmd *s, const yj_scan_file *f);
void yj_scan_say_end(const yj_scan_cmd *s);
/** Share, files, bytes, rate and time left, on one line that is written over. @param with yj_scan_cmd */
void yj_scan_show_progress(void *with, const yj_scan_progress *p);
void yj_scan_clear_progress(const yj_scan_cmd *s);

#endif
