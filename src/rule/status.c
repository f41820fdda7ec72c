// SPDX-License-Identifier: Apache-2.0
#include "rule/judge.h"
#include <assert.h>

static const char *const names[YJ_V_COUNT_] = { "unmet", "unknown", "met", "not_applicable", "gone" };

const char *yj_verdict_name(yj_verdict_status s)
{
    assert((unsigned)s < YJ_V_COUNT_);
    return names[s];
}

bool yj_verdict_by_name(yj_span s, yj_verdict_status *ret)
{
    for (unsigned i = 0; i < YJ_V_COUNT_; i++) {
        if (yj_span_is(s, names[i])) {
            *ret = (yj_verdict_status)i;
            return true;
        }
    }
    return false;
}
