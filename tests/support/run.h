// SPDX-License-Identifier: Apache-2.0
/**
 * Programs that a test starts.
 */
#ifndef YJ_TESTS_SUPPORT_RUN_H
#define YJ_TESTS_SUPPORT_RUN_H

#include <sys/types.h>

/**
 * Start a program beside the test, with `in`, `out` and `said` as its standard input, output and error (-1:
 * the test's). For tests that have threads: between fork() and exec clang's coverage writes what was counted,
 * which takes memory, and under AddressSanitizer waits for ever if another thread was taking some at the
 * fork. Nothing of the test runs in the child here. What the test opened with O_CLOEXEC is closed in it.
 * @param argv ends with NULL; argv[0] is looked for in PATH unless it has a '/'
 * @return its process id, to be waited for; -1 with errno set: it was not started
 */
pid_t yj_test_run(const char *const argv[], int in, int out, int said);

#endif
