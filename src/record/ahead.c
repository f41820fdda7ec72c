// SPDX-License-Identifier: Apache-2.0
#include "record/ahead.h"
#include "ledger/pack_body.h"
#include "store/schema.h"

#include <stdlib.h>

#define CHUNK_ITEMS 64
#define CHUNK_BYTES ((size_t)64 << 10)
#define CHUNKS_MAX 4 /* that wait: what fits the processor's caches, as trees */

typedef struct chunk {
    struct chunk *next;
    size_t count, bytes;
    yj_ahead_item item[CHUNK_ITEMS];
} chunk;

/* A thread with a connection of its own. */
typedef struct helper {
    yj_db *db;
    pthread_t thread;
    bool running;
    yj_status s;
    yj_error err;
} helper;

struct yj_ahead {
    yj_engine *e;
    int64_t inst;
    helper reader, verifier;

    pthread_mutex_t lock;
    pthread_cond_t more, room;
    chunk *first, **tail;
    size_t waiting;
    chunk *spent; /* to be freed */
    bool ended;   /* the reader will add nothing */
    bool stopped; /* nobody will take anything */

    chunk *filling;  /* the reader's */
    yj_buf unpacked; /* the reader's: of a body that is stored packed */
    chunk *emptying; /* the caller's */
    size_t taken;    /* of it */
};

/* --- chunks ----------------------------------------------------------------------------------- */

static void chunks_free(chunk *c)
{
    while (c) {
        chunk *next = c->next;
        for (size_t i = 0; i < c->count; i++) {
            json_decref(c->item[i].body);
            free((char *)(uintptr_t)c->item[i].text.ptr);
        }
        free(c);
        c = next;
    }
}

/* Hand over what was filled. False if nobody wants it. */
static bool hand_over(yj_ahead *a)
{
    pthread_mutex_lock(&a->lock);
    while (a->waiting == CHUNKS_MAX && !a->stopped)
        pthread_cond_wait(&a->room, &a->lock);
    bool wanted = !a->stopped;
    if (wanted && a->filling) {
        *a->tail = a->filling;
        a->tail = &a->filling->next;
        a->filling = NULL;
        a->waiting++;
        pthread_cond_signal(&a->more);
    }
    chunk *spent = a->spent;
    a->spent = NULL;
    pthread_mutex_unlock(&a->lock);
    chunks_free(spent); /* by the thread whose memory it is, which has time for it */
    return wanted;
}

/* The next place to fill; NULL with *ret_s YJ_OK if nobody wants more. */
static yj_ahead_item *place(yj_ahead *a, size_t bytes, yj_status *ret_s, yj_error *err)
{
    chunk *c = a->filling;
    if (c && (c->count == CHUNK_ITEMS || c->bytes + bytes > CHUNK_BYTES) && !hand_over(a))
        return NULL;
    if (!a->filling)
        a->filling = calloc(1, sizeof *a->filling);
    if (!a->filling) {
        *ret_s = yj_fail(err, YJ_E_NOMEM, "out of memory");
        return NULL;
    }
    a->filling->bytes += bytes;
    return &a->filling->item[a->filling->count++];
}

/* --- reading ---------------------------------------------------------------------------------- */

/* Fields of a stored version, reduced to what today's kind knows. */
static void drop_unknown(const yj_kind *k, json_t *fields)
{
    const char *name = NULL;
    json_t *v = NULL;
    void *tmp = NULL;
    json_object_foreach_safe(fields, tmp, name, v)
    {
        if (!yj_kind_field(k, yj_span_of(name)))
            json_object_del(fields, name);
    }
}

