// SPDX-License-Identifier: Apache-2.0
/*
 * Deriving every judgement again. The ledger is replayed into a scratch store: record entries up to the one a
 * judgement was made for, by the pack in force then and with the date used then; what comes out is compared
 * with what the judgement entries say. The live store is only read.
 *
 * Entries that were judged on the same state and day are one judgement. If its last entry says that nothing
 * is left, everything that was dirty is judged again, and what comes out must be what its entries say, no
 * more and no less. If there was more to judge when other entries came, what it does say must come out.
 */
#include "ledger/pack_body.h"
#include "record/rebuild.h"
#include "record/replay.h"
#include "store/schema.h"

#include <stdlib.h>
#include <unistd.h>

#define THREADS_MAX 16

typedef struct again {
    yj_replay p;
    char today[YJ_DATE_LEN + 1];
    yj_rebuild_report *r;
    json_t *found; /* changes recorded by the entries of the running judgement; NULL between judgements */
    json_t *parts; /* [seq, body] of those entries */
    yj_buf room;   /* of a body that is stored packed */
} again;

static void differ(again *x, int64_t seq, const char *what)
{
    if (x->r->differing++ == 0)
        snprintf(x->r->first_difference, sizeof x->r->first_difference, "ledger %lld entry %lld: %s",
                 (long long)x->p.inst, (long long)seq, what);
}

typedef struct collecting {
    json_t *changes;
} collecting;

static yj_status collect(void *ctx, yj_span body, const yj_judgement_part *part, yj_error *err)
{
    collecting *k = ctx;
    yj_auto(yj_json_freep) json_t *j = NULL;
    YJ_TRY(yj_json_parse(body, YJ_BODY_BYTES_MAX, &j, err));
    json_array_extend(k->changes, json_object_get(j, "changes"));
    return YJ_OK;
}

/* A change whose texts were erased later is compared without them. */
static bool same_change(const json_t *a, const json_t *b)
{
    if (json_equal(a, b))
        return true;
    if (json_array_size(a) != json_array_size(b) || !json_object_get(json_array_get(a, 5), ".erased"))
        return false;
    for (size_t i = 0; i < json_array_size(a); i++)
        if (i != 5 && !json_equal(json_array_get(a, i), json_array_get(b, i)))
            return false;
    return true;
}

/* By requirement, then by subject: one judgement may have been made in pieces, in another order. */
static int compare_changes(const void *a, const void *b)
{
    const json_t *x = *(const json_t *const *)a, *y = *(const json_t *const *)b;
    for (size_t i = 0; i <= 2; i += 2) {
        const char *s = json_string_value(json_array_get(x, i)), *t = json_string_value(json_array_get(y, i));
        int by = strcmp(s ? s : "", t ? t : "");
        if (by)
            return by;
    }
    return 0;
}

static const json_t **sorted(const json_t *changes, yj_arena *a)
{
    size_t n = json_array_size(changes);
    const json_t **rows = yj_arena_array(a, n + 1, sizeof(json_t *));
    if (yj_arena_status(a, NULL) != YJ_OK)
        return NULL;
    for (size_t i = 0; i < n; i++)
        rows[i] = json_array_get(changes, i);
    qsort(rows, n, sizeof(json_t *), compare_changes);
    return rows;
}

static yj_status compare(again *x, const json_t *changes, bool *ret_same, yj_error *err)
{
    const json_t **a = sorted(x->found, x->p.a), **b = sorted(changes, x->p.a);
    YJ_TRY(yj_arena_status(x->p.a, err));
    size_t n = json_array_size(x->found);
    *ret_same = n == json_array_size(changes);
    for (size_t i = 0; *ret_same && i < n; i++)
        *ret_same = same_change(a[i], b[i]);
    return YJ_OK;
}

/* Only what the entries speak of. Verdicts on requirements that no pack holds any more just end. */
static yj_status dirty_found(again *x, int64_t seq, yj_dirty *d, yj_error *err)
{
    for (size_t i = json_array_size(x->found); i-- > 0;) {
        const json_t *change = json_array_get(x->found, i);
        const char *id = json_string_value(json_array_get(change, 0));
        const char *subject = json_string_value(json_array_get(change, 2));
        const char *status = json_string_value(json_array_get(change, 3));
        if (!id || !subject || !status)
            return yj_fail(err, YJ_E_CORRUPT, "judgement entry %llu has the wrong form",
                           (unsigned long long)seq);
        const yj_requirement *r = yj_catalog_requirement(x->p.c, yj_span_of(id));
        if (r)
            yj_dirty_subject(d, r->index, subject);
        else if (strcmp(status, yj_verdict_name(YJ_V_GONE)) == 0)
            json_array_remove(x->found, i);
    }
    return YJ_OK;
}

