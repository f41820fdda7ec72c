// SPDX-License-Identifier: Apache-2.0
/** Rules of one's own for scan, read from YAML (docs/scan.md); held to their own examples before they are
 * used. */
#ifndef YJ_JOB_SCAN_RULES_H
#define YJ_JOB_SCAN_RULES_H

#include "base/arena.h"
#include "base/hash.h"
#include "instrument/scan/own.h"

#define YJ_SCAN_RULES_BYTES_MAX ((size_t)1 << 20)

/** @param ret allocated in `a`; @param ret_sha256 of the file's bytes
 *  @return YJ_E_INVALID with the line, also for an example that does not come out as it says; YJ_E_NOT_FOUND,
 *          YJ_E_LIMIT, YJ_E_IO */
yj_status yj_scan_rules_load(yj_arena *a, const char *path, yj_scan_own **ret, yj_digest *ret_sha256,
                             yj_error *err) yj_nodiscard;
/** The same from memory; `path` is only named. */
yj_status yj_scan_rules_parse(yj_arena *a, const char *path, yj_span yaml, yj_scan_own **ret,
                              yj_error *err) yj_nodiscard;

#endif