/* seq, body, packed, kind, record, version. */
static yj_status read_record(yj_ahead *a, yj_stmt *st, bool *ret_wanted, yj_error *err)
{
    const yj_kind *k = yj_catalog_kind(a->e->catalog, yj_col_text(st, 3));
    if (!k)
        return YJ_OK; /* a kind of a pack no longer in force */
    yj_span text = { 0 };
    YJ_TRY(yj_col_body(st, 1, 2, &a->unpacked, &text, err)); /* empty: erased */
    yj_auto(yj_json_freep) json_t *body = NULL;
    if (text.len)
        YJ_TRY(yj_json_parse(text, YJ_BODY_BYTES_MAX, &body, err));
    if (body)
        drop_unknown(k, json_object_get(body, "fields"));
    yj_status s = YJ_OK;
    yj_ahead_item *i = place(a, text.len, &s, err);
    *ret_wanted = i != NULL;
    if (!i)
        return s;
    *i = (yj_ahead_item){ .kind = k, .seq = yj_col_i64(st, 0), .body = yj_take(body) };
    yj_span id = yj_col_text(st, 4);
    snprintf(i->id, sizeof i->id, "%.*s", (int)id.len, id.ptr);
    i->version = yj_col_i64(st, 5);
    return YJ_OK;
}

/* seq, body, packed. */
static yj_status read_judgement(yj_ahead *a, yj_stmt *st, bool *ret_wanted, yj_error *err)
{
    yj_span text;
    YJ_TRY(yj_col_body(st, 1, 2, &a->unpacked, &text, err));
    char *copy = malloc(text.len + 1);
    if (!copy)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    memcpy(copy, text.len ? text.ptr : "", text.len);
    yj_status s = YJ_OK;
    yj_ahead_item *i = place(a, text.len, &s, err);
    *ret_wanted = i != NULL;
    if (i)
        *i = (yj_ahead_item){ .seq = yj_col_i64(st, 0), .text = { copy, text.len } };
    else
        free(copy);
    return s;
}

static yj_status read_rows(yj_ahead *a, yj_stmt *st, bool records, yj_error *err)
{
    yj_bind_i64(st, 1, a->inst);
    for (bool wanted = true; wanted;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        YJ_TRY(records ? read_record(a, st, &wanted, err) : read_judgement(a, st, &wanted, err));
    }
    return YJ_OK;
}

/* Of each record only the newest version; not those of batches that were undone or never closed. */
static yj_status read_records(yj_ahead *a, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        a->reader.db,
        "SELECT e.seq, b.body, b.packed, e.kind, e.record, e.version FROM (SELECT max(n.seq) AS seq FROM "
        "entry n "
        "LEFT JOIN batch t ON t.id = n.batch WHERE n.inst = ?1 AND n.version > 0 AND (n.batch = 0 OR t.state "
        "= 'closed') GROUP BY n.record) m JOIN entry e ON e.inst = ?1 AND e.seq = m.seq LEFT JOIN body b ON "
        "b.inst = e.inst AND b.seq = e.seq ORDER BY e.seq",
        &st, err));
    return read_rows(a, st, true, err);
}

static yj_status read_judgements(yj_ahead *a, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        a->reader.db,
        "SELECT e.seq, b.body, b.packed FROM entry e JOIN body b ON b.inst = e.inst AND b.seq = e.seq "
        "WHERE e.inst = ?1 AND " YJ_SQL_OP("e.op", "judge") " ORDER BY e.seq",
        &st, err));
    return read_rows(a, st, false, err);
}

static void *read_all(void *self)
{
    yj_ahead *a = self;
    helper *h = &a->reader;
    h->s = yj_db_begin(h->db, YJ_DB_READ, &h->err);
    if (h->s == YJ_OK)
        h->s = read_records(a, &h->err);
    if (h->s == YJ_OK)
        h->s = read_judgements(a, &h->err);
    if (h->s == YJ_OK)
        (void)hand_over(a);
    pthread_mutex_lock(&a->lock);
    a->ended = true;
    pthread_cond_signal(&a->more);
    pthread_mutex_unlock(&a->lock);
    return NULL;
}

