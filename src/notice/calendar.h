// SPDX-License-Identifier: Apache-2.0
/** What falls due, as a calendar that others subscribe to (notice/ical.h). */
#ifndef YJ_NOTICE_CALENDAR_H
#define YJ_NOTICE_CALENDAR_H

#include "base/time.h"
#include "pack/catalog.h"
#include "store/db.h"

#define YJ_CALENDAR_DAYS 400 /* ahead */

/** One event a duty, up to YJ_CALENDAR_DAYS from today and what is overdue: the requirement's title and the
 * subject's name. The same duty has the same uid whenever it is asked for; what is beyond
 * YJ_ICAL_ENTRIES_MAX is left out, the latest first.
 *  @param stamp_ns when it is said */
yj_status yj_calendar_write(yj_db *db, const yj_catalog *c, int64_t inst, const char *inst_id,
                            const char *today, int64_t stamp_ns, yj_lang lang, yj_buf *out,
                            yj_error *err) yj_nodiscard;

#endif
