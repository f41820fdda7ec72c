// SPDX-License-Identifier: Apache-2.0
/** How much there is to be read, counted by a thread of its own while reading has begun: for the time left,
 * and for nothing else. */
#ifndef YJ_INSTRUMENT_SCAN_SURVEY_H
#define YJ_INSTRUMENT_SCAN_SURVEY_H

#include "base/span.h"
#include <sys/stat.h>

typedef struct yj_scan_survey yj_scan_survey;

/** What is counted: names, or what is open. It outlives the survey. */
typedef struct yj_scan_survey_of {
    const char *const *paths; /* as for yj_scan_run(); NULL: */
    size_t count;
    int fd;
    const struct stat *keep_out; /* a folder that is not entered; may be NULL */
} yj_scan_survey_of;

/** Begin. NULL if it cannot be begun. */
yj_scan_survey *yj_scan_survey_new(const yj_scan_survey_of *of);
/** Bytes and files in all; 0: they are still counted. */
uint64_t yj_scan_survey_bytes(yj_scan_survey *s);
uint64_t yj_scan_survey_files(yj_scan_survey *s);
/** End it, counted or not. NULL: nothing. */
void yj_scan_survey_free(yj_scan_survey *s);

#endif
