// SPDX-License-Identifier: Apache-2.0
/**
 * Where an institution stands, counted: clauses against the records that the packs' paths start from (in a
 * standard of cloud use the deployments). The command line draws its table from this, the API its answers.
 *
 * A unit is such a record; a subject belongs to every unit whose paths reach it, and so its verdicts are
 * counted at each of them. What is counted of the institution as a whole counts each verdict once.
 */
#ifndef YJ_RECORD_STANDING_H
#define YJ_RECORD_STANDING_H

#include "base/time.h"
#include "rule/judge.h"

/* --- units (units.c) -------------------------------------------------------------------------- */

#define YJ_UNITS_MAX 100000

typedef struct yj_unit {
    const char *id;
    const char *name;  /* the parts of its key, references by name ("CRM / cloud A"); its id if it has none */
    const char *state; /* "" if it was erased */
    int stage;         /* of the state, as its kind declares it; -1: none */
    const char *model; /* the deployment model it says it stands under; NULL: it or its kind says none */
} yj_unit;

typedef struct yj_unit_link {
    const char *subject;
    size_t unit;
} yj_unit_link;

typedef struct yj_units {
    int kind; /* the one that most paths start from; -1: the packs declare no path */
    const yj_unit *rows;
    size_t count;
    const yj_unit_link *links; /* by subject, unit */
    size_t link_count;
} yj_units;

/**
 * The units, without those that are withdrawn, and what belongs to each. Of paths only today's are known:
 * as of an entry the units are those of then, and what belongs to them is what their paths reach today.
 * @param as_of_seq -1: now; else as they were before this entry
 * @param only the id of the one unit that is asked for; NULL, or the id of something else: all
 * @param lang of labels that are part of a key
 * @return YJ_E_LIMIT beyond YJ_UNITS_MAX
 */
yj_status yj_units_read(yj_db *db, const yj_catalog *c, int64_t inst, int64_t as_of_seq, const char *only,
                        yj_lang lang, yj_arena *arena, yj_units *ret, yj_error *err) yj_nodiscard;
/** The links of a subject, *ret_count of them; none if it belongs to no unit. */
const yj_unit_link *yj_units_of(const yj_units *u, const char *subject, size_t *ret_count);

/** Every subject that belongs to some unit, without doubles, arena-owned: what is left belongs to none.
 *  @param as_of_seq as above */
yj_status yj_subjects_of_units(yj_db *db, const yj_catalog *c, int64_t inst, int64_t as_of_seq,
                               yj_arena *arena, const char *const **ret, size_t *ret_count,
                               yj_error *err) yj_nodiscard;
/** The record itself, then the records along all paths that start from its kind: what stands for it when
 * verdicts are asked for. Arena-owned. */
yj_status yj_subjects_along(yj_db *db, const yj_catalog *c, int64_t inst, int kind, const char *id,
                            yj_arena *arena, const char *const **ret, size_t *ret_count,
                            yj_error *err) yj_nodiscard;

/* --- verdicts, counted (standing.c) ----------------------------------------------------------- */

/** Verdicts by how they stand; the first six are apart from each other. */
typedef struct yj_tallied {
    uint32_t met, unmet, unknown;
    uint32_t not_yet;        /* not applicable, because the stage is not reached */
    uint32_t not_applicable; /* for any other reason */
    uint32_t accepted;       /* unmet or undecided advice, answered by an accepted risk */
    uint32_t binding_unmet;  /* of `unmet` */
    uint32_t open, overdue;  /* of `unmet` and `unknown`: being put right in time, past the day set */
} yj_tallied;
static inline bool yj_tallied_empty(const yj_tallied *t)
{
    return t->met + t->unmet + t->unknown + t->not_yet + t->not_applicable + t->accepted == 0;
}
static inline bool yj_not_yet(const yj_verdict *v)
{
    return v->status == YJ_V_NOT_APPLICABLE && strcmp(v->code, ".not_yet") == 0;
}

typedef struct yj_standing {
    yj_db *db; /* these are borrowed */
    const yj_catalog *catalog;
    int64_t inst, as_of_seq;
    const char *day;
    const yj_zone *zone;
    yj_catalog *then;               /* the packs that judged, if not those of today; owned */
    yj_answers risks, remediations; /* in the arena */
    /* from here on what yj_standing_verdicts() counted */
    size_t count;
    size_t of[YJ_V_COUNT_];          /* by status, whatever answers them */
    size_t strength[4];              /* of the met ones, by strength of the proof */
    size_t remedy[YJ_REMEDY_COUNT_]; /* of the unmet ones that bind */
    yj_tallied total;
} yj_standing;

/**
 * What verdicts are weighed with: accepted risks, remediations, and the packs that judged.
 * @param as_of_seq -1: now; else before this entry
 * @param day the civil date asked about; borrowed, as is all else, until yj_standing_done()
 * @param zone of that date
 */
yj_status yj_standing_open(yj_standing *s, yj_db *db, const yj_catalog *c, int64_t inst, int64_t as_of_seq,
                           const char *day, const yj_zone *zone, yj_arena *arena, yj_error *err) yj_nodiscard;
/** The same for another moment of the same institution; counts begin anew. Of the moment before nothing is
 * needed any more, so `arena` may have been reset. */
yj_status yj_standing_move(yj_standing *s, int64_t as_of_seq, const char *day, yj_arena *arena,
                           yj_error *err) yj_nodiscard;
/** Also after a failure of yj_standing_open(). */
void yj_standing_done(yj_standing *s);

