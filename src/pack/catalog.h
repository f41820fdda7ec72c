// SPDX-License-Identifier: Apache-2.0
/**
 * The packs in force, loaded, checked and merged: kinds, requirements, rules, gates, texts. Immutable after
 * loading; shared by all threads behind a reference count. The format is docs/pack-format.md. Everything in a
 * catalog is owned by the catalog. Texts are NUL-terminated UTF-8.
 */
#ifndef YJ_PACK_CATALOG_H
#define YJ_PACK_CATALOG_H

#include "base/arena.h"
#include "base/json.h"
#include "store/confine.h"

#define YJ_PACK_FILES_MAX 4000
#define YJ_PACK_FILE_BYTES_MAX ((size_t)1 << 20)

typedef struct yj_text {
    const char *in[YJ_LANG_COUNT_]; /* [YJ_LANG_ZH], [YJ_LANG_EN] */
} yj_text;

typedef enum yj_type {
    YJ_T_TEXT,
    YJ_T_LONGTEXT,
    YJ_T_INTEGER,
    YJ_T_DECIMAL,
    YJ_T_DATE,
    YJ_T_BOOL,
    YJ_T_CHOICE,
    YJ_T_REF,
    YJ_T_COUNT_
} yj_type;

typedef struct yj_option {
    const char *id;
    yj_text label;
} yj_option;

typedef struct yj_field {
    const char *name;
    yj_type type;
    bool required, list;
    yj_text label, help; /* help texts may be NULL */
    int64_t max_chars;   /* text, longtext */
    int64_t min, max;    /* integer; decimal: scaled; INT64_MIN/INT64_MAX if unbounded */
    int scale;           /* decimal */
    bool clock;          /* integer: a time of day, see yj_clock_time_valid */
    const yj_option *options;
    size_t option_count;
    int ref_kind;            /* index into kinds, -1 if no ref */
    int after, differs_from; /* index of the other field, -1 */
    int kind_from;           /* text: it holds the id of a record whose kind that field names; -1 */
    bool names_kind;         /* text: some field's kind_from */
    bool names_requirement;  /* text: it holds the id of a requirement of the packs */
    bool by_system;          /* what a signed statement says (yj_signed_map): nobody else fills it in */
    const char *pack;        /* the pack that declares it */
} yj_field;

typedef struct yj_state {
    const char *id;
    yj_text label;
    int stage; /* index into stages, -1 if none */
    bool final;
} yj_state;

typedef struct yj_transition {
    const char *id;
    uint64_t from; /* bit set of state indexes */
    int to;        /* state index */
    yj_text label, help;
    int gate; /* index into gates, -1 if none */
} yj_transition;

/** A kind of public keys whose signatures an institution may believe. Fields and states by index. */
typedef struct yj_key_map {
    int public_key, algorithm; /* longtext; choice whose options are yj_sign_name()s */
    int types;                 /* list of choices: of which statements it is believed */
    int from, until;           /* dates: of statements that came in between these days, both included */
    int trusted, revoked;      /* states: believed; believed of what had come in before `revoked_from` */
    int revoked_from;          /* date; a revoked key without one is believed of nothing */
} yj_key_map;

/** What else of a statement is kept: a choice, whose option is the text there, a text of one line, or an
 * integer. */
typedef struct yj_says {
    int field;
    const char
        *path; /* members of the predicate, "*" the only one, with points between: "verification.kind" */
} yj_says;

/** A kind of files some of which are signed statements: in which of its fields stands what they say. */
typedef struct yj_signed_map {
    uint64_t options;         /* of the strength field: these need a statement by a key that is believed */
    int otherwise;            /* what they weigh without one */
    int file;                 /* text: the file's SHA-256 */
    int key;                  /* reference to a kind with `keys`: the key that signed it */
    int type;                 /* choice: the predicate's type */
    const char *const *types; /* the type as a statement writes it, by option; NULL: none */
    int digests, names;       /* lists of texts: of its subjects */
    int fine;                 /* bool: does it state that all is fine? */
    int matched, faulty;      /* integers: what was counted, if it counts */
    int began, ended;         /* dates: of the run, as the signer says */
    int accepted;             /* date: the civil day on which the signature was first found right here */
    int proves; /* list of texts: ids of the records that had named its subject before the run */
    const yj_says *says;
    size_t says_count;
} yj_signed_map;

