// SPDX-License-Identifier: Apache-2.0
/**
 * Who may do what. A person may do what the packs grant to a role (access.yaml, docs/pack-format.md) that the
 * person has, or that somebody has for whom the person stands in today; not where the same grant wants
 * another person than one who had a hand in the record. A role that is not made for institutions of the
 * type counts for nothing (access/role.h). The operator of the installation may do everything,
 * so that the first persons can be entered.
 *
 * An answer is about the person alone: whether the fields are right, and whether the gate of a transition is
 * open, is said elsewhere. Nothing here changes anything; the writer refuses by it (record/allowed.c). Every
 * function runs on a connection inside a read (or the writer's) transaction and may be called from any
 * thread.
 */
#ifndef YJ_ACCESS_MAY_H
#define YJ_ACCESS_MAY_H

#include "base/time.h"
#include "pack/catalog.h"
#include "store/db.h"

#define YJ_MAY_WHO_MAX 5 /* persons named who may do what another may not */
#define YJ_MAY_NAME_BYTES 256

/** Somebody for whom the acting person stands in today. */
typedef struct yj_stand_in {
    const char *id, *name;
    uint64_t roles; /* that count in the institution */
} yj_stand_in;

/** The acting person, as far as it matters: read once, asked often. Texts belong to the arena given. */
typedef struct yj_actor {
    const char *id;
    int64_t inst; /* the institution in which the person acts */
    bool all;     /* the operator: may do everything */
    bool active;  /* is in the state in which persons act */
    const char *name;
    yj_text state;  /* label of the state the person is in; NULLs if there is no record */
    uint64_t roles; /* bit set of options of the role field: those that count in the institution */
    uint64_t idle;  /* those that the person has and that do not: access/role.h */
    uint64_t here;  /* all that count there */
    const yj_stand_in *for_whom;
    size_t for_count;
} yj_actor;

/**
 * Read a person: of the institution, else (as its operator is) of the installation.
 * @param inst      institution in which something is to be done
 * @param all       it is the operator
 * @param today     civil date, for delegations
 * @param ret       a person who is not recorded, or no more, is not active
 */
yj_status yj_actor_read(yj_db *db, const yj_catalog *c, int64_t inst, const char *id, bool all,
                        const yj_date *today, yj_arena *a, yj_actor *ret, yj_error *err) yj_nodiscard;

/** Somebody named in the record by a field that some grant of its kind speaks of. */
typedef struct yj_may_named {
    int field;
    const char *id;
} yj_may_named;

/** A record, as far as it matters. */
typedef struct yj_may_record {
    const char *id;
    int state; /* index into the kind's states; -1: of no state of this edition */
    bool erased;
    const char *creator; /* "" if that is not known any more */
    const yj_may_named *named;
    size_t named_count;
} yj_may_record;

/** @param inst ledger of the record: 0 for kinds of the installation
 *  @return YJ_E_NOT_FOUND */
yj_status yj_may_record_read(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k, const char *id,
                             yj_arena *a, yj_may_record *ret, yj_error *err) yj_nodiscard;

/** Who made the record's first version: "" if that is not known any more. */
yj_status yj_may_creator(yj_db *db, int64_t inst, const char *id, yj_arena *a, const char **ret,
                         yj_error *err) yj_nodiscard;

typedef enum yj_act { YJ_ACT_CREATE, YJ_ACT_CHANGE, YJ_ACT_MOVE } yj_act;

/** What the packs grant. @param transition of the kind; only for YJ_ACT_MOVE. NULL: they say nothing. */
const yj_grant *yj_may_grant(const yj_catalog *c, const yj_kind *k, yj_act act, int transition);

typedef struct yj_may {
    bool allowed;
    const char *for_whom; /* allowed only as somebody's deputy: whose; NULL */
    /* Why not, as it would be told to who tries: YJ_E_FORBIDDEN where it is the person, YJ_E_CONFLICT where
     * the record's state leaves it to nobody. */
    yj_error why;
} yj_may;

/** May the person? Asks no store. @param record NULL: any record, so nobody is kept out for a hand in it */
void yj_may_do(const yj_catalog *c, const yj_actor *actor, const yj_kind *k, yj_act act, int transition,
               const yj_may_record *record, yj_may *ret);

/** May the person order long work of that name? Works of which no pack speaks are left to the operator,
 * and to what takes a witness nobody comes as a deputy. */
void yj_may_order(const yj_catalog *c, const yj_actor *actor, const char *work, yj_may *ret);
/** May the person confirm work that another has ordered? Never the operator, who is no person of the
 * institution, and never as a deputy, whom the other may have made himself. Whether it is another is
 * for the caller to see. */
void yj_may_witness(const yj_catalog *c, const yj_actor *actor, const char *work, yj_may *ret);
/** What the packs say of a work; NULL: nothing. */
const yj_order_grant *yj_order_of(const yj_catalog *c, const char *work);

typedef struct yj_may_person {
    char id[YJ_UUID_LEN + 1];
    char name[YJ_MAY_NAME_BYTES];
} yj_may_person;

/** Who may: active persons of the institution who have such a role themselves and are not kept out for a hand
 *  in the record; the first YJ_MAY_WHO_MAX by name. */
yj_status yj_may_who(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k, yj_act act,
                     int transition, const yj_may_record *record, yj_may_person ret[static YJ_MAY_WHO_MAX],
                     size_t *ret_count, yj_error *err) yj_nodiscard;

#endif
