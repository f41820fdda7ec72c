// SPDX-License-Identifier: Apache-2.0
/**
 * An opened installation: data folder, store, packs, writer, judge, readers. What takes a change from request
 * to ledger to tables to verdicts.
 *
 * Threads: one writer thread owns the only write connection of the process and commits changes in groups; one
 * judge thread follows it on a snapshot of its own and hands judgements to the writer; readers borrow read
 * connections. Every function here may be called from any thread.
 *
 * Data folder: yunjian.json (installation id, store URL, zone, crypto, simulated clock), yunjian.db (default
 * store), keys/, evidence/, packs/ (as installed), serve.lock.
 */
#ifndef YJ_RECORD_ENGINE_H
#define YJ_RECORD_ENGINE_H

#include "ledger/ledger.h"
#include "pack/catalog.h"
#include "rule/gate.h"

#define YJ_INST_INSTALLATION 0

typedef struct yj_engine yj_engine;

typedef struct yj_init_options {
    const char *store_url; /* NULL: sqlite in the data folder */
    yj_crypto crypto;
    const char *simulated_clock; /* NULL, or the instant "2026-03-01T09:00:00+08:00" at which the clock
                                    stands; it advances by YJ_NS_PER_S for each entry's group */
    const char *zone;            /* NULL: Asia/Shanghai */
    const char *const *packs;    /* folders; packs/core first */
    size_t pack_count;
} yj_init_options;

/** Make a data folder: store, keys, installation ledger with genesis and pack entries, the operator's person
 *  record. YJ_E_CONFLICT if the folder already holds an installation. Nothing is left behind on failure. */
yj_status yj_engine_init(const char *data, const yj_init_options *o, yj_error *err) yj_nodiscard;

typedef struct yj_open_options {
    bool serve;    /* take the server's lock: YJ_E_BUSY if another server runs on the folder */
    bool no_judge; /* rebuild, verification: do not start the judge */
} yj_open_options;
/** YJ_E_NOT_FOUND if the folder holds no installation; YJ_E_CORRUPT if the last checkpoint does not match. */
yj_status yj_engine_open(const char *data, const yj_open_options *o, yj_engine **ret,
                         yj_error *err) yj_nodiscard;
/** Waits for queued changes, stops the threads. */
void yj_engine_close(yj_engine *e);
YJ_DEFINE_CLEANUP(yj_engine, yj_engine_close)

/** The catalog in force; a counted reference (yj_catalog_unref). */
yj_catalog *yj_engine_catalog(yj_engine *e);
/** Install packs anew: an entry in every ledger; everything is judged again at the next opening. Takes the
 *  server's lock, so no server may run. *ret_changed false if the packs in force are these already. */
yj_status yj_packs_install(const char *data, const char *const *folders, size_t count, bool *ret_changed,
                           yj_error *err) yj_nodiscard;
const char *yj_engine_data_dir(const yj_engine *e);
yj_keyring *yj_engine_keys(yj_engine *e);
bool yj_engine_simulated(const yj_engine *e);
/** Now by the engine's clock, and the civil date in the installation's zone. */
int64_t yj_engine_now(yj_engine *e);
void yj_engine_today(yj_engine *e, yj_date *ret);
/** Move a simulated clock forward. YJ_E_USAGE if the clock is real, YJ_E_CLOCK if it stands later already. */
yj_status yj_engine_set_clock(yj_engine *e, const char *instant, yj_error *err) yj_nodiscard;
yj_store *yj_engine_store(yj_engine *e);
const yj_zone *yj_engine_zone(const yj_engine *e);
yj_crypto yj_engine_crypto(const yj_engine *e);
/** Person record id of the operator, the acting person where none is named. */
const char *yj_engine_operator(const yj_engine *e);

/* --- institutions ----------------------------------------------------------------------------- */

typedef struct yj_institution {
    int64_t inst;
    char id[YJ_UUID_LEN + 1];
    char code[128], name[256];
    char origin[256];
    uint64_t size; /* entries in its ledger */
} yj_institution;
/** Open a ledger for a new institution and record it there. @param fields of kind institution; borrowed */
yj_status yj_institution_open(yj_engine *e, const json_t *fields, const char *by, yj_institution *ret,
                              yj_error *err) yj_nodiscard;
