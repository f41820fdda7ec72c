// SPDX-License-Identifier: Apache-2.0
/** What the files of record/ share and nobody else sees. */
#ifndef YJ_RECORD_INTERNAL_H
#define YJ_RECORD_INTERNAL_H

#include "access/may.h"
#include "access/role.h"
#include "base/decimal.h"
#include "record/engine.h"
#include <pthread.h>
#include <stdatomic.h>

/* --- configuration (config.c) ----------------------------------------------------------------- */

typedef struct yj_config {
    char installation[YJ_UUID_LEN + 1];
    char operator_id[YJ_UUID_LEN + 1];
    char store_url[512]; /* "" : sqlite in the data folder */
    char zone[64];
    yj_crypto crypto;
    int64_t simulated_ns; /* 0: real clock */
} yj_config;
yj_status yj_config_load(const char *data, yj_config *ret, yj_error *err) yj_nodiscard;
yj_status yj_config_save(const char *data, const yj_config *c, yj_error *err) yj_nodiscard;

/* --- fields and rows (fields.c, row.c) -------------------------------------------------------- */

/** SQL of one kind's table, made once from its declaration. */
typedef struct yj_kind_sql {
    char *find;   /* ?1 inst ?2 id -> batch, until_batch, version, seq, state, erased, pending, until_open */
    char *by_key; /* ?1 inst ?2 nkey -> id, batch, pending, until_batch, until_open */
    char *insert; /* all columns */
    char *update; /* all but inst, id, batch; where inst, id, batch */
    char *update_plain;                /* the same without columns that an index stands on */
    char *exists;                      /* ?1 inst ?2 id -> 1 if visible and not withdrawn */
    char *supersede;                   /* ?1 batch ?2 inst ?3 id ?4 old batch */
    char **list_delete, **list_insert; /* per field, NULL unless a list */
} yj_kind_sql;
/** One for each kind of the catalog, in its arena-like own memory; yj_kind_sql_free. */
yj_status yj_kind_sql_new(const yj_catalog *c, yj_kind_sql **ret, yj_error *err) yj_nodiscard;
void yj_kind_sql_free(const yj_catalog *c, yj_kind_sql *s);

/** The natural key as stored in nkey: parts joined by U+001F, references as yj_nkey_add_ref() writes them. ""
 * if a part is missing. */
void yj_nkey_of(const yj_kind *k, const json_t *fields, yj_buf *out);
/** A UUID in 22 characters of six bits, which sort as it does; any other id as it is. */
void yj_nkey_add_ref(yj_buf *out, yj_span id);

/** What stands in a kind table about one record. */
typedef struct yj_row_head {
    bool found;
    int64_t batch, version, seq;
    char state[48];
    bool erased;
    bool pending; /* the row belongs to an open batch (the one asked for) */
    bool held;    /* another open batch holds the record */
} yj_row_head;
yj_status yj_row_find(yj_db *db, const yj_kind_sql *s, int64_t inst, const char *id, int64_t batch,
                      yj_row_head *ret, yj_error *err) yj_nodiscard;

typedef struct yj_row {
    int64_t inst;
    const char *id;
    int64_t batch, version, seq;
    const char *state;
    bool erased;
    const json_t *fields;
    const json_t *old; /* fields of the version that `head` speaks of, so that what stays is not written
                          again; NULL: write all */
} yj_row;
/** Write the row of a new version. `head` is what yj_row_find said before. */
yj_status yj_row_write(yj_db *db, const yj_kind *k, const yj_kind_sql *s, const yj_row *r,
                       const yj_row_head *head, yj_error *err) yj_nodiscard;

/** Checks on a whole record that need no other record: required, after, differs_from. */
yj_status yj_record_check(const yj_kind *k, const json_t *fields, yj_error *err) yj_nodiscard;
/** In an error about records of the kind, in both languages: its fields, and every kind, are called by their
 * titles, in quotation marks, in place of their names; err->field has the name as before. Done where a
 * change is refused, it does nothing a second time. (titles.c)
 *  @param k   NULL: of no one kind
 *  @param err accepts NULL */
void yj_titles(const yj_catalog *c, const yj_kind *k, yj_error *err);
/** A pattern for LIKE ... ESCAPE '!' that finds texts that contain `text`: %, _ and the escape itself lose
 * their meaning. (list.c) */
const char *yj_like_pattern(yj_arena *a, const char *text);
/** Do fields that name a requirement name one of the packs installed now, and is a remediation's about the
 * kind of its subject? What stands so in `old` (NULL: nothing) is left alone: a later edition may have
 * dropped it.
 *  @return YJ_E_INVALID naming the field */
