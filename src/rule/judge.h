// SPDX-License-Identifier: Apache-2.0
/**
 * Judging: from records to verdicts. Works on a connection inside a transaction (a reader's snapshot for the
 * judge, the writer's savepoint for a gate); changes nothing itself except through yj_judgement_put().
 *
 *   touches (what changed) -> dirty (which requirements for which subjects) -> judgement (what came out
 *   differently) -> entry "judge" and tables verdict, verdict_log
 *
 * Full judging of everything and incremental judging give the same verdicts; a property test holds them to
 * it.
 */
#ifndef YJ_RULE_JUDGE_H
#define YJ_RULE_JUDGE_H

#include "base/time.h"
#include "pack/catalog.h"
#include "rule/answer.h"
#include "store/db.h"

typedef enum yj_verdict_status {
    YJ_V_UNMET, /* in the order in which the worst wins */
    YJ_V_UNKNOWN,
    YJ_V_MET,
    YJ_V_NOT_APPLICABLE,
    YJ_V_GONE, /* in the log only: the subject exists no more */
    YJ_V_COUNT_
} yj_verdict_status;
const char *yj_verdict_name(yj_verdict_status s); /* "unmet", ... */
bool yj_verdict_by_name(yj_span s, yj_verdict_status *ret);

typedef struct yj_verdict {
    int requirement;            /* index in the catalog; -1: a requirement that is in force no more (gone) */
    const char *requirement_id; /* its id, always */
    const char *subject;        /* id */
    int kind;                   /* of the subject; -1: a kind that the catalog has no more (gone) */
    const char *kind_name;      /* its name, always */
    yj_verdict_status status;
    const char *code;   /* reason code */
    const char *values; /* canonical JSON: {"platform":["..."], ...} */
    const char *proofs; /* canonical JSON: [["kind","id"], ...], sorted, no doubles, at most 200 */
    int strength;       /* 0..3: the weakest of the proofs; 0 without proofs */
    const char *due;    /* NULL or the last day on which it holds */
    const char *since;  /* civil date from which the status holds */
} yj_verdict;

/** What is derived from a catalog once: for each kind and field, which requirements can feel a change, and
 * the ways from there to their subjects. Immutable, thread-safe. */
typedef struct yj_reach yj_reach;
yj_status yj_reach_new(const yj_catalog *c, yj_reach **ret, yj_error *err) yj_nodiscard;
void yj_reach_free(yj_reach *r);
YJ_DEFINE_CLEANUP(yj_reach, yj_reach_free)

/** One accepted change of one record. Strings are borrowed for the call. */
typedef struct yj_touch_ref {
    int field; /* field index of the record's kind */
    const char *id;
} yj_touch_ref;
typedef struct yj_touch_choice {
    int field;
    int option; /* its index */
} yj_touch_choice;
#define YJ_FIELDS_MAX 128
typedef struct yj_touch {
    int kind;
    const char *id;
    bool whole;                           /* created, withdrawn, erased: every field counts as changed */
    bool state;                           /* the state changed */
    uint64_t changed[YJ_FIELDS_MAX / 64]; /* bit set of field indexes */
    const yj_touch_ref *refs;             /* references of the old and of the new version */
    size_t ref_count;
    const yj_touch_choice *choices; /* single choices of the old and of the new version */
    size_t choice_count;
    bool choices_known; /* false: some may be missing */
} yj_touch;