/** A field by which a record names what a statement about it has to be about. */
typedef struct yj_measured {
    int field;                /* text */
    bool by_name;             /* it holds a subject's name; else a digest */
    const char *const *types; /* of statements: options of yj_signed_map.type */
    size_t type_count;
} yj_measured;

/** A day by which something is awaited of a record, and what tells that it came. Fields by index. */
typedef struct yj_awaited {
    int by;   /* date; -1: what falls due by a verdict says the day */
    int came; /* date: filled in, nothing is awaited any more */
} yj_awaited;

/* --- lists that other programs write, taken as records of a kind (docs/pack-format.md, "lists") --- */

typedef struct yj_list_value {
    const char *from, *to; /* as it stands in the list; as a CSV of the kind has it */
} yj_list_value;

/** How a field is filled. */
typedef struct yj_list_field {
    int field;
    const int *columns; /* of yj_list.columns; the first that is not empty */
    size_t column_count;
    bool last_part;              /* only what follows its last "/" */
    const yj_list_value *values; /* if there are any, other texts say nothing */
    size_t value_count;
    const char *otherwise; /* where neither list nor record says it; NULL: nothing */
} yj_list_field;

/** Rows that are no records: those with one of the values in the column. */
typedef struct yj_list_without {
    int column;
    const char *const *values;
    size_t value_count;
} yj_list_without;

typedef struct yj_list {
    const char *id;
    yj_text label;
    const char *const *columns; /* all that are of use, by name */
    size_t column_count;
    const int *heads; /* of columns: a table that has all of them is such a list */
    size_t head_count;
    const yj_list_field *fields;
    size_t field_count;
    const yj_list_without *without;
    size_t without_count;
    const int *asked; /* fields that who imports is asked for */
    size_t asked_count;
    int digest_of;      /* reference field: the record that it names keeps the list's SHA-256; -1 */
    const char *digest; /* in this text field */
    int line;           /* on which that is declared */
} yj_list;

typedef struct yj_kind {
    const char *name;
    int index;
    yj_text label, help;
    bool installation; /* scope */
    int key[4];        /* field indexes */
    size_t key_count;
    int name_field;
    const yj_field *fields;
    size_t field_count;
    const yj_state *states; /* "withdrawn" is always the last */
    size_t state_count;
    int initial;
    const yj_transition *transitions; /* "withdraw" is always the last */
    size_t transition_count;
    int strength_field;             /* -1 if the kind is no evidence */
    const int *strength_of_option;  /* by option index of that field */
    const yj_signed_map *statement; /* NULL: its strength needs no signature */
    const yj_key_map *keys;         /* NULL: it holds no keys */
    const yj_measured *measured;    /* by what statements are joined to its records */
    size_t measured_count;
    const yj_awaited *awaits; /* in the order of the file */
    size_t awaited_count;
    const yj_list *lists; /* in the order of the file */
    size_t list_count;
    const char *pack;
} yj_kind;

typedef struct yj_reason {
    const char *code;
    yj_text sentence; /* with placeholders, see yj_reason_render */
} yj_reason;

/** A SELECT that several rules share: views/NAME.sql. */
typedef struct yj_view {
    const char *name;
    const char *sql; /* on one line, without comments */
    const char *pack;
} yj_view;

typedef struct yj_rule_view {
    int view;  /* index into the catalog's */
    size_t at; /* where its text begins in the rule's */
} yj_rule_view;

typedef struct yj_rule {
    const char *name;
    const char *sql;           /* with the views that it names among its WITH tables */
    const yj_rule_view *views; /* those */
    size_t view_count;
    size_t put_from, put_to; /* the bytes of `sql` that are not in the rule's file; alike: none */
    const char *const *params;
    size_t param_count;
    const int *subject_kinds;
    size_t subject_kind_count;
    const yj_reason *reasons; /* in the order of the front matter */
    size_t reason_count;
    bool reach_all;      /* front matter: reach: institution */
    yj_rule_shape shape; /* what it reads: discovered */
    const char *pack;
} yj_rule;

typedef struct yj_with {
    const char *name;
    const char *value;
    bool is_integer;
} yj_with;

typedef struct yj_when {
    int field; /* of the subject kind */
    const char *const *values;
    size_t value_count;
} yj_when;

