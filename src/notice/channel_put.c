// SPDX-License-Identifier: Apache-2.0
/* Entering and changing ways out. */
#include "notice/channel_internal.h"

#include "notice/address.h"
#include "notice/news.h"
#include <stdio.h>

#define HELO "localhost"

typedef struct putting {
    yj_db *db;
    const yj_seal *seal;
    int64_t inst;
    const json_t *o;
    const char *id;
    yj_channel ch; /* as it will be */
    char name[YJ_CHANNEL_NAME_MAX + 1];
} putting;

static yj_status wrong(yj_error *err, const char *member)
{
    yj_fail(err, YJ_E_INVALID, "member %s cannot have this value", member);
    return yj_error_at(err, "%s", member);
}

/* --- members ----------------------------------------------------------------------------------------------
 */

/* null takes it away */
static yj_status take_text(putting *x, const char *key, yj_error *err)
{
    const json_t *v = json_object_get(x->o, key);
    const char *s = json_string_value(v);
    if (!v)
        return YJ_OK;
    if ((!s && !json_is_null(v)) || (s && strlen(s) > YJ_CHANNEL_TEXT_MAX))
        return wrong(err, key);
    if (s && s[0])
        return json_object_set_new(x->ch.config, key, json_string(s)) == 0
                   ? YJ_OK
                   : yj_fail(err, YJ_E_NOMEM, "out of memory");
    json_object_del(x->ch.config, key);
    return YJ_OK;
}

static yj_status take_copy(putting *x, const char *key, bool fits, yj_error *err)
{
    const json_t *v = json_object_get(x->o, key);
    if (!v)
        return YJ_OK;
    if (!fits)
        return wrong(err, key);
    return json_object_set_new(x->ch.config, key, json_deep_copy(v)) == 0
               ? YJ_OK
               : yj_fail(err, YJ_E_NOMEM, "out of memory");
}

static bool news_fits(const json_t *v)
{
    yj_news n;
    for (size_t i = 0; i < json_array_size(v); i++) {
        const char *s = json_string_value(json_array_get(v, i));
        if (!s || !yj_news_by_name(yj_span_of(s), &n) || !yj_news_for_groups(n))
            return false;
    }
    return json_is_array(v) && json_array_size(v) <= YJ_NEWS_COUNT_;
}

static yj_status take_secret(putting *x, const char *key, char *ret, size_t max, yj_error *err)
{
    const json_t *v = json_object_get(x->o, key);
    const char *s = json_string_value(v);
    if (!v)
        return YJ_OK;
    if ((!s && !json_is_null(v)) || (s && strlen(s) > max))
        return wrong(err, key);
    explicit_bzero(ret, max);
    if (s)
        snprintf(ret, max + 1, "%s", s);
    return YJ_OK;
}

static yj_status take_name(putting *x, yj_error *err)
{
    const json_t *v = json_object_get(x->o, "name"), *active = json_object_get(x->o, "active");
    const char *s = json_string_value(v);
    if (v && (!s || !s[0] || strlen(s) > YJ_CHANNEL_NAME_MAX))
        return wrong(err, "name");
    if (s)
        snprintf(x->name, sizeof x->name, "%s", s);
    if (!x->name[0])
        return wrong(err, "name");
    if (active && !json_is_boolean(active))
        return wrong(err, "active");
    if (active)
        x->ch.active = json_is_true(active);
    return YJ_OK;
}

static yj_status take_kind(putting *x, bool is_new, yj_error *err)
{
    const char *s = json_string_value(json_object_get(x->o, "kind"));
    int at = 0;
    while (s && at < YJ_CHANNEL_COUNT_ && strcmp(s, yj_channel_kinds[at]) != 0)
        at++;
    if ((!s && !is_new && !json_object_get(x->o, "kind")) || (s && !is_new && at == (int)x->ch.kind))
        return YJ_OK;
    if (!s || at == YJ_CHANNEL_COUNT_ || !is_new)
        return wrong(err, "kind");
    x->ch.kind = (yj_channel_kind)at;
    return YJ_OK;
}

/* --- is it well? ------------------------------------------------------------------------------------------
 */

static yj_status check_mail(const putting *x, yj_error *err)
{
    yj_smtp smtp;
    const char *security = yj_channel_text(&x->ch, "security");
    bool known = false;
    for (size_t i = 0; i < YJ_SMTP_SECURITY_COUNT_; i++)
        known |= strcmp(security, yj_channel_securities[i]) == 0;
    if (!known)
        return wrong(err, "security");
    if (!yj_mail_address_valid(yj_span_of(yj_channel_text(&x->ch, "from"))))
        return wrong(err, "from");
    yj_channel_smtp(&x->ch, HELO, &smtp);
    yj_status s = yj_smtp_check(&smtp, err);
    return s != YJ_OK && err && strcmp(err->field, "password") == 0 ? yj_error_at(err, "secret") : s;
}

static yj_status check_it(const putting *x, yj_error *err)
{
    yj_robot robot;
    const char *page = yj_channel_page(&x->ch);
    size_t n = strlen(page);
    if ((n && !yj_address_valid(yj_span_of(page), false)) || (n && page[n - 1] == '/'))
        return wrong(err, "page");
    if (x->ch.kind == YJ_CHANNEL_MAIL)
        return check_mail(x, err);
    if (!n)
        return wrong(err, "page"); /* what a robot says is a link */
    yj_channel_robot(&x->ch, &robot);
    return yj_robot_check(&robot, err);
}

/* --- the row ----------------------------------------------------------------------------------------------
 */