static void *verify(void *self)
{
    yj_ahead *a = self;
    yj_verify_report r;
    a->verifier.s = yj_hash_ready(&a->verifier.err);
    if (a->verifier.s == YJ_OK)
        a->verifier.s = yj_ledger_verify_store(a->verifier.db, a->e->keys, a->inst, &r, &a->verifier.err);
    return NULL;
}

/* --- the caller's side ------------------------------------------------------------------------ */

static yj_status start(yj_ahead *a, helper *h, void *(*run)(void *), yj_error *err)
{
    YJ_TRY(yj_reader_take(a->e, &h->db, err));
    h->running = pthread_create(&h->thread, NULL, run, a) == 0;
    return h->running ? YJ_OK : yj_fail(err, YJ_E_NOMEM, "cannot start a thread");
}

static void finish(yj_ahead *a, helper *h)
{
    if (h->running)
        pthread_join(h->thread, NULL);
    yj_reader_give(a->e, h->db);
}

static void release(yj_ahead *a)
{
    pthread_mutex_lock(&a->lock);
    a->stopped = true;
    pthread_cond_signal(&a->room);
    pthread_mutex_unlock(&a->lock);
    finish(a, &a->reader);
    finish(a, &a->verifier);
    chunks_free(a->first);
    chunks_free(a->spent);
    chunks_free(a->filling);
    chunks_free(a->emptying);
    pthread_cond_destroy(&a->more);
    pthread_cond_destroy(&a->room);
    pthread_mutex_destroy(&a->lock);
    yj_buf_done(&a->unpacked);
    free(a);
}

yj_status yj_ahead_start(yj_engine *e, int64_t inst, yj_ahead **ret, yj_error *err)
{
    yj_ahead *a = calloc(1, sizeof *a);
    if (!a)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    a->e = e;
    a->inst = inst;
    a->tail = &a->first;
    yj_buf_init(&a->unpacked, YJ_BODY_BYTES_MAX);
    pthread_mutex_init(&a->lock, NULL);
    pthread_cond_init(&a->more, NULL);
    pthread_cond_init(&a->room, NULL);
    yj_status s = start(a, &a->reader, read_all, err);
    if (s == YJ_OK)
        s = start(a, &a->verifier, verify, err);
    if (s != YJ_OK) {
        release(a);
        return s;
    }
    *ret = a;
    return YJ_OK;
}

/* Give back the chunk that is done, take the next one; NULL if there will be none. */
static chunk *next_chunk(yj_ahead *a)
{
    pthread_mutex_lock(&a->lock);
    if (a->emptying) {
        a->emptying->next = a->spent;
        a->spent = a->emptying;
    }
    while (!a->first && !a->ended)
        pthread_cond_wait(&a->more, &a->lock);
    chunk *c = a->first;
    if (c) {
        a->first = c->next;
        if (!a->first)
            a->tail = &a->first;
        c->next = NULL;
        a->waiting--;
        pthread_cond_signal(&a->room);
    }
    pthread_mutex_unlock(&a->lock);
    return c;
}

yj_status yj_ahead_next(yj_ahead *a, const yj_ahead_item **ret, yj_error *err)
{
    *ret = NULL;
    if (!a->emptying || a->taken == a->emptying->count) {
        a->emptying = next_chunk(a);
        a->taken = 0;
    }
    if (a->emptying)
        *ret = &a->emptying->item[a->taken++];
    else if (a->reader.s != YJ_OK && err)
        *err = a->reader.err;
    return *ret ? YJ_OK : a->reader.s;
}

yj_status yj_ahead_end(yj_ahead *a, yj_error *err)
{
    pthread_mutex_lock(&a->lock);
    a->stopped = true; /* the reader need not go on while the verification ends */
    pthread_cond_signal(&a->room);
    pthread_mutex_unlock(&a->lock);
    pthread_join(a->verifier.thread, NULL);
    a->verifier.running = false;
    yj_status s = a->verifier.s;
    if (s != YJ_OK && err)
        *err = a->verifier.err;
    release(a);
    return s;
}