typedef struct yj_requirement {
    const char *id;
    int index;
    const char *clause;
    int actor, force; /* indexes into actors, forces */
    uint32_t models;  /* bit set of models */
    int stage;        /* -1: any */
    int subject;      /* kind index */
    yj_text title, text, guidance;
    yj_text erratum, statements, settings; /* may be NULL */
    int rule;                              /* index into rules */
    const yj_with *with;
    size_t with_count;
    const yj_when *when;
    size_t when_count;
    const char *pack;
    const char *file; /* where it is declared */
    int line;
} yj_requirement;

typedef struct yj_gate {
    int kind, transition;
    const int *requirements; /* indexes, ascending, no doubles */
    size_t requirement_count;
    int least_strength;
} yj_gate;

/** One step of a path: along reference field `field` of the kind reached, or (back) from the records of kind
 *  `kind` whose field `field` points here. `list`: the field is a list. */
typedef struct yj_step {
    bool back;
    int kind;  /* the kind this step arrives at */
    int field; /* field index: of the kind left (forward) or of `kind` (back) */
    bool list;
} yj_step;

typedef struct yj_path {
    int from, to; /* kinds */
    const yj_step *steps;
    size_t step_count;
} yj_path;

/** A kind that a new institution enters early, in the order of the catalog, and why. */
typedef struct yj_start {
    int kind;
    yj_text why;
} yj_start;

/** A passage of a document. */
typedef struct yj_document_section {
    yj_text heading;
    yj_text text;              /* with placeholders, see pack/document.h */
    int each_kind, each_field; /* the text once for each record of that kind whose field refers to the
                                  document's record; -1: once, for that record itself */
    int order[3];              /* by which fields of each_kind they come, the first first */
    size_t order_count;
    yj_text none; /* of `each`, if there is no such record */
} yj_document_section;

/** What is written from a record of a kind, such as the report that a duty asks for: documents/NAME.yaml. */
typedef struct yj_document {
    const char *name;
    int kind;
    yj_text title, note;     /* note may be NULL */
    const int *requirements; /* indexes: the duties that it serves */
    size_t requirement_count;
    const yj_document_section *sections;
    size_t section_count;
    const char *pack;
} yj_document;

typedef struct yj_named_text { /* model, stage, actor, force, clause */
    const char *id;
    yj_text label;
    bool binding; /* forces only */
} yj_named_text;

typedef struct yj_pack_info {
    const char *name, *edition;
    yj_text title, note;
    yj_digest digest; /* SHA-256 over "<SHA-256 of content>  <path>\n" of each file, by path */
    const char *folder;
    const char *const
        *follows; /* editions of this pack from which an installation can come; NULL: not said */
    size_t follows_count;
    uint32_t needs; /* bit set of the catalog's packs: itself and all that it requires or extends */
} yj_pack_info;

/** What became of something that an earlier edition had (upgrade.yaml). Names on the left are the earlier
 *  edition's: "kind", "kind.field", "kind.field.option", "kind.state", or a requirement's id. */
typedef enum yj_move_what {
    YJ_MOVE_KIND,
    YJ_MOVE_FIELD,
    YJ_MOVE_OPTION,
    YJ_MOVE_STATE,
    YJ_MOVE_REQUIREMENT
} yj_move_what;
typedef struct yj_move {
    yj_move_what what;
    const char *from;
    const char *to; /* the last name alone, or the requirement's id; NULL: there is no such thing any more */
    yj_text why;    /* of what is gone */
    const char *pack;
} yj_move;

/** How records answer what is not met: an advice by an accepted risk, a must by a remediation that is under
 * way. `kind` and `state` are indexes, the others fields of the kind. */
typedef struct yj_answer_map {
    int kind;        /* -1: the packs declare none */
    int requirement; /* text: the requirement's id */
    int subject;     /* text: the subject's id */
    int state;       /* the one in which a record counts */
    int until;       /* date: the last day */
    int responsible; /* reference: who answers for it; -1 where the map has none */
} yj_answer_map;

/** Who may do one thing: access.yaml. */
typedef struct yj_grant {
    uint64_t roles;      /* bit set of options of the persons' role field: who holds one of them may */
    bool not_by_creator; /* but not whoever created the record */
    const int *not_by;   /* nor whom these fields of the record name, ascending */
    size_t not_by_count;
} yj_grant;

