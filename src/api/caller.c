// SPDX-License-Identifier: Apache-2.0
#include "api/caller.h"

#include "access/membership.h"
#include "base/hash.h"
#include "base/memory.h"
#include <pthread.h>
#include <stdlib.h>

#define SLOTS 1024 /* a power of two */
#define ARENA_BYTES ((size_t)1 << 20)

struct yj_callers {
    yj_engine *engine;
    const yj_session_options *options;
    pthread_mutex_t lock;
    _Atomic uint64_t epoch;
    yj_caller *slot[SLOTS];
    yj_caller *oldest, *newest;
    size_t count;
};

/* --- credentials ------------------------------------------------------------------------------ */

static void set_key(yj_credential *c)
{
    yj_hash(YJ_HASH_SHA256, c->text.ptr, c->text.len, &c->key);
    c->key.b[sizeof c->key.b - 1] = (uint8_t)c->kind; /* a session's token is none of the other kind */
}

void yj_credential_of_token(yj_span token, yj_credential *ret)
{
    *ret = (yj_credential){ .kind = YJ_CREDENTIAL_TOKEN, .text = token };
    set_key(ret);
}

void yj_credential_of(yj_span bearer, yj_span session, yj_credential *ret)
{
    static const char scheme[] = "bearer ";
    const size_t n = sizeof scheme - 1;
    yj_credential c = { .kind = YJ_CREDENTIAL_NONE };
    if (bearer.ptr) {
        c.kind = YJ_CREDENTIAL_TOKEN;
        bool is = bearer.len > n;
        for (size_t i = 0; is && i < n; i++)
            is = (bearer.ptr[i] | 0x20) == scheme[i];
        c.text = is ? (yj_span){ bearer.ptr + n, bearer.len - n } : YJ_SPAN("");
    } else if (session.ptr) {
        c.kind = YJ_CREDENTIAL_SESSION;
        c.text = session;
    }
    if (c.kind != YJ_CREDENTIAL_NONE)
        set_key(&c);
    *ret = c;
}

/* --- callers ---------------------------------------------------------------------------------- */

yj_caller *yj_caller_ref(yj_caller *i)
{
    atomic_fetch_add_explicit(&i->refs, 1, memory_order_relaxed);
    return i;
}

void yj_caller_unref(yj_caller *i)
{
    if (!i || atomic_fetch_sub_explicit(&i->refs, 1, memory_order_acq_rel) != 1)
        return;
    yj_arena_free(i->arena);
    free(i);
}

const char *yj_caller_person(const yj_caller *i, int64_t inst)
{
    for (size_t n = 0; n < i->person_count; n++)
        if (i->persons[n].inst == inst)
            return i->persons[n].person;
    return NULL;
}

bool yj_caller_is(const yj_caller *i, int64_t inst, const char *person)
{
    for (size_t n = 0; n < i->person_count; n++)
        if (i->persons[n].inst == inst && strcmp(i->persons[n].person, person) == 0)
            return true;
    return false;
}

bool yj_caller_member(const yj_caller *i, int64_t inst)
{
    return i->operator_ || yj_caller_person(i, inst) != NULL;
}

const yj_inspected *yj_caller_inspects(const yj_caller *i, int64_t inst)
{
    for (size_t n = 0; n < i->inspected_count; n++)
        if (i->inspected[n].inst == inst)
            return &i->inspected[n];
    return NULL;
}

int64_t yj_machine_now(void)
{
    yj_clock c = yj_clock_system();
    return c.now_ns(c.self);
}

/* --- the cache -------------------------------------------------------------------------------- */

yj_callers *yj_callers_new(yj_engine *e, const yj_session_options *o)
{
    yj_callers *x = calloc(1, sizeof *x);
    if (!x)
        return NULL;
    pthread_mutex_init(&x->lock, NULL);
    x->engine = e;
    x->options = o;
    return x;
}

static yj_caller **slot_of(yj_callers *x, const yj_digest *key)
{
    return &x->slot[(key->b[0] | (unsigned)key->b[1] << 8) & (SLOTS - 1)];
}

/* The lock is held. */
static void take_out(yj_callers *x, yj_caller *i)
{
    yj_caller **p = slot_of(x, &i->key);
    while (*p != i)
        p = &(*p)->next;
    *p = i->next;
    *(i->older ? &i->older->newer : &x->oldest) = i->newer;
    *(i->newer ? &i->newer->older : &x->newest) = i->older;
    x->count--;
    yj_caller_unref(i);
}

