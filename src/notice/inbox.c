// SPDX-License-Identifier: Apache-2.0
/* The inbox: shown, counted, marked, forgotten. */
#include "notice/inbox.h"

#include "notice/say.h"
#include "record/across.h"
#include "record/present.h"
#include "record/read.h"
#include "rule/judge.h"
#include <stdio.h>

#define NAME_BYTES_MAX ((size_t)4096)

/* --- what one says ----------------------------------------------------------------------------------------
 */

void yj_say_fill(const char *text, const yj_say_value *values, yj_buf *out)
{
    for (const char *p = text; *p;) {
        const char *from = strchr(p, '{'), *to = from ? strchr(from, '}') : NULL;
        if (!to) {
            yj_buf_str(out, p);
            return;
        }
        yj_buf_span(out, (yj_span){ p, (size_t)(from - p) });
        yj_span name = { from + 1, (size_t)(to - from - 1) };
        for (const yj_say_value *v = values; v->name; v++)
            if (yj_span_is(name, v->name))
                yj_buf_str(out, v->text);
        p = to + 1;
    }
}

static const char *status_label(const char *name, yj_lang lang)
{
    yj_verdict_status s;
    return yj_verdict_by_name(yj_span_of(name), &s) && s <= YJ_V_NOT_APPLICABLE ? yj_say_status[s].in[lang]
                                                                                : "";
}

/* What is to be done with it, or as what one is named. */
static const char *step_label(const yj_kind *k, const yj_notice_said *n, yj_lang lang)
{
    if (!k)
        return n->detail;
    if (n->news == YJ_NEWS_WAITS) {
        int t = yj_kind_transition(k, yj_span_of(n->detail));
        return t >= 0 ? k->transitions[t].label.in[lang] : n->detail;
    }
    const yj_field *f = yj_kind_field(k, yj_span_of(n->detail));
    return f ? f->label.in[lang] : n->detail;
}

/* What the other institution did with it. */
static const char *their_step(const yj_catalog *c, const yj_kind *k, const yj_notice_said *n, yj_lang lang)
{
    const yj_receipt_map *m = &c->exchange.receipt;
    if (n->news == YJ_NEWS_TAKEN && m->kind >= 0) {
        const yj_option *o = yj_field_option(&c->kinds[m->kind].fields[m->outcome], yj_span_of(n->detail));
        return o ? o->label.in[lang] : n->detail;
    }
    int at = k ? n->news == YJ_NEWS_ANSWERED ? yj_kind_transition(k, yj_span_of(n->detail))
                                             : yj_kind_state(k, yj_span_of(n->detail))
               : -1;
    if (at < 0)
        return n->detail;
    return n->news == YJ_NEWS_ANSWERED ? k->transitions[at].label.in[lang] : k->states[at].label.in[lang];
}

static bool is_across(const yj_notice_said *n)
{
    return n->news >= YJ_NEWS_ADDRESSED && n->news <= YJ_NEWS_READ;
}

/* Is it shown while the two are tied, and no longer? */
static bool while_tied(const yj_notice_said *n)
{
    return n->party && n->news != YJ_NEWS_TIED && n->news != YJ_NEWS_READ;
}

static const yj_text *words_of(const yj_notice_said *n, const char *from)
{
    if (n->count > 1)
        return &yj_say_many[n->news];
    if (while_tied(n) && !from[0])
        return &yj_say_words[YJ_SAY_GONE];
    if (n->news == YJ_NEWS_ADDRESSED && n->detail[0])
        return &yj_say_words[YJ_SAY_MOVED];
    if (n->news == YJ_NEWS_TIED && strcmp(n->detail, "declined") == 0)
        return &yj_say_words[YJ_SAY_DECLINED];
    if (n->news == YJ_NEWS_TIED && strcmp(n->detail, "ended") == 0)
        return &yj_say_words[YJ_SAY_ENDED];
    return &yj_say_one[n->news];
}

/* Where the last place was filled with nothing. */
static void cut_colon(yj_buf *out)
{
    static const char *const ends[] = { "\xef\xbc\x9a", ": " };
    for (size_t i = 0; i < YJ_COUNT(ends); i++) {
        size_t n = strlen(ends[i]);
        if (out->len > n && memcmp(out->ptr + out->len - n, ends[i], n) == 0) {
            out->len -= n;
            out->ptr[out->len] = '\0';
        }
    }
}

