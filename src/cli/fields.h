// SPDX-License-Identifier: Apache-2.0
/** A record's fields as given on the command line: field=value, or a JSON object in a file. References may be
 *  written as the other record's key. */
#ifndef YJ_CLI_FIELDS_H
#define YJ_CLI_FIELDS_H

#include "base/json.h"
#include "cli/cli.h"

/** "name=value" each; "name=" clears; lists are separated by ";". *ret is owned by the caller. */
yj_status yj_cli_fields_of_pairs(yj_cli *c, const yj_kind *k, const char *const *pairs, size_t count,
                                 json_t **ret, yj_error *err) yj_nodiscard;
/** The next of "a; b" that is not empty, without the blanks around it; *text moves behind it. False at the
 * end. */
bool yj_cli_list_next(const char **text, yj_span *ret);
/** @param path "-": standard input */
yj_status yj_cli_fields_of_file(yj_cli *c, const yj_kind *k, const char *path, json_t **ret,
                                yj_error *err) yj_nodiscard;

/** A file as it is, no longer than `max` bytes. @param path "-": standard input */
yj_status yj_cli_read(const char *path, size_t max, yj_buf *out, yj_error *err) yj_nodiscard;

#endif
