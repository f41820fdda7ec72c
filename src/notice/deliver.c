// SPDX-License-Identifier: Apache-2.0
/* From a delivery to what its channel says. Texts are made now, with the names of today: of what was erased
 * since it was decided nothing leaves. */
#include "notice/deliver.h"

#include "access/membership.h"
#include "notice/mail_text.h"
#include "notice/preference.h"
#include "notice/say.h"
#include "store/kind_table.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define TEXT_BYTES_MAX ((size_t)100 << 10)
#define HOST_BYTES 254

static void refuse(yj_outcome *o, yj_status code)
{
    yj_outcome_set(o, YJ_SENT_REFUSED, code);
}

/* --- mail -------------------------------------------------------------------------------------------------
 */

typedef struct letter {
    char to[YJ_MAIL_ADDRESS_MAX + 1], to_name[YJ_MAIL_NAME_MAX * 4 + 1];
    yj_buf subject, body;
    yj_lang lang;
    size_t said;
} letter;

static void letter_init(letter *l)
{
    l->to[0] = l->to_name[0] = '\0';
    l->said = 0;
    yj_buf_init(&l->subject, 4096);
    yj_buf_init(&l->body, TEXT_BYTES_MAX);
}

static void letter_done(letter *l)
{
    yj_buf_done(&l->subject);
    yj_buf_done(&l->body);
}

/* How this machine is called, for relays that look at it. */
static void own_name(const char *else_this, char ret[static HOST_BYTES])
{
    if (gethostname(ret, HOST_BYTES) != 0 || !memchr(ret, '\0', HOST_BYTES) ||
        !yj_mail_domain_valid(yj_span_of(ret)))
        snprintf(ret, HOST_BYTES, "%s", else_this);
}

static const char *domain_of(const char *address)
{
    const char *at = strrchr(address, '@');
    return at ? at + 1 : "";
}

static void send_letter(const yj_deliverer *x, const yj_channel *ch, const letter *l, const char *message_id,
                        int64_t date_ns, yj_outcome *ret)
{
    yj_smtp smtp;
    char helo[HOST_BYTES], list[YJ_MAIL_DOMAIN_MAX + 16];
    const char *from = yj_channel_text(ch, "from");
    yj_auto(yj_buf_done) yj_buf text;
    yj_mail m = { .from = from,
                  .to = l->to,
                  .from_name = yj_say_words[YJ_SAY_FROM].in[l->lang],
                  .to_name = l->to_name,
                  .subject = l->subject.ptr,
                  .body = l->body.ptr,
                  .message_id = message_id,
                  .list_id = list,
                  .date_ns = date_ns };
    snprintf(list, sizeof list, "%s", domain_of(from));
    own_name(domain_of(from), helo);
    yj_channel_smtp(ch, helo, &smtp);
    yj_buf_init(&text, YJ_MAIL_BYTES_MAX);
    yj_status s = yj_mail_write(&m, &text, &ret->why);
    if (s != YJ_OK) {
        yj_outcome_set(ret, s == YJ_E_NOMEM ? YJ_SENT_LATER : YJ_SENT_REFUSED, s);
        return;
    }
    yj_send_mail(&smtp, &x->send, from, l->to, yj_buf_view(&text), ret);
}

