// SPDX-License-Identifier: Apache-2.0
/** What json.c and json_quick.c share. */
#ifndef YJ_BASE_JSON_INTERNAL_H
#define YJ_BASE_JSON_INTERNAL_H

#include "base/json.h"

/** The value of a text that is valid UTF-8 and nested within limits, as jansson would read it; NULL if it is
 *  left to jansson. */
json_t *yj_json_quick(yj_span text);

#endif
