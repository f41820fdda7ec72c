// SPDX-License-Identifier: Apache-2.0
/* Memory runs out anywhere while something is made that leaves: it is whole, or it is said that memory is
 * wanting. A text that silently lacks its end would be sent. */
#include "test.h"

#include "nomem.h"
#include "notice/ical.h"
#include "notice/mail_text.h"
#include "notice/robot.h"

#define NOW INT64_C(1795772439123456789)

typedef struct made {
    yj_buf out;          /* of this run */
    char want[64 << 10]; /* with enough memory */
    yj_robot robot;
} made;

static yj_status make_calendar(void *arg, yj_error *err)
{
    made *m = arg;
    yj_ical w;
    yj_ical_entry e = { .uid = "a@b",
                        .date = "2026-12-31",
                        .stamp_ns = NOW,
                        .summary = "合同评审；每年一次, 见制度第三章第二节关于云服务的规定",
                        .description = "第一行\n第二行",
                        .url = "https://yunjian.example/p/due" };
    yj_buf_done(&m->out);
    yj_buf_init(&m->out, sizeof m->want - 1);
    yj_ical_begin(&w, &m->out, &(yj_ical_head){ .name = "云鉴", .refresh_minutes = 60 });
    YJ_TRY(yj_ical_add(&w, &e, err));
    return yj_ical_end(&w, err);
}

static yj_status make_mail(void *arg, yj_error *err)
{
    made *m = arg;
    yj_mail mail = { .from = "yunjian@broker.example",
                     .from_name = "云鉴",
                     .to = "a@b.example",
                     .to_name = "李雷",
                     .subject = "合同“云主机”的年度评审已逾期，请尽快处理",
                     .body = "您好：\n合同的年度评审已逾期。\n",
                     .message_id = "1@broker.example",
                     .list_id = "notices.broker.example",
                     .date_ns = NOW };
    yj_buf_done(&m->out);
    yj_buf_init(&m->out, sizeof m->want - 1);
    return yj_mail_write(&mail, &m->out, err);
}

static yj_status make_request(void *arg, yj_error *err)
{
    made *m = arg;
    yj_saying s = { .id = "1",
                    .title = "一项义务已逾期",
                    .text = "合同“云主机”的年度评审\n第二行",
                    .link = "https://yunjian.example/p/due",
                    .label = "查看",
                    .grade = 1,
                    .time_ns = NOW };
    yj_auto(yj_post_done) yj_post p;
    yj_post_init(&p);
    yj_buf_done(&m->out);
    yj_buf_init(&m->out, sizeof m->want - 1);
    YJ_TRY(yj_robot_write(&m->robot, &s, NOW, &p, err));
    yj_buf_span(&m->out, yj_buf_view(&p.url));
    for (size_t i = 0; i < p.header_count; i++)
        yj_buf_str(&m->out, p.header[i]);
    yj_buf_span(&m->out, yj_buf_view(&p.body));
    return yj_buf_status(&m->out, err);
}

static void check(void *arg, yj_status s)
{
    made *m = arg;
    if (s == YJ_OK)
        assert_string_equal(m->out.ptr, m->want);
}

static void torture(const char *name, yj_status (*run)(void *arg, yj_error *err), const yj_robot *robot)
{
    static made m;
    yj_error err = { 0 };
    m = (made){ .robot = robot ? *robot : (yj_robot){ .key = NULL } };
    assert_status(run(&m, &err), YJ_OK);
    memcpy(m.want, m.out.ptr, m.out.len + 1);
    yj_torture t = { .name = name, .run = run, .check = check, .arg = &m, .at_least = 3 };
    yj_torture_run_told(&t);
    yj_buf_done(&m.out);
}

static void what_leaves__is_whole_or_not_made(void **state)
{
    (void)state;
    static const char secret[] = "SECabcdef0123456789";
    static const yj_robot robots[] = {
        { .kind = YJ_ROBOT_WECOM, .markdown = true, .key = "key-0001" },
        { .kind = YJ_ROBOT_DINGTALK, .markdown = true, .key = "key-0001", .secret = secret },
        { .kind = YJ_ROBOT_FEISHU, .key = "key-0001", .secret = secret },
        { .kind = YJ_ROBOT_WEBHOOK, .base = "https://hooks.example/x", .secret = secret },
    };
    torture("a calendar", make_calendar, NULL);
    torture("a mail", make_mail, NULL);
    for (size_t i = 0; i < YJ_COUNT(robots); i++)
        torture("a request", make_request, &robots[i]);
}

int main(void)
{
    yj_nomem_start(false);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_leaves__is_whole_or_not_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
