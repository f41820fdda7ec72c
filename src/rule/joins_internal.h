// SPDX-License-Identifier: Apache-2.0
/** What reading the text (joins.c) and following it (joins_graph.c) share. */
#ifndef YJ_RULE_JOINS_INTERNAL_H
#define YJ_RULE_JOINS_INTERNAL_H

#include "pack/sqltext.h"
#include "rule/joins.h"

/** A use of a node in an expression. */
typedef struct yj_join_use {
    int node;
    struct yj_join_use *next;
} yj_join_use;

/** What an expression is made of. */
typedef struct yj_join_expr {
    yj_join_use *uses; /* the nodes that it mentions */
    bool other;        /* it mentions columns whose values are no ids */
    bool plain;        /* it is one column, unchanged */
} yj_join_expr;

/** A column that a query hands on, of one arm. */
typedef struct yj_join_output {
    yj_span name;
    size_t place; /* 0.. in its arm */
    yj_join_expr value;
    struct yj_join_output *next;
} yj_join_output;

typedef struct yj_join_query yj_join_query;
typedef struct yj_join_relation {
    yj_span alias;
    const yj_join_query *in;
    int kind;                /* -1: a subquery */
    int list;                /* field, -1: the kind's own view */
    bool is_subject;         /* the relation subject(id) */
    yj_join_output *outputs; /* of a subquery */
    bool star;
    const yj_only *only;            /* NULL if no condition binds a choice field; else the first that does */
    struct yj_join_relation *next;  /* of the same query */
    struct yj_join_relation *older; /* of all */
} yj_join_relation;

struct yj_join_query {
    const yj_join_query *outer; /* whose relations it can name; NULL for a subquery in FROM */
    bool filters;               /* a row of `outer` must have a row here */
    yj_join_relation *relations, **tail;
    yj_join_output *outputs, **outputs_tail;
    bool star;
    bool limited; /* LIMIT: which rows there are depends on rows that are not */
};

typedef struct yj_join_node {
    const yj_join_relation *of;
    yj_span name;
    int kind; /* whose ids */
} yj_join_node;

typedef struct yj_join_move {
    int from, to;
    int cost;
    bool is_step;
    yj_step step;
} yj_join_move;

struct yj_joins {
    const yj_catalog *c;
    int subject;
    yj_arena *arena;
    const yj_sql_token *t;
    size_t token_count;
    uint8_t *keyword; /* by token: 0 not looked up yet, 1 none, 2 a keyword */
    bool failed;      /* something was not understood */
    yj_join_relation *newest;
    size_t relation_count;
    int depth; /* of queries in queries, while reading */
    yj_join_node *nodes;
    int node_count;
    yj_join_move *moves;
    int move_count;
    int32_t *distance; /* by node, to the result's subject */
    int *next;         /* by node: a move, or -1 */
};

/** Where a condition stands. */
typedef struct yj_join_place {
    yj_join_query *q;
    /* in the ON of a LEFT JOIN: its first relation; the condition binds only those from it on */
    const yj_join_relation *right;
} yj_join_place;

bool yj_same_word(yj_span a, yj_span b);
yj_join_use *yj_joins_use(yj_joins *j, yj_join_use *list, int node);
bool yj_joins_has(const yj_joins *j, const yj_join_relation *r, yj_span column);
/** Add a relation's column to an expression. */
void yj_joins_column(yj_joins *j, const yj_join_relation *r, yj_span column, yj_join_expr *into);
/** Add the column that a name stands for. @param alias empty if not given */
void yj_joins_resolve(yj_joins *j, const yj_join_query *q, yj_span alias, yj_span column, yj_join_expr *into);
/** Both sides are equal. */
void yj_joins_same(yj_joins *j, const yj_join_place *at, const yj_join_expr *a, const yj_join_expr *b);
/** x IN (SELECT y ...): rows inside matter only where y is x; if the condition filters, the other way too. */
void yj_joins_in(yj_joins *j, const yj_join_expr *left, const yj_join_query *inside);
/** Make a relation of a query's result: a node for each column and kind of id that it hands on. From inside a
 *  column leads out if it is handed on unchanged; from outside it leads in if there is one place it can come
 *  from. */
void yj_joins_hand_on(yj_joins *j, yj_join_relation *r, const yj_join_query *inside);
/** Shortest ways to the nodes that the rule's result gives as subject. */
void yj_joins_measure(yj_joins *j, const yj_join_query *result);

#endif
