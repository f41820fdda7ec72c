// SPDX-License-Identifier: Apache-2.0
/**
 * Component schemas of the OpenAPI document that do not come from the packs, in a notation of one line a
 * shape:
 *
 *     members:  name:type, separated by blanks; name?: may be absent
 *     types:    s text, i whole number, n number, b truth value, o any object, * anything, Name another
 * schema,
 *               @kind.form a kind's, [type] a list, (a|b) one of these texts, {members} an object;
 *               type? may be null
 *
 * Objects hold no other members than those named.
 */
#ifndef YJ_API_SCHEMAS_H
#define YJ_API_SCHEMAS_H

#include "base/json.h"

typedef struct yj_schema {
    const char *name, *members;
} yj_schema;
extern const yj_schema yj_schemas[];
extern const size_t yj_schema_count;
/** In place of the kinds' own where the document is not about certain packs. */
extern const yj_schema yj_open_schemas[];
extern const size_t yj_open_schema_count;

/** Write the JSON Schema of an object with these members. Asserts on a malformed text: it is our own. */
void yj_schema_write(const char *members, yj_jw *w);

#endif
