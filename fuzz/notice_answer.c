// SPDX-License-Identifier: Apache-2.0
/* Whatever a robot or a webhook answers: it means one of three things, and what is quoted of it is one short
 * line without our secrets. The first byte chooses the robot, the second the status. */
#include "fuzz.h"

#include "notice/robot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int statuses[] = { 200, 204, 100, 302, 400, 404, 429, 500, 599, 200, 200, 200 };
    static const char key[] = "robot-key-0001", secret[] = "s3cret-of-the-robot-0001";
    if (size < 2)
        return 0;
    yj_robot r = { .kind = (yj_robot_kind)(data[0] % YJ_ROBOT_COUNT_), .key = key, .secret = secret };
    yj_outcome o;
    yj_robot_read(&r, statuses[data[1] % YJ_COUNT(statuses)], (yj_span){ (const char *)data + 2, size - 2 },
                  data[0], &o);
    assert(o.is < YJ_SENT_COUNT_ && o.wait_s >= 0 && o.wait_s <= YJ_WAIT_MAX_S);
    if (o.is == YJ_SENT_ACCEPTED)
        return 0;
    assert(o.why.msg[0] && o.why.msg_zh[0] && strlen(o.why.msg) < 240);
    assert(yj_utf8_valid(yj_span_of(o.why.msg)) && !strpbrk(o.why.msg, "\r\n\t\x1b"));
    assert(!strstr(o.why.msg, key) && !strstr(o.why.msg, secret) && !strstr(o.why.msg_zh, secret));
    return 0;
}
