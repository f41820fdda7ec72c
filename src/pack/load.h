// SPDX-License-Identifier: Apache-2.0
/** What the files of the loader share and nobody outside pack/ sees. */
#ifndef YJ_PACK_LOAD_H
#define YJ_PACK_LOAD_H

#include "base/json.h"
#include "pack/form.h"
#include "pack/prepared.h"

#define YJ_PACKS_MAX 32
#define YJ_PACK_KINDS_MAX 500
#define YJ_PACK_FIELDS_MAX 128 /* of one kind; rule/judge.h keeps bit sets of that size */
#define YJ_PACK_VIEW_MAX 56    /* <kind>_<list field>: PostgreSQL cuts names at 63 */
#define YJ_PACK_OPTIONS_MAX 500
#define YJ_PACK_STATES_MAX 63
#define YJ_PACK_TRANSITIONS_MAX 200
#define YJ_PACK_RULES_MAX 2000
#define YJ_PACK_VIEWS_MAX 100
#define YJ_PACK_REQUIREMENTS_MAX 5000
#define YJ_PACK_REASONS_MAX 100
#define YJ_PACK_PARAMS_MAX 20
#define YJ_PACK_MODELS_MAX 32
#define YJ_PACK_NAMED_MAX 2000 /* clauses, stages, actors, forces */
#define YJ_PACK_STEPS_MAX 8
#define YJ_PACK_PATHS_MAX 5000
#define YJ_PACK_MOVES_MAX 20000
#define YJ_PACK_ROLES_MAX 64                     /* options of the persons' role field: bit sets */
#define YJ_RULE_SQL_BYTES_MAX ((size_t)64 << 10) /* with the views that it names */
#define YJ_VIEW_SQL_BYTES_MAX ((size_t)8 << 10)

/** A file that adds to a kind of another pack. */
typedef struct yj_load_extend {
    yj_form form;
    const yj_yaml *tree;
    const char *stem;
} yj_load_extend;

typedef struct yj_load_pack {
    const yj_pack_source *source;
    yj_pack_info info;
    yj_form form;        /* pack.yaml */
    const yj_yaml *tree; /* pack.yaml, NULL if unreadable */
    uint32_t needs;      /* bit set of packs: requires and extends */
    uint32_t extends;    /* bit set of packs */
    uint32_t sees;       /* bit set: itself and all that it needs, directly or not */
    yj_vec extend_files; /* yj_load_extend */
} yj_load_pack;

typedef struct yj_load_kind {
    yj_kind k; /* `fields`, `states`, `transitions` follow the vectors below */
    yj_vec fields, states, transitions;
    size_t pack;
    bool broken; /* its file could not be read: nothing is said about what it lacks */
    yj_form form;
    const yj_yaml *tree;
} yj_load_kind;

typedef struct yj_load_view {
    yj_view v;
    size_t pack;
    yj_form form;
    const char *text; /* as it stands in the file, without the comments at the top */
    int sql_line;     /* line of the file on which that begins */
} yj_load_view;

typedef struct yj_load_rule {
    yj_rule r;
    size_t pack;
    bool broken;
    bool params_known; /* else the SQL cannot be checked */
    yj_form form;
    const yj_yaml *front; /* the front matter */
    int sql_line;         /* line of the file on which the SQL begins */
} yj_load_rule;

typedef struct yj_load_requirement {
    yj_requirement q;
    size_t pack;
    yj_form form;
    const yj_yaml *node;
} yj_load_requirement;

typedef struct yj_load_gate {
    yj_gate g;
    size_t pack;
} yj_load_gate;

/** One entry of a gate's `requires`, resolved when all requirements are known. */
typedef struct yj_load_selector {
    size_t gate, pack;
    const yj_form *form;
    const yj_yaml *node;
} yj_load_selector;

/** What was found in trees and rules, while it is written down: prepared.c. */
typedef struct yj_prepare_notes yj_prepare_notes;