static const char *what_label(const yj_catalog *c, const yj_kind *k, const yj_notice_said *n, yj_lang lang)
{
    const yj_requirement *r =
        n->requirement[0] ? yj_catalog_requirement(c, yj_span_of(n->requirement)) : NULL;
    if (n->requirement[0])
        return r ? r->title.in[lang] : n->requirement;
    return k ? k->label.in[lang] : n->kind;
}

void yj_notice_sentence(const yj_catalog *c, const yj_notice_said *n, const char *subject, const char *from,
                        yj_lang lang, yj_buf *out)
{
    const yj_kind *k = yj_catalog_kind(c, yj_span_of(n->kind));
    char count[24];
    snprintf(count, sizeof count, "%lld", (long long)n->count);
    const yj_say_value values[] = { { "what", what_label(c, k, n, lang) },
                                    { "who", subject },
                                    { "day", n->day },
                                    { "was", status_label(n->was, lang) },
                                    { "now", status_label(n->status, lang) },
                                    { "step",
                                      is_across(n) ? their_step(c, k, n, lang) : step_label(k, n, lang) },
                                    { "from", from },
                                    { "n", count },
                                    { NULL, NULL } };
    yj_say_fill(words_of(n, from)->in[lang], values, out);
    cut_colon(out);
}

void yj_notice_path(const yj_notice_said *n, yj_buf *out)
{
    if (n->inst == YJ_INST_INSTALLATION)
        yj_buf_str(out, "/p/installation");
    else if (n->news == YJ_NEWS_READ)
        yj_buf_str(out, "/p/readings");
    else if (n->news == YJ_NEWS_TIED)
        yj_buf_str(out, n->record[0] ? "/p/partners" : "/p/ties");
    else if (n->news == YJ_NEWS_ADDRESSED && n->count == 1 && n->institution[0])
        yj_buf_fmt(out, "/p/addressed/%s/%s", n->institution, n->record);
    else if (n->news == YJ_NEWS_ADDRESSED)
        yj_buf_str(out, "/p/addressed");
    else if (n->news == YJ_NEWS_ANSWERED || n->news == YJ_NEWS_OFFERED ||
             (n->party && (n->news == YJ_NEWS_DUE || n->news == YJ_NEWS_OVERDUE)))
        yj_buf_str(out, "/p/waiting");
    else if (n->count > 1 || !n->record[0] || n->news == YJ_NEWS_JOB)
        yj_buf_str(out, "/p/inbox");
    else if (n->requirement[0])
        yj_buf_fmt(out, "/p/verdict/%s/%s", n->requirement, n->record);
    else
        yj_buf_fmt(out, "/p/records/%s/%s", n->kind, n->record);
}

static yj_status account_name(yj_db *db, const char *id, yj_buf *out, yj_error *err)
{
    bool row = false;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "SELECT name FROM account WHERE id = ?1", &st, err));
    yj_bind_cstr(st, 1, id);
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (row)
        yj_buf_span(out, yj_col_text(st, 0));
    return YJ_OK;
}

yj_status yj_notice_for(yj_db *db, const yj_catalog *c, int64_t inst, const yj_notice_said *n, yj_lang lang,
                        yj_buf *out, yj_error *err)
{
    if (!n->for_whom[0] || c->access.person < 0)
        return YJ_OK;
    return yj_record_title(db, c, inst, &c->kinds[c->access.person], n->for_whom, lang, out, err);
}

yj_status yj_notice_subject(yj_db *db, const yj_catalog *c, int64_t inst, const yj_notice_said *n,
                            yj_lang lang, yj_buf *out, yj_error *err)
{
    const yj_kind *k = n->kind[0] ? yj_catalog_kind(c, yj_span_of(n->kind)) : NULL;
    if (n->news >= YJ_NEWS_EMERGENCY && n->news <= YJ_NEWS_TRIED)
        return account_name(db, n->detail, out, err);
    if (!k || !n->record[0])
        return YJ_OK;
    if (while_tied(n)) {
        bool tied = false;
        YJ_TRY(yj_across_is_tied(db, inst, n->party, &tied, err));
        if (!tied)
            return YJ_OK;
        if (n->news != YJ_NEWS_ANSWERED && n->news != YJ_NEWS_TAKEN) /* those are about one's own */
            return yj_across_name(db, c, inst, n->party, k, n->record, lang, out, err);
    }
    return yj_record_title(db, c, k->installation ? 0 : inst, k, n->record, lang, out, err);
}

