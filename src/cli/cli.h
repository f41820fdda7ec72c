// SPDX-License-Identifier: Apache-2.0
/**
 * The command line: what every subcommand shares. One table of commands (commands.c) drives dispatch, the
 * options that are accepted, and help; each subcommand is a thin function in a file of its own.
 *
 * Results go to standard output, through yj_cli.out, at the end; errors to standard error, one line. What a
 * person reads exists in Chinese and English: texts are written in English where they are used, the Chinese
 * stands in texts_zh.c and help_zh.c; a lint fails when a row is missing.
 */
#ifndef YJ_CLI_CLI_H
#define YJ_CLI_CLI_H

#include "record/engine.h"

/* name, argument (0 none, 1 one, 2 one or more), how the argument is called in help ("" if none) */
#define YJ_OPTION_LIST(X)                                                                                    \
    X(HELP, "help", 0, "")                                                                                   \
    X(LANG, "lang", 1, "zh|en")                                                                              \
    X(JSON, "json", 0, "")                                                                                   \
    X(DATA, "data", 1, "DIR")                                                                                \
    X(INSTITUTION, "institution", 1, "REF")                                                                  \
    X(AS, "as", 1, "PERSON")                                                                                 \
    X(CRYPTO, "crypto", 1, "std|gm")                                                                         \
    X(SIMULATED_CLOCK, "simulated-clock", 1, "INSTANT")                                                      \
    X(ZONE, "zone", 1, "NAME")                                                                               \
    X(STORE, "store", 1, "URL")                                                                              \
    X(PACKS, "packs", 2, "DIR...")                                                                           \
    X(LISTEN, "listen", 1, "ADDRESS:PORT")                                                                   \
    X(OPEN, "open", 0, "")                                                                                   \
    X(TLS_CERT, "tls-cert", 1, "FILE")                                                                       \
    X(TLS_KEY, "tls-key", 1, "FILE")                                                                         \
    X(TRUSTED_PROXY, "trusted-proxy", 2, "ADDRESS[/BITS]...")                                                \
    X(PLACE, "place", 2, "NAME[@INSTITUTION]=DIR...")                                                        \
    X(MEDIUM, "medium", 2, "NAME[@INSTITUTION]=DEVICE...")                                                   \
    X(PUBLIC_URL, "public-url", 1, "URL")                                                                    \
    X(LEAKED_LIST, "leaked-list", 1, "FILE")                                                                 \
    X(PASSWORD_BITS, "password-bits", 1, "N")                                                                \
    X(STATEMENTS, "statements", 0, "")                                                                       \
    X(BACKUP, "backup", 1, "FILE")                                                                           \
    X(SEED, "seed", 1, "N")                                                                                  \
    X(ONLY, "only", 1, "PACK")                                                                               \
    X(CODE, "code", 1, "CODE")                                                                               \
    X(NAME, "name", 1, "NAME")                                                                               \
    X(DRY_RUN, "dry-run", 0, "")                                                                             \
    X(KIND, "kind", 1, "KIND")                                                                               \
    X(ID, "id", 1, "ID|KEY")                                                                                 \
    X(EXPECT, "expect", 1, "VERSION")                                                                        \
    X(ABOUT, "about", 1, "ID@VERSION|new")                                                                   \
    X(AS_OF, "as-of", 1, "DATE")                                                                             \
    X(REJUDGE, "rejudge", 0, "")                                                                             \
    X(FILTER, "filter", 2, "FIELD=VALUE...")                                                                 \
    X(SORT, "sort", 1, "[-]FIELD")                                                                           \
    X(LIMIT, "limit", 1, "N")                                                                                \
    X(OFFSET, "offset", 1, "N")                                                                              \
    X(AFTER, "after", 1, "CURSOR")                                                                           \
    X(SUBJECT, "subject", 1, "[KIND:]ID|KEY")                                                                \
    X(CHAPTER, "chapter", 1, "CLAUSE")                                                                       \
    X(STAGE, "stage", 1, "STAGE")                                                                            \
    X(STATUS, "status", 1, "STATUS")                                                                         \
    X(ACTOR, "actor", 1, "ACTOR")                                                                            \
    X(FORCE, "force", 1, "FORCE")                                                                            \
    X(REMEDIATION, "remediation", 1, "open|overdue|none")                                                    \
    X(ALL, "all", 0, "")                                                                                     \
    X(UNTIL, "until", 1, "DATE")                                                                             \
    X(DAYS, "days", 1, "N")                                                                                  \
    X(JUDGE, "judge", 0, "")                                                                                 \
    X(BODIES, "bodies", 0, "")                                                                               \
    X(KEY, "key", 1, "VKEY|FILE")                                                                            \
    X(LEDGER, "ledger", 1, "FOLDER")                                                                         \
    X(LEAF, "leaf", 1, "FILE")                                                                               \
    X(OUT, "out", 1, "FILE")                                                                                 \
    X(HASH, "hash", 1, "sha256|sha512|sm3")                                                                  \
    X(ATTEST, "attest", 2, "KEY OUT")                                                                        \
    X(SHOW, "show", 0, "")                                                                                   \
    X(INVENTORY, "inventory", 1, "FILE.csv|FILE.xlsx|FILE.jsonl")                                            \
    X(TABLES, "tables", 1, "NAME,...")                                                                       \
    X(PASSWORD_FILE, "password-file", 1, "FILE")                                                             \
    X(LIST, "list", 1, "LIST")                                                                               \
    X(CIPHER, "cipher", 1, "CIPHER")                                                                         \
    X(IV, "iv", 1, "FILE")                                                                                   \
    X(PASSPHRASE, "passphrase", 1, "FILE")                                                                   \
    X(ITERATIONS, "iterations", 1, "N")                                                                      \
    X(WITHOUT_PBKDF2, "without-pbkdf2", 1, "DIGEST")                                                         \
    X(SERIAL, "serial", 1, "SERIAL")                                                                         \
    X(BY, "by", 1, "NAME")                                                                                   \
    X(WITNESS, "witness", 1, "NAME")                                                                         \
    X(GRADE, "grade", 1, "1-4")                                                                              \
    X(METHOD, "method", 1, "METHOD")                                                                         \
    X(STATE, "state", 1, "FILE")                                                                             \
    X(SAMPLE, "sample", 1, "PERCENT")                                                                        \
    X(DATABASE, "database", 1, "URL")                                                                        \
    X(FINGERPRINT, "fingerprint", 1, "KEYFILE")                                                              \
    X(RULES, "rules", 1, "FILE")                                                                             \
    X(SET, "set", 2, "FIELD=VALUE...")                                                                       \
    X(CLOCK, "clock", 1, "INSTANT")