static yj_status read_address(yj_db *db, const yj_catalog *c, int64_t inst, const char *person, letter *l,
                              yj_error *err)
{
    const yj_kind *k = &c->kinds[c->access.person];
    const yj_field *name = &k->fields[k->name_field];
    bool plain = name->type == YJ_T_TEXT && !name->list, row = false;
    char sql[500];
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    snprintf(
        sql, sizeof sql,
        "SELECT p.f_%s, %s%s FROM r_%s p WHERE p.inst = ?1 AND p.id = ?2 AND p.state = ?3 AND p.erased = 0 "
        "AND " YJ_SQL_VISIBLE("p"),
        k->fields[c->notices.mail].name, plain ? "p.f_" : "p.id", plain ? name->name : "", k->name);
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, person);
    yj_bind_cstr(st, 3, k->states[c->access.person_state].id);
    YJ_TRY(yj_stmt_step(st, &row, err));
    yj_span to = row ? yj_col_text(st, 0) : yj_span_of("");
    if (to.len > YJ_MAIL_ADDRESS_MAX || !yj_mail_address_valid(to))
        return yj_fail(err, YJ_E_NOT_FOUND, "the person has no address to which mail can be sent");
    yj_span called = yj_col_text(st, 1);
    snprintf(l->to, sizeof l->to, "%.*s", (int)to.len, to.ptr);
    snprintf(l->to_name, sizeof l->to_name, "%.*s", (int)called.len, called.ptr ? called.ptr : "");
    yj_text_tidy(l->to_name);
    return YJ_OK;
}

/* "[For Zhang San] ", before what a deputy is told. */
static yj_status say_for_whom(yj_db *db, const yj_catalog *c, int64_t inst, const yj_notice_said *n,
                              yj_lang lang, yj_buf *out, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf name;
    yj_buf_init(&name, 4096);
    YJ_TRY(yj_notice_for(db, c, inst, n, lang, &name, err));
    const yj_say_value values[] = { { "who", name.len ? name.ptr : "" }, { NULL, NULL } };
    if (name.len)
        yj_say_fill(yj_say_words[YJ_SAY_FOR].in[lang], values, out);
    return YJ_OK;
}

static yj_status say_one(yj_db *db, const yj_catalog *c, const yj_channel *ch, int64_t inst, const char *id,
                         letter *l, yj_error *err)
{
    yj_notice_said n;
    bool found = false;
    yj_auto(yj_buf_done) yj_buf name;
    yj_auto(yj_buf_done) yj_buf from;
    yj_auto(yj_buf_done) yj_buf line;
    yj_buf_init(&name, 4096);
    yj_buf_init(&from, 4096);
    yj_buf_init(&line, 16384);
    YJ_TRY(yj_notice_read(db, inst, id, &n, &found, err));
    if (!found)
        return YJ_OK;
    YJ_TRY(yj_notice_subject(db, c, inst, &n, l->lang, &name, err));
    YJ_TRY(say_for_whom(db, c, inst, &n, l->lang, &line, err));
    YJ_TRY(yj_notice_from(db, c, inst, &n, &from, err));
    yj_notice_sentence(c, &n, name.len ? name.ptr : "", from.len ? from.ptr : "", l->lang, &line);
    YJ_TRY(yj_buf_status(&line, err));
    yj_buf_fmt(&l->body, "%s\n", line.ptr);
    if (yj_channel_page(ch)[0]) {
        yj_buf_fmt(&l->body, "  %s", yj_channel_page(ch));
        yj_notice_path(&n, &l->body);
        yj_buf_str(&l->body, "\n");
    }
    yj_buf_str(&l->body, "\n");
    if (l->said++ == 0)
        yj_buf_fmt(&l->subject, "%s%s", yj_say_words[YJ_SAY_SUBJECT].in[l->lang], line.ptr);
    return YJ_OK;
}

static void end_letter(letter *l, size_t all)
{
    char n[24];
    const yj_say_value values[] = { { "n", n }, { NULL, NULL } };
    if (all > 1) {
        snprintf(n, sizeof n, "%zu", all);
        l->subject.len = 0;
        yj_say_fill(yj_say_words[YJ_SAY_GATHERED].in[l->lang], values, &l->subject);
    }
    if (all > l->said) {
        snprintf(n, sizeof n, "%zu", all - l->said);
        yj_say_fill(yj_say_words[YJ_SAY_MORE].in[l->lang], values, &l->body);
        yj_buf_str(&l->body, "\n\n");
    }
    yj_buf_fmt(&l->body, "-- \n%s\n", yj_say_words[YJ_SAY_FOOT].in[l->lang]);
}

