// SPDX-License-Identifier: Apache-2.0
/** What the commands of instruments share on the terminal. */
#ifndef YJ_CLI_INSTRUMENTS_H
#define YJ_CLI_INSTRUMENTS_H

#include "cli/cli.h"
#include "instrument/verify/pool.h"

/** "1.5 GB", arena-owned. */
const char *yj_size_text(yj_cli *c, uint64_t bytes);
/** Progress, rate and time left on standard error, where that is a terminal. @param self yj_cli */
void yj_show_progress(void *self, const yj_progress *p);
/** Have SIGINT, SIGTERM and SIGHUP handled, but for those that were ignored when the program began (nohup, a
 *  shell's background): who left it running meant that. @param flags of sigaction() */
void yj_cli_heed(void (*handler)(int), int flags);

#endif