/** All but the installation itself; free() the array. */
yj_status yj_institution_list(yj_engine *e, yj_institution **ret, size_t *ret_count,
                              yj_error *err) yj_nodiscard;
/** By id, by code or (ref NULL or "") the only one. YJ_E_NOT_FOUND; YJ_E_USAGE if there are several. */
yj_status yj_institution_find(yj_engine *e, const char *ref, yj_institution *ret, yj_error *err) yj_nodiscard;

/* --- readers ---------------------------------------------------------------------------------- */

/** Borrow a read connection; it runs no rules. Give it back soon; no transaction may be left open. */
yj_status yj_reader_take(yj_engine *e, yj_db **ret, yj_error *err) yj_nodiscard;
void yj_reader_give(yj_engine *e, yj_db *db);

/* --- changes ---------------------------------------------------------------------------------- */

typedef enum yj_change_op {
    YJ_CH_CREATE, /* new record in the initial state, or (state given) taken over as found */
    YJ_CH_CHANGE, /* fields present in `fields` are set, null clears */
    YJ_CH_MOVE,   /* transition */
    YJ_CH_ERASE,  /* carry out an approved erasure order, see record/erase.h */
    YJ_CH_COUNT_
} yj_change_op;

/** A request to change one record. The caller owns everything until `done` was called. It is refused with
 *  YJ_E_FORBIDDEN, or YJ_E_CONFLICT, if the acting person may not do that (access/may.h). */
typedef struct yj_change {
    /* in */
    int64_t inst;
    yj_change_op op;
    const char *by;         /* acting person's id */
    int kind;               /* of the catalog the request was checked against */
    const char *id;         /* record; NULL for create. Create with an id: only import and restore */
    int64_t expect_version; /* -1: whatever it is now; else YJ_E_STALE if it differs */
    const char *state;      /* create: state taken over; NULL: initial */
    const char *transition; /* move */
    const json_t *fields;   /* checked by yj_fields_check; NULL for none */
    int64_t batch;          /* 0 */
    bool dry_run;           /* do everything, then undo */
    bool completes; /* change: the rest of a record that the same import created, a part of creating it */
    bool moves_on;  /* change: the same import moves the record, before anybody sees it */
    /* Only of record/ itself (exchange.h): an invitation or an answer is accepted or declined, and what comes
     * from it is entered; and the acting person, another institution's, is not asked here. */
    bool by_exchange, unasked;
    yj_lang lang; /* of names in what is told */
    /* out */
    yj_status status;
    yj_error error;
    char ret_id[YJ_UUID_LEN + 1];
    int64_t ret_version;
    uint64_t ret_seq;
    int64_t ret_time_ns;
    bool unchanged; /* the fields already had these values: no entry was written */
    char *stale;    /* YJ_E_STALE: JSON array of the names of fields changed since; free() */
    char *misses;   /* YJ_E_GATE: JSON array, see record/present.h; free() */
    /* called once, on the writer's thread, after the change is durable or refused; must not block */
    void (*done)(struct yj_change *c, void *ctx);
    void *ctx;
} yj_change;

/** Queue a change. YJ_E_BUSY at once if the queue is full (then `done` is not called). */
yj_status yj_change_submit(yj_engine *e, yj_change *c, yj_error *err) yj_nodiscard;
/** Submit and wait. Returns c->status with *err = c->error. */
yj_status yj_change_run(yj_engine *e, yj_change *c, yj_error *err) yj_nodiscard;
/** Free stale and misses. */
void yj_change_done(yj_change *c);

/**
 * Are these fields of the kind, rightly typed and within limits? Done away from the writer. What needs other
 * records (required after merging, references, uniqueness, differs_from, after) is checked by the writer.
 * Errors name the field in err->field.
 */
yj_status yj_fields_check(const yj_catalog *c, const yj_kind *k, const json_t *fields,
                          yj_error *err) yj_nodiscard;

