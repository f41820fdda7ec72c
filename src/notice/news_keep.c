// SPDX-License-Identifier: Apache-2.0
/* What was found becomes rows: of inboxes, and deliveries by preference. */
#include "access/membership.h"
#include "notice/channel.h"
#include "notice/news_internal.h"
#include "notice/outbox.h"
#include "notice/preference.h"
#include <stdio.h>
#include <stdlib.h>

#define ARENA_BYTES_MAX ((size_t)512 << 20)
#define DOMAIN_ELSE "yunjian.invalid" /* of robots: it only makes ids differ */
#define GATHER_IDS_MAX ((size_t)200)
#define GROUPS_MAX YJ_CHANNELS_MAX

typedef struct group {
    char channel[YJ_UUID_LEN + 8];
    bool tells[YJ_NEWS_COUNT_];
} group;

typedef struct keeping {
    yj_db *db;
    const yj_catalog *c;
    const yj_zone *zone;
    int64_t inst;    /* whose ways out were read last: -1 of none yet */
    int64_t now_ns;  /* the ledger's clock */
    int64_t wall_ns; /* the machine's: of deliveries */
    const yj_news_found *found;
    char relay[YJ_UUID_LEN + 1], domain[YJ_MAIL_DOMAIN_MAX + 1]; /* "" none */
    const char *person;                                          /* whose preference was read last */
    bool reached;                                                /* may be told by mail */
    yj_preference preference;
    group groups[GROUPS_MAX];
    size_t group_count;
    bool at_once; /* whatever the preference */
    size_t made;
} keeping;

/* --- groups -----------------------------------------------------------------------------------------------
 */

static yj_status list_groups(keeping *x, char ids[GROUPS_MAX][YJ_UUID_LEN + 1], size_t *ret_count,
                             yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(
        yj_db_prepare(x->db,
                      "SELECT id FROM notice_channel WHERE inst = ?1 AND kind <> 'mail' AND active = 1 ORDER "
                      "BY id LIMIT ?2",
                      &st, err));
    yj_bind_i64(st, 1, x->inst);
    yj_bind_i64(st, 2, GROUPS_MAX);
    for (*ret_count = 0;; (*ret_count)++) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        yj_span id = yj_col_text(st, 0);
        snprintf(ids[*ret_count], YJ_UUID_LEN + 1, "%.*s", (int)id.len, id.ptr);
    }
}

static yj_status read_groups(keeping *x, yj_error *err)
{
    char ids[GROUPS_MAX][YJ_UUID_LEN + 1];
    size_t count = 0;
    YJ_TRY(list_groups(x, ids, &count, err));
    for (size_t i = 0; i < count; i++) {
        yj_channel ch;
        bool found = false;
        group *g = &x->groups[x->group_count];
        YJ_TRY(yj_channel_read(x->db, NULL, ids[i], &ch, &found, err));
        if (!found)
            continue;
        snprintf(g->channel, sizeof g->channel, "robot/%.36s", ids[i]);
        for (int n = 0; n < YJ_NEWS_COUNT_; n++)
            g->tells[n] = yj_channel_tells(&ch, yj_news_name((yj_news)n));
        x->group_count++;
        yj_channel_done(&ch);
    }
    return YJ_OK;
}

static yj_status tell_group(keeping *x, const group *g, const yj_news_item *t, yj_error *err)
{
    bool is_new = false;
    yj_auto(yj_buf_done) yj_buf text;
    yj_jw w;
    yj_buf_init(&text, YJ_OUTBOX_CONTENT_MAX);
    yj_jw_init(&w, &text);
    yj_jw_object(&w);
    yj_jw_kstr(&w, "news", yj_news_name(t->news));
    yj_jw_ki64(&w, "count", t->count);
    yj_jw_kstr(&w, "kind", t->kind);
    yj_jw_kstr(&w, "record", t->record);
    yj_jw_kstr(&w, "requirement", t->requirement);
    yj_jw_kstr(&w, "was", t->was);
    yj_jw_kstr(&w, "status", t->status);
    yj_jw_kstr(&w, "day", t->day);
    yj_jw_end_object(&w);
    YJ_TRY(yj_buf_status(&text, err));
    return yj_outbox_decide(x->db,
                            &(yj_delivery_order){ .inst = t->inst,
                                                  .person = "",
                                                  .cause = t->cause,
                                                  .channel = g->channel,
                                                  .record = t->record,
                                                  .content = text.ptr,
                                                  .domain = DOMAIN_ELSE,
                                                  .now_ns = x->wall_ns },
                            &is_new, err);
}

