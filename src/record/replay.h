// SPDX-License-Identifier: Apache-2.0
/**
 * One institution's records as they were, in a scratch store: the ledger replayed entry by entry, by the
 * packs in force at each. The live store is only read. For judging again (rejudge.c, rejudge_as_of.c).
 */
#ifndef YJ_RECORD_REPLAY_H
#define YJ_RECORD_REPLAY_H

#include "pack/upgrade.h"
#include "record/internal.h"

typedef struct yj_replay {
    yj_engine *e;
    yj_db *live; /* reader */
    yj_store *scratch_store;
    yj_db *db; /* scratch; inside a transaction that is never committed */
    yj_catalog *c;
    yj_reach *reach;
    yj_kind_sql *sql;
    yj_dirty *dirty; /* what the entries replayed since it was cleared have touched */
    yj_arena *a;     /* for the caller; reset it as you like */
    int64_t inst;
    int64_t done; /* record entries before this one are in the scratch store */
    bool all;     /* nothing has been judged yet by the catalog in force */
    bool pinned;  /* the catalog stays: pack entries are passed over */
    const yj_upgrade
        *convert; /* pinned: how records of the packs of then become those of the catalog; NULL */
    char folder[512];
} yj_replay;

/** Make the scratch store, in a folder below TMPDIR. @param x zeroed but for e, inst and pinned */
yj_status yj_replay_open(yj_replay *x, yj_error *err) yj_nodiscard;
/** Throw the scratch store away; also of a replay whose opening failed. */
void yj_replay_done(yj_replay *x);
/** The tables of a catalog, which the replay owns from now on, also after a failure. */
yj_status yj_replay_use_catalog(yj_replay *x, yj_catalog *c, yj_error *err) yj_nodiscard;
/** Bring in the record and pack entries before `until`. A batch comes in at its closing entry. */
yj_status yj_replay_until(yj_replay *x, int64_t until, yj_error *err) yj_nodiscard;
/** Bring in of each record only its newest version before `until`, by the catalog in force; the tables are
 * empty. */
yj_status yj_replay_newest(yj_replay *x, int64_t until, yj_error *err) yj_nodiscard;
/** The live connection is needed no more. */
void yj_replay_leave(yj_replay *x);

#endif
