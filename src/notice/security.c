// SPDX-License-Identifier: Apache-2.0
#include "notice/security.h"

#include "access/account.h"
#include "notice/news_internal.h"

#define ARENA_BYTES ((size_t)64 << 20)
#define HOUR_NS (3600 * YJ_NS_PER_S)

typedef struct telling {
    yj_db *db;
    const yj_catalog *c;
    const yj_zone *zone;
    const yj_security_event *e;
    yj_arena *a;
    const yj_account_person *persons;
    size_t person_count;
    yj_security_told *told;
} telling;

/* Is there an item for that person already? */
static bool has(const yj_news_found *f, const char *person)
{
    for (size_t i = 0; i < f->count; i++)
        if (strcmp(f->items[i].person, person) == 0)
            return true;
    return false;
}

static void add(const telling *x, yj_news_found *f, const char *cause, const char *person)
{
    if (has(f, person))
        return;
    yj_news_item *item = &f->items[f->count++];
    *item = yj_news_item_of(x->e->news, f->crowds->inst);
    item->person = person;
    item->cause = cause;
    item->detail = x->e->account;
}

static bool stands_for(const telling *x, int64_t inst)
{
    for (size_t i = 0; i < x->person_count; i++)
        if (x->persons[i].inst == inst)
            return true;
    return false;
}

static void add_all(const telling *x, int64_t inst, const char *cause, yj_news_found *f)
{
    const uint64_t roles = x->c->notices.roles[x->e->news];
    const bool owner = x->e->news != YJ_NEWS_EMERGENCY;
    for (size_t i = 0; owner && i < x->person_count; i++)
        if (x->persons[i].inst == inst)
            add(x, f, cause, x->persons[i].person);
    const yj_audience *people = &f->crowds->people;
    for (size_t i = 0; inst != YJ_INST_INSTALLATION && i < people->count; i++)
        if (people->rows[i].roles & roles)
            add(x, f, cause, people->rows[i].id);
    if (inst == YJ_INST_INSTALLATION && (x->e->news != YJ_NEWS_TRIED || stands_for(x, inst)))
        add(x, f, cause, x->e->operator_);
}

static yj_status tell_in(telling *x, int64_t inst, yj_error *err)
{
    yj_news_crowd crowd = { .inst = inst };
    yj_news_found f = { .a = x->a, .crowds = &crowd, .crowd_count = 1, .crowd_cap = 1 };
    size_t made = 0;
    const char *cause = yj_arena_fmt(x->a, "%s/%s/%lld", yj_news_name(x->e->news), x->e->account,
                                     (long long)(x->e->wall_ns / HOUR_NS));
    if (x->c->access.person >= 0 && x->c->notices.mail >= 0)
        YJ_TRY(yj_audience_read(x->db, x->c, inst, x->e->today, x->a, &crowd.people, err));
    f.items = yj_arena_array(x->a, crowd.people.count + x->person_count + 1, sizeof *f.items);
    YJ_TRY(yj_arena_status(x->a, err));
    add_all(x, inst, cause, &f);
    YJ_TRY(yj_news_tell(x->db, x->c, x->zone, inst, x->e->now_ns, &f, /* at_once= */ true, &made, err));
    if (made && x->told->count < YJ_SECURITY_INSTS_MAX)
        x->told->insts[x->told->count++] = inst;
    return YJ_OK;
}

yj_status yj_security_tell(yj_db *db, const yj_catalog *c, const yj_zone *zone, const yj_security_event *e,
                           yj_security_told *ret, yj_error *err)
{
    telling x = { .db = db, .c = c, .zone = zone, .e = e, .told = ret };
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new(ARENA_BYTES);
    ret->count = 0;
    x.a = a;
    if (!a)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    YJ_TRY(yj_account_persons(db, e->account, a, &x.persons, &x.person_count, err));
    YJ_TRY(tell_in(&x, YJ_INST_INSTALLATION, err));
    for (size_t i = 0; i < x.person_count && i < YJ_SECURITY_INSTS_MAX; i++)
        if (x.persons[i].inst != YJ_INST_INSTALLATION &&
            (i == 0 || x.persons[i].inst != x.persons[i - 1].inst))
            YJ_TRY(tell_in(&x, x.persons[i].inst, err));
    return YJ_OK;
}