/* What was decided yesterday leaves today only if the person is still one of the institution. */
static yj_status may_be_told(const yj_deliverer *x, yj_db *db, const yj_catalog *c, const yj_delivery *d,
                             yj_error *err)
{
    yj_date today;
    bool reached = false;
    yj_engine_today(x->e, &today);
    YJ_TRY(yj_member_reached(db, c, d->inst, d->person, &today, &reached, err));
    return reached ? YJ_OK
                   : yj_fail(err, YJ_E_NOT_FOUND, "the person cannot sign in any more, so no mail is sent");
}

static yj_status write_letter(const yj_deliverer *x, yj_db *db, const yj_channel *ch, const yj_delivery *d,
                              const json_t *content, letter *l, yj_error *err)
{
    yj_auto(yj_catalog_unrefp) yj_catalog *c = yj_engine_catalog(x->e);
    const json_t *ids = json_object_get(content, "notices");
    json_int_t more = json_integer_value(json_object_get(content, "more"));
    yj_preference p;
    if (c->access.person < 0 || c->notices.mail < 0)
        return yj_fail(err, YJ_E_NOT_FOUND, "the person has no address to which mail can be sent");
    YJ_TRY(read_address(db, c, d->inst, d->person, l, err));
    YJ_TRY(may_be_told(x, db, c, d, err));
    YJ_TRY(yj_preference_read(db, c, d->inst, d->person, &p, err));
    l->lang = p.lang;
    for (size_t i = 0; i < json_array_size(ids); i++) {
        const char *id = json_string_value(json_array_get(ids, i));
        YJ_TRY(say_one(db, c, ch, d->inst, id ? id : "", l, err));
    }
    if (!l->said)
        return yj_fail(err, YJ_E_NOT_FOUND, "what the mail was about is no more");
    end_letter(l, l->said + (more > 0 ? (size_t)more : 0));
    YJ_TRY(yj_buf_status(&l->subject, err));
    return yj_buf_status(&l->body, err);
}

/* --- groups -----------------------------------------------------------------------------------------------
 */

typedef struct saying {
    yj_buf title, text, link;
} saying;

static void saying_init(saying *s)
{
    yj_buf_init(&s->title, 4096);
    yj_buf_init(&s->text, 4096);
    yj_buf_init(&s->link, YJ_ROBOT_LINK_MAX);
}

static void saying_done(saying *s)
{
    yj_buf_done(&s->title);
    yj_buf_done(&s->text);
    yj_buf_done(&s->link);
}

static void copy_member(const json_t *o, const char *key, char *ret, size_t cap)
{
    const char *s = json_string_value(json_object_get(o, key));
    snprintf(ret, cap, "%s", s ? s : "");
}

static void said_of(const json_t *o, yj_notice_said *n)
{
    const char *news = json_string_value(json_object_get(o, "news"));
    *n = (yj_notice_said){ .count = json_integer_value(json_object_get(o, "count")) };
    (void)yj_news_by_name(yj_span_of(news ? news : ""), &n->news);
    copy_member(o, "kind", n->kind, sizeof n->kind);
    copy_member(o, "record", n->record, sizeof n->record);
    copy_member(o, "requirement", n->requirement, sizeof n->requirement);
    copy_member(o, "was", n->was, sizeof n->was);
    copy_member(o, "status", n->status, sizeof n->status);
    copy_member(o, "day", n->day, sizeof n->day);
}