/* --- persons ----------------------------------------------------------------------------------------------
 */

static yj_status insert(keeping *x, const yj_news_item *t, const char *id, bool gather, bool *ret_new,
                        yj_error *err)
{
    int64_t rows = 0;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        x->db,
        "INSERT INTO notice(id, inst, person, cause, news, count, kind, record, requirement, detail, was, "
        "status, day, decided, read, done, gather, for_whom, party) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, "
        "?9, "
        "?10, ?11, ?12, ?13, ?14, 0, 0, ?15, ?16, ?17) ON CONFLICT(inst, person, cause) DO NOTHING",
        &st, err));
    yj_bind_cstr(st, 1, id);
    yj_bind_i64(st, 2, t->inst);
    yj_bind_cstr(st, 3, t->person);
    yj_bind_cstr(st, 4, t->cause);
    yj_bind_cstr(st, 5, yj_news_name(t->news));
    yj_bind_i64(st, 6, t->count);
    yj_bind_cstr(st, 7, t->kind);
    yj_bind_cstr(st, 8, t->record);
    yj_bind_cstr(st, 9, t->requirement);
    yj_bind_cstr(st, 10, t->detail);
    yj_bind_cstr(st, 11, t->was);
    yj_bind_cstr(st, 12, t->status);
    yj_bind_cstr(st, 13, t->day);
    yj_bind_i64(st, 14, x->now_ns);
    yj_bind_i64(st, 15, gather);
    yj_bind_cstr(st, 16, t->for_whom);
    yj_bind_i64(st, 17, t->party);
    YJ_TRY(yj_stmt_run(st, &rows, err));
    *ret_new = rows == 1;
    return YJ_OK;
}

static yj_status order_mail(keeping *x, const yj_news_item *t, const char *id, yj_error *err)
{
    char content[YJ_UUID_LEN + 40], channel[YJ_UUID_LEN + 8];
    bool is_new = false;
    snprintf(content, sizeof content, "{\"notices\":[\"%s\"]}", id);
    snprintf(channel, sizeof channel, "mail/%s", x->relay);
    int64_t at = yj_preference_quiet(&x->preference, x->zone, x->wall_ns);
    return yj_outbox_decide(x->db,
                            &(yj_delivery_order){ .inst = t->inst,
                                                  .person = t->person,
                                                  .cause = t->cause,
                                                  .channel = channel,
                                                  .record = t->record,
                                                  .content = content,
                                                  .domain = x->domain,
                                                  .now_ns = x->wall_ns,
                                                  .not_before_ns = at },
                            &is_new, err);
}

static yj_status tell_person(keeping *x, const yj_news_item *t, yj_error *err)
{
    char id[YJ_UUID_LEN + 1];
    const yj_hearer *p = yj_audience_find(yj_news_people(x->found, t->inst), yj_span_of(t->person));
    bool by_mail = x->relay[0] && p && p->mail, is_new = false;
    if (by_mail && (!x->person || strcmp(x->person, t->person) != 0)) {
        yj_date today;
        yj_zone_date(x->zone, x->now_ns, &today);
        YJ_TRY(yj_preference_read(x->db, x->c, t->inst, t->person, &x->preference, err));
        YJ_TRY(yj_member_reached(x->db, x->c, t->inst, t->person, &today, &x->reached, err));
        x->person = t->person;
    }
    by_mail = by_mail && x->preference.mail && x->reached;
    bool at_once = by_mail && (x->at_once || x->preference.pace == YJ_PACE_ONCE);
    yj_uuid7(x->now_ns, id);
    YJ_TRY(insert(x, t, id, by_mail && !at_once, &is_new, err));
    if (!is_new)
        return YJ_OK;
    x->made++;
    return at_once ? order_mail(x, t, id, err) : YJ_OK;
}

