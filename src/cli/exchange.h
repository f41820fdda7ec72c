// SPDX-License-Identifier: Apache-2.0
/** What the commands of `exchange` share. */
#ifndef YJ_CLI_EXCHANGE_H
#define YJ_CLI_EXCHANGE_H

#include "base/json.h"
#include "cli/cli.h"

#define YJ_EXCHANGE_BYTES_MAX ((size_t)64 << 20) /* of one list */

/** Open the installation, find the institution, borrow a reader. */
yj_status yj_exchange_open(yj_cli *c, yj_error *err) yj_nodiscard;
/** The JSON in `b` printed as it is, or handed to `show`. */
yj_status yj_exchange_tell(yj_cli *c, yj_buf *b, void (*show)(yj_cli *c, const json_t *o),
                           yj_error *err) yj_nodiscard;
/** "NAME (CODE)" of {"id","code","name"}; arena-owned. */
const char *yj_exchange_name(yj_cli *c, const json_t *institution);
/** What people call the kind. */
const char *yj_exchange_kind(const yj_cli *c, const char *name);
/** The first row of a table. @param heads in the reader's language */
void yj_exchange_heads(yj_table *t, const char *const *heads, size_t count);
/** What was done, in a line; with --json an empty object. @param text in the reader's language, with its end
 */
void yj_exchange_done(yj_cli *c, const char *text);

#endif