yj_status yj_notice_from(yj_db *db, const yj_catalog *c, int64_t inst, const yj_notice_said *n, yj_buf *out,
                         yj_error *err)
{
    char id[YJ_UUID_LEN + 1];
    bool tied = true;
    if (while_tied(n))
        YJ_TRY(yj_across_is_tied(db, inst, n->party, &tied, err));
    return tied ? yj_across_institution(db, c, n->party, id, out, err) : YJ_OK;
}

/* --- rows -------------------------------------------------------------------------------------------------
 */

#define SAID_COLUMNS                                                                                         \
    "news, count, kind, record, requirement, detail, was, status, day, for_whom, inst, party, (SELECT "      \
    "l.institution FROM ledger l WHERE l.inst = notice.party AND l.inst > 0)"
#define SAID_COUNT 13

static void copy(char *to, size_t cap, yj_stmt *st, int col)
{
    yj_span s = yj_col_text(st, col);
    snprintf(to, cap, "%.*s", (int)s.len, s.ptr ? s.ptr : "");
}

static void take_said(yj_stmt *st, yj_notice_said *ret)
{
    *ret = (yj_notice_said){ .count = yj_col_i64(st, 1) };
    (void)yj_news_by_name(yj_col_text(st, 0), &ret->news);
    copy(ret->kind, sizeof ret->kind, st, 2);
    copy(ret->record, sizeof ret->record, st, 3);
    copy(ret->requirement, sizeof ret->requirement, st, 4);
    copy(ret->detail, sizeof ret->detail, st, 5);
    copy(ret->was, sizeof ret->was, st, 6);
    copy(ret->status, sizeof ret->status, st, 7);
    copy(ret->day, sizeof ret->day, st, 8);
    copy(ret->for_whom, sizeof ret->for_whom, st, 9);
    ret->inst = yj_col_i64(st, 10);
    ret->party = yj_col_i64(st, 11);
    copy(ret->institution, sizeof ret->institution, st, 12);
}

yj_status yj_notice_read(yj_db *db, int64_t inst, const char *id, yj_notice_said *ret, bool *ret_found,
                         yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "SELECT " SAID_COLUMNS " FROM notice WHERE inst = ?1 AND id = ?2", &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, id);
    YJ_TRY(yj_stmt_step(st, ret_found, err));
    if (*ret_found)
        take_said(st, ret);
    return YJ_OK;
}

/* --- the list ---------------------------------------------------------------------------------------------
 */

typedef struct row {
    char id[YJ_UUID_LEN + 1];
    int64_t decided, read, done;
    yj_notice_said said;
} row;

static void put_opt(yj_jw *w, const char *key, const char *s)
{
    yj_jw_kstr(w, key, s[0] ? s : NULL);
}

static void put_sentence(yj_jw *w, const yj_catalog *c, const yj_notice_said *n, const char *zh,
                         const char *en, const char *from)
{
    const char *const subjects[] = { [YJ_LANG_ZH] = zh, [YJ_LANG_EN] = en };
    static const char *const keys[] = { [YJ_LANG_ZH] = "zh", [YJ_LANG_EN] = "en" };
    yj_jw_key(w, "title");
    yj_jw_object(w);
    for (size_t i = 0; i < YJ_COUNT(keys); i++) {
        yj_auto(yj_buf_done) yj_buf b;
        yj_buf_init(&b, 4 * NAME_BYTES_MAX);
        yj_notice_sentence(c, n, subjects[i], from, (yj_lang)i, &b);
        yj_jw_kspan(w, keys[i], yj_buf_view(&b));
    }
    yj_jw_end_object(w);
}

static yj_status put_for(yj_jw *w, yj_db *db, const yj_catalog *c, int64_t inst, const yj_notice_said *n,
                         yj_lang lang, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf name;
    yj_buf_init(&name, NAME_BYTES_MAX);
    YJ_TRY(yj_notice_for(db, c, inst, n, lang, &name, err));
    yj_jw_key(w, "for");
    if (!n->for_whom[0]) {
        yj_jw_null(w);
        return YJ_OK;
    }
    yj_jw_object(w);
    yj_jw_kstr(w, "id", n->for_whom);
    yj_jw_kstr(w, "name", name.len ? name.ptr : "");
    yj_jw_end_object(w);
    return YJ_OK;
}

