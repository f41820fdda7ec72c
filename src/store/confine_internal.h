// SPDX-License-Identifier: Apache-2.0
/**
 * What the two engines share of running rules. confine.c keeps the rules it has seen and the scope; an engine
 * turns a rule's text into a statement of its own and runs it behind its fences.
 */
#ifndef YJ_STORE_CONFINE_INTERNAL_H
#define YJ_STORE_CONFINE_INTERNAL_H

#include "store/confine.h"
#include "store/db_internal.h"
#include "store/kind_internal.h"
#include "store/rule_text.h"

#define YJ_RULES_KEPT 1024u
#define YJ_SUBJECT_BYTES_MAX ((size_t)48 << 20)

/** A rule as this connection knows it. */
typedef struct yj_rule_known {
    uint64_t hash;
    char *text;           /* as the caller gave it */
    char *made;           /* for the engine */
    char *outer;          /* PostgreSQL: the statement that runs it; NULL before its columns are known */
    char prepared[24];    /* PostgreSQL: the name it is prepared under ... */
    uint64_t prepared_on; /* ... on this generation of the connection; 0: not prepared */
    bool *integer;        /* for each parameter: is it a number */
    yj_rule_text names;
    struct yj_rule_known *chain;
} yj_rule_known;

struct yj_confine {
    yj_rule_names views; /* names of the views */
    char prefix[48];     /* SQLite: the views are called prefix + name */
    yj_rule_names bases; /* SQLite: tables that are there; no rule may read one directly */
    yj_rule_known *rule[YJ_RULES_KEPT];
    size_t rule_count;

    bool scoped;
    yj_scope scope; /* workdays borrowed from the caller */
    bool written;   /* PostgreSQL: the scope stands in the connection's table */
    uint64_t written_undo, written_generation;

    bool busy; /* a run goes on: its row function runs no other */

    /* SQLite: state of the run that goes on */
    bool running; /* the authorizer is in force */
    bool settled; /* no batch is open */
    const char *const *subjects;
    size_t subject_count;
    const yj_rule_names *ctes;
    int64_t deadline_ns;
    char denied[160];
};

/** One run, handed from confine.c to the engine. */
typedef struct yj_rule_run {
    yj_rule_known *rule;
    const char **values; /* for each parameter of the rule; may be NULL */
    const char *const *subjects;
    size_t subject_count;
    yj_rule_limits limits;
    yj_rule_row_fn fn;
    void *ctx;
} yj_rule_run;

yj_status yj_sqlite_confine_setup(yj_db *db, const yj_kind_table *tables, size_t count,
                                  yj_error *err) yj_nodiscard;
/** Write rule->made. */
void yj_sqlite_rule_make(const yj_confine *c, const yj_rule_known *rule, yj_buf *out);
yj_status yj_sqlite_rule_run(yj_db *db, const yj_rule_run *run, yj_error *err) yj_nodiscard;

yj_status yj_pg_confine_setup(yj_db *db, yj_error *err) yj_nodiscard;
yj_status yj_pg_confine_scope(yj_db *db, yj_error *err) yj_nodiscard;
void yj_pg_rule_make(const yj_rule_known *rule, yj_buf *out);
/** The rule is forgotten: so is what the server has prepared for it. */
void yj_pg_rule_forget(yj_db *db, const yj_rule_known *rule);
yj_status yj_pg_rule_run(yj_db *db, const yj_rule_run *run, yj_error *err) yj_nodiscard;

/** yj_confine_run() without the check of the dialect, for tests of the other fences. */
yj_status yj_confine_run_anything(yj_db *db, const char *sql, const yj_rule_param *params, size_t param_count,
                                  const char *const *subjects, size_t subject_count, yj_rule_limits limits,
                                  yj_rule_row_fn fn, void *ctx, yj_error *err) yj_nodiscard;

#endif
