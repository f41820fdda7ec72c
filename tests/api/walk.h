// SPDX-License-Identifier: Apache-2.0
/** Walking the route table: an address for each row, so that a new route is asked, too. */
#ifndef YJ_TESTS_API_WALK_H
#define YJ_TESTS_API_WALK_H

#include "api_test.h"

#include "api/call.h"

/** What a parameter of the table may be. Of jobs and requirements {id} is another one: "job". */
typedef struct walk_value {
    const char *name, *value;
} walk_value;

/** The row's address in the institution. Fails the test for a parameter that no value is said for. */
void walk_address(const yj_route *r, const char *inst, const walk_value *values, size_t count, char *ret,
                  size_t cap);
/** The same, with what a query must have to be answered; of names the id is "id". */
void walk_question(const yj_route *r, const char *inst, const walk_value *values, size_t count, char *ret,
                   size_t cap);
bool walk_changes(const yj_route *r);
/** An empty body where the row takes one, else NULL. */
const char *walk_body(const yj_route *r);
/** Entries of all ledgers together: the same before and after what was refused. */
uint64_t walk_entries(const world *w);
/** Each row for members of `inst` is answered as if there were no such institution, word for word, and
 * nothing is told. @param secret what no answer may hold */
void walk_knows_nothing_of(const world *w, browser *b, const char *inst, const walk_value *values,
                           size_t count, const char *secret);

#endif