/* The relay and the groups of the institution in which somebody is told. */
static yj_status turn_to(keeping *x, int64_t inst, yj_error *err)
{
    if (inst == x->inst)
        return YJ_OK;
    x->inst = inst;
    x->person = NULL;
    x->group_count = 0;
    YJ_TRY(yj_channel_for_mail(x->db, inst, x->relay, x->domain, err));
    return x->at_once ? YJ_OK : read_groups(x, err);
}

yj_status yj_news_tell(yj_db *db, const yj_catalog *c, const yj_zone *zone, int64_t inst, int64_t now_ns,
                       const yj_news_found *found, bool at_once, size_t *ret_new, yj_error *err)
{
    keeping x = { .db = db,
                  .c = c,
                  .zone = zone,
                  .inst = -1,
                  .now_ns = now_ns,
                  .wall_ns = yj_clock_system().now_ns(NULL),
                  .found = found,
                  .at_once = at_once };
    *ret_new = 0;
    YJ_TRY(turn_to(&x, inst, err));
    for (size_t i = 0; i < found->count; i++)
        if (found->items[i].person[0])
            YJ_TRY(tell_person(&x, &found->items[i], err));
    *ret_new = x.made;
    return YJ_OK;
}

/* --- the cursor -------------------------------------------------------------------------------------------
 */

static yj_status move_cursor(keeping *x, int64_t inst, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(x->db,
                         "INSERT INTO notice_cursor(inst, seq, day) VALUES(?1, ?2, ?3) ON CONFLICT(inst) DO "
                         "UPDATE SET seq = excluded.seq, day = excluded.day",
                         &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_i64(st, 2, x->found->after.seq);
    yj_bind_cstr(st, 3, x->found->after.day);
    return yj_stmt_run(st, NULL, err);
}

static bool same_place(const yj_news_cursor *now, const yj_news_cursor *then)
{
    return now->found == then->found &&
           (!now->found || (now->seq == then->seq && strcmp(now->day, then->day) == 0));
}

yj_status yj_news_keep(yj_db *db, const yj_catalog *c, const yj_zone *zone, int64_t inst, int64_t now_ns,
                       const yj_news_found *found, size_t *ret_new, yj_error *err)
{
    keeping x = { .db = db, .c = c, .zone = zone, .inst = -1, .now_ns = now_ns, .found = found };
    yj_news_cursor now;
    *ret_new = 0;
    x.wall_ns = yj_clock_system().now_ns(NULL);
    YJ_TRY(yj_news_cursor_read(db, inst, &now, err));
    if (!same_place(&now, &found->before))
        return YJ_OK;
    for (size_t i = 0; i < found->count; i++) {
        const yj_news_item *t = &found->items[i];
        YJ_TRY(turn_to(&x, t->inst, err));
        if (t->person[0])
            YJ_TRY(tell_person(&x, t, err));
        for (size_t g = 0; !t->person[0] && g < x.group_count; g++)
            if (x.groups[g].tells[t->news])
                YJ_TRY(tell_group(&x, &x.groups[g], t, err));
    }
    YJ_TRY(move_cursor(&x, inst, err));
    *ret_new = x.made;
    return YJ_OK;
}

/* --- a pass -----------------------------------------------------------------------------------------------
 */

typedef struct pass {
    yj_engine *e;
    yj_catalog *c;
    int64_t inst;
    yj_news_found found;
    size_t made;
    bool busy; /* another server is keeping what it found */
} pass;

static yj_status look(pass *p, yj_error *err)
{
    yj_db *db = NULL;
    yj_date today;
    yj_engine_today(p->e, &today);
    YJ_TRY(yj_reader_take(p->e, &db, err));
    yj_status s = yj_db_begin(db, YJ_DB_READ, err);
    if (s == YJ_OK)
        s = yj_news_find(db, p->c, p->inst, yj_engine_now(p->e), today.s, &p->found, err);
    yj_db_rollback(db);
    yj_reader_give(p->e, db);
    return s;
}

static yj_status run_keep(yj_db *db, void *ctx, yj_error *err)
{
    pass *p = ctx;
    bool mine = false;
    p->made = 0;
    YJ_TRY(yj_db_try_lock(db, YJ_NEWS_LOCK, &mine, err));
    p->busy = !mine;
    if (p->busy)
        return YJ_OK;
    return yj_news_keep(db, p->c, yj_engine_zone(p->e), p->inst, yj_engine_now(p->e), &p->found, &p->made,
                        err);
}

yj_status yj_news_pass(yj_engine *e, int64_t inst, bool *ret_more, size_t *ret_new, yj_error *err)
{
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new(ARENA_BYTES_MAX);
    yj_auto(yj_catalog_unrefp) yj_catalog *c = yj_engine_catalog(e);
    pass p = { .e = e, .c = c, .inst = inst, .found = { .a = a } };
    if (!a)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    YJ_TRY(look(&p, err));
    if (p.found.count || !same_place(&p.found.before, &p.found.after) || !p.found.before.found)
        YJ_TRY(yj_engine_write(e, run_keep, &p, err));
    *ret_more = p.found.more && !p.busy; /* whoever is at it goes on */
    if (ret_new)
        *ret_new = p.made;
    return YJ_OK;
}

yj_status yj_news_waiting(yj_db *db, int64_t now_ns, yj_status (*fn)(void *ctx, int64_t inst, yj_error *err),
                          void *ctx, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        db,
        "SELECT l.inst FROM ledger l LEFT JOIN notice_cursor c ON c.inst = l.inst LEFT JOIN judged j ON "
        "j.inst "
        "= l.inst WHERE l.inst > 0 AND (c.seq IS NULL OR c.seq < l.size OR c.day < j.today) UNION SELECT "
        "f.inst "
        "FROM job f WHERE f.inst > 0 AND f.state = 'failed' AND f.ended > ?1 AND NOT EXISTS (SELECT 1 FROM "
        "notice n WHERE n.inst = f.inst AND n.person = f.by AND n.cause = 'job/' || f.id) ORDER BY 1",
        &st, err));
    yj_bind_i64(st, 1, now_ns - YJ_NEWS_FIRST_NS);
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        YJ_TRY(fn(ctx, yj_col_i64(st, 0), err));
    }
}