typedef enum yj_option_id {
#define X(id, name, args, shape) YJ_OPT_##id,
    YJ_OPTION_LIST(X)
#undef X
        YJ_OPT_COUNT_
} yj_option_id;

/* One bit for each option: there are more than 64. */
__extension__ typedef unsigned __int128 yj_option_set;
#define YJ_OPTION_BIT(o) ((yj_option_set)1 << (o))
_Static_assert(YJ_OPT_COUNT_ <= 128, "one bit for each option");

#define YJ_ARGS_MAX 512

typedef struct yj_cli yj_cli;

typedef yj_status yj_command_fn(yj_cli *c, yj_error *err);

typedef struct yj_command {
    const char *name;  /* "get", or two words: "pack check" */
    const char *shape; /* its arguments, for help */
    yj_command_fn *run;
    yj_option_set options;  /* help, lang and json always */
    int min_args, max_args; /* -1: any number */
    const char *examples;   /* lines */
} yj_command;
extern const yj_command yj_commands[];
extern const size_t yj_command_count;

typedef struct yj_command_help {
    const char *name;    /* of the command, or of a first word ("pack") */
    const char *summary; /* one line */
    const char *text;    /* paragraphs, NULL */
} yj_command_help;
typedef struct yj_help_texts {
    const char *about, *usage, *commands, *options, *examples, *more, *codes;
    const char *option[YJ_OPT_COUNT_];
    const yj_command_help *command;
    size_t command_count;
} yj_help_texts;
extern const yj_help_texts yj_help_en, yj_help_zh;

