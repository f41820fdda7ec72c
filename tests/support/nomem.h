// SPDX-License-Identifier: Apache-2.0
/**
 * Memory that runs out on demand. A test links this with the arguments `nomem_link_args` (--wrap), so that
 * every allocation of our own objects can be made to fail; of other libraries, jansson and (where asked)
 * SQLite go the same way.
 *
 * Each scenario is run again and again: its first allocation fails, then its second, ... until none fails any
 * more; and once more with every allocation failing from the nth on. Each time it must end with YJ_E_NOMEM or
 * unharmed, and what the caller's check asks for must hold.
 */
#ifndef YJ_TESTS_SUPPORT_NOMEM_H
#define YJ_TESTS_SUPPORT_NOMEM_H

#include "base/error.h"
#include <stdbool.h>

/** To be called first in main(). */
void yj_nomem_start(bool sqlite_too);

typedef struct yj_torture {
    const char *name;
    yj_status (*run)(void *arg, yj_error *err);
    void (*check)(void *arg, yj_status s); /* after each run, with enough memory; may be NULL */
    void *arg;
    long at_least; /* so many allocations: else the test tests nothing */
    long step;     /* 0: every allocation; else every so many, after the first 200 */
} yj_torture;
void yj_torture_run(const yj_torture *t);
/** The same, where being unharmed is not enough: whenever an allocation fails the run ends with YJ_E_NOMEM.
 */
void yj_torture_run_told(const yj_torture *t);

#endif
