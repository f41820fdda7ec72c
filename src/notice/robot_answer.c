// SPDX-License-Identifier: Apache-2.0
/* What answers of robots and webhooks mean. */
#include "notice/address.h"
#include "notice/robot.h"
#include <stdio.h>

#define SAID_MAX 160    /* bytes of their words that are quoted */
#define FEISHU_BAD 9499 /* also said of too many, in words */

/* What their makers' documents call final: another try says the same. Everything else that is not 0 - too
 * many, busy, or a code that is new - may pass. */
static const struct {
    yj_robot_kind kind;
    int64_t code;
} final[] = {
    { YJ_ROBOT_WECOM, 40008 },     /* no such type of message */
    { YJ_ROBOT_WECOM, 40058 },     /* a parameter is wrong */
    { YJ_ROBOT_WECOM, 44004 },     /* no content */
    { YJ_ROBOT_WECOM, 45002 },     /* too long */
    { YJ_ROBOT_WECOM, 93000 },     /* no such key */
    { YJ_ROBOT_DINGTALK, 40035 },  /* a parameter is wrong */
    { YJ_ROBOT_DINGTALK, 43004 },  /* wrong type of body */
    { YJ_ROBOT_DINGTALK, 300001 }, /* no such token */
    { YJ_ROBOT_DINGTALK, 310000 }, /* signature, keyword or address of the sender do not fit */
    { YJ_ROBOT_DINGTALK, 400013 }, /* the group is gone */
    { YJ_ROBOT_DINGTALK, 400101 }, /* no such token */
    { YJ_ROBOT_DINGTALK, 400102 }, /* switched off */
    { YJ_ROBOT_DINGTALK, 400105 }, /* no such type of message */
    { YJ_ROBOT_DINGTALK, 400106 }, /* no such robot */
    { YJ_ROBOT_DINGTALK, 430101 }, /* content that is not let through: links, words, pictures, others */
    { YJ_ROBOT_DINGTALK, 430102 }, { YJ_ROBOT_DINGTALK, 430103 },
    { YJ_ROBOT_DINGTALK, 430104 }, { YJ_ROBOT_FEISHU, FEISHU_BAD }, /* a parameter is wrong */
    { YJ_ROBOT_FEISHU, 19001 },                                     /* no such hook */
    { YJ_ROBOT_FEISHU, 19002 },                                     /* the same, of a message */
    { YJ_ROBOT_FEISHU, 19021 },                                     /* signature or its time do not fit */
    { YJ_ROBOT_FEISHU, 19022 },                                     /* address of the sender */
    { YJ_ROBOT_FEISHU, 19024 },                                     /* a keyword is missing */
};

/* And these say that there were too many: how long to wait, in seconds. What is known of it stands in
 * docs/operating.md. */
static const struct {
    yj_robot_kind kind;
    int64_t code;
    int64_t wait_s;
} crowded[] = {
    { YJ_ROBOT_WECOM, 45009, 60 },
    { YJ_ROBOT_DINGTALK, 130101, 600 },
    { YJ_ROBOT_DINGTALK, 410100, 600 },
    { YJ_ROBOT_FEISHU, 11232, 60 },
};

static int64_t crowded_for(const yj_robot *r, int64_t code, const char *said)
{
    for (size_t i = 0; i < YJ_COUNT(crowded); i++)
        if (crowded[i].kind == r->kind && crowded[i].code == code)
            return crowded[i].wait_s;
    return r->kind == YJ_ROBOT_FEISHU && code == FEISHU_BAD && strcasestr(said, "too many") ? 60 : 0;
}

static bool is_final(yj_robot_kind kind, int64_t code)
{
    for (size_t i = 0; i < YJ_COUNT(final); i++)
        if (final[i].kind == kind && final[i].code == code)
            return true;
    return false;
}

/* The first of two members that is there: Feishu has answered in two forms. */
static const json_t *member(const json_t *v, const char *name, const char *other)
{
    const json_t *m = json_object_get(v, name);
    return m ? m : json_object_get(v, other);
}

