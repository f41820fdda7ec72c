// SPDX-License-Identifier: Apache-2.0
/* The process's side of the framing. */
#include "base/sandbox.h"
#include "instrument/box/internal.h"

static char room[YJ_BOX_HEAD_BYTES + YJ_BOX_DATA_MAX];
static size_t waiting; /* bytes of a DATA frame that is not yet written */
static yj_box_write_fn *write_to = yj_sandbox_tell;

void yj_box_out_to(yj_box_write_fn *write)
{
    write_to = write;
    waiting = 0;
}

static void head(char *to, int type, unsigned second, size_t len)
{
    memset(to, 0, YJ_BOX_HEAD_BYTES);
    to[0] = (char)type;
    to[1] = (char)second;
    for (unsigned i = 0; i < 4; i++)
        to[4 + i] = (char)(len >> 8 * i & 0xff);
}

static void flush(void)
{
    if (waiting == 0)
        return;
    head(room, YJ_BOX_DATA, 0, waiting);
    write_to((yj_span){ room, YJ_BOX_HEAD_BYTES + waiting });
    waiting = 0;
}

static void say(int type, unsigned second, yj_span what)
{
    char frame[YJ_BOX_HEAD_BYTES + YJ_BOX_NAME_MAX];
    size_t len = what.len < YJ_BOX_NAME_MAX ? what.len : YJ_BOX_NAME_MAX;
    flush();
    head(frame, type, second, len);
    if (len)
        memcpy(frame + YJ_BOX_HEAD_BYTES, what.ptr, len);
    write_to((yj_span){ frame, YJ_BOX_HEAD_BYTES + len });
}

void yj_box_say_format(yj_box_format f)
{
    say(YJ_BOX_FORMAT, f, (yj_span){ NULL, 0 });
}

void yj_box_say_begin(yj_box_kind kind, yj_span name)
{
    say(YJ_BOX_BEGIN, kind, name);
}

void yj_box_say_data(yj_span s)
{
    while (s.len > 0) {
        size_t left = YJ_BOX_DATA_MAX - waiting, n = s.len < left ? s.len : left;
        memcpy(room + YJ_BOX_HEAD_BYTES + waiting, s.ptr, n);
        waiting += n;
        s = (yj_span){ s.ptr + n, s.len - n };
        if (waiting == YJ_BOX_DATA_MAX)
            flush();
    }
}

void yj_box_say_char(char c)
{
    yj_box_say_data((yj_span){ &c, 1 });
}

void yj_box_say_end(yj_box_fault f)
{
    say(YJ_BOX_END, f, (yj_span){ NULL, 0 });
}

void yj_box_say_listed(yj_box_fault f, yj_span name)
{
    say(YJ_BOX_LISTED, f, name);
}

void yj_box_say_done(yj_box_fault f)
{
    say(YJ_BOX_DONE, f, (yj_span){ NULL, 0 });
}