/* The lock is held. */
static yj_caller *find(yj_callers *x, const yj_digest *key)
{
    for (yj_caller *i = *slot_of(x, key); i; i = i->next)
        if (memcmp(i->key.b, key->b, sizeof key->b) == 0)
            return i;
    return NULL;
}

static void put(yj_callers *x, yj_caller *i)
{
    pthread_mutex_lock(&x->lock);
    yj_caller *before = find(x, &i->key);
    if (before)
        take_out(x, before);
    if (x->count >= YJ_CALLERS_MAX)
        take_out(x, x->oldest);
    yj_caller **slot = slot_of(x, &i->key);
    i->next = *slot;
    *slot = i;
    i->older = x->newest;
    *(x->newest ? &x->newest->newer : &x->oldest) = i;
    x->newest = i;
    x->count++;
    yj_caller_ref(i);
    pthread_mutex_unlock(&x->lock);
}

void yj_callers_free(yj_callers *x)
{
    if (!x)
        return;
    while (x->oldest)
        take_out(x, x->oldest);
    pthread_mutex_destroy(&x->lock);
    free(x);
}

void yj_callers_forget(yj_callers *x)
{
    atomic_fetch_add(&x->epoch, 1);
}

uint64_t yj_callers_epoch(yj_callers *x)
{
    return atomic_load(&x->epoch);
}

yj_caller *yj_caller_known(yj_callers *x, const yj_credential *c)
{
    int64_t now = yj_monotonic_ns();
    uint64_t epoch = atomic_load(&x->epoch);
    pthread_mutex_lock(&x->lock);
    yj_caller *i = find(x, &c->key);
    if (i && (i->epoch != epoch || now - i->read_ns > YJ_CALLER_FRESH_NS))
        i = NULL;
    if (i)
        yj_caller_ref(i);
    pthread_mutex_unlock(&x->lock);
    return i;
}

bool yj_caller_seen(yj_callers *x, const yj_credential *c)
{
    pthread_mutex_lock(&x->lock);
    bool seen = find(x, &c->key) != NULL;
    pthread_mutex_unlock(&x->lock);
    return seen;
}

/* --- reading ---------------------------------------------------------------------------------- */

/* As whom he may act today. */
static yj_status keep_members(yj_db *db, yj_engine *e, yj_caller *i, yj_error *err)
{
    yj_members m;
    yj_date today;
    yj_engine_today(e, &today);
    yj_catalog *c = yj_engine_catalog(e);
    yj_status s = yj_members_of(db, c, i->account.id, i->persons, i->person_count, &today, i->arena, &m, err);
    yj_catalog_unref(c);
    YJ_TRY(s);
    i->persons = m.in_force;
    i->person_count = m.count;
    i->lapsed = m.lapsed;
    i->lapsed_count = m.lapsed_count;
    return YJ_OK;
}

/* A token stands for the one person it was made for. */
static yj_status read_persons(yj_db *db, yj_engine *e, yj_caller *i, yj_error *err)
{
    if (i->kind == YJ_CREDENTIAL_TOKEN) {
        yj_account_person *one = yj_arena_new_of(i->arena, yj_account_person);
        char *person = yj_arena_strdup(i->arena, i->token.person);
        YJ_TRY(yj_arena_status(i->arena, err));
        *one = (yj_account_person){ .inst = i->token.inst, .person = person };
        i->persons = one;
        i->person_count = 1;
    } else {
        YJ_TRY(yj_account_persons(db, i->account.id, i->arena, &i->persons, &i->person_count, err));
    }
    YJ_TRY(keep_members(db, e, i, err));
    i->operator_ = yj_caller_is(i, YJ_INST_INSTALLATION, yj_engine_operator(e));
    return YJ_OK;
}

/* By the scopes of all its persons; those of the operator, who needs none, are as good as any. */
static yj_status read_inspected(yj_db *db, yj_engine *e, yj_caller *i, yj_error *err)
{
    yj_date today;
    yj_catalog *c = yj_engine_catalog(e);
    yj_status s = YJ_OK;
    yj_engine_today(e, &today);
    for (size_t n = 0; s == YJ_OK && n < i->person_count; n++) {
        const yj_account_person *p = &i->persons[n];
        const yj_inspected *rows = NULL;
        size_t count = 0;
        if (p->inst == YJ_INST_INSTALLATION)
            continue;
        s = yj_inspected_by(db, c, p->inst, p->person, &today, i->arena, &rows, &count, err);
        if (s != YJ_OK || count == 0)
            continue;
        yj_inspected *all = yj_arena_array(i->arena, i->inspected_count + count, sizeof *all);
        s = yj_arena_status(i->arena, err);
        if (s != YJ_OK)
            break;
        if (i->inspected_count)
            memcpy(all, i->inspected, i->inspected_count * sizeof *all);
        memcpy(all + i->inspected_count, rows, count * sizeof *all);
        i->inspected = all;
        i->inspected_count += count;
    }
    yj_catalog_unref(c);
    return s;
}