yj_status yj_requirements_check(const yj_catalog *c, const yj_kind *k, const json_t *old,
                                const json_t *fields, yj_error *err) yj_nodiscard;

/** The body of a record's entry: {"fields":...,"id":...,"kind":...,"op":...,"state":...,"version":N}. */
yj_status yj_body_make(const yj_kind *k, const char *op, const char *id, const char *state, int64_t version,
                       const json_t *fields, yj_buf *out, yj_error *err) yj_nodiscard;

/** What a version of a record changed of a field, or of its state. */
typedef struct yj_changed {
    const char *name;        /* of the field, or "state" */
    const yj_field *field;   /* NULL: the state, or a field of an earlier edition */
    const json_t *from, *to; /* NULL: it had no value */
} yj_changed;
typedef yj_status (*yj_changed_fn)(void *ctx, const yj_changed *x, yj_error *err);
/** Tell each difference of two bodies: the kind's fields as they are declared, then those that it has no
 * more, then the state (history.c).
 *  @param k NULL: a kind of an earlier edition
 *  @param old NULL: there was none before */
yj_status yj_changed_each(const yj_kind *k, const json_t *old, const json_t *new, yj_changed_fn fn, void *ctx,
                          yj_error *err) yj_nodiscard;

/** Like yj_record_find, seeing also the rows of an open batch. */
yj_status yj_record_find_in(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k, const char *ref,
                            int64_t batch, char ret[static 37], yj_error *err) yj_nodiscard;
/** The written key: parts joined by " / ", references as the other record's key. */
yj_status yj_record_key(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k, const char *id,
                        int depth, yj_buf *out, yj_error *err) yj_nodiscard;

/* --- writer (writer.c) ------------------------------------------------------------------------ */

typedef struct yj_touch_item {
    struct yj_touch_item *next;
    int64_t inst;
    uint64_t seq;
    int64_t time_ns;
    yj_touch touch; /* touch.id and refs point into this allocation */
    char id[YJ_UUID_LEN + 1];
} yj_touch_item;

typedef struct yj_slot { /* one ledger as the writer knows it */
    yj_ledger ledger;
    bool begun;         /* locked in the running transaction */
    bool fresh;         /* by the running piece of work: undone with its savepoint */
    uint64_t from_size; /* size when the transaction began */
    yj_ledger undo;     /* state before the running piece of work */
    bool touched;       /* by the running piece of work */
    bool appended;      /* by the running piece of work, or it tried to: rows may be there in part */
    bool judged;        /* a judgement entry was written in this transaction */
    /* is it tied to another institution (exchange_internal.h)? As known in this transaction. */
    enum { YJ_TIED_UNKNOWN, YJ_TIED_NOT, YJ_TIED } tied;
    struct yj_slot *next;
} yj_slot;

typedef struct yj_writer {
    struct yj_engine *e;
    yj_db *db;
    yj_slot *slots;               /* by inst, see yj_writer_slot */
    yj_touch_item *new_touches;   /* of the running transaction, newest first */
    yj_touch_item *work_mark;     /* head before the running piece of work */
    yj_arena *arena;              /* reset after each piece of work */
    bool confined;                /* rules can be run: see yj_writer_confine */
    yj_arena *actors_arena;       /* of what follows; NULL until somebody but the operator acts */
    struct yj_actor_kept *actors; /* who acted in the running transaction, as they stand in it */
} yj_writer;

/** The ledger, locked for this transaction. */
yj_status yj_writer_slot(yj_writer *w, int64_t inst, yj_slot **ret, yj_error *err) yj_nodiscard;
/** Append and remember the state to undo to. */
yj_status yj_writer_append(yj_writer *w, int64_t inst, const yj_append *a, uint64_t *ret_seq,
                           int64_t *ret_time, yj_error *err) yj_nodiscard;
/** Forget all cached ledger heads (after a rebuild or restore wrote them directly). */
void yj_writer_forget(yj_writer *w);
/** Add a touch for the judge, published if the transaction commits. Copies everything. */
yj_status yj_writer_touch(yj_writer *w, int64_t inst, uint64_t seq, int64_t time_ns, const yj_touch *t,
                          yj_error *err) yj_nodiscard;

/** Prepare the writer's connection for rules, outside a transaction; once is enough. */
yj_status yj_writer_confine(yj_writer *w, yj_error *err) yj_nodiscard;

