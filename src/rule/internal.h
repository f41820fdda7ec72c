// SPDX-License-Identifier: Apache-2.0
/**
 * What the files of src/rule/ share. Included by src/rule/ and tests/rule/ only.
 *
 *   idset.c     sets of ids, in the order in which they came
 *   joins.c, joins_graph.c   how a rule's SQL joins records to the subject (joins.h)
 *   reach.c     which requirements feel a change of a kind, and the walks to their subjects
 *   step.c      one step along a reference, as SQL
 *   subjects.c  subjects as they stand: state and the fields that applicability asks for
 *   census.c    all subjects of a kind, now or then, by what does not apply to them
 *   then.c      records as they were before an entry
 *   derived.c   verdicts that are stored nowhere
 *   outcome.c   one rule run for many subjects, its rows made into one outcome for each subject
 *   strength.c  how strong a proof is
 *   asks.c      judge (requirement, subject) pairs and compare them with what is stored
 *   pace.c      how long that takes
 *   weigh.c     stored verdicts whose proofs changed in strength
 *   key.c       ids of subjects as the verdict tables keep them
 *   said.c      what a judgement entry says, read from its body
 *   changes.c   what changed in the verdicts on a requirement
 */
#ifndef YJ_RULE_INTERNAL_H
#define YJ_RULE_INTERNAL_H

#include "rule/judge.h"
#include "store/id_key.h"

#define YJ_IN_CHUNK 16 /* ids asked for in one statement */
#define YJ_RUN_BYTES_MAX ((size_t)768 << 20)

/* --- sets of ids (idset.c) ----------------------------------------------------------------------------- */

/** A set of texts, each copied into the arena and numbered 0, 1, 2 ... as it came. Zero-initialised plus an
 *  arena is an empty set. Never freed: it goes with its arena. */
typedef struct yj_idset {
    yj_arena *arena;
    const char **ids;
    size_t count, cap;
    uint32_t *slots; /* number + 1; 0 is free */
    size_t slot_count;
} yj_idset;
#define YJ_IDSET_NONE SIZE_MAX
/** Add if new. @param ret_index may be NULL. YJ_E_LIMIT or YJ_E_NOMEM when the arena is exhausted: the set is
 *  as before. */
yj_status yj_idset_add(yj_idset *s, yj_span id, size_t *ret_index, yj_error *err) yj_nodiscard;
/** Its number, or YJ_IDSET_NONE. */
size_t yj_idset_find(const yj_idset *s, yj_span id);
/** Take out the one that came last, which lives on in the arena. The set is not empty. */
const char *yj_idset_pop(yj_idset *s);
int yj_compare_cstr(const void *a, const void *b); /* for qsort of const char * */

/* --- one step along a reference (step.c) --------------------------------------------------------------- */

/** SQL of one step from records of kind `from`: ?1 inst, ?2.. ids (one, or YJ_IN_CHUNK). */
const char *yj_step_sql(const yj_catalog *c, int from, const yj_step *step, bool many, yj_arena *arena);
/** Run it for `count` ids; adds what is reached. Stops early, with *ret_full, once `out` holds `max`. */
yj_status yj_step_run(yj_db *db, const char *sql_one, const char *sql_many, int64_t inst,
                      const char *const *ids, size_t count, size_t max, yj_idset *out, bool *ret_full,
                      yj_error *err) yj_nodiscard;
/** Bind ids to ?`first`.. of a statement with YJ_IN_CHUNK places; the rest is NULL. */
void yj_bind_ids(yj_stmt *st, int first, const char *const *ids, size_t count);
/** "(?first, ?first+1, ...)" */
void yj_sql_places(yj_buf *b, int first, size_t count);
/** The finished text, copied; fails with the buffer's failure. The buffer is done. */
yj_status yj_sql_finish(yj_buf *b, yj_arena *arena, const char **ret, yj_error *err) yj_nodiscard;

/** The condition that rules can see a row of r_<kind> (alias `a`). */
#define YJ_SQL_SEEN(a)                                                                                       \
    "(" YJ_SQL_VISIBLE(a) " AND " a ".erased = 0 AND " a ".state <> '" YJ_STATE_WITHDRAWN "')"