/** Who may do what with the records of a kind. */
typedef struct yj_kind_access {
    bool named; /* by an access.yaml; else the default holds */
    bool said;  /* false: neither; only the operator may */
    yj_grant create, change;
    const yj_grant *transitions; /* one for each of the kind, same order */
} yj_kind_access;

/** Who may order long work that is not for everybody, such as an instrument's. */
typedef struct yj_order_grant {
    const char *work; /* its name; what works there are is not the packs' to know */
    uint64_t roles;   /* bit set, as in a grant */
    uint64_t witness; /* who may confirm what another has ordered; 0: nobody */
    /* Of work that is done to a thing which a record stands for: which kind that is; -1: of no record. */
    int record;
    int serial; /* its text by which the thing is known; -1 */
    int grade;  /* its number: the grade of the data in it; -1 */
    /* What has to be well before: the gate of a transition of what a reference of the record names. */
    int gate_by;          /* the reference; -1: no gate */
    int gate_transition;  /* of the kind that it names, and it has a gate; -1 */
    uint64_t gate_states; /* bit set: in which of these states that has to be */
} yj_order_grant;

/** What the packs say of who may do what. */
typedef struct yj_access {
    int person;               /* kind of those who act; -1: the packs say nothing of them, nor what follows */
    int roles;                /* its field: a choice of at most 64 options */
    int person_state;         /* the one in which a person may act */
    const uint64_t *made_for; /* for each type of institutions (exchange.type): roles that count there; NULL:
                                 the packs do not say, and all count everywhere */
    uint64_t made_for_all;    /* roles that count in every institution */
    int delegation;           /* kind by which one person stands in for another; -1: none */
    int from, to;             /* its references: who is away, who stands in */
    int since, until;         /* its dates: first and last day */
    int delegation_state;     /* the one in which it counts */
    int membership;           /* kind that says from when to when a person may sign in; -1: none */
    int member;               /* its reference: who */
    int member_since, member_until; /* its dates: first and last day */
    int membership_state;           /* the one in which it counts */
    const yj_kind_access *kinds;    /* one for each kind, same order */
    const yj_order_grant *orders;
    size_t order_count;
} yj_access;

/** What people are told of by themselves. */
typedef enum yj_news {
    YJ_NEWS_DUE,     /* a duty falls due soon */
    YJ_NEWS_OVERDUE, /* its day is over */
    YJ_NEWS_WORSE,   /* what was met is not met any more, or not known to be */
    YJ_NEWS_BETTER,  /* the other way round */
    YJ_NEWS_WAITS,   /* a record is in a state from which the person may move it */
    YJ_NEWS_NAMED,   /* a record names the person as one who answers for it */
    YJ_NEWS_JOB,     /* long work that the person asked for has failed */
    /* of accounts (notice/security.h) */
    YJ_NEWS_EMERGENCY, /* the one for emergencies is being used */
    YJ_NEWS_GUESSED,   /* who knows the password of one tries codes */
    YJ_NEWS_TRIED,     /* many passwords were tried for one */
    /* of other institutions that are tied with this one (record/across.h) */
    YJ_NEWS_ADDRESSED, /* a record of theirs is addressed to it, or has moved */
    YJ_NEWS_ANSWERED,  /* an answer of theirs waits to be taken */
    YJ_NEWS_OFFERED,   /* a record of theirs waits to be taken */
    YJ_NEWS_TAKEN,     /* they took, or declined, an answer or what was offered to them */
    YJ_NEWS_TIED,      /* an invitation was accepted or declined, or a tie ended */
    YJ_NEWS_READ,      /* somebody of theirs has read its records */
    YJ_NEWS_COUNT_
} yj_news;

typedef enum yj_news_pace { YJ_PACE_ONCE, YJ_PACE_DAILY, YJ_PACE_WEEKLY, YJ_PACE_COUNT_ } yj_news_pace;

#define YJ_NEWS_AHEAD_MAX 8