/** A piece of work for the writer's thread; runs inside the group's transaction. */
typedef struct yj_work {
    yj_status (*run)(yj_writer *w, void *ctx, yj_error *err);
    /* after commit or refusal; may free the work */
    void (*done)(struct yj_work *k, yj_status s, const yj_error *err);
    void *ctx;
    bool savepoint; /* may fail after it has written, or judges a gate: run it in a savepoint */
    bool alone;     /* in a transaction of its own */
    bool brief;     /* runs no rules and takes little: may join the transaction that is running */
    struct yj_work *next;
} yj_work;
yj_status yj_writer_submit(struct yj_engine *e, yj_work *k, bool even_if_full, yj_error *err) yj_nodiscard;
/** Submit, wait, return its status. */
yj_status yj_writer_run(struct yj_engine *e, yj_status (*run)(yj_writer *, void *, yj_error *), void *ctx,
                        bool alone, yj_error *err) yj_nodiscard;
/** The same for brief work, in a savepoint: it does not wait for the commit that is on its way, but takes
 * part in it if the others' work is not done yet. For the judge, who comes to one institution after the
 * other. */
yj_status yj_writer_run_brief(struct yj_engine *e, yj_status (*run)(yj_writer *, void *, yj_error *),
                              void *ctx, yj_error *err) yj_nodiscard;
yj_status yj_writer_start(struct yj_engine *e, yj_error *err) yj_nodiscard;
void yj_writer_stop(struct yj_engine *e);

/* --- may the acting person? (allowed.c) ------------------------------------------------------- */

/** The acting person as `db` sees him. Of the operator nothing is read: he may do everything. */
yj_status yj_allowed_actor(struct yj_engine *e, yj_db *db, int64_t inst, const char *by, yj_arena *a,
                           yj_actor *ret, yj_error *err) yj_nodiscard;
/** The same for a request that the writer carries out, read once in a transaction. Takes the ledger's lock
 *  first: what another server says of the person comes before this, or after all of it.
 *  @param ret its texts last until yj_writer_forget_actors() */
yj_status yj_writer_actor(yj_writer *w, int64_t inst, const char *by, yj_actor *ret,
                          yj_error *err) yj_nodiscard;
/** Read persons again: the transaction is over, undone in part, or may have changed one or a delegation. */
void yj_writer_forget_actors(yj_writer *w);

/** What is to be done to a record. Borrows everything. */
typedef struct yj_asked {
    int64_t inst;
    const yj_kind *kind;
    yj_act act;
    int transition; /* only for YJ_ACT_MOVE */
    int state;      /* of the record, -1: none of this edition; YJ_ACT_CREATE: the one it is recorded in */
    const char *id; /* only for those that are there */
    const json_t *old, *fields; /* as it is (NULL: not yet), and as it is to be */
} yj_asked;
/**
 * May the person? Nobody who is named in the record counts as another person, be it before the change or
 * after it. Who records something in a later state than the first (record/engine.h) must also be one who may
 * bring it there, and counts as its creator.
 * @param ret_for_whom as whose deputy, NULL: for himself; the actor's. May be NULL
 * @return what yj_may_do() says; then nothing was changed. The store is asked only for a creator whom the
 *         grant wants to be another
 */
yj_status yj_allowed(yj_db *db, const yj_catalog *c, const yj_actor *actor, const yj_asked *q, yj_arena *a,
                     const char **ret_for_whom, yj_error *err) yj_nodiscard;

/* --- applying one change (apply.c) ------------------------------------------------------------ */

yj_status yj_apply_change(yj_writer *w, yj_change *c, yj_error *err) yj_nodiscard;
/** Does the change need a savepoint (gate, dry run)? */
bool yj_change_needs_savepoint(const yj_engine *e, const yj_change *c);
/** Carry out an erasure order (erase.c). */
yj_status yj_apply_erase(yj_writer *w, yj_change *c, yj_error *err) yj_nodiscard;

/** Niceness of the engine's threads that nobody waits for: on a busy machine the writer comes first. */
#define YJ_NICE 5

/* --- judge (judge_loop.c, judge_run.c) -------------------------------------------------------- */

/** What an institution still has to have judged when a run is over. */
typedef struct yj_backlog yj_backlog;
void yj_backlog_free(yj_backlog *b);
/**
 * Judge one piece: what was touched since the last run, or what of the backlog comes next.
 * @param touches in the order of their entries; borrowed
 * @param others other institutions wait to be judged: be brief
 * @param backlog in: what the last run left, NULL for nothing; out: what this one leaves. NULL after a
 * failure: the next run finds everything in the ledger
 */