/** Requirements and subjects to judge again, for one institution. */
typedef struct yj_dirty yj_dirty;
yj_dirty *yj_dirty_new(const yj_catalog *c, const yj_reach *r); /* NULL when out of memory */
void yj_dirty_free(yj_dirty *d);
YJ_DEFINE_CLEANUP(yj_dirty, yj_dirty_free)
void yj_dirty_clear(yj_dirty *d);
bool yj_dirty_empty(const yj_dirty *d);
size_t yj_dirty_size(const yj_dirty *d); /* (requirement, subject) pairs; all counts as one */
/** Was yj_dirty_all() called, and not all of it taken away since? */
bool yj_dirty_everything(const yj_dirty *d);
/** Walks the references in the store as it is after the change. */
yj_status yj_dirty_touch(yj_dirty *d, yj_db *db, int64_t inst, const yj_touch *t, yj_error *err) yj_nodiscard;
/** Verdicts whose due lies before `today`. */
yj_status yj_dirty_due(yj_dirty *d, yj_db *db, int64_t inst, const char *today, yj_error *err) yj_nodiscard;
void yj_dirty_all(yj_dirty *d);
/** Forget every other requirement. For running one requirement's cases. */
void yj_dirty_only(yj_dirty *d, int requirement);
void yj_dirty_subject(yj_dirty *d, int requirement, const char *subject_id);
/** Make everything of `from` dirty in `d` too, to be judged by its rule. */
void yj_dirty_add(yj_dirty *d, const yj_dirty *from);
/** Where a change can only have made proofs stronger or weaker, their strength is looked up again and what
 * the rule said stands. That holds while the stored verdict is what the rule says, that is, while nothing
 * else is dirty. This makes all of it be judged by its rule. */
void yj_dirty_harden(yj_dirty *d);
/** What judging one subject takes, by requirement, as far as it was measured: so that a piece can be cut to
 * last so long and no longer. Thread-safe. */
typedef struct yj_pace yj_pace;
yj_pace *yj_pace_new(const yj_catalog *c); /* NULL when out of memory */
void yj_pace_free(yj_pace *p);
YJ_DEFINE_CLEANUP(yj_pace, yj_pace_free)

/**
 * Move from `from` to `d` what can be judged in about `ns` nanoseconds by the measured pace: requirement by
 * requirement, going on where the last call stopped, so that each has its turn. Those that share a run of a
 * rule go together; where not all of their subjects fit, some do. Never nothing, unless `from` is empty.
 * @param ret_ns how long it should take; NULL
 */
yj_status yj_dirty_take(yj_dirty *d, yj_dirty *from, yj_db *db, int64_t inst, const yj_pace *pace, int64_t ns,
                        int64_t *ret_ns, yj_error *err) yj_nodiscard;

/** The outcome of a judging run: verdicts that differ from those stored. What does not apply to a subject by
 * its model, stage or state is stored nowhere and derived when it is asked for; it is a change only where it
 * ends a stored verdict. */
typedef struct yj_judgement {
    yj_arena *arena;
    const yj_verdict *changes;
    size_t count;
    size_t judged; /* (requirement, subject) pairs looked at */
} yj_judgement;
void yj_judgement_done(yj_judgement *j);

/** Scope for rules: institution, civil date, and the working-day exceptions of its `calendar` records. */
yj_status yj_scope_load(yj_db *db, const yj_catalog *c, int64_t inst, const char *today, yj_arena *arena,
                        yj_scope *ret, yj_error *err) yj_nodiscard;

/**
 * Judge what is dirty. A rule that fails (limits, nonsense) makes its subjects `unknown`, code ".failed", and
 * is logged; it does not stop the others.
 * @param db inside a transaction; confined set-up done (yj_confine_setup); the scope is set by this call
 * @param pace learns from it; NULL: nobody wants to know
 */
yj_status yj_judge(yj_db *db, const yj_catalog *c, const yj_dirty *d, const yj_scope *scope, yj_pace *pace,
                   yj_judgement *ret, yj_error *err) yj_nodiscard;

/** The same, but of all that was judged, and not only of what differs: for those who compare it themselves.
 */
yj_status yj_judge_whole(yj_db *db, const yj_catalog *c, const yj_dirty *d, const yj_scope *scope,
                         yj_judgement *ret, yj_error *err) yj_nodiscard;

/** What one judgement entry says. */
typedef struct yj_judgement_part {
    const yj_verdict *changes; /* borrowed; values and proofs are canonical JSON */
    size_t count;
    uint64_t upto; /* judged is the state after the entries before this one */
    char today[YJ_DATE_LEN + 1];
    char packs[2 * YJ_HASH_LEN + 1]; /* digest of the packs in force */
    bool more; /* not all that was dirty then has been judged and told: later judgement entries do it */
} yj_judgement_part;

