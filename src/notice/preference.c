// SPDX-License-Identifier: Apache-2.0
#include "notice/preference.h"

#include <stdio.h>

#define HOUR_NS (3600 * YJ_NS_PER_S)

static const char *const paces[YJ_PACE_COUNT_] = { "once", "daily", "weekly" };
static const char *const langs[] = { "zh", "en" };

static int place(const char *const *all, size_t count, const char *s)
{
    for (size_t i = 0; s && i < count; i++)
        if (strcmp(all[i], s) == 0)
            return (int)i;
    return -1;
}

static int place_of(const char *const *all, size_t count, yj_span s)
{
    for (size_t i = 0; i < count; i++)
        if (yj_span_is(s, all[i]))
            return (int)i;
    return -1;
}

static const char *lang_name(yj_lang l)
{
    return langs[l == YJ_LANG_EN];
}

/* --- the row ----------------------------------------------------------------------------------------------
 */

yj_status yj_preference_read(yj_db *db, const yj_catalog *c, int64_t inst, const char *person,
                             yj_preference *ret, yj_error *err)
{
    const yj_notices *n = &c->notices;
    yj_preference p = { .mail = true, .pace = n->pace, .hour = n->hour, .weekday = n->weekday };
    bool row = false;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    p.lang = YJ_LANG_ZH;
    if (p.weekday < 1)
        p.weekday = 1;
    YJ_TRY(yj_db_prepare(db,
                         "SELECT mail, pace, hour, weekday, quiet_from, quiet_until, lang FROM "
                         "notice_preference WHERE inst = ?1 AND person = ?2",
                         &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, person);
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (row) {
        int pace = place_of(paces, YJ_COUNT(paces), yj_col_text(st, 1));
        p.own = true;
        p.mail = yj_col_i64(st, 0) != 0;
        p.pace = pace < 0 ? n->pace : (yj_news_pace)pace;
        p.hour = (int)yj_col_i64(st, 2);
        p.weekday = (int)yj_col_i64(st, 3);
        p.quiet_from = (int)yj_col_i64(st, 4);
        p.quiet_until = (int)yj_col_i64(st, 5);
        p.lang = yj_span_is(yj_col_text(st, 6), langs[1]) ? YJ_LANG_EN : YJ_LANG_ZH;
    }
    *ret = p;
    return YJ_OK;
}

yj_status yj_preference_keep(yj_db *db, int64_t inst, const char *person, const yj_preference *p,
                             yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db,
                         "INSERT INTO notice_preference(inst, person, mail, pace, hour, weekday, quiet_from, "
                         "quiet_until, lang) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT(inst, "
                         "person) DO UPDATE SET mail = excluded.mail, pace = excluded.pace, hour = "
                         "excluded.hour, weekday = excluded.weekday, quiet_from = excluded.quiet_from, "
                         "quiet_until = excluded.quiet_until, lang = excluded.lang",
                         &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, person);
    yj_bind_i64(st, 3, p->mail);
    yj_bind_cstr(st, 4, paces[p->pace]);
    yj_bind_i64(st, 5, p->hour);
    yj_bind_i64(st, 6, p->weekday);
    yj_bind_i64(st, 7, p->quiet_from);
    yj_bind_i64(st, 8, p->quiet_until);
    yj_bind_cstr(st, 9, lang_name(p->lang));
    return yj_stmt_run(st, NULL, err);
}

/* --- JSON -------------------------------------------------------------------------------------------------
 */

static yj_status wrong(yj_error *err, const char *member)
{
    yj_fail(err, YJ_E_INVALID, "member %s cannot have this value", member);
    return yj_error_at(err, "%s", member);
}

static yj_status take_int(const json_t *o, const char *key, int min, int max, int *ret, yj_error *err)
{
    const json_t *v = json_object_get(o, key);
    if (!v)
        return YJ_OK;
    json_int_t n = json_integer_value(v);
    if (!json_is_integer(v) || n < min || n > max)
        return wrong(err, key);
    *ret = (int)n;
    return YJ_OK;
}

