// SPDX-License-Identifier: Apache-2.0
/* Reading and showing ways out, and how they fare. Entering them is channel_put.c. */
#include "notice/channel_internal.h"

#include "notice/outbox.h"
#include "record/present.h"
#include <stdio.h>

const char *const yj_channel_kinds[YJ_CHANNEL_COUNT_] = { "mail", "wecom", "dingtalk", "feishu", "webhook" };
const char *const yj_channel_securities[YJ_SMTP_SECURITY_COUNT_] = { "none", "starttls", "tls" };

void yj_channel_done(yj_channel *ch)
{
    json_decref(ch->config);
    explicit_bzero(ch, sizeof *ch);
}

/* --- one --------------------------------------------------------------------------------------------------
 */

static yj_status open_secret(const yj_seal *seal, const char *id, const char *what, yj_span sealed, char *ret,
                             size_t max, yj_error *err)
{
    char about[YJ_UUID_LEN + 16];
    if (sealed.len <= YJ_SEAL_MORE || sealed.len - YJ_SEAL_MORE > max)
        return YJ_OK;
    snprintf(about, sizeof about, "%s/%s", id, what);
    return yj_seal_take(seal, about, sealed, (uint8_t *)ret, sealed.len - YJ_SEAL_MORE, err);
}

static yj_status take_row(yj_stmt *st, const yj_seal *seal, yj_channel *ret, yj_error *err)
{
    yj_span kind = yj_col_text(st, 1);
    ret->inst = yj_col_i64(st, 0);
    while (ret->kind < YJ_CHANNEL_COUNT_ && !yj_span_is(kind, yj_channel_kinds[ret->kind]))
        ret->kind++;
    ret->active = yj_col_i64(st, 3) != 0;
    ret->paused_ns = yj_col_i64(st, 4);
    ret->failures = yj_col_i64(st, 5);
    YJ_TRY(yj_json_parse(yj_col_text(st, 2), CHANNEL_CONFIG_MAX, &ret->config, err));
    if (!seal)
        return YJ_OK;
    YJ_TRY(open_secret(seal, ret->id, "key", yj_col_blob(st, 6), ret->key, YJ_ROBOT_KEY_MAX, err));
    return open_secret(seal, ret->id, "secret", yj_col_blob(st, 7), ret->secret, YJ_ROBOT_SECRET_MAX, err);
}

yj_status yj_channel_read(yj_db *db, const yj_seal *seal, const char *id, yj_channel *ret, bool *ret_found,
                          yj_error *err)
{
    yj_channel ch = { .inst = 0 };
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db,
                         "SELECT inst, kind, config, active, paused, failures, key, secret FROM "
                         "notice_channel WHERE id = ?1",
                         &st, err));
    yj_bind_cstr(st, 1, id);
    YJ_TRY(yj_stmt_step(st, ret_found, err));
    if (!*ret_found)
        return YJ_OK;
    snprintf(ch.id, sizeof ch.id, "%s", id);
    yj_status s = take_row(st, seal, &ch, err);
    if (s != YJ_OK) {
        yj_channel_done(&ch);
        return s;
    }
    *ret = ch;
    return YJ_OK;
}

const char *yj_channel_text(const yj_channel *ch, const char *key)
{
    const char *s = json_string_value(json_object_get(ch->config, key));
    return s ? s : "";
}

void yj_channel_smtp(const yj_channel *ch, const char *helo, yj_smtp *ret)
{
    *ret = (yj_smtp){ .host = yj_channel_text(ch, "host"),
                      .port = (int)json_integer_value(json_object_get(ch->config, "port")),
                      .user = yj_channel_text(ch, "user"),
                      .password = ch->secret,
                      .helo = helo };
    const char *security = yj_channel_text(ch, "security");
    for (int i = 0; i < YJ_SMTP_SECURITY_COUNT_; i++)
        if (strcmp(security, yj_channel_securities[i]) == 0)
            ret->security = (yj_smtp_security)i;
}

void yj_channel_robot(const yj_channel *ch, yj_robot *ret)
{
    static const yj_robot_kind kinds[] = { YJ_ROBOT_WEBHOOK, YJ_ROBOT_WECOM, YJ_ROBOT_DINGTALK,
                                           YJ_ROBOT_FEISHU, YJ_ROBOT_WEBHOOK };
    const char *base = yj_channel_text(ch, "base");
    *ret = (yj_robot){ .kind = kinds[ch->kind],
                       .markdown = json_is_true(json_object_get(ch->config, "markdown")),
                       .base = base[0] ? base : NULL,
                       .key = ch->key[0] ? ch->key : NULL,
                       .secret = ch->secret[0] ? ch->secret : NULL };
}

const char *yj_channel_page(const yj_channel *ch)
{
    return yj_channel_text(ch, "page");
}

bool yj_channel_tells(const yj_channel *ch, const char *news)
{
    const json_t *list = json_object_get(ch->config, "news");
    for (size_t i = 0; ch->kind != YJ_CHANNEL_MAIL && i < json_array_size(list); i++)
        if (strcmp(json_string_value(json_array_get(list, i)), news) == 0)
            return true;
    return false;
}

