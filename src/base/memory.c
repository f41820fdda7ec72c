// SPDX-License-Identifier: Apache-2.0
#include "base/memory.h"

static _Thread_local bool ran_out;

void yj_memory_begin(void)
{
    ran_out = false;
}

void yj_memory_ran_out(void)
{
    ran_out = true;
}

bool yj_memory_is_short(void)
{
    return ran_out;
}

yj_status yj_memory_status(yj_error *err)
{
    return ran_out ? yj_fail(err, YJ_E_NOMEM, "out of memory") : YJ_OK;
}