yj_status yj_judge_run(struct yj_engine *e, int64_t inst, yj_touch_item *touches, bool others,
                       yj_backlog **backlog, yj_error *err) yj_nodiscard;

/** Every institution waits to be looked at: before the judge starts, and when the day changes. */
yj_status yj_judge_look(struct yj_engine *e, yj_db *db, yj_error *err) yj_nodiscard;
yj_status yj_judge_start(struct yj_engine *e, yj_error *err) yj_nodiscard;
void yj_judge_stop(struct yj_engine *e);
/** If it is another day than the last time, every institution waits to be judged when this returns. A failure
 * is tried again by the judge. */
void yj_judge_look_at_day(struct yj_engine *e, yj_error *err);
/** After a commit: hand over touches (ownership moves). */
void yj_judge_publish(struct yj_engine *e, yj_touch_item *list);
/** Touch of a stored entry, from its body and that of the version before. *ret NULL if it touches nothing. */
yj_status yj_touch_of_entry(yj_db *db, const yj_catalog *c, int64_t inst, uint64_t seq, yj_touch_item **ret,
                            yj_error *err) yj_nodiscard;
void yj_touch_item_free(yj_touch_item *t);
/** Build a touch from an old and a new version (either may be NULL). */
yj_touch_item *yj_touch_make(const yj_kind *k, int64_t inst, uint64_t seq, const char *id, const json_t *old,
                             const json_t *new, bool whole, bool state);

/* --- keeper (keeper.c) ------------------------------------------------------------------------ */

/** SQLite: start the thread that brings the log into the file; before the writer starts. */
yj_status yj_keeper_start(struct yj_engine *e, yj_error *err) yj_nodiscard;
void yj_keeper_stop(struct yj_engine *e);
/** On the writer's thread between two transactions: end what the keeper began, if it is time. */
void yj_keeper_finish(struct yj_engine *e);

/* --- engine (engine.c) ------------------------------------------------------------------------ */

#define YJ_FEEDS_MAX 8
#define YJ_JUDGES_MAX 4 /* threads of the judge; no more than processors */
typedef struct yj_judge_slot {
    int64_t inst;
    yj_touch_item *touches, **tail;
    uint64_t dirty_gen, judged_gen;
    int64_t waiting_since_ns; /* monotonic; meaningful while dirty_gen > judged_gen */
    int64_t retry_ns;         /* monotonic: not before, the last run failed; 0 */
    bool without_room;        /* it failed for want of room: somebody has to make some */
    yj_backlog *backlog;      /* dirty since an earlier run; NULL */
    bool running;             /* some thread judges it */
} yj_judge_slot;

struct yj_engine {
    char *data;
    yj_config config;
    yj_zone *zone;
    yj_store *store;
    yj_keyring *keys;
    yj_catalog *catalog;
    yj_reach *reach; /* NULL until yj_engine_reach */
    yj_kind_sql *sql;
    int lock_fd;

    pthread_mutex_t clock_lock;
    int64_t simulated_now;

    /* writer */
    yj_writer writer;
    pthread_t writer_thread;
    bool writer_running;
    pthread_mutex_t queue_lock;
    pthread_cond_t queue_cond;
    yj_work *queue_head, **queue_tail;
    size_t queue_depth, queue_brief;
    bool stopping;

    /* judge */
    pthread_t judge_threads[YJ_JUDGES_MAX];
    size_t judge_count;
    bool judge_running, judge_stopping;
    yj_pace *pace;
    size_t judge_cursor;             /* the slot at which the next turn looks first */
    char judge_day[YJ_DATE_LEN + 1]; /* on which duties were looked at last */
    yj_error judge_why;              /* of the run that failed for want of room last */
    pthread_mutex_t judge_lock;
    pthread_cond_t judge_cond, settled_cond;
    yj_judge_slot *judge_slots;
    size_t judge_slot_count, judge_slot_cap;
    uint64_t gen;

    /* keeper */
    pthread_t keeper_thread;
    bool keeper_running, keeper_stopping;
    pthread_mutex_t keeper_lock;
    pthread_cond_t keeper_cond;
    yj_db *keeper_db;
    atomic_bool finish_log;   /* the writer should bring the rest of the log into the file */
    _Atomic int64_t log_kept; /* pages of the log that the keeper brought there */
    _Atomic int64_t log_long; /* pages from which the log should begin anew */
    _Atomic int snapshots;    /* readers lent */