yj_status yj_channel_for_mail(yj_db *db, int64_t inst, char ret[static YJ_UUID_LEN + 1],
                              char ret_domain[static YJ_MAIL_DOMAIN_MAX + 1], yj_error *err)
{
    bool row = false;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    yj_auto(yj_json_freep) json_t *config = NULL;
    ret[0] = ret_domain[0] = '\0';
    YJ_TRY(yj_db_prepare(db,
                         "SELECT id, config FROM notice_channel WHERE inst IN (?1, 0) AND kind = 'mail' AND "
                         "active = 1 ORDER BY inst DESC, id LIMIT 1",
                         &st, err));
    yj_bind_i64(st, 1, inst);
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (!row)
        return YJ_OK;
    yj_span id = yj_col_text(st, 0);
    YJ_TRY(yj_json_parse(yj_col_text(st, 1), CHANNEL_CONFIG_MAX, &config, err));
    const char *from = json_string_value(json_object_get(config, "from"));
    const char *at = from ? strrchr(from, '@') : NULL;
    snprintf(ret, YJ_UUID_LEN + 1, "%.*s", (int)id.len, id.ptr);
    snprintf(ret_domain, YJ_MAIL_DOMAIN_MAX + 1, "%s", at ? at + 1 : "");
    return YJ_OK;
}

/* --- how it fares -----------------------------------------------------------------------------------------
 */

static yj_status count_failures(yj_db *db, const char *id, int64_t *ret, yj_error *err)
{
    bool row = false;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "SELECT failures FROM notice_channel WHERE id = ?1", &st, err));
    yj_bind_cstr(st, 1, id);
    YJ_TRY(yj_stmt_step(st, &row, err));
    *ret = row ? yj_col_i64(st, 0) : 0;
    return YJ_OK;
}

typedef struct names {
    char mail[YJ_UUID_LEN + 8], robot[YJ_UUID_LEN + 8]; /* as deliveries name the channel */
} names;

static void name_it(const char *id, names *ret)
{
    snprintf(ret->mail, sizeof ret->mail, "mail/%s", id);
    snprintf(ret->robot, sizeof ret->robot, "robot/%s", id);
}

/* All that waits, with the reason. */
static yj_status put_off(yj_db *db, const char *id, int64_t until_ns, const yj_error *why, yj_error *err)
{
    names n;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    name_it(id, &n);
    YJ_TRY(yj_db_prepare(
        db,
        "UPDATE delivery SET due = ?3, error = ?4, error_en = ?5, error_zh = ?6 WHERE ended = 0 "
        "AND due < ?3 AND channel IN (?1, ?2) AND worker = ''",
        &st, err));
    yj_bind_cstr(st, 1, n.mail);
    yj_bind_cstr(st, 2, n.robot);
    yj_bind_i64(st, 3, until_ns);
    yj_bind_cstr(st, 4, yj_status_slug(why->code));
    yj_bind_cstr(st, 5, why->msg);
    yj_bind_cstr(st, 6, yj_error_text(why, YJ_LANG_ZH));
    return yj_stmt_run(st, NULL, err);
}

yj_status yj_channel_mended(yj_db *db, const char *id, int64_t now_ns, yj_error *err)
{
    names n;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    name_it(id, &n);
    YJ_TRY(
        yj_db_prepare(db,
                      "UPDATE delivery SET due = ?3 WHERE ended = 0 AND due > ?3 AND channel IN (?1, ?2) AND "
                      "worker = '' AND error <> ''",
                      &st, err));
    yj_bind_cstr(st, 1, n.mail);
    yj_bind_cstr(st, 2, n.robot);
    yj_bind_i64(st, 3, now_ns);
    return yj_stmt_run(st, NULL, err);
}

yj_status yj_channel_again(yj_db *db, int64_t inst, const char *id, int64_t now_ns, yj_error *err)
{
    int64_t found = 0;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "UPDATE notice_channel SET paused = 0 WHERE inst = ?1 AND id = ?2", &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, id);
    YJ_TRY(yj_stmt_run(st, &found, err));
    if (!found)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no such channel");
    return yj_channel_mended(db, id, now_ns, err);
}