/* --- ids in the verdict tables (step.c) ----------------------------------------------------------------- */

/** Bind ids to ?`first`.. of a statement with YJ_IN_CHUNK places; the rest is NULL. `keys` are borrowed. */
void yj_bind_id_keys(yj_stmt *st, int first, yj_id_key keys[static YJ_IN_CHUNK], const char *const *ids,
                     size_t count);
/** SQL: the number of the requirement whose id is bound to `p`; NULL if it never had a verdict. A literal. */
#define YJ_SQL_REQUIREMENT(p) "(SELECT no FROM requirement_no WHERE id = " p ")"

/* --- what judgement entries say (said.c) ---------------------------------------------------------------- */

/** One change of a judgement; everything is borrowed from the body. */
typedef struct yj_said {
    yj_span requirement, kind, subject, code;
    yj_span values, proofs; /* canonical JSON */
    yj_span status_name;
    yj_verdict_status status;
    int strength;
    yj_date since, due; /* due.s[0] 0: it never lapses */
} yj_said;
/** Walk the changes of a body: begin, then next until it gives none (ptr NULL), then what follows at *at is
 * the tail. False: the body is malformed. */
bool yj_said_begin(yj_span body, const char **ret_at);
bool yj_said_next(yj_span body, const char **at, yj_span *ret_change);
bool yj_said_read(yj_span change, yj_said *ret);
/** @param rest from the end of the changes to the end of the body. Sets all but changes and count. */
bool yj_said_tail(yj_span rest, yj_judgement_part *ret);
yj_status yj_said_bad(uint64_t seq, yj_error *err);

/** Reads changes by entry and place; keeps the bodies it read last, some 2 MB at most in practice. */
typedef struct yj_sayings yj_sayings;
yj_sayings *yj_sayings_new(yj_db *db, int64_t inst); /* NULL when out of memory */
void yj_sayings_free(yj_sayings *s);
YJ_DEFINE_CLEANUP(yj_sayings, yj_sayings_free)
/** *ret is valid until the next call. YJ_E_CORRUPT if there is no such change. */
yj_status yj_sayings_at(yj_sayings *s, uint64_t seq, int64_t place, yj_said *ret, yj_error *err) yj_nodiscard;
/** The change of that entry about a requirement and a subject; else the same. */
yj_status yj_sayings_find(yj_sayings *s, uint64_t seq, const char *requirement, const char *subject,
                          yj_said *ret, yj_error *err) yj_nodiscard;

/** The code of the engine when a rule fails. */
#define YJ_CODE_FAILED ".failed"

/* Of one judgement entry: so many hold up the writer for a few milliseconds. */
#define YJ_JUDGEMENT_CHANGES_MAX 256

/* --- verdicts compared (judgement.c) -------------------------------------------------------------------- */

/** 48 bits of SHA-256 over all that a verdict says but since when. */
int64_t yj_verdict_digest(yj_verdict_status status, int strength, yj_span code, yj_span values,
                          yj_span proofs, yj_span due);

/* --- reach (reach.c) ----------------------------------------------------------------------------------- */

#define YJ_WALKS_MAX 64 /* of one requirement from one kind; beyond: all subjects */

/** A place in the tree of all walks that begin at one kind; node 0 is the changed record itself. */
typedef struct yj_walk_node {
    int parent; /* -1 for node 0; else smaller than its own number */
    int from;   /* the kind it steps from */
    yj_step step;
    const char *sql_one, *sql_many;
} yj_walk_node;

/** How one requirement feels changes of one kind. A record that appears or disappears is always felt. */
typedef struct yj_feel {
    int requirement;
    bool all;                            /* every subject of the institution */
    bool version;                        /* any change */
    bool state;                          /* a change of state */
    uint64_t fields[YJ_FIELDS_MAX / 64]; /* a change of these */
    /* a change of these, too, but it only makes proofs stronger or weaker: what the rule says stands */
    uint64_t strengths[YJ_FIELDS_MAX / 64];
    /* >= 0: and only of records that hold, or held, one of these options of this field */
    int only_field;
    const int *only;
    size_t only_count;
    const int *nodes; /* where its subjects are found */
    size_t node_count;
} yj_feel;