static yj_status judge_again(again *x, const yj_dirty *d, const char *today, bool *ret_same, yj_error *err)
{
    yj_arena_reset(x->p.a);
    yj_scope scope;
    YJ_TRY(yj_scope_load(x->p.db, x->p.c, x->p.inst, today, x->p.a, &scope, err));
    yj_judgement j = { 0 };
    YJ_TRY(yj_judge(x->p.db, x->p.c, d, &scope, NULL, &j, err));
    collecting k = { json_array() };
    yj_status s = yj_judgement_bodies(x->p.c, &j, 0, today, false, collect, &k, err);
    yj_judgement_done(&j);
    if (s == YJ_OK)
        s = compare(x, k.changes, ret_same, err);
    x->r->verdicts += json_array_size(k.changes);
    json_decref(k.changes);
    return s;
}

/* The scratch store's verdicts follow the recorded judgement, so that a later difference shows on its own. */
static yj_status follow(again *x, yj_error *err)
{
    yj_status s = YJ_OK;
    yj_buf body;
    yj_buf_init(&body, YJ_BODY_BYTES_MAX);
    for (size_t i = 0; s == YJ_OK && i < json_array_size(x->parts); i++) {
        const json_t *part = json_array_get(x->parts, i);
        uint64_t seq = (uint64_t)json_integer_value(json_array_get(part, 0));
        yj_buf_clear(&body);
        s = yj_json_canonical(json_array_get(part, 1), &body, err);
        if (s == YJ_OK)
            s = yj_judgement_keep(x->p.db, x->p.inst, seq, yj_buf_view(&body), err);
        if (s == YJ_OK)
            s = yj_judgement_apply(x->p.db, x->p.inst, seq, yj_buf_view(&body), err);
    }
    yj_buf_done(&body);
    return s;
}

static yj_status check_judgement(again *x, int64_t seq, const json_t *body, bool *ret_same, yj_error *err)
{
    const char *today = json_string_value(json_object_get(body, "today"));
    if (!today)
        return yj_fail(err, YJ_E_CORRUPT, "judgement entry %llu has the wrong form", (unsigned long long)seq);
    YJ_TRY(yj_replay_until(&x->p, json_integer_value(json_object_get(body, "judged")), err));
    if (!x->p.c)
        return yj_fail(err, YJ_E_CORRUPT, "entry %lld judges before any pack was installed", (long long)seq);
    if (x->p.all)
        yj_dirty_all(x->p.dirty);
    x->p.all = false;
    if (x->today[0] && strcmp(x->today, today) < 0)
        YJ_TRY(yj_dirty_due(x->p.dirty, x->p.db, x->p.inst, today, err));
    yj_dirty_harden(x->p.dirty); /* the rules themselves are asked, whatever was spared then */
    snprintf(x->today, sizeof x->today, "%s", today);
    if (!json_is_true(json_object_get(body, "more"))) {
        yj_status s = judge_again(x, x->p.dirty, today, ret_same, err);
        yj_dirty_clear(x->p.dirty);
        return s;
    }
    yj_auto(yj_dirty_freep) yj_dirty *d = yj_dirty_new(x->p.c, x->p.reach);
    if (!d)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    YJ_TRY(dirty_found(x, seq, d, err));
    return judge_again(x, d, today, ret_same, err);
}

static yj_status end_judgement(again *x, yj_error *err)
{
    if (!x->found)
        return YJ_OK;
    const json_t *newest = json_array_get(x->parts, json_array_size(x->parts) - 1);
    int64_t seq = json_integer_value(json_array_get(newest, 0));
    bool same = false;
    YJ_TRY(check_judgement(x, seq, json_array_get(newest, 1), &same, err));
    if (!same)
        differ(x, seq, "judged again, other verdicts come out");
    x->r->judgements++;
    YJ_TRY(follow(x, err));
    json_decref(x->found);
    json_decref(x->parts);
    x->found = x->parts = NULL;
    return YJ_OK;
}

static bool goes_on(const again *x, const json_t *body)
{
    const json_t *newest = json_array_get(x->parts, json_array_size(x->parts) - 1);
    const json_t *before = json_array_get(newest, 1);
    return json_is_true(json_object_get(before, "more")) &&
           json_equal(json_object_get(before, "judged"), json_object_get(body, "judged")) &&
           json_equal(json_object_get(before, "today"), json_object_get(body, "today")) &&
           json_equal(json_object_get(before, "packs"), json_object_get(body, "packs"));
}

static yj_status judgement_entry(again *x, int64_t seq, json_t *body, yj_error *err)
{
    if (x->found && !goes_on(x, body))
        YJ_TRY(end_judgement(x, err));
    if (!x->found) {
        x->found = json_array();
        x->parts = json_array();
    }
    json_array_extend(x->found, json_object_get(body, "changes"));
    json_array_append_new(x->parts, json_pack("[I, O]", (json_int_t)seq, body));
    x->r->entries++;
    return YJ_OK;
}

