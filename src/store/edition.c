// SPDX-License-Identifier: Apache-2.0
#include "base/build.h"
#include "store/confine.h"
#include <sqlite3.h>

bool yj_rule_check_edition(yj_buf *out)
{
    yj_buf_fmt(out, "%s %s", yj_build_id(), yj_rule_check_engine());
    return yj_build_id()[0] != '\0';
}

const char *yj_rule_check_engine(void)
{
    return sqlite3_sourceid();
}