/* *ret_touch: it is to be noted that it was seen. */
static yj_status read_caller(yj_callers *x, yj_db *db, const yj_credential *c, int64_t now, yj_caller *i,
                             bool *ret_found, bool *ret_touch, yj_error *err)
{
    if (c->kind == YJ_CREDENTIAL_SESSION)
        YJ_TRY(yj_session_find(db, x->options, c->text, now, &i->session, ret_found, err));
    else
        YJ_TRY(yj_token_find(db, c->text, now, &i->token, ret_found, err));
    if (!*ret_found)
        return YJ_OK;
    *ret_touch = c->kind == YJ_CREDENTIAL_SESSION ? i->session.touch : i->token.touch;
    const char *account = c->kind == YJ_CREDENTIAL_SESSION ? i->session.account : i->token.account;
    YJ_TRY(yj_account_read(db, account, &i->account, err));
    YJ_TRY(read_persons(db, x->engine, i, err));
    return read_inspected(db, x->engine, i, err);
}

typedef struct touching {
    const yj_caller *i;
    int64_t now;
} touching;

static yj_status touch(yj_db *db, void *ctx, yj_error *err)
{
    touching *t = ctx;
    return t->i->kind == YJ_CREDENTIAL_SESSION ? yj_session_touch(db, t->i->session.id, t->now, err)
                                               : yj_token_touch(db, t->i->token.id, t->now, err);
}

static yj_caller *caller_new(const yj_credential *c)
{
    yj_caller *i = calloc(1, sizeof *i);
    if (!i)
        return NULL;
    i->arena = yj_arena_new(ARENA_BYTES);
    i->refs = 1;
    i->kind = c->kind;
    i->key = c->key;
    if (i->arena)
        return i;
    yj_caller_unref(i);
    return NULL;
}

static yj_status read_with(yj_callers *x, const yj_credential *c, int64_t now, yj_caller *i, bool *ret_found,
                           bool *ret_touch, yj_error *err)
{
    yj_db *db = NULL;
    YJ_TRY(yj_reader_take(x->engine, &db, err));
    yj_status s = yj_db_begin(db, YJ_DB_READ, err);
    if (s == YJ_OK)
        s = read_caller(x, db, c, now, i, ret_found, ret_touch, err);
    yj_db_rollback(db);
    yj_reader_give(x->engine, db);
    return s;
}

bool yj_caller_alive(yj_callers *x, const yj_credential *c, int64_t inst, int64_t now_ns)
{
    bool found = false, touches = false;
    yj_error err = { 0 };
    yj_caller *i = caller_new(c);
    if (!i)
        return true;
    bool alive = read_with(x, c, now_ns, i, &found, &touches, &err) != YJ_OK ||
                 (found && yj_caller_member(i, inst) &&
                  (i->kind == YJ_CREDENTIAL_TOKEN || i->session.stage == YJ_SESSION_FULL));
    yj_caller_unref(i);
    return alive;
}

yj_status yj_caller_read(yj_callers *x, const yj_credential *c, int64_t now_ns, yj_caller **ret,
                         yj_error *err)
{
    bool found = false, touches = false;
    *ret = c->kind == YJ_CREDENTIAL_NONE ? NULL : yj_caller_known(x, c);
    if (*ret || c->kind == YJ_CREDENTIAL_NONE)
        return YJ_OK;
    yj_caller *i = caller_new(c);
    if (!i)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    /* before it is read: what changes meanwhile makes it old */
    i->epoch = atomic_load(&x->epoch);
    i->read_ns = yj_monotonic_ns();
    yj_status s = read_with(x, c, now_ns, i, &found, &touches, err);
    if (s == YJ_OK && found && touches)
        s = yj_engine_write(x->engine, touch, &(touching){ i, now_ns }, err);
    if (s == YJ_OK && found) {
        put(x, i);
        *ret = i;
        return YJ_OK;
    }
    yj_caller_unref(i);
    return s;
}
