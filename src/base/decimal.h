// SPDX-License-Identifier: Apache-2.0
/** Decimal numbers as whole ones: "99.95" with scale 2 is 9995. One reading serves packs, records and
 * filters. */
#ifndef YJ_BASE_DECIMAL_H
#define YJ_BASE_DECIMAL_H

#include "base/span.h"

/** A decimal text as its value times 10^scale: an optional '-', digits, and at most `scale` digits behind a
 *  point that has digits on both sides. No exponent, no plus, no blanks. False on anything else or overflow.
 */
bool yj_decimal_parse(yj_span s, int scale, int64_t *ret);
/** The shortest text of the value: no trailing zeros behind the point, no bare point. */
void yj_decimal_format(int64_t v, int scale, yj_buf *out);

#endif
