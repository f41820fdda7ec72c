// SPDX-License-Identifier: Apache-2.0
/** What the commands of verify share: signing, and telling people what was counted. */
#ifndef YJ_CLI_VERIFY_H
#define YJ_CLI_VERIFY_H

#include "cli/instruments.h"
#include "instrument/verify/report.h"

#define YJ_VERIFY_THREADS 2
#define YJ_VERIFY_SHOWN 1000 /* findings without --all */

/** The key of --attest and the file to write, which does not exist yet. *ret_key is NULL without the option.
 *  YJ_E_USAGE, YJ_E_CONFLICT, errors of yj_key_load() */
yj_status yj_verify_attest_key(yj_cli *c, yj_key **ret_key, const char **ret_path,
                               yj_error *err) yj_nodiscard;
/** A path by its full name, so that a statement means the same elsewhere. Arena-owned. */
const char *yj_verify_full_name(yj_cli *c, const char *path);
/** Does the state (--state, given) lie outside the folders? In one it would be a name too many.
 *  @param other NULL: there is one folder. Full names. YJ_E_USAGE */
yj_status yj_verify_state_outside(yj_cli *c, const char *folder, const char *other,
                                  yj_error *err) yj_nodiscard;
/** Findings and counters. @param attest_path NULL, or the statement that was signed */
void yj_verify_say(yj_cli *c, const yj_verify_result *r, const char *attest_path);
/** A report as one line of JSON. */
void yj_verify_write(yj_cli *c, const json_t *report);

/** verify restore: is it a dump and the URL of a database? Then it is compared with it. */
bool yj_verify_is_dump(yj_cli *c);
yj_status yj_verify_dump(yj_cli *c, yj_error *err) yj_nodiscard;

#endif