/* Their words: one line, short, without what must stay with us; hidden before they are cut. */
static void quote(const yj_robot *r, const json_t *said, char *ret, size_t cap)
{
    const char *text = json_string_value(said);
    snprintf(ret, cap, "%s", text ? text : "");
    bool longer = r->key && r->secret && strlen(r->secret) > strlen(r->key);
    yj_address_mask(ret, longer ? r->secret : r->key); /* one may be part of the other */
    yj_address_mask(ret, longer ? r->key : r->secret);
    if (strlen(ret) > SAID_MAX)
        ret[SAID_MAX] = '\0';
    yj_text_tidy(ret);
}

/* False: there is no code in it, and nothing is said. */
static bool read_code(const yj_robot *r, yj_span answer, yj_outcome *ret)
{
    yj_auto(yj_json_freep) json_t *v = NULL;
    bool feishu = r->kind == YJ_ROBOT_FEISHU;
    const json_t *code = NULL;
    char said[4096];
    if (answer.len <= YJ_ANSWER_MAX && yj_json_parse(answer, YJ_ANSWER_MAX, &v, NULL) == YJ_OK)
        code = member(v, feishu ? "code" : "errcode", feishu ? "StatusCode" : "errcode");
    if (!json_is_integer(code))
        return false;
    int64_t n = json_integer_value(code);
    if (n == 0) {
        ret->is = YJ_SENT_ACCEPTED;
        return true;
    }
    quote(r, member(v, feishu ? "msg" : "errmsg", feishu ? "StatusMessage" : "errmsg"), said, sizeof said);
    ret->wait_s = crowded_for(r, n, said);
    bool refused = !ret->wait_s && is_final(r->kind, n);
    yj_outcome_set(ret, refused ? YJ_SENT_REFUSED : YJ_SENT_LATER,
                   yj_fail(&ret->why, YJ_E_IO, "the robot says %lld %s", (long long)n, said));
    return true;
}

static bool passes(int http)
{
    return http == 408 || http == 425 || http == 429 || http < 200 || http >= 500;
}

static void refuse_status(int http, yj_outcome *ret)
{
    yj_outcome_set(ret, YJ_SENT_REFUSED, yj_fail(&ret->why, YJ_E_IO, "the answer is %d", http));
}

static void read_robot(const yj_robot *r, int http, yj_span answer, yj_outcome *ret)
{
    bool well = http >= 200 && http < 300, said = read_code(r, answer, ret);
    if (!said && well)
        yj_outcome_set(ret, YJ_SENT_LATER, yj_fail(&ret->why, YJ_E_IO, "the answer is none of the robot's"));
    else if (!well && (!said || ret->is == YJ_SENT_ACCEPTED))
        refuse_status(http, ret);
}

void yj_robot_read(const yj_robot *r, int http, yj_span answer, int64_t wait_s, yj_outcome *ret)
{
    *ret = (yj_outcome){ .is = YJ_SENT_LATER };
    if (http >= 300 && http < 400)
        yj_outcome_set(ret, YJ_SENT_REFUSED,
                       yj_fail(&ret->why, YJ_E_IO,
                               "the answer is %d and points elsewhere, which is not followed", http));
    else if (passes(http))
        yj_outcome_set(ret, YJ_SENT_LATER, yj_fail(&ret->why, YJ_E_IO, "the answer is %d", http));
    else if (r->kind != YJ_ROBOT_WEBHOOK)
        read_robot(r, http, answer, ret);
    else if (http < 300)
        ret->is = YJ_SENT_ACCEPTED;
    else
        refuse_status(http, ret);
    if (ret->is == YJ_SENT_LATER && wait_s > ret->wait_s)
        ret->wait_s = wait_s < YJ_WAIT_MAX_S ? wait_s : YJ_WAIT_MAX_S;
}
