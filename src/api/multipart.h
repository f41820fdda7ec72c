// SPDX-License-Identifier: Apache-2.0
/** multipart/form-data (RFC 7578) that is whole in memory. Parts are views into it. */
#ifndef YJ_API_MULTIPART_H
#define YJ_API_MULTIPART_H

#include "base/span.h"

#define YJ_PARTS_MAX 256
#define YJ_PART_NAME_MAX 128

typedef struct yj_part {
    char name[YJ_PART_NAME_MAX];      /* of the form's field; UTF-8 */
    char file_name[YJ_PART_NAME_MAX]; /* "" if none; UTF-8, the last part of a path */
    yj_span content;
} yj_part;

/** @param ret  room for YJ_PARTS_MAX
 *  @return YJ_E_INVALID (field: "part N"), YJ_E_LIMIT for too many parts or too long names */
yj_status yj_multipart_parse(yj_span body, yj_span boundary, yj_part *ret, size_t *ret_count,
                             yj_error *err) yj_nodiscard;

#endif