typedef struct yj_reach_kind {
    const yj_feel *feels; /* by requirement */
    size_t feel_count;
    const yj_walk_node *nodes;
    size_t node_count;
} yj_reach_kind;

struct yj_reach {
    yj_arena *arena;
    const yj_reach_kind *kinds; /* as in the catalog */
    size_t kind_count;
};

/** May a rule of this subject kind give records of `kind` as proof? Kinds that it reads, or that it reaches
 * by a reference it reads, and that it names in a text literal. */
bool yj_rule_may_prove(const yj_catalog *c, const yj_rule *rule, int subject_kind, int kind);
/** Does the view `table` belong to the kind? @param ret_field the list field, or -1 for the kind's own view
 */
bool yj_view_of(const yj_catalog *c, const char *table, int *ret_kind, int *ret_field);

/* The kind of the working-day exceptions, of pack core, and its fields. */
#define YJ_CALENDAR_KIND "calendar"
#define YJ_CALENDAR_DATE "date"
#define YJ_CALENDAR_WORKING "working"

/* --- dirty (dirty.c) ----------------------------------------------------------------------------------- */

struct yj_dirty {
    const yj_catalog *catalog;
    const yj_reach *reach;
    yj_arena *own, *work;
    bool everything; /* yj_dirty_all: also requirements of packs that are no more */
    bool *all;       /* by requirement */
    size_t all_count;
    yj_idset *of;    /* subjects by requirement; not kept up for those with all */
    yj_idset *weigh; /* subjects by requirement whose proofs are to be weighed again, no more: what the rule
                        says stands, unless they are in `of`, or all are dirty */
    size_t pairs;    /* in of and in weigh */
    size_t next;     /* the requirement at which taking goes on */
};

/* --- pace (pace.c) ------------------------------------------------------------------------------------- */

/** A run for so many subjects of the requirement, and those that share it, took so long. */
void yj_pace_note(yj_pace *p, int requirement, size_t subjects, int64_t ns);
/** Nanoseconds for one subject of the requirement and of those that share its run; a guess if nothing tells.
 */
int64_t yj_pace_of(const yj_pace *p, int requirement);

/** What one requirement comes to for one subject. */
typedef struct yj_outcome {
    yj_verdict_status status;
    const char *code, *values, *proofs, *due;
    int strength;
} yj_outcome;

/* --- subjects (subjects.c) ----------------------------------------------------------------------------- */

typedef struct yj_subject_values {
    const char **v;
    size_t count;
} yj_subject_values;

/** The subjects of one kind that a run asks for, as far as they exist. */
typedef struct yj_subjects {
    int kind;
    const int *fields; /* field indexes that `when` of some requirement names */
    size_t field_count;
    yj_idset ids; /* those that exist */
    struct yj_subject_row {
        int state; /* index, -1 unknown to the catalog */
        yj_subject_values *values;
    } * rows; /* by number in ids */
    size_t row_cap;
} yj_subjects;

/** @param wanted NULL: every record of the kind */
yj_status yj_subjects_load(yj_db *db, const yj_catalog *c, int64_t inst, int kind, const int *fields,
                           size_t field_count, const yj_idset *wanted, yj_arena *arena, yj_subjects *ret,
                           yj_error *err) yj_nodiscard;
/** NULL if the requirement applies to the subject, else the engine's code. @param ret_field of ".other": the
 *  field of the subject that holds another value than asked for */
const char *yj_applies_not(const yj_catalog *c, const yj_requirement *r, const yj_subjects *s, size_t subject,
                           int *ret_field);

/** Add a subject without values and of an unknown state, or begin anew the one that is there. *ret is good
 * until the next one. */
yj_status yj_subject_add(yj_subjects *s, yj_span id, struct yj_subject_row **ret, yj_error *err) yj_nodiscard;
yj_status yj_subject_add_value(yj_arena *arena, yj_subject_values *v, yj_span text,
                               yj_error *err) yj_nodiscard;