/**
 * The bodies of judgement entries, at least one: canonical JSON
 * {"changes":[[requirement, kind, subject, status, code, {values}, due, strength, [[kind,id]...], since]...],
 *  "judged":N,"more":true|false,"packs":"<hex>","today":"..."}. None is longer than YJ_BODY_BYTES_MAX, none
 * so long that it would hold up the writer; all but the last say that there is more. Each is handed to `fn`,
 * with what it says.
 * @param more is something left to judge after all of this judgement?
 */
typedef yj_status (*yj_body_fn)(void *ctx, yj_span body, const yj_judgement_part *part, yj_error *err);
yj_status yj_judgement_bodies(const yj_catalog *c, const yj_judgement *j, uint64_t judged_upto,
                              const char *today, bool more, yj_body_fn fn, void *ctx,
                              yj_error *err) yj_nodiscard;
/** Put what the entry `seq` says into verdict, verdict_log and (there being no more) judged, inside the
 * caller's transaction. The entry's body, appended in the same transaction, is where it is read again: the
 * tables hold its place there. */
yj_status yj_judgement_put(yj_db *db, int64_t inst, uint64_t seq, const yj_judgement_part *part,
                           yj_error *err) yj_nodiscard;
/** The same from a body, for rebuild: yj_judgement_put() of what is read from it, so that both come out
 * equal. YJ_E_CORRUPT if it has the wrong form. */
yj_status yj_judgement_apply(yj_db *db, int64_t inst, uint64_t seq, yj_span body, yj_error *err) yj_nodiscard;
/** How many changes the body of a judgement entry tells. @param seq for the error. YJ_E_CORRUPT as above. */
yj_status yj_judgement_count(uint64_t seq, yj_span body, size_t *ret, yj_error *err) yj_nodiscard;
/** Where there is no ledger (cases, replays): keep the body of what is put or applied as entry `seq`. */
yj_status yj_judgement_keep(yj_db *db, int64_t inst, uint64_t seq, yj_span body, yj_error *err) yj_nodiscard;
/** An erasure has left `body` of the entry: what stands of it is compared by that from now on, and so comes
 * out differently when it is judged anew. */
yj_status yj_judgement_erased(yj_db *db, int64_t inst, uint64_t seq, yj_span body,
                              yj_error *err) yj_nodiscard;

/* --- reading ------------------------------------------------------------------------------------------- */

/** How much of each verdict is told. All but the status stands in judgement entries, which take most of the
 * time where many verdicts are only counted. */
typedef enum yj_telling {
    YJ_TELL_ALL,
    YJ_TELL_STRENGTH, /* of `kind`, `kind_name`, `code`, `values`, `proofs`, `due` and `since` what
                         YJ_TELL_STATUS says; strength of what is met, else 0 */
    YJ_TELL_STATUS /* requirement, subject and status; the subject's kind as the requirement has it. The code
                      where it is the engine's and the verdict is stored nowhere (".not_yet"), else ""; no
                      values, no proofs, strength 0, due NULL, since "" */
} yj_telling;

typedef struct yj_verdict_query {
    const char *subject;         /* id; NULL: any */
    const char *const *subjects; /* or any of these; NULL */
    size_t subject_count;
    /* and of those only the ones that are none of these, without doubles; NULL */
    const char *const *outside;
    size_t outside_count;
    const char *const *resting_on; /* a proof is one of these records; NULL: whatever proves it */
    size_t resting_on_count;
    const char *clause; /* at or below; NULL */
    int stage;          /* -1 any */
    int status;         /* yj_verdict_status, -1 any */
    int actor, force;   /* -1 any */
    int requirement;    /* -1 any */
    int remedy;         /* yj_remedy, -1 any: of what is unmet or undecided, and for NONE binding */
    const yj_answers *remediations; /* for `remedy` and its counts; NULL: none is looked at */
    const char *day;                /* with `remediations`: the civil date asked about */
    const yj_zone *zone; /* since when something does not apply is a civil date of it; NULL: of UTC */
    /* as of an entry: the packs that judged then, and those of today, where the call's are others */
    const yj_catalog *then, *now;
    const char *due_until; /* due not NULL and <= this date; NULL */
    yj_telling tell;
    int64_t as_of_seq;    /* -1: now (table verdict); else verdicts of entries before this seq */
    size_t limit, offset; /* limit 0: no limit; order: requirement, subject by its id */
} yj_verdict_query;
#define YJ_VERDICT_QUERY_ALL                                                                                 \
    ((yj_verdict_query){ .stage = -1,                                                                        \
                         .status = -1,                                                                       \
                         .actor = -1,                                                                        \
                         .force = -1,                                                                        \
                         .requirement = -1,                                                                  \
                         .remedy = -1,                                                                       \
                         .as_of_seq = -1 })