static yj_status take_all(putting *x, bool is_new, yj_error *err)
{
    static const char *const texts[] = { "page", "host", "security", "user", "from", "base" };
    const json_t *port = json_object_get(x->o, "port"), *markdown = json_object_get(x->o, "markdown");
    json_int_t n = json_integer_value(port);
    YJ_TRY(take_kind(x, is_new, err));
    YJ_TRY(take_name(x, err));
    for (size_t i = 0; i < YJ_COUNT(texts); i++)
        YJ_TRY(take_text(x, texts[i], err));
    YJ_TRY(take_copy(x, "port", json_is_integer(port) && n > 0 && n < 65536, err));
    YJ_TRY(take_copy(x, "markdown", json_is_boolean(markdown), err));
    YJ_TRY(take_copy(x, "news", news_fits(json_object_get(x->o, "news")), err));
    YJ_TRY(take_secret(x, "key", x->ch.key, YJ_ROBOT_KEY_MAX, err));
    YJ_TRY(take_secret(x, "secret", x->ch.secret, YJ_SEAL_BYTES_MAX, err));
    return check_it(x, err);
}

static void bind_sealed(const putting *x, yj_stmt *st, int at, const char *what, const char *text,
                        uint8_t room[static YJ_SEAL_BYTES_MAX + YJ_SEAL_MORE])
{
    char about[YJ_UUID_LEN + 16];
    size_t len = strlen(text);
    if (!len) {
        yj_bind_null(st, at);
        return;
    }
    snprintf(about, sizeof about, "%s/%s", x->id, what);
    yj_seal_put(x->seal, about, text, len, room);
    yj_bind_blob(st, at, room, len + YJ_SEAL_MORE);
}

static yj_status keep(const putting *x, yj_error *err)
{
    uint8_t key[YJ_SEAL_BYTES_MAX + YJ_SEAL_MORE], secret[YJ_SEAL_BYTES_MAX + YJ_SEAL_MORE];
    yj_auto(yj_buf_done) yj_buf config;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    yj_buf_init(&config, CHANNEL_CONFIG_MAX);
    YJ_TRY(yj_json_canonical(x->ch.config, &config, err));
    YJ_TRY(yj_buf_status(&config, err));
    YJ_TRY(yj_db_prepare(
        x->db,
        "INSERT INTO notice_channel(id, inst, kind, name, config, key, secret, active, paused, failures, "
        "tried, "
        "sent, error, error_en, error_zh) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, 0, 0, 0, '', '', '') ON "
        "CONFLICT(id) DO UPDATE SET name = excluded.name, config = excluded.config, key = excluded.key, "
        "secret "
        "= excluded.secret, active = excluded.active, paused = 0, failures = 0, error = '', error_en = '', "
        "error_zh = ''",
        &st, err));
    yj_bind_cstr(st, 1, x->id);
    yj_bind_i64(st, 2, x->inst);
    yj_bind_cstr(st, 3, yj_channel_kinds[x->ch.kind]);
    yj_bind_cstr(st, 4, x->name);
    yj_bind_text(st, 5, yj_buf_view(&config));
    bind_sealed(x, st, 6, "key", x->ch.key, key);
    bind_sealed(x, st, 7, "secret", x->ch.secret, secret);
    yj_bind_i64(st, 8, x->ch.active);
    return yj_stmt_run(st, NULL, err);
}

static yj_status old_name(putting *x, yj_error *err)
{
    bool row = false;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(x->db, "SELECT name FROM notice_channel WHERE id = ?1", &st, err));
    yj_bind_cstr(st, 1, x->id);
    YJ_TRY(yj_stmt_step(st, &row, err));
    yj_span name = row ? yj_col_text(st, 0) : yj_span_of("");
    snprintf(x->name, sizeof x->name, "%.*s", (int)name.len, name.ptr ? name.ptr : "");
    return YJ_OK;
}

static yj_status begin_new(putting *x, yj_error *err)
{
    bool row = false;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    x->ch.active = true;
    x->ch.config = json_object();
    if (!x->ch.config)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    YJ_TRY(yj_db_prepare(x->db, "SELECT count(*) FROM notice_channel WHERE inst = ?1", &st, err));
    yj_bind_i64(st, 1, x->inst);
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (yj_col_i64(st, 0) >= YJ_CHANNELS_MAX)
        return yj_fail(err, YJ_E_LIMIT, "there are %d channels already", YJ_CHANNELS_MAX);
    return YJ_OK;
}

static yj_status begin_old(putting *x, yj_error *err)
{
    bool found = false;
    YJ_TRY(yj_channel_read(x->db, x->seal, x->id, &x->ch, &found, err));
    if (!found || x->ch.inst != x->inst)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no such channel");
    return old_name(x, err);
}

yj_status yj_channel_put(yj_db *db, const yj_seal *seal, int64_t inst, const json_t *o, int64_t now_ns,
                         char id[static YJ_UUID_LEN + 1], yj_error *err)
{
    const bool is_new = !id[0];
    putting x = { .db = db, .seal = seal, .inst = inst, .o = o, .id = id };
    if (is_new)
        yj_uuid7(now_ns, id);
    yj_status s = is_new ? begin_new(&x, err) : begin_old(&x, err);
    if (s == YJ_OK)
        s = take_all(&x, is_new, err);
    if (s == YJ_OK)
        s = keep(&x, err);
    if (s == YJ_OK && !is_new)
        s = yj_channel_mended(db, id, now_ns, err);
    yj_channel_done(&x.ch);
    return s;
}

yj_status yj_channel_remove(yj_db *db, int64_t inst, const char *id, yj_error *err)
{
    int64_t changed = 0;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "DELETE FROM notice_channel WHERE inst = ?1 AND id = ?2", &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, id);
    YJ_TRY(yj_stmt_run(st, &changed, err));
    return changed ? YJ_OK : yj_fail(err, YJ_E_NOT_FOUND, "there is no such channel");
}