/* --- records as they were (then.c) ---------------------------------------------------------------------- */

/** @param body of its newest entry: "state", "fields" */
typedef yj_status (*yj_then_fn)(void *ctx, const char *id, const json_t *body, yj_error *err);
/** The records of a kind as they were before entry `as_of_seq`, but for what was erased since; withdrawn ones
 * as well.
 *  @param now the kind as it is called today
 *  @param only NULL: every record of the kind */
yj_status yj_then_records(yj_db *db, const yj_kind *now, int64_t inst, int64_t as_of_seq,
                          const yj_idset *only, yj_arena *arena, yj_then_fn fn, void *ctx,
                          yj_error *err) yj_nodiscard;

/* --- what does not apply (census.c) --------------------------------------------------------------------- */

/** Can there be subjects that the requirement does not apply to? */
bool yj_may_not_apply(const yj_catalog *c, const yj_requirement *r);
/** The engine's n/a of a subject, with its values. `why_not` and `field` are of yj_applies_not(). */
yj_outcome yj_outcome_applies_not(const yj_kind *k, const char *why_not, int field, yj_arena *arena);

typedef struct yj_census {
    const char *const *ids;
    size_t count;
    uint32_t *order;     /* numbers of the subjects, by id */
    uint32_t *class_of;  /* by number */
    yj_subjects classes; /* `rows` are the classes': by number, for yj_applies_not() */
    size_t class_count;
    size_t *sizes; /* of classes */
} yj_census;
/** @param c the packs of the moment
 *  @param now those of today, which name the tables
 *  @param as_of_seq -1: now; else before this entry
 *  @param only NULL: every subject of the kind */
yj_status yj_census_take(yj_db *db, const yj_catalog *c, const yj_catalog *now, int64_t inst, int kind,
                         int64_t as_of_seq, const yj_idset *only, yj_arena *arena, yj_census *ret,
                         yj_error *err) yj_nodiscard;
/* --- verdicts that are stored nowhere (derived.c) ------------------------------------------------------- */

/** A number for each id. */
typedef struct yj_numbers {
    yj_idset ids;
    int64_t *rows; /* by number in ids */
    size_t cap;
} yj_numbers;

typedef struct yj_derived {
    yj_db *db;
    const yj_catalog *c;   /* whose requirements are named */
    const yj_catalog *by;  /* the packs in force at the moment asked about */
    const yj_catalog *now; /* those of today, which name the tables */
    int64_t inst, as_of_seq;
    const yj_zone *zone;
    const yj_idset *only; /* subjects; NULL: any */
    yj_arena *arena;
    yj_arena *ended_arena; /* of `ended` alone */
    yj_sayings *sayings;
    bool many; /* many subjects of a requirement are going to be told, one after the other */
    /* from here on set by yj_derived_open(), and by what follows */
    bool any;           /* false: nobody has judged the institution yet, and nothing is said of it */
    yj_date today;      /* of the last judging */
    yj_census **kinds;  /* by kind; NULL: not taken yet */
    yj_numbers entered; /* subjects: when they were entered, as far as it was asked for */
    const yj_requirement *ended_of;
    yj_numbers ended; /* subjects of that requirement: the judgement that ended its verdict */
} yj_derived;
/** Without it, nothing is derived: the rest of a yj_derived may be zero. */
yj_status yj_derived_open(yj_derived *d, yj_error *err) yj_nodiscard;
/** @param ret_by the requirement in the packs of the moment
 *  @param ret its subjects; NULL: nothing of the requirement is derived */
yj_status yj_derived_census(yj_derived *d, const yj_requirement *named, const yj_requirement **ret_by,
                            const yj_census **ret, yj_error *err) yj_nodiscard;
/** What is told of a subject; texts in `arena` or borrowed. `why_not` and `field` are of
 *  yj_applies_not(). It stands since the judgement that ended a verdict, else since the subject was
 *  entered. */
yj_status yj_derived_verdict(yj_derived *d, const yj_requirement *r, const char *subject, const char *why_not,
                             int field, yj_arena *arena, yj_verdict *ret, yj_error *err) yj_nodiscard;