typedef yj_status (*yj_verdict_fn)(void *ctx, const yj_verdict *v, yj_error *err);
/** How many verdicts there are in a selection, in all and by status. */
typedef struct yj_verdict_counts {
    size_t total, of[YJ_V_COUNT_];
    size_t
        remedy[YJ_REMEDY_COUNT_]; /* of the unmet ones that bind; 0 where the query has no `remediations` */
} yj_verdict_counts;
/** Hands each verdict to fn (may be NULL), those that are stored and those that follow from what the subject
 * is. While judging lags behind a change of the subject, what is stored goes first, and counts may be off by
 * what has not come to its end yet. @param ret_counts all that match, whatever limit and offset say;
 * may be NULL, then no more is read than fn is handed */
yj_status yj_verdicts(yj_db *db, const yj_catalog *c, int64_t inst, const yj_verdict_query *q,
                      yj_verdict_fn fn, void *ctx, yj_verdict_counts *ret_counts, yj_error *err) yj_nodiscard;

/** One change of what was concluded on a requirement for a subject. */
typedef struct yj_verdict_change {
    uint64_t seq; /* the judgement entry that told it */
    const char *subject;
    const yj_verdict *from; /* NULL: nothing is stored of before */
    const yj_verdict *to;   /* NULL: the subject was no more */
    const char *kind_name;  /* of the subject */
    bool first;             /* the first that was ever stored of the subject */
} yj_verdict_change;
typedef struct yj_change_query {
    int requirement;
    const char *const *subjects; /* NULL: any */
    size_t subject_count;
    const char *const *outside; /* none of these; NULL */
    size_t outside_count;
    int64_t as_of_seq;    /* -1: now; else changes told before this entry */
    bool status_only;     /* not those of reason, proof or day alone */
    size_t limit, offset; /* limit 0: no limit */
} yj_change_query;
/** The changes of a requirement's verdicts, the newest first, those of one entry by subject. What ended a
 * verdict - the requirement did not apply any more - is in `to` as the engine said it; so is it in `from`
 * where a verdict began anew. While nothing was stored of a subject yet, `from` is NULL, whether or not the
 * requirement applied then. Changes are borrowed for the call.
 *  @param ret_total of all that match; may be NULL */
typedef yj_status (*yj_change_fn)(void *ctx, const yj_verdict_change *x, yj_error *err);
yj_status yj_verdict_changes(yj_db *db, const yj_catalog *c, int64_t inst, const yj_change_query *q,
                             yj_change_fn fn, void *ctx, size_t *ret_total, yj_error *err) yj_nodiscard;
/** What a judgement entry says but its changes, which are left out. @return YJ_E_CORRUPT if it is none */
yj_status yj_judgement_head(yj_db *db, int64_t inst, uint64_t seq, yj_judgement_part *ret,
                            yj_error *err) yj_nodiscard;

/** Ids of the records of kind `to` reached from a record of kind `from` by the catalog's path; the record
 *  itself if from == to. Arena-owned, sorted, no doubles. */
yj_status yj_path_walk(yj_db *db, const yj_catalog *c, int64_t inst, int from, const char *id, int to,
                       yj_arena *arena, const char *const **ret, size_t *ret_count,
                       yj_error *err) yj_nodiscard;
/** The same from every record of kind `p->from` at once: each pair of a record and one that its path reaches,
 * in any order, without doubles. The spans are borrowed for the call. */
typedef yj_status (*yj_path_fn)(void *ctx, yj_span from, yj_span to, yj_error *err);
yj_status yj_path_walk_all(yj_db *db, const yj_catalog *c, int64_t inst, const yj_path *p, yj_path_fn fn,
                           void *ctx, yj_error *err) yj_nodiscard;

#endif