yj_status yj_channel_tried(yj_db *db, const char *id, const yj_outcome *o, int64_t now_ns, yj_error *err)
{
    const bool later = o->is == YJ_SENT_LATER, well = o->is == YJ_SENT_ACCEPTED;
    int64_t failures = 0, paused = 0;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(count_failures(db, id, &failures, err));
    if (later) {
        int64_t pause = yj_outbox_pause_ns(++failures, id), asked = o->wait_s * YJ_NS_PER_S;
        paused = now_ns + (asked > pause ? asked : pause);
        YJ_TRY(put_off(db, id, paused, &o->why, err));
    } else {
        if (failures)
            YJ_TRY(yj_channel_mended(db, id, now_ns, err));
        failures = 0;
    }
    YJ_TRY(
        yj_db_prepare(db,
                      "UPDATE notice_channel SET failures = ?2, paused = ?3, tried = ?4, sent = CASE WHEN ?5 "
                      "= 1 THEN ?4 ELSE sent END, error = ?6, error_en = ?7, error_zh = ?8 WHERE id = ?1",
                      &st, err));
    yj_bind_cstr(st, 1, id);
    yj_bind_i64(st, 2, failures);
    yj_bind_i64(st, 3, paused);
    yj_bind_i64(st, 4, now_ns);
    yj_bind_i64(st, 5, well);
    yj_bind_cstr(st, 6, well ? "" : yj_status_slug(o->why.code));
    yj_bind_cstr(st, 7, well ? "" : o->why.msg);
    yj_bind_cstr(st, 8, well ? "" : yj_error_text(&o->why, YJ_LANG_ZH));
    return yj_stmt_run(st, NULL, err);
}

/* --- shown ------------------------------------------------------------------------------------------------
 */

static const char *const texts[] = { "page", "host", "security", "user", "from", "base" };

static void put_config(yj_jw *w, const json_t *config)
{
    for (size_t i = 0; i < YJ_COUNT(texts); i++)
        yj_jw_kstr(w, texts[i], json_string_value(json_object_get(config, texts[i])));
    yj_jw_key(w, "port");
    const json_t *port = json_object_get(config, "port");
    if (json_is_integer(port))
        yj_jw_i64(w, json_integer_value(port));
    else
        yj_jw_null(w);
    yj_jw_kbool(w, "markdown", json_is_true(json_object_get(config, "markdown")));
    yj_jw_key(w, "news");
    yj_jw_array(w);
    const json_t *news = json_object_get(config, "news");
    for (size_t i = 0; i < json_array_size(news); i++)
        yj_jw_str(w, json_string_value(json_array_get(news, i)));
    yj_jw_end_array(w);
}

static yj_status put_row(yj_jw *w, yj_stmt *st, int64_t inst, int64_t now_ns, yj_error *err)
{
    yj_auto(yj_json_freep) json_t *config = NULL;
    YJ_TRY(yj_json_parse(yj_col_text(st, 4), CHANNEL_CONFIG_MAX, &config, err));
    yj_jw_object(w);
    yj_jw_kspan(w, "id", yj_col_text(st, 0));
    yj_jw_kspan(w, "kind", yj_col_text(st, 2));
    yj_jw_kspan(w, "name", yj_col_text(st, 3));
    yj_jw_kbool(w, "active", yj_col_i64(st, 5) != 0);
    yj_jw_kbool(w, "inherited", yj_col_i64(st, 1) != inst);
    put_config(w, config);
    yj_jw_kbool(w, "key_set", yj_col_blob(st, 6).len > 0);
    yj_jw_kbool(w, "secret_set", yj_col_blob(st, 7).len > 0);
    yj_present_time(w, "paused", yj_col_i64(st, 8) > now_ns ? yj_col_i64(st, 8) : 0);
    yj_jw_ki64(w, "failures", yj_col_i64(st, 9));
    yj_present_time(w, "tried", yj_col_i64(st, 10));
    yj_present_time(w, "sent", yj_col_i64(st, 11));
    yj_jw_ki64(w, "waiting", yj_col_i64(st, 15));
    yj_jw_ki64(w, "refused", yj_col_i64(st, 16));
    yj_present_kept_error(w, st, 12);
    yj_jw_end_object(w);
    return YJ_OK;
}

yj_status yj_channel_list(yj_db *db, int64_t inst, const char *id, int64_t now_ns, yj_buf *out, yj_error *err)
{
    yj_jw w;
    bool any = false;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        db,
        "SELECT c.id, c.inst, c.kind, c.name, c.config, c.active, c.key, c.secret, c.paused, c.failures, "
        "c.tried, c.sent, c.error, c.error_en, c.error_zh, (SELECT count(*) FROM delivery d WHERE d.ended = "
        "0 AND (d.inst = ?1 OR ?1 = 0) AND d.channel IN ('mail/' || c.id, 'robot/' || c.id)), (SELECT "
        "count(*) "
        "FROM delivery d WHERE d.state = 'refused' AND (d.inst = ?1 OR ?1 = 0) AND d.channel IN ('mail/' || "
        "c.id, 'robot/' || c.id)) FROM notice_channel c WHERE c.inst IN (?1, 0) AND (?2 = '' OR c.id = ?2) "
        "ORDER BY c.inst DESC, c.id",
        &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, id ? id : "");
    yj_jw_init(&w, out);
    if (!id) {
        yj_jw_object(&w);
        yj_jw_key(&w, "items");
        yj_jw_array(&w);
    }
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            break;
        any = true;
        YJ_TRY(put_row(&w, st, inst, now_ns, err));
    }
    if (id && !any)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no such channel");
    if (!id) {
        yj_jw_end_array(&w);
        yj_jw_end_object(&w);
    }
    return yj_buf_status(out, err);
}
