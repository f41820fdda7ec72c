// SPDX-License-Identifier: Apache-2.0
/** Media as the instrument "wipe" has them. */
#ifndef YJ_JOB_MEDIUM_OPEN_H
#define YJ_JOB_MEDIUM_OPEN_H

#include "instrument/wipe/target.h"
#include "job/medium.h"

/** Open it, and let it say what it is. Errors of yj_target_open(), without its path.
 *  @param look_only nothing will be written
 *  @param ret_target owned by the caller: yj_target_close() */
yj_status yj_medium_enter(const yj_media *m, const yj_place *p, bool look_only, yj_target **ret_target,
                          yj_disk_id *ret_id, yj_error *err) yj_nodiscard;
/** Put the medium's name where an error tells its path. */
void yj_medium_hide(const yj_place *p, yj_error *err);

#endif
