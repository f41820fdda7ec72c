// SPDX-License-Identifier: Apache-2.0
/**
 * Robots of WeCom, DingTalk and Feishu, and webhooks of anybody's: what is sent to them, how it is signed,
 * and what their answers mean. Only bytes are made and read here; notice/send.h carries them.
 *
 * | kind     | address                                   | signature |
 * |----------|-------------------------------------------|----------------------------------------------------|
 * | WeCom    | BASE/cgi-bin/webhook/send?key=KEY          | none: the key is the secret | | DingTalk |
 * BASE/robot/send?access_token=KEY&...       | base64(HMAC(secret, MS "\n" secret)) in the query  | | Feishu
 * | BASE/open-apis/bot/v2/hook/KEY             | base64(HMAC(S "\n" secret, "")) in the body        | |
 * webhook  | BASE, whole                                | X-Yunjian-Signature: t=S,v1=hex(HMAC(secret, S "."
 * body)) |
 *
 * (HMAC-SHA-256; S and MS are the time of the try.) A webhook gets Idempotency-Key: the notice's id, the same
 * at each try; its receiver should check the signature, that t is recent, and keep one of each key. The
 * robots know no such key: a double is seen there.
 *
 * Groups on somebody else's servers are no place for what is sensitive: a text goes there only if it is known
 * that nothing in it is of grade 3 or above; else title and link go alone. The caller's title is of a kind
 * that may always be shown.
 */
#ifndef YJ_NOTICE_ROBOT_H
#define YJ_NOTICE_ROBOT_H

#include "base/json.h"
#include "notice/outcome.h"

typedef enum yj_robot_kind {
    YJ_ROBOT_WECOM,
    YJ_ROBOT_DINGTALK,
    YJ_ROBOT_FEISHU,
    YJ_ROBOT_WEBHOOK,
    YJ_ROBOT_COUNT_
} yj_robot_kind;

#define YJ_ROBOT_KEY_MAX ((size_t)128)
#define YJ_ROBOT_SECRET_MAX ((size_t)256)
#define YJ_WEBHOOK_SECRET_MIN ((size_t)16)
/* bytes */
#define YJ_ROBOT_TITLE_MAX ((size_t)200)
#define YJ_ROBOT_LINK_MAX ((size_t)500)
#define YJ_ROBOT_LABEL_MAX ((size_t)60)
#define YJ_ROBOT_GRADE_MAX 2 /* the highest grade (JR/T 0158) whose text is sent */
#define YJ_ANSWER_MAX ((size_t)64 << 10)

/** All is borrowed. */
typedef struct yj_robot {
    yj_robot_kind kind;
    bool markdown;      /* WeCom, DingTalk: with a bold title and a named link; else plain text */
    const char *base;   /* of a private deployment, without a slash at its end; NULL: the maker's public one.
                           Webhook: the address */
    const char *key;    /* letters, digits, - and _; webhook: NULL */
    const char *secret; /* DingTalk, Feishu: NULL or "" if the robot does not sign; webhook: always */
} yj_robot;

typedef struct yj_saying {
    const char *id;    /* of the notice: letters, digits, hyphens */
    const char *title; /* any text but "" */
    const char *text;  /* any text */
    const char *link;  /* an address of the page, see yj_address_valid() */
    const char *label; /* what a link is called in markdown: "Open" */
    int grade;         /* highest of what `text` quotes, 1..5; 0: not known, so it is left out */
    int64_t time_ns;   /* when it was decided */
} yj_saying;

/** Bytes that the text of this robot may have: title, text and link together. */
size_t yj_robot_limit(const yj_robot *r);

/** Is it a robot's description? YJ_E_INVALID; err->field is "base", "key" or "secret". To be asked when it is
 *  entered; yj_robot_write() asks again. */
yj_status yj_robot_check(const yj_robot *r, yj_error *err) yj_nodiscard;

/**
 * Make the request of one try. Texts that are too long are cut with an ellipsis so that the link stays; what
 * the maker's markup would take for a link, a mention or a tag is written in full width.
 * @param now_ns  time of the try
 * @param ret     by yj_post_init(); owned by the caller. Untouched on failure but for what it owns
 * @return YJ_E_INVALID (also fields "id", "title", "link"), YJ_E_NOMEM
 */
yj_status yj_robot_write(const yj_robot *r, const yj_saying *s, int64_t now_ns, yj_post *ret,
                         yj_error *err) yj_nodiscard;

/**
 * What an answer means. By the status first: 408, 425, 429 and 5xx are LATER, redirects REFUSED (they are not
 * followed). With another 2xx a webhook has accepted, with a 4xx refused. Of a robot the code in the body
 * decides, also with a 4xx (Feishu says "too many" so): 0 accepted, the codes that its maker documents as
 * final REFUSED, all others LATER, those that say "too many" after a while. An answer that cannot be read is
 * some proxy's rather than the robot's: LATER with 2xx, else REFUSED.
 * @param http    status, 100..599
 * @param answer  foreign bytes, at most YJ_ANSWER_MAX of which are looked at
 * @param wait_s  Retry-After in seconds, 0 none
 */
void yj_robot_read(const yj_robot *r, int http, yj_span answer, int64_t wait_s, yj_outcome *ret);

#endif