/** What a load need not find out by itself; nothing set: it reads and checks everything. */
typedef struct yj_load_how {
    const json_t *kept;      /* of an earlier check of the same rules; see yj_catalog_load_known() */
    bool prepared_trees;     /* the trees that prepared.h knows are taken */
    bool prepared_rules;     /* and so is what the check of the rules tells, of just these packs */
    yj_prepare_notes *notes; /* where trees are written down; may be NULL */
} yj_load_how;

typedef struct yj_loader {
    yj_load_how how;
    yj_arena *arena;   /* the catalog's */
    yj_arena *scratch; /* trees; forgotten at the end */
    yj_complaints *to;
    yj_load_pack packs[YJ_PACKS_MAX];
    size_t pack_count;
    size_t at;                                      /* the pack whose files are read, for what it may see */
    yj_vec kinds;                                   /* yj_load_kind */
    yj_vec views;                                   /* yj_load_view */
    yj_vec rules;                                   /* yj_load_rule */
    yj_vec requirements;                            /* yj_load_requirement */
    yj_vec gates;                                   /* yj_load_gate */
    yj_vec selectors;                               /* yj_load_selector */
    yj_vec paths;                                   /* yj_path */
    yj_vec starts;                                  /* yj_start */
    yj_vec moves;                                   /* yj_move */
    yj_vec documents;                               /* yj_document */
    const yj_yaml *access[YJ_PACKS_MAX];            /* trees of access.yaml; NULL: none, or unreadable */
    yj_vec models, stages, actors, forces, clauses; /* yj_named_text */
    yj_vec reasons;                                 /* yj_reason, the engine's */
    bool kinds_broken; /* a kind's file was unreadable: rules are not held against the kinds */
    yj_status fatal;   /* not a complaint: memory, limits, the store */
    yj_error fatal_error;
    yj_catalog *out;
} yj_loader;

/** Put the views that a rule of the pack at work names among its WITH tables; complains if it grows too long.
 */
void yj_load_put_views(yj_loader *l, yj_load_rule *r);

/** An empty catalog with one reference. NULL when out of memory. */
yj_catalog *yj_catalog_new(size_t max_bytes);

/** May the loops go on? False once memory or limits are spent, or after a fatal failure. */
bool yj_load_goes_on(const yj_loader *l);
void yj_load_fail(yj_loader *l, yj_status s, const yj_error *e);

yj_status yj_load_with(const yj_pack_source *const *sources, size_t count, const yj_load_how *how,
                       yj_catalog **ret, yj_complaint *complaints, size_t max, size_t *ret_count,
                       yj_error *err) yj_nodiscard;
/** The rule's shape from l->how.kept; false if that does not tell it. */
bool yj_load_take_kept(yj_loader *l, yj_load_rule *r);
/** The shapes of all rules, from prepared.h. */
void yj_load_prepared_shapes(yj_loader *l);
/** Write down the tree of a file, for yj_prepared_tree(). */
void yj_prepare_note(yj_prepare_notes *notes, const yj_digest *file, const yj_yaml *tree);

/** A form for a file of the pack at work. */
yj_form yj_load_form(yj_loader *l, const char *path);
/** Parse the text of a file of the pack at work (of a rule: its front matter), or take what is known of it.
 */
yj_status yj_load_parse(yj_loader *l, const yj_pack_file *file, yj_span text, const yj_yaml **ret,
                        int *ret_line, yj_error *err) yj_nodiscard;
/** The tree of a file; complains and returns NULL if it cannot be read. */
const yj_yaml *yj_load_tree(yj_loader *l, const yj_pack_file *file, yj_form *f);
/** A file of the pack at work by its path; NULL if it has none. */
const yj_pack_file *yj_load_file(const yj_loader *l, const char *path);
/** Does the path lie in `folder` ("kinds/") and end with `ending` (".yaml")? The stem goes to `ret` of
 *  YJ_NAME_MAX + 1 bytes or more; longer stems are cut. */