struct yj_cli {
    const yj_command *command;
    yj_lang lang;
    bool colour;
    size_t columns;                   /* of the terminal */
    const char *value[YJ_OPT_COUNT_]; /* the last one given; "" for a flag; NULL if absent */
    const char *many[YJ_ARGS_MAX];    /* values of options that take several; */
    int many_of[YJ_ARGS_MAX];         /* whose, where a command has two such: a yj_option_id */
    size_t many_count;
    const char *arg[YJ_ARGS_MAX];
    size_t arg_count;
    bool found; /* something unmet or found: exit code 1 */

    yj_arena *arena;
    yj_buf out;
    yj_engine *engine;
    yj_catalog *catalog;
    yj_db *reader;
    yj_institution institution;
    bool has_institution;
    char person[YJ_UUID_LEN + 1];
    char *misses, *stale;           /* JSON about a refused change */
    const yj_complaint *complaints; /* of packs that were loaded */
    size_t complaint_count;
};

static inline bool yj_cli_has(const yj_cli *c, yj_option_id o)
{
    return c->value[o] != NULL;
}
#define yj_json_wanted(c) yj_cli_has((c), YJ_OPT_JSON)

/* --- main.c, options.c, help.c ---------------------------------------------------------------- */

/** Find the command and read options and arguments into *c. YJ_E_USAGE. */
yj_status yj_cli_parse(yj_cli *c, int argc, char **argv, yj_error *err) yj_nodiscard;
/** Language from --lang wherever it stands, else from the locale: zh* Chinese, everything else English. */
yj_lang yj_cli_lang(int argc, char **argv);
/** Help on a command, on the commands that begin with a word, or (NULL) on all. False if there is none. */
bool yj_cli_help(yj_cli *c, const char *name);
/** A whole number in min..max. */
yj_status yj_cli_number(const yj_cli *c, yj_option_id o, int64_t min, int64_t max, int64_t fallback,
                        int64_t *ret, yj_error *err) yj_nodiscard;

/* --- open.c: what commands work on ------------------------------------------------------------ */

const char *yj_cli_data(const yj_cli *c);
/** Open the installation; c->engine and c->catalog. */
yj_status yj_cli_open(yj_cli *c, const yj_open_options *o, yj_error *err) yj_nodiscard;
/** Open it and find the institution of --institution. */
yj_status yj_cli_open_institution(yj_cli *c, yj_error *err) yj_nodiscard;
/** The acting person of --as into c->person; the operator without it. */
yj_status yj_cli_person(yj_cli *c, yj_error *err) yj_nodiscard;
/** c->reader, borrowed until the command ends. Call after changes have settled. */
yj_status yj_cli_reader(yj_cli *c, yj_error *err) yj_nodiscard;
/** Give the reader back: the next one sees what was written since. */
void yj_cli_reader_done(yj_cli *c);
/** Wait until everything is judged. */
yj_status yj_cli_settle(yj_cli *c, yj_error *err) yj_nodiscard;
yj_status yj_cli_kind(const yj_cli *c, const char *name, const yj_kind **ret, yj_error *err) yj_nodiscard;
yj_status yj_cli_requirement(const yj_cli *c, const char *id, const yj_requirement **ret,
                             yj_error *err) yj_nodiscard;
/** The entry number of --as-of; -1 without it. */
yj_status yj_cli_as_of(yj_cli *c, int64_t *ret, yj_error *err) yj_nodiscard;
/** Is --rejudge given? YJ_E_USAGE without --as-of. */
yj_status yj_cli_rejudge(const yj_cli *c, bool *ret, yj_error *err) yj_nodiscard;
/** The civil date of --as-of; today without it. */
yj_status yj_cli_day(yj_cli *c, yj_date *ret, yj_error *err) yj_nodiscard;
/** c->catalog of the installation, opened without judging; of the packs beside the program where there is no
 * installation and none was named. */
yj_status yj_cli_any_catalog(yj_cli *c, yj_error *err) yj_nodiscard;
/** Folders given, else packs/core and packs/sf-cloud beside the program; arena-owned. */
yj_status yj_cli_packs(yj_cli *c, const char *const *given, size_t given_count, const char *const **ret,
                       size_t *ret_count, yj_error *err) yj_nodiscard;
