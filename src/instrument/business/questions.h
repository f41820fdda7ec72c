// SPDX-License-Identifier: Apache-2.0
/**
 * Questions that an institution asks its systems before and after a migration, as it wrote them in YAML:
 *
 *     databases:
 *       crm: postgresql://ro@old.example/crm      # a URL as in database/url.h
 *     questions:
 *       - name: customers
 *         database: crm
 *         sql: SELECT count(*) FROM customer
 *         expect: "1200"                          # the first value; or
 *       - name: largest
 *         database: crm
 *         sql: SELECT id, amount FROM orders ORDER BY amount DESC, id LIMIT 10
 *         rows: 10                                # how many rows; or neither: as in the run before
 *       - name: front page
 *         http: https://crm.example/health
 *         status: 200
 *         contains: '"ok"'
 */
#ifndef YJ_INSTRUMENT_BUSINESS_QUESTIONS_H
#define YJ_INSTRUMENT_BUSINESS_QUESTIONS_H

#include "base/arena.h"

#define YJ_QUESTIONS_BYTES_MAX ((size_t)1 << 20)
#define YJ_QUESTIONS_MAX 1000
#define YJ_QUESTION_NAME_MAX 200 /* bytes */

typedef struct yj_question {
    const char *name;
    const char *database, *sql;  /* of one in SQL; else NULL */
    const char *http, *contains; /* of one over HTTP; else NULL; contains may be NULL */
    const char *expect;          /* the first value; NULL where none is given */
    int64_t rows, status;        /* -1 where none is given; status is 200 then */
} yj_question;

typedef struct yj_questions {
    struct {
        const char *name, *url;
    } * database;
    size_t databases;
    yj_question *question;
    size_t count; /* at least one */
} yj_questions;

/** Read. Unknown members, a name twice, a database that is not named above are refused. @param a owns what
 * *ret points to. YJ_E_INVALID (err->field says where), YJ_E_LIMIT, YJ_E_NOMEM */
yj_status yj_questions_parse(yj_span yaml, yj_arena *a, yj_questions *ret, yj_error *err) yj_nodiscard;

#endif
