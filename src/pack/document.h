// SPDX-License-Identifier: Apache-2.0
/**
 * Texts of documents, taken apart: what stands as it is, and placeholders. A placeholder is {PATH} or
 * {PATH|clock}: names joined by dots from the document's record, all but the last single references, the last
 * a field or "state"; "institution" first means the institution's own record, "today" alone the civil date;
 * "|clock" writes a number such as 1405 as a time of day.
 */
#ifndef YJ_PACK_DOCUMENT_H
#define YJ_PACK_DOCUMENT_H

#include "pack/catalog.h"

#define YJ_DOCUMENT_STEPS_MAX 4 /* references followed by one placeholder */

typedef struct yj_document_part {
    bool placeholder;
    yj_span text; /* as it stands, or the path */
    bool clock;
} yj_document_part;

/** Take the next part off `rest`. False at the end or, with *ret_fault set to what is wrong, at a brace that
 * is open or holds no path. */
bool yj_document_next(yj_span *rest, yj_document_part *ret, const char **ret_fault);

/** What a path leads to. */
typedef struct yj_document_target {
    enum { YJ_DOCUMENT_FIELD, YJ_DOCUMENT_STATE, YJ_DOCUMENT_TODAY } what;
    bool institution;                 /* begins at the institution's own record */
    int steps[YJ_DOCUMENT_STEPS_MAX]; /* index of the reference followed, of the kind reached before it */
    size_t step_count;
    int kind;  /* the kind reached; -1 of TODAY */
    int field; /* of it; -1 unless FIELD */
} yj_document_target;

/** @param kind where the path begins
 *  @return false if it leads nowhere */
bool yj_document_resolve(const yj_catalog *c, int kind, yj_span path, yj_document_target *ret);

/** NULL if there is none of that name. */
const yj_document *yj_catalog_document(const yj_catalog *c, yj_span name);

#endif
