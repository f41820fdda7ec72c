// SPDX-License-Identifier: Apache-2.0
#include "api/identity.h"

#include "base/hash.h"
#include "base/memory.h"
#include <pthread.h>
#include <stdlib.h>

#define SLOTS 1024 /* a power of two */
#define ARENA_BYTES ((size_t)1 << 20)

struct yj_identities {
    yj_engine *engine;
    const yj_session_options *options;
    pthread_mutex_t lock;
    _Atomic uint64_t epoch;
    yj_identity *slot[SLOTS];
    yj_identity *oldest, *newest;
    size_t count;
};

/* --- credentials ------------------------------------------------------------------------------ */

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
    if (c.kind != YJ_CREDENTIAL_NONE) {
        yj_hash(YJ_HASH_SHA256, c.text.ptr, c.text.len, &c.key);
        c.key.b[sizeof c.key.b - 1] = (uint8_t)c.kind; /* a session's token is none of the other kind */
    }
    *ret = c;
}

/* --- identities ------------------------------------------------------------------------------- */

yj_identity *yj_identity_ref(yj_identity *i)
{
    atomic_fetch_add_explicit(&i->refs, 1, memory_order_relaxed);
    return i;
}

void yj_identity_unref(yj_identity *i)
{
    if (!i || atomic_fetch_sub_explicit(&i->refs, 1, memory_order_acq_rel) != 1)
        return;
    yj_arena_free(i->arena);
    free(i);
}

const char *yj_identity_person(const yj_identity *i, int64_t inst)
{
    for (size_t n = 0; n < i->person_count; n++)
        if (i->persons[n].inst == inst)
            return i->persons[n].person;
    return NULL;
}

bool yj_identity_is(const yj_identity *i, int64_t inst, const char *person)
{
    for (size_t n = 0; n < i->person_count; n++)
        if (i->persons[n].inst == inst && strcmp(i->persons[n].person, person) == 0)
            return true;
    return false;
}

bool yj_identity_member(const yj_identity *i, int64_t inst)
{
    return i->operator_ || yj_identity_person(i, inst) != NULL;
}

int64_t yj_machine_now(void)
{
    yj_clock c = yj_clock_system();
    return c.now_ns(c.self);
}

/* --- the cache -------------------------------------------------------------------------------- */

yj_identities *yj_identities_new(yj_engine *e, const yj_session_options *o)
{
    yj_identities *x = calloc(1, sizeof *x);
    if (!x)
        return NULL;
    pthread_mutex_init(&x->lock, NULL);
    x->engine = e;
    x->options = o;
    return x;
}

static yj_identity **slot_of(yj_identities *x, const yj_digest *key)
{
    return &x->slot[(key->b[0] | (unsigned)key->b[1] << 8) & (SLOTS - 1)];
}

/* The lock is held. */
static void take_out(yj_identities *x, yj_identity *i)
{
    yj_identity **p = slot_of(x, &i->key);
    while (*p != i)
        p = &(*p)->next;
    *p = i->next;
    *(i->older ? &i->older->newer : &x->oldest) = i->newer;
    *(i->newer ? &i->newer->older : &x->newest) = i->older;
    x->count--;
    yj_identity_unref(i);
}

/* The lock is held. */
static yj_identity *find(yj_identities *x, const yj_digest *key)
{
    for (yj_identity *i = *slot_of(x, key); i; i = i->next)
        if (memcmp(i->key.b, key->b, sizeof key->b) == 0)
            return i;
    return NULL;
}

static void put(yj_identities *x, yj_identity *i)
{
    pthread_mutex_lock(&x->lock);
    yj_identity *before = find(x, &i->key);
    if (before)
        take_out(x, before);
    if (x->count >= YJ_IDENTITIES_MAX)
        take_out(x, x->oldest);
    yj_identity **slot = slot_of(x, &i->key);
    i->next = *slot;
    *slot = i;
    i->older = x->newest;
    *(x->newest ? &x->newest->newer : &x->oldest) = i;
    x->newest = i;
    x->count++;
    yj_identity_ref(i);
    pthread_mutex_unlock(&x->lock);
}

