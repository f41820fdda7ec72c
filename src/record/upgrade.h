// SPDX-License-Identifier: Apache-2.0
/**
 * Moving an installation to another edition of its packs. Nothing is changed before everything is known: what
 * the editions differ in, which records the new one cannot hold, which verdicts turn. Then, after a backup,
 * one transaction writes the packs' entry and one entry "convert" for each record that is written otherwise,
 * and the tables are made anew from the ledgers; an upgrade that was interrupted between the two is ended
 * when the folder is next opened.
 *
 * Additions alone need neither entries "convert" nor new tables. No server may run on the folder (YJ_E_BUSY).
 */
#ifndef YJ_RECORD_UPGRADE_H
#define YJ_RECORD_UPGRADE_H

#include "pack/upgrade.h"
#include "record/engine.h"

typedef struct yj_upgrading yj_upgrading;

/**
 * @param folders packs of the new edition; each takes the place of the one of its name in force, others are
 * added after them, and packs that are not named stay
 * @param complaints as of yj_catalog_load and yj_upgrade_new
 * @return YJ_E_INVALID if the packs are wrong, or something would be lost
 */
yj_status yj_upgrading_open(const char *data, const char *const *folders, size_t count, yj_upgrading **ret,
                            yj_complaint *complaints, size_t max, size_t *ret_count,
                            yj_error *err) yj_nodiscard;
void yj_upgrading_close(yj_upgrading *u);
YJ_DEFINE_CLEANUP(yj_upgrading, yj_upgrading_close)

/** The very packs that are in force. */
bool yj_upgrading_idle(const yj_upgrading *u);
const yj_upgrade *yj_upgrading_plan(const yj_upgrading *u);
/** The catalog to be. */
const yj_catalog *yj_upgrading_catalog(const yj_upgrading *u);

/** A record that the new edition cannot hold. Strings are borrowed for the call. */
typedef struct yj_upgrade_misfit {
    const char *institution; /* code; "" for the installation */
    const char *kind, *id, *name;
    const char *field;
    const char *msg, *msg_zh;
} yj_upgrade_misfit;
typedef yj_status (*yj_misfit_fn)(void *ctx, const yj_upgrade_misfit *m, yj_error *err);
/** Convert every record and hold it against its new kind. @param lang of names @param ret_converted so many
 * are written otherwise
 */
yj_status yj_upgrading_check(yj_upgrading *u, yj_lang lang, yj_misfit_fn fn, void *ctx, size_t *ret_misfits,
                             size_t *ret_converted, yj_error *err) yj_nodiscard;

/** A verdict that turns by the new rules, judged on today's date. */
typedef struct yj_upgrade_turn {
    const char *institution;      /* code */
    const char *requirement;      /* by the new edition */
    const char *kind, *id, *name; /* of the subject */
    int from;                     /* yj_verdict_status, -1: the requirement is new */
    int to;                       /* -1: it is retired */
    const char *code, *values;    /* of the new verdict */
} yj_upgrade_turn;
typedef yj_status (*yj_turn_fn)(void *ctx, const yj_upgrade_turn *t, yj_error *err);
/** Judge every institution by the new packs in a scratch store, and hand over what comes out otherwise. */
yj_status yj_upgrading_turns(yj_upgrading *u, yj_lang lang, yj_turn_fn fn, void *ctx,
                             yj_error *err) yj_nodiscard;

/** Carry it out: the backup first, to a file that must not be there. Refused (YJ_E_INVALID) while records do
 * not fit. Afterwards the installation is closed; whoever opens it judges everything. */
yj_status yj_upgrading_run(yj_upgrading *u, const char *backup, yj_error *err) yj_nodiscard;

/* --- for the engine's start ------------------------------------------------------------------------------
 */

/** Was an upgrade interrupted before the tables were made anew? Then empty them of what the earlier packs
 * had. Before the tables are synchronised. */
yj_status yj_upgrade_pending(yj_db *db, bool *ret, yj_error *err) yj_nodiscard;
/** Make the tables anew, and note that it is done. After the writer was started. */
yj_status yj_upgrade_finish(yj_engine *e, yj_error *err) yj_nodiscard;

#endif
