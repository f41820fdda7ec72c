// SPDX-License-Identifier: Apache-2.0
/**
 * Ways out (table notice_channel): relays for mail, robots, webhooks; of an institution, or (inst 0) of the
 * installation for all. Secrets are sealed (access/seal.h, bound to the channel) and never given back: only
 * whether they are set. A channel that fails is paused as a whole, so that what waits for it does not wait
 * out its time-out one by one.
 *
 * Functions that change something run inside a write transaction (yj_engine_write()).
 */
#ifndef YJ_NOTICE_CHANNEL_H
#define YJ_NOTICE_CHANNEL_H

#include "access/seal.h"
#include "base/json.h"
#include "base/time.h"
#include "notice/mail_text.h"
#include "notice/send.h"
#include "store/db.h"

#define YJ_CHANNEL_NAME_MAX ((size_t)120) /* bytes */
#define YJ_CHANNEL_TEXT_MAX ((size_t)500)
#define YJ_CHANNELS_MAX 50 /* of one institution */
/** Members of a channel as entered; which a kind takes is told by yj_channel_check(). */
#define YJ_CHANNEL_MEMBERS "kind name active page host port security user from base markdown news key secret"

typedef enum yj_channel_kind {
    YJ_CHANNEL_MAIL,
    YJ_CHANNEL_WECOM,
    YJ_CHANNEL_DINGTALK,
    YJ_CHANNEL_FEISHU,
    YJ_CHANNEL_WEBHOOK,
    YJ_CHANNEL_COUNT_
} yj_channel_kind;

/** A channel with its secrets: for sending only. yj_channel_done() wipes it. */
typedef struct yj_channel {
    char id[YJ_UUID_LEN + 1];
    int64_t inst;
    yj_channel_kind kind;
    bool active;
    int64_t paused_ns, failures;
    json_t *config; /* owned */
    char key[YJ_ROBOT_KEY_MAX + 1], secret[YJ_ROBOT_SECRET_MAX + 1];
} yj_channel;
void yj_channel_done(yj_channel *ch);

/** @param seal NULL: without its secrets. *ret_found false: there is none */
yj_status yj_channel_read(yj_db *db, const yj_seal *seal, const char *id, yj_channel *ret, bool *ret_found,
                          yj_error *err) yj_nodiscard;

/** A text of its config; "" if it has none. */
const char *yj_channel_text(const yj_channel *ch, const char *key);
/** The config as notice/send.h and notice/robot.h want it; borrowed from the channel. */
void yj_channel_smtp(const yj_channel *ch, const char *helo, yj_smtp *ret);
void yj_channel_robot(const yj_channel *ch, yj_robot *ret);
/** Where the page is reached, without a slash at its end; "" not known. */
const char *yj_channel_page(const yj_channel *ch);
/** Is a group told of such news there? Mail is for persons: never. */
bool yj_channel_tells(const yj_channel *ch, const char *news);

/**
 * Enter one, or change one (id: only members given are changed; a secret that is not given stays, null
 * removes it).
 * @param o     YJ_CHANNEL_MEMBERS
 * @param id    "" to enter a new one, whose id is written there
 * @return YJ_E_INVALID naming the member, YJ_E_NOT_FOUND, YJ_E_LIMIT
 */
yj_status yj_channel_put(yj_db *db, const yj_seal *seal, int64_t inst, const json_t *o, int64_t now_ns,
                         char id[static YJ_UUID_LEN + 1], yj_error *err) yj_nodiscard;
/** YJ_E_NOT_FOUND. What waits for it is refused when it is tried. */
yj_status yj_channel_remove(yj_db *db, int64_t inst, const char *id, yj_error *err) yj_nodiscard;

/** How a try went: after a failure the channel is paused, the longer the more there were in a row, and all
 *  that waits for it is put off until then. */
yj_status yj_channel_tried(yj_db *db, const char *id, const yj_outcome *o, int64_t now_ns,
                           yj_error *err) yj_nodiscard;

/** It may work again: what was put off is tried now. */
yj_status yj_channel_mended(yj_db *db, const char *id, int64_t now_ns, yj_error *err) yj_nodiscard;

/** Somebody says so: its pause ends, and what waits for it after a failure is tried now. YJ_E_NOT_FOUND */
yj_status yj_channel_again(yj_db *db, int64_t inst, const char *id, int64_t now_ns,
                           yj_error *err) yj_nodiscard;

/** The relay for an institution's mail: its own that is active, else the installation's. "" none.
 *  @param ret_domain of the sender's address: for Message-IDs */
yj_status yj_channel_for_mail(yj_db *db, int64_t inst, char ret[static YJ_UUID_LEN + 1],
                              char ret_domain[static YJ_MAIL_DOMAIN_MAX + 1], yj_error *err) yj_nodiscard;

/** Writes {"items":[channel...]}, or one: {"id","kind","name","active","inherited",config...,"key_set",
 *  "secret_set","paused"|null,"failures","tried"|null,"sent"|null,"waiting","refused","error"|null}. Those of
 * the installation stand with an institution's as "inherited". Deliveries are counted of the institution; for
 * the installation, of all that its channels bring out. @param id NULL: all. YJ_E_NOT_FOUND */
yj_status yj_channel_list(yj_db *db, int64_t inst, const char *id, int64_t now_ns, yj_buf *out,
                          yj_error *err) yj_nodiscard;

#endif