void yj_identities_free(yj_identities *x)
{
    if (!x)
        return;
    while (x->oldest)
        take_out(x, x->oldest);
    pthread_mutex_destroy(&x->lock);
    free(x);
}

void yj_identities_forget(yj_identities *x)
{
    atomic_fetch_add(&x->epoch, 1);
}

uint64_t yj_identities_epoch(yj_identities *x)
{
    return atomic_load(&x->epoch);
}

yj_identity *yj_identity_known(yj_identities *x, const yj_credential *c)
{
    int64_t now = yj_monotonic_ns();
    uint64_t epoch = atomic_load(&x->epoch);
    pthread_mutex_lock(&x->lock);
    yj_identity *i = find(x, &c->key);
    if (i && (i->epoch != epoch || now - i->read_ns > YJ_IDENTITY_FRESH_NS))
        i = NULL;
    if (i)
        yj_identity_ref(i);
    pthread_mutex_unlock(&x->lock);
    return i;
}

bool yj_identity_seen(yj_identities *x, const yj_credential *c)
{
    pthread_mutex_lock(&x->lock);
    bool seen = find(x, &c->key) != NULL;
    pthread_mutex_unlock(&x->lock);
    return seen;
}

/* --- reading ---------------------------------------------------------------------------------- */

/* A token stands for the one person it was made for. */
static yj_status read_persons(yj_db *db, const yj_engine *e, yj_identity *i, yj_error *err)
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
    i->operator_ = yj_identity_is(i, YJ_INST_INSTALLATION, yj_engine_operator(e));
    return YJ_OK;
}

/* *ret_touch: it is to be noted that it was seen. */
static yj_status read_identity(yj_identities *x, yj_db *db, const yj_credential *c, int64_t now,
                               yj_identity *i, bool *ret_found, bool *ret_touch, yj_error *err)
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
    return read_persons(db, x->engine, i, err);
}

typedef struct touching {
    const yj_identity *i;
    int64_t now;
} touching;

static yj_status touch(yj_db *db, void *ctx, yj_error *err)
{
    touching *t = ctx;
    return t->i->kind == YJ_CREDENTIAL_SESSION ? yj_session_touch(db, t->i->session.id, t->now, err)
                                               : yj_token_touch(db, t->i->token.id, t->now, err);
}

static yj_identity *identity_new(const yj_credential *c)
{
    yj_identity *i = calloc(1, sizeof *i);
    if (!i)
        return NULL;
    i->arena = yj_arena_new(ARENA_BYTES);
    i->refs = 1;
    i->kind = c->kind;
    i->key = c->key;
    if (i->arena)
        return i;
    yj_identity_unref(i);
    return NULL;
}

static yj_status read_with(yj_identities *x, const yj_credential *c, int64_t now, yj_identity *i,
                           bool *ret_found, bool *ret_touch, yj_error *err)
{
    yj_db *db = NULL;
    YJ_TRY(yj_reader_take(x->engine, &db, err));
    yj_status s = yj_db_begin(db, YJ_DB_READ, err);
    if (s == YJ_OK)
        s = read_identity(x, db, c, now, i, ret_found, ret_touch, err);
    yj_db_rollback(db);
    yj_reader_give(x->engine, db);
    return s;
}

bool yj_identity_alive(yj_identities *x, const yj_credential *c, int64_t inst, int64_t now_ns)
{
    bool found = false, touches = false;
    yj_error err = { 0 };
    yj_identity *i = identity_new(c);
    if (!i)
        return true;
    bool alive = read_with(x, c, now_ns, i, &found, &touches, &err) != YJ_OK ||
                 (found && yj_identity_member(i, inst) &&
                  (i->kind == YJ_CREDENTIAL_TOKEN || i->session.stage == YJ_SESSION_FULL));
    yj_identity_unref(i);
    return alive;
}

yj_status yj_identity_read(yj_identities *x, const yj_credential *c, int64_t now_ns, yj_identity **ret,
                           yj_error *err)
{
    bool found = false, touches = false;
    *ret = c->kind == YJ_CREDENTIAL_NONE ? NULL : yj_identity_known(x, c);
    if (*ret || c->kind == YJ_CREDENTIAL_NONE)
        return YJ_OK;
    yj_identity *i = identity_new(c);
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
    yj_identity_unref(i);
    return s;
}
