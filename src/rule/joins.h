// SPDX-License-Identifier: Apache-2.0
/**
 * How a rule's SQL joins records to the subject, read from its text.
 *
 * Every place in the text that reads a view is a *relation*; a WITH name or a subquery in FROM is put in
 * place of its use, a copy each time. A *node* is a column of a relation whose values are ids of records: id,
 * a reference field, the value of a list of references, or a column of a subquery that hands such a value on.
 * A *move* leads from a node to another node of the same row:
 *
 *   - both are equal, by "a.x = b.y", IN or USING, in a condition that every row must fulfil;
 *   - id to reference or reference to id of one relation: a step of a walk;
 *   - the column of a subquery and the column it comes from.
 *
 * The moves from a relation's id to the rule's result column "subject" are a walk: records of that relation
 * can matter to the subjects it leads to, and to no other. A relation without such a way (joined by other
 * columns, or in a manner not understood here) can matter to every subject.
 *
 * Walks are shortest paths to one end, hence the rest of a walk is again the walk of the record it stands on;
 * reach.c relies on it.
 */
#ifndef YJ_RULE_JOINS_H
#define YJ_RULE_JOINS_H

#include "pack/catalog.h"

#define YJ_WALK_STEPS_MAX 8

typedef struct yj_walk {
    yj_step steps[YJ_WALK_STEPS_MAX];
    size_t count;
} yj_walk;

/** A rule may look only at those records of a kind whose choice field is one of a few values. */
#define YJ_ONLY_VALUES_MAX 8
typedef struct yj_only {
    int field; /* of the kind */
    struct yj_only_value {
        yj_span text; /* an option, or the name of a parameter */
        bool is_param;
    } values[YJ_ONLY_VALUES_MAX];
    size_t count;
} yj_only;

typedef struct yj_joins yj_joins;
/** Owned by the arena, whose status the caller checks. */
yj_joins *yj_joins_read(const yj_catalog *c, const yj_rule *rule, int subject_kind, yj_arena *arena);
/**
 * The walks from records of a kind to subjects, without doubles.
 * @param pointed  also from where the kind's ids stand in references only
 * @return false if some place has no walk, or there is no such place, or there are more than `max`: a change
 *         can then matter to every subject
 */
bool yj_joins_walks(const yj_joins *j, int kind, bool pointed, yj_walk *ret, size_t max, size_t *ret_count);
/**
 * Does every place that reads the kind demand that one field be one of a few values, by "a.f = :x",
 * "a.f = 'x'" or "a.f IN (...)" of such, a parameter also as CAST(:x AS TEXT), in a condition that every row
 * must fulfil? Then a record with another value, before and after a change, matters to no subject. Spans
 * point into the rule's text.
 * @return false if not, or if the kind's ids are read elsewhere too, or it is the subject's own
 */
bool yj_joins_only(const yj_joins *j, int kind, yj_only *ret);
/** Does the text call this function or use this word? */
bool yj_joins_word(const yj_joins *j, const char *word);

#endif
