// SPDX-License-Identifier: Apache-2.0
/* What notices say, in both languages. {what} is the requirement's title, or the record's kind; {who} the
 * record; {day}, {was}, {now}, {step}, {n} what their names say. */
#include "notice/say.h"

const yj_text yj_say_one[YJ_NEWS_COUNT_] = {
    [YJ_NEWS_DUE] = { { "“{what}”将于 {day} 到期：{who}", "\"{what}\" falls due on {day}: {who}" } },
    [YJ_NEWS_OVERDUE] = { { "“{what}”已于 {day} 到期，尚未完成：{who}",
                            "\"{what}\" was due on {day} and is not done: {who}" } },
    [YJ_NEWS_WORSE] = { { "“{what}”由{was}变为{now}：{who}", "\"{what}\" went from {was} to {now}: {who}" } },
    [YJ_NEWS_BETTER] = { { "“{what}”由{was}变为{now}：{who}",
                           "\"{what}\" went from {was} to {now}: {who}" } },
    [YJ_NEWS_WAITS] = { { "{what}等待您办理“{step}”：{who}", "{what} waits for you to \"{step}\": {who}" } },
    [YJ_NEWS_NAMED] = { { "{what}将您列为“{step}”：{who}", "{what} names you as \"{step}\": {who}" } },
    [YJ_NEWS_JOB] = { { "您提交的任务未能完成", "Work that you asked for has failed" } },
    [YJ_NEWS_EMERGENCY] = { { "应急账号“{who}”正在被使用",
                              "The account for emergencies \"{who}\" is being used" } },
    [YJ_NEWS_GUESSED] = { { "有人知道账号“{who}”的密码，正在反复尝试验证码。请立即更换密码",
                            "Somebody knows the password of account \"{who}\" and keeps trying codes. Change "
                            "the "
                            "password now" } },
    [YJ_NEWS_TRIED] = { { "有人对账号“{who}”多次尝试密码",
                          "Many passwords were tried for account \"{who}\"" } },
};
const yj_text yj_say_many[YJ_NEWS_COUNT_] = {
    [YJ_NEWS_DUE] = { { "有 {n} 项即将到期", "{n} duties fall due" } },
    [YJ_NEWS_OVERDUE] = { { "有 {n} 项已到期而未完成", "{n} duties are overdue" } },
    [YJ_NEWS_WORSE] = { { "有 {n} 项判定不再符合", "{n} verdicts are not met any more" } },
    [YJ_NEWS_BETTER] = { { "有 {n} 项判定恢复符合", "{n} verdicts are met again" } },
    [YJ_NEWS_WAITS] = { { "有 {n} 条记录等待您办理", "{n} records wait for you" } },
    [YJ_NEWS_NAMED] = { { "有 {n} 条记录将您列为负责人", "{n} records name you" } },
    [YJ_NEWS_JOB] = { { "您提交的 {n} 个任务未能完成",
                        "{n} pieces of work that you asked for have failed" } },
    [YJ_NEWS_EMERGENCY] = { { "应急账号有 {n} 次使用", "Accounts for emergencies were used {n} times" } },
    [YJ_NEWS_GUESSED] = { { "有 {n} 次反复尝试验证码", "{n} times codes were tried over and over" } },
    [YJ_NEWS_TRIED] = { { "有 {n} 次反复尝试密码", "{n} times passwords were tried over and over" } },
};
const yj_text yj_say_group[YJ_NEWS_COUNT_] = {
    [YJ_NEWS_DUE] = { { "即将到期", "Falls due" } },
    [YJ_NEWS_OVERDUE] = { { "已到期", "Overdue" } },
    [YJ_NEWS_WORSE] = { { "不再符合", "Not met any more" } },
    [YJ_NEWS_BETTER] = { { "恢复符合", "Met again" } },
    [YJ_NEWS_WAITS] = { { "等待办理", "Waiting" } },
    [YJ_NEWS_NAMED] = { { "列为负责人", "Named" } },
    [YJ_NEWS_JOB] = { { "任务失败", "Work failed" } },
    [YJ_NEWS_EMERGENCY] = { { "应急账号", "Emergency" } },
    [YJ_NEWS_GUESSED] = { { "尝试验证码", "Codes tried" } },
    [YJ_NEWS_TRIED] = { { "尝试密码", "Passwords tried" } },
};
const yj_text yj_say_status[4] = { { { "不符合", "unmet" } },
                                   { { "无法判定", "unknown" } },
                                   { { "符合", "met" } },
                                   { { "不适用", "not applicable" } } };
const yj_text yj_say_words[YJ_SAY_COUNT_] = {
    [YJ_SAY_GATHERED] = { { "云鉴：{n} 条提醒", "Yunjian: {n} notices" } },
    [YJ_SAY_SUBJECT] = { { "云鉴：", "Yunjian: " } },
    [YJ_SAY_MORE] = { { "另有 {n} 条，见收件箱。", "{n} more are in your inbox." } },
    [YJ_SAY_FOOT] = { { "这封邮件由系统发出，请勿回复。接收方式可在“收件箱 - 设置”中修改。",
                        "This mail was sent by a machine; do not answer it. How you are told can be changed "
                        "under "
                        "Inbox, Settings." } },
    [YJ_SAY_TEST] = { { "云鉴：测试消息", "Yunjian: a test" } },
    [YJ_SAY_TEST_TEXT] = { { "这是一条测试消息。收到它，说明此通道可用。",
                             "This is a test. Whoever reads it knows that this channel works." } },
    [YJ_SAY_OPEN] = { { "打开", "Open" } },
    [YJ_SAY_FROM] = { { "云鉴", "Yunjian" } },
    [YJ_SAY_FOR] = { { "【代{who}】", "[For {who}] " } },
    [YJ_SAY_CALENDAR] = { { "云鉴到期事项", "Yunjian: what falls due" } },
};