/** Wait until everything committed before the call has been judged, which is tried at once. @param timeout_ms
 * -1: for ever. YJ_E_BUSY when it has passed; YJ_E_FULL or YJ_E_IO if there is no room to write verdicts,
 * which then remain to be judged. */
yj_status yj_engine_settle(yj_engine *e, int timeout_ms, yj_error *err) yj_nodiscard;
/** Nanoseconds between the oldest unjudged change and now; 0 if all is judged. */
int64_t yj_engine_judge_lag(yj_engine *e);

/** The gates ahead of a record: every transition that starts from its state, with what is missing, judged now
 * in a savepoint that is undone:
 *  {"state","items":[{"transition","to","label":{"zh","en"},"gated","open","misses":[...]}]}. */
yj_status yj_engine_gates(yj_engine *e, int64_t inst, int kind, const char *id, yj_lang lang, yj_buf *out,
                          yj_error *err) yj_nodiscard;

/** One gate, looked at for what has to hold at a time of its own, such as before a medium is wiped. */
typedef struct yj_gate_probe {
    int64_t inst;
    const char *kind, *id;  /* the record */
    const char *transition; /* whose gate it is, whether or not it starts from the record's state */
    uint64_t states;        /* bit set of the kind's states: in which the record has to be */
    yj_lang lang;           /* of what is missing */
} yj_gate_probe;
/** Is it open just now? Judged as for the transition itself, on the writer; changes nothing.
 *  @param misses of a shut one a JSON array, as yj_change.misses
 *  @return YJ_E_GATE; YJ_E_NOT_FOUND; YJ_E_CONFLICT: the record is in another state, or the packs in force
 *  know no such gate */
yj_status yj_engine_gate_probe(yj_engine *e, const yj_gate_probe *p, yj_buf *misses,
                               yj_error *err) yj_nodiscard;

/** A checkpoint of the ledger as it is now, signed if need be. At most one is signed for each state. */
yj_status yj_engine_checkpoint(yj_engine *e, int64_t inst, yj_buf *ret_note, yj_error *err) yj_nodiscard;

/* --- tables outside the ledger ---------------------------------------------------------------- */

/** Run `fn` on the writer's connection, in a savepoint of the transaction that is under way or comes next,
 * and wait until it is durable. For what is not in the ledger (store/schema.h), such as jobs; brief. From any
 * thread but the writer's. @return what fn said, or why it could not be kept; then nothing of it was */
typedef yj_status (*yj_write_fn)(yj_db *db, void *ctx, yj_error *err);
yj_status yj_engine_write(yj_engine *e, yj_write_fn fn, void *ctx, yj_error *err) yj_nodiscard;

/* --- feed ------------------------------------------------------------------------------------- */

/** Called on the writer's thread after each commit, for each ledger that grew. Must not block. */
typedef void (*yj_feed_fn)(void *ctx, int64_t inst, uint64_t from_seq, uint64_t size, bool judgement);
void yj_engine_on_commit(yj_engine *e, yj_feed_fn fn, void *ctx);
/** Unregister what was registered with the same fn and ctx; nothing if it was not. When it returns the last
 *  call is over, so ctx may be freed. Not to be called from within a feed. */
void yj_engine_off_commit(yj_engine *e, yj_feed_fn fn, void *ctx);

/**
 * Called on the writer's thread for each ledger that a commit makes longer: before it (begins), and after it
 * and its feeds, or after its failure. In between a reader may see the ledger shorter or longer. Must not
 * block. One at a time; NULL takes it off, and none is under way when this returns.
 */
typedef void (*yj_committing_fn)(void *ctx, int64_t inst, bool begins);
void yj_engine_on_committing(yj_engine *e, yj_committing_fn fn, void *ctx);

typedef struct yj_engine_stats {
    uint64_t commits, entries, judgements, refused, queue_depth;
    int64_t judge_lag_ns;
} yj_engine_stats;
void yj_engine_stats_read(yj_engine *e, yj_engine_stats *ret);

#endif