static yj_status put_row(yj_jw *w, yj_db *db, const yj_catalog *c, int64_t inst, const row *r, yj_lang lang,
                         yj_error *err)
{
    const yj_notice_said *n = &r->said;
    yj_auto(yj_buf_done) yj_buf zh;
    yj_auto(yj_buf_done) yj_buf en;
    yj_auto(yj_buf_done) yj_buf from;
    yj_buf_init(&zh, NAME_BYTES_MAX);
    yj_buf_init(&en, NAME_BYTES_MAX);
    yj_buf_init(&from, NAME_BYTES_MAX);
    YJ_TRY(yj_notice_from(db, c, inst, n, &from, err));
    YJ_TRY(yj_notice_subject(db, c, inst, n, YJ_LANG_ZH, &zh, err));
    YJ_TRY(yj_notice_subject(db, c, inst, n, YJ_LANG_EN, &en, err));
    const char *name_zh = zh.len ? zh.ptr : "", *name_en = en.len ? en.ptr : "";
    yj_jw_object(w);
    yj_jw_kstr(w, "id", r->id);
    yj_jw_kstr(w, "news", yj_news_name(n->news));
    yj_jw_ki64(w, "count", n->count);
    yj_present_time(w, "time", r->decided);
    yj_jw_kbool(w, "read", r->read != 0);
    yj_jw_kbool(w, "done", r->done != 0);
    yj_jw_key(w, "subject");
    if (n->kind[0] && n->record[0]) {
        yj_jw_object(w);
        yj_jw_kstr(w, "kind", n->kind);
        yj_jw_kstr(w, "id", n->record);
        yj_jw_kstr(w, "name", lang == YJ_LANG_EN ? name_en : name_zh);
        yj_jw_end_object(w);
    } else {
        yj_jw_null(w);
    }
    put_opt(w, "requirement", n->requirement);
    put_opt(w, "day", n->day);
    put_opt(w, "was", n->was);
    put_opt(w, "status", n->status);
    put_opt(w, "detail", n->detail);
    YJ_TRY(put_for(w, db, c, inst, n, lang, err));
    yj_jw_key(w, "institution");
    if (from.len && n->institution[0]) {
        yj_jw_object(w);
        yj_jw_kstr(w, "id", n->institution);
        yj_jw_kstr(w, "name", from.ptr);
        yj_jw_end_object(w);
    } else {
        yj_jw_null(w);
    }
    put_sentence(w, c, n, name_zh, name_en, from.len ? from.ptr : "");
    yj_jw_end_object(w);
    return YJ_OK;
}

static yj_status put_counts(yj_jw *w, yj_db *db, int64_t inst, const char *person, yj_error *err)
{
    bool any = false;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db,
                         "SELECT (SELECT count(*) FROM notice WHERE inst = ?1 AND person = ?2 AND read = 0), "
                         "(SELECT count(*) FROM notice WHERE inst = ?1 AND person = ?2 AND done = 0)",
                         &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, person);
    YJ_TRY(yj_stmt_step(st, &any, err));
    yj_jw_ki64(w, "unread", yj_col_i64(st, 0));
    yj_jw_ki64(w, "open", yj_col_i64(st, 1));
    return YJ_OK;
}

yj_status yj_inbox_counts(yj_db *db, int64_t inst, const char *person, yj_buf *out, yj_error *err)
{
    yj_jw w;
    yj_jw_init(&w, out);
    yj_jw_object(&w);
    YJ_TRY(put_counts(&w, db, inst, person, err));
    yj_jw_end_object(&w);
    return yj_buf_status(out, err);
}

typedef struct asked {
    int64_t inst;
    const char *person, *show, *news, *before;
    size_t limit;
} asked;