static yj_status take_choice(const json_t *o, const char *key, const char *const *all, size_t count, int *ret,
                             yj_error *err)
{
    const json_t *v = json_object_get(o, key);
    if (!v)
        return YJ_OK;
    int at = place(all, count, json_string_value(v));
    if (at < 0)
        return wrong(err, key);
    *ret = at;
    return YJ_OK;
}

yj_status yj_preference_take(const json_t *o, yj_preference *p, yj_error *err)
{
    yj_preference x = *p;
    const json_t *mail = json_object_get(o, "mail");
    int pace = (int)x.pace, lang = x.lang == YJ_LANG_EN;
    if (mail && !json_is_boolean(mail))
        return wrong(err, "mail");
    YJ_TRY(take_choice(o, "pace", paces, YJ_COUNT(paces), &pace, err));
    YJ_TRY(take_choice(o, "lang", langs, YJ_COUNT(langs), &lang, err));
    YJ_TRY(take_int(o, "hour", 0, 23, &x.hour, err));
    YJ_TRY(take_int(o, "weekday", 1, 7, &x.weekday, err));
    YJ_TRY(take_int(o, "quiet_from", 0, 23, &x.quiet_from, err));
    YJ_TRY(take_int(o, "quiet_until", 0, 23, &x.quiet_until, err));
    if (mail)
        x.mail = json_is_true(mail);
    x.pace = (yj_news_pace)pace;
    x.lang = lang ? YJ_LANG_EN : YJ_LANG_ZH;
    *p = x;
    return YJ_OK;
}

void yj_preference_write(const yj_preference *p, yj_jw *w)
{
    yj_jw_kbool(w, "own", p->own);
    yj_jw_kbool(w, "mail", p->mail);
    yj_jw_kstr(w, "pace", paces[p->pace]);
    yj_jw_ki64(w, "hour", p->hour);
    yj_jw_ki64(w, "weekday", p->weekday);
    yj_jw_ki64(w, "quiet_from", p->quiet_from);
    yj_jw_ki64(w, "quiet_until", p->quiet_until);
    yj_jw_kstr(w, "lang", lang_name(p->lang));
}

/* --- hours ------------------------------------------------------------------------------------------------
 */

/* When an hour of a civil day begins. */
static int64_t hour_of(const yj_zone *zone, const char *date, int hour)
{
    yj_date before;
    if (!yj_date_add_days(date, -1, &before))
        return 0;
    return yj_zone_end_of_day(zone, before.s) + 1 + hour * HOUR_NS;
}

int64_t yj_preference_quiet(const yj_preference *p, const yj_zone *zone, int64_t now_ns)
{
    yj_date today;
    if (p->quiet_from == p->quiet_until)
        return now_ns;
    yj_zone_date(zone, now_ns, &today);
    int64_t from = hour_of(zone, today.s, p->quiet_from), until = hour_of(zone, today.s, p->quiet_until);
    if (from < until)
        return now_ns >= from && now_ns < until ? until : now_ns;
    if (now_ns < until)
        return until;
    yj_date next;
    if (now_ns < from || !yj_date_add_days(today.s, 1, &next))
        return now_ns;
    return hour_of(zone, next.s, p->quiet_until);
}

int64_t yj_preference_slot(const yj_preference *p, const yj_zone *zone, int64_t now_ns)
{
    yj_date day;
    yj_zone_date(zone, now_ns, &day);
    if (p->pace == YJ_PACE_ONCE)
        return now_ns;
    if (p->pace == YJ_PACE_WEEKLY) {
        int back = (yj_date_weekday(day.s) - p->weekday + 7) % 7;
        if (!yj_date_add_days(day.s, -back, &day))
            return 0;
    }
    int64_t at = hour_of(zone, day.s, p->hour);
    if (at <= now_ns)
        return at;
    return yj_date_add_days(day.s, p->pace == YJ_PACE_WEEKLY ? -7 : -1, &day) ? hour_of(zone, day.s, p->hour)
                                                                              : 0;
}
