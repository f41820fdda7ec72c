// SPDX-License-Identifier: Apache-2.0
/** Which program this is. */
#ifndef YJ_BASE_BUILD_H
#define YJ_BASE_BUILD_H

/** The linker's build id of the running program, as hexadecimal digits: another one for every other program.
 *  "" if it was linked without. */
const char *yj_build_id(void);

#endif