/* --- gathered mail
 * ----------------------------------------------------------------------------------------------
 */

typedef struct gathering {
    yj_engine *e;
    yj_catalog *c;
    struct {
        int64_t inst;
        char person[YJ_UUID_LEN + 1];
    } rows[500];
    size_t count, made;
} gathering;

static yj_status list_persons(yj_db *db, gathering *g, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        db, "SELECT DISTINCT inst, person FROM notice WHERE gather = 1 ORDER BY 1, 2 LIMIT ?1", &st, err));
    yj_bind_i64(st, 1, (int64_t)YJ_COUNT(g->rows));
    for (g->count = 0;; g->count++) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        yj_span person = yj_col_text(st, 1);
        g->rows[g->count].inst = yj_col_i64(st, 0);
        snprintf(g->rows[g->count].person, sizeof g->rows[0].person, "%.*s", (int)person.len, person.ptr);
    }
}

/* The ids of what goes into it, the oldest first, as a JSON member's list. */
static yj_status write_ids(yj_db *db, int64_t inst, const char *person, int64_t before_ns, yj_jw *w,
                           size_t *ret_count, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(
        yj_db_prepare(db,
                      "SELECT id FROM notice WHERE inst = ?1 AND person = ?2 AND gather = 1 AND decided < ?3 "
                      "ORDER BY id",
                      &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, person);
    yj_bind_i64(st, 3, before_ns);
    for (*ret_count = 0;; (*ret_count)++) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        if (*ret_count < GATHER_IDS_MAX)
            yj_jw_span(w, yj_col_text(st, 0));
    }
}

static yj_status gathered(yj_db *db, int64_t inst, const char *person, int64_t before_ns, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        db,
        "UPDATE notice SET gather = 0 WHERE inst = ?1 AND person = ?2 AND gather = 1 AND decided "
        "< ?3",
        &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, person);
    yj_bind_i64(st, 3, before_ns);
    return yj_stmt_run(st, NULL, err);
}