static yj_status replay_ledger(again *x, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        x->p.live,
        "SELECT e.seq, b.body, b.packed, b.seq FROM entry e LEFT JOIN body b ON b.inst = e.inst AND b.seq = "
        "e.seq WHERE e.inst = ?1 AND " YJ_SQL_OP("e.op", "judge") " ORDER BY e.seq",
        &st, err));
    yj_bind_i64(st, 1, x->p.inst);
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return end_judgement(x, err);
        int64_t seq = yj_col_i64(st, 0);
        if (yj_col_null(st, 3)) {
            differ(x, seq, "the judgement's body is missing");
            continue;
        }
        yj_auto(yj_json_freep) json_t *body = NULL;
        yj_span text;
        YJ_TRY(yj_col_body(st, 1, 2, &x->room, &text, err));
        YJ_TRY(yj_json_parse(text, YJ_BODY_BYTES_MAX, &body, err));
        YJ_TRY(judgement_entry(x, seq, body, err));
    }
}

/* --- all ledgers -------------------------------------------------------------------------------- */

static yj_status rejudge_ledger(yj_engine *e, int64_t inst, yj_rebuild_report *r, yj_error *err)
{
    again x = { .p = { .e = e, .inst = inst }, .r = r };
    yj_buf_init(&x.room, YJ_BODY_BYTES_MAX);
    yj_status s = yj_replay_open(&x.p, err);
    if (s == YJ_OK)
        s = replay_ledger(&x, err);
    yj_buf_done(&x.room);
    json_decref(x.found);
    json_decref(x.parts);
    yj_replay_done(&x.p);
    return s;
}

/* Nothing joins two ledgers: several are judged again at a time. */
typedef struct ledgers {
    yj_engine *e;
    int64_t *inst;
    yj_rebuild_report *reports; /* by number */
    size_t count;
    atomic_size_t next;
    pthread_mutex_t lock;
    yj_status s; /* of the first that failed; the others stop */
    yj_error err;
} ledgers;

static void *work_off(void *self)
{
    ledgers *l = self;
    for (;;) {
        size_t i = atomic_fetch_add(&l->next, 1);
        if (i >= l->count)
            return NULL;
        yj_error err = { 0 };
        yj_status s = rejudge_ledger(l->e, l->inst[i], &l->reports[i], &err);
        if (s == YJ_OK)
            continue;
        pthread_mutex_lock(&l->lock);
        if (l->s == YJ_OK) {
            l->s = s;
            l->err = err;
        }
        pthread_mutex_unlock(&l->lock);
        atomic_store(&l->next, l->count);
    }
}

static void run_threads(ledgers *l)
{
    pthread_t threads[THREADS_MAX];
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    size_t wanted = processors < 1 ? 1 : processors > THREADS_MAX ? THREADS_MAX : (size_t)processors;
    size_t n = 0;
    while (n + 1 < wanted && n + 1 < l->count && pthread_create(&threads[n], NULL, work_off, l) == 0)
        n++;
    work_off(l); /* this thread is one of them, and enough if no other can be had */
    while (n > 0)
        pthread_join(threads[--n], NULL);
}

static void add_report(yj_rebuild_report *r, const yj_rebuild_report *one)
{
    if (r->differing == 0)
        memcpy(r->first_difference, one->first_difference, sizeof r->first_difference);
    r->entries += one->entries;
    r->judgements += one->judgements;
    r->verdicts += one->verdicts;
    r->differing += one->differing;
}

static yj_status rejudge(ledgers *l, yj_rebuild_report *r, yj_error *err)
{
    run_threads(l);
    if (l->s != YJ_OK) {
        *err = l->err;
        return l->s;
    }
    for (size_t i = 0; i < l->count; i++)
        add_report(r, &l->reports[i]);
    return r->differing == 0
               ? YJ_OK
               : yj_fail(err, YJ_E_CORRUPT, "%llu judgements came out differently; the first: %s",
                         (unsigned long long)r->differing, r->first_difference);
}

yj_status yj_rejudge_all(yj_engine *e, int64_t only, yj_rebuild_report *r, yj_error *err)
{
    yj_institution *rows = NULL;
    size_t n = 0;
    YJ_TRY(yj_institution_list(e, &rows, &n, err));
    ledgers l = { .e = e, .lock = PTHREAD_MUTEX_INITIALIZER };
    l.inst = calloc(n + 1, sizeof *l.inst);
    l.reports = calloc(n + 1, sizeof *l.reports);
    yj_status s = l.inst && l.reports ? YJ_OK : yj_fail(err, YJ_E_NOMEM, "out of memory");
    if (s == YJ_OK && (only < 0 || only == YJ_INST_INSTALLATION))
        l.inst[l.count++] = YJ_INST_INSTALLATION;
    for (size_t i = 0; s == YJ_OK && i < n; i++)
        if (only < 0 || only == rows[i].inst)
            l.inst[l.count++] = rows[i].inst;
    if (s == YJ_OK)
        s = rejudge(&l, r, err);
    free(l.reports);
    free(l.inst);
    free(rows);
    return s;
}
