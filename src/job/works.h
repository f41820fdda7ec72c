// SPDX-License-Identifier: Apache-2.0
/** The labels of this folder's works in Chinese; their tables are written in ASCII. */
#ifndef YJ_JOB_WORKS_H
#define YJ_JOB_WORKS_H

#define YJ_WORK_IMPORT_EN "Import of registers"
#define YJ_WORK_VERIFY_EN "Verification of the ledger"
#define YJ_WORK_COMPARE_EN "Comparison of files"
#define YJ_WORK_SCAN_EN "Scan for sensitive data"
#define YJ_WORK_WIPE_EN "Wiping of a medium"
extern const char yj_work_import_zh[], yj_work_verify_zh[], yj_work_compare_zh[], yj_work_scan_zh[],
    yj_work_wipe_zh[];
/** Of the list that a scan writes, as a file of evidence. */
extern const char yj_work_scan_list_zh[];

#endif