/** @param risk that answers the verdict; NULL: none does */
typedef yj_status (*yj_standing_fn)(void *ctx, const yj_verdict *v, const yj_answer *risk, yj_error *err);
/**
 * Count the verdicts of a selection, leaving out what the packs of today know no more, and hand each to `fn`.
 * @param q its as_of_seq, day, zone, packs and remediations are set here
 * @param fn may be NULL
 */
yj_status yj_standing_verdicts(yj_standing *s, const yj_verdict_query *q, yj_standing_fn fn, void *ctx,
                               yj_error *err) yj_nodiscard;
/** The remediations of a verdict, the earliest day first; none of one that is met or does not apply. */
const yj_answer *yj_standing_remediations(const yj_standing *s, const yj_verdict *v, size_t *ret_count);

/** Count a verdict, too, in a tally of the caller's. @param risk that answers it; NULL: none does */
void yj_tally_add(const yj_standing *s, const yj_verdict *v, const yj_answer *risk, yj_tallied *t);

/* --- clauses against units (standing.c) ------------------------------------------------------- */

#define YJ_CLAUSE_MAX 32

/** Tallies by group of clauses and unit. */
typedef struct yj_sheet {
    const yj_standing *s;
    const yj_units *units;
    const char *const *groups; /* the first parts of clause numbers, in order: "6" or "6.3" */
    size_t group_count;
    const int *group_of; /* by requirement */
    yj_tallied *cells;
} yj_sheet;

/** @param level how many parts of a clause number make a group, 1 or more
 *  @return YJ_E_LIMIT if there are more cells than fit the arena */
yj_status yj_sheet_open(yj_sheet *h, const yj_standing *s, const yj_units *units, int level, yj_arena *arena,
                        yj_error *err) yj_nodiscard;
/** Count a verdict at each unit that its subject belongs to, or beside them if it belongs to none. */
void yj_sheet_add(yj_sheet *h, const yj_verdict *v, const yj_answer *risk);
/** @param unit units->count: what belongs to no unit */
const yj_tallied *yj_sheet_at(const yj_sheet *h, size_t group, size_t unit);
/** The first `parts` parts of a clause number. */
void yj_clause_group(const char *clause, int parts, char ret[static YJ_CLAUSE_MAX]);
/** The label of a clause; NULL if the packs give it none. */
const yj_text *yj_clause_label(const yj_catalog *c, const char *id);

/* --- as JSON (present_standing.c) ------------------------------------------------------------- */

typedef struct yj_standing_query {
    int64_t as_of_seq; /* -1: now */
    const char *as_of; /* as it was asked for, or today */
    const char *day;   /* its civil date */
    const yj_zone *zone;
    int level;    /* 1..3: parts of a clause number that make a group */
    yj_lang lang; /* of labels in units' names */
} yj_standing_query;
/**
 * {"as_of","day","unit_kind":KIND|null,
 *  "units":[{"kind","id","name","state","stage":STAGE|null,"model":MODEL|null,"worst",TALLY}],
 *  "groups":[{"id","label":{"zh","en"}}],
 *  "cells":[{"unit":N|null,"group":N,TALLY,"overdue","open"}],
 *  "totals":{TALLY},"strength":[n0,n1,n2,n3],"remediation":{"open","overdue","none"}}
 *
 * TALLY is "met","unmet","unknown","not_yet","not_applicable","accepted" (yj_tallied: each verdict in one of
 * them) and "binding_unmet". "unit" and "group" count the lists from 0; null: of subjects that belong to no
 * unit. Cells that hold nothing are left out. "worst" is unmet, unknown, met or not_applicable, risks that
 * are accepted apart. "totals" counts each verdict once, a unit what belongs to it. "strength" counts the met
 * ones by strength of proof, "remediation" the binding ones that are unmet.
 */
yj_status yj_present_standing(yj_db *db, const yj_catalog *c, int64_t inst, const yj_standing_query *q,
                              yj_buf *out, yj_error *err) yj_nodiscard;

/**
 * The same by requirement: {"as_of","day","items":[{"requirement",TALLY,"strength":[n0,n1,n2,n3]}]}, in the
 * order of the packs, those without any verdict left out.
 * @param of which subjects: `subject`, `subjects` and `outside` of it count, no more
 * @param q its `level` and `lang` do not count
 */
yj_status yj_present_standing_requirements(yj_db *db, const yj_catalog *c, int64_t inst,
                                           const yj_verdict_query *of, const yj_standing_query *q,
                                           yj_buf *out, yj_error *err) yj_nodiscard;

#define YJ_TREND_POINTS_MAX 60

typedef struct yj_trend_query {
    const char *from;  /* date; NULL: of the ledger's first entry */
    const char *until; /* date; NULL, or after today: today */
    const char *today;
    const yj_zone *zone;
    size_t points; /* 2..YJ_TREND_POINTS_MAX: at most so many */
} yj_trend_query;
/**
 * The totals as they stood at the end of days evenly spread from `from` to `until`, both among them, no day
 * twice: {"points":[{"day","met","unmet","unknown","not_yet","not_applicable","accepted","binding_unmet"}]}.
 * Each point is what yj_present_standing() says under "totals" as of that day.
 * @return YJ_E_INVALID at "from" if it is after the last day
 */
yj_status yj_present_trend(yj_db *db, const yj_catalog *c, int64_t inst, const yj_trend_query *q, yj_buf *out,
                           yj_error *err) yj_nodiscard;

#endif