/** Whom the packs want to be told what: notices.yaml. */
typedef struct yj_notices {
    bool any;                       /* false: the packs say nothing, and nobody is told anything */
    int mail;                       /* text field of the persons' kind that holds the address; -1 */
    uint64_t roles[YJ_NEWS_COUNT_]; /* who is told beside those named; not of what waits for who may do it */
    uint64_t channels;              /* roles that set up channels */
    int ahead[YJ_NEWS_AHEAD_MAX];   /* so many days before the day, descending */
    size_t ahead_count;
    const char *const
        *named; /* fields by which a record names who answers for it, if they refer to persons */
    size_t named_count;
    yj_news_pace pace; /* until a person says otherwise: mail at once, once a day or a week, */
    int hour, weekday; /* at that hour, 0..23, of that day, 1 Monday .. 7 */
    /* for each kind (in the order of the catalog) NULL, or for each of its transitions: is it news that a
     * record waits for it? */
    const bool *const *waits;
} yj_notices;
/** Records of a kind stand, in an institution's register, for an institution of a type. */
typedef struct yj_party {
    int kind;
    int type; /* option of the type field */
} yj_party;

/** How an addressee's answer becomes part of the record: by which transition, and in which of its fields. */
typedef struct yj_act_map {
    int transition;
    int text, on; /* text and date */
    int evidence; /* list of references to what proves something; -1: none is taken */
} yj_act_map;

/** To whom records of a kind are addressed, and what of them he sees. */
typedef struct yj_addressing {
    const yj_path *paths; /* forward steps, to the kind of a party; 0: records of the kind to nobody */
    size_t path_count;
    uint64_t states;   /* bit set: in which they are */
    int sent;          /* date field: they are once it is filled; -1: at once */
    const int *fields; /* as listed; all others are the sender's alone */
    size_t field_count;
    const yj_act_map *acts; /* what the addressee may do about it; 0: it is for information */
    size_t act_count;
} yj_addressing;

/** How two institutions are tied: the one asks (its invitation), the other accepts (its link). Kinds, states,
 * transitions and fields by index; fields are single ones. */
typedef struct yj_invitation_map {
    int kind;              /* -1: the packs know no ties, nor what follows */
    int party_kind, party; /* text, and text with kind_from: for which record of its register */
    int until;             /* date: last day on which it can be accepted */
    int institution;       /* text: id of the institution that accepted */
    int institution_name, accepted_by, reason; /* texts: its name, its person's name, why not */
    int accepted_on;                           /* date */
    int sent, accepted;                        /* states */
    int accept, decline;                       /* transitions */
} yj_invitation_map;
typedef struct yj_link_map {
    int kind;
    int client, client_name, invitation; /* texts: id and name of who asked, id of the invitation: the key */
    int person;                          /* reference: who accepted */
    int since;                           /* date */
    int state;                           /* the one in which it counts */
} yj_link_map;

/** What an addressee answers, in its own ledger. Fields, states and transitions by index. */
typedef struct yj_given_map {
    int kind;                   /* -1: the packs know no answers */
    int link;                   /* reference to a link */
    int about_kind, about, act; /* texts: kind and id of the client's record, its transition */
    int question, text, reason; /* texts: what was asked, the answer, why it was declined */
    int on, evidence;           /* date; list of references */
    int given;                  /* the state in which the client may take it */
    int accept, decline;        /* transitions; the client's */
} yj_given_map;
/** That the client accepted or declined a version of it, in the client's ledger. */
typedef struct yj_receipt_map {
    int kind;
    int answer, version;                       /* text: id; integer */
    int institution, institution_name, digest; /* texts */
    int entry;                                 /* integer: of the other ledger */
    int about_kind, about;                     /* text, and text with kind_from */
    int outcome;                               /* choice */
    int accepted, declined;                    /* its options */
    int on, reason;                            /* date; text */
} yj_receipt_map;

/** By which record of its own ledger somebody of a party may read the records of who is tied to it. */
typedef struct yj_scope_map {
    int kind;         /* -1: nobody reads another institution's records */
    int party;        /* kind that stands for the party in the register of who is read */
    int person;       /* reference: who may */
    int links;        /* list of references to links; empty: all */
    int since, until; /* dates: the first and the last day */
    int basis;        /* text: shown to who is read */
    int state;        /* the one in which it counts */
} yj_scope_map;

