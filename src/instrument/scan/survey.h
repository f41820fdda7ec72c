// SPDX-License-Identifier: Apache-2.0
/** How much there is to be read, counted by a thread of its own while reading has begun: for the time left,
 * and for nothing else. */
#ifndef YJ_INSTRUMENT_SCAN_SURVEY_H
#define YJ_INSTRUMENT_SCAN_SURVEY_H

#include "base/span.h"

typedef struct yj_scan_survey yj_scan_survey;

/** Begin. @param paths as for yj_scan_run(), which outlive it. NULL if it cannot be begun. */
yj_scan_survey *yj_scan_survey_new(const char *const *paths, size_t count);
/** Bytes in all; 0: it is still counted. */
uint64_t yj_scan_survey_bytes(yj_scan_survey *s);
/** End it, counted or not. NULL: nothing. */
void yj_scan_survey_free(yj_scan_survey *s);

#endif
