// SPDX-License-Identifier: Apache-2.0
/** Fields of a case's record: from YAML to the JSON that a request would bring. */
#ifndef YJ_PACK_CASE_FIELDS_H
#define YJ_PACK_CASE_FIELDS_H

#include "pack/form.h"

/** Complains about each field that is unknown or of the wrong form, and leaves it out.
 *  @param nulls  keep null, which clears a field
 *  @return a new object; NULL when out of memory */
json_t *yj_case_fields(yj_form *f, const yj_kind *k, const yj_yaml *map, bool nulls);

#endif