/* --- strength (strength.c) ----------------------------------------------------------------------------- */

/** Every proof named in one run, and its strength once known. */
typedef struct yj_proofs {
    yj_idset keys; /* kind name, 0x01, id */
    struct yj_proof {
        int kind;
        int strength; /* 0: not known yet */
    } * rows;
    size_t row_cap;
    size_t known;     /* rows before this one have their strength */
    const char **sql; /* by kind, made when first needed */
} yj_proofs;
yj_status yj_proofs_add(yj_proofs *p, const yj_kind *k, yj_span id, uint32_t *ret,
                        yj_error *err) yj_nodiscard;
/** Look up the strength of those that are new. */
yj_status yj_proofs_weigh(yj_proofs *p, yj_db *db, const yj_catalog *c, int64_t inst, yj_arena *scratch,
                          yj_error *err) yj_nodiscard;
const char *yj_proof_id(const yj_proofs *p, uint32_t proof);

/** Proofs that a verdict holds at most. Its strength is that of the weakest, also of those left out. */
#define YJ_PROOFS_MAX 200

/* --- outcomes (outcome.c) ------------------------------------------------------------------------------ */

/** The verdict that comes of an outcome, but for `since`. Everything is borrowed. */
yj_verdict yj_outcome_verdict(const yj_catalog *c, const yj_requirement *r, const char *subject,
                              const yj_outcome *o);
/** An outcome without values and proofs. */
yj_outcome yj_outcome_plain(yj_verdict_status status, const char *code);
/** Run the requirement's rule for subjects of its kind (all exist, all applicable); one outcome for each.
 *  Everything is owned by `arena`. A failing rule is an outcome, not a failure. */
yj_status yj_outcomes(yj_db *db, const yj_catalog *c, const yj_requirement *r, int64_t inst,
                      const char *today, const char *const *subjects, size_t count, yj_proofs *proofs,
                      yj_arena *arena, yj_outcome *ret, yj_error *err) yj_nodiscard;

/* --- judging pairs (asks.c) ---------------------------------------------------------------------------- */

/** Subjects of one requirement to judge. */
typedef struct yj_ask {
    int requirement;
    bool all;
    const yj_idset *subjects; /* if not all */
} yj_ask;

/** A column of text, owned by the arena; NULL for NULL. */
const char *yj_col_copy(yj_arena *arena, yj_stmt *st, int col);
/** A column of verdict's status. YJ_E_CORRUPT if it is none. */
yj_status yj_stored_status(yj_stmt *st, int col, yj_verdict_status *ret, yj_error *err) yj_nodiscard;
/** Do the two share one run of a rule: the same rule, parameters and subject kind? */
bool yj_same_run(const yj_requirement *a, const yj_requirement *b);

/** @param changed it differs from the stored verdict. Strings live for the call. */
typedef yj_status (*yj_ask_fn)(void *ctx, const yj_verdict *v, bool changed, yj_error *err);
/** @param asks ascending by requirement, each requirement once. A subject that does not exist and has no
 *  stored verdict is not handed out.
 *  @param pace learns from it; may be NULL */
yj_status yj_asks_judge(yj_db *db, const yj_catalog *c, const yj_scope *scope, const yj_ask *asks,
                        size_t count, yj_pace *pace, yj_ask_fn fn, void *ctx, size_t *ret_judged,
                        yj_error *err) yj_nodiscard;

/* --- weighing again (weigh.c) -------------------------------------------------------------------------- */

/** Weigh the proofs of the requirement's stored verdicts on these subjects and hand out those that differ in
 *  strength. Subjects without a verdict are passed over.
 *  @param ret_unsure subjects of which the verdict does not tell enough: they are to be judged */
yj_status yj_weigh_again(yj_db *db, const yj_catalog *c, int64_t inst, const yj_requirement *r,
                         const yj_idset *subjects, yj_proofs *proofs, yj_sayings *sayings, yj_arena *arena,
                         yj_idset *ret_unsure, yj_ask_fn fn, void *ctx, yj_error *err) yj_nodiscard;

#endif