/** That a party offers a record of its own ledger to those tied to it. Fields and states by index. */
typedef struct yj_offer_map {
    int kind;              /* -1: the packs know no offers */
    int links;             /* list of references to links; empty: to all */
    int about_kind, about; /* text, and text with kind_from: what is offered */
    int state;             /* the one in which it counts */
} yj_offer_map;
#define YJ_OFFERED_FIELDS_MAX 64
/** A field that is carried over: of the party's record, of what it becomes. */
typedef struct yj_carried {
    int from, to;
} yj_carried;
/** A kind of which a party may offer records, and what they become in the ledger of who takes one. */
typedef struct yj_offered {
    int kind;  /* the party's */
    int party; /* kind that stands, in the taker's register, for who may offer it */
    int as;    /* kind it becomes */
    const yj_carried *fields;
    size_t field_count;
    const int *choose; /* references that the taker may set: what it is about is its own record */
    size_t choose_count;
    const yj_carried *set; /* choice field of `as`, and its option: whatever the party says */
    size_t set_count;
    uint64_t moves;   /* transitions by which a copy of the same kind follows the party's record */
    uint64_t handled; /* states of the copy that the party is told of as handled; 0: it is told of none */
    int due;          /* date of the party's record by which something is to be done; -1 */
    int on;           /* date of the party's record: the day on which it is offered; -1 */
    const int *told;  /* fields of `as` by which the client decides: the party is told them of a copy that is
                         addressed to it; each is among what an addressee sees */
    size_t told_count;
} yj_offered;

/** What passes between institutions: exchange.yaml. */
typedef struct yj_exchange {
    int institution, type; /* kind, and its choice field; -1: the packs do not say */
    yj_invitation_map invitation;
    yj_link_map link;
    yj_given_map given;
    yj_receipt_map receipt;
    const yj_party *parties;
    size_t party_count;
    const yj_addressing *addresses; /* one for each kind, same order */
    yj_scope_map scope;
    yj_offer_map offer;
    const yj_offered *offered;
    size_t offered_count;
} yj_exchange;

/** Where changes of a kind can be felt by a requirement's rule: see rule/reach.h, which fills it. */
typedef struct yj_catalog {
    yj_arena *arena;
    int refs; /* atomic; use yj_catalog_ref / _unref */
    const yj_pack_info *packs;
    size_t pack_count;
    yj_digest digest; /* SHA-256 over "<digest>  <name>\n" of each pack, in order */
    const yj_kind *kinds;
    size_t kind_count;
    const yj_requirement *requirements; /* in natural order of clause and number: 6.1-2 before 6.1-10 */
    size_t requirement_count;
    const int *requirements_by_id; /* indexes, by the bytes of the id: for yj_catalog_requirement() */
    const yj_view *views;
    size_t view_count;
    const yj_rule *rules;
    size_t rule_count;
    const yj_gate *gates;
    size_t gate_count;
    const yj_path *paths;
    size_t path_count;
    const yj_move *moves;
    size_t move_count;
    const yj_start *starts;
    size_t start_count;
    const yj_document *documents;
    size_t document_count;
    const yj_named_text *models, *stages, *actors, *forces, *clauses;
    size_t model_count, stage_count, actor_count, force_count, clause_count;
    const yj_reason
        *engine_reasons; /* ".other", ".not_yet", ".over", ".silent", ".failed", ".absent": core */
    size_t engine_reason_count;
    yj_answer_map risk_acceptance, remediation;
    yj_access access;
    yj_notices notices;
    yj_exchange exchange;
    const yj_kind_table *tables; /* one for each kind, same order: for store/kind_table.h */
} yj_catalog;

/** Every file of a pack, read once. Used for loading, for the digest and for keeping the files by digest. */
typedef struct yj_pack_file {
    const char *path; /* relative, '/' between, sorted by bytes */
    yj_span content;
} yj_pack_file;
typedef struct yj_pack_source {
    yj_arena *arena;
    const char *folder; /* for messages */
    yj_pack_file *files;
    yj_digest *digests; /* SHA-256 of each file */
    size_t file_count;
    yj_digest digest;
} yj_pack_source;
yj_status yj_pack_source_read(const char *folder, yj_pack_source **ret, yj_error *err) yj_nodiscard;
/** From memory (files kept in the store). Contents are copied. */
yj_status yj_pack_source_make(const char *label, const yj_pack_file *files, size_t count,
                              yj_pack_source **ret, yj_error *err) yj_nodiscard;