    /* readers */
    pthread_mutex_t reader_lock;
    yj_db *readers[64];
    size_t reader_count;
    yj_db *rulers[YJ_JUDGES_MAX]; /* see yj_ruler_take; those that are not lent */
    size_t ruler_count;

    pthread_mutex_t feed_lock;
    struct {
        yj_feed_fn fn;
        void *ctx;
    } feeds[YJ_FEEDS_MAX];
    size_t feed_count;
    yj_committing_fn committing; /* NULL: nobody asks */
    void *committing_ctx;

    /* batch_watch.c */
    pthread_t watch_thread;
    bool watch_running, watch_stopping;
    pthread_mutex_t watch_lock;
    pthread_cond_t watch_cond;

    /* oversight_internal.h */
    struct yj_standings *standings;
    struct yj_reading_marks *reading_marks;

    _Atomic uint64_t commits, entries, judgements, refused;
};

yj_engine *yj_engine_alloc(const char *data, yj_error *err);
/** Zone, keys, store and clock from e->config.
 *  @param planned what a store that is not there yet will hold: it may be planted (store/seed.h); NULL: it is
 *                 there */
yj_status yj_engine_open_base(yj_engine *e, const yj_catalog *planned, yj_error *err) yj_nodiscard;
/** Like yj_reader_take, with a connection on which rules can be run. */
yj_status yj_ruler_take(yj_engine *e, yj_db **ret, yj_error *err) yj_nodiscard;
void yj_ruler_give(yj_engine *e, yj_db *db);
/** What a change can touch: worked out when the first change is judged, not at every start. */
yj_status yj_engine_reach(yj_engine *e, const yj_reach **ret, yj_error *err) yj_nodiscard;
/** Tables and SQL for a catalog; before the threads start. */
yj_status yj_engine_use_catalog(yj_engine *e, yj_catalog *c, yj_error *err) yj_nodiscard;
void yj_store_url_of(const char *data, const yj_config *c, char *ret, size_t size);
/** Is any batch open? */
yj_status yj_batches_look(yj_db *db, bool *ret_open, yj_error *err) yj_nodiscard;
/** Undo batches that nobody works on any more (import_apply.c). */
yj_status yj_batches_undo_open(yj_engine *e, yj_error *err) yj_nodiscard;
/** A server looks for such batches every YJ_BATCH_LOOK_S seconds (batch_watch.c). */
#define YJ_BATCH_LOOK_S 5
yj_status yj_batches_watch_start(yj_engine *e, yj_error *err) yj_nodiscard;
void yj_batches_watch_stop(yj_engine *e);

struct yj_rebuild_report;
/** rejudge.c: derive every judgement again. @param only ledger, or -1 */
yj_status yj_rejudge_all(yj_engine *e, int64_t only, struct yj_rebuild_report *r, yj_error *err) yj_nodiscard;

/** Load the catalog in force from the pack files kept in the store. Their rules are not checked again if this
 *  edition of the program has checked them before.
 *  @param ret_checked they were checked: see yj_findings_keep */
yj_status yj_catalog_from_store(yj_db *db, yj_catalog **ret, bool *ret_checked, yj_error *err) yj_nodiscard;
/** Remember in the store what the check of the rules of the packs in force found (meta). */
yj_status yj_findings_keep(yj_db *db, const yj_catalog *c, yj_error *err) yj_nodiscard;
/** The same for a JSON array of pack digests. */
yj_status yj_catalog_from_digests(yj_db *db, const json_t *digests, yj_catalog **ret,
                                  yj_error *err) yj_nodiscard;
/** Remember which packs are in force (meta). */
yj_status yj_packs_set_current(yj_db *db, const yj_pack_source *const *sources, size_t count,
                               yj_error *err) yj_nodiscard;
/** The packs in force, as files; each is the caller's. */
yj_status yj_pack_sources_current(yj_db *db, yj_pack_source **ret, size_t max, size_t *ret_count,
                                  yj_error *err) yj_nodiscard;
/** Put packs in force: their files, what their check found, an entry in every ledger. */
yj_status yj_packs_put(yj_writer *w, const yj_pack_source *const *sources, size_t count, const yj_catalog *c,
                       yj_error *err) yj_nodiscard;
/** Keep a pack's files by digest, and write a "pack" entry into a ledger. */
yj_status yj_pack_keep(yj_db *db, const yj_pack_source *s, yj_error *err) yj_nodiscard;
yj_status yj_pack_entry(yj_writer *w, int64_t inst, const yj_catalog *c, const char *by,
                        yj_error *err) yj_nodiscard;

#endif