/* Without a relay nothing is sent: it stands in the inbox. */
static yj_status gather_one(yj_db *db, gathering *g, int64_t inst, const char *person, yj_error *err)
{
    char relay[YJ_UUID_LEN + 1], domain[YJ_MAIL_DOMAIN_MAX + 1], channel[YJ_UUID_LEN + 8], cause[64];
    yj_preference p;
    size_t count = 0;
    bool is_new = false;
    yj_auto(yj_buf_done) yj_buf text;
    yj_jw w;
    YJ_TRY(yj_preference_read(db, g->c, inst, person, &p, err));
    int64_t slot = yj_preference_slot(&p, yj_engine_zone(g->e), yj_engine_now(g->e));
    yj_buf_init(&text, YJ_OUTBOX_CONTENT_MAX);
    yj_jw_init(&w, &text);
    yj_jw_object(&w);
    yj_jw_key(&w, "notices");
    yj_jw_array(&w);
    YJ_TRY(write_ids(db, inst, person, slot, &w, &count, err));
    yj_jw_end_array(&w);
    yj_jw_ki64(&w, "more", count > GATHER_IDS_MAX ? (int64_t)(count - GATHER_IDS_MAX) : 0);
    yj_jw_end_object(&w);
    YJ_TRY(yj_buf_status(&text, err));
    if (!count)
        return YJ_OK;
    YJ_TRY(yj_channel_for_mail(db, inst, relay, domain, err));
    snprintf(cause, sizeof cause, "gathered/%lld", (long long)(slot / YJ_NS_PER_S));
    snprintf(channel, sizeof channel, "mail/%s", relay);
    if (relay[0] && p.mail)
        YJ_TRY(yj_outbox_decide(db,
                                &(yj_delivery_order){ .inst = inst,
                                                      .person = person,
                                                      .cause = cause,
                                                      .channel = channel,
                                                      .record = "",
                                                      .content = text.ptr,
                                                      .domain = domain,
                                                      .now_ns = yj_clock_system().now_ns(NULL) },
                                &is_new, err));
    else
        return gathered(db, inst, person, slot, err);
    if (!is_new)
        return YJ_OK; /* it comes with the next one */
    g->made++;
    return gathered(db, inst, person, slot, err);
}

static yj_status run_gathered(yj_db *db, void *ctx, yj_error *err)
{
    gathering *g = ctx;
    bool mine = false;
    g->made = 0;
    YJ_TRY(yj_db_try_lock(db, YJ_NEWS_LOCK, &mine, err));
    for (size_t i = 0; mine && i < g->count; i++)
        YJ_TRY(gather_one(db, g, g->rows[i].inst, g->rows[i].person, err));
    return YJ_OK;
}

/* Is the hour of any of them come? So that nothing is written at every look. */
static yj_status any_due(yj_db *db, gathering *g, bool *ret, yj_error *err)
{
    size_t due = 0;
    YJ_TRY(list_persons(db, g, err));
    for (size_t i = 0; i < g->count; i++) {
        yj_preference p;
        bool row = false;
        yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
        YJ_TRY(yj_preference_read(db, g->c, g->rows[i].inst, g->rows[i].person, &p, err));
        YJ_TRY(yj_db_prepare(
            db, "SELECT min(decided) FROM notice WHERE inst = ?1 AND person = ?2 AND gather = 1", &st, err));
        yj_bind_i64(st, 1, g->rows[i].inst);
        yj_bind_cstr(st, 2, g->rows[i].person);
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (yj_col_i64(st, 0) < yj_preference_slot(&p, yj_engine_zone(g->e), yj_engine_now(g->e)))
            g->rows[due++] = g->rows[i];
    }
    g->count = due;
    *ret = due > 0;
    return YJ_OK;
}

yj_status yj_news_gathered(yj_engine *e, size_t *ret_made, yj_error *err)
{
    yj_auto(yj_catalog_unrefp) yj_catalog *c = yj_engine_catalog(e);
    gathering *g = calloc(1, sizeof *g);
    yj_db *db = NULL;
    bool any = false;
    if (!g)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    g->e = e;
    g->c = c;
    yj_status s = yj_reader_take(e, &db, err);
    if (s == YJ_OK) {
        s = yj_db_begin(db, YJ_DB_READ, err);
        if (s == YJ_OK)
            s = any_due(db, g, &any, err);
        yj_db_rollback(db);
        yj_reader_give(e, db);
    }
    if (s == YJ_OK && any)
        s = yj_engine_write(e, run_gathered, g, err);
    if (s == YJ_OK && ret_made)
        *ret_made = any ? g->made : 0;
    free(g);
    return s;
}