void yj_pack_source_free(yj_pack_source *s);
YJ_DEFINE_CLEANUP(yj_pack_source, yj_pack_source_free)

/** One complaint about a pack; a load collects up to `max` of them. */
typedef struct yj_complaint {
    char file[160];
    int line; /* 1..; 0 if the file as a whole */
    char field[96];
    char msg[400], msg_zh[400];
} yj_complaint;

/**
 * Load packs in the order given (those required or extended first) and check everything that can be checked
 * without records: forms, names, references between files, cycles of requires/extends, rule SQL (dialect,
 * what it reads, columns, codes, values), sentences, gates, paths.
 * @param complaints may be NULL; else receives up to max, *ret_count of them
 * @return YJ_E_INVALID: err repeats the first complaint as "FILE:LINE: FIELD: message"
 */
yj_status yj_catalog_load(const yj_pack_source *const *sources, size_t count, yj_catalog **ret,
                          yj_complaint *complaints, size_t max, size_t *ret_count,
                          yj_error *err) yj_nodiscard;
/** What the check of the rules found, as JSON of less than YJ_FINDINGS_BYTES_MAX, for
 * yj_catalog_load_known(). */
#define YJ_FINDINGS_BYTES_MAX ((size_t)16 << 20)
yj_status yj_catalog_findings(const yj_catalog *c, yj_buf *out, yj_error *err) yj_nodiscard;
/**
 * The same, but what is known is not found out again: files that building the program has read, rules that it
 * has checked (prepared.h), or that were checked before. All else is checked.
 * @param kept  findings of these very packs (same digests), by this edition (yj_rule_check_edition); NULL:
 * none. If they do not fit, the rules are checked
 * @param ret_checked the rules were checked: what was found may be kept
 */
yj_status yj_catalog_load_known(const yj_pack_source *const *sources, size_t count, const json_t *kept,
                                yj_catalog **ret, bool *ret_checked, yj_error *err) yj_nodiscard;
yj_catalog *yj_catalog_ref(yj_catalog *c);
void yj_catalog_unref(yj_catalog *c);
YJ_DEFINE_CLEANUP(yj_catalog, yj_catalog_unref)

/* Look-ups: NULL or -1 if there is none. */
const yj_kind *yj_catalog_kind(const yj_catalog *c, yj_span name);
const yj_requirement *yj_catalog_requirement(const yj_catalog *c, yj_span id);
const yj_field *yj_kind_field(const yj_kind *k, yj_span name);
/** The kind of the record that a field names by id: of a reference its kind, of a text with kind_from the one
 * that the record's fields say (by name, or as people write it: by label). NULL if it names none, or they do
 * not say. */
const yj_kind *yj_field_target(const yj_catalog *c, const yj_kind *k, const yj_field *f,
                               const json_t *fields);
/** By name, else by its label in any language. NULL. */
const yj_kind *yj_catalog_kind_called(const yj_catalog *c, const char *text);
/** Place of a field in the index of the reference that begins the key (yj_kind_column.at): 1 that reference,
 * 2 and so on the choices that follow it in the key at once; 0 none. */
unsigned yj_kind_index_place(const yj_kind *k, size_t field);
/** The field of the key that has kind_from; NULL if the key has none. */
const yj_field *yj_kind_key_any(const yj_kind *k);
int yj_kind_state(const yj_kind *k, yj_span id);
int yj_kind_transition(const yj_kind *k, yj_span id);
const yj_option *yj_field_option(const yj_field *f, yj_span id);
/** Is `clause` at or below `under` ("6.3.2" below "6.3", not below "6.31")? */
bool yj_clause_below(const char *clause, const char *under);

/**
 * The sentence for a verdict: reason code of the requirement's rule, or an engine code.
 * Engine codes take what they say from the requirement: of ".other" the fields and options of its conditions
 * (of the one in values "field", if given, and the subject's option in "value"), of ".not_yet" its stage.
 * @param r       NULL if the requirement is no more
 * @param values  JSON object: value name -> array of texts (null for a missing value); may be NULL
 */
void yj_reason_render(const yj_catalog *c, const yj_requirement *r, const char *code, const json_t *values,
                      yj_lang lang, yj_buf *out);

#endif