/* Words of the packs and of this program alone, in both languages: nothing of a record, so of no grade. */
static yj_status write_saying(const yj_deliverer *x, const yj_channel *ch, const json_t *content, saying *s,
                              yj_error *err)
{
    yj_auto(yj_catalog_unrefp) yj_catalog *c = yj_engine_catalog(x->e);
    yj_notice_said n;
    said_of(content, &n);
    yj_buf_fmt(&s->title, "%s / %s", yj_say_group[n.news].in[YJ_LANG_ZH],
               yj_say_group[n.news].in[YJ_LANG_EN]);
    for (int lang = 0; lang < 2; lang++) {
        const yj_kind *k = n.kind[0] ? yj_catalog_kind(c, yj_span_of(n.kind)) : NULL;
        /* of other institutions the sort and the kind alone: their names are no words of the packs */
        if (n.news >= YJ_NEWS_ADDRESSED)
            yj_buf_fmt(&s->text, "%s%s%s", yj_say_group[n.news].in[lang],
                       k ? lang == YJ_LANG_ZH ? "\xef\xbc\x9a" : ": " : "", k ? k->label.in[lang] : "");
        else
            yj_notice_sentence(c, &n, k ? k->label.in[lang] : "", "", (yj_lang)lang, &s->text);
        yj_buf_str(&s->text, "\n");
    }
    yj_buf_str(&s->link, yj_channel_page(ch));
    yj_notice_path(&n, &s->link);
    YJ_TRY(yj_buf_status(&s->title, err));
    YJ_TRY(yj_buf_status(&s->text, err));
    return yj_buf_status(&s->link, err);
}

static void send_saying(const yj_deliverer *x, const yj_channel *ch, const saying *s, const char *id,
                        int64_t time_ns, yj_outcome *ret)
{
    yj_robot robot;
    const yj_saying said = { .id = id,
                             .title = s->title.ptr,
                             .text = s->text.ptr,
                             .link = s->link.ptr,
                             .label = yj_say_words[YJ_SAY_OPEN].in[YJ_LANG_ZH],
                             .grade = 1,
                             .time_ns = time_ns };
    yj_channel_robot(ch, &robot);
    yj_send_robot(&robot, &x->send, &said, yj_clock_system().now_ns(NULL), ret);
}

/* --- a delivery -------------------------------------------------------------------------------------------
 */

static yj_status read_channel(const yj_deliverer *x, yj_db *db, const yj_delivery *d, yj_channel *ch,
                              bool *ret_found, yj_error *err)
{
    const char *slash = strchr(d->channel, '/');
    return yj_channel_read(db, x->seal, slash ? slash + 1 : "", ch, ret_found, err);
}

/* May it be tried now? */
static bool may_try(const yj_channel *ch, bool found, yj_outcome *ret)
{
    const int64_t now = yj_clock_system().now_ns(NULL);
    if (!found) {
        (void)yj_fail(&ret->why, YJ_E_NOT_FOUND, "the channel was removed");
        refuse(ret, YJ_E_NOT_FOUND);
        return false;
    }
    if (ch->active && ch->paused_ns <= now)
        return true;
    ret->is = YJ_SENT_LATER;
    ret->wait_s = ch->active ? (ch->paused_ns - now) / YJ_NS_PER_S + 1 : 3600;
    if (ret->wait_s > YJ_WAIT_MAX_S)
        ret->wait_s = YJ_WAIT_MAX_S;
    if (ch->active)
        (void)yj_fail(&ret->why, YJ_E_BUSY, "the channel is paused after a failure");
    else
        (void)yj_fail(&ret->why, YJ_E_BUSY, "the channel is switched off");
    return false;
}

typedef struct tried {
    const char *id;
    const yj_outcome *o;
} tried;

static yj_status run_tried(yj_db *db, void *ctx, yj_error *err)
{
    const tried *t = ctx;
    return yj_channel_tried(db, t->id, t->o, yj_clock_system().now_ns(NULL), err);
}

/* What cannot be written down is learned again at the next try. */
static void note(const yj_deliverer *x, const yj_channel *ch, const yj_outcome *o)
{
    yj_error err = { .code = YJ_OK };
    if (!atomic_load(&x->stop))
        yj_ignore(yj_engine_write(x->e, run_tried, &(tried){ ch->id, o }, &err));
}

/* What is said is read first, and the reader given back before anything is sent. */
typedef struct work {
    const yj_deliverer *x;
    const yj_delivery *d;
    yj_channel ch;
    bool found, go;
    letter letter;
    saying saying;
} work;