/** Keep what is complained of for --json, and print it unless JSON is wanted. @param count all of them, of
 * which at most YJ_COMPLAINTS_MAX are in `rows` */
#define YJ_COMPLAINTS_MAX 1000
void yj_cli_complaints(yj_cli *c, const yj_complaint *rows, size_t count);
/** Load packs without an installation: c->catalog. Complaints are kept, and printed unless JSON is wanted. */
yj_status yj_cli_load_packs(yj_cli *c, const char *const *folders, size_t count, yj_error *err) yj_nodiscard;

/* --- text.c: what people read ----------------------------------------------------------------- */

/** The text in the reader's language. @param en literal; its Chinese stands in texts_zh.c */
const char *yj_word(const yj_cli *c, const char *en);
/** An instant as JSON has it, in the installation's zone; as it is if it is none. In the arena. */
const char *yj_local_time(yj_cli *c, const char *instant);
/** printf to c->out, of the format in the reader's language. */
void yj_say(yj_cli *c, const char *en, ...) yj_printf(2, 3);
/** The same as a text, arena-owned. */
const char *yj_said(yj_cli *c, const char *en, ...) yj_printf(2, 3);
const char *yj_text_zh(const char *en);                    /* NULL if there is none */
const char *yj_text_in(const yj_cli *c, const yj_text *t); /* "" if absent */
typedef enum yj_ink { YJ_PLAIN, YJ_RED, YJ_YELLOW, YJ_GREEN, YJ_BOLD, YJ_DIM } yj_ink;
/** Text in a colour where colours are wanted. */
void yj_ink_text(yj_cli *c, yj_ink ink, const char *text);
/** Text wrapped to the terminal's width, `indent` blanks before each line; ends with a newline. Lines of the
 *  text are kept. The first line continues a line on which `used` columns are taken. */
void yj_wrap(yj_cli *c, size_t indent, size_t used, const char *text);
/** yj_say() of one paragraph, wrapped like yj_wrap(). */
void yj_say_wrapped(yj_cli *c, size_t indent, size_t used, const char *en, ...) yj_printf(4, 5);
/** The first line of a text, cut to so many columns with an ellipsis (0: not cut). Arena-owned. */
const char *yj_fit(yj_arena *a, const char *text, size_t max, size_t *ret_columns);
/** The verdict's mark and its word. */
const char *yj_status_mark(const char *status);
const char *yj_status_word(const yj_cli *c, const char *status);
yj_ink yj_status_ink(const char *status);
/** "remediation: WHAT (WHO, due DAY)" after a mark of its own, wrapped. */
#define YJ_OPEN_MARK "+"
#define YJ_OVERDUE_MARK "!"
typedef struct yj_remediation_text {
    const char *who, *due, *what; /* each may be NULL or "" */
    bool overdue;
} yj_remediation_text;
void yj_say_remediation(yj_cli *c, size_t indent, const yj_remediation_text *r);
/** The same of a verdict's JSON: members "remediations" and "risk_accepted" (either may be NULL). */
void yj_say_remediations(yj_cli *c, size_t indent, const json_t *list);
/** One requirement that a shut gate lacks, and what to do about it. */
void yj_say_miss(yj_cli *c, size_t indent, const json_t *m);
/** All that a shut gate lacks.
 *  @param misses JSON as yj_change.misses; NULL: nothing is said */
void yj_say_misses(yj_cli *c, size_t indent, const char *misses);
void yj_say_risk(yj_cli *c, size_t indent, const json_t *risk);
/** A field's value as people read it: labels of options, names of records. Appended to `out`.
 *  @param fields of the record, where one says of which kind another's record is; may be NULL */
void yj_value_text(yj_cli *c, const yj_kind *k, const yj_field *f, const json_t *fields, const json_t *v,
                   yj_buf *out);
/** A string member of a JSON object, "" if absent. With `lang` true, of {"zh","en"} that of the reader. */
const char *yj_member(const json_t *o, const char *key);
const char *yj_member_in(const yj_cli *c, const json_t *o, const char *key);

