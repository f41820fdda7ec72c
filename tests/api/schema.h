// SPDX-License-Identifier: Apache-2.0
/**
 * The part of JSON Schema that the OpenAPI document uses: $ref, type (one or several), properties, required,
 * additionalProperties: false, items, enum, anyOf, minimum, maximum, minLength, maxLength, maxItems,
 * uniqueItems. Any other assertion in a schema is an error, so that nothing passes unchecked.
 */
#ifndef YJ_TESTS_API_SCHEMA_H
#define YJ_TESTS_API_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/** @param doc  the document $ref points into
 *  @param why  where and why it does not fit */
bool schema_fits(const json_t *doc, const json_t *schema, const json_t *value, char *why, size_t cap);

#endif
