// SPDX-License-Identifier: Apache-2.0
/**
 * From the packs in force to another edition: what was added, what became of what is gone, and how a record's
 * fields and state are carried over. What disappears without an entry in upgrade.yaml is a complaint: nothing
 * is lost by oversight.
 */
#ifndef YJ_PACK_UPGRADE_H
#define YJ_PACK_UPGRADE_H

#include "pack/catalog.h"

typedef struct yj_upgrade yj_upgrade;

/**
 * Hold two catalogs against each other. Both must outlive the upgrade.
 * @param complaints may be NULL; else receives up to max of them, *ret_count in all: kinds, fields, options,
 * states and requirements that are gone without a word, editions that the new packs do not follow, references
 * that lead elsewhere
 * @return YJ_E_INVALID: err repeats the first complaint
 */
yj_status yj_upgrade_new(const yj_catalog *from, const yj_catalog *to, yj_upgrade **ret,
                         yj_complaint *complaints, size_t max, size_t *ret_count, yj_error *err) yj_nodiscard;
void yj_upgrade_free(yj_upgrade *u);
YJ_DEFINE_CLEANUP(yj_upgrade, yj_upgrade_free)

/** The earlier packs. */
const yj_catalog *yj_upgrade_from(const yj_upgrade *u);
/** Must records be written anew, or their tables be made anew? If not, additions are all there is. */
bool yj_upgrade_converts(const yj_upgrade *u);
/** The kind that an earlier one became; NULL: it is gone. */
const yj_kind *yj_upgrade_kind(const yj_upgrade *u, int from);
/** The requirement's index in the new catalog; -1: retired. */
int yj_upgrade_requirement(const yj_upgrade *u, int from);

/**
 * A record as the new edition has it. Values that the new field cannot hold stay as they are:
 * yj_fields_check() tells.
 * @param from  index of the record's kind in the earlier catalog; one that is not gone
 * @param ret_fields  a new object
 * @param ret_changed is anything different from before?
 */
yj_status yj_upgrade_record(const yj_upgrade *u, int from, const json_t *fields, const char *state,
                            json_t **ret_fields, const char **ret_state, bool *ret_changed,
                            yj_error *err) yj_nodiscard;

/** One difference of the two editions, for people. */
typedef enum yj_upgrade_how { YJ_UP_ADDED, YJ_UP_RENAMED, YJ_UP_REMOVED } yj_upgrade_how;
typedef struct yj_upgrade_note {
    yj_upgrade_how how;
    yj_move_what what;
    const char *name; /* as in yj_move.from; of what was added its new name */
    const char *to;   /* renamed: the new name */
    yj_text why;      /* removed */
} yj_upgrade_note;
const yj_upgrade_note *yj_upgrade_notes(const yj_upgrade *u, size_t *ret_count);

#endif