/** A table; cells are copied. Columns are as wide as their widest cell, up to `max` columns if not 0. */
typedef struct yj_table yj_table;
yj_table *yj_table_new(yj_cli *c, size_t columns);
/** The next cell of the row; after the last of a row, the next row begins. */
void yj_table_cell(yj_table *t, yj_ink ink, const char *text);
void yj_table_cell_fmt(yj_table *t, const char *fmt, ...) yj_printf(2, 3);
void yj_table_max(yj_table *t, size_t column, size_t max);
void yj_table_right(yj_table *t, size_t column);
/** Print; the first row is the head. */
void yj_table_print(yj_table *t);

/** What people call a record that an answer refers to: {"kind","id","name"}. Arena-owned; "" if it has none.
 */
const char *yj_title_of(yj_cli *c, const json_t *ref);

/** Write a JSON tree's text and a newline, or print an empty list. */
void yj_out_json(yj_cli *c, yj_span json);

/* --- the commands: cmd_*.c -------------------------------------------------------------------- */

yj_command_fn yj_cmd_attest_keygen;
yj_command_fn yj_cmd_attest_verify;
yj_command_fn yj_cmd_backup;
yj_command_fn yj_cmd_document;
yj_command_fn yj_cmd_due;
yj_command_fn yj_cmd_erase;
yj_command_fn yj_cmd_exchange_accept;
yj_command_fn yj_cmd_exchange_addressed;
yj_command_fn yj_cmd_exchange_answer;
yj_command_fn yj_cmd_exchange_decline;
yj_command_fn yj_cmd_exchange_end;
yj_command_fn yj_cmd_exchange_inspectors;
yj_command_fn yj_cmd_exchange_invite;
yj_command_fn yj_cmd_exchange_look;
yj_command_fn yj_cmd_exchange_offers;
yj_command_fn yj_cmd_exchange_readings;
yj_command_fn yj_cmd_exchange_refuse;
yj_command_fn yj_cmd_exchange_register;
yj_command_fn yj_cmd_exchange_supervised;
yj_command_fn yj_cmd_exchange_take;
yj_command_fn yj_cmd_exchange_ties;
yj_command_fn yj_cmd_exchange_waiting;
yj_command_fn yj_cmd_explain;
yj_command_fn yj_cmd_export;
yj_command_fn yj_cmd_gates;
yj_command_fn yj_cmd_get;
yj_command_fn yj_cmd_history;
yj_command_fn yj_cmd_import;
yj_command_fn yj_cmd_init;
yj_command_fn yj_cmd_institution_add;
yj_command_fn yj_cmd_institution_list;
yj_command_fn yj_cmd_kinds;
yj_command_fn yj_cmd_ledger_checkpoint;
yj_command_fn yj_cmd_ledger_prove;
yj_command_fn yj_cmd_ledger_rotate;
yj_command_fn yj_cmd_ledger_tiles;
yj_command_fn yj_cmd_ledger_verify;
yj_command_fn yj_cmd_list;
yj_command_fn yj_cmd_move;
yj_command_fn yj_cmd_pack_check;
yj_command_fn yj_cmd_pack_install;
yj_command_fn yj_cmd_pack_upgrade;
yj_command_fn yj_cmd_pack_show;
yj_command_fn yj_cmd_pack_test;
yj_command_fn yj_cmd_put;
yj_command_fn yj_cmd_rebuild;
yj_command_fn yj_cmd_requirements;
yj_command_fn yj_cmd_restore;
yj_command_fn yj_cmd_scan;
yj_command_fn yj_cmd_search;
yj_command_fn yj_cmd_serve;
yj_command_fn yj_cmd_status;
yj_command_fn yj_cmd_template;
yj_command_fn yj_cmd_verify_bag;
yj_command_fn yj_cmd_verify_business;
yj_command_fn yj_cmd_wipe_plan;
yj_command_fn yj_cmd_wipe_record;
yj_command_fn yj_cmd_wipe_run;
yj_command_fn yj_cmd_verify_compare;
yj_command_fn yj_cmd_verify_database;
yj_command_fn yj_cmd_verify_decrypt;
yj_command_fn yj_cmd_verify_manifest;
yj_command_fn yj_cmd_verify_restore;
yj_command_fn yj_cmd_version;

#endif