bool yj_load_path_is(const char *path, const char *folder, const char *ending, char *ret, size_t cap);

/** Look-ups that complain at (line, key): -1 if there is none, or none that the pack at work may use. */
int yj_load_find_kind(yj_loader *l, yj_form *f, int line, const char *key, const char *name);
int yj_load_find_rule(yj_loader *l, yj_form *f, int line, const char *key, const char *name);
int yj_load_find_named(const yj_vec *v, const char *id); /* silent */
yj_load_kind *yj_load_kind_at(yj_loader *l, int i);
/** The map under `key`, which stands in one pack only (`before`: its kind, if it was read already), and the
 *  kind that it names, once the kinds are finished; NULL if it is not there or has no kind. Complains. */
const yj_yaml *yj_load_kind_map(yj_loader *l, yj_form *f, const yj_yaml *tree, const char *key,
                                const char *const *keys, int before, const yj_kind **ret);
int yj_load_field(const yj_load_kind *k, const char *name); /* silent; -1 */
int yj_load_state(const yj_load_kind *k, const char *id);
int yj_load_transition(const yj_load_kind *k, const char *id);
/** Is it a clause number: parts of letters and digits joined by "."? */
bool yj_clause_valid(const char *s);

/** What the engine itself concludes, and the values it gives to the sentence. */
typedef struct yj_engine_code {
    const char *code;
    const char *const values[3];
} yj_engine_code;
extern const yj_engine_code yj_engine_codes[];
extern const size_t yj_engine_code_count;

/* In the order in which yj_catalog_load() calls them; all but the first for the pack at work. */
void yj_load_packs(yj_loader *l);        /* load_pack.c: every pack.yaml, what needs what */
void yj_load_pack_texts(yj_loader *l);   /* load_pack.c: models, stages, ... and reasons.yaml */
void yj_load_kinds(yj_loader *l);        /* load_kinds.c */
void yj_load_views(yj_loader *l);        /* load_views.c: before the rules, which name them */
void yj_load_rules(yj_loader *l);        /* load_rules.c: front matter and text */
void yj_load_requirements(yj_loader *l); /* load_requirements.c */
void yj_load_gates(yj_loader *l);        /* load_gates.c */
/* Once for all packs, when everything is read. */
void yj_load_finish_signed(yj_loader *l);       /* load_signed.c: keys, and what they sign */
void yj_load_finish_lists(yj_loader *l);        /* load_lists.c: what lists say of other kinds */
void yj_load_finish_kinds(yj_loader *l);        /* load_kinds.c: arrays, withdrawn, tables, names of views */
void yj_load_starts(yj_loader *l);              /* load_start.c: start */
void yj_load_finish_paths(yj_loader *l);        /* load_paths.c: paths */
void yj_load_finish_answers(yj_loader *l);      /* load_answers.c: risk_acceptance, remediation */
void yj_load_finish_views(yj_loader *l);        /* load_views.c: names */
void yj_load_finish_rules(yj_loader *l);        /* check_rules.c: SQL and sentences */
void yj_load_finish_requirements(yj_loader *l); /* load_requirements.c: order, indexes */
void yj_load_finish_gates(yj_loader *l);        /* load_gates.c */
void yj_load_access(yj_loader *l);              /* load_access.c: access.yaml */
void yj_load_notices(yj_loader *l);             /* load_notices.c: notices.yaml, after access.yaml */
void yj_load_exchange(yj_loader *l);            /* load_exchange.c: exchange.yaml */
void yj_load_roles(yj_loader *l);     /* load_roles.c: made_for in access.yaml, after exchange.yaml */
void yj_load_documents(yj_loader *l); /* load_documents.c: documents/NAME.yaml */
void yj_load_upgrades(yj_loader *l);  /* load_upgrade.c: upgrade.yaml */

#endif