/* A page, one more than asked for if there is. */
static yj_status read_rows(yj_db *db, const asked *q, row *rows, size_t *ret_count, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(
        yj_db_prepare(db,
                      "SELECT " SAID_COLUMNS ", id, decided, read, done FROM notice WHERE inst = ?1 AND "
                      "person = ?2 AND (?3 = '' OR id < ?3) AND (?4 = '' OR news = ?4) AND (?5 = 'all' OR "
                      "(?5 = 'open' AND done = 0) OR (?5 = 'unread' AND read = 0) OR (?5 = 'done' AND done > "
                      "0)) ORDER BY id DESC LIMIT ?6",
                      &st, err));
    yj_bind_i64(st, 1, q->inst);
    yj_bind_cstr(st, 2, q->person);
    yj_bind_cstr(st, 3, q->before ? q->before : "");
    yj_bind_cstr(st, 4, q->news ? q->news : "");
    yj_bind_cstr(st, 5, q->show);
    yj_bind_i64(st, 6, (int64_t)q->limit + 1);
    for (*ret_count = 0; *ret_count <= q->limit; (*ret_count)++) {
        bool any = false;
        row *r = &rows[*ret_count];
        YJ_TRY(yj_stmt_step(st, &any, err));
        if (!any)
            return YJ_OK;
        take_said(st, &r->said);
        copy(r->id, sizeof r->id, st, SAID_COUNT);
        r->decided = yj_col_i64(st, SAID_COUNT + 1);
        r->read = yj_col_i64(st, SAID_COUNT + 2);
        r->done = yj_col_i64(st, SAID_COUNT + 3);
    }
    return YJ_OK;
}

yj_status yj_inbox_list(yj_db *db, const yj_catalog *c, int64_t inst, const char *person, const char *show,
                        const char *news, const char *before, size_t limit, yj_lang lang, yj_buf *out,
                        yj_error *err)
{
    const asked q = { inst, person, show, news, before, limit };
    size_t count = 0;
    yj_jw w;
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new((YJ_INBOX_LIMIT_MAX + 2) * sizeof(row) + 65536);
    if (!a)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    row *rows = yj_arena_array(a, limit + 1, sizeof *rows);
    YJ_TRY(yj_arena_status(a, err));
    YJ_TRY(read_rows(db, &q, rows, &count, err));
    yj_jw_init(&w, out);
    yj_jw_object(&w);
    yj_jw_key(&w, "items");
    yj_jw_array(&w);
    for (size_t i = 0; i < count && i < limit; i++)
        YJ_TRY(put_row(&w, db, c, inst, &rows[i], lang, err));
    yj_jw_end_array(&w);
    yj_jw_kstr(&w, "next", count > limit ? rows[limit - 1].id : NULL);
    YJ_TRY(put_counts(&w, db, inst, person, err));
    yj_jw_end_object(&w);
    return yj_buf_status(out, err);
}

/* --- marking ----------------------------------------------------------------------------------------------
 */

bool yj_inbox_mark_by_name(const char *s, yj_inbox_mark *ret)
{
    static const char *const names[YJ_INBOX_MARK_COUNT_] = { "read", "unread", "done", "open" };
    for (size_t i = 0; s && i < YJ_COUNT(names); i++) {
        if (strcmp(s, names[i]) == 0) {
            *ret = (yj_inbox_mark)i;
            return true;
        }
    }
    return false;
}

yj_status yj_inbox_set(yj_db *db, int64_t inst, const char *person, const char *id, yj_inbox_mark mark,
                       int64_t now_ns, int64_t *ret_changed, yj_error *err)
{
    const bool read = mark == YJ_INBOX_READ || mark == YJ_INBOX_DONE;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        db,
        "UPDATE notice SET read = CASE WHEN ?4 = 1 THEN CASE WHEN read = 0 THEN ?5 ELSE read "
        "END WHEN ?4 = 0 THEN 0 ELSE read END, done = CASE WHEN ?6 = 1 THEN ?5 WHEN ?6 = 0 THEN "
        "0 ELSE done END WHERE inst = ?1 AND person = ?2 AND (?3 = '' OR id = ?3)",
        &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, person);
    yj_bind_cstr(st, 3, id ? id : "");
    yj_bind_i64(st, 4, read ? 1 : mark == YJ_INBOX_UNREAD ? 0 : 2);
    yj_bind_i64(st, 5, now_ns);
    yj_bind_i64(st, 6, mark == YJ_INBOX_DONE ? 1 : mark == YJ_INBOX_OPEN ? 0 : 2);
    return yj_stmt_run(st, ret_changed, err);
}

yj_status yj_inbox_sweep(yj_db *db, int64_t now_ns, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "DELETE FROM notice WHERE decided < ?1", &st, err));
    yj_bind_i64(st, 1, now_ns - YJ_INBOX_KEPT_DAYS * 86400 * YJ_NS_PER_S);
    return yj_stmt_run(st, NULL, err);
}
