// SPDX-License-Identifier: Apache-2.0
/** Clients and those they invite. */
#ifndef YJ_TESTS_RECORD_EXCHANGE_TEST_H
#define YJ_TESTS_RECORD_EXCHANGE_TEST_H

#include "engine_test.h"

#include "record/exchange.h"

#define ID_BYTES (YJ_UUID_LEN + 1)

/** A new record of any institution, by the operator; the new id in `ret`. Fails the test. */
void put_in(bench *b, int64_t inst, const char *kind, const char *json, char ret[static ID_BYTES]);
void change_in(bench *b, int64_t inst, const char *kind, const char *id, const char *json);
void move_in(bench *b, int64_t inst, const char *kind, const char *id, const char *transition);
/** An invitation of a client to who its record of kind vendor stands for, good till 2026-12-31. */
void invite(bench *b, int64_t client, const char *number, const char *vendor, char ret[static ID_BYTES]);
/** It is made, given a code and accepted. */
void tie(bench *b, int64_t client, const char *number, const char *vendor, int64_t party, yj_tie *ret);
/** The whole list of a party in pages of so many, joined: a line "CLIENT KIND ID" each; free(). Fails if it
 * is not in order, or a page is not as long as it can be. */
char *list_of(bench *b, int64_t party, const char *kind, const char *client, size_t page);
/** One page as JSON; json_decref(). */
json_t *page_of(bench *b, int64_t party, const yj_addressed_query *q);
yj_status get_of(bench *b, int64_t party, const char *client, const char *id, json_t **ret);
json_t *ties_of(bench *b, int64_t inst);

#endif
