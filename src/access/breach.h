// SPDX-License-Identifier: Apache-2.0
/**
 * A list of passwords that are known to have leaked, as it is commonly handed out: a text file, one line for
 * each, 40 hex digits (either case) of the password's SHA-1, optionally ':' and how often it was seen, sorted
 * by the digits. LF or CR LF; the last line may lack it. Such files are tens of gigabytes, so one is searched
 * where it lies, by bisection: some 30 reads of a few hundred bytes, then one of 4 KiB.
 */
#ifndef YJ_ACCESS_BREACH_H
#define YJ_ACCESS_BREACH_H

#include "base/span.h"

#define YJ_SHA1_LEN 20
#define YJ_BREACH_LINE_MAX 96 /* bytes of a line, its end included */

/**
 * Does the list hold the digest? Only the lines that are looked at are checked: each must be well-formed, and
 * in order with the others.
 * @param ret_found not set on failure
 * @return YJ_E_NOT_FOUND, YJ_E_IO (also if it is no regular file), YJ_E_CORRUPT naming the byte
 */
yj_status yj_breach_find(const char *path, const uint8_t sha1[static YJ_SHA1_LEN], bool *ret_found,
                         yj_error *err) yj_nodiscard;
/** The same in an open file. @param fd borrowed, of a regular file. @param name for messages */
yj_status yj_breach_find_in(int fd, const char *name, const uint8_t sha1[static YJ_SHA1_LEN], bool *ret_found,
                            yj_error *err) yj_nodiscard;

#endif