static yj_status prepare(work *w, yj_db *db, yj_outcome *ret, yj_error *err)
{
    yj_auto(yj_json_freep) json_t *content = NULL;
    YJ_TRY(yj_db_begin(db, YJ_DB_READ, err));
    YJ_TRY(read_channel(w->x, db, w->d, &w->ch, &w->found, err));
    w->go = may_try(&w->ch, w->found, ret);
    if (!w->go)
        return YJ_OK;
    YJ_TRY(yj_json_parse(yj_span_of(w->d->content), YJ_OUTBOX_CONTENT_MAX, &content, err));
    if (w->ch.kind == YJ_CHANNEL_MAIL)
        return write_letter(w->x, db, &w->ch, w->d, content, &w->letter, err);
    return write_saying(w->x, &w->ch, content, &w->saying, err);
}

static void go(const work *w, yj_outcome *ret)
{
    if (w->ch.kind == YJ_CHANNEL_MAIL)
        send_letter(w->x, &w->ch, &w->letter, w->d->message_id, w->d->decided_ns, ret);
    else
        send_saying(w->x, &w->ch, &w->saying, w->d->id, w->d->decided_ns, ret);
    note(w->x, &w->ch, ret);
}

void yj_deliver(void *ctx, const yj_delivery *d, yj_outcome *ret)
{
    work w = { .x = ctx, .d = d };
    yj_db *db = NULL;
    letter_init(&w.letter);
    saying_init(&w.saying);
    yj_status s = yj_reader_take(w.x->e, &db, &ret->why);
    if (s == YJ_OK) {
        s = prepare(&w, db, ret, &ret->why);
        yj_db_rollback(db);
        yj_reader_give(w.x->e, db);
    }
    if (s != YJ_OK)
        yj_outcome_set(ret, s == YJ_E_NOT_FOUND || s == YJ_E_INVALID ? YJ_SENT_REFUSED : YJ_SENT_LATER, s);
    else if (w.go)
        go(&w, ret);
    if (w.found)
        yj_channel_done(&w.ch);
    letter_done(&w.letter);
    saying_done(&w.saying);
}

/* --- a test -----------------------------------------------------------------------------------------------
 */

static void test_mail(const yj_deliverer *x, const yj_channel *ch, const char *to, yj_lang lang,
                      const char *id, int64_t now_ns, yj_outcome *ret)
{
    letter l;
    char message_id[YJ_MAIL_ID_MAX + 1];
    letter_init(&l);
    l.lang = lang;
    snprintf(l.to, sizeof l.to, "%s", to);
    yj_buf_str(&l.subject, yj_say_words[YJ_SAY_TEST].in[lang]);
    yj_buf_str(&l.body, yj_say_words[YJ_SAY_TEST_TEXT].in[lang]);
    yj_status s = yj_mail_id(id, domain_of(yj_channel_text(ch, "from")), message_id, &ret->why);
    if (s == YJ_OK)
        send_letter(x, ch, &l, message_id, now_ns, ret);
    else
        refuse(ret, s);
    letter_done(&l);
}

void yj_deliver_test(const yj_deliverer *x, const yj_channel *ch, const char *to, yj_lang lang,
                     yj_outcome *ret)
{
    char id[YJ_UUID_LEN + 1];
    const int64_t now = yj_clock_system().now_ns(NULL);
    saying s;
    yj_uuid7(now, id);
    if (ch->kind == YJ_CHANNEL_MAIL) {
        test_mail(x, ch, to, lang, id, now, ret);
    } else {
        saying_init(&s);
        yj_buf_str(&s.title, yj_say_words[YJ_SAY_TEST].in[lang]);
        yj_buf_str(&s.text, yj_say_words[YJ_SAY_TEST_TEXT].in[lang]);
        yj_buf_fmt(&s.link, "%s/p/inbox", yj_channel_page(ch));
        send_saying(x, ch, &s, id, now, ret);
        saying_done(&s);
    }
    note(x, ch, ret);
}
